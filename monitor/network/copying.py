"""Writes columns of measurements as PostgreSQL's binary COPY rows (pure)."""

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

REQUIRED = {
    "batch": ">i8", "position": ">i4", "stream": "V16", "seq": ">i8", "item": ">i4", "received_at": ">i8",
    "measured_at": ">i8", "device": ">i8", "subject": ">i8", "provider": ">i8", "cell": ">i8", "suspect": "u1",
}  # fmt: skip
NULLABLE = {
    "signal_dbm": ">f4", "download_mbps": ">f4", "upload_mbps": ">f4", "latency_ms": ">f4", "jitter_ms": ">f4",
    "packet_loss_pct": ">f4", "latitude": ">f8", "longitude": ">f8", "accuracy_m": ">f4", "connected": "u1",
}  # fmt: skip

_NULL = b"\xff\xff\xff\xff"


@dataclass(frozen=True, slots=True)
class Written:
    """Rows without their texts: all as wide as the columns that are not NULL in every one of them."""

    rows: NDArray[np.void]
    kept: NDArray[np.bool_] | None
    """which bytes of each row go out: those of a NULL stay behind; None when all do"""

    def cut(self, chosen: NDArray[np.bool_] | None) -> list[bytes]:
        """Each chosen row's bytes; all rows when None."""
        rows = self.rows if chosen is None else self.rows[chosen]
        width = rows.dtype.itemsize
        if self.kept is None:
            cut: list[bytes] = rows.view(f"V{width}").tolist()
            return cut
        kept = self.kept if chosen is None else self.kept[chosen]
        flat = rows.view(np.uint8).reshape(len(rows), width)[kept].tobytes()
        ends = np.cumsum(np.count_nonzero(kept, axis=1)).tolist()
        return [flat[begin:end] for begin, end in itertools.pairwise([0, *ends])]


def write(required: Mapping[str, object], numbers: Mapping[str, NDArray[np.float64]]) -> Written:
    """Rows out of whole columns; NaN is NULL. `batch` and `position` are left 0."""
    absent = {name: np.isnan(numbers[name]) for name in NULLABLE}
    empty = frozenset(name for name, missing in absent.items() if missing.all())
    partly = [name for name, missing in absent.items() if name not in empty and missing.any()]
    rows = np.zeros(len(numbers["latitude"]), dtype=_row_type(empty))
    rows["fields"] = len(COLUMNS)
    for name, kind in REQUIRED.items():
        rows[f"{name}_length"] = np.dtype(kind).itemsize
        if name in required:
            rows[name] = required[name]
    for name, kind in NULLABLE.items():
        if name in empty:
            rows[f"{name}_length"] = -1
            continue
        size = np.dtype(kind).itemsize
        rows[f"{name}_length"] = np.where(absent[name], -1, size) if name in partly else size
        rows[name] = np.where(absent[name], 0, numbers[name]) if name in partly else numbers[name]
    return Written(rows, _kept(rows, {name: absent[name] for name in partly}))


def text_field(text: str | None) -> bytes:
    """One text as COPY wants it.

    Raises: ValueError - PostgreSQL cannot hold it.
    """
    if text is None:
        return _NULL
    if "\0" in text:
        raise ValueError("U+0000 cannot be stored")
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("not valid Unicode text") from error
    return len(encoded).to_bytes(4, "big") + encoded


def joined(fixed: Sequence[bytes], texts: Sequence[bytes]) -> bytes:
    """Row after row, each with its texts at the end."""
    pieces = [b""] * (2 * len(fixed))
    pieces[::2] = fixed
    pieces[1::2] = texts
    return b"".join(pieces)


@functools.lru_cache(maxsize=1024)
def _row_type(empty: frozenset[str]) -> np.dtype[np.void]:
    """A row's fixed part; of a column that is NULL in every row only the length remains."""
    parts = [("fields", ">i2")]
    for name, kind in (REQUIRED | NULLABLE).items():
        parts.append((f"{name}_length", ">i4"))
        if name not in empty:
            parts.append((name, kind))
    return np.dtype(parts)


def _kept(rows: NDArray[np.void], absent: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.bool_] | None:
    if not absent:
        return None
    kept = np.ones((len(rows), rows.dtype.itemsize), dtype=np.bool_)
    assert rows.dtype.fields is not None
    for name, missing in absent.items():
        kind, start = rows.dtype.fields[name][:2]
        kept[:, start : start + kind.itemsize] = ~missing[:, None]
    return kept
