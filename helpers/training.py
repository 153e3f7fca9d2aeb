"""Train a Keras network as its settings say, and return all that a lesson shows of it.

Keras 3 alone, so it runs on any of its backends; but see `in_batches`.
"""

from time import perf_counter

import numpy as np

from helpers import data
from helpers._keras import keras
from helpers._validate import broken
from helpers.models import build

layers = keras.layers

EVALUATED = 5_000  # training images that each epoch is evaluated on, without dropout
SHOWN_MISTAKES = 100

AUGMENT = {
    "flip": layers.RandomFlip,
    "rotation": lambda factor: layers.RandomRotation(factor, fill_mode="constant"),
    "translation": lambda factor: layers.RandomTranslation(factor, factor, fill_mode="constant"),
    "zoom": lambda factor: layers.RandomZoom(factor, fill_mode="constant"),
}


def train(settings, seed):
    """Train one network, and evaluate it on the test images at the end.

    Parameters
    ----------
    settings : Training
    seed : int
        Of the images that are taken, the first weights, the order, dropout and augmentation.

    Returns
    -------
    (keras.Model, dict)
        The trained network, without the augmentation before it, and its results: `params`;
        `n_train`, images to train on; `data_source`; those of `evaluate`; and `history`, a
        list over the epochs for each of
        `loss`, `accuracy` (in training, with dropout, as the weights change),
        `train_loss`, `train_accuracy` (up to `EVALUATED` training images after the epoch,
        without dropout and augmentation),
        `val_loss`, `val_accuracy` (the same of what is held out, if anything is),
        `test_loss`, `test_accuracy` (where the settings say `watch_test`),
        `seconds` (of training alone; the first epoch has Keras' preparations in it).
        Accuracies are from 0 to 1; losses contain smoothing and penalties, as in training.

    Raises
    ------
    ValueError
        A network that is not known, a `steps_per_epoch` that a pass cuts short, or a
        `validation_split` that leaves one side without an image.
    """
    keras.utils.set_random_seed(seed)
    images, source = load_images(settings, seed)
    x, y = images["train"]
    network, model = compiled(settings, len(x))
    watched = {name: pair for name, pair in images.items() if name != "test" or settings.watch_test}
    history = model.fit(
        **in_batches(x, y, settings.batch_size, shuffle=True),
        epochs=settings.epochs,
        steps_per_epoch=settings.steps_per_epoch,
        callbacks=[_Watch(watched), *_early_stopping(settings)],
        verbose=0,
    ).history
    results = {
        "params": network.count_params(),
        "n_train": len(x),
        "history": {name: np.round(values, 5).tolist() for name, values in history.items()},
        "data_source": source,
    }
    return network, results | evaluate(model, *images["test"])


def compiled(settings, n_train):
    """Build and compile a network, ready to be fitted.

    Parameters
    ----------
    settings : Training
    n_train : int
        Images to train on: a schedule needs to know how many steps there will be.

    Returns
    -------
    (keras.Model, keras.Model)
        The network, and the model to fit: the same with the augmentation before it.

    Raises
    ------
    ValueError
        As `train`.
    """
    network = build(settings.network, **dict(settings.network_options))
    augment = [AUGMENT[name](argument) for name, argument in settings.augmentation]
    model = keras.Sequential([*augment, network]) if augment else network
    compile_network(model, settings, _steps_per_epoch(settings, n_train) * settings.epochs)
    return network, model


def _steps_per_epoch(settings, n_train):
    """Return the batches in an epoch. Keras goes round only at the end of one, and cuts others."""
    a_pass = -(-n_train // settings.batch_size)
    steps = settings.steps_per_epoch or a_pass
    if steps * settings.epochs > a_pass and a_pass % steps:
        rule = f"a divisor of the batches in a pass ({a_pass}) where the epochs exceed one pass"
        raise broken("steps_per_epoch", rule, steps)
    return steps


def load_images(settings, seed):
    """Return the images that a training uses, from 0 to 1, with one-hot labels.

    Parameters
    ----------
    settings : Training
    seed : int
        Of the training images that are taken, and of those that are held out.

    Returns
    -------
    (dict, str)
        "train", "val" (if any is held out) and "test", each a pair of float arrays x,
        (n, h, w, c), and y, (n, 10); and where the images come from.

    Raises
    ------
    ValueError
        A `validation_split` that leaves one side without an image.
    """
    dataset = getattr(data, settings.dataset)()
    order = np.random.default_rng(seed).permutation(len(dataset.y_train))[: settings.n_train]
    held_out = round(settings.validation_split * len(order))
    if settings.validation_split and not 0 < held_out < len(order):
        rule = f"a share that holds out some of {len(order)} images, and leaves some"
        raise broken("validation_split", rule, settings.validation_split)
    x, y = dataset.x_train, dataset.y_train
    images = {"train": (x[order[held_out:]], y[order[held_out:]])}
    if held_out:
        images["val"] = (x[order[:held_out]], y[order[:held_out]])
    images["test"] = (dataset.x_test, dataset.y_test)
    return {
        name: _prepare(*pair, settings.padding) for name, pair in images.items()
    }, dataset.source


def _prepare(x, y, padding):
    x, sides = x.reshape(*x.shape[:3], -1), (padding, padding)
    padded = np.pad(x, ((0, 0), sides, sides, (0, 0)))  # while a pixel still is one byte
    return np.divide(padded, 255, dtype=np.float32), keras.utils.to_categorical(y, 10)


def compile_network(model, settings, steps):
    """Give a network its optimizer, loss and metric.

    Parameters
    ----------
    model : keras.Model
        Ends in a dense layer, with softmax or with logits: the loss is told which.
    settings : Training
    steps : int
        Batches in the whole training, for the schedule.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: Stochastic gradient descent with warm restarts",
    ICLR 2017 (the cosine), and "Decoupled weight decay regularization", ICLR 2019;
    C. Szegedy et al., "Rethinking the Inception architecture", CVPR 2016 (label smoothing).
    """
    rate = settings.learning_rate
    if settings.schedule == "cosine":
        warmup = steps // 10
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, steps - warmup, warmup_target=rate, warmup_steps=warmup
        )
    if settings.optimizer == "adam":
        optimizer = keras.optimizers.Adam(rate, weight_decay=settings.weight_decay)
    else:
        optimizer = keras.optimizers.SGD(
            rate, settings.momentum, weight_decay=settings.weight_decay
        )
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=not _is_softmax(model), label_smoothing=settings.label_smoothing
    )
    model.compile(optimizer, loss, metrics=["accuracy"])


def _is_softmax(model):
    while hasattr(model, "layers"):  # a network behind its augmentation is a model in a model
        model = model.layers[-1]
    return model.activation is keras.activations.softmax


def in_batches(x, y, batch_size, *, shuffle=False):
    """Return arguments that hand images and labels to Keras' `fit`, `evaluate` and `predict`.

    From arrays Keras makes a `tf.data.Dataset` that tunes itself. TensorFlow (2.21, at least)
    then waits for the tuning to wake up whenever the images have been passed over, and it
    sleeps up to as long as that pass took. Ours does not tune itself.

    Parameters
    ----------
    x, y : arrays, (n, ...)
    batch_size : int
    shuffle : bool
        Anew in every pass, for `fit`.

    Returns
    -------
    dict
    """
    ours = keras.backend.backend() == "tensorflow"
    # Keras warns of its own shuffling, which is on in `fit` and does nothing to our batches.
    shuffling = {"shuffle": not ours} if shuffle else {}
    if not ours:
        return {"x": x, "y": y, "batch_size": batch_size} | shuffling
    import tensorflow as tf

    x, y, options = tf.constant(x), tf.constant(y), tf.data.Options()
    options.autotune.enabled = False
    places = tf.data.Dataset.range(len(x))
    if shuffle:
        places = places.shuffle(len(x))
    batches = places.batch(batch_size).map(lambda some: (tf.gather(x, some), tf.gather(y, some)))
    return {"x": batches.prefetch(2).with_options(options)} | shuffling


class _Watch(keras.callbacks.Callback):
    """Adds to each epoch's logs how long it took, and how good the network is after it."""

    def __init__(self, images):
        super().__init__()
        self.batches = {
            name: in_batches(
                *(array[:EVALUATED] if name == "train" else array for array in pair), 500
            )
            for name, pair in images.items()
        }

    def on_epoch_begin(self, epoch, logs=None):
        self.started = perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        # Keras hands the same dict to early stopping and to the history.
        logs["seconds"] = perf_counter() - self.started
        for name, batches in self.batches.items():
            loss, accuracy = self.model.evaluate(**batches, verbose=0)
            logs |= {f"{name}_loss": loss, f"{name}_accuracy": accuracy}


def _early_stopping(settings):
    if settings.patience is None:
        return []
    return [keras.callbacks.EarlyStopping(patience=settings.patience, restore_best_weights=True)]


def evaluate(model, x, y):
    """Return how a trained network does on images that it has not seen.

    Parameters
    ----------
    model : keras.Model
        Compiled by `compile_network`.
    x : array, (n, h, w, c)
        From 0 to 1.
    y : array, (n, 10)
        One-hot labels.

    Returns
    -------
    dict
        `test_accuracy`, from 0 to 1; `test_loss`; `confusion`, array of int, (10, 10), one row
        a true class and one column a predicted one; and `mistakes`, the `SHOWN_MISTAKES` most
        confident ones first, as arrays of `index` in x, `predicted` class and `confidence`,
        the softmax's value for it.
    """
    from sklearn.metrics import confusion_matrix

    batches = in_batches(x, y, 500)
    loss, _ = model.evaluate(**batches, verbose=0)
    outputs = model.predict(batches["x"], batch_size=batches.get("batch_size"), verbose=0)
    if not _is_softmax(model):
        outputs = keras.ops.convert_to_numpy(keras.ops.softmax(outputs))
    labels, predicted, confidence = y.argmax(axis=1), outputs.argmax(axis=1), outputs.max(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")][:SHOWN_MISTAKES]
    return {
        "test_accuracy": float(np.mean(predicted == labels)),
        "test_loss": round(loss, 6),
        "confusion": confusion_matrix(labels, predicted, labels=range(10)),
        "mistakes": {
            "index": wrong,
            "predicted": predicted[wrong],
            "confidence": np.round(confidence[wrong].astype(float), 4),
        },
    }
