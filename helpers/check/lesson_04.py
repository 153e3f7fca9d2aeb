"""The exercises of lesson 04: backpropagation."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, between, fractions, whole


class _Loss:
    """A function of w that a message can show as it is typed."""

    def __init__(self, formula):
        self.formula = formula

    def __call__(self, w):
        return eval(self.formula, {"w": w, "sin": np.sin})

    def __repr__(self):
        return f"lambda w: {self.formula}"


def _slope(loss, w, h, *, ahead=1, back=1, apart=2, sign=-1):
    return (loss(w + ahead * h) + sign * loss(w - back * h)) / (apart * h)


slope = Exercise(
    _slope,
    lambda rng: {
        "a bowl": (_Loss("(3 * w - 5) ** 2"), 1.0, 0.5),
        "a cube": (_Loss("w**3"), 2.0, 0.25),
        "a slope that is below zero": (_Loss("w**3 - 9 * w"), -1.0, 0.1),
        "a wave": (_Loss("sin(w)"), float(fractions(rng, ())), 0.2),
        "a step larger than 1": (_Loss("w**3 + w**2"), 1.0, 2.0),
        "a small step": (_Loss("w**2"), 3.0, 0.001),
    },
    Mistake(
        "You look ahead only. Take one step ahead, and one step back.",
        dict(back=0, apart=1),
        dict(back=0),
    ),
    Mistake(
        "You look back only. Take one step ahead, and one step back.",
        dict(ahead=0, apart=1),
        dict(ahead=0),
    ),
    Mistake("The two places are 2h apart, so divide by 2h.", apart=1),
    Mistake("The two places are 2h apart, and you divide by 4h.", apart=4),
    Mistake("Take the difference of the two losses: a minus, not a plus.", sign=1),
    Mistake(
        "The difference needs brackets: what you divide is the second loss alone.",
        lambda loss, w, h: loss(w + h) - loss(w - h) / (2 * h),
        lambda loss, w, h: loss(w + h) - loss(w - h) / 2 * h,
    ),
    Mistake("You step by 2h. The two places are one h ahead and one h back.", ahead=2, back=2),
    Mistake(
        "You take a small step of your own. The step that is asked for is `h`.",
        lambda loss, w, h: _slope(loss, w, 1e-5),
    ),
    Mistake(
        "This is the second difference: it tells how much the slope changes.",
        lambda loss, w, h: (loss(w + h) - 2 * loss(w) + loss(w - h)) / h**2,
    ),
    Mistake(
        "`/ 2 * h` divides by 2, and then multiplies by h. Put `2 * h` in brackets.",
        lambda loss, w, h: (loss(w + h) - loss(w - h)) / 2 * h,
    ),
    praise="It needs two losses and no formula, so it can judge every formula.",
)


def _softmax(logits, axis=1, largest=True):
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True) * largest)
    return powers / powers.sum(axis=axis, keepdims=True)


def _softmax_gradient(logits, labels, *, softmax=_softmax, sign=1, n=len, targets=True):
    t = np.eye(logits.shape[1])[labels] * targets
    return sign * (softmax(logits) - t) / n(logits)


def _losses(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]


def _one_taken_off(logits, labels, entries):
    p = _softmax(logits)
    p[entries(labels)] -= 1
    return p / len(logits)


softmax_gradient = Exercise(
    _softmax_gradient,
    lambda rng: {
        "two samples": (np.array([[0.0, 1, -1], [2, 0, 0.5]]), np.array([2, 0])),
        "as many samples as classes": (fractions(rng, (3, 3)), np.array([1, 1, 0])),
        "a class that never occurs": (whole(rng, (4, 3)), np.array([0, 2, 2, 0])),
        "one sample": (np.array([[0.0, 2, 0.5, 1]]), np.array([0])),
        "logits of 1000": (
            np.array([[1000.0, 0, 999, 0, -1000], [-1000, -1001, 0, -1, -1]]),
            np.array([2, 1]),
        ),
    },
    Mistake(
        "The loss is the mean over the batch, so divide by the number of samples.",
        n=lambda logits: 1,
    ),
    Mistake(
        "Divide by the number of samples alone: the classes of one sample share one loss.",
        dict(n=np.size),
        dict(n=lambda logits: logits.shape[1]),
    ),
    Mistake("The sign is wrong: the probabilities less the targets.", sign=-1),
    Mistake(
        "The division is for both. Put p − t in brackets.",
        lambda logits, labels: _softmax(logits) - np.eye(logits.shape[1])[labels] / len(logits),
        lambda logits, labels: _softmax(logits) / len(logits) - np.eye(logits.shape[1])[labels],
    ),
    Mistake("These are the probabilities. Take 1 off where the label says.", targets=False),
    Mistake(
        "The probabilities of each sample, a row, have to add up to 1: use axis 1.",
        dict(softmax=lambda logits: _softmax(logits, 0)),
        dict(softmax=lambda logits: _softmax(logits, None)),
    ),
    Mistake("You take the targets off the logits. Softmax comes first.", softmax=as_is),
    Mistake(
        "You divide the logits by their sum. Softmax takes e to the power of each first.",
        softmax=lambda logits: logits / logits.sum(axis=1, keepdims=True),
    ),
    Mistake(
        "This is the sigmoid of each logit. Softmax makes each row add up to 1.",
        softmax=lambda logits: 1 / (1 + np.exp(-logits)),
    ),
    Mistake(
        "Labels count from 0, so label 0 is the first column.",
        lambda logits, labels: _softmax_gradient(logits, labels - 1),
    ),
    Mistake(
        "e to the power of 1000 is too large for a float. Take the largest logit of each row off "
        "first: the probabilities stay the same.",
        softmax=lambda logits: _softmax(logits, largest=False),
    ),
    Mistake(
        "You take the largest of all logits off. In another row all powers can then become 0: "
        "take the largest of each row.",
        softmax=lambda logits: _softmax(logits - logits.max(), largest=False),
    ),
    Mistake(
        "`p[labels]` are whole rows, and `p[:, labels]` whole columns. Each row has one entry to "
        "change: `p[np.arange(n), labels]`.",
        lambda logits, labels: _one_taken_off(logits, labels, as_is),
        lambda logits, labels: _one_taken_off(logits, labels, lambda labels: np.s_[:, labels]),
    ),
    Mistake(
        "You multiply by p · (1 − p) as well. The slope of softmax is in p − t already.",
        lambda logits, labels: (
            _softmax_gradient(logits, labels) * _softmax(logits) * (1 - _softmax(logits))
        ),
    ),
    Mistake(
        "This is the gradient by the probabilities. Asked is that by the logits.",
        lambda logits, labels: -np.eye(logits.shape[1])[labels] / _softmax(logits) / len(logits),
    ),
    Mistake(
        "This is the loss. Asked is its gradient.",
        _losses,
        lambda logits, labels: _losses(logits, labels).mean(),
    ),
    praise="What the network says less what it should have said, shared by the batch.",
)


def _input_gradient(dz, w, *, mode="full", turn=as_is):
    return np.convolve(dz, turn(w), mode)


def _sent_back(dz, w, *, place=np.add, add=True, dtype=float):
    """Return the gradient by loops, with the mistakes that loops allow."""
    dx = np.zeros(len(dz) + len(w) - 1, dtype)
    for k, m in np.ndindex(len(dz), len(w)):
        dx[place(k, m)] = dx[place(k, m)] * add + dz[k] * w[m]
    return dx


input_gradient = Exercise(
    _input_gradient,
    lambda rng: {
        "three weights": (np.array([1.0, -2, 0, 3]), np.array([1.0, 0, -1])),
        "an even kernel": (np.array([2.0, 0, 5]), np.array([1.0, 3])),
        "fractions": (fractions(rng, 6), fractions(rng, 3)),
        "one output": (np.array([2.0]), np.array([1.0, -3, 4])),
        "more weights than outputs": (fractions(rng, 2), fractions(rng, 5)),
        "a whole number as the weight": (fractions(rng, 4), np.array([-2])),
        "whole numbers in dz": (np.array([0, -1, 2]), np.array([0.5, -0.25])),
    },
    Mistake(
        "This slides the kernel as it is, so it correlates. Going back, the kernel is turned.",
        turn=np.flip,
    ),
    Mistake(
        "Some inputs are missing at the ends. They were read by fewer windows, but read.",
        dict(mode="valid"),
        dict(mode="same"),
        lambda dz, w: np.correlate(dz, w, "valid"),
        lambda dz, w: np.correlate(dz, w, "same"),
        lambda dz, w: _input_gradient(dz, w)[: len(dz)],
        lambda dz, w: _input_gradient(dz, w)[: max(len(dz), len(w))],
        lambda dz, w: _input_gradient(dz, w)[len(w) - 1 :],
    ),
    Mistake(
        "Your result is longer than the input: where K windows of M fit, there are K + M − 1.",
        lambda dz, w: np.append(_input_gradient(dz, w), 0),
        lambda dz, w: np.pad(_input_gradient(dz, w), 1),
    ),
    Mistake(
        "An input is read by several windows, so add up what they send: `+=`, not `=`.",
        lambda dz, w: _sent_back(dz, w, add=False),
        lambda dz, w: _sent_back(w, dz, add=False),  # the loops the other way round
    ),
    Mistake(
        "The product of `dz[k]` and `w[m]` belongs to the input `k + m`.",
        lambda dz, w: _sent_back(dz, w, place=lambda k, m: k),
        lambda dz, w: _sent_back(dz, w, place=lambda k, m: m),
        lambda dz, w: _sent_back(dz, w, place=lambda k, m: k - m),
    ),
    Mistake(
        "Your array has the type of `dz`, so where that holds whole numbers it keeps no fractions.",
        lambda dz, w: _sent_back(dz, w, dtype=dz.dtype),
    ),
    Mistake(
        "These are all products. Add up those that belong to the same input.",
        np.outer,
        lambda dz, w: np.outer(w, dz),
    ),
    praise="Each output sends its part back to the inputs that it read: a true convolution.",
)


def _hidden_delta(delta, kernel, a, *, derivative=lambda a: a * (1 - a)):
    return (delta @ kernel.T) * derivative(a)


hidden_delta = Exercise(
    _hidden_delta,
    lambda rng: {
        "one sample, two hidden, one output": (
            np.array([[0.5]]),
            np.array([[2.0], [-1.0]]),
            np.array([[0.8, 0.3]]),
        ),
        "a batch": (
            fractions(rng, (4, 2)),
            fractions(rng, (3, 2)),
            between(rng, (4, 3), 0.05, 0.95),
        ),
        "a square kernel": (
            fractions(rng, (2, 3)),
            fractions(rng, (3, 3)),
            between(rng, (2, 3), 0.05, 0.95),
        ),
        "activations near 0 and 1": (
            fractions(rng, (2, 2)),
            fractions(rng, (3, 2)),
            np.array([[0, 1, 0.5], [0.999, 0.001, 1]]),
        ),
    },
    Mistake(
        "You multiply by the activation, as report E does. The sigmoid's slope is a · (1 − a).",
        derivative=as_is,
    ),
    Mistake("The slope of the sigmoid is missing: a · (1 − a).", derivative=np.ones_like),
    Mistake(
        "1 − a² is the slope of tanh. The sigmoid's is a · (1 − a).", derivative=lambda a: 1 - a**2
    ),
    Mistake("The sigmoid's slope is a · (1 − a). You take 1 − a.", derivative=lambda a: 1 - a),
    Mistake("A minus, not a plus: the slope is a · (1 − a).", derivative=lambda a: a * (1 + a)),
    Mistake(
        "One factor too many: the slope is a · (1 − a), once each.",
        dict(derivative=lambda a: a**2 * (1 - a)),
        dict(derivative=lambda a: a * (1 - a) ** 2),
        dict(derivative=lambda a: (a * (1 - a)) ** 2),
    ),
    Mistake(
        "`a * 1 - a` takes a off at the end. Put `1 - a` in brackets.",
        lambda delta, kernel, a: delta @ kernel.T * a * 1 - a,
    ),
    Mistake(
        "That is the slope of ReLU: 1 where a is above 0. These are sigmoids: a · (1 − a).",
        derivative=lambda a: a > 0,
    ),
    Mistake(
        "You divide by the slope of the sigmoid. Multiply by it.",
        derivative=lambda a: 1 / (a * (1 - a)),
    ),
    Mistake(
        "This is the sigmoid's slope alone. Times what comes back through the kernel?",
        lambda delta, kernel, a: a * (1 - a),
    ),
    Mistake(
        "You divide by the number of samples. `delta` is the slope of the mean already.",
        lambda delta, kernel, a: _hidden_delta(delta, kernel, a) / len(a),
    ),
    Mistake(
        "This is the gradient of the kernel. Asked is the slope by the hidden sums.",
        lambda delta, kernel, a: a.T @ delta,
    ),
    Mistake(
        "You take the sigmoid of a once more. `a` has been through the sigmoid already.",
        derivative=lambda a: (s := 1 / (1 + np.exp(-a))) * (1 - s),
    ),
    praise="Back through the kernel, then through the slope of the sigmoid.",
)


def _momentum_path(
    gradients, learning_rate, momentum, *, fresh=lambda momentum: 1, sign=-1, keep=True
):
    w, v, path = 0.0, 0.0, []
    for g in gradients:
        v = momentum * v * keep + sign * learning_rate * fresh(momentum) * g
        w += v
        path.append(w)
    return np.array(path)


def _velocities(gradients, learning_rate, momentum):
    return np.diff(_momentum_path(gradients, learning_rate, momentum), prepend=0)


momentum_path = Exercise(
    _momentum_path,
    lambda rng: {
        "three equal slopes": (np.array([1.0, 1, 1]), 0.1, 0.5),
        "slopes that change sign": (np.array([2.0, -1, 2, -1]), 0.5, 0.9),
        "no momentum": (whole(rng, 4, 1), 0.1, 0.0),
        "fractions": (fractions(rng, 6), 0.02, 0.8),
        "one step": (np.array([-3.0]), 0.1, 0.9),
    },
    Mistake(
        "This is report B's moving average. In the classical form g counts in full.",
        fresh=lambda momentum: 1 - momentum,
    ),
    Mistake("You walk uphill. A step goes against the slope.", sign=1),
    Mistake("You forget the last step: that is plain gradient descent.", keep=False),
    Mistake(
        "These are the steps. Keep the step apart from w: where w is after each is their sum.",
        _velocities,
    ),
    Mistake(
        "These are plain steps. Each keeps a part of the last one, and where w is is their sum.",
        lambda gradients, learning_rate, momentum: -learning_rate * gradients,
    ),
    Mistake(
        "Asked is where w is after every step, not after the last one alone.",
        lambda *case: _momentum_path(*case)[-1],
    ),
    Mistake(
        "You list the start as well. The first number is where w is after the first step.",
        lambda *case: np.append(0, _momentum_path(*case)),
    ),
    Mistake(
        "You are one step late: note w after it has moved, and move it by the new step.",
        lambda *case: np.append(0, _momentum_path(*case)[:-1]),
    ),
    Mistake(
        "You keep 1 − momentum of the last step. Keep `momentum` of it.",
        lambda gradients, learning_rate, momentum: _momentum_path(
            gradients, learning_rate, 1 - momentum
        ),
    ),
    Mistake(
        "This is Nesterov's form, which looks one step ahead.",
        lambda gradients, learning_rate, momentum: np.cumsum(
            momentum * _velocities(gradients, learning_rate, momentum) - learning_rate * gradients
        ),
    ),
    praise="Equal slopes add up to longer and longer steps, and slopes that change sign cancel.",
)
