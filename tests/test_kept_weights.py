"""The weights that trials have kept give the accuracy that is stored of them."""

from dataclasses import replace
from functools import cache

import pytest

from helpers import data
from helpers.settings import Training
from helpers.studies import STUDIES
from helpers.studies.plan import images
from helpers.study import weights
from helpers.study.store import Store
from helpers.study.task import data_fields
from helpers.training import evaluate, load_images, network


def kept():
    """Return the stored trainings that keep their weights, each once, by name."""
    pairs = [pair for study in STUDIES.values() for pair in Store(study).found()]
    return {
        str(trial): (trial.settings, stored)
        for trial, stored in pairs
        if isinstance(trial.settings, Training) and stored and "weights" in stored
    }


@pytest.fixture(scope="module", autouse=True)
def once():
    """Load a data set once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("mnist", "cifar10"):
            patch.setattr(data, name, cache(getattr(data, name)))
        yield


@pytest.mark.filterwarnings("ignore:.*STAND-IN")
@pytest.mark.parametrize("name", kept())
def test_kept_weights_prove_the_stored_accuracy(name):
    """Within what rounding to float16 changes: 1 in 10,000 images, as measured."""
    settings, stored = kept()[name]
    dataset = getattr(data, settings.dataset)()
    if images(data_fields(dataset)) != images(stored["data"]):
        pytest.skip(f"it was tested on other images than those at hand: {dataset.source}")
    few = replace(settings, n_train=1, validation_split=0.0, patience=None)
    model = network(stored["settings"], weights(stored))
    found = evaluate(model, *load_images(few, seed=0)["test"])
    assert model.count_params() == stored["params"]
    assert found["test_accuracy"] == pytest.approx(stored["test_accuracy"], abs=0.0005)
    assert found["test_loss"] == pytest.approx(stored["test_loss"], rel=0.002)


def test_every_kept_file_belongs_to_a_trial():
    used = {
        t["weights"]["file"] for s in STUDIES.values() for t in Store(s).read() if "weights" in t
    }
    folder = Store(next(iter(STUDIES.values()))).path.parent / "weights"
    assert {path.name for path in folder.glob("*.npz")} == used
