"""Row E1: a filter bank's features and raw pixels, seen by the same networks of `helpers.nn`."""

from dataclasses import replace
from math import ceil

from helpers import data
from helpers.studies.by_hand import SMALL, ByHand, train_by_hand
from helpers.studies.plan import Study, Variant, seed_by_seed

SGD = {"epochs": 8, "momentum": 0.0}  # as the report: a constant rate, and no momentum
RATES = {"E1": (1.0, 3.0, 10.0, 30.0), "linear": (0.003, 0.01, 0.03, 0.1)}
# What was best of `TRIED`, on images held out.
CHOSEN = {
    ("E1", "features"): {"scaling": "each", "learning_rate": 3.0},
    ("E1", "pixels"): {"scaling": "all", "learning_rate": 10.0},
    ("linear", "features"): {"scaling": "each", "learning_rate": 0.03},
    ("linear", "pixels"): {"scaling": "all", "learning_rate": 0.03},
}
AMOUNTS = (100, 300, 1_000, 3_000, 10_000)
STEPS = 2_500  # at least, so that few images are learned as far as they can be


def _tried(network, inputs, scaling, rate):
    name = f"{network}, {inputs}, scaled {scaling}, rate {rate:g}"
    how = {"scaling": scaling, "learning_rate": rate, "n_train": 20_000, "held_out": 10_000}
    return ("E1", name), Variant(ByHand(network, inputs, **how, **SGD), seeds=1)


def _fewer(inputs, n):
    settings = FULL["E1", inputs]
    epochs = max(settings.epochs, ceil(STEPS / ceil(n / settings.batch_size)))
    settings = replace(settings, n_train=n, epochs=epochs, watch=False)
    return ("E1", f"E1, {inputs}, {n:,} images"), Variant(settings, seeds=SEEDS)


SEEDS = 5
TRIED = dict(
    _tried(*kind, scaling, rate)
    for kind in CHOSEN
    for scaling in ("each", "all")
    for rate in RATES[kind[0]]
)
FULL = {kind: ByHand(*kind, **how, **SGD) for kind, how in CHOSEN.items()}
VARIANTS = {
    **{("E1", ", ".join(kind)): Variant(settings, seeds=SEEDS) for kind, settings in FULL.items()},
    **dict(_fewer(inputs, n) for n in AMOUNTS for inputs in ("features", "pixels")),
}
STUDIES = tuple(
    Study(
        *(name, seed_by_seed(variants, small=SMALL), train_by_hand, ("numpy",), data.mnist),
        store="filter_bank_mnist",
    )
    for name, variants in [("filter_bank_rates", TRIED), ("filter_bank_mnist", VARIANTS)]
)
