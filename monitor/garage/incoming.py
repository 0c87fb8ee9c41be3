"""One file on its way in: its pieces, what is made of them, and what is cleared away."""

import asyncio
import contextlib
import datetime
import hashlib
from collections.abc import AsyncIterator
from enum import StrEnum

from monitor import log, metrics
from monitor.errors import MediaHashDiffers, NotFound, Roadpulse, Unavailable, UploadFragmented
from monitor.garage import media
from monitor.store.db import Database
from monitor.store.objects import ObjectMissing, Objects
from monitor.store.queries import Shelf
from monitor.values import MediaId, Viewer
from monitor.work import jobs
from monitor.work.jobs import JobKind

PIECE_BYTES = 128 * 1024
"""one object of an unfinished file: half of `media_window`, so that the next is on its way while one is written"""
MOST_PIECES = 2000
"""a file of 25 MiB comes in 200; the rest is for links that break"""

_SQL = Shelf("media")
_log = log.Log(__name__)


class Door(StrEnum):
    """Where an upload comes in."""

    SOCKET = "socket"
    TUS = "tus"


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
        door: Door,
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
        self._door = door

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

    async def finish(self, rest: bytes = b"") -> None:
        """Makes one file of the pieces and of what follows them, and asks for its examination.

        Raises: MediaHashDiffers; what the upload failed for meanwhile; NotFound; Unavailable.
        """
        if self.is_stored:
            return
        assert self.kept + len(rest) == self.bytes
        try:
            async with self._composing:
                await self._objects.compose(media.original(self.media), self._parts(rest))
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
        self.kept = self.bytes
        metrics.uploads.labels(self._door.value, "stored").inc()
        metrics.upload_bytes.labels(self._door.value).inc(len(rest))
        _log.info("media_stored", media=self.media, bytes=self.bytes)

    async def tidy(self) -> None:
        """Clears away the pieces of a file that is whole; whoever waits for the file need not wait for this."""
        await clear(self._objects, media.pieces(self.media))

    async def fail(self, error: Roadpulse) -> None:
        """Ends the upload for good; nothing of it is kept."""
        async with self._db.viewing(self._viewer) as tx:
            await tx.execute(_SQL["refuse"], self.media, error.code)
        metrics.uploads_refused.labels(self._door.value, error.code).inc()
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
            metrics.upload_bytes.labels(self._door.value).inc(advanced - self.kept)
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

    async def _parts(self, rest: bytes) -> AsyncIterator[bytes]:
        digest = hashlib.sha256()
        offset = 0
        while offset < self.kept:
            piece = await self._objects.read(media.piece(self.media, offset))
            if not piece:
                raise MediaHashDiffers("a piece is lost")
            # A third of a millisecond for a piece: less than handing it to a thread would save.
            digest.update(piece)
            yield piece
            offset += len(piece)
        digest.update(rest)
        if offset + len(rest) != self.bytes or digest.digest() != self._hash:
            raise MediaHashDiffers
        if rest:
            yield rest


async def clear(objects: Objects, folder: str) -> None:
    """Deletes what nobody needs any more; what cannot be reached now is noted among the leftovers, and waits."""
    try:
        await objects.clear(folder)
    except Unavailable as error:
        _log.warning("media_not_cleared", folder=folder, reason=error.detail)
