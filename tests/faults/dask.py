"""What can go wrong with a Dask cluster, with real schedulers and workers: a table of how it ends.

python -m tests.faults.dask
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from helpers.studies.plan import identity  # noqa: F401 - the workers' folder has to have it

ROOT = Path(__file__).parents[2]
LIMIT = 30  # seconds from the fault to the end
WITHOUT_COURSE = "import sys; sys.modules['helpers'] = None"


@contextmanager
def running(*arguments):
    """Run a Python module until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.wait()


def wait_for(file):
    started = time.monotonic()
    while not file.exists():
        assert time.monotonic() < started + 60, "the scheduler did not start"
        time.sleep(0.1)


@contextmanager
def cluster(folder, workers=1, *, nanny=True, preload=None):
    """Give the address of a scheduler with workers of one thread, and its process."""
    file = folder / "scheduler.json"
    port = free_port()
    with ExitStack() as stack:
        here = ("--host", "127.0.0.1", "--no-dashboard")
        scheduler = stack.enter_context(
            running(
                *("distributed.cli.dask_scheduler", *here, "--port", str(port)),
                *("--scheduler-file", str(file)),
            )
        )
        wait_for(file)
        address = f"tcp://127.0.0.1:{port}"
        options = ["--nthreads", "1", "--nanny" if nanny else "--no-nanny", "--no-dashboard"]
        options += ["--preload", preload] if preload else []
        for _ in range(workers):
            stack.enter_context(running("distributed.cli.dask_worker", address, *options))
        yield address, scheduler


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def command(folder, kind, pid, *arguments):
    """Return seconds, exit status, output and error of the study's command."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.trials", kind, str(pid), *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "COURSE_RESULTS_DIR": str(folder)},
            capture_output=True,
            text=True,
            timeout=120,
        )
    except subprocess.TimeoutExpired:
        return time.monotonic() - started, None, "", "HUNG"
    return time.monotonic() - started, done.returncode, done.stdout, done.stderr


def on_cluster(kind, *, workers=1, kill_scheduler=False, **options):
    def scenario(folder):
        with cluster(folder, workers, **options) as (address, scheduler):
            pid = scheduler.pid if kill_scheduler else 0
            return command(folder, kind, pid, "--profile", "full", "--scheduler", address)

    return scenario


def silent_address(folder):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        return command(folder, "none", 0, "--profile", "full", "--scheduler", address)


def dead_address(folder):
    address = f"tcp://127.0.0.1:{free_port()}"
    return command(folder, "none", 0, "--profile", "full", "--scheduler", address)


def marking(killed):
    """Mark a class of eight on two workers and kill one, or the scheduler, after the first."""

    def scenario(folder):
        (folder / "in").mkdir()
        lesson = json.loads(
            (ROOT / "notebooks" / "01_convolution_by_hand.ipynb").read_text("utf-8")
        )
        for number in range(8):
            answer = f"def moving_kernel(down, right):\n    return {number}"
            lesson["cells"][0] = {"cell_type": "code", "metadata": {}, "source": answer}
            (folder / "in" / f"{number}.ipynb").write_text(json.dumps(lesson), "utf-8")
        with cluster(folder, 2) as (address, scheduler):
            here = ("--folder", str(folder / "in"), "--target", str(folder / "out"))
            command = [sys.executable, "-m", "helpers.classroom", "mark", "--lesson", "01", *here]
            with subprocess.Popen(
                [*command, "--scheduler", address], cwd=ROOT, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True,
            ) as run:  # fmt: skip
                while run.poll() is None and not list(folder.glob("out/results/*.json")):
                    time.sleep(0.05)
                os.kill(scheduler.pid if killed == "scheduler" else worker_of(address), 9)
                started = time.monotonic()
                error = run.communicate(timeout=120)[1]
            seconds = time.monotonic() - started
        marked = len(list(folder.glob("out/students/*.html")))
        return seconds, run.returncode if marked in (0, 8) else "not all", "", error

    return scenario


def worker_of(address):
    """Return the process id of one of a cluster's workers."""
    from distributed import Client

    with Client(address) as client:
        return min(client.run(os.getpid).values())


# Of each: what to do, its exit status, and what its last line says.
SCENARIOS = {
    "one worker of one thread": (on_cluster("none"), 0, ""),
    "two workers": (on_cluster("none", workers=2), 0, ""),
    "a trial fails": (on_cluster("raise"), 1, "raise, seed 1 .ArithmeticError"),
    "a trial calls sys.exit": (on_cluster("exit"), 1, "exit, seed 1 .SystemExit"),
    "a trial kills its worker": (on_cluster("die"), 1, "die, seed 1 .KilledWorker"),
    "all workers are gone": (on_cluster("die", nanny=False), 1, "workers .* are gone.*die, seed 1"),
    "no worker": (on_cluster("none", workers=0), 1, "has no workers.*none, seed 0"),
    "workers without the course": (
        on_cluster("none", preload=WITHOUT_COURSE),
        1,
        "cannot import helpers",
    ),
    "the scheduler is killed": (on_cluster("kill", kill_scheduler=True), 1, "gone.*kill, seed 1"),
    "an address that never answers": (silent_address, 1, "no Dask scheduler answers"),
    "an address that nobody has": (dead_address, 1, "no Dask scheduler answers"),
    "marking, and a worker is killed": (marking("worker"), 0, ""),
    "marking, and the scheduler is killed": (marking("scheduler"), 1, "is gone.*What is marked"),
}


def judge(name):
    """Return a row of the table: name, seconds, exit status, last line, and whether it is right."""
    import re

    scenario, status, says = SCENARIOS[name]
    with tempfile.TemporaryDirectory() as folder:
        seconds, found, _, error = scenario(Path(folder))
    lines = error.strip().splitlines()
    right = found == status and seconds < LIMIT and len(lines) == (status != 0)
    right = right and re.search(says, error) is not None
    return name, seconds, found, " | ".join(lines), right


def main(names=()):
    """Print the table; return how many scenarios ended otherwise than they should."""
    wrong = 0
    for name in names or SCENARIOS:
        name, seconds, status, line, right = judge(name)
        wrong += not right
        print(f"{'ok' if right else 'WRONG':6}{name:32}{seconds:6.1f} s  exit {status}  {line}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
