"""The verb `measure`: batches into ingest, answers out in the order of their commits."""

import asyncio
import collections
from uuid import UUID

from monitor import metrics
from monitor.errors import Roadpulse, StreamMissing
from monitor.network.ingest import Ingest, Outcome
from monitor.network.layout import Batch
from monitor.people.identities import Identity
from monitor.wire import envelope
from monitor.wire.envelope import Format, Judged
from monitor.wire.inbound import Measure
from monitor.wire.outbound import Duplicate


class Measuring:
    """One socket's batches under way; answered one after the other, never out of order."""

    def __init__(self, ingest: Ingest, in_flight: int, wire_format: Format) -> None:
        self._ingest = ingest
        self._in_flight = in_flight
        self._wire_format = wire_format
        self._unanswered: collections.deque[tuple[int, asyncio.Future[Outcome]]] = collections.deque()
        self._came = asyncio.Event()
        self._went = asyncio.Event()

    @property
    def is_full(self) -> bool:
        return len(self._unanswered) >= self._in_flight

    def add(self, message_id: int, message: Measure | Judged, identity: Identity, stream: UUID | None) -> None:
        """Sends a batch on its way.

        Raises: StreamMissing - `connect` named none.
        """
        if stream is None:
            raise StreamMissing
        assert identity.device is not None
        answer = self._ingest.add(batch_of(message, identity.device, identity.account, stream))
        self._unanswered.append((message_id, answer))
        self._came.set()

    async def room(self) -> None:
        """Returns when one more batch may be under way."""
        while self.is_full:
            self._went.clear()
            await self._went.wait()

    async def finished(self) -> None:
        """Returns when everything is answered."""
        while self._unanswered:
            self._went.clear()
            await self._went.wait()

    async def next_answer(self) -> bytes:
        """The frame that answers the oldest batch, once it is known."""
        while not self._unanswered:
            self._came.clear()
            await self._came.wait()
        message_id, answer = self._unanswered[0]
        outcome = await answer
        self._unanswered.popleft()
        self._went.set()
        if isinstance(outcome, Roadpulse):
            metrics.refused.labels(outcome.code).inc()
            return envelope.refusal(message_id, outcome, self._wire_format)
        if isinstance(outcome, Duplicate):
            metrics.items.labels("duplicate").inc()
        return envelope.reply(message_id, "measure", outcome, self._wire_format)


def batch_of(message: Measure | Judged, device: int, subject: int, stream: UUID) -> Batch:
    """A decoded `measure` as ingest takes it."""
    if isinstance(message, Measure):
        return Batch(stream, message.seq, device, subject, message.items, None, ())
    return Batch(stream, message.seq, device, subject, message.items, message.positions, message.rejected)
