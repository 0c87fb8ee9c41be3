"""Keeps the keys that sign access tokens: made by whichever machine is first, encrypted at rest, shared by all."""

import base64
import datetime
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from monitor import log
from monitor.errors import SettingsInvalid
from monitor.settings import Settings
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf

DAY_S = 86400
KNOWN_AFTER_S = 150.0
"""Every machine lists a new key within a minute, and who read the list before may keep it for another one."""
LEFT_S = 3 * 3600.0
"""Keys are looked at anew every hour and a half at the latest; the last token of one must not outlive it."""
_NONCE_BYTES = 12
_SQL = Shelf("tokens")
_log = log.Log(__name__)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair; `private` is None where another secret encrypted it: then it verifies and does not sign."""

    kid: str
    public: Ed25519PublicKey
    private: Ed25519PrivateKey | None
    jwk: Mapping[str, str]
    """the public half as RFC 8037 writes it"""
    created_at: datetime.datetime
    is_old: bool
    """due for rotation"""
    is_settled: bool
    """listed for so long that nobody refuses what it signs, and not about to retire"""


async def load(db: Database, given: Settings) -> list[SigningKey]:
    """The keys under which a token may be alive, the newest first."""
    async with db.system() as tx:
        return await _keys(tx, given)


async def rotate(db: Database, given: Settings) -> bool:
    """Makes a new key where the newest one that this machine can sign with is too old or missing.

    Raises: SettingsInvalid - there is no secret to encrypt it with.
    """
    if not given.secret:
        raise SettingsInvalid(f"{given.identity.secret_variable} is not set; it encrypts the keys that sign tokens")
    async with db.system() as tx:
        await tx.execute(_SQL["lock_keys"])
        usable = [key for key in await _keys(tx, given) if key.private is not None]
        if usable and not usable[0].is_old:
            return False
        private = Ed25519PrivateKey.generate()
        jwk = _public_jwk(private.public_key())
        # A day over, should the fleet be down when the next rotation is due.
        lifetime_s = given.identity.key_rotation_days * DAY_S + given.identity.access_token_s + DAY_S
        await tx.execute(_SQL["add_key"], jwk["kid"], jwk, _encrypt(private, given.secret, jwk["kid"]), lifetime_s)
    _log.info("signing_key_made", kid=jwk["kid"])
    return True


async def _keys(tx: Transaction, given: Settings) -> list[SigningKey]:
    rows = await tx.fetch(_SQL["keys"], given.identity.key_rotation_days, KNOWN_AFTER_S, LEFT_S)
    return [_key(row, given.secret) for row in rows]


def _key(row: Row, secret: bytes) -> SigningKey:
    jwk: dict[str, str] = row["public_jwk"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
    private = _decrypt(row["private_key"], secret, row["kid"])
    return SigningKey(row["kid"], public, private, jwk, row["created_at"], row["is_old"], row["is_settled"])


def _public_jwk(public: Ed25519PublicKey) -> dict[str, str]:
    point = _base64(public.public_bytes_raw())
    # RFC 7638: the thumbprint over the required members in this order.
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{point}"}}'
    kid = _base64(hashlib.sha256(canonical.encode()).digest())
    return {"kty": "OKP", "crv": "Ed25519", "x": point, "kid": kid, "alg": "EdDSA", "use": "sig"}


def _encrypt(private: Ed25519PrivateKey, secret: bytes, kid: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    # Bound to its kid, so that rows cannot be swapped.
    return nonce + AESGCM(secret).encrypt(nonce, private.private_bytes_raw(), kid.encode())


def _decrypt(kept: bytes, secret: bytes, kid: str) -> Ed25519PrivateKey | None:
    if not secret:
        return None
    try:
        raw = AESGCM(secret).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], kid.encode())
    except InvalidTag:
        _log.warning("signing_key_of_another_secret", kid=kid)
        return None
    return Ed25519PrivateKey.from_private_bytes(raw)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwks(keys: list[SigningKey]) -> dict[str, Any]:
    """The public halves as RFC 7517 lists them."""
    return {"keys": [dict(key.jwk) for key in keys]}
