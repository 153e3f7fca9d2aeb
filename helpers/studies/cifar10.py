"""Rows D3 to D7: CIFAR-10 by strides and by max-pooling, by more data, and by an L1 penalty.

How good the networks are and how long they take are separate studies: many trainings may run
at once, but whoever looks at the clock has to be alone. A third one trains one network several
times with the same seed.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from time import perf_counter

import numpy as np

from helpers.data import cifar10
from helpers.probes import dense_weights
from helpers.settings import PACKAGES, Training
from helpers.studies.plan import Study, Variant, seed_by_seed

BASE = Training("D3", "cifar10", epochs=30, batch_size=128, validation_split=0.1)
STRIDES = replace(BASE, n_train=5_000)
POOLING = replace(STRIDES, network="D6")
SIX = replace(STRIDES, network="D7")
SIX_LONG = replace(SIX, n_train=None, epochs=60)
MIRRORED = (("flip", "horizontal"),)
SCHEDULED = {"schedule": "cosine", "learning_rate": 2e-3, "augmentation": MIRRORED}
NORMALISED = replace(BASE, network="D7+", epochs=8, **SCHEDULED | {"learning_rate": 3e-3})
STRIDE_VS_MAXPOOL = {
    ("D3", "strides, 5K"): Variant(STRIDES, 5),
    # As long as max-pooling takes for its 30 epochs.
    ("D3", "strides, 5K, 71 epochs"): Variant(replace(STRIDES, epochs=71), 5),
    ("D6", "max-pooling, 5K"): Variant(POOLING, 5, keep_weights=True),
    ("D7", "six convolutions, 5K"): Variant(SIX, 5),
    **{
        ("D4", f"strides, {n}K"): Variant(replace(STRIDES, n_train=1_000 * n)) for n in (10, 20, 40)
    },
    ("D7", "normalised, 50K, 8 epochs"): Variant(NORMALISED, keep_weights=True),
    ("D7", "six convolutions, 50K, 60 epochs"): Variant(SIX_LONG, keep_weights=True),
    ("D7", "six convolutions, schedule, 50K, 60 epochs"): Variant(replace(SIX_LONG, **SCHEDULED)),
}


def _with_l1(weight, **changes):
    """Return D3's settings with another penalty; its own, 1e-4, is not spelled out."""
    options = () if weight == 1e-4 else (("l1", weight),)
    return replace(STRIDES, network_options=options, **changes)


AUGMENTATION = (*MIRRORED, ("translation", 0.1))
NO_DROPOUT = replace(STRIDES, network_options=(("l1", 0.0), ("dropout", 0.0)))
WEIGHTS = (0.0, 1e-5, 1e-4, 1e-3, 1e-2)
L1 = {
    **{("D5", f"L1 {weight:g}, 5K"): Variant(_with_l1(weight), 5) for weight in WEIGHTS},
    ("D5", "no dropout, 5K"): Variant(NO_DROPOUT, 5),
    ("D5", "augmentation, 5K"): Variant(_with_l1(0.0, augmentation=AUGMENTATION), 5),
    ("D5", "early stopping, 5K"): Variant(_with_l1(0.0, patience=3), 5),
    **{
        ("D5", f"L1 {weight:g}, 40K"): Variant(_with_l1(weight, n_train=40_000))
        for weight in (1e-4, 1e-3)
    },
}


def classify_images(settings, seed):
    """Return the results of a training, its weights, first kernels and the spread of the last."""
    from helpers.training import train

    network, results = train(settings, seed)
    return results | {
        "kernels": np.round(network.layers[0].get_weights()[0].astype(float), 3),
        **dense_weights(network.layers[-1].get_weights()[0]),
        "weights": network.get_weights(),
    }


@dataclass(frozen=True)
class Turns:
    """Trainings, by name, of which each gets an epoch in turn, so many times."""

    trainings: tuple
    n_train: int
    rounds: int


def time_epochs(settings, seed):
    """Return the seconds of each epoch; in turns, so that other work slows all trainings alike."""
    from helpers.training import compiled, in_batches, load_images

    models, seconds = {}, {name: [] for name, _ in settings.trainings}
    for name, training in settings.trainings:
        training = replace(training, n_train=settings.n_train)
        x, y = load_images(training, seed)["train"]
        batches = in_batches(x, y, training.batch_size, shuffle=True)
        models[name] = compiled(training, len(x))[1], batches
    for a_round in range(settings.rounds + 1):
        for name, (model, batches) in models.items():
            started = perf_counter()
            model.fit(**batches, verbose=0)
            if a_round:  # in the first, Keras prepares itself
                seconds[name].append(round(perf_counter() - started, 3))
    return {"epoch_seconds": seconds, "n_train": len(x)}


@dataclass(frozen=True)
class Rerun:
    """One training with the same seed, 0, again and again; a trial's seed counts the times."""

    training: Training
    threads: int
    n_train: int


def rerun(settings, seed):
    """Return the results of a training in a process of its own, with so many threads."""
    training = replace(settings.training, n_train=settings.n_train)
    limit = {"initializer": _use_threads, "initargs": (settings.threads,)}
    with ProcessPoolExecutor(1, get_context("spawn"), **limit) as pool:
        results = pool.submit(classify_images, training, 0).result()
    return {name: result for name, result in results.items() if name != "weights"}


def _use_threads(n):
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(n)


TIMED = (
    ("strides", STRIDES),
    ("max-pooling", POOLING),
    ("six convolutions", SIX),
    ("six convolutions, schedule", replace(SIX, **SCHEDULED)),
    ("normalised", NORMALISED),
    ("L1 0", _with_l1(0.0)),
    ("L1 0.01", _with_l1(1e-2)),
)
TURNS = {("D6", "an epoch of each"): Variant(Turns(TIMED, n_train=5_000, rounds=7))}
RERUNS = {
    ("D3", f"{n} thread{'s' * (n > 1)}"): Variant(Rerun(STRIDES, n, n_train=5_000)) for n in (1, 2)
}


def study_of(name, variants, run, store="", **small):
    """Return a Study of CIFAR-10; `small` is what differs in the settings of its quick profile."""
    plan = seed_by_seed(variants, small={"n_train": 500} | small)
    return Study(f"cifar10_{name}", plan, run, PACKAGES, cifar10, store)


STUDIES = (
    study_of("stride_vs_maxpool", STRIDE_VS_MAXPOOL, classify_images, "cifar10", epochs=1),
    study_of("l1", L1, classify_images, "cifar10", epochs=1),
    study_of("time", TURNS, time_epochs, rounds=1),
    study_of("reruns", RERUNS, rerun, training=replace(STRIDES, epochs=1)),
)
