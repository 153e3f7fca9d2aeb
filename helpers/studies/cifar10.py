"""Rows D3 to D7: CIFAR-10 by strides and by max-pooling, by more data, and by an L1 penalty.

How good the networks are and how long they take are separate studies: many trainings may run
at once, but whoever looks at the clock has to be alone.
"""

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from helpers.settings import PACKAGES, Training
from helpers.study import Study, seed_by_seed

BASE = Training("D3", "cifar10", epochs=30, batch_size=128, validation_split=0.1)
STRIDES = replace(BASE, n_train=5_000)
POOLING = replace(STRIDES, network="D6")
SIX = replace(STRIDES, network="D7")
SIX_LONG = replace(SIX, n_train=None, epochs=60)
MIRRORED = (("flip", "horizontal"),)
SCHEDULED = {"schedule": "cosine", "learning_rate": 2e-3, "augmentation": MIRRORED}
NORMALISED = replace(
    BASE,
    network="D7+",
    epochs=8,
    schedule="cosine",
    learning_rate=3e-3,
    augmentation=MIRRORED,
)

# A dense layer's weights smaller than this take part in no decision.
NEAR_ZERO = 1e-3
EDGES = np.linspace(-0.3, 0.3, 61)


def _thousands(settings, n):
    return replace(settings, n_train=1000 * n)


# (row, variant): settings and number of seeds.
STRIDE_VS_MAXPOOL = {
    ("D3", "strides, 5K"): (STRIDES, 5),
    ("D6", "max-pooling, 5K"): (POOLING, 5),
    ("D7", "six convolutions, 5K"): (SIX, 5),
    ("D4", "strides, 10K"): (_thousands(STRIDES, 10), 3),
    ("D4", "strides, 20K"): (_thousands(STRIDES, 20), 3),
    ("D4", "strides, 40K"): (_thousands(STRIDES, 40), 3),
    ("D7", "normalised, 50K, 8 epochs"): (NORMALISED, 3),
    ("D7", "six convolutions, 50K, 60 epochs"): (SIX_LONG, 3),
    ("D7", "six convolutions, schedule, 50K, 60 epochs"): (replace(SIX_LONG, **SCHEDULED), 3),
}


def _with_l1(weight, **changes):
    return replace(STRIDES, network_options=(("l1", weight),), **changes)


AUGMENTATION = (*MIRRORED, ("translation", 0.1))
L1 = {
    # With 1e-4 it is the network of "strides, 5K" and "strides, 40K".
    **{("D5", f"L1 {weight:g}, 5K"): (_with_l1(weight), 5) for weight in (0.0, 1e-5, 1e-3, 1e-2)},
    ("D5", "no dropout, 5K"): (
        replace(STRIDES, network_options=(("l1", 0.0), ("dropout", 0.0))),
        5,
    ),
    ("D5", "augmentation, 5K"): (_with_l1(0.0, augmentation=AUGMENTATION), 5),
    ("D5", "early stopping, 5K"): (_with_l1(0.0, patience=3), 5),
    ("D5", "L1 0.001, 40K"): (_with_l1(1e-3, n_train=40_000), 3),
}


def classify_images(settings, seed):
    """Return the results of one training, and weights of its first and its last layer.

    They are `kernels`, array (kh, kw, 3, filters); `near_zero`, the share of the dense layer's
    weights that are below `NEAR_ZERO`; and `weight_counts`, (60,), how many lie between `EDGES`,
    the outer ones with all beyond.
    """
    from helpers.training import train

    network, results = train(settings, seed)
    weights = network.layers[-1].get_weights()[0].ravel()
    counts, _ = np.histogram(weights.clip(EDGES[0], EDGES[-1]), EDGES)
    return results | {
        "kernels": np.round(network.layers[0].get_weights()[0].astype(float), 3),
        "near_zero": float(np.mean(np.abs(weights) < NEAR_ZERO)),
        "weight_counts": counts,
    }


@dataclass(frozen=True)
class Turns:
    """Trainings, by name, of which each gets an epoch in turn, several times."""

    trainings: tuple
    n_train: int
    rounds: int


def time_epochs(settings, seed):
    """Return the seconds of every epoch of each training, and how many images an epoch has.

    They take turns, so that whatever else the machine does slows all of them alike.
    """
    from helpers.training import compiled, in_batches, load_images

    models, seconds = {}, {name: [] for name, _ in settings.trainings}
    for name, training in settings.trainings:
        training = replace(training, n_train=settings.n_train)
        images, source = load_images(training, seed)
        x, y = images["train"]
        batches = in_batches(x, y, training.batch_size, shuffle=True)
        models[name] = compiled(training, len(x))[1], batches
    for a_round in range(settings.rounds + 1):
        for name, (model, batches) in models.items():
            started = perf_counter()
            model.fit(**batches, verbose=0)
            if a_round:  # in the first, Keras prepares itself
                seconds[name].append(round(perf_counter() - started, 3))
    return {"epoch_seconds": seconds, "n_train": len(x), "data_source": source}


TIMED = (
    ("strides", STRIDES),
    ("max-pooling", POOLING),
    ("six convolutions", SIX),
    ("six convolutions, schedule", replace(SIX, **SCHEDULED)),
    ("normalised", NORMALISED),
    ("L1 0", _with_l1(0.0)),
    ("L1 0.01", _with_l1(1e-2)),
)
SMALL = {"n_train": 500, "epochs": 1}
STUDIES = (
    Study(
        "cifar10_stride_vs_maxpool",
        seed_by_seed(STRIDE_VS_MAXPOOL, small=SMALL),
        classify_images,
        PACKAGES,
    ),
    Study("cifar10_l1", seed_by_seed(L1, small=SMALL), classify_images, PACKAGES),
    Study(
        "cifar10_time",
        seed_by_seed(
            {("D6", "an epoch of each"): (Turns(TIMED, n_train=5_000, rounds=7), 3)},
            small={"n_train": 500, "rounds": 1},
        ),
        time_epochs,
        PACKAGES,
    ),
)
