// k-means in the plane: put points and centroids where you like, and let the two steps take turns.

const distance2 = ([a, b], [c, d]) => (a - c) ** 2 + (b - d) ** 2;

// Each point's nearest centroid, the first of several that are equally near; and the inertia.
function assign(points, centroids) {
  const labels = points.map(point => {
    const far = centroids.map(centroid => distance2(point, centroid));
    return far.indexOf(Math.min(...far));
  });
  return {labels, inertia: points.reduce((sum, point, i) => sum + distance2(point, centroids[labels[i]]), 0)};
}

// Each centroid at the mean of its points. One without points stays: see helpers.by_hand.update.
function update(points, labels, centroids) {
  return centroids.map((centroid, cluster) => {
    const own = points.filter((_, i) => labels[i] === cluster);
    return own.length ? [0, 1].map(axis => own.reduce((sum, point) => sum + point[axis], 0) / own.length) : centroid;
  });
}

// k-means++: the first centroid is any point; each further one a point drawn with a chance that
// grows with the squared distance to the nearest centroid so far. `draw` gives numbers from [0, 1).
function carefulStart(points, k, draw) {
  const chosen = [points[Math.floor(draw() * points.length)]];
  while (chosen.length < k) {
    const far = points.map(point => Math.min(...chosen.map(centroid => distance2(point, centroid))));
    let left = draw() * far.reduce((a, b) => a + b, 0), place = 0;
    while (place < points.length - 1 && left >= far[place]) left -= far[place++];
    chosen.push(points[place]);
  }
  return chosen.map(point => [...point]);
}

function cluster(root, given) {
  const part = name => root.querySelector(`.${name}`), say = speaker(part('said'));
  const WIDE = 480, HIGH = 360, COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'];
  const canvas = element('canvas', '', 'border:1px solid var(--line);max-width:100%;touch-action:none;cursor:crosshair', {
    width: WIDE, height: HIGH, tabindex: 0, role: 'application',
    'aria-label': 'The plane. Click to add a point, drag a centroid. By keyboard: digits choose a centroid, arrow keys move it, Enter takes a step.',
  });
  part('plane').replaceChildren(canvas);
  const brush = canvas.getContext('2d'), look = dressed(root, () => draw(told));
  let points, centroids, labels, turn, moving, told, held = null, chosen = 0;

  const place = ([x, y]) => [x * WIDE, (1 - y) * HIGH];
  const onPlane = event => {
    const box = canvas.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width, 0, 1), clamp(1 - (event.clientY - box.top) / box.height, 0, 1)];
  };

  function again(changed = {}) {
    ({points = points, centroids = centroids} = changed);
    labels = null;
    turn = 0;
    moving = false;
    draw('Step assigns each point to its nearest centroid.');
  }

  function step() {
    if (!points.length) return draw('There are no points: click to add some.');
    if (moving) {
      const before = centroids;
      centroids = update(points, labels, centroids);
      moving = false;
      turn++;
      const still = before.every((centroid, i) => distance2(centroid, centroids[i]) < 1e-12);
      return draw(still ? `Turn ${turn}: no centroid moves. This is the end.` : `Turn ${turn}: each centroid moved to the mean of its points.`);
    }
    const before = labels;
    ({labels} = assign(points, centroids));
    moving = true;
    const changed = before ? labels.filter((label, i) => label !== before[i]).length : points.length;
    draw(before ? `${changed} points changed their centroid.` : 'Each point has its nearest centroid.');
  }

  function draw(what) {
    told = what;
    brush.clearRect(0, 0, WIDE, HIGH);
    points.forEach((point, i) => {
      brush.fillStyle = labels ? COLOURS[labels[i]] : look.soft;
      brush.beginPath();
      brush.arc(...place(point), 4, 0, 7);
      brush.fill();
    });
    brush.font = 'bold 15px sans-serif';
    brush.textAlign = 'center';
    brush.textBaseline = 'middle';
    centroids.forEach((centroid, i) => {
      const [x, y] = place(centroid);
      brush.fillStyle = COLOURS[i];
      brush.strokeStyle = look.ink;
      brush.lineWidth = i === chosen && held !== null ? 4 : 2;
      brush.fillRect(x - 11, y - 11, 22, 22);
      brush.strokeRect(x - 11, y - 11, 22, 22);
      brush.fillStyle = '#000';
      brush.fillText(String(i + 1), x, y + 1);
    });
    const {inertia} = points.length ? assign(points, centroids) : {inertia: 0};
    say(`${what} ${points.length} points, ${centroids.length} centroids, inertia ${said(inertia, 4)}.`);
    root.result = {points, centroids, labels, inertia};
  }

  canvas.addEventListener('pointerdown', event => {
    if (event.button) return;
    const at = onPlane(event), near = centroids.findIndex(centroid => {
      const [[a, b], [c, d]] = [place(centroid), place(at)];
      return Math.max(Math.abs(a - c), Math.abs(b - d)) < 15;
    });
    canvas.setPointerCapture(event.pointerId);
    if (near >= 0) held = chosen = near;
    else if (points.length < 500) again({points: [...points, at]});
  });
  canvas.addEventListener('pointermove', event => {
    if (held !== null && canvas.hasPointerCapture(event.pointerId)) again({centroids: centroids.map((c, i) => i === held ? onPlane(event) : c)});
  });
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => { held = null; });
  canvas.addEventListener('keydown', event => {
    const move = ARROWS[event.key], digit = Number(event.key);
    if (move) again({centroids: centroids.map(([x, y], i) => i === chosen ? [clamp(x + 0.03 * move[1], 0, 1), clamp(y - 0.03 * move[0], 0, 1)] : [x, y])});
    else if (digit >= 1 && digit <= centroids.length) { chosen = digit - 1; say(`Centroid ${digit}.`, true); }
    else if (event.key === 'Enter' && !event.shiftKey) step();
    else return;
    event.preventDefault();
  });

  const k = () => Number(part('k').value);
  const anywhere = () => Array.from({length: k()}, () => points.length ? [...points[Math.floor(Math.random() * points.length)]] : [Math.random(), Math.random()]);
  part('step').addEventListener('click', step);
  part('random').addEventListener('click', () => again({centroids: anywhere()}));
  part('careful').addEventListener('click', () => again({centroids: points.length ? carefulStart(points, k(), Math.random) : anywhere()}));
  part('k').addEventListener('change', () => { chosen = 0; again({centroids: anywhere()}); });
  part('clear').addEventListener('click', () => again({points: []}));
  part('reset').addEventListener('click', () => { part('k').value = given.centroids.length; chosen = 0; again(structuredClone(given)); });
  keepKeys(root);
  again(structuredClone(given));
}
