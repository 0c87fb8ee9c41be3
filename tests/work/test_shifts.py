"""A job ends in a row, whatever dies: taken once at a time, begun again, parked after three starts."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import pytest

from monitor.errors import Unavailable
from monitor.store.db import Database
from monitor.work import jobs
from monitor.work.jobs import MAX_STARTS, Job, JobKind
from monitor.work.shifts import Shift
from tests.conftest import ConnectAs

LIMIT_S = 15.0


@dataclass
class Handler:
    """Does what the test wants with a job, and finishes it."""

    db: Database
    act: Callable[[Job], Awaitable[None]]
    lingers_s: float = 0.0
    """between the end of the job's row and that of its task"""
    begun: list[Job] = field(default_factory=list)
    given_up: list[tuple[Job, str]] = field(default_factory=list)

    async def do(self, job: Job) -> bool:
        self.begun.append(job)
        await self.act(job)
        async with self.db.system() as tx:
            is_ours = await jobs.finish(tx, job)
        await asyncio.sleep(self.lingers_s)
        return is_ours

    async def give_up(self, job: Job, failure: str) -> bool:
        self.given_up.append((job, failure))
        async with self.db.system() as tx:
            is_ours = await jobs.park(tx, job, failure)
        await asyncio.sleep(self.lingers_s)
        return is_ours


async def nothing(job: Job) -> None:
    pass


@contextlib.asynccontextmanager
async def on_shift(db: Database, handler: Handler, name: str = "worker", drain_s: float = 5.0) -> AsyncIterator[Shift]:
    stopping = asyncio.Event()
    shift = Shift(db, name, 4, dict.fromkeys(JobKind, handler))
    running = asyncio.create_task(shift.run(stopping, drain_s))
    yield shift
    stopping.set()
    await asyncio.wait_for(running, LIMIT_S)


async def ask(db: Database, subject: str = "1") -> None:
    async with db.system() as tx:
        assert await jobs.enqueue(tx, JobKind.DIAGNOSE, subject)


@pytest.fixture
async def superuser(connect_as: ConnectAs) -> asyncpg.Connection:
    return await connect_as("superuser")


async def rows(superuser: asyncpg.Connection, wanted: Callable[[list[asyncpg.Record]], bool]) -> list[asyncpg.Record]:
    """The jobs, once they are as wanted."""
    async with asyncio.timeout(LIMIT_S):
        while not wanted(found := await superuser.fetch("SELECT * FROM jobs ORDER BY id")):  # noqa: ASYNC110 - a table
            await asyncio.sleep(0.02)
    return found


async def test_job_is_begun_as_soon_as_it_is_committed(db: Database, superuser: asyncpg.Connection) -> None:
    handler = Handler(db, nothing)
    async with on_shift(db, handler):
        await asyncio.sleep(0.3)
        waits = []
        for number in range(10):
            asked = time.perf_counter()
            await ask(db, str(number))
            await rows(superuser, lambda found: not found)
            waits.append(time.perf_counter() - asked)

    assert sorted(job.subject for job in handler.begun) == sorted(map(str, range(10)))
    # Told by the database, not looked up once a second.
    assert sorted(waits)[5] < 0.3


async def test_job_that_fails_is_begun_three_times_and_parked(db: Database, superuser: asyncpg.Connection) -> None:
    async def fail(job: Job) -> None:
        raise ZeroDivisionError

    handler = Handler(db, fail)
    async with on_shift(db, handler):
        await ask(db)
        (row,) = await rows(superuser, lambda found: found[0]["due_at"] is None)

    assert [job.starts for job in handler.begun] == [1, 2, 3]
    assert [job.is_suspect for job in handler.begun] == [False, True, True]
    assert [failure for _, failure in handler.given_up] == ["internal"]
    assert row["failure"] == "internal"
    await ask(db)  # parked ones do not stand in the way of a new try


async def test_what_is_away_costs_no_start(db: Database, superuser: asyncpg.Connection) -> None:
    async def away(job: Job) -> None:
        if len(handler.begun) <= MAX_STARTS + 1:
            raise Unavailable

    handler = Handler(db, away)
    async with on_shift(db, handler):
        await ask(db)
        await rows(superuser, lambda found: not found)

    assert [job.starts for job in handler.begun] == [1] * (MAX_STARTS + 2)


async def test_job_of_a_dead_worker_is_taken_over_and_the_dead_cannot_end_it(
    db: Database, superuser: asyncpg.Connection
) -> None:
    await ask(db)
    async with db.system() as tx:
        (lost,) = await jobs.take(tx, "dead", 1)
    handler = Handler(db, nothing)
    async with on_shift(db, handler):
        await rows(superuser, lambda found: not found)
        async with db.system() as tx:
            assert not await jobs.finish(tx, lost)

    assert [job.starts for job in handler.begun] == [2]


async def test_job_that_kills_its_workers_is_parked(db: Database, superuser: asyncpg.Connection) -> None:
    await ask(db)
    for _ in range(MAX_STARTS):
        async with db.system() as tx:
            assert len(await jobs.take(tx, "dies of it", 1)) == 1
        await superuser.execute("UPDATE jobs SET due_at = now()")
    handler = Handler(db, nothing)
    async with on_shift(db, handler):
        await rows(superuser, lambda found: found[0]["due_at"] is None)

    assert handler.begun == []
    assert [failure for _, failure in handler.given_up] == ["worker_lost"]


async def test_beating_worker_keeps_its_job_longer_than_a_lease(db: Database, superuser: asyncpg.Connection) -> None:
    async def long(job: Job) -> None:
        await asyncio.sleep(jobs.LEASE.total_seconds() + 1.5)

    first, second = Handler(db, long), Handler(db, nothing)
    async with on_shift(db, first, "first"):
        await ask(db)
        await rows(superuser, lambda found: bool(found[0]["worker"]))
        async with on_shift(db, second, "second"):
            await rows(superuser, lambda found: not found)

    assert len(first.begun) == 1
    assert second.begun == []


async def outcomes(caplog: pytest.LogCaptureFixture, count: int) -> list[str]:
    """What is told of how jobs ended, once it is told of so many."""
    async with asyncio.timeout(LIMIT_S):
        while len(told := [each for each in caplog.records if each.getMessage() == "job_ended"]) < count:  # noqa: ASYNC110 - lines
            await asyncio.sleep(0.02)
    return [each.fields["outcome"] for each in told]  # type: ignore[attr-defined]


@pytest.mark.parametrize("outcome", ["done", "parked"])
async def test_beat_right_after_a_jobs_end_leaves_its_task_to_say_so(
    db: Database, superuser: asyncpg.Connection, caplog: pytest.LogCaptureFixture, outcome: str
) -> None:
    async def act(job: Job) -> None:
        if outcome == "parked":
            raise ZeroDivisionError

    caplog.set_level("INFO")
    await ask(db)
    await superuser.execute("UPDATE jobs SET starts = $1", MAX_STARTS - 1)
    async with on_shift(db, Handler(db, act, lingers_s=jobs.BEAT_S * 2)):
        told = await outcomes(caplog, 1)

    assert told == [outcome]


async def test_task_ends_whose_job_another_worker_has_begun(
    db: Database, superuser: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    async def long(job: Job) -> None:
        await asyncio.sleep(60)

    caplog.set_level("INFO")
    await ask(db)
    async with on_shift(db, Handler(db, long)):
        await rows(superuser, lambda found: bool(found[0]["worker"]))
        await superuser.execute("UPDATE jobs SET starts = starts + 1, worker = 'another'")
        told = await outcomes(caplog, 1)

    assert told == ["taken"]
    assert await superuser.fetchval("SELECT worker FROM jobs") == "another"


async def test_two_workers_do_every_job_once(db: Database, superuser: asyncpg.Connection) -> None:
    async def briefly(job: Job) -> None:
        await asyncio.sleep(0.005)

    first, second = Handler(db, briefly), Handler(db, briefly)
    async with on_shift(db, first, "first"), on_shift(db, second, "second"):
        for number in range(100):
            await ask(db, str(number))
        await rows(superuser, lambda found: not found)

    done = [job.subject for job in (*first.begun, *second.begun)]
    assert sorted(done) == sorted(map(str, range(100)))
    assert first.begun
    assert second.begun


async def test_end_of_the_shift_finishes_what_is_short_and_gives_back_what_is_long(
    db: Database, superuser: asyncpg.Connection
) -> None:
    begun = asyncio.Event()

    async def act(job: Job) -> None:
        if job.subject == "long":
            begun.set()
            await asyncio.sleep(60)
        await asyncio.sleep(0.3)

    handler = Handler(db, act)
    async with on_shift(db, handler, drain_s=1.0):
        await ask(db, "long")
        await ask(db, "short")
        async with asyncio.timeout(LIMIT_S):
            await begun.wait()
    (row,) = await superuser.fetch("SELECT subject, worker, starts, due_at <= now() AS is_due FROM jobs")

    assert tuple(row) == ("long", None, 0, True)


async def test_shift_goes_on_after_the_database_cut_every_connection(
    db: Database, superuser: asyncpg.Connection
) -> None:
    handler = Handler(db, nothing)
    async with on_shift(db, handler):
        await ask(db, "before")
        await rows(superuser, lambda found: not found)
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        async with asyncio.timeout(LIMIT_S):
            while True:
                with contextlib.suppress(Unavailable):
                    await ask(db, "after")
                    break
        await rows(superuser, lambda found: not found)

    assert [job.subject for job in handler.begun] == ["before", "after"]
