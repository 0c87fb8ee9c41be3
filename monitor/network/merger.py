"""Three times a second: merge what was committed, judge it, commit, and tell the consoles."""

import asyncio
import datetime
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor import log, metrics
from monitor.errors import Unavailable
from monitor.live import topics
from monitor.live.bus import Bus
from monitor.network import kpis, rollups
from monitor.network.adaptive import Adaptive, retire
from monitor.network.judging import judge_rules
from monitor.network.providers import Provider
from monitor.settings import Rollups
from monitor.store.db import Database, DatabaseError, Row, Transaction
from monitor.values import ProviderId

_log = log.Log(__name__)

_MOST_HALVINGS = 16

KPIS_EVERY_S = 1.0
"""A console repaints at most four times a second; once is enough for numbers by the minute."""


@dataclass(slots=True)
class Merger:
    """One process's part in the fleet's merging; whoever wins the lock does a step."""

    db: Database
    bus: Bus
    settings: Rollups
    providers: Mapping[ProviderId, Provider]
    adaptive: Adaptive | None
    _moved: dict[ProviderId, set[int]] = field(default_factory=lambda: defaultdict(set))
    _told_at: float = 0.0
    _halvings: int = 0
    """how often the number of rows was halved, since a step that takes too long would take too long again"""

    async def run(self) -> None:
        """Steps until cancelled, whatever becomes of the database meanwhile."""
        while True:
            started = time.monotonic()
            more = False
            try:
                more = await self.step()
            except (Unavailable, DatabaseError, TimeoutError) as error:
                self._halvings = min(self._halvings + 1, _MOST_HALVINGS)
                if self.adaptive is not None:
                    self.adaptive.forget()
                _log.warning("merge_interrupted", **log.cause(error))
            took_s = time.monotonic() - started
            # A little jitter, so that processes do not all ask for the lock at once.
            pause_s = 0.0 if more else self.settings.step_s - took_s
            await asyncio.sleep(max(0.01, pause_s * random.uniform(0.9, 1.1)))  # noqa: S311 - jitter, not a secret

    async def step(self) -> bool:
        """One merge and judgement, if this process wins it; whether more is waiting already."""
        started = time.monotonic()
        async with self.db.system() as tx:
            if not await rollups.win(tx):
                return False
            most = max(1, self.settings.rows_per_step >> self._halvings)
            merged = await rollups.merge(tx, most)
            now = datetime.datetime.now(datetime.UTC)
            await judge_rules(tx, now, self.settings.judge_max_age_s, merged.first_at if merged else None)
            await self._watch(tx, now)
        metrics.step_seconds.observe(time.monotonic() - started)
        if merged is not None:
            waited = datetime.datetime.now(datetime.UTC) - merged.oldest_commit
            metrics.merge_age.observe(waited.total_seconds())
            await self._tell_measurements(merged.latest)
        await self._tell_kpis()
        folded = await self._fold(most)
        self._halvings = 0
        return folded >= most or (merged is not None and merged.rows >= most)

    async def _fold(self, most: int) -> int:
        """Hours and days, in a transaction of their own: no alert waits for them."""
        async with self.db.system() as tx:
            if not await rollups.win(tx):
                return 0
            return await rollups.fold(tx, self.settings.zone, most, self.settings.fold_s)

    async def _watch(self, tx: Transaction, now: datetime.datetime) -> None:
        """The adaptive detector's look; its failure must not stop the merge."""
        if self.adaptive is None:
            await retire(tx, now)
            return
        try:
            async with tx.transaction():
                await self.adaptive.judge(tx, now)
        except Exception as error:  # one judge's failure never stops the merge
            self.adaptive.forget()
            if tx.is_closed():
                raise
            _log.error("detector_failed", error=error)

    async def _tell_measurements(self, latest: Sequence[Row]) -> None:
        """The newest measurement of each place that moved, to its provider's consoles."""
        by_provider: dict[ProviderId, list[Row]] = defaultdict(list)
        for row in latest:
            by_provider[ProviderId(row["provider"])].append(row)
        for provider_id, rows in by_provider.items():
            if provider := self.providers.get(provider_id):
                self._moved[provider_id].update(row["cell"] for row in rows)
                events = kpis.told("measurement.updated", map(kpis.latest_measurement, rows))
                await self.bus.publish_latest(topics.measurements(provider.slug).name, events)

    async def _tell_kpis(self) -> None:
        """The newest minutes of what moved, once a second."""
        if not self._moved or time.monotonic() - self._told_at < KPIS_EVERY_S:
            return
        self._told_at = time.monotonic()
        moved, self._moved = self._moved, defaultdict(set)
        since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=2)
        for provider_id, cells in moved.items():
            async with self.db.system() as tx:
                minutes = await kpis.newest_minutes(tx, provider_id, since, sorted(cells))
            slug = self.providers[provider_id].slug
            await self.bus.publish_latest(topics.kpis(slug).name, kpis.told("kpi.updated", minutes))
