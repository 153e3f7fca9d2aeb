"""What an experiment is: settings, times seeds."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from helpers._validate import broken, one_of

PROFILES = ("quick", "full")


@dataclass(frozen=True)
class Trial:
    """One run of a variant. It is known by its settings and seed; the rest is words for people."""

    row: str  # of the reports, that it reproduces: "A16"
    variant: str  # what it is called in tables and figures
    settings: object  # all that its result depends on but the seed: a frozen dataclass
    seed: int
    keep_weights: bool = False  # whether the trained weights are stored, too

    def __str__(self):
        return f"{self.variant}, seed {self.seed}"

    @property
    def stored_settings(self):
        """The settings as JSON has them."""
        return json.loads(json.dumps(asdict(self.settings)))

    @property
    def identity(self):
        return identity(self.stored_settings, self.seed)


def identity(settings, seed):
    """Return what a trial is known by, as text.

    >>> identity({"k": 2}, 0)
    '[{"k": 2}, 0]'
    """
    return json.dumps([settings, seed], sort_keys=True)


def images(data):
    """Return which images a trial is of, wherever their file was."""
    return {name: v for name, v in (data or {}).items() if name not in ("source", "origin")}


@dataclass(frozen=True)
class Study:
    """What to run.

    `run` takes settings and seed, and returns a dict of plain values and NumPy arrays, without NaN,
    with `weights`, a list of arrays, if a trial may keep them. It has to be importable, as it may
    run in another process or on another machine.
    """

    name: str
    trials: Callable  # takes a profile, "quick" or "full", and returns a list of Trial
    run: Callable
    packages: tuple = ("numpy",)  # what computes the results; their versions are stored
    data: Callable | None = None  # returns the Dataset that `run` computes on
    store: str = ""  # name of the file; studies that share `run` share it, and common trials

    def __post_init__(self):
        object.__setattr__(self, "store", self.store or self.name)
        for name in ("name", "store"):
            if not re.fullmatch(r"[A-Za-z0-9][\w-]{0,99}", getattr(self, name), re.ASCII):
                raise broken(name, "of letters, digits, _ and -", getattr(self, name))


@dataclass(frozen=True)
class Variant:
    """Settings, how many seeds they get, and whether the first seed's weights are kept."""

    settings: object
    seeds: int = 3
    keep_weights: bool = False


def seed_by_seed(variants, *, small):
    """Return the `trials` of a Study: of every variant one seed, then of every one the next.

    So a study that was stopped has something of everything. `variants` is a dict of Variant by
    (row, name); `small` is what differs in the settings of the quick profile, of one seed.
    """

    def trials(profile):
        if one_of("profile", profile, PROFILES) == "quick":
            return [
                Trial(*name, replace(variant.settings, **small), 0)
                for name, variant in variants.items()
            ]
        return [
            Trial(*name, variant.settings, seed, variant.keep_weights and seed == 0)
            for seed in range(max(variant.seeds for variant in variants.values()))
            for name, variant in variants.items()
            if seed < variant.seeds
        ]

    return trials
