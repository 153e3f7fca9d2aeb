"""The markup of the interactive figures; tests/browser moves them."""

import re

import pytest

from helpers import plotting, widgets
from helpers.shapes import output_size


def frames(captions):
    for caption in captions:
        ax = plotting.image([[len(caption)]], title=caption)
        yield ax.figure, caption


def test_stepper_shows_its_first_frame_and_hides_the_others():
    markup = widgets.stepper(frames(["the first of two", "the <second> of two"]), label="go on")
    figures = re.findall(r"<figure[^>]*>", markup._repr_html_())
    assert ["display:none" in figure for figure in figures] == [False, True]
    assert 'alt="the &lt;second&gt; of two"' in markup._repr_html_()
    assert "Step 2 of 2." in markup._repr_html_()
    assert repr(markup) == "[stepper, 2 steps: go on]"


def test_stepper_closes_its_figures():
    before = len(plotting.plt.get_fignums())
    widgets.stepper(frames(["one frame is enough"]), label="stay")
    assert len(plotting.plt.get_fignums()) == before


def test_stepper_wants_a_frame():
    with pytest.raises(ValueError, match="frames must hold at least one"):
        widgets.stepper([], label="none")


def test_stepper_wants_captions_in_words():
    with pytest.raises(ValueError, match="alt must say in words"):
        widgets.stepper(frames(["short"]), label="one")


def test_stepper_needs_no_network_no_script_and_no_id():
    markup = widgets.stepper(frames(["the only frame here"]), label="one")._repr_html_()
    for word in ("http", "<script", " id="):
        assert word not in markup


def test_calculator_begins_with_the_size_that_shapes_computes():
    markup = widgets.size_calculator(32, 3, 2, 1)._repr_html_()
    assert f"floor((32 + 2·1 − 3) / 2) + 1 = {output_size(32, 3, strides=2, padding=1)}" in markup
    assert "with 1 left over at the end" in markup
    assert (
        "and the last window ends at the edge</output>"
        in widgets.size_calculator(28, 4, 2, 0)._repr_html_()
    )


def test_calculator_refuses_what_shapes_refuses():
    with pytest.raises(ValueError, match="strides must be a positive integer"):
        widgets.size_calculator(28, 4, 0)
