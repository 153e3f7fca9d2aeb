"""How figures look, and how a notebook shows them: with words for those who do not see them."""

import base64
import html
import io
from contextlib import contextmanager

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from helpers._validate import broken

# Okabe and Ito's colours, which are told apart with any colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, RED, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
PALETTE = [BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK]
FAINT = "#666666"  # for what is of less weight, and still readable on white

# A card of its own colours, so that it reads the same in light and dark themes.
CARD = (
    "color-scheme:light;background:#fff;color:#111;border:1px solid #999;border-radius:6px;"
    "padding:8px;max-width:100%;display:inline-block;font-family:sans-serif;font-size:15px"
)
BUTTON = 'type="button" style="font-size:15px;padding:4px 12px"'


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
        "axes.prop_cycle": plt.cycler(color=PALETTE),
        "image.cmap": "gray",
        "image.interpolation": "nearest",
    }
    plt.style.use(["default", look])  # whatever a learner's own settings are


class Widget:
    """A piece of HTML that a notebook displays; `text` stands in for it elsewhere."""

    def __init__(self, markup, text):
        self.markup, self.text = markup, text

    def _repr_html_(self):
        return self.markup

    def __repr__(self):
        return self.text


class Picture(Widget):
    """A figure as a PNG in HTML, whose alternative text all readers of a notebook find.

    The figure is closed, also after an error.
    """

    def __init__(self, fig, alt):
        if not isinstance(fig, Figure):
            raise broken("fig", "a matplotlib figure", fig, TypeError)
        try:
            self.alt = _in_words(alt)
            data = base64.b64encode(_png(fig)).decode()
        finally:
            plt.close(fig)
        self.src = f"data:image/png;base64,{data}"
        markup = f'<img alt="{html.escape(self.alt)}" src="{self.src}">'
        super().__init__(markup, f"[figure: {self.alt}]")


def _in_words(alt):
    rule = "a text of at least four words that say what the figure shows"
    if not isinstance(alt, str):
        raise broken("alt", rule, alt, TypeError)
    words = printable(alt).split()
    if len(words) < 4:
        raise broken("alt", rule, alt)
    return " ".join(words)


def printable(text):
    """Return a text with a space for each character that no font has, line ends apart."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _png(fig):
    """Return the figure as PNG bytes in 256 colours, a third of the size of full colour."""
    drawn, small = io.BytesIO(), io.BytesIO()
    fig.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(256).save(small, "png", optimize=True)
    return small.getvalue()


def show(alt, fig=None):
    """Display a figure, the current one if none is given, in the notebook, and close it.

    `alt` says what it shows, in at least four words, to those who do not see it.
    """
    from IPython.display import display

    if fig is None and not plt.get_fignums():
        raise broken("fig", "a figure, or one must have been drawn before", fig)
    display(Picture(plt.gcf() if fig is None else fig, alt))


@contextmanager
def no_figure_left_by_errors():
    """Close the figures that were opened inside, if an error is raised there."""
    before = plt.get_fignums()
    try:
        yield
    except BaseException:
        for number in set(plt.get_fignums()) - set(before):
            plt.close(number)
        raise
