"""Five networks to be examined, "A" to "E", each with one wrong line: lesson 06 finds them.

Do not read on before you have found them by their behaviour.

>>> print(build("A"))
layer                   output shape      parameters
0_Conv2D                (24, 24, 4)              104
1_ReLU                  (24, 24, 4)                0
2_MaxPool2D             (12, 12, 4)                0
3_Flatten               (576,)                     0
4_Dropout               (576,)                     0
5_Dense                 (10,)                  5,770
"""

import numpy as np

from helpers import nn
from helpers._validate import one_of

NAMES = ("A", "B", "C", "D", "E")


def build(name, *, seed=0):
    """Return the network of this name, for digits, in float64; "sound" is without a fault."""
    parts = _SUSPECTS[one_of("name", name, _SUSPECTS)]
    network, relu, dropout, dense = (
        parts.get(kind.__name__, kind) for kind in (nn.Network, nn.ReLU, nn.Dropout, nn.Dense)
    )
    layers = [nn.Conv2D(4, 5), relu(), nn.MaxPool2D(), nn.Flatten(), dropout(0.5), dense(10)]
    return network(layers, input_shape=(28, 28, 1), seed=seed, dtype="float64")


class _Labels:
    class Network(nn.Network):
        def fit(self, x, y, optimizer, **how):
            return super().fit(x, np.roll(y, 1), optimizer, **how)  # wrong: y as it is


class _Back:
    class ReLU(nn.ReLU):
        def backward(self, dy):
            super().backward(dy)
            return dy  # wrong: only where x > 0


class _Twice:
    class Dense(nn.Dense):
        def forward(self, x, training=False):
            powers = np.exp(super().forward(x, training))
            self.p = powers / powers.sum(axis=1, keepdims=True)
            return self.p  # wrong: the loss takes the softmax itself

        def backward(self, dy):
            return super().backward(self.p * (dy - (self.p * dy).sum(axis=1, keepdims=True)))


class _Scale:
    class Dense(nn.Dense):
        def build(self, input_shape, **how):
            super().build(input_shape, **how)
            self.parameters["kernel"] *= 30  # wrong: as they were drawn
            return self


class _Always:
    class Dropout(nn.Dropout):
        def forward(self, x, training=False):
            return super().forward(x, training=True)  # wrong: training=training


_SUSPECTS = {
    name: vars(fault)
    for name, fault in zip(NAMES, (_Twice, _Always, _Back, _Scale, _Labels), strict=True)
} | {"sound": {}}
