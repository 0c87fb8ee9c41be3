"""The score of the Numenta Anomaly Benchmark, standard profile, written anew from its published definition.

A detector gives each row of each file a number 0..1. For a threshold, a window of truth earns by its earliest row at or
above it (1.0 at the window's first row, falling along a sigmoid to 0 at its end) or costs 1.0 if it has none; every
row at or above it outside costs up to 0.11, less just after a window. The first 15 % of a file (of its first 5,000
rows) do not count. The threshold is the one best for all files together; the null detector is 0, a perfect one 100.
Source: Lavin and Ahmad 2015, and nab/sweeper.py, nab/runner.py and config/profiles.json of the benchmark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

TRUE_POSITIVE = 1.0
FALSE_NEGATIVE = 1.0
FALSE_POSITIVE = 0.11
PROBATION = 0.15
PROBATION_ROWS = 5000
FAR_BEHIND = 3.0
"""Window lengths after a window from which a false positive costs in full."""


@dataclass(frozen=True, slots=True)
class File:
    """One series with its truth."""

    name: str
    at: tuple[datetime, ...]
    values: tuple[float, ...]
    windows: tuple[tuple[int, int], ...]
    """first and last row of each anomaly's window"""

    @property
    def probation(self) -> int:
        """Rows at the beginning that are for learning."""
        return math.floor(PROBATION * min(len(self.values), PROBATION_ROWS))


@dataclass(frozen=True, slots=True)
class Result:
    """The best that a detector's numbers reach."""

    score: float
    """0 for the null detector, 100 for a perfect one"""
    threshold: float
    windows_found: int
    false_rows: int


def sigmoid(position: float) -> float:
    """Worth of a row by its place: -1 the window's first row, 0 its end, above that lengths behind it."""
    return -1.0 if position > FAR_BEHIND else 2.0 / (1.0 + math.exp(5.0 * position)) - 1.0


def worths(file: File) -> list[tuple[float, int | None]]:
    """What each row is worth if it is called, and the window that it is in."""
    told: list[tuple[float, int | None]] = []
    upcoming = list(enumerate(file.windows))
    behind: tuple[int, int] | None = None
    for row in range(len(file.values)):
        while upcoming and row > upcoming[0][1][1]:
            behind = upcoming.pop(0)[1]
        if upcoming and row >= upcoming[0][1][0]:
            number, (first, last) = upcoming[0]
            worth = sigmoid(-(last - row + 1) / (last - first + 1)) / sigmoid(-1.0) * TRUE_POSITIVE
            told.append((worth, number))
        elif behind is None:
            told.append((-FALSE_POSITIVE, None))
        else:
            told.append((sigmoid((row - behind[1]) / (behind[1] - behind[0])) * FALSE_POSITIVE, None))
    return told


def best(files: Sequence[File], numbers: Sequence[Sequence[float]]) -> Result:
    """The normalised score at the threshold that is best for all files together.

    Raises: ValueError - a file has not one number for each row.
    """
    rows: list[tuple[float, float, tuple[int, int] | None]] = []
    for index, (file, given) in enumerate(zip(files, numbers, strict=True)):
        for row, (number, (worth, window)) in enumerate(zip(given, worths(file), strict=True)):
            if row >= file.probation:
                rows.append((number, worth, None if window is None else (index, window)))
    rows.sort(key=lambda one: -one[0])
    null = -FALSE_NEGATIVE * len({place for _, _, place in rows if place is not None})
    perfect = TRUE_POSITIVE * sum(len(file.windows) for file in files)
    raw = null
    found: dict[tuple[int, int], float] = {}
    false = 0
    top = Result(0.0, math.inf, 0, 0)
    for i, (number, worth, place) in enumerate(rows):
        if place is None:
            raw += worth
            false += 1
        elif worth > found.get(place, -FALSE_NEGATIVE):
            raw += worth - found.get(place, -FALSE_NEGATIVE)
            found[place] = worth
        is_last = i + 1 == len(rows) or rows[i + 1][0] != number
        score = 100.0 * (raw - null) / (perfect - null)
        if is_last and score > top.score:
            top = Result(score, number, len(found), false)
    return top
