import json
from dataclasses import FrozenInstanceError, asdict, replace

import numpy as np
import pytest

from helpers.settings import Training

A8 = Training("A8", "mnist", epochs=2, batch_size=64)


def d3(**options):
    return {"network": "D3", "network_options": tuple(options.items())}


def test_settings_stay_as_they_are():
    with pytest.raises(FrozenInstanceError):
        A8.epochs = 3
    with pytest.raises(TypeError, match="unexpected keyword argument 'dropout'"):
        replace(A8, dropout=0.5)


def test_what_is_not_said_is_off():
    named = {"network": "A8", "dataset": "mnist", "epochs": 2, "batch_size": 64}
    empty = dict.fromkeys(("network_options", "augmentation"), ())
    zero = dict.fromkeys(("padding", "validation_split", "momentum", "label_smoothing"), 0)
    none = dict.fromkeys(("n_train", "steps_per_epoch", "weight_decay", "patience"))
    plain = {"optimizer": "adam", "learning_rate": 0.001, "schedule": "constant"}
    assert asdict(A8) == named | empty | zero | none | plain | {"watch_test": False}
    assert A8.watch_test is False


def test_they_are_the_same_after_being_stored():
    flipped = replace(A8, **d3(l1=0.1), augmentation=(("flip", "horizontal"), ("zoom", 0.1)))
    stored = json.loads(json.dumps(asdict(flipped)))
    assert stored["network_options"] == [["l1", 0.1]]
    assert Training(**stored) == flipped and hash(Training(**stored)) == hash(flipped)


def test_numbers_of_numpy_become_pythons_own():
    options = {"epochs": np.int8(3), "learning_rate": np.float32(0.5), "watch_test": np.True_}
    settings = replace(A8, **options, **d3(l1=np.float64(0)))
    assert json.loads(json.dumps(asdict(settings)))["learning_rate"] == 0.5
    kinds = [type(getattr(settings, name)) for name in options]
    assert (kinds, settings.network_options) == ([int, float, bool], (("l1", 0.0),))


@pytest.mark.parametrize(
    "changes",
    [
        {"n_train": 1, "steps_per_epoch": 1, "padding": 8},
        {"validation_split": 0.999, "patience": 1, "label_smoothing": 0.999},
        {"optimizer": "sgd", "momentum": 0.95, "weight_decay": 0.0},
        {"augmentation": (("flip", "horizontal"), ("flip", "vertical"))},
        {"network": "A8+", "network_options": (("filters", 1_024),)},
        {"network": "C6", "network_options": (("filters", (1, 2, 1_024)), ("conv_norm", False))},
        {"augmentation": (("hue", 0.5), ("saturation", 1.0), ("noise", 1.0))},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(changes):
    assert asdict(replace(A8, **changes)).items() >= changes.items()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be a positive integer; received epochs=0"),
        ({"epochs": None}, TypeError, "epochs must be a positive integer; received epochs=None"),
        ({"batch_size": None}, TypeError, "batch_size must be a positive integer"),
        ({"batch_size": 64.0}, TypeError, "batch_size must be a positive integer"),
        ({"n_train": -1}, ValueError, "n_train must be a positive integer; received n_train=-1"),
        ({"steps_per_epoch": 0}, ValueError, "steps_per_epoch must be a positive integer"),
        ({"patience": True}, TypeError, "patience must be a positive integer"),
        ({"patience": 2}, ValueError, "patience must be None without a validation_split; rec"),
        ({"padding": -1}, ValueError, "padding must be a non-negative integer; received"),
        ({"network": "A9"}, ValueError, "network must be one of 'A8', .*received network='A9'"),
        ({"network": 8}, TypeError, "network must be one of 'A8', .*received network=8"),
        ({"dataset": "MNIST"}, ValueError, "dataset must be one of 'mnist', 'cifar10'; .*'MNIST'"),
        ({"optimizer": "rmsprop"}, ValueError, "optimizer must be one of 'adam', 'sgd'; received"),
        ({"schedule": None}, TypeError, "schedule must be one of 'constant', 'cosine'; received"),
        ({"validation_split": 1}, ValueError, r"validation_split must be a number in \[0, 1\)"),
        ({"validation_split": None}, TypeError, "validation_split must be a number"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate must be a number in"),
        ({"watch_test": "no"}, TypeError, "watch_test must be True or False; received"),
        ({"padding": 513}, ValueError, "padding must be a non-negative integer of at most 512"),
        ({"validation_split": -0.1}, ValueError, r"received validation_split=-0\.1"),
        ({"label_smoothing": float("nan")}, ValueError, "label_smoothing must be a number in"),
        (
            {"optimizer": "sgd", "momentum": 1.0},
            ValueError,
            r"momentum must be a number in \[0, 1\)",
        ),
        ({"momentum": 0.9}, ValueError, r"momentum must be 0 for adam; received momentum=0\.9"),
        (
            {"learning_rate": 0},
            ValueError,
            r"learning_rate must be a number in \(0, 1e9\]; received",
        ),
        ({"learning_rate": float("inf")}, ValueError, "learning_rate must be a number in"),
        ({"weight_decay": -1e-3}, ValueError, r"weight_decay must be a number in \[0, 1e9\]"),
        ({"augmentation": (("blur", 1),)}, ValueError, "augmentation must be of flip, .*'blur'"),
        ({"augmentation": ("zoom", 0.1)}, ValueError, r"augmentation must be a tuple of pairs"),
        ({"augmentation": "zoom"}, ValueError, "augmentation must be a tuple of pairs"),
        ({"augmentation": ("zo",)}, ValueError, "augmentation must be a tuple of pairs"),
        ({"augmentation": ((["zoom"], 0.1),)}, ValueError, "augmentation must be of flip, "),
        ({"augmentation": (("zoom", 1.1),)}, ValueError, r"zoom must be a number in \[0, 1\]"),
        ({"augmentation": (("flip", "both"),)}, ValueError, "flip must be one of 'horizontal', "),
        ({"network_options": {"l1": 0}}, ValueError, "network_options must be a tuple of pairs"),
        ({"network_options": (("l1", 0),)}, ValueError, "network_options must be of none, for th"),
        (
            d3(l2=0),
            ValueError,
            "network_options must be of l1, dropout; received network_options='l2",
        ),
        (d3(l1=None), TypeError, r"l1 must be a number in \[0, 1e9\]; received l1=None"),
        (d3(l1=-1e-4), ValueError, r"l1 must be a number in \[0, 1e9\]; received l1=-0\.0001"),
        (d3(dropout=1), ValueError, r"dropout must be a number in \[0, 1\); received dropout=1"),
        (
            {"network": "D3", "network_options": (("l1", 0), ("l1", 1))},
            *(ValueError, "network_options must be without a name that comes twice"),
        ),
        *(
            ({"network": "C6", "network_options": ((name, bad),)}, error, message)
            for name, bad, error, message in (
                (
                    "filters",
                    (8, 1_025, 8),
                    ValueError,
                    "filters must be a positive integer of at most 1,024; received filters=1025",
                ),
                ("filters", 8, ValueError, "filters must be three numbers of filters, one a stage"),
                (
                    "filters",
                    (8, 8),
                    ValueError,
                    r"three .*received filters=\(8, 8\)",
                ),
                (
                    "filters",
                    (8, 8, 0),
                    ValueError,
                    "filters must be a positive integer; received",
                ),
                ("activation", "relu6", ValueError, "activation must be one of 'relu', 'tanh', "),
                ("initializer", None, TypeError, "initializer must be one of 'glorot_uniform', "),
                ("conv_norm", 1, TypeError, "conv_norm must be True or False; received"),
                ("dropout", 1, ValueError, r"dropout must be a number in \[0, 1\); received"),
            )
        ),
        ({"augmentation": (("hue", 0.6),)}, ValueError, r"hue must be a number in \[0, 0\.5\]"),
        ({"augmentation": (("noise", -1),)}, ValueError, r"noise must be a number in \[0, 1\]"),
        (
            {"network": "A8+", "network_options": (("filters", 2.5),)},
            *(TypeError, "filters must be a positive integer"),
        ),
        (
            {"network": "A8+", "network_options": (("filters", 1_025),)},
            *(ValueError, "filters must be a positive integer of at most 1,024"),
        ),
    ],
)
def test_bad_settings_are_named(changes, error, message):
    with pytest.raises(error, match=message):
        replace(A8, **changes)
