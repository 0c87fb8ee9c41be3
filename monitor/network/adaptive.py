"""Watches every provider and place against its own past, minute by minute, and keeps its incidents as alerts."""

import asyncio
import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from monitor.network import alerts, baseline, detector, rollups
from monitor.network.alerts import Finding
from monitor.network.detector import Series, SeriesKey, Sums
from monitor.network.incidents import Incident, IncidentKey
from monitor.network.kinds import AlertEvent, AlertState, Cause, Comparison, Kpi, Reason, Severity, Statistic
from monitor.network.phases import State, Transition
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import ProviderId

_sql = Shelf("adaptive")
_alerts_sql = Shelf("alerts")

GRACE = datetime.timedelta(seconds=10)
"""A minute is closed this long after it ended: phones send batches of some seconds."""

AT_ONCE = datetime.timedelta(minutes=2)
"""What one look judges of a backlog: the merge waits for it, and with it everything live."""


@dataclass(slots=True)
class Adaptive:
    """The detector of one process; what it holds in memory is checked against the database before it is used."""

    least_samples: int
    """of a kpi in one minute; fewer prove nothing"""
    oldest: datetime.timedelta
    """minutes that ended longer ago are not judged"""
    _known: dict[SeriesKey, Series] = field(default_factory=dict)
    _judged_until: datetime.datetime | None = None

    async def judge(self, tx: Transaction, now: datetime.datetime) -> None:
        """Judges minutes that closed since the last time; at most once a minute there is anything to do, unless many
        wait."""
        closed = (now - GRACE).replace(second=0, microsecond=0)
        if self._judged_until is not None and self._judged_until >= closed:
            return
        await self._recall(tx)
        judged = (series.judged_until for series in self._known.values())
        since = max(*judged, self._judged_until or closed - self.oldest, closed - self.oldest)
        until = min(closed, since + AT_ONCE)
        rows = await tx.fetch(_sql["closed_minutes"], since, until)
        # Thousands of series take a good part of a second: not on the event loop.
        known, moved = await asyncio.to_thread(self._judge_minutes, rows, since, until)
        if moved:
            await tx.execute(_sql["keep_baselines"], *await asyncio.to_thread(_columns, moved))
        await _reconcile(tx, known, until)
        self._known, self._judged_until = known, until

    def forget(self) -> None:
        """What was judged in a transaction that failed is not known."""
        self._known, self._judged_until = {}, None

    async def _recall(self, tx: Transaction) -> None:
        standing = {_key(row): row["judged_until"] for row in await tx.fetch(_sql["standing"])}
        if standing != {key: series.judged_until for key, series in self._known.items()}:
            self._known = await asyncio.to_thread(_decoded, await tx.fetch(_sql["baselines"]))

    def _judge_minutes(
        self, rows: Sequence[Row], since: datetime.datetime, until: datetime.datetime
    ) -> tuple[dict[SeriesKey, Series], dict[SeriesKey, Series]]:
        by_minute: dict[datetime.datetime, dict[tuple[int, int], Sums]] = defaultdict(dict)
        for row in rows:
            sums = {kpi: (row[f"{kpi}_n"], row[f"{kpi}_sum"], row[f"{kpi}_squares"]) for kpi in Kpi if row[f"{kpi}_n"]}
            by_minute[row["at"]][row["provider"], row["cell"]] = Sums(row["rows"], sums)
        known = dict(self._known)
        moved: dict[SeriesKey, Series] = {}
        at = since
        while at < until:
            changes = detector.judge_minute(known, at, by_minute.get(at, {}), self.least_samples)
            known |= changes
            moved |= changes
            at += datetime.timedelta(minutes=1)
        return known, moved


async def retire(tx: Transaction, now: datetime.datetime) -> None:
    """Clears what the detector left open when it was switched off."""
    rows = await tx.fetch(_sql["open_alerts"])
    for row in rows:
        await _clear(tx, row, Reason.DETECTOR_DISABLED, now)
    if rows:
        # Switched on again it is not to open them once more for what was long ago.
        await tx.execute(_sql["calm_baselines"])


async def forget_abandoned(db: Database, days: int) -> None:
    """Forgets what was learnt of places that nobody was heard from for so long; what is open there is cleared."""
    async with db.system() as tx:
        await rollups.rest(tx)
        await tx.execute(_sql["forget_baselines"], days)


def _columns(moved: Mapping[SeriesKey, Series]) -> tuple[list[object], ...]:
    """Series as the columns that are kept."""
    return (
        [key.provider for key in moved],
        [key.cell for key in moved],
        [key.kpi for key in moved],
        [series.judged_until for series in moved.values()],
        [baseline.to_bytes(series.baseline) for series in moved.values()],
        [series.state for series in moved.values()],
    )


def _decoded(rows: Sequence[Row]) -> dict[SeriesKey, Series]:
    return {_key(row): _series(row) for row in rows}


async def _reconcile(tx: Transaction, known: dict[SeriesKey, Series], now: datetime.datetime) -> None:
    """Makes the open alerts those that the incidents of now are."""
    rows = {_incident_key(row): row for row in await tx.fetch(_sql["open_alerts"])}
    open_wide = {key for key in rows if key.cell is None}
    wanted = {each.key: each for each in await asyncio.to_thread(detector.incidents, known, open_wide)}
    for key, incident in wanted.items():
        await _follow(tx, known, incident, rows.get(key), now)
    for key in rows.keys() - wanted.keys():
        await _clear(tx, rows[key], _why_over(key, known, wanted), now)


def _why_over(key: IncidentKey, known: Mapping[SeriesKey, Series], wanted: Collection[IncidentKey]) -> Reason:
    if replace(key, cell=None) in wanted:
        return Reason.WIDENED
    is_watched = SeriesKey(key.provider, key.cell or detector.WHOLE, detector.ROWS) in known
    return Reason.RECOVERED if is_watched else Reason.NO_DATA


async def _clear(tx: Transaction, row: Row, why: Reason, now: datetime.datetime) -> None:
    cleared = Transition(AlertEvent.CLEARED, AlertState.CLEARED, why, now, row["flapping"])
    await alerts.apply(tx, _farewell(_incident_key(row), row), cleared)


async def _follow(
    tx: Transaction, known: dict[SeriesKey, Series], incident: Incident, row: Row | None, now: datetime.datetime
) -> None:
    state = AlertState.CLEARING if detector.is_fading(known, incident) else AlertState.FIRING
    flapping = detector.is_flapping(known, incident)
    if row is not None and (row["state"], row["severity"], tuple(row["cells"]), row["flapping"]) == (
        state, _worse(incident.severity, row), _cells(incident), flapping,
    ):  # fmt: skip
        return
    devices = await tx.fetchval(
        _alerts_sql["count_devices"], incident.key.provider, now - GRACE, now, incident.key.cell
    )
    finding = _finding(known, incident, row, devices)
    event = AlertEvent.OPENED if row is None else AlertEvent.CHANGED
    why = Reason.BREACH if state is AlertState.FIRING else Reason.RECOVERING
    await alerts.apply(tx, finding, Transition(event, state, why, now, flapping))


def _finding(known: dict[SeriesKey, Series], incident: Incident, row: Row | None, devices: int) -> Finding:
    key, series = detector.worst(known, incident)
    kpi, statistic, comparison = detector.what(key)
    judgement, minute = series.judgement, series.minute
    edge = None
    if judgement is not None:
        edge = judgement.high if comparison is Comparison.ABOVE else judgement.low
    return Finding(
        provider=ProviderId(incident.key.provider),
        rule=None,
        kpi=kpi,
        statistic=statistic,
        cause=incident.key.cause,
        severity=Severity(_worse(incident.severity, row)),
        value=minute.value if minute else None,
        threshold=edge,
        samples=minute.samples if minute else 0,
        devices=devices,
        cell=incident.key.cell,
        generation=None,
        certainty=judgement.certainty if judgement else None,
        cells=_cells(incident),
    )


def _farewell(key: IncidentKey, row: Row) -> Finding:
    return Finding(
        provider=ProviderId(key.provider),
        rule=None,
        kpi=Kpi(row["kpi"]),
        statistic=Statistic(row["statistic"]),
        cause=key.cause,
        severity=Severity(row["severity"]),
        value=None,
        threshold=None,
        samples=0,
        devices=0,
        cell=key.cell,
        generation=None,
        cells=tuple(row["cells"]),
    )


def _worse(severity: Severity, row: Row | None) -> str:
    """An open alert never sinks in severity: what it was at its worst is what people must know."""
    if row is not None and Severity(row["severity"]).rank > severity.rank:
        return Severity(row["severity"]).value
    return severity.value


def _cells(incident: Incident) -> tuple[int, ...]:
    return incident.cells if incident.key.cell is None else ()


def _key(row: Row) -> SeriesKey:
    return SeriesKey(row["provider"], row["cell"], row["kpi"])


def _series(row: Row) -> Series:
    return Series(row["judged_until"], baseline.from_bytes(row["baseline"]), msgspec.convert(row["state"], State))


def _incident_key(row: Row) -> IncidentKey:
    return IncidentKey(row["provider"], row["cell"], Cause(row["cause"]))
