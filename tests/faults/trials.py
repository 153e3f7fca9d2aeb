"""A study whose trials fail in every way that a trial can, and the command that runs it."""

import os
import signal
import sys
import time
from dataclasses import dataclass

from helpers.studies import STUDIES
from helpers.studies.plan import Study, Trial
from helpers.study.__main__ import main


@dataclass(frozen=True)
class Fault:
    kind: str
    pid: int = 0


def suffer(settings, seed):
    """Return a square and who computed it, or do what the settings say."""
    if seed == 1:
        match settings.kind:
            case "exit":
                sys.exit("a trial called sys.exit")
            case "die":
                os._exit(7)
            case "raise":
                raise ArithmeticError("a trial failed\non two lines")
            case "kill":
                os.kill(settings.pid, signal.SIGKILL)
                time.sleep(60)
            case "wait":
                print("a trial waits", flush=True)
                time.sleep(60)
    deaf = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return {"square": seed**2, "pid": os.getpid(), "deaf": deaf}


def study(kind, pid=0, seeds=3):
    return Study(
        "faults",
        lambda profile: [Trial("A1", kind, Fault(kind, pid), seed) for seed in range(seeds)],
        suffer,
    )


if __name__ == "__main__":
    kind, pid, *arguments = sys.argv[1:]
    STUDIES["faults"] = study(kind, int(pid))
    sys.exit(main(["faults", *arguments]))
