"""Throws away what is over: spent tickets and codes, dead sessions and keys, old answers, old trail and activity."""

from monitor import log
from monitor.people.tokens import Keys
from monitor.store.db import Database
from monitor.store.queries import Shelf

AUDIT_DAYS = 400
"""as long as measurements are kept, so that what explains a number is there as long as the number"""

_log = log.Log(__name__)


async def keep(db: Database, keys: Keys) -> None:
    """One round; to be made every hour or so, by any machine."""
    is_rotated = await keys.rotate(db)
    tokens, devices, answers, audit = Shelf("tokens"), Shelf("devices"), Shelf("idempotency"), Shelf("audit")
    accounts = Shelf("accounts")
    statements = (
        tokens["forget_tickets"],
        tokens["forget_sessions"],
        tokens["forget_keys"],
        devices["forget_claims"],
        answers["forget"],
    )
    async with db.system() as tx:
        for statement in statements:
            await tx.execute(statement)
        await tx.execute(accounts["forget_days"], AUDIT_DAYS)
        forgotten = await tx.fetchval(audit["forget"], AUDIT_DAYS)
    _log.info("house_kept", is_key_new=is_rotated, audit_forgotten=forgotten)
