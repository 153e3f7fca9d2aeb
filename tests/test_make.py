"""The Makefile, in folders with odd names, with a Python that only writes down what it is asked."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COPIED = ["Makefile", "requirements.txt", "pyproject.toml", ".ci/requirements.lock"]
PYTHON = """#!/bin/sh
echo "$*" >> "$CALLS"
[ "$FAILS" != "$2" ] || { echo "Collecting"; echo "ERROR: $2 has its reasons"; exit 1; }
[ "$2" != venv ] || { mkdir -p .venv/bin && cp "$0" .venv/bin/python; }
"""
# The suite itself runs under make, whose variables would make this one announce every folder.
OUTSIDE = {
    name: value for name, value in os.environ.items() if "MAKE" not in name and name != "MFLAGS"
}

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


class Folder:
    """A folder with the Makefile and what it reads."""

    def __init__(self, path, fake):
        self.path, self.fake, self.calls = path, fake, fake.with_name("calls")
        path.mkdir(parents=True)
        (path / ".ci").mkdir()
        for name in COPIED:
            shutil.copy(ROOT / name, path / name)

    def make(self, *targets, **environment):
        """Run make; returns its exit status, what it printed, and the calls of Python."""
        self.calls.write_text("")
        environment = {"CALLS": str(self.calls), "FAILS": "-"} | environment
        run = subprocess.run(
            ["make", *targets, f"PYTHON={self.fake}"],
            cwd=self.path, env=OUTSIDE | environment, capture_output=True, text=True,
        )  # fmt: skip
        calls = [line for line in self.calls.read_text().splitlines() if line[:2] == "-m"]
        return run.returncode, run.stdout, calls


@pytest.fixture(params=["plain", "a 'cöurse'\n$(x) \"#2\""])
def folder(tmp_path, request):
    fake = tmp_path / "python"
    fake.write_text(PYTHON)
    fake.chmod(0o755)
    return Folder(tmp_path / "somewhere" / request.param, fake)


PINS = ".venv/constraints.txt"
INSTALLS = [
    "-m venv --clear .venv",
    f"-m pip install --constraint {PINS} --requirement requirements.txt",
]
OPENS = ["-m helpers.classroom lab"]


def test_the_first_time_sets_up_and_the_second_only_opens(folder):
    status, printed, calls = folder.make("lab")
    assert (status, calls) == (0, INSTALLS + OPENS)
    assert printed == "Setting up .venv: a few minutes, this once.\n"
    assert folder.make("lab") == (0, "", OPENS)


@pytest.mark.parametrize("name", ["requirements.txt", ".ci/requirements.lock"])
def test_new_requirements_are_installed(folder, name):
    folder.make("lab")
    later = time.time() + 10
    os.utime(folder.path / name, (later, later))
    assert folder.make("lab")[2] == INSTALLS + OPENS


def test_versions_are_those_of_the_lock_unless_told_otherwise(folder):
    folder.make("lab")
    lines = (folder.path / PINS).read_text().splitlines()
    assert "keras==3.15.1" in lines and len(lines) > 100
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", line) for line in lines)
    shutil.rmtree(folder.path / ".venv")
    assert folder.make("lab", "LOCK=")[2] == INSTALLS + OPENS
    assert (folder.path / PINS).read_text() == ""


def test_what_pages_need_is_installed_where_it_is_missing(folder):
    folder.make("lab")
    assert folder.make("slides")[2] == ["-m helpers.classroom slides"]
    folder.fake.write_text(PYTHON.replace("\n", '\ncase "$1" in -c) exit 1;; esac\n', 1))
    shutil.copy(folder.fake, folder.path / ".venv/bin/python")
    install = f"-m pip install --constraint {PINS} --editable .[site]"
    assert folder.make("slides")[2] == [install, "-m helpers.classroom slides"]
    status, printed, calls = folder.make("site", FAILS="pip")
    assert status and calls == [install] and "'site' could not be installed" in printed


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_elsewhere_the_environment_is_made_anew_once(folder, how):
    folder.make("lab")
    there = folder.path.with_name("elsewhere\n(2)")
    here, folder.path = folder.path, there
    how(here, there)
    status, printed, calls = folder.make("lab")
    assert (status, calls) == (0, INSTALLS + OPENS)
    assert printed.startswith("This folder was moved or copied: its .venv is made anew")
    assert printed.count("\n") == 1
    assert folder.make("lab") == (0, "", OPENS)
    if here.exists():
        folder.path = here
        assert folder.make("lab") == (0, "", OPENS)


@pytest.mark.parametrize("step", ["venv", "pip"])
def test_what_fails_speaks_for_itself_and_is_tried_again(folder, step):
    status, printed, _ = folder.make("lab", FAILS=step)
    assert status and f"ERROR: {step} has its reasons" in printed
    assert folder.make("lab")[2] == INSTALLS + OPENS


def test_a_wrong_python_is_named(folder):
    folder.fake.write_text("#!/bin/sh\nexit 1\n")
    status, printed, _ = folder.make("lab")
    assert status and f"'{folder.fake}' is not one of them" in printed


@pytest.mark.parametrize(
    "target, module",
    [("teach", "helpers.classroom teach"), ("faults", "tests.faults"),
     ("edits", "tests.wrong_edits"), ("bench", "tests.benchmarks"),
     ("test", "pytest --numprocesses=2 --dist=loadfile")],
)  # fmt: skip
def test_targets_run_their_modules(folder, target, module):
    assert folder.make(target)[2][-1] == f"-m {module}"
    assert folder.make("mutants", "MODULE=conv")[2] == ["-m tests.mutation conv"]


def test_marking_gets_its_lesson_and_its_folder_whatever_their_names(folder):
    words = ("mark", "LESSON=01", "FOLDER=the 'class' $$(touch x)", "FLAGS=--seed 5")
    said = "-m helpers.classroom mark --lesson 01 --folder the 'class' $(touch x) --seed 5"
    assert folder.make(*words)[2][-1] == said
    for left in (1, 2):
        status, _, calls = folder.make("mark", *words[left : left + 1])
        assert status and "-m helpers.classroom" not in " ".join(calls)


OURS = [
    ".venv/bin/python", ".pytest_cache/x", ".ruff_cache/x", "kernel_by_kernel.egg-info/PKG-INFO",
    "build/lib/helpers/x.py", "build/bdist.linux/x",
    "helpers/__pycache__/a.pyc", "helpers/check/__pycache__/a\nb.pyc", "tests/__pycache__/a.pyc",
    "data/.download-x y/mnist.npz", "data/results/a.lock", "data/results/a b.quick.jsonl",
    "data/results/.a.json.part",
]  # fmt: skip
KEPT = [
    "my_lessons/01_a.ipynb", "my_lessons/.written.json", "my_lessons/__pycache__/mine.py",
    "my_lessons/my helpers/__pycache__/mine.py", "my_lessons/.ipynb_checkpoints/01_a.ipynb",
    "notebooks/.ipynb_checkpoints/01_a.ipynb", "notebooks/01_a.ipynb", "mine/__pycache__/x.pyc",
    "build/my thesis.tex", "egg-info/x", "data/mnist.npz", "data/results/a.jsonl", "data/x.lock",
    "helpers/__pycache__.py", "__pycache__/x.pyc", "helpers/build/lib/x",
]  # fmt: skip


def files(root):
    found = (Path(path) / name for path, _, names in os.walk(root) for name in names)
    return sorted(path.relative_to(root).as_posix() for path in found)


@pytest.mark.parametrize("tracked", [False, True])
def test_clean_removes_what_is_ours_and_nothing_else(folder, tracked):
    outside = folder.path.parent / "outside"
    for root, names in ((folder.path, OURS + KEPT), (outside, OURS)):
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
    (folder.path / "helpers" / "linked").symlink_to(outside / "helpers")
    (folder.path / "tests" / "linked").mkdir()
    (folder.path / "tests" / "linked" / "__pycache__").symlink_to(outside / "helpers")
    (folder.path / "data" / "results" / "away.lock").symlink_to(outside / "data" / "mnist.npz")
    kept = [*KEPT, *COPIED]
    if tracked:
        kept += OURS[1:]
        for command in (["init", "--quiet"], ["add", "--force", "--", *OURS[1:]]):
            subprocess.run(["git", *command], cwd=folder.path, check=True)
    assert folder.make("clean") == (0, "", [])
    left = [name for name in files(folder.path) if not name.startswith(".git/")]
    assert left == sorted(kept)
    assert (folder.path / "helpers" / "linked").is_symlink()
    assert files(outside) == sorted(OURS)


@pytest.mark.parametrize("name", [".venv", "helpers", "tests", "data", "data/results", "build"])
def test_clean_follows_no_link(folder, name):
    outside = folder.path.parent / "outside"
    for ours in OURS:
        path = outside / ours
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    for place in ("helpers", "tests", "data"):
        if place != name:
            (folder.path / place).mkdir()
    (folder.path / name).symlink_to(outside / name)
    assert folder.make("clean")[0] == 0
    assert files(outside) == sorted(OURS)


def test_clean_in_an_empty_tree_is_quiet(folder):
    for name in ("helpers", "tests", "data"):
        (folder.path / name).mkdir()
    assert folder.make("clean") == (0, "", [])
