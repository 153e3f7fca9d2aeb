"""The decks of slides, opened from the disk with no network, on a wall of 1280 x 720."""

import re

import pytest

from .conftest import LESSONS, faults, only_frame

NAMES = sorted(path.stem for path in LESSONS.glob("*.ipynb"))
SIZE = {"width": 1280, "height": 720}
# Shows the slides one after the other: how far down and to the right what is on each reaches, or
# nothing where a slide is empty.
REACH = """() => Reveal.getSlides().map(slide => {
  const {h, v} = Reveal.getIndices(slide);
  Reveal.slide(h, v);
  const boxes = [...slide.children].filter(block => !block.matches('.running'))
    .map(block => block.getBoundingClientRect()).filter(box => box.height);
  return [Math.max(...boxes.map(box => box.bottom)), Math.max(...boxes.map(box => box.right))];
})"""


@pytest.fixture
def deck(page, written):
    """A function: open a deck; what is wrong on it is told when the test ends."""
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.set_viewport_size(SIZE)

    def opened(name, address=""):
        page.goto((written("slides") / f"{name}.html").as_uri() + address)
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        return page

    yield opened
    assert errors == [] and page.refused == []


def to(page, selector):
    """Turn to the slide that holds what a selector finds first; returns that."""
    found = page.locator(f".slides {selector}").first
    found.evaluate("""it => {
      const {h, v} = Reveal.getIndices(it.closest('section'));
      Reveal.slide(h, v);
    }""")
    return found


def place(page):
    return page.evaluate("Reveal.getSlidePastCount()")


@pytest.mark.parametrize("name", NAMES)
def test_no_slide_is_empty_or_larger_than_the_screen(deck, name):
    page = deck(name)
    reaches = page.evaluate(REACH)
    assert len(reaches) == page.evaluate("Reveal.getTotalSlides()") > 20
    for number, (down, right) in enumerate(reaches, start=1):
        assert 0 < down <= SIZE["height"] and right <= SIZE["width"], f"slide {number} of {name}"
    stored = (LESSONS / f"{name}.ipynb").read_text("utf-8")
    for kind in ("stepper", "live", "calculator"):
        assert page.locator(f".slides .{kind}").count() == stored.count(f'class=\\"{kind}\\"')


@pytest.mark.parametrize("name", [NAMES[1], NAMES[7]])
def test_what_the_printed_deck_shows_has_no_serious_fault(deck, name):
    """All slides are on one page there, so that axe-core sees them."""
    page = deck(name, "?print-pdf")
    page.locator(".pdf-page").last.wait_for()
    assert faults(page) == []


def test_keys_turn_slides_and_inside_a_figure_belong_to_it(deck):
    page = deck("01_convolution_by_hand")
    page.keyboard.press("ArrowRight")
    assert place(page) == 1
    stepper = to(page, ".stepper")
    before = place(page)
    first = only_frame(stepper, step=1)
    stepper.get_by_role("slider").press("ArrowRight")
    assert only_frame(stepper, step=2) != first
    stepper.get_by_role("button", name="next step").press("Space")
    only_frame(stepper, step=3)
    assert place(page) == before
    page.mouse.click(SIZE["width"] - 5, 5)
    page.keyboard.press("ArrowRight")
    assert place(page) == before + 1

    live = to(page, ".live")
    before = place(page)
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "5"):
        live.locator("[tabindex='0'], input").first.press(key)
    assert place(page) == before


def test_a_digit_is_drawn_where_the_mouse_is_on_a_screen_of_another_size(deck):
    page = deck("00_start_here")
    page.set_viewport_size({"width": 1920, "height": 1080})
    live = to(page, ".live")
    live.get_by_role("button", name="clear").click()
    paper = live.locator("canvas").first
    box = paper.bounding_box()
    x, y = box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 0.2 * box["height"], steps=5)
    page.mouse.up()
    centre = paper.evaluate("""paper => {
      const {width, height} = paper;
      const {data} = paper.getContext('2d').getImageData(0, 0, width, height);
      let ink = 0, across = 0, down = 0;
      for (let at = 0; at < width * height; at++) {
        ink += data[4 * at];
        across += data[4 * at] * (at % width) / width;
        down += data[4 * at] * Math.floor(at / width) / height;
      }
      return [across / ink, down / ink];
    }""")
    assert centre == pytest.approx([0.75, 0.6], abs=0.05)


def test_the_speaker_sees_minutes_and_the_answer(deck):
    page = deck("01_convolution_by_hand")
    to(page, "h2:has-text('Strides')")
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value.locator(".speaker-controls-notes")
    notes.get_by_text("strides=3: [7. 4.]").wait_for()
    assert re.search(r"Minutes \d+ to \d+ of \d+\.", notes.inner_text())


def test_a_pdf_has_a_page_for_each_slide(deck):
    page = deck("02_image_filtering", "?print-pdf")
    slides = page.locator(".pdf-page")
    slides.last.wait_for()
    made = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == slides.count()


def test_the_first_page_leads_to_all_decks(page, written):
    page.goto((written("slides") / "index.html").as_uri())
    links = page.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links == [f"{name}.html" for name in NAMES]
    assert faults(page) == [] and page.refused == []
