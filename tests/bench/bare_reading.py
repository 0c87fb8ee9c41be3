"""Reads files as they come, one process and nothing else: what a diagnosis's reading costs at least.

A line in names a kind and a file; a line out gives the milliseconds. An empty line asks for all lines up to it at once.
"""

import sys
import time
from pathlib import Path

from ml import dashboard, engine

READERS = {"dashboard": dashboard.read, "sound": engine.read}


def main() -> None:
    for line in sys.stdin:
        kind, _, path = line.strip().partition(" ")
        started = time.perf_counter()
        READERS[kind](Path(path).read_bytes())
        print((time.perf_counter() - started) * 1000, flush=True)


if __name__ == "__main__":
    main()
