"""Takes the schema forward and back: dbmate's files, one migrator at a time, and no file changed after the fact."""

import asyncio
import contextlib
import hashlib
import itertools
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from monitor.errors import MigrationRefused, SchemaBehind
from monitor.store.connecting import connected
from monitor.store.queries import Shelf, sql_folder

LOCK_POLL_S = 0.1
LOCK_WAIT_S = 300.0
"""Longer than any migration should take; whoever waits longer than this should hear of it."""

_FILE_NAME = re.compile(r"(\d{4,})_([a-z][a-z0-9_]*)\.sql")
_MARK = re.compile(r"^-- migrate:(up|down)\b([^\n]*)$", re.MULTILINE)
_QUOTED_OR_END = re.compile(
    r"""--[^\n]*|[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|\$((?:[A-Za-z_]\w*)?)\$.*?\$\1\$|(?P<end>;)""", re.DOTALL
)
_SQL = Shelf("migrations")


@dataclass(frozen=True, slots=True)
class Half:
    """One direction of a migration."""

    statements: tuple[str, ...]
    """in a transaction the whole text, which is run at once; without one each statement, run after the other"""
    in_transaction: bool


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of sql/migrations."""

    version: str
    """the leading digits of the file's name, as dbmate has it"""
    name: str
    sha256: str
    up: Half
    down: Half


@dataclass(frozen=True, slots=True)
class Standing:
    """A migration and what the database knows of it."""

    version: str
    name: str
    """empty when the database has a migration that this program does not"""
    is_applied: bool
    is_changed: bool
    """the file is no longer the one that was applied"""


def migrations_folder() -> Path:
    """Where the shipped migrations lie."""
    return sql_folder() / "migrations"


def read(folder: Path) -> list[Migration]:
    """The migrations of a folder in their order.

    Raises: MigrationRefused - a name, a number or a mark is not as it must be.
    """
    found = [_read_file(path) for path in sorted(folder.glob("*.sql"))]
    found.sort(key=lambda migration: int(migration.version))
    for before, after in itertools.pairwise(found):
        if int(before.version) == int(after.version):
            raise MigrationRefused(f"{before.name} and {after.name} have one number")
    return found


async def up(url: str, *, to: int | None = None, folder: Path | None = None, wait_s: float = LOCK_WAIT_S) -> list[str]:
    """Applies what is missing, up to number `to`; gives the names applied. Concurrent callers wait for the first.

    Raises: MigrationRefused - files and database disagree, or a statement failed; Unavailable.
    """
    files = read(folder or migrations_folder())
    async with _locked(url, wait_s) as connection:
        applied = await _applied(connection)
        pending = _pending(files, applied)
        chosen = [migration for migration in pending if to is None or int(migration.version) <= to]
        for migration in chosen:
            await _apply(connection, migration, migration.up, "record", (migration.version, migration.sha256))
    return [migration.name for migration in chosen]


async def down(
    url: str, *, to: int | None = None, folder: Path | None = None, wait_s: float = LOCK_WAIT_S
) -> list[str]:
    """Takes back the newest migration, or all above number `to` (0: everything); gives the names taken back.

    Raises: MigrationRefused - files and database disagree, or a statement failed; Unavailable.
    """
    files = {migration.version: migration for migration in read(folder or migrations_folder())}
    async with _locked(url, wait_s) as connection:
        applied = await _applied(connection)
        _refuse_changed(list(files.values()), applied)
        versions = sorted(applied, key=int, reverse=True)
        chosen = versions[:1] if to is None else [version for version in versions if int(version) > to]
        for version in chosen:
            if version not in files:
                raise MigrationRefused(f"migration {version} was applied by a newer program; take it back with that")
            await _apply(connection, files[version], files[version].down, "forget", (version,))
    return [files[version].name for version in chosen]


async def status(url: str, *, folder: Path | None = None) -> list[Standing]:
    """Every migration that the files or the database know, in order. Changes nothing.

    Raises: MigrationRefused - a file is not readable as a migration; Unavailable.
    """
    files = {migration.version: migration for migration in read(folder or migrations_folder())}
    async with connected(url) as connection:
        applied = await _applied(connection) if await connection.fetchval(_SQL["exists"]) else {}
    return [
        Standing(
            version,
            files[version].name if version in files else "",
            is_applied=version in applied,
            is_changed=version in files and applied.get(version) not in (None, files[version].sha256),
        )
        for version in sorted(files.keys() | applied.keys(), key=int)
    ]


async def demand(connection: Any) -> None:
    """Returns if the database has all that this program was written for; what a newer one applied does no harm.

    Raises: SchemaBehind.
    """
    try:
        applied = {row["version"] for row in await connection.fetch(_SQL["versions"])}
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError) as error:
        # The grant is a migration too.
        raise SchemaBehind from error
    missing = [migration.name for migration in read(migrations_folder()) if migration.version not in applied]
    if missing:
        raise SchemaBehind(f"the database lacks {', '.join(missing)}; run `roadpulse migrate up`")


def _read_file(path: Path) -> Migration:
    matched = _FILE_NAME.fullmatch(path.name)
    if not matched:
        raise MigrationRefused(f"{path.name} is not named NNNN_noun.sql")
    content = path.read_bytes()
    parts = _MARK.split(content.decode())
    if parts[1::3] != ["up", "down"]:
        raise MigrationRefused(f"{path.name} must have one '-- migrate:up' and then one '-- migrate:down'")
    up_half, down_half = (
        _half(path.name, options, body) for options, body in zip(parts[2::3], parts[3::3], strict=True)
    )
    return Migration(matched[1], path.stem, hashlib.sha256(content).hexdigest(), up_half, down_half)


def _half(name: str, options: str, body: str) -> Half:
    if "transaction:false" not in options:
        return Half((body,), in_transaction=True)
    if "/*" in body:
        # They nest, and what stands in one must not be run.
        raise MigrationRefused(f"{name}: comments of a half without a transaction begin with --")
    return Half(tuple(_statements(body)), in_transaction=False)


def _statements(text: str) -> Iterator[str]:
    """The statements of a text with all that stands between them, so that their lines can be counted.

    PostgreSQL makes one transaction of what it is sent together, and CREATE INDEX CONCURRENTLY refuses to run in one.
    """
    begin = 0
    for found in _QUOTED_OR_END.finditer(text):
        if found["end"]:
            yield text[begin : found.end()]
            begin = found.end()
    if re.sub(r"--[^\n]*", "", text[begin:]).strip():
        yield text[begin:]


def _pending(files: list[Migration], applied: dict[str, str | None]) -> list[Migration]:
    """What is still to be applied, in order.

    A migration below the newest applied one is refused: that order was never tested. A newer one that only the
    database knows is left alone: an older program may start while a newer one is being rolled out.
    """
    _refuse_changed(files, applied)
    pending = [migration for migration in files if migration.version not in applied]
    newest = max(map(int, applied), default=-1)
    for migration in pending:
        if int(migration.version) < newest:
            raise MigrationRefused(f"{migration.name} comes before {newest:04}, which is applied already; renumber it")
    return pending


def _refuse_changed(files: list[Migration], applied: dict[str, str | None]) -> None:
    for migration in files:
        if applied.get(migration.version) not in (None, migration.sha256):
            raise MigrationRefused(
                f"{migration.name} was changed after it was applied here; put the file back and write a new migration"
            )


async def _apply(connection: Any, migration: Migration, half: Half, record: str, arguments: tuple[str, ...]) -> None:
    if half.in_transaction:
        async with connection.transaction():
            await _run(connection, migration, half)
            await connection.execute(_SQL[record], *arguments)
    else:
        await _run(connection, migration, half)
        await connection.execute("RESET ALL")  # the next file must not run by what this one has set
        await connection.execute(_SQL[record], *arguments)


async def _run(connection: Any, migration: Migration, half: Half) -> None:
    for done, statement in enumerate(half.statements):
        try:
            await connection.execute(statement)
        except asyncpg.PostgresError as error:
            place, kept = "", ""
            if position := getattr(error, "position", None):
                read = "".join(half.statements[:done]) + statement[: int(position) - 1]
                place = f" (line {read.count(chr(10))} after its mark)"
            if done:
                kept = f"; what stands before it ({done} of {len(half.statements)} statements) is done and stays"
            raise MigrationRefused(f"{migration.name}{place}: {error}{kept}") from error


async def _applied(connection: Any) -> dict[str, str | None]:
    return {row["version"]: row["sha256"] for row in await connection.fetch(_SQL["applied"])}


@contextlib.asynccontextmanager
async def _locked(url: str, wait_s: float) -> AsyncIterator[Any]:
    async with connected(url) as connection:
        try:
            async with asyncio.timeout(wait_s):
                while not await connection.fetchval(_SQL["try_lock"]):  # noqa: ASYNC110 - another process holds it
                    await asyncio.sleep(LOCK_POLL_S)
        except TimeoutError as error:
            raise MigrationRefused(f"another migration has been running for {wait_s:.0f} s") from error
        await connection.execute(_SQL["create"])
        await connection.execute(_SQL["add_digest"])
        yield connection
