"""Generator: sixteen connections that post batches encoded beforehand, each as soon as the one before is answered."""

import asyncio
import datetime
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import msgspec

from tests.bench.generators import Round, generate
from tests.bench.phones import drive

EVERY_S = 0.01


async def prepare(plan: dict[str, Any], stack: AsyncExitStack) -> Round:
    batch, sockets = plan["batch"], plan["sockets"]
    each = plan["rows"] // sockets // batch
    now = datetime.datetime.now(datetime.UTC)
    bodies: list[list[bytes]] = []
    for phone in range(sockets):
        items = drive(phone, each * batch, now, EVERY_S)
        stream = uuid.uuid4()
        bodies.append(
            [
                msgspec.json.encode({"stream": stream, "seq": n + 1, "items": items[n * batch : (n + 1) * batch]})
                for n in range(each)
            ]
        )

    async def play(order: dict[str, Any]) -> dict[str, Any]:
        url = f"http://127.0.0.1:{order['port']}/measurements/batch"
        headers = {"Content-Type": "application/json"}

        async def post_all(http: aiohttp.ClientSession, mine: list[bytes]) -> None:
            for body in mine:
                async with http.post(url, data=body, headers=headers) as response:
                    said = msgspec.json.decode(await response.read())
                    if said != {"stored": batch}:
                        raise RuntimeError(f"not stored: {said}")

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=sockets)) as http:
            began = time.monotonic()
            await asyncio.gather(*(post_all(http, mine) for mine in bodies))
            return {"rows": each * batch * sockets, "seconds": time.monotonic() - began}

    return play


if __name__ == "__main__":
    generate(prepare)
