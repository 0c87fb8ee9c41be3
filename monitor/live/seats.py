"""One listener's place on one channel: holds pushes back until the answer to `subscribe` has gone out."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeAlias

from monitor.errors import PositionLost, Roadpulse
from monitor.live.messages import Latest, Position
from monitor.live.pushes import Push
from monitor.live.topics import Topic
from monitor.wire.envelope import Format

HELD_PUSHES = 1000
"""what may come while a snapshot is read; beyond, the position is lost"""

Refresh: TypeAlias = Callable[[], Awaitable[Sequence[Latest]]]
"""reads the newest values of a latest channel anew, for one viewer"""


class Listener(Protocol):
    """A socket, as the hub knows it; compared by identity."""

    @property
    def wire_format(self) -> Format: ...

    def offer(self, push: Push) -> None:
        """Takes a push; never waits and never fails, a listener that is too slow closes itself."""

    def close_with(self, error: Roadpulse) -> None:
        """Ends the socket; may be called more than once."""


class Seat:
    """Made by `Hub.join`; until `release` its pushes are held."""

    __slots__ = ("_held", "is_lost", "is_refreshing", "is_taken", "listener", "position", "refresh", "topic")

    def __init__(self, topic: Topic, listener: Listener, refresh: Refresh | None) -> None:
        self.topic = topic
        self.listener = listener
        self.refresh = refresh
        self.position: Position | None = None
        """where the channel stood when the seat was taken; None while Redis is away"""
        self.is_taken = False
        self.is_lost = False
        self.is_refreshing = False
        self._held: list[Push] | None = []

    @property
    def is_held(self) -> bool:
        """Whether the answer has not gone out yet."""
        return self._held is not None

    def take(self, position: Position | None) -> None:
        self.position = position
        self.is_taken = True

    def hold(self) -> None:
        """Keeps what comes until `release`."""
        self._held = []

    def offer(self, push: Push) -> None:
        if self._held is None:
            self.listener.offer(push)
        elif len(self._held) < HELD_PUSHES:
            self._held.append(push)
        else:
            self.is_lost = True

    def release(self, offset: int) -> None:
        """Lets pushes through, first those held; of a stream only what comes after `offset`, which was answered."""
        held, self._held = self._held or [], None
        if self.is_lost:
            self.listener.close_with(PositionLost())
            return
        for push in held:
            later = push.after(offset) if self.topic.is_stream else push
            if later is not None:
                self.listener.offer(later)
