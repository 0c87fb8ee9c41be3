"""Our own processes under the supervisor: started, brought back with a growing pause, and stopped together."""

import http.client
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.embedded.children import spawn

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
HEALTHY_S = 60.0
"""A process that lived this long has earned a quick restart."""
LAST_WORDS_BYTES = 2000
STOP_POLL_S = 0.05


class Process:
    """One child that should always run. To be started from the main thread."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None
        self._pause_s = FIRST_PAUSE_S
        self._started = 0.0

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        self._started = time.monotonic()
        self._child = spawn(
            self._command,
            death_signal=signal.SIGTERM,
            folder=self._folder,
            environment=self._environment,
            log=self.log,
        )

    def restart_if_dead(self) -> bool:
        """Starts it again once its pause is over; True when it did."""
        if self.is_alive:
            return False
        lived_s = time.monotonic() - self._started
        if lived_s > HEALTHY_S:
            self._pause_s = FIRST_PAUSE_S
        if lived_s < self._pause_s:
            return False
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        self.start()
        return True

    def signal(self, number: signal.Signals) -> None:
        if self._child is not None and self.is_alive:
            self._child.send_signal(number)

    def last_words(self) -> str:
        """The end of its log, for the person who wonders why it died."""
        try:
            return self.log.read_bytes()[-LAST_WORDS_BYTES:].decode(errors="replace")
        except OSError:
            return ""


def stop_all(processes: Sequence[Process], *, limit_s: float, hurry: threading.Event) -> None:
    """Asks all of them to end at once, waits, and kills those that have not after the limit or when hurried."""
    for process in processes:
        process.signal(signal.SIGTERM)
    deadline = time.monotonic() + limit_s
    while any(process.is_alive for process in processes):
        if time.monotonic() > deadline or hurry.wait(STOP_POLL_S):
            for process in processes:
                process.signal(signal.SIGKILL)


def is_ready(host: str, port: int) -> bool:
    """Whether the server says of itself that it can do its work."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
