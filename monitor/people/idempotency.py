"""Keeps the answer to a request for a day, so that whoever sends it again gets the same and nothing happens twice."""

from dataclasses import dataclass

from monitor.errors import KeyReused, UnderWay
from monitor.people.identities import Identity
from monitor.store.db import Database
from monitor.store.queries import Shelf

RETRY_AFTER_MS = 1000
UNDER_WAY_S = 90
"""a request that has not ended by then was interrupted: statements may take 30 s, and bodies are read before"""

_SQL = Shelf("idempotency")


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that was given the first time."""

    status: int
    content_type: str
    answer: bytes


async def begin(db: Database, who: Identity, key: str, request_hash: bytes) -> Kept | None:
    """Takes the key for a request; gives what was answered if it was made before.

    Raises: KeyReused - by another request; UnderWay - the same one has not ended.
    """
    async with db.viewing(who.viewer) as tx:
        if await tx.fetchval(_SQL["begin"], *_owner(who), key, request_hash, UNDER_WAY_S) is not None:
            return None
        row = await tx.fetchrow(_SQL["kept"], *_owner(who), key)
    if row is not None and row["request_hash"] != request_hash:
        raise KeyReused
    if row is None or row["status"] is None:
        raise UnderWay(members={"retry_after_ms": RETRY_AFTER_MS})
    return Kept(row["status"], row["content_type"], row["answer"])


async def finish(db: Database, who: Identity, key: str, request_hash: bytes, kept: Kept) -> None:
    """Keeps the answer."""
    async with db.viewing(who.viewer) as tx:
        await tx.execute(_SQL["finish"], *_owner(who), key, request_hash, kept.status, kept.content_type, kept.answer)


async def abandon(db: Database, who: Identity, key: str) -> None:
    """Frees the key of a request that failed, so that it can be made again."""
    async with db.viewing(who.viewer) as tx:
        await tx.execute(_SQL["abandon"], *_owner(who), key)


def _owner(who: Identity) -> tuple[int, int]:
    return who.account, who.device or 0
