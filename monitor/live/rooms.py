"""All seats of one channel in this process, and how far they have come together."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from monitor.live import pushes
from monitor.live.messages import Newest, Position, Published
from monitor.live.pushes import Push
from monitor.live.seats import Listener, Seat
from monitor.live.topics import Topic
from monitor.wire.envelope import Format

WAITING_PUSHES = 1000
"""what is kept of that which comes while a channel is read anew; if it was more, it is read once more"""


class Room:
    """A channel that somebody here follows; made and unmade by the hub."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.seats: dict[Listener, Seat] = {}
        self.position: Position | None = None
        self.is_followed = False
        self.settling: asyncio.Task[None] | None = None
        self.waiting: deque[Published] = deque(maxlen=WAITING_PUSHES)

    def push(self, make: Callable[[Format], Push]) -> None:
        """Gives everybody the same, encoded once for each format."""
        made: dict[Format, Push] = {}
        for seat in list(self.seats.values()):
            wire_format = seat.listener.wire_format
            push = made.get(wire_format)
            if push is None:
                push = made[wire_format] = make(wire_format)
            seat.offer(push)

    def push_newest(self, newest: Sequence[Newest]) -> None:
        self.push(lambda wire_format: pushes.of_newest(self.topic.wire_name, newest, wire_format))

    def push_events(self, position: Position, events: Sequence[bytes]) -> None:
        """Hands on the events that come next; `position` is that of the last."""
        self.position = position
        if events:
            first = position.offset - len(events) + 1
            self.push(lambda wire_format: pushes.of_stream(self.topic.wire_name, first, events, wire_format))

    def take(self, published: Published) -> bool:
        """Hands on what is new of a message; False when something before it is missing."""
        here = self.position
        if here is None or published.epoch != here.epoch or published.first > here.offset + 1:
            return False
        new = published.events[here.offset + 1 - published.first :]
        if new:
            self.push_events(Position(here.epoch, here.offset + len(new)), [bytes(event) for event in new])
        return True
