"""Keras, imported without TensorFlow's start-up messages.

They differ between machines, teach nothing, and stand in red above a lesson. Some
are written before any setting is read, so they are held back at the file
descriptor, and shown after all if the import fails.
"""

import os
import sys
import tempfile
from contextlib import contextmanager


@contextmanager
def _held_back_stderr():
    try:
        saved = os.dup(2)
    except OSError:  # a program without a standard error, such as a service
        yield
        return
    with tempfile.TemporaryFile() as messages:
        held = b""
        os.dup2(messages.fileno(), 2)
        try:
            yield
        except BaseException:
            messages.seek(0)
            held = messages.read()
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            sys.stderr.write(held.decode(errors="replace"))


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with _held_back_stderr():
    import keras

__all__ = ["keras"]
