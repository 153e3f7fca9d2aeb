"""The three places data comes from, and everything that can go wrong with each.

The network of these tests is 127.0.0.1, and the Keras that downloads is `FAKE_KERAS`;
one test meets the real one, with nothing but a closed port behind it.
"""

import dataclasses
import hashlib
import http.server
import io
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from helpers import data

LOADERS = {"mnist": data.mnist, "cifar10": data.cifar10}
FAKE_KERAS = """
import io, os, types, urllib.request
import numpy

def load(name):
    try:
        raw = open(os.path.join(os.environ["KERAS_HOME"], "datasets", name + ".npz"), "rb").read()
    except FileNotFoundError:
        raw = urllib.request.urlopen(os.environ["FAKE_ORIGIN"]).read()
    file = numpy.load(io.BytesIO(raw))
    return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])

datasets = types.SimpleNamespace(mnist=types.SimpleNamespace(load_data=lambda: load("mnist")))
"""


def arrays(shape=(28, 28), **changes):
    """Twenty training and ten test images, as Keras would store them."""
    rng = np.random.default_rng(0)
    fill = {
        "x_train": rng.integers(0, 256, (20, *shape), dtype=np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (10, *shape), dtype=np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
    }
    return fill | changes


def packed(**changes):
    """The bytes of that file."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays(**changes))
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """An empty data folder, an empty Keras cache, and a network that refuses at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/"
    for name in ("_MNIST", "_CIFAR10"):
        original = dataclasses.replace(getattr(data, name), url=closed)
        monkeypatch.setattr(data, name, original)
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("COURSE_DATA_DIR", str(folder))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return folder


@pytest.fixture
def keras(monkeypatch, tmp_path):
    """The Keras of the process that downloads is `FAKE_KERAS`; returns where it finds files."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "keras.py").write_text(FAKE_KERAS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))

    def origin(url):
        monkeypatch.setattr(data, "_MNIST", dataclasses.replace(data._MNIST, url=url))
        monkeypatch.setenv("FAKE_ORIGIN", url)

    return origin


@pytest.fixture
def serve():
    """Start a server on 127.0.0.1 whose answer is `write(file)`; return its address."""
    running = []

    def start(write, length=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(length or len(packed())))
                self.end_headers()
                write(self.wfile)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # the probe hangs up early
                pass

        running.append(Server(("127.0.0.1", 0), Handler))
        threading.Thread(target=running[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{running[-1].server_port}/"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


# --- A local file ----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "shape"), [("mnist", (28, 28)), ("cifar10", (32, 32, 3))])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_local_file(folder, recwarn, name, shape, save):
    """What was saved is what is loaded; labels come out flat and in int64."""
    saved = arrays(shape, y_test=np.arange(10).reshape(10, 1))
    save(folder / f"{name}.npz", **saved)
    loaded = LOADERS[name]()
    for key in data.KEYS:
        array = getattr(loaded, key)
        assert array.dtype == (np.uint8 if key.startswith("x") else np.int64)
        np.testing.assert_array_equal(array.ravel(), saved[key].ravel())
    assert loaded.x_train.shape == (20, *shape)
    assert loaded.y_test.shape == (10,)
    assert len(loaded.class_names) == 10
    assert "20 training + 10 test" in loaded.source
    assert f"from $COURSE_DATA_DIR/{name}.npz" in loaded.source
    assert "STAND-IN" not in loaded.source
    assert str(folder) not in loaded.source
    assert not recwarn.list


def test_course_data_dir_goes_before_data(folder, monkeypatch, tmp_path):
    """`data/` beside the package is read only where the variable is not set."""
    monkeypatch.setattr(data, "__file__", str(tmp_path / "course" / "helpers" / "data.py"))
    (tmp_path / "course" / "data").mkdir(parents=True)
    np.savez(tmp_path / "course" / "data" / "mnist.npz", **arrays(y_train=np.full(20, 7)))
    np.savez(folder / "mnist.npz", **arrays(y_train=np.full(20, 3)))
    assert set(data.mnist().y_train) == {3}
    for value in ("", None):
        monkeypatch.delenv("COURSE_DATA_DIR")
        if value is not None:
            monkeypatch.setenv("COURSE_DATA_DIR", value)
        loaded = data.mnist()
        assert set(loaded.y_train) == {7}
        assert "from data/mnist.npz" in loaded.source
        monkeypatch.setenv("COURSE_DATA_DIR", str(folder))


def test_course_data_dir_must_exist(folder, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", str(folder / "nowhere"))
    with pytest.raises(ValueError, match=r"COURSE_DATA_DIR must be an existing folder.*nowhere"):
        data.mnist()


@pytest.mark.parametrize("key", data.KEYS)
def test_mnist_is_told_from_a_copy(folder, monkeypatch, key):
    """One image or label that is not in its place, in any of the four arrays, is enough."""
    known = data._checksum(*arrays().values())
    monkeypatch.setattr(data, "_MNIST", dataclasses.replace(data._MNIST, known=known))
    np.savez(folder / "mnist.npz", **arrays())
    assert data.mnist().source.endswith("mnist.npz; the original")
    swapped = arrays()[key]
    swapped[[-2, -1]] = swapped[[-1, -2]]
    np.savez(folder / "mnist.npz", **arrays(**{key: swapped}))
    assert data.mnist().source.endswith("NOT the original: images, labels or order differ")


MNIST_FILE = Path(data.__file__).parent.parent / "data" / "mnist.npz"


@pytest.mark.skipif(not MNIST_FILE.is_file(), reason="needs MNIST in data/")
def test_mnist_checksum_is_that_of_the_published_files():
    """The MD5s are of the four files MNIST was published in: a header, then the bytes."""
    published = (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    )
    loaded = data._read(MNIST_FILE, data._MNIST)
    found = []
    for array in loaded:
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        found.append(hashlib.md5(header + array.astype(np.uint8).tobytes()).hexdigest())
    assert (tuple(found) == published) == (data._checksum(*loaded) == data._MNIST.known)


@pytest.mark.parametrize("change", [None, "x_train", "y_train", "x_test"])
def test_cifar10_is_told_from_a_copy(folder, monkeypatch, change):
    """By a pixel, a first label or a missing image; nothing is claimed beyond what is compared."""
    saved = arrays((32, 32, 3))
    outline = (20, 10, tuple(range(10)), saved["x_train"].sum())
    monkeypatch.setattr(data, "_CIFAR10", dataclasses.replace(data._CIFAR10, known=outline))
    if change == "x_test":
        saved = {key: array[:9] if "test" in key else array for key, array in saved.items()}
    elif change:
        saved[change].flat[0] += 1
    np.savez(folder / "cifar10.npz", **saved)
    match = "; size, first training labels and training pixel sum are the original's"
    verdict = "; NOT the original" if change else match
    assert verdict in data.cifar10().source


def test_cifar10_sum_is_the_published_means():
    """The sum of the three channel means everyone normalises by."""
    means = (125.306918046875, 122.950394140625, 113.86538318359375)
    assert data._CIFAR10.known[-1] == round(sum(means) * 50_000 * 32 * 32)


def fastest(function):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def test_mnist_loads_fast_and_without_copies(folder):
    """A file of MNIST's size takes hardly longer than NumPy, and hardly more than its memory."""
    rng = np.random.default_rng(1)
    full = {
        "x_train": rng.integers(0, 256, (60_000, 28, 28), dtype=np.uint8),
        "y_train": np.arange(60_000) % 10,
        "x_test": rng.integers(0, 256, (10_000, 28, 28), dtype=np.uint8),
        "y_test": np.arange(10_000) % 10,
    }
    np.savez(folder / "mnist.npz", **full)
    size = sum(array.nbytes for array in full.values())

    def numpy_alone():
        with np.load(folder / "mnist.npz") as file:
            return [file[key] for key in data.KEYS]

    assert fastest(data.mnist) < 3 * fastest(numpy_alone)
    tracemalloc.start()
    data.mnist()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.1 * size, (peak, size)


def damaged(raw):
    """Contents of a file that once was `raw`."""
    yield "empty", b""
    yield "not a zip", b"<html>Sign in to the network</html>"
    for share in (0.1, 0.5, 0.9, 0.999):
        yield f"truncated at {share}", raw[: int(share * len(raw))]
    for share in (0.2, 0.4, 0.6, 0.8):
        flipped = bytearray(raw)
        flipped[int(share * len(raw))] ^= 4
        yield f"a bit flipped at {share}", bytes(flipped)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damaged_file(folder, save):
    """Named, with what to do; not used, not replaced by a stand-in, not touched."""
    path = folder / "mnist.npz"
    save(path, **arrays())
    for damage, content in damaged(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(ValueError) as caught:
            data.mnist()
            pytest.fail(f"{damage}: loaded")
        message = str(caught.value)
        assert f"{path} is not a usable MNIST file: " in message, damage
        assert message.endswith("Move it away or replace it."), damage
        assert ": . Move" not in message, f"{damage}: no reason given"
        assert path.read_bytes() == content, damage


def test_folder_in_place_of_the_file(folder):
    """What cannot even be opened gets the same clear words."""
    (folder / "mnist.npz").mkdir()
    with pytest.raises(ValueError, match=r"mnist\.npz is not a usable MNIST file.*Move it away"):
        data.mnist()


def test_member_longer_than_its_header_says(folder):
    """An array with bytes behind its end is not the array that was saved."""
    path = folder / "mnist.npz"
    np.savez(path, **arrays())
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content + b"more")
    with pytest.raises(ValueError, match="x_train is longer than it says"):
        data.mnist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y_test": None}, "it has no y_test"),
        ({"x_train": np.zeros((20, 28, 28))}, "x_train must be uint8.*float64"),
        ({"x_train": np.zeros((20, 28, 28), np.int8)}, "x_train must be uint8.*int8"),
        ({"x_train": np.zeros((20, 784), np.uint8)}, r"shape \(n, 28, 28\).*\(20, 784\)"),
        ({"x_test": np.zeros((10, 28, 28, 1), np.uint8)}, r"x_test.*\(10, 28, 28, 1\)"),
        ({"x_test": np.zeros((0, 28, 28), np.uint8)}, r"x_test.*\(0, 28, 28\)"),
        ({"x_train": np.uint8(3)}, r"x_train must be.*uint8 \(\)"),
        ({"y_train": np.arange(19) % 10}, r"y_train must be 20 integers.*\(19,\)"),
        ({"y_train": np.zeros((20, 10), int)}, r"y_train must be.*\(20, 10\)"),
        ({"y_train": np.zeros(20)}, "y_train must be.*float64"),
        ({"y_train": np.zeros(20, bool)}, "y_train must be.*bool"),
        ({"y_train": np.arange(20)}, "from 0 to 9.*0 to 19"),
        ({"y_test": np.arange(10) - 1}, "from 0 to 9.*-1 to 8"),
        ({"y_test": np.array([None] * 10)}, "allow_pickle"),
    ],
)
def test_file_of_another_form(folder, change, words):
    """A wrong key, shape, dtype, count or label is named, with the file."""
    saved = {key: array for key, array in arrays(**change).items() if array is not None}
    np.savez(folder / "mnist.npz", **saved)
    with pytest.raises(ValueError, match=r"mnist\.npz is not a usable MNIST file.*" + words):
        data.mnist()
    assert (folder / "mnist.npz").exists()


# --- Keras' cache or download ----------------------------------------------------------


def test_download_is_stored(folder, keras, serve):
    """It comes once; the second time the file is there, and is all that is there."""
    keras(serve(lambda file: file.write(packed())))
    loaded = data.mnist()
    np.testing.assert_array_equal(loaded.x_train, arrays()["x_train"])
    assert "downloaded by Keras, stored as $COURSE_DATA_DIR/mnist.npz" in loaded.source
    assert os.listdir(folder) == ["mnist.npz"]
    keras("http://127.0.0.1:1/")
    assert "from $COURSE_DATA_DIR/mnist.npz" in data.mnist().source


def test_cache_needs_no_network(folder, keras, tmp_path):
    """What Keras has already is used though every connection is refused, and is left alone."""
    cache = tmp_path / "keras" / "datasets"
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(packed())
    keras("http://127.0.0.1:1/")
    assert "downloaded by Keras" in data.mnist().source
    assert (cache / "mnist.npz").read_bytes() == packed()


def test_real_keras_with_a_damaged_cache(monkeypatch, tmp_path):
    """Keras finds the SHA-256 wrong and cannot download: a stand-in, and the cache as it was."""
    cache = tmp_path / "keras" / "datasets"
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(b"half a file")
    monkeypatch.setenv("https_proxy", data._MNIST.url)
    with pytest.warns(UserWarning, match="URL fetch failure"):
        assert "STAND-IN" in data.mnist().source
    assert (cache / "mnist.npz").read_bytes() == b"half a file"


def refuse_scratch(monkeypatch, folder):
    class Elsewhere(data.TemporaryDirectory):
        def __init__(self, prefix, dir=None):
            if dir == folder:
                raise PermissionError(13, "Permission denied")
            super().__init__(prefix=prefix, dir=dir)

    monkeypatch.setattr(data, "TemporaryDirectory", Elsewhere)
    refuse_rename(monkeypatch, folder)


def refuse_rename(monkeypatch, _):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(data.os, "replace", refuse)


@pytest.mark.parametrize("refuse", [refuse_scratch, refuse_rename])
def test_folder_without_write_permission(folder, keras, serve, monkeypatch, refuse):
    """The data is there all the same; the learner hears that it was not kept."""
    keras(serve(lambda file: file.write(packed())))
    refuse(monkeypatch, folder)
    with pytest.warns(UserWarning, match="is not writable: MNIST is downloaded anew each time"):
        loaded = data.mnist()
    np.testing.assert_array_equal(loaded.x_train, arrays()["x_train"])
    assert "downloaded by Keras, not stored" in loaded.source
    assert os.listdir(folder) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that is never writable")
def test_folder_that_even_root_cannot_write(keras, serve, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", "/proc/self")
    keras(serve(lambda file: file.write(packed())))
    with pytest.warns(UserWarning, match="not writable"):
        assert "not stored" in data.mnist().source


def test_two_processes_at_the_same_moment(folder, keras, serve):
    """Both downloads are under way at once; both get everything, and one whole file stays."""
    meeting = threading.Barrier(2)

    def write(file):
        raw = packed()
        file.write(raw[:1000])
        file.flush()
        meeting.wait(timeout=30)
        file.write(raw[1000:])

    url = serve(write)
    keras(url)
    code = (
        "import dataclasses, helpers.data as data\n"
        f"data._MNIST = dataclasses.replace(data._MNIST, url={url!r})\n"
        "data.PATIENCE = 30\n"
        "loaded = data.mnist()\n"
        "print(loaded.x_train.sum(), loaded.y_test.sum(), loaded.source)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    expected = f"{arrays()['x_train'].sum()} 45 MNIST: 20 training + 10 test images, downloaded"
    for process in processes:
        assert expected in process.communicate(timeout=60)[0]
    assert os.listdir(folder) == ["mnist.npz"]
    assert (folder / "mnist.npz").stat().st_size == len(packed())


def test_interrupted_download_leaves_nothing(folder, keras, serve, monkeypatch):
    def interrupt(command, **_):
        Path(command[3]).write_bytes(packed()[:1000])
        raise KeyboardInterrupt

    keras(serve(lambda file: file.write(packed())))
    monkeypatch.setattr(data.subprocess, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        data.mnist()
    assert os.listdir(folder) == []


# --- No network ------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOADERS)
def test_refused_at_once(folder, name):
    """The stand-in comes at once, with one line that says why and what it is."""
    start = time.perf_counter()
    with pytest.warns(UserWarning) as caught:
        loaded = LOADERS[name]()
    elapsed = time.perf_counter() - start
    stand_in = {"mnist": data._digits, "cifar10": data._shapes}[name]
    assert elapsed - fastest(stand_in) < 3
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "\n" not in message
    assert f"$COURSE_DATA_DIR/{name}.npz is not there" in message
    assert "refused" in message
    assert loaded.source in message
    assert loaded.source.startswith("STAND-IN for ")
    assert caught[0].filename == __file__
    assert os.listdir(folder) == []


def test_connection_that_never_answers(keras):
    """Given up within ten seconds, by the real limit."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        keras(f"http://127.0.0.1:{server.getsockname()[1]}/")
        start = time.perf_counter()
        with pytest.warns(UserWarning, match="could not be downloaded"):
            assert "STAND-IN" in data.mnist().source
    assert time.perf_counter() - start < 10


def test_answer_that_trickles(keras, serve):
    """Bytes that come one by one, each in time, are not a download: again the real limit."""
    release = threading.Event()

    def write(file):
        for _ in range(30):
            file.write(b"P")
            file.flush()
            if release.wait(1):
                return

    keras(serve(write))
    start = time.perf_counter()
    with pytest.warns(UserWarning, match="no answer within 4 s"):
        assert "STAND-IN" in data.mnist().source
    release.set()
    assert time.perf_counter() - start < 10


def test_name_that_is_never_found(keras, monkeypatch):
    """A look-up knows no time limit of its own."""
    release = threading.Event()
    monkeypatch.setattr(data, "PATIENCE", 0.3)
    monkeypatch.setattr(data, "urlopen", lambda *_, **__: release.wait(30))
    start = time.perf_counter()
    with pytest.warns(UserWarning, match=r"no answer within 0\.3 s"):
        assert "STAND-IN" in data.mnist().source
    release.set()
    assert time.perf_counter() - start < 5


def test_transfer_that_stops(folder, keras, serve, monkeypatch):
    """Given up `STALL` after the last byte; nothing of it is kept."""
    release = threading.Event()

    def write(file):
        file.write(bytes(2**17))  # more than the probe reads
        file.flush()
        release.wait(30)

    keras(serve(write, 2**18))
    monkeypatch.setattr(data, "STALL", 1)
    start = time.perf_counter()
    with pytest.warns(UserWarning, match="timed out"):
        assert "STAND-IN" in data.mnist().source
    release.set()
    assert time.perf_counter() - start < 10
    assert os.listdir(folder) == []


def test_download_of_something_else(folder, keras, serve):
    """A network's log-in page is not MNIST."""
    page = b"<html>Sign in</html>"
    keras(serve(lambda file: file.write(page), len(page)))
    with pytest.warns(UserWarning, match="could not be downloaded"):
        assert "STAND-IN" in data.mnist().source
    assert os.listdir(folder) == []


# --- The stand-ins ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "shape", "n_train"),
    [(data._digits, (28, 28), 4000), (data._shapes, (32, 32, 3), 5000)],
)
def test_stand_in(make, shape, n_train):
    """Shaped and typed as the original, balanced, shuffled, no image twice, always the same."""
    first, second = make(), make()
    assert first.x_train.shape == (n_train, *shape)
    assert first.x_test.shape == (1000, *shape)
    for key in data.KEYS:
        array = getattr(first, key)
        assert array.dtype == (np.uint8 if key.startswith("x") else np.int64)
        np.testing.assert_array_equal(array, getattr(second, key))
    assert set(np.bincount(first.y_train)) == {n_train // 10}
    assert set(np.bincount(first.y_test)) == {100}
    assert len(np.unique(first.y_train[:100])) == 10
    assert len(set(first.class_names)) == 10
    everything = np.concatenate([first.x_train, first.x_test])
    assert len({image.tobytes() for image in everything}) == n_train + 1000


def nearest(dataset, feature):
    """The test accuracy of five nearest neighbours on a feature of each image."""
    model = KNeighborsClassifier(5).fit(feature(dataset.x_train), dataset.y_train)
    return model.score(feature(dataset.x_test), dataset.y_test)


def test_digits_are_digits():
    """Images and labels belong together."""
    assert nearest(data._digits(), lambda x: x.reshape(len(x), -1)) > 0.9


def test_shapes_can_be_learned_but_not_from_pixels_or_colour_alone():
    """Chance is 0.1; what is left above raw pixels is for convolutions to find."""
    shapes = data._shapes()
    assert 0.2 < nearest(shapes, lambda x: x.reshape(len(x), -1)) < 0.5
    assert nearest(shapes, lambda x: x.mean(axis=(1, 2))) < 0.2
