"""The exercises of lesson 08: shift invariance."""

from math import prod

import numpy as np

from helpers import shapes
from helpers.check.exercise import Exercise, Mistake, fractions, whole


def _effect(before, after, places, *, alike=np.allclose, move=np.roll, results=(0, 1, -1)):
    same, along, other = results
    if alike(after, before):
        return same
    return along if alike(after, move(before, places)) else other


def _effect_inside(before, after, places):
    """The mistake of comparing only what has stayed inside."""
    if np.allclose(after, before):
        return 0
    return 1 if np.allclose(after[places:], before[:-places]) else -1


def _row(rng, n, places, spoil=0.0):
    """Draw a row of numbers, and it after a move; `spoil` is added to one of them."""
    before = fractions(rng, n)
    after = np.roll(before, places)
    after[n // 2] += spoil
    return before, after, places


effect = Exercise(
    _effect,
    lambda rng: {
        "moved along by one": (np.array([0, 2, 5, 0]), np.array([0, 0, 2, 5]), 1),
        "moved along by two": (np.array([1.5, 2, 0, 0]), np.array([0, 0, 1.5, 2]), 2),
        "moved along by three": _row(rng, 7, 3),
        "the end comes in at the start": (np.array([1, 0, 0, 4, 3]), np.array([4, 3, 1, 0, 0]), 2),
        "the same": (np.array([3.5, -1, 2]), np.array([3.5, -1, 2]), 1),
        "one number, as a global average gives": (np.array([2.5]), np.array([2.5]), 1),
        "the same, but for the last digits of a float": (
            np.array([0.3, 0.6, 0.1]),
            np.array([0.1 + 0.2, 0.2 * 3, 0.1]),
            2,
        ),
        "moved the other way": (np.array([0, 0, 2, 5, 0]), np.array([0, 2, 5, 0, 0]), 1),
        "moved too far": (np.array([1, 2, 3, 0, 0]), np.array([0, 0, 1, 2, 3]), 1),
        "not moved far enough": (np.array([1, 2, 0, 0, 0]), np.array([0, 1, 2, 0, 0]), 2),
        "one number differs": _row(rng, 6, 2, spoil=1.0),
        "one differs by a thousandth": (np.array([0.2, 0.7, 0.1]), np.array([0.1, 0.2, 0.701]), 1),
        "the same sum": (np.array([4, 1, 0, 2]), np.array([1, 4, 2, 0]), 1),
        "something new comes in": (np.array([1, 2, 3, 4]), np.array([9, 1, 2, 3]), 1),
    },
    Mistake(
        "You move to the left. The output should come to the right.",
        move=lambda row, places: np.roll(row, -places),
    ),
    Mistake(
        "Floats differ in their last digits. Compare with `np.allclose`.", alike=np.array_equal
    ),
    Mistake(
        "You round too much: a thousandth is a difference. Compare with `np.allclose`.",
        *(
            {"alike": lambda a, b, n=n: np.array_equal(np.round(a, n), np.round(b, n))}
            for n in range(3)
        ),
        {"alike": lambda a, b: np.allclose(a, b, atol=0.01)},
    ),
    Mistake(
        "What is both the same and moved along counts as the same: return 0.",
        lambda before, after, places: (
            1 if np.allclose(after, np.roll(before, places)) else _effect(before, after, places)
        ),
    ),
    Mistake(
        "You accept a move by any number of places. It has to be `places`.",
        lambda before, after, places: max(
            (_effect(before, after, n) for n in range(1, len(before))),
            default=_effect(before, after, places),
        ),
    ),
    Mistake(
        "The places count: the same numbers elsewhere are neither the same nor moved along.",
        {"alike": lambda a, b: np.allclose(np.sort(a), np.sort(b))},
        {"alike": lambda a, b: np.isclose(np.sum(a), np.sum(b))},
    ),
    Mistake(
        "One number that agrees is not enough. All of them have to.",
        alike=lambda a, b: np.isclose(a, b).any(),
    ),
    Mistake(
        "Zeros come in at the start in yours. What left at the end comes in, as in `np.roll`.",
        move=lambda row, places: np.append(np.zeros(places), row[:-places]),
    ),
    Mistake(
        "A move to the left is neither the same nor moved to the right.",
        lambda before, after, places: max(
            _effect(before, after, places), _effect(before, after, -places)
        ),
    ),
    Mistake(
        "You follow the largest number. All of them have to move along.",
        lambda before, after, places: _effect(
            before, after, places, alike=lambda a, b: a.argmax() == b.argmax()
        ),
    ),
    Mistake(
        "You leave out what comes in at the start. It has to be what left at the end.",
        _effect_inside,
    ),
    Mistake("0 and 1 are exchanged: 0 is the same, and 1 is moved along.", results=(1, 0, -1)),
    Mistake(
        "Your result has two values. There are three: the same is 0, and what is neither is -1.",
        {"results": (0, 1, 0)},
        {"results": (-1, 1, -1)},
        {"results": (1, 0, 0)},
        lambda before, after, places: np.allclose(after, np.roll(before, places)),
    ),
    praise="0 is invariant, 1 is equivariant.",
)


def _divided(pixels, steps):
    return -1 if pixels % steps else pixels // steps


def _places_moved(layers, pixels, *, join=prod, of=slice(None), out=_divided):
    return out(pixels, join([strides for _, strides in layers[of]]))


places_moved = Exercise(
    _places_moved,
    lambda rng: {
        "two poolings, and just enough": ([(3, 1), (2, 2), (3, 1), (2, 2)], 4),
        "three poolings": ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1), (2, 2)], 16),
        "not far enough": ([(4, 2), (3, 2), (3, 1)], 3),
        "between two places": ([(4, 2), (3, 2), (3, 1)], 6),
        "no strides": ([(5, 1)], 7),
        "strides of 3": ([(3, 3), (2, 2), (3, 1)], 12),
        "strides at the end": ([(3, 1), (5, 4)], 8),
        "strides of 2, 3 and 4": ([(3, 2), (7, 3), (5, 4)], 72),
        "kernels of 2": ([(2, 3), (2, 2)], 24),
        "two strides of 2": ([(3, 2), (3, 2)], 28),
        "any layers": ([tuple(map(int, rng.integers(2, 5, 2))) for _ in range(3)], 60),
    },
    Mistake("You add the strides. Each layer multiplies.", join=sum),
    Mistake(
        "These are the kernel sizes, not the strides.",
        lambda layers, pixels: _divided(pixels, prod(size for size, _ in layers)),
    ),
    Mistake(
        "You multiply by the kernel sizes as well. Only the strides count.",
        lambda layers, pixels: _divided(pixels, prod(size * strides for size, strides in layers)),
    ),
    Mistake(
        "You divide by what one value sees. Its neighbour is as far as the strides say.",
        lambda layers, pixels: _divided(pixels, shapes.receptive_field(layers)),
    ),
    Mistake("You count the largest strides only. Each layer multiplies.", join=max),
    Mistake("You count the last layer only. Each layer multiplies.", of=slice(-1, None)),
    Mistake("You count the first layer only. Each layer multiplies.", of=slice(1)),
    Mistake("Strides of 3 count 3, not 2.", join=lambda strides: 2 ** sum(s > 1 for s in strides)),
    Mistake(
        "Between two places the map does not follow. Then return -1.",
        {"out": lambda pixels, steps: pixels // steps},
        {"out": lambda pixels, steps: pixels / steps},
        {"out": lambda pixels, steps: round(pixels / steps)},
        {"out": lambda pixels, steps: pixels // steps if pixels >= steps else -1},
    ),
    Mistake(
        "This is the total stride. Asked is by how many places the map moves.",
        out=lambda pixels, steps: steps,
    ),
    Mistake(
        "This is whether the map follows. Asked is by how many places.",
        {"out": lambda pixels, steps: pixels % steps == 0},
        {"out": lambda pixels, steps: pixels % steps},
    ),
    Mistake("The map moves by fewer places than the image.", out=np.multiply),
    praise="Only multiples of the total stride are followed.",
)


def _moved(image, down, right, *, least=lambda n: 0):
    """Move each pixel whose new indices are at least `least` of the image's sides."""
    out = np.zeros_like(image)
    h, w = image.shape
    for i, j in np.ndindex(h, w):
        if least(h) <= i + down < h and least(w) <= j + right < w:
            out[i + down, j + right] = image[i, j]
    return out


def _rolled(image, down, right):
    return np.roll(image, (down, right), axis=(0, 1))


def _at_the_edge(image, down, right):
    """The mistake of repeating the edge: the nearest pixel comes in."""
    h, w = image.shape
    rows, columns = np.arange(h) - down, np.arange(w) - right
    return image[rows.clip(0, h - 1)][:, columns.clip(0, w - 1)]


def _sliced(image, down, right):
    """The mistake of slices that count from the other end, as `x[:-0]` does."""
    h, w = image.shape
    out = np.zeros_like(image)
    taken = image[: -down if down >= 0 else None, : -right if right >= 0 else None]
    taken = taken[-down if down < 0 else 0 :, -right if right < 0 else 0 :]
    top, left = max(down, 0), max(right, 0)
    out[top : top + len(taken), left : left + taken.shape[1]] = taken[: h - top, : w - left]
    return out


def _rolled_and_cut(image, down, right):
    """The mistake of emptying only what a move down or to the right leaves."""
    out = _rolled(image, down, right)
    out[:down], out[:, :right] = 0, 0
    return out


moved = Exercise(
    _moved,
    lambda rng: {
        "down and right": (whole(rng, (3, 4), 1), 1, 2),
        "up and left": (whole(rng, (4, 3), 1), -2, -1),
        "up and right": (fractions(rng, (4, 4)), -1, 3),
        "down only": (whole(rng, (4, 3), 1), 2, 0),
        "left only": (whole(rng, (2, 5), 1), 0, -3),
        "not at all": (whole(rng, (2, 3), 1), 0, 0),
        "out of the image": (whole(rng, (3, 3), 1), 0, 5),
        "further up than it is high": (whole(rng, (3, 4), 1), -4, 1),
        "a larger image": (
            fractions(rng, (int(rng.integers(5, 8)), 6)),
            *map(int, rng.integers(1, 4, 2)),
        ),
    },
    Mistake("What leaves comes in on the other side. Zeros should come in.", _rolled),
    Mistake(
        "Down and right are exchanged: `down` moves along axis 0, the rows.",
        lambda image, down, right: _moved(image, right, down),
    ),
    Mistake(
        "It moves the other way: a positive `down` moves down, a positive `right` to the right.",
        lambda image, down, right: _moved(image, -down, -right),
        lambda image, down, right: _rolled(image, -down, -right),
    ),
    Mistake("The edge is repeated. Zeros should come in.", _at_the_edge),
    Mistake(
        "An index below 0 counts from the other end. Leave such pixels out.", least=lambda n: -n
    ),
    Mistake("For a move up or left `x[:-2]` is all but the last two.", _rolled_and_cut),
    Mistake("For a move by 0 `x[:-0]` is empty.", _sliced),
    Mistake(
        "The image grows. It keeps its shape, so what leaves is lost.",
        lambda image, down, right: np.pad(
            image, ((max(down, 0), max(-down, 0)), (max(right, 0), max(-right, 0)))
        ),
    ),
    praise="What leaves is lost, and zeros come in.",
)


def _farthest(accuracy, least, *, near=np.greater_equal, less=1):
    far = np.flatnonzero(~near(accuracy, least))
    return (far[0] if len(far) else len(accuracy)) - less


farthest = Exercise(
    _farthest,
    lambda rng: {
        "it falls": (np.array([0.98, 0.95, 0.9, 0.7, 0.4]), 0.85),
        "it falls and rises again": (np.array([0.96, 0.93, 0.8, 0.85, 0.94]), 0.9),
        "it stays level": (np.array([0.97, 0.97, 0.96, 0.96]), 0.95),
        "it falls at once": (np.array([0.95, 0.6, 0.3]), 0.9),
        "exactly as much as asked": (np.array([0.75, 0.5, 0.5, 0.25]), 0.5),
        "two dips": (np.array([0.99, 0.97, 0.6, 0.97, 0.96, 0.7, 0.98]), 0.95),
        "only 0.9 in the middle": (np.array([0.9, 0.85, 0.75, 0.6]), 0.8),
        "drawn": (np.sort(rng.integers(50, 100, 9) / 100)[::-1], 0.745),
    },
    Mistake(
        "You look for the last move that is good enough. Between it and 0 the accuracy falls "
        "below: stop at the first that is not.",
        lambda accuracy, least: np.flatnonzero(accuracy >= least)[-1],
    ),
    Mistake(
        "This is the first move that is too far. The one before it is still good enough.",
        {"less": 0},
        lambda accuracy, least: np.append((accuracy < least)[:-1], True).argmax(),
    ),
    Mistake(
        "You count the moves that are good enough, with those behind a dip and that by 0.",
        lambda accuracy, least: (accuracy >= least).sum(),
    ),
    Mistake(
        "You count the moves that are good enough, with those behind a dip.",
        lambda accuracy, least: (accuracy >= least).sum() - 1,
    ),
    Mistake("An accuracy of exactly `least` is good enough.", near=np.greater),
    Mistake(
        "Where no accuracy is too low, the last move is the answer.",
        lambda accuracy, least: (accuracy < least).argmax() - 1,
        *(
            lambda accuracy, least, none=none: (
                none(accuracy) if accuracy.min() >= least else _farthest(accuracy, least)
            )
            for none in (len, lambda accuracy: 0)
        ),
    ),
    Mistake(
        "`np.searchsorted` takes sorted numbers, and these may rise again.",
        lambda accuracy, least: np.searchsorted(-accuracy, -least, side="right") - 1,
    ),
    Mistake(
        "You compare with a share of the first accuracy. Compare with `least` itself.",
        lambda accuracy, least: _farthest(accuracy, least * accuracy[0]),
    ),
    Mistake(
        "This is an accuracy. Asked is a number of pixels.",
        lambda accuracy, least: accuracy[_farthest(accuracy, least)],
        lambda accuracy, least: accuracy[accuracy >= least].min(),
    ),
    praise="It stops at the first dip, whatever comes behind it.",
)
