"""Work that must be done whatever dies meanwhile: rows of `jobs`, each taken by one worker at a time.

A job is waiting (no worker), running (its worker beats) or parked (no time at which it is due). It ends by the deletion
of its row in the transaction that keeps what it came to, so that there is exactly one result however often it ran. Who
has taken it is known by its number of starts: a worker that was thought dead finds that its number is no longer true.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.store.db import Transaction
from monitor.store.queries import Shelf

BEAT_S = 1.0
"""how often a worker says that it lives"""
LEASE = datetime.timedelta(seconds=4)
"""a worker that has not been heard for so long is dead: three beats may be lost in a machine that is short of time"""
MAX_STARTS = 3
"""a job that was begun so often without an end is parked: it may be what kills the workers"""

_SQL = Shelf("jobs")


class JobKind(StrEnum):
    """What a worker can do."""

    EXAMINE = "examine"
    """read a stored file; the subject is its id"""
    DIAGNOSE = "diagnose"
    """come to a result; the subject is the diagnosis's id"""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that this worker has taken."""

    id: int
    kind: JobKind
    subject: str
    starts: int
    """this one included"""
    failure: str | None
    """the code of the error in which it ended the last time"""

    @property
    def is_suspect(self) -> bool:
        """Whether it was begun before: what it reads is read alone, so that it takes nobody with it."""
        return self.starts > 1

    @property
    def is_last_try(self) -> bool:
        """Whether it is given up if it does not end this time."""
        return self.starts >= MAX_STARTS


@dataclass(frozen=True, slots=True)
class Standing:
    """How much there is to do of one kind."""

    kind: JobKind
    waiting: int
    running: int
    parked: int
    age_s: float
    """how long the oldest has waited beyond its time"""


async def enqueue(tx: Transaction, kind: JobKind, subject: str) -> bool:
    """Asks for work, to be begun once `tx` has committed; False where the same job is open already."""
    return bool(await tx.fetchval(_SQL["enqueue"], kind, subject))


async def take(tx: Transaction, worker: str, most: int) -> list[Job]:
    """Jobs that are this worker's for a lease, to be made longer by beats; those of dead workers among them."""
    rows = await tx.fetch(_SQL["take"], most, worker, LEASE)
    return [Job(row["id"], JobKind(row["kind"]), row["subject"], row["starts"], row["failure"]) for row in rows]


async def beat(tx: Transaction, held: Sequence[Job]) -> set[Job]:
    """Says that their worker lives; gives those that another has begun since, thinking that it was dead."""
    rows = await tx.fetch(_SQL["beat"], [job.id for job in held], [job.starts for job in held], LEASE)
    lost = {(row["id"], row["starts"]) for row in rows}
    return {job for job in held if (job.id, job.starts) in lost}


async def finish(tx: Transaction, job: Job) -> bool:
    """Ends the job with `tx`. False: it is another worker's by now, and so is what it came to."""
    return await tx.fetchval(_SQL["finish"], job.id, job.starts) is not None


async def give_back(tx: Transaction, job: Job, pause_s: float, failure: str | None, *, counts: bool) -> bool:
    """To be taken again after a pause; False: it is another worker's by now.

    `counts`: the job may be at fault, so that this start is one of its three.
    """
    pause = datetime.timedelta(seconds=pause_s)
    return await tx.fetchval(_SQL["give_back"], job.id, job.starts, pause, failure, counts) is not None


async def park(tx: Transaction, job: Job, failure: str) -> bool:
    """Gives the job up for good. False: it is another worker's by now."""
    return await tx.fetchval(_SQL["park"], job.id, job.starts, failure) is not None


async def standings(tx: Transaction) -> list[Standing]:
    """What there is to do, by kind."""
    rows = {row["kind"]: row for row in await tx.fetch(_SQL["standing"])}
    return [
        Standing(kind, row["waiting"], row["running"], row["parked"], row["age_s"])
        if (row := rows.get(kind))
        else Standing(kind, 0, 0, 0, 0.0)
        for kind in JobKind
    ]


async def forget_parked(tx: Transaction, older_than: datetime.timedelta) -> None:
    """Removes what was given up long ago."""
    await tx.execute(_SQL["forget_parked"], older_than)
