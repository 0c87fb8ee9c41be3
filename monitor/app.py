"""Puts the server together: every part made once, in order, and taken down in reverse."""

import asyncio
import contextlib
import datetime
import functools
import gc
import signal
from collections.abc import AsyncIterator, Coroutine

from aiohttp import web

from ml.knowledge import load
from monitor import log
from monitor.garage.copies import Copies
from monitor.garage.uploads import Uploads
from monitor.live.bus import Bus, open_bus
from monitor.live.hub import open_hub
from monitor.live.limits import open_limits
from monitor.live.outbox import Publisher
from monitor.live.topics import Subject
from monitor.network import alerts, kpis, operations, providers
from monitor.network.adaptive import Adaptive
from monitor.network.ingest import Ingest
from monitor.network.layout import Draughtsman
from monitor.network.merger import Merger
from monitor.network.operations import Reporter
from monitor.network.providers import Directory
from monitor.people import devices, tokens
from monitor.routes import (
    analytics,
    asked,
    documents,
    garage,
    guard,
    health,
    keys,
    knowledge,
    media,
    network,
    pages,
    people,
    quality,
    sessions,
    trouble,
    uploads,
)
from monitor.routes.connections import Connection
from monitor.settings import Settings
from monitor.sockets.door import DOOR, Door
from monitor.sockets.registry import Registry
from monitor.sockets.session import stream
from monitor.sockets.subscribing import Snapshots
from monitor.store.db import Database, open_database
from monitor.store.objects import open_objects
from monitor.upkeep import keep_house

_log = log.Log(__name__)

ROUTES = [
    *health.ROUTES,
    *people.ROUTES,
    *sessions.ROUTES,
    *network.ROUTES,
    *trouble.ROUTES,
    *analytics.ROUTES,
    *quality.ROUTES,
    *uploads.ROUTES,
    *media.ROUTES,
    *garage.ROUTES,
    *knowledge.ROUTES,
    *documents.ROUTES,
]
"""every REST route; the documents are written from this list"""


async def serve(settings: Settings, *, host: str, port: int, merger: bool = True) -> None:
    """Serves until SIGTERM or SIGINT, then drains."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(settings, host=host, port=port, merger=merger) as bound:
        # What measurements allocate is freed by counting references. Looked through after every 700 objects, as is the
        # default, it takes a quarter of this process's time and yields nothing.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        _log.info("serving", host=host, port=bound)
        await stopping.wait()
        _log.info("draining")


@contextlib.asynccontextmanager
async def running(settings: Settings, *, host: str, port: int, merger: bool = True) -> AsyncIterator[int]:
    """A whole server in this process; gives the port it listens on, drains at the end."""
    async with contextlib.AsyncExitStack() as stack:
        app, door = await _put_together(settings, stack, merger=merger)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=settings.server.drain_s)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        assert runner.server is not None
        connect = functools.partial(Connection, runner.server, settings.server.keep_alive_s)
        listening = await asyncio.get_running_loop().create_server(connect, host, port, reuse_port=True, backlog=1024)
        try:
            yield listening.sockets[0].getsockname()[1]
        finally:
            listening.close()
            await door.registry.drain(settings.server.drain_s)


async def _put_together(
    settings: Settings, stack: contextlib.AsyncExitStack, *, merger: bool
) -> tuple[web.Application, Door]:
    db = await stack.enter_async_context(open_database(settings.database))
    directory = await providers.keep_configured(db, settings.providers, settings.generations)
    signing = await tokens.open_keys(db, settings)
    bus = await stack.enter_async_context(open_bus(settings.redis))
    hub = await stack.enter_async_context(open_hub(bus))
    limits = await stack.enter_async_context(open_limits(settings.redis))
    measurements = settings.measurements
    ingest = Ingest(db, Draughtsman(directory, measurements.future_s, measurements.retention_days), settings.ingest)
    registry = Registry(settings.limits)
    bus.on_announcement(registry.hear)
    objects = open_objects(settings.media.url)
    taking_in = Uploads(db, objects, settings)
    door = Door(settings, db, signing, ingest, hub, _snapshots(directory), registry, taking_in)
    works = [
        ingest.run(),
        registry.sweep(functools.partial(devices.dead, db)),
        Publisher(db, bus).run(),
        Reporter(db, bus, registry, ingest).run(),
        keep_house(db, objects, signing, settings),
    ]
    if merger:
        works.append(_merger(settings, db, bus, directory).run())
    await stack.enter_async_context(_working(*works))

    app = web.Application(client_max_size=settings.limits.frame_bytes)
    app[keys.SETTINGS], app[keys.DATABASE], app[keys.BUS] = settings, db, bus
    app[keys.KEYS], app[keys.LIMITS], app[DOOR] = signing, limits, door
    app[network.INGEST], app[asked.DIRECTORY] = ingest, directory
    app[uploads.UPLOADS], app[media.OBJECTS], app[media.COPIES] = taking_in, objects, Copies(objects, settings)
    app[garage.KNOWLEDGE] = load()
    app[documents.LIBRARY] = documents.Library(ROUTES, settings.limits)
    guard.stand(app)
    app.on_response_prepare.append(uploads.dress)
    guard.add(app, ROUTES)
    app.router.add_get("/v1/stream", stream)
    pages.add(app)
    return app, door


@contextlib.asynccontextmanager
async def _working(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Background work of the process: cancelled at the end, and its failure ends the process."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in running:
                task.cancel()


def _snapshots(directory: Directory) -> Snapshots:
    return Snapshots(
        readers={
            Subject.ALERTS: alerts.snapshot,
            Subject.KPIS: kpis.kpi_snapshot,
            Subject.MEASUREMENTS: kpis.measurement_snapshot,
            Subject.OPS: operations.snapshot,
        },
        providers={slug: provider.id for slug, provider in directory.by_slug.items()},
    )


def _merger(settings: Settings, db: Database, bus: Bus, directory: Directory) -> Merger:
    oldest = datetime.timedelta(seconds=settings.rollups.judge_max_age_s)
    adaptive = Adaptive(settings.alerts.adaptive_min_samples, oldest) if settings.alerts.adaptive else None
    return Merger(db, bus, settings.rollups, directory.by_id, adaptive)
