"""A phone that sends files over a socket, for tests of what can happen to them on the way."""

import hashlib
from typing import Any

from tests.journeys.conftest import Socket

WINDOW = 262_144


def offer(data: bytes, kind: str = "dashboard", content_type: str = "image/jpeg") -> dict[str, Any]:
    return {
        "kind": kind,
        "content_type": content_type,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


async def send_chunk(socket: Socket, upload: int, offset: int, data: bytes) -> None:
    if socket.is_binary:
        await socket.send({"chunk": {"upload": upload, "offset": offset, "data": data}})
    else:
        await socket.socket.send_bytes(upload.to_bytes(4, "big") + offset.to_bytes(8, "big") + data)


async def send(
    socket: Socket, data: bytes, begun: dict[str, Any], size: int = 50_000, window: int = WINDOW
) -> dict[str, Any]:
    """Sends what is lacking, with an eye on the credits, and gives how it ended."""
    if "complete" in begun:
        return {"event": "media.stored", "data": {"media": begun["media"]}}
    credit = offset = begun["offset"]
    while True:
        while offset < min(len(data), credit + window):
            until = min(offset + size, credit + window, len(data))
            await send_chunk(socket, begun["upload"], offset, data[offset:until])
            offset = until
        said = await told(socket, begun["upload"])
        if said["event"] != "media.offset":
            return said
        credit = said["data"]["offset"]


async def told(socket: Socket, upload: int, event: str = "media.") -> dict[str, Any]:
    """The next word about an upload."""
    return await socket.push(lambda each: each["event"].startswith(event) and each["data"]["upload"] == upload)
