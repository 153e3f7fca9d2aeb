"""The exercises of lesson 02: filtering."""

import numpy as np

from helpers.check.exercise import Exercise, integers

magnitude = Exercise(
    call="magnitude(gx, gy)",
    right=lambda gx, gy: np.hypot(np.asarray(gx, float), gy),
    cases=lambda rng: [
        (integers(rng, (4, 5), -900, 900), integers(rng, (4, 5), -900, 900)),
        (rng.normal(size=(3, 3)), rng.normal(size=(3, 3))),
    ],
    mistakes={
        "The two are added with their signs, so opposite edges cancel. Square them first.": (
            lambda gx, gy: gx + gy
        ),
        "You add the absolute values. That is cheaper, and it overrates diagonal edges: "
        "the length of (3, 4) is 5, not 7.": lambda gx, gy: np.abs(gx) + np.abs(gy),
        "The square root is missing: the result is the squared length.": (
            lambda gx, gy: np.square(gx) + np.square(gy)
        ),
        "You keep the larger of the two. A diagonal edge is stronger than either.": (
            lambda gx, gy: np.maximum(np.abs(gx), np.abs(gy))
        ),
        "You take the mean of the squares. The length has no factor a half.": (
            lambda gx, gy: np.sqrt((np.square(gx) + np.square(gy)) / 2)
        ),
        "`** 1 / 2` takes the power 1 and then halves. Write `** (1 / 2)`.": (
            lambda gx, gy: (np.square(gx) + np.square(gy)) / 2
        ),
    },
    praise="An edge now counts the same whichever way it runs.",
)

blur_kernel = Exercise(
    call="blur_kernel(size)",
    right=lambda size: np.full((size, size), 1 / size**2),
    cases=lambda rng: [(2,), (3,), (5,), (8,)],
    mistakes={
        "The entries are ones: the blurred image would be size² times too bright. "
        "They have to add up to 1.": lambda size: np.ones((size, size)),
        "The entries are 1 / size, but there are size² of them. They have to add up to 1.": (
            lambda size: np.full((size, size), 1 / size)
        ),
        "This is a row. The kernel of an image has rows and columns: size by size.": (
            lambda size: np.full(size, 1 / size)
        ),
        "Only the centre is not zero: this kernel leaves the image as it is.": (
            lambda size: np.eye(1, size * size, size * size // 2).reshape(size, size)
        ),
    },
    praise="The entries are equal and add up to 1, so the brightness stays.",
)

flat_response = Exercise(
    call="flat_response(kernel, value)",
    right=lambda kernel, value: np.sum(kernel) * value,
    cases=lambda rng: [
        (integers(rng, (3, 3)), 254),
        (integers(rng, (5, 5)), 31),
        (integers(rng, (2, 4)), -7),
    ],
    mistakes={
        "You multiply by the centre alone. All entries of the kernel lie on the same value.": (
            lambda kernel, value: kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] * value
        ),
        "This is the sum of the kernel. Each entry is multiplied by the value.": (
            lambda kernel, value: np.sum(kernel)
        ),
        "You take the mean of the kernel. The products are added, not averaged.": (
            lambda kernel, value: np.mean(kernel) * value
        ),
        "The signs are lost: negative entries take away.": (
            lambda kernel, value: np.abs(kernel).sum() * value
        ),
        "These are the products. Add them up.": lambda kernel, value: kernel * value,
    },
    praise="On a flat area only the sum of the kernel matters.",
)
