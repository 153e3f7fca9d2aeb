"""A real browser, a real JupyterLab and the lessons as web pages, all on temporary copies."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import nbformat
import pytest

LESSONS = Path(__file__).parents[2] / "notebooks"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Pictures of every lesson are for looking at: only where a folder for them is named.
collect_ignore = [] if os.environ.get("COURSE_SCREENSHOTS") else ["test_screenshots.py"]

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
PROGRAM = next(filter(None, map(shutil.which, PROGRAMS)), None)


def pytest_runtest_setup():
    # Skipped here and not in a fixture: pytest then reports one line for all tests.
    if not (PROGRAM and sync_playwright):
        pytest.skip("the browser tests need Chromium or Chrome, and `pip install '.[browser]'`")


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A page that reaches this machine alone; `page.refused` lists what else it asked for."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.refused = []

    def judge(route):
        url = urlsplit(route.request.url)
        if url.hostname in ("127.0.0.1", "localhost") or url.scheme in ("file", "data", "blob"):
            return route.continue_()
        page.refused.append(route.request.url)
        return route.abort()

    context.route("**/*", judge)
    yield page
    context.close()


@pytest.fixture(scope="session")
def web_page(tmp_path_factory):
    """A function: the file:// address of a stored lesson that nbconvert wrote as HTML."""
    from nbconvert import HTMLExporter

    folder = tmp_path_factory.mktemp("html")

    def export(name):
        target = folder / f"{name}.html"
        target.write_text(HTMLExporter().from_filename(LESSONS / f"{name}.ipynb")[0], "utf-8")
        return target.as_uri()

    return export


@pytest.fixture(scope="session")
def written(browser, tmp_path_factory):
    """A function: the folder with the site or the slides of the lessons, made once."""
    folder = tmp_path_factory.mktemp("classroom")

    @cache
    def write(what):
        module = pytest.importorskip(f"helpers.classroom.{what}")
        assert not module.build(LESSONS.parent, folder / what)
        return folder / what

    return write


def faults(page):
    """Return what axe-core finds on a page and calls serious or critical, one line each."""
    # Preloading asks for the style sheets once more, which a file:// page may not.
    options = {"preload": False, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{fault['id']}: {' '.join(map(str, node['target']))}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def only_frame(stepper, *, step):
    """Check that a stepper shows this step's frame and no other; returns its picture."""
    shown = stepper.locator("figure").filter(visible=True)
    shown.locator(f"figcaption:text('Step {step} of ')").wait_for()
    assert shown.count() == 1
    return shown.locator("img").get_attribute("src")


def assert_described(images, count):
    """Check that all images are there, drawn, and say in words what they show."""
    images.nth(count - 1).wait_for(state="attached")
    assert images.count() == count
    poor = "all => all.filter(i => !i.alt.trim() || !i.naturalWidth).map(i => i.outerHTML)"
    assert images.evaluate_all(poor) == []


class Lab:
    """A running JupyterLab on copies of the lessons, in `folder`, with settings of its own."""

    def __init__(self, home):
        self.folder, self.settings = home / "lessons", home / "settings"
        shutil.copytree(LESSONS, self.folder, ignore=shutil.ignore_patterns(".*"))
        self.configure("notification", fetchNews="false", checkForUpdates=False)
        places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        # A data folder of its own has no signatures in it, so no stored lesson is trusted.
        self.environment = os.environ | {place: str(home / place) for place in places}
        self.environment["JUPYTERLAB_SETTINGS_DIR"] = str(self.settings)
        self.environment["JUPYTERLAB_WORKSPACES_DIR"] = str(home / "workspaces")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.token = secrets.token_hex()
        self.log = home / "lab.log"
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
        command += [f"--port={urlsplit(self.address).port}", "--ServerApp.port_retries=0"]
        command += [f"--IdentityProvider.token={self.token}", f"--notebook-dir={self.folder}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def wait(self, seconds=60):
        for _ in range(seconds * 5):
            try:
                return urlopen(f"{self.address}/api?token={self.token}").close()
            except URLError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.2)
        raise TimeoutError(self.log.read_text())

    def configure(self, plugin, **settings):
        folder = self.settings / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(settings))

    def blank(self, name):
        """Copy a lesson without its outputs, so that whatever shows later was computed."""
        path = self.folder / f"blank_{name}.ipynb"
        notebook = nbformat.read(LESSONS / f"{name}.ipynb", as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, path)
        return path

    def strange(self, name):
        """Copy a lesson with a change, so that no run of it can have signed the copy."""
        path = self.folder / f"strange_{name}.ipynb"
        notebook = nbformat.read(LESSONS / f"{name}.ipynb", as_version=4)
        notebook.metadata["origin"] = "a stranger"
        nbformat.write(notebook, path)
        return path

    def open(self, page, name):
        page.goto(f"{self.address}/lab/tree/{name}.ipynb?reset&token={self.token}")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=60_000)
        return page.locator(".jp-Notebook")


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    try:
        lab.wait()
        yield lab
    finally:
        lab.process.terminate()
        lab.process.wait(20)
