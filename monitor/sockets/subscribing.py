"""The verbs of who follows a channel: join first, then read what stands, then let through what comes."""

import functools
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import msgspec
from msgspec import UNSET

from monitor.errors import NotAllowed
from monitor.live import outbox, topics
from monitor.live.hub import Hub
from monitor.live.messages import Latest, Position, Reading
from monitor.live.seats import Listener, Seat
from monitor.live.topics import Subject, Topic
from monitor.people import access
from monitor.people.identities import Identity
from monitor.store.db import Database
from monitor.values import ProviderId, Viewer
from monitor.wire.inbound import Confirm, Subscribe, Unsubscribe
from monitor.wire.outbound import Confirmed, Event, Snapshot, Subscribed, Unsubscribed

_event_decoder = msgspec.json.Decoder(Event)


class Row(Protocol):
    """One row of a snapshot, as the channel's events carry it in `data`."""

    @property
    def id(self) -> Any: ...

    @property
    def version(self) -> int: ...


ReadSnapshot: TypeAlias = Callable[[Database, Viewer, ProviderId | None], Awaitable[Sequence[Row]]]
"""reads a channel as it stands, under the row-level security of its viewer; the operator is None on `ops`"""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """How each subject's channels are read; a subject that is not here is open to nobody."""

    readers: Mapping[Subject, ReadSnapshot]
    providers: Mapping[str, ProviderId]
    """slug -> id of every operator"""


class Process(Protocol):
    """What a subscriber needs of the process it is connected to."""

    @property
    def db(self) -> Database: ...

    @property
    def hub(self) -> Hub: ...

    @property
    def snapshots(self) -> Snapshots: ...


class Subscriber(Listener, Protocol):
    """A socket that follows channels."""

    @property
    def identity(self) -> Identity | None: ...

    @property
    def door(self) -> Process: ...

    def answer(self, message_id: int, verb: str, body: object) -> None:
        """Puts an answer where pushes go, before those that follow."""


async def subscribe(session: Subscriber, message_id: int, wanted: Subscribe) -> None:
    """Answers with where the channel stands and what the client lacks; what happens after that is pushed.

    Raises: NotAllowed - the channel is not open to this client, or there is none; Conflict - subscribed already.
    """
    who = _known(session)
    topic = access.topic(who, wanted.channel)
    if topic is None:
        raise NotAllowed
    read = _reader(session.door, who, topic)
    refresh = None if topic.is_stream else functools.partial(_newest, topic, read)
    seat = await session.door.hub.join(topic, session, refresh)
    try:
        body = await _answer(session.door.hub, seat, wanted, read)
    except BaseException:
        session.door.hub.leave(topic, session)
        raise
    session.answer(message_id, "subscribe", body)
    seat.release(body.offset)


def unsubscribe(session: Subscriber, unwanted: Unsubscribe) -> Unsubscribed:
    """Nothing more of that channel; not having followed it is no fault."""
    topic = access.topic(_known(session), unwanted.channel)
    if topic is not None:
        session.door.hub.leave(topic, session)
    return Unsubscribed(unwanted.channel)


async def confirm(session: Subscriber, confirmed: Confirm) -> Confirmed:
    """These events are not replayed again; other people's stay as they are."""
    viewer = _known(session).viewer
    async with session.door.db.viewing(viewer) as tx:
        return Confirmed(await outbox.confirm(tx, viewer.person, confirmed.events))


async def _answer(hub: Hub, seat: Seat, wanted: Subscribe, read: "_Read") -> Subscribed:
    # While Redis is away the epoch is one that nothing will ever match.
    here = seat.position or Position(f"away-{secrets.token_hex(4)}", 0)
    reading: Reading | None = None
    if isinstance(wanted.offset, int):
        epoch = wanted.epoch if isinstance(wanted.epoch, str) else ""
        reading = await hub.recover(seat, Position(epoch, wanted.offset))
    if reading is not None:
        here = reading.position
    # On `me` what was not confirmed is said again whatever the client remembers.
    is_read = reading is None or seat.topic.subject is Subject.ME
    return Subscribed(
        wanted.channel,
        here.offset,
        here.epoch,
        recovered=UNSET if wanted.offset is UNSET else reading is not None,
        events=UNSET if reading is None else _events(reading),
        snapshot=Snapshot(list(await read())) if is_read else UNSET,
    )


def _events(reading: Reading) -> list[Event]:
    first = reading.position.offset - len(reading.missed) + 1
    return [
        msgspec.structs.replace(_event_decoder.decode(missed), offset=offset)
        for offset, missed in enumerate(reading.missed, first)
    ]


_Read: TypeAlias = Callable[[], Awaitable[Sequence[Row]]]


def _reader(process: Process, who: Identity, topic: Topic) -> _Read:
    """Reads the topic's snapshot for one viewer.

    Raises: NotAllowed - there is nothing to read, so there is no such channel.
    """
    if topic.subject is Subject.ME:
        return functools.partial(_unconfirmed, process.db, who.viewer)
    read = process.snapshots.readers.get(topic.subject)
    provider = None if topic.provider is None else process.snapshots.providers.get(topic.provider)
    if read is None or (provider is None and topic.provider is not None):
        raise NotAllowed
    return functools.partial(read, process.db, who.viewer, provider)


async def _unconfirmed(db: Database, viewer: Viewer) -> Sequence[Row]:
    async with db.viewing(viewer) as tx:
        return await outbox.unconfirmed(tx, viewer.person)


async def _newest(topic: Topic, read: _Read) -> list[Latest]:
    return [Latest(str(row.id), topics.UPDATED[topic.subject], row) for row in await read()]


def _known(session: Subscriber) -> Identity:
    who = session.identity
    # The session lets nobody say a verb who has not connected, and no device these.
    assert who is not None
    return who
