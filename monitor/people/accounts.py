"""Registers accounts, shows them to who may see them, suspends them and takes them back."""

import datetime
import re
from dataclasses import dataclass
from typing import Any, Protocol

from monitor import log
from monitor.errors import AlreadyTaken, Conflict, InvalidField, NotAllowed, NotFound
from monitor.live.bus import Bus
from monitor.people import credentials, hashing
from monitor.settings import Settings
from monitor.store.db import Database, Row, UniqueViolation
from monitor.store.queries import Shelf
from monitor.values import AccountId, ProviderId, Role, Viewer

THE_MACHINE = Viewer(Role.ADMINISTRATOR, AccountId(0))
"""as whom a machine's own program makes the accounts that there is no administrator to make yet"""

SUSPENDED = "account_suspended"
"""announced as {"account": id}"""

_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+")
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,31}")
_OPEN_ROLES = frozenset({Role.SUBSCRIBER, Role.MECHANIC})
_SQL = Shelf("accounts")
_log = log.Log(__name__)


class Application(Protocol):
    """What somebody writes down to get an account."""

    @property
    def email(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def provider(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Account:
    """An account as its owner and administrators see it."""

    id: AccountId
    email: str
    username: str
    role: Role
    provider: str | None
    """slug"""
    language: str | None
    """None: never chosen"""
    full_name: str | None
    phone: str | None
    """E.164, not verified"""
    attributes: dict[str, Any]
    """flat: whatever clients keep about their person"""
    is_active: bool
    created_at: datetime.datetime
    modified_at: datetime.datetime
    last_active_on: datetime.date | None
    """UTC day on which somebody last signed in or a phone measured; None: not within the time that is kept"""


async def register(db: Database, given: Settings, wanted: Application, by: Viewer | None = None) -> AccountId:
    """Makes an account; roles other than subscriber and mechanic are an administrator's to give.

    Raises: InvalidField; NotAllowed; AlreadyTaken - does not say whether by e-mail or username.
    """
    is_by_administrator = by is not None and by.role is Role.ADMINISTRATOR
    if wanted.role not in _OPEN_ROLES and not is_by_administrator:
        raise NotAllowed("only administrators give this role")
    _check(wanted)
    provider = await _provider(db, wanted)
    stored = await hashing.hashed(wanted.password, given.identity.bcrypt_rounds)
    try:
        async with db.viewing(by) if by is not None else db.stranger() as tx:
            made = await tx.fetchval(
                _SQL["register"],
                wanted.email.strip(),
                wanted.username,
                stored,
                wanted.role.value,
                provider,
                wanted.language,
            )
    except UniqueViolation as error:
        raise AlreadyTaken from error
    _log.info("account_registered", account=made, role=wanted.role.value)
    return AccountId(made)


async def find(db: Database, viewer: Viewer, account: AccountId) -> Account:
    """Raises: NotFound - there is none, or not for this viewer."""
    async with db.viewing(viewer) as tx:
        row = await tx.fetchrow(_SQL["one"], account)
    if row is None:
        raise NotFound
    return _account(row)


async def some(
    db: Database, viewer: Viewer, after: int, limit: int, role: Role | None = None, inactive_days: int | None = None
) -> list[Account]:
    """The accounts that the viewer may see, by id, after that id; only those not used for so many days, if told."""
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(_SQL["some"], after, limit, None if role is None else role.value, inactive_days)
    return [_account(row) for row in rows]


async def count_inactive(db: Database, viewer: Viewer, days: int) -> int:
    """How many accounts that the viewer may see nobody has used for so many days."""
    async with db.viewing(viewer) as tx:
        return int(await tx.fetchval(_SQL["count_inactive"], days))


async def suspend(db: Database, bus: Bus, viewer: Viewer, account: AccountId) -> Account:
    """Closes an account: nobody signs in with it, its sockets and its devices' close everywhere.

    Raises: NotFound; Conflict - one's own, which nobody could take back.
    """
    if account == viewer.person:
        raise Conflict("an administrator cannot suspend herself")
    found = await _set_active(db, viewer, account, is_active=False)
    await bus.announce(SUSPENDED, {"account": account})
    return found


async def reactivate(db: Database, viewer: Viewer, account: AccountId) -> Account:
    """Opens a suspended account again; whoever has it signs in anew.

    Raises: NotFound.
    """
    return await _set_active(db, viewer, account, is_active=True)


async def _set_active(db: Database, viewer: Viewer, account: AccountId, *, is_active: bool) -> Account:
    async with db.viewing(viewer) as tx:
        if await tx.fetchval(_SQL["set_active"], account, is_active) is None:
            raise NotFound
        if not is_active:
            await tx.execute(_SQL["end_sessions"], account)
        row = await tx.fetchrow(_SQL["one"], account)
    _log.info("account_reactivated" if is_active else SUSPENDED, account=account, by=viewer.person)
    return _account(row)


def _check(wanted: Application) -> None:
    faults = [
        ("password", reason)
        for reason in credentials.faults(wanted.password, email=wanted.email, username=wanted.username)
    ]
    if len(wanted.email) > 254 or not _EMAIL.fullmatch(wanted.email.strip()):
        faults.append(("email", "not an e-mail address"))
    if not _USERNAME.fullmatch(wanted.username):
        faults.append(("username", "3 to 32 letters, digits, dots, dashes or underscores, a letter or digit first"))
    if (wanted.role is Role.OPERATOR) != (wanted.provider is not None):
        faults.append(("provider", "operators have one, and nobody else"))
    if faults:
        raise InvalidField(faults=faults)


async def _provider(db: Database, wanted: Application) -> ProviderId | None:
    if wanted.provider is None:
        return None
    async with db.stranger() as tx:
        found = await tx.fetchval(_SQL["provider"], wanted.provider)
    if found is None:
        raise InvalidField(faults=[("provider", "there is no such operator")])
    return ProviderId(found)


def _account(row: Row) -> Account:
    return Account(
        AccountId(row["id"]),
        row["email"],
        row["username"],
        Role(row["role"]),
        row["provider"],
        row["language"],
        row["full_name"],
        row["phone"],
        row["attributes"],
        row["is_active"],
        row["created_at"],
        row["modified_at"],
        row["last_active_on"],
    )
