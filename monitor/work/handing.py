"""What a worker and its readers say to each other: one frame a message, over a socket that nobody else holds.

A frame is the length of its head, the head (JSON), then as many bytes as the head tells. A file's bytes are never
packed into anything: they are handed to the kernel as they are.
"""

import struct
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from ml.findings import Kind, Quality, Reading

LENGTH: Final = struct.Struct(">I")
MOST_HEAD: Final = 4 * 1024 * 1024
"""above any head: a photo has at most some hundred findings"""


class Look(Struct, frozen=True, tag="look"):
    """Read the file whose bytes follow."""

    kind: Kind
    size: int


class Ready(Struct, frozen=True, tag="ready"):
    """The models are loaded and have read something."""

    models: dict[Kind, str]
    """name and version, by what they read"""


class Judged(Struct, frozen=True, tag="judged"):
    """How good the file is; its findings follow."""

    quality: Quality


class Read(Struct, frozen=True, tag="read"):
    """All that is seen or heard in the file."""

    reading: Reading
    took_ms: float


class Refused(Struct, frozen=True, tag="refused"):
    """The file cannot be read."""

    code: str
    """as `ml.findings` names it"""
    detail: str


class Broken(Struct, frozen=True, tag="broken"):
    """Our own mistake; the reader lives on."""

    traceback: str


Said: TypeAlias = Ready | Judged | Read | Refused | Broken

encode = msgspec.json.Encoder().encode
_asked = msgspec.json.Decoder(Look)
_said: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


def frame(message: Look | Said) -> bytes:
    """The frame up to where a file's bytes follow."""
    head = encode(message)
    return LENGTH.pack(len(head)) + head


def read_asked(head: bytes) -> Look:
    return _asked.decode(head)


def read_said(head: bytes) -> Said:
    return _said.decode(head)
