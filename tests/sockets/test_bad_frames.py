"""Broken, strange and hostile frames are answered or end their socket; nothing acknowledged is lost by them."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from tests.conftest import Servers
from tests.journeys.conftest import Socket, World, measurement
from tests.served import Served, serve

INVALID, FIELD, VERB = "invalid_message", "invalid_field", "unknown_verb"
in_both_formats = pytest.mark.parametrize("binary", [False, True])


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(servers, migrated, {"limits_invalid_messages": 10**6, "limits_messages_per_s": 10**6}) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


@pytest.fixture
async def phone(world: World) -> Socket:
    return await world.phone(await world.device())


@pytest.mark.parametrize(
    ("frame", "code", "number"),
    [
        ('{"id":7,"measure":{"seq":1,"items":[', INVALID, None),
        ("", INVALID, None),
        ("nonsense", INVALID, None),
        ("\x00", INVALID, None),
        ("[]", INVALID, None),
        ("null", INVALID, None),
        ('"x"', INVALID, None),
        ("[" * 100_000, INVALID, None),
        ('{"id":7,"measure":' * 50_000, INVALID, None),
        ('{"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":0,"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":-1,"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":9007199254740992,"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":' + "9" * 4000 + ',"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":1e400,"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":NaN,"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":1.5,"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":"7","measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":true,"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":null,"measure":{"seq":1,"items":[]}}', FIELD, None),
        ('{"id":7}', VERB, 7),
        ('{"id":7,"dance":{}}', VERB, 7),
        ('{"id":7,"\\ud800":{}}', VERB, 7),
        ('{"id":7,"measure":{"seq":1,"items":[]},"refresh":{"token":"x"}}', INVALID, 7),
        ('{"id":7,"measure":[]}', FIELD, 7),
        ('{"id":7,"measure":null}', FIELD, 7),
        ('{"id":7,"measure":{}}', FIELD, 7),
        ('{"id":7,"measure":{"items":[]}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":1}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":0,"items":[]}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":-1,"items":[]}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":"1","items":[]}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":1e400,"items":[]}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":99999999999999999999,"items":[]}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":1,"items":{}}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":1,"items":"x"}}', FIELD, 7),
        ('{"id":7,"measure":{"seq":1,"items":' + "[" * 100_000, INVALID, None),
        ('{"id":7,"measure":{"seq":1,"items":[' + ",".join(["{}"] * 1001) + "]}}", "too_many_items", 7),
        ('{"id":7,"measure":{"seq":2,"items":[]}}', "sequence_gap", 7),
        ('{"id":7,"measure":{"seq":9007199254740991,"items":[]}}', "sequence_gap", 7),
    ],
    ids=lambda each: str(each)[:60],
)
async def test_bad_json_is_refused_and_the_socket_lives_on(
    world: World, phone: Socket, frame: str, code: str, number: int | None
) -> None:
    await phone.socket.send_str(frame)
    said = json.loads((await phone.socket.receive(timeout=10)).data)

    assert (said["id"], said["error"]["type"]) == (number, f"/problems/{code}")
    assert (await phone.say("measure", seq=1, items=[measurement()]))["stored"] == 1


@pytest.mark.parametrize(
    ("frame", "code", "number"),
    [
        (b"\xc1", INVALID, None),
        (b"", INVALID, None),
        (b"\x82\xa2id\x07", INVALID, None),
        (b"\x93\x01\x02\x03", INVALID, None),
        (b"\xc0", INVALID, None),
        (b"\x91" * 100_000, INVALID, None),
        (b"\xdf\xff\xff\xff\xff", INVALID, None),
        (b"\x82\xa2id\x07\xa1\xff\xc0", INVALID, None),
        (b"\x82\xa2id\x07\xa7refresh\x81\xa5token\xa1\xff", FIELD, 7),
        (
            msgspec.msgpack.encode({"id": 7, "measure": {"seq": 1, "items": [msgspec.Raw(b"\xa1\xff")] * 5001}}),
            "too_many_items",
            7,
        ),
        (msgspec.msgpack.encode([[msgspec.Raw(b"\xa1\xff")] * 25] * 5000), INVALID, None),
        (msgspec.msgpack.encode({"measure": {"seq": 1, "items": []}}), FIELD, None),
        (msgspec.msgpack.encode({"id": -1, "measure": {"seq": 1, "items": []}}), FIELD, None),
        (msgspec.msgpack.encode({"id": 2**64 - 1, "measure": {"seq": 1, "items": []}}), FIELD, None),
        (msgspec.msgpack.encode({"id": float("nan"), "measure": {"seq": 1, "items": []}}), FIELD, None),
        (msgspec.msgpack.encode({"id": 7}), VERB, 7),
        (msgspec.msgpack.encode({"id": 7, "dance": {}}), VERB, 7),
        (msgspec.msgpack.encode({1: 2, "id": 7}), VERB, 7),
        (msgspec.msgpack.encode({"id": 7, "measure": {"seq": 1, "items": []}, "connect": {}}), INVALID, 7),
        (msgspec.msgpack.encode({"id": 7, "measure": {"seq": float("inf"), "items": []}}), FIELD, 7),
        (msgspec.msgpack.encode({"id": 7, "measure": {"seq": 1, "items": b"x"}}), FIELD, 7),
        (msgspec.msgpack.encode({"id": 7, "measure": {"seq": 1, "items": [{}] * 1001}}), "too_many_items", 7),
    ],
    ids=lambda each: str(each)[:60],
)
async def test_bad_msgpack_is_refused_and_the_socket_lives_on(
    world: World, frame: bytes, code: str, number: int | None
) -> None:
    phone = await world.phone(await world.device(), binary=True)
    await phone.socket.send_bytes(frame)
    said = msgspec.msgpack.decode((await phone.socket.receive(timeout=10)).data)

    assert (said["id"], said["error"]["type"]) == (number, f"/problems/{code}")
    assert (await phone.say("measure", seq=1, items=[measurement()]))["stored"] == 1


BAD_ITEMS = {
    "no map": ("7", ""),
    "nothing": ("{}", "measured_at"),
    "no carrier": ('{"measured_at":"NOW"}', "carrier"),
    "carrier of the wrong type": ('{"measured_at":"NOW","carrier":7}', "carrier"),
    "carrier empty": ('{"measured_at":"NOW","carrier":""}', "carrier"),
    "carrier with a null character": ('{"measured_at":"NOW","carrier":"M\\u0000"}', "carrier"),
    "carrier with a lone surrogate": ('{"measured_at":"NOW","carrier":"\\ud800"}', "carrier"),
    "device with a lone surrogate": ('{"measured_at":"NOW","carrier":"MTN","device_info":"\\ud800"}', "device_info"),
    "version with a null character": ('{"measured_at":"NOW","carrier":"MTN","app_version":"\\u0000"}', "app_version"),
    "network with a null character": ('{"measured_at":"NOW","carrier":"MTN","network_type":"\\u0000"}', "network_type"),
    "no time": ('{"measured_at":"yesterday","carrier":"MTN"}', "measured_at"),
    "time without a zone": ('{"measured_at":"2026-11-22T09:00:00","carrier":"MTN"}', "measured_at"),
    "far future": ('{"measured_at":"9999-12-31T23:59:59-14:00","carrier":"MTN"}', "measured_at"),
    "far past": ('{"measured_at":"0001-01-01T00:00:00+14:00","carrier":"MTN"}', "measured_at"),
    "before everything": ('{"measured_at":"1969-12-31T23:59:59Z","carrier":"MTN"}', "measured_at"),
    "not a number": ('{"measured_at":"NOW","carrier":"MTN","latency_ms":NaN}', "latency_ms"),
    "infinite": ('{"measured_at":"NOW","carrier":"MTN","download_mbps":Infinity}', "download_mbps"),
    "beyond any float": ('{"measured_at":"NOW","carrier":"MTN","signal_dbm":-1e400}', "signal_dbm"),
    "no network at all": ('{"measured_at":"NOW","carrier":"MTN","signal_dbm":0}', "signal_dbm"),
    "huge integer": ('{"measured_at":"NOW","carrier":"MTN","upload_mbps":' + "9" * 400 + "}", "upload_mbps"),
    "text for a number": ('{"measured_at":"NOW","carrier":"MTN","jitter_ms":"5"}', "jitter_ms"),
    "negative loss": ('{"measured_at":"NOW","carrier":"MTN","packet_loss_pct":-1}', "packet_loss_pct"),
    "half a place": ('{"measured_at":"NOW","carrier":"MTN","latitude":4.1}', "longitude"),
    "off the globe": ('{"measured_at":"NOW","carrier":"MTN","latitude":91,"longitude":9}', "latitude"),
    "accuracy of a list": ('{"measured_at":"NOW","carrier":"MTN","accuracy_m":[1]}', "accuracy_m"),
    "connected by number": ('{"measured_at":"NOW","carrier":"MTN","connected":1}', "connected"),
    "endless digits": ('{"measured_at":"NOW","carrier":"MTN","latency_ms":' + "9" * 5000 + "}", "latency_ms"),
    "deep": ('{"measured_at":"NOW","carrier":' + "[" * 300 + "]" * 300 + "}", "carrier"),
}


BAD_NUMBERS = {
    "not a number": "a finite number is needed",
    "infinite": "must be at most 10000",
    "beyond any float": "must be above -150",
    "no network at all": "must be below 0",
    "negative loss": "must be at least 0",
    "off the globe": "must be at most 90",
}


async def test_every_fault_inside_an_item_quarantines_it_alone(world: World) -> None:
    stream = uuid4()
    phone = await world.phone(await world.device(), stream)
    good = json.dumps(measurement())
    now = str(measurement()["measured_at"])
    bad = [text.replace("NOW", now) for text, _ in BAD_ITEMS.values()]
    await phone.socket.send_str('{"id":7,"measure":{"seq":1,"items":[' + ",".join([good, *bad, good]) + "]}}")
    answer = await phone.reply(7)

    assert (answer["stored"], answer["last_seq"]) == (2, 1)
    paths = {name: said["path"] for name, said in zip(BAD_ITEMS, answer["quarantined"], strict=True)}
    assert paths == {name: path for name, (_, path) in BAD_ITEMS.items()}
    assert [said["index"] for said in answer["quarantined"]] == list(range(1, len(bad) + 1))
    assert all(said["reason"] for said in answer["quarantined"])
    reasons = {name: said["reason"] for name, said in zip(BAD_ITEMS, answer["quarantined"], strict=True)}
    assert {name: reasons[name] for name in BAD_NUMBERS} == BAD_NUMBERS
    assert await _kept(world, stream) == (2, len(bad), 1)


BAD_MEMBERS = {
    "year 36812": ("measured_at", b"\xc7\x0c\xff" + bytes(4) + (2**40).to_bytes(8, "big")),
    "long before everything": ("measured_at", b"\xc7\x0c\xff" + bytes(4) + (-(2**40)).to_bytes(8, "big", signed=True)),
    "a broken moment": ("measured_at", b"\xd4\xff\x00"),
    "text that is not UTF-8": ("carrier", b"\xa2\xff\xfe"),
    "half a character": ("carrier", b"\xa3\xed\xa0\x80"),
    "another extension": ("latency_ms", b"\xd4\x05\x00"),
}


async def test_what_no_value_can_be_costs_a_msgpack_batch_that_item_alone(world: World) -> None:
    stream = uuid4()
    phone = await world.phone(await world.device(), stream, binary=True)
    bad = [{**measurement(), name: msgspec.Raw(value)} for name, value in BAD_MEMBERS.values()]
    answer = await phone.say("measure", seq=1, items=[measurement(), *bad, {1: 2}, measurement()])

    assert (answer["stored"], answer["last_seq"]) == (2, 1)
    assert [said["path"] for said in answer["quarantined"]] == [name for name, _ in BAD_MEMBERS.values()] + [""]
    assert [said["index"] for said in answer["quarantined"]] == list(range(1, len(bad) + 2))
    assert await _kept(world, stream) == (2, len(bad) + 1, 1)


@in_both_formats
@pytest.mark.parametrize(
    "message",
    [
        {"subscribe": {"channel": "\x00"}},
        {"subscribe": {"channel": ""}},
        {"subscribe": {"channel": "me", "offset": -1}},
        {"subscribe": {"channel": "me", "offset": 2**53}},
        {"subscribe": {"channel": "a" * 10_000}},
        {"subscribe": {"channel": "alerts:💥"}},
        {"subscribe": {"channel": 7}},
        {"subscribe": []},
        {"unsubscribe": {}},
        {"confirm": {"events": [0]}},
        {"confirm": {"events": [-1, 2**63]}},
        {"confirm": {"events": "all"}},
        {"confirm": {"events": [1] * 1001}},
        {"refresh": {}},
        {"refresh": {"token": ""}},
        {"refresh": {"token": "x" * 5000}},
        {"feedback": {}},
        {"media": {}},
        {"diagnose": {}},
        {"chunk": {"upload": 1, "offset": 0, "data": ""}},
    ],
    ids=lambda message: str(message)[:60],
)
async def test_bad_word_of_a_person_is_refused_and_the_socket_lives_on(
    world: World, message: dict[str, Any], *, binary: bool
) -> None:
    console = await world.console(await world.person(), binary=binary)
    await console.send({"id": 7, **message})
    answer = await console.reply(7)

    assert answer["error"]["type"] in {f"/problems/{code}" for code in (FIELD, VERB, "not_allowed")}
    assert (await console.say("confirm", events=[]))["confirmed"] == 0


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ('"subscribe":{"channel":"\\ud800"}', "channel"),
        ('"subscribe":{"channel":"me","offset":1,"epoch":"\\udfff"}', "epoch"),
        ('"unsubscribe":{"channel":"me\\ud800"}', "channel"),
        ('"refresh":{"token":"\\ud800"}', "token"),
    ],
)
async def test_lone_surrogate_in_a_persons_words_is_refused(world: World, said: str, path: str) -> None:
    console = await world.console(await world.person())
    await console.socket.send_str('{"id":7,' + said + "}")
    answer = await console.reply(7)

    assert [fault["path"] for fault in answer["error"]["errors"]] == [path]
    assert (await console.say("confirm", events=[]))["confirmed"] == 0


async def _kept(world: World, stream: UUID) -> tuple[int, int, int]:
    """Rows stored and set aside of a stream, and its last_seq."""
    connection = await world.connect_as("superuser")
    return (
        await connection.fetchval("SELECT count(*) FROM measurements WHERE stream = $1", stream),
        await connection.fetchval("SELECT count(*) FROM quarantine WHERE stream = $1", stream),
        await connection.fetchval("SELECT last_seq FROM streams WHERE id = $1", stream),
    )
