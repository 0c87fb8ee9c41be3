"""A server as a child on a folder of its own: begun, watched and ended in the same way, whatever it serves."""

import abc
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.embedded.children import stop


class Server(abc.ABC):
    """One server on one private folder; `with` starts and stops it. To be started from the main thread."""

    def __init__(self, folder: Path, log: Path, *stops: tuple[signal.Signals, float]) -> None:
        """`stops`: the signals that end it, one after the other, each with the seconds that it is given."""
        self._folder = folder.absolute()
        self._log = log.absolute()
        self._stops = stops
        self._lock: int | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process id while it is our child."""
        return self._child.pid if self._child else None

    @property
    def is_alive(self) -> bool:
        """Whether the server's process runs."""
        return self._child is not None and self._child.poll() is None

    @abc.abstractmethod
    def start(self) -> None:
        """Starts the server; returns when it answers."""

    def stop(self) -> None:
        """Stops the server, by force if it does not end by itself."""
        if self._child is not None:
            stop(self._child, *self._stops)
            self._child = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def kill(self) -> None:
        """Kills the server as a crash would; `start` brings it back."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()
