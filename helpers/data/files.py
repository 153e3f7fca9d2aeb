"""The data files: in which folder they are, and what is in them, checked to the last byte."""

import math
import stat
import sys
import zipfile
from pathlib import Path

import numpy as np

from helpers._stored import checkout, chosen_folder
from helpers._validate import broken

KEYS = ("x_train", "y_train", "x_test", "y_test")
LARGEST = 2**28  # bytes of one array unpacked; CIFAR-10's training images have 154 million
# Of an .npy file; the third version differs only in letters that our arrays do not have.
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def data_folder():
    """Return the folder of the data files, and its name in a sentence."""
    if chosen := chosen_folder("COURSE_DATA_DIR"):
        return chosen, "$COURSE_DATA_DIR"
    if course := checkout():
        return course, "data"
    if Path("data").is_dir():
        return Path("data").absolute(), "./data"
    caches = {"win32": "~/AppData/Local", "darwin": "~/Library/Caches"}
    label = f"{caches.get(sys.platform, '~/.cache')}/kernel-by-kernel"
    try:
        return Path(label).expanduser(), label
    except RuntimeError:
        rule = "set where this user has no home folder"
        raise broken("COURSE_DATA_DIR", rule, None) from None


def read(path, original):
    """Return the four arrays of an .npz file, or None where there is no file.

    One that cannot be used is a ValueError, which says why, and what to do.
    """
    try:
        try:
            path.lstat()  # a link that leads nowhere is there
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for a writer
            raise ValueError("it is a folder, a pipe or a device")
        with open(path, "rb") as file:
            arrays = _unpack(file)
        for split in ("train", "test"):
            x, y = f"x_{split}", f"y_{split}"
            _check_images(x, arrays[x], original.shape)
            arrays[y] = _labels(y, arrays[y], len(arrays[x]))
    except MemoryError:  # says nothing about the file
        raise
    except Exception as error:  # what a damaged archive raises is anybody's guess
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ValueError(
            f"{path} is not a usable {original.name} file: {reason}. Move it away or replace it."
        ) from error
    return [arrays[key] for key in KEYS]


def _unpack(file):
    """Return {key: array}, each checked against the archive's checksum."""
    arrays = {}
    with zipfile.ZipFile(file) as archive:
        missing = [key for key in KEYS if f"{key}.npy" not in archive.namelist()]
        if missing:
            raise KeyError(f"it has no {', '.join(missing)}")
        for key in KEYS:
            _check_size(archive, key)
            with archive.open(f"{key}.npy") as member:
                arrays[key] = np.lib.format.read_array(member, allow_pickle=False)
                # Only at the end does zipfile compare the checksum.
                if member.read():
                    raise ValueError(f"{key} is longer than it says")
    return arrays


def _check_size(archive, key):
    """Raise an error where NumPy would take memory for more than the archive can hold."""
    held = archive.getinfo(f"{key}.npy").file_size
    if held > LARGEST:
        raise ValueError(f"{key} unpacks to {held:,} bytes, and an array has at most {LARGEST:,}")
    with archive.open(f"{key}.npy") as member:
        shape, _, dtype = HEADERS[np.lib.format.read_magic(member)](member)
    if math.prod(shape) * dtype.itemsize > held:
        raise ValueError(f"{key} says that its shape is {shape}, but holds {held:,} bytes")


def _check_images(name, x, shape):
    if x.dtype != np.uint8 or x.shape[1:] != shape or not len(x):
        rule = f"uint8 images of shape (n, {', '.join(map(str, shape))})"
        raise broken(name, rule, f"{x.dtype} {x.shape}")


def _labels(name, y, n):
    """Return the labels, flat and in int64."""
    rule = f"{n} integers from 0 to 9"
    if y.dtype.kind not in "iu" or y.shape not in ((n,), (n, 1)):
        raise broken(name, rule, f"{y.dtype} {y.shape}")
    if y.min() < 0 or y.max() > 9:
        raise broken(name, rule, f"{y.min()} to {y.max()}")
    return y.reshape(n).astype(np.int64)
