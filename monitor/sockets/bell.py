"""Wakes who waits for something to change; an idle socket has many, so that one must cost next to nothing."""

import asyncio


class Bell:
    """Whoever hears it looks anew at what it waits for.

    An `asyncio.Event` takes 900 bytes, of which most is an empty queue of waiters.
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] | None = None

    def ring(self) -> None:
        """Wakes all who wait now; nothing is remembered for those who come later."""
        waiting, self._waiting = self._waiting, None
        for each in waiting or ():
            if not each.done():
                each.set_result(None)

    async def heard(self) -> None:
        """Returns at the next ring."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = [*(self._waiting or ()), mine]
        await mine
