"""The exercises of lesson 10: CIFAR-10, L1 regularization."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, between, fractions


def _images_needed(p, strays, *, variance=lambda p: p * (1 - p), power=2, up=np.ceil):
    return int(up(variance(p) / strays**power))


images_needed = Exercise(
    _images_needed,
    lambda rng: {
        "half of them right": (0.5, 0.04),
        "nearly all right": (0.97, 0.004),
        "just above a whole number": (0.1, 0.0127),
        "half a point": (0.49, 0.0051),
        "a number that comes out whole": (0.5, 0.125),
        "any chance": (float(np.round(rng.uniform(0.2, 0.8), 2)), 0.013),
    },
    Mistake("The root is still in it: square both sides before you solve for n.", power=1),
    Mistake(
        "A part of an image does not exist: round up.",
        {"up": np.floor},
        lambda p, strays: p * (1 - p) / strays**2,
    ),
    Mistake("You round to the nearest. One image too few strays too far: round up.", up=np.round),
    Mistake(
        "You add an image also where the number comes out whole.", up=lambda n: np.floor(n) + 1
    ),
    Mistake(
        "A share varies by p (1 - p), also because of the images that are wrong.",
        {"variance": lambda p: p},
        {"variance": lambda p: 1 - p},
    ),
    Mistake("You take a half for p. Take the p that is given.", variance=lambda p: 0.25),
    Mistake(
        "p (1 - p) is a variance already: do not square it.", variance=lambda p: (p - p * p) ** 2
    ),
    praise="Half the noise takes four times the images.",
)


def _l1_step(w, gradient, lam, learning_rate, *, pull=np.sign, of=as_is, to=1):
    return w - learning_rate * (of(gradient) + to * lam * pull(w))


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
        "The penalty has the sign of the gradient. Take that of the weights.",
        lambda w, gradient, lam, rate: w - rate * (gradient + lam * np.sign(gradient)),
    ),
    Mistake(
        "A pair of brackets is missing. The step goes against the sum of both gradients.",
        lambda w, gradient, lam, rate: w - rate * gradient + lam * np.sign(w),
    ),
    Mistake(
        "This is the whole gradient. Step against it, from the weights.",
        lambda w, gradient, lam, rate: gradient + lam * np.sign(w),
    ),
    Mistake(
        "You stop weights at zero. One step of gradient descent may cross it.",
        lambda w, *case: np.where(w * (new := _l1_step(w, *case)) < 0, 0, new),
        lambda w, gradient, lam, rate: _soft_threshold(w - rate * gradient, rate * lam),
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
        "A negative weight comes nearer to zero by going up.",
        lambda w, amount: np.where(w > 0, np.maximum(w - amount, 0), w),
        lambda w, amount: np.where(w > 0, np.maximum(w - amount, 0), np.minimum(w - amount, 0)),
    ),
    Mistake("You take a share away, the same of each weight.", lambda w, amount: w * (1 - amount)),
    Mistake(
        "Below the amount you return the weight itself. It should be 0.",
        {"left": lambda w, a: np.where(np.abs(w) > a, np.abs(w) - a, np.abs(w))},
        {"left": lambda w, a: np.where(np.abs(w) < a, np.abs(w), np.abs(w) - a)},
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


def _moved(image, right, *, fill=0, place=np.subtract, wrap=False):
    width = image.shape[1]
    come_from = place(np.arange(width), right)
    inside = wrap | (come_from == come_from.clip(0, width - 1))
    moved = image[:, come_from % width if wrap else come_from.clip(0, width - 1)]
    return moved if fill == "edge" else np.where(inside[:, None], moved, fill)


def _augmented(image, mirrored, right, *, flip=np.s_[:, ::-1], **switches):
    return _moved(image[flip] if mirrored else image, right, **switches)


augmented = Exercise(
    _augmented,
    lambda rng: {
        "mirrored, not moved": (between(rng, (3, 4, 3)), True, 0),
        "moved, not mirrored": (between(rng, (2, 5, 3)), False, 2),
        "mirrored and moved": (between(rng, (4, 6, 3)), True, 1),
        "moved to the left": (between(rng, (3, 5, 3)), False, -2),
        "mirrored and moved to the left": (between(rng, (5, 5, 3)), True, -1),
        "neither": (between(rng, (2, 3, 3)), False, 0),
    },
    Mistake("You turn it upside down. Mirror the columns, not the rows.", flip=np.s_[::-1]),
    Mistake("You turn it by half a turn. Mirror the columns alone.", flip=np.s_[::-1, ::-1]),
    Mistake("You turn the colours: the channels are the last axis.", flip=np.s_[:, :, ::-1]),
    Mistake(
        "You mirror always, or never: `mirrored` says whether.",
        lambda image, mirrored, right: _augmented(image, True, right),
        lambda image, mirrored, right: _augmented(image, False, right),
        lambda image, mirrored, right: _augmented(image, not mirrored, right),
    ),
    Mistake("You move to the other side.", place=np.add),
    Mistake(
        "A negative number moves the image to the left.",
        lambda image, mirrored, right: _augmented(image, mirrored, max(right, 0)),
        lambda image, mirrored, right: _augmented(image, mirrored, abs(right)),
    ),
    Mistake(
        "You move it up or down. The columns are the second axis.",
        lambda image, mirrored, right: _moved(
            _augmented(image, mirrored, 0).swapaxes(0, 1), right
        ).swapaxes(0, 1),
    ),
    Mistake(
        "You move first. Mirrored afterwards, that is a move to the other side.",
        lambda image, mirrored, right: (
            _moved(image, right)[:, ::-1] if mirrored else _moved(image, right)
        ),
    ),
    Mistake("What leaves at one side comes in at the other. The free columns are 0.", wrap=True),
    Mistake("You repeat the column at the edge. The free columns are 0.", fill="edge"),
    Mistake("The free columns are 0, black.", {"fill": 1}, {"fill": 0.5}),
    praise="The same thing in another place: a new image to learn from.",
)
