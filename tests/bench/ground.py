"""The servers that a benchmark runs on: PostgreSQL and Valkey as `roadpulse run` has them, and server processes."""

import asyncio
import base64
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from monitor import settings as configuration
from monitor.embedded import PostgresServer, ValkeyServer
from monitor.network.providers import keep_configured
from monitor.people import accounts, opaque, sessions
from monitor.people.tokens import open_keys
from monitor.processes import is_ready
from monitor.settings import Settings
from monitor.store import bootstrap, migrate
from monitor.store.db import open_database
from monitor.values import AccountId, Role, Viewer
from monitor.wire.people import NewAccount

REPOSITORY = Path(__file__).resolve().parent.parent.parent
START_LIMIT_S = 60.0
PASSWORD_HASH = "$2b$04$" + "x" * 53
"""nobody signs in with it"""
PASSWORD = "a rainy night in Kribi"


@dataclass(frozen=True, slots=True)
class Ground:
    """Durable servers (fsync and synchronous_commit on) with a migrated database."""

    folder: Path
    postgres: PostgresServer
    valkey: ValkeyServer
    environment: Mapping[str, str]
    """with which the program runs on them"""

    @property
    def superuser_url(self) -> str:
        return self.postgres.url(bootstrap.DATABASE)

    @property
    def settings(self) -> Settings:
        return configuration.load(environ=self.environment)

    async def as_superuser(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.superuser_url)


@dataclass(frozen=True, slots=True)
class Served:
    """One process of ours that answers HTTP."""

    port: int
    pid: int
    log: Path


@contextlib.contextmanager
def prepared(options: Mapping[str, str] | None = None) -> Iterator[Ground]:
    """Starts both servers in a fresh folder; both and the folder are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="roadpulse-bench-"))
    # PostgreSQL drops root and must still reach its data.
    folder.chmod(0o711)
    try:
        with (
            PostgresServer(folder / "postgres", log=folder / "postgres.log", options=options) as postgres,
            ValkeyServer(folder / "valkey", log=folder / "valkey.log") as valkey,
        ):
            urls = asyncio.run(bootstrap.bootstrap(postgres.url())).urls
            asyncio.run(migrate.up(urls["ROADPULSE_DATABASE_OWNER_URL"]))
            environment = {
                **{name: value for name, value in os.environ.items() if not name.startswith(configuration.PREFIX)},
                **urls,
                "ROADPULSE_REDIS_URL": valkey.url,
                "ROADPULSE_SECRET": base64.urlsafe_b64encode(os.urandom(32)).decode(),
                "ROADPULSE_LOG_LEVEL": "warning",
            }
            yield Ground(folder, postgres, valkey, environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def serving(ground: Ground, *flags: str, **settings: object) -> Iterator[Served]:
    """A `roadpulse serve` process on the ground; settings by their environment names, in lower case."""
    port = free_port()
    overrides = {f"{configuration.PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "monitor", "serve", "--port", str(port), *flags]
    with running(command, ground.environment | overrides, ground.folder / f"serve-{port}.log") as pid:
        served = Served(port, pid, ground.folder / f"serve-{port}.log")
        wait_until_ready(served)
        yield served


def wait_until_ready(served: Served) -> None:
    """Returns when it says that it can work."""
    deadline = time.monotonic() + START_LIMIT_S
    while not is_ready("127.0.0.1", served.port):
        if time.monotonic() > deadline:
            raise TimeoutError(served.log.read_text()[-3000:])
        time.sleep(0.05)


@contextlib.contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """A child that writes into a log and is told to end afterwards; its process id."""
    with log.open("ab") as output:
        child = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=output, cwd=REPOSITORY)
    try:
        yield child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


async def enrol(ground: Ground, count: int) -> list[str]:
    """So many devices, each of an account of its own; their tokens."""
    tokens = [opaque.new_token(opaque.DEVICE) for _ in range(count)]
    connection = await ground.as_superuser()
    try:
        first = await connection.fetchval("SELECT coalesce(max(id), 0) FROM accounts")
        accounts = await connection.fetch(
            "INSERT INTO accounts (email, username, password_hash, role)"
            " SELECT 'phone' || n || '@example.org', 'phone' || n, $2, 'subscriber'"
            " FROM generate_series($3::bigint + 1, $3 + $1::bigint) AS n RETURNING id",
            count, PASSWORD_HASH, first,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO devices (account, name, token_hash)"
            " SELECT account, 'phone', hash FROM unnest($1::bigint[], $2::bytea[]) AS given (account, hash)",
            [row["id"] for row in accounts], [opaque.digest(token) for token in tokens],
        )  # fmt: skip
        # Bulk loads leave the planner blind until autovacuum comes; a growing fleet never is.
        await connection.execute("ANALYZE accounts, devices")
    finally:
        await connection.close()
    return tokens


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def operator(ground: Ground, provider: str) -> str:
    """Somebody of the operator's who is signed in; the access token."""
    settings = ground.settings
    async with open_database(settings.database) as db:
        await keep_configured(db, settings.providers, settings.generations)
        keys = await open_keys(db, settings)
        person = NewAccount(f"{provider}@example.org", provider, PASSWORD, Role.OPERATOR, provider)
        await accounts.register(db, settings, person, Viewer(Role.ADMINISTRATOR, AccountId(0)))
        return (await sessions.sign_in(db, keys, settings, person.email, PASSWORD)).access_token
