"""Imports in `helpers` go one way: down, never up or round, not even inside a function."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HELPERS = Path(__file__).parent.parent / "helpers"
# From the ground up. A module may import what stands on a line before its own, and a package
# its own modules. Those on one line do not know each other.
FLOORS = [
    {"_validate"},
    {"shapes"},
    {"_arrays"},
    {"by_hand"},
    {"_fast_conv"},
    {"conv", "filters", "drawings", "cluster", "photos"},
    {"_stored", "_keras", "_torch_file"},
    {"data", "reports", "probes"},
    {"settings"},
    {"describe", "models", "pretrained", "nn"},
    {"training", "suspects"},
    {"transfer"},
    {"studies"},
    {"study"},
    {"display", "ledger"},
    {"_figure_rules"},
    {"plotting"},
    {"live", "widgets"},
    {"check"},
    {"classroom"},
]
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}


def modules(root):
    """Return {dotted name: path} of a package's modules."""
    names = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def imports(root):
    """Return {module: the modules of the package that it imports}, wherever in it that stands."""
    known = modules(root)
    return {name: _imported(name, path, known) - {name} for name, path in known.items()}


def _imported(name, path, known):
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            up = package.rsplit(".", node.level - 1)[0] if node.level else ""
            base = ".".join(filter(None, (up, node.module)))
            inside = {f"{base}.{alias.name}" for alias in node.names} & set(known)
            # Of a module that is imported from a package, the package's own file runs first.
            found |= inside | (
                {base} if len(inside) < len(node.names) or base != package else set()
            )
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            found |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    return found & set(known)


def top(name):
    """Return the part of a dotted name by which `FLOOR` knows it."""
    return name.split(".")[1] if "." in name else ""


def up_or_aside(graph):
    """Return the edges that do not go down, as texts.

    `__main__` is a program: it stands above all, so nobody may import it.
    """
    wrong = []
    for name, imported in graph.items():
        for other in sorted(imported - {"helpers"}):
            if other.endswith("__main__"):
                wrong.append(f"{name} imports the program {other}")
                continue
            down = FLOOR.get(top(other), 0) < FLOOR.get(top(name), 0)
            if not (down or top(name) == top(other) or name.endswith("__main__")):
                wrong.append(f"{name} imports {other}, which is not below it")
    return wrong


def circle(graph):
    """Return the modules of a circle, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_every_module_has_a_floor():
    unknown = {top(name) for name in modules(HELPERS)} - {"", *FLOOR}
    assert not unknown, f"give these a line in FLOORS: {unknown}"


def test_no_import_goes_up_or_aside():
    assert up_or_aside(imports(HELPERS)) == []


def test_no_imports_form_a_circle():
    assert circle(imports(HELPERS)) == []


def test_the_package_itself_imports_nothing():
    assert imports(HELPERS)["helpers"] == set()


def loaded_by(code):
    command = [sys.executable, "-c", f"{code}import sys; print(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_the_formulas_need_the_standard_library_alone():
    loaded = {name.split(".")[0] for name in loaded_by("import helpers.shapes\n") - loaded_by("")}
    assert loaded - set(sys.stdlib_module_names) == {"helpers"}


def test_the_mathematics_loads_no_framework():
    maths = "by_hand, conv, filters, drawings, cluster, describe"
    loaded = loaded_by(f"from helpers import {maths}\n")
    assert not loaded & {"tensorflow", "keras", "jax", "torch", "sklearn", "matplotlib"}


# The reader itself, on packages that are wrong on purpose.


@pytest.fixture
def package(tmp_path):
    """Return a function that writes {file: source} as the package `helpers`, and reads it."""

    def write(**files):
        for name, source in {"__init__": "", **files}.items():
            path = tmp_path / "helpers" / f"{name.replace('__in__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
            (path.parent / "__init__.py").touch()
        return imports(tmp_path / "helpers")

    return write


@pytest.mark.parametrize(
    "statement",
    [
        "import helpers.conv",
        "import os, helpers.conv as c",
        "from helpers import conv",
        "from helpers.conv import conv2d",
        "from . import conv",
        "from .conv import conv2d as c",
        "def f():\n    from helpers.conv import conv2d",
        "class A:\n    def f(self):\n        if self:\n            import helpers.conv",
        "try:\n    from .conv import conv2d\nexcept ImportError:\n    pass",
        "import importlib\nimportlib.import_module('helpers.conv')",
        "conv = __import__('helpers.conv')",
    ],
)
def test_an_import_is_found_wherever_it_stands(package, statement):
    graph = package(conv="", shapes=statement)
    assert "helpers.conv" in graph["helpers.shapes"]
    assert up_or_aside(graph) == ["helpers.shapes imports helpers.conv, which is not below it"]
    assert circle(graph) == []


def test_what_only_looks_like_an_import_is_none(package):
    graph = package(conv="", shapes="import conv, numpy.helpers\n'from helpers import conv'\n")
    assert graph["helpers.shapes"] == set()


def test_neighbours_on_one_floor_do_not_know_each_other(package):
    graph = package(conv="from helpers import filters", filters="")
    assert up_or_aside(graph) == ["helpers.conv imports helpers.filters, which is not below it"]


@pytest.mark.parametrize("back", ["from . import plan", "import helpers.study.plan"])
def test_a_circle_inside_a_package_is_found(package, back):
    sources = {"study__in__plan": "def f():\n    from .store import read", "study__in__store": back}
    graph = package(**sources)
    assert up_or_aside(graph) == []
    assert {"helpers.study.plan", "helpers.study.store"} <= set(circle(graph))


def test_a_package_may_import_its_own_modules_and_they_each_other(package):
    graph = package(
        study__in____init__="from helpers.study.engine import run\nfrom . import plan",
        study__in__engine="from helpers.study import plan\nfrom .plan import Trial",
        study__in__plan="from helpers.settings import Training",
        settings="",
        study__in____main__="from helpers.studies import ALL\nfrom helpers.study import run",
        studies="from helpers.settings import Training",
    )
    assert up_or_aside(graph) == [] and circle(graph) == []


def test_a_module_that_asks_its_own_package_goes_round(package):
    graph = package(
        study__in____init__="from .engine import run", study__in__engine="from . import x"
    )
    assert set(circle(graph)) == {"helpers.study", "helpers.study.engine"}


def test_a_circle_of_packages_is_found(package):
    graph = package(
        study__in__line="def f():\n    from helpers.studies.cifar10 import ALL",
        studies__in__cifar10="from helpers.study import line",
    )
    assert up_or_aside(graph) and circle(graph)


def test_nobody_imports_a_program(package):
    graph = package(study__in____main__="", plotting="from helpers.study import __main__")
    assert up_or_aside(graph) == ["helpers.plotting imports the program helpers.study.__main__"]
