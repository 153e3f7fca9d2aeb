"""Lesson 14: CIFAR-10 in three minutes of one core, and in an hour.

Every plan of a race trains as long as its network may. What an image costs is measured on its own,
with all plans in turns; `PASSES` are the quarters of a pass that fit into the budget.
"""

from dataclasses import replace

from helpers.settings import Training
from helpers.studies.cifar10 import MIRRORED, Turns, study_of, time_epochs
from helpers.studies.cifar10_deeper import BEST, C6_LIKE_PYTORCH, OURS
from helpers.studies.plan import Variant

BUDGET = 180  # seconds of one core


def _width(filters, **changes):
    """Return the plan of the hour with fewer filters."""
    options = () if filters == 64 else (("filters", (filters, 2 * filters, 4 * filters)),)
    return replace(BEST, network_options=options, **changes)


PLANS = {
    **{("C6", f"{filters} filters"): _width(filters) for filters in (16, 24, 32, 48, 64)},
    ("C6", "report C's network"): replace(C6_LIKE_PYTORCH, learning_rate=1e-3),
    ("D7", "lesson 09's network"): OURS,
    ("C6", "no augmentation"): _width(32, augmentation=()),
    ("C6", "flip alone"): _width(32, augmentation=MIRRORED),
    ("C6", "no label smoothing"): _width(32, label_smoothing=0.0),
    ("C6", "constant rate"): _width(32, schedule="constant"),
    ("C6", "Adam"): _width(
        32, optimizer="adam", momentum=0.0, learning_rate=3e-3, weight_decay=None
    ),
    ("C6", "batches of 256"): _width(32, batch_size=256, learning_rate=0.2),
}
TURNS = {
    ("C6", "an epoch of each"): Variant(
        Turns(tuple((name, plan) for (_, name), plan in PLANS.items()), n_train=1_250, rounds=5)
    )
}
STUDIES = (study_of("speedrun_time", TURNS, time_epochs, rounds=1),)
