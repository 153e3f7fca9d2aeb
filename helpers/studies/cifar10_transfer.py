"""Row C12: CIFAR-10 with features learned on ImageNet, frozen and tuned, against our own.

The sizes of the enlarged images, and each classifier's penalty, are chosen on images held out.
"""

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from helpers.data import cifar10
from helpers.data.files import data_folder
from helpers.settings import Training
from helpers.studies.cifar10 import AUGMENTATION, study_of
from helpers.studies.cifar10_deeper import learn
from helpers.studies.plan import Variant


@dataclass(frozen=True)
class Frozen:
    """A linear classifier on the frozen network's features; the seed draws the images."""

    size: int  # pixels that the images are enlarged to
    n_train: int
    n_test: int = 10_000  # the first so many; 0 where something is still to be chosen


@dataclass(frozen=True)
class Tuning:
    """A training of the whole network in stages; the seed draws the images."""

    size: int
    n_train: int
    stages: tuple  # of (blocks that stay frozen, epochs, learning rate)
    weights: str | None = "imagenet"  # None to start from random ones
    n_test: int = 10_000
    batch_size: int = 64
    frozen_norm: bool = False  # whether batch normalisation stays as it is in every stage


def classify_frozen(settings, seed):
    """Return how good a linear classifier on frozen features is."""
    from helpers.transfer import features, linear_classifier

    data, folder = cifar10(), data_folder()[0] / "features"
    drawn = data.drawn(settings.n_train, seed)
    x = features(data.x_train, settings.size, some=drawn, folder=folder)
    started = perf_counter()
    classifier, accuracies = linear_classifier(x, data.y_train[drawn], seed)
    results = {
        "n_train": len(drawn),
        "penalties": [*accuracies],
        "val_accuracies": [*accuracies.values()],
        "val_accuracy": max(accuracies.values()),
        "fit_seconds": round(perf_counter() - started, 2),
    }
    if settings.n_test:
        tested = np.arange(settings.n_test)
        x = features(data.x_test, settings.size, some=tested, folder=folder)
        predicted = classifier.predict(x)
        results |= {
            "test_accuracy": float(np.mean(predicted == data.y_test[tested])),
            "predicted": predicted,
        }
    return results


def tune(settings, seed):
    """Return how good the network is after each stage of a training."""
    from helpers import transfer
    from helpers._keras import keras
    from helpers.data import pixels

    data, folder = cifar10(), data_folder()[0] / "features"
    keras.utils.set_random_seed(seed)
    drawn = data.drawn(settings.n_train, seed)
    model, base = transfer.classifying(settings.size, weights=settings.weights)
    results = {"n_train": len(drawn), "params": model.count_params()}
    if settings.weights:
        x = transfer.features(data.x_train, settings.size, some=drawn, folder=folder)
        classifier, _ = transfer.linear_classifier(x, data.y_train[drawn], seed)
        transfer.start_with(model, classifier)
    images = {
        "train": (data.x_train[drawn], data.y_train[drawn]),
        "test": (data.x_test[: settings.n_test], data.y_test[: settings.n_test]),
    }
    images = {
        name: (pixels(x), keras.utils.to_categorical(y, 10)) for name, (x, y) in images.items()
    }
    options = {"batch_size": settings.batch_size, "norm": settings.frozen_norm}
    stages = transfer.fine_tune(model, base, settings.stages, images, **options)
    return results | {"stages": stages, "test_accuracy": stages[-1]["test_accuracy"]}


SIZES = (64, 96, 128, 160)
CHOICE = {("C12", f"{size} pixels"): Variant(Frozen(size, 1_000, n_test=0)) for size in SIZES}
# 160 pixels were the best of them, by less than their spread against 96, at 2.8 times the work.
LABELS = (100, 1_000, 10_000)
FROZEN = {
    **{("C12", f"frozen, {n:,} images"): Variant(Frozen(96, n)) for n in LABELS},
    # Tested on as many as where more than the last layer is trained.
    ("C12", "frozen at 64 pixels, 1,000 images"): Variant(Frozen(64, 1_000, n_test=2_000)),
    ("C12", "frozen at 96 pixels, 1,000 images"): Variant(Frozen(96, 1_000, n_test=2_000)),
    ("C12", "frozen at 64 pixels, 10,000 images"): Variant(Frozen(64, 10_000)),
    ("C12", "frozen on all images"): Variant(Frozen(96, 50_000)),
}

# Our own network of lesson 09, with passes enough to take longer than the frozen one.
SCRATCH = Training(
    "D7+",
    "cifar10",
    epochs=12,
    batch_size=64,
    n_train=10_000,
    schedule="cosine",
    learning_rate=3e-3,
    augmentation=AUGMENTATION,
)
FROM_SCRATCH = {
    ("C12", f"from scratch, {n:,} images"): Variant(
        replace(SCRATCH, n_train=n, epochs=epochs, batch_size=batch_size)
    )
    for n, epochs, batch_size in ((100, 200, 20), (1_000, 40, 50), (10_000, 12, 64))
}

# Few images get more passes. With random weights it is the same network, without ImageNet.
FEW = Tuning(64, 1_000, ((0, 5, 1e-3),), n_test=2_000)
FEW_IN_STAGES = replace(FEW, stages=((8, 2, 1e-3), (0, 3, 2e-4)))
IN_STAGES = Tuning(64, 10_000, ((8, 1, 1e-3), (0, 1, 5e-4)))
# Row C12 itself: on all images, about an hour and a half of a core a seed. Smaller batches, which
# stay in the cache, take a tenth less time.
ALL = Tuning(96, 50_000, ((8, 1, 1e-3), (0, 3, 1e-3)), batch_size=32)
TUNED = {
    ("C12", "tuned at once, 1,000 images"): Variant(FEW),
    ("C12", "random weights, 1,000 images"): Variant(replace(FEW, weights=None)),
    ("C12", "tuned in stages, 1,000 images"): Variant(FEW_IN_STAGES),
    ("C12", "tuned at once, batch norm frozen, 1,000 images"): Variant(
        replace(FEW, frozen_norm=True)
    ),
    ("C12", "tuned in stages, batch norm frozen, 1,000 images"): Variant(
        replace(FEW_IN_STAGES, frozen_norm=True)
    ),
    ("C12", "tuned in stages, 10,000 images"): Variant(IN_STAGES),
    ("C12", "tuned in stages, batch norm frozen, 10,000 images"): Variant(
        replace(IN_STAGES, frozen_norm=True)
    ),
    ("C12", "tuned in stages, all images"): Variant(ALL),
    ("C12", "tuned in stages, batch norm frozen, all images"): Variant(
        replace(ALL, frozen_norm=True)
    ),
}

SMALL = {"n_train": 100, "n_test": 100}
STUDIES = (
    study_of("sizes", CHOICE, classify_frozen, "cifar10_frozen", n_train=100),
    study_of("frozen", FROZEN, classify_frozen, "cifar10_frozen", **SMALL),
    study_of("scratch", FROM_SCRATCH, learn, epochs=1),
    study_of("transfer", TUNED, tune, **SMALL, stages=((8, 1, 1e-3),)),
)
