"""The exercises of lesson 03: shapes and parameters."""

from helpers.check.exercise import Exercise


def _sizes(rng):
    return [(28, 4, 0, 2), (32, 5, 2, 1), (227, 11, 0, 4), (13, 3, 1, 2), (10, 4, 1, 3)]


output_size = Exercise(
    call="output_size_of(n, k, p, s)",
    right=lambda n, k, p, s: (n + 2 * p - k) // s + 1,
    cases=_sizes,
    mistakes={
        "The floor is lost: a kernel that does not fit whole gives no output.": (
            lambda n, k, p, s: (n + 2 * p - k) / s + 1
        ),
        "You round up or to the nearest. A kernel that does not fit whole gives no output.": (
            lambda n, k, p, s: -(-(n + 2 * p - k) // s) + 1
        ),
        "The padding is counted once. There are p zeros on each side.": (
            lambda n, k, p, s: (n + p - k) // s + 1
        ),
        "The + 1 is missing: the first place counts as well.": (
            lambda n, k, p, s: (n + 2 * p - k) // s
        ),
        "The padding is missing.": lambda n, k, p, s: (n - k) // s + 1,
        "The strides are missing.": lambda n, k, p, s: n + 2 * p - k + 1,
    },
    praise="As many places as the kernel fits whole.",
)

kernel_size = Exercise(
    call="kernel_size_of(size_in, size_out, p)",
    right=lambda size_in, size_out, p: size_in + 2 * p - size_out + 1,
    cases=lambda rng: [(512, 504, 0), (32, 32, 2), (100, 98, 1), (28, 20, 0)],
    mistakes={
        "The + 1 is missing: a kernel of 1 keeps the size.": (
            lambda size_in, size_out, p: size_in + 2 * p - size_out
        ),
        "The padding is counted once. There are p zeros on each side.": (
            lambda size_in, size_out, p: size_in + p - size_out + 1
        ),
        "The padding is missing.": lambda size_in, size_out, p: size_in - size_out + 1,
        "Input and output are swapped.": (
            lambda size_in, size_out, p: size_out + 2 * p - size_in + 1
        ),
        "Half of it is missing: the kernel loses (k - 1) / 2 on each of two sides.": (
            lambda size_in, size_out, p: (size_in + 2 * p - size_out) / 2 + 1
        ),
    },
    praise="The size formula, solved for the kernel.",
)


def _params(kh, kw, c_in, filters):
    return kh * kw * c_in * filters + filters


conv_params = Exercise(
    call="params_of(kh, kw, c_in, filters)",
    right=_params,
    cases=lambda rng: [(5, 5, 3, 16), (3, 3, 32, 64), (1, 7, 12, 5), (4, 4, 1, 16)],
    mistakes={
        "The biases are missing: one for each filter.": (
            lambda kh, kw, c_in, filters: kh * kw * c_in * filters
        ),
        "The input channels are missing: a filter has weights for each of them.": (
            lambda kh, kw, c_in, filters: _params(kh, kw, 1, filters)
        ),
        "You count one bias in all. Each filter has its own.": (
            lambda kh, kw, c_in, filters: kh * kw * c_in * filters + 1
        ),
        "You count a bias for each input channel of each filter. A filter has one.": (
            lambda kh, kw, c_in, filters: (kh * kw + 1) * c_in * filters
        ),
        "The filters are missing: this is one filter.": (
            lambda kh, kw, c_in, filters: kh * kw * c_in + 1
        ),
        "The biases are as many as the inputs. Each filter has one, so add filters.": (
            lambda kh, kw, c_in, filters: kh * kw * c_in * filters + c_in
        ),
    },
    praise="Weights for every position, channel and filter, and one bias a filter.",
)

conv_macs = Exercise(
    call="macs_of(h_out, w_out, kh, kw, c_in, filters)",
    right=lambda h, w, kh, kw, c_in, filters: h * w * kh * kw * c_in * filters,
    cases=lambda rng: [
        (32, 30, 3, 3, 16, 24),
        (8, 9, 5, 4, 3, 10),
        (13, 13, 4, 4, 1, 16),
    ],
    mistakes={
        "These are the weights. Each of them works once for every output position.": (
            lambda h, w, kh, kw, c_in, filters: kh * kw * c_in * filters
        ),
        "The filters are missing: every one of them goes over the image.": (
            lambda h, w, kh, kw, c_in, filters: h * w * kh * kw * c_in
        ),
        "The input channels are missing: a filter multiplies in each of them.": (
            lambda h, w, kh, kw, c_in, filters: h * w * kh * kw * filters
        ),
        "You count multiplications and additions apart. A multiply-add is one.": (
            lambda h, w, kh, kw, c_in, filters: 2 * h * w * kh * kw * c_in * filters
        ),
        "These are the output values. Each costs a multiply-add for every weight of its "
        "filter.": lambda h, w, kh, kw, c_in, filters: h * w * filters,
    },
    praise="One multiply-add for every weight at every output position.",
)


def _field(layers, late=0, grow=1):
    """Count the field; `late` lets a layer's own strides act on itself, as a mistake does."""
    field, step = 1, 1
    for kernel_size, strides in layers:
        own = strides if late else 1
        field += (kernel_size - grow) * step * own
        step *= strides
    return field


receptive_field = Exercise(
    call="receptive_field_of(layers)",
    right=_field,
    cases=lambda rng: [
        ([(3, 1), (3, 2), (5, 1)],),
        ([(5, 2), (2, 2), (3, 1), (3, 3)],),
        ([(7, 2)],),
    ],
    mistakes={
        "A layer's strides matter to the layers after it. You let them act on itself.": (
            lambda layers: _field(layers, late=1)
        ),
        "The strides are missing: after them a step is longer.": (
            lambda layers: _field([(kernel_size, 1) for kernel_size, _ in layers])
        ),
        "Each layer adds kernel size - 1 steps. You add the whole kernel.": (
            lambda layers: _field(layers, grow=0)
        ),
        "The first pixel is missing: without any layer a value sees itself.": (
            lambda layers: _field(layers) - 1
        ),
        "You go from the last layer to the first. The steps grow from the first to the last.": (
            lambda layers: _field(layers[::-1])
        ),
    },
    praise="Each layer adds to the field; its strides lengthen the steps of those above.",
)
