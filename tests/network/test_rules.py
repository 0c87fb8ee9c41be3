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
from monitor.network.rules import Observation, Rule, advance, weigh, window_of

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
    state, opened = advance(State(), seen(300.0), SLOW, NOW)
    state, fading = advance(state, seen(100.0), SLOW, NOW + timedelta(seconds=1))
    state, cleared = advance(state, seen(100.0), SLOW, NOW + timedelta(seconds=61))

    assert opened is not None
    assert fading is not None
    assert cleared is not None
    assert [opened.event, fading.event, cleared.event] == list(AlertEvent)


def test_disabling_a_rule_clears_its_alert_at_once() -> None:
    state, _ = advance(State(), seen(300.0), SLOW, NOW)
    state, told = advance(state, seen(300.0), replace(SLOW, enabled=False), NOW)

    assert told is not None
    assert (told.event, told.reason) == (AlertEvent.CLEARED, Reason.RULE_DISABLED)
    assert state.phase is Phase.QUIET


def test_a_disabled_rule_never_opens() -> None:
    _, told = advance(State(), seen(300.0), replace(SLOW, enabled=False), NOW)

    assert told is None


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
