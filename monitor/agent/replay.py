"""Plays a recorded trace into the spool: as fast as it drains, or at the recording's pace; a kill costs nothing."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.agent.flow import Flow
from monitor.agent.parcels import Parcel, pack
from monitor.agent.spool import Mark, Spool
from monitor.agent.trace import Row, Trace

PARCELS_AT_ONCE = 8
PARCELS_AHEAD = 32
"""waiting in the spool before the replay pauses: enough for a full window, little to keep on disk"""

TICK = timedelta(milliseconds=50)
"""rows due within it travel together"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a trace's time becomes ours."""

    speed: float | None = None
    """times as fast as recorded; None: as fast as acknowledged"""
    keeps_times: bool = False
    """measured_at as recorded"""

    def __str__(self) -> str:
        return f"{self.speed}, {self.keeps_times}"


class Replay:
    """One trace on its way into one spool."""

    def __init__(self, trace: Trace, pace: Pace, batch: int, spool: Spool, flow: Flow) -> None:
        self._trace = trace
        self._pace = pace
        self._batch = batch
        self._spool = spool
        self._flow = flow
        self._fingerprint = hashlib.sha256(f"{trace.fingerprint} {pace}".encode()).hexdigest()
        self._start = datetime.now(UTC)

    def open(self) -> Mark:
        """Goes on with this trace where a former agent left it, or begins."""
        mark = self._spool.mark()
        if mark is None or mark.fingerprint != self._fingerprint:
            total = len(self._trace.rows) + self._spool.waiting
            mark = Mark(self._fingerprint, datetime.now(UTC).isoformat(), 0, total)
            self._spool.begin(mark)
        self._start = datetime.fromisoformat(mark.started_at)
        return mark

    async def play(self, position: int) -> None:
        """Puts the rows from `position` on into the spool, each row once whatever happens."""
        rows = self._trace.rows
        while position < len(rows):
            await self._wait_for_room()
            end = await self._due(position)
            await asyncio.to_thread(self._put, position, end)
            self._flow.produced()
            position = end
        self._flow.finish()

    def _put(self, position: int, end: int) -> None:
        cuts = range(position, end, self._batch)
        parcels = [self._parcel(self._trace.rows[cut : min(cut + self._batch, end)]) for cut in cuts]
        self._spool.append(parcels, position=end)

    def _parcel(self, rows: list[Row]) -> Parcel:
        first, last = self._trace.first_at, self._trace.last_at
        if first is None or last is None or self._pace.keeps_times:
            return pack([row.moved(timedelta(0), None, 1.0) for row in rows])
        if self._pace.speed is None:
            by = self._start - last
            return pack([row.moved(by, None, 1.0) for row in rows])
        by = self._start - first
        return pack([row.moved(by, first, self._pace.speed) for row in rows])

    async def _wait_for_room(self) -> None:
        while self._spool.waiting >= PARCELS_AHEAD * self._batch and self._pace.speed is None:
            self._flow.moved.clear()
            if self._spool.waiting >= PARCELS_AHEAD * self._batch:
                await self._flow.moved.wait()

    async def _due(self, position: int) -> int:
        """Waits for the row at `position`; gives where the rows end that go with it."""
        rows = self._trace.rows
        most = min(position + PARCELS_AT_ONCE * self._batch, len(rows))
        first, at = self._trace.first_at, rows[position].at
        if self._pace.speed is None or first is None or at is None:
            return most
        delay = self._start + (at - first) / self._pace.speed - datetime.now(UTC)
        if delay > timedelta(0):
            await asyncio.sleep(delay.total_seconds())
        until = first + (datetime.now(UTC) + TICK - self._start) * self._pace.speed
        end = position + 1
        while end < most and (row_at := rows[end].at) is not None and row_at <= until:
            end += 1
        return end
