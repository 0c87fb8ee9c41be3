"""Advice that was taken up is kept once a piece, by its latest word, for its own reader alone."""

import asyncpg
import pytest

from ml.knowledge import load
from monitor.errors import Conflict, InvalidField, NotFound
from monitor.garage import diagnoses, interactions
from monitor.garage.diagnosing import Diagnosing
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import DiagnosisId
from monitor.wire.garage import Interaction
from monitor.work import jobs
from tests.conftest import ConnectAs
from tests.garage.conftest import ask
from tests.population import Population

KNOWN = load()
STEP = Interaction("step", "spark_plugs/1", done=True)


@pytest.fixture
async def superuser(connect_as: ConnectAs) -> asyncpg.Connection:
    return await connect_as("superuser")


@pytest.fixture
async def waiting(db: Database, town: Population, settings: Settings) -> DiagnosisId:
    """Ada's, not yet made."""
    return await ask(db, town.ada.viewer, settings)


@pytest.fixture
async def concluded(db: Database, waiting: DiagnosisId, diagnosing: Diagnosing) -> DiagnosisId:
    async with db.system() as tx:
        (job,) = await jobs.take(tx, "worker", 10)
    await diagnosing.do(job)
    return waiting


async def test_advice_is_kept_once_by_its_latest_word_and_comes_with_the_diagnosis(
    db: Database, town: Population, concluded: DiagnosisId
) -> None:
    video, check = Interaction("video", "spark_plugs"), Interaction("check", "dipstick_low", done=True)
    part, helped = Interaction("part", "spark_plugs/1"), Interaction("step", "spark_plugs/1", done=True, helped=True)
    for told in ([STEP, video, check, part], [STEP, video], [STEP, helped]):
        await interactions.tell(db, town.ada.viewer, concluded, told, KNOWN)

    found = await diagnoses.one(db, town.ada.viewer, concluded)
    assert found.interactions == [check, part, helped, video]


@pytest.mark.parametrize(
    ("what", "item"),
    [
        ("step", "spark_plugs"), ("step", "spark_plugs/0"), ("step", "spark_plugs/99"), ("step", "spark_plugs/01"),
        ("part", "nothing/1"), ("video", "nothing"), ("video", "spark_plugs/1"), ("check", "spark_plugs"),
        ("check", "engine_starts"),
    ],
)  # fmt: skip
async def test_what_is_no_advice_is_named_and_nothing_kept(
    db: Database, town: Population, concluded: DiagnosisId, what: str, item: str
) -> None:
    wrong = Interaction(what, item)  # type: ignore[arg-type]
    with pytest.raises(InvalidField) as refused:
        await interactions.tell(db, town.ada.viewer, concluded, [STEP, wrong], KNOWN)

    assert [path for path, _ in refused.value.faults] == ["items[1].item"]
    assert (await diagnoses.one(db, town.ada.viewer, concluded)).interactions == []


async def test_nobody_tells_it_for_another_or_of_what_has_no_result(
    db: Database, town: Population, waiting: DiagnosisId
) -> None:
    with pytest.raises(NotFound):
        await interactions.tell(db, town.ben.viewer, waiting, [STEP], KNOWN)
    with pytest.raises(Conflict):
        await interactions.tell(db, town.ada.viewer, waiting, [STEP], KNOWN)


async def test_what_one_diagnosis_keeps_is_bounded_and_goes_with_it(
    db: Database,
    superuser: asyncpg.Connection,
    town: Population,
    concluded: DiagnosisId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interactions, "MOST", 2)
    video = Interaction("video", "spark_plugs")
    await interactions.tell(db, town.ada.viewer, concluded, [STEP, video], KNOWN)
    await interactions.tell(db, town.ada.viewer, concluded, [video], KNOWN)
    with pytest.raises(Conflict):
        await interactions.tell(db, town.ada.viewer, concluded, [Interaction("video", "glow_plugs")], KNOWN)

    await diagnoses.delete(db, town.ada.viewer, concluded)
    assert await superuser.fetchval("SELECT count(*) FROM interactions") == 0
