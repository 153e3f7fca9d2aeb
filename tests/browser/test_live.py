"""The live figures in a real browser: drawn on, touched, and compared with Keras and NumPy."""

import base64

import numpy as np
import pytest

from helpers import live
from helpers.conv import convolve
from helpers.describe import describe
from helpers.filters import SOBEL_X
from helpers.models import build, keras

# How long each frame took that a figure asked for, in milliseconds.
TIMED = """
window.frames_took = [];
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = draw => ask(now => {
  const start = performance.now();
  draw(now);
  window.frames_took.push(performance.now() - start);
});
"""


@pytest.fixture
def show(page):
    """Return a function: open figures on a page of their own, and give their roots."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(TIMED)

    def opened(*figures):
        body = "".join(figure.markup for figure in figures)
        data = base64.b64encode(f"<!doctype html><meta charset=utf-8>{body}".encode()).decode()
        page.goto(f"data:text/html;base64,{data}")
        roots = page.locator(".live")
        assert roots.count() == len(figures)
        return [roots.nth(place) for place in range(len(figures))]

    yield opened
    assert errors == [] and page.refused == []


def said(root, words):
    """Wait until the figure says these words."""
    root.locator(f"[role=status]:has-text('{words}')").first.wait_for(timeout=5_000)


def result(root, what):
    return root.evaluate(f"root => root.result.{what}")


@pytest.fixture(scope="module")
def network():
    """Report B's network, trained a little, with weights that float16 holds."""
    from helpers.data import stand_ins

    data = stand_ins.digits()
    keras.utils.set_random_seed(0)
    network = build("B5")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(3e-3), loss)
    network.fit(data.x_train[..., None] / 255.0, data.y_train, epochs=1, verbose=0)
    network.set_weights([w.astype(np.float16).astype(np.float32) for w in network.get_weights()])
    return network, data.x_test[:100]


def test_a_hundred_digits_get_the_probabilities_of_keras(show, network):
    model, digits = network
    (root,) = show(live.digit_reader(model, digits))
    logits = model.predict(digits[..., None] / 255.0, verbose=0)
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits))
    for chances in expected:
        root.page.wait_for_function("frames_took.length > 0")
        np.testing.assert_allclose(result(root, "chances"), chances, atol=1e-5)
        root.page.evaluate("frames_took.length = 0")
        root.locator(".another").click()


def test_a_drawing_is_read_while_it_is_drawn_and_in_time(show, network):
    one, other = show(live.digit_reader(*network), live.digit_reader(*network))
    before = result(other, "chances")
    one.page.evaluate("frames_took.length = 0")
    box, mouse = one.locator(".paper canvas").bounding_box(), one.page.mouse
    mouse.move(box["x"] + 112, box["y"] + 30)
    mouse.down()
    mouse.move(box["x"] + 112, box["y"] + 190, steps=40)
    mouse.up()
    said(one, "The network says 1")
    assert np.median(one.page.evaluate("frames_took")) < 16
    assert result(other, "chances") == before  # two figures on a page do not know each other
    one.locator(".undo").click()
    one.page.wait_for_function(
        "root => !root.result.x.values.some(v => v)", arg=one.element_handle()
    )


def test_a_digit_is_drawn_and_a_map_is_read_by_keyboard_alone(show, network):
    (root,) = show(live.digit_reader(*network))
    root.locator(".clear").focus()
    root.page.keyboard.press("Enter")
    root.locator(".paper canvas").focus()
    root.page.keyboard.press(" ")
    for _ in range(16):
        root.page.keyboard.press("ArrowDown")
    said(root, "The network says")
    assert sum(result(root, "x.values.map(v => v > 0.5)")) > 20
    root.locator(".maps canvas").nth(1).focus()
    root.page.keyboard.press("ArrowRight")
    said(root, "Map 0, row 0, column 1: the sum of window times kernel is")


def test_a_touched_convolution_is_that_of_numpy(show):
    rng = np.random.default_rng(0)
    grid = rng.integers(-9, 10, (6, 7)).astype(float)
    (root,) = show(live.convolution(grid, SOBEL_X))
    for strides, padding in ((1, 0), (2, 1), (3, 2)):
        root.locator(".strides").select_option(str(strides))
        root.locator(".padding").select_option(str(padding))
        for _ in range(20):
            place, value = int(rng.integers(grid.size)), float(rng.integers(-99, 100)) / 4
            root.locator(".grid input").nth(place).fill(str(value))
            grid.ravel()[place] = value
            y = convolve(grid, SOBEL_X, stride=strides, padding=padding)
            np.testing.assert_allclose(result(root, "values"), y.ravel(), atol=1e-4)


@pytest.mark.parametrize("text", ["", "x", "1e99", "Infinity", "--1"])
def test_what_is_no_number_gets_a_sentence_and_changes_nothing(show, text):
    (root,) = show(live.convolution(np.eye(3), [[1, 2]]))
    before = result(root, "values")
    root.locator(".grid input").first.fill(text)
    said(root, "a number between −9999 and 9999, please")
    assert result(root, "values") == before
    assert root.locator(".grid input").first.get_attribute("aria-invalid") == "true"


def test_an_input_shows_the_outputs_that_it_feeds(show):
    (root,) = show(live.convolution(np.eye(3), [[1, 2], [3, 4]]))
    root.locator(".grid input").nth(4).focus()
    said(root, "The input in row 1, column 1 is part of 4 outputs: row 0, column 0 (weight 4)")
    root.locator(".turn").check()
    said(root, "row 0, column 0 (weight 1)")


def test_a_built_network_counts_as_keras_and_its_code_runs(show):
    models = {name: build(name) for name in ("B5", "A8", "D7")}
    (root,) = show(live.network_builder(models))
    for name, model in models.items():
        root.locator(".network").select_option(name)
        said(root, f"{model.count_params():,} parameters".replace(",", " "))
        macs = [info.macs for info in describe(model)[1:]]
        assert result(root, "rows.map(row => row.macs)") == macs
        code = root.locator(".code").inner_text()
        assert eval(code, {"keras": keras, "layers": keras.layers}).count_params() == (
            model.count_params()
        )
    root.locator(".layers input").first.fill("2.5")
    said(root, "filters must be a whole number from 1 to 1024")
    assert root.locator(".code").inner_text() == ""


def test_a_walk_and_clusters_move(show):
    bowl, plane = show(
        live.descent(momentum=0.6), live.clusters([[0, 0], [0, 1], [1, 1]], np.eye(2))
    )
    bowl.locator(".form").select_option("adam")
    said(bowl, "After 25 steps")
    bowl.locator(".many").click()
    said(bowl, "After 35 steps")
    for _ in range(8):
        plane.locator(".step").click()
    said(plane, "no centroid moves. This is the end.")
    plane.locator("canvas").click(position={"x": 300, "y": 300})
    said(plane, "4 points, 2 centroids")
