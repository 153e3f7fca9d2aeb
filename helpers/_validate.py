"""The rules that arguments keep, and the words of the error when one is broken.

Standard library only: `helpers.shapes` builds on it.
"""

import operator
from math import inf, isfinite
from numbers import Real

LARGEST = 2**31 - 1  # of sizes and counts: more would overflow in NumPy, or fill any memory


def broken(name, rule, value, error=ValueError):
    """Return the error that names the argument, the rule and the value received.

    >>> broken("strides", "a positive integer", 0)
    ValueError('strides must be a positive integer; received strides=0')
    """
    return error(f"{name} must be {rule}; received {name}={_brief(value)}")


def _brief(value):
    """Return the value as Python writes it, on one line and cut where it is long."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a learner's own class, or an integer of 5,000 digits
        text = f"<a {type(value).__name__}>"
    return text if len(text) <= 200 else f"{text[:180]} ... ({len(text)} characters)"


def integer(name, value, *, minimum=1, maximum=LARGEST):
    """Return `value` as an int from `minimum` to `maximum`; NumPy's count, bools do not.

    >>> integer("k", 2.0)
    Traceback (most recent call last):
    TypeError: k must be a positive integer; received k=2.0
    """
    known = {0: "a non-negative integer", 1: "a positive integer"}
    rule = known.get(minimum, f"an integer of at least {minimum}")
    try:
        number = operator.index(value)
    except Exception:  # not only TypeError: a learner's own class, or a masked number
        raise broken(name, rule, value, TypeError) from None
    if isinstance(value, bool) or hasattr(value, "mask"):
        raise broken(name, rule, value, TypeError)
    if number < minimum:
        raise broken(name, rule, value)
    if number > maximum:
        raise broken(name, f"{rule} of at most {maximum:,}", value)
    return number


def pair(name, value):
    """Return (height, width) from an int, which stands for both, or from a pair of ints."""
    if not isinstance(value, (tuple, list)):
        value = (value, value)
    if len(value) != 2:
        raise broken(name, "an integer or a pair of integers", value)
    return tuple(integer(name, entry) for entry in value)


def number(name, value, interval="(-inf, inf)"):
    """Return `value` as a float in an interval, which is written as in mathematics.

    >>> number("momentum", 0.9, "[0, 1)")
    0.9
    >>> number("momentum", 1, "[0, 1)")
    Traceback (most recent call last):
    ValueError: momentum must be a number in [0, 1); received momentum=1
    """
    low, high = map(float, interval[1:-1].split(","))
    rule = "a finite number" if (low, high) == (-inf, inf) else f"a number in {interval}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise broken(name, rule, value, TypeError)
    try:
        real = float(value)
    except OverflowError:
        real = inf
    above = real > low or (interval[0] == "[" and real == low)
    below = real < high or (interval[-1] == "]" and real == high)
    if not (isfinite(real) and above and below):
        raise broken(name, rule, value)
    return real


def seed(name, value):
    """Return a seed, a non-negative integer of any size, or None."""
    return None if value is None else integer(name, value, minimum=0, maximum=2**128 - 1)


def one_of(name, value, choices):
    """Return `value` if it is one of the words in `choices`.

    >>> one_of("init", "best", ("random", "k-means++"))
    Traceback (most recent call last):
    ValueError: init must be one of 'random', 'k-means++'; received init='best'
    """
    rule = f"one of {', '.join(map(repr, choices))}"
    if not isinstance(value, str):
        raise broken(name, rule, value, TypeError)
    if value not in choices:
        raise broken(name, rule, value)
    return value


def flag(name, value):
    """Return `value` if it is True or False: a word, or a number, would count as either."""
    if type(value).__name__ not in ("bool", "bool_"):  # Python's own or NumPy's
        raise broken(name, "True or False", value, TypeError)
    return bool(value)
