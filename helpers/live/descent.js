// A bowl of two weights, and an optimizer that walks down it, step by step.

// The losses and the places of a walk on L = (w0² + steepness · w1²) / 2; helpers.nn.SGD and Adam.
function descend({form, rate, momentum}, steepness, start, steps) {
  let w = [...start], v = [0, 0], squares = [0, 0];
  const path = [[...w]];
  for (let t = 1; t <= steps; t++) {
    [w[0], steepness * w[1]].forEach((g, i) => {
      if (form === 'adam') {
        v[i] = 0.9 * v[i] + 0.1 * g;
        squares[i] = 0.999 * squares[i] + 0.001 * g * g;
        w[i] -= rate * Math.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t) * v[i] / (Math.sqrt(squares[i]) + 1e-7);
      } else {
        v[i] = momentum * v[i] - rate * (form === 'average' ? 1 - momentum : 1) * g;
        w[i] += v[i];
      }
    });
    path.push([...w]);
  }
  return path;
}

const short = v => String(Number(v.toPrecision(3)));
const loss = ([w0, w1], steepness) => (w0 * w0 + steepness * w1 * w1) / 2;

function walkDown(root, given) {
  const part = name => root.querySelector(`.${name}`), say = speaker(part('said'));
  const WIDE = 480, HIGH = 300, REACH = [5, 3.125], scale = WIDE / (2 * REACH[0]);
  const canvas = element('canvas', '', 'border:1px solid var(--line);max-width:100%;cursor:crosshair', {
    width: WIDE, height: HIGH, tabindex: 0, role: 'application',
    'aria-label': 'The bowl from above. Click, or use the arrow keys, to say where the walk starts; Enter takes a step.',
  });
  part('bowl').replaceChildren(canvas);
  const brush = canvas.getContext('2d'), look = dressed(root, () => draw());
  let start = [...given.start], steps = given.steps;

  const value = name => Number(part(name).value);
  const place = ([w0, w1]) => [(w0 + REACH[0]) * scale, HIGH / 2 - w1 * scale];

  function draw() {
    const steepness = value('steepness'), settings = {form: part('form').value, rate: 10 ** value('rate'), momentum: value('momentum')};
    const path = descend(settings, steepness, start, steps), last = path.at(-1);
    part('momentum').disabled = settings.form === 'adam';
    for (const [name, text] of [['rate', settings.rate.toPrecision(2)], ['momentum', settings.momentum.toFixed(2)], ['steepness', steepness]])
      part(`${name}-value`).textContent = String(Number(text));
    brush.clearRect(0, 0, WIDE, HIGH);
    brush.lineWidth = 1;
    brush.strokeStyle = look.line;
    for (let level = 0.5; level < 9; level += 0.75) {
      brush.beginPath();
      brush.ellipse(...place([0, 0]), level * scale, level * scale / Math.sqrt(steepness), 0, 0, 7);
      brush.stroke();
    }
    brush.strokeStyle = brush.fillStyle = '#D55E00';
    brush.lineWidth = 1.5;
    const seen = path.map(place).map(([x, y]) => [clamp(x, -1e4, 1e4), clamp(y, -1e4, 1e4)]);
    brush.beginPath();
    seen.forEach(([x, y]) => brush.lineTo(x, y));
    brush.stroke();
    seen.forEach(([x, y], step) => {
      brush.beginPath();
      brush.arc(x, y, step === steps ? 6 : 3, 0, 7);
      brush.fill();
    });
    brush.fillStyle = look.ink;
    brush.font = '22px sans-serif';
    brush.textAlign = 'center';
    brush.textBaseline = 'middle';
    brush.fillText('★', ...place([0, 0]));
    const gone = last.some(w => !(Math.abs(w) < 1e6));
    say(gone ? `After ${steps} steps the walk has left the picture: the rate is too high for this bowl.`
      : `After ${steps} step${steps === 1 ? '' : 's'}: w₀ = ${said(last[0])}, w₁ = ${said(last[1])}, the loss is ${short(loss(last, steepness))}, and the bottom is ${short(Math.hypot(...last))} away.`);
    root.result = path;
  }

  const more = n => { steps = clamp(steps + n, 0, 500); draw(); };
  part('one').addEventListener('click', () => more(1));
  part('many').addEventListener('click', () => more(10));
  part('back').addEventListener('click', () => { steps = 0; draw(); });
  for (const name of ['form', 'rate', 'momentum', 'steepness']) part(name).addEventListener('input', draw);
  canvas.addEventListener('click', event => {
    const box = canvas.getBoundingClientRect();
    start = [(event.clientX - box.left) / box.width * 2 * REACH[0] - REACH[0], REACH[1] - (event.clientY - box.top) / box.height * 2 * REACH[1]];
    draw();
  });
  canvas.addEventListener('keydown', event => {
    const step = ARROWS[event.key];
    if (step) {
      start = [clamp(start[0] + 0.25 * step[1], -REACH[0], REACH[0]), clamp(start[1] - 0.25 * step[0], -REACH[1], REACH[1])];
      draw();
    } else if (event.key === 'Enter' && !event.shiftKey) more(1);
    else return;
    event.preventDefault();
  });
  keepKeys(root);
  draw();
}
