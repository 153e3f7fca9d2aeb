"""What the live figures compute, run by a JavaScript engine, against NumPy and Keras.

tests/browser moves them in a real browser.
"""

import base64
import io
import json
import re
from importlib.resources import files

import numpy as np
import pytest
import quickjs
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from helpers import by_hand, live, nn, plotting
from helpers.conv import conv2d, conv2d_backward, convolve, max_pool2d
from helpers.data import stand_ins
from helpers.describe import describe
from helpers.drawings import frame_and_bar
from helpers.filters import OUTLINE, shifted, to_gray
from helpers.models import build, keras

FORMULAS = files("helpers.live").joinpath("formulas.js").read_text(encoding="utf-8")
CASES = 200


@pytest.fixture(scope="module")
def run():
    """Return a function that evaluates JavaScript with given names, and returns plain values."""
    engine = quickjs.Context()
    engine.eval(FORMULAS)

    def evaluate(script, **given):
        names = ",".join(given)
        values = ",".join(map(_script, given.values()))
        shown = "(_, v) => v instanceof Float32Array ? Array.from(v) : v"
        return json.loads(engine.eval(f"JSON.stringify((({names})=>({script}))({values}),{shown})"))

    return evaluate


def _script(value):
    if isinstance(value, np.ndarray):
        return f"tensor({json.dumps(value.shape)},{json.dumps(value.ravel().tolist())})"
    return json.dumps(value)


def array(tensor):
    return np.reshape(tensor["values"], tensor["shape"])


def random_layer(seed):
    """Return a picture, a kernel, a bias, and how the kernel walks."""
    rng = np.random.default_rng(seed)
    kernel = rng.integers(1, 5, 2)
    strides, padding = int(rng.integers(1, 4)), [0, 1, 2, "same"][rng.integers(4)]
    size, (c, f) = kernel + rng.integers(0, 6, 2), rng.integers(1, 4, 2)
    x, w = rng.normal(size=(*size, c)), rng.normal(size=(*kernel, c, f))
    return x, w, rng.normal(size=f), {"strides": strides, "padding": padding}


def test_a_convolution_is_that_of_numpy_and_so_is_each_of_its_windows(run):
    for seed in range(CASES):
        x, w, b, how = random_layer(seed)
        y = conv2d(x[None], w, b, **how)[0]
        layer = "{kernel, bias, ...how}"
        found = run(f"conv2d(x, {layer})", x=x, kernel=w, bias=b, how=how)
        assert_allclose(array(found), y, atol=1e-5, err_msg=f"{seed=} {how}")
        found = run(f"conv2d(x, {{...{layer}, relu: true}})", x=x, kernel=w, bias=b, how=how)
        assert_allclose(array(found), np.maximum(y, 0), atol=1e-5)
        place = [int(np.random.default_rng(seed).integers(n)) for n in y.shape]
        seen = run(f"windowOf(x, {layer}, ...place)", x=x, kernel=w, bias=b, how=how, place=place)
        assert_allclose(seen["sum"], y[*place], atol=1e-5)
        products = [sum(value * weight for value, weight in part) for part in seen["parts"]]
        assert_allclose([sum(products) + seen["bias"], *products], [seen["sum"], *seen["sums"]])


def test_the_outputs_fed_by_an_input_are_those_of_its_gradient(run):
    for seed in range(CASES):
        x, w, _, how = random_layer(seed)
        x, w = x[..., :1], w[..., :1, :1]
        dy = np.random.default_rng(seed).normal(size=conv2d(x[None], w, **how)[0].shape)
        dx, *_ = conv2d_backward(dy[None], x[None], w, **how)
        row, column = np.random.default_rng(seed).integers(x.shape[:2]).tolist()
        given = {
            "how": how,
            "size": x.shape[:2],
            "kernel": w.shape[:2],
            "row": row,
            "column": column,
        }
        found = run("fedBy(how, size, kernel, row, column)", **given)
        total = sum(dy[r, c, 0] * w[i, j, 0, 0] for r, c, i, j in found)
        assert_allclose(total, dx[0, row, column, 0], atol=1e-12, err_msg=f"{seed=}")


def test_max_pooling_is_that_of_numpy_and_names_the_winners(run):
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        size, strides, padding = (int(n) for n in rng.integers(1, 4, 3))
        padding = "same" if padding == 3 else 0
        x = rng.normal(size=(*(size + rng.integers(0, 6, 2)), 2))
        how = {"size": size, "strides": strides, "padding": padding}
        y = max_pool2d(x[None], size, strides=strides, padding=padding)[0]
        found = run("maxPool(x, how)", x=x, how=how)
        assert_allclose(array(found), y, rtol=1e-6, err_msg=f"{seed=}")
        assert_allclose(x.ravel()[found["winners"]], y.ravel(), rtol=1e-12)


# --- Photos ------------------------------------------------------------------------------


IN_PIECES = """((work, step) => {
  do step = work.next(); while (!step.done);
  return step.value;
})(inPieces(x, kernels.map(rows => around(rows, size)), rows))"""


def test_a_photo_in_pieces_gives_what_numpy_gives_in_one(run):
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        small, size = sorted(rng.choice([3, 5, 7], 2).tolist())
        x = rng.random((size + rng.integers(0, 20), size + rng.integers(0, 20)))
        kernels = [rng.normal(size=(size, size)), rng.normal(size=(small, small))]
        given = {"kernels": [k.tolist() for k in kernels], "size": size}
        rows = int(rng.integers(1, 9))
        found = run(IN_PIECES, x=x[..., None], rows=rows, **given)
        kernels[1] = np.pad(kernels[1], (size - small) // 2)
        y = [convolve(x, kernel) for kernel in kernels]
        for ours, its in zip(y, found, strict=True):
            assert_allclose(array(its)[..., 0], ours, atol=1e-5, err_msg=f"{seed=}")
        length = run("magnitude(a, b)", **dict(zip("ab", y, strict=True)))
        assert_allclose(array(length), np.hypot(*y), rtol=1e-5, err_msg=f"{seed=}")


def test_brightness_is_that_of_numpy_and_what_is_clear_is_white(run):
    colours = np.random.default_rng(0).integers(0, 256, (5, 7, 4))
    colours[..., 3] = 255
    colours[0, 0] = [1, 2, 3, 0]
    gray = to_gray(colours[..., :3])
    gray[0, 0] = 255
    found = run(f"toGray({colours.ravel().tolist()}, 35)")
    assert_allclose(found, gray.ravel(), rtol=1e-6)


def test_zero_is_white_and_the_others_have_the_colours_of_the_lessons(run):
    shares = np.linspace(-1, 1, 201)
    found = np.array(run(f"{shares.tolist()}.map(purpleOrange)"))
    expected = plotting.plt.get_cmap(plotting.SIGNED)((shares + 1) / 2, bytes=True)[:, :3]
    assert_allclose(found, expected.astype(int), atol=9)
    assert found[100].tolist() == [255] * 3
    assert run("[purpleOrange(9), purpleOrange(-9)]") == [found[-1].tolist(), found[0].tolist()]


def test_the_deepest_colour_is_that_of_the_largest_values_but_for_one_in_a_hundred(run):
    for seed in range(20):
        values = np.random.default_rng(seed).normal(size=2000)
        found = run("reachOf(v.values)", v=values)
        assert found == pytest.approx(np.percentile(np.abs(values), 99), abs=5e-3), f"{seed=}"
    assert run("reachOf([0, 0])") == 0
    assert 0 < run(f"reachOf({[0] * 500 + [8]})") < 8  # a single bright pixel is to be seen


def test_a_moved_digit_is_that_of_numpy_and_what_leaves_is_lost(run):
    x = np.zeros((9, 8, 1))
    x[3:6, 3:5] = np.random.default_rng(0).random((3, 2, 1))
    for down in (-3, 0, 2, 3):
        for right in (-3, 0, 1):
            found = array(run("shifted(x, down, right)", x=x, down=down, right=right))
            assert_allclose(found, shifted(x[None], down, right)[0], atol=1e-7)
    lost = array(run("shifted(x, -5, 0)", x=x))
    assert_allclose(lost[0], x[5], atol=1e-7)
    assert not lost[1:].any()
    assert not any(run("shifted(x, 0, 99)", x=x)["values"])


# --- Networks ------------------------------------------------------------------------------


def in_page(run, network, x):
    """Return a network's logits, and the probabilities, as a page computes them."""
    known, weights = live.layers(network)
    weights = iter(weights)
    layers = [
        ",".join(
            f"{name}:{_script(next(weights)) if name in ('kernel', 'bias') else _script(value)}"
            for name, value in layer.items()
        )
        for layer in known
    ]
    listed = ",".join(f"{{{layer}}}" for layer in layers)
    return run(f"(y => [y, softmax(y.values)])(forward([{listed}], x).at(-1))", x=x)


def rounded(network):
    network.set_weights([w.astype(np.float16).astype(np.float32) for w in network.get_weights()])
    return network


@pytest.mark.parametrize("name", ["B5", "A8"])
def test_a_network_gives_the_probabilities_that_it_gives_in_keras(run, name):
    keras.utils.set_random_seed(0)
    network = rounded(build(name))
    x = np.random.default_rng(0).random((3, *network.input_shape[1:]), np.float32)
    logits = np.asarray(network(x))
    expected = np.asarray(keras.ops.softmax(logits))
    for image, its_logits, probabilities in zip(x, logits, expected, strict=True):
        found, chances = in_page(run, network, image)
        assert_allclose(found["values"], its_logits, atol=1e-4)
        assert_allclose(chances, probabilities, atol=1e-5)


def test_a_layer_that_the_page_does_not_know_is_named():
    with pytest.raises(
        ValueError, match=r"network must be of Conv2D and Dense with a bias .*Conv2D as layer 0"
    ):
        live.layers(build("D7+"))
    with pytest.raises(TypeError, match=r"network must be a Keras model"):
        live.layers("B5")


def test_float16_arrives_as_it_was_sent(run):
    rng = np.random.default_rng(0)
    sent = np.concatenate([rng.normal(size=300), 10.0 ** rng.uniform(-8, 4, 300), [0, -0.0, 65504]])
    sent = sent.astype("<f2")
    packed = live._packed(sent.tobytes())
    assert_array_equal(run("Array.from(halves(unpacked(text)))", text=packed)[: sent.size], sent)


def test_digits_arrive_as_they_were_sent(run):
    rng = np.random.default_rng(0)
    sent = [*(rng.integers(0, 256, 997) * (rng.random(997) < 0.3)).tolist(), *[0] * 600, 7]
    packed = live._packed(live._in_runs(bytes(sent)))
    assert len(packed) < len(sent) and "<" not in packed
    assert run("withoutRuns(unpacked(text))", text=packed) == sent


# --- A drawing becomes a digit -------------------------------------------------------------


def drawing(seed):
    """Return a thick line on a paper of 70 x 70 pixels."""
    rng = np.random.default_rng(seed)
    ink, (start, end) = np.zeros((70, 70)), rng.uniform(12, 58, (2, 2))
    for share in np.linspace(0, 1, 60):
        r, c = (start + share * (end - start)).astype(int)
        ink[r - 3 : r + 4, c - 3 : c + 4] = 1
    return ink


@pytest.mark.parametrize("seed", range(20))
def test_a_centred_drawing_is_20_pixels_long_and_its_mass_is_in_the_middle(run, seed):
    digit = array(run("asDigit(ink, true)", ink=drawing(seed)))[..., 0]
    assert digit.shape == (28, 28) and digit.min() >= 0 and digit.max() <= 1
    middle = [(digit.sum(axis=1 - axis) @ (np.arange(28) + 0.5)) / digit.sum() for axis in (0, 1)]
    assert_allclose(middle, 14, atol=0.3)  # what leaves the picture, or is more than white, is lost
    rows, columns = (np.flatnonzero(digit.max(axis=axis) > 0.01) for axis in (1, 0))
    assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 22


def test_a_drawing_as_it_stands_is_averaged_where_it_stands(run):
    ink = np.random.default_rng(0).random((140, 140))
    digit = array(run("asDigit(ink, false)", ink=ink))[..., 0]
    assert_allclose(digit, ink.reshape(28, 5, 28, 5).mean(axis=(1, 3)), atol=1e-5)


def test_an_empty_paper_and_a_single_dot_are_digits_too(run):
    assert not any(run("asDigit(ink, true)", ink=np.zeros((70, 70)))["values"])
    dot = np.zeros((70, 70))
    dot[3, 60] = 1
    digit = array(run("asDigit(ink, true)", ink=dot))[..., 0]
    assert digit.sum() == pytest.approx(400) and digit[4:24, 4:24].min() == pytest.approx(1)


# --- Walks and clusters --------------------------------------------------------------------


@pytest.fixture(scope="module")
def script():
    """Return a function: evaluate JavaScript with what one file defines."""

    def evaluate(name, code):
        engine = quickjs.Context()
        engine.eval(files("helpers.live").joinpath(f"{name}.js").read_text(encoding="utf-8"))
        return json.loads(engine.eval(f"JSON.stringify({code})"))

    return evaluate


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("form", ["sgd", "average", "adam"])
def test_a_walk_is_that_of_our_optimizers(script, form, seed):
    rng = np.random.default_rng(seed)
    rate, momentum, steepness = 10 ** rng.uniform(-3, -1), rng.uniform(0, 0.99), rng.integers(1, 30)
    start = rng.uniform(-3, 3, 2)
    w, path = start.copy(), [start.copy()]
    kinds = {"moving_average": form == "average"}
    optimizer = nn.Adam(rate) if form == "adam" else nn.SGD(rate, momentum, **kinds)
    for _ in range(40):
        optimizer.step({"w": w}, {"w": w * [1, steepness]})
        path.append(w.copy())
    given = json.dumps({"form": form, "rate": rate, "momentum": momentum})
    found = script("descent", f"descend({given}, {steepness}, {start.tolist()}, 40)")
    assert_allclose(found, path, rtol=1e-6, atol=1e-9)
    if form == "sgd":
        assert_allclose(live._walk(start, rate, momentum, steepness, 40), path, atol=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_the_two_steps_of_k_means_are_those_by_hand(script, seed):
    rng = np.random.default_rng(seed)
    points, centroids = rng.random((20, 2)), rng.random((4, 2))
    centroids[3] = 9  # far off, so it gets no point
    labels = by_hand.assign(points, centroids)
    given = f"{points.tolist()}, {centroids.tolist()}"
    found = script("clusters", f"assign({given})")
    assert found["labels"] == labels.tolist()
    assert found["inertia"] == pytest.approx(((points - centroids[labels]) ** 2).sum())
    args = f"{points.tolist()}, {labels.tolist()}, {centroids.tolist()}"
    moved = by_hand.update(points, labels, centroids)
    assert_allclose(script("clusters", f"update({args})"), moved)


def test_a_careful_start_draws_by_the_squared_distance(script):
    points = [[0, 0], [0, 0.1], [1, 0]]  # from the first: squares of 0, .01 and 1
    shares = [0, 0.005, 0.0099, 0.01, 0.5, 0.999]
    code = f"{shares}.map(s => carefulStart({points}, 2, (n => () => n++ ? s : 0)(0))[1])"
    assert (
        script("clusters", code) == [points[1], points[1], points[1], points[2]] + [points[2]] * 2
    )


# --- Networks to build -------------------------------------------------------------------


def random_network(seed):
    """Return a chain of layers on a picture, as a Keras model; at most the last ones are flat."""
    rng = np.random.default_rng(seed)
    whole = lambda low, high: int(rng.integers(low, high + 1))  # noqa: E731
    shape, parts, layers = [whole(5, 20), whole(5, 20), whole(1, 3)], [], keras.layers
    for _ in range(whole(1, 5)):
        kind, padding = whole(0, 4), ["valid", "same"][whole(0, 1)]
        size = whole(1, min(4, *shape[:2])) if padding == "valid" else whole(1, 4)
        if kind < 2:
            part = layers.Conv2D(whole(1, 4), size, whole(1, 3), padding, activation="relu")
        elif kind == 2:
            pooling = [layers.MaxPooling2D, layers.AveragePooling2D][whole(0, 1)]
            part = pooling(size, whole(1, 3), padding)
        else:
            part = [layers.BatchNormalization(), layers.Dense(whole(1, 5))][kind - 3]
        parts.append(part)
        shape = list(part.compute_output_shape((None, *shape))[1:]) if kind != 3 else shape
        if kind == 4:
            shape = [*shape[:2], part.units]
    ends = [[], [layers.Flatten(), layers.Dense(3)], [layers.GlobalAveragePooling2D()]]
    ends = [*ends, [layers.Flatten(), layers.Dropout(0.25)]]
    return parts, ends[whole(0, 3)], rng


def test_a_built_network_is_that_of_keras_and_its_code_is_the_network(script):
    for seed in range(25):
        parts, end, rng = random_network(seed)
        size = (*rng.integers(12, 24, 2).tolist(), 2)
        try:
            model = keras.Sequential([keras.Input(size), *parts, *end])
        except ValueError:  # a window larger than what the layers before leave
            continue
        chain = live._chain("model", model)
        found = script("builder", f"measure({json.dumps(size)}, {json.dumps(chain['layers'])})")
        expected = describe(model)[1:]
        for row, info in zip(found, expected, strict=True):
            assert tuple(row["output"]) == info.output_shape, (seed, info)
            assert (row["params"], row["macs"]) == (info.params, info.macs), (seed, info)
            sees = info.receptive_field
            assert row["sees"] == ([sees] * 2 if isinstance(sees, int) else list(sees)), (
                seed,
                info,
            )
        code = script("builder", f"kerasCode({json.dumps(size)}, {json.dumps(chain['layers'])})")
        again = eval(code, {"keras": keras, "layers": keras.layers})
        assert live._chain("again", again) == chain


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([{"kind": "Conv2D", "kernel_size": 9}], "its window of 9 is larger than its input, 8 × 6"),
        ([{"kind": "Flatten"}, {"kind": "MaxPooling2D"}], "its input is flat"),
        ([{"kind": "Dense", "units": 2.5}], "units must be a whole number from 1 to 16384"),
        ([{"kind": "Dense", "units": None}], "units must be a whole number"),
        ([{"kind": "Conv2D", "strides": 0}], "strides must be a whole number from 1 to 64"),
        ([{"kind": "Dropout", "rate": 1}], "rate must be a number from 0 to less than 1"),
        ([{"kind": "Flatten"}, {"kind": "GlobalAveragePooling2D"}], "its input is flat"),
    ],
)
def test_a_layer_that_cannot_be_says_why(script, layers, says):
    whole = (
        f"{json.dumps(layers)}.map(layer => ({{kind: layer.kind, ...KINDS[layer.kind], ...layer}}))"
    )
    rows = script("builder", f"measure([8, 6, 1], {whole})")
    assert rows[-1]["error"].startswith(says) and not any("error" in row for row in rows[:-1])


# --- The figure --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader():
    keras.utils.set_random_seed(0)
    return live.digit_reader(build("B5"), stand_ins.digits().x_test[:4])


@pytest.fixture(scope="module")
def touched():
    return live.convolution(np.arange(12).reshape(3, 4), [[1, 0.5], [-1, 0]], padding=1)


@pytest.fixture(scope="module")
def filtered():
    noise = np.random.default_rng(0).integers(0, 256, (100, 120), np.uint8)
    return live.photo_filter({"frame & bar": frame_and_bar(), "noise": noise}, kernel=OUTLINE)


@pytest.fixture(scope="module")
def walked():
    return live.descent(momentum=0.6)


@pytest.fixture(scope="module")
def clustered():
    return live.clusters(np.random.default_rng(0).random((300, 2)), np.eye(2))


@pytest.fixture(scope="module")
def built():
    return live.network_builder({name: build(name) for name in ("B5", "A8", "D7")})


@pytest.mark.parametrize("name", ["reader", "touched", "filtered", "walked", "clustered", "built"])
def test_a_figure_is_small_and_needs_no_network_and_no_id(name, request):
    markup = request.getfixturevalue(name).markup
    assert len(markup.encode()) < 60_000
    for word in ("http", " id=", "import ", "fetch", "localStorage"):
        assert word not in markup
    assert markup.count("</script") == 1 and "<!--" not in markup


def test_a_convolution_says_without_a_script_what_its_first_output_is(touched):
    first = touched.markup.split("<script>")[0]
    assert "Output in row 0, column 0: 0·1 + 0·0.5 + 0·(−1) + 0·0 = 0" in first
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", first)
    y = conv2d(np.arange(12.0).reshape(1, 3, 4, 1), [[[[1]], [[0.5]]], [[[-1]], [[0]]]], padding=1)
    assert [float(cell.replace("−", "-")) for cell in cells[12 + 4 :]] == y.ravel().tolist()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"grid": np.ones((10, 2))}, "grid must be at most 9 x 9 numbers"),
        ({"grid": [[1e5]]}, "grid must be at most 9 x 9 numbers"),
        ({"grid": [[np.nan]]}, "grid must be at most 9 x 9 numbers"),
        ({"kernel": np.ones((6, 1))}, "kernel must be at most 5 x 5 numbers"),
        ({"kernel": np.ones((4, 4))}, "kernel.shape must be within the padded input"),
        ({"strides": 4}, "strides must be .*received strides=4"),
        ({"padding": 3}, "padding must be .*received padding=3"),
    ],
)
def test_a_convolution_refuses_what_is_too_large_to_touch(given, words):
    with pytest.raises(ValueError, match=words):
        live.convolution(**{"grid": np.eye(3), "kernel": [[1]]} | given)


def test_a_figure_says_without_a_script_what_the_network_says(reader):
    first = reader.markup.split("<script>")[0]
    assert "The network says" in first and first.count("<meter") == 10
    assert 'alt="A handwritten digit from the test set"' in first


def test_a_photo_shows_without_a_script_what_its_first_response_is(filtered):
    first = filtered.markup.split("<script>")[0]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", first)[:5] == ["−1", "−1", "−1", "−1", "8"]
    seen, response = (
        np.array(Image.open(io.BytesIO(base64.b64decode(data))))
        for data in re.findall(r'src="data:image/png;base64,([^"]+)"', first)
    )
    assert 'alt="The picture to filter: frame &amp; bar"' in first
    assert_array_equal(seen, frame_and_bar())
    y = convolve(frame_and_bar().astype(float), OUTLINE)
    white = (response == 255).all(axis=-1)
    assert_array_equal(white, y == 0)
    assert ((response[..., 0] > response[..., 2]) == (y < 0))[~white].all()  # orange is negative


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pictures": {"a": np.zeros((6, 9), np.uint8)}}, r"pictures\['a'\] must be uint8, and"),
        ({"pictures": {"a": np.zeros((9, 257), np.uint8)}}, r"pictures\['a'\] must be uint8, and"),
        ({"pictures": {"a": np.zeros((9, 9))}}, r"pictures\['a'\] must be uint8, and"),
        ({"kernel": np.ones((4, 4))}, "kernel must be 3 x 3, 5 x 5 or 7 x 7 numbers"),
        ({"kernel": np.full((3, 3), 1e5)}, "kernel must be 3 x 3, 5 x 5 or 7 x 7 numbers"),
        ({"kernel": np.ones((3, 5))}, "kernel must be 3 x 3, 5 x 5 or 7 x 7 numbers"),
    ],
)
def test_a_photo_refuses_what_it_cannot_show(given, words):
    with pytest.raises(ValueError, match=words):
        live.photo_filter(**{"pictures": {"a": np.zeros((9, 9), np.uint8)}} | given)
    for bad in ({}, [1], None):
        with pytest.raises(TypeError, match="pictures must be a dict of at least one gray"):
            live.photo_filter(bad)


@pytest.mark.parametrize(
    "name", ["digit", "convolution", "photo", "descent", "clusters", "builder"]
)
def test_a_figure_has_all_the_parts_that_it_names_and_no_others(name):
    code = live._script(name)
    assert quickjs.Context().eval(f"(()=>{{'use strict';{code}\nreturn 1}})()") == 1
    whole = "".join(live._code(part) for part in ("formulas", "page"))
    for part in re.findall(r"^(?:const|function\*?) (\w+)", whole, re.M):
        used = re.search(rf"\b{part}\b(?! ?[:(]?=)", live._code(name))
        assert not used or re.search(rf"\b(const|function\*?) ?{part}\b", code), part
    assert ("fedBy" in code) == (name == "convolution")


def test_squeezed_code_keeps_its_texts_and_what_its_spaces_say():
    squeezed = live._squeezed
    assert squeezed("a = b + -c ? 'x = y' : d - --e;") == "a=b + -c?'x = y':d - --e;"
    assert squeezed("return x / 2 + y++ + z") == "return x/2+y++ + z"
    for kept in ("`a = ${b}`", "x.match(/a = b/g)"):
        assert squeezed(kept) == kept


@pytest.mark.parametrize(
    "file", [path.name for path in files("helpers.live").iterdir() if path.suffix == ".js"]
)
def test_a_file_is_javascript_and_names_nothing_for_the_page(file):
    code = files("helpers.live").joinpath(file).read_text(encoding="utf-8")
    assert quickjs.Context().eval(f"(()=>{{'use strict';{code}\nreturn 1}})()") == 1
    assert "</script" not in code and "<!--" not in code


def test_a_builder_says_without_a_script_what_its_first_network_costs(built):
    first = built.markup.split("<script>")[0]
    infos = describe(build("B5"))[1:]
    assert re.findall(r'<th scope="row"[^>]*>(\w+)</th>', first) == [info.kind for info in infos]
    last = [cell.replace(" ", "") for cell in re.findall(r"<td[^>]*>([^<]*)</td>", first)[-4:]]
    assert last == ["10", "7850", "7840", "28"]
    # 416 + 6 416 + 7 850, and 28 · 28 · 400 + 14 · 14 · 6 400 + 7 840.
    assert "14 682 parameters and 1 575 840 multiply-adds for an image." in first


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Conv2D(2, 3, use_bias=False),
        keras.layers.Conv2D(2, 3, dilation_rate=2),
        keras.layers.Conv2D(2, 3, groups=2),
        keras.layers.Conv2D(2, (3, 1)),
        keras.layers.ReLU(),
    ],
)
def test_a_builder_refuses_a_layer_that_it_would_count_wrongly(layer):
    network = keras.Sequential([keras.Input((8, 8, 2)), layer])
    message = f"own must be of Conv2D, .* in plain form; received own='{type(layer).__name__}'"
    with pytest.raises(ValueError, match=message):
        live.network_builder({"own": network})


def test_a_walk_and_clusters_say_without_a_script_where_they_stand(walked, clustered):
    first = walked.markup.split("<script>")[0]
    left = np.hypot(*live._walk(np.array([-4.0, 1.5]), 0.1, 0.6, 10, 25)[-1])
    assert f"After 25 steps the bottom is {left:.3f} away." in first and "<img alt=" in first
    first = clustered.markup.split("<script>")[0]
    points = np.random.default_rng(0).random((300, 2))
    inertia = np.minimum(*(((points - c) ** 2).sum(axis=1) for c in np.eye(2))).sum()
    assert f"300 points, 2 centroids, inertia {inertia:.4f}." in first


@pytest.mark.parametrize("bad", [{"learning_rate": 0}, {"momentum": 1}])
def test_a_walk_refuses_what_the_picture_cannot_show(bad):
    with pytest.raises(ValueError, match=rf"{next(iter(bad))} must be "):
        live.descent(**bad)


@pytest.mark.parametrize(
    "bad",
    [
        {"points": np.zeros((501, 2))},
        {"points": [[0, 1.5]]},
        {"points": [[0, np.nan]]},
        {"centroids": [[0, 0]]},
        {"centroids": np.zeros((7, 2))},
        {"points": [[0, 0, 0]]},
    ],
)
def test_clusters_refuse_what_lies_outside_or_is_too_many(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        live.clusters(**{"points": [[0, 0]], "centroids": np.eye(2)} | bad)


def test_digits_and_network_that_do_not_fit_are_refused():
    digits = np.zeros((1, 28, 28), np.uint8)
    with pytest.raises(ValueError, match=r"network must be one from .28, 28, 1. pixels"):
        live.digit_reader(build("C4"), digits)
    with pytest.raises(ValueError, match=r"digits.dtype must be uint8"):
        live.digit_reader(build("B5"), digits / 255)
