"""Holds this process's one subscription to Redis: follows channels on demand, and comes back after every loss."""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from monitor import log, metrics
from monitor.errors import Unavailable

CONNECT_S = 2.0
SILENCE_S = 2.0
"""after this long without a word Redis is asked whether it is there, and has as long again to answer"""
ANSWER_S = 2.0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
"""between two attempts: a Redis that is back must be found within about a second"""
TURN_S = 0.005
"""messages that wait together are handed on for this long before others on the event loop have their turn"""

LOST = (RedisError, OSError, TimeoutError)

_log = log.Log(__name__)


class Link:
    """redis-py's own subscription does not reliably reconnect, so this one is a plain connection and a loop.

    `hear` gets every message in order; `linked` is called when all that is followed is confirmed on a new connection,
    since messages may have been missed until then.
    """

    def __init__(
        self, pool: ConnectionPool, first: str, hear: Callable[[bytes, bytes], None], linked: Callable[[], None]
    ) -> None:
        self._pool = pool
        self._wanted = {first}
        self._hear = hear
        self._linked = linked
        self._connection: Any = None
        self._sending = asyncio.Lock()
        self._awaited: dict[bytes, deque[asyncio.Future[None] | None]] = {}
        """who waits for the confirmation of a SUBSCRIBE, in the order sent; None: it belongs to a new connection"""
        self._unconfirmed = 0
        self.generation = 0
        """how many connections there have been"""
        self.is_up = False

    async def run(self) -> None:
        """Keeps the subscription until cancelled."""
        attempt = 0
        while True:
            generation = self.generation
            reason = ""
            try:
                await self._hold()
            except LOST as error:
                reason = type(error).__name__
            if self.generation > generation:
                attempt = 0
            if attempt == 0:
                _log.warning("redis_lost", reason=reason)
            attempt += 1
            await asyncio.sleep(random.uniform(0, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt)))  # noqa: S311

    async def follow(self, name: str) -> None:
        """Returns when messages of that Redis channel are received; it is followed again after each loss.

        Raises: Unavailable - there is no connection now.
        """
        self._wanted.add(name)
        if self._connection is None:
            raise Unavailable("Redis is out of reach")
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._say("SUBSCRIBE", [name], [confirmed])
                await confirmed
        except LOST as error:
            raise Unavailable("Redis is out of reach") from error
        finally:
            if not confirmed.cancel() and not confirmed.cancelled():
                confirmed.exception()  # looked at, so that nobody reports it as forgotten

    async def unfollow(self, name: str) -> None:
        """No more of that channel; never fails, since a lost connection forgets it anyway."""
        self._wanted.discard(name)
        if self._connection is not None:
            with contextlib.suppress(*LOST):
                async with asyncio.timeout(ANSWER_S):
                    await self._say("UNSUBSCRIBE", [name], [])

    async def _hold(self) -> None:
        """One connection's life."""
        connection: Any = self._pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(CONNECT_S):
                await connection.connect()
            names = list(self._wanted)
            self._unconfirmed = len(names)
            self._connection = connection
            async with asyncio.timeout(ANSWER_S):
                await self._say("SUBSCRIBE", names, [None] * len(names))
            await self._listen(connection)
        finally:
            self._connection = None
            self.is_up = False
            self._give_up_waiting()
            with contextlib.suppress(*LOST):
                await connection.disconnect(nowait=True)

    async def _listen(self, connection: Any) -> None:
        was_asked = False
        turn_ends = time.monotonic() + TURN_S
        while True:
            message = await connection.read_response(timeout=SILENCE_S)
            if message is not None:
                was_asked = False
                self._take(message)
            elif was_asked:
                raise TimeoutError
            else:
                was_asked = True
                async with asyncio.timeout(ANSWER_S), self._sending:
                    await connection.send_command("PING", check_health=False)
            # A read that finds its message waiting does not let anybody else run.
            if time.monotonic() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = time.monotonic() + TURN_S

    def _take(self, message: list[Any]) -> None:
        match message[0]:
            case b"message":
                self._hear(message[1], message[2])
            case b"subscribe":
                self._confirm(message[1])

    def _confirm(self, name: bytes) -> None:
        waiting = self._awaited[name]
        first = waiting.popleft()
        if not waiting:
            del self._awaited[name]
        if first is not None:
            if not first.done():
                first.set_result(None)
            return
        self._unconfirmed -= 1
        if self._unconfirmed == 0:
            self.generation += 1
            self.is_up = True
            if self.generation > 1:
                metrics.bus_reconnects.inc()
            _log.info("redis_linked", channels=len(self._wanted))
            self._linked()

    async def _say(self, command: str, names: list[str], awaited: list[asyncio.Future[None] | None]) -> None:
        connection = self._connection
        async with self._sending:
            # A lost connection would reconnect when written to, but without what was followed on it.
            if connection is not self._connection or not connection.is_connected:
                raise ConnectionError
            for name, waiting in zip(names, awaited, strict=False):
                self._awaited.setdefault(name.encode(), deque()).append(waiting)
            await connection.send_command(command, *names, check_health=False)

    def _give_up_waiting(self) -> None:
        for waiting in self._awaited.values():
            for each in waiting:
                if each is not None and not each.done():
                    each.set_exception(ConnectionError())
        self._awaited.clear()
