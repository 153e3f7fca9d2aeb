"""Open the course in JupyterLab. Other arguments go on to it.

lab     your own copies of the lessons, with nothing run yet
teach   the lessons themselves, executed; what you run there changes the course's files
copies  make or renew the copies, and open nothing
"""

import argparse
import sys
from pathlib import Path

from helpers.classroom.copies import update

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "notebooks"


def main(arguments=None):
    """Do what the arguments say; returns the exit status, or a line about what went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.classroom",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("what", choices=("lab", "teach", "copies"))
    parser.add_argument("--folder", type=Path, default=ROOT / "my_lessons", help="of the copies")
    chosen, flags = parser.parse_known_args(arguments)
    if flags and chosen.what == "copies":
        parser.error(f"unrecognized arguments: {' '.join(flags)}")
    lessons = sorted(LESSONS.glob("*.ipynb"))
    if not lessons:
        return f"{LESSONS} holds no lessons. Start in a folder with the whole course."
    if chosen.what == "teach":
        return _open(lessons[0], flags, lessons)
    folder = chosen.folder.expanduser().absolute()
    try:
        update(LESSONS, folder)
    except OSError as error:
        return f"Your copies cannot be written: {error}. --folder names another place for them."
    print(f"Your copies of the lessons are in {folder}.")
    return 0 if chosen.what == "copies" else _open(folder / lessons[0].name, flags)


def _open(notebook, flags, to_trust=()):
    try:
        from helpers.classroom import lab
    except ImportError as error:
        return f"JupyterLab is missing ({error}). Install it: pip install -r requirements.txt"
    lab.trust(to_trust)
    return lab.start(notebook, flags)


if __name__ == "__main__":
    sys.exit(main())
