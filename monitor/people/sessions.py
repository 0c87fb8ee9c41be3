"""Signs people in and out, exchanges refresh tokens, and sells stream tickets."""

import dataclasses
import datetime
from dataclasses import dataclass

from monitor import log
from monitor.errors import CredentialsWrong, Suspended, TokenInvalid
from monitor.people import credentials, hashing, opaque
from monitor.people.identities import Identity
from monitor.people.opaque import Refresh
from monitor.people.tokens import Keys, account_identity
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import AccountId

_SQL = Shelf("tokens")
_log = log.Log(__name__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client holds after signing in or refreshing."""

    identity: Identity
    access_token: str
    expires_at: datetime.datetime
    """the access token's"""
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """Opens one socket without a token in its first message."""

    ticket: str
    expires_at: datetime.datetime


async def sign_in(db: Database, keys: Keys, given: Settings, email: str, password: str) -> SignedIn:
    """Opens a session. Takes as long and says the same whether the account exists or not.

    Raises: CredentialsWrong; Suspended - only to who knows the password; TooBusy; Unavailable.
    """
    async with db.stranger() as tx:
        found = await tx.fetchrow(_SQL["signing_in"], email.strip())
    stored = credentials.decoy(given.identity.bcrypt_rounds) if found is None else found["password_hash"]
    is_right = await hashing.matches(password, stored)
    if found is None or not is_right:
        raise CredentialsWrong
    if not found["is_active"]:
        raise Suspended
    who = account_identity(found, AccountId(found["account"]))
    refresh = opaque.new_refresh()
    lifetime_s = given.identity.refresh_token_s
    async with db.viewing(who.viewer) as tx:
        session = await tx.fetchval(_SQL["open_session"], who.account, refresh.family_hash, refresh.hash, lifetime_s)
    _log.info("signed_in", account=who.account, session=session)
    return _signed_in(keys, dataclasses.replace(who, session=session), refresh)


async def refresh(db: Database, keys: Keys, given: Settings, refresh_token: str) -> SignedIn:
    """Exchanges a refresh token for the next one. A token that was exchanged before ends the whole chain.

    Raises: TokenInvalid, Suspended; Unavailable.
    """
    old = opaque.read_refresh(refresh_token)
    new = old.successor()
    async with db.stranger() as tx:
        found = await tx.fetchrow(
            _SQL["rotate_session"], old.family_hash, old.hash, new.hash, given.identity.refresh_token_s
        )
    if found is None:
        raise TokenInvalid
    if found["outcome"] == "reused":
        # Somebody holds a copy: whoever it is, both must sign in again.
        _log.warning("refresh_token_reused", account=found["account"], session=found["session"])
        raise TokenInvalid
    if not found["is_active"]:
        raise Suspended
    if found["outcome"] != "rotated":
        raise TokenInvalid
    who = account_identity(found, AccountId(found["account"]), found["session"])
    return _signed_in(keys, who, new)


async def sign_out(db: Database, who: Identity) -> None:
    """Ends the caller's session; its access and refresh tokens open nothing any more."""
    async with db.viewing(who.viewer) as tx:
        await tx.execute(_SQL["end_session"], who.session)
    _log.info("signed_out", account=who.account, session=who.session)


async def sign_out_bearer(db: Database, refresh_token: str) -> None:
    """Ends the session of whoever holds this refresh token; says nothing of one that is unknown."""
    async with db.stranger() as tx:
        session = await tx.fetchval(_SQL["end_family"], opaque.read_refresh(refresh_token).family_hash)
    _log.info("signed_out", session=session)


async def sell_ticket(db: Database, given: Settings, who: Identity) -> Ticket:
    """A stream ticket: one use, seconds long; the socket lives as long as the access token it was bought with."""
    ticket = opaque.new_token(opaque.TICKET)
    expires_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=given.identity.ticket_s)
    async with db.viewing(who.viewer) as tx:
        await tx.execute(
            _SQL["add_ticket"], opaque.digest(ticket), who.account, who.session, who.expires_at, expires_at
        )
    return Ticket(ticket, expires_at)


def _signed_in(keys: Keys, who: Identity, refresh: Refresh) -> SignedIn:
    access_token, expires_at = keys.sign(who)
    return SignedIn(dataclasses.replace(who, expires_at=expires_at), access_token, expires_at, refresh.text)
