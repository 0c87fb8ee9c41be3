"""Every example of the documents works on a real server, and is answered as the documents say."""

import asyncio
import base64
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import uuid4

import jsonschema
import msgspec
import pytest

from monitor import app
from monitor.live.topics import Subject
from monitor.routes import asyncapi, openapi
from monitor.routes.asyncapi_messages import FOLLOWED, SPOKEN, Example, Spoken
from monitor.routes.route import AnyRoute
from tests.conftest import Servers
from tests.journeys.conftest import Socket, World, measurement
from tests.living import LIVE, RULE, caller, device
from tests.served import Served, serve

SOMETIMES = {"Link", "Idempotency-Replayed", "Retry-After"}
"""headers that an answer has only for a reason"""


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(
        servers,
        migrated,
        {
            "sign_ins_per_minute": 10_000,
            "requests_per_minute": 10_000,
            "strangers_per_minute": 10**6,
            "enrolments_per_minute": 10**6,
        },
    ) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(json.dumps(openapi.document(app.ROUTES)))


@pytest.fixture(scope="module")
def spoken_of(served: Served) -> dict[str, Any]:
    return json.loads(json.dumps(asyncapi.document(served.settings.limits)))


@pytest.mark.parametrize("route", app.ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_example_of_a_route_is_answered_as_documented(
    route: AnyRoute, world: World, described: dict[str, Any]
) -> None:
    token = await caller(world, route)
    taken = {name: await LIVE[kind](world, token) for name, kind in route.example.live.items()}
    body = (
        None
        if route.example.body is None
        else {**openapi.shown(route.example.body), **_pick(taken, route.example.body)}
    )
    path = route.path.format(**{**route.example.path, **_pick(taken, route.example.path)})
    token = taken.get("Authorization", token)

    headers = {**route.example.headers, **_pick(taken, route.example.headers)}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    sent = {"json": body} if body is not None else {"data": route.example.content or None}
    async with world.http.request(
        route.method, world.url + path, params=route.example.query, headers=headers, **sent
    ) as answer:
        content = await answer.read()

    assert answer.status == route.status, content
    said = described["paths"][route.path][route.method.lower()]["responses"][str(answer.status)]
    assert [name for name in said["headers"] if name not in SOMETIMES and name not in answer.headers] == []
    if "content" not in said:
        assert content == b""
        return
    schema = said["content"][answer.content_type]["schema"]
    if schema.get("format") == "binary":
        assert content
        return
    _validate(json.loads(content) if answer.content_type == "application/json" else content.decode(), schema, described)


async def test_list_is_walked_to_its_end_by_next_and_link(world: World) -> None:
    person = await world.person()
    devices = [await device(world, person) for _ in range(3)]

    seen: list[int] = []
    address = "/v1/devices?limit=2"
    while address:
        async with world.http.get(world.url + address, headers={"Authorization": f"Bearer {person}"}) as answer:
            page = await answer.json()
            following = answer.links.get("next", {}).get("url")
        seen += [item["id"] for item in page["items"]]
        assert (page["next"] is None) == (following is None)
        address = None if following is None else following.path_qs

    assert seen == devices


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize(
    ("spoken", "example"),
    [(spoken, example) for spoken in SPOKEN if spoken.is_answered for example in spoken.examples],
    ids=lambda each: getattr(each, "verb", None) or each.name,
)
async def test_example_of_a_verb_is_answered_as_documented(
    spoken: Spoken, example: Example, world: World, spoken_of: dict[str, Any], *, binary: bool
) -> None:
    role = "administrator" if "administrator" in asyncapi.audience(spoken.verb) else "subscriber"
    token = await (world.device() if _is_for_devices(spoken, example) else world.person(role))
    taken = {name: await LIVE[kind](world, token) for name, kind in example.live.items()}
    socket = await world.socket(binary=binary)
    if spoken.verb == "connect":
        taken["token"] = token
    else:
        stream = {"stream": str(uuid4())} if spoken.verb == "measure" else {}
        await socket.say("connect", token=token, **stream)
    if spoken.verb == "measure" and example.body["seq"] == 2:
        await socket.say("measure", seq=1, items=[])

    await socket.send({"id": 99, spoken.verb: {**openapi.shown(example.body), **taken}})
    body = await socket.reply(99)

    assert "error" not in body, body
    _validate({"id": 99, spoken.verb: _plain(body)}, _payload(spoken_of, f"{spoken.verb}.reply"), spoken_of)


@pytest.mark.parametrize("binary", [False, True])
async def test_chunk_is_credited_as_documented(world: World, spoken_of: dict[str, Any], *, binary: bool) -> None:
    example = next(spoken for spoken in SPOKEN if spoken.verb == "chunk").examples[0].body
    data = base64.b64decode(str(example["data"]))
    socket = await world.console(await world.person(), binary=binary)
    for hashed, last in ((hashlib.sha256(data).hexdigest(), "media.stored"), ("00" * 32, "media.failed")):
        offer = {"kind": "sound", "content_type": "audio/wav", "bytes": len(data), "sha256": hashed}
        begun = await socket.say("media", **offer)
        await socket.send({"chunk": {**example, **({"data": data} if binary else {}), "upload": begun["upload"]}})

        if last == "media.stored":
            assert (await _seen(socket, "media.offset", spoken_of))["offset"] == len(data)
        await _seen(socket, last, spoken_of, f"control.{last}" if last == "media.failed" else last)


@pytest.mark.parametrize(("provider", "binary"), [("orange", False), ("blue", True)])
async def test_pushes_are_as_documented(
    world: World, spoken_of: dict[str, Any], provider: str, *, binary: bool
) -> None:
    operator, administrator = await world.person("operator", provider), await world.person("administrator")
    await world.call("POST", "/v1/rules", operator, RULE | {"provider": provider, "keep_firing_for_s": 0})
    console = await world.console(administrator, binary=binary)
    for channel in (f"alerts:{provider}", f"kpis:{provider}", f"measurements:{provider}", "ops"):
        await console.say("subscribe", channel=channel)
    phone = await world.phone(await world.device(), binary=binary)
    slow = [measurement(provider, latency_ms=400, latitude=4.155, longitude=9.241) for _ in range(20)]
    await phone.say("measure", seq=1, items=slow)
    opened = await _seen(console, "alert.opened", spoken_of)
    await world.call("POST", f"/v1/alerts/{opened['id']}/acknowledge", operator)
    await _seen(console, "alert.changed", spoken_of)
    await phone.say("measure", seq=2, items=[measurement(provider, latency_ms=1) for _ in range(800)])

    await _seen(console, "alert.cleared", spoken_of)
    for event in ("kpi.updated", "measurement.updated", "ops.updated"):
        await _seen(console, event, spoken_of)
    assert {event for each in FOLLOWED if each.subject is not Subject.ME for event in each.events} == {
        "alert.opened", "alert.changed", "alert.cleared", "kpi.updated", "measurement.updated", "ops.updated"
    }  # fmt: skip


async def test_control_pushes_are_as_documented(servers: Servers, migrated: str, spoken_of: dict[str, Any]) -> None:
    with contextlib.ExitStack() as stack:
        slow = serve(servers, migrated, {"limits_messages_per_s": 2})
        served = await asyncio.to_thread(stack.enter_context, slow)
        async with served.world() as world:
            console = await world.console(await world.person())
            for _ in range(6):
                await console.ask("confirm", events=[])
            await _seen(console, "slow_down", spoken_of)
            ending = asyncio.create_task(asyncio.to_thread(stack.close))
            await _seen(console, "drain", spoken_of)
            assert await console.closed() == 4001
            await ending


async def test_refusals_of_both_doors_are_as_documented(
    world: World, described: dict[str, Any], spoken_of: dict[str, Any]
) -> None:
    person = await world.person()
    socket = await world.console(person)

    refused = await socket.say("subscribe", channel="alerts:mtn")
    status, problem = await world.call("GET", "/v1/rules", person)

    _validate({"id": 1, **refused}, _payload(spoken_of, "error"), spoken_of)
    assert status == 403
    _validate(problem, {"$ref": "#/components/schemas/Problem"}, described)
    assert refused["error"]["type"] == problem["type"] == "/problems/not_allowed"


async def test_documents_are_served_to_everybody(world: World) -> None:
    for path, name in (("/v1/openapi.json", "openapi"), ("/v1/asyncapi.json", "asyncapi")):
        status, document = await world.call("GET", path)
        assert status == 200
        assert document[name][0] == "3"


def _pick(taken: Mapping[str, Any], members: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in taken.items() if name in members}


def _is_for_devices(spoken: Spoken, example: Example) -> bool:
    return spoken.verb == "measure" or "device_token" in example.live.values()


async def _seen(console: Socket, event: str, document: dict[str, Any], message: str | None = None) -> dict[str, Any]:
    seen = await console.push(lambda each: each["event"] == event)
    channel = seen.pop("channel")
    push = {"push": {"channel": channel, "events": [_plain(seen)]}}
    _validate(push, _payload(document, message or event), document)
    return dict(seen["data"])


def _payload(document: dict[str, Any], message: str) -> dict[str, Any]:
    return dict(document["components"]["messages"][message]["payload"])


def _plain(value: object) -> Any:
    """As JSON has it, whichever way it came."""
    return json.loads(msgspec.json.encode(value))


def _validate(value: object, schema: dict[str, Any], document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(
        {**schema, "components": document["components"]}, format_checker=jsonschema.FormatChecker()
    ).validate(value)
