// What the live figures share on a page.

function element(name, text = '', css = '', attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  made.style.cssText = css;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// Keys that a figure uses stay in it, for JupyterLab and slides have plans for them as well.
const keepKeys = root => root.addEventListener('keydown', event => {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== 'Escape' && !(event.shiftKey && event.key === 'Enter'))
    event.stopPropagation();
});

// A screen reader hears the last of several changes, once they have come to rest.
function speaker(line) {
  let waiting;
  return (text, now = false) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { line.textContent = text; }, now ? 0 : 300);
  };
}

const ARROWS = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
const clamp = (v, least, most) => Math.min(most, Math.max(least, v));
