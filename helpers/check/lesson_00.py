"""The exercises of lesson 00: how an exercise works, and the trap of bytes."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is


def _scale_pixels(images, *, white=255, black=0):
    return (np.asarray(images, float) - black) / white


scale_pixels = Exercise(
    _scale_pixels,
    lambda rng: {
        "black and white": (np.array([[0, 255], [128, 1]], np.uint8),),
        "a dark image": (np.array([[3, 40, 17], [0, 9, 5]], np.uint8),),
        "the darkest pixels": (np.array([[0, 1], [1, 0]], np.uint8),),
        "one row": (rng.integers(0, 256, 5, np.uint8),),
        "several images": (rng.integers(9, 200, (2, 3, 3), np.uint8),),
        "colour images": (rng.integers(50, 256, (2, 2, 3, 3), np.uint8),),
    },
    Mistake("A byte ends at 255, not at 256: white would stay below 1.", white=256),
    Mistake(
        "You divide by the brightest pixel of these images. A dark image must stay dark: divide "
        "by the brightest pixel there can be.",
        lambda images: images / images.max(),
        lambda images: images / max(images.max(), 1),
    ),
    Mistake(
        "You fit the scale to these images, from their darkest pixel to their brightest or by "
        "their mean. Divide every image by the same number.",
        lambda images: (images - images.min()) / np.ptp(images),
        lambda images: (images - images.min()) / max(np.ptp(images), 1),
        lambda images: (images - images.mean()) / images.std(),
        lambda images: images / images.mean(),
    ),
    Mistake("Your values run from -1 to 1, but here 0 must stay 0.", white=127.5, black=127.5),
    praise="0 stays black, 255 becomes 1, and the images are no longer bytes.",
)


def _brighter(image, amount, *, kind=int, end=lambda sums: np.minimum(sums, 255)):
    return end(image.astype(kind) + kind(amount))


brighter = Exercise(
    _brighter,
    lambda rng: {
        "a bright image": (np.array([[0, 200, 255], [100, 155, 156]], np.uint8), 100),
        "a dark image": (np.array([[3, 40], [0, 9]], np.uint8), 60),
        "an amount of 0": (rng.integers(0, 256, 4, np.uint8), 0),
        "the largest amount": (np.array([[0, 1, 77]], np.uint8), 255),
        "a colour image": (rng.integers(20, 256, (2, 3, 3), np.uint8), 90),
    },
    Mistake(
        "The bytes start again at 0: give the pixels more room before you add.",
        {"kind": np.uint8, "end": as_is},
        {"kind": np.uint8},
        {"end": np.uint8},
    ),
    Mistake("Some pixels go beyond 255. Cut them off there.", end=as_is),
    Mistake(
        "The brightest byte is 255.",
        *({"end": lambda sums, n=n: np.minimum(sums, n)} for n in (254, 256)),
    ),
    Mistake(
        "A pixel that would go beyond 255 becomes 255, not black.",
        end=lambda sums: np.where(sums > 255, 0, sums),
    ),
    Mistake(
        "You multiply by the amount. Add it.",
        lambda image, amount: image.astype(float) * amount,
        lambda image, amount: np.minimum(image.astype(float) * amount, 255),
    ),
    Mistake(
        "The result runs from 0 to 1. It should stay between 0 and 255.",
        end=lambda sums: np.minimum(sums / 255, 1),
    ),
    Mistake(
        "You scale the image to end at 255. Cut off the pixels that are too bright instead.",
        end=lambda sums: sums * (255 / max(sums.max(), 1)),
    ),
    Mistake(
        "You make the image darker. Add the amount.",
        lambda image, amount: np.maximum(image.astype(int) - amount, 0),
    ),
    praise="Room first, then the sum, then the cut: no pixel starts again at 0.",
)
