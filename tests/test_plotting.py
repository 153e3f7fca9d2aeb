"""Figures hold the data that they were given; the look itself was checked by eye."""

import base64
import re

import matplotlib
import numpy as np
import pytest

from helpers import plotting
from helpers.describe import describe
from helpers.models import build

matplotlib.use("agg")
plt = plotting.plt
ALT = "A square of four pixels"


@pytest.fixture(autouse=True)
def closed_figures():
    plotting.use_style()
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_image_shows_its_array_with_title_and_labels():
    array = np.array([[1, -2], [3, 4]])
    ax = plotting.image(array, title="four", values=True, signed=True)
    assert np.array_equal(ax.images[0].get_array(), array)
    assert ax.images[0].get_clim() == (-4, 4)
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("four", "column", "row")
    assert texts(ax) == ["1", "-2", "3", "4"]


def test_image_draws_on_the_axes_it_is_given():
    _, (left, right) = plt.subplots(1, 2)
    assert plotting.image([[1]], title="one", ax=left) is left
    assert not right.images


def test_image_leaves_missing_values_blank():
    ax = plotting.image(np.array([[1.5, np.nan]]), title="half", values=True)
    assert texts(ax) == ["1.5"]


def test_written_values_stand_out_from_their_cells():
    for pair in ([[0, 255]], np.array([[100, 200]], np.uint8)):
        plotting.plt.figure()
        dark, bright = plotting.image(pair, title="two", values=True).texts
        assert (dark.get_color(), bright.get_color()) == ("white", "black")


def test_an_image_may_be_drawn_over_another():
    ax = plotting.image(np.eye(3), title="first", values=True)
    assert len(plotting.image(np.eye(3), title="second", ax=ax).images) == 2


def test_correlation_step_shows_window_products_and_what_is_done():
    padded, kernel = np.arange(16).reshape(4, 4), np.ones((2, 2), int)
    output = np.arange(9).reshape(3, 3) * 10
    axes = plotting.correlation_step(padded, kernel, output, 1, 0)
    assert np.array_equal(axes[2].images[0].get_array(), [[4, 5], [8, 9]])
    assert texts(axes[3]) == ["0", "10", "20", "30"]
    assert axes[0].patches[0].get_xy() == (-0.5, 0.5)


def test_correlation_step_moves_the_window_by_the_stride():
    axes = plotting.correlation_step(np.eye(5), np.eye(2), np.eye(2), 1, 1, stride=3)
    assert axes[0].patches[0].get_xy() == (2.5, 2.5)


def test_gallery_titles_each_image_and_hides_what_is_left_over():
    axes = plotting.gallery([np.eye(2)] * 3, ["a", "b", "c"], columns=2)
    assert [ax.get_title() for ax in axes] == ["a", "b", "c"]
    assert not axes[0].figure.axes[3].axison


def test_gallery_wants_a_title_for_each_image():
    with pytest.raises(ValueError, match=r"titles must be as many as arrays \(2\); received 1"):
        plotting.gallery([np.eye(2)] * 2, ["one"])


def test_gallery_wants_an_image():
    with pytest.raises(ValueError, match="arrays must hold at least one image"):
        plotting.gallery([], [])


def test_signed_limits_of_bytes_do_not_wrap():
    ax = plotting.image(np.array([[3, 4]], np.uint8), title="bytes", signed=True)
    assert ax.images[0].get_clim() == (-4, 4)


def test_profile_draws_its_values():
    ax = plotting.profile([0, 255, 0], title="row", ylabel="brightness")
    assert list(ax.lines[0].get_ydata()) == [0, 255, 0]


def test_layers_draws_a_box_for_each_row():
    infos = describe(build("B5"))
    ax = plotting.layers(infos, title="network")
    assert len(ax.patches) == len(infos)
    assert {"28×28×16", "6,416"} <= set(texts(ax))


def test_bars_start_at_the_top_and_carry_their_numbers():
    _, axes = plt.subplots(1, 2, sharey=True)
    for ax in axes:
        plotting.bars({"a": 1000, "b": 2}, title="two", xlabel="count", ax=ax)
        assert ax.yaxis_inverted()

        assert texts(ax) == ["1,000", "2"]


def test_clusters_draws_points_and_centroids():
    x = np.array([[0, 0], [1, 0], [9, 9]])
    ax = plotting.clusters(x, [[0.5, 0], [9, 9]], np.array([0, 0, 1]), title="two")
    drawn = [len(dots.get_offsets()) for dots in ax.collections]
    assert drawn == [2, 1, 1, 1]


def test_histograms_share_their_bins():
    ax = plotting.histograms(
        {"a": [0, 0, 1], "b": [2], "c": [2], "d": [1], "e": [0]}, title="t", xlabel="v", bins=2
    )
    a, b, *_ = ax.patches
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list("abcde")
    assert a.get_xy()[:, 0].max() == b.get_xy()[:, 0].max() == 2


def test_paired_bars_stand_side_by_side():
    ax = plotting.paired_bars({"a": [1, 2], "b": [3, 4]}, title="t", xlabel="x", ylabel="n")
    assert [bar.get_height() for bar in ax.patches] == [1, 2, 3, 4]
    assert ax.patches[0].get_x() + ax.patches[0].get_width() == pytest.approx(ax.patches[2].get_x())


@pytest.mark.parametrize(
    ("chain", "cells"), [([(3, 2), (3, 2)], [7, 3, 1]), ([(4, 2), (3, 2), (3, 1)], [16, 7, 3, 1])]
)
def test_receptive_field_draws_the_cells_that_matter(chain, cells):
    ax = plotting.receptive_field(chain, title="field")
    assert [len(dots.get_offsets()) for dots in ax.collections] == cells
    assert len(ax.lines) == sum(k * n for (k, _), n in zip(chain, cells[1:], strict=True))
    # The cells of the input stand one apart.
    assert ax.collections[0].get_offsets()[:, 0].ptp() == cells[0] - 1


def test_picture_is_a_png_with_its_alternative_text():
    plotting.image(np.eye(2), title="four")
    markup = plotting.Picture(plt.gcf(), f"  {ALT}\n & more ")._repr_html_()
    assert f'alt="{ALT} &amp; more"' in markup
    data = re.search(r"base64,([^\"]+)", markup)[1]
    assert base64.b64decode(data).startswith(b"\x89PNG")
    assert not plt.get_fignums(), "the figure stays open"


def test_the_same_figure_gives_the_same_bytes():
    pictures = []
    for _ in range(2):
        plotting.image(np.eye(3), title="nine")
        pictures.append(plotting.Picture(plt.gcf(), ALT).src)
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("alt", ["", "too short", None, 7])
def test_a_figure_without_words_is_refused(alt):
    with pytest.raises(ValueError, match="alt must say in words"):
        plotting.Picture(plt.figure(), alt)


def test_show_displays_the_current_figure(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    plotting.image(np.eye(2), title="four")
    plotting.show(ALT)
    assert [repr(picture) for picture in shown] == [f"[figure: {ALT}]"]


def test_show_wants_a_figure():
    with pytest.raises(ValueError, match="fig must be a figure"):
        plotting.show(ALT)


def test_colours_are_told_apart_by_all_eyes():
    """The lines' colours differ in brightness or hue for each of the common deficiencies."""
    colours = [
        matplotlib.colors.to_rgb(c) for c in plt.rcParams["axes.prop_cycle"].by_key()["color"]
    ]
    # Machado, Oliveira and Fernandes, 2009: full protanopia and deuteranopia, linear RGB.
    protan = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]
    deutan = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
    for seen in (np.eye(3), protan, deutan):
        looks = np.clip(np.array(colours) ** 2.2 @ np.transpose(seen), 0, 1) ** (1 / 2.2)
        distance = np.linalg.norm(looks[:, None] - looks[None], axis=2)
        assert distance[~np.eye(len(looks), dtype=bool)].min() > 0.12


def test_curves_draw_the_mean_over_seeds_in_a_band():
    series = {"two seeds": [[1, 2, 3], [3, 4, 5]], "one": [5, 6, 7]}
    ax = plotting.curves(series, title="t", xlabel="epoch", ylabel="loss")
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2, 3, 4], [5, 6, 7]]
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3]
    low, high = ax.collections[0].get_paths()[0].get_extents().intervaly
    assert (low, high) == (1, 5)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(series)
    assert len({line.get_linestyle() for line in ax.lines}) == 2, "told apart without colour"


def test_curves_stand_where_they_are_told():
    ax = plotting.curves({"a": [1, 2]}, title="t", xlabel="shift", ylabel="accuracy", x=[0, 8])
    assert list(ax.lines[0].get_xdata()) == [0, 8]


def test_each_curve_may_have_places_of_its_own():
    x = {"a": [1, 2], "b": [3, 6, 9]}
    ax = plotting.curves({"b": [1, 2, 3], "a": [1, 2]}, title="t", xlabel="s", ylabel="a", x=x)
    assert [list(line.get_xdata()) for line in ax.lines] == [x["b"], x["a"]]


def test_dots_show_every_seed_and_the_mean():
    groups = {"first": [0.1, 0.3], "second": [0.4, 0.4]}
    ax = plotting.dots(groups, title="t", xlabel="accuracy")
    assert [list(line.get_xdata()) for line in ax.lines] == [
        *([0.1, 0.3], [pytest.approx(0.2)]),
        *([0.4, 0.4], [pytest.approx(0.4)]),
    ]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(groups)
    assert ax.yaxis_inverted()


def test_dots_stand_beside_a_named_reference():
    ax = plotting.dots({"a": [1, 2]}, title="t", xlabel="x", reference=("report", 1.5))
    assert list(ax.lines[-1].get_xdata()) == [1.5, 1.5] and texts(ax) == ["report"]


def test_tradeoff_shows_cost_mean_spread_and_name():
    points = {"small": (10, [1, 3]), "large": (100, [4]), "bad": (200, [0, 1, 2])}
    ax = plotting.tradeoff(points, title="t", xlabel="s", ylabel="%", joined=["small", "large"])
    line, *dots = ax.lines
    assert np.array_equal(line.get_xydata(), [[10, 2], [100, 4]])
    assert [dot.get_xydata().tolist() for dot in dots] == [[[10, 2]], [[100, 4]], [[200, 1]]]
    bars = [bar.get_segments()[0].tolist() for bar in ax.collections]
    assert bars == [[[10, 1], [10, 3]], [[100, 4], [100, 4]], [[200, 0], [200, 2]]]
    assert texts(ax) == list(points) and ax.get_xscale() == "log"


def test_tradeoff_without_a_line():
    ax = plotting.tradeoff({"a": (1, [1])}, title="t", xlabel="x", ylabel="y")
    assert len(ax.lines) == 1


def test_confusion_writes_all_counts_and_colours_the_errors():
    ax = plotting.confusion([[8, 2], [0, 9]], ["cat", "dog"], title="pets")
    assert texts(ax) == ["8", "2", "9"]
    assert ax.images[0].get_array().tolist() == [[0, 2], [0, 0]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
