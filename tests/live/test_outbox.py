"""What was committed is told, once and in order, whoever dies on the way."""

import asyncio
import contextlib
import functools

import msgspec
import pytest

from monitor.embedded import ValkeyServer
from monitor.live import outbox, topics
from monitor.live.outbox import Happening
from monitor.store.db import Database
from monitor.values import AccountId, ProviderId, Role, Viewer
from tests.conftest import ConnectAs
from tests.live.conftest import Console, Process, StartProcess, publishing, until

MTN = topics.alerts("mtn")
ANNA, BEN = AccountId(41), AccountId(42)


def opened(alert: int, **more: object) -> Happening:
    return Happening(MTN, "alert.opened", {"id": alert, "version": 1, **more}, provider=ProviderId(1))


def said(person: AccountId, diagnosis: int) -> Happening:
    return Happening(topics.me(person), "diagnosis.concluded", {"id": diagnosis, "version": 2}, person=person)


async def happen(db: Database, *happenings: Happening) -> None:
    async with db.system() as tx:
        await outbox.add(tx, happenings)


async def waiting(db: Database) -> float:
    async with db.system() as tx:
        return await outbox.queue_age_s(tx)


async def console_of(process: Process) -> Console:
    console = Console()
    (await process.hub.join(MTN, console)).release(0)
    return console


def alerts(console: Console) -> list[int]:
    return [event["data"]["id"] for event in console.events]


async def test_committed_events_reach_the_console_in_order(db: Database, start_process: StartProcess) -> None:
    process = await start_process()
    console = await console_of(process)
    async with publishing(db, process.bus):
        await happen(db, opened(1, note='é\n\u2028\\"'), opened(2))
        await until(lambda: len(console.events) == 2)

    assert alerts(console) == [1, 2]
    assert console.events[0]["data"]["note"] == 'é\n\u2028\\"'
    assert console.ids == sorted(console.ids)


async def test_what_was_rolled_back_is_not_told(db: Database, start_process: StartProcess) -> None:
    process = await start_process()
    console = await console_of(process)
    async with publishing(db, process.bus):
        with contextlib.suppress(ZeroDivisionError):
            async with db.system() as tx:
                await outbox.add(tx, [opened(1)])
                raise ZeroDivisionError
        await happen(db, opened(2))
        await until(lambda: console.events)

    assert alerts(console) == [2]


async def test_lower_id_that_commits_later_is_told(db: Database, start_process: StartProcess) -> None:
    process = await start_process()
    console = await console_of(process)
    async with publishing(db, process.bus):
        async with db.system() as slow:
            await outbox.add(slow, [opened(1)])
            await happen(db, opened(2))
            await until(lambda: console.events)
        await until(lambda: len(console.events) == 2)

    assert alerts(console) == [2, 1]
    assert console.ids[0] > console.ids[1]


async def test_backlog_of_many_batches_is_worked_off(db: Database, start_process: StartProcess) -> None:
    process = await start_process()
    console = await console_of(process)
    count = outbox.BATCH * 3 + 1
    await happen(db, *(opened(alert) for alert in range(count)))
    assert await waiting(db) > 0
    async with publishing(db, process.bus) as publisher:
        await until(lambda: len(console.events) == count)
        await until(lambda: publisher.published == count)

    assert alerts(console) == list(range(count))
    assert await waiting(db) == 0


async def test_event_published_before_the_publisher_died_is_told_once(
    db: Database, start_process: StartProcess, connect_as: ConnectAs
) -> None:
    process = await start_process()
    console = await console_of(process)
    await happen(db, opened(1), opened(2))
    async with publishing(db, process.bus) as first:
        await until(lambda: first.published == 2)
    # It died before it wrote that down.
    await (await connect_as("system")).execute("UPDATE events SET published_at = NULL")
    await happen(db, opened(3))
    async with publishing(db, process.bus) as second:
        await until(lambda: second.published == 3)
        await until(lambda: len(console.events) == 3)

    assert alerts(console) == [1, 2, 3]
    assert await waiting(db) == 0


async def test_one_publishes_and_the_next_takes_over(
    db: Database, start_process: StartProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "TAKEOVER_S", 0.02)
    one, other = await start_process(), await start_process()
    console = await console_of(one)
    async with publishing(db, other.bus) as second:
        async with publishing(db, one.bus) as first:
            await until(lambda: first.is_leading or second.is_leading)
            await happen(db, opened(1))
            await until(lambda: console.events)
            assert [first.is_leading, second.is_leading].count(True) == 1
        await until(lambda: second.is_leading)
        await happen(db, opened(2))
        await until(lambda: len(console.events) == 2)

    assert alerts(console) == [1, 2]


async def test_events_wait_while_redis_is_away(db: Database, start_process: StartProcess, valkey: ValkeyServer) -> None:
    process = await start_process(url=valkey.url)
    async with publishing(db, process.bus) as publisher:
        await until(lambda: publisher.is_leading)
        valkey.kill()
        await happen(db, opened(1), opened(2))
        await until(lambda: not publisher.is_leading)
        assert await waiting(db) > 0
        valkey.start()
        await until(lambda: publisher.published == 2)

    assert await waiting(db) == 0


async def test_publisher_comes_back_when_its_connection_is_cut(
    db: Database, start_process: StartProcess, connect_as: ConnectAs
) -> None:
    process = await start_process()
    console = await console_of(process)
    async with publishing(db, process.bus) as publisher:
        await until(lambda: publisher.is_leading)
        await (await connect_as("superuser")).execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )
        await happen(db, opened(1))
        await until(lambda: console.events)

    assert alerts(console) == [1]


async def test_notification_wakes_the_publisher_at_once(
    db: Database, start_process: StartProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "POLL_S", 60.0)
    process = await start_process()
    console = await console_of(process)
    async with publishing(db, process.bus) as publisher:
        await until(lambda: publisher.is_leading)
        for alert in range(5):
            await happen(db, opened(alert))
            await until(functools.partial(lambda count: len(console.events) > count, alert))

    assert alerts(console) == [0, 1, 2, 3, 4]


async def test_lost_notification_only_delays(
    db: Database, start_process: StartProcess, connect_as: ConnectAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "POLL_S", 0.02)
    await (await connect_as("owner")).execute("ALTER TABLE events DISABLE TRIGGER events_announced")
    process = await start_process()
    console = await console_of(process)
    async with publishing(db, process.bus) as publisher:
        await until(lambda: publisher.is_leading)
        await happen(db, opened(1))
        await until(lambda: console.events)

    assert alerts(console) == [1]


async def test_old_events_go_when_nobody_needs_them_any_more(
    db: Database, start_process: StartProcess, connect_as: ConnectAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SWEEP_ROWS", 2)
    system = await connect_as("system")
    await happen(db, opened(1), opened(2), opened(3), said(ANNA, 4), said(ANNA, 5), opened(6))
    await system.execute("UPDATE events SET created_at = now() - interval '8 days' WHERE data->>'id' <> '6'")
    await system.execute("UPDATE events SET confirmed_at = now() WHERE data->>'id' = '4'")
    process = await start_process()

    async def kept() -> list[str]:
        return [row["id"] for row in await system.fetch("SELECT data->>'id' AS id FROM events ORDER BY id")]

    async with publishing(db, process.bus):
        async with asyncio.timeout(10):
            while await kept() != ["5", "6"]:  # noqa: ASYNC110 - another process's rows
                await asyncio.sleep(0.01)


async def test_person_sees_and_confirms_only_the_own_events(db: Database) -> None:
    anna, ben = Viewer(Role.SUBSCRIBER, ANNA), Viewer(Role.SUBSCRIBER, BEN)
    await happen(db, said(ANNA, 1), said(BEN, 2), said(ANNA, 3))
    async with db.viewing(ben) as tx:
        bens = await outbox.unconfirmed(tx, BEN)
        annas_for_ben = await outbox.unconfirmed(tx, ANNA)
    async with db.viewing(anna) as tx:
        first, last = await outbox.unconfirmed(tx, ANNA)
        assert await outbox.confirm(tx, ANNA, [first.id, bens[0].id, 10**18]) == 1
        assert await outbox.confirm(tx, ANNA, [first.id]) == 0
        left = await outbox.unconfirmed(tx, ANNA)

    assert msgspec.to_builtins(first) == {
        "id": first.id, "event": "diagnosis.concluded", "data": {"id": 1, "version": 2}, "version": 1,
    }  # fmt: skip
    assert annas_for_ben == []
    assert left == [last]
    async with db.viewing(ben) as tx:
        assert await outbox.unconfirmed(tx, BEN) == bens
