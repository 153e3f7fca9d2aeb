"""Photographs: a learner's own, or two that come with scikit-learn."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from helpers._validate import broken, integer


def photographs(folder="my_photos"):
    """Return the pictures in a folder, by the names of their files: arrays of uint8, (h, w, 3).

    Where there is no folder, or nothing in it, they are scikit-learn's china.jpg and flower.jpg.
    What is no picture is a ValueError that names the file.
    """
    here = Path(folder)
    files = sorted(here.glob("[!.]*")) if here.is_dir() else []
    if files:
        return {path.name: _read(path) for path in files}
    from sklearn.datasets import load_sample_image

    return {name: load_sample_image(name) for name in ("china.jpg", "flower.jpg")}


def _read(path):
    try:
        with Image.open(path) as photo:  # turned as the camera was held
            return np.asarray(ImageOps.exif_transpose(photo).convert("RGB"))
    except Exception as error:  # what a damaged picture raises is anybody's guess
        why = f"{type(error).__name__}: {error}"[:200]
        raise broken("folder", f"one of pictures ({why})", str(path)) from None


def square(photo, size):
    """Return the middle of a photograph, an array of uint8, (h, w, 3), as (size, size, 3)."""
    shape, dtype = getattr(photo, "shape", ()), getattr(photo, "dtype", None)
    if len(shape) != 3 or shape[2] != 3 or dtype != np.uint8:
        raise broken("photo", "an array of uint8, (h, w, 3)", f"{dtype} {shape}")
    side = (integer("size", size, maximum=10_000),) * 2
    return np.asarray(ImageOps.fit(Image.fromarray(photo), side, Image.Resampling.BICUBIC))
