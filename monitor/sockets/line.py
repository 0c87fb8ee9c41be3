"""One socket's frames: in with a ping clock, out through a bounded mailbox, and how it ends."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping

import aiohttp
from aiohttp import WebSocketError, WSMsgType, web

from monitor import metrics
from monitor.errors import (
    BadRequest,
    FrameMalformed,
    FrameTooBig,
    NoConnect,
    NoPong,
    Roadpulse,
    TextMalformed,
    TooSlow,
)
from monitor.live.mailbox import Mailbox
from monitor.live.pushes import Push
from monitor.settings import Limits
from monitor.sockets.bell import Bell
from monitor.wire import envelope
from monitor.wire.envelope import Format

CLOSE_S = 2.0
"""for the closing handshake; a peer that is gone does not hold us longer"""
HEAR_S = 0.02
LOOK_S = 0.1
"""how soon the clock looks again whether anybody listens"""

_BROKEN: Mapping[int, type[Roadpulse]] = {1007: TextMalformed, 1009: FrameTooBig}


class Line:
    """A connection with nobody in particular at its other end."""

    __slots__ = (
        "_clock", "_deadline", "_is_closed", "_is_listening", "_is_pinged", "_kind", "_limits", "_mailbox", "_ping_s",
        "_socket", "_writing", "_written", "ended", "on_written", "reason", "wire_format",
    )  # fmt: skip

    def __init__(self, socket: web.WebSocketResponse, wire_format: Format, limits: Limits) -> None:
        loop = asyncio.get_running_loop()
        self.wire_format = wire_format
        self.reason: Roadpulse | None = None
        """why we end it"""
        self.ended: asyncio.Future[None] = loop.create_future()
        self.on_written: Callable[[], None] = _ignore
        """called when all that waited is sent"""
        self._socket = socket
        self._limits = limits
        self._mailbox = Mailbox(limits.outbox_bytes)
        self._kind = WSMsgType.TEXT if wire_format is Format.JSON else WSMsgType.BINARY
        self._writing: asyncio.Task[None] | None = None
        """only while there is something to write: a task for each of thousands of idle sockets takes memory"""
        self._written = Bell()
        self._ping_s: float | None = None
        self._is_pinged = False
        self._is_listening = False
        self._is_closed = False
        self._deadline = loop.time() + limits.connect_s
        self._clock = loop.call_at(self._deadline, self._look)

    def keep_alive(self, ping_s: float) -> None:
        """From here on silence is answered with a ping, where before it would have ended the line."""
        self._ping_s = ping_s
        self._listen_for(ping_s)

    def say(self, frame: bytes) -> None:
        """An answer or a control push."""
        self._mailbox.answer(frame)
        self._post()

    def offer(self, push: Push) -> None:
        """Takes a push of a channel; a reader too slow for it is cut."""
        try:
            self._mailbox.offer(push)
        except TooSlow as error:
            metrics.slow_readers_cut.inc()
            self.close_with(error)
        self._post()

    def take_dropped(self) -> set[str]:
        """Latest channels whose values had to be dropped since the last call."""
        return self._mailbox.take_dropped()

    def close_with(self, error: Roadpulse) -> None:
        """Ends the line; the first reason counts."""
        if self.reason is None:
            self.reason = error
            self.end()

    def end(self) -> None:
        """Over, for whatever reason."""
        self._clock.cancel()
        if not self.ended.done():
            self.ended.set_result(None)

    @contextlib.contextmanager
    def not_listening(self) -> Iterator[None]:
        """While this lasts nothing is read, and the clock of silence stands still."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        yield
        if self._ping_s is not None:
            self._deadline += loop.time() - began

    async def answered(self) -> None:
        """Returns when what waits of answers is below the bound: whoever asks must also listen."""
        while self._mailbox.answer_bytes > self._limits.outbox_bytes:
            await self._written.heard()

    async def flushed(self) -> None:
        """Returns when nothing waits any more."""
        while (self._mailbox or self._writing is not None) and not self.ended.done():
            await self._written.heard()

    async def next_frame(self) -> bytes | str | None:
        """The next frame's content; None when the line is over.

        Raises: BadRequest - the wrong frame kind; FrameTooBig, TextMalformed, FrameMalformed - it breaks the rules of
            WebSocket.
        """
        while True:
            self._is_listening = True
            try:
                message = await self._socket.receive()
            finally:
                self._is_listening = False
            self._is_pinged = False
            if self._ping_s is not None:
                self._listen_for(self._ping_s)
            match message.type:
                case WSMsgType.TEXT if self.wire_format is Format.JSON:
                    return str(message.data)
                case WSMsgType.BINARY:
                    return bytes(message.data)
                case WSMsgType.TEXT:
                    raise BadRequest("the wrong kind of frame for this subprotocol")
                case WSMsgType.ERROR if isinstance(message.data, WebSocketError):
                    raise _BROKEN.get(message.data.code, FrameMalformed)
                case _:
                    return None

    async def stop_writing(self) -> None:
        """The writer's end, whatever it is at."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def close(self, transport: asyncio.Transport | None) -> int:
        """Says the last words and ends the connection; the close code."""
        code = (self.reason.close_code if self.reason else None) or 1000
        try:
            with contextlib.suppress(TimeoutError, ConnectionError, RuntimeError):
                async with asyncio.timeout(CLOSE_S):
                    await self._say_goodbye(code, transport)
            if transport is not None:
                transport.abort() if transport.is_closing() else transport.close()
        finally:
            self._is_closed = True
            self._written.ring()
        return code

    async def closed(self) -> None:
        """Returns when the connection has been let go of."""
        while not self._is_closed:
            await self._written.heard()

    def _listen_for(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + seconds
        # Usually the deadline only moves away: then the clock finds that out by itself, and frames set no timers.
        if self._deadline < self._clock.when():
            self._clock.cancel()
            self._clock = loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        """At the deadline, as it was: whether there was silence, as far as anybody listened."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._deadline and self._is_listening:
            self._on_silence()
        if not self.ended.done():
            self._clock = loop.call_at(max(self._deadline, loop.time() + LOOK_S), self._look)

    def _on_silence(self) -> None:
        if self._ping_s is None:
            self.close_with(NoConnect())
        elif self._is_pinged:
            self.close_with(NoPong())
        else:
            self._is_pinged = True
            self._deadline = asyncio.get_running_loop().time() + self._limits.pong_s
            self.say(envelope.encode({}, self.wire_format))

    def _post(self) -> None:
        if self._writing is None and not self.ended.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """Sends what waits until nothing does, or until the peer is gone."""
        try:
            while self._mailbox:
                await self._send_waiting()
                self.on_written()
                self._written.ring()
        except (ConnectionError, aiohttp.ClientError, RuntimeError):
            # The reader sees it too, but may be waiting for something else.
            self.end()
        finally:
            self._writing = None
            self._written.ring()

    async def _say_goodbye(self, code: int, transport: asyncio.Transport | None) -> None:
        if not isinstance(self.reason, TooSlow):
            await self._send_waiting()
        said = (self.reason.detail or self.reason.title) if self.reason else ""
        # RFC 6455 5.5: a close frame's payload is at most 125 bytes, two of them the code.
        await self._socket.close(code=code, message=said.encode()[:123])
        if transport is not None and isinstance(self.reason, FrameTooBig | TextMalformed | FrameMalformed):
            await _hear_out(transport)

    async def _send_waiting(self) -> None:
        while self._mailbox:
            for frame in self._mailbox.take():
                await self._socket.send_frame(frame, self._kind)


def _ignore() -> None:
    pass


async def _hear_out(transport: asyncio.Transport) -> None:
    """Lets a peer whom we no longer understand finish its frame, unread, come to our close code, and hang up itself."""
    while not transport.is_closing():  # noqa: ASYNC110 - the protocol, which is the library's, tells nobody of its end
        await asyncio.sleep(HEAR_S)
