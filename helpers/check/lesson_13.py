"""The exercises of lesson 13: k-means."""

import numpy as np

from helpers.check.exercise import Exercise, squared_distances


def _points(rng):
    """Points in three dimensions and centroids, so that every axis has its own length."""
    return [(rng.normal(size=(n, 3)) * 3, rng.normal(size=(k, 3)) * 3) for n, k in ((9, 4), (7, 2))]


def _labelled(rng):
    return [
        (rng.normal(size=(8, 3)), np.array([0, 1, 2, 0, 1, 2, 1, 1]), 3),
        (rng.normal(size=(5, 2)), np.array([1, 1, 0, 1, 0]), 2),
    ]


def _means(x, labels, k):
    return np.stack([x[labels == cluster].mean(axis=0) for cluster in range(k)])


nearest = Exercise(
    call="nearest(x, centroids)",
    right=lambda x, centroids: squared_distances(x, centroids).argmin(axis=1),
    cases=_points,
    mistakes={
        "These are the farthest centroids. A point goes to the nearest.": (
            lambda x, centroids: squared_distances(x, centroids).argmax(axis=1)
        ),
        "For each centroid you name the nearest point. Name the nearest centroid for each point: "
        "the other axis.": lambda x, centroids: squared_distances(x, centroids).argmin(axis=0),
        "These are the distances. Return which centroid it is, its index.": (
            lambda x, centroids: squared_distances(x, centroids).min(axis=1)
        ),
        "The differences are added with their signs, so they cancel. Square them first.": (
            lambda x, centroids: (x[:, None] - centroids).sum(axis=2).argmin(axis=1)
        ),
        "You compare the first coordinate only. A distance has all of them in it.": (
            lambda x, centroids: squared_distances(x[:, :1], centroids[:, :1]).argmin(axis=1)
        ),
    },
    praise="Every point goes to the centroid with the smallest squared distance.",
)

means = Exercise(
    call="means(x, labels, k)",
    right=_means,
    cases=_labelled,
    mistakes={
        "These are the sums of the clusters. Divide each by its number of points.": (
            lambda x, labels, k: np.stack([x[labels == c].sum(axis=0) for c in range(k)])
        ),
        "You average over the coordinates. A centroid has as many coordinates as a point: "
        "average over the points, axis 0.": (
            lambda x, labels, k: np.array([x[labels == c].mean() for c in range(k)])
        ),
        "You divide by the number of all points. Each cluster has its own number.": (
            lambda x, labels, k: np.stack([x[labels == c].sum(axis=0) for c in range(k)]) / len(x)
        ),
        "All centroids are the mean of all points. Each takes its own points only.": (
            lambda x, labels, k: np.stack([x.mean(axis=0)] * k)
        ),
        "You divide by n - 1, as for a variance. A mean divides by n.": (
            lambda x, labels, k: np.stack(
                [x[labels == c].sum(axis=0) / ((labels == c).sum() - 1) for c in range(k)]
            )
        ),
    },
    praise="Every centroid moves to the mean of its own points.",
)

inertia = Exercise(
    call="inertia(x, centroids, labels)",
    right=lambda x, centroids, labels: np.square(x - centroids[labels]).sum(),
    cases=lambda rng: [
        (x, centroids, squared_distances(x, centroids).argmin(axis=1))
        for x, centroids in _points(rng)
    ],
    mistakes={
        "You add the distances. The inertia adds their squares.": (
            lambda x, centroids, labels: np.linalg.norm(x - centroids[labels], axis=1).sum()
        ),
        "This is the mean. The inertia is the sum.": (
            lambda x, centroids, labels: np.square(x - centroids[labels]).sum(axis=1).mean()
        ),
        "Every point counts for every centroid. It counts for its own only.": (
            lambda x, centroids, labels: squared_distances(x, centroids).sum()
        ),
        "You take the square root at the end. The inertia is the sum of squares.": (
            lambda x, centroids, labels: np.linalg.norm(x - centroids[labels])
        ),
        "You have one number for each point. Add them up.": (
            lambda x, centroids, labels: np.square(x - centroids[labels]).sum(axis=1)
        ),
    },
    praise="The sum of the squared distances, each point to its own centroid.",
)

chances = Exercise(
    call="chances(x, chosen)",
    right=lambda x, chosen: (
        squared_distances(x, chosen).min(axis=1) / squared_distances(x, chosen).min(axis=1).sum()
    ),
    cases=_points,
    mistakes={
        "The chances do not add up to 1. Divide by their sum.": (
            lambda x, chosen: squared_distances(x, chosen).min(axis=1)
        ),
        "You take the distances. k-means++ takes their squares.": (
            lambda x, chosen: (
                np.sqrt(squared_distances(x, chosen).min(axis=1))
                / np.sqrt(squared_distances(x, chosen).min(axis=1)).sum()
            )
        ),
        "You take the farthest chosen point. What counts is the nearest.": (
            lambda x, chosen: (
                squared_distances(x, chosen).max(axis=1)
                / squared_distances(x, chosen).max(axis=1).sum()
            )
        ),
        "You look at the last chosen point only. What counts is the nearest of all.": (
            lambda x, chosen: (
                squared_distances(x, chosen[-1:])[:, 0] / squared_distances(x, chosen[-1:]).sum()
            )
        ),
        "All points have the same chance: that is the random start.": (
            lambda x, chosen: np.full(len(x), 1 / len(x))
        ),
        "Near points have the greater chance with you. It has to grow with the distance.": (
            lambda x, chosen: (
                1
                / squared_distances(x, chosen).min(axis=1)
                / (1 / squared_distances(x, chosen).min(axis=1)).sum()
            )
        ),
    },
    praise="The farther from all that is chosen, the likelier the choice.",
)
