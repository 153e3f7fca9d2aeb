"""Convolution, pooling and k-means as plain loops: the form to read first.

Each function is the formula of its lesson and nothing else. The arguments are NumPy arrays of
floats, and are not checked; a pair is (down, right), and `zeros` says how many surround the
image: ((above, below), (left, right)). `helpers.conv` and `helpers.cluster` compute the same,
check what they are given, and are fast; the tests hold the two together.
"""

import numpy as np


def convolve(array, kernel, stride=1, zeros=0):
    """Lesson 01: lay the kernel on every window of a 2-D array, multiply, and add up."""
    padded = np.pad(array, zeros)
    (height, width), (kh, kw) = padded.shape, kernel.shape
    rows, columns = range(0, height - kh + 1, stride), range(0, width - kw + 1, stride)
    y = np.zeros((len(rows), len(columns)), np.result_type(array, kernel))
    for r, top in enumerate(rows):
        for c, left in enumerate(columns):
            for i in range(kh):
                for j in range(kw):
                    y[r, c] += kernel[i, j] * padded[top + i, left + j]
    return y


def conv1d(x, w, b, stride=1, zeros=(0, 0)):
    """Lesson 01: a 1-D layer; x is (batch, n, c_in), w is (m, c_in, c_out), b is (c_out,)."""
    padded = np.pad(x, ((0, 0), zeros, (0, 0)))
    (batch, n, _), (m, _, filters) = padded.shape, w.shape
    y = np.zeros((batch, len(range(0, n - m + 1, stride)), filters))
    for image, t, f in np.ndindex(y.shape):
        y[image, t, f] = b[f]
        for i, k in np.ndindex(w.shape[:2]):
            y[image, t, f] += w[i, k, f] * padded[image, stride * t + i, k]
    return y


def conv1d_backward(dy, x, w, stride=1, zeros=(0, 0)):
    """Lesson 04: the gradients (dx, dw, db) of `conv1d`, each product of it traced back."""
    padded = np.pad(x, ((0, 0), zeros, (0, 0)))
    d_padded, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(w.shape[-1])
    for image, t, f in np.ndindex(dy.shape):
        gradient = dy[image, t, f]
        db[f] += gradient
        for i, k in np.ndindex(w.shape[:2]):
            dw[i, k, f] += padded[image, stride * t + i, k] * gradient
            d_padded[image, stride * t + i, k] += w[i, k, f] * gradient
    return d_padded[:, zeros[0] : zeros[0] + x.shape[1]], dw, db


def conv2d(x, w, b, strides=(1, 1), zeros=((0, 0), (0, 0)), dilation=(1, 1)):
    """Lesson 01: a 2-D layer; x is (batch, h, w, c_in), w (kh, kw, c_in, c_out), b (c_out,).

    With a dilation the kernel's entries stand apart.
    """
    padded = np.pad(x, ((0, 0), *zeros, (0, 0)))
    (batch, height, width, _), (kh, kw, _, filters) = padded.shape, w.shape
    (down, right), (gap_down, gap_right) = strides, dilation
    rows = range(0, height - gap_down * (kh - 1), down)
    columns = range(0, width - gap_right * (kw - 1), right)
    y = np.zeros((batch, len(rows), len(columns), filters))
    for n, r, c, f in np.ndindex(y.shape):
        y[n, r, c, f] = b[f]
        for i, j, k in np.ndindex(w.shape[:3]):
            seen = padded[n, rows[r] + gap_down * i, columns[c] + gap_right * j, k]
            y[n, r, c, f] += w[i, j, k, f] * seen
    return y


def conv2d_backward(dy, x, w, strides=(1, 1), zeros=((0, 0), (0, 0)), dilation=(1, 1)):
    """Lesson 04: the gradients (dx, dw, db) of `conv2d`, each product of it traced back."""
    padded = np.pad(x, ((0, 0), *zeros, (0, 0)))
    d_padded, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(w.shape[-1])
    for n, r, c, f in np.ndindex(dy.shape):
        db[f] += dy[n, r, c, f]
        for i, j, k in np.ndindex(w.shape[:3]):
            row, column = strides[0] * r + dilation[0] * i, strides[1] * c + dilation[1] * j
            dw[i, j, k, f] += padded[n, row, column, k] * dy[n, r, c, f]
            d_padded[n, row, column, k] += w[i, j, k, f] * dy[n, r, c, f]
    (above, _), (left, _) = zeros
    return d_padded[:, above : above + x.shape[1], left : left + x.shape[2]], dw, db


def max_pool2d(x, pool_size=(2, 2), strides=(2, 2), zeros=((0, 0), (0, 0))):
    """Lesson 08: the largest value of each window, in each channel by itself."""
    y = np.zeros(_pooled_shape(x.shape, pool_size, strides, zeros))
    for n, r, c, k in np.ndindex(y.shape):
        y[n, r, c, k] = max(x[n, i, j, k] for i, j in _window(x, r, c, pool_size, strides, zeros))
    return y


def max_pool2d_backward(dy, x, pool_size=(2, 2), strides=(2, 2), zeros=((0, 0), (0, 0))):
    """Lesson 04: the gradient of `max_pool2d`; the first largest entry gets all of it."""
    dx = np.zeros(x.shape)
    for n, r, c, k in np.ndindex(dy.shape):
        window = _window(x, r, c, pool_size, strides, zeros)
        values = {(i, j): x[n, i, j, k] for i, j in window}
        i, j = max(values, key=values.get)
        dx[n, i, j, k] += dy[n, r, c, k]
    return dx


def avg_pool2d(x, pool_size=(2, 2), strides=(2, 2), zeros=((0, 0), (0, 0))):
    """Lesson 08: the mean of each window, in each channel by itself."""
    y = np.zeros(_pooled_shape(x.shape, pool_size, strides, zeros))
    for n, r, c, k in np.ndindex(y.shape):
        window = _window(x, r, c, pool_size, strides, zeros)
        y[n, r, c, k] = sum(x[n, i, j, k] for i, j in window) / len(window)
    return y


def avg_pool2d_backward(dy, x, pool_size=(2, 2), strides=(2, 2), zeros=((0, 0), (0, 0))):
    """Lesson 04: the gradient of `avg_pool2d`; the entries of a window share it equally."""
    dx = np.zeros(x.shape)
    for n, r, c, k in np.ndindex(dy.shape):
        window = _window(x, r, c, pool_size, strides, zeros)
        for i, j in window:
            dx[n, i, j, k] += dy[n, r, c, k] / len(window)
    return dx


def _pooled_shape(shape, pool_size, strides, zeros):
    batch, *sides, channels = shape
    walks = zip(sides, pool_size, strides, zeros, strict=True)
    return batch, *(len(range(0, n + sum(z) - p + 1, s)) for n, p, s, z in walks), channels


def _window(x, r, c, pool_size, strides, zeros):
    """Return the rows and columns of one window. What lies on the zeros does not count."""
    top, left = strides[0] * r - zeros[0][0], strides[1] * c - zeros[1][0]
    rows = range(max(top, 0), min(top + pool_size[0], x.shape[1]))
    columns = range(max(left, 0), min(left + pool_size[1], x.shape[2]))
    return [(i, j) for i in rows for j in columns]


def assign(x, centroids):
    """Lesson 13, first step: the index of each point's nearest centroid; of equals the first."""
    labels = np.zeros(len(x), int)
    for n, point in enumerate(x):
        distances = [sum((point - centroid) ** 2) for centroid in centroids]
        labels[n] = distances.index(min(distances))
    return labels


def update(x, labels, centroids):
    """Lesson 13, second step: the mean of each cluster's points; an empty one stays in place."""
    moved = np.array(centroids, float)
    for cluster in range(len(centroids)):
        members = [point for point, label in zip(x, labels, strict=True) if label == cluster]
        if members:
            moved[cluster] = sum(members) / len(members)
    return moved
