"""A Valkey (or Redis) server as a child: reached by a unix socket only, gone with its parent."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from monitor.embedded.binaries import find_valkey
from monitor.embedded.children import clean_environment, spawn
from monitor.embedded.places import make_private, socket_folder, take_lock
from monitor.embedded.servers import Server
from monitor.errors import ServerNotStarted

POLL_S = 0.01
START_LIMIT_S = 120.0
STOP_LIMIT_S = 20.0
LOCK_WAIT_S = 15.0


class ValkeyServer(Server):
    """Valkey on one private folder."""

    def __init__(
        self,
        folder: Path,
        *,
        log: Path,
        fast: bool = False,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__(folder, log, (signal.SIGTERM, STOP_LIMIT_S))
        self._program = find_valkey(environ)
        # The append-only file keeps what is only here (limits, recent history) over a crash; tests need none of it.
        self._persistence = ["--appendonly", "no"] if fast else ["--appendonly", "yes", "--appendfsync", "everysec"]
        self._socket: Path | None = None

    @property
    def url(self) -> str:
        """How to connect."""
        assert self._socket is not None
        return f"unix://{quote(os.fspath(self._socket))}"

    def start(self) -> None:
        """Starts the server; returns when it answers."""
        if self.is_alive:
            return
        make_private(self._folder)
        data = make_private(self._folder / "data")
        self._socket = socket_folder(self._folder) / "valkey.sock"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = take_lock(self._folder / "lock", wait_s=LOCK_WAIT_S)
        if self._lock is None:
            raise ServerNotStarted(f"another server still uses {self._folder}; stop it first")
        # We hold the lock, so a socket that is still there belongs to a killed server.
        self._socket.unlink(missing_ok=True)
        self._child = spawn(
            [
                self._program, "--port", "0", "--unixsocket", self._socket, "--unixsocketperm", "700",
                "--daemonize", "no", "--dir", data, "--save", "", *self._persistence,
            ],
            death_signal=signal.SIGTERM,
            folder=self._folder,
            environment=clean_environment(),
            log=self._log,
            keep=[self._lock],
        )  # fmt: skip
        self._wait_until_it_answers(self._child)

    def _wait_until_it_answers(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if child.poll() is not None:
                raise ServerNotStarted(f"Valkey does not start; the reason is in {self._log}")
            if time.monotonic() > deadline:
                raise ServerNotStarted(f"Valkey did not answer in {START_LIMIT_S:.0f} s; see {self._log}")
            time.sleep(POLL_S)

    def _answers(self) -> bool:
        """Whether a PING comes back; while the server loads its file it says -LOADING instead."""
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(5)
                link.connect(str(self._socket))
                link.sendall(b"PING\r\n")
                return link.recv(5) == b"+PONG"
        except OSError:
            return False
