"""The studies on a thousand drawn digits, and what is stored of them."""

import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from helpers import data, study
from helpers.cluster import kmeans
from helpers.data import Dataset
from helpers.models import NETWORKS, build
from helpers.settings import Training
from helpers.studies import STUDIES, cifar10, cnn_mnist, kmeans_mnist, shift_mnist, svc_mnist
from helpers.studies.shift_mnist import FARTHEST, accuracy_by_shift, shifted
from helpers.training import load_images


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
def small(monkeypatch):
    monkeypatch.setattr(data, "cifar10", pictures)
    for module in (data, svc_mnist, kmeans_mnist):
        monkeypatch.setattr(module, "mnist", digits)


def results(name, variant):
    (trial,) = (
        trial
        for trial in STUDIES[name].trials("quick")
        if trial.variant == variant and trial.seed == 0
    )
    return study._run_trial(STUDIES[name], trial)


# --- All studies -------------------------------------------------------------------------


def test_listing_the_studies_loads_no_keras():
    code = """
import sys
from helpers.study import main
main(["--list"])
assert "helpers.studies.cnn_mnist" in sys.modules
print({"keras", "tensorflow", "torch", "jax", "matplotlib"} & set(sys.modules))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.endswith("trials stored\nset()\n")


@pytest.mark.parametrize("name", STUDIES)
def test_no_two_trials_are_the_same(name):
    for profile in study.PROFILES:
        trials = [json.dumps(t.as_stored(), sort_keys=True) for t in STUDIES[name].trials(profile)]
        assert [trial for trial, count in Counter(trials).items() if count > 1] == []


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


STORED = sorted(path for path in study.DEFAULT.glob("*.json") if ".quick" not in path.name)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_no_stored_trial_is_of_settings_that_have_changed(path):
    known = [trial.as_stored() for trial in STUDIES[path.stem].trials("full")]
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["study"] == path.stem
    for trial in content["trials"]:
        assert study._identity(trial) in known, (trial["variant"], trial["seed"])
        assert not trial["data_source"].startswith("STAND-IN")
        if "params" in trial:
            options = dict(trial["settings"]["network_options"])
            network = build(trial["settings"]["network"], **options)
            assert trial["params"] == network.count_params(), trial["variant"]


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
    assert found["data_source"] == digits().source


# --- k-means -----------------------------------------------------------------------------


def test_contingency_counts_each_label_in_each_cluster():
    rng = np.random.default_rng(0)
    labels, clusters = rng.integers(0, 10, 200), rng.integers(0, 7, 200)
    expected = np.zeros((7, 10), int)
    for label, cluster in zip(labels, clusters, strict=True):
        expected[cluster, label] += 1
    assert np.array_equal(kmeans_mnist.contingency(labels, clusters, 7), expected)


def test_clusters_of_digits_are_scored_against_their_labels():
    found = kmeans_mnist.cluster_digits(kmeans_mnist.Clustering(k=4, n_train=100), seed=0)
    x, labels = digits().x_train[:100].reshape(100, -1) / 255, digits().y_train[:100]
    result = kmeans(x.astype(np.float32), 4, seed=0)
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
    found = results("cnn_mnist", variant)
    assert found["backend"] == "tensorflow" and found["versions"]["tensorflow"]
    assert found["confusion"].sum() == 30 and found["data_source"] == digits().source


# --- Shifts ------------------------------------------------------------------------------


def test_shifted_agrees_with_a_loop():
    rng = np.random.default_rng(0)
    images = np.zeros((2, 9, 8, 3))
    images[:, 3:6, 3:5] = rng.random((2, 3, 2, 3))
    for down in range(-3, 4):
        for right in range(-3, 4):
            expected = np.zeros_like(images)
            for row in range(3, 6):
                for column in range(3, 5):
                    expected[:, row + down, column + right] = images[:, row, column]
            assert np.array_equal(shifted(images, down, right), expected), (down, right)


@pytest.mark.parametrize(
    ("down", "right"), [(4, 0), (-4, 0), (0, 4), (0, -4), (2, -4), (9, 0), (-10, 0), (0, -8)]
)
def test_nothing_may_leave_the_picture(down, right):
    images = np.zeros((1, 9, 8, 1))
    images[:, 3:6, 3:5] = 1
    with pytest.raises(ValueError, match=f"left the picture, received down={down}, right={right}"):
        shifted(images, down, right)


def test_accuracy_by_shift_is_the_mean_of_four_directions():
    class KnowsTheUpperHalf:
        """Sees a point at most 3 pixels below the middle, wherever it is across."""

        def predict(self, x, **_):
            seen = x[:, : 4 + FARTHEST].any(axis=(1, 2, 3))
            return np.stack([~seen, seen], axis=1)

    x = np.zeros((4, 2 * FARTHEST + 1, 2 * FARTHEST + 1, 1))
    x[:, FARTHEST, FARTHEST] = 1
    found = accuracy_by_shift(KnowsTheUpperHalf(), x, np.array([1, 1, 1, 0]))
    # Out of sight, one way of four, the label 0 is right, once in four.
    assert found == [0.75] * 4 + [(3 * 0.75 + 0.25) / 4] * 5


def test_networks_are_tried_on_moved_digits():
    found = results("shift_mnist", "dense, moved digits")
    assert len(found["shift_accuracy"]) == FARTHEST + 1
    assert found["shift_accuracy"][0] == pytest.approx(found["test_accuracy"])
    assert all(0 <= accuracy <= 1 for accuracy in found["shift_accuracy"])


def test_digits_have_room_to_move():
    x, _ = load_images(shift_mnist.BASE, seed=0)[0]["test"]
    assert x.shape == (30, 44, 44, 1)
    for down, right in ((FARTHEST, FARTHEST), (-FARTHEST, -FARTHEST)):
        assert shifted(x, down, right).sum() == pytest.approx(x.sum())


# --- CIFAR-10 ----------------------------------------------------------------------------


def test_weights_of_the_dense_layer_are_counted(monkeypatch):
    class Layer:
        def __init__(self, weights):
            self.weights = weights

        def get_weights(self):
            return [np.array(self.weights)]

    class Network:
        layers = (Layer([[0.12345]]), Layer([[0.0, -0.0009, 0.001, 0.005], [0.295, 9, -9, -0.3]]))

    monkeypatch.setattr("helpers.training.train", lambda settings, seed: (Network, {"seed": seed}))
    found = cifar10.classify_images(None, 3)
    assert found["seed"] == 3 and found["kernels"] == [[0.123]]
    assert found["near_zero"] == 2 / 8
    # Bins of 0.01 from -0.3 to 0.3; what lies beyond is counted in the outer ones.
    assert found["weight_counts"].nonzero()[0].tolist() == [0, 29, 30, 59]
    assert found["weight_counts"][[0, 29, 30, 59]].tolist() == [2, 1, 3, 2]


def test_cifar10_networks_train():
    found = results("cifar10_l1", "L1 0.01, 5K")
    assert found["kernels"].shape == (3, 3, 3, 16) and found["weight_counts"].sum() == 20_480
    assert found["n_train"] == 450 and found["data_source"] == pictures().source


def test_strides_are_the_study_of_l1_with_1e_minus_4():
    plain, penalised = (
        build("D3", **dict(options)) for options in ((), cifar10._with_l1(1e-4).network_options)
    )
    configs = [layer.get_config() | {"name": ""} for layer in plain.layers]
    assert configs == [layer.get_config() | {"name": ""} for layer in penalised.layers]


def test_trainings_that_are_timed_take_turns():
    found = results("cifar10_time", "an epoch of each")
    assert list(found["epoch_seconds"]) == [name for name, _ in cifar10.TIMED]
    assert all(len(rounds) == 1 and rounds[0] > 0 for rounds in found["epoch_seconds"].values())
    assert found["n_train"] == 450
