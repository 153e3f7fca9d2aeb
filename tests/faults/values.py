"""Values that no argument expects: drawn by hypothesis, always the same ones."""

import copy
import math
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


class Odd:
    """An object that answers every question with an error."""

    __hash__ = None

    def __repr__(self):
        raise RuntimeError("no words")

    def __len__(self):
        raise RuntimeError("no length")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __index__(self):
        raise ValueError("no index")

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array")


class Liar:
    """An object that has whatever it is asked for."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args):
        return self


NAN, INF = math.nan, math.inf
SPECIAL = [
    *(None, True, False, np.bool_(True), 0, -1, 1, 2, 3, 7, 1000, 2**31, 2**63, 10**30, -(10**30)),
    *(NAN, INF, -INF, -0.0, 0.5, 2.5, -1.0, 5e-324, 1e-200, 1e20, 1e308, -1e308, 1j, 1 + 2j),
    *(np.int8(3), np.int8(127), np.uint8(200), np.int16(-2), np.int64(2), np.uint64(2**63)),
    *(np.float16(0.5), np.float32(2), np.float64(NAN), np.datetime64("2020"), np.array(3)),
    *("", "   ", "3", "nan", "same", "no", "A8", "9" * 5_000, "x" * 900, "$\\frac{$", "a\x00b"),
    *("\ud800", "<b>\"'&", b"x", bytearray(b"x"), Decimal("1.5"), Fraction(1, 3), date(2020, 1, 1)),
    *((), [], {}, set(), {1, 2}, range(3), range(0), (1, 1), (0, 1), (1.5, 1), (1, 2, 3), (2, -1)),
    *([1], [1, 2, 3], [[1, 2], [3, 4]], [[1, 2], [3]], [1, "a", None], ["a", "b"], [[]], [None]),
    *([0, 1, 1], [0, 1, -1], [NAN, 1.0], [(3, 1)], [(3, 2), (0, 1)], [(3,)], [3, 2], [2**63] * 3),
    *({"a": 1}, {"a": [1.0, 2.0]}, {"a": "b"}, {1: 2}, {None: None}, {"a": [NAN]}, {"": [1, 2]}),
    *(np.zeros(0), np.zeros((0, 3)), np.zeros((2, 0)), np.zeros((3, 3, 3)), np.zeros((1,) * 10)),
    *(np.eye(2), np.eye(3), np.ones((2, 2)) * 1j, np.full((2, 2), NAN), np.full((2, 2), INF)),
    *(np.full((3, 2), 1e308), np.full((3, 2), 2**63 - 1), np.full((3, 2), 2**64 - 1, np.uint64)),
    *(np.array([[255, 0], [128, 7]], np.uint8), np.array([[True, False], [False, True]])),
    *(np.array(["a", "b"]), np.array([None, 1], object), np.array([[1, None], [2, 3]], object)),
    *(np.array([1 + 2j, 2]), np.zeros(2, [("a", int)]), np.array([0, 1, 5]), np.array([0.0, 1, 1])),
    *(np.ma.masked, np.ma.array([[1.0, 2], [3, 4]], mask=[[0, 1], [0, 0]])),
    *(np.ma.array([1, 2, 3], mask=[0, 1, 0]), np.ma.array(3, mask=True), np.ones((1000, 1))),
    *(Odd(), Odd, Liar(), object(), len, abs, print, ..., NotImplemented),
    *(np.random.default_rng(0), np, iter([1, 2]), slice(3), memoryview(b"ab"), ValueError("x")),
]


def _array(valid):
    """Return a float copy of what is like an array of numbers; TypeError for what is not."""
    found = np.array(valid, dtype=float)
    if not found.size:
        raise TypeError("empty")
    return found


def _with(entry):
    def spoil(valid):
        found = _array(valid)
        found.flat[found.size // 2] = entry
        return found if found.ndim else found[()]

    return spoil


def _ragged(valid):
    rows = [*copy.deepcopy(valid)]
    rows[0] = [*rows[0], 1] if np.ndim(rows[0]) else [rows[0]]
    return rows


def _masked(valid):
    found = np.ma.array(_array(valid))
    found[(0,) * found.ndim] = np.ma.masked
    return found


# What makes a bad value of the very one that is right; TypeError where it cannot.
SPOILS = {
    "a NaN in it": _with(NAN),
    "infinity in it": _with(INF),
    "1e308 in it": _with(1e308),
    "negative": lambda valid: -_array(valid),
    "zero": lambda valid: _array(valid) * 0,
    "halves": lambda valid: _array(valid) + 0.5,
    "huge": lambda valid: _array(valid) * 1e300,
    "complex": lambda valid: _array(valid) * (1 + 1j),
    "object": lambda valid: _array(valid).astype(object),
    "masked": _masked,
    "text": lambda valid: str(valid),
    "bytes": lambda valid: str(valid).encode(),
    "truth": lambda valid: bool(np.any(_array(valid))),
    "narrow": lambda valid: _array(valid).astype(np.int8),
    "half floats": lambda valid: _array(valid).astype(np.float16),
    "unsigned": lambda valid: _array(valid).astype(np.uint64),
    "one more axis": lambda valid: _array(valid)[None],
    "one axis less": lambda valid: _array(valid)[0],
    "in a list": lambda valid: [valid],
    "twice": lambda valid: [valid, valid],
    "without the first": lambda valid: valid[1:],
    "empty": lambda valid: _array(valid)[..., :0],
    "ragged": _ragged,
    "turned": lambda valid: _array(valid).T,
    "one key less": lambda valid: dict([*valid.items()][1:]),
    "an odd entry": lambda valid: {**valid, "odd": Odd()},
    "None in it": lambda valid: [*valid, None],
    "a function of it": lambda valid: lambda *args: valid,
}


def _drawn():
    """The strategy: half of them made of the right value, the others from anywhere."""
    dtypes = st.sampled_from(["f8", "f4", "i8", "u1", "?", "c8", "i1"])
    shapes = hnp.array_shapes(min_dims=0, max_dims=4, max_side=4, min_side=0)
    numbers = st.one_of(st.integers(-(2**70), 2**70), st.floats())
    anything = st.one_of(
        numbers,
        st.text(max_size=12),
        hnp.arrays(dtypes, shapes),
        st.lists(numbers, max_size=4),
        st.lists(st.text(max_size=4), max_size=3),
        st.dictionaries(st.text(max_size=4), st.lists(st.floats(), max_size=3), max_size=3),
    )
    return st.one_of(
        st.tuples(st.just("special"), st.integers(0, len(SPECIAL) - 1)),
        st.tuples(st.just("spoil"), st.sampled_from([*SPOILS])),
        st.tuples(st.just("drawn"), anything),
    )


def draw(n):
    """Return n recipes for bad values, the same at every call and on every machine."""
    recipes = []

    @settings(
        max_examples=n,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32), _drawn())  # hypothesis draws nothing twice, but for the number
    def collect(_, recipe):
        recipes.append(recipe)

    collect()
    return recipes[:n]


def cook(recipe, valid):
    """Return the bad value of a recipe, made anew; where it cannot be spoilt, a list of it."""
    how, what = recipe
    if how == "spoil":
        try:
            return SPOILS[what](valid)
        except Exception:
            return [[valid], valid]
    value = SPECIAL[what] if how == "special" else what
    try:
        return copy.deepcopy(value)
    except Exception:
        return value
