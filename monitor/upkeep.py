"""Does the chores that any machine may do now and then: retention, key rotation, and counting what lost its owner."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from monitor import log
from monitor.errors import Unavailable
from monitor.garage import learning, sweeping
from monitor.network import adaptive, retention, rollups
from monitor.people import housekeeping
from monitor.people.tokens import Keys
from monitor.settings import Measurements, Settings
from monitor.store.db import Database, DatabaseError
from monitor.store.objects import Objects

EVERY_S = 3600.0
"""An hour is soon enough for limits of days."""
FIRST_S = 300.0
"""A server that is restarted more often than every hour must keep house too."""

_log = log.Log(__name__)


async def keep_house(db: Database, objects: Objects, keys: Keys, settings: Settings) -> None:
    """A round soon, then one an hour until cancelled; several machines do no harm to each other."""
    pause_s = FIRST_S
    while True:
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
        await keep_once(db, objects, keys, settings)
        pause_s = EVERY_S


async def keep_once(db: Database, objects: Objects, keys: Keys, settings: Settings) -> None:
    """One round; a chore that cannot be done now does not keep the others from theirs."""
    chores: tuple[Callable[[], Awaitable[None]], ...] = (
        partial(housekeeping.keep, db, keys),
        partial(_keep_measurements, db, settings.measurements),
        partial(rollups.keep_retention, db, settings.rollups.minute_retention_days),
        partial(adaptive.forget_abandoned, db, settings.alerts.adaptive_forget_days),
        partial(sweeping.sweep, db, objects, settings),
        partial(learning.learn, db),
        partial(_look_for_orphans, db),
    )
    for chore in chores:
        try:
            await chore()
        except (Unavailable, DatabaseError) as error:
            _log.warning("upkeep_failed", **log.cause(error))


async def _keep_measurements(db: Database, kept: Measurements) -> None:
    days = await retention.keep_retention(db, kept.retention_days, kept.quarantine_retention_days)
    _log.info("retention_kept", days_dropped=days)


async def _look_for_orphans(db: Database) -> None:
    if orphans := await retention.count_orphans(db):
        _log.error("orphans_found", rows=orphans)
