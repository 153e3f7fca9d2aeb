"""Open the course in JupyterLab, hand it out, show it on pages, or mark a class.

lab      your own copies of the lessons, with nothing run yet
teach    the lessons themselves, executed; what you run there changes the course's files
copies   make or renew the copies, and open nothing
student  write copies without solutions, to hand out; with --check, say which are stale
site     write the lessons as pages to read
slides   write the lessons as slides to show
mark     run and judge the submissions in a folder, each in a box of its own

After `lab` and `teach`, other arguments go on to JupyterLab.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from helpers.classroom.copies import hand_out, update

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "notebooks"
# Where what is written goes, unless --folder says otherwise.
PLACES = {
    "lab": "my_lessons",
    "copies": "my_lessons",
    "student": "build/student",
    "site": "build/site",
    "slides": "build/slides",
    "mark": "build/marks",
}


def main(arguments=None):
    """Do what the arguments say; returns the exit status, or a line about what went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.classroom",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("what", choices=("teach", *PLACES))
    parser.add_argument(
        "--folder", type=Path, help="for copies, pages or slides; with `mark`, of submissions"
    )
    parser.add_argument("--check", action="store_true", help="write nothing, with `student`")
    marking = parser.add_argument_group("with `mark`")
    marking.add_argument("--lesson", metavar="NN", help="which lesson")
    marking.add_argument("--target", type=Path, help="for the results, in place of build/marks/NN")
    marking.add_argument("--seed", type=int, help="of the drawn cases; by default one is drawn")
    marking.add_argument("--jobs", type=int, default=2, help="submissions at a time")
    marking.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster to do it")
    marking.add_argument("--unsafe", action="store_true", help="without boxes")
    chosen, flags = parser.parse_known_args(arguments)
    if flags and chosen.what in ("copies", "student", "site", "slides", "mark"):
        parser.error(f"unrecognized arguments: {' '.join(flags)}")
    if chosen.check and chosen.what != "student":
        parser.error("--check goes with `student` alone")
    lessons = sorted(LESSONS.glob("*.ipynb"))
    if not lessons:
        return f"{LESSONS} holds no lessons. Start in a folder with the whole course."
    if chosen.what == "teach":
        return _open(lessons[0], flags, lessons)
    if chosen.what == "mark":
        if not (chosen.lesson and chosen.folder):
            parser.error("`mark` needs --lesson and --folder")
        return _mark(chosen)
    folder = (chosen.folder or ROOT / PLACES[chosen.what]).expanduser().absolute()
    if chosen.what in ("site", "slides"):
        return _pages(chosen.what, folder)
    try:
        if chosen.what == "student":
            return hand_out(LESSONS, folder, check=chosen.check)
        update(LESSONS, folder)
    except OSError as error:
        return f"Your copies cannot be written: {error}. --folder names another place for them."
    print(f"Your copies of the lessons are in {folder}.")
    return 0 if chosen.what == "copies" else _open(folder / lessons[0].name, flags)


def _pages(what, folder):
    try:
        return import_module(f"helpers.classroom.{what}").build(ROOT, folder)
    except ImportError as error:
        return f"A package is missing ({error}). Install it: pip install '.[site]'"


def _mark(chosen):
    from helpers.classroom.marking import mark

    folder = chosen.folder.expanduser().absolute()
    target = chosen.target or ROOT / PLACES["mark"] / chosen.lesson
    how = {name: getattr(chosen, name) for name in ("seed", "jobs", "scheduler", "unsafe")}
    try:
        mark(chosen.lesson, folder, target.expanduser().absolute(), **how)
    except (ValueError, RuntimeError, OSError) as error:
        return f"Stopped: {error}"
    except KeyboardInterrupt:
        return "Stopped. What is marked is kept; the same command goes on."
    return 0


def _open(notebook, flags, to_trust=()):
    try:
        from helpers.classroom import lab
    except ImportError as error:
        return f"JupyterLab is missing ({error}). Install it: pip install -r requirements.txt"
    lab.trust(to_trust)
    return lab.start(notebook, flags)


if __name__ == "__main__":
    sys.exit(main())
