"""Gathers the batches of all sockets into lanes that commit them together."""

import asyncio
import collections
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from monitor import log, metrics
from monitor.errors import Internal, Unavailable
from monitor.network.flushing import UNKEEPABLE, Flusher, Outcome
from monitor.network.layout import Batch, Draughtsman
from monitor.network.streams import NO_STREAM
from monitor.settings import Ingest as IngestSettings
from monitor.store.db import Database

_log = log.Log(__name__)

GIVE_UP_S = 20.0
"""The database may be away for this long before devices are told; crash recovery takes seconds."""

LITTLE_ROWS = 500
"""A lane where fewer wait is as good as free. Under load a stream never leaves its lane: with 2,000 here, what sixteen
busy phones send first fits into two of four lanes, and a tenth of the throughput is lost."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch on its way into the database, and who waits for the outcome."""

    batch: Batch
    answer: asyncio.Future[Outcome]
    since: float

    @property
    def weight(self) -> int:
        """Rows. An empty batch is work too: without a weight, a flood of them would never meet the bound."""
        return len(self.batch.items) + len(self.batch.rejected) + 1

    def tell(self, outcome: Outcome) -> None:
        if not self.answer.done():
            self.answer.set_result(outcome)


class Ingest:
    """The way of every measurement into PostgreSQL, in a few lanes that flush side by side.

    A stream keeps its lane while anything of it waits, so that its batches are judged in the order they came; then it
    takes whichever lane is free.
    """

    def __init__(self, db: Database, draughtsman: Draughtsman, settings: IngestSettings) -> None:
        self._settings = settings
        flushers = (Flusher(draughtsman, settings.part_rows) for _ in range(settings.lanes))
        self._lanes = [_Lane(self, db, flusher, settings.flush_rows) for flusher in flushers]
        self._held: dict[UUID, _Held] = {}
        self._rows_waiting = 0
        self._room = asyncio.Event()
        self._room.set()

    @property
    def is_full(self) -> bool:
        return not self._room.is_set()

    @property
    def rows_waiting(self) -> int:
        return self._rows_waiting

    @property
    def age_s(self) -> float:
        """How long the oldest batch has waited for its commit."""
        return max(lane.age_s() for lane in self._lanes)

    async def room(self) -> None:
        """Returns when there is room for more rows; whoever waits here does not read, so that TCP slows the sender."""
        await self._room.wait()

    def add(self, batch: Batch) -> asyncio.Future[Outcome]:
        """Puts a batch in its lane; the answer comes after the commit that contains it, and is never an exception."""
        waiting = Waiting(batch, asyncio.get_running_loop().create_future(), time.monotonic())
        self._count(waiting.weight)
        self._lane_for(batch.stream).put(waiting)
        return waiting.answer

    async def run(self) -> None:
        """Flushes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes:
                tasks.create_task(lane.run())

    async def drained(self) -> None:
        """Returns when nothing waits any more."""
        await asyncio.gather(*(lane.idle() for lane in self._lanes))

    def done(self, group: Sequence[Waiting]) -> None:
        """What `group` held is free again."""
        self._count(-sum(waiting.weight for waiting in group))
        for waiting in group:
            if held := self._held.get(waiting.batch.stream):
                held.batches -= 1
                if not held.batches:
                    del self._held[waiting.batch.stream]

    def _lane_for(self, stream: UUID) -> "_Lane":
        if stream == NO_STREAM:
            return self._free_lane()
        held = self._held.get(stream)
        if held is None:
            held = self._held[stream] = _Held(self._free_lane())
        held.batches += 1
        return held.lane

    def _free_lane(self) -> "_Lane":
        """The first with little to do, so that small batches share a commit; or else that with the least."""
        return min(self._lanes, key=lambda lane: max(lane.weight(), LITTLE_ROWS))

    def _count(self, rows: int) -> None:
        self._rows_waiting += rows
        metrics.ingest_waiting.set(self._rows_waiting)
        if self._rows_waiting >= self._settings.queue_rows:
            self._room.clear()
        else:
            self._room.set()


@dataclass(slots=True)
class _Lane:
    """One flush at a time on one connection of its own."""

    ingest: Ingest
    db: Database
    flusher: Flusher
    flush_rows: int
    _queue: collections.deque[Waiting] = field(default_factory=collections.deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _weight: int = 0

    def weight(self) -> int:
        """Rows that wait here."""
        return self._weight

    def age_s(self) -> float:
        """How long its first batch has waited."""
        return time.monotonic() - self._queue[0].since if self._queue else 0.0

    def put(self, waiting: Waiting) -> None:
        self._queue.append(waiting)
        self._weight += waiting.weight
        self._idle.clear()
        self._wake.set()

    async def idle(self) -> None:
        if self._queue:
            self._idle.clear()
            await self._idle.wait()

    async def run(self) -> None:
        """Keeps a connection and flushes on it; whatever was under way when it broke is tried again on the next."""
        while True:
            try:
                async with self.db.own_connection() as connection:
                    while True:
                        await self._wake.wait()
                        while group := self._peek():
                            await self._store(connection, group)
                            self._drop(group)
                        self._wake.clear()
                        self._idle.set()
            except Unavailable as error:
                _log.warning("ingest_waits", reason=log.origin(error), batches=len(self._queue))
                self._give_up_old()
                await asyncio.sleep(random.uniform(0.05, 0.5))  # noqa: S311 - jitter, not a secret

    def _peek(self) -> list[Waiting]:
        group: list[Waiting] = []
        rows = 0
        for waiting in self._queue:
            rows += len(waiting.batch.items)
            if group and rows > self.flush_rows:
                break
            group.append(waiting)
        return group

    def _drop(self, group: Sequence[Waiting]) -> None:
        for waiting in group:
            self._queue.popleft()
            self._weight -= waiting.weight
        self.ingest.done(group)

    def _give_up_old(self) -> None:
        """A device that was told keeps its batch and comes back; later ones of its stream would only be gaps."""
        now = time.monotonic()
        if self._queue and now - self._queue[0].since > GIVE_UP_S:
            group = list(self._queue)
            for waiting in group:
                waiting.tell(Unavailable("the database is out of reach"))
            self._drop(group)

    async def _store(self, connection: Any, group: list[Waiting]) -> None:
        try:
            outcomes = await self.flusher.flush(connection, [waiting.batch for waiting in group])
        except (Unavailable, TimeoutError) as error:
            # Whether it was committed is not known: tried again, and then the fence tells.
            raise Unavailable("the database is out of reach") from error
        except Exception as error:  # the door of a flush: one batch that cannot be kept must not hold up the others
            if len(group) > 1:
                _log.warning("flush_split", batches=len(group), reason=type(error).__name__)
                for waiting in group:
                    await self._store(connection, [waiting])
                return
            outcomes = [await self._rescue(connection, group[0].batch, error)]
        for waiting, outcome in zip(group, outcomes, strict=True):
            waiting.tell(outcome)

    async def _rescue(self, connection: Any, batch: Batch, error: Exception) -> Outcome:
        """Keeps a batch without its bad items; where the fault is none of theirs, the device keeps the batch."""
        _log.error("batch_failed", error=error, device=batch.device, seq=batch.seq)
        if not isinstance(error, UNKEEPABLE):
            return Internal()
        try:
            (outcome,) = await self.flusher.flush(connection, [await self.flusher.sifted(connection, batch)])
        except UNKEEPABLE:
            return Internal()
        return outcome


@dataclass(slots=True)
class _Held:
    """The lane of a stream, and how many of its batches wait there."""

    lane: _Lane
    batches: int = 0
