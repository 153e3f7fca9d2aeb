"""Bad values for every argument of every public function: who says what is wrong with them?

python -m tests.faults.inputs [N]

In each call one argument of a row in `table` is replaced by a bad value. What comes of it is

clear     an error that names the argument, or the rule and the value;
accepted  the value means something after all, and the result is finite and what it means;
unclear   another error;
silent    a result though the value means nothing, one that is not finite or is another than what
          the value means, or an argument that was changed;
hung      no end within `LIMIT` seconds, or the end of the process.

The calls are made in a process of their own, which is started again where it is lost.
"""

import copy
import dataclasses
import inspect
import json
import os
import queue
import re
import subprocess
import sys
import threading
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import numpy as np
import psutil

from tests.faults.values import SPECIAL, cook, draw

ROOT = Path(__file__).parents[2]
LIMIT = 10.0  # seconds for a call
MOST_MEMORY = 4 * 2**30  # bytes on top of what the process has when it begins
OUTCOMES = ("clear", "accepted", "unclear", "silent", "hung")
CLEAR = (ValueError, TypeError, KeyError, FileNotFoundError)


# --- One call ----------------------------------------------------------------------------


def outcome(function, arguments, name, value):
    """Return what comes of a call whose argument `name` is replaced, and a few words."""
    given = {key: argument.make() for key, argument in arguments.items()} | {name: value}
    before = {key: snapshot(argument) for key, argument in given.items()}
    try:
        result = function(**given)
    except CLEAR as error:
        said = f"{type(error).__name__}: {error}"
        kind = "clear" if names(str(error), name) else "unclear"
        return changed(before, given) or (kind, said)
    except Exception as error:
        return "unclear", f"{type(error).__name__}: {error}"
    if wrong := changed(before, given):
        return wrong
    try:
        meaning = arguments[name].meaning(value)
    except Exception:  # Nonsense, or what the rule was not made for
        return "silent", f"took it, and returned {brief(result)}"
    if not finite(result):  # NaN comes of NaN, where NaN means something
        return ("silent" if finite(meaning) else "accepted"), f"returned {brief(result)}"
    if meaning is value:
        return "accepted", ""
    given = {key: argument.make() for key, argument in arguments.items()} | {name: meaning}
    try:
        expected = function(**given)
    except Exception as error:
        return "silent", f"returned {brief(result)}; with {brief(meaning)} {error!r}"
    if alike(result, expected):
        return "accepted", ""
    return "silent", f"returned {brief(result)}, and with {brief(meaning)} {brief(expected)}"


def names(message, argument):
    """Whether an error names the argument, or the rule and the value that it received."""
    word = re.search(rf"(?<!\w){re.escape(argument)}(?!\w)", message)
    rule = " must " in message or "one of" in message
    return bool((word and (rule or len(argument) > 2)) or (rule and "received" in message))


def brief(value):
    """Return a value in words, on one line."""
    try:
        return " ".join(repr(value).split())[:80]
    except Exception:
        return f"<a {type(value).__name__}>"


def snapshot(value):
    try:
        return copy.deepcopy(value)
    except Exception:  # what cannot be copied is not compared
        return value


def changed(before, given):
    for name, value in given.items():
        if not same(before[name], value):
            return "silent", f"changed {name}"
    return None


def same(one, other):
    """Whether two plain values are the same to the bit; of other objects nothing is known."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        one, other = np.ma.getdata(one), np.ma.getdata(other)
        known = one.dtype != object
        return one.shape == other.shape and (not known or one.tobytes() == other.tobytes())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other or one != one if isinstance(one, (int, float, str)) else True


def parts(result):
    """Return what a result is made of, and whether it is made of anything."""
    if isinstance(result, dict):
        return list(result.values())
    if isinstance(result, (list, tuple, set)):
        return list(result)
    if dataclasses.is_dataclass(result):
        return [getattr(result, field.name) for field in dataclasses.fields(result)]
    return None


def finite(result):
    """Whether all numbers in a result are."""
    inner = parts(result)
    if inner is not None:
        return all(map(finite, inner))
    if isinstance(result, np.ndarray) and result.dtype.kind in "fc":
        return bool(np.isfinite(result).all()) and not np.ma.is_masked(result)
    if isinstance(result, (float, complex, np.inexact)):
        return bool(np.isfinite(result))
    return True


def alike(one, other):
    """Whether two results are the same but for rounding; of objects nothing is known."""
    inner, others = parts(one), parts(other)
    if inner is not None and others is not None:
        return len(inner) == len(others) and all(map(alike, inner, others))
    if hasattr(one, "markup") and hasattr(other, "markup"):
        return one.markup == other.markup
    if isinstance(one, str):
        return one == other
    if isinstance(one, (int, float, np.ndarray, np.number)) and np.asarray(one).dtype != object:
        one, other = np.asarray(one, float), np.asarray(other, float)
        reach = np.abs(other).max(initial=0)
        return one.shape == other.shape and bool(np.allclose(one, other, 2e-3, 2e-3 * reach))
    return True


# --- All calls, in this process ----------------------------------------------------------


@cache
def rows():
    """Return {row: (module, function, arguments)}, each argument by the name it has there."""
    from helpers import check
    from tests.faults import table

    found = {}
    for row, arguments in table.ROWS.items():
        if function := table.function(row):
            known = inspect.signature(function).parameters
            free = any(p.kind is p.VAR_KEYWORD for p in known.values())
            named = {
                name: argument
                for words, argument in arguments.items()
                for name in words.split("|")
                if name in known or (free and "|" not in words)
            }
            found[row] = (module(function), drawn(function), named)
    for name in sorted(check.__all__):
        function, arguments = table.judge(name)
        found[f"check.{name}"] = ("check", function, arguments)
    return found


def module(function):
    """Return the module of the package that a function belongs to, as a lesson sees it."""
    if function.__module__.startswith("tests."):
        homes = {
            "mnist": "data",
            "built": "models",
            "trained": "training",
            "one": "study",
            "shown": "display",
        }
        return homes[function.__name__.split("_")[0]]
    return function.__module__.split(".")[1]


def drawn(function):
    """Return the function; a figure is drawn as well, as a notebook would."""
    if module(function) not in ("plotting", "display", "widgets"):
        return function

    def call(**arguments):
        import matplotlib.pyplot as plt

        try:
            result = function(**arguments)
            if plt.get_fignums():
                plt.gcf().canvas.draw()
            return result
        finally:
            plt.close("all")

    return call


def cases(n, chosen=None):
    """Return n cases (row, argument, recipe): all arguments in turn, with other recipes each."""
    pairs = [
        (row, name)
        for row, (_, _, arguments) in rows().items()
        if chosen is None or row in chosen
        for name in arguments
    ]
    return [(*pairs[place % len(pairs)], recipe) for place, recipe in enumerate(draw(n))]


def told(case):
    """Return the module, the function, the argument and the bad value of a case in words."""
    row, name, (how, what) = case
    return rows()[row][0], row, name, brief(SPECIAL[what] if how == "special" else what)


def judged(case):
    """Return the outcome of a case, and words about it."""
    row, name, recipe = case
    _, function, arguments = rows()[row]
    value = cook(recipe, arguments[name].make())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind, words = outcome(function, arguments, name, value)
    return kind, " ".join(words.split())[:300]


def unsound():
    """Return what is wrong with the table: rows whose valid call fails, functions without one."""
    from tests.faults import table

    problems = []
    for row, (_, function, arguments) in rows().items():
        try:
            if not finite(function(**{name: a.make() for name, a in arguments.items()})):
                problems.append(f"{row}: its valid arguments give what is not finite")
        except Exception as error:
            problems.append(f"{row}: its valid arguments give {type(error).__name__}: {error}")
    known = {row.split(" ")[0].rpartition(".")[2] for row in table.ROWS} | set(table.EXCUSED)
    for name in table.modules():
        missing = [] if name == "check" else sorted(table.public(name).keys() - known)
        problems += [f"{name}.{function}: has no row" for function in missing]
    return problems


# --- All calls, in a process that may be lost --------------------------------------------


def work(n, start):
    """Make the calls from `start` on, and tell what came of each in a line of JSON."""
    out = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # whatever the calls print
    with TemporaryDirectory() as folder:
        prepare(Path(folder))
        everything = cases(n)
        problems = unsound() if start == 0 else []
        print(json.dumps(problems), file=out, flush=True)
        limit_memory()
        for case in everything[start:]:
            print(json.dumps(told(case)), file=out, flush=True)
            try:
                found = judged(case)
            except Exception as error:  # of this very module
                found = "unsound", f"the judgement failed: {error!r}"
            print(json.dumps(found), file=out, flush=True)


def prepare(folder):
    """Give this process tiny data files and a backend for figures that opens no window."""
    from tests.faults.table import tiny_files

    os.environ |= {"COURSE_DATA_DIR": str(folder), "KERAS_HOME": str(folder), "MPLBACKEND": "agg"}
    os.environ |= {"https_proxy": "http://127.0.0.1:1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    tiny_files(folder)


def limit_memory():
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if os.path.exists("/proc") else 0
    most = pages * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Worker:
    """A process that makes calls; its lines are waited for, for a while."""

    def __init__(self, n, start):
        self.start(["-m", "tests.faults.inputs", "--work", str(n), str(start)])

    def start(self, arguments):
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.lines = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def line(self, seconds):
        """Return the next line as JSON, or in words why there is none.

        The limit is on the processor's time, or on six times as much: others are busy, too.
        """
        begun, started = self._busy(), monotonic()
        while self._busy() < begun + seconds and monotonic() < started + 6 * seconds:
            try:
                line = self.lines.get(timeout=min(1, seconds / 10))
            except queue.Empty:
                continue
            return json.loads(line) if line else f"the process ended ({self.process.wait()})"
        return f"no end within {seconds:g} s"

    def _busy(self):
        try:
            return sum(psutil.Process(self.process.pid).cpu_times()[:2])
        except psutil.Error:
            return 0.0

    def end(self):
        self.process.kill()
        self.process.wait()


def outcomes(n, *, worker=Worker, limit=LIMIT):
    """Yield module, function, argument, value, outcome and words of each of n cases.

    What is wrong with the table comes first, with the outcome "unsound".
    """
    place = 0
    while place < n:
        hand = worker(n, place)
        try:
            problems = hand.line(600)
            if isinstance(problems, str):
                raise RuntimeError(f"the process that makes the calls did not start: {problems}")
            yield from (("table", "", "", "", "unsound", problem) for problem in problems)
            found = None
            while place < n and not isinstance(found, str):
                case, found = hand.line(limit), hand.line(limit)
                place += 1
                yield (*case, *(("hung", found) if isinstance(found, str) else found))
        finally:
            hand.end()


def main(n=2_000, say=print):
    """Print the table; return whether it is within the limits: 0 hung, 0 silent, 2 % unclear."""
    table, bad = Counter(), Counter()
    for module, row, name, value, kind, words in outcomes(n):
        table[module, kind] += 1
        if kind not in ("clear", "accepted"):
            bad[kind] += 1
            say(f"{kind:8} {row}({name}={value}): {words}")
    say(f"{'':12}" + "".join(f"{kind:>10}" for kind in OUTCOMES))
    for module in sorted({module for module, kind in table if kind != "unsound"}):
        say(f"{module:12}" + "".join(f"{table[module, kind]:10}" for kind in OUTCOMES))
    totals = [sum(n for (_, k), n in table.items() if k == kind) for kind in OUTCOMES]
    say(f"{'all':12}" + "".join(f"{total:10}" for total in totals))
    return not (bad["hung"] or bad["silent"] or bad["unsound"]) and bad["unclear"] < 0.02 * n


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*map(int, sys.argv[2:]))
    else:
        sys.exit(not main(*map(int, sys.argv[1:])))
