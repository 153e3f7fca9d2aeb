// A picture to filter: kernels to paint, to type or to choose, and a photo of one's own to choose.
function filterAPhoto(root, {pictures, named, kernels: given}) {
  const part = name => root.querySelector(`.${name}`), say = speaker(part('said')), explain = speaker(part('sum'));
  const MOST = 256, first = part('seen').querySelector('img').src;
  let kernels = structuredClone(given), x, shown, at = null, running = false, again = false;
  dressed(root);

  const canvases = ['seen', 'response'].map(name => {
    const canvas = element('canvas', '', 'width:256px;max-width:100%;image-rendering:pixelated;cursor:crosshair;display:block', {tabindex: 0, role: 'application'});
    canvas.setAttribute('aria-label', name === 'seen' ? 'The picture. Arrow keys go from pixel to pixel.' : 'The response, purple where it is positive, orange where it is negative. Arrow keys go from pixel to pixel.');
    part(name).replaceChildren(canvas);
    return canvas;
  });

  // --- From a picture to its brightness, at most 256 pixels wide and high
  function take(image, [width, height]) {
    const scale = Math.min(1, MOST / Math.max(width, height));
    [width, height] = [width, height].map(size => Math.max(1, Math.round(size * scale)));
    const brush = element('canvas', '', '', {width, height}).getContext('2d', {willReadFrequently: true});
    brush.drawImage(image, 0, 0, width, height);
    x = {shape: [height, width, 1], values: toGray(brush.getImageData(0, 0, width, height).data, width * height)};
    at = null;
    explain('');
    compute();
  }

  async function choose(place) {
    const image = new Image();
    image.src = pictures[place] ?? first;
    await image.decode();
    take(image, [image.naturalWidth, image.naturalHeight]);
  }

  async function open(file) {
    if (!file) return;
    try {
      const image = await createImageBitmap(file);
      take(image, [image.width, image.height]);
      say(`${file.name} stays in this page.`, true);
    } catch {
      say(`${file.name} is no picture that this browser can read.`, true);
    }
  }

  // --- From the kernels to the response; a large picture takes several frames, the page none of 16 ms
  const two = () => part('two').checked;

  function compute() {
    root.result = null;
    again = running;
    if (running) return;
    running = true;
    requestAnimationFrame(() => {
      const size = Math.max(...used().map(rows => rows.length)), picture = x;
      const work = Math.min(...x.shape.slice(0, 2)) < size ? null : inPieces(x, used().map(rows => around(rows, size)), 4);
      const go = () => {
        const end = performance.now() + 4;
        let step;
        do step = work.next(); while (!step.done && performance.now() < end);
        requestAnimationFrame(step.done ? () => done(() => show(picture, step.value, size)) : go);
      };
      if (work) go();
      else done(() => say('The kernel is larger than the picture.', true));
    });
  }

  // What was changed meanwhile is computed next.
  function done(tell) {
    running = false;
    tell();
    if (again) compute();
  }

  const used = () => kernels.slice(0, two() ? 2 : 1);

  function show(picture, outputs, size) {
    const y = two() && outputs.length === 2 ? magnitude(...outputs) : outputs[0], reach = reachOf(y.values), signed = outputs.length === 1;
    shown = {picture, outputs, y, size, reach};
    paint(canvases[0], picture.shape, picture.values, GRAYS, 255, 0);
    paint(canvases[1], picture.shape, y.values, signed ? SIGNED : GRAYS, reach || 1, size - 1);
    if (at) look(at);
    say(reach === 0 ? 'The response is 0 everywhere.' : signed ? `White is 0. The deepest purple is ${said(reach, 1)} or more, the deepest orange ${said(-reach, 1)} or less.`
      : `The gradient magnitude of the two kernels: black is 0, and white is ${said(reach, 1)} or more.`);
    root.result = shown;
  }

  // Colours of the values from -reach to reach, as the four bytes of a pixel.
  const shades = colour => Uint32Array.from({length: 511}, (_, i) => { const [red, green, blue] = colour((i - 255) / 255); return (255 << 24 | blue << 16 | green << 8 | red) >>> 0; });
  const GRAYS = shades(v => Array(3).fill(255 * Math.max(0, v))), SIGNED = shades(purpleOrange);

  // The output stands in the middle of its canvas, for it lacks half a kernel at each side.
  function paint(canvas, [height, width], values, table, reach, lack) {
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
    const brush = canvas.getContext('2d'), image = brush.createImageData(width - lack, height - lack), pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < pixels.length; i++) pixels[i] = table[255 + Math.round(255 * clamp(values[i] / reach, -1, 1))];
    brush.clearRect(0, 0, width, height);
    brush.putImageData(image, lack / 2, lack / 2);
    canvas.image = [image, lack / 2];
  }

  // --- One pixel of the response, and the window that it comes from
  function look([row, column]) {
    if (!shown) return;
    const {picture, outputs, y, size} = shown, [rows, columns] = y.shape, place = v => (v - (size - 1) / 2);
    const [r, c] = [clamp(place(row), 0, rows - 1), clamp(place(column), 0, columns - 1)];
    at = [r, c].map(v => v + (size - 1) / 2);
    canvases.forEach((canvas, i) => {
      const brush = canvas.getContext('2d'), [image, lack] = canvas.image;
      brush.putImageData(image, lack, lack);
      brush.strokeStyle = '#D55E00';
      brush.lineWidth = Math.max(1, picture.shape[1] / 256);
      if (i) brush.strokeRect(at[1] - 0.5, at[0] - 0.5, 2, 2);
      else brush.strokeRect(c + 0.5, r + 0.5, size - 1, size - 1);
    });
    const values = outputs.map(({values}) => said(values[r * columns + c], 2));
    explain(`Row ${r}, column ${c}: ${values.length === 1 ? `the response is ${values[0]}` : `the responses are ${values.join(' and ')}, the magnitude is ${said(y.values[r * columns + c], 2)}`}.`);
  }
  for (const canvas of canvases) {
    canvas.addEventListener('pointermove', event => {
      const box = canvas.getBoundingClientRect();
      look([Math.floor((event.clientY - box.top) / box.height * canvas.height), Math.floor((event.clientX - box.left) / box.width * canvas.width)]);
    });
    canvas.addEventListener('keydown', event => {
      const step = ARROWS[event.key];
      if (!step) return;
      look((at ?? [canvas.height >> 1, canvas.width >> 1]).map((v, axis) => v + step[axis]));
      event.preventDefault();
    });
  }

  // --- The kernels: numbers to type, or to paint with a brush
  function edit(place) {
    const box = part(`kernel-${place}`), rows = kernels[place], name = ['kernel', 'second kernel'][place];
    box.style.display = place && !two() ? 'none' : '';
    const cells = fields(box.querySelector('.numbers'), rows, name, {changed: () => changed(place), explain});
    box.querySelector('.size').value = rows.length;
    const table = box.querySelector('table');
    const stroke = event => {
      const v = typed(part('brush')), cell = v === undefined ? null : document.elementFromPoint(event.clientX, event.clientY)?.closest('td');
      if (v === undefined) explain('The brush: a number between −9999 and 9999, please.', true);
      cells.forEach((line, r) => line.forEach((one, c) => {
        if (one !== cell || rows[r][c] === v) return;
        rows[r][c] = v;
        one.firstChild.value = said(v);
        changed(place);
      }));
    };
    table.style.touchAction = part('paint').checked ? 'none' : '';
    table.style.cursor = part('paint').checked ? 'cell' : '';
    table.addEventListener('pointerdown', event => {
      if (!part('paint').checked || event.button) return;
      event.preventDefault();
      table.setPointerCapture(event.pointerId);
      stroke(event);
    });
    table.addEventListener('pointermove', event => { if (table.hasPointerCapture(event.pointerId)) stroke(event); });
    tint(place, cells);
  }

  // Each number has the colour that its response has.
  function tint(place, cells) {
    const most = Math.max(...kernels[place].flat().map(Math.abs)) || 1;
    cells.forEach((line, r) => line.forEach((cell, c) => {
      const colour = purpleOrange(0.55 * kernels[place][r][c] / most);
      Object.assign(cell.style, {background: `rgb(${colour})`, color: '#111'});
    }));
  }

  function changed(place) {
    const box = part(`kernel-${place}`);
    tint(place, [...box.querySelector('table').rows].map(line => [...line.cells]));
    box.querySelector('.named').value = '';
    compute();
  }

  kernels.forEach((_, place) => {
    const box = part(`kernel-${place}`), set = rows => { kernels[place] = rows; edit(place); compute(); };
    box.querySelector('.named').addEventListener('change', event => { if (event.target.value) set(structuredClone(named[event.target.value])); });
    box.querySelector('.size').addEventListener('change', event => {
      const size = Number(event.target.value), margin = (size - kernels[place].length) / 2;
      box.querySelector('.named').value = '';
      set(Array.from({length: size}, (_, r) => Array.from({length: size}, (_, c) => kernels[place][r - margin]?.[c - margin] ?? 0)));
    });
    box.querySelector('.zero').addEventListener('click', () => { box.querySelector('.named').value = ''; set(kernels[place].map(row => row.map(() => 0))); });
    edit(place);
  });
  part('two').addEventListener('change', () => { edit(1); compute(); });
  part('paint').addEventListener('change', () => kernels.forEach((_, place) => edit(place)));

  // --- A picture of one's own, chosen or dropped; it is read here, and sent nowhere
  const file = element('input', '', 'font:inherit;max-width:100%', {type: 'file', accept: 'image/*'}), label = element('label', 'or your own, chosen or dropped: ');
  label.append(file);
  part('pictures').append(label);
  file.addEventListener('change', () => open(file.files[0]));
  part('picture').addEventListener('change', event => { file.value = ''; choose(event.target.selectedIndex); });
  root.addEventListener('dragover', event => event.preventDefault());
  root.addEventListener('drop', event => {
    event.preventDefault();
    event.stopPropagation();
    open(event.dataTransfer.files[0]);
  });
  keepKeys(root);
  choose(0);
}
