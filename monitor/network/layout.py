"""Lays a whole flush of measurements out for COPY, and sets aside the items that cannot be kept (pure)."""

import dataclasses
import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from uuid import UUID

import h3.api.basic_int as h3
import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.network.copying import NULLABLE, Written, joined, text_field, write
from monitor.network.providers import Directory
from monitor.values import ProviderId
from monitor.wire.envelope import Rejected
from monitor.wire.inbound import Item

CELL_RESOLUTION = 8

_EPOCH_S = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC).timestamp()
_DAY_US = 86_400_000_000
_WEAKEST_DBM, _STRONGEST_DBM = np.nextafter(np.float32(-150), np.float32(0)), -np.finfo(np.float32).tiny
_FUTURE, _PAST = "more than {} s ahead of the server's clock", "older than the retention of {} days"

# The designs' own ranges (FEATURES 112): outside is suspect, and stored all the same.
_PLAUSIBLE = {
    "signal_dbm": (-120, -30), "download_mbps": (0, 1000), "upload_mbps": (0, 1000), "latency_ms": (0, 5000),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """What one `measure` brings, with who sent it."""

    stream: UUID
    """nil when it came without a stream"""
    seq: int
    device: int
    subject: int
    items: Sequence[Item]
    positions: Sequence[int] | None
    """the index of each item in what the client sent; None when all came through"""
    rejected: Sequence[Rejected]
    """what the decoder refused already"""


@dataclass(frozen=True, slots=True)
class Laid:
    """A part of a flush ready to be copied, and what was set aside on the way."""

    owners: NDArray[np.intp]
    """index in the flush of the batch that each row belongs to"""
    days: NDArray[np.int64]
    """UTC days since 2000-01-01 of each row"""
    written: Written
    texts: Sequence[bytes]
    """the end of each row"""
    rejected: dict[int, list[Rejected]]
    """by batch: items whose fault only shows here"""

    def number(self, batch: int, first: int, chosen: NDArray[np.bool_]) -> None:
        """Gives the chosen rows their identity: the flush's id and their position in it, counted from `first`."""
        self.written.rows["batch"] = batch
        self.written.rows["position"][chosen] = np.arange(first, first + np.count_nonzero(chosen))

    def copy_data(self, chosen: NDArray[np.bool_]) -> bytes:
        """The chosen rows in COPY's format, without header and trailer."""
        if chosen.all():
            return joined(self.written.cut(None), self.texts)
        return joined(self.written.cut(chosen), list(itertools.compress(self.texts, chosen)))

    def measured_s(self) -> NDArray[np.float64]:
        """Seconds since 1970 of each row."""
        seconds: NDArray[np.float64] = self.written.rows["measured_at"].astype(np.float64) / 1e6 + _EPOCH_S
        return seconds


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """One combination of the texts that phones send, and what follows from it."""

    data: bytes
    """the five text columns as COPY wants them"""
    provider: ProviderId
    fault: tuple[str, str] | None
    """path and reason, when PostgreSQL cannot hold it"""


_PROVIDER, _DATA = attrgetter("provider"), attrgetter("data")


@dataclass(slots=True)
class Draughtsman:
    """Lays flushes out; remembers how the few texts that phones send look as bytes."""

    directory: Directory
    future_s: int
    retention_days: int
    _known: dict[tuple[str | None, ...], _Texts] = field(default_factory=dict)

    MOST_TEXTS = 50_000
    """Combinations of texts remembered; a hostile phone that invents new ones costs time, not memory."""

    def lay(self, batches: Sequence[Batch], now: datetime.datetime, first: int = 0) -> Laid:
        """All items of all batches as rows; nothing is refused here but single items.

        `first`: the first batch's index in the flush.
        """
        counts = [len(batch.items) for batch in batches]
        owners = np.repeat(np.arange(len(batches)), counts)
        columns = _columns([item for batch in batches for item in batch.items])
        texts = self._texts(columns)
        seconds = np.fromiter(map(datetime.datetime.timestamp, columns["measured_at"]), np.float64, len(owners))
        numbers = {name: _numbers(columns[name]) for name in NULLABLE}
        # Rounded to a real, what lies a hair inside the open bounds would lie on them, and the table refuse the batch.
        numbers["signal_dbm"] = numbers["signal_dbm"].clip(_WEAKEST_DBM, _STRONGEST_DBM)
        if faults := self._find_faults(texts, seconds, numbers, now.timestamp()):
            rest, rejected = set_aside(batches, faults)
            late = {first + owner: items for owner, items in rejected.items()}
            return dataclasses.replace(self.lay(rest, now, first), rejected=late)
        required: dict[str, object] = {
            **_identity(batches, owners, counts),
            "received_at": _microseconds(np.array([now.timestamp()]))[0],
            "measured_at": _microseconds(seconds),
            "provider": np.fromiter(map(_PROVIDER, texts), np.int64, len(owners)),
            "cell": _cells(columns["latitude"], columns["longitude"]),
            "suspect": _suspect(numbers),
        }
        written = write(required, numbers)
        days = written.rows["measured_at"].astype(np.int64) // _DAY_US
        return Laid(owners + first, days, written, list(map(_DATA, texts)), {})

    def _texts(self, columns: dict[str, list[Any]]) -> list[_Texts]:
        if len(self._known) > self.MOST_TEXTS:
            self._known.clear()
        known = self._known
        parts = [columns[name] for name in ("carrier", "network_type", "device_info", "app_version")]
        try:
            return list(map(known.__getitem__, zip(*parts, strict=True)))
        except KeyError:
            return [known.get(key) or self._learn(*key) for key in zip(*parts, strict=True)]

    def _learn(
        self, carrier: str, network_type: str | None, device_info: str | None, app_version: str | None
    ) -> _Texts:
        fault, parts = None, []
        named = {
            "generation": self.directory.generation_of(network_type).value,
            "carrier": carrier,
            "network_type": network_type,
            "device_info": device_info,
            "app_version": app_version,
        }
        for name, text in named.items():
            try:
                parts.append(text_field(text))
            except ValueError as error:
                fault = fault or (name, str(error))
        texts = _Texts(b"".join(parts), self.directory.provider_of(carrier), fault)
        self._known[carrier, network_type, device_info, app_version] = texts
        return texts

    def _find_faults(
        self,
        texts: Sequence[_Texts],
        seconds: NDArray[np.float64],
        numbers: dict[str, NDArray[np.float64]],
        now_s: float,
    ) -> dict[int, tuple[str, str]]:
        faults: dict[int, tuple[str, str]] = {}
        for index in np.flatnonzero(np.isnan(numbers["latitude"]) != np.isnan(numbers["longitude"])):
            missing = "latitude" if np.isnan(numbers["latitude"][index]) else "longitude"
            faults[int(index)] = (missing, "latitude and longitude come together or not at all")
        for index in np.flatnonzero(seconds > now_s + self.future_s):
            faults[int(index)] = ("measured_at", _FUTURE.format(self.future_s))
        for index in np.flatnonzero(seconds < now_s - self.retention_days * 86400):
            faults[int(index)] = ("measured_at", _PAST.format(self.retention_days))
        if any(one.fault for one in set(texts)):
            faults |= {index: one.fault for index, one in enumerate(texts) if one.fault}
        return faults


def _columns(items: Sequence[Item]) -> dict[str, list[Any]]:
    # Written out: half the time of taking 15 fields by their names, and no tuples for the collector to count.
    return {
        "measured_at": [item.measured_at for item in items],
        "carrier": [item.carrier for item in items],
        "network_type": [item.network_type for item in items],
        "signal_dbm": [item.signal_dbm for item in items],
        "download_mbps": [item.download_mbps for item in items],
        "upload_mbps": [item.upload_mbps for item in items],
        "latency_ms": [item.latency_ms for item in items],
        "jitter_ms": [item.jitter_ms for item in items],
        "packet_loss_pct": [item.packet_loss_pct for item in items],
        "latitude": [item.latitude for item in items],
        "longitude": [item.longitude for item in items],
        "accuracy_m": [item.accuracy_m for item in items],
        "connected": [item.connected for item in items],
        "device_info": [item.device_info for item in items],
        "app_version": [item.app_version for item in items],
    }


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    # What a phone does not measure it never measures: whole columns of None are common, and dear one by one.
    if not values or (values[0] is None and values.count(None) == len(values)):
        return np.full(len(values), np.nan)
    return np.array(values, dtype=np.float64)


def _identity(batches: Sequence[Batch], owners: NDArray[np.intp], counts: Sequence[int]) -> dict[str, object]:
    streams = np.array([np.void(batch.stream.bytes) for batch in batches], dtype="V16")
    places = (
        range(count) if batch.positions is None else batch.positions
        for batch, count in zip(batches, counts, strict=True)
    )
    return {
        "stream": streams[owners],
        "seq": np.array([batch.seq for batch in batches], dtype=np.int64)[owners],
        "item": np.fromiter(itertools.chain.from_iterable(places), np.int64, len(owners)),
        "device": np.array([batch.device for batch in batches], dtype=np.int64)[owners],
        "subject": np.array([batch.subject for batch in batches], dtype=np.int64)[owners],
    }


def set_aside(
    batches: Sequence[Batch], faults: dict[int, tuple[str, str]]
) -> tuple[list[Batch], dict[int, list[Rejected]]]:
    """The batches without the faulty items, and these by batch; `faults`: path and reason by index over all items."""
    rest: list[Batch] = []
    rejected: dict[int, list[Rejected]] = {}
    first = 0
    for owner, batch in enumerate(batches):
        positions = range(len(batch.items)) if batch.positions is None else batch.positions
        good: list[tuple[Item, int]] = []
        for index, (item, position) in enumerate(zip(batch.items, positions, strict=True), first):
            if fault := faults.get(index):
                rejected.setdefault(owner, []).append(Rejected(position, *fault, _raw(item)))
            else:
                good.append((item, position))
        rest.append(
            dataclasses.replace(batch, items=[item for item, _ in good], positions=[position for _, position in good])
        )
        first += len(batch.items)
    return rest, rejected


def _microseconds(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint((seconds - _EPOCH_S) * 1e6).astype(np.int64)


def _cells(latitudes: Sequence[object], longitudes: Sequence[object]) -> NDArray[np.int64]:
    to_cell = h3.latlng_to_cell
    return np.fromiter(
        (
            to_cell(latitude, longitude, CELL_RESOLUTION) if latitude is not None and longitude is not None else 0
            for latitude, longitude in zip(latitudes, longitudes, strict=True)
        ),
        np.int64,
        len(latitudes),
    )


def _suspect(numbers: dict[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    suspect = np.zeros(len(numbers["signal_dbm"]), dtype=np.bool_)
    for name, (least, most) in _PLAUSIBLE.items():
        suspect |= (numbers[name] < least) | (numbers[name] > most)
    return suspect


def _raw(item: Item) -> bytes:
    try:
        return msgspec.json.encode(item)
    except ValueError:
        return repr(item).encode("utf-8", "backslashreplace")
