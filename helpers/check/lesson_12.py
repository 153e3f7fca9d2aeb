"""Lesson 12: what a pretrained network is given, its last layer, Grad-CAM, and the five best."""

import functools

import numpy as np

from helpers.check.exercise import Exercise, Mistake, as_is, between


def _to_network(image, *, minus=127.0, by=128.0, kind=float, order=as_is):
    return (order(image.astype(kind)) - kind(minus)) / by


def _bytes(rng, shape):
    return rng.integers(0, 256, shape, dtype=np.uint8)


to_network = Exercise(
    _to_network,
    lambda rng: {
        "black, grey and white": (np.array([[[0, 127, 255]]], np.uint8),),
        "a picture": (_bytes(rng, (3, 2, 3)),),
        "a wide picture": (_bytes(rng, (2, 5, 3)),),
        "darker than the middle": (rng.integers(0, 100, (2, 2, 3), dtype=np.uint8),),
    },
    Mistake("You divide by 127. The network was trained on a division by 128.", by=127.0),
    Mistake("You divide by 255. The network was trained on a division by 128.", by=255.0),
    Mistake("You subtract 128. The network was trained on images less 127.", minus=128.0),
    Mistake("Nothing is subtracted. First take 127 off.", minus=0.0),
    Mistake("You forget to divide by 128.", by=1.0),
    Mistake(
        "Bytes cannot be negative: 0 - 127 has become 129. Make floats of them first.",
        kind=np.uint8,
    ),
    Mistake(
        "You make values from 0 to 1. This network wants them from about -1 to 1.",
        lambda image: image / 255,
    ),
    Mistake(
        "The division comes first, and the subtraction afterwards: brackets are missing.",
        lambda image: image / 128 - 127,
        lambda image: image - 127 / 128,
    ),
    Mistake(
        "You map 0 and 255 to -1 and 1 exactly. This network had less 127, and divided by 128.",
        lambda image: image / 127.5 - 1,
    ),
    Mistake("You take 127 off values from 0 to 1.", lambda image: (image / 255 - 127) / 128),
    Mistake(
        "You take the image's own mean. The network was trained on the same 127 for all images.",
        lambda image: (image - image.mean()) / image.std(),
        lambda image: (image - image.mean()) / 128,
        lambda image: (image - image.mean(axis=(0, 1))) / image.std(axis=(0, 1)),
        lambda image: (image - image.mean(axis=(0, 1))) / 128,
    ),
    Mistake(
        "Red and blue are exchanged. This network takes red, green, blue.",
        order=lambda image: image[..., ::-1],
    ),
    praise="A network must be given images as it was given them when it learned.",
)


def _last_layer(maps, weights, bias, *, pool=lambda maps: maps.mean(axis=(0, 1))):
    return pool(maps) @ weights + bias


last_layer = Exercise(
    _last_layer,
    lambda rng: {
        "the maps of the lesson": (
            np.array([[[4.0, 0], [0, 2]], [[0, 2], [0, 4]]]),
            np.array([[1.0, -1, 0], [0, 2, 1]]),
            np.array([0.5, 0, -1]),
        ),
        "one place": (between(rng, (1, 1, 3), -1), between(rng, (3, 2), -1), np.array([1, 2.0])),
        "a negative feature": (
            *(np.array([[[-1.0, 2]]]), np.array([[1.0, 0.5], [0.25, 1]]), np.array([0.5, 0])),
        ),
        "not square": (between(rng, (2, 3, 4)), between(rng, (4, 5), -1), between(rng, 5, -1)),
        "as many maps as classes": (
            between(rng, (3, 2, 3)),
            between(rng, (3, 3), -1),
            between(rng, 3, -1),
        ),
    },
    Mistake("You add the places up. Take their mean.", pool=lambda maps: maps.sum(axis=(0, 1))),
    Mistake("You take the largest place. Take their mean.", pool=lambda m: m.max(axis=(0, 1))),
    Mistake(
        "You divide by the rows or by the columns alone. A map has rows times columns places.",
        *({"pool": lambda m, a=a: m.sum(axis=(0, 1)) / m.shape[a]} for a in (0, 1)),
    ),
    Mistake(
        "You take the mean over the maps. Each map is a feature of its own: mean over its places.",
        pool=lambda maps: np.full(maps.shape[-1], maps.mean()),
    ),
    Mistake(
        "This is one result for each place. Take the mean over the places.", pool=lambda maps: maps
    ),
    Mistake(
        "You take the softmax. Asked are the logits.",
        lambda *case: (powers := np.exp(_last_layer(*case))) / powers.sum(),
    ),
    praise="That is all that is trained where the network is frozen.",
)


def _cut(heat):
    return np.maximum(heat, 0)


def _grad_cam(maps, gradients, *, over=(0, 1), mean=np.mean, end=_cut, first=as_is):
    return end((maps * mean(first(gradients), axis=over)).sum(axis=-1))


grad_cam = Exercise(
    _grad_cam,
    lambda rng: {
        "the maps of the lesson": (
            np.array([[[4.0, 0], [0, 2]], [[0, 2], [0, 4]]]),
            np.full((2, 2, 2), [-0.25, 0.5]),
        ),
        "gradients that differ from place to place": (
            np.maximum(between(rng, (3, 3, 4), -1), 0),  # many zeros, as after ReLU
            between(rng, (3, 3, 4), -0.3),
        ),
        "not square": (between(rng, (2, 4, 3)), between(rng, (2, 4, 3), -1)),
        "maps that speak against each other": (np.ones((1, 1, 3)), np.array([[[-0.5, 1, -0.25]]])),
        "one map that speaks against it": (between(rng, (2, 2, 1)), np.full((2, 2, 1), -0.5)),
        "one map": (between(rng, (3, 2, 1)), np.full((3, 2, 1), 0.5)),
    },
    Mistake("What speaks against the class is left: values below 0 become 0.", end=as_is),
    Mistake("You take the absolute value. What speaks against the class becomes 0.", end=np.abs),
    Mistake("Only what is below 0 is cut: a value may be above 1.", end=lambda z: z.clip(0, 1)),
    Mistake(
        "You scale the map to end at 1, as for a picture. Return it as it comes out.",
        *({"end": lambda z, zero=zero: _cut(z) / (_cut(z).max() or zero)} for zero in (1, np.nan)),
    ),
    Mistake("You add the gradients up. Take their mean.", mean=np.sum),
    Mistake("You take the largest gradient of each map. Take their mean.", mean=np.max),
    Mistake(
        "You multiply place by place. Each map gets one weight, the mean of its gradients.",
        lambda maps, gradients: _cut((maps * gradients).sum(axis=-1)),
    ),
    Mistake(
        "You take the mean of the gradients along one axis only: `mean(axis=(0, 1))`.",
        lambda maps, gradients: _cut((maps * gradients.mean(axis=0)).sum(axis=-1)),
        lambda maps, gradients: _cut((maps * gradients.mean(1, keepdims=True)).sum(axis=-1)),
    ),
    Mistake("You cut the gradients. It is the sum over the maps that is cut at 0.", first=_cut),
    Mistake(
        "You cut before all maps are added. They may speak against each other.",
        lambda maps, gradients: _cut(maps * gradients.mean(axis=(0, 1))).sum(axis=-1),
        lambda maps, gradients: functools.reduce(
            lambda heat, weighted: _cut(heat + weighted),
            np.moveaxis(maps * gradients.mean(axis=(0, 1)), -1, 0),
            0,
        ),
    ),
    Mistake(
        "You forget the gradients: this is where maps are large, whatever the class.",
        lambda maps, gradients: _cut(maps.sum(axis=-1)),
    ),
    Mistake(
        "You take the mean over the maps in place of the sum.",
        lambda maps, gradients: _grad_cam(maps, gradients) / maps.shape[-1],
    ),
    Mistake(
        "You still have one picture for each map. Add them up.",
        lambda maps, gradients: _cut(maps * gradients.mean(axis=(0, 1))),
    ),
    praise="A map of where the class was seen; or rather, of what the last layer read.",
)


def _top_accuracy(logits, labels, k, *, best=lambda logits: -logits, score=np.mean):
    found = np.argsort(best(logits), axis=1, kind="stable")[:, :k]
    return float(score((found == labels[:, None]).any(axis=1)))


def _scores(rng, n, classes):
    return rng.permutation(n * classes).reshape(n, classes) / 10


top_accuracy = Exercise(
    _top_accuracy,
    lambda rng: {
        "second best counts": (
            np.array([[0.1, 0.5, 0.3], [0.9, 0.2, 0.4], [0.3, 0.2, 0.1]]),
            np.array([2, 1, 0]),
            2,
        ),
        "a label that is another image's best": (
            *(np.array([[0.9, 0.1, 0.2], [0.1, 0.8, 0.3]]), np.array([1, 2]), 1),
        ),
        "logits of both signs": (np.array([[-1.0, 2, -3]]), np.array([1]), 1),
        "only the best": (_scores(rng, 8, 4), rng.integers(0, 4, 8), 1),
        "five of twelve": (_scores(rng, 20, 12), rng.integers(0, 12, 20), 5),
        "negative logits": (-1 - _scores(rng, 9, 6), rng.integers(0, 6, 9), 3),
        "all of them": (_scores(rng, 4, 3), rng.integers(0, 3, 4), 3),
    },
    Mistake("You take the smallest logits. The best classes have the largest.", best=as_is),
    Mistake(
        "`-k:-1` ends before the best. Write `-k:`.",
        lambda logits, labels, k: (
            (np.argsort(logits, axis=1)[:, -k:-1] == labels[:, None]).any(axis=1).mean()
        ),
    ),
    Mistake(
        "You sort down the columns, so that images compete. Sort each row: `axis=1`.",
        lambda logits, labels, k: (
            (np.argsort(logits, axis=0)[:, -k:] == labels[:, None]).any(axis=1).mean()
        ),
        lambda logits, labels, k: (
            (np.argsort(-logits, axis=0)[:, :k] == labels[:, None]).any(axis=1).mean()
        ),
    ),
    Mistake("You count the images. Return their share.", score=np.sum),
    Mistake("This is the share that is wrong.", score=lambda right: 1 - np.mean(right)),
    Mistake(
        "You look among the best of all images. Compare each label with those of its own row.",
        lambda logits, labels, k: np.isin(labels, np.argsort(-logits, axis=1)[:, :k]).mean(),
    ),
    Mistake(
        "`any` without an axis asks about all images at once: `any(axis=1)`.",
        lambda *case: float(_top_accuracy(*case) > 0),
    ),
    Mistake(
        "You ask for exactly the k-th best. Any of the best `k` will do.",
        lambda logits, labels, k: float(
            np.mean(np.argsort(-logits, axis=1, kind="stable")[:, k - 1] == labels)
        ),
    ),
    praise="With many classes alike, the five best say more than the best alone.",
)
