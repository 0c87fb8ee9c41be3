"""The HTTP door on real servers, with people who are signed in."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from monitor.live.bus import open_bus
from monitor.live.limits import open_limits
from monitor.network.ingest import Ingest
from monitor.network.layout import Draughtsman
from monitor.network.providers import keep_configured
from monitor.people.tokens import open_keys
from monitor.routes import guard, health, keys, network, people, sessions
from monitor.routes.route import AnyRoute
from monitor.settings import Settings
from monitor.store.db import open_database
from tests.population import Population, renewed

ROUTES: list[AnyRoute] = [*people.ROUTES, *sessions.ROUTES, *health.ROUTES]


@contextlib.asynccontextmanager
async def open_door(settings: Settings, routes: list[AnyRoute] = ROUTES) -> AsyncIterator[TestClient]:
    """A client of a server with these settings and routes."""
    async with (
        open_database(settings.database) as db,
        open_bus(settings.redis) as bus,
        open_limits(settings.redis) as limits,
    ):
        app = web.Application()
        app[keys.SETTINGS], app[keys.DATABASE], app[keys.BUS], app[keys.LIMITS] = settings, db, bus, limits
        app[keys.KEYS] = await open_keys(db, settings)
        directory = await keep_configured(db, settings.providers, settings.generations)
        kept = settings.measurements
        app[network.INGEST] = Ingest(db, Draughtsman(directory, kept.future_s, kept.retention_days), settings.ingest)
        guard.stand(app)
        guard.add(app, routes)
        async with TestClient(TestServer(app)) as client:
            yield client


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[TestClient]:
    async with open_door(settings) as client:
        yield client


@pytest.fixture
def town(peopled: Population, client: TestClient) -> Population:
    return renewed(peopled, client.server.app[keys.KEYS])
