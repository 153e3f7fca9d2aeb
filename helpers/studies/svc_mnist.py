"""Row A7: MNIST by a support vector machine with an RBF kernel."""

from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter

import numpy as np

from helpers.data import mnist, pixels
from helpers.studies.plan import Study, Variant, seed_by_seed


@dataclass(frozen=True)
class SupportVectors:
    """A classifier on the pixels of MNIST's training digits, or of the first `n_train`."""

    C: float  # the price of a digit on the wrong side of the margin
    gamma: str | float = "scale"  # how fast the similarity of two digits falls with their distance
    n_train: int | None = None
    validation_split: float = 0.0  # the share of them held out, by which C may be chosen


def support_vector_classifier():
    """Return an SVC class and its package: Intel's, which is faster, where it is installed."""
    try:
        from sklearnex.svm import SVC
    except ImportError:
        from sklearn.svm import SVC

        return SVC, "scikit-learn"
    return SVC, "scikit-learn-intelex"


def classify_digits(settings, seed):
    """Return the accuracy of one classifier, its size and its times.

    The problem has one solution, whatever the order of the digits; the seed shuffles them, so that
    trials show how exactly the solver finds it.
    """
    data = mnist()
    order = data.drawn(settings.n_train, seed)
    order, held_out = np.split(order, [round(len(order) * (1 - settings.validation_split))])
    SVC, package = support_vector_classifier()
    model = SVC(C=settings.C, gamma=settings.gamma)
    start = perf_counter()
    model.fit(pixels(data.x_train[order], flat=True), data.y_train[order])
    fitted = perf_counter()
    right = model.predict(pixels(data.x_test, flat=True)) == data.y_test
    results = {
        "test_accuracy": float(right.mean()),
        "support_vectors": len(model.support_),
        "fit_seconds": round(fitted - start, 2),
        "predict_seconds": round(perf_counter() - fitted, 2),
        "solver": f"{package} {version(package)}",
        "wrong": np.flatnonzero(~right),
    }
    if len(held_out):
        right = model.predict(pixels(data.x_train[held_out], flat=True)) == data.y_train[held_out]
        results["val_accuracy"] = float(right.mean())
    return results


VARIANTS = {
    **{("A7", f"RBF-SVC, C = {C:g}"): Variant(SupportVectors(C)) for C in (1.0, 10.0)},
    **{
        ("A7", f"RBF-SVC, 5,000 digits held out, C = {C:g}"): Variant(
            SupportVectors(C, validation_split=1 / 12)
        )
        for C in (1.0, 10.0, 100.0)
    },
}
PLAN = seed_by_seed(VARIANTS, small={"n_train": 1_000})
STUDIES = (Study("svc_mnist", PLAN, classify_digits, ("numpy", "scikit-learn"), mnist),)
