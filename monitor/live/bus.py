"""Carries events between server processes: streams with a history in Redis, the newest values, and announcements."""

import asyncio
import contextlib
import hashlib
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError

from monitor import log, settings
from monitor.errors import SettingsInvalid, Unavailable
from monitor.live.link import LOST, Link
from monitor.live.messages import Announcement, Latest, Position, Reading, Told

COMMAND_S = 2.0
"""Redis answers within a millisecond; one that does not in this time counts as away"""
CONNECTIONS = 16
STATE_TTL_S = 30 * 24 * 3600
"""how long a silent channel keeps its offset; a reader that was away longer starts anew"""
CALL_EVENTS = 200
CALL_BYTES = 262_144
"""what one script call takes, so that it does not hold Redis for long"""

_SCRIPTS = Path(__file__).with_name("scripts")

_log = log.Log(__name__)


_announcements = msgspec.json.Decoder(Announcement)
_encode = msgspec.json.Encoder().encode


class Bus:
    """One process's way to all others; made by `open_bus`. Redis may be away: then `is_up` is False."""

    def __init__(self, pool: BlockingConnectionPool, given: settings.Redis) -> None:
        self._redis = Redis(connection_pool=pool)
        # Redis shares its channels among its numbered databases; what is told in one must not be heard in another.
        self._prefix = f"roadpulse:{pool.connection_kwargs.get('db', 0)}:"
        self._control = f"{self._prefix}control"
        self._link = Link(pool, self._control, self._hear, self._linked)
        self._history = given.history
        self._history_ms = int(given.history_ttl_s * 1000)
        self._publish = _Script("publish.lua")
        self._read = _Script("read.lua")
        self._hearers: list[Callable[[str, bytes], None]] = []
        self._announced: list[Callable[[Announcement], None]] = []
        self._relinked: list[Callable[[], None]] = []
        self._up = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether messages of other processes reach this one."""
        return self._link.is_up

    @property
    def generation(self) -> int:
        """Rises with each new connection; between two of them messages may have been missed."""
        return self._link.generation

    def on_message(self, hear: Callable[[str, bytes], None]) -> None:
        """`hear(channel, payload)` gets what comes on followed channels; see the two decoders."""
        self._hearers.append(hear)

    def on_linked(self, linked: Callable[[], None]) -> None:
        """`linked()` is called when the connection is back, everything followed again."""
        self._relinked.append(linked)

    def on_announcement(self, announced: Callable[[Announcement], None]) -> None:
        """`announced` gets what any process announces, this one included; perhaps twice."""
        self._announced.append(announced)

    async def wait_until_up(self, wait_s: float) -> bool:
        """Waits for the connection, not longer than that."""
        if not self.is_up:
            self._up.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._up.wait()
        return self.is_up

    async def follow(self, channel: str) -> None:
        """Returns when messages of the channel arrive.

        Raises: Unavailable - Redis is away; the channel is followed when it is back.
        """
        await self._link.follow(self._place(channel))

    async def unfollow(self, channel: str) -> None:
        await self._link.unfollow(self._place(channel))

    async def publish(self, told: Sequence[Told]) -> list[int]:
        """Adds events to their stream channels, in order; gives the ids that are there now.

        An id that its channel's history holds already is passed over.
        Raises: Unavailable - some or all may be there, or none: publish them again.
        """
        calls = list(_calls(told))
        answers = await self._run(
            self._publish,
            [
                (
                    call[0].channel,
                    [
                        self._place(call[0].channel),
                        self._history,
                        self._history_ms,
                        *itertools.chain.from_iterable((each.id, each.event) for each in call),
                    ],
                )
                for call in calls
            ],
        )
        there: list[int] = []
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, Exception):
                _log.error("events_refused", error=answer, channel=call[0].channel, events=len(call))
            else:
                there += [each.id for each in call]
        return there

    async def read(self, channel: str, since: Position | None) -> Reading:
        """Where a stream channel stands, with all events after `since` if they are still there.

        Raises: Unavailable.
        """
        place = (-1, "") if since is None else (since.offset, since.epoch)
        (answer,) = await self._run(self._read, [(channel, list(place))])
        if isinstance(answer, Exception):
            raise Unavailable("Redis refuses") from answer
        epoch, offset, is_recovered, missed = answer
        recovered = bool(is_recovered)
        return Reading(Position(epoch.decode(), offset), recovered, missed if recovered else [])

    async def publish_latest(self, channel: str, values: Sequence[Latest]) -> bool:
        """Tells the followers of a latest channel; False when Redis is away, and then nobody hears of it."""
        if not values or not self.is_up:
            return not values
        newest = [(value.key, {"id": value.id, "event": value.event, "data": value.data}) for value in values]
        return await self._send(self._place(channel), _encode(newest))

    async def announce(self, event: str, data: Mapping[str, object]) -> bool:
        """Tells every server process; False when Redis is away, and then only this one hears of it."""
        announcement = Announcement(event, dict(data))
        is_sent = await self._send(self._control, _encode(announcement))
        if not (is_sent and self.is_up):
            self._spread(announcement)
        return is_sent

    async def run(self) -> None:
        """Keeps the subscription; `open_bus` runs it."""
        await self._link.run()

    async def _send(self, name: str, payload: bytes) -> bool:
        try:
            async with asyncio.timeout(COMMAND_S):
                await self._redis.publish(name, payload)
        except LOST as error:
            _log.warning("message_not_sent", reason=type(error).__name__)
            return False
        return True

    async def _run(self, script: "_Script", calls: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """The answers of many calls of one script in one round trip; a refused call's answer is its error."""
        with _translated():
            async with asyncio.timeout(COMMAND_S):
                answers = await self._call(script, calls)
                if any(isinstance(answer, NoScriptError) for answer in answers):
                    await self._redis.script_load(script.text)
                    # What was done the first time is done again: publishing passes over it, reading is harmless.
                    answers = await self._call(script, calls)
        return answers

    async def _call(self, script: "_Script", calls: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        for channel, arguments in calls:
            place = self._place(channel)
            keys = (f"{place}:state", f"{place}:history", f"{place}:ids")
            # Effects are replicated, so a random epoch made here is as good as one made there.
            opening = (secrets.token_hex(8), STATE_TTL_S * 1000)
            pipeline.evalsha(script.sha, len(keys), *keys, *opening, *arguments)
        return await pipeline.execute(raise_on_error=False)

    def _place(self, channel: str) -> str:
        """The Redis channel, and the beginning of its keys; the braces keep them on one node of a cluster."""
        return f"{self._prefix}{{{channel}}}"

    def _channel(self, place: str) -> str:
        return place[len(self._prefix) + 1 : -1]

    def _hear(self, name: bytes, payload: bytes) -> None:
        place = name.decode()
        if place == self._control:
            with _readable(place):
                self._spread(_announcements.decode(payload))
            return
        for hear in self._hearers:
            with _readable(place):
                hear(self._channel(place), payload)

    def _spread(self, announcement: Announcement) -> None:
        for announced in self._announced:
            announced(announcement)

    def _linked(self) -> None:
        self._up.set()
        for linked in self._relinked:
            linked()


class _Script:
    """A Lua script with the opening that all share."""

    def __init__(self, name: str) -> None:
        self.text = "".join((_SCRIPTS / part).read_text(encoding="utf-8") for part in ("opening.lua", name))
        # Redis names scripts by SHA-1; it protects nothing.
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


@contextlib.asynccontextmanager
async def open_bus(given: settings.Redis) -> AsyncIterator[Bus]:
    """The bus of one process; it opens whether Redis is there or not.

    Raises: SettingsInvalid - no address, or none that can be understood.
    """
    try:
        pool = _pool(given.url)
    except ValueError as error:
        raise SettingsInvalid(f"redis.url: {error}") from error
    async with asyncio.TaskGroup() as tasks:
        bus = Bus(pool, given)
        link = tasks.create_task(bus.run())
        try:
            yield bus
        finally:
            link.cancel()
            await pool.disconnect()


def _pool(url: str) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=COMMAND_S,
        # Every command here has its limit already. With one of its own, redis-py waits in a way that on Python 3.11
        # forgets that it was cancelled if the answer comes at that moment.
        socket_timeout=None,
        socket_connect_timeout=COMMAND_S,
        protocol=2,
        # One more try at once: an idle connection may have been closed by a Redis that was started again.
        retry=Retry(NoBackoff(), 1),
    )


def _calls(told: Iterable[Told]) -> Iterator[list[Told]]:
    """The events by channel, each in its order, cut into pieces of a bearable size."""
    by_channel: dict[str, list[Told]] = {}
    for each in told:
        by_channel.setdefault(each.channel, []).append(each)
    for events in by_channel.values():
        piece: list[Told] = []
        size = 0
        for each in events:
            if piece and (len(piece) == CALL_EVENTS or size + len(each.event) > CALL_BYTES):
                yield piece
                piece, size = [], 0
            piece.append(each)
            size += len(each.event)
        yield piece


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except LOST as error:
        raise Unavailable("Redis is out of reach") from error


@contextlib.contextmanager
def _readable(place: str) -> Iterator[None]:
    try:
        yield
    except msgspec.DecodeError:
        _log.warning("message_unreadable", channel=place)
