"""Runs every benchmark in turn, each as a process of its own; `make bench` calls this.

A word names one: `python -m tests.bench ingest`.
"""

import subprocess
import sys

BENCHMARKS = (
    "ingest",
    "rollups",
    "publishing",
    "sockets_memory",
    "alert_delay",
    "detector",
    "nab",
    "diagnosing",
    "hearing",
)


def main(wanted: list[str]) -> int:
    """The number of benchmarks that failed."""
    failed = 0
    for name in wanted or BENCHMARKS:
        print(f"\n== {name}", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
