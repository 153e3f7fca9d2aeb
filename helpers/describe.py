"""Reads a Keras model by the formulas of `helpers.shapes`: `describe` and `format_table`.

Only public attributes are read. What a layer does that no lesson uses counts as not known.
"""

import re
import sys
from collections import Counter
from functools import partial
from math import prod
from typing import NamedTuple

from helpers._validate import broken
from helpers.shapes import by, dilated_size, resolve_padding

# Kinds of layers, without their dimension: Conv2D is a Conv.
KERNEL = {"Dense", "Conv", "DepthwiseConv"}
WINDOWED = {"Conv", "DepthwiseConv", "MaxPooling", "AveragePooling"}
GLOBAL = {"GlobalMaxPooling", "GlobalAveragePooling"}
# Position by position; Dense, too, unless its input is flat.
POINTWISE = {"Activation", "ReLU", "Dropout", "BatchNormalization", "Rescaling", "Softmax"}
POINTWISE |= {"Add", "Concatenate", "Dense"}


class LayerInfo(NamedTuple):
    """One call of one layer, as `describe` reads it.

    A layer of a nested model is named "base/conv1". The output shape is without the batch axis.
    `params` counts the weights, trained or not, that no earlier row has; `formula` writes the
    count out. `macs` are the multiply-adds with the layer's kernel for one sample.

    The receptive field is how many input positions along an axis (of a flat input: entries)
    one output value sees at most: an int if all axes agree, else one per axis. It may reach
    over the border, until a layer sees all positions. What is not known is None: after an
    unknown layer, and where branches of different sizes or strides meet.
    """

    name: str
    kind: str
    output_shape: tuple
    params: int
    formula: str
    macs: int | None
    receptive_field: int | tuple | None


def describe(model):
    """Return a `LayerInfo` for every layer call of a built Keras model, inputs first.

    Nested models are opened. A layer that is called twice has two rows, its parameters in the
    first, so the sum of all `params` is `model.count_params()`.
    """
    keras = sys.modules.get("keras")  # whoever has a model has imported it
    if keras is None or not isinstance(model, keras.Model):
        raise broken("model", "a Keras model", model, TypeError)
    if not model.built:
        raise broken("model", "built (begin it with keras.Input, or call it once)", model)
    if not getattr(model, "inputs", None):
        rule = "Sequential or Functional (wrap it: keras.Model(inputs, model.call(inputs)))"
        raise broken("model", rule, model)
    reader = _Reader(keras)
    reader.read(model)
    return reader.rows


def format_table(infos):
    """Return rows of `describe` as a table of plain text that ends with the totals.

    What is not known stands as "?", and a total without it as "at least".

    >>> dense = LayerInfo("digits", "Dense", (10,), 7850, "784·10 + 10 = 7 850", 7840, 784)
    >>> print(format_table([dense]))
    layer   kind   output  parameters           multiply-adds  sees
    digits  Dense  10      784·10 + 10 = 7 850          7 840   784
    total                  7 850                        7 840
    """
    if not isinstance(infos, (list, tuple)) or any(type(info) is not LayerInfo for info in infos):
        raise broken("infos", "a list of LayerInfo, as describe returns", infos, TypeError)
    heads = ("layer", "kind", "output", "parameters", "multiply-adds", "sees")
    macs = [info.macs for info in infos if info.macs is not None]
    known = "" if len(macs) == len(infos) else "at least "
    totals = (spaced(sum(info.params for info in infos)), known + spaced(sum(macs)))
    table = [heads, *map(_cells, infos), ("total", "", "", *totals, "")]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    layout = "  ".join(f"{{:{side}{width}}}" for side, width in zip("<<<<>>", widths, strict=True))
    return "\n".join(layout.format(*row).rstrip() for row in table)


def spaced(number):
    """Return an integer with a space between its thousands.

    >>> spaced(1216)
    '1 216'
    """
    return f"{number:,}".replace(",", " ")


def _cells(info):
    """Return the texts of one row of `format_table`."""
    macs = "?" if info.macs is None else spaced(info.macs)
    sees = by(info.receptive_field)
    return info.name, info.kind, by(info.output_shape), info.formula or "0", macs, sees


class _Reader:
    """Walks through a graph, call by call. `views` holds what the axes of each tensor see."""

    def __init__(self, keras):
        self.keras, self.rows, self.views, self.counted = keras, [], {}, set()

    def read(self, model, seen=None, prefix=""):
        """Add a row for every call in a model; return what its outputs see.

        `seen` is what its inputs see of the whole model's, for a model inside another.
        """
        keras = self.keras
        graph = keras.Model(model.inputs, model.outputs)  # what is read stays as it was
        seen = seen or [_grid(tensor.shape[1:]) for tensor in graph.inputs]
        self.views |= zip(graph.inputs, seen, strict=True)
        if not prefix:  # the InputLayer of a nested model is no step of its own
            for layer in graph.layers:
                if isinstance(layer, keras.layers.InputLayer):
                    self.add_row(layer, layer.name, layer.output)
        # Keras' public way to see every call: a clone that keeps the layers themselves.
        call = partial(self.call, prefix)
        clone = keras.models.clone_model(graph, graph.inputs, lambda layer: layer, call)
        return [self.views[tensor] for tensor in clone.outputs]

    def call(self, prefix, layer, *args, **kwargs):
        """Call a layer as the graph does, and take note of it."""
        output = layer(*args, **kwargs)
        flat = self.keras.tree.flatten
        inputs = [x for x in flat((args, kwargs)) if isinstance(x, self.keras.KerasTensor)]
        outputs, seen, name = flat(output), [self.views[x] for x in inputs], prefix + layer.name
        if isinstance(layer, self.keras.Model) and getattr(layer, "inputs", None):
            self.views |= zip(outputs, self.read(layer, seen, name + "/"), strict=True)
            return output
        views = _views(layer, self.kind(layer), seen, inputs[0].shape[1:], outputs[0].shape[1:])
        self.views |= dict.fromkeys(outputs, views)
        self.add_row(layer, name, outputs[0])
        return output

    def kind(self, layer):
        """Return the class without its dimension, "" where what it does is not known."""
        kind = re.sub(r"\dD$", "", type(layer).__name__)
        own = type(layer).__module__.startswith("keras.")
        last = getattr(layer, "data_format", None) != "channels_first"
        # keras.ops.conv is a Conv by name as well, but has no kernel of its own.
        return kind if own and last and isinstance(layer, self.keras.layers.Layer) else ""

    def add_row(self, layer, name, output):
        weights = getattr(layer, "weights", [])  # an operation such as x + y has none
        new = [weight for weight in weights if id(weight) not in self.counted]
        self.counted.update(map(id, new))
        shape, views = tuple(output.shape[1:]), self.views[output] or ()
        fields = [view.last - view.first + 1 for view in views]
        self.rows.append(
            LayerInfo(
                name=name,
                kind=type(layer).__name__,
                output_shape=shape,
                params=sum(prod(weight.shape) for weight in new),
                formula=_formula(new) if new or not weights else "shared with a row above",
                macs=_macs(layer, self.kind(layer), shape),
                receptive_field=fields[0] if len(set(fields)) == 1 else tuple(fields) or None,
            )
        )


def _macs(layer, kind, output_shape):
    """Return kernel weights × positions; 0 without a kernel, None where unknown."""
    if kind not in KERNEL:  # such as a normalisation, whose weights are vectors
        return None if any(len(w.shape) > 1 for w in getattr(layer, "weights", [])) else 0
    positions = output_shape[:-1]
    return None if None in positions else prod(positions) * prod(layer.kernel.shape)


class _View(NamedTuple):
    """What the positions along one axis of a tensor see of that axis of the input.

    Of `count` positions, number i sees the inputs from `first + i·step` to `last + i·step`,
    borders not minded. With step 0 every value sees the same, cut at the borders.
    """

    size: int | None  # of the input
    end: int | None  # the last input that any position sees: a window may leave some over
    count: int | None
    step: int = 1
    first: int = 0
    last: int = 0

    def through(self, kernel, stride, before, count):
        """Return the view of a window that moves over this axis, after `before` zeros."""
        first = self.first - before * self.step
        last = self.last + (kernel - 1 - before) * self.step
        end = None
        if self.end is not None:
            reached = min(self.count - 1, kernel - 1 - before + (count - 1) * stride)
            end = min(self.end, self.last + reached * self.step)
        return _View(self.size, end, count, self.step * stride, first, last)

    def together(self):
        """Return the view of a value that all positions reach."""
        last = self.last + (self.count - 1) * self.step
        return self._replace(step=0, first=max(self.first, 0), last=min(last, self.end))


def _grid(shape):
    """Return the views of an input: all axes but the channels, or the one of a flat input."""
    return tuple(_View(n, n and n - 1, n) for n in (shape[:-1] or shape))


def _views(layer, kind, seen, shape, output_shape):
    """Return the `_View` of each axis of the output from those of the inputs, or None."""
    if None in seen:
        return None
    views = seen[0]
    if len(seen) == 1 and (kind == "Flatten" or {view.step for view in views} == {0}):
        return views
    if kind in GLOBAL or (kind in ("Dense", "Softmax") and len(shape) == 1):
        known = all(view.size for view in views)
        return tuple(view.together() for view in views) if known else None
    if kind in POINTWISE:
        return _merged(seen) if getattr(layer, "axis", -1) in (-1, len(shape)) else None
    windows = _windows(layer, kind, shape[:-1])
    return windows and tuple(
        view.through(*window, count)
        for view, window, count in zip(views, windows, output_shape, strict=False)
    )


def _windows(layer, kind, lengths):
    """Return (kernel, stride, zeros before) of each axis, None if unknown."""
    if kind == "ZeroPadding":
        padding = [layer.padding] if len(lengths) == 1 else layer.padding
        return [(1, 1, before) for before, _ in padding]
    if kind not in WINDOWED or layer.padding not in ("valid", "same"):
        return None
    kernel = layer.pool_size if "Pooling" in kind else layer.kernel_size
    dilations = getattr(layer, "dilation_rate", [1] * len(kernel))
    windows = []
    for n, k, s, d in zip(lengths, kernel, layer.strides, dilations, strict=True):
        # An axis of unknown length counts as a multiple of the strides.
        before, _ = resolve_padding(n or s, k, strides=s, padding=layer.padding, dilation=d)
        windows.append((dilated_size(k, d), s, before))
    return windows


def _merged(seen):
    """Return the views of a layer that brings its inputs together, position by position."""
    if len({tuple((view.size, view.step) for view in views) for views in seen}) > 1:
        return None
    return tuple(
        axis[0]._replace(
            first=min(v.first for v in axis),
            last=max(v.last for v in axis),
            end=axis[0].end and max(v.end for v in axis),
        )
        for axis in zip(*seen, strict=True)
    )


def _formula(weights):
    """Return the count written out, weight shapes grouped: "5·5·3·16 + 16 = 1 216"."""
    groups = Counter(tuple(weight.shape) or (1,) for weight in weights)
    terms = " + ".join(
        "·".join(map(str, shape if count == 1 else (count, *shape)))
        for shape, count in groups.items()
    )
    total, fixed = (
        spaced(sum(prod(weight.shape) for weight in weights if every or not weight.trainable))
        for every in (True, False)
    )
    written = terms if terms in ("", total) else f"{terms} = {total}"
    return written if fixed == "0" else f"{written} ({fixed} not trained)"
