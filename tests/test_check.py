"""Each exercise check: right answers in any form pass, the usual wrong ones are named."""

import ast
import functools
import re
import statistics
from itertools import pairwise

import nbformat
import numpy as np
import pytest
from scipy import ndimage, signal, special, stats
from scipy.spatial import distance
from sklearn.dummy import DummyClassifier
from sklearn.metrics import confusion_matrix
from sklearn.metrics.pairwise import rbf_kernel

from helpers import check
from helpers.check.exercise import Exercise, same
from tests.test_notebooks import LESSONS

EXERCISES = {name: getattr(check, name) for name in check.__all__}


def loops_correlate1d(x, w):
    z = []
    for k in range(len(x) - len(w) + 1):
        total = 0
        for m in range(len(w)):
            total = total + x[k + m] * w[m]
        z.append(total)
    return tuple(z)


def loops_one_value(x, w, b, row, column, strides):
    total = b
    for i, j, c in np.ndindex(w.shape):
        total += w[i, j, c] * x[row * strides + i, column * strides + j, c]
    return np.array(total, np.float32)


def counted_early_stopping(val_loss, patience):
    """The first epoch whose last `patience` losses are all no lower than the lowest before them."""
    for trained in range(patience + 1, len(val_loss) + 1):
        before, after = val_loss[: trained - patience], val_loss[trained - patience : trained]
        if min(after) >= min(before):
            return trained, 1 + before.index(min(before))
    return [len(val_loss), 1.0 + val_loss.index(min(val_loss))]


def counted_output_size(n, k, p, s):
    return len([start for start in range(n + 2 * p) if start % s == 0 and start + k <= n + 2 * p])


# Right answers as other people would write them.
OTHER_FORMS = {
    "scale_pixels": [
        lambda images: np.asarray(images, np.float32) / 255.0,
        lambda images: (images * (1 / 255)).tolist(),
        lambda images: np.interp(images, (0, 255), (0, 1)),
    ],
    "correlate1d": [
        loops_correlate1d,
        lambda x, w: signal.correlate(x, w, "valid"),
        lambda x, w: np.convolve(x, w[::-1], "valid").astype(np.float32),
    ],
    "one_value": [
        loops_one_value,
        lambda x, w, b, r, c, s: (
            np.tensordot(x[r * s :][: len(w), c * s :][:, : w.shape[1]], w, axes=3) + b
        ),
    ],
    "true_convolution": [
        lambda image, kernel: signal.convolve2d(image, kernel, mode="valid"),
        lambda image, kernel: signal.correlate2d(image, np.rot90(kernel, 2), mode="valid").tolist(),
    ],
    "magnitude": [
        lambda gx, gy: np.abs(gx + 1j * gy),
        lambda gx, gy: (gx.astype(float) ** 2 + gy.astype(float) ** 2) ** 0.5,
    ],
    "blur_kernel": [
        lambda size: [[1 / (size * size)] * size for _ in range(size)],
        lambda size: np.outer(np.full(size, 1 / size), np.full(size, 1 / size)),
    ],
    "flat_response": [
        lambda kernel, value: float((kernel * value).sum()),
        lambda kernel, value: ndimage.correlate(np.full((9, 9), value), kernel)[4, 4],
    ],
    "output_size": [
        counted_output_size,
        lambda n, k, p, s: float(np.floor((n - k + 2 * p + s) / s)),
    ],
    "kernel_size": [lambda size_in, size_out, p: 1 - (size_out - size_in - 2 * p)],
    "conv_params": [
        lambda kh, kw, c_in, filters: np.ones((kh, kw, c_in, filters)).size + np.ones(filters).size
    ],
    "conv_macs": [lambda *sizes: np.prod(sizes)],
    "softmax": [
        lambda logits: special.softmax(logits, axis=1),
        lambda logits: [[np.exp(z) / sum(np.exp(row)) for z in row] for row in logits],
    ],
    "rbf": [
        lambda x, z, gamma: rbf_kernel(x, z, gamma=gamma),
        lambda x, z, gamma: np.exp(-gamma * distance.cdist(x, z) ** 2).tolist(),
    ],
    "confusion": [
        lambda labels, predicted, k: confusion_matrix(labels, predicted, labels=range(k)),
        lambda labels, predicted, k: [
            [sum((labels == row) & (predicted == column)) for column in range(k)]
            for row in range(k)
        ],
        lambda labels, predicted, k: np.eye(k)[labels].T @ np.eye(k)[predicted],
    ],
    "error_rate": [
        lambda matrix: [1 - matrix[c, c] / sum(matrix[c]) for c in range(len(matrix))],
        lambda matrix: (matrix * (1 - np.eye(len(matrix)))).sum(1) / np.einsum("ij->i", matrix),
    ],
    "recall_and_precision": [
        lambda matrix: np.stack([np.diag(matrix) / matrix.sum(axis) for axis in (1, 0)]),
        lambda matrix: [
            [matrix[c, c] / sum(matrix[c]) for c in range(len(matrix))],
            [matrix[c, c] / sum(matrix[:, c]) for c in range(len(matrix))],
        ],
    ],
    "moved": [
        lambda x, right: ndimage.shift(x, right, order=0),
        lambda x, right: ([0.0] * right + list(x))[: len(x)],
        lambda x, right: np.eye(len(x), k=-right) @ x,
    ],
    "pooled": [
        lambda x: [max(pair) for pair in zip(x[::2], x[1::2], strict=False)],
        lambda x: np.maximum(x[: len(x) // 2 * 2 : 2], x[1::2]).astype(float),
    ],
    "total_stride": [
        lambda layers: np.prod([strides for _, strides in layers]),
        lambda layers: functools.reduce(lambda so_far, layer: so_far * layer[1], layers, 1.0),
    ],
    "global_average": [
        lambda maps: np.einsum("nhwc->nc", maps) / (maps.shape[1] * maps.shape[2]),
        lambda maps: maps.mean(axis=1).mean(axis=1).astype(np.float32).tolist(),
    ],
    "macs_of_both": [
        lambda size, kernel_size, in_channels, filters: [
            kernel_size**2 * in_channels * len(range(0, size, strides)) ** 2 * filters
            for strides in (2, 1)
        ],
        lambda n, k, c, f: np.array([0.25, 1.0]) * (n * n * k * k * c * f),
    ],
    "always_the_same": [
        lambda y_train, y_test: float(
            (y_test == max(set(y_train.tolist()), key=y_train.tolist().count)).mean()
        ),
        lambda y_train, y_test: DummyClassifier().fit(y_train, y_train).score(y_test, y_test),
    ],
    "confidence_interval": [
        lambda differences, t: list(
            statistics.mean(differences)
            + sign * t * statistics.stdev(differences) / len(differences) ** 0.5
            for sign in (-1, 1)
        ),
        lambda d, t: d.mean() + np.array([-t, t]) * stats.sem(d),
    ],
    "worst_confusion": [
        lambda matrix: max(
            ((i, j) for i in range(len(matrix)) for j in range(len(matrix)) if i != j),
            key=lambda place: matrix[place],
        ),
        lambda matrix: np.argwhere(
            np.where(np.eye(len(matrix)), -1, matrix)
            == np.where(np.eye(len(matrix)), -1, matrix).max()
        )[0].tolist(),
    ],
    "penalised": [
        lambda cross_entropy, weights, lam: (
            cross_entropy + lam * sum(abs(weight) for weight in weights.flat)
        ),
        lambda cross_entropy, weights, lam: np.float32(
            cross_entropy + np.linalg.norm(lam * weights.ravel(), 1)
        ),
    ],
    "l1_step": [
        lambda w, gradient, lam, rate: [
            a - rate * (g + (lam if a > 0 else -lam)) for a, g in zip(w, gradient, strict=True)
        ],
        lambda w, gradient, lam, rate: w - rate * gradient - rate * lam * w / np.abs(w),
    ],
    "soft_threshold": [
        lambda w, amount: w - np.clip(w, -amount, amount),
        lambda w, amount: np.maximum(w - amount, 0) + np.minimum(w + amount, 0),
        lambda w, amount: np.where(np.abs(w) > amount, w - amount * np.sign(w), 0).tolist(),
    ],
    "early_stopping": [counted_early_stopping],
    "nearest": [
        lambda x, centroids: distance.cdist(x, centroids).argmin(axis=1),
        lambda x, centroids: [
            min(range(len(centroids)), key=lambda c: sum((p - centroids[c]) ** 2)) for p in x
        ],
    ],
    "means": [
        lambda x, labels, k: [np.average(x, axis=0, weights=labels == c) for c in range(k)],
        lambda x, labels, k: (np.eye(k)[labels].T @ x) / np.bincount(labels)[:, None],
    ],
    "inertia": [
        lambda x, centroids, labels: (
            distance.cdist(x, centroids).min(axis=1) @ distance.cdist(x, centroids).min(axis=1)
        ),
        lambda x, centroids, labels: sum(
            sum((p - centroids[c]) ** 2) for p, c in zip(x, labels, strict=True)
        ),
    ],
    "chances": [
        lambda x, chosen: (d := distance.cdist(x, chosen, "sqeuclidean").min(axis=1)) / sum(d),
    ],
    "receptive_field": [
        lambda layers: functools.reduce(
            lambda seen, layer: (seen - 1) * layer[1] + layer[0], layers[::-1], 1
        )
    ],
}

# Wrong answers that nobody makes, but a lazy checker lets pass.
NONSENSE = {
    "zeros": lambda right: np.zeros_like(right, float),
    "nan": lambda right: np.full_like(right, np.nan, float),
    "one more axis": lambda right: np.expand_dims(right, 0),
    "slightly off": lambda right: np.asarray(right, float) * 1.0005 + 0.0005,
    "text": lambda right: np.asarray(right).astype(str),
    "a word": lambda right: "thirteen",
}


@pytest.fixture(params=EXERCISES.items(), ids=lambda item: item[0])
def exercise(request):
    return request.param


def test_passes_the_right_answer(exercise):
    _, tested = exercise
    assert tested.judge(tested.right).right is True


def test_passes_right_answers_in_other_forms(exercise):
    name, tested = exercise
    assert OTHER_FORMS[name]
    for answer in OTHER_FORMS[name]:
        assert tested.judge(answer).right is True, tested.judge(answer)


def test_names_each_usual_mistake(exercise):
    _, tested = exercise
    assert len(tested.mistakes) >= 4
    for message, mistake in tested.mistakes.items():
        verdict = tested.judge(mistake)
        assert verdict.right is False and verdict.message == message


def test_rejects_nonsense(exercise):
    _, tested = exercise
    for name, spoil in NONSENSE.items():
        verdict = tested.judge(lambda *case, spoil=spoil: spoil(tested.right(*case)))
        assert verdict.right is False, name
        if name in ("text", "a word"):
            assert "no number or array" in verdict.message


def test_says_not_attempted_for_the_stub(exercise):
    _, tested = exercise

    def stub(*case):
        """Return something."""

    def refused(*case):
        raise NotImplementedError

    for answer in (stub, refused, lambda *case: ..., None, ...):
        assert str(tested.judge(answer)).startswith("Not attempted yet.")


def test_a_count_has_to_be_exact():
    verdict = check.conv_macs.judge(lambda *sizes: np.prod(sizes) + 1)
    assert verdict.right is False


def test_a_missing_return_in_one_branch_is_an_attempt():
    def sometimes(n, k, p, s):
        if p == 0:
            return (n - k) // s + 1

    verdict = check.output_size.judge(sometimes)
    assert verdict.right is False and "Is a `return` missing" in verdict.message


def test_short_floats_are_enough():
    answer = check.scale_pixels.judge(lambda images: (images / 255).astype(np.float16))
    assert answer.right is True


def test_reports_an_answer_that_stops(exercise):
    _, tested = exercise
    verdict = tested.judge(lambda *case: 1 / 0)
    assert verdict.right is False and "ZeroDivisionError" in verdict.message


def test_asks_for_the_function_where_a_value_is_given(exercise):
    _, tested = exercise
    assert "Hand over the function itself" in tested.judge(3).message


def test_an_answer_that_changes_its_input_does_no_harm():
    def in_place(gx, gy):
        gx **= 2
        gy **= 2
        return np.sqrt(gx + gy)

    assert check.magnitude.judge(in_place).right is True


def test_prints_its_verdict(capsys):
    check.output_size(lambda n, k, p, s: (n + 2 * p - k) / s + 1)
    assert capsys.readouterr().out.startswith("Not yet. The floor is lost")


def test_unnamed_mistake_shows_a_case_with_both_values():
    tested = Exercise("double(n)", lambda n: 2 * n, lambda rng: [(4,), (5,)], {}, "Twice.")
    message = tested.judge(lambda n: n).message
    assert message == "For (4) it returns 4; right is 8."
    wide = tested.judge(lambda n: [n, n]).message
    assert wide == "For (4) the result has shape (2,); it should have ()."


@pytest.mark.parametrize("answer", ["two", None, [[1], [2, 3]], {}, object()])
def test_what_is_no_array_is_not_the_same(answer):
    assert not same(answer, [1, 2])


def test_every_exercise_stands_in_a_lesson_and_every_lesson_has_its_module():
    used = set()
    for path in LESSONS:
        sources = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
        used |= set(re.findall(r"^check\.(\w+)\(", sources, re.M))
    assert used == set(EXERCISES)


def test_stubs_have_the_arguments_that_the_check_passes():
    for path in LESSONS:
        cells = nbformat.read(path, 4).cells
        for stub, checked in pairwise(cells):
            if "exercise" not in stub.metadata.get("tags", []):
                continue
            (function,) = ast.parse(stub.source).body
            tested = EXERCISES[re.match(r"check\.(\w+)", checked.source)[1]]
            case = tested.cases(np.random.default_rng(0))[0]
            assert len(function.args.args) == len(case), stub.source
