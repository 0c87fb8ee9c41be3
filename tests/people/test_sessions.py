"""Signing in and out, and what becomes of refresh tokens."""

import asyncio
import time

import pytest

from monitor.errors import CredentialsWrong, Suspended, TokenInvalid
from monitor.live.bus import Bus
from monitor.people import accounts, sessions, tokens
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.wire.people import NewAccount
from tests.conftest import ConnectAs
from tests.population import PASSWORD, Population, hurried


async def test_email_is_compared_without_case_and_spaces(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    signed_in = await sessions.sign_in(db, keys, settings, " Ada@Example.ORG ", PASSWORD)

    assert signed_in.identity.account == town.ada.identity.account


async def test_wrong_password_and_unknown_email_are_answered_alike(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    said = []
    for email, password in ((town.ada.email, "not her password"), ("nobody@example.org", PASSWORD), ("'; --", "")):
        with pytest.raises(CredentialsWrong) as refused:
            await sessions.sign_in(db, keys, settings, email, password)
        said.append((refused.value.detail, refused.value.faults, refused.value.members))

    assert said[0] == said[1] == said[2]


async def test_unknown_email_takes_as_long_as_a_wrong_password(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    slow = hurried(settings, bcrypt_rounds=10)
    await accounts.register(db, slow, NewAccount("eve@example.org", "eve", PASSWORD))

    async def took_s(email: str) -> float:
        began = time.process_time()  # of all threads, and of no other process
        with pytest.raises(CredentialsWrong):
            await sessions.sign_in(db, keys, slow, email, "not the password")
        return time.process_time() - began

    known = min([await took_s("eve@example.org") for _ in range(4)])
    unknown = min([await took_s("nobody@example.org") for _ in range(4)])

    assert unknown > known / 2, "the hash is what takes the time; without it this is a tenth"


async def test_suspended_account_is_told_only_to_who_knows_the_password(
    db: Database, keys: Keys, settings: Settings, bus: Bus, town: Population
) -> None:
    await accounts.suspend(db, bus, town.admin.viewer, town.ada.identity.account)

    with pytest.raises(Suspended):
        await sessions.sign_in(db, keys, settings, town.ada.email, PASSWORD)
    with pytest.raises(CredentialsWrong):
        await sessions.sign_in(db, keys, settings, town.ada.email, "not her password")
    with pytest.raises(Suspended):
        await sessions.refresh(db, keys, settings, town.ada.signed_in.refresh_token)


async def test_refresh_gives_a_new_pair_of_the_same_session(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    old = town.mtn.signed_in
    new = await sessions.refresh(db, keys, settings, old.refresh_token)

    assert new.refresh_token != old.refresh_token
    assert new.identity.session == old.identity.session
    assert (new.identity.role, new.identity.provider_slug) == ("operator", "mtn")
    assert (await tokens.identify(db, keys, new.access_token)).account == town.mtn.identity.account


async def test_refresh_token_used_twice_ends_the_session(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    first = town.ada.signed_in
    second = await sessions.refresh(db, keys, settings, first.refresh_token)

    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, first.refresh_token)
    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, second.refresh_token)
    with pytest.raises(TokenInvalid):
        await tokens.identify(db, keys, second.access_token)


async def test_any_older_token_ends_the_session(db: Database, keys: Keys, settings: Settings, town: Population) -> None:
    """Not only the one before: a thief may be slow."""
    stolen = newest = town.ada.signed_in.refresh_token
    for _ in range(3):
        newest = (await sessions.refresh(db, keys, settings, newest)).refresh_token

    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, stolen)
    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, newest)


async def test_of_two_at_once_one_wins_and_the_session_ends(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    token = town.ada.signed_in.refresh_token

    outcomes = await asyncio.gather(
        *(sessions.refresh(db, keys, settings, token) for _ in range(2)), return_exceptions=True
    )

    won = [outcome for outcome in outcomes if isinstance(outcome, sessions.SignedIn)]
    assert len(won) == 1
    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, won[0].refresh_token)


async def test_other_sessions_of_the_account_live_on(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    other = await sessions.sign_in(db, keys, settings, town.ada.email, PASSWORD)
    await sessions.refresh(db, keys, settings, town.ada.signed_in.refresh_token)
    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, town.ada.signed_in.refresh_token)

    assert (await tokens.identify(db, keys, other.access_token)).session == other.identity.session
    assert await sessions.refresh(db, keys, settings, other.refresh_token)


async def test_unknown_and_malformed_refresh_tokens_are_refused_alike(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    good = town.ada.signed_in.refresh_token
    for token in ("", "rpr_", "rpr_" + "A" * 65, good[:-1], good + "A", town.ada.token, town.phone.token):
        with pytest.raises(TokenInvalid):
            await sessions.refresh(db, keys, settings, token)

    assert await sessions.refresh(db, keys, settings, good)


async def test_refresh_token_expires(
    db: Database, keys: Keys, settings: Settings, town: Population, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    await owner.execute("UPDATE sessions SET expires_at = now()")

    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, town.ada.signed_in.refresh_token)


async def test_refreshing_pushes_the_end_ahead(
    db: Database, keys: Keys, settings: Settings, town: Population, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    ends = "SELECT expires_at FROM sessions WHERE id = $1"
    before = await owner.fetchval(ends, town.ada.identity.session)
    longer = hurried(settings, refresh_token_s=settings.identity.refresh_token_s * 2)

    await sessions.refresh(db, keys, longer, town.ada.signed_in.refresh_token)

    assert await owner.fetchval(ends, town.ada.identity.session) > before


async def test_signing_out_ends_this_session_only(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    other = await sessions.sign_in(db, keys, settings, town.ada.email, PASSWORD)

    await sessions.sign_out_bearer(db, town.ada.signed_in.refresh_token)

    with pytest.raises(TokenInvalid):
        await tokens.identify(db, keys, town.ada.token)
    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, town.ada.signed_in.refresh_token)
    assert await tokens.identify(db, keys, other.access_token)


async def test_suspension_ends_sessions_for_good(
    db: Database, keys: Keys, settings: Settings, bus: Bus, town: Population
) -> None:
    await accounts.suspend(db, bus, town.admin.viewer, town.ada.identity.account)
    await accounts.reactivate(db, town.admin.viewer, town.ada.identity.account)

    with pytest.raises(TokenInvalid):
        await sessions.refresh(db, keys, settings, town.ada.signed_in.refresh_token)
    assert await sessions.sign_in(db, keys, settings, town.ada.email, PASSWORD)
