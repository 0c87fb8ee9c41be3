"""The adaptive detector opens and clears alerts on minutes in the database, whoever judges them."""

import datetime
import random

import pytest

from monitor.network.adaptive import Adaptive, forget_abandoned, retire
from monitor.network.providers import Directory
from monitor.store.db import Database
from tests.conftest import ConnectAs

CELLS = (0x861F5A0B7FFFFFF, 0x861F5A0A7FFFFFF, 0x861F5A097FFFFFF, 0x861F5A087FFFFFF)
START = datetime.datetime(2026, 11, 2, 8, 0, tzinfo=datetime.UTC)
KEEP = (
    "INSERT INTO rollups_minute (provider, at, cell, generation, rows, suspects, connected_n, connected_sum,"
    " latency_ms_n, latency_ms_sum, latency_ms_squares, latency_ms_min, latency_ms_max)"
    " VALUES ($1, $2, $3, '4G', $4, 0, 0, 0, $4, $5, 0, 1, 900)"
)


class Road:
    """Minutes of one provider, laid one after the other and judged."""

    def __init__(self, db: Database, provider: int, connection: object) -> None:
        self.db = db
        self.provider = provider
        self.connection = connection
        self.minute = START
        self.chance = random.Random(7)
        self.adaptive = Adaptive(20, datetime.timedelta(minutes=15))

    async def go(
        self,
        minutes: int,
        latency_ms: float = 50,
        cells: tuple[int, ...] = CELLS,
        silent: int = 0,
        *,
        is_watched: bool = True,
    ) -> None:
        """Minutes in which the given cells have that latency, the others 50 ms; `silent` of them say nothing."""
        for _ in range(minutes):
            rows = []
            for index, cell in enumerate(CELLS):
                n = 200 + self.chance.randrange(30)
                mean = (latency_ms if cell in cells else 50) * self.chance.uniform(0.95, 1.05)
                if index >= silent:
                    rows.append((self.provider, self.minute, cell, n, mean * n))
            await self.connection.executemany(KEEP, rows)  # type: ignore[attr-defined]
            self.minute += datetime.timedelta(minutes=1)
            if is_watched:
                async with self.db.system() as tx:
                    await self.adaptive.judge(tx, self.minute + datetime.timedelta(seconds=15))

    async def alerts(self) -> list[tuple[object, ...]]:
        rows = await self.connection.fetch(  # type: ignore[attr-defined]
            "SELECT cause, state, cell, certainty FROM alerts ORDER BY id"
        )
        return [tuple(row) for row in rows]

    async def reasons(self) -> list[object]:
        """Why the alerts opened, changed and cleared, in order."""
        rows = await self.connection.fetch(  # type: ignore[attr-defined]
            "SELECT detail ->> 'reason' FROM alert_history ORDER BY id"
        )
        return [row[0] for row in rows]


@pytest.fixture
async def road(db: Database, directory: Directory, connect_as: ConnectAs) -> Road:
    return Road(db, directory.by_slug["mtn"].id, await connect_as("superuser"))


async def test_one_slow_place_is_found_within_three_minutes_and_clears(road: Road) -> None:
    await road.go(70)
    assert await road.alerts() == []

    await road.go(3, latency_ms=300, cells=CELLS[:1])
    ((cause, state, cell, certainty),) = await road.alerts()
    assert (cause, state, cell, certainty) == ("latency", "firing", CELLS[0], "fair")

    await road.go(8)
    assert [row[1] for row in await road.alerts()] == ["cleared"]


async def test_trouble_everywhere_is_one_alert_of_the_provider(road: Road) -> None:
    await road.go(70)
    await road.go(4, latency_ms=300)

    still_open = [row for row in await road.alerts() if row[1] != "cleared"]
    assert [(row[0], row[2]) for row in still_open] == [("latency", None)]
    connection = road.connection
    cells = await connection.fetchval("SELECT cells FROM alerts WHERE state <> 'cleared'")  # type: ignore[attr-defined]
    assert set(cells) == set(CELLS)


async def test_a_places_alert_says_that_it_became_part_of_a_wider_one(road: Road) -> None:
    await road.go(70)
    await road.go(3, latency_ms=300, cells=CELLS[:1])
    await road.go(5, latency_ms=300)

    assert [row[:3] for row in await road.alerts()] == [
        ("latency", "cleared", CELLS[0]), ("latency", "firing", None)
    ]  # fmt: skip
    reason = await road.connection.fetchval("SELECT reason FROM alerts ORDER BY id LIMIT 1")  # type: ignore[attr-defined]
    assert reason == "widened"


async def test_what_comes_and_goes_is_held_open_and_said_to_flap(road: Road) -> None:
    await road.go(70)
    for _ in range(4):
        await road.go(3, latency_ms=300, cells=CELLS[:1])
        await road.go(4)

    told = await road.connection.fetch("SELECT flapping FROM alerts ORDER BY id")  # type: ignore[attr-defined]
    assert [row["flapping"] for row in told] == [False, False, True]


async def test_a_silent_place_is_an_outage(road: Road) -> None:
    await road.go(70)
    await road.go(4, silent=1)

    assert ("outage", "firing", CELLS[0]) in [row[:3] for row in await road.alerts()]


async def test_another_process_goes_on_from_what_the_first_had_learnt(road: Road) -> None:
    await road.go(70)
    road.adaptive = Adaptive(20, datetime.timedelta(minutes=15))
    await road.go(3, latency_ms=300, cells=CELLS[:1])

    assert [row[0] for row in await road.alerts()] == ["latency"]


async def test_a_failed_step_is_judged_again(road: Road) -> None:
    await road.go(70)

    async def fail() -> None:
        async with road.db.system() as tx:
            await road.adaptive.judge(tx, road.minute + datetime.timedelta(minutes=2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    road.adaptive.forget()

    await road.go(3, latency_ms=300, cells=CELLS[:1])
    assert [row[0] for row in await road.alerts()] == ["latency"]


async def test_what_was_learnt_of_an_abandoned_place_is_forgotten_and_its_alert_ends_without_data(road: Road) -> None:
    await road.go(70)
    await road.go(4, silent=1)
    assert [row[:3] for row in await road.alerts()] == [("outage", "firing", CELLS[0])]
    for cell, days in ((CELLS[0], 36), *((cell, 34) for cell in CELLS[1:])):
        await road.connection.execute(  # type: ignore[attr-defined]
            "INSERT INTO latest_measurements (provider, cell, generation, measured_at, suspect)"
            " VALUES ($1, $2, '4G', now() - make_interval(days => $3), false)",
            road.provider,
            cell,
            days,
        )

    await forget_abandoned(road.db, 35)
    await road.go(1, silent=1)

    watched = await road.connection.fetch("SELECT DISTINCT cell FROM baselines")  # type: ignore[attr-defined]
    assert {row[0] for row in watched} == {0, *CELLS[1:]}
    assert await road.reasons() == ["breach", "no_data"]


async def test_what_is_open_ends_when_the_detector_is_switched_off(road: Road) -> None:
    await road.go(70)
    await road.go(3, latency_ms=300, cells=CELLS[:1])
    assert [row[1] for row in await road.alerts()] == ["firing"]

    async with road.db.system() as tx:
        await retire(tx, road.minute)
    assert [row[1] for row in await road.alerts()] == ["cleared"]
    assert await road.reasons() == ["breach", "detector_disabled"]

    await road.go(20, is_watched=False)
    road.adaptive = Adaptive(20, datetime.timedelta(minutes=15))
    await road.go(3)
    assert len(await road.alerts()) == 1


async def test_minutes_that_wait_are_judged_a_few_at_a_time(road: Road) -> None:
    await road.go(7, is_watched=False)

    reached = []
    for _ in range(9):
        async with road.db.system() as tx:
            await road.adaptive.judge(tx, road.minute + datetime.timedelta(seconds=15))
        reached.append(
            await road.connection.fetchval("SELECT max(judged_until) FROM baselines")  # type: ignore[attr-defined]
        )
    assert [at and (road.minute - at).total_seconds() // 60 for at in reached] == [*[None] * 4, 5, 3, 1, 0, 0]
