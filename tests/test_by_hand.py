"""`helpers.by_hand`, the loops to read, against the fast twins: over random shapes."""

import ast
import inspect
import random

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans

from helpers import by_hand, conv
from helpers.cluster import kmeans
from helpers.shapes import output_size, resolve_padding
from tests.test_conv import random_layer, random_pool

SEEDS = range(25)


def by_axis(x, sizes, options):
    """Return strides and zeros as `by_hand` takes them: one entry for each of the axes."""
    strides = options.get("strides") or sizes
    dilations = options.get("dilation", (1,) * len(sizes))
    zeros = [
        resolve_padding(n, k, strides=s, padding=options["padding"], dilation=d)
        for n, k, s, d in zip(x.shape[1:-1], sizes, strides, dilations, strict=True)
    ]
    return strides, zeros


@pytest.mark.parametrize("seed", SEEDS)
def test_conv2d_and_its_backward_pass(seed):
    x, w, b, options = random_layer(seed)
    how = *by_axis(x, w.shape[:2], options), options["dilation"]
    y, message = conv.conv2d(x, w, b, **options), f"seed={seed} {options}"
    assert_allclose(by_hand.conv2d(x, w, b, *how), y, atol=1e-12, err_msg=message)
    dy = np.random.default_rng(seed + 1000).normal(size=y.shape)
    ours, theirs = (
        by_hand.conv2d_backward(dy, x, w, *how),
        conv.conv2d_backward(dy, x, w, **options),
    )
    for name, slow, fast in zip(("dx", "dw", "db"), ours, theirs, strict=True):
        assert_allclose(slow, fast, atol=1e-12, err_msg=f"{name} {message}")


@pytest.mark.parametrize("seed", SEEDS)
def test_conv1d_and_its_backward_pass(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, rng.integers(5, 12), 3))
    w, b = rng.normal(size=(rng.integers(1, 6), 3, 2)), rng.normal(size=2)
    options = {"strides": int(rng.integers(1, 4)), "padding": ["valid", "same", 3][seed % 3]}
    (zeros,) = by_axis(x, w.shape[:1], options | {"strides": (options["strides"],)})[1]
    y, how = conv.conv1d(x, w, b, **options), (options["strides"], zeros)
    assert_allclose(by_hand.conv1d(x, w, b, *how), y, atol=1e-12, err_msg=f"seed={seed}")
    dy = rng.normal(size=y.shape)
    ours, theirs = (
        by_hand.conv1d_backward(dy, x, w, *how),
        conv.conv1d_backward(dy, x, w, **options),
    )
    for name, slow, fast in zip(("dx", "dw", "db"), ours, theirs, strict=True):
        assert_allclose(slow, fast, atol=1e-12, err_msg=f"{name} seed={seed} {options}")


@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("seed", SEEDS)
def test_pooling_and_its_backward_pass(seed, pool):
    x, options = random_pool(seed)
    if seed % 2:
        x = np.rint(x % 3)  # equal values, of which the first one counts
    how = options["pool_size"], *by_axis(x, options["pool_size"], options)
    y, message = getattr(conv, pool)(x, **options), f"seed={seed} {options}"
    assert_allclose(getattr(by_hand, pool)(x, *how), y, err_msg=message)
    dy, backward = np.random.default_rng(seed).normal(size=y.shape), f"{pool}_backward"
    slow, fast = getattr(by_hand, backward)(dy, x, *how), getattr(conv, backward)(dy, x, **options)
    assert_allclose(slow, fast, atol=1e-12, err_msg=message)


def test_what_is_left_out_means_one_step_no_zeros_and_windows_of_two():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(2, 6, 4, 3)), rng.normal(size=(3, 2, 3, 2)), rng.normal(size=2)
    dy = rng.normal(size=(2, 3, 2, 3))
    y = conv.conv2d(x, w, b)
    pairs = [
        (by_hand.convolve(x[0, ..., 0], w[..., 0, 0]), conv.convolve(x[0, ..., 0], w[..., 0, 0])),
        (by_hand.conv1d(x[0], w[0], b), conv.conv1d(x[0], w[0], b)),
        (by_hand.conv2d(x, w, b), y),
        *zip(by_hand.conv2d_backward(y, x, w), conv.conv2d_backward(y, x, w), strict=True),
        (by_hand.max_pool2d(x), conv.max_pool2d(x)),
        (by_hand.avg_pool2d(x), conv.avg_pool2d(x)),
        (by_hand.max_pool2d_backward(dy, x), conv.max_pool2d_backward(dy, x)),
        (by_hand.avg_pool2d_backward(dy, x), conv.avg_pool2d_backward(dy, x)),
    ]
    for slow, fast in pairs:
        assert_allclose(slow, fast, atol=1e-12)
    line = conv.conv1d(x[0], w[0])
    for slow, fast in zip(
        by_hand.conv1d_backward(line, x[0], w[0]),
        conv.conv1d_backward(line, x[0], w[0]),
        strict=True,
    ):
        assert_allclose(slow, fast, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_two_steps_of_k_means_are_those_of_cluster_and_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rng.integers(10, 60), rng.integers(1, 4)))
    start = x[rng.choice(len(x), rng.integers(1, 5), replace=False)]
    centroids = start
    for theirs, labels, _ in kmeans(x, len(start), init=start, tol=0).history:
        assert_allclose(centroids, theirs, atol=1e-10, err_msg=f"seed={seed}")
        assert_array_equal(by_hand.assign(x, centroids), labels, err_msg=f"seed={seed}")
        centroids = by_hand.update(x, labels, centroids)
    once = KMeans(len(start), init=start, n_init=1, max_iter=1, tol=0, algorithm="lloyd").fit(x)
    moved = by_hand.update(x, by_hand.assign(x, start), start)
    assert_allclose(moved, once.cluster_centers_, atol=1e-10, err_msg=f"seed={seed}")


def test_the_two_steps_by_hand():
    x, centroids = np.array([[0.0], [2], [9], [4.5]]), np.array([[0.0], [9], [50]])
    labels = by_hand.assign(x, centroids)
    assert labels.tolist() == [0, 0, 1, 0]  # 4.5 is as near to 0 as to 9: the first one
    moved = by_hand.update(x, labels, centroids)
    assert moved.ravel() == pytest.approx([6.5 / 3, 9, 50])  # nobody came to the last one
    assert centroids.ravel().tolist() == [0, 9, 50]


def test_every_function_names_its_lesson_and_no_other_module():
    tree = ast.parse(inspect.getsource(by_hand))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node).startswith("Lesson "), node.name
    imported = [
        ast.unparse(x) for x in ast.walk(tree) if isinstance(x, (ast.Import, ast.ImportFrom))
    ]
    assert imported == ["import numpy as np"]


def test_windows_are_as_many_as_the_formula_says():
    rng = random.Random(0)
    for _ in range(50):
        n, k, s, zeros = rng.randint(1, 9), rng.randint(1, 4), rng.randint(1, 3), rng.randint(0, 3)
        if n + 2 * zeros < k:
            continue
        y = by_hand.convolve(np.ones((n, n)), np.ones((k, k)), s, zeros)
        assert y.shape == (output_size(n, k, strides=s, padding=zeros),) * 2, (n, k, s, zeros)
