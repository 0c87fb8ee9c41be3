"""A server of the device door's protocol in a few lines, for what a real one cannot be made to do at will."""

import asyncio
import contextlib
import datetime
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from monitor.errors import Roadpulse, SequenceGap, TooManyItems
from monitor.wire.envelope import Format, Judged, Unreadable, control, encode, read, refusal, reply
from monitor.wire.inbound import Connect, Item
from monitor.wire.outbound import Connected, ConnectLimits, Duplicate, Measured

LIMIT_S = 40.0


@dataclass
class PeerServer:
    """Keeps what it acknowledged, stream by stream; `on_batch` may do anything before a batch is judged."""

    limits: ConnectLimits = field(default_factory=lambda: ConnectLimits(1 << 20, 1000, 8, 0, 0))
    on_batch: Callable[[int, int], Roadpulse | str | int | None] = lambda seq, count: None
    """a refusal, the name of a push, a close code, or `swallow` (stored, not answered)"""
    refuse_connect: Roadpulse | int | None = None
    url: str = ""
    last_seq: dict[uuid.UUID, int] = field(default_factory=dict)
    stored: list[Item] = field(default_factory=list)
    quarantined: int = 0
    connects: list[Connect] = field(default_factory=list)
    batches: list[tuple[int, int]] = field(default_factory=list)
    """(seq, items) of each batch that was stored"""
    pongs: int = 0
    sockets: set[web.WebSocketResponse] = field(default_factory=set)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def has_stored(self, count: int) -> None:
        """Returns when so many measurements are stored."""
        async with asyncio.timeout(LIMIT_S):
            while len(self.stored) < count:
                self.moved.clear()
                await self.moved.wait()

    @contextlib.asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator["PeerServer"]:
        app = web.Application()
        app.router.add_get("/v1/stream", self._stream)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        try:
            yield self
        finally:
            for socket in list(self.sockets):
                await socket.close(code=1001)
            await runner.cleanup()

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=tuple(Format), max_msg_size=self.limits.frame_bytes)
        await socket.prepare(request)
        self.sockets.add(socket)
        try:
            await self._converse(socket, Format(socket.ws_protocol))
        finally:
            self.sockets.discard(socket)
        return socket

    async def _converse(self, socket: web.WebSocketResponse, wire_format: Format) -> None:
        connect = read((await socket.receive()).data, wire_format, 10).message
        assert isinstance(connect, Connect)
        assert isinstance(connect.stream, uuid.UUID)
        self.connects.append(connect)
        if isinstance(self.refuse_connect, int):
            await socket.close(code=self.refuse_connect)
            return
        if self.refuse_connect is not None:
            await self._put(socket, refusal(1, self.refuse_connect, wire_format))
            return
        last_seq = self.last_seq.setdefault(connect.stream, 0)
        now = datetime.datetime.now(datetime.UTC)
        connected = Connected(uuid.uuid4(), now, 25, "device", self.limits, last_seq)
        await self._put(socket, reply(1, "connect", connected, wire_format))
        async for message in socket:
            assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY)
            if not await self._answer(socket, connect.stream, message.data, wire_format):
                break

    async def _answer(self, socket: web.WebSocketResponse, stream: uuid.UUID, data: Any, wire_format: Format) -> bool:
        try:
            request = read(data, wire_format, self.limits.batch)
        except Unreadable as error:
            await self._put(socket, refusal(error.message_id, error.error, wire_format))
            return True
        if request.message is None:
            self.pongs += 1
            return True
        batch: Any = request.message
        assert request.id is not None
        rejected = [one.said() for one in batch.rejected] if isinstance(batch, Judged) else []
        items = batch.items
        count = len(items) + len(rejected)
        fault = self.on_batch(batch.seq, count)
        if isinstance(fault, int):
            await socket.close(code=fault)
            return False
        if isinstance(fault, Roadpulse):
            await self._put(socket, refusal(request.id, fault, wire_format))
            return True
        if fault == "ping":
            await self._put(socket, encode({}, wire_format))
        elif fault in ("slow_down", "drain"):
            await self._put(socket, control(str(fault), {"retry_after_ms": 50}, wire_format))
        newest = self.last_seq[stream]
        if batch.seq <= newest:
            await self._put(socket, reply(request.id, "measure", Duplicate(batch.seq, newest), wire_format))
        elif batch.seq > newest + 1:
            gap = SequenceGap(members={"expected": newest + 1})
            await self._put(socket, refusal(request.id, gap, wire_format))
        else:
            self.last_seq[stream] = batch.seq
            self.stored += items
            self.quarantined += len(rejected)
            self.batches.append((batch.seq, count))
            self.moved.set()
            if fault == "swallow":
                await socket.close(code=1011)
                return False
            answer = Measured(batch.seq, batch.seq, len(items), rejected)
            await self._put(socket, reply(request.id, "measure", answer, wire_format))
        return True

    async def _put(self, socket: web.WebSocketResponse, data: bytes) -> None:
        kind = WSMsgType.TEXT if socket.ws_protocol == Format.JSON else WSMsgType.BINARY
        await socket.send_frame(data, kind)


def too_many(limit: int) -> TooManyItems:
    return TooManyItems(members={"limit": limit})


class Ear:
    """Hears what the agent says to people."""

    def __init__(self) -> None:
        self.acknowledgements = 0
        self.sessions: list[str] = []
        self.waits: list[tuple[str, float]] = []
        self.notes: list[str] = []
        self.heard = asyncio.Event()

    def connected(self, session: str) -> None:
        self.sessions.append(session)
        self.heard.set()

    def acknowledged(self, count: int) -> None:
        self.acknowledgements += count
        self.heard.set()

    def waiting(self, reason: str, delay_s: float) -> None:
        self.waits.append((reason, delay_s))
        self.heard.set()

    def note(self, text: str) -> None:
        self.notes.append(text)
        self.heard.set()
