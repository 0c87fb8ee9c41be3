"""Generator: announces alerts at an even pace, by our outbox (a durable transaction each) or by a bare PUBLISH."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from redis.asyncio import Redis

from monitor import settings as configuration
from monitor.live import outbox, topics
from monitor.live.outbox import Happening
from monitor.network.providers import keep_configured
from monitor.store.db import open_database
from tests.bench.generators import Round, generate
from tests.bench.listening import CHANNEL

ALERT = {
    "state": "firing", "severity": "major", "provider": "mtn", "rule": 7, "cause": "latency", "kpi": "latency_ms",
    "value": 412.5, "threshold": 100.0, "samples": 128, "devices": 12, "cell": "861f5a0b7ffffff", "area": "Buea",
    "opened_at": "2026-11-22T21:00:00Z", "changed_at": "2026-11-22T21:00:00Z", "cleared_at": None,
    "acknowledged_by": None, "snoozed_until": None,
}  # fmt: skip


async def prepare(plan: dict[str, Any], stack: AsyncExitStack) -> Round:
    settings = configuration.load()
    db = await stack.enter_async_context(open_database(settings.database))
    directory = await keep_configured(db, settings.providers, settings.generations)
    redis = Redis.from_url(settings.redis.url)

    async def by_outbox(number: int) -> None:
        data = {"id": number, "version": 1, "number": number, "sent_at": time.monotonic(), **ALERT}
        happening = Happening(topics.alerts("mtn"), "alert.opened", data, provider=directory.by_slug["mtn"].id)
        async with db.system() as tx:
            await outbox.add(tx, [happening])

    async def by_redis(number: int) -> None:
        data = {"id": number, "version": 1, "number": number, "sent_at": time.monotonic(), **ALERT}
        await redis.publish(CHANNEL, msgspec.json.encode(data))

    async def play(order: dict[str, Any]) -> dict[str, Any]:
        announce = by_outbox if order["kind"] == "consoles" else by_redis
        began = time.monotonic()
        for number in range(order["events"]):
            await asyncio.sleep(max(0.0, began + number / order["a_second"] - time.monotonic()))
            await announce(number)
        return {}

    return play


if __name__ == "__main__":
    generate(prepare)
