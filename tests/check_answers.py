"""Answers to the exercises as people write them: RIGHT must pass, WRONG must not.

WRONG says under which words of the verdict each answer has to fall; "" where only the case that
differs is told. It holds codings that the checks themselves do not: as learners write them.
"""

import contextlib
import functools
import math
import statistics

import numpy as np
import pandas as pd
from scipy import ndimage, signal, special, stats
from scipy.spatial import distance
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.preprocessing import StandardScaler


def loops_correlate1d(x, w):
    z = []
    for k in range(len(x) - len(w) + 1):
        total = 0
        for m in range(len(w)):
            total = total + x[k + m] * w[m]
        z.append(total)
    return tuple(z)


def ring_of_lists(kernel):
    rows = kernel.tolist()
    (a, b, c), (h, centre, d), (g, f, e) = rows
    return [[h, a, b], [g, centre, c], [f, e, d]]


def ring_without_a_copy(kernel):
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    for i, place in enumerate(ring):
        kernel[place] = kernel[ring[i - 1]]
    return kernel


def listed_network(size, channels, filters):
    pooled = (size - 2) // 2
    layers = [(3 * 3 * channels, filters, (size - 2) ** 2), (pooled * pooled * filters, 10, 1)]
    params = sum((inputs + 1) * units for inputs, units, _ in layers)
    return params, sum(inputs * units * places for inputs, units, places in layers)


def loops_one_value(x, w, b, row, column, strides):
    total = b
    for i, j, c in np.ndindex(w.shape):
        total += w[i, j, c] * x[row * strides + i, column * strides + j, c]
    return np.array(total, np.float32)


def loops_true_convolution(image, kernel, step=-1):
    (h, w), (m, n) = image.shape, kernel.shape
    out = np.zeros((h - m + 1, w - n + 1))
    for i, j in np.ndindex(out.shape):
        for a, b in np.ndindex(m, n):
            out[i, j] += image[i + a, j + b] * kernel[::step, ::step][a, b]
    return out


def loops_wrong_line(factors, results):
    for number, (line, result) in enumerate(zip(factors, results, strict=True)):
        if sum(a * b for a, b in line) != result:
            return number


def claimed_columns(matrix, printed):
    """Let each class take the column that is nearest to it; the last to come keeps it."""
    classes = [-1] * len(printed)
    for c, recall in enumerate(matrix.diagonal() / matrix.sum(1)):
        classes[np.abs(printed - recall).argmin()] = c
    return classes


def first_within(matrix, printed, *, atol):
    recalls = matrix.diagonal() / matrix.sum(1)
    return [np.isclose(recalls, value, rtol=0, atol=atol).argmax() for value in printed]


def rounded_recalls(matrix, printed):
    """Look for each printed number among the recalls, rounded to as many digits."""
    recalls = matrix.diagonal() / matrix.sum(1)
    return [(recalls.round(len(str(value)) - 2) == value).argmax() for value in printed]


def looped_jitter(x, contrast, brightness):
    out, mean = x.copy(), x.sum() / x.size
    for place in np.ndindex(x.shape):
        value = mean + contrast * (x[place] - mean) + brightness
        out[place] = 0 if value < 0 else 1 if value > 1 else value
    return out


def jitter_cut_at_one_end(x, contrast, brightness):
    out = x.mean() + contrast * (x - x.mean()) + brightness
    if out.max() > 1:
        out[out > 1] = 1
    elif out.min() < 0:
        out[out < 0] = 0
    return out


def counted_layers(size, kernel_size):
    layers, sees = 0, 1
    while sees < size:
        layers, sees = layers + 1, sees + kernel_size - 1
    return layers


def budget_from_the_first(accuracies, seconds, budget):
    best = 0
    for i, took in enumerate(seconds):
        if took <= budget and accuracies[i] > accuracies[best]:
            best = i
    return best


def falsy_budget(accuracies, seconds, budget):
    best = False
    for i, (accuracy, took) in enumerate(zip(accuracies, seconds, strict=True)):
        if took <= budget and (not best or accuracy > accuracies[best]):
            best = i
    return -1 if best is False else best


def budget_by_far(accuracies, seconds, budget, *, by):
    """Take a network for better only where it is better `by` so much."""
    best = -1
    for i, took in enumerate(seconds):
        if took <= budget and (best == -1 or accuracies[i] > accuracies[best] + by):
            best = i
    return best


def budget_nearly(accuracies, seconds, budget, *, within):
    """Take the quickest of those that are nearly the best."""
    best = looped_budget(accuracies, seconds, budget)
    near = (i for i, a in enumerate(accuracies) if best >= 0 and a >= accuracies[best] - within)
    return min((i for i in near if seconds[i] <= budget), key=seconds.item, default=-1)


def budget_above_0(accuracies, seconds, budget):
    best, highest = -1, 0
    for i, took in enumerate(seconds):
        if took <= budget and accuracies[i] > highest:
            best, highest = i, accuracies[i]
    return best


def better_than_the_one_before(accuracies, seconds, budget):
    best, before = -1, -1
    for i, took in enumerate(seconds):
        if took <= budget:
            best, before = (i if accuracies[i] > before else best), accuracies[i]
    return best


def summed_budget(accuracies, seconds, budget):
    best, spent = -1, 0
    for i in np.argsort(seconds):
        spent += seconds[i]
        if spent <= budget and (best == -1 or accuracies[i] > accuracies[best]):
            best = i
    return best


def looped_budget(accuracies, seconds, budget):
    best = -1
    for i, took in enumerate(seconds):
        if took <= budget and (best == -1 or accuracies[i] > accuracies[best]):
            best = i
    return best


def one_more(runs, *, df=-1, t=0.975, ddof=1, within=None):
    """As `one_more_run` should be, but for a keyword."""
    n = len(runs)
    within = (1 + 1 / n) ** 0.5 if within is None else within(n)
    reach = stats.t.ppf(t, n + df) * np.std(runs, ddof=ddof) * within
    return np.mean(runs) - reach, np.mean(runs) + reach


def looped_holm(p, key=float):
    corrected, highest = [0.0] * len(p), 0.0
    for rank, index in enumerate(sorted(range(len(p)), key=lambda i: key(p[i]))):
        highest = max(highest, min(1.0, p[index] * (len(p) - rank)))
        corrected[index] = highest
    return corrected


def holm_by_the_one_before(p):
    corrected, before = [0.0] * len(p), 0.0
    for rank, index in enumerate(np.argsort(p)):
        product = min(1.0, p[index] * (len(p) - rank))
        corrected[index], before = max(before, product), product
    return corrected


def counted_early_stopping(val_loss, patience):
    """The first epoch whose last `patience` losses are all no lower than the lowest before them."""
    for trained in range(patience + 1, len(val_loss) + 1):
        before, after = val_loss[: trained - patience], val_loss[trained - patience : trained]
        if min(after) >= min(before):
            return trained, 1 + before.index(min(before))
    return [len(val_loss), 1.0 + val_loss.index(min(val_loss))]


def waiting_early_stopping(val_loss, patience):
    best, best_epoch, waited = math.inf, 0, 0
    for epoch, loss in enumerate(val_loss, 1):
        waited += 1
        if loss < best:
            best, best_epoch, waited = loss, epoch, 0
        if waited == patience:
            return np.array([epoch, best_epoch])
    return pd.Series([epoch, best_epoch])


def cut_at_every_map(maps, gradients):
    heat = np.zeros(maps.shape[:2])
    for k, weight in enumerate(gradients.mean((0, 1))):
        heat = np.maximum(heat + weight * maps[..., k], 0)
    return heat


def counted_output_size(n, k, p, s):
    return len([start for start in range(n + 2 * p) if start % s == 0 and start + k <= n + 2 * p])


def loops_confusion(labels, predicted, k):
    table = [[0] * k for _ in range(k)]
    for i in range(len(labels)):
        table[labels[i]][predicted[i]] += 1
    return table


def step_in_place(w, gradient, lam, rate):
    w -= rate * gradient
    w -= rate * lam * np.sign(w)
    return w


def choose_C_down_from_the_best(values, accuracy, margin):
    means = [sum(row) / len(row) for row in accuracy]
    best = means.index(max(means))
    for i in range(best, -1, -1):
        if means[i] < means[best] - margin:
            return values[i + 1]
    return values[0]


def loops_moved(image, down, right):
    h, w = image.shape
    return [
        [
            image[i - down, j - right] if 0 <= i - down < h and 0 <= j - right < w else 0
            for j in range(w)
        ]
        for i in range(h)
    ]


def padded_moved(image, down, right):
    far = max(abs(down), abs(right))
    wide = np.pad(image, far)
    top, left = far - down, far - right
    return wide[top : top + image.shape[0], left : left + image.shape[1]]


def looped_effect(before, after, places):
    same = all(math.isclose(a, b, abs_tol=1e-9) for a, b in zip(before, after, strict=True))
    if same:
        return 0
    for i in range(len(before)):
        if not math.isclose(after[(i + places) % len(before)], before[i], abs_tol=1e-9):
            return -1
    return 1


def caught_moved(image, down, right):
    """A wrong answer to `moved`: an index below 0 is no IndexError."""
    out = np.zeros_like(image)
    for i, j in np.ndindex(image.shape):
        with contextlib.suppress(IndexError):
            out[i + down, j + right] = image[i, j]
    return out


def looped_places_moved(layers, pixels):
    for _, strides in layers:
        if pixels % strides:
            return -1
        pixels //= strides
    return pixels


def looped_farthest(accuracy, least):
    pixels = 0
    while pixels + 1 < len(accuracy) and accuracy[pixels + 1] >= least:
        pixels += 1
    return pixels


def padded_magnitude(gx, gy):
    out = np.zeros(gx.shape)
    for row in range(gx.shape[0]):
        for column in range(gx.shape[1]):
            out[row, column] = math.sqrt(gx[row, column] ** 2 + gy[row, column] ** 2)
    return out


def grown_field(layers):
    field = 1
    for kernel_size, strides in reversed(layers):
        field = (field - 1) * strides + kernel_size
    return field


def swapped_one_value(x, w, b, row, column, strides):
    top, left = column * strides, row * strides
    return np.sum(x[top : top + w.shape[0], left : left + w.shape[1]] * w) + b


def swapped_axes_one_value(x, w, b, row, column, strides):
    top, left = row * strides, column * strides
    return np.sum(x[left : left + w.shape[1], top : top + w.shape[0]] * w) + b


def unstable_softmax(logits):
    return np.exp(logits) / np.sum(np.exp(logits), axis=1, keepdims=True)


def loops_loss(logits, labels):
    total = 0
    for row, label in zip(logits, labels, strict=True):
        total += np.log(sum(math.exp(z - max(row)) for z in row)) + max(row) - row[label]
    return total / len(labels)


def looped_fewer_errors(first, second, n):
    d = [int(i in second) - int(i in first) for i in range(n)]
    s = statistics.pstdev(d)
    return sum(d) - 1.96 * math.sqrt(n) * s, sum(d) + 1.96 * math.sqrt(n) * s


def loops_average_back(dy, share=4):
    dx = np.zeros((2 * len(dy), 2 * len(dy[0])))
    for row, column in np.ndindex(dx.shape):
        dx[row, column] = dy[row // 2][column // 2] / share
    return dx


def loops_dropout(x, draws, rate, training):
    out = np.array(x, float)
    if training:
        for place in np.ndindex(out.shape):
            out[place] = 0 if draws[place] < rate else out[place] / (1 - rate)
    return out


def loops_batch_norm(x, gamma, beta, epsilon, n=0):
    columns = []
    for channel, g, b in zip(x.T, gamma, beta, strict=True):
        mean = sum(channel) / len(channel)
        variance = sum((value - mean) ** 2 for value in channel) / (len(channel) - n)
        columns.append([g * (v - mean) / math.sqrt(variance + epsilon) + b for v in channel])
    return np.transpose(columns)


def laddered(first_loss, gradient_error, loss_50, apart, accuracy_50):
    if abs(first_loss - np.log(10)) > 0.5:
        return 1
    if gradient_error > 1e-6:
        return 2
    if loss_50 > 0.5:
        return 3
    if apart > 0:
        return 4
    return 5 if accuracy_50 < 0.9 else 0


def mode(labels):
    return pd.Series(labels).mode()[0]


def loops_input_gradient(dz, w, dx=None, place=lambda k, m: k + m):
    dx = [0.0] * (len(dz) + len(w) - 1) if dx is None else dx
    for k in range(len(dz)):
        for m in range(len(w)):
            dx[place(k, m)] += dz[k] * w[m]
    return dx


def overwriting_input_gradient(dz, w):
    dx = np.zeros(len(dz) + len(w) - 1)
    for m in range(len(w)):
        for k in range(len(dz)):
            dx[k + m] = dz[k] * w[m]
    return dx


def loops_standardised(train, other):
    columns = []
    for known, column in zip(train.T, other.T, strict=True):
        mean = sum(known) / len(known)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in known) / len(known))
        columns.append([(value - mean) / deviation for value in column])
    return np.array(columns).T


def loops_softmax_gradient(logits, labels):
    rows = []
    for row, label in zip(logits, labels, strict=True):
        powers = [math.exp(value - max(row)) for value in row]
        rows.append([p / sum(powers) for p in powers])
        rows[-1][label] -= 1
    return np.array(rows) / len(labels)


def loops_momentum_path(gradients, learning_rate, momentum, start=0.0):
    w, step, places = start, 0.0, []
    for gradient in gradients:
        step = momentum * step + gradient
        w = w - learning_rate * step
        places.append(w)
    return places


def loops_decide(first, second, t):
    d = [float(a - b) for a, b in zip(first, second, strict=True)]
    reach = t * statistics.stdev(d) / len(d) ** 0.5
    return interval(statistics.mean(d) - reach, statistics.mean(d) + reach)


def interval(low, high):
    if low > 0:
        return [low, high, 1]
    return [low, high, -1 if high < 0 else 0]


def loops_chained(image, row, column, size):
    out = image.copy()
    out[row : row + size][column : column + size] = 0.5
    return out


def loops_covered(image, row, column, size):
    out = [[list(pixel) for pixel in line] for line in image]
    for i, j in np.ndindex(image.shape[:2]):
        if row <= i < row + size and column <= j < column + size:
            out[i][j] = [0.5] * image.shape[2]
    return out


def paint(image, where, grey=0.5):
    image[where] = grey
    return image


def loops_augmented(image, mirrored, right):
    out, width = np.zeros(np.shape(image)), np.shape(image)[1]
    for i, j in np.ndindex(out.shape[:2]):
        if 0 <= j - right < width:
            out[i, j] = image[i][width - 1 - (j - right) if mirrored else j - right]
    return out


def slices_augmented(image, mirrored, right):
    image = np.fliplr(image) if mirrored else image
    out = np.zeros_like(image)
    out[:, right:] = image[:, :-right]
    return out


def loops_silhouette(x, labels, i):
    away = {c: [] for c in set(labels.tolist())}
    for j, point in enumerate(x):
        if j != i:
            away[labels[j]].append(math.dist(point, x[i]))
    a = statistics.mean(away.pop(labels[i]))
    return ratio(a, min(map(statistics.mean, away.values())))


def ratio(a, b):
    return (b - a) / max(a, b)


def silhouette_by_neighbour(x, labels, i):
    away = np.hypot.reduce(x - x[i], axis=1)
    neighbour = labels[np.where(labels == labels[i], np.inf, away).argmin()]
    own = away[labels == labels[i]]
    return ratio(own.sum() / (len(own) - 1), away[labels == neighbour].mean())


def silhouette_by_centroid(x, labels, i):
    table = pd.DataFrame(x).groupby(labels).mean().drop(index=labels[i])
    neighbour = ((table - x[i]) ** 2).sum(axis=1).idxmin()
    pair = np.isin(labels, [labels[i], neighbour])
    return silhouette_samples(x[pair], labels[pair])[pair[:i].sum()]


def silhouette_of_three(x, labels, i):
    """As if the clusters were never more than three."""
    known = labels < 3
    return silhouette_samples(x[known], labels[known])[known[:i].sum()]


def counted_epochs(budget, seconds_per_image, n_train, n_evaluated, begun=False, last=True):
    """One epoch after another, as long as it ends in time; or as long as it begins in time."""
    n, passed = 0, 0
    trained, evaluated = n_train * seconds_per_image, n_evaluated * seconds_per_image / 3
    while passed < budget if begun else passed + trained + evaluated * last <= budget:
        passed += trained + evaluated
        n += 1
    return n


def loops_not_beaten(seconds, accuracy, beats=None, others=lambda i, n: range(n)):
    """Compare each plan with the `others`."""
    kept = []
    for i, (s, a) in enumerate(zip(seconds, accuracy, strict=True)):
        beaten = False
        for j in others(i, len(seconds)):
            if beats is not None:
                beaten = beaten or (j != i and beats(seconds[j], accuracy[j], s, a))
            elif seconds[j] <= s and accuracy[j] >= a and (seconds[j] < s or accuracy[j] > a):
                beaten = True
        kept.append(not beaten)
    return kept


def ranked_not_beaten(seconds, accuracy, back=True):
    """From the quickest to the slowest, with the best so far; those that are alike together."""
    plans = pd.DataFrame({"seconds": seconds, "accuracy": accuracy})
    kept, best = [], -1
    for _, alike in plans.groupby("seconds"):
        top = alike.accuracy.max()
        kept.append((alike.accuracy == top) & (top > best))
        best = max(best, top)
    kept = pd.concat(kept)
    return (kept.sort_index() if back else kept).to_numpy()


def best_first(seconds, accuracy, then_quickest=True):
    """From the most accurate down, those that are quicker than all before."""
    order = (
        np.lexsort((seconds, -accuracy)) if then_quickest else np.argsort(-accuracy, kind="stable")
    )
    kept, quickest = [False] * len(seconds), np.inf
    for i in order:
        if seconds[i] < quickest:
            kept[i], quickest = True, seconds[i]
    return kept


def above_the_line(seconds, accuracy):
    """Leave out as well what lies below the line between two others."""
    return [
        kept
        and not any(
            s < middle < t and b < a + (c - a) * (middle - s) / (t - s)
            for s, a in zip(seconds, accuracy, strict=True)
            for t, c in zip(seconds, accuracy, strict=True)
        )
        for kept, middle, b in zip(
            loops_not_beaten(seconds, accuracy), seconds, accuracy, strict=True
        )
    ]


def loops_answer_together(logits, less=max):
    networks, images, classes = logits.shape
    answers = []
    for i in range(images):
        total = [0.0] * classes
        for k in range(networks):
            row = logits[k, i].tolist()
            powers = [math.exp(z - less(row)) for z in row]
            total = [t + p / sum(powers) for t, p in zip(total, powers, strict=True)]
        answers.append(total.index(max(total)))
    return answers


def mean_chances(logits, axis=-1):
    return special.softmax(logits, axis=axis).mean(axis=0)


def powers_over(logits, axis, less=0):
    """A softmax without SciPy, and perhaps over another axis."""
    powers = np.exp(logits - less)
    return (powers / powers.sum(axis=axis, keepdims=True)).mean(axis=0)


RIGHT = {
    "slope": [
        lambda loss, w, h: np.float32((loss(w + h) - loss(w - h)) / 2 / h),
        lambda loss, w, h: np.mean([(loss(w + s * h) - loss(w)) / (s * h) for s in (1, -1)]),
    ],
    "softmax_gradient": [
        loops_softmax_gradient,
        lambda logits, labels: (
            (
                special.softmax(logits, axis=1)
                - pd.get_dummies(pd.Categorical(labels, range(logits.shape[1]))).to_numpy()
            )
            / len(labels)
        ),
    ],
    "hidden_delta": [
        lambda delta, kernel, a: np.einsum("nk,hk->nh", delta, kernel) * (a - a**2),
        lambda delta, kernel, a: ((kernel @ delta.T) * (a * (1 - a)).T).T.tolist(),
    ],
    "input_gradient": [
        loops_input_gradient,
        lambda dz, w: signal.fftconvolve(dz, w),
        lambda dz, w: np.correlate(np.pad(dz, len(w) - 1), w[::-1], "valid"),
    ],
    "chance_loss": [
        lambda shares: stats.entropy(shares / sum(shares)),
        lambda shares: math.fsum(-p * math.log(p) for p in shares),
        lambda shares: np.average(-np.log(shares), weights=shares),
    ],
    "average_back": [loops_average_back, lambda dy: np.kron(dy, np.full((2, 2), 0.25))],
    "dropout": [
        loops_dropout,
        lambda x, draws, rate, training: (
            np.where(draws < rate, 0, x / np.float64(1 - rate)) if training else x.tolist()
        ),
    ],
    "batch_norm": [
        loops_batch_norm,
        lambda x, gamma, beta, epsilon: (
            (pd.DataFrame(x) - x.mean(0)) / (x.std(0) ** 2 + epsilon) ** 0.5 * gamma + beta
        ),
    ],
    "first_wrong": [
        laddered,
        lambda first_loss, gradient_error, loss_50, apart, accuracy_50: next(
            (
                rung
                for rung, good in enumerate(
                    [
                        math.log(10) - 0.5 <= first_loss <= math.log(10) + 0.5,
                        gradient_error <= 1e-6,
                        loss_50 <= 0.5,
                        not apart,
                        accuracy_50 >= 0.9,
                    ],
                    1,
                )
                if not good
            ),
            0,
        ),
    ],
    "momentum_path": [
        loops_momentum_path,
        lambda gradients, learning_rate, momentum: (
            -learning_rate * np.cumsum(signal.lfilter([1], [1, -momentum], gradients))
        ),
    ],
    "scale_pixels": [
        lambda images: np.asarray(images, np.float32) / 255.0,
        lambda images: (images * (1 / 255)).tolist(),
        lambda images: np.interp(images, (0, 255), (0, 1)),
        lambda images: (images / 255).astype(np.float16),
    ],
    "brighter": [
        lambda image, amount: np.clip(image.astype(float) + amount, 0, 255).astype(np.uint8),
        lambda image, amount: np.where(image > 255 - amount, 255, image + np.uint8(amount)),
        lambda image, amount: (
            [min(int(pixel) + amount, 255) for pixel in image.flat]
            if image.ndim == 1
            else np.int16(image).clip(max=255 - amount) + amount
        ),
    ],
    "correlate1d": [
        loops_correlate1d,
        lambda x, w: signal.correlate(x, w, "valid"),
        lambda x, w: np.convolve(x, w[::-1], "valid").astype(np.float32),
        lambda x, w: pd.Series(x).rolling(len(w)).apply(lambda part: part.to_numpy() @ w).dropna(),
    ],
    "one_value": [
        loops_one_value,
        lambda x, w, b, r, c, s: (
            np.tensordot(x[r * s :][: len(w), c * s :][:, : w.shape[1]], w, axes=3) + b
        ),
    ],
    "true_convolution": [
        loops_true_convolution,
        lambda image, kernel: signal.convolve2d(image, kernel, mode="valid"),
        lambda image, kernel: signal.correlate2d(image, np.rot90(kernel, 2), mode="valid").tolist(),
        lambda image, kernel: signal.fftconvolve(image, kernel, mode="valid"),
    ],
    "moving_kernel": [
        lambda down, right: np.roll(np.eye(5)[[2]] * np.eye(5)[:, [2]], (-down, -right), (0, 1)),
        lambda down, right: [
            [1 if (row, column) == (2 - down, 2 - right) else 0 for column in range(5)]
            for row in range(5)
        ],
        lambda down, right: np.outer(np.eye(5)[2 - down], np.eye(5)[2 - right]),
    ],
    "magnitude": [
        padded_magnitude,
        lambda gx, gy: np.abs(gx + 1j * gy),
        lambda gx, gy: (gx.astype(float) ** 2 + gy.astype(float) ** 2) ** 0.5,
        lambda gx, gy: np.sqrt((gx**2 + gy**2).astype(complex)),
        lambda gx, gy: np.linalg.norm([gx, gy], axis=0),
    ],
    "edge_responses": [
        lambda kernel: (
            (kernel * [0, 0, 1]).sum(),
            (kernel * np.array([[0], [0], [1]])).sum(),
            np.sum(kernel),
        ),
        lambda kernel: [
            sum(row[2] for row in kernel.tolist()),
            sum(kernel.tolist()[2]),
            sum(sum(row) for row in kernel.tolist()),
        ],
        lambda kernel: [
            signal.correlate2d(picture, kernel, "valid")[0, 0]
            for picture in np.array([[[0, 0, 1]] * 3, [[0] * 3, [0] * 3, [1] * 3], [[1] * 3] * 3])
        ],
    ],
    "turned": [
        ring_of_lists,
        lambda kernel: np.take(kernel, [3, 0, 1, 6, 4, 2, 7, 8, 5]).reshape(3, 3),
        lambda k: [
            [k[1][0], k[0][0], k[0][1]],
            [k[2][0], k[1][1], k[0][2]],
            [k[2][1], k[2][2], k[1][2]],
        ],
    ],
    "output_size": [
        counted_output_size,
        lambda n, k, p, s: float(np.floor((n - k + 2 * p + s) / s)),
        lambda n, k, p, s: int((n + 2 * p - k) / s + 1),
        lambda n, k, p, s: np.zeros(n + 2 * p)[: n + 2 * p - k + 1 : s].size,
    ],
    "kernel_size": [
        lambda size_in, size_out, p: 1 - (size_out - size_in - 2 * p),
        lambda size_in, size_out, p: np.float32(size_in + 2 * p - (size_out - 1)),
    ],
    "count_network": [
        listed_network,
        lambda n, c, f: np.array(
            [
                (9 * c + 1) * f + (((n - 2) // 2) ** 2 * f + 1) * 10,
                (n - 2) ** 2 * 9 * c * f + ((n - 2) // 2) ** 2 * f * 10,
            ]
        ),
    ],
    "most_filters": [
        lambda budget: max(f for f in range(1, 999) if 18 * f * f + 992 * f + 10 <= budget),
        lambda budget: int((-992 + math.sqrt(992**2 + 72 * (budget - 10))) / 36 + 1e-9),
    ],
    "receptive_field": [
        grown_field,
        lambda layers: functools.reduce(
            lambda seen, layer: (seen - 1) * layer[1] + layer[0], layers[::-1], 1
        ),
        lambda layers: (
            1
            + sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers))
        ),
    ],
    "feature_count": [
        lambda size, kernel_size, pool_size, filters: (
            len(range(0, size - kernel_size + 2 - pool_size, pool_size)) ** 2 * filters
        ),
        lambda n, k, p, f: np.zeros((f, (n - k + 1) // p, (n - k + 1) // p)).size,
        lambda n, k, p, f: f * math.floor((n - k - p + 1) / p + 1) ** 2.0,
    ],
    "standardised": [
        loops_standardised,
        lambda train, other: StandardScaler().fit(train).transform(other),
        lambda train, other: (
            (pd.DataFrame(other) - train.mean(0)) / pd.DataFrame(train).std(ddof=0)
        ),
    ],
    "choose_by_validation": [
        lambda validation, test: statistics.mean(
            max(zip(validation, test, strict=True), key=lambda pair: sum(pair[0]))[1]
        ),
        lambda v, t: pd.DataFrame(t).mean(axis=1)[pd.DataFrame(v).mean(axis=1).idxmax()],
    ],
    "one_run_each": [
        lambda a, b: sum(x > y for x in a for y in b) / len(a) / len(b),
        lambda a, b: np.mean(np.subtract.outer(a, b) > 0),
        lambda a, b: float(np.mean([np.mean(run > b) for run in a])),
        lambda a, b: np.searchsorted(np.sort(b), a).sum() / (a.size * b.size),
    ],
    "repaired_loss": [
        lambda logits, labels: float(
            np.mean(special.logsumexp(logits, axis=1) - logits[range(len(labels)), labels])
        ),
        lambda logits, labels: (
            -(np.eye(logits.shape[1])[labels] * special.log_softmax(logits, 1)).sum(axis=1).mean()
        ),
        loops_loss,
        lambda logits, labels: np.mean(
            [
                -special.log_softmax(np.asarray(row, np.float32))[label]
                for row, label in zip(logits, labels, strict=True)
            ]
        ),
    ],
    "choose_C": [
        lambda values, accuracy, margin: min(
            C
            for C, row in zip(values, accuracy, strict=True)
            if np.mean(row) >= max(map(np.mean, accuracy)) - margin
        ),
        lambda values, accuracy, margin: values[
            np.argmax(accuracy.mean(1) >= accuracy.mean(1).max() - margin)
        ],
        lambda values, accuracy, margin: (
            (means := pd.DataFrame(accuracy, values).mean(axis=1))[means >= means.max() - margin]
        ).index[0],
    ],
    "recall_and_precision": [
        lambda matrix: np.stack([np.diag(matrix) / matrix.sum(axis) for axis in (1, 0)]),
        lambda matrix: [
            [matrix[c, c] / sum(matrix[c]) for c in range(len(matrix))],
            [matrix[c, c] / sum(matrix[:, c]) for c in range(len(matrix))],
        ],
        lambda matrix: tuple(
            pd.Series(np.diag(matrix)) / pd.Series(matrix.sum(axis)) for axis in (1, 0)
        ),
    ],
    "fewer_errors": [
        looped_fewer_errors,
        lambda first, second, n: [
            (c := len(set(second) - set(first)))
            - (b := len(set(first) - set(second)))
            + end * 1.96 * (c + b - (c - b) ** 2 / n) ** 0.5
            for end in (-1, 1)
        ],
        lambda first, second, n: (
            n
            * (
                (d := np.bincount(second, minlength=n) - np.bincount(first, minlength=n)).mean()
                + np.array([-1, 1]) * 1.96 * stats.sem(d, ddof=0)
            )
        ),
    ],
    "surest_mistakes": [
        lambda p, y, n: sorted(
            (i for i in range(len(y)) if p[i].argmax() != y[i]), key=lambda i: -p[i].max()
        )[:n],
        lambda p, y, n: np.array(
            [i for i in p.max(axis=1).argsort()[::-1] if np.argmax(p[i]) != y[i]][:n], float
        ),
        lambda p, y, n: (
            pd.Series(p.max(axis=1))[p.argmax(axis=1) != y].sort_values(ascending=False).index[:n]
        ),
        lambda p, y, n: np.argsort(np.where(p.argmax(1) == y, -1, p.max(1)))[-n:][::-1],
    ],
    "effect": [
        lambda before, after, places: (
            0
            if np.allclose(before, after)
            else 1
            if np.allclose(np.concatenate([before[-places:], before[:-places]]), after)
            else -1
        ),
        looped_effect,
        lambda before, after, places: np.float32(
            [-1, 1, 0, 0][
                np.allclose(after, np.roll(before, places)) + 2 * np.allclose(after, before)
            ]
        ),
    ],
    "places_moved": [
        lambda layers, pixels: (
            -1
            if pixels % np.prod([s for _, s in layers])
            else pixels / np.prod([s for _, s in layers])
        ),
        looped_places_moved,
        lambda layers, pixels: (
            pd.Series(pixels / pd.DataFrame(layers)[1].prod())
            .where(lambda places: places % 1 == 0, -1)
            .item()
        ),
    ],
    "moved": [
        loops_moved,
        lambda image, down, right: ndimage.shift(image, (down, right), order=0),
        lambda image, down, right: (
            np.eye(len(image), k=-down) @ image @ np.eye(image.shape[1], k=right)
        ),
        lambda image, down, right: (
            pd.DataFrame(image).shift(down, fill_value=0).shift(right, axis=1, fill_value=0)
        ),
        padded_moved,
    ],
    "farthest": [
        looped_farthest,
        lambda accuracy, least: np.cumprod(accuracy >= least).sum() - 1,
        lambda accuracy, least: float(np.argmax(np.append(accuracy, -1) < least)) - 1,
        lambda accuracy, least: next(
            (i - 1 for i, value in enumerate(accuracy) if value < least), len(accuracy) - 1
        ),
    ],
    "macs_of_both": [
        lambda size, kernel_size, in_channels, filters: [
            kernel_size**2 * in_channels * len(range(0, size, strides)) ** 2 * filters
            for strides in (2, 1)
        ],
        lambda n, k, c, f: np.array([0.25, 1.0]) * (n * n * k * k * c * f),
    ],
    "decide": [
        lambda first, second, t: (
            *(
                ends := stats.ttest_rel(first, second).statistic ** 0 * np.mean(first - second)
                + np.array([-t, t]) * stats.sem(first - second)
            ),
            1 if min(ends) > 0 else -1 if max(ends) < 0 else 0,
        ),
        loops_decide,
        lambda first, second, t: pd.Series(
            [
                low := (d := pd.Series(first - second)).mean() - t * d.sem(),
                high := d.mean() + t * d.sem(),
                np.sign(low) if low * high > 0 else 0,
            ]
        ),
    ],
    "gap_and_rise": [
        lambda training, validation, last: (
            sum(training[-last:] - validation[-last:]) / last,
            sum(validation[-last:]) / last - sum(validation[-2 * last : -last]) / last,
        ),
        lambda training, validation, last: np.float32(
            [
                np.mean(training[-last:]) - (now := np.mean(validation[len(validation) - last :])),
                now - statistics.mean(validation[-2 * last :][:last]),
            ]
        ),
        lambda training, validation, last: [
            pd.Series(training - validation).tail(last).mean(),
            pd.Series(validation).rolling(last).mean().diff(last).iloc[-1],
        ],
    ],
    "covered": [
        loops_covered,
        lambda image, row, column, size: np.where(
            ((np.arange(len(image))[:, None] - row) // size == 0)[..., None]
            & ((np.arange(image.shape[1]) - column) // size == 0)[:, None],
            0.5,
            image,
        ),
    ],
    "images_needed": [
        lambda p, strays: math.ceil(p * (1 - p) / strays**2),
        lambda p, strays: next(
            n for n in range(1, 100_000) if math.sqrt(p * (1 - p) / n) <= strays
        ),
        lambda p, strays: np.ceil((np.sqrt(p - p**2) / strays) ** 2),
    ],
    "l1_step": [
        lambda w, gradient, lam, rate: w - rate * gradient - rate * lam * np.sign(w),
        lambda w, gradient, lam, rate: [
            a - rate * (g + lam * np.sign(a)) for a, g in zip(w, gradient, strict=True)
        ],
        lambda w, gradient, lam, rate: (
            w - rate * (gradient + lam * ((w > 0).astype(float) - (w < 0)))
        ),
    ],
    "soft_threshold": [
        lambda w, amount: w - np.clip(w, -amount, amount),
        lambda w, amount: np.maximum(w - amount, 0) + np.minimum(w + amount, 0),
        lambda w, amount: np.where(np.abs(w) > amount, w - amount * np.sign(w), 0).tolist(),
    ],
    "early_stopping": [counted_early_stopping, waiting_early_stopping],
    "augmented": [
        loops_augmented,
        lambda image, mirrored, right: ndimage.shift(
            np.flip(image, 1) if mirrored else image, (0, right, 0), order=0
        ),
    ],
    "jitter": [
        lambda x, c, b: (c * x + (1 - c) * np.average(x) + b).clip(0, 1),
        lambda x, c, b: np.minimum(np.maximum((x - x.mean()) * c + x.mean() + b, 0), 1).tolist(),
        looped_jitter,
        lambda x, c, b: np.clip(
            (y := x + b).mean() + c * (y - y.mean()), 0, 1
        ),  # comes to the same
    ],
    "layers_to_see": [
        lambda size, kernel_size: math.ceil((size - 1) / (kernel_size - 1)),
        lambda size, kernel_size: len(range(1, size, kernel_size - 1)),
        lambda size, kernel_size: float((size + kernel_size - 3) // (kernel_size - 1)),
        counted_layers,
    ],
    "holm_corrected": [
        lambda p: [
            min(1, max((len(p) - (np.array(p) < q).sum()) * q for q in p if q <= own)) for own in p
        ],
        looped_holm,
        lambda p: (
            (s := pd.Series(p).sort_values(kind="stable"))
            .mul(np.arange(len(s), 0, -1))
            .cummax()
            .clip(upper=1)
            .sort_index()
        ),
    ],
    "within_budget": [
        looped_budget,
        lambda accuracies, seconds, budget: max(
            (i for i in range(len(seconds)) if seconds[i] <= budget),
            key=lambda i: accuracies[i],
            default=-1,
        ),
        lambda a, s, budget: (
            int(np.flatnonzero(a == a[s <= budget].max())[0]) if (s <= budget).any() else -1
        ),
    ],
    "least_accuracy": [
        lambda loss: max(0, 1 - loss / math.log(2)),
        lambda loss: 0.0 if loss > math.log(2) else 1 - loss / math.log(2),
        lambda loss: np.clip(1 + loss / np.log(0.5), 0, 1),
        lambda loss: np.float32(max(1 - math.log2(math.exp(loss)), 0)),
    ],
    "to_network": [
        lambda image: image / 128 - 127 / 128,
        lambda image: ((image.astype(np.float32) - 127) / 128).tolist(),
        lambda image: [[[(int(v) - 127) / 128 for v in p] for p in row] for row in image],
    ],
    "last_layer": [
        lambda maps, weights, bias: [
            sum(maps[..., c].mean() * weights[c, k] for c in range(len(weights))) + bias[k]
            for k in range(len(bias))
        ],
        lambda maps, weights, bias: (maps @ weights + bias).mean((0, 1)),
        lambda maps, weights, bias: (
            np.einsum("ijc,ck->k", maps, weights) / maps[..., 0].size + bias
        ),
    ],
    "grad_cam": [
        lambda maps, gradients: np.maximum(maps @ gradients.mean((0, 1)), 0),
        lambda maps, gradients: (
            np.einsum("ijk,abk->ij", maps, gradients) / gradients[..., 0].size
        ).clip(0),
        lambda maps, gradients: [
            [max(0, float(place @ gradients.mean((0, 1)))) for place in row] for row in maps
        ],
    ],
    "top_accuracy": [
        lambda logits, labels, k: np.mean(
            [label in np.argsort(row)[-k:] for row, label in zip(logits, labels, strict=True)]
        ),
        lambda logits, labels, k: (
            (logits > logits[np.arange(len(labels)), labels][:, None]).sum(1) < k
        ).mean(),
        lambda logits, labels, k: (
            sum(
                y in pd.Series(row).nlargest(k).index for row, y in zip(logits, labels, strict=True)
            )
            / len(labels)
        ),
    ],
    "nearest": [
        lambda x, centroids: distance.cdist(x, centroids).argmin(axis=1),
        lambda x, centroids: [
            min(range(len(centroids)), key=lambda c: sum((p - centroids[c]) ** 2)) for p in x
        ],
        lambda x, centroids: (
            (np.float32(x) ** 2).sum(1, keepdims=True)
            - 2 * np.float32(x) @ np.float32(centroids).T
            + (np.float32(centroids) ** 2).sum(1)
        ).argmin(1),
    ],
    "means": [
        lambda x, labels, k: [np.average(x, axis=0, weights=labels == c) for c in range(k)],
        lambda x, labels, k: (np.eye(k)[labels].T @ x) / np.bincount(labels)[:, None],
        lambda x, labels, k: pd.DataFrame(x).groupby(labels).mean(),
    ],
    "chances": [
        lambda x, chosen: (d := distance.cdist(x, chosen, "sqeuclidean").min(axis=1)) / sum(d),
        lambda x, chosen: pd.Series(distance.cdist(x, chosen).min(1) ** 2).pipe(
            lambda d: d / d.sum()
        ),
    ],
    "epochs_that_fit": [
        counted_epochs,
        lambda b, s, n, m: int(b / (s * (n + m / 3))),
        lambda b, s, n, m: b // (n * s + m * s / 3),
        lambda b, s, n, m: np.floor(b / s / (n + m / 3)).astype(int),
        lambda b, s, n, m: math.floor(3 * b / (s * (3 * n + m))),
        lambda b, s, n, m: divmod(np.float32(b), np.float32(s * n + s / 3 * m))[0],
    ],
    "not_beaten": [
        loops_not_beaten,
        ranked_not_beaten,
        lambda seconds, accuracy: [
            a == max(accuracy[seconds <= s]) and a > max(accuracy[seconds < s], default=-1)
            for s, a in zip(seconds, accuracy, strict=True)
        ],
        lambda seconds, accuracy: [
            all(t > s or b < a or (t, b) == (s, a) for t, b in zip(seconds, accuracy, strict=True))
            for s, a in zip(seconds, accuracy, strict=True)
        ],
        lambda seconds, accuracy: (
            1
            - (
                (np.subtract.outer(seconds, seconds) >= 0)
                & (np.subtract.outer(accuracy, accuracy) <= 0)
                & (np.not_equal.outer(seconds, seconds) | np.not_equal.outer(accuracy, accuracy))
            ).max(axis=1)
        ),
    ],
    "answer_together": [
        loops_answer_together,
        lambda logits: mean_chances(logits).argmax(axis=1),
        lambda logits: np.argmax(
            np.exp(special.log_softmax(logits.astype(np.float32), axis=2)).sum(axis=0), axis=1
        ),
        lambda logits: [
            pd.DataFrame(special.softmax(logits[:, i], axis=1)).mean().idxmax()
            for i in range(logits.shape[1])
        ],
        lambda logits: powers_over(logits, -1, logits.max(axis=2)[..., None]).argmax(axis=-1),
        lambda logits: special.logsumexp(
            logits - special.logsumexp(logits, axis=2, keepdims=True), axis=0
        ).argmax(axis=1),
    ],
    "whose_recall": [
        lambda matrix, printed: [
            min(range(len(matrix)), key=lambda c: abs(matrix[c, c] / sum(matrix[c]) - value))
            for value in printed
        ],
        lambda matrix, printed: np.argmin(
            np.abs(np.subtract.outer(printed, np.diag(matrix) / matrix.sum(1))), axis=1
        ),
        lambda matrix, printed: distance.cdist(
            np.c_[printed], np.c_[matrix.diagonal() / matrix.sum(axis=1)]
        ).argmin(1),
        lambda matrix, printed: pd.Series(printed).map(
            lambda value: pd.Series(np.diag(matrix) / matrix.sum(1)).sub(value).abs().idxmin()
        ),
    ],
    "one_more_run": [
        one_more,
        lambda runs: stats.t.interval(
            0.95, len(runs) - 1, np.mean(runs), np.std(runs, ddof=1) * np.sqrt(1 + 1 / len(runs))
        ),
        lambda runs: [
            statistics.mean(runs)
            + side
            * stats.t(len(runs) - 1).isf(0.025)
            * statistics.stdev(runs)
            * ((len(runs) + 1) / len(runs)) ** 0.5
            for side in (-1, 1)
        ],
    ],
    "wrong_line": [
        loops_wrong_line,
        lambda factors, results: np.flatnonzero(np.prod(factors, axis=2).sum(1) - results)[0],
        lambda factors, results: int(
            np.argwhere(np.einsum("ij,ij->i", factors[..., 0], factors[..., 1]) != results)[0, 0]
        ),
    ],
    "silhouette": [
        lambda x, labels, i: silhouette_samples(x, labels)[i],
        loops_silhouette,
    ],
    "few_colours": [
        lambda image, palette: palette[
            distance.cdist(image.reshape(-1, 3), palette).argmin(1)
        ].reshape(image.shape),
        lambda image, palette: [
            [min(palette, key=lambda colour: sum((colour - pixel) ** 2)) for pixel in row]
            for row in image
        ],
    ],
}

WRONG = {
    "slope": {
        "look ahead only": [lambda loss, w, h: (loss(w + h) - loss(w)) / h],
        "look back only": [lambda loss, w, h: (loss(w) - loss(w - h)) / h],
        "divide by 2h": [
            lambda loss, w, h: (loss(w + h) - loss(w - h)) / h,
            lambda loss, w, h: (loss(w + h) - loss(w)) / h + (loss(w) - loss(w - h)) / h,
        ],
        "in brackets": [lambda loss, w, h: (loss(w + h) - loss(w - h)) / 2 * h],
        "times `2 * h`": [lambda loss, w, h: loss(w + h) - loss(w - h)],
        "sign": [lambda loss, w, h: (loss(w - h) - loss(w + h)) / (2 * h)],
        "times `h`": [lambda loss, w, h: (loss(w + h) - loss(w - h)) / 2],
        "step by 2h": [lambda f, w, h: (f(w + 2 * h) - f(w - 2 * h)) / (2 * h)],
        "not a plus": [lambda loss, w, h: (loss(w + h) + loss(w - h)) / (2 * h)],
        "of your own": [lambda loss, w, h: (loss(w + 1e-6) - loss(w - 1e-6)) / 2e-6],
        "needs brackets": [lambda loss, w, h: loss(w + h) - loss(w - h) / (2 * h)],
        "second difference": [lambda f, w, h: (f(w + h) + f(w - h) - 2 * f(w)) / (h * h)],
        "whatever comes in": [lambda loss, w, h: ((loss(w) + h) - (loss(w) - h)) / (2 * h)],
        "`h / 2`": [lambda loss, w, h: (loss(w + h / 2) - loss(w - h / 2)) / h],
        "": [lambda loss, w, h: loss((w + h) / (2 * h)) - loss((w - h) / (2 * h))],
    },
    "softmax_gradient": {
        "mean over the batch": [lambda z, y: len(y) * loops_softmax_gradient(z, y)],
        "The sign is wrong": [lambda z, y: -loops_softmax_gradient(z, y)],
        "Put p − t in brackets": [
            lambda z, y: special.softmax(z, axis=1) - np.eye(z.shape[1])[y] / len(y),
            lambda z, y: special.softmax(z, axis=1) / len(y) - np.eye(z.shape[1])[y],
        ],
        "Take 1 off": [lambda z, y: special.softmax(z, axis=1) / len(y)],
        "of samples alone": [
            lambda z, y: loops_softmax_gradient(z, y) / z.shape[1],
            lambda z, y: loops_softmax_gradient(z, y) * len(y) / z.shape[1],
        ],
        "Softmax comes first": [lambda z, y: (z - np.eye(z.shape[1])[y]) / len(z)],
        "take the largest of each row": [
            lambda z, y: (unstable_softmax(z - np.max(z)) - np.eye(z.shape[1])[y]) / len(y)
        ],
        "divide the logits by their sum": [
            lambda z, y: (z / np.sum(z, axis=1)[:, None] - np.eye(z.shape[1])[y]) / len(y)
        ],
        "sigmoid of each": [lambda z, y: (special.expit(z) - np.eye(z.shape[1])[y]) / len(y)],
        "count from 0": [lambda z, y: loops_softmax_gradient(z, np.array(y) - 1)],
        "is the loss": [lambda z, y: -special.log_softmax(z, axis=1)[range(len(y)), y].mean()],
        "by the probabilities": [
            lambda z, y: -np.eye(z.shape[1])[y] / special.softmax(z, axis=1) / len(y)
        ],
        "in p − t already": [
            lambda z, y: loops_softmax_gradient(z, y) * (p := special.softmax(z, 1)) * (1 - p)
        ],
        "whole rows": [
            lambda z, y: (special.softmax(z, 1) - np.isin(range(z.shape[1]), y)) / len(y)
        ],
        "There are two mistakes": [lambda z, y: special.softmax(z, axis=1)],
        "An axis is gone": [lambda z, y: loops_softmax_gradient(z, y).sum(axis=0)],
        "Take the largest logit": [
            lambda z, y, middle=middle: (
                (unstable_softmax(z - middle(z, 1, keepdims=True)) - np.eye(z.shape[1])[y]) / len(y)
            )
            for middle in (np.mean, np.median)
        ],
        "use axis 1": [
            lambda z, y: (special.softmax(z) - np.eye(z.shape[1])[y]) / len(y),
            lambda z, y: (special.softmax(z, axis=0) - np.eye(z.shape[1])[y]) / len(y),
        ],
        "is too large for a float": [
            lambda z, y: (unstable_softmax(z) - np.eye(z.shape[1])[y]) / len(y)
        ],
        "": [lambda z, y: (special.softmax(z, 1) - y[:, None]) / len(y)],
    },
    "hidden_delta": {
        "as report E does": [lambda delta, kernel, a: delta @ kernel.T * a],
        "is missing": [lambda delta, kernel, a: delta @ kernel.T],
        "slope of tanh": [lambda delta, kernel, a: delta @ kernel.T * (1 - a * a)],
        "You take 1 − a": [lambda delta, kernel, a: delta @ kernel.T * (1 - a)],
        "transposed": [lambda delta, kernel, a: delta @ kernel * a * (1 - a)],
        "once more": [
            lambda delta, kernel, a: delta @ kernel.T * special.expit(a) * special.expit(-a)
        ],
        "A minus, not a plus": [lambda delta, kernel, a: delta @ kernel.T * (a + a**2)],
        "factor too many": [
            lambda delta, kernel, a: delta @ kernel.T * a * (1 - a) * a,
            lambda delta, kernel, a: delta @ kernel.T * (a * (1 - a)) ** 2,
        ],
        "in brackets": [lambda delta, kernel, a: a * (delta @ kernel.T) - a],
        "slope of ReLU": [lambda delta, kernel, a: np.where(a > 0, delta @ kernel.T, 0)],
        "Multiply by it": [lambda delta, kernel, a: delta @ kernel.T / a / (1 - a)],
        "slope alone": [lambda delta, kernel, a: a - a**2],
        "of the mean already": [lambda d, kernel, a: d @ kernel.T * a * (1 - a) / d.shape[0]],
        "gradient of the kernel": [lambda delta, kernel, a: np.transpose(a) @ delta],
        "sign": [lambda delta, kernel, a: delta @ kernel.T * a * (a - 1)],
    },
    "input_gradient": {
        "it correlates": [
            lambda dz, w: np.correlate(dz, w, "full"),
            lambda dz, w: np.correlate(np.pad(dz, len(w) - 1), w, "valid"),
        ],
        "missing at the ends": [
            lambda dz, w: np.convolve(dz, w, "same"),
            lambda dz, w: np.convolve(dz, w, "valid"),
            lambda dz, w: np.convolve(dz, w)[: max(len(dz), len(w))],
        ],
        "`len(dz)`": [lambda dz, w: np.convolve(dz, w) / len(dz)],
        "reverse": [lambda dz, w: np.convolve(dz, w)[::-1]],
        "sign": [lambda dz, w: -np.convolve(dz, w)],
        "belongs to the input `k + m`": [
            lambda dz, w: loops_input_gradient(dz, w, place=lambda k, m: k)
        ],
        "longer than the input": [
            lambda dz, w: [*np.convolve(dz, w), 0],
            lambda dz, w: np.correlate(np.pad(dz, len(w)), w[::-1], "valid"),
        ],
        "`+=`, not `=`": [overwriting_input_gradient],
        "keeps no fractions": [
            lambda dz, w: loops_input_gradient(dz, w, np.zeros(len(dz) + len(w) - 1, dz.dtype))
        ],
        "all products": [lambda dz, w: np.reshape(dz, (-1, 1)) * w],
        "": [
            lambda dz, w: np.repeat(w.sum(), len(dz) + len(w) - 1),
            np.polymul,  # drops zeros at the beginning
            lambda dz, w: loops_input_gradient(dz, w, np.zeros(len(dz) + len(w) - 1, w.dtype)),
        ],
    },
    "chance_loss": {
        "in bits": [lambda shares: stats.entropy(shares, base=2)],
        "weigh each logarithm": [lambda shares: sum(-np.log(shares)) / len(shares)],
        "equally frequent": [lambda shares: math.log(shares.size)],
        "turn the sign": [lambda shares: (shares * np.log(shares)).sum()],
        "one class only": [
            lambda shares: -math.log(max(shares)),
            lambda shares: -math.log(min(shares)),
        ],
        "logarithm of a mean": [lambda shares: -math.log(sum(p * p for p in shares))],
        "no place": [lambda shares: sum(map(stats.entropy, zip(shares, 1 - shares, strict=True)))],
        "many numbers": [lambda shares: -shares * np.log(shares)],
    },
    "average_back": {
        "counts for a quarter": [lambda dy: np.kron(dy, np.ones((2, 2)))],
        "not two": [lambda dy: loops_average_back(dy, 2)],
        "one of the four only": [
            lambda dy: np.kron(dy, [[1, 0], [0, 0]]),
            lambda dy: np.kron(dy, [[0.25, 0], [0, 0]]),
        ],
        "mixed up": [
            lambda dy: np.tile(dy / 4, (2, 2)),
            lambda dy: np.repeat(dy / 4, 4).reshape([2 * side for side in dy.shape]),
        ],
        "": [lambda dy: np.repeat(dy, 4, axis=1) / 4, lambda dy: np.asarray(dy) / 4],
    },
    "dropout": {
        "has to grow": [lambda x, draws, rate, training: x * (draws >= rate) if training else x],
        "the rate": [
            lambda x, draws, rate, training: x * (draws >= rate) / rate if training else x
        ],
        "should stay": [
            lambda x, draws, rate, training: x * (draws < rate) / (1 - rate) if training else x
        ],
        "in test, too": [lambda x, draws, rate, training: loops_dropout(x, draws, rate, True)],
        "nothing is to be scaled": [
            lambda x, draws, rate, training: x * (draws >= rate) if training else x * (1 - rate),
            lambda x, draws, rate, training: (x * (draws >= rate) if training else x) / (1 - rate),
        ],
        "not with 1 − rate": [
            lambda x, draws, rate, training: (
                np.where(draws < 1 - rate, x / (1 - rate), 0) if training else x
            )
        ],
        "depends on the rate": [
            lambda x, draws, rate, training: 2 * x * (draws >= rate) if training else x
        ],
        "happened to stay": [
            lambda x, draws, rate, training: (
                x * (draws >= rate) * x.size / (draws >= rate).sum() if training else x
            )
        ],
        "other way round": [
            lambda x, draws, rate, training: loops_dropout(x, draws, rate, not training)
        ],
        "equal to the rate": [
            lambda x, draws, rate, training: x * (draws > rate) / (1 - rate) if training else x
        ],
    },
    "batch_norm": {
        "axis 0": [
            lambda x, g, b, e: g * (x - x.mean()) / np.sqrt(x.var() + e) + b,
        ],
        "not by the variance": [lambda x, g, b, e: g * (x - x.mean(0)) / (x.var(0) + e) + b],
        "under the root": [lambda x, g, b, e: g * (x - x.mean(0)) / (x.std(0) + e) + b],
        "not the deviation": [lambda x, g, b, e: g * (x - x.mean(0)) / (x.std(0) + e) ** 0.5 + b],
        "over everything": [
            lambda x, g, b, e: g * (x - x.mean()) / (x.var(0) + e) ** 0.5 + b,
            lambda x, g, b, e: g * (x - x.mean(0)) / (x.var() + e) ** 0.5 + b,
        ],
        "brackets": [lambda x, g, b, e: g * (x - x.mean(0) / (x.var(0) + e) ** 0.5) + b],
        "n − 1": [lambda x, g, b, e: loops_batch_norm(x, g, b, e, n=1)],
        "gamma and beta are missing": [lambda x, g, b, e: (x - x.mean(0)) / np.sqrt(x.var(0) + e)],
        "not before": [lambda x, g, b, e: g * ((x - x.mean(0)) / np.sqrt(x.var(0) + e) + b)],
        "has to be taken off": [lambda x, g, b, e: g * x / np.sqrt(x.var(0) + e) + b],
    },
    "first_wrong": {
        "the first counts": [
            lambda *case: 5 if case[4] < 0.9 else 4 if case[3] else laddered(*case)
        ],
        "too low": [lambda first, *rest: laddered(max(first, np.log(10)), *rest)],
        "natural": [lambda first, *rest: laddered(first - 1 + np.log(10), *rest)],
        "from 1": [lambda *case: laddered(*case) - 1],
        "the same whatever": [lambda *case: 1],
        "0 in place of": [lambda *case: laddered(*case[:1], 0, *case[2:])],
        "on the limit": [lambda *case: laddered(*case) or 5 * (case[4] <= 0.9)],
        "": [
            lambda first, *rest: laddered(np.log(10) + (first - np.log(10)) / 2, *rest),
            lambda first, *rest: laddered(np.log(10) + (first - np.log(10)) / 0.8, *rest),
            lambda first, error, *rest: laddered(first, error / 10, *rest),
        ],
    },
    "momentum_path": {
        "plain gradient descent": [lambda g, rate, momentum: -rate * np.cumsum(g)],
        "uphill": [lambda g, rate, momentum: np.negative(loops_momentum_path(g, rate, momentum))],
        "moving average": [
            lambda g, rate, mu: np.multiply(loops_momentum_path(g, rate, mu), 1 - mu)
        ],
        "These are the steps": [
            lambda g, rate, momentum: np.diff(loops_momentum_path(g, rate, momentum), prepend=0),
            lambda g, rate, momentum: -rate * signal.lfilter([1], [1, -momentum], g),
        ],
        "1 too large": [lambda *case: loops_momentum_path(*case, start=1.0)],
        "not after the last one": [
            lambda g, rate, momentum: loops_momentum_path(g, rate, momentum)[-1]
        ],
        "plain steps": [lambda g, rate, momentum: [-rate * slope for slope in g]],
        "the start as well": [
            lambda g, rate, momentum: [0, *loops_momentum_path(g, rate, momentum)]
        ],
        "one step late": [
            lambda g, rate, momentum: [0, *loops_momentum_path(g, rate, momentum)][:-1]
        ],
        "1 − momentum of the last": [
            lambda g, rate, momentum: loops_momentum_path(g, rate, 1 - momentum)
        ],
        "divided by `learning_rate`": [
            lambda g, rate, momentum: loops_momentum_path(g, 1, momentum)
        ],
        "times `learning_rate`": [
            lambda g, rate, momentum: loops_momentum_path(rate * g, rate, momentum)
        ],
        "times `momentum`": [
            lambda g, rate, momentum: loops_momentum_path(g, rate * momentum, momentum)
        ],
        "": [lambda g, rate, momentum: loops_momentum_path(g, rate, momentum)[::2]],
    },
    "scale_pixels": {
        "lost their fractions": [
            lambda images: images // 255,
            lambda images: (images / 255).astype(int),
            lambda images: np.uint8(images / 255),
        ],
        "rounded": [lambda images: np.round(images / 255, 2)],
        "not at 256": [lambda images: images / 256],
        "brightest pixel": [lambda images: images / np.max(images)],
        "from -1 to 1": [lambda images: images / 127.5 - 1, lambda i: 2 * (i / 255) - 1],
        "255 times what": [lambda images: images, lambda images: images.astype(float)],
        "1 minus": [lambda images: 1 - images / 255],
        "times what": [lambda images: images / 100],
        "the same whatever": [lambda images: 0.5],
        "from 1 to 255": [lambda images: images / 255 if images.max() > 1 else images],
    },
    "brighter": {
        "start again at 0": [
            lambda image, amount: image + np.uint8(amount),
            lambda image, amount: np.minimum(image + np.uint8(amount), 255),
            lambda image, amount: (image.astype(int) + amount) % 256,
        ],
        "beyond 255": [lambda image, amount: image.astype(float) + amount],
        "0 in place of `amount`": [lambda image, amount: image],
        "scale the image": [
            lambda image, amount: (
                (image.astype(int) + amount) / max((image.astype(int) + amount).max(), 1) * 255
            )
        ],
        "multiply by": [lambda image, amount: np.minimum(image.astype(int) * amount, 255)],
    },
    "correlate1d": {
        "flipped": [
            lambda x, w: np.convolve(x, w, "valid"),
            lambda x, w: loops_correlate1d(x, w[::-1]),
        ],
        "lack the last one": [lambda x, w: loops_correlate1d(x, w)[:-1]],
        "as long as x": [
            lambda x, w: (
                ndimage.correlate1d(x.astype(float), w, mode="constant")
                if len(w) % 2
                else np.correlate(x, w, "same")
            )
        ],
        "two mistakes": [lambda x, w: np.convolve(x, w, "same")],
        "should be negative": [lambda x, w: [max(0, z) for z in loops_correlate1d(x, w)]],
        "one number": [
            lambda x, w: sum(x[: len(w)] * w),
            lambda x, w: sum(loops_correlate1d(x, w)),
        ],
        "lost their fractions": [lambda x, w: np.array(loops_correlate1d(x, w), int)],
        "": [lambda x, w: np.array(loops_correlate1d(x, w)).astype(w.dtype)],
    },
    "one_value": {
        "`row` and `column` exchanged": [swapped_one_value, swapped_axes_one_value],
        "minus `b`": [lambda x, w, b, *at: loops_one_value(x, w, 0, *at)],
        "1 in place of `strides`": [
            lambda x, w, b, row, column, s: loops_one_value(x, w, b, row, column, 1)
        ],
        "should be negative": [lambda *case: max(0, loops_one_value(*case))],
        "by its own size": [
            lambda x, w, b, row, column, s: (
                (x[row * len(w) :][: len(w), column * w.shape[1] :][:, : w.shape[1]] * w).sum() + b
            )
        ],
        "once a channel": [
            lambda x, w, b, *at: sum(
                loops_one_value(x[..., [c]], w[..., [c]], b, *at) for c in range(w.shape[2])
            )
        ],
    },
    "true_convolution": {
        "still the cross-correlation": [
            lambda image, kernel: signal.correlate2d(image, kernel, mode="valid"),
            lambda image, kernel: loops_true_convolution(image, kernel, step=1),
        ],
        "reverses both": [
            lambda image, kernel: signal.correlate2d(image, kernel[::-1], mode="valid"),
            lambda image, kernel: signal.correlate2d(image, kernel[:, ::-1], mode="valid"),
        ],
        "`kernel` transposed": [lambda image, kernel: loops_true_convolution(image, kernel.T)],
        "kernel is transposed": [
            lambda image, kernel: signal.correlate2d(image, kernel.T, mode="valid")
        ],
        "signs are changed": [lambda image, kernel: loops_true_convolution(image, -kernel, 1)],
        "half a turn": [lambda image, kernel: loops_true_convolution(image[::-1, ::-1], kernel, 1)],
        "Zeros were added": [
            lambda image, kernel: signal.convolve2d(image, kernel),
            lambda image, kernel: signal.convolve2d(image, kernel, mode="same"),
        ],
        "": [lambda i, kernel: signal.convolve2d(i, kernel, "valid").astype(kernel.dtype)],
    },
    "moving_kernel": {
        "other way": [lambda down, right: np.outer(np.eye(5)[2 + down], np.eye(5)[2 + right])],
        "exchanged": [lambda down, right: np.outer(np.eye(5)[2 - right], np.eye(5)[2 - down])],
        "alone": [lambda down, right: np.outer(np.eye(5)[2 - down], np.eye(5)[2 + right])],
        "corner": [lambda down, right: np.outer(np.eye(5)[down], np.eye(5)[right])],
        "brightness": [
            lambda down, right: 255 * np.outer(np.eye(5)[2 - down], np.eye(5)[2 - right])
        ],
        "the same whatever": [lambda down, right: np.eye(5)],
        "`abs(down)`": [
            lambda down, right: np.outer(np.eye(5)[2 - abs(down)], np.eye(5)[2 - right])
        ],
    },
    "magnitude": {
        "added with their signs": [lambda gx, gy: gx + gy, lambda gx, gy: abs(gx + gy)],
        "absolute values": [lambda gx, gy: abs(gx) + abs(gy)],
        "squares of the right": [lambda gx, gy: gx**2 + gy**2],
        "halved": [lambda gx, gy: (gx**2 + gy**2) ** 1 / 2],
        "": [
            lambda gx, gy: math.sqrt(sum(gx.flat) ** 2 + sum(gy.flat) ** 2),
            lambda gx, gy: gx,
        ],
        "lost their fractions": [lambda gx, gy: np.round(np.hypot(gx, gy))],
        "zeros in place of `gy`": [lambda gx, gy: abs(gx)],
    },
    "edge_responses": {
        "exchanged": [lambda k: [k[2].sum(), k[:, 2].sum(), k.sum()]],
        "left column": [lambda k: [k[:, 0].sum(), k[0].sum(), k.sum()]],
        "middle": [lambda k: [k[:, 1].sum(), k[1].sum(), k.sum()]],
        "comes last": [lambda k: [k.sum(), k[:, 2].sum(), k[2].sum()]],
        "average": [lambda k: [k[:, 2].mean(), k[2].mean(), k.mean()]],
        "other side": [lambda k: [(k[:, 2] - k[:, 0]).sum(), (k[2] - k[0]).sum(), k.sum()]],
        "lost their sign": [lambda k: [abs(k[:, 2].sum()), abs(k[2].sum()), abs(k.sum())]],
        "": [lambda k: [k[:, 1:].sum(), k[1:].sum(), k.sum()]],
    },
    "turned": {
        "clockwise": [lambda k: np.take(k, [1, 2, 5, 0, 4, 8, 3, 6, 7]).reshape(3, 3)],
        "quarter": [np.rot90, lambda k: np.rot90(k, -1)],
        "half a turn": [lambda k: k[::-1, ::-1]],
        "mirrored": [lambda k: k.T, lambda k: k[:, ::-1], lambda k: k[::-1]],
        "rows or columns": [lambda k: np.roll(k, 1)],
        "still need the old ones": [ring_without_a_copy],
        "centre": [
            lambda k: [[k[1, 0], k[0, 0], k[0, 1]], [k[2, 0], 0, k[0, 2]], [*k[2, 1:], k[1, 2]]]
        ],
        "": [lambda k: k],
    },
    "output_size": {
        "floor": [lambda n, k, p, s: (n + 2 * p - k) / s + 1],
        "round up": [
            lambda n, k, p, s: math.ceil((n + 2 * p - k) / s) + 1,
            lambda n, k, p, s: round((n + 2 * p - k) / s + 1),
            lambda n, k, p, s: int((n + 2 * p - k) / s + 1.5),
        ],
        "`p / 2`": [lambda n, k, p, s: (n + p - k) // s + 1],
        "`n - 1`": [lambda n, k, p, s: (n + 2 * p - k - 1) // s + 1],
        "+ 1 is missing": [lambda n, k, p, s: (n + 2 * p - k) // s],
        "behind the division": [lambda n, k, p, s: (n + 2 * p - k + 1) // s],
        "( )": [lambda n, k, p, s: n + 2 * p - k // s + 1],
        "0 in place of `p`": [lambda n, k, p, s: (n - k) // s + 1],
        "1 in place of `s`": [lambda n, k, p, s: n + 2 * p - k + 1],
    },
    "kernel_size": {
        "+ 1 is missing": [lambda size_in, size_out, p: size_in + 2 * p - size_out],
        "minus `p`": [lambda size_in, size_out, p: size_in + p - size_out + 1],
        "`2 * p`": [lambda size_in, size_out, p: size_in - size_out + 1],
        "exchanged": [lambda size_in, size_out, p: size_out + 2 * p - size_in + 1],
        "half of it": [lambda size_in, size_out, p: (size_in + 2 * p - size_out) / 2 + 1],
    },
    "count_network": {
        "of the convolution are missing": [
            lambda n, c, f: (
                9 * c * f + (n // 2 - 1) ** 2 * f * 10,
                (n - 2) ** 2 * 9 * c * f + (n // 2 - 1) ** 2 * f * 10,
            )
        ],
        "not for each input": [
            lambda n, c, f: (
                9 * c * f + f + (n // 2 - 1) ** 2 * f * 11,
                (n - 2) ** 2 * 9 * c * f + (n // 2 - 1) ** 2 * f * 10,
            )
        ],
        "takes 2 places": [
            lambda n, c, f: (
                9 * c * f + f + (n // 2) ** 2 * f * 10 + 10,
                n**2 * 9 * c * f + (n // 2) ** 2 * f * 10,
            )
        ],
        "pooling is missing": [
            lambda n, c, f: (
                9 * c * f + f + (n - 2) ** 2 * f * 10 + 10,
                (n - 2) ** 2 * 9 * c * f + (n - 2) ** 2 * f * 10,
            )
        ],
        "dense layer are missing": [
            lambda n, c, f: (listed_network(n, c, f)[0], (n - 2) ** 2 * 9 * c * f)
        ],
        "no multiply-adds": [
            lambda n, c, f: np.add(listed_network(n, c, f), (0, f * (n - 2) ** 2)),
            lambda n, c, f: np.add(listed_network(n, c, f), (0, f * (n - 2) ** 2 + 10)),
        ],
        "reverse order": [lambda n, c, f: listed_network(n, c, f)[::-1]],
        "but the first": [lambda n, c, f: np.subtract(listed_network(n, c, f), (1, 0))],
    },
    "most_filters": {
        "each of the f channels": [
            lambda budget: max(
                [1, *(f for f in range(1, 999) if 36 * f * f + 992 * f + 10 <= budget)]
            )
        ],
        "no longer fits": [
            lambda budget: min(f for f in range(1, 999) if 18 * f * f + 992 * f + 10 > budget)
        ],
        "at most, not less": [
            lambda budget: max(
                [1, *(f for f in range(1, 999) if 18 * f * f + 992 * f + 10 < budget)]
            ),
            lambda budget: min(f for f in range(1, 999) if 18 * f * f + 992 * f + 10 >= budget) - 1,
        ],
        "Biases are missing": [
            lambda budget: max(f for f in range(1, 999) if 18 * f * f + 989 * f <= budget)
        ],
        "7 × 7": [
            lambda budget: max(
                [1, *(f for f in range(1, 999) if 18 * f * f + 12 * f + 3920 * f + 10 <= budget)]
            )
        ],
        "the parameters": [
            lambda budget: max(
                18 * f * f + 992 * f + 10
                for f in range(1, 999)
                if 18 * f * f + 992 * f + 10 <= budget
            )
        ],
        "": [
            lambda budget: budget // 1020,
            lambda budget: max(
                [1, *(f for f in range(1, 999) if 18 * f * f + 1010 * f + 10 <= budget)]
            ),
        ],
    },
    "receptive_field": {
        "wrong order": [
            lambda layers: functools.reduce(
                lambda r, layer: (r - 1) * layer[1] + layer[0], layers, 1
            ),
            lambda layers: grown_field(list(reversed(layers))),
        ],
        "add the whole kernel": [
            lambda layers: functools.reduce(
                lambda at, layer: (at[0] + layer[0] * at[1], at[1] * layer[1]), layers, (1, 1)
            )[0]
        ],
        "strides are missing": [lambda layers: 1 + sum(k - 1 for k, _ in layers)],
        "act on itself": [
            lambda layers: functools.reduce(
                lambda at, layer: (
                    at[0] + (layer[0] - 1) * at[1] * layer[1],
                    at[1] * layer[1],
                ),
                layers,
                (1, 1),
            )[0]
        ],
        "below multiply": [
            lambda layers: (
                1
                + sum(
                    (k - 1) * (1 + sum(s for _, s in layers[:i])) for i, (k, _) in enumerate(layers)
                )
            ),
            lambda layers: 1 + sum((k - 1) * s for k, s in layers),
        ],
        "first pixel": [lambda layers: grown_field(layers) - 1],
        "add up the kernels": [lambda layers: sum(k for k, _ in layers)],
    },
    "feature_count": {
        "+ 1 is missing": [lambda n, k, p, f: ((n - k) // p) ** 2 * f],
        "two sides": [lambda n, k, p, f: (n - k + 1) // p * f],
        "round each side down": [
            lambda n, k, p, f: math.ceil((n - k + 1) / p) ** 2 * f,
            lambda n, k, p, f: round((n - k + 1) / p) ** 2 * f,
            lambda n, k, p, f: ((n - k + 1) / p) ** 2 * f,
            lambda n, k, p, f: int(((n - k + 1) / p) ** 2 * f),
        ],
        "do not overlap": [lambda n, k, p, f: (n - k - p + 2) ** 2 * f],
        "1 in place of `pool_size`": [lambda n, k, p, f: (n - k + 1) ** 2 * f],
        "divided by `filters`": [lambda n, k, p, f: ((n - k + 1) // p) ** 2],
        "stays inside": [
            lambda n, k, p, f: (n // p) * (n // p) * f,
            lambda n, k, p, f: ((n + k - 1) // p) ** 2 * f,
        ],
        "number of values as a whole": [lambda n, k, p, f: f * ((n - k + 1) ** 2 // p)],
    },
    "standardised": {
        "deviation of `other`": [lambda train, other: stats.zscore(other)],
        "One of the two": [
            lambda train, other: (other - other.mean(0)) / train.std(0),
            lambda train, other: (other - train.mean(0)) / other.std(0),
        ],
        "brackets": [lambda train, other: other - train.mean(0) / train.std(0)],
        "one deviation": [lambda train, other: (other - train.mean(0)) / train.std()],
        "divide by the range": [
            lambda train, other: (other - train.min(0)) / (train.max(0) - train.min(0))
        ],
        "": [
            lambda train, other: (other - np.median(train, axis=0)) / train.std(0),
            lambda train, other: np.clip((other - train.mean(0)) / train.std(0), -5, 5),
        ],
        "both sets": [
            lambda train, other: stats.zscore(np.concatenate([train, other]))[len(train) :]
        ],
        "one mean for all": [lambda train, other: (other - train.mean()) / train.std()],
        "variance": [lambda train, other: (other - train.mean(0)) / train.var(0)],
        "n - 1": [lambda train, other: (other - train.mean(0)) / train.std(0, ddof=1)],
        "divide by nothing": [lambda train, other: other - train.mean(axis=0)],
        "Return `other`": [lambda train, other: StandardScaler().fit_transform(train)],
    },
    "choose_by_validation": {
        "by the test": [
            lambda v, t: t.mean(axis=1).max(),
            lambda v, t: t[np.argmax(v.mean(axis=1) + t.mean(axis=1))].mean(),
        ],
        "validation accuracy": [lambda v, t: v.mean(axis=1).max()],
        "best single run": [
            lambda v, t: t[np.unravel_index(v.argmax(), v.shape)[0]].mean(),
            lambda v, t: t[np.where(v == v.max())][0],
        ],
        "runs of one seed": [lambda v, t: t[v[:, 0].argmax()].mean()],
        "best seed's": [
            lambda v, t: max(t[np.argmax(v.sum(axis=1))]),
            lambda v, t: max(zip(v[v.sum(1).argmax()], t[v.sum(1).argmax()], strict=True))[1],
        ],
        "which setting": [lambda v, t: np.argmax(v.mean(axis=1))],
        "Every seed": [lambda v, t: np.mean([t[v[:, s].argmax(), s] for s in range(v.shape[1])])],
        "": [lambda v, t: t[np.argmax(v.mean(axis=1) - v.std(axis=1))].mean()],
        "without its first entry": [lambda v, t: t[np.prod(v, axis=1).argmax()].mean()],
    },
    "one_run_each": {
        "seed by seed": [lambda a, b: np.mean([x > y for x, y in zip(a, b, strict=False)])],
        "no half of one": [
            lambda a, b: np.mean([x >= y for x in a for y in b]),
            lambda a, b: stats.mannwhitneyu(a, b).statistic / len(a) / len(b),
        ],
        "they are a pair": [
            lambda a, b: sum(x > y for x in a for y in b) / sum(x != y for x in a for y in b)
        ],
        "how often `b`": [lambda a, b: np.mean([y > x for x in a for y in b])],
        "Divide by all": [lambda a, b: sum(x > y for x in a for y in b)],
        "len(a) times len(b)": [lambda a, b: sum(x > y for x in a for y in b) / (len(a) + len(b))],
        "one number of each": [
            lambda a, b: 1.0 if np.mean(a) > np.mean(b) else 0.0,
            lambda a, b: int(max(a) > max(b)),
        ],
        "": [
            lambda a, b: np.mean(np.unique(a)[:, None] > np.unique(b)),
            lambda a, b: np.mean(a[:, None] > np.unique(b)),
            lambda a, b: np.mean(a[:, None] - b > 0.005),
        ],
    },
    "repaired_loss": {
        "still the broken loss": [
            lambda z, y: (
                -np.log(
                    np.clip(z / z.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)[range(len(y)), y]
                ).mean()
            )
        ],
        "infinite": [
            lambda z, y: -np.log(unstable_softmax(z)[range(len(y)), y]).mean(),
            lambda z, y: np.mean(np.log(np.exp(z).sum(axis=1)) - z[range(len(y)), y]),
        ],
        "too small for a float": [
            lambda z, y: -np.log(special.softmax(z, 1)[range(len(y)), y]).mean(),
            lambda z, y: -np.log(np.clip(special.softmax(z, 1), 1e-7, 1)[range(len(y)), y]).mean(),
            lambda z, y: -np.log(special.softmax(z, 1)[range(len(y)), y] + 1e-12).mean(),
        ],
        "one loss an image": [lambda z, y: -special.log_softmax(z, 1)[range(len(y)), y]],
        "the sum over the images": [
            lambda z, y: -special.log_softmax(z, 1)[range(len(y)), y].sum()
        ],
        "Every class counts": [lambda z, y: -special.log_softmax(z, axis=1).mean()],
        "missing to 1": [lambda z, y: 1 - special.softmax(z, axis=1)[range(len(y)), y].mean()],
        "softmax twice": [
            lambda z, y: -special.log_softmax(special.softmax(z, 1), 1)[range(len(y)), y].mean()
        ],
        "sign is turned": [lambda z, y: special.log_softmax(z, 1)[range(len(y)), y].mean()],
        "1.443 times": [
            lambda z, y: -special.log_softmax(z, 1)[range(len(y)), y].mean() / np.log(2)
        ],
        "of all images": [
            lambda z, y: np.mean(special.logsumexp(z) - z[range(len(y)), y]),
        ],
        "take off the mean": [
            lambda z, y: (
                np.log(np.exp(w := z - z.mean(1, keepdims=True)).sum(1)) - w[range(len(y)), y]
            ).mean()
        ],
        "largest of each class": [
            lambda z, y: (np.log(np.exp(w := z - z.max(0)).sum(1)) - w[range(len(y)), y]).mean()
        ],
        "off in the sum": [
            lambda z, y: np.mean(
                np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) - z[range(len(y)), y]
            )
        ],
    },
    "choose_C": {
        "Is a smaller one": [
            lambda values, accuracy, margin: values[accuracy.mean(axis=1).argmax()],
            lambda values, accuracy, margin: max(zip(map(np.mean, accuracy), values, strict=True))[
                1
            ],
        ],
        "its place among": [
            lambda values, accuracy, margin: int(
                np.argmax(accuracy.mean(1) >= accuracy.mean(1).max() - margin)
            )
        ],
        "an accuracy": [lambda values, accuracy, margin: max(map(np.mean, accuracy))],
        "largest C within": [
            lambda values, accuracy, margin: max(
                values[accuracy.mean(axis=1) >= accuracy.mean(axis=1).max() - margin]
            )
        ],
        "best single draw": [
            lambda values, accuracy, margin: values[
                np.argmax(accuracy.max(1) >= accuracy.max() - margin)
            ],
            lambda values, accuracy, margin: values[
                np.argmax((accuracy >= accuracy.max() - margin).any(axis=1))
            ],
        ],
        "Return the smallest": [
            lambda values, accuracy, margin: values[
                accuracy.mean(1) >= accuracy.mean(1).max() - margin
            ]
        ],
        "": [lambda values, accuracy, margin: values[accuracy.std(axis=1).argmin()]],
        "next step gains little": [
            lambda values, accuracy, margin: next(
                (
                    C
                    for C, gain in zip(values[:-1], np.diff(accuracy.mean(1)), strict=True)
                    if gain <= margin
                ),
                values[-1],
            )
        ],
        "2 * margin": [
            lambda values, accuracy, margin: min(
                values[accuracy.mean(1) >= accuracy.mean(1).max() - 2 * margin]
            )
        ],
        "whatever the accuracies": [lambda values, accuracy, margin: values[0]],
        "need not rise": [
            lambda values, accuracy, margin: values[
                np.searchsorted(accuracy.mean(axis=1), accuracy.mean(axis=1).max() - margin)
            ],
            choose_C_down_from_the_best,
        ],
    },
    "recall_and_precision": {
        "exchanged": [
            lambda m: (np.diag(m) / m.sum(axis=0), np.diag(m) / m.sum(axis=1)),
            lambda m: (np.diag(m) / sum(m), np.diag(m) / sum(m.T)),
        ],
        "Both are the recall": [lambda m: [np.diag(m) / m.sum(1)] * 2],
        "would make 0": [lambda m: (np.diag(m) // m.sum(1), np.diag(m) // m.sum(0))],
        "all images": [lambda m: [np.diag(m) / m.sum()] * 2],
        "mean over axis": [lambda m: [(np.diag(m) / m.sum(a)).mean() for a in (1, 0)]],
        "1 minus": [lambda m: [1 - np.diag(m) / m.sum(a) for a in (1, 0)]],
        "recall alone": [lambda m: np.diag(m) / m.sum(1)],
        "one pair a class": [
            lambda m: [(r[i] / r.sum(), r[i] / m[:, i].sum()) for i, r in enumerate(m)]
        ],
    },
    "fewer_errors": {
        "first less second": [
            lambda a, b, n: (
                (d := np.isin(range(n), a).astype(int) - np.isin(range(n), b)).sum()
                + np.array([-1.96, 1.96]) * n**0.5 * d.std()
            )
        ],
        "two groups": [
            lambda a, b, n: len(b) - len(a) + np.array([-1.96, 1.96]) * (len(a) + len(b)) ** 0.5,
            lambda a, b, n: [
                len(b)
                - len(a)
                + end * 1.96 * (n * sum(len(w) / n * (1 - len(w) / n) for w in (a, b))) ** 0.5
                for end in (-1, 1)
            ],
        ],
        "root of n is missing": [
            lambda a, b, n: (
                (d := np.isin(range(n), b).astype(int) - np.isin(range(n), a)).sum()
                + np.array([-1.96, 1.96]) * n * d.std()
            )
        ],
        "and yours by s": [
            lambda a, b, n: (
                (d := np.isin(range(n), b).astype(int) - np.isin(range(n), a)).sum()
                + np.array([-1.96, 1.96]) * d.std()
            )
        ],
        "interval of a mean": [
            lambda a, b, n: (
                (d := np.isin(range(n), b).astype(int) - np.isin(range(n), a)).mean()
                + np.array([-1.96, 1.96]) * d.std() / n**0.5
            )
        ],
        "factor is 1.96": [
            lambda a, b, n: (
                (d := np.isin(range(n), b).astype(int) - np.isin(range(n), a)).sum()
                + np.array([-2, 2]) * n**0.5 * d.std()
            )
        ],
        "n - 1": [
            lambda a, b, n: (
                (d := np.isin(range(n), b).astype(int) - np.isin(range(n), a)).sum()
                + np.array([-1.96, 1.96]) * n**0.5 * d.std(ddof=1)
            )
        ],
        "shape": [lambda a, b, n: len(b) - len(a)],
        "lose the sign": [
            lambda a, b, n: (
                abs(len(b) - len(a))
                + np.array([-1.96, 1.96])
                * n**0.5
                * (np.isin(range(n), b).astype(int) - np.isin(range(n), a)).std()
            )
        ],
    },
    "surest_mistakes": {
        "Right answers are among": [lambda p, y, n: p.max(axis=1).argsort()[::-1][:n]],
        "keep the right ones": [
            lambda p, y, n: sorted(
                np.flatnonzero(p.argmax(1) == y).tolist(), key=lambda i: -p[i].max()
            )[:n]
        ],
        "least sure": [
            lambda p, y, n: sorted(
                np.flatnonzero(p.argmax(1) != y).tolist(), key=lambda i: p[i].max()
            )[:n]
        ],
        "true class": [
            lambda p, y, n: sorted(
                np.flatnonzero(p.argmax(1) != y).tolist(), key=lambda i: p[i, y[i]]
            )[:n]
        ],
        "not sorted": [lambda p, y, n: np.flatnonzero(p.argmax(axis=1) != y)[:n]],
        "among the wrong answers": [
            lambda p, y, n: p[p.argmax(axis=1) != y].max(axis=1).argsort()[::-1][:n]
        ],
        "confidences": [lambda p, y, n: np.sort(p[p.argmax(axis=1) != y].max(axis=1))[::-1][:n]],
        "Turn it round": [
            lambda p, y, n: np.argsort(np.where(p.argmax(1) == y, -1, p.max(1)))[-n:]
        ],
        "n first, then drop": [
            lambda p, y, n: [i for i in p.max(1).argsort()[::-1][:n] if p[i].argmax() != y[i]]
        ],
    },
    "effect": {
        "": [
            lambda before, after, places: (
                0
                if np.allclose(before, after)
                else 1
                if any(np.allclose(np.roll(before, i), after) for i in range(1, places + 1))
                else -1
            ),
        ],
        "move to the left": [
            lambda before, after, places: (
                0
                if np.allclose(before, after)
                else 1
                if np.allclose(np.append(before[places:], before[:places]), after)
                else -1
            )
        ],
        "last digits": [
            lambda before, after, places: (
                0
                if (before == after).all()
                else 1
                if (np.roll(before, places) == after).all()
                else -1
            )
        ],
        "same numbers elsewhere": [
            lambda before, after, places: 0 if np.isclose(before.sum(), after.sum()) else -1
        ],
        "exchanged": [
            lambda before, after, places: (
                1
                if np.allclose(before, after)
                else 0
                if np.allclose(np.roll(before, places), after)
                else -1
            )
        ],
        "two values": [
            lambda before, after, places: int(np.allclose(np.roll(before, places), after)),
        ],
        "comes in at the start": [
            lambda before, after, places: (
                0
                if np.allclose(before, after)
                else 1
                if np.allclose(before[:-places], after[places:])
                else -1
            ),
        ],
        "round too much": [
            lambda before, after, places: (
                0
                if np.abs(before - after).max() < 0.01
                else 1
                if np.abs(np.roll(before, places) - after).max() < 0.01
                else -1
            ),
            lambda before, after, places: (
                0
                if list(np.round(before)) == list(np.round(after))
                else 1
                if list(np.round(np.roll(before, places))) == list(np.round(after))
                else -1
            ),
        ],
        "counts as the same": [
            lambda before, after, places: (
                1
                if np.allclose(np.roll(before, places), after)
                else 0
                if np.allclose(before, after)
                else -1
            )
        ],
        "1 in place of `places`": [
            lambda before, after, places: (
                0
                if np.allclose(before, after)
                else 1
                if np.allclose(np.roll(before, 1), after)
                else -1
            )
        ],
        "any number of places": [
            lambda before, after, places: (
                0
                if np.allclose(before, after)
                else 1
                if any(np.allclose(np.roll(before, i), after) for i in range(len(before)))
                else -1
            ),
        ],
    },
    "places_moved": {
        "add the strides": [
            lambda layers, pixels: -1 if pixels % (n := sum(s for _, s in layers)) else pixels // n
        ],
        "kernel sizes": [
            lambda layers, pixels: (
                -1 if pixels % (n := math.prod(k for k, _ in layers)) else pixels // n
            )
        ],
        "what one value sees": [
            lambda layers, pixels: -1 if pixels % (n := grown_field(layers)) else pixels / n
        ],
        "largest strides": [
            lambda layers, pixels: -1 if pixels % (n := max(s for _, s in layers)) else pixels // n
        ],
        "does not follow": [
            lambda layers, pixels: pixels // math.prod(s for _, s in layers),
            lambda layers, pixels: pixels / math.prod(s for _, s in layers),
            lambda layers, pixels: functools.reduce(lambda p, layer: p // layer[1], layers, pixels),
        ],
        "total stride": [lambda layers, pixels: math.prod(s for _, s in layers)],
        "whether the map follows": [
            lambda layers, pixels: pixels % math.prod(s for _, s in layers) == 0
        ],
        "kernel sizes as well": [
            lambda layers, pixels: (
                -1 if pixels % (n := math.prod(k * s for k, s in layers)) else pixels // n
            )
        ],
    },
    "moved": {
        "on the other side": [
            lambda image, down, right: np.roll(np.roll(image, down, 0), right, 1)
        ],
        "exchanged": [lambda image, down, right: ndimage.shift(image, (right, down), order=0)],
        "the other way": [
            lambda image, down, right: ndimage.shift(image, (-down, -right), order=0)
        ],
        "edge is repeated": [
            lambda image, down, right: ndimage.shift(image, (down, right), order=0, mode="nearest"),
        ],
        "abs(down)": [lambda image, down, right: loops_moved(image, abs(down), right)],
        "0 in place of `right`": [lambda image, down, right: loops_moved(image, down, 0)],
        "0 in place of `down`": [lambda image, down, right: loops_moved(image, 0, right)],
        "counts from the other end": [caught_moved],
        "all but the last two": [
            lambda image, down, right: (
                (out := np.roll(image, (down, right), (0, 1))),
                out[:down].fill(0),
                out[:, :right].fill(0),
            )[0]
        ],
    },
    "farthest": {
        "last move that is good enough": [
            lambda accuracy, least: max(i for i, a in enumerate(accuracy) if a >= least),
            lambda accuracy, least: np.where(np.array(accuracy) >= least)[0].max(),
        ],
        "first move that is too far": [
            lambda accuracy, least: int(np.argmax(np.append(accuracy, 0) < least)),
            lambda accuracy, least: np.cumprod(accuracy >= least).sum(),
        ],
        "behind a dip and that by 0": [lambda accuracy, least: sum(a >= least for a in accuracy)],
        "exactly `least`": [
            lambda accuracy, least: np.cumprod(accuracy > least).sum() - 1,
        ],
        "an accuracy": [
            lambda accuracy, least: accuracy[np.cumprod(accuracy >= least).sum() - 1],
            lambda accuracy, least: min(a for a in accuracy if a >= least),
        ],
        "no accuracy is too low": [
            lambda accuracy, least: int(np.argmax(accuracy < least)) - 1,
            lambda accuracy, least: next(
                (i - 1 for i, a in enumerate(accuracy) if a < least), len(accuracy)
            ),
        ],
        "": [lambda accuracy, least: int(np.abs(np.subtract(accuracy, least)).argmin())],
        "takes sorted numbers": [
            lambda accuracy, least: int(np.searchsorted(-accuracy, -least, "right")) - 1
        ],
        "a share of the first": [
            lambda accuracy, least: np.cumprod(accuracy / accuracy[0] >= least).sum() - 1
        ],
    },
    "macs_of_both": {
        "every value": [lambda n, k, c, f: [n // 2 * (n // 2) * k * k * c * f] * 2],
        "every other row": [lambda n, k, c, f: [n * n * k * k * c * f] * 2],
        "the output values": [lambda n, k, c, f: ((n // 2) ** 2 * f, n**2 * f)],
        "biases as well": [
            lambda n, k, c, f: [f * (k * k * c + 1) * (n // s) ** 2 for s in (2, 1)]
        ],
        "divided by `in_channels`": [lambda n, k, c, f: [(n // s * k) ** 2 * f for s in (2, 1)]],
        "reverse order": [lambda n, k, c, f: (n * n * k * k * c * f, n * n // 4 * k * k * c * f)],
        "": [lambda n, k, c, f: [len(range(0, n - k + 1, s)) ** 2 * k**2 * c * f for s in (2, 1)]],
    },
    "decide": {
        "two groups": [
            lambda a, b, t: interval(
                (d := a.mean() - b.mean())
                - (r := t * ((a.var(ddof=1) + b.var(ddof=1)) / len(a)) ** 0.5),
                d + r,
            )
        ],
        "root of n is missing": [
            lambda a, b, t: interval((d := a - b).mean() - (r := t * d.std(ddof=1)), d.mean() + r)
        ],
        "`ddof=1`": [
            lambda a, b, t: interval(
                (d := a - b).mean() - (r := t * d.std() / len(d) ** 0.5), d.mean() + r
            )
        ],
        "`first` and `second` exchanged": [
            lambda a, b, t: interval((d := b - a).mean() - (r := t * stats.sem(d)), d.mean() + r)
        ],
        "decide by the mean": [
            lambda a, b, t: (
                (d := a - b).mean() - (r := t * stats.sem(d)),
                d.mean() + r,
                np.sign(d.mean()),
            )
        ],
        "two values": [
            lambda a, b, t: (
                low := (d := a - b).mean() - (r := t * stats.sem(d)),
                d.mean() + r,
                low > 0,
            ),
            lambda a, b, t: (
                low := (d := a - b).mean() - (r := t * stats.sem(d)),
                high := d.mean() + r,
                not low < 0 < high,
            ),
        ],
        "turned": [
            lambda a, b, t: np.array(loops_decide(a, b, t)) * [1, 1, -1],
        ],
        "all seeds agree": [
            lambda a, b, t: [*loops_decide(a, b, t)[:2], int(np.sign(a - b).mean())]
        ],
        "mean and how far": [
            lambda a, b, t: [np.mean(a - b), t * stats.sem(a - b), loops_decide(a, b, t)[2]]
        ],
        "1 in place of `t`": [
            lambda a, b, t: interval((d := a - b).mean() - stats.sem(d), d.mean() + stats.sem(d))
        ],
    },
    "gap_and_rise": {
        "single epochs": [lambda a, b, n: (a[-1] - b[-1], b[-1] - b[-1 - n])],
        "first epochs": [lambda a, b, n: ((a - b)[-n:].mean(), b[-n:].mean() - b[:n].mean())],
        "all epochs before": [lambda a, b, n: ((a - b)[-n:].mean(), b[-n:].mean() - b[:-n].mean())],
        "training curve": [
            lambda a, b, n: ((a - b)[-n:].mean(), a[-n:].mean() - a[-2 * n : -n].mean())
        ],
        "sums": [lambda a, b, n: (sum((a - b)[-n:]), sum(b[-n:]) - sum(b[-2 * n : -n]))],
        "training less validation": [
            lambda a, b, n: ((b - a)[-n:].mean(), b[-n:].mean() - b[-2 * n : -n].mean())
        ],
        "reverse order": [
            lambda a, b, n: (b[-n:].mean() - b[-2 * n : -n].mean(), (a - b)[-n:].mean())
        ],
        "that of all epochs": [
            lambda a, b, n: (np.mean(a - b), b[-n:].mean() - b[-2 * n : -n].mean())
        ],
        "rise is turned": [
            lambda a, b, n: ((a - b)[-n:].mean(), b[-2 * n : -n].mean() - b[-n:].mean())
        ],
        "right but the last": [
            lambda a, b, n: ((a - b)[-n:].mean(), b[-n:].mean() - b[-2 * n :].mean())
        ],
    },
    "covered": {
        "swapped": [lambda image, r, c, n: loops_covered(image, c, r, n)],
        "not the middle": [lambda image, r, c, n: loops_covered(image, r - n // 2, c - n // 2, n)],
        "too large": [lambda image, r, c, n: loops_covered(image, r, c, n + 1)],
        "one channel": [lambda image, r, c, n: paint(image, np.s_[r : r + n, c : c + n, 0])],
        "Grey is 0.5": [lambda image, r, c, n: paint(image, np.s_[r : r + n, c : c + n], 0)],
        "whole image": [lambda image, r, c, n: image[r : r + n, c : c + n] * 0 + 0.5],
        "two ends": [lambda image, r, c, n: paint(image, np.s_[r:n, c:n])],
        "Nothing is covered": [lambda image, r, c, n: image.copy()],
        "rows twice": [loops_chained],
        "whole rows": [
            lambda image, r, c, n: paint(image, np.s_[r : r + n]),
            lambda image, r, c, n: paint(image, np.s_[:, c : c + n]),
        ],
        "": [lambda image, r, c, n: paint(image, np.s_[r : r + n, c : c + n], image.mean())],
    },
    "images_needed": {
        "square both sides": [lambda p, strays: math.ceil(p * (1 - p) / strays)],
        "round up": [
            lambda p, strays: int(p * (1 - p) / strays**2),
            lambda p, strays: round(p * (1 - p) / strays**2),
        ],
        "that are wrong": [lambda p, strays: math.ceil(p / strays**2)],
        "do not square": [lambda p, strays: math.ceil((p * (1 - p) / strays) ** 2)],
        "does not exist": [lambda p, strays: (1 - p) * p / (strays * strays)],
        "comes out whole": [lambda p, strays: 1 + int(p * (1 - p) / strays**2)],
        "a half for p": [lambda p, strays: math.ceil(0.25 / strays**2)],
        "": [lambda p, strays: math.ceil(round(p * (1 - p) / strays**2, 2))],
    },
    "l1_step": {
        "in proportion": [lambda w, g, lam, rate: w - rate * (g + lam * 2 * w)],
        "away from zero": [lambda w, g, lam, rate: w - rate * (g - lam * np.sign(w))],
        "`-learning_rate`": [lambda w, g, lam, rate: w + rate * (g + lam * np.sign(w))],
        "penalty itself": [lambda w, g, lam, rate: w - rate * (g + lam * abs(w))],
        "pulled as well": [lambda w, g, lam, rate: w - rate * (g + np.where(w > 0, lam, -lam))],
        "0 in place of `lam`": [lambda w, g, lam, rate: w - rate * g],
        "zeros in place of `gradient`": [lambda w, g, lam, rate: w - rate * lam * np.sign(w)],
        "1 in place of `learning_rate`": [lambda w, g, lam, rate: w - g - lam * np.sign(w)],
        "minus `w`": [lambda w, g, lam, rate: -rate * (g + lam * np.sign(w))],
        "NaN": [lambda w, g, lam, rate: w - rate * (g + lam * w / abs(w))],
        "moved already": [
            lambda w, g, lam, rate: (moved := w - rate * g) - rate * lam * np.sign(moved),
            step_in_place,
        ],
        "stop weights at zero": [
            lambda w, g, lam, rate: np.where(
                w * (new := w - rate * (g + lam * np.sign(w))) < 0, 0, new
            ),
            lambda w, g, lam, rate: (z := w - rate * g) - np.clip(z, -rate * lam, rate * lam),
        ],
        "sign of the gradient": [lambda w, g, lam, rate: w - rate * (g + lam * np.sign(g))],
        "brackets": [lambda w, g, lam, rate: w - (rate * g) + lam * np.sign(w)],
        "whole gradient": [lambda w, g, lam, rate: g + lam * ((w > 0) * 1.0 - (w < 0))],
        "": [lambda w, g, lam, rate: w - rate * (g + lam * np.sign(w) / w.size)],
    },
    "soft_threshold": {
        "stay as they are": [lambda w, a: np.where(abs(w) <= a, 0, w)],
        "hops over": [lambda w, a: w - a * np.sign(w)],
        "lost their sign": [lambda w, a: np.maximum(abs(w) - a, 0)],
        "should be negative": [lambda w, a: np.maximum(w - a, 0)],
        "what goes": [lambda w, a: np.clip(w, -a, a)],
        "weight itself": [
            lambda w, a: np.where(abs(w) > a, w - np.sign(w) * a, w),
            lambda w, a: np.where(abs(w) < a, w, w - np.sign(w) * a),
        ],
        "goes down": [lambda w, a: w - a],
        "by going up": [
            lambda w, a: np.where(w > 0, np.clip(w - a, 0, None), w),
            lambda w, a: np.where(w > 0, np.clip(w - a, 0, None), np.clip(w - a, None, 0)),
        ],
        "a share away": [lambda w, a: w - a * w],
        "sign is turned": [lambda w, a: -np.sign(w) * np.maximum(abs(w) - a, 0)],
    },
    "early_stopping": {
        "from 0": [lambda loss, patience: [n - 1 for n in waiting_early_stopping(loss, patience)]],
        "too long": [lambda loss, patience: waiting_early_stopping(loss, patience + 1)],
        "whole list": [
            lambda loss, patience: (
                min(loss.index(min(loss)) + 1 + patience, len(loss)),
                loss.index(min(loss)) + 1,
            ),
        ],
        "never stop": [lambda loss, patience: (len(loss), loss.index(min(loss)) + 1)],
        "reverse order": [lambda loss, patience: waiting_early_stopping(loss, patience)[::-1]],
        "second is wrong": [lambda loss, patience: [waiting_early_stopping(loss, patience)[0]] * 2],
    },
    "augmented": {
        "upside down": [
            lambda image, mirrored, right: loops_augmented(
                image[::-1] if mirrored else image, False, right
            )
        ],
        "always, or never": [
            lambda image, mirrored, right: loops_augmented(image, True, right),
            lambda image, mirrored, right: loops_augmented(image, False, right),
        ],
        "other side": [lambda image, mirrored, right: loops_augmented(image, mirrored, -right)],
        "move first": [
            lambda image, mirrored, right: loops_augmented(
                loops_augmented(image, False, right), mirrored, 0
            )
        ],
        "comes in at the other": [
            lambda image, mirrored, right: np.roll(
                image[:, ::-1] if mirrored else image, right, axis=1
            )
        ],
        "at the edge": [
            lambda image, mirrored, right: ndimage.shift(
                image[:, ::-1] if mirrored else image, (0, right, 0), order=0, mode="nearest"
            )
        ],
        "0 in place of `right`": [
            lambda image, mirrored, right: np.fliplr(image) if mirrored else image
        ],
        "up or down": [
            lambda image, mirrored, right: ndimage.shift(
                np.fliplr(image) if mirrored else image, (right, 0, 0), order=0
            )
        ],
        "to the left": [
            lambda image, mirrored, right: loops_augmented(image, mirrored, np.abs(right)),
            lambda image, mirrored, right: (
                loops_augmented(image, mirrored, right)
                if right > 0
                else loops_augmented(image, mirrored, 0)
            ),
        ],
        "Two arrays of different shapes": [slices_augmented],
    },
    "jitter": {
        "leave the range": [lambda x, c, b: x.mean() + c * (x - x.mean()) + b],
        "multiply the values": [lambda x, c, b: np.clip(c * x + b, 0, 1)],
        "one half": [lambda x, c, b: np.clip(0.5 + c * (x - 0.5) + b, 0, 1)],
        "each channel": [
            lambda x, c, b: np.clip(x.mean((0, 1)) + c * (x - x.mean((0, 1))) + b, 0, 1)
        ],
        "not multiplied": [lambda x, c, b: np.clip(x.mean() + c * (x - x.mean() + b), 0, 1)],
        "not subtracted": [lambda x, c, b: np.clip(x.mean() + c * (x - x.mean()) - b, 0, 1)],
        "never came back": [lambda x, c, b: np.clip(c * (x - x.mean()) + b, 0, 1)],
        "one axis": [
            lambda x, c, b: np.clip((m := x.mean(0)) + c * (x - m) + b, 0, 1),
            lambda x, c, b: np.clip((m := x.mean(-1)[..., None]) + c * (x - m) + b, 0, 1),
        ],
        "fill the range": [
            lambda x, c, b: (
                ((y := x.mean() + c * (x - x.mean()) + b) - y.min()) / (y.max() - y.min())
            )
        ],
        "end that is nearer": [
            lambda x, c, b: np.where(
                ((y := x.mean() + c * (x - x.mean()) + b) >= 0) & (y <= 1), y, 0
            )
        ],
        "median": [lambda x, c, b: np.clip((m := np.median(x)) + c * (x - m) + b, 0, 1)],
        "multiplied with them": [
            lambda x, c, b: np.clip((x.mean() + c * (x - x.mean())) * (1 + b), 0, 1)
        ],
        "one end alone": [jitter_cut_at_one_end],
        "": [
            lambda x, c, b: np.clip(x.mean() + c * np.abs(x - x.mean()) + b, 0, 1),
            lambda x, c, b: np.where(
                ((y := x.mean() + c * (x - x.mean()) + b) < 0) | (y > 1), np.round(x), y
            ),
        ],
    },
    "layers_to_see": {
        "one layer short": [
            lambda size, kernel_size: (size - 1) // (kernel_size - 1),
            lambda size, kernel_size: math.ceil(size / (kernel_size - 1)) - 1,
            lambda size, k: max(0, math.ceil((size - k + 1) / (k - 1))),
        ],
        "own pixel off": [lambda size, kernel_size: size // (kernel_size - 1)],
        "Is there an `abs`": [
            lambda size, k: 1 + math.ceil(abs(size - k) / (k - 1)) if size > 1 else 0
        ],
        "": [
            lambda size, k: int((size - 1) / (k - 1) + 0.9),
            lambda size, k: round((size - 1) / (k - 1) + 0.4),
            lambda size, k: round((size - 1) / (k - 1) + 0.49),
        ],
        "overlap": [
            lambda size, kernel_size: math.ceil((size - 1) / kernel_size),
            lambda size, kernel_size: math.ceil(size / kernel_size),
            lambda size, kernel_size: size // kernel_size,
        ],
        "takes a layer, too": [
            lambda size, k: 0 if size < k else math.ceil((size - 1) / (k - 1)),
            lambda size, k: math.ceil((size - 1) / (k - 1)) if size > 2 else 0,
        ],
        "to both sides": [lambda size, k: math.ceil((size - 1) / (k // 2))],
        "a layer more": [
            lambda size, kernel_size: math.ceil(size / (kernel_size - 1)),
            lambda size, kernel_size: (size - 1) // (kernel_size - 1) + 1,
        ],
        "nearest number": [lambda size, k: round((size - 1) / (k - 1))],
        "part of a layer": [lambda size, k: (size - 1) / (k - 1)],
        "by addition": [
            lambda size, k: math.ceil(math.log(size, k)),
            lambda size, k: math.ceil(math.log2(size)),
        ],
        "no layer": [lambda size, k: max(1, math.ceil((size - 1) / (k - 1)))],
        "first layer": [
            lambda size, k: max(0, math.ceil((size - 1) / (k - 1)) - 1),
            lambda size, k: math.ceil((size - k) / (k - 1)),
        ],
        "returns nothing": [
            lambda size, k: next((n for n in range(100) if 1 + n * (k - 1) >= size), None)
        ],
    },
    "holm_corrected": {
        "sorted": [
            lambda p: np.maximum.accumulate(np.sort(p) * np.arange(len(p), 0, -1)).clip(0, 1)
        ],
        "Bonferroni": [lambda p: np.minimum(p * len(p), 1)],
        "none may": [
            lambda p: np.minimum(p * (len(p) - stats.rankdata(p, method="ordinal") + 1), 1)
        ],
        "without sorting": [
            lambda p: np.minimum(p * np.arange(len(p), 0, -1), 1),
            lambda p: np.maximum.accumulate(p * np.arange(len(p), 0, -1)).clip(0, 1),
        ],
        "a second time": [lambda p: np.sort(looped_holm(p))[np.argsort(p)]],
        "begin with the largest": [
            lambda p: [
                min(1, max(r * (i + 1) for i, r in enumerate(sorted(p)) if r >= q)) for q in p
            ]
        ],
        "maximum": [
            lambda p: [
                min(1, min(r * (len(p) - i) for i, r in enumerate(sorted(p)) if r >= q)) for q in p
            ]
        ],
        "which hold": [lambda p: np.array(looped_holm(p)) < 0.05],
        "in which they came": [
            lambda p: np.maximum.accumulate(
                np.minimum(p * (len(p) - stats.rankdata(p, method="ordinal") + 1), 1)
            )
        ],
        "equal p as one": [
            lambda p: [
                min(1, max(r * (len(p) - i) for i, r in enumerate(sorted(set(p))) if r <= q))
                for q in p
            ]
        ],
        "the rank of each": [
            lambda p: np.minimum(p * (len(p) - p.argsort()), 1),
        ],
        "the product before": [holm_by_the_one_before],
        "": [lambda p: p, lambda p: looped_holm(p, key=str)],
    },
    "within_budget": {
        "exactly": [
            lambda a, s, budget: np.where(s < budget, a, -1).argmax() if min(s) < budget else -1
        ],
        "forget": [lambda a, s, budget: np.argmax(a)],
        "return -1": [
            lambda a, s, budget: np.where(s <= budget, a, -1).argmax(),
            lambda a, s, budget: a.argmax() if (s > budget).all() else looped_budget(a, s, budget),
        ],
        "best of the others": [lambda a, s, budget: i if s[i := a.argmax()] <= budget else -1],
        "Index 0 gets lost": [
            falsy_budget,
            lambda a, s, b: max((i for i in range(1, len(a)) if s[i] <= b), key=a.item, default=-1),
            lambda a, s, budget: found if (found := looped_budget(a, s, budget)) else -1,
        ],
        "first or the last": [
            lambda a, s, budget: next((i for i, took in enumerate(s) if took <= budget), -1),
            lambda a, s, budget: max((i for i, took in enumerate(s) if took <= budget), default=-1),
        ],
        "from 1": [
            lambda a, s, b: looped_budget(a, s, b) + 1 if looped_budget(a, s, b) >= 0 else -1
        ],
        "accuracy of 0": [
            lambda a, s, budget: (
                np.where(s <= budget, a, a.min()).argmax() if min(s) <= budget else -1
            ),
            lambda a, s, budget: (
                (a * (s <= budget)).argmax() if (a * (s <= budget)).max() > 0 else -1
            ),
            lambda a, s, budget: (a * (s <= budget)).argmax() if min(s) <= budget else -1,
            lambda a, s, budget: (a - 1 * (s > budget)).argmax() if min(s) <= budget else -1,
            budget_above_0,
        ],
        "two mistakes": [lambda a, s, budget: np.argmax(a * (s <= budget))],
        "begins with network 0": [
            budget_from_the_first,
            lambda a, s, budget: budget_from_the_first(a, s, budget) if min(s) <= budget else -1,
            lambda a, s, b: i if s[i := budget_from_the_first(a, s, b)] <= b else -1,
        ],
        "quickest": [lambda a, s, budget: np.argmin(s) if s.min() <= budget else -1],
        "Return the index": [
            lambda a, s, budget: a[s <= budget].max() if (s <= budget).any() else -1
        ],
        "affordable ones": [
            lambda a, s, budget: a[s <= budget].argmax() if (s <= budget).any() else -1
        ],
        "cut to whole numbers": [lambda a, s, budget: looped_budget(a, s.astype(int), budget)],
        "nothing rounded": [
            lambda a, s, b: looped_budget(a, np.round(s), b),
            lambda a, s, b: looped_budget(a, np.round(s), round(b)),
            lambda a, s, b: looped_budget(a, s, b + 0.5),
        ],
        "": [
            summed_budget,
            lambda a, s, b: next((i for i in np.argsort(-a)[:2] if s[i] <= b), -1),
            lambda a, s, b: looped_budget(a, s, b) if min(s) < b else -1,
            lambda a, s, b: list(s).index(s[i]) if (i := looped_budget(a, s, b)) >= 0 else -1,
            lambda a, s, b: (
                np.flatnonzero(s == s[i])[-1] if (i := looped_budget(a, s, b)) >= 0 else -1
            ),
            lambda a, s, b: max(
                (i for took, i in {took: i for i, took in enumerate(s)}.items() if took <= b),
                key=a.item,
                default=-1,
            ),
            lambda a, s, b: looped_budget(a, s, b // 1),
            lambda a, s, b: looped_budget(np.round(a, 1), s, b),
            lambda a, s, b: looped_budget((100 * a).astype(int), s, b),
            better_than_the_one_before,
            *(functools.partial(budget_by_far, by=by) for by in (0.01, 0.02, 0.05)),
            *(functools.partial(budget_nearly, within=within) for within in (0.01, 0.05)),
        ],
    },
    "least_accuracy": {
        "below 0": [
            lambda loss: 1 - loss / math.log(2),
            lambda loss: abs(1 - loss / np.log(2)),
            lambda loss: 1 - loss / np.log(2) if loss < 1 else 0,
        ],
        "may be wrong": [
            lambda loss: loss / math.log(2),
            lambda loss: 1 - max(0, 1 - loss / math.log(2)),
        ],
        "and not 1": [lambda loss: max(0, 1 - loss)],
        "not one half": [lambda loss: max(0, 1 - 2 * loss)],
        "not a tenth": [lambda loss: max(0, 1 - loss / math.log(10))],
        "base 10": [lambda loss: max(0, 1 - loss / math.log10(2))],
        "Divide by it": [lambda loss: max(0, 1 - loss * math.log(2))],
        "sign off": [lambda loss: 1 - loss / math.log(0.5)],
        "for all images": [lambda loss: math.exp(-loss)],
        "the same whatever": [lambda loss: 0.5],
        "": [
            lambda loss: max(0, 1 - loss / math.log(2) ** 2),
            lambda loss: max(0.1, 1 - loss / math.log(2)),
        ],
    },
    "to_network": {
        "brackets": [lambda image: image.astype(float) / 128 - 127],
        "cannot be negative": [lambda image: (image - 127) / 128],
        "two mistakes": [lambda image: (image - 128) / 128],
        "-1 and 1 exactly": [
            lambda image: image / 255 * 2 - 1,
            lambda image: (image / 255 - 0.5) / 0.5,
        ],
        "by 255": [lambda image: (image.astype(float) - 127) / 255],
        "from 0 to 1": [lambda image: image.astype(np.float32) / 255],
        "Red and blue": [lambda image: (np.flip(image, -1).astype(float) - 127) / 128],
        "forget to divide": [lambda image: image.astype(int) - 127],
        "subtract 128": [lambda image: image.astype(float) / 128 - 1],
        "lost their fractions": [lambda image: (image.astype(int) - 127) // 128],
        "own mean": [
            lambda image: (image - np.mean(image)) / np.std(image),
            lambda image: (image - np.mean(image)) / 128,
        ],
    },
    "last_layer": {
        "add the places": [
            lambda maps, weights, bias: np.einsum("ijc,ck->k", maps, weights) + bias
        ],
        "the largest place": [
            lambda maps, weights, bias: maps.reshape(-1, len(weights)).max(0) @ weights + bias
        ],
        "minus `bias`": [lambda maps, weights, bias: maps.mean((0, 1)) @ weights],
        "for each place": [lambda maps, weights, bias: maps @ weights + bias],
        "over the maps": [lambda maps, weights, bias: maps.mean() * weights.sum(0) + bias],
        "softmax": [
            lambda maps, weights, bias: special.softmax(maps.mean((0, 1)) @ weights + bias)
        ],
        "rows or by the columns": [
            lambda maps, weights, bias: maps.sum((0, 1)) / len(maps) @ weights + bias,
            lambda maps, weights, bias: maps.mean(1).sum(0) @ weights + bias,
        ],
        "": [
            lambda maps, weights, bias: maps.clip(0).mean((0, 1)) @ weights + bias,
            lambda maps, weights, bias: maps.mean((0, 1)).clip(0) @ weights + bias,
        ],
    },
    "grad_cam": {
        "is left": [lambda maps, gradients: maps @ gradients.mean((0, 1))],
        "add the gradients up": [lambda maps, g: np.maximum(maps @ g.sum((0, 1)), 0)],
        "place by place": [lambda maps, g: np.einsum("ijk,ijk->ij", maps, g).clip(0)],
        "cut the gradients": [lambda maps, g: (maps @ g.clip(0).mean((0, 1))).clip(0)],
        "before all maps are added": [
            lambda maps, g: (maps * g.mean((0, 1))).clip(0).sum(-1),
            lambda maps, g: maps @ g.mean((0, 1)).clip(0),
            cut_at_every_map,
        ],
        "one axis only": [
            lambda maps, g: (maps * g.mean(0)).sum(-1).clip(0),
            lambda maps, g: (maps * g.mean(1)[:, None]).sum(-1).clip(0),
        ],
        "forget the gradients": [lambda maps, g: maps.sum(-1)],
        "absolute": [lambda maps, g: abs(maps @ g.mean((0, 1)))],
        "for each map": [lambda maps, g: (maps * g.mean((0, 1))).clip(0)],
        "in place of the sum": [lambda maps, g: (maps * g.mean((0, 1))).mean(-1).clip(0)],
        "above 1": [lambda maps, g: np.clip(maps @ g.mean((0, 1)), 0, 1)],
        "end at 1": [
            lambda maps, g: (heat := (maps @ g.mean((0, 1))).clip(0)) / (heat.max() or 1),
            lambda maps, g: (heat := (maps @ g.mean((0, 1))).clip(0)) / heat.max(),
        ],
        "": [
            lambda maps, g: (maps @ g.mean((0, 1), where=maps > 0)).clip(0),
            lambda maps, g: (heat := (maps @ g.mean((0, 1))).clip(0)) / max(1, heat.max()),
            lambda maps, g: (maps @ g.mean((0, 1)) > 0).astype(float),
        ],
    },
    "top_accuracy": {
        "smallest": [
            lambda logits, labels, k: np.mean(
                [y in np.argsort(row)[:k] for row, y in zip(logits, labels, strict=True)]
            )
        ],
        "1 in place of `k`": [lambda logits, labels, k: (logits.argmax(1) == labels).mean()],
        "count the images": [
            lambda logits, labels, k: sum(
                y in np.argsort(-row)[:k] for row, y in zip(logits, labels, strict=True)
            )
        ],
        "k-th best": [lambda logits, labels, k: np.mean(np.argsort(logits, 1)[:, -k] == labels)],
        "own row": [
            lambda logits, labels, k: np.mean(
                [y in np.argsort(-logits, axis=1)[:, :k] for y in labels]
            )
        ],
        "asks about all images": [
            lambda logits, labels, k: np.any(
                np.argsort(-logits, axis=1)[:, :k] == labels[:, None]
            ).astype(float)
        ],
        "divided by `k`": [
            lambda logits, labels, k: np.mean(np.argsort(-logits, 1)[:, :k] == labels[:, None])
        ],
        "before the best": [
            lambda logits, labels, k: np.mean(
                [y in row[-k:-1] for row, y in zip(np.argsort(logits), labels, strict=True)]
            )
        ],
        "down the columns": [
            lambda logits, labels, k: np.mean(
                [y in row[-k:] for row, y in zip(np.argsort(logits, 0), labels, strict=True)]
            )
        ],
        "": [
            lambda logits, labels, k: np.mean(
                [y in row[:k] for row, y in zip(np.argsort(1 / logits), labels, strict=True)]
            )
        ],
    },
    "nearest": {
        "farthest": [lambda x, c: distance.cdist(x, c).argmax(axis=1)],
        "absolute differences": [lambda x, c: distance.cdist(x, c, "cityblock").argmin(axis=1)],
        "other axis": [lambda x, c: distance.cdist(x, c).argmin(axis=0)],
        "squared distances": [lambda x, c: (distance.cdist(x, c) ** 2).min(axis=1)],
        "cancel": [lambda x, c: [np.argmin([(p - q).sum() for q in c]) for p in x]],
        "1 too large": [lambda x, c: distance.cdist(x, c).argmin(axis=1) + 1],
    },
    "means": {
        "sums": [lambda x, labels, k: [sum(x[labels == c]) for c in range(k)]],
        "number of clusters": [
            lambda x, labels, k: [sum(x[labels == c]) / k for c in range(k)],
        ],
        "without an axis": [lambda x, labels, k: [x[labels == c].mean() for c in range(k)]],
        "all points": [lambda x, labels, k: [x[labels == c].sum(0) / len(x) for c in range(k)]],
        "mean of all points": [lambda x, labels, k: [x.mean(0) for c in range(k)]],
        "transpose": [lambda x, labels, k: np.array([x[labels == c].mean(0) for c in range(k)]).T],
        "lost their fractions": [
            lambda x, labels, k: [x[labels == c].mean(0).astype(int) for c in range(k)]
        ],
        "reverse order": [lambda x, labels, k: [x[labels == k - 1 - c].mean(0) for c in range(k)]],
    },
    "chances": {
        "takes their squares": [lambda x, c: (d := distance.cdist(x, c).min(1)) / d.sum()],
        "square twice": [lambda x, c: (d := distance.cdist(x, c).min(1) ** 4) / d.sum()],
        "farthest": [lambda x, c: (d := distance.cdist(x, c).max(1) ** 2) / d.sum()],
        "do not add up": [lambda x, c: distance.cdist(x, c).min(1) ** 2],
        "one chosen": [lambda x, c: (d := ((x - c[-1]) ** 2).sum(1)) / d.sum()],
        "the nearest counts": [lambda x, c: (d := (distance.cdist(x, c) ** 2).sum(1)) / d.sum()],
        "the same chance": [
            lambda x, c: np.ones(len(x)) / len(x),
            lambda x, c: (d := distance.cdist(x, c).min(1) > 0) / d.sum(),
        ],
        "1 minus": [lambda x, c: 1 - (d := distance.cdist(x, c).min(1) ** 2) / d.sum()],
    },
    "epochs_that_fit": {
        "return a fraction": [lambda b, s, n, m: b / (s * (n + m / 3))],
        "to the nearest": [lambda b, s, n, m: np.rint(b / (s * n + s * m / 3))],
        "round up": [
            functools.partial(counted_epochs, begun=True),
            lambda b, s, n, m: -(-b // (s * (n + m / 3))),
        ],
        "exactly with the budget": [
            lambda b, s, n, m: sum(k * s * (n + m / 3) < b for k in range(1, 200))
        ],
        "return 0": [lambda *case: counted_epochs(*case) or 1],
        "takes time as well": [lambda b, s, n, m: b // (s * n), lambda b, s, n, m: int(b / s / n)],
        "as long as one to train on": [lambda b, s, n, m: b // (s * (n + m))],
        "three times as long": [lambda b, s, n, m: b // (s * (n + 3 * m))],
        "takes one third": [lambda b, s, n, m: b // (s * (n + 2 * m / 3))],
        "let all images": [lambda b, s, n, m: b // (s * (n + m) / 3)],
        "and not those evaluated": [lambda b, s, n, m: b // (s * (m + n / 3))],
        "three times `seconds_per_image`": [lambda b, s, n, m: b // (s * (3 * n + m))],
        "third is too small": [lambda b, s, n, m: b // (s * (n + 0.33 * m))],
        "evaluation once": [
            lambda b, s, n, m: (b - s * m / 3) // (s * n),
            lambda b, s, n, m: max(0, int((b - m * s) / (s * n))),
        ],
        "The last epoch": [functools.partial(counted_epochs, last=False)],
        "one evaluation too many": [lambda b, s, n, m: (b - s * m / 3) // (s * (n + m / 3))],
        "round before the end": [
            lambda b, s, n, m: b // (s * (n + m // 3)),
            lambda b, s, n, m: b // s // (n + m / 3),
            lambda b, s, n, m: int(b) // (s * (n + m / 3)),
        ],
        "leave out the 60": [lambda b, s, n, m: 60 * b // (s * (n + m / 3))],
        "other way round": [lambda b, s, n, m: (s * n + s * m / 3) / b],
        "how long an epoch takes": [lambda b, s, n, m: s * n + s * m / 3],
        "left over": [lambda b, s, n, m: b - counted_epochs(b, s, n, m) * s * (n + m / 3)],
        "how many images": [lambda b, s, n, m: int(b / s)],
        "a third of a second": [lambda b, s, n, m: b // (s * n + m / 3)],
        "one image": [lambda b, s, n, m: b // (s * n + s / 3)],
        "1 in place of `seconds_per_image`": [lambda b, s, n, m: b // (n + m / 3)],
        "1 too large": [lambda *case: counted_epochs(*case) + 1],
        "two mistakes": [
            lambda b, s, n, m: b / (s * (n + m)),
            lambda b, s, n, m: round(b / (s * n)),
        ],
        "": [
            lambda b, s, n, m: b // (s * (n - m / 3)),
            lambda b, s, n, m: b // (s * (n + m / 2)),
            lambda b, s, n, m: b // (s + n + m / 3),
            lambda b, s, n, m: b // (s * max(n, m / 3)),
            lambda b, s, n, m: int(0.9 * b / (s * (n + m / 3))),
            lambda b, s, n, m: int(b - s * (n + m / 3)),
            lambda b, s, n, m: b >= s * (n + m / 3),
            lambda b, s, n, m: (b, s * (n + m / 3)),
        ],
    },
    "not_beaten": {
        "that are beaten": [lambda s, a: [not kept for kept in loops_not_beaten(s, a)]],
        "One of the two is enough": [
            lambda s, a: loops_not_beaten(s, a, lambda t, b, s, a: t < s and b > a),
            lambda s, a: [a[i] >= max(a[s < s[i]], default=0) for i in range(len(s))],
        ],
        "take as long, the more accurate": [
            lambda s, a: loops_not_beaten(s, a, lambda t, b, s, a: t < s and b >= a),
            lambda s, a: [a[i] > max(a[s < s[i]], default=-1) for i in range(len(s))],
        ],
        "as accurate, the one that takes less": [
            lambda s, a: loops_not_beaten(s, a, lambda t, b, s, a: t <= s and b > a),
            lambda s, a: [a[i] >= max(a[s <= s[i]]) for i in range(len(s))],
            functools.partial(best_first, then_quickest=False),
        ],
        "alike do not beat": [
            best_first,
            lambda s, a: loops_not_beaten(s, a, lambda t, b, s, a: t <= s and b >= a),
            lambda s, a: [((s <= t) & (a >= b)).sum() == 1 for t, b in zip(s, a, strict=True)],
        ],
        "one of the two decides": [
            lambda s, a: loops_not_beaten(s, a, lambda t, b, s, a: t < s or b > a),
            lambda s, a: loops_not_beaten(s, a, lambda t, b, s, a: t <= s or b >= a),
        ],
        "most accurate alone": [
            lambda s, a: a == max(a),
            lambda s, a: loops_not_beaten(s, a, lambda t, b, s, a: b > a),
        ],
        "quickest alone": [lambda s, a: s == min(s)],
        "quickest and the most accurate": [lambda s, a: (s == min(s)) | (a == max(a))],
        "the higher one": [lambda s, a: loops_not_beaten(s, -a)],
        "the shorter one": [lambda s, a: loops_not_beaten(-s, a)],
        "beat no other": [
            lambda s, a: loops_not_beaten(-s, -a),
            lambda s, a: loops_not_beaten(a, s),
        ],
        "on one side": [
            lambda s, a: a >= pd.Series(a).cummax(),
            lambda s, a: loops_not_beaten(s, a, others=lambda i, n: range(i)),
            lambda s, a: loops_not_beaten(s, a, others=lambda i, n: range(i, n)),
        ],
        "your loop": [
            lambda s, a: loops_not_beaten(s, a, others=lambda i, n: range(1, n)),
            lambda s, a: loops_not_beaten(s, a, others=lambda i, n: range(n - 1)),
        ],
        "only with those": [
            lambda s, a: [a[i] == max(a[s == s[i]]) for i in range(len(s))],
            lambda s, a: [s[i] == min(s[a == a[i]]) for i in range(len(s))],
        ],
        "accuracy per second": [lambda s, a: a / s == max(a / s)],
        "You round": [
            lambda s, a: loops_not_beaten(s, a.round(2)),
            lambda s, a: loops_not_beaten(s.round(), a),
        ],
        "one other alone": [
            lambda s, a: np.append(True, np.diff(a) > 0),
            lambda s, a: loops_not_beaten(s, a, others=lambda i, n: range(max(0, i - 1), i)),
        ],
        "in the order of the seconds": [
            functools.partial(ranked_not_beaten, back=False),
            lambda s, a: (ranked := a[s.argsort(kind="stable")]) >= np.maximum.accumulate(ranked),
        ],
        "in the order of the accuracies": [
            lambda s, a: ranked_not_beaten(s, a)[a.argsort(kind="stable")]
        ],
        "numbers of the plans": [lambda s, a: np.flatnonzero(loops_not_beaten(s, a)).tolist()],
        "values of the plans": [lambda s, a: a[ranked_not_beaten(s, a)]],
        "counts the plans": [lambda s, a: sum(loops_not_beaten(s, a))],
        "below 0": [lambda s, a: [a[i] > 0 and loops_not_beaten(s, a)[i] for i in range(len(s))]],
        "All your results are 0": [
            lambda s, a: [not any((s <= t) & (a >= b)) for t, b in zip(s, a, strict=True)]
        ],
        "reverse order": [lambda s, a: ranked_not_beaten(s, a)[::-1]],
        "wherever the right result is 0": [lambda s, a: np.ones(len(s), bool)],
        "no number": [lambda s, a: ["yes" if kept else "no" for kept in loops_not_beaten(s, a)]],
        "": [
            above_the_line,
            lambda s, a: (s <= s.mean()) & (a >= a.mean()),
            lambda s, a: (s <= s.mean()) | (a >= a.mean()),
            lambda s, a: loops_not_beaten(s, a, lambda t, b, s, a: t <= s and b >= a + 0.01),
            lambda s, a: ranked_not_beaten(s, a) & ~pd.Series(a).duplicated(),
            lambda s, a: list(zip(s, a, strict=True)),
        ],
    },
    "answer_together": {
        "let the logits decide": [
            lambda logits: logits.sum(axis=0).argmax(axis=1),
            lambda logits: special.softmax(logits.mean(axis=0), axis=1).argmax(axis=1),
            lambda logits: special.softmax(logits, axis=2).prod(axis=0).argmax(axis=1),
            lambda logits: special.log_softmax(logits, axis=2).mean(axis=0).argmax(axis=1),
            lambda logits: stats.gmean(special.softmax(logits, axis=2)).argmax(axis=1),
        ],
        "vote": [
            lambda logits: stats.mode(logits.argmax(axis=2)).mode,
            lambda logits: [statistics.mode(votes) for votes in logits.argmax(axis=2).T],
            lambda logits: [np.bincount(votes).argmax() for votes in logits.argmax(axis=2).T],
        ],
        "what each network answers": [
            lambda logits: [
                np.bincount(row.argmax(1), row.max(1)).argmax()
                for row in special.softmax(logits, axis=2).swapaxes(0, 1)
            ]
        ],
        "surest": [
            lambda logits: special.softmax(logits, axis=2).max(axis=0).argmax(axis=1),
            lambda logits: logits.max(axis=0).argmax(axis=1),
        ],
        "median": [lambda z: np.median(special.softmax(z, axis=2), axis=0).argmax(axis=1)],
        "smallest": [lambda z: special.softmax(z, axis=2).min(axis=0).argmax(axis=1)],
        "first network": [lambda logits: logits[0].argmax(axis=1)],
        "last network": [lambda logits: logits[-1].argmax(axis=1)],
        "over the networks": [
            lambda logits: mean_chances(logits, axis=0).argmax(axis=1),
            lambda logits: powers_over(logits, 0).argmax(axis=1),
        ],
        "over the images": [
            lambda logits: mean_chances(logits, axis=1).argmax(axis=1),
            lambda logits: powers_over(logits, 1).argmax(axis=1),
        ],
        "own sum over the classes": [
            lambda logits: mean_chances(logits, axis=None).argmax(axis=1),
            lambda logits: np.exp(logits).mean(axis=0).argmax(axis=1),
            lambda logits: np.exp(logits - logits.max()).sum(axis=0).argmax(axis=1),
        ],
        "is infinite": [
            lambda logits: powers_over(logits, -1).argmax(axis=1),
            lambda logits: mean_chances(np.clip(logits, -700, 700)).argmax(axis=1),
            lambda z: powers_over(z, -1, z.mean(axis=-1, keepdims=True)).argmax(axis=1),
        ],
        "become infinite, or all 0": [
            lambda logits: powers_over(logits, -1, logits.max()).argmax(axis=1),
            lambda z: powers_over(z, -1, z.max(axis=(1, 2), keepdims=True)).argmax(axis=1),
        ],
        "logits by their sum": [
            lambda z: (z / z.sum(axis=2)[..., None]).mean(axis=0).argmax(axis=1)
        ],
        "are names": [
            lambda logits: logits.argmax(axis=2).mean(axis=0).round(),
            lambda logits: np.median(logits.argmax(axis=2), axis=0),
        ],
        "sigmoid": [lambda logits: special.expit(logits).mean(axis=0).argmax(axis=1)],
        "twice": [
            lambda logits: mean_chances(special.softmax(logits, axis=2)).argmax(axis=1),
            lambda logits: np.exp(special.softmax(logits, axis=2)).sum(axis=0).argmax(axis=1),
        ],
        "least likely": [lambda logits: mean_chances(logits).argmin(axis=1)],
        "answers of each network": [lambda logits: logits.argmax(axis=2)],
        "mean over the images": [
            lambda logits: special.softmax(logits, axis=2).mean(axis=1).argmax(axis=1)
        ],
        "fits each class best": [lambda logits: mean_chances(logits).argmax(axis=0)],
        "These are the probabilities": [
            mean_chances,
            functools.partial(special.softmax, axis=2),
        ],
        "of all images at once": [lambda logits: np.argmax(mean_chances(logits))],
        "highest probability itself": [lambda logits: mean_chances(logits).max(axis=1)],
        "1 too large": [lambda logits: mean_chances(logits).argmax(axis=1) + 1],
        "-logits": [lambda logits: mean_chances(-logits).argmax(axis=1)],
        "absolute values": [lambda logits: mean_chances(np.abs(logits)).argmax(axis=1)],
        "cut to whole numbers": [lambda z: mean_chances(z.astype(int)).argmax(axis=1)],
        "Their shape is not": [lambda z: mean_chances(z).argmax(axis=1, keepdims=True)],
        "": [
            lambda logits: mean_chances(logits / 2).argmax(axis=1),
            lambda logits: mean_chances(logits * 2).argmax(axis=1),
            lambda logits: (special.softmax(logits, axis=2) ** 2).mean(axis=0).argmax(axis=1),
            lambda logits: stats.rankdata(logits, axis=2).mean(axis=0).argmax(axis=1),
            lambda logits: stats.hmean(special.softmax(logits, axis=2)).argmax(axis=1),
            lambda logits: np.maximum(logits, 0).mean(axis=0).argmax(axis=1),
            lambda logits: mean_chances(logits[:2]).argmax(axis=1),
            lambda logits: mean_chances(np.rint(logits)).argmax(axis=1),
            lambda z: stats.trim_mean(special.softmax(z, axis=2), 0.2).argmax(axis=1),
            lambda z: functools.reduce(lambda p, q: (p + q) / 2, special.softmax(z, 2)).argmax(1),
            lambda logits: (special.softmax(logits, axis=2) > 0.5).mean(axis=0).argmax(axis=1),
            lambda logits: special.softmax(logits, axis=2).round(1).mean(axis=0).argmax(axis=1),
            lambda logits: mean_chances(stats.zscore(logits, axis=2)).argmax(axis=1),
        ],
    },
    "whose_recall": {
        "down the columns": [
            lambda m, p: [np.abs(np.diag(m) / m.sum(0) - value).argmin() for value in p]
        ],
        "farthest off": [
            lambda m, p: [np.abs(np.diag(m) / m.sum(1) - value).argmax() for value in p]
        ],
        "keep their signs": [
            lambda m, p: [(np.diag(m) / m.sum(1) - value).argmin() for value in p],
            lambda m, p: [(value - np.diag(m) / m.sum(1)).argmin() for value in p],
        ],
        "by their ranks": [
            lambda m, p: (-m.diagonal() / m.sum(1)).argsort()[stats.rankdata(-p).astype(int) - 1],
            lambda m, p: [
                dict(zip(sorted(p)[::-1], np.argsort(-m.diagonal() / m.sum(1)), strict=False))[v]
                for v in p
            ],
        ],
        "largest count": [
            lambda m, p: [np.abs(m.max(1) / m.sum(1) - value).argmin() for value in p]
        ],
        "which class it is": [
            lambda m, p: [np.abs(np.diag(m) / m.sum(1) - value).min() for value in p]
        ],
        "for each column, which class": [
            lambda m, p: [np.abs(r - p).argmin() for r in np.diag(m) / m.sum(1)]
        ],
        "sort the classes": [
            lambda m, p: (m.diagonal() / m.sum(1)).argsort()[: len(p)],
            lambda m, p: stats.rankdata(p) - 1,
        ],
        "counts with recalls": [lambda m, p: [np.abs(np.diag(m) - value).argmin() for value in p]],
        "by one number": [
            lambda m, p: [np.abs(np.diag(m) / m.sum() - value).argmin() for value in p]
        ],
        "These are recalls": [
            lambda m, p: m.diagonal() / m.sum(1),
            lambda m, p: [min(m.diagonal() / m.sum(1), key=lambda r: abs(r - v)) for v in p],
        ],
        "": [
            lambda m, p: range(len(p)),
            lambda m, p: [(m.diagonal() / m.sum(1) >= value).argmax() for value in p],
            lambda m, p: [((m.diagonal() / m.sum(1)).round(3) == v).argmax() for v in p],
            lambda m, p: [((m.diagonal() / m.sum(1)).round(2) == round(v, 2)).argmax() for v in p],
            rounded_recalls,
            claimed_columns,
            *(functools.partial(first_within, atol=atol) for atol in (0.005, 0.01, 0.02, 0.05)),
        ],
    },
    "one_more_run": {
        "interval of the mean": [
            lambda r: stats.t.interval(0.95, len(r) - 1, np.mean(r), stats.sem(r))
        ],
        "`ddof=1`": [
            lambda r: stats.t.interval(
                0.95, len(r) - 1, np.mean(r), np.std(r) * np.sqrt(1 + 1 / len(r))
            )
        ],
        "Student's t": [
            lambda r: [np.mean(r) + side * 1.96 * np.std(r, ddof=1) for side in (-1, 1)],
            lambda r: [np.mean(r) + side * 2 * np.std(r, ddof=1) for side in (-1, 1)],
            lambda r: stats.norm.interval(
                0.95, np.mean(r), np.std(r, ddof=1) * (1 + 1 / len(r)) ** 0.5
            ),
        ],
        "each side": [lambda r: one_more(r, t=0.95)],
        "degrees of freedom": [
            lambda r: one_more(r, df=0),
            lambda r: one_more(r, df=-2 if len(r) > 2 else -1),
        ],
        "t is missing": [
            lambda r: [
                np.mean(r) + side * np.std(r, ddof=1) * (1 + 1 / len(r)) ** 0.5 for side in (-1, 1)
            ]
        ],
        "1/n is missing": [lambda r: one_more(r, within=lambda n: 1)],
        "are exchanged": [lambda r: one_more(r, ddof=0, within=lambda n: (1 + 1 / (n - 1)) ** 0.5)],
        "missing or subtracted": [lambda r: one_more(r, within=lambda n: (1 - 1 / n) ** 0.5)],
        "not 1/(n - 1)": [lambda r: one_more(r, within=lambda n: (1 + 1 / (n - 1)) ** 0.5)],
        "by the root of n": [lambda r: one_more(r, within=lambda n: (n + 1) ** 0.5 / n)],
        "cut the limits": [lambda r: np.clip(one_more(r), 0, 1)],
        "root over": [lambda r: one_more(r, within=lambda n: 1 + 1 / n)],
        "variance": [
            lambda r: np.mean(r) + (one_more(r) - np.mean(r)) * np.std(r, ddof=1),
        ],
        "median": [lambda r: np.median(r) + (one_more(r) - np.mean(r))],
        "both limits": [lambda r: one_more(r)[1] - np.mean(r)],
        "two mistakes": [
            lambda r: stats.norm.interval(0.95, np.mean(r), np.std(r, ddof=1) / len(r) ** 0.5)
        ],
        "": [lambda r: one_more(r, within=lambda n: 1 + n**-0.5)],
        "lowest and the highest": [lambda r: sorted(r)[:: len(r) - 1]],
        "one deviation to both": [
            lambda r: [np.mean(r) + side * statistics.stdev(r) for side in (-1, 1)]
        ],
    },
    "wrong_line": {
        "counted from 0": [lambda f, r: 1 + np.flatnonzero(f.prod(2).sum(1) != r)[0]],
        "line that is right": [lambda f, r: np.flatnonzero(f.prod(2).sum(1) == r)[0]],
        "add the factors": [lambda f, r: np.flatnonzero(f.sum((1, 2)) != r)[0]],
        "all factors": [lambda f, r: np.flatnonzero(f.prod((1, 2)) != r)[0]],
        "negative one": [
            lambda f, r: np.argmax(f.prod(2).sum(1) - r),
            lambda f, r: np.argmin(f.prod(2).sum(1) - r),
        ],
        "of each line whether": [lambda f, r: [bool(x) for x in f.prod(2).sum(1) != r]],
        "wrong number itself": [lambda f, r: r[loops_wrong_line(f, r)]],
        "": [
            lambda f, r: len(r) - 1,
            lambda f, r: np.argmax(r),
            lambda f, r: np.argmax(f[:, 0].prod(1) != r),
            lambda f, r: np.argmax((f.prod(2).sum(1) - r) % 10 != 0),
            lambda f, r: list(r).index(r[loops_wrong_line(f, r)]),
            lambda f, r: next((i for i, v in enumerate(r) if v not in f.prod(2).sum(1)), 0),
            lambda f, r: np.argmax(f.prod(2).sum(1) / r != 1),
            lambda f, r: np.argmax(abs(f.prod(2).sum(1) - r) / abs(r)),
            lambda f, r: np.argmin(np.isclose(f.prod(2).sum(1), r, rtol=0.01)),
            lambda f, r: np.argmin(np.isclose(f.prod(2).sum(1), r, rtol=0.1)),
            lambda f, r: np.argmax(abs(f.prod(2).sum(1) - r) > 1),
            lambda f, r: np.argmax(f.prod(2).mean(1) != r),
            lambda f, r: np.argmax(f.prod(2).max(1) != r),
            lambda f, r: np.argmax(f[:, 1:].prod(2).sum(1) != r),
            lambda f, r: np.argmax((f[..., 0] ** 2).sum(1) != r),
        ],
        "squares of `factors`": [lambda f, r: np.argmax((f.prod(2) ** 2).sum(1) != r)],
        "without its last entry and `results` without its first": [
            lambda f, r: np.argmax(f.prod(2).sum(1)[:-1] != r[1:])
        ],
        "into the next": [lambda f, r: np.argmax(f.prod(2).sum(1).cumsum() != r)],
        "the same whatever": [lambda f, r: np.sum(f.prod(2).sum(1) != r)],
        "should end in": [
            lambda f, r: next(a for a, b in zip(f.prod(2).sum(1), r, strict=True) if a != b)
        ],
    },
    "silhouette": {
        "The point itself": [
            lambda x, labels, i: ratio(
                (d := distance.cdist(x[i : i + 1], x)[0])[labels == labels[i]].mean(),
                min(d[labels == c].mean() for c in set(labels) - {labels[i]}),
            )
        ],
        "all other clusters": [
            lambda x, labels, i: ratio(
                (d := distance.cdist(x[i : i + 1], x)[0])[labels == labels[i]].sum()
                / (np.sum(labels == labels[i]) - 1),
                d[labels != labels[i]].mean(),
            )
        ],
        "nearest single point": [
            lambda x, labels, i: ratio(
                (d := distance.cdist(x[i : i + 1], x)[0])[labels == labels[i]].sum()
                / (np.sum(labels == labels[i]) - 1),
                d[labels != labels[i]].min(),
            )
        ],
        "squared distances": [
            lambda x, labels, i: silhouette_samples(x, labels, metric="sqeuclidean")[i]
        ],
        "smallest of these": [silhouette_by_neighbour, silhouette_by_centroid],
        "a - b": [lambda x, labels, i: -silhouette_samples(x, labels)[i]],
        "": [
            lambda x, labels, i: silhouette_samples(x, labels, metric="cityblock")[i],
            silhouette_of_three,
        ],
        "all points": [
            lambda x, labels, i: silhouette_samples(x, labels),
            lambda x, labels, i: silhouette_score(x, labels),
        ],
    },
    "few_colours": {
        "numbers of the colours": [
            lambda image, palette: (
                distance.cdist(image.reshape(-1, 3), palette).argmin(1).reshape(image.shape[:2])
            )
        ],
        "Their shape is not": [
            lambda image, palette: palette[distance.cdist(image.reshape(-1, 3), palette).argmin(1)]
        ],
        "farthest": [
            lambda image, palette: palette[
                distance.cdist(image.reshape(-1, 3), palette).argmax(1)
            ].reshape(image.shape)
        ],
        "cancel": [
            lambda image, palette: palette[
                [[(pixel - palette).sum(axis=1).argmin() for pixel in row] for row in image]
            ]
        ],
        "each channel alone": [
            lambda image, palette: np.dstack(
                [
                    palette[:, c][abs(image[:, :, c, None] - palette[:, c]).argmin(-1)]
                    for c in range(3)
                ]
            )
        ],
        "": [
            lambda image, palette: palette[
                distance.cdist(image.reshape(-1, 3), palette)
                .argmin(1)
                .reshape(image.shape[1::-1])
                .T
            ]
        ],
    },
}
