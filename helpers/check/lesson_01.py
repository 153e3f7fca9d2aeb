"""The exercises of lesson 01: convolution."""

import numpy as np

from helpers.check.exercise import Exercise, integers


def _correlate1d(x, w):
    return np.correlate(x, w, "valid")


correlate1d = Exercise(
    call="correlate1d(x, w)",
    right=_correlate1d,
    cases=lambda rng: [
        (integers(rng, 7), np.array([1, 0, -2])),
        (integers(rng, 9), integers(rng, 4)),
        (integers(rng, 3), np.array([2, 3, 5])),
    ],
    mistakes={
        "The kernel is flipped: that is the true convolution. A layer lays w on x as it is: "
        "w[0] meets x[k].": lambda x, w: np.convolve(x, w, "valid"),
        "One output is missing: there are len(x) - len(w) + 1 places where w fits.": (
            lambda x, w: _correlate1d(x, w)[:-1]
        ),
        "The result is as long as x, so zeros were added around it. Here w stays inside x.": (
            lambda x, w: np.correlate(x, w, "same")
        ),
        "The result is longer than x: w hangs over both ends. Here w stays inside x.": (
            lambda x, w: np.correlate(x, w, "full")
        ),
        "The sums are divided by len(w): that is an average. Add the products, no more.": (
            lambda x, w: _correlate1d(x, w) / len(w)
        ),
        "Negative sums have become 0: that is ReLU, and here there is no activation.": (
            lambda x, w: np.maximum(_correlate1d(x, w), 0)
        ),
    },
    praise="The kernel slides over every place where it fits, unflipped.",
)


def _one_value(x, w, b, row, column, strides):
    top, left = row * strides, column * strides
    window = x[top : top + w.shape[0], left : left + w.shape[1]]
    return (window * w).sum() + b


def _one_value_cases(rng):
    return [
        (integers(rng, (6, 7, 2)), integers(rng, (3, 2, 2)), 5, 1, 2, 2),
        (integers(rng, (5, 5, 3)), integers(rng, (2, 3, 3)), -4, 2, 1, 1),
        (integers(rng, (9, 8, 1)), integers(rng, (3, 3, 1)), 7, 2, 1, 3),
    ]


one_value = Exercise(
    call="one_value(x, w, b, row, column, strides)",
    right=_one_value,
    cases=_one_value_cases,
    mistakes={
        "The bias is missing: add b once, after the sum.": (
            lambda x, w, b, *place: _one_value(x, w, 0, *place)
        ),
        "The strides are missing: output row 1 starts at input row 1 times strides.": (
            lambda x, w, b, row, column, strides: _one_value(x, w, b, row, column, 1)
        ),
        "Row and column are swapped: the first axis of an image is its row.": (
            lambda x, w, b, row, column, strides: _swapped(x, w, b, row, column, strides)
        ),
        "You have one number a channel. A filter adds over its channels as well.": (
            lambda x, w, b, *place: [
                _one_value(x[..., c : c + 1], w[..., c : c + 1], b, *place)
                for c in range(x.shape[2])
            ]
        ),
        "The bias is added to every product. Add it once, after the sum.": (
            lambda x, w, b, *place: _one_value(x, w, b * w.size, *place)
        ),
        "The kernel is flipped: that is the true convolution. A layer lays it on as it is.": (
            lambda x, w, b, *place: _one_value(x, w[::-1, ::-1], b, *place)
        ),
        "Only the first channel counts in your sum. A filter adds over all its channels.": (
            lambda x, w, b, *place: _one_value(x[..., :1], w[..., :1], b, *place)
        ),
        "The bias is added once a channel. A filter has one bias.": (
            lambda x, w, b, *place: _one_value(x, w, b * w.shape[2], *place)
        ),
        "The strides count in one direction only. They move the window down and to the right.": (
            lambda x, w, b, row, column, strides: _one_value(x[row * strides :], w, b, 0, column, 1)
        ),
        "A negative result has become 0: that is ReLU, and here there is no activation.": (
            lambda x, w, b, *place: max(_one_value(x, w, b, *place), 0)
        ),
    },
    praise="Window, products, one sum over rows, columns and channels, one bias.",
)


def _swapped(x, w, b, row, column, strides):
    """Take the window at (column, row), cut where it leaves the image."""
    window = x[column * strides :, row * strides :][: w.shape[0], : w.shape[1]]
    return (window * w[: window.shape[0], : window.shape[1]]).sum() + b


def _correlate2d(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel)


true_convolution = Exercise(
    call="true_convolution(image, kernel)",
    right=lambda image, kernel: _correlate2d(image, kernel[::-1, ::-1]),
    cases=lambda rng: [
        (integers(rng, (5, 6)), integers(rng, (3, 3))),
        (integers(rng, (4, 7)), integers(rng, (2, 2))),
    ],
    mistakes={
        "This is still the cross-correlation: turn the kernel by half a turn first.": _correlate2d,
        "Only the rows of the kernel are reversed. Half a turn reverses the columns as well.": (
            lambda image, kernel: _correlate2d(image, kernel[::-1])
        ),
        "Only the columns of the kernel are reversed. Half a turn reverses the rows as well.": (
            lambda image, kernel: _correlate2d(image, kernel[:, ::-1])
        ),
        "The kernel is transposed: that mirrors it on its diagonal. Half a turn reverses rows "
        "and columns.": lambda image, kernel: _correlate2d(image, kernel.T),
        "The image is turned and the kernel is not: your result stands upside down.": (
            lambda image, kernel: _correlate2d(image[::-1, ::-1], kernel)
        ),
    },
    praise="Turn the kernel by half a turn, then correlate: that is convolution.",
)
