"""What drivers told of all diagnoses: worth little while few told, bounded when many did, and never milder."""

import asyncio
import math

import asyncpg
import pytest

from ml.knowledge import UNKNOWN_CAUSE, load
from ml.knowledge.entries import Drive
from monitor.garage import learning
from monitor.garage.beliefs import Calibration, believe
from monitor.garage.causes import conclude
from monitor.garage.evidence import Case, Observation
from monitor.garage.experience import MOST, SOURCE, Tally, expected, weight
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.garage.conftest import newcomer

KNOWN = load()
SQUEALS = Observation("symptom:belt_squeal", 0.9)
EVERYBODY = 100_000


def tally(confirmed: float, wanted: float, cause: str = "belt_slipping", voices: int = 100) -> Tally:
    return Tally(cause, voices, wanted, confirmed)


def odds(*tallies: Tally, cause: str = "belt_slipping") -> float:
    shares = believe(Case((SQUEALS,), experience=tallies), KNOWN, Calibration()).probabilities
    return shares[cause] / shares[UNKNOWN_CAUSE]


@pytest.mark.parametrize(
    ("confirmed", "wanted", "factor"),
    [(8, 8, 1), (20, 0, 2), (10, 0, 1.5), (0, 20, 0.5), (60, 20, 2), (0, 2, 10 / 11), (EVERYBODY, 0, MOST)],
)
def test_odds_move_by_what_was_confirmed_against_what_was_expected(
    confirmed: float, wanted: float, factor: float
) -> None:
    assert odds(tally(confirmed, wanted)) / odds() == pytest.approx(factor)


def test_all_who_lie_together_cannot_do_more_than_the_bound() -> None:
    assert abs(weight(tally(EVERYBODY, 0))) == abs(weight(tally(0, EVERYBODY))) == pytest.approx(math.log(MOST))


def test_no_experience_makes_what_forbids_driving_less_probable() -> None:
    forbidding = [cause for cause in KNOWN.causes.values() if cause.drive is Drive.STOP]
    assert forbidding

    for cause in forbidding:
        assert odds(tally(0, EVERYBODY, cause.id), cause=cause.id) == pytest.approx(odds(cause=cause.id))


def test_it_is_a_reason_in_words_and_alone_shows_nothing() -> None:
    first = conclude(Case((SQUEALS,), experience=(tally(21, 12),)), KNOWN).causes[0]
    [reason] = [reason for reason in first.reasons_for if reason.source.startswith(SOURCE)]

    assert first.cause.id == "belt_slipping"
    assert reason.why.en == "Of 100 drivers who told us what it was, it was this for 21; we had expected 12."
    assert "c'était cela pour 21 ; nous en attendions 12" in reason.why.fr
    assert conclude(Case(experience=(tally(EVERYBODY, 0),)), KNOWN).causes == ()


def test_a_cause_that_is_no_longer_known_changes_nothing() -> None:
    assert math.isclose(odds(tally(EVERYBODY, 0, "forgotten")), odds())


@pytest.fixture
async def superuser(connect_as: ConnectAs) -> asyncpg.Connection:
    return await connect_as("superuser")


async def tell(
    superuser: asyncpg.Connection,
    who: int,
    was: str | None,
    held: str = '{"expected": {"belt_slipping": 0.25, "brake_pads": 0.5}}',
    *,
    days_ago: int = 0,
) -> None:
    """An outcome of a diagnosis that brake pads led: right, another cause, or (None) it cannot be told."""
    was_right = None if was is None else was == "brake_pads"
    await superuser.execute(
        "WITH made AS (INSERT INTO diagnoses (person, language, state, ended_at, evidence, result)"
        " VALUES ($1, 'en', 'concluded', now(), $2::text::jsonb, jsonb_build_object("
        "'verdict', '{}'::jsonb, 'causes', '[]'::jsonb, 'models', '[]'::jsonb)) RETURNING id)"
        " INSERT INTO outcomes (diagnosis, person, was_right, suspected, cause, told_at)"
        " SELECT id, $1, $3, 'brake_pads', $4, now() - $5 * interval '1 day' FROM made",
        who, held, was_right, None if was_right else was, days_ago,
    )  # fmt: skip


async def counted(db: Database) -> dict[str, Tally]:
    await learning.learn(db)
    async with db.system() as tx:
        return {tally.cause: tally for tally in await learning.learnt(tx)}


async def test_outcomes_are_counted_against_what_was_expected_and_everybody_is_one_voice(
    db: Database, superuser: asyncpg.Connection
) -> None:
    people = [await newcomer(superuser) for _ in range(12)]
    for n, who in enumerate(people):
        await tell(superuser, who, "brake_pads" if n < 8 else "head_gasket")
    for _ in range(50):
        await tell(superuser, people[0], "head_gasket")

    found = await counted(db)

    assert set(found) == {"belt_slipping", "brake_pads"}, "of the gasket fewer than ten told"
    pads, belt = found["brake_pads"], found["belt_slipping"]
    assert (pads.voices, pads.expected) == (12, pytest.approx(6))
    assert pads.confirmed == pytest.approx(7 + 1 / 51), "fifty-one outcomes of one person are one voice"
    assert (belt.voices, belt.expected, belt.confirmed) == (12, pytest.approx(3), 0)


async def test_what_cannot_be_told_is_old_or_was_not_held_against_anything_is_not_counted(
    db: Database, superuser: asyncpg.Connection
) -> None:
    people = [await newcomer(superuser) for _ in range(10)]
    for who in people:
        await tell(superuser, who, None)
        await tell(superuser, who, "brake_pads", days_ago=learning.FORGOTTEN_DAYS + 1)
        await tell(superuser, who, "brake_pads", "{}")
    assert await counted(db) == {}

    for who in people:
        await tell(superuser, who, "brake_pads")
    assert (await counted(db))["brake_pads"].confirmed == 10
    await superuser.execute("DELETE FROM outcomes WHERE person = $1", people[0])

    assert await counted(db) == {}, "nine are too few: what was counted before is gone"


async def test_counting_at_several_machines_at_once_does_no_harm(db: Database, superuser: asyncpg.Connection) -> None:
    for who in [await newcomer(superuser) for _ in range(10)]:
        await tell(superuser, who, "brake_pads")

    await asyncio.gather(*(learning.learn(db) for _ in range(5)))

    assert (await counted(db))["brake_pads"].confirmed == 10


def test_only_what_was_possible_is_kept_to_be_held_against_the_outcome() -> None:
    assert expected({"belt_slipping": 0.61237, "brake_pads": 0.0004}) == {"belt_slipping": 0.6124}
