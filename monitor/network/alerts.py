"""Keeps alerts: opens, changes and clears them as the judge says, takes what people say, and shows them."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from monitor import metrics
from monitor.errors import Conflict, NotFound
from monitor.live import outbox, topics
from monitor.live.outbox import Happening
from monitor.network import cells
from monitor.network.kinds import AlertEvent, AlertState, Cause, Certainty, Kpi, Severity, Statistic
from monitor.network.phases import Transition
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import ProviderId, Viewer, cell_text

_sql = Shelf("alerts")


class HistoryEntry(msgspec.Struct, frozen=True):
    """One thing that became of an alert."""

    at: datetime.datetime
    action: str
    """opened, changed, cleared, acknowledged, unacknowledged, snoozed, unsnoozed"""
    by: str | None
    """the colleague; null for the judge"""
    detail: dict[str, Any]


class Alert(msgspec.Struct, frozen=True):
    """An alert as consoles see it."""

    id: int
    version: int
    state: AlertState
    severity: Severity
    provider: str
    rule: int | None
    """null when the adaptive detector found it"""
    rule_name: str | None
    cause: Cause
    kpi: str
    statistic: str
    value: float | None
    threshold: float | None
    """what the value is held against: the rule's, or the edge of what is usual here"""
    samples: int
    devices: int
    """distinct devices heard there in the running hour"""
    cell: str | None
    area: str | None
    """the nearest place's name; null for the provider as a whole"""
    cells: list[str]
    generation: str | None
    certainty: Certainty | None
    flapping: bool
    reason: str
    opened_at: datetime.datetime
    changed_at: datetime.datetime
    cleared_at: datetime.datetime | None
    acknowledged_by: str | None
    snoozed_until: datetime.datetime | None
    history: list[HistoryEntry] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Finding:
    """What the judge found about one series, as far as its alert must know it."""

    provider: ProviderId
    rule: int | None
    kpi: Kpi
    statistic: Statistic
    cause: Cause
    severity: Severity
    value: float | None
    threshold: float | None
    samples: int
    devices: int
    cell: int | None
    generation: str | None
    certainty: Certainty | None = None
    cells: Sequence[int] = ()
    """where it is seen, when the provider as a whole is the place"""


async def apply(tx: Transaction, finding: Finding, transition: Transition) -> int | None:
    """Writes a transition of the state machine down, with its history and its event; the alert's id.

    Whoever took the alert took it as it was: a rise in severity gives it back, so that it calls again.
    """
    is_new = transition.event is AlertEvent.OPENED
    alert_id = await (_open(tx, finding, transition) if is_new else _change(tx, finding, transition))
    if alert_id is None:
        return None
    detail = {"reason": transition.reason, "value": finding.value, "samples": finding.samples}
    await tx.execute(_sql["add_history"], alert_id, finding.provider, transition.event.value, None, detail)
    await announce(tx, alert_id, transition.event)
    metrics.transitions.labels(transition.event.value).inc()
    return alert_id


async def announce(tx: Transaction, alert_id: int, event: AlertEvent) -> Alert:
    """Puts the alert as it stands into the outbox, for the consoles of its provider."""
    row = await tx.fetchrow(_sql["one"], alert_id)
    alert = shown(row)
    topic = topics.alerts(alert.provider)
    happening = Happening(topic, f"alert.{event.value}", alert, provider=ProviderId(row["provider"]))
    await outbox.add(tx, [happening])
    return alert


async def snapshot(db: Database, viewer: Viewer, provider: ProviderId | None) -> list[Alert]:
    """What has not cleared, as far as the viewer may see it."""
    async with db.viewing(viewer) as tx:
        return [shown(row) for row in await tx.fetch(_sql["open_for_provider"], provider)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts a list is to hold."""

    provider: str | None
    state: str | None
    """a state, or `open` for all that have not cleared"""
    since: datetime.datetime | None
    until: datetime.datetime | None
    limit: int
    before: tuple[datetime.datetime, int] | None
    """opened_at and id of the last one of the page before"""


async def some(db: Database, viewer: Viewer, wanted: Wanted) -> list[Alert]:
    """A page of alerts with their history, the newest opening first."""
    before = wanted.before or (None, None)
    async with db.reading(viewer) as tx:
        rows = await tx.fetch(
            _sql["some"], wanted.provider, wanted.state, wanted.since, wanted.until, wanted.limit, *before
        )
        histories = await _histories(tx, [row["id"] for row in rows])
    return [shown(row, histories.get(row["id"], [])) for row in rows]


async def attend(
    db: Database, viewer: Viewer, alert_id: int, action: str, until: datetime.datetime | None = None
) -> Alert:
    """Acknowledges, unacknowledges, snoozes (`until`) or unsnoozes an open alert; said to all consoles if it is new.

    Raises: NotFound - not there, or not the viewer's; Conflict - it has cleared.
    """
    async with db.viewing(viewer) as tx:
        now = await tx.fetchrow(_sql["attention"], alert_id)
        if now is None:
            raise NotFound
        if now["state"] == AlertState.CLEARED:
            raise Conflict("the alert has cleared")
        by, name, taken_as = now["acknowledged_by"], now["acknowledged_name"], now["acknowledged_as"]
        snoozed_until = now["snoozed_until"]
        before = (by, taken_as, snoozed_until)
        colleague = await tx.fetchval(_sql["username"], viewer.person)
        match action:
            case "acknowledge":
                by, name, taken_as = viewer.person, colleague, now["severity"]
            case "unacknowledge":
                by, name, taken_as = None, None, None
            case "snooze":
                snoozed_until = until
            case "unsnooze":
                snoozed_until = None
            case _:
                raise AssertionError(action)
        if (by, taken_as, snoozed_until) != before:
            await tx.execute(_sql["attend"], alert_id, by, name, snoozed_until, taken_as)
            detail = {"by": colleague} | ({"until": until} if until else {})
            done = {"acknowledge": "acknowledged", "snooze": "snoozed"}
            past = done.get(action) or f"un{done[action.removeprefix('un')]}"
            await tx.execute(_sql["add_history"], alert_id, now["provider"], past, viewer.person, detail)
            await announce(tx, alert_id, AlertEvent.CHANGED)
        row = await tx.fetchrow(_sql["one"], alert_id)
        return shown(row, (await _histories(tx, [alert_id])).get(alert_id, []))


def shown(row: Row, history: list[HistoryEntry] | None = None) -> Alert:
    """A row of `alerts` with slug and rule_name, as the wire has it."""
    cell = row["cell"]
    return Alert(
        id=row["id"],
        version=row["version"],
        state=AlertState(row["state"]),
        severity=Severity(row["severity"]),
        provider=row["slug"],
        rule=row["rule"],
        rule_name=row["rule_name"],
        cause=Cause(row["cause"]),
        kpi=row["kpi"],
        statistic=row["statistic"],
        value=row["value"],
        threshold=row["threshold"],
        samples=row["samples"],
        devices=row["devices"],
        cell=cell_text(cell) if cell else None,
        area=cells.name(cell) if cell else None,
        cells=[text for each in row["cells"] if (text := cell_text(each))],
        generation=row["generation"],
        certainty=Certainty(row["certainty"]) if row["certainty"] else None,
        flapping=row["flapping"],
        reason=row["reason"],
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        cleared_at=row["cleared_at"],
        acknowledged_by=row["acknowledged_name"],
        snoozed_until=row["snoozed_until"],
        history=msgspec.UNSET if history is None else history,
    )


async def _open(tx: Transaction, finding: Finding, transition: Transition) -> int:
    return int(
        await tx.fetchval(
            _sql["open_alert"],
            finding.provider,
            finding.rule,
            finding.severity.value,
            finding.cause.value,
            finding.kpi.value,
            finding.statistic.value,
            finding.value,
            finding.threshold,
            finding.samples,
            finding.devices,
            finding.cell,
            finding.generation,
            finding.certainty.value if finding.certainty else None,
            transition.flapping,
            transition.reason.value,
            transition.at,
            finding.cells,
        )
    )


async def _change(tx: Transaction, finding: Finding, transition: Transition) -> int | None:
    changed = await tx.fetchrow(
        _sql["change_alert"],
        finding.rule,
        finding.provider,
        finding.cell,
        finding.cause.value,
        transition.state.value,
        finding.severity.value,
        finding.value,
        finding.samples,
        finding.devices,
        transition.flapping,
        transition.reason.value,
        finding.certainty.value if finding.certainty else None,
        transition.at,
        finding.cells,
        finding.threshold,
    )
    if changed is None:
        return None
    taken_as = changed["acknowledged_as"]
    if taken_as is not None and finding.severity.rank > Severity(taken_as).rank:
        await tx.execute(_sql["give_back"], changed["id"])
        detail = {"severity": finding.severity}
        await tx.execute(_sql["add_history"], changed["id"], finding.provider, "unacknowledged", None, detail)
    return int(changed["id"])


async def _histories(tx: Transaction, alert_ids: Sequence[int]) -> dict[int, list[HistoryEntry]]:
    histories: dict[int, list[HistoryEntry]] = {}
    for row in await tx.fetch(_sql["history"], alert_ids):
        detail = dict(row["detail"])
        by = detail.pop("by", None)
        histories.setdefault(row["alert"], []).append(HistoryEntry(row["at"], row["action"], by, detail))
    return histories
