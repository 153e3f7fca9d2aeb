"""Lessons in JupyterLab, driven as a learner would: by mouse and keyboard, trusted or not."""

import subprocess
import sys

import nbformat
import numpy as np
import pytest

from helpers import live
from helpers.drawings import frame_and_bar
from helpers.models import build

from .conftest import LESSONS, assert_described, only_frame

NAMES = sorted(path.stem for path in LESSONS.glob("*.ipynb"))


def test_lesson_runs_and_its_stepper_moves(lab, page):
    path = lab.blank("01_convolution_by_hand")
    notebook = lab.open(page, path.stem)
    # The status bar's words: the notebook's own indicator says idle before there is a kernel.
    idle = page.get_by_text("(ipykernel) | Idle")
    idle.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    waiting = notebook.locator(".jp-InputPrompt", has_text="*")
    waiting.first.wait_for()
    waiting.first.wait_for(state="detached", timeout=90_000)
    idle.wait_for()
    page.keyboard.press("Control+s")
    page.locator(".jp-mod-dirty").wait_for(state="detached")
    code = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [o for cell in code for o in cell.outputs if o.output_type == "error"]

    stepper = notebook.locator(".stepper")
    pictures = [only_frame(stepper, step=1)]
    stepper.get_by_role("button", name="next step").click()
    pictures.append(only_frame(stepper, step=2))
    active = "document.querySelector('.jp-Notebook .jp-mod-active').dataset.windowedListIndex"
    before = page.evaluate(active)
    for step, key in enumerate(("ArrowRight", "ArrowUp"), start=3):
        stepper.get_by_role("slider").press(key)
        pictures.append(only_frame(stepper, step=step))
    assert page.evaluate(active) == before is not None
    stepper.get_by_role("button", name="previous step").click()
    assert only_frame(stepper, step=3) == pictures[2]
    assert len(set(pictures)) == len(pictures)
    assert page.refused == []


@pytest.mark.parametrize("name", NAMES)
def test_untrusted_lesson_keeps_first_frames_and_described_figures(lab, page, name):
    """Nothing was run and no signature is known, so JupyterLab strips every handler."""
    notebook = lab.open(page, lab.strange(name).stem)
    page.locator(".jp-StatusItem-trust[title^='Notebook not trusted']").wait_for()
    stored = (LESSONS / f"{name}.ipynb").read_text("utf-8")
    assert_described(notebook.locator("img"), stored.count("<img "))
    for stepper in notebook.locator(".stepper").all():
        only_frame(stepper, step=1)
        stepper.locator("button").last.click()
        only_frame(stepper, step=1)
    assert page.refused == []


# --- Live figures ---------------------------------------------------------------------------


def figures():
    """Return {a part of each figure: the figure, its first words, a button, its words after it}."""
    digits = np.zeros((2, 28, 28), np.uint8)
    digits[0, 4:24, 13:16] = 255
    network = build("B5")
    return {
        ".paper": (live.digit_reader(network, digits, shifts=True),
                   "The network says", ".down", "1 down"),
        ".turn": (live.convolution(np.eye(5), np.eye(3)),
                  "Output in row 0, column 0: 1·1 + 0·0", ".turn", "Output in row 0"),
        ".response": (live.photo_filter({"frame": frame_and_bar()}),
                      "White is 0. The deepest purple is 1020 or more", ".two", "The gradient"),
        ".bowl": (live.descent(momentum=0.6),
                  "After 25 steps the bottom is", ".many", "After 35 steps"),
        ".plane": (live.clusters(np.eye(2), np.eye(2)),
                   "2 points, 2 centroids, inertia 0", ".clear", "0 points, 2 centroids"),
        ".layers": (live.network_builder({"report B": network}),
                    "14 682 parameters", ".add", "its input is flat"),
    }  # fmt: skip


def store(lab, name, *, trusted):
    """Write a notebook with the figures as stored outputs, a screen of text below each of them."""
    cells = []
    for part, (figure, *_) in figures().items():
        data = {"text/html": figure.markup, "text/plain": figure.text}
        output = nbformat.v4.new_output("execute_result", data, execution_count=1)
        code = nbformat.v4.new_code_cell(f"# {part}", outputs=[output], execution_count=1)
        cells += [code, nbformat.v4.new_markdown_cell("\n\n".join(["More text."] * 60))]
    path = lab.folder / f"{name}.ipynb"
    notebook = nbformat.read(LESSONS / f"{NAMES[0]}.ipynb", as_version=4)  # for its kernel
    notebook.cells = cells
    nbformat.write(notebook, path)
    if trusted:
        command = [sys.executable, "-m", "jupyter", "trust", str(path)]
        subprocess.run(command, env=lab.environment, check=True, capture_output=True)


def brought(page, part):
    """Return a figure, in view: JupyterLab may have taken it out of the page."""
    figure = page.locator(f".jp-Notebook .live:has({part})")
    pane = page.locator(".jp-WindowedPanel-outer")
    for place in range(200):
        if figure.count() and figure.is_visible():
            figure.scroll_into_view_if_needed()
            return figure
        pane.evaluate("(pane, top) => { pane.scrollTop = top; }", 500 * (place % 40))
        page.wait_for_timeout(50)
    raise AssertionError(f"{part} does not come into view")


def test_live_figures_keep_their_state_when_they_are_scrolled_away(lab, page):
    store(lab, "live_trusted", trusted=True)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    lab.open(page, "live_trusted")
    for part, (_, _, button, words) in figures().items():
        figure = brought(page, part)
        figure.locator(button).click()
        figure.locator(f"[role=status]:has-text('{words}')").wait_for()
    page.locator(".jp-WindowedPanel-outer").evaluate("e => { e.scrollTop = e.scrollHeight; }")
    page.wait_for_timeout(500)
    for part, (*_, words) in figures().items():
        assert brought(page, part).locator(f"[role=status]:has-text('{words}')").count() == 1
    assert errors == [] and page.refused == []


def test_live_figures_are_dark_where_jupyterlab_is(lab, page):
    store(lab, "live_dark", trusted=True)
    lab.configure("themes", theme="JupyterLab Dark")
    try:
        lab.open(page, "live_dark")
        page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
        for part in figures():
            figure = brought(page, part)
            assert figure.evaluate("e => getComputedStyle(e).colorScheme") == "dark"
            assert figure.evaluate("e => getComputedStyle(e).color") == "rgb(238, 238, 238)"
    finally:
        lab.configure("themes", theme="JupyterLab Light")


def test_untrusted_live_figures_show_a_first_state_that_makes_sense(lab, page):
    store(lab, "live_strange", trusted=False)
    lab.open(page, "live_strange")
    for part, (_, words, *_) in figures().items():
        figure = brought(page, part)
        assert words in figure.text_content()
        for picture in figure.locator("img").all():
            assert picture.get_attribute("alt") and picture.evaluate("e => e.naturalWidth") > 20
        assert figure.locator("canvas").count() == 0
    assert page.refused == []
