"""Shows administrators who changed what; the database itself writes the trail."""

import datetime
from dataclasses import dataclass
from typing import Any

from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import AccountId, Viewer

_SQL = Shelf("audit")


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one row."""

    id: int
    at: datetime.datetime
    login: str
    """the database login that did it"""
    role: str | None
    person: AccountId | None
    """for whom; None where nobody was signed in"""
    action: str
    table_name: str
    row_id: str | None
    before: dict[str, Any] | None
    """of an update only what changed; secrets, and what tells who somebody is, are left out"""
    after: dict[str, Any] | None


async def some(
    db: Database, viewer: Viewer, before: int, limit: int, table_name: str | None = None, row_id: str | None = None
) -> list[Entry]:
    """The trail that the viewer may read, the newest first, below that id."""
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(_SQL["some"], before, limit, table_name, row_id)
    return [
        Entry(
            row["id"],
            row["at"],
            row["login"],
            row["role"],
            None if row["person"] is None else AccountId(row["person"]),
            row["action"],
            row["table_name"],
            row["row_id"],
            row["before"],
            row["after"],
        )
        for row in rows
    ]
