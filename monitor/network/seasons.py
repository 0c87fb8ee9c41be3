"""What a series usually is at this time: a profile of the day and of the week that trusts itself as evidence grows.

The day is kept in quarters of an hour, since mornings are steep; the week in hours, as what differs from the day.
What was too odd to learn is set aside by hour. If the same hour was odd in the same way before, often enough for how
odd it is, it is no accident but a habit, and is learned after all: a busy evening is expected before the month is over,
a fault that came twice is not.
"""

from __future__ import annotations

import msgspec

QUARTERS_A_DAY = 96
HOURS_A_DAY = 24
HOURS_A_WEEK = 168

_QUARTER_S = 900
_HOUR_S = 3600
_WEEK_S = 7 * 86_400
_MONDAY_S = 3 * 86_400
"""From the Monday before the epoch, a Thursday, to the epoch."""

_DAYS_KEPT = 14.0
_WEEKS_KEPT = 6.0
"""Visits that a quarter and an hour remember; older ones fade."""

_HALF_TRUST_DAYS = 0.15
_HALF_TRUST_WEEKS = 0.5
"""Visits of which half is believed: a day resembles the one before more surely than a Monday all Mondays."""

_ENOUGH_ODD = 0.25
"""Of an hour; less of it, on another day, proves no habit."""

_KEPT_HOURS = 2 * HOURS_A_WEEK + 2
_MOST_ODD = 192


class Season(msgspec.Struct, array_like=True):
    """Levels in the transformed unit of the series, with how often each was seen."""

    level: float
    """the usual level without regard to the time"""
    learned: int
    day: list[float]
    """less the level, by quarter"""
    day_seen: list[float]
    """days' worth of samples learned for each quarter"""
    week: list[float]
    """less the day's, by hour from Monday 00:00 UTC"""
    week_seen: list[float]
    odd: dict[int, tuple[float, float]] = {}
    """hour since the epoch -> level and share of the hour of what was set aside, for two weeks"""


def copy_of(season: Season) -> Season:
    """One that can learn without changing the other."""
    return Season(
        season.level,
        season.learned,
        season.day[:],
        season.day_seen[:],
        season.week[:],
        season.week_seen[:],
        season.odd,
    )


def new_season() -> Season:
    """A season that knows nothing."""
    return Season(
        0.0,
        0,
        [0.0] * QUARTERS_A_DAY,
        [0.0] * QUARTERS_A_DAY,
        [0.0] * HOURS_A_WEEK,
        [0.0] * HOURS_A_WEEK,
    )


def usual(season: Season, at_s: int) -> float:
    """The level that the profile alone expects, between the middles of neighbouring quarters and hours."""
    return season.level + _of_day(season, at_s) + _of_week(season, at_s)


def trust(season: Season, at_s: int) -> float:
    """How far the hour of the week is known, 0..1: two thirds after one week."""
    seen = season.week_seen[_hour_of_week(at_s)]
    return seen / (seen + _HALF_TRUST_WEEKS)


def learn(season: Season, at_s: int, value: float, step_s: int) -> None:
    """Takes one value in, which stands for `step_s` seconds."""
    season.learned += 1
    season.level += (value - season.level) / min(season.learned, _WEEK_S // step_s)
    over_level = value - season.level
    quarter, hour = at_s // _QUARTER_S % QUARTERS_A_DAY, _hour_of_week(at_s)
    _blend(season.week, season.week_seen, hour, over_level - _of_day(season, at_s), step_s / _HOUR_S, _WEEKS_KEPT)
    _blend(season.day, season.day_seen, quarter, over_level, step_s / _QUARTER_S, _DAYS_KEPT)


def set_aside(season: Season, at_s: int, value: float, step_s: int, alike: float) -> tuple[int, int]:
    """Notes what was too odd to learn; on how many of the last seven days, and in how many of the last two weeks, what
    was set aside at that hour was within `alike` of it.

    The season's `odd` is replaced, not changed.
    """
    hour = at_s // _HOUR_S
    kept = {known: one for known, one in season.odd.items() if known > hour - _KEPT_HOURS}
    level, seen = kept.get(hour, (value, 0.0))
    share = step_s / _HOUR_S
    seen += share
    kept[hour] = (level + (value - level) * share / seen, seen)
    if len(kept) > _MOST_ODD:
        del kept[min(kept)]
    season.odd = kept

    def was_alike(ago: int) -> bool:
        level, seen = kept.get(hour - ago, (value, 0.0))
        return seen >= _ENOUGH_ODD and abs(value - level) <= alike

    days = sum(was_alike(day * HOURS_A_DAY) for day in range(1, 8))
    return days, was_alike(HOURS_A_WEEK) + was_alike(2 * HOURS_A_WEEK)


def _hour_of_week(at_s: int) -> int:
    return (at_s + _MONDAY_S) // _HOUR_S % HOURS_A_WEEK


def _of_day(season: Season, at_s: int) -> float:
    middle = at_s - _QUARTER_S // 2
    first = middle // _QUARTER_S % QUARTERS_A_DAY
    second = (first + 1) % QUARTERS_A_DAY
    later = middle % _QUARTER_S / _QUARTER_S
    day, seen = season.day, season.day_seen
    return (1 - later) * day[first] * seen[first] / (seen[first] + _HALF_TRUST_DAYS) + later * day[second] * seen[
        second
    ] / (seen[second] + _HALF_TRUST_DAYS)


def _of_week(season: Season, at_s: int) -> float:
    middle = at_s - _HOUR_S // 2
    first = _hour_of_week(middle)
    second = (first + 1) % HOURS_A_WEEK
    later = middle % _HOUR_S / _HOUR_S
    week, seen = season.week, season.week_seen
    return (1 - later) * week[first] * seen[first] / (seen[first] + _HALF_TRUST_WEEKS) + later * week[second] * seen[
        second
    ] / (seen[second] + _HALF_TRUST_WEEKS)


def _blend(levels: list[float], seen: list[float], place: int, value: float, share: float, most: float) -> None:
    seen[place] = min(seen[place] + share, most)
    levels[place] += (value - levels[place]) * share / seen[place]
