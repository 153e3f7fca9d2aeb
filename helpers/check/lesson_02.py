"""The exercises of lesson 02: filtering."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions, whole


def _edge_responses(kernel, *, column=-1, row=-1, of=np.sum, order=(0, 1, 2)):
    kernel = np.asarray(kernel)
    three = [of(kernel[:, column]), of(kernel[row]), of(kernel)]
    return [three[i] for i in order]


edge_responses = Exercise(
    _edge_responses,
    lambda rng: {
        "Sobel x": (np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),),
        "nine different numbers": (np.array([[1, -2, 3], [5, 8, -13], [21, 34, 55]]),),
        "any kernel": (whole(rng, (3, 3)),),
        "fractions": (fractions(rng, (3, 3)),),
    },
    Mistake(
        "The two edges are exchanged. At the vertical one the right *column* lies on the ones.",
        order=(1, 0, 2),
    ),
    Mistake("You take the left column and the upper row: those lie on the zeros.", column=0, row=0),
    Mistake("You take the middle column and row. They lie on the zeros.", column=1, row=1),
    Mistake("The flat area comes last.", order=(2, 0, 1)),
    Mistake(
        "You average. A response is the sum of the products.",
        {"of": np.mean},
        lambda kernel: np.array(_edge_responses(kernel)) / kernel.size,
    ),
    Mistake(
        "You subtract the other side. It lies on zeros, so it adds nothing.",
        lambda kernel: [
            kernel[:, 2].sum() - kernel[:, 0].sum(),
            kernel[2].sum() - kernel[0].sum(),
            kernel.sum(),
        ],
    ),
    Mistake(
        "On the flat area all nine pixels are 1: the response is the sum of the whole kernel.",
        *(
            (lambda kernel, of=of: [*_edge_responses(kernel)[:2], of(kernel)])
            for of in (lambda kernel: 0, np.mean, lambda kernel: 9 * kernel.sum())
        ),
    ),
    Mistake(
        "You take single numbers. A response adds all the products.",
        {"of": np.max},
        lambda kernel: [kernel[0, 2], kernel[2, 0], kernel[1, 1]],
        lambda kernel: [kernel[1, 2], kernel[2, 1], kernel[1, 1]],
    ),
    praise="Three sums say what a kernel does to edges and to flat areas, before it has run.",
)

_RING = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]


def _turned(kernel, *, places=1, centre=True):
    kernel = np.asarray(kernel)
    new = kernel.copy() if centre else np.zeros_like(kernel)
    for i, place in enumerate(_RING):
        new[place] = kernel[_RING[(i - places) % 8]]
    return new


def _one_by_one(kernel, first=0):
    """Overwrite each number of the ring before it is read: one of them goes all around."""
    new = np.array(kernel)
    for i in range(first, 8):
        new[_RING[i]] = new[_RING[i - 1]]
    return new


turned = Exercise(
    _turned,
    lambda rng: {
        "Sobel x": (np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),),
        "nine different numbers": (np.arange(1, 10).reshape(3, 3),),
        "a kernel with a centre": (whole(rng, (3, 3)),),
        "fractions": (fractions(rng, (3, 3)),),
    },
    Mistake("The ring has moved the other way. Move it clockwise.", places=-1),
    Mistake(
        "The ring has moved by two places: that is a quarter turn. Move it by one.",
        {"places": 2},
        {"places": -2},
    ),
    Mistake("The ring has moved by half a turn. Move it by one place.", places=4),
    Mistake("The centre is lost: it stays as it is.", centre=False),
    Mistake(
        "You move each number while you still need the old ones. Read from the kernel, and write "
        "into a copy.",
        _one_by_one,
        lambda kernel: _one_by_one(kernel, first=1),
    ),
    Mistake("The kernel is mirrored, not turned.", np.transpose, np.fliplr, np.flipud),
    Mistake(
        "You move rows or columns as a whole. Only the ring moves, around the centre.",
        lambda kernel: np.roll(kernel, 1, axis=1),
        lambda kernel: np.roll(kernel, 1, axis=0),
        lambda kernel: np.roll(kernel, 1),
    ),
    praise="One place is an eighth of a turn. Sobel x becomes a kernel for diagonal edges.",
)


def _magnitude(gx, gy, *, power=np.square, join=np.add, root=np.sqrt):
    return root(join(power(np.asarray(gx, float)), power(np.asarray(gy, float))))


magnitude = Exercise(
    _magnitude,
    lambda rng: {
        "whole numbers": (np.array([[3, 0], [-5, 8]]), np.array([[4, -2], [12, 15]])),
        "large whole numbers": (whole(rng, (4, 5), -900, 900), whole(rng, (4, 5), -900, 900)),
        "fractions": (fractions(rng, (3, 3)), fractions(rng, (3, 3))),
        "a flat image": (np.zeros((2, 2)), np.zeros((2, 2))),
        "one row": (fractions(rng, (1, 4)), fractions(rng, (1, 4))),
    },
    Mistake(
        "The two are added with their signs, so opposite edges cancel. Square them first.",
        {"power": as_is, "root": as_is},
        {"power": as_is, "root": np.abs},
    ),
    Mistake("You add absolute values: (3, 4) has the length 5, not 7.", power=np.abs, root=as_is),
    Mistake(
        "You keep the larger of the two. A diagonal edge is stronger than either.",
        {"join": np.maximum},
        {"power": as_is, "join": np.maximum, "root": as_is},
    ),
    Mistake("The sum is halved, and its root not taken.", root=lambda s: s / 2),
    praise="An edge now counts the same whichever way it runs.",
)
