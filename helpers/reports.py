"""The figures of the five reports, by row: what this course reproduces, and checks."""

import json
from copy import deepcopy
from functools import cache

from helpers._stored import stored


@cache
def _figures():
    return json.loads(stored("reports.json").read_text(encoding="utf-8"))


def report(row):
    """Return what a report prints for one row, right or wrong, as a dict of its figures.

    A row is a letter for the report and a number. Accuracies are from 0 to 1, counts and sizes
    integers. A row without figures is a KeyError that lists those there are.

    >>> report("A8")["params"]
    141130
    """
    figures = _figures()
    if not (isinstance(row, str) and row in figures):
        raise KeyError(f"row must be one of {', '.join(figures)}; received row={row!r}")
    return deepcopy(figures[row])
