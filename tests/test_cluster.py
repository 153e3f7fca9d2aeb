import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics.cluster import contingency_matrix

from helpers.cluster import contingency, kmeans

SQUARE = np.array([[0, 0], [0, 2], [9, 0], [9, 2]], float)


def start(x, k, seed, init="k-means++"):
    return kmeans(x, k, init=init, seed=seed, max_iter=1).history[0][0]


def blobs(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    n, d, k = rng.integers(30, 200), rng.integers(1, 6), rng.integers(1, 7)
    x, _ = make_blobs(n, d, centers=k, random_state=seed)
    return x.astype(dtype), int(k), rng


def test_two_pairs_by_hand():
    result = kmeans(SQUARE, 2, init=[[1, 1], [8, 1]])
    assert result.centroids.tolist() == [[0, 1], [9, 1]]
    assert result.labels.tolist() == [0, 0, 1, 1]
    assert result.inertia == pytest.approx(4)


def test_a_poor_start_ends_in_a_local_minimum():
    result = kmeans(SQUARE, 2, init=[[4, 0], [4, 2]])
    assert result.inertia == pytest.approx(4 * 4.5**2)


@pytest.mark.parametrize("seed", range(20))
def test_from_the_same_start_it_ends_where_scikit_learn_does(seed):
    x, k, rng = blobs(seed)
    start = x[rng.choice(len(x), k, replace=False)]
    ours = kmeans(x, k, init=start, tol=0)
    theirs = KMeans(k, init=start, n_init=1, tol=0, algorithm="lloyd").fit(x)
    assert np.array_equal(ours.labels, theirs.labels_), seed
    assert np.allclose(ours.centroids, theirs.cluster_centers_), seed
    assert ours.inertia == pytest.approx(theirs.inertia_), seed


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("init", ["k-means++", "random"])
def test_every_entry_of_the_history_is_what_it_says(seed, init):
    x, k, rng = blobs(seed)
    result = kmeans(x, k, init=init, seed=rng)
    assert len(result.history) == result.n_iter + 1
    for centroids, labels, inertia in result.history:
        distances = np.square(x[:, None] - centroids).sum(axis=2)
        assert np.allclose(distances.min(axis=1), distances[np.arange(len(x)), labels]), seed
        assert inertia == pytest.approx(distances.min(axis=1).sum()), seed
    inertias = [entry[2] for entry in result.history]
    assert (np.diff(inertias) <= 1e-9 * inertias[0]).all(), seed
    assert result.inertia == inertias[-1] and result.labels is result.history[-1][1]


def test_the_start_is_the_first_entry():
    start = np.array([[4.0, 0], [4, 2]])
    assert np.array_equal(kmeans(SQUARE, 2, init=start).history[0][0], start)


def test_same_seed_same_result():
    x, _, _ = blobs(3)
    first, second, other = (kmeans(x, 4, init="random", seed=s, max_iter=1) for s in (1, 1, 2))
    assert np.array_equal(first.centroids, second.centroids)
    assert not np.array_equal(first.history[0][0], other.history[0][0])


def test_k_means_plus_plus_starts_at_points_that_lie_apart():
    x, _ = make_blobs(400, 2, centers=[[0, 0], [50, 0], [0, 50], [50, 50]], random_state=0)
    for seed in range(20):
        chosen = start(x, 4, seed)
        assert {tuple(corner) for corner in (chosen > 25)} == {
            (a, b) for a in (0, 1) for b in (0, 1)
        }
        assert np.isclose(x[:, None], chosen).all(axis=2).any(axis=0).all()


def test_it_needs_less_luck_than_a_random_start():
    x, _ = make_blobs(500, 2, centers=8, cluster_std=0.6, random_state=4)
    careful, blind = (
        [kmeans(x, 8, init=init, seed=s).inertia for s in range(30)]
        for init in ("k-means++", "random")
    )
    assert np.mean(careful) < 0.8 * np.mean(blind)


def test_float32_stays_float32_and_agrees_far_from_the_origin():
    x, _, _ = blobs(5)
    start = x[:3]
    exact = kmeans(x, 3, init=start)
    moved = kmeans((x + 1_000).astype(np.float32), 3, init=start + 1_000)
    assert moved.centroids.dtype == np.float32
    assert moved.inertia == pytest.approx(exact.inertia, rel=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_inertia_of_clusters_that_are_tight_and_far_apart(dtype):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 0.1, (500, 2)), rng.normal(1_000, 0.1, (500, 2))])
    x = x.astype(dtype)
    result = kmeans(x, 2, seed=0)
    gaps = x.astype(float) - result.centroids.astype(float)[result.labels]
    assert result.inertia == pytest.approx(np.square(gaps).sum(), rel=1e-4)


def test_input_is_not_changed():
    x, start = SQUARE.copy(), SQUARE[:2].copy()
    kmeans(x, 2, init=start)
    assert np.array_equal(x, SQUARE) and np.array_equal(start, SQUARE[:2])


def test_an_emptied_cluster_starts_anew_at_the_farthest_point():
    x = np.array([[0.0], [1], [2], [30]])
    result = kmeans(x, 2, init=[[1], [1000]])
    assert sorted(result.centroids.ravel()) == [1, 30]
    assert result.inertia == pytest.approx(2)


def test_two_clusters_emptied_at_once():
    x = np.array([[0.0], [1], [20], [21], [40]])
    result = kmeans(x, 3, init=[[15], [1000], [2000]])
    assert sorted(np.bincount(result.labels, minlength=3)) == [1, 2, 2]
    assert result.inertia == pytest.approx(1)


def test_a_cluster_is_not_emptied_to_fill_another():
    x = np.array([[0.0], [0], [0], [0], [50], [51]])
    result = kmeans(x, 4, init=[[0], [50.5], [1000], [2000]], max_iter=1, tol=0)
    assert sorted(result.centroids.ravel()) in ([0, 0, 50, 51], [0, 0, 50.5, 51])
    assert result.inertia == pytest.approx(0)


@pytest.mark.parametrize("init", ["k-means++", "random"])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_points_that_are_all_equal(init, k):
    result = kmeans(np.full((5, 2), 3.0), k, init=init, seed=0)
    assert result.inertia == 0
    assert np.isfinite(result.centroids).all() and np.allclose(result.centroids, 3)


def test_more_clusters_than_different_points():
    result = kmeans([[0], [0], [0], [7]], 3, seed=0)
    assert result.inertia == 0
    assert np.isfinite(result.centroids).all()


def test_as_many_clusters_as_points():
    assert kmeans(SQUARE, 4, seed=1).inertia == 0


def test_one_cluster_is_the_mean():
    assert np.allclose(kmeans(SQUARE, 1).centroids, SQUARE.mean(axis=0))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((SQUARE, 0), ValueError, "k must be a positive integer; received k=0"),
        ((SQUARE, 2.0), TypeError, "k must be a positive integer; received k=2.0"),
        ((SQUARE, 5), ValueError, r"k must be at most the number of points \(4\); received k=5"),
        (([1, 2, 3], 1), ValueError, r"x.shape must be \(n, d\).*received x.shape=\(3,\)"),
        ((np.empty((0, 2)), 1), ValueError, "x.shape must be"),
        (([["a"]], 1), TypeError, "x.dtype must be that of integers or floats"),
        (([[1, 2], [3]], 1), ValueError, "x must be an array with rows of equal length"),
        (([[1, np.nan]], 1), ValueError, "x must be free of NaN"),
        (([[1e200], [-1e200]], 1), ValueError, "x must be at most .* so that its squares add up"),
        ((np.float32([[1e20], [0]]), 1), ValueError, "x must be at most"),
        (([[1, np.inf]], 1), ValueError, "x must be free of NaN and infinity"),
    ],
)
def test_bad_points_and_counts_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        kmeans(*arguments)


def test_a_start_too_large_for_the_points_type_is_named():
    with pytest.raises(ValueError, match="init must be free of NaN and infinity"):
        kmeans(np.float32([[0], [1], [5]]), 2, init=[[1e100], [2e100]])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"init": "best"}, ValueError, "init must be one of 'k-means.+received init='best'"),
        ({"init": [[1], [2]]}, ValueError, r"init.shape must be \(k, d\) = \(2, 2\)"),
        ({"init": [[1, 2]]}, ValueError, r"received init.shape=\(1, 2\)"),
        ({"init": [[1, 2], [np.nan, 3]]}, ValueError, "init must be free of NaN"),
        ({"max_iter": 0}, ValueError, "max_iter must be a positive integer"),
        ({"init": None}, TypeError, "init.dtype must be that of integers or floats"),
        ({"tol": -1}, ValueError, r"tol must be a number in \[0, inf\); received tol=-1"),
        ({"tol": float("nan")}, ValueError, "tol must be .*received tol=nan"),
        ({"tol": "0"}, TypeError, "tol must be .*received tol='0'"),
        ({"seed": -1}, ValueError, "seed must be a non-negative integer; received seed=-1"),
        ({"seed": "0"}, TypeError, "seed must be a non-negative integer; received seed='0'"),
        ({"seed": 1.0}, TypeError, "seed must be a non-negative integer"),
    ],
)
def test_bad_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        kmeans(SQUARE, 2, **options)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
@pytest.mark.parametrize("seed", range(5))
def test_contingency_counts_as_scikit_learn_does(seed, dtype):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(10), rng.integers(0, 10, 200)])
    clusters = np.concatenate([rng.integers(0, 30, 180), np.arange(30)])
    ours = contingency(labels.astype(dtype), clusters.astype(dtype), dtype(30))
    assert np.array_equal(ours.T, contingency_matrix(labels, clusters))


def test_contingency_keeps_rows_and_columns_that_are_empty():
    assert contingency([9], [0], 3).tolist() == [[0] * 9 + [1], [0] * 10, [0] * 10]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([10], [0], 2), ValueError, "labels must be from 0 to 9; received labels=10"),
        (([-1], [0], 2), ValueError, "labels must be from 0 to 9; received labels=-1"),
        (([1], [2], 2), ValueError, "clusters must be from 0 to 1; received clusters=2"),
        (([1, 2], [0], 2), ValueError, r"clusters.shape must be \(2,\), one cluster per label"),
        (([[1]], [0], 2), ValueError, r"labels.shape must be \(n,\)"),
        (([1.0], [0], 2), TypeError, "labels.dtype must be that of integers; .*float64"),
        (([1], [True], 2), TypeError, "clusters.dtype must be that of integers"),
        (([1], [0], 0), ValueError, "k must be a positive integer"),
        (([1], [0], 10**7), ValueError, "k must be .* of at most 1,000,000"),
    ],
)
def test_contingency_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        contingency(*arguments)


def test_a_result_is_one_thing_that_stays_as_it_is():
    result = kmeans(SQUARE, 2, seed=0)
    assert "labels" not in repr(result) and "history" not in repr(result)  # thousands of numbers
    assert result == result and result != kmeans(SQUARE, 2, seed=0)  # arrays have no one answer
    with pytest.raises(AttributeError):
        result.inertia = 0.0


def test_a_random_start_takes_no_point_twice():
    x = np.arange(6.0)[:, None]
    for seed in range(10):
        assert sorted(start(x, 6, seed, "random").ravel()) == x.ravel().tolist()


def test_one_index_out_of_many_is_found():
    for labels, clusters, name in [
        ([1, 10, 2], [0, 1, 0], "labels"),
        ([1, 2, 3], [0, 2, 1], "clu"),
    ]:
        with pytest.raises(ValueError, match=f"{name}.* must be from 0"):
            contingency(labels, clusters, 2)
    with pytest.raises(ValueError, match="labels must be from 0 to 9; received labels=-1"):
        contingency([1, -1, 2], [0, 1, 0], 2)


def test_starts_lie_apart_also_far_from_the_origin():
    corners = np.array([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    x = np.repeat(corners, 25, axis=0) + 1e9
    for seed in range(10):
        assert len(np.unique(start(x, 4, seed), axis=0)) == 4


@pytest.mark.parametrize("seed", range(10))
def test_the_start_follows_its_recipe(seed):
    """Greedy k-means++ in loops, with the numbers that the same generator draws."""
    rng, k = np.random.default_rng(seed), 4
    x = np.random.default_rng(seed + 100).normal(size=(40, 2))

    def nearest(points):
        return [min(sum((point - other) ** 2) for other in points) for point in x]

    chosen = [x[rng.integers(len(x))]]
    for _ in range(1, k):
        weights = np.cumsum(nearest(chosen))
        candidates = []
        for mark in rng.random(2 + int(np.log(k))) * weights[-1]:
            candidates.append(x[next(i for i, total in enumerate(weights) if total > mark)])
        chosen.append(min(candidates, key=lambda point: sum(nearest([*chosen, point]))))
    np.testing.assert_allclose(start(x, k, seed), chosen)


def test_a_run_ends_after_max_iter_turns_or_when_the_centroids_hardly_move():
    """Held against scikit-learn, whose `tol` is as ours a share of the mean variance."""
    x = np.random.default_rng(0).normal(size=(2_000, 3))
    turns = {}
    for max_iter, tol in ((1, 0), (5, 0), (300, 1e-3), (300, 1e-2)):
        options = {"init": x[:6], "max_iter": max_iter, "tol": tol}
        theirs = KMeans(6, n_init=1, algorithm="lloyd", **options).fit(x)
        ours = kmeans(x, 6, **options)
        assert ours.n_iter == theirs.n_iter_
        np.testing.assert_allclose(ours.centroids, theirs.cluster_centers_, rtol=1e-9)
        turns[max_iter, tol] = ours.n_iter
    assert turns[1, 0] == 1 and turns[5, 0] == 5
    whole = kmeans(x, 6, init=x[:6], tol=0).n_iter  # to the turn that changes no label
    assert 5 < turns[300, 1e-2] < turns[300, 1e-3] < whole < 300
    by_hand = kmeans([[1.0], [2], [9], [10]], 2, init=[[1.0], [2]], tol=0)
    assert [labels.tolist() for _, labels, _ in by_hand.history] == [
        [0, 1, 1, 1],
        *[[0, 0, 1, 1]] * 2,
    ]
