"""Trainings on 160 small pictures, held against plain Keras and against NumPy."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from functools import cache
from math import cos, pi

import numpy as np
import pytest
from matplotlib.colors import rgb_to_hsv
from pytest import approx

from helpers import data, models, settings, training
from helpers._keras import keras
from helpers.data import Dataset
from helpers.settings import Training
from helpers.studies import cnn_mnist
from helpers.training import compile_network, evaluate, load_images

AUGMENTED = (("rotation", 0.1), ("translation", 0.2), ("zoom", 0.2))


def pictures(seed, colours=()):
    """A bright row in noise says the class; the first two pixels of the last say the place."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 10, 240)
    x = rng.integers(0, 150, (240, 12, 12, *colours), dtype=np.uint8)
    x[np.arange(240), y] += 60
    x[:, -1, :2].T[...] = np.divmod(np.arange(240), 16)
    parts = (x[:160], y[:160], x[160:], y[160:])
    return Dataset(*parts, tuple("0123456789"), "small pictures", "copy", "made here")


MNIST, CIFAR10 = pictures(0), pictures(1, colours=(3,))


def places(x):
    """Where images come from, said by their pixels."""
    high, low = np.rint(255 * x[:, -1, :2, 0]).astype(int).T
    return 16 * high + low


def linear(dropout=0.0, activation=None, channels=1, l1=0.0):
    penalty = keras.regularizers.L1(l1) if l1 else None
    return keras.Sequential(
        [
            keras.Input((12, 12, channels)),
            keras.layers.Flatten(),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(10, activation, kernel_regularizer=penalty),
        ]
    )


@pytest.fixture(autouse=True, scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "mnist", lambda: MNIST)
        patch.setattr(data, "cifar10", lambda: CIFAR10)
        patch.setitem(models.NETWORKS, "linear", linear)
        anything = dict.fromkeys(
            ("dropout", "activation", "channels", "l1"), lambda _, value: value
        )
        patch.setitem(settings.NETWORKS, "linear", anything)
        yield
    train.cache_clear()


def of(**options):
    return Training(
        **{"network": "linear", "dataset": "mnist", "epochs": 2, "batch_size": 32} | options
    )


train = cache(training.train)


def dropout(rate):
    return (("dropout", rate),)


def without_times(results):
    history = {key: value for key, value in results["history"].items() if key != "seconds"}
    text = json.dumps(results | {"history": history}, default=lambda array: array.tolist())
    return json.loads(text)


def logits(network, x):
    kernel, bias = network.layers[-1].get_weights()
    return x.reshape(len(x), -1).astype(float) @ kernel + bias


def shares(outputs):
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def scores(network, x, y):
    """Loss and accuracy without dropout, in NumPy."""
    outputs = shares(logits(network, x))
    right = outputs.argmax(axis=1) == y.argmax(axis=1)
    return -np.log((outputs * y).sum(axis=1)).mean(), right.mean()


# --- Images ------------------------------------------------------------------------------


@pytest.mark.parametrize(("dataset", "original"), [("mnist", MNIST), ("cifar10", CIFAR10)])
def test_images_are_from_0_to_1_in_a_frame_of_zeros(dataset, original):
    images = load_images(of(dataset=dataset, padding=3), seed=0)
    assert set(images) == {"train", "test"}
    x, y = images["test"]
    channels = original.x_test.reshape(80, 12, 12, -1)
    assert x.dtype == np.float32 and x.shape == (80, 18, 18, channels.shape[-1])
    assert np.allclose(255 * x[:, 3:-3, 3:-3], channels)
    assert x.sum() == pytest.approx(x[:, 3:-3, 3:-3].sum()), "the frame is not black"
    assert (y == np.eye(10)[original.y_test]).all()


def test_images_keep_their_labels_and_are_drawn_once():
    images = load_images(of(n_train=100, validation_split=0.25), seed=0)
    assert {name: len(x) for name, (x, _) in images.items()} == {"train": 75, "val": 25, "test": 80}
    drawn = [places(images[name][0]) for name in ("train", "val")]
    assert len(set(np.concatenate(drawn))) == 100, "training and held-out images overlap"
    for name, found in zip(("train", "val"), drawn, strict=True):
        assert np.array_equal(images[name][1].argmax(axis=1), MNIST.y_train[found])


def test_the_seed_draws_the_images():
    first, again, other = (
        load_images(of(n_train=50, validation_split=0.2), seed) for seed in (1, 1, 2)
    )
    for name in ("train", "val"):
        assert np.array_equal(first[name][0], again[name][0])
        assert set(places(first[name][0])) != set(places(other[name][0]))
    assert np.array_equal(first["test"][0], other["test"][0])


def test_all_images_are_used_where_no_number_is_given():
    assert set(places(load_images(of(), seed=0)["train"][0])) == set(range(160))


def test_a_class_that_does_not_occur_has_its_column_all_the_same():
    x, y = load_images(of(n_train=1), seed=0)["train"]
    assert x.shape[0] == 1 and y.shape == (1, 10) and y.sum() == 1


@pytest.mark.parametrize("share", [0.01, 0.99])
def test_a_share_that_holds_out_nothing_or_all_is_named(share):
    message = f"validation_split must be a share .* received validation_split={share}"
    with pytest.raises(ValueError, match=message):
        load_images(of(n_train=10, validation_split=share), seed=0)


def test_one_image_can_be_held_out_and_one_be_left():
    images = load_images(of(n_train=2, validation_split=0.5), seed=0)
    assert len(images["train"][0]) == len(images["val"][0]) == 1


# --- Optimizer, schedule and loss --------------------------------------------------------


@pytest.mark.parametrize("augmented", [False, True])
@pytest.mark.parametrize(
    ("network", "activation"), [("A8", None), ("B5", None), ("D3", "softmax"), ("D6", "softmax")]
)
def test_the_loss_is_told_what_the_network_ends_in(network, activation, augmented):
    model = models.build(network)
    if augmented:
        model = keras.Sequential([keras.layers.RandomFlip(), model])
    compile_network(model, of(), steps=1)
    assert model.loss.from_logits is (activation is None)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_softmax_and_logits_have_the_same_loss(smoothing):
    x, y = load_images(of(), seed=0)["test"]
    losses = []
    for activation in (None, "softmax"):
        keras.utils.set_random_seed(0)
        network = linear(activation=activation)
        compile_network(network, of(label_smoothing=smoothing), steps=1)
        losses.append(network.evaluate(x, y, verbose=0)[0])
    target = (1 - smoothing) * y + smoothing / 10
    expected = -(target * np.log(shares(logits(network, x)))).sum(axis=1).mean()
    assert losses == pytest.approx([expected, expected], rel=1e-4)


def test_the_cosine_rises_for_a_tenth_of_the_steps_and_falls_to_0():
    model = linear()
    compile_network(model, of(schedule="cosine", learning_rate=0.5), steps=200)
    schedule = model.optimizer._learning_rate
    rates = [float(schedule(step)) for step in range(201)]
    rising = [0.5 * step / 20 for step in range(20)]
    falling = [0.25 * (1 + cos(pi * step / 180)) for step in range(181)]
    assert rates == pytest.approx(rising + falling, abs=1e-6)
    assert rates[0] == 0 and max(rates) == rates[20] == 0.5


def test_a_cosine_over_a_few_steps_does_not_rise():
    model = linear()
    compile_network(model, of(schedule="cosine", learning_rate=0.5), steps=2)
    rates = [float(model.optimizer._learning_rate(step)) for step in range(3)]
    assert rates == pytest.approx([0.5, 0.25, 0], abs=1e-6)


def test_optimizers_are_what_they_are_called():
    model = linear()
    compile_network(model, of(learning_rate=0.25, weight_decay=0.125), steps=1)
    adam = model.optimizer
    compile_network(model, of(optimizer="sgd", learning_rate=0.25, momentum=0.5), steps=1)
    sgd = model.optimizer
    assert (type(adam), type(sgd)) == (keras.optimizers.Adam, keras.optimizers.SGD)
    assert float(adam.learning_rate) == float(sgd.learning_rate) == 0.25
    assert (adam.weight_decay, sgd.weight_decay, sgd.momentum) == (0.125, None, 0.5)


def test_sgd_of_b5_takes_the_steps_of_the_report():
    """v = MU v + (1 - MU) g and w = w - RATE (v + DECAY w), for g = A w - b."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(4, 4)), rng.normal(size=4)
    w, v = rng.normal(size=4), np.zeros(4)
    network = linear()
    compile_network(network, cnn_mnist.B5, steps=1)
    variable = keras.Variable(w, dtype="float32")
    for step in range(20):
        g = a @ w - b
        v = cnn_mnist.MU * v + (1 - cnn_mnist.MU) * g
        w = w - cnn_mnist.RATE * (v + cnn_mnist.DECAY * w)
        theirs = a @ np.array(variable.numpy(), float) - b
        network.optimizer.apply([keras.ops.convert_to_tensor(theirs, "float32")], [variable])
        assert np.allclose(variable.numpy(), w, rtol=1e-5, atol=1e-5), step


# --- Trainings ---------------------------------------------------------------------------


def test_results_are_complete_and_can_be_stored():
    network, results = train(of(), 0)
    assert set(results) == {
        *("params", "n_train", "history"),
        *("test_accuracy", "test_loss", "confusion", "mistakes"),
    }
    assert results["params"] == network.count_params() == 1450
    assert results["n_train"] == 160
    names = {"loss", "accuracy", "train_loss", "train_accuracy", "seconds"}
    lengths = {name: len(values) for name, values in results["history"].items()}
    assert lengths == dict.fromkeys(names, 2)
    assert without_times(results)["confusion"] == results["confusion"].tolist()


def test_a_training_says_nothing(capsys):
    training.train(of(epochs=1), 0)
    assert capsys.readouterr().out == ""


def test_it_trains_as_plain_keras_does():
    options = of(batch_size=160)  # all in one batch, as the two shuffle differently
    _, results = train(options, 0)
    keras.utils.set_random_seed(0)
    network = linear()
    x, y = load_images(options, 0)["train"]
    network.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))
    history = network.fit(x, y, 160, 2, verbose=0).history
    assert results["history"]["loss"] == pytest.approx(history["loss"], abs=1e-4)


def test_seconds_are_those_of_training_alone(monkeypatch):
    """Reading the clock takes 1 second here, and an evaluation 1,000."""
    now = iter(range(10**6))
    monkeypatch.setattr(training, "perf_counter", lambda: next(now))
    real = keras.Model.evaluate

    def slow(*args, **options):
        for _ in range(1_000):
            next(now)
        return real(*args, **options)

    monkeypatch.setattr(keras.Model, "evaluate", slow)
    options = of(epochs=3, validation_split=0.25, watch_test=True)
    assert training.train(options, 0)[1]["history"]["seconds"] == [1, 1, 1]
    assert next(now) > 3 * 3 * 1_000, "nothing was evaluated"


def test_only_some_training_images_are_evaluated(monkeypatch):
    monkeypatch.setattr(training, "EVALUATED", 40)
    network, results = training.train(of(validation_split=0.5), 0)
    images = load_images(of(validation_split=0.5), 0)
    for name, n in (("train", 40), ("val", 80)):
        last = [results["history"][f"{name}_{what}"][-1] for what in ("loss", "accuracy")]
        x, y = images[name]
        assert last == pytest.approx(scores(network, x[:n], y[:n]), abs=1e-4), name


def test_every_epoch_passes_over_all_images_in_another_order():
    x, y = load_images(of(), 0)["train"]
    batches = training.in_batches(x, y, 32, shuffle=True)["x"]
    epochs = [[(np.array(some), np.array(of_them)) for some, of_them in batches] for _ in range(2)]
    for epoch in epochs:
        assert [len(some) for some, _ in epoch] == [32] * 5
        order = np.argsort(places(np.concatenate([some for some, _ in epoch])))
        for drawn, given in zip(map(np.concatenate, zip(*epoch, strict=True)), (x, y), strict=True):
            assert np.array_equal(drawn[order], given[np.argsort(places(x))])
    first, second = (places(epoch[0][0]).tolist() for epoch in epochs)
    assert first != second and first != places(x[:32]).tolist()


def test_training_takes_the_images_in_another_order_every_epoch(monkeypatch):
    orders, real = [], keras.Model.fit

    def fit(model, x, **options):
        orders.extend(places(np.concatenate([some for some, _ in x])).tolist() for _ in range(2))
        return real(model, x, **options)

    monkeypatch.setattr(keras.Model, "fit", fit)
    training.train(of(epochs=1), 0)
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1]) == [*range(160)]


def test_batches_are_not_tuned_on_tensorflow_and_arrays_elsewhere(monkeypatch):
    x, y = load_images(of(), 0)["test"]
    batches = training.in_batches(x, y, 32)["x"]
    assert batches.options().autotune.enabled is False
    assert np.array_equal(np.concatenate([some for some, _ in batches]), x), "in order"
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert training.in_batches(x, y, 32) == {"x": x, "y": y, "batch_size": 32}
    assert training.in_batches(x, y, 32, shuffle=True)["shuffle"] is True


def test_same_seed_same_results():
    options = of(network_options=dropout(0.5), augmentation=AUGMENTED, validation_split=0.25)
    first, second, other = (without_times(training.train(options, seed)[1]) for seed in (1, 1, 2))
    for name, values in first["history"].items():
        assert values == pytest.approx(second["history"][name], abs=1e-4), name
    assert first["test_loss"] == pytest.approx(second["test_loss"], abs=1e-4)
    assert first["history"]["loss"] != pytest.approx(other["history"]["loss"], abs=1e-3)


def test_after_an_epoch_the_network_is_seen_without_dropout_and_augmentation():
    options = of(network_options=dropout(0.5), augmentation=AUGMENTED, validation_split=0.25)
    network, results = train(options, 1)
    images = load_images(options, 1)
    for name in ("train", "val"):
        last = [results["history"][f"{name}_{what}"][-1] for what in ("loss", "accuracy")]
        assert last == pytest.approx(scores(network, *images[name]), abs=1e-4), name
    tested = [results["test_loss"], results["test_accuracy"]]
    assert tested == pytest.approx(scores(network, *images["test"]), abs=1e-4)


@pytest.mark.parametrize(
    ("options", "same"),
    [
        ({}, True),
        ({"network_options": dropout(0.5)}, False),
        *(({"augmentation": (pair,)}, False) for pair in (("flip", "vertical"), *AUGMENTED)),
    ],
)
def test_in_an_epoch_it_is_trained_with_them(options, same):
    """A network that stands still has the same loss within an epoch as after it."""
    _, results = train(of(epochs=1, learning_rate=1e-12, **options), 1)
    within, after = (results["history"][name] for name in ("loss", "train_loss"))
    assert (within == pytest.approx(after, abs=1e-4)) is same


@pytest.mark.parametrize(
    ("kind", "reach"),
    [
        ("rotation", {"factor": (-0.25, 0.25)}),
        ("translation", {"height_factor": 0.25, "width_factor": 0.25}),
        ("shift", {"height_factor": 0.25, "width_factor": 0.25}),
        ("zoom", {"height_factor": 0.25, "width_factor": None}),  # None: as in height
    ],
)
def test_augmentation_goes_as_far_as_it_says_and_fills_with_black(kind, reach):
    layer = training.AUGMENT[kind](0.25)
    assert {name: getattr(layer, name) for name in reach} == reach
    assert (layer.fill_mode, layer.fill_value) == ("constant", 0)


def varied(kind, size, x):
    """Return images as an augmentation makes them in training."""
    keras.utils.set_random_seed(0)
    return np.array(training.AUGMENT[kind](size)(x, training=True))


def test_a_shift_is_by_whole_pixels_each_way_as_far_as_it_says():
    x = np.random.default_rng(0).random((1, 16, 16, 3), np.float32)
    padded = np.pad(x[0], ((2, 2), (2, 2), (0, 0)))
    moved = {
        (i, j): padded[i : i + 16, j : j + 16].tobytes() for i in range(5) for j in range(5)
    }  # 2 each way
    found = [image.tobytes() for image in varied("shift", 2 / 16, np.repeat(x, 500, axis=0))]
    assert {*found} == {*moved.values()}


def test_hue_turns_each_image_by_up_to_a_share_of_the_colour_circle():
    x = np.full((400, 2, 2, 3), [0.8, 0.2, 0.2], np.float32)
    found = varied("hue", 0.05, x)
    hue = np.array([rgb_to_hsv(image)[..., 0] for image in found])
    turned = (hue + 0.5) % 1 - 0.5  # red is at 0
    assert np.ptp(turned, axis=(1, 2)).max() < 1e-5, "one turn for all of an image"
    assert (turned.min(), turned.max()) == approx((-0.05, 0.05), abs=0.002)
    assert found.min() == approx(0.2, abs=1e-5) and found.max() == approx(0.8, abs=1e-5)


def test_saturation_changes_by_up_to_a_share_of_itself():
    x = np.full((400, 2, 2, 3), [0.8, 0.4, 0.4], np.float32)
    found = np.array([rgb_to_hsv(image)[..., 1] for image in varied("saturation", 0.2, x)])
    assert np.ptp(found, axis=(1, 2)).max() < 1e-5
    assert (found.min(), found.max()) == approx((0.4, 0.6), abs=0.002)
    assert found.mean() == approx(0.5, abs=0.01)


def test_what_is_saturated_already_keeps_to_the_range():
    red = np.full((50, 2, 2, 3), [0.8, 0, 0], np.float32)
    found = varied("saturation", 0.2, red)
    assert found.min() == approx(0, abs=1e-6) and found.max() == approx(0.8, abs=1e-6)


def test_noise_has_the_deviation_that_it_says():
    x = np.full((50, 32, 32, 3), 0.5, np.float32)
    found = varied("noise", 0.1, x)
    assert (found.mean(), found.std()) == approx((0.5, 0.1), abs=0.001)


@pytest.mark.parametrize("kind", ["hue", "saturation", "noise"])
def test_colours_and_noise_vary_in_training_only_and_not_at_0(kind):
    x = np.random.default_rng(0).random((4, 8, 8, 3), np.float32)
    assert np.allclose(varied(kind, 0, x), x, atol=1e-5)
    assert not np.allclose(varied(kind, 0.5, x), x, atol=0.01)
    assert np.allclose(training.AUGMENT[kind](0.5)(x, training=False), x, atol=1e-6)


def test_every_augmentation_of_the_settings_has_its_layer():
    assert training.AUGMENT.keys() == settings.AUGMENTATIONS.keys()


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ({"batch_size": 60}, 2 * 3),
        ({"batch_size": 60, "steps_per_epoch": 1}, 2),
        ({"epochs": 4, "steps_per_epoch": 5}, 4 * 5),
        ({"batch_size": 60, "epochs": 7, "steps_per_epoch": 1}, 7),  # more than two passes
    ],
)
def test_an_epoch_has_the_batches_that_it_says(options, steps):
    network, _ = train(of(schedule="cosine", **options), 0)
    assert network.optimizer.iterations == steps
    schedule = network.optimizer._learning_rate
    assert schedule.warmup_steps + schedule.decay_steps == steps, "the cosine ends elsewhere"


@pytest.mark.parametrize("steps", [2, 3, 6])
def test_epochs_that_the_end_of_a_pass_would_cut_are_refused(steps):
    message = rf"steps_per_epoch must be a divisor of the batches in a pass \(5\).*h={steps}"
    with pytest.raises(ValueError, match=message):
        training.train(of(epochs=3, steps_per_epoch=steps), 0)


def test_watching_the_test_images_changes_nothing_else():
    plain, watched = (without_times(train(of(watch_test=watch), 0)[1]) for watch in (False, True))
    last = [watched["history"].pop(f"test_{name}")[-1] for name in ("loss", "accuracy")]
    assert last == pytest.approx([watched["test_loss"], watched["test_accuracy"]], abs=1e-4)
    assert watched["history"].keys() == plain["history"].keys()
    for name, values in plain["history"].items():
        assert watched["history"][name] == pytest.approx(values, abs=1e-4), name


def test_patience_stops_and_goes_back_to_the_best_epoch(monkeypatch):
    # Labels of other images can be learned by heart, and help with no other.
    monkeypatch.setattr(data, "mnist", lambda: replace(MNIST, y_train=MNIST.y_train[::-1]))
    options = of(epochs=9, validation_split=0.5, patience=2, learning_rate=0.003)
    network, results = training.train(options, 0)
    losses = results["history"]["val_loss"]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 2 < 9
    loss, _ = scores(network, *load_images(options, 0)["val"])
    assert loss == pytest.approx(losses[best], rel=1e-4)


def test_options_reach_the_network():
    options = of(dataset="cifar10", network_options=(("channels", 3), ("activation", "softmax")))
    network, results = train(options, 0)
    assert results["params"] == 4330
    assert network.layers[-1].activation is keras.activations.softmax
    assert results["test_loss"] == pytest.approx(
        scores(network, *load_images(options, 0)["test"])[0], rel=1e-4
    )


def test_it_learns():
    _, results = train(of(epochs=6, batch_size=8, learning_rate=0.03), 0)
    losses = results["history"]["train_loss"]
    assert losses[-1] < 0.3 * losses[0] and results["test_accuracy"] > 0.8


# --- Evaluation --------------------------------------------------------------------------


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_evaluation_agrees_with_numpy(activation):
    rng = np.random.default_rng(0)
    x, labels = rng.random((400, 12, 12, 1), np.float32), rng.integers(0, 9, 400)  # no nine
    network = linear(activation=activation)
    compile_network(network, of(), steps=1)
    results = evaluate(network, x, np.eye(10)[labels])

    outputs = shares(logits(network, x))
    predicted = outputs.argmax(axis=1)
    loss, accuracy = scores(network, x, np.eye(10)[labels])
    assert results["test_loss"] == pytest.approx(loss, rel=1e-4)
    assert results["test_accuracy"] == accuracy

    expected = np.zeros((10, 10), int)
    for label, guess in zip(labels, predicted, strict=True):
        expected[label, guess] += 1
    assert np.array_equal(results["confusion"], expected)
    assert np.trace(results["confusion"]) == 400 * results["test_accuracy"]

    mistakes = results["mistakes"]
    index = mistakes["index"]
    assert len(set(index)) == training.SHOWN_MISTAKES
    assert (predicted[index] == mistakes["predicted"]).all()
    assert (labels[index] != mistakes["predicted"]).all()
    assert np.allclose(mistakes["confidence"], outputs.max(axis=1)[index], atol=1e-4)
    assert (np.diff(mistakes["confidence"]) <= 0).all(), "the most confident come first"
    others = np.setdiff1d(np.flatnonzero(predicted != labels), index)
    assert outputs.max(axis=1)[others].max() <= mistakes["confidence"][-1] + 1e-4


def test_the_test_images_are_passed_over_once(monkeypatch):
    network, passed = linear(l1=0.01), []
    compile_network(network, of(), steps=1)
    real = keras.Model.predict
    monkeypatch.setattr(keras.Model, "evaluate", None)
    monkeypatch.setattr(
        keras.Model, "predict", lambda *args, **o: passed.append(args) or real(*args, **o)
    )
    x, y = load_images(of(), 0)["test"]
    results = evaluate(network, x, y)
    assert len(passed) == 1
    penalty = 0.01 * np.abs(network.layers[-1].get_weights()[0]).sum()
    assert penalty > 0.1
    assert results["test_loss"] == pytest.approx(scores(network, x, y)[0] + penalty, rel=1e-4)


def test_a_network_without_mistakes_has_none_to_show():
    x, y = load_images(of(), 0)["test"]
    network = linear()
    kernel, lit = np.zeros((144, 10)), np.arange(len(x)) % 2 == 0
    kernel[0, 3], x[:, 0, 0, 0] = 1, lit  # surer of a three where the first pixel is lit
    network.layers[-1].set_weights([kernel, 9 * np.eye(10)[3]])
    compile_network(network, of(), steps=1)
    threes = y[:, 3] == 1
    results = evaluate(network, x[threes], y[threes])
    assert results["test_accuracy"] == 1
    assert results["confusion"][3, 3] == results["confusion"].sum() == threes.sum()
    assert [len(values) for values in results["mistakes"].values()] == [0, 0, 0]
    index = evaluate(network, x, y)["mistakes"]["index"]
    assert index.tolist() == [*np.flatnonzero(~threes & lit), *np.flatnonzero(~threes & ~lit)]


# --- What is kept ------------------------------------------------------------------------


def digests(**options):
    return training.digests(replace(of(), **options), 160)


def test_digests_do_not_depend_on_names_or_on_the_process():
    first = digests()
    [keras.layers.Dense(3) for _ in range(5)]  # Keras counts the layers in its names
    assert digests() == first == training.digests(asdict(of()), 160)
    code = "from helpers.training import digests, Training as T; "
    code += "print(digests(T('A8', 'mnist', 2, 64), 100)['network'])"
    environment = os.environ | {"PYTHONHASHSEED": "77"}
    run = [sys.executable, "-c", code]
    there = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    here = training.digests(Training("A8", "mnist", 2, 64), 100)["network"]
    assert there.stdout.strip() == here


def test_the_optimizers_digest_tells_trainings_apart():
    cosine, decayed = {"schedule": "cosine"}, {"optimizer": "sgd", "momentum": 0.9}
    changes = [
        *({}, {"learning_rate": 0.002}, {"weight_decay": 0.01}, {"label_smoothing": 0.1}),
        *(cosine, cosine | {"learning_rate": 0.002}, cosine | {"batch_size": 8}),  # more steps
        *({"optimizer": "sgd"}, decayed, decayed | {"weight_decay": 0.01}),
        *({"augmentation": (("flip", way),)} for way in ("horizontal", "vertical")),
        *({"augmentation": (("zoom", share),)} for share in (0.1, 0.2)),
        *({"augmentation": (*AUGMENTED, ("zoom", share))} for share in (0.1, 0.3)),
        *(
            {"augmentation": ((kind, 0.1),)}
            for kind in ("rotation", "translation", "shift", "noise")
        ),
        *({"augmentation": (("hue", share),)} for share in (0.1, 0.2)),
        *({"augmentation": (("saturation", share),)} for share in (0.1, 0.2)),
        {"network_options": (("activation", "softmax"),)},  # the loss is of logits no longer
    ]
    assert len({digests(**options)["optimizer"] for options in changes}) == len(changes)
    networks = {digests(**options)["network"] for options in changes[:-1]}
    assert networks == {digests()["network"]} != {digests(**changes[-1])["network"]}


def test_digests_are_of_the_code_and_not_of_what_a_trial_is_known_by():
    assert digests(epochs=5, n_train=50, watch_test=True) == digests()


def convolution(filters=2, kernel_size=3, **others):
    options = {"padding": "same", "activation": "relu"} | others
    return keras.layers.Conv2D(filters, kernel_size, **options)


def test_the_networks_digest_sees_every_change_of_a_layer(monkeypatch):
    kinds = keras.layers
    gentle = keras.initializers.VarianceScaling(1.5, "fan_avg", "uniform")
    layers = [
        *(convolution(), convolution(3), convolution(2, 5), convolution(strides=2)),
        *(convolution(padding="valid"), convolution(dilation_rate=2), convolution(use_bias=False)),
        *(
            convolution(activation="tanh"),
            convolution(activation=None),
            convolution(trainable=False),
        ),
        *(convolution(kernel_initializer="he_normal"), convolution(kernel_initializer=gentle)),
        *(convolution(bias_regularizer="l2"), convolution(kernel_constraint="max_norm")),
        *(convolution(kernel_regularizer=keras.regularizers.L1(size)) for size in (1e-4, 2e-4)),
        *(kinds.MaxPooling2D(2), kinds.AveragePooling2D(2), kinds.MaxPooling2D(3)),
        *(kinds.MaxPooling2D(3, 2), kinds.Dropout(0.5), kinds.Dropout(0.1)),
        *(kinds.BatchNormalization(), kinds.BatchNormalization(momentum=0.9)),
        *(kinds.BatchNormalization(epsilon=0.1), kinds.BatchNormalization(center=False)),
        *(kinds.ReLU(), kinds.ReLU(negative_slope=0.1), kinds.ReLU(6)),
        *(kinds.GaussianNoise(0.1), kinds.GaussianNoise(0.2)),
        *(kinds.Activation("tanh"), kinds.Activation("silu")),
        *(kinds.LeakyReLU(negative_slope=0.01), kinds.LeakyReLU(negative_slope=0.3)),
    ]
    found = []
    for layer in layers:
        parts = [keras.Input((12, 12, 1)), layer, keras.layers.Flatten(), keras.layers.Dense(10)]
        monkeypatch.setitem(models.NETWORKS, "linear", lambda parts=parts: keras.Sequential(parts))
        found.append(digests()["network"])
    repeated = [place for place, digest in enumerate(found) if found.count(digest) > 1]
    assert repeated == []


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize(
    ("row", "network_options"), [("A8", ()), ("A8+", (("filters", 8),)), ("D6", ())]
)
def test_a_network_comes_back_from_its_weights(row, network_options, dtype):
    options = Training(row, "mnist", 1, 8, network_options=network_options)
    first = models.build(row, **dict(network_options))
    rng = np.random.default_rng(0)
    weights = [np.abs(rng.normal(1, 0.1, w.shape)).astype(dtype) for w in first.get_weights()]
    for given_as in (options, json.loads(json.dumps(asdict(options)))):
        again = training.network(given_as, weights)
        for found, given in zip(again.get_weights(), weights, strict=True):
            assert found.dtype == np.float32 and np.array_equal(found, given)
    first.set_weights(weights)
    x = rng.random((3, *first.input_shape[1:]), np.float32)
    assert np.allclose(first(x), again(x)) and again.compiled


@pytest.mark.parametrize("digits", [np.float32, np.float16])
def test_weights_that_were_kept_prove_the_accuracy(digits):
    network, results = train(of(), 0)
    kept = [array.astype(digits) for array in network.get_weights()]
    again = evaluate(training.network(of(), kept), *load_images(of(), 0)["test"])
    assert again["test_accuracy"] == pytest.approx(results["test_accuracy"], abs=0.02)
    assert again["test_loss"] == pytest.approx(results["test_loss"], rel=1e-2)


def kept(**changes):
    """Weights that fit `linear`, but for some."""
    return [changes.get("kernel", np.zeros((144, 10))), changes.get("bias", np.zeros(10))]


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ([], ValueError, r"weights must be a list of 2 arrays, for network 'linear'; received we"),
        (kept()[:1], ValueError, "weights must be a list of 2 arrays"),
        (None, ValueError, "weights must be a list of 2 arrays, .*received weights=None"),
        (
            kept(kernel=np.zeros((100, 10))),
            *(ValueError, r"kernel of layer 2, Dense.shape must be \(144, 10\);.*\(100, 10\)"),
        ),
        (kept(bias=np.zeros((1, 10))), ValueError, r"bias of layer 2, Dense.*\(10,\);.*\(1, 10\)"),
        (kept(bias=[np.nan, *range(9)]), ValueError, "bias of layer 2, Dense must be finite"),
        (kept(bias=["0"] * 10), TypeError, "bias of layer 2, Dense.dtype must be that of"),
    ],
)
def test_weights_that_do_not_fit_are_named(weights, error, message):
    with pytest.raises(error, match=message):
        training.network(of(), weights)


# --- Threads, and what cannot be ---------------------------------------------------------

TWICE = """
import json
import numpy as np
from helpers import data, training
from helpers.settings import Training
rng = np.random.default_rng(0)
x, y = rng.integers(0, 255, (96, 28, 28), dtype=np.uint8), rng.integers(0, 10, 96)
data.mnist = lambda: data.Dataset(x, y, x, y, tuple("0123456789"), "noise", "copy", "")
moves = (("rotation", 0.1), ("flip", "horizontal"))
settings = Training("A8+", "mnist", 2, 32, validation_split=0.25, augmentation=moves)
for _ in range(2):
    network, results = training.train(settings, 7)
    del results["history"]["seconds"]
    total = sum(weights.sum() for weights in network.get_weights())
    print(total, json.dumps(results, default=lambda array: array.tolist()))
print(training.threads())
"""


def test_on_one_thread_the_same_seed_gives_the_same_bits():
    environment = os.environ | {"TF_NUM_INTRAOP_THREADS": "1"}
    run = [sys.executable, "-c", TWICE]
    told = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    first, second, threads = told.stdout.splitlines()
    assert first == second and threads == "1"


def test_threads_are_those_that_tensorflow_was_given(monkeypatch):
    import tensorflow as tf

    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    assert training.threads() == 3
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: 2)
    assert training.threads() == 2
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    monkeypatch.setattr(os, "sched_getaffinity", {0: range(5)}.get, raising=False)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "two")  # TensorFlow passes over it
    assert training.threads() == 5
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS")
    assert training.threads() == 5
    monkeypatch.delattr(os, "sched_getaffinity")  # not on Windows
    assert training.threads() == 7
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert training.threads() is None


X, Y = np.zeros((4, 12, 12, 1)), np.eye(10)[:4]


def ready():
    network = linear()
    compile_network(network, of(), steps=1)
    return network


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: training.train("A8", 0), TypeError, "settings must be a Training; received"),
        (lambda: training.train(of(), -1), ValueError, "seed must be a non-negative integer"),
        (lambda: training.train(of(), "0"), TypeError, "seed must be a non-negative integer"),
        (lambda: training.train(of(), None), TypeError, "seed must be a non-negative integer"),
        (lambda: training.train(of(), 2**40), ValueError, "seed must be .* of at most"),
        (lambda: load_images(of(), 1.5), TypeError, "seed must be a non-negative integer"),
        (lambda: load_images(None, 0), TypeError, "settings must be a Training; received"),
        (lambda: training.compiled(of(), 0), ValueError, "n_train must be a positive integer"),
        (lambda: training.digests(of(), None), TypeError, "n_train must be a positive integer"),
        (lambda: training.digests({"network": "A8"}, 1), TypeError, "dataset"),
        (lambda: training.network(3, []), TypeError, "settings must be a Training; received"),
        (lambda: compile_network(linear(), of(), 0), ValueError, "steps must be a positive int"),
        (lambda: compile_network("A8", of(), 1), TypeError, "model must be a Keras model; rec"),
        (lambda: evaluate(linear(), X, Y), ValueError, "model must be compiled by compile_netw"),
        (lambda: evaluate(None, X, Y), ValueError, "model must be compiled by compile_network"),
        (lambda: evaluate(ready(), X[0], Y), ValueError, r"x.shape must be \(n, h, w, c\); rec"),
        (lambda: evaluate(ready(), X, Y[:3]), ValueError, r"y.shape must be \(4, 10\); received"),
        (lambda: evaluate(ready(), X, [1, 2]), ValueError, r"y.shape must be \(4, 10\); received"),
        (
            lambda: evaluate(ready(), X, [*Y[:3], [np.nan, *Y[0, 1:]]]),
            ValueError,
            "y must be of fin",
        ),
        (lambda: evaluate(ready(), X[:0], Y[:0]), ValueError, "x.shape must be without a 0"),
    ],
)
def test_what_cannot_be_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
