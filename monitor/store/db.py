"""The logins of a process: pools, transactions that know their viewer, and COPY."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
import msgspec
import stamina

from monitor import log, settings
from monitor.errors import RoleTooStrong, Unavailable
from monitor.store import migrate
from monitor.values import Viewer

Transaction: TypeAlias = Any
"""an asyncpg connection inside a transaction: fetch, fetchrow, fetchval, execute, executemany, transaction()"""
Row: TypeAlias = asyncpg.Record
UniqueViolation: TypeAlias = asyncpg.UniqueViolationError
CheckViolation: TypeAlias = asyncpg.CheckViolationError
ForeignKeyViolation: TypeAlias = asyncpg.ForeignKeyViolationError
DatabaseError: TypeAlias = asyncpg.PostgresError
UndefinedTable: TypeAlias = asyncpg.UndefinedTableError

ROW_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""what PostgreSQL says of a row whose values it cannot hold or a constraint forbids"""

_BROKEN = (
    ConnectionError,
    # What asyncpg's state machine says when the server dies between two messages.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # Locks are taken in key order, so these are rare; the same call may simply be made again.
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
LOST = (OSError, TimeoutError, *_BROKEN)
"""how a connection that the caller keeps says that the database is gone"""

_START_S = 30.0
"""A server that starts together with its database, or during its crash recovery, waits this long for it."""

_log = log.Log(__name__)

_SET_VIEWER = """
SELECT
    set_config('roadpulse.role', $1, true),
    set_config('roadpulse.person', $2, true),
    set_config('roadpulse.provider', $3, true)
"""

_STRENGTH = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What a worker asks of PostgreSQL: one login; made once by `open_system`."""

    ingest: asyncpg.Pool
    system_url: str
    connect_timeout_s: float
    statement_timeout_s: float

    @contextlib.asynccontextmanager
    async def system(self) -> AsyncIterator[Transaction]:
        """A transaction of ingest, merger, publisher and jobs."""
        async with _transaction(self.ingest) as tx:
            yield tx

    @contextlib.asynccontextmanager
    async def own_connection(self) -> AsyncIterator[Any]:
        """A system connection outside the pool, for session locks and LISTEN; closed at the end.

        Raises: Unavailable - the database is out of reach.
        """
        with _translated():
            connection = await asyncpg.connect(
                self.system_url, timeout=self.connect_timeout_s, command_timeout=self.statement_timeout_s
            )
            await _prepare(connection)
        try:
            with _translated(_BROKEN):
                yield connection
        finally:
            connection.terminate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(System):
    """What a domain function asks of PostgreSQL; made once by `open_database`."""

    app: asyncpg.Pool
    analysts: asyncpg.Pool

    @contextlib.asynccontextmanager
    async def viewing(self, viewer: Viewer) -> AsyncIterator[Transaction]:
        """A transaction that sees what `viewer` may see.

        Raises: Unavailable - the database is out of reach.
        """
        async with _transaction(self.app) as tx:
            await _look_as(tx, viewer)
            yield tx

    @contextlib.asynccontextmanager
    async def reading(self, viewer: Viewer) -> AsyncIterator[Transaction]:
        """The same for what is read in several statements: all see one moment, and none can change anything.

        Raises: Unavailable - the database is out of reach.
        """
        async with _transaction(self.app, is_reading=True) as tx:
            await _look_as(tx, viewer)
            yield tx

    @contextlib.asynccontextmanager
    async def stranger(self) -> AsyncIterator[Transaction]:
        """A transaction of the doors before anybody is known: tenant tables are empty, functions of one row work."""
        async with _transaction(self.app) as tx:
            yield tx

    @contextlib.asynccontextmanager
    async def analyst(self) -> AsyncIterator[Transaction]:
        """A transaction that sees the k-anonymous views and nothing else."""
        async with _transaction(self.analysts) as tx:
            yield tx


@contextlib.asynccontextmanager
async def transaction_on(connection: Any, *, is_reading: bool = False) -> AsyncIterator[Transaction]:
    """A transaction on a connection that the caller keeps, such as one of `own_connection`.

    `is_reading`: every statement sees the moment of the first one.

    Raises: Unavailable - the connection broke.
    """
    # Only the driver's own losses: a file or a limit of the caller's that fails in here stays what it is.
    with _translated(_BROKEN):
        isolation = "repeatable_read" if is_reading else None
        async with connection.transaction(isolation=isolation, readonly=is_reading):
            yield connection


@contextlib.asynccontextmanager
async def open_database(given: settings.Database) -> AsyncIterator[Database]:
    """The pools of one process, closed at the end.

    Raises: RoleTooStrong - a login could bypass row-level security; SchemaBehind; Unavailable - out of reach.
    """
    async with contextlib.AsyncExitStack() as stack:
        app, ingest, analysts = [
            await stack.enter_async_context(_pool(url, given))
            for url in (given.url, given.system_url, given.analyst_url)
        ]
        await migrate.demand(ingest)
        yield Database(
            app=app,
            ingest=ingest,
            analysts=analysts,
            system_url=given.system_url,
            connect_timeout_s=given.connect_timeout_s,
            statement_timeout_s=given.statement_timeout_s,
        )


@contextlib.asynccontextmanager
async def open_system(given: settings.Database) -> AsyncIterator[System]:
    """The one pool of a worker, closed at the end.

    Raises: RoleTooStrong - its login could bypass row-level security; SchemaBehind; Unavailable - out of reach.
    """
    async with _pool(given.system_url, given) as pool:
        await migrate.demand(pool)
        yield System(
            ingest=pool,
            system_url=given.system_url,
            connect_timeout_s=given.connect_timeout_s,
            statement_timeout_s=given.statement_timeout_s,
        )


@contextlib.asynccontextmanager
async def _pool(url: str, given: settings.Database) -> AsyncIterator[asyncpg.Pool]:
    async for attempt in stamina.retry_context(on=Unavailable, attempts=None, timeout=_START_S, wait_max=1.0):
        with attempt, _translated():
            pool = await _create_pool(url, given)
    try:
        if await pool.fetchval(_STRENGTH):
            raise RoleTooStrong
        yield pool
    finally:
        # close() waits for connections in use; a stuck one must not hold the exit.
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except LOST:
            pool.terminate()


async def _create_pool(url: str, given: settings.Database) -> asyncpg.Pool:
    return await asyncpg.create_pool(
        url,
        min_size=given.pool_min,
        max_size=given.pool_max,
        timeout=given.connect_timeout_s,
        command_timeout=given.statement_timeout_s * 2,
        server_settings={
            "application_name": "roadpulse",
            "statement_timeout": str(int(given.statement_timeout_s * 1000)),
            # A door that died inside a transaction must not hold its locks.
            "idle_in_transaction_session_timeout": "60000",
            "timezone": "UTC",
            # Up to 17 a nested loop that `plan_for_fresh_rows` forbids counts as cost; compiling each merge took 20 s.
            "jit": "off",
        },
        init=_prepare,
    )


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
    )
    # In binary 10.1 comes back as 10.100000381469727; as text it is what was measured.
    await connection.set_type_codec("float4", schema="pg_catalog", encoder=str, decoder=float)


@contextlib.contextmanager
def _translated(losses: tuple[type[BaseException], ...] = LOST) -> Iterator[None]:
    try:
        yield
    except asyncpg.DataError:
        # The driver's word for an argument that does not fit its type: an InterfaceError, but no loss.
        raise
    except losses as error:
        raise Unavailable("the database is out of reach") from error
    except asyncpg.PostgresError as error:
        # It quotes rows and keys, such as places and e-mails, which have no business in a log.
        error.detail = None
        raise


@contextlib.asynccontextmanager
async def _transaction(pool: asyncpg.Pool, *, is_reading: bool = False) -> AsyncIterator[Transaction]:
    with _translated():
        connection = await pool.acquire()
    try:
        async with transaction_on(connection, is_reading=is_reading) as tx:
            yield tx
    finally:
        with contextlib.suppress(*LOST):
            await asyncio.shield(pool.release(connection, timeout=5))


async def _look_as(tx: Transaction, viewer: Viewer) -> None:
    provider = "" if viewer.provider is None else str(viewer.provider)
    await tx.execute(_SET_VIEWER, viewer.role.value, str(viewer.person), provider)


async def forgo_durability(tx: Transaction, *, once: bool = False) -> None:
    """Commits of this connection, or once this transaction, do not wait for the disk: for what is done anew if lost."""
    await tx.fetchval("SELECT set_config('synchronous_commit', 'off', $1)", once)


async def copy_rows(tx: Transaction, table: str, columns: Sequence[str], buffers: Iterable[bytes]) -> None:
    """Streams rows in PostgreSQL's binary COPY format into a table; `buffers` hold header, rows and trailer."""

    async def source() -> AsyncIterator[bytes]:
        for buffer in buffers:
            yield buffer

    await tx.copy_to_table(table, source=source(), columns=columns, format="binary")
