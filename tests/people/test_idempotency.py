"""A key is taken once; its answer is kept for a day."""

import asyncio

import pytest

from monitor.errors import KeyReused, UnderWay
from monitor.people import idempotency, tokens
from monitor.people.idempotency import Kept
from monitor.people.tokens import Keys
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.population import Population

ONE, TWO = bytes(32), bytes([1]) * 32
ANSWER = Kept(201, "application/json", b'{"id":1}')


async def test_second_request_gets_the_first_ones_answer(db: Database, town: Population) -> None:
    who = town.ada.identity
    assert await idempotency.begin(db, who, "key", ONE) is None
    await idempotency.finish(db, who, "key", ONE, ANSWER)

    assert await idempotency.begin(db, who, "key", ONE) == ANSWER


async def test_another_request_with_the_key_is_refused(db: Database, town: Population) -> None:
    await idempotency.begin(db, town.ada.identity, "key", ONE)

    with pytest.raises(KeyReused):
        await idempotency.begin(db, town.ada.identity, "key", TWO)


async def test_of_many_at_once_one_begins(db: Database, town: Population) -> None:
    outcomes = await asyncio.gather(
        *(idempotency.begin(db, town.ada.identity, "key", ONE) for _ in range(6)), return_exceptions=True
    )

    assert outcomes.count(None) == 1
    assert [type(outcome) for outcome in outcomes].count(UnderWay) == 5


async def test_failed_request_frees_its_key(db: Database, town: Population) -> None:
    await idempotency.begin(db, town.ada.identity, "key", ONE)
    await idempotency.abandon(db, town.ada.identity, "key")

    assert await idempotency.begin(db, town.ada.identity, "key", TWO) is None


async def test_interrupted_request_is_taken_over_after_a_while(
    db: Database, town: Population, connect_as: ConnectAs
) -> None:
    await idempotency.begin(db, town.ada.identity, "key", ONE)
    owner = await connect_as("superuser")
    await owner.execute("UPDATE idempotency_keys SET created_at = created_at - interval '91 seconds'")

    assert await idempotency.begin(db, town.ada.identity, "key", ONE) is None


async def test_key_is_free_again_after_a_day(db: Database, town: Population, connect_as: ConnectAs) -> None:
    await idempotency.begin(db, town.ada.identity, "key", ONE)
    await idempotency.finish(db, town.ada.identity, "key", ONE, ANSWER)
    owner = await connect_as("superuser")
    await owner.execute("UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 second'")

    assert await idempotency.begin(db, town.ada.identity, "key", TWO) is None


async def test_everybody_has_keys_of_her_own(db: Database, keys: Keys, town: Population) -> None:
    """An account and its devices too."""
    phone = await tokens.identify(db, keys, town.phone.token)
    for who in (town.ada.identity, town.ben.identity, phone):
        assert await idempotency.begin(db, who, "key", ONE) is None
