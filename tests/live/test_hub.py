"""What reaches the sockets of one process: everything in order and once, or the word that something is missing."""

import asyncio
from collections.abc import Sequence

import pytest
import redis.asyncio

from monitor.embedded import ValkeyServer
from monitor.errors import Conflict, PositionLost, Unavailable
from monitor.live import topics
from monitor.live.hub import Hub
from monitor.live.messages import Latest, Position
from monitor.live.topics import Topic
from monitor.wire.envelope import Format
from tests.live.conftest import LIMIT_S, Console, Cut, StartProcess, told, until

MTN = topics.alerts("mtn")
KPIS = topics.kpis("mtn")


async def sit(hub: Hub, topic: Topic = MTN, wire_format: Format = Format.JSON) -> Console:
    """A console whose subscribe has been answered."""
    console = Console(wire_format)
    seat = await hub.join(topic, console)
    assert seat.position is not None
    seat.release(seat.position.offset)
    return console


def latest(version: int, key: str = "latency_ms/*/*") -> Latest:
    return Latest(key, "kpi.updated", {"id": key, "version": version})


@pytest.mark.parametrize("wire_format", list(Format))
async def test_event_reaches_console(start_process: StartProcess, wire_format: Format) -> None:
    process = await start_process()
    console = await sit(process.hub, wire_format=wire_format)
    await process.bus.publish(told(MTN.name, 7))
    await until(lambda: console.events)

    assert console.events == [{"offset": 1, "id": 7, "event": "alert.opened", "data": {"id": 1, "version": 7}}]


@pytest.mark.parametrize("wire_format", list(Format))
async def test_newest_value_reaches_console(start_process: StartProcess, wire_format: Format) -> None:
    process = await start_process()
    console = await sit(process.hub, KPIS, wire_format)
    await process.bus.publish_latest(KPIS.name, [latest(3)])
    await until(lambda: console.events)

    assert console.events == [{"id": 0, "event": "kpi.updated", "data": {"id": "latency_ms/*/*", "version": 3}}]


async def test_two_processes_both_deliver(start_process: StartProcess) -> None:
    one, other = await start_process(), await start_process()
    consoles = [await sit(one.hub), await sit(other.hub)]
    await one.bus.publish(told(MTN.name, 1, 2))
    await other.bus.publish(told(MTN.name, 3))
    await until(lambda: all(len(console.events) == 3 for console in consoles))

    assert [console.ids for console in consoles] == [[1, 2, 3], [1, 2, 3]]
    assert consoles[0].offsets == [1, 2, 3]


async def test_channels_do_not_mix(start_process: StartProcess) -> None:
    process = await start_process()
    mtn, orange = await sit(process.hub), await sit(process.hub, topics.alerts("orange"))
    await process.bus.publish([*told("alerts:orange", 1), *told("alerts:mtn", 2)])
    await until(lambda: mtn.events and orange.events)

    assert (mtn.ids, orange.ids) == ([2], [1])


async def test_many_listeners_share_one_encoding(start_process: StartProcess) -> None:
    process = await start_process()
    consoles = [await sit(process.hub) for _ in range(100)]
    for console in consoles:
        console.is_slow = True
    await process.bus.publish(told(MTN.name, 1))
    await until(lambda: consoles[-1].mailbox)
    frames = [console.mailbox.take()[0] for console in consoles]

    assert all(frame is frames[0] for frame in frames)


async def test_what_comes_before_the_answer_is_held_back(start_process: StartProcess) -> None:
    process = await start_process()
    first = await sit(process.hub)
    console = Console()
    seat = await process.hub.join(MTN, console)
    await process.bus.publish(told(MTN.name, 1, 2, 3))
    await until(lambda: len(first.events) == 3)

    assert console.events == []
    seat.release(2)
    assert console.ids == [3]


async def test_too_much_before_the_answer_loses_the_position(
    start_process: StartProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.live.seats.HELD_PUSHES", 2)
    process = await start_process()
    first, console = await sit(process.hub), Console()
    seat = await process.hub.join(MTN, console)
    for event in range(3):
        await process.bus.publish(told(MTN.name, event))
    await until(lambda: len(first.events) == 3)
    seat.release(0)

    assert isinstance(console.closed_with, PositionLost)


async def test_second_seat_on_one_channel_is_refused(start_process: StartProcess) -> None:
    process = await start_process()
    console = await sit(process.hub)

    with pytest.raises(Conflict):
        await process.hub.join(MTN, console)


async def test_who_left_hears_nothing_and_the_channel_is_given_up(start_process: StartProcess) -> None:
    process = await start_process()
    staying, going, gone = await sit(process.hub), await sit(process.hub), await sit(process.hub, KPIS)
    process.hub.leave(MTN, going)
    process.hub.leave_all(gone)
    await process.bus.publish(told(MTN.name, 1))
    await until(lambda: staying.events)

    assert going.events == []
    assert not process.hub.leave(MTN, going)
    assert (process.hub.channels, process.hub.seats) == (1, 1)


async def test_channel_left_and_joined_again_at_once_is_followed(start_process: StartProcess) -> None:
    process = await start_process()
    for _ in range(20):
        console = await sit(process.hub)
        process.hub.leave(MTN, console)
    console = await sit(process.hub)
    await process.bus.publish(told(MTN.name, 1))
    await until(lambda: console.events)

    assert console.ids == [1]


async def test_cut_connection_loses_nothing(start_process: StartProcess, cut: Cut) -> None:
    process, publisher = await start_process(), await start_process()
    console = await sit(process.hub)
    for event in range(0, 200, 2):
        await publisher.bus.publish(told(MTN.name, event))
        if event % 40 == 0:
            await cut()
        await publisher.bus.publish(told(MTN.name, event + 1))
    await until(lambda: len(console.events) >= 200)

    assert console.ids == list(range(200))
    assert console.offsets == list(range(1, 201))
    assert console.closed_with is None
    assert process.bus.generation > 1


async def test_missing_message_is_read_from_the_history(start_process: StartProcess, redis_url: str) -> None:
    process = await start_process()
    console = await sit(process.hub)
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        # What publishing does, less the telling.
        await hand.xadd("roadpulse:0:{alerts:mtn}:history", {"event": told(MTN.name, 1)[0].event}, id="1-0")
        await hand.hset("roadpulse:0:{alerts:mtn}:state", "offset", "1")
    await process.bus.publish(told(MTN.name, 2))
    await until(lambda: len(console.events) == 2)

    assert console.ids == [1, 2]


async def test_gap_that_the_history_does_not_fill_closes_the_console(
    start_process: StartProcess, redis_url: str
) -> None:
    process = await start_process()
    console = await sit(process.hub)
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        await hand.hset("roadpulse:0:{alerts:mtn}:state", "offset", "10")
    await process.bus.publish(told(MTN.name, 11))
    await until(lambda: console.closed_with)

    assert isinstance(console.closed_with, PositionLost)
    assert console.events == []


async def test_emptied_redis_closes_who_followed(start_process: StartProcess, redis_url: str) -> None:
    process = await start_process()
    console = await sit(process.hub)
    await process.bus.publish(told(MTN.name, 1))
    await until(lambda: console.events)
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        await hand.flushall()
    await process.bus.publish(told(MTN.name, 2))
    await until(lambda: console.closed_with)

    assert isinstance(console.closed_with, PositionLost)
    assert console.ids == [1]
    assert process.hub.seats == 0


async def test_restarted_redis_closes_who_followed_and_serves_who_comes_back(
    start_process: StartProcess, valkey: ValkeyServer
) -> None:
    process = await start_process(url=valkey.url)
    console = await sit(process.hub)
    valkey.kill()
    valkey.start()
    await until(lambda: console.closed_with)
    process.hub.leave_all(console)
    again = await sit(process.hub)
    await process.bus.publish(told(MTN.name, 1))
    await until(lambda: again.events)

    assert isinstance(console.closed_with, PositionLost)
    assert again.ids == [1]


async def test_many_who_must_come_back_are_spread(start_process: StartProcess, valkey: ValkeyServer) -> None:
    process = await start_process(url=valkey.url)
    consoles = [await sit(process.hub) for _ in range(50)]
    valkey.kill()
    valkey.start()
    await until(lambda: any(console.closed_with for console in consoles))

    assert not all(console.closed_with for console in consoles)
    await until(lambda: all(console.closed_with for console in consoles))


async def test_who_joined_while_redis_was_away_is_closed_when_it_is_back(
    start_process: StartProcess, valkey: ValkeyServer
) -> None:
    process = await start_process(url=valkey.url)
    valkey.kill()
    await until(lambda: not process.bus.is_up)
    console = Console()
    seat = await process.hub.join(MTN, console)
    seat.release(0)
    assert seat.position is None
    valkey.start()
    await until(lambda: console.closed_with)

    assert isinstance(console.closed_with, PositionLost)


async def test_join_does_not_wait_for_a_redis_that_hangs(
    start_process: StartProcess, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setattr("monitor.live.hub.JOIN_S", 0.05)
    process = await start_process()
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        await hand.execute_command("CLIENT", "PAUSE", "400", "ALL")
        console = Console()
        seat = await process.hub.join(MTN, console)
        seat.release(0)
    assert seat.position is None
    await until(lambda: console.closed_with)

    assert isinstance(console.closed_with, PositionLost)


async def test_position_lost_before_the_answer_closes_after_it(
    start_process: StartProcess, redis_url: str, cut: Cut
) -> None:
    process = await start_process()
    other, console = await sit(process.hub), Console()
    seat = await process.hub.join(MTN, console)
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        await hand.flushall()
    await cut()
    await until(lambda: other.closed_with)

    assert console.closed_with is None
    seat.release(0)
    assert isinstance(console.closed_with, PositionLost)


async def test_latest_channel_is_read_anew_after_a_cut(start_process: StartProcess, cut: Cut) -> None:
    process = await start_process()
    console = Console()

    async def refresh() -> Sequence[Latest]:
        return [latest(9)]

    (await process.hub.join(KPIS, console, refresh)).release(0)
    await cut()
    await until(lambda: console.events)

    assert console.events == [{"id": 0, "event": "kpi.updated", "data": {"id": "latency_ms/*/*", "version": 9}}]
    assert console.closed_with is None


async def test_value_that_comes_during_a_refresh_is_not_replaced_by_it(start_process: StartProcess) -> None:
    process = await start_process()
    watcher = await sit(process.hub, KPIS)
    console = Console(is_slow=True)
    is_reading, may_end = asyncio.Event(), asyncio.Event()

    async def refresh() -> Sequence[Latest]:
        is_reading.set()
        await may_end.wait()
        return [latest(1)]

    (await process.hub.join(KPIS, console, refresh)).release(0)
    process.hub.refresh("kpis:mtn", console)
    await asyncio.wait_for(is_reading.wait(), LIMIT_S)
    await process.bus.publish_latest(KPIS.name, [latest(2)])
    await until(lambda: watcher.events)
    may_end.set()
    await until(lambda: console.mailbox)
    console.read()

    assert [event["data"]["version"] for event in console.events] == [2]


async def test_failed_refresh_closes_the_console(start_process: StartProcess, cut: Cut) -> None:
    process = await start_process()
    console = Console()

    async def refresh() -> Sequence[Latest]:
        raise Unavailable

    (await process.hub.join(KPIS, console, refresh)).release(0)
    await cut()
    await until(lambda: console.closed_with)

    assert isinstance(console.closed_with, PositionLost)


async def test_who_comes_with_a_position_gets_what_was_missed(start_process: StartProcess) -> None:
    process = await start_process()
    start = (await process.bus.read(MTN.name, None)).position
    await process.bus.publish(told(MTN.name, 1, 2))
    seat = await process.hub.join(MTN, Console())
    missed = await process.hub.recover(seat, start)
    nothing = await process.hub.recover(seat, Position(start.epoch, 2))

    assert missed is not None
    assert (missed.position.offset, len(missed.missed)) == (2, 2)
    assert nothing is not None
    assert nothing.missed == []
    assert await process.hub.recover(seat, Position("another", 1)) is None
