"""Mark a class: each submission runs in a box of its own, and is judged from outside.

`box` is what keeps a submission from doing harm, `worker` the program that runs in it,
`submission` what asks it and judges what comes, `report` what the lecturer gets.
"""

import hashlib
import os
import secrets
import stat
import sys
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from time import monotonic

import joblib

from helpers import _validate
from helpers.classroom.copies import read, write
from helpers.classroom.marking import report
from helpers.classroom.marking.box import COURSE, HERE, Limits, why_not
from helpers.classroom.marking.submission import LARGEST, Lesson, judged, unread
from helpers.study.engine import connected, workers_with

LOUD = """
**************************************************************************************************
  --unsafe: the submissions run WITHOUT a box, as you: they can read and delete your files, use the
  network, and fill the machine. Do this on a machine that you can throw away.
**************************************************************************************************
"""


def mark(
    lesson,
    folder,
    target,
    *,
    seed=None,
    jobs=2,
    scheduler=None,
    unsafe=False,
    limits=None,
    say=print,
):
    """Mark the submissions in a folder, and write a table and pages; return the results.

    What is marked already is not marked again, as long as lesson, checks, seed and submission are
    the same: a run that was stopped goes on.

    Parameters
    ----------
    lesson : str
        The number of a lesson, "01", or the name of its file.
    folder, target : Path
        Of the submissions, which are only read; and for results.csv, class.html and the rest.
    seed : int, optional
        Of the cases that are drawn. By default one is drawn, and kept in the target.
    jobs : int
        Submissions at a time.
    scheduler : str, optional
        Address of a Dask scheduler whose workers are to do it instead, each in boxes of its own.
    unsafe : bool
        Without boxes. It is said loudly.
    limits : Limits, optional
        What a submission may use.
    say : callable
        Takes each line that is to be seen.

    Returns
    -------
    list of dict
        One for each submission: its `name`, and what `judged` returns.

    Raises
    ------
    ValueError
        There is no such lesson, or no such folder; or another argument is none.
    RuntimeError
        Boxes cannot be had here, or on a worker.
    OSError
        The target cannot be written, or no cluster answers.
    """
    limits, path = limits or Limits(), _lesson(lesson)
    seed, jobs = _validate.seed("seed", seed), _validate.integer("jobs", jobs)
    asked = Lesson.of(path.stem, read(path))
    if not folder.is_dir():
        raise ValueError(f"folder must be one with submissions; received folder={str(folder)!r}")
    if unsafe:
        say(LOUD)
    elif scheduler is None:
        _boxes({why_not(secret=[folder, target])})
    (target / "results").mkdir(parents=True, exist_ok=True)
    seed = _seed(target, seed)
    work = partial(judged, lesson=asked, seed=seed, limits=limits, unsafe=unsafe)
    rules = f"{asked.digest()} {_checks()} {seed} {limits} {unsafe}"
    rows, todo = [], {}
    for name, content, problem in submissions(folder):
        digest = hashlib.sha256(rules.encode() + (content or b"")).hexdigest()
        kept = target / "results" / f"{digest[:32]}.json"
        rows.append((name, kept, problem))
        if not problem and not _readable(kept):
            todo[kept] = content
    say(f"{path.stem}: {len(rows)} submissions, {len(todo)} to mark; drawn cases of seed {seed}")
    with _engine(jobs, scheduler, unsafe) as parallel:
        _run(work, todo, parallel)
    results = [{"name": name} | (unread(asked, problem) if problem else read(kept))
               for name, kept, problem in rows]  # fmt: skip
    report.write(asked, results, target, seed)
    say(f"{target / 'results.csv'} has the table; open {target / 'class.html'}.")
    return results


def submissions(folder):
    """Yield (name, content, "") of each notebook in a folder, or (name, None, why not)."""
    for path in sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name)):
        if path.name.startswith("."):
            continue
        name = os.fsencode(path.name).decode("utf-8", "backslashreplace")
        try:
            yield name, _content(path), ""
        except (OSError, ValueError) as error:
            yield name, None, getattr(error, "strerror", None) or str(error)


def _content(path):
    """Return the bytes of a file; links are not followed, and devices and pipes not opened."""
    if path.is_symlink():
        raise ValueError("it is a symbolic link, which could lead to any file: it was not followed")
    if path.is_dir():
        raise ValueError("it is a folder")
    if path.suffix.lower() != ".ipynb":
        raise ValueError("its name does not end in .ipynb")
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(file, "rb") as opened:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ValueError("it is no file")
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST >> 20} MB")
    return content


def _boxes(reasons):
    """Raise the error that names why there is no box, if there is a reason."""
    if reason := "; ".join(sorted(filter(None, reasons))):
        raise RuntimeError(
            f"nothing was marked: {reason}. Submissions are programs of strangers, and without a "
            "box they could do what you can. On a machine that you can throw away: --unsafe"
        )


@contextmanager
def _engine(jobs, scheduler, unsafe):
    """Give joblib's Parallel, on the processes of this machine or on a Dask cluster."""
    if scheduler is None:
        yield joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")
        return
    from distributed import KilledWorker

    client = connected(scheduler)
    try:
        workers_with(__name__, client, scheduler)
        _boxes(() if unsafe else client.run(why_not).values())
        with joblib.parallel_config(backend="dask", client=client):
            yield joblib.Parallel(n_jobs=-1, return_as="generator_unordered")
    except (CancelledError, KilledWorker) as error:
        raise ConnectionError(
            f"the Dask cluster at {scheduler} is gone ({type(error).__name__}). What is marked is "
            "kept; the same command goes on"
        ) from None
    finally:
        client.close(timeout=5)


def _run(work, todo, parallel):
    """Mark and keep each result as it comes."""
    started = monotonic()
    outcomes = parallel(joblib.delayed(_labelled)(work, *item) for item in todo.items())
    for count, (kept, result) in enumerate(outcomes, 1):
        write(kept, result)
        if sys.stderr.isatty():
            left = (monotonic() - started) / count * (len(todo) - count) / 60
            bar = "#" * (40 * count // len(todo))
            end = "\n" if count == len(todo) else ""
            line = f"\r[{bar:40}] {count}/{len(todo)}, about {left:.1f} min left "
            print(line, end=end, file=sys.stderr, flush=True)


def _labelled(work, kept, content):
    return kept, work(content)


def _lesson(name):
    """Return the path of the lesson with a number or a name."""
    paths = sorted((COURSE / "notebooks").glob("*.ipynb"))
    found = [path for path in paths if name and name in (path.stem, path.stem[:2], path.name)]
    if not found:
        known = ", ".join(path.stem[:2] for path in paths)
        raise ValueError(f"lesson must be one of {known}; received lesson={name!r}")
    return found[0]


def _seed(target, seed):
    """Return the seed of a target's results: the one that is asked for, or else its own."""
    path = target / "results" / "seed.txt"
    if seed is None:
        try:
            return int(path.read_text("ascii"))
        except (OSError, ValueError):
            seed = secrets.randbelow(2**32)
    write(path, f"{seed}\n")
    return seed


def _checks():
    """Return a digest of the code that judges."""
    paths = sorted([*(HERE.parents[1] / "check").glob("*.py"), *HERE.glob("*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _readable(path):
    try:
        return isinstance(read(path), dict)
    except (OSError, ValueError):
        return False
