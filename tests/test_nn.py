"""`helpers.nn` against hand arithmetic, differences, and the same layers and networks in Keras."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from helpers import nn

SEEDS = range(5)


@pytest.fixture
def keras():
    """Return Keras, which computes in float64 during the test."""
    import keras

    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")  # where a layer was made before, it stays as it was
    yield keras
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)


def image_shape(rng):
    return (int(rng.integers(2, 4)), *map(int, 5 + rng.permutation(4)[:2]), int(rng.integers(1, 4)))


def convolution(rng, keras=None):
    how = {
        "filters": int(rng.integers(1, 4)),
        "kernel_size": tuple(map(int, rng.integers(1, 5, 2))),
        "strides": int(rng.integers(1, 4)),
        "padding": ["valid", "same"][rng.integers(2)],
    }
    return nn.Conv2D(**how), keras and keras.layers.Conv2D(**how)


def pooling(ours, theirs):
    def make(rng, keras=None):
        how = {
            "pool_size": tuple(map(int, rng.integers(1, 4, 2))),
            "strides": [None, int(rng.integers(1, 4))][rng.integers(2)],
            "padding": ["valid", "same"][rng.integers(2)],
        }
        return ours(**how), keras and getattr(keras.layers, theirs)(**how)

    return make


def normalization(rng, keras=None):
    how = {"momentum": float(rng.uniform(0.5, 0.99)), "epsilon": float(rng.uniform(1e-4, 1e-2))}
    return nn.BatchNormalization(**how), keras and keras.layers.BatchNormalization(**how)


def dense(rng, keras=None):
    units = int(rng.integers(1, 5))
    return nn.Dense(units), keras and keras.layers.Dense(units)


def simple(ours, theirs):
    return lambda rng, keras=None: (ours(), keras and theirs(keras.layers))


LAYERS = {
    "Dense": dense,
    "Conv2D": convolution,
    "MaxPool2D": pooling(nn.MaxPool2D, "MaxPooling2D"),
    "AveragePooling2D": pooling(nn.AveragePooling2D, "AveragePooling2D"),
    "BatchNormalization": normalization,
    "Flatten": simple(nn.Flatten, lambda layers: layers.Flatten()),
    "ReLU": simple(nn.ReLU, lambda layers: layers.ReLU()),
    "Sigmoid": simple(nn.Sigmoid, lambda layers: layers.Activation("sigmoid")),
    "Tanh": simple(nn.Tanh, lambda layers: layers.Activation("tanh")),
}


def random_input(name, rng, n=None):
    shape = image_shape(rng)
    shape = (shape[0], 7) if name == "Dense" else shape
    return rng.normal(size=shape)


def shaken(layer, x, rng):
    """Build a layer for x, and give it parameters that are neither 0 nor 1."""
    layer.build(x.shape[1:], seed=0)
    for array in (*layer.parameters.values(), *layer.statistics.values()):
        array[...] = rng.uniform(0.5, 1.5, array.shape) * rng.choice([-1, 1], array.shape)
    for array in layer.statistics.values():
        array[...] = np.abs(array)
    return layer


def network(*layers, dtype="float64", seed=0, **how):
    return nn.Network(layers, seed=seed, dtype=dtype, **how)


def small_cnn(dtype="float64", seed=0):
    return network(
        nn.Conv2D(3, 3), nn.ReLU(), nn.BatchNormalization(), nn.MaxPool2D(), nn.Flatten(),
        nn.Dropout(0.25), nn.Dense(8), nn.Tanh(), nn.Dense(4), dtype=dtype, seed=seed,
    )  # fmt: skip


def digits(rng, n=20, k=4):
    return rng.normal(size=(n, 6, 7, 2)), rng.integers(0, k, n)


# Layers


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", LAYERS)
def test_backward_is_what_differences_say(name, seed):
    rng = np.random.default_rng(seed)
    layer, x = LAYERS[name](rng)[0], random_input(name, rng)
    check = nn.gradient_check(shaken(layer, x, rng), x, entries=1000)
    assert check.right, f"seed {seed}, {layer}, x {x.shape}: {check}"
    assert check.checked == x.size + sum(array.size for array in layer.parameters.values())
    assert check.kinks == 0


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_those_of_keras(keras, name, seed, training):
    import tensorflow as tf

    rng = np.random.default_rng(seed)
    ours, theirs = LAYERS[name](rng, keras)
    x = random_input(name, rng)
    shaken(ours, x, rng)
    theirs.build(x.shape)
    theirs.set_weights([*ours.parameters.values(), *ours.statistics.values()])
    y = ours.forward(x, training)
    dy = rng.normal(size=y.shape)
    dx = ours.backward(dy)
    with tf.GradientTape() as tape:
        x = tf.constant(x)
        tape.watch(x)
        their_y = theirs(x, training=training) if name == "BatchNormalization" else theirs(x)
    expected = tape.gradient(their_y, [x, *theirs.trainable_variables], output_gradients=dy)
    case = f"seed {seed}, {ours}, x {x.shape}"
    assert_allclose(y, their_y, rtol=1e-9, atol=1e-12, err_msg=case)
    for got, wanted in zip([dx, *ours.gradients.values()], expected, strict=True):
        assert_allclose(got, wanted, rtol=1e-8, atol=1e-10, err_msg=case)
    for got, wanted in zip(ours.statistics.values(), theirs.non_trainable_variables, strict=False):
        assert_allclose(got, wanted, rtol=1e-9, err_msg=case)


def test_dense_by_hand():
    layer = nn.Dense(2).build((2,))
    layer.parameters["kernel"][:], layer.parameters["bias"][:] = [[1, 2], [3, 4]], [10, 20]
    assert layer.forward([[1, 1], [2, 0]]).tolist() == [[14, 26], [12, 24]]
    assert layer.backward([[1, 0], [0, 1]]).tolist() == [[1, 3], [2, 4]]
    assert layer.gradients["kernel"].tolist() == [[1, 2], [1, 0]]
    assert layer.gradients["bias"].tolist() == [1, 1]


def test_relu_has_no_slope_at_zero():
    layer = nn.ReLU()
    assert layer.forward([[-1.0, 0, 2]]).tolist() == [[0, 0, 2]]
    assert layer.backward([[5.0, 5, 5]]).tolist() == [[0, 0, 5]]


def test_sigmoid_and_tanh_never_overflow():
    with np.errstate(all="raise", under="ignore"):
        assert nn.Sigmoid().forward([[-1e5, 0, 1e5]]).tolist() == [[0, 0.5, 1]]
        assert nn.Tanh().forward([[-1e5, 0, 1e5]]).tolist() == [[-1, 0, 1]]


def test_dropout_keeps_the_mean_in_training_and_everything_in_test():
    layer, x = nn.Dropout(0.2).build((500,), seed=1), np.full((400, 500), 3.0)
    assert_array_equal(layer.forward(x), x)
    assert_array_equal(layer.backward(x), x)
    y = layer.forward(x, training=True)
    assert set(np.unique(y.round(9))) == {0, 3.75}
    assert np.mean(y == 0) == pytest.approx(0.2, abs=0.01)
    assert np.mean((y[0] == 0) & (y[1] == 0)) < 0.1  # each image by itself: 0.2 · 0.2
    assert_array_equal(layer.backward(np.ones_like(x)), y / 3)
    assert np.any(layer.forward(x, training=True) != y)
    again = nn.Dropout(0.2).build((500,), seed=1).forward(x, training=True)
    assert_array_equal(again, y)
    assert nn.Dropout(0.5).build((4,), dtype="float32").forward(x[:, :4], True).dtype == np.float32


def test_batch_normalization_by_hand():
    layer = nn.BatchNormalization(momentum=0.9, epsilon=1.0).build((1,))
    x = [[-1.0], [1.0], [3.0], [5.0]]  # mean 2, variance 5
    assert_allclose(layer.forward(x, training=True).ravel(), np.array([-3, -1, 1, 3]) / 6**0.5)
    assert_allclose(layer.statistics["moving_mean"], 0.2)
    assert_allclose(layer.statistics["moving_variance"], 0.9 + 0.5)
    assert_allclose(layer.forward([[0.2]]), [[0.0]], atol=1e-15)
    assert nn.BatchNormalization().momentum == 0.99 and nn.BatchNormalization().epsilon == 1e-3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_what_comes_out_has_the_layers_dtype(name, dtype):
    rng = np.random.default_rng(0)
    layer, x = LAYERS[name](rng)[0], random_input(name, rng).astype(dtype)
    y = layer.forward(x, training=True)
    arrays = [y, layer.backward(y), *layer.parameters.values(), *layer.gradients.values()]
    assert {array.dtype for array in [*arrays, *layer.statistics.values()]} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", LAYERS)
def test_arguments_stay_as_they_are(name):
    rng = np.random.default_rng(0)
    layer, x = LAYERS[name](rng)[0], random_input(name, rng)
    x0, y = x.copy(), layer.forward(x, training=True)
    y0, dy = y.copy(), rng.normal(size=y.shape)
    dy0 = dy.copy()
    layer.backward(dy)
    assert_array_equal(x, x0)
    assert_array_equal(dy, dy0)
    assert_array_equal(y, y0)


@pytest.mark.parametrize("name", ["glorot_uniform", "he_uniform", "random_normal"])
def test_first_kernels_are_spread_as_those_of_keras(keras, name):
    for layer, shape in [(nn.Dense, (200, 300)), (nn.Conv2D, (3, 5, 30, 40))]:
        size = () if layer is nn.Dense else (shape[:2],)
        made = layer(shape[-1], *size, kernel_initializer=name)
        made.build((shape[0],) if layer is nn.Dense else (9, 9, shape[2]), seed=1)
        ours, theirs = made.parameters["kernel"], getattr(keras.initializers, pascal(name))(seed=1)
        theirs = np.asarray(theirs(shape))
        assert ours.shape == shape and not made.parameters["bias"].any()
        assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
        assert abs(ours.mean()) < ours.std() / 50
        if name != "random_normal":
            assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.001)


def pascal(name):
    return "".join(word.capitalize() for word in name.split("_"))


# Losses


LOSSES = {
    nn.softmax_cross_entropy: lambda keras: keras.losses.CategoricalCrossentropy(from_logits=True),
    nn.sigmoid_cross_entropy: lambda keras: keras.losses.BinaryCrossentropy(from_logits=True),
    nn.mean_squared_error: lambda keras: keras.losses.MeanSquaredError(),
}


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_losses_are_those_of_keras(keras, loss, seed, labels):
    import tensorflow as tf

    rng = np.random.default_rng(seed)
    n, k = map(int, rng.integers(2, 6, 2))
    z, t = 3 * rng.normal(size=(n, k)), rng.dirichlet(np.ones(k), n)
    y = rng.integers(0, k, n) if labels else t
    value, dz = loss(z, y)
    z, t = tf.constant(z), tf.constant(np.eye(k)[y] if labels else t)
    with tf.GradientTape() as tape:
        tape.watch(z)
        theirs = LOSSES[loss](keras)(t, z)
    assert value == pytest.approx(float(theirs), rel=1e-9)
    assert_allclose(dz, tape.gradient(theirs, z), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_gradients_of_losses_are_what_differences_say(loss):
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    check = nn.compare_gradients(lambda z: loss(z, y)[0], {"z": z}, {"z": loss(z, y)[1]})
    assert check.right and check.checked == 15, check


def test_losses_by_hand():
    assert nn.softmax_cross_entropy(np.zeros((3, 10)), [0, 5, 9])[0] == pytest.approx(np.log(10))
    value, dz = nn.softmax_cross_entropy(np.log([[0.1, 0.9], [0.5, 0.5]]), [1, 0])
    assert value == pytest.approx(-(np.log(0.9) + np.log(0.5)) / 2)
    assert_allclose(dz, [[0.05, -0.05], [-0.25, 0.25]])
    value, dz = nn.sigmoid_cross_entropy(np.array([[0.0, np.log(3)]]), [[1, 0]])
    assert value == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert_allclose(dz, [[-0.25, 0.375]])
    value, dz = nn.mean_squared_error(np.array([[1.0, 2], [3, 4]]), [[1, 2], [3, 8]])
    assert value == 4 and dz.tolist() == [[0, 0], [0, -2]]
    assert nn.mean_squared_error(np.array([[3.0], [5]]), [1, 5])[0] == 2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", [nn.softmax_cross_entropy, nn.sigmoid_cross_entropy])
def test_no_logits_are_too_large(loss, dtype):
    z = np.array([[1e4, -1e4], [-1e30, 1e30], [5.0, 5.0]], dtype)
    with np.errstate(all="raise", under="ignore"):
        value, dz = loss(z, [0, 1, 0])
        wrong, _ = loss(z, [1, 1, 0])
    assert 0 < value < 1 and np.isfinite(dz).all() and dz.dtype == dtype
    assert wrong == pytest.approx(
        2e4 / 3 if loss is nn.softmax_cross_entropy else 1e4 / 3, rel=1e-3
    )
    assert_allclose(dz[:2], 0, atol=1e-30)


@pytest.mark.parametrize(
    ("y", "error", "words"),
    [
        ([0, 3], ValueError, "labels in y must be from 0 to 2"),
        ([0, -1], ValueError, "received labels in y=-1"),
        ([0.0, 1.0], TypeError, "y.dtype"),
        ([0], ValueError, r"y.shape must be \(2, 3\)"),
        ([[0, 1]], ValueError, r"y.shape must be \(2, 3\)"),
        ([[0, 1, 2], [1, 0, 0]], ValueError, "from 0 to 1"),
        ([[0, 1, np.nan], [1, 0, 0]], ValueError, "from 0 to 1"),
        ([[0, 1, 1], [1, 0, 0]], ValueError, "add up to 1"),
        ([["a", "b", "c"]] * 2, TypeError, "y.dtype"),
    ],
)
def test_labels_that_do_not_fit(y, error, words):
    with pytest.raises(error, match=words):
        nn.softmax_cross_entropy(np.zeros((2, 3)), y)


# Optimizers


def steps(optimizer, gradients, w=1.0):
    w, seen = np.array([w]), []
    for gradient in gradients:
        optimizer.step({"w": w}, {"w": np.array([gradient])})
        seen.append(float(w[0]))
    return seen


def test_optimizers_by_hand():
    assert steps(nn.SGD(0.1), [1, 2]) == pytest.approx([0.9, 0.7])
    assert steps(nn.SGD(0.1, 0.5), [1, 2, 0]) == pytest.approx([0.9, 0.65, 0.525])
    average = nn.SGD(0.1, 0.5, moving_average=True)
    assert steps(average, [1, 2, 0]) == pytest.approx([0.95, 0.825, 0.7625])
    assert steps(nn.SGD(0.1, weight_decay=0.5), [0, 2]) == pytest.approx([0.95, 0.9025 - 0.2])
    assert steps(nn.Adam(0.1), [5, 5, 5]) == pytest.approx([0.9, 0.8, 0.7], abs=1e-6)
    assert steps(nn.Adam(0.1, weight_decay=0.5), [5]) == pytest.approx([0.85], abs=1e-6)


def test_the_moving_average_is_the_classical_form_with_a_smaller_rate():
    gradients = np.random.default_rng(0).normal(size=50)
    classical = steps(nn.SGD(0.1, 0.9), gradients)
    average = steps(nn.SGD(1.0, 0.9, moving_average=True), gradients)
    assert average == pytest.approx(classical)


def test_an_optimizer_keeps_apart_what_belongs_to_different_arrays():
    optimizer = nn.SGD(0.1, 0.9)
    first, second = steps(optimizer, [1, 1]), steps(optimizer, [1, 1])
    assert first == second


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", [nn.SGD, nn.Adam])
def test_steps_keep_the_dtype_and_the_array(make, dtype):
    w = np.ones(3, dtype)
    make(weight_decay=0.1).step({"w": w}, {"w": np.ones(3, dtype)})
    assert w.dtype == dtype and (w < 1).all()


# Keras rounds all of these numbers to float32, in which these are exact.
RATE, MOMENTUM, DECAY = 2**-5, 1 - 2**-3, 2**-7
BETAS = {"beta_1": MOMENTUM, "beta_2": 1 - 2**-7, "epsilon": 2**-23}
OPTIMIZERS = {
    "momentum": ("SGD", {"learning_rate": RATE, "momentum": MOMENTUM, "weight_decay": DECAY}),
    "adam": ("Adam", {"learning_rate": RATE / 4, "weight_decay": DECAY, **BETAS}),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_is_that_of_keras_step_by_step(keras, name):
    rng, layers = np.random.default_rng(0), keras.layers
    x, y = digits(rng, 800)
    ours = network(
        nn.Conv2D(4, 3, padding="same"), nn.BatchNormalization(), nn.ReLU(), nn.MaxPool2D(),
        nn.Conv2D(5, 2, 2), nn.Sigmoid(), nn.AveragePooling2D(1), nn.Flatten(), nn.Dense(8),
        nn.Tanh(), nn.Dense(4), input_shape=x.shape[1:],
    )  # fmt: skip
    theirs = keras.Sequential(
        [
            layers.Input(x.shape[1:]), layers.Conv2D(4, 3, padding="same"),
            layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(),
            layers.Conv2D(5, 2, 2, activation="sigmoid"), layers.AveragePooling2D(1),
            layers.Flatten(), layers.Dense(8, activation="tanh"), layers.Dense(4),
        ]
    )  # fmt: skip
    theirs.set_weights([*ours._arrays("parameters", "statistics").values()])
    name, how = OPTIMIZERS[name]
    our_optimizer, their_optimizer = (
        getattr(nn, name)(**how),
        getattr(keras.optimizers, name)(**how),
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    theirs.compile(their_optimizer, loss)
    losses, their_losses = [], []
    for step in range(100):
        some = slice(8 * step, 8 * step + 8)
        losses.append(ours.train_on_batch(x[some], y[some], our_optimizer)["loss"])
        theirs.reset_metrics()
        their_losses.append(float(theirs.train_on_batch(x[some], y[some])))
    assert_allclose(losses, their_losses, rtol=1e-9)
    arrays = ours._arrays("parameters", "statistics").values()
    for got, wanted in zip(arrays, theirs.get_weights(), strict=True):
        assert_allclose(got, wanted, rtol=1e-6, atol=1e-9)
    assert_allclose(ours.predict(x[:50]), theirs.predict(x[:50], verbose=0), rtol=1e-6, atol=1e-9)
    assert len(set(np.round(losses, 6))) == 100


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_defaults_of_optimizers_are_those_of_keras(keras, name):
    ours, theirs = vars(getattr(nn, name)()), getattr(keras.optimizers, name)().get_config()
    for key in {"learning_rate", "momentum", "beta_1", "beta_2", "epsilon"} & set(ours):
        assert ours[key] == pytest.approx(theirs[key])
    assert ours["weight_decay"] == 0 and not theirs["weight_decay"]


# Networks


def test_shapes_follow_from_the_first_x_or_are_given():
    given = network(nn.Conv2D(3, 3), nn.Flatten(), nn.Dense(2), input_shape=(6, 7, 2))
    seen = network(nn.Conv2D(3, 3), nn.Flatten(), nn.Dense(2))
    x = np.ones((1, 6, 7, 2))
    assert_array_equal(given.predict(x), seen.predict(x))
    assert [layer.output_shape for layer in seen.layers] == [(4, 5, 3), (60,), (2,)]
    assert list(seen.parameters) == [
        "0_Conv2D.kernel", "0_Conv2D.bias", "2_Dense.kernel", "2_Dense.bias",
    ]  # fmt: skip


def test_a_network_prints_as_a_table():
    assert str(network(nn.Flatten(), nn.Dense(2), input_shape=(30, 40, 2))).splitlines() == [
        "layer                   output shape      parameters",
        "0_Flatten               (2400,)                    0",
        "1_Dense                 (2,)                   4,802",
    ]
    assert len(str(network(nn.Dense(2))).splitlines()) == 1


def test_seeds_settle_the_first_weights():
    x = np.random.default_rng(0).normal(size=(2, 5))
    outputs = [network(nn.Dense(4), nn.Dense(4), seed=s).predict(x) for s in (1, 1, 2, None, None)]
    assert_array_equal(outputs[0], outputs[1])
    assert all(np.any(outputs[i] != outputs[j]) for i, j in [(1, 2), (2, 3), (3, 4)])
    first, second = network(nn.Dense(5), nn.Dense(5), input_shape=(5,)).layers
    assert np.any(first.parameters["kernel"] != second.parameters["kernel"])


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_the_gradients_of_a_whole_network(loss):
    x, y = digits(np.random.default_rng(0))
    check = nn.gradient_check(small_cnn(), x, y, loss=loss, entries=1000)
    assert check.right, check
    assert check.checked == sum(
        array.size for array in small_cnn().build((6, 7, 2)).parameters.values()
    )


def test_the_first_trained_layer_computes_no_dx():
    net = network(nn.Flatten(), nn.Dense(3), nn.ReLU(), nn.Dense(2))
    x, y = digits(np.random.default_rng(0), k=2)
    assert net.backward(nn.softmax_cross_entropy(net.forward(x), y)[1]) is None
    assert all(array.any() for array in net.gradients.values())
    convolution = network(nn.Conv2D(3, 2), nn.Flatten(), nn.Dense(2))
    assert convolution.backward(np.ones_like(convolution.forward(x))) is None
    assert all(array.any() for array in convolution.gradients.values())
    free = network(nn.ReLU(), nn.Flatten())
    assert free.backward(free.forward(x)).shape == x.shape


def test_float32_and_float64_agree():
    x, y = digits(np.random.default_rng(0))
    histories = [
        small_cnn(dtype).fit(x, y, nn.SGD(0.1), epochs=2, seed=0, report=None)["loss"]
        for dtype in ("float32", "float64")
    ]
    assert_allclose(*histories, rtol=1e-4)
    assert small_cnn("float32").predict(x).dtype == np.float32
    assert nn.Network([nn.Dense(2)]).predict(x[:, 0, 0]).dtype == np.float32


# Training


def test_fit_returns_the_history_of_keras(keras):
    x, y = digits(np.random.default_rng(0), 50)
    how = {"epochs": 3, "batch_size": 16, "shuffle": False, "validation_data": (x[:7], y[:7])}
    ours = network(nn.Flatten(), nn.Dense(4), input_shape=x.shape[1:])
    layers = [keras.layers.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(4)]
    theirs = keras.Sequential(layers)
    theirs.set_weights([*ours.parameters.values()])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    theirs.compile(keras.optimizers.SGD(RATE), loss, metrics=["accuracy"])
    expected = theirs.fit(x, y, verbose=0, **how).history
    history = ours.fit(x, y, nn.SGD(RATE), report=None, **how)
    assert set(history) == set(expected)
    for key, values in history.items():
        assert_allclose(values, expected[key], rtol=1e-6)


def test_fit_says_how_it_goes(monkeypatch):
    x, y = digits(np.random.default_rng(0), 40)
    clock = iter(range(0, 10_000, 6))
    monkeypatch.setattr("helpers.nn.network.perf_counter", lambda: next(clock))
    lines = []
    network(nn.Flatten(), nn.Dense(4)).fit(
        x, y, nn.SGD(), epochs=2, batch_size=10, report=lines.append, validation_data=(x, y)
    )
    assert [line.split(":")[0] for line in lines] == [
        "epoch 1/2, 20 of 40", "epoch 1/2, 40 of 40", "epoch 1/2",
        "epoch 2/2, 20 of 40", "epoch 2/2, 40 of 40", "epoch 2/2",
    ]  # fmt: skip
    assert "loss" in lines[0] and "val_accuracy" in lines[2] and lines[2].endswith(" s")


def test_what_is_said_on_the_way_are_means(monkeypatch):
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr("helpers.nn.network.perf_counter", lambda: next(clock))
    x, lines = np.zeros((6, 3)), []
    net = network(nn.Dense(4), input_shape=(3,))
    net.fit(x, np.zeros(6, int), nn.SGD(1e-9), batch_size=2, report=lines.append)
    assert [line.split("loss ")[1][:6] for line in lines] == ["1.3863"] * 4


def test_fit_prints_unless_told_not_to(capsys):
    x, y = digits(np.random.default_rng(0))
    small_cnn().fit(x, y, nn.SGD())
    assert capsys.readouterr().out.startswith("epoch 1/1: loss ")
    small_cnn().fit(x, y, nn.SGD(), report=None)
    assert capsys.readouterr().out == ""


def test_the_same_seeds_train_the_same_network():
    x, y = digits(np.random.default_rng(0), 60)
    runs = [
        small_cnn(seed=a).fit(x, y, nn.SGD(0.1, 0.9), epochs=3, batch_size=8, seed=b, report=None)
        for a, b in [(0, 0), (0, 0), (0, 1), (1, 0)]
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2] and runs[0] != runs[3]


@pytest.mark.parametrize("shuffle", [True, False])
def test_every_epoch_sees_every_image_once(shuffle):
    x, orders = np.arange(10.0)[:, None], []

    class Seen(nn.ReLU):
        def _forward(self, x, training):
            if training:
                orders.extend(x.ravel().tolist())
            return super()._forward(x, training)

    net = network(Seen(), nn.Dense(2))
    net.fit(
        x, np.zeros(10, int), nn.SGD(), epochs=2, batch_size=3, shuffle=shuffle, seed=0, report=None
    )
    first, second = orders[:10], orders[10:]
    assert sorted(first) == sorted(second) == list(range(10))
    assert (first != second and first != sorted(first)) == shuffle


def test_a_network_learns():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 8, 8, 1))
    y = (np.abs(x[:, :4]).sum(axis=(1, 2, 3)) > np.abs(x[:, 4:]).sum(axis=(1, 2, 3))).astype(int)
    net = nn.Network([nn.Conv2D(4, 3), nn.ReLU(), nn.Flatten(), nn.Dense(2)], seed=0)
    history = net.fit(x, y, nn.Adam(0.01), epochs=30, seed=0, report=None)
    assert history["accuracy"][-1] > 0.95 > 0.7 > history["accuracy"][0]


def test_evaluating_changes_nothing_and_needs_no_batches():
    x, y = digits(np.random.default_rng(0), 30)
    net = small_cnn()
    net.fit(x, y, nn.SGD(0.1), report=None)
    before = {name: array.copy() for name, array in net._arrays("parameters", "statistics").items()}
    whole, parts = net.evaluate(x, y), net.evaluate(x, y, batch_size=7)
    assert whole == pytest.approx(parts)
    assert_allclose(net.predict(x), net.predict(x, batch_size=7))
    assert whole["accuracy"] == np.mean(net.predict(x).argmax(axis=1) == y)
    for name, array in net._arrays("parameters", "statistics").items():
        assert_array_equal(array, before[name])


def test_accuracy_is_of_classes():
    x, t = np.zeros((4, 3)), np.zeros((4, 1))
    net = network(nn.Dense(1))
    assert set(net.evaluate(x, t, loss=nn.mean_squared_error)) == {"loss"}
    assert set(net.evaluate(x, t, loss=nn.sigmoid_cross_entropy)) == {"loss"}
    one_hot = np.eye(3)[[0, 1, 1, 0]]
    assert network(nn.Dense(3)).evaluate(x, one_hot)["accuracy"] == 0.5


@pytest.mark.parametrize(
    ("x", "rate", "named"),
    [
        (1.0, 1e200, "step [12]: .* (output of 1_Dense|1_Dense.kernel)"),
        (np.nan, 0.1, "step 0: .* is x"),
    ],
)
def test_what_is_not_finite_stops_the_training(x, rate, named):
    rng = np.random.default_rng(0)
    x, y = x * rng.normal(size=(40, 5)), rng.integers(0, 2, 40)
    net = network(nn.Dense(4), nn.Dense(2))
    with pytest.raises(FloatingPointError, match=f"diverged at {named}.*learning_rate"):
        net.fit(x, y, nn.SGD(rate), batch_size=8, epochs=3, report=None)


def test_the_first_layer_that_overflows_is_named():
    net = network(nn.Dense(3), nn.Dense(3), nn.Dense(2), input_shape=(3,))
    net.parameters["1_Dense.kernel"][:] = 1e308
    with pytest.raises(FloatingPointError, match="not finite is the output of 1_Dense"):
        net.train_on_batch(np.ones((2, 3)) * 1e3, [0, 1], nn.SGD())
    with pytest.raises(FloatingPointError, match="output of 1_Dense"), np.errstate(all="ignore"):
        net.evaluate(np.ones((2, 3)) * 1e3, [0, 1])


def test_evaluating_names_the_layer_of_the_image_that_overflows():
    net, x = network(nn.Dense(3), nn.Dense(2), input_shape=(3,)), np.ones((4, 3))
    net.parameters["1_Dense.kernel"][:] = 1e300
    x[2] = 1e20 / net.parameters["0_Dense.kernel"][0, 0], 0, 0
    with pytest.raises(FloatingPointError, match="output of 1_Dense"), np.errstate(all="ignore"):
        net.evaluate(x, np.zeros(4, int))


def test_a_last_step_that_diverges_is_seen_too():
    net = network(nn.Dense(2), input_shape=(2,))
    with pytest.raises(FloatingPointError, match="0_Dense"):
        net.fit([[1e300, 1e300]], [[1e300, 1]], nn.SGD(1e300), loss=huge, report=None)


def huge(outputs, y):
    return 1.0, np.full_like(outputs, 1e300)


# Saving


def test_what_is_saved_is_what_is_loaded(tmp_path):
    x, y = digits(np.random.default_rng(0))
    net = small_cnn(seed=1)
    net.fit(x, y, nn.SGD(0.1), report=None)
    net.save(tmp_path / "net.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["net.npz"]
    for other in (small_cnn(seed=2), small_cnn(seed=2).build((6, 7, 2))):
        assert_array_equal(other.load(tmp_path / "net.npz").predict(x), net.predict(x))
    single = small_cnn("float32").load(str(tmp_path / "net.npz"))
    assert_allclose(single.predict(x), net.predict(x), rtol=1e-4, atol=1e-5)
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        assert {"0_Conv2D.kernel", "2_BatchNormalization.moving_mean"} < set(file)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (
            [nn.Dense, 3, nn.ReLU, nn.Dense, 4],
            r"0_Dense: Dense\(units=5\), \(6,\) to \(5,\) there, .*\(3,\) here",
        ),
        ([nn.Dense, 5, nn.Tanh, nn.Dense, 4], "1_ReLU.* there, 1_Tanh"),
        ([nn.Dense, 5, nn.ReLU], "2_Dense.* there, no layer here"),
        ([nn.Dense, 5, nn.ReLU, nn.Dense, 4, nn.ReLU], "no layer there, 3_ReLU"),
    ],
)
def test_another_architecture_is_refused(tmp_path, layers, words):
    network(nn.Dense(5), nn.ReLU(), nn.Dense(4), input_shape=(6,)).save(tmp_path / "net.npz")
    made = []
    for layer in layers:
        made = [*made[:-1], made[-1](layer)] if isinstance(layer, int) else [*made, layer]
    other = network(*(layer() if isinstance(layer, type) else layer for layer in made))
    other.build((6,))
    before = [array.copy() for array in other.parameters.values()]
    with pytest.raises(ValueError, match=words):
        other.load(tmp_path / "net.npz")
    for array, was in zip(other.parameters.values(), before, strict=True):
        assert_array_equal(array, was)


def test_how_weights_were_drawn_is_no_part_of_the_architecture(tmp_path):
    network(nn.Dense(5), input_shape=(6,)).save(tmp_path / "net.npz")
    network(nn.Dense(5, kernel_initializer="he_uniform")).load(tmp_path / "net.npz")


def test_a_save_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    net = network(nn.Dense(5), input_shape=(6,))
    net.save(tmp_path / "net.npz")
    before = (tmp_path / "net.npz").read_bytes()

    def half(file, **arrays):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(OSError, match="disk full"):
        net.save(tmp_path / "net.npz")
    assert (tmp_path / "net.npz").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_files_that_are_none_of_ours_are_refused(tmp_path):
    net, path = network(nn.Dense(5), input_shape=(6,)), tmp_path / "net.npz"
    net.save(path)
    whole = path.read_bytes()
    for damaged in (b"", b"text", whole[: len(whole) // 2], whole[:200] + b"x" * 40 + whole[240:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"net\.npz is damaged, or no saved network"):
            net.load(path)
    np.savez(path, a=np.ones(3))
    with pytest.raises(ValueError, match="no saved network"):
        net.load(path)
    np.save(tmp_path / "net.npy", np.ones(3))
    with pytest.raises(ValueError, match="no saved network"):
        net.load(tmp_path / "net.npy")
    np.savez(path, layers=np.array([print], object), input_shape=[6])
    with pytest.raises(ValueError, match="no saved network"):
        net.load(path)
    with pytest.raises(FileNotFoundError):
        net.load(tmp_path / "none.npz")
    with pytest.raises(ValueError, match="has seen no x"):
        network(nn.Dense(5)).save(path)


def test_arrays_that_do_not_fit_change_nothing(tmp_path):
    net, path = network(nn.Dense(5), input_shape=(6,)), tmp_path / "net.npz"
    before = net.parameters["0_Dense.kernel"].copy()
    net.save(path)
    with np.load(path) as file:
        stored = dict(file)
    for change in ({"0_Dense.bias": np.ones(4)}, {"0_Dense.bias": np.array(["a"] * 5)}):
        np.savez(path, **stored | {"0_Dense.kernel": np.ones((6, 5))} | change)
        with pytest.raises(ValueError, match=r"0_Dense\.bias"):
            net.load(path)
        assert_array_equal(net.parameters["0_Dense.kernel"], before)
    del stored["0_Dense.bias"]
    np.savez(path, **stored | {"0_Dense.kernel": np.ones((6, 5))})
    with pytest.raises(ValueError, match=r"0_Dense\.bias"):
        net.load(path)
    assert_array_equal(net.parameters["0_Dense.kernel"], before)


# The gradient check


class WrongSigmoid(nn.Sigmoid):
    """The report's: the derivative is left out."""

    def _backward(self, dy):
        return dy * self._y


def test_a_wrong_layer_is_found_and_named():
    x, y = digits(np.random.default_rng(0))
    net = network(nn.Flatten(), nn.Dense(6), WrongSigmoid(), nn.Dense(4))
    check = nn.gradient_check(net, x, y, entries=1000)
    assert not check.right and check.error > 0.1
    assert check.name.startswith("1_Dense") and "WRONG" in str(check)
    assert check.name in str(check) and ", ".join(map(str, check.index)) in str(check)
    assert net.parameters[check.name].shape > check.index


def test_a_single_wrong_entry_is_found():
    w = np.arange(12.0).reshape(3, 4) + 1
    gradient = 2 * w
    gradient[1, 2] *= 1 + 3e-6
    check = nn.compare_gradients(lambda w: np.sum(w**2), {"w": w}, {"w": gradient})
    assert (check.name, check.index, check.right) == ("w", (1, 2), False)
    assert check.error == pytest.approx(3e-6, rel=0.1)
    assert nn.compare_gradients(lambda w: np.sum(w**2), {"w": w}, {"w": 2 * w}).right


def test_not_a_number_is_no_right_gradient():
    w = np.ones(3)
    for gradient in ([2, np.nan, 2], [np.nan] * 3):
        check = nn.compare_gradients(lambda w: w @ w, {"w": w}, {"w": np.array(gradient)})
        assert not check.right and np.isnan(check.backward)
    assert not nn.compare_gradients(lambda w: np.nan, {"w": w}, {"w": 2 * w}).right


def test_kinks_are_told_from_mistakes():
    x = np.array([[0.0, 1.0, -1.0, 0.0]])
    check = nn.gradient_check(nn.ReLU(), x)
    assert (check.right, check.checked, check.kinks) == (True, 4, 2)
    tie = np.reshape([[1.0, 1.0], [1.0, 0.0]], (1, 2, 2, 1))
    check = nn.gradient_check(nn.MaxPool2D(), tie)
    assert (check.right, check.kinks) == (True, 3)
    assert not nn.gradient_check(nn.ReLU(), np.zeros((2, 2))).right  # says nothing
    near = np.array([3e-5])  # within the first step, not within the second
    slope = nn.compare_gradients(lambda w: max(w[0], 0), {"w": near}, {"w": np.ones(1)})
    assert (slope.right, slope.kinks) == (True, 0)
    for at_zero, right in [(0, True), (0.3, True), (1, True), (1.1, False), (-0.1, False)]:
        w, gradient = np.array([0.0, 2.0]), np.array([at_zero, 1.0])
        check = nn.compare_gradients(lambda w: np.maximum(w, 0).sum(), {"w": w}, {"w": gradient})
        assert (check.right, check.kinks) == (right, int(right)), check
    told = nn.compare_gradients(lambda w: max(w[0], 0), {"w": np.zeros(1)}, {"w": np.ones(1)})
    assert told.difference == pytest.approx(0.5)  # of a kink: the mean of its two slopes


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("away", [1e-7, 4e-6, 5.3e-6, 7e-6, 9.9e-6, 1.1e-5, 5.3e-5, 9e-5])
def test_a_kink_beside_the_entry_is_no_mistake(away, side):
    """The slope there is 2 w and, beyond the kink at 1, more by 3: to the left or to the right."""
    w = np.array([1 + side * away])
    slope = 2 * w + 3 * (side > 0)

    def function(w):
        return float(w @ w + 3 * max(w[0] - 1, 0))

    check = nn.compare_gradients(function, {"w": w}, {"w": slope})
    assert check.right or check.kinks == 1, check
    for wrong in (slope + 6, slope - 6, -slope):
        assert not nn.compare_gradients(function, {"w": w}, {"w": wrong}).right


def test_a_kink_at_the_entry_and_one_near_it_leave_a_short_way():
    w = np.zeros(1)  # slopes: -1 up to -1.5e-5, 1 up to 0, and then 1.5
    for gradient, right in [(1, True), (-1, False), (2, False)]:
        check = nn.compare_gradients(
            lambda w: w[0] + max(w[0], 0) / 2 + 2 * max(-1.5e-5 - w[0], 0),
            {"w": w},
            {"w": np.array([gradient])},
        )
        assert check.right == right, check


def test_a_strong_curve_is_no_kink():
    w = np.array([0.01])  # the slope is 20, but 20.02 to the right and 19.98 to the left
    for factor, right in [(1, True), (1 + 1e-5, False)]:
        gradient = factor * 2000 * w
        check = nn.compare_gradients(lambda w: 1000 * w @ w, {"w": w}, {"w": gradient})
        assert (check.right, check.kinks) == (right, 0), check


def test_a_gradient_that_is_zero_may_be_zero():
    w = np.ones(3)
    flat = nn.compare_gradients(lambda w: 7.0, {"w": w}, {"w": np.zeros(3)})
    assert flat.right and flat.error == 0
    net = network(nn.Dense(4), nn.BatchNormalization(), nn.Tanh(), nn.Dense(2))  # a bias in vain
    rng = np.random.default_rng(0)
    check = nn.gradient_check(net, rng.normal(size=(9, 3)), rng.integers(0, 2, 9), entries=100)
    assert check.right, check


def test_checking_changes_nothing():
    x, y = digits(np.random.default_rng(0))
    net = small_cnn().build(x.shape[1:])
    before, x0 = {k: v.copy() for k, v in net._arrays("parameters", "statistics").items()}, x.copy()
    first = nn.gradient_check(net, x, y, entries=3, seed=1)
    assert nn.gradient_check(net, x, y, entries=3, seed=1) == first
    assert first.checked == 3 * len(net.parameters)
    assert_array_equal(x, x0)
    for name, array in net._arrays("parameters", "statistics").items():
        assert_array_equal(array, before[name])


def test_float32_has_too_few_digits_to_be_checked():
    with pytest.raises(ValueError, match="float64"):
        nn.gradient_check(small_cnn("float32"), *digits(np.random.default_rng(0)))
    w = np.ones(3, np.float32)
    with pytest.raises(ValueError, match="gradient of w must be float64"):
        nn.compare_gradients(lambda w: w @ w, {"w": w}, {"w": 2 * w})
    with pytest.raises(ValueError, match=r"float64 \(3,\)"):
        nn.compare_gradients(lambda w: w @ w, {"w": np.ones(3)}, {"w": np.ones(2)})


# Bad input


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.Dense(0), ValueError, "units must be a positive integer"),
        (lambda: nn.Dense(2.5), TypeError, "units"),
        (lambda: nn.Dense(2, kernel_initializer="zeros"), ValueError, "kernel_initializer"),
        (lambda: nn.Conv2D(2, 0), ValueError, "kernel_size"),
        (lambda: nn.Conv2D(0, 2), ValueError, "filters"),
        (lambda: nn.Conv2D(2, 2, 0), ValueError, "strides"),
        (lambda: nn.Conv2D(2, 2, padding="full"), ValueError, "padding"),
        (lambda: nn.Conv2D(2, 2, padding=1), TypeError, "padding"),
        (lambda: nn.Conv2D(2, 2, kernel_initializer="he"), ValueError, "kernel_initializer"),
        (lambda: nn.MaxPool2D(0), ValueError, "pool_size"),
        (lambda: nn.MaxPool2D(2, 0), ValueError, "strides"),
        (lambda: nn.AveragePooling2D(2, padding="none"), ValueError, "padding"),
        (lambda: nn.Dropout(1), ValueError, r"rate must be a number in \[0, 1\)"),
        (lambda: nn.BatchNormalization(1), ValueError, "momentum"),
        (lambda: nn.BatchNormalization(epsilon=0), ValueError, "epsilon"),
        (lambda: nn.SGD(0), ValueError, "learning_rate"),
        (lambda: nn.SGD("fast"), TypeError, "learning_rate"),
        (lambda: nn.SGD(momentum=1), ValueError, "momentum"),
        (lambda: nn.SGD(weight_decay=-1), ValueError, "weight_decay"),
        (lambda: nn.SGD(moving_average="yes"), TypeError, "moving_average"),
        (lambda: nn.Adam(beta_1=1), ValueError, "beta_1"),
        (lambda: nn.Adam(beta_2=1), ValueError, "beta_2"),
        (lambda: nn.Adam(epsilon=0), ValueError, "epsilon"),
        (lambda: nn.Network([]), ValueError, "layers"),
        (lambda: nn.Network([nn.Dense]), TypeError, r"layers\[0\] must be a layer"),
        (lambda: nn.Network([nn.ReLU()] * 2), ValueError, r"layers\[1\]"),
        (lambda: nn.Network(nn.Network([nn.ReLU()]).layers), ValueError, "this network alone"),
        (lambda: nn.Network([nn.ReLU()], seed=-1), ValueError, "seed"),
        (lambda: network(nn.Dense(2), dtype="int64", input_shape=(2,)), ValueError, "dtype"),
        (lambda: network(nn.Dense(2), input_shape=(2, 0)), ValueError, "input_shape"),
        (
            lambda: network(nn.Dense(2), input_shape=(2, 3)),
            ValueError,
            r"0_Dense.*\(features\).*\(2, 3\)",
        ),
        (
            lambda: network(nn.ReLU(), nn.Conv2D(1, 5), input_shape=(4, 6, 1)),
            ValueError,
            r"1_Conv2D for inputs of \(4, 6, 1\): .*5 > 4",
        ),
        (
            lambda: network(nn.MaxPool2D(5), input_shape=(6, 4, 1)),
            ValueError,
            r"0_MaxPool2D for inputs of \(6, 4, 1\)",
        ),
    ],
)
def test_bad_arguments_are_named(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_shapes_that_do_not_fit_name_the_layer_and_both():
    net = network(nn.Conv2D(2, 3), nn.Flatten(), nn.Dense(2), input_shape=(6, 7, 2))
    with pytest.raises(ValueError, match=r"x of 0_Conv2D.*\(n, 6, 7, 2\).*\(5, 28, 28, 1\)"):
        net.predict(np.zeros((5, 28, 28, 1)))
    with pytest.raises(ValueError, match=r"1_Dense.*\(features\).*\(4, 5, 2\)"):
        network(nn.Conv2D(2, 3), nn.Dense(2)).predict(np.zeros((1, 6, 7, 2)))
    layer = nn.Dense(3)
    layer.forward(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"x of Dense.*\(n, 2\).*\(4, 3\)"):
        layer.forward(np.zeros((4, 3)))
    with pytest.raises(ValueError, match=r"dy of Dense.*\(4, 3\).*\(4, 1\)"):
        layer.backward(np.zeros((4, 1)))


@pytest.mark.parametrize("x", [np.zeros((0, 2)), 1.0, [["a", "b"]], [[1, 2], [3]], np.zeros((0,))])
def test_there_are_no_outputs_of_nothing(x):
    with pytest.raises((ValueError, TypeError), match=r"x|inhomogeneous"):
        network(nn.Dense(2), input_shape=(2,)).predict(x)


def test_there_is_no_way_back_without_one_forth():
    with pytest.raises(ValueError, match="ReLU has nothing to go back from"):
        nn.ReLU().backward(np.zeros((2, 2)))


def test_a_build_that_fails_can_be_repeated():
    net = network(nn.Conv2D(2, 3), nn.Flatten(), nn.Dense(2))
    with pytest.raises(ValueError, match="0_Conv2D"):
        net.predict(np.zeros((1, 2, 2, 1)))
    assert net.predict(np.zeros((1, 5, 5, 1))).shape == (1, 2)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"y": np.zeros(3, int)}, ValueError, r"\(4, 2\), \(3,\)"),
        ({"x": np.zeros((0, 2)), "y": np.zeros(0, int)}, ValueError, "n > 0"),
        ({"x": 1.0}, ValueError, "x.shape"),
        ({"y": np.full(4, 7)}, ValueError, "labels in y must be from 0 to 1"),
        ({"x": [["a", "b"]] * 4}, TypeError, "x of 0_Dense.dtype"),
        ({"optimizer": "sgd"}, TypeError, "optimizer must be one of this module's"),
        ({"loss": "mse"}, TypeError, "loss must be a function"),
        ({"epochs": 0}, ValueError, "epochs"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"batch_size": 1.5}, TypeError, "batch_size"),
        ({"seed": -1}, ValueError, "seed"),
        ({"validation_data": (np.zeros((2, 3)), np.zeros(2, int))}, ValueError, r"\(n, 2\)"),
    ],
)
def test_bad_arguments_of_fit(given, error, words):
    how = {"x": np.zeros((4, 2)), "y": np.zeros(4, int), "optimizer": nn.SGD(), "report": None}
    with pytest.raises(error, match=words):
        network(nn.Dense(2), input_shape=(2,)).fit(**how | given)


def code_lines(source, node=None):
    """Count the lines of code: without what is empty, a comment or a docstring."""
    tree = node or ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    texts = [
        n.body[0] for n in ast.walk(tree) if isinstance(n, documented) and ast.get_docstring(n)
    ]
    skipped = {line for text in texts for line in range(text.lineno, text.end_lineno + 1)}
    lines = source.splitlines()
    first, last = (node.lineno, node.end_lineno) if node else (1, len(lines))
    written = [n for n in range(first, last + 1) if lines[n - 1].strip() and n not in skipped]
    return sum(not lines[n - 1].strip().startswith("#") for n in written)


def test_the_package_stays_small_and_needs_numpy_alone():
    """Budgets count lines of code: without what is empty, a comment or a docstring."""
    sources = {path.stem: path.read_text("utf-8") for path in Path(nn.__file__).parent.glob("*.py")}
    del sources["__init__"]  # names alone
    counts = {name: code_lines(source) for name, source in sources.items()}
    derived = ("layers", "losses", "optimizers")
    assert sum(counts[name] for name in derived) <= 230, counts
    assert sum(counts.values()) <= 505, counts
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                assert code_lines(source, node) <= 30, f"{name}.{node.name}"
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                module = getattr(node, "module", None) or node.names[0].name
                allowed = {"numpy", "helpers", *sys.stdlib_module_names}
                assert module.split(".")[0] in allowed, f"{name} imports {module}"
