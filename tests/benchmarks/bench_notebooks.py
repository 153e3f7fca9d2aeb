"""Time the execution of every lesson, each with a kernel of its own."""

from pathlib import Path
from time import perf_counter

import nbformat
from nbclient import NotebookClient

LESSONS = sorted(Path(__file__).parents[2].glob("notebooks/*.ipynb"))


def main():
    print("seconds to execute, kernel start included (target: 20 for lessons 00 to 03, else 60)")
    for path in LESSONS:
        notebook = nbformat.read(path, as_version=4)
        started = perf_counter()
        NotebookClient(notebook, resources={"metadata": {"path": path.parent}}).execute()
        print(f"  {path.stem:28} {perf_counter() - started:5.1f} s", flush=True)


if __name__ == "__main__":
    main()
