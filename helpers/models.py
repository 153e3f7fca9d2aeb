"""The Keras networks of the reports, by row.

Keras 3 alone, so a network runs on any of its backends.
"""

from functools import partial

from helpers._keras import keras
from helpers.settings import network_options

layers = keras.layers

DIGIT, FRAMED_DIGIT, COLOUR = (28, 28, 1), (44, 44, 1), (32, 32, 3)  # shapes of an image
SHIFT_FILTERS = (8, 16, 32)  # of lesson 08's convolutions


def build(network, **options):
    """Return a network, with fresh weights and not compiled.

    Its name is the row of the reports that describes it, or the course's own; its options are
    those of its entry in `NETWORKS`, such as `l1` for "D3". A name or a value that cannot be
    raises a ValueError or TypeError that says what can.

    >>> build("A8").count_params()
    141130
    """
    options = network_options(network, tuple(options.items()))
    return NETWORKS[network](**dict(options))


def _network(input_shape, *parts):
    """Put layers, and tuples of layers, one after the other."""
    return keras.Sequential([keras.Input(input_shape), *keras.tree.flatten(parts)])


def _conv(filters, kernel_size=3, strides=1, padding="same"):
    return layers.Conv2D(filters, kernel_size, strides, padding, activation="relu")


def _conv_pool(filters, kernel_size):
    return _conv(filters, kernel_size), layers.MaxPooling2D()


def _conv_norm(filters, kernel_size, strides=1, padding="valid", *, momentum=0.99, pooled=False):
    # The normalisation subtracts the mean, and a bias with it.
    convolution = layers.Conv2D(filters, kernel_size, strides, padding, use_bias=False)
    pooling = (layers.MaxPooling2D(),) if pooled else ()
    return convolution, *pooling, layers.BatchNormalization(momentum=momentum), layers.ReLU()


def _norm_stage(filters):
    twice = (_conv_norm(filters, 3, padding="same") for _ in range(2))
    return *twice, layers.MaxPooling2D()


def _early_pooled(filters):
    """Return layers: three stages, each of which pools between its two convolutions."""
    conv_norm = partial(_conv_norm, kernel_size=3, padding="same", momentum=0.9)
    stages = ((conv_norm(n, pooled=True), conv_norm(n)) for n in filters)
    return conv_norm(32), *stages, layers.GlobalMaxPooling2D(), layers.Dense(10)


def _named_activation(activation):
    # Keras' own LeakyReLU has a slope of 0.3, which few mean by the name.
    if activation == "leaky_relu":
        return layers.LeakyReLU(negative_slope=0.01)
    return layers.Activation(activation)


def _scaled(name):
    """Return an initializer; "pytorch" is that framework's own, a sixth of He's variance."""
    if name == "pytorch":
        return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
    return keras.initializers.get(name)


def _c6(
    filters=(64, 64, 64),
    activation="relu",
    conv_norm=True,
    dense_norm=False,
    dropout=0.0,
    initializer="glorot_uniform",
    norm_momentum=0.99,
):
    def followed(layer, units, normalised, **options):
        # The normalisation subtracts the mean, and a bias with it.
        options |= {"kernel_initializer": _scaled(initializer), "use_bias": not normalised}
        normalisation = (layers.BatchNormalization(momentum=norm_momentum),) if normalised else ()
        return layer(units, **options), *normalisation, _named_activation(activation)

    parts = []
    for stage, n in enumerate(filters):
        for kernel_size in (7 if stage == 0 else 5, 5):
            options = {"kernel_size": kernel_size, "padding": "same"}
            parts.append(followed(layers.Conv2D, n, conv_norm, **options))
        parts.append(layers.MaxPooling2D())
    dropped = (layers.Dropout(dropout),) if dropout else ()
    parts += layers.Flatten(), *dropped, followed(layers.Dense, 64, dense_norm)
    return _network(COLOUR, *parts, layers.Dense(10, kernel_initializer=_scaled(initializer)))


def _hidden(units):
    return layers.Dense(units, activation="relu")


def _logits(*before):
    return layers.Flatten(), *before, layers.Dense(10)


def _penalised(l1, dropout=0.5):
    return (
        layers.Dropout(dropout),
        layers.Flatten(),
        layers.Dense(10, activation="softmax", kernel_regularizer=keras.regularizers.L1(l1)),
    )


NETWORKS = {
    # Three convolutions, two of them with strides 2, and two dense layers.
    "A8": lambda: _network(
        DIGIT,
        _conv(16, 4, strides=2, padding="valid"),
        _conv(16, strides=2, padding="valid"),
        _conv(32, padding="valid"),
        _logits(layers.Dropout(0.5), _hidden(256), layers.Dropout(0.5)),
    ),
    # A8, one step beyond: more filters, a convolution more, and batch normalisation. There is
    # no large dense layer, so it has about as many parameters all the same.
    "A8+": lambda filters=32: _network(
        DIGIT,
        _conv_norm(filters, 4, strides=2),
        _conv_norm(2 * filters, 3),
        _conv_norm(2 * filters, 3, strides=2),
        _conv_norm(4 * filters, 3),
        _logits(layers.Dropout(0.5)),
    ),
    # Two 5x5 convolutions with max-pooling, and one dense layer. It has 784 inputs, so the
    # convolutions keep the size.
    "B5": lambda: _network(DIGIT, _conv_pool(16, 5), _conv_pool(16, 5), _logits()),
    # Lesson 08: no convolution at all; convolutions that shrink by strides, and by max-pooling,
    # with every position kept; and the latter with the positions of each map averaged.
    "dense, shifts": lambda: _network(FRAMED_DIGIT, _logits(_hidden(128))),
    "strides, shifts": lambda: _network(
        FRAMED_DIGIT, *(_conv(filters, strides=2) for filters in SHIFT_FILTERS), _logits()
    ),
    "max-pooling, shifts": lambda: _network(
        FRAMED_DIGIT, *(_conv_pool(filters, 3) for filters in SHIFT_FILTERS), _logits()
    ),
    "global average, shifts": lambda: _network(
        FRAMED_DIGIT,
        *(_conv_pool(filters, 3) for filters in SHIFT_FILTERS),
        (layers.GlobalAveragePooling2D(), layers.Dense(10)),
    ),
    # As B5, for colour images. Its second convolution's filters are not given; B8's fit.
    "B7": lambda: _network(COLOUR, _conv_pool(16, 5), _conv_pool(32, 5), _logits()),
    # B7 and a third convolution. Its dense layer has 2,048 inputs, so no pooling follows.
    "B8": lambda: _network(COLOUR, _conv_pool(16, 5), _conv_pool(32, 5), _conv(32), _logits()),
    # And C5: three 5x5 convolutions with max-pooling, and two dense layers.
    "C4": lambda: _network(
        COLOUR,
        *(_conv_pool(filters, 5) for filters in (32, 64, 128)),
        _logits(_hidden(64)),
    ),
    # Model 1 of report C, whose ablations are of it: three stages of two convolutions, each with
    # batch normalisation. The report leaves weights to PyTorch, and we leave them to Keras.
    "C6": _c6,
    # Model 2: four convolutions with max-pooling. The text says a padding of 2, which ends in
    # 3 x 3 positions; it also says that they are 2 x 2, as they are where the padding is "same".
    "C7": lambda: _network(
        COLOUR,
        *(_conv_pool(32, 5), _conv_pool(64, 3), _conv_pool(128, 3), _conv_pool(64, 3)),
        _logits(_hidden(64)),
    ),
    # Four 3x3 convolutions, of which two have strides 2. The penalty is that of the report's
    # code; its text says 0.001.
    "D3": lambda l1=1e-4, dropout=0.5: _network(
        COLOUR,
        *((_conv(filters), _conv(filters, strides=2)) for filters in (16, 32)),
        _penalised(l1, dropout),
    ),
    # D3 with max-pooling in place of the strides.
    "D6": lambda l1=1e-4: _network(
        COLOUR, _conv(16), _conv_pool(16, 3), _conv(32), _conv_pool(32, 3), _penalised(l1)
    ),
    # As D3 with a third stage, and 8, 16 and 32 filters.
    "D7": lambda l1=1e-4: _network(
        COLOUR,
        *((_conv(filters), _conv(filters, strides=2)) for filters in (8, 16, 32)),
        _penalised(l1),
    ),
    # Lesson 09: D6's plan with a third stage, more filters, and batch normalisation.
    "D7+": lambda filters=16: _network(
        COLOUR,
        *(_norm_stage(factor * filters) for factor in (1, 2, 4)),
        _logits(layers.Dropout(0.5)),
    ),
    # Lesson 11: C6's three stages, but of 3x3 kernels. Each pools after its first convolution, so
    # the second costs a quarter, as in networks made to train fast: K. Jordan, "94% on CIFAR-10 in
    # 3.29 seconds on a single GPU", arXiv:2404.00498, 2024.
    "C6+": lambda filters=(64, 128, 256): _network(COLOUR, *_early_pooled(filters)),
}
