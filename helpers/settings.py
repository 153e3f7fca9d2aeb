"""What a training depends on. Loads no Keras, so that studies can be listed at once."""

from dataclasses import dataclass, fields
from functools import partial

from helpers._validate import broken, flag, integer, number, one_of

PACKAGES = ("keras", "numpy", "scikit-learn")  # what computes a training's results

_share = partial(number, interval="[0, 1)")
_price = partial(number, interval="[0, 1e9]")  # far from what overflows in float32
_part = partial(number, interval="[0, 1]")
_flip = partial(one_of, choices=("horizontal", "vertical", "horizontal_and_vertical"))
_turn = partial(number, interval="[0, 0.5]")  # farther round is nearer again
_activation = partial(one_of, choices=("relu", "tanh", "leaky_relu", "silu"))
_initializer = partial(one_of, choices=("glorot_uniform", "he_uniform", "pytorch"))


def _three(name, value):
    if not isinstance(value, (tuple, list)) or len(value) != 3:  # JSON gives lists
        raise broken(name, "three numbers of filters, one a stage", value)
    return tuple(integer(name, n, maximum=1_024) for n in value)


# The networks of `helpers.models`, each with the options that it has and their rules.
NETWORKS = {
    **{row: {} for row in ("A8", "B5", "B7", "B8", "C4", "C7")},
    **{f"{kind}, shifts": {} for kind in ("dense", "strides", "max-pooling", "global average")},
    **{row: {"filters": partial(integer, maximum=1_024)} for row in ("A8+", "D7+")},
    "D3": {"l1": _price, "dropout": _share},
    **{row: {"l1": _price} for row in ("D6", "D7")},
    "C6+": {"filters": _three},
    "C6": {
        "filters": _three,
        "activation": _activation,
        "conv_norm": flag,
        "dense_norm": flag,
        "dropout": _share,
        "initializer": _initializer,
        "norm_momentum": _share,
    },
}
AUGMENTATIONS = {
    "flip": _flip,
    "rotation": _part,
    "translation": _part,
    "shift": _part,
    "zoom": _part,
    "hue": _turn,
    "saturation": _part,
    "noise": _part,
}


def network_options(network, pairs):
    """Return a network's options as pairs (name, value), or raise an error that says what is wrong.

    >>> network_options("D3", [("l1", 0)])
    (('l1', 0.0),)
    >>> network_options("D3", [("l1", None)])
    Traceback (most recent call last):
    TypeError: l1 must be a number in [0, 1e9]; received l1=None
    """
    pairs = _pairs("network_options", pairs, NETWORKS[one_of("network", network, NETWORKS)])
    if len(dict(pairs)) < len(pairs):
        raise broken("network_options", "without a name that comes twice", pairs)
    return pairs


def _pairs(name, pairs, rules):
    lists = (tuple, list)  # JSON gives lists
    if not (isinstance(pairs, lists) and all(isinstance(p, lists) and len(p) == 2 for p in pairs)):
        raise broken(name, "a tuple of pairs (name, value)", pairs)
    for word, _ in pairs:
        if not isinstance(word, str) or word not in rules:
            raise broken(name, f"of {', '.join(rules) or 'none, for this network'}", word)
    return tuple((word, rules[word](word, value)) for word, value in pairs)


_RULES = {
    "dataset": partial(one_of, choices=("mnist", "cifar10")),
    "optimizer": partial(one_of, choices=("adam", "sgd")),
    "schedule": partial(one_of, choices=("constant", "cosine")),
    **dict.fromkeys(("epochs", "batch_size", "n_train", "steps_per_epoch", "patience"), integer),
    "padding": partial(integer, minimum=0, maximum=512),
    **dict.fromkeys(("validation_split", "momentum", "label_smoothing"), _share),
    "learning_rate": partial(number, interval="(0, 1e9]"),
    "weight_decay": _price,
    "augmentation": partial(_pairs, rules=AUGMENTATIONS),
    "watch_test": flag,
}


@dataclass(frozen=True)
class Training:
    """All that the result of a training depends on, but the seed. The words are Keras'.

    A value out of its range, or an unknown name, is a ValueError or TypeError.
    """

    network: str  # one of `NETWORKS`
    dataset: str  # "mnist" or "cifar10"
    epochs: int
    batch_size: int
    network_options: tuple = ()  # pairs (name, value), of the network's entry in `NETWORKS`
    padding: int = 0  # zeros around each image, on every side
    n_train: int | None = None  # only so many training images, drawn by the seed; None for all
    validation_split: float = 0.0  # the share of them held out, and evaluated after every epoch
    # Batches in an epoch; None for a pass over all images. All epochs together fit into one pass,
    # or it divides a pass.
    steps_per_epoch: int | None = None
    optimizer: str = "adam"  # or "sgd"
    learning_rate: float = 1e-3  # the highest one, where there is a schedule
    momentum: float = 0.0  # below 1, for "sgd"; 0 for "adam"
    # At every step all that is trained, biases too, loses this share of itself, times the rate.
    weight_decay: float | None = None
    # "cosine" rises from 0 during a tenth of the steps, then falls to 0 along a cosine.
    schedule: str = "constant"  # or "cosine"
    # Pairs: "flip" with Keras' word for it; "rotation", "translation", "shift" (a translation by
    # whole pixels) and "zoom" with the largest one, a share, from 0 to 1, of a full turn, or of the
    # height and of the width; "hue" with the largest one, a share of the colour circle;
    # "saturation" with the largest share of itself; "noise" with the standard deviation of what is
    # added to every value, from 0 to 1.
    augmentation: tuple = ()
    label_smoothing: float = 0.0  # how much of the target goes to all classes alike
    # Stop after so many epochs without a lower validation loss, and go back to the best.
    patience: int | None = None
    watch_test: bool = False  # evaluate the test images after every epoch; they choose nothing

    def __post_init__(self):
        # The dataclass is frozen; NumPy's numbers become Python's, and lists become tuples.
        options = network_options(self.network, self.network_options)
        object.__setattr__(self, "network_options", options)
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in _RULES and (value is not None or field.default is not None):
                object.__setattr__(self, field.name, _RULES[field.name](field.name, value))
        if self.momentum and self.optimizer != "sgd":
            raise broken("momentum", f"0 for {self.optimizer}", self.momentum)
        if self.patience and not self.validation_split:
            raise broken("patience", "None without a validation_split", self.patience)
