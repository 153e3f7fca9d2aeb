"""Every interactive figure: plain HTML that moves in JupyterLab, on a web page, and offline.

A figure here needs no kernel, no network and no ids. A notebook that is not
trusted loses the handlers and keeps the first state, which makes sense alone.
"""

import html

from helpers.plotting import Picture
from helpers.shapes import output_size

# A card of its own colours, so that it reads the same in light and dark themes.
_CARD = (
    "color-scheme:light;background:#fff;color:#111;border:1px solid #999;border-radius:6px;"
    "padding:8px;max-width:100%;display:inline-block;font-family:sans-serif;font-size:15px"
)
_BUTTON = "font-size:15px;padding:4px 12px"
# JupyterLab listens to the arrow keys too; without this they would move its own selection.
_KEEP_KEYS = 'onkeydown="event.stopPropagation()"'


class Widget:
    """A piece of HTML that a notebook displays; `text` stands in for it elsewhere."""

    def __init__(self, markup, text):
        self.markup, self.text = markup, text

    def _repr_html_(self):
        return self.markup

    def __repr__(self):
        return self.text


def stepper(frames, *, label):
    """Show pre-drawn frames one at a time, with a slider and two buttons.

    Parameters
    ----------
    frames : iterable of (Figure, str)
        Each picture with its caption, which is its alternative text too. A
        generator keeps one figure open at a time.
    label : str
        What the steps are, for the slider.

    Returns
    -------
    Widget

    Raises
    ------
    ValueError
        No frame, or a caption of fewer than four words.
    """
    pictures = [Picture(fig, caption) for fig, caption in frames]
    if not pictures:
        raise ValueError("frames must hold at least one (figure, caption); received none")
    figures = "".join(
        f'<figure style="margin:0{";display:none" if place else ""}">{picture._repr_html_()}'
        f"<figcaption>Step {place + 1} of {len(pictures)}. "
        # A screen reader has just read it, as the picture's alternative text.
        f'<span aria-hidden="true">{html.escape(picture.alt)}</span></figcaption></figure>'
        for place, picture in enumerate(pictures)
    )
    # display, not the attribute `hidden`: JupyterLab keeps it in a notebook that is not trusted.
    on_input = (
        "this.querySelectorAll('figure').forEach("
        "(f,i)=>f.style.display=i==this.querySelector('input').value-1?'':'none')"
    )
    on_click = (
        "const b=event.target.closest('button'),r=this.querySelector('input');"
        "if(b){r.value=Number(r.value)+Number(b.value);this.oninput()}"
    )
    name = html.escape(label)
    markup = (
        f'<div class="stepper" style="{_CARD}" oninput="{on_input}" onclick="{on_click}"'
        f" {_KEEP_KEYS}>"
        f'<button type="button" value="-1" style="{_BUTTON}" aria-label="previous step">◀</button> '
        f'<input type="range" min="1" max="{len(pictures)}" value="1" aria-label="{name}"> '
        f'<button type="button" value="1" style="{_BUTTON}" aria-label="next step">▶</button> '
        f'{name}<div aria-live="polite">{figures}</div></div>'
    )
    return Widget(markup, f"[stepper, {len(pictures)} steps: {label}]")


def size_calculator(size=28, kernel_size=4, strides=2, padding=0):
    """Show a form that computes the output size of a convolution or a pooling.

    Parameters
    ----------
    size, kernel_size, strides, padding : int
        The first state; `padding` counts the zeros on each side.

    Returns
    -------
    Widget

    Raises
    ------
    ValueError, TypeError
        As `helpers.shapes.output_size`.
    """
    out = output_size(size, kernel_size, strides=strides, padding=padding)
    fields = {
        "size": size,
        "kernel_size": kernel_size,
        "strides": strides,
        "padding": padding,
    }
    inputs = " ".join(
        f'<label>{name} <input type="number" name="{name}" value="{value}" '
        f'min="{0 if name == "padding" else 1}" style="width:4.5em;font-size:15px"></label>'
        for name, value in fields.items()
    )
    # The same floor((size + 2 padding − kernel_size) / strides) + 1 as in helpers.shapes; the
    # browser tests hold the two together.
    on_input = (
        "const v=n=>this.querySelector('[name='+n+']').valueAsNumber,"
        "n=v('size'),k=v('kernel_size'),s=v('strides'),p=v('padding'),"
        "ok=[n,k,s,p+1].every(x=>Number.isInteger(x)&&x>0),"
        "m=Math.floor((n+2*p-k)/s)+1,o=this.querySelector('output');"
        "o.textContent=!ok?'whole numbers, please: padding from 0, the others from 1':"
        "k>n+2*p?'the kernel is larger than the padded input: there is no output':"
        "`floor((${n} + 2·${p} − ${k}) / ${s}) + 1 = ${m}`+"
        "((n+2*p-k)%s?`, with ${(n+2*p-k)%s} left over at the end`:"
        "', and the last window ends at the edge')"
    )
    left = (size + 2 * padding - kernel_size) % strides
    rest = f"with {left} left over at the end" if left else "and the last window ends at the edge"
    first = f"floor(({size} + 2·{padding} − {kernel_size}) / {strides}) + 1 = {out}, {rest}"
    markup = (
        f'<div class="calculator" style="{_CARD}" oninput="{on_input}" {_KEEP_KEYS}>{inputs}'
        f'<p style="margin:8px 0 0"><output>{first}</output></p></div>'
    )
    return Widget(markup, f"[calculator: {first}]")
