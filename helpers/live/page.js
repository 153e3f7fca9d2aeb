// What the live figures share on a page.

function element(name, text = '', css = '', attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  made.style.cssText = css;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const LOOKS = {
  light: {ground: '#fff', ink: '#111', soft: '#555', line: '#999', faint: '#eee', mark: '#F6D28B', bad: '#A00000'},
  dark: {ground: '#1e1e1e', ink: '#eee', soft: '#bbb', line: '#777', faint: '#383838', mark: '#7A5200', bad: '#FFA58C'},
};

// A figure is dark where its page is. JupyterLab and the site say so in an attribute; elsewhere the
// letters around the figure tell, also on a page that follows the system.
function isDark(root) {
  const {jpThemeLight} = document.body.dataset, {theme} = document.documentElement.dataset;
  if (jpThemeLight || theme) return jpThemeLight === 'false' || theme === 'dark';
  const letters = getComputedStyle(root.parentElement).color.match(/[\d.]+/g) ?? [0];
  return Math.min(...letters.slice(0, 3)) > 127;
}

// Gives a figure the colours of its page, now and whenever the page changes them: as custom
// properties, such as var(--line), and in what is returned, for a canvas that `draw` draws again.
function dressed(root, draw) {
  const look = {}, dress = () => {
    const theme = isDark(root) ? 'dark' : 'light';
    if (look.theme === theme) return false;
    Object.assign(look, LOOKS[theme], {theme});
    for (const name in LOOKS[theme]) root.style.setProperty(`--${name}`, look[name]);
    Object.assign(root.style, {colorScheme: theme, background: look.ground, color: look.ink, borderColor: look.line, printColorAdjust: 'exact'});
    return true;
  };
  const again = () => { if (dress()) draw?.(); }, watch = new MutationObserver(again);
  for (const place of [document.documentElement, document.body]) watch.observe(place, {attributes: true});
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
  dress();
  return look;
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

const CELL = 'border:1px solid var(--line);width:min(2.9em,9vw);height:1.7em;text-align:right;padding:0 4px;box-sizing:border-box';

// The number that a text field holds, if it is one that a figure takes.
function typed(field) {
  const text = field.value.replace('−', '-').replace(',', '.').trim(), v = Number(text), good = text !== '' && Math.abs(v) <= 9999;
  field.setAttribute('aria-invalid', !good);
  field.style.color = good ? '' : 'var(--bad)';
  return good ? v : undefined;
}

// A table of numbers as text fields, in a frame of zeros as wide as `border`. Once a number was
// typed it stands in `rows`, and `changed` is called; `explain` says what is no number. Returns
// the cells, row by row.
function fields(box, rows, name, {border = 0, changed, explain, focused}) {
  const table = element('table', '', 'border-collapse:collapse'), found = [];
  for (let r = -border; r < rows.length + border; r++) {
    const line = table.insertRow();
    found[r] = [];
    for (let c = -border; c < rows[0].length + border; c++) {
      const cell = found[r][c] = line.insertCell();
      cell.style.cssText = CELL;
      if (r < 0 || c < 0 || r >= rows.length || c >= rows[0].length) {
        Object.assign(cell, {textContent: '0'}).style.background = 'var(--faint)';
        continue;
      }
      const field = element('input', '', 'width:100%;min-width:1.6em;border:0;background:none;color:inherit;font:inherit;text-align:right;padding:0', {
        inputmode: 'decimal', 'aria-label': `${name}, row ${r}, column ${c}`,
      });
      field.value = said(rows[r][c]);
      field.addEventListener('input', () => {
        const v = typed(field);
        if (v === undefined) return explain(`The ${name}, row ${r}, column ${c}: a number between −9999 and 9999, please.`, true);
        rows[r][c] = v;
        changed();
      });
      field.addEventListener('focus', () => focused?.(r, c));
      field.addEventListener('keydown', event => {
        const step = ARROWS[event.key];
        if (!step || (step[1] && field.selectionStart !== (step[1] < 0 ? 0 : field.value.length))) return;
        found[r + step[0]]?.[c + step[1]]?.querySelector('input')?.focus();
        event.preventDefault();
      });
      cell.append(field);
    }
  }
  box.replaceChildren(table);
  return found;
}
