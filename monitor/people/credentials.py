"""Judges and hashes passwords; pure, and slow on purpose: `matches` and `hashed` belong off the event loop."""

import base64
import functools
import hashlib
import string
import unicodedata
from pathlib import Path

import bcrypt

MIN_LENGTH = 10
MAX_LENGTH = 128
MIN_LETTERS = 5
"""different ones; `aaaaaaaaaa` and `1212121212` are in every dictionary"""
LONG_ENOUGH = 16
"""from this length on, a common word inside no longer makes a password weak"""

_DECOY = "." * 53
_DRESSING = string.digits + string.punctuation + string.whitespace
_LEET = str.maketrans("013457@$!", "oleastasi")


def faults(password: str, *, email: str, username: str) -> list[str]:
    """Why the password is refused; empty if it is good enough."""
    found: list[str] = []
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        found.append(f"{MIN_LENGTH} to {MAX_LENGTH} characters are needed")
    plain = password.casefold()
    if plain in {email.casefold(), email.partition("@")[0].casefold(), username.casefold()}:
        found.append("it is the e-mail or the username")
    if len(set(plain)) < MIN_LETTERS:
        found.append(f"at least {MIN_LETTERS} different characters are needed")
    elif _is_common(plain):
        found.append("it is one of the passwords that are tried first")
    return found


def hashed(password: str, rounds: int) -> str:
    """What is stored instead of the password."""
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(rounds)).decode()


def matches(password: str, stored: str) -> bool:
    return bcrypt.checkpw(_digest(password), stored.encode())


def decoy(rounds: int) -> str:
    """A hash that no password has: checked where there is no account, it takes the time that a real one takes."""
    return f"$2b${rounds:02d}${_DECOY}"


def _digest(password: str) -> bytes:
    # bcrypt reads 72 bytes and stops at a zero byte; a digest in base64 has neither trouble.
    normal = unicodedata.normalize("NFKC", password)
    return base64.b64encode(hashlib.sha256(normal.encode()).digest())


def _is_common(plain: str) -> bool:
    """Whether it is a listed word, whole or dressed up with digits and signs around it."""
    words = _words()
    if plain in words:
        return True
    if len(plain) >= LONG_ENOUGH:
        return False
    bare = plain.strip(_DRESSING)
    return plain.isdecimal() or bare in words or bare.translate(_LEET) in words


@functools.cache
def _words() -> frozenset[str]:
    text = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
