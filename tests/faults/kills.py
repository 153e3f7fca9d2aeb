"""`kill -9` at random moments: what was stored is whole, and the next start goes on from there.

python -m tests.faults.kills
"""

import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).parents[2]
TRIALS = 30
READY = "ready"
LIMIT = 300  # seconds for what takes two
# It reads from Keras' cache what the test put there; so there is no network.
FAKE_KERAS = """
import os, types
import numpy

def load():
    with numpy.load(os.path.join(os.environ["KERAS_HOME"], "datasets", "mnist.npz")) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])

datasets = types.SimpleNamespace(mnist=types.SimpleNamespace(load_data=load))
"""


# --- What is killed: each is a program of its own, `python -m tests.faults.kills PROGRAM` ---


@dataclass(frozen=True)
class Square:
    base: int


def square(settings, seed):
    """A trial: quick, and large enough that storing it takes a while."""
    return {"square": (settings.base + seed) ** 2, "ballast": list(range(3_000))}


def plan(_):
    from helpers.study import Trial

    return [Trial("A1", "squares", Square(7), seed) for seed in range(TRIALS)]


def study():
    """Run a study, and print what is stored in the end."""
    from helpers.study import Study, run

    print(READY, flush=True)
    study = Study("squares", plan, square)
    trials = run(study, report=lambda line: print(line, flush=True))
    print(json.dumps({trial["seed"]: trial["square"] for trial in trials}))


def mnist():
    """Ask for a data file that is to be stored, and print what came."""
    from helpers.data import mnist

    print(READY, flush=True)
    loaded = mnist()
    print(int(loaded.x_train.sum()), int(loaded.y_test.sum()), loaded.source)


def copies():
    """Make a learner's copies of the lessons."""
    from helpers.classroom.__main__ import main

    print(READY, flush=True)
    sys.exit(main(["copies", "--folder", os.environ["COPIES"]]))


# --- How it is killed, and what must hold then ---


def start(program, environment):
    """Start a program, and wait until it has loaded what it needs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.kills", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while (line := process.stdout.readline()) and line.strip() != READY:
        pass
    return process


def killed(program, environment, delay):
    """Kill a program after some seconds; return what it had printed, None if it had ended."""
    with start(program, environment) as process:
        time.sleep(delay)
        ended = process.poll() is not None
        process.kill()
        said = process.stdout.read()
    return None if ended else said


def finished(program, environment):
    """Run a program to its end; return what it printed, and the seconds that took."""
    with start(program, environment) as process:
        started, limit = time.monotonic(), threading.Timer(LIMIT, process.kill)
        limit.start()
        said = process.stdout.read()
        status = process.wait()
        limit.cancel()
    assert status == 0, said
    return said, time.monotonic() - started


class StudyKills:
    """A study that writes its store: nothing is lost but the trial in flight."""

    program = "study"

    def __init__(self, folder):
        self.results = folder
        self.environment = {"COURSE_RESULTS_DIR": str(folder)}

    def check(self, said_before, said):
        reported = len(re.findall(r"^ +\d+/\d+ ", said_before, re.M))
        missing = int(re.search(r"(\d+) of \d+ trials to run", said)[1])
        assert TRIALS - missing >= reported, f"{reported} were stored, {missing} are missing"
        stored = json.loads(said.splitlines()[-1])
        assert stored == {str(seed): (7 + seed) ** 2 for seed in range(TRIALS)}, stored
        left = [path.name for path in self.results.rglob("*.part")]
        assert not left and not [*self.results.glob("*damaged*")], left


class DataKills:
    """A data file that is stored: it is whole or not there, and nothing stays beside it."""

    program = "mnist"

    def __init__(self, folder):
        rng = np.random.default_rng(0)
        self.arrays = {
            "x_train": rng.integers(0, 256, (20_000, 28, 28), np.uint8),
            "y_train": np.arange(20_000, dtype=np.uint8) % 10,
            "x_test": rng.integers(0, 256, (1_000, 28, 28), np.uint8),
            "y_test": np.arange(1_000, dtype=np.uint8) % 10,
        }
        for name in ("data", "keras/datasets", "fake"):
            (folder / name).mkdir(parents=True)
        np.savez(folder / "keras" / "datasets" / "mnist.npz", **self.arrays)
        (folder / "fake" / "keras.py").write_text(FAKE_KERAS)
        self.data = folder / "data"
        self.environment = {
            "COURSE_DATA_DIR": str(self.data),
            "KERAS_HOME": str(folder / "keras"),
            "PYTHONPATH": os.pathsep.join([str(folder / "fake"), str(ROOT)]),
        }

    def check(self, _, said):
        sums = f"{self.arrays['x_train'].sum()} {self.arrays['y_test'].sum()} MNIST: 20,000 "
        assert sums in said, said
        assert os.listdir(self.data) == ["mnist.npz"], os.listdir(self.data)
        with np.load(self.data / "mnist.npz") as file:
            for name, array in self.arrays.items():
                np.testing.assert_array_equal(file[name], array)


class CopyKills:
    """A learner's copies: all lessons come, and what the learner wrote stays."""

    program = "copies"

    def __init__(self, folder):
        self.folder = folder / "my_lessons"
        self.environment = {"COPIES": str(self.folder)}
        self.lessons = sorted((ROOT / "notebooks").glob("*.ipynb"))
        self.folder.mkdir()
        mine = json.loads(self.lessons[0].read_text(encoding="utf-8"))
        mine["cells"][0]["source"] = ["# My own words"]
        self.mine = json.dumps(mine)
        (self.folder / self.lessons[0].name).write_text(self.mine, encoding="utf-8")

    def check(self, *_):
        from helpers.classroom.copies import blank

        first, *others = self.lessons
        assert (self.folder / first.name).read_text(encoding="utf-8") == self.mine
        new = self.folder / f"{first.stem} (new version).ipynb"
        for original, copy in [(first, new), *((path, self.folder / path.name) for path in others)]:
            expected = blank(json.loads(original.read_text(encoding="utf-8")))
            assert json.loads(copy.read_text(encoding="utf-8")) == expected, copy.name
        found = {path.name for path in self.folder.iterdir() if path.name[0] != "."}
        pages = (ROOT / "notebooks").glob("*.md")
        assert found == {path.name for path in [*self.lessons, *pages, new]}, found
        assert not [*self.folder.glob("*.part")]


KINDS = [StudyKills, DataKills] + [CopyKills] * (ROOT / "helpers" / "classroom").is_dir()


@cache
def seconds(kind):
    """Return how long the program takes where nobody kills it."""
    with TemporaryDirectory() as folder:
        whole = kind(Path(folder))
        return finished(whole.program, whole.environment)[1]


def problem(kind, moment):
    """Kill it at a moment from 0, ready, to 1, done; return what was wrong afterwards, or ""."""
    before = None
    while before is None:  # once more, and earlier, where it had ended already
        with TemporaryDirectory() as folder:
            victim = kind(Path(folder))
            before = killed(victim.program, victim.environment, moment * seconds(kind))
            moment *= 0.8
            if before is not None:
                try:
                    victim.check(before, finished(victim.program, victim.environment)[0])
                except (AssertionError, ValueError, OSError) as error:
                    return f"{type(error).__name__}: {str(error)[:300]}"
    return ""


def main(kills=50, seed=0):
    """Print how many of the kills each kind survived; return how many it did not."""
    rng, table, wrong = random.Random(seed), Counter(), 0
    for number in range(kills):
        kind = KINDS[number % len(KINDS)]
        moment = rng.uniform(0, 1)
        said = problem(kind, moment)
        table[kind, not said] += 1
        if said:
            wrong += 1
            print(f"{kind.program}, killed at {moment:.2f} of its time: {said}", flush=True)
    print(f"{'kill -9 of':16}{'survived':>9}{'lost':>6}")
    for kind in KINDS:
        print(f"{kind.program:16}{table[kind, True]:9}{table[kind, False]:6}")
    return wrong


if __name__ == "__main__":
    programs = {"study": study, "mnist": mnist, "copies": copies}
    sys.exit(programs[sys.argv[1]]() if sys.argv[1:] else bool(main()))
