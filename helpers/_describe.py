"""Reads a Keras model for `helpers.shapes.describe`, by the attributes of its graph.

Keras is never imported here: whoever passes a model has imported it.
"""

import re
import sys
from collections import Counter
from math import gcd, lcm, prod
from typing import NamedTuple

from helpers._validate import broken
from helpers.shapes import LayerInfo, dilated_size, resolve_padding, spaced

# Layers that work on each position by itself, or on the same position of several inputs.
POINTWISE = {
    "Dense", "Identity", "Masking", "ActivityRegularization", "Activation", "ReLU",
    "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout", "SpatialDropout", "AlphaDropout",
    "GaussianDropout", "GaussianNoise", "BatchNormalization", "LayerNormalization",
    "RMSNormalization", "UnitNormalization", "Normalization", "Rescaling", "LayerScale",
    "StochasticDepth", "CustomScaleLayer", "Add", "Subtract", "Multiply", "Average", "Maximum",
    "Minimum", "Concatenate",
}  # fmt: skip
# Operations without a layer, such as x + y or keras.ops.relu(x), that do the same.
OPERATIONS = {
    "Add", "Subtract", "Multiply", "TrueDivide", "Maximum", "Minimum", "Concatenate", "Relu",
    "Relu6", "LeakyRelu", "Elu", "Silu", "Gelu", "Sigmoid", "Tanh", "Reshape",
}  # fmt: skip
POINTWISE |= OPERATIONS - {"Reshape"}
KERNEL_LAYERS = {"Dense", "Conv", "DepthwiseConv", "SeparableConv", "ConvTranspose"}
KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")
WINDOWED = KERNEL_LAYERS - {"Dense"} | {"MaxPooling", "AveragePooling"}
# Group normalisation takes its mean over all positions, as global pooling does; the others
# bring together all that lies along their axes: channels, positions or both.
GLOBAL = {"GlobalMaxPooling", "GlobalAveragePooling", "GroupNormalization"}
ALONG_AXES = {
    "Dense", "Softmax", "LayerNormalization", "RMSNormalization", "UnitNormalization",
}  # fmt: skip


def rows(model):
    """Return the `LayerInfo` of every layer call in `model`, inputs first."""
    graph = _graph(model)
    views = {id(tensor): _grid(tensor.shape[1:]) for tensor in graph.inputs}
    return list(_walk(graph, "", views, counted=set()))


def _graph(model):
    """Return the object that holds the graph of `model`; a subclassed model is traced."""
    if not hasattr(model, "count_params") or not hasattr(model, "layers"):
        raise broken("model", "a Keras model", model, TypeError)
    if not model.built:
        raise broken("model", "built (begin it with keras.Input, or call it once)", model)
    if graph := _inner_graph(model):
        return graph
    shapes = list((getattr(model, "_build_shapes_dict", None) or {}).values())
    if len(shapes) != 1 or not isinstance(shapes[0], tuple):
        rule = "of known input shape (wrap it: keras.Model(inputs, model.call(inputs)))"
        raise broken("model", rule, model)
    keras = sys.modules["keras"]
    inputs = keras.Input(shapes[0][1:])
    return keras.Model(inputs, model.call(inputs))


def _inner_graph(operation):
    """Return the graph inside a Functional or Sequential model, None for other layers."""
    graph = getattr(operation, "_functional", None) or operation
    return graph if hasattr(graph, "_nodes_by_depth") else None


def _walk(graph, prefix, views, counted):
    """Yield the rows of a graph; `views` gains what each of its tensors sees."""
    by_depth = graph._nodes_by_depth
    for node in (node for d in sorted(by_depth, reverse=True) for node in reversed(by_depth[d])):
        operation, inputs, outputs = node.operation, node.input_tensors, node.output_tensors
        seen = [views[id(tensor)] for tensor in inputs]
        if inner := _inner_graph(operation):
            views |= zip(map(id, inner.inputs), seen, strict=False)
            yield from _walk(inner, f"{prefix}{operation.name}/", views, counted)
            views |= zip(map(id, outputs), [views[id(t)] for t in inner.outputs], strict=True)
            continue
        call = _Call(operation, inputs, outputs[0])
        if inputs:
            views |= dict.fromkeys(map(id, outputs), call.views(seen))
        if inputs or not prefix:  # the InputLayer of a nested model is no step of its own
            yield call.row(prefix, views[id(outputs[0])], counted)


class _Call:
    """One call of one layer: the layer, its input shapes and its output shape."""

    def __init__(self, layer, inputs, output):
        self.layer = layer
        self.shapes = [tuple(tensor.shape[1:]) for tensor in inputs]
        self.output_shape = tuple(output.shape[1:])
        # Without their dimension: Conv2D is a Conv.
        self.kinds = {re.sub(r"\dD", "", kind.__name__) for kind in type(layer).__mro__}
        if not hasattr(layer, "weights"):  # keras.ops.conv is a Conv by name, but no layer
            self.kinds &= OPERATIONS
        self.channels_first = getattr(layer, "data_format", None) == "channels_first"

    def row(self, prefix, views, counted):
        """Return the `LayerInfo`; weights whose id is in `counted` belong to an earlier row."""
        weights = getattr(self.layer, "weights", [])  # an operation such as x + y has none
        new = [weight for weight in weights if id(weight) not in counted]
        counted.update(map(id, new))
        fields = tuple(view.width for view in views or ())
        return LayerInfo(
            name=prefix + self.layer.name,
            kind=type(self.layer).__name__,
            output_shape=self.output_shape,
            params=sum(prod(weight.shape) for weight in new),
            formula=_formula(new) if new or not weights else "shared with a row above",
            macs=self.macs(weights),
            receptive_field=fields[0] if len(set(fields)) == 1 else fields or None,
        )

    def macs(self, weights):
        """Return kernel weights × positions; 0 without a kernel, None where unknown."""
        if not self.kinds & KERNEL_LAYERS:
            known = self.kinds & POINTWISE or all(len(weight.shape) < 2 for weight in weights)
            return 0 if known else None
        # A transposed convolution spreads each input position, the others fill each output one.
        shape = self.shapes[0] if "ConvTranspose" in self.kinds else self.output_shape
        positions = shape[1:] if self.channels_first else shape[:-1]
        kernels = [getattr(self.layer, name) for name in KERNELS if hasattr(self.layer, name)]
        if None in positions:
            return None
        return prod(positions) * sum(prod(kernel.shape) for kernel in kernels)

    def views(self, seen):
        """Return the `_View` of each axis of the output from those of the inputs, or None."""
        if None in seen:
            return None
        views, shape = seen[0], self.shapes[0]
        alone, flat_output = len(seen) == 1, len(self.output_shape) == 1
        if "Reshape" in self.kinds and views == _grid(shape):
            return _grid(self.output_shape)
        if alone and all(view.whole for view in views):
            return views
        if self.channels_first:
            return None
        if "Flatten" in self.kinds or ("Reshape" in self.kinds and flat_output):
            return _spread(views, shape)
        if self.kinds & GLOBAL or (self.kinds & ALONG_AXES and self.axes() >= _positions(shape)):
            return _collapse(views, shape)
        if self.kinds & POINTWISE:
            return _merged(seen, self.shapes) if self.axes() <= {len(shape)} else None
        windows = self.windows()
        if not alone or len(windows) != len(views):
            return None
        return tuple(view.through(*window) for view, window in zip(views, windows, strict=True))

    def axes(self):
        """Return the axes that the layer works along, the batch being 0: else the channels."""
        rank, axis = len(self.shapes[0]) + 1, getattr(self.layer, "axis", -1)
        return {entry % rank for entry in (range(rank) if axis is None else _as_tuple(axis))}

    def windows(self):
        """Return the arguments of `_View.through` for each axis, nothing if unknown."""
        layer = self.layer
        if "ZeroPadding" in self.kinds:
            return [(1, -before) for before, _ in _pairs(layer.padding)]
        if "Cropping" in self.kinds:
            return [(1, before) for before, _ in _pairs(layer.cropping)]
        if "UpSampling" in self.kinds and getattr(layer, "interpolation", "nearest") == "nearest":
            return [(times, 0, 1, times) for times in _as_tuple(layer.size)]
        if not self.kinds & WINDOWED:
            return []
        transposed = "ConvTranspose" in self.kinds
        lengths = (self.output_shape if transposed else self.shapes[0])[:-1]
        kernel = layer.kernel_size if hasattr(layer, "kernel_size") else layer.pool_size
        dilations = getattr(layer, "dilation_rate", [1] * len(kernel))
        windows = []
        for n, k, s, d in zip(lengths, kernel, layer.strides, dilations, strict=True):
            reach = dilated_size(k, d)
            padding = (reach - 1, 0) if layer.padding == "causal" else layer.padding
            # An axis of unknown length counts as a multiple of the strides.
            before, _ = resolve_padding(n or s, k, strides=s, padding=padding, dilation=d)
            windows.append((reach, before, 1, s) if transposed else (reach, reach - 1 - before, s))
        return windows


class _View(NamedTuple):
    """What the positions along one axis of a tensor see of that axis of the input.

    Position `q·len(spans) + r` sees the input positions from `spans[r][0] + q·step`
    to `spans[r][1] + q·step`, borders not minded. There is one span until something
    upsamples. With step 0 the spans are all there is.
    """

    size: int | None  # of the input
    step: int
    spans: tuple[tuple[int, int], ...]

    @property
    def width(self):
        return max(last - first + 1 for first, last in self.spans)

    @property
    def whole(self):
        """Tell whether every value sees the same."""
        return self.step == 0 and len(self.spans) == 1

    def at(self, position):
        turns, phase = divmod(position, len(self.spans))
        first, last = self.spans[phase]
        return first + turns * self.step, last + turns * self.step

    def through(self, reach, offset, down=1, up=1):
        """Return the view of a layer behind this one.

        Its position i sees the j of this one with
        `i·down + offset − reach < j·up <= i·down + offset`.
        """
        common = gcd(down, up * len(self.spans))
        ends = [i * down + offset for i in range(up * len(self.spans) // common)]
        spans = tuple((self.at((end - reach) // up + 1)[0], self.at(end // up)[1]) for end in ends)
        return _View(self.size, self.step * down // common, spans)


def _positions(shape):
    """Return the axes of the positions: all but batch and channels, or the one of a flat input."""
    return {*range(1, max(len(shape), 2))}


def _grid(shape):
    """Return the views of an input: all axes but the channels, or the one of a flat input."""
    if len(shape) == 1 and shape[0]:
        return (_View(shape[0], 0, tuple((i, i) for i in range(shape[0]))),)
    return tuple(_View(size, 1, ((0, 0),)) for size in (shape[:-1] or shape))


def _spread(views, shape):
    """Return the views with the span of each position listed: flattening loses their order."""
    if not any(view.step for view in views):  # listed before
        return views
    if None in shape[: len(views)]:
        return None
    return tuple(
        _View(view.size, 0, tuple(map(view.at, range(length))))
        for view, length in zip(views, shape, strict=False)
    )


def _collapse(views, shape):
    """Return the views of a value that sees what all positions see, cut at the borders."""
    spread = _spread(views, shape)
    if spread is None or any(view.size is None for view in spread):
        return None
    ends = [tuple(zip(*view.spans, strict=True)) for view in spread]
    return tuple(
        _View(view.size, 0, ((max(min(firsts), 0), min(max(lasts), view.size - 1)),))
        for view, (firsts, lasts) in zip(spread, ends, strict=True)
    )


def _merged(seen, shapes):
    """Return the views of a layer that brings several inputs together, position by position."""
    if len({tuple(view.size for view in views) for views in seen}) > 1:
        return None
    if any(all(view.whole for view in views) for views in seen):  # broadcast over positions
        seen = [_collapse(views, shape) for views, shape in zip(seen, shapes, strict=True)]
        if None in seen:
            return None
    merged = tuple(_union(axis) for axis in zip(*seen, strict=True))
    return None if None in merged else merged


def _union(views):
    """Return the view that sees what any of `views` sees; None if their strides differ."""
    lengths = [len(view.spans) for view in views]
    if len(set(lengths)) > 1 and not any(view.step for view in views):  # flat, one after another
        return _View(views[0].size, 0, sum((view.spans for view in views), ()))
    phases = lcm(*lengths)
    steps = {view.step * phases // len(view.spans) for view in views}
    if len(steps) > 1:
        return None
    spans = [[view.at(i) for i in range(phases)] for view in views]
    joined = ((min(a for a, _ in at), max(b for _, b in at)) for at in zip(*spans, strict=True))
    return _View(views[0].size, steps.pop(), tuple(joined))


def _formula(weights):
    """Return the count written out, weight shapes grouped: "5·5·3·16 + 16 = 1 216"."""
    total = sum(prod(weight.shape) for weight in weights)
    if not total:
        return ""
    groups = Counter(tuple(weight.shape) or (1,) for weight in weights)
    terms = " + ".join(
        "·".join(map(str, shape if count == 1 else (count, *shape)))
        for shape, count in groups.items()
    )
    fixed = sum(prod(weight.shape) for weight in weights if not weight.trainable)
    result = spaced(total)
    return (result if terms == result else f"{terms} = {result}") + (
        f" ({spaced(fixed)} not trained)" if fixed else ""
    )


def _as_tuple(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _pairs(value):
    """Return (before, after) of each axis; 1-D layers hold the bare pair."""
    return value if isinstance(value[0], tuple) else (value,)
