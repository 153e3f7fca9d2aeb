"""What is known of the original data sets, so that a copy can be told from them."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Original:
    """What is known of a data set; the last two tell it from a copy."""

    name: str
    shape: tuple
    class_names: tuple
    url: str  # where Keras has it from
    megabytes: int  # of the file there
    cached: str  # what Keras' cache calls it
    fingerprint: Callable  # of the four arrays
    known: int | tuple  # what the original's fingerprint is


def checksum(*arrays):
    """Return one CRC-32 over all images and labels."""
    value = 0
    for array in arrays:
        value = zlib.crc32(np.ascontiguousarray(array.astype(np.uint8, copy=False)), value)
    return value


def outline(x_train, y_train, x_test, _):
    """Return the numbers of images, and the first ten labels and pixel sum to train on."""
    return len(x_train), len(x_test), tuple(y_train[:10]), x_train.sum()


MNIST = Original(
    name="MNIST",
    shape=(28, 28),
    class_names=tuple("0123456789"),
    url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    megabytes=11,
    cached="mnist.npz",
    fingerprint=checksum,
    known=0x1939F699,
)
CIFAR10 = Original(
    name="CIFAR-10",
    shape=(32, 32, 3),
    class_names=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    megabytes=170,
    cached="cifar-10-batches-py-target*",
    # The sum is of the means everyone normalises by, 125.306918046875, 122.950394140625
    # and 113.86538318359375, times 50,000 * 32 * 32 pixels.
    fingerprint=outline,
    known=(50_000, 10_000, (6, 9, 9, 4, 1, 1, 2, 7, 8, 3), 18_540_682_003),
)
