"""What a trained network is asked: does it know moved images, how large are its weights?"""

import numpy as np

from helpers._arrays import numbers
from helpers._validate import broken, integer
from helpers.filters import shifted

# A dense layer's weights smaller than this take part in no decision.
NEAR_ZERO = 1e-3
EDGES = np.linspace(-0.3, 0.3, 61)


def dense_weights(weights):
    """Return how the weights of a dense layer, an array of any shape, are spread.

    A dict of `near_zero`, the share below `NEAR_ZERO`, and `weight_counts`, array of int, (60,),
    how many lie between `EDGES`, the outer ones with all beyond.
    """
    if not isinstance(weights, np.ndarray):
        raise broken("weights", "an array", weights, TypeError)
    weights = numbers("weights", weights, ("n",) * weights.ndim)
    if not np.isfinite(weights).all():
        raise broken("weights", "finite", weights)
    counts, _ = np.histogram(weights.astype(float).clip(EDGES[0], EDGES[-1]), EDGES)
    return {"near_zero": float(np.mean(np.abs(weights) < NEAR_ZERO)), "weight_counts": counts}


def accuracy_by_shift(network, x, labels, farthest):
    """Return the accuracy after a move by 0, 1, ... `farthest` pixels, the mean of four directions.

    The images x, (n, h, w, c), have `farthest` zeros around them; labels are integers, (n,).
    """
    if not hasattr(network, "predict"):
        raise broken("network", "a Keras model", network, TypeError)
    x = numbers("x", x, ("n", "h", "w", "c"))
    labels = numbers("labels", labels, (len(x),), "one for each image")
    if labels.dtype.kind not in "iu" or labels.min() < 0:
        raise broken("labels", "integers from 0", labels)
    farthest = integer("farthest", farthest, minimum=0, maximum=min(x.shape[1:3]) // 2)

    def accuracy(down, right):
        outputs = network.predict(shifted(x, down, right), batch_size=500, verbose=0)
        return float((outputs.argmax(axis=1) == labels).mean())

    ways = ((1, 0), (-1, 0), (0, 1), (0, -1))
    return [accuracy(0, 0)] + [
        float(np.mean([accuracy(down * far, right * far) for down, right in ways]))
        for far in range(1, farthest + 1)
    ]
