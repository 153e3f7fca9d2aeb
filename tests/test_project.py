"""The files around the code agree with each other."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RANGE = r"([a-z0-9-]+)(>=[\d.]+,<[\d.]+)"
MODULES = sorted((ROOT / "helpers").rglob("*.py"))


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def requirements():
    """Return {package: range} of the environment: the project's own, and those beside it."""
    beside = [line for line in text("requirements.txt").splitlines() if line and line[0] != "#"]
    beside.remove("--editable .")
    lines = [*PROJECT["project"]["dependencies"], *beside]
    found = [re.fullmatch(RANGE, line) for line in lines]
    assert all(found), lines
    assert len({match[1] for match in found}) == len(lines), "a package is listed twice"
    return dict(match.groups() for match in found)


def test_requirements_are_bounded_ranges_and_listed_once():
    assert {"tensorflow", "numpy", "jupyterlab", "pytest", "hypothesis"} <= set(requirements())
    assert not {"tensorflow", "keras", "jupyterlab"} & set(
        re.split("[>=<]", line)[0] for line in PROJECT["project"]["dependencies"]
    )


def version(text):
    return tuple(map(int, re.findall(r"\d+", text)))


def test_the_lock_pins_each_requirement_within_its_range_and_names_no_address():
    """`make lock` pins what is new or no longer fits."""
    lock = text(".ci/requirements.lock")
    assert not re.search(r"://|^-", lock, re.M)
    pins = re.findall(r"^([a-z0-9-]+)==([\w.]+)(?: ; [^\\]+)? \\\n    --hash=sha256:", lock, re.M)
    assert len(pins) == len(re.findall(r"^\S", lock, re.M)) > 100
    extras = str(PROJECT["project"]["optional-dependencies"])
    for name, bounds in (requirements() | dict(re.findall(RANGE, extras))).items():
        least, below = map(version, bounds.split(","))
        found = [version(pin) for pinned, pin in pins if pinned == name]
        assert found and all(least <= pin < below for pin in found), name


def third_party(path):
    """Return the packages that a module imports, by the names under which they are installed."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module)
    names = {name.split(".")[0] for name in found} - set(sys.stdlib_module_names)
    known = {"sklearn": "scikit-learn", "sklearnex": "scikit-learn", "PIL": "pillow"}
    known |= {"quickjs": "quickjs-ng", "IPython": "ipykernel", "jupyterlab_server": "jupyterlab"}
    return {known.get(name, name) for name in names - {"helpers", "tests"}}


def test_every_package_that_is_imported_is_required():
    """And by the project itself, but for networks and notebooks, which Colab brings along."""
    own = {re.split("[>=<]", line)[0] for line in PROJECT["project"]["dependencies"]}
    own |= {"keras", "tensorflow", "mlxtend", "ipykernel"}
    for path in MODULES:
        allowed = own | ({"nbformat", "jupyterlab"} if "classroom" in path.parts else set())
        pages = {"sphinx", "docutils", "latex2mathml", "nbconvert", "pygments"}
        allowed |= pages if {"site", "slides"} & {*path.parts} else set()
        assert third_party(path) <= allowed, path
    for path in (ROOT / "tests").glob("*.py"):
        assert third_party(path) <= set(requirements()), path


def test_conda_installs_what_requirements_say():
    """In the form that repo2docker reads: with a range it would take an older Python."""
    assert re.search(r"- pip:\n\s+- --requirement requirements\.txt\n", text("environment.yml"))
    assert re.search(r"^  - python=3\.13\b(?![.,])", text("environment.yml"), re.M)


def test_repo2docker_reads_which_python_it_is(monkeypatch):
    conda = pytest.importorskip("repo2docker.buildpacks.conda")
    monkeypatch.chdir(ROOT)
    pack = conda.CondaBuildPack(base_image="any")
    assert pack.detect() and pack.python_version == "3.13"


def test_all_files_name_the_same_pythons():
    assert json.loads(text(".devcontainer/devcontainer.json"))["image"] == "python:3.13"
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in text("Makefile")
    assert "3.11, 3.12 or 3.13" in text("README.md")


def test_every_package_goes_into_the_wheel():
    packages = {
        str(path.parent.relative_to(ROOT)).replace(os.sep, ".")
        for path in (ROOT / "helpers").rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages | {"helpers.stored"}


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_help_lists_every_target():
    phony = re.search(r"^\.PHONY: (.+)$", text("Makefile"), re.M)[1].split()
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"^  make (\w+)", listed.stdout, re.M) == phony


def test_nothing_names_a_place_on_one_machine():
    here = [f"{place}/" for place in (ROOT.parent, Path.home()) if len(place.parts) > 1]
    places = "|".join(["/home/", "/Users/", r"\b[A-Z]:\\+\w", *map(re.escape, here)])
    for path in [*MODULES, *ROOT.glob("notebooks/*.ipynb"), ROOT / "README.md", ROOT / "Makefile"]:
        written = path.read_text("utf-8")
        if path.suffix == ".ipynb":  # JSON writes a line break as a backslash and n
            written = re.sub(r"\\(.)", lambda it: "\n" if it[1] == "n" else it[1], written)
        found = re.search(places, written)
        assert not found, f"{path.name} names {found and found[0]}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_public_functions_explain_themselves(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.stem != "__init__":
        assert ast.get_docstring(tree), "the module has no docstring"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_the_package_imports_nothing_and_maps_every_module():
    tree = ast.parse(text("helpers/__init__.py"))
    assert [type(node) for node in tree.body] == [ast.Expr]  # its docstring, and nothing else
    names = re.findall(r"^(\w+)  +\w", ast.get_docstring(tree), re.M)
    tops = {path.relative_to(ROOT / "helpers").parts[0].removesuffix(".py") for path in MODULES}
    assert sorted(names) == sorted(tops - {"__init__"})


FREE = ("data", "check", "plotting", "widgets", "reports", "settings", "study", "studies")


@pytest.mark.parametrize("module", FREE)
def test_what_trains_nothing_loads_no_framework(module):
    code = f"import sys, helpers.{module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not loaded & {"tensorflow", "keras", "jax", "torch", "mlxtend"}


def test_code_is_tidy():
    run = [sys.executable, "-m", "ruff"]
    subprocess.run([*run, "check", "--quiet", "helpers", "tests"], check=True, cwd=ROOT)
    subprocess.run([*run, "format", "--quiet", "--check", "helpers", "tests"], check=True, cwd=ROOT)


def test_report_figures_are_rows_of_known_reports():
    figures = json.loads(text("data/reports.json"))
    assert all(re.fullmatch(r"[A-E]\d+", row) and values for row, values in figures.items())
