"""Whatever sequence of frames comes, a socket answers or ends rightly, and keeps exactly what it acknowledged."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from aiohttp import WSMsgType
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tests.conftest import Servers, examples
from tests.journeys.conftest import LIMIT_S, Socket, World, measurement
from tests.served import Served, serve

MAY_END = {1007, 4500, 4501}
"""how a strange frame may rightly end its socket: no UTF-8, a token that is none, a second connect"""
MARKS = itertools.count(10**9)
# Sockets mask their frames with `random`, which is no part of what is tried.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
tries = effort(max_examples=examples(60, 400), deadline=None, database=None, suppress_health_check=list(HealthCheck))


@dataclass(slots=True)
class Tried:
    """A socket that strange frames are sent to, and what it has acknowledged."""

    world: World
    token: str
    is_phone: bool
    is_binary: bool
    database: asyncpg.Connection
    stream: UUID = field(default_factory=uuid4)
    stored: int = 0
    quarantined: int = 0
    socket: Socket | None = None

    async def send(self, frames: list[bytes]) -> None:
        """Sends the frames and waits until all are dealt with."""
        if self.socket is None or self.socket.socket.closed:
            open_one = self.world.phone(self.token, self.stream, binary=self.is_binary) if self.is_phone else (
                self.world.console(self.token, binary=self.is_binary)
            )  # fmt: skip
            self.socket = await open_one
        kind = WSMsgType.BINARY if self.is_binary else WSMsgType.TEXT
        try:
            for frame in frames:
                await self.socket.socket.send_frame(frame, kind)
            mark = next(MARKS)
            # One is never the next in its stream, the other confirms nothing: both are only answered.
            last = {"measure": {"seq": 2**53 - 1, "items": []}} if self.is_phone else {"confirm": {"events": []}}
            await self.socket.send({"id": mark, **last})
        except ConnectionError:
            mark = 0
        await self._read_until(mark)

    async def _read_until(self, mark: int) -> None:
        assert self.socket is not None
        decode = msgspec.msgpack.decode if self.is_binary else msgspec.json.decode
        async with asyncio.timeout(LIMIT_S):
            while True:
                message = await self.socket.socket.receive()
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    assert self.socket.socket.close_code in MAY_END
                    return
                said = decode(message.data)
                answer = said.get("measure", {})
                self.stored += answer.get("stored", 0)
                self.quarantined += len(answer.get("quarantined", ()))
                if said.get("id") == mark:
                    return

    async def check(self) -> None:
        """Holds what is kept against what was acknowledged."""
        assert self.socket is not None
        if self.socket.socket.closed:
            await self._nothing_waits()
        stored = await self.database.fetchval("SELECT count(*) FROM measurements WHERE stream = $1", self.stream)
        aside = await self.database.fetchval("SELECT count(*) FROM quarantine WHERE stream = $1", self.stream)
        if self.socket.socket.closed:
            # What was committed when the socket ended may be kept without having been acknowledged.
            assert stored >= self.stored
            assert aside >= self.quarantined
            self.stored, self.quarantined = stored, aside
        assert (stored, aside) == (self.stored, self.quarantined)

    async def _nothing_waits(self) -> None:
        """Returns when the server has committed all that it took: a socket may end before its last batch does."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                async with self.world.http.get(f"{self.world.url}/metrics") as response:
                    if "\nroadpulse_ingest_waiting 0.0\n" in await response.text():
                        return
                await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(servers, migrated, {"limits_invalid_messages": 10**6, "limits_messages_per_s": 10**6}) as served:
        yield served


@pytest.fixture(params=["phone", "console"])
async def tried(request: pytest.FixtureRequest, served: Served) -> AsyncIterator[Tried]:
    async with served.world() as world:
        is_phone = request.param == "phone"
        token = await (world.device() if is_phone else world.person("administrator"))
        yield Tried(world, token, is_phone, False, await world.connect_as("superuser"))


def _values() -> st.SearchStrategy[Any]:
    leaves = (
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
        | st.sampled_from([2**53, 2**63, -(2**63), 2**64, 1e308, "9999-12-31T23:59:59-14:00", "\x00"])
    )  # fmt: skip
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | _maps(inner), max_leaves=8)


def _maps(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    words = ["id", "seq", "items", "channel", "offset", "token", "events", "carrier", "measured_at", "latency_ms"]
    return st.dictionaries(st.sampled_from(words) | st.text(max_size=4), inner, max_size=4)


def _items() -> st.SearchStrategy[Any]:
    changed = st.builds(lambda extra: measurement() | extra, _maps(_values()))
    return st.lists(changed | _values(), max_size=4)


def _messages() -> st.SearchStrategy[Any]:
    verbs = st.sampled_from(["measure", "subscribe", "unsubscribe", "confirm", "dance", "push", "error"])
    measures = st.builds(
        lambda seq, items: {"id": 5, "measure": {"seq": seq, "items": items}}, st.integers(1, 9), _items()
    )
    loose = st.dictionaries(verbs | st.just("id"), _values(), max_size=3)
    return measures | loose | _values()


def _frames(*, binary: bool) -> st.SearchStrategy[bytes]:
    """Messages from nearly right to nonsense, whole, cut, and with bytes changed."""
    whole = _messages().map(lambda message: _encoded(message, binary=binary))
    cut = st.builds(lambda frame, at: frame[: at % (len(frame) + 1)], whole, st.integers(0, 10**4))
    hurt = st.builds(_hurt, whole, st.integers(0, 10**4), st.integers(0, 255))
    return whole | cut | hurt | st.binary(max_size=40)


def _encoded(message: object, *, binary: bool) -> bytes:
    if not binary:
        return json.dumps(message).encode()
    try:
        return msgspec.msgpack.encode(message)
    except (OverflowError, ValueError):
        return msgspec.msgpack.encode(repr(message))


def _hurt(frame: bytes, at: int, byte: int) -> bytes:
    at %= len(frame)
    return frame[:at] + bytes([byte]) + frame[at + 1 :]


async def _try(tried: Tried, frames: list[bytes], *, binary: bool) -> None:
    tried.is_binary = binary
    await tried.send(frames)
    await tried.check()


@tries
@given(frames=st.lists(_frames(binary=False), min_size=1, max_size=8))
async def test_strange_json_loses_nothing(tried: Tried, frames: list[bytes]) -> None:
    await _try(tried, frames, binary=False)


@tries
@given(frames=st.lists(_frames(binary=True), min_size=1, max_size=8))
async def test_strange_msgpack_loses_nothing(tried: Tried, frames: list[bytes]) -> None:
    await _try(tried, frames, binary=True)
