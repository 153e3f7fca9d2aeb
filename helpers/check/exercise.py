"""The exercise checks: `check.NAME(answer)` says what is right, wrong, or not tried yet.

An exercise holds a right function, inputs that the learner has not seen, and the
usual mistakes, each written as the function that somebody who makes it would
hand in. A wrong answer that agrees with one of them is told its name.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """`right` is True, False, or None where there is no attempt yet."""

    right: bool | None
    message: str

    def __str__(self):
        sign = {True: "Right.", False: "Not yet.", None: "Not attempted yet."}[self.right]
        return f"{sign} {self.message}"


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes
    ----------
    call : str
        How the answer is called, for the messages: "output_size(n, k, p, s)".
    right : callable
        Takes one case, returns the right answer.
    cases : callable
        Takes a NumPy random generator, returns a list of argument tuples.
    mistakes : dict of str to callable
        What to tell the learner, and the function that makes this mistake.
    praise : str
        What a right answer shows.
    """

    call: str
    right: Callable
    cases: Callable
    mistakes: dict[str, Callable]
    praise: str

    def __call__(self, answer):
        """Print the verdict on `answer`, a function; one called `..._solution` is said to be it."""
        folded = getattr(answer, "__name__", "").endswith("_solution")
        print("The folded solution: " * folded + str(self.judge(answer)))

    def judge(self, answer):
        """Return the Verdict on `answer`, a function called with each case in turn."""
        if answer is None or answer is ...:
            return self._not_attempted()
        if not callable(answer):
            return Verdict(
                False,
                f"Hand over the function itself, {self.call}, not a value; "
                f"received {type(answer).__name__}.",
            )
        cases = self.cases(np.random.default_rng(0))
        answers = []
        for case in cases:
            try:
                given = answer(*copy.deepcopy(case))
            except NotImplementedError:
                return self._not_attempted()
            except Exception as error:
                return Verdict(
                    False,
                    f"For {_show(case)} it stops: {type(error).__name__}: {error}",
                )
            if given is None or given is ...:
                return self._nothing(case) if answers else self._not_attempted()
            answers.append(given)
        expected = [self.right(*copy.deepcopy(case)) for case in cases]
        wrong = [i for i, pair in enumerate(zip(answers, expected, strict=True)) if not same(*pair)]
        if not wrong:
            return Verdict(True, self.praise)
        return Verdict(
            False,
            self._named_mistake(cases, answers) or _difference(cases, answers, expected, wrong[0]),
        )

    def _not_attempted(self):
        return Verdict(None, f"Write {self.call} in the cell above so that it returns its result.")

    def _nothing(self, case):
        message = f"For {_show(case)} it returns nothing. Is a `return` missing in one branch?"
        return Verdict(False, message)

    def _named_mistake(self, cases, answers):
        for message, mistake in self.mistakes.items():
            made = [mistake(*copy.deepcopy(case)) for case in cases]
            if all(same(*pair) for pair in zip(answers, made, strict=True)):
                return message
        return None


def same(answer, expected):
    """Whether two results agree: shape exactly, values within a tolerance.

    >>> same([1, 2], (1.0, 2.0000001)), same([1, 2], [[1, 2]]), same("two", 2)
    (True, False, False)
    """
    try:
        answer, expected = np.asarray(answer), np.asarray(expected)
    except ValueError:  # rows of different lengths
        return False
    if answer.dtype.kind not in "biuf" or answer.shape != expected.shape:
        return False
    if expected.dtype.kind in "iu":  # counts are right or wrong, in whatever type they come
        return np.allclose(answer, expected, rtol=1e-9, atol=1e-6)
    # Wide enough for sums in another order, and for answers in a short type of float.
    rtol = max(1e-5, np.finfo(answer.dtype).eps if answer.dtype.kind == "f" else 0)
    scale = np.abs(expected).max(initial=0)
    return np.allclose(answer, expected, rtol=rtol, atol=1e-6 * (1 + scale))


def _difference(cases, answers, expected, index):
    """Say what is wrong with one answer: its kind, its shape, or where it is furthest off."""
    case, answer, right = _show(cases[index]), answers[index], np.asarray(expected[index])
    try:
        given = np.asarray(answer)
    except ValueError:  # rows of different lengths
        given = np.asarray("")
    if given.dtype.kind not in "biuf":
        return f"For {case} it returns {answer!r}, which is no number or array."
    if given.shape != right.shape:
        return f"For {case} the result has shape {given.shape}; it should have {right.shape}."
    off = np.nan_to_num(np.abs(given.astype(float) - right), nan=np.inf)
    place = tuple(map(int, np.unravel_index(off.argmax(), off.shape)))
    where = f" at {list(place)}" if place else ""
    digits = ".12g" if right.dtype.kind in "iu" else ".6g"
    found, wanted = (f"{float(array[place]):{digits}}" for array in (given, right))
    return f"For {case} it returns {found}{where}; right is {wanted}."


def _show(case):
    return "(" + ", ".join(_brief(argument) for argument in case) + ")"


def _brief(value):
    """Write small values out, large ones by their shape."""
    if isinstance(value, str):
        return repr(value)
    array = np.asarray(value)
    if array.size > 16:
        return f"an array of shape {array.shape}"
    return str(np.round(array, 4).tolist())


def integers(rng, shape, low=-9, high=10):
    """Draw an array of whole numbers that a person can still multiply."""
    return rng.integers(low, high, shape)


def squared_distances(x, z):
    """Return those of all n points in x to all m points in z, (n, m).

    >>> squared_distances(np.array([[0, 0]]), np.array([[3, 4], [1, 0]]))
    array([[25,  1]])
    """
    return np.square(x[:, None] - z).sum(axis=2)
