"""How the maker of measurements, the one who carries them and the one who watches are joined."""

import asyncio
from typing import Protocol


class Flow:
    """The maker tells that there is something to carry; the carrier tells that it got rid of something."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        """wakes the carrier"""
        self.moved = asyncio.Event()
        """wakes the maker"""
        self.is_finished = False

    def produced(self) -> None:
        self.changed.set()

    def finish(self) -> None:
        """Nothing more will be made; when the spool is empty, the carrier is done."""
        self.is_finished = True
        self.changed.set()


class Watch(Protocol):
    """What a person or a log wants to hear of the agent."""

    def connected(self, session: str) -> None: ...

    def acknowledged(self, count: int) -> None:
        """The server has `count` measurements more."""

    def waiting(self, reason: str, delay_s: float) -> None:
        """The connection ended; the next try comes after this delay."""

    def note(self, text: str) -> None:
        """Something that a person should know."""
