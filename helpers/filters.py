"""Kernels by design (lessons 02 and 05), and two filters that need none: gray and shift."""

from itertools import product

import numpy as np

from helpers._arrays import numbers
from helpers._validate import LARGEST, broken, integer, number

SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # answers to change along a row
SOBEL_Y = SOBEL_X.T  # answers to change along a column
OUTLINE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])  # entries add up to 0
SHARPEN = np.array([[0, -1, 0], [-1, 8, -1], [0, -1, 0]])  # entries add up to 4


def box_blur(size):
    """Return the kernel that replaces a pixel by the mean of the `size` x `size` around it.

    >>> box_blur(2)
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    size = integer("size", size, maximum=999)
    return np.full((size, size), 1 / size**2)


def gaussian_blur(size, sigma=None):
    """Return a kernel (size, size) whose weights fall off with the distance from the centre.

    `size` is odd; `sigma` is the width of the bell in pixels, by default a quarter of `size`. The
    weights add up to 1.

    >>> gaussian_blur(3).round(2)
    array([[0.05, 0.12, 0.05],
           [0.12, 0.3 , 0.12],
           [0.05, 0.12, 0.05]])
    """
    across, down = _grid(size)
    sigma = number("sigma", across.size / 4 if sigma is None else sigma, "[0.01, inf)")
    bell = np.exp(-((across / sigma) ** 2 + (down / sigma) ** 2) / 2)
    return bell / bell.sum()


def filter_bank(size=17, orientations=6, scales=(1.0, 1.5, 2.2)):
    """Return edge filters, then bar filters: first and second derivatives of a long bell.

    The orientations lie evenly over half a turn; the scales are the bell's widths across the
    edge in pixels, a third of those along it. Within edges and bars come first the scales, then
    the orientations. Each filter adds up to 0, and its absolute values to 1. After Leung and
    Malik, "Representing and Recognizing the Visual Appearance of Materials using
    Three-dimensional Textons", IJCV 43, 2001, section 3.

    >>> filter_bank().shape
    (17, 17, 36)
    """
    across, down = _grid(size, minimum=3, maximum=101)
    if not isinstance(scales, (tuple, list)) or not 1 <= len(scales) <= 20:
        raise broken("scales", "a list of 1 to 20 numbers", scales)
    scales = [number("scales", scale, "[0.1, 100]") for scale in scales]
    orientations = integer("orientations", orientations, maximum=180)
    bank = []
    angles = np.pi * np.arange(orientations) / orientations
    for order, scale, angle in product((1, 2), scales, angles):
        u = across * np.cos(angle) + down * np.sin(angle)
        v = down * np.cos(angle) - across * np.sin(angle)
        bell = np.exp(-(u**2 + (v / 3) ** 2) / (2 * scale**2))
        kernel = bell * (u if order == 1 else u**2 - scale**2)
        kernel -= kernel.mean()
        bank.append(kernel / np.abs(kernel).sum())
    return np.stack(bank, axis=-1)


def to_gray(image):
    """Return the brightness (h, w) of a colour image (h, w, 3), by ITU-R BT.601.

    >>> to_gray([[[255, 0, 0], [255, 255, 255]]])
    array([[ 76.245, 255.   ]])
    """
    return numbers("image", image, ("h", "w", 3)) @ np.array([0.299, 0.587, 0.114])


def shifted(images, down, right):
    """Return images (n, h, w, c) moved by whole pixels; only zeros may leave the picture.

    >>> shifted(np.array([[5, 0], [0, 0]]).reshape(1, 2, 2, 1), 0, 1)[0, :, :, 0]
    array([[0, 5],
           [0, 0]])
    """
    images = numbers("images", images, ("n", "h", "w", "c"))
    down, right = integer("down", down, minimum=-LARGEST), integer("right", right, minimum=-LARGEST)
    _, h, w, _ = images.shape
    row, column = np.arange(h) + down, np.arange(w) + right  # where each goes to
    if images[:, (row < 0) | (row >= h)].any() or images[:, :, (column < 0) | (column >= w)].any():
        raise broken("down, right", "no more than the zeros around all images", (down, right))
    return np.roll(images, (down, right), axis=(1, 2))


def _grid(size, minimum=1, maximum=999):
    """Return the column and the row of each entry of an odd kernel, counted from its centre."""
    size = integer("size", size, minimum=minimum, maximum=maximum)
    if size % 2 == 0:
        raise broken("size", "odd, so that there is a centre", size)
    offsets = np.arange(size) - size // 2
    return offsets[None, :], offsets[:, None]
