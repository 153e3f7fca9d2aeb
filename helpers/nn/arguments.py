"""What the arguments of layers and optimizers may be, by their names."""

from dataclasses import fields
from functools import partial

from helpers._validate import flag, integer, number, one_of, pair

# How a kernel is drawn, by how many inputs an output sees, and how many outputs an input reaches.
INITIALIZERS = {
    "glorot_uniform": lambda rng, shape, n_in, n_out: (
        (6 / (n_in + n_out)) ** 0.5 * rng.uniform(-1, 1, shape)
    ),
    "he_uniform": lambda rng, shape, n_in, n_out: (6 / n_in) ** 0.5 * rng.uniform(-1, 1, shape),
    "random_normal": lambda rng, shape, n_in, n_out: 0.05 * rng.normal(size=shape),
}
share = partial(number, interval="[0, 1)")
positive = partial(number, interval="(0, inf)")

RULES = {
    "units": integer,
    "filters": integer,
    "kernel_size": pair,
    "pool_size": pair,
    "strides": pair,
    "padding": partial(one_of, choices=("valid", "same")),
    "kernel_initializer": partial(one_of, choices=INITIALIZERS),
    "rate": share,
    "epsilon": positive,
    "learning_rate": positive,
    "weight_decay": partial(number, interval="[0, inf)"),
    "momentum": share,
    "beta_1": share,
    "beta_2": share,
    "moving_average": flag,
}


class Checked:
    """A dataclass whose arguments are checked as soon as it is made."""

    def __post_init__(self):
        for name in (field.name for field in fields(self) if field.name in RULES):
            setattr(self, name, RULES[name](name, getattr(self, name)))
