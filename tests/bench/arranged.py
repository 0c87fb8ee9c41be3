"""Lays real trace rows out as the continuous operation of a provider, so that a detector has days to watch.

Real: every row (values, place, and which values are blank together), the order of rows within a stretch, and the load
curve (an hourly KPI of a real LTE cell). Arranged: that phones play stretches of fifteen minutes, each from a random
row of the provider's sessions on and into the next session where one ends, one row in twenty seconds (a speed test each
minute where the source has no more); how many of them are on the air follows the load curve, and throughput sags and
latency swells with it by up to 20 %, since no source has a busy hour of its own.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import h3
import numpy as np
import numpy.typing as npt

KPIS = ("signal_dbm", "download_mbps", "upload_mbps", "latency_ms", "jitter_ms", "packet_loss_pct")
"""Columns of `Rows.values`, by index."""

_SOURCE_COLUMNS = ("signal_strength_dbm", *KPIS[1:])
STRETCH_MINUTES = 15
CONGESTION = 0.2
SWELLS = np.array([0, -1, -1, 1, 1, 0])

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trace:
    """One file and carrier to be a provider, and how often its phones measure."""

    file: str
    carrier: str
    every_s: int

    @property
    def name(self) -> str:
        """`ucc5g/B`."""
        return f"{self.file}/{self.carrier}"


TRACES = (
    Trace("ucc5g", "B", 20),
    Trace("satellite_vs_cellular", "AT&T", 20),
    Trace("satellite_vs_cellular", "T-Mobile", 20),
    Trace("satellite_vs_cellular", "Verizon", 20),
    Trace("5g360", "Operator X", 20),
    Trace("5g360", "Operator Y", 20),
    Trace("sigcomm21_speedtests", "Verizon", 60),
    Trace("sigcomm21_speedtests", "TMobile", 60),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of some sessions, thinned, each session's in order."""

    values: Floats
    """(rows, 6), NaN where the source is blank"""
    cells: Integers
    """H3 resolution 6, 0 for no place"""


@dataclass(frozen=True, slots=True)
class Operation:
    """A provider's measurements, minute after minute."""

    name: str
    rows: Rows
    offsets: Integers
    """(minutes + 1,) into `row` and `second`"""
    row: Integers
    second: Integers
    """second of the minute at which the row is measured"""
    load: Floats
    """(minutes,) 0..1, from a Monday on"""

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return len(self.offsets) - 1

    def everything(self) -> tuple[Integers, Floats, Integers]:
        """(n,) minutes, (n, 6) values and (n,) cells of all that is measured."""
        minute = np.repeat(np.arange(self.minutes), np.diff(self.offsets))
        sag = 1.0 + CONGESTION * self.load[minute][:, None] * SWELLS
        return minute, self.rows.values[self.row] * sag, self.rows.cells[self.row]

    def measured(self, minute: int) -> tuple[Floats, Integers, Integers]:
        """(n, 6) values, (n,) cells and (n,) seconds of one minute."""
        span = slice(self.offsets[minute], self.offsets[minute + 1])
        row = self.row[span]
        sag = 1.0 + CONGESTION * self.load[minute] * SWELLS
        return self.rows.values[row] * sag, self.rows.cells[row], self.second[span]


def read_halves(folder: Path, trace: Trace) -> tuple[Rows, Rows]:
    """The rows for choosing parameters and those for reporting: every other session, whole, in order of their names."""
    sessions: dict[str, list[dict[str, str]]] = {}
    with gzip.open(folder / f"{trace.file}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            if record["carrier"] == trace.carrier:
                sessions.setdefault(record["session"], []).append(record)
    ordered = [_thin(sessions[name], trace.every_s) for name in sorted(sessions)]
    return _gather(ordered[0::2]), _gather(ordered[1::2])


def read_load(folder: Path) -> Floats:
    """Hourly load of a real cell, 0..1, from the file's first Monday, gaps filled from the week before."""
    with gzip.open(folder / "cellpad_lte_kpi_sd.csv.gz", "rt", encoding="utf-8", newline="") as file:
        records = [(datetime.strptime(r["Time"], "%Y/%m/%d %H:%M"), float(r["KPI"])) for r in csv.DictReader(file)]
    begin = next(at for at, _ in records if at.weekday() == 0 and at.hour == 0)
    hours = int((records[-1][0] - begin).total_seconds() // 3600) + 1
    load = np.full(hours, np.nan)
    for at, value in records:
        if at >= begin:
            load[int((at - begin).total_seconds() // 3600)] = value
    for hour in range(168, hours):
        if np.isnan(load[hour]):
            load[hour] = load[hour - 168]
    load = np.where(np.isnan(load), np.nanmedian(load), load)
    return np.asarray(np.clip(load / np.quantile(load, 0.99), 0.05, 1.0))


def operate(name: str, rows: Rows, every_s: int, hourly: Floats, days: int, devices: int, seed: int) -> Operation:
    """`days` of a provider with up to `devices` phones on the air."""
    random = np.random.default_rng(seed)
    first_hour = 168 * int(random.integers(0, max(1, (len(hourly) - 24 * days) // 168)))
    minutes = days * 1440
    load = np.interp(np.arange(minutes) / 60, np.arange(24 * days) + 0.5, hourly[first_hour : first_hour + 24 * days])
    per_minute = 60 // every_s
    slots = STRETCH_MINUTES * per_minute
    all_minutes: list[Integers] = []
    all_rows: list[Integers] = []
    all_seconds: list[Integers] = []
    for _ in range(devices):
        phase = int(random.integers(STRETCH_MINUTES))  # else all phones would come and go at the same moments
        stretches = minutes // STRETCH_MINUTES + 1
        played = _play(rows, stretches, slots, random).reshape(-1, per_minute)[phase : phase + minutes]
        nerve = np.repeat(random.random(stretches), STRETCH_MINUTES)[phase : phase + minutes]
        begin = (np.arange(minutes) + phase) // STRETCH_MINUTES * STRETCH_MINUTES - phase
        on_air = nerve < load[np.maximum(begin, 0)]
        second = int(random.integers(0, every_s)) + every_s * np.arange(per_minute)
        all_minutes.append(np.repeat(np.nonzero(on_air)[0], per_minute))
        all_rows.append(played[on_air].ravel())
        all_seconds.append(np.tile(second, int(on_air.sum())))
    minute = np.concatenate(all_minutes)
    order = np.argsort(minute, kind="stable")
    offsets = np.searchsorted(minute[order], np.arange(minutes + 1))
    return Operation(name, rows, offsets, np.concatenate(all_rows)[order], np.concatenate(all_seconds)[order], load)


def _thin(records: list[dict[str, str]], every_s: int) -> tuple[Floats, Integers]:
    """One row, the one with the most values, of each `every_s` seconds of a session."""
    best: dict[int, dict[str, str]] = {}
    begin: datetime | None = None
    for record in sorted(records, key=lambda one: one["timestamp"]):
        at = datetime.fromisoformat(record["timestamp"])
        begin = begin or at
        slot = int((at - begin).total_seconds()) // every_s
        if slot not in best or _filled(record) > _filled(best[slot]):
            best[slot] = record
    chosen = [best[slot] for slot in sorted(best)]
    values = np.array([[float(r[c]) if r[c] else np.nan for c in _SOURCE_COLUMNS] for r in chosen])
    return values, np.array([_cell(record) for record in chosen], dtype=np.int64)


def _filled(record: dict[str, str]) -> int:
    return sum(1 for column in _SOURCE_COLUMNS if record[column])


def _cell(record: dict[str, str]) -> int:
    if not record["latitude"]:
        return 0
    return int(h3.latlng_to_cell(float(record["latitude"]), float(record["longitude"]), 6), 16)


def _gather(sessions: list[tuple[Floats, Integers]]) -> Rows:
    return Rows(
        values=np.concatenate([values for values, _ in sessions]),
        cells=np.concatenate([cells for _, cells in sessions]),
    )


def _play(rows: Rows, stretches: int, slots: int, random: np.random.Generator) -> Integers:
    """Row indices that one phone plays: stretches from random rows on, into the next session where one ends."""
    begin = random.integers(0, len(rows.cells), size=stretches)
    return np.asarray((begin[:, None] + np.arange(slots)[None, :]) % len(rows.cells)).ravel()
