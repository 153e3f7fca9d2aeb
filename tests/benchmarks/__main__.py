"""Run every `bench_*.py` of this folder, each in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

for script in sorted(Path(__file__).parent.glob("bench_*.py")):
    print(f"== {script.stem}", flush=True)
    subprocess.run([sys.executable, script], check=True)
