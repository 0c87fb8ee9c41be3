"""How soon the adaptive detector finds faults put into real traces, and how often it calls for nothing.

Run `python -m tests.bench.detector`. It drives the product's own path from closed minutes to incidents
(monitor.network.detector) on four files of traces, eight providers. Parameters were chosen with `--half tuning`; the
report is on the other sessions, which the choice never saw. What is real and what is arranged: tests/bench/arranged.py.

A fault begins at a random second of a minute and lasts; it is found when an incident of its cause is open at its place.
False alerts are incidents, which is what operators see, that open on clean data. Trials are told apart by how busy the
place was: nobody can tell three phones that drive away from an outage. What there was to see stands beside what was
found: the rows of those minutes, and whether they were beyond every calm stretch of that place at all (tests/bench/
evidence.py). A clear fault is any but the mildest two.
"""

from __future__ import annotations

import argparse
import os
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from monitor.network.detector import WHOLE, Series, SeriesKey, Sums, incidents, judge_minute
from monitor.network.incidents import IncidentKey
from monitor.network.kinds import Cause, Comparison, Kpi
from monitor.network.scales import scale_of
from tests.bench.arranged import KPIS, TRACES, Floats, Integers, Operation, operate, read_halves, read_load
from tests.bench.evidence import Tallies, is_beyond_calm, is_emptier_than_calm
from tests.bench.outcomes import FOUND_WITHIN_S, KINDS, Outcome, Trial, show, summary
from tests.bench.report import progress, say

DATA = Path(os.environ.get("ROADPULSE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")) / "net"
PROVIDER = 1
LEAST_SAMPLES = 3
"""`alerts.adaptive_min_samples` of config.toml."""
JUDGED_AFTER_S = 10.5
"""A minute is closed ten seconds after it ended, and looked at twice a second."""
FOLLOWED_MINUTES = 6
WARM_MINUTES = 720
BUSY_SAMPLES = 30.0
QUIET_SAMPLES = 3.0
"""Samples a minute, of what the fault touches, in the half hour before it."""
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)

Places = dict[tuple[int, int], Sums]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to the rows."""

    name: str
    columns: tuple[int, ...]
    times: float
    plus: float
    causes: tuple[Cause, ...]
    """incidents that name it rightly"""


SLOW = (Cause.SLOW_DOWNLOAD, Cause.SLOW_UPLOAD)
FAULTS = (
    Fault("outage", (), 0.0, 0.0, (Cause.OUTAGE,)),
    *(Fault(f"speed x{left}", (1, 2), left, 0.0, SLOW) for left in (0.5, 0.25, 0.1)),
    *(Fault(f"latency x{times:g}", (3,), times, 0.0, (Cause.LATENCY,)) for times in (2.0, 3.0, 5.0)),
    *(Fault(f"loss +{points:g} points", (5,), 1.0, points, (Cause.LOSS,)) for points in (5.0, 15.0, 40.0)),
)


@dataclass(frozen=True, slots=True)
class Minutes:
    """All minutes of an operation, summed by place and kpi."""

    cells: tuple[int, ...]
    """WHOLE first"""
    rows: Integers
    """(places, minutes)"""
    samples: Integers
    sums: Floats
    squares: Floats
    """(kpis, places, minutes)"""

    def at(self, minute: int) -> Places:
        """What the merger would hand over for one minute; a place without rows has none."""
        places: Places = {}
        for place in np.nonzero(self.rows[:, minute])[0]:
            measured = (each[:, place, minute] for each in (self.samples, self.sums, self.squares))
            places[PROVIDER, self.cells[place]] = _sums(int(self.rows[place, minute]), *measured)
        return places

    def pace(self, fault: Fault, minute: int) -> dict[int, float]:
        """Samples a minute that the fault would touch, by cell, in the half hour before."""
        span = slice(max(0, minute - 30), minute)
        counted = self.samples[list(fault.columns)].max(axis=0) if fault.columns else self.rows
        return dict(zip(self.cells, counted[:, span].mean(axis=1).tolist(), strict=True))


def _sums(rows: int, samples: Integers, sums: Floats, squares: Floats) -> Sums:
    known = np.nonzero(samples)[0]
    return Sums(rows, {Kpi(KPIS[kpi]): (int(samples[kpi]), float(sums[kpi]), float(squares[kpi])) for kpi in known})


def sum_up(operation: Operation) -> Minutes:
    """The roll-ups of a whole operation."""
    minute, values, cells = operation.everything()
    place_of = {cell: i for i, cell in enumerate([WHOLE, *sorted(set(cells[cells > 0].tolist()))])}
    place = np.array([place_of[cell] for cell in np.unique(cells).tolist()])[np.unique(cells, return_inverse=True)[1]]
    shape = (len(place_of), operation.minutes)
    placed = place > 0
    index = np.concatenate([minute, place[placed] * operation.minutes + minute[placed]])
    columns = [np.concatenate([column, column[placed]]) for column in values.T]
    size = shape[0] * shape[1]
    known = [~np.isnan(column) for column in columns]
    pairs = list(zip(columns, known, strict=True))
    return Minutes(
        cells=tuple(place_of),
        rows=np.bincount(index, minlength=size).reshape(shape),
        samples=np.stack([np.bincount(index[k], minlength=size).reshape(shape) for _, k in pairs]),
        sums=np.stack([np.bincount(index[k], weights=c[k], minlength=size).reshape(shape) for c, k in pairs]),
        squares=np.stack([np.bincount(index[k], weights=c[k] ** 2, minlength=size).reshape(shape) for c, k in pairs]),
    )


def spoil(operation: Operation, minute: int, fault: Fault, cell: int, from_second: int) -> Places:
    """One minute with the fault in it from a second on: everywhere, or in one cell; the whole and the cells touched."""
    values, cells, seconds = operation.measured(minute)
    hit = (seconds >= from_second) & ((cells == cell) | (cell == WHOLE))
    if fault.columns:
        for column in fault.columns:
            values[hit, column] = values[hit, column] * fault.times + fault.plus
            if fault.plus:
                values[hit, column] = np.minimum(100.0, values[hit, column])
    else:
        values, cells = values[~hit], cells[~hit]
    places: Places = {}
    for place in [WHOLE, *(set(cells[cells > 0].tolist()) if cell == WHOLE else [cell])]:
        here = values if place == WHOLE else values[cells == place]
        if len(here):
            samples, sums, squares = (~np.isnan(here)).sum(axis=0), np.nansum(here, axis=0), np.nansum(here**2, axis=0)
            places[PROVIDER, place] = _sums(len(here), samples, sums, squares)
    return places


def suffer(
    known: Mapping[SeriesKey, Series], fault: Fault, cell: int, minute: int, spoiled: Sequence[Places]
) -> int | None:
    """In which of the spoiled minutes an incident of its cause opened at its place, None if none did."""
    touched = {key: one for key, one in known.items() if cell in (WHOLE, key.cell) or key.cell == WHOLE}
    rest = {key: one for key, one in known.items() if key not in touched}
    for later, places in enumerate(spoiled):
        touched |= judge_minute(touched, BEGIN + timedelta(minutes=minute + later), places, LEAST_SAMPLES)
        if _is_found({**rest, **touched}, fault, cell):
            return later
    return None


def judged_after_s(later: int, second: int) -> float:
    """Seconds from the fault's first until its so-manieth minute is judged."""
    return 60.0 * (later + 1) + JUDGED_AFTER_S - second


def rows_to_see(minutes: Minutes, fault: Fault, place: int, minute: int, spoiled: Sequence[Places]) -> tuple[int, bool]:
    """Rows that the place has in those minutes, or would have but for an outage; and whether any measure of them, all
    taken together, is beyond every calm stretch of the place."""
    span = slice(minute, minute + len(spoiled))
    sums = [places.get((PROVIDER, minutes.cells[place]), Sums(0, {})) for places in spoiled]
    if not fault.columns:
        seen = np.array([float(one.rows) for one in sums])
        return int(minutes.rows[place, span].sum()), is_emptier_than_calm(minutes.rows[place].astype(float), seen)
    counts: list[float] = []
    beyond: list[bool] = []
    for column in fault.columns:
        kpi = Kpi(KPIS[column])
        tallied = np.array([one.kpis.get(kpi, (0, 0.0, 0.0)) for one in sums], dtype=float).T
        calm = Tallies(
            *(each[column, place] for each in (minutes.samples.astype(float), minutes.sums, minutes.squares))
        )
        scale = scale_of(kpi)
        counts.append(float(tallied[0].sum()))
        beyond.append(
            is_beyond_calm(calm, Tallies(*tallied), scale.bad or Comparison.ABOVE, by_breadth=scale.by_breadth)
        )
    return int(max(counts)), any(beyond)


def _is_found(known: Mapping[SeriesKey, Series], fault: Fault, cell: int) -> bool:
    wanted = {None} if cell == WHOLE else {None, cell}
    return any(one.key.cause in fault.causes and one.key.cell in wanted for one in incidents(known, ()))


class Shift:
    """A stretch of an operation, watched from nothing: clean minutes, and faults tried beside them."""

    def __init__(self, operation: Operation, seed: int) -> None:
        self.operation = operation
        self.minutes = sum_up(operation)
        self.random = np.random.default_rng(seed)
        self.known: dict[SeriesKey, Series] = {}
        self.open: set[IncidentKey] = set()
        self.trials: list[Trial] = []
        self.false: list[IncidentKey] = []
        self.turn = 0
        self.judged = 0
        self.judging_s = 0.0

    def watch(self, first: int, last: int, tries_from: int, every: int, tries: int) -> None:
        """Follows minutes `first` to `last`; from `tries_from` on it counts, and every so often tries some faults."""
        for minute in range(first, last):
            is_counted = minute >= tries_from
            if is_counted and (minute - tries_from) % every == 0 and minute + FOLLOWED_MINUTES < last:
                for _ in range(tries):
                    self._try_fault(minute)
            begun = time.process_time()
            moved = judge_minute(self.known, BEGIN + timedelta(minutes=minute), self.minutes.at(minute), LEAST_SAMPLES)
            self.judging_s += time.process_time() - begun
            self.judged += len(moved)
            self.known |= moved
            now_open = {one.key for one in incidents(self.known, {key for key in self.open if key.cell is None})}
            if is_counted:
                self.false += sorted(now_open - self.open, key=str)
            self.open = now_open

    def _try_fault(self, minute: int) -> None:
        """Tries the next kind of fault at the next kind of place, if there is such a place and it is calm."""
        fault, kind = FAULTS[self.turn // len(KINDS) % len(FAULTS)], KINDS[self.turn % len(KINDS)]
        self.turn += 1
        paces = self.minutes.pace(fault, minute)
        least, most = (QUIET_SAMPLES, BUSY_SAMPLES) if kind == "quiet cell" else (BUSY_SAMPLES, np.inf)
        cells = [
            cell for cell, pace in paces.items() if least <= pace < most and (cell == WHOLE) == (kind == "provider")
        ]
        if not cells:
            return
        cell = cells[int(self.random.integers(len(cells)))]
        if _is_found(self.known, fault, cell):
            return
        second = int(self.random.integers(60))
        followed = min(FOLLOWED_MINUTES, self.operation.minutes - minute)
        spoiled = [
            spoil(self.operation, minute + later, fault, cell, 0 if later else second) for later in range(followed)
        ]
        found = suffer(self.known, fault, cell, minute, spoiled)
        in_time = [one for later, one in enumerate(spoiled) if judged_after_s(later, second) <= FOUND_WITHIN_S]
        rows, beyond = rows_to_see(self.minutes, fault, self.minutes.cells.index(cell), minute, in_time)
        after_s = None if found is None else judged_after_s(found, second)
        self.trials.append(Trial(self.operation.name, kind, fault.name, after_s, rows, beyond))


def measure(half: int, days: int, phones: int, seed: int) -> Outcome:
    """Every provider watched for days with faults by turns, and for its first hours."""
    hourly = read_load(DATA / "kpi")
    outcome = Outcome([], [], {}, len(TRACES) * (days - WARM_MINUTES / 1440), 0, 0.0)
    for trace in TRACES:
        rows, own = read_halves(DATA / "traces", trace)[half], seed + zlib.crc32(trace.name.encode())
        shift = Shift(operate(trace.name, rows, trace.every_s, hourly, days, phones, own), own)
        shift.watch(0, days * 1440, WARM_MINUTES, every=30, tries=6)
        first = Shift(operate(trace.name, rows, trace.every_s, hourly, 1, phones, own + 1), own + 1)
        first.watch(8 * 60, 11 * 60, tries_from=9 * 60, every=10, tries=6)
        outcome.trials.extend(shift.trials)
        outcome.early.extend(first.trials)
        outcome.false[trace.name] = shift.false
        outcome = replace(outcome, judged=outcome.judged + shift.judged, judging_s=outcome.judging_s + shift.judging_s)
        progress(f"{trace.name}: {len(shift.known)} series, {len(shift.trials)} faults")
    return outcome


def main(words: Sequence[str] | None = None) -> None:
    """Prints the tables and the JSON line."""
    options = argparse.ArgumentParser(description="The adaptive detector on faults in real traces")
    options.add_argument("--half", choices=("tuning", "evaluation"), default="evaluation")
    options.add_argument("--days", type=int, default=3)
    options.add_argument("--phones", type=int, default=200)
    options.add_argument("--seed", type=int, default=20260105)
    asked = options.parse_args(words)
    if not (DATA / "traces").is_dir():
        print(f"skipped: no traces under {DATA} (set ROADPULSE_DATA)")
        return
    outcome = measure(int(asked.half == "evaluation"), asked.days, asked.phones, asked.seed)
    show(outcome)
    figures = {"half": asked.half, "phones": asked.phones, **summary(outcome)}
    say("detector", figures | {"cpu_s": round(time.process_time(), 1)})


if __name__ == "__main__":
    main()
