"""Puts the worker together: one login, the store of files, reading processes, and the jobs that they do."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator

from ml.knowledge import load
from monitor import log
from monitor.garage.copies import Copies
from monitor.garage.diagnosing import Diagnosing
from monitor.garage.readings import Examining, Library
from monitor.garage.scanning import Scanner
from monitor.settings import Settings
from monitor.store.db import open_system
from monitor.store.objects import open_objects
from monitor.work.inference import Readers, open_readers
from monitor.work.jobs import JobKind
from monitor.work.shifts import Handler, Shift
from monitor.work.understanding import understand

JOBS_PER_READER = 4
"""Taken at once: one is read, one is in the reader's hand, and diagnoses mostly wait for those."""

_log = log.Log(__name__)


async def work(settings: Settings, *, processes: int) -> None:
    """Works until SIGTERM or SIGINT; then finishes what is being read, and gives the rest back."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with at_work(settings, processes=processes, stopping=stopping) as readers:
        _log.info("working", processes=processes, models=list(readers.models.values()))
        await stopping.wait()
        _log.info("draining")


@contextlib.asynccontextmanager
async def at_work(settings: Settings, *, processes: int, stopping: asyncio.Event) -> AsyncIterator[Readers]:
    """A whole worker in this process, until `stopping` and the end of the block.

    Raises: ServerNotStarted - no reader comes up; RoleTooStrong; Unavailable.
    """
    knowledge = load()
    # A word read once has built the vocabulary; the first driver does not wait for it.
    understand("", (), ())
    async with (
        open_system(settings.database) as db,
        open_readers(settings.work, processes) as readers,
    ):
        objects = open_objects(settings.media.url)
        library = Library(db, objects, readers, Scanner(settings.media.clamd))
        handlers: dict[JobKind, Handler] = {
            JobKind.EXAMINE: Examining(db, library, Copies(objects, settings)),
            JobKind.DIAGNOSE: Diagnosing(db, library, knowledge, understand),
        }
        name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        shift = asyncio.create_task(
            Shift(db, name, processes * JOBS_PER_READER, handlers).run(stopping, settings.work.drain_s)
        )
        try:
            yield readers
        finally:
            stopping.set()
            await shift
