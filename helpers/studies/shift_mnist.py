"""Row C2: how far a digit may move before a network no longer knows it."""

from dataclasses import replace

from helpers.data import mnist, pixels
from helpers.probes import accuracy_by_shift
from helpers.settings import PACKAGES, Training
from helpers.studies.plan import Study, Variant, seed_by_seed

FARTHEST = 8  # pixels; as many zeros lie around each digit, so none leaves the picture
N_TEST = 5_000

BASE = Training("dense, shifts", "mnist", epochs=5, batch_size=64, padding=FARTHEST)
MOVED = (("translation", FARTHEST / (28 + 2 * FARTHEST)),)
KINDS = ("dense", "strides", "max-pooling", "global average")
IN_THE_MIDDLE = {kind: replace(BASE, network=f"{kind}, shifts") for kind in KINDS}
SHORT = IN_THE_MIDDLE | {
    f"{kind}, moved digits": replace(settings, augmentation=MOVED)
    for kind, settings in IN_THE_MIDDLE.items()
}
# Five epochs are too few for moved digits. With a learning rate that falls to 0 a training ends.
LONG = {"epochs": 15, "schedule": "cosine"}
VARIANTS = SHORT | {
    f"{name}, to the end": replace(SHORT[name], **LONG)
    for name in sorted(SHORT, key=lambda name: "moved" not in name)
}


def move_digits(settings, seed):
    """Return the results of one training, and its accuracy on moved test digits."""
    from helpers.training import train

    network, results = train(settings, seed)
    images = mnist()
    x, labels = pixels(images.x_test[:N_TEST], padding=FARTHEST), images.y_test[:N_TEST]
    return results | {"shift_accuracy": accuracy_by_shift(network, x, labels, FARTHEST)}


PLAN = seed_by_seed(
    {("C2", name): Variant(settings) for name, settings in VARIANTS.items()},
    small={"n_train": 1_000, "epochs": 1},
)
STUDIES = (Study("shift_mnist", PLAN, move_digits, PACKAGES, mnist),)
