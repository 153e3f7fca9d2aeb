"""One trial, ready to be computed anywhere, and what is noted of where that was."""

import platform
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from time import perf_counter

import joblib
from threadpoolctl import threadpool_info

from helpers._validate import broken
from helpers.settings import Training
from helpers.studies.plan import Study, Trial
from helpers.study.store import check_data, plain

NOTED = ("data", "seconds", "backend", "versions", "hardware", "threads", "code", "digests")
RESERVED = {"row", "variant", "settings", "seed", *NOTED}

# A worker of Dask may have several threads, and Keras' random numbers are one to a process.
_one_at_a_time = Lock()


@dataclass(frozen=True)
class Task:
    """What a process or a machine needs to know to compute a trial."""

    study: Study
    trial: Trial
    file: str
    known_data: list

    @classmethod
    def of(cls, store, trial):
        known = [stored.get("data") for stored in store.read()[:1]]
        # The plan stays here: it may be a function that cannot be sent.
        return cls(replace(store.study, trials=None), trial, store.path.name, known)

    def __call__(self):
        """Return (what is to be stored, weights or None); or, as text, why it failed."""
        try:
            with _one_at_a_time:
                return self._compute()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # sys.exit in a trial ends the trial, not the study
            return " ".join(f"{type(error).__name__}: {error}".split())[:500]

    def _compute(self):
        study, trial = self.study, self.trial
        data = data_fields(study.data()) if study.data else None
        check_data(self.file, data, self.known_data)
        started = perf_counter()
        results = dict(study.run(trial.settings, trial.seed))
        seconds = round(perf_counter() - started, 2)
        weights = results.pop("weights", None)
        taken = sorted(RESERVED & results.keys())
        if taken:
            raise broken("results", "named otherwise than what every trial has", taken)
        if trial.keep_weights and weights is None:
            raise broken("results", "with 'weights', as the trial keeps them", sorted(results))
        known = {"settings": trial.stored_settings, "seed": trial.seed, "data": data}
        noted = {"seconds": seconds, **_machine(study.packages), "code": _code()}
        results = {name: plain(name, value) for name, value in results.items()}
        if isinstance(trial.settings, Training):
            from helpers.training import digests  # loads Keras

            noted["digests"] = digests(trial.settings, results["n_train"])
        return known | results | noted, weights if trial.keep_weights else None


def data_fields(dataset):
    """Return what is stored of the data that a trial is of."""
    sizes = {"n_train": len(dataset.y_train), "n_test": len(dataset.y_test)}
    return {"name": dataset.name, "kind": dataset.kind, **sizes, "source": dataset.source}


def _machine(packages):
    """Return software, processor, cores and threads of this process, as stored."""
    backend, hardware = "numpy", f"{_processor()}, {joblib.cpu_count()} cores"
    threads = max((pool["num_threads"] for pool in threadpool_info()), default=1)
    if "keras" in packages:
        from helpers import training

        keras, threads = sys.modules["keras"], training.threads()
        backend = keras.backend.backend()
        packages = (*packages, backend)
        device = str(keras.ops.zeros(1).device)  # "/job:.../device:CPU:0", "cuda:0", ...
        hardware += "" if "cpu" in device.lower() else f", {device}"
    versions = {"python": platform.python_version()} | {name: version(name) for name in packages}
    return {"backend": backend, "versions": versions, "hardware": hardware, "threads": threads}


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):  # not Linux, or a processor that does not say
        return platform.processor() or platform.machine()


@cache
def _code():
    """Return the commit of the code, and whether it was changed since; None without git."""
    git = ("git", "-C", str(Path(__file__).parents[1]))
    try:
        commit, changes = (
            subprocess.run([*git, *words], capture_output=True, text=True, check=True).stdout
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--", "."))
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit.strip(), "dirty": bool(changes.strip())}
