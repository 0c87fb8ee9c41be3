"""Whose a token is: what is signed by our keys, on whichever machine, and nothing else."""

import asyncio
import base64
import dataclasses
import datetime
import hashlib
import hmac
import json
import os
import time
from uuid import uuid4

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from monitor.errors import SettingsInvalid, Suspended, TokenExpired, TokenInvalid, Unavailable
from monitor.live.bus import Bus
from monitor.people import accounts, devices, opaque, sessions, tokens
from monitor.people.identities import Kind
from monitor.people.tokens import ISSUER, Keys, open_keys
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import Role
from tests.conftest import ConnectAs
from tests.population import PASSWORD, Population, hurried

REQUIRED = ("sub", "sid", "exp", "role", "iss", "aud")


def unpacked(token: str) -> tuple[dict[str, object], dict[str, object]]:
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


def packed(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


async def test_access_token_says_who_it_is(db: Database, keys: Keys, town: Population) -> None:
    who = await tokens.identify(db, keys, town.mtn.token)

    assert (who.kind, who.role, who.provider_slug) == (Kind.ACCOUNT, Role.OPERATOR, "mtn")
    assert (who.account, who.session) == (town.mtn.identity.account, town.mtn.identity.session)
    assert who.viewer.provider is not None
    assert who.expires_at == town.mtn.signed_in.expires_at


async def test_claims_hold_role_provider_session_and_times(settings: Settings, town: Population) -> None:
    header, claims = unpacked(town.mtn.token)

    assert header["alg"] == "EdDSA"
    assert claims["sub"] == str(town.mtn.identity.account)
    assert (claims["role"], claims["provider"]) == ("operator", "mtn")
    assert claims["sid"] == str(town.mtn.identity.session)
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == settings.identity.access_token_s == 900


async def test_token_of_another_server_verifies(db: Database, settings: Settings, town: Population) -> None:
    other_machine = await open_keys(db, settings)

    assert (await tokens.identify(db, other_machine, town.ada.token)).account == town.ada.identity.account


async def test_token_of_a_key_made_elsewhere_since_verifies(
    db: Database, keys: Keys, settings: Settings, town: Population, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    await owner.execute("UPDATE signing_keys SET created_at = created_at - interval '30 days 1 second'")
    await open_keys(db, settings)
    await owner.execute("UPDATE signing_keys SET created_at = created_at - interval '150 s'")
    other_machine = await open_keys(db, settings)
    token, _ = other_machine.sign(town.ada.identity)

    assert unpacked(token)[0]["kid"] != unpacked(town.ada.token)[0]["kid"]
    assert (await tokens.identify(db, keys, token)).account == town.ada.identity.account
    assert (await tokens.identify(db, other_machine, town.ada.token)).account == town.ada.identity.account


async def test_new_key_signs_once_every_machine_and_reader_lists_it(
    db: Database, keys: Keys, settings: Settings, town: Population, connect_as: ConnectAs
) -> None:
    """A reader knows what another machine listed a moment before the rotation."""
    owner = await connect_as("superuser")
    other_machine = await open_keys(db, settings)
    await owner.execute("UPDATE signing_keys SET created_at = created_at - interval '30 days 1 second'")
    listed = {key.kid for key in await other_machine.public(db)}

    assert await keys.rotate(db)
    new = (await keys.public(db))[0].kid
    assert new not in listed
    assert unpacked(keys.sign(town.ada.identity)[0])[0]["kid"] in listed

    await owner.execute("UPDATE signing_keys SET created_at = created_at - interval '150 s'")
    assert not await keys.rotate(db)
    assert unpacked(keys.sign(town.ada.identity)[0])[0]["kid"] == new


async def test_key_that_is_about_to_retire_no_longer_signs(
    db: Database, keys: Keys, town: Population, connect_as: ConnectAs
) -> None:
    """Its last token would outlive it, where all machines were down while a new one was due."""
    owner = await connect_as("superuser")
    await owner.execute(
        "UPDATE signing_keys SET created_at = created_at - interval '31 days', retires_at = now() + interval '2 hours'"
    )

    assert await keys.rotate(db)
    assert unpacked(keys.sign(town.ada.identity)[0])[0]["kid"] == (await keys.public(db))[0].kid


async def test_no_new_key_before_the_old_one_is_due(db: Database, keys: Keys) -> None:
    assert not await keys.rotate(db)


async def test_machines_that_rotate_together_make_one_key(
    db: Database, keys: Keys, settings: Settings, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    await owner.execute("UPDATE signing_keys SET created_at = created_at - interval '31 days'")
    machines = [Keys(settings, []) for _ in range(4)]

    made = await asyncio.gather(*(machine.rotate(db) for machine in machines))

    assert sorted(made) == [False, False, False, True]
    assert await owner.fetchval("SELECT count(*) FROM signing_keys") == 2


async def test_private_keys_are_encrypted_at_rest(
    db: Database, keys: Keys, settings: Settings, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    kept = await owner.fetchval("SELECT private_key FROM signing_keys")
    (key,) = await keys.public(db)
    assert key.private is not None
    raw = key.private.private_bytes_raw()

    assert raw not in kept
    assert len(kept) == 12 + len(raw) + 16


async def test_machine_with_another_secret_verifies_and_signs_with_a_key_of_its_own(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    stranger = msgspec.structs.replace(settings, secret=os.urandom(32))
    other = await open_keys(db, stranger)

    assert (await tokens.identify(db, other, town.ada.token)).account == town.ada.identity.account
    token, _ = other.sign(town.ada.identity)
    assert (await tokens.identify(db, keys, token)).account == town.ada.identity.account


async def test_without_a_secret_there_are_no_keys(db: Database, settings: Settings) -> None:
    with pytest.raises(SettingsInvalid, match="ROADPULSE_SECRET"):
        await open_keys(db, msgspec.structs.replace(settings, secret=b""))


async def test_without_a_key_nothing_is_signed(settings: Settings, town: Population) -> None:
    with pytest.raises(Unavailable):
        Keys(settings, []).sign(town.ada.identity)


async def test_expired_token_is_told_apart(db: Database, keys: Keys, settings: Settings, town: Population) -> None:
    past = int(time.time()) - 1
    token = await forged(db, keys, unpacked(town.ada.token)[1] | {"exp": past, "iat": past - 900})

    with pytest.raises(TokenExpired):
        await tokens.identify(db, keys, token)


async def forged(db: Database, keys: Keys, payload: dict[str, object]) -> str:
    """Signed with the real key, whatever it says."""
    (key,) = await keys.public(db)
    assert key.private is not None
    return jwt.encode(payload, key.private, algorithm="EdDSA", headers={"kid": key.kid})


async def test_token_with_a_missing_or_wrong_claim_is_refused(db: Database, keys: Keys, town: Population) -> None:
    claims = unpacked(town.ada.token)[1]
    wrong: list[dict[str, object]] = [{"iss": "elsewhere"}, {"aud": "elsewhere"}, {"role": "emperor"}, {"sid": "x"}]
    without = [{name: value for name, value in claims.items() if name != missing} for missing in REQUIRED]
    for payload in [*without, *(claims | change for change in wrong), claims | {"exp": "soon"}]:
        with pytest.raises(TokenInvalid):
            await tokens.identify(db, keys, await forged(db, keys, payload))


async def test_tampered_token_is_refused(db: Database, keys: Keys, town: Population) -> None:
    header, _, signature = town.ada.token.split(".")
    payload = unpacked(town.ada.token)[1] | {"role": "administrator"}

    with pytest.raises(TokenInvalid):
        await tokens.identify(db, keys, f"{header}.{packed(payload)}.{signature}")


async def test_unsigned_token_is_refused(db: Database, keys: Keys, town: Population) -> None:
    header, payload = unpacked(town.ada.token)
    for algorithm in ("none", "None", "NONE", ""):
        with pytest.raises(TokenInvalid):
            await tokens.identify(db, keys, f"{packed(header | {'alg': algorithm})}.{packed(payload)}.")


async def test_public_key_is_no_hmac_secret(db: Database, keys: Keys, town: Population) -> None:
    """The classic confusion: HS256 with the published key as the secret."""
    header, payload = unpacked(town.ada.token)
    (key,) = await keys.public(db)
    pem = key.public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, key.public.public_bytes_raw(), key.jwk["x"].encode()):
        signed = f"{packed(header | {'alg': 'HS256'})}.{packed(payload)}"
        mac = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), hashlib.sha256)).rstrip(b"=").decode()

        with pytest.raises(TokenInvalid):
            await tokens.identify(db, keys, f"{signed}.{mac}")


async def test_another_key_under_our_kid_is_refused(db: Database, keys: Keys, town: Population) -> None:
    header, payload = unpacked(town.ada.token)
    token = jwt.encode(payload, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": str(header["kid"])})

    with pytest.raises(TokenInvalid):
        await tokens.identify(db, keys, token)


async def test_key_inside_the_header_is_not_believed(db: Database, keys: Keys, town: Population) -> None:
    own = Ed25519PrivateKey.generate()
    point = base64.urlsafe_b64encode(own.public_key().public_bytes_raw()).rstrip(b"=").decode()
    headers = {"kid": "mine-all-mine", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": point}}
    token = jwt.encode(unpacked(town.ada.token)[1], own, algorithm="EdDSA", headers=headers)

    with pytest.raises(TokenInvalid):
        await tokens.identify(db, keys, token)


async def test_what_is_no_token_is_refused(db: Database, keys: Keys) -> None:
    for token in (
        "",
        "x",
        "a.b.c",
        "....",
        "rpd_",
        "rpd_" + "A" * 43,
        "rpr_" + "A" * 65,
        "e30.e30.e30",
        "\x00",
        "é.é.é",
    ):
        with pytest.raises(TokenInvalid):
            await tokens.identify(db, keys, token)


async def test_unknown_kids_together_cost_one_look(db: Database, keys: Keys, connect_as: ConnectAs) -> None:
    strangers = [
        jwt.encode({"iss": ISSUER}, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": f"unknown-{n}"})
        for n in range(20)
    ]
    began = time.monotonic()

    refused = await asyncio.gather(*(tokens.identify(db, keys, token) for token in strangers), return_exceptions=True)

    assert {type(error) for error in refused} == {TokenInvalid}
    assert time.monotonic() - began < 3


async def test_suspended_account_is_refused(db: Database, keys: Keys, bus: Bus, town: Population) -> None:
    await accounts.suspend(db, bus, town.admin.viewer, town.ada.identity.account)

    with pytest.raises(Suspended):
        await tokens.identify(db, keys, town.ada.token)
    with pytest.raises(Suspended):
        await tokens.identify(db, keys, town.phone.token)


async def test_signed_out_session_is_refused(db: Database, keys: Keys, town: Population) -> None:
    await sessions.sign_out(db, town.ada.identity)

    with pytest.raises(TokenInvalid):
        await tokens.identify(db, keys, town.ada.token)


async def test_role_is_the_tables_not_the_tokens(
    db: Database, keys: Keys, town: Population, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    await owner.execute("UPDATE accounts SET role = 'subscriber', provider = NULL WHERE username = 'mtn-operator'")

    who = await tokens.identify(db, keys, town.mtn.token)

    assert (who.role, who.provider, who.provider_slug) == (Role.SUBSCRIBER, None, None)


async def test_device_token_says_which_device(db: Database, keys: Keys, town: Population) -> None:
    who = await tokens.identify(db, keys, town.phone.token)

    assert (who.kind, who.device, who.account) == (Kind.DEVICE, town.phone.id, town.ada.identity.account)
    assert (who.session, who.expires_at) == (None, None)


async def test_revoked_device_is_refused(db: Database, keys: Keys, bus: Bus, town: Population) -> None:
    await devices.revoke(db, bus, town.ada.viewer, town.phone.id)

    with pytest.raises(Suspended):
        await tokens.identify(db, keys, town.phone.token)


async def test_ticket_opens_once(db: Database, settings: Settings, town: Population) -> None:
    sold = await sessions.sell_ticket(db, settings, town.mtn.identity)

    who = await tokens.redeem_ticket(db, sold.ticket)

    assert dataclasses.asdict(who) == dataclasses.asdict(town.mtn.identity)
    with pytest.raises(TokenInvalid):
        await tokens.redeem_ticket(db, sold.ticket)


async def test_ticket_expires(db: Database, settings: Settings, town: Population, connect_as: ConnectAs) -> None:
    sold = await sessions.sell_ticket(db, settings, town.ada.identity)
    owner = await connect_as("superuser")
    await owner.execute("UPDATE stream_tickets SET expires_at = now()")

    assert sold.expires_at - datetime.datetime.now(datetime.UTC) < datetime.timedelta(seconds=31)
    with pytest.raises(TokenInvalid):
        await tokens.redeem_ticket(db, sold.ticket)


async def test_ticket_of_a_signed_out_session_opens_nothing(db: Database, settings: Settings, town: Population) -> None:
    sold = await sessions.sell_ticket(db, settings, town.ada.identity)
    await sessions.sign_out(db, town.ada.identity)

    with pytest.raises(TokenInvalid):
        await tokens.redeem_ticket(db, sold.ticket)


async def test_tokens_are_stored_as_hashes_only(
    db: Database, settings: Settings, town: Population, connect_as: ConnectAs
) -> None:
    sold = await sessions.sell_ticket(db, settings, town.ada.identity)
    owner = await connect_as("superuser")
    everything = ""
    for table in ("accounts", "sessions", "stream_tickets", "devices", "device_claims", "audit"):
        rows = await owner.fetch(f"SELECT to_jsonb(whole)::text AS text FROM {table} AS whole")
        everything += " ".join(row["text"] for row in rows)

    for secret in (sold.ticket, town.phone.token, town.ada.signed_in.refresh_token, PASSWORD):
        assert secret not in everything
        assert secret.encode().hex() not in everything
    assert opaque.digest(town.phone.token).hex() in everything


async def test_session_that_was_never_there_is_refused(
    db: Database, keys: Keys, settings: Settings, town: Population
) -> None:
    token, _ = keys.sign(dataclasses.replace(town.ada.identity, session=uuid4()))

    with pytest.raises(TokenInvalid):
        await tokens.identify(db, keys, token)


async def test_session_of_somebody_else_is_refused(db: Database, keys: Keys, town: Population) -> None:
    token, _ = keys.sign(dataclasses.replace(town.ada.identity, session=town.ben.identity.session))

    with pytest.raises(TokenInvalid):
        await tokens.identify(db, keys, token)


async def test_key_retires_after_its_last_token(db: Database, settings: Settings, connect_as: ConnectAs) -> None:
    await open_keys(db, hurried(settings, key_rotation_days=1, access_token_s=60))
    owner = await connect_as("superuser")

    life = await owner.fetchval("SELECT retires_at - created_at FROM signing_keys")

    assert life == datetime.timedelta(days=2, seconds=60)
