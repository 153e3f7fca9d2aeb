import os
import re
import subprocess
import sys

import pytest

from helpers.models import NETWORKS, build
from helpers.reports import report

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


def test_unknown_row_lists_the_known_ones():
    with pytest.raises(ValueError, match=re.escape(f"{', '.join(NETWORKS)}; received name='Z1'")):
        build("Z1")


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
