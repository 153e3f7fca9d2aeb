"""Row E1: a filter bank's features and raw pixels, seen by the same networks of `helpers.nn`."""

from helpers import data
from helpers.studies.by_hand import SMALL, ByHand, train_by_hand
from helpers.studies.plan import Study, Variant, seed_by_seed

SGD = {"epochs": 8, "momentum": 0.0}  # as the report: a constant rate, and no momentum
RATES = {"E1": (1.0, 3.0, 10.0), "linear": (0.003, 0.01, 0.03, 0.1)}
KINDS = [(network, inputs) for network in RATES for inputs in ("features", "pixels")]


def _tried(network, inputs, scaling, rate):
    name = f"{network}, {inputs}, scaled {scaling}, rate {rate:g}"
    how = {"scaling": scaling, "learning_rate": rate, "n_train": 20_000, "held_out": 10_000}
    return ("E1", name), Variant(ByHand(network, inputs, **how, **SGD), seeds=1)


TRIED = dict(
    _tried(*kind, scaling, rate)
    for kind in KINDS
    for scaling in ("each", "all")
    for rate in RATES[kind[0]]
)
STUDIES = tuple(
    Study(
        *(name, seed_by_seed(variants, small=SMALL), train_by_hand, ("numpy",), data.mnist),
        store="filter_bank_mnist",
    )
    for name, variants in [("filter_bank_rates", TRIED)]
)
