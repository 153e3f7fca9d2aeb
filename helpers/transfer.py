"""Use a network trained on ImageNet for other images: frozen, with a linear classifier, or tuned.

Keras 3 alone. See J. Yosinski et al., "How transferable are features in deep neural networks?",
NeurIPS 2014.
"""

from hashlib import sha256

import numpy as np

from helpers._arrays import numbers
from helpers._keras import keras
from helpers._validate import flag, integer
from helpers.data import pixels
from helpers.pretrained import efficientnet_lite0
from helpers.settings import Training
from helpers.training import compile_network, in_batches

layers = keras.layers

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)  # C of the linear classifier: the smaller, the stronger
BLOCKS = 16
AT_A_TIME = 250  # images, between two looks at the cache


def resized(x, size):
    """Return images (n, h, w, c) as float32 of `size` x `size` pixels, between which it is smooth.

    Values may leave the range of x a little, as bicubic interpolation overshoots at edges.
    """
    x, side = numbers("x", x, ("n", "h", "w", "c")), (integer("size", size),) * 2
    return keras.ops.convert_to_numpy(keras.ops.image.resize(x, side, "bicubic"))


def frozen(size):
    """Return a Keras model from images of `size` pixels, from 0 to 1, to 1,280 features of each.

    They are the means of the last maps. Nothing in it is trained.
    """
    base = efficientnet_lite0(size, include_top=False)
    base.trainable = False
    return keras.Sequential([base, layers.GlobalAveragePooling2D()])


def features(x, size, *, some=None, folder=None):
    """Return the frozen network's features of images of bytes, (n, 1280), float32.

    Parameters
    ----------
    x : array of uint8, (n, h, w, 3)
    size : int
        Pixels that the images are enlarged to.
    some : array of int, optional
        Which of the images; all, if none are given.
    folder : Path, optional
        Where features are kept, in float16, so that each is computed once. A run that is stopped
        loses `AT_A_TIME` images at most.
    """
    some = np.arange(len(x)) if some is None else numbers("some", some, ("n",))
    kept = _cache(x, size, folder)
    missing = some[np.isnan(kept[some, 0])]
    model = frozen(size) if len(missing) else None
    for start in range(0, len(missing), AT_A_TIME):
        places = missing[start : start + AT_A_TIME]
        kept[places] = model.predict(resized(pixels(x[places]), size), batch_size=50, verbose=0)
    return kept[some].astype(np.float32)


def _cache(x, size, folder):
    """Return an array (n, 1280), in a file if there is a folder: NaN where nothing is known yet."""
    shape = (len(x), 1280)
    if folder is None:
        return np.full(shape, np.nan, np.float16)
    digest = sha256(np.ascontiguousarray(x)).hexdigest()[:12]
    path = folder / f"features_{size}_{digest}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path.with_suffix(".part.npy"), np.full(shape, np.nan, np.float16))
        path.with_suffix(".part.npy").replace(path)
    return np.load(path, mmap_mode="r+")


def linear_classifier(x, y, seed):
    """Fit a linear classifier on features x, (n, d), with labels y, (n,).

    A fifth of them, drawn by the seed, chooses the penalty; then it is fitted on all.

    Returns
    -------
    classifier : scikit-learn's Pipeline
        It standardises each feature; the classifier is a logistic regression.
    accuracies : dict
        Of each penalty in `PENALTIES`, the accuracy on what is held out.
    """
    from sklearn.model_selection import train_test_split

    split = train_test_split(x, y, test_size=0.2, random_state=seed)
    x_fit, x_held_out, y_fit, y_held_out = split
    accuracies = {
        penalty: float(_classifier(penalty).fit(x_fit, y_fit).score(x_held_out, y_held_out))
        for penalty in PENALTIES
    }
    best = max(accuracies, key=accuracies.get)
    return _classifier(best).fit(x, y), accuracies


def _classifier(penalty):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=penalty, max_iter=300))


def classifying(size, *, weights="imagenet"):
    """Return the whole network for small images of ten classes, (n, h, w, 3), and its base.

    It mirrors images in training, enlarges them to `size`, and ends in ten logits, at first 0.
    """
    base = efficientnet_lite0(size, weights=weights, include_top=False)
    image = keras.Input((32, 32, 3))
    x = layers.RandomFlip("horizontal")(image)
    x = layers.Resizing(size, size, interpolation="bicubic")(x)
    x = layers.GlobalAveragePooling2D()(base(x))
    return keras.Model(image, layers.Dense(10, kernel_initializer="zeros")(x)), base


def freeze(base, blocks, *, norm=False):
    """Let the first so many of the base's 16 blocks stay as they are, and train the others.

    The stem goes with the first block, and the head with the last. With `norm`, all batch
    normalisation stays as it is, too. Keras runs it as in use where it is frozen, on the means and
    variances that it has collected; to call the base with `training=False` would not do it, as
    `fit` says otherwise (Keras 3.15, and its issue 20285).
    """
    blocks, norm = integer("blocks", blocks, minimum=0, maximum=BLOCKS), flag("norm", norm)
    base.trainable = True
    for layer in base.layers:
        normalises = isinstance(layer, layers.BatchNormalization)
        layer.trainable = _block_of(layer.name) >= blocks and not (norm and normalises)


def _block_of(name):
    """Return which block a layer goes with, counted from 0.

    >>> _block_of("block12_expand"), _block_of("head_norm"), _block_of("stem")
    (12, 15, 0)
    """
    part = name.split("_")[0]
    if part.startswith("block"):
        return int(part.removeprefix("block"))
    return BLOCKS - 1 if part in ("head", "last") else 0


def start_with(model, classifier):
    """Make a fitted `linear_classifier` the last layer of a network of `classifying`."""
    scaler, regression = classifier[0], classifier[-1]
    kernel = (regression.coef_ / scaler.scale_).T
    model.layers[-1].set_weights([kernel, regression.intercept_ - scaler.mean_ @ kernel])


def fine_tune(model, base, stages, images, *, batch_size=64, norm=False):
    """Train in stages; return, of each, the curves and the accuracy on test images.

    Parameters
    ----------
    model, base : Keras models
        Of `classifying`.
    stages : sequence of (blocks, epochs, learning_rate)
        Blocks that stay frozen, passes over the images, and the rate, which rises from 0 during a
        tenth of the steps and falls to 0 along a cosine.
    images : dict
        "train" and "test", pairs of images and one-hot labels, as of `training.load_images`.
    norm : bool
        Whether all batch normalisation stays frozen, as `freeze` says.
    """
    results = []
    for blocks, epochs, rate in stages:
        freeze(base, blocks, norm=norm)
        settings = Training(
            "D7+", "cifar10", epochs, batch_size, schedule="cosine", learning_rate=rate
        )
        x, y = images["train"]
        compile_network(model, settings, steps=-(-len(x) // batch_size) * epochs)
        history = model.fit(
            **in_batches(x, y, batch_size, shuffle=True), epochs=epochs, verbose=0
        ).history
        loss, accuracy = model.evaluate(**in_batches(*images["test"], 250), verbose=0)
        results.append({"history": history, "test_accuracy": accuracy, "test_loss": loss})
    return results
