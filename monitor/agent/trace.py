"""Reads a recorded trace into measurements in the order of their time, dirty values left as they are."""

import csv
import gzip
import hashlib
import io
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from monitor.errors import TraceUnreadable
from monitor.wire.inbound import Item

RENAMED = {"timestamp": "measured_at", "signal_strength_dbm": "signal_dbm"}
"""columns of the tidy trace format whose measurement has another name"""

FIELDS = frozenset(Item.__struct_fields__)
TEXTS = frozenset({"measured_at", "carrier", "network_type", "device_info", "app_version"})
TRUTHS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement of the trace."""

    at: datetime | None
    """None: the trace does not say when, or not readably"""
    fields: dict[str, object]
    """all others; an unreadable time stands here as the text that it is"""

    def moved(self, by: timedelta, since: datetime | None, speed: float) -> dict[str, object]:
        """The measurement as it is sent: its time pressed together by `speed` around `since`, then moved by `by`."""
        if self.at is None:
            return self.fields
        try:
            at = self.at + by if since is None else since + (self.at - since) / speed + by
        except OverflowError:
            return self.fields | {"measured_at": self.at.isoformat()}
        return self.fields | {"measured_at": at}


@dataclass(frozen=True, slots=True)
class Trace:
    """A whole trace; rows without a time come last."""

    rows: list[Row]
    first_at: datetime | None
    last_at: datetime | None
    fingerprint: str
    """of the file and of what was asked of it"""


def read(path: Path, *, carrier: str | None = None, device: str | None = None) -> Trace:
    """The trace of a CSV file, plain or gzipped.

    `carrier` stands in where a row names none; with `device`, only that device's rows.
    Raises: TraceUnreadable - no such file, not a CSV with a header of known columns, or no row.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig", "replace")
        rows = list(_rows(io.StringIO(text, newline=""), carrier, device))
    except (OSError, EOFError, csv.Error, zlib.error) as error:
        raise TraceUnreadable(f"{path}: {error}") from error
    if not rows:
        raise TraceUnreadable(f"{path}: no row" + (f" of the device {device}" if device else ""))
    timed = sorted((row for row in rows if row.at is not None), key=lambda row: (row.at,))
    untimed = [row for row in rows if row.at is None]
    fingerprint = hashlib.sha256(data + msgspec.msgpack.encode((carrier, device))).hexdigest()
    return Trace(timed + untimed, timed[0].at if timed else None, timed[-1].at if timed else None, fingerprint)


def _rows(lines: io.StringIO, carrier: str | None, device: str | None) -> Iterator[Row]:
    reader = csv.reader(lines)
    header = next(reader, [])
    columns = [(number, RENAMED.get(name, name)) for number, name in enumerate(header)]
    columns = [(number, name) for number, name in columns if name in FIELDS]
    if not columns:
        raise csv.Error(f"no column of a measurement in the header {','.join(header)[:200]!r}")
    device_column = header.index("device_id") if device and "device_id" in header else None
    for cells in reader:
        if not cells or (device and (device_column is None or cells[device_column : device_column + 1] != [device])):
            continue
        fields = {name: cells[number] for number, name in columns if number < len(cells) and cells[number] != ""}
        yield _row(fields, carrier)


def _row(texts: dict[str, str], carrier: str | None) -> Row:
    at = _time(texts.get("measured_at", ""))
    fields: dict[str, object] = {
        name: text if name in TEXTS else _value(name, text)
        for name, text in texts.items()
        if name != "measured_at" or at is None
    }
    if carrier is not None:
        fields.setdefault("carrier", carrier)
    return Row(at, fields)


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _value(name: str, text: str) -> object:
    """A number where there is one; what is none goes as text, and the server sets it aside."""
    if name == "connected":
        return TRUTHS.get(text.casefold(), text)
    try:
        # float() also reads 1_000, which no source means, and nan, which no JSON holds.
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        return text
    return number if math.isfinite(number) else text
