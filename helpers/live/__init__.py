"""Figures that compute in the page: no kernel has to run, and nothing leaves the page.

Each is one small file of plain JavaScript; `formulas.js` holds what they compute, and the tests
compare it with NumPy and Keras. A page that runs no scripts keeps the first state, which is drawn
here and says the same.
"""

import base64
import html
import io
import json
import re
from functools import cache
from importlib.resources import files

import numpy as np
from PIL import Image

from helpers._arrays import numbers
from helpers._validate import broken, integer, number
from helpers.conv import convolve
from helpers.describe import describe, spaced
from helpers.display import BUTTON, CARD, RED, Picture, Widget, no_figure_left_by_errors, plt
from helpers.filters import OUTLINE, SHARPEN, SOBEL_X, SOBEL_Y, box_blur, gaussian_blur
from helpers.nn import SGD
from helpers.plotting import SIGNED
from helpers.shapes import by


def _figure(name, start, first, data, text):
    """Return a widget: the first state, and the script that brings it to life.

    The script is a classic one and the last child, so it finds its figure wherever it stands, and
    several figures on a page do not know each other.
    """
    code = _script(name)
    given = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    markup = (
        f'<div class="live" style="{CARD};box-sizing:border-box">{first}'
        '<script>(()=>{"use strict";'
        f"const root=document.currentScript.parentElement;\n{code}\n{start}(root,{given})}})()"
        "</script></div>"
    )
    return Widget(markup, f"[live figure: {text}]")


@cache
def _script(name):
    """Return a figure's code, with those parts of `formulas` and `page` that it needs.

    A part is what stands between two blank lines; its names are at the beginning of its lines.
    """
    parts, code = _code("formulas").split("\n\n") + _code("page").split("\n\n"), _code(name)
    named = [re.findall(r"^(?:const|function\*?) (\w+)", part, re.M) for part in parts]
    needed, wanted = set(), [code]
    while wanted:
        words = set(re.findall(r"\w+", wanted.pop()))
        new = {i for i, names in enumerate(named) if i not in needed and words & {*names}}
        needed |= new
        wanted += [parts[i] for i in new]
    lines = "\n".join([*(parts[i] for i in sorted(needed)), code]).split("\n")
    return "\n".join(_squeezed(line.strip()) for line in lines if line.strip())


def _squeezed(line):
    """Return a line of code without the spaces that say nothing; one with a template stays."""
    if re.search(r'[`"]|/\S', line):
        return line
    parts = re.split("('[^']*')", line)
    parts[::2] = (
        re.sub(r" *([=<>?:;,{}()|&*]) *|(?<![+-]) ([+/-]) (?![+-])", r"\1\2", part)
        for part in parts[::2]
    )
    return "".join(parts)


def _code(name):
    """Return a file without its comments."""
    text = files(__name__).joinpath(f"{name}.js").read_text(encoding="utf-8")
    return re.sub(r"^ *//.*\n", "", text, flags=re.M)


def _pixels(picture, width, alt):
    """Return a picture, (h, w) or (h, w, 3) of uint8, as an <img> so many pixels wide."""
    look = f"width:{width}px;image-rendering:pixelated"
    return f'<img alt="{html.escape(alt)}" style="{look}" src="{_address(picture)}">'


def _address(picture):
    """Return a picture as a data address: a drawing as PNG, and a photo as the smaller JPEG."""
    drawn = {}
    for form, how in (("png", {"optimize": True}), ("jpeg", {"quality": 75, "optimize": True})):
        Image.fromarray(picture).save(drawn.setdefault(form, io.BytesIO()), form, **how)
    form = min(drawn, key=lambda form: len(drawn[form].getvalue()))
    return f"data:image/{form};base64,{base64.b64encode(drawn[form].getvalue()).decode()}"


def _packed(data):
    """Return bytes as text, five letters for four of them; `unpacked` in formulas.js reads it."""
    return base64.b85encode(data, pad=True).decode().replace("<", ".")  # "<" may end a script


def _in_runs(data):
    """Return bytes with each run of zeros, of at most 255, as a zero and its length."""
    return re.sub(rb"\0{1,255}", lambda run: bytes([0, len(run[0])]), data)


def layers(network):
    """Return what the page computes of a Keras network: its layers as a dict each, and its weights.

    The weights are float16, in the order of the layers. A layer that the page does not know is a
    ValueError that names it; dropout does nothing after training, and is left out.
    """
    if not hasattr(network, "layers"):
        raise broken("network", "a Keras model", network, TypeError)
    found, weights = [], []
    for place, layer in enumerate(network.layers):
        known = _layer(type(layer).__name__, _plain(layer), layer.get_weights())
        if known is None:
            rule = (
                "of Conv2D and Dense with a bias and with ReLU or no activation, "
                "MaxPooling2D, Flatten and Dropout, which the page knows"
            )
            raise broken("network", rule, f"{type(layer).__name__} as layer {place}")
        found += [known] if known else []
        weights += [array.astype("<f2") for array in layer.get_weights()]
    return found, weights


def _layer(kind, options, weights):
    """Return what the page computes of a layer: nothing, {}, or what it cannot, None."""
    if kind in ("Flatten", "Dropout"):
        return {}
    if options is None:
        return None
    walk = {
        "strides": options.get("strides"),
        "padding": 0 if options.get("padding") == "valid" else "same",
    }
    if kind == "MaxPooling2D" and options["pool_size"] == options["strides"]:
        return {"layer": "maxPool", "size": options["pool_size"]} | walk
    relu = {"linear": False, "relu": True}.get(options.get("activation"))
    if kind not in ("Conv2D", "Dense") or relu is None or not weights:
        return None
    kernel, bias = (array.shape for array in weights)
    known = {"layer": kind.lower(), "kernel": kernel, "bias": bias, "relu": relu}
    return known | (walk if kind == "Conv2D" else {})


def convolution(grid, kernel, *, strides=1, padding=0):
    """Return a convolution of one channel whose numbers can be changed.

    Parameters
    ----------
    grid : array, (h, w)
        The input, at most 9 x 9.
    kernel : array, (kh, kw)
        At most 5 x 5. It is not turned; a box in the figure turns it by 180 degrees.
    strides, padding : int
        At the start: strides from 1 to 3, and from 0 to 2 zeros around the input.
    """
    grid, kernel = numbers("grid", grid, ("h", "w")), numbers("kernel", kernel, ("kh", "kw"))
    for name, array, most in (("grid", grid, 9), ("kernel", kernel, 5)):
        if max(array.shape) > most or not (np.abs(array.astype(float)) <= 9999).all():
            rule = f"at most {most} x {most} numbers between -9999 and 9999"
            raise broken(name, rule, array)
    strides = integer("strides", strides, maximum=3)
    padding = integer("padding", padding, minimum=0, maximum=2)
    y = convolve(grid, kernel, stride=strides, padding=padding)
    window = np.pad(grid, padding)[: len(kernel), : len(kernel[0])]
    products = " + ".join(
        f"{_said(value)}·{_said(weight) if weight >= 0 else f'({_said(weight)})'}"
        for value, weight in zip(window.flat, kernel.flat, strict=True)
    )
    menus = _menu("strides", (1, 2, 3), strides) + _menu("padding", (0, 1, 2), padding)
    tables = "".join(
        f'<div style="max-width:100%;overflow-x:auto"><b>{title}</b>'
        f'<div class="{name}">{_table(array)}</div></div>'
        for name, title, array in (
            ("grid", "input", grid),
            ("kernel", "kernel", kernel),
            ("output", "output", y),
        )
    )
    first = (
        f'{menus}<label><input type="checkbox" class="turn"> turn the kernel by 180°</label> '
        f"{_buttons(reset='as it was')}"
        '<div style="display:flex;gap:24px;flex-wrap:wrap;margin:8px 0">'
        f"{tables}</div>"
        '<p class="sum" role="status" style="margin:0;min-height:4em;max-width:640px">'
        f"Output in row 0, column 0: {products} = {_said(y[0, 0])}</p>"
    )
    data = {"grid": grid.tolist(), "kernel": kernel.tolist()}
    data |= {"strides": strides, "padding": padding}
    return _figure("convolution", "touchAConvolution", first, data, "a convolution to touch")


# What the menu of a picture's kernels offers.
_KERNELS = {
    "Sobel x": SOBEL_X,
    "Sobel y": SOBEL_Y,
    "outline": OUTLINE,
    "sharpen": SHARPEN,
    "box blur, 3 × 3": box_blur(3),
    "Gaussian blur, 5 × 5": gaussian_blur(5),
    "Gaussian blur, 7 × 7": gaussian_blur(7),
}


def photo_filter(pictures, *, kernel=SOBEL_X):
    """Return pictures to filter with kernels that can be painted, and a photo of one's own, too.

    Parameters
    ----------
    pictures : dict of array of uint8, (h, w)
        Gray pictures by name, at least 7 and at most 256 pixels high and wide; the first one is
        shown at the start.
    kernel : array, (3, 3), (5, 5) or (7, 7)
        The kernel at the start, not turned.
    """
    _check_pictures(pictures)
    kernels = [_square(kernel), SOBEL_Y]
    name, picture = next(iter(pictures.items()))
    y = convolve(picture.astype(float), kernels[0])
    reach = np.percentile(np.abs(y), 99) or np.abs(y).max()
    colours = plt.get_cmap(SIGNED)((y / (reach or 1) + 1) / 2, bytes=True)[..., :3]
    colours[y == 0] = 255
    editors = "".join(_kernel_editor(place, rows) for place, rows in enumerate(kernels))
    first = (
        f'<div class="pictures">{_menu("picture", pictures, name)}</div>'
        '<div style="display:flex;gap:16px;flex-wrap:wrap;margin:8px 0">'
        f'<div class="seen">{_pixels(picture, 256, f"The picture to filter: {name}")}</div>'
        f'<div class="response">{_pixels(colours, 256, "The response of the kernel to it")}</div>'
        '</div><p class="said" role="status" style="margin:6px 0;min-height:2.8em;max-width:530px">'
        f"White is 0. The deepest purple is {_said(reach, 1)} or more, the deepest orange "
        f"{_said(-reach, 1)} or less.</p>"
        '<label><input type="checkbox" class="two"> two kernels: the gradient magnitude</label> '
        '<label style="white-space:nowrap"><input type="checkbox" class="paint"> paint with '
        '<input class="brush" value="1" size="4" inputmode="decimal" aria-label="brush"></label>'
        f'<div style="display:flex;gap:24px;flex-wrap:wrap;margin-top:8px">{editors}</div>'
        '<p class="sum" role="status" style="margin:6px 0 0;min-height:1.4em"></p>'
    )
    data = {
        "pictures": [None, *(_address(picture) for picture in [*pictures.values()][1:])],
        "named": {name: array.round(4).tolist() for name, array in _KERNELS.items()},
        "kernels": [rows.tolist() for rows in kernels],
    }
    return _figure("photo", "filterAPhoto", first, data, "a photo and a kernel to paint")


def _check_pictures(pictures):
    if not isinstance(pictures, dict) or not pictures:
        raise broken("pictures", "a dict of at least one gray picture", pictures, TypeError)
    for name, picture in pictures.items():
        picture = numbers(f"pictures[{name!r}]", picture, ("h", "w"))
        if picture.dtype != np.uint8 or min(picture.shape) < 7 or max(picture.shape) > 256:
            rule = "uint8, and from 7 to 256 pixels high and wide"
            raise broken(f"pictures[{name!r}]", rule, picture)


def _square(kernel):
    kernel = numbers("kernel", kernel, ("k", "k"))
    sizes = [(size, size) for size in (3, 5, 7)]
    if kernel.shape not in sizes or not (np.abs(kernel.astype(float)) <= 9999).all():
        raise broken("kernel", "3 x 3, 5 x 5 or 7 x 7 numbers between -9999 and 9999", kernel)
    return kernel


def _kernel_editor(place, rows):
    """Return a kernel's menus and numbers; the second one shows once it is asked for."""
    named = next((name for name, array in _KERNELS.items() if np.array_equal(array, rows)), "")
    options = "".join(
        f'<option value="{name}"{" selected" * (name == named)}>{name or "your own"}</option>'
        for name in ("", *_KERNELS)
    )
    title, hidden = (("kernel", ""), ("second kernel", ' style="display:none"'))[place]
    return (
        f'<div class="kernel-{place}"{hidden}><label>{title} <select class="named">{options}'
        f"</select></label> {_menu('size', (3, 5, 7), len(rows))}{_buttons(zero='all 0')}"
        f'<div class="numbers" style="margin-top:6px">{_table(rows)}</div></div>'
    )


def _buttons(**titles):
    return "".join(f'<button class="{name}" {BUTTON}>{title}</button> ' for name, title in
                   titles.items())  # fmt: skip


def _menu(name, choices, chosen):
    options = "".join(
        f"<option{' selected' * (v == chosen)}>{html.escape(str(v))}</option>" for v in choices
    )
    return f'<label>{name} <select class="{name}">{options}</select></label> '


def _table(array):
    cell = '<td style="border:1px solid #999;padding:2px 6px;text-align:right">'
    rows = ("".join(f"{cell}{_said(value)}</td>" for value in row) for row in array.tolist())
    return f'<table style="border-collapse:collapse"><tr>{"</tr><tr>".join(rows)}</tr></table>'


def digit_reader(network, digits, *, shifts=False):
    """Return a paper to draw on, and what each layer of a network makes of the drawing.

    Parameters
    ----------
    network : keras.Model
        It takes (28, 28, 1) pixels from 0 to 1 and ends in ten logits; `layers` says of which
        layers it may be. Its weights are rounded to float16.
    digits : array of uint8, (n, 28, 28)
        Test digits that one may look at; the first one is shown at the start.
    shifts : bool
        Whether there are buttons that move the digit by whole pixels.
    """
    digits = numbers("digits", digits, ("n", 28, 28))
    if digits.dtype != np.uint8:
        raise broken("digits.dtype", "uint8", digits.dtype)
    known, weights = layers(network)
    if known[-1].get("bias") != (10,) or network.input_shape[1:] != (28, 28, 1):
        raise broken("network", "one from (28, 28, 1) pixels to ten logits", network.name)
    logits = np.asarray(network(digits[:1, ..., None].astype("float32") / 255))[0]
    chances = np.exp(logits - logits.max())
    chances = chances / chances.sum()
    best = int(chances.argmax())
    rows = "".join(
        f'<tr align="right"><th>{digit}<td align="left"><meter value="{chance:.3f}"></meter>'
        f"<td>{100 * chance:.1f} %<td>{_said(logit, 1)}"
        for digit, (chance, logit) in enumerate(zip(chances, logits, strict=True))
    )
    arrows = {"left": "◀", "up": "▲", "down": "▼", "right": "▶", "home": "back"}
    moves = f"<br>moved by pixels: {_buttons(**arrows)}" if shifts else ""
    first = (
        '<div style="display:flex;gap:20px;flex-wrap:wrap"><div><div class="paper">'
        f"{_pixels(digits[0], 224, 'A handwritten digit from the test set')}</div>"
        f"{_buttons(clear='clear', undo='undo', another='a test digit')}<br>"
        '<label><input type="checkbox" class="centre" checked> centred as in MNIST</label>'
        f'{moves}</div><table class="answer" cellpadding="4" style="align-self:start">'
        '<thead style="color:#111"><tr>'
        f'<th>digit<th colspan="2">probability<th>logit<tbody>{rows}</table></div>'
        f'<p class="said" role="status" style="margin:6px 0;min-height:1.4em">The network says '
        f"{best}, with a probability of {100 * chances[best]:.0f} %.</p>"
        '<div class="maps"></div><p class="sum" role="status" style="margin:6px 0;max-width:640px">'
        '</p><div class="window"></div>'
    )
    data = {
        "layers": known,
        "weights": _packed(b"".join(map(np.ndarray.tobytes, weights))),
        "digits": _packed(_in_runs(digits.tobytes())),
    }
    return _figure("digit", "drawADigit", first, data, "draw a digit and see what a network sees")


def descent(*, learning_rate=0.1, momentum=0.0):
    """Return the bowl L = (w0² + steepness · w1²) / 2, and an optimizer that walks down it.

    The rate at the start is one from 0.001 to 10, and the momentum from 0 to 0.99.
    """
    start, steepness, steps = np.array([-4.0, 1.5]), 10, 25
    rate = number("learning_rate", learning_rate, interval="[0.001, 10]")
    momentum = number("momentum", momentum, interval="[0, 0.99]")
    path = _walk(start, rate, momentum, steepness, steps)
    picture = _pictured(path.T, "o-", (-5, 5), (-3.125, 3.125), "A walk on a bowl of two weights")
    forms = {"sgd": "SGD", "average": "SGD, moving average", "adam": "Adam"}
    options = "".join(f'<option value="{name}">{word}</option>' for name, word in forms.items())
    sliders = "".join(
        f'<label style="display:inline-block;margin-right:16px">{title} '
        f'<output class="{name}-value">{_said(shown)}</output>'
        f'<br><input type="range" class="{name}" min="{low}" max="{high}" step="{step}" '
        f'value="{value:g}"></label>'
        for name, title, shown, value, low, high, step in (
            ("rate", "learning rate", rate, np.log10(rate), -3, 1, "any"),
            ("momentum", "momentum", momentum, momentum, 0, 0.99, 0.01),
            ("steepness", "steepness", steepness, steepness, 1, 30, 1),
        )
    )
    first = (
        f'<label>optimizer <select class="form">{options}</select></label> '
        f"{_buttons(one='one step', many='ten steps', back='back to the start')}"
        f'<div style="margin:8px 0">{sliders}</div><div class="bowl">{picture}</div>'
        f'<p class="said" role="status" style="margin:6px 0 0;min-height:2.8em">After {steps} '
        f"steps the bottom is {_said(np.hypot(*path[-1]))} away.</p>"
    )
    data = {"start": start.tolist(), "steps": steps}
    return _figure("descent", "walkDown", first, data, "walk down a bowl")


def _walk(start, rate, momentum, steepness, steps):
    w, path, optimizer = start.copy(), [start], SGD(rate, momentum)
    for _ in range(steps):
        optimizer.step({"w": w}, {"w": w * [1, steepness]})
        path.append(w.copy())
    return np.array(path)


def clusters(points, centroids):
    """Return k-means in the plane: points and centroids to place, and its two steps to take.

    Both are arrays of shape (n, 2) with numbers from 0 to 1: at most 500 points, and from 2 to 6
    centroids. A centroid without points stays where it is.
    """
    points, centroids = (
        numbers(name, array, ("n", 2))
        for name, array in (("points", points), ("centroids", centroids))
    )
    for name, array, least, most in (("points", points, 1, 500), ("centroids", centroids, 2, 6)):
        if not (least <= len(array) <= most and array.min() >= 0 and array.max() <= 1):
            raise broken(name, f"{least} to {most} places in the unit square", array)
    squares = ((points[:, None] - centroids) ** 2).sum(axis=2).min(axis=1)
    picture = _pictured(points.T, "o", (0, 1), (0, 1), "Points in the plane, not yet sorted")
    buttons = _buttons(
        step="step",
        random="start at random",
        careful="k-means++ start",
        clear="no points",
        reset="as it was",
    )
    first = (
        f'{buttons}{_menu("k", range(2, 7), len(centroids))}<div class="plane" '
        f'style="margin-top:8px">{picture}</div><p class="said" role="status" '
        f'style="margin:6px 0 0;min-height:2.8em">{len(points)} points, {len(centroids)} '
        f"centroids, inertia {_said(squares.sum(), 4)}.</p>"
    )
    data = {"points": points.round(4).tolist(), "centroids": centroids.round(4).tolist()}
    return _figure("clusters", "cluster", first, data, "k-means to play with")


# What the builder knows of a layer; Keras' words, in the order in which they are shown.
_OPTIONS = {
    "Conv2D": ("filters", "kernel_size", "strides", "padding", "activation"),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "Dense": ("units", "activation"),
    "Dropout": ("rate",),
    **dict.fromkeys(("Flatten", "GlobalAveragePooling2D", "BatchNormalization"), ()),
}


def network_builder(networks):
    """Return a table of layers to add, move, change and remove, with what each one costs.

    `networks` is a dict of Keras models by name, each one chain of layers on an image; the first
    is shown at the start. A layer that the builder does not know is a ValueError that names it.
    """
    if not isinstance(networks, dict) or not networks:
        raise broken("networks", "a dict of at least one Keras model by name", networks, TypeError)
    known = [_chain(name, model) for name, model in networks.items()]
    names = "".join(f"<option>{html.escape(name)}</option>" for name in networks)
    kinds = "".join(f"<option>{kind}</option>" for kind in _OPTIONS)
    infos = describe(next(iter(networks.values())))
    first_rows = "".join(
        f'<tr><td></td><th scope="row" style="text-align:left">{info.kind}</th><td></td>'
        + "".join(
            f'<td style="padding:2px 6px;text-align:right">{cell}</td>'
            for cell in (by(info.output_shape), spaced(info.params), spaced(info.macs),
                         by(info.receptive_field))
        ) + "</tr>"
        for info in infos[1:]
    )  # fmt: skip
    heads = "".join(
        f'<th style="padding:2px 6px">{head}</th>'
        for head in ("", "layer", "", "output", "parameters", "multiply-adds", "sees")
    )
    first = (
        f'<label>network <select class="network">{names}</select></label> '
        f'<label>layer <select class="kind">{kinds}</select></label> '
        f'{_buttons(add="add")}<div style="margin:8px 0">input: '
        f'<span class="input">{by(known[0]["input"])}</span></div>'
        '<div style="overflow-x:auto"><table style="border-collapse:collapse">'
        f'<thead style="color:#111"><tr>{heads}</tr></thead>'
        f'<tbody class="layers">{first_rows}</tbody></table></div>'
        '<p class="said" role="status" style="margin:6px 0;min-height:1.4em">'
        f"{spaced(sum(info.params for info in infos))} parameters and "
        f"{spaced(sum(info.macs for info in infos))} multiply-adds for an image.</p>"
        '<pre class="code" style="margin:0;white-space:pre-wrap"></pre>'
    )
    return _figure("builder", "buildANetwork", first, {"networks": known}, "build a network")


def _chain(name, model):
    """Return a Keras model's input shape and layers as the builder has them."""
    if not hasattr(model, "layers") or len(getattr(model, "input_shape", None) or ()) != 4:
        raise broken(name, "a Keras model on images", model, TypeError)
    layers = []
    for layer in model.layers:
        kind, options = type(layer).__name__, _plain(layer)
        if kind == "InputLayer":
            continue
        if options is None:
            raise broken(name, f"of {', '.join(_OPTIONS)} in plain form", kind)
        layers.append({"kind": kind} | options)
    return {"input": model.input_shape[1:], "layers": layers}


def _plain(layer):
    """Return the options of a Keras layer that `_OPTIONS` names; None if it has others as well."""
    kind, how = type(layer).__name__, layer.get_config()
    options = {word: _one(how[word]) for word in _OPTIONS.get(kind, ())}
    plain = kind in _OPTIONS and None not in options.values() and how.get("use_bias", True)
    plain = plain and how.get("groups", 1) == 1 and {*how.get("dilation_rate", [1])} == {1}
    return options if plain else None


def _one(value):
    """Return the number of a pair of equal numbers, else None; and what is no pair as it is."""
    if not isinstance(value, (tuple, list)):
        return value
    return value[0] if len({*value}) == 1 else None


def _pictured(places, style, xlim, ylim, alt):
    """Return places in the plane, (2, n), as a picture for a page without scripts."""
    with no_figure_left_by_errors():
        fig, ax = plt.subplots(figsize=(4.8, 3.2))
        ax.plot(*places, style, color=RED, markersize=4)
        ax.set(xlim=xlim, ylim=ylim)
        return Picture(fig, alt).markup


def _said(value, digits=3):
    """Return a number as the page writes it."""
    return f"{round(float(value), digits):.10g}".replace("-", "−")
