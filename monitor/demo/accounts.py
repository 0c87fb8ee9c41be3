"""Makes the demonstration's accounts and phones, or finds those of the last time, with fresh tokens."""

import datetime
import secrets
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from monitor.demo.sites import sites
from monitor.errors import AlreadyTaken, CredentialsWrong, Suspended, TokenInvalid
from monitor.garage import vehicles
from monitor.network.providers import keep_configured
from monitor.people import accounts, devices, sessions, signing, tokens
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.store.db import Database, open_database
from monitor.values import DeviceId, Role, Viewer
from monitor.wire.garage import NewVehicle
from monitor.wire.people import NewAccount

DOMAIN = "demo.roadpulse.example"
"""RFC 2606: no such domain can exist"""

ROUNDS = 6
"""Slow hashes protect passwords that people think of; these are 96 random bits, and the start must not wait."""


CAR = NewVehicle("Corolla", "Toyota", "Corolla", 2009, "petrol", "manual", 214_000)


class DemoAccount(Struct, frozen=True):
    """Somebody to sign in as."""

    role: Role
    provider: str | None
    email: str
    password: str
    access_token: str = ""
    expires_at: datetime.datetime | None = None


class DemoDevice(Struct, frozen=True):
    """A phone with its token; the n-th of its provider is at the n-th site."""

    id: DeviceId
    provider: str
    token: str


class Prepared(Struct, frozen=True):
    """What a script needs to take part."""

    accounts: list[DemoAccount]
    devices: list[DemoDevice]
    url: str = ""


async def prepare(given: Settings, file: Path) -> dict[str, Any]:
    """Accounts of every role, signed in, a phone for each network at each site, and the subscriber's car.

    `file` is what the last call gave, as JSON; accounts and phones in it that the database still knows are kept.
    """
    former = read(file)
    given = msgspec.structs.replace(given, identity=msgspec.structs.replace(given.identity, bcrypt_rounds=ROUNDS))
    async with open_database(given.database) as db:
        await keep_configured(db, given.providers, given.generations)
        await signing.rotate(db, given)
        keys = Keys(given, await signing.load(db, given))
        ready = [await _account(db, keys, given, wanted) for wanted in _cast(given, former)]
        owner = next(account for account in ready if account.role is Role.SUBSCRIBER)
        viewer = (await tokens.identify(db, keys, owner.access_token)).viewer
        if not await vehicles.some(db, viewer, 0, 1):
            await vehicles.add(db, viewer, CAR)
        alive = await _alive(db, keys, former.devices)
        phones = await _phones(db, given, viewer, alive)
    return {"accounts": msgspec.to_builtins(ready), "devices": msgspec.to_builtins(phones)}


def read(file: Path) -> Prepared:
    """What was prepared the last time; nothing where there is none or it cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Prepared)
    except (OSError, msgspec.DecodeError):
        return Prepared([], [])


def _cast(given: Settings, former: Prepared) -> list[DemoAccount]:
    """Who is needed, with last time's e-mails and passwords where there were any."""
    parts: list[tuple[Role, str | None]] = [(Role.ADMINISTRATOR, None)]
    parts += [(Role.OPERATOR, provider.slug) for provider in given.providers]
    parts += [(Role.SUBSCRIBER, None), (Role.MECHANIC, None), (Role.ANALYST, None)]
    known = {(account.role, account.provider): account for account in former.accounts}
    return [known.get(part) or _stranger(*part) for part in parts]


def _stranger(role: Role, provider: str | None, suffix: str = "") -> DemoAccount:
    name = f"{role}.{provider}{suffix}" if provider else f"{role}{suffix}"
    return DemoAccount(role, provider, f"{name}@{DOMAIN}", secrets.token_urlsafe(12))


async def _account(db: Database, keys: Keys, given: Settings, wanted: DemoAccount) -> DemoAccount:
    """Signs in, and registers first where that is needed."""
    try:
        signed_in = await sessions.sign_in(db, keys, given, wanted.email, wanted.password)
    except (CredentialsWrong, Suspended):
        wanted = await _register(db, given, wanted)
        signed_in = await sessions.sign_in(db, keys, given, wanted.email, wanted.password)
    return msgspec.structs.replace(wanted, access_token=signed_in.access_token, expires_at=signed_in.expires_at)


async def _register(db: Database, given: Settings, wanted: DemoAccount) -> DemoAccount:
    try:
        await accounts.register(db, given, _application(wanted), accounts.THE_MACHINE)
    except AlreadyTaken:
        # The database outlived the file with the password: somebody new takes the part.
        wanted = _stranger(wanted.role, wanted.provider, f"-{secrets.token_hex(3)}")
        await accounts.register(db, given, _application(wanted), accounts.THE_MACHINE)
    return wanted


def _application(wanted: DemoAccount) -> NewAccount:
    username = wanted.email.partition("@")[0]
    return NewAccount(wanted.email, username, wanted.password, wanted.role, wanted.provider)


async def _alive(db: Database, keys: Keys, former: list[DemoDevice]) -> dict[str, list[DemoDevice]]:
    """Last time's phones that may still measure, by provider and in their order."""
    alive: dict[str, list[DemoDevice]] = {}
    for device in former:
        try:
            await tokens.identify(db, keys, device.token)
        except (TokenInvalid, Suspended):
            continue
        alive.setdefault(device.provider, []).append(device)
    return alive


async def _phones(
    db: Database, given: Settings, viewer: Viewer, alive: dict[str, list[DemoDevice]]
) -> list[DemoDevice]:
    phones: list[DemoDevice] = []
    for provider in given.providers:
        kept = alive.get(provider.slug, [])[: len(sites())]
        names = [f"{provider.name}, {site.name}" for site in sites()[len(kept) :]]
        phones += kept
        phones += [await _phone(db, given, viewer, provider.slug, name) for name in names]
    return phones


async def _phone(db: Database, given: Settings, viewer: Viewer, provider: str, name: str) -> DemoDevice:
    claim = await devices.claim(db, given, viewer)
    enrolled = await devices.enrol(db, claim.code, name)
    return DemoDevice(enrolled.id, provider, enrolled.token)
