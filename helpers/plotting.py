"""Every static figure.

A function here takes results, draws them, and returns the Axes (or an array of them).
`_figure_rules` says what each argument may be. In every figure

- `ax` are the Axes to draw on: the current ones, or new ones, where none are given;
- NaN stands where there is no value (yet): a cell stays blank, a curve has a gap;
- `colors` maps names to colours, so that one thing keeps its colour from figure to figure;
- `most` is what no value exceeds, such as 1 for an accuracy: the axis ends there.
"""

import re
import textwrap
from collections.abc import Callable
from itertools import cycle
from math import prod

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Patch, Rectangle

from helpers import _figure_rules as rules
from helpers import describe, shapes
from helpers._figure_rules import figure, lines, same_length
from helpers._validate import broken
from helpers.display import BLACK, BLUE, FAINT, ORANGE, PALETTE, RED
from helpers.display import show as show
from helpers.display import use_style as use_style

SIGNED = "PuOr"  # negative orange, positive purple, zero white: readable without red and green
MARKERS, STROKES = "os^Dv<>", ("-", "--", "-.", ":")
_NUMBERS = rules.array(("n",))
_WITH_GAPS = rules.array(("n",), missing=True)
_TABLE = rules.array(("h", "w"), missing=True, most=rules.WRITTEN)


@figure(array=rules.picture, values=rules.flag)
def image(array, *, title, ax=None, values=False, signed=False, limits=None, colorbar=False):
    """Draw an array, (h, w), or a picture in colour, (h, w, 3), pixel by pixel.

    Colours are integers from 0 to 255, or floats from 0 to 1. `values` writes every number into
    its cell; `signed` colours negative and positive apart, with zero white. `limits` are the
    values at the two ends of the colours, the array's own where not given.
    """
    if values:
        _TABLE("array", array)
    ax = ax or plt.gca()
    low, high = limits or _limits([array], signed)
    drawn = ax.imshow(array, cmap=SIGNED if signed else "gray", vmin=low, vmax=high)
    ax.set(title=title, xlabel="column", ylabel="row")
    ax.spines[:].set_visible(False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(plt.MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    if values:
        _write_values(ax, array, drawn.to_rgba(array))
    if colorbar:
        ax.figure.colorbar(drawn, ax=ax, shrink=0.8)
    return ax


def _limits(arrays, signed):
    values = np.concatenate([array[np.isfinite(array)] for array in arrays])
    if signed:
        reach = np.abs(values).max(initial=0) or 1
        return -reach, reach
    return values.min(), values.max()


def _write_values(ax, array, colours):
    height, width = array.shape
    style = {"ha": "center", "va": "center", "fontsize": 11 if max(height, width) <= 8 else 8}
    for (row, column), value in np.ndenumerate(array):
        if not np.isnan(value):
            ax.text(column, row, f"{value:g}", color=_ink(colours[row, column, :3]), **style)
    grid = {"color": "0.5", "linewidth": 0.6}
    ax.hlines(np.arange(height + 1) - 0.5, -0.5, width - 0.5, **grid)
    ax.vlines(np.arange(width + 1) - 0.5, -0.5, height - 0.5, **grid)
    if max(height, width) <= 12:
        ax.set(xticks=range(width), yticks=range(height))


def _ink(rgb):
    """Return black or white: what has more contrast on a colour, by WCAG 2.2's luminance."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "white" if linear @ (0.2126, 0.7152, 0.0722) < 0.179 else "black"


@figure()
def window(ax, row, column, height, width, *, color=BLACK):
    """Outline the cells that a kernel covers; `row` and `column` are its upper left cell."""
    frame = Rectangle((column - 0.5, row - 0.5), width, height, fill=False, ec=color, lw=3)
    # The white border keeps it visible on dark pixels.
    frame.set_path_effects([patheffects.withStroke(linewidth=7, foreground="white")])
    frame.set_clip_on(False)
    ax.add_patch(frame)
    return ax


@figure(padded=_TABLE, kernel=rules.array(("kh", "kw"), most=rules.WRITTEN), output=_TABLE)
def correlation_step(padded, kernel, output, row, column):
    """Draw the step of a 2-D correlation that makes the output value at `row` and `column`.

    `padded`, (h, w), is the input with its zeros around it; of the whole `output`, (oh, ow),
    what comes after this step is left blank.
    """
    (kh, kw), (oh, ow) = kernel.shape, output.shape
    patch = padded[row : row + kh, column : column + kw]
    if patch.shape != kernel.shape or row >= oh or column >= ow:
        rule = "a place in output, with all of the kernel inside padded"
        raise broken("row, column", rule, (row, column))
    products = patch * kernel + 0  # no -0
    if not np.isclose(products.sum(), output[row, column], equal_nan=True):
        rule = f"the sum of the products, {products.sum():g}"
        raise broken(f"output[{row}, {column}]", rule, output[row, column].item())
    done = np.where(np.arange(oh * ow).reshape(oh, ow) <= row * ow + column, output, np.nan)
    ratios = [padded.shape[1], kw + 0.6, kw + 0.6, ow]
    fig, axes = plt.subplots(1, 4, figsize=(12, 2.9), layout="compressed", width_ratios=ratios)
    image(padded, title="padded input", ax=axes[0], values=True)
    window(axes[0], row, column, kh, kw)
    signed = {"values": True, "signed": True}
    image(kernel, title="kernel", ax=axes[1], **signed)
    image(products, title="products", ax=axes[2], **signed)
    image(done, title="output", ax=axes[3], limits=_limits([output], True), **signed)
    window(axes[3], row, column, 1, 1)
    fig.suptitle(f"output[{row}, {column}] = sum of the products = {output[row, column]:g}")
    return axes


def _shared_or_limits(name, value):
    return value if isinstance(value, str) and value == "shared" else rules.limits(name, value)


@figure(
    arrays=rules.sequence(rules.picture),
    titles=rules.sequence(rules.text),
    limits=_shared_or_limits,
    size=rules.real("[0.1, 20]"),
)
def gallery(arrays, titles, *, columns=None, signed=False, limits=None, size=2.4, suptitle=None):
    """Draw several images side by side, each with its title, and return one Axes for each.

    `columns` are the images in a row, all of them where not given, and `size` the inches that
    each gets. `limits` are those of `image`, or "shared": from the least of all values to the
    greatest.
    """
    same_length("titles", titles, "arrays", len(arrays))
    if limits == "shared":
        limits = _limits(arrays, signed)
    columns = min(columns or len(arrays), len(arrays))
    rows = -(-len(arrays) // columns)
    height = size * max(min(len(array) / array.shape[1], 4) for array in arrays)
    figsize = (size * columns, (height + 0.35) * rows + 0.35 * bool(suptitle))
    fig, axes = plt.subplots(rows, columns, figsize=figsize, squeeze=False, layout="compressed")
    for ax in axes.flat[len(arrays) :]:
        ax.set_axis_off()
    for ax, array, title in zip(axes.flat, arrays, titles, strict=False):
        image(array, title=title, ax=ax, signed=signed, limits=limits)
        ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    fig.suptitle(suptitle)
    return axes.flat[: len(arrays)]


@figure(values=_WITH_GAPS)
def profile(values, *, title, ylabel, ax=None):
    """Draw the numbers along one row, (n,), as steps, one a pixel."""
    ax = ax or plt.gca()
    ax.step(range(len(values)), values, where="mid", lw=2.2)
    ax.axhline(0, color="0.6", lw=0.8, zorder=0)
    ax.set(title=title, xlabel="column", ylabel=ylabel)
    ax.xaxis.get_major_locator().set_params(integer=True)
    return ax


def _looks(names, colors=None):
    """Return {name: (colour, marker, stroke)}: what `colors` lacks gets a colour that is free."""
    colors = colors or {}
    free = cycle([color for color in PALETTE if color not in colors.values()] or PALETTE)
    looks, used = {}, []
    for name in names:
        color = colors.get(name) or next(free)
        # A colour brings its marker and its stroke along; used again, it gets others.
        place = used.count(color) + (PALETTE if color in PALETTE else [*used, color]).index(color)
        looks[name] = color, MARKERS[place % len(MARKERS)], STROKES[place % len(STROKES)]
        used.append(color)
    return looks


def _legend(ax, names, handles, explained=()):
    """Name what is drawn, and explain some of it by pairs of a handle and its words."""
    handles = [*handles, *(handle for handle, _ in explained)]
    ax.legend(handles, [*map(lines, names), *(words for _, words in explained)])


def _range(what, groups):
    """Return the words of a band or bar that stands for several seeds, in a list; else none."""
    sizes = sorted({len(values) for values in groups if len(values) > 1})
    seeds = " to ".join(map(str, dict.fromkeys([sizes[0], sizes[-1]]))) if sizes else ""
    return [f"{what}: lowest to highest of {seeds} seeds"] if sizes else []


def _end_at(most, line, values):
    """Let the axis of a line's values end at `most`."""
    if most is not None:
        if np.nanmax(values, initial=-np.inf) > most:
            raise broken("most", f"at least the largest value, {np.nanmax(values):g}", most)
        line.sticky_edges.y.append(most)
        if line.axes.get_ylim()[1] > most:  # where all values are `most`
            line.axes.set_ylim(None, most, auto=None)


@figure(
    x=rules.array(("n", 2)), centroids=rules.array(("k", 2)), labels=rules.array(("n",), whole=True)
)
def clusters(x, centroids, labels, *, title, ax=None):
    """Draw points, (n, 2), in the colour and shape of their cluster, and centroids, (k, 2)."""
    same_length("labels", labels, "x", len(x))
    known = range(len(centroids))
    if unknown := sorted(set(labels.tolist()) - set(known)):
        raise broken("labels", f"from 0 to {len(centroids) - 1}, one of the centroids", unknown[0])
    ax = ax or plt.gca()
    for cluster, (color, marker, _) in _looks(known).items():
        style = {"color": color, "marker": marker}
        ax.scatter(*x[labels == cluster].T, s=16, alpha=0.6, **style)
        centre = {"s": 190, "edgecolors": "black", "linewidths": 2, "zorder": 3}
        ax.scatter(*centroids[cluster], **centre, **style)
    ax.set(title=title, xlabel="$x_0$", ylabel="$x_1$", aspect="equal")
    return ax


@figure(
    predict=rules.instance(Callable),
    x=rules.array(("n", 2)),
    labels=rules.array(("n",), whole=True),
)
def regions(predict, x, labels, *, title, ax=None):
    """Draw which of two kinds each place in the plane is answered with, and points, (n, 2).

    `predict` makes two outputs, (n, 2), of places, (n, 2), and the larger is its answer; `labels`,
    each 0 or 1, say which kind the points are.
    """
    same_length("labels", labels, "x", len(x))
    if unknown := sorted(set(labels.tolist()) - {0, 1}):
        raise broken("labels", "0 or 1", unknown[0])
    ax = ax or plt.gca()
    margin = np.maximum(np.ptp(x, axis=0), 1) / 10
    sides = np.linspace(x.min(axis=0) - margin, x.max(axis=0) + margin, 60).T
    x0, x1 = np.meshgrid(*sides)
    outputs = predict(np.stack([x0.ravel(), x1.ravel()], axis=1))
    lead = (outputs[:, 1] - outputs[:, 0]).reshape(x0.shape)
    looks = _looks(range(2))
    levels = [min(lead.min(), -1), 0, max(lead.max(), 1)]
    ax.contourf(x0, x1, lead, levels, colors=[color for color, *_ in looks.values()], alpha=0.25)
    for kind, (color, marker, _) in looks.items():
        chosen = x[labels == kind]
        ax.plot(*chosen.T, marker, color=color, ms=4, label=f"kind {kind}")
    ax.set(title=title, xlabel="$x_0$", ylabel="$x_1$")
    ax.legend(loc="upper right")
    return ax


@figure(path=rules.array(("n", 2)), steepness=rules.real("[1, 30]"))
def walk(path, steepness, *, title, ax=None):
    """Draw a walk, (n, 2), in the bowl w0² + steepness · w1², from above."""
    if ax is None:
        _, ax = plt.subplots(figsize=(7.5, 4))
    w0, w1 = np.meshgrid(np.linspace(-5, 3, 90), np.linspace(-2, 2, 60))
    ax.contour(w0, w1, w0**2 + steepness * w1**2, np.linspace(0.3, 7, 12) ** 2, colors="0.75")
    ax.plot(*path.T, "o-", color=RED, ms=4, label=f"{len(path) - 1} steps")
    ax.plot(*path[0], "s", color=BLACK, ms=8, label="start")
    ax.plot(0, 0, "*", color=BLACK, ms=14, label="the bottom")
    ax.set(title=title, xlabel="$w_0$", ylabel="$w_1$", xlim=(-5, 3), ylim=(-2, 2))
    ax.legend(loc="lower left", ncols=3)
    return ax


def _edges(name, value):
    if rules.depth(value) == 0:
        return rules.count(1, 1000)(name, value)
    edges = rules.array(("edges",))(name, value)
    if len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise broken(name, "an integer, or at least two edges that increase", value)
    return edges


@figure(groups=rules.named(_NUMBERS), bins=_edges)
def histograms(groups, *, title, xlabel, bins=30, colors=None, ax=None):
    """Draw how often values occur, one outline for each of the groups, {name: (n,)}.

    `bins` is how many, or a sequence of edges; the legend counts what lies beyond them.
    """
    ax = ax or plt.gca()
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), bins)
    names, drawn = [], []
    for name, (color, _, stroke) in _looks(groups, colors).items():
        values = groups[name]
        drawn += ax.hist(values, edges, histtype="step", lw=2.4, ls=stroke, color=color)[2]
        beyond = np.sum((values < edges[0]) | (values > edges[-1]))
        names.append(f"{name} ({beyond:,} beyond the edges)" if beyond else name)
    ax.set(title=title, xlabel=xlabel, ylabel="how often")
    _legend(ax, names, drawn)
    return ax


@figure(groups=rules.named(_NUMBERS))
def paired_bars(groups, *, title, xlabel, ylabel, colors=None, ax=None):
    """Draw the bars of all groups, {name: (n,)}, side by side, one place for each position."""
    length = len(next(iter(groups.values())))
    for name, values in groups.items():
        same_length(f"groups[{name!r}]", values, "the first group", length)
    ax = ax or plt.gca()
    width, hatches = 0.8 / len(groups), cycle(("", "//", "..", "xx"))
    drawn = []
    for index, (name, (color, *_)) in enumerate(_looks(groups, colors).items()):
        places = np.arange(length) + (index - (len(groups) - 1) / 2) * width
        style = {"color": color, "hatch": next(hatches), "edgecolor": "white"}
        drawn.append(ax.bar(places, groups[name], width, **style))
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xticks=range(length))
    ax.margins(y=0.3)  # room for the legend
    _legend(ax, groups, drawn)
    return ax


def _places(name, value):
    return (rules.named(_NUMBERS) if isinstance(value, rules.Mapping) else _NUMBERS)(name, value)


@figure(series=rules.named(rules.array(("n",), ("seeds", "n"), missing=True)), x=_places)
def curves(series, *, title, xlabel, ylabel, x=None, colors=None, most=None, ax=None):
    """Draw a line for each series: the mean over seeds, in a band from the least to the greatest.

    `series` is {name: (n,) or (seeds, n)}; `x`, (n,) or {name: (n,)}, says where the points
    stand, which is 1, 2, ... where not given, as epochs are counted.
    """
    ax = ax or plt.gca()
    series = {name: np.atleast_2d(values) for name, values in series.items()}
    drawn = []
    for name, (color, marker, stroke) in _looks(series, colors).items():
        values = series[name]
        if isinstance(x, dict) and name not in x:
            raise broken("x", f"a dict that has {name!r}, as series has", list(x))
        places = x[name] if isinstance(x, dict) else x
        places = np.arange(1, values.shape[1] + 1) if x is None else places
        same_length("x", places, f"series[{name!r}]", values.shape[1])
        style = {"marker": marker, "markevery": max(1, len(places) // 8), "ls": stroke, "lw": 2}
        drawn += ax.plot(places, values.mean(axis=0), color=color, **style)
        if len(values) > 1:
            band = {"color": color, "alpha": 0.2, "lw": 0}
            ax.fill_between(places, values.min(axis=0), values.max(axis=0), **band)
        _end_at(most, drawn[-1], values)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    if x is None:
        ax.xaxis.get_major_locator().set_params(integer=True)
    _legend(ax, series, drawn, [(Patch(color="0.8"), w) for w in _range("band", series.values())])
    return ax


def _rows(ax, names, above=0):
    """Return Axes with a named row for each name, the first on top."""
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.55 * len(names) + 1.5))
    ax.set_yticks(range(len(names)), [*map(lines, names)])
    ax.set_ylim(len(names) - 0.5, -0.5 - above)
    ax.xaxis.set_major_locator(plt.MaxNLocator(5))
    return ax


@figure(groups=rules.named(_NUMBERS), reference=rules.each(name=rules.text, value=rules.real()))
def dots(groups, *, title, xlabel, reference=None, colors=None, ax=None):
    """Draw a row for each of the groups, {name: (seeds,)}: a dot a seed, and their mean as a line.

    `reference`, a pair of a name and a number, is a value to compare with: a dotted line.
    """
    ax = _rows(ax, groups, above=bool(reference))
    for row, (name, values) in enumerate(groups.items()):
        color = (colors or {}).get(name, BLUE)
        ax.plot(values, [row] * len(values), "o", color=color, alpha=0.7, ms=8)
        ax.plot(np.mean(values), row, "|", color=BLACK, ms=24, mew=2.5)
    ax.set(title=title, xlabel=xlabel)
    ax.grid(axis="y", color="0.9")
    if reference:
        name, value = reference
        ax.axvline(value, color=RED, ls=":", lw=2)
        ax.annotate(name, (value, -1), (-6, 0), textcoords="offset points", ha="right")
    return ax


def _difference(name, value):
    try:
        low, mean, high = (rules.real()(name, x) for x in (value.low, value.mean, value.high))
        if low <= mean <= high and rules.word(name, value.verdict):
            return value
    except (AttributeError, ValueError, TypeError):
        pass  # one of its parts is missing or wrong
    raise broken(name, "a Difference: low <= mean <= high, and a verdict", value, TypeError)


@figure(
    differences=rules.named(_difference),
    noise=rules.real(f"[0, {rules.LARGE}]"),
    ranked=rules.flag,
    interval=rules.text,
    in_points=rules.flag,
)
def intervals(
    differences,
    *,
    title,
    xlabel,
    noise=None,
    ranked=True,
    interval="95 % interval",
    in_points=False,
    colors=None,
    ax=None,
):
    """Draw differences with their 95 % intervals, the greatest on top, beside a line at zero.

    `differences` is {name: Difference of `helpers.study`}; one whose verdict is "cannot tell" is
    grey, with a hollow mark. `noise`, what reruns of one seed do to a difference, is a band.
    Where they are not to be `ranked`, they keep their order. The legend calls a line `interval`;
    `in_points`, the axis counts shares in percentage points.
    """
    order = differences
    if ranked:
        order = sorted(differences, key=lambda name: differences[name].mean, reverse=True)
    ax = _rows(ax, order)
    ax.axvline(0, color=BLACK, lw=1)
    explained = {}
    for row, name in enumerate(order):
        it = differences[name]
        unsure = it.verdict == "cannot tell"
        color = FAINT if unsure else (colors or {}).get(name, BLUE)
        mark = {"marker": "o" if unsure else "D", "mfc": "white" if unsure else color, "ms": 9}
        line = {"color": color, "lw": 2, "markevery": [1]}
        (drawn,) = ax.plot([it.low, it.mean, it.high], [row] * 3, **line, **mark)
        explained["cannot tell" if unsure else "higher or lower"] = drawn
        ax.get_yticklabels()[row].set_color(FAINT if unsure else BLACK)
    explained[interval] = Line2D([], [], color=FAINT, lw=2)
    if noise is not None:
        explained["reruns of one seed"] = ax.axvspan(-noise, noise, color="0.9", zorder=0)
    ax.set(title=title, xlabel=xlabel)
    if in_points:
        ax.xaxis.set_major_formatter(lambda share, place: f"{100 * share:.3g}")
    _legend(ax, explained, explained.values())
    return ax


_COST = rules.each(cost=rules.real(f"[1e-100, {rules.LARGE}]"), results=_NUMBERS)


@figure(points=rules.named(_COST), joined=rules.sequence(rules.word, least=0))
def tradeoff(points, *, title, xlabel, ylabel, joined=(), colors=None, most=None, ax=None):
    """Draw what each choice costs, above 0, and what it brings, {name: (cost, (seeds,))}.

    A dot is the mean, a bar goes from the least to the greatest, and a line joins the choices
    that are named in `joined`, in this order.
    """
    if unknown := [name for name in joined if name not in points]:
        raise broken("joined", f"of names in points, {list(points)}", unknown[0])
    if ax is None:
        _, ax = plt.subplots(figsize=(9, 5.5))
    ax.margins(y=0.15)  # room for the legend, below all bars
    means = {name: (cost, np.mean(values)) for name, (cost, values) in points.items()}
    if joined:
        ax.plot(*np.transpose([means[name] for name in joined]), color=ORANGE, lw=3)
    for name, (cost, values) in points.items():
        # One line, dot and bar, because a legend finds a free place among lines alone.
        style = {"color": (colors or {}).get(name, BLUE), "lw": 2, "ms": 8, "markevery": [1]}
        heights = [min(values), means[name][1], max(values)]
        (drawn,) = ax.plot([cost] * 3, heights, "o-", **style)
        _end_at(most, drawn, values)
        # A line that rises leaves room on its left, and all others stand on its right.
        place, side = ((-8, 6), "right") if name in joined else ((10, -5), "left")
        style = {"textcoords": "offset points", "ha": side, "fontsize": 11}
        ax.annotate(lines(name), means[name], place, **style)
    costs = [cost for cost, _ in points.values()]
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xscale="log")
    ax.set_xlim(min(costs) / 2, 4 * max(costs))  # room for the names
    ax.xaxis.set_major_formatter("{x:,.15g}")
    if words := _range("bar", [values for _, values in points.values()]):
        _legend(ax, words, [Line2D([], [], color=FAINT, lw=2)])
    return ax


@figure(
    matrix=rules.array(("k", "k"), whole=True, most=100**2), class_names=rules.sequence(rules.text)
)
def confusion(matrix, class_names, *, title, ax=None):
    """Draw a confusion matrix, (k, k), rows true and columns predicted, its errors in colour."""
    if len(set(matrix.shape)) > 1 or matrix.min() < 0:
        raise broken("matrix", "square, with counts from 0", (matrix.shape, matrix.min().item()))
    same_length("class_names", class_names, "matrix", len(matrix))
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 7))
    errors = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    ax.imshow(errors, cmap="Oranges", vmin=0, vmax=errors.max(initial=1) * 1.3)
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            weight = "bold" if row == column else "normal"
            ax.text(column, row, count, ha="center", va="center", fontsize=10, weight=weight)
    turned = {"rotation": 45, "ha": "right"} if max(map(len, class_names)) > 2 else {}
    ax.set_xticks(range(len(matrix)), class_names, **turned)
    ax.set_yticks(range(len(matrix)), class_names)
    ax.set(title=title, xlabel="predicted class", ylabel="true class")
    return ax


@figure(infos=rules.sequence(rules.instance(describe.LayerInfo)))
def layers(infos, *, title, ax=None):
    """Draw a network, as `describe` reads it: a box a layer, with shape and parameters."""
    if ax is None:
        _, ax = plt.subplots(figsize=(1.35 * len(infos) + 0.6, 3))
    most = max(info.params for info in infos) or 1
    middle = {"ha": "center", "va": "center"}
    for place, info in enumerate(infos):
        shade = plt.get_cmap("Blues")(0.1 + 0.45 * info.params / most)
        box = {"boxstyle": "round,pad=0.02", "fc": shade}
        ax.add_patch(FancyBboxPatch((place - 0.36, 0.12), 0.72, 0.76, **box))
        parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", info.kind)  # "Max Pooling2D"
        kind = "\n".join(textwrap.wrap(parts, 10))
        ax.text(place, 0.66, kind, fontsize=13, weight="bold", **middle)
        ax.text(place, 0.42, shapes.by(info.output_shape), fontsize=13, **middle)
        ax.text(place, 0.24, f"{info.params:,}", fontsize=12, **middle)
        if place:
            arrow = {"arrowstyle": "-|>", "color": "black"}
            ax.annotate("", (place - 0.38, 0.5), (place - 0.62, 0.5), arrowprops=arrow)
    ax.set(xlim=(-0.6, len(infos) - 0.4), ylim=(0, 1), title=title)
    ax.set_axis_off()
    return ax


@figure(values=rules.named(rules.real()))
def bars(values, *, title, xlabel, ax=None):
    """Draw horizontal bars of {name: number}, the first on top, with each number at its end."""
    ax = ax or plt.gca()
    drawn = ax.barh(range(len(values)), list(values.values()), color=BLUE)
    ax.bar_label(drawn, labels=[f"{value:,.15g}" for value in values.values()], padding=4)
    ax.set_yticks(range(len(values)), [*map(lines, values)])
    ax.yaxis.set_inverted(True)
    ax.margins(x=0.2)
    ax.set(title=title, xlabel=xlabel)
    ax.xaxis.set_major_formatter("{x:,.15g}")
    ax.xaxis.set_major_locator(plt.MaxNLocator(4))
    return ax


def _chain(name, value):
    layer = rules.each(kernel_size=rules.count(), strides=rules.count())
    chain = rules.sequence(layer)(name, value)
    if shapes.receptive_field(chain) > rules.MOST:
        raise broken(name, f"of a receptive field of at most {rules.MOST}", value)
    return chain


@figure(chain=_chain)
def receptive_field(chain, *, title, ax=None):
    """Draw which cells of every layer one output value depends on, along one axis.

    `chain` lists (kernel_size, strides), first layer to last.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(10, 1.1 * len(chain) + 1.4))
    centres = []  # of the cells that matter at each level, counted in input positions
    for level in range(len(chain) + 1):
        cells = shapes.receptive_field(chain[level:])
        step = prod(strides for _, strides in chain[:level])
        centres.append((np.arange(cells) - (cells - 1) / 2) * step)
    for level, cells in enumerate(centres):
        ax.scatter(cells, [level] * len(cells), s=190, marker="s", color=BLUE, zorder=2)
        if level:
            kernel_size, strides = chain[level - 1]
            for index, cell in enumerate(cells):
                for below in centres[level - 1][index * strides : index * strides + kernel_size]:
                    ax.plot([below, cell], [level - 1, level], color="0.6", lw=1, zorder=1)
    names = ["input"] + [f"kernel {k}, strides {s}" for k, s in chain]
    labels = [f"{name}: {len(cells)}" for name, cells in zip(names, centres, strict=True)]
    ax.set_yticks(range(len(labels)), labels)
    ax.set(title=title, xlabel="position in the input, from the centre")
    ax.set_ylabel("layer: cells that matter")
    ax.set_ylim(-0.4, len(chain) + 0.4)
    return ax
