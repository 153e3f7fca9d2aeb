import json
from dataclasses import FrozenInstanceError, asdict, replace

import pytest

from helpers.settings import Training
from helpers.study import Trial

A8 = Training("A8", "mnist", epochs=2, batch_size=64)


def test_settings_stay_as_they_are():
    with pytest.raises(FrozenInstanceError):
        A8.epochs = 3
    with pytest.raises(TypeError, match="unexpected keyword argument 'dropout'"):
        replace(A8, dropout=0.5)


def test_all_of_them_can_be_stored():
    options = {"network_options": (("l1", 0.1),), "augmentation": (("flip", "horizontal"),)}
    stored = Trial("A8", "flipped", replace(A8, **options), seed=0).as_stored()["settings"]
    assert stored == json.loads(json.dumps(asdict(A8))) | {
        "network_options": [["l1", 0.1]],
        "augmentation": [["flip", "horizontal"]],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"n_train": 1, "steps_per_epoch": 1, "padding": 8},
        {"validation_split": 0.999, "patience": 1, "label_smoothing": 0.999},
        {"optimizer": "sgd", "momentum": 0.95, "weight_decay": 0.0},
        {"augmentation": (("flip", "horizontal"), ("flip", "vertical"))},
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
        ({"dataset": "MNIST"}, ValueError, "dataset must be one of mnist, cifar10; .*'MNIST'"),
        ({"optimizer": "rmsprop"}, ValueError, "optimizer must be one of adam, sgd; received"),
        ({"schedule": None}, ValueError, "schedule must be one of constant, cosine; received"),
        ({"validation_split": 1}, ValueError, "validation_split must be from 0 to below 1"),
        ({"validation_split": -0.1}, ValueError, r"received validation_split=-0\.1"),
        ({"label_smoothing": float("nan")}, ValueError, "label_smoothing must be from 0 to bel"),
        ({"optimizer": "sgd", "momentum": 1.0}, ValueError, "momentum must be from 0 to below 1"),
        ({"momentum": 0.9}, ValueError, r"momentum must be 0 for adam; received momentum=0\.9"),
        ({"learning_rate": 0}, ValueError, "learning_rate must be positive and finite; received"),
        ({"learning_rate": float("inf")}, ValueError, "learning_rate must be positive and finite"),
        ({"weight_decay": -1e-3}, ValueError, "weight_decay must be 0 or more, and finite"),
        ({"augmentation": (("blur", 1),)}, ValueError, "augmentation must be of flip, .*'blur'"),
        ({"augmentation": ("zoom", 0.1)}, ValueError, r"augmentation must be a tuple of pairs"),
        ({"augmentation": [("zoom", 0.1)]}, ValueError, "augmentation must be a tuple of pairs"),
        ({"network_options": {"l1": 0}}, ValueError, "network_options must be a tuple of pairs"),
    ],
)
def test_bad_settings_are_named(changes, error, message):
    with pytest.raises(error, match=message):
        replace(A8, **changes)
