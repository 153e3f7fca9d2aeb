"""Sizes, parameter counts, cost and receptive fields: the arithmetic of a network.

Everything here is a formula on integers. Only the standard library is imported,
so `import helpers.shapes` is instant, and `describe` reads a Keras model without
importing Keras.
"""

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
    if padding == "same":
        return same_padding(size, kernel_size, strides=strides, dilation=dilation)
    if padding == "valid":
        return 0, 0
    if isinstance(padding, str):
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
    field, step = 1, 1
    for layer in layers:
        if not isinstance(layer, (tuple, list)) or len(layer) != 2:
            raise broken("layers", "pairs (kernel_size, strides)", layer)
        kernel_size, strides = layer
        field += (integer("kernel_size", kernel_size) - 1) * step
        step *= integer("strides", strides)
    return field
