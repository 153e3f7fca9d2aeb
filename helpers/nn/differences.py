"""The gradient check: what `backward` says against central differences."""

import copy
from typing import NamedTuple

import numpy as np

from helpers._validate import broken, integer
from helpers._validate import seed as checked_seed
from helpers.nn.losses import softmax_cross_entropy


class GradientCheck(NamedTuple):
    """The entry where backward and differences are furthest apart, relative to the larger."""

    name: str
    index: tuple
    backward: float
    difference: float
    error: float
    checked: int
    kinks: int  # of the checked: no slope to compare with

    @property
    def right(self):
        """Whether the error is at most 1e-6, and not everything checked is on a kink."""
        return self.error <= 1e-6 and self.kinks < self.checked

    def __str__(self):
        verdict, index = "right" if self.right else "WRONG", ", ".join(map(str, self.index))
        return (
            f"{verdict}: {self.checked} entries, {self.kinks} on kinks; furthest apart at "
            f"{self.name}[{index}]:\nbackward {self.backward:.6g}, "
            f"differences {self.difference:.6g}, relative error {self.error:.1e}"
        )


def gradient_check(model, x, y=None, *, loss=softmax_cross_entropy, entries=50, seed=0):
    """Hold `backward` of a layer or a network, in training, against central differences.

    The loss of a layer, or where there is no y, is Σ outputs · r with random numbers r. Up to
    `entries` of each parameter, and of x for a layer, are checked by `compare_gradients`.
    """
    x, rng = np.array(x, float), np.random.default_rng(seed)
    if model.input_shape is None:
        model.forward(x)
    trial = copy.deepcopy(model)  # dropout draws the same mask in every copy
    outputs = trial.forward(x, training=True)
    if outputs.dtype != np.float64:
        raise broken("dtype", "float64, for differences need its digits", str(outputs.dtype))
    r = rng.normal(size=outputs.shape)
    judge = loss if y is not None else lambda outputs, y: (float(np.sum(outputs * r)), r)
    dx = trial.backward(judge(outputs, y)[1])
    arrays, gradients = model.parameters, trial.gradients
    if dx is not None:
        arrays, gradients = arrays | {"x": x}, gradients | {"x": dx}

    def again(**_):  # it is the arrays of the model itself, and x, that move
        return judge(copy.deepcopy(model).forward(x, training=True), y)[0]

    return compare_gradients(again, arrays, gradients, entries=entries, seed=seed)


def compare_gradients(function, arrays, gradients, *, entries=50, seed=0):
    """Hold the gradients of `function(**arrays)`, dicts of arrays, against central differences.

    A kink that an entry's step crosses is left behind by a step a tenth as long, or, if it is
    nearer still, by the slope to the other side; where the entry is on a kink, the slopes to its
    two sides stay apart, and any gradient between them is one.

    >>> w = np.array([3.0, 0.0])
    >>> print(compare_gradients(lambda w: w @ w, {"w": w}, {"w": w}))
    WRONG: 2 entries, 0 on kinks; furthest apart at w[0]:
    backward 3, differences 6, relative error 5.0e-01
    """
    rng, found, kinks = np.random.default_rng(checked_seed("seed", seed)), [], 0
    for name, gradient in gradients.items():
        shape = arrays[name].shape
        if arrays[name].dtype != np.float64 or np.shape(gradient) != shape:
            raise broken(f"gradient of {name}", f"float64 {shape}", np.shape(gradient))
        for place in rng.permutation(arrays[name].size)[: integer("entries", entries)]:
            index = tuple(map(int, np.unravel_index(place, shape)))
            entry = _compare(function, arrays, name, index, float(gradient[index]))
            found.append((name, index, *entry[:3]))
            kinks += entry[3]
    worst = max(found, key=lambda it: np.nan_to_num(it[-1], nan=np.inf))
    return GradientCheck(*worst, len(found), kinks)


def _compare(function, arrays, name, index, gradient):
    """Return gradient, difference and relative error of an entry, and whether it is on a kink."""
    array, value = arrays[name], arrays[name][index]

    def at(move):
        array[index] = value + move
        result = float(function(**arrays))
        array[index] = value
        return result

    def error(slope):
        return abs(gradient - slope) / max(abs(gradient), abs(slope), 1e-4, 1e-4 * abs(here))

    here, tried, jumps = at(0), [], []
    for step in (1e-4, 1e-5):
        left, right = (here - at(-step)) / step, (at(step) - here) / step
        tried.append((left + right) / 2)
        jumps.append(abs(right - left))
    if min(map(error, tried)) > 1e-6:
        between = abs(gradient - tried[1]) <= jumps[1] / 2 + 1e-6 * max(abs(left), abs(right))
        if jumps[1] > jumps[0] / 2 and between:
            return gradient, tried[-1], 0.0, True
        # a kink nearer than the step spoils one side: the other, by three points, is as exact
        tried += [(4 * at(h) - at(2 * h) - 3 * here) / (2 * h) for h in (-step / 4, step / 4)]
    best = min(tried, key=error)
    return gradient, best, error(best), False
