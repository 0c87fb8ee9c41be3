"""Work that must be done whatever dies meanwhile: rows of `jobs`, taken by one worker at a time."""

from enum import StrEnum

from monitor.store.db import Transaction
from monitor.store.queries import Shelf

_SQL = Shelf("jobs")


class JobKind(StrEnum):
    """What a worker can do."""

    EXAMINE = "examine"
    """read a stored file; the subject is its id"""
    DIAGNOSE = "diagnose"
    """come to a result; the subject is the diagnosis's id"""


async def enqueue(tx: Transaction, kind: JobKind, subject: str) -> bool:
    """Asks for work, to be begun once `tx` has committed; False where the same job is open already."""
    return bool(await tx.fetchval(_SQL["enqueue"], kind, subject))
