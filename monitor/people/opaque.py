"""Makes the tokens that say nothing by themselves, and the hashes by which the database knows them."""

import hashlib
import re
import secrets
from dataclasses import dataclass

from monitor.errors import TokenInvalid

DEVICE = "rpd_"
REFRESH = "rpr_"
TICKET = "rpt_"

_SECRET_BYTES = 32
_FAMILY_BYTES = 16
_REFRESH_SHAPE = re.compile(r"rpr_([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{43})")
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""no I, L, O, U, 0 or 1: a code is read aloud and typed"""
_CODE_LETTERS = 8


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token: a half that its whole chain shares, and a half of its own."""

    family: str
    own: str

    @property
    def text(self) -> str:
        return f"{REFRESH}{self.family}{self.own}"

    @property
    def family_hash(self) -> bytes:
        return digest(self.family)

    @property
    def hash(self) -> bytes:
        return digest(self.text)

    def successor(self) -> "Refresh":
        """The next of the same chain."""
        return Refresh(self.family, secrets.token_urlsafe(_SECRET_BYTES))


def new_refresh() -> Refresh:
    """The first of a new chain."""
    return Refresh(secrets.token_urlsafe(_FAMILY_BYTES), secrets.token_urlsafe(_SECRET_BYTES))


def read_refresh(text: str) -> Refresh:
    """A refresh token taken apart.

    Raises: TokenInvalid - it does not look like one.
    """
    matched = _REFRESH_SHAPE.fullmatch(text)
    if not matched:
        raise TokenInvalid
    return Refresh(matched[1], matched[2])


def new_token(prefix: str) -> str:
    """256 random bits behind a prefix that says what they open."""
    return prefix + secrets.token_urlsafe(_SECRET_BYTES)


def new_code() -> str:
    """A claim code as people type it: ABCD-2345."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS))
    return f"{letters[:4]}-{letters[4:]}"


def plain_code(typed: str) -> str:
    """A claim code as it is compared: without case, spaces and dashes."""
    return "".join(letter for letter in typed.upper() if letter not in " -")


def digest(text: str) -> bytes:
    """What is stored instead of a token; 256 random bits need no salt."""
    return hashlib.sha256(text.encode()).digest()
