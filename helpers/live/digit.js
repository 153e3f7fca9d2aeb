// Draw a digit, and see what each layer of a trained network makes of it.
function drawADigit(root, data) {
  const numbers = halves(unpacked(data.weights)), pixels = withoutRuns(unpacked(data.digits));
  let used = 0;
  const taken = shape => tensor(shape, numbers.subarray(used, used += count(shape)));
  const layers = data.layers.map(({kernel, bias, ...layer}) =>
    kernel ? {...layer, kernel: taken(kernel), bias: taken(bias)} : layer);
  const part = name => root.querySelector(`.${name}`), PAPER = 140, PEN = 12;
  const paper = element('canvas', '', 'width:224px;height:224px;background:#000;outline:1px solid var(--line);touch-action:none;cursor:crosshair', {
    width: PAPER, height: PAPER, tabindex: 0, role: 'application',
    'aria-label': 'Paper. Draw with the mouse or a finger; or move the pen with the arrow keys, and put it down or lift it with the space bar.',
  });
  part('paper').replaceChildren(paper);
  const pen = paper.getContext('2d', {willReadFrequently: true}), say = speaker(part('said')), explain = speaker(part('sum'));
  let strokes = [], stroke = null, sample = 0, moved = [0, 0], x, outputs;
  dressed(root);
  part('answer').tHead.style.color = '';

  // --- From the drawing to the network, and from the network to the page
  const shown = [{title: 'What the network sees: click a pixel of any map', of: () => x},
    ...layers.flatMap((layer, place) => layer.layer === 'dense' ? [] : [{
      title: layer.layer === 'conv2d' ? `Layer ${place + 1}, convolution and ReLU: ${layer.bias.values.length} maps` : `Layer ${place + 1}, max-pooling: the same maps, smaller`,
      place, of: () => outputs[place]}])];
  for (const strip of shown) {
    strip.canvas = element('canvas', '', 'image-rendering:pixelated;display:block;max-width:100%;cursor:pointer', {tabindex: 0, role: 'application'});
    const block = element('div', '', 'margin-top:6px');
    block.append(element('div', strip.title), strip.canvas);
    part('maps').append(block);
  }

  function compute() {
    if (sample === null) {
      const rgba = pen.getImageData(0, 0, PAPER, PAPER).data;
      x = asDigit(tensor([PAPER, PAPER], Array.from({length: PAPER * PAPER}, (_, i) => rgba[4 * i] / 255)), part('centre').checked);
    } else x = tensor([28, 28, 1], pixels.slice(784 * sample, 784 * (sample + 1)).map(v => v / 255));
    x = shifted(x, ...moved);
    outputs = forward(layers, x);
    const logits = outputs.at(-1).values, chances = softmax(logits), best = chances.indexOf(Math.max(...chances));
    [...part('answer').tBodies[0].rows].forEach(({cells: [, bar, chance, logit]}, digit) => {
      Object.assign(bar.firstChild, {value: chances[digit]}).style.width = '150px';
      chance.textContent = `${(100 * chances[digit]).toFixed(1)} %`;
      logit.textContent = said(logits[digit], 1);
    });
    const way = ['up', 'left', 'down', 'right'], where = moved.flatMap((n, axis) => n ? [`${Math.abs(n)} ${way[axis + 2 * (n > 0)]}`] : []);
    say(`The network says ${best}, with a probability of ${(100 * chances[best]).toFixed(0)} %.${where.length ? ` The digit is moved: ${where.join(' and ')}.` : ''}`);
    describe();
    root.result = {x, outputs, chances, moved};
  }

  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; compute(); });
  }

  // --- Maps, side by side; a clicked value shows what it was computed from, in orange on the maps before
  let picked = null, seen = null, channel = null;
  function draw(strip) {
    const [height, width, maps] = strip.of().shape, values = strip.of().values, across = Math.min(maps, 8);
    const canvas = strip.canvas, largest = Math.max(1e-6, ...values), whole = [Math.ceil(maps / across) * (height + 1), across * (width + 1)];
    if (canvas.height !== whole[0]) {
      [canvas.height, canvas.width] = whole;
      canvas.style.width = `${whole[1] * (maps > 1 && width > 20 ? 2 : 4)}px`;
      canvas.setAttribute('aria-label', `${strip.title}. Arrow keys go from value to value.`);
    }
    const brush = canvas.getContext('2d'), image = brush.createImageData(canvas.width, canvas.height);
    const place = (r, c, map) => 4 * ((Math.floor(map / across) * (height + 1) + r) * canvas.width + (map % across) * (width + 1) + c);
    for (let map = 0; map < maps; map++) for (let r = 0; r < height; r++) for (let c = 0; c < width; c++) {
      const at = place(r, c, map);
      image.data[at] = image.data[at + 1] = image.data[at + 2] = 255 * Math.max(0, values[(r * width + c) * maps + map]) / largest;
      image.data[at + 3] = 255;
    }
    const dot = (r, c, map) => image.data.set([255, 120, 0, 255], place(r, c, map));
    if (picked?.strip === strip) dot(picked.r, picked.c, picked.map);
    if (seen?.strip === strip) {
      for (let r = Math.max(0, seen.top); r < Math.min(height, seen.top + seen.height); r++)
        for (let c = Math.max(0, seen.left); c < Math.min(width, seen.left + seen.width); c++) {
          const at = place(r, c, seen.map), v = image.data[at] / 255;
          image.data.set([115 + 140 * v, 80 + 130 * v, 140 * v], at);
        }
      if (seen.winner) dot(...seen.winner, seen.map);
    }
    brush.putImageData(image, 0, 0);
    strip.across = across;
  }

  function pick(strip, r, c, map) {
    picked = {strip, r, c, map};
    channel = null;
    describe();
  }

  function table(title, rows, cell) {
    const made = element('table', '', 'border-collapse:collapse;display:inline-table;margin:4px 12px 0 0');
    made.append(element('caption', title));
    for (const row of rows) {
      const line = made.insertRow();
      for (const v of row) line.append(element('td', cell(v), 'border:1px solid var(--line);padding:1px 4px;text-align:right;font-size:13px'));
    }
    return made;
  }

  // What the picked value was computed from, in words and numbers; and all maps, drawn again.
  function describe() {
    part('window').replaceChildren();
    seen = null;
    if (picked) explain(words(), true);
    shown.forEach(draw);
  }

  function words() {
    const {strip, r, c, map} = picked, [, columns, maps] = strip.of().shape, index = (r * columns + c) * maps + map;
    const value = said(strip.of().values[index]), place = `row ${r}, column ${c}`;
    if (strip.place === undefined) return `Pixel in ${place}: ${value}.`;
    const layer = layers[strip.place], before = shown[shown.indexOf(strip) - 1], input = before.of();
    if (layer.layer === 'maxPool') {
      const winner = Math.floor(outputs[strip.place].winners[index] / input.shape[2]), won = [Math.floor(winner / input.shape[1]), winner % input.shape[1]];
      const [top, left] = walk(layer, input.shape, [layer.size, layer.size]).corner(r, c);
      seen = {strip: before, map, top, left, height: layer.size, width: layer.size, winner: won};
      return `Map ${map}, ${place}: ${value} is the largest of its window. It stood in row ${won[0]}, column ${won[1]} of the map before.`;
    }
    const {parts, sums, sum, bias, top, left} = windowOf(input, layer, r, c, map), [height, width] = layer.kernel.shape, box = part('window');
    channel ??= sums.reduce((best, v, d) => Math.abs(v) > Math.abs(sums[best]) ? d : best, 0);
    seen = {strip: before, map: channel, top, left, height, width};
    if (parts.length > 1) box.append(...sums.map((v, d) => {
      const button = element('button', said(v, 2), `font:inherit;padding:3px 6px;margin:1px${d === channel ? ';outline:2px solid var(--ink)' : ''}`, {type: 'button', 'aria-pressed': d === channel, 'aria-label': `map ${d} of the layer before: ${said(v, 2)}`});
      button.addEventListener('click', () => { channel = d; describe(); box.children[d].focus(); });
      return button;
    }), element('br'));
    const rows = Array.from({length: height}, (_, i) => parts[channel].slice(i * width, (i + 1) * width));
    box.append(table('window', rows, ([v]) => said(v, 2)), table('kernel', rows, ([, w]) => said(w, 2)), table('products', rows, ([v, w]) => said(v * w, 2)));
    const total = `with the bias ${said(bias)} it is ${said(sum)}${sum < 0 ? ', below zero: ReLU makes it 0' : ''}.`;
    return parts.length === 1 ? `Map ${map}, ${place}: the sum of window times kernel is ${said(sums[0])}, ${total}`
      : `Map ${map}, ${place}: each of the ${parts.length} maps before has a window and gives a sum, here from left to right. Their sum is ${said(sum - bias)}, ${total} Below is map ${channel}: press another.`;
  }

  for (const strip of shown) {
    const at = (row, column) => {
      const [height, width, maps] = strip.of().shape, map = Math.floor(row / (height + 1)) * strip.across + Math.floor(column / (width + 1));
      if (map < maps) pick(strip, Math.min(height - 1, row % (height + 1)), Math.min(width - 1, column % (width + 1)), map);
    };
    strip.canvas.addEventListener('click', event => {
      const box = strip.canvas.getBoundingClientRect();
      at(Math.floor((event.clientY - box.top) / box.height * strip.canvas.height), Math.floor((event.clientX - box.left) / box.width * strip.canvas.width));
    });
    strip.canvas.addEventListener('keydown', event => {
      const [height, width, maps] = strip.of().shape, step = ARROWS[event.key];
      const {r = 0, c = 0, map = 0} = picked?.strip === strip ? picked : {};
      if (step) pick(strip, clamp(r + step[0], 0, height - 1), clamp(c + step[1], 0, width - 1), map);
      else if (event.key === 'PageDown' || event.key === 'PageUp') pick(strip, r, c, (map + (event.key === 'PageDown' ? 1 : maps - 1)) % maps);
      else return;
      event.preventDefault();
    });
  }

  // --- The pen
  function redraw() {
    pen.fillStyle = '#000';
    pen.fillRect(0, 0, PAPER, PAPER);
    pen.strokeStyle = '#fff';
    pen.lineWidth = PEN;
    pen.lineCap = pen.lineJoin = 'round';
    for (const points of strokes) {
      pen.beginPath();
      pen.moveTo(...points[0]);
      for (const point of points) pen.lineTo(point[0] + 0.01, point[1]);
      pen.stroke();
    }
    soon();
  }

  const begin = point => { sample = null; strokes.push(stroke = [point]); redraw(); };
  const onPaper = event => {
    const box = paper.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * PAPER, (event.clientY - box.top) / box.height * PAPER];
  };
  paper.addEventListener('pointerdown', event => {
    if (event.button) return;
    paper.setPointerCapture(event.pointerId);
    begin(onPaper(event));
  });
  paper.addEventListener('pointermove', event => {
    if (!stroke || !paper.hasPointerCapture(event.pointerId)) return;
    stroke.push(onPaper(event));
    redraw();
  });
  for (const end of ['pointerup', 'pointercancel']) paper.addEventListener(end, () => { stroke = null; });

  let tip = [PAPER / 2, 30], down = false;
  paper.addEventListener('keydown', event => {
    const step = ARROWS[event.key];
    if (step && event.shiftKey && part('home')) move(step);
    else if (event.key === ' ') {
      down = !down;
      if (down) begin(tip);
      say(down ? 'The pen is down.' : 'The pen is lifted.', true);
    } else if (step) {
      tip = [clamp(tip[0] + 5 * step[1], PEN, PAPER - PEN), clamp(tip[1] + 5 * step[0], PEN, PAPER - PEN)];
      if (down) { strokes.at(-1).push(tip); redraw(); }
    } else return;
    event.preventDefault();
  });

  // --- The digit, moved by whole pixels: what leaves the picture is lost
  function move(step) {
    moved = step ? moved.map((n, axis) => clamp(n + step[axis], -27, 27)) : [0, 0];
    soon();
  }
  for (const [name, step] of [['left', [0, -1]], ['up', [-1, 0]], ['down', [1, 0]], ['right', [0, 1]], ['home']]) {
    part(name)?.setAttribute('aria-label', step ? `move the digit ${name} by a pixel` : 'move the digit back');
    part(name)?.addEventListener('click', () => move(step));
  }

  function show(digit) {
    sample = digit;
    strokes = [];
    down = false;
    redraw();
    const small = element('canvas', '', '', {width: 28, height: 28}), brush = small.getContext('2d'), image = brush.createImageData(28, 28);
    for (let i = 0; i < 784; i++) image.data.set([...Array(3).fill(pixels[784 * digit + i]), 255], 4 * i);
    brush.putImageData(image, 0, 0);
    pen.drawImage(small, 0, 0, PAPER, PAPER);
  }

  part('clear').addEventListener('click', () => { strokes = []; sample = null; down = false; redraw(); });
  part('undo').addEventListener('click', () => { if (strokes.pop()) { down = false; redraw(); } });
  part('another').addEventListener('click', () => show(((sample ?? -1) + 1) % (pixels.length / 784)));
  part('centre').addEventListener('change', soon);
  keepKeys(root);
  show(0);
  compute();
}
