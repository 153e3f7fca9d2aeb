"""Images with their labels and where they come from; their pixels as numbers from 0 to 1."""

from dataclasses import dataclass, field

import numpy as np

from helpers._arrays import numbers
from helpers._validate import broken, flag, integer, one_of

KINDS = ("original", "copy", "stand-in")
# All of MNIST is compared; of CIFAR-10, what is generally known.
PROOFS = {"CIFAR-10": "size, first training labels and training pixel sum are the original's"}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and labels for training and for testing.

    Images are arrays of bytes, (n, h, w) in grey or (n, h, w, 3) in red, green and blue. Labels are
    the index of each image's class in `class_names`, in int64: in uint8, as the files have them, a
    learner's `10 * y` would wrap around at 256.
    """

    x_train: np.ndarray = field(repr=False)
    y_train: np.ndarray = field(repr=False)
    x_test: np.ndarray = field(repr=False)
    y_test: np.ndarray = field(repr=False)
    class_names: tuple
    name: str
    kind: str  # "original"; "copy", with other images, labels or order; "stand-in", other data
    origin: str  # where it came from: "from data/mnist.npz"

    def __post_init__(self):
        one_of("kind", self.kind, KINDS)

    @property
    def source(self):
        """What was loaded and from where, in a sentence for a reader."""
        counts = f"{len(self.x_train):,} training + {len(self.x_test):,} test images"
        verdict = {
            "original": PROOFS.get(self.name, "the original"),
            "copy": "NOT the original: images, labels or order differ",
            "stand-in": f"figures measured on them are not figures for {self.name}",
        }[self.kind]
        title = f"STAND-IN for {self.name}" if self.kind == "stand-in" else self.name
        return f"{title}: {counts}, {self.origin}; {verdict}"

    def drawn(self, n, seed):
        """Return which n training images a seed draws, in its order; all where n is None.

        Fewer images are the first ones of more.
        """
        rng = np.random.default_rng(integer("seed", seed, minimum=0))
        return rng.permutation(len(self.y_train))[:n]


def pixels(images, *, padding=0, flat=False):
    """Return images of bytes, (n, h, w) or (n, h, w, c), as float32 from 0, black, to 1.

    They have so many zeros around them, and a last axis for the channel; `flat`, they are rows,
    (n, h * w * c). Anything but bytes is a TypeError: it may have been divided already.

    >>> pixels(np.array([[[0, 51], [102, 255]]], np.uint8), flat=True)
    array([[0. , 0.2, 0.4, 1. ]], dtype=float32)
    """
    grey = getattr(images, "ndim", None) == 3
    images = numbers("images", images, ("n", "h", "w", "c")[: 4 - grey])
    if images.dtype != np.uint8:
        raise broken("images.dtype", "uint8, from 0 to 255", str(images.dtype), TypeError)
    side, flat = (integer("padding", padding, minimum=0, maximum=1_000),) * 2, flag("flat", flat)
    images = images[..., None] if grey else images
    if side != (0, 0):  # while a pixel still is one byte
        images = np.pad(images, ((0, 0), side, side, (0, 0)))
    scaled = np.divide(images, 255, dtype=np.float32)
    return scaled.reshape(len(scaled), -1) if flat else scaled
