"""Make small wrong edits to a copy of a module, and list those that its tests do not catch."""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from tests.mutation.explained import EXPLAINED
from tests.mutation.mutants import mutants

ROOT = Path(__file__).parents[2]
# Where a module's tests are not those of its own name, or it is more than one.
PARTS = {"conv": ("conv", "_fast_conv", "by_hand")}
TESTS = {"conv": ("conv", "by_hand"), "study/compare": ("study_compare",)}
TESTS |= {f"study/{part}": ("study",) for part in ("store", "engine", "__main__")}
TESTS |= {"study/task": ("study", "study_task"), "_torch_file": ("pretrained",)}
LEAST_SECONDS = 20  # and five times what the tests take, until an edit counts as endless
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.npz", "build", "*.egg-info", "notebooks")


def sources(root, module):
    """Return the files of a module or a package, and of the modules that are tested with it."""
    found = []
    for part in PARTS.get(module, (module,)):
        place = root / "helpers" / part
        found += sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return [path.relative_to(root) for path in found]


def tests(root, module):
    """Return the files with a module's tests, of `study` also test_study_store.py: and its own."""
    names = TESTS.get(module, (module,))
    found = {path for name in names for path in root.glob(f"tests/test_{name}.py")}
    found |= set(root.glob(f"tests/test_{module}_*.py"))
    return [
        *sorted(str(path.relative_to(root)) for path in found),
        *map(str, sources(root, module)),
    ]


def run(folder, files, limit):
    """Run tests in a folder: return the exit status, or None after `limit` seconds."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-o",
        "addopts=",
        "--doctest-modules",
        "-p",
        "no:cacheprovider",
    ]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # half of a short run is their start
    environment.setdefault("COURSE_DATA_DIR", str(ROOT / "data"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(
        [*command, *files], cwd=folder, env=environment, start_new_session=True, **quiet
    )
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:  # and with it whatever the tests have started
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
            process.wait()


def survivors(root, module, most=None, seed=0, say=print):
    """Return the edits of a module that its tests do not catch, as lines of text."""
    edits = [(path, edit) for path in sources(root, module) for edit in mutants(text(root / path))]
    count = len(edits)
    if most is not None and most < count:
        edits = random.Random(seed).sample(edits, most)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(root, Path(folder, "project"), ignore=LEFT_OUT))
        started = perf_counter()
        if run(copy, tests(copy, module), 600) != 0:
            raise SystemExit(f"The tests of {module} fail, or find none, without any edit.")
        limit = LEAST_SECONDS + 5 * (perf_counter() - started)
        say(f"{module}: {len(edits)} of {count} edits, at most {limit:.0f} s each", flush=True)
        lived = []
        for path, edit in sorted(edits):
            original = text(copy / path)
            line = original.splitlines()[edit.line - 1].strip()
            try:
                (copy / path).write_text(edit.source, encoding="utf-8")
                caught = run(copy, tests(copy, module), limit) != 0
            finally:
                (copy / path).write_text(original, encoding="utf-8")
            if not caught and (path.stem, line, edit.edit) not in EXPLAINED:
                lived.append(f"{path}:{edit.line}: {edit.edit}   in   {line}")
                say(lived[-1], flush=True)
    return lived


def text(path):
    return path.read_text(encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("module", help="of helpers: shapes, conv, study, study/store, ...")
    parser.add_argument(
        "--most", type=int, metavar="N", help="only so many edits, drawn by the seed"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    options = parser.parse_args()
    if not all((ROOT / path).exists() for path in sources(ROOT, options.module)):
        parser.error(f"there is no module or package helpers.{options.module}")
    lived = survivors(ROOT, options.module, options.most, options.seed)
    print(f"{len(lived)} survived")
    return bool(lived)


if __name__ == "__main__":
    sys.exit(main())
