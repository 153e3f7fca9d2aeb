"""Time `helpers.conv` against SciPy and Keras, and the import of `helpers.shapes`.

The two sides of each pair take turns in one process, so that a busy machine slows both.
Printed are medians and their ratio: trust the ratio.
"""

import os
import subprocess
import sys
from time import perf_counter

import numpy as np
from scipy import ndimage

from helpers.conv import conv2d, conv2d_backward, convolve
from helpers.models import keras

TURNS = 15


def main():
    rng = np.random.default_rng(0)
    print(f"conv2d + conv2d_backward, batch 64, float32, {os.cpu_count()} cores")
    print("Keras with TensorFlow's own number of threads, ours with one")
    for size, c_in, kernel, filters in [(32, 3, 5, 16), (28, 16, 3, 32)]:
        for padding in ["valid", "same"]:
            layer_against_keras(rng, size, c_in, kernel, filters, padding)
    image_against_scipy(rng)
    import_time()


def image_against_scipy(rng):
    image, kernel = rng.random((512, 512), np.float32), rng.random((3, 3), np.float32)
    print("\nconvolve, 512x512 float32, 3x3 kernel, one thread on both sides")
    compare(
        lambda: convolve(image, kernel, padding=1),
        lambda: ndimage.correlate(image, kernel, mode="constant"),
        "scipy.ndimage.correlate",
        "target: at least 4 times its speed, never less than 1",
    )


def layer_against_keras(rng, size, c_in, kernel, filters, padding):
    x = rng.normal(size=(64, size, size, c_in)).astype(np.float32)
    w = rng.normal(size=(kernel, kernel, c_in, filters)).astype(np.float32)
    b = rng.normal(size=filters).astype(np.float32)
    dy = rng.normal(size=conv2d(x, w, b, padding=padding).shape).astype(np.float32)

    def ours():
        y = conv2d(x, w, b, padding=padding)
        return y, *conv2d_backward(dy, x, w, padding=padding)

    theirs = keras_step(x, w, b, dy, padding)
    print(f"{size}x{size}x{c_in} -> {filters} filters {kernel}x{kernel}, {padding}")
    compare(ours, theirs, "Keras", "target: at least 0.5")


def keras_step(x, w, b, dy, padding):
    """Return a function that computes y and the gradients of x, w and b in one graph."""
    import tensorflow as tf

    @tf.function
    def step(x, w, b, dy):
        with tf.GradientTape() as tape:
            tape.watch([x, w, b])
            y = keras.ops.conv(x, w, 1, padding, "channels_last") + b
        return y, *tape.gradient(y, [x, w, b], output_gradients=dy)

    tensors = [tf.constant(array) for array in (x, w, b, dy)]
    return lambda: [result.numpy() for result in step(*tensors)]


def compare(ours, theirs, name, note):
    """Print how fast `ours` is beside `theirs`, once both are seen to give the same."""
    for our, their in zip(ours(), theirs(), strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-3, atol=1e-2)
    times = np.array([(seconds(ours), seconds(theirs)) for _ in range(TURNS)])
    our, their = np.median(times, axis=0)
    print(f"  {our * 1e3:7.2f} ms, {name} {their * 1e3:7.2f} ms: ", end="")
    print(f"{their / our:.2f} times its speed ({note})", flush=True)


def seconds(function):
    start = perf_counter()
    function()
    return perf_counter() - start


def import_time():
    def fresh(code):
        return seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True))

    times = [(fresh("pass"), fresh("import helpers.shapes")) for _ in range(TURNS)]
    bare, loaded = np.median(times, axis=0) * 1e3
    print("\nimport helpers.shapes in a fresh interpreter")
    print(
        f"  {loaded:.0f} ms, bare interpreter {bare:.0f} ms: {loaded - bare:.0f} ms (target: < 50)"
    )


if __name__ == "__main__":
    main()
