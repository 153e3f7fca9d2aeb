"""Networks in NumPy alone: layers, losses, optimizers, training and the gradient check.

A layer computes y from x in `forward` and keeps what `backward` needs: that takes dy, the gradient
of the loss by y, leaves those of its parameters in `gradients`, and returns dx. n is the batch,
images are (n, h, w, c), kernels in TensorFlow's order, words and defaults those of Keras. Lesson 04
derives the gradients, and lesson 06 trains with them.

>>> import numpy as np
>>> network = Network([Conv2D(8, 5), ReLU(), MaxPool2D(2), Flatten(), Dense(10)], seed=0)
>>> network.predict(np.zeros((2, 28, 28, 1))).shape
(2, 10)

Bad input raises a `ValueError`, a wrong type a `TypeError`; both name the layer that it is for.
"""

from helpers.nn.differences import GradientCheck, compare_gradients, gradient_check
from helpers.nn.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool2D,
    ReLU,
    Sigmoid,
    Tanh,
    sigmoid,
)
from helpers.nn.losses import mean_squared_error, sigmoid_cross_entropy, softmax_cross_entropy
from helpers.nn.network import Network
from helpers.nn.optimizers import SGD, Adam

# fmt: off
__all__ = [
    "SGD", "Adam", "AveragePooling2D", "BatchNormalization", "Conv2D", "Dense", "Dropout",
    "Flatten", "GradientCheck", "Layer", "MaxPool2D", "Network", "ReLU", "Sigmoid", "Tanh",
    "compare_gradients", "gradient_check", "mean_squared_error", "sigmoid",
    "sigmoid_cross_entropy", "softmax_cross_entropy",
]
