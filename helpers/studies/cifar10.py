"""Rows D3 to D7: CIFAR-10 by strides and by max-pooling, by more data, and by an L1 penalty."""

from dataclasses import replace

import numpy as np

from helpers.settings import Training
from helpers.study import Study, Trial

BASE = Training("D3", "cifar10", epochs=30, batch_size=128, validation_split=0.1)
STRIDES = replace(BASE, n_train=5_000)
POOLING = replace(STRIDES, network="D6")
SIX = replace(STRIDES, network="D7")

# A dense layer's weights smaller than this take part in no decision.
NEAR_ZERO = 1e-3
EDGES = np.linspace(-0.3, 0.3, 61)


def _thousands(settings, n):
    return replace(settings, n_train=1000 * n)


# (row, variant): settings and number of seeds; five where a trial takes about a minute.
STRIDE_VS_MAXPOOL = {
    ("D3", "strides, 5K"): (STRIDES, 5),
    ("D6", "max-pooling, 5K"): (POOLING, 5),
    ("D7", "six convolutions, 5K"): (SIX, 5),
    ("D7", "six convolutions, 50K"): (replace(SIX, n_train=None), 3),
    ("D7", "six convolutions, 50K, 60 epochs"): (replace(SIX, n_train=None, epochs=60), 3),
    ("D4", "strides, 10K"): (_thousands(STRIDES, 10), 3),
    ("D4", "strides, 20K"): (_thousands(STRIDES, 20), 3),
    ("D4", "strides, 40K"): (_thousands(STRIDES, 40), 3),
    ("D6", "max-pooling, 10K"): (_thousands(POOLING, 10), 3),
    ("D7", "normalised, 50K, 10 epochs"): (
        replace(
            BASE,
            network="D7+",
            epochs=10,
            schedule="cosine",
            learning_rate=3e-3,
            augmentation=(("flip", "horizontal"), ("translation", 0.0625)),
        ),
        3,
    ),
}


def _with_l1(weight, **changes):
    return replace(STRIDES, network_options=(("l1", weight),), **changes)


AUGMENTATION = (("flip", "horizontal"), ("translation", 0.1))
L1 = {
    **{
        ("D5", f"L1 {weight:g}, 5K"): (_with_l1(weight), 5)
        for weight in (0.0, 1e-5, 1e-4, 1e-3, 1e-2)
    },
    ("D5", "no dropout, 5K"): (
        replace(STRIDES, network_options=(("l1", 0.0), ("dropout", 0.0))),
        5,
    ),
    ("D5", "augmentation, 5K"): (_with_l1(0.0, augmentation=AUGMENTATION), 5),
    ("D5", "early stopping, 5K"): (_with_l1(0.0, patience=3), 5),
    # With 1e-4 it is the network of "strides, 40K".
    ("D5", "L1 0.001, 40K"): (_with_l1(1e-3, n_train=40_000), 3),
}


def classify_images(settings, seed):
    """Return the results of one training, and how the weights of its dense layer lie."""
    from helpers.training import train

    network, results = train(settings, seed)
    weights = network.layers[-1].get_weights()[0].ravel()
    counts, _ = np.histogram(weights.clip(EDGES[0], EDGES[-1]), EDGES)
    return results | {
        "near_zero": float(np.mean(np.abs(weights) < NEAR_ZERO)),
        "weight_counts": counts,
    }


def _trials(variants):
    def trials(profile):
        full = profile == "full"
        return [
            Trial(*name, settings if full else replace(settings, n_train=500, epochs=1), seed)
            for name, (settings, seeds) in variants.items()
            for seed in range(seeds if full else 1)
        ]

    return trials


STUDIES = tuple(
    Study(name, _trials(variants), classify_images, ("keras", "numpy", "scikit-learn"))
    for name, variants in (
        ("cifar10_stride_vs_maxpool", STRIDE_VS_MAXPOOL),
        ("cifar10_l1", L1),
    )
)
