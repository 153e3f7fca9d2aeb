"""The exercise checks: `check.NAME(answer)` says what is right, wrong, or not tried yet.

A lesson's module is loaded when the first of its exercises is used.
"""

from importlib import import_module

LESSONS = {
    "lesson_00": ("scale_pixels", "brighter"),
    "lesson_01": ("correlate1d", "one_value", "true_convolution", "moving_kernel"),
    "lesson_02": ("edge_responses", "turned", "magnitude"),
    "lesson_03": ("output_size", "kernel_size", "count_network", "most_filters", "receptive_field"),
    "lesson_04": ("slope", "softmax_gradient", "input_gradient", "hidden_delta", "momentum_path"),
    "lesson_05": ("feature_count", "standardised", "choose_by_validation", "one_run_each"),
    "lesson_06": ("chance_loss", "average_back", "dropout", "batch_norm", "first_wrong"),
    "lesson_07": (
        "repaired_loss",
        "choose_C",
        "recall_and_precision",
        "fewer_errors",
        "surest_mistakes",
    ),
    "lesson_08": ("effect", "places_moved", "moved", "farthest"),
    "lesson_09": ("macs_of_both", "decide", "gap_and_rise", "covered"),
    "lesson_10": ("images_needed", "l1_step", "soft_threshold", "early_stopping", "augmented"),
    "lesson_11": ("jitter", "layers_to_see", "holm_corrected", "within_budget", "least_accuracy"),
    "lesson_12": ("to_network", "last_layer", "grad_cam", "top_accuracy"),
    "lesson_13": ("nearest", "means", "chances", "silhouette", "few_colours"),
    "lesson_14": ("epochs_that_fit", "not_beaten", "answer_together"),
    "lesson_15": ("whose_recall", "one_more_run", "wrong_line"),
}
_HOMES = {name: lesson for lesson, names in LESSONS.items() for name in names}
__all__ = sorted(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"there is no exercise {name!r}; there are {', '.join(__all__)}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__():
    return __all__
