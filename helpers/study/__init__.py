"""Run, resume, store, load and compare experiments; `helpers.studies` says which there are.

    runs = by_variant("cifar10_stride_vs_maxpool")          # {"strides, 5K": [trial, ...], ...}
    print(f"{spread(runs['strides, 5K'], 'test_accuracy'):.1%}")   # 50.6% ± 1.0% (n = 5)
    end = at_epoch("history.val_accuracy")                  # a key; lambda trial: ... is one, too
    table(runs, {"validation": end, "parameters": ("params", ",")})
    differences({"pooling": runs["max-pooling, 5K"]}, runs["strides, 5K"], "test_accuracy")

`python -m helpers.study NAME --profile full` runs what is missing of a study.
"""

from helpers.studies.plan import Study, Trial, Variant, seed_by_seed
from helpers.study.compare import (
    Difference,
    Spread,
    at_epoch,
    at_time,
    curves,
    difference,
    differences,
    holm,
    pooled_differences,
    seconds_per_image,
    spread,
    table,
    times,
    value,
    values,
)
from helpers.study.engine import run
from helpers.study.store import by_variant, load, weights

# fmt: off
__all__ = [
    "Difference", "Spread", "Study", "Trial", "Variant", "at_epoch", "at_time", "by_variant",
    "curves", "difference", "differences", "holm", "load", "pooled_differences", "run",
    "seconds_per_image", "seed_by_seed", "spread", "table", "times", "value", "values", "weights",
]
