"""Networks in NumPy alone: layers, losses, optimizers, training and the gradient check.

A layer computes y from x in `forward` and keeps what `backward` needs: that takes dy, the gradient
of the loss by y, leaves those of its parameters in `gradients`, and returns dx. n is the batch,
images are (n, h, w, c), kernels in TensorFlow's order, words and defaults those of Keras. Lesson 04
derives the gradients, and lesson 06 trains with them.

>>> network = Network([Conv2D(8, 5), ReLU(), MaxPool2D(2), Flatten(), Dense(10)], seed=0)
>>> network.predict(np.zeros((2, 28, 28, 1))).shape
(2, 10)

Bad input raises a `ValueError`, a wrong type a `TypeError`; both name the layer that it is for.
"""

import copy
import os
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from helpers import conv
from helpers._arrays import numbers
from helpers._validate import broken, flag, integer, number, one_of, pair
from helpers._validate import seed as checked_seed
from helpers.shapes import output_size

# How a kernel is drawn, by how many inputs an output sees, and how many outputs an input reaches.
INITIALIZERS = {
    "glorot_uniform": lambda rng, shape, n_in, n_out: (
        (6 / (n_in + n_out)) ** 0.5 * rng.uniform(-1, 1, shape)
    ),
    "he_uniform": lambda rng, shape, n_in, n_out: (6 / n_in) ** 0.5 * rng.uniform(-1, 1, shape),
    "random_normal": lambda rng, shape, n_in, n_out: 0.05 * rng.normal(size=shape),
}


class Layer:
    """What layers share: `forward` and `backward` check shapes, `_forward` and so on compute.

    `parameters` and `gradients` are dicts of arrays, and `statistics` are kept but not trained.
    """

    sides = input_shape = _y = None
    needs_dx = True  # but for the first layer that is trained

    def __init_subclass__(cls):
        cls.name = cls.__name__  # a network puts the place before it

    def build(self, input_shape, *, seed=None, dtype="float64"):
        """Make the parameters for inputs of this shape (without n), and return the layer."""
        shape = tuple(integer("input_shape", side) for side in input_shape)
        if self.sides and len(shape) != len(self.sides):
            raise broken(f"input_shape of {self.name}", f"({', '.join(self.sides)})", shape)
        self.dtype = np.dtype(one_of("dtype", dtype, ("float32", "float64")))
        self.rng = np.random.default_rng(checked_seed("seed", seed))
        self.parameters, self.gradients, self.statistics = {}, {}, {}
        try:
            self.output_shape = self._build(*shape)
        except ValueError as error:
            raise ValueError(f"{self.name} for inputs of {shape}: {error}") from None
        self.input_shape = shape
        return self

    def forward(self, x, training=False):
        """Return y, (n, *output_shape), of x, (n, *input_shape); a new layer is built for x."""
        x = numbers(f"x of {self.name}", x, ("n", *(self.input_shape or np.shape(x)[1:])))
        if self.input_shape is None:
            self.build(x.shape[1:], dtype="float32" if x.dtype == np.float32 else "float64")
        self._y = self._forward(x.astype(self.dtype, copy=False), training)
        return self._y

    def backward(self, dy):
        """Return dx of the last `forward`, given dy, and set `gradients`; both sum over n."""
        if self._y is None:
            raise ValueError(f"{self.name} has nothing to go back from: call forward first")
        dy = numbers(f"dy of {self.name}", dy, self._y.shape, "as its y")
        return self._backward(dy.astype(self.dtype, copy=False))

    def _build(self, *input_shape):
        return input_shape

    def _add_kernel(self, shape, n_in, n_out):
        kernel = INITIALIZERS[self.kernel_initializer](self.rng, shape, n_in, n_out)
        self.parameters["kernel"] = kernel.astype(self.dtype)
        self.parameters["bias"] = np.zeros(shape[-1], self.dtype)


@dataclass(eq=False)
class Dense(Layer):
    """y = x · kernel + bias, with x (n, features), kernel (features, units), y (n, units).

    Lesson 04: dkernel = xᵀ · dy, dbias = Σ_n dy, dx = dy · kernelᵀ.
    """

    units: int
    kernel_initializer: str = field(default="glorot_uniform", repr=False)
    sides = ("features",)

    def __post_init__(self):
        self.units = integer("units", self.units)
        one_of("kernel_initializer", self.kernel_initializer, INITIALIZERS)

    def _build(self, features):
        self._add_kernel((features, self.units), features, self.units)
        return (self.units,)

    def _forward(self, x, training):
        self._x = x
        return x @ self.parameters["kernel"] + self.parameters["bias"]

    def _backward(self, dy):
        self.gradients = {"kernel": self._x.T @ dy, "bias": dy.sum(axis=0)}
        return dy @ self.parameters["kernel"].T if self.needs_dx else None


class _Windows2D(Layer):
    """What layers share that see an image window by window; `helpers.conv` computes them."""

    sides = ("h", "w", "c")

    def __post_init__(self):
        self.strides = pair("strides", self.strides)
        one_of("padding", self.padding, ("valid", "same"))
        self._how = {"strides": self.strides, "padding": self.padding}

    def _sizes(self, h, w, window):
        axes = zip((h, w), window, self.strides, strict=True)
        return (output_size(*it, strides=s, padding=self.padding) for *it, s in axes)


@dataclass(eq=False)
class Conv2D(_Windows2D):
    """A convolution: x (n, h, w, c), kernel (kh, kw, c, filters), y (n, h_out, w_out, filters).

    With strides 1 and no padding, y[n, r, s] = bias + Σ_i Σ_j x[n, r + i, s + j] · kernel[i, j].
    Lesson 04: dkernel is a correlation of x with dy, dx a true convolution of dy with the kernel.
    """

    filters: int
    kernel_size: int | tuple
    strides: int | tuple = 1
    padding: str = "valid"
    kernel_initializer: str = field(default="glorot_uniform", repr=False)

    def __post_init__(self):
        super().__post_init__()
        self.filters = integer("filters", self.filters)
        self.kernel_size = pair("kernel_size", self.kernel_size)
        one_of("kernel_initializer", self.kernel_initializer, INITIALIZERS)

    def _build(self, h, w, c):
        kh, kw = self.kernel_size
        self._add_kernel((kh, kw, c, self.filters), kh * kw * c, kh * kw * self.filters)
        return *self._sizes(h, w, self.kernel_size), self.filters

    def _forward(self, x, training):
        self._x = x
        return conv.conv2d(x, *self.parameters.values(), **self._how)

    def _backward(self, dy):
        dx, *gradients = conv.conv2d_backward(dy, self._x, self.parameters["kernel"], **self._how)
        self.gradients = dict(zip(self.parameters, gradients, strict=True))
        return dx if self.needs_dx else None


@dataclass(eq=False)
class MaxPool2D(_Windows2D):
    """y, (n, h_out, w_out, c), is the largest of each window of x. Lesson 04: it gets all of dy."""

    pool_size: int | tuple = 2
    strides: int | tuple | None = None
    padding: str = "valid"
    pool, pool_backward = staticmethod(conv.max_pool2d), staticmethod(conv.max_pool2d_backward)

    def __post_init__(self):
        self.pool_size = pair("pool_size", self.pool_size)
        self.strides = self.pool_size if self.strides is None else self.strides
        super().__post_init__()

    def _build(self, h, w, c):
        return *self._sizes(h, w, self.pool_size), c

    def _forward(self, x, training):
        self._x = x
        return self.pool(x, self.pool_size, **self._how)

    def _backward(self, dy):
        return self.pool_backward(dy, self._x, self.pool_size, **self._how)


class AveragePooling2D(MaxPool2D):
    """y, (n, h_out, w_out, c), is the mean of each window of x. Lesson 06: all share dy equally."""

    pool, pool_backward = staticmethod(conv.avg_pool2d), staticmethod(conv.avg_pool2d_backward)


@dataclass(eq=False)
class Flatten(Layer):
    """(n, h, w, c) becomes (n, h·w·c), and dy the shape of x again."""

    def _build(self, *input_shape):
        return (int(np.prod(input_shape)),)

    def _forward(self, x, training):
        return x.reshape(len(x), -1)

    def _backward(self, dy):
        return dy.reshape(-1, *self.input_shape)


@dataclass(eq=False)
class ReLU(Layer):
    """y = max(x, 0). Lesson 04: dx = dy where x > 0, else 0."""

    def _forward(self, x, training):
        self._positive = x > 0
        return np.maximum(x, 0)

    def _backward(self, dy):
        return dy * self._positive


@dataclass(eq=False)
class Sigmoid(Layer):
    """y = 1 / (1 + e⁻ˣ). Lesson 04: dx = dy · y · (1 − y)."""

    def _forward(self, x, training):
        return sigmoid(x)

    def _backward(self, dy):
        return dy * self._y * (1 - self._y)


@dataclass(eq=False)
class Tanh(Layer):
    """y = tanh(x). Lesson 04: dx = dy · (1 − y²)."""

    def _forward(self, x, training):
        return np.tanh(x)

    def _backward(self, dy):
        return dy * (1 - self._y**2)


@dataclass(eq=False)
class Dropout(Layer):
    """In training y = x · mask, dx = dy · mask; else y = x. Lesson 06 derives the scale.

    Entries of the mask, each by itself, are 0 with the chance `rate`, else 1 / (1 − rate).
    """

    rate: float

    def __post_init__(self):
        self.rate = number("rate", self.rate, "[0, 1)")

    def _forward(self, x, training):
        self._mask = 1
        if training:
            self._mask = (self.rng.random(x.shape) >= self.rate).astype(x.dtype) / (1 - self.rate)
        return x * self._mask

    def _backward(self, dy):
        return dy * self._mask


@dataclass(eq=False)
class BatchNormalization(Layer):
    """y = gamma · z + beta, z = (x − mean) / √(variance + epsilon), each per channel, (c,).

    In training mean and variance are those of the m = n·h·w numbers of a channel, and the moving
    ones go towards them; otherwise they are the moving ones, so constants. Lesson 06:
    dgamma = Σ dy · z, dbeta = Σ dy, dx = gamma / √(…) · (dy − dbeta / m − z · dgamma / m); with
    constants, the first of the three terms alone.

    S. Ioffe and C. Szegedy, "Batch normalization", ICML 2015.
    """

    momentum: float = 0.99
    epsilon: float = 1e-3

    def __post_init__(self):
        self.momentum = number("momentum", self.momentum, "[0, 1)")
        self.epsilon = number("epsilon", self.epsilon, "(0, inf)")

    def _build(self, *input_shape):
        zeros, ones = (make(input_shape[-1], self.dtype) for make in (np.zeros, np.ones))
        self.parameters = {"gamma": ones, "beta": zeros}
        self.statistics = {"moving_mean": zeros.copy(), "moving_variance": ones.copy()}
        return input_shape

    def _forward(self, x, training):
        moving_mean, moving_variance = self.statistics.values()
        mean, variance, self._training = moving_mean, moving_variance, training
        if training:
            axes = tuple(range(x.ndim - 1))
            mean, variance = x.mean(axes), x.var(axes)
            moving_mean += (1 - self.momentum) * (mean - moving_mean)
            moving_variance += (1 - self.momentum) * (variance - moving_variance)
        self._deviation = np.sqrt(variance + self.epsilon)
        self._z = (x - mean) / self._deviation
        return self.parameters["gamma"] * self._z + self.parameters["beta"]

    def _backward(self, dy):
        axes, m = tuple(range(dy.ndim - 1)), dy.size // dy.shape[-1]
        dgamma, dbeta = (dy * self._z).sum(axes), dy.sum(axes)
        self.gradients = {"gamma": dgamma, "beta": dbeta}
        if self._training:
            dy = dy - dbeta / m - self._z * (dgamma / m)
        return self.parameters["gamma"] / self._deviation * dy


def sigmoid(x):
    """Return 1 / (1 + e⁻ˣ), which no x makes overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def softmax_cross_entropy(logits, y):
    """Return the loss −1/n Σ_n Σ_k t · log p, p = softmax(logits), and its gradient (p − t) / n.

    logits are (n, k), and y either n labels, from 0 to below k, or their (n, k) probabilities t.

    >>> softmax_cross_entropy(np.log([[0.2, 0.8]]), [1])[1].round(3)
    array([[ 0.2, -0.2]])
    """
    t = _targets(y, logits, probabilities=True)
    if not np.allclose(t.sum(axis=-1), 1, atol=1e-3):
        raise broken("y", "labels, or probabilities that add up to 1", y)
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return -float(np.sum(t * log_p, where=t > 0)) / len(t), (np.exp(log_p) - t) / len(t)


def sigmoid_cross_entropy(logits, y):
    """Return the mean of −t · log p − (1 − t) · log(1 − p), p = sigmoid(logits), and its gradient.

    That is (p − t) / (n·k). Shapes are those of `softmax_cross_entropy`; rows need not add up.
    """
    t = _targets(y, logits, probabilities=True)
    losses = np.maximum(logits, 0) - logits * t + np.log1p(np.exp(-np.abs(logits)))
    return float(losses.mean()), (sigmoid(logits) - t) / t.size


def mean_squared_error(outputs, y):
    """Return the mean of (outputs − y)² over all their numbers, and its gradient."""
    difference = outputs - _targets(y, outputs)
    return float(np.mean(difference**2)), 2 * difference / difference.size


def _targets(y, outputs, probabilities=False):
    """Return y in the shape of the outputs: labels as rows with a 1 where the label says."""
    y, n, k = np.asarray(y), len(outputs), outputs.shape[-1]
    if y.shape == (n,) and outputs.shape == (n, 1):
        y = y[:, None]
    if y.shape != (n,) or outputs.ndim != 2:
        y = numbers("y", y, outputs.shape, "that of the outputs").astype(outputs.dtype, copy=False)
        if probabilities and not (y.min() >= 0 and y.max() <= 1):
            raise broken("y", "labels, or probabilities from 0 to 1", y)
        return y
    if y.dtype.kind not in "iu":
        raise broken("y.dtype", "that of integers, for these are labels", str(y.dtype), TypeError)
    wrong = y[(y < 0) | (y >= k)]
    if len(wrong):
        raise broken("labels in y", f"from 0 to {k - 1}, for the outputs are {k}", int(wrong[0]))
    return (y[:, None] == np.arange(k)).astype(outputs.dtype)


class _Optimizer:
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


class SGD(_Optimizer):
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


class Adam(_Optimizer):
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


class Network:
    """A chain of layers, and its training.

    It is built for the first x that it sees, or at once where `input_shape`, without n, is given.
    `seed` is that of the first weights and of dropout. `parameters` and `gradients` are dicts
    with names like "0_Conv2D.kernel".
    """

    def __init__(self, layers, *, input_shape=None, seed=None, dtype="float32"):
        self.layers, self.seed, self.dtype = list(layers), checked_seed("seed", seed), dtype
        self.input_shape, self.steps = None, 0
        if not self.layers:
            raise broken("layers", "one layer or more", layers)
        for place, layer in enumerate(self.layers):
            if not isinstance(layer, Layer):
                raise broken(f"layers[{place}]", "a layer", layer, TypeError)
            if layer.name != type(layer).__name__:
                raise broken(f"layers[{place}]", "a layer of this network alone", layer.name)
            layer.name = f"{place}_{layer.name}"
        if input_shape is not None:
            self.build(input_shape)

    def build(self, input_shape):
        """Make the parameters for inputs of this shape (without n), and return the network."""
        seeds, shape = np.random.SeedSequence(self.seed), input_shape
        for layer, seed in zip(self.layers, seeds.generate_state(len(self.layers)), strict=True):
            shape = layer.build(shape, seed=int(seed), dtype=self.dtype).output_shape
        for layer in [layer for layer in self.layers if layer.parameters][:1]:
            layer.needs_dx = False
        self.input_shape = self.layers[0].input_shape
        return self

    parameters = property(lambda self: self._arrays("parameters"))
    gradients = property(lambda self: self._arrays("gradients"))

    def _arrays(self, *kinds):
        pairs = ((layer, getattr(layer, kind, {})) for layer in self.layers for kind in kinds)
        return {f"{layer.name}.{name}": array for layer, it in pairs for name, array in it.items()}

    def __str__(self):
        rows = [f"{'layer':<24}{'output shape':<18}{'parameters':>10}"]
        for layer in self.layers if self.input_shape else ():
            count = sum(array.size for array in layer.parameters.values())
            rows.append(f"{layer.name:<24}{layer.output_shape!s:<18}{count:>10,}")
        return "\n".join(rows)

    def forward(self, x, training=False):
        """Return the outputs, (n, ...)."""
        if self.input_shape is None:
            self.build(np.shape(x)[1:])
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dy):
        """Set the gradients of all parameters, given that of the loss by the outputs."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
            if dy is None:
                break
        return dy

    def predict(self, x, *, batch_size=256):
        """Return the outputs, computed in batches."""
        x, size = numbers("x", x, ("n", *np.shape(x)[1:])), integer("batch_size", batch_size)
        return np.concatenate([self.forward(x[i : i + size]) for i in range(0, len(x), size)])

    def evaluate(self, x, y, *, loss=softmax_cross_entropy, batch_size=256):
        """Return {"loss": ..., "accuracy": ...}, the latter where outputs stand for classes."""
        return self._averages(
            lambda *batch: self._metrics(*batch, loss, False)[0], x, y, batch_size
        )

    def train_on_batch(self, x, y, optimizer, loss=softmax_cross_entropy):
        """Take one step, and return what `evaluate` would have before it, in training."""
        if not isinstance(optimizer, _Optimizer):
            raise broken("optimizer", "one of this module's, such as SGD()", optimizer, TypeError)
        with np.errstate(all="ignore"):  # what leads to NaN ends in an error that says more
            metrics, dy = self._metrics(x, y, loss, True)
            self.backward(dy)
            optimizer.step(self.parameters, self.gradients)
        self.steps += 1
        return metrics

    def fit(self, x, y, optimizer, *, loss=softmax_cross_entropy, epochs=1, batch_size=32,
            shuffle=True, validation_data=None, seed=None, report=print):  # fmt: skip
        """Train for so many passes over x, and return the history as Keras has it.

        `seed` is that of the order, `validation_data` a pair (x, y), and `report` is called with
        a line of text after every epoch, and every ten seconds; None for silence. A loss that is
        not finite raises a `FloatingPointError` that names the step, the layer and a way out.
        """
        rng, history = np.random.default_rng(checked_seed("seed", seed)), {}
        report = report or (lambda line: None)
        for epoch in range(1, integer("epochs", epochs) + 1):
            name, started = f"epoch {epoch}/{epochs}", perf_counter()
            metrics = self._averages(
                lambda *batch: self.train_on_batch(*batch, optimizer, loss),
                *(x, y, batch_size, rng if shuffle else None),
                lambda line, name=name: report(f"{name}, {line}"),
            )
            for key, array in self.parameters.items():
                if not np.isfinite(array).all():
                    raise self._diverged(key)
            if validation_data is not None:
                validation = self.evaluate(*validation_data, loss=loss)
                metrics |= {f"val_{key}": value for key, value in validation.items()}
            for key, value in metrics.items():
                history.setdefault(key, []).append(value)
            report(f"{name}: {_line(metrics)}, {perf_counter() - started:.0f} s")
        return history

    def _averages(self, step, x, y, batch_size, rng=None, report=None):
        """Return the means over x of what `step` returns for its batches, shuffled by `rng`."""
        x, y, size = np.asarray(x), np.asarray(y), integer("batch_size", batch_size)
        if x.shape[:1] != y.shape[:1] or not x.size:
            raise broken("x.shape and y.shape", "(n, ...), n > 0", (x.shape, y.shape))
        order = np.arange(len(x)) if rng is None else rng.permutation(len(x))
        totals, told = {}, perf_counter()
        for start in range(0, len(x), size):
            batch = order[start : start + size]
            for key, value in step(x[batch], y[batch]).items():
                totals[key] = totals.get(key, 0.0) + value * len(batch)
            if report and perf_counter() - told > 10:
                told, done = perf_counter(), start + len(batch)
                report(f"{done:,} of {len(x):,}: {_line(totals, done)}")
        return {key: total / len(x) for key, total in totals.items()}

    def _metrics(self, x, y, loss, training):
        """Return loss and accuracy of a batch, and the gradient of the loss by the outputs."""
        if not callable(loss):
            raise broken("loss", "a function of outputs and y", loss, TypeError)
        outputs = self.forward(x, training)
        value, dy = loss(outputs, y)
        if not np.isfinite(value):
            raise self._diverged(self._first_not_finite(x, training))
        metrics = {"loss": value}
        if loss is not mean_squared_error and outputs.ndim == 2 and outputs.shape[1] > 1:
            right = outputs.argmax(axis=1) == _targets(y, outputs).argmax(axis=1)
            metrics["accuracy"] = float(right.mean())
        return metrics, dy

    def _first_not_finite(self, x, training):
        if not np.isfinite(x).all():
            return "x"
        for layer in self.layers:
            x = layer.forward(x, training)
            if not np.isfinite(x).all():
                return f"the output of {layer.name}"
        return "the loss itself"

    def _diverged(self, place):
        return FloatingPointError(
            f"training has diverged at step {self.steps}: the first that is not finite is {place}. "
            "A lower learning_rate, x from 0 to 1 or smaller first weights may help"
        )

    def save(self, path):
        """Write layers, parameters and statistics to a `.npz`, whole or not at all."""
        if self.input_shape is None:
            raise ValueError("the network has no parameters to save: it has seen no x")
        path, arrays = Path(path), self._arrays("parameters", "statistics")
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with open(part, "wb") as file:
                np.savez(file, layers=self._layout(), input_shape=self.input_shape, **arrays)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def load(self, path):
        """Take over what `save` wrote, and return the network; refuse that of other layers."""
        try:
            with np.load(path, allow_pickle=False) as file:
                stored = dict(file)
            layout, shape = stored.pop("layers").tolist(), stored.pop("input_shape").tolist()
        except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is damaged, or no saved network: {error}") from None
        if self.input_shape is None:
            self.build(shape)
        for ours, theirs in zip_longest(self._layout(), layout, fillvalue="no layer"):
            if ours != theirs:
                raise ValueError(f"{path} is of another network: {theirs} there, {ours} here")
        arrays = self._arrays("parameters", "statistics")
        for name, array in arrays.items():
            there = stored.get(name, np.array("nothing"))
            if there.dtype.kind != "f" or there.shape != array.shape:
                raise ValueError(f"{path} is damaged: {name} is no {array.shape} of floats")
        for name, array in arrays.items():
            array[...] = stored[name]
        return self

    def _layout(self):
        shapes = ((layer, layer.input_shape, layer.output_shape) for layer in self.layers)
        return [f"{layer.name}: {layer}, {before} to {after}" for layer, before, after in shapes]


def _line(metrics, n=1):
    return ", ".join(f"{key} {value / n:.4f}" for key, value in metrics.items())


class GradientCheck(NamedTuple):
    """The entry where backward and differences are furthest apart, relative to the larger."""

    name: str
    index: tuple
    backward: float
    difference: float
    error: float
    checked: int
    kinks: int  # of the checked: no slope to compare with

    @property
    def right(self):
        """Whether the error is at most 1e-6, and not everything checked is on a kink."""
        return self.error <= 1e-6 and self.kinks < self.checked

    def __str__(self):
        verdict, index = "right" if self.right else "WRONG", ", ".join(map(str, self.index))
        return (
            f"{verdict}: {self.checked} entries, {self.kinks} on kinks; furthest apart at "
            f"{self.name}[{index}]:\nbackward {self.backward:.6g}, "
            f"differences {self.difference:.6g}, relative error {self.error:.1e}"
        )


def gradient_check(model, x, y=None, *, loss=softmax_cross_entropy, entries=50, seed=0):
    """Hold `backward` of a layer or a network, in training, against central differences.

    The loss of a layer, or where there is no y, is Σ outputs · r with random numbers r. Up to
    `entries` of each parameter, and of x for a layer, are checked by `compare_gradients`.
    """
    x, rng = np.array(x, float), np.random.default_rng(seed)
    if model.input_shape is None:
        model.forward(x)
    trial = copy.deepcopy(model)  # dropout draws the same mask in every copy
    outputs = trial.forward(x, True)
    if outputs.dtype != np.float64:
        raise broken("dtype", "float64, for differences need its digits", str(outputs.dtype))
    r = rng.normal(size=outputs.shape)
    judge = loss if y is not None else lambda outputs, y: (float(np.sum(outputs * r)), r)
    dx = trial.backward(judge(outputs, y)[1])
    inputs = {} if dx is None else {"x": x}
    return compare_gradients(
        lambda **_: judge(copy.deepcopy(model).forward(x, True), y)[0],
        model.parameters | inputs,
        trial.gradients | {name: dx for name in inputs},
        entries=entries,
        seed=seed,
    )


def compare_gradients(function, arrays, gradients, *, entries=50, seed=0):
    """Hold the gradients of `function(**arrays)`, dicts of arrays, against central differences.

    A kink that an entry's step crosses is left behind by a step a tenth as long; where the entry
    is on a kink, the slopes to its two sides stay apart, and any gradient between them is one.

    >>> w = np.array([3.0, 0.0])
    >>> print(compare_gradients(lambda w: w @ w, {"w": w}, {"w": w}))
    WRONG: 2 entries, 0 on kinks; furthest apart at w[0]:
    backward 3, differences 6, relative error 5.0e-01
    """
    rng, found, kinks = np.random.default_rng(checked_seed("seed", seed)), [], 0
    for name, gradient in gradients.items():
        shape = arrays[name].shape
        if arrays[name].dtype != np.float64 or np.shape(gradient) != shape:
            raise broken(f"gradient of {name}", f"float64 {shape}", np.shape(gradient))
        for place in rng.permutation(arrays[name].size)[: integer("entries", entries)]:
            index = tuple(map(int, np.unravel_index(place, shape)))
            entry = _compare(function, arrays, name, index, float(gradient[index]))
            found.append((name, index, *entry[:3]))
            kinks += entry[3]
    worst = max(found, key=lambda it: np.nan_to_num(it[-1], nan=np.inf))
    return GradientCheck(*worst, len(found), kinks)


def _compare(function, arrays, name, index, gradient):
    """Return gradient, difference and relative error of an entry, and whether it is on a kink."""
    value, here, tried, jumps = arrays[name][index], float(function(**arrays)), [], []
    for step in (1e-4, 1e-5):
        losses = []
        for moved in (value - step, value + step):
            arrays[name][index] = moved
            losses.append(float(function(**arrays)))
        arrays[name][index] = value
        left, right = (here - losses[0]) / step, (losses[1] - here) / step
        difference = (left + right) / 2
        scale = max(abs(gradient), abs(difference), 1e-4 * max(1, abs(here)))
        tried.append((gradient, difference, abs(gradient - difference) / scale))
        jumps.append(abs(right - left))
    best, slack = min(tried, key=lambda it: it[-1]), 1e-6 * max(abs(left), abs(right))
    between = min(left, right) - slack <= gradient <= max(left, right) + slack
    if best[-1] > 1e-6 and jumps[1] > jumps[0] / 2 and between:
        return gradient, difference, 0.0, True
    return *best, False
