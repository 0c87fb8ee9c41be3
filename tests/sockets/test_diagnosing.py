"""A full queue is an answer, not the end of the socket; nobody but drivers and mechanics may ask."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import Servers
from tests.journeys.conftest import World
from tests.served import Served, serve


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(servers, migrated, {"work_open_jobs": 2}) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


async def test_full_queue_says_when_to_come_back_and_the_socket_lives_on(world: World) -> None:
    driver = await world.console(await world.person())
    answers = [await driver.say("diagnose", description="it smokes", language="fr") for _ in range(3)]

    assert all("diagnosis" in answer for answer in answers[:2])
    error = answers[2]["error"]
    assert (error["type"], error["retry"]) == ("/problems/too_busy", True)
    assert error["retry_after_ms"] > 0
    assert "channel" in await driver.say("subscribe", channel="me")


@pytest.mark.parametrize(("role", "provider"), [("operator", "mtn"), ("analyst", None), ("administrator", None)])
async def test_who_has_no_car_may_not_ask(world: World, role: str, provider: str | None) -> None:
    other = await world.console(await world.person(role, provider))
    answer = await other.say("diagnose", description="it smokes")

    assert answer["error"]["type"] == "/problems/not_allowed"
