"""Read a file of weights that PyTorch wrote, in its format before version 1.6, without PyTorch.

Such a file is five pickles, and then the numbers. A pickle may call any function of Python, so
this reader looks at the parts of one before it is run: it knows tensors and ordered dicts, and
refuses everything else.
"""

import pickle
import pickletools
from collections import OrderedDict
from io import BytesIO
from math import prod
from typing import NamedTuple

import numpy as np

from helpers._validate import broken

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
STORAGES = {"FloatStorage": "<f4", "LongStorage": "<i8"}
# All that such a file says in pickle's language.
OPCODES = """
PROTO STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINUNICODE EMPTY_TUPLE TUPLE
TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST APPEND APPENDS EMPTY_DICT SETITEM SETITEMS BINPUT LONG_BINPUT
BINGET LONG_BINGET GLOBAL REDUCE BUILD BINPERSID
"""


class _Tensor(NamedTuple):
    """Where a tensor's numbers are: which storage, and from where in it, counted in numbers."""

    storage: str
    offset: int
    shape: tuple
    strides: tuple


def read(path):
    """Return the tensors of a file, a dict of arrays by name.

    Whatever else it holds, or lacks, is a ValueError that says so; nothing in it is run.
    """
    content = path.read_bytes()
    try:
        return _tensors(BytesIO(content))
    except Exception as error:  # a damaged pickle raises whatever it likes
        why = f"{type(error).__name__}: {error}"[:200]
        raise broken("path", f"a file of PyTorch's tensors ({why})", path.name) from None


def _tensors(file):
    if (_load(file), _load(file)) != (MAGIC, PROTOCOL):
        raise ValueError("it does not begin as one does")
    if not _load(file)["little_endian"]:
        raise ValueError("its bytes are in the other order")
    kinds = {}
    tensors = _load(file, kinds)
    storages = {key: _storage(file, key, *kinds[key]) for key in _load(file)}
    if not isinstance(tensors, dict):
        raise ValueError("it holds no dict")
    return {name: _array(name, t, storages) for name, t in dict.items(tensors)}


def _load(file, kinds=None):
    """Return what the next pickle holds, and note in `kinds` the (dtype, length) of storages."""
    start, memo = file.tell(), 0
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name not in OPCODES.split():
            raise ValueError(f"a pickle with {opcode.name}")
        if "PUT" in opcode.name:  # else one number would fill the memory
            memo += 1
            if argument > memo:
                raise ValueError(f"a pickle with {opcode.name} {argument}")
    end = file.tell()
    file.seek(start)
    return _Unpickler(BytesIO(file.read(end - start)), kinds).load()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file, kinds):
        super().__init__(file)
        self.kinds = kinds

    def find_class(self, module, name):
        # All that is returned is new or cannot be changed, as a pickle may set attributes.
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _Tensor(
                storage, offset, shape, strides
            )
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise ValueError(f"{module}.{name} is no tensor")

    def persistent_load(self, said):
        kind, dtype, key, _, length, view = said
        if kind != "storage" or dtype not in STORAGES.values() or view is not None:
            raise ValueError("a storage of another kind")
        if self.kinds.setdefault(key, (dtype, length)) != (dtype, length):
            raise ValueError(f"storage {key} has two lengths")
        return key


def _storage(file, key, dtype, length):
    if int.from_bytes(file.read(8), "little") != length:
        raise ValueError(f"storage {key} is not of the length that is told")
    numbers = np.frombuffer(file.read(length * np.dtype(dtype).itemsize), dtype)
    if len(numbers) != length:
        raise ValueError("it ends too early")
    return numbers


def _array(name, tensor, storages):
    if not isinstance(name, str) or not isinstance(tensor, _Tensor):
        raise ValueError(f"{name!r} is no tensor")
    numbers, size = storages[tensor.storage], storages[tensor.storage].itemsize
    if prod(tensor.shape) > len(numbers) or min((0, *tensor.strides)) < 0:
        raise ValueError(f"{name} is larger than its storage")
    strides = [size * stride for stride in tensor.strides]
    # NumPy refuses what reaches beyond the storage.
    return np.ndarray(tensor.shape, numbers.dtype, numbers, size * tensor.offset, strides)
