"""Train a Keras network as its settings say, and return all that a lesson shows of it.

Keras 3 alone, so it runs on any of its backends; but see `in_batches`.
"""

import json
import os
from hashlib import sha256
from inspect import signature
from time import perf_counter

import numpy as np

from helpers import data
from helpers._arrays import numbers
from helpers._keras import keras
from helpers._validate import broken, integer
from helpers.models import build
from helpers.settings import Training

layers = keras.layers

EVALUATED = 5_000  # training images that each epoch is evaluated on, without dropout
SHOWN_MISTAKES = 100


def _saturation(share):
    # Keras multiplies the saturation by factor / (1 - factor).
    low, high = (times / (1 + times) for times in (1 - share, 1 + share))
    return layers.RandomSaturation((low, high), value_range=(0, 1))


AUGMENT = {
    "flip": layers.RandomFlip,
    "rotation": lambda factor: layers.RandomRotation(factor, fill_mode="constant"),
    "translation": lambda factor: layers.RandomTranslation(factor, factor, fill_mode="constant"),
    # By whole pixels, so nothing is blurred.
    "shift": lambda factor: layers.RandomTranslation(
        factor, factor, fill_mode="constant", interpolation="nearest"
    ),
    "zoom": lambda factor: layers.RandomZoom(factor, fill_mode="constant"),
    # Keras takes the share of half the circle.
    "hue": lambda share: layers.RandomHue(2 * share, value_range=(0, 1)),
    "saturation": _saturation,
    "noise": layers.GaussianNoise,
}


def train(settings, seed):
    """Train one network, and evaluate it on the test images at the end.

    The seed is that of the images that are taken, the first weights, the order, dropout and
    augmentation. On one thread (see `threads`) it gives the same results, bit by bit; several may
    add numbers in another order, and training makes large differences of small ones.

    Returns
    -------
    (keras.Model, dict)
        The trained network, without the augmentation before it, and its results: `params`;
        `n_train`, images to train on; those of `evaluate`; and `history`, over the epochs, of
        `loss`, `accuracy` (in training, with dropout, as the weights change),
        `train_loss`, `train_accuracy` (of up to `EVALUATED` training images after the epoch,
        without dropout and augmentation),
        `val_loss`, `val_accuracy` (the same of what is held out, if anything is),
        `test_loss`, `test_accuracy` (where the settings say `watch_test`),
        `seconds` (of training alone; the first epoch has Keras' preparations in it).
        Accuracies are from 0 to 1; losses contain smoothing and penalties, as in training.
    """
    settings = _training(settings)
    keras.utils.set_random_seed(integer("seed", seed, minimum=0))
    images = load_images(settings, seed)
    x, y = images["train"]
    network, model = compiled(settings, len(x))
    history = model.fit(
        **in_batches(x, y, settings.batch_size, shuffle=True),
        epochs=settings.epochs,
        steps_per_epoch=settings.steps_per_epoch,
        callbacks=_callbacks(settings, images),
        verbose=0,
    ).history
    results = {
        "params": network.count_params(),
        "n_train": len(x),
        "history": {name: np.round(values, 5).tolist() for name, values in history.items()},
    }
    return network, results | evaluate(model, *images["test"])


def _training(settings):
    """Return settings as a `Training`; a store has them as a dict."""
    if isinstance(settings, dict):
        try:
            signature(Training).bind(**settings)
        except TypeError as error:
            rule = f"those of a Training ({error})"
            raise broken("settings", rule, settings, TypeError) from None
        return Training(**settings)
    if not isinstance(settings, Training):
        raise broken("settings", "a Training", settings, TypeError)
    return settings


def compiled(settings, n_train):
    """Return a network, and what is fitted: the same with augmentation before it, compiled."""
    settings = _training(settings)
    network = build(settings.network, **dict(settings.network_options))
    augment = [AUGMENT[name](argument) for name, argument in settings.augmentation]
    model = keras.Sequential([*augment, network]) if augment else network
    steps = _steps_per_epoch(settings, integer("n_train", n_train)) * settings.epochs
    compile_network(model, settings, steps)
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

    A dict of "train", "val" (if any is held out) and "test": each a pair of float arrays x,
    (n, h, w, c), and y, (n, 10). The seed draws those to train on and those held out.
    """
    settings = _training(settings)
    dataset = getattr(data, settings.dataset)()
    order = dataset.drawn(settings.n_train, seed)
    held_out = round(settings.validation_split * len(order))
    if settings.validation_split and not 0 < held_out < len(order):
        rule = f"a share that holds out some of {len(order)} images, and leaves some"
        raise broken("validation_split", rule, settings.validation_split)
    x, y = dataset.x_train, dataset.y_train
    parts = {"train": order[held_out:], "val": order[:held_out]}
    images = {name: (x[some], y[some]) for name, some in parts.items() if len(some)}
    images["test"] = dataset.x_test, dataset.y_test
    return {
        name: (data.pixels(x, padding=settings.padding), keras.utils.to_categorical(y, 10))
        for name, (x, y) in images.items()
    }


def compile_network(model, settings, steps):
    """Give a network its optimizer, loss and metric.

    The loss is told whether the network ends in softmax or in logits, the schedule how many steps,
    or batches, the whole training has.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: Stochastic gradient descent with warm restarts",
    ICLR 2017 (the cosine), and "Decoupled weight decay regularization", ICLR 2019;
    C. Szegedy et al., "Rethinking the Inception architecture", CVPR 2016 (label smoothing).
    """
    if not isinstance(model, keras.Model):
        raise broken("model", "a Keras model", model, TypeError)
    settings, steps = _training(settings), integer("steps", steps)
    rate = settings.learning_rate
    if settings.schedule == "cosine":
        warmup = steps // 10
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, steps - warmup, warmup_target=rate, warmup_steps=warmup
        )
    decay = settings.weight_decay
    if settings.optimizer == "adam":
        optimizer = keras.optimizers.Adam(rate, weight_decay=decay)
    else:
        optimizer = keras.optimizers.SGD(rate, settings.momentum, weight_decay=decay)
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=not _is_softmax(model), label_smoothing=settings.label_smoothing
    )
    model.compile(optimizer, loss, metrics=["accuracy"])


def _is_softmax(model):
    while hasattr(model, "layers"):  # a network behind its augmentation is a model in a model
        model = model.layers[-1]
    return model.activation is keras.activations.softmax


def in_batches(x, y, batch_size, *, shuffle=False):
    """Return arguments, a dict, that hand images and labels to Keras' `fit` and `evaluate`.

    For `fit`, they are shuffled anew in every pass. From arrays Keras makes a `tf.data.Dataset`
    that tunes itself. TensorFlow (2.21, at least) then waits for the tuning to wake up whenever
    the images have been passed over, and it sleeps up to as long as that pass took. Ours does
    not tune itself.
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


def _images(x, y):
    x = numbers("x", x, ("n", "h", "w", "c"))
    y = numbers("y", y, (len(x), 10))
    for name, array in (("x", x), ("y", y)):
        if not np.isfinite(array).all():
            raise broken(name, "of finite numbers", array)
    return x, y


def _callbacks(settings, images):
    watched = {name: pair for name, pair in images.items() if name != "test" or settings.watch_test}
    early = {"patience": settings.patience, "restore_best_weights": True}
    stopping = [keras.callbacks.EarlyStopping(**early)] if settings.patience else []
    return [_Watch(watched), *stopping]


class _Watch(keras.callbacks.Callback):
    """Adds to each epoch's logs how long it took, and how good the network is after it."""

    def __init__(self, images):
        super().__init__()
        self.batches = {}
        for name, (x, y) in images.items():
            n = EVALUATED if name == "train" else len(x)
            self.batches[name] = in_batches(x[:n], y[:n], 500)

    def on_epoch_begin(self, epoch, logs=None):
        self.started = perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        # Keras hands the same dict to early stopping and to the history.
        logs["seconds"] = perf_counter() - self.started
        for name, batches in self.batches.items():
            loss, accuracy = self.model.evaluate(**batches, verbose=0)
            logs |= {f"{name}_loss": loss, f"{name}_accuracy": accuracy}


def evaluate(model, x, y):
    """Return how a compiled network does on images x, (n, h, w, c), with one-hot labels y, (n, 10).

    Returns
    -------
    dict
        `test_accuracy`, from 0 to 1; `test_loss`; `confusion`, array of int, (10, 10), one row
        a true class and one column a predicted one; and `mistakes`, the `SHOWN_MISTAKES` most
        confident ones first, as arrays of `index` in x, `predicted` class and `confidence`,
        the softmax's value for it.
    """
    from sklearn.metrics import confusion_matrix

    x, y = _images(x, y)
    if not getattr(model, "compiled", False):
        raise broken("model", "compiled by compile_network", model)
    batches = in_batches(x, y, 500)
    outputs = model.predict(batches["x"], batch_size=batches.get("batch_size"), verbose=0)
    loss = float(model.loss(y, outputs)) + sum(map(float, model.losses))
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


# --- What is kept of a training -----------------------------------------------------------


def network(settings, weights):
    """Return the network of a training again, compiled, from the weights that were kept.

    They are as `network.get_weights()` gives them; float16 will do. The error about weights that
    do not fit names the layer and both shapes.
    """
    settings = _training(settings)
    model = build(settings.network, **dict(settings.network_options))
    variables = [
        (f"{variable.name} of layer {place}, {type(layer).__name__}", variable)
        for place, layer in enumerate(model.layers)
        for variable in layer.weights
    ]
    if not isinstance(weights, (list, tuple)) or len(weights) != len(variables):
        rule = f"a list of {len(variables)} arrays, for network {settings.network!r}"
        raise broken("weights", rule, weights)
    for (name, variable), array in zip(variables, weights, strict=True):
        array = numbers(name, array, tuple(variable.shape))
        if not np.isfinite(array).all():
            raise broken(name, "finite", array)
        variable.assign(array.astype(np.float32))
    compile_network(model, settings, steps=1)
    return model


def digests(settings, n_train):
    """Return what tells whether today's code would do the same training on `n_train` images.

    Two texts: "network", of the shapes and the `DECISIVE` attributes of its layers, and
    "optimizer", of those of the optimizer, its schedule, the loss and the augmentation. Neither
    Keras' names for layers, nor its backend, nor its version is in them.
    """
    network, model = compiled(settings, n_train)
    augmentation = [] if model is network else model.layers[:-1]
    # Of a schedule, the optimizer itself shows the rate of its first step alone.
    rate = keras.saving.deserialize_keras_object(model.optimizer.get_config()["learning_rate"])
    parts = {"network": network, "optimizer": [model.optimizer, rate, model.loss, augmentation]}
    texts = {name: json.dumps(_described(part)) for name, part in parts.items()}
    return {name: sha256(text.encode()).hexdigest()[:16] for name, text in texts.items()}


# What decides results: of models and layers, initialisers and regularisers, augmentation,
# optimizers, schedules and losses.
DECISIVE = """
input_shape layers activation units filters kernel_size strides padding dilation_rate groups
use_bias pool_size rate axis epsilon center negative_slope max_value threshold trainable
compute_dtype kernel_initializer bias_initializer beta_initializer gamma_initializer
kernel_regularizer bias_regularizer activity_regularizer kernel_constraint
scale mode distribution mean stddev value l1 l2
factor value_range height_factor width_factor fill_mode fill_value interpolation
learning_rate momentum nesterov beta_1 beta_2 amsgrad weight_decay clipnorm clipvalue
global_clipnorm use_ema ema_momentum
initial_learning_rate decay_steps alpha warmup_target warmup_steps
from_logits label_smoothing reduction
"""


def _described(thing):
    """Return plain values that are the same wherever the thing decides the same."""
    if isinstance(thing, (list, tuple)):
        return [*map(_described, thing)]
    if thing is None or isinstance(thing, (bool, str)):
        return thing
    if hasattr(thing, "__float__"):
        return f"{float(thing):.6g}"
    if hasattr(thing, "__name__"):  # an activation
        return thing.__name__
    known = {
        name: _described(getattr(thing, name)) for name in DECISIVE.split() if hasattr(thing, name)
    }
    return [type(thing).__name__, known, [list(v.shape) for v in getattr(thing, "weights", ())]]


def threads():
    """Return how many threads share the work of an operation; None if it is not TensorFlow's."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    told = tf.config.threading.get_intra_op_parallelism_threads()
    written = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    told = told or int(written if written.isdecimal() else 0)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return told or cores
