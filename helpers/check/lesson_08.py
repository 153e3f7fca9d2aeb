"""The exercises of lesson 08: shift invariance."""

from math import prod

import numpy as np

from helpers import shapes
from helpers.check.exercise import Exercise, integers


def _moved(x, right):
    return np.concatenate([np.zeros(right, x.dtype), x])[: len(x)]


moved = Exercise(
    call="moved(x, right)",
    right=_moved,
    cases=lambda rng: [
        (integers(rng, n, 1), right) for n, right in ((6, 1), (5, 3), (4, 0), (3, 5))
    ],
    mistakes={
        "What leaves on the right comes in on the left with you. Zeros should come in.": np.roll,
        "This moves to the left. The first number should come to place `right`.": (
            lambda x, right: np.concatenate([x[right:], np.zeros(right)])
        ),
        "Zeros come in, but nothing leaves. Keep the first `len(x)` numbers.": (
            lambda x, right: np.concatenate([np.zeros(right), x])
        ),
        "The first number is repeated. Zeros should come in.": (
            lambda x, right: np.concatenate([np.repeat(x[:1], right), x[: len(x) - right]])
        ),
        "For a move by 0 the result is empty: `x[:-0]` is `x[:0]`. Put the zeros in front, then "
        "keep the first `len(x)` numbers.": (
            lambda x, right: np.concatenate([np.zeros(right, x.dtype), x[:-right]])
        ),
        "For a move further than the row is long, your slice counts from the other end. Put the "
        "zeros in front, then keep the first `len(x)` numbers.": (
            lambda x, right: np.concatenate([np.zeros(right, x.dtype), x[: len(x) - right]])
        ),
        "This moves to the left, and round. The first number should come to place `right`.": (
            lambda x, right: np.roll(x, -right)
        ),
    },
    praise="What leaves on the right is lost, and zeros come in on the left.",
)

pooled = Exercise(
    call="pooled(x)",
    right=lambda x: x[: len(x) // 2 * 2].reshape(-1, 2).max(axis=1),
    # Falling runs below zero, so that no other choice from a window is right by chance.
    cases=lambda rng: [
        (np.array([0, 3, 2, 1, -2, -5, 4, 4]),),
        (np.array([7, -1, -4, -3, 6]),),
        (integers(rng, 12),),
    ],
    mistakes={
        "This is the mean of each window. Max-pooling keeps the largest.": (
            lambda x: x[: len(x) // 2 * 2].reshape(-1, 2).mean(axis=1)
        ),
        "Your windows overlap. They move on by two: strides are the pool size.": (
            lambda x: np.maximum(x[:-1], x[1:])
        ),
        "You keep the first of each window, as strides do. Max-pooling keeps the largest.": (
            lambda x: x[: len(x) // 2 * 2 : 2]
        ),
        "A window without a second number gives no output.": (
            lambda x: np.array([x[start : start + 2].max() for start in range(0, len(x), 2)])
        ),
        "You keep the second of each window. Max-pooling keeps the largest.": (
            lambda x: x[1 : len(x) // 2 * 2 : 2]
        ),
        "You keep the smallest of each window. Max-pooling keeps the largest.": (
            lambda x: x[: len(x) // 2 * 2].reshape(-1, 2).min(axis=1)
        ),
        "You pair the first half with the second. Neighbours make a window: `reshape(-1, 2)`.": (
            lambda x: x[: len(x) // 2 * 2].reshape(2, -1).max(axis=0)
        ),
        "This is the largest of all. Return the largest of each window.": lambda x: x.max(),
        "Two negative numbers give 0 with you. Their maximum is negative.": (
            lambda x: np.maximum(x[: len(x) // 2 * 2].reshape(-1, 2).max(axis=1), 0)
        ),
    },
    praise="One number a window, and within the window it does not matter where it stood.",
)

total_stride = Exercise(
    call="total_stride(layers)",
    right=lambda layers: prod(strides for _, strides in layers),
    cases=lambda rng: [
        ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1), (2, 2)],),
        ([(4, 2), (3, 2), (3, 1)],),
        ([(5, 1)],),
        ([(3, 3), (2, 2), (3, 1)],),
    ],
    mistakes={
        "You add the strides. One step of a later layer is as many as its strides steps of the "
        "layer before: multiply.": lambda layers: sum(strides for _, strides in layers),
        "These are the kernel sizes. How far a kernel sees does not matter here, only how far it "
        "steps.": lambda layers: prod(kernel_size for kernel_size, _ in layers),
        "This is the receptive field: what one value sees. Asked is how far its neighbour is.": (
            shapes.receptive_field
        ),
        "You count the largest strides only. Each layer multiplies.": (
            lambda layers: max(strides for _, strides in layers)
        ),
        "You count the last layer only. Each layer multiplies.": lambda layers: layers[-1][1],
        "You count the first layer only. Each layer multiplies.": lambda layers: layers[0][1],
        "You count two for every layer. Only strides of two are two.": (
            lambda layers: 2 ** len(layers)
        ),
        "You count two for each layer with strides. Strides of three are three.": (
            lambda layers: 2 ** sum(strides > 1 for _, strides in layers)
        ),
    },
    praise="Move the input by so many pixels, and the last map moves by one.",
)

global_average = Exercise(
    call="global_average(maps)",
    right=lambda maps: maps.mean(axis=(1, 2)),
    cases=lambda rng: [(rng.normal(size=shape),) for shape in ((2, 3, 4, 5), (3, 4, 2, 2))],
    mistakes={
        "You average the channels as well. Each channel keeps its own number.": (
            lambda maps: maps.mean(axis=(1, 2, 3))
        ),
        "You average over the images. Each image keeps its own numbers.": (
            lambda maps: maps.mean(axis=(0, 1, 2))
        ),
        "You average over the channels, and the places are still there. It is the places that "
        "have to go.": lambda maps: maps.mean(axis=3),
        "You average over the rows, and the columns are still there. Average over both.": (
            lambda maps: maps.mean(axis=1)
        ),
        "You average over the columns, and the rows are still there. Average over both.": (
            lambda maps: maps.mean(axis=2)
        ),
        "This is the largest value, global max-pooling. It forgets the place too; asked is the "
        "mean.": lambda maps: maps.max(axis=(1, 2)),
        "The axes are averaged, and still there. Leave out `keepdims`.": (
            lambda maps: maps.mean(axis=(1, 2), keepdims=True)
        ),
        "You average over columns and channels. The places are rows and columns, axes 1 and 2.": (
            lambda maps: maps.mean(axis=(2, 3))
        ),
        "These are sums. Divide by the number of places.": lambda maps: maps.sum(axis=(1, 2)),
    },
    praise="Whatever stood somewhere counts the same as if it stood elsewhere.",
)
