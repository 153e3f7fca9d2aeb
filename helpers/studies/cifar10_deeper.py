"""Rows B7, B8 and C5 to C11: deeper networks on CIFAR-10, and what each change of one buys.

The ladder is of whole trainings, on all images. The changes are of a narrower network, on fewer
images, so that there can be many; two of them are tried at twice its width as well.
"""

from dataclasses import replace

from helpers.settings import Training
from helpers.studies.cifar10 import (
    MIRRORED,
    Rerun,
    Turns,
    classify_images,
    rerun,
    study_of,
    time_epochs,
)
from helpers.studies.plan import Variant

# Report B's 5,000 iterations are 10 passes over 45,000 images, 90 at a time. Its rate is not told,
# nor the momentum and the decay of B7; the rates were chosen by `RATES`, on images held out. It
# printed a momentum of 0.001 for B8, which is nearly none: we train B8 with that of B7, too.
SGD = {"optimizer": "sgd", "weight_decay": 0.005, "validation_split": 0.1, "schedule": "cosine"}
B7 = Training("B7", "cifar10", 10, 90, learning_rate=0.02, momentum=0.9, **SGD)
B8 = replace(B7, network="B8")
B8_PRINTED = replace(B8, learning_rate=0.05, momentum=0.001)
RATES = {
    (trial.network, f"{trial.network}, rate {rate:g}, 10K"): Variant(
        replace(trial, learning_rate=rate, n_train=10_000)
    )
    for trial, rates in ((B7, (0.005, 0.02, 0.08)), (B8_PRINTED, (0.05, 0.1, 0.2)))
    for rate in rates
}

C5 = Training("C4", "cifar10", 10, 64, validation_split=0.1, schedule="cosine")
JITTER = (("hue", 0.05), ("saturation", 0.05))
C7 = replace(C5, network="C7", epochs=16, weight_decay=0.01, augmentation=(*JITTER, *MIRRORED))
TURNED = ("rotation", 3 / 360)
TURNED_WIDELY = ("rotation", 0.25)
C6 = Training(
    "C6",
    "cifar10",
    epochs=7,
    batch_size=32,
    validation_split=0.1,
    learning_rate=3e-4,
    weight_decay=0.05,
    augmentation=(*MIRRORED, TURNED),
)
# Lesson 09's network, with more filters; its rate is that lesson's.
OURS = Training(
    "D7+",
    "cifar10",
    epochs=20,
    batch_size=64,
    network_options=(("filters", 28),),
    validation_split=0.1,
    schedule="cosine",
    learning_rate=3e-3,
    augmentation=(*MIRRORED, ("translation", 0.1)),
    label_smoothing=0.1,
)
WIDER_OURS = replace(OURS, epochs=24, network_options=(("filters", 40),))
# Pools early, and is trained by SGD with momentum. One short training on images held out was behind
# the choice: as many points after 8 epochs as the one above has after 24.
BEST = Training(
    "C6+",
    "cifar10",
    epochs=24,
    batch_size=64,
    learning_rate=0.05,
    momentum=0.9,
    augmentation=(*MIRRORED, ("shift", 0.125)),
    label_smoothing=0.1,
    **SGD,
)
LADDER = {
    ("B7", "B7"): Variant(B7),
    ("B8", "B8"): Variant(B8),
    ("B8", "B8, momentum 0.001"): Variant(B8_PRINTED),
    ("C5", "C5"): Variant(C5),
    ("C7", "C7"): Variant(C7),
    ("C6", "ours, 28 filters"): Variant(OURS),
    ("C6", "ours, 40 filters"): Variant(WIDER_OURS),
    ("C6", "our best"): Variant(BEST),
}
# Report C's framework keeps a tenth of each batch's mean and variance, where Keras keeps a
# hundredth; and its first weights are others.
NORM = {"norm_momentum": 0.9}
LIKE_PYTORCH = {"initializer": "pytorch"} | NORM
C6_LIKE_PYTORCH = replace(C6, schedule="cosine", network_options=tuple(LIKE_PYTORCH.items()))
# On its own, as one epoch takes as long as all of B7.
LADDER_C6 = {
    ("C6", "C6"): Variant(C6_LIKE_PYTORCH),
    # The change that helps the narrow network, on the whole one.
    ("C6", "C6, rate 1e-3"): Variant(replace(C6_LIKE_PYTORCH, learning_rate=1e-3)),
    ("C6", "C6, as Keras has it"): Variant(C6),
}

OF_C6 = replace(C6, epochs=8, n_train=12_500, validation_split=0.2)


def _with(**options):
    options = {"filters": (16, 16, 16)} | options
    return replace(OF_C6, network_options=tuple(options.items()))


def _changes(**norm):
    """Return the base, with the momentum of its batch normalisation, and all its changes."""
    base = _with(**norm)
    # At its rate, it takes as much from the weights in a step as the base does.
    rate = 0.01
    decay = base.weight_decay * base.learning_rate / rate
    sgd = {"optimizer": "sgd", "momentum": 0.9, "learning_rate": rate, "weight_decay": decay}
    return {
        ("C9", "base"): base,
        ("C9", "batches of 64"): replace(base, batch_size=64),
        ("C9", "filters 8, 16, 32"): _with(filters=(8, 16, 32), **norm),
        ("C9", "no flip"): replace(base, augmentation=(TURNED,)),
        ("C9", "no rotation"): replace(base, augmentation=MIRRORED),
        ("C9", "no augmentation"): replace(base, augmentation=()),
        ("C9", "rotation up to 90°"): replace(base, augmentation=(*MIRRORED, TURNED_WIDELY)),
        ("C7", "colour jitter"): replace(base, augmentation=(*JITTER, *base.augmentation)),
        ("C11", "noise"): replace(base, augmentation=(*base.augmentation, ("noise", 0.05))),
        ("C9", "no batch norm"): _with(conv_norm=False),
        ("C9", "batch norm, dense"): _with(dense_norm=True, **norm),
        ("C9", "no weight decay"): replace(base, weight_decay=None),
        ("C9", "SGD, momentum"): replace(base, **sgd),
        ("C9", "rate 1e-3"): replace(base, learning_rate=1e-3),
        ("C9", "rate 5e-2"): replace(base, learning_rate=5e-2),
        ("C9", "He's weights"): _with(initializer="he_uniform", **norm),
        ("C9", "PyTorch's weights"): _with(initializer="pytorch", **norm),
        ("C10", "tanh"): _with(activation="tanh", **norm),  # with Xavier's weights, as the base
        ("C11", "LeakyReLU"): _with(activation="leaky_relu", **norm),
        ("C11", "SiLU"): _with(activation="silu", **norm),
        ("C9", "dropout 0.5"): _with(dropout=0.5, **norm),
        ("C11", "cosine"): replace(base, schedule="cosine"),
        ("C11", "early stopping"): replace(base, patience=2),
    }


ABLATIONS = _changes(**NORM)
NARROW = ABLATIONS["C9", "base"]
# The same with Keras' own momentum, 0.99: what is collected then lags behind the weights.
LAGGING = _changes()
NOT_LEARNED = 0.25  # an accuracy little above the tenth that any answer gets right
# C6 itself has 64 filters: an image costs it nearly fourteen times what it costs the base.
TWICE = {"filters": (32, 32, 32)} | NORM
WIDER = {
    ("C9", "base, 32 filters"): _with(**TWICE),
    ("C10", "tanh, 32 filters"): _with(activation="tanh", **TWICE),
    ("C9", "rotation up to 90°, 32 filters"): replace(
        _with(**TWICE), augmentation=(*MIRRORED, TURNED_WIDELY)
    ),
}


def learn(settings, seed):
    """Return the results of one training, and no weights."""
    from helpers.training import train

    return train(settings, seed)[1]


def _several(trainings, seeds):
    return {name: Variant(training, seeds) for name, training in trainings.items()}


_LEARNERS = LADDER | {("C6", "C6"): LADDER_C6["C6", "C6"]} | _several(ABLATIONS, 1)
TIMED = {
    f"{row}, {name}": variant.settings
    for (row, name), variant in _LEARNERS.items()
    if not variant.settings.patience
}
TURNS = {
    ("C9", "an epoch of each"): Variant(Turns(tuple(TIMED.items()), n_train=1_250, rounds=5)),
}
# With as many threads a run repeats itself to the last digit; with more or less of them the same
# numbers are added in another order.
RERUNS = {
    ("C9", f"{name}, {threads} threads"): Variant(Rerun(base, threads, base.n_train), times)
    for name, base in (("base", NARROW), ("base, lagging", LAGGING["C9", "base"]))
    for threads, times in {2: 3, 3: 1, 4: 1, 5: 1, 6: 1}.items()
}


STUDIES = (
    study_of("rates", RATES, learn, "cifar10_ablations", epochs=1),
    study_of("ladder", LADDER, classify_images, "cifar10_ladder", epochs=1),
    study_of("ladder_c6", LADDER_C6, classify_images, "cifar10_ladder", epochs=1),
    study_of("ablations", _several(ABLATIONS, 5), learn, "cifar10_ablations", epochs=1),
    study_of("lagging", _several(LAGGING, 4), learn, "cifar10_ablations", epochs=1),
    study_of("wider", _several(WIDER, 3), learn, "cifar10_ablations", epochs=1),
    study_of("deeper_time", TURNS, time_epochs, rounds=1),
    study_of("deeper_reruns", RERUNS, rerun, training=replace(NARROW, epochs=1)),
)
