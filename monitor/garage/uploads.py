"""Takes in files piece by piece, so that an upload that broke off anywhere goes on anywhere else."""

import asyncio
import datetime
from dataclasses import dataclass
from typing import Protocol

from monitor import log, metrics
from monitor.errors import (
    InvalidField,
    MediaQuotaSpent,
    MediaTooLarge,
    NotFound,
    TooManyUploads,
)
from monitor.garage import media
from monitor.garage.incoming import Door, Upload, clear
from monitor.settings import Settings
from monitor.store.db import Database, Transaction
from monitor.store.objects import Objects
from monitor.store.queries import Shelf
from monitor.values import AccountId, MediaId, MediaKind, Viewer

FIRST_CAPTURE = datetime.datetime(1990, 1, 1, tzinfo=datetime.UTC)
CLOCK_AHEAD = datetime.timedelta(days=2)
"""how far a phone's clock, or its zone, may be wrong"""

_COMPOSING = 4
"""files put together at once in a process; each takes up to 15 MB"""
_SQL = Shelf("media")
_log = log.Log(__name__)


class Offer(Protocol):
    """What is said of a file before it comes."""

    @property
    def kind(self) -> MediaKind: ...
    @property
    def content_type(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def captured_at(self) -> datetime.datetime | None: ...


@dataclass(frozen=True, slots=True)
class Begun:
    """Where an upload stands."""

    media: MediaId
    kept: int
    is_stored: bool


class Uploads:
    """The uploads of one process."""

    def __init__(self, db: Database, objects: Objects, settings: Settings) -> None:
        self._db = db
        self._objects = objects
        self._settings = settings
        self._composing = asyncio.Semaphore(_COMPOSING)

    async def begin(self, viewer: Viewer, offer: Offer, door: Door) -> Begun:
        """A new upload, or the one of the same file that broke off, or the file itself.

        Raises: MediaTooLarge, MediaQuotaSpent, TooManyUploads, InvalidField; Unavailable.
        """
        try:
            begun = await self._begin(viewer, offer)
        except (MediaTooLarge, MediaQuotaSpent, TooManyUploads, InvalidField) as error:
            metrics.uploads_refused.labels(door.value, error.code).inc()
            raise
        metrics.uploads.labels(door.value, "known" if begun.is_stored else "begun").inc()
        return begun

    async def _begin(self, viewer: Viewer, offer: Offer) -> Begun:
        self._check(offer)
        hashed = bytes.fromhex(offer.sha256)
        async with self._db.viewing(viewer) as tx:
            await tx.execute(_SQL["lock_person"], viewer.person)
            found = await tx.fetchrow(_SQL["same_file"], viewer.person, hashed, offer.bytes, offer.kind.value)
            if found is not None:
                await tx.execute(_SQL["touch"], found["id"])
                return Begun(MediaId(found["id"]), found["received"], found["state"] == media.State.STORED)
            await self._check_room(tx, viewer.person, offer.bytes)
            made = await tx.fetchval(
                _SQL["begin"],
                viewer.person,
                offer.kind.value,
                offer.content_type,
                offer.bytes,
                hashed,
                offer.captured_at,
            )
        return Begun(MediaId(made), 0, is_stored=False)

    async def resume(self, viewer: Viewer, wanted: MediaId, door: Door) -> Upload:
        """An upload of the viewer's as it stands.

        Raises: NotFound; UploadExpired, and for what else it failed; Unavailable.
        """
        async with self._db.viewing(viewer) as tx:
            row = await tx.fetchrow(_SQL["course"], wanted)
        if row is None:
            raise NotFound
        if row["state"] == media.State.FAILED:
            raise media.refusal(row["refusal"])
        upload = Upload(self._db, self._objects, viewer, wanted, row["bytes"], row["sha256"], self._composing, door)
        upload.kept = row["received"]
        upload.is_stored = row["state"] == media.State.STORED
        upload.expires_at = row["modified_at"] + datetime.timedelta(seconds=self._settings.media.unfinished_s)
        return upload

    async def delete(self, viewer: Viewer, unwanted: MediaId) -> None:
        """Forgets a file of the viewer's, whole or not, with everything made of it.

        Raises: NotFound; Unavailable.
        """
        async with self._db.viewing(viewer) as tx:
            if await tx.fetchval(_SQL["delete"], unwanted) is None:
                raise NotFound
        _log.info("media_deleted", media=unwanted)
        await clear(self._objects, media.folder(unwanted))

    def _check(self, offer: Offer) -> None:
        most = self._settings.limits.media_bytes
        if offer.bytes > most:
            raise MediaTooLarge(f"at most {most} bytes", members={"limit": most})
        at = offer.captured_at
        if at is not None and not _is_likely(at):
            raise InvalidField(faults=[("captured_at", "no time at which a phone took this")])

    async def _check_room(self, tx: Transaction, person: AccountId, wanted: int) -> None:
        given = self._settings.media
        held = await tx.fetchrow(_SQL["held"], person)
        if held["receiving"] >= given.unfinished:
            raise TooManyUploads(f"{given.unfinished} are unfinished", members={"limit": given.unfinished})
        if held["bytes"] + wanted > given.quota_bytes:
            raise MediaQuotaSpent(f"at most {given.quota_bytes} bytes", members={"limit": given.quota_bytes})


def _is_likely(at: datetime.datetime) -> bool:
    try:
        return FIRST_CAPTURE <= at <= datetime.datetime.now(datetime.UTC) + CLOCK_AHEAD
    except OverflowError:
        return False
