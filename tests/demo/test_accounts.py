"""The demonstration's people and phones are there, and the same ones the next time."""

import json
from pathlib import Path

from monitor.demo import prepare
from monitor.demo.sites import sites
from monitor.people import sessions, signing
from monitor.people.tokens import Keys, identify
from monitor.settings import Settings
from monitor.store.db import open_database
from monitor.values import Role
from tests.conftest import ConnectAs


async def test_there_is_somebody_of_every_role_and_a_phone_of_every_network_at_every_site(
    settings: Settings, tmp_path: Path
) -> None:
    made = await prepare(settings, tmp_path / "demo.json")

    assert {account["role"] for account in made["accounts"]} == set(Role)
    assert {account["provider"] for account in made["accounts"]} == {None, "mtn", "orange", "blue"}
    assert len(made["devices"]) == 3 * len(sites())
    async with open_database(settings.database) as db:
        keys = Keys(settings, await signing.load(db, settings))
        for account in made["accounts"]:
            assert (await identify(db, keys, account["access_token"])).role == account["role"]
            await sessions.sign_in(db, keys, settings, account["email"], account["password"])
        assert (await identify(db, keys, made["devices"][-1]["token"])).device == made["devices"][-1]["id"]


async def test_the_second_time_they_are_the_same_with_fresh_tokens(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    first = await prepare(settings, file)
    file.write_text(json.dumps(first))

    second = await prepare(settings, file)

    assert second["devices"] == first["devices"]
    assert [one["password"] for one in second["accounts"]] == [one["password"] for one in first["accounts"]]
    assert all(one["access_token"] != other["access_token"] for one, other in zip(*pair(first, second), strict=True))


async def test_a_revoked_phone_is_replaced(settings: Settings, connect_as: ConnectAs, tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    first = await prepare(settings, file)
    file.write_text(json.dumps(first))
    superuser = await connect_as("superuser")
    await superuser.execute("UPDATE devices SET revoked_at = now() WHERE id = $1", first["devices"][0]["id"])

    second = await prepare(settings, file)

    assert len(second["devices"]) == len(first["devices"])
    assert first["devices"][0] not in second["devices"]


async def test_without_the_file_others_take_the_parts(settings: Settings, tmp_path: Path) -> None:
    first = await prepare(settings, tmp_path / "demo.json")

    second = await prepare(settings, tmp_path / "lost.json")

    emails = {one["email"] for one in first["accounts"]} & {one["email"] for one in second["accounts"]}
    assert emails == set()
    assert {one["role"] for one in second["accounts"]} == set(Role)


def pair(first: dict, second: dict) -> tuple[list, list]:  # type: ignore[type-arg]
    return first["accounts"], second["accounts"]


async def test_subscriber_has_a_car_and_keeps_it(settings: Settings, connect_as: ConnectAs, tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    for _ in range(2):
        file.write_text(json.dumps(await prepare(settings, file)))
    superuser = await connect_as("superuser")

    rows = await superuser.fetch(
        "SELECT accounts.role, vehicles.make FROM vehicles JOIN accounts ON accounts.id = vehicles.person"
    )
    assert [tuple(row) for row in rows] == [("subscriber", "Toyota")]
