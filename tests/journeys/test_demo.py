"""The demonstration as `roadpulse run` starts it: hours of history, phones that go on talking, rules, a clean end."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from monitor.demo import prepare
from monitor.demo.sites import sites
from monitor.settings import Settings
from tests.conftest import REPOSITORY, ConnectAs
from tests.journeys.conftest import World

LIMIT_S = 90.0

PHONES = 3 * len(sites())


@pytest.mark.slow
async def test_the_demonstration_has_a_past_and_goes_on(
    world: World, settings: Settings, connect_as: ConnectAs, tmp_path: Path
) -> None:
    file = tmp_path / "demo.json"
    prepared = {"url": world.url, **await prepare(settings, file)}
    file.write_text(json.dumps(prepared))
    tokens = [one["access_token"] for one in prepared["accounts"] if one["role"] == "operator"]
    connection = await connect_as("superuser")
    feeder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor.demo", str(file)), stderr=asyncio.subprocess.PIPE, cwd=REPOSITORY
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            now = await connection.fetchval("SELECT now()")
            # What the phones measure after their history: another process writes, so there is nothing to wait on.
            live = "SELECT count(DISTINCT device) FROM measurements WHERE measured_at > $1"
            while await connection.fetchval(live, now) < PHONES or not await _rules(world, tokens):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    finally:
        feeder.terminate()
        _, complained = await asyncio.wait_for(feeder.communicate(), LIMIT_S)

    assert feeder.returncode == 0, complained.decode()
    past = await connection.fetchrow(
        "SELECT now() - min(measured_at) > interval '11 hours', count(*),"
        " count(DISTINCT provider), count(DISTINCT cell) FROM measurements"
    )
    assert past[0]
    assert past[1] > 50_000
    assert past[2] == 3
    assert past[3] >= len(sites())


async def _rules(world: World, tokens: list[str]) -> bool:
    """Whether every operator sees rules of her own."""
    answers = [await world.call("GET", "/v1/rules", token) for token in tokens]
    return all(body["items"] for _, body in answers)


@pytest.mark.parametrize("words", [[], ["nowhere.json"]])
async def test_without_a_preparation_the_feeder_says_so(tmp_path: Path, words: list[str]) -> None:
    feeder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor.demo", *(str(tmp_path / word) for word in words)),
        stderr=asyncio.subprocess.PIPE,
        cwd=REPOSITORY,
    )
    async with asyncio.timeout(LIMIT_S):
        _, complained = await feeder.communicate()

    assert feeder.returncode in (1, 2)
    assert b"monitor.demo" in complained
