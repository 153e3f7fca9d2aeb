// What the live figures compute, without a page: a browser and the tests run the same file.
// A tensor is {shape, values}: its numbers row by row, channels last, as in Keras.

const count = shape => shape.reduce((product, n) => product * n, 1);
const zeros = shape => ({shape, values: new Float32Array(count(shape))});
const tensor = (shape, values) => ({shape, values: Float32Array.from(values)});

// How many outputs an axis has, and how many zeros stand before it: helpers.shapes.output_size.
function along(size, kernel, strides, padding) {
  if (padding !== 'same') return [Math.floor((size + 2 * padding - kernel) / strides) + 1, padding];
  const outputs = Math.ceil(size / strides);
  return [outputs, Math.max(0, (outputs - 1) * strides + kernel - size) >> 1];
}

// Where the window of output (row, column) begins, and how many outputs there are.
function walk({strides, padding}, [height, width], [kh, kw]) {
  const [rows, above] = along(height, kh, strides, padding);
  const [columns, before] = along(width, kw, strides, padding);
  return {rows, columns, corner: (r, c) => [r * strides - above, c * strides - before]};
}

function conv2d(x, {kernel, bias, relu, ...how}) {
  const [height, width, channels] = x.shape, [kh, kw, , filters] = kernel.shape;
  const {rows, columns, corner} = walk(how, x.shape, kernel.shape), y = zeros([rows, columns, filters]);
  for (let r = 0, at = 0; r < rows; r++) for (let c = 0; c < columns; c++, at += filters) {
    const [top, left] = corner(r, c);
    y.values.set(bias.values, at);
    for (let i = 0; i < kh; i++) for (let j = 0; j < kw; j++) {
      if (top + i < 0 || top + i >= height || left + j < 0 || left + j >= width) continue;
      const seen = ((top + i) * width + left + j) * channels, weights = (i * kw + j) * channels;
      for (let d = 0; d < channels; d++) {
        const v = x.values[seen + d];
        if (v) for (let f = 0; f < filters; f++) y.values[at + f] += v * kernel.values[(weights + d) * filters + f];
      }
    }
  }
  return relu ? rectified(y) : y;
}

function rectified(y) {
  for (let i = 0; i < y.values.length; i++) if (y.values[i] < 0) y.values[i] = 0;
  return y;
}

// Max-pooling; `winners` says which number of x each output is. Padding never wins.
function maxPool(x, {size, ...how}) {
  const [height, width, channels] = x.shape, {rows, columns, corner} = walk(how, x.shape, [size, size]);
  const y = {...zeros([rows, columns, channels]), winners: []};
  for (let r = 0, at = 0; r < rows; r++) for (let c = 0; c < columns; c++) for (let d = 0; d < channels; d++, at++) {
    const [top, left] = corner(r, c);
    let best = -1;
    for (let i = Math.max(0, top); i < Math.min(height, top + size); i++)
      for (let j = Math.max(0, left); j < Math.min(width, left + size); j++) {
        const place = (i * width + j) * channels + d;
        if (best < 0 || x.values[place] > x.values[best]) best = place;
      }
    y.values[at] = x.values[y.winners[at] = best];
  }
  return y;
}

function dense(x, {kernel, bias, relu}) {
  const units = bias.values.length, y = tensor([units], bias.values);
  x.values.forEach((v, i) => { if (v) for (let u = 0; u < units; u++) y.values[u] += v * kernel.values[i * units + u]; });
  return relu ? rectified(y) : y;
}

function softmax(logits) {
  const largest = Math.max(...logits), powers = Array.from(logits, v => Math.exp(v - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map(v => v / sum);
}

const LAYERS = {conv2d, maxPool, dense};

// The output of every layer, first to last.
function forward(layers, x) {
  return layers.map(layer => x = LAYERS[layer.layer](x, layer));
}

// What stands in the window of one output of a convolution, and the weights that meet it:
// [value, weight], row by row, for each channel; and the sum, with its bias, before ReLU.
function windowOf(x, {kernel, bias, ...how}, r, c, f) {
  const [height, width, channels] = x.shape, [kh, kw, , filters] = kernel.shape;
  const [top, left] = walk(how, x.shape, kernel.shape).corner(r, c), parts = [];
  for (let d = 0; d < channels; d++) {
    parts.push([]);
    for (let i = top; i < top + kh; i++) for (let j = left; j < left + kw; j++) {
      const inside = i >= 0 && i < height && j >= 0 && j < width;
      const weight = kernel.values[(((i - top) * kw + j - left) * channels + d) * filters + f];
      parts[d].push([inside ? x.values[(i * width + j) * channels + d] : 0, weight]);
    }
  }
  const sums = parts.map(part => part.reduce((sum, [v, w]) => sum + v * w, 0));
  return {top, left, parts, sums, bias: bias.values[f], sum: sums.reduce((a, b) => a + b, bias.values[f])};
}

// The outputs that see one input, and the weight with which each does: [row, column, i, j].
function fedBy(how, size, kernelSize, row, column) {
  const {rows, columns, corner} = walk(how, size, kernelSize), found = [];
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
    const [top, left] = corner(r, c), i = row - top, j = column - left;
    if (i >= 0 && i < kernelSize[0] && j >= 0 && j < kernelSize[1]) found.push([r, c, i, j]);
  }
  return found;
}

const halfTurn = kernel => ({shape: kernel.shape, values: kernel.values.slice().reverse()});

// A picture moved by whole pixels: helpers.filters.shifted, but what leaves the picture is lost.
function shifted(x, down, right) {
  const [height, width] = x.shape, y = zeros(x.shape);
  for (let r = Math.max(0, down); r < Math.min(height, height + down); r++)
    for (let c = Math.max(0, right); c < Math.min(width, width + right); c++)
      y.values[r * width + c] = x.values[(r - down) * width + c - right];
  return y;
}

// What one picture, (h, w, 1), gives with several kernels of one size. It yields after some rows,
// so that a page can go on, and returns the outputs.
function* inPieces(x, kernels, rows = 8) {
  const [height, width] = x.shape, [kh, kw] = kernels[0].shape, bias = tensor([1], [0]);
  const outputs = kernels.map(() => zeros([height - kh + 1, width - kw + 1, 1]));
  for (let top = 0; top <= height - kh; top += rows) {
    const bottom = Math.min(height, top + rows + kh - 1);
    const piece = {shape: [bottom - top, width, 1], values: x.values.subarray(top * width, bottom * width)};
    kernels.forEach((kernel, i) => outputs[i].values.set(conv2d(piece, {kernel, bias, strides: 1, padding: 0}).values, top * (width - kw + 1)));
    yield;
  }
  return outputs;
}

// The rows of an odd kernel as a tensor of `size` x `size`, with zeros around them.
function around(rows, size) {
  const y = zeros([size, size, 1, 1]), margin = (size - rows.length) / 2;
  rows.forEach((row, r) => row.forEach((v, c) => { y.values[(r + margin) * size + c + margin] = v; }));
  return y;
}

const magnitude = (gx, gy) => tensor(gx.shape, gx.values.map((v, i) => Math.hypot(v, gy.values[i])));

// Brightness of n pixels of red, green, blue and opacity on white: helpers.filters.to_gray.
const toGray = (rgba, n) => Float32Array.from({length: n}, (_, i) => {
  const share = rgba[4 * i + 3] / 255;
  return share * (0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2]) + 255 * (1 - share);
});

// The size below which 99 of 100 values lie, to a thousandth of the largest size.
function reachOf(values) {
  const most = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0), counts = new Uint32Array(1001);
  if (!most) return 0;
  for (const v of values) counts[Math.floor(1000 * Math.abs(v) / most)]++;
  let bin = 0;
  for (let below = counts[0]; below < 0.99 * values.length; below += counts[++bin]);
  return Math.max(1, bin) * most / 1000;
}

// The colour of a value from -1 to 1: matplotlib's PuOr, orange to purple, but with 0 in full white.
const PUOR = [[127, 59, 8], [179, 88, 6], [224, 130, 20], [253, 184, 99], [254, 224, 182], [255, 255, 255],
  [216, 218, 235], [178, 171, 210], [128, 115, 172], [84, 39, 136], [45, 0, 75]];
function purpleOrange(v) {
  const at = 5 * (1 + Math.min(1, Math.max(-1, v))), low = Math.min(9, Math.floor(at));
  return PUOR[low].map((part, i) => Math.round(part + (at - low) * (PUOR[low + 1][i] - part)));
}

// How a row of `from` pixels is shared out among `to`, where `centre` comes to lie in the middle
// and a pixel becomes `scale` wide: (to, from), the share of each new pixel that an old one covers.
function shares(from, to, centre, scale) {
  const matrix = Array.from({length: to}, () => new Float32Array(from));
  for (let old = 0; old < from; old++) {
    const start = (old - centre) * scale + to / 2, end = start + scale;
    for (let i = Math.max(0, Math.floor(start)); i < Math.min(to, end); i++)
      matrix[i][old] = Math.max(0, Math.min(end, i + 1) - Math.max(start, i));
  }
  return matrix;
}

function resized(ink, rows, columns) {
  const [height, width] = ink.shape, half = zeros([rows.length, width]);
  rows.forEach((share, i) => share.forEach((part, r) => {
    if (part) for (let c = 0; c < width; c++) half.values[i * width + c] += part * ink.values[r * width + c];
  }));
  const y = zeros([rows.length, columns.length, 1]);
  for (let i = 0; i < rows.length; i++) columns.forEach((share, j) => {
    let sum = 0;
    share.forEach((part, c) => { if (part) sum += part * half.values[i * width + c]; });
    y.values[i * columns.length + j] = Math.min(1, sum);
  });
  return y;
}

// A drawing, (n, n) from 0 to 1, as 28 x 28 pixels; `centred` as the makers of MNIST did it: the ink
// is 20 pixels long on its longer side, and its centre of mass is the middle of the picture.
function asDigit(ink, centred) {
  const n = ink.shape[0];
  let mass = 0, middle = [n / 2, n / 2], scale = 28 / n;
  const first = [n, n], last = [-1, -1], moment = [0, 0];
  ink.values.forEach((v, place) => {
    if (v <= 0.05) return;
    [Math.floor(place / n), place % n].forEach((at, axis) => {
      first[axis] = Math.min(first[axis], at);
      last[axis] = Math.max(last[axis], at);
      moment[axis] += v * (at + 0.5);
    });
    mass += v;
  });
  if (centred && mass) {
    middle = moment.map(sum => sum / mass);
    scale = 20 / Math.max(last[0] - first[0] + 1, last[1] - first[1] + 1);
  }
  return resized(ink, ...middle.map(centre => shares(n, 28, centre, scale)));
}

// Bytes, as Python packs them: base 85, with "." for "<".
function unpacked(text) {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;.=>?@^_`{|}~', bytes = [];
  for (let at = 0; at < text.length; at += 5) {
    const four = [...text.slice(at, at + 5)].reduce((sum, letter) => 85 * sum + digits.indexOf(letter), 0);
    bytes.push(four >>> 24, four >>> 16 & 255, four >>> 8 & 255, four & 255);
  }
  return bytes;
}

// A zero is followed by how many zeros it stands for; behind the last one may be one that fills up.
function withoutRuns(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at]) found.push(bytes[at]);
    else for (let n = bytes[++at]; n > 0; n--) found.push(0);
  }
  return found;
}

// float16, little endian.
function halves(bytes) {
  return Float32Array.from({length: bytes.length / 2}, (_, place) => {
    const bits = bytes[2 * place] | bytes[2 * place + 1] << 8, exponent = bits >> 10 & 31, rest = bits & 1023;
    const size = exponent ? (1 + rest / 1024) * 2 ** (exponent - 15) : rest * 2 ** -24;
    return bits >> 15 ? -size : size;
  });
}

// A number as a person writes it: with a minus sign, and no more digits than it needs.
const said = (v, digits = 3) => String(Number(v.toFixed(digits))).replace('-', '−').replace('e+', 'e');
