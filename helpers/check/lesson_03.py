"""The exercises of lesson 03: shapes and parameters."""

import operator
from math import floor, prod

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


def _conv_params(kh, kw, c_in, filters):
    return (kh * kw * c_in + 1) * filters


conv_params = Exercise(
    _conv_params,
    lambda rng: {
        "a colour image": (5, 5, 3, 16),
        "many channels": (3, 3, 32, 64),
        "a kernel that is not square": (1, 7, 12, 5),
        "one channel": (4, 4, 1, 16),
        "any sizes": tuple(map(int, rng.integers(2, 12, 4))),
    },
    Mistake("The biases are missing: one for each filter.", lambda *sizes: prod(sizes)),
    Mistake("You count one bias in all. Each filter has one.", lambda *sizes: prod(sizes) + 1),
    Mistake(
        "You count a bias for each input channel. A filter has one, and there are `filters`.",
        lambda kh, kw, c_in, filters: (kh * kw + 1) * c_in * filters,
        lambda kh, kw, c_in, filters: kh * kw * c_in * filters + c_in,
    ),
    praise="Weights for every position, channel and filter, and one bias a filter.",
    asked="params_of",
)


def _conv_macs(h_out, w_out, kh, kw, c_in, filters):
    return prod((h_out, w_out, kh, kw, c_in, filters))


conv_macs = Exercise(
    _conv_macs,
    lambda rng: {
        "an image": (32, 30, 3, 3, 16, 24),
        "a kernel that is not square": (8, 9, 5, 4, 3, 10),
        "one channel": (13, 13, 4, 4, 1, 16),
        "any sizes": tuple(map(int, rng.integers(2, 12, 6))),
    },
    Mistake(
        "These are the weights. Each of them works once for every output position.",
        lambda h, w, *sizes: prod(sizes),
        lambda h, w, *sizes: _conv_params(*sizes),
    ),
    Mistake("A multiply-add is one operation. You count two.", lambda *sizes: 2 * prod(sizes)),
    Mistake(
        "These are the output values. Each costs a multiply-add for every weight of its filter.",
        lambda h, w, kh, kw, c_in, filters: h * w * filters,
    ),
    praise="One multiply-add for every weight at every output position.",
    asked="macs_of",
)


def _receptive_field(layers, *, field=1, own=lambda strides: 1, grow=1):
    step = 1
    for kernel_size, strides in layers:
        field += (kernel_size - grow) * step * own(strides)
        step *= strides
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
