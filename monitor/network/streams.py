"""The streams of devices and their fence: what makes each batch count exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from monitor.errors import Roadpulse, SequenceGap, Suspended, UnknownStream
from monitor.network.layout import Batch
from monitor.store.db import Database, Transaction
from monitor.store.queries import Shelf
from monitor.wire.outbound import Duplicate

_sql = Shelf("streams")

NO_STREAM = UUID(int=0)
"""What a batch without a stream carries: nothing fences it, so it is kept at least once."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """What the fence lets through."""

    refused: Sequence[Duplicate | Roadpulse | None]
    """for each batch, in order: None when it is to be stored"""
    heights: dict[UUID, int]
    """the new last_seq of each stream that moves"""


async def open_stream(
    db: Database, stream: UUID, device: int, replaces: UUID | None = None, lost: int = 0, *, is_keyed: bool = False
) -> int:
    """Makes the device's stream exist and gives its `last_seq`; one that stands for a key is forgotten with it.

    Raises: UnknownStream - it belongs to another device; Unavailable.
    """
    async with db.system() as tx:
        row = await tx.fetchrow(_sql["open_stream"], stream, device, replaces, lost, is_keyed)
        # Another transaction may be making it: then neither half sees it yet, and a second look does.
        row = row or await tx.fetchrow(_sql["open_stream"], stream, device, replaces, lost, is_keyed)
    if row is None or row["device"] != device:
        raise UnknownStream
    return int(row["last_seq"])


async def fence(tx: Transaction, batches: Sequence[Batch]) -> Fenced:
    """Locks the batches' streams until the transaction ends, and says which batches are next in theirs."""
    streams = sorted({batch.stream for batch in batches if batch.stream != NO_STREAM})
    known = {row["id"]: row for row in await tx.fetch(_sql["lock_streams"], streams)} if streams else {}
    heights: dict[UUID, int] = {}
    refused: list[Duplicate | Roadpulse | None] = []
    for batch in batches:
        if batch.stream == NO_STREAM:
            refused.append(None)
            continue
        row = known.get(batch.stream)
        if row is None or row["device"] != batch.device:
            refused.append(UnknownStream())
        elif not row["may_measure"]:
            refused.append(Suspended())
        else:
            refused.append(_judge_seq(batch, heights.get(batch.stream, row["last_seq"]), heights))
    return Fenced(refused, heights)


def _judge_seq(batch: Batch, last_seq: int, heights: dict[UUID, int]) -> Duplicate | Roadpulse | None:
    if batch.seq <= last_seq:
        return Duplicate(batch.seq, last_seq)
    if batch.seq > last_seq + 1:
        return SequenceGap(f"batch {last_seq + 1} is missing", members={"expected": last_seq + 1})
    heights[batch.stream] = batch.seq
    return None
