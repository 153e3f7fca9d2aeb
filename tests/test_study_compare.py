"""Stored trials are compared with what can be worked out by hand, and never mixed."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_rel

from helpers.study import (
    Difference,
    Spread,
    at_epoch,
    at_time,
    curves,
    difference,
    differences,
    holm,
    pooled_differences,
    seconds_per_image,
    spread,
    table,
    times,
    value,
    values,
)


def of_seeds(**accuracies):
    return [{"seed": int(seed[1:]), "accuracy": value} for seed, value in accuracies.items()]


BASE = of_seeds(s0=0.1, s1=0.5, s2=0.3)
RUNS = [
    {
        **{"seed": seed, "variant": "v", "n_train": 100, "params": 37146},
        "history": {"loss": [3.0 - seed, 2, 1], "acc": [0.1, 0.2, 0.3 + seed / 10]},
        "settings": {"network": "D3", "n_train": 110, "epochs": 3, "patience": None},
    }
    for seed in range(3)
]


# --- Keys --------------------------------------------------------------------------------


def test_a_key_is_a_name_with_dots_or_a_function():
    assert value(RUNS[1], "history.acc") == [0.1, 0.2, 0.4]
    assert value(RUNS[1], lambda trial: trial["seed"] + 1) == 2
    assert values(RUNS, "seed").tolist() == [0, 1, 2]
    assert curves(RUNS, "history.loss").tolist() == [[3, 2, 1], [2, 2, 1], [1, 2, 1]]


@pytest.mark.parametrize("key", ["lost", "history.lost", "seed.x", "", "history."])
def test_a_key_that_a_trial_lacks_is_named_with_the_trial(key):
    with pytest.raises(ValueError, match=f"key must be a result that v, seed 0 has; .*key='{key}'"):
        value(RUNS[0], key)


@pytest.mark.parametrize("key", [None, 3, ["history", "acc"]])
def test_a_key_of_a_wrong_type_is_named(key):
    with pytest.raises(TypeError, match="key must be a name or a function"):
        spread(RUNS, key)


def test_a_trial_without_a_name_is_called_this_one():
    with pytest.raises(ValueError, match="a result that this trial, seed 3 has"):
        value({"seed": 3}, "lost")


@pytest.mark.parametrize(
    "key",
    [
        *("history.acc", "variant", lambda t: math.nan, lambda t: None),
        lambda t: math.nan if t["seed"] else 1.0,
    ],
)
def test_values_are_finite_numbers(key):
    with pytest.raises(ValueError, match="key must be one finite number of each trial"):
        values(RUNS, key)
    with pytest.raises(ValueError, match="key must be one finite number of each trial"):
        values([], key)


def test_curves_are_of_one_length():
    shorter = RUNS[0] | {"history": {"acc": [0.1]}}
    with pytest.raises(ValueError, match=r"same length; received key='lengths \[1, 3\]'"):
        curves([*RUNS, shorter], "history.acc")
    for not_all in ("seed", lambda t: [0.1] if t["seed"] else 0.1):
        with pytest.raises(ValueError, match="a curve of each trial"):
            curves(RUNS, not_all)
    assert curves(RUNS, lambda t: [1, 2]).dtype == float


def test_an_epoch_is_counted_from_one_or_chosen_by_the_trial():
    assert values(RUNS, at_epoch("history.loss", 1)).tolist() == [3, 2, 1]
    assert values(RUNS, at_epoch("history.loss")).tolist() == [1, 1, 1]
    assert values(RUNS, at_epoch("history.loss", lambda t: t["seed"] + 1)).tolist() == [3, 2, 1]
    for epoch, says in ((0, "a positive integer"), (4, "at most 3; received epoch=4")):
        with pytest.raises(ValueError, match=f"epoch must be {says}"):
            values(RUNS, at_epoch("history.loss", epoch))


def test_time_is_images_times_seconds_per_image():
    assert times(lambda trial: 0.5)(RUNS[0]).tolist() == [50, 100, 150]
    at = at_time("history.acc", 125, lambda trial: 0.5)
    assert values(RUNS, at) == pytest.approx([0.25, 0.3, 0.35])
    assert values(RUNS, at_time("history.loss", 1e6, lambda trial: 0.5)).tolist() == [1, 1, 1]
    assert values(RUNS, at_time("history.acc", 50, lambda trial: 0.5)) == pytest.approx([0.1] * 3)
    with pytest.raises(ValueError, match="seconds must be 50, the first epoch's, or more"):
        values(RUNS, at_time("history.loss", 49, lambda trial: 0.5))
    with pytest.raises(ValueError, match=r"seconds must be a number in \(0, inf\)"):
        at_time("history.loss", 0, lambda trial: 0.5)
    with pytest.raises(TypeError, match="per_image must be a function of a trial"):
        at_time("history.loss", 1, 0.5)


def test_an_epoch_may_be_a_part_of_a_pass():
    """Of 100 images in batches of 8, 13 in a pass, three are 3/13 of it; the last batch is half."""
    part = RUNS[0] | {"settings": RUNS[0]["settings"] | {"steps_per_epoch": 3, "batch_size": 8}}
    assert times(lambda trial: 0.5)(part) == pytest.approx(np.array([1, 2, 3]) * 100 * 3 / 13 / 2)
    whole = RUNS[0] | {"settings": RUNS[0]["settings"] | {"steps_per_epoch": None}}
    assert times(lambda trial: 0.5)(whole).tolist() == [50, 100, 150]


def test_seconds_per_image_are_those_of_the_same_work():
    work = {"batch_size": 7, "augmentation": []}
    same = {"network": "D3", "n_train": 5, "epochs": 1, "steps_per_epoch": 2, "patience": 9} | work
    trial = RUNS[0] | {"settings": RUNS[0]["settings"] | work}
    timed = [
        {
            "n_train": 100,
            "epoch_seconds": {"a": [1 + shift, 2 + shift, 90], "b": [7, 7, 7]},
            "settings": {"trainings": [["b", same | {"network": "D6"}], ["a", same]]},
        }
        for shift in (0, 1)
    ]
    per_image = seconds_per_image(timed)
    assert per_image(trial) == 2.5 / 100  # the median of 1, 2, 90, 2, 3, 90
    assert seconds_per_image(timed[:1])(trial) == 2 / 100
    for change in ({"network": "A8"}, {"augmentation": [["flip", "horizontal"]]}):
        other = trial | {"settings": trial["settings"] | change}
        with pytest.raises(
            ValueError, match=r"trial must be of a training that was timed; .*trial='v'"
        ):
            per_image(other)


# --- Statistics --------------------------------------------------------------------------


def test_spread_is_mean_and_deviation_over_seeds():
    found = spread(BASE, "accuracy")
    assert (found.mean, found.n) == (pytest.approx(0.3), 3)
    assert found.deviation == pytest.approx(0.2)  # of 0.1, 0.3 and 0.5, with n - 1
    assert str(found) == f"{found}" == "0.3 ± 0.2 (n = 3)"
    assert f"{found:.1%}" == "30.0% ± 20.0% (n = 3)" and found.short(".2f") == "0.30 ± 0.20"
    assert spread(BASE, lambda trial: 1 - trial["accuracy"]).mean == pytest.approx(0.7)


def test_spread_wants_two_trials():
    for few in ([], BASE[:1]):
        with pytest.raises(ValueError, match=f"trials must be at least two; .*={len(few)}"):
            spread(few, "accuracy")


def mixed(**other):
    return [BASE[0] | {key: {"a": 1} for key in other}, BASE[1] | other, BASE[2] | other]


@pytest.mark.parametrize("key", ["settings", "data"])
def test_what_differs_in_settings_or_data_is_not_mixed(key):
    trials = mixed(**{key: {"a": 2}})
    with pytest.raises(ValueError, match=f"trials must be of the same {key}"):
        spread(trials, "accuracy")
    with pytest.raises(ValueError, match=f"base must be of the same {key}"):
        difference(BASE, trials, "accuracy")
    with pytest.raises(ValueError, match=f"trials must be of the same {key}"):
        difference(trials, BASE, "accuracy")


def test_differences_are_of_the_same_data_but_not_of_the_same_settings():
    one, two = ([t | {"data": {"kind": kind}} for t in BASE] for kind in ("copy", "original"))
    with pytest.raises(ValueError, match="trials and base must be of the same data"):
        difference(one, two, "accuracy")
    other = [t | {"settings": {"l1": 1}} for t in BASE]
    assert difference(other, BASE, "accuracy").mean == 0


def test_the_same_data_count_as_such_wherever_their_file_was():
    here = [
        t | {"data": {"kind": "copy", "source": f"from {n}", "origin": n}}
        for n, t in enumerate(BASE)
    ]
    here[1] |= {"data": dict(reversed(here[1]["data"].items()))}
    here[1]["settings"], here[0]["settings"] = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    here[2]["settings"] = {"b": 2, "a": 1}
    assert spread(here, "accuracy").n == 3


def test_a_trial_given_twice_is_refused():
    with pytest.raises(ValueError, match="trials must be runs of different seeds"):
        spread([*BASE, BASE[0]], "accuracy")
    with pytest.raises(ValueError, match="trials must be runs of different seeds"):
        difference([*BASE, BASE[0]], BASE, "accuracy")
    with pytest.raises(ValueError, match="base must be runs of different seeds"):
        difference(BASE, [*BASE, BASE[0]], "accuracy")


def test_difference_is_taken_seed_by_seed():
    base = [*BASE, {"seed": 7, "accuracy": 0.9}]
    moved = of_seeds(s2=0.6, s1=0.7, s0=0.2, s5=0.0)
    found = difference(moved, base, "accuracy")
    # Of 0.1, 0.2 and 0.3 the mean is 0.2 and the deviation 0.1; t is 4.3027 for three.
    reach = 4.3027 * 0.1 / math.sqrt(3)
    assert (found.mean, found.n) == (pytest.approx(0.2), 3)
    assert [found.low, found.high] == pytest.approx([0.2 - reach, 0.2 + reach], abs=1e-4)
    assert found.p == pytest.approx(ttest_rel([0.2, 0.7, 0.6], [0.1, 0.5, 0.3]).pvalue)
    assert found.verdict == "cannot tell"
    assert f"{found:.1%}" == "+20.0 points (-4.8 to +44.8): cannot tell"
    assert f"{found:.2f}" == "+0.20 (-0.05 to +0.45): cannot tell"
    assert str(found) == "+0.2 (-0.0484 to +0.448): cannot tell"
    with pytest.raises(ValueError, match=r"at least 3 seeds that base has as well.*received .*2"):
        difference(base[1:], BASE, "accuracy")


@pytest.mark.parametrize(
    ("shift", "verdict", "p"), [(0.25, "higher", 0), (-0.25, "lower", 0), (0, "cannot tell", 1)]
)
def test_a_difference_that_is_the_same_for_all_seeds(shift, verdict, p):
    base = of_seeds(s0=0.5, s1=0.25, s2=0.125)
    found = difference([t | {"accuracy": t["accuracy"] + shift} for t in base], base, "accuracy")
    assert (found.low, found.high, found.verdict, found.p) == (shift, shift, verdict, p)


@pytest.mark.parametrize(("shift", "verdict"), [(0.2, "higher"), (-0.2, "lower")])
def test_a_difference_that_the_seeds_agree_on_is_told(shift, verdict):
    moved = [t | {"accuracy": t["accuracy"] + shift + t["seed"] / 100} for t in BASE]
    assert difference(moved, BASE, "accuracy").verdict == verdict


def test_pooled_differences_are_those_of_a_linear_model_of_variants_and_seeds():
    rng = np.random.default_rng(0)
    n, names = 4, ["base", "a", "b"]
    found = rng.normal(size=(len(names), n)) + 3 * np.arange(n) + [[0], [5], [0]]
    runs = {
        name: of_seeds(**{f"s{i}": v for i, v in enumerate(row)})
        for name, row in zip(names, found, strict=True)
    }
    runs["b"].append({"seed": 9, "accuracy": 100.0})  # a seed that the others lack does not count
    pooled = pooled_differences({"a": runs["a"], "b": runs["b"]}, runs["base"], "accuracy")

    variant, seed = (index.ravel() for index in np.indices(found.shape))
    x = np.column_stack([variant == 1, variant == 2, *(seed == s for s in range(n))]).astype(float)
    solved, (left,), *_ = np.linalg.lstsq(x, found.ravel())
    free = found.size - x.shape[1]
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * left / free)
    for i, name in enumerate("ab"):
        one, reach = pooled[name], student.ppf(0.975, free) * errors[i]
        assert [one.mean, one.low, one.high] == pytest.approx(
            [solved[i], solved[i] - reach, solved[i] + reach]
        )
        assert one.p == pytest.approx(2 * student.sf(abs(solved[i]) / errors[i], free))
        assert one.n == n
    assert [one.verdict for one in pooled.values()] == ["higher", "cannot tell"]


def test_pooled_differences_without_any_spread():
    base = of_seeds(s0=0.5, s1=0.5, s2=0.5)
    moved = {shift: [t | {"accuracy": t["accuracy"] + shift} for t in base] for shift in (0, 0.25)}
    found = pooled_differences(moved, base, "accuracy")
    assert [(one.low, one.high, one.p) for one in found.values()] == [(0, 0, 1), (0.25, 0.25, 0)]


def test_rows_apart_are_told_by_themselves_and_lend_no_spread():
    wild = of_seeds(s0=0.0, s1=90.0, s2=5.0)
    base, calm = of_seeds(s0=1.0, s1=2.0, s2=3.5), of_seeds(s0=2.0, s1=3.5, s2=4.0)
    rows, alone = {"wild": wild, "calm": calm}, difference(wild, base, "accuracy")
    found = pooled_differences(rows, base, "accuracy", apart={"wild"})
    assert found == {"wild": alone} | pooled_differences({"calm": calm}, base, "accuracy")
    assert pooled_differences(rows, base, "accuracy")["calm"] != found["calm"]
    only = pooled_differences({"wild": wild}, base, "accuracy", apart=["wild"])
    assert only == {"wild": alone}
    with pytest.raises(ValueError, match=r"apart must be of names in rows.*received apart='b'"):
        pooled_differences(rows, base, "accuracy", apart=["b"])


def test_pooled_differences_name_what_cannot_be_compared():
    with pytest.raises(TypeError, match="rows must be a dict"):
        pooled_differences([BASE], BASE, "accuracy")
    with pytest.raises(ValueError, match=r"at least 2 seeds that all of them and base have.*1"):
        pooled_differences({"a": BASE, "b": BASE[:1]}, BASE, "accuracy")
    with pytest.raises(ValueError, match=r"rows\['a'\] must be runs of different seeds"):
        pooled_differences({"a": [*BASE, *BASE]}, BASE, "accuracy")
    other = [t | {"data": {"kind": "copy"}} for t in BASE]
    with pytest.raises(ValueError, match="rows and base must be of the same data"):
        pooled_differences({"a": other}, BASE, "accuracy")


def test_holm_corrects_by_rank_and_never_falls():
    # statsmodels.stats.multitest.multipletests(p, method="holm") gives the same by its formula:
    # times 4, 3, 2, 1 in ascending order, each at least the one before, at most 1.
    p = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}
    found = holm({name: Difference(1, 0, 2, 3, each) for name, each in p.items()})
    assert found == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": Difference(1, 0, 2, 3, 0.7), "b": Difference(1, 0, 2, 3, 0.8)}) == {
        "a": 1.0,
        "b": 1.0,
    }
    assert holm({}) == {}


# --- Tables ------------------------------------------------------------------------------


def test_a_table_shows_spreads_and_what_is_the_same_alone():
    more = [t | {"params": 5, "settings": {"network": "A8"}} for t in RUNS[:2]]
    columns = {
        "end": at_epoch("history.acc"),
        "parameters": ("params", ","),
        "seed": ("seed", ".0f"),
        "unknown": lambda trial: None,
    }
    found = table({"D3": RUNS, "A8": more}, columns)
    assert found.index.tolist() == ["D3", "A8"]
    assert found.to_dict("list") == {
        "end": ["40.0% ± 10.0%", "35.0% ± 7.1%"],
        "parameters": ["37,146", "5"],
        "seed": ["1 ± 1", "0 ± 1"],
        "unknown": ["", ""],
        "runs": [3, 2],
    }
    assert (
        table({"one": RUNS[:1]}, {"end": at_epoch("history.acc")}, spec=".2f").loc["one", "end"]
        == "0.30"
    )
    with pytest.raises(ValueError, match="trials must be of the same settings"):
        table({"both": [*RUNS, *more]}, columns)


def test_a_table_of_differences_says_what_can_be_told():
    rows = {
        "better": [t | {"accuracy": t["accuracy"] + 0.2 + t["seed"] / 100} for t in BASE],
        "same": [*BASE, *of_seeds(s9=0.7)],  # the base has no seed 9, so it does not count
    }
    found = differences(rows, BASE, "accuracy")
    assert found.loc["same"].tolist() == ["+0.0", "+0.0", "+0.0", "cannot tell", "1.000", 3]
    one = difference(rows["better"], BASE, "accuracy")
    assert found.loc["better"].tolist() == [*one.parts(".1%"), "higher", f"{2 * one.p:.3f}", 3]
    assert found.columns.tolist() == ["difference", "from", "to", "verdict", "p (Holm)", "runs"]


def test_results_print_what_they_say():
    assert f"{Spread(0.513, 0.008, 5):.1%}" == "51.3% ± 0.8% (n = 5)"
    assert f"{Difference(0.037, 0.02, 0.055, 5, 0.01):.1%}" == "+3.7 points (+2.0 to +5.5): higher"
    assert np.isclose(Difference(-3, -4, -2, 5, 0.01).mean, -3)
    assert Difference(-3, -4, -2, 5, 0.01).verdict == "lower"
    assert Difference(-1, -3, 1, 5, 0.2).verdict == "cannot tell"
    for told in (Spread(0.5, 0.1, 3), Difference(1, 0, 2, 3, 0.04)):
        with pytest.raises(FrozenInstanceError):
            told.mean = 1.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: value("a", "b"), "trial must be a stored trial"),
        (lambda: values({}, "b"), "trials must be a list of stored trials"),
        (lambda: table([], {}), "rows must be a dict of trials"),
        (lambda: table({"a": RUNS}, ["b"]), "columns must be a dict of keys"),
        (lambda: differences([], BASE, "accuracy"), "rows must be a dict of trials"),
        (lambda: holm([]), "differences must be a dict of Differences"),
        (lambda: holm({"a": 0.5}), "differences must be a dict of Differences"),
    ],
)
def test_what_is_of_a_wrong_type_is_named(call, says):
    with pytest.raises(TypeError, match=says):
        call()
