"""Enrols phones by a claim code, lists and revokes them, and says which connected ones must go."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from monitor import log
from monitor.errors import ClaimInvalid, NotFound
from monitor.live.bus import Bus
from monitor.people import opaque
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import AccountId, DeviceId, Viewer

REVOKED = "device_revoked"
"""announced as {"device": id}"""

_SQL = Shelf("devices")
_log = log.Log(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a person reads off one screen and types into her phone."""

    code: str
    expires_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new device with the token that is shown this once."""

    id: DeviceId
    token: str
    account: AccountId


@dataclass(frozen=True, slots=True)
class Device:
    """A phone of an account."""

    id: DeviceId
    name: str
    created_at: datetime.datetime
    revoked_at: datetime.datetime | None
    last_seen_at: datetime.datetime | None
    """to five minutes"""


@dataclass(frozen=True, slots=True)
class Dead:
    """Who may not be connected any longer."""

    devices: frozenset[DeviceId]
    accounts: frozenset[AccountId]


async def claim(db: Database, given: Settings, viewer: Viewer) -> Claim:
    """A code that makes one device of the viewer's, for some minutes."""
    code = opaque.new_code()
    expires_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=given.identity.claim_s)
    async with db.viewing(viewer) as tx:
        await tx.execute(_SQL["add_claim"], opaque.digest(opaque.plain_code(code)), viewer.person, expires_at)
    return Claim(code, expires_at)


async def enrol(db: Database, code: str, name: str) -> Enrolled:
    """Makes a device out of a claim code; the code is used up.

    Raises: ClaimInvalid - unknown, used or expired, without saying which.
    """
    token = opaque.new_token(opaque.DEVICE)
    async with db.stranger() as tx:
        hashes = opaque.digest(opaque.plain_code(code)), opaque.digest(token)
        made = await tx.fetchrow(_SQL["redeem_claim"], hashes[0], name, hashes[1])
    if made is None:
        raise ClaimInvalid
    _log.info("device_enrolled", device=made["device"], account=made["account"])
    return Enrolled(DeviceId(made["device"]), token, AccountId(made["account"]))


async def some(db: Database, viewer: Viewer, after: int, limit: int) -> list[Device]:
    """The viewer's own devices, the revoked ones too, by id, after that id."""
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(_SQL["some"], viewer.person, after, limit)
    return [
        Device(DeviceId(row["id"]), row["name"], row["created_at"], row["revoked_at"], row["last_seen_at"])
        for row in rows
    ]


async def revoke(db: Database, bus: Bus, viewer: Viewer, device: DeviceId) -> None:
    """Ends a device for good; its sockets close everywhere.

    Raises: NotFound - not there, not the viewer's, or revoked before.
    """
    async with db.viewing(viewer) as tx:
        revoked = await tx.fetchval(_SQL["revoke"], device)
    if revoked is None:
        raise NotFound
    _log.info(REVOKED, device=device, by=viewer.person)
    await bus.announce(REVOKED, {"device": device})


async def dead(db: Database, devices: Sequence[DeviceId], accounts: Sequence[AccountId]) -> Dead:
    """Which of the connected devices and accounts were revoked or suspended: one question for all local sockets.

    A device goes with its account. The announcement is quicker; this holds while Redis is away.
    """
    async with db.system() as tx:
        rows = await tx.fetch(_SQL["dead"], devices, accounts)
    return Dead(
        frozenset(DeviceId(row["device"]) for row in rows if row["device"] is not None),
        frozenset(AccountId(row["account"]) for row in rows if row["account"] is not None),
    )
