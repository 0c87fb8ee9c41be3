"""Links to copies of files: whoever holds one sees the copy, until it expires or is revoked."""

import datetime
from dataclasses import dataclass
from typing import Final

from monitor import log
from monitor.errors import Conflict, NotFound
from monitor.people import opaque
from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import MediaId, MediaKind, Viewer

PREFIX: Final = "rpm_"
MOST_OPEN: Final = 50
"""links of one file that open it at once"""

_SQL = Shelf("media")
_log = log.Log(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """A link just made; its token is shown once."""

    token: str
    expires_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Shared:
    """What a link opens."""

    media: MediaId
    kind: MediaKind


async def make(db: Database, viewer: Viewer, media: MediaId, lifetime: datetime.timedelta) -> Link:
    """A new link to a file of the viewer's.

    Raises: Conflict - it has too many.
    """
    token = opaque.new_token(PREFIX)
    async with db.viewing(viewer) as tx:
        expires_at = await tx.fetchval(
            _SQL["add_link"], opaque.digest(token), media, viewer.person, lifetime, MOST_OPEN
        )
    if expires_at is None:
        raise Conflict(f"this file has {MOST_OPEN} open links; revoke them first")
    _log.info("media_shared", media=media)
    return Link(token, expires_at)


async def revoke(db: Database, viewer: Viewer, media: MediaId) -> None:
    """Closes every link to a file of the viewer's."""
    async with db.viewing(viewer) as tx:
        await tx.execute(_SQL["revoke_links"], media)
    _log.info("media_links_revoked", media=media)


async def follow(db: Database, token: str) -> Shared:
    """What the link with this token opens.

    Raises: NotFound - unknown, expired, revoked; the file is deleted or its owner suspended.
    """
    async with db.stranger() as tx:
        row = await tx.fetchrow(_SQL["shared"], opaque.digest(token))
    if row is None:
        raise NotFound
    return Shared(MediaId(row["media"]), MediaKind(row["kind"]))
