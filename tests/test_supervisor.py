"""The whole program as a person starts it: ready, sole, watched, stopped in order, and never leaving orphans."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.embedded.places import take_lock
from monitor.errors import ServerNotStarted
from monitor.settings import PREFIX
from monitor.supervisor import probe

START_LIMIT_S = 120
PARTS = ("postgres", "valkey-server", "serve", "work")
pytestmark = pytest.mark.timeout(300)


class Program:
    """One `roadpulse run`, and what it said."""

    def __init__(self, folder: Path, *flags: str, environment: dict[str, str] | None = None) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self.var = folder / "var"
        self.said = folder / f"said-{secrets.token_hex(4)}"
        with self.said.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "monitor", "run", "--port", "0", "--no-demo", "--var", str(self.var), *flags],
                env={**clean, **(environment or {})},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def read_until(self, word: str) -> str:
        """The first line that holds the word; fails with everything said when it does not come."""
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            has_ended = self.process.poll() is not None
            text = self.said.read_text()
            for line in text.splitlines():
                if word in line:
                    return line
            assert not has_ended, f"{word!r} was never said:\n{text}"
            assert time.monotonic() < deadline, f"{word!r} was not said in time:\n{text}"
            time.sleep(0.05)

    def url(self) -> str:
        return next(word for word in self.read_until("is running: http").split() if word.startswith("http"))

    def below(self) -> dict[str, int]:
        """The processes below it: the telling word of each one's command, and its number."""
        found: dict[str, int] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes().decode().replace("\0", " ").split()
            except OSError:
                continue
            if parent == self.process.pid:
                names = {Path(word).name for word in command}
                found |= {name: int(entry.name) for name in PARTS if name in names}
        return found


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(claim: Callable[[], bool], *, limit_s: float = 30) -> None:
    deadline = time.monotonic() + limit_s
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def remove_database(var: Path) -> None:
    """Root's database lies elsewhere, and only this link tells where."""
    database = (var / "postgres").resolve()
    if database.is_dir():
        # Its server may still be shutting down after its parent was killed.
        lock = take_lock(database / "lock", wait_s=30)
        shutil.rmtree(database)
        os.close(lock)


@pytest.fixture
def start(server_folder) -> Iterator[Callable[..., Program]]:
    started: list[Program] = []

    def begin(*flags: str, environment: dict[str, str] | None = None) -> Program:
        started.append(Program(server_folder, *flags, environment=environment))
        return started[-1]

    yield begin
    for program in started:
        program.process.kill()
        program.process.wait()
    remove_database(server_folder / "var")


@pytest.fixture(scope="module")
def running() -> Iterator[Program]:
    """One program for the tests that leave it running."""
    folder = Path(tempfile.mkdtemp(prefix="roadpulse-test-"))
    folder.chmod(0o711)
    program = Program(folder)
    try:
        program.url()
        yield program
    finally:
        program.process.terminate()
        program.process.wait(60)
        remove_database(program.var)
        shutil.rmtree(folder, ignore_errors=True)


def test_everything_starts_and_an_interrupt_stops_it_in_order(start):
    program = start("--processes", "2")
    url = program.url()
    below = program.below()

    assert is_ready(url)
    assert set(below) == set(PARTS)
    program.process.send_signal(signal.SIGINT)
    assert program.process.wait(30) == 0
    assert not any(is_running(pid) for pid in below.values())
    assert "database system is shut down" in (program.var / "log" / "postgres.log").read_text()


def test_an_interrupt_while_it_starts_gives_the_start_up(start):
    program = start()
    program.read_until("starting PostgreSQL")
    program.process.send_signal(signal.SIGINT)

    assert program.process.wait(30) == 0
    assert "is running" not in program.said.read_text()


def test_a_killed_supervisor_leaves_nothing_behind(start):
    program = start()
    program.url()
    below = program.below()
    program.process.kill()
    program.process.wait(10)

    for pid in below.values():
        wait_until(lambda pid=pid: not is_running(pid))
    assert start().url()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_readers_end_with_their_worker_and_it_with_the_supervisor(start, number):
    program = start()
    program.url()
    worker = program.below()["work"]
    wait_until(lambda: '"reader_ready"' in (program.var / "log" / "work-1.log").read_text(), limit_s=START_LIMIT_S)
    (reader,) = map(int, Path(f"/proc/{worker}/task/{worker}/children").read_text().split())
    program.process.send_signal(number)
    program.process.wait(30)

    wait_until(lambda: not is_running(worker) and not is_running(reader))


def test_worker_is_given_what_it_needs_and_no_more(running):
    environment = Path(f"/proc/{running.below()['work']}/environ").read_bytes().decode()

    assert "ROADPULSE_DATABASE_SYSTEM_URL=" in environment
    for kept_away in ("ROADPULSE_DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ANALYST_URL", "REDIS_URL", "SECRET"):
        assert f"{kept_away}=" not in environment


def test_it_ends_with_the_process_that_started_it(server_folder):
    """As when `make run` is killed: nobody is left to stop it by hand."""
    words = [sys.executable, "-m", "monitor", "run", "--end-with-parent", "--port", "0", "--no-demo"]
    script = (
        "import subprocess, sys; child = subprocess.Popen(sys.argv[1:]); print(child.pid, flush=True); child.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *words, "--var", str(server_folder / "var")],
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(parent.stdout.readline())
    while "is running" not in parent.stdout.readline():
        pass
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    try:
        wait_until(lambda: not is_running(pid))
    finally:
        remove_database(server_folder / "var")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("serve", "serve 1 has died"),
        ("work", "work 1 has died"),
        ("postgres", "Postgres has died"),
        ("valkey-server", "Valkey has died"),
    ],
)
def test_what_dies_is_brought_back(running, name, line):
    url = running.url()
    died = running.below()[name]
    os.kill(died, signal.SIGKILL)

    running.read_until(line)
    wait_until(lambda: running.below().get(name, died) != died)
    wait_until(lambda: is_ready(url))


def test_a_second_run_on_the_same_folder_is_refused(running):
    second = Program(running.var.parent)

    assert "already" in second.read_until("roadpulse:")
    assert second.process.wait(10) == 1


def test_a_taken_port_is_said_before_anything_starts(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program = start("--port", str(taken.getsockname()[1]))

        assert "--port" in program.read_until("is not free")
        assert program.process.wait(10) == 1
    assert not (program.var / "log" / "postgres.log").exists()


def test_a_port_shared_by_others_counts_as_taken():
    """The children share their port; a stranger who shares it too would take half of the connections."""
    with socket.socket() as shared:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(("127.0.0.1", 0))
        shared.listen()

        with pytest.raises(ServerNotStarted, match="is not free"):
            probe("127.0.0.1", shared.getsockname()[1])


def test_a_probed_port_is_free_afterwards():
    port = probe("127.0.0.1", 0)

    assert probe("127.0.0.1", port) == port


def test_with_urls_in_the_environment_it_runs_on_those_servers(start, environment):
    program = start(environment=environment)

    assert is_ready(program.url())
    assert set(program.below()) == {"serve", "work"}
    assert not (program.var / "postgres").exists()


def test_half_of_the_urls_are_refused_by_name(start, environment):
    del environment["ROADPULSE_DATABASE_ANALYST_URL"]
    program = start(environment=environment)

    assert "ROADPULSE_DATABASE_ANALYST_URL" in program.read_until("must be set too")
    assert program.process.wait(10) == 1


def test_other_commands_find_the_servers_by_the_file_it_leaves(running):
    script = f"set -a; . {running.var}/environment; exec {sys.executable} -m monitor migrate status"
    listed = subprocess.run(["sh", "-c", script], text=True, capture_output=True, timeout=30)

    assert (running.var / "environment").stat().st_mode & 0o777 == 0o600
    assert listed.returncode == 0, listed.stderr
    assert {line.split()[0] for line in listed.stdout.splitlines()} == {"applied"}


def test_demo_accounts_are_left_where_a_script_finds_them(start):
    program = start("--demo")
    program.url()
    file = program.var / "demo.json"
    told = json.loads(file.read_text())

    assert file.stat().st_mode & 0o777 == 0o600
    assert {account["role"] for account in told["accounts"]} >= {"administrator", "operator", "subscriber"}
    assert all(account["password"] and account["email"] for account in told["accounts"])
