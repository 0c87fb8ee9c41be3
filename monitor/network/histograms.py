"""Reads percentiles out of the roll-ups' histograms (pure); the buckets are those of the SQL function bucket_of."""

from collections.abc import Iterable

from monitor.network.kinds import Kpi

WIDTH = 1.1
"""Each bucket ends at 1.1 times the end of the one below: a percentile is right to 5 %."""

NEXT_TO_NOTHING = -32768
"""The bucket of values under 0.01."""


def middle(kpi: str, bucket: int) -> float:
    """The value that stands for a bucket, in the KPI's unit."""
    if kpi == Kpi.SIGNAL_DBM:
        return bucket + 0.5
    return 0.0 if bucket == NEXT_TO_NOTHING else float(2 * WIDTH**bucket / (1 + WIDTH))


def percentile(kpi: str, counts: Iterable[tuple[int, int]], share: float) -> float | None:
    """The value below which `share` (0..1) of the samples lie, from (bucket, n) pairs; None without samples."""
    ordered = sorted(counts)
    wanted = share * sum(n for _, n in ordered)
    reached = 0
    for bucket, n in ordered:
        reached += n
        if reached >= wanted and n:
            return middle(kpi, bucket)
    return None
