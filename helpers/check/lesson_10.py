"""The exercises of lesson 10: CIFAR-10, L1 regularization."""

import numpy as np

from helpers.check.exercise import Exercise


def _penalised(rng):
    return [
        (float(rng.uniform(0.5, 2)), rng.normal(size=shape), lam)
        for shape, lam in (((3,), 0.1), ((2, 4), 0.01), ((4, 2), 1.5))
    ]


penalised = Exercise(
    call="penalised(cross_entropy, weights, lam)",
    right=lambda cross_entropy, weights, lam: cross_entropy + lam * np.abs(weights).sum(),
    cases=_penalised,
    mistakes={
        "You add up squares. That is L2; L1 adds up absolute values.": (
            lambda cross_entropy, weights, lam: cross_entropy + lam * np.square(weights).sum()
        ),
        "Positive and negative weights cancel: the absolute values are missing.": (
            lambda cross_entropy, weights, lam: cross_entropy + lam * weights.sum()
        ),
        "You take the absolute value of the sum. Take that of each weight, then add up.": (
            lambda cross_entropy, weights, lam: cross_entropy + lam * abs(weights.sum())
        ),
        "You take the mean of the absolute values. The penalty is their sum.": (
            lambda cross_entropy, weights, lam: cross_entropy + lam * np.abs(weights).mean()
        ),
        "lam is missing: the weights cost their full size.": (
            lambda cross_entropy, weights, lam: cross_entropy + np.abs(weights).sum()
        ),
        "lam multiplies the cross-entropy, too. It belongs to the penalty alone.": (
            lambda cross_entropy, weights, lam: lam * (cross_entropy + np.abs(weights).sum())
        ),
        "This is the penalty alone. Add the cross-entropy.": (
            lambda cross_entropy, weights, lam: lam * np.abs(weights).sum()
        ),
        "The penalty is taken off. It is a cost: add it.": (
            lambda cross_entropy, weights, lam: cross_entropy - lam * np.abs(weights).sum()
        ),
        "You count the largest weight only. Add up all of them.": (
            lambda cross_entropy, weights, lam: cross_entropy + lam * np.abs(weights).max()
        ),
        "You add up each column alone. The objective is one number.": (
            lambda cross_entropy, weights, lam: cross_entropy + lam * np.abs(weights).sum(axis=0)
        ),
        "`np.linalg.norm(weights, 1)` of a matrix is its largest column sum. Add up all absolute "
        "values.": lambda cross_entropy, weights, lam: (
            cross_entropy + lam * np.linalg.norm(weights, 1)
        ),
        "You take the root of the sum of squares, the length of the weights. L1 adds up absolute "
        "values.": (
            lambda cross_entropy, weights, lam: (
                cross_entropy + lam * np.sqrt(np.square(weights).sum())
            )
        ),
    },
    praise="What was learned, plus what the weights cost.",
)


def _steps(rng):
    return [
        (rng.normal(size=n), rng.normal(size=n), lam, learning_rate)
        for n, lam, learning_rate in ((3, 0.1, 0.5), (5, 2.0, 0.01))
    ]


l1_step = Exercise(
    call="l1_step(w, gradient, lam, learning_rate)",
    right=lambda w, gradient, lam, learning_rate: w - learning_rate * (gradient + lam * np.sign(w)),
    cases=_steps,
    mistakes={
        "The penalty pulls in proportion to the weight. That is L2 with half of lam; L1 pulls at "
        "all alike: np.sign.": (
            lambda w, gradient, lam, learning_rate: w - learning_rate * (gradient + lam * w)
        ),
        "This is the step of L2. L1 pulls at all weights alike: np.sign.": (
            lambda w, gradient, lam, learning_rate: w - learning_rate * (gradient + 2 * lam * w)
        ),
        "The penalty pushes away from zero: its sign is turned.": (
            lambda w, gradient, lam, learning_rate: (
                w - learning_rate * (gradient - lam * np.sign(w))
            )
        ),
        "You step along the gradient, uphill. Step against it.": (
            lambda w, gradient, lam, learning_rate: (
                w + learning_rate * (gradient + lam * np.sign(w))
            )
        ),
        "Every weight is pulled down, the negative ones away from zero. The penalty's gradient has "
        "the sign of the weight.": (
            lambda w, gradient, lam, learning_rate: w - learning_rate * (gradient + lam)
        ),
        "You add the penalty itself. A step needs its gradient, the sign of each weight times "
        "lam.": lambda w, gradient, lam, learning_rate: (
            w - learning_rate * (gradient + lam * np.abs(w))
        ),
        "The learning rate is missing at the penalty. It belongs to both gradients.": (
            lambda w, gradient, lam, learning_rate: w - learning_rate * gradient - lam * np.sign(w)
        ),
        "The learning rate is missing at the gradient of the cross-entropy.": (
            lambda w, gradient, lam, learning_rate: w - gradient - learning_rate * lam * np.sign(w)
        ),
        "The learning rate is missing.": (
            lambda w, gradient, lam, learning_rate: w - gradient - lam * np.sign(w)
        ),
        "The penalty is missing: this is a step on the cross-entropy alone.": (
            lambda w, gradient, lam, learning_rate: w - learning_rate * gradient
        ),
        "The gradient of the cross-entropy is missing: this is a step on the penalty alone.": (
            lambda w, gradient, lam, learning_rate: w - learning_rate * lam * np.sign(w)
        ),
        "You take the sign of the gradient. The penalty pulls by the sign of the weight.": (
            lambda w, gradient, lam, learning_rate: (
                w - learning_rate * (gradient + lam * np.sign(gradient))
            )
        ),
        "This is the change. Add it to the weights.": (
            lambda w, gradient, lam, learning_rate: -learning_rate * (gradient + lam * np.sign(w))
        ),
    },
    praise="The same pull for a large weight and a small one.",
)


def _thresholds(rng):
    return [
        (np.array([0.5, -0.5, 0.1, -0.1, 0.0]), 0.2),
        (np.array([0.3, -0.7, 1.2]), 0.0),
        (rng.normal(size=(2, 4)), 0.6),
    ]


soft_threshold = Exercise(
    call="soft_threshold(w, amount)",
    right=lambda w, amount: np.sign(w) * np.maximum(np.abs(w) - amount, 0),
    cases=_thresholds,
    mistakes={
        "Small weights become 0, and large ones stay as they are. Large ones come nearer by the "
        "amount, too.": lambda w, amount: np.where(np.abs(w) > amount, w, 0),
        "A small weight hops over zero. It should stop there.": (
            lambda w, amount: w - amount * np.sign(w)
        ),
        "The sign is lost: negative weights come out positive.": (
            lambda w, amount: np.maximum(np.abs(w) - amount, 0)
        ),
        "Negative weights all become 0. They come nearer to zero from below.": (
            lambda w, amount: np.maximum(w - amount, 0)
        ),
        "You cut the large weights off at the amount. This is what goes, not what is left.": (
            lambda w, amount: np.clip(w, -amount, amount)
        ),
        "Every weight goes down, the negative ones away from zero.": lambda w, amount: w - amount,
        "Every weight goes away from zero: the sign of the amount is turned.": (
            lambda w, amount: w + amount * np.sign(w)
        ),
        "You take off a share of each weight, as L2 does. The amount is the same for all.": (
            lambda w, amount: w * (1 - amount)
        ),
        "Below the amount you return the weight itself. It should be 0.": (
            lambda w, amount: np.where(np.abs(w) > amount, w - amount * np.sign(w), w)
        ),
        "Every weight comes out with the other sign. Give it its own back.": (
            lambda w, amount: -np.sign(w) * np.maximum(np.abs(w) - amount, 0)
        ),
        "You multiply by the weight itself. Only its sign is wanted.": (
            lambda w, amount: w * np.maximum(np.abs(w) - amount, 0)
        ),
    },
    praise="Large weights keep their sign and lose the amount; small ones are exactly zero.",
)


def _stop(val_loss, patience, *, counted_from=1, is_better=lambda new, best: new < best):
    best = 0
    for epoch, loss in enumerate(val_loss):
        if is_better(loss, val_loss[best]):
            best = epoch
        if epoch - best >= patience:
            break
    return epoch + counted_from, best + counted_from


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


early_stopping = Exercise(
    call="early_stopping(val_loss, patience)",
    right=_stop,
    cases=lambda rng: [
        ([2.0, 1.8, 1.7, 1.75, 1.72, 1.6, 1.9, 1.65, 1.7, 1.5], 3),
        ([1.5, 1.4, 1.3, 1.2], 2),
        ([1.0, 1.1, 1.2, 1.3, 1.4, 0.9], 2),
        ([2.0, 1.9, 1.95, 1.8, 1.7, 1.75, 1.6], 1),
        ([1.5, 1.3, 1.3, 1.4, 1.35, 1.2], 3),
        ([1.6, 1.7, 1.65, 1.5, 1.8, 1.75, 1.9, 1.85, 1.0], 4),
    ],
    mistakes={
        "You count epochs from 0. The first is number 1.": (
            lambda val_loss, patience: _stop(val_loss, patience, counted_from=0)
        ),
        "You wait an epoch too long. It ends with the last of `patience` epochs without a better "
        "loss.": lambda val_loss, patience: _stop(val_loss, patience + 1),
        "You stop an epoch too soon. `patience` epochs without a better loss are trained.": (
            lambda val_loss, patience: (
                _stop(val_loss, patience - 1) if patience > 1 else _stop(val_loss, patience)
            )
        ),
        "You stop an epoch too soon, and with a patience of 1 at once. Compare with `patience` "
        "itself.": lambda val_loss, patience: _stop(val_loss, patience - 1),
        "You look for the best epoch in the whole list. Those after the stop never happened.": (
            lambda val_loss, patience: (
                _stop(val_loss, patience)[0],
                int(np.argmin(val_loss)) + 1,
            )
        ),
        "The second number is the last epoch. Return the best one.": (
            lambda val_loss, patience: (_stop(val_loss, patience)[0],) * 2
        ),
        "The two numbers are exchanged.": (
            lambda val_loss, patience: _stop(val_loss, patience)[::-1]
        ),
        "You compare with the epoch before. Compare with the lowest loss so far.": (
            lambda val_loss, patience: _rises(val_loss, patience, in_a_row=True)
        ),
        "You count every rise since the start, and compare with the epoch before. Compare with the "
        "lowest loss so far, and count from there.": (
            lambda val_loss, patience: _rises(val_loss, patience, in_a_row=False)
        ),
        "You count all epochs without a better loss. A better one starts the count anew.": (
            _never_reset
        ),
        "An equal loss starts the count anew with you. It has to be lower.": (
            lambda val_loss, patience: _stop(
                val_loss, patience, is_better=lambda new, best: new <= best
            )
        ),
        "You look for the highest. Of losses the lowest is best.": (
            lambda val_loss, patience: _stop(
                val_loss, patience, is_better=lambda new, best: new > best
            )
        ),
        "You never stop: this is the lowest of the whole list.": (
            lambda val_loss, patience: (len(val_loss), int(np.argmin(val_loss)) + 1)
        ),
    },
    praise="Patience counts from the best epoch, and each better one starts it anew.",
)
