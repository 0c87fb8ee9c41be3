"""How a spread is learned from a measure, and what widens it."""

from __future__ import annotations

import random

import pytest

from monitor.network.strayings import Straying, doubted, first, learned, spread_of


def watched(minutes: int, deviation: float, straying: Straying | None = None) -> Straying:
    """After so many minutes of a bell."""
    chance = random.Random(5)
    known = straying or first(Straying(), deviation, 1.0)
    for _ in range(minutes):
        known = learned(known, chance.gauss(0, deviation), 0.01)
    return known


@pytest.mark.parametrize("deviation", [0.2, 1.0, 30.0])
def test_the_spread_of_a_bell_is_its_standard_deviation(deviation: float) -> None:
    assert spread_of(watched(5000, deviation), 0.01) == pytest.approx(deviation, rel=0.25)


def test_a_spread_is_never_below_what_is_believed() -> None:
    assert spread_of(watched(5000, 0.001), 0.3) == 0.3


def test_a_spread_follows_within_the_day() -> None:
    wider = watched(1440, 3.0, watched(5000, 1.0))

    assert spread_of(wider, 0.01) == pytest.approx(3.0, rel=0.25)


def test_tails_are_guessed_from_the_first_measures() -> None:
    straying = first(first(Straying(), -2.0, 1.0), 4.0, 0.5)

    assert straying.middle == 3.0
    assert 0 < straying.tail < straying.far_tail


def test_alerts_widen_the_far_tail_towards_their_worst_and_no_further() -> None:
    straying = before = watched(1000, 1.0)
    for _ in range(500):
        straying = doubted(straying, 20.0)

    assert straying.far_tail == pytest.approx(20.0)
    assert (straying.middle, straying.tail) == (before.middle, before.tail)
    assert doubted(straying, 5.0) == straying
