"""Reads files and words as they come, one process and nothing else: what a diagnosis's reading costs at least.

A line in names a kind and a file, or the words themselves; a line out gives the milliseconds.
"""

import sys
import time
from pathlib import Path

from ml import dashboard, engine
from ml.knowledge import load
from monitor.garage import causes
from monitor.garage.evidence import Observation, Vehicle
from monitor.garage.results import Evidence
from monitor.work.understanding import understand


def main() -> None:
    load()
    for line in sys.stdin:
        kind, _, given = line.strip().partition(" ")
        started = time.perf_counter()
        match kind:
            case "dashboard":
                dashboard.read(Path(given).read_bytes())
            case "sound":
                engine.read(Path(given).read_bytes())
            case "words":
                conclude(given)
        print((time.perf_counter() - started) * 1000, flush=True)


def conclude(words: str) -> None:
    """What words say, and what follows from it: of them there is nothing else to be read."""
    heard = [
        Observation(each.evidence, each.confidence, each.is_present) for each in understand(words, (), ()).mentions
    ]
    causes.conclude(Evidence(heard, Vehicle()).case({}), load())


if __name__ == "__main__":
    main()
