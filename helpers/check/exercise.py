"""An exercise: a right function, inputs that the learner has not seen, and the usual mistakes.

A mistake is written as the function that somebody who makes it would hand in. A wrong answer that
agrees with it, or with two mistakes at once, is told its name; any other what `diagnoses` finds.
"""

import functools
import inspect
import itertools
import warnings
from dataclasses import dataclass

import numpy as np

from helpers import _validate
from helpers.check import diagnoses
from helpers.check.attempt import attempt
from helpers.check.values import cut, same, tolerances, written

DEFAULT_SEED = 0  # of the cases of a lesson: the same for every learner, at every try
LONGEST_CALL = 400  # characters: a case is written out in full up to here


@dataclass(frozen=True)
class Verdict:
    """`right` is True, False, or None where there is no attempt yet.

    `printed` is what the answer printed while it was tried; `mistake` is what the message says
    without the case that shows it, "" where only that case is known.
    """

    right: bool | None
    message: str
    printed: str = ""
    mistake: str = ""

    def __str__(self):
        sign = {True: "Right.", False: "Not yet.", None: "Not attempted yet."}[self.right]
        return f"{sign} {self.message}"


class Mistake:
    """A usual mistake: what to tell the learner, and the codings that lead to it.

    A coding is a function with the exercise's arguments; or the keyword arguments (of several,
    dicts) with which the right function makes it, and then it can be found beside another mistake.
    """

    def __init__(self, message, *codings, **switches):
        self.message, self.codings = message, codings + (switches,) * bool(switches)

    def functions(self, right):
        """Return the codings as functions of the exercise's arguments."""
        return [functools.partial(right, **c) if isinstance(c, dict) else c for c in self.codings]


class Exercise:
    """One exercise, named after its right function without the underscore.

    Parameters
    ----------
    right : callable
        Takes a case, returns the right answer. Its keyword arguments are for mistakes.
    cases : callable
        Takes a NumPy random generator; returns a dict of argument tuples, each under words for
        what is special about it, "an even kernel": what bites is always there, the rest is drawn.
    mistakes : Mistake
    praise : str
        What a right answer shows.
    asked : str, optional
        The learner's function, if it must not have the exercise's name.
    """

    def __init__(self, right, cases, *mistakes, praise, asked=""):
        self.right, self.cases, self.mistakes, self.praise = right, cases, mistakes, praise
        self.name = right.__name__.strip("_")  # in helpers.check
        kinds = inspect.signature(right).parameters.values()
        self.names = [k.name for k in kinds if k.kind is k.POSITIONAL_OR_KEYWORD]
        self.call = f"{asked or self.name}({', '.join(self.names)})"

    def case(self, i, seed=None):
        """Return the arguments of case `i`, as the messages number them: `f(*check.NAME.case(2))`.

        `seed` draws other cases than those of the lesson.
        """
        cases = list(self._drawn(seed).values())
        return cases[_validate.integer("i", i, minimum=0, maximum=len(cases) - 1)]

    def __call__(self, answer):
        """Print the verdict on `answer`, a function; one called `..._solution` is said to be it."""
        verdict = self.judge(answer)
        if verdict.printed:
            print("Your function prints:", verdict.printed.rstrip(), sep="\n")
        folded = str(getattr(answer, "__name__", "")).endswith("_solution")
        print("The folded solution: " * folded + str(verdict))

    def judge(self, answer, seed=None):
        """Return the Verdict on `answer`, a function called with a copy of each case in turn.

        `seed` draws other cases than those of the lesson, which a table of results cannot know. No
        error gets out but KeyboardInterrupt and Abort; ten seconds are the limit (see `attempt`).
        """
        drawn = self._drawn(seed)
        if answer is None or answer is ...:
            return self._not_attempted()
        if not callable(answer):
            came = type(answer).__name__
            said = f"Hand over the function itself, {self.call}, not a value; received {came}."
            return Verdict(False, said, mistake=said)
        if complaint := self._other_arguments(answer):
            return Verdict(False, complaint, mistake=complaint)
        cases = list(drawn.values())
        outcomes, printed = attempt(answer, cases)
        if all(outcome.nothing for outcome in outcomes):
            return self._nothing(outcomes, printed)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = [np.asarray(self.right(*case)) for case in cases]
            wrong = [
                i
                for i, outcome in enumerate(outcomes)
                if outcome.value is None or not same(outcome.value, expected[i])
            ]
            if not wrong:
                return Verdict(True, self.praise + _remark(outcomes), printed=printed)
            name, is_usual = self._named(cases, outcomes, expected, wrong)
        # A usual mistake is told without an example, unless the answer stops for one as well.
        stops = [i for i in wrong if outcomes[i].value is None]
        example = self._example(drawn, outcomes, expected, stops if is_usual else wrong, seed)
        mistake = name or (f"It {outcomes[stops[0]].problem}" if stops else "")
        return Verdict(False, f"{name} {example}".strip(), printed, mistake)

    def _drawn(self, seed):
        seed = _validate.seed("seed", seed)
        return self.cases(np.random.default_rng(DEFAULT_SEED if seed is None else seed))

    def _not_attempted(self):
        return Verdict(None, f"Write {self.call} in the cell above so that it returns its result.")

    def _nothing(self, outcomes, printed):
        if printed:
            said = "Your function prints its result and returns nothing. "
            said += "Write `return` in place of `print`."
            return Verdict(False, said, printed, said)
        if any(outcome.changed for outcome in outcomes):
            said = "Your function changes what it is given, and returns nothing. Return the result."
            return Verdict(False, said, mistake=said)
        return self._not_attempted()

    def _other_arguments(self, answer):
        """Say so where the answer cannot be called as the exercise calls it."""
        try:
            signature = inspect.signature(answer)
            given = cut(f"{getattr(answer, '__name__', 'your function')}{signature}")
        except KeyboardInterrupt:
            raise
        except BaseException:  # some built-in functions have none
            return None
        try:
            signature.bind(*self.case(0))
        except TypeError:
            return f"The check calls {self.call}; {given} cannot be called so."
        return None

    def _named(self, cases, outcomes, expected, wrong):
        """Return what is wrong in words, "" if unknown, and whether it is one of the mistakes."""
        came = [i for i, outcome in enumerate(outcomes) if outcome.value is not None]
        given, right = [outcomes[i].value for i in came], [expected[i] for i in came]
        if len(came) < 2 or not set(came) & set(wrong):
            return "", False
        cases = [cases[i] for i in came]
        if said := diagnoses.always_the_same(given, right):
            return said, False
        if said := self._mistake(cases, given):
            return said, True
        return (
            diagnoses.relation(given, right)
            or diagnoses.off_by_argument(self.names, cases, given, right)
            or diagnoses.by_a_factor_each(given, right)
            or diagnoses.as_if(self.right, self.names, cases, given, at_once=1)
            or self._two_mistakes(cases, given)
            or diagnoses.as_if(self.right, self.names, cases, given, at_once=2)
            or ""
        ), False

    def _mistake(self, cases, given):
        for mistake in self.mistakes:
            for function in mistake.functions(self.right):
                if diagnoses.agrees(function, cases, given):
                    return mistake.message
        return None

    def _two_mistakes(self, cases, given):
        switched = [(m.message, c) for m in self.mistakes for c in m.codings if isinstance(c, dict)]
        for (one, coding), (two, other) in itertools.combinations(switched, 2):
            both = functools.partial(self.right, **{**coding, **other})
            if not coding.keys() & other.keys() and diagnoses.agrees(both, cases, given):
                return f"There are two mistakes. {one} And: {two}"
        return None

    def _example(self, drawn, outcomes, expected, wrong, seed):
        """Write out the smallest of the cases `wrong`, and say which others there are."""
        if not wrong:
            return ""
        labels, cases = list(drawn), list(drawn.values())
        i = min(wrong, key=lambda i: sum(np.size(argument) for argument in cases[i]))
        call = f"{self.call.split('(')[0]}({', '.join(map(written, cases[i]))})"
        if len(call) > LONGEST_CALL:
            call = f"{self.call}, with the case named below,"
        told = outcomes[i].problem or _difference(outcomes[i].value, expected[i])
        again = f"{self.name}.case({i}{'' if seed is None else f', seed={seed}'})"
        where = "; ".join(labels[i] for i in wrong) if len(wrong) < len(cases) else "all cases"
        return f"{call} {told} (`check.{again}`; wrong with: {where}.)"


def _remark(outcomes):
    if not any(outcome.changed for outcome in outcomes):
        return ""
    return (
        " One remark: it changes what it is given, so the caller's own array or list has other "
        "values afterwards. Work on a copy."
    )


def _difference(given, right):
    """Say how one result differs: by its shape, or where it is furthest off, by far enough."""
    if given.shape != right.shape:
        return f"returns a result of shape {given.shape}; it should have {right.shape}."
    off = np.nan_to_num(np.abs(given.astype(float) - right), nan=np.inf)
    fine = np.isclose(given, right, *tolerances(given, right), equal_nan=True)
    off = np.where(fine, -1.0, off)
    place = tuple(map(int, np.unravel_index(off.argmax(), off.shape)))
    where = f" at {list(place)}" if place else ""
    digits = ".12g" if right.dtype.kind in "iu" else ".6g"
    found, wanted = (f"{float(array[place]) + 0:{digits}}" for array in (given, right))  # no -0
    return f"returns {found}{where}; right is {wanted}."


def as_is(value):
    """Return the value: what a right function does where a mistake does something."""
    return value


def whole(rng, shape, low=-9, high=10):
    """Draw an array of whole numbers that a person can still multiply."""
    return rng.integers(low, high, shape)


def fractions(rng, shape, scale=3):
    """Draw an array of numbers of both signs with three digits after the point, no zero."""
    drawn = np.round(rng.normal(size=shape) * scale, 3)
    return np.where(drawn == 0, 0.5, drawn)


def between(rng, shape, low=0.0, high=1.0):
    """Draw an array of numbers between two, with three digits after the point."""
    return np.round(rng.uniform(low, high, shape), 3)
