"""The table of all rows: complete, from the stores, and filled in as they fill."""

import re

import numpy as np
import pytest

from helpers import ledger
from helpers.ledger import LINES, NOT_YET, Line, Stored, one_more_run
from helpers.study import by_variant
from tests.test_notebooks import LESSONS

ROWS = [f"{letter}{n}" for letter, most in zip("ABCDE", (16, 8, 13, 7, 3), strict=True)
        for n in range(1, most + 1)]  # fmt: skip


def test_every_row_of_the_reports_is_there_in_order():
    assert list(dict.fromkeys(line.row for line in LINES)) == ROWS
    table = ledger.ledger()
    assert list(table.index) == [line.row for line in LINES]
    assert list(ledger.ledger("BD").index) == [row for row in table.index if row[0] in "BD"]


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.row}, {line.what}")
def test_a_line_has_words_or_numbers_and_its_lesson(line):
    printed, runs = line.printed(), line.runs()
    assert printed is None or isinstance(printed, str) or np.isfinite(printed)
    assert runs is not None or line.ours()
    lessons = {int(path.stem[:2]) for path in LESSONS}
    assert line.lesson in lessons | {11, 12}


def test_exact_figures_are_right_but_for_two_known_slips():
    wrong = []
    for line in LINES:
        if line.runs() is None and not isinstance(line.printed(), (str, type(None))):
            ours = line.ours()
            if not isinstance(ours, str) and ours != line.printed():
                wrong.append((line.row, line.printed(), ours))
    assert wrong == [("B8", 43_822, 43_786), ("C7", 2, 3)]


def test_a_figure_of_ours_is_that_of_the_store():
    of_a8 = [trial["test_accuracy"] for trial in by_variant("cnn_mnist")["A8"]]
    (line,) = (line for line in LINES if line.row == "A8" and line.figure == "test_accuracy")
    assert list(line.runs()) == of_a8
    row = ledger.ledger("A").set_index("system").loc[line.what]
    assert row["report"] == "99.18%" and row["runs"] == len(of_a8)
    assert row["ours"].startswith(f"{np.mean(of_a8):.2%} ± ")


@pytest.mark.parametrize("stored", [Stored("cifar10_dreams", "A"), Stored("cnn_mnist", "B99")])
def test_what_is_not_there_yet_says_so(stored, monkeypatch):
    monkeypatch.setattr(ledger, "LINES", [Line("B7", "a network", 11, "test_accuracy", stored)])
    row = ledger.ledger().loc["B7"]
    assert (row["ours"], row["runs"], row["report"]) == (NOT_YET, 0, "45.69%")


def test_runs_that_come_into_a_store_fill_their_line(monkeypatch):
    trials = [{"row": "B7", "variant": "B7", "seed": n, "test_accuracy": 0.5 + n / 100}
              for n in range(3)]  # fmt: skip
    line = Line("B7", "a network", 11, "test_accuracy", Stored("cifar10_ladder", "B7"))
    monkeypatch.setattr(ledger, "LINES", [line])
    for n, said in ((1, "50.00%"), (3, "51.00% ± 1.00%")):
        monkeypatch.setattr(ledger, "by_variant", lambda name, n=n, **how: {"B7": trials[:n]})
        assert ledger.ledger().loc["B7", "ours"] == said
    best = Line("B7", "a network", 11, "test_accuracy", Stored("cifar10_ladder", None))
    monkeypatch.setattr(
        ledger, "by_variant", lambda name, **how: {"a": trials[:1], "b": trials[1:]}
    )
    assert list(best.runs()) == [0.51, 0.52]


def test_one_more_run_falls_inside_19_times_in_20():
    rng = np.random.default_rng(0)
    for n in (3, 5):
        draws = rng.normal(0.7, 0.02, (4_000, n + 1))
        limits = np.array([one_more_run(runs[:n]) for runs in draws])
        inside = (limits[:, 0] <= draws[:, n]) & (draws[:, n] <= limits[:, 1])
        assert 0.935 < inside.mean() < 0.965


@pytest.mark.parametrize("runs", [[], [0.5], [0.5, np.nan], [[0.5, 0.6]]])
def test_one_more_run_refuses_what_has_no_spread(runs):
    with pytest.raises(ValueError, match=re.escape("runs must be at least two finite numbers")):
        one_more_run(runs)


def test_a_report_beside_one_more_run():
    found = ledger.beside_one_more_run()
    assert "B5 MNIST network" in found and not any("parameters" in name for name in found)
    for name, one in found.items():
        (line,) = (line for line in LINES if f"{line.row} {line.what}" == name)
        low, high = one_more_run(line.runs())
        assert one.mean == pytest.approx(line.printed() - line.runs().mean())
        assert (one.verdict == "cannot tell") == (low <= line.printed() <= high) == (one.p >= 0.05)
        assert one.n == len(line.runs()) and one.high - one.low == pytest.approx(high - low)


def test_what_is_not_trained_yet_for_a_row_without_a_number(monkeypatch):
    monkeypatch.setattr(ledger, "LINES", [line for line in LINES if line.row in ("C9", "C13")])
    monkeypatch.setattr(ledger, "by_variant", lambda name, required: {})
    assert set(ledger.ledger()["ours"]) == {NOT_YET}
