"""Rows A8, A10, A11, B5, B6: MNIST by convolutional networks, and one step beyond them."""

from dataclasses import replace

from helpers.data import mnist
from helpers.settings import PACKAGES, Training
from helpers.studies.plan import Study, Variant, seed_by_seed

# As report A says. It looks at the test images after every epoch, and chooses nothing by them.
A8 = Training("A8", "mnist", epochs=20, batch_size=64, watch_test=True)

# Report B says 3,000 iterations, and a moving average v of the gradient g:
#   v = MU v + (1 - MU) g        w = w - RATE (v + DECAY w)
# It does not say the numbers; these are ours. Keras writes the same step as
#   m = MU m - rate g            w = w + m - rate decay w
# with m = -RATE v, so its rate is RATE (1 - MU), and its decay DECAY / (1 - MU).
RATE, MU, DECAY = 0.1, 0.95, 0.001
B5 = Training(
    *("B5", "mnist"),
    epochs=30,
    steps_per_epoch=100,
    batch_size=16,
    validation_split=1 / 12,
    optimizer="sgd",
    learning_rate=RATE * (1 - MU),
    momentum=MU,
    weight_decay=DECAY / (1 - MU),
)

AUGMENTATION = (("rotation", 0.03), ("translation", 0.07), ("zoom", 0.1))
SCHEDULED = replace(A8, schedule="cosine", learning_rate=2e-3)
VARIANTS = {
    ("A8", "A8"): Variant(A8, keep_weights=True),
    ("B5", "B5"): Variant(B5, keep_weights=True),
    ("A8", "improved"): Variant(
        replace(SCHEDULED, augmentation=AUGMENTATION, network="A8+"), keep_weights=True
    ),
    ("A8", "A8, schedule"): Variant(SCHEDULED),
    ("A8", "A8, schedule, augmentation"): Variant(replace(SCHEDULED, augmentation=AUGMENTATION)),
}


def recognise_digits(settings, seed):
    """Return the results of one training on MNIST, and the weights."""
    from helpers.training import train

    network, results = train(settings, seed)
    return results | {"weights": network.get_weights()}


PLAN = seed_by_seed(VARIANTS, small={"n_train": 1_000, "epochs": 1, "steps_per_epoch": 10})
STUDIES = (Study("cnn_mnist", PLAN, recognise_digits, PACKAGES, mnist),)
