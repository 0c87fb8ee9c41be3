"""Who follows a channel gets what stands and all that comes, or is told that something is missing."""

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from monitor.errors import Conflict, NotAllowed, PositionLost, Unavailable
from monitor.live import outbox, topics
from monitor.live.outbox import Happening
from monitor.live.topics import Subject
from monitor.people.identities import Identity, Kind
from monitor.sockets import subscribing
from monitor.sockets.subscribing import Snapshots
from monitor.store.db import Database
from monitor.values import AccountId, ProviderId, Role, Viewer
from monitor.wire.envelope import Format
from monitor.wire.inbound import Confirm, Unsubscribe
from tests.conftest import ConnectAs
from tests.live import following
from tests.live.conftest import Cut, StartProcess, cut, db, publishing, start_process, until
from tests.live.following import (
    ADMINISTRATOR,
    ANALYST,
    MTN,
    OPERATOR,
    ORANGE,
    SNAPSHOTS,
    SUBSCRIBER,
    Client,
    Process,
    Standing,
    change_alert,
    kpi,
    open_alert,
)

__all__ = ["cut", "db", "start_process"]


@pytest.fixture(autouse=True)
async def providers(db: Database, connect_as: ConnectAs) -> None:
    await (await connect_as("superuser")).execute(following.PREPARE)


def client(process: Process, who: Identity = OPERATOR, wire_format: Format = Format.JSON) -> Client:
    return Client(wire_format, identity=who, door=process)


@pytest.mark.parametrize("wire_format", list(Format))
async def test_newcomer_gets_a_snapshot_and_then_what_happens(
    db: Database, start_process: StartProcess, wire_format: Format
) -> None:
    live = await start_process()
    console = client(Process(db, live.hub), wire_format=wire_format)
    first = await open_alert(db)
    async with publishing(db, live.bus) as publisher:
        await until(lambda: publisher.published == 1)
        said = await console.subscribe()
        second = await open_alert(db)
        await until(lambda: console.events)

    assert said["channel"] == "alerts:mtn"
    assert said["offset"] == 1
    assert said["snapshot"] == {"rows": [{"id": first, "version": 1}]}
    assert "recovered" not in said
    assert console.rows == {first: 1, second: 1}
    assert console.place == (2, said["epoch"])


@pytest.mark.parametrize("wire_format", list(Format))
async def test_who_comes_back_gets_only_what_was_missed(
    db: Database, start_process: StartProcess, wire_format: Format
) -> None:
    live = await start_process()
    process = Process(db, live.hub)
    console = client(process)
    alert = await open_alert(db)
    await console.subscribe()
    live.hub.leave_all(console)
    async with publishing(db, live.bus) as publisher:
        await change_alert(db, alert)
        await until(lambda: publisher.published == 2)
        back = client(process, wire_format=wire_format)
        said = await back.subscribe(place=console.place)

    assert said["recovered"] is True
    assert [event["offset"] for event in said["events"]] == [1, 2]
    assert "snapshot" not in said
    assert back.rows == {alert: 2}


@pytest.mark.parametrize("epoch", ["another", ""])
async def test_unknown_epoch_is_not_recovered_and_gets_a_snapshot(
    db: Database, start_process: StartProcess, epoch: str
) -> None:
    live = await start_process()
    alert = await open_alert(db)
    said = await client(Process(db, live.hub)).subscribe(place=(0, epoch))

    assert said["recovered"] is False
    assert said["snapshot"]["rows"] == [{"id": alert, "version": 1}]
    assert "events" not in said


async def test_event_between_join_and_snapshot_is_in_both(db: Database, start_process: StartProcess) -> None:
    """The snapshot is read after the seat was taken: an event may come twice, but never not at all."""
    live = await start_process()

    async def read_slowly(db: Database, viewer: Viewer, provider: ProviderId | None) -> Sequence[Standing]:
        await open_alert(db)
        await until(lambda: publisher.published == 1)
        rows = await following.read_alerts(db, viewer, provider)
        await open_alert(db)
        await until(lambda: publisher.published == 2)
        return rows

    process = Process(db, live.hub, Snapshots({Subject.ALERTS: read_slowly}, SNAPSHOTS.providers))
    console = client(process)
    async with publishing(db, live.bus) as publisher:
        said = await console.subscribe()
        await until(lambda: len(console.events) == 2)

    assert said["offset"] == 0
    assert len(said["snapshot"]["rows"]) == 1
    assert len(console.rows) == 2


async def test_latest_channel_always_answers_with_a_snapshot(db: Database, start_process: StartProcess) -> None:
    live = await start_process()
    process = Process(db, live.hub)
    console = client(process)
    said = await console.subscribe("kpis:mtn")
    again = await client(process).subscribe("kpis:mtn", place=(said["offset"], said["epoch"]))
    await live.bus.publish_latest("kpis:mtn", [kpi(6)])
    await until(lambda: console.events)

    assert "recovered" not in said
    assert again["recovered"] is False
    assert again["snapshot"]["rows"] == [{"id": "latency_ms/*/*", "version": 5}]
    assert console.events == [
        {"id": 0, "event": "kpi.updated", "data": {"id": "latency_ms/*/*", "version": 6}},
    ]


async def test_latest_channel_is_pushed_anew_after_a_cut(db: Database, start_process: StartProcess, cut: Cut) -> None:
    live = await start_process()
    console = client(Process(db, live.hub))
    await console.subscribe("kpis:mtn")
    await cut()
    await until(lambda: console.events)

    assert console.events[0] == {"id": 0, "event": "kpi.updated", "data": {"id": "latency_ms/*/*", "version": 5}}


async def test_own_channel_replays_what_was_not_confirmed(db: Database, start_process: StartProcess) -> None:
    live = await start_process()
    process = Process(db, live.hub)
    phone = client(process, SUBSCRIBER)
    mine = topics.me(SUBSCRIBER.account)
    async with publishing(db, live.bus):
        await phone.subscribe("me")
        async with db.system() as tx:
            await outbox.add(
                tx,
                [
                    Happening(mine, "diagnosis.concluded", {"id": 17, "version": 1}, person=SUBSCRIBER.account),
                    Happening(mine, "diagnosis.failed", {"id": 18, "version": 1}, person=SUBSCRIBER.account),
                ],
            )
        await until(lambda: len(phone.events) == 2)
    heard, kept = phone.ids
    confirmed = await subscribing.confirm(phone, Confirm([heard]))
    again = await client(process, SUBSCRIBER).subscribe("me", place=phone.place)

    assert confirmed.confirmed == 1
    assert again["recovered"] is True
    assert again["events"] == []
    assert again["snapshot"]["rows"] == [
        {"id": kept, "event": "diagnosis.failed", "data": {"id": 18, "version": 1}, "version": 1}
    ]


async def test_own_channel_is_nobody_elses(db: Database, start_process: StartProcess) -> None:
    live = await start_process()
    process = Process(db, live.hub)
    hers, his = client(process, SUBSCRIBER), client(process, ANALYST)
    await hers.subscribe("me")
    await his.subscribe("me")
    mine = topics.me(SUBSCRIBER.account)
    async with publishing(db, live.bus):
        async with db.system() as tx:
            await outbox.add(
                tx, [Happening(mine, "diagnosis.concluded", {"id": 1, "version": 1}, person=SUBSCRIBER.account)]
            )
        await until(lambda: hers.events)
    confirmed = await subscribing.confirm(his, Confirm(hers.ids))

    assert his.events == []
    assert (await client(process, ANALYST).subscribe("me"))["snapshot"]["rows"] == []
    assert confirmed.confirmed == 0
    assert (await client(process, ADMINISTRATOR).subscribe("me"))["snapshot"]["rows"] == []


DEVICE = Identity(Kind.DEVICE, AccountId(9), Role.OPERATOR, MTN, "mtn")


CLOSED = [
    (OPERATOR, "alerts:orange"),
    (OPERATOR, "alerts:nobody"),
    (OPERATOR, "alerts:"),
    (OPERATOR, "ops"),
    (OPERATOR, "me:9"),
    (OPERATOR, "feedback:mtn"),
    (ADMINISTRATOR, "alerts:nobody"),
    (ADMINISTRATOR, "feedback:mtn"),
    (ADMINISTRATOR, "anything"),
    (SUBSCRIBER, "alerts:mtn"),
    (SUBSCRIBER, "kpis:mtn"),
    (ANALYST, "kpis:mtn"),
    (DEVICE, "alerts:mtn"),
    (DEVICE, "me"),
]


async def test_refused_join_does_not_tell_whether_there_is_such_a_channel(
    db: Database, start_process: StartProcess
) -> None:
    live = await start_process()
    for who, channel in CLOSED:
        with pytest.raises(NotAllowed) as refusal:
            await client(Process(db, live.hub), who).subscribe(channel)
        assert (refusal.value.detail, refusal.value.members, refusal.value.faults) == ("", {}, ())

    assert live.hub.seats == 0


async def test_administrator_sees_every_operator_and_ops(db: Database, start_process: StartProcess) -> None:
    live = await start_process()
    alert = await open_alert(db, ORANGE, "orange")
    boss = client(Process(db, live.hub), ADMINISTRATOR)

    assert (await boss.subscribe("alerts:orange"))["snapshot"]["rows"] == [{"id": alert, "version": 1}]
    assert (await boss.subscribe("alerts:mtn"))["snapshot"]["rows"] == []
    assert (await boss.subscribe("ops"))["channel"] == "ops"


async def test_snapshot_is_under_the_viewers_row_level_security(db: Database, start_process: StartProcess) -> None:
    """Even if a door let a stranger in, the database would not."""
    live = await start_process()
    await open_alert(db, ORANGE, "orange")
    impostor = dataclasses.replace(OPERATOR, provider_slug="orange")

    assert (await client(Process(db, live.hub), impostor).subscribe("alerts:orange"))["snapshot"]["rows"] == []


async def test_second_subscribe_is_a_conflict_and_the_first_lives_on(db: Database, start_process: StartProcess) -> None:
    live = await start_process()
    console = client(Process(db, live.hub))
    await console.subscribe()
    with pytest.raises(Conflict):
        await console.subscribe()
    async with publishing(db, live.bus):
        await open_alert(db)
        await until(lambda: console.events)


async def test_unsubscribed_is_unsubscribed(db: Database, start_process: StartProcess) -> None:
    live = await start_process()
    process = Process(db, live.hub)
    going, staying = client(process), client(process)
    await going.subscribe()
    await staying.subscribe()
    said = subscribing.unsubscribe(going, Unsubscribe("alerts:mtn"))
    async with publishing(db, live.bus):
        await open_alert(db)
        await until(lambda: staying.events)

    assert said.channel == "alerts:mtn"
    assert going.events == []
    assert subscribing.unsubscribe(going, Unsubscribe("alerts:nobody")).channel == "alerts:nobody"
    await going.subscribe()


async def test_failed_snapshot_leaves_no_seat(db: Database, start_process: StartProcess) -> None:
    async def fail(db: Database, viewer: Viewer, provider: ProviderId | None) -> Sequence[Standing]:
        raise Unavailable

    live = await start_process()
    console = client(Process(db, live.hub, Snapshots({Subject.ALERTS: fail}, SNAPSHOTS.providers)))
    with pytest.raises(Unavailable):
        await console.subscribe()

    assert live.hub.seats == 0
    assert console.answers == []


async def test_socket_that_ends_while_its_snapshot_is_read_leaves_no_seat(
    db: Database, start_process: StartProcess
) -> None:
    is_reading = asyncio.Event()

    async def hang(db: Database, viewer: Viewer, provider: ProviderId | None) -> Sequence[Standing]:
        is_reading.set()
        await asyncio.Event().wait()
        return []

    live = await start_process()
    console = client(Process(db, live.hub, Snapshots({Subject.ALERTS: hang}, SNAPSHOTS.providers)))
    subscribing_task = asyncio.create_task(console.subscribe())
    await asyncio.wait_for(is_reading.wait(), 5)
    subscribing_task.cancel()
    await asyncio.wait({subscribing_task})

    assert live.hub.seats == 0


async def test_without_redis_the_answer_is_a_snapshot_and_says_so(
    db: Database, start_process: StartProcess, tmp_path: Path
) -> None:
    live = await start_process(url=f"unix://{tmp_path}/nothing.sock", is_up=False)
    process = Process(db, live.hub)
    alert = await open_alert(db)
    said = await client(process).subscribe(place=(3, "e"))
    new = await client(process).subscribe()

    assert said["recovered"] is False
    assert said["snapshot"]["rows"] == [{"id": alert, "version": 1}]
    assert new["snapshot"]["rows"] == [{"id": alert, "version": 1}]
    assert "recovered" not in new
    assert said["epoch"] != new["epoch"]


async def test_answer_of_a_seat_lost_meanwhile_is_followed_by_the_close(
    db: Database, start_process: StartProcess, cut: Cut, redis_url: str, connect_as: ConnectAs
) -> None:
    live = await start_process()
    watcher = client(Process(db, live.hub))
    await watcher.subscribe()

    async def read_after_loss(db: Database, viewer: Viewer, provider: ProviderId | None) -> Sequence[Standing]:
        await live.bus._redis.flushall()
        await cut()
        await until(lambda: watcher.closed_with)
        return []

    console = client(Process(db, live.hub, Snapshots({Subject.ALERTS: read_after_loss}, SNAPSHOTS.providers)))
    await console.subscribe()

    assert len(console.answers) == 1
    assert isinstance(console.closed_with, PositionLost)
