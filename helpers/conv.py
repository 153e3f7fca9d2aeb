"""Convolution and pooling in NumPy, forward and backward.

Everything named convolution here is what deep learning calls so: cross-correlation.
The kernel is laid on the input as it is, not turned by 180 degrees first.

A kernel that walks over an image can be told in two ways, and the code tells both.
The readable functions, `convolve_naive` and `conv2d_naive`, stand still at one output
value and ask which input values it sees. The fast ones, `convolve` and `conv2d`, pick
one kernel entry and ask which input values it meets on its whole way: there are few
kernel entries and many positions, so NumPy does the long loops.

Images are channels-last, `(batch, h, w, channels)`; weights are in TensorFlow's order,
`(kh, kw, c_in, c_out)`. Except in `convolve`, which keeps integers exact, results are
float32 where every array that came in is float32, and float64 otherwise. No function
changes its arguments, and NaN in the data passes through as in any sum.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from helpers._arrays import numbers
from helpers._validate import broken, integer, pair
from helpers.shapes import dilated_size, output_size, resolve_padding

# The batch is worked off in parts whose scratch array has at most about this many numbers
# (but at least one image's): a large batch needs little memory, and caches help.
_PART = 2**20
_STRIP = 2**15  # `convolve` works on strips of the image, for the same reason
# The processors that this process may use, where the system tells.
_WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_ONE_AT_A_TIME = Lock()


def convolve(array, kernel, *, stride=1, padding=0):
    """Cross-correlate a 2-D array with a kernel, after zero padding all round.

    `y[r, c] = Σ_i Σ_j kernel[i, j] · padded[stride·r + i, stride·c + j]`, computed one
    kernel entry at a time: each is multiplied with everything it meets, and the products
    are added up. `convolve_naive` gives the same values one output at a time.

    Parameters
    ----------
    array : array-like of shape (h, w)
    kernel : array-like of shape (kh, kw)
    stride : int
        Step of the kernel, down and to the right.
    padding : int
        Rows and columns of zeros on each of the four sides.

    Returns
    -------
    ndarray of shape (floor((h + 2·padding − kh) / stride) + 1, the same for w)
        int64 if array and kernel hold integers (but for uint64), float32 if both are float32,
        else float64.

    Raises
    ------
    ValueError, TypeError
        An array that is empty, not 2-D or not of real numbers; a stride below 1; a
        padding below 0; a kernel larger than the padded array.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
    arXiv:1603.07285.

    Examples
    --------
    >>> convolve([[1, 2, 3], [4, 5, 6]], [[-1, 1]])
    array([[1, 1],
           [1, 1]])
    >>> convolve([[1, 2], [3, 4]], [[0, 1], [2, 3]], padding=1, stride=2)
    array([[3, 4],
           [3, 0]])
    """
    array, kernel, axes = _prepare_array(array, kernel, stride, padding)
    padded = np.pad(array, padding)
    y = np.empty(_steps(axes), array.dtype)
    strip = max(1, _STRIP // (stride * padded.shape[1]))
    for first in range(0, len(y), strip):
        part = y[first : first + strip]
        top, below = first * stride, (first + len(part) - 1) * stride + len(kernel)
        # A stride only skips results: to compute all is quicker than to go round some.
        part[:] = _convolve_all(padded[top:below], kernel)[::stride, ::stride]
    return y


def convolve_naive(array, kernel, *, stride=1, padding=0):
    """Do what `convolve` does, with the formula written as loops.

    Parameters, result and errors are those of `convolve`.

    Examples
    --------
    >>> convolve_naive([[1, 2, 3], [4, 5, 6]], [[-1, 1]])
    array([[1, 1],
           [1, 1]])
    """
    array, kernel, axes = _prepare_array(array, kernel, stride, padding)
    padded = np.pad(array, padding)
    y = np.zeros(_steps(axes), array.dtype)
    for r, c in np.ndindex(y.shape):
        for i, j in np.ndindex(kernel.shape):
            y[r, c] += kernel[i, j] * padded[stride * r + i, stride * c + j]
    return y


def conv2d(x, w, b=None, *, strides=1, padding="valid", dilation=1):
    """Compute a 2-D convolution layer.

    `y[n, r, c, f] = b[f] + Σ_i Σ_j Σ_k w[i, j, k, f] · padded[n, s·r + d·i, s·c + d·j, k]`
    with stride s and dilation d: every filter sees all channels of a window.

    The fast twin of `conv2d_naive`: all windows are copied side by side into the columns
    of one matrix ("im2col"), so that the whole sum becomes one matrix product.

    Parameters
    ----------
    x : array-like of shape (batch, h, w, c_in)
    w : array-like of shape (kh, kw, c_in, c_out)
    b : array-like of shape (c_out,), optional
        One bias per filter; none if left out.
    strides, dilation : int or pair of int
        Step of the kernel, and distance between its entries, as (height, width).
    padding : {"valid", "same"} or int
        No zeros; TensorFlow's rule, `helpers.shapes.same_padding`; or so many all round.

    Returns
    -------
    ndarray of shape (batch, h_out, w_out, c_out)
        With the sizes of `helpers.shapes.output_size`.

    Raises
    ------
    ValueError, TypeError
        Arrays that are empty, of another shape, or not of real numbers; strides or
        dilation below 1; any other padding; a kernel larger than the padded input.

    References
    ----------
    I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning", MIT Press 2016, chapter 9.
    K. Chellapilla, S. Puri and P. Simard, "High Performance Convolutional Neural Networks
    for Document Processing", 2006 (im2col).

    Examples
    --------
    Two channels, one filter that takes their difference:

    >>> x = np.array([[[[5, 1], [6, 2]]]])  # one image of 1x2 pixels
    >>> w = np.array([[[[1], [-1]]]])  # a 1x1 kernel
    >>> conv2d(x, w, b=[10]).ravel()
    array([14., 14.])
    """
    x, w, b, axes = _prepare(x, w, b, strides, padding, dilation)
    return _conv2d(x, w, b, axes)


def conv2d_naive(x, w, b=None, *, strides=1, padding="valid", dilation=1):
    """Do what `conv2d` does, one output value at a time.

    Parameters, result and errors are those of `conv2d`.

    Examples
    --------
    >>> conv2d_naive(np.ones((1, 3, 3, 2)), np.ones((2, 2, 2, 1)))[0, :, :, 0]
    array([[8., 8.],
           [8., 8.]])
    """
    x, w, b, axes = _prepare(x, w, b, strides, padding, dilation)
    rows, columns = axes
    padded = np.pad(x, [(0, 0), *((axis.before, axis.after) for axis in axes), (0, 0)])
    y = np.empty((len(x), *_steps(axes), len(b)), x.dtype)
    for n, r, c, f in np.ndindex(y.shape):
        window = padded[n, rows.window(r), columns.window(c)]
        y[n, r, c, f] = np.sum(window * w[..., f]) + b[f]
    return y


def conv2d_backward(dy, x, w, *, strides=1, padding="valid", dilation=1):
    """Carry the gradient of the loss back through `conv2d`.

    - `db[f] = Σ dy[n, r, c, f]` over images and positions: b is added everywhere.
    - `dw` is a correlation of the padded x with dy: a weight's gradient sums, over all
      positions, what the weight was multiplied with times the gradient that arrived there.
    - `dx` is a convolution in the true sense, of dy with the kernel flipped: each `dy` is
      handed back to its window, weighted by w. Where windows overlap, gradients add up.

    Parameters
    ----------
    dy : array-like of shape (batch, h_out, w_out, c_out)
        Gradient of the loss with respect to the layer's output.
    x, w, strides, padding, dilation
        As they were given to `conv2d`.

    Returns
    -------
    dx : ndarray, shaped as x
    dw : ndarray, shaped as w
    db : ndarray of shape (c_out,)

    Raises
    ------
    ValueError, TypeError
        As `conv2d`, and a dy that has not the shape of its output.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
    arXiv:1603.07285, chapter 4.

    Examples
    --------
    The middle input is seen twice, by each of the two weights once:

    >>> x, w = np.reshape([1, 2, 3], (1, 1, 3, 1)), np.reshape([10, 20], (1, 2, 1, 1))
    >>> dx, dw, db = conv2d_backward(np.ones((1, 1, 2, 1)), x, w)
    >>> dx.ravel(), dw.ravel(), db
    (array([10., 30., 20.]), array([3., 5.]), array([2.]))
    """
    x, w, _, axes = _prepare(x, w, None, strides, padding, dilation)
    dy, x, w = _alike(_gradient(dy, (len(x), *_steps(axes), w.shape[-1])), x, w)
    return _conv2d_backward(dy, x, w, axes)


def conv1d(x, w, b=None, *, strides=1, padding="valid"):
    """Compute a 1-D convolution layer: `conv2d` on an image of height 1.

    `y[n, t, f] = b[f] + Σ_i Σ_k w[i, k, f] · padded[n, strides·t + i, k]`

    Parameters
    ----------
    x : array-like of shape (batch, n, c_in)
    w : array-like of shape (m, c_in, c_out)
    b : array-like of shape (c_out,), optional
    strides : int
    padding : {"valid", "same"} or int
        As in `conv2d`.

    Returns
    -------
    ndarray of shape (batch, n_out, c_out)

    Raises
    ------
    ValueError, TypeError
        As `conv2d`.

    Examples
    --------
    >>> x, w = np.reshape([1, 4, 9, 16], (1, 4, 1)), np.reshape([-1, 1], (2, 1, 1))
    >>> conv1d(x, w).ravel()
    array([3., 5., 7.])
    """
    x, w, b, axes = _prepare(x, w, b, strides, padding, rank=1)
    return _conv2d(x, w, b, axes)[:, 0]


def conv1d_backward(dy, x, w, *, strides=1, padding="valid"):
    """Carry the gradient of the loss back through `conv1d`.

    Parameters
    ----------
    dy : array-like of shape (batch, n_out, c_out)
        Gradient of the loss with respect to the layer's output.
    x, w, strides, padding
        As they were given to `conv1d`.

    Returns
    -------
    dx : ndarray, shaped as x
    dw : ndarray, shaped as w
    db : ndarray of shape (c_out,)
        By the formulas of `conv2d_backward`.

    Raises
    ------
    ValueError, TypeError
        As `conv1d`, and a dy that has not the shape of its output.

    Examples
    --------
    >>> x, w = np.reshape([1, 2, 3], (1, 3, 1)), np.reshape([10, 20], (2, 1, 1))
    >>> dx, dw, db = conv1d_backward(np.ones((1, 2, 1)), x, w)
    >>> dx.ravel(), dw.ravel(), db
    (array([10., 30., 20.]), array([3., 5.]), array([2.]))
    """
    x, w, _, axes = _prepare(x, w, None, strides, padding, rank=1)
    dy, x, w = _alike(_gradient(dy, (len(x), axes[1].steps, w.shape[-1])), x, w)
    dx, dw, db = _conv2d_backward(dy[:, None], x, w, axes)
    return dx[:, 0], dw[0], db


def max_pool2d(x, pool_size=2, *, strides=None, padding="valid"):
    """Keep the largest value of each window, in each channel by itself.

    Padding never wins: it counts as minus infinity, not as zero.

    Parameters
    ----------
    x : array-like of shape (batch, h, w, channels)
    pool_size : int or pair of int
        Height and width of the window.
    strides : int or pair of int, optional
        Step of the window; `pool_size` if left out.
    padding : {"valid", "same"} or int
        As in `conv2d`; an int must be less than the pool size, lest a window be all padding.

    Returns
    -------
    ndarray of shape (batch, h_out, w_out, channels)

    Raises
    ------
    ValueError, TypeError
        An x that is empty, not 4-D or not of real numbers; sizes or strides below 1; any
        other padding; a window larger than the padded input.

    Examples
    --------
    >>> x = np.reshape([[-1, -2, -3], [-4, -5, -6], [-7, -8, -9]], (1, 3, 3, 1))
    >>> max_pool2d(x, 2, padding="same")[0, :, :, 0]
    array([[-1., -3.],
           [-7., -9.]])
    """
    x, axes = _prepare_pool(x, pool_size, strides, padding)
    return _window_max(x, axes)


def max_pool2d_backward(dy, x, pool_size=2, *, strides=None, padding="valid"):
    """Carry the gradient of the loss back through `max_pool2d`.

    Each window hands its gradient to its largest entry, and nothing to the others. Among
    equals the first one, by rows from the top left, gets all. (A window with a NaN has no
    largest entry and hands back nothing.)

    Parameters
    ----------
    dy : array-like of shape (batch, h_out, w_out, channels)
        Gradient of the loss with respect to the output.
    x, pool_size, strides, padding
        As they were given to `max_pool2d`.

    Returns
    -------
    dx : ndarray, shaped as x

    Raises
    ------
    ValueError, TypeError
        As `max_pool2d`, and a dy that has not the shape of its output.

    Examples
    --------
    >>> x = np.reshape([[1, 2, 5, 5], [4, 3, 5, 5]], (1, 2, 4, 1))
    >>> max_pool2d_backward(np.reshape([10, 20], (1, 1, 2, 1)), x)[0, :, :, 0]
    array([[ 0.,  0., 20.,  0.],
           [10.,  0.,  0.,  0.]])
    """
    x, axes = _prepare_pool(x, pool_size, strides, padding)
    dy, x = _alike(_gradient(dy, (len(x), *_steps(axes), x.shape[-1])), x)
    dx, largest, waiting = np.zeros_like(x), _window_max(x, axes), np.ones(dy.shape, bool)
    for _, at, met in _meetings(axes):
        wins = waiting[at] & (x[met] == largest[at])
        dx[met] += dy[at] * wins
        waiting[at] &= ~wins
    return dx


def avg_pool2d(x, pool_size=2, *, strides=None, padding="valid"):
    """Take the mean of each window, in each channel by itself.

    Padding does not count: the sum is divided by the number of real entries.

    Parameters, shapes and errors are those of `max_pool2d`.

    Examples
    --------
    >>> x = np.reshape([[1, 2, 3], [4, 5, 6], [7, 8, 9]], (1, 3, 3, 1))
    >>> avg_pool2d(x, 2, padding="same")[0, :, :, 0]
    array([[3. , 4.5],
           [7.5, 9. ]])
    """
    x, axes = _prepare_pool(x, pool_size, strides, padding)
    return _window_sum(x, axes) / _counts(x, axes)


def avg_pool2d_backward(dy, x, pool_size=2, *, strides=None, padding="valid"):
    """Carry the gradient of the loss back through `avg_pool2d`.

    Each window shares its gradient equally among its real entries. Of x only the shape
    and the dtype matter.

    Parameters, shapes and errors are those of `max_pool2d_backward`.

    Examples
    --------
    >>> avg_pool2d_backward(np.reshape([4, 8], (1, 1, 2, 1)), np.zeros((1, 2, 4, 1)))[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    x, axes = _prepare_pool(x, pool_size, strides, padding)
    dy, x = _alike(_gradient(dy, (len(x), *_steps(axes), x.shape[-1])), x)
    dx, share = np.zeros_like(x), dy / _counts(x, axes)
    for _, at, met in _meetings(axes):
        dx[met] += share[at]
    return dx


class _Axis(NamedTuple):
    """How a kernel walks along one axis of the input: `steps` positions, `stride` apart."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    steps: int

    def window(self, step):
        """Return what of the padded axis the kernel sees at one step."""
        start = step * self.stride
        return slice(start, start + dilated_size(self.kernel, self.dilation), self.dilation)

    def met_by(self, entry):
        """Return at which steps one kernel entry meets the axis itself, and what it meets.

        Where it lies on the padding it meets nothing, so padding need not be stored.
        """
        offset = entry * self.dilation - self.before
        first = max(0, -(offset // self.stride))
        stop = max(first, min(self.steps, (self.size - 1 - offset) // self.stride + 1))
        start, end = (step * self.stride + offset for step in (first, stop))
        return slice(first, stop), slice(start, end, self.stride)


_HEIGHT_ONE = _Axis(size=1, kernel=1, stride=1, dilation=1, before=0, after=0, steps=1)


def _meetings(axes):
    """Yield every kernel entry (i, j), at which outputs it works, and the inputs it meets.

    The last two index an array whose first axis is followed by height and width.
    """
    for entry in np.ndindex(*(axis.kernel for axis in axes)):
        met = (axis.met_by(k) for axis, k in zip(axes, entry, strict=True))
        at, inputs = zip(*met, strict=True)
        yield entry, (slice(None), *at), (slice(None), *inputs)


def _steps(axes):
    return tuple(axis.steps for axis in axes)


def _prepare_array(array, kernel, stride, padding):
    """Check the arguments of `convolve`; return array and kernel in one dtype, and the axes."""
    array = numbers("array", array, ("h", "w"))
    kernel = numbers("kernel", kernel, ("kh", "kw"))
    stride, padding = integer("stride", stride), integer("padding", padding, minimum=0)
    blame = ("kernel.shape", kernel.shape)
    axes = _walk(array.shape, kernel.shape, (stride,) * 2, padding, (1, 1), blame)
    return *_alike(array, kernel, least=np.int64), axes


def _prepare(x, w, b, strides, padding, dilation=1, rank=2):
    """Check the arguments of a layer; return x, w, b in one dtype, and the two axes.

    With rank 1, x and w get a height of 1. A missing b becomes zeros.
    """
    sides = ("h", "w") if rank == 2 else ("n",)
    kernel_sides = ("kh", "kw") if rank == 2 else ("m",)
    x = numbers("x", x, ("batch", *sides, "c_in"))
    w = numbers("w", w, (*kernel_sides, x.shape[-1], "c_out"), "for the channels of x")
    if b is None:
        b = np.zeros(w.shape[-1], w.dtype)
    b = numbers("b", b, (w.shape[-1],), "one bias per filter of w")
    strides = pair("strides", strides) if rank == 2 else (integer("strides", strides),)
    dilation = pair("dilation", dilation)
    blame = ("w.shape", w.shape)
    axes = _walk(x.shape[1:-1], w.shape[:-2], strides, padding, dilation[:rank], blame)
    x, w, b = _alike(x, w, b)
    return (x, w, b, axes) if rank == 2 else (x[:, None], w[None], b, (_HEIGHT_ONE, *axes))


def _prepare_pool(x, pool_size, strides, padding):
    """Check the arguments of a pooling; return x as floats, and the two axes."""
    (x,) = _alike(numbers("x", x, ("batch", "h", "w", "channels")))
    pool = pair("pool_size", pool_size)
    strides = pool if strides is None else pair("strides", strides)
    axes = _walk(x.shape[1:3], pool, strides, padding, (1, 1), ("pool_size", pool_size))
    if any(axis.before >= axis.kernel for axis in axes):
        raise broken("padding", f"less than the pool size {pool}", padding)
    return x, axes


def _gradient(dy, shape):
    return numbers("dy", dy, shape, "the shape of the output")


def _alike(*arrays, least=np.float64):
    """Return the arrays as float32 if all are, otherwise in a dtype that is `least` or wider."""
    alike = all(array.dtype == np.float32 for array in arrays)
    dtype = np.float32 if alike else np.result_type(least, *arrays)
    return [array.astype(dtype, copy=False) for array in arrays]


def _walk(sizes, kernel_sizes, strides, padding, dilations, blame):
    """Return one `_Axis` per axis; `blame` is the name and the value of the kernel's argument."""
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise broken("padding", "'valid', 'same' or a non-negative integer", padding)
    else:
        padding = integer("padding", padding, minimum=0)
    axes = []
    for size, kernel, stride, dilation in zip(sizes, kernel_sizes, strides, dilations, strict=True):
        how = {"strides": stride, "padding": padding, "dilation": dilation}
        before, after = resolve_padding(size, kernel, **how)
        reach, padded = dilated_size(kernel, dilation), size + before + after
        if reach > padded:
            name, value = blame
            raise broken(name, f"within the padded input ({reach} > {padded})", value)
        steps = output_size(size, kernel, **how)
        axes.append(_Axis(size, kernel, stride, dilation, before, after, steps))
    return tuple(axes)


def _convolve_all(padded, kernel):
    """Return the result at every position of the kernel.

    With the rows of the image in one line, a move by (i, j) is one by i·width + j, and the
    arithmetic runs over long lines. Sums that run over the right edge are left out at the end.
    """
    (height, width), (kh, kw) = padded.shape, kernel.shape
    line = padded.ravel()
    y = np.zeros((height - kh + 1, width), padded.dtype)
    total = y.ravel()[: y.size - (kw - 1)]
    product = np.empty_like(total)
    for i, j in np.ndindex(kernel.shape):
        start = i * width + j
        total += np.multiply(kernel[i, j], line[start : start + total.size], out=product)
    return y[:, : width - kw + 1]


def _conv2d(x, w, b, axes):
    y = np.empty((len(x), *_steps(axes), len(b)), x.dtype)
    matrix = w.reshape(-1, len(b))

    def compute(part):
        np.matmul(_columns(x[part], axes).T, matrix, out=y[part].reshape(-1, len(b)))
        y[part] += b

    _by_parts(compute, x, axes)
    return y


def _conv2d_backward(dy, x, w, axes):
    filters = w.shape[-1]
    matrix = w.reshape(-1, filters)
    dx = np.empty_like(x)

    def compute(part):
        gradient = dy[part].reshape(-1, filters)
        dx[part] = _images(matrix @ gradient.T, x[part].shape, axes)
        return _columns(x[part], axes) @ gradient

    dw = sum(_by_parts(compute, x, axes))
    return dx, dw.reshape(w.shape), dy.sum(axis=(0, 1, 2))


def _columns(x, axes):
    """Return the matrix with one column per window (n, r, c), one row per weight (i, j, k).

    The channels go first: then each row is filled from long runs of memory.
    """
    images = np.ascontiguousarray(x.transpose(3, 0, 1, 2))
    kernel = [axis.kernel for axis in axes]
    columns = np.zeros((*kernel, *images.shape[:2], *_steps(axes)), x.dtype)
    for entry, at, met in _meetings(axes):
        columns[entry][:, *at] = images[:, *met]
    return columns.reshape(-1, len(x) * np.prod(_steps(axes)))


def _images(columns, shape, axes):
    """Add the entries of such a matrix up where `_columns` took them from: its transpose."""
    batch, height, width, channels = shape
    kernel = [axis.kernel for axis in axes]
    columns = columns.reshape(*kernel, channels, batch, *_steps(axes))
    images = np.zeros((channels, batch, height, width), columns.dtype)
    for entry, at, met in _meetings(axes):
        images[:, *met] += columns[entry][:, *at]
    return images.transpose(1, 2, 3, 0)


def _by_parts(compute, x, axes):
    """Call `compute` on slices of the batch, several at a time; return its results in order.

    Threads work on parts, and BLAS inside them gets one thread: its own threads wait for
    each other at every product, which costs up to ten times the time on busy cores.
    """
    numbers = np.prod([axis.kernel * axis.steps for axis in axes]) * x.shape[-1]
    images = max(1, int(_PART // numbers))
    parts = [slice(start, start + images) for start in range(0, len(x), images)]
    # The limit holds for the whole process, so two calls must not set and lift it crosswise.
    with _ONE_AT_A_TIME, _blas().limit(limits=1, user_api="blas"):
        if len(parts) == 1:
            return [compute(parts[0])]
        with ThreadPoolExecutor(_WORKERS) as pool:
            return list(pool.map(compute, parts))


@cache
def _blas():
    return ThreadpoolController()


def _window_max(x, axes):
    y = np.full((len(x), *_steps(axes), x.shape[-1]), -np.inf, x.dtype)
    for _, at, met in _meetings(axes):
        np.maximum(y[at], x[met], out=y[at])
    return y


def _window_sum(x, axes):
    y = np.zeros((len(x), *_steps(axes), x.shape[-1]), x.dtype)
    for _, at, met in _meetings(axes):
        y[at] += x[met]
    return y


def _counts(x, axes):
    """Return how many real entries each window has."""
    return _window_sum(np.ones((1, *x.shape[1:3], 1), x.dtype), axes)
