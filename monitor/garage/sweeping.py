"""Clears away what nobody needs of files: unfinished uploads, old refusals and given-up jobs, objects without a row."""

import datetime
from typing import Final

from monitor import log
from monitor.garage import media
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.store.objects import Objects
from monitor.store.queries import Shelf
from monitor.values import MediaId
from monitor.work import jobs

AT_ONCE: Final = 500
SETTLED: Final = datetime.timedelta(minutes=10)
"""after its end nobody writes to a file any more: every call and every upload has a shorter limit"""
FAILED_KEPT: Final = datetime.timedelta(days=30)
PARKED_KEPT: Final = datetime.timedelta(days=90)
"""jobs that were given up, for whoever looks into why; as long as the quarantine"""

_SQL = Shelf("media")
_log = log.Log(__name__)


async def sweep(db: Database, objects: Objects, settings: Settings, settled: datetime.timedelta = SETTLED) -> None:
    """One round; to be made every hour or so, by any machine.

    Raises: Unavailable.
    """
    unfinished = datetime.timedelta(seconds=settings.media.unfinished_s)
    async with db.system() as tx:
        expired = await tx.fetch(_SQL["expire"], unfinished, AT_ONCE)
        await tx.execute(_SQL["forget_failed"], FAILED_KEPT)
        await tx.execute(_SQL["forget_links"])
        await jobs.forget_parked(tx, PARKED_KEPT)
        rows = await tx.fetch(_SQL["leftovers"], settled, AT_ONCE)
    for row in rows:
        file = MediaId(row["media"])
        # Of a file that is kept only the pieces it came in; of every other one all.
        await objects.clear(media.pieces(file) if row["state"] == media.State.STORED else media.folder(file))
        async with db.system() as tx:
            await tx.execute(_SQL["cleared"], file, settled)
    _log.info("media_swept", expired=len(expired), cleared=len(rows))
