"""Lesson 09: strides against max-pooling, an opponent that learns nothing, and luck."""

import numpy as np
from scipy import stats

from helpers.check.exercise import Exercise


def _macs_of_both(size, kernel_size, in_channels, filters):
    every = size**2 * kernel_size**2 * in_channels * filters
    return every // 4, every


def _wrong_macs(strided, pooled):
    """Return a mistake from the two counts, as functions of size, kernel weights and filters."""
    return lambda size, kernel_size, in_channels, filters: (
        strided(size, kernel_size**2 * in_channels, filters),
        pooled(size, kernel_size**2 * in_channels, filters),
    )


macs_of_both = Exercise(
    call="macs_of_both(size, kernel_size, in_channels, filters)",
    right=_macs_of_both,
    cases=lambda rng: [(32, 3, 16, 16), (16, 3, 32, 32), (28, 5, 1, 8), (6, 2, 3, 5)],
    mistakes={
        "Both come out alike with you. With max-pooling the convolution itself still computes "
        "every value.": _wrong_macs(
            lambda n, weights, f: (n // 2) ** 2 * weights * f,
            lambda n, weights, f: (n // 2) ** 2 * weights * f,
        ),
        "Both come out alike with you. With strides of 2 only every other row and every other "
        "column is computed.": _wrong_macs(
            lambda n, weights, f: n**2 * weights * f, lambda n, weights, f: n**2 * weights * f
        ),
        "Strides of 2 halve the rows and the columns. You halve one of them.": _wrong_macs(
            lambda n, weights, f: n * n // 2 * weights * f, lambda n, weights, f: n**2 * weights * f
        ),
        "You count the output values. Each of them needs `kernel_size² · in_channels` "
        "multiply-adds.": _wrong_macs(
            lambda n, weights, f: (n // 2) ** 2 * f, lambda n, weights, f: n**2 * f
        ),
        "These are the weights. Each of them is used once for every output position.": (
            _wrong_macs(lambda n, weights, f: weights * f, lambda n, weights, f: weights * f)
        ),
        "The kernel is as deep as the image: multiply by `in_channels`.": (
            lambda size, kernel_size, in_channels, filters: _macs_of_both(
                size, kernel_size, 1, filters
            )
        ),
        "Each filter makes a map of its own: multiply by `filters`.": (
            lambda size, kernel_size, in_channels, filters: _macs_of_both(
                size, kernel_size, in_channels, 1
            )
        ),
        "A kernel has `kernel_size²` places. You count one row of it.": (
            lambda size, kernel_size, in_channels, filters: (
                (size // 2) ** 2 * kernel_size * in_channels * filters,
                size**2 * kernel_size * in_channels * filters,
            )
        ),
        "Yours is the other way round: strides come first.": (
            lambda *sizes: _macs_of_both(*sizes)[::-1]
        ),
        "The bias is added without a multiplication. Leave it out.": _wrong_macs(
            lambda n, weights, f: (n // 2) ** 2 * (weights + 1) * f,
            lambda n, weights, f: n**2 * (weights + 1) * f,
        ),
    },
    praise="Four times as many, whatever the sizes are, for a layer alone.",
)


def _labels(rng, n, most):
    """Draw n labels below 5, and add n times one of them, so that it is the most frequent."""
    return rng.permutation(np.concatenate([rng.integers(0, 5, n), np.full(n, most)]))


always_the_same = Exercise(
    call="always_the_same(y_train, y_test)",
    right=lambda y_train, y_test: np.mean(y_test == np.bincount(y_train).argmax()),
    cases=lambda rng: [
        (_labels(rng, 20, 3), _labels(rng, 15, 1)),
        (_labels(rng, 12, 2), _labels(rng, 30, 4)),
        (np.array([4, 1, 1, 0, 0, 1]), np.array([1, 0, 0, 4])),
    ],
    mistakes={
        "You take the most frequent label of the test. Whoever knew that would have looked at the "
        "answers.": lambda y_train, y_test: np.bincount(y_test).max() / len(y_test),
        "This is the share of the training labels. Asked is the share of the test labels.": (
            lambda y_train, y_test: np.bincount(y_train).max() / len(y_train)
        ),
        "This is the label. Asked is how often it is right.": (
            lambda y_train, y_test: np.bincount(y_train).argmax()
        ),
        "This counts the right ones. Divide by the number of test labels.": (
            lambda y_train, y_test: np.sum(y_test == np.bincount(y_train).argmax())
        ),
        "You compare with how often the label occurs. `argmax` of the counts is the label.": (
            lambda y_train, y_test: np.mean(y_test == np.bincount(y_train).max())
        ),
        "You predict the largest label. Asked is the most frequent one.": (
            lambda y_train, y_test: np.mean(y_test == np.max(y_train))
        ),
        "One over the number of classes is right only where all classes are equally frequent.": (
            lambda y_train, y_test: 1 / len(np.unique(y_train))
        ),
        "You always predict class 0, as report D does. Count the labels first.": (
            lambda y_train, y_test: np.mean(y_test == 0)
        ),
        "You predict the least frequent label.": (
            lambda y_train, y_test: np.mean(y_test == np.bincount(y_train).argmin())
        ),
    },
    praise="Every accuracy starts from here, not from 0.",
)


def _interval(differences, reach):
    return np.mean(differences) - reach, np.mean(differences) + reach


def _deviation(differences, ddof=1):
    return np.std(differences, ddof=ddof)


confidence_interval = Exercise(
    call="confidence_interval(differences, t)",
    right=lambda d, t: _interval(d, t * _deviation(d) / np.sqrt(len(d))),
    cases=lambda rng: [
        (np.array([1.0, 2, 3]), 4.3),
        (rng.normal(2, 1, 5), 2.78),
        (rng.normal(-1, 4, 8), 2.36),
    ],
    mistakes={
        "You forget the root of n. This is where single runs lie; asked is their mean.": (
            lambda d, t: _interval(d, t * _deviation(d))
        ),
        "You divide by n. The mean is uncertain by s over the **root** of n.": (
            lambda d, t: _interval(d, t * _deviation(d) / len(d))
        ),
        "Your standard deviation divides by n. For a few runs it has to be n - 1: `ddof=1`.": (
            lambda d, t: _interval(d, t * _deviation(d, ddof=0) / np.sqrt(len(d)))
        ),
        "You divide by the root of n - 1. The n - 1 belongs into s; the root is of n.": (
            lambda d, t: _interval(d, t * _deviation(d) / np.sqrt(len(d) - 1))
        ),
        "You take the variance. s is its root, the standard deviation.": (
            lambda d, t: _interval(d, t * np.var(d, ddof=1) / np.sqrt(len(d)))
        ),
        "You leave out t. With so few runs it makes the interval much wider.": (
            lambda d, t: _interval(d, _deviation(d) / np.sqrt(len(d)))
        ),
        "You work out t yourself. Take the t that is handed over.": (
            lambda d, t: stats.ttest_1samp(d, 0).confidence_interval(0.95)
        ),
        "This is how far it reaches to one side. Return both ends.": (
            lambda d, t: t * _deviation(d) / np.sqrt(len(d))
        ),
        "Your interval lies around 0. It lies around the mean.": (
            lambda d, t: _interval(0 * d, t * _deviation(d) / np.sqrt(len(d)))
        ),
        "Yours is the other way round: the lower end comes first.": (
            lambda d, t: _interval(d, -t * _deviation(d) / np.sqrt(len(d)))
        ),
        "These are the smallest and the largest difference. They hardly say anything about the "
        "mean.": lambda d, t: (np.min(d), np.max(d)),
    },
    praise="If it contains 0, the runs do not say which network is better.",
)


def _off_diagonal(matrix):
    return matrix - np.diag(np.diag(matrix))


def _place(table, index):
    return np.unravel_index(index, table.shape)


def _confusions(rng, k):
    """Draw a matrix in which no count occurs twice, with the largest on the diagonal."""
    return rng.permutation(k * k).reshape(k, k) + k * k * np.eye(k, dtype=int)


worst_confusion = Exercise(
    call="worst_confusion(matrix)",
    right=lambda matrix: _place(matrix, _off_diagonal(matrix).argmax()),
    cases=lambda rng: [
        # One error is the most frequent, another pair of classes has more in both directions.
        (np.array([[50, 1, 9, 2], [0, 60, 3, 0], [1, 4, 55, 7], [5, 2, 8, 40]]),),
        (_confusions(rng, 4),),
        (_confusions(rng, 5),),
    ],
    mistakes={
        "You found a place on the diagonal. Those are right answers.": (
            lambda matrix: _place(matrix, matrix.argmax())
        ),
        "Yours is the other way round. Rows are true classes, and come first.": (
            lambda matrix: _place(matrix, _off_diagonal(matrix).argmax())[::-1]
        ),
        "This is where it stands if one counts through the whole table. Make a row and a column "
        "of it.": lambda matrix: _off_diagonal(matrix).argmax(),
        "This is how often it happens. Asked is between which classes.": (
            lambda matrix: _off_diagonal(matrix).max()
        ),
        "You add up both directions. To take a cat for a dog is one error, to take a dog for a "
        "cat is another.": lambda matrix: _place(
            matrix, (_off_diagonal(matrix) + _off_diagonal(matrix).T).argmax()
        ),
        "This is the class with the most errors. Asked is one error: a true class and a "
        "predicted one.": lambda matrix: _off_diagonal(matrix).sum(axis=1).argmax(),
        "You take the row with the most errors and the column with the most errors. The largest "
        "single count may be elsewhere.": lambda matrix: (
            _off_diagonal(matrix).sum(axis=1).argmax(),
            _off_diagonal(matrix).sum(axis=0).argmax(),
        ),
    },
    praise="Now look at the images: the matrix says what is confused, they say why.",
)
