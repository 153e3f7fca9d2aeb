"""Sizes, parameter counts, cost and receptive fields: the arithmetic of a network.

Everything here is a formula on integers. Only the standard library is imported,
so `import helpers.shapes` is instant, and `describe` reads a Keras model without
importing Keras.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from helpers._validate import broken, integer


def resolve_padding(size, kernel_size, *, strides=1, padding="valid", dilation=1):
    """Return how many zeros one axis gets, `(before, after)`.

    Parameters
    ----------
    size, kernel_size, strides, dilation : int
        Input length, kernel length, step, and distance between kernel entries.
    padding : {"valid", "same"}, int, or pair of int
        `"valid"`: none. `"same"`: `same_padding`. An int: as many on both sides.
        A pair: before and after.

    Raises
    ------
    ValueError, TypeError
        For anything else, with the argument, the rule and the value.

    Examples
    --------
    >>> resolve_padding(32, 5, padding="same")
    (2, 2)
    >>> resolve_padding(32, 5, padding=1)
    (1, 1)
    """
    rule = "'valid', 'same', a non-negative integer or a pair of them"
    if isinstance(padding, str):
        if padding == "same":
            return same_padding(size, kernel_size, strides=strides, dilation=dilation)
        if padding == "valid":
            return 0, 0
        raise broken("padding", rule, padding)
    if isinstance(padding, (tuple, list)):
        if len(padding) != 2:
            raise broken("padding", rule, padding)
        return tuple(integer("padding", side, minimum=0) for side in padding)
    return (integer("padding", padding, minimum=0),) * 2


def output_size(size, kernel_size, *, strides=1, padding="valid", dilation=1):
    """Return the output length of a convolution or a pooling along one axis.

    With `p` zeros in all, dilated kernel length `k = dilation·(kernel_size − 1) + 1`
    and stride `s`, it is `floor((size + p − k) / s) + 1`.

    Parameters
    ----------
    size, kernel_size, strides, dilation : int
        As in `resolve_padding`.
    padding : {"valid", "same"}, int, or pair of int
        As in `resolve_padding`.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        A value out of range, or a kernel longer than the padded input.
    TypeError
        A size that is no integer.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
    arXiv:1603.07285, relations 5, 6 and 14.

    Examples
    --------
    >>> output_size(28, 4, strides=2)
    13
    >>> output_size(32, 3, strides=2, padding="same")
    16
    """
    size = integer("size", size)
    kernel_size = integer("kernel_size", kernel_size)
    strides = integer("strides", strides)
    dilation = integer("dilation", dilation)
    before, after = resolve_padding(
        size, kernel_size, strides=strides, padding=padding, dilation=dilation
    )
    padded, reach = size + before + after, dilated_size(kernel_size, dilation)
    if reach > padded:
        raise broken("kernel_size", f"at most the padded input ({reach} > {padded})", kernel_size)
    return (padded - reach) // strides + 1


def same_padding(size, kernel_size, *, strides=1, dilation=1):
    """Return the zeros `(before, after)` that make the output `ceil(size / strides)` long.

    This is TensorFlow's rule: where the number of zeros is odd, the extra one goes
    after. With strides above 1 the zeros depend on the size of the input.

    Parameters
    ----------
    size, kernel_size, strides, dilation : int
        As in `output_size`.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError, TypeError
        As `output_size`.

    References
    ----------
    TensorFlow, `tf.nn` module documentation, "Notes on padding".

    Examples
    --------
    >>> same_padding(32, 5)
    (2, 2)
    >>> same_padding(32, 3, strides=2)
    (0, 1)
    """
    size = integer("size", size)
    strides = integer("strides", strides)
    reach = dilated_size(kernel_size, dilation)
    steps = -(-size // strides) - 1
    total = max(steps * strides + reach - size, 0)
    return total // 2, total - total // 2


def dilated_size(kernel_size, dilation):
    """Return the length that a kernel spans once its entries stand `dilation` apart.

    >>> dilated_size(3, 2)
    5
    """
    return integer("dilation", dilation) * (integer("kernel_size", kernel_size) - 1) + 1


def conv_params(kernel_size, in_channels, filters, *, use_bias=True):
    """Return the number of weights and biases of a convolution layer.

    Each filter has one weight per kernel position and input channel, and one bias.

    Parameters
    ----------
    kernel_size : int or tuple of int
        One number per axis: an int for 1-D, `(5, 5)` for 2-D, `(3, 3, 3)` for 3-D.
    in_channels, filters : int
        Channels that come in, channels that go out.
    use_bias : bool

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        A size that is not a positive integer, or more than three axes.

    Examples
    --------
    >>> conv_params((5, 5), 3, 16)
    1216
    >>> conv_params(5, 3, 16)  # 1-D
    256
    """
    axes = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,)
    if not 1 <= len(axes) <= 3:
        raise broken("kernel_size", "an integer or a tuple of one to three integers", kernel_size)
    positions = prod(integer("kernel_size", axis) for axis in axes)
    filters = integer("filters", filters)
    return positions * integer("in_channels", in_channels) * filters + bool(use_bias) * filters


def dense_params(inputs, units, *, use_bias=True):
    """Return the number of weights and biases of a dense layer.

    Parameters
    ----------
    inputs, units : int
        Numbers that come in, numbers that go out.
    use_bias : bool

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        A number that is not a positive integer.

    Examples
    --------
    >>> dense_params(784, 10)
    7850
    """
    units = integer("units", units)
    return integer("inputs", inputs) * units + bool(use_bias) * units


def receptive_field(layers):
    """Return how many input positions along one axis one output value sees.

    A layer with kernel length k widens the field by k − 1 steps, and a step is the
    product of all strides before it: `r = 1 + Σ (k_i − 1) · s_1 ⋯ s_{i−1}`.

    Parameters
    ----------
    layers : iterable of (kernel_size, strides)
        Convolutions and poolings, first to last. For a dilated kernel give
        `dilated_size(kernel_size, dilation)`.

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        A layer that is not a pair of positive integers.

    References
    ----------
    A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of Convolutional
    Neural Networks", Distill, 2019.

    Examples
    --------
    >>> receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)])
    16
    """
    if not isinstance(layers, Iterable):
        raise broken("layers", "a list of pairs (kernel_size, strides)", layers, TypeError)
    field, step = 1, 1
    for layer in layers:
        if not isinstance(layer, (tuple, list)) or len(layer) != 2:
            raise broken("layers", "pairs (kernel_size, strides)", layer)
        kernel_size, strides = layer
        field += (integer("kernel_size", kernel_size) - 1) * step
        step *= integer("strides", strides)
    return field


@dataclass(frozen=True)
class LayerInfo:
    """One call of one layer, as `describe` reads it.

    Attributes
    ----------
    name, kind : str
        The layer's name, with the names of the models around it before it
        ("base/conv1"), and its class.
    output_shape : tuple
        Without the batch axis; None for an axis of any length. Of several outputs,
        the first.
    params : int
        Weights, trained or not, that no earlier row has counted.
    formula : str
        The count written out from the weights' shapes, empty for none.
    macs : int or None
        Multiply-adds with the layer's kernels for one sample. Pooling, activation,
        normalisation, merging and whatever else has no kernel count as 0. None where
        a size is unknown, or for a layer with weights whose arithmetic is.
    receptive_field : int, tuple, or None
        Input positions along an axis that one output value sees at most: an int if
        all axes agree, else one per axis. As in `receptive_field`, it may reach over
        the border; for layers that see all positions (a dense layer on a flat input,
        global pooling, group normalisation, normalisation over the positions, and all
        that comes after) it is cut there. Of branches that meet it is what they see
        together. Positions are those of the input, channels last; for a flat input its
        entries; after a `Reshape` of the input itself, those of its output. None where
        the input size that is needed is not known, where inputs of different sizes or
        branches of different strides meet, and after a layer that is not known
        (recurrent, attention, resizing, of your own).
    """

    name: str
    kind: str
    output_shape: tuple
    params: int
    formula: str
    macs: int | None
    receptive_field: int | tuple | None


def describe(model):
    """Return a `LayerInfo` for every layer call of a built Keras model, input first.

    Nested models are opened. A layer that is called twice has two rows, its
    parameters in the first, so the sum of all `params` is `model.count_params()`.
    A subclassed model is traced once on a symbolic input.

    Parameters
    ----------
    model : keras.Model
        Sequential, Functional, or subclassed with one input; built.

    Returns
    -------
    list of LayerInfo

    Raises
    ------
    TypeError
        If it is no Keras model.
    ValueError
        If it is not built, or has no known input shape.
    """
    from helpers._describe import rows  # which itself builds on the formulas above

    return rows(model)


def format_table(infos):
    """Return rows of `describe` as a table of plain text that ends with the totals.

    Parameters
    ----------
    infos : iterable of LayerInfo

    Returns
    -------
    str
        What is not known stands as "?", and a total without it as "at least".

    Examples
    --------
    >>> dense = LayerInfo("digits", "Dense", (10,), 7850, "784·10 + 10 = 7 850", 7840, 784)
    >>> print(format_table([dense]))
    layer   kind   output  parameters           multiply-adds  sees
    digits  Dense  10      784·10 + 10 = 7 850          7 840   784
    total                  7 850                        7 840
    """
    infos = list(infos)
    heads = ("layer", "kind", "output", "parameters", "multiply-adds", "sees")
    macs = [info.macs for info in infos if info.macs is not None]
    known = "" if len(macs) == len(infos) else "at least "
    totals = (spaced(sum(info.params for info in infos)), known + spaced(sum(macs)))
    table = [heads, *map(_cells, infos), ("total", "", "", *totals, "")]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    aligned = "<<<<>>"
    return "\n".join(
        "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(row, aligned, widths, strict=True)
        ).rstrip()
        for row in table
    )


def _cells(info):
    """Return the texts of one row of `format_table`."""
    return (
        info.name,
        info.kind,
        by(info.output_shape),
        info.formula or "0",
        "?" if info.macs is None else spaced(info.macs),
        by(info.receptive_field),
    )


def by(sizes):
    """Return sizes as a text, with "?" for None.

    >>> by((None, 32, 3))
    '?×32×3'
    """
    sizes = sizes if isinstance(sizes, tuple) else (sizes,)
    return "×".join("?" if size is None else str(size) for size in sizes)


def spaced(number):
    """Return an integer with a space between its thousands.

    >>> spaced(1216)
    '1 216'
    """
    return f"{number:,}".replace(",", " ")
