"""Call a learner's function safely: it cannot hang, let an error out, or change what it is given.

Not covered are loops inside one call of compiled code, such as `sum(itertools.count())`: Python
can interrupt them nowhere but in a process of their own. Where there is no signal for a timer
(Windows, or a thread beside the main one), a `sleep` is interrupted only when it ends. An endless
loop that catches every error, `except:` without a name, may take a few attempts more, or go on.
"""

import copy
import io
import re
import signal
import threading
import warnings
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass

import numpy as np

from helpers.check.values import NoNumbers, cut, numbers

SECONDS = 10
LONGEST = 2000  # characters of a learner's printing that are kept


class _TimeIsUp(BaseException):
    """Not an Exception, so that `except Exception` in an answer does not stop the clock."""


class Abort(BaseException):
    """Ends a judging: raised by what stands for an answer elsewhere, when that cannot go on."""


@dataclass(frozen=True)
class Outcome:
    """What one call came to.

    `value` is a plain array, the learner's result copied; or it is None and `problem` says, in
    words that go on after "it", what came instead. `nothing`: it returned nothing at all.
    `changed`: the arguments were not the same after the call.
    """

    value: np.ndarray | None = None
    problem: str = ""
    nothing: bool = False
    changed: bool = False


class Told(Exception):
    """Raised by what stands for an answer elsewhere: `outcome` is what the call came to there."""

    def __init__(self, outcome):
        self.outcome = outcome


def attempt(answer, cases):
    """Return the Outcome of `answer` for each case, up to the one that took too long, and what
    it printed."""
    outcomes, printed = [], _Printed()
    try:
        with _time_limit(SECONDS), redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for case in cases:
                outcomes.append(_call(answer, case))
    except _TimeIsUp:
        late = f"is still running after {SECONDS:g} seconds. Is there a loop that never ends?"
        outcomes.append(Outcome(problem=late))
    return outcomes[: len(cases)], printed.getvalue()


def _call(answer, case):
    arguments = copy.deepcopy(case)
    try:
        returned = answer(*arguments)
        changed = not all(map(_equal, arguments, case))
        if returned is None or returned is ...:
            missing = "returns nothing. Is a `return` missing in one branch?"
            return Outcome(problem=missing, nothing=True, changed=changed)
        return Outcome(numbers(returned), changed=changed)
    except (_TimeIsUp, KeyboardInterrupt, Abort):
        raise
    except Told as told:
        return told.outcome
    except NotImplementedError:
        return Outcome(problem="stops with NotImplementedError.", nothing=True)
    except NoNumbers as error:
        return Outcome(problem=f"returns {error}")
    except BaseException as error:  # a learner's sys.exit() too: the session goes on
        return Outcome(problem=f"stops. {in_words(error)}")


def _equal(one, other):
    if isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return repr(one) == repr(other)  # a list may hold anything after the call


class _Printed(io.StringIO):
    def write(self, text):
        super().write(text[: max(0, LONGEST - self.tell())])
        return len(text)


@contextmanager
def _time_limit(seconds):
    """Raise _TimeIsUp in this thread when the time is over, and again if an answer catches it."""
    main = threading.current_thread() is threading.main_thread()
    with _signals(seconds) if main and hasattr(signal, "setitimer") else _bell(seconds):
        yield


@contextmanager
def _signals(seconds):
    def ring(*_):
        raise _TimeIsUp

    handler = signal.signal(signal.SIGALRM, ring)
    running = signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *running)
        signal.signal(signal.SIGALRM, handler or signal.SIG_DFL)


@contextmanager
def _bell(seconds):
    """Let a second thread raise the error in this one. In a browser there is none, and no limit."""
    here, done = threading.get_ident(), threading.Event()

    def ring():
        done.wait(seconds)
        for _ in range(50):
            if done.is_set():
                return
            _throw(here, _TimeIsUp)
            done.wait(0.2)

    bell = threading.Thread(target=ring, daemon=True)
    with suppress(RuntimeError):
        bell.start()
    try:
        yield
    finally:
        done.set()
        if bell.ident is not None:
            bell.join()
            _throw(here, None)


def _throw(thread, error):
    import ctypes

    thrown = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), thrown)


_PLAIN_WORDS = {
    r"could not (be )?broadcast": "Two arrays of different shapes meet there, and no axis can be "
    "stretched. Print both shapes just before.",
    r"not aligned|mismatch in its core dimension": "A matrix product needs as many columns on the "
    "left as rows on the right. Is one of the two to be transposed?",
    r"out of bounds for axis|index out of range": "It reaches beyond the end: n entries have the "
    "indices 0 to n - 1.",
    r"AxisError|too many indices": "The array has fewer axes than you ask for. The first is "
    "number 0.",
    r"truth value of an array": "`if`, `and`, `max` and `min` decide about one number, not about "
    "a whole array. Use `np.where`, `np.maximum`, or a loop.",
    r"only .*(converted|scalar)|must be real number": "A single number is needed there, and an "
    "array came. `math` takes single numbers; NumPy's functions take arrays.",
    r"cannot reshape": "The new shape needs as many entries as the old one has.",
    r"Cannot cast ufunc": "In place, the result must fit the type of the array, and whole numbers "
    "have no room for fractions. Write `x = x / ...` in place of `x /= ...`.",
    r"setting an array element": "Its rows have different lengths, or an array is put where one "
    "number belongs.",
    r"(used as|valid) indices|indices must be integers|cannot be interpreted as an integer": "An "
    "index or a size has to be a whole number. `/` always gives a fraction; `//` does not.",
    r"has no attribute": "What came is of another type than you expect. Print its `type`.",
    r"NameError|UnboundLocalError": "Is the name spelled as where it was made, and is it made "
    "before it is used?",
    r"ZeroDivisionError": "Something that you divide by is 0.",
    r"RecursionError": "The function calls itself without an end.",
    r"SystemExit": "It ends Python. Return the result instead.",
}


def in_words(error):
    """Return what an error says, and what it means if it is one of the usual.

    >>> in_words(ZeroDivisionError("division by zero"))
    'ZeroDivisionError: division by zero. Something that you divide by is 0.'
    """
    try:
        text = cut(f"{type(error).__name__}: {error}", 200).rstrip(".: ")
    except Exception:  # an error of the learner's own, which cannot even be printed
        text = type(error).__name__
    meant = [meaning for sign, meaning in _PLAIN_WORDS.items() if re.search(sign, text)]
    return " ".join([f"{text}.", *meant[:1]])
