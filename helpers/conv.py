"""Convolution and pooling in NumPy, forward and backward: arguments checked, and fast.

Everything named convolution here is what deep learning calls so: cross-correlation. The kernel
is laid on the input as it is, not turned by 180 degrees first. To see how it is computed, read
`helpers.by_hand`: the same in plain loops. `conv2d_naive` is one with this module's arguments.

=============================  ========================================================
array, kernel                  arrays of shape (h, w) and (kh, kw)
x                              images, channels last: (batch, h, w, c_in); 1-D: (batch, n, c_in)
w                              TensorFlow's order: (kh, kw, c_in, c_out); 1-D: (m, c_in, c_out)
b                              (c_out,), one bias per filter; none if left out
dy                             gradient of the loss by the output, and shaped as it
strides, dilation, pool_size   a positive int, or a pair (height, width)
padding                        "valid", "same" (`helpers.shapes.same_padding`), or a
                               non-negative int: so many zeros all round
=============================  ========================================================

Outputs have the sizes of `helpers.shapes.output_size`. Arrays hold real numbers; they are not
changed, and NaN in them passes through as in any sum. Results are float32 where every array
that came in is float32, and float64 otherwise. An array that is empty or of another shape, any
other value, and a kernel larger than the padded input raise a `ValueError`, a wrong type or
dtype a `TypeError`, with the argument, the rule and the value.

References
----------
I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press 2016, chapter 9.
V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
arXiv:1603.07285; its chapter 4 has the backward passes.
"""

from math import prod

import numpy as np

from helpers import _fast_conv, by_hand
from helpers._arrays import alike, numbers
from helpers._validate import broken, flag, integer, pair
from helpers.shapes import dilated_size, output_size, resolve_padding

_LARGEST_IMAGE = 2**28  # positions with the padding: 2 GiB of float64


def convolve(array, kernel, *, stride=1, padding=0):
    """Cross-correlate a 2-D array with a kernel, after so many zeros on all four sides.

    `y[r, c] = Σ_i Σ_j kernel[i, j] · padded[stride·r + i, stride·c + j]`, in int64 and exact
    if array and kernel hold integers (but for uint64). Integers so large that a sum might
    leave int64 are refused.

    >>> convolve([[1, 2, 3], [4, 5, 6]], [[-1, 1]])
    array([[1, 1],
           [1, 1]])
    >>> convolve([[1, 2], [3, 4]], [[0, 1], [2, 3]], padding=1, stride=2)
    array([[3, 4],
           [3, 0]])
    """
    return _fast_conv.convolve(*_checked_array(array, kernel, stride, padding))


def conv2d(x, w, b=None, *, strides=1, padding="valid", dilation=1):
    """Return the output of a 2-D convolution layer, (batch, h_out, w_out, c_out).

    `y[n, r, c, f] = b[f] + Σ_i Σ_j Σ_k w[i, j, k, f] · padded[n, s·r + d·i, s·c + d·j, k]`
    with stride s and dilation d: every filter sees all channels of a window.

    >>> x = np.array([[[[5, 1], [6, 2]]]])  # one image of 1x2 pixels with two channels
    >>> w = np.array([[[[1], [-1]]]])  # a 1x1 kernel, one filter: the channels' difference
    >>> conv2d(x, w, b=[10]).ravel()
    array([14., 14.])
    """
    return _fast_conv.conv2d(*_checked(x, w, b, strides, padding, dilation))


def conv2d_naive(x, w, b=None, *, strides=1, padding="valid", dilation=1):
    """Do what `conv2d` does, by `helpers.by_hand.conv2d`."""
    x, w, b, axes = _checked(x, w, b, strides, padding, dilation)
    strides, zeros, dilation = zip(*((a.stride, a.zeros, a.dilation) for a in axes), strict=True)
    return by_hand.conv2d(x, w, b, strides, zeros, dilation).astype(x.dtype)


def conv2d_backward(dy, x, w, *, strides=1, padding="valid", dilation=1, needs_dx=True):
    """Carry the gradient of the loss back through `conv2d`: return dx, dw, db.

    - db sums dy over images and positions, for b is added everywhere.
    - dw is a correlation of the padded x with dy: what a weight was multiplied with, times the
      gradient that arrived there.
    - dx is a true convolution of dy with the kernel: each dy is handed back to its window,
      weighted by w. With `needs_dx=False` it is None, as the first layer of a network wants it.

    The middle input is seen twice, by each of the two weights once:

    >>> x, w = np.reshape([1, 2, 3], (1, 1, 3, 1)), np.reshape([10, 20], (1, 2, 1, 1))
    >>> dx, dw, db = conv2d_backward(np.ones((1, 1, 2, 1)), x, w)
    >>> dx.ravel(), dw.ravel(), db
    (array([10., 30., 20.]), array([3., 5.]), array([2.]))
    """
    x, w, _, axes = _checked(x, w, None, strides, padding, dilation)
    dy = _gradient(dy, (len(x), *_fast_conv.steps(axes), w.shape[-1]))
    return _fast_conv.conv2d_backward(*alike(dy, x, w), axes, flag("needs_dx", needs_dx))


def conv1d(x, w, b=None, *, strides=1, padding="valid"):
    """Return the output of a 1-D convolution layer, (batch, n_out, c_out).

    It is `conv2d` on images of height 1.

    >>> x, w = np.reshape([1, 4, 9, 16], (1, 4, 1)), np.reshape([-1, 1], (2, 1, 1))
    >>> conv1d(x, w).ravel()
    array([3., 5., 7.])
    """
    return _fast_conv.conv2d(*_checked_1d(x, w, b, strides, padding))[:, 0]


def conv1d_backward(dy, x, w, *, strides=1, padding="valid"):
    """Carry the gradient of the loss back through `conv1d`, as `conv2d_backward` does."""
    x, w, _, axes = _checked_1d(x, w, None, strides, padding)
    dy = _gradient(dy, (len(x), axes[1].steps, w.shape[-1]))
    dx, dw, db = _fast_conv.conv2d_backward(*alike(dy[:, None], x, w), axes)
    return dx[:, 0], dw[0], db


def max_pool2d(x, pool_size=2, *, strides=None, padding="valid"):
    """Keep the largest value of each window, in each channel by itself.

    The strides are the pool size if left out. Padding never wins: it counts as minus infinity,
    not as zero. As an int it is less than the pool size, lest a window be all padding.

    >>> x = np.reshape([[-1, -2, -3], [-4, -5, -6], [-7, -8, -9]], (1, 3, 3, 1))
    >>> max_pool2d(x, 2, padding="same")[0, :, :, 0]
    array([[-1., -3.],
           [-7., -9.]])
    """
    return _fast_conv.max_pool2d(*_checked_pool(x, pool_size, strides, padding))


def max_pool2d_backward(dy, x, pool_size=2, *, strides=None, padding="valid"):
    """Carry the gradient of the loss back through `max_pool2d`: return dx.

    Each window hands its gradient to its largest entry, and nothing to the others. Among
    equals the first one, by rows from the top left, gets all. (A window with a NaN has no
    largest entry and hands back nothing.)

    >>> x = np.reshape([[1, 2, 5, 5], [4, 3, 5, 5]], (1, 2, 4, 1))
    >>> max_pool2d_backward(np.reshape([10, 20], (1, 1, 2, 1)), x)[0, :, :, 0]
    array([[ 0.,  0., 20.,  0.],
           [10.,  0.,  0.,  0.]])
    """
    return _fast_conv.max_pool2d_backward(*_checked_pool_back(dy, x, pool_size, strides, padding))


def avg_pool2d(x, pool_size=2, *, strides=None, padding="valid"):
    """Take the mean of each window, as `max_pool2d` takes the largest value.

    Padding does not count: the sum is divided by the number of real entries.

    >>> x = np.reshape([[1, 2, 3], [4, 5, 6], [7, 8, 9]], (1, 3, 3, 1))
    >>> avg_pool2d(x, 2, padding="same")[0, :, :, 0]
    array([[3. , 4.5],
           [7.5, 9. ]])
    """
    return _fast_conv.avg_pool2d(*_checked_pool(x, pool_size, strides, padding))


def avg_pool2d_backward(dy, x, pool_size=2, *, strides=None, padding="valid"):
    """Carry the gradient of the loss back through `avg_pool2d`: return dx.

    Each window shares its gradient equally among its real entries. Of x only the shape
    and the dtype matter.

    >>> avg_pool2d_backward(np.reshape([4, 8], (1, 1, 2, 1)), np.zeros((1, 2, 4, 1)))[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    dy, _, axes = _checked_pool_back(dy, x, pool_size, strides, padding)
    return _fast_conv.avg_pool2d_backward(dy, axes)


def _checked_array(array, kernel, stride, padding):
    """Return the arguments of `convolve`: array and kernel in one dtype, and the axes."""
    array = numbers("array", array, ("h", "w"))
    kernel = numbers("kernel", kernel, ("kh", "kw"))
    stride, padding = integer("stride", stride), integer("padding", padding, minimum=0)
    blame = ("kernel.shape", kernel.shape)
    axes = _walk(array.shape, kernel.shape, (stride,) * 2, padding, (1, 1), blame)
    array, kernel = alike(array, kernel, least=np.int64)
    if array.dtype == np.int64:
        largest = max(int(array.max()), -int(array.min()))
        if largest * sum(map(abs, kernel.ravel().tolist())) >= 2**63:
            raise broken("array", "small enough for sums in int64 (or of floats)", largest)
    return array, kernel, axes


def _checked(x, w, b, strides, padding, dilation):
    """Return the arguments of a 2-D layer: x, w, b in one dtype (b is 0 where none), the axes."""
    x = numbers("x", x, ("batch", "h", "w", "c_in"))
    w = numbers("w", w, ("kh", "kw", x.shape[-1], "c_out"), "for the channels of x")
    strides, dilation = pair("strides", strides), pair("dilation", dilation)
    axes = _walk(x.shape[1:3], w.shape[:2], strides, padding, dilation, ("w.shape", w.shape))
    return *alike(x, w, _bias(b, w)), axes


def _checked_1d(x, w, b, strides, padding):
    """Return the arguments of a 1-D layer as those of a 2-D one of height 1."""
    x = numbers("x", x, ("batch", "n", "c_in"))
    w = numbers("w", w, ("m", x.shape[-1], "c_out"), "for the channels of x")
    strides, blame = integer("strides", strides), ("w.shape", w.shape)
    (height,) = _walk((1,), (1,), (1,), 0, (1,), blame)
    (axis,) = _walk(x.shape[1:2], w.shape[:1], (strides,), padding, (1,), blame)
    return *alike(x[:, None], w[None], _bias(b, w)), (height, axis)


def _checked_pool(x, pool_size, strides, padding):
    """Return the arguments of a pooling: x as floats, and the axes."""
    x, pool = numbers("x", x, ("batch", "h", "w", "channels")), pair("pool_size", pool_size)
    strides = pool if strides is None else pair("strides", strides)
    axes = _walk(x.shape[1:3], pool, strides, padding, (1, 1), ("pool_size", pool_size))
    if any(axis.zeros[0] >= axis.kernel for axis in axes):
        raise broken("padding", f"less than the pool size {pool}", padding)
    return *alike(x), axes


def _checked_pool_back(dy, x, *how):
    """Return dy, and the arguments of its pooling."""
    x, axes = _checked_pool(x, *how)
    dy = _gradient(dy, (len(x), *_fast_conv.steps(axes), x.shape[-1]))
    return *alike(dy, x), axes


def _bias(b, w):
    if b is None:
        return np.zeros(w.shape[-1], w.dtype)
    return numbers("b", b, (w.shape[-1],), "one bias per filter of w")


def _gradient(dy, shape):
    return numbers("dy", dy, shape, "the shape of the output")


def _walk(sizes, kernel_sizes, strides, padding, dilations, blame):
    """Return one `Axis` per axis; `blame` is the name and the value of the kernel's argument."""
    if isinstance(padding, (tuple, list)):
        raise broken("padding", "'valid', 'same' or a non-negative integer", padding, TypeError)
    axes = []
    for size, kernel, stride, dilation in zip(sizes, kernel_sizes, strides, dilations, strict=True):
        how = {"strides": stride, "padding": padding, "dilation": dilation}
        zeros = resolve_padding(size, kernel, **how)
        reach, padded = dilated_size(kernel, dilation), size + sum(zeros)
        if reach > padded:
            name, value = blame
            raise broken(name, f"within the padded input ({reach} > {padded})", value)
        steps = output_size(size, kernel, **how)
        axes.append(_fast_conv.Axis(size, kernel, stride, dilation, zeros, steps))
    if prod(axis.size + sum(axis.zeros) for axis in axes) > _LARGEST_IMAGE:
        rule = f"small enough for a padded input of at most {_LARGEST_IMAGE:,} positions"
        raise broken("padding", rule, padding)
    return tuple(axes)
