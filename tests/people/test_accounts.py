"""Registering, showing, suspending."""

import asyncio
import datetime

import pytest

from monitor.errors import AlreadyTaken, Conflict, InvalidField, NotAllowed, NotFound
from monitor.live.bus import Announcement, Bus
from monitor.people import accounts, tokens
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import AccountId, Role
from monitor.wire.people import NewAccount
from tests.conftest import ConnectAs
from tests.population import BOOTSTRAP, PASSWORD, Population


def eve(
    email: str = "eve@example.org",
    username: str = "eve",
    password: str = PASSWORD,
    role: Role = Role.SUBSCRIBER,
    provider: str | None = None,
) -> NewAccount:
    return NewAccount(email, username, password, role, provider)


async def test_anybody_registers_as_subscriber_or_mechanic(db: Database, settings: Settings, town: Population) -> None:
    one = await accounts.register(db, settings, eve())
    two = await accounts.register(db, settings, eve("eva@example.org", "eva", role=Role.MECHANIC))

    found = await accounts.find(db, BOOTSTRAP, one)
    assert (found.role, found.provider, found.language, found.is_active) == (Role.SUBSCRIBER, None, None, True)
    assert (await accounts.find(db, BOOTSTRAP, two)).role is Role.MECHANIC


async def test_other_roles_are_an_administrators_to_give(db: Database, settings: Settings, town: Population) -> None:
    for role, provider in ((Role.OPERATOR, "mtn"), (Role.ANALYST, None), (Role.ADMINISTRATOR, None)):
        for by in (None, town.ada.viewer, town.mtn.viewer, town.analyst.viewer):
            with pytest.raises(NotAllowed):
                await accounts.register(db, settings, eve(role=role, provider=provider), by)
        name = f"new-{role.value}"
        made = await accounts.register(
            db, settings, eve(f"{name}@example.org", name, role=role, provider=provider), town.admin.viewer
        )
        assert (await accounts.find(db, town.admin.viewer, made)).provider == provider


async def test_the_database_itself_refuses_a_role_that_was_not_given(connect_as: ConnectAs) -> None:
    import asyncpg

    app = await connect_as("app")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.fetchval(
            "SELECT register_account('eve@example.org', 'eve', $1, 'administrator', NULL, 'en')", "$2b$04$" + "x" * 53
        )


async def test_taken_email_and_taken_username_are_answered_alike(
    db: Database, settings: Settings, town: Population
) -> None:
    said = []
    for wanted in (eve(email="ADA@example.org"), eve(username="Ada")):
        with pytest.raises(AlreadyTaken) as refused:
            await accounts.register(db, settings, wanted)
        said.append((refused.value.detail, refused.value.faults, refused.value.members))

    assert said[0] == said[1]


async def test_every_fault_of_an_application_is_named(db: Database, settings: Settings) -> None:
    with pytest.raises(InvalidField) as refused:
        await accounts.register(db, settings, eve("no-address", "-", "password12", provider="mtn"))

    assert {path for path, _ in refused.value.faults} == {"email", "username", "password", "provider"}


async def test_operators_need_a_provider_that_is_there(db: Database, settings: Settings, town: Population) -> None:
    for provider in (None, "nobody"):
        with pytest.raises(InvalidField) as refused:
            await accounts.register(db, settings, eve(role=Role.OPERATOR, provider=provider), BOOTSTRAP)
        assert refused.value.faults[0][0] == "provider"


async def test_each_sees_herself_and_administrators_see_all(db: Database, town: Population) -> None:
    ada = town.ada.identity.account
    assert (await accounts.find(db, town.ada.viewer, ada)).username == "ada"
    assert len(await accounts.some(db, town.admin.viewer, 0, 100)) == 7
    assert [each.id for each in await accounts.some(db, town.mtn.viewer, 0, 100)] == [town.mtn.identity.account]
    with pytest.raises(NotFound):
        await accounts.find(db, town.ben.viewer, ada)


async def test_accounts_come_in_pages_and_by_role(db: Database, town: Population) -> None:
    first = await accounts.some(db, town.admin.viewer, 0, 3)
    rest = await accounts.some(db, town.admin.viewer, first[-1].id, 100)
    operators = await accounts.some(db, town.admin.viewer, 0, 100, Role.OPERATOR)

    assert [each.id for each in first + rest] == sorted({each.id for each in first + rest})
    assert len(first + rest) == 7
    assert [each.provider for each in operators] == ["mtn", "orange"]


async def test_suspension_is_announced_to_every_server(db: Database, bus: Bus, town: Population) -> None:
    heard: asyncio.Queue[Announcement] = asyncio.Queue()
    bus.on_announcement(heard.put_nowait)
    await bus.wait_until_up(5)

    await accounts.suspend(db, bus, town.admin.viewer, town.ada.identity.account)

    told = await asyncio.wait_for(heard.get(), 5)
    assert (told.event, told.data) == (accounts.SUSPENDED, {"account": town.ada.identity.account})


async def test_suspending_and_reactivating_note_when(db: Database, bus: Bus, town: Population) -> None:
    ada = town.ada.identity.account
    before = await accounts.find(db, town.ada.viewer, ada)

    suspended = await accounts.suspend(db, bus, town.admin.viewer, ada)
    back = await accounts.reactivate(db, town.admin.viewer, ada)

    assert (suspended.is_active, back.is_active) == (False, True)
    assert before.modified_at < suspended.modified_at < back.modified_at
    assert before.created_at == back.created_at


async def test_only_administrators_suspend(db: Database, bus: Bus, town: Population) -> None:
    for viewer in (town.ben.viewer, town.mtn.viewer, town.analyst.viewer, town.ada.viewer):
        with pytest.raises((NotFound, Conflict)):
            await accounts.suspend(db, bus, viewer, town.ada.identity.account)

    assert (await accounts.find(db, town.ada.viewer, town.ada.identity.account)).is_active


async def test_administrator_cannot_suspend_herself(db: Database, bus: Bus, town: Population) -> None:
    with pytest.raises(Conflict):
        await accounts.suspend(db, bus, town.admin.viewer, town.admin.identity.account)


async def test_unknown_account_is_not_found(db: Database, bus: Bus, town: Population) -> None:
    with pytest.raises(NotFound):
        await accounts.suspend(db, bus, town.admin.viewer, AccountId(10**9))


async def test_accounts_that_nobody_has_used_for_a_year_are_found(
    db: Database, keys: Keys, town: Population, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    people = {"ada": town.ada, "ben": town.ben, "mechanic": town.mechanic}
    numbers = {name: person.identity.account for name, person in people.items()}
    await owner.execute("UPDATE accounts SET created_at = now() - interval '2 years'")
    await owner.execute("UPDATE devices SET last_seen_at = NULL")
    await owner.execute("DELETE FROM active_days WHERE account = ANY ($1)", list(numbers.values()))
    await owner.execute(
        "INSERT INTO active_days VALUES ($1, current_date - 366), ($2, current_date - 365)",
        numbers["ben"], numbers["mechanic"],
    )  # fmt: skip
    abandoned = [each.id for each in await accounts.some(db, town.admin.viewer, 0, 100, inactive_days=365)]
    counted = await accounts.count_inactive(db, town.admin.viewer, 365)
    await tokens.identify(db, keys, town.phone.token)
    after = await accounts.some(db, town.admin.viewer, 0, 100, inactive_days=365)

    assert abandoned == [numbers["ada"], numbers["ben"]]
    assert counted == 2
    assert [each.id for each in after] == [numbers["ben"]], "the phone of ada's measures"
    assert after[0].last_active_on == datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=366)
