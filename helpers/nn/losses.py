"""Losses: the value for outputs and what they should be, and its gradient by the outputs."""

import numpy as np

from helpers._arrays import numbers
from helpers._validate import broken
from helpers.nn.layers import sigmoid


def softmax_cross_entropy(logits, y):
    """Return the loss −1/n Σ_n Σ_k t · log p, p = softmax(logits), and its gradient (p − t) / n.

    logits are (n, k), and y either n labels, from 0 to below k, or their (n, k) probabilities t.

    >>> softmax_cross_entropy(np.log([[0.2, 0.8]]), [1])[1].round(3)
    array([[ 0.2, -0.2]])
    """
    t = targets(y, logits, probabilities=True)
    if not np.allclose(t.sum(axis=-1), 1, atol=1e-3):
        raise broken("y", "labels, or probabilities that add up to 1", y)
    z = logits - logits.max(axis=-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return -float(np.sum(t * log_p, where=t > 0)) / len(t), (np.exp(log_p) - t) / len(t)


def sigmoid_cross_entropy(logits, y):
    """Return the mean of −t · log p − (1 − t) · log(1 − p), p = sigmoid(logits), and its gradient.

    That is (p − t) / (n·k). Shapes are those of `softmax_cross_entropy`; rows need not add up.
    """
    t = targets(y, logits, probabilities=True)
    losses = np.maximum(logits, 0) - logits * t + np.log1p(np.exp(-np.abs(logits)))
    return float(losses.mean()), (sigmoid(logits) - t) / t.size


def mean_squared_error(outputs, y):
    """Return the mean of (outputs − y)² over all their numbers, and its gradient."""
    difference = outputs - targets(y, outputs)
    return float(np.mean(difference**2)), 2 * difference / difference.size


def targets(y, outputs, probabilities=False):
    """Return y in the shape of the outputs: labels as rows with a 1 where the label says."""
    y, n, k = np.asarray(y), len(outputs), outputs.shape[-1]
    if y.shape == (n,) and outputs.shape == (n, 1):
        y = y[:, None]
    if y.shape != (n,) or outputs.ndim != 2:
        y = numbers("y", y, outputs.shape, "that of the outputs").astype(outputs.dtype, copy=False)
        if probabilities and not (y.min() >= 0 and y.max() <= 1):
            raise broken("y", "labels, or probabilities from 0 to 1", y)
        return y
    if y.dtype.kind not in "iu":
        raise broken("y.dtype", "that of integers, for these are labels", str(y.dtype), TypeError)
    wrong = y[(y < 0) | (y >= k)]
    if len(wrong):
        raise broken("labels in y", f"from 0 to {k - 1}, for the outputs are {k}", int(wrong[0]))
    return (y[:, None] == np.arange(k)).astype(outputs.dtype)
