"""Makes the four logins and the database that everything else runs on; needs a superuser, once."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from monitor.errors import RoleTooStrong
from monitor.store.connecting import connected
from monitor.store.queries import Shelf

OWNER = "roadpulse_owner"
ROLES: Mapping[str, str] = {
    "ROADPULSE_DATABASE_URL": "roadpulse_app",
    "ROADPULSE_DATABASE_SYSTEM_URL": "roadpulse_system",
    "ROADPULSE_DATABASE_ANALYST_URL": "roadpulse_analyst",
    "ROADPULSE_DATABASE_OWNER_URL": OWNER,
}
"""The environment variable that names each role's URL."""
DATABASE = "roadpulse"
LOCALE = "C.UTF-8"
_ITERATIONS = 4096
"""PostgreSQL's own; a password of 24 random bytes needs no more."""
_SQL = Shelf("bootstrap")


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """What there is now."""

    urls: Mapping[str, str]
    """environment variable -> URL, for each role whose password was set now"""
    kept: tuple[str, ...]
    """roles that were there before and keep their password"""


async def bootstrap(
    admin_url: str,
    *,
    database: str = DATABASE,
    passwords: Mapping[str, str] | None = None,
    reset_passwords: bool = False,
) -> Bootstrapped:
    """Makes the roles and the database that are not there yet, and closes both to everybody else.

    Roles belong to the cluster, so several databases share them. `passwords` (role -> password) are random unless
    given; a role that is there already keeps its own unless `reset_passwords`.
    Raises: RoleTooStrong - a role of that name could pass by row-level security; Unavailable.
    """
    async with connected(admin_url) as connection:
        secret = await _make_roles(connection, passwords or {}, reset_passwords=reset_passwords)
        await make_database(connection, database)
    async with connected(at_database(admin_url, database)) as inside:
        await inside.execute(_SQL["close_schema"])
    return Bootstrapped(
        urls={
            variable: at_database(admin_url, database, user=role, password=secret[role])
            for variable, role in ROLES.items()
            if role in secret
        },
        kept=tuple(role for role in ROLES.values() if role not in secret),
    )


async def make_database(connection: Any, name: str) -> None:
    """Makes the database for the owner where it is missing, and lets only our roles in."""
    if not await connection.fetchval(_SQL["database_exists"], name):
        # A managed server's administrator is no superuser and must belong to the role it makes a database for.
        if join := await connection.fetchval(_SQL["may_own"], OWNER):
            await connection.execute(join)
        await connection.execute(await connection.fetchval(_SQL["create_database"], name, OWNER, LOCALE))
    await connection.execute(await connection.fetchval(_SQL["close_database"], name))


def at_database(url: str, database: str, *, user: str | None = None, password: str | None = None) -> str:
    """The same server's URL for another database, and for another login if one is given."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = parts.netloc.rpartition("@")[0]
    if user is not None:
        login = quote(user, safe="") if password is None else f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{place}" if login else place, path=f"/{quote(database)}"))


def scram_verifier(password: str) -> str:
    """What PostgreSQL keeps instead of a password (RFC 5802, RFC 7677), so that the password never travels."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    stored = hashlib.sha256(client).digest()
    coded_salt, coded_stored, coded_server = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${_ITERATIONS}:{coded_salt}${coded_stored}:{coded_server}"


async def _make_roles(connection: Any, passwords: Mapping[str, str], *, reset_passwords: bool) -> dict[str, str]:
    """Gives the password of each role that was made or reset."""
    roles = list(ROLES.values())
    present = {row["rolname"] for row in await connection.fetch(_SQL["roles"], roles)}
    strong = [row["rolname"] for row in await connection.fetch(_SQL["strong_roles"], roles)]
    if strong:
        raise RoleTooStrong(f"{', '.join(strong)} could pass by row-level security; take that right away first")
    secret: dict[str, str] = {}
    for role in roles:
        if role in present and not reset_passwords:
            continue
        secret[role] = passwords.get(role) or secrets.token_urlsafe(24)
        statement = _SQL["change_password" if role in present else "create_role"]
        await connection.execute(await connection.fetchval(statement, role, scram_verifier(secret[role])))
    return secret
