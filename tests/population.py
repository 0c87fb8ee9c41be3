"""People of every role with their tokens and a phone, for tests that need somebody to be there."""

from dataclasses import dataclass, fields, replace

import msgspec

from monitor.network.providers import keep_configured
from monitor.people import accounts, devices, sessions
from monitor.people.devices import Enrolled
from monitor.people.identities import Identity
from monitor.people.sessions import SignedIn
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import AccountId, Role, Viewer
from monitor.wire.people import NewAccount

PASSWORD = "a rainy night in Kribi"
BOOTSTRAP = Viewer(Role.ADMINISTRATOR, AccountId(0))
"""as whom the command line makes the first administrator"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    email: str
    signed_in: SignedIn

    @property
    def identity(self) -> Identity:
        return self.signed_in.identity

    @property
    def viewer(self) -> Viewer:
        return self.identity.viewer

    @property
    def token(self) -> str:
        return self.signed_in.access_token

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class Population:
    """One of each role, and a second where tests try to cross."""

    ada: Person
    """subscriber"""
    ben: Person
    """another subscriber"""
    mechanic: Person
    mtn: Person
    """operator"""
    orange: Person
    """operator of another provider"""
    analyst: Person
    admin: Person
    phone: Enrolled
    """Ada's"""


async def populate(db: Database, keys: Keys, settings: Settings) -> Population:
    await keep_configured(db, settings.providers, settings.generations)

    async def arrive(name: str, role: Role, provider: str | None = None) -> Person:
        wanted = NewAccount(f"{name}@example.org", name, PASSWORD, role, provider)
        await accounts.register(db, settings, wanted, BOOTSTRAP)
        return Person(wanted.email, await sessions.sign_in(db, keys, settings, wanted.email, PASSWORD))

    ada = await arrive("ada", Role.SUBSCRIBER)
    claim = await devices.claim(db, settings, ada.viewer)
    return Population(
        ada,
        await arrive("ben", Role.SUBSCRIBER),
        await arrive("mechanic", Role.MECHANIC),
        await arrive("mtn-operator", Role.OPERATOR, "mtn"),
        await arrive("orange-operator", Role.OPERATOR, "orange"),
        await arrive("analyst", Role.ANALYST),
        await arrive("admin", Role.ADMINISTRATOR),
        await devices.enrol(db, claim.code, "Ada's phone"),
    )


def renewed(population: Population, keys: Keys) -> Population:
    """The same people with access tokens of this moment."""

    def renew(person: Person) -> Person:
        token, expires_at = keys.sign(person.identity)
        who = replace(person.identity, expires_at=expires_at)
        return Person(person.email, SignedIn(who, token, expires_at, person.signed_in.refresh_token))

    people = {each.name: getattr(population, each.name) for each in fields(population)}
    return replace(population, **{name: renew(one) for name, one in people.items() if isinstance(one, Person)})


def hurried(settings: Settings, **identity: int) -> Settings:
    """The settings with other lifetimes."""
    return msgspec.structs.replace(settings, identity=msgspec.structs.replace(settings.identity, **identity))
