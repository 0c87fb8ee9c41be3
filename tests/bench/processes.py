"""What each part of a benchmark costs: processor seconds and memory of processes and their children, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Times:
    """Ticks of one process."""

    parent: int
    own: int
    reaped: int
    """of its children that have ended"""


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and of all its children, past and present."""
    times = {int(entry.name): found for entry in Path("/proc").glob("[0-9]*") if (found := _times(entry))}
    wanted, total = [pid], 0
    while wanted:
        one = wanted.pop()
        if found := times.get(one):
            total += found.own + found.reaped
            wanted += [child for child, known in times.items() if known.parent == one]
    return total / _TICKS


def resident_bytes(pid: int) -> int:
    """Memory of one process that nobody else shares: its anonymous pages."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    raise LookupError(pid)


def busy_share() -> tuple[float, float]:
    """(busy, all) processor seconds of the whole machine so far: what others take is seen in the difference."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / _TICKS, sum(fields) / _TICKS


def _times(entry: Path) -> Times | None:
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None  # it has just ended
    return Times(int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14]))
