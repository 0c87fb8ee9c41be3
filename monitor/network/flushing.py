"""Writes flushes of batches, each in one transaction: fence, COPY into the day's leaf, a row of the ledger."""

import asyncio
import collections
import contextlib
import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from monitor import log, metrics
from monitor.errors import Roadpulse
from monitor.network.copying import COLUMNS, HEADER, TRAILER
from monitor.network.layout import Batch, Draughtsman, Laid, set_aside
from monitor.network.streams import Fenced, fence
from monitor.store.db import ROW_REFUSED, Transaction, UndefinedTable, copy_rows, transaction_on
from monitor.store.queries import Shelf
from monitor.wire.envelope import Rejected
from monitor.wire.outbound import Duplicate, Measured

_sql = Shelf("flushing")

UNKEEPABLE = (*ROW_REFUSED, ValueError, ArithmeticError)
"""How a row that cannot be kept shows, in the database or while it is laid out."""

_IDS_AT_ONCE = 100
_DAY_ZERO = datetime.date(2000, 1, 1)

Outcome: TypeAlias = Measured | Duplicate | Roadpulse


class _UndoneError(Exception):
    """Rolls a trial back."""


@dataclass(slots=True)
class Flusher:
    """Writes one flush at a time; remembers the leaves it has seen, and has ids for the next flushes at hand."""

    draughtsman: Draughtsman
    part_rows: int
    _leaves: dict[int, str] = field(default_factory=dict)
    _batch_ids: collections.deque[int] = field(default_factory=collections.deque)

    async def flush(self, connection: Any, batches: Sequence[Batch]) -> list[Outcome]:
        """What became of each batch.

        Raises: Unavailable, TimeoutError - the database is gone, and whether it was committed is not known;
            one of UNKEEPABLE - nothing was committed, because of some item.
        """
        started = time.monotonic()
        try:
            outcomes = await self._flush(connection, batches)
        except UndefinedTable:
            # Retention dropped a leaf that this process had used; it is made anew.
            self._leaves.clear()
            outcomes = await self._flush(connection, batches)
        metrics.flush_seconds.observe(time.monotonic() - started)
        return outcomes

    async def sifted(self, connection: Any, batch: Batch) -> Batch:
        """The batch with every item set aside that cannot be kept even by itself; nothing is committed.

        Each trial is a transaction of half the items of the one before: about 20 trials find one bad item among 500.
        """
        (rest,), rejected = set_aside([batch], await self._unkeepable(connection, batch, 0))
        return replace(rest, rejected=[*batch.rejected, *rejected.get(0, ())])

    async def _unkeepable(self, connection: Any, batch: Batch, first: int) -> dict[int, tuple[str, str]]:
        """Path and reason by index, counted from `first`."""
        try:
            parts = await self._lay([batch])
            await self._know_leaves(connection, parts)
            with contextlib.suppress(_UndoneError):
                async with transaction_on(connection) as tx:
                    await self._copy(tx, 0, parts, [np.ones(len(laid.owners), dtype=np.bool_) for laid in parts])
                    raise _UndoneError
        except UNKEEPABLE as error:
            if len(batch.items) <= 1:
                return {first: ("", f"cannot be kept ({log.origin(error)})")}
            half = len(batch.items) // 2
            halves = (first, batch.items[:half]), (first + half, batch.items[half:])
            found = [
                await self._unkeepable(connection, replace(batch, items=items, positions=None), begin)
                for begin, items in halves
            ]
            return found[0] | found[1]
        return {}

    async def _flush(self, connection: Any, batches: Sequence[Batch]) -> list[Outcome]:
        parts = await self._lay(batches)
        await self._know_leaves(connection, parts)
        batch_id = await self._next_batch(connection)
        async with transaction_on(connection) as tx:
            fenced = await fence(tx, batches)
            accepted = np.array([refusal is None for refusal in fenced.refused], dtype=np.bool_)
            chosen = [accepted[laid.owners] for laid in parts]
            await self._copy(tx, batch_id, parts, chosen)
            late = {index: items for laid in parts for index, items in laid.rejected.items()}
            rejected = [
                [*batch.rejected, *late.get(index, ())] if accepted[index] else []
                for index, batch in enumerate(batches)
            ]
            await _keep_rejected(tx, batches, rejected)
            times = [laid.measured_s()[which] for laid, which in zip(parts, chosen, strict=True)]
            await _close(tx, batch_id, fenced, np.concatenate(times))
        owners = [laid.owners[which] for laid, which in zip(parts, chosen, strict=True)]
        stored = np.bincount(np.concatenate(owners), minlength=len(batches))
        _count(int(stored.sum()), sum(map(len, rejected)))
        return [
            refusal
            or Measured(batch.seq, batch.seq, int(stored[index]), [one.said() for one in _sorted(rejected[index])])
            for index, (batch, refusal) in enumerate(zip(batches, fenced.refused, strict=True))
        ]

    async def _lay(self, batches: Sequence[Batch]) -> list[Laid]:
        """The flush in parts, so that no more than one part holds the event loop at a time."""
        now = datetime.datetime.now(datetime.UTC)
        parts: list[Laid] = []
        first = rows = 0
        for index, batch in enumerate(batches):
            if rows and rows + len(batch.items) > self.part_rows:
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

    async def _copy(
        self, tx: Transaction, batch_id: int, parts: Sequence[Laid], chosen: Sequence[NDArray[np.bool_]]
    ) -> None:
        for day, rows in _by_day(parts, chosen, batch_id).items():
            await copy_rows(tx, self._leaves[day], COLUMNS, (HEADER, *rows, TRAILER))


async def _keep_rejected(tx: Transaction, batches: Sequence[Batch], rejected: Sequence[Sequence[Rejected]]) -> None:
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


def _by_day(parts: Sequence[Laid], chosen: Sequence[NDArray[np.bool_]], batch_id: int) -> Mapping[int, list[bytes]]:
    """What goes into the leaf of each day."""
    copies: collections.defaultdict[int, list[bytes]] = collections.defaultdict(list)
    position = 0
    for laid, which in zip(parts, chosen, strict=True):
        laid.number(batch_id, position, which)
        position += int(np.count_nonzero(which))
        for day in np.unique(laid.days[which]):
            copies[int(day)].append(laid.copy_data(which & (laid.days == day)))
    return copies


async def _close(tx: Transaction, batch_id: int, fenced: Fenced, times: NDArray[np.float64]) -> None:
    first, last = (float(times.min()), float(times.max())) if len(times) else (0.0, 0.0)
    streams = sorted(fenced.heights)
    heights = [fenced.heights[stream] for stream in streams]
    # A microsecond on each side: the ledger's span must hold its rows after rounding to doubles and back.
    await tx.execute(_sql["close_flush"], streams, heights, batch_id, len(times), first - 1e-6, last + 1e-6)


def _count(stored: int, quarantined: int) -> None:
    metrics.flush_rows.observe(stored)
    metrics.items.labels("stored").inc(stored)
    metrics.items.labels("quarantined").inc(quarantined)


def _sorted(rejected: Sequence[Rejected]) -> list[Rejected]:
    return sorted(rejected, key=lambda one: one.index)


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode()[:500]
