"""Trainings on 160 small pictures, held against plain Keras and against NumPy."""

import json
from dataclasses import replace
from functools import cache
from math import cos, pi

import numpy as np
import pytest

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
    return Dataset(
        x[:160],
        y[:160],
        x[160:],
        y[160:],
        tuple("0123456789"),
        "small pictures",
        "copy",
        "made here",
    )


MNIST, CIFAR10 = pictures(0), pictures(1, colours=(3,))


def places(x):
    """Where images come from, said by their pixels."""
    high, low = np.rint(255 * x[:, -1, :2, 0]).astype(int).T
    return 16 * high + low


def linear(dropout=0.0, activation=None, channels=1):
    return keras.Sequential(
        [
            keras.Input((12, 12, channels)),
            keras.layers.Flatten(),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(10, activation),
        ]
    )


@pytest.fixture(autouse=True, scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "mnist", lambda: MNIST)
        patch.setattr(data, "cifar10", lambda: CIFAR10)
        patch.setitem(models.NETWORKS, "linear", linear)
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
    images, source = load_images(of(dataset=dataset, padding=3), seed=0)
    assert source == MNIST.source and set(images) == {"train", "test"}
    x, y = images["test"]
    channels = original.x_test.reshape(80, 12, 12, -1)
    assert x.dtype == np.float32 and x.shape == (80, 18, 18, channels.shape[-1])
    assert np.allclose(255 * x[:, 3:-3, 3:-3], channels)
    assert x.sum() == pytest.approx(x[:, 3:-3, 3:-3].sum()), "the frame is not black"
    assert (y == np.eye(10)[original.y_test]).all()


def test_images_keep_their_labels_and_are_drawn_once():
    images, _ = load_images(of(n_train=100, validation_split=0.25), seed=0)
    assert {name: len(x) for name, (x, _) in images.items()} == {"train": 75, "val": 25, "test": 80}
    drawn = [places(images[name][0]) for name in ("train", "val")]
    assert len(set(np.concatenate(drawn))) == 100, "training and held-out images overlap"
    for name, found in zip(("train", "val"), drawn, strict=True):
        assert np.array_equal(images[name][1].argmax(axis=1), MNIST.y_train[found])


def test_the_seed_draws_the_images():
    first, again, other = (
        load_images(of(n_train=50, validation_split=0.2), seed)[0] for seed in (1, 1, 2)
    )
    for name in ("train", "val"):
        assert np.array_equal(first[name][0], again[name][0])
        assert set(places(first[name][0])) != set(places(other[name][0]))
    assert np.array_equal(first["test"][0], other["test"][0])


def test_all_images_are_used_where_no_number_is_given():
    assert set(places(load_images(of(), seed=0)[0]["train"][0])) == set(range(160))


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
    x, y = load_images(of(), seed=0)[0]["test"]
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
        *("params", "n_train", "history", "data_source"),
        *("test_accuracy", "test_loss", "confusion", "mistakes"),
    }
    assert results["params"] == network.count_params() == 1450
    assert (results["n_train"], results["data_source"]) == (160, MNIST.source)
    names = {"loss", "accuracy", "train_loss", "train_accuracy", "seconds"}
    lengths = {name: len(values) for name, values in results["history"].items()}
    assert lengths == dict.fromkeys(names, 2)
    assert min(results["history"]["seconds"]) > 0
    assert without_times(results)["confusion"] == results["confusion"].tolist()


def test_it_trains_as_plain_keras_does():
    options = of(batch_size=160)  # all in one batch, as the two shuffle differently
    _, results = train(options, 0)
    keras.utils.set_random_seed(0)
    network = linear()
    x, y = load_images(options, 0)[0]["train"]
    network.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))
    history = network.fit(x, y, 160, 2, verbose=0).history
    assert results["history"]["loss"] == pytest.approx(history["loss"], abs=1e-4)


def test_every_epoch_passes_over_all_images_in_another_order():
    x, y = load_images(of(), 0)[0]["train"]
    batches = training.in_batches(x, y, 32, shuffle=True)["x"]
    epochs = [[(np.array(some), np.array(of_them)) for some, of_them in batches] for _ in range(2)]
    for epoch in epochs:
        assert [len(some) for some, _ in epoch] == [32] * 5
        order = np.argsort(places(np.concatenate([some for some, _ in epoch])))
        for drawn, given in zip(map(np.concatenate, zip(*epoch, strict=True)), (x, y), strict=True):
            assert np.array_equal(drawn[order], given[np.argsort(places(x))])
    first, second = (places(epoch[0][0]).tolist() for epoch in epochs)
    assert first != second and first != places(x[:32]).tolist()


def test_batches_are_not_tuned_on_tensorflow_and_arrays_elsewhere(monkeypatch):
    x, y = load_images(of(), 0)[0]["test"]
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
    images, _ = load_images(options, 1)
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


def test_every_augmentation_of_the_settings_has_its_layer():
    assert tuple(training.AUGMENT) == settings.AUGMENTATIONS


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
    loss, _ = scores(network, *load_images(options, 0)[0]["val"])
    assert loss == pytest.approx(losses[best], rel=1e-4)


def test_options_reach_the_network():
    options = of(dataset="cifar10", network_options=(("channels", 3), ("activation", "softmax")))
    network, results = train(options, 0)
    assert results["params"] == 4330
    assert network.layers[-1].activation is keras.activations.softmax
    assert results["test_loss"] == pytest.approx(
        scores(network, *load_images(options, 0)[0]["test"])[0], rel=1e-4
    )


def test_it_learns():
    _, results = train(of(epochs=6, batch_size=8, learning_rate=0.03), 0)
    losses = results["history"]["train_loss"]
    assert losses[-1] < 0.3 * losses[0] and results["test_accuracy"] > 0.8


def test_an_unknown_network_is_named():
    with pytest.raises(ValueError, match=r"name must be one of A8, .*received name='A9'"):
        training.train(of(network="A9"), 0)


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


def test_a_network_without_mistakes_has_none_to_show():
    x, y = load_images(of(), 0)[0]["test"]
    network = linear()
    network.layers[-1].set_weights([np.zeros((144, 10)), 9 * np.eye(10)[3]])
    compile_network(network, of(), steps=1)
    threes = y[:, 3] == 1
    results = evaluate(network, x[threes], y[threes])
    assert results["test_accuracy"] == 1
    assert results["confusion"][3, 3] == results["confusion"].sum() == threes.sum()
    assert [len(values) for values in results["mistakes"].values()] == [0, 0, 0]
