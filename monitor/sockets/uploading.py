"""The verbs `media` and `chunk`: files over a socket, credited as they are kept, resumed where they broke off."""

import asyncio
import contextlib
from typing import Protocol

from monitor import log, metrics
from monitor.errors import Internal, InvalidField, MediaTooLarge, Roadpulse, TooManyUploads, UnknownUpload
from monitor.garage.incoming import PIECE_BYTES, Door, Upload
from monitor.garage.uploads import Uploads
from monitor.values import MediaKind, Viewer
from monitor.wire import envelope
from monitor.wire.media import AlreadyStored, Chunk, Offer, Uploading

LEAVE_S = 5.0
"""for writing down what came before the socket ended"""

_log = log.Log(__name__)


class Speaker(Protocol):
    """A socket that can be told something."""

    def answer(self, message_id: int, verb: str, body: object) -> None: ...

    def control(self, event: str, **data: object) -> None: ...


class Inflow:
    """What came of one file and is not kept yet (pure): in order, without gaps, overlaps passed over."""

    def __init__(self, kept: int, size: int) -> None:
        self._start = kept
        self._size = size
        self._waiting = bytearray()
        self._is_gapped = False

    @property
    def end(self) -> int:
        """Where the next byte belongs."""
        return self._start + len(self._waiting)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def add(self, offset: int, data: bytes) -> bool:
        """Takes what is new of a chunk; False at the first chunk after a gap, whose sender must go back to `end`.

        Raises: InvalidField - no such place in the file; MediaTooLarge - it reaches beyond the declared size.
        """
        if offset >= self._size:
            raise InvalidField(faults=[("offset", f"the file has {self._size} bytes")])
        if offset + len(data) > self._size:
            raise MediaTooLarge(f"more than the {self._size} bytes that were declared")
        if offset > self.end:
            is_told, self._is_gapped = self._is_gapped, True
            return is_told
        self._is_gapped = False
        self._waiting += data[self.end - offset :]
        return True

    def head(self, most: int) -> bytes:
        """The oldest bytes, at most so many."""
        return bytes(self._waiting[:most])

    def kept(self, until: int) -> None:
        """Forgets what is kept by now; others may have kept more of this file than came here."""
        del self._waiting[: max(0, until - self._start)]
        self._start = max(self._start, until)


class Uploader:
    """The uploads of one socket."""

    def __init__(self, uploads: Uploads, most: int, window: int) -> None:
        self._uploads = uploads
        self._most = most
        self._window = window
        # Whoever has used up the window waits for a credit, so half of it must be enough for one.
        self._piece_bytes = max(1, min(PIECE_BYTES, window // 2))
        self._active: dict[int, _Course] = {}
        self._last = 0

    async def begin(self, socket: Speaker, message_id: int, offer: Offer, viewer: Viewer) -> None:
        """Answers where to go on; what is not there yet is expected from now on, once however often it is offered.

        Raises: TooManyUploads, and what `Uploads.begin` refuses.
        """
        wanted = (offer.kind, offer.bytes, offer.sha256)
        for course in self._active.values():
            if course.offered == wanted and not course.is_stored:
                socket.answer(message_id, "media", course.said())
                return
        if len(self._active) >= self._most:
            metrics.uploads_refused.labels(Door.SOCKET.value, TooManyUploads.code).inc()
            raise TooManyUploads(members={"limit": self._most})
        begun = await self._uploads.begin(viewer, offer, Door.SOCKET)
        if begun.is_stored:
            socket.answer(message_id, "media", AlreadyStored(begun.media))
            return
        upload = await self._uploads.resume(viewer, begun.media, Door.SOCKET)
        self._last += 1
        course = _Course(socket, self._last, upload, self._piece_bytes, self._active, wanted)
        socket.answer(message_id, "media", course.said())
        self._active[self._last] = course

    def take(self, chunk: Chunk) -> None:
        """Takes a chunk; of an upload that is over it is passed over, since its sender could not know.

        Raises: UnknownUpload, InvalidField.
        """
        if not chunk.data:
            raise InvalidField(faults=[("data", "a chunk has at least one byte")])
        if not 0 < chunk.upload <= self._last:
            raise UnknownUpload
        if chunk.upload in self._active:
            self._active[chunk.upload].take(chunk)

    async def room(self) -> None:
        """Returns when what waits of each file is below the window: a slow disk slows the phone."""
        while full := [course for course in self._active.values() if course.waiting >= self._window]:
            await full[0].changed()

    async def leave(self) -> None:
        """Keeps what came, within a limit of time, and ends."""
        courses = list(self._active.values())
        for course in courses:
            course.hurry()
        try:
            if courses:
                await asyncio.wait([course.task for course in courses], timeout=LEAVE_S)
        finally:
            # Whoever is cancelled here, as at the end of a server that has no more time, leaves nobody at work.
            for course in courses:
                course.task.cancel()
            await asyncio.gather(*(course.task for course in courses), return_exceptions=True)


class _Course:
    """One upload under way, and the task that keeps it."""

    def __init__(
        self,
        socket: Speaker,
        number: int,
        upload: Upload,
        piece_bytes: int,
        active: "dict[int, _Course]",
        offered: tuple[MediaKind, int, str],
    ) -> None:
        self.offered = offered
        self._socket = socket
        self._number = number
        self._upload = upload
        self._piece_bytes = piece_bytes
        self._active = active
        self._inflow = Inflow(upload.kept, upload.bytes)
        self._came = asyncio.Event()
        self._went = asyncio.Event()
        self._is_hurried = False
        self._refusal: Roadpulse | None = None
        self.task = asyncio.create_task(self._run())

    @property
    def waiting(self) -> int:
        return self._inflow.waiting

    @property
    def is_stored(self) -> bool:
        """Whole and kept; what is left is tidying up."""
        return self._upload.is_stored

    def said(self) -> Uploading:
        """Where its sender goes on."""
        return Uploading(self._upload.media, self._number, self._inflow.end)

    def take(self, chunk: Chunk) -> None:
        """Raises: InvalidField."""
        try:
            if not self._inflow.add(chunk.offset, chunk.data):
                self._socket.control("media.offset", upload=self._number, offset=self._inflow.end)
        except MediaTooLarge as error:
            self._refusal = error
        self._came.set()

    def hurry(self) -> None:
        """Keep what is there, and end."""
        self._is_hurried = True
        self._came.set()

    async def changed(self) -> None:
        """Returns when something was kept or the upload is over."""
        self._went.clear()
        await self._went.wait()

    async def _run(self) -> None:
        try:
            await self._receive()
        except Roadpulse as error:
            self._socket.control("media.failed", upload=self._number, error=envelope.problem(error))
        except Exception as error:  # the door of an upload's frames
            _log.error("upload_broke", error=error, media=self._upload.media)
            self._socket.control("media.failed", upload=self._number, error=envelope.problem(Internal()))
        finally:
            del self._active[self._number]
            self._went.set()

    async def _receive(self) -> None:
        upload = self._upload
        while not upload.is_whole:
            await self._enough()
            if self._refusal is not None:
                with contextlib.suppress(Roadpulse):
                    await upload.fail(self._refusal)
                raise self._refusal
            if not self._inflow.waiting:
                return
            if self._inflow.end == upload.bytes and self._inflow.waiting <= self._piece_bytes:
                # The last piece need not be kept apart: the file is made with it.
                break
            await upload.keep(self._inflow.head(self._piece_bytes))
            self._credit()
        await upload.finish(self._inflow.head(upload.bytes - upload.kept))
        self._credit()
        self._socket.control("media.stored", upload=self._number, media=str(upload.media))
        await upload.tidy()

    def _credit(self) -> None:
        self._inflow.kept(self._upload.kept)
        self._went.set()
        self._socket.control("media.offset", upload=self._number, offset=self._upload.kept)

    async def _enough(self) -> None:
        """Returns when a whole piece is there, or the file's end, or there is no more time."""
        while not (
            self._is_hurried
            or self._refusal is not None
            or self._inflow.waiting >= self._piece_bytes
            or self._inflow.end >= self._upload.bytes
        ):
            self._came.clear()
            await self._came.wait()
