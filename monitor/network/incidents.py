"""Turns many alerts into few: names the cause, and groups by area and cause."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.network.kinds import Cause, Comparison, Kpi, Severity, Statistic

PROVIDER_WIDE_CELLS = 3
"""Cells of one provider with the same cause at once from which the provider, not the cell, is the place."""

PROVIDER_WIDE_SHARE = 0.3
"""Of the cells that have traffic; three of two hundred cells are three local troubles."""

_BAD_WHEN: dict[Kpi, tuple[Comparison, Cause]] = {
    Kpi.SIGNAL_DBM: (Comparison.BELOW, Cause.WEAK_SIGNAL),
    Kpi.DOWNLOAD_MBPS: (Comparison.BELOW, Cause.SLOW_DOWNLOAD),
    Kpi.UPLOAD_MBPS: (Comparison.BELOW, Cause.SLOW_UPLOAD),
    Kpi.LATENCY_MS: (Comparison.ABOVE, Cause.LATENCY),
    Kpi.JITTER_MS: (Comparison.ABOVE, Cause.JITTER),
    Kpi.PACKET_LOSS_PCT: (Comparison.ABOVE, Cause.LOSS),
    Kpi.CONNECTED: (Comparison.BELOW, Cause.CONNECTION),
}


@dataclass(frozen=True, slots=True)
class IncidentKey:
    """What makes alerts one incident: whose network, where, and what is wrong."""

    provider: int
    cell: int | None
    """H3 index of resolution 6, None for the whole provider"""
    cause: Cause

    def __str__(self) -> str:
        """Stable text for a column or a topic: `7/861f5a0b7ffffff/latency`, `7/*/outage`."""
        place = "*" if self.cell is None else f"{self.cell:x}"
        return f"{self.provider}/{place}/{self.cause}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One open alert, as far as grouping must know it."""

    alert: int
    """id of the alert's row, or any number that names the series"""
    provider: int
    cell: int | None
    cause: Cause
    severity: Severity
    opened_at: datetime

    @property
    def key(self) -> IncidentKey:
        """The incident that it belongs to as long as the trouble is local."""
        return IncidentKey(self.provider, self.cell, self.cause)


@dataclass(frozen=True, slots=True)
class Incident:
    """Alerts that are one trouble."""

    key: IncidentKey
    severity: Severity
    """the worst of its alerts"""
    since: datetime
    """the earliest of its alerts"""
    alerts: tuple[int, ...]
    cells: tuple[int, ...]
    """where it is seen; empty where only the provider as a whole is judged"""


def cause_of(kpi: Kpi, statistic: Statistic, comparison: Comparison) -> Cause:
    """What a breach in that direction means; `unusual` where more is not worse, such as a download above a limit."""
    if statistic is Statistic.COUNT:
        return Cause.OUTAGE if comparison is Comparison.BELOW else Cause.UNUSUAL
    if statistic is Statistic.SHARE_CONNECTED:
        kpi = Kpi.CONNECTED
    bad, cause = _BAD_WHEN[kpi]
    return cause if comparison is bad else Cause.UNUSUAL


def bad_side(kpi: Kpi) -> Comparison:
    """On which side of the usual the trouble lies: latency above, download below."""
    return _BAD_WHEN[kpi][0]


def arrange(
    troubles: Iterable[Trouble],
    watched_cells: int = 0,
    already_wide: Collection[IncidentKey] = frozenset(),
) -> list[Incident]:
    """The incidents that open alerts make, each alert in exactly one, sorted by provider, cause and cell.

    `watched_cells`: cells with traffic, 0 if unknown. `already_wide`: keys of provider-wide incidents that are open;
    such a one stays provider-wide until its last alert clears, so that it does not fall apart and join again while
    cells recover one by one. A provider-wide rule's own alert takes the cells' alerts of its cause in.
    """
    by_cause: defaultdict[IncidentKey, list[Trouble]] = defaultdict(list)
    for trouble in troubles:
        by_cause[IncidentKey(trouble.provider, None, trouble.cause)].append(trouble)
    incidents: list[Incident] = []
    for wide_key, members in by_cause.items():
        if wide_key in already_wide or is_provider_wide(members, watched_cells):
            incidents.append(_join(wide_key, members))
        else:
            incidents.extend(_by_cell(members))
    return sorted(incidents, key=lambda one: (one.key.provider, one.key.cause, one.key.cell or 0))


def is_provider_wide(troubles: Sequence[Trouble], watched_cells: int = 0) -> bool:
    """Whether alerts of one provider and one cause are the provider's trouble rather than a place's."""
    cells = {trouble.cell for trouble in troubles}
    if None in cells:
        return True
    return len(cells) >= max(PROVIDER_WIDE_CELLS, math.ceil(PROVIDER_WIDE_SHARE * watched_cells))


def _by_cell(members: Sequence[Trouble]) -> list[Incident]:
    by_place: defaultdict[IncidentKey, list[Trouble]] = defaultdict(list)
    for trouble in members:
        by_place[trouble.key].append(trouble)
    return [_join(key, here) for key, here in by_place.items()]


def _join(key: IncidentKey, members: Sequence[Trouble]) -> Incident:
    return Incident(
        key=key,
        severity=max((trouble.severity for trouble in members), key=lambda one: one.rank),
        since=min(trouble.opened_at for trouble in members),
        alerts=tuple(sorted(trouble.alert for trouble in members)),
        cells=tuple(sorted({trouble.cell for trouble in members if trouble.cell is not None})),
    )
