"""Lays measurements out as PostgreSQL's binary COPY rows, a whole flush at once (pure)."""

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import h3.api.basic_int as h3
import msgspec
import numpy as np
from numpy.typing import NDArray

from monitor.network.providers import Directory
from monitor.values import Generation
from monitor.wire.envelope import Rejected
from monitor.wire.inbound import Item

CELL_RESOLUTION = 8

COLUMNS = (
    "batch", "position", "stream", "seq", "item", "received_at", "measured_at", "device", "subject",
    "provider", "cell", "suspect",
    "signal_dbm", "download_mbps", "upload_mbps", "latency_ms", "jitter_ms", "packet_loss_pct",
    "latitude", "longitude", "accuracy_m", "connected",
    "generation", "carrier", "network_type", "device_info", "app_version",
)  # fmt: skip
"""In the order of the bytes below; the leaf's own order does not matter to COPY."""

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_REQUIRED = {
    "batch": ">i8", "position": ">i4", "stream": "V16", "seq": ">i8", "item": ">i4", "received_at": ">i8",
    "measured_at": ">i8", "device": ">i8", "subject": ">i8", "provider": ">i8", "cell": ">i8", "suspect": "u1",
}  # fmt: skip
_NULLABLE = {
    "signal_dbm": ">f4", "download_mbps": ">f4", "upload_mbps": ">f4", "latency_ms": ">f4", "jitter_ms": ">f4",
    "packet_loss_pct": ">f4", "latitude": ">f8", "longitude": ">f8", "accuracy_m": ">f4", "connected": "u1",
}  # fmt: skip

_row = np.dtype(
    [("fields", ">i2")]
    + [part for name, kind in (_REQUIRED | _NULLABLE).items() for part in ((f"{name}_length", ">i4"), (name, kind))]
)

_EPOCH_S = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC).timestamp()
_DAY_US = 86_400_000_000
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


@dataclass(slots=True)
class Laid:
    """A flush ready to be copied: one matrix of bytes, and what was set aside on the way."""

    owners: NDArray[np.intp]
    """index of the batch that each row belongs to"""
    days: NDArray[np.int64]
    """UTC days since 2000-01-01 of each row"""
    matrix: NDArray[np.uint8]
    kept: NDArray[np.bool_]
    """which bytes of the matrix go out: NULLs and short texts leave some behind"""
    rows: NDArray[np.void]
    """the fixed part again, as fields"""
    rejected: dict[int, list[Rejected]]
    """by batch: items whose fault only shows here"""

    def number(self, batch: int, chosen: NDArray[np.bool_]) -> None:
        """Gives the chosen rows their identity: the flush's id and their position in it."""
        self.rows["batch"] = batch
        self.rows["position"][chosen] = np.arange(np.count_nonzero(chosen))

    def copy_data(self, chosen: NDArray[np.bool_]) -> bytes:
        """The chosen rows in COPY's format, without header and trailer."""
        if chosen.all():
            return self.matrix[self.kept].tobytes()
        return self.matrix[chosen][self.kept[chosen]].tobytes()

    def measured_s(self) -> NDArray[np.float64]:
        """Seconds since 1970 of each row."""
        seconds: NDArray[np.float64] = self.rows["measured_at"].astype(np.float64) / 1e6 + _EPOCH_S
        return seconds


@dataclass(slots=True)
class Draughtsman:
    """Lays flushes out; remembers how the few texts that phones send look as bytes."""

    directory: Directory
    future_s: int
    retention_days: int
    _texts: dict[tuple[str | None, ...], int] = field(default_factory=dict)
    _fragments: list[bytes] = field(default_factory=list)
    _providers: list[int] = field(default_factory=list)
    _faults: list[tuple[str, str] | None] = field(default_factory=list)

    MOST_TEXTS = 50_000
    """Combinations of texts remembered; a hostile phone that invents new ones costs time, not memory."""

    def lay(self, batches: Sequence[Batch], now: datetime.datetime) -> Laid:
        """All items of all batches as rows; nothing is refused here but single items."""
        if len(self._texts) > self.MOST_TEXTS:
            for memory in (self._texts, self._fragments, self._providers, self._faults):
                memory.clear()
        counts = [len(batch.items) for batch in batches]
        owners = np.repeat(np.arange(len(batches)), counts)
        total = len(owners)
        columns = _columns([item for batch in batches for item in batch.items])
        texts = self._text_ids(columns)
        numbers = {name: np.array(columns[name], dtype=np.float64) for name in _NULLABLE}
        seconds = np.fromiter(map(datetime.datetime.timestamp, columns["measured_at"]), np.float64, total)

        rows = np.zeros(total, dtype=_row)
        rows["fields"] = len(COLUMNS)
        _fill_identity(rows, batches, owners, counts)
        rows["received_at"] = _microseconds(np.array([now.timestamp()]))[0]
        rows["measured_at"] = _microseconds(seconds)
        rows["provider"] = np.array(self._providers, dtype=np.int64)[texts] if total else 0
        rows["cell"] = _cells(columns["latitude"], columns["longitude"])
        rows["suspect"] = _suspect(numbers)
        kept = _fill_values(rows, numbers)

        faults = self._find_faults(texts, seconds, numbers, now.timestamp())
        text_matrix, text_kept = self._text_matrix(texts)
        good = np.ones(total, dtype=np.bool_)
        good[list(faults)] = False
        fixed = rows.view(np.uint8).reshape(total, _row.itemsize)
        matrix = np.concatenate([fixed, text_matrix], axis=1)[good]
        laid = Laid(
            owners=owners[good],
            days=rows["measured_at"].astype(np.int64)[good] // _DAY_US,
            matrix=matrix,
            kept=np.concatenate([kept, text_kept], axis=1)[good],
            rows=np.ndarray(len(matrix), dtype=_row, buffer=matrix, strides=matrix.strides[:1]),
            rejected={},
        )
        _collect(laid.rejected, faults, batches, owners)
        return laid

    def _text_ids(self, columns: dict[str, Sequence[Any]]) -> NDArray[np.intp]:
        known = self._texts
        keys = zip(
            columns["carrier"], columns["network_type"], columns["device_info"], columns["app_version"], strict=True
        )
        ids = [known.get(key, -1) for key in keys]
        if -1 in ids:
            keys = zip(
                columns["carrier"], columns["network_type"], columns["device_info"], columns["app_version"], strict=True
            )
            ids = [known[key] if key in known else self._learn(key) for key in keys]
        return np.array(ids, dtype=np.intp)

    def _learn(self, key: tuple[str, str | None, str | None, str | None]) -> int:
        carrier, network_type, device_info, app_version = key
        generation: Generation = self.directory.generation_of(network_type)
        fault, parts = None, []
        named = {
            "generation": generation.value,
            "carrier": carrier,
            "network_type": network_type,
            "device_info": device_info,
            "app_version": app_version,
        }
        for name, text in named.items():
            try:
                parts.append(_text_field(text))
            except ValueError as error:
                fault = fault or (name, str(error))
        self._texts[key] = len(self._fragments)
        self._fragments.append(b"" if fault else b"".join(parts))
        self._providers.append(self.directory.provider_of(carrier))
        self._faults.append(fault)
        return self._texts[key]

    def _text_matrix(self, texts: NDArray[np.intp]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        used, inverse = np.unique(texts, return_inverse=True)
        fragments = [self._fragments[index] for index in used]
        width = max(map(len, fragments), default=0)
        table = np.frombuffer(b"".join(part.ljust(width) for part in fragments), np.uint8).reshape(len(used), width)
        lengths = np.array([len(part) for part in fragments])
        return table[inverse], (np.arange(width) < lengths[:, None])[inverse]

    def _find_faults(
        self,
        texts: NDArray[np.intp],
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
        wrong = [index for index, fault in enumerate(self._faults) if fault]
        if wrong:
            for index in np.flatnonzero(np.isin(texts, wrong)):
                fault = self._faults[texts[index]]
                assert fault is not None
                faults[int(index)] = fault
        return faults


def _columns(items: Sequence[Item]) -> dict[str, Sequence[Any]]:
    names = Item.__struct_fields__
    if not items:
        return dict.fromkeys(names, ())
    return dict(zip(names, zip(*map(msgspec.structs.astuple, items), strict=True), strict=True))


def _fill_identity(
    rows: NDArray[np.void], batches: Sequence[Batch], owners: NDArray[np.intp], counts: Sequence[int]
) -> None:
    for name, kind in _REQUIRED.items():
        rows[f"{name}_length"] = np.dtype(kind).itemsize
    rows["stream"] = np.array([np.void(batch.stream.bytes) for batch in batches], dtype="V16")[owners]
    for name, values in (
        ("seq", [batch.seq for batch in batches]),
        ("device", [batch.device for batch in batches]),
        ("subject", [batch.subject for batch in batches]),
    ):
        rows[name] = np.array(values, dtype=np.int64)[owners]
    rows["item"] = np.fromiter(
        itertools.chain.from_iterable(
            range(count) if batch.positions is None else batch.positions
            for batch, count in zip(batches, counts, strict=True)
        ),
        np.int64,
        len(rows),
    )


def _fill_values(rows: NDArray[np.void], numbers: dict[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    kept = np.ones((len(rows), _row.itemsize), dtype=np.bool_)
    for name, kind in _NULLABLE.items():
        size = np.dtype(kind).itemsize
        values = numbers[name]
        absent = np.isnan(values)
        rows[f"{name}_length"] = np.where(absent, -1, size)
        rows[name] = np.where(absent, 0, values)
        start = _row.fields[name][1]  # type: ignore[index]
        kept[:, start : start + size] = ~absent[:, None]
    return kept


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


def _text_field(text: str | None) -> bytes:
    if text is None:
        return b"\xff\xff\xff\xff"
    if "\0" in text:
        raise ValueError("U+0000 cannot be stored")
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("not valid Unicode text") from error
    return len(encoded).to_bytes(4, "big") + encoded


def _collect(
    rejected: dict[int, list[Rejected]],
    faults: dict[int, tuple[str, str]],
    batches: Sequence[Batch],
    owners: NDArray[np.intp],
) -> None:
    firsts = np.cumsum([0] + [len(batch.items) for batch in batches])
    for index in sorted(faults):
        owner = int(owners[index])
        batch, place = batches[owner], index - int(firsts[owner])
        position = place if batch.positions is None else batch.positions[place]
        path, reason = faults[index]
        raw = _raw(batch.items[place])
        rejected.setdefault(owner, []).append(Rejected(position, path, reason, raw))


def _raw(item: Item) -> bytes:
    try:
        return msgspec.json.encode(item)
    except ValueError:
        return repr(item).encode("utf-8", "backslashreplace")
