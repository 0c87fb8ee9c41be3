"""How long measurements, quarantine and the streams of keys are kept, and what lost its owner meanwhile."""

import stamina

from monitor.errors import Unavailable
from monitor.store.db import Database
from monitor.store.queries import Shelf

_sql = Shelf("retention")

_DROPPING_S = 60.0
"""twice what the slowest reader may take"""


async def keep_retention(db: Database, retention_days: int, quarantine_days: int) -> int:
    """Drops whole days older than the retention, and who was where in them; old quarantine and streams of old keys too.

    Gives how many days were dropped.

    Raises: Unavailable - somebody read measurements all the time; the others are done then.
    """
    async with db.system() as tx:
        await tx.execute(_sql["forget_rejected"], quarantine_days)
        await tx.execute(_sql["forget_keyed"])
        await tx.execute(_sql["forget_presence"], retention_days)
    async for attempt in stamina.retry_context(on=Unavailable, attempts=None, timeout=_DROPPING_S):
        with attempt:
            async with db.system() as tx:
                return int(await tx.fetchval(_sql["drop_days"], retention_days))
    raise AssertionError("stamina gives up by raising")


async def count_orphans(db: Database) -> int:
    """Recent rows whose device or subject does not exist; there is no foreign key, so this must stay 0."""
    async with db.system() as tx:
        return int(await tx.fetchval(_sql["count_orphans"]))
