"""What stored trials say: means over seeds, differences seed by seed, at equal time, in tables.

A `key` is the name of a result, with dots for what lies inside (`"history.val_accuracy"`), or a
function of a trial; `at_epoch`, `at_time` and `times` make such functions. Every function raises
ValueError for a result that a trial lacks, and for trials that cannot be compared.
"""

from dataclasses import dataclass
from json import dumps
from statistics import mean, stdev

import numpy as np

from helpers._validate import broken, integer, number
from helpers.studies.plan import images


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of one result over seeds.

    >>> print(f"{Spread(0.513, 0.008, 5):.1%}")
    51.3% ± 0.8% (n = 5)
    """

    mean: float
    deviation: float
    n: int

    def short(self, spec=""):
        """Return mean and deviation as text, for a table that says n elsewhere."""
        return f"{self.mean:{spec or '.4g'}} ± {self.deviation:{spec or '.2g'}}"

    def __format__(self, spec):
        return f"{self.short(spec)} (n = {self.n})"

    def __str__(self):
        return format(self)


@dataclass(frozen=True)
class Difference:
    """Mean difference of one result seed by seed, its 95 % confidence interval, and p.

    Shares are told in percentage points:

    >>> print(f"{Difference(0.037, 0.02, 0.055, 5, 0.004):.1%}")
    +3.7 points (+2.0 to +5.5): higher
    """

    mean: float
    low: float
    high: float
    n: int
    p: float

    @property
    def verdict(self):
        """What the seeds say of the difference: "higher", "lower", or "cannot tell"."""
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "cannot tell"

    def parts(self, spec=""):
        """Return mean, low and high as text."""
        scale = 100 if spec.endswith("%") else 1
        spec = f"+{spec.replace('%', 'f') or '.3g'}"
        return [format(scale * value, spec) for value in (self.mean, self.low, self.high)]

    def __format__(self, spec):
        mean, low, high = self.parts(spec)
        points = " points" if spec.endswith("%") else ""
        return f"{mean}{points} ({low} to {high}): {self.verdict}"

    def __str__(self):
        return format(self)


def value(trial, key):
    """Return one result of a trial.

    >>> value({"history": {"loss": [2.3, 1.9]}}, "history.loss")
    [2.3, 1.9]
    """
    _is("trial", trial, dict, "a stored trial")
    if callable(key):
        return key(trial)
    if not isinstance(key, str):
        raise broken("key", "a name or a function", key, TypeError)
    found = trial
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            which = f"{trial.get('variant', 'this trial')}, seed {trial.get('seed')}"
            raise broken("key", f"a result that {which} has", key)
        found = found[part]
    return found


def values(trials, key):
    """Return one number of each trial, an array (n,)."""
    found = [value(trial, key) for trial in _listed("trials", trials)]
    try:
        array = np.array(found, dtype=float)
    except (TypeError, ValueError):
        array = None
    if array is None or array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise broken("key", "one finite number of each trial, and of one at least", found)
    return array


def curves(trials, key):
    """Return one curve of each trial, an array (n, epochs)."""
    found = [value(trial, key) for trial in _listed("trials", trials)]
    lengths = sorted({np.size(curve) for curve in found})
    if len(lengths) != 1 or any(np.ndim(curve) != 1 for curve in found):
        raise broken("key", "a curve of each trial, all of the same length", f"lengths {lengths}")
    return np.array(found, dtype=float)


def at_epoch(key, epoch=None):
    """Return a key: the value of a curve after an epoch, counted from 1; None for the last.

    `epoch` may be a function of the trial, too.

    >>> at_epoch("history.loss", 1)({"history": {"loss": [2.3, 1.9]}})
    2.3
    """

    def result(trial):
        curve = value(trial, key)
        chosen = epoch(trial) if callable(epoch) else epoch
        chosen = len(curve) if chosen is None else integer("epoch", chosen)
        if chosen > len(curve):
            raise broken("epoch", f"at most {len(curve)}", chosen)
        return curve[chosen - 1]

    return result


def times(per_image):
    """Return a key: the seconds of training until the end of each epoch.

    They are images seen times seconds per image, as the trials' own clocks ran beside other work.
    """

    def result(trial):
        epochs = np.arange(1, len(value(trial, "history.loss")) + 1)
        return epochs * _images_an_epoch(trial) * per_image(trial)

    return result


def _images_an_epoch(trial):
    """Return how many images an epoch has, in the mean where it is a part of a pass."""
    settings = trial.get("settings", {})
    if not (steps := settings.get("steps_per_epoch")):
        return trial["n_train"]
    return trial["n_train"] * steps / -(-trial["n_train"] // settings["batch_size"])


def at_time(key, seconds, per_image):
    """Return a key: the value of a curve after some seconds of training, between epochs on a line.

    A run that ended earlier is as it ended.

    >>> trial = {"n_train": 100, "history": {"loss": [2.0, 1.0]}}
    >>> float(at_time("history.loss", 15, per_image=lambda trial: 0.1)(trial))
    1.5
    """
    number("seconds", seconds, "(0, inf)")
    if not callable(per_image):
        raise broken("per_image", "a function of a trial", per_image, TypeError)

    def result(trial):
        clock = times(per_image)(trial)
        if seconds < clock[0]:
            raise broken("seconds", f"{clock[0]:.3g}, the first epoch's, or more", seconds)
        return np.interp(seconds, clock, value(trial, key))

    return result


HOW_LONG = ("n_train", "epochs", "steps_per_epoch", "patience")  # changes no batch


def seconds_per_image(timed):
    """Return a function of a trial: the median seconds that one image takes in its training.

    `timed` are trials of `Turns`, as of "cifar10_time"; of the trainings there it is the one that
    does the same with each batch.
    """
    clocks = [
        (
            {k: v for k, v in settings.items() if k not in HOW_LONG},
            np.median([t["epoch_seconds"][name] for t in timed]) / timed[0]["n_train"],
        )
        for name, settings in timed[0]["settings"]["trainings"]
    ]

    def per_image(trial):
        for settings, seconds in clocks:
            if all(trial["settings"].get(name) == wanted for name, wanted in settings.items()):
                return float(seconds)
        raise broken("trial", "of a training that was timed", trial.get("variant"))

    return per_image


def spread(trials, key):
    """Return the Spread of one result over at least two trials.

    >>> print(spread([{"seed": seed, "inertia": 1.0 + seed} for seed in range(3)], "inertia"))
    2 ± 1 (n = 3)
    """
    if len(_listed("trials", trials)) < 2:
        raise broken("trials", "at least two", len(trials))
    _one_variant("trials", trials)
    found = values(trials, key).tolist()
    return Spread(mean(found), stdev(found), len(found))


def difference(trials, base, key):
    """Return the Difference of one result, `trials` less `base`, seed by seed.

    What a seed does to both, by the images that it draws, falls out. Only seeds that stand in both
    count, at least three. See Student, "The probable error of a mean", Biometrika 6(1), 1908.

    >>> base = [{"seed": seed, "error": 0.3 - 0.1 * seed} for seed in range(3)]
    >>> print(difference([trial | {"error": 0.0} for trial in base], base, "error"))
    -0.2 (-0.448 to +0.0484): cannot tell
    """
    from scipy.stats import ttest_1samp

    _one_variant("trials", trials)
    _one_variant("base", base)
    _alike("trials and base", [*trials, *base], "data")
    before = {trial["seed"]: trial for trial in base}
    both = [trial for trial in trials if trial["seed"] in before]
    if len(both) < 3:
        raise broken("trials", "of at least 3 seeds that base has as well", len(both))
    changes = values(both, key) - values([before[trial["seed"]] for trial in both], key)
    change = changes.mean()
    if np.ptp(changes) == 0:  # then t is 0 or infinite
        low, high, p = change, change, change == 0
    else:
        test = ttest_1samp(changes, 0)
        (low, high), p = test.confidence_interval(0.95), test.pvalue
    return Difference(*map(float, (change, low, high)), len(changes), float(p))


def pooled_differences(rows, base, key, *, apart=()):
    """Return the Difference of each of several variants from one base, by name.

    As `difference`, but how far runs of a variant fall apart is estimated from all variants
    together, because three runs alone say little about it. That takes it for the same in each. This
    is the analysis of variance of variants and seeds. See R. A. Fisher, "The arrangement of field
    experiments", Journal of the Ministry of Agriculture 33, 1926.

    Rows that are named in `apart` stray otherwise, as trainings do that mostly fail: they are told
    by themselves, as `difference` does it. Of the others, only seeds that all have count, at least
    two.

    >>> rows = {
    ...     name: [{"seed": seed, "error": error} for seed, error in enumerate(errors)]
    ...     for name, errors in {"a": (5, 9), "b": (2, 2), "base": (1, 3)}.items()
    ... }
    >>> for name, one in pooled_differences(rows, rows.pop("base"), "error").items():
    ...     print(name, one)
    a +5 (-1.08 to +11.1): cannot tell
    b +0 (-6.08 to +6.08): cannot tell
    """
    from scipy.stats import t

    _is("rows", rows, dict, "a dict of trials by the name of their row")
    if unknown := [name for name in apart if name not in rows]:
        raise broken("apart", f"of names in rows, {list(rows)}", unknown[0])
    by_itself = {name: difference(rows[name], base, key) for name in apart}
    rows = {name: trials for name, trials in rows.items() if name not in by_itself}
    if not rows:
        return by_itself
    every = {"base": base, **{f"rows[{name!r}]": trials for name, trials in rows.items()}}
    for name, trials in every.items():
        _one_variant(name, trials)
    _alike("rows and base", [trial for trials in every.values() for trial in trials], "data")
    by_seed = [{trial["seed"]: trial for trial in trials} for trials in every.values()]
    seeds = sorted(set.intersection(*map(set, by_seed)))
    if len(seeds) < 2:
        raise broken("rows", "of at least 2 seeds that all of them and base have", len(seeds))
    found = np.array([values([trials[seed] for seed in seeds], key) for trials in by_seed])
    means = found.mean(axis=1)
    left = found - means[:, None] - found.mean(axis=0) + found.mean()  # what neither explains
    free = len(rows) * (len(seeds) - 1)
    error = np.sqrt((left**2).sum() / free * 2 / len(seeds))  # of a difference of two means
    half, gains = t.ppf(0.975, free) * error, means[1:] - means[0]
    p = 2 * t.sf(np.abs(gains) / error, free) if error else gains == 0
    return by_itself | {
        name: Difference(*map(float, (gain, gain - half, gain + half)), len(seeds), float(by_luck))
        for name, gain, by_luck in zip(rows, gains, p, strict=True)
    }


def holm(differences):
    """Return the p of each of several differences, by name, corrected for there being several.

    Below 0.05 a difference is told even so. See S. Holm, "A simple sequentially rejective multiple
    test procedure", Scandinavian Journal of Statistics 6(2), 1979.

    >>> several = {name: Difference(1, 0, 2, 3, p) for name, p in zip("abc", (0.04, 0.01, 0.03))}
    >>> holm(several)
    {'b': 0.03, 'c': 0.06, 'a': 0.06}
    """
    for one in _is("differences", differences, dict, "a dict of Differences by name").values():
        _is("differences", one, Difference, "a dict of Differences by name")
    ascending = sorted(differences, key=lambda name: differences[name].p)
    times_left = [(len(ascending) - n) * differences[name].p for n, name in enumerate(ascending)]
    corrected = np.maximum.accumulate(np.minimum(times_left, 1)).tolist()
    return dict(zip(ascending, corrected, strict=True))


def _is(name, value, kind, rule):
    if not isinstance(value, kind):
        raise broken(name, rule, value, TypeError)
    return value


def _listed(name, trials):
    return _is(name, trials, (list, tuple), "a list of stored trials")


def _one_variant(name, trials):
    """Raise an error for trials that are not runs of one variant with different seeds."""
    seeds = [value(trial, "seed") for trial in _listed(name, trials)]
    _alike(name, trials, "settings", "data")
    if len(set(seeds)) < len(seeds):
        raise broken(name, "runs of different seeds", f"seeds {seeds}")


def _alike(name, trials, *parts):
    """Raise an error for trials that differ in a part; where their images lie is no difference."""
    for part in parts:
        kinds = [images(t.get(part)) if part == "data" else t.get(part) for t in trials]
        kinds = {dumps(kind, sort_keys=True) for kind in kinds}
        if len(kinds) > 1:
            raise broken(name, f"of the same {part}", sorted(kinds))


def table(rows, columns, *, spec=".1%"):
    """Return mean ± deviation of several results of several variants, a DataFrame of str.

    Parameters
    ----------
    rows : dict of str to list of dict
        Trials by the name of their row; the last column says how many.
    columns : dict of str to key, or to (key, spec)
        What is the same in all trials of a row is shown alone; a key may give None for "not known".
    spec : str
        How numbers are written, where a column does not say.
    """
    from pandas import DataFrame

    def cell(trials, key, spec):
        found = [value(trial, key) for trial in trials]
        if all(result == found[0] for result in found):
            return "" if found[0] is None else format(found[0], spec)
        return spread(trials, key).short(spec)

    _is("rows", rows, dict, "a dict of trials by the name of their row")
    _is("columns", columns, dict, "a dict of keys by the name of their column")
    chosen = {name: key if isinstance(key, tuple) else (key, spec) for name, key in columns.items()}
    cells = {
        row: {name: cell(_listed("rows", trials), *key) for name, key in chosen.items()}
        | {"runs": len(trials)}
        for row, trials in rows.items()
    }
    return DataFrame.from_dict(cells, orient="index")


def differences(rows, base, key, *, spec=".1%"):
    """Return a table of what variants, as in `table`, differ in from `base`, with Holm's p.

    With % in `spec` the differences are percentage points.
    """
    from pandas import DataFrame

    _is("rows", rows, dict, "a dict of trials by the name of their row")
    found = {name: difference(trials, base, key) for name, trials in rows.items()}
    corrected = holm(found)
    cells = {
        name: dict(zip(("difference", "from", "to"), one.parts(spec), strict=True))
        | {"verdict": one.verdict, "p (Holm)": f"{corrected[name]:.3f}", "runs": one.n}
        for name, one in found.items()
    }
    return DataFrame.from_dict(cells, orient="index")
