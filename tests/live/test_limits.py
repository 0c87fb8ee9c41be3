"""Calls are counted for all servers together, and alone while Redis is away."""

import msgspec
import pytest
import redis.asyncio

from monitor.errors import TooManyRequests
from monitor.live.limits import Limits, open_limits
from monitor.settings import Settings


async def spent(limits: Limits, who: str, per_minute: int, purpose: str = "requests") -> list[bool]:
    return [(await limits.take(purpose, who, per_minute)).is_allowed for _ in range(per_minute + 1)]


async def test_allows_as_many_as_said_and_no_more(settings: Settings) -> None:
    async with open_limits(settings.redis) as limits:
        assert await spent(limits, "ada", 3) == [True, True, True, False]


async def test_says_what_is_left_and_when_there_is_more(settings: Settings) -> None:
    async with open_limits(settings.redis) as limits:
        first, second = [await limits.take("requests", "ada", 2) for _ in range(2)]
        third = await limits.take("requests", "ada", 2)

    assert [first.remaining, second.remaining, third.remaining] == [1, 0, 0]
    assert 0 < third.reset_s <= 60
    assert 1000 <= third.refusal().members["retry_after_ms"] <= 60_000  # type: ignore[operator]


async def test_demand_refuses_in_words(settings: Settings) -> None:
    async with open_limits(settings.redis) as limits:
        await limits.demand("sign_in", "ada", 1)
        with pytest.raises(TooManyRequests):
            await limits.demand("sign_in", "ada", 1)


async def test_callers_and_purposes_are_counted_apart(settings: Settings) -> None:
    async with open_limits(settings.redis) as limits:
        await spent(limits, "ada", 3)

        assert (await limits.take("requests", "ben", 3)).is_allowed
        assert (await limits.take("sign_in", "ada", 3)).is_allowed


async def test_servers_count_together(settings: Settings) -> None:
    async with open_limits(settings.redis) as one, open_limits(settings.redis) as two:
        await one.take("requests", "ada", 2)
        await two.take("requests", "ada", 2)

        assert not (await one.take("requests", "ada", 2)).is_allowed
        assert not (await two.take("requests", "ada", 2)).is_allowed


async def test_without_redis_a_process_counts_alone(settings: Settings) -> None:
    away = msgspec.structs.replace(settings.redis, url="redis://127.0.0.1:1/0")
    async with open_limits(away) as limits:
        assert await spent(limits, "ada", 3) == [True, True, True, False]


async def test_what_stands_in_redis_names_nobody(settings: Settings) -> None:
    async with open_limits(settings.redis) as limits:
        await limits.take("sign_in", "ada@example.org", 5)
        await limits.take("requests", "address:192.0.2.7", 5)
    async with redis.asyncio.Redis.from_url(settings.redis.url) as client:
        names = b" ".join(await client.keys("*")).decode()

    assert "sign_in" in names
    assert "ada" not in names
    assert "192.0.2.7" not in names
