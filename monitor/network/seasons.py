"""What a series usually is at this hour: a profile of the day and of the week that trusts itself as evidence grows.

What was too odd to learn is set aside by hour. If the same hour of yesterday or of last week was odd in the same way,
it is no accident but a habit, and is learned after all: a busy evening is expected before the month is over.
"""

from __future__ import annotations

import msgspec

HOURS_A_DAY = 24
HOURS_A_WEEK = 168

_MOST_VISITS = 6
"""Weeks (or days) that an hour remembers; older ones fade."""

_HALF_TRUST = 0.5
"""Hours' worth of evidence of which half is believed."""

_ENOUGH_ODD = 0.25
"""Of an hour; less of it, yesterday, proves no habit."""

_KEPT_HOURS = HOURS_A_WEEK + 2
_MOST_ODD = 192

_MONDAY = 3 * HOURS_A_DAY
"""Hours from the Monday before the epoch, a Thursday, to the epoch."""


class Season(msgspec.Struct, array_like=True):
    """Levels by hour, in the transformed unit of the series, with how often each was seen."""

    level: float
    """the usual level without regard to the hour"""
    learned: int
    day: list[float]
    day_seen: list[float]
    """samples learned for each hour of the day, in hours' worth"""
    week: list[float]
    week_seen: list[float]
    odd: dict[int, tuple[float, float]] = {}
    """hour since the epoch -> level and share of the hour of what was set aside, for eight days"""


def copy_of(season: Season) -> Season:
    """One that can learn without changing the other."""
    return Season(season.level, season.learned, season.day[:], season.day_seen[:], season.week[:], season.week_seen[:])


def new_season() -> Season:
    """A season that knows nothing."""
    return Season(0.0, 0, [0.0] * HOURS_A_DAY, [0.0] * HOURS_A_DAY, [0.0] * HOURS_A_WEEK, [0.0] * HOURS_A_WEEK)


def hour_of_week(at_s: int) -> int:
    """0 for Monday 00:00 to 01:00 UTC; `at_s` is seconds since the epoch."""
    return (at_s // 3600 + _MONDAY) % HOURS_A_WEEK


def usual(season: Season, at_s: int) -> float:
    """The level that the profile alone expects, between the middles of the two nearest hours."""
    position = (at_s - 1800) % 3600 / 3600
    earlier = hour_of_week(at_s - 1800)
    return (1 - position) * _level_of(season, earlier) + position * _level_of(season, (earlier + 1) % HOURS_A_WEEK)


def trust(season: Season, at_s: int) -> float:
    """How far the hour of the week is known, 0..1: two thirds after one week."""
    seen = season.week_seen[hour_of_week(at_s)]
    return seen / (seen + _HALF_TRUST)


def learn(season: Season, at_s: int, value: float, share_of_hour: float) -> None:
    """Takes one value in; `share_of_hour` is how much of an hour it stands for."""
    season.learned += 1
    season.level += (value - season.level) / min(season.learned, round(HOURS_A_DAY * 7 / share_of_hour))
    hour = hour_of_week(at_s)
    _blend(season.week, season.week_seen, hour, value, share_of_hour)
    _blend(season.day, season.day_seen, hour % HOURS_A_DAY, value, share_of_hour)


def set_aside(season: Season, at_s: int, value: float, share_of_hour: float, alike: float) -> bool:
    """Notes what was too odd to learn; whether it is a habit: within `alike` of what was set aside at that hour before.

    The season's `odd` is replaced, not changed.
    """
    hour = at_s // 3600
    kept = {known: one for known, one in season.odd.items() if known > hour - _KEPT_HOURS}
    level, seen = kept.get(hour, (value, 0.0))
    seen += share_of_hour
    kept[hour] = (level + (value - level) * share_of_hour / seen, seen)
    if len(kept) > _MOST_ODD:
        del kept[min(kept)]
    season.odd = kept
    before = (kept.get(hour - HOURS_A_DAY), kept.get(hour - HOURS_A_WEEK))
    return any(one is not None and one[1] >= _ENOUGH_ODD and abs(value - one[0]) <= alike for one in before)


def _blend(levels: list[float], seen: list[float], hour: int, value: float, share: float) -> None:
    seen[hour] = min(seen[hour] + share, _MOST_VISITS)
    levels[hour] += (value - levels[hour]) * share / seen[hour]


def _level_of(season: Season, hour: int) -> float:
    """An hour's level, shrunk towards the hour of the day and that towards the whole, the less it was seen."""
    seen = season.day_seen[hour % HOURS_A_DAY]
    level = season.level + (season.day[hour % HOURS_A_DAY] - season.level) * seen / (seen + _HALF_TRUST)
    seen = season.week_seen[hour]
    return level + (season.week[hour] - level) * seen / (seen + _HALF_TRUST)
