"""What travels between server processes: events of streams, newest values, announcements."""

from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a stream channel; offsets of different epochs have nothing to do with each other."""

    epoch: str
    offset: int


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the outbox as it goes to its channel."""

    channel: str
    id: int
    event: bytes
    """JSON `{"id":…,"event":…,"data":…}`"""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a channel stands, and what a reader missed."""

    position: Position
    is_recovered: bool
    missed: list[bytes]
    """JSON of each event from the reader's offset to the position; empty unless recovered"""


class Latest(msgspec.Struct, frozen=True):
    """The newest value of one key."""

    key: str
    """the row's id, `data.id`"""
    event: str
    data: Any
    id: int = 0


class Announcement(msgspec.Struct, frozen=True):
    """What every server process should know at once, such as a revoked device."""

    event: str
    data: dict[str, Any]


class Published(msgspec.Struct, frozen=True, array_like=True):
    """Events that were added to a stream channel together."""

    epoch: str
    first: int
    """the first event's offset; the others follow by one"""
    events: list[msgspec.Raw]


class Newest(msgspec.Struct, frozen=True, array_like=True):
    """One value of a latest channel on its way."""

    key: str
    event: msgspec.Raw


published_decoder = msgspec.json.Decoder(Published)
newest_decoder = msgspec.json.Decoder(list[Newest])
