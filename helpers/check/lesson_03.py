"""The exercises of lesson 03: shapes and parameters."""

import operator
from math import ceil, floor, sqrt

import numpy as np

from helpers.check.exercise import Exercise, Mistake


def _output_size(n, k, p, s, *, divide=operator.floordiv, before=0, after=1):
    return divide(n + 2 * p - k + before, s) + after


output_size = Exercise(
    _output_size,
    lambda rng: {
        "half a step left at the end": (28, 3, 0, 2),
        "half a step left after an even number of steps": (30, 3, 0, 2),
        "a kernel of 1 in wide padding": (6, 1, 3, 1),
        "padding and strides": (13, 3, 1, 2),
        "an output larger than the input": (5, 2, 3, 1),
        "strides longer than the kernel": (10, 2, 1, 6),
        "a kernel as large as the input": (7, 7, 0, 3),
        "any sizes": tuple(map(int, rng.integers([20, 1, 0, 1], [60, 9, 5, 6]))),
    },
    Mistake("The floor is lost: a kernel has to fit whole.", divide=operator.truediv),
    Mistake(
        "You round up, or to the nearest. A kernel that does not fit whole gives no output.",
        {"divide": lambda way, s: -(-way // s)},
        {"divide": lambda way, s: round(way / s)},
        {"divide": lambda way, s: round(way / s + 1) - 1},
        {"divide": lambda way, s: floor(way / s + 0.5)},
    ),
    Mistake("The + 1 is missing: the first place counts as well.", after=0),
    Mistake("The + 1 belongs behind the division.", before=1, after=0),
    Mistake("Only k is divided: ( ) are missing.", lambda n, k, p, s: n + 2 * p - k // s + 1),
    praise="As many places as the kernel fits whole.",
    asked="output_size_of",
)


def _kernel_size(size_in, size_out, p, *, one=1):
    return size_in + 2 * p - size_out + one


kernel_size = Exercise(
    _kernel_size,
    lambda rng: {
        "a large image": (512, 504, 0),
        "the same size": (32, 32, 2),
        "an even kernel": (100, 99, 1),
        "an output larger than the input": (20, 23, 4),
        "a kernel of 1": (9, 13, 2),
        "any sizes": tuple(map(int, rng.integers([30, 10, 1], [60, 30, 6]))),
    },
    Mistake("The + 1 is missing: a kernel of 1 keeps the size.", one=0),
    Mistake(
        "This is half of it: the image loses (k - 1) / 2 on each of two sides.",
        lambda size_in, size_out, p: (size_in + 2 * p - size_out) / 2 + 1,
    ),
    praise="The size formula, solved for the kernel.",
    asked="kernel_size_of",
)


def _count_network(
    size,
    channels,
    filters,
    *,
    conv_bias=True,
    dense_bias=lambda inputs: 10,
    lost=2,
    halve=lambda places: places // 2,
    dense_works=True,
    at=lambda size, places: places,
    times=1,
    window=9,
    power=2,
    maps=True,
):
    places = size - lost
    inputs = halve(places) ** power * (filters if maps else 1)
    convolution, dense = window * channels * filters, inputs * 10
    params = convolution + conv_bias * filters + dense + dense_bias(inputs)
    return params, times * (convolution * at(size, places) ** 2 + dense_works * dense)


count_network = Exercise(
    _count_network,
    lambda rng: {
        "a digit": (28, 1, 8),
        "a colour image": (32, 3, 16),
        "an odd map": (13, 2, 5),
        "any sizes": tuple(map(int, rng.integers([9, 2, 3], [40, 9, 12]))),
    },
    Mistake(
        "The biases of the convolution are missing: one for each filter.",
        {"conv_bias": False},
        {"conv_bias": False, "dense_bias": lambda inputs: 0},
    ),
    Mistake("The biases of the dense layer are missing: one a unit.", dense_bias=lambda inputs: 0),
    Mistake(
        "A dense layer has one bias for each of its units, not for each input.",
        dense_bias=lambda inputs: inputs,
    ),
    Mistake("Without padding a kernel of 3 takes 2 places from the size.", lost=0),
    Mistake("You take one place from the size. A kernel of 3 takes 2.", lost=1),
    Mistake("The pooling is missing: it halves the map.", halve=lambda places: places),
    Mistake("An odd map loses its last row: round down.", halve=lambda places: places / 2),
    Mistake("The pooling rounds down. You round up.", halve=lambda places: -(-places // 2)),
    Mistake("The multiply-adds of the dense layer are missing.", dense_works=False),
    Mistake(
        "Each weight works at every place of the *output*, not of the input.",
        at=lambda size, places: size,
    ),
    Mistake(
        "The multiply-adds are the weights. Those of the convolution work at every place.",
        at=lambda size, places: 1,
    ),
    Mistake(
        "Biases are parameters, but no multiply-adds.",
        *(
            lambda n, c, f, dense=dense: np.add(
                _count_network(n, c, f), (0, f * (n - 2) ** 2 + dense)
            )
            for dense in (0, 10)
        ),
    ),
    Mistake("A multiply-add is one operation. You count two.", times=2),
    Mistake("A window of 3 × 3 has 9 weights for each channel.", window=3),
    Mistake("The pooled map has rows and columns. You count one of the two.", power=1),
    Mistake("Flatten joins the maps of all filters. You count one map.", maps=False),
    praise="The convolution does most of the work, and the dense layer has most of the weights.",
)


def _most_filters(
    budget, *, bias=1, inputs=98, second=2, fits=operator.le, more=0, channels=lambda f: f
):
    def params(f):
        convolutions = (9 + bias) * f + (9 * channels(f) + bias) * second * f
        return convolutions + inputs * f * 10 + 10 * bias

    f = 1
    while fits(params(f + 1), budget):
        f += 1
    return f + more


def _filters(budget):
    """Return the f of exactly `budget` parameters, 18 f² + 992 f + 10, with its fraction."""
    return (sqrt(992**2 + 72 * (budget - 10)) - 992) / 36


most_filters = Exercise(
    _most_filters,
    lambda rng: {
        "just enough for one filter": (1020,),
        "a budget that is met exactly": (11_730,),
        "one parameter less than that": (11_729,),
        "a large budget": (100_000,),
        "ten more than forty filters need": (68_500,),
        "just too little without biases": (2_065,),
        "any budget": (int(rng.integers(20_000, 60_000)),),
    },
    Mistake("This is the first that no longer fits. Take one filter less.", more=1),
    Mistake(
        "Exactly `budget` is allowed as well: at most, not less.",
        {"fits": operator.lt},
        lambda budget: ceil(_filters(budget)) - 1,
    ),
    Mistake("Biases are missing. Count one a filter and one a unit.", bias=0),
    Mistake(
        "Two poolings leave 7 × 7 places. Your dense layer has other inputs.",
        {"inputs": 14 * 14 * 2},
        {"inputs": 28 * 28 * 2},
        {"inputs": 6 * 6 * 2},
        {"inputs": 7 * 7},
        {"inputs": 2},
    ),
    Mistake(
        "The second convolution has 2f filters, not f.", {"second": 1}, {"second": 1, "inputs": 49}
    ),
    Mistake(
        "A filter of the second convolution has 9 weights for each of the f channels in.",
        {"channels": lambda f: 1},
        {"channels": lambda f: 1, "second": 1},
        {"channels": lambda f: 2 * f},
    ),
    Mistake("The dense layer is missing: it has most of the parameters.", inputs=0),
    Mistake(
        "Round down: the network has to fit. You take the nearest, or the first that reaches it.",
        lambda budget: round(_filters(budget)),
        lambda budget: ceil(_filters(budget)),
    ),
    Mistake(
        "Asked is the number of filters. You return the parameters.",
        lambda budget: 18 * (f := _most_filters(budget)) ** 2 + 992 * f + 10,
    ),
    praise="A bound on the parameters is a bound on the filters.",
)


def _receptive_field(layers, *, field=1, own=lambda strides: 1, grow=1, longer=operator.mul):
    step = 1
    for kernel_size, strides in layers:
        field += (kernel_size - grow) * step * own(strides)
        step = longer(step, strides)
    return field


receptive_field = Exercise(
    _receptive_field,
    lambda rng: {
        "strides in the middle": ([(3, 1), (3, 2), (5, 1)],),
        "strides first and last": ([(5, 2), (2, 2), (3, 1), (3, 3)],),
        "one layer": ([(7, 2)],),
        "a kernel of 1": ([(4, 3), (1, 2), (2, 1)],),
        "any layers": ([tuple(map(int, rng.integers(1, 5, 2))) for _ in range(4)],),
    },
    Mistake("A layer's strides do not act on itself, but on those after it.", own=int),
    Mistake(
        "The strides of all layers below multiply: steps of 2 in steps of 3 are steps of 6.",
        {"longer": operator.add},
        {"longer": lambda step, strides: strides},
        lambda layers: 1 + sum((size - 1) * strides for size, strides in layers),
    ),
    Mistake("The strides are missing.", lambda layers: 1 + sum(size - 1 for size, _ in layers)),
    Mistake("Each layer adds kernel size - 1 steps. You add the whole kernel.", grow=0),
    Mistake("The first pixel is missing: without any layer a value sees itself.", field=0),
    Mistake(
        "Your formula meets the layers in the wrong order: (field - 1) · strides + kernel size "
        "goes from the last to the first; adding steps goes from the first to the last.",
        lambda layers: _receptive_field(layers[::-1]),
    ),
    Mistake("You add up the kernels.", lambda layers: sum(size for size, _ in layers)),
    praise="Each layer adds to the field; its strides lengthen the steps of those above.",
    asked="receptive_field_of",
)
