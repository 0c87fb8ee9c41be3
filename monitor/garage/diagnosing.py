"""The job of a diagnosis: read its files, understand its words, reason, and end it in exactly one result or failure."""

import asyncio
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from ml.findings import Kind
from ml.knowledge import Knowledge
from ml.knowledge.entries import Fuel, Gearbox, Text
from monitor.garage import causes, diagnoses, media, qualities, results
from monitor.garage.evidence import Observation, Vehicle, from_readings
from monitor.garage.failures import GONE
from monitor.garage.qualities import Kept
from monitor.garage.readings import File, Flight, Library
from monitor.garage.results import CodeRead, Evidence, Heard, ReadFile
from monitor.store.db import Row, System, Transaction
from monitor.store.queries import Shelf
from monitor.values import AccountId, DiagnosisId, MediaId
from monitor.wire import garage as wire
from monitor.wire.results import Result
from monitor.work import jobs
from monitor.work.inference import FileRefused
from monitor.work.jobs import Job

_SQL = Shelf("diagnosing")


class Mention(Protocol):
    """A sign that words name, or deny."""

    @property
    def evidence(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def is_present(self) -> bool: ...
    @property
    def words(self) -> str: ...


class Code(Protocol):
    """A trouble code among words."""

    @property
    def code(self) -> str: ...
    @property
    def family(self) -> str | None: ...
    @property
    def meaning(self) -> Text: ...
    @property
    def is_generic(self) -> bool: ...


class Words(Protocol):
    """What a driver's words come to."""

    @property
    def mentions(self) -> Sequence[Mention]: ...
    @property
    def codes(self) -> Sequence[Code]: ...


class Understand(Protocol):
    """Reads words, chips and codes; takes up to a tenth of a second of a core."""

    def __call__(self, description: str, symptoms: Iterable[str], given_codes: Iterable[str], /) -> Words: ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A diagnosis that this worker makes."""

    id: DiagnosisId
    person: AccountId
    description: str
    symptoms: list[str]
    codes: list[str]
    vehicle: Vehicle
    files: list[File]
    """those to be read, in their order"""
    known: dict[MediaId, ReadFile]
    """what was read of them before"""
    judged: dict[MediaId, Kept]
    """how good they are, as far as that is known; grows"""

    @property
    def unread(self) -> list[File]:
        return [file for file in self.files if file.id not in self.known]


@dataclass(frozen=True, slots=True)
class Diagnosing:
    """Makes diagnoses, one job each."""

    db: System
    library: Library
    knowledge: Knowledge
    understand: Understand

    async def do(self, job: Job) -> bool:
        diagnosis = DiagnosisId(int(job.subject))
        try:
            begun = await self._begin(diagnosis)
            if begun is not None:
                # A long text takes a tenth of a second, in which heart must beat.
                words = asyncio.to_thread(self.understand, begun.description, begun.symptoms, begun.codes)
                read, said = await asyncio.gather(self._read(begun, alone=job.is_suspect), words)
        except FileRefused as refused:
            async with self.db.system() as tx:
                await _fail(tx, diagnosis, refused.code)
                return await jobs.finish(tx, job)
        if begun is None:
            async with self.db.system() as tx:
                return await jobs.finish(tx, job)
        page, evidence = self._reason(begun, read, said)
        async with self.db.system() as tx:
            # Of two workers with one diagnosis, since one was thought dead, the first to come here ends it.
            if await tx.fetchval(_SQL["conclude"], diagnosis, page, evidence) is not None:
                await diagnoses.tell(tx, begun.person, diagnoses.CONCLUDED, await diagnoses.find(tx, diagnosis))
            return await jobs.finish(tx, job)

    async def give_up(self, job: Job, failure: str) -> bool:
        async with self.db.system() as tx:
            if not await jobs.park(tx, job, failure):
                return False
            await _fail(tx, DiagnosisId(int(job.subject)), failure)
            return True

    async def _begin(self, diagnosis: DiagnosisId) -> Begun | None:
        """Everything it is made from; None where it has ended already, or is no more.

        Raises: FileRefused - one of its files was not kept.
        """
        async with self.db.system() as tx:
            row = await tx.fetchrow(_SQL["begin"], diagnosis)
            if row is None:
                return None
            rows = await tx.fetch(_SQL["files"], diagnosis)
            for file in rows:
                if file["state"] != media.State.STORED:
                    raise FileRefused(file["refusal"] or GONE, "it was not kept")
            files = [File(MediaId(file["id"]), Kind(file["kind"])) for file in rows if file["kind"] in set(Kind)]
            begun = Begun(
                id=diagnosis,
                person=AccountId(row["person"]),
                description=row["description"],
                symptoms=row["symptoms"],
                codes=row["codes"],
                vehicle=_vehicle(await tx.fetchrow(_SQL["vehicle"], diagnosis)),
                files=files,
                known=await self.library.known(tx, [file.id for file in files]) if files else {},
                judged={
                    MediaId(file["id"]): msgspec.convert(file["quality"], Kept) for file in rows if file["quality"]
                },
            )
            if begun.unread:
                await _tell_progress(tx, begun)
        return begun

    async def _read(self, begun: Begun, *, alone: bool) -> list[ReadFile]:
        """Every file's reading, told of as each one's quality is known."""
        flights = {file.id: self.library.read(file, alone=alone) for file in begun.unread}
        telling = asyncio.create_task(self._tell_qualities(begun, flights))
        try:
            # Others may wait for the same files: whoever is cancelled here does not end their reading.
            found = await asyncio.gather(*(asyncio.shield(flight.reading) for flight in flights.values()))
        except BaseException:
            telling.cancel()
            raise
        await telling
        read = begun.known | {each.media: each for each in found}
        return [read[file.id] for file in begun.files]

    async def _tell_qualities(self, begun: Begun, flights: Mapping[MediaId, Flight]) -> None:
        wanted = {flight.quality: file for file, flight in flights.items() if file not in begun.judged}
        while wanted:
            done, _ = await asyncio.wait(wanted, return_when=asyncio.FIRST_COMPLETED)
            begun.judged.update({wanted.pop(each): each.result() for each in done if not each.cancelled()})
            for each in done & wanted.keys():
                del wanted[each]
            async with self.db.system() as tx:
                await _tell_progress(tx, begun)

    def _reason(self, begun: Begun, read: Sequence[ReadFile], words: Words) -> tuple[Result, Evidence]:
        heard = [Heard(each.evidence, each.confidence, each.is_present, each.words) for each in words.mentions]
        codes = [CodeRead(each.code, each.family, results.text(each.meaning), each.is_generic) for each in words.codes]
        observations = [
            *from_readings((each.reading for each in read), self.knowledge),
            *(Observation(each.evidence, each.confidence, each.is_present) for each in heard),
            *(Observation(f"code:{each.family}", 1.0) for each in codes if each.family is not None),
        ]
        evidence = Evidence(observations, begun.vehicle)
        case = evidence.case({})
        told = results.told(read, heard, codes, self.knowledge)
        return results.page(told, causes.conclude(case, self.knowledge), case, self.knowledge), evidence


async def _tell_progress(tx: Transaction, begun: Begun) -> None:
    stage: wire.Stage = "reading" if all(file.id in begun.judged for file in begun.unread) else "quality"
    version = await tx.fetchval(_SQL["advance"], begun.id, stage)
    if version is None:
        return
    qualities_told = {str(file): wire.QualityTold(qualities.told(quality)) for file, quality in begun.judged.items()}
    progress = wire.Progress(begun.id, version, begun.id, "working", stage, qualities_told)
    await diagnoses.tell(tx, begun.person, diagnoses.PROGRESS, progress)


async def _fail(tx: Transaction, diagnosis: DiagnosisId, code: str) -> None:
    """Ends it without a result, if it has not ended, and tells its owner why."""
    person = await tx.fetchval(_SQL["fail"], diagnosis, code)
    if person is not None:
        await diagnoses.tell(tx, AccountId(person), diagnoses.FAILED, await diagnoses.find(tx, diagnosis))


def _vehicle(row: Row | None) -> Vehicle:
    if row is None:
        return Vehicle()
    year, this_year = row["year"], datetime.datetime.now(datetime.UTC).year
    return Vehicle(
        fuel=None if row["fuel"] is None else Fuel(row["fuel"]),
        gearbox=None if row["gearbox"] is None else Gearbox(row["gearbox"]),
        age_years=None if year is None else float(max(0, this_year - year)),
        odometer_km=None if row["odometer_km"] is None else float(row["odometer_km"]),
    )
