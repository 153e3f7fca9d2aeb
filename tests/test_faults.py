"""One case of each kind of `make faults`, and what judges there, judged."""

import json
import math
import time

import numpy as np
import pytest

from tests.faults import inputs, kills, rules, table, values

# --- Kills -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", kills.KINDS, ids=lambda kind: kind.program)
def test_one_kill(kind):
    assert kills.problem(kind, 0.5) == ""


@pytest.mark.parametrize(
    ("before", "missing", "stored", "words"),
    [
        ("  1/30 a\n  2/30 b\n", 29, 30, "2 were stored, 29 are missing"),
        ("", 30, 29, "'0'"),
    ],
)
def test_a_lost_trial_is_noticed(tmp_path, before, missing, stored, words):
    squares = {str(seed): (7 + seed) ** 2 for seed in range(stored)}
    said = f"squares: {missing} of 30 trials to run\n{json.dumps(squares)}\n"
    with pytest.raises(AssertionError, match=words):
        kills.StudyKills(tmp_path).check(before, said)


def test_leftovers_and_half_files_are_noticed(tmp_path):
    victim = kills.DataKills(tmp_path)
    sums = f"{victim.arrays['x_train'].sum()} {victim.arrays['y_test'].sum()} MNIST: 20,000 "
    np.savez(victim.data / "mnist.npz", **victim.arrays)
    victim.check("", sums)
    (victim.data / ".download-mnist").mkdir()
    with pytest.raises(AssertionError, match="download"):
        victim.check("", sums)
    (victim.data / ".download-mnist").rmdir()
    with pytest.raises(AssertionError):
        victim.check("", "STAND-IN")
    np.savez(victim.data / "mnist.npz", **victim.arrays | {"y_test": victim.arrays["y_test"][:-1]})
    with pytest.raises(AssertionError):
        victim.check("", sums)


# --- Bad inputs --------------------------------------------------------------------------

QUICK = [
    *(row for row in table.MATHS if row not in ("describe", "format_table")),
    *("pixels", "report", "profile", "bars", "size_calculator"),
]


def test_a_sample_of_bad_inputs(tmp_path, monkeypatch):
    """Each ends in a clear error, or is taken for what it means."""
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    table.tiny_files(tmp_path)
    bad = []
    for case in inputs.cases(200, set(QUICK)):
        outcome, words = inputs.judged(case)
        if outcome not in ("clear", "accepted"):
            bad.append((outcome, *inputs.told(case), words))
    assert [case for case in bad if case[0] != "unclear"] == []
    assert len(bad) < 0.02 * 200, bad


def test_the_same_bad_inputs_every_time():
    assert repr(values.draw(50)) == repr(values.draw(50))
    assert len({how for how, _ in values.draw(50)}) == 3


def double(size):
    """A function as it should be."""
    if type(size).__name__ == "bool" or not isinstance(size, (int, np.integer)):
        raise TypeError(f"size must be an integer; received size={size!r}")
    if size < 1:
        raise ValueError(f"size must be positive; received size={size}")
    return 2 * int(size)


def judged(function, value, argument=None):
    argument = argument or rules.whole(3, 1, 2**31 - 1)
    return inputs.outcome(function, {"size": argument}, "size", value)[0]


def test_clear_and_accepted():
    assert judged(double, 0) == judged(double, "3") == judged(double, None) == "clear"
    assert judged(double, np.int8(100)) == "accepted"


@pytest.mark.parametrize(
    ("function", "value", "outcome"),
    [
        (lambda size: size + 1, "3", "unclear"),  # Python's own words
        (lambda size: [1][size], 7, "unclear"),  # another kind of error
        (lambda size: 1 / 0, 7, "unclear"),
        (lambda size: 2 * size, 2.5, "silent"),  # means nothing, and is taken
        (lambda size: 2 * size, True, "silent"),
        (lambda size: 2 * size, np.int8(100), "silent"),  # 200 becomes -56
        (lambda size: math.nan, 5, "silent"),
        (lambda size: [{"a": np.array([math.inf])}], 5, "silent"),
        (lambda size: size.append(1), [1], "silent"),  # changes what it is given
        (lambda size: double(int(size)) if type(size) is np.int8 else double("no"), np.int8(3),
         "silent"),
    ],
)  # fmt: skip
def test_unclear_and_silent(function, value, outcome):
    with np.errstate(all="ignore"):
        assert judged(function, value) == outcome


def test_what_is_changed_although_an_error_comes():
    def change(size):
        size[0] = 9
        raise ValueError("size must be a number; received size=[1]")

    for value in ([1], np.ones(1), {0: 1}):
        assert judged(change, value) == "silent"


@pytest.mark.parametrize(
    ("message", "names"),
    [
        ("size must be positive; received size=0", True),
        ("layers[0] must be a pair; received 3", True),
        ("no stored study is called 'x'; it must be one of a, b; received name='x'", True),
        ("unsupported operand type(s) for -: 'list' and 'int'", False),
        ("resize failed", False),
        ("you must not do this", False),
        ("could not convert string to float: 'a'", False),
        ("", False),
    ],
)
def test_a_clear_message(message, names):
    assert inputs.names(message, "size") is names


def test_nan_passes_only_where_it_may():
    def same(size):
        return np.asarray(size, float)

    spoilt = np.array([1.0, math.nan])
    assert judged(same, spoilt, rules.array([1.0, 2.0], (None,))) == "silent"
    assert judged(same, spoilt, rules.array([1.0, 2.0], (None,), passes=True)) == "accepted"
    masked = np.ma.array([1.0, 2.0], mask=[0, 1])
    assert judged(same, masked, rules.array([1.0, 2.0], (None,), passes=True)) == "silent"


@pytest.mark.parametrize(
    ("rule", "meant", "nonsense"),
    [
        (rules.whole(3, 0), [0, np.int8(3), np.array(3), 2**31 - 1], [-1, True, 2.0, "3", None]),
        (rules.whole(3, also=("same", None)), ["same", None], ["valid", 0]),
        (rules.pair(3), [3, (1, 2), [1, 2]], [(1,), (1, 0), (1, 2, 3), "ab", (True, 1)]),
        (rules.real(0.5, 0, 1), [0, 1, np.float32(0.5)], [-0.1, 2, math.nan, math.inf, "0", True]),
        (rules.flag(True), [False, np.bool_(1)], [0, 1, "no", None]),
        (rules.word("a", "a", "b"), ["b"], ["c", None, 1, ["a"]]),
        (rules.text("a", also=(None,)), ["b", None], ["", "  ", 1, b"a"]),
        (
            rules.array([1.0], (None,), (None, 2)),
            [[1, 2], [[1, 2]], np.ones(3, bool)],
            [[], [[1]], 3, "a", [math.nan], [1j], ["a"], [[1, 2], [3]], np.ma.masked, [None]],
        ),
        (rules.array([1], (1,), kinds="iu"), [[3]], [[3.0], [True], [1, 2]]),
        (rules.only("a", "b"), ["a", "b"], ["c", None, ["a"]]),
        (rules.entries([1], lambda n: n[0] == 1, also=(None,)), [[1], (1,), None], [[2], [], 1]),
    ],
)  # fmt: skip
def test_rules(rule, meant, nonsense):
    for value in meant:
        rule.meaning(value)
    for value in nonsense:
        with pytest.raises(rules.Nonsense):
            rule.meaning(value)


class Script:
    """A worker of which is known what it says and when it is lost."""

    starts: list = []  # noqa: RUF012 - of this test alone

    def __init__(self, n, start):
        self.starts.append(start)
        self.lines = iter([["no row"]] if start == 0 else [[]])
        self.place, self.half = start, False

    def line(self, limit):
        for line in self.lines:
            return line
        self.half = not self.half
        if self.half:
            return ["conv", f"case {self.place}", "x", "None"]
        self.place += 1
        return "no end" if self.place == 2 else ["clear", ""]

    def end(self):
        pass


def test_a_lost_process_costs_one_case():
    found = list(inputs.outcomes(4, worker=Script))
    assert [row[4] for row in found] == ["unsound", "clear", "hung", "clear", "clear"]
    assert [row[1] for row in found[1:]] == [f"case {place}" for place in range(4)]
    assert Script.starts == [0, 2]


class Endless(inputs.Worker):
    """The worker's own code, around a program that says one line and stops, or ends."""

    def __init__(self, code):
        self.start(["-c", code])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("while True: pass", "no end within 0.5 s"),
        ("import time; time.sleep(60)", "no end within 0.5 s"),
        ("import os; os._exit(3)", r"the process ended \(3\)"),
    ],
)
def test_a_hung_and_a_dead_process_are_noticed(code, words):
    hand = Endless(f"print('[1]', flush=True)\n{code}")
    try:
        assert hand.line(60) == [1]
        started = time.monotonic()
        with pytest.raises(AssertionError, match=words):
            raise AssertionError(hand.line(0.5))
        assert time.monotonic() < started + 30
    finally:
        hand.end()
