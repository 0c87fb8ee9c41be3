"""The verb `measure`: batches into ingest, answers out in the order of their commits."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from monitor import metrics
from monitor.errors import Roadpulse, StreamMissing
from monitor.network.flushing import Outcome
from monitor.network.ingest import Ingest
from monitor.network.layout import Batch
from monitor.people.identities import Identity
from monitor.sockets.bell import Bell
from monitor.wire import envelope
from monitor.wire.envelope import Format, Judged
from monitor.wire.inbound import Measure
from monitor.wire.outbound import Duplicate


class Measuring:
    """One socket's batches under way; answered one after the other, never out of order."""

    __slots__ = ("_in_flight", "_ingest", "_say", "_unanswered", "_went", "_wire_format")

    def __init__(self, ingest: Ingest, in_flight: int, wire_format: Format, say: Callable[[bytes], None]) -> None:
        self._ingest = ingest
        self._in_flight = in_flight
        self._wire_format = wire_format
        self._say = say
        self._unanswered: list[tuple[int, asyncio.Future[Outcome]]] = []
        self._went = Bell()

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
        answer.add_done_callback(self._answer)

    async def room(self) -> None:
        """Returns when one more batch may be under way."""
        while self.is_full:
            await self._went.heard()

    async def finished(self) -> None:
        """Returns when everything is answered."""
        while self._unanswered:
            await self._went.heard()

    def _answer(self, _known: asyncio.Future[Outcome]) -> None:
        """Says what is known from the oldest batch on."""
        while self._unanswered and self._unanswered[0][1].done():
            message_id, answer = self._unanswered.pop(0)
            self._say(self._frame(message_id, answer.result()))
        self._went.ring()

    def _frame(self, message_id: int, outcome: Outcome) -> bytes:
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
