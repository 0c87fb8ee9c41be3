"""Real servers for the tests: one PostgreSQL and one Valkey for each worker, and a fresh database for each test."""

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import asyncpg
import hypothesis
import pytest
import redis

from monitor import settings as configuration
from monitor.embedded import PostgresServer, ValkeyServer
from monitor.people.tokens import open_keys
from monitor.store import bootstrap, migrate
from monitor.store.db import open_database
from tests.population import Population, populate

Role: TypeAlias = Literal["owner", "app", "system", "analyst", "superuser"]
ConnectAs: TypeAlias = Callable[[Role], Awaitable[asyncpg.Connection]]

REPOSITORY = Path(__file__).resolve().parent.parent
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text that every virus scanner is tested with (eicar.org); in two halves, so that none finds it here."""
QUICK = "quick"
"""the profile of property tests that `make quick` names"""
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 4 << 30
FOLDER = "roadpulse-test-"
MIGRATED = "migrated"
EMPTY = "emptied"
PEOPLED = "peopled"
VARIABLES: Mapping[str, str] = {
    "app": "ROADPULSE_DATABASE_URL",
    "system": "ROADPULSE_DATABASE_SYSTEM_URL",
    "analyst": "ROADPULSE_DATABASE_ANALYST_URL",
    "owner": "ROADPULSE_DATABASE_OWNER_URL",
}


hypothesis.settings.register_profile(QUICK)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes begins first: at the end one worker would be at it while the others have nothing left."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A database of one test's own."""

    __test__ = False
    name: str
    urls: Mapping[str, str]
    """environment variable -> URL, as the program reads them"""
    superuser_url: str

    def url(self, role: Role) -> str:
        """How to connect to it as that role."""
        return self.superuser_url if role == "superuser" else self.urls[VARIABLES[role]]


@dataclass(frozen=True, slots=True)
class Servers:
    """The two servers of this worker, with everything a test needs to make a database on them."""

    postgres: PostgresServer
    valkey: ValkeyServer
    admin: asyncpg.Connection
    runner: asyncio.Runner
    urls: Mapping[str, str]
    flusher: redis.Redis
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def create(self, template: str, name: str | None = None) -> TestDatabase:
        """A new database, the copy of a template."""
        name = name or f"test_{next(self.numbers)}"
        # Copying files takes a third of what writing each page to the log does.
        made = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy OWNER roadpulse_owner"
        self.runner.run(self.admin.execute(made))
        self.runner.run(bootstrap.make_database(self.admin, name))
        urls = {variable: bootstrap.at_database(url, name) for variable, url in self.urls.items()}
        return TestDatabase(name, urls, self.postgres.url(name))

    def drop(self, database: TestDatabase) -> None:
        """Takes the database away, whoever is still connected."""
        self.runner.run(self.admin.execute(f"DROP DATABASE {database.name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL with the four roles, and Valkey; one of each for every worker."""
    folder = make_server_folder(memory())
    # A loop of its own, never set as the thread's: the tests' loops stay what pytest-asyncio makes them.
    with (
        asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner,
        PostgresServer(folder / "postgres", log=folder / "postgres.log", fast=True) as postgres,
        ValkeyServer(folder / "valkey", log=folder / "valkey.log", fast=True) as valkey,
    ):
        made = runner.run(bootstrap.bootstrap(postgres.url(), database=EMPTY))
        admin = runner.run(_connect(postgres.url()))
        flusher = redis.Redis.from_url(valkey.url)
        yield Servers(postgres, valkey, admin, runner, made.urls, flusher)
        flusher.close()
        runner.run(admin.close(timeout=5))
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated(servers: Servers) -> str:
    """The name of the database, migrated once, that each test's own is a copy of."""
    servers.runner.run(bootstrap.bootstrap(servers.postgres.url(), database=MIGRATED))
    servers.runner.run(migrate.up(bootstrap.at_database(servers.urls[VARIABLES["owner"]], MIGRATED)))
    return MIGRATED


@pytest.fixture(scope="session")
def peopled(servers: Servers, migrated: str) -> Population:
    """Who lives in the database that each town is a copy of; `population.renewed` gives them fresh tokens."""
    made = configuration.load(environ=environment_of(servers.create(migrated, PEOPLED), servers.valkey.url, Path()))

    async def settle() -> Population:
        async with open_database(made.database) as db:
            return await populate(db, await open_keys(db, made), made)

    return servers.runner.run(settle())


@pytest.fixture
def database(request: pytest.FixtureRequest, servers: Servers, migrated: str) -> Iterator[TestDatabase]:
    """A fresh, migrated database; that of a test with a town has its people already."""
    made = servers.create(PEOPLED if "peopled" in request.fixturenames else migrated)
    yield made
    servers.drop(made)


@pytest.fixture
def empty_database(servers: Servers) -> Iterator[TestDatabase]:
    """A fresh database as `admin bootstrap` leaves it: the roles, and no migration yet."""
    made = servers.create(EMPTY)
    yield made
    servers.drop(made)


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """An emptied Valkey; it is this worker's own, so that nobody else publishes on it."""
    servers.flusher.flushall()
    return servers.valkey.url


@pytest.fixture
def environment(database: TestDatabase, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Environment variables with which the program, in this process or in a child, runs on the test's servers."""
    return environment_of(database, redis_url, tmp_path)


@pytest.fixture
def settings(environment: dict[str, str]) -> configuration.Settings:
    """The shipped settings, pointing to a fresh database and an emptied Valkey."""
    return configuration.load(environ=environment)


@pytest.fixture
async def connect_as(database: TestDatabase) -> AsyncIterator[ConnectAs]:
    """Gives connections to the test's database as owner, app, system, analyst or superuser; closed at the end."""
    async with connections(database) as connect:
        yield connect


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder with a short path that other accounts may pass through, for a test that starts servers of its own."""
    folder = make_server_folder(memory())
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The measured data that are not part of the repository; the test is skipped where they are absent."""
    folder = Path(os.environ.get("ROADPULSE_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data at {folder}; name the folder in ROADPULSE_DATA")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; where there is none the test is skipped, but in CI it fails."""
    found = os.environ.get("ROADPULSE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing = "no Chromium on this machine (Debian: apt install chromium); or name it in ROADPULSE_CHROMIUM"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return found


@pytest.fixture
async def clamd(server_folder: Path) -> AsyncIterator[str]:
    """The address of a ClamAV daemon that knows EICAR alone; skipped where there is no clamd, but not in CI."""
    # An ordinary user's PATH leaves out where Debian has it.
    program = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        missing = "no clamd on this machine (Debian: apt install clamav-daemon)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    (server_folder / "eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    address, log = server_folder / "socket", server_folder / "clamd.log"
    said = [f"LocalSocket {address}", f"DatabaseDirectory {server_folder}", "Foreground yes", "StreamMaxLength 1M"]
    (server_folder / "clamd.conf").write_text("\n".join([*said, *["User root"] * (os.geteuid() == 0)]) + "\n")
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            program, "--config-file", str(server_folder / "clamd.conf"), stdout=file, stderr=file
        )
    try:
        async with asyncio.timeout(60):
            while not address.exists():
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.05)
        yield f"unix://{address}"
    finally:
        process.kill()
        await process.wait()


def environment_of(database: TestDatabase, redis_url: str, folder: Path) -> dict[str, str]:
    """What the program reads, to run on these."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(configuration.PREFIX)},
        **database.urls,
        "ROADPULSE_REDIS_URL": redis_url,
        "ROADPULSE_SERVER_PORT": "0",
        "ROADPULSE_MEDIA_URL": (folder / "media").absolute().as_uri(),
        "ROADPULSE_IDENTITY_BCRYPT_ROUNDS": "4",
        "ROADPULSE_ROLLUPS_FOLD_S": "0.1",
        "ROADPULSE_SECRET": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    }


@contextlib.asynccontextmanager
async def connections(database: TestDatabase) -> AsyncIterator[ConnectAs]:
    """Connections to a database as whoever is asked for; closed at the end."""
    opened: list[asyncpg.Connection] = []

    async def connect(role: Role) -> asyncpg.Connection:
        opened.append(await _connect(database.url(role)))
        return opened[-1]

    yield connect
    for connection in opened:
        if not connection.is_closed():
            connection.terminate()


def examples(quick: int, all_tests: int) -> int:
    """How many a property test tries: few where it is to take seconds."""
    return quick if hypothesis.settings.get_current_profile_name() == QUICK else all_tests


def make_server_folder(place: Path | None = None) -> Path:
    """Not pytest's own temporary folder: PostgreSQL drops root, and must still reach it by a short path."""
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=place))
    folder.chmod(0o711)
    return folder


def memory() -> Path | None:
    """Where making the 500 files of a database costs a tenth of what it costs on a disk; None: there is no such room.

    What killed tests left there is taken away.
    """
    for folder in MEMORY.glob(f"{FOLDER}*"):
        if not Path("/proc", folder.name.split("-")[2]).exists():
            shutil.rmtree(folder, ignore_errors=True)
    is_roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    return MEMORY if is_roomy else None


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, timeout=10)
