"""The exercises of lesson 07: MNIST, CNN against SVC."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions, whole


def _softmax(logits, axis=1):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _largest(logits):
    return logits.max(axis=1, keepdims=True)


def _repaired_loss(logits, labels, *, off=_largest, axis=1, out=np.mean, of="label"):
    z = logits - off(logits)
    right = z[np.arange(len(z)), labels] if of == "label" else z.mean(axis=1)
    return out(np.log(np.exp(z).sum(axis=axis)) - right)


def _of_probabilities(probabilities, cost=lambda p: -np.log(p)):
    """Return the mistake of a loss that takes these probabilities of logits."""
    return lambda logits, labels: cost(probabilities(logits)[np.arange(len(labels)), labels]).mean()


def _no_power(logits):
    return np.clip(logits / logits.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)


repaired_loss = Exercise(
    _repaired_loss,
    lambda rng: {
        "the bad answer of the text": (np.array([[-3.0, 1, 0]]), np.array([0])),
        "fractions": (fractions(rng, (4, 3)), rng.integers(0, 3, 4)),
        "whole numbers": (whole(rng, (3, 5), -4, 5), rng.integers(0, 5, 3)),
        "logits of 1000": (
            np.array([[1000.0, 999, -1000, 998], [1.5, 0, -2, 0]]),
            np.array([1, 2]),
        ),
        "an answer that is far off": (np.array([[-999, -1000.0, 0, -2]]), np.array([0])),
        "a logit far above the others": (np.array([[1000.0, -1000, -999, -998]]), np.array([0])),
        "equal logits": (np.zeros((2, 4)), np.array([3, 1])),
        "as many images as classes": (fractions(rng, (3, 3), 1), np.array([2, 0, 0])),
    },
    Mistake(
        "This is still the broken loss: it takes the logits for probabilities. Take e to the power "
        "of each logit before you divide.",
        _of_probabilities(_no_power),
        _of_probabilities(lambda logits: logits / logits.sum(axis=1, keepdims=True)),
    ),
    Mistake(
        "`np.exp` of a large logit is infinite. First take the largest logit of each row off: that "
        "changes nothing in the quotient.",
        {"off": lambda logits: 0},
        _of_probabilities(lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)),
    ),
    Mistake(
        "You take off the mean, and a logit far above it is still too large for `np.exp`. Take off "
        "the largest.",
        off=lambda logits: logits.mean(axis=1, keepdims=True),
    ),
    Mistake(
        "Where a probability is too small for a float it becomes 0, and its logarithm is lost. "
        "Write the logarithm of the quotient as a difference: the sum of the powers needs one, and "
        "the logit of the right class is its own.",
        _of_probabilities(_softmax),
        *(
            _of_probabilities(_softmax, lambda p, eps=eps: -np.log(np.maximum(p, eps)))
            for eps in (1e-7, 1e-8, 1e-10, 1e-12, 1e-15, 1e-16)
        ),
    ),
    Mistake("You take off the largest of all, and rows far below are lost.", off=np.max),
    Mistake(
        "You take off the largest of each class. Take that of each row: `axis=1`.",
        off=lambda logits: logits.max(axis=0),
    ),
    Mistake(
        "The largest is off in the sum, but not off the logit of the right class.",
        lambda logits, labels: _repaired_loss(logits, labels) - logits.max(axis=1).mean(),
    ),
    Mistake("This is one loss an image. Return their mean.", out=as_is),
    Mistake("This is the sum over the images. Return their mean.", out=np.sum),
    Mistake("You divide by the powers of all images. Each image has its own sum.", axis=None),
    Mistake("Every class counts in yours. Only the right one does.", of="all"),
    Mistake(
        "The logarithm is missing. The loss is minus the logarithm of the probability.",
        _of_probabilities(_softmax, lambda p: -p),
        _of_probabilities(_softmax, lambda p: p),
    ),
    Mistake(
        "You take the logarithm of a mean. Take the mean of the logarithms.",
        lambda z, labels: -np.log(_softmax(z)[np.arange(len(z)), labels].mean()),
    ),
    Mistake(
        "You divide by sums over the images. Each image has its own sum: `axis=1`.",
        _of_probabilities(lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=0)),
        _of_probabilities(lambda z: _softmax(z, axis=0)),
    ),
    Mistake(
        "This is a sigmoid. Divide by the sum over all classes.",
        _of_probabilities(lambda z: 1 / (1 + np.exp(-z))),
    ),
    Mistake(
        "`z[:, labels]` takes the classes of all images for each image.",
        lambda z, labels: -np.log(_softmax(z))[:, labels].mean(),
    ),
    Mistake(
        "This is what is missing to 1. The loss is a logarithm.",
        _of_probabilities(_softmax, lambda p: 1 - p),
    ),
    Mistake(
        "You take the softmax twice, so that even a perfect answer costs something.",
        _of_probabilities(lambda logits: _softmax(_softmax(logits))),
    ),
    praise="And an answer that is far off costs much, as it should.",
)


def _near_the_best(means, margin):
    return means >= means.max() - margin


def _choose_C(values, accuracy, margin, *, centre=np.mean, chosen=_near_the_best, pick=np.min):
    return pick(values[chosen(centre(accuracy, axis=1), margin)])


def _down_from_the_best(values, accuracy, margin):
    """The mistake of stopping at the first that is too low."""
    means = accuracy.mean(axis=1)
    i = means.argmax()
    while i > 0 and means[i - 1] >= means.max() - margin:
        i -= 1
    return values[i]


# By the mean, 10 is best and 1 is within the margin; the best run is one of 100, and of 0.1 the
# worst is better than that of all others.
_HELD_OUT = np.array(
    [[0.90, 0.90, 0.90], [0.89, 0.95, 0.94], [0.87, 0.96, 0.965], [0.6, 0.7, 0.99]]
)

choose_C = Exercise(
    _choose_C,
    lambda rng: {
        "four values": (np.array([0.1, 1, 10, 100]), _HELD_OUT, 0.008),
        "a margin of 0": (np.array([0.5, 1, 2]), np.array([[0.8, 0.7], [0.9, 0.9], [0.9, 0.8]]), 0),
        "the lowest of all is near enough": (
            np.array([0.2, 5, 50]),
            np.array([[0.95, 0.93], [0.96, 0.94], [0.91, 0.97]]),
            0.015,
        ),
        "the best is the last": (
            np.array([1, 3, 10, 30]),
            np.array([[0.7, 0.71], [0.75, 0.73], [0.8, 0.79], [0.85, 0.83]]),
            0.01,
        ),
        "two are near enough": (
            np.array([1, 10, 100]),
            np.array([[0.93, 0.90], [0.96, 0.95], [0.958, 0.959]]),
            0.005,
        ),
        "three are too low": (
            np.array([2, 6, 20, 60]),
            np.array([[0.92, 0.924], [0.93, 0.932], [0.94, 0.937], [0.96, 0.94]]),
            0.01,
        ),
        "a lower one between two that are near enough": (
            np.array([0.3, 3, 30]),
            np.array([[0.95, 0.94], [0.94, 0.944], [0.957, 0.955]]),
            0.013,
        ),
        "a wide margin": (
            np.array([1, 2, 4, 8]),
            np.array([[0.39, 0.4], [0.42, 0.43], [0.5, 0.49], [0.48, 0.45]]),
            0.095,
        ),
        "drawn": (
            np.array([0.01, 0.1, 1, 10]),
            np.array([[50, 50], [80, 82], [85, 86], [85, 87]]) / 100
            + rng.integers(-9, 10, (4, 2)) / 10_000,
            0.02,
        ),
    },
    Mistake(
        "This has the highest mean. Is a smaller one within the margin?",
        chosen=lambda means, margin: means.argmax(),
    ),
    Mistake(
        "This is its place among the values. Return the value of C.",
        lambda values, accuracy, margin: np.flatnonzero(
            values == _choose_C(values, accuracy, margin)
        )[0],
        lambda values, accuracy, margin: accuracy.mean(axis=1).argmax(),
    ),
    Mistake(
        "This is an accuracy. Return the C that has it.",
        lambda values, accuracy, margin: accuracy.mean(axis=1).max(),
        lambda values, accuracy, margin: accuracy.mean(axis=1)[
            values == _choose_C(values, accuracy, margin)
        ][0],
    ),
    Mistake("You take the largest C within the margin. Take the smallest.", pick=np.max),
    Mistake(
        "You multiply by the margin. It is a difference, so subtract it.",
        chosen=lambda means, margin: means >= means.max() * (1 - margin),
    ),
    Mistake(
        "You take the C whose mean is nearest to the limit. It may lie below.",
        chosen=lambda means, margin: np.abs(means - means.max() + margin).argmin(),
    ),
    Mistake(
        "You stop where the next step gains little. Compare with the highest mean.",
        chosen=lambda means, margin: np.append(np.diff(means) <= margin, True).argmax(),
    ),
    Mistake(
        "The means need not rise up to the best. Before one that is too low, look for a smaller C.",
        _down_from_the_best,
        {"chosen": lambda means, margin: np.searchsorted(means, means.max() - margin)},
    ),
    Mistake(
        "You take the same C whatever the accuracies are.",
        lambda values, accuracy, margin: values.min(),
        lambda values, accuracy, margin: values.max(),
    ),
    Mistake(
        "You average over the settings. A row is a setting: `axis=1`.",
        lambda values, accuracy, margin: values[accuracy.mean(axis=0).argmax()],
    ),
    Mistake("You judge by the best single draw. Judge by the mean of a row.", centre=np.max),
    Mistake("You judge by the worst single draw. Judge by the mean of a row.", centre=np.min),
    Mistake("You judge by the median. Judge by the mean of a row.", centre=np.median),
    Mistake(
        "You measure the margin from the best single draw. Measure it from the highest mean.",
        lambda values, accuracy, margin: values[
            (accuracy.mean(axis=1) >= accuracy.max() - margin).argmax()
        ],
    ),
    Mistake("You return all that are within the margin. Return the smallest.", pick=as_is),
    praise="A setting that wins by less than luck has won nothing.",
)


def _recall_and_precision(matrix, *, axes=(1, 0), total=np.sum, out=as_is):
    return out(np.array([np.diag(matrix) / total(matrix, axis=axis) for axis in axes]))


def _errors(matrix, axis=1):
    return matrix.sum(axis=axis) - np.diag(matrix)


recall_and_precision = Exercise(
    _recall_and_precision,
    # No class is missing; the diagonal is not always the largest.
    lambda rng: {
        "the diagonal is the largest": (whole(rng, (3, 3), 1) + 20 * np.eye(3, dtype=int),),
        "the diagonal is not the largest": (np.array([[3, 9, 1], [4, 2, 8], [5, 6, 7]]),),
        "a class never hit": (np.array([[0, 4, 2], [3, 6, 0], [1, 0, 5]]),),
        "two classes": (np.array([[90, 10], [1, 4]]),),
        "many classes": (whole(rng, (5, 5), 1, 30),),
    },
    Mistake("They are exchanged. Recall reads rows, precision columns.", axes=(0, 1)),
    Mistake("Both are the recall. Precision divides by the sums of the columns.", axes=(1, 1)),
    Mistake("Both are the precision. Recall divides by the sums of the rows.", axes=(0, 0)),
    Mistake("You divide by all images, not by those of a row or column.", axes=(None, None)),
    Mistake("You divide by the errors. Divide by errors and right ones together.", total=_errors),
    Mistake("This is the recall alone. Return both.", out=lambda both: both[0]),
    Mistake("You return one pair a class. Return two arrays: first all recalls.", out=np.transpose),
    praise="Recall from the rows, precision from the columns.",
)


def _told_apart(first, second, n):
    """Return d for each of n digits: 1 where only `second` is wrong, -1 where only `first` is."""
    wrong = [np.isin(np.arange(n), numbers) for numbers in (first, second)]
    return wrong[1].astype(int) - wrong[0]


def _fewer_errors(
    first, second, n, *, times=1.96, root=np.sqrt, spread=np.std, sign=1, total=np.sum, reach=None
):
    d = sign * _told_apart(first, second, n)
    far = reach(len(first), len(second), n) if reach else times * root(n) * spread(d)
    return np.array([total(d) - far, total(d) + far])


def _as_two_groups(first, second, n):
    return 1.96 * np.sqrt(first * (1 - first / n) + second * (1 - second / n))


def _wrong_digits(rng, n, *groups):
    """Draw the numbers of the digits that both get wrong, only the first, only the second."""
    both, first, second = np.split(rng.permutation(n)[: sum(groups)], np.cumsum(groups)[:-1])
    return np.sort(np.append(first, both)), np.sort(np.append(both, second)), n


fewer_errors = Exercise(
    _fewer_errors,
    lambda rng: {
        "ten digits": (np.array([3, 7]), np.array([0, 3, 4, 9]), 10),
        "all of the first are wrong with the second": _wrong_digits(rng, 40, 3, 0, 4),
        "the second makes fewer": _wrong_digits(rng, 100, 5, 9, 2),
        "as many errors, but others": _wrong_digits(rng, 60, 2, 6, 6),
        "no digit is wrong with both": _wrong_digits(rng, 80, 0, 1, 12),
        "the first makes none": (np.array([], int), np.array([1, 5, 6]), 20),
    },
    Mistake("You take first less second. Asked is how many fewer the first makes.", sign=-1),
    Mistake(
        "You compare two groups. Both were tested on the same digits, so those that both get wrong "
        "say nothing: take d digit by digit, and its s.",
        {"reach": _as_two_groups},
        {"reach": lambda first, second, n: 1.96 * np.sqrt(first + second)},
    ),
    Mistake(
        "The digits that count, under a root, are nearly n times the square of s, but not quite: "
        "the mean of d is off 0. Take `np.std` of all d.",
        reach=lambda first, second, n: 1.96 * np.sqrt(len(np.setxor1d(first, second))),
    ),
    Mistake(
        "You lose the sign: where the first makes more errors the sum of d is negative.",
        total=lambda d: abs(d.sum()),
    ),
    Mistake(
        "This is how far a sum strays. Return the ends: the sum less that, and the sum plus that.",
        lambda first, second, n: 1.96 * np.sqrt(n) * np.std(_told_apart(first, second, n)),
    ),
    Mistake(
        "Return two numbers, the ends of the interval.",
        lambda first, second, n: np.append(
            _told_apart(first, second, n).sum(), _fewer_errors(first, second, n)
        ),
    ),
    Mistake("The root of n is missing: a sum strays by s times the **root** of n.", root=as_is),
    Mistake("A sum of n strays by s times the root of n, and yours by s.", root=lambda n: 1),
    Mistake(
        "Yours is the interval of a mean. Asked is that of the sum: n times as much.",
        {"root": lambda n: 1 / np.sqrt(n), "total": np.mean},
        {"root": lambda n: 1 / np.sqrt(n)},
    ),
    Mistake("You take the variance. s is its root, the standard deviation.", spread=np.var),
    Mistake("The factor is 1.96.", {"times": 2}, {"times": 1}, {"times": 3}),
    Mistake(
        "Your s divides by n - 1. Asked is that of `np.std`, which divides by n.",
        spread=lambda d: np.std(d, ddof=1),
    ),
    praise="If it contains 0, these digits do not say who is better.",
)


def _surest_mistakes(
    probabilities,
    labels,
    n,
    *,
    among=np.not_equal,
    by=lambda p, labels: p.max(axis=1),
    sign=-1,
    out=lambda chosen, confidence: chosen,
):
    chosen = np.flatnonzero(among(probabilities.argmax(axis=1), labels))
    confidence = by(probabilities, labels)
    chosen = chosen[(sign * confidence[chosen]).argsort()][:n]
    return out(chosen, confidence)


def _of_label(probabilities, labels):
    return probabilities[np.arange(len(labels)), labels]


def _answers(rng, images, classes, wrong, n):
    """Draw the answers to some images, of which the first after a shuffle are wrong."""
    while True:
        powers = rng.integers(10, 400, (images, classes))
        probabilities = np.round(powers / powers.sum(axis=1, keepdims=True), 4)
        ends = np.sort(probabilities, axis=1)[:, [0, -1]].T
        if all(len(np.unique(end)) == images for end in ends):
            break
    labels, places = probabilities.argmax(axis=1), rng.permutation(images)[:wrong]
    labels[places] = (labels[places] + rng.integers(1, classes, wrong)) % classes
    return probabilities, labels, n


surest_mistakes = Exercise(
    _surest_mistakes,
    lambda rng: {
        "four digits, three classes": (
            np.array([[0.5, 0.4, 0.1], [0.1, 0.1, 0.8], [0.34, 0.36, 0.3], [0.3, 0.6, 0.1]]),
            np.array([1, 2, 2, 0]),
            2,
        ),
        "most are right": _answers(rng, 9, 3, 4, 2),
        "most are wrong": _answers(rng, 8, 4, 6, 3),
        "all are wrong": _answers(rng, 5, 3, 5, 2),
        "all mistakes are asked for": _answers(rng, 7, 5, 3, 3),
    },
    Mistake("Right answers are among yours. Keep the wrong ones only.", among=lambda p, y: p == p),
    Mistake("You keep the right ones. Asked are the wrong ones.", among=np.equal),
    Mistake("These are the least sure. Begin with the surest.", sign=1),
    Mistake(
        "You sort by the probability of the true class. Its confidence is the largest of the row.",
        {"by": _of_label, "sign": 1},
        {"by": _of_label, "sign": -1},
    ),
    Mistake(
        "You take n first, then drop the right ones. Keep the wrong ones first, then take n.",
        lambda p, labels, n: [
            i for i in (-p.max(axis=1)).argsort()[:n] if p[i].argmax() != labels[i]
        ],
    ),
    Mistake(
        "They are not sorted. The surest comes first.", by=lambda p, labels: -np.arange(len(labels))
    ),
    Mistake(
        "You count among the wrong answers. Return places among all images: `wrong[...]`.",
        lambda p, labels, n: (-p.max(axis=1)[p.argmax(axis=1) != labels]).argsort()[:n],
    ),
    Mistake(
        "These are classes. Return the numbers of the images.",
        lambda p, labels, n: p.argmax(axis=1)[_surest_mistakes(p, labels, n)],
        lambda p, labels, n: p.argmax(axis=1)[p.argmax(axis=1) != labels][:n],
        lambda p, labels, n: labels[_surest_mistakes(p, labels, n)],
    ),
    Mistake(
        "You sort all images, then pick by a mask that is not sorted. Keep the wrong ones first.",
        lambda p, labels, n: (-p.max(axis=1)).argsort()[p.argmax(axis=1) != labels][:n],
    ),
    Mistake(
        "These are the confidences. Return the numbers of the images.",
        out=lambda chosen, confidence: confidence[chosen],
    ),
    Mistake(
        "The surest is the last in yours. Turn it round.",
        out=lambda chosen, confidence: chosen[::-1],
    ),
    Mistake(
        "These are all mistakes. Return the first n.",
        lambda p, labels, n: _surest_mistakes(p, labels, len(labels)),
    ),
    praise="Look at these first: here a network is sure, and mistaken.",
)
