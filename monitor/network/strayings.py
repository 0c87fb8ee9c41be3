"""How far a measure usually strays, tails included, and what of that a fault may teach."""

from __future__ import annotations

import msgspec

FAR_OF_BELL = 2.576
"""Standard deviations at which a bell has its 99.5 % quantile."""

_MIDDLE_UP, _MIDDLE_DOWN = 1.02, 1 / 1.02
_TAIL_PACE, _FAR_PACE = 0.15, 0.5
"""How fast the spread follows: the median within the hour, the far tail within the day."""

_DOUBT = 0.05
"""Share of the way to an alert's worst by which it widens the far tail once it is over."""

_FIRST_TAIL, _FIRST_FAR_TAIL = 2.4, 4.0
"""Medians of straying at which a bell has its 95 % quantile, and a tail somewhat heavier than a bell's its 99.5 %."""


class Straying(msgspec.Struct, array_like=True, frozen=True):
    """What is known of one measure's ordinary values, for a weakness of one."""

    middle: float = 0.0
    """median of its size"""
    tail: float = 0.0
    far_tail: float = 0.0
    """95 % and 99.5 % quantile to the bad side"""


def spread_of(straying: Straying, floor: float) -> float:
    """In standard deviations of the bell that would have such tails."""
    return max(1.4826 * straying.middle, straying.tail / 1.645, straying.far_tail / FAR_OF_BELL, floor)


def first(straying: Straying, measure: float, share: float) -> Straying:
    """With one of the first measures in it, which counts for `share`; tails are guessed from the median."""
    middle = straying.middle + share * (abs(measure) - straying.middle)
    return Straying(middle, _FIRST_TAIL * middle, _FIRST_FAR_TAIL * middle)


def learned(straying: Straying, measure: float, floor: float) -> Straying:
    """With the measure of an ordinary minute in it."""
    pace = _MIDDLE_UP if abs(measure) > straying.middle else _MIDDLE_DOWN
    middle = max(floor / 3, straying.middle * pace)
    return Straying(
        middle,
        straying.tail + _TAIL_PACE * middle * (0.95 if measure > straying.tail else -0.05),
        straying.far_tail + _FAR_PACE * middle * (0.995 if measure > straying.far_tail else -0.005),
    )


def doubted(straying: Straying, worst: float) -> Straying:
    """With an alert in it that is over and was no worse than that."""
    far_tail = straying.far_tail + _DOUBT * max(0.0, worst - straying.far_tail)
    return Straying(straying.middle, straying.tail, far_tail)
