// A convolution to touch: change a number, and look at an output from its window, or at an input
// from the outputs that it feeds.
function touchAConvolution(root, {grid, kernel, strides, padding}) {
  const part = name => root.querySelector(`.${name}`), explain = speaker(part('sum'));
  const start = {grid: structuredClone(grid), kernel: structuredClone(kernel), strides, padding};
  let looked = {output: [0, 0]}, cells, results;
  dressed(root);

  // --- The output, and what it shows of where it comes from
  const turned = () => part('turn').checked;
  const sizes = () => [[grid.length, grid[0].length], [kernel.length, kernel[0].length]];

  function layer() {
    const flat = tensor([kernel.length, kernel[0].length, 1, 1], kernel.flat());
    return {kernel: turned() ? halfTurn(flat) : flat, bias: tensor([1], [0]), strides, padding};
  }

  const picture = () => tensor([grid.length, grid[0].length, 1], grid.flat());

  function compute() {
    if (sizes()[0].some((size, axis) => size + 2 * padding < sizes()[1][axis])) {
      part('output').replaceChildren();
      results = null;
      return explain('The kernel is larger than the padded input: there is no output.', true);
    }
    const y = conv2d(picture(), layer()), [rows, columns] = y.shape, table = element('table', '', 'border-collapse:collapse');
    table.setAttribute('aria-label', 'output');
    results = Array.from({length: rows}, (_, r) => {
      const line = table.insertRow();
      return Array.from({length: columns}, (_, c) => {
        const cell = line.insertCell();
        cell.style.cssText = `${CELL};cursor:pointer`;
        cell.textContent = said(y.values[r * columns + c]);
        cell.tabIndex = -1;
        cell.setAttribute('aria-label', `output, row ${r}, column ${c}: ${cell.textContent}`);
        cell.addEventListener('pointerenter', () => look({output: [r, c]}));
        cell.addEventListener('focus', () => look({output: [r, c]}));
        cell.addEventListener('keydown', event => {
          const step = ARROWS[event.key];
          if (!step) return;
          results[r + step[0]]?.[c + step[1]]?.focus();
          event.preventDefault();
        });
        return cell;
      });
    });
    part('output').replaceChildren(table);
    if (looked.output) looked.output = [Math.min(looked.output[0], rows - 1), Math.min(looked.output[1], columns - 1)];
    look(looked);
    root.result = {shape: y.shape, values: Array.from(y.values)};
  }

  const bracketed = v => v < 0 ? `(${said(v)})` : said(v);

  function look(at) {
    looked = at;
    if (!results) return;
    const [rows, columns] = [results.length, results[0].length];
    for (let r = -padding; r < grid.length + padding; r++) for (let c = -padding; c < grid[0].length + padding; c++) {
      const inside = r >= 0 && c >= 0 && r < grid.length && c < grid[0].length;
      Object.assign(cells[r][c].style, {background: inside ? '' : 'var(--faint)', outline: ''});
    }
    results.flat().forEach(cell => {
      Object.assign(cell.style, {background: '', outline: ''});
      cell.tabIndex = -1;
    });
    const mark = cell => Object.assign(cell.style, {background: 'var(--mark)', outline: '2px solid var(--ink)', outlineOffset: '-2px'});
    const [r, c] = at.output ?? [0, 0];
    results[r][c].tabIndex = 0;
    if (at.output) {
      const {top, left, parts, sum} = windowOf(picture(), layer(), r, c, 0);
      parts[0].forEach((_, place) => mark(cells[top + Math.floor(place / kernel[0].length)][left + place % kernel[0].length]));
      mark(results[r][c]);
      const products = parts[0].map(([v, w]) => `${said(v)}·${bracketed(w)}`).join(' + ');
      explain(`Output in row ${r}, column ${c}: ${products} = ${said(sum)}`);
    } else {
      const [row, column] = at.input, weights = layer().kernel.values, fed = fedBy({strides, padding}, ...sizes(), row, column);
      mark(cells[row][column]);
      fed.forEach(([i, j]) => mark(results[i][j]));
      const words = fed.map(([i, j, a, b]) => `row ${i}, column ${j} (weight ${said(weights[a * kernel[0].length + b])})`).join('; ');
      explain(fed.length ? `The input in row ${row}, column ${column} is part of ${fed.length === 1 ? 'one output' : `${fed.length} outputs`}: ${words}.`
        : `No window meets the input in row ${row}, column ${column}.`);
    }
    root.looked = at;
  }

  function build() {
    const how = {changed: compute, explain};
    cells = fields(part('grid'), grid, 'input', {...how, border: padding, focused: (r, c) => look({input: [r, c]})});
    fields(part('kernel'), kernel, 'kernel', how);
    compute();
  }

  for (const [name, set] of [['strides', v => { strides = v; }], ['padding', v => { padding = v; }]])
    part(name).addEventListener('change', event => { set(Number(event.target.value)); build(); });
  part('turn').addEventListener('change', compute);
  part('reset').addEventListener('click', () => {
    ({grid, kernel} = structuredClone(start));
    ({strides, padding} = start);
    Object.assign(part('strides'), {value: strides});
    Object.assign(part('padding'), {value: padding});
    part('turn').checked = false;
    looked = {output: [0, 0]};
    build();
  });
  keepKeys(root);
  build();
}
