"""A POST that comes again with its Idempotency-Key is answered as the first time, and done once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient

from monitor.settings import Settings
from tests.population import Population
from tests.routes.conftest import open_door
from tests.routes.parrot import Parrot, problem


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


@pytest.fixture
async def client(settings: Settings, parrot: Parrot) -> AsyncIterator[TestClient]:
    async with open_door(settings, parrot.routes()) as client:
        yield client


async def test_same_key_and_body_get_the_first_answer(client: TestClient, town: Population, parrot: Parrot) -> None:
    headers = {**town.ada.headers, "Idempotency-Key": "one"}
    first = await client.post("/say", json={"text": "a"}, headers=headers)
    again = await client.post("/say", json={"text": "a"}, headers=headers)

    assert (again.status, await again.read()) == (first.status, await first.read())
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert parrot.calls == 1


async def test_same_key_and_another_body_is_refused(client: TestClient, town: Population, parrot: Parrot) -> None:
    headers = {**town.ada.headers, "Idempotency-Key": "one"}
    await client.post("/say", json={"text": "a"}, headers=headers)
    other = await client.post("/say", json={"text": "b"}, headers=headers)

    assert other.status == 422
    assert (await problem(other))["type"] == "/problems/idempotency_key_reused"
    assert parrot.calls == 1


async def test_same_key_of_somebody_else_is_another_key(client: TestClient, town: Population, parrot: Parrot) -> None:
    for person in (town.ada, town.ben):
        await client.post("/say", json={"text": "a"}, headers={**person.headers, "Idempotency-Key": "one"})
    phone = {"Authorization": f"Bearer {town.phone.token}", "Idempotency-Key": "one"}
    await client.post("/say", json={"text": "a"}, headers=phone)

    assert parrot.calls == 3


async def test_same_key_while_the_first_is_under_way_is_a_conflict(
    client: TestClient, town: Population, parrot: Parrot
) -> None:
    headers = {**town.ada.headers, "Idempotency-Key": "one"}
    parrot.may_go_on.clear()
    first = asyncio.create_task(client.post("/say", json={"text": "a"}, headers=headers))
    await asyncio.wait_for(parrot.entered.wait(), 5)
    second = await client.post("/say", json={"text": "a"}, headers=headers)
    parrot.may_go_on.set()

    assert second.status == 409
    assert second.headers["Retry-After"] == "1"
    said = await second.json()
    assert (said["type"], said["retry"]) == ("/problems/request_under_way", True)
    assert (await first).status == 201
    assert parrot.calls == 1


async def test_who_hangs_up_finds_the_answer_when_asking_again(
    client: TestClient, town: Population, parrot: Parrot
) -> None:
    headers = {**town.ada.headers, "Idempotency-Key": "one"}
    parrot.may_go_on.clear()
    first = asyncio.create_task(client.post("/say", json={"text": "a"}, headers=headers))
    await asyncio.wait_for(parrot.entered.wait(), 5)
    first.cancel()
    await asyncio.wait([first])
    parrot.may_go_on.set()
    async with asyncio.timeout(5):
        while (again := await client.post("/say", json={"text": "a"}, headers=headers)).status == 409:
            pass

    assert again.headers["Idempotency-Replayed"] == "true"
    assert parrot.calls == 1


async def test_failed_request_can_be_made_again(client: TestClient, town: Population, parrot: Parrot) -> None:
    headers = {**town.ada.headers, "Idempotency-Key": "one"}
    for text, status in (("refuse", 409), ("break", 500), ("a", 201)):
        assert (await client.post("/say", json={"text": text}, headers=headers)).status == status

    assert parrot.calls == 3


async def test_unusable_key_is_refused(client: TestClient, town: Population, parrot: Parrot) -> None:
    for key in ("", "x" * 129):
        headers = {**town.ada.headers, "Idempotency-Key": key}
        assert (await client.post("/say", json={"text": "a"}, headers=headers)).status == 400

    assert parrot.calls == 0
