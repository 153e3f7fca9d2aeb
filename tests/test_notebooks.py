"""Every lesson keeps to the template; nbval runs their cells and compares the outputs."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from math import ceil
from pathlib import Path

import nbformat
import pytest

from helpers.classroom.lesson import minutes, sections

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 25

pytestmark = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def tags(cell):
    return cell.metadata.get("tags", [])


def outputs(notebook, mime):
    """Return the outputs of one type as strings."""
    cells = code_cells(notebook)
    data = [output.get("data", {}) for cell in cells for output in cell.outputs]
    return [content[mime] for content in data if mime in content]


class Images(HTMLParser):
    """Collects the alternative text of each <img>."""

    def __init__(self, page):
        super().__init__()
        self.alts = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.alts.append(dict(attrs).get("alt") or "")


def test_is_executed_in_order_without_error(path):
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [o for cell in cells for o in cell.outputs if o.output_type == "error"]
    assert not [o for cell in cells for o in cell.outputs if o.get("name") == "stderr"]


def test_begins_with_question_objectives_time_and_what_to_read(path):
    first = prose(read(path))[0]
    number, *_ = path.stem.split("_")
    assert re.match(rf"# {number} · \w", first)
    for part in (r"\*\*The question\.\*\* .+\?", r"\*\*You will be able to\*\*(\n- .+){2,}",
                 r"\*\*Time\*\* \d+ minutes", r"\*\*Read first\*\* \w*"):  # fmt: skip
        assert re.search(part, first), f"the first cell lacks {part}"


def test_states_the_minutes_that_its_words_code_questions_and_exercises_take(path):
    found = sections(read(path))
    taken = (sum(section.needed for section in found), sum(section.optional for section in found))
    assert minutes(read(path)) == tuple(5 * ceil(part / 5) for part in taken), taken


def test_asks_before_it_tells(path):
    cells = [cell for cell in read(path).cells if cell.cell_type == "markdown"]
    questions = [cell.source for cell in cells if re.search(r"predict", cell.source, re.I)]
    assert questions and any("?" in source for source in questions)


def test_has_a_mistake_to_find_and_ends_with_a_summary(path):
    headings = re.findall(r"^## (.+)$", "\n".join(prose(read(path))), re.M)
    assert any(heading.startswith("Find the mistake") for heading in headings)
    assert headings[-2:] == ["Exercises", "Summary"]
    assert re.search(r"\*\*Next:\*\* \[", prose(read(path))[-1])


def test_each_exercise_has_stub_check_hints_and_folded_solution(path):
    notebook = read(path)
    letters = {"exercise": "e", "solution": "s"}
    kinds = "".join(letters.get(t, "") for cell in code_cells(notebook) for t in tags(cell))
    assert re.fullmatch("(es+)+", kinds)  # behind a solution may stand what it is good for
    tasks = re.findall(r"^### \d+\. ", "\n".join(prose(notebook)), re.M)
    assert len(tasks) == kinds.count("e")
    for task, stub, check, solution in zip(*(notebook.cells[i:] for i in range(4)), strict=False):
        if "exercise" not in tags(stub):
            continue
        assert 1 <= task.source.count("<details><summary>Hint") <= 3
        assert "# your answer" in stub.source
        assert check.source.startswith("check.")
        assert check.outputs[0].text.startswith("Not attempted yet.")
        assert "solution" in tags(solution) and solution.metadata.jupyter.source_hidden
        assert solution.outputs[0].text.startswith("The folded solution: Right.")


def test_claims_are_folded(path):
    claims = [cell for cell in read(path).cells if "claim" in tags(cell)]
    assert all(cell.metadata.get("jupyter", {}).get("source_hidden") for cell in claims)


def test_only_solutions_name_a_solution(path):
    """So each cell that is left without them still runs."""
    for cell in read(path).cells:
        if "solution" in tags(cell):
            assert cell.cell_type == "markdown" or cell.metadata.jupyter.source_hidden
        else:
            assert not re.search(r"\w_solution\b", cell.source), cell.source


def test_every_picture_has_an_alternative_text(path):
    notebook = read(path)
    assert not outputs(notebook, "image/png"), "show figures with plotting.show(alt)"
    pages = outputs(notebook, "text/html")
    alts = [alt for page in pages for alt in Images(page).alts]
    assert alts and all(len(alt.split()) >= 4 for alt in alts)
    markdown = "\n".join(prose(notebook))
    assert all(alt.strip() for alt in re.findall(r"!\[(.*?)\]\(", markdown))
    assert all(Images(markdown).alts)


def test_prose_follows_every_figure(path):
    cells = read(path).cells
    shows = [i for i, cell in enumerate(cells) if "plotting.show(" in cell.source]
    for index in shows:
        after = [cell.cell_type for cell in cells[index + 1 : index + 4]]
        assert "markdown" in after, cells[index].source


def test_prose_types_no_number_of_a_run(path):
    """Percentages, decimals and seconds come from code; so do the reports' accuracies."""
    for text in prose(read(path)):
        words = re.sub(r"`[^`]*`|\$\$[^$]*\$\$|\$[^$]*\$|<details>.*</details>", "", text)
        assert not re.search(r"\d\s?%|\d\.\d|\d\s?(s|ms|seconds)\b", words), text


def test_cells_are_short(path):
    for cell in code_cells(read(path)):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= LONGEST_CELL, cell.source
    lengths = sorted(len(cell.source.splitlines()) for cell in code_cells(read(path)))
    assert lengths[len(lengths) // 2] <= 8


def test_loads_keras_only_where_it_uses_it(path):
    code = "\n".join(cell.source for cell in code_cells(read(path)))
    loads = re.search(r"helpers\.models|import (keras|tensorflow)", code)
    assert bool(loads) == bool(re.search(r"\bkeras\.|(?<!\.)\bbuild\(", code))


def test_is_tidy(path):
    run = [sys.executable, "-m", "ruff"]
    subprocess.run([*run, "check", "--quiet", path], check=True, cwd=ROOT)
    subprocess.run([*run, "format", "--quiet", "--check", path], check=True, cwd=ROOT)


def test_is_on_the_map(path):
    question = re.search(r"\*\*The question\.\*\* (.+)", prose(read(path))[0])[1]
    assert question.endswith("?")
    title = prose(read(path))[0].splitlines()[0].removeprefix("# ")
    first_lesson = "\n".join(prose(read(LESSONS[0])))
    assert f"[{title}]({path.name})" in first_lesson
    assert f"[{title}](notebooks/{path.name})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_to_other_lessons_work(path):
    for target in re.findall(r"\]\(([^)#]+\.ipynb)\)", "\n".join(prose(read(path)))):
        assert (path.parent / target).exists(), target
