"""The rules that arguments keep, and the words of the error when one is broken.

Standard library only: `helpers.shapes` builds on it.
"""

import operator


def broken(name, rule, value, error=ValueError):
    """Return the error that names the argument, the rule and the value received.

    >>> broken("strides", "a positive integer", 0)
    ValueError('strides must be a positive integer; received strides=0')
    """
    return error(f"{name} must be {rule}; received {name}={value!r}")


def integer(name, value, *, minimum=1):
    """Return `value` as an int of at least `minimum`; NumPy's integers count, bools do not."""
    rule = {0: "a non-negative integer", 1: "a positive integer"}[minimum]
    if isinstance(value, bool):
        raise broken(name, rule, value, TypeError)
    try:
        number = operator.index(value)
    except TypeError:
        raise broken(name, rule, value, TypeError) from None
    if number < minimum:
        raise broken(name, rule, value)
    return number


def pair(name, value, *, minimum=1):
    """Return (height, width) from an int, which stands for both, or from a pair of ints."""
    if not isinstance(value, (tuple, list)):
        value = (value, value)
    if len(value) != 2:
        raise broken(name, "an integer or a pair of integers", value)
    return tuple(integer(name, entry, minimum=minimum) for entry in value)
