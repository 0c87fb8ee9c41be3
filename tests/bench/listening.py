"""Generator: so many listeners of one channel, and when each heard what was announced.

`consoles`: aiohttp WebSockets that have subscribed to `alerts:mtn` at our server. `redis`: redis-py's asyncio
subscriptions to a bare Redis channel, each on a connection of its own.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import msgspec
from redis.asyncio import Redis

from tests.bench.generators import Round, generate
from tests.bench.report import percentile

CHANNEL = "bench"
LIMIT_S = 60.0
AT_ONCE = 50
"""sockets that are opened side by side"""


class Heard(msgspec.Struct):
    """What is announced; the clock is the machine's, the same in all processes."""

    number: int
    sent_at: float


class Event(msgspec.Struct):
    event: str
    data: Heard


class Push(msgspec.Struct):
    events: list[Event]


class Frame(msgspec.Struct):
    push: Push | None = None


class Crowd:
    """Who listens, and how late each of them was."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.last: dict[int, float] = {}
        self._expected = 0
        self.complete = asyncio.Event()

    def expect(self, deliveries: int) -> None:
        self.waits, self.last, self._expected = [], {}, deliveries
        self.complete.clear()

    def hear(self, heard: Heard) -> None:
        waited = time.monotonic() - heard.sent_at
        self.waits.append(waited)
        self.last[heard.number] = waited
        if len(self.waits) == self._expected:
            self.complete.set()


async def prepare(plan: dict[str, Any], stack: AsyncExitStack) -> Round:
    crowd = Crowd()
    if plan["kind"] == "consoles":
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        address = f"http://127.0.0.1:{plan['port']}/v1/stream"
        sockets = await _many(plan["count"], lambda: _console(http, address, plan["token"]))
        listeners = [asyncio.create_task(_watch(socket, crowd)) for socket in sockets]
    else:
        subscriptions = await _many(plan["count"], lambda: _subscription(plan["url"]))
        listeners = [asyncio.create_task(_follow(each, crowd)) for each in subscriptions]

    for listener in listeners:
        stack.callback(listener.cancel)

    async def play(order: dict[str, Any]) -> dict[str, Any]:
        crowd.expect(order["events"] * plan["count"])
        print("{}", flush=True)
        done = asyncio.create_task(crowd.complete.wait())
        await asyncio.wait([done, *listeners], timeout=LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        if not crowd.complete.is_set():
            raise RuntimeError(f"only {len(crowd.waits)} deliveries")
        return {
            "deliveries": len(crowd.waits),
            "p50_ms": percentile(crowd.waits, 0.5) * 1000,
            "p99_ms": percentile(crowd.waits, 0.99) * 1000,
            "all_p50_ms": percentile(list(crowd.last.values()), 0.5) * 1000,
        }

    return play


async def _many(count: int, opened: Callable[[], Any]) -> list[Any]:
    made: list[Any] = []
    while len(made) < count:
        made += await asyncio.gather(*(opened() for _ in range(min(AT_ONCE, count - len(made)))))
    return made


async def _console(http: aiohttp.ClientSession, address: str, token: str) -> aiohttp.ClientWebSocketResponse:
    socket = await http.ws_connect(address, protocols=["roadpulse.v1.json"])
    await socket.send_json({"id": 1, "connect": {"token": token, "ping_s": 240}})
    await socket.send_json({"id": 2, "subscribe": {"channel": "alerts:mtn"}})
    for verb in ("connect", "subscribe"):
        answer = await socket.receive_json(timeout=30)
        if verb not in answer:
            raise RuntimeError(answer)
    return socket


async def _watch(socket: aiohttp.ClientWebSocketResponse, crowd: Crowd) -> None:
    decode = msgspec.json.Decoder(Frame).decode
    async for message in socket:
        if (push := decode(message.data).push) is not None:
            for event in push.events:
                crowd.hear(event.data)


async def _subscription(url: str) -> Any:
    subscription = Redis.from_url(url).pubsub(ignore_subscribe_messages=True)
    await subscription.subscribe(CHANNEL)
    return subscription


async def _follow(subscription: Any, crowd: Crowd) -> None:
    decode = msgspec.json.Decoder(Heard).decode
    async for message in subscription.listen():
        crowd.hear(decode(message["data"]))


if __name__ == "__main__":
    generate(prepare)
