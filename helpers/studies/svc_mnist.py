"""Row A7: MNIST by a support vector machine with an RBF kernel."""

from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter

import numpy as np

from helpers.data import mnist, pixels
from helpers.studies.plan import Study, Variant, seed_by_seed


@dataclass(frozen=True)
class SupportVectors:
    """A classifier on the pixels of MNIST's training digits, from 0 to 1.

    Attributes
    ----------
    C : float
        The price of a digit on the wrong side of the margin.
    gamma : str or float
        How fast the similarity of two digits falls with their distance.
    n_train : int or None
        Only so many digits; None for all.
    """

    C: float
    gamma: str | float = "scale"
    n_train: int | None = None


def support_vector_classifier():
    """Return an SVC class and the package it comes from: Intel's where it is installed.

    scikit-learn-intelex solves the same problem as scikit-learn, and faster.

    Returns
    -------
    (type, str)
    """
    try:
        from sklearnex.svm import SVC
    except ImportError:
        from sklearn.svm import SVC

        return SVC, "scikit-learn"
    return SVC, "scikit-learn-intelex"


def classify_digits(settings, seed):
    """Return the accuracy of one classifier, its size and its times.

    The problem has one solution, whatever the order of the digits; the seed
    shuffles them, so that trials show how exactly the solver finds it.
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


STUDIES = (
    Study(
        "svc_mnist",
        seed_by_seed(
            {("A7", f"RBF-SVC, C = {C:g}"): Variant(SupportVectors(C)) for C in (1.0, 10.0)},
            small={"n_train": 1_000},
        ),
        classify_digits,
        ("numpy", "scikit-learn"),
        mnist,
    ),
)
