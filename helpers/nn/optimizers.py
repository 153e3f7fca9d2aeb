"""Optimizers: how far gradients move the parameters; lesson 04 draws them on one bowl."""

from collections import defaultdict
from dataclasses import KW_ONLY, dataclass

import numpy as np

from helpers.nn.arguments import Checked


class Optimizer(Checked):
    """Changes parameters in place. All of them, biases too, decay by the rate times this share."""

    def __post_init__(self):
        super().__post_init__()
        self._memories = {}  # by the array, which is kept with them so that its id stays its own

    def step(self, parameters, gradients):
        """Move the arrays of the first dict by those of the second."""
        for name, w in parameters.items():
            _, memory = self._memories.setdefault(id(w), (w, defaultdict(int)))
            move = self._move(gradients[name], memory)
            w -= self.learning_rate * self.weight_decay * w
            w += move


@dataclass(eq=False)
class SGD(Optimizer):
    """Stochastic gradient descent. Lesson 04: v ← momentum · v − learning_rate · g, w ← w + v.

    With `moving_average`, report B's form: m ← momentum · m + (1 − momentum) · g, and
    w ← w − learning_rate · m: the first form with a rate 1 − momentum times as high.
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    _: KW_ONLY
    moving_average: bool = False
    weight_decay: float = 0.0

    def _move(self, g, memory):
        if self.moving_average:
            memory["m"] = self.momentum * memory["m"] + (1 - self.momentum) * g
            return -self.learning_rate * memory["m"]
        memory["v"] = self.momentum * memory["v"] - self.learning_rate * g
        return memory["v"]


@dataclass(eq=False)
class Adam(Optimizer):
    """Lesson 04: w ← w − learning_rate · √(1 − beta_2ᵗ) / (1 − beta_1ᵗ) · m / (√v + epsilon).

    m and v are moving averages, from 0, of g and g²; at step t = 1, 2, ... the two differences
    correct them. epsilon is added to the root of v before that: the form that stands just before
    section 2.1 of D. Kingma and J. Ba, "Adam", ICLR 2015, as in Keras.
    """

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    _: KW_ONLY
    weight_decay: float = 0.0

    def _move(self, g, memory):
        memory["steps"] += 1
        memory["m"] = self.beta_1 * memory["m"] + (1 - self.beta_1) * g
        memory["v"] = self.beta_2 * memory["v"] + (1 - self.beta_2) * g**2
        bias_1, bias_2 = (1 - beta ** memory["steps"] for beta in (self.beta_1, self.beta_2))
        rate = self.learning_rate * bias_2**0.5 / bias_1
        return -rate * memory["m"] / (np.sqrt(memory["v"]) + self.epsilon)
