"""Time the training of a network of `helpers.nn` against the same network in Keras.

The two take turns in one process, so that a busy machine slows both. Printed are the medians of
their turns, and their ratio: trust the ratio. Both have the threads that they take by themselves;
with one for each, `OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1`.
"""

import os
from time import perf_counter

import numpy as np

from helpers import nn
from helpers.models import keras
from helpers.training import in_batches

TURNS, BATCH, STEPS = 9, 64, 50
MNIST = 60_000
layers = keras.layers


def main():
    rng = np.random.default_rng(0)
    x = rng.random((BATCH * STEPS, 28, 28, 1), np.float32)
    y = np.eye(10, dtype=np.float32)[rng.integers(0, 10, BATCH * STEPS)]
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    print(f"report E's CNN (E2), batch {BATCH}, SGD with momentum, float32, threads: {threads}")
    ours, theirs = our_epoch(x, y), keras_epoch(x, y)
    times = np.array([(seconds(ours), seconds(theirs)) for _ in range(TURNS)])
    our, their = np.median(times[1:], axis=0) / STEPS
    print(f"  {our * 1e3:.2f} ms a step, Keras {their * 1e3:.2f} ms: ", end="")
    ratios = times[1:, 1] / times[1:, 0]
    print(f"{np.median(ratios):.2f} times its speed (target: at least .6, goal .8), ", end="")
    print(f"between {ratios.min():.2f} and {ratios.max():.2f}")
    print(f"  {our * MNIST / BATCH:.0f} s for an epoch of MNIST (target: under 60 s)")


def our_epoch(x, y):
    convolutions = [nn.Conv2D(8, 5), nn.ReLU(), nn.Conv2D(8, 5), nn.ReLU()]
    dense = [nn.Flatten(), nn.Dense(128), nn.ReLU(), nn.Dense(10)]
    network = nn.Network([*convolutions, nn.MaxPool2D(), *dense], seed=0)
    optimizer = nn.SGD(0.01, 0.9)
    return lambda: network.fit(x, y, optimizer, batch_size=BATCH, report=None)


def keras_epoch(x, y):
    convolutions = [layers.Conv2D(8, 5, activation="relu"), layers.Conv2D(8, 5, activation="relu")]
    dense = [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10)]
    model = keras.Sequential([layers.Input(x.shape[1:]), *convolutions, layers.MaxPool2D(), *dense])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01, 0.9), loss, metrics=["accuracy"])
    batches = in_batches(x, y, BATCH, shuffle=True)
    return lambda: model.fit(**batches, verbose=0)


def seconds(function):
    start = perf_counter()
    function()
    return perf_counter() - start


if __name__ == "__main__":
    main()
