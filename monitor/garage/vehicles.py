"""The cars of drivers: what is known of them makes their diagnoses better."""

from typing import Any

import msgspec
from msgspec import UNSET

from monitor.errors import NotFound, TooManyVehicles
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import VehicleId, Viewer
from monitor.wire.garage import ChangedVehicle, NewVehicle, Vehicle

MOST = 100
"""cars of one person: a workshop's fleet is no private garage"""
COLUMNS = tuple(field.name for field in msgspec.structs.fields(Vehicle))
_SQL = Shelf("vehicles")


async def some(db: Database, viewer: Viewer, after: int, limit: int) -> list[Vehicle]:
    """The viewer's cars, in the order of their making."""
    async with db.viewing(viewer) as tx:
        return [shown(row) for row in await tx.fetch(_SQL["some"], after, limit)]


async def one(db: Database, viewer: Viewer, vehicle: VehicleId) -> Vehicle:
    """Raises: NotFound."""
    async with db.viewing(viewer) as tx:
        return await find(tx, vehicle)


async def find(tx: Transaction, vehicle: VehicleId) -> Vehicle:
    """Raises: NotFound."""
    row = await tx.fetchrow(_SQL["one"], vehicle)
    if row is None:
        raise NotFound
    return shown(row)


async def add(db: Database, viewer: Viewer, given: NewVehicle) -> Vehicle:
    """Raises: TooManyVehicles."""
    async with db.viewing(viewer) as tx:
        if await tx.fetchval(_SQL["count"]) >= MOST:
            raise TooManyVehicles(members={"limit": MOST})
        return shown(await tx.fetchrow(_SQL["add"], viewer.person, *msgspec.structs.astuple(given)))


async def change(db: Database, viewer: Viewer, vehicle: VehicleId, changed: ChangedVehicle) -> Vehicle:
    """Raises: NotFound."""
    parts = {name: value for name, value in msgspec.structs.asdict(changed).items() if value is not UNSET}
    async with db.viewing(viewer) as tx:
        found = msgspec.structs.replace(await find(tx, vehicle), **parts)
        new = NewVehicle(*(getattr(found, field.name) for field in msgspec.structs.fields(NewVehicle)))
        await tx.execute(_SQL["change"], vehicle, *msgspec.structs.astuple(new))
    return found


async def delete(db: Database, viewer: Viewer, vehicle: VehicleId) -> None:
    """Its diagnoses stay, without it. Raises: NotFound."""
    async with db.viewing(viewer) as tx:
        if await tx.fetchval(_SQL["delete"], vehicle) is None:
            raise NotFound


def shown(row: Row, prefix: str = "") -> Vehicle:
    """A car out of a row that has its columns, under a prefix where it has others besides."""
    values: dict[str, Any] = {column: row[f"{prefix}{column}"] for column in COLUMNS}
    return Vehicle(**values)
