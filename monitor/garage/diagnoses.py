"""Diagnoses as their owners deal with them: opened, looked at, answered, and told what it was in the end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ml.knowledge import Knowledge
from monitor.errors import Conflict, InvalidField, NotFound, TooBusy, TooManyDiagnoses
from monitor.garage import causes, failures, media, results, vehicles
from monitor.garage.evidence import Answer
from monitor.garage.results import Evidence
from monitor.live import outbox, topics
from monitor.live.outbox import Happening
from monitor.settings import Work
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import AccountId, DiagnosisId, MediaKind, VehicleId, Viewer
from monitor.wire import garage as wire
from monitor.wire.media import Media
from monitor.wire.results import Result
from monitor.work import jobs
from monitor.work.jobs import JobKind

CONCLUDED, PROGRESS, FAILED = "diagnosis.concluded", "diagnosis.progress", "diagnosis.failed"
"""what is told on `me`"""
RETRY_MS = 5000
"""a reader does some photos in this time"""
_SQL = Shelf("diagnoses")


async def open_(db: Database, viewer: Viewer, given: wire.Diagnose, knowledge: Knowledge, limits: Work) -> DiagnosisId:
    """Opens a diagnosis and asks for its making, in one transaction.

    Raises: InvalidField - with a path; TooBusy - as much as can be done is waiting; TooManyDiagnoses.
    """
    files = list(dict.fromkeys(given.media))
    _check_words(given, knowledge)
    async with db.viewing(viewer) as tx:
        room = await tx.fetchrow(_SQL["room"], viewer.person, given.vehicle, limits.open_jobs)
        if room["jobs"] >= limits.open_jobs:
            raise TooBusy(members={"retry_after_ms": RETRY_MS})
        if room["diagnoses"] >= limits.open_diagnoses:
            raise TooManyDiagnoses(members={"limit": limits.open_diagnoses, "retry_after_ms": RETRY_MS})
        await _check_references(tx, given, has_vehicle=room["has_vehicle"])
        codes = [code.upper() for code in given.codes]
        opened: int = await tx.fetchval(
            _SQL["open"], viewer.person, given.vehicle, given.language, given.description, given.symptoms, codes
        )
        if files:
            await tx.execute(_SQL["attach"], opened, viewer.person, files)
        await jobs.enqueue(tx, JobKind.DIAGNOSE, str(opened))
    return DiagnosisId(opened)


async def one(db: Database, viewer: Viewer, wanted: DiagnosisId) -> wire.Diagnosis:
    """Raises: NotFound."""
    async with db.viewing(viewer) as tx:
        return await find(tx, wanted)


async def some(
    db: Database, viewer: Viewer, vehicle: VehicleId | None, before: int, limit: int, words: str | None = None
) -> list[wire.DiagnosisInShort]:
    """The viewer's, the newest first, of one car or of all; with `words`, those that say all of them."""
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(_SQL["some"], vehicle, before, limit, words)
        files = await _files(tx, [row["id"] for row in rows])
    return [_in_short(row, files.get(row["id"], [])) for row in rows]


async def answer(
    db: Database, viewer: Viewer, wanted: DiagnosisId, given: wire.NewAnswer, knowledge: Knowledge
) -> wire.Diagnosis:
    """Ranks the causes anew with one answer more; the owner's other screens hear of it.

    Raises: NotFound; InvalidField - no such question; Conflict - there is no result yet, and there may never be.
    """
    if given.question not in knowledge.questions:
        raise InvalidField(faults=[("question", "there is no such question")])
    async with db.viewing(viewer) as tx:
        # Two answers at once: the second one ranks with the first.
        await tx.fetchval(_SQL["lock"], wanted)
        row = await tx.fetchrow(_SQL["one"], wanted)
        if row is None:
            raise NotFound
        if row["result"] is None:
            raise Conflict("there is no result that an answer could rank anew")
        answers = {**row["answers"], given.question: given.answer}
        ranked = _ranked_anew(row, answers, knowledge)
        await tx.execute(_SQL["rank_anew"], wanted, answers, ranked)
        return await _concluded_anew(tx, viewer, wanted)


async def tell_outcome(
    db: Database, viewer: Viewer, wanted: DiagnosisId, given: wire.NewOutcome, knowledge: Knowledge
) -> wire.Diagnosis:
    """Keeps what it was in the end. Raises: NotFound; InvalidField - no such cause; Conflict - it has not concluded."""
    if given.cause is not None and given.cause not in knowledge.causes:
        raise InvalidField(faults=[("cause", "there is no such cause")])
    async with db.viewing(viewer) as tx:
        state = await tx.fetchval(_SQL["touch"], wanted)
        if state is None:
            raise NotFound
        if state != "concluded":
            raise Conflict("there is no result that could have been right")
        told = (given.was_right, given.cause, given.comment, given.repaired)
        await tx.execute(_SQL["tell_outcome"], wanted, viewer.person, *told)
        return await _concluded_anew(tx, viewer, wanted)


async def delete(db: Database, viewer: Viewer, wanted: DiagnosisId) -> None:
    """Forgets a diagnosis, whatever is under way; its files and its car stay. Raises: NotFound."""
    async with db.viewing(viewer) as tx:
        if await tx.fetchval(_SQL["delete"], wanted) is None:
            raise NotFound
        await outbox.supersede(tx, viewer.person, (CONCLUDED, PROGRESS, FAILED), str(wanted))


async def find(tx: Transaction, wanted: DiagnosisId) -> wire.Diagnosis:
    """A diagnosis as it stands, as far as `tx` may see it. Raises: NotFound."""
    row = await tx.fetchrow(_SQL["one"], wanted)
    if row is None:
        raise NotFound
    files = await _files(tx, [wanted])
    return wire.Diagnosis(
        **_common(row, files.get(wanted, [])),
        answers=row["answers"],
        result=None if row["result"] is None else msgspec.convert(row["result"], Result),
        interactions=msgspec.convert(row["interactions"], list[wire.Interaction]),
    )


async def tell(tx: Transaction, person: AccountId, event: str, data: wire.Diagnosis | wire.Progress) -> None:
    """What became of it, to be told after the commit; what was told before and not confirmed is not said again."""
    happening = Happening(topics.me(person), event, data, person=person)
    await outbox.replace(tx, happening, (CONCLUDED, PROGRESS, FAILED), str(data.id))


async def _concluded_anew(tx: Transaction, viewer: Viewer, wanted: DiagnosisId) -> wire.Diagnosis:
    found = await find(tx, wanted)
    await tell(tx, viewer.person, CONCLUDED, found)
    return found


def _check_words(given: wire.Diagnose, knowledge: Knowledge) -> None:
    faults = [
        (f"symptoms[{index}]", "there is no such symptom")
        for index, symptom in enumerate(given.symptoms)
        if symptom not in knowledge.symptoms
    ]
    if not (given.media or given.description.strip() or given.symptoms or given.codes):
        faults.append(("", "give at least one of media, description, symptoms and codes"))
    if faults:
        raise InvalidField(faults=faults)


async def _check_references(tx: Transaction, given: wire.Diagnose, *, has_vehicle: bool) -> None:
    """Whether car and files are the viewer's own and there; of a stranger's nothing else is said."""
    faults: list[tuple[str, str]] = []
    if given.vehicle is not None and not has_vehicle:
        faults.append(("vehicle", "there is no such car of yours"))
    rows = {row["id"]: row for row in await tx.fetch(_SQL["own_files"], given.media)} if given.media else {}
    for index, file in enumerate(given.media):
        if reason := _why_not(rows.get(file)):
            faults.append((f"media[{index}]", reason))
    has_words = bool(given.description.strip() or given.symptoms or given.codes)
    if not faults and not has_words and all(row["kind"] == MediaKind.ATTACHMENT for row in rows.values()):
        faults.append(("media", "attachments are kept, but not read: add a photo, a recording, words or codes"))
    if faults:
        raise InvalidField(faults=faults)


def _why_not(file: Row | None) -> str | None:
    if file is None:
        return "there is no such file of yours"
    if file["state"] == media.State.RECEIVING:
        return "not stored yet: it is still coming in"
    if file["state"] == media.State.FAILED:
        return f"not kept: {media.refusal(file['refusal']).title}"
    return None


def _ranked_anew(row: Row, answers: Mapping[str, str], knowledge: Knowledge) -> Result:
    former = msgspec.convert(row["result"], Result)
    evidence = msgspec.convert(row["evidence"], Evidence)
    case = evidence.case({question: Answer(said) for question, said in answers.items()})
    return results.page(results.told_again(former), causes.conclude(case, knowledge), case, knowledge)


async def _files(tx: Transaction, diagnoses: Sequence[int]) -> dict[int, list[Media]]:
    found: dict[int, list[Media]] = defaultdict(list)
    for row in await tx.fetch(_SQL["files"], diagnoses):
        found[row["diagnosis"]].append(media.told(row))
    return found


def _common(row: Row, files: list[Media]) -> dict[str, Any]:
    """What lists and single diagnoses both have."""
    plain = ("id", "version", "language", "description", "symptoms", "codes", "state", "stage")
    times = ("created_at", "started_at", "ended_at")
    return {
        **{column: row[column] for column in (*plain, *times)},
        "vehicle": None if row["vehicle_id"] is None else vehicles.shown(row, "vehicle_"),
        "media": files,
        "failure": None if row["failure"] is None else failures.failure(row["failure"]),
        "outcome": None if row["outcome_told_at"] is None else _outcome(row),
    }


def _outcome(row: Row) -> wire.Outcome:
    told = ("was_right", "cause", "comment", "repaired", "told_at")
    return wire.Outcome(**{part: row[f"outcome_{part}"] for part in told})


def _in_short(row: Row, files: list[Media]) -> wire.DiagnosisInShort:
    verdict = row["verdict"]
    in_short = None if verdict is None else msgspec.convert(verdict, wire.VerdictInShort)
    return wire.DiagnosisInShort(**_common(row, files), verdict=in_short)
