"""Reads MessagePack as far as it can be read, so that one impossible value costs its item and not the whole batch."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

DEPTH = 4
"""from a frame through its message and its list to an item's members"""
MOST_PARTS = 5_000
"""of a list that are looked at; a list of more is no batch"""
_Members = Annotated[dict[str, msgspec.Raw], Meta(max_length=100)]


def unpack(data: bytes) -> Any:
    """What MessagePack holds, with raw bytes in place of what no value here can be.

    Such are a moment of the year 30,000 and text that is not UTF-8.

    Raises: msgspec.DecodeError, ValueError - not even that; RecursionError.
    """
    try:
        return msgspec.msgpack.decode(data)
    except (msgspec.DecodeError, ValueError):
        tree = _parts(data, DEPTH)
        if isinstance(tree, msgspec.Raw):
            raise
        return tree


def _parts(data: bytes, depth: int) -> Any:
    # Each part costs a decode of its own: no deeper than an item's members, and no more of them than a batch has.
    head = data[0] if data else 0
    try:
        if depth and (head & 0xF0 == 0x80 or head in (0xDE, 0xDF)):
            members = msgspec.msgpack.decode(data, type=_Members)
            return {name: _parts(bytes(member), depth - 1) for name, member in members.items()}
        if depth and (head & 0xF0 == 0x90 or head in (0xDC, 0xDD)):
            items = msgspec.msgpack.decode(data, type=list[msgspec.Raw])
            return items if len(items) > MOST_PARTS else [_item(bytes(item), depth - 1) for item in items]
        return msgspec.msgpack.decode(data)
    except (msgspec.DecodeError, ValueError):
        return msgspec.Raw(data)


def _item(data: bytes, depth: int) -> Any:
    try:
        return msgspec.msgpack.decode(data)
    except (msgspec.DecodeError, ValueError):
        return _parts(data, depth)
