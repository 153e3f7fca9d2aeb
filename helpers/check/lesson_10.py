"""The exercises of lesson 10: CIFAR-10, L1 regularization."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions


def _penalised(cross_entropy, weights, lam, *, size=np.abs, total=np.sum):
    return cross_entropy + lam * total(size(weights))


penalised = Exercise(
    _penalised,
    lambda rng: {
        "a row of weights": (1.5, np.array([0.5, -2, 0, 1]), 0.1),
        "a table": (0.7, fractions(rng, (2, 4)), 0.01),
        "a tall table": (2.25, fractions(rng, (4, 2)), 1.5),
        "the weights of a convolution": (0.3, fractions(rng, (2, 2, 1, 3)), 0.5),
        "no penalty": (1.25, fractions(rng, 3), 0.0),
        "whole numbers": (2, np.array([[3, -4], [0, 1]]), 0.5),
    },
    Mistake("You add up squares. That is L2; L1 adds up absolute values.", size=np.square),
    Mistake("Positive and negative weights cancel: np.abs is missing.", size=as_is),
    Mistake("You take the absolute value of the sum.", size=as_is, total=lambda w: abs(w.sum())),
    Mistake("You take the mean of the absolute values. The penalty is their sum.", total=np.mean),
    Mistake(
        "lam multiplies the cross-entropy, too. It belongs to the penalty alone.",
        lambda cross_entropy, weights, lam: lam * (cross_entropy + np.abs(weights).sum()),
    ),
    Mistake(
        "You add up each column or row alone, or not at all. The objective is one number.",
        *({"total": lambda sizes, axis=axis: sizes.sum(axis=axis)} for axis in (0, 1, -1)),
        {"total": as_is},
    ),
    Mistake(
        "np.linalg.norm(w, 1) is the largest column sum.", total=lambda w: np.linalg.norm(w, 1)
    ),
    praise="What was learned, plus what the weights cost.",
)


def _l1_step(w, gradient, lam, learning_rate, *, pull=np.sign, of=as_is, to=1):
    return w - learning_rate * (of(gradient) + to * lam * pull(w))


def _stopped(old, new):
    return np.where(old * new < 0, 0, new)


l1_step = Exercise(
    _l1_step,
    lambda rng: {
        "a weight of 0": (np.array([0.0, 1.5, -2, 0]), np.array([0.5, -1, 0, -2]), 0.1, 0.5),
        "weights that cross zero": (np.array([0.1, -0.2, 0.05]), np.array([1.0, -2, 0]), 0.5, 0.4),
        "a row of weights": (fractions(rng, 5), fractions(rng, 5), 2.0, 0.01),
        "a table": (fractions(rng, (2, 3)), fractions(rng, (2, 3)), 0.3, 0.2),
        "no penalty": (fractions(rng, 4), fractions(rng, 4), 0.0, 0.1),
        "whole numbers": (np.array([3, -1, 0]), np.array([1, 2, -2]), 0.5, 0.25),
    },
    Mistake(
        "The penalty pulls in proportion to the weight, as in L2. L1 pulls at all alike: np.sign.",
        {"pull": as_is},
        {"pull": lambda w: 2 * w},
    ),
    Mistake("The penalty pushes away from zero: its sign is turned.", to=-1),
    Mistake("Every weight is pulled down, the negative ones away from zero.", pull=np.ones_like),
    Mistake("You add the penalty itself. A step needs its gradient, np.sign.", pull=np.abs),
    Mistake(
        "The learning rate is missing at the penalty. It belongs to both gradients.",
        lambda w, gradient, lam, rate: w - rate * gradient - lam * np.sign(w),
    ),
    Mistake(
        "The learning rate is missing at the gradient of the cross-entropy.",
        lambda w, gradient, lam, rate: w - gradient - rate * lam * np.sign(w),
    ),
    Mistake(
        "A weight of 0 is pulled as well. np.sign(0) is 0: it has nowhere to go.",
        {"pull": lambda w: np.where(w > 0, 1, -1)},
        {"pull": lambda w: np.where(w < 0, -1, 1)},
    ),
    Mistake(
        "The penalty has the sign of weights that have moved already. Take that of the old ones.",
        lambda w, gradient, lam, rate: (new := w - rate * gradient) - rate * lam * np.sign(new),
    ),
    Mistake(
        "You stop weights at zero. One step of gradient descent may cross it.",
        lambda w, gradient, lam, rate: _stopped(w, _l1_step(w, gradient, lam, rate)),
        lambda w, gradient, lam, rate: _soft_threshold(w - rate * gradient, rate * lam),
    ),
    Mistake(
        "This is the change. Add it to the weights.",
        lambda w, gradient, lam, rate: _l1_step(w, gradient, lam, rate) - w,
    ),
    praise="The same pull for a large weight and a small one.",
)


def _soft_threshold(w, amount, *, sign=np.sign, left=lambda w, a: np.maximum(np.abs(w) - a, 0)):
    return sign(w) * left(w, amount)


soft_threshold = Exercise(
    _soft_threshold,
    lambda rng: {
        "both sides of the amount": (np.array([0.5, -0.5, 0.1, -0.1, 0.0]), 0.2),
        "an amount of 0": (np.array([0.3, -0.7, 1.2]), 0.0),
        "a table": (fractions(rng, (2, 4), 1), 0.6),
        "exactly the amount": (np.array([2, -2, 3, 0, -5]), 2),
        "all within the amount": (np.array([0.2, -0.4]), 1.5),
        "a long row": (fractions(rng, 7), 1.25),
    },
    Mistake(
        "Large weights stay as they are. They come nearer by the amount, too.",
        lambda w, amount: np.where(np.abs(w) > amount, w, 0),
        lambda w, amount: np.where(np.abs(w) < amount, 0, w),
    ),
    Mistake("A small weight hops over zero, and should stop.", left=lambda w, a: np.abs(w) - a),
    Mistake("This is what goes, not what is left.", left=lambda w, a: np.minimum(np.abs(w), a)),
    Mistake("Every weight goes down, also the negative ones.", lambda w, amount: w - amount),
    Mistake(
        "Below the amount you return the weight itself. It should be 0.",
        left=lambda w, a: np.where(np.abs(w) > a, np.abs(w) - a, np.abs(w)),
    ),
    praise="Large weights keep their sign and lose the amount; small ones are exactly zero.",
)


def _early_stopping(val_loss, patience, *, first=1, is_better=lambda new, best: new < best):
    best = 0
    for epoch, loss in enumerate(val_loss):
        if is_better(loss, val_loss[best]):
            best = epoch
        if epoch - best >= patience:
            break
    return epoch + first, best + first


def _rises(val_loss, patience, in_a_row):
    """Stop by comparison with the epoch before, and keep the best of what was trained."""
    rises = 0
    for epoch in range(1, len(val_loss)):
        rose = val_loss[epoch] >= val_loss[epoch - 1]
        rises = rises + 1 if rose else 0 if in_a_row else rises
        if rises >= patience:
            break
    return epoch + 1, int(np.argmin(val_loss[: epoch + 1])) + 1


def _never_reset(val_loss, patience):
    waited, best = 0, 0
    for epoch, loss in enumerate(val_loss[1:], 1):
        best, waited = (epoch, waited) if loss < val_loss[best] else (best, waited + 1)
        if waited >= patience:
            break
    return epoch + 1, best + 1


def _after_the_lowest(val_loss, patience):
    lowest = int(np.argmin(val_loss)) + 1
    return min(lowest + patience, len(val_loss)), lowest


early_stopping = Exercise(
    _early_stopping,
    lambda rng: {
        "a better loss starts the count anew": (
            [2.0, 1.7, 1.75, 1.72, 1.6, 1.9, 1.65, 1.7, 1.5],
            3,
        ),
        "better until the end": ([1.5, 1.4, 1.3, 1.2], 2),
        "a lower loss after the end": ([1.0, 1.1, 1.2, 1.3, 1.4, 0.9, 0.8], 2),
        "a patience of 1": ([2.0, 1.9, 1.95, 1.8, 1.7, 1.75, 1.6], 1),
        "an equal loss": ([1.5, 1.3, 1.3, 1.4, 1.35, 1.2], 3),
        "falling, but not below the lowest": ([1.6, 1.7, 1.65, 1.5, 1.8, 1.75, 1.9, 1.85, 1.0], 4),
        "the lowest loss long ago": ([1.0, 1.2, 1.1, 1.3, 1.4, 1.5, 1.6], 2),
        "the end of the list while it waits": ([1.5, 1.2, 1.3, 1.25], 3),
        "any losses": (np.round(rng.uniform(1, 2, 12), 2).tolist(), int(rng.integers(2, 5))),
    },
    Mistake("You count epochs from 0. The first is number 1.", first=0),
    Mistake(
        "You wait too long. It ends with the last of `patience` epochs without a better loss.",
        lambda val_loss, patience: _early_stopping(val_loss, patience + 1),
    ),
    Mistake(
        "You stop an epoch too soon. `patience` epochs without a better loss are trained.",
        lambda val_loss, patience: _early_stopping(val_loss, patience - 1),
        lambda val_loss, patience: _early_stopping(val_loss, max(patience - 1, 1)),
    ),
    Mistake(
        "You look for the best epoch in the whole list. Those after the stop never happened.",
        _after_the_lowest,
        lambda val_loss, patience: (
            _early_stopping(val_loss, patience)[0],
            _after_the_lowest(val_loss, patience)[1],
        ),
    ),
    Mistake(
        "You compare with the epoch before. Compare with the lowest loss so far.",
        lambda val_loss, patience: _rises(val_loss, patience, in_a_row=True),
        lambda val_loss, patience: _rises(val_loss, patience, in_a_row=False),
    ),
    Mistake("You count all epochs without a better loss. A better one starts anew.", _never_reset),
    Mistake("An equal loss is not better.", is_better=lambda new, best: new <= best),
    Mistake(
        "You never stop.", lambda val_loss, patience: _after_the_lowest(val_loss, len(val_loss))
    ),
    praise="Patience counts from the best epoch, and each better one starts it anew.",
)
