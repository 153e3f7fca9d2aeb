"""The table of all rows: complete, from the stores, and filled in as they fill."""

import json
import re

import numpy as np
import pytest

from helpers import ledger
from helpers.ledger import LINES, NOT_YET, Line, Stored, one_more_run
from helpers.studies import STUDIES
from helpers.study import by_variant
from tests.test_notebooks import LESSONS, ROOT

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
    assert line.lesson in lessons


def test_exact_figures_are_right_but_for_two_known_slips():
    wrong = []
    for line in LINES:
        if line.runs() is None and not isinstance(line.printed(), (str, type(None))):
            ours = line.ours()
            if not isinstance(ours, str) and ours != line.printed():
                wrong.append((line.row, line.printed(), ours))
    assert wrong == [("B8", 43_822, 43_786), ("C7", 2, 3)]


@pytest.mark.parametrize(
    "printed, ours, runs, holds",
    [
        (7, 7, None, "exactly"),
        (7, 8, None, "no"),
        (7, 7, [7, 7, 7], "exactly"),
        (7, 8, [8, 8, 8], "no"),
        (0.5, 0.52, [0.5, 0.52, 0.54], "one more run"),
        (0.42, 0.52, [0.5, 0.52, 0.54], "no"),
        (0.5, 0.5, [0.5, 0.5], ""),
        (7, "4 times 2", None, ""),
        ("15 numbers", "15 of 15 alike", None, ""),
        (None, 3, None, ""),
    ],
)
def test_what_holds(printed, ours, runs, holds):
    assert ledger._holds(printed, ours, runs and np.array(runs)) == holds


def test_a_figure_of_ours_is_that_of_the_store():
    of_a8 = [trial["test_accuracy"] for trial in by_variant("cnn_mnist")["A8"]]
    (line,) = (line for line in LINES if line.row == "A8" and line.figure == "test_accuracy")
    assert list(line.runs()) == of_a8
    row = ledger.ledger("A").set_index("system").loc[line.what]
    assert row["report"] == "99.18%" and row["runs"] == len(of_a8)
    assert row["ours"].startswith(f"{np.mean(of_a8):.2%} ± ")


def test_what_is_not_there_yet_says_so(monkeypatch):
    line = Line("B7", "a network", 11, "test_accuracy", Stored("cnn_mnist", "B99"))
    monkeypatch.setattr(ledger, "LINES", [line])
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


def mean_in_store(store, result, **settings):
    """The mean of one result of some trainings, read from the file itself."""
    lines = (ROOT / "data" / "results" / f"{store}.jsonl").read_text(encoding="utf-8").splitlines()
    trials = [json.loads(line) for line in lines]
    return np.mean([result(t) for t in trials if settings.items() <= t["settings"].items()])


def test_lines_that_compute_say_what_the_stores_hold():
    digits, plain_a8 = {"network": "B5"}, {"network": "A8", "schedule": "constant"}
    plain = {"network": "D7", "epochs": 60, "augmentation": []}

    def lowest(trial):
        return min(row[digit] / sum(row) for digit, row in enumerate(trial["confusion"]))

    def off_the_diagonal(trial):
        return sum(
            n for i, row in enumerate(trial["confusion"]) for j, n in enumerate(row) if i != j
        )

    of_training = mean_in_store("cnn_mnist", lambda t: t["history"]["train_accuracy"][-1], **digits)
    at_30 = mean_in_store("cifar10", lambda t: t["history"]["val_accuracy"][29], **plain)
    as_printed = {"network": "B8", "momentum": 0.001, "n_train": None}
    expected = {
        "CIFAR-10 improved": mean_in_store(
            "cifar10_ladder", lambda t: t["test_accuracy"], **as_printed
        ),
        "lowest recall of a digit": mean_in_store("cnn_mnist", lowest, **digits),
        "CNN, errors in 10,000": mean_in_store("cnn_mnist", off_the_diagonal, **plain_a8),
        "MNIST network, training": of_training,
        "all images, 30 epochs (ours: validation)": at_30,
    }
    found = {line.what: line for line in LINES}
    for what, mean in expected.items():
        assert found[what].runs().mean() == pytest.approx(mean), what
    assert found["lowest recall of a digit"].printed() == 0.945
    assert found["CNN, errors in 10,000"].printed() == 82
    assert found["max-pooling, time over that of strides"].runs().min() > 1


def test_several_clusters_are_more_than_one(monkeypatch):
    names = [[1, 1, 6, 0], [6, 1, 2, 3], [1, 1, 6, 6]]
    runs = [{"majority_labels": labels} for labels in names]
    monkeypatch.setattr(ledger, "load", lambda study, variant: runs)
    assert ledger._several_clusters() == "1 in 2, 6 in 1 of 3 runs"


def changed(accuracies, n=3):
    """Return runs of a base and of its changes, whose accuracies have a seed's own spread."""
    seeds = np.array([0.0, 0.01, -0.01])[:n]
    return {
        name: [{"row": row, "variant": name, "settings": {}, "seed": seed, "data": {},
                "test_accuracy": one + by} for seed, by in enumerate(seeds)]
        for name, (row, one) in accuracies.items()
    }  # fmt: skip


CHANGED = {
    "base": ("C9", 0.6),
    "no flip": ("C9", 0.3),
    "no rotation": ("C9", 0.6),
    "tanh": ("C10", 0.4),
    "PyTorch's weights": ("C9", 0.5),
    "early stopping": ("C11", 0.9),
}


@pytest.mark.parametrize("n", [0, 2])
def test_changes_are_compared_from_three_seeds_on(n, monkeypatch):
    groups = changed(CHANGED, n) if n else {}
    monkeypatch.setattr(ledger, "by_variant", lambda name, required: groups)
    assert ledger._changes("C9") == ledger._relu_less_tanh("base") == NOT_YET


def test_changes_are_told_beside_all_others(monkeypatch):
    monkeypatch.setattr(ledger, "by_variant", lambda name, required: changed(CHANGED))
    assert ledger._changes("C9") == "2 of 3 told beside all"
    assert ledger._changes("C11") == "0 of 0 told beside all"
    less = ledger._relu_less_tanh("PyTorch's weights")
    assert less == "+10.0 points (+10.0 to +10.0): higher"


def test_a_change_that_does_not_learn_leaves_the_others_their_spread(monkeypatch):
    groups = changed(CHANGED | {"rate 5e-2": ("C9", 0.15)})
    for trial, accuracy in zip(groups["rate 5e-2"], (0.1, 0.1, 0.5), strict=True):
        trial["test_accuracy"] = accuracy
    monkeypatch.setattr(ledger, "by_variant", lambda name, required: groups)
    assert ledger._relu_less_tanh("base") == "+20.0 points (+20.0 to +20.0): higher"
    assert ledger._changes("C9") == "2 of 4 told beside all"


def test_every_stored_result_is_of_a_variant_that_is_planned():
    planned = {
        name: {trial.variant for trial in study.trials("full")} for name, study in STUDIES.items()
    }
    for line in LINES:
        if isinstance(line.ours, ledger.Stored):
            assert line.ours.variant in planned[line.ours.study], line


def test_what_is_not_trained_yet_for_a_row_without_a_number(monkeypatch):
    monkeypatch.setattr(ledger, "LINES", [line for line in LINES if line.row in ("C9", "C11")])
    monkeypatch.setattr(ledger, "by_variant", lambda name, required: {})
    assert set(ledger.ledger()["ours"]) == {NOT_YET}
