"""Lessons as static web pages, opened from the disk with no network."""

import json
import re

import pytest

from helpers.shapes import output_size

from .conftest import LESSONS, assert_described, only_frame

STORED = {path.stem: path.read_text("utf-8") for path in sorted(LESSONS.glob("*.ipynb"))}


def still(name):
    """Count the images of a lesson, but for those that a live figure replaces as it starts."""
    count = 0
    for cell in json.loads(STORED[name])["cells"]:
        shown = ["".join(cell["source"])] if cell["cell_type"] == "markdown" else []
        for output in cell.get("outputs", []):
            shown.append("".join(output.get("data", {}).get("text/html", "")))
        count += sum(text.count("<img ") for text in shown if 'class="live"' not in text)
    return count


@pytest.mark.parametrize("name", STORED)
def test_figures_are_described_and_steppers_move(page, web_page, name):
    page.goto(web_page(name), wait_until="domcontentloaded")
    assert_described(page.locator("img:not(.live *)"), still(name))
    steppers = page.locator(".stepper").all()
    assert len(steppers) == STORED[name].count('<div class=\\"stepper')
    for stepper in steppers:
        frames = stepper.locator("figure").count()
        pictures = [only_frame(stepper, step=1)]
        for step in range(2, frames + 1):
            if step % 2:
                stepper.get_by_role("slider").press("ArrowRight")
            else:
                stepper.get_by_role("button", name="next step").click()
            pictures.append(only_frame(stepper, step=step))
        assert len(set(pictures)) == frames > 1
        stepper.get_by_role("button", name="next step").click()
        assert only_frame(stepper, step=frames) == pictures[-1]


@pytest.mark.parametrize(
    "values",
    [
        "28 4 2 0",
        "13 3 2 0",
        "7 3 3 0",  # one pixel left over
        "32 3 2 1",  # one of the zeros left over
        "8 1 3 0",
        "224 7 2 3",
        "5 7 1 1",  # fits only because of the padding
        "5 8 1 1",
        "5 7 1 0",
        "0 1 1 0",
        "5 3 0 0",
        "5 3 1 -1",
        "5.5 3 1 0",
        "5  1 0",  # an empty field
        "5 3 1e 0",  # the browser hands on nothing for what is no number
    ],
)
def test_size_calculator_agrees_with_output_size(page, web_page, values):
    page.goto(web_page("03_shapes_and_parameters"), wait_until="domcontentloaded")
    calculator = page.locator(".calculator")
    names = ("size", "kernel_size", "strides", "padding")
    for name, text in zip(names, values.split(" "), strict=True):
        field = calculator.get_by_label(name, exact=True)
        field.fill("")
        field.press_sequentially(text)
    shown = calculator.locator("output").inner_text()
    try:
        size, kernel_size, strides, padding = map(int, values.split(" "))
        expected = output_size(size, kernel_size, strides=strides, padding=padding)
    except ValueError:
        assert "=" not in shown and ("whole numbers" in shown or "larger" in shown)
    else:
        rest = size + 2 * padding - ((expected - 1) * strides + kernel_size)
        assert re.search(r" = (\d+)", shown)[1] == str(expected)
        assert re.findall(r"(\d+) left over", shown) == ([str(rest)] if rest else [])
