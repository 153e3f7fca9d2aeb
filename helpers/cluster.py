"""k-means and k-means++ with their history."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from helpers import _validate
from helpers._arrays import numbers
from helpers._validate import broken, integer, number, one_of

_PART = 2_000  # points worked on at a time


@dataclass(frozen=True, eq=False)
class KMeansResult:
    """What `kmeans` found: centroids (k, d) and, for each point, the nearest one's index (n,).

    The inertia is the sum of all squared distances to it; `n_iter` is how often the centroids
    moved. The history is a list of (centroids, labels, inertia), from the start to the result.
    """

    centroids: np.ndarray
    labels: np.ndarray = field(repr=False)
    inertia: float
    n_iter: int
    history: list = field(repr=False)


def kmeans(x, k, *, init="k-means++", max_iter=300, tol=1e-4, seed=None):
    """Divide points, (n, d), into k clusters, each around the mean of its points.

    Two steps take turns: every point goes to its nearest centroid, and every centroid to the
    mean of its points (`assign` and `update` in `helpers.by_hand`). Neither can raise the
    inertia, so it ends, though not always at the best clustering. A cluster that loses all its
    points starts anew at the point that lies farthest from its centroid.

    Parameters
    ----------
    init : {"k-means++", "random"} or array-like of shape (k, d)
        Where the centroids start: at points far from each other, at any k points, or there.
    tol : float
        Stop once the centroids move by less, in squared distance, as a share of the
        mean variance of the columns. 0 stops only where no point changes its cluster.
    seed : int, Generator or None

    References
    ----------
    S. Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory 28(2), 1982.
    D. Arthur and S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007.

    Examples
    --------
    >>> result = kmeans([[0, 0], [0, 2], [9, 0], [9, 2]], 2, init=[[0, 0], [0, 2]])
    >>> result.labels, result.inertia, result.n_iter
    (array([0, 1, 0, 1]), 81.0, 1)
    >>> kmeans([[0, 0], [0, 2], [9, 0], [9, 2]], 2, seed=0).inertia
    4.0
    """
    x, k = _points(x), integer("k", k)
    if k > len(x):
        raise broken("k", f"at most the number of points ({len(x)})", k)
    max_iter, tol = integer("max_iter", max_iter), number("tol", tol, "[0, inf)")
    # To find the nearest, |x − c|² is computed as |x|² − 2x·c + |c|²: quick, and the more
    # exact the nearer the points are to the origin.
    origin = x.mean(axis=0)
    centred = x - origin
    squares = np.einsum("ij,ij->i", centred, centred)
    if not isinstance(seed, np.random.Generator):
        seed = np.random.default_rng(_validate.seed("seed", seed))
    start = _start(centred, squares, k, init, origin, seed)
    history = _lloyd(centred, squares, start, max_iter, tol * float(squares.mean()) / x.shape[1])
    centroids, labels, _ = history[-1]
    history[-1] = centroids, labels, _exact_inertia(centred, centroids, labels)
    history = [(centroids + origin, labels, inertia) for centroids, labels, inertia in history]
    return KMeansResult(*history[-1], len(history) - 1, history)


def contingency(labels, clusters, k):
    """Return how often each label from 0 to 9 falls into each cluster from 0 to k − 1, (k, 10).

    >>> contingency([7, 7, 1], [0, 1, 1], 2)[:, [1, 7]]
    array([[0, 1],
           [1, 1]])
    """
    k = integer("k", k, maximum=1_000_000)
    labels = _indices("labels", labels, ("n",), "", 10)
    clusters = _indices("clusters", clusters, labels.shape, "one cluster per label", k)
    return np.bincount(10 * clusters + labels, minlength=10 * k).reshape(k, 10)


def _indices(name, value, layout, why, count):
    indices = numbers(name, value, layout, why)
    if indices.dtype.kind not in "iu":
        raise broken(f"{name}.dtype", "that of integers", str(indices.dtype), TypeError)
    for extreme in (indices.min(), indices.max()):
        if not 0 <= extreme < count:
            raise broken(name, f"from 0 to {count - 1}", int(extreme))
    return indices.astype(np.int64)


def _points(x, name="x"):
    x = numbers(name, x, ("n", "d"))
    # The extremes are NaN or infinite where any value is, and quicker to find.
    lowest, highest = float(x.min()), float(x.max())
    if not np.isfinite([lowest, highest]).all():
        raise ValueError(f"{name} must be free of NaN and infinity; received some")
    x = x.astype(np.float32 if x.dtype == np.float32 else np.float64, copy=False)
    largest, limit = max(highest, -lowest), np.sqrt(np.finfo(x.dtype).max / x.size) / 4
    if largest > limit:
        raise broken(name, f"at most {limit:.0e}, so that its squares add up", largest)
    return x


def _start(x, squares, k, init, origin, rng):
    if isinstance(init, str):
        if one_of("init", init, ("k-means++", "random")) == "k-means++":
            return x[_far_apart(x, squares, k, rng)]
        return x[rng.choice(len(x), k, replace=False)]
    start = _points(init, "init")
    if start.shape != (k, x.shape[1]):
        raise broken("init.shape", f"(k, d) = {(k, x.shape[1])}", start.shape)
    with np.errstate(over="ignore"):
        start = (start - origin).astype(x.dtype)
    return _points(start, "init")  # once more: float32 does not reach as far


def _far_apart(x, squares, k, rng):
    """Return the indices of k points, drawn as k-means++ does.

    Each but the first is drawn with a probability in proportion to its squared distance to the
    nearest one already chosen; of a few such draws the best is kept.
    """
    chosen = [rng.integers(len(x))]
    nearest = _squared_distances(x, squares, chosen)[0]
    draws = 2 + int(np.log(k))
    for _ in range(1, k):
        # Where all points lie on chosen ones, any will do.
        weights = nearest.cumsum(dtype=np.float64)
        marks = rng.random(draws) * weights[-1]
        candidates = np.minimum(weights.searchsorted(marks, side="right"), len(x) - 1)
        distances = np.minimum(_squared_distances(x, squares, candidates), nearest)
        best = distances.sum(axis=1, dtype=np.float64).argmin()
        nearest = distances[best]
        chosen.append(candidates[best])
    return chosen


def _squared_distances(x, squares, indices):
    """Return the squared distances of all points to some of them, (len(indices), n)."""
    return np.maximum(squares[indices][:, None] - 2 * (x[indices] @ x.T) + squares, 0)


def _lloyd(x, squares, centroids, max_iter, tol):
    """Return [(centroids, labels, inertia), ...] from the start to the end."""
    nowhere = np.full(len(x), len(centroids))
    labels, distances, sums = _assign(x, squares, centroids, nowhere, np.zeros_like(centroids))
    history = [(centroids, labels, _inertia(distances))]
    for _ in range(max_iter):
        moved, previous = _means(x, labels, distances, sums), labels
        shift = np.square(moved - centroids).sum()
        centroids = moved
        labels, distances, sums = _assign(x, squares, centroids, labels, sums)
        history.append((centroids, labels, _inertia(distances)))
        if shift <= tol or np.array_equal(labels, previous):
            break
    return history


def _assign(x, squares, centroids, labels, sums):
    """Return each point's nearest centroid and squared distance, and the sum of each cluster.

    `labels` and `sums` are those before: only points that change their cluster are moved from
    sum to sum. Label k stands for no cluster. A part of x stays in the processor's cache.
    """
    k, sums = len(centroids), sums.astype(np.float64)  # many small changes, hence float64
    labels, distances = labels.copy(), np.empty(len(x), x.dtype)
    offsets, doubled = np.square(centroids).sum(axis=1), -2 * centroids.T
    for start in range(0, len(x), _PART):
        part = slice(start, start + _PART)
        scores = x[part] @ doubled
        scores += offsets
        nearest, before = scores.argmin(axis=1), labels[part]
        distances[part] = squares[part] + scores[np.arange(len(scores)), nearest]
        # A sparse matrix of ones adds the points of each cluster, much faster than np.add.at.
        (changed,) = np.nonzero(nearest != before)
        pairs = np.stack([nearest[changed], before[changed]], axis=1).ravel()
        signs = np.tile(np.array([1, -1], x.dtype), len(changed))
        members = (signs, pairs, np.arange(0, len(pairs) + 1, 2))
        sums += (sparse.csr_array(members, shape=(len(changed), k + 1)).T @ x[part][changed])[:k]
        labels[part] = nearest
    return labels, np.maximum(distances, 0), sums


def _inertia(distances):
    return float(distances.sum(dtype=np.float64))


def _exact_inertia(x, centroids, labels):
    """Return the inertia from the differences themselves: exact also for tight clusters."""
    total = 0.0
    for start in range(0, len(x), _PART):
        part = slice(start, start + _PART)
        gaps = centroids[labels[part]]
        gaps -= x[part]
        total += float(np.vdot(gaps, gaps))
    return total


def _means(x, labels, distances, sums):
    """Return the mean of each cluster; an empty one takes the farthest point there is."""
    counts, sums = np.bincount(labels, minlength=len(sums)), sums.copy()
    for empty in np.flatnonzero(counts == 0):
        # The only point of a cluster would leave that one empty.
        point = np.where(counts[labels] > 1, distances, -1).argmax()
        for cluster, sign in ((labels[point], -1), (empty, 1)):
            counts[cluster] += sign
            sums[cluster] += sign * x[point]
        labels = labels.copy()
        labels[point] = empty
    return (sums / counts[:, None]).astype(x.dtype)
