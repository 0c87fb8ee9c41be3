"""Counts what callers ask for, in Redis for all servers together, and in this process while Redis is away."""

import contextlib
import hashlib
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import limits
import redis.asyncio
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from monitor import log
from monitor.errors import TooManyRequests
from monitor.settings import Redis

MINUTE_S = 60
ANSWER_S = 0.5
"""Redis answers in under a millisecond; whoever waits longer than this is waiting for a dead one"""
SPARE_S = 1.0
"""after a failure Redis is left alone this long, so that not every request waits for it to fail"""

_log = log.Log(__name__)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left."""

    is_allowed: bool
    limit: int
    """calls in a window"""
    remaining: int
    reset_s: float
    """until at least one more is allowed, or the count is fresh again"""
    window_s: int = MINUTE_S

    def refusal(self) -> TooManyRequests:
        """The error for a caller who has nothing left."""
        return TooManyRequests(members={"retry_after_ms": max(1000, math.ceil(self.reset_s * 1000))})


class Limits:
    """Sliding windows by purpose and caller; made by `open_limits`."""

    def __init__(self, shared: SlidingWindowCounterRateLimiter | None) -> None:
        self._shared = shared
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._spare_until = 0.0

    async def take(self, purpose: str, who: str, per_minute: int) -> Allowance:
        """Counts one call of `who`; never fails, since losing Redis must not close the doors."""
        item = limits.RateLimitItemPerMinute(per_minute)
        name = _name(who)
        if self._shared is not None and time.monotonic() >= self._spare_until:
            try:
                return await _hit(self._shared, item, purpose, name)
            except (redis.RedisError, OSError, TimeoutError) as error:
                self._spare(error)
        return await _hit(self._alone, item, purpose, name)

    async def forget(self, purpose: str, who: str, per_minute: int) -> None:
        """Sets the count of `who` back: the attempts before were her own."""
        item = limits.RateLimitItemPerMinute(per_minute)
        await self._alone.clear(item, purpose, _name(who))
        if self._shared is not None and time.monotonic() >= self._spare_until:
            try:
                await self._shared.clear(item, purpose, _name(who))
            except (redis.RedisError, OSError, TimeoutError) as error:
                self._spare(error)

    def _spare(self, error: Exception) -> None:
        self._spare_until = time.monotonic() + SPARE_S
        _log.warning("limits_counted_alone", reason=type(error).__name__)

    async def demand(self, purpose: str, who: str, per_minute: int) -> Allowance:
        """As `take`.

        Raises: TooManyRequests - nothing left.
        """
        allowance = await self.take(purpose, who, per_minute)
        if not allowance.is_allowed:
            raise allowance.refusal()
        return allowance


@contextlib.asynccontextmanager
async def open_limits(given: Redis) -> AsyncIterator[Limits]:
    """Limits of one process; without a Redis URL they count in this process alone."""
    if not given.url:
        yield Limits(None)
        return
    pool = redis.asyncio.ConnectionPool.from_url(
        given.url,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=ANSWER_S,
        # The fallback is quicker than any second try.
        retry=Retry(NoBackoff(), 0),
    )
    # The pool decides where to connect; the address only tells the library which client it is.
    storage = RedisStorage("async+redis://", implementation="redispy", connection_pool=pool)  # type: ignore[arg-type]
    try:
        yield Limits(SlidingWindowCounterRateLimiter(storage))
    finally:
        await pool.disconnect()


def _name(who: str) -> str:
    # Addresses and e-mails stay out of Redis.
    return hashlib.sha256(who.encode()).hexdigest()[:32]


async def _hit(
    limiter: SlidingWindowCounterRateLimiter, item: limits.RateLimitItem, purpose: str, name: str
) -> Allowance:
    is_allowed = await limiter.hit(item, purpose, name)
    stats = await limiter.get_window_stats(item, purpose, name)
    remaining = stats.remaining if is_allowed else 0
    return Allowance(is_allowed, item.amount, remaining, max(0.0, stats.reset_time - time.time()))
