"""Every row of the reports: what it prints, beside what this course computed or measured."""

from math import sqrt
from typing import NamedTuple

import numpy as np

from helpers._validate import broken
from helpers.conv import convolve
from helpers.filters import SHARPEN, SOBEL_X
from helpers.reports import report
from helpers.shapes import conv_params, dense_params, output_size, same_padding
from helpers.studies.cifar10_deeper import ABLATIONS, NOT_LEARNED
from helpers.study import (
    Difference,
    Spread,
    at_epoch,
    by_variant,
    holm,
    load,
    pooled_differences,
    values,
)

NOT_YET = "not trained yet"
COUNT = ",.0f"


class Stored(NamedTuple):
    """One result of the stored runs of a variant; None for the best of its row's variants."""

    study: str
    variant: str | None
    key: object = "test_accuracy"


class Line(NamedTuple):
    """One line of the table.

    `figure` is a key of `report(row)`; None where it prints no number. `ours` is a Stored. Either
    may be a function without arguments that computes a number, or says a few words.
    """

    row: str
    what: str
    lesson: int
    figure: object = None
    ours: object = lambda: "rebuilt"
    spec: str = ".2%"

    def printed(self):
        """Return what the report prints, or None."""
        if self.figure is None:
            return None
        return self.figure() if callable(self.figure) else report(self.row)[self.figure]

    def runs(self):
        """Return the results of our runs, an array; None where there are no runs to have."""
        if not isinstance(self.ours, Stored):
            return None
        trials = _trials(self.row, self.ours)
        return values(trials, self.ours.key) if trials else np.array([])


def one_more_run(runs):
    """Return the limits (low, high) between which one more run falls, 19 times in 20.

    They are mean -+ t s sqrt(1 + 1/n), for n normally distributed runs of deviation s; two at
    least. See G. J. Hahn and W. Q. Meeker, "Statistical Intervals", 1991, chapter 4.

    >>> low, high = one_more_run([0.5, 0.52, 0.51])
    >>> print(f"{low:.3f} to {high:.3f}")
    0.460 to 0.560
    """
    from scipy.stats import t

    runs = np.asarray(runs, float)
    if runs.ndim != 1 or len(runs) < 2 or not np.isfinite(runs).all():
        raise broken("runs", "at least two finite numbers", runs.tolist())
    reach = t.ppf(0.975, len(runs) - 1) * _strays(runs)
    return float(runs.mean() - reach), float(runs.mean() + reach)


def _differ(runs):
    """Whether there are three runs at least, and not all alike."""
    return runs is not None and len(runs) > 2 and np.ptp(runs) > 1e-9


def _strays(runs):
    """Return the standard deviation of one more run from the mean of these."""
    return runs.std(ddof=1) * sqrt(1 + 1 / len(runs))


def beside_one_more_run():
    """Return {row and system: what the report prints less our mean}, Differences of `study`.

    Its low and high are those of `one_more_run`, as the report's is a single run; p is how often
    one more run of ours would be as far off. All are shares; runs that are alike are left out.
    """
    from scipy.stats import t

    found = {}
    for line in LINES:
        printed, runs = line.printed(), line.runs()
        if not line.spec.endswith("%") or printed is None:
            continue
        if not _differ(runs):
            continue
        off, (low, high) = printed - runs.mean(), one_more_run(runs)
        p = 2 * t.sf(abs(off) / _strays(runs), len(runs) - 1)
        name, reach = f"{line.row} {line.what}", (high - low) / 2
        found[name] = Difference(off, off - reach, off + reach, len(runs), p)
    return found


def ledger(letters="ABCDE"):
    """Return the rows of some reports as a DataFrame of str, one line or more a row.

    A network that is not trained yet says so, and is filled in by what comes into the stores. What
    a report prints holds "exactly", or as "one more run" of ours, or not ("no"); where fewer than
    three runs, or words, can be compared, that cell is empty.
    """
    from pandas import DataFrame

    return DataFrame([_cells(line) for line in LINES if line.row[0] in letters]).set_index("row")


def _cells(line):
    printed, runs = line.printed(), line.runs()
    ours = line.ours() if runs is None else _ours(runs, line.spec)
    return {
        "row": line.row,
        "system": line.what,
        "report": _text(printed, line.spec),
        "ours": _text(ours, line.spec),
        "holds": _holds(printed, ours, runs),
        "runs": "" if runs is None else len(runs),
        "lesson": f"{line.lesson:02}",
    }


def _holds(printed, ours, runs):
    if printed is None or isinstance(printed, str):
        return ""
    if _differ(runs):
        low, high = one_more_run(runs)
        return "one more run" if low <= printed <= high else "no"
    if isinstance(ours, str) or (runs is not None and len(runs) < 3):
        return ""
    return "exactly" if printed == ours else "no"


def _ours(runs, spec):
    if len(runs) == 0:
        return NOT_YET
    if np.ptp(runs) == 0 or len(runs) == 1:
        return runs[0]
    return Spread(runs.mean(), runs.std(ddof=1), len(runs)).short(spec)


def _text(value, spec):
    if value is None or isinstance(value, str):
        return value or "no number"
    return format(value, spec)


def _groups(study):
    """Return the trials of a study by variant, {} where there are none yet."""
    return by_variant(study, required=False)


def _trials(row, stored):
    """Return the trials of a Stored, [] where there are none yet."""
    groups = _groups(stored.study)
    if stored.variant is not None:
        return groups.get(stored.variant, [])
    of_row = [trials for trials in groups.values() if trials[0]["row"] == row]
    return max(of_row, key=lambda trials: values(trials, stored.key).mean(), default=[])


def _wrong(figures):
    """The images off the diagonal of a report's or a trial's confusion matrix."""
    matrix = np.array(figures["confusion"])
    return int(matrix.sum() - matrix.trace())


def _lowest_recall(figures):
    matrix = np.array(figures["confusion"])
    return (matrix.diagonal() / matrix.sum(axis=1)).min()


def _params(convolutions, *dense):
    """The parameters of convolutions, (kernel size, channels, filters), and of dense layers."""
    return sum(conv_params((size, size), *channels) for size, *channels in convolutions) + sum(
        dense_params(*d) for d in dense
    )


def _alike(row, array, kernel, padding):
    """How many of the numbers that a report prints are those that `convolve` computes."""
    printed = np.array(report(row)["output"])
    same = convolve(array, kernel, padding=padding) == printed
    return f"{same.sum()} of {printed.size} alike"


def _last_size():
    """The side of model 2's last maps: 5x5 with padding 2, then three times 3x3 with padding 2."""
    size = 32
    for kernel_size in (5, 3, 3, 3):
        size = output_size(size, kernel_size, padding=2) // 2
    return size


def _even():
    """What the kernel makes of an even picture; ours is another."""
    return f"{np.sum(SHARPEN):g} times the picture, so at most {255 * np.sum(SHARPEN):,g}"


def _several_clusters():
    """In how many clusterings the digits that the report names have more than one cluster."""
    names = [t["majority_labels"] for t in load("kmeans_mnist", variant="k-means++, k = 10")]
    found = {d: sum(n.count(d) > 1 for n in names) for d in report("A16")["repeated_labels"]}
    return f"{', '.join(f'{d} in {n}' for d, n in found.items())} of {len(names)} runs"


def _compared(base):
    """Return the Differences of model 1's changes from one of them; None before there are three.

    Early stopping never stopped, so it is the base once more.
    """
    groups = dict(_groups("cifar10_ablations"))
    groups.pop("early stopping", None)
    base = groups.pop(base, [])
    seeds = {trial["seed"] for trial in base}
    shared = [seeds & {trial["seed"] for trial in trials} for trials in groups.values()]
    if min(map(len, shared), default=0) < 3:
        return None
    failed = [n for n, t in groups.items() if values(t, "test_accuracy").mean() < NOT_LEARNED]
    return pooled_differences(groups, base, "test_accuracy", apart=failed)


def _relu_less_tanh(relu):
    """The accuracy of a variant with ReLU less that of tanh, which has Glorot's first weights."""
    found = _compared("tanh")
    return f"{found[relu]:.1%}" if found else NOT_YET


def _changes(row):
    """How many of a row's changes of model 1 can be told from the base beside all the others."""
    found = _compared("base")
    if not found:
        return NOT_YET
    of_row = [p for name, p in holm(found).items() if (row, name) in ABLATIONS]
    return f"{sum(p < 0.05 for p in of_row)} of {len(of_row)} told beside all"


def _ours_times(trial):
    seconds = trial["epoch_seconds"]
    return float(np.median(seconds["max-pooling"]) / np.median(seconds["strides"]))


_VALIDATION, _TRAINING = (at_epoch(f"history.{name}_accuracy") for name in ("val", "train"))
_D = "cifar10_stride_vs_maxpool"
_AT_30 = at_epoch("history.val_accuracy", 30)
_IMAGE = [[1, 0, 2, 3, 1], [3, 2, 0, 7, 0], [0, 6, 1, 1, 4]]
_SQUARE = [[1, 2, 3, 4, 5], [1, 3, 2, 3, 10], [3, 2, 1, 4, 5], [6, 1, 1, 2, 2], [3, 2, 1, 5, 4]]
LINES = (
    Line("A1", "1-D convolution, two filters", 1),
    Line("A2", "1-D convolution, two channels", 1),
    Line("A3", "2-D convolution", 1),
    Line("A4", "gradients of a convolution", 4),
    Line("A5", "Sobel on a drawing and a photograph", 2),
    Line("A6", "digits and one-hot labels", 7),
    Line("A7", "RBF-SVC", 7, "test_accuracy", Stored("svc_mnist", "RBF-SVC, C = 1")),
    Line("A8", "CNN, parameters", 7, "params", Stored("cnn_mnist", "A8", "params"), COUNT),
    Line("A8", "CNN", 7, "test_accuracy", Stored("cnn_mnist", "A8")),
    Line("A8", "our own network", 7, None, Stored("cnn_mnist", "improved")),
    Line("A9", "first dense layer, parameters", 3, "dense1_params", lambda: _params([], (512, 256)),
         COUNT),
    Line("A10", "learning curves under dropout", 7),
    Line("A11", "CNN, errors in 10,000", 7, lambda: _wrong(report("A11")),
         Stored("cnn_mnist", "A8", _wrong), COUNT),
    Line("A12", "feature maps", 7),
    Line("A13", "k-means for several k", 13),
    Line("A14", "k-means from a poor start", 13),
    Line("A15", "k-means++, turns", 13, "n_iter", lambda: "other points", COUNT),
    Line("A16", "digits with several clusters", 13,
         lambda: " and ".join(map(str, report("A16")["repeated_labels"])), _several_clusters),
    Line("B1", "dense layer, forward and backward", 4),
    Line("B2", "ReLU, forward and backward", 4),
    Line("B3", "softmax and cross-entropy", 4),
    Line("B4", "momentum and weight decay", 4),
    Line("B5", "MNIST network, parameters", 7, "params",
         Stored("cnn_mnist", "B5", "params"), COUNT),
    Line("B5", "MNIST network", 7, "test_accuracy", Stored("cnn_mnist", "B5")),
    Line("B5", "MNIST network, validation", 7, "val_accuracy",
         Stored("cnn_mnist", "B5", _VALIDATION)),
    Line("B5", "MNIST network, training", 7, "train_accuracy",
         Stored("cnn_mnist", "B5", _TRAINING)),
    Line("B6", "lowest recall of a digit", 7, lambda: min(report("B6")["recall"]),
         Stored("cnn_mnist", "B5", _lowest_recall)),
    Line("B7", "CIFAR-10 baseline", 11, "test_accuracy", Stored("cifar10_ladder", "B7")),
    Line("B8", "CIFAR-10 improved, parameters", 3, "params",
         lambda: _params([(5, 3, 16), (5, 16, 32), (3, 32, 32)], (2_048, 10)), COUNT),
    Line("B8", "CIFAR-10 improved", 11, "test_accuracy",
         Stored("cifar10_ladder", "B8, momentum 0.001")),
    Line("B8", "with the momentum of B7", 11, None, Stored("cifar10_ladder", "B8")),
    Line("C1", "Sobel by hand", 1, lambda: "15 numbers",
         lambda: _alike("C1", _IMAGE, SOBEL_X, 1)),
    Line("C2", "which layer forgives small shifts", 8),
    Line("C3", "padding that keeps the size", 3, "same_padding",
         lambda: same_padding(32, 5)[0], COUNT),
    Line("C3", "kernel size from the sizes", 3, "kernel_size",
         lambda: next(k for k in range(1, 512) if output_size(512, k) == 504), COUNT),
    Line("C3", "size after pooling", 3, "pooled_size",
         lambda: output_size(504, 2, strides=2), COUNT),
    Line("C3", "size after the second convolution", 3, "second_conv_size",
         lambda: output_size(252, 3), COUNT),
    Line("C4", "three-stage CNN, parameters", 3, "params",
         lambda: _params([(5, 3, 32), (5, 32, 64), (5, 64, 128)], (2_048, 64), (64, 10)), COUNT),
    Line("C5", "three-stage CNN", 11, "test_accuracy", Stored("cifar10_ladder", "C5")),
    Line("C6", "model 1", 11, "test_accuracy", Stored("cifar10_ladder_c6", "C6")),
    Line("C6", "our own network", 11, None, Stored("cifar10_ladder", "our best")),
    Line("C7", "model 2", 11, "test_accuracy", Stored("cifar10_ladder", "C7")),
    Line("C7", "model 2, side of its last maps", 3, "last_size", _last_size, COUNT),
    Line("C8", "model 1, validation", 11, lambda: report("C6")["val_accuracy"],
         Stored("cifar10_ladder_c6", "C6", _VALIDATION)),
    Line("C8", "model 2, validation", 11, lambda: report("C7")["val_accuracy"],
         Stored("cifar10_ladder", "C7", _VALIDATION)),
    Line("C9", "what helps model 1, and what harms", 11, None, lambda: _changes("C9")),
    Line("C10", "ReLU less tanh (ours: narrower)", 11,
         lambda: f"{100 * (report('C10')['relu'] - report('C10')['tanh']):+.1f} points",
         lambda: _relu_less_tanh("PyTorch's weights")),  # as the report pairs them
    Line("C10", "with He's weights", 11, None, lambda: _relu_less_tanh("He's weights")),
    Line("C10", "with the weights of tanh", 11, None, lambda: _relu_less_tanh("base")),
    Line("C11", "LeakyReLU, SiLU, noise, schedule", 11, None, lambda: _changes("C11")),
    Line("C12", "transfer from ImageNet", 12, "test_accuracy",
         Stored("cifar10_transfer", "tuned in stages, all images")),
    Line("C12", "with batch normalization frozen", 12, None,
         Stored("cifar10_transfer", "tuned in stages, batch norm frozen, all images")),
    Line("C12", "frozen, 10,000 images", 12, None,
         Stored("cifar10_frozen", "frozen, 10,000 images")),
    Line("C13", "first filters, last maps", 12),
    Line("D1", "convolution from loops", 1, lambda: "9 numbers",
         lambda: _alike("D1", _SQUARE, [[1, 0, -1]] * 3, 0)),
    Line("D2", "second kernel where a picture is even", 2, "sharpen_background", _even, COUNT),
    Line("D3", "stride network, parameters", 9, "params",
         Stored(_D, "strides, 5K", "params"), COUNT),
    Line("D3", "5,000 images (ours: validation)", 9, "accuracy",
         Stored(_D, "strides, 5K", _VALIDATION), ".1%"),
    Line("D4", "40,000 images (ours: validation)", 9, "accuracy_40k",
         Stored(_D, "strides, 40K", _VALIDATION), ".1%"),
    Line("D5", "five weights of an L1 penalty", 10),
    Line("D6", "max-pooling, parameters", 9, "params",
         Stored(_D, "max-pooling, 5K", "params"), COUNT),
    Line("D6", "max-pooling, time over that of strides", 9,
         lambda: report("D6")["seconds"] / report("D3")["seconds"],
         Stored("cifar10_time", "an epoch of each", _ours_times), ".2f"),
    Line("D7", "all images, 30 epochs (ours: validation)", 9, "accuracy",
         Stored(_D, "six convolutions, 50K, 60 epochs", _AT_30), ".1%"),
    Line("D7", "all images, 60 epochs (ours: validation)", 9, "accuracy_later",
         Stored(_D, "six convolutions, 50K, 60 epochs", _VALIDATION), ".1%"),
    Line("D7", "our own network, 8 epochs, validation", 9, None,
         Stored(_D, "normalised, 50K, 8 epochs", _VALIDATION), ".1%"),
    Line("E1", "features of a filter bank", 5, "features",
         lambda: (output_size(28, 17) // 2) ** 2 * report("E1")["filters"], COUNT),
    Line("E1", "network on these features", 5, None, Stored("filter_bank_mnist", "E1, features")),
    Line("E2", "CNN from scratch, 500 images", 6, "accuracy",
         Stored("by_hand_mnist", "E2, 500 images")),
    Line("E2", "CNN from scratch, all images", 6, None, Stored("by_hand_mnist", "E2")),
    Line("E3", "CNN on CIFAR-10, features", 6, "flattened",
         lambda: (output_size(32, 9) // 2) ** 2 * 10, COUNT),
    Line("E3", "CNN on CIFAR-10", 6, None, Stored("by_hand_cifar10", "E3")),
)  # fmt: skip
