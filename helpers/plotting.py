"""Every static figure, and the look that they share.

A function here takes results and `ax=None`, draws, and returns the Axes (or an
array of them). It loads nothing, computes no result and prints nothing. `show`
puts the current figure into the notebook together with its alternative text.
"""

import base64
import html
import io
import textwrap
from itertools import cycle
from math import prod

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image

from helpers import shapes

# Okabe and Ito's palette: told apart with any colour vision.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    *("#000000", "#E69F00", "#56B4E9", "#009E73"),
    *("#F0E442", "#0072B2", "#D55E00", "#CC79A7"),
)
SIGNED = "PuOr"  # negative orange, positive purple, zero white: readable without red and green
GRAY = "gray"


def use_style():
    """Set the look of all figures of the course: size, fonts, colours."""
    look = {
        "figure.figsize": (6, 4),
        "figure.dpi": 100,
        "figure.facecolor": "white",
        "figure.constrained_layout.use": True,
        "font.size": 12,
        "axes.titlesize": 13,
        "axes.labelsize": 12,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": plt.cycler(color=[BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK]),
        "image.cmap": GRAY,
        "image.interpolation": "nearest",
    }
    plt.style.use(["default", look])  # whatever a learner's own settings are


class Picture:
    """A figure as the notebook keeps it: one PNG with its alternative text.

    Written as HTML, because that is the one form whose alternative text JupyterLab,
    nbconvert and a screen reader all find.
    """

    def __init__(self, fig, alt):
        if not isinstance(alt, str) or len(alt.split()) < 4:
            raise ValueError(f"alt must say in words what the figure shows; received alt={alt!r}")
        self.alt = " ".join(alt.split())
        self.src = "data:image/png;base64," + base64.b64encode(_png(fig)).decode()
        plt.close(fig)

    def _repr_html_(self):
        return f'<img alt="{html.escape(self.alt)}" src="{self.src}">'

    def __repr__(self):
        return f"[figure: {self.alt}]"


def _png(fig):
    """Return the figure as PNG bytes in 256 colours, a third of the size of full colour."""
    drawn, small = io.BytesIO(), io.BytesIO()
    fig.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(256).save(small, "png", optimize=True)
    return small.getvalue()


def show(alt, fig=None):
    """Display the figure in the notebook, with `alt` for those who do not see it.

    Parameters
    ----------
    alt : str
        What the figure shows, in a sentence.
    fig : Figure, optional
        The current figure where none is given. It is closed.

    Raises
    ------
    ValueError
        `alt` of fewer than four words, or no figure to show.
    """
    from IPython.display import display

    if fig is None and not plt.get_fignums():
        raise ValueError("fig must be a figure, or one must have been drawn; received fig=None")
    display(Picture(fig or plt.gcf(), alt))


def image(array, *, title, ax=None, values=False, signed=False, limits=None, colorbar=False):
    """Draw a 2-D array, or an (h, w, 3) picture, pixel by pixel.

    Parameters
    ----------
    array : array of shape (h, w) or (h, w, 3)
    title : str
    values : bool
        Write every number into its cell.
    signed : bool
        Colour negative and positive apart, with zero white.
    limits : pair of float, optional
        Values for the two ends of the colours; the array's own where not given.
    colorbar : bool

    Returns
    -------
    Axes
    """
    ax = ax or plt.gca()
    array = np.asarray(array)
    low, high = _limits(array, signed) if limits is None else limits
    drawn = ax.imshow(array, cmap=SIGNED if signed else GRAY, vmin=low, vmax=high)
    ax.set(title=title, xlabel="column", ylabel="row")
    ax.spines[:].set_visible(False)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(plt.MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    if values:
        _write_values(ax, array, low, high, signed)
    if colorbar:
        ax.figure.colorbar(drawn, ax=ax, shrink=0.8)
    return ax


def _limits(array, signed):
    shown = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    if signed:
        reach = np.abs(shown.astype(float)).max(initial=0) or 1
        return -reach, reach
    return float(shown.min()), float(shown.max())


def _write_values(ax, array, low, high, signed):
    middle = (low + high) / 2
    for (row, column), value in np.ndenumerate(array):
        if array.dtype.kind == "f" and np.isnan(value):
            continue
        far = abs(value - middle) > 0.6 * (high - middle or 1)
        dark = far if signed else value <= middle
        ax.text(
            *(column, row, f"{value:g}"),
            ha="center",
            va="center",
            color="white" if dark else "black",
            fontsize=11 if max(array.shape) <= 8 else 8,
        )
    height, width = array.shape
    lines = {"color": "0.5", "linewidth": 0.6}
    ax.hlines(np.arange(height + 1) - 0.5, -0.5, width - 0.5, **lines)
    ax.vlines(np.arange(width + 1) - 0.5, -0.5, height - 0.5, **lines)
    if max(height, width) <= 12:
        ax.set_xticks(range(width))
        ax.set_yticks(range(height))


def window(ax, row, column, height, width, *, color=GREEN):
    """Outline the cells that a kernel covers; `row` and `column` are its upper left cell."""
    frame = Rectangle((column - 0.5, row - 0.5), width, height, fill=False, ec=color, lw=3.5)
    frame.set_clip_on(False)
    ax.add_patch(frame)
    return ax


def correlation_step(padded, kernel, output, row, column, *, stride=1):
    """Draw one step of a 2-D correlation: input, kernel, products, and the output so far.

    Parameters
    ----------
    padded : array of shape (h, w)
        The input with its zeros already around it.
    kernel : array of shape (kh, kw)
    output : array of shape (oh, ow)
        The whole result; what comes after this step is left blank.
    row, column : int
        The output value that this step makes.
    stride : int

    Returns
    -------
    array of 4 Axes
    """
    padded, kernel, output = (np.asarray(a) for a in (padded, kernel, output))
    kh, kw = kernel.shape
    top, left = row * stride, column * stride
    patch = padded[top : top + kh, left : left + kw]
    done = np.where(
        np.arange(output.size).reshape(output.shape) <= row * output.shape[1] + column,
        output,
        np.nan,
    )
    fig, axes = plt.subplots(
        *(1, 4),
        figsize=(12, 2.9),
        layout="compressed",
        width_ratios=[padded.shape[1], kw + 0.6, kw + 0.6, output.shape[1]],
    )
    image(padded, title="padded input", ax=axes[0], values=True)
    window(axes[0], top, left, kh, kw)
    image(kernel, title="kernel", ax=axes[1], values=True, signed=True)
    image(patch * kernel, title="products", ax=axes[2], values=True, signed=True)
    image(
        done,
        title="output",
        ax=axes[3],
        values=True,
        signed=True,
        limits=_limits(output, True),
    )
    window(axes[3], row, column, 1, 1)
    fig.suptitle(f"output[{row}, {column}] = sum of the products = {output[row, column]:g}")
    return axes


def gallery(arrays, titles, *, columns=None, signed=False, limits=None, size=2.4, suptitle=None):
    """Draw several images side by side, each with its title.

    Parameters
    ----------
    arrays : sequence of arrays of shape (h, w) or (h, w, 3)
    titles : sequence of str
    columns : int, optional
        Images in a row; all of them where not given.
    signed, limits
        As in `image`.
    size : float
        Inches that each image gets.

    Returns
    -------
    array of Axes, one for each image
    """
    if len(arrays) != len(titles):
        raise ValueError(
            f"titles must be as many as arrays ({len(arrays)}); received {len(titles)} titles"
        )
    if not len(arrays):
        raise ValueError("arrays must hold at least one image; received none")
    columns = columns or len(arrays)
    rows = -(-len(arrays) // columns)
    height = size * max(np.shape(array)[0] / np.shape(array)[1] for array in arrays)
    fig, axes = plt.subplots(
        *(rows, columns),
        figsize=(size * columns, (height + 0.35) * rows + 0.35 * bool(suptitle)),
        squeeze=False,
        layout="compressed",
    )
    for ax in axes.flat[len(arrays) :]:
        ax.set_axis_off()
    for ax, array, title in zip(axes.flat, arrays, titles, strict=False):
        image(array, title=title, ax=ax, signed=signed, limits=limits)
        ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    fig.suptitle(suptitle)
    return axes.flat[: len(arrays)]


def profile(values, *, title, ylabel, xlabel="column", ax=None):
    """Draw the numbers along one row as steps, one a pixel.

    Parameters
    ----------
    values : sequence of float
    title, ylabel, xlabel : str

    Returns
    -------
    Axes
    """
    ax = ax or plt.gca()
    ax.step(range(len(values)), values, where="mid", lw=2.2)
    ax.axhline(0, color="0.6", lw=0.8, zorder=0)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.xaxis.get_major_locator().set_params(integer=True)
    return ax


def clusters(x, centroids, labels, *, title, ax=None):
    """Draw 2-D points in the colour and shape of their cluster, and the centroids.

    Parameters
    ----------
    x : array of shape (n, 2)
    centroids : array of shape (k, 2)
    labels : array of int, (n,)

    Returns
    -------
    Axes
    """
    ax = ax or plt.gca()
    colors, markers = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, YELLOW), "os^Dv<>"
    for cluster, centroid in enumerate(centroids):
        style = {"color": colors[cluster % 7], "marker": markers[cluster % 7]}
        ax.scatter(*x[labels == cluster].T, s=16, alpha=0.6, **style)
        ax.scatter(*centroid, s=190, edgecolors="black", linewidths=2, zorder=3, **style)
    ax.set(title=title, xlabel="$x_0$", ylabel="$x_1$", aspect="equal")
    return ax


def histograms(groups, *, title, xlabel, bins=30, ax=None):
    """Draw how often values occur, one outline for each group of them.

    Parameters
    ----------
    groups : dict of str to sequence of float

    Returns
    -------
    Axes
    """
    ax = ax or plt.gca()
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), bins)
    for style, (label, values) in zip(cycle(("-", "--", ":", "-.")), groups.items()):
        ax.hist(values, edges, histtype="step", lw=2.4, ls=style, label=label)
    ax.set(title=title, xlabel=xlabel, ylabel="how often")
    ax.legend()
    return ax


def paired_bars(groups, *, title, xlabel, ylabel, ax=None):
    """Draw the bars of several groups side by side, one place for each position.

    Parameters
    ----------
    groups : dict of str to sequence of number, equally long

    Returns
    -------
    Axes
    """
    ax = ax or plt.gca()
    width = 0.8 / len(groups)
    for index, (label, values) in enumerate(groups.items()):
        places = np.arange(len(values)) + (index - (len(groups) - 1) / 2) * width
        ax.bar(places, values, width, label=label, hatch="/" * (2 * index), edgecolor="white")
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xticks=range(len(values)))
    ax.margins(y=0.3)  # room for the legend
    ax.legend()
    return ax


def curves(series, *, title, xlabel, ylabel, x=None, ax=None):
    """Draw a line for each series: the mean over seeds, in a band from the least to the greatest.

    Parameters
    ----------
    series : dict of str to array of shape (points,) or (seeds, points)
        NaN leaves a gap.
    x : sequence of number, or dict of str to such a sequence, optional
        Where the points stand, for all series or for each; 1, 2, ... where not given, as
        epochs are counted.

    Returns
    -------
    Axes
    """
    ax = ax or plt.gca()
    styles = zip(cycle("os^Dv<>"), cycle(("-", "--", "-.", ":")))
    for (label, values), (marker, line) in zip(series.items(), styles, strict=False):
        values = np.atleast_2d(np.asarray(values, float))
        places = x[label] if isinstance(x, dict) else x
        places = np.arange(1, values.shape[1] + 1) if x is None else places
        style = {"marker": marker, "markevery": max(1, len(places) // 8), "ls": line, "lw": 2}
        (drawn,) = ax.plot(places, values.mean(axis=0), label=label, **style)
        band = {"color": drawn.get_color(), "alpha": 0.2, "lw": 0}
        ax.fill_between(places, values.min(axis=0), values.max(axis=0), **band)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    if x is None:
        ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend()
    return ax


def dots(groups, *, title, xlabel, reference=None, ax=None):
    """Draw the values of each group as dots in a row, one for each seed, and their mean as a line.

    Parameters
    ----------
    groups : dict of str to sequence of number
        The first group comes on top.
    reference : pair of str and number, optional
        A value to compare with, drawn as a dotted line with its name.

    Returns
    -------
    Axes
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.55 * len(groups) + 1.5))
    for row, values in enumerate(groups.values()):
        ax.plot(values, [row] * len(values), "o", color=BLUE, alpha=0.7, ms=8)
        ax.plot(np.mean(values), row, "|", color=BLACK, ms=24, mew=2.5)
    ax.set(title=title, xlabel=xlabel, yticks=range(len(groups)), yticklabels=list(groups))
    ax.set_ylim(len(groups) - 0.5, -0.5 - bool(reference))
    ax.grid(axis="y", color="0.9")
    ax.xaxis.set_major_locator(plt.MaxNLocator(5))
    if reference:
        name, value = reference
        ax.axvline(value, color=RED, ls=":", lw=2)
        ax.annotate(name, (value, -1), (-6, 0), textcoords="offset points", ha="right", color=RED)
    return ax


def tradeoff(points, *, title, xlabel, ylabel, joined=(), ax=None):
    """Draw what each choice costs and what it brings.

    Parameters
    ----------
    points : dict of str to (number, sequence of number)
        What it costs, above 0, and what it brings, once for each seed: a dot at the mean, and
        a bar from the least to the greatest.
    joined : sequence of str
        The choices that a line joins, in this order.

    Returns
    -------
    Axes
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(9, 5.5))
    means = {name: (cost, np.mean(values)) for name, (cost, values) in points.items()}
    if joined:
        ax.plot(*np.transpose([means[name] for name in joined]), color=ORANGE, lw=3)
    for name, (cost, values) in points.items():
        ax.vlines(cost, min(values), max(values), color=BLUE, lw=2)
        ax.plot(*means[name], "o", color=BLUE, ms=8)
        # A line that rises leaves room on its left, and all others stand on its right.
        place, side = ((-8, 6), "right") if name in joined else ((10, -5), "left")
        ax.annotate(name, means[name], place, textcoords="offset points", ha=side, fontsize=11)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xscale="log")
    costs = [cost for cost, _ in means.values()]
    ax.set_xlim(min(costs) / 2, 4 * max(costs))  # room for the names
    ax.margins(y=0.1)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    return ax


def confusion(matrix, class_names, *, title, ax=None):
    """Draw a confusion matrix: every count but 0 written, and the errors in colour.

    Parameters
    ----------
    matrix : array of int, (k, k)
        One row a true class, one column a predicted one.
    class_names : sequence of str, k long

    Returns
    -------
    Axes
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 7))
    matrix = np.asarray(matrix)
    errors = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    ax.imshow(errors, cmap="Oranges", vmin=0, vmax=errors.max(initial=1) * 1.3)
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            weight = "bold" if row == column else "normal"
            ax.text(column, row, count, ha="center", va="center", fontsize=10, weight=weight)
    places = range(len(matrix))
    ax.set(title=title, xlabel="predicted class", ylabel="true class", xticks=places, yticks=places)
    turned = {"rotation": 45, "ha": "right"} if max(map(len, class_names)) > 2 else {}
    ax.set_xticklabels(class_names, **turned)
    ax.set_yticklabels(class_names)
    return ax


def layers(infos, *, title, ax=None):
    """Draw a network as a row of boxes, each with its kind, output shape and parameters.

    Parameters
    ----------
    infos : list of LayerInfo
        From `helpers.describe.describe`.

    Returns
    -------
    Axes
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(1.35 * len(infos) + 0.6, 3))
    most = max(info.params for info in infos) or 1
    for place, info in enumerate(infos):
        shade = plt.get_cmap("Blues")(0.1 + 0.45 * info.params / most)
        ax.add_patch(
            FancyBboxPatch((place - 0.36, 0.12), 0.72, 0.76, boxstyle="round,pad=0.02", fc=shade)
        )
        kind = "\n".join(textwrap.wrap(_spaced(info.kind), 10))
        shape = shapes.by(info.output_shape)
        ax.text(place, 0.66, kind, ha="center", va="center", fontsize=13, weight="bold")
        ax.text(place, 0.42, shape, ha="center", va="center", fontsize=13)
        ax.text(place, 0.24, f"{info.params:,}", ha="center", va="center", fontsize=12)
        if place:
            ax.annotate(
                "",
                (place - 0.38, 0.5),
                (place - 0.62, 0.5),
                arrowprops={"arrowstyle": "-|>", "color": "black"},
            )
    ax.set(xlim=(-0.6, len(infos) - 0.4), ylim=(0, 1), title=title)
    ax.set_axis_off()
    return ax


def _spaced(kind):
    """Break "MaxPooling2D" into "Max Pooling2D" so that it wraps."""
    return "".join(f" {c}" if c.isupper() and i and kind[i - 1].islower() else c
                   for i, c in enumerate(kind))  # fmt: skip


def bars(values, *, title, xlabel, ax=None, color=BLUE):
    """Draw labelled horizontal bars, the first on top, with each number at its end.

    Parameters
    ----------
    values : dict of str to number

    Returns
    -------
    Axes
    """
    ax = ax or plt.gca()
    drawn = ax.barh(list(values), list(values.values()), color=color)
    ax.bar_label(drawn, labels=[f"{value:,}" for value in values.values()], padding=4)
    ax.yaxis.set_inverted(True)
    ax.margins(x=0.2)
    ax.set(title=title, xlabel=xlabel)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_major_locator(plt.MaxNLocator(4))
    return ax


def receptive_field(chain, *, title, ax=None):
    """Draw which cells of every layer one output value depends on, along one axis.

    Parameters
    ----------
    chain : list of (kernel_size, strides)
        First layer to last, without padding.

    Returns
    -------
    Axes
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
    ax.set(
        title=title,
        xlabel="position in the input, from the centre",
        ylabel="layer: cells that matter",
    )
    ax.set_ylim(-0.4, len(chain) + 0.4)
    return ax
