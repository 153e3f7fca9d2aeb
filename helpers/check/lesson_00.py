"""The exercises of lesson 00: how an exercise works."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake


def _scale_pixels(images, *, white=255, black=0):
    return (np.asarray(images, float) - black) / white


scale_pixels = Exercise(
    _scale_pixels,
    lambda rng: {
        "black and white": (np.array([[0, 255], [128, 1]], np.uint8),),
        "a dark image": (np.array([[3, 40, 17], [0, 9, 5]], np.uint8),),
        "a black image": (np.zeros((2, 2), np.uint8),),
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
