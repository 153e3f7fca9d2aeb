"""Time `helpers.training.train` against a plain Keras `fit` on the same arrays.

The two sides take turns in one process. The first epoch, in which Keras builds its
graphs, is left out of the throughput, but not out of the overall time; that of `train`
has the preparation of the data and every evaluation in it as well. Its throughput can be
above a plain fit's, which waits at the end of each epoch: see `helpers.training.in_batches`.
"""

from time import perf_counter

import numpy as np

from helpers.models import keras
from helpers.settings import Training
from helpers.training import compiled, load_images, train

N, EPOCHS, TURNS = 5_000, 3, 3
NETWORKS = {"A8": "mnist", "B5": "mnist", "D3": "cifar10", "D6": "cifar10", "D7": "cifar10"}


def ours(settings):
    """Return the seconds of an epoch, and of everything."""
    started = perf_counter()
    _, results = train(settings, seed=0)
    return np.mean(results["history"]["seconds"][1:]), perf_counter() - started


def plain(settings, x, y):
    """Return the same of the same network, fitted by Keras alone on the arrays."""
    started, ends = perf_counter(), []
    network, _ = compiled(settings, len(x))
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(perf_counter()))
    network.fit(x, y, settings.batch_size, EPOCHS, verbose=0, callbacks=[clock])
    return (ends[-1] - ends[0]) / (EPOCHS - 1), perf_counter() - started


def main():
    print(f"training on {N:,} images, batch 64, medians of {TURNS} turns")
    for network, dataset in NETWORKS.items():
        settings = Training(network, dataset, EPOCHS, batch_size=64, n_train=N)
        x, y = load_images(settings, seed=0)["train"]
        times = [(ours(settings), plain(settings, x, y)) for _ in range(TURNS)]
        (our, our_all), (their, their_all) = np.median(times, axis=0)
        print(f"{network}: {len(x) / our:,.0f} images/s, plain fit {len(x) / their:,.0f}: ", end="")
        print(f"{their / our:.2f} of its throughput (target: at least 0.9)")
        print(f"  overall {our_all:.1f} s, plain {their_all:.1f} s: ", end="")
        print(f"{our_all / their_all:.2f} times its time", flush=True)


if __name__ == "__main__":
    main()
