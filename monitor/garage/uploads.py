"""Takes in files piece by piece, so that an upload that broke off anywhere goes on anywhere else."""

import asyncio
import contextlib
import datetime
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from monitor import log
from monitor.errors import (
    InvalidField,
    MediaHashDiffers,
    MediaQuotaSpent,
    MediaTooLarge,
    NotFound,
    Roadpulse,
    TooManyUploads,
    Unavailable,
    UploadFragmented,
)
from monitor.garage import media
from monitor.settings import Settings
from monitor.store.db import Database, Transaction
from monitor.store.objects import ObjectMissing, Objects
from monitor.store.queries import Shelf
from monitor.values import AccountId, MediaId, MediaKind, Viewer
from monitor.work import jobs
from monitor.work.jobs import JobKind

PIECE_BYTES = 128 * 1024
"""one object of an unfinished file: half of `media_window`, so that the next is on its way while one is written"""
MOST_PIECES = 2000
"""a file of 25 MiB comes in 200; the rest is for links that break"""
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

    async def begin(self, viewer: Viewer, offer: Offer) -> Begun:
        """A new upload, or the one of the same file that broke off, or the file itself.

        Raises: MediaTooLarge, MediaQuotaSpent, TooManyUploads, InvalidField; Unavailable.
        """
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

    async def resume(self, viewer: Viewer, wanted: MediaId) -> "Upload":
        """An upload of the viewer's as it stands.

        Raises: NotFound; UploadExpired, and for what else it failed; Unavailable.
        """
        async with self._db.viewing(viewer) as tx:
            row = await tx.fetchrow(_SQL["course"], wanted)
        if row is None:
            raise NotFound
        if row["state"] == media.State.FAILED:
            raise media.refusal(row["refusal"])
        upload = Upload(self._db, self._objects, viewer, wanted, row["bytes"], row["sha256"], self._composing)
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


class Upload:
    """One file on its way in.

    Each piece is an object that nobody overwrites, named by the offset it begins at; so two senders of one file, or a
    killed server and its successor, build one chain of pieces, whoever was first at each offset.
    """

    def __init__(
        self,
        db: Database,
        objects: Objects,
        viewer: Viewer,
        wanted: MediaId,
        size: int,
        hashed: bytes,
        composing: asyncio.Semaphore,
    ) -> None:
        self.media = wanted
        self.bytes = size
        self.kept = 0
        """so many bytes are kept, whatever is killed now"""
        self.is_stored = False
        self.expires_at = datetime.datetime.max.replace(tzinfo=datetime.UTC)
        self._db = db
        self._objects = objects
        self._viewer = viewer
        self._hash = hashed
        self._composing = composing

    @property
    def is_whole(self) -> bool:
        return self.kept == self.bytes

    async def keep(self, data: bytes) -> None:
        """Keeps the bytes that follow what is kept, in pieces.

        Raises: UploadFragmented, and what the upload failed for meanwhile; NotFound; Unavailable.
        """
        end = self.kept + len(data)
        assert end <= self.bytes
        while self.kept < end:
            rest = data[len(data) - (end - self.kept) :]
            await self._keep_piece(rest[:PIECE_BYTES])

    async def finish(self) -> None:
        """Makes one file of the pieces, and asks for its examination.

        Raises: MediaHashDiffers; what the upload failed for meanwhile; NotFound; Unavailable.
        """
        if self.is_stored:
            return
        assert self.is_whole
        try:
            async with self._composing:
                await self._objects.compose(media.original(self.media), self._pieces())
        except MediaHashDiffers as error:
            await self.fail(error)
            raise
        except ObjectMissing as error:
            # Another sender has finished and cleared, or the pieces are lost.
            await self._look_up()
            if not self.is_stored:
                lost = MediaHashDiffers("a piece is lost")
                await self.fail(lost)
                raise lost from error
            return
        async with self._db.viewing(self._viewer) as tx:
            if await tx.fetchval(_SQL["store"], self.media) is not None:
                await jobs.enqueue(tx, JobKind.EXAMINE, str(self.media))
                self.is_stored = True
        if not self.is_stored:
            await self._look_up()
            return
        _log.info("media_stored", media=self.media, bytes=self.bytes)
        await clear(self._objects, media.pieces(self.media))

    async def fail(self, error: Roadpulse) -> None:
        """Ends the upload for good; nothing of it is kept."""
        async with self._db.viewing(self._viewer) as tx:
            await tx.execute(_SQL["refuse"], self.media, error.code)
        _log.info("media_refused", media=self.media, reason=error.code)
        await clear(self._objects, media.folder(self.media))

    async def _keep_piece(self, piece: bytes) -> None:
        name = media.piece(self.media, self.kept)
        length = len(piece)
        if not await self._objects.create(name, piece):
            with contextlib.suppress(ObjectMissing):
                length = await self._objects.size(name)
            if not 0 < length <= self.bytes - self.kept:
                # What a loss of power leaves of a file that was not yet on the disk.
                await self._objects.replace(name, piece)
                length = len(piece)
        async with self._db.viewing(self._viewer) as tx:
            advanced = await tx.fetchval(_SQL["advance"], self.media, self.kept, self.kept + length, MOST_PIECES)
        if advanced is not None:
            self.kept = advanced
            return
        before = self.kept
        pieces = await self._look_up()
        if self.kept == before and pieces >= MOST_PIECES:
            error = UploadFragmented(f"at most {MOST_PIECES} pieces")
            await self.fail(error)
            raise error

    async def _look_up(self) -> int:
        """Learns how far others have come with the same file; gives its pieces.

        Raises: NotFound; what it failed for.
        """
        async with self._db.viewing(self._viewer) as tx:
            row = await tx.fetchrow(_SQL["course"], self.media)
        if row is None:
            raise NotFound
        if row["state"] == media.State.FAILED:
            raise media.refusal(row["refusal"])
        self.kept = row["received"]
        self.is_stored = row["state"] == media.State.STORED
        return int(row["pieces"])

    async def _pieces(self) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        offset = 0
        while offset < self.bytes:
            piece = await self._objects.read(media.piece(self.media, offset))
            if not piece:
                raise MediaHashDiffers("a piece is lost")
            # A third of a millisecond for a piece: less than handing it to a thread would save.
            digest.update(piece)
            yield piece
            offset += len(piece)
        if offset != self.bytes or digest.digest() != self._hash:
            raise MediaHashDiffers


async def clear(objects: Objects, folder: str) -> None:
    """Deletes what nobody needs any more; what cannot be reached now is noted among the leftovers, and waits."""
    try:
        await objects.clear(folder)
    except Unavailable as error:
        _log.warning("media_not_cleared", folder=folder, reason=error.detail)


def _is_likely(at: datetime.datetime) -> bool:
    try:
        return FIRST_CAPTURE <= at <= datetime.datetime.now(datetime.UTC) + CLOCK_AHEAD
    except OverflowError:
        return False
