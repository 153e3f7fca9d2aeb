"""Run, resume, store and load experiments.

    python -m helpers.study --list
    python -m helpers.study NAME [--profile full] [--jobs N] [--scheduler ADDRESS]

A study is a list of trials: settings, times seeds. Every trial is stored as soon as it
is done, so a study that was stopped goes on where it was. `helpers.studies` says which
there are. Results go to data/results, or to $COURSE_RESULTS_DIR.
"""

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from statistics import mean, stdev
from time import perf_counter, time_ns

import joblib
from filelock import FileLock

from helpers._validate import broken

DEFAULT = Path(__file__).parent.parent / "data" / "results"
RESULTS = Path(os.environ.get("COURSE_RESULTS_DIR") or DEFAULT)
PROFILES = ("quick", "full")


@dataclass(frozen=True)
class Trial:
    """One run of one variant.

    Attributes
    ----------
    row : str
        The row of the reports that it reproduces: "A16".
    variant : str
        What it is called in tables and figures.
    settings : dataclass
        All that its result depends on but the seed; frozen, of plain values.
    seed : int
    """

    row: str
    variant: str
    settings: object
    seed: int

    def as_stored(self):
        """Return the part of a stored trial that says which one it is."""
        stored = vars(self) | {"settings": asdict(self.settings)}
        return json.loads(json.dumps(stored, default=_plain))


@dataclass(frozen=True)
class Study:
    """What to run.

    Attributes
    ----------
    name : str
        Of its file in data/results.
    trials : callable
        Takes a profile, "quick" or "full", returns a list of Trial.
    run : callable
        Takes settings and seed, returns the results as a dict of plain values and NumPy
        arrays, without NaN. It has to be importable, as it may run in another process or on
        another machine.
    packages : tuple of str
        What computes the results; their versions are stored.
    """

    name: str
    trials: Callable
    run: Callable
    packages: tuple = ("numpy",)


def seed_by_seed(variants, *, small):
    """Return the `trials` of a Study: of every variant one seed, then of every one the next.

    So a study that was stopped has something of everything.

    Parameters
    ----------
    variants : dict of (str, str) to (dataclass, int)
        Row and variant; its settings, and how many seeds it gets.
    small : dict
        What is different in the settings of the quick profile, where one seed is enough.

    Returns
    -------
    callable
        Takes a profile, returns a list of Trial.
    """

    def trials(profile):
        if profile == "quick":
            return [
                Trial(*name, replace(settings, **small), 0)
                for name, (settings, _) in variants.items()
            ]
        return [
            Trial(*name, settings, seed)
            for seed in range(max(seeds for _, seeds in variants.values()))
            for name, (settings, seeds) in variants.items()
            if seed < seeds
        ]

    return trials


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of one result over seeds."""

    mean: float
    deviation: float
    n: int

    def __str__(self):
        return f"{self.mean:.4g} ± {self.deviation:.2g} (n = {self.n})"


@dataclass(frozen=True)
class Difference:
    """Mean difference of one result seed by seed, and both ends of its 95 % confidence interval."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def verdict(self):
        """What the seeds say of the difference: "higher", "lower", or "cannot tell"."""
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "cannot tell"

    @property
    def points(self):
        """The difference of two shares, in percentage points, for a table."""
        mean, low, high = (100 * value for value in (self.mean, self.low, self.high))
        return f"{mean:+6.1f} points ({low:+6.1f} to {high:+6.1f}): {self.verdict}"


def load(name, **match):
    """Return the stored trials of a study's full profile.

    Parameters
    ----------
    name : str
    **match
        Only trials with these values: `load("mnist", row="A8", seed=0)`.

    Returns
    -------
    list of dict

    Raises
    ------
    FileNotFoundError
        Nothing is stored under this name; the error lists what is.
    ValueError
        The file is damaged, or no trial in it has what is asked for by name.
    """
    path = _path(name, "full")
    if not path.exists():
        known = sorted(file.stem for file in RESULTS.glob("*.json"))
        raise FileNotFoundError(f"no stored study is called {name!r}; stored are {known}")
    trials = _read(path)
    unknown = sorted(match.keys() - {key for trial in trials for key in trial})
    if unknown:
        raise broken("match", f"of what the trials of {name!r} have", unknown)
    return [trial for trial in trials if all(trial.get(k) == v for k, v in match.items())]


def spread(trials, result):
    """Return the Spread of one result over stored trials.

    Raises
    ------
    ValueError
        Fewer than two trials, one that lacks the result, or trials of different settings or data.

    Examples
    --------
    >>> print(spread([{"inertia": 1.0}, {"inertia": 2.0}, {"inertia": 3.0}], "inertia"))
    2 ± 1 (n = 3)
    """
    values = [trial.get(result) for trial in trials]
    if len(values) < 2 or None in values:
        raise broken("trials", f"at least two, each with {result!r}", values)
    _all_alike("trials", trials, "settings", "data_source")
    return Spread(mean(values), stdev(values), len(values))


def difference(trials, base, result):
    """Return by how much one result of some trials differs from that of others, seed by seed.

    What a seed does to both, by the images that it draws, falls out.

    Parameters
    ----------
    trials, base : list of dict
        Stored trials. Only seeds that stand in both count.
    result : str

    Returns
    -------
    Difference
        Of `trials` less `base`.

    Raises
    ------
    ValueError
        Fewer than three seeds in both, several settings in one of them, or different data.

    References
    ----------
    Student, "The probable error of a mean", Biometrika 6(1), 1908.

    Examples
    --------
    >>> base = [{"seed": seed, "accuracy": 0.5 + 0.1 * seed} for seed in range(3)]
    >>> better = [trial | {"accuracy": 1.2 * trial["accuracy"]} for trial in base]
    >>> difference(better, base, "accuracy").verdict
    'higher'
    """
    from scipy.stats import ttest_1samp

    before = {trial["seed"]: trial[result] for trial in base}
    both = [trial for trial in trials if trial["seed"] in before]
    if len(both) < 3:
        raise broken("trials", "of at least 3 seeds that base has as well", len(both))
    _all_alike("trials", trials, "settings")
    _all_alike("base", base, "settings")
    _all_alike("trials and base", [*trials, *base], "data_source")
    changes = [trial[result] - before[trial["seed"]] for trial in both]
    low, high = ttest_1samp(changes, 0).confidence_interval(0.95)
    return Difference(mean(changes), float(low), float(high), len(changes))


def _all_alike(name, trials, *keys):
    """Raise an error where trials differ in what they have to have in common."""
    for key in keys:
        values = (_data(trial) if key == "data_source" else trial.get(key) for trial in trials)
        kinds = {json.dumps(value, sort_keys=True) for value in values}
        if len(kinds) > 1:
            raise broken(name, f"of the same {key}", sorted(kinds))


def _data(trial):
    """Return which images a trial is of, wherever their file was."""
    return re.sub(r", (from|downloaded) [^;]*", "", trial.get("data_source", ""))


def run(study, *, profile="full", jobs=1, scheduler=None, report=print):
    """Run what is not stored yet, and store each trial as it ends.

    Parameters
    ----------
    study : Study
    profile : {"quick", "full"}
        Quick results go to a file of their own.
    jobs : int
        Trials at a time, each in a process.
    scheduler : str, optional
        Address of a Dask scheduler that is to run them instead.
    report : callable
        Takes each line of progress.

    Returns
    -------
    list of dict
        All stored trials of the study.

    Raises
    ------
    ValueError
        An unknown profile; a damaged store, which is kept aside and named; a full trial
        on data that stand in for the real ones, or on others than those stored; or a result
        that is not a number.
    RuntimeError
        A trial failed; the error says which one, and from what.
    OSError
        The store cannot be written. What was stored before is untouched.
    """
    if profile not in PROFILES:
        raise broken("profile", f"one of {PROFILES}", profile)
    path = _path(study.name, profile)
    path.parent.mkdir(parents=True, exist_ok=True)
    _set_damaged_aside(path)
    todo = _missing(study.trials(profile), path)
    report(f"{study.name}: {len(todo)} of {len(study.trials(profile))} trials to run")
    started = perf_counter()
    with _engine(jobs, scheduler) as parallel:
        finished = parallel(joblib.delayed(_run_trial)(study, trial) for trial in todo)
        for count, result in enumerate(finished, 1):
            _store(result, study.name, path, profile)
            left = (perf_counter() - started) / count * (len(todo) - count)
            report(
                f"  {count}/{len(todo)} {result['variant']}, seed {result['seed']}: "
                f"{result['seconds']:.1f} s; about {left / 60:.1f} min left"
            )
    return _read(path) if path.exists() else []


def _check_data(result, stored, name):
    """Raise an error for a full trial on data that do not belong to those stored."""
    source = result.get("data_source", "")
    if source.startswith("STAND-IN"):
        raise ValueError(f"the full profile needs the real data: {source}")
    if any(_data(trial) != _data(result) for trial in stored):
        raise ValueError(
            f"{name} holds trials on other data than {source!r}: "
            "for a store of your own, set COURSE_RESULTS_DIR to an empty folder"
        )


@contextmanager
def _engine(jobs, scheduler):
    """Give a joblib.Parallel that yields results as they come."""
    options = {"return_as": "generator_unordered", "pre_dispatch": "n_jobs"}
    if scheduler is None:
        yield joblib.Parallel(n_jobs=jobs, **options)
        return
    from distributed import Client

    with Client(scheduler), joblib.parallel_config("dask"):
        yield joblib.Parallel(n_jobs=-1, **options)


def _run_trial(study, trial):
    """Return a trial with its results and where they come from."""
    started = perf_counter()
    try:
        results = study.run(trial.settings, trial.seed)
    except Exception as error:
        place = f"{study.name}: {trial.variant}, seed {trial.seed}"
        raise RuntimeError(f"{place} failed: {type(error).__name__}: {error}") from error
    seconds = perf_counter() - started
    backend, packages, hardware = "numpy", study.packages, _hardware()
    if "keras" in packages:
        keras = sys.modules["keras"]
        backend = keras.backend.backend()
        packages = (*packages, backend)
        device = str(keras.ops.zeros(1).device)  # "/job:.../device:CPU:0", "cuda:0", ...
        hardware += "" if "cpu" in device.lower() else f", {device}"
    versions = {package: version(package) for package in packages}
    provenance = {
        "seconds": round(seconds, 2),
        "backend": backend,
        "versions": {"python": platform.python_version()} | versions,
        "hardware": hardware,
    }
    return trial.as_stored() | provenance | results


def _hardware():
    """Return the processor and the number of its cores that this process may use."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass  # not Linux, or a processor that does not say
    return f"{name}, {joblib.cpu_count()} cores"


# --- The store ---------------------------------------------------------------------------


def _path(name, profile):
    return RESULTS / (f"{name}.json" if profile == "full" else f"{name}.{profile}.json")


def _missing(trials, path):
    """Return the trials that the store does not hold."""
    stored = [_identity(trial) for trial in _read(path)] if path.exists() else []
    return [trial for trial in trials if _identity(trial.as_stored()) not in stored]


def _identity(stored):
    return {key: stored[key] for key in ("row", "variant", "settings", "seed")}


def _read(path):
    """Return the stored trials."""
    try:
        trials = json.loads(path.read_text(encoding="utf-8"))["trials"]
        if not isinstance(trials, list):
            raise TypeError("its trials are no list")
        for trial in trials:
            _identity(trial)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name} is damaged ({type(error).__name__}: {error})") from error
    return trials


def _set_damaged_aside(path):
    """Raise an error if the store is damaged, and rename it so that nothing overwrites it."""
    with FileLock(path.with_suffix(".lock")):
        try:
            if path.exists():
                _read(path)
        except ValueError as error:
            aside = path.with_suffix(f".damaged-{time_ns()}")
            path.rename(aside)
            advice = "mend it and put it back, or run the study again"
            raise ValueError(f"{error}. It is kept as {aside.name}: {advice}.") from error


def _store(result, name, path, profile):
    """Add one trial. Two processes wait for each other; a killed one leaves the old file."""
    with FileLock(path.with_suffix(".lock")):
        trials = _read(path) if path.exists() else []
        if profile == "full":
            _check_data(result, trials, path.name)
        if _identity(result) not in [_identity(trial) for trial in trials]:
            trials.append(result)
        trials.sort(key=lambda t: (t["row"], t["variant"], json.dumps(t["settings"]), t["seed"]))
        rows = sorted({trial["row"] for trial in trials})
        content = {"study": name, "rows": rows, "trials": trials}
        try:
            text = json.dumps(
                content, indent=1, ensure_ascii=False, allow_nan=False, default=_plain
            )
        except ValueError as error:  # JSON has no NaN
            raise ValueError(f"{result['variant']}, seed {result['seed']}: {error}") from error
        _write_whole(path, _NUMBERS.sub(lambda found: " ".join(found[0].split()), text) + "\n")


def _plain(value):
    """Return a number or an array of NumPy as Python's own."""
    return value.tolist()


# A list of plain numbers in indented JSON. Line breaks stand between values alone: in a
# string they are escaped.
_NUMBERS = re.compile(r"\[\n[-+.\deE,\s]*\]")


def _write_whole(path, text):
    """Put a file in place at once and complete, or not at all."""
    part = path.with_name(f".{path.stem}-{os.getpid()}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


# --- The command -------------------------------------------------------------------------


def main(arguments=None):
    """Run the command line; return its exit status."""
    from helpers.studies import STUDIES

    parser = argparse.ArgumentParser(prog="python -m helpers.study", description="Run a study.")
    parser.add_argument("name", nargs="?", help="which study; --list shows them")
    parser.add_argument("--list", action="store_true", help="list the studies and what is stored")
    default = os.environ.get("COURSE_PROFILE") or "quick"
    parser.add_argument("--profile", choices=PROFILES, default=default)
    parser.add_argument("--jobs", type=int, default=1, help="trials at a time")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster to run on")
    options = parser.parse_args(arguments)
    if options.name and options.name not in STUDIES:
        print(f"No study is called {options.name!r}. There are: {', '.join(STUDIES)}.")
        return 2
    try:
        if options.list or not options.name:
            _print_list(STUDIES.values())
        else:
            how = {key: getattr(options, key) for key in ("profile", "jobs", "scheduler")}
            run(STUDIES[options.name], **how)
    except KeyboardInterrupt:
        print("\nStopped. What is done is stored; the same command goes on from there.")
        return 130
    except (ValueError, OSError) as error:
        print(f"Stopped: {error}")
        return 1
    return 0


def _print_list(studies):
    for study in studies:
        trials = study.trials("full")
        done = len(trials) - len(_missing(trials, _path(study.name, "full")))
        print(f"{study.name:28} {done} of {len(trials)} full trials stored")


if __name__ == "__main__":
    sys.exit(main())
