"""The fast engine of `helpers.conv`; `helpers.by_hand` is the same to read.

The loops by hand stand still at one output and ask which inputs it sees. These pick one entry, or
one row, of the kernel and ask which inputs it meets on its whole way: the kernel is small and
positions are many, so NumPy and BLAS do the long loops. Arguments come checked, as floats of one
dtype, with an `Axis` for height and one for width.
"""

from functools import cache
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from threadpoolctl import ThreadpoolController

# The batch is worked off in parts whose scratch array has at most about this many numbers
# (but at least one image's): it stays in the processor's cache, and a large batch needs no more.
_PART = 2**18
_STRIP = 2**15  # `convolve` works on strips of the image, for the same reason
_ONE_AT_A_TIME = Lock()


class Axis(NamedTuple):
    """How a kernel walks along one axis of the input: `steps` positions, `stride` apart."""

    size: int
    kernel: int
    stride: int
    dilation: int
    zeros: tuple[int, int]  # before and after
    steps: int

    @property
    def reach(self):
        """How much of the axis one position sees."""
        return (self.kernel - 1) * self.dilation + 1

    def met_by(self, entry):
        """Return what of the padded axis one kernel entry meets, step by step."""
        start = entry * self.dilation
        return slice(start, start + (self.steps - 1) * self.stride + 1, self.stride)

    @property
    def inside(self):
        """The padded axis without its zeros."""
        return slice(self.zeros[0], self.zeros[0] + self.size)


def steps(axes):
    """Return the height and the width of the output."""
    return tuple(axis.steps for axis in axes)


def convolve(array, kernel, axes):
    """Return the correlation of a 2-D array with a kernel."""
    padded, stride = np.ascontiguousarray(_pad(array, axes, first=0)), axes[0].stride
    y = np.empty(steps(axes), array.dtype)
    strip = max(1, _STRIP // (stride * padded.shape[1]))
    for first in range(0, len(y), strip):
        part = y[first : first + strip]
        top, below = first * stride, (first + len(part) - 1) * stride + len(kernel)
        # A stride only skips results: to compute all is quicker than to go round some.
        part[:] = _convolve_all(padded[top:below], kernel)[::stride, ::stride]
    return y


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


def conv2d(x, w, b, axes):
    """Return the layer's output: one matrix product for each row of the kernel, added up."""
    rows, columns = axes
    y = np.empty((len(x), *steps(axes), len(b)), x.dtype)
    bias = np.tile(b, columns.steps)  # of a whole row, as NumPy is slow where runs are short

    def compute(part):
        strips, out = _strips(x[part], axes), y[part].reshape(len(x[part]), -1, len(b))
        for i, row in enumerate(w.reshape(rows.kernel, -1, len(b))):
            if i == 0:
                np.matmul(strips(i), row, out=out)
            else:
                out += strips(i) @ row
        y[part].reshape(-1, len(bias))[...] += bias

    _by_parts(compute, x, axes)
    return y


def conv2d_backward(dy, x, w, axes, needs_dx=True):
    """Return dx (None unless it is needed), dw and db."""
    rows = axes[0]

    def compute(part):
        strips, gradient = _strips(x[part], axes), dy[part].reshape(len(x[part]), -1, w.shape[-1])
        products = (strips(i).swapaxes(1, 2) @ gradient for i in range(rows.kernel))
        return np.stack([product.sum(axis=0) for product in products])

    dw = sum(_by_parts(compute, x, axes)).reshape(w.shape)
    flat = dy.reshape(-1, w.shape[-1])
    dx = _dx(dy, w, axes) if needs_dx else None
    return dx, dw, np.ones(len(flat), dy.dtype) @ flat


def _dx(dy, w, axes):
    """Return dx in the way that is quick: with strides, a convolution multiplies mostly zeros."""
    strided = any(axis.stride > 1 for axis in axes)
    return (_dx_by_strips if strided or w.shape[2] == 1 else _dx_by_convolution)(dy, w, axes)


def _dx_by_strips(dy, w, axes):
    """Return dx: the gradients of all strips, added up where the strips were taken from."""
    rows, columns = axes
    *_, c, filters = w.shape
    dx = np.empty((len(dy), rows.size, columns.size, c), dy.dtype)
    height, width = (axis.size + sum(axis.zeros) for axis in axes)

    def compute(part):
        gradient = dy[part].reshape(len(dy[part]), -1, filters)
        strips = np.zeros((len(gradient), height, columns.steps, columns.kernel * c), dy.dtype)
        for i, row in enumerate(w.reshape(rows.kernel, -1, filters)):
            met = strips[:, rows.met_by(i)]
            met += (gradient @ row.T).reshape(met.shape)
        padded = np.zeros((len(gradient), height, width, c), dy.dtype)
        for j in range(columns.kernel):
            padded[:, :, columns.met_by(j)] += strips[..., j * c : (j + 1) * c]
        dx[part] = padded[:, rows.inside, columns.inside]

    _by_parts(compute, dx, axes)
    return dx


def _dx_by_convolution(dy, w, axes):
    """Return dx: dy, with zeros around, correlated with the kernel turned by 180 degrees."""
    shape = [axis.size + sum(axis.zeros) + axis.reach - 1 for axis in axes]
    apart = np.zeros((len(dy), *shape, dy.shape[-1]), dy.dtype)
    apart[:, *(axis.met_by(axis.kernel - 1) for axis in axes)] = dy
    seen = [slice(a.zeros[0], a.zeros[0] + a.size + a.reach - 1) for a in axes]
    back = [Axis(a.size + a.reach - 1, a.kernel, 1, a.dilation, (0, 0), a.size) for a in axes]
    turned = np.ascontiguousarray(w[::-1, ::-1].swapaxes(2, 3))
    return conv2d(apart[:, *seen], turned, np.zeros(w.shape[2], w.dtype), back)


def _strips(x, axes):
    """Return a function of a kernel row: what it meets, (n, h_out * w_out, kw * c).

    What it meets at one position is a strip of the image, one pixel high. The strips are copied
    once; those of the next kernel row begin a row further down, and most are the same.
    """
    rows, columns = axes
    windows = sliding_window_view(_pad(x, axes, first=1), columns.reach, axis=2)
    windows = windows[:, :, :: columns.stride, :, :: columns.dilation].swapaxes(3, 4)
    strips = np.ascontiguousarray(windows).reshape(*windows.shape[:3], -1)
    return lambda i: strips[:, rows.met_by(i)].reshape(len(x), -1, strips.shape[-1])


def _pad(array, axes, first, value=0):
    """Return the array with the zeros of the axes, the first of which is its axis `first`."""
    if not any(any(axis.zeros) for axis in axes):
        return array
    shape = list(array.shape)
    shape[first : first + len(axes)] = [axis.size + sum(axis.zeros) for axis in axes]
    padded = np.full(shape, value, array.dtype)
    padded[*[slice(None)] * first, *(axis.inside for axis in axes)] = array
    return padded


def _by_parts(compute, x, axes):
    """Call `compute` on slices of the batch, one after the other; return its results in order.

    BLAS gets one thread: at products of this size its threads wait for each other more than they
    work, and where other programs use the cores, that costs up to ten times the time. Threads of
    our own, each with some parts, gained nothing on two cores.
    """
    rows, columns = axes
    numbers = (rows.size + sum(rows.zeros)) * columns.steps * columns.kernel * x.shape[-1]
    images = max(1, _PART // numbers)
    parts = [slice(start, start + images) for start in range(0, len(x), images)]
    # The limit holds for the whole process, so two calls must not set and lift it crosswise.
    with _ONE_AT_A_TIME, _blas().limit(limits=1, user_api="blas"):
        return [compute(part) for part in parts]


@cache
def _blas():
    return ThreadpoolController()


# A pooling of rows and columns is one of columns, and then one of rows.


def max_pool2d(x, axes):
    """Return the largest entry of each window, which padding never is."""
    return _largest(_largest(x, 2, axes[1]), 1, axes[0])


def max_pool2d_backward(dy, x, axes):
    """Return dx: each window's gradient goes to the first entry that equals its largest."""
    rows, columns = axes
    of_rows = _largest(x, 2, columns)
    dy = _to_largest(dy, of_rows, _largest(of_rows, 1, rows), 1, rows)
    return _to_largest(dy, x, of_rows, 2, columns)


def _largest(x, place, axis):
    """Return the largest entries along the axis at a place of x."""
    padded = _pad(x, [axis], place, -np.inf)
    first, *others = _met(place, axis)
    y = padded[first].copy()
    for met in others:
        np.maximum(y, padded[met], out=y)
    return y


def _to_largest(dy, x, y, place, axis):
    """Return dx, where y is the `_largest` of x: the first that equals it gets all of dy."""
    padded = _pad(x, [axis], place, np.nan)  # which equals nothing
    dx, waiting = np.zeros_like(padded), np.ones(dy.shape, bool)
    for met in _met(place, axis):
        wins = waiting & (padded[met] == y)
        dx[met] += dy * wins
        waiting ^= wins
    return dx[*[slice(None)] * place, axis.inside]


def avg_pool2d(x, axes):
    """Return the mean of each window's real entries."""
    y = x
    for place, axis in ((2, axes[1]), (1, axes[0])):
        padded = _pad(y, [axis], place)
        y = sum(padded[met] for met in _met(place, axis))
    return y / _counts(axes, x.dtype)


def avg_pool2d_backward(dy, axes):
    """Return dx: each window's real entries share its gradient equally."""
    dx = dy / _counts(axes, dy.dtype)
    for place, axis in ((1, axes[0]), (2, axes[1])):
        share, shape = dx, list(dx.shape)
        shape[place] = axis.size + sum(axis.zeros)
        dx = np.zeros(shape, dy.dtype)
        for met in _met(place, axis):
            dx[met] += share
        dx = dx[*[slice(None)] * place, axis.inside]
    return dx


def _met(place, axis):
    """Return what each kernel entry meets along the axis at a place of an array."""
    return [(*[slice(None)] * place, axis.met_by(entry)) for entry in range(axis.kernel)]


def _counts(axes, dtype):
    """Return how many real entries each window has, (h_out, w_out, 1)."""
    rows, columns = (
        sum(_pad(np.ones(axis.size, dtype), [axis], 0)[met] for met in _met(0, axis))
        for axis in axes
    )
    return (rows[:, None] * columns)[..., None]
