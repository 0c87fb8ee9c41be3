"""What is remembered of one series of minutes, and how ordinary minutes shape it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import msgspec

from monitor.network import seasons, strayings
from monitor.network.kinds import Comparison
from monitor.network.strayings import Straying

Pair = tuple[float, float]
"""One number for each of the two measures."""

Recent = tuple[int, float, float, float]
"""A minute that is judged but not yet learned: second, bent value, that less the season, weakness."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """The detector's settings, chosen by tests/bench/detector.py on sessions that its report does not use."""

    limit: float = 4.0
    """how many times its usual straying the measure must reach"""
    few: float = 2.0
    """samples for which the limit is doubled: the mean of few has tails that a bell has not"""
    stay: float = 2.0
    """an alert goes on while the measure is above this"""
    paces: tuple[float, ...] = (0.3, 0.08, 0.02)
    """share of the difference by which each level follows a minute"""
    many: float = 400.0
    """samples beyond which more prove hardly more, since phones share their troubles"""
    absorb_s: int = 3 * 3600
    """after which what stays changed is the new usual"""
    absorb_silence_s: int = 24 * 3600
    """the same for a count of nought: an outage of hours is an outage still"""
    warm_steps: int = 20
    """minutes to learn before anything is flagged"""
    step_s: int = 60


PRODUCTION = Tuning()

FAIR_STEPS = 60
"""Minutes after which the detector is no longer merely learning."""

_LAYOUT = b"\x04"
"""Raised whenever the fields of Baseline or Season change: what is kept is then forgotten and learned anew."""

_RECENT_STEPS = 5
"""Minutes further back are no longer `the last three`, however few there were between."""

_MAKES_UP = 0.8
_STALE_STEPS = 30
_STALEST = 720
"""A silence widens what is believed, by half after half an hour; ten minutes of measurements make up for it."""

_STRANGE_PACE = 0.05
_MISS_PACE = 0.02

_DOUBTFUL, _KEPT_CLEAR = 1.5, 2.0
"""What never lasted at so many times the limit may become usual. A clear fault never does, however often it comes: it
widens the tail only until it is still that many times the limit."""

_MILD, _HABIT_DAYS = 2.0, 4
"""What is odd by less than so many times the limit is a habit if one day or week before was alike. What is odder might
be a fault that came twice: it must have come on so many of seven days, or in two weeks, or once for so long that it was
believed."""


class Baseline(msgspec.Struct, array_like=True):
    """What is remembered of one series, about 5 kB; treat it as a value: `judge` gives the next one."""

    season: seasons.Season
    last_s: int = 0
    learned: int = 0
    levels: tuple[float, ...] = ()
    """of the value less the season, one for each pace"""
    misses: tuple[float, ...] = ()
    """how far each level has lately been off"""
    recent: tuple[Recent, ...] = ()
    """up to three last minutes, which nothing here has learned yet"""
    strayings: tuple[Straying, Straying] = (Straying(), Straying())
    """of the two measures, `lasting_of` and `joint_of`, as in all pairs here"""
    strange: int = 0
    """minutes of late that were too odd to learn"""
    strange_level: float = 0.0
    stale: float = 0.0
    """minutes of silence not yet made up for"""
    is_flagged: bool = False
    worst: Pair = (0.0, 0.0)
    """the greatest of each measure in what is flagged now"""


def new_baseline() -> Baseline:
    """A baseline that knows nothing."""
    return Baseline(season=seasons.new_season())


def to_bytes(baseline: Baseline) -> bytes:
    """The baseline as it is kept in a row."""
    return _LAYOUT + msgspec.msgpack.encode(baseline)


def from_bytes(stored: bytes) -> Baseline:
    """The baseline that `to_bytes` gave; one that knows nothing if another version of the program gave it.

    Raises: msgspec.ValidationError, msgspec.DecodeError - not such bytes.
    """
    if not stored.startswith(_LAYOUT):
        return new_baseline()
    return msgspec.msgpack.decode(memoryview(stored)[len(_LAYOUT) :], type=Baseline)


def continued(before: Baseline, at_s: int, bent: float, weakness: float, tuning: Tuning) -> tuple[Baseline, float]:
    """A copy that holds the new minute and has learned what it drove out of the last three; and the season's level."""
    after = copy.copy(before)
    after.last_s = at_s
    silent = (at_s - before.last_s) // tuning.step_s - 1 if before.last_s else 0
    after.stale = min(before.stale * _MAKES_UP + silent, _STALEST)
    recent = before.recent
    oldest_s = at_s - _RECENT_STEPS * tuning.step_s
    if not before.last_s or (recent and (len(recent) > 2 or recent[0][0] < oldest_s)):
        after.season = seasons.copy_of(before.season)
        if not before.last_s:
            after.season.level = bent
    while recent and (len(recent) > 2 or recent[0][0] < oldest_s):
        _learn(after, recent[0], tuning)
        recent = recent[1:]
    usual = seasons.usual(after.season, at_s)
    after.recent = (*recent, (at_s, bent, bent - usual, weakness))
    return after, usual


def level_of(baseline: Baseline) -> float:
    """The level of the pace that has lately missed least."""
    if not baseline.levels:
        return 0.0
    return baseline.levels[baseline.misses.index(min(baseline.misses))]


def spreads_of(baseline: Baseline, floor: float) -> Pair:
    """How far each measure usually strays, further after a silence."""
    lasting, joint = baseline.strayings
    wider = _wider(baseline)
    return wider * strayings.spread_of(lasting, floor), wider * strayings.spread_of(joint, floor)


def lasting_of(baseline: Baseline, bad: Comparison | None, level: float) -> float:
    """By how much the second worst of the last three minutes is worse than usual, for a weakness of one."""
    off = sorted([(residual - level) / weakness for _, _, residual, weakness in baseline.recent])
    if len(off) < 2:
        return 0.0
    if bad is Comparison.ABOVE:
        return off[-2]
    if bad is Comparison.BELOW:
        return -off[1]
    return max(off[-2], -off[1])


def joint_of(baseline: Baseline, bad: Comparison | None, level: float, most: float) -> tuple[float, float]:
    """By how much the last three minutes are worse than usual with all their samples taken together, for a weakness of
    one, and how many samples that rests on; no minute counts for more than `most`, so that one alone proves nothing."""
    total = proof = 0.0
    for _, _, residual, weakness in baseline.recent:
        off = (residual - level) / weakness
        total += (most if off > most else -most if off < -most else off) / weakness
        proof += 1 / (weakness * weakness)
    if len(baseline.recent) < 2:
        return 0.0, proof
    together = total / math.sqrt(proof)
    if bad is None:
        return abs(together), proof
    return together if bad is Comparison.ABOVE else -together, proof


def learn_spread(baseline: Baseline, measures: Pair, floor: float, spreads: Pair, tuning: Tuning) -> None:
    """Lets the measures of an ordinary minute shape what straying is usual; `spreads` were `spreads_of` it."""
    if baseline.is_flagged or not baseline.levels:
        return
    (lasting, joint), (of_lasting, of_joint) = measures, baseline.strayings
    _, _, residual, weakness = baseline.recent[-1]
    share, most = _MISS_PACE, tuning.limit * spreads[0]
    if baseline.learned < tuning.warm_steps:
        share, most = 1 / (baseline.learned + 1), math.inf
        baseline.strayings = strayings.first(of_lasting, lasting, share), strayings.first(of_joint, joint, share)
    else:
        baseline.strayings = strayings.learned(of_lasting, lasting, floor), strayings.learned(of_joint, joint, floor)
    baseline.misses = tuple(
        [
            miss + share * (min(abs(residual - level) / weakness, most) - miss)
            for miss, level in zip(baseline.misses, baseline.levels, strict=True)
        ]
    )


def flag(baseline: Baseline, measures: Pair, spreads: Pair, limits: Pair, stay: float) -> None:
    """Says whether the minute is flagged: by either measure from its limit times its spread on, and on while the
    lasting one is above `stay` times. What is hardly worth a call, and calls many times a day, becomes usual after it.
    """
    was_flagged = baseline.is_flagged
    # The joint measure remembers a bad minute for two more: with a lower limit for staying it would let go late.
    wanted = stay if was_flagged else limits[0]
    baseline.is_flagged = measures[0] >= wanted * spreads[0] or measures[1] >= limits[1] * spreads[1]
    if baseline.is_flagged:
        baseline.worst = max(baseline.worst[0], measures[0]), max(baseline.worst[1], measures[1])
    elif was_flagged:
        (lasting, joint), (worst, worst_joint) = baseline.strayings, baseline.worst
        if worst >= _DOUBTFUL * limits[0] * spreads[0]:
            worst *= strayings.FAR_OF_BELL / (_KEPT_CLEAR * limits[0])
        baseline.strayings = strayings.doubted(lasting, worst), strayings.doubted(joint, worst_joint)
        baseline.worst = (0.0, 0.0)


def _wider(baseline: Baseline) -> float:
    return math.sqrt(1.0 + baseline.stale / _STALE_STEPS) if baseline.stale else 1.0


def _lasting_spread(baseline: Baseline) -> float:
    return _wider(baseline) * strayings.spread_of(baseline.strayings[0], 0.0)


def _learn(baseline: Baseline, one: Recent, tuning: Tuning) -> None:
    """Lets a minute that has passed judgement shape the level and the season, unless it was too odd."""
    at_s, bent, residual, weakness = one
    if not baseline.levels:
        baseline.levels = (residual,) * len(tuning.paces)
        baseline.misses = (0.0,) * len(tuning.paces)
    if baseline.learned >= tuning.warm_steps:
        off = abs(residual - level_of(baseline)) / weakness
        if baseline.is_flagged or off > tuning.limit * _lasting_spread(baseline):
            _keep_apart(baseline, one, tuning)
            return
    baseline.strange = max(0, baseline.strange - 3)
    baseline.learned += 1
    least = 1 / baseline.learned
    baseline.levels = tuple(
        [
            level + max(pace, least) * (residual - level)
            for level, pace in zip(baseline.levels, tuning.paces, strict=True)
        ]
    )
    seasons.learn(baseline.season, at_s, bent, tuning.step_s)


def _keep_apart(baseline: Baseline, one: Recent, tuning: Tuning) -> None:
    """Counts an odd minute; once there are hours of them, they are the new usual. A habit shapes the season."""
    at_s, bent, residual, weakness = one
    alike = tuning.limit * _lasting_spread(baseline) * weakness
    is_mild = abs(residual - level_of(baseline)) < _MILD * alike
    if bent != 0:  # an outage is never a habit
        before = seasons.set_aside(baseline.season, at_s, bent, tuning.step_s, alike)
        if before.held or before.days >= (1 if is_mild else _HABIT_DAYS) or before.weeks >= (1 if is_mild else 2):
            seasons.learn(baseline.season, at_s, bent, tuning.step_s)
    pace = 1.0 if baseline.strange == 0 else _STRANGE_PACE
    baseline.strange_level += pace * (residual - baseline.strange_level)
    baseline.strange += 1
    if baseline.strange * tuning.step_s >= (tuning.absorb_silence_s if bent == 0 else tuning.absorb_s):
        baseline.levels = (baseline.strange_level,) * len(tuning.paces)
        baseline.learned = min(baseline.learned, FAIR_STEPS // 2)
        baseline.strange = 0
        baseline.is_flagged = False
        baseline.worst = (0.0, 0.0)
        seasons.believe(baseline.season, at_s - tuning.absorb_s)
