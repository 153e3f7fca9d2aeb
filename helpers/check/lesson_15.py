"""The exercises of lesson 15: reading a report, and being sure."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is


def _recalls(matrix, axis=1):
    return np.diag(matrix) / matrix.sum(axis=axis)


def _whose_recall(matrix, printed, *, scores=_recalls, best=np.argmin, distance=np.abs):
    return best(distance(scores(matrix) - np.asarray(printed)[:, None]), axis=1)


def _matrix(rng, n):
    """A confusion matrix; all its recalls and precisions are far from each other."""
    while True:
        matrix = rng.integers(1, 12, (n, n)) + np.diag(rng.integers(5, 60, n))
        scores = [np.sort(np.diag(matrix) / matrix.sum(axis=axis)) for axis in (0, 1)]
        if min(np.diff(score).min() for score in scores) > 0.02:
            return matrix


def _printed(matrix, order, digits=3):
    return _recalls(matrix)[order].round(digits)


def _tables(rng):
    three = np.array([[5, 0, 5], [1, 8, 1], [0, 90, 10]])  # a diagonal need not be the largest
    near = np.array([[63, 37, 0], [40, 60, 0], [0, 75, 25]])
    drawn = {f"{n} classes": _matrix(rng, n) for n in (4, 6)}
    return {
        "in order": (three, _printed(three, [0, 1, 2])),
        "in another order": (three, _printed(three, [2, 0, 1])),
        "two columns of three": (three, _printed(three, [0, 1])),
        "two others of three": (three, _printed(three, [2, 1])),
        "the lower two of three": (three, _printed(three, [0, 2])),
        "one column, of one digit": (near, np.array([0.3])),
        "two that are not far apart": (near, np.array([0.6, 0.63])),
    } | {
        name: (matrix, _printed(matrix, rng.permutation(len(matrix)), digits))
        for digits, (name, matrix) in enumerate(drawn.items(), 2)
    }


whose_recall = Exercise(
    _whose_recall,
    _tables,
    Mistake(
        "These are the precisions, down the columns. A recall is along a row.",
        scores=lambda matrix: _recalls(matrix, axis=0),
    ),
    Mistake(
        "You compare counts with recalls. Divide each count by the sum of its row.", scores=np.diag
    ),
    Mistake(
        "You take the largest count of each row. What is right stands on the diagonal.",
        scores=lambda matrix: matrix.max(axis=1) / matrix.sum(axis=1),
    ),
    Mistake(
        "You divide all counts by one number. Divide each by the sum of its own row.",
        {"scores": lambda matrix: np.diag(matrix) / matrix.sum()},
        {"scores": lambda matrix: np.diag(matrix) / matrix.trace()},
    ),
    Mistake("You take the class that is farthest off.", best=np.argmax),
    Mistake(
        "The differences keep their signs. Take their absolute values.",
        {"distance": np.asarray},
        {"distance": np.negative},
    ),
    Mistake(
        "You match them by their ranks. Where columns are missing, ranks are others: take the "
        "nearest class.",
        lambda matrix, printed: np.argsort(_recalls(matrix))[np.argsort(np.argsort(printed))],
        lambda matrix, printed: np.argsort(-_recalls(matrix))[np.argsort(np.argsort(-printed))],
    ),
    Mistake(
        "This says how well it fits. Asked is which class it is: `argmin`, not `min`.", best=np.min
    ),
    Mistake(
        "You say in which column each class is. Asked is, for each column, which class.",
        lambda matrix, printed: np.abs(_recalls(matrix)[:, None] - printed).argmin(axis=1),
    ),
    Mistake(
        "These are recalls. Asked is for which class each of the printed ones is.",
        lambda matrix, printed: _recalls(matrix),
        lambda matrix, printed: _recalls(matrix)[_whose_recall(matrix, printed)],
    ),
    Mistake(
        "You sort the classes by their recall. The printed order is another.",
        lambda matrix, printed: np.argsort(_recalls(matrix))[: len(printed)],
        lambda matrix, printed: np.argsort(-_recalls(matrix))[: len(printed)],
        lambda matrix, printed: np.argsort(printed),
        lambda matrix, printed: np.argsort(np.argsort(printed)),
    ),
    praise="A table whose columns have lost their names can be given them back.",
)


def _student(freedom, share=0.975):
    from scipy import stats

    return stats.t.ppf(share, freedom)


def _one_more_run(
    runs,
    *,
    t=_student,
    less=1,
    deviation=np.std,
    ddof=1,
    under=lambda n: 1 + 1 / n,
    root=np.sqrt,
    middle=np.mean,
):
    n = len(runs)
    reach = t(n - less) * deviation(runs, ddof=ddof) * root(under(n))
    return middle(runs) - reach, middle(runs) + reach


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
        under=lambda n: 1 / n,
    ),
    Mistake(
        "The 1/n is missing under the root; or n and n - 1 are exchanged: 1/n belongs there, and "
        "`ddof=1` in `np.std`.",
        under=lambda n: 1,
    ),
    Mistake(
        "Under the root, 1/n is missing or subtracted. Add it to 1, and divide by n - 1 in "
        "`np.std`: `ddof=1`.",
        under=lambda n: 1,
        ddof=0,
    ),
    Mistake("Under the root stands 1/n, and not 1/(n - 1).", under=lambda n: 1 + 1 / (n - 1)),
    Mistake(
        "You divide the deviation by the root of n. A single run strays as far as the runs do.",
        deviation=lambda runs, ddof: np.std(runs, ddof=ddof) / np.sqrt(len(runs)),
    ),
    Mistake("Student's t is missing.", t=lambda _: 1),
    Mistake(
        "You cut the limits to 0 and 1. The formula does not, and runs may be in percent.",
        lambda runs: np.clip(_one_more_run(runs), 0, 1),
    ),
    Mistake("`np.std` divides by n. From a few runs, divide by n - 1: `ddof=1`.", ddof=0),
    Mistake(
        "You take 1.96 or 2, as if the deviation were known. From a few runs, take Student's t.",
        *(
            {"t": lambda _, z=z: z} | spread
            for z in (1.96, 2)
            for spread in ({}, {"under": lambda n: 1})
        ),
    ),
    Mistake(
        "One in 20 is outside, half of it on each side: `t.ppf(0.975, ...)`.",
        t=lambda freedom: _student(freedom, 0.95),
    ),
    Mistake(
        "Student's t has n - 1 degrees of freedom here.",
        {"less": 0},
        {"less": 2},
        {"t": lambda freedom: _student(max(1, freedom - 1))},
    ),
    Mistake("This is the variance. The standard deviation is its root.", deviation=np.var),
    Mistake("There is a root over 1 + 1/n.", root=as_is),
    Mistake("The middle is the mean of the runs, not their median.", middle=np.median),
    Mistake(
        "These are the lowest and the highest run. The next one may well fall outside.",
        lambda runs: (np.min(runs), np.max(runs)),
    ),
    Mistake(
        "This is the mean and one deviation to both sides. Multiply by t and the root.",
        t=lambda _: 1,
        under=lambda n: 1,
    ),
    Mistake(
        "This is how far one more run may stray. Return both limits around the mean.",
        lambda runs: np.diff(_one_more_run(runs))[0] / 2,
    ),
    praise="Where a single run lands inside, it says nothing new.",
)


def _wrong_line(factors, results, *, multiply=np.multiply, find=lambda wrong: wrong.argmax()):
    pairs = np.asarray(factors)
    return find(multiply(pairs[..., 0], pairs[..., 1]).sum(axis=1) != np.asarray(results))


def _lines(rng, n, length, wrong, off):
    """Lines of products, of which one ends in a result that is off."""
    factors = rng.integers(-4, 8, (n, length, 2))
    results = factors.prod(axis=2).sum(axis=1)
    results[wrong] += off
    return factors, results


wrong_line = Exercise(
    _wrong_line,
    lambda rng: {
        "the first": (np.array([[[2, 3], [1, -1]], [[0, 4], [5, 1]]]), np.array([6, 5])),
        "the last": (np.array([[[2, 3], [1, -1]], [[0, 4], [5, 1]]]), np.array([5, 4])),
        "a sign": (np.array([[[1, 2]], [[3, -1]], [[2, 2]]]), np.array([2, 3, 4])),
        "as another line ends": (
            np.array([[[1, 1], [3, 0]], [[2, 1], [1, 3]], [[1, 4], [1, 5]]]),
            np.array([1, 1, 9]),
        ),
        "a line that ends in 0": (np.array([[[1, 2]], [[0, 5]], [[2, 2]]]), np.array([2, 0, 5])),
        "hardly off": (np.array([[[100, 2]], [[200, 3]], [[1, 4]]]), np.array([200, 601, 4])),
        "far off": (np.array([[[2, 3]], [[90, 128]], [[1, 4]]]), np.array([6, 0, 4])),
        "sums that are products": (
            np.array([[[4, 1], [3, 2]], [[1, 1], [1, 3]], [[1, 2], [3, 4]]]),
            np.array([10, 4, 13]),
        ),
        "a product of all that is the sum": (
            np.array([[[1, 2], [2, 1]], [[1, 1], [1, 3]], [[1, 2], [3, 4]]]),
            np.array([4, 4, 15]),
        ),
        "the first product is 0": (
            np.array([[[0, 3], [3, 1]], [[1, 2], [3, 1]], [[1, 4], [2, 2]], [[1, 1], [1, 2]]]),
            np.array([3, 5, 8, 4]),
        ),
        "six lines": _lines(rng, 6, 9, int(rng.integers(1, 5)), -10),
        "fifteen lines": _lines(rng, 15, 9, int(rng.integers(2, 14)), 4),
    },
    Mistake("You count from 1. Lines are counted from 0.", find=lambda wrong: wrong.argmax() + 1),
    Mistake("This is the first line that is right.", find=lambda wrong: wrong.argmin()),
    Mistake("You add the factors. Multiply each pair, then add.", multiply=np.add),
    Mistake(
        "You multiply all factors of a line. Multiply each pair, then add.",
        lambda factors, results: (factors.prod(axis=(1, 2)) != results).argmax(),
    ),
    Mistake(
        "The total of one line goes on into the next. Begin each at 0.",
        lambda factors, results: (factors.prod(axis=2).sum(axis=1).cumsum() != results).argmax(),
    ),
    Mistake(
        "The largest difference may be a negative one. Ask where they are not equal: `!=`.",
        lambda factors, results: (factors.prod(axis=2).sum(axis=1) - results).argmax(),
        lambda factors, results: (results - factors.prod(axis=2).sum(axis=1)).argmax(),
    ),
    Mistake(
        "This says of each line whether it is wrong. Asked is the number of the one that is.",
        lambda factors, results: factors.prod(axis=2).sum(axis=1) != results,
    ),
    Mistake(
        "This is the wrong number itself. Asked is on which line it stands.",
        lambda factors, results: results[_wrong_line(factors, results)],
    ),
    Mistake(
        "This is what the line should end in. Asked is its number.",
        lambda factors, results: (
            np.asarray(factors).prod(axis=2).sum(axis=1)[_wrong_line(factors, results)]
        ),
    ),
    praise="Fifteen lines, checked in one. The eye skips what a comparison does not.",
)
