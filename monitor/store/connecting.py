"""Connects once to a database, for what runs alone and by itself: migrations, and making the database."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from monitor.errors import Unavailable


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A connection whose session, and with it what the session locks, ends with the block.

    Raises: Unavailable.
    """
    try:
        connection = await asyncpg.connect(url, timeout=30)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable(f"the database is out of reach: {error}") from error
    try:
        yield connection
    finally:
        await connection.close(timeout=5)
