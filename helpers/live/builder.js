// A network, layer by layer: what comes out of each, what it costs, and how far it sees.
// The formulas are those of helpers.shapes; the words are Keras'.

const WHOLE = {filters: 1024, kernel_size: 64, strides: 64, pool_size: 64, units: 16384};
const KINDS = {
  Conv2D: {filters: 16, kernel_size: 3, strides: 1, padding: 'valid', activation: 'relu'},
  MaxPooling2D: {pool_size: 2, strides: 2, padding: 'valid'},
  AveragePooling2D: {pool_size: 2, strides: 2, padding: 'valid'},
  GlobalAveragePooling2D: {},
  BatchNormalization: {},
  Flatten: {},
  Dropout: {rate: 0.5},
  Dense: {units: 10, activation: 'linear'},
};
const CHOICES = {padding: ['valid', 'same'], activation: ['linear', 'relu', 'sigmoid', 'tanh', 'softmax']};

function wrong(name, v) {
  if (name in WHOLE) return Number.isInteger(v) && v >= 1 && v <= WHOLE[name] ? '' : `${name} must be a whole number from 1 to ${WHOLE[name]}`;
  if (name === 'rate') return typeof v === 'number' && v >= 0 && v < 1 ? '' : 'rate must be a number from 0 to less than 1';
  return CHOICES[name].includes(v) ? '' : `${name} must be one of ${CHOICES[name].join(', ')}`;
}

// What the positions along one axis see of the input: number i of `count` sees what lies from
// `first + i·step` to `last + i·step`, and none of them beyond `end`. See `_View` in helpers.describe.
const through = ({end, count: from, step, first, last}, kernel, strides, before, count) => ({
  count, step: step * strides, first: first - before * step, last: last + (kernel - 1 - before) * step,
  end: Math.min(end, last + Math.min(from - 1, kernel - 1 - before + (count - 1) * strides) * step)});
const together = view => ({...view, count: 1, step: 0, first: Math.max(view.first, 0),
  last: Math.min(view.last + (view.count - 1) * view.step, view.end)});

// One row for each layer, {output, params, macs, sees}, up to the first that cannot be: {error}.
// `sees` is the receptive field along the rows and along the columns.
function measure(input, layers) {
  let shape = input, views = input.slice(0, 2).map(size => ({end: size - 1, count: size, step: 1, first: 0, last: 0}));
  const rows = [];
  for (const {kind, ...how} of layers) {
    const error = Object.entries(how).map(([name, v]) => wrong(name, v)).find(Boolean);
    const row = error ? {error} : {output: shape, params: 0, macs: 0, views, ...LAYER[kind](how, shape, views)};
    rows.push(row);
    if (row.error) break;
    ({output: shape, views} = row);
    row.sees = views.map(({first, last}) => last - first + 1);
  }
  return rows;
}

const FLAT = {error: 'its input is flat, and it needs rows, columns and channels'};

function windowed({strides, padding}, size, shape, views, channels) {
  if (shape.length < 3) return FLAT;
  const counts = shape.slice(0, 2).map(n => padding === 'same' ? Math.ceil(n / strides) : Math.floor((n - size) / strides) + 1);
  if (Math.min(...counts) < 1) return {error: `its window of ${size} is larger than its input, ${shape[0]} × ${shape[1]}`};
  return {output: [...counts, channels], views: views.map((view, axis) => {
    const zeros = padding === 'same' ? Math.max(0, (counts[axis] - 1) * strides + size - shape[axis]) : 0;
    return through(view, size, strides, zeros >> 1, counts[axis]);
  })};
}

const pooling = (how, shape, views) => windowed(how, how.pool_size, shape, views, shape[2]);
const LAYER = {
  Conv2D({filters, kernel_size, ...how}, shape, views) {
    const weights = kernel_size ** 2 * shape[2] * filters, row = windowed(how, kernel_size, shape, views, filters);
    return row.error ? row : {...row, params: weights + filters, macs: row.output[0] * row.output[1] * weights};
  },
  MaxPooling2D: pooling,
  AveragePooling2D: pooling,
  GlobalAveragePooling2D: (how, shape, views) => shape.length < 3 ? FLAT : {output: [shape[2]], views: views.map(together)},
  BatchNormalization: (how, shape) => ({params: 4 * shape.at(-1)}),
  Flatten: (how, shape) => ({output: [shape.reduce((a, b) => a * b)]}),
  Dropout: () => ({}),
  Dense({units}, shape, views) {
    const weights = shape.at(-1) * units, places = shape.slice(0, -1), flat = !places.length;
    return {output: [...places, units], params: weights + units, macs: places.reduce((a, b) => a * b, weights), views: flat ? views.map(together) : views};
  },
};

// The network as Keras code; what Keras assumes by itself is not written.
function kerasCode(input, layers) {
  const plain = {strides: 1, padding: 'valid', activation: 'linear'};
  const lines = layers.map(({kind, ...how}) => {
    const first = ['filters', 'kernel_size', 'pool_size', 'units', 'rate'], words = [];
    const silent = kind.endsWith('Pooling2D') ? {...plain, strides: how.pool_size} : plain;
    for (const [name, v] of Object.entries(how)) {
      if (first.includes(name)) words.push(v);
      else if (v !== silent[name]) words.push(`${name}=${typeof v === 'string' ? `"${v}"` : v}`);
    }
    return `    layers.${kind}(${words.join(', ')}),`;
  });
  return [`keras.Sequential([`, `    keras.Input((${input.join(', ')})),`, ...lines, '])'].join('\n');
}

function buildANetwork(root, given) {
  const part = name => root.querySelector(`.${name}`), say = speaker(part('said'));
  const CELL = 'padding:2px 6px;text-align:right;white-space:nowrap', spaced = n => String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
  let {input, layers} = structuredClone(given.networks[0]), dragged = null;
  dressed(root);
  root.querySelector('thead').style.color = '';

  function field(name, v, set) {
    const box = element('label', `${name} `, 'margin-right:8px;white-space:nowrap');
    const choices = CHOICES[name], made = element(choices ? 'select' : 'input', '', choices ? 'font:inherit' : 'width:3.4em;font:inherit');
    if (choices) for (const choice of choices) made.append(element('option', choice));
    else made.setAttribute('inputmode', 'decimal');
    made.value = v;
    made.addEventListener('input', () => { set(choices ? made.value : made.value.trim() === '' ? NaN : Number(made.value)); fill(); });
    box.append(made);
    return box;
  }

  function move(from, to) {
    if (to < 0 || to >= layers.length) return;
    layers.splice(to, 0, ...layers.splice(from, 1));
    show();
    part('layers').rows[to]?.querySelector('button')?.focus();
  }

  function button(text, label, act) {
    const made = element('button', text, 'font:inherit;padding:2px 8px;min-height:26px', {type: 'button', 'aria-label': label});
    made.addEventListener('click', act);
    return made;
  }

  // The rows of the table are made when layers come, go or move; `fill` writes what follows.
  function show() {
    part('input').replaceChildren(...['rows', 'columns', 'channels'].map((name, axis) => field(name, input[axis], v => { input[axis] = v; })));
    part('layers').replaceChildren(...layers.map((layer, place) => {
      const row = element('tr', '', '', {draggable: true}), what = `${layer.kind}, layer ${place + 1}`, tools = element('td', '', 'white-space:nowrap');
      tools.append(button('▲', `move ${what} up`, () => move(place, place - 1)), button('▼', `move ${what} down`, () => move(place, place + 1)),
        button('✕', `remove ${what}`, () => { layers.splice(place, 1); show(); }));
      const options = element('td', '', 'text-align:left');
      options.append(...Object.keys(layer).filter(name => name !== 'kind').map(name => field(name, layer[name], v => { layer[name] = v; })));
      row.append(tools, element('th', layer.kind, 'text-align:left;padding-right:8px', {scope: 'row'}), options, ...Array.from({length: 4}, () => element('td', '', CELL)));
      row.addEventListener('dragstart', () => { dragged = place; });
      row.addEventListener('dragover', event => event.preventDefault());
      row.addEventListener('drop', event => { event.preventDefault(); if (dragged !== null) move(dragged, place); dragged = null; });
      return row;
    }));
    fill();
  }

  function fill() {
    const good = input.every(n => Number.isInteger(n) && n >= 1 && n <= 4096);
    const rows = good ? measure(input, layers) : [], total = {params: 0, macs: 0};
    [...part('layers').rows].forEach((line, place) => {
      const row = rows[place], cells = [...line.cells].slice(3);
      cells.forEach(cell => { cell.textContent = ''; cell.colSpan = 1; cell.hidden = false; cell.style.color = ''; });
      if (!row) return;
      if (row.error) {
        Object.assign(cells[0], {textContent: row.error, colSpan: 4}).style.color = 'var(--bad)';
        cells.slice(1).forEach(cell => { cell.hidden = true; });
        return;
      }
      total.params += row.params;
      total.macs += row.macs;
      const [a, b] = row.sees;
      [row.output.join(' × '), spaced(row.params), spaced(row.macs), a === b ? a : `${a} × ${b}`].forEach((text, i) => { cells[i].textContent = text; });
    });
    const failed = rows.findIndex(row => row.error);
    say(!good ? 'The input needs whole numbers from 1 to 4096.' : failed >= 0 ? `Layer ${failed + 1}, ${layers[failed].kind}: ${rows[failed].error}.`
      : `${spaced(total.params)} parameters and ${spaced(total.macs)} multiply-adds for an image.`);
    part('code').textContent = good && failed < 0 ? kerasCode(input, layers) : '';
    root.result = {rows, total};
  }

  part('add').addEventListener('click', () => { const kind = part('kind').value; layers.push({kind, ...KINDS[kind]}); show(); });
  part('network').addEventListener('change', event => { ({input, layers} = structuredClone(given.networks[event.target.selectedIndex])); show(); });
  keepKeys(root);
  show();
}
