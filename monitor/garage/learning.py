"""Counts what drivers told of their diagnoses, for the diagnoses to come."""

from monitor import log
from monitor.garage.experience import Tally
from monitor.store.db import System, Transaction
from monitor.store.queries import Shelf

_SQL = Shelf("experience")
_log = log.Log(__name__)

FEWEST_VOICES = 10
"""Fewer tell too much of each, and too little of the cause."""
FORGOTTEN_DAYS = 730
"""Cars, fuel and models change."""


async def learn(db: System) -> None:
    """Counts the outcomes anew. Raises: Unavailable."""
    async with db.system() as tx:
        causes = await tx.fetchval(_SQL["learn"], FORGOTTEN_DAYS, FEWEST_VOICES)
    _log.info("outcomes_counted", causes=causes)


async def learnt(tx: Transaction) -> list[Tally]:
    """How causes turned out, as last counted."""
    return [Tally(**row) for row in await tx.fetch(_SQL["all"])]
