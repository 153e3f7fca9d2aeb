"""The rule that arrays keep: real numbers in a known layout."""

import numpy as np

from helpers._validate import broken


def numbers(name, value, layout, why=""):
    """Return `value` as an array of real numbers whose shape fits `layout`.

    The layout has a word for a side that is free, and a number for one that is not.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise broken(name, "an array without a mask (fill it first)", value, TypeError)
    try:
        array = np.asarray(value)
    except ValueError:
        raise broken(name, "an array with rows of equal length", value) from None
    except Exception:  # of a learner's own class
        raise broken(name, "an array of numbers", value, TypeError) from None
    if array.dtype.kind not in "biuf":
        raise broken(f"{name}.dtype", "that of integers or floats", str(array.dtype), TypeError)
    fits = len(layout) == array.ndim and all(
        isinstance(side, str) or side == length
        for side, length in zip(layout, array.shape, strict=True)
    )
    if not fits:
        words = f"({', '.join(map(str, layout))}{',' * (len(layout) == 1)})"
        raise broken(f"{name}.shape", f"{words}{', ' * bool(why)}{why}", array.shape)
    if array.size == 0:
        raise broken(f"{name}.shape", "without a 0, for the array is empty", array.shape)
    return array


def alike(*arrays, least=np.float64):
    """Return the arrays as float32 if all are, otherwise in a dtype that is `least` or wider."""
    alike = all(array.dtype == np.float32 for array in arrays)
    dtype = np.float32 if alike else np.result_type(least, *arrays)
    return [array.astype(dtype, copy=False) for array in arrays]
