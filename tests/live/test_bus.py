"""Redis carries events between processes, and says truthfully what it no longer knows."""

import os
import signal
from pathlib import Path

import msgspec
import pytest
import redis.asyncio

from monitor.embedded import ValkeyServer
from monitor.errors import SettingsInvalid, Unavailable
from monitor.live.bus import CALL_EVENTS, open_bus
from monitor.live.messages import Announcement, Latest, Position, Told, newest_decoder, published_decoder
from monitor.settings import Redis
from tests.live.conftest import LIMIT_S, StartProcess, told, until

CHANNEL = "alerts:mtn"


def ids(events: list[bytes]) -> list[int]:
    return [msgspec.json.decode(event)["id"] for event in events]


async def test_offsets_rise_by_one_from_one(start_process: StartProcess) -> None:
    bus = (await start_process()).bus
    start = (await bus.read(CHANNEL, None)).position
    await bus.publish(told(CHANNEL, 5, 6))
    await bus.publish(told(CHANNEL, 7))
    reading = await bus.read(CHANNEL, start)

    assert start.offset == 0
    assert reading.position == Position(start.epoch, 3)
    assert reading.is_recovered
    assert ids(reading.missed) == [5, 6, 7]


async def test_id_published_before_is_passed_over(start_process: StartProcess) -> None:
    """The publisher died between publishing and writing that down."""
    bus = (await start_process()).bus
    start = (await bus.read(CHANNEL, None)).position
    await bus.publish(told(CHANNEL, 1, 2))
    there = await bus.publish(told(CHANNEL, 1, 2, 3))
    reading = await bus.read(CHANNEL, start)

    assert there == [1, 2, 3]
    assert ids(reading.missed) == [1, 2, 3]


async def test_lower_id_that_commits_later_is_published(start_process: StartProcess) -> None:
    bus = (await start_process()).bus
    start = (await bus.read(CHANNEL, None)).position
    await bus.publish(told(CHANNEL, 9))
    await bus.publish(told(CHANNEL, 4, 9))
    reading = await bus.read(CHANNEL, start)

    assert ids(reading.missed) == [9, 4]


async def test_known_ids_are_trimmed_with_the_history(start_process: StartProcess, redis_url: str) -> None:
    bus = (await start_process(history=10)).bus
    await bus.publish(told(CHANNEL, *range(1, 101)))
    async with redis.asyncio.Redis.from_url(redis_url) as look:
        known = await look.zrange("roadpulse:0:{alerts:mtn}:ids", 0, -1)
        kept = await look.xlen("roadpulse:0:{alerts:mtn}:history")

    assert sorted(map(int, known)) == list(range(91, 101))
    assert kept == 10


async def test_reader_who_was_away_too_long_is_told_so(start_process: StartProcess) -> None:
    bus = (await start_process(history=3)).bus
    start = (await bus.read(CHANNEL, None)).position
    await bus.publish(told(CHANNEL, 1, 2, 3, 4))
    one_in = Position(start.epoch, 1)

    assert not (await bus.read(CHANNEL, start)).is_recovered
    assert ids((await bus.read(CHANNEL, one_in)).missed) == [2, 3, 4]


@pytest.mark.parametrize(("epoch", "offset"), [("another", 0), ("", 1), (None, 99)])
async def test_position_that_never_was_is_not_recovered(
    start_process: StartProcess, epoch: str | None, offset: int
) -> None:
    bus = (await start_process()).bus
    start = (await bus.read(CHANNEL, None)).position
    await bus.publish(told(CHANNEL, 1))
    reading = await bus.read(CHANNEL, Position(start.epoch if epoch is None else epoch, offset))

    assert not reading.is_recovered
    assert reading.missed == []


async def test_emptied_redis_begins_a_new_epoch(start_process: StartProcess, redis_url: str) -> None:
    bus = (await start_process()).bus
    await bus.publish(told(CHANNEL, 1))
    before = (await bus.read(CHANNEL, None)).position
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        await hand.flushall()
    after = await bus.read(CHANNEL, before)

    assert after.position.offset == 0
    assert after.position.epoch != before.epoch
    assert not after.is_recovered


async def test_restarted_redis_begins_a_new_epoch_though_it_kept_the_data(server_folder: Path) -> None:
    with ValkeyServer(server_folder / "valkey", log=server_folder / "valkey.log") as valkey:
        async with open_bus(Redis(1000, 3600.0, valkey.url)) as bus:
            await bus.wait_until_up(LIMIT_S)
            await bus.publish(told(CHANNEL, 1))
            before = (await bus.read(CHANNEL, None)).position
            valkey.stop()
            valkey.start()
            await until(lambda: bus.generation == 2)
            after = await bus.read(CHANNEL, before)
            async with redis.asyncio.Redis.from_url(valkey.url) as look:
                kept = await look.exists("roadpulse:0:{alerts:mtn}:state")

    assert kept
    assert after.position.epoch != before.epoch
    assert not after.is_recovered


async def test_silent_channel_forgets_its_history_but_not_its_place(
    start_process: StartProcess, redis_url: str
) -> None:
    bus = (await start_process()).bus
    start = (await bus.read(CHANNEL, None)).position
    await bus.publish(told(CHANNEL, 1))
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        for part in ("history", "ids"):
            assert 0 < await hand.ttl(f"roadpulse:0:{{alerts:mtn}}:{part}") <= 3600
            await hand.delete(f"roadpulse:0:{{alerts:mtn}}:{part}")
    here = (await bus.read(CHANNEL, None)).position

    assert here == Position(start.epoch, 1)
    assert not (await bus.read(CHANNEL, start)).is_recovered
    assert (await bus.read(CHANNEL, here)).is_recovered


async def test_followers_hear_epoch_and_offset_with_the_events(start_process: StartProcess) -> None:
    one, other = await start_process(), await start_process()
    heard: list[bytes] = []
    other.bus.on_message(lambda channel, payload: heard.append(payload) if channel == CHANNEL else None)
    await other.bus.follow(CHANNEL)
    await one.bus.publish(told(CHANNEL, 1, 2))
    await until(lambda: heard)
    published = published_decoder.decode(heard[0])
    here = (await one.bus.read(CHANNEL, None)).position

    assert (published.epoch, published.first) == (here.epoch, 1)
    assert ids([bytes(event) for event in published.events]) == [1, 2]


async def test_many_events_of_many_channels_go_out_in_order(start_process: StartProcess) -> None:
    bus = (await start_process(history=5000)).bus
    starts = {channel: (await bus.read(channel, None)).position for channel in ("alerts:a", "alerts:b")}
    count = CALL_EVENTS * 3 + 7
    mixed = [each for event in range(count) for channel in starts for each in told(channel, event)]
    there = await bus.publish(mixed)

    assert sorted(there) == sorted(each.id for each in mixed)
    for channel, start in starts.items():
        assert ids((await bus.read(channel, start)).missed) == list(range(count))


async def test_channel_that_redis_refuses_does_not_hold_up_the_others(
    start_process: StartProcess, redis_url: str
) -> None:
    bus = (await start_process()).bus
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        await hand.set("roadpulse:0:{alerts:a}:state", "not a hash")
    there = await bus.publish([*told("alerts:a", 1), *told("alerts:b", 2)])

    assert there == [2]


async def test_newest_values_keep_their_keys(start_process: StartProcess) -> None:
    one, other = await start_process(), await start_process()
    heard: list[bytes] = []
    other.bus.on_message(lambda _, payload: heard.append(payload))
    await other.bus.follow("kpis:mtn")
    is_sent = await one.bus.publish_latest("kpis:mtn", [Latest("latency_ms/*/*", "kpi.updated", {"version": 4})])
    await until(lambda: heard)
    (newest,) = newest_decoder.decode(heard[0])

    assert is_sent
    assert newest.key == "latency_ms/*/*"
    assert msgspec.json.decode(newest.event) == {"id": 0, "event": "kpi.updated", "data": {"version": 4}}


async def test_announcement_reaches_every_process(start_process: StartProcess) -> None:
    one, other = await start_process(), await start_process()
    heard: list[tuple[str, Announcement]] = []
    one.bus.on_announcement(lambda announced: heard.append(("one", announced)))
    other.bus.on_announcement(lambda announced: heard.append(("other", announced)))
    await one.bus.announce("device.revoked", {"device": 7})
    await until(lambda: len(heard) == 2)

    assert sorted(who for who, _ in heard) == ["one", "other"]
    assert heard[0][1] == Announcement("device.revoked", {"device": 7})


async def test_announcement_is_heard_at_home_while_redis_is_away(start_process: StartProcess, tmp_path: Path) -> None:
    process = await start_process(url=f"unix://{tmp_path}/nothing.sock", is_up=False)
    heard: list[Announcement] = []
    process.bus.on_announcement(heard.append)

    assert not await process.bus.announce("device.revoked", {"device": 7})
    assert heard == [Announcement("device.revoked", {"device": 7})]


async def test_bus_opens_without_redis_and_finds_it_later(server_folder: Path) -> None:
    with ValkeyServer(server_folder / "valkey", log=server_folder / "valkey.log", fast=True) as valkey:
        url = valkey.url
        valkey.stop()
        async with open_bus(Redis(1000, 3600.0, url)) as bus:
            with pytest.raises(Unavailable):
                await bus.publish(told(CHANNEL, 1))
            with pytest.raises(Unavailable):
                await bus.follow(CHANNEL)
            assert not bus.is_up
            assert not await bus.publish_latest("kpis:mtn", [Latest("a", "kpi.updated", 1)])
            valkey.start()
            assert await bus.wait_until_up(LIMIT_S)
            heard: list[bytes] = []
            bus.on_message(lambda _, payload: heard.append(payload))
            await bus.publish(told(CHANNEL, 1))
            await until(lambda: heard)


async def test_redis_that_no_longer_answers_counts_as_lost(
    start_process: StartProcess, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-open connection gives no error; only silence after a question shows it."""
    monkeypatch.setattr("monitor.live.link.SILENCE_S", 0.05)
    bus = (await start_process(url=valkey.url)).bus
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        await until(lambda: not bus.is_up)
    finally:
        os.kill(valkey.pid, signal.SIGCONT)
    assert await bus.wait_until_up(LIMIT_S)


async def test_garbage_from_others_is_passed_over(start_process: StartProcess, redis_url: str) -> None:
    process = await start_process()
    heard: list[bytes] = []
    await process.bus.follow(CHANNEL)
    process.bus.on_message(lambda _, payload: heard.append(msgspec.json.decode(payload)))
    async with redis.asyncio.Redis.from_url(redis_url) as hand:
        await hand.publish("roadpulse:0:control", b"\xff")
        await hand.publish("roadpulse:0:{alerts:mtn}", b"{")
    await process.bus.publish([Told(CHANNEL, 1, b'{"id":1}')])
    await until(lambda: heard)

    assert process.bus.generation == 1


async def test_unfollowed_channel_is_silent(start_process: StartProcess) -> None:
    bus = (await start_process()).bus
    heard: list[str] = []
    bus.on_message(lambda channel, _: heard.append(channel))
    await bus.follow("alerts:a")
    await bus.follow("alerts:b")
    await bus.unfollow("alerts:a")
    await bus.publish([*told("alerts:a", 1), *told("alerts:b", 2)])
    await until(lambda: heard)

    assert heard == ["alerts:b"]


async def test_numbered_databases_do_not_hear_each_other(start_process: StartProcess, redis_url: str) -> None:
    one, other = await start_process(), await start_process(url=f"{redis_url}?db=1")
    heard: list[str] = []
    one.bus.on_message(lambda channel, _: heard.append(channel))
    await one.bus.follow(CHANNEL)
    await other.bus.publish(told(CHANNEL, 1))
    await one.bus.publish(told(CHANNEL, 2))
    await until(lambda: heard)

    assert len(heard) == 1


@pytest.mark.parametrize("url", ["", "http://somewhere", "redis://host:port"])
async def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsInvalid):
        async with open_bus(Redis(1000, 3600.0, url)):
            pass
