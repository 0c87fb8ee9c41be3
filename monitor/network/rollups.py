"""Adds committed batches to the roll-ups, each exactly once: the ledger row goes in the transaction that merges it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf

_sql = Shelf("rollups")


@dataclass(frozen=True, slots=True)
class Merged:
    """What one merge brought."""

    rows: int
    first_at: datetime.datetime
    """the earliest moment that anything in it was measured"""
    oldest_commit: datetime.datetime
    """when the batch that waited longest was committed"""
    latest: Sequence[Row]
    """the newest measurement of each provider, cell and generation that moved"""


async def win(tx: Transaction) -> bool:
    """Whether this transaction is the fleet's merger and judge, until it ends."""
    return bool(await tx.fetchval(_sql["win_merge"]))


async def rest(tx: Transaction) -> None:
    """Keeps every merger from working until the transaction ends."""
    await tx.execute(_sql["rest_merge"])


async def merge(tx: Transaction, most_rows: int) -> Merged | None:
    """Takes batches of about so many rows off the ledger into the minutes; None when there was none.

    The caller has won the merge.
    """
    ledger = await tx.fetch(_sql["take_ledger"], most_rows)
    if not ledger:
        return None
    first_at = min(entry["first_at"] for entry in ledger)
    await tx.execute(_sql["plan_for_fresh_rows"])
    latest = await tx.fetch(
        _sql["merge"],
        [entry["batch"] for entry in ledger],
        first_at,
        max(entry["last_at"] for entry in ledger),
    )
    await tx.execute(_sql["plan_as_usual"])
    return Merged(
        rows=sum(entry["rows"] for entry in ledger),
        first_at=first_at,
        oldest_commit=min(entry["created_at"] for entry in ledger),
        latest=latest,
    )


async def fold(tx: Transaction, zone: str, most: int, after_s: float) -> int:
    """Brings up to `most` sums of minutes into hours and days, once some have waited for `after_s`; how many it were.

    Many merges change the same hours, each a little: one fold changes them once. `zone`: whose midnight ends a day.
    The caller has won the merge, so that nobody else sets sums aside, or takes them, until the transaction ends.
    """
    last = await tx.fetchval(_sql["last_to_fold"], most, after_s)
    if last is None:
        return 0
    await tx.execute(_sql["plan_for_fresh_rows"])
    for unit, calendar in (("hour", "UTC"), ("day", zone)):
        await tx.execute(_sql[f"fold_{unit}"], last, calendar)
        await tx.execute(_sql[f"fold_total_{unit}"], last, calendar)
    await tx.execute(_sql["fold_histograms"], last, zone)
    await tx.execute(_sql["plan_as_usual"])
    return int(await tx.fetchval(_sql["forget_folded"], last))


async def merger_age(db: Database) -> float | None:
    """Seconds that the oldest batch not yet merged has waited; 0 when there is none."""
    async with db.system() as tx:
        return float(await tx.fetchval(_sql["ledger_age"]) or 0.0)


async def keep_retention(db: Database, minute_days: int) -> None:
    """Drops old minutes; hours and days stay."""
    async with db.system() as tx:
        await tx.execute(_sql["forget_minutes"], minute_days)
        await tx.execute(_sql["forget_minute_histograms"], minute_days)
