"""Tells administrators how the servers themselves do: each process reports on the channel `ops`."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Sequence

import msgspec

from monitor import log, metrics
from monitor.errors import Unavailable
from monitor.live import topics
from monitor.live.bus import Bus
from monitor.live.messages import Latest
from monitor.live.topics import Subject
from monitor.network.ingest import Ingest
from monitor.network.rollups import merger_age
from monitor.store.db import Database, DatabaseError
from monitor.values import ProviderId, Viewer

EVERY_S = 2.0

_log = log.Log(__name__)


class ServerState(msgspec.Struct, frozen=True):
    """One process, as `ops` shows it."""

    id: str
    """host and process id"""
    version: int
    """milliseconds since 1970: rises with each report"""
    sockets: int
    ingest_is_full: bool
    rows_waiting: int
    live: bool
    """whether Redis is reached"""
    merger_age_s: float
    """how long the oldest batch not yet in the roll-ups has waited"""


async def report(db: Database, bus: Bus, count_sockets: Callable[[], int], ingest: Ingest) -> None:
    """Says how this process is, every other second, until cancelled."""
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            age_s = await merger_age(db) or 0.0
        except (Unavailable, DatabaseError) as error:
            _log.warning("report_failed", reason=log.origin(error))
            continue
        metrics.merger_age.set(age_s)
        state = _state(count_sockets(), ingest, age_s, is_live=bus.is_up)
        await bus.publish_latest(topics.OPS.name, [Latest(state.id, topics.UPDATED[Subject.OPS], state)])


async def snapshot(db: Database, viewer: Viewer, provider: ProviderId | None) -> Sequence[ServerState]:
    """Nothing is kept of the servers' reports: each comes again within two seconds."""
    return []


def _state(sockets: int, ingest: Ingest, age_s: float, *, is_live: bool) -> ServerState:
    return ServerState(
        id=f"{socket.gethostname()}/{os.getpid()}",
        version=int(time.time() * 1000),
        sockets=sockets,
        ingest_is_full=ingest.is_full,
        rows_waiting=ingest.rows_waiting,
        live=is_live,
        merger_age_s=age_s,
    )
