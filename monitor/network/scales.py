"""In which unit a series is judged: one where a rise and a fall of the same trouble weigh alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from monitor.network.kinds import Comparison, Kpi, Statistic


class Shape(StrEnum):
    """How values are bent before they are compared."""

    LINEAR = "linear"
    LOGARITHM = "logarithm"
    ROOT = "root"
    ARC = "arc"
    """for shares: the angle whose squared sine is the share"""


@dataclass(frozen=True, slots=True)
class Scale:
    """How one kind of series is judged."""

    shape: Shape
    bad: Comparison | None
    """on which side trouble lies; None where both sides count"""
    floor: float
    """the smallest straying, in the bent unit, that is believed: less is nothing to call anybody for"""
    offset: float = 0.0
    """added before the logarithm, in the unit of the kpi: below it, values are as good as nought"""
    by_samples: bool = True
    """whether a minute of few samples proves less; a count is itself the evidence"""
    by_breadth: bool = False
    """whether a mean counts for less if few of its samples carry it"""
    strictness: float = 1.0
    """times the detector's limit that is wanted here"""

    def bend(self, value: float) -> float:
        """The value in the unit of judging; what is below nought counts as nought, but for LINEAR."""
        match self.shape:
            case Shape.LINEAR:
                return value
            case Shape.LOGARITHM:
                return math.log(max(0.0, value) + self.offset)
            case Shape.ROOT:
                return math.sqrt(max(0.0, value))
            case Shape.ARC:
                return math.asin(math.sqrt(min(1.0, max(0.0, value))))
            case _:
                assert_never(self.shape)

    def unbend(self, bent: float) -> float:
        """The value back in the unit of the kpi."""
        match self.shape:
            case Shape.LINEAR:
                return bent
            case Shape.LOGARITHM:
                return max(0.0, math.exp(min(bent, 700.0)) - self.offset)
            case Shape.ROOT:
                return max(0.0, bent) ** 2
            case Shape.ARC:
                return math.sin(min(math.pi / 2, max(0.0, bent))) ** 2
            case _:
                assert_never(self.shape)


COUNTS = Scale(Shape.ROOT, Comparison.BELOW, floor=0.75, by_samples=False, strictness=1.08)
"""Measurements a minute; the root of a Poisson count strays by one half, and phones come and go by several rows.
Stricter, since an outage is mostly far beyond the limit and most of what calls for nothing is a cell that phones left.
"""

_SCALES = {
    Kpi.SIGNAL_DBM: Scale(Shape.LINEAR, Comparison.BELOW, floor=0.7),
    Kpi.DOWNLOAD_MBPS: Scale(Shape.LOGARITHM, Comparison.BELOW, floor=0.06, offset=0.1),
    Kpi.UPLOAD_MBPS: Scale(Shape.LOGARITHM, Comparison.BELOW, floor=0.06, offset=0.03),
    Kpi.LATENCY_MS: Scale(Shape.LOGARITHM, Comparison.ABOVE, floor=0.04, offset=1.0),
    Kpi.JITTER_MS: Scale(Shape.LOGARITHM, Comparison.ABOVE, floor=0.1, offset=1.0),
    # Nearly all samples lose nothing and a few lose half: the mean alone says more of those few than of the network.
    Kpi.PACKET_LOSS_PCT: Scale(Shape.ROOT, Comparison.ABOVE, floor=0.25, by_breadth=True),
    Kpi.CONNECTED: Scale(Shape.ARC, Comparison.BELOW, floor=0.02),
}


def scale_of(kpi: Kpi, statistic: Statistic = Statistic.MEAN) -> Scale:
    """How a series of that kpi is judged; a series of counts is judged alike whatever is counted."""
    return COUNTS if statistic is Statistic.COUNT else _SCALES[kpi]
