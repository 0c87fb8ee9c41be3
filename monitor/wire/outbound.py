"""Everything the server says: answers, errors and pushes."""

import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType


class ConnectLimits(Struct, frozen=True):
    """What this socket may do."""

    frame_bytes: int
    batch: int
    """items in one measure"""
    in_flight: int
    """unanswered batches"""
    media_bytes: int
    media_window: int


class Connected(Struct, frozen=True):
    """The answer to `connect`."""

    session: UUID
    time: datetime.datetime
    ping_s: int
    role: str
    """the account's role, or `device`"""
    limits: ConnectLimits
    last_seq: int | UnsetType = UNSET
    """the newest batch kept of the stream; only when a stream was given"""


class Quarantined(Struct, frozen=True):
    """One item that was set aside, not stored among the measurements."""

    index: int
    path: str
    """relative to the item; empty for the item itself"""
    reason: str


class Measured(Struct, frozen=True):
    """The answer to `measure`, after the commit that contains the batch."""

    seq: int
    last_seq: int
    stored: int
    quarantined: list[Quarantined]


class Duplicate(Struct, frozen=True):
    """The answer to a batch that was kept before."""

    seq: int
    last_seq: int
    duplicate: bool = True


class Refreshed(Struct, frozen=True):
    """The answer to `refresh`."""

    expires_at: datetime.datetime


class Row(Struct, frozen=True):
    """One row of a snapshot: an id, a version and what the event's data would hold."""

    id: Any
    version: int


class Snapshot(Struct, frozen=True):
    """All rows of a channel as they stand; replaces all that the client held."""

    rows: list[Any]


class Event(Struct, frozen=True):
    """One thing that happened, as a channel carries it."""

    id: int
    """what `confirm` names; 0 on latest channels, where nothing is confirmed"""
    event: str
    data: Any
    offset: int | UnsetType = UNSET


class Subscribed(Struct, frozen=True):
    """The answer to `subscribe`."""

    channel: str
    offset: int
    epoch: str
    recovered: bool | UnsetType = UNSET
    """whether `events` fills the gap since the offset given; absent when none was"""
    events: list[Event] | UnsetType = UNSET
    snapshot: Snapshot | UnsetType = UNSET


class Unsubscribed(Struct, frozen=True):
    """The answer to `unsubscribe`."""

    channel: str


class Confirmed(Struct, frozen=True):
    """The answer to `confirm`."""

    confirmed: int


class Push(Struct, frozen=True):
    """Events of one channel, unasked."""

    channel: str
    events: list[Event]


class Fault(Struct, frozen=True):
    """What is wrong at one place of a message."""

    path: str
    reason: str


class Refusal(Struct, frozen=True):
    """Why something was not done. Some kinds carry members of their own."""

    type: str
    """`/problems/<code>`; the code never changes"""
    title: str
    detail: str
    retry: bool
    """whether the same can succeed later"""
    errors: list[Fault] | UnsetType = UNSET
    """what is wrong where; `path` is relative to the message, such as `items[3].latency_ms`"""
    expected: int | UnsetType = UNSET
    """of `sequence_gap`: the seq to go back to"""
    limit: int | UnsetType = UNSET
    """of `too_many_items`, `body_too_large`, `too_many_connections`: what is allowed"""
    retry_after_ms: int | UnsetType = UNSET


class Pause(Struct, frozen=True):
    """The data of `control`'s events: how long to wait before the next `measure`, or before connecting again."""

    retry_after_ms: int
