"""Where the course's files are: in its folder, or inside the package that a wheel installs."""

import os
from pathlib import Path

from helpers._validate import broken


def checkout():
    """Return the course's data folder, or None where `helpers` was installed from a wheel."""
    here = Path(__file__).resolve().parent
    return None if (here / "stored").is_dir() else here.parent / "data"


def stored(name):
    """Return the path of what comes with the course, such as "reports.json"; not to be written."""
    return (checkout() or Path(__file__).parent / "stored") / name


def chosen_folder(variable):
    """Return the folder that an environment variable names, or None where it is not set.

    Where that is none that can be read, a ValueError says why.
    """
    given = os.environ.get(variable)
    if not given:
        return None
    try:
        folder = Path(given).expanduser()
        os.listdir(folder)
    except (OSError, RuntimeError) as error:  # the latter for "~nobody"
        why = getattr(error, "strerror", None) or error
        raise broken(variable, f"an existing folder that can be read ({why})", given) from None
    return folder
