"""Keeps the rules that people set: made, changed and deleted under the viewer's row-level security."""

import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from monitor.errors import Conflict, InvalidField, NotAllowed, NotFound
from monitor.network import cells
from monitor.network.kinds import Comparison, Kpi, Severity, Statistic
from monitor.network.providers import Directory
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import Generation, Role, Viewer, cell_number, cell_text

_sql = Shelf("rules")

MOST_RULES = 500
"""of one provider; each is judged at every merge"""

Window = Annotated[int, Meta(ge=60, le=86400, multiple_of=60)]
Wait = Annotated[int, Meta(ge=0, le=86400)]
Threshold = Annotated[float, Meta(ge=-1e9, le=1e9)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Samples = Annotated[int, Meta(ge=0, le=1_000_000)]


class Scope(msgspec.Struct, frozen=True):
    """Of what a rule judges the measurements."""

    cell: str | None = None
    """15 hex digits, H3 resolution 6; none: the provider as a whole"""
    generation: Generation | None = None


class NewRule(msgspec.Struct, frozen=True):
    """A threshold on one KPI."""

    provider: Annotated[str, Meta(min_length=1, max_length=32)]
    kpi: Kpi
    statistic: Statistic
    comparison: Comparison
    threshold: Threshold
    """in the KPI's unit; a share 0..1 for share_connected; measurements in the window for count"""
    window_s: Window = 60
    """whole minutes of measured_at, the running one included"""
    for_s: Wait = 0
    keep_firing_for_s: Wait = 60
    min_samples: Samples = 10
    severity: Severity = Severity.MAJOR
    scope: Scope = Scope()
    enabled: bool = True
    name: Name | None = None


class RuleChange(msgspec.Struct, frozen=True):
    """What is to be different; the rest stays."""

    threshold: Threshold | UnsetType = UNSET
    window_s: Window | UnsetType = UNSET
    for_s: Wait | UnsetType = UNSET
    keep_firing_for_s: Wait | UnsetType = UNSET
    min_samples: Samples | UnsetType = UNSET
    severity: Severity | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    name: Name | UnsetType | None = UNSET


class KeptRule(NewRule, frozen=True, kw_only=True):
    """A rule as it stands."""

    id: int
    created_at: datetime.datetime
    modified_at: datetime.datetime


async def some(db: Database, viewer: Viewer, provider: str | None, after: int, limit: int) -> list[KeptRule]:
    """Rules by id, after that id."""
    async with db.viewing(viewer) as tx:
        return [_shown(row) for row in await tx.fetch(_sql["some"], provider, after, limit)]


async def one(db: Database, viewer: Viewer, rule: int) -> KeptRule:
    """Raises: NotFound - not there, or not the viewer's."""
    async with db.viewing(viewer) as tx:
        return await _one(tx, rule)


async def add(db: Database, viewer: Viewer, new: NewRule, directory: Directory) -> KeptRule:
    """A new rule; it judges within two seconds.

    Raises: NotAllowed - another's network; InvalidField; Conflict - too many rules.
    """
    provider = directory.by_slug.get(new.provider)
    # Which operators exist is no secret, but what they may set is their own.
    if provider is None or (viewer.role is not Role.ADMINISTRATOR and viewer.provider != provider.id):
        raise NotAllowed("rules of one's own network only")
    _check(new)
    async with db.viewing(viewer) as tx:
        if await tx.fetchval(_sql["count"], provider.id) >= MOST_RULES:
            raise Conflict(f"at most {MOST_RULES} rules", members={"limit": MOST_RULES})
        rule = await tx.fetchval(
            _sql["add"],
            provider.id,
            new.name,
            # That share is of `connected`, whatever was named with it.
            (Kpi.CONNECTED if new.statistic is Statistic.SHARE_CONNECTED else new.kpi).value,
            new.statistic.value,
            new.comparison.value,
            new.threshold,
            None if new.scope.cell is None else cell_number(new.scope.cell),
            None if new.scope.generation is None else new.scope.generation.value,
            new.window_s,
            new.for_s,
            new.keep_firing_for_s,
            new.min_samples,
            new.severity.value,
            new.enabled,
        )
        return await _one(tx, rule)


async def change(db: Database, viewer: Viewer, rule: int, change: RuleChange) -> KeptRule:
    """Raises: NotFound - not there, or not the viewer's."""
    async with db.viewing(viewer) as tx:
        now = await _one(tx, rule)
        given = {
            name: value
            for name in change.__struct_fields__
            if (value := getattr(change, name)) is not UNSET
        }  # fmt: skip
        new = msgspec.structs.replace(now, **given)
        await tx.execute(
            _sql["change"],
            rule,
            new.name,
            new.threshold,
            new.window_s,
            new.for_s,
            new.keep_firing_for_s,
            new.min_samples,
            new.severity.value,
            new.enabled,
        )
        return await _one(tx, rule)


async def delete(db: Database, viewer: Viewer, rule: int) -> None:
    """Raises: NotFound - not there, or not the viewer's."""
    async with db.viewing(viewer) as tx:
        if await tx.fetchval(_sql["delete"], rule) is None:
            raise NotFound


def _check(new: NewRule) -> None:
    if new.scope.cell is not None:
        try:
            is_area = cells.is_area(cell_number(new.scope.cell))
        except ValueError:
            is_area = False
        if not is_area:
            raise InvalidField(faults=[("scope.cell", "an H3 cell of resolution 6 is 15 lower-case hex digits")])
    if new.kpi is Kpi.CONNECTED and new.statistic in (Statistic.P50, Statistic.P95):
        raise InvalidField(faults=[("statistic", "of `connected` there is a share or a count, no percentile")])


async def _one(tx: Transaction, rule: int) -> KeptRule:
    row = await tx.fetchrow(_sql["one"], rule)
    if row is None:
        raise NotFound
    return _shown(row)


def _shown(row: Row) -> KeptRule:
    return KeptRule(
        id=row["id"],
        provider=row["provider"],
        name=row["name"],
        kpi=Kpi(row["kpi"]),
        statistic=Statistic(row["statistic"]),
        comparison=Comparison(row["comparison"]),
        threshold=row["threshold"],
        scope=Scope(
            cell_text(row["cell"]) if row["cell"] else None,
            Generation(row["generation"]) if row["generation"] else None,
        ),
        window_s=row["window_s"],
        for_s=row["for_s"],
        keep_firing_for_s=row["keep_firing_for_s"],
        min_samples=row["min_samples"],
        severity=Severity(row["severity"]),
        enabled=row["enabled"],
        created_at=row["created_at"],
        modified_at=row["modified_at"],
    )
