"""`describe` against hand-written tables, Keras' own counts, published figures, and the pixels
that really reach an output."""

import os
import random
from itertools import pairwise

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
from keras import layers

from helpers.describe import LayerInfo, describe, format_table, spaced
from helpers.shapes import conv_params, dense_params, receptive_field

# --- the networks of the reports ----------------------------------------------------


def sequential(input_shape, *stack):
    return keras.Sequential([keras.Input(input_shape), *stack])


def conv(filters, kernel_size, strides=1, padding="same"):
    return layers.Conv2D(filters, kernel_size, strides, padding=padding, activation="relu")


def pool():
    return layers.MaxPooling2D()


def report_a8():
    return sequential(
        (28, 28, 1),
        conv(16, 4, 2, "valid"),
        conv(16, 3, 2, "valid"),
        conv(32, 3, 1, "valid"),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(256),
        layers.Dropout(0.5),
        layers.Dense(10),
    )


def report_b5():
    return sequential(
        (28, 28, 1), conv(16, 5), pool(), conv(16, 5), pool(), layers.Flatten(), layers.Dense(10)
    )


def report_b8():
    return sequential(
        (32, 32, 3),
        *(conv(16, 5), pool(), conv(32, 5), pool(), conv(32, 3)),
        *(layers.Flatten(), layers.Dense(10)),
    )


def report_c4():
    return sequential(
        (32, 32, 3),
        *(conv(32, 5), pool(), conv(64, 5), pool(), conv(128, 5), pool()),
        *(layers.Flatten(), layers.Dense(64), layers.Dense(10)),
    )


def report_d3():
    return sequential(
        (32, 32, 3),
        *(conv(16, 3), conv(16, 3, 2), conv(32, 3), conv(32, 3, 2)),
        *(layers.Flatten(), layers.Dropout(0.5), layers.Dense(10)),
    )


def report_d6():
    return sequential(
        (32, 32, 3),
        *(conv(16, 3), conv(16, 3), pool(), conv(32, 3), conv(32, 3), pool()),
        *(layers.Flatten(), layers.Dropout(0.5), layers.Dense(10)),
    )


# Output shape, parameters written out, multiply-adds, receptive field; worked out by hand.
REPORTS = {
    report_a8: [
        ((28, 28, 1), "", 0, 1),
        ((13, 13, 16), "4·4·1·16 + 16 = 272", 43_264, 4),
        ((6, 6, 16), "3·3·16·16 + 16 = 2 320", 82_944, 8),
        ((4, 4, 32), "3·3·16·32 + 32 = 4 640", 73_728, 16),
        ((512,), "", 0, 16),
        ((512,), "", 0, 16),
        ((256,), "512·256 + 256 = 131 328", 131_072, 28),
        ((256,), "", 0, 28),
        ((10,), "256·10 + 10 = 2 570", 2_560, 28),
    ],
    report_b5: [
        ((28, 28, 1), "", 0, 1),
        ((28, 28, 16), "5·5·1·16 + 16 = 416", 313_600, 5),
        ((14, 14, 16), "", 0, 6),
        ((14, 14, 16), "5·5·16·16 + 16 = 6 416", 1_254_400, 14),
        ((7, 7, 16), "", 0, 16),
        ((784,), "", 0, 16),
        ((10,), "784·10 + 10 = 7 850", 7_840, 28),
    ],
    report_b8: [
        ((32, 32, 3), "", 0, 1),
        ((32, 32, 16), "5·5·3·16 + 16 = 1 216", 1_228_800, 5),
        ((16, 16, 16), "", 0, 6),
        ((16, 16, 32), "5·5·16·32 + 32 = 12 832", 3_276_800, 14),
        ((8, 8, 32), "", 0, 16),
        ((8, 8, 32), "3·3·32·32 + 32 = 9 248", 589_824, 24),
        ((2048,), "", 0, 24),
        ((10,), "2048·10 + 10 = 20 490", 20_480, 32),
    ],
    report_c4: [
        ((32, 32, 3), "", 0, 1),
        ((32, 32, 32), "5·5·3·32 + 32 = 2 432", 2_457_600, 5),
        ((16, 16, 32), "", 0, 6),
        ((16, 16, 64), "5·5·32·64 + 64 = 51 264", 13_107_200, 14),
        ((8, 8, 64), "", 0, 16),
        ((8, 8, 128), "5·5·64·128 + 128 = 204 928", 13_107_200, 32),
        ((4, 4, 128), "", 0, 36),
        ((2048,), "", 0, 36),
        ((64,), "2048·64 + 64 = 131 136", 131_072, 32),
        ((10,), "64·10 + 10 = 650", 640, 32),
    ],
    report_d3: [
        ((32, 32, 3), "", 0, 1),
        ((32, 32, 16), "3·3·3·16 + 16 = 448", 442_368, 3),
        ((16, 16, 16), "3·3·16·16 + 16 = 2 320", 589_824, 5),
        ((16, 16, 32), "3·3·16·32 + 32 = 4 640", 1_179_648, 9),
        ((8, 8, 32), "3·3·32·32 + 32 = 9 248", 589_824, 13),
        ((2048,), "", 0, 13),
        ((2048,), "", 0, 13),
        ((10,), "2048·10 + 10 = 20 490", 20_480, 32),
    ],
    report_d6: [
        ((32, 32, 3), "", 0, 1),
        ((32, 32, 16), "3·3·3·16 + 16 = 448", 442_368, 3),
        ((32, 32, 16), "3·3·16·16 + 16 = 2 320", 2_359_296, 5),
        ((16, 16, 16), "", 0, 6),
        ((16, 16, 32), "3·3·16·32 + 32 = 4 640", 1_179_648, 10),
        ((16, 16, 32), "3·3·32·32 + 32 = 9 248", 2_359_296, 14),
        ((8, 8, 32), "", 0, 16),
        ((2048,), "", 0, 16),
        ((2048,), "", 0, 16),
        ((10,), "2048·10 + 10 = 20 490", 20_480, 32),
    ],
}
TOTALS = {
    report_a8: 141_130,
    report_b5: 14_682,
    report_b8: 43_786,  # the report says 43,822
    report_c4: 390_410,
    report_d3: 37_146,
    report_d6: 37_146,
}


@pytest.mark.parametrize("build", REPORTS, ids=lambda build: build.__name__)
def test_the_networks_of_the_reports(build):
    infos = describe(build())
    found = [(info.output_shape, info.formula, info.macs, info.receptive_field) for info in infos]
    assert found == REPORTS[build]
    assert sum(info.params for info in infos) == TOTALS[build]


def test_the_formulas_alone_give_the_same_network():
    infos = describe(report_b8())
    convs = [info for info in infos if info.kind == "Conv2D"]
    assert [info.params for info in convs] == [
        conv_params((5, 5), 3, 16),
        conv_params((5, 5), 16, 32),
        conv_params((3, 3), 32, 32),
    ]
    assert infos[-1].params == dense_params(8 * 8 * 32, 10)
    assert convs[-1].receptive_field == receptive_field([(5, 1), (2, 2), (5, 1), (2, 2), (3, 1)])


# --- every kind of layer ------------------------------------------------------------

# Layer, input shape, parameters written out, multiply-adds, receptive field.
KINDS = [
    (layers.Conv1D(4, 3), (9, 2), "3·2·4 + 4 = 28", 7 * 24, 3),
    (
        layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
        (9, 2),
        "3·2·4 + 4 = 28",
        9 * 24,
        None,
    ),
    (layers.Conv2D(6, 3, groups=2), (8, 8, 4), "3·3·2·6 + 6 = 114", 36 * 108, 3),
    (layers.Conv2D(6, 3, use_bias=False), (8, 8, 4), "3·3·4·6 = 216", 36 * 216, 3),
    (layers.Conv2D(2, (3, 2), (2, 1)), (8, 7, 4), "3·2·4·2 + 2 = 50", 18 * 48, (3, 2)),
    (layers.Conv2D(2, 3, dilation_rate=(2, 3)), (8, 9, 1), "3·3·1·2 + 2 = 20", 12 * 18, (5, 7)),
    (layers.Conv3D(2, (3, 2, 1)), (5, 5, 5, 3), "3·2·1·3·2 + 2 = 38", 60 * 36, (3, 2, 1)),
    (layers.Conv3D(2, 2, padding="same"), (5, 5, 5, 1), "2·2·2·1·2 + 2 = 18", 125 * 16, 2),
    (layers.DepthwiseConv1D(3), (9, 4), "3·4·1 + 4 = 16", 7 * 12, 3),
    (
        layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False),
        (8, 8, 4),
        "3·3·4·2 = 72",
        36 * 72,
        3,
    ),
    (layers.SeparableConv1D(5, 3), (9, 4), "3·4·1 + 1·4·5 + 5 = 37", None, None),
    (
        layers.SeparableConv2D(5, 3, strides=2, padding="same"),
        (8, 8, 4),
        "3·3·4·1 + 1·1·4·5 + 5 = 61",
        None,
        None,
    ),
    (layers.Conv1DTranspose(4, 3, strides=2), (9, 2), "3·4·2 + 4 = 28", None, None),
    (
        layers.Conv2DTranspose(4, 4, strides=2, padding="same"),
        (5, 5, 3),
        "4·4·4·3 + 4 = 196",
        None,
        None,
    ),
    (layers.Conv3DTranspose(2, 3), (4, 4, 4, 1), "3·3·3·2·1 + 2 = 56", None, None),
    (layers.Dense(5), (7,), "7·5 + 5 = 40", 35, 7),
    (layers.Dense(5, use_bias=False), (4, 6, 7), "7·5 = 35", 24 * 35, 1),
    (layers.BatchNormalization(), (8, 8, 4), "4·4 = 16 (8 not trained)", 0, 1),
    (layers.BatchNormalization(scale=False), (8, 8, 4), "3·4 = 12 (8 not trained)", 0, 1),
    (
        layers.BatchNormalization(scale=False, center=False),
        (8, 4),
        "2·4 = 8 (8 not trained)",
        0,
        1,
    ),
    (layers.LayerNormalization(), (8, 8, 4), "2·4 = 8", 0, None),
    (layers.GroupNormalization(2), (8, 6, 4), "2·4 = 8", 0, None),
    (layers.RMSNormalization(), (8, 8, 4), "4", 0, None),
    (layers.Normalization(), (8, 8, 3), "2·3 + 1 = 7 (7 not trained)", 0, None),
    (layers.Rescaling(1 / 255), (8, 8, 3), "", 0, 1),
    (layers.MaxPooling1D(2), (9, 2), "", 0, 2),
    (layers.MaxPooling2D(3, 2, padding="same"), (9, 8, 2), "", 0, 3),
    (layers.MaxPooling3D((1, 2, 2)), (4, 6, 6, 2), "", 0, (1, 2, 2)),
    (layers.AveragePooling1D(3), (9, 2), "", 0, 3),
    (layers.AveragePooling2D((2, 3)), (9, 9, 2), "", 0, (2, 3)),
    (layers.AveragePooling3D(2), (4, 4, 4, 2), "", 0, 2),
    (layers.GlobalMaxPooling1D(), (9, 2), "", 0, 9),
    (layers.GlobalAveragePooling1D(), (9, 2), "", 0, 9),
    (layers.GlobalMaxPooling2D(keepdims=True), (9, 7, 2), "", 0, (9, 7)),
    (layers.GlobalAveragePooling2D(), (9, 9, 2), "", 0, 9),
    (layers.GlobalMaxPooling3D(), (3, 4, 5, 2), "", 0, (3, 4, 5)),
    (layers.GlobalAveragePooling3D(), (3, 3, 3, 2), "", 0, 3),
    (layers.UpSampling1D(3), (5, 2), "", 0, None),
    (layers.UpSampling2D((2, 3)), (5, 5, 2), "", 0, None),
    (layers.UpSampling3D(2), (3, 3, 3, 1), "", 0, None),
    (layers.ZeroPadding1D(2), (5, 2), "", 0, 1),
    (layers.ZeroPadding2D(((0, 1), (2, 3))), (5, 5, 2), "", 0, 1),
    (layers.ZeroPadding3D(1), (3, 3, 3, 1), "", 0, 1),
    (layers.Cropping1D(1), (5, 2), "", 0, None),
    (layers.Cropping2D(((0, 1), (2, 1))), (5, 5, 2), "", 0, None),
    (layers.Cropping3D(1), (5, 5, 5, 1), "", 0, None),
    (layers.Activation("relu"), (5, 5, 2), "", 0, 1),
    (layers.ReLU(6), (5, 2), "", 0, 1),
    (layers.PReLU(), (5, 5, 2), "5·5·2 = 50", None, None),
    (layers.Softmax(), (5, 5, 2), "", 0, 1),
    (layers.Softmax(axis=1), (5, 5, 2), "", 0, None),
    (layers.Softmax(), (5,), "", 0, 5),
    (layers.Softmax(axis=None), (5, 4, 2), "", 0, None),
    (layers.Dropout(0.5), (5, 2), "", 0, 1),
    (layers.SpatialDropout2D(0.5), (5, 5, 2), "", 0, None),
    (layers.Flatten(), (5, 4, 2), "", 0, 1),
    (layers.Reshape((2, 10)), (5, 4, 1), "", 0, None),
    (layers.Permute((2, 1, 3)), (5, 4, 1), "", 0, None),
    (layers.LSTM(3), (5, 2), "2·12 + 3·12 + 12 = 72", None, None),
]


@pytest.mark.parametrize(
    ("layer", "input_shape", "formula", "macs", "field"),
    KINDS,
    ids=[f"{kind[0].name}-{i}" for i, kind in enumerate(KINDS)],
)
def test_every_kind_of_layer(layer, input_shape, formula, macs, field):
    model = sequential(input_shape, layer)
    info = describe(model)[1]
    assert info == LayerInfo(
        name=layer.name,
        kind=type(layer).__name__,
        output_shape=model.output_shape[1:],
        params=layer.count_params(),
        formula=formula,
        macs=macs,
        receptive_field=field,
    )


@pytest.mark.parametrize("kind", ["Add", "Concatenate"])
def test_a_layer_that_merges_sees_what_its_branches_see(kind):
    inputs = keras.Input((9, 9, 2))
    narrow = layers.Conv2D(4, 1)(inputs)
    wide = layers.Conv2D(4, (5, 3), padding="same")(inputs)
    info = describe(keras.Model(inputs, getattr(layers, kind)()([narrow, wide])))[-1]
    assert (info.kind, info.macs, info.receptive_field) == (kind, 0, (5, 3))


# --- receptive fields against what really reaches an output ---------------------------


def fields_by_perturbation(model, length):
    """Return per output position the input positions, first to last, that change it."""
    for weight in model.weights:  # nothing may cancel
        weight.assign(np.full(weight.shape, 0.5))
    shape = (length, length, *model.input_shape[2:])  # one image per lit position
    images = np.zeros(shape, "float32")
    images[range(length), range(length)] = 1
    reached = np.asarray(model(images))
    reached = reached.reshape(length, reached.shape[1], -1).any(axis=2).T
    return [np.flatnonzero(row) for row in reached if row.any()]


def random_layer(rng, least=1):
    kernel, strides = rng.randint(least, 4), rng.randint(1, 2)
    padding = rng.choice(["valid", "same"])
    return rng.choice(
        [
            lambda: layers.Conv1D(1, kernel, strides, padding=padding, use_bias=False),
            lambda: layers.Conv1D(1, kernel, dilation_rate=2, padding=padding, use_bias=False),
            lambda: layers.AveragePooling1D(kernel, strides, padding=padding),
            lambda: layers.ZeroPadding1D((rng.randint(0, 2), rng.randint(0, 2))),
            lambda: layers.DepthwiseConv1D(kernel, padding=padding, use_bias=False),
        ]
    )()


def test_receptive_fields_are_what_reaches_an_output():
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    for _ in range(40):
        stack = [random_layer(rng) for _ in range(rng.randint(1, 5))]
        model = sequential((150, 1), *stack)
        widths = [span[-1] - span[0] + 1 for span in fields_by_perturbation(model, 150)]
        kinds = [(layer.name, layer.get_config()) for layer in stack]
        assert describe(model)[-1].receptive_field == max(widths), f"{seed=} {kinds}"


def test_the_field_of_branches_that_are_not_centred_is_what_they_see_together():
    inputs = keras.Input((20, 1))
    left = layers.Conv1D(1, 3, use_bias=False)(layers.ZeroPadding1D((2, 0))(inputs))
    right = layers.MaxPooling1D(1)(layers.ZeroPadding1D((0, 2))(inputs))
    right = layers.Conv1D(1, 3, use_bias=False)(right)
    model = keras.Model(inputs, layers.Add()([left, right]))
    assert describe(model)[-1].receptive_field == 5  # i−2 to i, and i+2
    widths = [span[-1] - span[0] + 1 for span in fields_by_perturbation(model, 20)]
    assert max(widths) == 5


def test_a_dense_layer_sees_from_the_first_to_the_last_input_that_reaches_it():
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    for _ in range(8):
        stack = [random_layer(rng, least=2) for _ in range(rng.randint(1, 3))]
        length = rng.randint(40, 50)
        dense = [layers.Flatten(), layers.Dense(1, use_bias=False)]
        model = sequential((length, 1), *stack, *dense)
        (span,) = fields_by_perturbation(model, length)
        kinds = [(layer.name, layer.get_config()) for layer in stack]
        field = describe(model)[-1].receptive_field
        assert field == span[-1] - span[0] + 1, f"{seed=} {length=} {kinds}"


def test_a_pixel_that_a_window_leaves_over_stays_unseen():
    thinned = [conv(2, 3, 2, "valid"), conv(2, 3)]
    model = sequential((8, 8, 1), *thinned, layers.Flatten(), layers.Dense(1))
    assert [info.receptive_field for info in describe(model)] == [1, 3, 7, 7, 7]


def test_a_dense_layer_sees_only_what_the_layers_before_it_left():
    model = sequential((8, 8, 1), conv(2, 3, 2, "valid"), layers.Flatten(), layers.Dense(1))
    assert [info.receptive_field for info in describe(model)] == [1, 3, 3, 7]


def test_a_dense_layer_on_an_image_that_is_not_square():
    model = sequential((8, 6, 1), conv(2, 3), layers.Flatten(), layers.Dense(4), layers.Dense(1))
    assert [info.receptive_field for info in describe(model)] == [1, 3, 3, (8, 6), (8, 6)]


def test_flat_branches_of_different_lengths():
    inputs = keras.Input((9, 9, 1))
    flat = [layers.Flatten()(branch(inputs)) for branch in (pool(), conv(2, 5, 2))]
    model = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(flat)))
    assert [info.receptive_field for info in describe(model)][-2:] == [5, 9]


def test_branches_of_different_strides():
    inputs = keras.Input((8, 8, 2))
    rows = layers.AveragePooling2D((1, 8))(inputs)
    info = describe(keras.Model(inputs, layers.Add()([inputs, rows])))[-1]
    assert (info.output_shape, info.receptive_field) == ((8, 8, 2), None)


def test_zeros_by_hand_and_same_padding_agree_where_the_size_is_not_known():
    inputs = keras.Input((None, None, 3))
    padded = layers.ZeroPadding2D(((0, 1), (0, 1)))(inputs)
    both = layers.Add()([conv(2, 3, 2)(inputs), conv(2, 3, 2, "valid")(padded)])
    assert describe(keras.Model(inputs, both))[-1].receptive_field == 3


@pytest.mark.parametrize(
    ("options", "zeros"),
    [({}, ((2, 2), (2, 2))), ({"strides": 2}, ((1, 2), (2, 2))), ({"dilation_rate": 2}, (4, 4))],
)
def test_zeros_by_hand_and_same_padding_agree(options, zeros):
    """If not, the branches together would see more than each."""
    inputs = keras.Input((8, 7, 3))
    padded = layers.ZeroPadding2D(zeros)(inputs)
    same = layers.Conv2D(2, 5, padding="same", **options)(inputs)
    both = layers.Add()([same, layers.Conv2D(2, 5, **options)(padded)])
    fields = [info.receptive_field for info in describe(keras.Model(inputs, both))]
    assert fields[-1] == fields[-2]


def test_operations_without_a_layer_are_not_known():
    inputs = keras.Input((8, 8, 2))
    x = conv(2, 3)(inputs)
    for output in (
        *(x / 2, keras.ops.relu(x), keras.ops.average(x)),
        keras.ops.conv(x, np.ones((3, 3, 2, 4), "float32")),
        keras.ops.concatenate([x, x], axis=1),
    ):
        assert describe(keras.Model(inputs, output))[-1].receptive_field is None


def test_parts_put_together_along_an_axis_of_positions_are_not_known():
    inputs = keras.Input((8, 8, 2))
    output = layers.Concatenate(axis=1)([inputs, inputs])
    assert describe(keras.Model(inputs, output))[-1].receptive_field is None
    output = layers.Concatenate(axis=3)([inputs, inputs])
    assert describe(keras.Model(inputs, output))[-1].receptive_field == 1


def test_a_reshape_later_on_makes_the_field_unknown_unless_all_is_seen():
    patches = sequential((8, 8, 1), conv(2, 4, 4), layers.Reshape((4, 2)), layers.Dense(3))
    assert [info.receptive_field for info in describe(patches)] == [1, 4, None, None]
    decoder = sequential(
        (6,), layers.Dense(32), layers.Reshape((4, 4, 2)), layers.Conv2DTranspose(1, 3)
    )
    assert [info.receptive_field for info in describe(decoder)] == [1, 6, 6, 6]


def test_channels_first_is_counted_but_not_located():
    first = {"data_format": "channels_first"}
    model = sequential((3, 8, 9), layers.Conv2D(4, 3, **first), layers.GlobalMaxPooling2D(**first))
    found = [(info.formula, info.macs, info.receptive_field) for info in describe(model)[1:]]
    assert found == [("3·3·3·4 + 4 = 112", None, None), ("", 0, None)]


@pytest.mark.parametrize(("width", "half"), [(None, None), (8, 4)])
def test_sizes_that_are_not_known(width, half):
    infos = describe(
        sequential((None, width, 3), conv(4, 3, 2), layers.GlobalMaxPooling2D(), layers.Dense(2))
    )
    found = [(info.output_shape, info.macs, info.receptive_field) for info in infos]
    assert found == [
        ((None, width, 3), 0, 1),
        ((None, half, 4), None, 3),
        ((4,), 0, None),
        ((2,), 8, None),
    ]


# --- nested, shared, several inputs, subclassed -----------------------------------------


def test_nested_models_are_opened_and_count_from_the_outer_input():
    block = sequential((8, 8, 4), conv(4, 3))
    block.name = "block"
    inputs = keras.Input((16, 16, 3))
    stem = conv(4, 3, 2)(inputs)
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(block(stem))))
    infos = describe(model)
    assert [info.kind for info in infos] == ["InputLayer", "Conv2D", "Conv2D", "Flatten", "Dense"]
    assert infos[2].name == "block/" + block.layers[0].name
    assert [info.receptive_field for info in infos] == [1, 3, 7, 7, 16]
    assert sum(info.params for info in infos) == model.count_params()


def test_a_model_in_a_model_in_a_model():
    inner = sequential((8, 8, 3), conv(4, 3))
    inner.name = "inner"
    middle = sequential((8, 8, 3), inner, layers.BatchNormalization())
    middle.name = "middle"
    outer = sequential((8, 8, 3), middle, conv(2, 3))
    infos = describe(outer)
    assert infos[1].name.startswith("middle/inner/")
    assert infos[-1].receptive_field == 5
    assert sum(info.params for info in infos) == outer.count_params()


def test_shared_layers_are_counted_once_and_paid_for_twice():
    shared = conv(3, 3)
    tower = sequential((8, 8, 3), conv(4, 3))
    inputs = keras.Input((8, 8, 3))
    once, twice = tower(inputs), tower(shared(shared(inputs)))
    model = keras.Model(inputs, layers.Concatenate()([once, twice]))
    infos = describe(model)
    rows = [info for info in infos if info.kind == "Conv2D"]
    assert sum(info.params for info in infos) == model.count_params() == 84 + 112
    assert sorted(info.params for info in rows) == [0, 0, 84, 112]
    assert sorted(info.formula for info in rows)[2:] == ["shared with a row above"] * 2
    assert sum(info.macs for info in infos) == 64 * (81 + 81 + 108 + 108)
    assert infos[-1].receptive_field == 7


def test_several_inputs():
    left, right = keras.Input((16, 16, 1)), keras.Input((16, 16, 1))
    both = layers.Add()([conv(2, 3)(left), conv(2, 5)(right)])
    features = keras.Input((7,))
    joined = layers.Concatenate()([layers.Flatten()(both), layers.Dense(3)(features)])
    model = keras.Model([left, right, features], [layers.Dense(1)(joined), both])
    fields = {info.kind: info.receptive_field for info in describe(model)}
    assert fields["Add"] == 5
    assert fields["Flatten"] == 5
    assert fields["Concatenate"] is None  # positions of an image, entries of a vector
    assert sum(info.params for info in describe(model)) == model.count_params()


def test_an_input_that_is_given_by_name_is_one():
    inputs = keras.Input((8, 2))
    attended = layers.MultiHeadAttention(1, 2)(inputs, value=inputs)
    assert describe(keras.Model(inputs, attended))[-1].receptive_field is None


def test_frozen_weights_and_operations():
    model = sequential((8, 8, 3), conv(4, 3))
    model.layers[0].trainable = False
    x = model(model.inputs[0]) + 1
    infos = describe(keras.Model(model.inputs, x))
    assert infos[1].formula == "3·3·3·4 + 4 = 112 (112 not trained)"
    assert (infos[-1].kind, infos[-1].params, infos[-1].macs) == ("Add", 0, 0)


class Scale(layers.Layer):
    """A layer that nobody knows."""

    def build(self, input_shape):
        self.table = self.add_weight(shape=(input_shape[-1], input_shape[-1]))

    def call(self, inputs):
        return keras.ops.matmul(inputs, self.table)


def test_an_unknown_layer_is_counted_from_its_weights():
    info = describe(sequential((8, 8, 3), Scale()))[1]
    assert (info.kind, info.params, info.formula) == ("Scale", 9, "3·3 = 9")
    assert (info.output_shape, info.macs, info.receptive_field) == ((8, 8, 3), None, None)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = conv(4, 3)
        self.pool = pool()
        self.dense = layers.Dense(2)

    def call(self, inputs):
        x = self.pool(self.conv(self.conv(inputs)))
        return self.dense(keras.ops.mean(x, axis=(1, 2)))


def test_a_subclassed_model_is_wrapped():
    model = Subclassed()
    model(np.zeros((1, 8, 8, 4), "float32"))
    with pytest.raises(
        ValueError, match=r"model must be Sequential or Functional \(wrap it: keras"
    ):
        describe(model)
    inputs = keras.Input((8, 8, 4))
    infos = describe(keras.Model(inputs, model.call(inputs)))
    assert sum(info.params for info in infos) == model.count_params()
    assert [info.receptive_field for info in infos if info.kind == "MaxPooling2D"] == [6]


def test_a_subclassed_model_inside_another_is_one_row():
    inputs = keras.Input((8, 8, 4))
    model = keras.Model(inputs, Subclassed()(inputs))
    _, info = describe(model)
    assert (info.kind, info.params) == ("Subclassed", model.count_params())
    assert info.macs is info.receptive_field is None


def test_reading_a_model_leaves_it_as_it_was():
    model = report_a8()
    model.compile("adam", "mse")
    first, names, weights = describe(model), [x.name for x in model.layers], model.get_weights()
    assert describe(model) == first and [layer.name for layer in model.layers] == names
    assert model.optimizer.iterations == 0 and model.output_shape == (None, 10)
    for now, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)


@pytest.mark.parametrize("model", [keras.Sequential([layers.Dense(2)]), Subclassed()])
def test_a_model_that_is_not_built_is_refused(model):
    with pytest.raises(ValueError, match=r"model must be built \(begin it with keras.Input"):
        describe(model)


@pytest.mark.parametrize("model", [None, 3, "conv", layers.Dense(2), [layers.Dense(2)]])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(TypeError, match=r"model must be a Keras model; received model="):
        describe(model)


# --- the networks of keras.applications -------------------------------------------------

# Multiply-adds in millions as published for 224x224 (299x299 for Inception):
# MobileNet: Howard et al. 2017, table 4. MobileNetV2: Sandler et al. 2018, table 4.
# MobileNetV3Small: Howard et al. 2019, table 3. ResNet50: He et al. 2016, table 1.
# EfficientNetB0: Tan and Le 2019, table 2. ConvNeXtTiny: Liu et al. 2022, table 1.
# InceptionV3: Zoph et al. 2018, table 2.
PUBLISHED = {
    "MobileNet": 569,
    "MobileNetV2": 300,
    "MobileNetV3Small": 56,
    "ResNet50": 3_800,
    "EfficientNetB0": 390,
    "ConvNeXtTiny": 4_500,
    "InceptionV3": 5_720,
}
# Araujo, Norris and Sim 2019, table of receptive fields.
FIELDS = {"MobileNet": 315, "ResNet50": 483, "InceptionV3": 1311}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_networks_of_keras_applications(name):
    options = {"input_shape": (224, 224, 3)} if name == "MobileNetV3Small" else {}
    model = getattr(keras.applications, name)(weights=None, **options)
    infos = describe(model)
    assert sum(info.params for info in infos) == model.count_params()
    assert sum(info.macs for info in infos) / 1e6 == pytest.approx(PUBLISHED[name], rel=0.03)
    if name in FIELDS:
        features = next(
            before
            for before, after in pairwise(infos)
            if "Global" in after.kind or after.kind == "Flatten"
        )
        assert features.receptive_field == FIELDS[name]
    keras.backend.clear_session()


# --- the table --------------------------------------------------------------------------------


def test_the_table_is_aligned_and_ends_with_the_totals():
    infos = [
        LayerInfo("input", "InputLayer", (None, 8, 3), 0, "", 0, 1),
        LayerInfo("conv", "Conv2D", (None, 6, 16), 448, "3·3·3·16 + 16 = 448", None, (3, 5)),
        LayerInfo("dense", "Dense", (10,), 1290, "128·10 + 10 = 1 290", 1280, None),
    ]
    assert format_table(infos).splitlines() == [
        "layer  kind        output  parameters            multiply-adds  sees",
        "input  InputLayer  ?×8×3   0                                 0     1",
        "conv   Conv2D      ?×6×16  3·3·3·16 + 16 = 448               ?   3×5",
        "dense  Dense       10      128·10 + 10 = 1 290           1 280     ?",
        "total                      1 738                at least 1 280",
    ]


@pytest.mark.parametrize("infos", [None, {}, [LayerInfo("a", "Add", (1,), 0, "", 0, 1), "b"]])
def test_what_are_no_rows_is_refused(infos):
    with pytest.raises(TypeError, match="infos must be a list of LayerInfo"):
        format_table(infos)


def test_the_total_of_known_multiply_adds_is_plain():
    total = format_table(describe(report_b8())).splitlines()[-1]
    assert total.split() == ["total", "43", "786", "5", "115", "904"]


def test_thousands_are_spaced():
    assert [spaced(n) for n in (0, 999, 1000, 1234567)] == ["0", "999", "1 000", "1 234 567"]
