"""A diagnosis ends in exactly one result or failure, however often its job runs and whoever dies over it."""

import asyncio
import contextlib
from typing import Any

import asyncpg
import msgspec
import pytest

from ml.knowledge import load
from monitor.garage import diagnoses, vehicles
from monitor.garage.diagnosing import Diagnosing
from monitor.people import audit
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import DiagnosisId, MediaId, Viewer
from monitor.wire.garage import Diagnose, Diagnosis, NewAnswer, NewOutcome, NewVehicle
from monitor.wire.results import ReasonTold
from monitor.work import jobs
from monitor.work.inference import FileRefused
from monitor.work.jobs import Job
from tests.conftest import ConnectAs
from tests.garage.conftest import WORDS, ask
from tests.population import Population


@pytest.fixture
async def superuser(connect_as: ConnectAs) -> asyncpg.Connection:
    return await connect_as("superuser")


@pytest.fixture
async def waiting(db: Database, town: Population, settings: Settings) -> DiagnosisId:
    """Ada's."""
    return await ask(db, town.ada.viewer, settings)


async def take(db: Database, superuser: asyncpg.Connection) -> Job:
    """The one job, whoever had it before: as after the death of its worker."""
    await superuser.execute("UPDATE jobs SET due_at = now() - interval '1 minute'")
    async with db.system() as tx:
        (job,) = await jobs.take(tx, "worker", 10)
    return job


async def ends(superuser: asyncpg.Connection) -> list[asyncpg.Record]:
    """What Ada was told of the end of her diagnosis."""
    return await superuser.fetch("SELECT * FROM events WHERE event IN ('diagnosis.concluded', 'diagnosis.failed')")


async def test_job_that_runs_twice_at_once_has_one_result(
    db: Database, superuser: asyncpg.Connection, waiting: DiagnosisId, diagnosing: Diagnosing
) -> None:
    jobs_of_two = [await take(db, superuser) for _ in range(2)]
    await asyncio.gather(*(diagnosing.do(job) for job in jobs_of_two * 2))

    assert len(await ends(superuser)) == 1
    assert await superuser.fetchval("SELECT count(*) FROM jobs") == 0
    row = await superuser.fetchrow("SELECT state, starts FROM diagnoses WHERE id = $1", waiting)
    assert row["state"] == "concluded"


@pytest.mark.parametrize("statement", ["tell", "find", "finish"])
async def test_death_at_any_step_of_the_end_leaves_no_half_of_it(
    db: Database,
    superuser: asyncpg.Connection,
    waiting: DiagnosisId,
    diagnosing: Diagnosing,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
) -> None:
    """The worker's connection is cut in the middle of the last transaction, as by its death."""
    place: Any = {"tell": (diagnoses, "tell"), "find": (diagnoses, "find"), "finish": (jobs, "finish")}[statement]
    real = getattr(*place)

    async def cut(tx: Any, *rest: Any) -> Any:
        if diagnoses.PROGRESS not in rest:
            await superuser.execute("SELECT pg_terminate_backend($1)", tx.get_server_pid())
        return await real(tx, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(*place, cut)
        with pytest.raises(Exception, match=r"out of reach|connection|terminat"):
            await diagnosing.do(await take(db, superuser))
    assert await ends(superuser) == []
    assert await superuser.fetchval("SELECT state FROM diagnoses WHERE id = $1", waiting) == "working"

    assert await diagnosing.do(await take(db, superuser))
    assert len(await ends(superuser)) == 1


async def test_worker_that_was_thought_dead_does_not_end_it_again(
    db: Database, superuser: asyncpg.Connection, town: Population, waiting: DiagnosisId, diagnosing: Diagnosing
) -> None:
    late, second = await take(db, superuser), await take(db, superuser)
    assert await diagnosing.do(second)
    concluded = await diagnoses.one(db, town.ada.viewer, waiting)
    assert not await diagnosing.do(late)
    assert not await diagnosing.give_up(late, "internal")

    assert await diagnoses.one(db, town.ada.viewer, waiting) == concluded
    assert len(await ends(superuser)) == 1


async def test_given_up_diagnosis_fails_with_a_reason_and_may_be_asked_again(
    db: Database, superuser: asyncpg.Connection, town: Population, waiting: DiagnosisId, diagnosing: Diagnosing
) -> None:
    assert await diagnosing.give_up(await take(db, superuser), "worker_lost")

    (told,) = await ends(superuser)
    assert (told["event"], told["person"]) == ("diagnosis.failed", town.ada.identity.account)
    found = await diagnoses.one(db, town.ada.viewer, waiting)
    assert found.state == "failed"
    assert found.failure is not None
    assert (found.failure.code, found.failure.retry) == ("worker_lost", True)
    assert found.failure.text.en != found.failure.text.fr
    assert await superuser.fetchval("SELECT count(*) FROM jobs WHERE due_at IS NULL") == 1


async def test_answers_to_one_question_at_once_are_ranked_one_after_the_other(
    db: Database, superuser: asyncpg.Connection, town: Population, waiting: DiagnosisId, diagnosing: Diagnosing
) -> None:
    await diagnosing.do(await take(db, superuser))
    questions = list(load().questions)[:8]
    before = await diagnoses.one(db, town.ada.viewer, waiting)

    async def answer(question: str) -> Diagnosis:
        return await diagnoses.answer(db, town.ada.viewer, waiting, NewAnswer(question, "no"), load())

    after = await asyncio.gather(*map(answer, questions))
    last = await diagnoses.one(db, town.ada.viewer, waiting)
    assert sorted(each.version for each in after) == [before.version + n for n in range(1, 9)]
    assert last.answers == dict.fromkeys(questions, "no")
    assert len(await superuser.fetch("SELECT id FROM events WHERE confirmed_at IS NULL")) == 1, "newer words only"


async def test_trail_of_a_diagnosis_holds_no_word_of_it(
    db: Database, superuser: asyncpg.Connection, town: Population, waiting: DiagnosisId, diagnosing: Diagnosing
) -> None:
    await diagnosing.do(await take(db, superuser))
    await diagnoses.answer(db, town.ada.viewer, waiting, NewAnswer("engine_starts", "no"), load())
    await diagnoses.tell_outcome(db, town.ada.viewer, waiting, NewOutcome(was_right=True, comment=WORDS), load())
    await diagnoses.delete(db, town.ada.viewer, waiting)
    entries = await audit.some(db, town.admin.viewer, 2**62, 100, "diagnoses", str(waiting))
    outcomes = await audit.some(db, town.admin.viewer, 2**62, 100, "outcomes", str(waiting))

    trail = [(entry.action, entry.login, (entry.after or {}).get("state")) for entry in reversed(entries)]
    assert trail == [
        ("insert", "roadpulse_app", "queued"),
        ("update", "roadpulse_system", "working"),
        ("update", "roadpulse_system", "concluded"),
        ("update", "roadpulse_app", None),
        ("delete", "roadpulse_app", None),
    ]
    assert entries[1].after == {"answers": {"engine_starts": "no"}}
    assert [entry.action for entry in outcomes] == ["delete", "insert"]
    assert set(outcomes[1].after or {}) == {"diagnosis", "person", "told_at"}
    said = str([(entry.before, entry.after) for entry in [*entries, *outcomes]])
    assert WORDS not in said
    assert "verdict" not in said
    assert "P0301" not in said


@pytest.mark.parametrize(
    "shape",
    [
        "result = '[]'", "result = result - 'causes'", "result = jsonb_set(result, '{causes}', '{}')",
        "result = result - 'verdict'", "result = result - 'models'", "evidence = '[]'", "answers = '[]'",
    ],
)  # fmt: skip
async def test_database_keeps_no_result_that_nobody_could_read(
    db: Database, superuser: asyncpg.Connection, waiting: DiagnosisId, diagnosing: Diagnosing, shape: str
) -> None:
    await diagnosing.do(await take(db, superuser))
    with pytest.raises(asyncpg.CheckViolationError):
        await superuser.execute(f"UPDATE diagnoses SET {shape}")


async def concluded(
    db: Database, superuser: asyncpg.Connection, town: Population, settings: Settings, diagnosing: Diagnosing, car: int
) -> Diagnosis:
    """Ada's next diagnosis of this car, made."""
    asked = Diagnose(description=WORDS, vehicle=car)
    wanted = await diagnoses.open_(db, town.ada.viewer, asked, load(), settings.work)
    await diagnosing.do(await take(db, superuser))
    return await diagnoses.one(db, town.ada.viewer, wanted)


def past_of(found: Diagnosis) -> dict[str, ReasonTold]:
    """What is said of earlier diagnoses, by cause."""
    assert found.result is not None
    return {
        cause.id: reason
        for cause in found.result.causes
        for reason in (*cause.reasons_for, *cause.reasons_against)
        if reason.source == f"history:{cause.id}"
    }


async def test_outcome_told_of_a_car_is_evidence_in_its_next_diagnosis_alone(
    db: Database, superuser: asyncpg.Connection, town: Population, settings: Settings, diagnosing: Diagnosing
) -> None:
    mine, other = [(await vehicles.add(db, town.ada.viewer, NewVehicle(name))).id for name in ("mine", "other")]
    first = await concluded(db, superuser, town, settings, diagnosing, mine)
    assert first.result is not None
    assert past_of(first) == {}
    thought, was = (cause.id for cause in first.result.causes[:2])
    outcome = NewOutcome(was_right=False, cause=was, repaired=False)
    told = await diagnoses.tell_outcome(db, town.ada.viewer, DiagnosisId(first.id), outcome, load())
    assert told.outcome is not None
    assert told.outcome.repaired is False

    again = await concluded(db, superuser, town, settings, diagnosing, mine)
    elsewhere = await concluded(db, superuser, town, settings, diagnosing, other)
    answer = NewAnswer("engine_starts", "yes")
    ranked_anew = await diagnoses.answer(db, town.ada.viewer, DiagnosisId(again.id), answer, load())

    assert past_of(elsewhere) == {}
    for found in (again, ranked_anew):
        past = past_of(found)
        assert set(past) == {thought, was}
        assert past[thought].weight < 0 < past[was].weight
        assert "not repaired" in past[was].why.en


async def test_what_others_told_is_evidence_that_is_kept_and_never_part_of_what_was_expected(
    db: Database, superuser: asyncpg.Connection, town: Population, settings: Settings, diagnosing: Diagnosing
) -> None:
    car = (await vehicles.add(db, town.ada.viewer, NewVehicle("mine"))).id
    first = await concluded(db, superuser, town, settings, diagnosing, car)
    assert first.result is not None
    thought = first.result.causes[0].id
    await superuser.execute("INSERT INTO experience VALUES ($1, 40, 10, 30)", thought)

    again = await concluded(db, superuser, town, settings, diagnosing, car)

    assert again.result is not None
    [reason] = [each for each in again.result.causes[0].reasons_for if each.source == f"experience:{thought}"]
    assert "it was this for 30; we had expected 10" in reason.why.en
    assert again.result.causes[0].probability > first.result.causes[0].probability
    before, after = [
        msgspec.json.decode(row["evidence"])
        for row in await superuser.fetch("SELECT evidence FROM diagnoses ORDER BY id")
    ]
    assert before["expected"] == after["expected"]
    assert before["expected"][thought] == pytest.approx(first.result.causes[0].probability, abs=0.001)
    assert after["experience"] == [{"cause": thought, "voices": 40, "expected": 10.0, "confirmed": 30.0}]


async def test_page_on_which_no_cause_led_leaves_none_suspected(
    db: Database, superuser: asyncpg.Connection, town: Population, waiting: DiagnosisId, diagnosing: Diagnosing
) -> None:
    await diagnosing.do(await take(db, superuser))
    suspected = "SELECT suspected FROM outcomes WHERE diagnosis = $1"
    for unknown, led in ((0.0, True), (0.99, False)):
        await superuser.execute(
            f"UPDATE diagnoses SET result = jsonb_set(result, '{{unknown}}', '{unknown}') WHERE id = $1", waiting
        )
        await diagnoses.tell_outcome(db, town.ada.viewer, waiting, NewOutcome(was_right=True), load())

        assert (await superuser.fetchval(suspected, waiting) is not None) == led


TABLES = {
    "vehicles": "INSERT INTO vehicles (person, name) VALUES ($1, 'hers')",
    "diagnoses": "INSERT INTO diagnoses (person, language) VALUES ($1, 'en')",
    "interactions": "INSERT INTO interactions (diagnosis, person, what, item)"
    " SELECT max(id), $1, 'step', 'x' FROM diagnoses",
    "outcomes": "INSERT INTO outcomes (diagnosis, person) SELECT max(id), $1 FROM diagnoses",
    "diagnosis_media": "INSERT INTO diagnosis_media SELECT diagnosis, media, $1, position FROM diagnosis_media",
}


@pytest.mark.parametrize("table", [*TABLES, "readings"])
async def test_rows_are_their_persons_alone_whichever_login_one_has(
    db: Database,
    superuser: asyncpg.Connection,
    town: Population,
    waiting: DiagnosisId,
    connect_as: ConnectAs,
    table: str,
) -> None:
    ada = town.ada.identity.account
    media = await superuser.fetchval(
        "INSERT INTO media (person, kind, content_type, bytes, sha256) VALUES ($1, 'sound', 'audio/wav', 1, $2)"
        " RETURNING id",
        ada, bytes(32),
    )  # fmt: skip
    await superuser.execute("INSERT INTO vehicles (person, name) VALUES ($1, 'hers')", ada)
    await superuser.execute("INSERT INTO diagnosis_media VALUES ($1, $2, $3, 0)", waiting, media, ada)
    await superuser.execute("INSERT INTO outcomes (diagnosis, person) VALUES ($1, $2)", waiting, ada)
    await superuser.execute(
        "INSERT INTO interactions (diagnosis, person, what, item) VALUES ($1, $2, 'step', 'y')", waiting, ada
    )
    await superuser.execute(
        "INSERT INTO readings (media, model, person, quality, findings, took_ms) VALUES ($1, 'x-1', $2, '{}', '[]', 1)",
        media, ada,
    )  # fmt: skip
    people: list[Viewer] = [each.viewer for each in (town.ben, town.mechanic, town.mtn, town.analyst, town.admin)]

    async with db.viewing(town.ada.viewer) as tx:
        assert await tx.fetchval(f"SELECT count(*) FROM {table}") == 1
    async with db.stranger() as tx:
        assert await tx.fetchval(f"SELECT count(*) FROM {table}") == 0
    for viewer in people:
        async with db.viewing(viewer) as tx:
            assert await tx.fetchval(f"SELECT count(*) FROM {table}") == 0, viewer
        if table in TABLES:
            # Refused, or, where it would be copied out of what is not seen, without a row.
            with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
                async with db.viewing(viewer) as tx:
                    await tx.execute(TABLES[table], ada)
            assert await superuser.fetchval(f"SELECT count(*) FROM {table}") == 1, viewer
    analyst = await connect_as("analyst")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await analyst.fetch(f"SELECT * FROM {table}")


@pytest.mark.parametrize(("refusal", "said"), [("media_truncated", "media_truncated"), (None, "media_missing")])
async def test_file_that_went_meanwhile_is_unread_for_the_reason_it_went(
    superuser: asyncpg.Connection, town: Population, diagnosing: Diagnosing, refusal: str | None, said: str
) -> None:
    """Its examination refuses a file, and clears it away, while a diagnosis is about to read it."""
    media = await superuser.fetchval(
        "INSERT INTO media (person, kind, content_type, bytes, sha256) VALUES ($1, 'sound', 'audio/wav', 1, $2)"
        " RETURNING id",
        town.ada.viewer.person, bytes(32),
    )  # fmt: skip
    if refusal is not None:
        await superuser.execute("UPDATE media SET state = 'failed', refusal = $2 WHERE id = $1", media, refusal)

    with pytest.raises(FileRefused) as refused:
        await diagnosing.library.fetch(MediaId(media))
    assert refused.value.code == said
