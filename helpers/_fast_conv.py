"""The fast engine of `helpers.conv`; `helpers.by_hand` is the same to read.

The loops by hand stand still at one output and ask which inputs it sees. These pick one kernel
entry and ask which inputs it meets on its whole way: there are few entries and many positions,
so NumPy does the long loops. Arguments come checked, as floats of one dtype, with an `Axis` for
height and one for width.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

# The batch is worked off in parts whose scratch array has at most about this many numbers
# (but at least one image's): a large batch needs little memory, and caches help.
_PART = 2**20
_STRIP = 2**15  # `convolve` works on strips of the image, for the same reason
# The processors that this process may use, where the system tells.
_WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_ONE_AT_A_TIME = Lock()


class Axis(NamedTuple):
    """How a kernel walks along one axis of the input: `steps` positions, `stride` apart."""

    size: int
    kernel: int
    stride: int
    dilation: int
    zeros: tuple[int, int]  # before and after
    steps: int

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


def _padded(axes):
    return [axis.size + sum(axis.zeros) for axis in axes]


def convolve(array, kernel, axes):
    """Return the correlation of a 2-D array with a kernel."""
    padded, stride = _pad(array, axes, first=0), axes[0].stride
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
    """Return the layer's output: every window is a column, and the sums one matrix product."""
    y = np.empty((len(x), *steps(axes), len(b)), x.dtype)
    matrix = w.reshape(-1, len(b))

    def compute(part):
        np.matmul(_columns(x[part], axes).T, matrix, out=y[part].reshape(-1, len(b)))
        y[part] += b

    _by_parts(compute, x, axes)
    return y


def conv2d_backward(dy, x, w, axes):
    """Return dx, dw and db, by the same matrices."""
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
    images = _pad(x.transpose(3, 0, 1, 2), axes, first=2)
    kernel = [axis.kernel for axis in axes]
    columns = np.empty((*kernel, *images.shape[:2], *steps(axes)), x.dtype)
    for entry, met in _entries(axes):
        columns[entry] = images[:, :, *met]
    return columns.reshape(-1, len(x) * np.prod(steps(axes)))


def _images(columns, shape, axes):
    """Add the entries of such a matrix up where `_columns` took them from: its transpose."""
    batch, *_, channels = shape
    kernel = [axis.kernel for axis in axes]
    columns = columns.reshape(*kernel, channels, batch, *steps(axes))
    images = np.zeros((channels, batch, *_padded(axes)), columns.dtype)
    for entry, met in _entries(axes):
        images[:, :, *met] += columns[entry]
    return images[:, :, *(axis.inside for axis in axes)].transpose(1, 2, 3, 0)


def _entries(axes):
    """Yield every kernel entry (i, j), and what it meets of the padded height and width."""
    for entry in np.ndindex(*(axis.kernel for axis in axes)):
        yield entry, tuple(axis.met_by(k) for axis, k in zip(axes, entry, strict=True))


def _pad(array, axes, first, value=0):
    """Return the array in C order, with the zeros of the axes, of which `first` is the height."""
    if not any(any(axis.zeros) for axis in axes):
        return np.ascontiguousarray(array)
    shape = list(array.shape)
    shape[first : first + 2] = _padded(axes)
    padded = np.full(shape, value, array.dtype)
    padded[*[slice(None)] * first, *(axis.inside for axis in axes)] = array
    return padded


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


def max_pool2d(x, axes):
    """Return the largest entry of each window, which padding never is."""
    padded = _pad(x, axes, first=1, value=-np.inf)
    y = np.full((len(x), *steps(axes), x.shape[-1]), -np.inf, x.dtype)
    for _, met in _entries(axes):
        np.maximum(y, padded[:, *met], out=y)
    return y


def max_pool2d_backward(dy, x, axes):
    """Return dx: each window's gradient goes to the first entry that equals its largest."""
    padded, largest = _pad(x, axes, first=1, value=np.nan), max_pool2d(x, axes)  # NaN never wins
    dx, waiting = np.zeros_like(padded), np.ones(dy.shape, bool)
    for _, met in _entries(axes):
        wins = waiting & (padded[:, *met] == largest)
        dx[:, *met] += dy * wins
        waiting &= ~wins
    return dx[:, *(axis.inside for axis in axes)]


def avg_pool2d(x, axes):
    """Return the mean of each window's real entries."""
    padded, y = _pad(x, axes, first=1), np.zeros((len(x), *steps(axes), x.shape[-1]), x.dtype)
    for _, met in _entries(axes):
        y += padded[:, *met]
    return y / _counts(axes, x.dtype)


def avg_pool2d_backward(dy, axes):
    """Return dx: each window's real entries share its gradient equally."""
    share = dy / _counts(axes, dy.dtype)
    dx = np.zeros((len(dy), *_padded(axes), dy.shape[-1]), dy.dtype)
    for _, met in _entries(axes):
        dx[:, *met] += share
    return dx[:, *(axis.inside for axis in axes)]


def _counts(axes, dtype):
    """Return how many real entries each window has."""
    real = _pad(np.ones([1, *(axis.size for axis in axes), 1], dtype), axes, first=1)
    return sum(real[:, *met] for _, met in _entries(axes))
