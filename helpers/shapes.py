"""Sizes, parameter counts and receptive fields: the arithmetic of a network (lesson 03).

Formulas on positive integers, with the standard library alone. `padding` is "valid" (no zeros),
"same" (see `same_padding`), an int (so many zeros on both sides) or a pair (before, after).
`helpers.describe` applies the formulas to a Keras model.
"""

from math import prod

from helpers._validate import broken, flag, integer


def output_size(size, kernel_size, *, strides=1, padding="valid", dilation=1):
    """Return the output length of a convolution or a pooling along one axis.

    It is `floor((size + p − k) / s) + 1` with p zeros in all, kernel length k and strides s:
    Dumoulin and Visin, "A guide to convolution arithmetic", arXiv:1603.07285, relation 6.

    >>> output_size(28, 4, strides=2)
    13
    >>> output_size(32, 3, strides=2, padding="same")
    16
    """
    zeros = resolve_padding(size, kernel_size, strides=strides, padding=padding, dilation=dilation)
    padded, reach = integer("size", size) + sum(zeros), dilated_size(kernel_size, dilation)
    if reach > padded:
        raise broken("kernel_size", f"at most the padded input ({reach} > {padded})", kernel_size)
    return (padded - reach) // integer("strides", strides) + 1


def resolve_padding(size, kernel_size, *, strides=1, padding="valid", dilation=1):
    """Return how many zeros one axis gets, `(before, after)`.

    >>> resolve_padding(32, 5, padding=1)
    (1, 1)
    """
    same = same_padding(size, kernel_size, strides=strides, dilation=dilation)
    if isinstance(padding, str) and padding in ("valid", "same"):
        return same if padding == "same" else (0, 0)
    sides = padding if isinstance(padding, (tuple, list)) else (padding, padding)
    if isinstance(padding, str) or len(sides) != 2:
        rule = "'valid', 'same', a non-negative integer or a pair of them"
        raise broken("padding", rule, padding)
    return tuple(integer("padding", side, minimum=0) for side in sides)


def same_padding(size, kernel_size, *, strides=1, dilation=1):
    """Return the zeros `(before, after)` that make the output `ceil(size / strides)` long.

    TensorFlow's rule ("Notes on padding" in the documentation of `tf.nn`): where the number
    of zeros is odd, the extra one goes after.

    >>> same_padding(32, 3, strides=2)
    (0, 1)
    """
    size, strides = integer("size", size), integer("strides", strides)
    steps = -(-size // strides) - 1
    total = max(steps * strides + dilated_size(kernel_size, dilation) - size, 0)
    return total // 2, total - total // 2


def dilated_size(kernel_size, dilation):
    """Return the length that a kernel spans once its entries stand `dilation` apart.

    >>> dilated_size(3, 2)
    5
    """
    return integer("dilation", dilation) * (integer("kernel_size", kernel_size) - 1) + 1


def conv_params(kernel_size, in_channels, filters, *, use_bias=True):
    """Return the number of weights and biases of a convolution layer.

    A 1-D kernel is an int; one of up to three axes is a tuple with a number for each.

    >>> conv_params((5, 5), 3, 16)
    1216
    """
    axes = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,)
    if not 1 <= len(axes) <= 3:
        raise broken("kernel_size", "an integer or a tuple of one to three integers", kernel_size)
    positions = prod(integer("kernel_size", axis) for axis in axes)
    weights = positions * integer("in_channels", in_channels)
    return (weights + flag("use_bias", use_bias)) * integer("filters", filters)


def dense_params(inputs, units, *, use_bias=True):
    """Return the number of weights and biases of a dense layer.

    >>> dense_params(784, 10)
    7850
    """
    return (integer("inputs", inputs) + flag("use_bias", use_bias)) * integer("units", units)


def receptive_field(layers):
    """Return how many input positions along one axis one output value sees.

    `layers` is a list of pairs (kernel_size, strides), first to last. The field is
    `1 + Σ (k_i − 1) · s_1 ⋯ s_{i−1}`: Araujo, Norris and Sim, "Computing Receptive Fields of
    Convolutional Neural Networks", Distill, 2019.

    >>> receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)])
    16
    """
    if not isinstance(layers, (tuple, list)):
        raise broken("layers", "a list of pairs (kernel_size, strides)", layers, TypeError)
    field, step = 1, 1
    for layer in layers:
        if not isinstance(layer, (tuple, list)) or len(layer) != 2:
            raise broken("layers", "pairs (kernel_size, strides)", layer)
        kernel_size, strides = layer
        field += (integer("kernel_size", kernel_size) - 1) * step
        step *= integer("strides", strides)
    return field


def by(sizes):
    """Return a size, or a tuple of them, as a text with "?" for None.

    >>> by((None, 32, 3))
    '?×32×3'
    """
    sizes = sizes if isinstance(sizes, tuple) else (sizes,)
    return "×".join("?" if size is None else str(size) for size in sizes)
