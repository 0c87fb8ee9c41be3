"""Decides when an alert opens, lingers and clears: a pure state machine over what each look showed.

The phases are quiet -> pending (`for_s`) -> firing -> clearing (`keep_firing_for_s`) -> quiet. Three kinds of
evidence drive them. A *breach* leads towards firing. *Health* leads towards quiet. *Silence* proves neither: it never
opens an alert, and an open one is believed for one more window, then lingers as usual and clears with the reason
`no_data`. An alert that opens again and again is held open for a growing time and marked as flapping.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec

from monitor.network.kinds import AlertEvent, AlertState, Reason

FLAP_OPENINGS = 3
"""Openings within FLAP_WINDOW_S from which an alert counts as flapping and is held open."""

FLAP_WINDOW_S = 1800
"""How far back openings are counted, and the longest hold of a flapping alert."""

FLAP_SHORTEST_HOLD_S = 60
"""What the growing hold starts from where a rule keeps firing for less."""

_MOST_FLIPS = 16
"""Openings remembered: enough for the longest hold, and the state stays small."""


class Evidence(StrEnum):
    """What an observation proves."""

    BREACH = "breach"
    HEALTH = "health"
    SILENCE = "silence"


class Phase(StrEnum):
    """Where the state machine stands; `quiet` and `pending` are not yet an alert."""

    QUIET = "quiet"
    PENDING = "pending"
    FIRING = "firing"
    CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long evidence must last, so that rules and the adaptive detector share one machine."""

    window_s: int
    for_s: int
    keep_firing_for_s: int


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the machine remembers of one series between two looks; small, and kept as JSON in a row."""

    phase: Phase = Phase.QUIET
    since: datetime | None = None
    """when the phase began; None while quiet from the start"""
    opened_at: datetime | None = None
    """when the alert that is open now began to fire"""
    breached_at: datetime | None = None
    """the last breach"""
    seen_at: datetime | None = None
    """the last evidence that was not silence; like `breached_at` kept only while there is something to follow"""
    flips: tuple[datetime, ...] = ()
    """the latest openings, and while flapping the relapses too, oldest first"""
    flapping: bool = False
    fading: Reason = Reason.RECOVERED
    """why a clearing alert will be said to have cleared"""
    answered_at: datetime | None = None
    """when the last alert cleared: what comes late of the time before it was told with it"""

    @property
    def is_open(self) -> bool:
        """Whether there is an alert that has not cleared."""
        return self.phase in (Phase.FIRING, Phase.CLEARING)


@dataclass(frozen=True, slots=True)
class Transition:
    """What must be told about an alert after one look."""

    event: AlertEvent
    state: AlertState
    reason: Reason
    at: datetime
    flapping: bool


Step = tuple[State, Transition | None]
Sight = tuple[datetime, Evidence]
"""Evidence, and the moment that it is about."""


def to_json(state: State) -> bytes:
    """The state as a small JSON object."""
    return msgspec.json.encode(state)


def from_json(stored: bytes | str) -> State:
    """The state that `to_json` gave.

    Raises: msgspec.ValidationError, msgspec.DecodeError - not such an object.
    """
    return msgspec.json.decode(stored, type=State)


def step(state: State, evidence: Evidence, patience: Patience, now: datetime) -> Step:
    """The state after one piece of evidence, and what must be told, if anything.

    Looks are expected every second or so; a longer pause of the judge never opens or clears anything by itself,
    and a clock that steps back only delays. While quiet and healthy the very same state comes back, so that its row
    need not be written.
    """
    state = _remember(state, evidence, patience, now)
    match evidence:
        case Evidence.BREACH:
            after, told = _on_breach(state, patience, now)
        case Evidence.HEALTH:
            after, told = _on_health(state, patience, now)
        case Evidence.SILENCE:
            after, told = _on_silence(state, patience, now)
        case _:
            assert_never(evidence)
    return _mark_flapping(after, told, now)


def catch_up(state: State, late: Sequence[Sight], patience: Patience) -> tuple[State, list[Transition]]:
    """The state after evidence about earlier moments, oldest first, and what must be told of them.

    An alert that opens this way opened then. Nothing is asked twice: a cleared alert has answered for all that was
    before its end, an open one for all before its latest breach. A pending run may turn out to have begun earlier, or
    to be broken.
    """
    if not late:
        return state, []
    if state.phase is not Phase.PENDING or state.since is None or state.breached_at is None:
        return _walk(state, late, patience)
    since, latest = state.since, state.breached_at
    quiet = State(flips=state.flips, answered_at=state.answered_at)
    begun, told = _walk(quiet, [*(one for one in late if one[0] < since), (since, Evidence.BREACH)], patience)
    begun = msgspec.structs.replace(begun, breached_at=latest, seen_at=latest)
    rest = [*(one for one in late if one[0] > since), (latest, Evidence.BREACH)]
    after, told_later = _walk(begun, sorted(rest, key=lambda one: one[0]), patience)
    return after, told + told_later


def clear(state: State, now: datetime, why: Reason) -> Step:
    """Ends whatever is open, at once; nothing is told if nothing was."""
    told = Transition(AlertEvent.CLEARED, AlertState.CLEARED, why, now, state.flapping) if state.is_open else None
    return (state if state.phase is Phase.QUIET else _settle(state, now)), told


def is_forgettable(state: State, now: datetime, oldest_s: int) -> bool:
    """Whether nothing of it matters any more to evidence that is at most `oldest_s` old."""
    if state.phase is not Phase.QUIET or any(_elapsed_s(at, now) < FLAP_WINDOW_S for at in state.flips):
        return False
    return state.answered_at is None or _elapsed_s(state.answered_at, now) > oldest_s


def hold_s(state: State, keep_firing_for_s: int) -> int:
    """How long a clearing alert lingers: the rule's own time, doubled for every flip beyond the second."""
    if not state.flapping:
        return keep_firing_for_s
    grown = max(keep_firing_for_s, FLAP_SHORTEST_HOLD_S) << max(1, len(state.flips) - FLAP_OPENINGS + 1)
    return max(keep_firing_for_s, min(grown, FLAP_WINDOW_S))


def _walk(state: State, sights: Iterable[Sight], patience: Patience) -> tuple[State, list[Transition]]:
    """Steps through what was not answered yet."""
    answered, told = _answered(state), []
    for moment, evidence in sights:
        if answered is None or moment > answered:
            state, transition = step(state, evidence, patience, moment)
            told += [] if transition is None else [transition]
    return state, told


def _answered(state: State) -> datetime | None:
    """Up to when all that comes late is told already: an open alert's latest breach, or the last one's clearing."""
    if not state.is_open:
        return state.answered_at
    return max((at for at in (state.since, state.breached_at) if at is not None), default=None)


def _elapsed_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _remember(state: State, evidence: Evidence, patience: Patience, now: datetime) -> State:
    """Forgets old flips, restarts a pending run that a silence broke, and notes the evidence."""
    if state.phase is not Phase.CLEARING or evidence is Evidence.BREACH:  # else the hold would shrink while it runs
        flips = tuple(at for at in state.flips if _elapsed_s(at, now) < FLAP_WINDOW_S)
        if flips != state.flips:
            state = msgspec.structs.replace(state, flips=flips)
    if evidence is Evidence.SILENCE or (evidence is Evidence.HEALTH and state.phase is Phase.QUIET):
        return state
    broke = state.phase is Phase.PENDING and _elapsed_s(state.breached_at, now) > patience.window_s
    return msgspec.structs.replace(
        state,
        phase=Phase.QUIET if broke else state.phase,
        seen_at=now,
        breached_at=now if evidence is Evidence.BREACH else state.breached_at,
    )


def _on_breach(state: State, patience: Patience, now: datetime) -> Step:
    match state.phase:
        case Phase.QUIET if patience.for_s > 0:
            return msgspec.structs.replace(state, phase=Phase.PENDING, since=now), None
        case Phase.QUIET:
            return _open(state, now)
        case Phase.PENDING:
            return _open(state, now) if _elapsed_s(state.since, now) >= patience.for_s else (state, None)
        case Phase.FIRING:
            return state, None
        case Phase.CLEARING:
            flips = (*state.flips, now)[-_MOST_FLIPS:] if state.flapping else state.flips
            after = msgspec.structs.replace(state, phase=Phase.FIRING, since=now, flips=flips)
            return after, _tell(after, AlertEvent.CHANGED, Reason.RELAPSE, now)
        case _:
            assert_never(state.phase)


def _on_health(state: State, patience: Patience, now: datetime) -> Step:
    match state.phase:
        case Phase.QUIET:
            return state, None
        case Phase.PENDING:
            return _settle(state, now), None
        case Phase.FIRING:
            return _fade(state, patience, now, Reason.RECOVERED)
        case Phase.CLEARING:
            if state.fading is not Reason.RECOVERED:
                state = msgspec.structs.replace(state, fading=Reason.RECOVERED)
            return _finish(state, patience, now)
        case _:
            assert_never(state.phase)


def _on_silence(state: State, patience: Patience, now: datetime) -> Step:
    match state.phase:
        case Phase.QUIET:
            return state, None
        case Phase.PENDING:
            is_stale = _elapsed_s(state.breached_at, now) > patience.window_s
            return (_settle(state, now) if is_stale else state), None
        case Phase.FIRING:
            if _elapsed_s(state.seen_at, now) < patience.window_s:
                return state, None
            return _fade(state, patience, now, Reason.NO_DATA)
        case Phase.CLEARING:
            return _finish(state, patience, now)
        case _:
            assert_never(state.phase)


def _open(state: State, now: datetime) -> Step:
    flips = (*state.flips, now)[-_MOST_FLIPS:]
    after = msgspec.structs.replace(state, phase=Phase.FIRING, since=now, opened_at=now, flips=flips)
    return after, _tell(after, AlertEvent.OPENED, Reason.BREACH, now)


def _fade(state: State, patience: Patience, now: datetime, why: Reason) -> Step:
    """Firing -> clearing, or straight to quiet where nothing is to be waited for."""
    if hold_s(state, patience.keep_firing_for_s) <= 0:
        return clear(state, now, why)
    after = msgspec.structs.replace(state, phase=Phase.CLEARING, since=now, fading=why)
    shown = Reason.RECOVERING if why is Reason.RECOVERED else why
    return after, _tell(after, AlertEvent.CHANGED, shown, now)


def _finish(state: State, patience: Patience, now: datetime) -> Step:
    if _elapsed_s(state.since, now) < hold_s(state, patience.keep_firing_for_s):
        return state, None
    return clear(state, now, state.fading)


def _settle(state: State, now: datetime) -> State:
    return State(since=now, flips=state.flips, answered_at=now if state.is_open else state.answered_at)


def _tell(state: State, event: AlertEvent, why: Reason, now: datetime) -> Transition:
    shown = AlertState.FIRING if state.phase is Phase.FIRING else AlertState.CLEARING
    return Transition(event, shown, why, now, state.flapping)


def _mark_flapping(state: State, told: Transition | None, now: datetime) -> Step:
    """Sets or lifts the mark; a clearing alert keeps it, so that the hold it was given does not shrink under it."""
    if not state.is_open or state.phase is Phase.CLEARING:
        return state, told
    flapping = len(state.flips) >= FLAP_OPENINGS
    if flapping == state.flapping:
        return state, told
    after = msgspec.structs.replace(state, flapping=flapping)
    if told is None:
        told = _tell(after, AlertEvent.CHANGED, Reason.FLAPPING if flapping else Reason.STEADY, now)
    return after, replace(told, flapping=flapping)
