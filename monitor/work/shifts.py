"""Takes jobs as long as there is room, does them, and gives back what is not done when it ends."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from monitor import log, metrics
from monitor.errors import Internal, Roadpulse, Unavailable, WorkerLost
from monitor.store.db import LOST, DatabaseError, System, forgo_durability
from monitor.work import jobs
from monitor.work.jobs import BEAT_S, MAX_STARTS, Job, JobKind

CHANNEL = "roadpulse_jobs"
STATEMENT_S = 10.0
FIRST_PAUSE_S = 0.2
"""before a job that failed is begun again; twice that after its second start"""
AWAY_S = 1.0
"""before anything is tried again where the database or the store of files is away"""
GIVING_BACK_S = 5.0
"""how long a job may take to be given back; after that its lease runs out"""

_log = log.Log(__name__)


class Handler(Protocol):
    """How one kind of job is done."""

    async def do(self, job: Job) -> bool:
        """Does the job and finishes it in the transaction of what it comes to. False: another worker had it by then."""

    async def give_up(self, job: Job, failure: str) -> bool:
        """Parks the job and tells whom it concerns, in one transaction. False: another worker had it by then."""


@dataclass(slots=True)
class Shift:
    """One worker's hours."""

    db: System
    name: str
    room: int
    """jobs under way at once"""
    handlers: Mapping[JobKind, Handler]
    _held: dict[asyncio.Task[None], Job] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stopping: asyncio.Event, drain_s: float) -> None:
        """Works until `stopping`, whatever becomes of the database; then finishes what it can in `drain_s`."""
        serving = asyncio.create_task(self._serve(stopping))
        try:
            await stopping.wait()
            self._woken.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(drain_s):
                    while self._held:
                        await asyncio.wait(set(self._held))
        finally:
            serving.cancel()
            # What is cancelled gives its job back.
            for task in self._held:
                task.cancel()
            await asyncio.gather(serving, *self._held, return_exceptions=True)

    async def _serve(self, stopping: asyncio.Event) -> None:
        while True:
            try:
                # One statement is one transaction here: a job is taken in a single round trip.
                async with self.db.own_connection() as connection:
                    # A taking or a beat that is lost with the database's machine is simply done again.
                    await forgo_durability(connection)
                    await connection.add_listener(CHANNEL, self._wake)
                    await self._rounds(connection, stopping)
            except (Unavailable, DatabaseError, *LOST) as error:
                _log.warning("shift_interrupted", reason=type(error).__name__)
                await asyncio.sleep(AWAY_S)

    async def _rounds(self, connection: Any, stopping: asyncio.Event) -> None:
        beaten_at = time.monotonic()
        while True:
            self._woken.clear()
            free = 0 if stopping.is_set() else self.room - len(self._held)
            async with asyncio.timeout(STATEMENT_S):
                taken = await jobs.take(connection, self.name, free) if free else []
            for job in sorted(taken, key=lambda job: job.id):
                task = asyncio.create_task(self._do(job))
                self._held[task] = job
                task.add_done_callback(self._let_go)
            if len(taken) < free or not free:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, beaten_at + BEAT_S - time.monotonic())):
                        await self._woken.wait()
            if time.monotonic() - beaten_at >= BEAT_S:
                beaten_at = time.monotonic()
                async with asyncio.timeout(STATEMENT_S):
                    await self._beat(connection)

    async def _beat(self, connection: Any) -> None:
        if not self._held:
            return
        held = dict(self._held)
        lost = await jobs.beat(connection, list(held.values()))
        for task, job in held.items():
            if job in lost:
                task.cancel()

    def _wake(self, *_: object) -> None:
        self._woken.set()

    def _let_go(self, task: asyncio.Task[None]) -> None:
        del self._held[task]
        self._woken.set()

    async def _do(self, job: Job) -> None:
        """The door of a job: whatever happens in it ends in a row."""
        started = time.monotonic()
        try:
            outcome = await self._outcome(job)
        except asyncio.CancelledError:
            giving_back = self._give_back(job, 0.0, None, counts=False)
            _tell_end(job, await asyncio.shield(giving_back), time.monotonic() - started)
            raise
        _tell_end(job, outcome, time.monotonic() - started)

    async def _outcome(self, job: Job) -> str:
        handler = self.handlers[job.kind]
        try:
            if job.starts > MAX_STARTS:
                return await self._give_up(handler, job, job.failure or WorkerLost.code)
            return "done" if await handler.do(job) else "taken"
        except Unavailable as error:
            # Not the job's fault: it is begun as often as it takes.
            return await self._give_back(job, AWAY_S, error.code, counts=False)
        except Exception as error:  # the door of a job
            return await self._fail(handler, job, error)

    async def _fail(self, handler: Handler, job: Job, error: Exception) -> str:
        code = error.code if isinstance(error, Roadpulse) else Internal.code
        if code == Internal.code:
            _log.error("job_failed", error=error, kind=job.kind, subject=job.subject)
        if job.is_last_try:
            return await self._give_up(handler, job, code)
        return await self._give_back(job, FIRST_PAUSE_S * 2 ** (job.starts - 1), code, counts=True)

    async def _give_up(self, handler: Handler, job: Job, failure: str) -> str:
        _log.error("job_parked", kind=job.kind, subject=job.subject, failure=failure)
        try:
            return "parked" if await handler.give_up(job, failure) else "taken"
        except Unavailable as error:
            return await self._give_back(job, AWAY_S, error.code, counts=False)

    async def _give_back(self, job: Job, pause_s: float, failure: str | None, *, counts: bool) -> str:
        """Sooner than its lease would run out, if the database can be reached."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVING_BACK_S):
                while True:
                    try:
                        async with self.db.system() as tx:
                            is_ours = await jobs.give_back(tx, job, pause_s, failure, counts=counts)
                        return "given_back" if is_ours else "taken"
                    except Unavailable:
                        await asyncio.sleep(AWAY_S)
        return "given_back"


def _tell_end(job: Job, outcome: str, took_s: float) -> None:
    metrics.job_seconds.labels(job.kind.value, outcome).observe(took_s)
    _log.info("job_ended", kind=job.kind, subject=job.subject, outcome=outcome, ms=round(took_s * 1000))
