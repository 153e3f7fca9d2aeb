"""The figures of the five reports, by row: what this course reproduces, and checks."""

import json
from functools import cache
from pathlib import Path

PATH = Path(__file__).parent.parent / "data" / "reports.json"


@cache
def _figures():
    return json.loads(PATH.read_text(encoding="utf-8"))


def report(row):
    """Return what a report prints for one row, right or wrong.

    Parameters
    ----------
    row : str
        A letter for the report and a number: "A8".

    Returns
    -------
    dict of str to value
        Accuracies from 0 to 1, counts and sizes as integers.

    Raises
    ------
    KeyError
        A row without figures; the error lists those there are.

    Examples
    --------
    >>> report("A8")["params"]
    141130
    """
    figures = _figures()
    if row not in figures:
        raise KeyError(f"row must be one of {', '.join(figures)}; received row={row!r}")
    return figures[row]
