"""Rows A15 and A16: MNIST sorted by k-means, which does not see the labels."""

from dataclasses import dataclass

from helpers.cluster import contingency, kmeans
from helpers.data import mnist, pixels
from helpers.studies.plan import Study, Variant, seed_by_seed


@dataclass(frozen=True)
class Clustering:
    """k-means on the pixels of MNIST's training digits, or of the first `n_train`."""

    k: int
    init: str = "k-means++"
    n_train: int | None = None


def cluster_digits(settings, seed):
    """Return the scores of one clustering of MNIST, against the labels it did not see."""
    from sklearn.metrics import adjusted_rand_score

    data = mnist()
    labels = data.y_train[: settings.n_train]
    x = pixels(data.x_train[: settings.n_train], flat=True)
    result = kmeans(x, settings.k, init=settings.init, seed=seed)
    counts = contingency(labels, result.labels, settings.k)
    return {
        "inertia": result.inertia,
        "n_iter": result.n_iter,
        "purity": float(counts.max(axis=1).sum() / len(labels)),
        "adjusted_rand_index": float(adjusted_rand_score(labels, result.labels)),
        "sizes": counts.sum(axis=1).tolist(),
        "majority_labels": counts.argmax(axis=1).tolist(),
    }


VARIANTS = {
    **{
        ("A16", f"{init}, k = 10"): Variant(Clustering(10, init), seeds=10)
        for init in ("k-means++", "random")
    },
    **{("A16", f"k-means++, k = {k}"): Variant(Clustering(k)) for k in (20, 50, 100)},
}
PLAN = seed_by_seed(VARIANTS, small={"n_train": 1_000})
PACKAGES = ("numpy", "scipy", "scikit-learn")
STUDIES = (Study("kmeans_mnist", PLAN, cluster_digits, PACKAGES, mnist),)
