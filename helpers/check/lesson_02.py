"""The exercises of lesson 02: filtering."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions, whole


def _magnitude(gx, gy, *, power=np.square, join=np.add, root=np.sqrt):
    return root(join(power(np.asarray(gx, float)), power(np.asarray(gy, float))))


magnitude = Exercise(
    _magnitude,
    lambda rng: {
        "whole numbers": (np.array([[3, 0], [-5, 8]]), np.array([[4, -2], [12, 15]])),
        "large whole numbers": (whole(rng, (4, 5), -900, 900), whole(rng, (4, 5), -900, 900)),
        "fractions": (fractions(rng, (3, 3)), fractions(rng, (3, 3))),
        "a flat image": (np.zeros((2, 2)), np.zeros((2, 2))),
        "one row": (fractions(rng, 4), fractions(rng, 4)),
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


def _blur_kernel(size, *, weight=lambda size: 1 / size**2, shape=lambda size: (size, size)):
    return np.full(shape(size), weight(size))


blur_kernel = Exercise(
    _blur_kernel,
    lambda rng: {
        "an odd size": (3,),
        "an even size": (2,),
        "one pixel": (1,),
        "a large size": (8,),
        "any size": (int(rng.integers(4, 13)),),
    },
    Mistake("The entries are ones. They have to add up to 1.", weight=lambda size: 1),
    Mistake("You divide by size, but there are size² entries.", weight=lambda size: 1 / size),
    Mistake("Every entry is 1/9, which fits 3 × 3 only.", weight=lambda size: 1 / 9),
    Mistake(
        "All is 0 but the centre or the diagonal. In a mean all pixels count alike.",
        lambda size: np.pad([[1.0]], ((size // 2, (size - 1) // 2),)),
        lambda size: np.eye(size) / size,
        np.eye,
    ),
    praise="The entries are equal and add up to 1, so the brightness stays.",
)


def _flat_response(kernel, value, *, of=np.sum):
    return of(kernel) * value


flat_response = Exercise(
    _flat_response,
    lambda rng: {
        "whole numbers": (whole(rng, (3, 3)), 254),
        "a kernel that adds up to 0": (np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]), 90),
        "an even kernel": (np.array([[1, 2, 0, -1], [4, -3, 2, 2]]), -7),
        "fractions": (fractions(rng, (5, 5)), 0.75),
        "a larger kernel": (whole(rng, (5, 3)), 31),
        "a kernel of one number": (np.array([[-2.5]]), 12),
    },
    Mistake(
        "You multiply by the centre alone. All entries lie on the same value.",
        of=lambda kernel: kernel[kernel.shape[0] // 2, kernel.shape[1] // 2],
    ),
    Mistake("You take one row of the kernel alone.", of=lambda kernel: kernel[0].sum()),
    praise="On a flat area only the sum of the kernel matters.",
)
