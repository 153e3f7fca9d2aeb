"""Check that wrong edits of the code fail its tests.

    python -m tests.wrong_edits [WORD ...]

Each line of `wrong_edits.txt` is an edit that no test may let pass. It is applied, alone, to a
copy of the package in a temporary folder, where the tests that it names are run. With words, only
lines that hold one of them are tried. The exit status is 0 if every edit was caught.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "wrong_edits.txt"
LIMIT = 600  # seconds: an edit that never ends is caught, too
# Of the .npz files the tests read the kept weights alone; the others are downloads.
SKIPPED = shutil.ignore_patterns(
    "__pycache__", ".*", "*.lock", "mnist.npz", "cifar10.npz", "features"
)


@dataclass(frozen=True)
class Edit:
    """One line: `FILE | TESTS | OLD ==> NEW`; TESTS are files of tests/, or tests in them."""

    file: str
    tests: tuple
    old: str
    new: str

    @classmethod
    def read(cls, line):
        """Return the edit that a line says, once it is sure that it can be made."""
        try:
            file, tests, change = (part.strip() for part in line.split("|", 2))
            old, new = (part.strip().replace("\\n", "\n") for part in change.split("==>"))
        except ValueError:
            raise ValueError(f"not FILE | TESTS | OLD ==> NEW: {line}") from None
        edit = cls(file, tuple(tests.split()), old, new)
        for test in edit.tests:
            name, _, function = test.partition("::")
            path = ROOT / "tests" / name
            if not path.is_file() or f"def {function}" not in path.read_text("utf-8"):
                raise ValueError(f"tests/{test} is not there: {line}")
        text = (ROOT / file).read_text("utf-8") if (ROOT / file).is_file() else ""
        if not tests or not old or text.count(old) != 1 or old == new:
            raise ValueError(f"{text.count(old)} times in {file}, and it has to be once: {line}")
        try:
            ast.parse(text.replace(old, new) if file.endswith(".py") else "")
        except SyntaxError as error:
            raise ValueError(f"no Python any more ({error.msg}): {line}") from None
        return edit

    def make(self, root):
        """Make the edit under a folder, and return how to take it back."""
        path = root / self.file
        right = path.read_text("utf-8")
        path.write_text(right.replace(self.old, self.new), "utf-8")
        return lambda: path.write_text(right, "utf-8")


def read(words=()):
    """Return the edits of the list, and what is wrong with the others."""
    edits, faults = [], []
    for line in LIST.read_text("utf-8").splitlines():
        if line.strip() and line[0] != "#" and (not words or any(word in line for word in words)):
            try:
                edits.append(Edit.read(line))
            except ValueError as error:
                faults.append(str(error))
    return edits, faults


def copied(root):
    """Copy what the tests need."""
    for folder in ("helpers", "tests", "data", "notebooks"):
        shutil.copytree(ROOT / folder, root / folder, ignore=SKIPPED)
    for file in ("pyproject.toml", "README.md", "Makefile", "requirements.txt", "environment.yml"):
        shutil.copy(ROOT / file, root)


def failing(root, tests):
    """Return the first test that fails in a copy, "" if none does, None if none was run."""
    run = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header"]
    # No byte code: two edits of the same length within a second would look alike.
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.setdefault("COURSE_DATA_DIR", str(ROOT / "data"))
    places = [f"tests/{test}" for test in tests]
    try:
        told = subprocess.run(
            [*run, *places],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return f"nothing ended within {LIMIT} s"
    if told.returncode not in (0, 1, 2):  # no test was found
        return None
    first = [line for line in told.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return first[0].partition("tests/")[2].partition(" - ")[0] if told.returncode else ""


def main(words):
    """Try the edits; return the exit status."""
    edits, faults = read(words)
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copied(root)
        named = dict.fromkeys(test for edit in edits for test in edit.tests)
        fails = {test: first for test in named if (first := failing(root, [test])) != ""}
        faults += [f"tests/{test} fails before any edit: {first}" for test, first in fails.items()]
        tried = [edit for edit in edits if not fails.keys() & set(edit.tests)]
        for edit in tried:
            undo = edit.make(root)
            first = failing(root, edit.tests)
            undo()
            survived += not first
            verdict = f"caught by {first}" if first else "SURVIVED" if first == "" else "NOT RUN"
            print(f"{verdict}: {edit.file}: {edit.old!r} -> {edit.new!r}", flush=True)
    for fault in faults:
        print(f"REFUSED: {fault}")
    print(f"{len(tried)} edits tried, {survived} survived, {len(faults)} faults")
    return 1 if survived or faults or not tried else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
