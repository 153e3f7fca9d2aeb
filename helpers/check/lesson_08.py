"""The exercises of lesson 08: shift invariance."""

from math import prod

import numpy as np

from helpers import shapes
from helpers.check.exercise import Exercise, Mistake, fractions, whole


def _moved(x, right):
    return np.concatenate([np.zeros(right), x])[: len(x)]


def _behind(front):
    """The mistake of putting front(x, right) before the rest of x, which is cut in three ways."""
    return [
        lambda x, right: np.concatenate([front(x, right), x])[: len(x)],
        lambda x, right: np.concatenate([front(x, right), x[: len(x) - right]]),
        lambda x, right: np.concatenate([front(x, right), x[:-right]]),
    ]


_, _LATER, _NONE = _behind(lambda x, right: np.zeros(right))

moved = Exercise(
    _moved,
    lambda rng: {
        "one place": (whole(rng, 6, 1), 1),
        "three places": (whole(rng, 5, -9, 0), 3),
        "no place": (whole(rng, 4, 1), 0),
        "a shift beyond the end": (whole(rng, 3, 1), 5),
        "a shift by the whole length": (whole(rng, 4, 1), 4),
        "fractions": (fractions(rng, 6), 2),
        "a long row": (fractions(rng, int(rng.integers(7, 12))), int(rng.integers(1, 6))),
    },
    Mistake("What leaves on the right comes in on the left. Zeros should come in.", np.roll),
    Mistake(
        "This moves to the left. The first number should come to place `right`.",
        lambda x, right: np.concatenate([x[right:], np.zeros(right)])[: len(x)],
        lambda x, right: np.concatenate([x[right:], np.zeros(right)]),
        lambda x, right: np.roll(x, -right),
    ),
    Mistake("Zeros come in, but nothing leaves.", lambda x, right: np.pad(x, (right, 0))),
    Mistake(
        "The number at the edge is repeated. Zeros should come in.",
        *_behind(lambda x, right: np.repeat(x[:1], right)),
    ),
    Mistake("For a move by 0 the result is empty: `x[:-0]` is `x[:0]`.", _NONE),
    Mistake(
        "For a move further than the row is long, your slice counts from the other end. Put the "
        "zeros in front, then keep the first `len(x)` numbers.",
        _LATER,
    ),
    praise="What leaves on the right is lost, and zeros come in on the left.",
)


def _pooled(x, *, keep=np.max, windows=(-1, 2), axis=1):
    return keep(x[: len(x) // 2 * 2].reshape(windows), axis=axis)


pooled = Exercise(
    _pooled,
    # Falling runs below zero, so that no other choice from a window is right by chance.
    lambda rng: {
        "whole numbers": (np.array([0, 3, 2, 1, -2, -5, 4, 4]),),
        "a last number without a partner": (np.array([7, -1, -4, -3, 6]),),
        "fractions": (fractions(rng, 6),),
        "negative numbers": (np.array([-0.5, -2, -3.5, -1]),),
        "one window": (np.array([2, 9]),),
        "a long row": (whole(rng, int(rng.integers(9, 14))),),
    },
    Mistake("This is the mean of each window. Max-pooling keeps the largest.", keep=np.mean),
    Mistake("You keep the smallest of each window. Keep the largest.", keep=np.min),
    Mistake(
        "You keep the first of each window, as strides do. Max-pooling keeps the largest.",
        lambda x: x[: len(x) // 2 * 2 : 2],
        lambda x: x[::2],
    ),
    Mistake("Your windows overlap. They move on by two.", lambda x: np.maximum(x[:-1], x[1:])),
    Mistake(
        "The last window is not full.", lambda x: [max(x[i : i + 2]) for i in range(0, len(x), 2)]
    ),
    Mistake("You pair the first half with the second, not neighbours.", windows=(2, -1), axis=0),
    praise="One number a window, and within the window it does not matter where it stood.",
)


def _total_stride(layers, *, join=prod, of=slice(None)):
    return join([strides for _, strides in layers[of]])


total_stride = Exercise(
    _total_stride,
    lambda rng: {
        "pooling between convolutions": ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1), (2, 2)],),
        "strides at the start": ([(4, 2), (3, 2), (3, 1)],),
        "no strides": ([(5, 1)],),
        "strides of 3": ([(3, 3), (2, 2), (3, 1)],),
        "strides at the end": ([(3, 1), (5, 4)],),
        "any layers": ([tuple(map(int, rng.integers(1, 6, 2))) for _ in range(4)],),
    },
    Mistake("You add the strides. Each layer multiplies.", join=sum),
    Mistake(
        "These are the kernel sizes, not the steps.",
        lambda layers: prod(size for size, _ in layers),
    ),
    Mistake(
        "This is what one value sees. Asked is how far its neighbour is.", shapes.receptive_field
    ),
    Mistake("You count the largest strides only. Each layer multiplies.", join=max),
    Mistake("You count the last layer only. Each layer multiplies.", of=slice(-1, None)),
    Mistake("Strides of 3 count 3, not 2.", join=lambda strides: 2 ** sum(s > 1 for s in strides)),
    praise="Move the input by so many pixels, and the last map moves by one.",
)


def _global_average(maps, *, axis=(1, 2), keep=np.mean):
    return keep(maps, axis=axis)


def _lit(maps, axis):
    return maps.sum(axis=axis) / (maps != 0).sum(axis=axis)


global_average = Exercise(
    _global_average,
    lambda rng: {
        "fractions": (fractions(rng, (2, 3, 4, 5)),),
        "maps that are square": (fractions(rng, (3, 2, 2, 2)),),
        "zeros in the maps": (np.maximum(fractions(rng, (2, 2, 3, 1)) - 0.5, 0),),
        "whole numbers": (whole(rng, (2, 3, 2, 3)),),
        "one image": (fractions(rng, (1, 3, 4, 2)),),
    },
    Mistake("You average the channels as well. Each keeps its own number.", axis=(1, 2, 3)),
    Mistake("You average over the channels. It is the places that have to go.", axis=3),
    Mistake("This is the largest value. Asked is the mean.", keep=np.max),
    Mistake("You leave out the zeros. They are places as well.", keep=_lit),
    praise="Whatever stood somewhere counts the same as if it stood elsewhere.",
)
