"""Parameters that an address does not declare, or that stand twice, are refused by name, on every route."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import msgspec
import pytest
import requests
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as effort
from hypothesis import strategies as st

from monitor import app
from monitor.routes import openapi
from monitor.routes.route import AnyRoute
from tests.conftest import Servers, examples
from tests.living import LIVE, caller
from tests.served import Served, serve

LIMIT_S = 10.0
CLOSED = [route for route in app.ROUTES if not route.open_query]
OPEN = [route for route in app.ROUTES if route.open_query]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# Other tests' generators draw from `random`; with a seed of its own that is no harm.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
tries = effort(max_examples=examples(60, 300), deadline=None, suppress_health_check=list(HealthCheck), database=None)
Tokens = Mapping[str, str | None]
Document = Mapping[str, Any]


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(servers, migrated) as served:
        yield served


@pytest.fixture(scope="module")
def tokens(served: Served) -> Tokens:
    """Who may call each route."""

    async def prepare() -> Tokens:
        async with served.world() as world:
            kinds = {_audience(route): route for route in CLOSED}
            return {kind: await caller(world, route) for kind, route in kinds.items()}

    return asyncio.run(prepare())


@pytest.fixture(scope="module")
def document() -> Document:
    return openapi.document(app.ROUTES)


def _audience(route: AnyRoute) -> str:
    return f"{route.devices} {sorted(route.roles or ())}"


def _declared(document: Document, route: AnyRoute) -> set[str]:
    said = document["paths"][route.path][route.method.lower()]["parameters"]
    return {parameter["name"] for parameter in said if parameter.get("in") == "query"}


def _call(
    session: requests.Session, served: Served, tokens: Tokens, route: AnyRoute, query: list[tuple[str, str]]
) -> requests.Response:
    token = tokens[_audience(route)]
    path = route.path.format(**route.example.path)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return session.request(route.method, served.url + path, params=query, headers=headers, timeout=LIMIT_S)


def _named(answer: requests.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, (answer.request.method, answer.request.url, answer.content)
    if answer.request.method == "HEAD":
        return []
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/invalid_field"
    return [(fault["path"], fault["reason"]) for fault in problem["errors"]]


def test_parameter_that_no_route_declares_is_refused_by_name(
    served: Served, tokens: Tokens, document: Document
) -> None:
    with requests.Session() as session:

        @seed(20261126)
        @tries
        @given(route=st.sampled_from(CLOSED), name=TEXT, value=TEXT)
        def call(route: AnyRoute, name: str, value: str) -> None:
            if name in _declared(document, route):
                return
            answer = _call(session, served, tokens, route, [*route.example.query.items(), (name, value)])
            assert _named(answer) in ([], [(name, "there is no such parameter here")])

        call()


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: f"{route.method} {route.path}")
def test_each_route_refuses_what_it_does_not_declare(route: AnyRoute, served: Served, tokens: Tokens) -> None:
    with requests.Session() as session:
        query = [*route.example.query.items(), ("limmit", "5"), ("_", "1")]
        found = _named(_call(session, served, tokens, route, query))

    assert found in ([], [(name, "there is no such parameter here") for name in ("limmit", "_")])


def test_parameter_that_stands_twice_is_refused_by_name(served: Served, tokens: Tokens, document: Document) -> None:
    with requests.Session() as session:
        for route in CLOSED:
            for name in _declared(document, route):
                shown = route.example.query.get(name, "1")
                twice = [(name, shown), (name, shown)]
                assert _named(_call(session, served, tokens, route, twice)) == [(name, "given more than once")]


def test_refusal_names_no_more_than_ten(served: Served, tokens: Tokens) -> None:
    route = next(route for route in CLOSED if route.path == "/v1/measurements" and route.method == "GET")
    with requests.Session() as session:
        answer = _call(session, served, tokens, route, [(f"a{number}", "") for number in range(500)])

    assert [name for name, _ in _named(answer)] == [f"a{number}" for number in range(10)]


@pytest.mark.parametrize("route", OPEN, ids=lambda route: route.path)
async def test_address_that_is_handed_round_takes_what_others_hang_on_it(route: AnyRoute, served: Served) -> None:
    async with served.world() as world:
        live = {name: await LIVE[kind](world, None) for name, kind in route.example.live.items()}
        query = {"utm_source": "mail", "fbclid": "x", "time": "1"}
        async with world.http.get(world.url + route.path.format(**live), params=query) as answer:
            assert answer.status == route.status


@pytest.mark.parametrize("path", ["/", "/docs", "/nothing", "/alerts"])
async def test_pages_take_what_others_hang_on_them(path: str, served: Served) -> None:
    async with served.world() as world:
        statuses = []
        for query in ("", "?utm_source=mail"):
            async with world.http.get(world.url + path + query) as answer:
                statuses.append(answer.status)

    assert statuses[0] == statuses[1] != 422


@pytest.mark.parametrize("query", ["tickets=x", "ticket=x&ticket=y", "ticket=x&v=1"])
async def test_socket_with_a_parameter_that_it_does_not_know_is_refused_before_the_upgrade(
    query: str, served: Served
) -> None:
    async with served.world() as world:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await world.socket(query=f"?{query}")

    assert refused.value.status == 422


async def test_query_without_a_name_changes_nothing(served: Served) -> None:
    async with served.world() as world:
        for query in ("?", "?&", "?&&"):
            assert (await world.call("GET", f"/v1/symptoms{query}"))[0] == 200
        socket = await world.socket(query="?&")
        answer: dict[str, Any] = await socket.say("connect", token=await world.person())

    assert msgspec.json.encode(answer["session"])
