"""Pictures of every lesson in JupyterLab's light and dark theme, for a person to look at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import LESSONS


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("name", sorted(path.stem for path in LESSONS.glob("*.ipynb")))
def test_screenshots(lab, page, name, theme):
    target = Path(os.environ["COURSE_SCREENSHOTS"])
    lab.configure("themes", theme=f"JupyterLab {theme}")
    lesson = lab.folder / f"{name}.ipynb"
    trust = [sys.executable, "-m", "jupyter", "trust", str(lesson)]
    subprocess.run(trust, env=lab.environment, check=True)
    page.set_viewport_size({"width": 1200, "height": 1800})
    notebook = lab.open(page, name)
    page.locator(f"body[data-jp-theme-name='JupyterLab {theme}']").wait_for(state="attached")
    page.keyboard.press("Control+b")  # no file browser
    pane = page.locator(".jp-WindowedPanel-outer")
    place = "e => [Math.round(e.scrollTop), e.scrollTop + e.clientHeight >= e.scrollHeight - 2]"
    for number in range(200):
        page.wait_for_timeout(700)  # mathematics and code colours arrive late
        notebook.screenshot(path=target / f"{name}-{theme.lower()}-{number:02}.png")
        pane.evaluate("e => e.scrollBy(0, 0.9 * e.clientHeight)")
        if pane.evaluate(place)[1]:
            break
