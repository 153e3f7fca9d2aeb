"""Values as they come from a learner and as they are shown: plain arrays, compared, written out."""

from collections.abc import Iterator
from numbers import Number

import numpy as np


class NoNumbers(Exception):
    """A result that is no array of numbers; the message goes on after "it returns"."""


def numbers(value):
    """Return a result in whatever form it came as a new plain array.

    >>> numbers((1, 2.5))
    array([1. , 2.5])
    """
    if isinstance(value, Iterator):
        raise NoNumbers(f"a {type(value).__name__}, not yet computed: put `list(...)` around it.")
    try:
        array = np.array(_plain(value))
    except ValueError:
        raise NoNumbers("rows of different lengths, which make no array.") from None
    if array.dtype == object and all(isinstance(entry, Number) for entry in array.flat):
        array = array.astype(float)  # fractions, decimals, columns of mixed numbers
    if array.dtype.kind == "c" and np.allclose(array.imag, 0):
        array = array.real
    if array.dtype.kind not in "biuf":
        raise NoNumbers(f"{cut(repr(value))}, which is no number or array of numbers.")
    return array


def _plain(value):
    """Open lists, and what does not become an array by itself: torch's and SciPy's sparse ones."""
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    methods = ("detach", "cpu", "toarray")
    if not hasattr(value, "detach"):  # TensorFlow's have `cpu` as well, and warn of it
        methods = ("toarray",)
    for method in methods:
        if callable(getattr(value, method, None)):
            value = getattr(value, method)()
    return value


def cut(text, longest=160):
    """Return a text on one line, without its middle where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 30]} ... {text[-20:]}"


def same(given, expected):
    """Whether two results agree: shape exactly, values within a tolerance, NaN only with NaN.

    >>> same([1, 2], (1.0, 2.0000001)), same([1, 2], [[1, 2]])
    (True, False)
    """
    given, expected = np.asarray(given), np.asarray(expected)
    if given.shape != expected.shape:
        return False
    return np.allclose(given, expected, *tolerances(given, expected), equal_nan=True)


def tolerances(given, expected):
    """Return how far apart entries of two arrays may be, (relative, absolute).

    Wide enough for sums in another order, and for answers in a short type of float. Counts are
    right or wrong, in whatever type they come.
    """
    if expected.dtype.kind in "iu":
        return 1e-9, 1e-6
    eps = np.finfo(given.dtype).eps if given.dtype.kind == "f" else 0
    return max(1e-5, 4 * eps), max(1e-6, eps) * (
        1 + np.abs(expected).max(initial=0, where=np.isfinite(expected))
    )


def written(value):
    """Return an argument as one would type it.

    >>> written(np.array([0, 255], np.uint8))
    'np.array([0, 255], np.uint8)'
    """
    if isinstance(value, np.ndarray):
        kind = "" if value.dtype in (int, float) else f", np.{value.dtype}"
        return f"np.array({value.tolist()}{kind})"
    return repr(value.item() if isinstance(value, np.generic) else value)
