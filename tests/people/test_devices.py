"""Enrolling a phone by its code, and being rid of it."""

import asyncio
import datetime

import pytest

from monitor.errors import ClaimInvalid, NotFound
from monitor.live.bus import Announcement, Bus
from monitor.people import accounts, devices, opaque, tokens
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import AccountId, DeviceId
from tests.conftest import ConnectAs
from tests.population import Population, hurried


async def test_code_makes_a_device_of_who_asked_for_it(db: Database, settings: Settings, town: Population) -> None:
    claim = await devices.claim(db, settings, town.ben.viewer)
    made = await devices.enrol(db, claim.code, "Ben's phone")

    assert made.account == town.ben.identity.account
    assert [each.name for each in await devices.some(db, town.ben.viewer, 0, 10)] == ["Ben's phone"]


def test_code_is_readable_aloud() -> None:
    codes = [opaque.new_code() for _ in range(200)]

    assert all(len(code) == 9 and code[4] == "-" for code in codes)
    assert not set("".join(codes)) & set("ILOU01")
    assert len(set(codes)) == 200


async def test_code_is_compared_without_case_dash_and_spaces(
    db: Database, settings: Settings, town: Population
) -> None:
    claim = await devices.claim(db, settings, town.ben.viewer)

    assert await devices.enrol(db, f" {claim.code.replace('-', ' ').lower()} ", "phone")


async def test_code_works_once_even_for_two_at_once(db: Database, settings: Settings, town: Population) -> None:
    claim = await devices.claim(db, settings, town.ben.viewer)

    outcomes = await asyncio.gather(
        *(devices.enrol(db, claim.code, f"phone {n}") for n in range(4)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes].count(ClaimInvalid) == 3
    assert len(await devices.some(db, town.ben.viewer, 0, 10)) == 1


async def test_code_expires(db: Database, settings: Settings, town: Population, connect_as: ConnectAs) -> None:
    claim = await devices.claim(db, hurried(settings, claim_s=60), town.ben.viewer)
    assert claim.expires_at - datetime.datetime.now(datetime.UTC) < datetime.timedelta(seconds=61)
    owner = await connect_as("superuser")
    await owner.execute("UPDATE device_claims SET expires_at = now()")

    with pytest.raises(ClaimInvalid):
        await devices.enrol(db, claim.code, "phone")


async def test_unknown_used_and_expired_codes_are_answered_alike(
    db: Database, settings: Settings, town: Population, connect_as: ConnectAs
) -> None:
    used = await devices.claim(db, settings, town.ben.viewer)
    await devices.enrol(db, used.code, "phone")
    said = []
    for code in (used.code, "ABCD-2345", "", "'; DROP TABLE devices; --"):
        with pytest.raises(ClaimInvalid) as refused:
            await devices.enrol(db, code, "phone")
        said.append((refused.value.detail, refused.value.members))

    assert len({str(each) for each in said}) == 1


async def test_code_of_a_suspended_account_makes_nothing(
    db: Database, settings: Settings, bus: Bus, town: Population
) -> None:
    claim = await devices.claim(db, settings, town.ben.viewer)
    await accounts.suspend(db, bus, town.admin.viewer, town.ben.identity.account)

    with pytest.raises(ClaimInvalid):
        await devices.enrol(db, claim.code, "phone")


async def test_device_is_noted_when_seen(db: Database, keys: Keys, town: Population) -> None:
    (before,) = await devices.some(db, town.ada.viewer, 0, 10)
    await tokens.identify(db, keys, town.phone.token)
    (after,) = await devices.some(db, town.ada.viewer, 0, 10)
    await tokens.identify(db, keys, town.phone.token)
    (again,) = await devices.some(db, town.ada.viewer, 0, 10)

    assert before.last_seen_at is None
    assert after.last_seen_at is not None
    assert again.last_seen_at == after.last_seen_at


async def test_each_lists_her_own_devices_administrators_too(db: Database, town: Population) -> None:
    assert [each.id for each in await devices.some(db, town.ada.viewer, 0, 10)] == [town.phone.id]
    for other in (town.ben, town.mtn, town.admin):
        assert await devices.some(db, other.viewer, 0, 10) == []


async def test_nobody_but_owner_and_administrators_revoke(db: Database, bus: Bus, town: Population) -> None:
    for other in (town.ben, town.mtn, town.analyst, town.mechanic):
        with pytest.raises(NotFound):
            await devices.revoke(db, bus, other.viewer, town.phone.id)

    await devices.revoke(db, bus, town.admin.viewer, town.phone.id)

    (device,) = await devices.some(db, town.ada.viewer, 0, 10)
    assert device.revoked_at is not None


async def test_revocation_is_announced_to_every_server(db: Database, bus: Bus, town: Population) -> None:
    heard: asyncio.Queue[Announcement] = asyncio.Queue()
    bus.on_announcement(heard.put_nowait)
    await bus.wait_until_up(5)

    await devices.revoke(db, bus, town.ada.viewer, town.phone.id)

    told = await asyncio.wait_for(heard.get(), 5)
    assert (told.event, told.data) == (devices.REVOKED, {"device": town.phone.id})


async def test_revoked_device_stays_revoked(db: Database, bus: Bus, town: Population, connect_as: ConnectAs) -> None:
    await devices.revoke(db, bus, town.ada.viewer, town.phone.id)
    with pytest.raises(NotFound):
        await devices.revoke(db, bus, town.ada.viewer, town.phone.id)
    async with db.viewing(town.admin.viewer) as tx:
        changed = await tx.execute("UPDATE devices SET revoked_at = NULL WHERE id = $1", town.phone.id)

    assert changed == "UPDATE 0"


async def test_dead_devices_and_accounts_are_found_in_one_question(
    db: Database, settings: Settings, bus: Bus, town: Population
) -> None:
    claim = await devices.claim(db, settings, town.ben.viewer)
    bens = await devices.enrol(db, claim.code, "phone")
    connected = [town.phone.id, bens.id, DeviceId(10**9)], [town.ada.identity.account, town.ben.identity.account]
    assert await devices.dead(db, *connected) == devices.Dead(frozenset(), frozenset())

    await devices.revoke(db, bus, town.ada.viewer, town.phone.id)
    await accounts.suspend(db, bus, town.admin.viewer, town.ben.identity.account)

    dead = await devices.dead(db, *connected)
    assert dead.devices == {town.phone.id, bens.id}
    assert dead.accounts == {AccountId(town.ben.identity.account)}
