"""What models find in files: read once, kept, and told as soon as the file's quality is known."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from ml.findings import Kind, Quality
from monitor import metrics
from monitor.errors import MediaInfected, MediaUnreadable, ReaderLost, ReaderSlow, Unavailable
from monitor.garage import media, qualities
from monitor.garage.copies import Copies
from monitor.garage.failures import GONE
from monitor.garage.incoming import clear
from monitor.garage.qualities import Kept
from monitor.garage.results import ReadFile
from monitor.garage.scanning import Scanner
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
from monitor.work.inference import FileRefused, Readers
from monitor.work.jobs import Job

NO_SCANNER = Scanner("")
SOON_S = 0.05
"""Whoever reads how good a file is does not read faster: what follows sooner than that is told along with it."""
KEPT_AFTER_S = 0.05
"""A reading is written down when those who wait for it have had their turn; who dies before that reads it again."""
LINGERS_S = 1.0
"""how long a reading stays at hand: who looked into the database just before it was kept there asks here next"""

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
    keeping: asyncio.Task[None]
    """done when the reading is in the database as well"""
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
            keeping = asyncio.create_task(self._keep(reading, quality, file.id))
            flight = self._flights[file.id] = Flight(reading, keeping, quality)
            reading.add_done_callback(lambda _: quality.cancel())
            keeping.add_done_callback(lambda task: self._land(file.id, task))
        return flight

    @property
    def models(self) -> list[str]:
        """Those of today."""
        return list(self.readers.models.values())

    def _land(self, file: MediaId, task: asyncio.Task[None]) -> None:
        # A failure is looked at, so that one which nobody waits for any more is not reported as forgotten.
        if task.cancelled() or task.exception() is not None:
            del self._flights[file]
        else:
            asyncio.get_running_loop().call_later(LINGERS_S, self._flights.pop, file)

    async def _keep(self, reading: asyncio.Task[ReadFile], quality: "asyncio.Future[Kept]", file: MediaId) -> None:
        await asyncio.wait([quality])
        await asyncio.wait([reading], timeout=SOON_S)
        if not reading.done():
            with contextlib.suppress(Unavailable):  # said with the reading at the latest
                async with self.db.system() as tx:
                    await judge(tx, {file: quality.result()})
        read = await reading
        await asyncio.sleep(KEPT_AFTER_S)
        async with self.db.system() as tx:
            await judge(tx, {file: read.quality})
            await tx.execute(_SQL["keep"], read.media, read.model, read.quality, read.findings, read.took_ms)

    async def _read(self, file: File, quality: "asyncio.Future[Kept]", *, alone: bool) -> ReadFile:
        def judged(found: Quality) -> None:
            quality.set_result(qualities.kept(found))

        try:
            read = await self.readers.read(file.kind, lambda: self.fetch(file.id), alone=alone, on_quality=judged)
        except FileRefused as refused:
            await self.discard(file.id, refused.code)
            raise
        found = read.reading
        return ReadFile(
            file.id, file.kind, found.model, read.took_ms, qualities.kept(found.quality), list(found.findings)
        )

    async def fetch(self, file: MediaId) -> bytes:
        """The original, which the virus scanner let pass.

        Raises: FileRefused; Unavailable.
        """
        try:
            data = await self.objects.read(media.original(file))
            await self.scanner.scan(data)
        except ObjectMissing as error:
            raise FileRefused(await self._refusal(file), "the file is no longer there") from error
        except MediaInfected as error:
            raise FileRefused(error.code, error.title) from error
        return data

    async def _refusal(self, file: MediaId) -> str:
        """Why a file is no longer there: another reading may have refused it since this one was asked for."""
        async with self.db.system() as tx:
            return str(await tx.fetchval(_SQL["refusal"], file) or GONE)

    async def discard(self, file: MediaId, code: str) -> None:
        """The file is not kept after all, and nothing of it stays in the store."""
        async with self.db.system() as tx:
            await refuse(tx, file, code)
        await clear(self.objects, media.folder(file))


@dataclass(frozen=True, slots=True)
class Examining:
    """The job of a file that was just stored: say how good it is, and read it before anybody asks."""

    db: System
    library: Library
    copies: Copies

    async def do(self, job: Job) -> bool:
        async with self.db.system() as tx:
            row = await tx.fetchrow(_SQL["file"], UUID(job.subject), self.library.models)
            if row is None or row["is_read"]:
                # Deleted or refused, or a diagnosis came first.
                return await jobs.finish(tx, job)
        if row["kind"] == MediaKind.ATTACHMENT:
            return await self._look_at(MediaId(row["id"]), job)
        try:
            file = File(MediaId(row["id"]), Kind(row["kind"]))
            await asyncio.shield(self.library.read(file, alone=job.is_suspect).keeping)
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
                await judge(tx, {attachment: Kept([], msgspec.json.decode(said))})
        async with self.db.system() as tx:
            return await jobs.finish(tx, job)

    async def give_up(self, job: Job, failure: str) -> bool:
        async with self.db.system() as tx:
            if failure in {ReaderLost.code, ReaderSlow.code}:
                # It is the file: whoever reads it dies over it.
                await refuse(tx, MediaId(UUID(job.subject)), MediaUnreadable.code)
            return await jobs.park(tx, job, failure)


async def judge(tx: Transaction, judged: Mapping[MediaId, Kept]) -> None:
    """How good files are; their owner hears it of each, once."""
    if not judged:
        return
    rows = await tx.fetch(_SQL["judge"], list(judged), list(judged.values()))
    examined = [
        (AccountId(row["person"]), Examined(file, 1, file, MediaKind(row["kind"]), qualities.told(judged[file])))
        for row in rows
        for file in (MediaId(row["id"]),)
    ]
    await outbox.add(tx, [_happening(person, "media.examined", each) for person, each in examined])


async def refuse(tx: Transaction, file: MediaId, code: str) -> None:
    """The file is not kept after all, and its owner hears why, once."""
    row = await tx.fetchrow(_SQL["refuse"], file, code)
    if row is None:
        return
    metrics.uploads_refused.labels("examination", code).inc()
    error = msgspec.convert(envelope.problem(media.refusal(code)), Refusal)
    unfit = Unfit(file, 1, file, MediaKind(row["kind"]), error)
    await outbox.add(tx, [_happening(AccountId(row["person"]), "media.failed", unfit)])


def _happening(person: AccountId, event: str, data: object) -> Happening:
    return Happening(topics.me(person), event, data, person=person)


def known(row: Row) -> ReadFile:
    """What a model found in a file before."""
    parts = {name: row[name] for name in ("media", "kind", "model", "took_ms", "quality", "findings")}
    return msgspec.convert(parts, ReadFile)
