"""One socket's life: who it is, what it says, what waits for it, and how it ends."""

import asyncio
import contextlib
import datetime
import random
from uuid import UUID, uuid4

import aiohttp
from aiohttp import WSMsgType, web

from monitor import log, metrics
from monitor.errors import (
    BadRequest,
    Draining,
    Flood,
    Internal,
    NoConnect,
    NoPong,
    NotAllowed,
    Roadpulse,
    TokenExpired,
    TokenInvalid,
    TooBusy,
    TooSlow,
    Unavailable,
)
from monitor.live.mailbox import Mailbox
from monitor.live.pushes import Push
from monitor.network.ingest import open_stream
from monitor.people import access, tokens
from monitor.people.identities import Identity
from monitor.sockets import subscribing
from monitor.sockets.door import DOOR, Door, open_socket
from monitor.sockets.measuring import Measuring
from monitor.sockets.pace import Bucket, Faults
from monitor.wire import envelope
from monitor.wire.envelope import Format, Judged, Request, Unreadable
from monitor.wire.inbound import Confirm, Connect, Measure, Refresh, Subscribe, Unsubscribe
from monitor.wire.outbound import Connected, ConnectLimits, Refreshed

CLOSE_S = 2.0
"""for the closing handshake; a peer that is gone does not hold us longer"""

_log = log.Log(__name__)


async def stream(request: web.Request) -> web.StreamResponse:
    """GET /v1/stream: upgrades and lives until the socket ends."""
    door = request.app[DOOR]
    socket, wire_format = await open_socket(request, door)
    session = Session(socket, wire_format, door)
    await session.run(request.query.get("ticket"), request.transport)
    return socket


class Session:
    """A socket from its upgrade to its end; the hub's listener and the registry's socket."""

    def __init__(self, socket: web.WebSocketResponse, wire_format: Format, door: Door) -> None:
        now = asyncio.get_running_loop().time()
        self.id = uuid4()
        self.door = door
        self.wire_format = wire_format
        self.identity: Identity | None = None
        self._socket = socket
        self._limits = door.settings.limits
        self._mailbox = Mailbox(self._limits.outbox_bytes)
        self._measuring = Measuring(door.ingest, self._limits.in_flight, wire_format)
        self._stream: UUID | None = None
        self._messages = Bucket(self._limits.messages_per_s, now)
        self._items = Bucket(self._limits.items_per_s, now)
        self._faults = Faults(self._limits.invalid_messages, self._limits.invalid_window_s)
        self._deadline = now + self._limits.connect_s
        self._ping_s = self._limits.ping_s
        self._is_pinged = False
        self._is_draining = False
        self._reason: Roadpulse | None = None
        self._ended = asyncio.Event()
        self._wake = asyncio.Event()
        self._written = asyncio.Event()
        self._expiry: asyncio.TimerHandle | None = None

    async def run(self, ticket: str | None, transport: asyncio.Transport | None) -> None:
        """Serves the socket until either side ends it."""
        tasks = [asyncio.create_task(work) for work in (self._read(ticket), self._write(), self._answer())]
        ending = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait([tasks[0], ending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave()
            for task in (*tasks, ending):
                task.cancel()
            await asyncio.gather(*tasks, ending, return_exceptions=True)
            await self._close(transport)

    def offer(self, push: Push) -> None:
        """Takes a push of a channel; a reader too slow for it is cut."""
        try:
            self._mailbox.offer(push)
        except TooSlow as error:
            metrics.slow_readers_cut.inc()
            self.close_with(error)
        self._wake.set()

    def answer(self, message_id: int, verb: str, body: object) -> None:
        self._say(envelope.reply(message_id, verb, body, self.wire_format))

    def control(self, event: str, **data: object) -> None:
        """A push on `control`."""
        self._say(envelope.control(event, data, self.wire_format))

    def close_with(self, error: Roadpulse) -> None:
        """Ends the socket; the first reason counts."""
        if self._reason is None:
            self._reason = error
            self._ended.set()

    async def drain(self, retry_after_ms: int) -> None:
        """Finishes what is in flight, then ends the socket so that the client comes back."""
        self._is_draining = True
        self.control("drain", retry_after_ms=retry_after_ms)
        await self._measuring.finished()
        while self._mailbox:
            self._written.clear()
            await self._written.wait()
        self.close_with(Draining())

    def _say(self, frame: bytes) -> None:
        self._mailbox.answer(frame)
        self._wake.set()

    # Reading

    async def _read(self, ticket: str | None) -> None:
        try:
            known = await tokens.redeem_ticket(self.door.db, ticket) if ticket is not None else None
            while self._reason is None:
                await self._gate()
                frame = await self._next_frame()
                if frame is None:
                    return
                await self._take(frame, known)
        except Unavailable as error:
            self.close_with(TooBusy(error.detail))
        except Roadpulse as error:
            self.close_with(error)
        except Exception as error:  # the door of a frame
            _log.error("socket_failed", error=error, session=self.id)
            self.close_with(Internal())

    async def _gate(self) -> None:
        """Waits while this socket must not be read; meanwhile its ping clock stands still."""
        loop = asyncio.get_running_loop()
        waited = loop.time()
        if self._is_draining:
            await self._ended.wait()
        await self._measuring.room()
        if self.door.ingest.is_full and self.identity is not None and self.identity.is_device:
            self.control("slow_down", retry_after_ms=random.randint(500, 1500))  # noqa: S311 - jitter, not a secret
            await self.door.ingest.room()
        while self._mailbox.answer_bytes > self._limits.outbox_bytes:
            self._written.clear()
            await self._written.wait()
        self._deadline += loop.time() - waited if self.identity is not None else 0

    async def _next_frame(self) -> bytes | str | None:
        """The next frame's content; None when the socket is over.

        Raises: BadRequest - the wrong frame kind; NoConnect, NoPong - silence.
        """
        while True:
            try:
                left_s = max(0.01, self._deadline - asyncio.get_running_loop().time())
                message = await self._socket.receive(timeout=left_s)
            except TimeoutError:
                self._on_silence()
                continue
            if self.identity is not None:
                self._listen_for(self._ping_s)
            self._is_pinged = False
            match message.type:
                case WSMsgType.TEXT if self.wire_format is Format.JSON:
                    return str(message.data)
                case WSMsgType.BINARY if self.wire_format is Format.MSGPACK:
                    return bytes(message.data)
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    raise BadRequest("the wrong kind of frame for this subprotocol")
                case _:
                    return None

    def _on_silence(self) -> None:
        if self.identity is None:
            raise NoConnect
        if self._is_pinged:
            raise NoPong
        self._is_pinged = True
        self._listen_for(self._limits.pong_s)
        self._say(envelope.encode({}, self.wire_format))

    def _listen_for(self, seconds: float) -> None:
        self._deadline = asyncio.get_running_loop().time() + seconds

    async def _take(self, frame: bytes | str, known: Identity | None) -> None:
        try:
            request = envelope.read(frame, self.wire_format, self._limits.batch)
        except Unreadable as unreadable:
            if self.identity is None:
                raise BadRequest("the first message is not a valid connect") from unreadable
            self._refuse(unreadable.message_id, unreadable.error)
            self._count_fault()
            return
        if request.message is None or request.id is None:
            if self.identity is None:
                raise BadRequest("the first message is not a valid connect")
            return
        metrics.frames.labels(request.verb).inc()
        try:
            if self.identity is None:
                await self._connect(request, known)
            else:
                await self._obey(request, self.identity)
        except Roadpulse as error:
            # What ends sockets is raised to the reader; the rest is an answer, and the connection lives on.
            if error.close_code is not None and not isinstance(error, NotAllowed):
                raise
            self._refuse(request.id, error)
        await self._slow_down(request)

    def _refuse(self, message_id: int | None, error: Roadpulse) -> None:
        metrics.refused.labels(error.code).inc()
        self._say(envelope.refusal(message_id, error, self.wire_format))

    def _count_fault(self) -> None:
        if self._faults.is_flood(asyncio.get_running_loop().time()):
            raise Flood

    async def _slow_down(self, request: Request) -> None:
        now = asyncio.get_running_loop().time()
        wait_s = self._messages.take(1, now)
        if isinstance(request.message, Measure | Judged):
            wait_s = max(wait_s, self._items.take(len(request.message.items), now))
        if wait_s > 0:
            self.control("slow_down", retry_after_ms=int(wait_s * 1000) + 1)
            await asyncio.sleep(wait_s)

    # What is said

    async def _connect(self, request: Request, known: Identity | None) -> None:
        message = request.message
        if not isinstance(message, Connect):
            raise BadRequest("the first message is not a valid connect")
        assert request.id is not None
        if known is None:
            if not isinstance(message.token, str):
                raise TokenInvalid("neither token nor ticket")
            known = await self._identify(message.token)
        last_seq = await self._open_stream(message, known)
        self.door.registry.enter(self, known)
        self.identity = known
        self._expire_at(known.expires_at)
        metrics.sockets.labels(_kind(known)).inc()
        if isinstance(message.ping_s, int):
            self._ping_s = min(message.ping_s, self._limits.ping_max_s)
        self._listen_for(self._ping_s)
        limits = ConnectLimits(
            self._limits.frame_bytes,
            self._limits.batch,
            self._limits.in_flight,
            self._limits.media_bytes,
            self._limits.media_window,
        )
        now = datetime.datetime.now(datetime.UTC)
        said = Connected(self.id, now, self._ping_s, _kind(known), limits)
        if last_seq is not None:
            said = Connected(self.id, now, self._ping_s, _kind(known), limits, last_seq)
        self.answer(request.id, "connect", said)

    async def _identify(self, token: str) -> Identity:
        try:
            return await tokens.identify(self.door.db, self.door.keys, token)
        except Unavailable as error:
            raise TooBusy(error.detail) from error

    async def _open_stream(self, message: Connect, known: Identity) -> int | None:
        if not isinstance(message.stream, UUID):
            return None
        if known.device is None:
            raise NotAllowed("only devices have streams")
        replaces = message.replaces if isinstance(message.replaces, UUID) else None
        lost = message.lost if isinstance(message.lost, int) else 0
        last_seq = await open_stream(self.door.db, message.stream, known.device, replaces, lost)
        self._stream = message.stream
        return last_seq

    async def _obey(self, request: Request, who: Identity) -> None:
        assert request.id is not None
        if isinstance(request.message, Connect):
            raise BadRequest("connected already")
        if not access.may_say(who, request.verb):
            raise NotAllowed
        match request.message:
            case Measure() | Judged() as batch:
                self._measuring.add(request.id, batch, who, self._stream)
            case Refresh(token):
                await self._refresh(request.id, token, who)
            case Subscribe() as wanted:
                await subscribing.subscribe(self, request.id, wanted)
            case Unsubscribe() as unwanted:
                self.answer(request.id, request.verb, subscribing.unsubscribe(self, unwanted))
            case Confirm() as confirmed:
                self.answer(request.id, request.verb, await subscribing.confirm(self, confirmed))
            case _:
                raise AssertionError(request.verb)

    async def _refresh(self, message_id: int, token: str, who: Identity) -> None:
        new = await self._identify(token)
        if new.is_device or new.account != who.account or new.expires_at is None:
            self.close_with(NotAllowed("a token of another account"))
            return
        # Role and provider stay those of `connect`: what was joined was judged by them.
        self._expire_at(new.expires_at)
        self.answer(message_id, "refresh", Refreshed(new.expires_at))

    def _expire_at(self, at: datetime.datetime | None) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        if at is not None:
            left_s = (at - datetime.datetime.now(datetime.UTC)).total_seconds()
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(max(0.0, left_s), self.close_with, TokenExpired())

    # Writing

    async def _answer(self) -> None:
        while True:
            self._say(await self._measuring.next_answer())

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._send_waiting()
                for channel in self._mailbox.take_dropped():
                    self.door.hub.refresh(channel, self)
                self._written.set()
        except (ConnectionError, aiohttp.ClientError, RuntimeError):
            # The peer is gone; the reader sees that too and ends the session.
            self._ended.set()

    async def _send_waiting(self) -> None:
        kind = WSMsgType.TEXT if self.wire_format is Format.JSON else WSMsgType.BINARY
        while self._mailbox:
            for frame in self._mailbox.take():
                await self._socket.send_frame(frame, kind)

    # The end

    def _leave(self) -> None:
        self.door.hub.leave_all(self)
        if self._expiry is not None:
            self._expiry.cancel()
        if self.identity is not None:
            self.door.registry.leave(self, self.identity)
            metrics.sockets.labels(_kind(self.identity)).dec()

    async def _close(self, transport: asyncio.Transport | None) -> None:
        reason = self._reason
        code = (reason.close_code if reason else None) or 1000
        if reason is not None:
            metrics.closed.labels(str(code)).inc()
            _log.info("socket_closed", session=self.id, code=code, reason=reason.code)
        with contextlib.suppress(TimeoutError, ConnectionError, RuntimeError):
            async with asyncio.timeout(CLOSE_S):
                if not isinstance(reason, TooSlow):
                    await self._send_waiting()
                said = (reason.detail or reason.title) if reason else ""
                # RFC 6455 5.5: a close frame's payload is at most 125 bytes, two of them the code.
                await self._socket.close(code=code, message=said.encode()[:123])
        if transport is not None:
            transport.abort() if transport.is_closing() else transport.close()


def _kind(who: Identity) -> str:
    return "device" if who.is_device else who.role.value
