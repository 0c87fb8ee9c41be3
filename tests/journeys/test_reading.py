"""What was measured is read back with filters and cursors, added up, and put on a map."""

import asyncio
import datetime

import h3
import pytest

from tests.exactness import WAITING
from tests.journeys.conftest import LIMIT_S, World, measurement

BUEA = {"latitude": 4.155, "longitude": 9.241}
DOUALA = {"latitude": 4.051, "longitude": 9.768}


@pytest.fixture
async def operator(world: World) -> str:
    """MTN's, with 60 measurements of two places, two generations and two days."""
    phone = await world.phone(await world.device())
    items = [measurement(ago_s=minute * 60, network_type="LTE", latency_ms=50 + minute, **BUEA) for minute in range(30)]
    items += [
        measurement("624-01", ago_s=minute * 60, network_type="HSPA+", latency_ms=200, **DOUALA) for minute in range(20)
    ]
    items += [measurement(ago_s=86400 * 3, network_type="LTE", download_mbps=9) for _ in range(10)]
    assert (await phone.say("measure", seq=1, items=items))["stored"] == 60
    token = await world.person("operator", "mtn")
    connection = await world.connect_as("superuser")
    async with asyncio.timeout(LIMIT_S):
        while await connection.fetchval(WAITING):  # noqa: ASYNC110 - it merges and folds by itself
            await asyncio.sleep(0.05)
    return token


async def read(world: World, token: str, path: str) -> list[dict[str, object]]:
    status, answer = await world.call("GET", path, token)
    assert status == 200, answer
    return list(answer["items"])


async def test_pages_follow_each_other_without_gap_or_repeat(world: World, operator: str) -> None:
    seen: list[str] = []
    after = ""
    while True:
        status, page = await world.call("GET", f"/v1/measurements?limit=7{after}", operator)
        assert status == 200
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert len(seen) == len(set(seen)) == 50
    whole = await read(world, operator, "/v1/measurements?limit=1000")
    assert [item["id"] for item in whole] == seen
    times = [item["measured_at"] for item in whole]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("generation=4G", 30),
        ("generation=3G", 20),
        ("network_type=HSPA%2B", 20),
        (f"cell={h3.latlng_to_cell(*BUEA.values(), 6)}", 30),
        (f"cell={h3.latlng_to_cell(*DOUALA.values(), 8)}", 20),
        ("generation=5G", 0),
        ("provider=mtn", 50),
        ("from=2020-01-01T00:00:00Z", 60),
    ],
)
async def test_filters_narrow_the_list(world: World, operator: str, query: str, count: int) -> None:
    assert len(await read(world, operator, f"/v1/measurements?limit=1000&{query}")) == count


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("after=nonsense", "after"),
        ("cell=xyz", "cell"),
        ("cell=8928308280fffff", "cell"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("generation=6G", "generation"),
        ("from=yesterday", "from"),
    ],
)
async def test_bad_filters_are_named(world: World, operator: str, query: str, path: str) -> None:
    status, answer = await world.call("GET", f"/v1/measurements?{query}", operator)

    assert status == 422
    assert [fault["path"] for fault in answer["errors"]] == [path]


async def test_series_of_a_cell_that_roll_ups_do_not_know_are_refused(world: World, operator: str) -> None:
    cell = h3.latlng_to_cell(*BUEA.values(), 8)
    status, answer = await world.call("GET", f"/v1/kpis?kpi=latency_ms&cell={cell}", operator)

    assert status == 422
    assert [fault["path"] for fault in answer["errors"]] == ["cell"]


async def test_operators_see_no_phones_and_people_see_their_own(world: World, operator: str) -> None:
    (item, *_) = await read(world, operator, "/v1/measurements?limit=1")
    assert item["device"] is None
    assert item["stream"] is None

    assert await read(world, await world.person(), "/v1/measurements") == []


async def test_series_leave_silent_minutes_out_and_count_every_sample(world: World, operator: str) -> None:
    minutes = await read(world, operator, "/v1/kpis?kpi=latency_ms&step=60")
    assert sum(int(str(point["samples"])) for point in minutes) == 50
    assert 28 <= len(minutes) <= 32

    # Twenty minutes may lie on both sides of the zone's midnight.
    slow = await read(world, operator, "/v1/kpis?kpi=latency_ms&step=86400&generation=3G")
    assert sum(int(str(day["samples"])) for day in slow) == 20
    assert {(day["mean"], day["min"], day["max"]) for day in slow} == {(200, 200, 200)}
    assert all(day["p95"] == pytest.approx(200, rel=0.05) for day in slow)

    since = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    days = await read(world, operator, f"/v1/kpis?kpi=download_mbps&step=86400&from={since}")
    assert [(day["samples"], day["mean"]) for day in days] == [(10, 9)]


async def test_areas_have_names_and_outlines(world: World, operator: str) -> None:
    areas = await read(world, operator, "/v1/areas")

    assert {str(area["name"]).split()[0] for area in areas} == {"Buea", "Douala"}
    for area in areas:
        outline = area["outline"]
        assert isinstance(outline, list)
        assert outline[0] == outline[-1]
        assert len(outline) == 7
        assert area["devices"] == 1
    buea = next(area for area in areas if str(area["name"]).startswith("Buea"))
    assert buea["kpis"]["latency_ms"] == {  # type: ignore[index]
        "mean": 64.5, "samples": 30, "stddev": pytest.approx(8.8034), "min": 50, "max": 79,
    }  # fmt: skip
