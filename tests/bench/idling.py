"""Generator: opens so many sockets, says one message on each, and keeps them open in silence."""

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from tests.bench.generators import Round, generate
from tests.bench.wires import BINARY, Wire, frame, open_wire

AT_ONCE = 32
ANSWER_S = 60.0


async def prepare(plan: dict[str, Any], stack: AsyncExitStack) -> Round:
    async def connect(number: int) -> Wire:
        # One loopback address has 28,000 ports, some of which others use.
        wire = await open_wire(plan["port"], "/v1/stream", plan["protocol"], local=f"127.0.0.{2 + number // 5000}")
        stack.callback(wire.transport.abort)
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        wire.heard = answered.set_result
        # Nobody here answers pings.
        body = {"token": plan["tokens"][number], "stream": str(uuid.uuid4()), "ping_s": 240}
        wire.send([frame(msgspec.msgpack.encode({"id": 1, "connect": body}), BINARY)])
        said = msgspec.msgpack.decode(await asyncio.wait_for(answered, ANSWER_S))
        if "connect" not in said:
            raise RuntimeError(said)
        return wire

    async def play(order: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        wires: list[Wire] = []
        for first in range(0, order["sockets"], AT_ONCE):
            some = range(first, min(first + AT_ONCE, order["sockets"]))
            wires += await asyncio.gather(*map(connect, some))
        if cut := [wire.ended.result() for wire in wires if wire.ended.done()]:
            raise RuntimeError(f"{len(cut)} were cut, the first: {cut[0]}")
        return {"seconds": time.monotonic() - began}

    return play


if __name__ == "__main__":
    generate(prepare)
