"""Changes people's own passwords; whoever was signed in with the old one elsewhere is signed out."""

from monitor import log
from monitor.errors import Conflict, InvalidField
from monitor.live.bus import Bus
from monitor.people import credentials, hashing
from monitor.people.identities import Identity
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.store.queries import Shelf

CHANGED = "password_changed"
"""announced as {"account": id, "session": the one that goes on}"""

_SQL = Shelf("passwords")
_log = log.Log(__name__)


async def change(db: Database, bus: Bus, given: Settings, who: Identity, old: str, new: str) -> None:
    """Puts a new password in place of the old one; the caller's session goes on, all others end everywhere.

    Raises: InvalidField - the old one is wrong, or the new one no good; Conflict - it was changed meanwhile; TooBusy.
    """
    async with db.viewing(who.viewer) as tx:
        own = await tx.fetchrow(_SQL["own"], who.account)
    if not await hashing.matches(old, own["password_hash"]):
        raise InvalidField(faults=[("old_password", "this is not the password")])
    reasons = credentials.faults(new, email=own["email"], username=own["username"])
    if reasons or new == old:
        raise InvalidField(faults=[("new_password", reason) for reason in reasons or ["it is the old one"]])
    stored = await hashing.hashed(new, given.identity.bcrypt_rounds)
    async with db.viewing(who.viewer) as tx:
        if await tx.fetchval(_SQL["change"], own["password_hash"], stored) is None:
            raise Conflict("the password was changed meanwhile")
        await tx.execute(_SQL["end_other_sessions"], who.account, who.session)
    _log.info(CHANGED, account=who.account, session=who.session)
    await bus.announce(CHANGED, {"account": who.account, "session": str(who.session)})
