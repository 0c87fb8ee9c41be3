"""The job of a diagnosis: read its files, understand its words, reason, and end it in exactly one result or failure."""

import asyncio
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from ml.findings import Kind
from ml.knowledge import Knowledge
from ml.knowledge.entries import Fuel, Gearbox, Text
from monitor.errors import Internal, ReaderLost, ReaderSlow
from monitor.garage import causes, diagnoses, experience, learning, media, qualities, readings, results
from monitor.garage.beliefs import Calibration, believe
from monitor.garage.evidence import Case, Observation, Vehicle, from_readings
from monitor.garage.experience import Tally
from monitor.garage.failures import GONE
from monitor.garage.histories import Found, Past
from monitor.garage.qualities import Kept
from monitor.garage.readings import SOON_S, File, Flight, Library
from monitor.garage.results import CodeRead, Evidence, Heard, ReadFile, Unread
from monitor.store.db import Row, System, Transaction, forgo_durability
from monitor.store.queries import Shelf
from monitor.values import AccountId, DiagnosisId, MediaId, MediaKind
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
    version: int
    person: AccountId
    description: str
    symptoms: list[str]
    codes: list[str]
    vehicle: Vehicle
    history: list[Past]
    """what earlier diagnoses of the car turned out to be"""
    experience: list[Tally]
    """how causes turned out in all cars"""
    files: list[File]
    """those to be read, in their order"""
    unfit: list[Unread]
    """those that were not kept after all"""
    known: dict[MediaId, ReadFile]
    """what was read of them before"""
    judged: dict[MediaId, Kept]
    """how good they are, as far as that is known; grows"""

    @property
    def unread(self) -> list[File]:
        return [file for file in self.files if file.id not in self.known]

    @property
    def has_words(self) -> bool:
        return bool(self.description.strip() or self.symptoms or self.codes)


@dataclass(frozen=True, slots=True)
class Diagnosing:
    """Makes diagnoses, one job each."""

    db: System
    library: Library
    knowledge: Knowledge
    understand: Understand

    async def do(self, job: Job) -> bool:
        begun = await self._begin(DiagnosisId(int(job.subject)))
        if begun is None:
            async with self.db.system() as tx:
                return await jobs.finish(tx, job)
        # A long text takes a tenth of a second, in which heart must beat.
        words = asyncio.to_thread(self.understand, begun.description, begun.symptoms, begun.codes)
        (read, unread), said = await asyncio.gather(self._read(begun, job), words)
        if not read and not begun.has_words:
            async with self.db.system() as tx:
                await _fail(tx, begun.id, unread[0].code if unread else GONE)
                return await jobs.finish(tx, job)
        if begun.files:
            # Of words alone the result is as quick as word of it.
            begun.judged.update({MediaId(each.media): each.quality for each in read})
            await self._advance(begun, "reasoning")
        page, evidence = self._reason(begun, read, unread, said)
        async with self.db.system() as tx:
            # How good a file is goes ahead of what it comes to, if nobody had the time to say it before.
            await readings.judge(
                tx, {MediaId(each.media): each.quality for each in read if each.media not in begun.known}
            )
            # Of two workers with one diagnosis, since one was thought dead, the first to come here ends it.
            if await tx.fetchval(_SQL["conclude"], begun.id, page, evidence) is not None:
                await diagnoses.tell(tx, begun.person, diagnoses.CONCLUDED, await diagnoses.find(tx, begun.id))
            return await jobs.finish(tx, job)

    async def give_up(self, job: Job, failure: str) -> bool:
        async with self.db.system() as tx:
            if not await jobs.park(tx, job, failure):
                return False
            await _fail(tx, DiagnosisId(int(job.subject)), failure)
            return True

    async def _begin(self, diagnosis: DiagnosisId) -> Begun | None:
        """Everything it is made from; None where it has ended already, or is no more."""
        async with self.db.system() as tx:
            row = await tx.fetchrow(_SQL["begin"], diagnosis)
            if row is None:
                return None
            told = [] if row["vehicle"] is None else await tx.fetch(_SQL["history"], row["vehicle"], diagnosis)
            files = await tx.fetch(_SQL["files"], diagnosis, self.library.models)
            begun = _begun(row, told, await learning.learnt(tx), files)
            if begun.unread:
                await _tell_progress(tx, begun, begun.version, "quality")
            else:
                # Nothing is told of it: a beginning that is lost with the database's machine is begun again.
                await forgo_durability(tx, once=True)
        return begun

    async def _read(self, begun: Begun, job: Job) -> tuple[list[ReadFile], list[Unread]]:
        """Every file's reading, told of as each one's quality is known, and the files that have none.

        Raises: ReaderLost, ReaderSlow, Internal - before the last try; Unavailable.
        """
        flights = {file.id: self.library.read(file, alone=job.is_suspect) for file in begun.unread}
        telling = asyncio.create_task(self._tell_qualities(begun, flights))
        try:
            # Others may wait for the same files: whoever is cancelled here does not end their reading.
            found = await asyncio.gather(
                *(asyncio.shield(flight.reading) for flight in flights.values()), return_exceptions=True
            )
            await telling
        finally:
            telling.cancel()
        outcomes = begun.known | dict(zip(flights, found, strict=True))
        read, unread = [], list(begun.unfit)
        for file in begun.files:
            outcome = outcomes[file.id]
            if isinstance(outcome, ReadFile):
                read.append(outcome)
            else:
                unread.append(Unread(file.id, MediaKind(file.kind.value), _why_unread(outcome, job)))
        return read, unread

    async def _tell_qualities(self, begun: Begun, flights: Mapping[MediaId, Flight]) -> None:
        wanted = {flight.quality: file for file, flight in flights.items() if file not in begun.judged}
        while wanted:
            done, _ = await asyncio.wait(wanted, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                file = wanted.pop(each)
                if not each.cancelled():
                    begun.judged[file] = each.result()
            _, reading = await asyncio.wait([flight.reading for flight in flights.values()], timeout=SOON_S)
            if not reading:
                return
            await self._advance(begun, "quality" if wanted else "reading")

    async def _advance(self, begun: Begun, stage: wire.Stage) -> None:
        """Tells how far it is, unless another worker has ended it."""
        async with self.db.system() as tx:
            version = await tx.fetchval(_SQL["advance"], begun.id, stage)
            if version is not None:
                await _tell_progress(tx, begun, version, stage)

    def _reason(
        self, begun: Begun, read: Sequence[ReadFile], unread: Sequence[Unread], words: Words
    ) -> tuple[Result, Evidence]:
        heard = [Heard(each.evidence, each.confidence, each.is_present, each.words) for each in words.mentions]
        codes = [CodeRead(each.code, each.family, results.text(each.meaning), each.is_generic) for each in words.codes]
        observations = [
            *from_readings((each.reading for each in read), self.knowledge),
            *(Observation(each.evidence, each.confidence, each.is_present) for each in heard),
            *(Observation(f"code:{each.family}", 1.0) for each in codes if each.family is not None),
        ]
        alone = Case(tuple(observations), {}, begun.vehicle, tuple(begun.history))
        expected = experience.expected(believe(alone, self.knowledge, Calibration()).probabilities)
        evidence = Evidence(observations, begun.vehicle, begun.history, begun.experience, expected)
        case = evidence.case({})
        told = results.told(read, unread, heard, codes, self.knowledge)
        return results.page(told, causes.conclude(case, self.knowledge), case, self.knowledge), evidence


async def _tell_progress(tx: Transaction, begun: Begun, version: int, stage: wire.Stage) -> None:
    judged = {str(file): wire.QualityTold(qualities.told(quality)) for file, quality in begun.judged.items()}
    progress = wire.Progress(begun.id, version, begun.id, "working", stage, judged)
    await diagnoses.tell(tx, begun.person, diagnoses.PROGRESS, progress)


async def _fail(tx: Transaction, diagnosis: DiagnosisId, code: str) -> None:
    """Ends it without a result, if it has not ended, and tells its owner why."""
    person = await tx.fetchval(_SQL["fail"], diagnosis, code)
    if person is not None:
        await diagnoses.tell(tx, AccountId(person), diagnoses.FAILED, await diagnoses.find(tx, diagnosis))


def _why_unread(outcome: BaseException, job: Job) -> str:
    """The reason's code; a fault that may not be the file's is raised, to be tried again as long as that is allowed."""
    if isinstance(outcome, FileRefused):
        return outcome.code
    if isinstance(outcome, ReaderLost | ReaderSlow | Internal) and job.is_last_try:
        return outcome.code
    raise outcome


def _begun(row: Row, told: Sequence[Row], tallies: list[Tally], files: Sequence[Row]) -> Begun:
    kept = [file for file in files if file["state"] == media.State.STORED]
    return Begun(
        id=DiagnosisId(row["id"]),
        version=row["version"],
        person=AccountId(row["person"]),
        description=row["description"],
        symptoms=row["symptoms"],
        codes=row["codes"],
        vehicle=_vehicle(row),
        history=[past for outcome in told for past in _past(outcome)],
        experience=tallies,
        files=[File(MediaId(file["media"]), Kind(file["kind"])) for file in kept if file["kind"] in set(Kind)],
        unfit=[
            Unread(file["media"], MediaKind(file["kind"]), file["refusal"] or GONE)
            for file in files
            if file not in kept
        ],
        known={MediaId(file["media"]): readings.known(file) for file in kept if file["model"] is not None},
        judged={MediaId(file["media"]): msgspec.convert(file["judged"], Kept) for file in kept if file["judged"]},
    )


def _vehicle(row: Row) -> Vehicle:
    """Of no car nothing is known."""
    year, this_year = row["year"], datetime.datetime.now(datetime.UTC).year
    return Vehicle(
        fuel=None if row["fuel"] is None else Fuel(row["fuel"]),
        gearbox=None if row["gearbox"] is None else Gearbox(row["gearbox"]),
        age_years=None if year is None else float(max(0, this_year - year)),
        odometer_km=None if row["odometer_km"] is None else float(row["odometer_km"]),
    )


def _past(outcome: Row) -> Iterator[Past]:
    """What one told outcome says of causes: of the one it was, and of the one that we had thought it was."""
    suspected, told_at = outcome["suspected"], outcome["told_at"]
    when = told_at.date(), (datetime.datetime.now(datetime.UTC) - told_at) / datetime.timedelta(days=1)
    confirmed = outcome["cause"] or (suspected if outcome["was_right"] else None)
    if confirmed is not None:
        found = {None: Found.CONFIRMED, True: Found.REPAIRED, False: Found.UNREPAIRED}[outcome["repaired"]]
        yield Past(confirmed, found, *when)
    if outcome["was_right"] is False and suspected not in (None, confirmed):
        yield Past(suspected, Found.REFUTED, *when)
