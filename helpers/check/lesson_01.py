"""The exercises of lesson 01: convolution."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions, whole


def _correlate1d(x, w, *, kernel=as_is, mode="valid"):
    return np.correlate(x, kernel(w), mode)


correlate1d = Exercise(
    _correlate1d,
    lambda rng: {
        "whole numbers": (whole(rng, 7), np.array([1, 0, -2])),
        "an even kernel": (whole(rng, 9), np.array([3, -1, 4, 2])),
        "fractions": (fractions(rng, 6), fractions(rng, 3)),
        "whole numbers under a kernel of fractions": (whole(rng, 5), np.array([0.5, -1.25])),
        "a kernel as long as x": (whole(rng, 3), np.array([2, 3, 5])),
        "fractions under a whole number": (fractions(rng, 4), np.array([-3])),
    },
    Mistake("The kernel is flipped. A layer does not flip it: w[0] meets x[k].", kernel=np.flip),
    Mistake(
        "The result is as long as x, so zeros were added. Here w stays inside x.",
        {"mode": "same"},
        lambda x, w: np.correlate(np.append(x, np.zeros(len(w) - 1)), w),
    ),
    Mistake("The result is longer than x: w hangs over both ends. Keep it inside.", mode="full"),
    Mistake("The window moves on by its whole length.", lambda x, w: np.correlate(x, w)[:: len(w)]),
    praise="The kernel slides over every place where it fits, unflipped.",
)


def _one_value(x, w, b, row, column, strides, *, start=np.multiply, kernel=as_is, bias=1):
    top, left = start(row, strides), start(column, strides)
    window = x[top : top + w.shape[0], left : left + w.shape[1]]
    return (window * kernel(w)).sum() + bias * b


def _spread(x, w, b, row, column, strides):
    """Multiply the places in the window by the strides as well."""
    places = np.ndindex(w.shape[:2])
    return sum(x[(row + i) * strides, (column + j) * strides] @ w[i, j] for i, j in places) + b


one_value = Exercise(
    _one_value,
    lambda rng: {
        "an even kernel": (whole(rng, (7, 7, 2)), whole(rng, (2, 2, 2)), 5, 1, 2, 2),
        "a kernel higher than wide": (whole(rng, (6, 7, 2)), whole(rng, (3, 2, 2)), 3, 1, 2, 2),
        "strides of 1": (whole(rng, (5, 6, 3)), whole(rng, (2, 3, 3)), -4, 2, 1, 1),
        "one channel": (whole(rng, (9, 9, 1)), whole(rng, (3, 3, 1)), 7, 2, 1, 3),
        "fractions": (fractions(rng, (5, 6, 2)), fractions(rng, (2, 2, 2)), 0.5, 1, 2, 2),
        "a negative result": (-np.ones((2, 3, 1)), np.array([[[1], [2]]]), 1.5, 0, 1, 1),
        "a place in the corner": (whole(rng, (4, 4, 2)), whole(rng, (2, 2, 2)), -3, 0, 0, 2),
    },
    Mistake("You add the strides to row and column. Multiply by them.", start=np.add),
    Mistake(
        "The strides go into the window too. Its pixels are neighbours; only the window moves.",
        _spread,
        lambda x, w, b, i, j, s: _one_value(x[::s, ::s], w, b, i, j, 1),
    ),
    Mistake(
        "You have one number a channel. A filter adds over its channels as well.",
        lambda x, w, b, *place: [
            _one_value(x[..., [c]], w[..., [c]], b, *place) for c in range(x.shape[2])
        ],
    ),
    Mistake(
        "The bias is added to every product, or once a channel. A filter has one: add it once.",
        lambda x, w, b, *place: _one_value(x, w, b, *place, bias=w.size),
        lambda x, w, b, *place: _one_value(x, w, b, *place, bias=w.shape[2]),
    ),
    Mistake(
        "The window moves by its own size. `strides` says how far it moves.",
        lambda x, w, b, i, j, s: _one_value(x, w, b, i * w.shape[0], j * w.shape[1], 1),
    ),
    Mistake("The kernel is flipped. A layer lays it on as it is.", kernel=np.flip),
    Mistake(
        "Only one channel counts in your sum. A filter adds over all its channels.",
        {"kernel": lambda w: w * (np.arange(w.shape[2]) == 0)},
        {"kernel": lambda w: w * (np.arange(w.shape[2]) == w.shape[2] - 1)},
    ),
    Mistake("The products are averaged. Add them up.", kernel=lambda w: w / w.size),
    praise="Window, products, one sum over rows, columns and channels, one bias.",
)


def _true_convolution(image, kernel, *, turn=np.flip):
    turned = turn(kernel)
    windows = np.lib.stride_tricks.sliding_window_view(image, turned.shape)
    return np.einsum("ijkl,kl->ij", windows, turned)


def _padded(zeros):
    """The mistake of adding zeros(n) at both ends of an axis along which the kernel has n."""
    return lambda image, kernel: _true_convolution(
        np.pad(image, [zeros(n) for n in kernel.shape]), kernel
    )


true_convolution = Exercise(
    _true_convolution,
    lambda rng: {
        "whole numbers": (whole(rng, (5, 6)), whole(rng, (3, 3))),
        "an even kernel": (whole(rng, (4, 7)), np.array([[1, -2], [3, 5]])),
        "fractions": (fractions(rng, (4, 4)), fractions(rng, (2, 2))),
        "a wide kernel": (fractions(rng, (5, 6)), np.array([[1, 2, -4], [0, 3, 7]])),
        "whole numbers under fractions": (whole(rng, (3, 4)), np.array([[0.5, -1.5], [0.25, 2]])),
        "a kernel as large as the image": (whole(rng, (3, 3)), whole(rng, (3, 3))),
    },
    Mistake("This is still the cross-correlation: turn the kernel by half a turn.", turn=as_is),
    Mistake(
        "The kernel is turned by a quarter. Half a turn is `np.rot90(kernel, 2)`.",
        {"turn": np.rot90},
        {"turn": lambda kernel: np.rot90(kernel, -1)},
    ),
    Mistake(
        "Only rows or only columns are reversed. Half a turn reverses both.",
        {"turn": np.flipud},
        {"turn": np.fliplr},
    ),
    Mistake("The kernel is transposed. Half a turn reverses rows and columns.", turn=np.transpose),
    Mistake(
        "The signs are changed. For Sobel x that is half a turn, but not here.", turn=np.negative
    ),
    Mistake(
        "Zeros were added around the image. Here the kernel stays inside the image.",
        _padded(lambda n: ((n - 1) // 2, n // 2)),
        _padded(lambda n: (n // 2, (n - 1) // 2)),
        _padded(lambda n: (n - 1, n - 1)),
        _padded(lambda n: (n // 2, n // 2)),
    ),
    praise="Turn the kernel by half a turn, then correlate: that is convolution.",
)


def _moving_kernel(down, right, *, place=lambda down, right: (2 - down, 2 - right), value=1):
    kernel = np.zeros((5, 5))
    kernel[place(down, right)] = value
    return kernel


moving_kernel = Exercise(
    _moving_kernel,
    lambda rng: {
        "one row down": (1, 0),
        "up and to the left": (-1, -2),
        "down and to the right": (2, 1),
        "nothing moves": (0, 0),
        "any way": tuple(map(int, rng.integers(-2, 3, 2))),
    },
    Mistake(
        "The picture moves the other way: an output takes the pixel that the 1 lies on.",
        place=lambda down, right: (2 + down, 2 + right),
    ),
    Mistake(
        "Rows and columns are exchanged. The row comes first.",
        {"place": lambda down, right: (2 - right, 2 - down)},
        {"place": lambda down, right: (2 + right, 2 + down)},
    ),
    Mistake(
        "Down or right alone goes the wrong way.",
        {"place": lambda down, right: (2 - down, 2 + right)},
        {"place": lambda down, right: (2 + down, 2 - right)},
    ),
    Mistake(
        "You count from the corner. The middle of the kernel is row 2, column 2.",
        {"place": lambda down, right: (down, right)},
        {"place": lambda down, right: (-down, -right)},
    ),
    Mistake("The brightness changes: the entries have to add up to 1.", value=255),
    praise="A correlation fetches pixels, so the 1 stands on the side that they come from.",
)
