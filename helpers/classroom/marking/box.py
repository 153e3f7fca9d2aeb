"""The box that a submission runs in: what it sees, what it may use, and how it is asked.

`bwrap` (bubblewrap) gives it a file system of its own in memory with the system, Python's packages
and `helpers` without its exercises, all read-only; no network; its own processes; and nothing of
the environment. `prlimit` and the watch in `Box.ask` bound what it uses, and `_filter` closes what
remains: memory that no limit counts, and kernel stores that all boxes would share.
What comes out of it is one line of JSON an answer, of limited length, and nothing else.
"""

import json
import os
import platform
import select
import shutil
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from helpers.check.attempt import Abort

HERE = Path(__file__).resolve().parent
HELPERS = HERE.parents[1]
COURSE = HELPERS.parent
# Of `helpers`, a submission does not see these: they hold the answers, or are no business of it.
WITHHELD = ("check", "classroom", "__pycache__")
SHOWN = ("__init__.py", "attempt.py", "values.py")  # of the checks: no exercise is in them


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds of wall time, and bytes.

    `memory` is for all its processes together, `space` the address space of each.
    """

    statement: float = 30
    cells: float = 60
    exercise: float = 8  # less than the ten seconds of `helpers.check`
    cpu: int = 120
    memory: int = 2 << 30
    space: int = 4 << 30  # Keras needs more than 2
    processes: int = 32  # threads count
    file: int = 4 << 20
    disk: int = 64 << 20
    answer: int = 4 << 20


class Box:
    """One submission's process, which is started by the first question and ended by any error."""

    def __init__(self, limits, *, unsafe=False):
        self.limits, self.unsafe, self.process = limits, unsafe, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, question, seconds, since=None):
        """Send a dict; return the dict that comes back within so many seconds, from now or `since`.

        Whatever goes wrong ends the box, and is an Abort that says what. The next question would
        start a new one.
        """
        try:
            if self.process is None:
                self._start()
            end = (monotonic() if since is None else since) + seconds
            line = self._exchange(json.dumps(question).encode() + b"\n", end)
            answer = json.loads(line)
            if not isinstance(answer, dict):
                raise ValueError
            return answer
        except TimeoutError:
            said = (
                f"It is still running after {seconds:g} seconds. Is there a loop that never ends?"
            )
        except MemoryError:
            said = f"It uses more than {self.limits.memory / 2**30:g} GB of memory."
        except EOFError:
            said = (
                "Its process ended: by a call that ends Python, by a crash, or for want of memory."
            )
        except OverflowError:
            said = f"Its answer has more than {self.limits.answer / 2**20:g} MB."
        except (ValueError, RecursionError):
            said = "What came is no answer of the marking's own program."
        except BaseException:
            self.close()
            raise
        self.close()
        raise Abort(said)

    def close(self):
        """End the box. As its first process ends, the kernel ends all others in it."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
            self.folder.cleanup()

    def _start(self):
        # Its working folder matters without the box alone, which has a /tmp of its own.
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        filtered = None if self.unsafe else _opened(_filter())
        try:
            self.process = subprocess.Popen(
                command(self.limits, filtered),
                cwd=self.folder.name,
                env=ENVIRONMENT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=() if filtered is None else (filtered,),
            )
        finally:
            if filtered is not None:
                os.close(filtered)
        os.set_blocking(self.process.stdin.fileno(), False)

    def _exchange(self, question, end):
        """Write the question as far as it is read, and return the line that answers it."""
        ours, theirs = self.process.stdin.fileno(), self.process.stdout.fileno()
        answer, looked = bytearray(), 0
        while not answer.endswith(b"\n"):
            wait = max(0, min(0.1, end - monotonic()))
            ready, free, _ = select.select([theirs], [ours] if question else [], [], wait)
            try:
                question = question[os.write(ours, question[: 1 << 16]) :] if free else question
            except BrokenPipeError:
                raise EOFError from None
            if ready:
                came = os.read(theirs, 1 << 16)
                if not came:
                    raise EOFError
                answer += came
            if len(answer) > self.limits.answer:
                raise OverflowError
            if monotonic() > end:
                raise TimeoutError
            if monotonic() > looked + 0.1:
                looked = monotonic()
                if resident(self.process.pid) > self.limits.memory:
                    raise MemoryError
        return bytes(answer)


def resident(pid):
    """Return the bytes of memory that a process and all that come from it hold. 0 off Linux."""
    total, todo = 0, [pid]
    while todo:
        process = Path("/proc") / str(todo.pop())
        try:
            total += int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
            for thread in (process / "task").iterdir():
                todo += (thread / "children").read_text().split()
        except OSError:  # it has ended
            continue
    return total


# --- What a box is made of ------------------------------------------------------------------------

ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": "/tmp",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


def command(limits, filtered):
    """Return the command line of a box, or with no filter, of the bare process of `--unsafe`."""
    bounds = {
        "as": limits.space,
        "nproc": limits.processes,
        "cpu": limits.cpu,
        "fsize": limits.file,
        "nofile": 64,
        "memlock": 0,
        "core": 0,
    }
    if filtered is None:
        del bounds["nproc"]  # it would count all that the user runs
    bounded = ["prlimit", *(f"--{name}={bound}" for name, bound in bounds.items())]
    if filtered is None:
        bounded = bounded if shutil.which("prlimit") else []
        return [*bounded, sys.executable, "-B", str(HERE / "worker.py"), str(COURSE)]
    apart, nobody = _apart()
    worker = [sys.executable, "-B", "/box/worker.py", "/box"]
    filter_ = ["--seccomp", str(filtered)]
    return ["bwrap", *apart, *filter_, *_seen(limits), "--", *nobody, *bounded, *worker]


def _apart():
    """Return what separates a box from the machine, and what makes its process nobody's.

    An ordinary user gets a user namespace, in which there cannot be another. Root, whose processes
    nothing counts, makes the box as root and becomes a user that nobody is inside it.
    """
    shared = ["--die-with-parent", "--new-session"]
    if os.geteuid() != 0:
        return [*shared, "--unshare-all", "--unshare-user", "--disable-userns"], []
    spaces = ("ipc", "pid", "net", "uts", "cgroup-try")
    powers = ("SETUID", "SETGID", "SETPCAP")
    apart = [*shared, *(f"--unshare-{space}" for space in spaces), "--cap-drop", "ALL"]
    apart += [word for power in powers for word in ("--cap-add", f"CAP_{power}")]
    user = 60001 + os.getpid() % 1000  # a number for each job: what a user may run is counted
    nobody = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return apart, [*nobody, "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]


def exposed():
    """Return the folders of this machine that a box sees, sorted: the system's and Python's."""
    system = [Path(name) for name in ("/usr", "/lib", "/lib64", "/bin")]
    pythons = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    return sorted({path for path in system if path.is_dir() and not path.is_symlink()} | pythons)


def _seen(limits):
    """Return what a box sees. Nothing in it can be written but /tmp and /dev/shm, in memory."""
    binds = {path: path for path in exposed()}
    binds |= {Path("/box/helpers") / path.name: path for path in sorted(HELPERS.iterdir())
              if path.name not in WITHHELD}  # fmt: skip
    binds |= {
        Path("/box/worker.py"): HERE / "worker.py",
        **{Path("/box/helpers/check") / name: HELPERS / "check" / name for name in SHOWN},
        Path("/box/data/reports.json"): COURSE / "data" / "reports.json",
        Path("/box/data/results"): COURSE / "data" / "results",
        Path("/etc/ld.so.cache"): Path("/etc/ld.so.cache"),
    }
    small = ["--size", str(limits.disk), "--perms", "1777", "--tmpfs"]
    words = ["--proc", "/proc", "--dev", "/dev", *small, "/dev/shm", "--remount-ro", "/dev"]
    words += [*small, "/tmp"]  # before the others: Python may lie in it
    for name in ("/lib", "/lib64", "/bin"):
        words += ["--symlink", os.readlink(name), name] if os.path.islink(name) else []
    for place, source in binds.items():
        for parent in reversed(place.parents[:-1]):
            words += ["--dir", str(parent)]
        words += ["--ro-bind", str(source), str(place)]
    return [*words, "--chdir", "/tmp", "--remount-ro", "/"]


# The system calls that are refused, by their numbers on x86-64 and on ARM: keys, which boxes would
# share; memory that no limit counts; and doors into the kernel that no lesson uses.
_REFUSED = {
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "ptrace": (101, 117),
    "mount": (165, 40),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "setns": (308, 268),
    "memfd_create": (319, 279),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_secret": (447, 447),
}
_MACHINES = {"x86_64": (0, 0xC000003E, 56), "aarch64": (1, 0xC00000B7, 220)}  # audit, clone


def _filter():
    """Return the program that the kernel runs at each system call of a box (seccomp, man 2)."""
    column, audit, clone = _MACHINES[platform.machine()]
    load, equal, at_least, any_bit, end = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, forbidden, unknown = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
    new_user, x32, clone3 = 0x10000000, 0x40000000, 435

    def step(code, value, yes=0, no=0):  # how many steps to leave out then, or else
        return struct.pack("=HBBI", code, yes, no, value)

    program = [step(load, 4), step(equal, audit, yes=1), step(end, kill), step(load, 0)]
    program += [step(at_least, x32, no=1), step(end, forbidden)]
    for numbers in _REFUSED.values():
        program += [step(equal, numbers[column], no=1), step(end, forbidden)]
    program += [step(equal, clone3, no=1), step(end, unknown)]  # `clone` is taken instead
    program += [step(equal, clone, no=3), step(load, 16), step(any_bit, new_user, no=1)]
    return b"".join([*program, step(end, forbidden), step(end, allow)])


def _opened(content):
    """Return the reading end of a pipe that holds so few bytes."""
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading


# --- Whether there can be one ---------------------------------------------------------------------


def why_not(secret=()):
    """Return why no box can be had here, "" if one can: it is tried. No box may see `secret`."""
    if not sys.platform.startswith("linux") or platform.machine() not in _MACHINES:
        return "boxes need Linux on x86-64 or ARM"
    missing = [name for name in ("bwrap", "prlimit", "setpriv") if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)} is missing (apt-get install bubblewrap util-linux)"
    for path in map(Path, (COURSE / "notebooks", COURSE / "helpers" / "check", *secret)):
        for folder in exposed():
            if path.resolve().is_relative_to(folder):
                return f"{path} lies in {folder}, which a submission has to see"
    for folder in exposed():
        for place in ("lib", "local/lib"):
            for package in folder.glob(f"{place}/python*/*-packages/helpers"):
                return f"{package} shows the answers: use an environment without an installed copy"
    question = b'{"cells": [], "lesson": [], "names": [], "seconds": 1}\n'
    filtered = _opened(_filter())
    how = {"env": ENVIRONMENT, "pass_fds": (filtered,), "capture_output": True, "timeout": 60}
    try:
        tried = subprocess.run(command(Limits(), filtered), input=question, **how)
    except subprocess.TimeoutExpired:
        return "a box did not start within a minute"
    finally:
        os.close(filtered)
    if tried.stdout.startswith(b'{"found"'):
        return ""
    said = " ".join(tried.stderr.decode(errors="replace").split())[-300:]
    return f"a box could not be made here ({said or tried.returncode})"
