"""Broken bodies and impossible values on every route: refused as documented, never with a 500."""

import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest

from monitor import app
from monitor.routes import openapi
from monitor.routes.route import AnyRoute
from tests.conftest import Servers
from tests.journeys.conftest import World
from tests.living import LIVE, caller
from tests.served import Served, serve

TEXTS = ["", "\x00", "a\x00b", "٣", "' OR 1=1 --", "1e400", "99999999999999999999999", "a" * 5000]
TIMES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00"]
VALUES = [*TEXTS, *TIMES, "\ud800", None, True, -1, 1.5, 10**30, [], [[]], {}]
IDS = ["0", "-1", "9223372036854775808", "99999999999999999999", "abc", "%00", "1%20", "%D9%A3", "1.0"]
BODIES = [
    b"{", b"[]", b"null", b"1e999", b"\xff\xfe", b'"\xed\xa0\x80"', b"[" * 100_000, b'{"a":' * 50_000,
    b'{"items":[1e999,NaN]}', b"\xef\xbb\xbf{}", b'{"a":1}{"b":2}',
]  # fmt: skip
PACKED = [
    b"\xc1", b"\x81", b"\xdf\xff\xff\xff\xff", b"\x91" * 100_000, b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00",
    b"\xd4\xff\x00", b"\x81\xa1a\xa1\xff", b"\xc7\x0c\xff" + b"\xff" * 12,
]  # fmt: skip
CURSORS = [
    "2026-01-01T00:00:00|1|1", "0001-01-01T00:00:00+14:00|1|1", "9999-12-31T23:59:59-14:00|1|1", "x|1|1",
    "2026-01-01T00:00:00+00:00|99999999999999999999|1", "2026-01-01T00:00:00+00:00|\x00|1", "1|2", "",
]  # fmt: skip

each_route = pytest.mark.parametrize("route", app.ROUTES, ids=lambda route: f"{route.method} {route.path}")


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(
        servers,
        migrated,
        {
            "sign_ins_per_minute": 10**6,
            "requests_per_minute": 10**6,
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
    return openapi.document(app.ROUTES)


@each_route
async def test_impossible_values_are_refused_as_documented(
    route: AnyRoute, world: World, described: dict[str, Any]
) -> None:
    token = await caller(world, route)
    said = described["paths"][route.path][route.method.lower()]
    path = route.path
    if "id" in route.example.live:
        path = path.replace("{id}", str(await LIVE[route.example.live["id"]](world, token)))

    surprises: list[object] = []
    for call in _calls(route, path, said["parameters"], described):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with world.http.request(
            route.method,
            world.url + call["path"],
            params=call.get("query"),
            data=call.get("body"),
            headers=headers | call.get("headers", {}),
        ) as answer:
            content = await answer.read()
        is_unnamed = answer.status == 422 and "query" in call and not _named(content) <= call["query"].keys()
        if answer.status >= 500 or str(answer.status) not in said["responses"] or is_unnamed:
            surprises.append((answer.status, str(call)[:300], content[:300]))

    assert surprises == []


def _named(problem: bytes) -> set[str]:
    return {fault["path"] for fault in json.loads(problem)["errors"]}


def _calls(
    route: AnyRoute, path: str, parameters: list[dict[str, Any]], described: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    if "{id}" in route.path:
        for text in IDS:
            yield {"path": route.path.replace("{id}", text), "body": b"{}", "headers": _type("json")}
    for parameter in parameters:
        if parameter.get("in") == "query":
            for query in _queries(parameter["name"], route.example.query):
                yield {"path": path, "query": query}
    if route.method == "GET":
        return
    for body in BODIES:
        yield {"path": path, "body": body, "headers": _type("json")}
    for body in PACKED:
        yield {"path": path, "body": body, "headers": _type("msgpack")}
    yield {"path": path, "body": b"a=1", "headers": _type("x-www-form-urlencoded")}
    for key in ("", "a" * 129, "\t"):
        yield {"path": path, "headers": {"Idempotency-Key": key}}
    if route.body is not None:
        for changed in _bodies(route, described):
            yield {"path": path, "body": json.dumps(changed).encode(), "headers": _type("json")}


def _queries(name: str, shown: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for text in [*TEXTS, *TIMES]:
        yield {**shown, name: text}
    if name == "after":
        for place in CURSORS:
            yield {**shown, name: base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")}


def _bodies(route: AnyRoute, described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The example with one member after the other replaced, those that it does not show as well."""
    assert route.body is not None
    shown: dict[str, Any] = openapi.shown(route.example.body) or {}
    for member in described["components"]["schemas"][route.body.__name__]["properties"]:
        for value in VALUES:
            yield {**shown, member: value}


def _type(subtype: str) -> dict[str, str]:
    return {"Content-Type": f"application/{subtype}"}
