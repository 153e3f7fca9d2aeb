"""The wheel that `pip install` builds from the repository, and the package that it unpacks to."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
LOCAL = ["mnist.npz", "results/a.lock", "results/cnn_mnist.quick.jsonl", "results/.a.part"]

pytest.importorskip("setuptools", minversion="77")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of a copy of the tree, with files in data/ that belong to one machine."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("helpers", "data"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("*.npz", "__py*"))
    if (ROOT / "data" / "results" / "weights").exists():
        weights = ROOT / "data" / "results" / "weights"
        shutil.copytree(weights, tree / "data" / "results" / "weights", dirs_exist_ok=True)
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in LOCAL:
        (tree / "data" / name).write_text("local")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", tree / "dist", tree], check=True)
    (built,) = (tree / "dist").glob("*.whl")
    return built


def test_it_holds_the_code_and_what_is_stored_but_nothing_local(wheel):
    names = {name for name in ZipFile(wheel).namelist() if name.startswith("helpers/")}
    code = {f"helpers/{path.relative_to(ROOT / 'helpers')}" for path in
            (ROOT / "helpers").rglob("*") if path.is_file() and path.suffix != ".pyc"}  # fmt: skip
    listed = subprocess.run(
        ["git", "ls-files", "data"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    stored = {name.replace("data/", "helpers/stored/", 1) for name in listed}
    assert names - code == stored if listed else names >= code
    assert "helpers/stored/reports.json" in names
    assert not names & {f"helpers/stored/{name}" for name in LOCAL}


def test_the_networks_are_left_to_the_machine_it_comes_to(wheel):
    (metadata,) = (name for name in ZipFile(wheel).namelist() if name.endswith("/METADATA"))
    lines = ZipFile(wheel).read(metadata).decode().splitlines()
    needed = [line for line in lines if line.startswith("Requires-Dist: ") and "extra" not in line]
    assert any("numpy" in line for line in needed)
    assert not [line for line in needed if re.search("tensorflow|keras|jupyter|pytest", line)]


def test_unpacked_it_finds_the_reports_and_the_stored_results(wheel, tmp_path):
    """Where the course's folder is not: another package than the one under test."""
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path / "site")!r})
import helpers
from helpers.reports import report
from helpers.study import load
assert helpers.__path__ == [{str(tmp_path / "site" / "helpers")!r}]
print(report("A8")["params"], len(load("cnn_mnist")) > 0)
"""
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.stdout == "141130 True\n", run.stderr
