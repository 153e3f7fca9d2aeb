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
    order = np.random.default_rng(seed).permutation(len(data.y_train))[: settings.n_train]
    x_train, x_test = (pixels(x, flat=True) for x in (data.x_train[order], data.x_test))
    SVC, package = support_vector_classifier()
    model = SVC(C=settings.C, gamma=settings.gamma)
    start = perf_counter()
    model.fit(x_train, data.y_train[order])
    fitted = perf_counter()
    right = model.predict(x_test) == data.y_test
    return {
        "test_accuracy": float(right.mean()),
        "support_vectors": len(model.support_),
        "fit_seconds": round(fitted - start, 2),
        "predict_seconds": round(perf_counter() - fitted, 2),
        "solver": f"{package} {version(package)}",
    }


VARIANTS = {("A7", f"RBF-SVC, C = {C:g}"): Variant(SupportVectors(C)) for C in (1.0, 10.0)}
PLAN = seed_by_seed(VARIANTS, small={"n_train": 1_000})
STUDIES = (Study("svc_mnist", PLAN, classify_digits, ("numpy", "scikit-learn"), mnist),)
