"""The formulas against counting loops and Keras."""

import random
from itertools import product
from math import ceil

import numpy as np
import pytest

from helpers.shapes import (
    by,
    conv_params,
    dense_params,
    dilated_size,
    output_size,
    receptive_field,
    resolve_padding,
    same_padding,
)


@pytest.mark.parametrize(
    ("size", "kernel_size", "options", "expected"),
    [
        (5, 3, {}, 3),
        (5, 3, {"strides": 2}, 2),
        (6, 3, {"strides": 2}, 2),  # the last position is left over
        (5, 5, {}, 1),
        (5, 3, {"padding": 1}, 5),
        (5, 3, {"padding": (0, 1)}, 4),
        (5, 3, {"padding": "same", "strides": 2}, 3),
        (5, 3, {"dilation": 2}, 1),
        (28, 4, {"strides": 2}, 13),
        (13, 3, {"strides": 2}, 6),
        (9, 5, {"padding": 2}, 9),
        (256, 5, {}, 252),
        (np.int64(5), np.int32(3), {}, 3),
    ],
)
def test_output_size_by_hand(size, kernel_size, options, expected):
    assert output_size(size, kernel_size, **options) == expected


def test_output_size_counts_the_window_positions():
    for size, kernel, stride, dilation, before, after in product(
        range(1, 9), range(1, 5), range(1, 4), range(1, 4), range(3), range(3)
    ):
        padded, reach = size + before + after, (kernel - 1) * dilation + 1
        starts = sum(start + reach <= padded for start in range(0, padded, stride))
        arguments = {"strides": stride, "dilation": dilation, "padding": (before, after)}
        if starts:
            assert output_size(size, kernel, **arguments) == starts, (size, kernel, arguments)
        else:
            with pytest.raises(ValueError, match="kernel_size must be at most the padded input"):
                output_size(size, kernel, **arguments)


@pytest.mark.parametrize(
    ("size", "kernel_size", "options", "expected"),
    [
        (5, 3, {}, (1, 1)),
        (5, 4, {}, (1, 2)),  # an odd number of zeros: the extra one goes after
        (5, 3, {"strides": 2}, (1, 1)),
        (6, 3, {"strides": 2}, (0, 1)),  # the same layer on another size
        (5, 3, {"dilation": 2}, (2, 2)),
        (6, 1, {"strides": 3}, (0, 0)),
        (2, 5, {}, (2, 2)),
    ],
)
def test_same_padding_by_hand(size, kernel_size, options, expected):
    assert same_padding(size, kernel_size, **options) == expected
    assert resolve_padding(size, kernel_size, padding="same", **options) == expected


def test_same_padding_is_the_least_that_gives_ceil_of_size_over_strides():
    for size, kernel, stride, dilation in product(
        range(1, 12), range(1, 6), range(1, 4), range(1, 3)
    ):
        before, after = same_padding(size, kernel, strides=stride, dilation=dilation)
        case = f"{size=} {kernel=} {stride=} {dilation=}"
        options = {"strides": stride, "dilation": dilation}
        assert after - before in (0, 1), case
        assert output_size(size, kernel, padding=(before, after), **options) == ceil(size / stride)
        if after:
            reach = dilated_size(kernel, dilation)
            fewer = size + before + after - 1
            starts = sum(start + reach <= fewer for start in range(0, fewer, stride))
            assert starts < ceil(size / stride), case


@pytest.mark.parametrize(
    ("kernel_size", "in_channels", "filters", "use_bias", "expected"),
    [
        (3, 1, 2, True, 8),
        ((4, 4), 1, 16, True, 272),
        ((3, 3), 16, 16, True, 2320),
        ((5, 5), 16, 32, True, 12832),
        ([5, 5], 16, 32, False, 12800),
        ((3, 2, 1), 4, 5, True, 125),
    ],
)
def test_conv_params(kernel_size, in_channels, filters, use_bias, expected):
    assert conv_params(kernel_size, in_channels, filters, use_bias=use_bias) == expected


def test_dense_params():
    assert dense_params(3, 2) == 8
    assert dense_params(3, 2, use_bias=False) == 6
    assert dense_params(512, 256) == 131_328


def test_receptive_field_traces_the_positions_that_reach_one_output():
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    for _ in range(50):
        chain = [(rng.randint(1, 5), rng.randint(1, 3)) for _ in range(rng.randint(0, 4))]
        positions = {0}
        for kernel, stride in reversed(chain):
            positions = {p * stride + k for p in positions for k in range(kernel)}
        span = max(positions) - min(positions) + 1
        assert receptive_field(chain) == span, f"{seed=} {chain=}"


NOT_POSITIVE = [
    (0, ValueError, "a positive integer"),
    (-1, ValueError, "a positive integer"),
    (2.0, TypeError, "a positive integer"),
    (True, TypeError, "a positive integer"),
    ("3", TypeError, "a positive integer"),
    (None, TypeError, "a positive integer"),
    ((3, 3, 3), TypeError, "a positive integer"),
]
CALLS = [
    (output_size, {"size": 9, "kernel_size": 3, "strides": 1, "dilation": 1}),
    (same_padding, {"size": 9, "kernel_size": 3, "strides": 1, "dilation": 1}),
    (dilated_size, {"kernel_size": 3, "dilation": 1}),
    (conv_params, {"in_channels": 3, "filters": 16}),
    (dense_params, {"inputs": 3, "units": 2}),
]


@pytest.mark.parametrize(("value", "error", "rule"), NOT_POSITIVE)
@pytest.mark.parametrize(
    ("function", "name"), [(function, name) for function, names in CALLS for name in names]
)
def test_a_size_that_is_no_positive_integer_is_named(function, name, value, error, rule):
    arguments = dict(CALLS)[function] | {name: value}
    if function is conv_params:
        arguments["kernel_size"] = 3
    with pytest.raises(error) as caught:
        function(**arguments)
    assert str(caught.value) == f"{name} must be {rule}; received {name}={value!r}"


@pytest.mark.parametrize(
    ("padding", "error"),
    [
        ("full", ValueError),
        ("SAME", ValueError),
        (-1, ValueError),
        ((1, -1), ValueError),
        ((1, 1, 1), ValueError),
        (1.0, TypeError),
        (True, TypeError),
        (None, TypeError),
        ((1, 0.5), TypeError),
        (np.array([1, 1]), TypeError),
    ],
)
def test_a_padding_that_is_none_is_named(padding, error):
    for function in (output_size, resolve_padding):
        with pytest.raises(error, match=r"padding must be .*; received padding="):
            function(9, 3, padding=padding)


@pytest.mark.parametrize(
    ("kernel_size", "error"),
    [
        ((), ValueError),
        ((3, 3, 3, 3), ValueError),
        ((3, 0), ValueError),
        (0, ValueError),
        ((3, True), TypeError),
        ("33", TypeError),
        (3.0, TypeError),
    ],
)
def test_a_kernel_size_that_is_none_is_named(kernel_size, error):
    with pytest.raises(error, match=r"kernel_size must be .*; received kernel_size="):
        conv_params(kernel_size, 3, 16)


@pytest.mark.parametrize(
    ("chain", "error", "name"),
    [
        ((5, 1), ValueError, "layers"),  # the list around the pair was forgotten
        ([(5, 1, 1)], ValueError, "layers"),
        (["51"], ValueError, "layers"),
        ([(0, 1)], ValueError, "kernel_size"),
        ([(3, 0)], ValueError, "strides"),
        ([(3, 1.0)], TypeError, "strides"),
    ],
)
def test_a_chain_that_is_none_is_named(chain, error, name):
    with pytest.raises(error, match=rf"{name} must be .*; received {name}="):
        receptive_field(chain)


def test_a_chain_is_a_list():
    for chain in (3, "51", np.array(3), None, {(3, 1)}):
        with pytest.raises(TypeError, match=r"layers must be a list of pairs .*; received layers="):
            receptive_field(chain)
    assert receptive_field([]) == receptive_field(()) == 1


@pytest.mark.parametrize("use_bias", ["no", 1, 0, None, 1.0])
@pytest.mark.parametrize("count", [conv_params, dense_params])
def test_a_flag_is_true_or_false(count, use_bias):
    sizes = (3, 4, 5) if count is conv_params else (3, 4)
    with pytest.raises(TypeError, match="use_bias must be True or False; received use_bias="):
        count(*sizes, use_bias=use_bias)


@pytest.mark.parametrize("name", ["size", "kernel_size", "strides", "dilation"])
@pytest.mark.parametrize("padding", ["valid", "same", 1, (0, 1)])
def test_sizes_are_checked_whatever_the_padding(name, padding):
    arguments = {"size": 9, "kernel_size": 3, "strides": 1, "dilation": 1, "padding": padding}
    for function in (resolve_padding, output_size):
        with pytest.raises(TypeError, match=f"{name} must be a positive integer; .*{name}=None"):
            function(**arguments | {name: None})


def test_sizes_as_a_text():
    assert [by(sizes) for sizes in (3, None, (3, None, 5), ())] == ["3", "?", "3×?×5", ""]


# Keras, which takes seconds to load, is asked last.


@pytest.fixture(scope="module")
def keras():
    from helpers._keras import keras

    return keras


def test_output_size_agrees_with_keras(keras):
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    for _ in range(60):
        kernel, dilation = rng.randint(1, 7), rng.randint(1, 3)
        stride = rng.randint(1, 4) if dilation == 1 else 1  # Keras allows one of the two
        size = rng.randint(dilated_size(kernel, dilation), 40)
        padding = rng.choice(["valid", "same"])
        layer = keras.layers.Conv1D(
            2, kernel, strides=stride, dilation_rate=dilation, padding=padding
        )
        expected = layer.compute_output_shape((None, size, 3))[1]
        options = {"strides": stride, "dilation": dilation, "padding": padding}
        assert output_size(size, kernel, **options) == expected, f"{seed=} {size=} {kernel=}"


def test_same_padding_is_where_keras_puts_its_zeros(keras):
    """With a kernel of powers of two, the output at an edge spells out which entries met zeros."""
    for size, kernel, stride in product((5, 6, 7), (2, 3, 4, 5), (1, 2, 3)):
        weights = 2.0 ** np.arange(kernel).reshape(kernel, 1, 1)
        seen = keras.ops.conv(np.ones((1, size, 1)), weights, strides=stride, padding="same")
        before, after = same_padding(size, kernel, strides=stride)
        padded = np.pad(np.ones(size), (before, after))
        ours = [padded[i * stride :][:kernel] @ weights.ravel() for i in range(ceil(size / stride))]
        np.testing.assert_array_equal(np.ravel(seen), ours, err_msg=f"{size=} {kernel=} {stride=}")
