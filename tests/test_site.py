"""What the pages of the site are made of; tests/browser builds them and looks at them."""

import json
import re
import subprocess
import sys

import pytest

from helpers.classroom import __main__ as command
from helpers.classroom import site
from helpers.classroom.copies import hand_out, student
from helpers.classroom.lesson import notebooks

LESSONS = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in notebooks(command.ROOT)
}


def notebook(*cells):
    return {
        "cells": [dict(cell_type=kind, source=[text], metadata=how) for kind, text, how in cells]
    }


SMALL = notebook(
    ("markdown", "# 01 · One\n\n**Time** 35 minutes\n\n## A sum\n\n$$a + b$$\n\n### 1. Add", {}),
    ("code", "assert True", {"jupyter": {"source_hidden": True}, "tags": ["claim"]}),
    ("code", "f = 1", {"jupyter": {"source_hidden": True}, "tags": ["solution"]}),
    ("markdown", "## Find the mistake: a product\n\n$$a \\cdot c$$", {}),
)


def test_the_front_page_is_the_readme_with_its_links_and_all_pages():
    text = site.front(command.ROOT, LESSONS)
    for name in (*LESSONS, *site.CHAPTERS):
        assert f"\n{name}\n" in text
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    assert {f"{name}.ipynb" for name in LESSONS} <= {*targets}
    assert {target.split(".")[0] for target in targets} <= {*LESSONS, *site.CHAPTERS}


def test_each_right_formula_is_on_the_sheet_with_where_it_is_from():
    text = site.formulas({"01_one": SMALL})
    assert "## 01 · One\n\n[A sum](01_one.ipynb#a-sum)\n\n$$\na + b\n$$" in text
    assert "cdot" not in text
    assert site.formulas(LESSONS).count("$$") > 2 * 20


def test_the_plan_has_the_minutes_and_exercises_of_the_lessons():
    assert "| [01 · One](01_one.ipynb) | 35 |  | 1 |" in site.plan({"01_one": SMALL})
    assert site.plan(LESSONS).count(".ipynb") == 2 * len(LESSONS)


def test_the_times_name_hardware_and_backend_of_what_is_stored():
    text = site.times()
    assert "## cnn_mnist" in text and re.search(
        r"\| B5 \| 3 \| [\d,]+ \| .*cores.* \| tensorflow \|", text
    )


def test_solutions_are_folded_and_claims_say_that_they_are_tests():
    _, claim, solution, _ = site.folded(json.loads(json.dumps(SMALL)))["cells"]
    assert (
        "hide-input" in claim["metadata"]["tags"] and "hide-input" in solution["metadata"]["tags"]
    )
    assert claim["metadata"]["mystnb"]["code_prompt_show"] == "Show how this is tested"
    assert "mystnb" not in solution["metadata"]


# --- Copies to hand out ------------------------------------------------------------------


def test_a_copy_to_hand_out_has_neither_solutions_nor_outputs():
    for name, lesson in LESSONS.items():
        copy = student(json.loads(json.dumps(lesson)))
        text = json.dumps(copy)
        assert "_solution" not in text and '"output_type"' not in text, name
        tags = [tag for cell in copy["cells"] for tag in cell["metadata"].get("tags", [])]
        exercises = json.dumps(lesson).count('"exercise"')
        assert "solution" not in tags and tags.count("exercise") == exercises


def test_what_is_stale_is_named_and_written_anew(tmp_path):
    originals, folder, said = tmp_path / "lessons", tmp_path / "copies", []
    originals.mkdir()
    (originals / "01_one.ipynb").write_text(json.dumps(SMALL))
    (originals / "glossary.md").write_text("words")
    assert hand_out(originals, folder, check=True, say=said.append) == 1
    assert said == [f"{folder / name} is missing." for name in ("01_one.ipynb", "glossary.md")]
    assert not folder.exists()
    assert hand_out(originals, folder, say=said.append) == 0
    assert len(json.loads((folder / "01_one.ipynb").read_text())["cells"]) == 3
    assert hand_out(originals, folder, check=True, say=said.append) == 0
    (folder / "glossary.md").write_text("other words")
    assert hand_out(originals, folder, check=True, say=said.append) == 1
    assert said[-1] == f"{folder / 'glossary.md'} is stale."


@pytest.mark.parametrize(
    ("words", "says"),
    [(("site", "--check"), "--check goes with"), (("student", "--dark"), "--dark")],
)
def test_words_that_do_not_fit_are_refused(words, says, capsys):
    with pytest.raises(SystemExit):
        command.main(words)
    assert says in capsys.readouterr().err


def test_without_sphinx_the_command_says_what_to_install():
    code = (
        "import sys; sys.modules['sphinx'] = None\n"
        "from helpers.classroom.__main__ import main; sys.exit(main(['site', '--folder', 'x']))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 1 and "Install it: pip install '.[site]'" in ended.stderr
