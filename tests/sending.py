"""Sends files over HTTP, for tests that need some to be there."""

import base64
import hashlib
from typing import Any

from tests.journeys.conftest import World

TUS = {"Tus-Resumable": "1.0.0"}
OFFSET_STREAM = "application/offset+octet-stream"


def metadata(data: bytes, kind: str = "dashboard", **more: str) -> str:
    said = {"kind": kind, "sha256": hashlib.sha256(data).hexdigest(), **more}
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


async def begin(world: World, token: str, data: bytes, kind: str = "dashboard", **more: str) -> str:
    """The address of a new upload."""
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(data, kind, **more)}
    status, answer, _ = await tus(world, "POST", "/v1/media/uploads", token, headers)
    assert status == 201, answer
    return answer["Location"]


async def send(world: World, token: str, data: bytes, kind: str = "dashboard", **more: str) -> str:
    """The id of a file that is there from now on."""
    address = await begin(world, token, data, kind, **more)
    headers = {"Upload-Offset": "0", "Content-Type": OFFSET_STREAM}
    status, _, body = await tus(world, "PATCH", address, token, headers, data)
    assert status == 204, body
    return address.rpartition("/")[2]


async def tus(
    world: World,
    method: str,
    path: str,
    token: str | None,
    headers: dict[str, str] | None = None,
    body: Any = None,
) -> tuple[int, dict[str, str], bytes]:
    said = {**TUS, **({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
    async with world.http.request(method, world.url + path, headers=said, data=body) as answer:
        return answer.status, dict(answer.headers), await answer.read()
