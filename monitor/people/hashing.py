"""Runs bcrypt beside the event loop, a few at a time."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from monitor.errors import TooBusy
from monitor.people import credentials

Answer = TypeVar("Answer")

THREADS = 2
"""a hash holds a core for a quarter of a second; more at once would starve the sockets"""
WAIT_S = 10.0
"""whoever would wait longer comes back later"""


async def hashed(password: str, rounds: int) -> str:
    """What is stored instead of the password.

    Raises: TooBusy - too many are waiting.
    """
    return await _beside(functools.partial(credentials.hashed, password, rounds))


async def matches(password: str, stored: str) -> bool:
    """Raises: TooBusy - too many are waiting."""
    return await _beside(functools.partial(credentials.matches, password, stored))


async def _beside(work: Callable[[], Answer]) -> Answer:
    try:
        async with asyncio.timeout(WAIT_S):
            # One that was not begun when the wait ends is never begun: its future is cancelled.
            return await asyncio.get_running_loop().run_in_executor(_threads(), work)
    except TimeoutError as error:
        raise TooBusy from error


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="bcrypt")
