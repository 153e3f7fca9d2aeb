"""The mutation runner, on a project small enough to know every edit."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests import wrong_edits
from tests.mutation.__main__ import survivors
from tests.mutation.mutants import mutants

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("source", "edits"),
    [
        ("a < b", ["a < b -> a <= b"]),
        ("a == b", ["a == b -> a != b"]),
        ("a + b", ["a + b -> a - b"]),
        ("a -= b", ["a -= b -> a += b"]),
        ("not a", ["not a -> a"]),
        ("-a", ["-a -> a"]),
        ("a and b", ["a and b -> a or b"]),
        ("0", ["0 -> 1"]),
        ("2", ["2 -> 1", "2 -> 3"]),
        ("True", ["True -> False"]),
        ("2.5", []),
        ("'text'", []),
        ("min(a)", ["min -> max"]),
        ("np.argmax(a)", ["np.argmax -> np.argmin"]),
        ("f(a, strict=True)", []),
        ("f(a, b, c=d)", ["f(a, b, c=d) -> f(a, b)", "f(a, b, c=d) -> f(a, c=d)"]),
        ("if a:\n    b", ["if a -> if not"]),
        ("a if b else c", ["a if b else c -> a if not b else c"]),
    ],
)
def test_what_code_could_wrongly_be(source, edits):
    assert sorted(mutant.edit for mutant in mutants(source)) == sorted(edits)


def test_every_mutant_is_one_edit_of_the_whole_module():
    source = (ROOT / "helpers" / "shapes.py").read_text(encoding="utf-8")
    plain = ast.unparse(ast.parse(source)).splitlines()
    found = mutants(source)
    assert len(found) > 100
    for mutant in found:
        lines = mutant.source.splitlines()
        changed = [pair for pair in zip(lines, plain, strict=False) if pair[0] != pair[1]]
        assert len(lines) == len(plain) and len(changed) == 1, mutant.edit


@pytest.fixture
def project(tmp_path):
    (tmp_path / "helpers").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "helpers" / "__init__.py").touch()
    (tmp_path / "helpers" / "size.py").write_text(
        "def larger(a, b):\n    return a if a > b else b\n\n\ndef down(n, step):\n"
        "    while n:\n        n -= step\n    return n\n"
    )
    (tmp_path / "tests" / "test_size.py").write_text(
        "from helpers.size import down, larger\n\n\ndef test_it():\n"
        "    assert larger(1, 2) == larger(2, 1) == 2\n    assert down(3, 1) == 0\n"
    )
    return tmp_path


def test_survivors_are_named_and_the_project_stays_as_it_was(project, monkeypatch):
    monkeypatch.setattr("tests.mutation.__main__.LEAST_SECONDS", 3)  # n += step never ends
    before = {path: path.read_bytes() for path in project.rglob("*.py")}
    lived = survivors(project, "size", say=lambda *_, **__: None)
    assert lived == ["helpers/size.py:2: a > b -> a >= b   in   return a if a > b else b"]
    assert {path: path.read_bytes() for path in project.rglob("*.py")} == before


def test_tests_that_fail_without_any_edit_are_no_judges(project):
    (project / "helpers" / "size.py").write_text("larger = max\ndown = abs\n")
    with pytest.raises(SystemExit, match="The tests of size fail"):
        survivors(project, "size", say=lambda *_, **__: None)


def test_a_module_that_is_none_is_named():
    command = [sys.executable, "-m", "tests.mutation", "nothing"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2 and "there is no module or package helpers.nothing" in run.stderr


def test_each_listed_wrong_edit_can_be_made_and_names_tests_that_are_there():
    edits, faults = wrong_edits.read()
    assert not faults and len(edits) > 250
