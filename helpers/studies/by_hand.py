"""Rows B5, E1, E2 and E3 in `helpers.nn`: how they are trained, and CNNs from scratch.

Row E1, features by design, has its studies in `filter_bank`.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from helpers import data, nn
from helpers._arrays import numbers
from helpers._validate import broken, one_of
from helpers.conv import conv2d, max_pool2d
from helpers.filters import filter_bank
from helpers.studies.plan import Study, Variant, seed_by_seed

HE = {"kernel_initializer": "he_uniform"}


def _cnn(filters, pooling=nn.MaxPool2D):
    """Report E's: two convolutions, one pooling, two dense layers."""
    convolutions = [nn.Conv2D(filters, 5, **HE), nn.ReLU(), nn.Conv2D(filters, 5, **HE), nn.ReLU()]
    return [*convolutions, pooling(), nn.Flatten(), nn.Dense(128, **HE), nn.ReLU(), nn.Dense(10)]


def _conv_pool(filters):
    return [nn.Conv2D(filters, 5, padding="same"), nn.ReLU(), nn.MaxPool2D()]


NETWORKS = {
    "E1": lambda: [nn.Dense(256), nn.Sigmoid(), nn.Dense(128), nn.Sigmoid(), nn.Dense(10)],
    "linear": lambda: [nn.Dense(10)],
    "E2": lambda: _cnn(8),
    "E2, average": lambda: _cnn(8, nn.AveragePooling2D),
    "E3": lambda: _cnn(10),
    "B5": lambda: [*_conv_pool(16), *_conv_pool(16), nn.Flatten(), nn.Dense(10)],
}
INPUTS = ("images", "pixels", "features")


@dataclass(frozen=True)
class ByHand:
    """A training in NumPy by SGD, whose accuracy is measured after every epoch."""

    network: str  # one of `NETWORKS`
    # "images" from 0 to 1; or rows of "pixels", or of the filter bank's "features", shifted and
    # scaled to mean 0 and deviation 1 over the images trained on.
    inputs: str = "images"
    scaling: str = "each"  # pixel or feature has its own mean and deviation; or "all" have one
    dataset: str = "mnist"  # or "cifar10"
    epochs: int = 1
    schedule: str = "constant"  # or "linear": the rate falls to 0, step by step
    batch_size: int = 32
    learning_rate: float = 0.02  # with the next three as in `helpers.nn.SGD`
    momentum: float = 0.9
    moving_average: bool = False
    weight_decay: float = 0.0
    n_train: int | None = None  # only so many training images, drawn by the seed; None for all
    # So many other training images are looked at after every epoch, as settings are chosen by
    # them; with 0 the test images are.
    held_out: int = 0
    watch: bool = True  # False to look at none after an epoch, as where epochs are short and many

    def __post_init__(self):
        one_of("network", self.network, NETWORKS)
        one_of("inputs", self.inputs, INPUTS)
        one_of("scaling", self.scaling, ("each", "all"))
        one_of("dataset", self.dataset, ("mnist", "cifar10"))
        one_of("schedule", self.schedule, ("constant", "linear"))


def bank_features(images):
    """Return what row E1 computes by design: (n, 1296) from digits, (n, 28, 28).

    The responses to 36 filters of 17x17, (n, 12, 12, 36), and of each 2x2 the largest.

    >>> bank_features(np.zeros((2, 28, 28), np.float32)).shape
    (2, 1296)
    """
    bank = filter_bank()[:, :, None, :].astype(np.float32)
    parts = (images[start : start + 500, ..., None] for start in range(0, len(images), 500))
    return np.concatenate([max_pool2d(conv2d(x, bank)).reshape(len(x), -1) for x in parts])


@lru_cache(maxsize=2)  # seeds share the features, which take a while
def seen(load, inputs):
    """Return the training and the test images that `load` gives as `inputs`, not yet scaled."""
    images = load()
    parts = (np.divide(x, 255, dtype=np.float32) for x in (images.x_train, images.x_test))
    if inputs == "images":
        return tuple(x.reshape(*x.shape[:3], -1) for x in parts)
    see = bank_features if inputs == "features" else lambda x: x.reshape(len(x), -1)
    return tuple(map(see, parts))


def scaled(x, *others, scaling="each"):
    """Return rows of numbers, (n, k), less the mean of those in x, over their deviation."""
    axis = 0 if scaling == "each" else None
    mean, deviation = x.mean(axis=axis, dtype=float), x.std(axis=axis, dtype=float)
    deviation = np.where(deviation < 1e-3, 1, deviation)  # pixels at the edge are nearly all black
    mean, deviation = mean.astype(x.dtype), deviation.astype(x.dtype)
    return tuple((part - mean) / deviation for part in (x, *others))


class Falling(nn.SGD):
    """SGD whose rate falls by `fall` after every step."""

    fall = 0.0

    def step(self, parameters, gradients):
        super().step(parameters, gradients)
        self.learning_rate -= self.fall


def train_by_hand(settings, seed):
    """Return the results of one training: history, accuracy, confusion and the weights."""
    load = getattr(data, settings.dataset)
    images = load()
    x, x_test = seen(load, settings.inputs)
    y, y_test = images.y_train, images.y_test
    held_out, order = np.split(images.drawn(None, seed), [settings.held_out])
    order = order[: settings.n_train]
    x, x_held = x[order], x[held_out]
    if settings.inputs != "images":
        x, x_test, x_held = scaled(x, x_test, x_held, scaling=settings.scaling)
    watched = (x_held, y[held_out]) if settings.held_out else (x_test, y_test)
    y = y[order]
    network = nn.Network(NETWORKS[settings.network](), seed=seed)
    loss = nn.sigmoid_cross_entropy if settings.network == "E1" else nn.softmax_cross_entropy
    optimizer = (Falling if settings.schedule == "linear" else nn.SGD)(
        *(settings.learning_rate, settings.momentum),
        moving_average=settings.moving_average,
        weight_decay=settings.weight_decay,
    )
    optimizer.fall = settings.learning_rate / settings.epochs / -(-len(x) // settings.batch_size)
    history = network.fit(
        *(x, y, optimizer),
        loss=loss,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        validation_data=watched if settings.watch else None,
        seed=seed,
        report=None,
    )
    predicted, confusion = network.predict(x_test).argmax(axis=1), np.zeros((10, 10), int)
    np.add.at(confusion, (y_test, predicted), 1)
    return {
        "params": sum(array.size for array in network.parameters.values()),
        "n_train": len(x),
        "history": {
            name if settings.held_out else name.replace("val", "test"): np.round(values, 5).tolist()
            for name, values in history.items()
        },
        "test_accuracy": float(np.mean(predicted == y_test)),
        "confusion": confusion,
        "weights": list(network.parameters.values()),
    }


def network(settings, weights):
    """Return the network of a training again, from the weights that were kept, in their order.

    `settings` are a ByHand, or what a store has of one. Float16 will do; the error about weights
    that do not fit names the layer and both shapes.
    """
    settings = ByHand(**settings) if isinstance(settings, dict) else settings
    side, channels = {"mnist": (28, 1), "cifar10": (32, 3)}[settings.dataset]
    shapes = {"images": (side, side, channels), "pixels": (side * side * channels,)}
    shape = (shapes | {"features": (1_296,)})[settings.inputs]
    built = nn.Network(NETWORKS[settings.network](), input_shape=shape)
    if len(weights) != len(built.parameters):
        rule = f"a list of {len(built.parameters)} arrays, for network {settings.network!r}"
        raise broken("weights", rule, f"{len(weights)} arrays")
    for (name, array), stored in zip(built.parameters.items(), weights, strict=True):
        array[...] = numbers(name, stored, array.shape)
    return built


SMALL = {"n_train": 500, "epochs": 1, "held_out": 0}


def _rates(row, settings, rates):
    """Return the trials on held-out images by which a rate is chosen; one seed."""
    return {
        (row, f"{row}, held out, batch {settings.batch_size}, rate {rate:g}"): Variant(
            replace(settings, held_out=10_000, learning_rate=rate), seeds=1
        )
        for rate in rates
    }


def _epochs(row, settings, several):
    """Return the trials on held-out images by which the number of epochs is chosen; one seed."""
    return {
        (row, f"{row}, held out, {epochs} epochs"): Variant(
            replace(settings, held_out=10_000, epochs=epochs), seeds=1
        )
        for epochs in several
    }


E2 = ByHand("E2", epochs=4, schedule="linear", learning_rate=0.02)
ONE_EPOCH = replace(E2, epochs=1, batch_size=16)
SUBSET = ByHand("E2", epochs=50, watch=False)
# As in `helpers.studies.cnn_mnist`: 3,000 steps; report B's form of momentum.
B5 = ByHand(
    "B5", batch_size=16, n_train=48_000, learning_rate=0.1, momentum=0.95, moving_average=True,
    weight_decay=0.001,
)  # fmt: skip
E3 = ByHand("E3", dataset="cifar10", epochs=6, schedule="linear", learning_rate=0.005)
MNIST = {
    **_rates("E2", replace(ONE_EPOCH, n_train=20_000), (0.005, 0.01, 0.02, 0.04)),
    **_rates("E2", replace(E2, epochs=3, n_train=10_000), (0.01, 0.02, 0.04)),
    **_epochs("E2", E2, (3, 4)),
    ("E2", "E2"): Variant(E2, keep_weights=True),
    ("E2", "E2, one epoch"): Variant(ONE_EPOCH),
    ("E2", "E2, average, one epoch"): Variant(replace(ONE_EPOCH, network="E2, average")),
    **{
        ("E2", f"E2, {n} images"): Variant(replace(SUBSET, n_train=n), seeds=5)
        for n in (50, 100, 200, 500)
    },
    ("B5", "B5"): Variant(B5),
}
CIFAR10 = {
    **_rates("E3", replace(E3, epochs=4, n_train=10_000), (0.0025, 0.005, 0.01)),
    **_epochs("E3", E3, (4, 6)),
    ("E3", "E3"): Variant(E3, keep_weights=True),
}
STUDIES = tuple(
    Study(name, seed_by_seed(variants, small=SMALL), train_by_hand, ("numpy",), images)
    for name, variants, images in [
        ("by_hand_mnist", MNIST, data.mnist),
        ("by_hand_cifar10", CIFAR10, data.cifar10),
    ]
)
