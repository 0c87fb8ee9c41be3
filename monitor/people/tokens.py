"""Says whose a token is: access tokens signed with a rotating key, device tokens and stream tickets from the tables."""

import asyncio
import datetime
import time
from uuid import UUID

import jwt
import msgspec
from msgspec import Struct

from monitor.errors import Suspended, TokenExpired, TokenInvalid, Unavailable
from monitor.people import opaque, signing
from monitor.people.identities import Identity, Kind
from monitor.people.signing import SigningKey
from monitor.settings import Settings
from monitor.store.db import Database, Row
from monitor.store.queries import Shelf
from monitor.values import AccountId, DeviceId, ProviderId, Role

ALGORITHM = "EdDSA"
ISSUER = "roadpulse"
RELOAD_PAUSE_S = 1.0
"""unknown kids, which anybody can invent, make us look no more often than this"""
STALE_S = 60.0
"""another machine may have rotated; the public list is at most this old"""

_SQL = Shelf("tokens")


class Claims(Struct, frozen=True):
    """What an access token says."""

    sub: str
    """the account's id"""
    role: Role
    sid: UUID
    """the session"""
    iat: int
    exp: int
    provider: str | None = None
    provider_id: int | None = None


class Keys:
    """The signing keys as this process knows them; made by `open_keys`."""

    def __init__(self, given: Settings, found: list[SigningKey]) -> None:
        self._given = given
        self._found = found
        self._loaded_at = time.monotonic()
        self._loading = asyncio.Lock()

    def sign(self, who: Identity) -> tuple[str, datetime.datetime]:
        """An access token for an account with a session, and when it expires.

        Raises: Unavailable - this machine has no key that it can sign with.
        """
        able = [key for key in self._found if key.private is not None]
        key = next((key for key in able if key.is_settled), able[0] if able else None)
        if key is None:
            raise Unavailable("no signing key")
        now = int(time.time())
        claims = Claims(
            sub=str(who.account),
            role=who.role,
            sid=who.session or UUID(int=0),
            iat=now,
            exp=now + self._given.identity.access_token_s,
            provider=who.provider_slug,
            provider_id=who.provider,
        )
        payload = msgspec.to_builtins(claims) | {"iss": ISSUER, "aud": ISSUER}
        headers = {"kid": key.kid, "typ": "at+jwt"}
        assert key.private is not None
        token = jwt.encode(payload, key.private, algorithm=ALGORITHM, headers=headers)
        return token, datetime.datetime.fromtimestamp(claims.exp, datetime.UTC)

    async def verify(self, db: Database, token: str) -> Claims:
        """What the token says, if one of our keys signed it.

        Raises: TokenInvalid, TokenExpired.
        """
        try:
            kid = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError as error:
            raise TokenInvalid from error
        key = await self._find(db, kid) if isinstance(kid, str) and len(kid) <= 64 else None
        if key is None:
            raise TokenInvalid
        try:
            # One algorithm, ours: the header's word on it is not asked.
            payload = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                audience=ISSUER,
                issuer=ISSUER,
                # Machines' clocks differ; that a token was issued a second from now harms nobody.
                options={"require": ["exp", "sub", "sid", "role"], "verify_iat": False},
            )
            return msgspec.convert(payload, Claims)
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise TokenInvalid from error

    async def public(self, db: Database) -> list[SigningKey]:
        """Every key that still verifies, the newest first."""
        if time.monotonic() - self._loaded_at > STALE_S:
            async with self._loading:
                await self._reload(db)
        return self._found

    async def rotate(self, db: Database) -> bool:
        """Makes a new key if one is due; every machine may call it, one makes it."""
        is_new = await signing.rotate(db, self._given)
        await self._reload(db)
        return is_new

    async def _find(self, db: Database, kid: str) -> SigningKey | None:
        asked_at = time.monotonic()
        if key := self._known(kid):
            return key
        async with self._loading:
            # Whoever waited here while somebody else looked has the answer already.
            if self._loaded_at < asked_at:
                await asyncio.sleep(self._loaded_at + RELOAD_PAUSE_S - time.monotonic())
                await self._reload(db)
            return self._known(kid)

    def _known(self, kid: str) -> SigningKey | None:
        return next((key for key in self._found if key.kid == kid), None)

    async def _reload(self, db: Database) -> None:
        self._found = await signing.load(db, self._given)
        self._loaded_at = time.monotonic()


async def open_keys(db: Database, given: Settings) -> Keys:
    """The keys of this process; makes the first one of a new database.

    Raises: SettingsInvalid - no secret; Unavailable.
    """
    await signing.rotate(db, given)
    return Keys(given, await signing.load(db, given))


async def identify(db: Database, keys: Keys, token: str) -> Identity:
    """Whose token this is, as the tables stand now: role and provider are the account's, not the token's.

    Raises: TokenInvalid, TokenExpired, Suspended; Unavailable.
    """
    if token.startswith(opaque.DEVICE):
        return await _device(db, token)
    claims = await keys.verify(db, token)
    account = AccountId(int(claims.sub))
    async with db.stranger() as tx:
        standing = await tx.fetchrow(_SQL["standing"], account, claims.sid)
    if standing is None:
        raise TokenInvalid
    if not standing["is_active"]:
        raise Suspended
    if not standing["is_open"]:
        raise TokenInvalid
    expires_at = datetime.datetime.fromtimestamp(claims.exp, datetime.UTC)
    return account_identity(standing, account, claims.sid, expires_at)


async def redeem_ticket(db: Database, ticket: str) -> Identity:
    """Whose stream ticket this is; it works once.

    Raises: TokenInvalid, Suspended; Unavailable.
    """
    async with db.stranger() as tx:
        found = await tx.fetchrow(_SQL["redeem_ticket"], opaque.digest(ticket))
    if found is None:
        raise TokenInvalid
    if not found["is_active"]:
        raise Suspended
    return account_identity(found, AccountId(found["account"]), found["session"], found["access_expires_at"])


def account_identity(
    row: Row, account: AccountId, session: UUID | None = None, expires_at: datetime.datetime | None = None
) -> Identity:
    """An account out of a row with role, provider and provider_slug."""
    return Identity(
        Kind.ACCOUNT,
        account,
        Role(row["role"]),
        None if row["provider"] is None else ProviderId(row["provider"]),
        row["provider_slug"],
        session=session,
        expires_at=expires_at,
    )


async def _device(db: Database, token: str) -> Identity:
    async with db.stranger() as tx:
        found = await tx.fetchrow(_SQL["device"], opaque.digest(token))
    if found is None:
        raise TokenInvalid
    if found["is_revoked"] or not found["is_active"]:
        raise Suspended
    return Identity(
        Kind.DEVICE,
        AccountId(found["account"]),
        Role(found["role"]),
        None if found["provider"] is None else ProviderId(found["provider"]),
        found["provider_slug"],
        device=DeviceId(found["device"]),
    )
