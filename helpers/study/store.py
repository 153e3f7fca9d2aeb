"""The stored trials: of each kind of run a file of JSON lines, of each trial a line.

They lie in data/results, or in $COURSE_RESULTS_DIR. A trial is found by its settings and seed;
row and variant are added on loading, from `helpers.studies`. To have one run again, delete its
line.
"""

import json
import os
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields
from hashlib import sha256
from io import BytesIO
from math import isfinite
from time import time_ns

import numpy as np
from filelock import FileLock, Timeout

from helpers import _stored
from helpers._validate import broken, flag, integer, one_of
from helpers.studies import STUDIES
from helpers.studies.plan import Study, identity, images

DEFAULT = _stored.stored("results")
LARGEST_WEIGHTS = 1_000_000  # bytes in the repository for each trial that keeps its weights


def folder(*, make=False):
    """Return where results are stored; the environment is asked at each call."""
    return _stored.chosen_folder("COURSE_RESULTS_DIR", DEFAULT, make=make)


@dataclass(frozen=True)
class Store:
    """Where the trials of a study and profile are. Its errors are those of `load` and `run`."""

    study: Study
    profile: str = "full"

    @property
    def path(self):
        quick = "" if self.profile == "full" else f".{self.profile}"
        return folder() / f"{self.study.store}{quick}.jsonl"

    def read(self):
        """Return the stored trials, of all studies that share the file."""
        place, trials = "", {}
        try:
            text = self.path.read_bytes().decode()
            if not text.endswith("\n"):
                raise ValueError("it ends in the middle of a line")
            for number, line in enumerate(text[:-1].split("\n"), 1):
                place = f"line {number}: "
                trial = json.loads(line, parse_constant=_refuse)
                if not (isinstance(trial["settings"], dict) and isinstance(trial["seed"], int)):
                    raise TypeError("settings or seed of a wrong type")
                name = identity(trial["settings"], trial["seed"])
                if name in trials:
                    raise ValueError(f"a second run of seed {trial['seed']} with its settings")
                trials[name] = trial
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            why = f"{place}{type(error).__name__}: {error}" if place else error
            raise ValueError(f"{self.path.name} is damaged ({why})") from None
        return list(trials.values())

    def found(self, plan=None):
        """Return a list of pairs: each trial of the plan, and the stored one or None."""
        plan = self.study.trials(self.profile) if plan is None else plan
        # Settings that came later than a stored trial: it was run as by their defaults.
        later = {
            field.name: field.default
            for trial in plan
            for field in fields(trial.settings)
            if field.default is not MISSING
        }
        known = {identity(later | t["settings"], t["seed"]): t for t in self.read()}
        return [(trial, known.get(trial.identity)) for trial in plan]

    def missing(self, plan=None):
        """Return the planned trials that are not stored, or not with the weights they keep."""
        missing = {}
        for trial, stored in self.found(plan):
            if stored is None or (trial.keep_weights and "weights" not in stored):
                missing.setdefault(trial.identity, trial)
        return list(missing.values())

    def trials(self):
        """Return the planned trials that are stored, with their row and variant."""
        return [
            {"row": trial.row, "variant": trial.variant} | stored
            for trial, stored in self.found()
            if stored is not None
        ]

    def open(self, report):
        """Make the folder, clear what killed runs left, and set a damaged file aside."""
        here = folder(make=True)
        with self.locked(report):
            for part in [*here.glob(".*.part"), *here.glob("weights/.*.part")]:
                part.unlink(missing_ok=True)
            try:
                self.read()
            except ValueError as error:
                aside = self.path.with_suffix(f".damaged-{time_ns()}")
                self.path.rename(aside)
                advice = "mend it and put it back, or run the study again"
                raise ValueError(f"{error}. It is kept as {aside.name}: {advice}.") from None

    def agree(self, data, report):
        """Raise an error where full trials are of other data; quick ones, of a stand-in say, go."""
        with self.locked(report):
            stored = self.read()
            kept = self._beside(data, stored)
            if len(kept) < len(stored):
                self._write(kept)

    def put(self, trial, result, weights, report):
        """Store a trial in place of what was stored of it. A kill leaves the old file."""
        with self.locked(report):
            old = [stored for _, stored in self.found([trial])]
            kept = self._beside(result["data"], self.read())
            if weights is not None:
                result |= {"weights": self._put_weights(trial, weights)}
            self._write([*(stored for stored in kept if stored not in old), result])

    def _beside(self, data, stored):
        """Return the stored trials beside which one on these data may stand."""
        if self.profile == "quick":
            return [trial for trial in stored if images(trial.get("data")) == images(data)]
        check_data(self.path.name, data, [trial.get("data") for trial in stored])
        return stored

    def _write(self, trials):
        trials = sorted(trials, key=lambda trial: identity(trial["settings"], trial["seed"]))
        lines = "".join(json.dumps(trial, allow_nan=False) + "\n" for trial in trials)
        if trials:
            _write_whole(self.path, lines.encode())
        else:
            self.path.unlink()

    def _put_weights(self, trial, weights):
        small = [np.asarray(array).astype(np.float16) for array in weights]
        if not all(np.isfinite(array).all() for array in small):
            raise broken("weights", "finite, also in float16", f"those of {trial}")
        file = BytesIO()
        np.savez_compressed(file, *small)
        content = file.getvalue()
        if len(content) > LARGEST_WEIGHTS:
            rule = f"of at most {LARGEST_WEIGHTS:,} bytes"
            raise broken("weights", rule, f"{len(content):,} of {trial}")
        path = folder() / "weights" / f"{_digest(self.study.store, trial.identity)}.npz"
        path.parent.mkdir(exist_ok=True)
        _write_whole(path, content)
        return {"file": path.name, "sha256": sha256(content).hexdigest()}

    def locked(self, report):
        """Hold the file."""
        return held(FileLock(self.path.with_suffix(".lock")), report, self.path.name)

    def claim(self, trial):
        """Return the lock of whoever runs this trial; a process that dies lets it go."""
        claims = folder(make=True) / ".claims"
        claims.mkdir(exist_ok=True)
        return FileLock(claims / f"{_digest(self.path.name, trial.identity)}.lock")


@contextmanager
def held(lock, report, what):
    """Hold a lock; whoever comes second says so, and waits."""
    try:
        lock.acquire(timeout=1)
    except Timeout:
        report(f"  process {os.getpid()} waits for {what}, which another process holds")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def check_data(file, data, known):
    """Raise an error for a full trial on a stand-in, or on other data than those stored."""
    if ".quick." in file:
        return
    if data and data["kind"] == "stand-in":
        raise ValueError(f"the full profile needs the real data: {data['source']}")
    if any(images(other) != images(data) for other in known):
        raise ValueError(
            f"{file} holds trials on other data than {data and data['source']!r}: "
            "for a store of your own, set COURSE_RESULTS_DIR to an empty folder"
        )


def plain(name, value):
    """Return a result as JSON has it: NumPy's arrays and numbers become Python's.

    >>> plain("loss", {"train": np.array([0.5, float("nan")])})
    Traceback (most recent call last):
    ValueError: loss.train[1] must be a finite number; received loss.train[1]=nan
    """
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: plain(f"{name}.{key}", entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(f"{name}[{place}]", entry) for place, entry in enumerate(value)]
    if isinstance(value, float) and not isfinite(value):
        raise broken(name, "a finite number", value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise broken(name, "text, a number, or lists, dicts and arrays of them", value, TypeError)


def _refuse(constant):
    raise ValueError(f"{constant} is no result")


def _digest(*words):
    return sha256("\n".join(words).encode()).hexdigest()[:16]


def _write_whole(path, content):
    """Put a file in place at once and complete, or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load(name, **match):
    """Return the stored trials of a study's full profile, a list of dict, by seed.

    With `match`, only those with these values: `load("cnn_mnist", row="A8", seed=0)`. Where nothing
    is stored, a FileNotFoundError; for an unknown name, a damaged file, or values that no trial
    has, a ValueError or TypeError.
    """
    study = name if isinstance(name, Study) else STUDIES[one_of("name", name, STUDIES)]
    if "seed" in match:
        integer("seed", match["seed"], minimum=0)
    store = Store(study)
    trials = store.trials()
    if not trials:
        raise FileNotFoundError(
            f"nothing is stored of {study.name!r} in {store.path.name}: "
            f"python -m helpers.study {study.name} --profile full"
        )
    for key, value in match.items():
        known = dict.fromkeys(str(trial[key]) for trial in trials if key in trial)
        trials = [trial for trial in trials if key in trial and trial[key] == value]
        if not trials:
            shown = "; ".join(known)[:500] or "no such key"
            raise broken(key, f"what a trial of {study.name!r} has ({shown})", value)
    return trials


def by_variant(name, *, required=True):
    """Return a dict from each variant of a study to its stored trials.

    Raises as `load`; but where nothing is stored yet and nothing is required, it is empty.
    """
    variants, required = {}, flag("required", required)
    try:
        for trial in load(name):
            variants.setdefault(trial["variant"], []).append(trial)
    except FileNotFoundError:
        if required:
            raise
    return variants


def weights(trial):
    """Return the trained weights of a stored trial, a list of float16 arrays.

    A ValueError, where none are stored of it, or the file is damaged or of another run.
    """
    kept = trial.get("weights")
    if kept is None:
        which = f"{trial.get('variant')}, seed {trial.get('seed')}"
        raise broken("trial", "one that keeps its weights", which)
    path = folder() / "weights" / kept["file"]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"the weights {path.name} cannot be read: {error.strerror}") from None
    if sha256(content).hexdigest() != kept["sha256"]:
        raise ValueError(f"the weights {path.name} are damaged, or of another run than the trial")
    return list(np.load(BytesIO(content)).values())
