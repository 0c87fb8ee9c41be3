"""A bell wakes who waits, and nobody later."""

import asyncio

import pytest

from monitor.sockets.bell import Bell


async def test_a_ring_wakes_all_who_wait() -> None:
    bell = Bell()
    waiting = [asyncio.create_task(bell.heard()) for _ in range(3)]
    await asyncio.sleep(0)

    bell.ring()

    await asyncio.wait_for(asyncio.gather(*waiting), 1)


async def test_a_ring_is_not_remembered() -> None:
    bell = Bell()
    bell.ring()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bell.heard(), 0.01)


async def test_who_gave_up_does_not_keep_the_others_from_hearing() -> None:
    bell = Bell()
    gone, there = asyncio.create_task(bell.heard()), asyncio.create_task(bell.heard())
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)

    bell.ring()

    await asyncio.wait_for(there, 1)
