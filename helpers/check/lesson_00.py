"""The exercises of lesson 00: how an exercise works."""

import numpy as np

from helpers.check.exercise import Exercise


def _scale(images):
    return np.asarray(images, np.float64) / 255


scale_pixels = Exercise(
    call="scale_pixels(images)",
    right=_scale,
    cases=lambda rng: [
        (rng.integers(0, 200, (2, 3, 3), np.uint8),),
        (rng.integers(0, 256, (4, 5), np.uint8),),
    ],
    mistakes={
        "Everything after the point is dropped, by // or by turning the result into integers.": (
            lambda images: images // 255
        ),
        "A byte ends at 255, not at 256: white would stay below 1.": lambda images: images / 256,
        "You divide by the brightest pixel of these images. A dark image must stay dark: "
        "divide by the brightest pixel there can be.": lambda images: images / images.max(),
        "The pixels are as they were. Divide them, and return the result.": lambda images: images,
        "Your values run from -1 to 1. That is a scaling too, but here 0 must stay 0.": (
            lambda images: images / 127.5 - 1
        ),
    },
    praise="0 stays black, 255 becomes 1, and the images are no longer bytes.",
)
