"""Files come in over a socket whole, whatever breaks on the way."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from monitor.errors import InvalidField, MediaTooLarge
from monitor.garage.uploads import Uploads
from monitor.settings import Settings
from monitor.sockets.uploading import Inflow, Uploader
from monitor.store.db import open_database
from monitor.store.objects import open_objects
from monitor.values import AccountId, Role, Viewer
from monitor.wire.media import Chunk, Offer
from tests.conftest import ConnectAs, Servers
from tests.journeys.conftest import Socket, World
from tests.sending import tus
from tests.served import Served, serve
from tests.uploading import offer, send, send_chunk, told

MOST = 24_000_000
in_both_formats = pytest.mark.parametrize("binary", [False, True])


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    lowered = {
        "limits_invalid_messages": 10**6,
        "limits_messages_per_s": 10**6,
        "limits_media_bytes": MOST,
        "media_quota_bytes": 4 * 10**7,
    }
    with serve(servers, migrated, lowered) as served:
        yield served


@pytest.fixture(scope="module")
def narrow(servers: Servers, migrated: str) -> Iterator[Served]:
    """A server that keeps a file in pieces of a thousand bytes."""
    lowered = {"limits_media_window": 2_000, "limits_messages_per_s": 10**6, "media_quota_bytes": 10**9}
    with serve(servers, migrated, lowered) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


@in_both_formats
async def test_file_comes_in_whole(world: World, *, binary: bool) -> None:
    token, data = await world.person(), os.urandom(1_000_003)
    socket = await world.console(token, binary=binary)
    begun = await socket.say("media", **offer(data))
    ended = await send(socket, data, begun)

    assert begun == {"media": begun["media"], "upload": 1, "offset": 0}
    assert ended["event"] == "media.stored"
    assert ended["data"] == {"upload": 1, "media": begun["media"]}
    assert await content(world, token, begun["media"]) == data
    assert await socket.say("media", **offer(data)) == {"media": begun["media"], "complete": True}


class Deaf:
    """A phone that is gone."""

    def answer(self, message_id: int, verb: str, body: object) -> None: ...

    def control(self, event: str, **data: object) -> None: ...


async def test_socket_that_is_cut_off_while_it_leaves_leaves_nobody_at_work(
    settings: Settings, connect_as: ConnectAs
) -> None:
    """As when the server has no more time: a piece that cannot be written down is not waited for any longer."""
    superuser, data = await connect_as("superuser"), os.urandom(100_000)
    person = await superuser.fetchval(
        "INSERT INTO accounts (email, username, password_hash, role)"
        " VALUES ('ada@example.org', 'ada', '$2b$04$' || repeat('x', 53), 'subscriber') RETURNING id"
    )
    async with open_database(settings.database) as db:
        uploader = Uploader(Uploads(db, open_objects(settings.media.url), settings), 3, 10_000)
        here = asyncio.all_tasks()
        viewer = Viewer(Role.SUBSCRIBER, AccountId(person))
        await uploader.begin(Deaf(), 1, msgspec.convert(offer(data), Offer), viewer)
        async with superuser.transaction():
            await superuser.execute("SELECT FROM media FOR UPDATE")
            uploader.take(Chunk(1, 0, data[:10_000]))
            leaving = asyncio.create_task(uploader.leave())
            async with asyncio.timeout(10):
                while not await superuser.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)

            assert asyncio.all_tasks() == here


@in_both_formats
async def test_upload_that_broke_off_goes_on_where_it_was(world: World, *, binary: bool) -> None:
    token, data = await world.person(), os.urandom(500_000)
    first = await world.console(token, binary=binary)
    begun = await first.say("media", **offer(data))
    await send_chunk(first, begun["upload"], 0, data[:200_000])
    await told(first, begun["upload"], "media.offset")
    # Without a word of goodbye, in the middle of things.
    assert first.socket._response.connection is not None
    first.socket._response.connection.transport.abort()  # type: ignore[union-attr]

    async with asyncio.timeout(10):
        again: dict[str, Any] = {"offset": 0}
        while again["offset"] < 200_000:
            second = await world.console(token, binary=not binary)
            again = await second.say("media", **offer(data))
    assert again["media"] == begun["media"]
    assert (await send(second, data, again))["event"] == "media.stored"
    assert await content(world, token, begun["media"]) == data


async def test_after_a_gap_the_sender_is_told_to_go_back_once(world: World) -> None:
    token, data = await world.person(), os.urandom(100_000)
    socket = await world.console(token)
    begun = await socket.say("media", **offer(data))
    await send_chunk(socket, 1, 0, data[:10_000])
    for start in (20_000, 30_000, 40_000):
        await send_chunk(socket, 1, start, data[start : start + 10_000])

    assert (await told(socket, 1))["data"] == {"upload": 1, "offset": 10_000}
    await socket.say("confirm", events=[])
    assert not socket.pushes
    await send_chunk(socket, 1, 5_000, data[5_000:30_000])
    await send_chunk(socket, 1, 10_000, data[10_000:20_000])
    await send_chunk(socket, 1, 30_000, data[30_000:])
    assert (await told(socket, 1, "media.stored"))["data"]["media"] == begun["media"]
    assert await content(world, token, begun["media"]) == data


async def test_two_sockets_of_one_person_build_one_file(world: World) -> None:
    token, data = await world.person(), os.urandom(3_000_000)
    sockets = [await world.console(token, binary=binary) for binary in (False, True)]
    begun = [await socket.say("media", **offer(data)) for socket in sockets]
    sizes = (33_333, 170_001)
    both = [send(*each) for each in zip(sockets, (data, data), begun, sizes, strict=True)]
    ended = await asyncio.gather(*both)

    assert begun[0]["media"] == begun[1]["media"]
    assert [each["event"] for each in ended] == ["media.stored"] * 2
    assert await content(world, token, begun[0]["media"]) == data


async def test_several_files_come_in_side_by_side_up_to_a_limit(world: World) -> None:
    token = await world.person()
    socket = await world.console(token)
    files = [os.urandom(300_000 + number) for number in range(4)]
    begun = [await socket.say("media", **offer(data)) for data in files]
    refused = await socket.say("media", **offer(b"one more"))

    assert refused["error"]["type"] == "/problems/too_many_uploads"
    for start in range(0, 300_004, 50_000):
        for data, each in zip(files, begun, strict=True):
            await send_chunk(socket, each["upload"], start, data[start : start + 50_000])
    for data, each in zip(files, begun, strict=True):
        assert (await told(socket, each["upload"], "media.stored"))["data"]["media"] == each["media"]
        assert await content(world, token, each["media"]) == data
    assert "upload" in await socket.say("media", **offer(b"one more"))


async def test_file_offered_again_on_its_socket_is_the_same_upload(world: World) -> None:
    data, socket = os.urandom(90_000), await world.console(await world.person())
    begun = [await socket.say("media", **offer(data)) for _ in range(6)]
    await send_chunk(socket, 1, 0, data[:40_000])
    again = await socket.say("media", **offer(data))

    assert begun == [begun[0]] * 6
    assert again == {**begun[0], "offset": 40_000}
    assert (await send(socket, data, again))["event"] == "media.stored"
    assert await socket.say("media", **offer(data)) == {"media": begun[0]["media"], "complete": True}


@in_both_formats
async def test_file_that_is_not_what_its_hash_says_fails_and_can_be_sent_anew(world: World, *, binary: bool) -> None:
    token, data = await world.person(), os.urandom(300_000)
    socket = await world.console(token, binary=binary)
    begun = await socket.say("media", **offer(data))
    ended = await send(socket, bytes(300_000), begun)
    again = await socket.say("media", **offer(data))

    assert ended["event"] == "media.failed"
    assert ended["data"]["error"]["type"] == "/problems/media_hash_differs"
    assert ended["data"]["error"]["retry"] is True
    assert again["media"] != begun["media"]
    assert (await send(socket, data, again))["event"] == "media.stored"
    _, first = await world.call("GET", f"/v1/media/{begun['media']}", token)
    assert (first["state"], first["refusal"]) == ("failed", "media_hash_differs")


async def test_more_than_was_declared_ends_the_upload(world: World) -> None:
    token, data = await world.person(), os.urandom(300_000)
    socket = await world.console(token)
    begun = await socket.say("media", **offer(data))
    await send_chunk(socket, begun["upload"], 0, data + b"x")
    ended = await told(socket, begun["upload"], "media.failed")

    assert ended["data"]["error"]["type"] == "/problems/media_too_large"
    await send_chunk(socket, begun["upload"], 0, data)
    assert (await socket.say("confirm", events=[]))["confirmed"] == 0


async def test_what_is_too_large_is_refused_before_it_comes(world: World) -> None:
    socket = await world.console(await world.person())
    refused = await socket.say("media", **{**offer(b"x"), "bytes": MOST + 1})
    assert (refused["error"]["type"], refused["error"]["limit"]) == ("/problems/media_too_large", MOST)

    for number in range(2):
        assert "upload" in await socket.say("media", **{**offer(bytes([number])), "bytes": 18_000_000})
    refused = await socket.say("media", **{**offer(b"z"), "bytes": 18_000_000})
    assert (refused["error"]["type"], refused["error"]["limit"]) == ("/problems/media_quota_spent", 4 * 10**7)


@in_both_formats
async def test_hostile_chunks_are_errors_that_leave_the_socket_alive(world: World, *, binary: bool) -> None:
    token, data = await world.person(), os.urandom(1_000)
    socket = await world.console(token, binary=binary)
    begun = await socket.say("media", **offer(data))
    for upload, offset, part, problem in (
        (2, 0, b"x", "unknown_upload"),
        (2**32 - 1, 0, b"x", "unknown_upload"),
        (1, 1_000, b"x", "invalid_field"),
        (1, 2**53 - 1, b"x", "invalid_field"),
        (1, 2**63, b"x", "invalid_field"),
        (1, 2**64 - 1, b"x", "invalid_field"),
        (1, 0, b"", "invalid_field"),
    ):
        await send_chunk(socket, upload, offset, part)
        assert await refused(socket) == problem, (upload, offset, part)
    if binary:
        for message in (
            {"chunk": {"upload": 0, "offset": 0, "data": b"x"}},
            {"chunk": {"upload": 1, "offset": -1, "data": b"x"}},
            {"chunk": {"upload": 1, "data": b"x"}},
            {"chunk": {"upload": 1, "offset": 0, "data": "text"}},
            {"chunk": None},
            {"chunk": {"upload": 1, "offset": 0, "data": b"x"}, "confirm": {"events": []}},
        ):
            await socket.send(message)
            assert await refused(socket) in {"invalid_field", "invalid_message"}, message
    else:
        for frame in (b"", b"\x00\x00\x00\x01", bytes(11)):
            await socket.socket.send_bytes(frame)
            assert await refused(socket) == "invalid_message", frame
        await send_chunk(socket, 0, 0, b"x")
        assert await refused(socket) == "unknown_upload"

    assert (await send(socket, data, begun))["event"] == "media.stored"
    assert await content(world, token, begun["media"]) == data


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "tune"}, {"bytes": 0}, {"bytes": -1}, {"bytes": 2**63}, {"bytes": "1"}, {"sha256": "00"},
        {"sha256": "Z" * 64}, {"sha256": "A" * 64}, {"content_type": "picture"}, {"content_type": "a/b\x00"},
        {"content_type": "image/jpeg\n"}, {"captured_at": "yesterday"}, {"captured_at": "2026-01-01T00:00:00"},
        {"captured_at": "0001-01-01T00:00:00+14:00"}, {"captured_at": "9999-12-31T23:59:59-14:00"},
    ],
    ids=str,
)  # fmt: skip
async def test_impossible_offers_are_refused_and_the_socket_lives_on(world: World, changed: dict[str, Any]) -> None:
    socket = await world.console(await world.person())
    answer = await socket.say("media", **{**offer(b"x"), **changed})

    assert answer["error"]["type"] == "/problems/invalid_field"
    assert answer["error"]["errors"][0]["path"] == next(iter(changed))
    assert "upload" in await socket.say("media", **offer(b"x"))


@in_both_formats
async def test_who_has_no_car_may_not_send_files(world: World, *, binary: bool) -> None:
    for role in ("analyst", "administrator"):
        socket = await world.console(await world.person(role), binary=binary)
        assert (await socket.say("media", **offer(b"x")))["error"]["type"] == "/problems/not_allowed"
    phone = await world.phone(await world.device(), binary=True)
    await phone.send({"chunk": {"upload": 1, "offset": 0, "data": b"x"}})
    assert await refused(phone) == "not_allowed"


async def test_slow_store_slows_the_phone_and_memory_stays_bounded(world: World) -> None:
    """The row that every piece raises is locked: nothing can be kept, so nothing more may be read."""
    token, data = await world.person(), os.urandom(MOST)
    socket = await world.console(token)
    begun = await socket.say("media", **offer(data))
    system = await world.connect_as("system")
    taken = 0

    async def pour() -> None:
        nonlocal taken
        # A sender that does not care for credits.
        for start in range(0, MOST, 100_000):
            await send_chunk(socket, 1, start, data[start : start + 100_000])
            taken = start + 100_000

    async with system.transaction():
        await system.execute("SELECT FROM media WHERE id = $1 FOR UPDATE", begun["media"])
        pouring = asyncio.create_task(pour())
        seen = -1
        while taken != seen:
            seen = taken
            await asyncio.wait([pouring], timeout=1)
        # Window, a frame, and what the buffers of both ends of the connection take.
        assert taken < 16_000_000
        assert not pouring.done()
    await pouring
    assert (await told(socket, 1, "media.stored"))["data"]["media"] == begun["media"]
    assert await content(world, token, begun["media"]) == data


@given(size=st.integers(1, 400), chunks=st.lists(st.tuples(st.integers(0, 450), st.integers(1, 120)), max_size=60))
def test_inflow_holds_the_file_up_to_the_first_gap(size: int, chunks: list[tuple[int, int]]) -> None:
    data = os.urandom(size)
    inflow, kept, end = Inflow(0, size), bytearray(), 0
    for number, (start, length) in enumerate(chunks):
        try:
            inflow.add(start, data[start : start + length] if start < size else b"x" * length)
            if start <= end:
                end = max(end, min(start + length, size))
        except (InvalidField, MediaTooLarge):
            assert start >= size
        if number % 3 == 0:
            kept += inflow.head(50)
            inflow.kept(len(kept))
        assert inflow.end == end
        assert inflow.waiting == end - len(kept)

    kept += inflow.head(size)
    assert bytes(kept) == data[:end]


OPERATIONS = st.lists(
    st.one_of(st.tuples(st.integers(0, 9_999), st.integers(1, 3_000)), st.just("reconnect"), st.just("other")),
    max_size=25,
)


@effort(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(operations=OPERATIONS, binary=st.booleans())
def test_any_cuts_orders_overlaps_and_reconnects_end_in_the_same_bytes(
    narrow: Served, operations: list[Any], *, binary: bool
) -> None:
    asyncio.run(_send_somehow(narrow, operations, binary=binary))


async def _send_somehow(narrow: Served, operations: list[Any], *, binary: bool) -> None:
    data = os.urandom(10_000)
    async with narrow.world() as world:
        token = await world.person()
        sockets = [await world.console(token, binary=binary) for _ in range(2)]
        begun = [await socket.say("media", **offer(data)) for socket in sockets]
        now = 0
        for operation in operations:
            if operation == "other":
                now = 1 - now
            elif operation == "reconnect":
                await sockets[now].socket.close()
                sockets[now] = await world.console(token, binary=binary)
                begun[now] = await sockets[now].say("media", **offer(data))
            elif "upload" in begun[now]:
                start, length = operation
                await send_chunk(sockets[now], begun[now]["upload"], start, data[start : start + length])
        ended = await send(sockets[now], data, begun[now], 700, window=2_000)

        assert ended["event"] == "media.stored"
        assert await content(world, token, begun[now]["media"]) == data


async def refused(socket: Socket) -> str:
    """The code of a refusal without an id."""
    async with asyncio.timeout(10):
        while None not in socket.replies:
            await socket.read()
    return str(socket.replies.pop(None)["error"]["type"]).removeprefix("/problems/")  # type: ignore[call-overload]


async def content(world: World, token: str, media: str) -> bytes:
    status, _, body = await tus(world, "GET", f"/v1/media/{media}/content", token)
    assert status == 200, body
    return body
