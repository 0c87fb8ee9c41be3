"""Files of drivers: their names in the store, how they stand, and what became of them."""

import datetime
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from monitor import errors
from monitor.errors import NotFound, Roadpulse
from monitor.garage import qualities
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import MediaId, MediaKind, Viewer
from monitor.wire.media import Media

_SQL = Shelf("media")


class State(StrEnum):
    """Where a file is on its way in."""

    RECEIVING = "receiving"
    STORED = "stored"
    FAILED = "failed"


def folder(media: MediaId) -> str:
    """Where everything of a file lies in the store."""
    return str(media)


def original(media: MediaId) -> str:
    """The file as it came."""
    return f"{media}/original"


def pieces(media: MediaId) -> str:
    """Where a file lies that is not whole yet."""
    return f"{media}/pieces"


def piece(media: MediaId, offset: int) -> str:
    """The piece that begins at this offset."""
    return f"{media}/pieces/{offset:012}"


def copy(media: MediaId, name: str) -> str:
    """What was made of the file to be shown."""
    return f"{media}/copies/{name}"


async def find(db: Database, viewer: Viewer, media: MediaId) -> Media:
    """Raises: NotFound - there is none, or not for this viewer."""
    async with db.viewing(viewer) as tx:
        row = await tx.fetchrow(_SQL["one"], media)
    if row is None:
        raise NotFound
    return told(row)


async def some(
    db: Database, viewer: Viewer, kind: MediaKind | None, before: tuple[datetime.datetime, MediaId] | None, limit: int
) -> list[Media]:
    """The viewer's files, the newest first."""
    at, last = before or (None, None)
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(_SQL["some"], None if kind is None else kind.value, at, last, limit)
    return [told(row) for row in rows]


async def many(tx: Transaction, wanted: Sequence[MediaId]) -> dict[MediaId, Media]:
    """Those of these files that the viewer of `tx` may see."""
    return {row["id"]: told(row) for row in await tx.fetch(_SQL["many"], wanted)}


def told(row: Row) -> Media:
    """A row as its owner sees it."""
    found = row["quality"]
    return Media(
        row["id"],
        MediaKind(row["kind"]),
        row["content_type"],
        row["bytes"],
        row["sha256"].hex(),
        row["state"],
        row["captured_at"],
        row["created_at"],
        row["stored_at"],
        row["refusal"],
        None if found is None else qualities.told(msgspec.convert(found, qualities.Kept)),
    )


REFUSALS: tuple[type[Roadpulse], ...] = (
    errors.MediaEmpty,
    errors.MediaHashDiffers,
    errors.MediaInfected,
    errors.MediaTooLarge,
    errors.MediaTooSmall,
    errors.MediaTruncated,
    errors.MediaUnknown,
    errors.MediaUnreadable,
    errors.UploadExpired,
    errors.UploadFragmented,
)
"""for which a file is not kept"""


def refusal(code: str, detail: str = "") -> Roadpulse:
    """The error for which a file was not kept, by its code."""
    found = next((each for each in REFUSALS if each.code == code), errors.MediaUnreadable)
    return found(detail)
