"""The exercises of lesson 07: MNIST, CNN against SVC."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions, whole


def _softmax(logits, *, axis=1, power=np.exp, off=np.max, total=np.sum):
    powers = power(logits - off(logits, axis=1, keepdims=True))
    return powers / total(powers, axis=axis, keepdims=True)


def _nothing(logits, **_):
    return 0


def _largest_of_all(logits, **_):
    return logits.max()


softmax = Exercise(
    _softmax,
    lambda rng: {
        "fractions": (fractions(rng, (4, 3)),),
        "whole numbers": (whole(rng, (2, 5), -4, 5),),
        "logits of 1000": (np.array([[1000.0, 999, -1000, -1000], [-999, -1000, 0, -2]]),),
        "equal logits": (np.zeros((3, 4)),),
        "one image": (np.array([[2, -1.5, 0.5]]),),
        "as many images as classes": (fractions(rng, (3, 3), 1),),
    },
    Mistake(
        "`np.exp` of a large logit is infinite, and infinity over infinity is no number. First "
        "take the largest logit of each row off: that changes nothing in the quotient.",
        off=_nothing,
    ),
    Mistake("You take off the largest of all, and rows far below become 0/0.", off=_largest_of_all),
    Mistake("These are the powers of e. Divide each row by its sum.", np.exp),
    Mistake("The largest of each row is 1: divide each row by its sum.", total=np.max),
    Mistake(
        "You divide by the sum over everything. Each image has its own sum.",
        *({"axis": None, "off": off} for off in (np.max, _nothing, _largest_of_all)),
    ),
    Mistake("This is a sigmoid: no row adds up to 1.", lambda logits: 1 / (1 + np.exp(-logits))),
    praise="Positive numbers that add up to 1 for every image, however large the logits are.",
)


def _rbf(x, z, gamma, *, measure=np.square, power=1, factor=np.negative, out=np.exp):
    return out(factor(gamma) * measure(x[:, None] - z).sum(axis=2) ** power)


rbf = Exercise(
    _rbf,
    lambda rng: {
        "more x than z": (fractions(rng, (4, 2), 1), fractions(rng, (3, 2), 1), 0.5),
        "more z than x": (fractions(rng, (2, 3), 1), fractions(rng, (5, 3), 1), 0.1),
        "as many x as z": (fractions(rng, (3, 3), 0.5), fractions(rng, (3, 3), 0.5), 2),
        "whole numbers": (np.array([[1, 0], [2, 5]]), np.array([[0, -1], [2, 4], [3, 3]]), 0.25),
        "a point in x and in z": (np.array([[1.5, -2]]), np.array([[1.5, -2], [1, -1]]), 1.5),
    },
    Mistake("You take the distance. The kernel takes its square.", power=0.5),
    Mistake("It grows with the distance. The minus sign is missing.", factor=as_is),
    Mistake("Here gamma is no width, but a factor.", factor=lambda gamma: -0.5 / gamma**2),
    Mistake("You add up the differences, then square. Square first.", measure=as_is, power=2),
    Mistake(
        "You average over the coordinates.", lambda x, z, gamma: _rbf(x, z, gamma / x.shape[1])
    ),
    Mistake(
        "The sum over the coordinates is missing, or comes too late: it belongs into np.exp.",
        lambda x, z, gamma: np.exp(-gamma * np.square(x[:, None] - z)),
        lambda x, z, gamma: np.exp(-gamma * np.square(x[:, None] - z)).sum(axis=2),
    ),
    praise="1 for equal points, and towards 0 for distant ones.",
)


def _confusion(labels, predicted, k, *, out=as_is):
    return out(np.bincount(k * labels + predicted, minlength=k * k).reshape(k, k))


def _present(matrix):
    """Without the classes that occur nowhere."""
    there = (matrix + matrix.T).any(axis=0)
    return matrix[there][:, there]


confusion = Exercise(
    _confusion,
    lambda rng: {
        "many images": (rng.integers(0, 4, 40), rng.integers(0, 4, 40), 4),
        "a class that never occurs": (np.array([2, 0, 0, 2, 0]), np.array([0, 1, 0, 2, 0]), 3),
        "the last class occurs nowhere": (np.array([0, 1, 1, 2]), np.array([0, 2, 1, 2]), 5),
        "one mistake, made twice": (np.array([1, 1, 0]), np.array([0, 0, 0]), 2),
        "all right": (np.array([2, 1, 0, 1]), np.array([2, 1, 0, 1]), 3),
    },
    Mistake("A row is a true class, a column a predicted one, not the reverse.", out=np.transpose),
    Mistake(
        "These are shares. Return the counts.",
        {"out": lambda matrix: matrix / matrix.sum(axis=1, keepdims=True)},
        {"out": lambda matrix: matrix / matrix.sum(axis=0)},
        {"out": lambda matrix: matrix / matrix.sum()},
    ),
    Mistake(
        "Each pair of classes is counted once at most. `matrix[labels, predicted] += 1` forgets "
        "repeated pairs; count them one by one, or with np.add.at.",
        out=lambda matrix: np.minimum(matrix, 1),
    ),
    Mistake(
        "Only the right ones are counted.", {"out": np.diag}, {"out": lambda m: np.diag(np.diag(m))}
    ),
    Mistake("A class that never occurs has no row or column. There are k of each.", out=_present),
    praise="Every image in the row of its class and the column of its prediction.",
)


def _recall_and_precision(matrix, *, axes=(1, 0), total=np.sum, out=as_is):
    return out(np.array([np.diag(matrix) / total(matrix, axis=axis) for axis in axes]))


def _matrices(rng):
    """Tables where no class is missing; the diagonal is not always the largest."""
    return {
        "the diagonal is the largest": (whole(rng, (3, 3), 1) + 20 * np.eye(3, dtype=int),),
        "the diagonal is not the largest": (np.array([[3, 9, 1], [4, 2, 8], [5, 6, 7]]),),
        "a class never hit": (np.array([[0, 4, 2], [3, 6, 0], [1, 0, 5]]),),
        "two classes": (np.array([[90, 10], [1, 4]]),),
        "many classes": (whole(rng, (5, 5), 1, 30),),
    }


def _errors(matrix, axis=1):
    return matrix.sum(axis=axis) - np.diag(matrix)


recall_and_precision = Exercise(
    _recall_and_precision,
    _matrices,
    Mistake("They are exchanged. Recall reads rows, precision columns.", axes=(0, 1)),
    Mistake("Both are the recall. Precision divides by the sums of the columns.", axes=(1, 1)),
    Mistake("Both are the precision. Recall divides by the sums of the rows.", axes=(0, 0)),
    Mistake("You divide by all images, not by those of a row or column.", axes=(None, None)),
    Mistake("You divide by the errors. Divide by errors and right ones together.", total=_errors),
    Mistake("This is the recall alone. Return both.", out=lambda both: both[0]),
    Mistake("You return one pair a class. Return two arrays: first all recalls.", out=np.transpose),
    praise="Recall from the rows, precision from the columns.",
)


def _error_rate(matrix, *, errors=_errors, of=lambda matrix: matrix.sum(axis=1)):
    return errors(matrix) / of(matrix)


error_rate = Exercise(
    _error_rate,
    _matrices,
    Mistake("You divide by those that were right, as report A does.", of=np.diag),
    Mistake("You read columns, as report B does: read rows.", lambda matrix: _error_rate(matrix.T)),
    Mistake("These are counts. Divide each by the sum of its row.", of=lambda matrix: 1),
    Mistake("This is the recall, the share of the right ones.", errors=np.diag),
    Mistake("You divide by all images. Divide by those of the class.", of=np.sum),
    Mistake(
        "This is one rate for all classes. Return one for each.",
        lambda matrix: 1 - np.trace(matrix) / matrix.sum(),
    ),
    praise="With this, 5 is the worst class in the matrix of either report.",
)
