"""Generator: sixteen phones that send frames encoded beforehand, as fast as they are acknowledged."""

import asyncio
import datetime
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from tests.bench.generators import Round, generate
from tests.bench.phones import drive, same_day
from tests.bench.wires import BINARY, TEXT, Wire, frame, open_wire

EVERY_S = 0.01
LIMIT_S = 120.0


class Stored(msgspec.Struct):
    stored: int = -1
    duplicate: bool = False


class Answer(msgspec.Struct):
    id: int | None = None
    measure: Stored | None = None
    error: Any = None
    push: Any = None
    """word that the server is busy: it reads again by itself"""


class Phone:
    """One socket with its frames; keeps as many unanswered as the server allows."""

    def __init__(self, wire: Wire, frames: list[bytes], batch: int, decode: Any) -> None:
        self.wire, self._frames, self._batch, self._decode = wire, frames, batch, decode
        self._sent = self._answered = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wire.heard = self._hear

    def begin(self, in_flight: int) -> None:
        self._sent = min(in_flight, len(self._frames))
        self.wire.send(self._frames[: self._sent])

    def _hear(self, message: bytes) -> None:
        answer = self._decode(message)
        if answer.push is not None:
            return
        if answer.measure is None or answer.measure.stored != self._batch:
            if not self.done.done():
                self.done.set_exception(RuntimeError(f"not stored whole: {answer}"))
            return
        self._answered += 1
        if self._sent < len(self._frames):
            self.wire.transport.write(self._frames[self._sent])
            self._sent += 1
        elif self._answered == len(self._frames):
            self.done.set_result(None)


async def prepare(plan: dict[str, Any], stack: AsyncExitStack) -> Round:
    binary, batch, sockets = plan["format"] == "msgpack", plan["batch"], len(plan["tokens"])
    encode: Any = msgspec.msgpack.encode if binary else msgspec.json.encode
    decode = (msgspec.msgpack if binary else msgspec.json).Decoder(Answer).decode
    opcode = BINARY if binary else TEXT
    each = plan["rows"] // sockets // batch
    until = same_day(datetime.datetime.now(datetime.UTC), 2 * EVERY_S * each * batch + 600)
    frames: list[list[bytes]] = []
    for phone in range(sockets):
        items = drive(phone, each * batch, until, EVERY_S)
        frames.append(
            [
                frame(
                    encode({"id": seq + 1, "measure": {"seq": seq, "items": items[(seq - 1) * batch : seq * batch]}}),
                    opcode,
                )
                for seq in range(1, each + 1)
            ]
        )

    async def play(order: dict[str, Any]) -> dict[str, Any]:
        protocol = f"roadpulse.v1.{plan['format']}"
        phones = []
        for mine, token in zip(frames, plan["tokens"], strict=True):
            wire = await open_wire(order["port"], "/v1/stream", protocol)
            greeted: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            wire.heard = greeted.set_result
            wire.send([frame(encode({"id": 1, "connect": {"token": token, "stream": str(uuid.uuid4())}}), opcode)])
            await asyncio.wait_for(greeted, 30)
            phones.append(Phone(wire, mine, batch, decode))
        began = time.monotonic()
        for phone in phones:
            phone.begin(plan["in_flight"])
        dones = asyncio.gather(*(phone.done for phone in phones))
        cut = [phone.wire.ended for phone in phones]
        await asyncio.wait([dones, *cut], return_when=asyncio.FIRST_COMPLETED, timeout=LIMIT_S)
        took = time.monotonic() - began
        if not dones.done():
            raise RuntimeError(f"cut off: {[ended.result() for ended in cut if ended.done()]}")
        dones.result()
        for phone in phones:
            phone.wire.transport.close()
        return {"rows": each * batch * sockets, "seconds": took}

    return play


if __name__ == "__main__":
    generate(prepare)
