"""Peer: what PostgreSQL takes at most from one connection: binary COPY of ready buffers, a commit every 2,000 rows."""

import datetime
import time
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import asyncpg

from monitor import settings as configuration
from monitor.network.copying import COLUMNS, HEADER, TRAILER
from monitor.network.layout import Batch, Draughtsman
from monitor.network.providers import keep_configured
from monitor.store.db import copy_rows, open_database
from monitor.wire.inbound import Item
from tests.bench.generators import Round, generate
from tests.bench.phones import drive, same_day

ROWS_A_COMMIT = 2000
EVERY_S = 0.01


async def prepare(plan: dict[str, Any], stack: AsyncExitStack) -> Round:
    settings = configuration.load()
    async with open_database(settings.database) as db:
        directory = await keep_configured(db, settings.providers, settings.generations)
    draughtsman = Draughtsman(directory, 600, 400)
    now = datetime.datetime.now(datetime.UTC)
    each = plan["rows"] // plan["sockets"]
    until = same_day(now, 2 * EVERY_S * each + 600)
    drives = [[Item(**item) for item in drive(phone, each, until, EVERY_S)] for phone in range(plan["sockets"])]
    share = ROWS_A_COMMIT // plan["sockets"]
    buffers = []
    for number, at in enumerate(range(0, each, share), 1):
        batches = [
            Batch(UUID(int=phone + 1), number, phone + 1, phone + 1, items[at : at + share], None, ())
            for phone, items in enumerate(drives)
        ]
        laid = draughtsman.lay(batches, now)
        chosen = laid.days == laid.days[0]
        assert chosen.all()
        laid.number(number, 0, chosen)
        buffers.append(HEADER + laid.copy_data(chosen) + TRAILER)
    rows = sum(len(items) for items in drives)
    connection = await asyncpg.connect(settings.database.system_url)
    leaf = await connection.fetchval("SELECT ensure_day($1)", until.date())

    async def play(_order: dict[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        for buffer in buffers:
            await copy_rows(connection, leaf, COLUMNS, (buffer,))
        return {"rows": rows, "seconds": time.monotonic() - began}

    return play


if __name__ == "__main__":
    generate(prepare)
