"""How a notebook gets a figure: as a PNG with words, and never with a figure left open."""

import base64
import re

import matplotlib
import numpy as np
import pytest

from helpers import display, plotting

matplotlib.use("agg")
plt = plotting.plt
ALT = "A square of four pixels"


@pytest.fixture(autouse=True)
def closed_figures():
    plotting.use_style()
    yield
    plt.close("all")


def test_picture_is_a_png_with_its_alternative_text():
    plotting.image(np.eye(2), title="four")
    markup = display.Picture(plt.gcf(), f"  {ALT}\n & \x07more ")._repr_html_()
    assert f'alt="{ALT} &amp; more"' in markup
    data = re.search(r"base64,([^\"]+)", markup)[1]
    assert base64.b64decode(data).startswith(b"\x89PNG")
    assert not plt.get_fignums(), "the figure stays open"


def test_the_same_figure_gives_the_same_bytes():
    pictures = []
    for _ in range(2):
        plotting.image(np.eye(3), title="nine")
        pictures.append(display.Picture(plt.gcf(), ALT).src)
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("alt", ["", "but three words", None, 7, b"four words are here"])
def test_a_figure_without_words_is_refused_and_closed(alt):
    error = ValueError if isinstance(alt, str) else TypeError
    with pytest.raises(error, match="alt must be a text of at least four words"):
        display.Picture(plt.figure(), alt)
    assert not plt.get_fignums()


@pytest.mark.parametrize("fig", [None, "figure", 1])
def test_a_picture_is_of_a_figure(fig):
    with pytest.raises(TypeError, match="fig must be a matplotlib figure; received fig="):
        display.Picture(fig, ALT)


@pytest.fixture
def shown(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    return shown


def test_show_displays_the_current_figure(shown):
    plotting.image(np.eye(2), title="four")
    plotting.show(ALT)
    assert [repr(picture) for picture in shown] == [f"[figure: {ALT}]"]
    assert not plt.get_fignums()


def test_show_displays_the_figure_that_it_is_given(shown):
    first, second = plt.figure(), plt.figure()
    plotting.show(ALT, first)
    assert len(shown) == 1 and plt.get_fignums() == [second.number]


def test_show_wants_a_figure():
    with pytest.raises(ValueError, match="fig must be a figure, or one must have been drawn"):
        plotting.show(ALT)


def test_the_style_is_that_of_the_course_whatever_was_set_before():
    plt.rcParams.update({"font.size": 4, "axes.facecolor": "black"})
    plotting.use_style()
    assert plt.rcParams["font.size"] == 12 and plt.rcParams["axes.facecolor"] == "white"
    assert plt.rcParams["axes.prop_cycle"].by_key()["color"] == display.PALETTE


# Machado, Oliveira and Fernandes, 2009: full protanopia and deuteranopia, linear RGB.
PROTAN = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]
DEUTAN = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]


@pytest.mark.parametrize("seen", [np.eye(3), PROTAN, DEUTAN], ids=["all", "no red", "no green"])
def test_colours_are_told_apart_by_all_eyes(seen):
    colours = [matplotlib.colors.to_rgb(color) for color in display.PALETTE]
    looks = np.clip(np.array(colours) ** 2.2 @ np.transpose(seen), 0, 1) ** (1 / 2.2)
    distance = np.linalg.norm(looks[:, None] - looks[None], axis=2)
    assert distance[~np.eye(len(looks), dtype=bool)].min() > 0.12
