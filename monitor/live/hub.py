"""Brings what the bus carries to this process's sockets, without a gap, or says truthfully that there is one."""

import asyncio
import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Coroutine

from monitor import log
from monitor.errors import Conflict, PositionLost, Roadpulse, Unavailable
from monitor.live import pushes
from monitor.live.bus import Bus
from monitor.live.messages import Position, Reading, newest_decoder, published_decoder
from monitor.live.rooms import Room
from monitor.live.seats import Listener, Refresh, Seat
from monitor.live.topics import Topic

JOIN_S = 1.5
"""a subscriber waits this long for Redis; then the answer says that nothing was recovered"""
PAUSE_S = 0.2
"""between two tries to read while the connection stands"""
SPREAD_FIRST_S = 0.3
SPREAD_EACH_S = 0.002
SPREAD_MOST_S = 2.0
"""sockets that must come back do not all come at once"""
REFRESHES = 4
"""snapshots read at once for listeners of latest channels after a lost connection"""

_log = log.Log(__name__)


class Hub:
    """The listeners of one process; made by `open_hub`."""

    def __init__(self, bus: Bus, tasks: asyncio.TaskGroup) -> None:
        self._bus = bus
        self._tasks = tasks
        self._running: set[asyncio.Task[None]] = set()
        self._rooms: dict[str, Room] = {}
        self._rooms_of: dict[Listener, set[str]] = {}
        self._closing: dict[Listener, asyncio.TimerHandle] = {}
        self._refreshing = asyncio.Semaphore(REFRESHES)
        self._epoch = secrets.token_hex(8)
        """of latest channels: it ends with this process"""
        bus.on_message(self._hear)
        bus.on_linked(self._settle_all)

    @property
    def channels(self) -> int:
        """How many channels are followed here."""
        return len(self._rooms)

    @property
    def seats(self) -> int:
        """How many subscriptions there are here."""
        return sum(len(room.seats) for room in self._rooms.values())

    async def join(self, topic: Topic, listener: Listener, refresh: Refresh | None = None) -> Seat:
        """A seat from which nothing published after its `position` is missed; what comes is held until `release`.

        While Redis is away the seat has no position; when it is back, listeners of streams are closed 4010, and
        values of latest channels are read anew with `refresh`.
        Raises: Conflict - the listener sits there already.
        """
        room = self._rooms.get(topic.name)
        if room is None:
            room = self._rooms[topic.name] = Room(topic)
        if listener in room.seats:
            raise Conflict(f"already subscribed to {topic.wire_name}")
        seat = Seat(topic, listener, refresh)
        room.seats[listener] = seat
        self._rooms_of.setdefault(listener, set()).add(topic.name)
        if room.position is None:
            self._settle(room)
        try:
            if room.settling is not None:
                await asyncio.wait({room.settling}, timeout=JOIN_S)
        except asyncio.CancelledError:
            self.leave(topic, listener)
            raise
        seat.take(room.position)
        return seat

    async def recover(self, seat: Seat, since: Position) -> Reading | None:
        """What was missed since then, up to the position that it comes with; None when that cannot be known.

        To be asked before `release`, which then lets through what comes after that position.
        """
        here = seat.position
        if here is None or since.epoch != here.epoch or not seat.topic.is_stream:
            return None
        if since == here:
            return Reading(here, is_recovered=True, missed=[])
        try:
            reading = await self._bus.read(seat.topic.name, since)
        except Unavailable:
            return None
        return reading if reading.is_recovered and reading.position.epoch == here.epoch else None

    def leave(self, topic: Topic, listener: Listener) -> bool:
        """Gives the seat up; False when there was none."""
        return self._leave(topic.name, listener)

    def leave_all(self, listener: Listener) -> None:
        """The socket is gone."""
        for name in list(self._rooms_of.get(listener, ())):
            self._leave(name, listener)
        timer = self._closing.pop(listener, None)
        if timer is not None:
            timer.cancel()

    def refresh(self, channel: str, listener: Listener) -> None:
        """Reads a latest channel's values anew for a listener who had to drop some."""
        room = self._rooms.get(channel)
        seat = room.seats.get(listener) if room else None
        if seat is not None:
            self._refresh(seat, 0.0)

    def stop(self) -> None:
        """Ends what still runs; `open_hub` calls it."""
        for timer in self._closing.values():
            timer.cancel()
        for task in self._running:
            task.cancel()

    def _leave(self, name: str, listener: Listener) -> bool:
        room = self._rooms.get(name)
        if room is None or room.seats.pop(listener, None) is None:
            return False
        of_listener = self._rooms_of[listener]
        of_listener.discard(name)
        if not of_listener:
            del self._rooms_of[listener]
        if not room.seats:
            del self._rooms[name]
            self._start(self._unfollow(name))
        return True

    def _hear(self, channel: str, payload: bytes) -> None:
        room = self._rooms.get(channel)
        if room is None:
            return
        if not room.topic.is_stream:
            room.push_newest(newest_decoder.decode(payload))
            return
        published = published_decoder.decode(payload)
        if room.settling is None and room.take(published):
            return
        room.waiting.append(published)
        self._settle(room)

    def _settle_all(self) -> None:
        """The connection is new: every channel may have missed something."""
        for room in self._rooms.values():
            self._settle(room)

    def _settle(self, room: Room) -> None:
        if room.settling is None:
            room.settling = self._start(self._settling(room))

    async def _settling(self, room: Room) -> None:
        """Brings a room to where its channel stands."""
        try:
            while room.seats:
                try:
                    if await self._read(room):
                        return
                except Unavailable:
                    if not self._bus.is_up:
                        return  # begins again when the connection is back
                    await asyncio.sleep(PAUSE_S)
        finally:
            room.settling = None

    async def _read(self, room: Room) -> bool:
        """Whether the room has come to where the channel stands; else it must be read again."""
        name = room.topic.name
        if not room.is_followed:
            await self._bus.follow(name)
            room.is_followed = True
        generation = self._bus.generation
        if room.topic.is_stream:
            reading = await self._bus.read(name, room.position)
        else:
            reading = Reading(Position(self._epoch, 0), is_recovered=False, missed=[])
        if generation != self._bus.generation:
            return False
        if not reading.is_recovered:
            self._lose_all(room)
        room.push_events(reading.position, reading.missed)
        waiting = list(room.waiting)
        room.waiting.clear()
        return all(room.take(published) for published in waiting)

    def _lose_all(self, room: Room) -> None:
        """Nobody can say what those missed who sit here already; those who are just joining missed nothing."""
        seats = [seat for seat in room.seats.values() if seat.is_taken]
        spread_s = min(SPREAD_MOST_S, SPREAD_FIRST_S + SPREAD_EACH_S * len(seats))
        if seats:
            _log.warning("position_lost", channel=room.topic.name, seats=len(seats))
        for seat in seats:
            delay_s = random.uniform(0, spread_s)  # noqa: S311 - no secret
            if room.topic.is_stream or seat.refresh is None:
                self._lose(seat, delay_s)
            else:
                self._refresh(seat, delay_s)

    def _lose(self, seat: Seat, delay_s: float) -> None:
        seat.is_lost = True
        self._leave(seat.topic.name, seat.listener)
        if not seat.is_held:
            self._close(seat.listener, delay_s)

    def _close(self, listener: Listener, delay_s: float) -> None:
        if listener not in self._closing:
            loop = asyncio.get_running_loop()
            self._closing[listener] = loop.call_later(delay_s, listener.close_with, PositionLost())

    def _refresh(self, seat: Seat, delay_s: float) -> None:
        if not seat.is_refreshing:
            seat.is_refreshing = True
            self._start(self._reading_anew(seat, delay_s))

    async def _reading_anew(self, seat: Seat, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        async with self._refreshing:
            seat.is_refreshing = False
            if seat.refresh is None or not self._is_seated(seat):
                return
            if seat.is_held:
                # The snapshot being read for its answer may be from before the loss.
                self._lose(seat, 0.0)
                return
            # What comes meanwhile is newer than what is read, and must not be replaced by it.
            seat.hold()
            try:
                values = await seat.refresh()
                if self._is_seated(seat):
                    seat.listener.offer(pushes.of_latest(seat.topic.wire_name, values, seat.listener.wire_format))
            except Roadpulse as error:
                _log.warning("refresh_failed", channel=seat.topic.name, reason=error.code)
                self._lose(seat, 0.0)
            seat.release(0)

    def _is_seated(self, seat: Seat) -> bool:
        room = self._rooms.get(seat.topic.name)
        return room is not None and room.seats.get(seat.listener) is seat

    async def _unfollow(self, name: str) -> None:
        if name not in self._rooms:
            await self._bus.unfollow(name)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


@contextlib.asynccontextmanager
async def open_hub(bus: Bus) -> AsyncIterator[Hub]:
    """The hub of one process."""
    async with asyncio.TaskGroup() as tasks:
        hub = Hub(bus, tasks)
        try:
            yield hub
        finally:
            hub.stop()
