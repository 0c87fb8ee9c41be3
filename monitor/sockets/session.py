"""One socket's life: who is at its other end, what is said there, and what comes of it."""

import asyncio
import datetime
import random
from uuid import UUID, uuid4

from aiohttp import web
from msgspec import UNSET, UnsetType

from monitor import log, metrics
from monitor.errors import (
    BadRequest,
    Draining,
    Flood,
    Internal,
    NotAllowed,
    Roadpulse,
    TokenExpired,
    TokenInvalid,
    TooBusy,
    Unavailable,
)
from monitor.network.streams import open_stream
from monitor.people import access, tokens
from monitor.people.identities import Identity
from monitor.sockets import diagnosing, subscribing
from monitor.sockets.door import DOOR, Door, open_socket
from monitor.sockets.line import Line
from monitor.sockets.measuring import Measuring
from monitor.sockets.pace import Bucket, Faults
from monitor.sockets.uploading import Uploader
from monitor.wire import envelope, parameters
from monitor.wire.envelope import Format, Judged, Request, Unreadable
from monitor.wire.garage import Diagnose
from monitor.wire.inbound import NAMELESS, Confirm, Connect, Measure, Refresh, Subscribe, Unsubscribe
from monitor.wire.media import Chunk, Offer
from monitor.wire.outbound import Connected, ConnectLimits, Refreshed

NOT_CONNECT = "the first message is not a valid connect"

_log = log.Log(__name__)


async def stream(request: web.Request) -> web.StreamResponse:
    """GET /v1/stream: upgrades and lives until the socket ends."""
    door = request.app[DOOR]
    ticket = None
    # Most come without a query: reading an empty one would leave a map with each socket.
    if request.query_string:
        parameters.demand_known(request.query, ["ticket"])
        ticket = request.query.get("ticket")
    socket, wire_format = await open_socket(request, door)
    session = Session(Line(socket, wire_format, door.settings.limits), door)
    await session.run(ticket, request.transport)
    return socket


class Session:
    """A socket from its upgrade to its end; the hub's listener and the registry's socket."""

    __slots__ = (
        "_expiry", "_faults", "_is_draining", "_items", "_limits", "_line", "_measuring", "_messages", "_stream",
        "_uploader", "close_with", "closed", "door", "id", "identity", "offer", "wire_format",
    )  # fmt: skip

    def __init__(self, line: Line, door: Door) -> None:
        now = asyncio.get_running_loop().time()
        limits = door.settings.limits
        self.id = uuid4()
        self.door = door
        self.wire_format = line.wire_format
        self.identity: Identity | None = None
        self.offer = line.offer
        self.close_with = line.close_with
        self.closed = line.closed
        self._line = line
        line.on_written = self._read_anew
        self._limits = limits
        self._measuring = Measuring(door.ingest, limits.in_flight, line.wire_format, line.say)
        self._uploader: Uploader | None = None
        self._stream: UUID | None = None
        self._messages = Bucket(limits.messages_per_s, now)
        self._items = Bucket(limits.items_per_s, now)
        self._faults = Faults(limits.invalid_messages, limits.invalid_window_s)
        self._is_draining = False
        self._expiry: asyncio.TimerHandle | None = None

    async def run(self, ticket: str | None, transport: asyncio.Transport | None) -> None:
        """Serves the socket until either side ends it."""
        self.door.registry.arrive(self)
        reading = asyncio.create_task(self._read(ticket))
        try:
            await self._line.ended
        finally:
            self._leave()
            reading.cancel()
            try:
                await asyncio.gather(reading, self._line.stop_writing(), return_exceptions=True)
            finally:
                # aiohttp cancels whoever serves a connection that breaks, also in the middle of its end.
                code, _ = await asyncio.gather(self._line.close(transport), self._keep_uploads())
            if reason := self._line.reason:
                metrics.closed.labels(str(code)).inc()
                _log.info("socket_closed", session=self.id, code=code, reason=reason.code)

    def answer(self, message_id: int, verb: str, body: object) -> None:
        """The answer to a message, in line with pushes."""
        self._line.say(envelope.reply(message_id, verb, body, self.wire_format))

    def control(self, event: str, **data: object) -> None:
        """A push on `control`."""
        self._line.say(envelope.control(event, data, self.wire_format))

    async def drain(self, retry_after_ms: int) -> None:
        """Finishes what is in flight, then ends the socket so that the client comes back."""
        self._is_draining = True
        self.control("drain", retry_after_ms=retry_after_ms)
        await self._measuring.finished()
        await self._keep_uploads()
        await self._line.flushed()
        self.close_with(Draining())
        await self.closed()

    async def _read(self, ticket: str | None) -> None:
        try:
            known = await tokens.redeem_ticket(self.door.db, ticket) if ticket is not None else None
            while True:
                await self._gate()
                frame = await self._line.next_frame()
                if frame is None:
                    return
                await self._take(frame, known)
                del frame  # or thousands of idle sockets would each hold their last batch
        except Unavailable as error:
            self.close_with(TooBusy(error.detail))
        except Roadpulse as error:
            self.close_with(error)
        except Exception as error:  # the door of a frame
            _log.error("socket_failed", error=error, session=self.id)
            self.close_with(Internal())
        finally:
            self._line.end()

    async def _gate(self) -> None:
        """Waits while this socket must not be read."""
        with self._line.not_listening():
            if self._is_draining:
                await asyncio.shield(self._line.ended)
            await self._measuring.room()
            if self.door.ingest.is_full and self.identity is not None and self.identity.is_device:
                self.control("slow_down", retry_after_ms=random.randint(500, 1500))  # noqa: S311 - jitter, no secret
                await self.door.ingest.room()
            if self._uploader is not None:
                await self._uploader.room()
            await self._line.answered()

    async def _take(self, frame: bytes | str, known: Identity | None) -> None:
        try:
            if isinstance(frame, bytes) and self.wire_format is Format.JSON:
                if self.identity is None or not access.may_say(self.identity, NAMELESS):
                    raise BadRequest("the wrong kind of frame for this subprotocol")
                request = envelope.read_chunk(frame)
            else:
                request = envelope.read(frame, self.wire_format, self._limits.batch)
        except Unreadable as unreadable:
            if self.identity is None:
                raise BadRequest(NOT_CONNECT) from unreadable
            self.refuse(unreadable.message_id, unreadable.error)
            if self._faults.is_flood(asyncio.get_running_loop().time()):
                raise Flood from unreadable
            return
        if request.message is None:
            if self.identity is None:
                raise BadRequest(NOT_CONNECT)
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
            self.refuse(request.id, error)
        await self._slow_down(request)

    def refuse(self, message_id: int | None, error: Roadpulse) -> None:
        """The answer to a message that is not obeyed."""
        metrics.refused.labels(error.code).inc()
        self._line.say(envelope.refusal(message_id, error, self.wire_format))

    async def _slow_down(self, request: Request) -> None:
        now = asyncio.get_running_loop().time()
        wait_s = self._messages.take(1, now)
        if isinstance(request.message, Measure | Judged):
            wait_s = max(wait_s, self._items.take(len(request.message.items), now))
        if wait_s > 0:
            self.control("slow_down", retry_after_ms=int(wait_s * 1000) + 1)
            with self._line.not_listening():
                await asyncio.sleep(wait_s)

    async def _connect(self, request: Request, known: Identity | None) -> None:
        message = request.message
        if not isinstance(message, Connect) or request.id is None:
            raise BadRequest(NOT_CONNECT)
        if known is None:
            if not isinstance(message.token, str):
                raise TokenInvalid("neither token nor ticket")
            known = await self._identify(message.token)
        last_seq = await self._open_stream(message, known)
        self.door.registry.enter(self, known)
        self.identity = known
        self._expire_at(known.expires_at)
        metrics.sockets.labels(_kind(known)).inc()
        ping_s = message.ping_s if isinstance(message.ping_s, int) else self._limits.ping_s
        ping_s = min(ping_s, self._limits.ping_max_s)
        self._line.keep_alive(ping_s)
        self.answer(request.id, "connect", self._greeting(known, ping_s, last_seq))

    def _greeting(self, known: Identity, ping_s: int, last_seq: int | UnsetType) -> Connected:
        limits = ConnectLimits(
            self._limits.frame_bytes,
            self._limits.batch,
            self._limits.in_flight,
            self._limits.media_bytes,
            self._limits.media_window,
        )
        return Connected(self.id, datetime.datetime.now(datetime.UTC), ping_s, _kind(known), limits, last_seq)

    async def _identify(self, token: str) -> Identity:
        try:
            return await tokens.identify(self.door.db, self.door.keys, token)
        except Unavailable as error:
            raise TooBusy(error.detail) from error

    async def _open_stream(self, message: Connect, known: Identity) -> int | UnsetType:
        if not isinstance(message.stream, UUID):
            return UNSET
        if known.device is None:
            raise NotAllowed("only devices have streams")
        replaces = message.replaces if isinstance(message.replaces, UUID) else None
        lost = message.lost if isinstance(message.lost, int) else 0
        last_seq = await open_stream(self.door.db, message.stream, known.device, replaces, lost)
        self._stream = message.stream
        return last_seq

    async def _obey(self, request: Request, who: Identity) -> None:
        if isinstance(request.message, Connect):
            raise BadRequest("connected already")
        if not access.may_say(who, request.verb):
            raise NotAllowed
        if isinstance(request.message, Chunk):
            self._uploads().take(request.message)
            return
        assert request.id is not None
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
            case Diagnose() as asked:
                await diagnosing.diagnose(self, request.id, asked, who.viewer)
            case Offer() as offer:
                await self._uploads().begin(self, request.id, offer, who.viewer)
            case _:
                raise AssertionError(request.verb)

    def _uploads(self) -> Uploader:
        if self._uploader is None:
            most = self.door.settings.media.uploads_per_socket
            self._uploader = Uploader(self.door.uploads, most, self._limits.media_window)
        return self._uploader

    async def _keep_uploads(self) -> None:
        if self._uploader is not None:
            await self._uploader.leave()

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

    def _read_anew(self) -> None:
        """A reader who had to drop newest values gets them whole once it has caught up."""
        for channel in self._line.take_dropped():
            self.door.hub.refresh(channel, self)

    def _leave(self) -> None:
        self.door.hub.leave_all(self)
        if self._expiry is not None:
            self._expiry.cancel()
        self.door.registry.leave(self, self.identity)
        if self.identity is not None:
            metrics.sockets.labels(_kind(self.identity)).dec()


def _kind(who: Identity) -> str:
    return "device" if who.is_device else who.role.value
