"""Tells machines how this server is: alive, ready, and its numbers."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Literal

from aiohttp import web
from msgspec import Struct

from monitor import metrics
from monitor.errors import Unavailable
from monitor.network import operations
from monitor.network.operations import ANSWER_S, Ages
from monitor.routes import keys
from monitor.routes.network import INGEST
from monitor.routes.route import AnyRoute, Request, Route
from monitor.store.db import Database
from monitor.work.jobs import Standing


class Alive(Struct, frozen=True):
    """The process runs and its loop turns."""

    status: Literal["alive"] = "alive"


class Ready(Struct, frozen=True):
    """Whether work can be sent here."""

    status: Literal["ready"]
    database: Literal["up"]
    live: Literal["up", "degraded"]
    """degraded: Redis is away; measurements are kept all the same, consoles hear of them later"""
    ingest_age_s: float
    """how long the oldest batch that this process has taken waits for its commit; more than seconds: ingest is stuck"""
    merger_age_s: float
    """how long the oldest batch not yet in the roll-ups has waited"""
    queue_age_s: float
    """how long the oldest event not yet published has waited"""
    jobs_age_s: float
    """how long the oldest job that is due has waited for a worker; without one it grows"""


async def alive(request: Request[None, None]) -> Alive:
    return Alive()


async def ready(request: Request[None, None]) -> Ready:
    ages = await _ages(request.db)
    live: Literal["up", "degraded"] = "up" if request.http.app[keys.BUS].is_up else "degraded"
    jobs_age_s = max(standing.age_s for standing in ages.jobs)
    return Ready("ready", "up", live, request.http.app[INGEST].age_s, ages.merger_s, ages.queue_s, jobs_age_s)


async def numbers(request: Request[None, None]) -> web.Response:
    observe_pools(request.db)
    # Without the database the ages stay what they were; the other numbers are wanted all the more.
    with contextlib.suppress(Unavailable):
        ages = await _ages(request.db)
        metrics.merger_age.set(ages.merger_s)
        metrics.queue_age.set(ages.queue_s)
        _observe_jobs(ages.jobs)
    return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})


def observe_pools(db: Database) -> None:
    """Puts the pools' connections into the metrics; with several processes, each does so now and then."""
    for name, pool in (("app", db.app), ("system", db.ingest), ("analyst", db.analysts)):
        idle = pool.get_idle_size()
        metrics.database_connections.labels(name, "idle").set(idle)
        metrics.database_connections.labels(name, "busy").set(pool.get_size() - idle)


def _observe_jobs(standings: Sequence[Standing]) -> None:
    for standing in standings:
        for state, count in (("waiting", standing.waiting), ("running", standing.running), ("parked", standing.parked)):
            metrics.jobs_open.labels(standing.kind.value, state).set(count)
        metrics.jobs_age.labels(standing.kind.value).set(standing.age_s)


async def _ages(db: Database) -> Ages:
    """How far merger, publisher and workers are behind.

    Raises: Unavailable - the database does not answer.
    """
    try:
        async with asyncio.timeout(ANSWER_S):
            async with db.stranger():
                pass  # the doors' own login answers
            return await operations.ages(db)
    except TimeoutError as error:
        raise Unavailable("the database is out of reach") from error


ROUTES: list[AnyRoute] = [
    Route("GET", "/healthz", alive, "Alive", answer=Alive, limited=False, open_query=True, tags=("operations",)),
    Route(
        "GET",
        "/readyz",
        ready,
        "Ready for work",
        answer=Ready,
        limited=False,
        open_query=True,
        tags=("operations",),
        description="503 without the database. Without Redis it is 200 and says `degraded`, since ingest goes on.",
        headers={"Cache-Control": "no-store"},
    ),
    Route(
        "GET",
        "/metrics",
        numbers,
        "Numbers for Prometheus",
        limited=False,
        open_query=True,
        tags=("operations",),
        description="Text in the Prometheus exposition format.",
    ),
]
