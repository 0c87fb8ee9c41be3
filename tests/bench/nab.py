"""The adaptive detector on 35 files of the Numenta Anomaly Benchmark, beside detectors whose score is known.

Run `python -m tests.bench.nab`. The detector has its production parameters; the row interval is the length of a step
(five minutes in most files), both sides count as bad, and what is too small to matter is 5 % of the probationary rows'
median. A row's number is its score if that is news, above all of the hour before, as an alert opens once; the line
`every row` leaves that out. On these files the board's ARTime has 74.8, CAD OSE 71.2, Numenta HTM 70.0.
"""

from __future__ import annotations

import argparse
import csv
import functools
import gzip
import itertools
import json
import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from monitor.network.baseline import PRODUCTION, Minute, judge, new_baseline
from monitor.network.scales import Scale, Shape
from tests.bench.nab_scoring import File, Result, best
from tests.bench.report import progress, say, table

DATA = Path(os.environ.get("ROADPULSE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "net" / "nab"
MATTERS = 0.05
NEWS_S = 3600
PUBLISHED_GAUSSIAN = 49.0

Detector = Callable[[File], list[float]]


def read(folder: Path) -> list[File]:
    """All files that have labels, in the order of their names."""
    labels: dict[str, list[list[str]]] = json.loads((folder / "labels" / "combined_windows.json").read_text())
    files: list[File] = []
    for name, limits in sorted(labels.items()):
        with gzip.open(folder / "data" / f"{name}.gz", "rt", encoding="utf-8", newline="") as text:
            rows = [(datetime.fromisoformat(row["timestamp"]), float(row["value"])) for row in csv.DictReader(text)]
        row_of = {at: row for row, (at, _) in reversed(list(enumerate(rows)))}
        windows = tuple(
            (row_of[datetime.fromisoformat(first)], row_of[datetime.fromisoformat(last)]) for first, last in limits
        )
        files.append(File(name, tuple(at for at, _ in rows), tuple(value for _, value in rows), windows))
    return files


def null(file: File) -> list[float]:
    """Knows nothing: the zero of the scale."""
    return [0.5] * len(file.values)


def perfect(file: File) -> list[float]:
    """Calls the first row of each window: the hundred of the scale."""
    first = {max(begin, file.probation) for begin, _ in file.windows}
    return [float(row in first) for row in range(len(file.values))]


def windowed_gaussian(file: File, size: int = 6400, stride: int = 100) -> list[float]:
    """One less the tail of a bell fitted to the last rows, as the benchmark publishes it; it checks our scoring."""
    numbers: list[float] = []
    values = np.array(file.values)
    begin, end = 0, 0
    mean, deviation = 0.0, 1.0
    for row, value in enumerate(file.values):
        numbers.append(0.0 if row == 0 else 1 - 0.5 * math.erfc(abs(value - mean) / deviation / math.sqrt(2)))
        if row < size:
            end = row + 1
        elif row + 1 - end == stride:
            begin, end = begin + stride, row + 1
        else:
            continue
        mean = float(np.mean(values[begin:end]))
        deviation = float(np.std(values[begin:end])) or 0.000001
    return numbers


@functools.cache
def every_row(file: File) -> list[float]:
    """The production detector's score of each row, squeezed into 0..1."""
    seconds = [int(at.replace(tzinfo=UTC).timestamp()) for at in file.at]
    step_s = int(statistics.median(later - one for one, later in itertools.pairwise(seconds)))
    usual = statistics.fmean(abs(value) for value in file.values[: file.probation])
    scale = Scale(Shape.LINEAR, bad=None, floor=max(1e-9, MATTERS * usual), by_samples=False)
    tuning = replace(PRODUCTION, step_s=step_s)
    baseline = new_baseline()
    numbers: list[float] = []
    for at_s, value in zip(seconds, file.values, strict=True):
        if at_s <= baseline.last_s:  # a clock set back, or a row twice
            numbers.append(0.0)
            continue
        baseline, said = judge(baseline, scale, Minute(at_s, 1, value), tuning)
        numbers.append(max(0.0, said.score) / (1.0 + max(0.0, said.score)))
    return numbers


def news_only(file: File) -> list[float]:
    """The same, where it is above all of the hour before."""
    numbers = every_row(file)
    news: list[float] = []
    begin = 0
    for row, number in enumerate(numbers):
        while (file.at[row] - file.at[begin]).total_seconds() > NEWS_S:
            begin += 1
        news.append(number if number > max(numbers[begin:row], default=0.0) else 0.0)
    return news


DETECTORS: dict[str, Detector] = {
    "null": null,
    "perfect": perfect,
    "windowed gaussian": windowed_gaussian,
    "roadpulse, every row": every_row,
    "roadpulse": news_only,
}


def main(words: Sequence[str] | None = None) -> None:
    """Prints the table and the JSON line."""
    argparse.ArgumentParser(description="The adaptive detector on the Numenta files").parse_args(words)
    if not (DATA / "labels").is_dir():
        print(f"skipped: no NAB files under {DATA} (set ROADPULSE_DATA)")
        return
    files = read(DATA)
    windows = sum(len(file.windows) for file in files)
    results: dict[str, Result] = {}
    for name, detect in DETECTORS.items():
        progress(name)
        results[name] = best(files, [detect(file) for file in files])
    table(
        f"Numenta Anomaly Benchmark, standard profile, {len(files)} files, {windows} windows",
        ("detector", "score", "windows found", "false rows", "threshold"),
        [
            (name, f"{one.score:.2f}", one.windows_found, one.false_rows, f"{one.threshold:.6f}")
            for name, one in results.items()
        ]
        + [("(published) windowed gaussian", PUBLISHED_GAUSSIAN, "", "", "")],
    )
    scores = {name.replace(", ", "_").replace(" ", "_"): round(one.score, 2) for name, one in results.items()}
    say("nab", {"files": len(files), "windows": windows, **scores, "cpu_s": round(time.process_time(), 1)})


if __name__ == "__main__":
    main()
