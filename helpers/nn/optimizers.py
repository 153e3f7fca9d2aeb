"""Optimizers: how far gradients move the parameters; lesson 04 draws them on one bowl."""

from collections import defaultdict

import numpy as np

from helpers._validate import flag, number


class Optimizer:
    """Changes parameters in place. All of them, biases too, decay by the rate times this share."""

    def __init__(self, learning_rate, weight_decay):
        self.learning_rate = number("learning_rate", learning_rate, "(0, inf)")
        self.weight_decay = number("weight_decay", weight_decay, "[0, inf)")
        self._memories = {}  # by the array, which is kept with them so that its id stays its own

    def step(self, parameters, gradients):
        """Move the arrays of the first dict by those of the second."""
        for name, w in parameters.items():
            _, memory = self._memories.setdefault(id(w), (w, defaultdict(int)))
            move = self._move(gradients[name], memory)
            w -= self.learning_rate * self.weight_decay * w
            w += move


class SGD(Optimizer):
    """Stochastic gradient descent. Lesson 04: v ← momentum · v − learning_rate · g, w ← w + v.

    With `moving_average`, report B's form: m ← momentum · m + (1 − momentum) · g, and
    w ← w − learning_rate · m: the first form with a rate 1 − momentum times as high.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, *, moving_average=False, weight_decay=0.0):
        super().__init__(learning_rate, weight_decay)
        self.momentum = number("momentum", momentum, "[0, 1)")
        self.moving_average = flag("moving_average", moving_average)

    def _move(self, g, memory):
        if self.moving_average:
            memory["m"] = self.momentum * memory["m"] + (1 - self.momentum) * g
            return -self.learning_rate * memory["m"]
        memory["v"] = self.momentum * memory["v"] - self.learning_rate * g
        return memory["v"]


class Adam(Optimizer):
    """Lesson 04: w ← w − learning_rate · m̂ / (√v̂ + ε), means of g and g² corrected for their start.

    D. Kingma and J. Ba, "Adam", ICLR 2015: the form before its section 2.1, as in Keras.
    """

    def __init__(
        self, learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-7, *, weight_decay=0.0
    ):
        super().__init__(learning_rate, weight_decay)
        self.beta_1 = number("beta_1", beta_1, "[0, 1)")
        self.beta_2 = number("beta_2", beta_2, "[0, 1)")
        self.epsilon = number("epsilon", epsilon, "(0, inf)")

    def _move(self, g, memory):
        memory["steps"] += 1
        memory["m"] = self.beta_1 * memory["m"] + (1 - self.beta_1) * g
        memory["v"] = self.beta_2 * memory["v"] + (1 - self.beta_2) * g**2
        bias_1, bias_2 = (1 - beta ** memory["steps"] for beta in (self.beta_1, self.beta_2))
        rate = self.learning_rate * bias_2**0.5 / bias_1
        return -rate * memory["m"] / (np.sqrt(memory["v"]) + self.epsilon)
