"""The pages of the site, opened from the disk with no network: wide and light, narrow and dark."""

import pytest

from helpers.classroom.site import CHAPTERS

from .conftest import LESSONS, faults, only_frame

NAMES = [*sorted(path.stem for path in LESSONS.glob("*.ipynb")), *CHAPTERS, "index", "search"]
LOOKS = {"light": {"width": 1300, "height": 900}, "dark": {"width": 360, "height": 740}}


@pytest.fixture
def open_page(page, written):
    """A function: open a page; what it asked for elsewhere is told when the test ends."""

    def opened(name, theme):
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(LOOKS[theme])
        page.goto((written("site") / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        return page

    yield opened
    assert page.refused == []


@pytest.mark.parametrize("theme", LOOKS)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_no_serious_fault_and_is_no_wider_than_the_screen(open_page, name, theme):
    page = open_page(name, theme)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[theme]["width"]


def test_solutions_are_folded_and_unfold(open_page):
    page = open_page("01_convolution_by_hand", "light")
    solution = page.locator("details.hide", has_text="correlate1d_solution").first
    code = solution.locator(".highlight")
    assert not code.is_visible()
    solution.locator("summary").click()
    assert code.is_visible()


def test_steppers_and_live_figures_work(open_page):
    page = open_page("01_convolution_by_hand", "light")
    stepper = page.locator(".stepper")
    stepper.get_by_role("button", name="next step").click()
    only_frame(stepper, step=2)
    live = page.locator(".live").first
    before = live.locator(".output").inner_text()
    live.get_by_role("checkbox").check()
    live.locator("select").first.select_option("2")
    assert live.locator(".output").inner_text() != before


def test_the_search_finds_a_word_without_a_server(open_page):
    page = open_page("search", "light")
    page.goto(f"{page.url}?q=Sobel")
    page.locator("#search-results a", has_text="02 · Image filtering").first.wait_for()


def test_the_site_is_small(written):
    files = [path for path in written("site").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 30e6
