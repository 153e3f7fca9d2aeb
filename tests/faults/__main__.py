"""Kill, starve and fuzz the package, and count what survives: python -m tests.faults

Three parts, each a module that runs alone as well: `kills`, `dask` and `inputs`. It takes the
better part of an hour on two cores; the exit status is 0 where nothing was lost and every bad
value within the limits.
"""

import sys

from tests.faults import dask, inputs, kills


def main():
    print("# 50 kills at random moments", flush=True)
    lost = kills.main(50)
    print("\n# What can go wrong on a Dask cluster", flush=True)
    wrong = dask.main()
    print("\n# 2,000 bad inputs", flush=True)
    good = inputs.main(2_000)
    return bool(lost or wrong or not good)


if __name__ == "__main__":
    sys.exit(main())
