"""What is noted of a trial beside its results: how long it took, and on which machine."""

import platform
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers import training
from helpers.settings import Training
from helpers.studies.plan import Study, Trial
from helpers.study import task


def compute(settings=None, results=None, error=None):
    """Return what a trial gives that returns these results or raises this error."""

    def run(settings, seed):
        if error:
            raise error
        return results or {}

    trial = Trial("A1", "the only one", settings or Training("B5", "mnist", 1, 8), seed=0)
    return task.Task(Study("one", None, run), trial, "one.jsonl", [])()


@pytest.fixture(autouse=True)
def no_digests(monkeypatch):
    monkeypatch.setattr(training, "digests", lambda settings, n_train: [settings.epochs, n_train])


def test_a_trial_lasts_from_the_call_to_its_return(monkeypatch):
    ticks = iter([10.0, 12.3456])
    monkeypatch.setattr(task, "perf_counter", lambda: next(ticks))
    stored, _ = compute(results={"n_train": 3})
    assert stored["seconds"] == 2.35


def test_a_training_is_noted_with_the_digests_of_as_many_images():
    stored, _ = compute(Training("B5", "mnist", 4, 8), {"n_train": 7})
    assert stored["digests"] == [4, 7]


def test_a_long_error_is_cut():
    said = compute(error=RuntimeError("word " * 200))
    assert said.startswith("RuntimeError: word word") and len(said) == 500


@pytest.mark.parametrize(("pools", "threads"), [([], 1), ([3, 5, 4], 5)])
def test_threads_are_those_of_the_largest_pool(monkeypatch, pools, threads):
    monkeypatch.setattr(task, "threadpool_info", lambda: [{"num_threads": n} for n in pools])
    assert task._machine(("numpy",))["threads"] == threads


@pytest.mark.parametrize(
    ("device", "noted"),
    [("cuda:0", ", cuda:0"), ("/job:localhost/device:GPU:0", ", /job:localhost/device:GPU:0"),
     ("/job:localhost/device:CPU:0", " cores"), ("cpu", " cores")],
)  # fmt: skip
def test_hardware_names_a_device_that_is_no_cpu(monkeypatch, device, noted):
    zeros = SimpleNamespace(zeros=lambda shape: SimpleNamespace(device=device))
    monkeypatch.setattr(sys.modules["keras"], "ops", zeros)
    monkeypatch.setattr(task, "_processor", lambda: "Brand")
    hardware = task._machine(("keras", "numpy"))["hardware"]
    assert hardware.startswith("Brand, ") and hardware.endswith(noted)


@pytest.mark.parametrize(
    ("lines", "name"),
    [("processor\t: 0\nmodel name\t: Brand: X 1\nmodel name\t: Other\n", "Brand: X 1"),
     ("processor\t: 0\n", "of the platform"), (None, "of the platform")],
)  # fmt: skip
def test_the_processor_is_what_linux_calls_it_or_else_the_platform(monkeypatch, lines, name):
    def read_text(self, encoding):
        if lines is None:
            raise FileNotFoundError
        return lines

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(platform, "processor", lambda: "of the platform")
    assert task._processor() == name
    monkeypatch.setattr(platform, "processor", lambda: "")
    if lines is None:
        assert task._processor() == platform.machine()
