"""One submission, judged from outside its box: what comes from inside is a value, or a text.

A value is rebuilt from its type, its shape and its bytes, all checked; nothing is unpickled, and
nothing is run. A text is cut to one line.
"""

import base64
import hashlib
import inspect
import json
import math
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from threading import Lock
from time import monotonic

import numpy as np

from helpers import check
from helpers.check.attempt import Abort, Outcome, Told
from helpers.check.values import cut, written
from helpers.classroom.marking.box import Box

LARGEST = 10 << 20  # bytes of a notebook
ONE = Lock()  # a check catches what is printed, and that is one for all threads of a process
WORDS = {True: "right", False: "wrong", None: "not attempted"}


@dataclass(frozen=True)
class Lesson:
    """What a lesson asks: its exercises with their texts, and its cells, by which those that a
    student wrote are known. The solutions are here to be taken out of what a student hands in."""

    name: str
    exercises: dict
    cells: tuple
    solutions: tuple

    @classmethod
    def of(cls, name, notebook):
        """Read a lesson, a dict as in its file. Its exercises are those of its checks."""
        wanted = {each: _asked(each) for each in check.LESSONS[f"lesson_{name[:2]}"]}
        texts, before, cells, solutions = dict.fromkeys(wanted, ""), "", [], []
        for cell in notebook["cells"]:
            source = "".join(cell["source"]).strip()
            if cell["cell_type"] != "code":
                before = re.split(r"^(?=### )", source, flags=re.M)[-1]
                before = re.sub(r"<details>.*?</details>", "", before, flags=re.S).strip()
                continue
            tags = cell["metadata"].get("tags", [])
            (solutions if "solution" in tags else cells).append(source)
            for each, function in wanted.items():
                if "exercise" in tags and f"def {function}(" in source:
                    texts[each] = before
        return cls(name, texts, tuple(cells), tuple(solutions))

    def digest(self):
        """Return a digest of what a verdict depends on, but for the checks' own code."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What is said of one exercise: a verdict's words, and the cell that it is about."""

    verdict: str
    says: str = ""
    mistake: str = ""
    printed: str = ""
    came: str = ""


def judged(content, lesson, *, seed, limits, unsafe=False):
    """Return what a submission is worth, a dict that JSON can hold.

    Its `exercises` are Verdicts as dicts, its `notes` cells that failed, its `problem` what kept
    it from being read at all.

    Parameters
    ----------
    content : bytes
        The file of a notebook, from whomever.
    lesson : Lesson
    seed : int
        Of the cases that are drawn for the checks.
    limits : Limits
    unsafe : bool
        Run it without a box.
    """
    started, notes = monotonic(), []
    try:
        cells = code_cells(content)
    except ValueError as error:
        return unread(lesson, str(error))
    own = [cell for cell in cells if cell not in lesson.solutions]
    if cells and not {*own} & {*lesson.cells}:
        notes.append("no cell of this lesson is in it: is it another notebook?")
    with ONE, Box(limits, unsafe=unsafe) as box:
        student = _Student(box, own, lesson, limits, notes)
        verdicts = {name: asdict(student.judge(name, seed)) for name in lesson.exercises}
    seconds = round(monotonic() - started, 1)
    return {"exercises": verdicts, "notes": notes, "problem": "", "seconds": seconds}


def unread(lesson, problem):
    """Return what `judged` does for a submission that cannot be read."""
    verdicts = dict.fromkeys(lesson.exercises, asdict(Verdict("unreadable", problem)))
    return {"exercises": verdicts, "notes": [], "problem": problem, "seconds": 0}


def code_cells(content):
    """Return the sources of a notebook's code cells; a ValueError says why there are none."""
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no notebook: {cut(str(error))}") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("this is no notebook of format 4: it has no list of cells")
    sources = [
        cell.get("source")
        for cell in cells
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    ]
    texts = ["".join(map(str, it)) if isinstance(it, list) else str(it) for it in sources]
    # Half a character, which JSON can write, would be an error at every later step.
    return [text.encode("utf-8", "replace").decode().strip() for text in texts]


class _Student:
    """A submission's functions, for as long as its box lives; and once more, if it had to end."""

    def __init__(self, box, cells, lesson, limits, notes):
        self.box, self.cells, self.lesson, self.limits = box, cells, lesson, limits
        self.notes, self.found, self.failed = notes, {}, None
        self.spent = 0  # seconds on cells, of all boxes together

    def judge(self, name, seed):
        exercise, function = getattr(check, name), _asked(name)
        mine = [cell for cell in self.cells if cell not in self.lesson.cells]
        came = next((c for c in reversed(mine) if _defines(c, function)), "")[:10_000]
        try:
            self._open()
            what = self.found.get(function)
            if what is None and came:
                said = f"The cell of {function} does not run."
                return Verdict("wrong", said, said, came=came)
            if what is not None and what.get("kind") not in ("nothing", "function"):
                said = f"{function} is no function, but a value."
                return Verdict("wrong", said, said, came=came)
            there = what is not None and what["kind"] == "function"
            answer = self._standing_for(function, what) if there else None
            verdict = exercise.judge(answer, seed)
        except Abort as abort:
            self.box.close()  # it may have more to say that nobody asked
            return Verdict("stopped", str(abort), str(abort), came=came)
        except Exception as error:  # of a check, at a value that it did not foresee
            said = f"The check failed: {cut(repr(error))}"
            return Verdict("stopped", said, said, came=came)
        said = verdict.message if verdict.right is not None else ""
        return Verdict(WORDS[verdict.right], said, verdict.mistake, verdict.printed, came)

    def _open(self):
        """Run the cells, unless they have run in a box that is still there."""
        if self.failed is not None:
            raise Abort(self.failed)
        if self.box.process is not None:
            return
        names = [_asked(name) for name in self.lesson.exercises]
        question = {"cells": self.cells, "lesson": self.lesson.cells, "names": names}
        question["seconds"], since = self.limits.statement, monotonic() - self.spent
        try:
            answer = self.box.ask(question, self.limits.cells, since)
        except Abort as abort:
            self.failed = f"Its cells do not come to an end. {abort}"
            raise Abort(self.failed) from None
        self.spent = monotonic() - since
        found = answer.get("found")
        self.found = found if isinstance(found, dict) else {}
        notes = answer.get("notes")
        notes = [_text(note, 300) for note in notes[:20]] if isinstance(notes, list) else []
        self.notes += [note for note in notes if note not in self.notes]

    def _standing_for(self, function, what):
        """Return a function that asks the box, with the student's parameters."""
        began = monotonic()

        def answer(*case):
            question = {"name": function, "arguments": list(map(written, case))}
            raise Told(_outcome(self.box.ask(question, self.limits.exercise, began)))

        answer.__name__ = _text(what.get("name"), 60) or function
        with suppress(TypeError, ValueError, LookupError):  # some built-in functions have none
            answer.__signature__ = inspect.Signature(_parameters(what["parameters"]))
        return answer


def _defines(cell, function):
    return re.search(rf"\bdef +{function}\b|^{function} *=", cell, flags=re.M)


def _asked(name):
    """Return the name that a student's function has for an exercise."""
    return getattr(check, name).call.partition("(")[0]


# --- What comes out of a box: anything at all ---------------------------------------------------


def _text(value, longest):
    """Return a text on one line, "" for what is none."""
    return cut(value.encode("utf-8", "replace").decode(), longest) if isinstance(value, str) else ""


def _outcome(reply):
    """Return the Outcome of a call, printing what it printed; an Abort, if there is none."""
    if isinstance(reply.get("printed"), str):
        print(reply["printed"][:2000].encode("utf-8", "replace").decode(), end="")
    changed = reply.get("changed") is True
    if "data" not in reply:
        problem = _text(reply.get("problem"), 500) or "does not answer."
        return Outcome(None, problem, reply.get("nothing") is True, changed)
    try:
        return Outcome(_array(reply["dtype"], reply["shape"], reply["data"]), changed=changed)
    except (KeyError, TypeError, ValueError):
        raise Abort("What came is no value.") from None


def _array(dtype, shape, data):
    """Return a plain array of numbers from its type, its shape and its bytes."""
    if not re.fullmatch(r"[<>|][biuf]\d{1,2}", dtype) or not isinstance(shape, list):
        raise ValueError
    if len(shape) > 16 or not all(type(n) is int and 0 <= n < 1 << 31 for n in shape):
        raise ValueError
    content, kind = base64.b64decode(data, validate=True), np.dtype(dtype)
    if math.prod(shape) * kind.itemsize != len(content):
        raise ValueError
    return np.frombuffer(content, kind).reshape(shape).copy()


def _parameters(found):
    return [
        inspect.Parameter(name, kind, **({"default": ...} if default else {}))
        for name, kind, default in found[:50]
    ]
