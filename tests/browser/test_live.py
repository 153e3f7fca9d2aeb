"""The live figures in a real browser: drawn on, touched, and compared with Keras and NumPy."""

import base64

import numpy as np
import pytest
from PIL import Image

from helpers import live
from helpers.conv import convolve
from helpers.describe import describe
from helpers.drawings import frame_and_bar
from helpers.filters import SOBEL_X, SOBEL_Y, gaussian_blur, to_gray
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

    def opened(*figures, head=""):
        body = "".join(figure.markup for figure in figures)
        text = f"<!doctype html><meta charset=utf-8>{head}<body>{body}"
        page.goto(f"data:text/html;base64,{base64.b64encode(text.encode()).decode()}")
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


def usual_frame(page, act):
    """Return the milliseconds of the median frame while something is done: others work as well."""
    page.evaluate("frames_took.length = 0")
    act()
    return np.median(page.evaluate("frames_took"))


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
    # A bar grows from the left: its inside takes the alignment of what it stands in.
    aligned = "all => all.map(bar => getComputedStyle(bar).textAlign)"
    assert {*root.locator("meter").evaluate_all(aligned)} <= {"start", "left", "-webkit-left"}


def test_a_drawing_is_read_while_it_is_drawn_and_in_time(show, network):
    one, other = show(live.digit_reader(*network), live.digit_reader(*network))
    before = result(other, "chances")
    box, mouse = one.locator(".paper canvas").bounding_box(), one.page.mouse

    def draw():
        one.locator(".clear").click()
        mouse.move(box["x"] + 112, box["y"] + 30)
        mouse.down()
        mouse.move(box["x"] + 112, box["y"] + 190, steps=40)
        mouse.up()

    assert usual_frame(one.page, draw) < 16
    said(one, "The network says 1")
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


def test_a_map_shows_window_kernel_and_products_and_where_the_winner_stood(show, network):
    model, digits = network
    (root,) = show(live.digit_reader(model, digits[:3]))
    root.page.wait_for_function("root => root.result", arg=root.element_handle())
    maps = root.locator(".maps canvas")
    for place, strip in ((0, "layer 1"), (2, "layer 3")):
        maps.nth(place + 1).focus()
        for key in ("PageDown", "ArrowDown", "ArrowDown", "ArrowRight"):
            root.page.keyboard.press(key)
        said(root, "Map 1, row 2, column 1")
        window, kernel, products = (
            np.array(
                [[float(v.replace("−", "-")) for v in row.split()] for row in text.split("\n")]
            )
            for text in root.locator(".window tbody").evaluate_all(
                "all => all.map(t => [...t.rows].map(r => "
                "[...r.cells].map(c => c.textContent).join(' ')).join('\\n'))"
            )
        )
        np.testing.assert_allclose(products, window * kernel, atol=0.03, err_msg=strip)
        weights = model.layers[place].get_weights()[0]
        sums = root.locator(".window button")
        if place:
            assert sums.count() == 16
            sums.nth(5).click()
            assert root.locator(".window button[aria-pressed=true]").count() == 1
            kernel = root.locator(".window tbody").nth(1).locator("td").all_inner_texts()
            kernel = np.reshape([float(v.replace("−", "-")) for v in kernel], (5, 5))
        np.testing.assert_allclose(kernel, weights[:, :, 5 if place else 0, 1], atol=0.006)
    maps.nth(2).focus()
    root.page.keyboard.press("ArrowRight")
    said(root, "Map 0, row 0, column 1")
    said(root, "is the largest of its window. It stood in row")


def test_a_digit_is_moved_by_buttons_and_by_keys(show, network):
    model, digits = network
    still, root = show(
        live.digit_reader(model, digits[:2]), live.digit_reader(model, digits[:2], shifts=True)
    )
    assert still.locator(".home").count() == 0
    for _ in range(3):
        root.locator(".down").click()
    root.locator(".paper canvas").focus()
    root.page.keyboard.press("Shift+ArrowLeft")
    said(root, "The digit is moved: 3 down and 1 left.")
    moved = np.zeros((28, 28), "float32")
    moved[3:, :-1] = digits[0][:-3, 1:] / 255
    seen = np.reshape(result(root, "x.values"), (28, 28))
    np.testing.assert_allclose(seen, moved, atol=1e-6)
    logits = model.predict(moved[None, ..., None], verbose=0)
    expected = keras.ops.convert_to_numpy(keras.ops.softmax(logits))[0]
    np.testing.assert_allclose(result(root, "chances"), expected, atol=1e-5)
    root.locator(".home").click()
    root.page.wait_for_function(
        "root => !root.result.moved.some(n => n)", arg=root.element_handle()
    )


# --- Photos ------------------------------------------------------------------------------


@pytest.fixture
def photo(show):
    """The photo figure on a page, and a function: what it computed, once it has come to rest."""
    noise = np.random.default_rng(0).integers(0, 256, (171, 256), np.uint8)
    (root,) = show(live.photo_filter({"frame": frame_and_bar(), "noise": noise}))
    root.page.wait_for_function("root => root.result", arg=root.element_handle())
    return root


def rest(root, act):
    """Do something, wait for its response, and return the picture and what came of it."""
    root.evaluate("root => { root.result = null; }")
    act()
    root.page.wait_for_function("root => root.result", arg=root.element_handle())
    return [
        np.reshape(values, shape[:2])
        for shape, values in root.evaluate(
            "root => [root.result.picture, root.result.y].map(t => [t.shape, t.values])"
        )
    ]


TYPE = """(box, numbers) => box.querySelectorAll('.numbers input').forEach((field, i) => {
  field.value = numbers[i];
  field.dispatchEvent(new Event('input'));
})"""


def test_a_filtered_picture_is_that_of_numpy(photo):
    rng = np.random.default_rng(0)
    first, second = photo.locator(".kernel-0"), photo.locator(".kernel-1")
    kernels = [None, SOBEL_Y]
    for case in range(30):
        size = int(rng.choice([3, 5, 7]))
        kernels[0] = rng.integers(-9, 10, (size, size)) / 2
        first.locator(".size").select_option(str(size))
        numbers = kernels[0].ravel().tolist()
        x, y = rest(photo, lambda: first.evaluate(TYPE, numbers))  # noqa: B023
        if case == 0:
            np.testing.assert_array_equal(x, frame_and_bar())
        np.testing.assert_allclose(y, convolve(x, kernels[0]), rtol=1e-5, atol=1e-5)
    x, y = rest(photo, lambda: photo.locator(".two").check())
    kernels[1] = np.pad(SOBEL_Y, (size - 3) // 2)
    expected = np.hypot(*(convolve(x, kernel) for kernel in kernels))
    np.testing.assert_allclose(y, expected, rtol=1e-5)
    assert second.is_visible()
    said(photo, "The gradient magnitude of the two kernels")


def test_a_large_photo_takes_no_frame_of_16_ms(photo):
    photo.locator(".two").check()
    photo.locator(".picture").select_option("noise")
    sizes = [photo.locator(f".kernel-{place} .named") for place in (0, 1)]
    for menu in sizes:
        rest(photo, lambda: menu.select_option("Gaussian blur, 7 × 7"))  # noqa: B023
    zero = photo.locator(".kernel-0 .zero")
    assert usual_frame(photo.page, lambda: rest(photo, zero.click)) < 16
    x, y = rest(photo, zero.click)
    assert x.shape == (171, 256) and y.shape == (165, 250)


def test_a_photo_of_ones_own_is_chosen_or_dropped_and_stays_here(photo, tmp_path):
    colours = np.random.default_rng(1).integers(0, 256, (20, 31, 3), np.uint8)
    path = tmp_path / "mine.png"
    Image.fromarray(colours).save(path)
    field = photo.locator("input[type=file]")
    x, y = rest(photo, lambda: field.set_input_files(path))
    np.testing.assert_allclose(x, to_gray(colours), rtol=1e-6)
    np.testing.assert_allclose(y, convolve(x, SOBEL_X), rtol=1e-5, atol=1e-3)
    data = base64.b64encode(path.read_bytes()).decode()
    photo.locator(".picture").select_option("noise")
    drop = """(root, data) => {
      const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0)), held = new DataTransfer();
      held.items.add(new File([bytes], 'dropped.png', {type: 'image/png'}));
      root.dispatchEvent(new DragEvent('drop', {dataTransfer: held, bubbles: true, cancelable: true}));
    }"""  # noqa: E501
    dropped, _ = rest(photo, lambda: photo.evaluate(drop, data))
    np.testing.assert_allclose(dropped, x)
    bad = tmp_path / "notes.txt"
    bad.write_text("no picture")
    field.set_input_files(bad)
    said(photo, "notes.txt is no picture that this browser can read.")
    large = tmp_path / "large.png"
    Image.fromarray(np.zeros((300, 600), np.uint8)).save(large)
    x, _ = rest(photo, lambda: field.set_input_files(large))
    assert x.shape == (128, 256)
    said(photo, "The response is 0 everywhere.")


def test_a_kernel_is_painted_and_a_bad_brush_gets_a_sentence(photo):
    page, cells = photo.page, photo.locator(".kernel-0 .numbers td")
    photo.locator(".kernel-0 .size").select_option("5")
    photo.locator(".kernel-0 .zero").click()
    photo.locator(".paint").check()
    photo.locator(".brush").fill("-2.5")
    first, last = (cells.nth(place).bounding_box() for place in (5, 9))
    page.mouse.move(first["x"] + 9, first["y"] + 9)
    page.mouse.down()
    page.mouse.move(last["x"] + 9, last["y"] + 9, steps=20)
    page.mouse.up()
    painted = np.zeros((5, 5))
    painted[1] = -2.5
    values = photo.locator(".kernel-0 .numbers input").evaluate_all("all => all.map(i => i.value)")
    assert [float(v.replace("−", "-")) for v in values] == painted.ravel().tolist()
    x, y = rest(photo, lambda: photo.locator(".picture").select_option("frame"))
    np.testing.assert_allclose(y, convolve(x, painted), rtol=1e-6)
    photo.locator(".brush").fill("x")
    cells.nth(0).click()
    said(photo, "The brush: a number between −9999 and 9999, please.")
    photo.locator(".kernel-0 .numbers input").first.fill("1e99")
    said(photo, "a number between −9999 and 9999, please")


def test_a_pixel_is_read_by_keyboard_and_its_window_is_framed(photo):
    photo.locator(".response canvas").focus()
    for _ in range(40):
        photo.page.keyboard.press("ArrowLeft")
    said(photo, "Row 31, column 0: the response is 0.")
    for _ in range(8):
        photo.page.keyboard.press("ArrowRight")
    y = convolve(frame_and_bar().astype(float), SOBEL_X)
    said(photo, f"Row 31, column 8: the response is {y[31, 8]:g}".replace("-", "−"))


# --- Numbers to touch ----------------------------------------------------------------------


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
        macs = [info.macs for info in describe(model)[1:]]
        totals = f"{model.count_params():,} parameters and {sum(macs):,} multiply-adds"
        said(root, totals.replace(",", " "))
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


# --- Any page: themes, phones, fingers, no motion ------------------------------------------


@pytest.fixture(scope="module")
def all_figures(network):
    model, digits = network
    rng = np.random.default_rng(0)
    return [
        live.digit_reader(model, digits[:3], shifts=True),
        live.convolution(np.arange(63).reshape(7, 9), np.eye(5), padding=2),
        live.photo_filter({"frame": frame_and_bar(256)}, kernel=gaussian_blur(7)),
        live.descent(momentum=0.6),
        live.clusters(rng.random((50, 2)), rng.random((4, 2))),
        live.network_builder({"report B": build("B5")}),
    ]


def grounds(page):
    """Return whether each figure is dark, by its own ground and letters."""
    look = "all => all.map(e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color])"
    pairs = page.locator(".live").evaluate_all(look)
    light = [[int(part) for part in colour[4:-1].split(",")] for pair in pairs for colour in pair]
    ground, ink = np.mean(light[::2], axis=1), np.mean(light[1::2], axis=1)
    assert (np.abs(ground - ink) > 150).all()
    return (ground < ink).tolist()


def test_figures_have_the_theme_of_their_page_and_change_with_it(show, all_figures):
    head = '<meta name="color-scheme" content="light dark">'
    page = show(*all_figures, head=head)[0].page
    assert grounds(page) == [False] * 6
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(100)
    assert grounds(page) == [True] * 6
    for place, name, value, dark in (
        ("body", "jpThemeLight", "true", False),
        ("body", "jpThemeLight", "false", True),
        ("body", "jpThemeLight", None, True),
        ("documentElement", "theme", "light", False),
        ("documentElement", "theme", "dark", True),
    ):
        told = f"delete document.{place}.dataset.{name}"
        page.evaluate(told if value is None else f"document.{place}.dataset.{name} = '{value}'")
        page.wait_for_timeout(50)
        assert grounds(page) == [dark] * 6, (name, value)


def test_a_light_page_has_light_figures_whatever_the_system_prefers(show, all_figures):
    """As slides and a classic page, which stay white in the dark."""
    page = show(*all_figures)[0].page
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(50)
    assert grounds(page) == [False] * 6


def test_figures_fit_a_phone(show, all_figures, page):
    page.set_viewport_size({"width": 360, "height": 740})
    head = '<meta name="viewport" content="width=device-width">'
    roots = show(*all_figures, head=head)
    roots[0].locator(".maps canvas").nth(3).click(position={"x": 20, "y": 20})
    roots[2].locator(".two").check()
    roots[2].locator(".kernel-1 .size").select_option("7")
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    outside = """root => [...root.querySelectorAll('*')].filter(e => {
      const box = e.getBoundingClientRect();
      for (let at = e; at !== root; at = at.parentElement) if (getComputedStyle(at).overflowX === 'auto') return false;
      return box.width && box.right > root.getBoundingClientRect().right;
    }).map(e => e.outerHTML.slice(0, 80))"""  # noqa: E501
    for root in roots:
        assert root.evaluate(outside) == []


def test_a_finger_draws_and_paints(show, all_figures, page):
    reader, _, photo, *_ = show(*all_figures)
    touch = page.context.new_cdp_session(page)

    def stroke(points):
        for kind, place in [("touchStart", points[0]), *(("touchMove", p) for p in points)]:
            at = [{"x": place[0], "y": place[1]}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    reader.locator(".clear").click()
    paper = reader.locator(".paper canvas")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    stroke([(box["x"] + 112, box["y"] + y) for y in range(30, 190, 10)])
    said(reader, "The network says 1")
    photo.locator(".zero").first.click()
    photo.locator(".paint").check()
    cells = photo.locator(".kernel-0 .numbers td")
    cells.first.scroll_into_view_if_needed()
    boxes = [cells.nth(place).bounding_box() for place in range(7)]
    stroke([(box["x"] + 9, box["y"] + 9) for box in boxes])
    values = photo.locator(".kernel-0 .numbers input").evaluate_all("all => all.map(i => i.value)")
    assert values == ["1"] * 7 + ["0"] * 42


def test_nothing_moves_by_itself(show, all_figures, page):
    page.emulate_media(reduced_motion="reduce")
    roots = show(*all_figures)
    page.wait_for_timeout(500)
    before = [root.screenshot() for root in roots]
    page.wait_for_timeout(500)
    assert [root.screenshot() for root in roots] == before
    assert page.evaluate("document.getAnimations().length") == 0
