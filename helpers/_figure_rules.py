"""What the arguments of a figure may be, and the decorator that holds a figure to it.

A rule takes an argument's name and value. It returns the value as it is drawn, or raises the
error that names argument, rule and value.
"""

import functools
import inspect
import re
import textwrap
from collections.abc import Collection, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from helpers._arrays import numbers
from helpers._validate import broken, flag, integer, number
from helpers.display import no_figure_left_by_errors, printable

LARGE = 1e100  # beyond it matplotlib's own arithmetic overflows
MOST = 256  # images, names, bars in one figure
WRITTEN = 32 * 32  # numbers that are written into their cells


def count(minimum=1, maximum=2**31 - 1):
    """Make the rule of an integer."""
    return lambda name, value: integer(name, value, minimum=minimum, maximum=maximum)


def real(interval=f"[-{LARGE}, {LARGE}]"):
    """Make the rule of a number in an interval."""
    return lambda name, value: number(name, value, interval)


def word(name, value):
    """Hold a name to be a text that shows something."""
    if not isinstance(value, str):
        raise broken(name, "a text", value, TypeError)
    if not printable(value).strip():
        raise broken(name, "a text that is not blank", value)
    return value


def lines(value):
    """Return a text as matplotlib is to draw it: as it stands, in at most four short lines."""
    parts = [part for line in printable(value).split("\n") for part in textwrap.wrap(line, 60)]
    parts[3:] = ["…"] if len(parts) > 4 else parts[3:]
    return re.sub(r"(?<!\\)\$", r"\$", "\n".join(parts))  # a "$" would start a formula


def text(name, value):
    """Hold a title or a label to be a text, and return what is drawn."""
    return lines(word(name, value))


def color(name, value):
    """Hold a value to be a colour, and return it as in `PALETTE`."""
    try:
        return to_hex(value).upper()
    except Exception:  # not only ValueError: matplotlib writes a learner's own object out
        raise broken(name, "a colour that matplotlib knows", value) from None


def instance(kind):
    """Make the rule of an object of a class."""

    def check(name, value):
        if not isinstance(value, kind):
            raise broken(name, f"of the class {kind.__name__}", value, TypeError)
        return value

    return check


def limits(name, value):
    """Hold a value to be both ends of a scale."""
    low, high = each(low=real(), high=real())(name, value)
    if low >= high:
        raise broken(name, "(low, high) with low < high", value)
    return low, high


def array(*layouts, missing=False, whole=False, most=None):
    """Make the rule of an array in one of some layouts, of at most so many numbers.

    `missing`: some may be NaN.
    """
    rule = "of whole numbers" if whole else f"of finite numbers, none beyond {LARGE:g}"
    rule += ", or NaN for some that are missing" * missing

    def check(name, value):
        layout = next((sides for sides in layouts if len(sides) == depth(value)), layouts[0])
        found = numbers(name, value, layout)
        if whole and found.dtype.kind not in "iu":
            raise broken(f"{name}.dtype", "that of integers", str(found.dtype), TypeError)
        if most and found.size > most:
            raise broken(f"{name}.shape", f"of at most {most:,} numbers", found.shape)
        with np.errstate(over="ignore"):
            drawn = found.astype(float)
        wrong = ~(np.abs(drawn) <= LARGE) & ~(missing & np.isnan(drawn))
        if np.isnan(drawn).all():
            raise broken(name, "of at least one number that is not NaN", np.nan)
        if wrong.any():
            raise broken(name, rule, drawn[wrong][0].item())
        return found if whole else drawn

    return check


def depth(value):
    """Return how many sides an array has, −1 for what is none."""
    try:
        return np.ndim(value)
    except Exception:  # rows of different lengths, or a learner's own class: told by `numbers`
        return -1


def picture(name, value):
    """Hold a value to be an image, (h, w), or one in colour, (h, w, 3), then made [0, 1]."""
    drawn = array(("h", "w"), ("h", "w", 3), missing=True)(name, value)
    if drawn.ndim == 3:
        top = 255 if np.asarray(value).dtype.kind in "iu" else 1
        if not (drawn.min() >= 0 and drawn.max() <= top):
            rule = f"a colour picture of values from 0 to {top}, as its dtype is"
            raise broken(name, rule, (drawn.min().item(), drawn.max().item()))
        drawn /= top
    return drawn


def _sized(name, value, words, kind, least=1, most=MOST, *, but=()):
    """Hold a value to be of a kind, with so many entries."""
    if not isinstance(value, kind) or isinstance(value, but):
        raise broken(name, words, value, TypeError)
    if getattr(value, "shape", None) == () or not least <= len(value) <= most:
        raise broken(name, words, value)


def sequence(rule, least=1):
    """Make the rule of a list whose entries keep a rule."""

    def check(name, value):
        words = f"a list of {least} to {MOST} entries"
        _sized(name, value, words, Collection, least, but=(str, bytes, Mapping))
        return [rule(f"{name}[{place}]", entry) for place, entry in enumerate(value)]

    return check


def named(rule, least=1):
    """Make the rule of a dict from names to what keeps a rule."""

    def check(name, value):
        words = f"a dict of {least} to {MOST} names and what belongs to them"
        _sized(name, value, words, Mapping, least)
        return {
            word(f"each name in {name}", key): rule(f"{name}[{key!r}]", entry)
            for key, entry in value.items()
        }

    return check


def each(**rules):
    """Make the rule of a tuple with a rule for each of its entries."""

    def check(name, value):
        _sized(name, value, f"({', '.join(rules)})", (tuple, list), len(rules), len(rules))
        parts = zip(rules.items(), value, strict=True)
        return tuple(rule(f"{part} of {name}", entry) for (part, rule), entry in parts)

    return check


def same_length(name, value, other, length):
    """Raise an error if `value` has not the length of another argument."""
    if len(value) != length:
        raise broken(name, f"as long as {other} ({length})", len(value))


# What an argument of this name may be in every figure.
COMMON = {
    **dict.fromkeys(("title", "xlabel", "ylabel", "suptitle"), text),
    **dict.fromkeys(("signed", "colorbar"), flag),
    **dict.fromkeys(("row", "column"), count(0)),
    **dict.fromkeys(("height", "width", "columns"), count()),
    **{"ax": instance(Axes), "color": color, "colors": named(color, least=0), "limits": limits},
    "most": real(),
}


def figure(**own):
    """Make the decorator of a figure: its arguments keep `COMMON` and rules of its own."""

    def decorate(draw):
        signature = inspect.signature(draw)
        rules = {name: own[name] if name in own else COMMON[name] for name in signature.parameters}

        @functools.wraps(draw)
        def checked(*args, **kwargs):
            given = signature.bind(*args, **kwargs).arguments
            for name, value in given.items():
                if value is not signature.parameters[name].default:
                    given[name] = rules[name](name, value)
            with no_figure_left_by_errors():
                return draw(**given)

        return checked

    return decorate
