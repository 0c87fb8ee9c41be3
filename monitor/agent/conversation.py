"""One connection to the server: introduces the stream, keeps batches in flight, and obeys what comes back."""

import asyncio
import contextlib
import random
from collections import deque
from dataclasses import dataclass

import msgspec
from aiohttp import ClientWebSocketResponse, WSMsgType
from msgspec import UNSET

from monitor.agent.answers import ENDINGS, Answered, Happening, Heard, Refusal, understand, why
from monitor.agent.flow import Flow, Watch
from monitor.agent.parcels import Batch, frame
from monitor.agent.spool import Spool
from monitor.errors import AgentStopped
from monitor.wire.envelope import Format, encode
from monitor.wire.inbound import Connect
from monitor.wire.outbound import Connected, ConnectLimits

ANSWER_S = 30.0
"""for the answer to `connect`; a loaded server takes seconds"""

SILENCE_S = 20.0
"""beyond the server's ping interval before the connection counts as dead"""

LONGEST_PAUSE_S = 3600.0

HOPELESS = {"not_allowed", "token_invalid", "not_signed_in", "suspended", "unknown_stream", "stream_missing"}
"""refusals that sending other items does not change"""


@dataclass(frozen=True, slots=True)
class Peer:
    """The server, and what it is spoken to with."""

    url: str
    token: str
    wire_format: Format
    batch: int
    """items in one message, if the server's limit allows"""
    client: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a connection ended."""

    reason: str
    close_code: int | None = None
    is_productive: bool = False
    """a batch was acknowledged in it"""
    wait_s: float | None = None
    """how long the server asked to stay away"""
    comes_at_once: bool = False
    """a new stream begins, or all is done"""


class Conversation:
    """The life of one socket; what it cannot finish, the next one goes on with."""

    def __init__(self, socket: ClientWebSocketResponse, spool: Spool, peer: Peer, flow: Flow, watch: Watch) -> None:
        self._socket = socket
        self._spool = spool
        self._peer = peer
        self._flow = flow
        self._watch = watch
        self._limits = ConnectLimits(0, 0, 0, 0, 0)
        self._silence_s = ANSWER_S
        self._ready: deque[Batch] = deque()
        self._in_flight: dict[int, Batch] = {}
        self._last_id = 0
        self._turns_back = False
        self._refusals = 0
        self._resumes_at = 0.0
        self._is_productive = False
        self._wait_s: float | None = None
        self._comes_at_once = False

    async def hold(self) -> Ending:
        """Carries batches until the connection ends or nothing is left of a finished flow.

        Raises: AgentStopped - the server refuses what another try would not change.
        """
        try:
            connected = await self._introduce()
            kept = await asyncio.to_thread(self._spool.resume, connected.last_seq or 0)
            if kept is None:
                self._watch.note("the server and the spool disagree about what was sent; a new stream begins")
                return Ending("a new stream begins")
            self._start(connected, kept)
            await self._exchange()
        except TimeoutError:
            return self._ended("the server is silent")
        except msgspec.DecodeError as error:
            return self._ended(f"the server said something that is not understood: {error}")
        except ConnectionError as error:
            return self._ended(f"the connection broke: {error}")
        return self._ended(why(self._socket.close_code))

    async def _introduce(self) -> Connected:
        stream = self._spool.stream()
        message = Connect(
            token=self._peer.token,
            client=self._peer.client,
            stream=stream.id,
            replaces=stream.replaces or UNSET,
            lost=stream.lost if stream.replaces else UNSET,
        )
        self._last_id = 1
        await self._put(encode({"id": 1, "connect": message}, self._peer.wire_format))
        async with asyncio.timeout(ANSWER_S):
            while (heard := await self._next_frame()) is not None:
                if isinstance(heard.connect, Connected):
                    return heard.connect
                if isinstance(heard.error, Refusal):
                    raise _hopeless(heard.error) if not heard.error.retry else ConnectionError(str(heard.error))
                await self._obey(heard)
        raise ConnectionError(why(self._socket.close_code))

    def _start(self, connected: Connected, kept: int) -> None:
        self._limits = connected.limits
        self._silence_s = connected.ping_s + SILENCE_S
        self._ready.extend(self._spool.sealed())
        self._watch.connected(str(connected.session))
        if kept:
            self._is_productive = True
            self._moved(kept)

    async def _exchange(self) -> None:
        carrier = asyncio.create_task(self._carry())
        try:
            while (heard := await self._next_frame()) is not None:
                await self._obey(heard)
        finally:
            carrier.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await carrier

    async def _next_frame(self) -> Heard | None:
        message = await self._socket.receive(self._silence_s)
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            return understand(message.data, self._peer.wire_format)
        return None

    async def _carry(self) -> None:
        """Keeps the window full, and closes the socket when there is no more to do."""
        try:
            await self._fill_window()
        finally:
            await self._socket.close()

    async def _fill_window(self) -> None:
        while True:
            self._flow.changed.clear()
            pause = self._resumes_at - asyncio.get_running_loop().time()
            if self._turns_back and not self._in_flight:
                self._ready = deque(await asyncio.to_thread(self._spool.sealed))
                self._turns_back = False
            elif self._turns_back or len(self._in_flight) >= self._limits.in_flight:
                await self._flow.changed.wait()
            elif pause > 0:
                await asyncio.sleep(min(pause, LONGEST_PAUSE_S))
            elif self._ready or await self._seal():
                await self._send(self._ready.popleft())
            elif self._is_through():
                return
            else:
                await self._flow.changed.wait()

    async def _seal(self) -> bool:
        json = self._peer.wire_format is Format.JSON
        self._ready.extend(
            await asyncio.to_thread(
                self._spool.seal,
                batches=self._limits.in_flight - len(self._in_flight),
                items=min(self._peer.batch, self._limits.batch),
                # The spool counts MessagePack; the same in JSON is about half as long again.
                size=self._limits.frame_bytes // 2 if json else self._limits.frame_bytes - 1024,
            )
        )
        return bool(self._ready) and not self._turns_back

    def _is_through(self) -> bool:
        if self._in_flight or self._turns_back:
            return False
        if self._spool.owes_report():
            self._spool.renew()
            self._comes_at_once = True
        return self._comes_at_once or (self._flow.is_finished and self._spool.is_settled())

    async def _send(self, batch: Batch) -> None:
        self._last_id += 1
        data = frame(self._last_id, batch, self._peer.wire_format)
        if batch.count > self._limits.batch:
            self._ready.appendleft(await self._lighten(batch, self._limits.batch, "too many items"))
        elif len(data) > self._limits.frame_bytes:
            self._ready.appendleft(await self._lighten(batch, batch.count // 2, "larger than a frame"))
        else:
            self._in_flight[self._last_id] = batch
            await self._put(data)

    async def _put(self, data: bytes) -> None:
        if self._peer.wire_format is Format.JSON:
            await self._socket.send_frame(data, WSMsgType.TEXT)
        else:
            await self._socket.send_frame(data, WSMsgType.BINARY)

    async def _obey(self, heard: Heard) -> None:
        if isinstance(heard.measure, Answered) and isinstance(heard.id, int):
            await self._answered(heard.id, heard.measure)
        elif isinstance(heard.error, Refusal):
            await self._refused(heard.id if isinstance(heard.id, int) else 0, heard.error)
        elif heard.push is not UNSET:
            for event in heard.push.events:
                self._heed(event)
        elif heard.is_ping():
            await self._put(encode({}, self._peer.wire_format))

    async def _answered(self, message_id: int, answer: Answered) -> None:
        batch = self._in_flight.get(message_id)
        if batch is None:
            return
        count = await asyncio.to_thread(self._spool.acknowledge, batch.seq, answer.fates(batch.count))
        del self._in_flight[message_id]
        self._is_productive = True
        self._refusals = 0
        self._moved(count)

    async def _refused(self, message_id: int, refusal: Refusal) -> None:
        """Goes back to the batch that the server wants, once every answer is here; a batch at fault is made lighter."""
        batch = self._in_flight.get(message_id)
        if batch is None:
            raise ConnectionError(f"a refusal of nothing that was sent: {refusal}")
        self._turns_back = True
        if refusal.code == "sequence_gap":
            if refusal.expected is None or refusal.expected > batch.seq:
                raise ConnectionError(f"a gap that leads nowhere: {refusal}")
            if refusal.expected < self._spool.first_seq():
                raise ConnectionError("the server has forgotten batches")
        elif refusal.retry:
            self._pause(refusal.retry_after_ms)
        elif refusal.code in HOPELESS:
            raise _hopeless(refusal)
        else:
            self._watch.note(f"batch {batch.seq} was refused: {refusal}")
            await self._lighten(batch, refusal.limit or batch.count // 2, str(refusal))
        del self._in_flight[message_id]
        self._flow.changed.set()

    async def _lighten(self, batch: Batch, keep: int, reason: str) -> Batch:
        if batch.count > 1:
            keep = min(keep, batch.count - 1) or 1
            await asyncio.to_thread(self._spool.shorten, batch.seq, keep)
        elif batch.count == 1:
            await asyncio.to_thread(self._spool.empty, batch.seq, reason)
            self._watch.note(f"a measurement was given up: {reason}")
            self._moved(1)
        else:
            raise AgentStopped(f"the server refuses even an empty batch: {reason}")
        return self._spool.sealed(since=batch.seq)[0]

    def _pause(self, retry_after_ms: float | None) -> None:
        # Full jitter, as between connections; an answer ends the series.
        self._refusals += 1
        longest = min(30.0, 0.5 * 2.0 ** min(self._refusals, 10))
        delay = retry_after_ms / 1000 if retry_after_ms is not None else random.uniform(0, longest)  # noqa: S311
        self._resumes_at = max(self._resumes_at, asyncio.get_running_loop().time() + delay)

    def _heed(self, event: Happening) -> None:
        wait_s = event.retry_after_s()
        if event.event == "slow_down":
            self._pause((wait_s or 0.0) * 1000)
        elif event.event == "drain":
            # What is in flight is answered before 4001; new batches would only come back as refused.
            self._wait_s = wait_s
            self._resumes_at = float("inf")

    def _moved(self, count: int) -> None:
        self._watch.acknowledged(count)
        self._flow.moved.set()
        self._flow.changed.set()

    def _ended(self, detail: str) -> Ending:
        reason = why(self._socket.close_code) if self._socket.close_code in ENDINGS else detail
        done = self._comes_at_once or (self._flow.is_finished and self._spool.is_settled())
        code = self._socket.close_code
        return Ending(reason, code, self._is_productive, self._wait_s, comes_at_once=done)


def _hopeless(refusal: Refusal) -> AgentStopped:
    return AgentStopped(f"the server refuses this device ({refusal})")
