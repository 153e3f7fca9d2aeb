"""The exercises of lesson 13: k-means."""

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, between, fractions


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
    Mistake(
        "You add up the absolute differences. A distance adds up their squares.", measure=np.abs
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
    Mistake(
        "You divide by the number of clusters. Divide by the number of points in each.",
        lambda x, labels, k: _means(x, labels, k, of=lambda points: points.sum(axis=0) / k),
    ),
    Mistake("All are the mean of all points.", lambda x, labels, k: np.stack([x.mean(axis=0)] * k)),
    praise="Every centroid moves to the mean of its own points.",
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
    Mistake("You square twice: the distances are squared already.", power=2),
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


def _distances(x, i):
    return np.sqrt(_squared(x, x[i : i + 1])[:, 0])


def _own(distances, labels, i):
    """The mean distance to the others of the point's own cluster; to itself it is 0."""
    return distances[labels == labels[i]].sum() / (np.sum(labels == labels[i]) - 1)


def _others(distances, labels, i, nearest=min):
    others = set(labels.tolist()) - {labels[i]}
    return nearest(distances[labels == cluster].mean() for cluster in others)


def _silhouette(x, labels, i, *, far=_distances, own=_own, others=_others, by=max):
    distances = far(x, i)
    a, b = own(distances, labels, i), others(distances, labels, i)
    return (b - a) / by(a, b)


def _to_centroids(x, labels, i):
    centroids = _means(x, labels, labels.max() + 1)
    away = np.linalg.norm(centroids - x[i], axis=1)
    a, b = away[labels[i]], np.delete(away, labels[i]).min()
    return (b - a) / max(a, b)


def _of_one(x, labels, i, far):
    """The silhouette with b measured to one other cluster, the least `far` by its gaps, (n, d)."""
    others = [x[labels == cluster] - x[i] for cluster in sorted({*labels.tolist()} - {labels[i]})]
    a = _own(_distances(x, i), labels, i)
    b = np.linalg.norm(min(others, key=far), axis=1).mean()
    return (b - a) / max(a, b)


def _sorted_points(rng, sizes, d=2):
    """Points in clusters of these sizes, each around another place."""
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return fractions(rng, (len(labels), d)) + 3 * labels[:, None] ** 2, labels


silhouette = Exercise(
    _silhouette,
    lambda rng: {
        "on a line": (np.array([[1.0], [2], [9], [10]]), np.array([0, 0, 1, 1]), 1),
        "in the wrong cluster": (
            np.array([[1.0], [2], [8], [9], [11]]),
            np.array([0, 0, 0, 1, 1]),
            2,
        ),
        "a cluster on both sides of the point": (
            np.array([[0.0], [1], [-10], [3], [9], [4.5], [5], [3.5], [4]]),
            np.array([0, 0, 1, 1, 1, 2, 2, 3, 3]),
            0,
        ),
        "three clusters": (*_sorted_points(rng, (3, 4, 2)), 0),
        "unequal clusters": (*_sorted_points(rng, (5, 2, 3)), 4),
        "many coordinates": (*_sorted_points(rng, (3, 3, 4), 5), 6),
        "two clusters": (*_sorted_points(rng, (4, 3)), 2),
    },
    Mistake(
        "The point itself, at a distance of 0, is among its neighbours. Leave it out.",
        own=lambda distances, labels, i: distances[labels == labels[i]].mean(),
    ),
    Mistake(
        "You average over all other clusters. Take the one that is nearest in the mean.",
        {"others": lambda distances, labels, i: distances[labels != labels[i]].mean()},
        {"others": lambda *it: _others(*it, nearest=lambda means: np.mean([*means]))},
    ),
    Mistake(
        "You take the nearest single point of another cluster. Take the mean over a cluster.",
        others=lambda distances, labels, i: distances[labels != labels[i]].min(),
    ),
    Mistake(
        "Take the mean distance to each other cluster, and then the smallest of these.",
        lambda *case: _of_one(*case, lambda gaps: np.linalg.norm(gaps.mean(axis=0))),
        lambda *case: _of_one(*case, lambda gaps: np.linalg.norm(gaps, axis=1).min()),
    ),
    Mistake(
        "You take the cluster that is farthest. Take the nearest.",
        others=lambda *it: _others(*it, nearest=max),
    ),
    Mistake(
        "You measure squared distances. Take their roots.", far=lambda x, i: _distances(x, i) ** 2
    ),
    Mistake(
        "You measure to the centroids. Asked are the mean distances to the points.", _to_centroids
    ),
    Mistake("The division is missing. It brings all between -1 and 1.", by=lambda a, b: 1),
    Mistake(
        "Divide by the larger of a and b.",
        {"by": min},
        {"by": lambda a, b: a},
        {"by": lambda a, b: b},
        {"by": lambda a, b: a + b},
    ),
    Mistake(
        "You take a - b. A point well placed has the larger b, and a silhouette above 0.",
        lambda x, labels, i: -_silhouette(x, labels, i),
    ),
    Mistake(
        "These are the silhouettes of all points. Asked is that of point i.",
        lambda x, labels, i: [_silhouette(x, labels, j) for j in range(len(x))],
        lambda x, labels, i: np.mean([_silhouette(x, labels, j) for j in range(len(x))]),
    ),
    praise="Near 1: well inside. Near 0: between two. Below 0: nearer to another cluster.",
)


def _few_colours(image, palette, *, measure=np.square, choose=np.argmin):
    distances = measure(image[:, :, None] - palette).sum(axis=3)
    return palette[choose(distances, axis=2)]


few_colours = Exercise(
    _few_colours,
    lambda rng: {
        "black and white": (between(rng, (2, 3, 3)), np.array([[0.0] * 3, [1] * 3])),
        "three colours": (between(rng, (4, 5, 3)), between(rng, (3, 3))),
        "a tall image": (between(rng, (6, 2, 3)), between(rng, (4, 3))),
        "one row": (between(rng, (1, 8, 3)), between(rng, (5, 3))),
        "more colours than pixels": (between(rng, (2, 2, 3)), between(rng, (9, 3))),
    },
    Mistake(
        "These are the numbers of the colours. Look the colours up: `palette[numbers]`.",
        lambda image, palette: np.square(image[:, :, None] - palette).sum(axis=3).argmin(axis=2),
    ),
    Mistake("You take the farthest colour. Take the nearest.", choose=np.argmax),
    Mistake("The differences are added with their signs, so they cancel.", measure=as_is),
    Mistake(
        "You choose for each channel alone, which mixes new colours.",
        lambda image, palette: np.stack(
            [c[np.abs(image[..., i, None] - c).argmin(axis=2)] for i, c in enumerate(palette.T)],
            axis=2,
        ),
    ),
    praise="Each pixel is a point with three coordinates, so k-means can choose the palette.",
)
