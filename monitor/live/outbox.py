"""Tells what happened only after its commit, and never loses it: rows of `events`, drained by one publisher."""

import asyncio
import contextlib
import datetime
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from monitor import log
from monitor.errors import Unavailable
from monitor.live.bus import Bus
from monitor.live.messages import Told
from monitor.live.topics import Topic
from monitor.store.db import LOST, Database, DatabaseError, Transaction, forgo_durability
from monitor.store.queries import Shelf
from monitor.values import AccountId, ProviderId

BATCH = 500
"""events of one round trip; below the history's length, so that one published twice is known by its id"""
POLL_S = 0.5
"""a lost notification delays an event by this at most"""
TAKEOVER_S = 1.0
"""how often the others try for the lock"""
PAUSE_S = 1.0
"""longest wait after a failure"""
STATEMENT_S = 10.0
KEPT = datetime.timedelta(days=7)
SWEEP_EVERY_S = 600.0
SWEEP_ROWS = 1000
UNCONFIRMED = 1000
"""what one answer replays; the rest comes after these were confirmed"""

_SQL = Shelf("outbox")
_log = log.Log(__name__)
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that the followers of a stream channel must hear of."""

    topic: Topic
    event: str
    """what happened, in the past tense: `alert.opened`"""
    data: object
    """the row as the wire has it, with its id and version"""
    person: AccountId | None = None
    """whose `me` it is"""
    provider: ProviderId | None = None


class Unconfirmed(msgspec.Struct, frozen=True):
    """An event of `me` that its person has not confirmed; a row of that channel's snapshot."""

    id: int
    event: str
    data: Any
    version: int = 1
    """an event never changes"""


async def add(tx: Transaction, happenings: Sequence[Happening]) -> None:
    """Writes down what is to be told once `tx` has committed."""
    if not happenings:
        return
    assert all(happening.topic.is_stream for happening in happenings)
    await tx.execute(
        _SQL["add"],
        [happening.topic.name for happening in happenings],
        [happening.event for happening in happenings],
        [happening.data for happening in happenings],
        [happening.person for happening in happenings],
        [happening.provider for happening in happenings],
    )


async def replace(tx: Transaction, happening: Happening, events: Sequence[str], row: str) -> None:
    """The same of one person's row: what such events told of it before and was not confirmed is not replayed."""
    told = (happening.topic.name, happening.event, happening.data)
    await tx.execute(_SQL["replace"], happening.person, list(events), row, *told)


async def unconfirmed(tx: Transaction, person: AccountId) -> list[Unconfirmed]:
    """What the person must still confirm, the oldest first."""
    rows = await tx.fetch(_SQL["unconfirmed"], person, UNCONFIRMED)
    return [Unconfirmed(row["id"], row["event"], row["data"]) for row in rows]


async def confirm(tx: Transaction, person: AccountId, events: Sequence[int]) -> int:
    """Marks the person's own events as received; gives how many were not marked before."""
    count: int = await tx.fetchval(_SQL["confirm"], person, list(events))
    return count


async def supersede(tx: Transaction, person: AccountId, events: Sequence[str], row: str) -> None:
    """What was told of this row by such events and is not confirmed is not replayed: newer words replace it."""
    await tx.execute(_SQL["supersede"], person, list(events), row)


async def queue_age_s(tx: Transaction) -> float:
    """How long the oldest event has been waiting to be published; 0 when none is."""
    age: float | None = await tx.fetchval(_SQL["queue_age"])
    return age or 0.0


class Publisher:
    """Drains the outbox if this process wins the lock, and waits for its turn otherwise."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self._db = db
        self._bus = bus
        self._woken = asyncio.Event()
        self._swept_at = -SWEEP_EVERY_S
        self.is_leading = False
        """whether it is this process that publishes now"""
        self.published = 0
        """events published by this process"""

    async def run(self) -> None:
        """Publishes until cancelled, whatever becomes of database and Redis meanwhile."""
        while True:
            # Who cannot reach Redis must not keep the lock from those who can.
            if not await self._bus.wait_until_up(PAUSE_S):
                continue
            try:
                async with self._db.own_connection() as connection:
                    await self._take_turn(connection)
            except (Unavailable, DatabaseError, *LOST) as error:
                _log.warning("publishing_interrupted", reason=log.origin(error))
            finally:
                self.is_leading = False
            await asyncio.sleep(random.uniform(0.05, PAUSE_S))  # noqa: S311 - no secret

    async def _take_turn(self, connection: Any) -> None:
        """Leads as long as the connection and Redis last."""
        await connection.execute(_SQL["notice_dead_peers"], timeout=STATEMENT_S)
        # An event whose mark is lost with the database's machine is published twice, and known by its id.
        async with asyncio.timeout(STATEMENT_S):
            await forgo_durability(connection)
        while not await connection.fetchval(_SQL["try_lead"], timeout=STATEMENT_S):  # noqa: ASYNC110
            await asyncio.sleep(TAKEOVER_S)
        self.is_leading = True
        _log.info("publisher_leads")
        await connection.add_listener("roadpulse_events", self._wake)
        while self._bus.is_up:
            self._woken.clear()
            if not await self._publish_some(connection):
                await self._sweep_when_due(connection)
                # Not wait_for: on Python 3.11 it forgets that it was cancelled if it is woken at that moment.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._woken.wait()

    async def _publish_some(self, connection: Any) -> bool:
        """Whether there may be more at once."""
        rows = await connection.fetch(_SQL["unpublished"], BATCH, timeout=STATEMENT_S)
        if not rows:
            return False
        there = await self._bus.publish([_told(row) for row in rows])
        # Who dies here publishes the same again; their ids are known there.
        await connection.execute(_SQL["mark_published"], there, timeout=STATEMENT_S)
        self.published += len(there)
        return len(rows) == BATCH and len(there) > 0

    async def _sweep_when_due(self, connection: Any) -> None:
        if time.monotonic() - self._swept_at < SWEEP_EVERY_S:
            return
        status = await connection.execute(_SQL["sweep"], KEPT, SWEEP_ROWS, timeout=STATEMENT_S)
        # A full hand: go on at the next pause, so that publishing never waits for long.
        if status != f"DELETE {SWEEP_ROWS}":
            self._swept_at = time.monotonic()

    def _wake(self, *_: object) -> None:
        self._woken.set()


def _told(row: Any) -> Told:
    event = b'{"id":%d,"event":%b,"data":%b}' % (row["id"], _encode(row["event"]), row["data"].encode())
    return Told(row["channel"], row["id"], event)
