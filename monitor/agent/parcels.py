"""Packs measurements into the bytes that the spool keeps, and batches of them into frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Raw

from monitor.wire.envelope import Format, reply

_encoder = msgspec.msgpack.Encoder()
_pieces = msgspec.msgpack.Decoder(list[Raw])
_values = msgspec.msgpack.Decoder()

NOTHING = b"\x90"
"""the empty array"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Measurements made together."""

    count: int
    items: bytes
    """a MessagePack array"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is sent under one number."""

    seq: int
    count: int
    items: bytes
    """a MessagePack array"""


def pack(items: Sequence[Mapping[str, object]]) -> Parcel:
    return Parcel(len(items), _encoder.encode(items))


def join(arrays: Sequence[bytes]) -> bytes:
    """One array of all their items."""
    if len(arrays) == 1:
        return arrays[0]
    return _encoder.encode([item for array in arrays for item in _pieces.decode(array)])


def cut(items: bytes, at: int) -> tuple[Parcel, Parcel]:
    """The first `at` items, and the others."""
    pieces = _pieces.decode(items)
    return Parcel(at, _encoder.encode(pieces[:at])), Parcel(len(pieces) - at, _encoder.encode(pieces[at:]))


def frame(message_id: int, batch: Batch, wire_format: Format) -> bytes:
    """The `measure` message that carries the batch; the same batch gives the same items every time."""
    items: object = Raw(batch.items)
    if wire_format is Format.JSON:
        items = _values.decode(batch.items)
    return reply(message_id, "measure", {"seq": batch.seq, "items": items}, wire_format)
