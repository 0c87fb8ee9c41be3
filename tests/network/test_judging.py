"""Rules are judged on what a transaction merged, however late it came, at moments that the test sets."""

import asyncio
import datetime
from collections.abc import Sequence
from uuid import UUID

import pytest
from msgspec.structs import replace

from monitor.network import rollups
from monitor.network.ingest import Ingest
from monitor.network.judging import judge_rules
from monitor.network.providers import Directory, keep_configured
from monitor.settings import Settings
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.network.conftest import Phone, item

MINUTE = datetime.datetime(2026, 11, 2, 8, 0, tzinfo=datetime.UTC)
OLDEST_S = 900
KEEP = (
    "INSERT INTO rollups_minute (provider, at, cell, generation, rows, suspects, connected_n, connected_sum,"
    " latency_ms_n, latency_ms_sum) VALUES ($1, $2, 0, '4G', $3, 0, 0, 0, $3, $4)"
    " ON CONFLICT (provider, at, cell, generation) DO UPDATE SET rows = rollups_minute.rows + excluded.rows,"
    " latency_ms_n = rollups_minute.latency_ms_n + excluded.rows,"
    " latency_ms_sum = rollups_minute.latency_ms_sum + excluded.latency_ms_sum"
)
RULE = (
    "INSERT INTO rules (provider, kpi, statistic, comparison, threshold, window_s, for_s, keep_firing_for_s,"
    " min_samples, severity, modified_at)"
    " VALUES ($1, 'latency_ms', $2, $3, 100, $4, $5, $6, 5, 'major', $7) RETURNING id"
)
Told = tuple[str, float | None, float | None]


def at(second: float) -> datetime.datetime:
    return MINUTE + datetime.timedelta(seconds=second)


class Desk:
    """One provider with one rule, whose minutes are merged and judged by hand."""

    def __init__(self, db: Database, provider: int, connection: object) -> None:
        self.db = db
        self.provider = provider
        self.connection = connection
        self.rule = 0

    async def rule_on(
        self, for_s: int = 0, keep_s: int = 0, window_s: int = 60, made_s: float = -1e6,
        statistic: str = "mean", comparison: str = "above",
    ) -> None:  # fmt: skip
        self.rule = await self.connection.fetchval(  # type: ignore[attr-defined]
            RULE, self.provider, statistic, comparison, window_s, for_s, keep_s, at(made_s)
        )

    async def look(self, second: float, *merged: tuple[int, float], rows: int = 20) -> None:
        """Merges `rows` measurements of that latency into each named minute, and judges at that second."""
        async with self.db.system() as tx:
            for minute, latency_ms in merged:
                await tx.execute(KEEP, self.provider, at(60 * minute), rows, rows * latency_ms)
            merged_from = min((at(60 * minute) for minute, _ in merged), default=None)
            await judge_rules(tx, at(second), OLDEST_S, merged_from)

    async def alerts(self) -> list[Told]:
        """State, second of opening and second of clearing of each alert, in the order of their making."""
        rows = await self.connection.fetch(  # type: ignore[attr-defined]
            "SELECT state, opened_at, cleared_at FROM alerts ORDER BY id"
        )
        return [(row["state"], _second(row["opened_at"]), _second(row["cleared_at"])) for row in rows]

    async def history(self) -> Sequence[str]:
        rows = await self.connection.fetch(  # type: ignore[attr-defined]
            "SELECT action || ' ' || (detail ->> 'reason') AS told FROM alert_history ORDER BY id"
        )
        return [row["told"] for row in rows]

    async def states(self) -> int:
        return int(await self.connection.fetchval("SELECT count(*) FROM rule_states"))  # type: ignore[attr-defined]


def _second(moment: datetime.datetime | None) -> float | None:
    return None if moment is None else (moment - MINUTE).total_seconds()


@pytest.fixture
async def desk(db: Database, directory: Directory, connect_as: ConnectAs) -> Desk:
    return Desk(db, directory.by_slug["mtn"].id, await connect_as("superuser"))


async def test_rows_of_a_minute_that_has_just_closed_are_judged(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(59.9)
    await desk.look(60.3, (0, 400.0))

    assert await desk.alerts() == [("firing", 60.0, None)]


async def test_what_a_real_merge_brings_late_is_judged(desk: Desk, ingest: Ingest, phone: Phone, stream: UUID) -> None:
    """The half second after a minute's end, with rows that came the way all rows come."""
    await desk.rule_on()
    now = datetime.datetime.now(datetime.UTC)
    ends = now.replace(second=0, microsecond=0)
    ago_s = (now - ends).total_seconds() + 0.4
    await ingest.add(phone.batch(stream, 1, [item("MTN", ago_s=ago_s, latency_ms=400.0) for _ in range(20)]))
    await desk.connection.execute("UPDATE rules SET modified_at = now() - interval '1 day'")  # type: ignore[attr-defined]

    async with desk.db.system() as tx:
        merged = await rollups.merge(tx, 10_000)
        assert merged is not None
        await judge_rules(tx, ends + datetime.timedelta(seconds=0.3), OLDEST_S, merged.first_at)

    ((state, opened, _),) = await desk.alerts()
    assert (state, opened) == ("firing", _second(ends))


async def test_a_late_breach_that_is_over_is_told_with_its_end(desk: Desk) -> None:
    await desk.rule_on(keep_s=60)
    await desk.look(185, (3, 50.0))
    await desk.look(190, (0, 400.0), (1, 50.0))

    assert await desk.alerts() == [("cleared", 60.0, 180.0)]
    assert await desk.history() == ["opened breach", "changed recovering", "cleared recovered"]


async def test_a_minute_that_ended_too_long_ago_is_merged_and_not_judged(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(60 + OLDEST_S + 1, (0, 400.0))

    assert await desk.alerts() == []


async def test_more_late_rows_do_not_open_what_is_open(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(30, (0, 400.0))
    await desk.look(60.3, (0, 400.0))
    await desk.look(60.8, (0, 400.0), (1, 400.0))

    assert await desk.alerts() == [("firing", 30.0, None)]


async def test_late_rows_do_not_open_again_what_has_cleared(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(30, (0, 400.0))
    await desk.look(65, (1, 50.0))
    await desk.look(70, (0, 400.0))
    await desk.look(200, (0, 400.0))

    assert await desk.alerts() == [("cleared", 30.0, 65.0)]


async def test_late_rows_that_heal_a_minute_let_its_alert_clear(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(58, (0, 400.0))
    await desk.look(60.3, (0, 1.0), rows=2000)

    assert await desk.alerts() == [("cleared", 58.0, 60.0)]


async def test_late_health_is_outdone_by_a_breach_seen_since(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(58, (0, 400.0))
    await desk.look(61, (1, 400.0))
    await desk.look(62, (0, 1.0), rows=2000)

    assert await desk.alerts() == [("firing", 58.0, None)]


async def test_for_is_measured_in_the_time_of_the_measurements(desk: Desk) -> None:
    await desk.rule_on(for_s=120)
    await desk.look(170)
    await desk.look(190, (0, 400.0), (1, 400.0))
    assert await desk.alerts() == []

    await desk.look(191, (2, 400.0))
    assert await desk.alerts() == [("firing", 180.0, None)]


async def test_a_late_healthy_minute_between_breaks_the_wait(desk: Desk) -> None:
    await desk.rule_on(for_s=120)
    await desk.look(190, (0, 400.0), (1, 50.0), (2, 400.0))
    assert await desk.alerts() == []

    await desk.look(299, (3, 400.0), (4, 400.0))
    assert await desk.alerts() == []
    await desk.look(300, (4, 400.0))
    assert await desk.alerts() == [("firing", 300.0, None)]


async def test_late_rows_show_that_a_pending_run_began_earlier(desk: Desk) -> None:
    await desk.rule_on(for_s=240)
    await desk.look(250, (4, 400.0))
    await desk.look(270, (0, 400.0), (1, 400.0), (2, 400.0), (3, 400.0))
    assert await desk.alerts() == []

    await desk.look(299.5, (4, 400.0))
    await desk.look(300.2, (5, 400.0))
    assert await desk.alerts() == [("firing", 300.2, None)]


async def test_a_rule_is_not_held_against_what_was_before_it(desk: Desk) -> None:
    await desk.rule_on(made_s=70)
    await desk.look(75, (0, 400.0))
    assert await desk.alerts() == []

    await desk.look(121, (1, 400.0))
    assert await desk.alerts() == [("firing", 120.0, None)]


async def test_a_percentile_of_a_late_minute_is_judged(desk: Desk) -> None:
    await desk.rule_on(statistic="p95")
    async with desk.db.system() as tx:
        await tx.execute(KEEP, desk.provider, at(0), 20, 8000.0)
        await tx.execute(
            "INSERT INTO histograms_minute (provider, at, generation, codes, counts)"
            " VALUES ($1, $2, '4G', ARRAY[code_of('latency_ms', 63::int2)], '{20}')",
            desk.provider, at(0),
        )  # fmt: skip
        await judge_rules(tx, at(60.5), OLDEST_S, at(0))

    assert await desk.alerts() == [("firing", 60.0, None)]


async def test_too_few_measurements_are_no_news_of_a_late_minute(desk: Desk) -> None:
    """Late rows only add: a count that was too low cannot be found too low afterwards."""
    await desk.rule_on(statistic="count", comparison="below")
    await desk.connection.execute("UPDATE rules SET threshold = 30")  # type: ignore[attr-defined]
    await desk.look(50, (-1, 50.0), (0, 50.0))
    await desk.look(61, (0, 50.0))

    assert await desk.alerts() == []


async def test_what_is_remembered_is_forgotten_when_it_no_longer_matters(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(30, (0, 400.0))
    await desk.look(65, (1, 50.0))
    await desk.look(65 + OLDEST_S)
    assert await desk.states() == 1

    await desk.look(30 + 1800)
    assert await desk.states() == 0


async def test_a_deleted_rule_is_forgotten_too(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(30, (0, 400.0))
    await desk.connection.execute("UPDATE rules SET deleted_at = now()")  # type: ignore[attr-defined]
    await desk.look(31)
    assert await desk.alerts() == [("cleared", 30.0, 31.0)]

    await desk.look(30 + 1800)
    assert await desk.states() == 0


async def test_a_rule_set_higher_while_its_alert_fires_clears_it(desk: Desk) -> None:
    await desk.rule_on(keep_s=10)
    await desk.look(30, (0, 400.0))
    await desk.connection.execute("UPDATE rules SET threshold = 1000, severity = 'critical'")  # type: ignore[attr-defined]
    await desk.look(31)
    await desk.look(41)

    assert await desk.alerts() == [("cleared", 30.0, 41.0)]
    assert await desk.connection.fetchval("SELECT severity FROM alerts") == "critical"  # type: ignore[attr-defined]


async def test_a_rule_switched_off_and_on_opens_a_second_alert(desk: Desk) -> None:
    await desk.rule_on()
    await desk.look(30, (0, 400.0))
    await desk.connection.execute("UPDATE rules SET enabled = false")  # type: ignore[attr-defined]
    await desk.look(31)
    await desk.connection.execute("UPDATE rules SET enabled = true, modified_at = $1", at(32))  # type: ignore[attr-defined]
    await desk.look(33)

    assert await desk.alerts() == [("cleared", 30.0, 31.0), ("firing", 33.0, None)]
    assert await desk.history() == ["opened breach", "cleared rule_disabled", "opened breach"]


async def test_a_clock_set_back_neither_opens_nor_clears_and_then_goes_on(desk: Desk) -> None:
    await desk.rule_on(keep_s=30)
    await desk.look(150, (2, 400.0))
    await desk.look(152, (2, 1.0), rows=2000)
    for second in (40, 41, 70):
        await desk.look(second, (second // 60, 50.0))
    assert await desk.alerts() == [("clearing", 150.0, None)]

    await desk.look(182, (3, 50.0))
    assert await desk.alerts() == [("cleared", 150.0, 182.0)]


async def test_a_wait_goes_on_whoever_judges_and_however_long_nobody_did(desk: Desk) -> None:
    """Every look reads its state anew, as another process would; a pause within the window breaks nothing."""
    await desk.rule_on(for_s=60, window_s=120)
    await desk.look(10, (0, 400.0))
    await desk.look(75, (1, 400.0))

    assert await desk.alerts() == [("firing", 75.0, None)]


async def test_two_judges_at_once_open_one_alert(desk: Desk) -> None:
    await desk.rule_on()

    async def step() -> bool:
        async with desk.db.system() as tx:
            if not await rollups.win(tx):
                return False
            await tx.execute(KEEP, desk.provider, at(0), 20, 8000.0)
            await judge_rules(tx, at(30), OLDEST_S, at(0))
            return True

    won = await asyncio.gather(*(step() for _ in range(4)))

    assert any(won)
    assert await desk.alerts() == [("firing", 30.0, None)]


async def test_an_operator_gone_from_the_configuration_lets_its_alerts_go(
    desk: Desk, db: Database, settings: Settings
) -> None:
    await desk.rule_on()
    await desk.look(30, (0, 400.0))
    renamed = [
        replace(one, slug="mtnc", name="MTN Cameroon") if one.slug == "mtn" else one for one in settings.providers
    ]
    directory = await keep_configured(db, renamed, settings.generations)
    await desk.look(31, (0, 400.0))
    await desk.look(100)

    assert directory.by_slug["mtnc"].id != desk.provider
    assert await desk.alerts() == [("cleared", 30.0, 100.0)]
    assert (await desk.history())[-1] == "cleared no_data"
