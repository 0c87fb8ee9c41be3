"""No call, however strange, breaks the HTTP door or is answered in a way that the OpenAPI document does not know."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as effort
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as openapi_checks

from monitor import app
from monitor.routes import openapi
from monitor.routes.route import AnyRoute
from tests.conftest import Servers, examples
from tests.living import LIVE, caller
from tests.served import Served, serve

KEPT = [
    not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
LIMIT_S = 10.0

# The generator of calls draws from `random` in places; with a seed of its own that is no harm.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
tries = effort(max_examples=examples(12, 60), deadline=None, suppress_health_check=list(HealthCheck), database=None)


@schemathesis.serializer("application/msgpack")
def _pack(_: object, value: Any) -> bytes:
    # What MessagePack cannot hold is a fault of the generator, not of the server.
    try:
        return msgspec.msgpack.encode(value)
    except OverflowError:
        return msgspec.msgpack.encode(str(value))


@schemathesis.serializer("application/offset+octet-stream")
def _stream(_: object, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


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


@pytest.fixture(scope="module")
def described() -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_dict(json.loads(json.dumps(openapi.document(app.ROUTES))))


@pytest.mark.parametrize("route", app.ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_strange_calls_are_answered_as_documented(
    route: AnyRoute, served: Served, described: schemathesis.BaseSchema
) -> None:
    token, real = asyncio.run(_prepare(route, served))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    operation = described[route.path][route.method]
    with requests.Session() as session:

        @seed(20261122)
        @tries
        @given(case=st.one_of(*(operation.as_strategy(mode) for mode in MODES)), is_real=st.booleans())
        def call(case: Case, *, is_real: bool) -> None:
            if real is not None and is_real:
                case.path_parameters["id"] = real
            answer = case.call(base_url=served.url, session=session, headers=headers, timeout=LIMIT_S)
            case.validate_response(answer, checks=KEPT, headers=headers)

        call()


async def _prepare(route: AnyRoute, served: Served) -> tuple[str | None, int | None]:
    """Who may call, and something there to call it on."""
    async with served.world() as world:
        token = await caller(world, route)
        kind = route.example.live.get("id")
        return token, None if kind is None else await LIVE[kind](world, token)
