"""Have Keras load a data set from its cache or the network, and store it as a data file.

In a process of its own, because Keras takes its cache folder from the environment, writes to it
in place, and loads TensorFlow, which most lessons do without. All happens in a hidden folder that
one process has at a time, and the data file appears at once and whole.
"""

import os
import queue
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from urllib.request import urlopen

from filelock import FileLock, Timeout

from helpers.data.files import read

PATIENCE = 4.0  # seconds for the first sign of a network
STALL = 30.0  # seconds without a byte before a running download is given up
LIMIT = 600.0  # seconds that it may take in all
TICK = 1.0  # seconds between two signs of life


def download(path, original):
    """Return the four arrays as Keras has them, and whether `path` now holds them.

    Where they cannot be had (no network, no answer in time, no thread, no Keras), an OSError.
    """
    cache = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"
    cached = [file for file in cache.glob(original.cached) if file.is_file()]
    if not cached:
        _probe(original.url)
    with _workshop(path, original.name) as home:
        if arrays := read(path, original):  # of the process that had the folder before
            return arrays, True
        (home / "datasets").mkdir()
        for file in cached:
            shutil.copyfile(file, home / "datasets" / file.name)
        part = home / path.name
        _ask_keras(part, None if cached else original)
        arrays = read(part, original)
        try:
            os.replace(part, path)
        except OSError:
            return arrays, path.exists()  # Windows replaces no file that another process reads
    return arrays, True


def sweep(path):
    """Remove what a download of `path` that was killed has left."""
    home, lock = _places(path)
    if home.exists() or Path(lock.lock_file).exists():
        with suppress(OSError, NotImplementedError), lock.acquire(timeout=0):
            _clear(home, lock, path)


def _places(path):
    """Return the folder to download into, and the lock of the process that may."""
    home = path.with_name(f".download-{path.stem}")
    return home, FileLock(f"{home}.lock")


def _clear(home, lock, path):
    shutil.rmtree(home, ignore_errors=True)
    if path.exists():  # else a process that waits for this lock, and one that makes its own, meet
        with suppress(OSError):
            os.remove(lock.lock_file)


@contextmanager
def _workshop(path, name):
    """Give an empty folder to download into, beside `path` where that can be."""
    home, lock = _places(path)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with suppress(Timeout):
            lock.acquire(timeout=TICK)
        if not lock.is_locked:
            print(f"Waiting for another process that downloads {name} ...", flush=True)
            lock.acquire(timeout=LIMIT)
    except Timeout:
        raise OSError(f"another process has been at it for {LIMIT / 60:g} minutes") from None
    except (OSError, NotImplementedError):  # not writable
        with TemporaryDirectory(prefix="download-") as elsewhere:
            yield Path(elsewhere)
        return
    try:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(exist_ok=True)
        yield home
    finally:
        _clear(home, lock, path)
        lock.release()


def _ask_keras(part, comes):
    """Have Keras' copy of a data set written to `part`, and tell how far one that comes has come.

    Where it cannot be had, an OSError.
    """
    home, program = part.parent, Path(__file__).with_name("save_with_keras.py")
    with open(home / "errors", "wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", str(program), str(part), str(STALL)],
            env=os.environ | {"KERAS_HOME": str(home)},
            stdin=subprocess.PIPE,  # its end tells the process that this one is gone
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    with process:
        _follow(process, home / "datasets", comes)
    if process.returncode:
        said = (home / "errors").read_text(encoding="utf-8", errors="replace")
        raise OSError(said.strip().rpartition("\n")[2] or f"Keras ended with {process.returncode}")


def _follow(process, folder, comes):
    """Wait for a process, for at most `LIMIT`; print how much has come of what does, if any."""
    end = monotonic() + LIMIT
    while process.poll() is None:
        if comes:
            with suppress(OSError):  # of a file that goes while it is looked at
                # The largest is what comes; it is unpacked to the others.
                come = max((file.stat().st_size for file in folder.glob("*")), default=0) / 1e6
                share = f"{come:.0f} of {comes.megabytes} MB"
                print(f"\rDownloading {comes.name}, once: {share}", end=" ...", flush=True)
        with suppress(subprocess.TimeoutExpired):
            process.wait(TICK)
        if monotonic() > end:
            process.kill()
            raise OSError(f"it took more than {LIMIT / 60:g} minutes")
    if comes:
        print(flush=True)


def _probe(url):
    """Raise OSError unless 64 KiB of `url` arrive within `PATIENCE`.

    The limit is kept from outside, by a thread that is left behind: a socket's timeout
    covers neither the look-up of the name nor an answer that trickles.
    """
    outcome = queue.SimpleQueue()

    def ask():
        try:
            with urlopen(url, timeout=PATIENCE) as answer:
                outcome.put(None if answer.read(2**16) else "an empty answer")
        except Exception as error:
            outcome.put(error)

    try:
        threading.Thread(target=ask, daemon=True).start()
        problem = outcome.get(timeout=PATIENCE)
    except RuntimeError as error:  # no thread can start: in a browser, or at a limit
        problem = error
    except queue.Empty:
        problem = f"no answer within {PATIENCE:g} s, or only a trickle"
    if problem:
        raise OSError(f"{url}: {problem}")
