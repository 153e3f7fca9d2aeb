"""Lesson 09: strides against max-pooling, an opponent that learns nothing, and luck."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions


def _macs_of_both(size, kernel_size, in_channels, filters, *, places=lambda n: (n * n // 4, n * n)):
    weights = kernel_size**2 * in_channels * filters
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
    praise="Four times as many, whatever the sizes are, for a layer alone.",
)


def _labels(rng, n, most):
    """Draw n labels below 5, and add n times one of them, so that it is the most frequent."""
    return rng.permutation(np.concatenate([rng.integers(0, 5, n), np.full(n, most)]))


def _always_the_same(y_train, y_test, *, choose=lambda y: np.bincount(y).argmax(), score=np.mean):
    return score(y_test == choose(y_train))


always_the_same = Exercise(
    _always_the_same,
    lambda rng: {
        "many labels": (_labels(rng, 20, 3), _labels(rng, 15, 1)),
        "another mode in the test": (_labels(rng, 12, 2), _labels(rng, 30, 4)),
        "few labels": (np.array([4, 1, 1, 0, 0, 1, 7]), np.array([1, 0, 3, 4, 7, 7])),
        # Their median is 2, and their mean 4.
        "a class that never occurs": (np.array([0, 9, 0, 9, 2, 9, 2, 1]), np.array([9, 2, 3, 9])),
        "never right": (np.array([5, 3, 3]), np.array([5, 2])),
        "always right": (np.array([6, 0, 6]), np.array([6, 6, 6])),
    },
    Mistake(
        "You take the most frequent label of the test, which one cannot know before.",
        lambda y_train, y_test: _always_the_same(y_test, y_test),
    ),
    Mistake(
        "This is the label, not its share.", lambda y_train, y_test: np.bincount(y_train).argmax()
    ),
    Mistake(
        "You compare with a count. `argmax` gives the label.", choose=lambda y: np.bincount(y).max()
    ),
    Mistake("You predict the median label, not the most frequent.", choose=np.median),
    Mistake("You predict the mean of the labels.", choose=lambda y: round(np.mean(y))),
    Mistake(
        "`argmax` is a place in np.unique's list: take the label at it.",
        choose=lambda y: np.unique(y, return_counts=True)[1].argmax(),
    ),
    Mistake(
        "One over the number of classes is right only where all classes are equally frequent.",
        lambda y_train, y_test: 1 / len(np.unique(y_train)),
        lambda y_train, y_test: 1 / len(np.unique(y_test)),
    ),
    Mistake("You always predict class 0, as report D does.", choose=lambda y: 0),
    praise="Every accuracy starts from here, not from 0.",
)


def _confidence_interval(
    differences, t, *, ddof=1, root=np.sqrt, n=len, spread=np.std, middle=np.mean, out=as_is
):
    reach = t * spread(differences, ddof=ddof) / root(n(differences))
    return out(np.array([middle(differences) - reach, middle(differences) + reach]))


def _by_scipy(d, t):
    from scipy import stats

    return stats.ttest_1samp(d, 0).confidence_interval(0.95)


confidence_interval = Exercise(
    _confidence_interval,
    lambda rng: {
        "whole numbers": (np.array([1.0, 2, 6]), 4.3),
        "five runs": (fractions(rng, 5) + 2, 2.78),
        "eight runs": (fractions(rng, 8) - 1, 2.36),
        "two runs": (np.array([-0.5, 0.25]), 12.7),
        "a mean of 0": (np.array([-1.5, 0.5, 1]), 3),
    },
    Mistake("The root of n is missing: this is for single runs.", root=lambda n: 1),
    Mistake("You divide by n. The mean is uncertain by s over the **root** of n.", root=as_is),
    Mistake("Your s divides by n. For a few runs it has to be n - 1: `ddof=1`.", ddof=0),
    Mistake("The n - 1 belongs into s; the root is of n.", n=lambda d: len(d) - 1),
    Mistake("You take the variance. s is its root, the standard deviation.", spread=np.var),
    Mistake("You work out t yourself. Take the t that is handed over.", _by_scipy),
    Mistake("This is the reach to one side. Return both ends.", out=lambda ends: np.ptp(ends) / 2),
    Mistake("Your interval lies around 0. It lies around the mean.", middle=lambda d: 0),
    praise="If it contains 0, the runs do not say which network is better.",
)


def _worst_confusion(matrix, *, errors=as_is, diagonal=-1, out=as_is):
    table = np.where(np.eye(len(matrix)), diagonal, errors(matrix))
    return out(np.unravel_index(table.argmax(), table.shape))


def _off_diagonal(matrix):
    return matrix - np.diag(np.diag(matrix))


worst_confusion = Exercise(
    _worst_confusion,
    lambda rng: {
        "two classes": (np.array([[8, 1], [2, 9]]),),
        # One error is the most frequent, another pair of classes has more in both directions.
        "four classes": (np.array([[50, 1, 9, 2], [0, 60, 3, 0], [1, 4, 55, 7], [5, 2, 8, 40]]),),
        "an error more frequent than right ones": (np.array([[3, 1, 2], [12, 5, 0], [4, 6, 7]]),),
        "a class never hit": (np.array([[5, 2, 0], [3, 0, 4], [1, 9, 6]]),),
        "a large table": (rng.permutation(25).reshape(5, 5) + np.diag([30] * 5),),
        "a diagonal like the rest": (rng.permutation(16).reshape(4, 4),),
    },
    Mistake(
        "You found a place on the diagonal. Those are right answers.",
        lambda matrix: np.unravel_index(matrix.argmax(), matrix.shape),
    ),
    Mistake("Yours is the other way round. Rows are true classes, and come first.", out=np.flip),
    Mistake(
        "This counts through the whole table. Make a row and a column of it.",
        lambda matrix: _off_diagonal(matrix).argmax(),
    ),
    Mistake("This is how often. Asked is which.", lambda matrix: _off_diagonal(matrix).max()),
    Mistake(
        "Cat for dog is one error, dog for cat another: do not add them.",
        errors=lambda matrix: matrix + matrix.T,
    ),
    Mistake("You look above the diagonal only. Below it are errors, too.", errors=np.triu),
    Mistake(
        "The row and the column with most errors need not meet in the largest count.",
        lambda matrix: [_off_diagonal(matrix).sum(axis=axis).argmax() for axis in (1, 0)],
    ),
    praise="Now look at the images: the matrix says what is confused, they say why.",
)
