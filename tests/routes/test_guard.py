"""What holds for every route: errors in one shape, limits, encodings, headers."""

import gzip
import json
import logging
import os
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp.test_utils import TestClient

from monitor import metrics
from monitor.errors import Roadpulse
from monitor.routes import calls, guard
from monitor.settings import Settings
from tests.population import Population
from tests.routes.conftest import ROUTES, open_door
from tests.routes.parrot import Parrot, problem


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


@pytest.fixture
async def client(settings: Settings, parrot: Parrot) -> AsyncIterator[TestClient]:
    async with open_door(settings, parrot.routes()) as client:
        yield client


async def test_unknown_path_and_method_are_problems(client: TestClient) -> None:
    missing = await client.get("/v1/nothing")
    wrong = await client.put("/v1/sessions")

    assert (await problem(missing))["type"] == "/problems/not_found"
    assert (await problem(wrong))["type"] == "/problems/method_not_allowed"
    assert wrong.headers["Allow"] == "POST"


async def test_fault_of_ours_is_a_problem_that_tells_nothing(client: TestClient, town: Population) -> None:
    response = await client.post("/say", json={"text": "break"}, headers=town.ada.headers)

    assert response.status == 500
    assert (await problem(response))["type"] == "/problems/internal"
    assert "fault of ours" not in await response.text()


async def test_who_may_what_is_checked_before_the_body_is_read(client: TestClient, town: Population) -> None:
    huge = b"x" * (2 * 1024 * 1024)
    anonymous = await client.post("/say", data=huge)
    expired = await client.post("/say", data=huge, headers={"Authorization": "Bearer nonsense"})

    assert (anonymous.status, expired.status) == (401, 401)
    assert anonymous.headers["WWW-Authenticate"] == "Bearer"
    assert "invalid_token" in expired.headers["WWW-Authenticate"]


async def test_role_that_is_not_listed_is_refused(client: TestClient, town: Population) -> None:
    assert (await client.get("/small", headers=town.analyst.headers)).status == 200
    for person in (town.ada, town.mtn, town.admin):
        assert (await client.get("/small", headers=person.headers)).status == 403


async def test_unreadable_bodies_are_refused_with_the_reason(client: TestClient, town: Population) -> None:
    json_type = {**town.ada.headers, "Content-Type": "application/json"}
    for data, status, kind in (
        (b"", 422, "invalid_field"),
        (b"{", 400, "invalid_message"),
        (b"[]", 422, "invalid_field"),
        (b'{"text": NaN}', 400, "invalid_message"),
        (b'{"text": "\xff"}', 400, "invalid_message"),
        (b'{"text": "\\ud800"}', 400, "invalid_message"),
        (b'{"text": 1}', 422, "invalid_field"),
        (b'{"text": "a", "count": "2"}', 422, "invalid_field"),
        (b"[" * 100_000, 422, "invalid_field"),
        (b'{"text": ' + b"[" * 100_000, 422, "invalid_field"),
        (b'{"other": ' + b"[" * 100_000, 400, "invalid_message"),
    ):
        response = await client.post("/say", data=data, headers=json_type)
        assert response.status == status, data[:40]
        assert (await problem(response))["type"] == f"/problems/{kind}"


async def test_body_over_the_limit_is_refused(client: TestClient, town: Population) -> None:
    async def endless() -> object:
        for _ in range(40):
            yield b" " * 65536

    said = {"data": json.dumps({"text": "x" * (1024 * 1024)}).encode()}
    for body in (said, {"data": endless()}):
        response = await client.post("/say", **body, headers={**town.ada.headers, "Content-Type": "application/json"})
        assert response.status == 413
        assert (await problem(response))["limit"] == 1024 * 1024


async def test_compressed_body_is_limited_by_what_it_holds(client: TestClient, town: Population) -> None:
    headers = {**town.ada.headers, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    small = await client.post(
        "/say", data=gzip.compress(b'{"text":"a"}'), headers=headers, skip_auto_headers=["Content-Encoding"]
    )
    bomb = await client.post("/say", data=gzip.compress(b" " * 64 * 1024 * 1024), headers=headers)

    assert small.status == 201
    assert bomb.status == 413


async def test_other_content_types_are_refused(client: TestClient, town: Population) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = await client.post("/say", data=b'{"text":"a"}', headers={**town.ada.headers, "Content-Type": kind})
        assert response.status == 415


async def test_messagepack_is_understood_and_answered(client: TestClient, town: Population) -> None:
    headers = {**town.ada.headers, "Content-Type": "application/msgpack", "Accept": "application/msgpack"}
    response = await client.post("/say", data=msgspec.msgpack.encode({"text": "a", "count": 3}), headers=headers)
    broken = await client.post("/say", data=b"\xc1", headers=headers)

    assert response.content_type == "application/msgpack"
    assert msgspec.msgpack.decode(await response.read())["text"] == "aaa"
    assert broken.status == 400
    assert (await problem(broken))["type"] == "/problems/invalid_message"


async def test_unknown_members_are_ignored(client: TestClient, town: Population) -> None:
    response = await client.post("/say", json={"text": "a", "mood": "fine"}, headers=town.ada.headers)

    assert response.status == 201


async def test_large_answers_are_compressed_for_who_takes_it(client: TestClient, town: Population) -> None:
    plain = await client.get("/show", headers={"Accept-Encoding": "identity"})
    response = await client.get("/show", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    refused = await client.get("/show", headers={"Accept-Encoding": "gzip;q=0"})
    small = await client.get("/small", headers={**town.analyst.headers, "Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert await response.read() == await plain.read()
    assert "Content-Encoding" not in refused.headers
    assert "Content-Encoding" not in small.headers


async def test_unchanged_answer_is_not_sent_again(client: TestClient, town: Population) -> None:
    first = await client.get("/v1/accounts/me", headers=town.ada.headers)
    tag = first.headers["ETag"]
    again = await client.get("/v1/accounts/me", headers={**town.ada.headers, "If-None-Match": f'"x", {tag}'})
    other = await client.get("/v1/accounts/me", headers={**town.ben.headers, "If-None-Match": tag})

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
    assert other.status == 200


async def test_limit_counts_down_and_then_refuses(settings: Settings, parrot: Parrot) -> None:
    limits = msgspec.structs.replace(settings.limits, requests_per_minute=3)
    async with open_door(msgspec.structs.replace(settings, limits=limits), parrot.routes()) as client:
        responses = [await client.get("/show") for _ in range(4)]
        unlimited = await client.get("/healthz")

        assert [response.status for response in responses] == [200, 200, 200, 429]
        assert [response.headers["RateLimit"].split(";")[1] for response in responses] == ["r=2", "r=1", "r=0", "r=0"]
        assert responses[0].headers["RateLimit-Policy"] == '"requests";q=3;w=60'
        assert int(responses[3].headers["Retry-After"]) >= 1
        assert (await problem(responses[3]))["retry"] is True
        assert unlimited.status == 200


async def test_limit_is_shared_between_servers(settings: Settings, parrot: Parrot) -> None:
    limits = msgspec.structs.replace(settings.limits, requests_per_minute=3)
    lowered = msgspec.structs.replace(settings, limits=limits)
    async with open_door(lowered, parrot.routes()) as one, open_door(lowered, parrot.routes()) as two:
        statuses = [(await client.get("/show")).status for client in (one, two, one, two)]

    assert statuses == [200, 200, 200, 429]


async def test_limit_holds_while_redis_is_away(settings: Settings, parrot: Parrot) -> None:
    limits = msgspec.structs.replace(settings.limits, requests_per_minute=3)
    redis = msgspec.structs.replace(settings.redis, url="redis://127.0.0.1:1/0")
    async with open_door(msgspec.structs.replace(settings, limits=limits, redis=redis), parrot.routes()) as client:
        statuses = [(await client.get("/show")).status for _ in range(4)]

    assert statuses == [200, 200, 200, 429]


async def test_guessing_tokens_counts_by_address(settings: Settings, parrot: Parrot) -> None:
    limits = msgspec.structs.replace(settings.limits, requests_per_minute=3)
    async with open_door(msgspec.structs.replace(settings, limits=limits), parrot.routes()) as client:
        statuses = []
        for n in range(4):
            headers = {"Authorization": f"Bearer rpd_{n}"}
            statuses.append((await client.get("/v1/accounts/me", headers=headers)).status)

    assert statuses == [401, 401, 401, 429]


async def test_each_account_has_a_limit_of_its_own(client: TestClient, town: Population) -> None:
    first = await client.get("/v1/accounts/me", headers=town.ada.headers)
    second = await client.get("/v1/accounts/me", headers=town.ada.headers)
    other = await client.get("/v1/accounts/me", headers=town.ben.headers)

    assert [response.headers["RateLimit"].split(";")[1] for response in (first, second, other)] == [
        "r=2999",
        "r=2998",
        "r=2999",
    ]


async def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/healthz", "/v1/nothing", "/v1/accounts/me"):
        said = (await client.get(path)).headers

        assert said["Content-Security-Policy"] == guard.CONTENT_POLICY
        assert "unsafe" not in said["Content-Security-Policy"]
        assert said["X-Content-Type-Options"] == "nosniff"
        assert said["Permissions-Policy"].startswith("camera=(self), microphone=(self)")
        assert said["Referrer-Policy"] == "same-origin"
        assert said["Cross-Origin-Opener-Policy"] == "same-origin"
        assert said["Server"] == "roadpulse"
        assert len(said["X-Request-Id"]) == 16


async def test_request_is_one_line_with_ids_and_nothing_personal(
    client: TestClient, town: Population, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    response = await client.get(f"/v1/accounts/me?email={town.ada.email}", headers=town.ada.headers)

    (line,) = [record for record in caplog.records if record.getMessage() == "request"]
    fields = line.__dict__["fields"]
    assert fields.pop("ms") >= 0
    assert fields == {
        "request": response.headers["X-Request-Id"],
        "method": "GET",
        "route": "/v1/accounts/me",
        "status": 422,
        "account": town.ada.identity.account,
    }


async def test_requests_are_counted_by_pattern(client: TestClient, town: Population) -> None:
    def counted(method: str, route: str, status: str) -> float:
        return metrics.requests.labels(method, route, status)._value.get()

    before = counted("DELETE", "/v1/devices/{id}", "404"), counted("other", "unknown", "404")
    await client.delete("/v1/devices/4711", headers=town.ada.headers)
    await client.request("PROPFIND", f"/{os.urandom(4).hex()}")

    after = counted("DELETE", "/v1/devices/{id}", "404"), counted("other", "unknown", "404")
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]


def test_every_route_says_what_it_may_refuse() -> None:
    for route in ROUTES:
        found = calls.refusals(route)
        assert all(issubclass(error, Roadpulse) for error in found)
        assert len(found) == len(set(found))
        assert route.summary
        assert route.tags


def test_no_two_routes_have_one_address() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
