"""A batch with an Idempotency-Key is kept once, also when the server was killed before it kept the answer."""

from uuid import uuid4

from monitor.network.retention import keep_retention
from monitor.settings import Settings
from monitor.store.db import open_database
from tests.conftest import ConnectAs
from tests.journeys.conftest import World, measurement


async def sent(world: World, token: str, key: str, body: object) -> tuple[int, dict[str, object], bool]:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    async with world.http.post(f"{world.url}/v1/measurements/batch", headers=headers, json=body) as response:
        return response.status, await response.json(), "Idempotency-Replayed" in response.headers


async def test_same_key_gets_the_first_answer_and_stores_nothing(world: World, connect_as: ConnectAs) -> None:
    device = await world.device()
    body = {"items": [measurement(), measurement()]}

    first = await sent(world, device, "one", body)
    again = await sent(world, device, "one", body)

    owner = await connect_as("superuser")
    assert (first[0], first[1]["stored"], first[2]) == (200, 2, False)
    assert again == (200, first[1], True)
    assert await owner.fetchval("SELECT count(*) FROM measurements") == 2


async def test_batch_whose_answer_was_not_kept_is_stored_once(world: World, connect_as: ConnectAs) -> None:
    """As a kill between the two commits leaves it: the batch is there, the key is under way."""
    device = await world.device()
    body = {"items": [measurement(), measurement()]}
    await sent(world, device, "one", body)
    owner = await connect_as("superuser")
    await owner.execute(
        "UPDATE idempotency_keys SET status = NULL, answer = NULL, created_at = created_at - interval '91 seconds'"
    )

    again = await sent(world, device, "one", body)

    assert (again[0], again[1]["duplicate"]) == (200, True)
    assert await owner.fetchval("SELECT count(*) FROM measurements") == 2


async def test_keys_of_two_devices_have_nothing_to_do_with_each_other(world: World, connect_as: ConnectAs) -> None:
    body = {"items": [measurement()]}
    for _ in range(2):
        assert (await sent(world, await world.device(), "one", body))[1]["stored"] == 1

    owner = await connect_as("superuser")
    assert await owner.fetchval("SELECT count(*) FROM measurements") == 2


async def test_without_a_key_the_same_batch_is_stored_again(world: World, connect_as: ConnectAs) -> None:
    device = await world.device()
    headers = {"Authorization": f"Bearer {device}"}
    for _ in range(2):
        response = await world.http.post(
            f"{world.url}/v1/measurements/batch", headers=headers, json={"items": [measurement()]}
        )
        assert response.status == 200

    owner = await connect_as("superuser")
    assert await owner.fetchval("SELECT count(*) FROM measurements") == 2


async def test_a_stream_that_stands_for_a_key_is_forgotten_after_it(
    world: World, connect_as: ConnectAs, settings: Settings
) -> None:
    device, phones_own = await world.device(), uuid4()
    await world.phone(device, phones_own)
    await sent(world, device, "old", {"items": [measurement()]})
    owner = await connect_as("superuser")
    await owner.execute("UPDATE streams SET created_at = now() - interval '49 hours'")
    await sent(world, device, "new", {"items": [measurement()]})

    async with open_database(settings.database) as db:
        await keep_retention(db, 400, 90)

    left = await owner.fetch("SELECT id, keyed FROM streams ORDER BY created_at")
    assert [(row["id"] == phones_own, row["keyed"]) for row in left] == [(True, False), (False, True)]
