"""Understands what the server says to a device: answers, refusals, pushes, and why it ended a connection."""

from collections import Counter
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from monitor.agent.spool import Fate
from monitor.wire.envelope import Format
from monitor.wire.outbound import Connected, Fault, Quarantined

COMES_BACK = range(4000, 4500)
NEVER_BACK = range(4500, 5000)

ENDINGS = {
    1009: "a frame was larger than the server takes",
    4001: "the server is being restarted",
    4005: "the token has expired",
    4008: "this reader is too slow",
    4010: "the server lost its position",
    4012: "the server heard nothing from here",
    4013: "the server is too busy",
    4500: "the server does not accept this token",
    4501: "the server does not understand this program; is it of another version?",
    4502: "the server waited in vain for the first message",
    4503: "the server got too many invalid messages",
    4504: "this device has too many connections; is another agent running with its token?",
    4507: "this token may not measure; it takes a device's token",
    4508: "the device was revoked or its account suspended",
}


class Answered(Struct, frozen=True):
    """The answer to `measure`, of a batch stored now or kept before."""

    seq: int
    last_seq: int
    stored: int = 0
    quarantined: list[Quarantined] = []
    duplicate: bool = False

    def fates(self, count: int) -> dict[tuple[Fate, str], int]:
        """What became of the `count` measurements of the batch."""
        if self.duplicate:
            return {(Fate.KEPT, ""): count}
        fates: Counter[tuple[Fate, str]] = Counter({(Fate.STORED, ""): self.stored})
        for item in self.quarantined:
            fates[Fate.QUARANTINED, f"{item.path}: {item.reason}" if item.path else item.reason] += 1
        fates[Fate.UNACCOUNTED, ""] = count - self.stored - len(self.quarantined)
        return {fate: number for fate, number in fates.items() if number}


class Refusal(Struct, frozen=True):
    """An error instead of an answer."""

    type: str
    title: str = ""
    detail: str = ""
    retry: bool = False
    errors: list[Fault] = []
    expected: int | None = None
    """of sequence_gap: the number to go back to"""
    retry_after_ms: float | None = None
    limit: int | None = None
    """of too_many_items"""

    @property
    def code(self) -> str:
        return self.type.rpartition("/")[2]

    def __str__(self) -> str:
        places = "".join(f"; {fault.path}: {fault.reason}" for fault in self.errors)
        return f"{self.code}: {self.detail or self.title}{places}"


class Happening(Struct, frozen=True):
    """One event of a push."""

    event: str
    data: dict[str, Any] = {}

    def retry_after_s(self) -> float | None:
        """How long the server asks to wait, if it does."""
        wait = self.data.get("retry_after_ms")
        return wait / 1000 if isinstance(wait, int | float) and wait >= 0 else None


class Pushed(Struct, frozen=True):
    """Events unasked; a device knows only those of `control`."""

    channel: str
    events: list[Happening]


class Heard(Struct, frozen=True):
    """One frame from the server; without any member it is a ping."""

    id: int | UnsetType | None = UNSET
    connect: Connected | UnsetType = UNSET
    measure: Answered | UnsetType = UNSET
    error: Refusal | UnsetType = UNSET
    push: Pushed | UnsetType = UNSET

    def is_ping(self) -> bool:
        return all(getattr(self, name) is UNSET for name in self.__struct_fields__)


_json = msgspec.json.Decoder(Heard)
_msgpack = msgspec.msgpack.Decoder(Heard)


def understand(data: bytes | str, wire_format: Format) -> Heard:
    """The frame's message.

    Raises: msgspec.DecodeError - not what a server of this protocol says.
    """
    if wire_format is Format.JSON:
        return _json.decode(data)
    return _msgpack.decode(data.encode() if isinstance(data, str) else data)


def why(close_code: int | None) -> str:
    """A connection's end in words."""
    if close_code is None or close_code == 1006:
        return "the connection broke"
    return ENDINGS.get(close_code, f"the server closed the connection ({close_code})")
