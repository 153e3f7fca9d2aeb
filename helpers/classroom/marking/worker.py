"""Runs inside the box: makes the functions of one submission, and calls them when asked.

A question is a line of JSON, and so is its answer. Nothing here is secret, and nothing that is sent
from here is believed: see `submission`.
"""

import ast
import base64
import contextlib
import inspect
import json
import os
import re
import signal
import symtable
import sys

LARGEST = 1 << 20  # bytes of an array that is sent


class Late(BaseException):
    """A statement took too long."""


class Nothing:
    """Stands for what a notebook has and this process has not: it does nothing."""

    def __call__(self, *_, **__):
        return self

    def __getattr__(self, name):
        return self


def main(course):
    """Take the submission's cells, say what is found in them, and answer calls until the end."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # what a submission prints is no answer, and it can read nothing
        os.dup2(nowhere, number)
    sys.path.insert(0, course)
    from helpers import check

    check.__getattr__ = lambda name: Nothing()  # a submission that checks itself gets no answer

    def answer(content):
        answers.write(json.dumps(content).encode() + b"\n")
        answers.flush()

    submission = json.loads(questions.readline())
    space = {"__name__": "__main__", "get_ipython": Nothing(), "display": Nothing()}
    wanted = submission["names"]
    told = (submission[key] for key in ("cells", "lesson", "names"))
    notes = list(run(*told, space, submission["seconds"]))
    found = {name: described(space[name]) for name in wanted if name in space}
    answer({"found": found, "notes": notes[:20]})
    for line in questions:
        question = json.loads(line)
        answer(called(space[question["name"]], question["arguments"]))


# --- The cells ----------------------------------------------------------------------------------


def run(cells, lesson, wanted, space, seconds):
    """Run what the wanted functions rest on, and yield what fails."""
    parts = []
    for number, source in enumerate(cells, 1):
        own = source not in lesson
        try:
            parts += [(number, own, part) for node in parsed(source).body for part in split(node)]
        except Exception as error:
            yield f"cell {number}: {shown(error)}"
    for number, _, node in selected(parts, set(wanted)):
        try:
            with alarm(seconds):
                exec(compile(ast.Module([node], []), f"cell {number}", "exec"), space)
        except BaseException as error:
            yield f"cell {number}: {shown(error)}"


def selected(parts, wanted):
    """Return those parts, (cell, whether it is the student's own, statement), on which names rest.

    Most of a notebook is figures and trainings, on which no answer rests. Where the student has
    made a wanted function, the lesson's empty one is left out, wherever it stands.
    """
    theirs = {name for _, own, node in parts if own for name in made(node)} & wanted
    parts = [(cell, own, node) for cell, own, node in parts if own or not made(node) & theirs]
    used, chosen, before = {*wanted, "*"}, set(), -1
    while before < len(chosen):
        before = len(chosen)
        for place, (_, _, node) in enumerate(parts):
            if place not in chosen and made(node) & used:
                chosen.add(place)
                used |= needed(node)
    return [parts[place] for place in sorted(chosen)]


def parsed(source):
    """Return the tree of a cell; where Python cannot read it, without its magics."""
    try:
        return ast.parse(source)
    except SyntaxError:
        magic = r"^(\s*)([%!?].*|\S+\?+$)"
        return ast.parse(re.sub(magic, r"\1pass", source, flags=re.M))


def split(node):
    """Return a statement; an import as one statement for each name."""
    if not isinstance(node, ast.ImportFrom):
        return [node]
    one = [ast.ImportFrom(node.module, [alias], node.level) for alias in node.names]
    return [ast.copy_location(part, node) for part in one]


def made(node):
    """Return the names that a statement makes, or whose things it changes."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _stored(n)}
    for part in ast.walk(node):
        method = isinstance(part, ast.Expr) and isinstance(part.value, ast.Call)
        changed = part.value.func if method else part  # layer.set_weights(...), or x[0] = ...
        if isinstance(changed, (ast.Attribute, ast.Subscript)) and (method or _stored(changed)):
            found |= {changed.value.id} if isinstance(changed.value, ast.Name) else set()
    return found


def _stored(node):
    return isinstance(node.ctx, ast.Store)


def needed(node):
    """Return the names from outside that a statement uses, now or when it is called."""
    found, tables = set(), [symtable.symtable(ast.unparse(node), "cell", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        inside = table.get_type() != "module"
        found |= {name.get_name() for name in table.get_symbols()
                  if (name.is_global() if inside else name.is_referenced())}  # fmt: skip
    return found


@contextlib.contextmanager
def alarm(seconds):
    """Raise Late in a block that takes longer. What catches it ends with the whole box."""

    def ring(*_):
        raise Late(f"still running after {seconds:g} seconds")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def shown(error):
    """Return an error's type and text, if it can be shown at all."""
    try:
        return f"{type(error).__name__}: {error}"[:200]
    except BaseException:
        return type(error).__name__


# --- The calls ----------------------------------------------------------------------------------


def described(thing):
    """Return the type of what has an exercise's name and, of a function, its parameters."""
    parameters = None
    with contextlib.suppress(BaseException):
        parameters = [
            (name, int(parameter.kind), parameter.default is not parameter.empty)
            for name, parameter in inspect.signature(thing).parameters.items()
        ]
    nothing = thing is None or thing is ...
    kind = "nothing" if nothing else "function" if callable(thing) else type(thing).__name__
    return {"kind": kind, "name": str(getattr(thing, "__name__", kind)), "parameters": parameters}


def called(function, written):
    """Return what a call comes to. The arguments come as one would type them."""
    import numpy as np

    from helpers.check.attempt import attempt

    typed = {"np": np, "sin": np.sin, "nan": np.nan, "inf": np.inf}
    (outcome,), printed = attempt(function, [[eval(text, dict(typed)) for text in written]])
    reply = {"nothing": outcome.nothing, "changed": outcome.changed, "printed": printed}
    array = outcome.value
    if array is None:
        return reply | {"problem": outcome.problem}
    if array.nbytes > LARGEST:
        return reply | {"problem": f"returns an array of shape {array.shape}, which is too large."}
    data = base64.b64encode(array.tobytes()).decode()
    return reply | {"dtype": array.dtype.str, "shape": array.shape, "data": data}


if __name__ == "__main__":
    main(sys.argv[1])
