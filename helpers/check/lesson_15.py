"""The exercises of lesson 15: reading a report, and being sure."""

from math import sqrt

import numpy as np

from helpers.check.exercise import Exercise, Mistake
from helpers.ledger import one_more_run as _limits


def _whose_recall(matrix, printed, *, axis=1, best=np.argmin, distance=np.abs):
    scores = np.diag(matrix) / matrix.sum(axis=axis)
    return best(distance(scores - np.asarray(printed)[:, None]), axis=1)


def _matrix(rng, n):
    """A confusion matrix; all its recalls and precisions are far from each other."""
    while True:
        matrix = rng.integers(1, 12, (n, n)) + np.diag(rng.integers(5, 60, n))
        scores = [np.sort(np.diag(matrix) / matrix.sum(axis=axis)) for axis in (0, 1)]
        if min(np.diff(score).min() for score in scores) > 0.02:
            return matrix


def _printed(matrix, order, digits=3):
    return (np.diag(matrix) / matrix.sum(axis=1))[order].round(digits)


def _tables(rng):
    three = np.array([[8, 1, 1], [2, 6, 12], [0, 5, 10]])
    drawn = {f"{n} classes": _matrix(rng, n) for n in (4, 6)}
    return {
        "in order": (three, _printed(three, [0, 1, 2])),
        "in another order": (three, _printed(three, [2, 0, 1])),
        "two columns of three": (three, _printed(three, [2, 0])),
    } | {
        name: (matrix, _printed(matrix, rng.permutation(len(matrix))))
        for name, matrix in drawn.items()
    }


whose_recall = Exercise(
    _whose_recall,
    _tables,
    Mistake("These are the precisions, down the columns. A recall is along a row.", axis=0),
    Mistake("You take the class that is farthest off.", best=np.argmax),
    Mistake("The differences keep their signs. Take their absolute values.", distance=np.asarray),
    Mistake(
        "This says how well it fits. Asked is which class it is: `argmin`, not `min`.", best=np.min
    ),
    Mistake(
        "You say in which column each class is. Asked is, for each column, which class.",
        lambda matrix, printed: np.abs(
            (np.diag(matrix) / matrix.sum(axis=1))[:, None] - printed
        ).argmin(axis=1),
    ),
    Mistake(
        "You sort the classes by their recall. The printed order is another.",
        lambda matrix, printed: np.argsort(np.diag(matrix) / matrix.sum(axis=1))[: len(printed)],
        lambda matrix, printed: np.argsort(printed),
    ),
    praise="A table whose columns have lost their names can be given them back.",
)


def _one_more_run(runs, *, extra=1, ddof=1):
    low, high = _limits(runs)
    n, middle = len(runs), np.mean(runs)
    factor = sqrt((extra + 1 / n) / (1 + 1 / n)) * np.std(runs, ddof=ddof) / np.std(runs, ddof=1)
    return middle + factor * (low - middle), middle + factor * (high - middle)


def _by_normal(runs):
    reach = 1.96 * np.std(runs, ddof=1) * sqrt(1 + 1 / len(runs))
    return np.mean(runs) - reach, np.mean(runs) + reach


def _by_normal_alone(runs):
    reach = 1.96 * np.std(runs, ddof=1)
    return np.mean(runs) - reach, np.mean(runs) + reach


one_more_run = Exercise(
    _one_more_run,
    lambda rng: {
        "three runs": (np.array([0.90, 0.92, 0.94]),),
        "two runs": (np.array([0.6, 0.7]),),
        "five runs": (rng.permutation(np.arange(60, 90))[:5] / 100,),
        "seven runs": (rng.permutation(np.arange(600, 900))[:7] / 10,),
    },
    Mistake(
        "This is the interval of the mean. A single run strays farther: add 1 under the root.",
        extra=0,
    ),
    Mistake("`np.std` divides by n. From a few runs, divide by n - 1: `ddof=1`.", ddof=0),
    Mistake(
        "You take 1.96, as if the deviation were known. From a few runs, take Student's t.",
        _by_normal,
        _by_normal_alone,
    ),
    Mistake(
        "These are the lowest and the highest run. The next one may well fall outside.",
        lambda runs: (np.min(runs), np.max(runs)),
    ),
    Mistake(
        "This is the mean and one deviation to both sides. Multiply by t and the root.",
        lambda runs: (np.mean(runs) - np.std(runs, ddof=1), np.mean(runs) + np.std(runs, ddof=1)),
    ),
    praise="Where a single run lands inside, it says nothing new.",
)


def _wrong_line(factors, results, *, multiply=np.multiply, find=lambda wrong: wrong.argmax()):
    pairs = np.asarray(factors)
    return find(multiply(pairs[..., 0], pairs[..., 1]).sum(axis=1) != np.asarray(results))


def _lines(rng, n, length, wrong):
    """Lines of products, of which one ends in a wrong result; neighbours' results differ."""
    factors = rng.integers(-4, 8, (n, length, 2))
    results = factors.prod(axis=2).sum(axis=1)
    results[wrong] += rng.choice([-4, 4])
    return factors, results


wrong_line = Exercise(
    _wrong_line,
    lambda rng: {
        "the first": (np.array([[[2, 3], [1, -1]], [[0, 4], [5, 1]]]), np.array([6, 5])),
        "the last": (np.array([[[2, 3], [1, -1]], [[0, 4], [5, 1]]]), np.array([5, 4])),
        "a sign": (np.array([[[1, 2]], [[3, -1]], [[2, 2]]]), np.array([2, 3, 4])),
        "six lines": _lines(rng, 6, 9, int(rng.integers(1, 5))),
        "fifteen lines": _lines(rng, 15, 9, int(rng.integers(2, 14))),
    },
    Mistake("You count from 1. Lines are counted from 0.", find=lambda wrong: wrong.argmax() + 1),
    Mistake("This is the first line that is right.", find=lambda wrong: wrong.argmin()),
    Mistake("You add the factors. Multiply each pair, then add.", multiply=np.add),
    Mistake(
        "This is what the line should end in. Asked is its number.",
        lambda factors, results: (
            np.asarray(factors).prod(axis=2).sum(axis=1)[_wrong_line(factors, results)]
        ),
    ),
    praise="Fifteen lines, checked in one. The eye skips what a comparison does not.",
)
