"""Sections of a lesson and the minutes they take; test_notebooks holds the real lessons to them."""

import pytest

from helpers.classroom import lesson

WORDS = "word " * 150  # a minute


def notebook(*cells):
    return {
        "cells": [
            {"cell_type": kind, "source": [text], "metadata": how} for kind, text, how in cells
        ]
    }


def prose(text):
    return "markdown", text, {}


def code(lines, **metadata):
    return "code", "\n".join(["x = 1"] * lines), metadata


def minutes_of(*cells):
    found = lesson.sections(notebook(prose("# 01 · One"), *cells))
    return [(s.heading, round(s.needed), round(s.optional)) for s in found[1:]]


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        (prose(WORDS * 3), 3),
        (prose(f"<details><summary>Hint 1</summary>{WORDS}</details>"), 0),
        (prose("**Predict:** how many?"), 2),
        (prose("**Which is it?** And **which** is not?"), 2),
        (prose("### 2. Do it"), 6),
        (code(30), 2),
        (code(30, tags=["solution"]), 0),
        (code(30, jupyter={"source_hidden": True}), 0),
        (("code", "check.f(f)\n" * 30, {}), 0),
    ],
)
def test_what_takes_how_long(cell, minutes):
    assert minutes_of(prose("## A"), cell) == [("A", minutes, 0)]


def test_optional_is_what_stands_under_such_a_heading_until_the_next_as_high():
    assert minutes_of(
        prose(f"## Optional: A\n\n{WORDS}"),
        prose(f"### Inside\n\n{WORDS}"),
        prose(f"## B\n\n{WORDS}\n\n### 1. Do (optional)\n\n### 2. Do\n\n"),
        code(15),
    ) == [("Optional: A", 0, 2), ("B", 8, 6)]


def test_the_stated_minutes_are_read():
    assert lesson.minutes(
        notebook(prose("**Time** 85 minutes, and 25 more for what is optional"))
    ) == (85, 25)
    assert lesson.minutes(notebook(prose("**Time** 85 minutes"))) == (85, 0)
