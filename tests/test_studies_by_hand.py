"""The networks of report E, and B's, in `helpers.nn`: their sizes, inputs and trainings."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from scipy.signal import correlate2d

from helpers import data, nn
from helpers.data import Dataset
from helpers.filters import filter_bank
from helpers.studies import by_hand, cnn_mnist
from helpers.studies import filter_bank as study_e1
from helpers.studies.by_hand import ByHand, bank_features, scaled, seen, train_by_hand
from helpers.study import load, weights


def digits(n_train=200, n_test=100):
    """A bright row says the class."""
    rng = np.random.default_rng(0)
    y = np.arange(n_train + n_test) % 10
    x = rng.integers(0, 100, (len(y), 28, 28), dtype=np.uint8)
    x[np.arange(len(y)), 2 * y + 4] = 250
    parts = x[:n_train], y[:n_train], x[n_train:], y[n_train:]
    return Dataset(*parts, tuple("0123456789"), "drawn digits", "copy", "made here")


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    monkeypatch.setattr(data, "mnist", digits)


@pytest.mark.parametrize(
    ("network", "input_shape", "flat", "parameters"),
    [
        ("E1", (1_296,), 1_296, 1_296 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10),
        ("linear", (784,), 784, 7_850),
        ("E2", (28, 28, 1), 800, 208 + 1_608 + 800 * 128 + 128 + 1_290),
        ("E2, average", (28, 28, 1), 800, 208 + 1_608 + 800 * 128 + 128 + 1_290),
        ("E3", (32, 32, 3), 1_440, 760 + 2_510 + 1_440 * 128 + 128 + 1_290),
        ("B5", (28, 28, 1), 784, 14_682),
    ],
)
def test_sizes_are_those_of_the_reports(network, input_shape, flat, parameters):
    built = nn.Network(by_hand.NETWORKS[network](), input_shape=input_shape)
    dense = next(layer for layer in built.layers if isinstance(layer, nn.Dense))
    assert dense.input_shape == (flat,)
    assert sum(array.size for array in built.parameters.values()) == parameters


@pytest.mark.parametrize(
    ("network", "pooling"),
    [("E2", "MaxPool2D"), ("E2, average", "AveragePooling2D"), ("E3", "MaxPool2D")],
)
def test_cnns_have_the_layers_of_report_e(network, pooling):
    layers = by_hand.NETWORKS[network]()
    assert " ".join(layer.name for layer in layers) == (
        f"Conv2D ReLU Conv2D ReLU {pooling} Flatten Dense ReLU Dense"
    )
    drawn = [getattr(layer, "kernel_initializer", None) for layer in layers]
    assert [drawn[place] for place in (0, 2, 6, 8)] == ["he_uniform"] * 3 + ["glorot_uniform"]


def test_the_seed_draws_the_first_weights_and_decay_shrinks_them():
    still = ByHand("linear", "pixels", learning_rate=1e-9, n_train=50)  # two steps
    first, other = (train_by_hand(still, seed=seed)["weights"][0] for seed in (0, 1))
    assert np.abs(first - other).max() > 0.1
    decayed = train_by_hand(replace(still, weight_decay=1e8), seed=0)["weights"][0]
    np.testing.assert_allclose(decayed, 0.9**2 * first, rtol=1e-3, atol=1e-5)


def test_features_are_the_largest_responses_to_the_filters():
    image = np.random.default_rng(0).random((28, 28), np.float32)
    features = bank_features(np.stack([image] * 2)).reshape(2, 6, 6, 36)
    for f in (0, 20, 35):
        response = correlate2d(image, filter_bank()[:, :, f], mode="valid")
        largest = response.reshape(6, 2, 6, 2).max(axis=(1, 3))
        np.testing.assert_allclose(features[1, :, :, f], largest, rtol=1e-4, atol=1e-5)


def test_images_are_seen_from_0_to_1_as_rows_or_as_features():
    drawn = digits()
    x, x_test = seen(digits, "images")
    assert x.shape == (200, 28, 28, 1) and x.max() == np.float32(250 / 255) and len(x_test) == 100
    np.testing.assert_array_equal(seen(digits, "pixels")[1], x_test.reshape(100, 784))
    x, x_test = seen(digits, "features")
    assert x.shape == (200, 1_296) and x.dtype == np.float32
    by_itself = bank_features(drawn.x_test[:1].astype(np.float32) / 255)
    np.testing.assert_allclose(x_test[:1], by_itself, rtol=1e-5)


def test_rows_are_scaled_by_those_trained_on():
    rng = np.random.default_rng(0)
    means, deviations = [1, 2, 3, 0], [1, 2, 0, 1e-7]
    x, other = (rng.normal(means, deviations, (50, 4)).astype(np.float32) for _ in range(2))
    each, other_each = scaled(x, other + 1)
    assert each.dtype == other_each.dtype == np.float32
    np.testing.assert_allclose(each.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(each.std(axis=0), [1, 1, 0, 0], atol=1e-6)
    mean, deviation = x.mean(axis=0), np.append(x.std(axis=0)[:2], [1, 1])
    np.testing.assert_allclose(other_each, (other + 1 - mean) / deviation, atol=1e-5)
    together, other_together = scaled(x, other, scaling="all")
    np.testing.assert_allclose(together, (x - x.mean()) / x.std(), atol=1e-5)
    np.testing.assert_allclose(other_together, (other - x.mean()) / x.std(), atol=1e-5)


@pytest.mark.parametrize(
    "settings",
    dict.fromkeys(
        v.settings for v in (study_e1.TRIED | study_e1.VARIANTS | by_hand.MNIST).values()
    ),
    ids=str,
)
def test_every_variant_trains(settings):
    found = train_by_hand(replace(settings, **by_hand.SMALL, watch=True), seed=0)
    assert found["n_train"] == 200 and found["confusion"].sum() == 100
    assert found["test_accuracy"] == np.trace(found["confusion"]) / 100
    assert set(found["history"]) == {"loss", "accuracy", "test_loss", "test_accuracy"}
    assert sum(array.size for array in found["weights"]) == found["params"]


def test_digits_are_learned_and_the_seed_settles_how():
    settings = ByHand("E2", epochs=8, n_train=150)
    found, again, other = (train_by_hand(settings, seed=seed) for seed in (0, 0, 1))
    assert found["test_accuracy"] > 0.9
    assert len(found["history"]["loss"]) == 8 and found["n_train"] == 150
    assert found["history"] == again["history"] != other["history"]


@pytest.mark.parametrize(("network", "known_nothing"), [("E1", np.log(2)), ("linear", np.log(10))])
def test_row_e1_answers_ten_questions_and_its_rival_one(network, known_nothing):
    """That is the loss of a sigmoid, or a softmax, that has no idea."""
    settings = ByHand(network, "pixels", scaling="all", learning_rate=1e-9, n_train=100)
    first = train_by_hand(settings, seed=0)["history"]["loss"][0]
    assert known_nothing - 0.1 < first < 2 * known_nothing


def test_held_out_images_are_watched_and_not_trained_on(monkeypatch):
    seen = []
    fit = nn.Network.fit

    def spy(network, x, y, *args, **how):
        seen.append((x, *how["validation_data"]))
        return fit(network, x, y, *args, **how)

    monkeypatch.setattr(nn.Network, "fit", spy)
    settings = ByHand("linear", "images", held_out=40)
    monkeypatch.setitem(by_hand.NETWORKS, "linear", lambda: [nn.Flatten(), nn.Dense(10)])
    found = train_by_hand(settings, seed=0)
    assert set(found["history"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    x, x_held, y_held = seen[0]
    assert (len(x), len(x_held), found["n_train"]) == (160, 40, 160)
    every = digits()
    both = np.concatenate([x, x_held])
    assert len(np.unique(both, axis=0)) == 200
    bright = x_held[np.arange(40), 2 * y_held + 4]
    assert (bright == np.float32(250 / 255)).all() and len(every.y_test) == 100


@pytest.mark.parametrize("schedule", ["constant", "linear"])
def test_the_rate_stays_or_falls_to_0_along_a_line(monkeypatch, schedule):
    rates = []
    step = nn.SGD.step

    def spy(optimizer, *arrays):
        rates.append(optimizer.learning_rate)
        step(optimizer, *arrays)

    monkeypatch.setattr(nn.SGD, "step", spy)
    train_by_hand(
        ByHand("linear", "pixels", schedule=schedule, epochs=2, n_train=90, batch_size=20), seed=0
    )
    expected = 0.02 * np.ones(10) if schedule == "constant" else 0.02 * np.arange(10, 0, -1) / 10
    np.testing.assert_allclose(rates, expected)


def test_nothing_is_watched_where_epochs_are_short():
    found = train_by_hand(ByHand("linear", "pixels", watch=False), seed=0)
    assert set(found["history"]) == {"loss", "accuracy"} and found["confusion"].sum() == 100


@pytest.mark.parametrize("inputs", by_hand.INPUTS)
def test_a_network_comes_back_from_its_weights(inputs):
    settings = ByHand("E2" if inputs == "images" else "linear", inputs, epochs=4)
    found = train_by_hand(settings, seed=0)
    built = by_hand.network(asdict(settings), [w.astype(np.float16) for w in found["weights"]])
    x, x_test = seen(digits, inputs)
    if inputs != "images":
        _, x_test = scaled(x, x_test)
    drawn = digits()
    assert built.evaluate(x_test, drawn.y_test)["accuracy"] == found["test_accuracy"]
    with pytest.raises(ValueError, match="weights must be a list of"):
        by_hand.network(settings, found["weights"][1:])
    with pytest.raises(ValueError, match=r"kernel.shape must be"):
        by_hand.network(settings, [w.T for w in found["weights"]])


@pytest.mark.parametrize("held_out", [0, 40])
def test_images_that_are_not_trained_on_do_not_scale_them(monkeypatch, held_out):
    seen_by_network = []
    fit = nn.Network.fit

    def spy(network, x, y, *args, **how):
        seen_by_network.append((x, how["validation_data"][0]))
        return fit(network, x, y, *args, **how)

    monkeypatch.setattr(nn.Network, "fit", spy)
    train_by_hand(ByHand("linear", "pixels", held_out=held_out, n_train=60), seed=1)
    ((x, watched),) = seen_by_network
    assert len(x) == 60 and len(watched) == (held_out or 100)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-5)
    assert np.abs(watched.mean(axis=0)).max() > 0.1


def test_confusion_has_a_row_for_each_true_class(monkeypatch):
    def always_3(self, x, **how):
        return np.tile(np.eye(10)[3], (len(x), 1))

    monkeypatch.setattr(nn.Network, "predict", always_3)
    found = train_by_hand(ByHand("linear", "pixels"), seed=0)
    assert found["confusion"][:, 3].tolist() == [10] * 10


def test_b5_is_that_of_keras():
    keras, ours = cnn_mnist.B5, by_hand.B5
    assert ours.n_train // ours.batch_size == keras.epochs * keras.steps_per_epoch
    assert ours.learning_rate * (1 - ours.momentum) == pytest.approx(keras.learning_rate)
    assert ours.learning_rate * ours.weight_decay == pytest.approx(
        keras.learning_rate * keras.weight_decay
    )


@pytest.mark.parametrize(
    "wrong", [{"network": "E4"}, {"scaling": "x"}, {"inputs": "x"}, {"dataset": "imagenet"}]
)
def test_settings_are_of_what_there_is(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be one of"):
        ByHand(**{"network": "E1"} | wrong)


def test_row_e1_is_trained_as_was_best_on_images_held_out():
    trials = load("filter_bank_rates")
    for kind, how in study_e1.CHOSEN.items():
        tried = [t for t in trials if (t["settings"]["network"], t["settings"]["inputs"]) == kind]
        best = max(tried, key=lambda trial: trial["history"]["val_accuracy"][-1])["settings"]
        assert how == {name: best[name] for name in how}


def test_few_images_of_row_e1_are_seen_for_as_many_steps():
    sizes = {}
    for settings in (variant.settings for variant in study_e1.VARIANTS.values()):
        if settings.n_train:
            steps = -(-settings.n_train // settings.batch_size)
            sizes.setdefault(settings.inputs, []).append(settings.n_train)
            assert study_e1.STEPS <= settings.epochs * steps < study_e1.STEPS + steps
            assert settings == replace(
                study_e1.FULL["E1", settings.inputs],
                n_train=settings.n_train,
                epochs=settings.epochs,
                watch=False,
            )
    assert sizes["features"] == sizes["pixels"] == [100, 300, 1_000, 3_000, 10_000]


def test_rates_of_row_e1_are_tried_on_images_held_out_and_without_the_test_images():
    tried = [variant.settings for variant in study_e1.TRIED.values()]
    assert len(set(tried)) == len(tried) == 32
    assert all(settings.held_out == 10_000 and settings.momentum == 0 for settings in tried)
    full = {
        variant.settings for variant in study_e1.VARIANTS.values() if not variant.settings.n_train
    }
    assert {replace(s, n_train=20_000, held_out=10_000) for s in full} < set(tried)


@pytest.mark.parametrize(("study", "variant"), [("by_hand_mnist", "E2"), ("by_hand_cifar10", "E3")])
def test_kept_networks_see_as_well_as_was_stored(monkeypatch, study, variant):
    monkeypatch.undo()
    trial = load(study, variant=variant, seed=0)[0]
    images = getattr(data, trial["data"]["name"].lower().replace("-", ""))()
    if images.kind == "stand-in":
        pytest.skip("needs the images that it was trained on")
    kept = by_hand.network(trial["settings"], weights(trial))
    found = kept.evaluate(data.pixels(images.x_test), images.y_test)["accuracy"]
    assert found == pytest.approx(trial["test_accuracy"], abs=5e-4)  # weights are float16
