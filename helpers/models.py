"""The Keras networks of the reports, by row.

Keras 3 alone, so a network runs on any of its backends.
"""

from helpers._keras import keras
from helpers.settings import network_options

layers = keras.layers

SHIFT_FILTERS = (8, 16, 32)  # of lesson 08's convolutions


def strided_mnist():
    """Row A8: three convolutions, two of them with strides 2, and two dense layers."""
    return _network(
        (28, 28, 1),
        layers.Conv2D(16, 4, strides=2, activation="relu"),
        layers.Conv2D(16, 3, strides=2, activation="relu"),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10),
    )


def improved_mnist(filters=32):
    """Row A8, one step beyond: more filters, a convolution more, and batch normalisation.

    There is no large dense layer, so it has about as many parameters as A8 all the same.
    """
    return _network(
        (28, 28, 1),
        *_conv_norm(filters, 4, strides=2),
        *_conv_norm(2 * filters, 3),
        *_conv_norm(2 * filters, 3, strides=2),
        *_conv_norm(4 * filters, 3),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10),
    )


def pooled_mnist():
    """Row B5: two 5x5 convolutions with max-pooling, and one dense layer."""
    return _network((28, 28, 1), *_conv_pool(16, 5), *_conv_pool(16, 5), *_classifier())


def dense_shifts():
    """Lesson 08: no convolution at all, on digits with eight zeros around them."""
    return _network(
        (44, 44, 1), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10)
    )


def stride_shifts():
    """Lesson 08: three convolutions that shrink by strides, and every position kept."""
    return _network(
        (44, 44, 1),
        *(_conv(filters, strides=2) for filters in SHIFT_FILTERS),
        *_classifier(),
    )


def max_pool_shifts():
    """Lesson 08: the same convolutions that shrink by max-pooling, and every position kept."""
    return _network((44, 44, 1), *_shift_stages(), *_classifier())


def global_average_shifts():
    """Lesson 08: as `max_pool_shifts`, but the positions of each map are averaged."""
    return _network(
        (44, 44, 1), *_shift_stages(), layers.GlobalAveragePooling2D(), layers.Dense(10)
    )


def baseline_cifar10():
    """Row B7: as B5 for colour images, with 32 filters in the second convolution."""
    return _network((32, 32, 3), *_conv_pool(16, 5), *_conv_pool(32, 5), *_classifier())


def improved_cifar10():
    """Row B8: B7 and a third convolution, 3x3 with 32 filters."""
    return _network(
        (32, 32, 3),
        *_conv_pool(16, 5),
        *_conv_pool(32, 5),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        *_classifier(),
    )


def three_stage_cifar10():
    """Rows C4 and C5: 5x5 convolutions with 32, 64 and 128 filters, and two dense layers."""
    return _network(
        (32, 32, 3),
        *_conv_pool(32, 5),
        *_conv_pool(64, 5),
        *_conv_pool(128, 5),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    )


def stride_cifar10(l1=1e-4, dropout=0.5):
    """Row D3: four 3x3 convolutions; the second and the fourth have strides 2."""
    return _network(
        (32, 32, 3),
        *(_conv(16), _conv(16, strides=2), _conv(32), _conv(32, strides=2)),
        *_penalised_classifier(l1, dropout),
    )


def max_pool_cifar10(l1=1e-4):
    """Row D6: D3 with max-pooling in place of the strides."""
    return _network(
        (32, 32, 3),
        *(_conv(16), _conv(16), layers.MaxPooling2D()),
        *(_conv(32), _conv(32), layers.MaxPooling2D()),
        *_penalised_classifier(l1),
    )


def six_convolutions_cifar10(l1=1e-4):
    """Row D7: as D3 with a third stage, and 8, 16 and 32 filters."""
    stages = [layer for f in (8, 16, 32) for layer in (_conv(f), _conv(f, strides=2))]
    return _network((32, 32, 3), *stages, *_penalised_classifier(l1))


def normalised_cifar10(filters=16):
    """Lesson 09: D6's plan with a third stage, more filters, and batch normalisation."""
    stages = [
        layer
        for factor in (1, 2, 4)
        for layer in (
            *_conv_norm(filters * factor, 3, padding="same"),
            *_conv_norm(filters * factor, 3, padding="same"),
            layers.MaxPooling2D(),
        )
    ]
    return _network((32, 32, 3), *stages, layers.Flatten(), layers.Dropout(0.5), layers.Dense(10))


def _network(input_shape, *rest):
    return keras.Sequential([keras.Input(input_shape), *rest])


def _conv(filters, kernel_size=3, strides=1):
    return layers.Conv2D(filters, kernel_size, strides, padding="same", activation="relu")


def _conv_norm(filters, kernel_size, strides=1, padding="valid"):
    # The normalisation subtracts the mean, and a bias with it.
    return (
        layers.Conv2D(filters, kernel_size, strides, padding, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
    )


def _conv_pool(filters, kernel_size):
    return _conv(filters, kernel_size), layers.MaxPooling2D()


def _shift_stages():
    return [layer for filters in SHIFT_FILTERS for layer in _conv_pool(filters, 3)]


def _classifier():
    return layers.Flatten(), layers.Dense(10)


def _penalised_classifier(l1, dropout=0.5):
    return (
        layers.Dropout(dropout),
        layers.Flatten(),
        layers.Dense(10, activation="softmax", kernel_regularizer=keras.regularizers.L1(l1)),
    )


NETWORKS = {
    "A8": strided_mnist,
    "A8+": improved_mnist,
    "B5": pooled_mnist,
    "dense, shifts": dense_shifts,
    "strides, shifts": stride_shifts,
    "max-pooling, shifts": max_pool_shifts,
    "global average, shifts": global_average_shifts,
    "B7": baseline_cifar10,
    "B8": improved_cifar10,
    "C4": three_stage_cifar10,
    "D3": stride_cifar10,
    "D6": max_pool_cifar10,
    "D7": six_convolutions_cifar10,
    "D7+": normalised_cifar10,
}


def build(network, **options):
    """Return a network, with fresh weights and not compiled.

    Parameters
    ----------
    network : str
        One of `NETWORKS`: the row of the reports that describes it, or the course's own name.
    **options
        Of its function, such as `l1` for "D3".

    Returns
    -------
    keras.Model

    Raises
    ------
    ValueError, TypeError
        An unknown network or option, or a value out of range; the error says what there is.

    Examples
    --------
    >>> build("A8").count_params()
    141130
    """
    options = network_options(network, tuple(options.items()))
    return NETWORKS[network](**dict(options))
