"""The exercises of lesson 14: training within a budget, plans that none beats, and a team."""

import math

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, between, fractions


def _images(n_train, n_evaluated, share=1 / 3):
    return n_train + n_evaluated * share


def _epochs_that_fit(
    budget,
    seconds_per_image,
    n_train,
    n_evaluated,
    *,
    images=_images,
    once=0,
    whole=math.floor,
    before=as_is,
):
    fit = before((budget - once * n_evaluated * seconds_per_image / 3) / seconds_per_image)
    return whole(fit / images(n_train, n_evaluated))


def _each(share):
    return lambda n_train, n_evaluated: _images(n_train, n_evaluated, share)


def _both(images):
    """The same in two ways: 180 s hold 3 epochs of 60 s, or 2.999 by another order."""
    return {"images": images}, lambda budget, cost, n, m: budget // (cost * images(n, m))


def _budget(rng):
    """Draw a budget in which the last epoch neither just fits nor just does not."""
    while True:
        n_train, n_evaluated = map(int, rng.integers(1, 500, 2) * 100)
        seconds, cost = float(rng.integers(60, 999)), float(rng.integers(2, 30)) / 10_000
        if 0.1 < seconds / cost / _images(n_train, n_evaluated) % 1 < 0.9:
            return seconds, cost, n_train, n_evaluated


epochs_that_fit = Exercise(
    _epochs_that_fit,
    lambda rng: {
        "three minutes": (180.0, 0.001, 45_000, 5_000),
        "none evaluated": (180.0, 0.0006, 50_010, 0),
        "more evaluated than trained on": (103.6, 0.002, 1_000, 9_000),
        "not even one": (180.0, 0.01, 45_000, 5_000),
        "one would fit without its evaluation": (186.3, 0.004, 45_000, 5_000),
        "exactly the budget": (75.0, 0.25, 100, 0),
        "exactly one": (25.0, 0.25, 100, 0),
        "a third in full": (50_049.0, 1.0, 10, 30_000),
        "milliseconds": (0.0125, 0.001, 1, 1),
        "hardly too long": (29.3, 0.001, 7_000, 1_200),
        "hardly short enough": (30.7, 0.001, 7_000, 1_800),
        "a slow network and few images": (15.0, 2.0, 2, 5),
        "five images evaluated": (10.0, 1.0, 2, 5),
        "four images evaluated": (11.0, 1.0, 2, 4),
        "a part of an image": (6.55, 1.0, 2, 4),
        "an hour": (3600.0, 0.0011, 45_000, 5_000),
        "the evaluation takes most of it": (40.0, 0.5, 6, 30),
        "any numbers": _budget(rng),
        "other numbers": _budget(rng),
    },
    Mistake("You return a fraction. Count the epochs that end in time: round down.", whole=as_is),
    Mistake(
        "You round to the nearest. The last epoch has to end in time: round down.", whole=round
    ),
    Mistake("You round up. The last epoch would end too late: round down.", whole=math.ceil),
    Mistake(
        "An epoch that ends exactly with the budget still fits.", whole=lambda n: math.ceil(n) - 1
    ),
    Mistake("Where not even one fits, return 0.", whole=lambda n: max(1, math.floor(n))),
    Mistake(
        "Each epoch ends with an evaluation, which takes time as well. Is yours 0 somewhere?",
        *_both(_each(0)),
    ),
    Mistake(
        "You let an evaluated image take as long as one to train on. It takes a third.",
        images=_each(1),
    ),
    Mistake(
        "You let an evaluated image take three times as long as one to train on. It takes a third.",
        *_both(_each(3)),
    ),
    Mistake(
        "You let an evaluated image take two thirds of the time. It takes one third.",
        images=_each(2 / 3),
    ),
    Mistake(
        "Your third is too small. Divide by 3.",
        *(
            lambda *case, share=share: _epochs_that_fit(*case, images=_each(share))
            for share in (0.33, 0.3)
        ),
    ),
    Mistake(
        "You let an image to train on take three times `seconds_per_image`.",
        images=lambda n_train, n_evaluated: 3 * n_train + n_evaluated,
    ),
    Mistake(
        "You let all images take a third of the time. Only those that are evaluated do.",
        images=lambda n_train, n_evaluated: (n_train + n_evaluated) / 3,
    ),
    Mistake(
        "You let the images to train on take a third of the time, and not those evaluated.",
        *_both(lambda n_train, n_evaluated: n_train / 3 + n_evaluated),
    ),
    Mistake(
        "You pay for the evaluation once. Every epoch ends with one.",
        {"images": _each(0), "once": 1},
        {"images": _each(0), "once": 1, "whole": lambda n: max(0, math.floor(n))},
        {"images": _each(0), "once": 3},
        {"images": _each(0), "once": 3, "whole": lambda n: max(0, math.floor(n))},
    ),
    Mistake("The last epoch ends with an evaluation as well.", once=-1),
    Mistake(
        "You pay for one evaluation too many: there is one after each epoch, and none before.",
        {"once": 1},
        {"once": 1, "whole": lambda n: max(0, math.floor(n))},
    ),
    Mistake(
        "You round before the end. Keep all fractions, and round down the result alone.",
        *(
            {"images": lambda n, m, cut=cut: n + cut(m / 3)}
            for cut in (math.floor, round, math.ceil)
        ),
        *({"before": cut} for cut in (math.floor, round, math.ceil)),
        {"whole": lambda n: math.floor(round(n, 1))},
        lambda budget, *case: _epochs_that_fit(int(budget), *case),
        lambda budget, *case: _epochs_that_fit(round(budget), *case),
        *(
            lambda budget, cost, n, m, cut=cut: budget // max(1, cut(cost * (n + m / 3)))
            for cut in (math.floor, round, math.ceil)
        ),
    ),
    Mistake(
        "The budget comes in seconds already: leave out the 60.",
        lambda budget, *case: _epochs_that_fit(60 * budget, *case),
        lambda budget, *case: _epochs_that_fit(budget / 60, *case),
    ),
    Mistake(
        "You divide the seconds of an epoch by the budget. It is the other way round.",
        lambda budget, cost, n, m: cost * _images(n, m) / budget,
        lambda budget, cost, n, m: cost * _images(n, m) // budget,
        lambda budget, cost, n, m: math.ceil(cost * _images(n, m) / budget),
    ),
    Mistake(
        "This is how long an epoch takes. Asked is how many of them fit into the budget.",
        lambda budget, cost, n, m: cost * _images(n, m),
    ),
    Mistake(
        "This is the time that is left over. Asked is how many epochs fit.",
        lambda budget, cost, n, m: budget % (cost * _images(n, m)),
    ),
    Mistake(
        "This is how many images fit into the budget. Asked is how many epochs do.",
        lambda budget, cost, n, m: budget / cost,
        lambda budget, cost, n, m: math.floor(budget / cost),
    ),
    Mistake(
        "An evaluated image takes a third of `seconds_per_image`; you count a third of a second.",
        lambda budget, cost, n, m: budget // (cost * n + m / 3),
    ),
    Mistake(
        "You count the evaluation of one image. Multiply by how many are evaluated.",
        images=lambda n_train, n_evaluated: n_train + 1 / 3,
    ),
    praise="What fits in is known before the training begins; how good it gets is not.",
)


def _beats(seconds, accuracy, of_seconds, of_accuracy):
    """Whether a plan of these seconds beats one `of_seconds`."""
    as_good = (seconds <= of_seconds) & (accuracy >= of_accuracy)
    return as_good & ((seconds < of_seconds) | (accuracy > of_accuracy))


def _same_plan(plans, further=0):
    """Whether the plan of a row is that of the column, or one `further` on."""
    return np.eye(len(plans), k=further, dtype=bool)


def _not_beaten(seconds, accuracy, *, beats=_beats, end=lambda beaten: ~beaten.any(axis=1)):
    return end(beats(seconds, accuracy, seconds[:, None], accuracy[:, None]))


def _in_turn(seconds, accuracy, *, sort=True, second=np.negative, good=np.greater, far=True):
    """Go through the plans from the quickest, and mark those better than all before, or the last.

    `second` sorts those that take as long by their accuracy.
    """
    order = np.lexsort((second(accuracy), seconds)) if sort else np.arange(len(seconds))
    ranked = accuracy[order]
    before = np.append(-np.inf, (np.maximum.accumulate(ranked) if far else ranked)[:-1])
    kept = np.empty(len(seconds), bool)
    kept[order] = good(ranked, before)
    return kept


def _plans(rng, n):
    """Draw plans of few seconds and accuracies, so that some are alike."""
    return rng.integers(1, 8, n) * 10.0, between(rng, n, 0.3, 0.9).round(1)


not_beaten = Exercise(
    _not_beaten,
    lambda rng: {
        "one plan": (np.array([60.0]), np.array([0.7])),
        "as they come": (np.array([90.0, 30, 180, 120]), np.array([0.68, 0.55, 0.74, 0.61])),
        "none is beaten": (np.array([60.0, 20, 180, 90]), np.array([0.6, 0.4, 0.75, 0.66])),
        "one beats all": (np.array([50.0, 30, 20, 90]), np.array([0.6, 0.5, 0.8, 0.7])),
        "two take as long": (np.array([60.0, 60, 20]), np.array([0.6, 0.7, 0.5])),
        "two take as long, the better first": (np.array([60.0, 60, 20]), np.array([0.7, 0.6, 0.5])),
        "two are as accurate": (np.array([90.0, 60, 20]), np.array([0.7, 0.7, 0.5])),
        "two are as accurate, the quicker first": (
            *(np.array([60.0, 90, 20]), np.array([0.7, 0.7, 0.5])),
        ),
        "two are alike": (np.array([60.0, 20, 60]), np.array([0.7, 0.5, 0.7])),
        "two are alike, and beaten": (np.array([60.0, 20, 60]), np.array([0.5, 0.7, 0.5])),
        "all are alike": (np.array([60.0, 60, 60]), np.array([0.7, 0.7, 0.7])),
        "beaten from afar": (np.array([40.0, 30, 20, 10]), np.array([0.7, 0.6, 0.5, 0.8])),
        "beaten from afar, in order": (
            *(np.array([10.0, 20, 30, 40]), np.array([0.8, 0.5, 0.6, 0.7])),
        ),
        "hardly better": (np.array([60.0, 60.2, 60.4]), np.array([0.7012, 0.7014, 0.7013])),
        "much time for little": (np.array([10.0, 90, 100]), np.array([0.4, 0.45, 0.9])),
        "hours": (np.array([7200.0, 3600, 20_000]), np.array([0.7, 0.6, 0.5])),
        "one that knows nothing": (np.array([5.0, 60]), np.array([0.0, 0.7])),
        "many": _plans(rng, 12),
        "more": _plans(rng, 20),
    },
    Mistake(
        "This marks the plans that are beaten. Mark the others.", end=lambda beaten: beaten.any(1)
    ),
    Mistake(
        "One of the two is enough: a plan that takes as long and is more accurate beats another, "
        "and so does one that is as accurate and takes less time.",
        {"beats": lambda s, a, of_s, of_a: (s < of_s) & (a > of_a)},
        lambda *case: _in_turn(*case, second=np.zeros_like, good=np.greater_equal),
        lambda *case: _in_turn(*case, second=as_is, good=np.greater_equal),
        lambda s, a: _in_turn(-a, -s, second=np.zeros_like, good=np.greater_equal),
        lambda s, a: _in_turn(-a, -s, second=as_is, good=np.greater_equal),
    ),
    Mistake(
        "Of plans that take as long, the more accurate beats the others.",
        {"beats": lambda s, a, of_s, of_a: (s < of_s) & (a >= of_a)},
        lambda *case: _in_turn(*case, second=np.zeros_like),
        lambda *case: _in_turn(*case, second=as_is),
        lambda s, a: _in_turn(-a, -s, good=np.greater_equal),
    ),
    Mistake(
        "Of plans that are as accurate, the one that takes less time beats the others.",
        {"beats": lambda s, a, of_s, of_a: (s <= of_s) & (a > of_a)},
        lambda *case: _in_turn(*case, good=np.greater_equal),
        lambda s, a: _in_turn(-a, -s, second=np.zeros_like),
        lambda s, a: _in_turn(-a, -s, second=as_is),
    ),
    Mistake(
        "Plans that are alike do not beat each other: keep all of them.",
        {"beats": lambda s, a, of_s, of_a: (s <= of_s) & (a >= of_a) & ~_same_plan(s)},
        _in_turn,
        lambda s, a: _in_turn(s[::-1], a[::-1])[::-1],
    ),
    Mistake(
        "With you one of the two decides alone. A plan that beats another must be no worse in "
        "both, and better in at least one.",
        {"beats": lambda s, a, of_s, of_a: (s < of_s) | (a > of_a)},
        {"beats": lambda s, a, of_s, of_a: ((s <= of_s) | (a >= of_a)) & ~_same_plan(s)},
        {"beats": lambda s, a, of_s, of_a: (a >= of_a) & ~_same_plan(s)},
        {"beats": lambda s, a, of_s, of_a: (s <= of_s) & ~_same_plan(s)},
    ),
    Mistake(
        "This marks the most accurate alone. A quicker one that is less accurate stays.",
        lambda s, a: a == a.max(),
        lambda s, a: np.arange(len(a)) == a.argmax(),
        lambda s, a: np.arange(len(a)) == np.lexsort((s, -a))[0],
    ),
    Mistake(
        "This marks the quickest alone. A slower one that is more accurate stays.",
        lambda s, a: s == s.min(),
        lambda s, a: np.arange(len(s)) == s.argmin(),
        lambda s, a: np.arange(len(s)) == np.lexsort((-a, s))[0],
    ),
    Mistake(
        "This marks the quickest and the most accurate. There may be others between them.",
        lambda s, a: (a == a.max()) | (s == s.min()),
        lambda s, a: np.isin(np.arange(len(s)), (s.argmin(), a.argmax())),
        lambda s, a: _not_beaten(s, a) & ((a == a.max()) | (s == s.min())),
    ),
    Mistake(
        "The better accuracy is the higher one.",
        beats=lambda s, a, of_s, of_a: _beats(s, -a, of_s, -of_a),
    ),
    Mistake(
        "The better time is the shorter one.",
        beats=lambda s, a, of_s, of_a: _beats(-s, a, -of_s, of_a),
    ),
    Mistake(
        "This marks the plans that beat no other. Asked are those that no other beats.",
        end=lambda beaten: ~beaten.any(axis=0),
    ),
    Mistake(
        "You compare each plan with those on one side of it alone, as they come. Sort them by "
        "their seconds first, or compare each with all.",
        *(
            lambda *case, good=good: _in_turn(*case, sort=False, good=good)
            for good in (np.greater, np.greater_equal)
        ),
        {"beats": lambda *case: np.tril(_beats(*case))},
        {"beats": lambda *case: np.triu(_beats(*case))},
    ),
    Mistake(
        "The first plan, or the last, beats no other with you. Where does your loop begin and end?",
        {"beats": lambda *case: _beats(*case) & (np.arange(len(case[0])) > 0)},
        {"beats": lambda *case: _beats(*case) & (np.arange(len(case[0])) < len(case[0]) - 1)},
    ),
    Mistake(
        "You compare each plan only with those that take as long, or are as accurate. Compare it "
        "with all.",
        {"beats": lambda s, a, of_s, of_a: (s == of_s) & (a > of_a)},
        {"beats": lambda s, a, of_s, of_a: (s < of_s) & (a == of_a)},
        {"beats": lambda s, a, of_s, of_a: _beats(s, a, of_s, of_a) & ((s == of_s) | (a == of_a))},
    ),
    Mistake(
        "You ask for the most accuracy per second. Compare the two numbers one by one.",
        lambda s, a: a / s == (a / s).max(),
    ),
    Mistake(
        "You round. Compare the numbers as they are: hardly better is better.",
        *(lambda s, a, n=n: _not_beaten(s, a.round(n)) for n in (3, 2, 1)),
        lambda s, a: _not_beaten(s, (100 * a).astype(int)),
        lambda s, a: _not_beaten(s.round(), a),
        lambda s, a: _not_beaten(s.round(), a.round(2)),
    ),
    Mistake(
        "You compare each plan with one other alone. Any of the others may beat it.",
        {"beats": lambda *case: _beats(*case) & _same_plan(case[0], -1)},
        {"beats": lambda *case: _beats(*case) & _same_plan(case[0], 1)},
        *(
            lambda *case, how=how, good=good: _in_turn(*case, **how, good=good, far=False)
            for how in (
                {"sort": False},
                {},
                {"second": np.zeros_like},
                {"second": as_is},
            )
            for good in (np.greater, np.greater_equal)
        ),
    ),
    Mistake(
        "Your results come in the order of the seconds. Bring them into that of the plans.",
        lambda s, a: _not_beaten(s, a)[np.lexsort((-a, s))],
        lambda s, a: _not_beaten(s, a)[np.argsort(s, kind="stable")],
        *(
            lambda s, a, second=second, good=good: _in_turn(s, a, second=second, good=good)[
                np.lexsort((second(a), s))
            ]
            for second in (np.negative, np.zeros_like)
            for good in (np.greater, np.greater_equal)
        ),
    ),
    Mistake(
        "Your results come in the order of the accuracies. Bring them into that of the plans.",
        lambda s, a: _not_beaten(s, a)[np.argsort(a, kind="stable")],
        lambda s, a: _not_beaten(s, a)[np.argsort(-a, kind="stable")],
    ),
    Mistake(
        "These are the numbers of the plans. Return True or False for each plan.",
        lambda *case: np.flatnonzero(_not_beaten(*case)),
        lambda s, a: (order := np.lexsort((-a, s)))[_not_beaten(s, a)[order]],
    ),
    Mistake(
        "These are values of the plans that are not beaten. Return True or False for each plan.",
        lambda s, a: s[_not_beaten(s, a)],
        lambda s, a: a[_not_beaten(s, a)],
    ),
    Mistake(
        "This counts the plans. Asked is for each whether none beats it.",
        {"end": lambda beaten: beaten.sum(axis=1)},
        {"end": lambda beaten: beaten.sum(axis=0)},
        {"end": lambda beaten: (~beaten).sum(axis=1)},
        {"end": lambda beaten: (~beaten.any(axis=1)).sum()},
    ),
    Mistake(
        "You compare each plan with each, and leave it so. Ask for each whether any beats it.",
        {"end": as_is},
        {"end": np.transpose},
        {"end": np.invert},
        {"end": lambda beaten: ~beaten.T},
    ),
    Mistake(
        "A plan may get no image right: begin with a best accuracy below 0.",
        lambda s, a: _not_beaten(s, a) & (a > 0),
    ),
    praise="Of all plans these alone are worth a thought: which, depends on how long you wait.",
)


def _of_row(logits):
    return logits.max(axis=-1, keepdims=True)


def _none(logits):
    return 0


def _chances(logits, *, less=_of_row, axis=-1):
    powers = np.exp(logits - less(logits))
    return powers / powers.sum(axis=axis, keepdims=True)


def _over(axis):
    """The codings of a softmax over an axis that is not that of the classes."""
    own = {"axis": axis, "less": lambda logits: logits.max(axis=axis, keepdims=True)}
    return own, {"axis": axis}, {"axis": axis, "less": _none}, {"axis": axis, "less": np.max}


def _mean(chances):
    return chances.mean(axis=0)


def _answer_together(logits, *, chances=_chances, together=_mean, choose=np.argmax, **softmax):
    return choose(together(chances(logits, **softmax)), axis=-1)


def _votes(logits, weigh=np.ones_like):
    """For each image and class the sum of what the networks that answer so put in."""
    answers = logits.argmax(axis=-1)[..., None] == np.arange(logits.shape[-1])
    return (answers * weigh(logits)).sum(axis=0)


def _first_of_most(logits):
    """The majority; where several have it, that of the network that comes first."""
    answers, votes = logits.argmax(axis=-1), _votes(logits)
    most = np.take_along_axis(votes, answers.T, axis=1).argmax(axis=1)
    return answers[most, np.arange(len(votes))]


def _team(rng, *shape):
    """Draw logits for which one class is clearly ahead."""
    while True:
        logits = fractions(rng, shape)
        best = np.sort(_mean(_chances(logits)))[:, -2:]
        if np.diff(best).min() > 0.02:
            return logits


answer_together = Exercise(
    _answer_together,
    lambda rng: {
        "one network": (
            np.array([[[0.5, 2, 1], [-1002, -1001, -1000], [0.2, 0.9, 0.4], [0.6, 1.4, 1]]]),
        ),
        "three that do not agree": (
            np.array(
                [
                    [[1.0, 2, -4, -2], [4, 1, -2, 3]],
                    [[5, -3, -2, 6], [2, 0, 3, -1]],
                    [[-4, -2, 3, 0], [1, 2, -4, -3]],
                ]
            ),
        ),
        "one that is sure": (
            np.array(
                [
                    [[4.0, 0, 2, 5], [0, 3, 1, 2]],
                    [[-2, 1, 5, 6], [-4, 2, 6, 5]],
                    [[6, 0, -4, -2], [5, 0, -2, -1]],
                ]
            ),
        ),
        "three classes": (
            np.array(
                [[[-3.0, -2, -4], [6, 4, 5]], [[4, 5, 2], [-1, 3, 1]], [[4, -2, -3], [5, -4, 6]]]
            ),
        ),
        "two against one": (
            np.array(
                [
                    [[4.0, 0, 3, 2], [6, -2, 4, 5]],
                    [[1, 4, 2, -1], [-4, 1, 6, 5]],
                    [[1, 6, -4, -1], [-1, 3, 1, 2]],
                ]
            ),
        ),
        "what the less likely classes add": (
            np.array(
                [
                    [[5.0, 3, 6, -4], [4, 0, 3, -2], [-3, 4, 1, -1], [-4, -2, 1, 0]],
                    [[2, -3, -4, 5], [2, 4, 3, 0], [0, 1, -2, 2], [2, 0, 4, 1]],
                    [[3, 2, -1, -3], [2, -4, 3, 4], [4, 5, -2, 6], [-2, -1, -3, 6]],
                ]
            ),
        ),
        "four networks": (np.array([[[-1.0, 1, 2]], [[0, 1, 2]], [[2, 1, -4]], [[0, 6, 2]]]),),
        "six networks": (
            np.array([[[0, 0.3]], [[1, 1.3]], [[5, 0]], [[0, 0.3]], [[-1, -0.7]], [[0, 0.3]]]),
        ),
        "logits of 1000": (
            np.array(
                [
                    [[1000.0, -3000, 999.8], [997, 1000, -1000], [0, 1, 3]],
                    [[-4, 1, 0.8], [2, 1, 1.2], [1, 2, 0]],
                ]
            ),
        ),
        "the first class far below": (np.array([[[-1000, 1000, 999.5]], [[0, 1, 3]]]),),
        "each at another height": (
            np.array([[[21.0, 20, 18], [20, 22, 19]], [[-1, 3, 0], [2, 1, 3]]]),
        ),
        "as many networks as images and classes": (_team(rng, 3, 3, 3),),
        "many images": (_team(rng, 3, 7, 5),),
        "many networks": (_team(rng, 6, 2, 4),),
    },
    Mistake(
        "You let the logits decide: their mean, or the product of the probabilities, which comes "
        "to the same. Take the mean of the probabilities.",
        {"chances": as_is},
        {"together": lambda chances: chances.prod(axis=0)},
        {"together": lambda chances: np.log(chances).sum(axis=0)},
    ),
    Mistake(
        "You let the networks vote, as if all were equally sure. Take the mean of their "
        "probabilities.",
        lambda logits: _votes(logits).argmax(axis=-1),
        lambda logits: logits.shape[-1] - 1 - _votes(logits)[:, ::-1].argmax(axis=-1),
        _first_of_most,
        lambda logits: (_votes(logits) + _mean(_chances(logits)) / 99).argmax(axis=-1),
    ),
    Mistake(
        "You add up only the probability of what each network answers. Those of the other classes "
        "count as well.",
        lambda logits: _votes(logits, _chances).argmax(axis=-1),
    ),
    Mistake(
        "You let the network that is surest decide alone. Take the mean over all.",
        {"together": lambda chances: chances.max(axis=0)},
        {"chances": as_is, "together": lambda logits: logits.max(axis=0)},
    ),
    Mistake(
        "You leave out what stands apart, as a median does. Take the mean of all probabilities.",
        together=lambda chances: np.median(chances, axis=0),
    ),
    Mistake(
        "You take the smallest of the probabilities. Take their mean.",
        together=lambda chances: chances.min(axis=0),
    ),
    Mistake("This is the first network alone.", together=lambda chances: chances[0]),
    Mistake("This is the last network alone.", together=lambda chances: chances[-1]),
    Mistake(
        "Your probabilities add up to 1 over the networks. They have to over the classes.",
        *_over(0),
    ),
    Mistake(
        "Your probabilities add up to 1 over the images. They have to over the classes.",
        *_over(1),
    ),
    Mistake(
        "The probabilities of one network for one image have to add up to 1: divide its powers by "
        "their own sum over the classes.",
        {"chances": np.exp},
        {"chances": lambda logits: np.exp(logits - logits.max())},
        {"chances": lambda logits: np.exp(logits - _of_row(logits))},
        *_over(None)[:3],
        *_over((1, 2)),
    ),
    Mistake(
        "`np.exp(1000)` is infinite. First take off each row its largest logit.",
        {"less": _none},
        {"less": lambda logits: logits.mean(axis=-1, keepdims=True)},
        {"less": _none, "together": lambda chances: np.nanmean(chances, axis=0)},
        {"less": _none, "together": lambda chances: np.nan_to_num(chances).mean(axis=0)},
        {"chances": lambda logits: _chances(logits.clip(-500, 500))},
        {"chances": lambda logits: _chances(logits.clip(max=500))},
    ),
    Mistake(
        "With what you take off, the powers of some rows become infinite, or all 0. Take off each "
        "row its own largest logit.",
        {"less": np.max},
        {"less": lambda logits: logits.max(axis=(1, 2), keepdims=True)},
        {"less": lambda logits: logits.max(axis=(0, 2), keepdims=True)},
        {"less": lambda logits: logits.max(axis=0, keepdims=True)},
        {"less": lambda logits: logits.max(axis=1, keepdims=True)},
    ),
    Mistake(
        "You divide the logits by their sum. First make powers of them: `np.exp`.",
        chances=lambda logits: logits / logits.sum(axis=-1, keepdims=True),
    ),
    Mistake(
        "The numbers of the classes are names. Do not calculate with them, but with probabilities.",
        lambda logits: logits.argmax(axis=-1).mean(axis=0),
        lambda logits: logits.argmax(axis=-1).mean(axis=0).round(),
        lambda logits: logits.argmax(axis=-1).mean(axis=0) // 1,
        lambda logits: np.median(logits.argmax(axis=-1), axis=0),
    ),
    Mistake(
        "You squash each logit by itself, as the sigmoid does. One class excludes the others: take "
        "the softmax.",
        chances=lambda logits: 1 / (1 + np.exp(-logits)),
    ),
    Mistake(
        "A network that is sure weighs more with you than in the mean of the probabilities. Do you "
        "take the softmax twice?",
        chances=lambda logits: _chances(_chances(logits)),
    ),
    Mistake("You take the least likely class.", choose=np.argmin),
    Mistake(
        "These are the answers of each network. Take the mean over the networks first.",
        together=as_is,
    ),
    Mistake(
        "You take the mean over the images. Each image gets its own: mean over the networks.",
        together=lambda chances: chances.mean(axis=1),
    ),
    Mistake(
        "You look for the image that fits each class best. Look for the class of each image.",
        choose=lambda chances, axis: chances.argmax(axis=0),
    ),
    Mistake(
        "These are the probabilities. Return for each image the class that has the highest.",
        {"choose": lambda chances, axis: chances},
        {"choose": lambda chances, axis: chances, "together": as_is},
    ),
    Mistake(
        "You look for the highest of all images at once. Look for the highest of each image.",
        choose=lambda chances, axis: chances.argmax(),
    ),
    Mistake("This is the highest probability itself. Return which class has it.", choose=np.max),
    praise="Networks that err in different places are a better one together.",
)
