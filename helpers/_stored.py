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


def chosen_folder(variable, default=None, *, make=False):
    """Return the folder that an environment variable names, or else the default.

    Where that is none that can be read, or made, a ValueError says why. Where there is a default,
    it need not exist yet.
    """
    given = os.environ.get(variable)
    if not given and default is None:
        return None
    try:
        folder = Path(given).expanduser() if given else default
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        os.listdir(folder)
    except (OSError, RuntimeError) as error:  # the latter for "~nobody"
        if default is None or not isinstance(error, FileNotFoundError):
            why = getattr(error, "strerror", None) or error
            rule = f"a folder that can be read ({why})"
            raise broken(variable, rule, given or str(default)) from None
    return folder
