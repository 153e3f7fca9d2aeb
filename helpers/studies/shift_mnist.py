"""Row C2: how far a digit may move before a network no longer knows it."""

from dataclasses import replace

import numpy as np

from helpers.settings import PACKAGES, Training
from helpers.study import Study, seed_by_seed

FARTHEST = 8  # pixels; as many zeros lie around each digit, so none leaves the picture
N_TEST = 5_000

BASE = Training("dense, shifts", "mnist", epochs=5, batch_size=64, padding=FARTHEST)
MOVED = (("translation", FARTHEST / (28 + 2 * FARTHEST)),)
VARIANTS = {
    "dense": replace(BASE, network="dense, shifts"),
    "strides": replace(BASE, network="strides, shifts"),
    "max-pooling": replace(BASE, network="max-pooling, shifts"),
    "global average": replace(BASE, network="global average, shifts"),
    "dense, moved digits": replace(BASE, network="dense, shifts", augmentation=MOVED),
    "strides, moved digits": replace(BASE, network="strides, shifts", augmentation=MOVED),
    "global average, moved digits": replace(
        BASE, network="global average, shifts", augmentation=MOVED
    ),
}


def shifted(images, down, right):
    """Return images moved by whole pixels.

    Parameters
    ----------
    images : array, (n, h, w, c)
    down, right : int
        Negative for up and left.

    Returns
    -------
    array of the same shape

    Raises
    ------
    ValueError
        Something other than zeros would leave the picture.

    Examples
    --------
    >>> shifted(np.array([[5, 0], [0, 0]]).reshape(1, 2, 2, 1), 0, 1)[0, :, :, 0]
    array([[0, 5],
           [0, 0]])
    """
    h, w = images.shape[1:3]
    moved = np.roll(images, (down, right), axis=(1, 2))
    row, column = np.arange(h) - down, np.arange(w) - right  # where each comes from
    if moved[:, (row < 0) | (row >= h)].any() or moved[:, :, (column < 0) | (column >= w)].any():
        raise ValueError(
            "images must have room for the shift; something left the picture, "
            f"received down={down}, right={right}"
        )
    return moved


def accuracy_by_shift(network, x, labels):
    """Return the accuracy after a move by 0, 1, ... pixels, the mean of four directions.

    Parameters
    ----------
    network : keras.Model
    x : array, (n, h, w, c)
        With `FARTHEST` zeros around each image.
    labels : array of int, (n,)

    Returns
    -------
    list of float, FARTHEST + 1 long
    """

    def accuracy(down, right):
        outputs = network.predict(shifted(x, down, right), batch_size=500, verbose=0)
        return float((outputs.argmax(axis=1) == labels).mean())

    ways = ((1, 0), (-1, 0), (0, 1), (0, -1))
    return [accuracy(0, 0)] + [
        float(np.mean([accuracy(down * far, right * far) for down, right in ways]))
        for far in range(1, FARTHEST + 1)
    ]


def move_digits(settings, seed):
    """Return the results of one training, and its accuracy on moved test digits."""
    from helpers.training import load_images, train

    network, results = train(settings, seed)
    # The test images only: one training image is the least that can be asked for.
    x, y = load_images(replace(settings, n_train=1), seed)[0]["test"]
    x, labels = x[:N_TEST], y[:N_TEST].argmax(axis=1)
    return results | {"shift_accuracy": accuracy_by_shift(network, x, labels)}


STUDIES = (
    Study(
        "shift_mnist",
        seed_by_seed(
            {("C2", name): (settings, 3) for name, settings in VARIANTS.items()},
            small={"n_train": 1_000, "epochs": 1},
        ),
        move_digits,
        PACKAGES,
    ),
)
