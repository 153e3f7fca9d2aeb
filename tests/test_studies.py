"""The studies on a thousand drawn digits, and what is stored of them."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import Future
from dataclasses import asdict, replace

import numpy as np
import pytest

from helpers import data
from helpers.cluster import kmeans
from helpers.data import Dataset
from helpers.filters import shifted
from helpers.models import NETWORKS, build
from helpers.probes import accuracy_by_shift, dense_weights
from helpers.settings import Training
from helpers.studies import (
    STUDIES,
    cifar10,
    cifar10_deeper,
    cifar10_speedrun,
    cnn_mnist,
    kmeans_mnist,
    shift_mnist,
    svc_mnist,
)
from helpers.studies.plan import PROFILES
from helpers.studies.shift_mnist import FARTHEST
from helpers.study import load, seconds_per_image, times
from helpers.study.store import Store
from helpers.study.task import Task
from helpers.training import digests, load_images, network


def digits():
    """A bright row says the class."""
    rng = np.random.default_rng(0)
    y = np.arange(1_030) % 10
    x = rng.integers(0, 200, (1_030, 28, 28), dtype=np.uint8)
    x[np.arange(1_030), 2 * y + 4] = 250
    return Dataset(
        x[:-30], y[:-30], x[-30:], y[-30:], tuple("0123456789"), "drawn digits", "copy", "made here"
    )


def pictures():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 255, (630, 32, 32, 3), dtype=np.uint8), np.arange(630) % 10
    return Dataset(
        x[:-30], y[:-30], x[-30:], y[-30:], tuple("abcdefghij"), "noise", "copy", "made here"
    )


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    monkeypatch.setattr(data, "cifar10", pictures)
    for module in (data, svc_mnist, kmeans_mnist, shift_mnist):
        monkeypatch.setattr(module, "mnist", digits)


def results(name, variant, keep_weights=False):
    drawn = pictures if name.startswith("cifar10") else digits
    study = replace(STUDIES[name], data=drawn)
    (trial,) = (trial for trial in study.trials("quick") if trial.variant == variant)
    result, weights = Task.of(Store(study, "quick"), replace(trial, keep_weights=keep_weights))()
    return result | {"weights": weights}


# --- All studies -------------------------------------------------------------------------


def test_listing_the_studies_loads_no_keras():
    code = """
import sys
from helpers.study.__main__ import main
main(["--list"])
assert "helpers.studies.cnn_mnist" in sys.modules
print({"keras", "tensorflow", "torch", "jax", "matplotlib"} & set(sys.modules))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.endswith("trials stored\nset()\n")


@pytest.mark.parametrize("name", STUDIES)
def test_no_two_trials_are_the_same(name):
    """Quick ones of several amounts of images may be."""
    plan = STUDIES[name].trials("full")
    assert len({trial.identity for trial in plan}) == len(plan)
    for profile in PROFILES:
        plan = STUDIES[name].trials(profile)
        assert len({str(trial) for trial in plan}) == len(plan)


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_three_seeds_and_frozen_settings(name):
    seeds = {}
    for trial in STUDIES[name].trials("full"):
        assert hash(trial.settings) is not None
        if getattr(trial.settings, "threads", 2) > 2:  # a rerun, which is one of several kinds
            continue
        if not getattr(trial.settings, "held_out", 0):  # by those a rate is chosen, nothing claimed
            seeds.setdefault(trial.variant, []).append(trial.seed)
    assert all(found == list(range(max(3, len(found)))) for found in seeds.values())


def test_studies_that_share_a_store_share_what_computes():
    for one in STUDIES.values():
        for other in STUDIES.values():
            if one.store == other.store:
                assert (one.run, one.data, one.packages) == (other.run, other.data, other.packages)


@pytest.mark.parametrize("name", STUDIES)
def test_quick_trials_are_smaller_forms_of_the_full_ones(name):
    full = {(trial.row, trial.variant) for trial in STUDIES[name].trials("full")}
    quick = STUDIES[name].trials("quick")
    assert {(trial.row, trial.variant) for trial in quick} == full
    assert all(trial.settings.n_train <= 1_000 for trial in quick)


@pytest.mark.parametrize("name", STUDIES)
def test_trainings_are_of_networks_that_there_are(name):
    used = [trial.settings for trial in STUDIES[name].trials("full")]
    networks = {settings.network for settings in used if isinstance(settings, Training)}
    assert networks <= set(NETWORKS)


@pytest.mark.parametrize("file", {study.store: study for study in STUDIES.values()})
def test_every_stored_trial_is_of_a_study(file):
    """And of the network, the optimizer and the kind of data that it was then."""
    sharing = [Store(study) for study in STUDIES.values() if study.store == file]
    found = [s for store in sharing for _, s in store.found() if s is not None]
    stored = sharing[0].read()
    assert stored or file.startswith("cifar10_"), "nothing is stored"
    assert all(trial in found for trial in stored)
    for trial in stored:
        assert trial["data"]["kind"] in ("original", "copy")
        assert trial["data"].keys() >= {"name", "n_train", "n_test", "source"}
        assert (isinstance(trial["hardware"], str) and trial["code"] is None) or trial["code"][
            "commit"
        ]


def stored_trainings():
    """Yield the settings of each stored training, and a trial of them."""
    kinds = {}
    for study in STUDIES.values():
        for trial, stored in Store(study).found():
            if stored is not None and isinstance(trial.settings, Training):
                kinds.setdefault((trial.settings, stored["n_train"]), []).append(stored)
    return kinds


def test_no_network_has_changed_under_its_stored_results():
    assert len(stored_trainings()) >= 29
    for (settings, n_train), trials in stored_trainings().items():
        params = build(settings.network, **dict(settings.network_options)).count_params()
        now = digests(settings, n_train)
        for trial in trials:
            assert trial["params"] == params, settings
            assert trial["digests"] == now, settings


def test_the_baseline_of_two_studies_is_stored_once():
    one = load("cifar10_stride_vs_maxpool", variant="strides, 5K")
    other = load("cifar10_l1", variant="L1 0.0001, 5K")
    assert [t["history"] for t in one] == [t["history"] for t in other] and len(one) == 5
    stored = len(Store(STUDIES["cifar10_l1"]).read())
    loaded = sum(len(load(f"cifar10_{name}")) for name in ("stride_vs_maxpool", "l1"))
    assert loaded == stored + 5 + 3  # the seeds on 5,000 images, and on 40,000


# --- Support vectors ---------------------------------------------------------------------


def test_support_vectors_come_from_scikit_learn_where_intel_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearnex.svm", None)
    classifier, package = svc_mnist.support_vector_classifier()
    assert classifier.__module__.startswith("sklearn.") and package == "scikit-learn"


def test_support_vectors_come_from_intel_where_it_is_installed(monkeypatch):
    package = type(sys)("sklearnex.svm")
    package.SVC = type("SVC", (), {})
    monkeypatch.setitem(sys.modules, "sklearnex", type(sys)("sklearnex"))
    monkeypatch.setitem(sys.modules, "sklearnex.svm", package)
    assert svc_mnist.support_vector_classifier() == (package.SVC, "scikit-learn-intelex")


def test_digits_are_told_apart_by_support_vectors(monkeypatch):
    from sklearn.svm import SVC

    monkeypatch.setitem(sys.modules, "sklearnex.svm", None)
    found = svc_mnist.classify_digits(svc_mnist.SupportVectors(C=10.0, n_train=30), seed=1)
    order = np.random.default_rng(1).permutation(1_000)[:30]
    small = digits()
    model = SVC(C=10).fit(small.x_train[order].reshape(30, -1) / 255, small.y_train[order])
    assert found["test_accuracy"] == model.score(small.x_test.reshape(30, -1) / 255, small.y_test)
    assert found["support_vectors"] == model.n_support_.sum()
    assert found["solver"].startswith("scikit-learn 1.")
    assert min(found["fit_seconds"], found["predict_seconds"]) >= 0
    predicted = model.predict(small.x_test.reshape(30, -1) / 255)
    assert found["wrong"].tolist() == [i for i in range(30) if predicted[i] != small.y_test[i]]
    assert "val_accuracy" not in found


def test_digits_held_out_judge_support_vectors_that_did_not_see_them(monkeypatch):
    from sklearn.svm import SVC

    monkeypatch.setitem(sys.modules, "sklearnex.svm", None)
    settings = svc_mnist.SupportVectors(C=10.0, n_train=60, validation_split=1 / 4)
    found = svc_mnist.classify_digits(settings, seed=2)
    order, small = np.random.default_rng(2).permutation(1_000)[:60], digits()
    x, y = small.x_train[order].reshape(60, -1) / 255, small.y_train[order]
    model = SVC(C=10).fit(x[:45], y[:45])
    assert found["support_vectors"] == model.n_support_.sum()
    assert found["val_accuracy"] == model.score(x[45:], y[45:])


# --- k-means -----------------------------------------------------------------------------


def test_contingency_counts_each_label_in_each_cluster():
    rng = np.random.default_rng(0)
    labels, clusters = rng.integers(0, 10, 200), rng.integers(0, 7, 200)
    expected = np.zeros((7, 10), int)
    for label, cluster in zip(labels, clusters, strict=True):
        expected[cluster, label] += 1
    assert np.array_equal(kmeans_mnist.contingency(labels, clusters, 7), expected)


def test_clusters_of_digits_are_scored_against_their_labels():
    found = kmeans_mnist.cluster_digits(kmeans_mnist.Clustering(4, "random", 100), seed=1)
    x, labels = digits().x_train[:100].reshape(100, -1) / 255, digits().y_train[:100]
    result = kmeans(x.astype(np.float32), 4, init="random", seed=1)
    members = [labels[result.labels == cluster].tolist() for cluster in range(4)]
    assert found["sizes"] == [len(inside) for inside in members]
    counts = [Counter(inside) for inside in members]
    for count, label in zip(counts, found["majority_labels"], strict=True):
        assert count[label] == max(count.values())
    assert found["purity"] == sum(max(count.values()) for count in counts) / 100
    assert found["inertia"] == pytest.approx(result.inertia)
    assert 0 < found["adjusted_rand_index"] < 1 and found["n_iter"] == result.n_iter


# --- Networks on MNIST -------------------------------------------------------------------


def test_b5_sees_as_many_batches_as_the_report_says():
    assert cnn_mnist.B5.epochs * cnn_mnist.B5.steps_per_epoch == 3_000
    assert 60_000 * (1 - cnn_mnist.B5.validation_split) == pytest.approx(55_000)


@pytest.mark.parametrize("variant", ["B5", "improved"])
def test_the_networks_for_mnist_train(variant):
    found = results("cnn_mnist", variant, keep_weights=True)
    assert found["backend"] == "tensorflow" and found["versions"]["tensorflow"]
    assert np.sum(found["confusion"]) == 30
    assert network(found["settings"], found["weights"]).count_params() == found["params"]


# --- Shifts ------------------------------------------------------------------------------


def test_accuracy_by_shift_is_the_mean_of_four_directions():
    class SeesAWindow:
        """Sees a point up to 3 pixels down, 5 to the left, 7 up, and any to the right."""

        def predict(self, x, **_):
            window = x[:, FARTHEST - 7 : FARTHEST + 4, FARTHEST - 5 :]
            seen = window.any(axis=(1, 2, 3))
            return np.stack([~seen, seen], axis=1)

    x = np.zeros((4, 2 * FARTHEST + 1, 2 * FARTHEST + 1, 1))
    x[:, FARTHEST, FARTHEST] = 1
    found = accuracy_by_shift(SeesAWindow(), x, np.array([1, 1, 1, 0]), FARTHEST)
    # Out of sight the label 0 is right, once in four.
    ways_in_sight = np.array([4] * 4 + [3] * 2 + [2] * 2 + [1])
    assert found == list((ways_in_sight * 0.75 + (4 - ways_in_sight) * 0.25) / 4)


def test_networks_are_tried_on_moved_digits():
    found = results("shift_mnist", "dense, moved digits")
    assert len(found["shift_accuracy"]) == FARTHEST + 1
    assert found["shift_accuracy"][0] == pytest.approx(found["test_accuracy"])
    assert all(0 <= accuracy <= 1 for accuracy in found["shift_accuracy"])


def test_digits_have_room_to_move():
    x, _ = load_images(shift_mnist.BASE, seed=0)["test"]
    assert x.shape == (30, 44, 44, 1)
    for down, right in ((FARTHEST, FARTHEST), (-FARTHEST, -FARTHEST)):
        assert shifted(x, down, right).sum() == pytest.approx(x.sum())


# --- CIFAR-10 ----------------------------------------------------------------------------


def test_weights_of_a_dense_layer_are_counted():
    found = dense_weights(np.array([[0.0, -0.0009, 0.001, 0.005], [0.295, 9, -9, -0.3]]))
    assert found["near_zero"] == 2 / 8
    # Bins of 0.01 from -0.3 to 0.3; what lies beyond is counted in the outer ones.
    assert found["weight_counts"].nonzero()[0].tolist() == [0, 29, 30, 59]
    assert found["weight_counts"][[0, 29, 30, 59]].tolist() == [2, 1, 3, 2]


def test_kernels_and_weights_of_a_training_are_handed_on(monkeypatch):
    class Layer:
        def __init__(self, weights):
            self.weights = weights

        def get_weights(self):
            return [np.array(self.weights)]

    class Network:
        layers = (Layer([[0.12345]]), Layer([[0.0, 0.005]]))
        get_weights = staticmethod(lambda: "all")

    monkeypatch.setattr("helpers.training.train", lambda settings, seed: (Network, {"s": seed}))
    found = cifar10.classify_images(None, 3)
    assert (found["s"], found["kernels"], found["weights"]) == (3, [[0.123]], "all")
    assert found["near_zero"] == 0.5 and found["weight_counts"].sum() == 2


def test_cifar10_networks_train():
    found = results("cifar10_l1", "L1 0.01, 5K", keep_weights=True)
    assert [np.shape(w) for w in found["weights"]][:2] == [(3, 3, 3, 16), (16,)]
    assert np.shape(found["kernels"]) == (3, 3, 3, 16) and sum(found["weight_counts"]) == 20_480
    assert found["n_train"] == 450


@pytest.mark.parametrize("variant", ["colour jitter", "noise", "dropout 0.5"])
def test_a_change_of_the_narrow_network_trains(variant):
    found = results("cifar10_ablations", variant)
    assert len(found["history"]["val_accuracy"]) == 1 and found["n_train"] == 400


def test_each_change_differs_from_the_base_in_one_place():
    base = asdict(cifar10_deeper.NARROW)
    plan = cifar10_deeper.ABLATIONS
    several = {"SGD, momentum": ["optimizer", "learning_rate", "momentum", "weight_decay"]}
    for (_, name), settings in plan.items():
        changed = [key for key, value in asdict(settings).items() if value != base[key]]
        assert sorted(changed) == sorted(several.get(name, changed[:1])), name
    assert len(plan) == len(set(plan.values())) == 23


def test_a_change_is_trained_with_the_seed_of_its_trial(monkeypatch):
    monkeypatch.setattr("helpers.training.train", lambda *given: ("a network", given))
    assert cifar10_deeper.learn("settings", 3) == ("settings", 3)


def test_changes_and_reruns_are_as_many_as_lesson_11_says():
    for name, several in (("ablations", 5), ("lagging", 4)):
        runs = Counter(trial.variant for trial in STUDIES[f"cifar10_{name}"].trials("full"))
        assert {*runs.values()} == {several}
    reruns = STUDIES["cifar10_deeper_reruns"].trials("full")
    for changes in (cifar10_deeper.ABLATIONS, cifar10_deeper.LAGGING):
        of_base = [t for t in reruns if t.settings.training == changes["C9", "base"]]
        assert sorted(t.settings.threads for t in of_base) == [2, 2, 2, 3, 4, 5, 6]


def test_all_trainings_that_are_compared_at_equal_time_are_timed():
    timed = dict(cifar10_deeper.TIMED).values()
    for name in ("ladder", "ladder_c6", "ablations"):
        for trial in STUDIES[f"cifar10_{name}"].trials("full"):
            if trial.variant not in ("C6, rate 1e-3", "C6, as Keras has it"):  # as long as C6
                assert replace(trial.settings, patience=None) in timed
    assert not any(training.patience for training in timed)  # it would be timed twice
    (turns,) = {trial.settings for trial in STUDIES["cifar10_deeper_time"].trials("full")}
    assert (turns.n_train, turns.rounds) == (1_250, 5)


def test_strides_are_the_study_of_l1_with_1e_minus_4():
    assert cifar10._with_l1(1e-4) == cifar10.STRIDES
    assert float(build("D3").layers[-1].kernel_regularizer.l1) == pytest.approx(1e-4)


def test_a_rerun_has_its_own_process_threads_and_always_seed_0(monkeypatch):
    class Pool:
        def __init__(self, n, context, initializer, initargs):
            assert (n, context.get_start_method()) == (1, "spawn")
            initializer(*initargs)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def submit(self, run, settings, seed):
            future = Future()
            threads = os.environ["TF_NUM_INTRAOP_THREADS"]
            result = {"run": run, "ran": settings, "s": seed, "t": threads, "weights": []}
            future.set_result(result)
            return future

    monkeypatch.setattr(cifar10, "ProcessPoolExecutor", Pool)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = cifar10.rerun(cifar10.Rerun(cifar10.STRIDES, threads=2, n_train=9), seed=4)
    assert found == {
        **{"run": cifar10.classify_images, "ran": replace(cifar10.STRIDES, n_train=9)},
        **{"s": 0, "t": "2"},
    }


def test_trainings_that_are_timed_take_turns():
    found = results("cifar10_time", "an epoch of each")
    assert list(found["epoch_seconds"]) == [name for name, _ in cifar10.TIMED]
    assert all(len(rounds) == 1 and rounds[0] > 0 for rounds in found["epoch_seconds"].values())
    assert found["n_train"] == 450


# --- Three minutes -------------------------------------------------------------------------


class Told:
    """A network whose logits are what is told of each image's first pixel, from the left."""

    def __init__(self, logits):
        self.logits = np.array(logits, float)

    def predict(self, x, **_):
        return self.logits[x[:, 0, 0, 0].astype(int)]


def tell(monkeypatch, networks, y):
    """Let trainings give these networks, of two images: one begins with a 0, and ends with a 1."""
    x = np.zeros((2, 1, 2, 3))
    x[0, 0, 1] = x[1, 0, 0] = 1
    labels = {"train": [0, 0], "val": np.add(y, 1) % 3, "test": y}
    images = {name: (x, np.eye(3)[of]) for name, of in labels.items()}
    networks = iter(networks)
    seeds = []

    def train(settings, seed):
        seeds.append(seed)
        return next(networks), {"params": 5, "n_train": 2, "test_accuracy": 0.25 * seed}

    def load_images(settings, seed):
        seeds.append(seed)
        return images

    monkeypatch.setattr("helpers.training.load_images", load_images)
    monkeypatch.setattr("helpers.training.train", train)
    return seeds


def test_probabilities_add_up_to_one_whatever_the_logits():
    x = np.array([0, 1]).reshape(2, 1, 1, 1)
    found = cifar10_speedrun.probabilities(Told([[1000, 1000, -1000], [0, np.log(2), 0]]), x)
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [0.25, 0.5, 0.25]])


def test_answers_of_the_mirror_are_averaged_as_probabilities(monkeypatch):
    """The first view says 0, the second 1. Their mean says 0; the mean of logits would say 2."""
    network = Told(np.log([[0.98, 0.0001, 0.0199], [0.0001, 0.58, 0.4199]]))
    seeds = tell(monkeypatch, [network], [0, 1])
    found = cifar10_speedrun.race(None, seed=2)
    assert seeds == [2, 2] and found == {
        "params": 5,
        "n_train": 2,
        "test_accuracy": 0.5,
        "val_mirrored_accuracy": 0,
        "test_mirrored_accuracy": 0.5,
    }
    tell(monkeypatch, [network], [0, 0])
    assert cifar10_speedrun.race(None, seed=2)["test_mirrored_accuracy"] == 1


def test_a_team_answers_with_the_mean_of_its_probabilities(monkeypatch):
    """Both are sure of a wrong class, and nearly as sure of the right one."""
    networks = [
        Told(np.log([[0.55, 0.01, 0.44], [0.9, 0.09, 0.01]])),
        Told(np.log([[0.01, 0.55, 0.44], [0.2, 0.7, 0.1]])),
    ]
    seeds = tell(monkeypatch, networks, [2, 0])
    settings = replace(cifar10_speedrun.TEAMS["C6", "two networks, half as long"].settings)
    found = cifar10_speedrun.average(settings, seed=1)
    assert seeds[:2] == [2, 3]  # no two teams share a member
    assert found["member_accuracies"] == [0.5, 0.75] and found["params"] == 10
    assert found["test_accuracy"] == 1
    assert found["test_mirrored_accuracy"] == 0.5  # both images are answered with 0


def test_no_plan_trains_longer_than_the_budget_by_what_its_images_cost():
    """And none leaves more than a twentieth of it."""
    per_image = seconds_per_image(load("cifar10_speedrun_time"))
    for trial in STUDIES["cifar10_speedrun"].trials("full"):
        stored = {"settings": trial.stored_settings, "n_train": 45_000}
        stored["history"] = {"loss": [0] * trial.settings.epochs}
        seconds = times(per_image)(stored)[-1] / cifar10_speedrun.BUDGET
        assert 0.95 < seconds <= 1, trial
    half = asdict(cifar10_speedrun.HALF)
    whole = asdict(cifar10_speedrun.RACE["C6", "32 filters"].settings)
    assert half | {"epochs": 2 * half["epochs"]} == whole


def test_no_race_looks_at_the_test_images_before_its_end():
    for trial in STUDIES["cifar10_speedrun"].trials("full"):
        assert trial.settings.validation_split == 0.1 and not trial.settings.watch_test
