"""What there is to see of a fault within three minutes, so that a detector is not blamed for what nobody could know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.network.kinds import Comparison
from tests.bench.arranged import Floats

ALIKE_ROWS = 2.0
"""Calm stretches are compared if they hold at least one such part of the fault's samples and at most so many times."""


@dataclass(frozen=True, slots=True)
class Tallies:
    """Samples, sums and sums of squares of one place and kpi, minute after minute."""

    samples: Floats
    sums: Floats
    squares: Floats


def is_beyond_calm(calm: Tallies, seen: Tallies, bad: Comparison, *, by_breadth: bool) -> bool:
    """Whether the minutes seen, taken together, are worse than every calm stretch as long with about as many samples.

    Calm is all of the operation without the fault, what came later too: no detector knows that much.
    """
    length = len(seen.samples)
    stretches = Tallies(
        *(np.convolve(each, np.ones(length), "valid") for each in (calm.samples, calm.sums, calm.squares))
    )
    whole = Tallies(*(each.sum(keepdims=True) for each in (seen.samples, seen.sums, seen.squares)))
    n = whole.samples[0]
    if n == 0:
        return False
    alike = (stretches.samples >= n / ALIKE_ROWS) & (stretches.samples <= n * ALIKE_ROWS)
    values, value = _values(stretches, by_breadth)[alike], _values(whole, by_breadth)[0]
    if not len(values):
        return False
    return bool(value < values.min() if bad is Comparison.BELOW else value > values.max())


def is_emptier_than_calm(calm: Floats, seen: Floats) -> bool:
    """The same of counts: whether fewer rows came than in any calm stretch as long."""
    return bool(seen.sum() < np.convolve(calm, np.ones(len(seen)), "valid").min())


def _values(tallies: Tallies, by_breadth: bool) -> Floats:
    mean = tallies.sums / np.maximum(tallies.samples, 1)
    if not by_breadth:
        return mean
    spread = tallies.samples * tallies.squares
    return mean * np.divide(tallies.sums**2, spread, out=np.ones_like(mean), where=spread > 0)
