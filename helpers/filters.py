"""Kernels by design, and images drawn for them."""

import numpy as np

from helpers._validate import broken, integer

SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # answers to change along a row
SOBEL_Y = SOBEL_X.T  # answers to change along a column
OUTLINE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])  # entries add up to 0
SHARPEN = np.array([[0, -1, 0], [-1, 8, -1], [0, -1, 0]])  # entries add up to 4


def box_blur(size):
    """Return the kernel that replaces a pixel by the mean of the `size` x `size` around it.

    Raises
    ------
    ValueError, TypeError
        `size` that is not a positive integer.

    Examples
    --------
    >>> box_blur(2)
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    size = integer("size", size)
    return np.full((size, size), 1 / size**2)


def gaussian_blur(size, sigma=None):
    """Return a kernel whose weights fall off with the distance from the centre.

    Parameters
    ----------
    size : int
        Odd, so that there is a centre.
    sigma : float, optional
        Width of the bell in pixels; `size / 4` where not given.

    Returns
    -------
    array of shape (size, size)
        Adds up to 1.

    Raises
    ------
    ValueError, TypeError
        An even or non-positive `size`, or a `sigma` that is not positive.

    Examples
    --------
    >>> gaussian_blur(3).round(2)
    array([[0.05, 0.12, 0.05],
           [0.12, 0.3 , 0.12],
           [0.05, 0.12, 0.05]])
    """
    size = _odd("size", size)
    sigma = size / 4 if sigma is None else sigma
    if not sigma > 0:
        raise broken("sigma", "positive", sigma)
    across, down = _grid(size)
    bell = np.exp(-(across**2 + down**2) / (2 * sigma**2))
    return bell / bell.sum()


def filter_bank(size=17, orientations=6, scales=(1.0, 1.5, 2.2)):
    """Return oriented edge and bar filters: first and second derivatives of a long bell.

    Parameters
    ----------
    size : int
        Odd.
    orientations : int
        Evenly spaced over half a turn.
    scales : sequence of float
        Widths across the edge in pixels; along it, three times as much.

    Returns
    -------
    array of shape (size, size, 2 * len(scales) * orientations)
        Edges first, then bars; within each by scale, then by orientation. Each
        filter adds up to 0, and its absolute values to 1.

    Raises
    ------
    ValueError, TypeError
        A `size` that is even or below 3, no orientation, no scale, or one so small that the
        bell is no wider than a point.

    References
    ----------
    T. Leung and J. Malik, "Representing and Recognizing the Visual Appearance of
    Materials using Three-dimensional Textons", IJCV 43, 2001, section 3.

    Examples
    --------
    >>> filter_bank().shape
    (17, 17, 36)
    """
    size, orientations = _odd("size", size), integer("orientations", orientations)
    if size < 3:
        raise broken("size", "odd and at least 3", size)
    if not (len(scales) and all(scale >= 0.1 for scale in scales)):
        raise broken("scales", "numbers of at least 0.1", scales)
    across, down = _grid(size)
    bank = []
    for order in (1, 2):
        for scale in scales:
            for angle in np.pi * np.arange(orientations) / orientations:
                u = across * np.cos(angle) + down * np.sin(angle)
                v = down * np.cos(angle) - across * np.sin(angle)
                bell = np.exp(-(u**2 + (v / 3) ** 2) / (2 * scale**2))
                kernel = bell * (u if order == 1 else u**2 - scale**2)
                kernel -= kernel.mean()
                bank.append(kernel / np.abs(kernel).sum())
    return np.stack(bank, axis=-1)


def frame_and_bar(size=64):
    """Return a white frame and a white bar on black, uint8 of shape (size, size).

    Raises
    ------
    ValueError, TypeError
        `size` that is not an integer of at least 16.

    Examples
    --------
    >>> frame_and_bar().shape, int(frame_and_bar().max())
    ((64, 64), 255)
    """
    if integer("size", size) < 16:
        raise broken("size", "at least 16", size)
    unit = size // 16
    image = np.zeros((size, size), np.uint8)
    image[2 * unit : -2 * unit, 2 * unit : -2 * unit] = 255
    image[3 * unit : -3 * unit, 3 * unit : -3 * unit] = 0
    image[size // 2 - unit : size // 2 + unit, 5 * unit : -5 * unit] = 255
    return image


def heart(size=200):
    """Return a pink heart on near-white, uint8 of shape (size, size, 3), with smooth edges.

    Its red channel is 244 inside and 254 outside, as in the drawing of report D.

    Raises
    ------
    ValueError, TypeError
        `size` that is not a positive integer.

    References
    ----------
    The sextic (x² + y² − 1)³ = x² y³.

    Examples
    --------
    >>> heart()[100, 100].tolist(), heart()[0, 0].tolist()
    ([244, 114, 182], [254, 254, 254])
    """
    size = integer("size", size)
    fine = 4  # each pixel is the mean of 4 x 4 points
    line = ((np.arange(size * fine) + 0.5) / (size * fine) - 0.5) * 2.7
    x, y = line[None, :], 0.12 - line[:, None]
    inside = (x**2 + y**2 - 1) ** 3 <= x**2 * y**3
    share = inside.reshape(size, fine, size, fine).mean(axis=(1, 3))[..., None]
    pink, background = np.array([244, 114, 182]), np.array([254, 254, 254])
    return np.rint(background + share * (pink - background)).astype(np.uint8)


def to_gray(image):
    """Return the brightness of a colour image, as television weighs red, green and blue.

    Parameters
    ----------
    image : array of shape (h, w, 3)

    Returns
    -------
    float array of shape (h, w)

    Raises
    ------
    ValueError
        Another shape.

    References
    ----------
    Recommendation ITU-R BT.601: 0.299 red + 0.587 green + 0.114 blue.

    Examples
    --------
    >>> to_gray([[[255, 0, 0], [255, 255, 255]]])
    array([[ 76.245, 255.   ]])
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image must have shape (h, w, 3); received image.shape={image.shape}")
    return image @ np.array([0.299, 0.587, 0.114])


def _odd(name, value):
    if integer(name, value) % 2 == 0:
        raise broken(name, "odd, so that there is a centre", value)
    return value


def _grid(size):
    """Return the column and row of each entry, counted from the centre."""
    offsets = np.arange(size) - size // 2
    return offsets[None, :], offsets[:, None]
