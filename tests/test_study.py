"""Studies survive what stops them: a kill, Ctrl-C, a full disk, a damaged file, a second run."""

import asyncio
import json
import logging
import math
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from multiprocessing import active_children
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.data import Dataset
from helpers.studies import STUDIES
from helpers.studies.plan import Study, Trial, Variant, identity, images, seed_by_seed
from helpers.study import by_variant, engine, load, run, store, task, weights
from helpers.study.__main__ import main
from tests.faults import trials as faults

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Settings:
    power: int = 2
    base: int = 0


@dataclass(frozen=True)
class LaterSettings:
    power: int = 2
    base: int = 0
    added: str = "off"


def raise_to_power(settings, seed):
    return {"test_accuracy": (settings.base + seed) ** settings.power / 100}


def trials(profile, make=Settings, **changes):
    powers = (1, 2, 3) if profile == "full" else (1,)
    return [
        Trial("A1", f"power {power}", make(power, **changes), seed)
        for power in powers
        for seed in range(3)
    ]


def dataset(kind="original", origin="from here", n=10):
    x, y, few = np.zeros((n, 1, 1)), np.zeros(n, int), np.zeros(2, int)
    return Dataset(x, y, x[:2], few, ("0",), "numbers", kind, origin)


POWERS = Study("powers", trials, raise_to_power)
STAND_IN = dataset("stand-in", "drawn")


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_RESULTS_DIR", str(tmp_path / "results"))
    return tmp_path / "results"


def quiet(line):
    pass


def go(study=POWERS, **options):
    return run(study, **{"report": quiet} | options)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def results_only(stored):
    noted = (*task.NOTED, "weights")
    return [{key: value for key, value in t.items() if key not in noted} for t in stored]


# --- The plan ----------------------------------------------------------------------------


def test_every_variant_gets_a_seed_before_any_gets_the_next():
    variants = {
        ("A1", "once"): Variant(Settings(1), 1, keep_weights=True),
        ("B1", "thrice"): Variant(Settings(3), 3, keep_weights=True),
    }
    plan = seed_by_seed(variants, small={"power": 2})
    assert [(t.variant, t.seed, t.settings.power, t.keep_weights) for t in plan("full")] == [
        *(("once", 0, 1, True), ("thrice", 0, 3, True)),
        *(("thrice", 1, 3, False), ("thrice", 2, 3, False)),
    ]
    assert [(t.row, t.seed, t.settings.power, t.keep_weights) for t in plan("quick")] == [
        ("A1", 0, 2, False),
        ("B1", 0, 2, False),
    ]
    with pytest.raises(ValueError, match="profile must be one of"):
        plan("huge")


def test_a_trial_is_known_by_its_settings_and_seed_alone():
    one = Trial("A1", "first", Settings(1), 0)
    assert one.identity == replace(one, row="B2", variant="second", keep_weights=True).identity
    assert one.identity != replace(one, seed=1).identity
    assert one.identity != replace(one, settings=Settings(2)).identity
    assert one.identity == identity({"base": 0, "power": 1}, 0)


@pytest.mark.parametrize("name", ["../up", "", "a/b", "a b", ".hidden", "é", "a" * 101, "a\n"])
@pytest.mark.parametrize("argument", ["name", "store"])
def test_a_study_has_a_name_that_is_a_file_name(name, argument):
    if (argument, name) == ("store", ""):
        return  # its default
    with pytest.raises(ValueError, match=f"{argument} must be of letters, digits"):
        replace(POWERS, **{argument: name})


# --- What is stored ----------------------------------------------------------------------


def test_a_trial_is_stored_with_its_results_and_where_they_come_from(results):
    go(replace(POWERS, data=dataset))
    found = lines(results / "powers.jsonl")
    assert len(found) == 9
    trial = found[-1]
    assert trial.items() >= {"settings": {"power": 3, "base": 0}, "seed": 2}.items()
    assert "row" not in trial and "variant" not in trial
    assert trial["test_accuracy"] == 0.08
    assert trial["data"] == {
        **{"name": "numbers", "kind": "original", "n_train": 10, "n_test": 2},
        "source": "numbers: 10 training + 2 test images, from here; the original",
    }
    assert trial["seconds"] >= 0 and trial["backend"] == "numpy" and trial["threads"] >= 1
    assert re.fullmatch(r".*, \d+ cores", trial["hardware"])
    assert os.uname().nodename not in json.dumps(trial)
    assert set(trial["versions"]) == {"python", "numpy"}
    assert trial["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))


def test_the_commit_is_noted_and_whether_the_code_was_changed(tmp_path, monkeypatch):
    def git(*words):
        named = ("-c", "user.name=n", "-c", "user.email=e")
        done = subprocess.run(
            ["git", "-C", tmp_path, *named, *words], check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    code = task._code.__wrapped__
    monkeypatch.setattr(task, "__file__", str(tmp_path / "helpers" / "study" / "task.py"))
    (tmp_path / "helpers" / "study").mkdir(parents=True)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert code() is None, "no repository"
    (tmp_path / "helpers" / "code.py").write_text("1")
    git("init"), git("add", "."), git("commit", "-m", "one")
    (tmp_path / "results").write_text("a new result is no change of the code")
    assert code() == {"commit": git("rev-parse", "HEAD"), "dirty": False}
    (tmp_path / "helpers" / "code.py").write_text("2")
    assert code()["dirty"] is True


def test_the_file_is_sorted_and_a_new_trial_is_a_new_line(results):
    go(replace(POWERS, trials=lambda profile: trials(profile)[1:]))
    before = (results / "powers.jsonl").read_text().splitlines()
    go()
    after = (results / "powers.jsonl").read_text().splitlines()
    assert [line for line in after if line not in before] == [after[0]]
    keys = [identity(t["settings"], t["seed"]) for t in map(json.loads, after)]
    assert keys == sorted(keys)


def test_what_is_stored_is_not_run_again(monkeypatch):
    first = go()
    monkeypatch.setattr(task.Task, "_compute", lambda self: pytest.fail("it ran again"))
    assert go() == first == load(POWERS)


def test_other_settings_are_other_trials(results):
    go()
    go(replace(POWERS, trials=lambda profile: trials(profile, base=1)))
    assert len(lines(results / "powers.jsonl")) == 18
    assert len(load(POWERS)) == 9, "those of the plan alone"


def test_a_new_label_orphans_nothing(monkeypatch):
    go()
    renamed = [replace(t, row="B7", variant=f"x to the {t.settings.power}") for t in trials("full")]
    study = replace(POWERS, trials=lambda profile: renamed)
    monkeypatch.setattr(task.Task, "_compute", lambda self: pytest.fail("it ran again"))
    assert {(t["row"], t["variant"]) for t in go(study)} == {
        ("B7", f"x to the {power}") for power in (1, 2, 3)
    }


def test_a_setting_that_comes_later_orphans_nothing(monkeypatch):
    go()
    later = replace(POWERS, trials=lambda profile: trials(profile, LaterSettings))
    assert len(load(later)) == 9
    switched = replace(later, trials=lambda profile: trials(profile, LaterSettings, added="on"))
    with pytest.raises(FileNotFoundError):
        load(switched)


def test_studies_that_share_a_store_share_their_baseline(results):
    shared = replace(POWERS, store="shared")
    other = Study(
        "other",
        lambda profile: [
            Trial("B1", "baseline", Settings(2), 0),
            Trial("B1", "new", Settings(9), 0),
        ],
        raise_to_power,
        store="shared",
    )
    go(shared)
    ran = []
    go(other, report=ran.append)
    assert ran[0] == "other: 1 of 2 trials to run"
    assert len(lines(results / "shared.jsonl")) == 10
    (base,) = load(other, variant="baseline")
    (same,) = load(shared, variant="power 2", seed=0)
    assert base | {"row": 0, "variant": 0} == same | {"row": 0, "variant": 0}


def test_a_plan_that_names_a_trial_twice_runs_it_once(results):
    twice = [Trial("A1", name, Settings(1), 0) for name in ("one", "two")]
    said = []
    found = go(replace(POWERS, trials=lambda profile: twice), report=said.append)
    assert said[0] == "powers: 1 of 2 trials to run" and said[1].startswith("  1/1 one, seed 0")
    assert [t["variant"] for t in found] == ["one", "two"]
    assert len(lines(results / "powers.jsonl")) == 1


def test_quick_results_stay_out_of_the_full_ones(results):
    assert len(go(profile="quick")) == 3
    assert [path.name for path in results.glob("*.jsonl")] == ["powers.quick.jsonl"]


def test_progress_counts_and_estimates(monkeypatch):
    """A trial takes ten minutes here."""
    said, clock = [], count(90, 600)
    monkeypatch.setattr(engine, "perf_counter", lambda: next(clock))
    go(report=said.append)
    assert said[0] == "powers: 9 of 9 trials to run" and len(said) == 10
    assert [line.partition("about ")[2] for line in said[1:3]] == ["80.0 min left", "70.0 min left"]
    assert re.fullmatch(r"  9/9 power 3, seed 2: \d+\.\d s; about 0\.0 min left", said[-1])


def returning(results):
    return replace(POWERS, run=lambda settings, seed: results)


def test_numbers_of_numpy_are_stored_as_numbers():
    found = {"accuracy": np.float32(0.5), "history": {"loss": np.array([[1, 2]])}, "n": np.int8(3)}
    first = go(returning(found | {"words": ("a", "±\u2028\ud800"), "none": None, "yes": True}))[0]
    assert first["accuracy"] == 0.5 and first["history"] == {"loss": [[1, 2]]} and first["n"] == 3
    assert first["words"] == ["a", "±\u2028\ud800"] and first["none"] is None and first["yes"]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"loss": math.nan}, "loss must be a finite number; received loss=nan"),
        ({"loss": [1.0, -math.inf]}, r"loss\[1\] must be a finite number"),
        ({"a": {"b": np.array([math.nan])}}, r"a\.b\[0\] must be a finite number"),
        ({"a": 1j}, "TypeError: a must be text, a number"),
        ({"a": {"b": 1, 2: 3}}, "a must be text, a number"),
        ({"a": object()}, "a must be text, a number"),
        ({"a": {1, 2}}, "a must be text, a number"),
        ({"seed": 7}, r"results must be named otherwise than what every trial has; .*\['seed'\]"),
        ({"row": 7, "settings": 1}, r"received results=\['row', 'settings'\]"),
        ({"seconds": 7}, r"received results=\['seconds'\]"),
        (None, "TypeError"),
    ],
)
def test_results_that_cannot_be_stored_name_trial_and_key(results, found, says):
    with pytest.raises(RuntimeError, match=rf"power 1, seed 0 \(.*{says}"):
        go(returning(found))
    assert not (results / "powers.jsonl").exists()


# --- Loading -----------------------------------------------------------------------------


def test_what_is_only_read_makes_no_folder(results):
    with pytest.raises(FileNotFoundError):
        load(POWERS)
    assert not results.exists()


def test_load_selects_by_label_and_seed():
    go()
    assert len(load(POWERS)) == 9
    assert [t["seed"] for t in load(POWERS, variant="power 2")] == [0, 1, 2]
    assert [t["variant"] for t in load(POWERS, row="A1", seed=1)] == [
        "power 1",
        "power 2",
        "power 3",
    ]
    assert list(by_variant(POWERS)) == ["power 1", "power 2", "power 3"]
    assert by_variant(POWERS)["power 3"] == load(POWERS, variant="power 3")


def test_what_is_not_stored_yet_is_an_error_or_nothing_where_nothing_is_required():
    with pytest.raises(FileNotFoundError, match="nothing is stored of 'powers'"):
        by_variant(POWERS)
    assert by_variant(POWERS, required=False) == {}
    with pytest.raises(ValueError, match="name must be one of"):
        by_variant("kmeens", required=False)
    with pytest.raises(TypeError, match="required must be True or False"):
        by_variant(POWERS, required="no")


def test_load_names_what_there_is():
    with pytest.raises(
        ValueError, match=r"name must be one of 'svc_mnist', .*received name='power'"
    ):
        load("power")
    with pytest.raises(FileNotFoundError, match=r"nothing is stored of 'powers' in powers\.jsonl"):
        load(POWERS)
    go()
    with pytest.raises(ValueError, match=r"variant must be what .*\(power 1; power 2; power 3\)"):
        load(POWERS, variant="power 4")
    with pytest.raises(ValueError, match=r"colour must be what .*\(no such key\)"):
        load(POWERS, row="A1", colour="red")
    with pytest.raises(ValueError, match=r"seed must be what .*\(0; 1; 2\); received seed=3"):
        load(POWERS, seed=3)
    for wrong, error in (("0", TypeError), (True, TypeError), (-1, ValueError)):
        with pytest.raises(error, match="seed must be a non-negative integer"):
            load(POWERS, seed=wrong)


def test_the_folder_is_asked_at_each_call(tmp_path, monkeypatch):
    go()
    monkeypatch.setenv("COURSE_RESULTS_DIR", str(tmp_path / "elsewhere"))
    with pytest.raises(FileNotFoundError):
        load(POWERS)
    monkeypatch.delenv("COURSE_RESULTS_DIR")
    assert store.folder() == store.DEFAULT == ROOT / "data" / "results"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_RESULTS_DIR", "~/results")
    assert len(load(POWERS)) == 9


@pytest.mark.parametrize(
    "kind", ["file", "loop", "below a file", "too long", "~nobody", "dangling"]
)
def test_a_folder_that_is_none_is_named_in_a_sentence(kind, tmp_path, monkeypatch):
    path = tmp_path / "odd"
    match kind:
        case "file":
            path.write_text("")
        case "loop":
            path.symlink_to(path)
        case "dangling":
            path.symlink_to(tmp_path / "nowhere" / "at all")
        case "below a file":
            path.write_text("")
            path = path / "below"
        case "too long":
            path = tmp_path / ("x" * 300)
        case "~nobody":
            path = "~nobody-of-this-name/results"
    monkeypatch.setenv("COURSE_RESULTS_DIR", str(path))
    with pytest.raises(
        ValueError, match=r"COURSE_RESULTS_DIR must be a folder that can be read \(.+\)"
    ):
        go()
    if kind != "dangling":  # nothing is there yet
        with pytest.raises(
            ValueError, match="COURSE_RESULTS_DIR must be a folder that can be read"
        ):
            load(POWERS)


LINE = b'{"settings": {"power": 1}, "seed": 0}\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "ends in the middle"),
        (LINE[:-1], "ends in the middle"),
        (LINE[:-2] + b"\n", "line 1: JSONDecodeError"),
        (LINE + b"\n" + LINE, "line 2: JSONDecodeError"),
        (LINE + b'{"seed": 0}\n', "line 2: KeyError: 'settings'"),
        (b'{"settings": {}}\n', "line 1: KeyError: 'seed'"),
        (b'{"settings": {}, "seed": "0"}\n', "line 1: TypeError"),
        (b'{"settings": [], "seed": 0}\n', "line 1: TypeError"),
        (b"[]\n", "line 1: TypeError"),
        (LINE + LINE, "line 2: ValueError: a second run of seed 0"),
        (LINE + b'{"settings": {}, "seed": 1, "loss": NaN}\n', "line 2: ValueError: NaN"),
        (b"<<<<<<< HEAD\n" + LINE, "line 1: JSONDecodeError"),
        (b"[" * 100_000 + b"\n", "line 1: RecursionError"),
        (b"\xff\n", "codec can't decode"),
    ],
)
def test_a_damaged_store_is_kept_aside_and_named(results, text, why):
    results.mkdir()
    (results / "powers.jsonl").write_bytes(text)
    with pytest.raises(ValueError, match=rf"^powers\.jsonl is damaged \(.*{why}"):
        load(POWERS)
    assert (results / "powers.jsonl").exists(), "reading moves nothing"
    with pytest.raises(ValueError, match=r"is damaged .* kept as powers\.damaged-\d+: mend it"):
        go()
    (aside,) = results.glob("powers.damaged-*")
    assert aside.read_bytes() == text
    assert len(go()) == 9, "after that the study runs anew"


# --- Weights -----------------------------------------------------------------------------

KEEPING = replace(
    POWERS,
    trials=lambda profile: [replace(t, keep_weights=t.seed == 0) for t in trials(profile)],
    run=lambda settings, seed: (
        raise_to_power(settings, seed)
        | {"weights": [np.full((2, 3), settings.power + 0.1), np.ones(4)]}
    ),
)


def test_weights_are_kept_where_a_trial_asks_for_them(results):
    found = go(KEEPING)
    assert sorted(path.suffix for path in (results / "weights").iterdir()) == [".npz"] * 3
    for trial in found:
        if trial["seed"]:
            assert "weights" not in trial
            with pytest.raises(ValueError, match=r"one that keeps its weights; .*power 1, seed 1"):
                weights(load(POWERS, variant="power 1", seed=1)[0])
        else:
            kernel, bias = weights(trial)
            assert kernel.dtype == np.float16 and np.array_equal(bias, np.ones(4))
            assert np.array_equal(kernel, np.full((2, 3), trial["settings"]["power"] + 0.1, "f2"))


def test_a_trial_without_the_weights_that_it_should_keep_runs_again(results):
    go()
    said = []
    go(KEEPING, report=said.append)
    assert said[0] == "powers: 3 of 9 trials to run"
    assert len(lines(results / "powers.jsonl")) == 9 and len(load(KEEPING)) == 9
    assert [t["seed"] for t in lines(results / "powers.jsonl") if "weights" in t] == [0, 0, 0]
    assert len(go(KEEPING)) == 9 and len(list((results / "weights").iterdir())) == 3


def test_damaged_or_foreign_weights_are_named(results):
    one, two = (load(KEEPING, variant=f"power {p}", seed=0)[0] for p in (1, 2) if go(KEEPING))
    path, other = (results / "weights" / trial["weights"]["file"] for trial in (one, two))
    path.write_bytes(other.read_bytes())
    with pytest.raises(ValueError, match=rf"{path.name} are damaged, or of another run"):
        weights(one)
    path.unlink()
    with pytest.raises(ValueError, match=rf"{path.name} cannot be read: No such file"):
        weights(one)
    assert len(weights(two)) == 2


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        (
            [np.ones(2), np.array([1, 70_000.0])],
            "weights must be finite, also in float16; .*power 1, seed 0",
        ),
        ([np.random.default_rng(0).random(10**6)], "weights must be of at most 1,000,000 bytes"),
        (None, "results must be with 'weights'"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_weights_that_cannot_be_kept_are_a_failure(results, arrays, says):
    found = {} if arrays is None else {"weights": arrays}
    with pytest.raises(RuntimeError, match=f"3 of 9 trials failed: power 1, seed 0 .*{says}"):
        go(replace(KEEPING, run=lambda settings, seed: {"loss": 1} | found))
    assert len(lines(results / "powers.jsonl")) == 6


# --- Data --------------------------------------------------------------------------------


def never(settings, seed):
    pytest.fail("it was computed")


def test_a_full_study_on_a_stand_in_is_refused_before_it_computes(results):
    offline = replace(POWERS, run=never, data=lambda: STAND_IN)
    with pytest.raises(ValueError, match="the full profile needs the real data: STAND-IN"):
        go(offline)
    assert not (results / "powers.jsonl").exists()
    assert len(go(replace(offline, run=raise_to_power), profile="quick")) == 3


def test_quick_results_of_a_stand_in_go_when_real_data_come(results):
    go(replace(POWERS, data=lambda: STAND_IN), profile="quick")
    said = []
    found = go(replace(POWERS, data=dataset), profile="quick", report=said.append)
    assert said[0] == "powers: 3 of 3 trials to run"
    assert {t["data"]["kind"] for t in found} == {"original"}
    assert len(lines(results / "powers.quick.jsonl")) == 3


def test_a_store_takes_no_trials_on_other_data(results):
    go(replace(POWERS, data=dataset))
    before = (results / "powers.jsonl").read_bytes()
    more = replace(POWERS, trials=lambda profile: trials(profile, base=5), run=never)
    for other in (dataset("copy"), dataset(n=11)):
        with pytest.raises(ValueError, match=r"powers\.jsonl holds trials on other data than 'num"):
            go(replace(more, data=lambda other=other: other))
    assert (results / "powers.jsonl").read_bytes() == before


def test_the_same_images_are_the_same_wherever_their_file_was(results):
    go(replace(POWERS, data=dataset))
    more = replace(POWERS, trials=lambda profile: trials(profile, base=5))
    go(replace(more, data=lambda: dataset(origin="from there")))
    assert len({t["data"]["source"] for t in lines(results / "powers.jsonl")}) == 2
    one, other = ({"kind": "copy", "source": place, "origin": place} for place in "ab")
    assert images(one) == images(other) == {"kind": "copy"} and images(None) == {}


def test_threads_of_a_worker_compute_one_trial_after_the_other():
    """Keras' random numbers are one to a process."""
    running, both = [], Event()

    def run(settings, seed):
        running.append(seed)
        both.set() if len(running) > 1 else both.wait(0.2)
        running.remove(seed)
        return {}

    work = store.Store(replace(POWERS, run=run))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda trial: task.Task.of(work, trial)(), trials("full")[:2]))
    assert not both.is_set()


def test_data_that_differ_where_a_trial_runs_are_refused_there(results):
    go(replace(POWERS, data=dataset))
    work = store.Store(replace(POWERS, run=never, data=lambda: dataset(n=11)))
    outcome = task.Task.of(work, trials("full", base=5)[0])()
    assert outcome.startswith("ValueError: powers.jsonl holds trials on other data")


# --- Endings -----------------------------------------------------------------------------


def test_a_failing_trial_does_not_stop_the_others():
    def fails(settings, seed):
        if seed == 0:
            raise ArithmeticError("on\ntwo lines")
        return {"seed_was": seed}

    said = []
    with pytest.raises(RuntimeError) as caught:
        go(replace(POWERS, run=fails), report=said.append)
    assert str(caught.value) == "powers: 3 of 9 trials failed: " + "; ".join(
        f"power {power}, seed 0 (ArithmeticError: on two lines)" for power in (1, 2, 3)
    )
    assert len(load(POWERS)) == 6
    assert any("1/9 power 1, seed 0: failed: ArithmeticError: on two lines" in s for s in said)


@pytest.mark.parametrize("ending", [SystemExit(3), SystemExit(), GeneratorExit()])
def test_a_trial_that_leaves_is_a_failure(ending):
    def leaves(settings, seed):
        raise ending

    with pytest.raises(RuntimeError, match=rf"9 of 9 .*power 1, seed 0 \({type(ending).__name__}"):
        go(replace(POWERS, run=leaves))


def test_long_lists_of_failures_are_counted():
    many = replace(POWERS, run=lambda settings, seed: {"loss": math.nan})
    with pytest.raises(RuntimeError, match=r"power 2, seed 2 \([^;]*[^)]*\); and 3 more$"):
        go(many)
    assert engine._names("abcdef") == "a; b; c; d; e; f"


def test_unknown_options_are_named():
    with pytest.raises(ValueError, match=r"profile must be one of .*received profile='huge'"):
        go(profile="huge")
    with pytest.raises(ValueError, match="jobs must be a positive integer"):
        go(jobs=0)


def test_a_full_disk_loses_nothing_that_was_stored(results, monkeypatch):
    go(profile="quick")
    before = (results / "powers.quick.jsonl").read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    more = replace(POWERS, trials=lambda profile: trials(profile, base=1))
    with pytest.raises(OSError, match="No space left"):
        go(more, profile="quick")
    assert (results / "powers.quick.jsonl").read_bytes() == before
    assert not list(results.glob(".*.part")), "a half-written file is left"


def test_a_full_disk_ends_the_processes_that_still_run(results, monkeypatch):
    """They would wait for a minute."""

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        go(faults.study("wait"), jobs=2)
    for child in active_children():
        child.join(5)
    assert not active_children()


def test_what_a_killed_write_left_goes_at_the_next_start(results):
    (results / "weights").mkdir(parents=True)
    left = [results / ".powers.jsonl.part", results / "weights" / ".0123.npz.part"]
    for path in left:
        path.write_text("half")
    go()
    assert not any(path.exists() for path in left)
    assert not list((results / ".claims").iterdir())


def test_ctrl_c_in_a_trial_keeps_those_before_it(monkeypatch, capsys):
    def interrupted(settings, seed):
        if seed == 2:
            raise KeyboardInterrupt
        return raise_to_power(settings, seed)

    monkeypatch.setitem(STUDIES, "powers", replace(POWERS, run=interrupted))
    assert main(["powers", "--profile", "full"]) == 130
    said = capsys.readouterr().err
    assert said == (
        "Stopped during power 1, seed 2. What is done is stored; the same command goes on.\n"
    )
    assert len(load("powers")) == 2
    monkeypatch.setitem(STUDIES, "powers", POWERS)
    assert main(["powers", "--profile", "full"]) == 0
    assert len(load("powers")) == 9


# --- Several at once ---------------------------------------------------------------------


def test_two_runs_at_once_share_the_work(results):
    ran = []

    def noted(settings, seed):
        ran.append((settings.power, seed))
        return raise_to_power(settings, seed)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: go(replace(POWERS, run=noted)), range(2)))
    assert sorted(ran) == [(power, seed) for power in (1, 2, 3) for seed in range(3)]
    assert len(load(POWERS)) == 9 and len(lines(results / "powers.jsonl")) == 9


def test_a_trial_that_another_process_runs_is_waited_for(monkeypatch):
    """The other one stores it, or dies and leaves it to us."""
    kept = store.Store(POWERS)
    first, second = trials("full")[:2]
    locks = {trial: kept.claim(trial) for trial in (first, second)}
    for lock in locks.values():
        lock.acquire()
    said = []

    @contextmanager
    def instead_of_waiting(lock, report, what):
        if what == str(first):  # the other process stores one, and dies in the other
            result, _ = task.Task.of(kept, first)()
            kept.put(first, result | {"test_accuracy": 1}, None, quiet)
        yield

    monkeypatch.setattr(engine, "held", instead_of_waiting)
    found = go(report=said.append)
    assert found[0]["test_accuracy"] == 1 and len(found) == 9
    assert any("power 1, seed 0: stored by another process" in line for line in said)
    assert sum("power 1, seed 1" in line for line in said) == 1
    assert said[-1].startswith("  9/9 ")


def test_who_waits_for_what_is_said(monkeypatch):
    class Held:
        """A lock that another process holds for a while."""

        taken = False

        def acquire(self, timeout=None):
            if timeout is not None:
                assert timeout == 1
                raise store.Timeout("a lock")
            self.taken = True

        def release(self):
            self.taken = False

    lock, said = Held(), []
    with store.held(lock, said.append, "powers.jsonl"):
        assert lock.taken
    assert not lock.taken
    assert said == [f"  process {os.getpid()} waits for powers.jsonl, which another process holds"]


def test_processes_give_the_same_results(tmp_path, monkeypatch):
    one = go(faults.study("none"))
    monkeypatch.setenv("COURSE_RESULTS_DIR", str(tmp_path / "other"))
    two = go(faults.study("none"), jobs=2)
    assert [t["square"] for t in two] == [t["square"] for t in one] == [0, 1, 4]
    assert {t["pid"] for t in one} == {os.getpid()}
    assert len({t["pid"] for t in two} | {os.getpid()}) == 4, "a process for each"


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("raise", "ArithmeticError: a trial failed on two lines"),
        ("exit", "SystemExit: a trial called sys.exit"),
        ("die", "its process ended with code 7"),
    ],
)
def test_a_process_that_dies_takes_no_other_trial_with_it(kind, why):
    with pytest.raises(RuntimeError, match=rf"1 of 3 trials failed: {kind}, seed 1 \({why}"):
        go(faults.study(kind), jobs=2)
    assert [t["seed"] for t in load(faults.study(kind))] == [0, 2]


def test_never_more_processes_than_trials(monkeypatch):
    started = []
    at_once = []
    monkeypatch.setattr(engine.joblib, "cpu_count", lambda: 5)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "to be taken away again, by monkeypatch")
    del os.environ["TF_NUM_INTRAOP_THREADS"]
    monkeypatch.setattr(engine, "get_context", lambda _: SimpleNamespace(**fake_context(started)))

    def wait(pipes):
        at_once.append(len(pipes))
        return list(pipes)[:1]

    monkeypatch.setattr(engine.connection, "wait", wait)
    assert len(go(jobs=50, study=replace(POWERS, trials=lambda _: trials("quick")))) == 3
    assert len(started) == 3 and at_once == [3, 2, 1]
    assert os.environ.pop("TF_NUM_INTRAOP_THREADS") == "1"
    at_once.clear()
    go(jobs=2, study=replace(POWERS, trials=lambda _: trials("full")))
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "2" and os.environ["OMP_NUM_THREADS"] == "3"
    assert len(started) == 9 and set(at_once) == {1, 2}


def fake_context(started):
    """Return a context whose processes compute when they are started, in this one."""

    class Pipe:
        def send(self, outcome):
            self.outcome = outcome

        def recv(self):
            return self.outcome

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def close(self):
            pass

    class Process:
        def __init__(self, target, args):
            self.pipe, self.task = args

        def start(self):
            started.append(self.task)
            self.pipe.send(self.task())

        def join(self):
            pass

        kill = join

    def pipe(duplex):
        ours = Pipe()
        return ours, ours

    return {"Pipe": pipe, "Process": Process}


def test_what_cannot_be_sent_to_a_process_is_named():
    local = replace(POWERS, run=lambda settings, seed: {})
    with pytest.raises(
        RuntimeError, match=r"9 of 9 .*power 1, seed 0 .it cannot be sent to a proc"
    ):
        go(local, jobs=2)


# --- The command -------------------------------------------------------------------------


def command(folder, *arguments, module="helpers.study", **options):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | {"COURSE_RESULTS_DIR": str(folder), "PYTHONPATH": str(ROOT)},
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options,
    )


def fault(folder, kind, *arguments, **options):
    arguments = (kind, "0", "--profile", "full", *arguments)
    return command(folder, *arguments, module="tests.faults.trials", **options)


def test_a_killed_command_resumes_to_the_same_store(results):
    """The second trial waits for ever, so it is killed in it for certain."""
    process = fault(results, "wait")
    while "a trial waits" not in process.stdout.readline():
        pass
    process.kill()
    process.wait()
    assert [t["square"] for t in lines(results / "faults.jsonl")] == [0]
    assert len(list((results / ".claims").iterdir())) == 1, "the kill left its claim"
    again = replace(faults.study("wait"), run=raise_to_power_of_faults)
    assert [t["square"] for t in go(again)] == [0, 1, 4]
    assert not list((results / ".claims").iterdir())


def test_the_processes_of_a_killed_command_end(results):
    """Its output is open as long as one of them lives; a trial would wait for a minute."""
    process = fault(results, "wait", "--jobs", "2")
    while "a trial waits" not in process.stdout.readline():
        pass
    process.kill()
    process.communicate(timeout=30)


def raise_to_power_of_faults(settings, seed):
    return {"square": seed**2}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_the_command_in_one_line(results, jobs):
    heard = {
        "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    }  # behind a `&`, too
    process = fault(results, "wait", "--jobs", jobs, start_new_session=True, **heard)
    while "a trial waits" not in process.stdout.readline():
        pass
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert re.fullmatch(
        r"Stopped during (wait, seed 0; )?wait, seed 1(; wait, seed 2)?\. What is done is stored; "
        r"the same command goes on\.\n",
        error,
    )


def test_no_process_hears_ctrl_c_while_it_starts(results):
    """The first one starts Python's resource tracker as well, which unblocks the signal."""
    _, error = fault(results, "none", "--jobs", "2").communicate()
    assert not error and [t["deaf"] for t in lines(results / "faults.jsonl")] == [True] * 3


def test_a_closed_pipe_ends_the_command_in_one_line(results):
    process = fault(results, "none")
    process.stdout.close()
    error = process.stderr.read()
    assert process.wait() == 1
    assert error == "Stopped: nobody reads on. What is done is stored; the same command goes on.\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_failed_trial_ends_the_command_in_one_line(results, jobs):
    process = fault(results, "raise", "--jobs", jobs)
    output, error = process.communicate()
    assert process.returncode == 1 and "3/3" in output
    assert error == (
        "Stopped: faults: 1 of 3 trials failed: raise, seed 1 "
        "(ArithmeticError: a trial failed on two lines)\n"
    )


def test_damage_ends_the_command_in_one_line(results):
    results.mkdir()
    (results / "faults.jsonl").write_text("damage")
    _, error = (process := fault(results, "none")).communicate()
    assert process.returncode == 1
    assert re.fullmatch(r"Stopped: faults\.jsonl is damaged .*\n", error)


def test_no_scheduler_ends_the_command_in_one_line(monkeypatch, capsys):
    monkeypatch.setitem(STUDIES, "faults", faults.study("none"))
    assert main(["faults", "--profile", "full", "--scheduler", "nonsense"]) == 1
    assert re.fullmatch(
        r"Stopped: faults: no Dask scheduler answers at nonsense \(ValueError: .*\); "
        r"not stored: none, seed 0; none, seed 1; none, seed 2\n",
        capsys.readouterr().err,
    )


def test_a_dask_cluster_of_one_thread_is_used(results):
    from distributed import LocalCluster

    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    failed = pytest.raises(RuntimeError, match=r"1 of 3 trials failed: exit, seed 1 \(SystemExit")
    with LocalCluster(**options) as cluster, failed:
        go(faults.study("exit"), scheduler=cluster.scheduler_address)
    found = load(faults.study("exit"))
    assert [t["square"] for t in found] == [0, 4]
    assert os.getpid() not in {t["pid"] for t in found}


class FakeClient:
    """A cluster on which the first of the trials is done when they are waited for."""

    status = "running"

    def __init__(self):
        self.known, self.calls, self.most, self.waits = {}, {}, 0, []

    def submit(self, run, task, pure=True):
        if pure and task in self.known:  # as Dask does: a pure call is made once
            return self.known[task]
        self.known[task] = future = Future()
        self.calls[future] = partial(run, task)
        self.most = max(self.most, sum(not one.done() for one in self.calls))
        return future

    def wait(self, futures, timeout=None, return_when="ALL_COMPLETED"):
        assert return_when == "FIRST_COMPLETED"
        self.waits.append(timeout)
        futures[0].set_result(self.calls[futures[0]]())

    def scheduler_info(self):
        return {"workers": {"one": {}, "two": {}}}

    def close(self, timeout):
        self.status = "closed"


def test_a_cluster_gets_as_many_trials_as_it_has_workers_and_is_asked_every_second(monkeypatch):
    client = FakeClient()
    monkeypatch.setattr(engine, "connected", lambda address: client)
    monkeypatch.setattr(engine, "workers_with", lambda *given: 2)
    monkeypatch.setattr("distributed.wait", client.wait)
    work = ((f"trial {n}", str) for n in range(5))  # five times the same call
    found = list(engine._on_cluster(work, "somewhere"))
    assert sorted(trial for trial, _ in found) == [f"trial {n}" for n in range(5)]
    assert {outcome for _, outcome in found} == {""}
    assert (client.most, client.status) == (2, "closed")
    assert {*client.waits} == {1}  # without it, a cluster that is gone is waited for for ever


class LostClient(FakeClient):
    """A cluster that is lost while trials run; `seconds` pass in each turn of waiting."""

    def __init__(self, lost, seconds=0):
        super().__init__()
        self.lost, self.seconds, self.now = lost, seconds, 100.0

    def wait(self, futures, timeout=None, return_when="ALL_COMPLETED"):
        self.now += self.seconds
        if self.lost == "scheduler":
            self.status = "closed"
        if self.lost == "trial":
            futures[-1].cancel()
            raise CancelledError
        if len(self.waits) > 20:
            raise AssertionError("it waits for ever")
        self.waits.append(timeout)

    def scheduler_info(self):
        return {"workers": {} if self.lost == "workers" else {"one": {}}}


def on_lost(client, monkeypatch):
    """Run two trials on a cluster that is lost, and return how it ends."""
    monkeypatch.setattr(engine, "connected", lambda address: client)
    monkeypatch.setattr(engine, "workers_with", lambda *given: 2)
    monkeypatch.setattr(engine, "monotonic", lambda: client.now)
    monkeypatch.setattr("distributed.wait", client.wait)
    with pytest.raises((ConnectionError, AssertionError)) as ended:
        list(engine._on_cluster(((f"trial {n}", str) for n in range(2)), "somewhere"))
    return str(ended.value)


@pytest.mark.parametrize("lost", ["scheduler", "trial"])
def test_a_scheduler_that_is_lost_ends_the_study(lost, monkeypatch):
    """It closes the client, or cancels what runs, of which it may be one alone."""
    assert on_lost(LostClient(lost), monkeypatch) == "the Dask scheduler at somewhere is gone"


def test_workers_that_are_lost_are_waited_for_a_while(monkeypatch):
    turn = engine.PATIENCE / 4
    client = LostClient("workers", turn)
    assert on_lost(client, monkeypatch) == "the workers of the Dask scheduler at somewhere are gone"
    assert len(client.waits) == 5  # the first one past it
    assert on_lost(LostClient(None, turn), monkeypatch) == "it waits for ever"


def test_a_cluster_is_given_so_long_to_answer_and_its_logs_are_silent(monkeypatch):
    told = {}

    @asynccontextmanager
    async def rpc(address, connection_args=None):
        told["rpc"] = address, connection_args
        yield SimpleNamespace(identity=partial(asyncio.sleep, 0))

    monkeypatch.setattr("distributed.rpc", rpc)
    monkeypatch.setattr("distributed.Client", lambda *given, **options: (given, options))
    loud = [logging.getLogger(name) for name in ("distributed.of_a_test", "another.of_a_test")]
    for logger in loud:
        logger.setLevel(logging.INFO)
    assert engine.connected("there") == (("there",), {"timeout": engine.PATIENCE})
    assert [logger.level for logger in loud] == [logging.CRITICAL, logging.INFO]
    address, security = told["rpc"]
    assert address == "there" and "ssl_context" in security  # as a cluster with TLS wants it


class Workers:
    def __init__(self, **found):
        self.found, self.waited = found, []

    def wait_for_workers(self, n, timeout=None):
        self.waited.append((n, timeout))

    def run(self, function, module, on_error="raise"):
        failed = [one for one in self.found.values() if isinstance(one, Exception)]
        if failed and on_error == "raise":
            raise failed[0]
        return self.found


@pytest.mark.parametrize(
    ("found", "lacking"), [({"a": None, "b": "spec"}, 1), ({"a": ImportError(), "b": None}, 2)]
)
def test_each_worker_has_to_have_the_course(found, lacking):
    with pytest.raises(ConnectionError, match=f"{lacking} of 2 workers cannot import helpers"):
        engine.workers_with("helpers", Workers(**found), "somewhere")
    having = Workers(a="spec", b="spec", c="spec")
    assert engine.workers_with("helpers", having, "somewhere") == 3
    assert having.waited == [(1, engine.PATIENCE)]


@pytest.mark.parametrize(
    ("set_to", "told", "stored"),
    [
        (None, (), "powers.quick.jsonl"),
        ("", (), "powers.quick.jsonl"),
        ("full", (), "powers.jsonl"),
        (None, ("--profile", "full"), "powers.jsonl"),
        ("full", ("--profile", "quick"), "powers.quick.jsonl"),
    ],
)
def test_the_profile_is_quick_unless_something_says_otherwise(
    set_to, told, stored, results, monkeypatch
):
    monkeypatch.setitem(STUDIES, "powers", POWERS)
    monkeypatch.delenv("COURSE_PROFILE", raising=False)
    if set_to is not None:
        monkeypatch.setenv("COURSE_PROFILE", set_to)
    assert main(["powers", *told]) == 0
    assert [path.name for path in results.glob("*.jsonl")] == [stored]


@pytest.mark.parametrize("told", [(), ("--list",), ("powers", "--list")])
def test_without_a_name_or_with_list_the_studies_are_listed(told, results, monkeypatch, capsys):
    monkeypatch.setitem(STUDIES, "powers", POWERS)
    assert main([*told]) == 0
    assert re.search(r"^powers +0 of 9 full trials stored$", capsys.readouterr().out, re.M)
    assert not list(results.glob("*.jsonl")), "nothing is run"


def test_each_line_of_progress_is_seen_at_once(monkeypatch):
    flushed = []
    monkeypatch.setitem(STUDIES, "powers", POWERS)
    monkeypatch.setattr("builtins.print", lambda *line, **how: flushed.append(how.get("flush")))
    assert main(["powers", "--profile", "full"]) == 0
    assert len(flushed) == 10 and all(flushed)


def test_help_explains_every_option(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("usage: python -m helpers.study [-h]") and "Run a study." in said
    for option, words in {
        "name": "which study",
        "--list": "list the studies",
        "--profile {quick,full}": "quick to see that it runs",
        "--jobs JOBS": "trials at a time",
        "--scheduler ADDRESS": "of a Dask cluster",
    }.items():
        assert f"{option} {words}" in said


def test_list_shows_every_study(tmp_path):
    output, _ = command(tmp_path, "--list").communicate()
    for name in STUDIES:
        assert re.search(rf"{name} +0 of \d+ full trials stored", output)


def test_an_unknown_name_lists_the_known_ones(tmp_path, capsys):
    assert main(["kmeens"]) == 2
    said = capsys.readouterr().err
    assert "No study is called 'kmeens'. There are: svc_mnist, cnn_mnist" in said
