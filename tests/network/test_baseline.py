"""What the detector learns, what it flags, what it leaves alone, and how sure it says it is."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.network import seasons
from monitor.network.baseline import (
    PRODUCTION,
    Baseline,
    Judgement,
    Minute,
    Why,
    from_bytes,
    judge,
    judge_silence,
    new_baseline,
    to_bytes,
)
from monitor.network.kinds import Certainty, Kpi
from monitor.network.phases import Evidence
from monitor.network.scales import COUNTS, Scale, scale_of

MONDAY_S = 1_767_571_200
LATENCY, SPEED, LOSS = (scale_of(kpi) for kpi in (Kpi.LATENCY_MS, Kpi.DOWNLOAD_MBPS, Kpi.PACKET_LOSS_PCT))
HOUR, DAY = 60, 1440

Curve = Callable[[int], float]


class Series:
    """A made-up series: noise of one seed around a curve, judged every `step` minutes."""

    def __init__(self, scale: Scale = LATENCY, noise: float = 0.08, step: int = 1) -> None:
        self.scale = scale
        self.noise = noise
        self.step = step
        self.tuning = replace(PRODUCTION, step_s=60 * step)
        self.chance = random.Random(11)
        self.baseline = new_baseline()
        self.minute = 0
        self.last: Judgement | None = None

    def go(self, minutes: int, level: float | Curve, samples: int = 100) -> list[Judgement]:
        """Minutes around a level, or around a curve of the minute."""
        said = []
        for _ in range(minutes // self.step):
            centre = level(self.minute) if callable(level) else level
            value = centre * math.exp(self.chance.gauss(0, self.noise * math.sqrt(100 / max(1, samples))))
            said.append(self.give(samples, value))
        return said

    def count(self, minutes: int, level: float) -> list[Judgement]:
        """Minutes of a series of counts."""
        return [
            self.give(n := max(0, round(self.chance.gauss(level, math.sqrt(level)))), float(n)) for _ in range(minutes)
        ]

    def give(self, samples: int, value: float | None) -> Judgement:
        minute = Minute(MONDAY_S + 60 * self.minute, samples, value)
        self.baseline, said = judge(self.baseline, self.scale, minute, self.tuning)
        self.minute += self.step
        self.last = said
        return said


def flagged(said: list[Judgement]) -> list[int]:
    return [i for i, one in enumerate(said) if one.evidence is Evidence.BREACH]


def busy_evenings(minute: int) -> float:
    """50 ms, and up to 150 ms from 17 to 23 o'clock on working days."""
    day, hour = minute // DAY % 7, minute % DAY / 60
    if day > 4 or not 17 < hour < 23:
        return 50.0
    return 50.0 * 3 ** math.sin(math.pi * (hour - 17) / 6) ** 2


def test_nothing_is_said_before_there_is_something_to_go_by() -> None:
    said = Series().go(10, 50)

    assert {one.evidence for one in said} == {Evidence.SILENCE}
    assert said[-1].why is Why.TOO_EARLY
    assert said[-1].expected is None


def test_a_fault_in_the_second_hour_is_found_within_three_minutes() -> None:
    series = Series()
    assert flagged(series.go(HOUR, 50)) == []

    assert flagged(series.go(3, 150))[:1] in ([1], [2])


def test_one_bad_minute_is_not_an_alert() -> None:
    series = Series()
    series.go(2 * HOUR, 50)
    said = series.go(1, 500) + series.go(5, 50)

    assert flagged(said) == []
    assert said[0].why is Why.ONE_MINUTE


def test_two_bad_minutes_of_three_are() -> None:
    series = Series()
    series.go(2 * HOUR, 50)
    said = series.go(1, 500) + series.go(1, 50) + series.go(1, 500)

    assert flagged(said) == [2]
    assert said[2].why is Why.WORSE


def test_few_samples_of_three_minutes_prove_together_what_those_of_two_do_not() -> None:
    found_in_two = found_in_three = 0
    for seed in range(6):
        series = Series()
        series.chance.seed(seed)
        series.go(2 * DAY, 50, samples=10)
        two = copy.deepcopy(series)
        found_in_two += bool(flagged(two.go(2, 112, samples=10) + two.go(1, 50, samples=10)))
        found_in_three += bool(flagged(series.go(3, 112, samples=10)))

    assert found_in_two <= 1
    assert found_in_three >= 4


@pytest.mark.parametrize("samples", [1, 10, 100, 10_000])
def test_however_bad_one_minute_and_whatever_its_samples_it_is_not_an_alert(samples: int) -> None:
    series = Series()
    series.go(6 * HOUR, 50)
    one = series.give(samples, 100_000.0)

    assert [one.evidence, *(said.evidence for said in series.go(5, 50))] == [Evidence.HEALTH] * 6


def test_better_than_usual_is_no_fault() -> None:
    series = Series()
    series.go(2 * HOUR, 50)
    said = series.go(10, 10)

    assert flagged(said) == []
    assert said[-1].why is Why.BETTER


@pytest.mark.parametrize(("kpi", "usual", "bad"), [
    (Kpi.LATENCY_MS, 50, 200), (Kpi.JITTER_MS, 5, 40), (Kpi.PACKET_LOSS_PCT, 1, 20),
    (Kpi.DOWNLOAD_MBPS, 20, 2), (Kpi.UPLOAD_MBPS, 5, 0.4), (Kpi.CONNECTED, 0.98, 0.5),
])  # fmt: skip
def test_each_kpi_is_bad_on_its_own_side_only(kpi: Kpi, usual: float, bad: float) -> None:
    worse, better = Series(scale_of(kpi), noise=0.01), Series(scale_of(kpi), noise=0.01)
    worse.go(2 * HOUR, usual)
    better.go(2 * HOUR, bad)

    assert flagged(worse.go(3, bad))
    assert not flagged(better.go(3, usual))


def test_a_weaker_signal_is_found_in_decibels() -> None:
    series = Series(scale_of(Kpi.SIGNAL_DBM))
    for _ in range(2 * HOUR):
        series.give(100, -85 + series.chance.gauss(0, 1))
    said = [series.give(100, -105.0) for _ in range(3)]

    assert flagged(said)
    assert said[-1].low is not None
    assert -105 < said[-1].low < -85


def test_few_samples_prove_less_than_many() -> None:
    many, few = Series(), Series()
    many.go(3 * HOUR, 50)
    few.go(3 * HOUR, 50)

    assert flagged(many.go(3, 90, samples=100))
    assert not flagged(few.go(3, 90, samples=2))


def test_a_total_silence_is_an_outage() -> None:
    series = Series(COUNTS)
    assert flagged(series.count(2 * HOUR, 60)) == []
    series.baseline, first = judge_silence(series.baseline, COUNTS, MONDAY_S + 60 * series.minute)
    series.baseline, second = judge_silence(series.baseline, COUNTS, MONDAY_S + 60 * (series.minute + 1))

    assert (first.evidence, second.evidence) == (Evidence.HEALTH, Evidence.BREACH)


def test_a_place_that_is_often_empty_has_no_outages() -> None:
    series = Series(COUNTS)
    said = [series.give(n := int(series.chance.random() < 0.3), float(n)) for _ in range(DAY)]

    assert flagged(said) == []


def test_a_minute_without_measurements_proves_nothing_for_a_mean() -> None:
    series = Series()
    series.go(2 * HOUR, 50)
    before = series.baseline
    said = series.give(0, None)

    assert (said.evidence, said.why) == (Evidence.SILENCE, Why.NOTHING_MEASURED)
    assert series.baseline is before


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_proves_nothing(value: float) -> None:
    series = Series()
    series.go(HOUR, 50)

    assert series.give(10, value).evidence is Evidence.SILENCE


def test_an_outage_of_hours_does_not_become_usual() -> None:
    series = Series(COUNTS)
    series.count(DAY, 60)
    said = [series.give(0, 0.0) for _ in range(6 * HOUR)]
    back = series.count(30, 60)

    assert len(flagged(said)) == len(said) - 1
    assert flagged(back[2:]) == []
    assert not flagged(series.count(HOUR, 60))
    assert flagged([series.give(0, 0.0) for _ in range(3)])


def test_a_fault_does_not_widen_what_is_believed() -> None:
    series = Series()
    series.go(DAY, 50)
    before = series.go(1, 50)[0]
    series.go(HOUR, 400)
    series.go(HOUR, 50)
    after = series.go(1, 50)[0]

    assert before.high is not None
    assert after.high is not None
    assert after.high < 1.3 * before.high


def test_what_stays_changed_for_hours_is_the_new_usual() -> None:
    series = Series()
    series.go(DAY, 50)
    shifted = flagged(series.go(6 * HOUR, 100))

    assert shifted[0] <= 2
    assert max(shifted) < PRODUCTION.absorb_s / 60 + 10
    assert not flagged(series.go(2 * HOUR, 100))
    assert flagged(series.go(3, 250))


def test_noise_alone_is_hardly_ever_flagged() -> None:
    series = Series()

    assert len(flagged(series.go(3 * DAY, 50))) <= 1


def test_a_slow_tide_is_followed() -> None:
    series = Series()
    said = series.go(2 * DAY, lambda minute: 60 * math.exp(0.5 * math.sin(2 * math.pi * minute / DAY)))

    assert flagged(said) == []


@pytest.fixture(scope="module")
def weeks() -> Series:
    """Four weeks but for the last Sunday's evening."""
    series = Series(noise=0.03, step=5)
    series.go(27 * DAY + 19 * HOUR, busy_evenings)
    return series


def test_after_weeks_the_busy_evening_is_expected() -> None:
    series = Series(noise=0.03, step=5)
    first_week = flagged(series.go(7 * DAY, busy_evenings))
    series.go(14 * DAY, busy_evenings)
    fourth_week = flagged(series.go(7 * DAY, busy_evenings))

    assert len(first_week) > 20
    assert len(fourth_week) < 5


def test_after_weeks_a_busy_sunday_evening_is_not_expected(weeks: Series) -> None:
    series = copy.copy(weeks)

    assert flagged(series.go(20, 150))


def test_after_weeks_the_evenings_rise_is_foreseen(weeks: Series) -> None:
    monday = MONDAY_S + 28 * 86_400
    rise = seasons.usual(weeks.baseline.season, monday + 20 * 3600) - seasons.usual(
        weeks.baseline.season, monday + 16 * 3600
    )

    assert rise == pytest.approx(math.log(3), abs=0.25)


def test_an_odd_evening_alone_is_no_habit() -> None:
    series = Series(noise=0.03, step=5)
    series.go(8 * DAY + 18 * HOUR, 50)
    series.go(2 * HOUR, 400)
    series.go(7 * DAY - 2 * HOUR, 50)

    assert series.last is not None
    assert series.last.expected == pytest.approx(50, rel=0.1)
    assert flagged(series.go(30, 400))


def test_the_same_fault_on_three_nights_is_no_habit() -> None:
    series = Series(noise=0.03, step=5)
    series.go(18 * HOUR, 50)
    for _ in range(3):
        series.go(2 * HOUR, 400)
        series.go(22 * HOUR, 50)

    assert len(flagged(series.go(2 * HOUR, 400))) > 20


def test_what_is_odd_at_the_same_hour_on_most_days_is_a_habit() -> None:
    series = Series(noise=0.03, step=5)
    series.go(18 * HOUR, 50)
    for _ in range(9):
        series.go(2 * HOUR, 100)
        series.go(22 * HOUR, 50)

    assert len(flagged(series.go(2 * HOUR, 100))) < 5


def test_what_went_on_until_it_was_believed_is_a_habit_when_it_comes_again() -> None:
    series = Series(noise=0.03, step=5)
    series.go(12 * HOUR, 50)
    alerts = []
    for _ in range(4):
        alerts.append(len(flagged(series.go(6 * HOUR, 100))))
        series.go(18 * HOUR, 50)

    assert alerts[0] > 30
    assert max(alerts[2:]) < 8


def test_a_fault_that_keeps_coming_is_found_each_time() -> None:
    series = Series()
    series.go(DAY, 50)
    for _ in range(150):
        assert flagged(series.go(3, 300))
        series.go(9, 50)

    assert flagged(series.go(3, 200))


def test_what_is_hardly_worth_a_call_calls_less_and_less() -> None:
    series = Series()
    series.go(DAY, 50)
    calls = []
    for _ in range(60):
        calls.append(bool(flagged(series.go(3, 50 * 1.55))))
        series.go(9, 50)

    assert sum(calls[:10]) > sum(calls[-10:])


def lossy(series: Series, minutes: int, everywhere: float, chance_of_bursts: float) -> list[Judgement]:
    """Minutes of 100 samples that each lose `everywhere` percent, and now and then half."""
    said = []
    for _ in range(minutes):
        bursts = sum(series.chance.random() < chance_of_bursts for _ in range(100))
        total = (100 - bursts) * everywhere + bursts * 50.0
        squares = (100 - bursts) * everywhere**2 + bursts * 2500.0
        breadth = total**2 / (100 * squares) if squares else 1.0
        minute = Minute(MONDAY_S + 60 * series.minute, 100, total / 100, breadth)
        series.baseline, one = judge(series.baseline, LOSS, minute, series.tuning)
        series.minute += 1
        said.append(one)
    return said


def test_loss_that_all_share_is_told_from_a_few_bursts() -> None:
    series = Series(LOSS)
    calm = lossy(series, DAY, 0.0, 0.05)
    more_bursts = lossy(copy.copy(series), 5, 0.0, 0.12)
    everywhere = lossy(series, 5, 5.0, 0.05)

    assert flagged(calm) == flagged(more_bursts) == []
    assert flagged(everywhere)[:1] in ([1], [2])
    assert everywhere[-1].high is not None
    assert everywhere[-1].high < 7.0


def test_certainty_grows_from_learning_over_fair_to_sure() -> None:
    series = Series(step=5)
    said = series.go(15 * DAY, 50)
    words = [one.certainty for one in said]

    assert (words[30], words[300], words[-1]) == (Certainty.LEARNING, Certainty.FAIR, Certainty.SURE)
    assert said[30].confidence < said[100].confidence < said[-1].confidence <= 1


def test_after_a_long_silence_it_is_less_sure() -> None:
    series = Series()
    before = series.go(DAY, 50)[-1]
    series.minute += 5 * HOUR
    after = series.go(1, 50)[0]

    assert after.confidence < before.confidence / 2
    assert after.certainty is Certainty.LEARNING
    assert after.high is not None
    assert before.high is not None
    assert after.high > before.high


def test_the_band_holds_what_is_expected() -> None:
    said = Series().go(2 * HOUR, 50)[-1]

    assert said.low is not None
    assert said.expected is not None
    assert said.high is not None
    assert said.low < said.expected < said.high
    assert said.expected == pytest.approx(50, rel=0.1)


def test_it_survives_being_put_away() -> None:
    series = Series()
    series.go(DAY, busy_evenings)
    kept = from_bytes(to_bytes(series.baseline))
    minute = Minute(MONDAY_S + 60 * series.minute, 50, 80.0)

    assert kept == series.baseline
    assert judge(kept, LATENCY, minute) == judge(series.baseline, LATENCY, minute)
    assert len(to_bytes(series.baseline)) < 8000


def test_bytes_that_are_no_baseline_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        from_bytes(to_bytes(new_baseline())[:1] + msgspec.msgpack.encode([1, 2, 3]))


def test_what_another_version_kept_is_forgotten() -> None:
    assert from_bytes(msgspec.msgpack.encode([1, 2, 3])) == new_baseline()


def test_judging_leaves_the_earlier_baseline_as_it_was() -> None:
    series = Series()
    series.go(2 * HOUR, 50)
    before = series.baseline
    kept = to_bytes(before)
    series.go(10, 300)

    assert to_bytes(before) == kept


def test_a_minute_is_judged_once() -> None:
    series = Series()
    series.go(5, 50)

    with pytest.raises(ValueError, match="not after"):
        judge(series.baseline, LATENCY, Minute(MONDAY_S + 60 * 4, 10, 50.0))


minutes = st.lists(
    st.tuples(st.integers(1, 400), st.integers(0, 10**6), st.one_of(st.none(), st.floats(-1e6, 1e6))), max_size=150
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([LATENCY, SPEED, LOSS, COUNTS, scale_of(Kpi.SIGNAL_DBM), scale_of(Kpi.CONNECTED)]), minutes)
def test_whatever_comes_the_numbers_stay_numbers(
    scale: Scale, given_minutes: list[tuple[int, int, float | None]]
) -> None:
    baseline: Baseline = new_baseline()
    at_s = MONDAY_S
    for gap, samples, value in given_minutes:
        at_s += 60 * gap
        baseline, said = judge(baseline, scale, Minute(at_s, samples, value))
        tails = [straying.far_tail for straying in baseline.strayings]
        assert all(math.isfinite(one) for one in (said.score, said.confidence, *baseline.levels, *tails))
        assert said.expected is None or math.isfinite(said.expected)
        assert 0 <= said.confidence <= 1
        assert (said.evidence is Evidence.BREACH) == baseline.is_flagged or said.evidence is Evidence.SILENCE
