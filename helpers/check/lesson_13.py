"""The exercises of lesson 13: k-means."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, fractions


def _squared(x, z):
    """The squared distances of all points in x to all in z, (n, m)."""
    return np.square(x[:, None] - z).sum(axis=2)


def _points(rng):
    """Points and centroids; every centroid, the last one too, is the nearest of some points."""
    square = np.array([[0, 0], [4, 0], [0, 5], [4, 5], [1, -1], [5, 1.5]])
    return {
        "a square": (square, np.array([[0.5, -1], [0, 4.5], [4.5, 4]])),
        "whole numbers": (np.array([[1], [9], [2], [-3]]), np.array([[8], [0]])),
        "points": (fractions(rng, (9, 3)), fractions(rng, (4, 3))),
        "as many centroids as points": (fractions(rng, (4, 2)), fractions(rng, (4, 2))),
        "a centroid for the nearest and one for the rest": (
            np.array([[1.5, 2], [-8, 7], [9, -9], [1, 2.5]]),
            np.array([[1.0, 2], [-1, 1]]),
        ),
    }


def _nearest(x, centroids, *, measure=np.square, choose=np.argmin, axis=1):
    return choose(measure(x[:, None] - centroids).sum(axis=2), axis=axis)


nearest = Exercise(
    _nearest,
    _points,
    Mistake("These are the farthest centroids. A point goes to the nearest.", choose=np.argmax),
    Mistake("You name the nearest point of each centroid: take the other axis.", axis=0),
    Mistake("These are the squared distances. Return the index of the centroid.", choose=np.min),
    Mistake("The differences are added with their signs, so they cancel.", measure=as_is),
    Mistake(
        "You compare one coordinate only. A distance has all of them in it.",
        lambda x, centroids: _nearest(x[:, :1], centroids[:, :1]),
        lambda x, centroids: _nearest(x[:, -1:], centroids[:, -1:]),
    ),
    praise="Every point goes to the centroid with the smallest squared distance.",
)


def _means(x, labels, k, *, of=lambda points: points.mean(axis=0)):
    return np.stack([of(x[labels == cluster]) for cluster in range(k)])


means = Exercise(
    _means,
    lambda rng: {
        "three clusters": (fractions(rng, (8, 3)), np.array([0, 1, 2, 0, 1, 2, 1, 1]), 3),
        "a cluster of one point": (fractions(rng, (5, 2)), np.array([1, 1, 0, 1, 1]), 2),
        "whole numbers": (np.array([[1, 2], [4, -1], [6, 0]]), np.array([1, 0, 0]), 2),
        "as many clusters as coordinates": (
            fractions(rng, (6, 2)),
            rng.permutation([0, 0, 0, 1, 1, 1]),
            2,
        ),
        "one cluster": (fractions(rng, (4, 3)), np.zeros(4, int), 1),
    },
    Mistake("These are sums. Divide each by its number of points.", of=lambda p: p.sum(axis=0)),
    Mistake("`mean()` without an axis averages over the coordinates, too.", of=np.mean),
    Mistake(
        "You divide by the number of all points. Each cluster has its own number.",
        lambda x, labels, k: _means(x, labels, k, of=lambda points: points.sum(axis=0) / len(x)),
    ),
    Mistake("All are the mean of all points.", lambda x, labels, k: np.stack([x.mean(axis=0)] * k)),
    praise="Every centroid moves to the mean of its own points.",
)


def _inertia(x, centroids, labels, *, of=np.square, total=np.sum):
    return total(of(x - centroids[labels]))


def _length(differences):
    return np.linalg.norm(differences, axis=1)


def _labelled(rng):
    """The nearest labels, and others: k-means measures after the centroids have moved as well."""
    cases = {name: (*case, _nearest(*case)) for name, case in _points(rng).items()}
    x, centroids, labels = cases["points"]
    return cases | {
        "labels that are not the nearest": (x, centroids, rng.permutation(labels)),
        "all in the last": (x, centroids, np.full(len(x), len(centroids) - 1)),
    }


inertia = Exercise(
    _inertia,
    _labelled,
    Mistake("You add the distances. The inertia adds their squares.", of=_length),
    Mistake(
        "This is a mean. The inertia is the sum.",
        {"total": np.mean},
        lambda x, centroids, labels: _inertia(x, centroids, labels) / len(x),
    ),
    Mistake(
        "Every point counts for its own centroid only.",
        lambda x, centroids, labels: _squared(x, centroids).sum(),
    ),
    Mistake(
        "You take the nearest centroid. Take the one that `labels` names.",
        lambda x, centroids, labels: _squared(x, centroids).min(axis=1).sum(),
    ),
    praise="The sum of the squared distances, each point to its own centroid.",
)


def _chances(x, chosen, *, power=1, nearest=np.min):
    near = nearest(_squared(x, chosen), axis=1) ** power
    return near / near.sum()


def _chosen(rng):
    """Chosen points, some of them among x, whose chance is 0."""
    points = fractions(rng, (6, 2))
    return {name: case for name, case in _points(rng).items() if name != "whole numbers"} | {
        "chosen points among x": (points, points[[4, 1]]),
        "one chosen point": (points, points[2:3]),
        "whole numbers": (np.array([[1, 0], [9, 2], [2, 2]]), np.array([[8, 0], [0, 0]])),
    }


chances = Exercise(
    _chances,
    _chosen,
    Mistake("You take the distances. k-means++ takes their squares.", power=0.5),
    Mistake("You take the farthest chosen point. What counts is the nearest.", nearest=np.max),
    Mistake(
        "You look at one chosen point only. What counts is the nearest of all.",
        lambda x, chosen: _chances(x, chosen[-1:]),
        lambda x, chosen: _chances(x, chosen[:1]),
    ),
    Mistake("You add up over the chosen points. Only the nearest counts.", nearest=np.sum),
    Mistake(
        "Near points have the same chance as distant ones. It has to grow with the distance.",
        {"power": 0},
        lambda x, chosen: (new := _squared(x, chosen).min(axis=1) > 0) / new.sum(),
    ),
    Mistake("Near points have the greater chance. It has to grow with the distance.", power=-1),
    Mistake(
        "The chances do not add up to 1. Divide by their sum.",
        lambda x, chosen: _squared(x, chosen).min(axis=1),
        lambda x, chosen: (near := _squared(x, chosen).min(axis=1)) / near.max(),
    ),
    praise="The farther from all that is chosen, the likelier the choice.",
)
