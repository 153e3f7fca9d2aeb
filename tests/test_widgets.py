"""The interactive figures: their markup, and their handlers run by a JavaScript engine.

tests/browser moves them in a real browser.
"""

import json
import random
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import quickjs

from helpers import plotting, widgets
from helpers.shapes import output_size

plt = plotting.plt


@pytest.fixture(autouse=True)
def closed_figures():
    plt.close("all")
    yield
    plt.close("all")


def frames(captions):
    for caption in captions:
        ax = plotting.image([[len(caption)]], title=caption)
        yield ax.figure, caption


class Tags(HTMLParser):
    """All tags of a piece of HTML, as (name, attributes)."""

    def __init__(self, widget):
        super().__init__()
        self.all = []
        self.feed(widget._repr_html_())

    def handle_starttag(self, tag, attributes):
        self.all.append((tag, dict(attributes)))

    def named(self, name):
        return [attributes for tag, attributes in self.all if tag == name]


# --- Steppers ----------------------------------------------------------------------------


def test_stepper_shows_its_first_frame_and_hides_the_others():
    stepper = widgets.stepper(frames(["the first of two", "the <second> of two"]), label="go on")
    markup = stepper._repr_html_()
    assert [figure["style"] for figure in Tags(stepper).named("figure")] == [
        *("margin:0", "margin:0;display:none")
    ]
    assert 'alt="the &lt;second&gt; of two"' in markup
    assert "Step 1 of 2." in markup and "Step 2 of 2." in markup
    assert repr(stepper) == "[stepper, 2 steps: go on]"


def test_stepper_closes_its_figures():
    widgets.stepper(frames(["one frame is enough"]), label="stay")
    assert plt.get_fignums() == []


FRAMES = "frames must be an iterable of at least one pair"


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (lambda: [], ValueError, FRAMES),
        (lambda: None, TypeError, FRAMES),
        (lambda: [plt.figure()], TypeError, FRAMES),
        (lambda: [(plt.figure(), "four words are here", 1)], TypeError, FRAMES),
        (lambda: [("figure", "four words are here")], TypeError, "fig must be a matplotlib figure"),
        (lambda: frames(["the first is good", "short"]), ValueError, "alt must be a text of"),
        (lambda: ((fig, None) for fig, _ in frames(["a"])), TypeError, "alt must be a text of"),
    ],
)
def test_stepper_refuses_what_are_no_frames(bad, error, words):
    with pytest.raises(error, match=words):
        widgets.stepper(bad(), label="none")


def test_an_error_leaves_no_figure_open():
    def failing():
        yield from frames(["the first is good"])
        plt.subplots()
        raise RuntimeError("a learner's own")

    for bad in (failing(), frames(["short"]), ((fig, 3) for fig, _ in frames(["a"]))):
        with pytest.raises((RuntimeError, ValueError, TypeError)):
            widgets.stepper(bad, label="none")
        assert plt.get_fignums() == []


@pytest.mark.parametrize("label", [None, 3, "", " \n"])
def test_stepper_wants_a_label(label):
    with pytest.raises((TypeError, ValueError), match="label must be a text"):
        widgets.stepper(frames(["the only frame here"]), label=label)


def test_stepper_names_its_parts_whatever_the_label():
    label = '"><b onclick=alert(1)>'
    tags = Tags(widgets.stepper(frames(["the only frame here"]), label=label))
    assert [slider["aria-label"] for slider in tags.named("input")] == [label]
    buttons = {button["aria-label"]: button["value"] for button in tags.named("button")}
    assert buttons == {"previous step": "-1", "next step": "1"}
    assert tags.named("b") == []


def test_stepper_needs_no_network_no_script_and_no_id():
    markup = widgets.stepper(frames(["the only frame here"]), label="one")._repr_html_()
    for word in ("http", "<script", " id="):
        assert word not in markup


# --- The handlers, run -------------------------------------------------------------------

STEPPER = """
const slider = {min: 1, max: COUNT, current: 1,
  get value() { return String(this.current) },
  set value(v) { this.current = Math.min(this.max, Math.max(this.min, Number(v))) }};
const figures = FIGURES.map(style => ({style: {display: style}}));
const stepper = {
  querySelector: name => { if (name != 'input') throw name; return slider },
  querySelectorAll: name => { if (name != 'figure') throw name; return figures },
  oninput() { INPUT },
  click(value) {
    const button = value === null ? null : {value};
    const event = {target: {closest: name => { if (name != 'button') throw name; return button }}};
    (function(event) { CLICK }).call(this, event);
  }};
const shown = () => JSON.stringify(figures.flatMap((f, i) => f.style.display == 'none' ? [] : [i]));
"""
CALCULATOR = """
const fields = {}, output = {textContent: ''};
const form = {
  querySelector: name => name == 'output' ? output : fields[name.match(/^\\[name=(\\w+)\\]$/)[1]],
  oninput() { INPUT }};
const show = values => {
  for (const name in values)
    fields[name] = {valueAsNumber: values[name] === null ? NaN : values[name]};
  form.oninput();
  return output.textContent;
};
"""


@pytest.fixture
def engine():
    return quickjs.Context()


def test_buttons_and_slider_move_a_stepper(engine):
    captions = [f"frame {place} of a few" for place in range(4)]
    tags = Tags(widgets.stepper(frames(captions), label="go on"))
    (card,) = tags.named("div")[:1]
    displays = ["none" if "none" in figure["style"] else "" for figure in tags.named("figure")]
    page = STEPPER.replace("FIGURES", json.dumps(displays)).replace("COUNT", "4")
    engine.eval(page.replace("INPUT", card["oninput"]).replace("CLICK", card["onclick"]))
    move = {button["aria-label"].split()[0]: button["value"] for button in tags.named("button")}
    place, rng = 0, random.Random(0)
    assert json.loads(engine.eval("shown()")) == [0]
    for _ in range(200):
        action = rng.choice(["previous", "next", "slide", "elsewhere"])
        if action == "slide":
            place = rng.randrange(4)
            engine.eval(f"slider.value = {place + 1}; stepper.oninput()")
        else:
            place = min(3, max(0, place + {"previous": -1, "next": 1}.get(action, 0)))
            engine.eval(f"stepper.click({json.dumps(move.get(action))})")
        assert json.loads(engine.eval("shown()")) == [place], action


def one_step():
    return widgets.stepper(frames(["the only frame here"]), label="go on")


@pytest.mark.parametrize("make", [one_step, widgets.size_calculator])
def test_keys_stay_inside_but_shortcuts_go_on_to_jupyterlab(engine, make):
    (handler,) = (tag["onkeydown"] for tag in Tags(make()).named("div") if "onkeydown" in tag)
    count = "let n = 0; event.stopPropagation = () => n++;"
    engine.eval(f"function kept(event) {{{count} {handler}; return n}}")
    assert engine.eval("kept({key: 'ArrowLeft'})") == 1
    for key in ("ctrlKey", "metaKey", "altKey"):
        assert engine.eval(f"kept({{key: 's', {key}: true}})") == 0


@pytest.fixture
def calculate(engine):
    """Return a function of the four fields: the words that the calculator shows."""
    (card,) = Tags(widgets.size_calculator()).named("div")
    engine.eval(CALCULATOR.replace("INPUT", card["oninput"]))
    names = ("size", "kernel_size", "strides", "padding")
    return lambda *values: engine.eval(f"show({json.dumps(dict(zip(names, values, strict=True)))})")


def test_the_calculator_agrees_with_output_size(calculate):
    rng = random.Random(0)
    for case in range(300):
        high = rng.choice([6, 40, 2**31 + 2])
        n, k, s, p = (rng.randint(-1, high) for _ in range(4))
        try:
            size = output_size(n, k, strides=s, padding=p)
        except ValueError as error:
            expected = "larger than the padded input" if ">" in str(error) else "whole numbers"
            assert expected in calculate(n, k, s, p), (case, n, k, s, p)
        else:
            assert calculate(n, k, s, p).startswith(
                f"floor(({n} + 2·{p} − {k}) / {s}) + 1 = {size}, "
            ), case
            left = n + 2 * p - ((size - 1) * s + k)
            assert re.findall(r"with (\d+) left over", calculate(n, k, s, p)) == (
                [str(left)] if left else []
            ), (case, n, k, s, p)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("bad", [None, 1.5, -1, 2**31, 1e300])
def test_the_calculator_asks_for_whole_numbers(calculate, place, bad):
    values = [28, 4, 2, 0]
    values[place] = bad
    assert "whole numbers" in calculate(*values)


@pytest.mark.parametrize("values", [(28, 4, 2, 0), (32, 3, 2, 1), (5, 5, 1, 0), (7, 2, 3, 4)])
def test_the_calculator_begins_with_what_it_would_compute(calculate, values):
    markup = widgets.size_calculator(*values)._repr_html_()
    assert re.search("<output>(.*)</output>", markup)[1] == calculate(*values)
    fields = {
        field["name"]: field["value"]
        for field in Tags(widgets.size_calculator(*values)).named("input")
    }
    assert list(fields) == ["size", "kernel_size", "strides", "padding"]
    assert [int(value) for value in fields.values()] == list(values)


def test_the_calculator_counts_as_whole_numbers_do():
    """NumPy's narrow integers wrap, Python's do not."""
    narrow = widgets.size_calculator(np.uint8(255), np.int8(3), np.int8(2), np.uint8(200))
    assert narrow.markup == widgets.size_calculator(255, 3, 2, 200).markup
    assert f"= {output_size(255, 3, strides=2, padding=200)}" in narrow.text


@pytest.mark.parametrize("name", ["size", "kernel_size", "strides", "padding"])
@pytest.mark.parametrize("bad", [-1, 1.0, None, "same", True, (1, 1), 2**31])
def test_the_calculator_refuses_what_is_no_size(name, bad):
    with pytest.raises((ValueError, TypeError), match=f"{name} must be .*; received {name}="):
        widgets.size_calculator(**{name: bad})


def test_the_calculator_refuses_a_kernel_that_is_too_large():
    with pytest.raises(ValueError, match="kernel_size must be at most the padded input"):
        widgets.size_calculator(3, 4, 1, 0)
