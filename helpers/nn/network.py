"""A chain of layers: its training, and how it is kept in a file."""

import os
import zipfile
from collections import defaultdict
from itertools import zip_longest
from pathlib import Path
from time import perf_counter

import numpy as np

from helpers._arrays import numbers
from helpers._validate import broken, integer
from helpers._validate import seed as checked_seed
from helpers.nn.layers import Layer
from helpers.nn.losses import mean_squared_error, softmax_cross_entropy, targets
from helpers.nn.optimizers import Optimizer


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
        outputs = self.predict(x, batch_size=batch_size)
        metrics, _ = _judged(loss, outputs, y)
        if not np.isfinite(metrics["loss"]):
            worst = int(np.argmin(np.isfinite(outputs).reshape(len(outputs), -1).all(axis=1)))
            raise self._diverged(self._first_not_finite(np.asarray(x)[[worst]]))
        return metrics

    def train_on_batch(self, x, y, optimizer, loss=softmax_cross_entropy):
        """Take one step, and return what `evaluate` would have before it, in training."""
        if not isinstance(optimizer, Optimizer):
            raise broken("optimizer", "one of this module's, such as SGD()", optimizer, TypeError)
        with np.errstate(all="ignore"):  # what leads to NaN ends in an error that says more
            metrics, dy = _judged(loss, self.forward(x, training=True), y)
            if not np.isfinite(metrics["loss"]):
                raise self._diverged(self._first_not_finite(x, training=True))
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
        x, y, size = np.asarray(x), np.asarray(y), integer("batch_size", batch_size)
        if x.shape[:1] != y.shape[:1] or not x.size:
            raise broken("x.shape and y.shape", "(n, ...), n > 0", (x.shape, y.shape))
        rng, history = np.random.default_rng(checked_seed("seed", seed)), defaultdict(list)
        report = report or (lambda line: None)
        for epoch in range(1, integer("epochs", epochs) + 1):
            name, started = f"epoch {epoch}/{epochs}", perf_counter()
            order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
            batches = [order[i : i + size] for i in range(0, len(x), size)]
            metrics = self._pass(x, y, batches, optimizer, loss, f"{name}, ", report)
            if validation_data is not None:
                validation = self.evaluate(*validation_data, loss=loss)
                metrics |= {f"val_{key}": value for key, value in validation.items()}
            for key, value in metrics.items():
                history[key].append(value)
            report(f"{name}: {_line(metrics)}, {perf_counter() - started:.0f} s")
        return dict(history)

    def _pass(self, x, y, batches, optimizer, loss, name, report):
        """Train on the batches, each an array of places in x, and return the mean metrics."""
        totals, done, told = defaultdict(float), 0, perf_counter()
        for batch in batches:
            for key, value in self.train_on_batch(x[batch], y[batch], optimizer, loss).items():
                totals[key] += value * len(batch)
            done += len(batch)
            means = {key: total / done for key, total in totals.items()}
            if perf_counter() - told > 10:
                told = perf_counter()
                report(f"{name}{done:,} of {len(x):,}: {_line(means)}")
        for key, array in self.parameters.items():  # the last step may have been too long
            if not np.isfinite(array).all():
                raise self._diverged(key)
        return means

    def _first_not_finite(self, x, training=False):
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


def _judged(loss, outputs, y):
    """Return {"loss": ..., "accuracy": ...} and the gradient of the loss by the outputs."""
    if not callable(loss):
        raise broken("loss", "a function of outputs and y", loss, TypeError)
    value, dy = loss(outputs, y)
    metrics = {"loss": value}
    if loss is not mean_squared_error and outputs.ndim == 2 and outputs.shape[1] > 1:
        right = outputs.argmax(axis=1) == targets(y, outputs).argmax(axis=1)
        metrics["accuracy"] = float(right.mean())
    return metrics, dy


def _line(metrics):
    return ", ".join(f"{key} {value:.4f}" for key, value in metrics.items())
