"""Lesson 05: features by design, and what counts as evidence."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, fractions


def _feature_count(size, kernel_size, pool_size, filters, *, more=1, pool=np.floor, sides=2):
    return pool((size - kernel_size + more) / pool_size) ** sides * filters


feature_count = Exercise(
    _feature_count,
    lambda rng: {
        "another digit": (20, 5, 4, 3),
        "one filter": (12, 3, 2, 1),
        "a last column without partners": (11, 4, 3, 6),
        "no pooling": (9, 2, 1, 5),
        "a kernel of one pixel": (7, 1, 2, 4),
        "any sizes": tuple(map(int, rng.integers([30, 2, 3, 2], [50, 9, 6, 9]))),
    },
    Mistake("A kernel fits into n places of n + k - 1 pixels: the + 1 is missing.", more=0),
    Mistake("The responses have two sides, and so have the pooled ones: square.", sides=1),
    Mistake(
        "A window that is not full is left out: round each side down, before you go on.",
        *({"pool": pool} for pool in (np.ceil, np.round, float)),
        lambda *case: int(_feature_count(*case, pool=float)),
    ),
    Mistake(
        "The windows do not overlap: each begins `pool_size` after the one before.",
        lambda size, kernel_size, pool_size, filters: (
            (size - kernel_size + 1 - pool_size + 1) ** 2 * filters
        ),
    ),
    Mistake(
        "Pooling makes both sides shorter, not the number of values as a whole.",
        lambda size, kernel_size, pool_size, filters: (
            (size - kernel_size + 1) ** 2 // pool_size * filters
        ),
    ),
    Mistake(
        "The kernel stays inside the image, so the responses are smaller than it.",
        lambda size, kernel_size, pool_size, filters: (size // pool_size) ** 2 * filters,
        lambda size, kernel_size, pool_size, filters: (
            ((size + kernel_size - 1) // pool_size) ** 2 * filters
        ),
    ),
    praise="So many numbers for each image, and not one of them was learned.",
)


def _both(train, other):
    return np.concatenate([train, other])


def _train(train, other):
    return train


def _other(train, other):
    return other


def _standardised(train, other, *, by=_train, over=None, axis=0, width=np.std):
    known, wide = by(train, other), (over or by)(train, other)
    return (other - known.mean(axis=axis)) / width(wide, axis=axis)


def _by_row(train, other):
    return ((other.T - other.mean(axis=1)) / other.std(axis=1)).T


standardised = Exercise(
    _standardised,
    lambda rng: {
        "two columns": (np.array([[1.0, 0], [3, 4], [5, 2]]), np.array([[3.0, 8], [19, 2]])),
        "a single image": (fractions(rng, (4, 3)), fractions(rng, (1, 3))),
        "columns of different size": (
            fractions(rng, (6, 3)) * [1, 10, 100],
            fractions(rng, (5, 3)) + np.array([1, 10, 100]),
        ),
        "fractions": (fractions(rng, (5, 4)), fractions(rng, (5, 4)) + 2),
    },
    Mistake(
        "You use the mean and deviation of `other`. It is to be measured by what `train` says.",
        by=_other,
    ),
    Mistake(
        "One of the two is that of `other`: both mean and deviation are to be those of `train`.",
        {"by": _other, "over": _train},
        {"by": _train, "over": _other},
    ),
    Mistake(
        "Python divides first. Put the subtraction in brackets.",
        lambda train, other: other - train.mean(axis=0) / train.std(axis=0),
    ),
    Mistake(
        "You use one deviation for all columns. Each column has its own: `axis=0`.",
        width=lambda wide, axis: np.std(wide),
    ),
    Mistake(
        "You shift by the smallest and divide by the range. Asked are mean and deviation.",
        lambda train, other: (other - train.min(axis=0)) / np.ptp(train, axis=0),
    ),
    Mistake("You use both sets together. Only `train` may say mean and deviation.", by=_both),
    Mistake("You use one mean for all columns. Each column has its own: `axis=0`.", axis=None),
    Mistake("You divide by the variance, not by its root.", width=np.var),
    Mistake(
        "Your deviation divides by n - 1. Asked is that of `np.std`, which divides by n.",
        width=lambda wide, axis: np.std(wide, axis=axis, ddof=1),
    ),
    Mistake("You divide by the largest value, not by the deviation.", width=np.max),
    Mistake("You subtract the mean and divide by nothing.", width=lambda wide, axis: 1),
    Mistake("You work along the rows. A column is a feature.", _by_row),
    Mistake(
        "This is `train` itself. Return `other`.",
        lambda train, other: (train - train.mean(axis=0)) / train.std(axis=0),
    ),
    praise="What was not trained on has no say, not even in a mean.",
)


def _choose_by_validation(
    validation, test, *, by=lambda v, t: v, of=lambda v, t: t, centre=np.mean, out=np.mean
):
    best = centre(by(validation, test), axis=1).argmax()
    return out(of(validation, test)[best])


def _runs(rng, settings, seeds):
    """Draw accuracies, (settings, seeds), no two alike."""
    return rng.permutation(np.arange(50, 98))[: settings * seeds].reshape(settings, seeds) / 100


# In the first, by the mean the validation images choose row 1; by the best run, the median and
# single seeds row 0 or 2; and the test images choose row 2.
_V = np.array([[0.99, 0.70, 0.71], [0.90, 0.93, 0.80], [0.60, 0.94, 0.95]])
_T = np.array([[0.81, 0.80, 0.76], [0.84, 0.90, 0.82], [0.91, 0.94, 0.95]])

choose_by_validation = Exercise(
    _choose_by_validation,
    lambda rng: {
        "three settings": (_V, _T),
        "the same, in another order": (_V[::-1, ::-1], _T[::-1]),
        "one run that strays": (
            np.array([[0.99, 0.95, 0.6], [0.83, 0.87, 0.83], [0.845, 0.825, 0.845]]),
            np.array([[0.5, 0.6, 0.55], [0.9, 0.85, 0.8], [0.7, 0.75, 0.74]]),
        ),
        "five settings": (_runs(rng, 5, 4), _runs(rng, 5, 4)),
        "six settings": (_runs(rng, 6, 5), _runs(rng, 6, 5)),
    },
    Mistake(
        "You choose by the test images. Then they no longer tell what new images would.",
        *({"by": by} for by in (lambda v, t: t, lambda v, t: v + t)),
    ),
    Mistake("You return the validation accuracy. It was chosen for being high.", of=lambda v, t: v),
    Mistake(
        "You choose by the best single run. Choose by the mean.",
        {"centre": np.max},
        lambda validation, test: test.flat[validation.argmax()],
    ),
    Mistake(
        "You choose by the runs of one seed. Choose by the mean over seeds.",
        *({"centre": lambda runs, axis, seed=seed: runs[:, seed]} for seed in (0, -1)),
    ),
    Mistake("You choose by the median run. Choose by the mean.", centre=np.median),
    Mistake("You choose by the worst run. Choose by the mean.", centre=np.min),
    Mistake(
        "You return the best seed's test accuracy. Return the mean.",
        {"out": np.max},
        lambda v, t: t[(best := v.mean(axis=1).argmax()), v[best].argmax()],
    ),
    Mistake(
        "Every seed has its own choice in yours. Choose one setting by the mean of all seeds.",
        lambda v, t: np.mean(t[v.argmax(axis=0), np.arange(t.shape[1])]),
    ),
    Mistake(
        "This says which setting. Asked is its test accuracy.",
        lambda validation, test: validation.mean(axis=1).argmax(),
    ),
    praise="The validation images choose, and the test images have nothing to do with it.",
)


def _one_run_each(a, b, *, wins=np.greater, out=np.mean):
    return out(wins(a[:, None], b))


one_run_each = Exercise(
    _one_run_each,
    lambda rng: {
        "three runs of each": (np.array([0.9, 0.92, 0.94]), np.array([0.938, 0.93, 0.8])),
        "two runs that are alike": (np.array([0.7, 0.7, 0.6]), np.array([0.6, 0.65, 0.4, 0.4])),
        "never": (np.array([0.1, 0.2]), np.array([0.3, 0.2])),
        "five runs of each": (rng.integers(80, 90, 5) / 100, rng.integers(80, 90, 5) / 100),
        "not as many runs": (rng.integers(70, 90, 4) / 100, rng.integers(70, 90, 6) / 100),
    },
    Mistake(
        "You compare seed by seed. Whoever has one run of each may have any two seeds.",
        lambda a, b: np.mean([x > y for x, y in zip(a, b, strict=False)]),
    ),
    Mistake(
        "Two runs that are alike are no win, and no half of one.",
        {"wins": np.greater_equal},
        {"wins": lambda x, y: (1 + np.sign(x - y)) / 2},
    ),
    Mistake(
        "Two runs that are alike are no win, but they are a pair: divide by all.",
        lambda a, b: np.sum(a[:, None] > b) / np.sum(a[:, None] != b),
    ),
    Mistake("Yours is how often `b` wins.", wins=np.less),
    Mistake("This is how many pairs. Divide by all pairs.", out=np.sum),
    Mistake(
        "The pairs are len(a) times len(b).",
        lambda a, b: np.sum(a[:, None] > b) / (len(a) + len(b)),
    ),
    Mistake(
        "You compare one number of each. Asked is what single runs say.",
        lambda a, b: float(np.mean(a) > np.mean(b)),
        lambda a, b: float(np.median(a) > np.median(b)),
        lambda a, b: float(np.max(a) > np.max(b)),
    ),
    Mistake(
        "You compare each run with the mean of the others.", lambda a, b: np.mean(a > np.mean(b))
    ),
    praise="Now you know how far to trust a comparison of one run with one run.",
)
