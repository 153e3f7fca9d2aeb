"""The exercises of lesson 07: MNIST, CNN against SVC."""

import numpy as np

from helpers.check.exercise import Exercise, squared_distances


def _softmax(logits, axis=1):
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _logits(rng):
    return [(rng.normal(size=shape) * 2,) for shape in ((4, 3), (2, 5))]


softmax = Exercise(
    call="softmax(logits)",
    right=_softmax,
    cases=_logits,
    mistakes={
        "The numbers of one image do not add up to 1: you divide by the sum over the images. "
        "Add up along axis 1, and keep the dimension.": lambda logits: _softmax(logits, axis=0),
        "These are the powers of e. Divide each row by its sum.": np.exp,
        "You divide the logits by their sum, without the powers of e. Some come out negative.": (
            lambda logits: logits / logits.sum(axis=1, keepdims=True)
        ),
        "You divide by the sum over everything. Each image has its own sum.": (
            lambda logits: np.exp(logits) / np.exp(logits).sum()
        ),
        "This is the logarithm of the softmax. Leave the logarithm to the loss.": (
            lambda logits: np.log(_softmax(logits))
        ),
        "Subtracting the largest logit is fine. Now divide each row by its sum.": (
            lambda logits: np.exp(logits - logits.max(axis=1, keepdims=True))
        ),
        "Each number has a probability of its own, a sigmoid, and a row does not add up to 1. "
        "Divide by the sum of its row.": lambda logits: 1 / (1 + np.exp(-logits)),
        "The largest logit gets the smallest probability: the sign is turned.": (
            lambda logits: _softmax(-logits)
        ),
        "You take powers of 2. A softmax takes powers of e.": (
            lambda logits: _softmax(logits * np.log(2))
        ),
    },
    praise="Positive numbers that add up to 1 for every image.",
)


def _pairs(rng):
    return [
        (rng.normal(size=(n, d)), rng.normal(size=(m, d)), gamma)
        for n, m, d, gamma in ((4, 3, 2, 0.5), (2, 5, 3, 0.1))
    ]


rbf = Exercise(
    call="rbf(x, z, gamma)",
    right=lambda x, z, gamma: np.exp(-gamma * squared_distances(x, z)),
    cases=_pairs,
    mistakes={
        "You take the distance. The kernel takes its square.": (
            lambda x, z, gamma: np.exp(-gamma * np.sqrt(squared_distances(x, z)))
        ),
        "It grows with the distance. The minus sign is missing.": (
            lambda x, z, gamma: np.exp(gamma * squared_distances(x, z))
        ),
        "gamma is squared. It is a plain factor of the squared distance.": (
            lambda x, z, gamma: np.exp(-np.square(gamma) * squared_distances(x, z))
        ),
        "You use gamma as a width, and divide by it. It is a factor.": (
            lambda x, z, gamma: np.exp(-squared_distances(x, z) / gamma)
        ),
        "This is a Gaussian of the width gamma: d² / (2 gamma²). Here gamma is a factor.": (
            lambda x, z, gamma: np.exp(-squared_distances(x, z) / (2 * gamma**2))
        ),
        "One row for each z, and one column for each x: that is the transpose.": (
            lambda x, z, gamma: np.exp(-gamma * squared_distances(z, x))
        ),
        "This is the inner product, a linear kernel.": lambda x, z, gamma: x @ z.T,
        "These are the squared distances. Take them to the exponent.": (
            lambda x, z, gamma: squared_distances(x, z)
        ),
        "The exponent is right. Take np.exp of it.": lambda x, z, gamma: (
            -gamma * squared_distances(x, z)
        ),
        "You add up the differences, then square. Square first.": (
            lambda x, z, gamma: np.exp(-gamma * (x[:, None] - z).sum(axis=2) ** 2)
        ),
        "You take the mean over the coordinates. The squared distance is their sum.": (
            lambda x, z, gamma: np.exp(-gamma * squared_distances(x, z) / x.shape[1])
        ),
        "You add up absolute differences. The kernel takes squares.": (
            lambda x, z, gamma: np.exp(-gamma * np.abs(x[:, None] - z).sum(axis=2))
        ),
        "Each coordinate has its own value. Add up along the last axis, before the exponent.": (
            lambda x, z, gamma: np.exp(-gamma * np.square(x[:, None] - z))
        ),
    },
    praise="1 for equal points, and towards 0 for distant ones.",
)


def _confusion(labels, predicted, k):
    return np.bincount(k * labels + predicted, minlength=k * k).reshape(k, k)


def _classified(rng):
    """Labels and predictions in which every class occurs, so that shares are defined."""
    cases = []
    for n, k in ((40, 4), (30, 3)):
        labels, predicted = (np.append(np.arange(k), rng.integers(0, k, n)) for _ in range(2))
        cases.append((labels, rng.permutation(predicted), k))
    return cases


confusion = Exercise(
    call="confusion(labels, predicted, k)",
    right=_confusion,
    cases=_classified,
    mistakes={
        "Rows and columns are exchanged: a row is a true class, a column a predicted one.": (
            lambda labels, predicted, k: _confusion(predicted, labels, k)
        ),
        "These are shares of each row. Return the counts.": (
            lambda labels, predicted, k: (
                _confusion(labels, predicted, k)
                / _confusion(labels, predicted, k).sum(axis=1, keepdims=True)
            )
        ),
        "These are shares of each column. Return the counts.": (
            lambda labels, predicted, k: (
                _confusion(labels, predicted, k) / _confusion(labels, predicted, k).sum(axis=0)
            )
        ),
        "Each pair of classes is counted once at most. `matrix[labels, predicted] += 1` forgets "
        "repeated pairs; count them one by one, or with np.add.at.": (
            lambda labels, predicted, k: np.minimum(_confusion(labels, predicted, k), 1)
        ),
        "Only the right ones are counted. The errors belong beside the diagonal.": (
            lambda labels, predicted, k: np.diag(np.diag(_confusion(labels, predicted, k)))
        ),
        "Only the errors are counted. The right ones belong on the diagonal.": (
            lambda labels, predicted, k: (
                _confusion(labels, predicted, k) * (1 - np.eye(k, dtype=int))
            )
        ),
        "These are shares of all images. Return the counts.": (
            lambda labels, predicted, k: _confusion(labels, predicted, k) / len(labels)
        ),
    },
    praise="Every image in the row of its class and the column of its prediction.",
)


def _matrices(rng):
    return [(rng.integers(1, 9, (k, k)) + 20 * np.eye(k, dtype=int),) for k in (3, 4)]


def _recall(matrix):
    return np.diag(matrix) / matrix.sum(axis=1)


def _precision(matrix):
    return np.diag(matrix) / matrix.sum(axis=0)


recall_and_precision = Exercise(
    call="recall_and_precision(matrix)",
    right=lambda matrix: (_recall(matrix), _precision(matrix)),
    cases=_matrices,
    mistakes={
        "They are exchanged. Recall divides by the row, all images of the class; precision by the "
        "column, all images that are called so.": (
            lambda matrix: (_precision(matrix), _recall(matrix))
        ),
        "Both are the recall. Precision divides by the sums of the columns, axis 0.": (
            lambda matrix: (_recall(matrix), _recall(matrix))
        ),
        "Both are the precision. Recall divides by the sums of the rows, axis 1.": (
            lambda matrix: (_precision(matrix), _precision(matrix))
        ),
        "You divide by all images. Divide by those of one row, or of one column.": (
            lambda matrix: (np.diag(matrix) / matrix.sum(), np.diag(matrix) / matrix.sum())
        ),
        "You divide by the errors. Divide by the sum of errors and right ones.": (
            lambda matrix: (
                np.diag(matrix) / (matrix.sum(axis=1) - np.diag(matrix)),
                np.diag(matrix) / (matrix.sum(axis=0) - np.diag(matrix)),
            )
        ),
        "These are the shares of errors. Subtract them from 1.": (
            lambda matrix: (1 - _recall(matrix), 1 - _precision(matrix))
        ),
        "These are means over the classes. Return one number for each class.": (
            lambda matrix: (_recall(matrix).mean(), _precision(matrix).mean())
        ),
        "This is the recall alone. Return both, the recall first.": _recall,
        "You return one pair for each class. Return two arrays: first all recalls.": (
            lambda matrix: np.stack([_recall(matrix), _precision(matrix)], axis=1)
        ),
    },
    praise="Recall from the rows, precision from the columns.",
)

error_rate = Exercise(
    call="error_rate(matrix)",
    right=lambda matrix: 1 - _recall(matrix),
    cases=_matrices,
    mistakes={
        "You divide by those that were right, as report A does. Divide by the sum of the row.": (
            lambda matrix: matrix.sum(axis=1) / np.diag(matrix) - 1
        ),
        "You read columns, as report B does. A row holds all images of a class.": (
            lambda matrix: 1 - _precision(matrix)
        ),
        "These are counts. Divide each by the sum of its row.": (
            lambda matrix: matrix.sum(axis=1) - np.diag(matrix)
        ),
        "This is the recall, the share of the right ones.": _recall,
        "You divide by all images. Divide by those of the class.": (
            lambda matrix: (matrix.sum(axis=1) - np.diag(matrix)) / matrix.sum()
        ),
        "This is one rate for all classes. Return one for each.": (
            lambda matrix: 1 - np.trace(matrix) / matrix.sum()
        ),
    },
    praise="With this, 5 is the worst class in the matrix of either report.",
)
