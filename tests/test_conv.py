"""`helpers.conv` against hand arithmetic, its readable twins, SciPy, Keras and differences."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage, signal
from threadpoolctl import threadpool_info

from helpers import _fast_conv, by_hand
from helpers.conv import (
    avg_pool2d,
    avg_pool2d_backward,
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv2d_naive,
    convolve,
    max_pool2d,
    max_pool2d_backward,
)
from helpers.shapes import resolve_padding

SEEDS = range(25)
SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
POOLS = [max_pool2d, avg_pool2d]
POOLS_BACKWARD = [max_pool2d_backward, avg_pool2d_backward]


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


def random_layer(seed, dtype=np.float64):
    """Return x, w, b and options; the kernel is odd or even, and fits; no side equals another."""
    rng = np.random.default_rng(seed)
    kernel, dilation = rng.integers(1, 5, 2), rng.integers(1, 3, 2)
    size = (kernel - 1) * dilation + 1 + rng.permutation(6)[:2]
    c_in, c_out = rng.integers(1, 4, 2)
    x = rng.normal(size=(rng.integers(1, 4), *size, c_in)).astype(dtype)
    w = rng.normal(size=(*kernel, c_in, c_out)).astype(dtype)
    b = rng.normal(size=c_out).astype(dtype)
    options = {
        "strides": tuple(rng.integers(1, 4, 2)),
        "padding": ["valid", "same", 0, 1, 2, 5][rng.integers(6)],
        "dilation": tuple(dilation),
    }
    return x, w, b, options


def random_pool(seed, dtype=np.float64):
    """Return x, all of whose values differ and are negative, and options."""
    rng = np.random.default_rng(seed)
    pool = rng.integers(1, 5, 2)
    shape = (2, *(pool + rng.permutation(5)[:2]), 3)
    x = -1.0 - rng.permutation(np.prod(shape)).reshape(shape).astype(dtype)
    paddings = ["valid", "same", int(min(pool)) - 1]
    options = {
        "pool_size": tuple(pool),
        "strides": [None, tuple(rng.integers(1, 4, 2))][rng.integers(2)],
        "padding": paddings[rng.integers(3)],
    }
    return x, options


def differences(function, argument, dy, step=1e-3):
    """Return the gradient of sum(dy · function(argument)), by central differences."""
    gradient = np.empty_like(argument)
    for index in np.ndindex(argument.shape):
        moved = argument.copy()
        moved[index] += step
        above = function(moved)
        moved[index] -= 2 * step
        gradient[index] = np.sum(dy * (above - function(moved))) / (2 * step)
    return gradient


# By hand


def test_sobel_on_the_3x5_image():
    image = [[1, 0, 2, 3, 1], [3, 2, 0, 7, 0], [0, 6, 1, 1, 4]]
    y = convolve(image, SOBEL_X, padding=1)
    assert y.tolist() == [[2, -1, 11, -2, -13], [10, -4, 8, 2, -18], [14, -1, -5, 6, -9]]
    assert y.dtype == np.int64


def test_left_minus_right_column_on_the_5x5_array():
    array = [[1, 2, 3, 4, 5], [1, 3, 2, 3, 10], [3, 2, 1, 4, 5], [6, 1, 1, 2, 2], [3, 2, 1, 5, 4]]
    kernel = [[1, 0, -1]] * 3
    expected = [[5 - 6, 7 - 11, 6 - 20], [10 - 4, 6 - 9, 4 - 17], [12 - 3, 5 - 11, 3 - 11]]
    assert expected == [[-1, -4, -14], [6, -3, -13], [9, -6, -8]]
    assert convolve(array, kernel).tolist() == expected
    assert convolve(array, kernel, stride=2).tolist() == [[-1, -14], [9, -8]]


def test_padding_surrounds_the_array():
    assert convolve([[7]], [[1]], padding=1).tolist() == [[0, 0, 0], [0, 7, 0], [0, 0, 0]]
    assert convolve([[7]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]], padding=1).tolist() == [[35]]


def test_the_kernel_is_not_flipped():
    assert convolve([[0, 0, 1, 0, 0]], [[1, 2, 3]]).tolist() == [[3, 2, 1]]
    x, w = np.reshape([0, 0, 1, 0, 0], (1, 5, 1)), np.reshape([1, 2, 3], (3, 1, 1))
    assert conv1d(x, w).ravel().tolist() == [3, 2, 1]


def test_conv1d_two_filters_and_two_channels():
    one_channel = np.reshape([1, 2, 4], (1, 3, 1))
    two_filters = np.stack([[[1], [1]], [[-1], [1]]], axis=-1)  # sum, and difference
    assert conv1d(one_channel, two_filters, [0, 10])[0].tolist() == [[3, 11], [6, 12]]
    two_channels = np.array([[[1, 10], [2, 20], [4, 40]]])
    one_filter = np.array([[[1], [0]], [[0], [1]]])  # first channel now + second channel next
    assert conv1d(two_channels, one_filter)[0, :, 0].tolist() == [1 + 20, 2 + 40]


@pytest.mark.parametrize("function", [conv2d, conv2d_naive])
def test_same_puts_the_odd_zero_after(function):
    x, w = np.reshape([1, 2, 3, 4], (1, 1, 4, 1)), np.reshape([1, 10], (1, 2, 1, 1))
    assert function(x, w, padding="same").ravel().tolist() == [21, 32, 43, 4]
    w = np.reshape([1, 10, 100], (1, 3, 1, 1))  # one zero for strides of 2: after, not before
    assert function(x, w, strides=2, padding="same").ravel().tolist() == [321, 43]


@pytest.mark.parametrize("function", [conv2d, conv2d_naive])
def test_dilation_leaves_gaps(function):
    x, w = np.reshape([1, 2, 3, 4, 5], (1, 1, 5, 1)), np.reshape([1, 10], (1, 2, 1, 1))
    assert function(x, w, dilation=(1, 3)).ravel().tolist() == [41, 52]


def test_pooling_ignores_padding():
    x = np.reshape([-4.0, -2.0, -6.0], (1, 1, 3, 1))
    assert max_pool2d(x, (1, 2), padding="same").ravel().tolist() == [-2, -6]
    assert avg_pool2d(x, (1, 2), padding="same").ravel().tolist() == [-3, -6]
    assert max_pool2d(x, 2, padding=1).ravel().tolist() == [-4, -2]
    assert avg_pool2d(x, 2, padding=1).ravel().tolist() == [-4, -4]


def test_ties_send_the_gradient_to_the_first_maximum():
    dx = max_pool2d_backward(np.full((1, 1, 1, 1), 7), np.ones((1, 2, 2, 1)))
    assert dx[0, :, :, 0].tolist() == [[7, 0], [0, 0]]
    overlapping = max_pool2d_backward(
        np.ones((1, 1, 2, 1)), np.ones((1, 1, 3, 1)), (1, 2), strides=1
    )
    assert overlapping.ravel().tolist() == [1, 1, 0]


def test_minus_infinity_is_a_maximum_too():
    dx = max_pool2d_backward(
        np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), -np.inf), 2, padding="same"
    )
    assert dx.item() == 1
    dx = max_pool2d_backward(
        np.ones((1, 2, 2, 1)), np.full((1, 2, 2, 1), -np.inf), 2, padding=1
    )  # and padding, though it is first, is none
    assert_array_equal(dx, np.ones((1, 2, 2, 1)))


def test_of_equals_the_first_by_rows_counts():
    x = np.reshape([[1, 5], [5, 1]], (1, 2, 2, 1))
    dx = max_pool2d_backward(np.ones((1, 1, 1, 1)), x)
    assert dx[0, :, :, 0].tolist() == [[0, 1], [0, 0]]


# Readable twin and fast twin


@pytest.mark.parametrize("seed", SEEDS)
def test_convolve_equals_its_readable_twin_and_scipy(seed, monkeypatch):
    monkeypatch.setattr("helpers._fast_conv._STRIP", 25)  # so that small arrays take several strips
    rng = np.random.default_rng(seed)
    kernel = rng.integers(-5, 6, rng.integers(1, 6, 2))
    array = rng.integers(0, 256, kernel.shape + rng.permutation(8)[:2]).astype(np.uint8)
    stride, padding = int(rng.integers(1, 4)), int(rng.integers(4))
    y = convolve(array, kernel, stride=stride, padding=padding)
    assert y.flags.owndata
    assert y.dtype == np.int64
    naive = by_hand.convolve(array, kernel, stride, padding)
    assert_array_equal(y, naive, err_msg=f"seed={seed}")
    scipy = signal.correlate(
        np.pad(array.astype(int), padding), kernel, mode="valid", method="direct"
    )
    assert_array_equal(y, scipy[::stride, ::stride], err_msg=f"seed={seed}")


@pytest.mark.parametrize("seed", SEEDS)
def test_conv2d_equals_its_readable_twin(seed):
    x, w, b, options = random_layer(seed)
    message = f"seed={seed} {options}"
    fast, naive = conv2d(x, w, b, **options), conv2d_naive(x, w, b, **options)
    assert_allclose(fast, naive, atol=1e-12, err_msg=message)
    assert_allclose(conv2d(x, w, **options), naive - b, atol=1e-12, err_msg=message)


def test_a_batch_of_many_parts(monkeypatch):
    monkeypatch.setattr("helpers._fast_conv._PART", 2**17)
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(40, 21, 30, 4)), rng.normal(size=(5, 4, 4, 3))
    y = conv2d(x, w)
    dy = rng.normal(size=y.shape)
    dx, dw, _ = conv2d_backward(dy, x, w)
    one_by_one = [conv2d_backward(dy[i : i + 1], x[i : i + 1], w) for i in range(40)]
    assert_allclose(y, np.concatenate([conv2d(x[i : i + 1], w) for i in range(40)]), atol=1e-12)
    assert_allclose(dx, np.concatenate([gradient[0] for gradient in one_by_one]), atol=1e-12)
    assert_allclose(dw, sum(gradient[1] for gradient in one_by_one), atol=1e-9)


# SciPy


def test_convolve_equals_ndimage_on_a_photograph_sized_image():
    rng = np.random.default_rng(0)
    image, kernel = rng.random((120, 200), np.float32), rng.random((3, 3), np.float32)
    expected = ndimage.correlate(image, kernel, mode="constant")
    assert_allclose(convolve(image, kernel, padding=1), expected, rtol=1e-5)


def test_conv2d_sums_over_channels_as_scipy():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 7, 9, 3)), rng.normal(size=(4, 3, 3, 2))
    expected = [
        [signal.correlate(image, w[..., f], mode="valid")[..., 0] for f in range(2)] for image in x
    ]
    assert_allclose(conv2d(x, w), np.moveaxis(expected, 1, -1), atol=1e-12)


def test_dx_is_a_convolution_with_the_flipped_kernel():
    rng = np.random.default_rng(0)
    x, w, dy = (rng.normal(size=size) for size in [(6, 8), (3, 2), (4, 7)])
    dx, dw, db = conv2d_backward(dy[None, ..., None], x[None, ..., None], w[..., None, None])
    assert_allclose(dx[0, ..., 0], signal.convolve2d(dy, w, mode="full"), atol=1e-12)
    assert_allclose(dw[..., 0, 0], signal.correlate2d(x, dy, mode="valid"), atol=1e-12)
    assert_allclose(db, [dy.sum()])


# Keras


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("how", [{"strides": 1}, {"strides": 2}, {"strides": 3}, {"dilation": 2}])
def test_conv2d_equals_keras(keras, padding, how):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 9, 12, 2)).astype(np.float32)
    for kernel in [(3, 3), (2, 4), (1, 3)]:
        w = rng.normal(size=(*kernel, 2, 5)).astype(np.float32)
        expected = keras.ops.conv(
            x, w, how.get("strides", 1), padding, "channels_last", how.get("dilation", 1)
        )
        y = conv2d(x, w, padding=padding, **how)
        assert y.dtype == np.float32
        assert_allclose(y, expected, atol=1e-5, err_msg=f"kernel={kernel}")


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, 3])
def test_conv1d_equals_keras(keras, padding, strides):
    rng = np.random.default_rng(0)
    for m in [1, 2, 5]:
        x, w = rng.normal(size=(3, 11, 2)), rng.normal(size=(m, 2, 4))
        expected = keras.ops.conv(x, w, strides, padding, "channels_last")
        y = conv1d(x, w, strides=strides, padding=padding)
        assert_allclose(y, expected, atol=1e-6, err_msg=f"m={m}")


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("pool_size", [(2, 2), (3, 3), (2, 3)])
def test_pooling_equals_keras(keras, padding, strides, pool_size):
    x = np.random.default_rng(0).normal(size=(3, 9, 12, 2)).astype(np.float32) - 5
    for pool, oracle in [(max_pool2d, keras.ops.max_pool), (avg_pool2d, keras.ops.average_pool)]:
        expected = oracle(x, pool_size, strides, padding, "channels_last")
        y = pool(x, pool_size, strides=strides, padding=padding)
        assert_allclose(y, expected, rtol=1e-5, err_msg=pool.__name__)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [1, 2])
def test_gradients_equal_automatic_differentiation(keras, padding, strides):
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x, w, b = (tf.Variable(rng.normal(size=size)) for size in [(2, 7, 10, 3), (3, 4, 3, 5), (5,)])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.nn.conv2d(x, w, strides, padding.upper()) + b
        largest = tf.nn.max_pool2d(x, 3, strides, padding.upper())
        mean = tf.nn.avg_pool2d(x, 3, strides, padding.upper())
    how = {"strides": strides, "padding": padding}
    dy, d_pool = rng.normal(size=y.shape), rng.normal(size=mean.shape)
    expected = tape.gradient(y, [x, w, b], output_gradients=tf.constant(dy))
    received = conv2d_backward(dy, x.numpy(), w.numpy(), **how)
    for name, ours, theirs in zip(["dx", "dw", "db"], received, expected, strict=True):
        assert_allclose(ours, theirs, atol=1e-10, err_msg=name)
    for backward, z in [(max_pool2d_backward, largest), (avg_pool2d_backward, mean)]:
        expected = tape.gradient(z, x, output_gradients=tf.constant(d_pool))
        received = backward(d_pool, x.numpy(), 3, **how)
        assert_allclose(received, expected, atol=1e-10, err_msg=backward.__name__)


# Central differences


@pytest.mark.parametrize("seed", SEEDS)
def test_conv2d_backward_equals_central_differences(seed):
    x, w, b, options = random_layer(seed)
    message = f"seed={seed} {options}"
    dy = np.random.default_rng(seed + 1000).normal(size=conv2d(x, w, b, **options).shape)
    dx, dw, db = conv2d_backward(dy, x, w, **options)
    by_x = differences(lambda x: conv2d(x, w, b, **options), x, dy)
    by_w = differences(lambda w: conv2d(x, w, b, **options), w, dy)
    by_b = differences(lambda b: conv2d(x, w, b, **options), b, dy)
    assert_allclose(dx, by_x, atol=1e-8, err_msg=message)
    assert_allclose(dw, by_w, atol=1e-8, err_msg=message)
    assert_allclose(db, by_b, atol=1e-8, err_msg=message)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_ways_to_dx_agree(seed, monkeypatch):
    x, w, _, options = random_layer(seed)
    dy = conv2d(x, w, **options)
    by = {}
    for way in (_fast_conv._dx_by_strips, _fast_conv._dx_by_convolution):
        monkeypatch.setattr(_fast_conv, "_dx", way)
        by[way], _, _ = conv2d_backward(dy, x, w, **options)
    assert_allclose(*by.values(), atol=1e-9, err_msg=f"seed={seed} {options}")


def test_a_first_layer_needs_no_dx(monkeypatch):
    x, w, _, options = random_layer(0)
    dy = conv2d(x, w, **options)
    wanted = conv2d_backward(dy, x, w, **options)
    monkeypatch.setattr("helpers._fast_conv._dx", None)  # so it is not computed, either
    dx, dw, db = conv2d_backward(dy, x, w, needs_dx=False, **options)
    assert dx is None
    assert_array_equal(dw, wanted[1])
    assert_array_equal(db, wanted[2])
    with rejects(TypeError, "needs_dx must be True or False"):
        conv2d_backward(dy, x, w, needs_dx=0, **options)


@pytest.mark.parametrize("padding", ["valid", "same", 2])
@pytest.mark.parametrize("strides", [1, 2])
def test_conv1d_backward_equals_central_differences(strides, padding):
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(2, 8, 3)), rng.normal(size=(4, 3, 2)), np.zeros(2)
    how = {"strides": strides, "padding": padding}
    dy = rng.normal(size=conv1d(x, w, **how).shape)
    dx, dw, db = conv1d_backward(dy, x, w, **how)
    assert_allclose(dx, differences(lambda x: conv1d(x, w, **how), x, dy), atol=1e-8)
    assert_allclose(dw, differences(lambda w: conv1d(x, w, **how), w, dy), atol=1e-8)
    assert_allclose(db, differences(lambda b: conv1d(x, w, b, **how), b, dy), atol=1e-8)


@pytest.mark.parametrize("pool, backward", list(zip(POOLS, POOLS_BACKWARD, strict=True)))
@pytest.mark.parametrize("seed", SEEDS)
def test_pool_backward_equals_central_differences(pool, backward, seed):
    x, options = random_pool(seed)
    dy = np.random.default_rng(seed + 1000).normal(size=pool(x, **options).shape)
    expected = differences(lambda x: pool(x, **options), x, dy)
    received = backward(dy, x, **options)
    assert_allclose(received, expected, atol=1e-8, err_msg=f"seed={seed} {options}")


@pytest.mark.parametrize("seed", SEEDS)
def test_pools_equal_their_definition(seed):
    x, options = random_pool(seed)
    (kh, kw), padding = options["pool_size"], options["padding"]
    sh, sw = options["strides"] or (kh, kw)
    rows = resolve_padding(x.shape[1], kh, strides=sh, padding=padding)
    columns = resolve_padding(x.shape[2], kw, strides=sw, padding=padding)
    padded = np.pad(x, [(0, 0), rows, columns, (0, 0)], constant_values=np.nan)
    windows = sliding_window_view(padded, (kh, kw), (1, 2))[:, ::sh, ::sw]
    for pool, definition in [(max_pool2d, np.nanmax), (avg_pool2d, np.nanmean)]:
        expected = definition(windows, axis=(-2, -1))
        message = f"{pool.__name__} seed={seed} {options}"
        assert_allclose(pool(x, **options), expected, err_msg=message)


# Dtypes, purity, NaN


def test_float32_stays_and_integers_become_float64():
    for dtype, result in [(np.float32, np.float32), (np.uint8, np.float64), (bool, np.float64)]:
        x, w = np.ones((1, 4, 4, 1), dtype), np.ones((2, 2, 1, 1), dtype)
        y, pooled = conv2d(x, w), max_pool2d(x)
        received = [y, conv2d_naive(x, w), pooled, avg_pool2d(x), conv1d(x[0], w[0])]
        received += conv2d_backward(y, x, w)
        received += [backward(pooled, x) for backward in POOLS_BACKWARD]
        assert {array.dtype for array in received} == {np.dtype(result)}, dtype
    mixed = conv2d(np.ones((1, 4, 4, 1), np.float32), np.ones((2, 2, 1, 1)))
    assert mixed.dtype == np.float64


def test_convolve_dtypes():
    ones = np.ones((2, 2))
    for dtype, result in [(np.uint8, np.int64), (np.float32, np.float32), (bool, np.int64)]:
        assert convolve(ones.astype(dtype), ones.astype(dtype)).dtype == result, dtype
    assert convolve(ones.astype(np.float32), [[1]]).dtype == np.float64
    assert convolve(np.full((2, 2), 255, np.uint8), np.full((2, 2), 255, np.uint8)) == 4 * 255**2


def test_arguments_are_not_changed():
    x, w, b, options = random_layer(3)
    dy = np.ones_like(conv2d(x, w, b, **options))
    pooled = np.ones_like(max_pool2d(x, 2, padding="same"))
    arguments = [x, w, b, dy, pooled]
    before = [argument.copy() for argument in arguments]
    for argument in arguments:
        argument.flags.writeable = False
    conv2d(x, w, b, **options)
    conv2d_naive(x, w, b, **options)
    conv2d_backward(dy, x, w, **options)
    convolve(x[0, ..., 0], w[..., 0, 0], padding=2)
    conv1d_backward(conv1d(x[0], w[0], b), x[0], w[0])
    for pool, backward in zip(POOLS, POOLS_BACKWARD, strict=True):
        pool(x, 1)[...] = 0
        backward(pooled, x, 2, padding="same")
    for argument, copy in zip(arguments, before, strict=True):
        assert_array_equal(argument, copy)


def test_nan_in_the_data_reaches_the_windows_that_hold_it():
    x = np.ones((1, 4, 4, 1))
    x[0, 0, 0, 0] = np.nan
    expected = [[True, False], [False, False]]
    assert np.isnan(conv2d(x, np.ones((2, 2, 1, 1)), strides=2))[0, ..., 0].tolist() == expected
    assert np.isnan(convolve(x[0, ..., 0], np.ones((2, 2)), stride=2)).tolist() == expected
    for pool in POOLS:
        assert np.isnan(pool(x))[0, ..., 0].tolist() == expected


# What is rejected

X, W, DY = np.ones((2, 5, 6, 3)), np.ones((3, 3, 3, 4)), np.ones((2, 3, 4, 4))
X1, W1, DY1 = np.ones((2, 5, 3)), np.ones((3, 3, 4)), np.ones((2, 3, 4))
LAYERS = [
    conv2d,
    conv2d_naive,
    lambda x, w, b=None, **how: conv2d_backward(DY, x, w, **how),
]


def rejects(error, *words):
    """Expect an error whose message has all the words."""
    return pytest.raises(error, match="".join(f"(?=.*{re.escape(word)})" for word in words))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    "x, w, how, error, words",
    [
        (X[0], W, {}, ValueError, ["x.shape must be (batch, h, w, c_in)", "x.shape=(5, 6, 3)"]),
        (X, W[0], {}, ValueError, ["w.shape must be (kh, kw, 3, c_out)", "w.shape=(3, 3, 4)"]),
        (X, W[:, :, :1], {}, ValueError, ["w.shape", "3", "channels of x", "(3, 3, 1, 4)"]),
        (X[:0], W, {}, ValueError, ["x.shape", "empty", "(0, 5, 6, 3)"]),
        (X, W[..., :0], {}, ValueError, ["w.shape", "empty", "(3, 3, 3, 0)"]),
        (X.astype(str), W, {}, TypeError, ["x.dtype", "integers or floats", "U"]),
        (X, W * 1j, {}, TypeError, ["w.dtype", "integers or floats", "complex128"]),
        (None, W, {}, TypeError, ["x.dtype", "object"]),
        ([[1, 2], [3]], W, {}, ValueError, ["x must be", "equal length", "x=[[1, 2], [3]]"]),
        (
            X,
            np.ones((6, 3, 3, 4)),
            {},
            ValueError,
            ["w.shape", "padded input", "(6 > 5)", "(6, 3,"],
        ),
        (X, W, {"dilation": 3}, ValueError, ["w.shape", "padded input", "(7 > 5)"]),
        (X, W, {"strides": 0}, ValueError, ["strides must be a positive integer", "strides=0"]),
        (X, W, {"strides": (1, -2)}, ValueError, ["strides", "strides=-2"]),
        (X, W, {"strides": (1, 2, 3)}, ValueError, ["strides", "pair", "(1, 2, 3)"]),
        (X, W, {"strides": 1.5}, TypeError, ["strides", "strides=1.5"]),
        (X, W, {"dilation": 0}, ValueError, ["dilation", "dilation=0"]),
        (X, W, {"padding": -1}, ValueError, ["padding", "non-negative", "padding=-1"]),
        (X, W, {"padding": "full"}, ValueError, ["padding", "'valid', 'same'", "padding='full'"]),
        (X, W, {"padding": (1, 1)}, TypeError, ["padding", "padding=(1, 1)"]),
        (X, W, {"padding": None}, TypeError, ["padding", "padding=None"]),
    ],
)
def test_conv2d_rejects(layer, x, w, how, error, words):
    with rejects(error, *words):
        layer(x, w, **how)


@pytest.mark.parametrize("layer, x, w", [(conv2d, X, W), (conv2d_naive, X, W), (conv1d, X1, W1)])
def test_a_bias_of_the_wrong_length_is_rejected(layer, x, w):
    for b in [np.zeros(3), np.zeros((1, 4)), 0.0]:
        with rejects(ValueError, "b.shape must be (4,)", f"b.shape={np.shape(b)}"):
            layer(x, w, b)


@pytest.mark.parametrize("layer", [conv1d, lambda x, w, **how: conv1d_backward(DY1, x, w, **how)])
@pytest.mark.parametrize(
    "x, w, how, error, words",
    [
        (X, W1, {}, ValueError, ["x.shape must be (batch, n, c_in)", "x.shape=(2, 5, 6, 3)"]),
        (X1, W, {}, ValueError, ["w.shape must be (m, 3, c_out)", "w.shape=(3, 3, 3, 4)"]),
        (X1, W1[:, :2], {}, ValueError, ["w.shape", "channels of x", "(3, 2, 4)"]),
        (X1, np.ones((6, 3, 4)), {}, ValueError, ["w.shape", "padded input", "(6 > 5)"]),
        (X1, W1, {"strides": (1, 1)}, TypeError, ["strides", "strides=(1, 1)"]),
        (X1, W1, {"strides": 0}, ValueError, ["strides", "strides=0"]),
        (X1, W1, {"padding": "causal"}, ValueError, ["padding", "padding='causal'"]),
    ],
)
def test_conv1d_rejects(layer, x, w, how, error, words):
    with rejects(error, *words):
        layer(x, w, **how)


@pytest.mark.parametrize(
    "backward, dy, arguments, expected",
    [
        (conv2d_backward, DY[:, 1:], (X, W), "(2, 3, 4, 4)"),
        (conv1d_backward, DY1[:, 1:], (X1, W1), "(2, 3, 4)"),
        (max_pool2d_backward, DY, (X,), "(2, 2, 3, 3)"),
        (avg_pool2d_backward, DY, (X,), "(2, 2, 3, 3)"),
    ],
)
def test_a_gradient_of_the_wrong_shape_is_rejected(backward, dy, arguments, expected):
    with rejects(ValueError, f"dy.shape must be {expected}", f"dy.shape={dy.shape}"):
        backward(dy, *arguments)
    with rejects(TypeError, "dy.dtype", "object"):
        backward(None, *arguments)


@pytest.mark.parametrize(
    "array, kernel, how, error, words",
    [
        ([1, 2], [[1]], {}, ValueError, ["array.shape must be (h, w)", "array.shape=(2,)"]),
        ([[1, 2]], [1], {}, ValueError, ["kernel.shape must be (kh, kw)", "kernel.shape=(1,)"]),
        ([[]], [[1]], {}, ValueError, ["array.shape", "empty", "(1, 0)"]),
        ([[1, 2], [3]], [[1]], {}, ValueError, ["array", "equal length", "[[1, 2], [3]]"]),
        ([["a"]], [[1]], {}, TypeError, ["array.dtype", "integers or floats", "U1"]),
        ([[1, 2]], [[1], [1]], {}, ValueError, ["kernel.shape", "padded input", "(2 > 1)"]),
        ([[1]], [[1]], {"stride": 0}, ValueError, ["stride must be a positive", "stride=0"]),
        ([[1]], [[1]], {"stride": (1, 1)}, TypeError, ["stride must be", "stride=(1, 1)"]),
        ([[1]], [[1]], {"padding": -1}, ValueError, ["padding must be", "padding=-1"]),
        ([[1]], [[1]], {"padding": "same"}, TypeError, ["padding must be", "padding='same'"]),
    ],
)
def test_convolve_rejects(array, kernel, how, error, words):
    with rejects(error, *words):
        convolve(array, kernel, **how)


@pytest.mark.parametrize(
    "pool",
    [
        max_pool2d,
        avg_pool2d,
        lambda x, *how, **more: max_pool2d_backward(DY, x, *how, **more),
        lambda x, *how, **more: avg_pool2d_backward(DY, x, *how, **more),
    ],
)
@pytest.mark.parametrize(
    "x, pool_size, how, error, words",
    [
        (X[0], 2, {}, ValueError, ["x.shape must be (batch, h, w, channels)", "(5, 6, 3)"]),
        (X[:0], 2, {}, ValueError, ["x.shape", "empty"]),
        (X.astype(str), 2, {}, TypeError, ["x.dtype", "integers or floats"]),
        (X, 0, {}, ValueError, ["pool_size", "pool_size=0"]),
        (X, 6, {}, ValueError, ["pool_size", "padded input", "(6 > 5)", "pool_size=6"]),
        (X, (2, 2, 2), {}, ValueError, ["pool_size", "pair", "(2, 2, 2)"]),
        (X, 2, {"strides": 0}, ValueError, ["strides", "strides=0"]),
        (X, 2, {"padding": "full"}, ValueError, ["padding", "padding='full'"]),
        (X, (3, 2), {"padding": 2}, ValueError, ["padding", "less than", "(3, 2)", "padding=2"]),
    ],
)
def test_pooling_rejects(pool, x, pool_size, how, error, words):
    with rejects(error, *words):
        pool(x, pool_size, **how)


def test_calls_side_by_side_leave_blas_its_threads():
    def threads():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    x, w = np.ones((64, 28, 28, 8), np.float32), np.ones((3, 3, 8, 8), np.float32)
    before = threads()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: conv2d(x, w), range(8)))
    assert threads() == before


@pytest.mark.parametrize(
    "call",
    [
        lambda: convolve([[1]], [[1]], padding=2**13),
        lambda: conv2d(X, W, padding=2**13),
        lambda: conv2d(X, W[:2, :2], padding="same", dilation=2**14),
        lambda: conv1d(X1, W1, padding=2**27),
    ],
)
def test_padding_that_would_fill_the_memory_is_rejected(call):
    with rejects(ValueError, "padding must be small enough", "at most 268,435,456 positions"):
        call()


def test_strides_and_padding_of_narrow_integers_count_by_their_value():
    array, kernel = np.ones((5, 400)), np.ones((2, 3))
    for narrow in (np.int8, np.uint8):
        y = convolve(array, kernel, stride=narrow(100), padding=narrow(120))
        assert_array_equal(y, convolve(array, kernel, stride=100, padding=120))


def test_sums_that_might_leave_int64_are_rejected():
    largest = 2**62
    assert convolve([[largest - 1, 1]], [[1, 1]]).tolist() == [[largest]]
    assert convolve([[largest - 1, largest]], [[1, 0]]).tolist() == [[largest - 1]]
    assert convolve([[-largest, 5]], [[-1, 0]]).tolist() == [[largest]]
    for array, kernel in [([[largest, largest]], [[1, 1]]), ([[-(2**63), 1]], [[-1, 0]])]:
        with rejects(ValueError, "array must be small enough for sums in int64", "received array="):
            convolve(array, kernel)


def test_masked_arrays_are_rejected():
    masked = np.ma.array(np.ones((3, 3)), mask=np.eye(3))
    for call in (lambda: convolve(masked, [[1]]), lambda: conv2d(X, np.ma.array(W))):
        with rejects(TypeError, "must be an array without a mask (fill it first)"):
            call()
