"""What machines are told of this server."""

import asyncio
from pathlib import Path

import msgspec
from aiohttp.test_utils import TestClient

from monitor.embedded import PostgresServer
from monitor.routes import keys
from monitor.settings import Settings
from monitor.store import bootstrap, migrate
from tests.conftest import ConnectAs
from tests.routes.conftest import open_door


async def test_alive(client: TestClient) -> None:
    response = await client.get("/healthz")

    assert (response.status, await response.json()) == (200, {"status": "alive"})


async def test_ready_with_everything_up(client: TestClient) -> None:
    await client.server.app[keys.BUS].wait_until_up(5)
    response = await client.get("/readyz")

    assert response.status == 200
    assert await response.json() == {
        "status": "ready",
        "database": "up",
        "live": "up",
        "ingest_age_s": 0.0,
        "merger_age_s": 0.0,
        "queue_age_s": 0.0,
        "jobs_age_s": 0.0,
    }


async def test_ready_but_degraded_without_redis(settings: Settings) -> None:
    away = msgspec.structs.replace(settings.redis, url="redis://127.0.0.1:1/0")
    async with open_door(msgspec.structs.replace(settings, redis=away)) as client:
        response = await client.get("/readyz")

        assert response.status == 200
        assert (await response.json())["live"] == "degraded"


async def test_not_ready_without_the_database(settings: Settings, server_folder: Path) -> None:
    with PostgresServer(server_folder / "postgres", log=server_folder / "log", fast=True) as postgres:
        made = await bootstrap.bootstrap(postgres.url())
        await migrate.up(made.urls["ROADPULSE_DATABASE_OWNER_URL"])
        own = msgspec.structs.replace(
            settings.database,
            url=made.urls["ROADPULSE_DATABASE_URL"],
            system_url=made.urls["ROADPULSE_DATABASE_SYSTEM_URL"],
            analyst_url=made.urls["ROADPULSE_DATABASE_ANALYST_URL"],
        )
        async with open_door(msgspec.structs.replace(settings, database=own)) as client:
            before = await client.get("/readyz")
            await asyncio.to_thread(postgres.stop)
            response = await client.get("/readyz")
            alive = await client.get("/healthz")
            asking = await client.get("/v1/accounts/me", headers={"Authorization": "Bearer rpd_x"})

            assert [before.status, response.status, alive.status, asking.status] == [200, 503, 200, 503]
            assert (await response.json())["type"] == "/problems/unavailable"


async def test_numbers_are_prometheus_text(client: TestClient) -> None:
    await client.get("/healthz")
    response = await client.get("/metrics")
    text = await response.text()

    assert response.content_type == "text/plain"
    assert 'roadpulse_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert 'roadpulse_database_connections{pool="app",state="idle"}' in text
    assert "roadpulse_merger_age_seconds" in text


async def test_jobs_that_nobody_does_are_seen_by_number_and_age(client: TestClient, connect_as: ConnectAs) -> None:
    system = await connect_as("system")
    for subject in ("1", "2", "3"):
        await system.fetchval("SELECT enqueue_job('diagnose', $1)", subject)
    await system.execute("UPDATE jobs SET due_at = now() - interval '1 minute' WHERE subject = '1'")
    await system.execute("UPDATE jobs SET due_at = NULL WHERE subject = '2'")
    await system.execute("UPDATE jobs SET worker = 'x', due_at = now() + interval '1 minute' WHERE subject = '3'")

    ready = await (await client.get("/readyz")).json()
    text = await (await client.get("/metrics")).text()
    assert 60 <= ready["jobs_age_s"] < 90
    for state in ("waiting", "running", "parked"):
        assert f'roadpulse_jobs{{kind="diagnose",state="{state}"}} 1.0' in text
        assert f'roadpulse_jobs{{kind="examine",state="{state}"}} 0.0' in text
    (age,) = [
        line.split()[1] for line in text.splitlines() if line.startswith('roadpulse_jobs_age_seconds{kind="diagnose"')
    ]
    assert 60 <= float(age) < 90
