"""Lesson 11: augmentation, depth, many comparisons, budgets, and losses that fit."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, between


def _cut(x):
    return np.clip(x, 0, 1)


def _jitter(x, contrast, brightness, *, middle=np.mean, end=_cut, sign=1, early=as_is):
    mean = middle(x)
    return end(early(mean + contrast * (x - mean)) + sign * brightness)


def _lift(x):
    return x - min(x.min(), 0)


jitter = Exercise(
    _jitter,
    lambda rng: {
        "brighter than the range": (between(rng, (3, 4, 3)), 1.0, 0.5),
        "darker than the range": (between(rng, (4, 3, 3)), 1.0, -0.4),
        "more contrast": (between(rng, (3, 3, 3)), 2.5, 0.125),
        "less contrast": (between(rng, (2, 5, 3), 0.2, 0.7), 0.5, -0.05),
        "too bright, then dark": (between(rng, (3, 3, 3)), 2.0, -0.25),
        "nothing to do": (between(rng, (2, 2, 3)), 1.0, 0.0),
        "a grey image": (np.full((2, 2, 3), 0.25), 3.0, 0.1),
        "dark, then far too bright": (np.array([[[0.25, 0.25, 0.375]]]), 1.0, 0.875),
    },
    Mistake("Values leave the range from 0 to 1. Set them to its ends.", end=as_is),
    Mistake("Values below 0 are left. The range has two ends.", end=lambda x: np.minimum(x, 1)),
    Mistake("Values above 1 are left. The range has two ends.", end=lambda x: np.maximum(x, 0)),
    Mistake(
        "Where values leave the range at both ends, you cut one end alone. Cut both.",
        {"end": lambda x: np.minimum(x, 1) if x.max() > 1 else np.maximum(x, 0)},
        {"end": lambda x: np.maximum(x, 0) if x.min() < 0 else np.minimum(x, 1)},
    ),
    Mistake(
        "You stretch the values to fill the range, which changes all of them. Only cut.",
        {"end": lambda x: (x - x.min()) / (np.ptp(x) or 1)},
        {"end": lambda x: (x - x.min()) / (np.ptp(x) or np.nan)},
    ),
    Mistake("What leaves the range comes in at its other end.", end=lambda x: x % 1),
    Mistake(
        "What leaves the range becomes 0. It goes to the end that is nearer.",
        end=lambda x: np.where((x < 0) | (x > 1), 0, x),
    ),
    Mistake(
        "You multiply the values. It is their distance from the mean that grows.",
        middle=lambda x: 0,
    ),
    Mistake("The middle is the mean of this image, and not one half.", middle=lambda x: 0.5),
    Mistake(
        "You take a mean of each channel. The contrast is about the mean of all values.",
        middle=lambda x: x.mean(axis=(0, 1)),
    ),
    Mistake(
        "You take a mean along one axis only. The contrast is about the mean of all values.",
        {"middle": lambda x: x.mean(axis=0)},
        *({"middle": lambda x, a=a: x.mean(axis=a, keepdims=True)} for a in (1, 2, (1, 2))),
    ),
    Mistake("The middle is the mean of all values, not their median.", middle=np.median),
    Mistake(
        "The mean was taken off and never came back: add it again.",
        lambda x, contrast, brightness: _cut(contrast * (x - x.mean()) + brightness),
    ),
    Mistake(
        "The brightness is added to the values, not multiplied with them.",
        *(
            lambda x, contrast, brightness, one=one: _cut(
                _jitter(x, contrast, 0, end=as_is) * (one + brightness)
            )
            for one in (0, 1)
        ),
    ),
    Mistake("The brightness is added, not subtracted.", sign=-1),
    Mistake("You cut before the brightness is added: cut once, at the end.", early=_cut),
    Mistake(
        "The brightness comes after the contrast, so it is not multiplied.",
        lambda x, contrast, brightness: _jitter(x, contrast, contrast * brightness),
    ),
    praise="The image is changed, and is still an image: all values from 0 to 1.",
)


def _layers_to_see(size, kernel_size, *, up=np.ceil, step=lambda k: k - 1, first=1):
    return up((size - first) / step(kernel_size))


layers_to_see = Exercise(
    _layers_to_see,
    lambda rng: {
        "a whole photograph": (32, 3),
        "a larger photograph": (224, 3),
        "exactly": (9, 5),
        "one pixel more": (10, 5),
        "one pixel": (1, 3),
        "one layer": (7, 7),
        "one pixel more than a large kernel": (202, 201),
        "even kernels": (12, 4),
        "kernels of 2": (9, 2),
        "less than the first layer": (3, 5),
        "much less than the first layer": (2, 7),
        "any sizes": (int(rng.integers(20, 60)), int(rng.integers(3, 8))),
    },
    Mistake(
        "Where the division leaves a remainder, you are one layer short. Round up.",
        up=np.floor,
    ),
    Mistake(
        "You divide `size` and round down. Take the value's own pixel off, and round up.",
        up=np.floor,
        first=0,
    ),
    Mistake("You round to the nearest number, which may be too few. Round up.", up=np.round),
    Mistake("There is no part of a layer. Round up.", up=as_is),
    Mistake(
        "Each layer after the first adds `kernel_size - 1`: they overlap.",
        {"step": as_is},
        lambda size, kernel_size: np.ceil(size / kernel_size),
        lambda size, kernel_size: size // kernel_size,
    ),
    Mistake(
        "A kernel reaches to both sides: a layer adds `kernel_size - 1`, and not half of it.",
        step=lambda k: k // 2,
    ),
    Mistake(
        "A size below the kernel's takes a layer, too; one pixel alone takes none.",
        lambda size, kernel_size: _layers_to_see(size, kernel_size) if size >= kernel_size else 0,
        lambda size, kernel_size: _layers_to_see(size, kernel_size) if size > 2 else 0,
    ),
    Mistake(
        "A size below the kernel's takes one layer, and you take more. Is there an `abs`?",
        lambda size, kernel_size: (
            1 + np.ceil(abs(size - kernel_size) / (kernel_size - 1)) if size > 1 else 0
        ),
    ),
    Mistake(
        "Where `size` pixels are seen exactly, you take a layer more. The value itself is one "
        "pixel: round up the layers for the other size - 1.",
        first=0,
    ),
    Mistake(
        "Your first layer is missing in the count.",
        lambda size, kernel_size: max(_layers_to_see(size, kernel_size) - 1, 0),
        lambda size, kernel_size: _layers_to_see(size, kernel_size) - 1,
    ),
    Mistake(
        "To see one pixel takes no layer.",
        lambda size, kernel_size: max(_layers_to_see(size, kernel_size), 1),
    ),
    Mistake(
        "The field grows by addition here. It doubles only where a layer shrinks the map.",
        lambda size, kernel_size: np.ceil(np.log(size) / np.log(kernel_size)),
        lambda size, kernel_size: np.ceil(np.log2(size)),
    ),
    praise="It grows by a constant with each layer. Pooling makes it grow faster.",
)


def _holm_corrected(
    p,
    *,
    times=lambda m: np.arange(m, 0, -1),
    grow=np.maximum.accumulate,
    most=1.0,
    along=as_is,
    back=as_is,
):
    order = np.argsort(along(p), kind="stable")
    grown = np.minimum(grow(p[order] * times(len(p))), most)
    corrected = np.empty(len(p))
    corrected[back(order)] = grown
    return corrected


def _equal_as_one(p):
    values, places = np.unique(p, return_inverse=True)
    return np.minimum(np.maximum.accumulate(values * (len(p) - np.arange(len(values)))), 1)[places]


holm_corrected = Exercise(
    _holm_corrected,
    lambda rng: {
        "the three of the lesson": (np.array([0.03, 0.01, 0.04]),),
        "above 1": (np.array([0.6, 0.02, 0.9, 0.4]),),
        "one": (np.array([0.03]),),
        "each the same": (np.array([0.02, 0.02, 0.02]),),
        "two the same, and a larger one": (np.array([0.05, 0.02, 0.02]),),
        "already in order": (np.array([0.001, 0.01, 0.02, 0.3]),),
        "a tiny one": (np.array([0.02, 0.00001, 0.3]),),
        "many": (np.round(rng.uniform(0.001, 0.3, 8), 4),),
        "none of them": (np.array([0.9, 0.001, 0.04, 0.045, 0.9]),),
    },
    Mistake("They come back sorted. Put each where it came from.", back=np.sort),
    Mistake(
        "`sorted_result[order]` sorts a second time. Back it goes by `result[order] = ...`.",
        back=np.argsort,
    ),
    Mistake("One lies below another with a smaller p: none may.", grow=as_is),
    Mistake(
        "You compare with the product before. It is the maximum of all so far.",
        grow=lambda x: np.maximum(x, np.append(0, x[:-1])),
    ),
    Mistake(
        "You take the maximum so far in the order in which they came, and not in that of the p.",
        lambda p: np.maximum.accumulate(_holm_corrected(p, grow=as_is)),
    ),
    Mistake(
        "You count equal p as one. Each of them is a difference of its own.",
        _equal_as_one,
    ),
    Mistake(
        "`np.argsort(p)` says which p comes n-th, and not the rank of each.",
        lambda p: np.minimum(p * (len(p) - np.argsort(p)), 1),
        lambda p: _holm_corrected(p, times=lambda m: m - np.argsort(p)[np.argsort(p)]),
    ),
    Mistake("Some lie above 1.", most=np.inf),
    Mistake(
        "You multiply each by their number: that is Bonferroni, which tells less.",
        times=lambda m: m,
    ),
    Mistake(
        "You begin with m - 1. The smallest is multiplied by m.", times=lambda m: np.arange(m)[::-1]
    ),
    Mistake("The smallest p gets the largest factor, m.", times=lambda m: np.arange(1, m + 1)),
    Mistake(
        "You multiply without sorting.",
        lambda p: np.minimum(p * np.arange(len(p), 0, -1), 1),
        lambda p: np.minimum(np.maximum.accumulate(p * np.arange(len(p), 0, -1)), 1),
    ),
    Mistake("You begin with the largest p. Sort them from the smallest up.", along=np.negative),
    Mistake(
        "None may come out below one before it: the *maximum* so far, from the smallest p up.",
        {"grow": np.minimum.accumulate},
        {"grow": lambda x: np.minimum.accumulate(x[::-1])[::-1]},
    ),
    Mistake(
        "You divide by the rank: this is the rate of false discoveries, another promise.",
        lambda p: _holm_corrected(
            p,
            times=lambda m: m / np.arange(1, m + 1),
            grow=lambda x: np.minimum.accumulate(x[::-1])[::-1],
        ),
    ),
    Mistake("This says which hold. Return the corrected p.", lambda p: _holm_corrected(p) < 0.05),
    praise="Now one lucky p among many no longer looks like a discovery.",
)


def _within_budget(accuracies, seconds, budget, *, allowed=np.less_equal, slow=-1.0, none=-1):
    affordable = allowed(seconds, budget)
    return int(np.argmax(np.where(affordable, accuracies, slow))) if affordable.any() else none


def _from_the_first(accuracies, seconds, budget):
    """Search from network 0 on, as if it could always be paid for."""
    return _within_budget(accuracies, np.append(0, seconds[1:]), budget)


def _or_none(found):
    """Make a function of what is `found`, which may be too slow, one that returns -1 then."""
    return lambda a, s, budget: i if s[i := int(found(a, s, budget))] <= budget else -1


def _unless_false(accuracies, seconds, budget):
    """Search for the best, and take index 0 for none so far."""
    best = None
    for i, took in enumerate(seconds):
        if took <= budget and (not best or accuracies[i] > accuracies[best]):
            best = i
    return -1 if best is None else best


within_budget = Exercise(
    _within_budget,
    lambda rng: {
        "the best is too slow": (np.array([0.6, 0.8, 0.7]), np.array([10.0, 60.4, 40]), 60.0),
        "exactly the budget": (np.array([0.5, 0.7, 0.6]), np.array([20.0, 30, 15]), 30.0),
        "all can be paid for": (
            *(np.array([0.31, 0.88, 0.64, 0.71]), np.array([5.0, 2, 8, 4]), 100.0),
        ),
        "none can": (np.array([0.7, 0.8, 0.9]), np.array([30.0, 40, 50]), 20.0),
        "the first is the best": (np.array([0.9, 0.5, 0.7]), np.array([10.0, 20, 30]), 60.0),
        "the best two are too slow": (np.array([0.6, 0.9, 0.8]), np.array([10.0, 70, 80]), 60.0),
        "exactly the budget, which is no whole number": (
            *(np.array([0.9, 0.7]), np.array([80.0, 20.6]), 20.6),
        ),
        "a fraction too slow": (np.array([0.6, 0.8]), np.array([10.0, 60.7]), 60.0),
        "two take as long": (np.array([0.6, 0.9, 0.7]), np.array([20.0, 80, 20]), 60.0),
        "two take as long, the first is better": (
            *(np.array([0.6, 0.9, 0.5]), np.array([20.0, 80, 20]), 60.0),
        ),
        "hardly better": (np.array([0.7012, 0.7014]), np.array([10.0, 20]), 60.0),
        "the first is too slow, and good": (
            *(np.array([0.8, 0.5, 0.2]), np.array([70.0, 10, 80]), 60.0),
        ),
        "the quickest is the worst": (np.array([0.4, 0.6, 0.9]), np.array([1.0, 4, 30]), 10.0),
        "the slowest of the affordable is not the best": (
            np.array([0.72, 0.81, 0.77, 0.95]),
            np.array([10.0, 55, 58, 80]),
            60.0,
        ),
        "a little better for much more time": (
            *(np.array([0.1, 0.6, 0.7]), np.array([1.0, 4, 40]), 50.0),
        ),
        "the first is too slow": (np.array([0.9, 0.3]), np.array([30.0, 1]), 5.0),
        "a useless one": (np.array([0.0, 0.9]), np.array([1.0, 30]), 5.0),
        "a useless one comes last": (np.array([1.0, 0.0]), np.array([30.0, 1]), 5.0),
        "many": (rng.permutation(9) / 10, np.round(rng.uniform(1, 99, 9), 1), 50.0),
    },
    Mistake("What takes exactly the budget can be paid for.", allowed=np.less),
    Mistake(
        "Compare the seconds as they are: nothing rounded, nothing added.",
        {"allowed": lambda seconds, budget: np.round(seconds) <= np.round(budget)},
        {"allowed": lambda seconds, budget: np.round(seconds) <= budget},
        {"allowed": lambda seconds, budget: seconds <= budget + 0.5},
    ),
    Mistake(
        "You forget the budget.", lambda accuracies, seconds, budget: int(np.argmax(accuracies))
    ),
    Mistake(
        "Where none can be paid for, return -1.",
        {"none": 0},
        lambda a, s, budget: _within_budget(a, s, budget, none=a.argmax()),
        lambda a, s, budget: _within_budget(a, s, budget, none=len(a) - 1),
    ),
    Mistake(
        "The best of all may be too slow. Then take the best of the others.",
        _or_none(lambda a, s, budget: a.argmax()),
    ),
    Mistake(
        "Index 0 gets lost. Does your loop begin at 1, or does an `if` take 0 for false?",
        _unless_false,
        lambda *case: _unless_false(*case) or -1,
        lambda *case: _within_budget(*case) or -1,
    ),
    Mistake(
        "You take the quickest. Of those in the budget, take the most accurate.",
        lambda accuracies, seconds, budget: _within_budget(1 / seconds, seconds, budget),
    ),
    Mistake(
        "You take the first or the last that can be paid for. Take the most accurate of them.",
        *(
            lambda accuracies, seconds, budget, end=end: (
                np.flatnonzero(seconds <= budget)[end] if (seconds <= budget).any() else -1
            )
            for end in (0, -1)
        ),
    ),
    Mistake(
        "You count networks from 1. The index of the first is 0.",
        lambda *case: max(_within_budget(*case) + 1, 0) or -1,
    ),
    Mistake(
        "What is too slow must lose even to an accuracy of 0: take -1 for it; or, in a loop, "
        "begin below 0.",
        lambda a, s, budget: _within_budget(a, s, budget, slow=a.min()),
        lambda a, s, budget: (a - (s > budget)).argmax() if min(s) <= budget else -1,
        lambda accuracies, seconds, budget: (
            (accuracies * (seconds <= budget)).argmax()
            if (accuracies * (seconds <= budget)).any()
            else -1
        ),
        {"slow": 0.0},
    ),
    Mistake(
        "Your search begins with network 0, even where it is too slow.",
        lambda *case: _from_the_first(*case) if min(case[1]) <= case[2] else -1,
        _from_the_first,
        _or_none(_from_the_first),
    ),
    Mistake(
        "You take the slowest that can be paid for. More time is not more accuracy.",
        lambda accuracies, seconds, budget: _within_budget(seconds / 1e6, seconds, budget),
    ),
    Mistake(
        "You take the most accurate for a second. Asked is the most accurate in the budget.",
        lambda accuracies, seconds, budget: _within_budget(accuracies / seconds, seconds, budget),
    ),
    Mistake(
        "This is the accuracy. Return the index.",
        lambda accuracies, seconds, budget: (
            accuracies[seconds <= budget].max() if (seconds <= budget).any() else -1
        ),
    ),
    Mistake(
        "Your index counts the affordable ones only. It should count all networks.",
        lambda accuracies, seconds, budget: (
            int(np.argmax(accuracies[seconds <= budget])) if (seconds <= budget).any() else -1
        ),
    ),
    praise="The budget first, then the accuracy.",
)


_WRONG = np.log(2)  # what a wrong answer costs at least


def _least_accuracy(loss, *, cost=_WRONG, least=lambda share: np.maximum(share, 0)):
    return least(1 - loss / cost)


least_accuracy = Exercise(
    _least_accuracy,
    lambda rng: {
        "the report's loss": (0.1348,),
        "none at all": (0.0,),
        "as with two equal chances": (float(np.log(2)),),
        "chance with ten classes": (float(np.log(10)),),
        "just below 1": (0.98,),
        "any loss": (round(float(rng.uniform(0.2, 0.6)), 3),),
    },
    Mistake(
        "No accuracy is below 0: where all answers may be wrong, the lowest is 0.",
        {"least": as_is},
        {"least": np.abs},
        lambda loss: 1 - loss / np.log(2) if loss <= 1 else 0,
    ),
    Mistake(
        "This is the share that may be wrong. Asked is the share that is right.",
        lambda loss: min(loss / np.log(2), 1),
        lambda loss: loss / np.log(2),
    ),
    Mistake("A wrong answer costs at least the natural logarithm of 2, and not 1.", cost=1.0),
    Mistake("A wrong answer costs minus the logarithm of one half, and not one half.", cost=0.5),
    Mistake(
        "A wrong answer leaves up to one half to the true class, not a tenth.", cost=np.log(10)
    ),
    Mistake("This is the logarithm to base 10. Losses are natural ones.", cost=np.log10(2)),
    Mistake("You multiply with what a wrong answer costs. Divide by it.", cost=1 / np.log(2)),
    Mistake("The logarithm of one half is below 0: take its sign off.", cost=np.log(0.5)),
    Mistake(
        "This would be the probability of the true class, were it the same for all images. Asked "
        "is how many must be right.",
        lambda loss: np.exp(-loss),
    ),
    praise="A printed accuracy below this cannot stand beside the loss.",
)
