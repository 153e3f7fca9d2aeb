"""The mathematics given what nobody should give: a clear error, or a finite result.

A sample with a fixed seed of (function, argument, odd value); the rest of the arguments is right.
"""

import random
import warnings

import numpy as np
import pytest

from helpers import cluster, conv, drawings, filters, shapes


class Odd:
    """An object whose every answer is an error."""

    def __repr__(self):
        raise RuntimeError("no words")

    def __index__(self):
        raise ValueError("no index")

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array")


WHOLE = [
    "",
    "same",
    "9" * 5_000,
    b"x",
    None,
    True,
    np.bool_(True),
    1j,
    2.5,
    10**30,
    -(10**30),
    -1,
    0,
]
NUMBERS = [float("nan"), float("inf"), 5e-324, 1e-200, 1e308, np.float32(2), np.datetime64("2020")]
NARROW = [
    np.int8(3),
    np.uint8(200),
    2**31 - 1,
    2**31,
    2**63,
    np.array(3),
    np.ma.array(3, mask=True),
]
LISTS = [[], (), [1], (1, 1), (0, 1), (1.5, 1), [1, 2, 3], {1, 2}, {}, range(3), [[1, 2], [3]]]
ARRAYS = [
    np.array([1, None], object),
    np.ma.array([[1, 2]], mask=[[0, 1]]),
    np.ma.masked,
    np.empty((0, 3)),
    np.ones((2, 2)),
    np.ones((1, 2, 3)),
    np.ones((1, 2, 3, 4)),
    np.full((3, 2), 2**63 - 1),
    np.full((3, 2), 2**64 - 1, np.uint64),
    np.ones((2, 2)) * 1j,
    np.zeros(2, [("a", int)]),
]
VALUES = [*WHOLE, *NUMBERS, *NARROW, *LISTS, *ARRAYS, Odd(), Odd, object()]

WINDOW = {"strides": 1, "padding": "valid", "dilation": 1}
STEP = {"strides": 1, "padding": "valid"}
POOL = {"x": np.ones((1, 4, 5, 2)), "pool_size": 2, **STEP}
LAYER = {"x": np.ones((2, 5, 6, 3)), "w": np.ones((3, 3, 3, 4))}
LINE = {"x": np.ones((2, 5, 3)), "w": np.ones((3, 3, 4))}
IMAGE = {"array": np.ones((5, 6)), "kernel": np.ones((3, 2)), "stride": 1, "padding": 1}
POINTS = {"x": np.arange(12.0).reshape(6, 2), "k": 2, "seed": 0}
CALLS = {
    shapes.output_size: {"size": 9, "kernel_size": 3, **WINDOW},
    shapes.resolve_padding: {"size": 9, "kernel_size": 3, **WINDOW},
    shapes.same_padding: {"size": 9, "kernel_size": 3, "strides": 1, "dilation": 1},
    shapes.dilated_size: {"kernel_size": 3, "dilation": 1},
    shapes.conv_params: {"kernel_size": 3, "in_channels": 3, "filters": 4, "use_bias": True},
    shapes.dense_params: {"inputs": 3, "units": 4, "use_bias": True},
    shapes.receptive_field: {"layers": [(3, 1)]},
    conv.convolve: IMAGE,
    conv.conv2d: {**LAYER, "b": np.ones(4), **WINDOW},
    conv.conv2d_backward: {"dy": np.ones((2, 3, 4, 4)), **LAYER, **WINDOW},
    conv.conv1d: {**LINE, "b": np.ones(4), **STEP},
    conv.conv1d_backward: {"dy": np.ones((2, 3, 4)), **LINE, **STEP},
    conv.max_pool2d: POOL,
    conv.avg_pool2d: POOL,
    conv.max_pool2d_backward: {"dy": np.ones((1, 3, 4, 2)), **POOL},
    conv.avg_pool2d_backward: {"dy": np.ones((1, 3, 4, 2)), **POOL},
    filters.box_blur: {"size": 3},
    filters.gaussian_blur: {"size": 3, "sigma": 1.0},
    filters.filter_bank: {"size": 5, "orientations": 2, "scales": (1.0,)},
    filters.to_gray: {"image": np.ones((2, 2, 3))},
    filters.shifted: {"images": np.zeros((1, 4, 4, 1)), "down": 1, "right": 1},
    drawings.frame_and_bar: {"size": 32},
    drawings.heart: {"size": 20},
    cluster.kmeans: {**POINTS, "init": "random", "max_iter": 5, "tol": 1e-4},
    cluster.contingency: {"labels": [1, 2, 3], "clusters": [0, 1, 0], "k": 2},
}
CASES = [(call, name, i) for call in CALLS for name in CALLS[call] for i in range(len(VALUES))]
CASES = random.Random(0).sample(CASES, 600)


def finite(result):
    if isinstance(result, cluster.KMeansResult):
        result = (result.centroids, result.inertia)
    parts = result if isinstance(result, tuple) else (result,)
    return all(np.isfinite(np.asarray(part, float)).all() for part in parts)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
def test_an_odd_value_gets_a_clear_error_or_a_finite_result(call):
    for _, name, index in (case for case in CASES if case[0] is call):
        arguments = CALLS[call] | {name: VALUES[index]}
        arrays = [array for array in arguments.values() if type(array) is np.ndarray]
        before = [array.tobytes() for array in arrays]
        case = f"{call.__name__}, {name} = VALUES[{index}]"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                assert finite(call(**arguments)), case
            except (ValueError, TypeError) as error:
                words = str(error)
                assert " must " in words and "received" in words and len(words) < 500, case
        assert [array.tobytes() for array in arrays] == before, f"{case}: changed"
    assert finite(call(**CALLS[call]))  # so that the errors above are those of the odd value
