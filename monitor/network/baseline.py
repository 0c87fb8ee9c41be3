"""Learns what is usual for one series of minutes and says when a minute is not, how unlike it is and how sure that is.

A value is judged in a unit where ups and downs look alike (the logarithm of a latency, the root of a count). What is
expected is the season (`seasons`) and, on top, the level of the last minutes, at whichever of several paces has lately
missed least. What is measured is the *second worst of the last three minutes* against a level that has seen none of
them: one bad minute proves nothing, two of three do. It is divided by how far that same measure strays on ordinary
days, tails included, and by the root of the samples, since three samples prove less than three hundred.

What is flagged is not learned, so an outage poisons nothing; what stays changed for hours is the new usual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from monitor.network import seasons
from monitor.network.kinds import Certainty, Comparison
from monitor.network.phases import Evidence
from monitor.network.scales import Scale

Recent = tuple[int, float, float, float]
"""A minute that is judged but not yet learned: second, bent value, that less the season, weakness."""


class Why(StrEnum):
    """What a judgement rests on."""

    USUAL = "usual"
    WORSE = "worse"
    """at least two of the last three minutes were worse than usual"""
    BETTER = "better"
    ONE_MINUTE = "one_minute"
    """this minute is worse, the ones beside it are not"""
    TOO_EARLY = "too_early"
    NOTHING_MEASURED = "nothing_measured"


@dataclass(frozen=True, slots=True)
class Tuning:
    """The detector's settings, chosen by tests/bench/detector.py on traces that its report does not use."""

    limit: float = 6.0
    """how many times its usual straying the measure must reach"""
    stay: float = 3.0
    """an alert goes on while the measure is above this"""
    paces: tuple[float, ...] = (0.3, 0.08, 0.02)
    """share of the difference by which each level follows a minute"""
    many: float = 400.0
    """samples beyond which more prove hardly more, since phones share their troubles"""
    absorb_steps: int = 180
    """minutes after which what stays changed is the new usual"""
    absorb_silence_steps: int = 1440
    """the same for a count of nought: an outage of hours is an outage still"""
    warm_steps: int = 20
    """minutes to learn before anything is flagged"""
    step_s: int = 60


PRODUCTION = Tuning()

_RECENT_STEPS = 5
"""Minutes further back are no longer `the last three`, however few there were between."""

_MAKES_UP = 0.8
_STALE_STEPS = 30
_STALEST = 720
"""A silence widens what is believed, by half after half an hour; ten minutes of measurements make up for it."""

_FAIR_STEPS = 60
_SURE_TRUST = 0.66
"""An hour to be fair, two visits of the hour of the week to be sure."""

_STRANGE_PACE = 0.05
_MISS_PACE = 0.02
_MIDDLE_UP, _MIDDLE_DOWN = 1.02, 1 / 1.02
_TAIL_PACE = 0.15
_FAR_PACE = 0.5
"""How fast the spread follows: the median within the hour, the far tail within the day."""


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a series, closed."""

    at_s: int
    """its first second, since the epoch"""
    samples: int
    value: float | None
    """mean or other statistic in the unit of the kpi; the count itself for a series of counts"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one minute showed."""

    evidence: Evidence
    """what the alert's state machine takes"""
    expected: float | None
    low: float | None
    high: float | None
    """the band outside which minutes are flagged if they last; the unit of the kpi, None before anything was learned"""
    score: float
    """times the limit: 1 and above is flagged, negative is better than usual"""
    confidence: float
    """0..1"""
    certainty: Certainty
    why: Why


class Baseline(msgspec.Struct, array_like=True):
    """What is remembered of one series, about 4 kB; treat it as a value: `judge` gives the next one."""

    season: seasons.Season
    last_s: int = 0
    learned: int = 0
    levels: tuple[float, ...] = ()
    """of the value less the season, one for each pace"""
    misses: tuple[float, ...] = ()
    """how far each level has lately been off"""
    recent: tuple[Recent, ...] = ()
    middle: float = 0.0
    """median of the measure's straying, for a weakness of one"""
    tail: float = 0.0
    far_tail: float = 0.0
    """95 % and 99.5 % quantile of its straying to the bad side"""
    strange: int = 0
    """minutes of late that were too odd to learn"""
    strange_level: float = 0.0
    stale: float = 0.0
    """minutes of silence not yet made up for"""
    is_flagged: bool = False


def new_baseline() -> Baseline:
    """A baseline that knows nothing."""
    return Baseline(season=seasons.new_season())


def to_bytes(baseline: Baseline) -> bytes:
    """The baseline as it is kept in a row."""
    return msgspec.msgpack.encode(baseline)


def from_bytes(stored: bytes) -> Baseline:
    """The baseline that `to_bytes` gave.

    Raises: msgspec.ValidationError, msgspec.DecodeError - not such bytes.
    """
    return msgspec.msgpack.decode(stored, type=Baseline)


def judge(before: Baseline, scale: Scale, minute: Minute, tuning: Tuning = PRODUCTION) -> tuple[Baseline, Judgement]:
    """The baseline after one minute, and what the minute showed. `before` stays as it was.

    Minutes come in order, each once, closed. A minute in which nothing was measured may be left out, but for a series
    of counts, where it must be given with nought (`judge_silence`): there silence is what is looked for.

    Raises: ValueError - the minute is not after the last one.
    """
    if minute.at_s <= before.last_s:
        raise ValueError(f"minute {minute.at_s} is not after {before.last_s}")
    value = minute.value
    if value is None or not math.isfinite(value) or (scale.by_samples and minute.samples < 1):
        return before, _nothing(before, minute, tuning)
    bent = scale.bend(value)
    weakness = math.sqrt(1 / minute.samples + 1 / tuning.many) if scale.by_samples else 1.0
    after = _begin(before, minute.at_s, tuning)
    if not after.season.learned and not after.recent:
        after.season = seasons.copy_of(after.season)
        after.season.level = bent
    usual = seasons.usual(after.season, minute.at_s)
    after.recent = (*after.recent, (minute.at_s, bent, bent - usual, weakness))
    if after.learned < tuning.warm_steps:
        _learn_spread(after, scale, tuning)
        return after, _nothing(after, minute, tuning)
    judgement = _weigh(after, scale, usual, weakness, minute, tuning)
    _learn_spread(after, scale, tuning)
    return after, judgement


def judge_silence(before: Baseline, scale: Scale, at_s: int, tuning: Tuning = PRODUCTION) -> tuple[Baseline, Judgement]:
    """As `judge`, for a series of counts and a minute that brought no measurement at all."""
    return judge(before, scale, Minute(at_s, 0, 0.0), tuning)


def _begin(before: Baseline, at_s: int, tuning: Tuning) -> Baseline:
    """A copy that has learned what left the last three minutes and knows how long nothing came."""
    after = msgspec.structs.replace(before, last_s=at_s)
    silent = (at_s - before.last_s) // tuning.step_s - 1 if before.last_s else 0
    after.stale = min(before.stale * _MAKES_UP + silent, _STALEST)
    oldest_s = at_s - _RECENT_STEPS * tuning.step_s
    leaving = [one for i, one in enumerate(before.recent) if i < len(before.recent) - 2 or one[0] < oldest_s]
    if leaving:
        after.recent = tuple(one for one in before.recent if one not in leaving)
        after.season = seasons.copy_of(before.season)
        for one in leaving:
            _learn(after, one, tuning)
    return after


def _level(baseline: Baseline) -> float:
    """The level of the pace that has lately missed least."""
    if not baseline.levels:
        return 0.0
    return baseline.levels[baseline.misses.index(min(baseline.misses))]


def _spread(baseline: Baseline, scale: Scale, weakness: float) -> float:
    """How far the measure usually strays, in standard deviations of a bell that would have such tails."""
    spread = max(1.4826 * baseline.middle, baseline.tail / 1.645, baseline.far_tail / 2.576, scale.floor / weakness)
    return spread * math.sqrt(1 + baseline.stale / _STALE_STEPS)


def _measure(baseline: Baseline, scale: Scale, level: float) -> float:
    """By how much the second worst of the last three minutes is worse than usual, for a weakness of one."""
    if len(baseline.recent) < 2:
        return 0.0
    strayings = sorted((residual - level) / weakness for _, _, residual, weakness in baseline.recent)
    if scale.bad is Comparison.ABOVE:
        return strayings[-2]
    if scale.bad is Comparison.BELOW:
        return -strayings[1]
    return max(strayings[-2], -strayings[1])


def _weigh(
    baseline: Baseline, scale: Scale, usual: float, weakness: float, minute: Minute, tuning: Tuning
) -> Judgement:
    level = _level(baseline)
    spread = _spread(baseline, scale, weakness)
    limit = tuning.limit * (1 + tuning.warm_steps / baseline.learned)
    ratio = _measure(baseline, scale, level) / spread
    was_flagged, baseline.is_flagged = baseline.is_flagged, ratio >= (tuning.stay if baseline.is_flagged else limit)
    if baseline.is_flagged and not was_flagged:
        baseline.far_tail += _FAR_PACE * baseline.middle  # so that a series that calls too often is believed less
    alone = (baseline.recent[-1][2] - level) / weakness / spread
    if scale.bad is Comparison.BELOW or (scale.bad is None and alone < 0):
        alone = -alone
    reach = limit * spread * weakness
    return Judgement(
        evidence=Evidence.BREACH if baseline.is_flagged else Evidence.HEALTH,
        expected=scale.unbend(usual + level),
        low=scale.unbend(usual + level - reach),
        high=scale.unbend(usual + level + reach),
        score=ratio / limit,
        confidence=_confidence(baseline, minute, scale),
        certainty=_certainty(baseline, minute.at_s),
        why=_why(is_flagged=baseline.is_flagged, alone=alone / limit),
    )


def _why(*, is_flagged: bool, alone: float) -> Why:
    if is_flagged:
        return Why.WORSE
    if alone >= 1:
        return Why.ONE_MINUTE
    return Why.BETTER if alone <= -1 else Why.USUAL


def _nothing(baseline: Baseline, minute: Minute, tuning: Tuning) -> Judgement:
    early = baseline.learned < tuning.warm_steps
    return Judgement(
        evidence=Evidence.SILENCE,
        expected=None,
        low=None,
        high=None,
        score=0.0,
        confidence=0.0,
        certainty=_certainty(baseline, minute.at_s),
        why=Why.TOO_EARLY if early else Why.NOTHING_MEASURED,
    )


def _confidence(baseline: Baseline, minute: Minute, scale: Scale) -> float:
    """0..1: how much was learned, lately and of this hour of the week, and how much this minute proves."""
    known = baseline.learned / (baseline.learned + _FAIR_STEPS)
    season = 0.7 + 0.3 * seasons.trust(baseline.season, minute.at_s)
    proof = minute.samples / (minute.samples + 3) if scale.by_samples else 1.0
    return known * season * proof / (1 + baseline.stale / _FAIR_STEPS)


def _certainty(baseline: Baseline, at_s: int) -> Certainty:
    if baseline.learned < _FAIR_STEPS or baseline.stale > _FAIR_STEPS:
        return Certainty.LEARNING
    return Certainty.SURE if seasons.trust(baseline.season, at_s) >= _SURE_TRUST else Certainty.FAIR


def _learn(baseline: Baseline, one: Recent, tuning: Tuning) -> None:
    """Lets a minute that has passed judgement shape the level and the season, unless it was too odd."""
    at_s, bent, residual, weakness = one
    if not baseline.levels:
        baseline.levels = (residual,) * len(tuning.paces)
        baseline.misses = (0.0,) * len(tuning.paces)
    if baseline.learned >= tuning.warm_steps:
        most = tuning.limit * max(1.4826 * baseline.middle, baseline.far_tail / 2.576) * weakness
        off = residual - _level(baseline)
        if baseline.is_flagged or abs(off) > most:
            _keep_apart(baseline, one, tuning)
            return
    baseline.strange = max(0, baseline.strange - 3)
    baseline.learned += 1
    faster = 1 / baseline.learned
    baseline.levels = tuple(
        level + max(pace, faster) * (residual - level)
        for level, pace in zip(baseline.levels, tuning.paces, strict=True)
    )
    seasons.learn(baseline.season, at_s, bent, tuning.step_s / 3600)


def _keep_apart(baseline: Baseline, one: Recent, tuning: Tuning) -> None:
    """Counts an odd minute; once there are hours of them, they are the new usual."""
    _, bent, residual, _ = one
    pace = 1.0 if baseline.strange == 0 else _STRANGE_PACE
    baseline.strange_level += pace * (residual - baseline.strange_level)
    baseline.strange += 1
    if baseline.strange >= (tuning.absorb_silence_steps if bent == 0 else tuning.absorb_steps):
        baseline.levels = (baseline.strange_level,) * len(tuning.paces)
        baseline.learned = min(baseline.learned, _FAIR_STEPS // 2)
        baseline.strange = 0
        baseline.is_flagged = False


def _learn_spread(baseline: Baseline, scale: Scale, tuning: Tuning) -> None:
    """Lets the measure of an ordinary minute shape what straying is usual."""
    if baseline.is_flagged or not baseline.levels:
        return
    _, _, residual, weakness = baseline.recent[-1]
    misses = (abs(residual - level) / weakness for level in baseline.levels)
    if baseline.learned < tuning.warm_steps:
        share = 1 / (baseline.learned + 1)
        baseline.misses = tuple(old + share * (new - old) for old, new in zip(baseline.misses, misses, strict=True))
        baseline.middle += share * (abs(_measure(baseline, scale, _level(baseline))) - baseline.middle)
        baseline.tail, baseline.far_tail = 2.4 * baseline.middle, 4.0 * baseline.middle
        return
    most = tuning.limit * _spread(baseline, scale, weakness)
    baseline.misses = tuple(
        old + _MISS_PACE * (min(new, most) - old) for old, new in zip(baseline.misses, misses, strict=True)
    )
    measure = _measure(baseline, scale, _level(baseline))
    least = scale.floor / weakness / 3
    baseline.middle = max(least, baseline.middle * (_MIDDLE_UP if abs(measure) > baseline.middle else _MIDDLE_DOWN))
    baseline.tail += _TAIL_PACE * baseline.middle * (0.95 if measure > baseline.tail else -0.05)
    baseline.far_tail += _FAR_PACE * baseline.middle * (0.995 if measure > baseline.far_tail else -0.005)
