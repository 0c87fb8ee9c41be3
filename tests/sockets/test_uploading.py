"""Files come in over a socket whole, whatever breaks on the way."""

import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.conftest import Servers
from tests.journeys.conftest import Socket, World
from tests.served import Served, serve

in_both_formats = pytest.mark.parametrize("binary", [False, True])


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(servers, migrated, {"limits_invalid_messages": 10**6, "limits_messages_per_s": 10**6}) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


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


async def send(socket: Socket, data: bytes, begun: dict[str, Any], size: int = 50_000) -> dict[str, Any]:
    """Sends what is lacking, with an eye on the credits, and gives how it ended."""
    credit = offset = begun["offset"]
    while True:
        while offset < min(len(data), credit + 262_144):
            await send_chunk(socket, begun["upload"], offset, data[offset : min(offset + size, credit + 262_144)])
            offset = min(offset + size, credit + 262_144, len(data))
        said = await socket.push(lambda each: each["event"].startswith("media."))
        if said["event"] != "media.offset":
            return said
        credit = said["data"]["offset"]


@in_both_formats
async def test_file_comes_in_whole(world: World, *, binary: bool) -> None:
    data = os.urandom(1_000_003)
    socket = await world.console(await world.person(), binary=binary)
    begun = await socket.say("media", **offer(data))
    ended = await send(socket, data, begun)

    assert begun == {"media": begun["media"], "upload": 1, "offset": 0}
    assert ended["event"] == "media.stored"
    assert ended["data"] == {"upload": 1, "media": begun["media"]}
    assert await socket.say("media", **offer(data)) == {"media": begun["media"], "complete": True}
