"""Everything on one machine: real servers, server processes and demo devices, watched until Ctrl-C."""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor import metrics
from monitor import settings as configuration
from monitor.embedded import PostgresServer, ValkeyServer
from monitor.embedded.places import database_folder, make_private, take_lock
from monitor.errors import ServerNotStarted, SettingsInvalid
from monitor.lineage import tie_to_parent
from monitor.processes import Process, is_ready, stop_all
from monitor.store import bootstrap, migrate

WATCH_S = 0.25
READY_LIMIT_S = 60.0
PREFIX = configuration.PREFIX
OWNER_URL = f"{PREFIX}DATABASE_OWNER_URL"
SYSTEM_URL = f"{PREFIX}DATABASE_SYSTEM_URL"
REDIS_URL = f"{PREFIX}REDIS_URL"
MEDIA_URL = f"{PREFIX}MEDIA_URL"


@dataclass(frozen=True, slots=True)
class Plan:
    """What `roadpulse run` was asked for."""

    var: Path
    config: Path | None
    host: str
    port: int
    """0: any free one"""
    processes: int
    workers: int
    has_demo: bool
    ends_with_parent: bool
    """stop as soon as the process that started this one has gone, e.g. a killed `make`"""


def default_var() -> Path:
    """Where state is kept: beside the code in a checkout, else in the folder that the command is run in."""
    checkout = Path(__file__).resolve().parent.parent
    return (checkout if (checkout / "pyproject.toml").exists() else Path.cwd()) / "var"


def run(plan: Plan, environ: Mapping[str, str]) -> int:
    """Starts everything, says where to look, and keeps it running until it is told to stop.

    Raises: ServerNotStarted, SettingsInvalid, MigrationRefused, Unavailable - with what to do about it.
    """
    return Supervisor(plan, environ).run()


class Supervisor:
    """One run, from its first line to its last."""

    def __init__(self, plan: Plan, environ: Mapping[str, str]) -> None:
        self._plan = plan
        self._environ = dict(environ)
        self._var = plan.var.absolute()
        self._logs = self._var / "log"
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._is_starting = True
        self._servers: list[PostgresServer | ValkeyServer] = []
        self._processes: list[Process] = []

    def run(self) -> int:
        with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
            stack.enter_context(self._signals())
            self._start(stack)
            self._is_starting = False
            while not self._stopping.wait(WATCH_S):
                self._watch()
            _say("stopping")
        _say("stopped")
        return 0

    def _start(self, stack: contextlib.ExitStack) -> None:
        if self._plan.ends_with_parent:
            tie_to_parent(signal.SIGTERM)
        stack.enter_context(self._sole_run())
        port = probe(self._plan.host, self._plan.port)
        url = f"http://{_in_url(self._plan.host)}:{port}"
        self._prepare_servers(stack)
        stack.callback(self._stop_processes)
        self._start_processes(port)
        self._wait_until_ready(port)
        self._start_demo(url)
        _say(f"Roadpulse is running: {url}     (Ctrl-C stops everything; logs: {self._logs})")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """The first signal asks for a clean stop, a second one for a quick one; a start is simply given up."""

        def stop(_number: int, _frame: object) -> None:
            if self._stopping.is_set():
                self._hurry.set()
            self._stopping.set()
            if self._is_starting:
                self._is_starting = False
                raise KeyboardInterrupt

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def _sole_run(self) -> Iterator[None]:
        if self._var.exists() and self._var.stat().st_uid != os.geteuid():
            raise ServerNotStarted(f"{self._var} belongs to another account; run as that one, or move it away")
        make_private(self._var)
        self._logs.mkdir(exist_ok=True)
        lock = take_lock(self._var / "lock", wait_s=0)
        if lock is None:
            raise ServerNotStarted(f"Roadpulse is running from {self._var} already; stop it first")
        try:
            yield
        finally:
            os.close(lock)

    def _prepare_servers(self, stack: contextlib.ExitStack) -> None:
        """Fills the environment of what comes later: the user's own servers, or embedded ones."""
        given = [name for name in (*bootstrap.ROLES, REDIS_URL) if self._environ.get(name)]
        if given and len(given) <= len(bootstrap.ROLES):
            missing = [name for name in (*bootstrap.ROLES, REDIS_URL) if name not in given]
            raise SettingsInvalid(f"{', '.join(missing)} must be set too; or none of them, for embedded servers")
        if given:
            _say("using the PostgreSQL and Redis that the environment names")
        else:
            self._start_embedded(stack)
        self._environ.setdefault(self._load().identity.secret_variable, _kept_secret(self._var / "secret"))
        self._environ[MEDIA_URL] = self._load().media.url or make_private(self._var / "media").as_uri()
        applied = asyncio.run(migrate.up(self._environ[OWNER_URL]))
        _say(f"the schema is up to date ({len(applied)} migrations applied)" if applied else "the schema is up to date")
        self._write_environment()

    def _start_embedded(self, stack: contextlib.ExitStack) -> None:
        folder = database_folder(self._var)
        _say(f"starting PostgreSQL, whose data lie in {folder} (the first time it makes them)")
        postgres = stack.enter_context(PostgresServer(folder, log=self._logs / "postgres.log", environ=self._environ))
        _say("starting Valkey")
        valkey = stack.enter_context(
            ValkeyServer(self._var / "valkey", log=self._logs / "valkey.log", environ=self._environ)
        )
        self._servers = [postgres, valkey]
        # New passwords at each start: nothing that was written down once opens the database for ever.
        made = asyncio.run(bootstrap.bootstrap(postgres.url(), reset_passwords=True))
        self._environ |= {**made.urls, REDIS_URL: valkey.url}

    def _write_environment(self) -> None:
        """What a person at this machine needs to run other commands on the same servers."""
        secret = self._load().identity.secret_variable
        names = [*bootstrap.ROLES, REDIS_URL, MEDIA_URL, secret]
        lines = "".join(f"{name}={shlex.quote(self._environ[name])}\n" for name in names)
        _write_private(self._var / "environment", lines)

    def _start_processes(self, port: int) -> None:
        count = self._plan.processes
        workers = self._plan.workers
        _say(f"starting {_several(count, 'server process', 'es')} and {_several(workers, 'worker', 's')}")
        # A serving process does without the owner's login, so a fault in it cannot change the schema.
        environment = {name: value for name, value in self._environ.items() if name != OWNER_URL}
        if self._plan.has_demo:
            environment["ROADPULSE_SERVER_DEMO"] = "true"
        # A scrape reaches any one of them; here it finds the numbers of all.
        numbers = self._var / "metrics"
        shutil.rmtree(numbers, ignore_errors=True)
        numbers.mkdir()
        environment[metrics.FOLDER_VARIABLE] = str(numbers)
        config = [] if self._plan.config is None else ["--config", str(self._plan.config)]
        serve = [sys.executable, "-m", "monitor", *config, "serve", "--host", self._plan.host, "--port", str(port)]
        for number in range(1, count + 1):
            self._start_process("serve", number, serve, environment)
        # A worker opens what strangers sent: it has one login and no secret.
        secret = self._load().identity.secret_variable
        kept_away = {*bootstrap.ROLES, REDIS_URL, secret} - {SYSTEM_URL}
        environment = {name: value for name, value in environment.items() if name not in kept_away}
        for number in range(1, self._plan.workers + 1):
            self._start_process("work", number, [sys.executable, "-m", "monitor", *config, "work"], environment)

    def _start_process(self, name: str, number: int, command: list[str], environment: Mapping[str, str]) -> None:
        log = self._logs / f"{name}-{number}.log"
        process = Process(f"{name} {number}", command, environment, log, self._var)
        process.start()
        self._processes.append(process)

    def _wait_until_ready(self, port: int) -> None:
        deadline = time.monotonic() + READY_LIMIT_S
        while not is_ready(self._plan.host, port):
            time.sleep(WATCH_S)
            self._watch()
            if time.monotonic() > deadline:
                raise ServerNotStarted(f"the server is not ready after {READY_LIMIT_S:.0f} s:{self._last_words()}")

    def _start_demo(self, url: str) -> None:
        if not self._plan.has_demo:
            return
        # Imported here: only a run with demo data needs the whole tree behind it.
        from monitor import demo

        _say("making demo accounts and devices")
        file = self._var / "demo.json"
        prepared = {"url": url, **asyncio.run(demo.prepare(self._load(), file))}
        _write_private(file, json.dumps(prepared, indent=2) + "\n")
        # The phones come in by the front door: they get no login of the servers' own.
        environment = {name: value for name, value in self._environ.items() if not name.startswith(PREFIX)}
        command = [sys.executable, "-m", "monitor.demo", str(file)]
        process = Process("demo", command, environment, self._logs / "demo.log", self._var)
        process.start()
        self._processes.insert(0, process)
        print(f"\n  Demo data. Sign in at {url} as one of these (the same in {file}):", flush=True)
        for account in prepared["accounts"]:
            place = f" ({account['provider']})" if account.get("provider") else ""
            print(f"    {account['role'] + place:<20} {account['email']:<40} {account['password']}", flush=True)
        print(flush=True)

    def _watch(self) -> None:
        """Brings back whatever has died: the servers at once, processes with a growing pause."""
        for server in self._servers:
            if not server.is_alive:
                _say(f"{type(server).__name__.removesuffix('Server')} has died; starting it again")
                server.start()
        for process in self._processes:
            if process.restart_if_dead():
                _say(f"{process.name} has died; started again (see {process.log})")

    def _stop_processes(self) -> None:
        drain_s = self._load().server.drain_s
        stop_all(self._processes, limit_s=drain_s + 5, hurry=self._hurry)

    def _last_words(self) -> str:
        return "".join(f"\n--- {process.log}\n{process.last_words()}" for process in self._processes)

    def _load(self) -> configuration.Settings:
        return configuration.load(self._plan.config, self._environ)


def probe(host: str, port: int) -> int:
    """The port, known to be free; any free one for 0.

    The children share the port by SO_REUSEPORT, with which a second Roadpulse would silently get half of the
    connections; without it the bind here fails as soon as anybody listens.
    Raises: ServerNotStarted - it is taken, or not to be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            return int(trial.getsockname()[1])
    except OSError as error:
        raise ServerNotStarted(f"{host}:{port} is not free ({error.strerror}); give another one with --port") from error


def _kept_secret(path: Path) -> str:
    """The key that encrypts signing keys at rest; made once, for this machine's own database."""
    if not path.exists():
        _write_private(path, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return path.read_text()


def _write_private(path: Path, text: str) -> None:
    """Writes a file that is never seen half-written or by others."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)


def _several(count: int, what: str, ending: str) -> str:
    return f"{count} {what}{'' if count == 1 else ending}"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _say(line: str) -> None:
    print(f"» {line}", flush=True)
