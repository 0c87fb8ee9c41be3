"""What an operator's threshold is, and what a window's measurements prove under it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.network.kinds import Comparison, Kpi, Reason, Severity, Statistic
from monitor.network.phases import Evidence, Patience, State, Transition, catch_up, clear, step

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One threshold that an operator set, as its row says."""

    id: int
    provider: int
    kpi: Kpi
    statistic: Statistic
    comparison: Comparison
    threshold: float
    """in the unit of the kpi; a share 0..1 for `share_connected`, measurements a window for `count`"""
    cell: int | None
    """H3 index of resolution 6, None for the whole provider"""
    generation: str | None
    window_s: int
    """a multiple of 60; counts whole minutes, the running one included"""
    for_s: int
    keep_firing_for_s: int
    min_samples: int
    severity: Severity
    enabled: bool
    modified_at: datetime
    """no window that ended before is judged: the rule was another then"""


@dataclass(frozen=True, slots=True)
class Window:
    """Minutes that a rule judges together."""

    at: datetime
    """the moment that they speak for: now for the running window, its end for one that closed"""
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """What one window showed for one rule."""

    value: float | None
    """the rule's statistic over the window, None where nothing was measured"""
    samples: int
    devices: int


def window_of(rule: Rule, now: datetime) -> tuple[datetime, datetime]:
    """First and past-the-last moment of what a rule judges now: whole minutes, the running one included.

    For a count that may be too low the running minute comes on top: at its first second it holds next to nothing,
    and every such rule would breach once a minute.
    """
    end = now.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
    window_s = rule.window_s + (60 if _is_least_count(rule) else 0)
    return end - timedelta(seconds=window_s), end


def windows_of(rule: Rule, now: datetime, late: datetime | None, oldest_s: int) -> list[Window]:
    """What a rule judges now, in order: windows that closed and that late rows bear on, then the running one.

    `late`: the first minute before the running one that was added to, None without any. What would have to last with it
    is judged again too. A window that ended more than `oldest_s` ago is not, since news of it would mislead; a longer
    one holds the late minute still; and rows that come late cannot make a count too low.
    """
    running = Window(now, *window_of(rule, now))
    if late is None or rule.window_s > oldest_s or _is_least_count(rule):
        return [running]
    oldest = max(rule.modified_at, now - timedelta(seconds=oldest_s))
    end = running.until - _MINUTE
    first = late + _MINUTE - timedelta(seconds=rule.for_s)
    closed: list[Window] = []
    while end >= first and end > oldest:
        closed.append(Window(end, *window_of(rule, end - timedelta.resolution)))
        end -= _MINUTE
    return [*reversed(closed), running]


def _is_least_count(rule: Rule) -> bool:
    return rule.statistic is Statistic.COUNT and rule.comparison is Comparison.BELOW


def weigh(observation: Observation, rule: Rule) -> Evidence:
    """What an observation proves under a rule.

    A count is never silence, and `min_samples` does not bind it. Everything else needs a finite value and enough
    samples.
    """
    value = observation.value
    if rule.statistic is Statistic.COUNT:
        value = float(observation.samples)
    elif value is None or not math.isfinite(value) or observation.samples < max(1, rule.min_samples):
        return Evidence.SILENCE
    is_breach = value > rule.threshold if rule.comparison is Comparison.ABOVE else value < rule.threshold
    return Evidence.BREACH if is_breach else Evidence.HEALTH


def advance(
    state: State, seen: Sequence[tuple[datetime, Observation]], rule: Rule, now: datetime
) -> tuple[State, list[Transition]]:
    """The state after a look at a rule's windows, the running one last, and what must be told.

    A disabled rule clears what it holds open at once.
    """
    if not rule.enabled:
        state, transition = clear(state, now, Reason.RULE_DISABLED)
        return state, [] if transition is None else [transition]
    patience = Patience(rule.window_s, rule.for_s, rule.keep_firing_for_s)
    sights = [(moment, weigh(observation, rule)) for moment, observation in seen]
    state, told = catch_up(state, sights[:-1], patience)
    state, transition = step(state, sights[-1][1], patience, now)
    return state, told if transition is None else [*told, transition]
