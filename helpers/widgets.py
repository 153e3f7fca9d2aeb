"""Every interactive figure: plain HTML that moves in JupyterLab, on a web page, and offline.

A notebook that is not trusted loses the handlers and keeps the first state, which makes sense.
"""

import html
from collections.abc import Iterable

from helpers._figure_rules import word
from helpers._validate import broken, integer
from helpers.display import BUTTON, CARD, Picture, Widget, no_figure_left_by_errors
from helpers.shapes import output_size

# JupyterLab listens to the arrow keys too, and would move its own selection; Ctrl+S is for it.
_KEEP_KEYS = 'onkeydown="if(!event.ctrlKey&&!event.metaKey&&!event.altKey)event.stopPropagation()"'

# display, not the attribute `hidden`: JupyterLab keeps it in a notebook that is not trusted.
_SHOW_FRAME = (
    "this.querySelectorAll('figure').forEach("
    "(f,i)=>f.style.display=i==this.querySelector('input').value-1?'':'none')"
)
_MOVE_SLIDER = (
    "const b=event.target.closest('button'),r=this.querySelector('input');"
    "if(b){r.value=Number(r.value)+Number(b.value);this.oninput()}"
)

_LEFT_OVER, _NONE_LEFT = "with {} left over at the end", "and the last window ends at the edge"
# The arithmetic of `output_size`; the tests hold the two together.
_SHOW_SIZE = (
    "const v=n=>this.querySelector('[name='+n+']').valueAsNumber,"
    "n=v('size'),k=v('kernel_size'),s=v('strides'),p=v('padding'),"
    "ok=[n,k,s,p+1].every(x=>Number.isInteger(x)&&x>0)&&Math.max(n,k,s,p)<2**31,"
    "m=Math.floor((n+2*p-k)/s)+1,left=(n+2*p-k)%s,o=this.querySelector('output');"
    "o.textContent=!ok?'whole numbers below 2³¹, please: padding from 0, the others from 1':"
    "k>n+2*p?'the kernel is larger than the padded input: there is no output':"
    "`floor((${n} + 2·${p} − ${k}) / ${s}) + 1 = ${m}, `+"
    f"(left?`{_LEFT_OVER.format('${left}')}`:'{_NONE_LEFT}')"
)


def stepper(frames, *, label):
    """Return a widget that shows figures one at a time, with a slider and two buttons.

    `frames` is an iterable of pairs (Figure, caption), and a generator keeps one figure open
    at a time. A caption of at least four words is the alternative text, too; the label says
    what the steps are.
    """
    name = html.escape(word("label", label))
    pictures = _pictures(frames)
    figures = "".join(
        f'<figure style="margin:0{";display:none" if place else ""}">{picture.markup}'
        f"<figcaption>Step {place + 1} of {len(pictures)}. "
        # A screen reader has just read it, as the picture's alternative text.
        f'<span aria-hidden="true">{html.escape(picture.alt)}</span></figcaption></figure>'
        for place, picture in enumerate(pictures)
    )
    markup = (
        f'<div class="stepper" style="{CARD}" oninput="{_SHOW_FRAME}" onclick="{_MOVE_SLIDER}"'
        f" {_KEEP_KEYS}>"
        f'<button value="-1" {BUTTON} aria-label="previous step">◀</button> '
        f'<input type="range" min="1" max="{len(pictures)}" value="1" aria-label="{name}"> '
        f'<button value="1" {BUTTON} aria-label="next step">▶</button> '
        f'{name}<div aria-live="polite">{figures}</div></div>'
    )
    return Widget(markup, f"[stepper, {len(pictures)} steps: {label}]")


def _pictures(frames):
    rule = "an iterable of at least one pair (figure, caption)"
    if not isinstance(frames, Iterable) or getattr(frames, "shape", None) == ():
        raise broken("frames", rule, frames, TypeError)
    pictures = []
    with no_figure_left_by_errors():
        for frame in frames:
            if not isinstance(frame, (tuple, list)) or len(frame) != 2:
                raise broken("frames", rule, frame, TypeError)
            pictures.append(Picture(*frame))
    if not pictures:
        raise broken("frames", rule, pictures)
    return pictures


def size_calculator(size=28, kernel_size=4, strides=2, padding=0):
    """Return a form that computes the output size of a convolution or a pooling.

    The integers are its first state; `padding` counts the zeros on each side.
    """
    given = {"size": size, "kernel_size": kernel_size, "strides": strides, "padding": padding}
    least = {name: int(name != "padding") for name in given}
    n, k, s, p = (integer(name, value, minimum=least[name]) for name, value in given.items())
    m = output_size(n, k, strides=s, padding=p)
    inputs = " ".join(
        f'<label>{name} <input type="number" name="{name}" value="{value}" min="{least[name]}"'
        f' style="width:4.5em;font-size:15px"></label>'
        for name, value in zip(given, (n, k, s, p), strict=True)
    )
    left = (n + 2 * p - k) % s
    rest = _LEFT_OVER.format(left) if left else _NONE_LEFT
    first = f"floor(({n} + 2·{p} − {k}) / {s}) + 1 = {m}, {rest}"
    markup = (
        f'<div class="calculator" style="{CARD}" oninput="{_SHOW_SIZE}" {_KEEP_KEYS}>{inputs}'
        f'<p style="margin:8px 0 0"><output>{first}</output></p></div>'
    )
    return Widget(markup, f"[calculator: {first}]")
