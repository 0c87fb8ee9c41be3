"""How long measurements, quarantine and the streams of keys are kept, and what lost its owner meanwhile."""

from monitor.store.db import Database
from monitor.store.queries import Shelf

_sql = Shelf("ingest")


async def keep_retention(db: Database, retention_days: int, quarantine_days: int) -> int:
    """Drops whole days older than the retention, old quarantine and streams of old keys; how many days were dropped."""
    async with db.system() as tx:
        await tx.execute(_sql["forget_rejected"], quarantine_days)
        await tx.execute(_sql["forget_keyed"])
        return int(await tx.fetchval(_sql["drop_days"], retention_days))


async def count_orphans(db: Database) -> int:
    """Recent rows whose device or subject does not exist; there is no foreign key, so this must stay 0."""
    async with db.system() as tx:
        return int(await tx.fetchval(_sql["count_orphans"]))
