"""Gathers the batches of all sockets and commits them together, each exactly once."""

import asyncio
import collections
import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from monitor import log, metrics
from monitor.errors import Internal, Roadpulse, SequenceGap, Suspended, Unavailable, UnknownStream
from monitor.network.copying import COLUMNS, HEADER, TRAILER
from monitor.network.layout import Batch, Draughtsman, Laid
from monitor.settings import Ingest as IngestSettings
from monitor.store.db import Database, Transaction, UndefinedTable, copy_rows, transaction_on
from monitor.store.queries import Shelf
from monitor.wire.outbound import Duplicate, Measured

_sql = Shelf("ingest")
_log = log.Log(__name__)

NO_STREAM = UUID(int=0)
"""What a batch without a stream carries: nothing fences it, so it is kept at least once."""

GIVE_UP_S = 20.0
"""The database may be away for this long before devices are told; crash recovery takes seconds."""

_IDS_AT_ONCE = 100
_DAY_ZERO = datetime.date(2000, 1, 1)

Outcome: TypeAlias = Measured | Duplicate | Roadpulse


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch on its way into the database, and who waits for the outcome."""

    batch: Batch
    answer: asyncio.Future[Outcome]
    since: float

    def tell(self, outcome: Outcome) -> None:
        if not self.answer.done():
            self.answer.set_result(outcome)


@dataclass(frozen=True, slots=True)
class _Fenced:
    """What the fence lets through."""

    outcomes: list[Outcome | None]
    """None for a batch that is to be stored"""
    heights: dict[UUID, int]
    """the new last_seq of each stream that moves"""


class Ingest:
    """The way of every measurement into PostgreSQL, in a few lanes that flush side by side.

    A stream always takes the same lane, so that its batches are judged in the order they came.
    """

    def __init__(self, db: Database, draughtsman: Draughtsman, settings: IngestSettings) -> None:
        self._settings = settings
        self._lanes = [_Lane(self, db, draughtsman, settings) for _ in range(settings.lanes)]
        self._rows_waiting = 0
        self._room = asyncio.Event()
        self._room.set()

    @property
    def is_full(self) -> bool:
        return not self._room.is_set()

    @property
    def rows_waiting(self) -> int:
        return self._rows_waiting

    async def room(self) -> None:
        """Returns when there is room for more rows; whoever waits here does not read, so that TCP slows the sender."""
        await self._room.wait()

    def add(self, batch: Batch) -> asyncio.Future[Outcome]:
        """Puts a batch in its lane; the answer comes after the commit that contains it, and is never an exception."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(batch, loop.create_future(), loop.time())
        self._count(_weight(batch))
        self._lanes[hash(batch.stream) % len(self._lanes)].put(waiting)
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
        self._count(-sum(_weight(waiting.batch) for waiting in group))

    def _count(self, rows: int) -> None:
        self._rows_waiting += rows
        metrics.ingest_waiting.set(self._rows_waiting)
        if self._rows_waiting >= self._settings.queue_rows:
            self._room.clear()
        else:
            self._room.set()


def _weight(batch: Batch) -> int:
    # An empty batch is work too: without a weight, a flood of them would never meet the bound.
    return len(batch.items) + len(batch.rejected) + 1


@dataclass(slots=True)
class _Lane:
    """One flush at a time on one connection of its own."""

    ingest: Ingest
    db: Database
    draughtsman: Draughtsman
    settings: IngestSettings
    _queue: collections.deque[Waiting] = field(default_factory=collections.deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _leaves: dict[int, str] = field(default_factory=dict)
    _batch_ids: collections.deque[int] = field(default_factory=collections.deque)

    def put(self, waiting: Waiting) -> None:
        self._queue.append(waiting)
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
            if group and rows > self.settings.flush_rows:
                break
            group.append(waiting)
        return group

    def _drop(self, group: Sequence[Waiting]) -> None:
        for _ in group:
            self._queue.popleft()
        self.ingest.done(group)

    def _give_up_old(self) -> None:
        """A device that was told keeps its batch and comes back; later ones of its stream would only be gaps."""
        now = asyncio.get_running_loop().time()
        if self._queue and now - self._queue[0].since > GIVE_UP_S:
            group = list(self._queue)
            for waiting in group:
                waiting.tell(Unavailable("the database is out of reach"))
            self._drop(group)

    async def _store(self, connection: Any, group: list[Waiting]) -> None:
        try:
            outcomes = await self._flush(connection, [waiting.batch for waiting in group])
        except UndefinedTable:
            # Retention dropped a leaf that this process had used; it is made anew.
            self._leaves.clear()
            outcomes = await self._flush(connection, [waiting.batch for waiting in group])
        except (Unavailable, TimeoutError) as error:
            # Whether it was committed is not known: tried again, and then the fence tells.
            raise Unavailable("the database is out of reach") from error
        except Exception as error:  # the door of a flush: one batch that cannot be kept must not hold up the others
            if len(group) > 1:
                _log.warning("flush_split", batches=len(group), reason=type(error).__name__)
                for waiting in group:
                    await self._store(connection, [waiting])
                return
            _log.error("batch_failed", error=error, device=group[0].batch.device, seq=group[0].batch.seq)
            outcomes = [Internal()]
        for waiting, outcome in zip(group, outcomes, strict=True):
            waiting.tell(outcome)

    async def _flush(self, connection: Any, batches: list[Batch]) -> list[Outcome]:
        started = asyncio.get_running_loop().time()
        parts = await self._lay(batches)
        await self._know_leaves(connection, parts)
        batch_id = await self._next_batch(connection)
        async with transaction_on(connection) as tx:
            fenced = await _fence(tx, batches)
            accepted = np.array([outcome is None for outcome in fenced.outcomes], dtype=np.bool_)
            chosen = [accepted[laid.owners] for laid in parts]
            for day, rows in _copies(parts, chosen, batch_id).items():
                await copy_rows(tx, self._leaves[day], COLUMNS, (HEADER, *rows, TRAILER))
            set_aside = {index: items for laid in parts for index, items in laid.rejected.items()}
            rejected = [
                [*batch.rejected, *set_aside.get(index, ())] if accepted[index] else []
                for index, batch in enumerate(batches)
            ]
            await _keep_rejected(tx, batches, rejected)
            times = [laid.measured_s()[which] for laid, which in zip(parts, chosen, strict=True)]
            await _close(tx, batch_id, fenced, np.concatenate(times))
        owners = [laid.owners[which] for laid, which in zip(parts, chosen, strict=True)]
        stored = np.bincount(np.concatenate(owners), minlength=len(batches))
        metrics.flush_seconds.observe(asyncio.get_running_loop().time() - started)
        metrics.flush_rows.observe(int(stored.sum()))
        metrics.items.labels("stored").inc(int(stored.sum()))
        metrics.items.labels("quarantined").inc(sum(map(len, rejected)))
        return [
            outcome
            or Measured(batch.seq, batch.seq, int(stored[index]), [one.said() for one in _sorted(rejected[index])])
            for index, (batch, outcome) in enumerate(zip(batches, fenced.outcomes, strict=True))
        ]

    async def _lay(self, batches: list[Batch]) -> list[Laid]:
        """The flush in parts, so that no more than one part holds the event loop at a time."""
        now = datetime.datetime.now(datetime.UTC)
        parts: list[Laid] = []
        first = rows = 0
        for index, batch in enumerate(batches):
            if rows and rows + len(batch.items) > self.settings.part_rows:
                parts.append(self.draughtsman.lay(batches[first:index], now, first))
                first, rows = index, 0
                await asyncio.sleep(0)
            rows += len(batch.items)
        parts.append(self.draughtsman.lay(batches[first:], now, first))
        return parts

    async def _know_leaves(self, connection: Any, parts: Sequence[Laid]) -> None:
        # Before the transaction, so that making a leaf never waits inside it with streams locked.
        for day in np.unique(np.concatenate([laid.days for laid in parts])):
            if int(day) not in self._leaves:
                date = _DAY_ZERO + datetime.timedelta(days=int(day))
                async with transaction_on(connection) as tx:
                    self._leaves[int(day)] = await tx.fetchval(_sql["ensure_day"], date)

    async def _next_batch(self, connection: Any) -> int:
        if not self._batch_ids:
            async with transaction_on(connection) as tx:
                rows = await tx.fetch(_sql["take_batches"], _IDS_AT_ONCE)
            self._batch_ids.extend(row["batch"] for row in rows)
        return self._batch_ids.popleft()


async def open_stream(
    db: Database, stream: UUID, device: int, replaces: UUID | None = None, lost: int = 0, *, is_keyed: bool = False
) -> int:
    """Makes the device's stream exist and gives its `last_seq`; one that stands for a key is forgotten with it.

    Raises: UnknownStream - it belongs to another device; Unavailable.
    """
    async with db.system() as tx:
        row = await tx.fetchrow(_sql["open_stream"], stream, device, replaces, lost, is_keyed)
        # Another transaction may be making it: then neither half sees it yet, and a second look does.
        row = row or await tx.fetchrow(_sql["open_stream"], stream, device, replaces, lost, is_keyed)
    if row is None or row["device"] != device:
        raise UnknownStream
    return int(row["last_seq"])


async def keep_retention(db: Database, retention_days: int, quarantine_days: int) -> int:
    """Drops whole days older than the retention, old quarantine and streams of old keys; how many days were dropped."""
    async with db.system() as tx:
        await tx.execute(_sql["forget_rejected"], quarantine_days)
        await tx.execute(_sql["forget_keyed"])
        return int(await tx.fetchval(_sql["drop_days"], retention_days))


async def count_orphans(db: Database) -> int:
    """Recent rows whose device or subject does not exist; there is no foreign key, so this must stay 0."""
    async with db.system() as tx:
        return int(await tx.fetchval(_sql["count_orphans"]))


async def _fence(tx: Transaction, batches: Sequence[Batch]) -> _Fenced:
    streams = sorted({batch.stream for batch in batches if batch.stream != NO_STREAM})
    known = {row["id"]: row for row in await tx.fetch(_sql["lock_streams"], streams)} if streams else {}
    heights: dict[UUID, int] = {}
    outcomes: list[Outcome | None] = []
    for batch in batches:
        if batch.stream == NO_STREAM:
            outcomes.append(None)
            continue
        row = known.get(batch.stream)
        if row is None or row["device"] != batch.device:
            outcomes.append(UnknownStream())
        elif not row["may_measure"]:
            outcomes.append(Suspended())
        else:
            outcomes.append(_judge_seq(batch, heights.get(batch.stream, row["last_seq"]), heights))
    return _Fenced(outcomes, heights)


def _judge_seq(batch: Batch, last_seq: int, heights: dict[UUID, int]) -> Outcome | None:
    if batch.seq <= last_seq:
        return Duplicate(batch.seq, last_seq)
    if batch.seq > last_seq + 1:
        return SequenceGap(f"batch {last_seq + 1} is missing", members={"expected": last_seq + 1})
    heights[batch.stream] = batch.seq
    return None


async def _keep_rejected(tx: Transaction, batches: Sequence[Batch], rejected: Sequence[Sequence[Any]]) -> None:
    rows = [
        (batch.device, batch.subject, batch.stream, batch.seq, one.index, one.path, one.reason, one.raw)
        for batch, faults in zip(batches, rejected, strict=True)
        for one in faults
    ]
    if rows:
        columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
        columns[5] = [_storable(path) for path in columns[5]]
        columns[6] = [_storable(reason) for reason in columns[6]]
        await tx.execute(_sql["keep_rejected"], *columns)


def _copies(
    parts: Sequence[Laid], chosen: Sequence[NDArray[np.bool_]], batch_id: int
) -> collections.defaultdict[int, list[bytes]]:
    """What goes into the leaf of each day."""
    copies: collections.defaultdict[int, list[bytes]] = collections.defaultdict(list)
    position = 0
    for laid, which in zip(parts, chosen, strict=True):
        laid.number(batch_id, position, which)
        position += int(np.count_nonzero(which))
        for day in np.unique(laid.days[which]):
            copies[int(day)].append(laid.copy_data(which & (laid.days == day)))
    return copies


async def _close(tx: Transaction, batch_id: int, fenced: _Fenced, times: NDArray[np.float64]) -> None:
    first, last = (float(times.min()), float(times.max())) if len(times) else (0.0, 0.0)
    streams = sorted(fenced.heights)
    heights = [fenced.heights[stream] for stream in streams]
    # A microsecond on each side: the ledger's span must hold its rows after rounding to doubles and back.
    await tx.execute(_sql["close_flush"], streams, heights, batch_id, len(times), first - 1e-6, last + 1e-6)


def _sorted(rejected: Sequence[Any]) -> list[Any]:
    return sorted(rejected, key=lambda one: one.index)


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode()[:500]
