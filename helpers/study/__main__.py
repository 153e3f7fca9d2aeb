"""The command: python -m helpers.study NAME [--profile full] [--jobs N] [--scheduler ADDRESS]"""

import argparse
import os
import sys
from functools import partial

from helpers.studies import STUDIES
from helpers.studies.plan import PROFILES
from helpers.study.engine import run
from helpers.study.store import Store


def main(arguments=None):
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m helpers.study", description="Run a study.")
    parser.add_argument("name", nargs="?", help="which study; --list shows them")
    parser.add_argument("--list", action="store_true", help="list the studies and what is stored")
    default = os.environ.get("COURSE_PROFILE") or "quick"
    sizes = "quick to see that it runs, full for what is stored and shown"
    parser.add_argument("--profile", choices=PROFILES, default=default, help=sizes)
    parser.add_argument("--jobs", type=int, default=1, help="trials at a time")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster to run on")
    options = parser.parse_args(arguments)
    if options.name and options.name not in STUDIES:
        return _stop(f"No study is called {options.name!r}. There are: {', '.join(STUDIES)}.", 2)
    report = partial(print, flush=True)
    try:
        if options.list or not options.name:
            for study in STUDIES.values():
                plan, missing = study.trials("full"), Store(study).missing()
                report(
                    f"{study.name:28} {len(plan) - len(missing)} of {len(plan)} full trials stored"
                )
        else:
            how = {key: getattr(options, key) for key in ("profile", "jobs", "scheduler")}
            run(STUDIES[options.name], **how, report=report)
    except KeyboardInterrupt as interrupt:
        during = f" during {interrupt}" if str(interrupt) else ""
        return _stop(f"Stopped{during}. What is done is stored; the same command goes on.", 130)
    except BrokenPipeError:
        # Python flushes its output once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _stop("Stopped: nobody reads on. What is done is stored; the same command goes on.")
    except (ValueError, TypeError, RuntimeError, OSError) as error:
        return _stop(f"Stopped: {' '.join(str(error).split())}")
    return 0


def _stop(line, status=1):
    print(line, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
