"""Whatever is killed, whenever: each acknowledged measurement is stored exactly once, and the roll-ups equal them."""

import asyncio
import contextlib
import datetime
import random
import signal
from pathlib import Path
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import msgspec
import pytest

from monitor.embedded import PostgresServer
from tests.exactness import WAITING, differences
from tests.journeys.conftest import World
from tests.journeys.processes import Server

ROUNDS = 10
PHONES = 6
IN_FLIGHT = 4
BASE = datetime.datetime.now(datetime.UTC).replace(microsecond=0) - datetime.timedelta(hours=6)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Phone:
    """A device that sends numbered batches, and after each break goes on behind what the server kept."""

    def __init__(self, token: str, servers: list[Server], index: int) -> None:
        self.token = token
        self.stream: UUID = uuid4()
        self.acknowledged = 0
        self.sent = 0
        self._servers = servers
        self._index = index

    def batch(self, seq: int) -> dict[str, object]:
        items = [
            {
                "measured_at": (BASE + datetime.timedelta(seconds=seq, milliseconds=index)).isoformat(),
                "carrier": ("MTN", "Orange", "Blue")[self._index % 3],
                "network_type": "LTE",
                "latency_ms": float(seq % 300 + index),
                "latitude": 4.0 + self._index / 10,
                "longitude": 9.7,
            }
            for index in range(size(seq))
        ]
        return {"seq": seq, "items": items}

    async def run(self, http: aiohttp.ClientSession, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, ConnectionError):
                await self._talk(http, stopping)
            await asyncio.sleep(0.05)

    async def _talk(self, http: aiohttp.ClientSession, stopping: asyncio.Event) -> None:
        server = random.choice(self._servers)
        protocol = f"roadpulse.v1.{'msgpack' if self._index % 2 else 'json'}"
        async with http.ws_connect(f"{server.url}/v1/stream", protocols=[protocol]) as ws:
            await self._send(ws, {"id": 1, "connect": {"token": self.token, "stream": str(self.stream)}})
            connected = await self._receive(ws)
            if "connect" not in connected:
                return
            last = connected["connect"]["last_seq"]
            # What was acknowledged must be there, whichever server is asked, whatever died in between.
            assert last >= self.acknowledged
            self.acknowledged = last
            following = last + 1
            waiting = 0
            while not (stopping.is_set() and waiting == 0):
                while waiting < IN_FLIGHT and not stopping.is_set():
                    await self._send(ws, {"id": following, "measure": self.batch(following)})
                    self.sent = max(self.sent, following)
                    following += 1
                    waiting += 1
                said = await self._receive(ws)
                if "push" in said or not said:
                    continue
                waiting -= 1
                if "error" in said:
                    return
                self.acknowledged = max(self.acknowledged, said["measure"]["seq"])

    @staticmethod
    async def _send(ws: aiohttp.ClientWebSocketResponse, message: object) -> None:
        if ws.protocol == "roadpulse.v1.msgpack":
            await ws.send_bytes(msgspec.msgpack.encode(message))
        else:
            await ws.send_str(msgspec.json.encode(message).decode())

    @staticmethod
    async def _receive(ws: aiohttp.ClientWebSocketResponse) -> dict[str, dict[str, int]]:
        message = await ws.receive(timeout=30)
        if message.type is aiohttp.WSMsgType.TEXT:
            return dict(msgspec.json.decode(message.data))
        if message.type is aiohttp.WSMsgType.BINARY:
            return dict(msgspec.msgpack.decode(message.data))
        raise ConnectionResetError(str(ws.close_code))


def size(seq: int) -> int:
    return 1 + seq % 5


async def test_ten_rounds_of_kills_lose_nothing_and_double_nothing(
    postgres: PostgresServer, environment_of_servers: dict[str, str], server_folder: Path
) -> None:
    chance = random.Random(2026)
    servers = [Server(environment_of_servers, server_folder, name) for name in ("first", "second")]
    stopping = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        for server in servers:
            stack.push_async_callback(server.end, signal.SIGKILL)
            await server.start()
        for server in servers:
            await server.wait_until_ready()
        http = await stack.enter_async_context(aiohttp.ClientSession())
        world = World(servers[0].url, http, connect_as=None)  # type: ignore[arg-type]
        phones = [Phone(await world.device(), servers, index) for index in range(PHONES)]
        running = asyncio.gather(*(phone.run(http, stopping) for phone in phones))
        stack.callback(running.cancel)
        for number in range(ROUNDS):
            await _progress(phones, 40, running)
            await asyncio.sleep(chance.uniform(0, 0.3))
            # Every third round the database dies too, and sometimes it alone.
            if number % 3 != 2:
                await servers[number % 2].end(signal.SIGKILL)
            if number % 3:
                postgres.kill()
                postgres.start()
            if number % 3 != 2:
                await servers[number % 2].start()
        await _progress(phones, 40, running)
        stopping.set()
        async with asyncio.timeout(60):
            await running

        connection = await asyncpg.connect(postgres.url("roadpulse"))
        stack.push_async_callback(connection.close)
        await _check_stored(connection, phones)
        async with asyncio.timeout(60):
            while await connection.fetchval(WAITING):  # noqa: ASYNC110 - another process empties it
                await asyncio.sleep(0.1)
        assert await differences(connection) == []


async def _progress(phones: list[Phone], batches: int, running: asyncio.Future[list[None]]) -> None:
    """Waits until every phone got so many more batches acknowledged."""
    goals = [phone.acknowledged + batches for phone in phones]
    async with asyncio.timeout(60):
        while any(phone.acknowledged < goal for phone, goal in zip(phones, goals, strict=True)):
            if running.done():
                running.result()
            await asyncio.sleep(0.05)


async def _check_stored(connection: asyncpg.Connection, phones: list[Phone]) -> None:
    for phone in phones:
        rows = await connection.fetch(
            "SELECT seq, count(*) AS n, count(DISTINCT item) AS items, count(DISTINCT measured_at) AS times"
            " FROM measurements WHERE stream = $1 GROUP BY seq ORDER BY seq",
            phone.stream,
        )
        last = await connection.fetchval("SELECT last_seq FROM streams WHERE id = $1", phone.stream)
        assert phone.acknowledged <= last <= phone.sent
        assert [tuple(row) for row in rows] == [(seq, size(seq), size(seq), size(seq)) for seq in range(1, last + 1)]
