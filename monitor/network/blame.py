"""Tells a provider's trouble from that of a few places: one bad place moves the mean of the whole too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.network.kinds import Comparison
from monitor.network.scales import Scale

_REST_SHARE = 0.1
"""Of the whole; where less is left beside the places, they are the provider, and the rest proves nothing."""

_SPARED = 0.5
"""The rest is spared if it is off by less than this share of what the places are off by, or of the whole's limit."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one place, or the whole, measured in a minute and what was usual."""

    samples: int
    value: float
    """mean in the unit of the kpi, or the count itself"""
    expected: float


def is_local(whole: Part, edge: float, places: Sequence[Part], scale: Scale) -> bool:
    """Whether the places that are in trouble explain the whole's trouble: whether the rest of the provider is spared.

    `edge` is the value at which the whole would be flagged. Places are disjoint parts of the whole; without any,
    nothing is explained. When all are on their way back the rest is well, so the last word stays with the places.
    """
    if not places:
        return False
    together = _sum(places, scale)
    rest = _less(whole, together, scale)
    if rest is None:
        return False
    at_limit = _off(Part(whole.samples, edge, whole.expected), scale)
    return _off(rest, scale) < _SPARED * max(at_limit, _off(together, scale))


def _weight(part: Part, scale: Scale) -> float:
    return part.samples if scale.by_samples else 1.0


def _sum(parts: Sequence[Part], scale: Scale) -> Part:
    weights = [_weight(part, scale) for part in parts]
    total = sum(weights) if scale.by_samples else 1.0
    return Part(
        samples=sum(part.samples for part in parts),
        value=sum(part.value * weight for part, weight in zip(parts, weights, strict=True)) / max(total, 1e-9),
        expected=sum(part.expected * weight for part, weight in zip(parts, weights, strict=True)) / max(total, 1e-9),
    )


def _less(whole: Part, places: Part, scale: Scale) -> Part | None:
    """The whole without the places; None where next to nothing is left."""
    samples = whole.samples - places.samples
    if not scale.by_samples:
        expected = whole.expected - places.expected
        left = Part(samples, max(0.0, whole.value - places.value), expected)
        return left if expected >= _REST_SHARE * whole.expected else None
    if samples < max(1.0, _REST_SHARE * whole.samples):
        return None
    value = (whole.value * whole.samples - places.value * places.samples) / samples
    expected = (whole.expected * whole.samples - places.expected * places.samples) / samples
    return Part(samples, value, expected)


def _off(part: Part, scale: Scale) -> float:
    """How much worse than usual: the lost share of a count, the difference in the bent unit of a mean."""
    if not scale.by_samples:
        return 1.0 - part.value / max(part.expected, 1e-9)
    off = scale.bend(part.value) - scale.bend(part.expected)
    return -off if scale.bad is Comparison.BELOW else off
