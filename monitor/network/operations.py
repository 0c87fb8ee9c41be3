"""Tells administrators how the servers themselves do: each process reports on the channel `ops`."""

import asyncio
import datetime
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from monitor import log, metrics
from monitor.errors import Unavailable
from monitor.live import outbox, topics
from monitor.live.bus import Bus
from monitor.live.messages import Latest
from monitor.live.topics import Subject
from monitor.network.ingest import Ingest
from monitor.network.rollups import merger_age
from monitor.network.traffic import Traffic, Traffics
from monitor.release import RELEASE
from monitor.store.db import Database, DatabaseError
from monitor.values import ProviderId, Viewer
from monitor.work import jobs
from monitor.work.jobs import JobKind, Standing

EVERY_S = 2.0
ANSWER_S = 2.0
"""a database that takes longer to say `1` is no database"""

_log = log.Log(__name__)


class JobsState(msgspec.Struct, frozen=True):
    """What there is to do of one kind, in the fleet as a whole."""

    kind: JobKind
    waiting: int
    running: int
    parked: int
    """given up"""
    age_s: float
    """how long the oldest that is due has waited for a worker"""


class ServerState(msgspec.Struct, frozen=True):
    """One process, as `ops` shows it."""

    id: str
    """host and process id"""
    version: int
    """milliseconds since 1970: rises with each report"""
    release: str
    """of the program"""
    started_at: datetime.datetime
    is_leaving: bool
    """whether this is its last report, since it was told to end; one that dies says nothing"""
    sockets: int
    devices: int
    """of the sockets, those of devices; the others are people's"""
    ingest_is_full: bool
    rows_waiting: int
    live: bool
    """whether Redis is reached"""
    merger_age_s: float | None
    """how long the oldest batch not yet in the roll-ups has waited; null: the database does not answer this process"""
    queue_age_s: float | None
    """how long the oldest event not yet published has waited"""
    jobs: list[JobsState]
    """the same whoever says it; empty while the database does not answer"""
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Ages:
    """How long the oldest has waited that each part of the program is to do."""

    merger_s: float
    queue_s: float
    jobs: list[Standing]


class Sockets(Protocol):
    """The sockets of this process."""

    def __len__(self) -> int: ...

    @property
    def devices(self) -> int: ...


async def ages(db: Database) -> Ages:
    """How far merger, publisher and workers are behind.

    Raises: Unavailable - the database does not answer.
    """
    try:
        async with asyncio.timeout(ANSWER_S):
            merger_age_s = await merger_age(db)
            async with db.system() as tx:
                return Ages(merger_age_s or 0.0, await outbox.queue_age_s(tx), await jobs.standings(tx))
    except TimeoutError as error:
        raise Unavailable("the database is out of reach") from error


@dataclass(frozen=True, slots=True)
class Reporter:
    """Says how this process is."""

    db: Database
    bus: Bus
    sockets: Sockets
    ingest: Ingest

    async def run(self) -> None:
        """Every other second, until cancelled, and then for the last time."""
        started_at = datetime.datetime.now(datetime.UTC)
        traffics = Traffics()
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                await self._tell(self._state(started_at, traffics.recent(), await self._ages()))
        finally:
            await self._tell(self._state(started_at, traffics.recent(), None, is_leaving=True))

    async def _ages(self) -> Ages | None:
        """Without the database the rest is wanted all the more."""
        try:
            known = await ages(self.db)
        except (Unavailable, DatabaseError) as error:
            _log.warning("ages_unknown", reason=log.origin(error))
            return None
        metrics.merger_age.set(known.merger_s)
        return known

    async def _tell(self, state: ServerState) -> None:
        await self.bus.publish_latest(topics.OPS.name, [Latest(state.id, topics.UPDATED[Subject.OPS], state)])

    def _state(
        self, started_at: datetime.datetime, traffic: Traffic, known: Ages | None, *, is_leaving: bool = False
    ) -> ServerState:
        return ServerState(
            id=f"{socket.gethostname()}/{os.getpid()}",
            version=int(time.time() * 1000),
            release=RELEASE,
            started_at=started_at,
            is_leaving=is_leaving,
            sockets=len(self.sockets),
            devices=self.sockets.devices,
            ingest_is_full=self.ingest.is_full,
            rows_waiting=self.ingest.rows_waiting,
            live=self.bus.is_up,
            merger_age_s=None if known is None else known.merger_s,
            queue_age_s=None if known is None else known.queue_s,
            jobs=[] if known is None else [_jobs(standing) for standing in known.jobs],
            traffic=traffic,
        )


async def snapshot(db: Database, viewer: Viewer, provider: ProviderId | None) -> Sequence[ServerState]:
    """Nothing is kept of the servers' reports: each comes again within two seconds."""
    return []


def _jobs(standing: Standing) -> JobsState:
    return JobsState(standing.kind, standing.waiting, standing.running, standing.parked, standing.age_s)
