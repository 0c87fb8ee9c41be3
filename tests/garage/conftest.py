"""A town with its database, and a driver's diagnosis that waits."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from ml.knowledge import load
from monitor.garage import diagnoses
from monitor.garage.diagnosing import Diagnosing
from monitor.garage.readings import Library
from monitor.people.tokens import Keys, open_keys
from monitor.settings import Settings
from monitor.store.db import Database, open_database
from monitor.store.objects import open_objects
from monitor.values import DiagnosisId, Viewer
from monitor.wire.garage import Diagnose
from monitor.work.inference import Readers
from monitor.work.understanding import understand
from tests.population import Population, renewed

WORDS = "it shakes at idle and has no power, P0301"


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings.database) as db:
        yield db


@pytest.fixture
async def keys(db: Database, settings: Settings) -> Keys:
    return await open_keys(db, settings)


@pytest.fixture
def town(peopled: Population, keys: Keys) -> Population:
    return renewed(peopled, keys)


@pytest.fixture
def diagnosing(db: Database, settings: Settings) -> Diagnosing:
    """As a worker has it, but for the readers: words need none."""
    library = Library(db, open_objects(settings.media.url), Readers(settings.work, 0))
    return Diagnosing(db, library, load(), understand)


async def ask(db: Database, viewer: Viewer, settings: Settings) -> DiagnosisId:
    return await diagnoses.open_(db, viewer, Diagnose(description=WORDS), load(), settings.work)


async def newcomer(superuser: asyncpg.Connection) -> int:
    """One driver more, whom nobody knows."""
    person: int = await superuser.fetchval(
        "INSERT INTO accounts (email, username, password_hash, role)"
        " SELECT name || '@x.org', name, $1, 'subscriber'"
        " FROM (SELECT 'u' || left(md5(random()::text), 16) AS name) AS new RETURNING id",
        "$2b$04$" + "x" * 53,
    )
    return person
