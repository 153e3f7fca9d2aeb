"""Test pictures, drawn: for lesson 02, which filters them."""

import numpy as np

from helpers._validate import integer


def frame_and_bar(size=64):
    """Return a white frame and a white bar on black, uint8 of shape (size, size).

    >>> frame_and_bar().shape, int(frame_and_bar().max())
    ((64, 64), 255)
    """
    size = integer("size", size, minimum=16, maximum=4096)
    unit = size // 16
    image = np.zeros((size, size), np.uint8)
    image[2 * unit : -2 * unit, 2 * unit : -2 * unit] = 255
    image[3 * unit : -3 * unit, 3 * unit : -3 * unit] = 0
    image[size // 2 - unit : size // 2 + unit, 5 * unit : -5 * unit] = 255
    return image


def heart(size=200):
    """Return a pink heart on near-white, uint8 of shape (size, size, 3), with smooth edges.

    Its red channel is 244 inside and 254 outside, as in the drawing of report D. The curve is
    the sextic (x² + y² − 1)³ = x² y³.

    >>> heart()[100, 100].tolist(), heart()[0, 0].tolist()
    ([244, 114, 182], [254, 254, 254])
    """
    size, fine = integer("size", size, maximum=999), 4  # each pixel is the mean of 4 x 4 points
    line = ((np.arange(size * fine) + 0.5) / (size * fine) - 0.5) * 2.7
    x, y = line[None, :], 0.12 - line[:, None]
    inside = (x**2 + y**2 - 1) ** 3 <= x**2 * y**3
    share = inside.reshape(size, fine, size, fine).mean(axis=(1, 3))[..., None]
    pink, background = np.array([244, 114, 182]), np.array([254, 254, 254])
    return np.rint(background + share * (pink - background)).astype(np.uint8)
