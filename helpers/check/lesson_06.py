"""The exercises of lesson 06: a CNN from scratch."""

from functools import partial

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions


def _chance_loss(shares, *, log=np.log, weigh=as_is, sign=-1):
    shares = np.asarray(shares, float)
    return sign * np.sum(weigh(shares) * log(shares))


chance_loss = Exercise(
    _chance_loss,
    lambda rng: {
        "two classes alike": (np.array([0.5, 0.5]),),
        "ten classes alike": (np.full(10, 0.1),),
        "one class is frequent": (np.array([0.9, 0.05, 0.05]),),
        "drawn": ((1 + rng.multinomial(96, rng.dirichlet(np.ones(4)))) / 100,),
        "two that are rare": (np.array([0.01, 0.97, 0.02]),),
    },
    Mistake("This is in bits. The loss has the natural logarithm, `np.log`.", log=np.log2),
    Mistake("You have the logarithm to the base 10. The loss has the natural one.", log=np.log10),
    Mistake("A loss is not negative: the logarithm of a share is, so turn the sign.", sign=1),
    Mistake(
        "A class counts as often as it occurs: weigh each logarithm by its share.",
        {"weigh": np.ones_like},
        lambda shares: -np.mean(np.log(shares)),
    ),
    Mistake(
        "The logarithm of the number of classes is right only where all are equally frequent.",
        lambda shares: np.log(len(shares)),
    ),
    Mistake(
        "This is the loss of one class only. Take the mean over all, by their shares.",
        *(lambda shares, of=of: -np.log(of(shares)) for of in (np.max, np.min)),
        *(lambda shares, at=at: -np.log(shares[at]) for at in (0, -1)),
    ),
    Mistake(
        "You take the logarithm of a mean. Asked is the mean of the logarithms.",
        lambda shares: -np.log(np.sum(shares**2)),
    ),
    Mistake(
        "`1 - shares` has no place here: the other classes have terms of their own.",
        lambda shares: -np.sum(shares * np.log(shares) + (1 - shares) * np.log(1 - shares)),
    ),
    praise="What can be reached without looking at an image; for ten classes alike, ln 10.",
)


def _average_back(dy, *, share=4):
    return np.repeat(np.repeat(dy, 2, axis=0), 2, axis=1) / share


def _one_of_four(dy, *, at=0, share=1):
    dx = np.zeros((2 * dy.shape[0], 2 * dy.shape[1]))
    dx[at::2, at::2] = dy / share
    return dx


average_back = Exercise(
    _average_back,
    lambda rng: {
        "one window": (np.array([[4.0]]),),
        "a row of two": (np.array([[8.0, -4]]),),
        "fractions": (fractions(rng, (2, 3)),),
        "a column": (fractions(rng, (3, 1)),),
        "a zero": (np.array([[0.0, 1], [-2, 3]]),),
    },
    Mistake("Each input gets the whole slope. In a mean of four it counts for a quarter.", share=1),
    Mistake("A window has four inputs, not two: each gets a quarter.", share=2),
    Mistake("You divide by 16. A window has four inputs.", share=16),
    Mistake(
        "You give something to one of the four only. In a mean they count alike.",
        _one_of_four,
        lambda dy: _one_of_four(dy, at=1),
        lambda dy: _one_of_four(dy, share=4),
    ),
    Mistake(
        "The windows are mixed up. Repeat rows and columns, one axis after the other.",
        lambda dy: np.tile(dy, (2, 2)) / 4,
        lambda dy: np.repeat(dy, 4).reshape(2 * dy.shape[0], -1) / 4,
    ),
    praise="The four of a window share the slope alike, whatever their values were.",
)


def _dropout(x, draws, rate, training, *, keep=np.greater_equal, scale=lambda rate: 1 / (1 - rate)):
    return x * keep(draws, rate) * scale(rate) if training else np.asarray(x)


def _dropout_cases(rng):
    x, draws = fractions(rng, (3, 4)), np.round(rng.random((3, 4)), 3)
    draws.flat[:2] = 0.05, 0.95  # something is dropped, and something kept
    return {
        "four numbers": (np.array([1.0, 2, 3, 4]), np.array([0.9, 0.1, 0.6, 0.3]), 0.5, True),
        "a rate of a quarter": (np.array([3.0, 6, 9]), np.array([0.1, 0.25, 0.8]), 0.25, True),
        "in test": (x, draws, 0.5, False),
        "a batch": (x, draws, 0.6, True),
        "a high rate": (x, draws, 0.9, True),
        "in test, a high rate": (x, draws, 0.8, False),
    }


dropout = Exercise(
    _dropout,
    _dropout_cases,
    Mistake("What is kept has to grow by 1 / (1 − rate), or the sum shrinks.", scale=np.ones_like),
    Mistake(
        "You divide by the rate. The share that is kept is 1 − rate.", scale=lambda rate: 1 / rate
    ),
    Mistake(
        "You make what is kept smaller: divide by 1 − rate, do not multiply.",
        scale=lambda rate: 1 - rate,
    ),
    Mistake(
        "You drop what should stay: kept is where the draw is not below the rate.", keep=np.less
    ),
    Mistake("A draw equal to the rate is kept.", keep=np.greater),
    Mistake(
        "Compare the draws with the rate itself, not with 1 − rate.",
        {"keep": lambda draws, rate: draws < 1 - rate},
        {"keep": lambda draws, rate: draws >= 1 - rate},
    ),
    Mistake("The factor depends on the rate: 1 / (1 − rate).", scale=lambda rate: 2),
    Mistake(
        "The factor is 1 / (1 − rate), whatever share has happened to stay.",
        lambda x, draws, rate, training: (
            x * (draws >= rate) / np.mean(draws >= rate) if training else np.asarray(x)
        ),
    ),
    Mistake(
        "You drop in test, too. There all inputs stay as they are.",
        lambda x, draws, rate, training: _dropout(x, draws, rate, True),
    ),
    Mistake(
        "In test nothing is to be scaled: the scaling was done in training.",
        lambda x, draws, rate, training: (
            x * (draws >= rate) if training else np.asarray(x) * (1 - rate)
        ),
        lambda x, draws, rate, training: (
            _dropout(x, draws, rate, True) if training else np.asarray(x) * (1 - rate)
        ),
        lambda x, draws, rate, training: (
            _dropout(x, draws, rate, True) if training else np.asarray(x) / (1 - rate)
        ),
    ),
    Mistake(
        "It is the other way round: drop in training, and not in test.",
        lambda x, draws, rate, training: _dropout(x, draws, rate, not training),
    ),
    praise="The sum stays the same in the mean, so in test there is nothing to do.",
)


def _deviation(variance, epsilon):
    return np.sqrt(variance + epsilon)


def _batch_norm(
    x, gamma, beta, epsilon, *, axis=0, centre=1, spread=np.var, deviation=_deviation, back=1
):
    mean, variance = np.mean(x, axis, keepdims=True), spread(x, axis, keepdims=True)
    z = (x - centre * mean) / deviation(variance, epsilon)
    return gamma * z + beta if back else z


batch_norm = Exercise(
    _batch_norm,
    lambda rng: {
        "two images, one channel": (np.array([[1.0], [3]]), np.array([1.0]), np.array([0.0]), 0.5),
        "three channels": (
            fractions(rng, (5, 3)),
            np.array([1.0, 0.5, -2]),
            np.array([0.0, 3, -1]),
            0.001,
        ),
        "as many images as channels": (
            fractions(rng, (3, 3)),
            fractions(rng, 3),
            fractions(rng, 3),
            0.1,
        ),
        "a channel that is always the same": (
            np.array([[2.0, 1], [2, 5], [2, 3]]),
            np.array([3.0, 1]),
            np.array([7.0, 0]),
            0.25,
        ),
    },
    Mistake("Mean and variance are those of a channel: over the batch, axis 0.", axis=1),
    Mistake("Each channel has a mean and a variance of its own: use axis 0.", axis=None),
    Mistake("The mean has to be taken off.", centre=0),
    Mistake("Divide by the root of the variance, not by the variance.", deviation=np.add),
    Mistake("ε belongs under the root: √(variance + ε).", deviation=lambda v, e: np.sqrt(v) + e),
    Mistake("Divide by n, not by n − 1: `np.var` as it is.", spread=partial(np.var, ddof=1)),
    Mistake("Under the root is the variance, not the deviation.", spread=np.std),
    Mistake(
        "One of the two is over everything: mean and variance are over the batch, axis 0.",
        lambda x, gamma, beta, epsilon: (
            gamma * (x - np.mean(x)) / np.sqrt(np.var(x, 0) + epsilon) + beta
        ),
        lambda x, gamma, beta, epsilon: (
            gamma * (x - np.mean(x, 0)) / np.sqrt(np.var(x) + epsilon) + beta
        ),
    ),
    Mistake(
        "Python divides first. Put the subtraction in brackets.",
        lambda x, gamma, beta, epsilon: (
            gamma * (x - np.mean(x, 0) / np.sqrt(np.var(x, 0) + epsilon)) + beta
        ),
    ),
    Mistake("gamma and beta are missing: multiply by the one, add the other.", back=0),
    Mistake(
        "beta is added after the multiplication by gamma, not before.",
        lambda x, gamma, beta, epsilon: (
            gamma * (_batch_norm(x, gamma, beta, epsilon, back=0) + beta)
        ),
    ),
    praise="Each channel now has the mean beta and, if it varies, a deviation of about gamma.",
)


LN_10 = float(np.log(10))


def _rungs(first_loss, gradient_error, loss_50, apart, accuracy_50, *, expected=LN_10, size=abs):
    return [
        size(first_loss - expected) > 0.5,
        gradient_error > 1e-6,
        loss_50 > 0.5,
        apart > 0,
        accuracy_50 < 0.9,
    ]


def _first_wrong(
    first_loss, gradient_error, loss_50, apart, accuracy_50, *, choose=np.argmax, **how
):
    failed = _rungs(first_loss, gradient_error, loss_50, apart, accuracy_50, **how)
    return 1 + choose(failed) if any(failed) else 0


def _measured(rng):
    """The five numbers of networks, about as those of the lesson."""
    noise = np.round(rng.uniform(0.001, 0.009, 9), 5).tolist()
    return {
        "a sound network": (2.3 + noise[0], 4e-9, noise[1], 0.0, 1.0),
        "all is wrong": (16.0 + noise[2], 0.3, 2.27, 4.5, 0.14),
        "a first loss that is too low": (0.9 + noise[3], 2e-9, noise[4], 0.0, 1.0),
        "a wrong gradient": (2.35, 0.2 + noise[5], noise[6], 0.0, 1.0),
        "a wrong gradient and a loss that stays": (2.25, 1e-3, 1.6 + noise[7], 0.0, 0.86),
        "a loss that stays": (2.4, 1e-8, 1.46 + noise[8], 0.0, 0.9),
        "two answers": (2.3, 3e-9, 0.02, 1e-3, 0.98),
        "two answers, and bad ones": (2.31, 3e-9, 0.02, 3.5, 0.6),
        "right in training alone": (2.28, 5e-9, 0.2, 0.0, 0.02),
        "a loss that stays, and two answers": (2.3, 3e-9, 1.6, 3.5, 0.6),
        "two answers that are hardly apart": (2.3, 3e-9, 0.02, 1e-9, 1.0),
        "two of fifty wrong": (2.3, 3e-9, 0.02, 0.0, 0.96),
        "fifteen of fifty wrong": (2.3, 3e-9, 0.02, 0.0, 0.7),
        "a loss and an accuracy on the limit": (2.3, 3e-9, 0.5, 0.0, 0.9),
        "a first loss that is near enough": (2.75 + noise[0], 3e-9, 0.02, 0.0, 1.0),
        "a low first loss that is near enough": (1.85 + noise[0], 3e-9, 0.02, 0.0, 1.0),
        "a first loss just too high": (2.9, 3e-9, 0.02, 0.0, 1.0),
        "a first loss just too low": (1.75, 3e-9, 0.02, 0.0, 1.0),
        "a gradient that is slightly wrong": (2.3, 5e-6, 0.02, 0.0, 1.0),
        "a gradient that is just right": (2.3, 7e-7, 0.02, 0.0, 1.0),
        "a loss just too high": (2.3, 3e-9, 0.55, 0.0, 1.0),
        "an accuracy just too low": (2.3, 3e-9, 0.02, 0.0, 0.88),
    }


first_wrong = Exercise(
    _first_wrong,
    _measured,
    Mistake(
        "Where several rungs fail, the first counts: it may be why the others do.",
        choose=lambda failed: np.flatnonzero(failed)[-1],
    ),
    Mistake("A first loss that is too low is wrong as well: take `abs`.", size=float),
    Mistake("`np.log10(10)` is 1. The natural logarithm is `np.log`.", expected=1),
    Mistake(
        "Count the rungs from 1; 0 is for a network that passes all.",
        lambda *case: max(_first_wrong(*case) - 1, 0),
        lambda *case: _first_wrong(*case) - 1,
    ),
    Mistake(
        "A loss or an accuracy on the limit is not wrong yet.",
        lambda loss, error, loss_50, *rest: _first_wrong(loss, error, 1.001 * loss_50, *rest),
        lambda *case: _first_wrong(*case[:4], 0.999 * case[4]),
    ),
    Mistake("This is how many rungs fail. Asked is the first.", lambda *case: sum(_rungs(*case))),
    praise="The rungs are in order: each one trusts what those before it have shown.",
)
