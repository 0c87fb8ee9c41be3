"""How a benchmark says what it found: one JSON line for machines, one table for people."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence


def say(benchmark: str, figures: Mapping[str, object]) -> None:
    """The JSON line, with what the machine was like."""
    machine = {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }
    print(json.dumps({"benchmark": benchmark, **figures, "machine": machine}), flush=True)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with the first column to the left and the others to the right."""
    lines = [head, *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    print(f"\n{title}")
    for number, line in enumerate(lines):
        first, *others = (cell.ljust(width) if not at else cell.rjust(width)
                          for at, (cell, width) in enumerate(zip(line, widths, strict=True)))  # fmt: skip
        print("  " + "  ".join([first, *others]).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
    print(flush=True)


def progress(text: str) -> None:
    """One line while it runs."""
    print(f"  … {text}", flush=True)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _text(cell: object) -> str:
    if isinstance(cell, float):
        if abs(cell) >= 1000:
            return f"{cell:,.0f}"
        return f"{cell:.2f}" if abs(cell) >= 0.1 else f"{cell:.4f}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
