"""For each public function: valid arguments, and what else each may be.

A function is looked up by its name in all modules of `MODULES`, so it may move between them; an
argument that it does not have (yet, or any more) is left out, and "network|name" is called either.
"""

import dataclasses
import inspect
import os
from functools import cache, partial
from importlib import import_module
from itertools import combinations
from pathlib import Path
from pkgutil import iter_modules
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np

import helpers
from tests.faults.rules import (
    Argument,
    Nonsense,
    array,
    entries,
    flag,
    only,
    pair,
    real,
    text,
    whole,
    word,
)

MODULES = (
    *("shapes", "describe", "conv", "filters", "drawings", "cluster", "probes", "data", "reports"),
    *("settings", "models", "training", "study", "plotting", "display", "widgets", "check"),
)
# Public functions without a row, and why.
EXCUSED = {
    "mnist": "takes nothing: see mnist_from and mnist_of",
    "cifar10": "takes nothing, and is read by the same code as mnist",
    "use_style": "takes nothing",
    "threads": "takes nothing",
    "run": "takes a Study, which only a maintainer writes: see kills and dask",
    "seed_by_seed": "takes what only a maintainer writes",
    "main": "the command line",
    "build": "see built, which says something of the network",
    "train": "see trained, which says something of the network",
    "at_epoch": "makes a key: see one_epoch",
    "at_time": "makes a key: see one_time",
    "times": "makes a key, which one_time calls",
    "seconds_per_image": "takes the trials of one stored study",
    "show": "see shown",
    "network_options": "see Training",
    "weights": "reads the file that a trial names; no stored one is sure to",
    "by": "for the texts of describe",
    "spaced": "for the texts of describe",
    "printable": "for figures' own use",
    "no_figure_left_by_errors": "for figures' own use",
}

# --- The mathematics ---------------------------------------------------------------------

ANY = (None,)
SIZE, KERNEL, ONE = whole(9), whole(3), whole(1)
PADDING = whole("valid", 0, also=("valid", "same"))
WINDOW = {"size": SIZE, "kernel_size": KERNEL, "strides": ONE, "dilation": ONE}
STEP = {"strides": pair(1), "padding": PADDING}
passing = partial(array, passes=True)  # NaN in it passes through, as in any sum
X2D = np.linspace(-1, 1, 180).reshape(2, 6, 5, 3)
LAYER = {"x": passing(X2D, ANY * 3 + (3,)), "w": passing(np.ones((3, 3, 3, 4)), ANY * 2 + (3, 4))}
X1D = np.linspace(-1, 1, 30).reshape(2, 5, 3)
LINE = {"x": passing(X1D, ANY * 2 + (3,)), "w": passing(np.ones((3, 3, 4)), (*ANY, 3, 4))}
LINE |= {"strides": ONE, "padding": PADDING}
BIAS = {"b": passing(np.ones(4), (4,), also=(None,))}
POOL = {"x": passing(X2D, ANY * 4), "pool_size": pair(2), "strides": pair(2, also=(None,))}
POOL |= {"padding": PADDING}
POOL_BACK = {"dy": passing(np.ones((2, 3, 2, 3)), (2, 3, 2, 3)), **POOL}
IMAGE = {
    "array": passing(np.eye(6)[:, :5], ANY * 2),
    "kernel": passing(np.ones((3, 2)), ANY * 2),
    "stride": pair(1),
    "padding": pair(1, 0),
}
POINTS = {
    "x": array(np.arange(12.0).reshape(6, 2) ** 2, ANY * 2),
    "k": whole(2, 1, 6),
    "seed": whole(0, 0, 2**128, also=(None,)),
}


def chain(found):
    """Whether these are layers (kernel_size, strides)."""
    whole_numbers = all(type(n) is int and n > 0 for layer in found for n in layer)
    return not isinstance(found, dict) and whole_numbers and all(len(layer) == 2 for layer in found)


def labels(valid, count):
    def within(found):
        return found.min() >= 0 and found.max() < count

    return array(valid, (len(valid),), kinds="iu", check=within)


def positive(found):
    return not isinstance(found, dict) and all(0 < n < np.inf and n is not True for n in found)


MATHS = {
    "output_size": {**WINDOW, "padding": PADDING},
    "resolve_padding": {**WINDOW, "padding": PADDING},
    "same_padding": WINDOW,
    "dilated_size": {"kernel_size": KERNEL, "dilation": ONE},
    "conv_params": {
        **{"kernel_size": pair(3), "in_channels": whole(3), "filters": whole(4)},
        "use_bias": flag(True),
    },
    "dense_params": {"inputs": whole(3), "units": whole(4), "use_bias": flag(True)},
    "shapes.receptive_field": {"layers": entries([(3, 1), (2, 2)], chain, also=([], ()))},
    "describe": {"model": only(lambda: model())},
    "format_table": {"infos": only(lambda: infos(), [])},
    "convolve": IMAGE,
    "conv2d": {**LAYER, **BIAS, **STEP, "dilation": pair(1)},
    "conv2d_naive": {**LAYER, **BIAS, **STEP, "dilation": pair(1)},
    "conv2d_backward": {"dy": passing(np.ones((2, 4, 3, 4)), (2, 4, 3, 4)), **LAYER, **STEP},
    "conv1d": {**LINE, **BIAS},
    "conv1d_backward": {"dy": passing(np.ones((2, 3, 4)), (2, 3, 4)), **LINE},
    "max_pool2d": POOL,
    "avg_pool2d": POOL,
    "max_pool2d_backward": POOL_BACK,
    "avg_pool2d_backward": POOL_BACK,
    "box_blur": {"size": whole(3)},
    "gaussian_blur": {"size": whole(3), "sigma": real(1.0, 0, also=(None,))},
    "filter_bank": {
        **{"size": whole(5), "orientations": whole(2), "scales": entries((1.0,), positive)}
    },
    "to_gray": {"image": passing(np.ones((2, 2, 3)), ANY * 2 + (3,))},
    "shifted": {
        "images": passing(np.zeros((1, 4, 4, 1)), ANY * 4),
        **{"down": whole(1, -(2**31)), "right": whole(1, -(2**31))},
    },
    "frame_and_bar": {"size": whole(32)},
    "heart": {"size": whole(20)},
    "kmeans": {
        **POINTS,
        "init": array("random", (2, 2), also=("random", "k-means++")),
        **{"max_iter": whole(5), "tol": real(1e-4, 0)},
    },
    "contingency": {
        "labels": labels([1, 2, 3], 10),
        **{"clusters": labels([0, 1, 0], 2), "k": whole(2, 2)},
    },
    "dense_weights": {"weights": array(np.eye(3), *(ANY * n for n in range(9)))},
}

# --- Data, on tiny files that the worker makes -------------------------------------------


def tiny_files(folder):
    """Write 60 + 30 images as MNIST and as CIFAR-10."""
    rng = np.random.default_rng(0)
    for name, shape in (("mnist", (28, 28)), ("cifar10", (32, 32, 3))):
        splits = {"train": 60, "test": 30}
        x = {f"x_{key}": rng.integers(0, 256, (n, *shape), np.uint8) for key, n in splits.items()}
        y = {f"y_{key}": np.arange(n, dtype=np.uint8) % 10 for key, n in splits.items()}
        np.savez(folder / f"{name}.npz", **x, **y)


def mnist_from(COURSE_DATA_DIR):
    """Load MNIST from the folder that the variable names."""
    from helpers.data import mnist

    before = os.environ["COURSE_DATA_DIR"]
    # What an environment cannot hold is left out.
    given = str(COURSE_DATA_DIR).replace("\0", "").encode("utf-8", "replace").decode()
    os.environ["COURSE_DATA_DIR"] = given or "/nowhere"
    try:
        return mnist().x_train.mean()
    finally:
        os.environ["COURSE_DATA_DIR"] = before


def mnist_of(mnist):
    """Load MNIST from a file of these bytes."""
    folder = Path(mkdtemp(dir=os.environ["COURSE_DATA_DIR"]))
    (folder / "mnist.npz").write_bytes(mnist if isinstance(mnist, bytes) else repr(mnist).encode())
    return mnist_from(folder)


def folders(value):
    if not (isinstance(value, str) and value and Path(value).is_dir()):
        raise Nonsense
    return value


def images(value):
    if getattr(value, "dtype", None) != np.uint8:
        raise Nonsense
    return array(None, ANY * 3, ANY * 4).meaning(value).astype(np.uint8)


@cache
def mnist_bytes():
    return (Path(os.environ["COURSE_DATA_DIR"]) / "mnist.npz").read_bytes()


DATA = {
    "pixels": {
        "images": Argument(np.arange(48, dtype=np.uint8).reshape(3, 4, 4), images),
        **{"padding": whole(1, 0), "flat": flag(False)},
    },
    "mnist_from": {"COURSE_DATA_DIR": Argument(lambda: os.environ["COURSE_DATA_DIR"], folders)},
    "mnist_of": {"mnist": only(mnist_bytes)},
    "report": {"row": only("A8", "D3", "B8", "A7")},
}

# --- Networks and trainings --------------------------------------------------------------


@cache
def names():
    """All names of networks; the smallest one, that of lesson 07, first."""
    from helpers.models import NETWORKS

    return sorted(NETWORKS, key=lambda name: (name != "A8", name))


@cache
def model():
    from helpers._keras import keras

    layers = keras.layers
    inside = [layers.Conv2D(2, 3, activation="relu"), layers.Flatten()]
    end = layers.Dense(10, activation="softmax")
    small = keras.Sequential([keras.Input((8, 8, 1)), *inside, end])
    small.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return small


@cache
def infos():
    return function("describe")(model())


@cache
def training():
    from helpers.settings import Training

    return Training(names()[0], "mnist", epochs=1, batch_size=20, n_train=40)


@cache
def kept_weights():
    from helpers.models import build

    return build(names()[0]).get_weights()


def built(network, **options):
    """Build a network; say how many parameters it has."""
    from helpers.models import build

    return build(network, **options).count_params()


def trained(settings, seed):
    """Train a network; return its loss."""
    from helpers.training import train

    return train(settings, seed)[1]["history"]["loss"]


class Names(Argument):
    """The name of a network: they are asked for when Keras is there."""

    def __init__(self):
        super().__init__(lambda: names()[0], lambda value: word(None, *names()).meaning(value))


SHARE = real(0.0, 0, 0.999)
TRAINED = {"settings": only(training), "seed": whole(0, 0, 2**32 - 1)}
X = array(np.ones((30, 8, 8, 1), np.float32), (30, 8, 8, 1))
Y = array(np.eye(10, dtype=np.float32)[np.arange(30) % 10], (30, 10))
OPTIONAL = (None,)
NETWORKS = {
    "built": {"network": Names()},
    "built (options)": {
        "network": Argument(lambda: "D3", lambda value: word(None, *names()).meaning(value)),
        "l1": real(1e-4, 0, 1e9),
    },
    "Training": {
        "network": Names(),
        "dataset": word("mnist", "mnist", "cifar10"),
        **{"epochs": whole(2), "batch_size": whole(20), "padding": whole(0, 0)},
        "network_options": only((), []),
        "n_train": whole(40, also=OPTIONAL),
        "validation_split": SHARE,
        "steps_per_epoch": whole(None, also=OPTIONAL),
        "optimizer": word("adam", "adam", "sgd"),
        "learning_rate": real(1e-3, 1e-300),
        "momentum": SHARE,
        "weight_decay": real(0.0, 0, also=OPTIONAL),
        "schedule": word("constant", "constant", "cosine"),
        "augmentation": only((), []),
        "label_smoothing": SHARE,
        "patience": whole(None, also=OPTIONAL),
        "watch_test": flag(False),
    },
    "trained": TRAINED,
    "load_images": TRAINED,
    "compiled": {"settings": only(training), "n_train": whole(40)},
    "digests": {"settings": only(training), "n_train": whole(40)},
    "training.network": {
        "settings": only(training),
        "weights": Argument(kept_weights, lambda value: entries(None, same_shapes).meaning(value)),
    },
    "compile_network": {**{"model": only(model), "settings": only(training), "steps": whole(10)}},
    "evaluate": {"model": only(model), "x": X, "y": Y},
    "accuracy_by_shift": {
        "network": only(model),
        "x": array(np.zeros((30, 8, 8, 1), np.float32), (*ANY, 8, 8, 1)),
        **{"labels": labels([*range(10)] * 3, 10**9), "farthest": whole(1, 0)},
    },
}


def same_shapes(found):
    shapes = [np.shape(weight) for weight in kept_weights()]
    finite = all(np.isfinite(np.asarray(weight, float)).all() for weight in found)
    return [np.shape(weight) for weight in found] == shapes and finite


# --- Stored results ----------------------------------------------------------------------


@cache
def runs(place=0):
    """The trials of a variant of a stored study."""
    from helpers.study import load

    trials = load("kmeans_mnist")
    variant = sorted({trial["variant"] for trial in trials})[place]
    return [trial for trial in trials if trial["variant"] == variant]


def keys(value):
    """A function of a trial, or the name of a number that all have."""
    if callable(value):
        return value
    if not (isinstance(value, str) and all(type(t.get(value)) in (int, float) for t in runs())):
        raise Nonsense
    return value


def one_key(value):
    return value if callable(value) else only("n_train", "seed").meaning(value)


def sequences(value):
    """Some of the very trials, of one variant."""
    if (
        not isinstance(value, (list, tuple))
        or len(value) < 3
        or any(t not in runs() for t in value)
    ):
        raise Nonsense
    if any(one is other for one, other in combinations(value, 2)):
        raise Nonsense
    return value


def epochs(value):
    """An epoch, or a function of a trial, or None for the last."""
    return value if callable(value) else whole(2, 1, 3, also=(None,)).meaning(value)


def one_epoch(key, epoch):
    from helpers.study import at_epoch

    return at_epoch(key, epoch)(TRIAL)


def one_time(key, seconds, per_image):
    from helpers.study import at_time

    return at_time(key, seconds, per_image)(TRIAL)


TRIAL = {"seed": 0, "n_train": 10, "history": {"loss": [2.0, 1.5, 1.0]}, "settings": {"k": 1}}
KEY, RUNS = Argument("inertia", keys), Argument(runs, sequences)
CURVE = only("history.loss")
STUDY = {
    "load": {
        "name": word("kmeans_mnist", "kmeans_mnist", "cnn_mnist", "svc_mnist", "shift_mnist"),
        "seed": whole(0, 0, 2),
    },
    "by_variant": {"name": word("kmeans_mnist", "kmeans_mnist", "cnn_mnist", "svc_mnist")},
    "spread": {"trials": RUNS, "key|result": KEY},
    "difference": {"trials": RUNS, "base": RUNS, "key|result": KEY},
    "value": {"trial": only(TRIAL), "key": Argument("n_train", one_key)},
    "values": {"trials": RUNS, "key": KEY},
    "study.curves": {"trials": only([TRIAL]), "key": CURVE},
    "one_epoch": {"key": CURVE, "epoch": Argument(2, epochs)},
    "one_time": {"key": CURVE, "seconds": real(3.0, 1), "per_image": only(lambda: per_image)},
    "table": {"rows": only(lambda: {"a": runs()}), "columns": only({"inertia": "inertia"}, {})},
    "differences": {"rows": only(lambda: {"a": runs()}, {}), "base": RUNS, "key": KEY},
    "holm": {"differences": only(lambda: {"a": gap(0.3)}, {})},
}


def per_image(trial):
    return 0.1


def gap(mean):
    from helpers import study

    fields = {"mean": mean, "low": mean - 0.1, "high": mean + 0.1, "n": 3, "p": 0.04}
    known = {field.name for field in dataclasses.fields(study.Difference)}
    return study.Difference(**{name: value for name, value in fields.items() if name in known})


def gaps(found):
    return all(isinstance(n, str) and n and type(d) is type(gap(0)) for n, d in found.items())


# --- Figures -----------------------------------------------------------------------------


def axes():
    return plt.subplots()[1]


def figure():
    return plt.figure()


def frames():
    return [(plt.figure(), "four words are here"), (plt.figure(), "and five words are here")]


def grouped(found):
    """Whether these are a dict of names to finite numbers."""
    good = array(None, ANY)
    return isinstance(found, dict) and all(
        isinstance(name, str) and name.strip() and len(good.meaning(values))
        for name, values in found.items()
    )


def colours(found):
    from matplotlib.colors import is_color_like

    return isinstance(found, dict) and all(
        isinstance(name, str) and is_color_like(color) for name, color in found.items()
    )


def rising(found):
    low, high = found
    return isinstance(found, (tuple, list)) and -np.inf < low < high < np.inf


def bins(value):
    """How many, or edges that increase."""
    if np.ndim(value) == 0:
        return whole(5, 1, 1_000).meaning(value)
    return array(
        None, ANY, check=lambda edges: (np.diff(edges) > 0).all() and len(edges) > 1
    ).meaning(value)


def texts(found):
    return len(found) == 3 and all(isinstance(entry, str) and entry.strip() for entry in found)


def same_axes(valid):
    return Argument(valid, only(None).meaning)


TITLE = {"title": text("title")}
XLABEL = {**TITLE, "xlabel": text("x")}
BOTH = {**XLABEL, "ylabel": text("y")}
COLORS = {"colors": entries({"a": "red"}, colours, also=(None, {}))}
MOST = {"most": real(9.0, also=(None,))}
LIMITS = {"limits": entries((0, 5), rising, also=(None, "shared"))}
TABLE = array(np.array([[1.0, 2], [3, 4]]), ANY * 2, gaps=True)
PICTURE = array(np.eye(3), ANY * 2, ANY * 2 + (3,), gaps=True)
GROUPS = {"groups": entries({"a": [1.0, 2, 3], "b": [2.0, 3, 5]}, grouped)}
CELL = {name: whole(0, 0) for name in ("row", "column")}
FIGURES = {
    "image": {
        **{"array": TABLE, "values": flag(True), "signed": flag(False), "colorbar": flag(False)},
        **TITLE,
        **LIMITS,
    },
    "window": {
        **{"ax": Argument(axes, only(None).meaning), **CELL},
        **{"height": ONE, "width": ONE, "color": only("red", "r", "#ff0000")},
    },
    "correlation_step": {
        **{"padded": array(np.ones((3, 3)), ANY * 2), "kernel": array(np.ones((2, 2)), ANY * 2)},
        **{"output": array(np.full((2, 2), 4.0), ANY * 2, gaps=True), **CELL},
    },
    "gallery": {
        "arrays": array([np.eye(2)] * 3, ANY * 3, ANY * 4, gaps=True),
        "titles": entries(["a", "b", "c"], texts),
        **{"columns": whole(2, also=(None,)), "signed": flag(False), **LIMITS},
        **{"size": real(1.5, 0.1, 20), "suptitle": text("s", also=(None,))},
    },
    "profile": {"values": array([1.0, 2, 3], ANY, gaps=True), **TITLE, "ylabel": text("y")},
    "clusters": {
        "x": array(np.array([[0.0, 0], [1, 1], [2, 2]]), (3, 2)),
        "centroids": array(np.array([[0.0, 0], [2, 2]]), (*ANY, 2)),
        **{"labels": labels([0, 1, 1], 9), **TITLE},
    },
    "histograms": {**GROUPS, **XLABEL, **COLORS, "bins": Argument(5, bins)},
    "paired_bars": {**GROUPS, **BOTH, **COLORS},
    "plotting.curves": {
        "series": entries({"a": [1.0, 2], "b": [2.0, 1]}, lambda found: gapped(found)),
        **{"x": array([1, 2], ANY, also=(None,)), **BOTH, **COLORS, **MOST},
    },
    "dots": {
        **{**GROUPS, **XLABEL, **COLORS},
        "reference": entries(("r", 2.0), lambda found: named_number(found), also=(None,)),
    },
    "tradeoff": {
        "points": entries({"a": (1.0, [1.0, 2]), "b": (9.0, [3.0])}, lambda found: costs(found)),
        "joined": entries(["a", "b"], lambda found: set(found) <= {"a", "b"}, also=((), [])),
        **{**BOTH, **COLORS, **MOST},
    },
    "confusion": {
        "matrix": array([[5, 1, 0]] * 3, (3, 3), kinds="iu", check=lambda n: n.min() >= 0),
        **{"class_names": entries(["a", "b", "c"], texts), **TITLE},
    },
    "layers": {"infos": only(infos), **TITLE},
    "bars": {"values": entries({"a": 10, "b": 2.5}, lambda found: numbered(found)), **XLABEL},
    "plotting.receptive_field": {"chain": entries([(3, 2), (3, 1)], chain), **TITLE},
    "intervals": {
        "differences": entries(lambda: {"a": gap(0.3), "b": gap(0.0)}, gaps),
        **{"noise": real(0.05, 0, also=(None,)), **XLABEL, **COLORS},
    },
    "shown": {"alt": text("four words are here"), "fig": Argument(figure, only(None).meaning)},
    "stepper": {"frames": Argument(frames, only(None).meaning), "label": text("step")},
    "size_calculator": {
        **{"size": whole(28), "kernel_size": whole(4), "strides": whole(2), "padding": whole(0, 0)}
    },
}


def shown(alt, fig):
    from helpers.plotting import show

    show(alt, fig)


def gapped(found):
    good = array(None, ANY, ANY * 2, gaps=True)
    return isinstance(found, dict) and all(
        isinstance(name, str) and name.strip() and len(good.meaning(values))
        for name, values in found.items()
    )


def named_number(found):
    name, value = found
    return isinstance(found, (tuple, list)) and bool(name.strip()) and np.isfinite(float(value))


def costs(found):
    return grouped({name: values for name, (_, values) in found.items()}) and all(
        0 < cost < np.inf and cost is not True for cost, _ in found.values()
    )


def numbered(found):
    return isinstance(found, dict) and all(
        isinstance(name, str) and name.strip() and np.isfinite(real(1.0).meaning(value))
        for name, value in found.items()
    )


# --- Exercises ---------------------------------------------------------------------------


class Told(ValueError):
    """A wrong answer that was told so, in words."""


def judge(name):
    """Return what an exercise says to an answer, and to a function that returns it."""
    from helpers import check

    exercise = getattr(check, name)

    def judged(answer):
        right = [exercise.judge(answer).right]
        if not callable(answer):
            right.append(exercise.judge(lambda *arguments: answer).right)
        if not any(right):
            raise Told("answer must be right")
        return 1.0

    return judged, {"answer": only(lambda: exercise.right)}


# --- All together ------------------------------------------------------------------------

OWN = {
    function.__name__: function
    for function in (mnist_from, mnist_of, built, trained, one_epoch, one_time, shown)
}
ROWS = {**MATHS, **DATA, **NETWORKS, **STUDY, **FIGURES}


def public(module):
    """Return the functions of a module that a lesson may call, by name."""
    found = import_module(f"helpers.{module}")
    names = getattr(found, "__all__", None) or [n for n in vars(found) if n[0] != "_"]
    functions = {name: getattr(found, name) for name in names}
    return {
        name: function
        for name, function in functions.items()
        if inspect.isfunction(function) and function.__module__.startswith(f"helpers.{module}")
    }


def modules():
    """Return those of `MODULES` that there are."""
    there = {module.name for module in iter_modules(helpers.__path__)}
    return [name for name in MODULES if name in there]


def function(row):
    """Return the function of a row, and its module; None where it is nowhere (any more)."""
    module, _, name = row.split(" ")[0].rpartition(".")
    if name in OWN:
        return OWN[name]
    for place in [module] if module else modules():
        found = getattr(import_module(f"helpers.{place}"), name, None)
        if callable(found):
            return found
    return None
