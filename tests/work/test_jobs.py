"""Jobs are asked for in the caller's transaction, by doors that may do nothing else with them."""

import contextlib

import asyncpg
import pytest

from monitor.store.db import Database
from monitor.values import AccountId, Role, Viewer
from monitor.work import jobs
from monitor.work.jobs import JobKind
from tests.conftest import ConnectAs

AMA = Viewer(Role.SUBSCRIBER, AccountId(1))


async def test_job_is_there_with_its_transaction_and_gone_without(db: Database, connect_as: ConnectAs) -> None:
    superuser = await connect_as("superuser")
    with contextlib.suppress(ZeroDivisionError):
        async with db.viewing(AMA) as tx:
            await jobs.enqueue(tx, JobKind.DIAGNOSE, "1")
            raise ZeroDivisionError
    assert await superuser.fetchval("SELECT count(*) FROM jobs") == 0

    async with db.viewing(AMA) as tx:
        assert await jobs.enqueue(tx, JobKind.DIAGNOSE, "1")
        assert not await jobs.enqueue(tx, JobKind.DIAGNOSE, "1")
        assert await jobs.enqueue(tx, JobKind.EXAMINE, "1")
    assert await superuser.fetchval("SELECT count(*) FROM jobs") == 2


@pytest.mark.parametrize(
    "statement",
    ["SELECT id FROM jobs", "INSERT INTO jobs (kind, subject) VALUES ('examine', 'x')", "DELETE FROM jobs"],
)
@pytest.mark.parametrize("login", ["app", "analyst"])
async def test_doors_may_ask_for_work_and_do_nothing_else(connect_as: ConnectAs, login: str, statement: str) -> None:
    connection = await connect_as(login)  # type: ignore[arg-type]

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)


async def test_analyst_may_not_even_ask(connect_as: ConnectAs) -> None:
    analyst = await connect_as("analyst")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await analyst.fetchval("SELECT enqueue_job('examine', 'x')")
