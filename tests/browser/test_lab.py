"""Lessons in JupyterLab, driven as a learner would: by mouse and keyboard, trusted or not."""

import nbformat
import pytest

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
