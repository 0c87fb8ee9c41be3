"""A route of the tests' own, to try what holds for every route."""

import asyncio

from aiohttp import ClientResponse
from msgspec import Struct

from monitor.errors import Conflict
from monitor.routes.route import EVERY_ACCOUNT, AnyRoute, Request, Route
from monitor.values import Role
from tests.routes.conftest import ROUTES


class Said(Struct):
    text: str
    count: int = 1


class Heard(Struct):
    text: str
    calls: int


class Parrot:
    """A route of the tests' own: says again what it is told, and counts how often it was."""

    def __init__(self) -> None:
        self.calls = 0
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.entered = asyncio.Event()

    async def say(self, request: Request[Said, None]) -> Heard:
        self.calls += 1
        self.entered.set()
        await self.may_go_on.wait()
        if request.body.text == "refuse":
            raise Conflict
        if request.body.text == "break":
            raise RuntimeError("a fault of ours")
        return Heard(request.body.text * request.body.count, self.calls)

    async def show(self, request: Request[None, None]) -> Heard:
        return Heard("x" * 5000, 0)

    async def small(self, request: Request[None, None]) -> Heard:
        return Heard("x", 0)

    def routes(self) -> list[AnyRoute]:
        return [
            *ROUTES,
            Route("POST", "/say", self.say, "", answer=Heard, status=201, body=Said, roles=EVERY_ACCOUNT, devices=True),
            Route("GET", "/show", self.show, "", answer=Heard),
            Route("GET", "/small", self.small, "", answer=Heard, roles=frozenset({Role.ANALYST})),
        ]


async def problem(response: ClientResponse) -> dict[str, object]:
    assert response.content_type == "application/problem+json"
    said = await response.json()
    assert said["status"] == response.status
    assert said["title"]
    assert said["detail"]
    assert isinstance(said["retry"], bool)
    return said
