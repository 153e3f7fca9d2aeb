"""The first minutes: a fresh clone, an empty home, and what `make lab` and `make teach` open.

Everything is installed as for a learner, so this takes minutes; pip may use its cache.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import nbformat
import pytest

from .conftest import LESSONS, only_frame

pytestmark = pytest.mark.skipif(
    not (shutil.which("make") and shutil.which("git")), reason="needs make and git"
)
FIRST = "00_start_here"
INSTALLED = 20 * 60  # seconds


class Clone:
    def __init__(self, root):
        self.root, self.folder, self.home = root, root / "the clone", root / "home"
        self.home.mkdir()
        subprocess.run(["git", "clone", "--quiet", LESSONS.parent, self.folder], check=True)
        theirs = ("JUPYTER", "IPYTHON", "PYTHONPATH", "XDG_", "VIRTUAL_ENV", "MAKE", "KERAS")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(theirs)}
        cache = subprocess.run(
            [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True
        ).stdout.strip()
        self.environment |= {"HOME": str(self.home), "PIP_CACHE_DIR": cache}
        # A browser that only writes down what it is to open.
        browser = root / "browser"
        browser.write_text(f"#!/bin/sh\necho \"$1\" > '{root}/opened'\n")
        browser.chmod(0o755)
        self.environment["BROWSER"] = f"{browser} %s"

    @contextmanager
    def make(self, target):
        """Run a target that opens JupyterLab; gives the address that it opens."""
        opened, log = self.root / "opened", self.root / f"{target}.log"
        opened.unlink(missing_ok=True)
        python = getattr(sys, "_base_executable", sys.executable)
        with log.open("w") as file:
            process = subprocess.Popen(
                ["make", target, f"PYTHON={python}"],
                cwd=self.folder, env=self.environment, start_new_session=True,
                stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            for _ in range(INSTALLED):
                if opened.exists() and opened.read_text().endswith("\n"):
                    break
                assert process.poll() is None, log.read_text()
                time.sleep(1)
            yield opened.read_text().strip()
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    def changes(self):
        command = ["git", "status", "--porcelain"]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout


@pytest.fixture(scope="module")
def clone(browser, tmp_path_factory):
    return Clone(tmp_path_factory.mktemp("fresh"))


def opened(page, address):
    """Open what the browser was told to; returns the notebook, with nobody asking anything."""
    page.goto(address)
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=90_000)
    page.get_by_text("(ipykernel) | Idle").wait_for(timeout=90_000)
    assert page.locator(".jp-NotebookPanel:visible").count() == 1
    assert page.url.endswith(f"/{FIRST}.ipynb")
    page.wait_for_timeout(3000)  # JupyterLab asks about its news a little later
    assert page.get_by_text("Jupyter news").count() == 0
    assert page.locator(".jp-Dialog").count() == 0
    return page.locator(".jp-Notebook")


def run(notebook, words):
    """Run the cell with these words as a learner does."""
    cell = notebook.locator(".jp-CodeCell", has_text=words).first
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    notebook.page.keyboard.press("Shift+Enter")
    cell.locator(".jp-InputPrompt", has_text="[*]").wait_for(state="detached")
    notebook.page.get_by_text("(ipykernel) | Idle").wait_for(timeout=90_000)
    return cell


def steps(stepper):
    """Check that a stepper moves by its button."""
    stepper.scroll_into_view_if_needed()
    first = only_frame(stepper, step=1)
    stepper.get_by_role("button", name="next step").click()
    assert only_frame(stepper, step=2) != first


def test_make_lab_opens_a_lesson_that_nobody_has_run_and_keeps_the_course_clean(clone, page):
    with clone.make("lab") as address:
        notebook = opened(page, address)
        assert notebook.locator(".jp-OutputArea-output").count() == 0
        cell = run(notebook, "import platform")
        assert "Python 3." in cell.locator(".jp-OutputArea-output").inner_text()
        run(notebook, "from helpers import check")
        cell = run(notebook, "widgets.stepper(")
        page.keyboard.press("Control+s")
        page.locator(".jp-mod-dirty").wait_for(state="detached")
        steps(cell.locator(".stepper"))

        path = clone.folder / "my_lessons" / f"{FIRST}.ipynb"
        counts = [c.get("execution_count") for c in nbformat.read(path, as_version=4).cells]
        assert sorted(count for count in counts if count) == [1, 2, 3]
        assert clone.changes() == ""
        page.reload()  # what the learner ran is trusted from now on
        steps(page.locator(".jp-Notebook .stepper"))
    assert page.refused == []


def test_make_teach_opens_a_lesson_whose_figures_move(clone, page):
    with clone.make("teach") as address:
        notebook = opened(page, address)
        assert notebook.locator(".jp-OutputArea-output").count() > 0
        steps(notebook.locator(".stepper"))
    assert clone.changes() == ""
    assert page.refused == []
