"""What models find in files: read once, kept, and told as soon as the file's quality is known."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from ml.findings import Kind, Quality
from monitor.errors import MediaInfected, MediaUnreadable, ReaderLost, ReaderSlow
from monitor.garage import media, qualities
from monitor.garage.copies import Copies
from monitor.garage.failures import GONE
from monitor.garage.qualities import Kept
from monitor.garage.results import ReadFile
from monitor.garage.scanning import Scanner
from monitor.garage.uploads import clear
from monitor.live import outbox, topics
from monitor.live.outbox import Happening
from monitor.store.db import Row, System, Transaction
from monitor.store.objects import ObjectMissing, Objects
from monitor.store.queries import Shelf
from monitor.values import AccountId, MediaId, MediaKind
from monitor.wire import envelope
from monitor.wire.media import Examined, Unfit
from monitor.wire.outbound import Refusal
from monitor.work import jobs
from monitor.work.handing import Read
from monitor.work.inference import FileRefused, Readers
from monitor.work.jobs import Job

NO_SCANNER = Scanner("")

_SQL = Shelf("readings")


@dataclass(frozen=True, slots=True)
class File:
    """A file that can be read."""

    id: MediaId
    kind: Kind


@dataclass(slots=True)
class Flight:
    """One file's reading under way, for everybody in this worker who waits for it."""

    reading: asyncio.Task[ReadFile]
    quality: asyncio.Future[Kept]
    """done with the reading at the latest; cancelled where there is none"""


@dataclass(slots=True)
class Library:
    """The readings of one worker: a file that two jobs ask for at once is read once."""

    db: System
    objects: Objects
    readers: Readers
    scanner: Scanner = NO_SCANNER
    _flights: dict[MediaId, Flight] = field(default_factory=dict)

    def read(self, file: File, *, alone: bool) -> Flight:
        """The file's reading; awaiting it raises FileRefused, ReaderLost, ReaderSlow, Internal, Unavailable."""
        flight = self._flights.get(file.id)
        if flight is None:
            quality: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
            reading = asyncio.create_task(self._read(file, quality, alone=alone))
            flight = self._flights[file.id] = Flight(reading, quality)
            reading.add_done_callback(lambda task: self._land(file.id, flight, task))
        return flight

    async def known(self, tx: Transaction, files: Sequence[MediaId]) -> dict[MediaId, ReadFile]:
        """What the models of today found in these files before."""
        rows = await tx.fetch(_SQL["known"], list(files), list(self.readers.models.values()))
        return {MediaId(row["media"]): _read_file(row) for row in rows}

    def _land(self, file: MediaId, flight: Flight, task: asyncio.Task[ReadFile]) -> None:
        del self._flights[file]
        flight.quality.cancel()
        if not task.cancelled():
            # Looked at, so that a failure which nobody waits for any more is not reported as forgotten.
            task.exception()

    async def _read(self, file: File, quality: "asyncio.Future[Kept]", *, alone: bool) -> ReadFile:
        async with self.db.system() as tx:
            known = await self.known(tx, [file.id])
        if file.id in known:
            return known[file.id]
        telling: list[asyncio.Task[None]] = []

        def judged(found: Quality) -> None:
            quality.set_result(qualities.kept(found))
            telling.append(asyncio.create_task(self._tell_quality(file, qualities.kept(found))))

        try:
            read = await self.readers.read(file.kind, lambda: self.fetch(file.id), alone=alone, on_quality=judged)
            for told in telling:
                await told
        except FileRefused as refused:
            await self.discard(file.id, refused.code)
            raise
        finally:
            await asyncio.gather(*telling, return_exceptions=True)
        kept = _kept(file, read)
        async with self.db.system() as tx:
            await tx.execute(_SQL["keep"], file.id, kept.model, kept.quality, kept.findings, kept.took_ms)
        return kept

    async def fetch(self, file: MediaId) -> bytes:
        """The original, which the virus scanner let pass.

        Raises: FileRefused; Unavailable.
        """
        try:
            data = await self.objects.read(media.original(file))
            await self.scanner.scan(data)
        except ObjectMissing as error:
            raise FileRefused(GONE, "the file is no longer there") from error
        except MediaInfected as error:
            raise FileRefused(error.code, error.title) from error
        return data

    async def discard(self, file: MediaId, code: str) -> None:
        """The file is not kept after all, and nothing of it stays in the store."""
        async with self.db.system() as tx:
            await refuse(tx, file, code)
        await clear(self.objects, media.folder(file))

    async def _tell_quality(self, file: File, quality: Kept) -> None:
        async with self.db.system() as tx:
            await judge(tx, file.id, quality)


@dataclass(frozen=True, slots=True)
class Examining:
    """The job of a file that was just stored: say how good it is, and read it before anybody asks."""

    db: System
    library: Library
    copies: Copies

    async def do(self, job: Job) -> bool:
        async with self.db.system() as tx:
            row = await tx.fetchrow(_SQL["file"], UUID(job.subject))
            if row is None:
                # Deleted or refused.
                return await jobs.finish(tx, job)
        if row["kind"] == MediaKind.ATTACHMENT:
            return await self._look_at(MediaId(row["id"]), job)
        try:
            file = File(MediaId(row["id"]), Kind(row["kind"]))
            await asyncio.shield(self.library.read(file, alone=job.is_suspect).reading)
        except FileRefused:
            pass  # told already
        async with self.db.system() as tx:
            return await jobs.finish(tx, job)

    async def _look_at(self, attachment: MediaId, job: Job) -> bool:
        """No model reads it: it must be what it may be, picture, video or document, and nothing more is asked."""
        try:
            said = await self.copies.make(await self.library.fetch(attachment), "attachment")
        except FileRefused as refused:
            await self.library.discard(attachment, refused.code)
        except media.REFUSALS as refused:
            await self.library.discard(attachment, refused.code)
        else:
            async with self.db.system() as tx:
                await judge(tx, attachment, Kept([], msgspec.json.decode(said)))
        async with self.db.system() as tx:
            return await jobs.finish(tx, job)

    async def give_up(self, job: Job, failure: str) -> bool:
        async with self.db.system() as tx:
            if failure in {ReaderLost.code, ReaderSlow.code}:
                # It is the file: whoever reads it dies over it.
                await refuse(tx, MediaId(UUID(job.subject)), MediaUnreadable.code)
            return await jobs.park(tx, job, failure)


async def judge(tx: Transaction, file: MediaId, quality: Kept) -> None:
    """How good the file is; its owner hears it, once."""
    row = await tx.fetchrow(_SQL["judge"], file, quality)
    if row is None:
        return
    examined = Examined(file, 1, file, MediaKind(row["kind"]), qualities.told(quality))
    await outbox.add(tx, [_happening(AccountId(row["person"]), "media.examined", examined)])


async def refuse(tx: Transaction, file: MediaId, code: str) -> None:
    """The file is not kept after all, and its owner hears why, once."""
    row = await tx.fetchrow(_SQL["refuse"], file, code)
    if row is None:
        return
    error = msgspec.convert(envelope.problem(media.refusal(code)), Refusal)
    unfit = Unfit(file, 1, file, MediaKind(row["kind"]), error)
    await outbox.add(tx, [_happening(AccountId(row["person"]), "media.failed", unfit)])


def _happening(person: AccountId, event: str, data: object) -> Happening:
    return Happening(topics.me(person), event, data, person=person)


def _kept(file: File, read: Read) -> ReadFile:
    found = read.reading
    return ReadFile(file.id, file.kind, found.model, read.took_ms, qualities.kept(found.quality), list(found.findings))


def _read_file(row: Row) -> ReadFile:
    parts = {name: row[name] for name in ("media", "kind", "model", "took_ms", "quality", "findings")}
    return msgspec.convert(parts, ReadFile)
