"""A whole server in a thread of its own, for many tests at once, and for those that do not speak asyncio."""

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import aiohttp
import redis

from monitor import app
from monitor import settings as configuration
from monitor.settings import Limits, Settings
from tests.conftest import Servers, TestDatabase, connections
from tests.journeys.conftest import World

LIMIT_S = 30.0
_COUNTED = [name for name in Limits.__struct_fields__ if name.endswith("_per_minute")]


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and what is behind it."""

    url: str
    database: TestDatabase
    settings: Settings
    files: Path
    """where what people send is kept"""

    @contextlib.asynccontextmanager
    async def world(self) -> AsyncIterator[World]:
        """People and phones that use it."""
        async with aiohttp.ClientSession() as http, connections(self.database) as connect:
            # The server outlives its tests, so each brings people of other names.
            yield World(self.url, http, connect, itertools.count(uuid4().int % 10**12), self.settings)


@contextlib.contextmanager
def serve(servers: Servers, migrated: str, changed: Mapping[str, object] | None = None) -> Iterator[Served]:
    """A server on a fresh database that counts no calls; `changed` names settings as the environment does."""
    database = servers.create(migrated)
    # Its own numbered database, so that two servers of one test neither hear nor empty each other.
    number = next(servers.numbers) % 15 + 1
    redis_url = f"{servers.valkey.url}?db={number}"
    with redis.Redis.from_url(redis_url) as emptied:
        emptied.flushdb()
    files = Path(tempfile.mkdtemp(prefix="roadpulse-media-"))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(configuration.PREFIX)},
        **database.urls,
        "ROADPULSE_REDIS_URL": redis_url,
        "ROADPULSE_MEDIA_URL": files.as_uri(),
        "ROADPULSE_IDENTITY_BCRYPT_ROUNDS": "4",
        "ROADPULSE_SECRET": base64.urlsafe_b64encode(bytes(range(32))).decode(),
        **{f"ROADPULSE_LIMITS_{name.upper()}": "1000000" for name in _COUNTED},
        **{f"ROADPULSE_{name.upper()}": str(value) for name, value in (changed or {}).items()},
    }
    settings = configuration.load(environ=environment)
    loop = asyncio.new_event_loop()
    listening: list[int] = []
    up, stop = threading.Event(), asyncio.Event()

    async def live() -> None:
        async with app.running(settings, host="127.0.0.1", port=0) as port:
            listening.append(port)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()))
    thread.start()
    try:
        assert up.wait(LIMIT_S), "the server did not start"
        yield Served(f"http://127.0.0.1:{listening[0]}", database, settings, files)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(LIMIT_S)
        loop.close()
        servers.drop(database)
        shutil.rmtree(files)
