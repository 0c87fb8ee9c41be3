"""Encodes events once for everybody who listens in one format, and puts frames together from encoded events."""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from monitor.live.messages import Latest, Newest
from monitor.wire.envelope import Format, encode
from monitor.wire.outbound import Event


@dataclass(frozen=True, eq=False)
class Push:
    """Events of one channel in one format, shared by all listeners of it."""

    channel: str
    """as clients say it"""
    wire_format: Format
    events: Sequence[bytes]
    """each event, encoded"""
    keys: Sequence[str] | None = None
    """of each event, on a latest channel: a newer value replaces an older one; None on a stream"""
    first: int = 0
    """offset of the first event of a stream; the others follow by one"""

    @functools.cached_property
    def frame(self) -> bytes:
        """The whole frame; made once, when the first listener takes it."""
        return compose(self.channel, self.events, self.wire_format)

    @functools.cached_property
    def size(self) -> int:
        """Bytes of the events."""
        return sum(map(len, self.events))

    def after(self, offset: int) -> "Push | None":
        """What of a stream's push comes after that offset."""
        skipped = max(0, offset + 1 - self.first)
        if skipped == 0:
            return self
        if skipped >= len(self.events):
            return None
        return Push(self.channel, self.wire_format, self.events[skipped:], first=self.first + skipped)


def of_stream(channel: str, first: int, events: Iterable[bytes], wire_format: Format) -> Push:
    """A push of JSON events whose offsets rise from `first`."""
    placed: Callable[[int, bytes], bytes] = _place_json if wire_format is Format.JSON else _place_msgpack
    return Push(
        channel, wire_format, [placed(offset, event) for offset, event in enumerate(events, first)], first=first
    )


def of_newest(channel: str, newest: Iterable[Newest], wire_format: Format) -> Push:
    """A push of values as the bus brings them."""
    values = list(newest)
    events = [
        bytes(each.event) if wire_format is Format.JSON else encode(msgspec.json.decode(each.event), wire_format)
        for each in values
    ]
    return Push(channel, wire_format, events, keys=[each.key for each in values])


def of_latest(channel: str, values: Iterable[Latest], wire_format: Format) -> Push:
    """A push of values read here, for one listener."""
    known = list(values)
    events = [encode(Event(value.id, value.event, value.data), wire_format) for value in known]
    return Push(channel, wire_format, events, keys=[value.key for value in known])


def compose(channel: str, events: Sequence[bytes], wire_format: Format) -> bytes:
    """The frame `{"push":{"channel":…,"events":[…]}}` around encoded events."""
    name = encode(channel, wire_format)
    if wire_format is Format.JSON:
        return b'{"push":{"channel":' + name + b',"events":[' + b",".join(events) + b"]}}"
    return b"\x81\xa4push\x82\xa7channel" + name + b"\xa6events" + _array_header(len(events)) + b"".join(events)


def _place_json(offset: int, event: bytes) -> bytes:
    # Every event is a map that is not empty, so the offset can stand in front.
    return b'{"offset":%d,' % offset + event[1:]


def _place_msgpack(offset: int, event: bytes) -> bytes:
    return encode({"offset": offset, **msgspec.json.decode(event)}, Format.MSGPACK)


def _array_header(length: int) -> bytes:
    if length < 16:
        return bytes((0x90 | length,))
    if length < 1 << 16:
        return b"\xdc" + length.to_bytes(2, "big")
    return b"\xdd" + length.to_bytes(4, "big")
