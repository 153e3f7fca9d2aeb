"""What is wrong with an answer to any exercise, from how its results differ from the right ones.

A sentence states a relation that holds in every case that was tried, so it cannot be false, though
the learner has to find the line that makes it so.
"""

import itertools
import warnings

import numpy as np

from helpers.check.values import same

# What wrong results may be of the right ones: "Your results ...".
_RELATIONS = (
    *(
        ("have lost their fractions: by `//`, `int`, `round`, or in an array of integers", lose)
        for lose in (np.rint, np.trunc, np.floor)
    ),
    ("are rounded up", np.ceil),
    *(("are rounded", lambda right, n=n: np.round(right, n)) for n in (1, 2, 3)),
    ("are 0 where they should be negative", lambda right: np.maximum(right, 0)),
    ("have lost their sign: none is negative", np.abs),
    ("are the squares of the right ones", np.square),
    ("are the square roots of the right ones", np.sqrt),
    ("are 1 minus the right ones", lambda right: 1 - right),
    ("are 1 divided by the right ones", lambda right: 1 / right),
    ("are `np.exp` of the right ones", np.exp),
    ("start again after 255: calculate with floats, not bytes", lambda right: right % 256),
    ("have rows and columns exchanged: transpose them", np.transpose),
    ("come in the reverse order", lambda right: np.flip(right, 0)),
    ("are reversed in each row", lambda right: np.flip(right, -1)),
    ("are turned by half a turn", np.flip),
    ("lack the last one", lambda right: right[:-1]),
    ("lack the first one", lambda right: right[1:]),
    ("lack the last column", lambda right: right[..., :-1]),
    ("are the running sum of the right ones", np.cumsum),
    ("are the right ones, sorted: keep the order", np.sort),
)

# What one number may be of many.
_REDUCTIONS = (
    ("first", lambda many: many.flat[0]),  # before what it may be by chance
    ("last", lambda many: many.flat[-1]),
    ("sum", np.sum),
    ("mean", np.mean),
    ("largest", np.max),
    ("smallest", np.min),
    ("product", np.prod),
)

# What may have become of an argument that is a number, or an array or list.
_CHANGED_NUMBERS = (
    ("0 in place of `{0}`", lambda a: a * 0),
    ("1 in place of `{0}`", lambda a: a * 0 + 1),
    ("`-{0}` in place of `{0}`", lambda a: -a),
    ("`abs({0})` in place of `{0}`", abs),
    ("`{0} + 1` in place of `{0}`", lambda a: a + 1),
    ("`{0} - 1` in place of `{0}`", lambda a: a - 1),
    ("`2 * {0}` in place of `{0}`", lambda a: 2 * a),
    ("`{0} / 2` in place of `{0}`", lambda a: a / 2),
    ("`{0} ** 2` in place of `{0}`", lambda a: a**2),
    ("the root of `{0}` in its place", lambda a: a**0.5),
    ("`1 / {0}` in place of `{0}`", lambda a: 1 / a),
)
_CHANGED_ARRAYS = (
    ("`{0}` reversed", lambda a: a[::-1]),
    ("`{0}` reversed in its columns", lambda a: np.flip(a, 1)),
    ("`{0}` turned by half a turn", lambda a: np.flip(a, (0, 1))),
    ("`{0}` transposed", lambda a: np.swapaxes(a, 0, 1)),
    ("the absolute values of `{0}`", np.abs),
    ("`-{0}` in place of `{0}`", np.negative),
    ("the squares of `{0}`", np.square),
    ("`{0}` cut to whole numbers", np.trunc),
    ("ones in place of `{0}`", np.ones_like),
    ("zeros in place of `{0}`", np.zeros_like),
    ("`{0}` without its first entry", lambda a: a[1:]),
    ("`{0}` without its last entry", lambda a: a[:-1]),
)

# What may have been added to the results, or multiplied with them.
_AMOUNTS_OF_NUMBERS = (
    ("`{0}`", lambda a: a),
    ("`{0} ** 2`", lambda a: a**2),
    ("`2 * {0}`", lambda a: 2 * a),
)
_AMOUNTS_OF_ARRAYS = (
    ("`{0}`", np.asarray),
    ("`len({0})`", len),
    ("the number of entries of `{0}`", np.size),
    ("the root of `len({0})`", lambda a: len(a) ** 0.5),
    ("the largest entry of `{0}`", np.max),
)
_OPERATIONS = (
    ("plus", np.add),
    ("minus", np.subtract),
    ("times", np.multiply),
    ("divided by", np.divide),
)


def agrees(function, cases, results):
    """Whether a function, which may stop in some case, gives these results."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return all(same(r, function(*case)) for case, r in zip(cases, results, strict=True))
        except Exception:  # a mistake may stop in many ways
            return False


def always_the_same(given, expected):
    """Say so where the results do not depend on the input, though the right ones do."""
    if len(given) < 2 or all(same(expected[0], right) for right in expected):
        return None
    if all(result.size and not result.any() for result in given):
        if agrees(np.trunc, [(right,) for right in expected], given):
            return (
                "All your results are 0. The right ones lie below 1, and `//`, `int` or an array "
                "of integers would make 0 of them."
            )
        return "All your results are 0, whatever comes in."
    if all(same(given[0], result) for result in given):
        return "Your result is the same whatever comes in, in all cases that were tried."
    return None


def relation(given, expected):
    """Return what holds between results and the right ones in all cases, in words, or None."""
    if len(given) < 3:  # a coincidence
        return None
    single = [(right,) for right in expected]
    for says in (_shape, _transformed, _by_a_number, _in_part, _not_finite):
        if message := says(given, expected, single):
            return message
    return None


def _shape(given, expected, single):
    flat = [result.ravel() for result in given]
    if agrees(np.ravel, single, flat):
        i = next(i for i, right in enumerate(expected) if given[i].shape != right.shape)
        found, wanted = given[i].shape, expected[i].shape
        return f"The numbers are right. Their shape is not: it is {found}, and should be {wanted}."
    many = [(result,) for result in given]
    for name, reduce in _REDUCTIONS:
        if agrees(reduce, single, given):
            return f"You return one number, the {name} of those that you should return."
        if agrees(reduce, many, expected):
            return f"You return many numbers; their {name} is the one that is asked for."
    for axis, (name, reduce) in itertools.product((0, 1, -1), _REDUCTIONS[2:6]):
        if agrees(lambda right, f=reduce, axis=axis: f(right, axis=axis), single, given):
            return f"An axis is gone that should stay: you return the {name} over axis {axis}."
        if agrees(lambda result, f=reduce, axis=axis: f(result, axis=axis), many, expected):
            return f"Your result has an axis too many: take the {name} over axis {axis} as well."
    return None


def _transformed(given, expected, single):
    for words, transform in _RELATIONS:
        if agrees(transform, single, given):
            return f"Your results {words}."
    if agrees(np.exp, [(result,) for result in given], expected):  # also where np.log(0) is
        return "Your results are the logarithms of the right ones."
    return None


def _joined(given, expected):
    """The entries of all cases in two rows, or None where shapes differ."""
    if any(r.shape != e.shape for r, e in zip(given, expected, strict=True)):
        return None
    return [np.concatenate([v.ravel() for v in a]).astype(float) for a in (given, expected)]


def _by_a_number(given, expected, single):
    """A factor or an offset that is the same everywhere."""
    joined = _joined(given, expected)
    if joined is None or not np.isfinite(joined[0]).all() or np.ptp(joined[1]) == 0:
        return None
    found, right = joined
    factor, offset = found @ right / (right @ right), (found - right).mean()
    if factor and f"{factor:.4g}" != "1" and same(found, factor * right):
        turned = np.isclose(factor, -1)
        said = f"Each of your results is {factor:.4g} times what it should be."
        return "Every sign is turned." if turned else said
    if same(found, right + offset):
        return (
            f"Each of your results is {abs(offset):.4g} too {'large' if offset > 0 else 'small'}."
        )
    return None


def by_a_factor_each(given, expected):
    """Say so where one factor a case, but not the same in all, makes the right results of these."""
    if _joined(given, expected) is None or not all(e.size > 1 and e.any() for e in expected):
        return None
    factors = [(r * e).sum() / (e * e).sum() for r, e in zip(given, expected, strict=True)]
    if not agrees(np.multiply, zip(factors, expected, strict=True), given):
        return None
    low, high = f"{min(factors):.4g}", f"{max(factors):.4g}"
    if 0 in factors or low == high:  # zeros here and right ones there; hardly any factor at all
        return None
    return (
        f"In each case one factor turns all the right results into yours: it goes from {low} to "
        f"{high}."
    )


def _in_part(given, expected, single):
    """The same entries right in every case and the others wrong: by place, or by sign."""
    joined = _joined(given, expected)
    if joined is None:
        return None
    found, right = joined
    fine = np.isclose(found, right, rtol=1e-5, atol=1e-6 * (1 + np.abs(right).max(initial=0)))
    for name, there in (("negative", right < 0), ("0", right == 0)):
        if min(there.sum(), (~there).sum()) > 3 and (fine != there).all():
            return f"You are wrong wherever the right result is {name}, and right elsewhere."
    for name, part in (("first", slice(1)), ("last", slice(-1, None))):
        rest = slice(1, None) if name == "first" else slice(-1)
        if all(
            right.ndim
            and len(right) > 1
            and same(result[rest], right[rest])
            and not same(result[part], right[part])
            for result, right in zip(given, expected, strict=True)
        ):
            return f"All that you return is right but the {name}."
    if all(right.ndim and len(right) == 2 for right in expected):
        for place, other in ((0, "second"), (1, "first")):
            if all(same(r[place], e[place]) for r, e in zip(given, expected, strict=True)):
                return f"Of the two that you return the {other} is wrong, and the other is right."
    return None


def _not_finite(given, expected, single):
    wrong = [r for r, e in zip(given, expected, strict=True) if not same(r, e)]
    if all(not np.isfinite(result).all() for result in wrong):
        return (
            "Your result holds NaN or infinity: a division by 0, the root or logarithm of a "
            "negative number, or a power that is too large."
        )
    return None


def off_by_argument(names, cases, given, expected):
    """Return what among the arguments adds to the results, multiplies or divides them, or None."""
    for i, name in enumerate(names):
        if callable(cases[0][i]) or not all(np.size(case[i]) for case in cases):
            continue
        kinds = _AMOUNTS_OF_ARRAYS if np.ndim(cases[0][i]) else _AMOUNTS_OF_NUMBERS
        for (words, amount), (said, apply) in itertools.product(kinds, _OPERATIONS):
            pairs = [(right, amount(case[i])) for case, right in zip(cases, expected, strict=True)]
            if agrees(apply, pairs, given):
                return f"Your results are the right ones {said} {words.format(name)}."
    return None


def as_if(right, names, cases, given, *, at_once):
    """Return with which arguments in place of those the results would be right, or None.

    Looks at one change `at_once`, or at two.
    """
    changes = list(_changes(names, cases[0]))
    exchanges = [
        (f"`{names[i]}` and `{names[j]}` exchanged", _exchange(i, j), {i, j})
        for i, j in itertools.combinations(range(len(names)), 2)
    ]
    pairs = (pair for pair in itertools.combinations(changes, 2) if pair[0][2] != pair[1][2])
    for chosen in pairs if at_once == 2 else ((one,) for one in changes + exchanges):

        def changed(*case, chosen=chosen):
            for _, change, _ in chosen:
                case = change(*case)
            return right(*case)

        if agrees(changed, cases, given):
            return f"Your results are the right ones for {' and '.join(c[0] for c in chosen)}."
    return None


def _changes(names, case):
    """Yield (words, function of all arguments, the places that it changes)."""
    for i, (name, argument) in enumerate(zip(names, case, strict=True)):
        for words, change in _CHANGED_ARRAYS if np.ndim(argument) else _CHANGED_NUMBERS:
            yield (
                words.format(name),
                lambda *a, i=i, change=change: (*a[:i], change(a[i]), *a[i + 1 :]),
                {i},
            )


def _exchange(i, j):
    return lambda *a: tuple(a[{i: j, j: i}.get(place, place)] for place in range(len(a)))
