"""Rules that are changed, taken away or waited for while an alert of theirs is under way, at servers that die."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import ConnectAs
from tests.journeys.conftest import Socket, World, measurement
from tests.journeys.processes import Server
from tests.journeys.test_measurement_way import RULE

pytestmark = pytest.mark.timeout(180)


async def fired(world: World, rule: dict[str, object]) -> tuple[str, Any, Socket, Any]:
    """Operator's token, rule, console and the alert that slow minutes opened."""
    operator = await world.person("operator", "mtn")
    status, kept = await world.call("POST", "/v1/rules", operator, RULE | rule)
    assert status == 201, kept
    console = await world.console(operator)
    await console.say("subscribe", channel="alerts:mtn")
    phone = await world.phone(await world.device())
    await phone.say("measure", seq=1, items=[measurement(latency_ms=400) for _ in range(20)])
    opened = await console.push(lambda event: event.get("event") == "alert.opened")
    return operator, kept, console, opened["data"]


async def test_deleting_a_rule_clears_its_alert_and_keeps_its_history(world: World) -> None:
    operator, rule, console, alert = await fired(world, {"keep_firing_for_s": 600})

    status, _ = await world.call("DELETE", f"/v1/rules/{rule['id']}", operator)
    assert status == 204
    cleared = await console.push(lambda event: event.get("event") == "alert.cleared")

    assert (cleared["data"]["id"], cleared["data"]["reason"]) == (alert["id"], "rule_disabled")
    _, page = await world.call("GET", "/v1/alerts", operator)
    assert [entry["action"] for entry in page["items"][0]["history"]] == ["opened", "cleared"]


async def test_a_rule_made_milder_lets_its_alert_recover(world: World) -> None:
    operator, rule, console, alert = await fired(world, {})

    await world.call("PATCH", f"/v1/rules/{rule['id']}", operator, {"threshold": 1000.0})
    cleared = await console.push(lambda event: event.get("event") == "alert.cleared")

    assert (cleared["data"]["id"], cleared["data"]["reason"]) == (alert["id"], "recovered")


async def test_a_wait_goes_on_after_its_server_was_killed(
    environment: dict[str, str], connect_as: ConnectAs, tmp_path: Path
) -> None:
    connection = await connect_as("superuser")
    before, after = (Server(environment, tmp_path, name) for name in ("before", "after"))
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        for server in (before, after):
            stack.push_async_callback(server.end, signal.SIGKILL)
        await before.start()
        await before.wait_until_ready()
        world = World(before.url, http, connect_as)
        operator = await world.person("operator", "mtn")
        await world.call("POST", "/v1/rules", operator, RULE | {"window_s": 300, "for_s": 5})
        device = await world.device()
        phone = await world.phone(device)
        await phone.say("measure", seq=1, items=[measurement(latency_ms=400) for _ in range(20)])
        since = None
        async with asyncio.timeout(20):
            while since is None:
                await asyncio.sleep(0.1)
                since = await connection.fetchval("SELECT (state ->> 'since')::timestamptz FROM rule_states")
        await before.end(signal.SIGKILL)
        await after.start()
        await after.wait_until_ready()

        async with asyncio.timeout(30):
            while not await connection.fetchval("SELECT count(*) FROM alerts"):  # noqa: ASYNC110 - a server
                await asyncio.sleep(0.1)

    (alert,) = await connection.fetch("SELECT state, opened_at FROM alerts")
    assert alert["state"] == "firing"
    assert (alert["opened_at"] - since).total_seconds() >= 5
