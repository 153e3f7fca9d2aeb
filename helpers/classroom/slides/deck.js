// Spreads each section of the lesson over slides of one screen, and hands them to reveal.js.

const WIDTH = 1280, HEIGHT = 720, MARGIN = 60, ROOM = HEIGHT - MARGIN - 20;

const isFigure = block => block.matches('.shown') && block.querySelector('img, .stepper, .live, .calculator');
const bottom = block => block.offsetTop + block.offsetHeight;
const zoom = (block, factor) => { block.firstElementChild.style.zoom = factor; };

// What is not left alone at the foot of a slide: headings, words that announce something, and code without what it prints.
const leadsOn = (block, next) => block.matches('h1, h2, h3') || (block.matches('p') && /:\s*$/.test(block.textContent) && !isFigure(block.previousElementSibling))
  || (block.matches('.code, .printed') && next.matches('.printed, .shown') && !isFigure(next));

// What is too large for any slide: printed lines and pictures get smaller, down to half; all else scrolls.
function fit(block) {
  if (block.matches('.printed') && block.scrollWidth > block.clientWidth)
    block.style.fontSize = `${Math.max(10, Math.floor(19 * block.clientWidth / block.scrollWidth))}px`;
  const high = block.offsetHeight;
  if (high <= ROOM) return;
  if (isFigure(block) && (!block.querySelector('.live') || ROOM > 0.75 * high)) zoom(block, Math.max(0.5, ROOM / high));
  if (block.offsetHeight <= ROOM) return;
  block.classList.add('fitted');
  block.style.maxHeight = `${ROOM}px`;
  block.tabIndex = 0;
}

// The end of what has to be on a slide with a block: of the words behind a figure, or its own.
const endOf = (block, next) => bottom(isFigure(block) && next?.matches('p') ? next : block);

// The first block of the next slide, for a slide that begins with the block at `start`.
function nextStart(blocks, start) {
  const first = blocks[start], top = first.offsetTop, high = first.offsetHeight;
  const over = endOf(first, blocks[start + 1]) - top - ROOM;
  if (isFigure(first) && over > 0 && !first.matches('.fitted')) zoom(first, (first.firstElementChild.style.zoom || 1) * Math.max(0.6, 1 - over / high));
  let end = start + 1;
  while (end < blocks.length && !blocks[end].matches('hr') && endOf(blocks[end], blocks[end + 1]) - top <= ROOM) end++;
  if (end == blocks.length || blocks[end].matches('hr')) return end;
  let back = end;
  while (back > start && leadsOn(blocks[back - 1], blocks[back])) back--;
  return back > start ? back : end;
}

const left = slide => ROOM + MARGIN - bottom(slide.lastElementChild) + slide.offsetTop;

// A figure alone on its slide, but for words, grows into the space that is left. What a live figure
// needs more, now or when it is used, it scrolls for.
function grow(slide) {
  const figures = [...slide.children].filter(isFigure);
  if (figures.length == 1 && !figures[0].matches('.fitted')) enlarge(figures[0], left(slide));
  for (const figure of figures.filter(it => it.querySelector('.live'))) {
    figure.style.maxHeight = `${figure.offsetHeight + left(slide)}px`;
    figure.style.overflow = 'auto';
  }
}

function enlarge(figure, left) {
  const wide = (WIDTH - 2 * MARGIN) / figure.firstElementChild.getBoundingClientRect().width;
  const factor = Math.min(1.6, 1 + left / figure.offsetHeight, wide);
  if (factor > 1) zoom(figure, (figure.firstElementChild.style.zoom || 1) * factor);
}

function spread(stack) {
  const whole = stack.firstElementChild;
  for (const note of whole.querySelectorAll(':scope > aside')) {  // it goes where the block before it goes
    let block = note.previousElementSibling;
    while (block.matches('hr')) block = block.previousElementSibling;
    block.append(note);
  }
  const blocks = [...whole.children], heading = blocks[0].firstChild.textContent, slides = [];
  blocks.filter(block => !block.matches('hr')).forEach(fit);
  for (let start = 0; start < blocks.length;) {
    const end = blocks[start].matches('hr') ? start + 1 : nextStart(blocks, start);
    if (!blocks[start].matches('hr')) slides.push(blocks.slice(start, end));
    start = end;
  }
  whole.remove();
  for (const [place, content] of slides.entries()) {
    const slide = stack.appendChild(document.createElement('section'));
    if (place) slide.innerHTML = '<p class="running"></p>';
    if (place) slide.firstElementChild.textContent = heading;
    slide.append(...content);
    grow(slide);
  }
}

addEventListener('load', () => {
  document.body.classList.add('measuring');
  document.querySelectorAll('.slides > section').forEach(spread);
  document.body.classList.remove('measuring');
  for (const figure of document.querySelectorAll('.stepper, .live, .calculator')) figure.dataset.preventSwipe = '';
  Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0, center: false, hash: true, slideNumber: 'c/t', navigationMode: 'linear',
    transition: 'none', controls: false, pdfSeparateFragments: false, plugins: [RevealNotes],
  });
});
