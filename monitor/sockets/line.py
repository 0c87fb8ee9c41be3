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
from monitor.wire import envelope
from monitor.wire.envelope import Format

CLOSE_S = 2.0
"""for the closing handshake; a peer that is gone does not hold us longer"""
HEAR_S = 0.02

_BROKEN: Mapping[int, type[Roadpulse]] = {1007: TextMalformed, 1009: FrameTooBig}


class Line:
    """A connection with nobody in particular at its other end."""

    def __init__(self, socket: web.WebSocketResponse, wire_format: Format, limits: Limits) -> None:
        self.wire_format = wire_format
        self.reason: Roadpulse | None = None
        """why we end it"""
        self.ended = asyncio.Event()
        self._socket = socket
        self._limits = limits
        self._mailbox = Mailbox(limits.outbox_bytes)
        self._kind = WSMsgType.TEXT if wire_format is Format.JSON else WSMsgType.BINARY
        self._wake = asyncio.Event()
        self._written = asyncio.Event()
        self._deadline = asyncio.get_running_loop().time() + limits.connect_s
        self._ping_s: float | None = None
        self._is_pinged = False

    def keep_alive(self, ping_s: float) -> None:
        """From here on silence is answered with a ping, where before it would have ended the line."""
        self._ping_s = ping_s
        self._listen_for(ping_s)

    def say(self, frame: bytes) -> None:
        """An answer or a control push."""
        self._mailbox.answer(frame)
        self._wake.set()

    def offer(self, push: Push) -> None:
        """Takes a push of a channel; a reader too slow for it is cut."""
        try:
            self._mailbox.offer(push)
        except TooSlow as error:
            metrics.slow_readers_cut.inc()
            self.close_with(error)
        self._wake.set()

    def take_dropped(self) -> set[str]:
        """Latest channels whose values had to be dropped since the last call."""
        return self._mailbox.take_dropped()

    def close_with(self, error: Roadpulse) -> None:
        """Ends the line; the first reason counts."""
        if self.reason is None:
            self.reason = error
            self.ended.set()

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
            self._written.clear()
            await self._written.wait()

    async def flushed(self) -> None:
        """Returns when nothing waits any more."""
        while self._mailbox:
            self._written.clear()
            await self._written.wait()

    async def next_frame(self) -> bytes | str | None:
        """The next frame's content; None when the line is over.

        Raises: BadRequest - the wrong frame kind; NoConnect, NoPong - silence; FrameTooBig, TextMalformed,
            FrameMalformed - it breaks the rules of WebSocket.
        """
        while True:
            try:
                left_s = max(0.01, self._deadline - asyncio.get_running_loop().time())
                message = await self._socket.receive(timeout=left_s)
            except TimeoutError:
                self._on_silence()
                continue
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

    async def write(self, on_written: Callable[[], None]) -> None:
        """Sends what waits, again and again, until cancelled or the peer is gone."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._send_waiting()
                on_written()
                self._written.set()
        except (ConnectionError, aiohttp.ClientError, RuntimeError):
            # The reader sees it too, but may be waiting for something else.
            self.ended.set()

    async def close(self, transport: asyncio.Transport | None) -> int:
        """Says the last words and ends the connection; the close code."""
        code = (self.reason.close_code if self.reason else None) or 1000
        with contextlib.suppress(TimeoutError, ConnectionError, RuntimeError):
            async with asyncio.timeout(CLOSE_S):
                if not isinstance(self.reason, TooSlow):
                    await self._send_waiting()
                said = (self.reason.detail or self.reason.title) if self.reason else ""
                # RFC 6455 5.5: a close frame's payload is at most 125 bytes, two of them the code.
                await self._socket.close(code=code, message=said.encode()[:123])
                if transport is not None and isinstance(self.reason, FrameTooBig | TextMalformed | FrameMalformed):
                    await _hear_out(transport)
        if transport is not None:
            transport.abort() if transport.is_closing() else transport.close()
        return code

    def _listen_for(self, seconds: float) -> None:
        self._deadline = asyncio.get_running_loop().time() + seconds

    def _on_silence(self) -> None:
        if self._ping_s is None:
            raise NoConnect
        if self._is_pinged:
            raise NoPong
        self._is_pinged = True
        self._listen_for(self._limits.pong_s)
        self.say(envelope.encode({}, self.wire_format))

    async def _send_waiting(self) -> None:
        while self._mailbox:
            for frame in self._mailbox.take():
                await self._socket.send_frame(frame, self._kind)


async def _hear_out(transport: asyncio.Transport) -> None:
    """Lets a peer whom we no longer understand finish its frame, unread, come to our close code, and hang up itself."""
    while not transport.is_closing():  # noqa: ASYNC110 - the protocol, which is the library's, tells nobody of its end
        await asyncio.sleep(HEAR_S)
