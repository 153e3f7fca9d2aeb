"""What an argument may be, said once more and apart from the package: a rule returns its meaning.

The meaning is what the value stands for, in the plainest form: 3 for NumPy's 3, float64 for an
array of bytes. `Nonsense` is raised for a value that means nothing.
"""

import math
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np


class Nonsense(Exception):
    """The value means nothing for the argument."""


@dataclass(frozen=True)
class Argument:
    """A valid value, or a function that makes one, and the rule for all others."""

    valid: object
    meaning: object

    def make(self):
        return self.valid() if callable(self.valid) else self.valid


def _masked(value):
    return isinstance(value, np.ma.MaskedArray) or value is np.ma.masked


def _scalar(value, kind):
    """Return a Python number; zero-dimensional arrays stand for their value."""
    if isinstance(value, np.ndarray) and value.shape == () and not _masked(value):
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, kind):
        raise Nonsense
    return value


def _whole(low, high, also):
    def meaning(value):
        if any(value is other or (isinstance(value, str) and value == other) for other in also):
            return value
        found = int(_scalar(value, Integral))
        if not low <= found <= high:
            raise Nonsense
        return found

    return meaning


def whole(valid, low=1, high=2**31 - 1, also=()):
    """An integer in a range, or one of some words."""
    return Argument(valid, _whole(low, high, also))


def pair(valid, low=1, also=()):
    """An integer, which stands for both, or two."""
    one = _whole(low, 2**31 - 1, also)

    def meaning(value):
        if isinstance(value, (tuple, list)):
            if len(value) != 2:
                raise Nonsense
            return tuple(map(_whole(low, 2**31 - 1, ()), value))
        return one(value)

    return Argument(valid, meaning)


def real(valid, low=-math.inf, high=math.inf, also=()):
    """A finite number in a closed range, or one of some values."""

    def meaning(value):
        if any(value is other for other in also):
            return value
        try:
            found = float(_scalar(value, Real))
        except OverflowError:
            raise Nonsense from None
        if not (low <= found <= high and math.isfinite(found)):
            raise Nonsense
        return found

    return Argument(valid, meaning)


def flag(valid):
    def meaning(value):
        if not isinstance(value, (bool, np.bool_)):
            raise Nonsense
        return bool(value)

    return Argument(valid, meaning)


def word(valid, *choices):
    """One of some words."""

    def meaning(value):
        if not (isinstance(value, str) and value in choices):
            raise Nonsense
        return value

    return Argument(valid, meaning)


def text(valid, also=()):
    """Any text for people."""

    def meaning(value):
        if any(value is other for other in also) or (isinstance(value, str) and value.strip()):
            return value
        raise Nonsense

    return Argument(valid, meaning)


def array(valid, *shapes, kinds="biuf", gaps=False, passes=False, also=(), check=None):
    """Finite numbers of one of some shapes, where None is a side that is free.

    `gaps`: NaN stands for what is missing; `passes`: NaN and infinity pass through to the result.
    """

    def meaning(value):
        if any(value is other for other in also):
            return value
        if _masked(value) or isinstance(value, (str, bytes, dict, set)):
            raise Nonsense
        try:
            found = np.asarray(value)
        except Exception:
            raise Nonsense from None
        fits = any(
            len(shape) == found.ndim
            and all(side in (None, n) for side, n in zip(shape, found.shape, strict=True))
            for shape in shapes
        )
        if found.dtype.kind not in kinds or not fits or not found.size:
            raise Nonsense
        with np.errstate(over="ignore"):
            numbers = found.astype(np.float64)
        good = np.isfinite(numbers) | (gaps & np.isnan(numbers)) | passes
        if not good.all() or (check and not check(numbers)):
            raise Nonsense
        return found.astype(np.int64) if kinds in ("iu", "u") else numbers

    return Argument(valid, meaning)


def only(valid, *others):
    """What is valid, or equal to it: whatever else replaces it has to be refused."""

    def meaning(value):
        known = [Argument(valid, None).make(), *others]
        if not any(type(value) is type(other) and value == other for other in known):
            raise Nonsense
        return value

    return Argument(valid, meaning)


def entries(valid, test, also=()):
    """A list, tuple or dict whose entries pass a test, or one of some values."""

    def meaning(value):
        if any(type(value) is type(other) and value == other for other in also):
            return value
        try:
            good = isinstance(value, (list, tuple, dict)) and len(value) > 0 and test(value)
        except Exception:  # of a test that met what it was not made for
            good = False
        if not good:
            raise Nonsense
        return value

    return Argument(valid, meaning)
