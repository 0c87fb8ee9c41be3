"""Every word a client may say: the typed messages that frames and bodies are decoded into."""

import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from monitor.wire.garage import Diagnose
from monitor.wire.media import Chunk, Offer

MOST_ID = 2**53 - 1
"""above it a browser's numbers are no longer whole"""

MessageId = Annotated[int, Meta(ge=1, le=MOST_ID)]
Sequence = Annotated[int, Meta(ge=1, le=2**53 - 1)]
EventId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Text128 = Annotated[str, Meta(min_length=1, max_length=128)]
Channel = Annotated[str, Meta(min_length=1, max_length=128)]
AwareTime = Annotated[datetime.datetime, Meta(tz=True)]

MegabitsPerSecond = Annotated[float, Meta(ge=0, le=10_000)]
Milliseconds = Annotated[float, Meta(ge=0, le=10_000)]


class Item(Struct, frozen=True, gc=False):
    """One measurement of the mobile network by a phone.

    The bounds are the wire's: outside, the item is quarantined. What is inside them but outside the
    plausible ranges is stored and flagged `suspect`.
    """

    measured_at: AwareTime
    """RFC 3339 with a zone, or the MessagePack timestamp; up to 10 min ahead, not older than the retention"""
    carrier: Text128
    """the operator's name, an alias, or MCC-MNC such as 624-01"""
    network_type: Annotated[str, Meta(max_length=32)] | None = None
    """as the phone says it: LTE, 5G-NSA, HSPA+"""
    signal_dbm: Annotated[float, Meta(gt=-150, lt=0)] | None = None
    """RSRP (4G, 5G), RSCP (3G) or RSSI (2G), dBm"""
    download_mbps: MegabitsPerSecond | None = None
    upload_mbps: MegabitsPerSecond | None = None
    latency_ms: Milliseconds | None = None
    """round trip"""
    jitter_ms: Milliseconds | None = None
    packet_loss_pct: Annotated[float, Meta(ge=0, le=100)] | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    """degrees, WGS 84; with longitude or not at all"""
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    connected: bool | None = None
    """whether the phone had a data connection"""
    device_info: Text128 | None = None
    app_version: Text128 | None = None


class Connect(Struct, frozen=True):
    """The first message: who this is."""

    token: Annotated[str, Meta(max_length=4096)] | UnsetType = UNSET
    """an access token or a device token; none when the socket was opened with a ticket"""
    client: Annotated[str, Meta(max_length=128)] | UnsetType = UNSET
    stream: UUID | UnsetType = UNSET
    """the device's spool; it belongs to one device for ever"""
    replaces: UUID | UnsetType = UNSET
    """the stream whose unsent batches are gone"""
    lost: Annotated[int, Meta(ge=0, le=2**53 - 1)] | UnsetType = UNSET
    """how many measurements went with it"""
    ping_s: Annotated[int, Meta(ge=1, le=86400)] | UnsetType = UNSET
    """the silence after which the server pings; capped by the server"""


class Measure(Struct, frozen=True):
    """A batch of measurements of this socket's stream."""

    seq: Sequence
    """starts at 1 and rises by one"""
    items: list[Item]


class Refresh(Struct, frozen=True):
    """A new access token of the same account."""

    token: Annotated[str, Meta(min_length=1, max_length=4096)]


class Subscribe(Struct, frozen=True):
    """Follow a channel; with `offset` and `epoch`, from where this client was."""

    channel: Channel
    offset: Annotated[int, Meta(ge=0, le=2**53 - 1)] | UnsetType = UNSET
    epoch: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class Unsubscribe(Struct, frozen=True):
    """Stop following a channel."""

    channel: Channel


class Confirm(Struct, frozen=True):
    """These events of `me` were received; they are not sent again."""

    events: Annotated[list[EventId], Meta(max_length=1000)]


Message = Connect | Measure | Refresh | Subscribe | Unsubscribe | Confirm | Offer | Chunk | Diagnose


class Frame(Struct, frozen=True):
    """One frame: an id and exactly one verb; `chunk` goes without an id; the empty map is the answer to a ping."""

    id: MessageId | UnsetType = UNSET
    connect: Connect | UnsetType = UNSET
    measure: Measure | UnsetType = UNSET
    refresh: Refresh | UnsetType = UNSET
    subscribe: Subscribe | UnsetType = UNSET
    unsubscribe: Unsubscribe | UnsetType = UNSET
    confirm: Confirm | UnsetType = UNSET
    media: Offer | UnsetType = UNSET
    chunk: Chunk | UnsetType = UNSET
    diagnose: Diagnose | UnsetType = UNSET


VERBS: dict[str, type[Message]] = {
    "connect": Connect,
    "measure": Measure,
    "refresh": Refresh,
    "subscribe": Subscribe,
    "unsubscribe": Unsubscribe,
    "confirm": Confirm,
    "media": Offer,
    "chunk": Chunk,
    "diagnose": Diagnose,
}

NAMELESS = "chunk"
"""the verb that is not answered, and so has no id"""
