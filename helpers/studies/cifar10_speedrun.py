"""Lesson 14: CIFAR-10 in three minutes of one core.

Every plan trains as long as its network may: what an image costs each is measured on its own, all
in turns on a machine that does nothing else, and `LENGTHS` are what fits into the budget then.
"""

from dataclasses import dataclass, replace

import numpy as np

from helpers.settings import Training
from helpers.studies.cifar10 import MIRRORED, Turns, study_of, time_epochs
from helpers.studies.cifar10_deeper import BEST, C6_LIKE_PYTORCH, OURS
from helpers.studies.plan import Variant

BUDGET = 180  # seconds of one core, of training alone
A_PASS = 704  # batches of 64 in a pass over the 45,000 images that are not held out


def _width(filters, **changes):
    """Return the plan of our best network, with so many filters in its first stage."""
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
# What fits into the budget, as (epochs, batches in one): mostly half a pass or a quarter.
LENGTHS = {
    "16 filters": (15, A_PASS // 2),
    "24 filters": (10, A_PASS // 2),
    "48 filters": (9, A_PASS // 4),
    "64 filters": (6, A_PASS // 4),
    "report C's network": (4, 303),  # of 32 images
    "lesson 09's network": (6, A_PASS // 2),
}
# Timed with the others, and left to the reader's own race.
IDEAS = ("flip alone", "no label smoothing", "batches of 256")
RACE = {
    (row, name): Variant(replace(plan, epochs=epochs, steps_per_epoch=steps))
    for (row, name), plan in PLANS.items()
    if name not in IDEAS
    for epochs, steps in [LENGTHS.get(name, (8, A_PASS // 2))]
}


@dataclass(frozen=True)
class Averaged:
    """So many trainings of one network, whose answers are averaged."""

    training: Training
    members: int
    n_train: int | None = None  # fewer in the quick profile


HALF = replace(RACE["C6", "32 filters"].settings, epochs=4)
TEAMS = {("C6", "two networks, half as long"): Variant(Averaged(HALF, members=2))}


def race(settings, seed):
    """Return the results of a training, and how good its answers are with those of the mirror."""
    from helpers.training import load_images, train

    network, results = train(settings, seed)
    images = load_images(settings, seed)
    return results | {
        f"{part}_mirrored_accuracy": _accuracy(_views(network, x).mean(axis=0), y)
        for part, (x, y) in images.items()
        if part != "train"
    }


def average(settings, seed):
    """Return how good networks are one by one, together, and together with the mirror's answers."""
    from helpers.training import load_images, train

    training = replace(settings.training, n_train=settings.n_train)
    seeds = [settings.members * seed + member for member in range(settings.members)]
    trained = [train(training, seed) for seed in seeds]
    x, y = load_images(training, seed)["test"]
    views = np.mean([_views(network, x) for network, _ in trained], axis=0)
    return {
        "params": sum(results["params"] for _, results in trained),
        "n_train": trained[0][1]["n_train"],
        "member_accuracies": [results["test_accuracy"] for _, results in trained],
        "test_accuracy": _accuracy(views[0], y),
        "test_mirrored_accuracy": _accuracy(views.mean(axis=0), y),
    }


def probabilities(network, x):
    """Return the softmax of a network's logits of images x, (n, h, w, c): array (n, classes)."""
    from scipy.special import softmax

    return softmax(network.predict(x, batch_size=500, verbose=0), axis=1)


def _views(network, x):
    """Return the probabilities of images, and of their mirror images: array (2, n, classes)."""
    return np.array([probabilities(network, x), probabilities(network, x[:, :, ::-1])])


def _accuracy(answers, y):
    return float(np.mean(answers.argmax(axis=1) == y.argmax(axis=1)))


STUDIES = (
    study_of("speedrun", RACE, race, epochs=1, steps_per_epoch=None),
    study_of(
        "speedrun_teams", TEAMS, average, training=replace(HALF, epochs=1, steps_per_epoch=None)
    ),
    study_of("speedrun_time", TURNS, time_epochs, rounds=1),
)
