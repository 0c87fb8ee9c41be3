"""How the agent brings its spool to a server: in order, once, through every refusal and every end of a connection."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from monitor.agent import client as client_module
from monitor.agent.client import Backoff, Client
from monitor.agent.conversation import Peer
from monitor.agent.flow import Flow
from monitor.agent.parcels import Parcel, pack
from monitor.agent.spool import Fate, Spool
from monitor.errors import AgentStopped, InvalidMessage, NotAllowed, TooBusy, UnknownStream
from monitor.wire.envelope import Format
from monitor.wire.outbound import ConnectLimits
from tests.agent.peer import LIMIT_S, Ear, PeerServer, too_many


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool.open(tmp_path / "spool") as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[PeerServer]:
    async with PeerServer().serve() as serving:
        yield serving


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(client_module, "LONGEST_DELAY_S", 0.05)


def made(first: int, count: int, **others: object) -> Parcel:
    now = datetime.datetime.now(datetime.UTC)
    return pack([{"measured_at": now, "carrier": str(first + n), **others} for n in range(count)])


def peer_of(server: PeerServer, wire_format: Format = Format.MSGPACK, batch: int = 10) -> Peer:
    return Peer(server.url, "token", wire_format, batch, "test/1")


async def bring(spool: Spool, peer: Peer, ear: Ear) -> None:
    flow = Flow()
    flow.finish()
    async with asyncio.timeout(LIMIT_S):
        await Client(spool, peer, flow, ear).run()


def carriers(server: PeerServer) -> list[int]:
    return [int(item.carrier) for item in server.stored]


@pytest.mark.parametrize("wire_format", Format)
async def test_everything_arrives_in_order(spool: Spool, server: PeerServer, ear: Ear, wire_format: Format) -> None:
    spool.append([made(n, 10) for n in range(0, 300, 10)])

    await bring(spool, peer_of(server, wire_format), ear)

    assert carriers(server) == list(range(300))
    assert [seq for seq, _ in server.batches] == list(range(1, 31))
    assert spool.tally() == {(Fate.STORED, ""): 300}
    assert ear.acknowledgements == 300


async def test_quarantined_items_are_told_by_reason(spool: Spool, server: PeerServer, ear: Ear) -> None:
    spool.append([made(0, 2, packet_loss_pct=140.0), made(2, 1), pack([{"carrier": "3"}])])

    await bring(spool, peer_of(server), ear)

    assert spool.tally() == {
        (Fate.STORED, ""): 1,
        (Fate.QUARANTINED, "packet_loss_pct: must be at most 100"): 2,
        (Fate.QUARANTINED, "measured_at: Object missing required field `measured_at`"): 1,
    }


async def test_no_more_batches_are_in_flight_than_allowed(spool: Spool, server: PeerServer, ear: Ear) -> None:
    server.limits = ConnectLimits(1 << 20, 1000, 3, 0, 0)
    spool.append([made(n, 1) for n in range(50)])
    on_the_way: list[int] = []
    server.on_batch = lambda seq, count: on_the_way.append(len(spool.sealed()))

    await bring(spool, peer_of(server, batch=1), ear)

    assert max(on_the_way) <= 3
    assert carriers(server) == list(range(50))


async def test_a_lost_answer_is_not_sent_again(spool: Spool, server: PeerServer, ear: Ear) -> None:
    spool.append([made(n, 1) for n in range(20)])
    server.on_batch = once(5, "swallow")

    await bring(spool, peer_of(server, batch=1), ear)

    assert carriers(server) == list(range(20))
    assert spool.tally() == {(Fate.STORED, ""): 19, (Fate.KEPT, ""): 1}


@pytest.mark.parametrize("code", [1001, 1011, 1012, 4001, 4005, 4008, 4012, 4013])
async def test_these_ends_come_back(spool: Spool, server: PeerServer, ear: Ear, code: int) -> None:
    spool.append([made(n, 1) for n in range(10)])
    server.on_batch = once(4, code)

    await bring(spool, peer_of(server, batch=1), ear)

    assert carriers(server) == list(range(10))
    assert len(server.connects) == 2


@pytest.mark.parametrize("code", [4500, 4501, 4504, 4507, 4508])
async def test_these_ends_do_not_come_back(spool: Spool, server: PeerServer, ear: Ear, code: int) -> None:
    spool.append([made(0, 1)])
    server.refuse_connect = code

    with pytest.raises(AgentStopped):
        await bring(spool, peer_of(server), ear)

    assert len(server.connects) == 1
    assert spool.waiting == 1


@pytest.mark.parametrize("refusal", [UnknownStream(), NotAllowed()])
async def test_a_connect_refused_for_good_stops_the_agent(
    spool: Spool, server: PeerServer, ear: Ear, refusal: UnknownStream | NotAllowed
) -> None:
    spool.append([made(0, 1)])
    server.refuse_connect = refusal

    with pytest.raises(AgentStopped, match=refusal.code):
        await bring(spool, peer_of(server), ear)


async def test_a_batch_with_too_many_items_is_split(spool: Spool, server: PeerServer, ear: Ear) -> None:
    spool.append([made(0, 10), made(10, 10)])
    server.on_batch = lambda seq, count: too_many(3) if count > 3 else None

    await bring(spool, peer_of(server), ear)

    assert sorted(carriers(server)) == list(range(20))
    assert max(count for _, count in server.batches) <= 3


async def test_a_smaller_limit_is_obeyed_for_what_was_numbered_before(
    spool: Spool, server: PeerServer, ear: Ear
) -> None:
    spool.append([made(0, 10)])
    spool.seal(batches=1, items=10, size=1 << 20)
    server.limits = ConnectLimits(1 << 20, 4, 8, 0, 0)

    await bring(spool, peer_of(server), ear)

    assert [count for _, count in server.batches] == [4, 4, 2]
    assert carriers(server) == list(range(10))


@pytest.mark.parametrize("wire_format", Format)
async def test_no_frame_is_larger_than_allowed(spool: Spool, server: PeerServer, ear: Ear, wire_format: Format) -> None:
    server.limits = ConnectLimits(4096, 1000, 8, 0, 0)
    spool.append([made(0, 40, device_info="x" * 100)])

    await bring(spool, peer_of(server, wire_format, batch=1000), ear)

    assert sorted(carriers(server)) == list(range(40))
    assert ear.waits == []


async def test_one_measurement_larger_than_a_frame_is_given_up(spool: Spool, server: PeerServer, ear: Ear) -> None:
    server.limits = ConnectLimits(4096, 1000, 8, 0, 0)
    spool.append([made(0, 1), made(1, 1, device_info="x" * 5000), made(2, 1)])

    await bring(spool, peer_of(server), ear)

    assert sorted(carriers(server)) == [0, 2]
    assert spool.tally() == {(Fate.STORED, ""): 2, (Fate.REFUSED, "larger than a frame"): 1}


async def test_a_measurement_that_breaks_its_batch_is_found_and_given_up(
    spool: Spool, server: PeerServer, ear: Ear
) -> None:
    spool.append([made(0, 1), made(1, 1)])
    server.on_batch = lambda seq, count: InvalidMessage("broken") if seq == 1 and count else None

    await bring(spool, peer_of(server), ear)

    assert carriers(server) == [1]
    assert spool.tally() == {(Fate.STORED, ""): 1, (Fate.REFUSED, "invalid_message: broken"): 1}


async def test_a_refusal_that_may_be_tried_again_loses_nothing(spool: Spool, server: PeerServer, ear: Ear) -> None:
    spool.append([made(n, 1) for n in range(30)])
    server.on_batch = once(7, TooBusy(members={"retry_after_ms": 20}))

    await bring(spool, peer_of(server, batch=1), ear)

    assert carriers(server) == list(range(30))
    assert len(server.connects) == 1


async def test_slow_down_is_obeyed(spool: Spool, server: PeerServer, ear: Ear) -> None:
    spool.append([made(n, 1) for n in range(20)])
    server.on_batch = once(3, "slow_down")

    await bring(spool, peer_of(server, batch=1), ear)

    assert carriers(server) == list(range(20))


async def test_a_drained_agent_sends_nothing_new_and_comes_back_when_told(
    spool: Spool, server: PeerServer, ear: Ear
) -> None:
    server.limits = ConnectLimits(1 << 20, 1000, 1, 0, 0)
    spool.append([made(n, 1) for n in range(6)])
    server.on_batch = once(3, "drain")
    bringing = asyncio.create_task(bring(spool, peer_of(server, batch=1), ear))

    async with asyncio.timeout(LIMIT_S):
        while ear.acknowledgements < 3:
            ear.heard.clear()
            await ear.heard.wait()
    await next(iter(server.sockets)).close(code=4001)
    await bringing

    assert carriers(server) == list(range(6))
    assert ear.waits == [("the server is being restarted", 0.05)]


async def test_a_ping_is_answered(spool: Spool, server: PeerServer, ear: Ear) -> None:
    spool.append([made(n, 1) for n in range(3)])
    server.on_batch = once(1, "ping")

    await bring(spool, peer_of(server, batch=1), ear)

    assert server.pongs == 1


async def test_what_was_discarded_is_reported(tmp_path: Path, server: PeerServer, ear: Ear) -> None:
    with Spool.open(tmp_path / "small", max_bytes=2000) as spool:
        spool.append([made(0, 1)])
        await bring(spool, peer_of(server), ear)
        old = spool.stream().id
        spool.append([made(n, 1, device_info="x" * 100) for n in range(1, 31)])

        await bring(spool, peer_of(server), ear)

        assert spool.tally()[Fate.DISCARDED, ""] == 31 - len(server.stored)
        assert (server.connects[-1].replaces, server.connects[-1].lost) == (old, 31 - len(server.stored))
        assert carriers(server)[-1] == 30


async def test_the_server_may_be_away(spool: Spool, ear: Ear) -> None:
    server = PeerServer()
    async with server.serve():
        port = int(server.url.rpartition(":")[2])
    spool.append([made(n, 1) for n in range(5)])
    bringing = asyncio.create_task(bring(spool, peer_of(server), ear))

    async with asyncio.timeout(LIMIT_S):
        while len(ear.waits) < 3:
            ear.heard.clear()
            await ear.heard.wait()
    async with server.serve(port):
        await bringing

    assert carriers(server) == list(range(5))


def test_patience_doubles_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[float] = []
    monkeypatch.setattr(client_module.random, "uniform", lambda low, high: limits.append(high) or low)
    monkeypatch.setattr(client_module, "LONGEST_DELAY_S", 0.05)
    backoff = Backoff()
    for _ in range(4):
        backoff.next_s()
    backoff.reset()
    backoff.next_s()

    assert limits == [0.01, 0.02, 0.04, 0.05, 0.01]


async def test_a_connection_without_an_acknowledgement_keeps_the_patience(
    spool: Spool, server: PeerServer, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    resets: list[int] = []
    monkeypatch.setattr(Backoff, "reset", lambda self: resets.append(len(server.connects)))
    spool.append([made(n, 1) for n in range(3)])
    server.on_batch = lambda seq, count: 4013 if len(server.connects) < 4 else None

    await bring(spool, peer_of(server, batch=1), ear)

    assert resets == [4]


def once(seq: int, fault: object):  # type: ignore[no-untyped-def]
    done: list[int] = []

    def judge(number: int, count: int) -> object:
        if number != seq or done:
            return None
        done.append(number)
        return fault

    return judge
