"""Says of each minute of a series whether it is usual, how unlike the usual it is, and how sure that is.

A value is judged in a unit where ups and downs look alike (the logarithm of a latency, the root of a count). What is
expected is the season (`seasons`) and, on top, the level of the last minutes, at whichever of several paces has lately
missed least. Two things are measured against a level that has seen none of the last three minutes. The *lasting* one is
the second worst of the three: one bad minute proves nothing, two of three do. The *joint* one takes all samples of the
three together, which finds what is mild or rests on few, and lets no minute count for more than the limit. Each is
divided by how far that same measure strays on ordinary days, tails included, and by the root of the samples, since
three samples prove less than three hundred.

What is flagged is not learned, so an outage poisons nothing; what stays changed for hours is the new usual, and
expected if it comes again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from monitor.network import memory, seasons
from monitor.network.kinds import Certainty, Comparison
from monitor.network.memory import FAIR_STEPS, PRODUCTION, Baseline, Tuning, from_bytes, new_baseline, to_bytes
from monitor.network.phases import Evidence
from monitor.network.scales import Scale

__all__ = [
    "PRODUCTION",
    "Baseline",
    "Judgement",
    "Minute",
    "Tuning",
    "Why",
    "from_bytes",
    "judge",
    "judge_silence",
    "new_baseline",
    "to_bytes",
]

_SURE_TRUST = 0.79
"""Two visits of this hour of the week."""

_PROOF_SAMPLES = 3
"""Samples of which a minute is half believed."""


class Why(StrEnum):
    """What a judgement rests on."""

    USUAL = "usual"
    WORSE = "worse"
    """at least two of the last three minutes were worse than usual, or the three together"""
    BETTER = "better"
    ONE_MINUTE = "one_minute"
    """this minute is worse, the ones beside it are not"""
    TOO_EARLY = "too_early"
    NOTHING_MEASURED = "nothing_measured"


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a series, closed."""

    at_s: int
    """its first second, since the epoch"""
    samples: int
    value: float | None
    """mean or other statistic in the unit of the kpi; the count itself for a series of counts"""
    breadth: float = 1.0
    """share of the samples that carry the mean (Kish): 1 if all are alike, 0.01 if one in a hundred is not nought"""


class Judgement(msgspec.Struct, frozen=True):
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
    """0..1: how much was learned, lately and of this hour of the week, and how much this minute proves"""
    certainty: Certainty
    why: Why


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
    breadth = minute.breadth if scale.by_breadth else 1.0
    weakness = math.sqrt(1 / minute.samples + 1 / tuning.many) if scale.by_samples else 1.0
    after, usual = memory.continued(before, minute.at_s, scale.bend(value * breadth), weakness, tuning)
    level = memory.level_of(after)
    floor = scale.floor / weakness
    spreads = memory.spreads_of(after, floor)
    joint, proof = 0.0, 1.0
    if scale.by_samples:  # minutes of a count share their phones: three are not three times the proof
        joint, proof = memory.joint_of(after, scale.bad, level, tuning.limit * spreads[1])
    measures = memory.lasting_of(after, scale.bad, level), joint
    if after.learned < tuning.warm_steps:
        memory.learn_spread(after, measures, floor, spreads, tuning)
        return after, _nothing(after, minute, tuning)
    limit = scale.strictness * tuning.limit * (1 + tuning.warm_steps / after.learned)
    few = tuning.few if scale.by_samples else 0.0
    limits = limit * (1 + few / max(1, minute.samples)), limit * (1 + few / proof)
    memory.flag(after, measures, spreads, limits, tuning.stay)
    memory.learn_spread(after, measures, floor, spreads, tuning)
    centre, reach = usual + level, limits[0] * spreads[0] * weakness
    judgement = Judgement(
        evidence=Evidence.BREACH if after.is_flagged else Evidence.HEALTH,
        expected=scale.unbend(centre) / breadth,
        low=scale.unbend(centre - reach) / breadth,
        high=scale.unbend(centre + reach) / breadth,
        score=max(measures[0] / spreads[0] / limits[0], joint / spreads[1] / limits[1]),
        confidence=_confidence(after, scale, minute),
        certainty=_certainty(after, minute.at_s),
        why=_why(after, scale.bad, level, reach),
    )
    return after, judgement


def judge_silence(before: Baseline, scale: Scale, at_s: int, tuning: Tuning = PRODUCTION) -> tuple[Baseline, Judgement]:
    """As `judge`, for a series of counts and a minute that brought no measurement at all."""
    return judge(before, scale, Minute(at_s, 0, 0.0), tuning)


def _why(baseline: Baseline, bad: Comparison | None, level: float, reach: float) -> Why:
    if baseline.is_flagged:
        return Why.WORSE
    off = baseline.recent[-1][2] - level
    if abs(off) < reach:
        return Why.USUAL
    is_worse = bad is None or (off > 0) == (bad is Comparison.ABOVE)
    return Why.ONE_MINUTE if is_worse else Why.BETTER


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


def _confidence(baseline: Baseline, scale: Scale, minute: Minute) -> float:
    known = baseline.learned / (baseline.learned + FAIR_STEPS)
    season = 0.7 + 0.3 * seasons.trust(baseline.season, minute.at_s)
    proof = minute.samples / (minute.samples + _PROOF_SAMPLES) if scale.by_samples else 1.0
    return known * season * proof / (1 + baseline.stale / FAIR_STEPS)


def _certainty(baseline: Baseline, at_s: int) -> Certainty:
    if baseline.learned < FAIR_STEPS or baseline.stale > FAIR_STEPS:
        return Certainty.LEARNING
    return Certainty.SURE if seasons.trust(baseline.season, at_s) >= _SURE_TRUST else Certainty.FAIR
