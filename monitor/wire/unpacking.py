"""Reads MessagePack as far as it can be read, so that one impossible value costs its item and not the whole batch."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

DEPTH = 4
"""from a frame through its message and its list to an item's members"""
MOST_ITEMS = 5_000
"""of a list that are looked at; a list of more is no batch"""
MOST_PARTS = 20_000
"""of a frame that are looked at one by one, about 60 ms of the event loop: 1,000 items with all members of each"""
_Members = Annotated[dict[str, msgspec.Raw], Meta(max_length=100)]


def unpack(data: bytes) -> Any:
    """What MessagePack holds, with raw bytes in place of what no value here can be.

    Such are a moment of the year 30,000 and text that is not UTF-8.

    Raises: msgspec.DecodeError, ValueError - not even that, or too much of it; RecursionError.
    """
    try:
        return msgspec.msgpack.decode(data)
    except (msgspec.DecodeError, ValueError):
        search = _Search()
        tree = search.parts(data, DEPTH)
        if isinstance(tree, msgspec.Raw) or not search.left:
            raise
        return tree


@dataclass(slots=True)
class _Search:
    """Through one frame, part by part, for what can be read."""

    left: int = MOST_PARTS

    def parts(self, data: bytes, depth: int) -> Any:
        if not self.left:
            return msgspec.Raw(data)
        self.left -= 1
        head = data[0] if data else 0
        try:
            if depth and (head & 0xF0 == 0x80 or head in (0xDE, 0xDF)):
                members = msgspec.msgpack.decode(data, type=_Members)
                return {name: self.parts(bytes(member), depth - 1) for name, member in members.items()}
            if depth and (head & 0xF0 == 0x90 or head in (0xDC, 0xDD)):
                items = msgspec.msgpack.decode(data, type=list[msgspec.Raw])
                return items if len(items) > MOST_ITEMS else [self._item(bytes(item), depth - 1) for item in items]
            return msgspec.msgpack.decode(data)
        except (msgspec.DecodeError, ValueError):
            return msgspec.Raw(data)

    def _item(self, data: bytes, depth: int) -> Any:
        try:
            return msgspec.msgpack.decode(data)
        except (msgspec.DecodeError, ValueError):
            return self.parts(data, depth)
