"""Generator: phones that each send a batch a second, a fault at every place once, and the operator who is told."""

import asyncio
import datetime
import random
import time
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import h3
import msgspec

from tests.bench.generators import Round, generate
from tests.bench.report import percentile
from tests.bench.wires import BINARY, Wire, frame, open_wire

ITEM_EVERY_S = 0.05
GOOD_MS = 5.0
BAD_MS = 9000.0
"""one batch of it lifts the mean of a place's two minutes far above the threshold"""
QUIET_S = 5.0
"""without faults, at the beginning and at the end"""
LIMIT_S = 15.0

_encode = msgspec.msgpack.encode


class Data(msgspec.Struct):
    rule: int | None = None
    cell: str | None = None


class Event(msgspec.Struct):
    event: str
    data: Data


class Push(msgspec.Struct):
    channel: str
    events: list[Event]


class Frame(msgspec.Struct):
    id: int | None = None
    push: Push | None = None
    error: Any = None


_decode = msgspec.msgpack.Decoder(Frame).decode


@dataclass(slots=True)
class Phone:
    """One device, standing still at its place."""

    wire: Wire
    cell: str
    batch: int
    seq: int = 0

    def send(self, latency_ms: float) -> None:
        latitude, longitude = h3.cell_to_latlng(self.cell)
        now = datetime.datetime.now(datetime.UTC)
        self.seq += 1
        items = [
            {
                "measured_at": now - datetime.timedelta(seconds=ITEM_EVERY_S * index),
                "carrier": "MTN", "network_type": "LTE", "signal_dbm": -90.0, "download_mbps": 12.5,
                "latency_ms": latency_ms, "latitude": latitude, "longitude": longitude, "connected": True,
                "device_info": "TECNO KI5q / Android 13", "app_version": "1.4.2",
            }
            for index in range(self.batch)
        ]  # fmt: skip
        message = {"id": self.seq + 1, "measure": {"seq": self.seq, "items": items}}
        self.wire.send([frame(_encode(message), BINARY)])


async def prepare(plan: dict[str, Any], stack: AsyncExitStack) -> Round:
    opened_at: dict[str, float] = {}
    refused: list[Any] = []

    def listen(message: bytes) -> None:
        said = _decode(message)
        if said.error is not None:
            refused.append(said.error)
        for event in said.push.events if said.push else ():
            if event.event == "alert.opened" and event.data.rule is not None and event.data.cell is not None:
                opened_at.setdefault(event.data.cell, time.monotonic())

    async def greet(token: str, stream: str | None = None) -> Wire:
        wire = await open_wire(plan["port"], "/v1/stream", "roadpulse.v1.msgpack")
        wire.heard = listen
        # Nobody here answers pings.
        connect = {"token": token, "ping_s": 240, **({"stream": stream} if stream else {})}
        wire.send([frame(_encode({"id": 1, "connect": connect}), BINARY)])
        return wire

    console = await greet(plan["operator"])
    console.send([frame(_encode({"id": 2, "subscribe": {"channel": "alerts:mtn"}}), BINARY)])
    phones = [
        Phone(await greet(token, str(uuid.uuid4())), plan["cells"][number % len(plan["cells"])], plan["batch"])
        for number, token in enumerate(plan["tokens"])
    ]

    async def play(order: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        chance = random.Random(1)
        due = {cell: chance.uniform(QUIET_S, order["seconds"] - QUIET_S) for cell in plan["cells"]}
        sent_at: dict[str, float] = {}

        async def drive(number: int, phone: Phone) -> None:
            for second in range(order["seconds"]):
                await asyncio.sleep(max(0.0, began + second + number / len(phones) - time.monotonic()))
                now = time.monotonic()
                is_bad = phone.cell not in sent_at and now - began >= due[phone.cell]
                if is_bad:
                    sent_at[phone.cell] = now
                phone.send(BAD_MS if is_bad else GOOD_MS)

        await asyncio.gather(*(drive(number, phone) for number, phone in enumerate(phones)))
        for _ in range(int(LIMIT_S / 0.1)):
            if len(opened_at) >= len(sent_at):
                break
            await asyncio.sleep(0.1)
        if refused or console.ended.done() or any(phone.wire.ended.done() for phone in phones):
            raise RuntimeError(f"refused: {refused[:3]}")
        waits = [opened_at[cell] - at for cell, at in sent_at.items() if cell in opened_at]
        return {
            "faults": len(sent_at),
            "told": len(waits),
            "p50_s": percentile(waits, 0.5),
            "p95_s": percentile(waits, 0.95),
            "worst_s": max(waits),
        }

    return play


if __name__ == "__main__":
    generate(prepare)
