"""A whole server in this process on real PostgreSQL and Valkey, and people and phones that use it from outside."""

import asyncio
import contextlib
import datetime
import itertools
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import msgspec
import pytest

from monitor import app
from monitor.embedded import PostgresServer, ValkeyServer
from monitor.settings import PREFIX, Settings
from monitor.store import bootstrap, migrate
from tests.conftest import ConnectAs

PASSWORD = "a rainy night in Kribi"
LIMIT_S = 10.0


@pytest.fixture
async def url(settings: Settings) -> AsyncIterator[str]:
    async with app.running(settings, host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}"


@dataclass(slots=True)
class Socket:
    """A client of /v1/stream that speaks either format, and remembers pushes."""

    socket: aiohttp.ClientWebSocketResponse
    is_binary: bool
    pushes: list[dict[str, Any]] = field(default_factory=list)
    replies: dict[int, dict[str, Any]] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def send(self, message: object) -> None:
        if self.is_binary:
            await self.socket.send_bytes(msgspec.msgpack.encode(message))
        else:
            await self.socket.send_str(msgspec.json.encode(message).decode())

    async def say(self, verb: str, **body: object) -> dict[str, Any]:
        """Asks, and gives the answer's body or error."""
        return await self.reply(await self.ask(verb, **body))

    async def ask(self, verb: str, **body: object) -> int:
        number = next(self.numbers)
        await self.send({"id": number, verb: body})
        return number

    async def reply(self, number: int) -> dict[str, Any]:
        async with asyncio.timeout(LIMIT_S):
            while number not in self.replies:
                await self.read()
        answer = self.replies.pop(number)
        return next(value for name, value in answer.items() if name != "id") if "error" not in answer else answer

    async def push(self, wanted: Callable[[dict[str, Any]], bool], limit_s: float = LIMIT_S) -> dict[str, Any]:
        """The first event of any channel that is wanted; waits for it."""
        seen = 0
        async with asyncio.timeout(limit_s):
            while True:
                for index, event in enumerate(self.pushes[seen:], seen):
                    if wanted(event):
                        return self.pushes.pop(index)
                seen = len(self.pushes)
                await self.read()

    async def read(self) -> None:
        message = await self.socket.receive()
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            raise ConnectionResetError(f"closed {self.socket.close_code}")
        decode = msgspec.msgpack.decode if self.is_binary else msgspec.json.decode
        said = decode(message.data)
        if not said:
            await self.send({})
        elif "push" in said:
            channel = said["push"]["channel"]
            self.pushes += [{"channel": channel, **event} for event in said["push"]["events"]]
        else:
            self.replies[said["id"]] = said

    async def closed(self, limit_s: float = LIMIT_S) -> int | None:
        """The close code, once the server has closed."""
        async with asyncio.timeout(limit_s):
            while not self.socket.closed:
                with contextlib.suppress(ConnectionResetError):
                    await self.read()
        return self.socket.close_code


@dataclass(slots=True)
class World:
    """Everybody who uses the server."""

    url: str
    http: aiohttp.ClientSession
    connect_as: ConnectAs
    names: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    settings: Settings | None = None
    """of the server, for who does its worker's part"""

    async def call(self, method: str, path: str, token: str | None = None, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, self.url + path, headers=headers, json=body) as response:
            text = await response.read()
            return response.status, msgspec.json.decode(text) if text else None

    async def person(self, role: str = "subscriber", provider: str | None = None) -> str:
        """A new account's access token."""
        number = next(self.names)
        email, username = f"p{number}@example.org", f"person{number}"
        first = "subscriber" if role not in ("subscriber", "mechanic") else role
        body = {"email": email, "username": username, "password": PASSWORD, "role": first}
        status, made = await self.call("POST", "/v1/accounts", body=body)
        assert status == 201, made
        if role != first:
            connection = await self.connect_as("superuser")
            await connection.execute(
                "UPDATE accounts SET role = $2, provider = (SELECT id FROM providers WHERE slug = $3) WHERE id = $1",
                made["id"], role, provider,
            )  # fmt: skip
        status, session = await self.call("POST", "/v1/sessions", body={"email": email, "password": PASSWORD})
        assert status == 200, session
        return str(session["access_token"])

    async def device(self, owner: str | None = None) -> str:
        """A new device's token."""
        owner = owner or await self.person()
        _, claim = await self.call("POST", "/v1/devices/claims", owner)
        status, made = await self.call("POST", "/v1/devices", body={"code": claim["code"], "name": "phone"})
        assert status == 201, made
        return str(made["token"])

    async def socket(self, *, binary: bool = False, url: str | None = None, query: str = "") -> Socket:
        protocol = "roadpulse.v1.msgpack" if binary else "roadpulse.v1.json"
        address = (url or self.url) + "/v1/stream" + query
        return Socket(await self.http.ws_connect(address, protocols=[protocol], autoclose=True), binary)

    async def console(self, token: str, *, binary: bool = False, url: str | None = None) -> Socket:
        socket = await self.socket(binary=binary, url=url)
        answer = await socket.say("connect", token=token)
        assert "session" in answer, answer
        return socket

    async def phone(
        self, token: str, stream: UUID | None = None, *, binary: bool = False, url: str | None = None
    ) -> Socket:
        socket = await self.socket(binary=binary, url=url)
        answer = await socket.say("connect", token=token, stream=str(stream or uuid4()))
        assert "last_seq" in answer, answer
        return socket


@pytest.fixture
async def world(url: str, connect_as: ConnectAs, settings: Settings) -> AsyncIterator[World]:
    async with aiohttp.ClientSession() as http:
        yield World(url, http, connect_as, settings=settings)


def measurement(carrier: str = "MTN", ago_s: float = 0, **fields: object) -> dict[str, object]:
    at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago_s)
    return {"measured_at": at.isoformat(), "carrier": carrier, **fields}


@pytest.fixture
async def postgres(server_folder: Path) -> AsyncIterator[PostgresServer]:
    """A server that really syncs: it is going to be killed."""
    with PostgresServer(server_folder / "postgres", log=server_folder / "postgres.log") as server:
        yield server


@pytest.fixture
async def valkey(server_folder: Path) -> AsyncIterator[ValkeyServer]:
    with ValkeyServer(server_folder / "valkey", log=server_folder / "valkey.log") as server:
        yield server


@pytest.fixture
async def environment_of_servers(postgres: PostgresServer, valkey: ValkeyServer, tmp_path: Path) -> dict[str, str]:
    made = await bootstrap.bootstrap(postgres.url(), database="roadpulse")
    await migrate.up(made.urls["ROADPULSE_DATABASE_OWNER_URL"])
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
        **made.urls,
        "ROADPULSE_REDIS_URL": valkey.url,
        "ROADPULSE_MEDIA_URL": (tmp_path / "media").as_uri(),
        "ROADPULSE_SECRET": "A" * 43,
        "ROADPULSE_IDENTITY_BCRYPT_ROUNDS": "4",
    }
