"""Time `helpers.cluster` against scikit-learn on 60,000 points of 784 numbers, k = 10.

The two sides take turns in one process; the points are MNIST's pixels where they are at
hand, and random ones of the same size elsewhere.
"""

from time import perf_counter

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus

from helpers.cluster import kmeans
from helpers.data import mnist

N, K, TURNS, ITERATIONS = 60_000, 10, 5, 40  # about as many iterations as it takes to the end


def points():
    """Return (60,000, 784) float32 pixels from 0 to 1, and where they come from."""
    data = mnist()
    if len(data.x_train) == N:
        return data.x_train.reshape(N, -1).astype(np.float32) / 255, data.source
    return np.random.default_rng(0).random((N, 784), np.float32), "random numbers"


def iterations(x, start):
    """Return two functions that run the same iterations, and give n_iter and inertia."""

    def ours():
        result = kmeans(x, K, init=start, max_iter=ITERATIONS, tol=0)
        return result.n_iter, result.inertia

    def theirs():
        model = KMeans(K, init=start, n_init=1, max_iter=ITERATIONS, tol=0, algorithm="lloyd")
        model.fit(x)
        return model.n_iter_, model.inertia_

    return ours, theirs


def compare(ours, theirs, what, per=1):
    times = np.array([(seconds(ours), seconds(theirs)) for _ in range(TURNS)])
    our, their = np.median(times, axis=0) / per
    print(f"{what}: {our * 1e3:.0f} ms, scikit-learn {their * 1e3:.0f} ms: ", end="")
    print(f"{our / their:.2f} times its time")


def seconds(function):
    started = perf_counter()
    function()
    return perf_counter() - started


def main():
    x, source = points()
    print(f"k-means, {N:,} x {x.shape[1]}, k = {K}, float32; {source}")
    start, _ = kmeans_plusplus(x, K, random_state=0)
    ours, theirs = iterations(x, start)
    (our_n, our_inertia), (their_n, their_inertia) = ours(), theirs()
    difference = abs(our_inertia / their_inertia - 1)
    print(f"same start: {our_n} and {their_n} iterations, inertia differs by {difference:.1e}")
    assert difference < 1e-4
    compare(ours, theirs, "one iteration (target: at most 1.5)", per=ITERATIONS)
    compare(
        lambda: kmeans(x, K, max_iter=1, seed=0),
        lambda: KMeans(K, n_init=1, max_iter=1, algorithm="lloyd", random_state=0).fit(x),
        "k-means++ start and one iteration (target: at most 1)",
    )


if __name__ == "__main__":
    main()
