"""Studies survive what stops them: a kill, Ctrl-C, a full disk, a damaged file, a second run."""

import json
import math
import os
import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

from helpers import study
from helpers.studies import STUDIES
from helpers.study import Study, Trial


@dataclass(frozen=True)
class Settings:
    power: int = 2
    wait: float = 0.0


def raise_to_power(settings, seed):
    time.sleep(settings.wait)
    return {"test_accuracy": seed**settings.power / 100, "data_source": "numbers"}


def trials(profile, wait=0.0):
    powers = (1, 2, 3) if profile == "full" else (1,)
    return [Trial("A1", f"power {p}", Settings(p, wait), s) for p in powers for s in range(3)]


POWERS = Study("powers", trials, raise_to_power)


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def quiet(line):
    pass


def run(**options):
    return study.run(POWERS, report=quiet, **options)


def without_time(stored):
    return [{key: value for key, value in t.items() if key != "seconds"} for t in stored]


def test_a_trial_is_stored_with_its_results_and_where_they_come_from(results):
    run()
    content = json.loads((results / "powers.json").read_text())
    assert content["study"] == "powers" and content["rows"] == ["A1"]
    trial = content["trials"][-1]
    expected = {"row": "A1", "variant": "power 3", "settings": {"power": 3, "wait": 0.0}, "seed": 2}
    assert trial.items() >= expected.items()
    assert trial["test_accuracy"] == 0.08 and trial["data_source"] == "numbers"
    assert trial["seconds"] >= 0 and trial["backend"] and "cores" in trial["hardware"]
    assert re.match(r"3\.1\d", trial["versions"]["python"])


def test_what_is_stored_is_not_run_again(monkeypatch):
    first = run()
    monkeypatch.setattr(study, "_run_trial", lambda *_: pytest.fail("a stored trial ran again"))
    assert run() == first


def test_other_settings_are_other_trials(results):
    run()
    changed = Study("powers", lambda profile: trials(profile, wait=0.001), raise_to_power)
    assert len(study.run(changed, report=quiet)) == 18


def test_quick_results_stay_out_of_the_full_ones(results):
    assert len(run(profile="quick")) == 3
    assert not (results / "powers.json").exists()


def test_progress_counts_and_estimates():
    lines = []
    study.run(POWERS, report=lines.append)
    assert lines[0] == "powers: 9 of 9 trials to run"
    assert re.fullmatch(r"  9/9 power 3, seed 2: \d+\.\d s; about 0\.0 min left", lines[-1])


def test_every_variant_gets_a_seed_before_any_gets_the_next():
    variants = {("A1", "once"): (Settings(1), 1), ("B1", "thrice"): (Settings(3), 3)}
    plan = study.seed_by_seed(variants, small={"power": 2})
    assert [(t.variant, t.seed, t.settings.power) for t in plan("full")] == [
        *(("once", 0, 1), ("thrice", 0, 3)),
        *(("thrice", 1, 3), ("thrice", 2, 3)),
    ]
    assert [(t.row, t.seed, t.settings.power) for t in plan("quick")] == [
        ("A1", 0, 2),
        ("B1", 0, 2),
    ]


def test_load_selects_and_spread_sums_up():
    run()
    assert len(study.load("powers")) == 9
    chosen = study.load("powers", variant="power 2")
    summary = study.spread(chosen, "test_accuracy")
    assert summary.mean == pytest.approx((0 + 0.01 + 0.04) / 3)
    assert summary.n == 3 and summary.deviation == pytest.approx(0.0208, abs=1e-4)


def of_seeds(**accuracies):
    return [{"seed": int(seed[1:]), "accuracy": value} for seed, value in accuracies.items()]


def test_difference_is_taken_seed_by_seed():
    base = of_seeds(s0=0.1, s1=0.5, s2=0.3, s7=0.9)
    found = study.difference(of_seeds(s2=0.6, s1=0.7, s0=0.2, s5=0.0), base, "accuracy")
    # Of 0.1, 0.2 and 0.3 the mean is 0.2 and the deviation 0.1; t is 4.3027 for three.
    reach = 4.3027 * 0.1 / math.sqrt(3)
    assert (found.mean, found.n) == (pytest.approx(0.2), 3)
    assert [found.low, found.high] == pytest.approx([0.2 - reach, 0.2 + reach], abs=1e-4)
    assert found.verdict == "cannot tell"
    assert found.points == " +20.0 points (  -4.8 to  +44.8): cannot tell"


@pytest.mark.parametrize(("shift", "verdict"), [(0.2, "higher"), (-0.2, "lower")])
def test_a_difference_that_the_seeds_agree_on_is_told(shift, verdict):
    base = of_seeds(s0=0.4, s1=0.5, s2=0.6)
    moved = [t | {"accuracy": t["accuracy"] + shift + t["seed"] / 100} for t in base]
    assert study.difference(moved, base, "accuracy").verdict == verdict


def test_difference_wants_three_seeds_of_the_same_data():
    base = of_seeds(s0=0.1, s1=0.5, s2=0.3)
    with pytest.raises(ValueError, match=r"at least 3 seeds that base has as well.*received .*2"):
        study.difference(base[1:], base, "accuracy")
    others = [trial | {"data_source": "other"} for trial in base]
    with pytest.raises(ValueError, match="same data_source"):
        study.difference(others, base, "accuracy")
    two_variants = [*base, *(trial | {"settings": {"l1": 1}} for trial in base)]
    for pair in ((two_variants, base), (base, two_variants)):
        with pytest.raises(ValueError, match="same settings"):
            study.difference(*pair, "accuracy")


def test_the_same_data_count_as_such_wherever_their_file_was():
    origins = ("downloaded by Keras, stored as data/mnist.npz", "from $COURSE_DATA_DIR/mnist.npz")
    here = [{"loss": n, "data_source": f"MNIST, {o}; the original"} for n, o in enumerate(origins)]
    assert study.spread(here, "loss").n == 2
    copy = {"loss": 2, "data_source": "MNIST, from data/mnist.npz; NOT the original"}
    with pytest.raises(ValueError, match="trials must be of the same data_source"):
        study.spread([*here, copy], "loss")


def test_load_names_what_there_is():
    run()
    with pytest.raises(FileNotFoundError, match=r"called 'power'; stored are \['powers'\]"):
        study.load("power")
    with pytest.raises(ValueError, match=r"match must be of what .*'powers' have.*\['colour'\]"):
        study.load("powers", row="A1", colour="red")


@pytest.mark.parametrize("chosen", [[], [{"loss": 1}]])
def test_spread_wants_results(chosen):
    with pytest.raises(ValueError, match="trials must be at least two, each with 'loss2'"):
        study.spread(chosen, "loss2")


def test_spread_refuses_to_mix_settings_or_data():
    run()
    with pytest.raises(ValueError, match="trials must be of the same settings"):
        study.spread(study.load("powers"), "test_accuracy")
    mixed = [{"loss": 1, "data_source": "a"}, {"loss": 2, "data_source": "b"}]
    with pytest.raises(ValueError, match="trials must be of the same data_source"):
        study.spread(mixed, "loss")


def test_full_trials_on_a_stand_in_are_refused(results):
    def on_stand_in(settings, seed):
        return {"data_source": "STAND-IN for MNIST"}

    offline = Study("powers", trials, on_stand_in)
    with pytest.raises(ValueError, match="the full profile needs the real data: STAND-IN"):
        study.run(offline, report=quiet)
    assert not (results / "powers.json").exists()
    assert len(study.run(offline, profile="quick", report=quiet)) == 3


def test_a_store_takes_no_trials_on_other_data(results):
    run()
    before = (results / "powers.json").read_bytes()

    def on_a_copy(settings, seed):
        return {"data_source": "others"}

    longer = Study("powers", lambda profile: [Trial("A1", "copy", Settings(9), 0)], on_a_copy)
    with pytest.raises(ValueError, match=r"powers\.json holds trials on other data than 'others'"):
        study.run(longer, report=quiet)
    assert (results / "powers.json").read_bytes() == before


def test_a_failing_trial_says_which_one_and_why():
    def fails(settings, seed):
        return 1 / seed

    with pytest.raises(RuntimeError, match="powers: power 1, seed 0 failed: ZeroDivisionError"):
        study.run(Study("powers", trials, fails), report=quiet)


def test_numbers_of_numpy_are_stored_and_nan_is_refused():
    def numpy_results(settings, seed):
        return {"test_accuracy": np.float32(0.5), "history": {"loss": np.array([1.0, 0.5])}}

    first = study.run(Study("powers", trials, numpy_results), report=quiet)[0]
    assert first["test_accuracy"] == 0.5 and first["history"] == {"loss": [1.0, 0.5]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        study.run(Study("nan", trials, lambda settings, seed: {"loss": math.nan}), report=quiet)


def test_what_else_is_loaded_does_not_change_what_is_stored():
    import keras  # noqa: F401

    trial = run()[0]
    assert trial["backend"] == "numpy" and set(trial["versions"]) == {"python", "numpy"}


def test_unknown_profile_is_named():
    with pytest.raises(ValueError, match=r"profile must be one of .*received profile='huge'"):
        run(profile="huge")


@pytest.mark.parametrize(
    "text",
    [b"", b'{"trials": [', b'{"trials": [{"row": "A1"}]}', b"[]", b'{"trials": {}}', b"\xff"],
)
def test_a_damaged_store_is_kept_aside_and_named(results, text):
    results.mkdir()
    (results / "powers.json").write_bytes(text)
    with pytest.raises(ValueError, match=r"powers\.json is damaged"):
        study.load("powers")
    assert (results / "powers.json").exists(), "reading moves nothing"
    with pytest.raises(ValueError, match=r"powers.json is damaged .* kept as powers.damaged-"):
        run()
    (aside,) = results.glob("powers.damaged-*")
    assert aside.read_bytes() == text
    assert len(run()) == 9, "after that the study runs anew"


def test_a_full_disk_loses_nothing_that_was_stored(results, monkeypatch):
    run(profile="quick")
    before = (results / "powers.quick.json").read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    more = Study("powers", lambda profile: trials(profile, wait=0.001), raise_to_power)
    with pytest.raises(OSError, match="No space left"):
        study.run(more, profile="quick", report=quiet)
    assert (results / "powers.quick.json").read_bytes() == before
    assert not list(results.glob(".powers*")), "a half-written file is left"


def test_ctrl_c_in_a_trial_keeps_those_before_it(results, monkeypatch, capsys):
    def interrupted(settings, seed):
        if seed == 2:
            raise KeyboardInterrupt
        return raise_to_power(settings, seed)

    monkeypatch.setitem(STUDIES, "powers", Study("powers", trials, interrupted))
    assert study.main(["powers", "--profile", "full"]) == 130
    assert "the same command goes on from there" in capsys.readouterr().out
    assert len(study.load("powers")) == 2
    monkeypatch.setitem(STUDIES, "powers", POWERS)
    assert study.main(["powers", "--profile", "full"]) == 0
    assert len(study.load("powers")) == 9


def test_two_writers_at_once_lose_nothing(results):
    halves = [
        Study("powers", lambda profile, h=h: trials(profile, wait=0.01)[h::2], raise_to_power)
        for h in (0, 1)
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda half: study.run(half, report=quiet), halves))
    assert len(study.load("powers")) == 9


def test_several_processes_give_the_same_results(tmp_path, monkeypatch):
    one = run()
    monkeypatch.setattr(study, "RESULTS", tmp_path / "other")
    assert without_time(run(jobs=2)) == without_time(one)


def test_a_dask_cluster_of_two_workers_gives_the_same_results(tmp_path, monkeypatch):
    from distributed import LocalCluster

    alone = run()
    monkeypatch.setattr(study, "RESULTS", tmp_path / "cluster")
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster:
        together = run(scheduler=cluster.scheduler_address)
    assert without_time(together) == without_time(alone)


def command(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "helpers.study", *arguments],
        env=os.environ | {"COURSE_RESULTS_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )


def stored(folder):
    content = json.loads((folder / "kmeans_mnist.quick.json").read_text())
    return without_time(content["trials"])


def test_a_killed_command_resumes_to_the_same_store(tmp_path):
    arguments = ("kmeans_mnist", "--profile", "quick")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert command(whole, *arguments).wait() == 0
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    complete = stored(whole)
    for longest in (0, 0.3):
        process = command(cut, *arguments)
        for _ in range(2):  # the headline, then the first trial
            process.stdout.readline()
        time.sleep(rng.uniform(0, longest))
        process.kill()
        process.wait()
        found = stored(cut)
        assert found and all(trial in complete for trial in found), f"seed {seed}"
        assert longest or len(found) < len(complete), "killed at once, and yet complete"
    assert command(cut, *arguments).wait() == 0
    assert stored(cut) == complete, f"seed {seed}"


def test_list_shows_every_study(tmp_path):
    output = command(tmp_path, "--list").communicate()[0]
    for name in STUDIES:
        assert re.search(rf"{name} +0 of \d+ full trials stored", output)


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    process = command(tmp_path, "kmeens")
    output = process.communicate()[0]
    assert process.returncode == 2
    assert "No study is called 'kmeens'. There are: svc_mnist, cnn_mnist" in output


@pytest.mark.parametrize("study_", STUDIES.values(), ids=STUDIES)
def test_every_study_has_three_seeds_and_frozen_settings(study_):
    seeds = {}
    for trial in study_.trials("full"):
        seeds.setdefault((trial.row, trial.variant), set()).add(trial.seed)
        assert hash(trial.settings) is not None
    assert all(len(found) >= 3 for found in seeds.values())


def test_lists_of_numbers_take_one_line_and_text_stays_as_it_is(results):
    def curves(settings, seed):
        return {"history": {"loss": [1.5, 2e-05, -3]}, "note": "[\n1 , 2\n]", "words": ["a", "b"]}

    stored = study.run(Study("powers", trials, curves), report=quiet)
    assert '"loss": [ 1.5, 2e-05, -3 ]' in (results / "powers.json").read_text()
    assert stored[0]["note"] == "[\n1 , 2\n]" and stored[0]["words"] == ["a", "b"]
