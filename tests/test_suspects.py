"""Each suspect of lesson 06 passes the rungs of the ladder before its own, and falls there."""

import numpy as np
import pytest

from helpers import nn, suspects

RUNGS = {"sound": 0, "A": 3, "B": 4, "C": 2, "D": 1, "E": 5}


def drawn(n=50):
    """Dark noise, in which a bright row says the class."""
    rng = np.random.default_rng(0)
    y = rng.permutation(np.arange(n) % 10)
    x = 0.7 * rng.random((n, 28, 28, 1))
    x[np.arange(n), 2 * y + 4] = 1
    return x, y


@pytest.mark.parametrize("name", RUNGS)
def test_falls_at_its_rung_and_not_before(name):
    (x, y), noise = drawn(), np.random.default_rng(1).normal(size=(4, 28, 28, 1))
    network = suspects.build(name)
    fell = [abs(network.evaluate(x, y)["loss"] - np.log(10)) > 0.5]
    fell.append(not nn.gradient_check(network, noise, y[:4], entries=10).right)
    optimizer, how = nn.SGD(0.02, 0.9), {"epochs": 60, "batch_size": 10, "seed": 0, "report": None}
    fell.append(network.fit(x, y, optimizer, **how)["loss"][-1] > 0.5)
    fell.append((network.predict(x) != network.predict(x)).any())
    fell.append(network.evaluate(x, y)["accuracy"] < 0.9)
    assert (1 + fell.index(True) if any(fell) else 0) == RUNGS[name], fell


def test_none_can_be_told_by_its_layers_or_name():
    assert set(RUNGS) == {"sound", *suspects.NAMES}
    assert len({str(suspects.build(name)) for name in RUNGS}) == 1
    with pytest.raises(ValueError, match="name must be one of"):
        suspects.build("F")


def test_the_first_weights_come_from_the_seed():
    first, again, other = (suspects.build("B", seed=seed).parameters for seed in (0, 0, 1))
    kernel = "0_Conv2D.kernel"
    assert (first[kernel] == again[kernel]).all() and (first[kernel] != other[kernel]).any()


@pytest.mark.parametrize("name", RUNGS)
def test_layers_by_themselves_have_right_gradients_but_one(name):
    """So C can be singled out, and only C."""
    rng, wrong = np.random.default_rng(1), []
    for layer in suspects.build(name).layers:
        x = rng.normal(size=(4, *layer.input_shape))
        wrong += [layer.name] * (not nn.gradient_check(layer, x, entries=10).right)
    assert wrong == ["1_ReLU"] * (name == "C")
