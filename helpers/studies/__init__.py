"""The experiments of the course: what `python -m helpers.study` can run."""

from helpers.studies import (
    by_hand,
    cifar10,
    cifar10_deeper,
    cifar10_speedrun,
    cifar10_transfer,
    cnn_mnist,
    filter_bank,
    kmeans_mnist,
    shift_mnist,
    svc_mnist,
)

_MODULES = (
    svc_mnist,
    cnn_mnist,
    shift_mnist,
    cifar10,
    cifar10_deeper,
    cifar10_transfer,
    cifar10_speedrun,
    kmeans_mnist,
    by_hand,
    filter_bank,
)
STUDIES = {study.name: study for module in _MODULES for study in module.STUDIES}
