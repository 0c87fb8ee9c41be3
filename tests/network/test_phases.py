"""What an alert does over time: when it opens, lingers, clears, and what flapping changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.network.kinds import AlertEvent, AlertState, Reason
from monitor.network.phases import (
    FLAP_OPENINGS,
    FLAP_WINDOW_S,
    Evidence,
    Patience,
    Phase,
    State,
    Transition,
    catch_up,
    clear,
    from_json,
    hold_s,
    step,
    to_json,
)

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
AT_ONCE = Patience(window_s=60, for_s=0, keep_firing_for_s=0)
USUAL = Patience(window_s=120, for_s=60, keep_firing_for_s=300)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def walk(
    looks: Iterable[tuple[float, Evidence]], patience: Patience, state: State | None = None
) -> tuple[State, list[tuple[float, Transition]]]:
    """Steps through (second, evidence) pairs; the state at the end and everything told on the way."""
    state = state or State()
    told: list[tuple[float, Transition]] = []
    for second, evidence in looks:
        state, transition = step(state, evidence, patience, at(second))
        if transition is not None:
            told.append((second, transition))
    return state, told


def every(seconds: Iterable[int], evidence: Evidence) -> list[tuple[float, Evidence]]:
    return [(second, evidence) for second in seconds]


def firing(patience: Patience = USUAL, until: int = 60) -> State:
    state, _ = walk(every(range(0, until + 1), Evidence.BREACH), patience)
    assert state.phase is Phase.FIRING
    return state


def test_without_for_the_first_breach_fires() -> None:
    _, told = walk([(0, Evidence.HEALTH), (1, Evidence.BREACH)], AT_ONCE)

    assert [(second, one.event, one.state, one.reason) for second, one in told] == [
        (1, AlertEvent.OPENED, AlertState.FIRING, Reason.BREACH)
    ]


def test_with_for_it_fires_when_the_breach_has_lasted() -> None:
    _, told = walk(every(range(0, 100), Evidence.BREACH), USUAL)

    assert [second for second, _ in told] == [60]


def test_health_within_for_starts_the_wait_anew() -> None:
    looks = [*every(range(0, 50), Evidence.BREACH), (50, Evidence.HEALTH), *every(range(51, 200), Evidence.BREACH)]
    _, told = walk(looks, USUAL)

    assert [second for second, _ in told] == [111]


def test_short_silence_within_for_does_not_break_the_wait() -> None:
    looks = [(0, Evidence.BREACH), *every(range(1, 60), Evidence.SILENCE), (60, Evidence.BREACH)]
    _, told = walk(looks, USUAL)

    assert [second for second, _ in told] == [60]


def test_breaches_with_a_silent_window_between_are_two_beginnings() -> None:
    _, told = walk([(0, Evidence.BREACH), (121, Evidence.BREACH), (122, Evidence.BREACH)], USUAL)

    assert told == []


def test_silence_alone_never_opens() -> None:
    state, told = walk(every(range(0, 2000, 10), Evidence.SILENCE), AT_ONCE)

    assert (state, told) == (State(), [])


def test_silence_does_not_fire_what_is_pending() -> None:
    _, told = walk([(0, Evidence.BREACH), *every(range(1, 500), Evidence.SILENCE)], USUAL)

    assert told == []


def test_a_healthy_look_turns_firing_into_clearing_and_then_cleared() -> None:
    state, told = walk(every(range(61, 400), Evidence.HEALTH), USUAL, firing())

    assert [(second, one.event, one.state, one.reason) for second, one in told] == [
        (61, AlertEvent.CHANGED, AlertState.CLEARING, Reason.RECOVERING),
        (361, AlertEvent.CLEARED, AlertState.CLEARED, Reason.RECOVERED),
    ]
    assert state.phase is Phase.QUIET


def test_without_keep_firing_the_first_healthy_look_clears() -> None:
    _, told = walk([(0, Evidence.BREACH), (1, Evidence.HEALTH)], AT_ONCE)

    assert [one.event for _, one in told] == [AlertEvent.OPENED, AlertEvent.CLEARED]


def test_a_breach_while_clearing_fires_again_without_a_second_opening() -> None:
    looks = [(61, Evidence.HEALTH), (100, Evidence.BREACH), *every(range(101, 402), Evidence.HEALTH)]
    _, told = walk(looks, USUAL, firing())

    assert [(second, one.event, one.reason) for second, one in told] == [
        (61, AlertEvent.CHANGED, Reason.RECOVERING),
        (100, AlertEvent.CHANGED, Reason.RELAPSE),
        (101, AlertEvent.CHANGED, Reason.RECOVERING),
        (401, AlertEvent.CLEARED, Reason.RECOVERED),
    ]


def test_vanished_evidence_clears_after_the_window_and_the_linger() -> None:
    _, told = walk(every(range(61, 600), Evidence.SILENCE), USUAL, firing())

    assert [(second, one.state, one.reason) for second, one in told] == [
        (60 + 120, AlertState.CLEARING, Reason.NO_DATA),
        (60 + 120 + 300, AlertState.CLEARED, Reason.NO_DATA),
    ]


def test_health_after_silence_clears_as_recovered() -> None:
    looks = [*every(range(61, 300), Evidence.SILENCE), *every(range(300, 600), Evidence.HEALTH)]
    _, told = walk(looks, USUAL, firing())

    assert told[-1][1].reason is Reason.RECOVERED


def test_a_judge_that_slept_clears_nothing_on_waking() -> None:
    _, told = walk([(7200, Evidence.SILENCE), (7201, Evidence.SILENCE)], USUAL, firing())

    assert [one.event for _, one in told] == [AlertEvent.CHANGED]


def test_a_clock_that_steps_back_only_delays() -> None:
    _, told = walk([(61, Evidence.HEALTH), (-500, Evidence.HEALTH), (360, Evidence.HEALTH)], USUAL, firing())

    assert [one.event for _, one in told] == [AlertEvent.CHANGED]


def test_quiet_health_changes_nothing_that_must_be_stored() -> None:
    state, _ = step(State(), Evidence.HEALTH, USUAL, at(0))

    assert state == State()


def test_clearing_by_hand_tells_only_of_what_was_open() -> None:
    _, told = clear(firing(), at(70), Reason.RULE_DISABLED)

    assert told is not None
    assert told.reason is Reason.RULE_DISABLED
    assert clear(State(), at(70), Reason.RULE_DISABLED) == (State(), None)


def late(*sights: tuple[float, Evidence]) -> list[tuple[datetime, Evidence]]:
    return [(at(second), evidence) for second, evidence in sights]


def test_a_late_breach_opens_at_its_own_moment() -> None:
    state, told = catch_up(State(), late((60, Evidence.BREACH)), AT_ONCE)

    assert [(one.event, one.at) for one in told] == [(AlertEvent.OPENED, at(60))]
    assert state.opened_at == at(60)


def test_a_cleared_alert_has_answered_for_all_before_its_end() -> None:
    state, _ = walk([(30, Evidence.BREACH), (70, Evidence.HEALTH)], AT_ONCE)

    assert catch_up(state, late((60, Evidence.BREACH)), AT_ONCE) == (state, [])
    assert catch_up(state, late((120, Evidence.BREACH)), AT_ONCE)[0].opened_at == at(120)


def test_an_open_alert_has_answered_for_all_before_its_latest_breach() -> None:
    state = firing(until=130)

    assert catch_up(state, late((120, Evidence.HEALTH)), USUAL) == (state, [])
    assert catch_up(state, late((180, Evidence.HEALTH)), USUAL)[0].phase is Phase.CLEARING


def test_a_late_breach_while_clearing_makes_it_linger_anew() -> None:
    state, _ = walk([(61, Evidence.HEALTH), (130, Evidence.HEALTH)], USUAL, firing())
    state, told = catch_up(state, late((120, Evidence.BREACH)), USUAL)
    _, told_later = walk(every(range(131, 500), Evidence.HEALTH), USUAL, state)

    assert [one.reason for one in told] == [Reason.RELAPSE]
    assert [second for second, one in told_later if one.event is AlertEvent.CLEARED] == [431]


def test_a_pending_run_may_have_begun_earlier() -> None:
    state, _ = walk(every(range(100, 130), Evidence.BREACH), USUAL)
    state, told = catch_up(state, late((60, Evidence.BREACH)), USUAL)

    assert [(one.event, one.at) for one in told] == [(AlertEvent.OPENED, at(129))]
    assert state.opened_at == state.breached_at == at(129)


def test_a_pending_run_may_have_been_broken() -> None:
    state, _ = walk(every(range(100, 130), Evidence.BREACH), USUAL)
    state, _ = catch_up(state, late((60, Evidence.BREACH), (120, Evidence.HEALTH)), USUAL)

    assert (state.phase, state.since) == (Phase.PENDING, at(129))


def test_without_late_evidence_a_pending_run_stays_as_it_is() -> None:
    state, _ = walk(every(range(0, 50), Evidence.BREACH), Patience(window_s=10, for_s=300, keep_firing_for_s=0))

    assert catch_up(state, [], USUAL) == (state, [])


def seesaw(period_s: int, rounds: int) -> list[tuple[float, Evidence]]:
    """A breach and health by turns, `period_s` each."""
    return [
        (second, Evidence.BREACH if (second // period_s) % 2 == 0 else Evidence.HEALTH)
        for second in range(0, 2 * rounds * period_s, 10)
    ]


def test_the_third_opening_in_half_an_hour_is_flapping() -> None:
    _, told = walk(seesaw(60, 3), AT_ONCE)
    openings = [one for _, one in told if one.event is AlertEvent.OPENED]

    assert [one.flapping for one in openings] == [False] * (FLAP_OPENINGS - 1) + [True]


def test_a_flapping_alert_is_held_open_instead_of_opening_again() -> None:
    _, told = walk(seesaw(60, 60), AT_ONCE)
    events = [one.event for _, one in told]

    assert events.count(AlertEvent.OPENED) == FLAP_OPENINGS
    assert events.count(AlertEvent.CLEARED) == FLAP_OPENINGS - 1


def test_the_hold_grows_with_every_relapse_up_to_half_an_hour() -> None:
    holds = [hold_s(State(flapping=True, flips=tuple(at(i) for i in range(count))), 60) for count in range(3, 12)]

    assert holds[:3] == [120, 240, 480]
    assert holds == sorted(holds)
    assert holds[-1] == FLAP_WINDOW_S


def test_a_flapping_alert_clears_when_it_stays_healthy() -> None:
    state, _ = walk(seesaw(60, 20), AT_ONCE)
    state, told = walk(every(range(2400, 2400 + FLAP_WINDOW_S + 60, 10), Evidence.HEALTH), AT_ONCE, state)

    assert told[-1][1].event is AlertEvent.CLEARED
    assert not state.is_open


def test_an_alert_that_fires_steadily_is_no_longer_flapping() -> None:
    state, _ = walk(seesaw(60, 5), AT_ONCE)
    state, told = walk(every(range(600, 600 + FLAP_WINDOW_S + 60, 10), Evidence.BREACH), AT_ONCE, state)

    assert [(one.reason, one.flapping) for _, one in told[-1:]] == [(Reason.STEADY, False)]
    assert not state.flapping


def test_state_survives_json() -> None:
    state, _ = walk(seesaw(60, 5), AT_ONCE)

    assert from_json(to_json(state)) == state
    assert from_json(to_json(State())) == State()
    assert len(to_json(state)) < 700


def test_json_that_is_no_state_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        from_json(b'{"phase":"asleep"}')


patiences = st.builds(
    Patience,
    window_s=st.sampled_from([60, 120, 600]),
    for_s=st.sampled_from([0, 1, 60, 300]),
    keep_firing_for_s=st.sampled_from([0, 1, 60, 300]),
)
walks = st.lists(st.tuples(st.sampled_from([0, 1, 1, 30, 60, 200, 1000]), st.sampled_from(list(Evidence))), max_size=60)


def timed(steps: list[tuple[int, Evidence]]) -> list[tuple[float, Evidence]]:
    looks: list[tuple[float, Evidence]] = []
    second = 0
    for pause, evidence in steps:
        second += pause
        looks.append((second, evidence))
    return looks


@settings(deadline=None)
@given(patiences, walks)
def test_openings_and_clearings_alternate(patience: Patience, steps: list[tuple[int, Evidence]]) -> None:
    _, told = walk(timed(steps), patience)
    ends = [one.event for _, one in told if one.event is not AlertEvent.CHANGED]

    assert ends == [AlertEvent.OPENED, AlertEvent.CLEARED] * (len(ends) // 2) + [AlertEvent.OPENED] * (len(ends) % 2)


@settings(deadline=None)
@given(patiences, walks)
def test_changes_happen_only_between_opening_and_clearing(
    patience: Patience, steps: list[tuple[int, Evidence]]
) -> None:
    _, told = walk(timed(steps), patience)
    is_open = False

    for _, one in told:
        assert (one.event is AlertEvent.OPENED) != is_open
        is_open = one.event is not AlertEvent.CLEARED


@settings(deadline=None)
@given(patiences, walks)
def test_it_never_fires_before_the_breach_has_lasted(patience: Patience, steps: list[tuple[int, Evidence]]) -> None:
    looks = timed(steps)
    _, told = walk(looks, patience)

    for second, one in told:
        if one.event is AlertEvent.OPENED:
            healthy = [when for when, evidence in looks if evidence is Evidence.HEALTH and when < second]
            breaches = [when for when, evidence in looks if evidence is Evidence.BREACH]
            begun = min(when for when in breaches if not healthy or when >= healthy[-1])
            assert second - begun >= patience.for_s
            assert second in breaches


@settings(deadline=None)
@given(patiences, walks, st.lists(st.lists(st.sampled_from(list(Evidence)), max_size=5), max_size=60))
def test_late_evidence_never_opens_twice(
    patience: Patience, steps: list[tuple[int, Evidence]], backlogs: list[list[Evidence]]
) -> None:
    """Before each look something about the minutes before it may come, whatever was said of them already."""
    state = State()
    events: list[AlertEvent] = []
    for index, (second, evidence) in enumerate(timed(steps)):
        backlog = backlogs[index] if index < len(backlogs) else []
        closed = [(second // 60 * 60 - 60 * ago, one) for ago, one in enumerate(backlog)]
        state, told = catch_up(state, late(*reversed(closed)), patience)
        state, now = step(state, evidence, patience, at(second))
        events += [one.event for one in (*told, *([] if now is None else [now]))]
    ends = [event for event in events if event is not AlertEvent.CHANGED]

    assert ends == [AlertEvent.OPENED, AlertEvent.CLEARED] * (len(ends) // 2) + [AlertEvent.OPENED] * (len(ends) % 2)
    assert state.is_open == (len(ends) % 2 == 1)


@settings(deadline=None)
@given(patiences, walks)
def test_a_kept_state_goes_on_as_if_never_put_away(patience: Patience, steps: list[tuple[int, Evidence]]) -> None:
    state = kept = State()
    for second, evidence in timed(steps):
        state, told = step(state, evidence, patience, at(second))
        kept, told_after_keeping = step(from_json(to_json(kept)), evidence, patience, at(second))
        assert (kept, told_after_keeping) == (state, told)


@settings(deadline=None)
@given(patiences, walks)
def test_whatever_happened_silence_ends_it(patience: Patience, steps: list[tuple[int, Evidence]]) -> None:
    looks = timed(steps)
    state, _ = walk(looks, patience)
    last = looks[-1][0] if looks else 0
    longest = patience.window_s + max(patience.keep_firing_for_s, FLAP_WINDOW_S) + 20
    state, _ = walk([(last + second, Evidence.SILENCE) for second in range(0, longest, 10)], patience, state)

    assert state.phase is Phase.QUIET
