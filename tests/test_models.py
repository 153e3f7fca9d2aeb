import os
import subprocess
import sys
from inspect import signature

import numpy as np
import pytest

from helpers import settings
from helpers.models import NETWORKS, build
from helpers.reports import report
from helpers.studies.shift_mnist import shifted

# Printed by the reports; report B's total for B8 is wrong, see lesson 03.
COUNTS = {row: report(row)["params"] for row in ("A8", "B5", "C4", "D3", "D6")}


@pytest.mark.parametrize(("row", "params"), [*COUNTS.items(), ("B8", 43_786)])
def test_networks_have_the_parameters_that_the_reports_print(row, params):
    assert build(row).count_params() == params


@pytest.mark.parametrize("row", NETWORKS)
def test_networks_give_ten_numbers_an_image_and_are_not_compiled(row):
    network = build(row)
    assert network.output_shape == (None, 10)
    assert not network.compiled


@pytest.mark.parametrize(
    ("row", "sizes"),
    [("A8", [13, 6, 4]), ("D3", [32, 16, 16, 8]), ("C4", [32, 16, 16, 8, 8, 4])],
)
def test_maps_shrink_as_described(row, sizes):
    shapes = [layer.output.shape for layer in build(row).layers]
    assert [shape[1] for shape in shapes if len(shape) == 4][: len(sizes)] == sizes


def test_each_call_gives_fresh_weights():
    first, second = (build("A8").layers[0].get_weights()[0] for _ in range(2))
    assert (first != second).any()


@pytest.mark.parametrize(
    ("network", "params"),
    [
        # Each convolution and its normalisation, then 3 x 3 positions of 32 numbers to 10.
        ("A8+", 16 * 8 + 32 + 72 * 16 + 64 + 144 * 16 + 64 + 144 * 32 + 128 + 289 * 10),
        ("B7", 76 * 16 + 401 * 32 + (8 * 8 * 32 + 1) * 10),
        ("D7", 224 + 584 + 1_168 + 2_320 + 4_640 + 9_248 + (4 * 4 * 32 + 1) * 10),
        # Six convolutions without biases, two pairs of numbers for each of their filters.
        ("D7+", 27 * 16 + 144 * (16 + 32) + 288 * (32 + 64) + 576 * 64 + 8 * 112 + 1_025 * 10),
        ("dense, shifts", (44 * 44 + 1) * 128 + 129 * 10),
        ("strides, shifts", 80 + 1_168 + 4_640 + (6 * 6 * 32 + 1) * 10),
        ("max-pooling, shifts", 80 + 1_168 + 4_640 + (5 * 5 * 32 + 1) * 10),
        ("global average, shifts", 80 + 1_168 + 4_640 + 33 * 10),
    ],
)
def test_networks_of_the_course_have_the_parameters_of_the_formulas(network, params):
    options = {"filters": 8} if network == "A8+" else {}
    assert build(network, **options).count_params() == params


@pytest.mark.parametrize(
    ("network", "unmoved"), [("global average, shifts", True), ("max-pooling, shifts", False)]
)
def test_only_an_average_over_positions_forgets_a_move_by_whole_strides(network, unmoved):
    x = np.zeros((1, 44, 44, 1), np.float32)
    x[:, 20:24, 20:24] = np.random.default_rng(0).random((1, 4, 4, 1))
    network = build(network)  # its biases are 0, so black stays black
    here, there = (np.array(network(image)) for image in (x, shifted(x, 8, -8)))
    assert np.allclose(here, there, atol=1e-5) is unmoved


def test_options_reach_the_network():
    assert build("D3", l1=0.5).layers[-1].kernel_regularizer.l1 == 0.5
    assert build("D3", dropout=0.25).layers[-3].rate == 0.25


def test_the_settings_know_the_networks_and_their_options():
    options = {name: [*signature(make).parameters] for name, make in NETWORKS.items()}
    assert options == {name: [*rules] for name, rules in settings.NETWORKS.items()}


@pytest.mark.parametrize(
    ("network", "options", "error", "message"),
    [
        ("Z1", {}, ValueError, "network must be one of 'A8', .*; received network='Z1'"),
        (None, {}, TypeError, "network must be one of 'A8', .*; received network=None"),
        ("A8", {"l1": 0.5}, ValueError, "network_options must be of none, .*network_options='l1'"),
        ("D3", {"l1": None}, TypeError, r"l1 must be a number in \[0, inf\); received l1=None"),
    ],
)
def test_what_cannot_be_built_is_named(network, options, error, message):
    with pytest.raises(error, match=message):
        build(network, **options)


def test_unknown_report_row_lists_the_known_ones():
    with pytest.raises(KeyError, match=r"row must be one of A7, A8.*received row='Z1'"):
        report("Z1")


FAKE = """
import os
os.write(2, b"noise from C++")
if os.environ["FAIL"] == "yes":
    raise ImportError("no such thing")
"""


@pytest.mark.parametrize("fail", ["no", "yes"])
def test_start_up_messages_show_only_when_the_import_fails(tmp_path, fail):
    (tmp_path / "keras.py").write_text(FAKE)
    run = subprocess.run(
        [sys.executable, "-c", "import helpers._keras"],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "FAIL": fail},
        capture_output=True,
        text=True,
    )
    assert bool(run.returncode) == (fail == "yes")
    assert ("noise from C++" in run.stderr) == (fail == "yes")
    assert ("ImportError: no such thing" in run.stderr) == (fail == "yes")
