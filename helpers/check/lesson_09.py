"""The exercises of lesson 09: strides against max-pooling, luck, curves, and a covered image."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, between, fractions


def _both_places(size):
    return size * size // 4, size * size


def _macs_of_both(size, kernel_size, in_channels, filters, *, places=_both_places, biases=0):
    weights = (kernel_size**2 * in_channels + biases) * filters
    return tuple(weights * count for count in places(size))


macs_of_both = Exercise(
    _macs_of_both,
    lambda rng: {
        "a small image": (6, 2, 3, 5),
        "a colour image": (32, 3, 16, 16),
        "many channels": (16, 3, 32, 30),
        "one channel": (28, 5, 1, 8),
        "any sizes": tuple(map(int, rng.integers(2, 9, 4) * [2, 1, 1, 1])),
    },
    Mistake(
        "Before max-pooling every value is computed.", places=lambda n: (n * n // 4, n * n // 4)
    ),
    Mistake(
        "With strides of 2 only every other row and column is computed.",
        places=lambda n: 2 * [n * n],
    ),
    Mistake(
        "You count the output values. Each needs several multiply-adds.",
        lambda n, k, c, f: (n * n // 4 * f, n * n * f),
    ),
    Mistake("You count the biases as well. They are added, not multiplied.", biases=1),
    praise="Four times as many, whatever the sizes are, for a layer alone.",
)


def _verdict(low, high):
    return int(low > 0) - int(high < 0)


def _reach(d, t, *, ddof=1, root=np.sqrt, n=len, spread=np.std):
    return t * spread(d, ddof=ddof) / root(n(d))


def _unpaired(first, second, t):
    return t * np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / len(first))


def _decide(first, second, t, *, reach=None, verdict=_verdict, **switches):
    d = first - second
    reach = reach(first, second, t) if reach else _reach(d, t, **switches)
    low, high = d.mean() - reach, d.mean() + reach
    return np.array([low, high, verdict(low, high)])


def _runs(rng, n, *gains):
    """Draw accuracies of two networks in per cent: a seed makes both better or worse."""
    second = 50 + fractions(rng, n)
    return second + np.resize(gains, n), second


decide = Exercise(
    _decide,
    lambda rng: {
        "three runs, and a mean above 0": (np.array([52.0, 55, 56]), np.array([50.0, 51, 50]), 4.3),
        "five runs, all better": (*_runs(rng, 5, 4, 2.5, 3.25), 2.78),
        "five runs, all worse": (*_runs(rng, 5, -2, -3.5, -2.25), 2.78),
        "eight runs": (*_runs(rng, 8, 1, -2, 0.5, 2.25), 2.36),
        "a mean just below 0": (*_runs(rng, 6, -1.5, 1, -0.25), 2.57),
        "two runs": (*_runs(rng, 2, -0.5, 0.25), 12.7),
    },
    Mistake(
        "You compare two groups. Take the differences seed by seed first, and their s.",
        reach=_unpaired,
    ),
    Mistake("The root of n is missing: this is for single runs.", root=lambda n: 1),
    Mistake(
        "You divide by n. The mean is uncertain by s over the **root** of n.", root=lambda n: n
    ),
    Mistake("Your s divides by n. For a few runs it has to be n - 1: `ddof=1`.", ddof=0),
    Mistake("The n - 1 belongs into s; the root is of n.", n=lambda d: len(d) - 1),
    Mistake("You take the variance. s is its root, the standard deviation.", spread=np.var),
    Mistake(
        "You decide by the mean. Where the interval contains 0, these runs cannot tell: 0.",
        verdict=lambda low, high: np.sign(low + high),
    ),
    Mistake(
        "You decide by whether all seeds agree. Decide by the two ends of the interval.",
        lambda first, second, t: (
            *_decide(first, second, t)[:2],
            int((first > second).all()) - int((first < second).all()),
        ),
    ),
    Mistake(
        "You return the mean and how far it strays. Asked are the two ends.",
        lambda first, second, t: (
            (first - second).mean(),
            _reach(first - second, t),
            _decide(first, second, t)[2],
        ),
    ),
    Mistake(
        "Your verdict has two values. First above second is 1, below it is -1, and else 0.",
        {"verdict": lambda low, high: int(low > 0)},
        {"verdict": lambda low, high: int(low > 0 or high < 0)},
        {"verdict": lambda low, high: int(low < 0 < high)},
    ),
    Mistake(
        "Your verdict is turned: above 0 the first is better, and the verdict is 1.",
        verdict=lambda low, high: -_verdict(low, high),
    ),
    praise="If it contains 0, the runs do not say which network is better.",
)


def _at_the_end(curve, last):
    return np.mean(curve[-last:])


def _before(curve, last):
    return np.mean(curve[-2 * last : -last])


def _gap_and_rise(training, validation, last, *, end=_at_the_end, before=_before):
    now = end(validation, last)
    return np.array([end(training, last) - now, now - before(validation, last)])


def _curves(rng, epochs, least, most):
    """Draw two ragged curves that rise, in per cent; that of training ends at `most`."""
    rise = 1 - 0.75 ** np.arange(epochs)
    return tuple(np.round(20 + top * rise + rng.normal(size=epochs), 1) for top in (most, least))


gap_and_rise = Exercise(
    _gap_and_rise,
    lambda rng: {
        "whole numbers": (np.array([20, 40, 60, 80.0]), np.array([20, 30, 34, 40.0]), 2),
        "a wide gap": (*_curves(rng, 12, 30, 55), 5),
        "curves close together": (*_curves(rng, 10, 30, 31), 3),
        "one epoch": (*_curves(rng, 7, 25, 40), 1),
        "a validation curve that falls": (
            np.array([30, 50, 60, 70, 80.5, 91]),
            np.array([30, 45, 50, 48, 46.5, 44]),
            2,
        ),
    },
    Mistake(
        "You read single epochs. The curves are ragged, so take means over `last` epochs.",
        {"end": lambda curve, last: curve[-1]},
        {"end": lambda curve, last: curve[-1], "before": lambda curve, last: curve[-last - 1]},
    ),
    Mistake(
        "You compare with the first epochs. Compare with the `last` just before.",
        before=lambda curve, last: np.mean(curve[:last]),
    ),
    Mistake(
        "You compare with all epochs before. Compare with the `last` just before.",
        before=lambda curve, last: np.mean(curve[:-last]),
    ),
    Mistake(
        "Your rise is that of the training curve. Whether it goes on, validation says.",
        lambda training, validation, last: (
            _gap_and_rise(training, validation, last)[0],
            _gap_and_rise(training, training, last)[1],
        ),
    ),
    Mistake(
        "Your gap is that of all epochs. Take the last ones.",
        lambda training, validation, last: (
            training.mean() - validation.mean(),
            _gap_and_rise(training, validation, last)[1],
        ),
    ),
    Mistake(
        "Your rise is turned: it is the later mean less the earlier one.",
        lambda training, validation, last: _gap_and_rise(training, validation, last) * [1, -1],
    ),
    Mistake(
        "These are sums over the epochs. Take means.",
        end=lambda c, n: np.sum(c[-n:]),
        before=lambda c, n: np.sum(c[-2 * n : -n]),
    ),
    Mistake(
        "The gap is training less validation, so it is above 0 for an overfitted network.",
        lambda training, validation, last: _gap_and_rise(training, validation, last) * [-1, 1],
    ),
    praise="A wide gap asks for images, a rise for epochs, neither for another rate or network.",
)


def _covered(image, row, column, size, *, grey=0.5, part=np.s_[:], of=lambda r, c, n: (r, c, n)):
    row, column, size = of(row, column, size)
    out = image.astype(float)
    height, width = np.broadcast_to(size, 2)
    out[max(row, 0) : row + height, max(column, 0) : column + width, part] = grey
    return out


covered = Exercise(
    _covered,
    lambda rng: {
        "in the middle": (between(rng, (6, 8, 3)), 2, 3, 2),
        "a corner": (between(rng, (5, 4, 3)), 0, 0, 3),
        "beyond the border": (between(rng, (4, 6, 3)), 2, 4, 3),
        "one pixel": (between(rng, (3, 5, 3)), 1, 3, 1),
        "one channel": (between(rng, (5, 5, 1)), 1, 2, 3),
        "the whole image": (between(rng, (4, 3, 3)), 0, 0, 4),
    },
    Mistake("Row and column are swapped: rows come first.", of=lambda r, c, n: (c, r, n)),
    Mistake(
        "(row, column) is the upper left corner, not the middle.",
        of=lambda r, c, n: (r - n // 2, c - n // 2, n),
    ),
    Mistake(
        "Your square is one too large: `row : row + size` has `size` rows.",
        of=lambda r, c, n: (r, c, n + 1),
    ),
    Mistake(
        "Your square is one too small: a slice leaves out its end.",
        of=lambda r, c, n: (r, c, n - 1),
    ),
    Mistake(
        "A slice names its two ends: `row : row + size`.",
        lambda image, r, c, n: _covered(image, r, c, (max(n - r, 0), max(n - c, 0))),
    ),
    Mistake(
        "`out[rows][columns]` takes rows twice. Write `out[rows, columns]`.",
        lambda image, r, c, n: _covered(image, r + c, 0, (max(n - c, 0), image.shape[1])),
    ),
    Mistake("You cover one channel only. Grey is the same in all.", {"part": 0}, {"part": -1}),
    Mistake(
        "You cover whole rows, or whole columns. The square ends in both directions.",
        lambda image, r, c, n: _covered(image, r, 0, (n, image.shape[1])),
        lambda image, r, c, n: _covered(image, 0, c, (image.shape[0], n)),
    ),
    Mistake(
        "Grey is 0.5: 0 is black, and 1 is white.",
        {"grey": 0},
        {"grey": 1},
        {"grey": 128},
        {"grey": 127},
    ),
    Mistake(
        "This is the square alone. Return the whole image.",
        lambda image, r, c, n: image[r : r + n, c : c + n],
        lambda image, r, c, n: np.full_like(image[r : r + n, c : c + n], 0.5),
    ),
    Mistake(
        "You cover everything but the square.",
        lambda image, r, c, n: np.where(_covered(image, r, c, n) == image, 0.5, image),
    ),
    Mistake("Nothing is covered: you return the image as it came.", lambda image, r, c, n: image),
    praise="Now slide the square over a picture, and watch what the network says.",
)
