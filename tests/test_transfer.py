"""A pretrained network for other images: its features, a classifier on them, and tuning."""

from dataclasses import replace

import numpy as np
import pytest

from helpers import transfer
from helpers._keras import keras
from helpers.data import Dataset, pixels
from helpers.settings import Training
from helpers.studies import cifar10_transfer
from helpers.training import compile_network, load_images
from helpers.transfer import BLOCKS, classifying, features, fine_tune, freeze, linear_classifier

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def network():
    """The whole network for images of 32 pixels, not enlarged, and its base."""
    return classifying(32)


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_enlarged_images_keep_what_is_even_and_rise_in_between():
    grey = np.full((1, 4, 4, 3), 0.25, np.float32)
    assert np.allclose(transfer.resized(grey, 12), 0.25, atol=1e-6)
    ramp = np.broadcast_to(np.arange(8, dtype=np.float32)[:, None], (1, 8, 8, 3))
    assert (np.diff(transfer.resized(ramp, 16)[0, 0, :, 0]) > 0).all()


def test_features_are_the_means_of_the_last_maps(network):
    _, base = network
    expected = array(base(pixels(IMAGES), training=False)).mean(axis=(1, 2))
    assert np.allclose(features(IMAGES, 32), expected, atol=2e-3)


def test_features_are_computed_once_and_resumed(tmp_path, monkeypatch):
    expected, asked = features(IMAGES, 32), []
    frozen = transfer.frozen

    class Counting:
        def __init__(self, size):
            self.model = frozen(size)

        def predict(self, x, **how):
            asked.append(len(x))
            if sum(asked) > 5:
                raise KeyboardInterrupt
            return self.model.predict(x, **how)

    monkeypatch.setattr(transfer, "frozen", Counting)
    monkeypatch.setattr(transfer, "AT_A_TIME", 2)
    with pytest.raises(KeyboardInterrupt):
        features(IMAGES, 32, folder=tmp_path)
    assert asked == [2, 2, 2]
    asked.clear()
    found = features(IMAGES, 32, some=np.array([5, 0, 4]), folder=tmp_path)
    assert asked == [2] and np.allclose(found, expected[[5, 0, 4]], atol=2e-3)
    other = features(IMAGES[::-1], 32, some=np.array([0]), folder=tmp_path)
    assert np.allclose(other, expected[5:], atol=2e-3) and asked == [2, 1]
    assert len(list(tmp_path.glob("features_32_*.npy"))) == 2


def test_nothing_is_trained_in_what_makes_features():
    assert not transfer.frozen(32).trainable_weights


def test_the_penalty_is_chosen_on_what_is_held_out():
    y = np.arange(100) % 4
    x = RNG.normal(size=(100, 30))
    x[np.arange(100), y] += 4
    classifier, accuracies = linear_classifier(x, y, seed=0)
    assert list(accuracies) == list(transfer.PENALTIES)
    assert accuracies[classifier[-1].C] == max(accuracies.values())
    assert classifier.score(x, y) > 0.95
    assert classifier[0].n_samples_seen_ == 100  # fitted on all in the end
    shuffled = RNG.permutation(y)
    nothing, by_chance = linear_classifier(x, shuffled, seed=0)
    assert linear_classifier(x, shuffled, seed=1)[1] != by_chance
    assert nothing.score(RNG.normal(size=(400, 30)), np.arange(400) % 4) < 0.4


@pytest.mark.parametrize(("blocks", "stem", "block7", "block8", "head"), [
    (0, True, True, True, True),
    (1, False, True, True, True),
    (8, False, False, True, True),
    (BLOCKS, False, False, False, False),
])  # fmt: skip
def test_the_first_blocks_are_frozen(network, blocks, stem, block7, block8, head):
    model, base = network
    freeze(base, blocks)
    names = ("stem", "block7_expand", "block8_depthwise_norm", "head")
    assert [base.get_layer(name).trainable for name in names] == [stem, block7, block8, head]
    assert model.layers[-1].trainable


@pytest.mark.parametrize("blocks", [-1, 17, 2.5, None])
def test_other_numbers_of_blocks_are_refused(network, blocks):
    with pytest.raises((ValueError, TypeError), match="blocks must be"):
        freeze(network[1], blocks)


def test_a_linear_classifier_becomes_the_last_layer(network):
    model, _ = network
    y = np.arange(60) % 10
    x = RNG.normal(3, 2, (60, 1280))
    x[np.arange(60), y] += 9
    classifier, _ = linear_classifier(x, y, seed=0)
    transfer.start_with(model, classifier)
    logits = x @ array(model.layers[-1].kernel) + array(model.layers[-1].bias)
    assert np.allclose(logits, classifier.decision_function(x), atol=1e-3)


def test_the_whole_network_is_the_features_and_a_last_layer():
    model, _ = classifying(64)
    kernel, bias = RNG.normal(size=(1280, 10)) / 100, RNG.normal(size=10)
    model.layers[-1].set_weights([kernel, bias])
    expected = features(IMAGES, 64) @ kernel + bias
    assert np.allclose(array(model(pixels(IMAGES), training=False)), expected, atol=5e-3)


def test_images_are_mirrored_from_left_to_right_and_in_training_alone(network):
    (flip,) = (layer for layer in network[0].layers if isinstance(layer, keras.layers.RandomFlip))
    x = np.repeat(pixels(IMAGES), 5, axis=0)
    mirrored = array(flip(x, training=True))
    as_before = [np.array_equal(a, b) for a, b in zip(x, mirrored, strict=True)]
    turned = [np.array_equal(a[:, ::-1], b) for a, b in zip(x, mirrored, strict=True)]
    assert np.add(as_before, turned).tolist() == [1] * len(x) and any(turned)
    assert np.array_equal(array(flip(x, training=False)), x)


def test_tuning_changes_what_is_free_and_nothing_else(monkeypatch):
    keras.utils.set_random_seed(0)
    model, base = classifying(32)
    before = {layer.name: layer.get_weights() for layer in base.layers}
    images = {name: (pixels(IMAGES), keras.utils.to_categorical(range(6), 10))
              for name in ("train", "test")}  # fmt: skip
    stages = ((BLOCKS, 1, 1e-2), (8, 3, 1e-3))
    told = []
    monkeypatch.setattr(
        transfer,
        "compile_network",
        lambda model, settings, steps: (
            told.append((settings.learning_rate, settings.schedule, steps)),
            compile_network(model, settings, steps=steps),
        ),
    )
    first, second = fine_tune(model, base, stages, images, batch_size=2)
    assert told == [(1e-2, "cosine", 3), (1e-3, "cosine", 9)]
    assert len(first["history"]["loss"]) == 1 and len(second["history"]["loss"]) == 3
    assert {"test_accuracy", "test_loss"} <= first.keys()
    for layer in base.layers:
        same = all(
            np.array_equal(a, b)
            for a, b in zip(before[layer.name], layer.get_weights(), strict=True)
        )
        free = transfer._block_of(layer.name) >= 8 and layer.weights
        assert same != bool(free), layer.name  # running means and variances, too


@pytest.mark.parametrize("norm", [False, True])
def test_a_frozen_normalisation_runs_as_in_use_while_the_rest_is_tuned(norm):
    keras.utils.set_random_seed(0)
    model, base = classifying(32)
    images = {name: (pixels(IMAGES), keras.utils.to_categorical(range(6), 10))
              for name in ("train", "test")}  # fmt: skip
    before = {layer.name: layer.get_weights() for layer in base.layers if layer.weights}
    fine_tune(model, base, ((8, 1, 1e-3),), images, batch_size=2, norm=norm)
    for name, weights in before.items():
        same = all(map(np.array_equal, weights, base.get_layer(name).get_weights()))
        normalises = isinstance(base.get_layer(name), keras.layers.BatchNormalization)
        assert same == (transfer._block_of(name) < 8 or (norm and normalises)), name


def test_random_weights_are_another_network():
    pretrained, random = (classifying(32, weights=w)[1] for w in ("imagenet", None))
    assert pretrained.count_params() == random.count_params()
    assert not np.allclose(array(pretrained.layers[2].kernel), array(random.layers[2].kernel))


# --- The studies ---------------------------------------------------------------------------------


@pytest.fixture
def bright(monkeypatch, tmp_path):
    """Images whose brightness says the class, as CIFAR-10."""
    y = np.arange(60) % 10
    noise = np.random.default_rng(1).integers(0, 20, (60, 32, 32, 3))
    x = (noise + 23 * y[:, None, None, None]).astype(np.uint8)
    dataset = Dataset(x[:40], y[:40], x[40:], y[40:], (*"abcdefghij",), "bright", "copy", "made")
    monkeypatch.setattr(cifar10_transfer, "cifar10", lambda: dataset)
    monkeypatch.setattr("helpers.data.cifar10", lambda: dataset)
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    return dataset


def test_a_study_draws_the_images_that_a_training_draws(bright):
    training = Training("D7+", "cifar10", epochs=1, batch_size=5, n_train=7)
    x, _ = load_images(training, 3)["train"]
    drawn = bright.drawn(7, 3)
    assert np.array_equal(x, pixels(bright.x_train[drawn]))


def test_a_frozen_network_tells_classes_apart(bright, monkeypatch):
    monkeypatch.setattr(transfer, "PENALTIES", (0.1, 1.0))
    found = cifar10_transfer.classify_frozen(cifar10_transfer.Frozen(32, 40, n_test=20), seed=0)
    assert found["n_train"] == 40 and found["penalties"] == [0.1, 1.0]
    assert found["val_accuracy"] == max(found["val_accuracies"])
    assert found["test_accuracy"] > 0.25  # one in ten by chance
    assert np.mean(found["predicted"] == bright.y_test) == found["test_accuracy"]
    without = cifar10_transfer.classify_frozen(cifar10_transfer.Frozen(32, 40, n_test=0), seed=0)
    assert "test_accuracy" not in without


@pytest.mark.parametrize("weights", ["imagenet", None])
def test_tuning_starts_with_the_classifier_or_with_nothing(bright, monkeypatch, weights):
    begun = []
    monkeypatch.setattr(transfer, "start_with", lambda model, classifier: begun.append(classifier))
    settings = cifar10_transfer.Tuning(32, 30, ((8, 1, 1e-3),), weights, n_test=10)
    found = cifar10_transfer.tune(settings, seed=0)
    assert len(begun) == (weights is not None)
    assert found["test_accuracy"] == found["stages"][-1]["test_accuracy"]
    assert found["params"] == 4_694_024 - 1_281 * 1_000 + 1_281 * 10


def test_tuning_says_whether_batch_normalisation_is_frozen(bright, monkeypatch):
    told, end = [], [{"test_accuracy": 0.5}]
    monkeypatch.setattr(
        transfer, "fine_tune", lambda *_, **options: (told.append(options["norm"]), end)[1]
    )
    for how in ("at once", "in stages"):
        for norm in ("", "batch norm frozen, "):
            settings = cifar10_transfer.TUNED["C12", f"tuned {how}, {norm}1,000 images"].settings
            cifar10_transfer.tune(replace(settings, size=32, n_train=30, n_test=10), seed=0)
    assert told == [False, True, False, True]
