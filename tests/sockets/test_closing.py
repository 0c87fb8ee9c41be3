"""Each way in which a socket ends has its code, and what was acknowledged before is kept."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import msgspec
import pytest
from aiohttp import WSMsgType
from yarl import URL

from tests.conftest import Servers
from tests.journeys.conftest import LIMIT_S, PASSWORD, Socket, World, measurement
from tests.served import Served, serve

FRAME_BYTES = 20_000
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
in_both_formats = pytest.mark.parametrize("binary", [False, True])


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    lowered = {
        "server_keep_alive_s": 0.5,
        "limits_connect_s": 0.5,
        "limits_ping_s": 1,
        "limits_pong_s": 0.3,
        "limits_frame_bytes": FRAME_BYTES,
        "limits_sockets_per_device": 2,
        "limits_sockets_per_account": 2,
    }
    with serve(servers, migrated, lowered) as served:
        yield served


@pytest.fixture(scope="module")
def hasty(servers: Servers, migrated: str) -> Iterator[Served]:
    """A server whose access tokens last just long enough for a busy machine to connect with them."""
    with serve(servers, migrated, {"identity_access_token_s": 4}) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


@in_both_formats
async def test_frame_of_the_limit_is_read_and_one_byte_more_closes_1009(world: World, *, binary: bool) -> None:
    stream = uuid4()
    phone = await world.phone(await world.device(), stream, binary=binary)
    await phone.socket.send_frame(_padded(1, FRAME_BYTES, binary), _kind(binary))
    answer = await phone.reply(1)
    await phone.socket.send_frame(_padded(2, FRAME_BYTES + 1, binary), _kind(binary))

    assert (answer["stored"], answer["last_seq"]) == (1, 1)
    assert await phone.closed() == 1009
    assert await _kept(world, stream) == (1, 1)


@pytest.mark.parametrize("told", [b"", b"GET /healthz HT", WHOLE, WHOLE + b"GET /hea"], ids=len)
async def test_connection_that_never_tells_a_whole_request_is_closed(served: Served, told: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(served.url).port)
    writer.write(told)
    answered = await asyncio.wait_for(reader.read(), LIMIT_S)
    writer.close()

    assert answered.count(b"HTTP/1.1") == told.count(WHOLE)


@in_both_formats
async def test_close_code_reaches_who_is_still_sending(world: World, *, binary: bool) -> None:
    phone, stream = await _acknowledged(world, binary=binary)
    await phone.socket.send_frame(b" " * 8_000_000, _kind(binary))
    await phone.socket.send_frame(b" " * 8_000_000, _kind(binary))

    assert await phone.closed() == 1009
    assert await _kept(world, stream) == (3, 1)


async def test_text_that_is_not_utf8_closes_1007(world: World) -> None:
    phone, stream = await _acknowledged(world, binary=False)
    await phone.socket.send_frame(b'{"id":2,"measure":{"seq":2,"items":[],"\xff":1}}', WSMsgType.TEXT)

    assert await phone.closed() == 1007
    assert await _kept(world, stream) == (3, 1)


@in_both_formats
async def test_wrong_kind_of_frame_closes_4501(world: World, *, binary: bool) -> None:
    phone, stream = await _acknowledged(world, binary=binary)
    await phone.socket.send_frame(b'{"id":2,"measure":{"seq":2,"items":[]}}', _kind(not binary))

    assert await phone.closed() == 4501
    assert await _kept(world, stream) == (3, 1)


@in_both_formats
async def test_second_connect_closes_4501(world: World, *, binary: bool) -> None:
    phone, stream = await _acknowledged(world, binary=binary)
    await phone.ask("connect", token="anything")

    assert await phone.closed() == 4501
    assert await _kept(world, stream) == (3, 1)


@in_both_formats
@pytest.mark.parametrize(
    "first",
    [{}, [], {"id": 1}, {"connect": {}}, {"id": 1, "measure": {"seq": 1, "items": []}}, {"id": 1, "connect": 7}],
    ids=repr,
)
async def test_first_message_that_is_no_connect_closes_4501(world: World, first: object, *, binary: bool) -> None:
    socket = await world.socket(binary=binary)
    await socket.send(first)

    assert await socket.closed() == 4501


async def test_no_connect_within_the_limit_closes_4502(world: World) -> None:
    socket = await world.socket()

    assert await socket.closed() == 4502


@in_both_formats
async def test_flood_of_invalid_messages_closes_4503(world: World, *, binary: bool) -> None:
    phone, stream = await _acknowledged(world, binary=binary)
    for number in range(2, 22):
        await phone.send({"id": number, "nonsense": {}})
    answers = [await phone.reply(number) for number in range(2, 22)]
    await phone.send({"id": 22, "nonsense": {}})

    assert {answer["error"]["type"] for answer in answers} == {"/problems/unknown_verb"}
    assert await phone.closed() == 4503
    assert await _kept(world, stream) == (3, 1)


@in_both_formats
async def test_client_that_does_not_answer_pings_is_closed_4012(world: World, *, binary: bool) -> None:
    phone, stream = await _acknowledged(world, binary=binary)
    async with asyncio.timeout(LIMIT_S):
        ping = await phone.socket.receive()
        end = await phone.socket.receive()

    assert ping.data in ("{}", b"\x80")
    assert (end.type, phone.socket.close_code) == (WSMsgType.CLOSE, 4012)
    assert await _kept(world, stream) == (3, 1)


async def test_client_that_answers_pings_stays(world: World) -> None:
    phone, _ = await _acknowledged(world, binary=False)
    async with asyncio.timeout(LIMIT_S):
        for _ in range(2):
            assert (await phone.socket.receive()).data == "{}"
            await phone.send({})

    assert (await phone.say("measure", seq=2, items=[]))["last_seq"] == 2


@pytest.mark.parametrize("ticket", ["no-such-ticket", "", "%00", "%ff", "a" * 5000])
async def test_bad_ticket_is_accepted_and_closed_4500(world: World, ticket: str) -> None:
    socket = await world.socket(query=f"?ticket={ticket}")

    assert await socket.closed() == 4500


async def test_ticket_opens_one_socket(world: World) -> None:
    _, sold = await world.call("POST", "/v1/stream-tickets", await world.person())
    first = await world.socket(query=f"?ticket={sold['ticket']}")
    answer = await first.say("connect")
    second = await world.socket(query=f"?ticket={sold['ticket']}")

    assert answer["role"] == "subscriber"
    assert await second.closed() == 4500


@pytest.mark.parametrize("token", ["", "nonsense", "rpd_" + "A" * 43, "a.b.c", "\x00", "💥", None])
async def test_bad_token_closes_4500(world: World, token: str | None) -> None:
    socket = await world.socket()
    await socket.ask("connect", **({} if token is None else {"token": token}))

    assert await socket.closed() == 4500


@in_both_formats
async def test_socket_ends_with_its_token_and_an_old_token_opens_none(hasty: Served, *, binary: bool) -> None:
    async with hasty.world() as world:
        person = await world.person()
        socket = await world.console(person, binary=binary)
        ended = await socket.closed()
        late = await world.socket(binary=binary)
        await late.ask("connect", token=person)

        assert ended == 4005
        assert await late.closed() == 4005


async def test_refresh_lets_a_socket_live_on(hasty: Served) -> None:
    async with hasty.world() as world:
        name = f"person{next(world.names)}"
        body = {"email": f"{name}@example.org", "password": "a rainy night in Kribi"}
        await world.call("POST", "/v1/accounts", body=body | {"username": name})
        _, session = await world.call("POST", "/v1/sessions", body=body)
        socket = await world.console(session["access_token"])
        _, later = await world.call("POST", "/v1/sessions", body=body)
        answer = await socket.say("refresh", token=later["access_token"])

        assert answer["expires_at"] == later["expires_at"]
        assert await socket.closed() == 4005
        assert datetime.datetime.now(datetime.UTC) >= datetime.datetime.fromisoformat(later["expires_at"])


@in_both_formats
async def test_refresh_with_anothers_token_closes_4507(world: World, *, binary: bool) -> None:
    for other in (await world.person(), await world.device()):
        socket = await world.console(await world.person(), binary=binary)
        await socket.ask("refresh", token=other)

        assert await socket.closed() == 4507


async def test_revoked_device_is_closed_4508_within_five_seconds(world: World) -> None:
    owner = await world.person()
    phone, stream = await _acknowledged(world, binary=False, owner=owner)
    _, page = await world.call("GET", "/v1/devices", owner)
    status, _ = await world.call("DELETE", f"/v1/devices/{page['items'][0]['id']}", owner)

    assert status == 204
    assert await phone.closed(limit_s=5) == 4508
    assert await _kept(world, stream) == (3, 1)


async def test_suspended_account_is_closed_4508_with_its_devices(world: World) -> None:
    owner, administrator = await world.person(), await world.person("administrator")
    phone = await world.phone(await world.device(owner))
    console = await world.console(owner)
    _, me = await world.call("GET", "/v1/accounts/me", owner)
    await world.call("PATCH", f"/v1/accounts/{me['id']}", administrator, {"is_active": False})

    assert await phone.closed(limit_s=5) == 4508
    assert await console.closed(limit_s=5) == 4508


async def test_new_password_closes_the_sockets_of_other_sessions(world: World) -> None:
    mine = await world.person()
    _, me = await world.call("GET", "/v1/accounts/me", mine)
    signing_in = {"email": me["email"], "password": PASSWORD}
    _, elsewhere = await world.call("POST", "/v1/sessions", body=signing_in)
    phone = await world.phone(await world.device(mine))
    other, own = await world.console(elsewhere["access_token"]), await world.console(mine)
    body = {"old_password": PASSWORD, "new_password": "a dry morning in Maroua"}
    status, _ = await world.call("PUT", "/v1/accounts/me/password", mine, body)

    assert status == 204
    assert await other.closed(limit_s=5) == 4005
    assert "error" not in await own.say("subscribe", channel="me")
    assert (await phone.say("measure", seq=1, items=[]))["last_seq"] == 1


@pytest.mark.parametrize("is_device", [True, False])
async def test_one_connection_too_many_closes_4504(world: World, *, is_device: bool) -> None:
    owner = await world.person()
    token = await world.device(owner) if is_device else owner
    first_two = [await world.console(token) for _ in range(2)]
    third = await world.socket()
    await third.ask("connect", token=token)

    assert await third.closed() == 4504
    assert not any(socket.socket.closed for socket in first_two)


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
async def test_foreign_page_is_refused(world: World, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await world.http.ws_connect(world.url + "/v1/stream", headers={"Origin": origin})

    assert refused.value.status == 403


async def test_own_page_is_let_in(world: World) -> None:
    async with world.http.ws_connect(world.url + "/v1/stream", headers={"Origin": world.url}) as socket:
        assert not socket.closed


@in_both_formats
async def test_what_is_not_allowed_is_an_answer_and_no_end(world: World, *, binary: bool) -> None:
    owner = await world.person()
    phone, _ = await _acknowledged(world, binary=binary, owner=owner)
    console = await world.console(owner, binary=binary)
    stream = str(uuid4())
    await world.phone(await world.device(), UUID(stream))

    refused = [
        await phone.say("subscribe", channel="me"),
        await phone.say("confirm", events=[1]),
        await console.say("measure", seq=1, items=[]),
        await console.say("subscribe", channel="alerts:mtn"),
        await console.say("subscribe", channel="ops"),
    ]
    assert {answer["error"]["type"] for answer in refused} == {"/problems/not_allowed"}
    assert (await phone.say("measure", seq=2, items=[]))["last_seq"] == 2
    other = await world.socket(binary=binary)
    answer = await other.say("connect", token=await world.device(owner), stream=stream)
    assert answer["error"]["type"] == "/problems/unknown_stream"


async def _acknowledged(world: World, *, binary: bool, owner: str | None = None) -> tuple[Socket, UUID]:
    """A phone whose first batch of three measurements has been acknowledged, and its stream."""
    stream = uuid4()
    phone = await world.phone(await world.device(owner), stream, binary=binary)
    answer = await phone.say("measure", seq=1, items=[measurement() for _ in range(3)])
    assert answer["stored"] == 3
    phone.pushes.clear()
    return phone, stream


async def _kept(world: World, stream: UUID) -> tuple[int, int]:
    """Rows stored of a stream, and its last_seq."""
    connection = await world.connect_as("superuser")
    return (
        await connection.fetchval("SELECT count(*) FROM measurements WHERE stream = $1", stream),
        await connection.fetchval("SELECT last_seq FROM streams WHERE id = $1", stream),
    )


def _padded(seq: int, size: int, binary: bool) -> bytes:
    """A batch of one measurement that is exactly so many bytes long; unknown members are passed over."""
    message: dict[str, Any] = {"id": seq, "measure": {"seq": seq, "items": [measurement()]}, "padding": ""}
    encode = msgspec.msgpack.encode if binary else msgspec.json.encode
    message["padding"] = "x" * 1000
    overhead = len(encode(message)) - 1000
    message["padding"] = "x" * (size - overhead)
    frame = encode(message)
    assert len(frame) == size
    return frame


def _kind(binary: bool) -> WSMsgType:
    return WSMsgType.BINARY if binary else WSMsgType.TEXT
