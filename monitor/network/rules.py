"""What an operator's threshold is, and what a window's measurements prove under it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.network.kinds import Comparison, Kpi, Reason, Severity, Statistic
from monitor.network.phases import Evidence, Patience, State, Step, clear, step

OLDEST_JUDGED_S = 900
"""A window that ended longer ago is merged but not judged: news of it would mislead."""


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
    end = now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    window_s = rule.window_s
    if rule.statistic is Statistic.COUNT and rule.comparison is Comparison.BELOW:
        window_s += 60
    return end - timedelta(seconds=window_s), end


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


def advance(state: State, observation: Observation, rule: Rule, now: datetime) -> Step:
    """The state after one look at a rule's window, and what must be told, if anything.

    A disabled rule clears what it holds open at once.
    """
    if not rule.enabled:
        return clear(state, now, Reason.RULE_DISABLED)
    patience = Patience(rule.window_s, rule.for_s, rule.keep_firing_for_s)
    return step(state, weigh(observation, rule), patience, now)
