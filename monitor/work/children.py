"""Reading processes as their worker holds them: started, handed files, watched, and ended."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from ml.findings import OnQuality
from monitor.lineage import tied_to_parent
from monitor.settings import Work
from monitor.work import handing
from monitor.work.handing import LENGTH, MOST_HEAD, Look, Read, Said

_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(slots=True)
class Task:
    """Something to be read, from when it is asked for until it is answered."""

    asked: Look
    data: bytes
    is_alone: bool
    """nothing else is in its reader's hand"""
    on_quality: OnQuality | None
    answer: asyncio.Future[Read]


@dataclass(slots=True)
class Child:
    """One process, from its start to its end."""

    process: asyncio.subprocess.Process
    incoming: asyncio.StreamReader
    outgoing: asyncio.StreamWriter
    limit_s: float
    held: deque[Task] = field(default_factory=deque)
    is_ready: bool = False
    is_slow: bool = False
    """it was ended, since the first file in its hand took too long"""
    timer: asyncio.TimerHandle | None = None

    def has_room(self, task: Task, most: int) -> bool:
        if task.is_alone or any(held.is_alone for held in self.held):
            return self.is_ready and not self.held
        return self.is_ready and len(self.held) < most

    def take(self, task: Task) -> None:
        self.held.append(task)
        self.outgoing.write(handing.frame(task.asked))
        self.outgoing.write(task.data)
        if len(self.held) == 1:
            self._watch()

    def done(self) -> Task:
        """The first task, taken out of its hand; the next one's time begins."""
        task = self.held.popleft()
        self._watch()
        return task

    def end(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.is_ready = False
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.outgoing.close()

    def _watch(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(self.limit_s, self._kill) if self.held else None

    def _kill(self) -> None:
        self.is_slow = True
        self.end()


async def start(given: Work) -> Child:
    """A process that will say when it is ready."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "monitor.work.reader",
            str(theirs.fileno()),
            str(given.memory_bytes),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            env=_environment(),
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGKILL),
        )
    incoming, outgoing = await asyncio.open_unix_connection(sock=ours, limit=MOST_HEAD)
    return Child(process, incoming, outgoing, given.file_limit_s)


def _environment() -> dict[str, str]:
    """Nothing of ours: what strangers send is opened there. Each reader keeps to one core."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": str(_ROOT), **single}


async def next_word(incoming: asyncio.StreamReader) -> Said:
    """Raises: EOFError - the reader has ended; OSError - its socket broke."""
    size = LENGTH.unpack(await incoming.readexactly(LENGTH.size))[0]
    return handing.read_said(await incoming.readexactly(size))
