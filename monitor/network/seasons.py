"""What a series usually is at this time: a profile of the day and of the week that trusts itself as evidence grows.

The day is kept in quarters of an hour, since mornings are steep; the week in hours, as what differs from the day.
What was too odd to learn is set aside by hour. If the same hour was odd in the same way before, often enough for how
odd it is, it is no accident but a habit, and is learned after all: an evening that was busy for hours on end is soon
expected, a fault that came twice is not.
"""

from __future__ import annotations

from dataclasses import dataclass

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

_HELD = 2.0
"""Added to the share of an hour, which is never so much, where what was odd was believed in the end."""

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
    """hour since the epoch -> level and share of the hour of what was set aside, for two weeks; more than one share if
    it went on until it was believed"""


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


@dataclass(frozen=True, slots=True)
class Before:
    """How often it was as odd at that hour."""

    days: int
    """of the last seven"""
    weeks: int
    """of the last two"""
    held: bool
    """whether on one of those days it went on until it was believed"""


def set_aside(season: Season, at_s: int, value: float, step_s: int, alike: float) -> Before:
    """Notes what was too odd to learn; when what was set aside at that hour was within `alike` of it.

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

    def seen_alike(ago: int) -> float:
        level, seen = kept.get(hour - ago, (value, 0.0))
        return seen if abs(value - level) <= alike else 0.0

    days = [seen_alike(day * HOURS_A_DAY) for day in range(1, 8)]
    weeks = [days[-1], seen_alike(2 * HOURS_A_WEEK)]
    return Before(
        days=sum(seen >= _ENOUGH_ODD for seen in days),
        weeks=sum(seen >= _ENOUGH_ODD for seen in weeks),
        held=max(days) >= _HELD,
    )


def believe(season: Season, since_s: int) -> None:
    """Notes that what was set aside since then went on until it was believed: no fault, but how things are."""
    since = since_s // _HOUR_S
    season.odd = {
        hour: (level, seen + _HELD) if hour >= since and seen < _HELD else (level, seen)
        for hour, (level, seen) in season.odd.items()
    }


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
