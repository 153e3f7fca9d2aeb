"""What a training depends on. Loads no Keras, so that studies can be listed at once."""

from dataclasses import dataclass
from math import inf

from helpers._validate import broken, integer

PACKAGES = ("keras", "numpy", "scikit-learn")  # what computes a training's results
DATASETS = ("mnist", "cifar10")
OPTIMIZERS = ("adam", "sgd")
SCHEDULES = ("constant", "cosine")
AUGMENTATIONS = ("flip", "rotation", "translation", "zoom")


@dataclass(frozen=True)
class Training:
    """All that the result of a training depends on, but the seed. The words are Keras'.

    Attributes
    ----------
    network : str
        One of `helpers.models.NETWORKS`.
    dataset : {"mnist", "cifar10"}
    epochs, batch_size : int
    network_options : tuple of (str, value)
        For `helpers.models.build`, which knows the networks and checks both.
    padding : int
        Zeros around each image, on every side.
    n_train : int or None
        Only so many training images, drawn by the seed; None for all.
    validation_split : float, 0 to below 1
        The share of them that is held out, and evaluated after every epoch.
    steps_per_epoch : int or None
        Batches in an epoch; None for a pass over all images. All epochs together fit into
        one pass, or it divides a pass.
    optimizer : {"adam", "sgd"}
    learning_rate : float
        Above 0; the highest one, where there is a schedule.
    momentum : float, 0 to below 1
        For "sgd"; 0 for "adam".
    weight_decay : float or None
        At every step all that is trained, biases too, loses this share of itself, times the
        learning rate.
    schedule : {"constant", "cosine"}
        "cosine" rises from 0 during a tenth of the steps, then falls to 0 along a cosine.
    augmentation : tuple of (str, value)
        Of "flip", "rotation", "translation" and "zoom", each with the argument of Keras' layer
        for it. "translation" goes as far in height as in width.
    label_smoothing : float, 0 to below 1
        How much of the target goes to all classes alike.
    patience : int or None
        Stop after so many epochs without a lower validation loss, and go back to the best.
    watch_test : bool
        Evaluate the test images after every epoch too. Nothing is chosen by it.

    Raises
    ------
    ValueError, TypeError
        A value out of its range, or a name that is not among those listed here.
    """

    network: str
    dataset: str
    epochs: int
    batch_size: int
    network_options: tuple = ()
    padding: int = 0
    n_train: int | None = None
    validation_split: float = 0.0
    steps_per_epoch: int | None = None
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    weight_decay: float | None = None
    schedule: str = "constant"
    augmentation: tuple = ()
    label_smoothing: float = 0.0
    patience: int | None = None
    watch_test: bool = False

    def __post_init__(self):
        optional = ("n_train", "steps_per_epoch", "patience")
        given = [name for name in optional if getattr(self, name) is not None]
        for name in ("epochs", "batch_size", *given):
            integer(name, getattr(self, name))
        integer("padding", self.padding, minimum=0)
        known = {"dataset": DATASETS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
        for name, names in known.items():
            if getattr(self, name) not in names:
                raise broken(name, f"one of {', '.join(names)}", getattr(self, name))
        for name in ("network_options", "augmentation"):
            pairs = getattr(self, name)
            if not (isinstance(pairs, tuple) and all(map(_is_pair, pairs))):
                raise broken(name, "a tuple of pairs (name, value)", pairs)
        for name, _ in self.augmentation:
            if name not in AUGMENTATIONS:
                raise broken("augmentation", f"of {', '.join(AUGMENTATIONS)}", name)
        for name in ("validation_split", "momentum", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise broken(name, "from 0 to below 1", getattr(self, name))
        if not 0 < self.learning_rate < inf:
            raise broken("learning_rate", "positive and finite", self.learning_rate)
        if self.weight_decay is not None and not 0 <= self.weight_decay < inf:
            raise broken("weight_decay", "0 or more, and finite", self.weight_decay)
        if self.momentum and self.optimizer != "sgd":
            raise broken("momentum", f"0 for {self.optimizer}", self.momentum)
        if self.patience and not self.validation_split:
            raise broken("patience", "None without a validation_split", self.patience)


def _is_pair(entry):
    return isinstance(entry, tuple) and len(entry) == 2
