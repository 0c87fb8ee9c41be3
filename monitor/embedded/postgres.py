"""A PostgreSQL server as a child: made at the first start, reached by a unix socket only, gone with its parent."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from monitor.embedded.binaries import find_postgres, reachable_postgres
from monitor.embedded.children import Account, clean_environment, service_account, spawn
from monitor.embedded.places import make_private, socket_folder, take_lock
from monitor.embedded.servers import Server
from monitor.errors import ServerNotStarted

SUPERUSER = "postgres"
PORT = 5432
"""Only part of the socket's name; the server listens on no network."""
POLL_S = 0.01
START_LIMIT_S = 600.0
"""Recovery after a crash replays up to max_wal_size; giving up earlier would only start it again."""
STOP_LIMIT_S = 60.0
LOCK_WAIT_S = 15.0
MAX_LOG_BYTES = 20_000_000

STEADY: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "max_connections": "200",
    "max_locks_per_transaction": "256",  # a query over years of daily leaves locks each of them and its indexes
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "synchronous_commit": "on",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_error_verbosity": "terse",  # the details of an error quote rows: places and e-mails
    "password_encryption": "scram-sha-256",
    "cluster_name": "roadpulse",
}
FAST: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "autovacuum_naptime": "1h",
}
"""For tests only: a crash of the machine may lose the data, a crash of the server alone does not."""


class PostgresServer(Server):
    """PostgreSQL on one private folder."""

    def __init__(
        self,
        folder: Path,
        *,
        log: Path,
        fast: bool = False,
        options: Mapping[str, str] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        # Fast, then at once.
        super().__init__(folder, log, (signal.SIGINT, STOP_LIMIT_S), (signal.SIGQUIT, 10.0))
        self._data = self._folder / "data"
        self._options = {**STEADY, **(FAST if fast else {}), **(options or {})}
        self._no_sync = ["--no-sync"] if fast else []
        self._account = self._owner()
        self._programs = reachable_postgres(find_postgres(environ), self._account)
        self._run: Path | None = None

    def url(self, database: str = "postgres", *, user: str = SUPERUSER, password: str | None = None) -> str:
        """How to connect; as superuser unless another user and password are given."""
        assert self._run is not None
        secret = self._password_file.read_text() if password is None else password
        # A plus means a space to Python's drivers, and itself to libpq.
        place = urlencode({"host": os.fspath(self._run), "port": PORT}, safe="/", quote_via=quote)
        return f"postgresql://{quote(user)}:{quote(secret, safe='')}@/{quote(database)}?{place}"

    def start(self) -> None:
        """Starts the server, making its data first if there are none; returns when it takes connections."""
        if self.is_alive:
            return
        make_private(self._folder, self._account)
        self._run = socket_folder(self._folder, self._account)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = take_lock(self._folder / "lock", wait_s=LOCK_WAIT_S)
        if self._lock is None:
            raise ServerNotStarted(f"another server still uses {self._folder}; stop it first{self._whose_pid()}")
        if not (self._data / "PG_VERSION").exists():
            self._make_data()
        if self._log.exists() and self._log.stat().st_size > MAX_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        self._start_and_wait()

    @property
    def _password_file(self) -> Path:
        return self._folder / "superuser.password"

    def _owner(self) -> Account | None:
        """Who owns the data already keeps them, whatever account would be chosen today."""
        account = service_account()
        if account is None or not self._data.exists():
            return account
        state = self._data.stat()
        return Account(state.st_uid, state.st_gid)

    def _make_data(self) -> None:
        """Runs initdb into a folder aside and renames it, so that half-made data are never taken for a database."""
        partial = self._folder / "data.partial"
        if partial.exists():
            # Remains of a start that was killed; only ever initdb's own files, never anybody's rows.
            shutil.rmtree(partial)
        descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
        if self._account is not None:
            os.chown(self._password_file, self._account.uid, self._account.gid)
        child = self._spawn(
            "initdb", "-D", str(partial), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8",
            "--auth=scram-sha-256", f"--pwfile={self._password_file}", "--no-instructions", *self._no_sync,
        )  # fmt: skip
        if child.wait(START_LIMIT_S) != 0:
            raise ServerNotStarted(f"initdb could not make the database; the reason is in {self._log}")
        partial.rename(self._data)

    def _start_and_wait(self) -> None:
        """Starts the server until it stays; remains of a killed one may hold the shared memory for a moment."""
        deadline = time.monotonic() + START_LIMIT_S
        give_up = time.monotonic() + LOCK_WAIT_S
        self._child = self._spawn_server()
        while not self._answers():
            if self._child.poll() is not None:
                if time.monotonic() > give_up:
                    raise ServerNotStarted(f"PostgreSQL does not start; the reason is in {self._log}")
                time.sleep(0.1)
                self._child = self._spawn_server()
            if time.monotonic() > deadline:
                raise ServerNotStarted(f"PostgreSQL did not take connections in {START_LIMIT_S:.0f} s; see {self._log}")
            time.sleep(POLL_S)

    def _spawn_server(self) -> subprocess.Popen[bytes]:
        options = {
            **self._options,
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self._run),
            "unix_socket_permissions": "0700",
        }
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        return self._spawn("postgres", "-D", str(self._data), *flags, environment=self._past_stale_pid())

    def _spawn(
        self, program: str, *flags: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        assert self._lock is not None
        return spawn(
            [self._programs / program, *flags],
            death_signal=signal.SIGINT,  # a fast shutdown: clean, without waiting for its clients
            folder=self._folder,
            environment={**clean_environment(), **(environment or {})},
            log=self._log,
            account=self._account,
            keep=[self._lock],
        )

    def _past_stale_pid(self) -> dict[str, str]:
        """Lets PostgreSQL start although the number in postmaster.pid is some other process's by now.

        After a crash of the machine or in a new container that number often lives again under our own account, and
        PostgreSQL then refuses for ever. It passes over its grandparent's number; we hold the lock, and the process
        is looked at, so nothing alive is passed over.
        """
        pid = self._pid_in_file()
        if pid is None or not Path(f"/proc/{pid}").exists():
            return {}
        # A postmaster's working folder is its data folder.
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/cwd").readlink() == self._data:
                return {}
        return {"PG_GRANDPARENT_PID": str(pid)}

    def _pid_in_file(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def _whose_pid(self) -> str:
        pid = self._pid_in_file()
        return "" if pid is None else f" (its process is {pid})"

    def _answers(self) -> bool:
        """Whether the server asks for a password: its own word that it takes connections, unlike any pid file."""
        assert self._run is not None
        words = b"user\0" + SUPERUSER.encode() + b"\0database\0postgres\0\0"
        packet = struct.pack("!II", 8 + len(words), 3 << 16) + words
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(5)
                link.connect(str(self._run / f".s.PGSQL.{PORT}"))
                link.sendall(packet)
                return link.recv(4096)[:1] == b"R"
        except OSError:
            return False
