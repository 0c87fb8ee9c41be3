"""What a window proves under a rule, and which minutes a rule looks at."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.network.kinds import AlertEvent, Comparison, Kpi, Reason, Severity, Statistic
from monitor.network.phases import Evidence, Phase, State
from monitor.network.rules import Observation, Rule, advance, weigh, window_of, windows_of

NOW = datetime(2026, 3, 2, 8, 30, 20, tzinfo=UTC)
SLOW = Rule(
    id=1,
    provider=7,
    kpi=Kpi.LATENCY_MS,
    statistic=Statistic.P95,
    comparison=Comparison.ABOVE,
    threshold=200.0,
    cell=None,
    generation=None,
    window_s=300,
    for_s=0,
    keep_firing_for_s=60,
    min_samples=20,
    severity=Severity.MAJOR,
    enabled=True,
    modified_at=NOW - timedelta(days=1),
)
SILENT = replace(SLOW, statistic=Statistic.COUNT, comparison=Comparison.BELOW, threshold=5.0)


def seen(value: float | None, samples: int = 100) -> Observation:
    return Observation(value=value, samples=samples, devices=min(samples, 9))


@pytest.mark.parametrize(
    ("comparison", "value", "evidence"),
    [
        (Comparison.ABOVE, 200.1, Evidence.BREACH),
        (Comparison.ABOVE, 200.0, Evidence.HEALTH),
        (Comparison.BELOW, 199.9, Evidence.BREACH),
        (Comparison.BELOW, 200.0, Evidence.HEALTH),
    ],
)
def test_the_threshold_itself_is_healthy(comparison: Comparison, value: float, evidence: Evidence) -> None:
    assert weigh(seen(value), replace(SLOW, comparison=comparison)) is evidence


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_no_finite_value_is_silence(value: float | None) -> None:
    assert weigh(seen(value), SLOW) is Evidence.SILENCE


def test_too_few_samples_are_silence_however_bad() -> None:
    assert weigh(seen(5000.0, samples=19), SLOW) is Evidence.SILENCE
    assert weigh(seen(5000.0, samples=20), SLOW) is Evidence.BREACH


def test_nothing_measured_breaches_a_rule_on_too_few_measurements() -> None:
    assert weigh(seen(None, samples=0), SILENT) is Evidence.BREACH
    assert weigh(seen(None, samples=5), SILENT) is Evidence.HEALTH


def test_a_count_is_the_samples_whatever_the_value() -> None:
    crowded = replace(SILENT, comparison=Comparison.ABOVE, threshold=1000.0)

    assert weigh(seen(1.0, samples=1001), crowded) is Evidence.BREACH


def test_a_window_counts_whole_minutes_with_the_running_one() -> None:
    begin, end = window_of(SLOW, NOW)

    assert (begin, end) == (NOW.replace(minute=26, second=0), NOW.replace(minute=31, second=0))


def test_a_count_that_may_be_too_low_is_not_judged_on_a_minute_just_begun() -> None:
    begin, end = window_of(replace(SILENT, window_s=60), NOW)

    assert (begin, end) == (NOW.replace(minute=29, second=0), NOW.replace(minute=31, second=0))


def test_a_rule_opens_and_clears_its_alert() -> None:
    told = []
    state = State()
    for second, value in ((0, 300.0), (1, 100.0), (61, 100.0)):
        now = NOW + timedelta(seconds=second)
        state, news = advance(state, [(now, seen(value))], SLOW, now)
        told += news

    assert [one.event for one in told] == list(AlertEvent)


def test_disabling_a_rule_clears_its_alert_at_once() -> None:
    state, _ = advance(State(), [(NOW, seen(300.0))], SLOW, NOW)
    state, told = advance(state, [(NOW, seen(300.0))], replace(SLOW, enabled=False), NOW)

    assert [(one.event, one.reason) for one in told] == [(AlertEvent.CLEARED, Reason.RULE_DISABLED)]
    assert state.phase is Phase.QUIET


def test_a_disabled_rule_never_opens() -> None:
    _, told = advance(State(), [(NOW, seen(300.0))], replace(SLOW, enabled=False), NOW)

    assert told == []


def judged(rule: Rule, late_minute: int | None, oldest_s: int = 900) -> list[tuple[float, float, float]]:
    """Moment, beginning and end of each window, in minutes from 8:00."""
    eight = NOW.replace(minute=0, second=0)
    late = None if late_minute is None else eight + timedelta(minutes=late_minute)
    windows = windows_of(rule, NOW, late, oldest_s)
    return [
        tuple((moment - eight).total_seconds() / 60 for moment in (one.at, one.since, one.until)) for one in windows
    ]  # type: ignore[misc]


def test_without_late_rows_only_the_running_window_is_judged() -> None:
    assert judged(SLOW, None) == [(30 + 20 / 60, 26, 31)]


def test_late_rows_have_every_window_judged_that_closed_since() -> None:
    assert judged(SLOW, 27) == [(28, 23, 28), (29, 24, 29), (30, 25, 30), (30 + 20 / 60, 26, 31)]


def test_what_would_have_to_last_is_judged_with_the_late_minute() -> None:
    rule = replace(SLOW, window_s=60, for_s=100)

    assert [moment for moment, _, _ in judged(rule, 28)] == [28, 29, 30, 30 + 20 / 60]


def test_late_rows_cannot_make_a_count_too_low() -> None:
    assert judged(SILENT, 25) == [(30 + 20 / 60, 25, 31)]


def test_what_closed_too_long_ago_is_not_judged() -> None:
    rule = replace(SLOW, window_s=60)

    assert [moment for moment, _, _ in judged(rule, 3, oldest_s=120)] == [29, 30, 30 + 20 / 60]


def test_what_closed_before_the_rule_was_set_is_not_judged() -> None:
    rule = replace(SLOW, modified_at=NOW - timedelta(seconds=45))

    assert [moment for moment, _, _ in judged(rule, 20)] == [30, 30 + 20 / 60]


def test_a_long_window_holds_the_late_minute_still() -> None:
    assert len(judged(replace(SLOW, window_s=3600), 20)) == 1


@settings(deadline=None)
@given(
    st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)),
    st.integers(min_value=0, max_value=10**9),
    st.sampled_from(list(Statistic)),
    st.sampled_from(list(Comparison)),
)
def test_any_observation_proves_something(
    value: float | None, samples: int, statistic: Statistic, comparison: Comparison
) -> None:
    rule = replace(SLOW, statistic=statistic, comparison=comparison)

    assert weigh(Observation(value, samples, samples), rule) in Evidence


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)), st.integers(1, 60))
def test_a_window_holds_now_and_starts_on_a_minute(naive: datetime, minutes: int) -> None:
    now = naive.replace(tzinfo=UTC)
    begin, end = window_of(replace(SLOW, window_s=60 * minutes), now)

    assert begin <= now < end
    assert (begin.second, begin.microsecond) == (0, 0)
    assert end - begin == timedelta(minutes=minutes)
