"""Figures hold the data that they were given, say what they show, and can be read by all."""

import copy
import inspect
import re
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Annotation, Text

from helpers import display, plotting
from helpers.describe import LayerInfo

matplotlib.use("agg")
plt = plotting.plt


@pytest.fixture(autouse=True)
def closed_figures():
    plotting.use_style()
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def luminance(rgb):
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted(luminance(to_rgb(color)) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def difference(mean, reach, verdict):
    return SimpleNamespace(mean=mean, low=mean - reach, high=mean + reach, verdict=verdict)


INFOS = [
    LayerInfo("in", "InputLayer", (28, 28, 1), 0, "", 0, 1),
    LayerInfo("c", "MaxPooling2D", (13, 13, 16), 6416, "", 0, 1),
]
DIFFERENCES = {
    "worse": difference(-0.05, 0.02, "lower"),
    "better": difference(0.04, 0.03, "higher"),
    "same": difference(0.01, 0.02, "cannot tell"),
}
# A call of every figure: the tests below draw each, and break each of its arguments.
CALLS = {
    "image": {"array": [[1, -2], [3, 4]], "title": "four", "values": True, "colorbar": True},
    "correlation_step": {
        "padded": np.arange(16).reshape(4, 4),
        "kernel": np.ones((2, 2), int),
        "output": [[10, 14, 18], [26, 30, 34], [42, 46, 50]],
        "row": 1,
        "column": 0,
    },
    "gallery": {"arrays": [np.eye(2)] * 3, "titles": ["a", "b", "c"], "suptitle": "all"},
    "profile": {"values": [0, 255, 0], "title": "row", "ylabel": "brightness"},
    "clusters": {
        "x": [[0, 0], [1, 0], [9, 9]],
        "centroids": [[0.5, 0], [9, 9]],
        "labels": [0, 0, 1],
        "title": "two",
    },
    "regions": {
        "predict": np.negative,  # the second output is the larger below the diagonal
        "x": [[0, 1], [0, 2], [3, 0]],
        "labels": [0, 0, 1],
        "title": "two",
    },
    "walk": {"path": [[-4, 1], [-2, -1], [0, 0.5]], "steepness": 4, "title": "down"},
    "histograms": {"groups": {"a": [0, 0, 1], "b": [2]}, "title": "t", "xlabel": "v"},
    "paired_bars": {
        "groups": {"a": [1, 2], "b": [3, 4]},
        **{"title": "t", "xlabel": "x", "ylabel": "n"},
    },
    "curves": {
        "series": {"two seeds": [[1, 2, 3], [3, 4, 5]], "one": [5, 6, 7]},
        **{"title": "t", "xlabel": "epoch", "ylabel": "loss"},
    },
    "dots": {
        "groups": {"first": [0.1, 0.3], "second": [0.4, 0.4]},
        **{"title": "t", "xlabel": "accuracy", "reference": ("report", 0.2)},
    },
    "intervals": {"differences": DIFFERENCES, "title": "t", "xlabel": "points", "noise": 0.005},
    "tradeoff": {
        "points": {"small": (10, [1, 3]), "large": (100, [4]), "bad": (200, [0, 1, 2])},
        **{"title": "t", "xlabel": "s", "ylabel": "%", "joined": ["small", "large"]},
    },
    "confusion": {"matrix": [[8, 2], [0, 9]], "class_names": ["cat", "dog"], "title": "pets"},
    "layers": {"infos": INFOS, "title": "network"},
    "bars": {"values": {"a": 1000, "b": 2.5}, "title": "two", "xlabel": "count"},
    "receptive_field": {"chain": [(3, 2), (3, 2)], "title": "field"},
}


def draw(name, **changes):
    """Draw the figure `name` as in `CALLS`, with these arguments changed."""
    return getattr(plotting, name)(**CALLS[name] | changes)


def test_every_figure_is_in_the_table():
    public = inspect.getmembers(plotting, inspect.isfunction)
    figures = {name for name, f in public if f.__module__ == plotting.__name__ and name[0] != "_"}
    assert figures == {*CALLS, "window"}


# --- The look of all ---------------------------------------------------------------------


@pytest.fixture(params=CALLS)
def fig(request):
    draw(request.param)
    plt.gcf().canvas.draw()
    return plt.gcf()


def test_no_text_is_smaller_than_8_points(fig):
    sizes = {text.get_fontsize() for text in fig.findobj(Text) if text.get_text()}
    assert min(sizes) >= 8


def test_titles_and_labels_of_axes_are_never_empty(fig):
    for ax in fig.axes:
        if ax.get_label() != "<colorbar>":
            assert ax.get_title()
            for axis in (ax.xaxis, ax.yaxis):
                ticks = "".join(label.get_text() for label in axis.get_ticklabels())
                numbered = ax.axison and any(map(str.isdigit, ticks))
                assert axis.get_label_text() or not numbered, f"{ax}: {axis}"


def test_texts_outside_cells_stand_out_from_white(fig):
    for text in fig.findobj(Text):
        if text.get_text() and (isinstance(text, Annotation) or text not in text.axes.texts
                                if text.axes else True):  # fmt: skip
            assert contrast(text.get_color(), "white") >= 4.5, text


@pytest.mark.parametrize("name", CALLS)
def test_arguments_are_left_as_they_were(name):
    before = copy.deepcopy(CALLS[name])
    draw(name)
    assert repr(before) == repr(CALLS[name])


HOSTILE = ["_$\\frac{$ {x} %s <b> \x00\ud800", "a\nb\n" * 40, "word " * 99, "x" * 5000]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("text", HOSTILE, ids=["formula", "lines", "words", "long"])
def test_any_text_is_drawn_as_it_stands(name, text):
    """A learner's class name or label is no formula, and does not push the axes out."""
    call = CALLS[name]
    changes = {key: text for key in ("title", "xlabel", "ylabel", "suptitle") if key in call}
    for key, value in call.items():
        if isinstance(value, dict):
            first, *others = value
            changes[key] = {text: value[first], **{name: value[name] for name in others}}
        if key in ("titles", "class_names"):
            changes[key] = [text, *value[1:]]
    if name == "dots":
        changes["reference"] = (text, 0.2)
    if name == "tradeoff":
        changes["joined"] = [text, "large"]
    draw(name, **changes)
    plt.gcf().canvas.draw()
    for drawn in plt.gcf().findobj(Text):
        assert len(drawn.get_text()) <= 4 * 62 and drawn.get_text().count("\n") < 4


def test_a_name_with_an_underscore_is_in_the_legend():
    for name in ("curves", "histograms", "paired_bars"):
        key = next(iter(CALLS[name]))
        assert legend(draw(name, **{key: {"_a": [1, 2], "$b$": [1, 2]}})) == ["_a", r"\$b\$"]
        plt.close()


# --- What is refused ---------------------------------------------------------------------

NUMBER = [None, "one", 1j, np.nan, np.inf, 1e308, True, [1, 2]]
COUNT = [*NUMBER, -1, 1.5, 2**40]
ARRAY = [None, "one", 3, [], [[1], [1, 2]], ["a", "b"], [1j, 2], np.array([None, 1]), [np.inf, 1]]
TEXT = [None, 7, "", "  \n", b"words", ["a"]]
NAMED = [None, {}, [], "a", {1: [1, 2]}, {"": [1, 2]}, {None: [1, 2]}]
FLAG = [None, 1, "yes", [True]]
BAD = {
    **dict.fromkeys(("title", "xlabel", "ylabel", "interval"), TEXT),
    "suptitle": TEXT[1:],
    "array": [*ARRAY, np.zeros((2, 0)), np.zeros((2, 2, 4)), np.full((2, 2, 3), 256), [1, 2],
              np.full((2, 2, 3), -0.1), np.full((2, 2, 3), np.nan), np.full((2, 2), 1e200),
              [[np.nan, np.nan]]],
    "padded": [*ARRAY, np.zeros((33, 32)), np.zeros((2, 2, 3))],
    "output": [*ARRAY, np.zeros((33, 32)), np.zeros((2, 2, 3))],
    "kernel": [*ARRAY, np.zeros((33, 32)), [[np.nan]]],
    **dict.fromkeys(("row", "column"), COUNT),
    "columns": [*COUNT[1:], 0],
    **dict.fromkeys(("values/image", "signed", "colorbar", "ranked", "in_points"), FLAG),
    "limits": [1, (1,), (2, 1), (1, 1), ("a", 1), (np.nan, 1), (0, np.inf), "ab", "all"],
    "arrays": [None, [], "ab", 3, {"a": np.eye(2)}, [np.eye(2), "b", "c"], [np.eye(2)] * 300,
               [[[np.inf]]] * 3],
    "titles": [None, "abc", [], ["a", "b"], ["a", "b", 3], ["a", "", "c"]],
    "size": [*NUMBER, 0, -1, 21],
    "values/profile": [*ARRAY, [np.nan, np.nan]],
    "x/clusters": [*ARRAY, [[1, 2, 3]] * 3, [[np.nan, 1]] * 3],
    "centroids": [*ARRAY, [[1, 2, 3]] * 2, [[np.nan, 1]] * 2],
    "labels": [*ARRAY, [0, 1], [0.0, 0.0, 1.0], [0, 1, 2], [0, 1, -1], [True, False, True]],
    "predict": [None, 3, "f", [len]],
    "x/regions": [*ARRAY, [[1, 2, 3]] * 3, [[np.nan, 1]] * 3],
    "path": [*ARRAY, [[1, 2, 3]], [[np.nan, 1]]],
    "steepness": [*NUMBER, 0, 31],
    "groups": [*NAMED, {"a": 3}, {"a": []}, {"a": [np.nan]}, {"a": [np.inf]}, {"a": "bc"},
               {"a": {"b": 1}}, {"a": [[1], [2, 3]]}],
    "groups/paired_bars": [{"a": [1, 2], "b": [1]}],
    "series": [*NAMED, {"a": 3}, {"a": [np.nan]}, {"a": []}, {"a": [np.inf]}, {"a": [[1], [2, 3]]}],
    "x/curves": [1, "ab", [1, 2], [1, np.nan, 2], {"two seeds": [1, 2, 3]}, {"one": [1]},
                 {"two seeds": [1, 2, 3], "one": [1, 2]}],
    "bins": [None, 0, -1, 1.5, 2000, "many", [1], [1, 1], [2, 1], [0, np.nan], [[0, 1]], True],
    "colors": [1, "red", ["red"], {"a": "no colour"}, {"a": None}, {1: "red"}],
    "most": [*NUMBER[1:], -1],
    "reference": [1, "report", ("report",), ("report", "x"), (1, "report"), ("", 1), ("r", np.nan)],
    "differences": [*NAMED, {"a": 3}, {"a": difference(np.nan, 1, "lower")},
                    {"a": difference(1, -1, "higher")}, {"a": difference(1, 2, None)}],
    "noise": [*NUMBER[1:], -1],
    "points": [*NAMED, {"a": 3}, {"a": (0, [1])}, {"a": (-1, [1])}, {"a": (1, [])}, {"a": (1, 2)}],
    "joined": [None, "small", ["small", "other"], [1], {"small"} | {"other"}],
    "matrix": [*ARRAY, [[1, 2]], [[1, 2], [3, -1]], [[0.5, 0.5], [0, 1]], np.ones((101, 101), int)],
    "class_names": [None, "ab", ["cat"], [1, 2], ["cat", ""], ["a", "b", "c"]],
    "infos": [None, [], "ab", [1], INFOS[0]],
    "values/bars": [*NAMED, {"a": "b"}, {"a": np.nan}, {"a": [1]}, {"a": True}],
    "chain": [None, [], 3, "ab", [3], [(3,)], [(0, 1)], [(3, 1.5)], [(3, 2)] * 9, [(2**31, 1)]],
    "ax": ["ax", 1, np.array([1]), [None]],
}  # fmt: skip
REFUSED = [
    (figure, argument, value)
    for figure in CALLS
    for argument in inspect.signature(getattr(plotting, figure)).parameters
    for key in (argument, f"{argument}/{figure}")
    for value in BAD.get(key, ())
]


def test_every_argument_has_bad_values():
    arguments = {
        (argument, f"{argument}/{figure}")
        for figure in CALLS
        for argument in inspect.signature(getattr(plotting, figure)).parameters
    }
    assert [keys for keys in arguments if not BAD.keys() & {*keys}] == []


@pytest.mark.parametrize("figure", CALLS)
def test_what_cannot_be_drawn_is_refused_by_name(figure):
    """The error names argument, rule and value, and no figure is left open."""
    cases = [(argument, value) for name, argument, value in REFUSED if name == figure]
    for argument, value in cases:
        with pytest.raises((ValueError, TypeError)) as error:
            draw(figure, **{argument: value})
        words = str(error.value)
        case = f"{argument}={value!r}: {words}"
        assert " must be " in words and "; received " in words, case
        assert re.match(rf"(each name in |\w+ of |row, )?{argument}\b", words), case
        assert plt.get_fignums() == [], case


def test_a_figure_that_fails_while_it_is_drawn_is_closed(monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("no ink")

    monkeypatch.setattr(plt.Axes, "imshow", broken)
    for name in ("gallery", "confusion", "correlation_step", "image"):
        with pytest.raises(RuntimeError, match="no ink"):
            draw(name)
    assert plt.get_fignums() == []


def test_an_error_leaves_the_learners_own_figure_open():
    fig, ax = plt.subplots()
    with pytest.raises(ValueError, match="title must be a text that is not blank"):
        draw("image", title=" ", ax=ax)
    assert plt.get_fignums() == [fig.number]


@pytest.mark.parametrize("name", CALLS)
def test_a_figure_is_drawn_on_the_axes_it_is_given(name):
    if "ax" in inspect.signature(getattr(plotting, name)).parameters:
        _, (left, right) = plt.subplots(1, 2)
        assert draw(name, ax=left) is left
        assert left.has_data() and not right.has_data()


# --- Images ------------------------------------------------------------------------------


def test_image_shows_its_array_with_title_and_labels():
    ax = draw("image", signed=True)
    assert np.array_equal(ax.images[0].get_array(), [[1, -2], [3, 4]])
    assert ax.images[0].get_clim() == (-4, 4)
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("four", "column", "row")


def test_values_stand_in_their_own_cells():
    ax = draw("image", array=[[1, 2, 3], [4, 5, 6]])
    assert {text.get_position(): text.get_text() for text in ax.texts} == {
        **{(0, 0): "1", (1, 0): "2", (2, 0): "3"},
        **{(0, 1): "4", (1, 1): "5", (2, 1): "6"},
    }


def test_image_leaves_missing_values_blank():
    assert texts(draw("image", array=[[1.5, np.nan]])) == ["1.5"]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("limits", [None, (0, 255), (-900, 100)])
def test_written_values_can_be_read_on_their_cells(signed, limits):
    array = np.linspace(-300, 300, 144).reshape(12, 12)
    ax = draw("image", array=array, signed=signed, limits=limits)
    for text in ax.texts:
        column, row = text.get_position()
        cell = ax.images[0].to_rgba(array)[row, column, :3]
        assert contrast(text.get_color(), cell) >= 4.5, text


@pytest.mark.parametrize("array", [[[0, 255]], np.array([[100, 200]], np.uint8), [[False, True]]])
def test_dark_cells_have_white_numbers_and_bright_ones_black(array):
    dark, bright = draw("image", array=array).texts
    assert (dark.get_color(), bright.get_color()) == ("white", "black")


def test_an_image_may_be_drawn_over_another():
    ax = draw("image")
    assert len(draw("image", ax=ax).images) == 2


def test_the_same_colours_whether_bytes_or_shares():
    bytes_ = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20
    one, other = (
        draw("image", array=array, values=False, ax=plt.subplots()[1]).images[0].get_array()
        for array in (bytes_, bytes_ / 255)
    )
    assert np.allclose(one, other)


def test_signed_limits_of_bytes_do_not_wrap():
    ax = draw("image", array=np.array([[3, 4]], np.uint8), signed=True)
    assert ax.images[0].get_clim() == (-4, 4)


def test_at_most_1024_numbers_are_written():
    draw("image", array=np.zeros((32, 32)))
    for array in (np.zeros((33, 32)), np.zeros((2, 2, 3))):
        with pytest.raises(ValueError, match=r"array\.shape must be"):
            draw("image", array=array)
    draw("image", array=np.zeros((2, 2, 3)), values=False)


def test_window_outlines_its_cells_in_black_within_white():
    ax = plotting.window(plt.gca(), 1, 2, 3, 4)
    (frame,) = ax.patches
    assert frame.get_bbox().bounds == (1.5, 0.5, 4, 3) and not frame.get_fill()
    (stroke, *_) = frame.get_path_effects()
    assert stroke._gc["linewidth"] >= frame.get_linewidth() + 2
    line, border = frame.get_edgecolor(), stroke._gc["foreground"]
    for cell in [*plt.get_cmap("gray")(range(256)), *plt.get_cmap("PuOr")(range(256))]:
        assert max(contrast(line, cell), contrast(border, cell)) >= 4.5


class Speechless:
    """An object that nobody can write out."""

    def __repr__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "wrong", [{"ax": None}, {"row": -1}, {"height": 0}, {"color": "no"}, {"color": Speechless}]
)
def test_window_refuses_what_is_no_window(wrong):
    (name,) = wrong
    wrong = {name: Speechless() if wrong[name] is Speechless else wrong[name]}
    arguments = {"ax": plt.gca(), "row": 0, "column": 0, "height": 1, "width": 1}
    with pytest.raises((ValueError, TypeError), match=f"{name} must be"):
        plotting.window(**arguments | wrong)


def test_correlation_step_shows_window_products_and_what_is_done():
    axes = draw("correlation_step")
    assert np.array_equal(axes[1].images[0].get_array(), [[1, 1], [1, 1]])
    assert np.array_equal(axes[2].images[0].get_array(), [[4, 5], [8, 9]])
    assert texts(axes[3]) == ["10", "14", "18", "26"]
    assert axes[0].patches[0].get_bbox().bounds == (-0.5, 0.5, 2, 2)
    assert axes[3].patches[0].get_bbox().bounds == (-0.5, 0.5, 1, 1)
    assert axes[3].images[0].get_clim() == (-50, 50), "one scale for all steps"
    assert "output[1, 0] = sum of the products = 26" in axes[0].figure.get_suptitle()


def test_correlation_step_multiplies_bytes_without_wrapping():
    padded, kernel = np.full((2, 2), 200, np.uint8), np.full((2, 2), -2, np.int8)
    axes = plotting.correlation_step(padded, kernel, [[-1600]], 0, 0)
    assert axes[2].images[0].get_array().tolist() == [[-400] * 2] * 2


def test_correlation_step_writes_no_negative_zero():
    assert texts(plotting.correlation_step(np.zeros((1, 1)), -np.eye(1), [[0]], 0, 0)[2]) == ["0"]


def test_correlation_step_refuses_an_output_that_is_not_the_sum_that_it_names():
    wrong = np.array(CALLS["correlation_step"]["output"]) + 1
    with pytest.raises(ValueError, match=r"output\[1, 0\] must be the sum of the products, 26;"):
        draw("correlation_step", output=wrong)


def test_correlation_step_wants_the_whole_kernel_inside():
    for place in ({"row": 3}, {"column": 3}):
        with pytest.raises(ValueError, match="row, column must be a place in output"):
            draw("correlation_step", **place)


def test_gallery_titles_each_image_and_hides_what_is_left_over():
    axes = draw("gallery", columns=2)
    assert [ax.get_title() for ax in axes] == ["a", "b", "c"]
    assert not axes[0].figure.axes[3].axison


def test_gallery_holds_no_empty_columns():
    assert len(draw("gallery", columns=8)[0].figure.axes) == 3


def test_panels_of_a_gallery_can_share_their_scale():
    arrays = [np.array([[0, 1]]), np.array([[-3, 2]]), np.ones((1, 2))]
    for signed, expected in ((False, (-3, 2)), (True, (-3, 3))):
        axes = draw("gallery", arrays=arrays, limits="shared", signed=signed)
        assert {ax.images[0].get_clim() for ax in axes} == {expected}
    axes = draw("gallery", arrays=arrays)
    assert [ax.images[0].get_clim() for ax in axes[:2]] == [(0, 1), (-3, 2)]


def test_profile_draws_its_values_beside_a_line_at_zero():
    ax = draw("profile")
    assert list(ax.lines[0].get_ydata()) == [0, 255, 0]
    assert list(ax.lines[1].get_ydata()) == [0, 0]


# --- One colour for one thing ------------------------------------------------------------


def colours(name, colors):
    """Return the colour of each thing that a figure draws for `a`, `b`, `c`."""
    arguments = {"title": "t", "xlabel": "x", "ylabel": "y", "colors": colors}
    data = {
        "tradeoff": {x: (1, [1]) for x in "abc"},
        "intervals": {x: difference(place, 0.1, "higher") for place, x in enumerate("cba")},
    }.get(name, {x: [1, 2] for x in "abc"})
    draw = getattr(plotting, name)
    plt.figure()
    known = inspect.signature(draw).parameters
    ax = draw(data, **{k: v for k, v in arguments.items() if k in known})
    if name == "paired_bars":
        step = len(ax.patches) // 3
        drawn = [bar.get_facecolor() for bar in ax.patches[::step]]
    elif name == "histograms":
        drawn = [outline.get_edgecolor() for outline in ax.patches]
    else:
        drawn = [line.get_color() for line in ax.lines if line.get_marker() in (*"o^sDv", "D")]
    return [matplotlib.colors.to_hex(color).upper() for color in drawn]


@pytest.mark.parametrize("name", ["curves", "histograms", "paired_bars"])
def test_things_without_a_colour_get_those_that_are_free(name):
    assert colours(name, None) == display.PALETTE[:3]
    given = {"b": display.PALETTE[0], "another": display.PALETTE[1]}
    assert colours(name, given) == [display.PALETTE[2], display.PALETTE[0], display.PALETTE[3]]


@pytest.mark.parametrize("name", ["dots", "tradeoff", "intervals"])
def test_things_without_a_colour_are_blue(name):
    assert colours(name, {"b": "red"}) == [display.BLUE, "#FF0000", display.BLUE]


def test_a_colour_brings_its_marker_and_its_stroke_along():
    lines = draw("curves", series={x: [1, 2] for x in "abcdefgh"}).lines
    assert len({(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines}) == 8
    assert len({line.get_linestyle() for line in lines[:2]}) == 2, "told apart without colour"
    other = draw("curves", series={"b": [1, 2]}, colors={"b": lines[1].get_color()}, ax=None).lines
    assert other[-1].get_marker() == lines[1].get_marker()
    assert other[-1].get_linestyle() == lines[1].get_linestyle()


# --- Results -----------------------------------------------------------------------------


def test_clusters_draws_all_points_and_centroids():
    ax = draw("clusters")
    drawn = [dots.get_offsets().tolist() for dots in ax.collections]
    assert drawn == [[[0, 0], [1, 0]], [[0.5, 0]], [[9, 9]], [[9, 9]]]
    colours = [tuple(dots.get_facecolor()[0][:3]) for dots in ax.collections]
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_clusters_tells_many_apart():
    many = np.arange(28).reshape(14, 2)
    ax = draw("clusters", x=many, centroids=many, labels=np.arange(14))
    looks = {
        (*dots.get_facecolor()[0][:3], dots.get_paths()[0].vertices.tobytes())
        for dots in ax.collections
    }
    assert len(looks) == 14


def test_clusters_may_have_one_without_points():
    ax = draw("clusters", labels=np.array([0, 0, 0], np.uint8))
    assert [len(dots.get_offsets()) for dots in ax.collections] == [3, 1, 0, 1]


def test_regions_are_those_of_the_larger_output():
    ax = draw("regions")
    first, second = ax.collections[0].get_paths()
    assert first.contains_points([[0, 1], [0, 2], [3, 0]]).tolist() == [True, True, False]
    assert second.contains_points([[0, 1], [0, 2], [3, 0]]).tolist() == [False, False, True]
    assert [dots.get_xydata().tolist() for dots in ax.lines] == [[[0, 1], [0, 2]], [[3, 0]]]


def test_regions_have_the_colours_of_their_points():
    ax = draw("regions")
    grounds = [to_rgb(color[:3]) for color in ax.collections[0].get_facecolors()]
    assert grounds == [to_rgb(dots.get_color()) for dots in ax.lines]


def test_walk_is_drawn_on_its_bowl():
    ax = draw("walk")
    bowl = ax.collections[0]
    for level, path in zip(bowl.levels, bowl.get_paths(), strict=True):
        heights = path.vertices[:, 0] ** 2 + 4 * path.vertices[:, 1] ** 2
        np.testing.assert_allclose(heights, level, rtol=0.1, atol=0.05)
    steps, start, bottom = (line.get_xydata().tolist() for line in ax.lines)
    assert (steps, start, bottom) == ([[-4, 1], [-2, -1], [0, 0.5]], [[-4, 1]], [[0, 0]])
    assert legend(ax) == ["2 steps", "start", "the bottom"]


def test_histograms_share_their_bins():
    groups = {"a": [0, 0, 1], "b": [2], "c": [2], "d": [1], "e": [0]}
    ax = draw("histograms", groups=groups, bins=2)
    a, b, *_ = ax.patches
    assert legend(ax) == list("abcde")
    assert a.get_xy()[:, 0].max() == b.get_xy()[:, 0].max() == 2
    assert a.get_xy()[:, 1].max() == 2 and ax.get_ylim()[0] == 0
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("v", "how often")


def test_histograms_say_what_lies_beyond_their_edges():
    ax = draw("histograms", groups={"a": [-1, 0, 1, 2, 3], "b": [0]}, bins=[0, 1, 2])
    assert legend(ax) == ["a (2 beyond the edges)", "b"]


def test_paired_bars_stand_side_by_side_on_zero():
    ax = draw("paired_bars", groups={"a": [1, 2], "b": [3, 4]})
    assert [bar.get_height() for bar in ax.patches] == [1, 2, 3, 4]
    assert [bar.get_y() for bar in ax.patches] == [0] * 4 and ax.get_ylim()[0] == 0
    assert ax.patches[0].get_x() + ax.patches[0].get_width() == pytest.approx(ax.patches[2].get_x())
    assert ax.patches[0].get_hatch() != ax.patches[2].get_hatch(), "told apart without colour"


def test_bars_start_at_the_top_and_carry_their_numbers():
    _, axes = plt.subplots(1, 2, sharey=True)
    for ax in axes:
        draw("bars", ax=ax)
        assert ax.yaxis_inverted()
        assert texts(ax) == ["1,000", "2.5"]
        assert [bar.get_width() for bar in ax.patches] == [1000, 2.5]
        assert {bar.get_x() for bar in ax.patches} == {0} and ax.get_xlim()[0] == 0
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["a", "b"]


def test_bars_below_one_have_ticks_that_differ():
    ax = draw("bars", values={"a": 0.75, "b": 0.5})
    ax.figure.canvas.draw()
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert len(set(labels)) == len(labels)
    assert [float(label) for label in labels] == list(ax.get_xticks())


def test_curves_draw_the_mean_over_seeds_in_a_band():
    series = {"three seeds": [[1, 2, 3], [3, 4, 5], [8, 9, 10]], "one": [5, 6, 7]}
    ax = draw("curves", series=series)
    assert [line.get_ydata().tolist() for line in ax.lines] == [[4, 5, 6], [5, 6, 7]]
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3]
    (band,) = ax.collections
    assert band.get_paths()[0].get_extents().intervaly.tolist() == [1, 10]
    assert legend(ax) == ["three seeds", "one", "band: lowest to highest of 3 seeds"]


def test_a_legend_explains_bands_only_where_there_are_some():
    assert legend(draw("curves", series={"a": [1, 2], "b": [[2, 3]]})) == ["a", "b"]
    several = {"a": np.ones((3, 2)), "b": np.ones((5, 2)), "c": [1, 2]}
    assert legend(draw("curves", series=several))[-1] == "band: lowest to highest of 3 to 5 seeds"


def test_curves_stand_where_they_are_told():
    ax = draw("curves", series={"a": [1, 2]}, x=[0, 8])
    assert list(ax.lines[0].get_xdata()) == [0, 8]


def test_each_curve_may_have_places_of_its_own():
    x = {"a": [1, 2], "b": [3, 6, 9]}
    ax = draw("curves", series={"b": [1, 2, 3], "a": [1, 2]}, x=x)
    assert [list(line.get_xdata()) for line in ax.lines] == [x["b"], x["a"]]


def test_a_curve_has_a_gap_where_there_is_no_value():
    ax = draw("curves", series={"a": [1, np.nan, 3]}, most=3)
    assert np.isnan(ax.lines[0].get_ydata()).tolist() == [False, True, False]


def shares(name, *values):
    return {
        "curves": {"series": {"a": values}},
        "tradeoff": {"points": {"a": (1, values)}, "joined": ()},
    }[name] | {"ax": plt.subplots()[1]}


@pytest.mark.parametrize("name", ["curves", "tradeoff"])
def test_an_accuracy_axis_ends_at_one(name):
    def end(ax):
        ax.figure.canvas.draw()
        return ax.get_ylim()[1]

    assert end(draw(name, **shares(name, 0.2, 0.99))) > 1
    assert end(draw(name, **shares(name, 0.2, 0.99), most=1)) == 1
    assert end(draw(name, **shares(name, 1, 1), most=1)) == 1
    with pytest.raises(ValueError, match=r"most must be at least the largest value, 0\.99"):
        draw(name, **shares(name, 0.2, 0.99), most=0.9)


def test_panels_that_share_an_accuracy_axis_show_all_values():
    _, axes = plt.subplots(1, 3, sharey=True)
    for ax, values in zip(axes, ([1, 1], [0.1, 0.9], [0.5, 1]), strict=True):
        draw("curves", series={"a": values}, most=1, ax=ax)
    axes[0].figure.canvas.draw()
    low, high = axes[0].get_ylim()
    assert low < 0.1 and high == 1


def test_dots_show_every_seed_and_the_mean():
    groups = {"first": [0.1, 0.3], "second": [0.4, 0.4]}
    ax = draw("dots", reference=None)
    assert [list(line.get_xdata()) for line in ax.lines] == [
        *([0.1, 0.3], [pytest.approx(0.2)]),
        *([0.4, 0.4], [pytest.approx(0.4)]),
    ]
    assert [list(line.get_ydata()) for line in ax.lines] == [[0, 0], [0], [1, 1], [1]]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(groups)
    assert ax.yaxis_inverted()


def test_dots_stand_beside_a_named_reference():
    ax = draw("dots", reference=("report", 0.35))
    assert list(ax.lines[-1].get_xdata()) == [0.35, 0.35] and texts(ax) == ["report"]
    assert ax.texts[0].xy[1] > ax.get_ylim()[1], "it has a place above the rows"


def test_intervals_stand_in_order_with_their_ends():
    ax = draw("intervals")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["better", "same", "worse"]
    assert ax.yaxis_inverted(), "the greatest on top"
    zero, *drawn = ax.lines
    assert list(zero.get_xdata()) == [0, 0]
    expected = [[0.01, 0.04, 0.07], [-0.01, 0.01, 0.03], [-0.07, -0.05, -0.03]]
    assert np.allclose([line.get_xdata() for line in drawn], expected)
    assert [list(line.get_ydata()) for line in drawn] == [[0] * 3, [1] * 3, [2] * 3]
    assert {tuple(line.get_markevery()) for line in drawn} == {(1,)}, "a mark at the mean"


def test_intervals_are_ranked_by_the_mean_not_by_an_end():
    wide, narrow = difference(0.02, 0.2, "cannot tell"), difference(0.01, 0.005, "higher")
    ax = draw("intervals", differences={"narrow": narrow, "wide": wide})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["wide", "narrow"]


def test_intervals_keep_their_order_where_they_are_not_ranked():
    ax = draw("intervals", ranked=False)
    assert [label.get_text() for label in ax.get_yticklabels()] == [*DIFFERENCES]
    assert [*DIFFERENCES] != sorted(DIFFERENCES, key=lambda name: -DIFFERENCES[name].mean)
    for line, one in zip(ax.lines[1:], DIFFERENCES.values(), strict=True):
        assert list(line.get_xdata()) == [one.low, one.mean, one.high]


def test_intervals_mark_by_shape_what_cannot_be_told():
    ax = draw("intervals")
    _, better, same, worse = ax.lines
    assert better.get_marker() == worse.get_marker() != same.get_marker()
    assert same.get_markerfacecolor() == "white"
    assert [label.get_color() for label in ax.get_yticklabels()] == [
        *(display.BLACK, display.FAINT, display.BLACK)
    ]
    assert legend(ax) == [
        *("higher or lower", "cannot tell", "95 % interval", "reruns of one seed")
    ]


def test_intervals_show_the_noise_of_reruns_around_zero():
    (band,) = draw("intervals").patches
    assert (band.get_x(), band.get_x() + band.get_width()) == (-0.005, 0.005)
    assert not draw("intervals", noise=None, ax=plt.subplots()[1]).patches


def test_intervals_may_be_called_otherwise_and_count_in_points():
    ax = draw("intervals", interval="one more run", in_points=True)
    assert "one more run" in legend(ax) and "95 % interval" not in legend(ax)
    assert ax.xaxis.get_major_formatter()(0.025, 0) == "2.5"
    assert draw("intervals", ax=plt.subplots()[1]).xaxis.get_major_formatter()(0.025, 0) != "2.5"


def test_tradeoff_shows_cost_mean_spread_and_name():
    ax = draw("tradeoff")
    line, *bars = ax.lines
    assert np.array_equal(line.get_xydata(), [[10, 2], [100, 4]])
    assert [list(bar.get_xdata()) for bar in bars] == [[10] * 3, [100] * 3, [200] * 3]
    assert [list(bar.get_ydata()) for bar in bars] == [[1, 2, 3], [4, 4, 4], [0, 1, 2]]
    assert {tuple(bar.get_markevery()) for bar in bars} == {(1,)}, "a dot at the mean"
    assert texts(ax) == ["small", "large", "bad"] and ax.get_xscale() == "log"
    assert legend(ax) == ["bar: lowest to highest of 2 to 3 seeds"]


def test_the_legend_of_a_tradeoff_covers_no_bar():
    """As lesson 09's did, where the cheapest choice is the worst."""
    points = {
        **{"six, 5K": (17, [43, 48, 49]), "strides, 5K": (23, [49, 52])},
        **{"strides, 40K": (180, [67, 70]), "normalised, 8 epochs": (210, [77])},
        "six, schedule, 60 epochs": (370, [70]),
    }
    ax = draw("tradeoff", points=points, joined=[*points][:4])
    ax.figure.canvas.draw()
    frame = ax.get_legend().get_window_extent().padded(4)
    for cost, values in points.values():
        bar = ax.transData.transform([(cost, y) for y in np.linspace(min(values), max(values))])
        assert not any(frame.contains(*place) for place in bar)


def test_tradeoff_of_single_runs_has_no_line_and_no_legend():
    ax = draw("tradeoff", points={"a": (0.25, [1])}, joined=())
    assert len(ax.lines) == 1 and ax.get_legend() is None
    assert ax.xaxis.get_major_formatter()(0.25) == "0.25"


def test_confusion_writes_all_counts_and_colours_the_errors():
    ax = draw("confusion", matrix=[[8, 2], [0, 9]])
    places = {text.get_position(): text.get_text() for text in ax.texts}
    assert places == {(0, 0): "8", (1, 0): "2", (1, 1): "9"}
    assert ax.images[0].get_array().tolist() == [[0, 2], [0, 0]]
    assert ax.images[0].norm.vmax < 8  # what is right has no say in the colours
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    for axis in (ax.xaxis, ax.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == ["cat", "dog"]


def test_counts_of_errors_can_be_read_on_their_cells():
    matrix = np.arange(100).reshape(10, 10)
    ax = draw("confusion", matrix=matrix, class_names=list("abcdefghij"))
    for text in ax.texts:
        column, row = text.get_position()
        cell = ax.images[0].to_rgba(ax.images[0].get_array())[row, column, :3]
        assert contrast(text.get_color(), cell) >= 4.5, text


def test_layers_draws_a_box_for_each_with_shape_and_parameters():
    ax = draw("layers")
    assert len(ax.patches) == 2
    assert {"28×28×1", "13×13×16", "6,416", "Max\nPooling2D"} <= set(texts(ax))
    for box in ax.patches:
        assert contrast("black", box.get_facecolor()) >= 4.5


@pytest.mark.parametrize(
    ("chain", "cells"), [([(3, 2), (3, 2)], [7, 3, 1]), ([(4, 2), (3, 2), (3, 1)], [16, 7, 3, 1])]
)
def test_receptive_field_draws_the_cells_that_matter(chain, cells):
    ax = draw("receptive_field", chain=chain)
    assert [len(dots.get_offsets()) for dots in ax.collections] == cells
    assert len(ax.lines) == sum(k * n for (k, _), n in zip(chain, cells[1:], strict=True))
    # The cells of the input stand one apart, and every other over the middle of those it sees.
    assert ax.collections[0].get_offsets()[:, 0].ptp() == cells[0] - 1
    joined = [(*line.get_xdata(), line.get_ydata()[1]) for line in ax.lines]
    for level, (kernel_size, _) in enumerate(chain, start=1):
        for cell in ax.collections[level].get_offsets()[:, 0]:
            below = [start for start, end, top in joined if (end, top) == (cell, level)]
            assert len(set(below)) == kernel_size and np.mean(below) == cell
