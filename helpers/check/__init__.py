"""The exercise checks: `check.NAME(answer)` says what is right, wrong, or not tried yet."""

from helpers.check.lesson_00 import scale_pixels
from helpers.check.lesson_01 import correlate1d, one_value, true_convolution
from helpers.check.lesson_02 import blur_kernel, flat_response, magnitude
from helpers.check.lesson_03 import (
    conv_macs,
    conv_params,
    kernel_size,
    output_size,
    receptive_field,
)
from helpers.check.lesson_07 import confusion, error_rate, rbf, recall_and_precision, softmax
from helpers.check.lesson_08 import global_average, moved, pooled, total_stride
from helpers.check.lesson_09 import (
    always_the_same,
    confidence_interval,
    macs_of_both,
    worst_confusion,
)
from helpers.check.lesson_10 import early_stopping, l1_step, penalised, soft_threshold
from helpers.check.lesson_13 import chances, inertia, means, nearest

__all__ = [
    "always_the_same",
    "blur_kernel",
    "chances",
    "confidence_interval",
    "confusion",
    "conv_macs",
    "conv_params",
    "correlate1d",
    "early_stopping",
    "error_rate",
    "flat_response",
    "global_average",
    "inertia",
    "kernel_size",
    "l1_step",
    "macs_of_both",
    "magnitude",
    "means",
    "moved",
    "nearest",
    "one_value",
    "output_size",
    "penalised",
    "pooled",
    "rbf",
    "recall_and_precision",
    "receptive_field",
    "scale_pixels",
    "soft_threshold",
    "softmax",
    "total_stride",
    "true_convolution",
    "worst_confusion",
]
