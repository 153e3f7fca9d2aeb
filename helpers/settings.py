"""What a training depends on. Loads no Keras, so that studies can be listed at once."""

from dataclasses import dataclass

from helpers._validate import broken, integer

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
        For `helpers.models.build`.
    padding : int
        Zeros around each image, on every side.
    n_train : int or None
        Only so many training images, drawn by the seed; None for all.
    validation_split : float, 0 to below 1
        The share of them that is held out, and evaluated after every epoch.
    steps_per_epoch : int or None
        Batches in an epoch; None for a pass over all images.
    optimizer : {"adam", "sgd"}
    learning_rate : float
        The highest one, where there is a schedule.
    momentum : float
        For "sgd".
    weight_decay : float or None
    schedule : {"constant", "cosine"}
        "cosine" rises from 0 during a tenth of the steps, then falls to 0 along a cosine.
    augmentation : tuple of (str, value)
        Of "flip", "rotation", "translation" and "zoom", each with the argument of Keras' layer
        for it.
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
        for name in ("epochs", "batch_size", "n_train", "steps_per_epoch", "patience"):
            if getattr(self, name) is not None:
                integer(name, getattr(self, name))
        known = {"dataset": DATASETS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
        for name, names in known.items():
            if getattr(self, name) not in names:
                raise broken(name, f"one of {', '.join(names)}", getattr(self, name))
        for name, _ in self.augmentation:
            if name not in AUGMENTATIONS:
                raise broken("augmentation", f"of {', '.join(AUGMENTATIONS)}", name)
        for name in ("validation_split", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise broken(name, "from 0 to below 1", getattr(self, name))
        if self.patience and not self.validation_split:
            raise broken("patience", "None without a validation_split", self.patience)
