"""Each exercise check: right answers in any form pass, wrong ones do not, usual ones are named."""

import ast
import functools
import itertools
import re
import subprocess
import sys
import threading
from fractions import Fraction
from itertools import pairwise

import nbformat
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from helpers import check
from helpers.check import attempt, diagnoses
from helpers.check.exercise import Exercise, Mistake
from helpers.check.values import same
from tests.check_answers import RIGHT, WRONG
from tests.test_notebooks import LESSONS

EXERCISES = {name: getattr(check, name) for name in check.__all__}
SEEDS = (None, 1, 2, 3)

# Wrong answers that nobody makes, but a lazy checker lets pass.
NONSENSE = {
    "zeros": lambda right: np.zeros_like(right, float),
    "nan": lambda right: np.full_like(right, np.nan, float),
    "one more axis": lambda right: np.expand_dims(right, 0),
    "slightly off": lambda right: np.asarray(right, float) * 1.0005 + 0.0005,
    "text": lambda right: np.asarray(right).astype(str),
    "a word": lambda right: "thirteen",
    "a dictionary": lambda right: {"result": right},
    "a set": lambda right: {1, 2},
    "a generator": lambda right: (entry for entry in np.ravel(right)),
    "an object": lambda right: object(),
    "ragged rows": lambda right: [[1], [2, 3]],
    "a wrong first number": lambda right: _with_first(right, 7e9),
}


def _with_first(right, value):
    changed = np.array(right, float)
    changed.flat[0] = value
    return changed


# Forms in which a right result may come.
FORMS = {
    "list": lambda right: np.asarray(right).tolist(),
    "tuple": lambda right: tuple(right) if np.ndim(right) else right,
    "float": lambda right: np.asarray(right, float),
    "float32": lambda right: np.asarray(right, np.float32),
    "zero-dimensional": lambda right: np.array(right),
    "objects": lambda right: np.asarray(right).astype(object),
    "complex": lambda right: np.asarray(right, complex),
    "pandas": lambda right: {0: lambda r: r, 1: pd.Series, 2: pd.DataFrame}.get(
        np.ndim(right), np.array
    )(right),
    "fractions": lambda right: (
        [Fraction(float(entry)) for entry in right] if np.ndim(right) == 1 else right
    ),
}


class Printing:
    """An answer that is no function, prints, and changes no argument."""

    def __init__(self, right):
        self.right = right

    def __call__(self, *case):
        print("working on", case)
        return self.right(*case)


@pytest.fixture(params=EXERCISES.items(), ids=lambda item: item[0])
def exercise(request):
    return request.param


def codings(tested):
    return [(mistake, f) for mistake in tested.mistakes for f in mistake.functions(tested.right)]


@pytest.mark.parametrize("seed", SEEDS)
def test_passes_right_answers_in_every_form(exercise, seed):
    name, tested = exercise
    others = [lambda *case, form=form: form(tested.right(*case)) for form in FORMS.values()]
    assert len(RIGHT[name]) >= 2
    for answer in [tested.right, Printing(tested.right), *others, *RIGHT[name]]:
        verdict = tested.judge(answer, seed)
        assert verdict.right is True and "remark" not in verdict.message, verdict


def test_passes_tensors():
    keras = pytest.importorskip("keras")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    answer = check.repaired_loss.judge(
        lambda logits, labels: loss(labels, np.asarray(logits, np.float32))
    )
    assert answer.right is True


class Tracked:
    """As a tensor of torch that keeps its gradient: an array only once it is detached."""

    def __init__(self, array, detached=False):
        self.array, self.detached = array, detached

    def detach(self):
        return Tracked(self.array, detached=True)

    def __array__(self, dtype=None, copy=None):
        if not self.detached:
            raise RuntimeError("call detach() first")
        return np.asarray(self.array, dtype)


class OnDevice(np.ndarray):
    """As a tensor of TensorFlow, which warns where somebody asks it for `cpu`."""

    def cpu(self):
        raise AssertionError("cpu is deprecated")


def test_asks_only_torch_for_the_processor():
    right = check.turned.right
    assert check.turned.judge(lambda x: right(x).view(OnDevice)).right is True


def test_passes_half_precision_and_finds_a_mistake_in_it():
    def jitter(x, contrast, brightness, ends=(0, 1)):
        half, mean = x.astype(np.float16), np.float16(x.mean())
        return np.clip(mean + np.float16(contrast) * (half - mean) + np.float16(brightness), *ends)

    assert jitter(*check.jitter.case(0)).dtype == np.float16
    for seed in range(12):
        assert check.jitter.judge(jitter, seed).right is True
        wrong = check.jitter.judge(functools.partial(jitter, ends=(0, None)), seed)
        assert wrong.right is False and "Values above 1 are left" in wrong.message


def test_shows_an_entry_that_is_wrong_and_not_one_within_the_tolerance():
    right = np.array([1.0, 0.05])
    said = check.exercise._difference(right + np.array([9e-6, 4e-6]), right)
    assert said == "returns 0.050004 at [1]; right is 0.05."


def test_passes_what_becomes_an_array_when_asked():
    right = check.turned.right
    assert check.turned.judge(lambda x: Tracked(right(x))).right is True
    assert check.turned.judge(lambda x: [Tracked(row) for row in right(x)]).right is True
    assert check.turned.judge(lambda x: sparse.coo_array(right(x))).right is True


@pytest.mark.parametrize("seed", SEEDS)
def test_names_each_coding_of_each_mistake(exercise, seed):
    """By its own message, so none is taken for another mistake."""
    _, tested = exercise
    assert len(tested.mistakes) >= 2
    for mistake, coding in codings(tested):
        verdict = tested.judge(coding, seed)
        assert verdict.right is False and verdict.mistake
        assert verdict.message.startswith(mistake.message), verdict


def test_refuses_wrong_answers_and_names_them(exercise):
    name, tested = exercise
    assert sum(map(len, WRONG[name].values())) >= 5
    for words, answers in WRONG[name].items():
        for answer in answers:
            verdict = tested.judge(answer)
            assert verdict.right is False and words in verdict.message, verdict
            assert bool(verdict.mistake) is bool(words)


@pytest.mark.parametrize("seed", SEEDS[1:])
def test_refuses_wrong_answers_with_other_cases(exercise, seed):
    name, tested = exercise
    for answer in itertools.chain(*WRONG[name].values()):
        assert tested.judge(answer, seed).right is False


def test_refuses_nonsense(exercise):
    _, tested = exercise
    for name, spoil in NONSENSE.items():
        verdict = tested.judge(lambda *case, spoil=spoil: spoil(tested.right(*case)))
        assert verdict.right is False, name
        if name == "a generator":
            assert "put `list(...)` around it" in verdict.message
        if name in ("text", "a word", "a dictionary", "a set", "an object"):
            assert "no number or array" in verdict.message


def test_right_functions_and_mistakes_change_no_argument(exercise):
    _, tested = exercise
    for function in [tested.right, *(coding for _, coding in codings(tested))]:
        cases = list(tested.cases(np.random.default_rng(0)).values())
        outcomes, _ = attempt.attempt(function, cases)
        assert not any(outcome.changed for outcome in outcomes)


def test_cases_come_from_the_seed(exercise):
    _, tested = exercise
    first, again, other = (repr(list(tested._drawn(seed).values())) for seed in (5, 5, 6))
    assert first == again != other
    assert repr(tested.case(0)) == repr(next(iter(tested._drawn(None).values())))


def test_a_case_is_asked_for_by_its_number():
    assert check.output_size.case(0) == (28, 3, 0, 2)
    for wrong, error in ((99, ValueError), (-1, ValueError), ("0", TypeError)):
        with pytest.raises(error, match="i must be"):
            check.output_size.case(wrong)
    with pytest.raises(TypeError, match="seed must be"):
        check.output_size.judge(print, seed="7")


def test_says_not_attempted_for_the_stub(exercise):
    _, tested = exercise

    def stub(*case):
        """Return something."""

    def refused(*case):
        raise NotImplementedError

    for answer in (stub, refused, lambda *case: ..., None, ...):
        verdict = tested.judge(answer)
        assert verdict.right is None and str(verdict).startswith("Not attempted yet.")


def test_a_count_has_to_be_exact():
    right = check.count_network.right
    assert check.count_network.judge(lambda *sizes: np.add(right(*sizes), 1)).right is False


# How answers end that do not return.


def judged(answer):
    verdict = check.output_size.judge(answer)
    assert verdict.right is False
    return verdict


def test_a_missing_return_in_one_branch_is_an_attempt():
    def sometimes(n, k, p, s):
        if p == 0:
            return (n - k) // s + 1

    assert "Is a `return` missing" in judged(sometimes).message


def test_an_answer_that_prints_in_place_of_returning_is_told_so():
    verdict = judged(lambda n, k, p, s: print((n + 2 * p - k) // s + 1))
    assert "`return` in place of `print`" in verdict.message and verdict.printed.startswith("13\n")


def test_an_answer_that_only_changes_its_argument_is_told_so():
    def sort(x):
        x.sort()

    assert "Return the result" in check.turned.judge(sort).message


@pytest.mark.parametrize(
    "error", [SystemExit, GeneratorExit, BaseException, ZeroDivisionError, StopIteration]
)
def test_an_answer_that_stops_gets_a_verdict(error):
    def stops(*case):
        raise error("so")

    verdict = judged(stops)
    assert verdict.mistake and f"stops. {error.__name__}: so" in verdict.message


def test_an_error_that_cannot_be_printed_gets_a_verdict():
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    def stops(*case):
        raise Silent

    assert "Silent" in judged(stops).message


def test_a_persons_interrupt_gets_out():
    def interrupted(*case):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.output_size.judge(interrupted)


def test_long_texts_are_cut():
    assert len(judged(lambda *case: "long " * 10_000).message) < 1000
    assert len(judged(lambda *case: print("long " * 10_000)).printed) == attempt.LONGEST

    def stops(*case):
        raise ValueError("long " * 10_000)

    assert len(judged(stops).message) < 1000


def test_an_error_in_one_case_does_not_hide_the_mistake():
    def answer(n, k, p, s):
        return (n + 2 * p - k) // s if n != 7 else 1 / 0

    message = judged(answer).message
    assert message.startswith("The + 1 is missing") and "ZeroDivisionError" in message


def endless(*case):
    while True:
        pass


def stubborn(*case):
    while True:
        try:  # noqa: SIM105
            abs(-1)
        except:  # noqa: E722
            pass


@pytest.mark.parametrize("answer", [endless, stubborn])
@pytest.mark.parametrize("thread", [False, True])
def test_an_endless_loop_ends(answer, thread, monkeypatch):
    monkeypatch.setattr(attempt, "SECONDS", 0.05)
    found = []
    if thread:  # as in a marker's, or where there are no signals
        other = threading.Thread(target=lambda: found.append(judged(answer)), daemon=True)
        other.start()
        other.join(20)
    else:
        found.append(judged(answer))
    assert "still running after 0.05 seconds" in found[0].message


def test_a_timer_of_ones_own_goes_on():
    signal = pytest.importorskip("signal")
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 60)
        check.output_size.judge(lambda *case: 1)
        assert 0 < signal.setitimer(signal.ITIMER_REAL, 0)[0] <= 60
        signal.raise_signal(signal.SIGALRM)
        assert rung
    finally:
        signal.signal(signal.SIGALRM, before)


def test_results_are_copied_when_they_come():
    kept = np.zeros(1)

    def same_array(size_in, size_out, p):
        kept[0] = size_in + 2 * p - size_out + 1
        return kept.reshape(())

    assert check.kernel_size.judge(same_array).right is True


def test_an_answer_that_changes_its_input_is_right_with_a_remark():
    def in_place(gx, gy):
        gx **= 2
        gy **= 2
        return np.sqrt(gx + gy)

    verdict = check.magnitude.judge(in_place)
    assert verdict.right is True and "One remark: it changes" in verdict.message


def test_other_arguments_are_told():
    assert "cannot be called so" in judged(lambda n, k: n).message
    assert "Hand over the function itself" in judged(3).message


def test_the_usual_exceptions_of_numpy_are_explained():
    a = np.arange(6)
    failing = {
        "no axis can be stretched": lambda: a + a[:5],
        "as many columns": lambda: a.reshape(2, 3) @ a.reshape(2, 3),
        "0 to n - 1": lambda: a[6],
        "fewer axes": lambda: a.sum(axis=1),
        "one number, not about": lambda: bool(a > 2),
        "`math` takes single numbers": lambda: __import__("math").exp(a),
        "as many entries as": lambda: a.reshape(4, 2),
        "no room for fractions": lambda: a.__itruediv__(2),
        "whole number": lambda: a[1.5],
        "spelled": lambda: undefined,  # noqa: F821
        "without an end": lambda: (f := lambda: f())(),
        "another type": lambda: [1].shape,
    }
    for meaning, fail in failing.items():
        with pytest.raises(Exception) as caught:
            fail()
        assert meaning in attempt.in_words(caught.value), attempt.in_words(caught.value)


# What is told of any exercise.

SQUARES = Exercise(
    lambda x, n: n * x + 0.25,
    lambda rng: {f"case {i}": (rng.normal(size=(i, 4)) * 5, 7.0 - i) for i in range(2, 6)},
    praise="So it is.",
)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("the same whatever", lambda x, n: np.ones((3, 4))),
        ("All your results are 0", lambda x, n: 0),
        ("the same whatever", lambda x, n: []),
        ("lost their fractions", lambda x, n: np.round(n * x + 0.25)),
        ("lost their fractions", lambda x, n: (n * x + 0.25).astype(int)),
        ("rounded", lambda x, n: np.round(n * x + 0.25, 2)),
        ("3 times what", lambda x, n: 3 * (n * x + 0.25)),
        ("Every sign is turned", lambda x, n: -n * x - 0.25),
        ("0.25 too small", lambda x, n: n * x),
        ("transpose", lambda x, n: (n * x + 0.25).T),
        ("reverse order", lambda x, n: (n * x + 0.25)[::-1]),
        ("reversed in each row", lambda x, n: (n * x + 0.25)[:, ::-1]),
        ("half a turn", lambda x, n: (n * x + 0.25)[::-1, ::-1]),
        ("the mean of those", lambda x, n: (n * x + 0.25).mean()),
        ("the sum over axis 1", lambda x, n: (n * x + 0.25).sum(axis=1)),
        ("shape is not", lambda x, n: (n * x + 0.25)[None]),
        ("shape is not", lambda x, n: (n * x + 0.25).ravel()),
        ("lost their sign", lambda x, n: abs(n * x + 0.25)),
        ("NaN", lambda x, n: np.log(x)),
        ("lack the last one", lambda x, n: (n * x + 0.25)[:-1]),
        ("right but the first", lambda x, n: np.vstack([x[:1], n * x[1:] + 0.25])),
        ("result is negative", lambda x, n: np.where(n * x < -0.25, x, n * x + 0.25)),
        ("the right ones times `n`", lambda x, n: n * (n * x + 0.25)),
        ("the right ones times `len(x)`", lambda x, n: len(x) * (n * x + 0.25)),
        ("the right ones minus `x`", lambda x, n: n * x + 0.25 - x),
        ("right ones for 1 in place of `n`", lambda x, n: x + 0.25),
    ],
)
def test_says_what_relates_a_result_to_the_right_one(words, answer):
    verdict = SQUARES.judge(answer)
    assert verdict.right is False and verdict.mistake and words in verdict.message, verdict


def test_two_mistakes_at_once_are_both_named():
    verdict = judged(lambda n, k, p, s: (n + 2 * p - k) / s)
    assert "There are two mistakes. The floor" in verdict.message
    assert "And: The + 1 is missing" in verdict.message


def test_two_mistakes_that_exclude_each_other_are_not_both_named():
    def total(x, *, power=1, last=0.0):
        return (x**power).sum() + last

    tested = Exercise(
        total,
        lambda rng: {f"case {i}": (rng.normal(size=5),) for i in range(4)},
        Mistake("A.", power=3, last=1.0),
        Mistake("B.", last=2.0),
        praise="",
    )
    assert tested.judge(lambda x: (x**3).sum() + 1).message == "A."
    assert not tested.judge(lambda x: (x**3).sum() + 2).mistake


def test_few_results_are_no_ground_for_a_relation():
    assert diagnoses.relation([np.array(2), np.array(4)], [np.array(1), np.array(2)]) is None
    given, right = ([np.array(entry) for entry in row] for row in ((5, 2, 3), (-1, 2, 3)))
    assert diagnoses.relation(given, right) is None  # one negative result is none of "all"


@pytest.mark.parametrize("factor", [0.9998, 0.99998, 1.00003, 1.0003])
def test_no_factor_is_called_1(factor):
    verdict = SQUARES.judge(lambda x, n: factor * (n * x + 0.25))
    said = {0.9998: "0.9998 times what"}.get(factor, "")
    assert verdict.right is False and bool(verdict.mistake) is bool(said) and said in str(verdict)


def test_an_empty_argument_does_not_stop_the_check():
    tested = Exercise(
        lambda x: x.sum(),
        lambda rng: {f"case {i}": (rng.normal(size=i),) for i in range(3)},
        praise="So it is.",
    )
    assert tested.judge(lambda x: len(x) ** 2 + 0.5).right is False


def test_two_changes_of_one_argument_are_no_explanation():
    assert not SQUARES.judge(lambda x, n: 2 * (n + 1) * x + 0.25).mistake


def test_an_unnamed_mistake_is_shown_in_full_where_it_is_smallest():
    tested = Exercise(
        lambda x, n: x * n,
        lambda rng: {
            "three": (np.array([1, 2, 3]), 2),
            "two": (np.array([4, 5], np.uint8), 3),
            "fine": (np.array([0]), 7),
        },
        praise="",
    )
    tested.name = "product"
    message = tested.judge(lambda x, n: x * n + np.sin(x * n)).message
    assert "(np.array([4, 5], np.uint8), 3) returns" in message
    assert "(`check.product.case(1)`; wrong with: three; two.)" in message
    other = tested.judge(lambda x, n: x + np.cos(x * n), seed=4).message
    assert "(`check.product.case(2, seed=4)`; wrong with: all cases.)" in other


def test_writes_no_minus_zero():
    tested = Exercise(lambda x: -0.0 * x, lambda rng: {"a": (1.0,), "b": (2.0,)}, praise="")
    assert "right is 0." in tested.judge(lambda x: x + 1).message


def test_prints_its_verdict_and_what_the_answer_prints(capsys):
    def output_size_solution(n, k, p, s):
        print("n is", n)
        return (n + 2 * p - k) // s + 1

    check.output_size(output_size_solution)
    printed = capsys.readouterr().out
    assert printed.startswith("Your function prints:\nn is 28\n")
    assert printed.splitlines()[-1].startswith("The folded solution: Right.")
    check.output_size(lambda n, k, p, s: (n + 2 * p - k) / s + 1)
    assert capsys.readouterr().out.startswith("Not yet. The floor is lost")


@pytest.mark.parametrize("given", ["two", [[1, 2]], [1], [1, 2.1], [1, np.nan]])
def test_what_differs_is_not_the_same(given):
    assert not (isinstance(given, list) and same(given, [1, 2]))
    assert same([1, np.nan], [1, np.nan]) and same([1, 2], (1, 2.0000001))


# The package, and the notebooks.


def test_names_are_those_of_the_exercises_and_no_lesson_takes_anothers():
    names = [name for lesson in check.LESSONS.values() for name in lesson]
    assert sorted(names) == check.__all__ == dir(check)
    for lesson, listed in check.LESSONS.items():
        module = sys.modules[f"helpers.check.{lesson}"]
        made = {name for name, value in vars(module).items() if isinstance(value, Exercise)}
        assert made == set(listed)
    assert all(tested.name == name for name, tested in EXERCISES.items())
    with pytest.raises(AttributeError, match="no exercise 'sofmax'"):
        check.sofmax  # noqa: B018


def test_a_lesson_is_loaded_when_it_is_used():
    code = """if True:
        import sys
        from helpers import check
        check.output_size.judge(lambda n, k, p, s: 3)
        print(*(name for name in sys.modules if "lesson_" in name or name == "scipy"))
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["helpers.check.lesson_03"]


def test_every_exercise_stands_in_a_lesson_and_every_lesson_has_its_module():
    used = {}
    for path in LESSONS:
        sources = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
        if names := set(re.findall(r"^check\.(\w+)\(", sources, re.M)):
            used[f"lesson_{path.stem[:2]}"] = names
    assert used == {lesson: set(names) for lesson, names in check.LESSONS.items()}


def test_stubs_have_the_arguments_that_the_check_passes():
    for path in LESSONS:
        cells = nbformat.read(path, 4).cells
        for stub, checked in pairwise(cells):
            if "exercise" not in stub.metadata.get("tags", []):
                continue
            (function,) = ast.parse(stub.source).body
            tested = EXERCISES[re.match(r"check\.(\w+)", checked.source)[1]]
            names = ", ".join(argument.arg for argument in function.args.args)
            assert f"{function.name}({names})" == tested.call


def test_a_mistake_has_codings_as_functions_or_as_switches():
    mistake = Mistake("Wrong.", abs, {"a": 1}, b=2)
    functions = mistake.functions(lambda x, a=0, b=0: (x, a, b))
    assert functions[0] is abs and [f(5) for f in functions[1:]] == [(5, 1, 0), (5, 0, 2)]
    assert isinstance(functions[1], functools.partial)
