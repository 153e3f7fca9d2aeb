"""What slides are made of, from small lessons and from all; tests/browser looks at the decks."""

import json
import re

import pytest

from helpers.classroom import __main__ as command
from helpers.classroom import slides
from helpers.classroom.lesson import notebooks

MATHML = slides._formula
LESSONS = {path.stem: json.loads(path.read_text("utf-8")) for path in notebooks(command.ROOT)}


def prose(text, *tags):
    return {"cell_type": "markdown", "source": text, "metadata": {"tags": [*tags]}}


def code(text, *outputs, **metadata):
    return {"cell_type": "code", "source": text, "outputs": [*outputs], "metadata": metadata}


def printed(text):
    return {"output_type": "stream", "text": text}


def made(*cells):
    """Return the deck of a lesson of ten minutes that ends with these cells."""
    return slides.deck({"cells": [prose("# 01 · One\n\n**Time** 10 minutes"), *cells]})


def notes(text):
    return re.findall(r'<aside class="notes"><p><b>(.*?)</b></p>(.*?)</aside>', text, re.S)


@pytest.fixture(autouse=True, scope="module")
def formulas():
    """Formulas as they are written: what makes MathML of them is not installed everywhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slides, "_formula", lambda body, display: f"<math>{body}</math>")
        yield


@pytest.fixture(scope="module", params=LESSONS.values(), ids=LESSONS)
def real(request):
    """A lesson and its deck."""
    return request.param, slides.deck(request.param)


def test_no_deck_shows_a_solution_a_hint_or_a_check(real):
    lesson, text = real
    shown = re.sub("<aside.*?</aside>", "", text, flags=re.S)
    assert "_solution" not in text and "Not attempted yet" not in text
    assert "Hint 1" in text and "Hint 1" not in shown and "<details>" not in shown
    assert shown.count('class="stepper"') == json.dumps(lesson).count('class=\\"stepper\\"')
    assert shown.count('class="live"') == json.dumps(lesson).count('class=\\"live\\"')


def test_every_prediction_has_its_answer_in_the_notes(real):
    for section in real[1].split("<section><section>"):
        shown = re.sub("<aside.*?</aside>", "", section, flags=re.S)
        asked = len(re.findall(r"<strong>Predict\b(?!</strong> before)", shown))
        answered = [text for head, text in notes(section) if head == "Answer"]
        assert len(answered) >= bool(asked) and all(map(str.strip, answered)), shown


def test_the_answer_is_what_comes_next_and_the_slide_ends_before_it():
    text = made(
        prose("## Add\n\n**Predict:** what is $1 + 1$?"),
        code("print(1 + 1)", printed("2\n")),
        prose("**What to see.** It is two."),
        prose("## Multiply"),
    )
    question, answer = text.split("<hr>")
    assert "<pre>2</pre>\n<p><strong>What to see.</strong> It is two.</p>" in question
    assert 'class="printed">2</pre>' in answer and "Multiply" not in question


def test_a_title_page_asks_nothing():
    assert "<hr>" not in made(prose("**The question.** How?\n\n**Time** is short. Why? **So:**"))


def test_hints_and_folded_answers_go_to_the_notes():
    hint = "<details><summary>Hint 1</summary>`+`</details>"
    assert ("Hint 1", "<p><code>+</code></p>\n") in notes(made(prose(f"### 1. Add\n\n{hint}")))


def test_each_exercise_has_a_slide_of_its_own_and_the_first_has_the_heading():
    text = made(prose("## Exercises\n\n### 1. Add"), prose("### 2. Subtract\n\n### Aside"))
    assert text.count("<hr>") == 1
    assert text.index("1. Add") < text.index("<hr>") < text.index("2. Subtract")


def test_long_code_is_cut_and_imports_are_left_out_but_both_are_in_the_notes():
    lines = [f"x{number} = {number}" for number in range(slides.LONGEST + 4)]
    text = made(code("import numpy as np"), code("\n".join(lines), printed("<b>")))
    whole = [body for head, body in notes(text) if head == "The code"]
    assert whole == ["<pre>import numpy as np</pre>", "<pre>" + "\n".join(lines) + "</pre>"]
    assert "5 more lines" in text and "&lt;b&gt;" in text
    shown = re.sub("<[^>]*>", "", re.sub("<aside.*?</aside>", "", text, flags=re.S))
    assert lines[slides.LONGEST - 2] in shown and lines[slides.LONGEST - 1] not in shown


def test_solutions_folded_tests_and_checks_are_left_out():
    text = made(
        code("secret = 1", tags=["solution"]),
        prose("secret", "solution"),
        code("assert secret", jupyter={"source_hidden": True}),
        code("check.secret(f)", printed("Not attempted yet.")),
    )
    assert "secret" not in text and "attempted" not in text


def test_links_lead_to_decks_or_are_words():
    text = made(prose("[one](01_one.ipynb) and a [kernel](glossary.md#kernel)"))
    assert '<a href="01_one.html">one</a> and a kernel' in text


def test_minutes_share_the_time_that_the_lesson_states():
    words = "word " * 150  # a minute
    lesson = [
        prose(f"# 01 · One\n\n**Time** 13 minutes {words}"),
        prose(f"## Two\n\n{words}"),
        code("\n".join(["x = 1"] * 15)),
        prose(f"**Predict:** what? {words}"),
        prose(f"## Exercises\n\n### 1. Do\n\n{words}<details><summary>Hint</summary>x</details>"),
    ]
    rows = slides.schedule({"cells": lesson})
    assert rows == ["Minutes 0 to 1 of 13.", "Minutes 1 to 6 of 13.", "Minutes 6 to 13 of 13."]
    for name, real in LESSONS.items():
        said = [
            re.match(r"Minutes (\d+) to (\d+) of (\d+)\.", row) for row in slides.schedule(real)
        ]
        begins, ends, total = zip(*(match.groups() for match in said), strict=True)
        assert begins == ("0", *ends[:-1]) and ends[-1] == total[0], name


def test_what_is_optional_comes_on_top():
    lesson = [
        prose("# 01 · One\n\n**Time** 5 minutes"),
        prose("## Optional: a second look\n\n### Closer"),
        code("\n".join(["x = 1"] * 30)),
    ]
    assert slides.schedule({"cells": lesson})[1].endswith(" What is optional takes 2 more.")


def test_formulas_become_mathml(monkeypatch):
    pytest.importorskip("latex2mathml")
    monkeypatch.setattr(slides, "_formula", MATHML)
    text = made(prose("so $a_1$ and\n\n$$\\frac{a}{b}$$"))
    assert text.count("<math") == 2 and "<mfrac>" in text and 'display="block"' in text
