"""Lists what is said on the socket: each verb with its answers, each channel with its events, and examples of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.errors import (
    Conflict,
    InvalidField,
    InvalidMessage,
    MediaQuotaSpent,
    MediaTooLarge,
    NotAllowed,
    Roadpulse,
    SequenceGap,
    StreamMissing,
    TooBusy,
    TooManyDiagnoses,
    TooManyItems,
    TooManyUploads,
    Unavailable,
    UnknownStream,
    UnknownUpload,
    UnknownVerb,
)
from monitor.live.topics import UPDATED, Subject
from monitor.network.alerts import Alert
from monitor.network.kinds import AlertEvent
from monitor.network.kpis import KpiMinute, LatestMeasurement
from monitor.network.operations import ServerState
from monitor.people.access import Verb
from monitor.wire import garage, media
from monitor.wire.inbound import Confirm, Connect, Measure, Refresh, Subscribe, Unsubscribe
from monitor.wire.outbound import (
    Confirmed,
    Connected,
    Duplicate,
    Measured,
    Pause,
    Refreshed,
    Subscribed,
    Unsubscribed,
)

EVERY_VERB: tuple[type[Roadpulse], ...] = (InvalidMessage, UnknownVerb, InvalidField, Unavailable)
"""what any message may be answered with"""


@dataclass(frozen=True, slots=True)
class Example:
    """A message that works, once `live` members are taken from a real session."""

    name: str
    body: Mapping[str, object]
    live: Mapping[str, str] = field(default_factory=dict)
    """member -> what it must be taken from, as in the examples of routes"""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A verb."""

    verb: str
    body: type[Any]
    answer: Any
    examples: tuple[Example, ...]
    refusals: tuple[type[Roadpulse], ...] = ()
    """besides those of every verb"""

    @property
    def is_answered(self) -> bool:
        return self.answer is not None


@dataclass(frozen=True, slots=True)
class Followed:
    """A channel that is subscribed to."""

    subject: Subject
    address: str
    summary: str
    events: Mapping[str, type[Any]]
    """event -> its data; empty where nothing happens yet"""

    @property
    def is_stream(self) -> bool:
        """Whether nothing may be lost on it."""
        return self.subject not in UPDATED

    @property
    def example(self) -> str:
        """A name that the channel has for somebody."""
        return self.address.replace("{provider}", "mtn")


_STREAM = "0192f1de-7a70-7c4e-9a51-0d0a4c1f8e21"
_TOKEN = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIxNyJ9.c2lnbmF0dXJl"  # noqa: S105 - opens nothing
_DEVICE_TOKEN = "rpd_YSBwaG9uZSdzIHRva2VuLCBzaG93biBvbmNlLCBsYXN0cyBsb25n"  # noqa: S105
_ITEM = {
    "measured_at": "now",
    "carrier": "MTN",
    "network_type": "LTE",
    "signal_dbm": -92.5,
    "download_mbps": 12.4,
    "latency_ms": 48,
    "latitude": 4.155,
    "longitude": 9.241,
}

_PHOTO = {
    "kind": "dashboard",
    "content_type": "image/jpeg",
    "bytes": 48_213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "captured_at": "2026-11-22T09:30:00Z",
}

SPOKEN = (
    Spoken(
        "connect",
        Connect,
        Connected,
        (
            Example("console", {"token": _TOKEN, "client": "console/1.0"}, {"token": "access_token"}),
            Example(
                "phone",
                {"token": _DEVICE_TOKEN, "client": "android/1.4", "stream": _STREAM, "ping_s": 120},
                {"token": "device_token", "stream": "stream"},
            ),
        ),
        (NotAllowed, UnknownStream),
    ),
    Spoken(
        "measure",
        Measure,
        Measured | Duplicate,
        (
            Example("batch", {"seq": 1, "items": [_ITEM]}, {"items": "items"}),
            Example("nothing", {"seq": 2, "items": []}),
        ),
        (TooManyItems, SequenceGap, UnknownStream, StreamMissing, NotAllowed),
    ),
    Spoken("refresh", Refresh, Refreshed, (Example("fresh", {"token": _TOKEN}, {"token": "access_token"}),)),
    Spoken(
        "subscribe",
        Subscribe,
        Subscribed,
        (
            Example("anew", {"channel": "alerts:mtn"}),
            Example("back", {"channel": "kpis:mtn", "offset": 17, "epoch": "b1946ac9"}),
        ),
        (NotAllowed, Conflict),
    ),
    Spoken("unsubscribe", Unsubscribe, Unsubscribed, (Example("enough", {"channel": "alerts:mtn"}),), (NotAllowed,)),
    Spoken("confirm", Confirm, Confirmed, (Example("seen", {"events": [4711, 4712]}),), (NotAllowed,)),
    Spoken(
        "media",
        media.Offer,
        media.Uploading | media.AlreadyStored,
        (Example("photo", _PHOTO, {"sha256": "sha256"}),),
        (MediaTooLarge, MediaQuotaSpent, TooManyUploads, NotAllowed),
    ),
    Spoken(
        "chunk",
        media.Chunk,
        None,
        (Example("piece", {"upload": 1, "offset": 0, "data": "TWlsbGlvbnMgb2YgcGl4ZWxz"}),),
        (UnknownUpload, NotAllowed),
    ),
    Spoken(
        "diagnose",
        garage.Diagnose,
        garage.Opened,
        (
            Example(
                "words",
                {"description": "The oil light is on and it ticks at idle", "codes": ["P0301"], "language": "en"},
            ),
        ),
        (TooBusy, TooManyDiagnoses, NotAllowed),
    ),
)

FOLLOWED = (
    Followed(
        Subject.ALERTS,
        "alerts:{provider}",
        "What is wrong in an operator's network; the snapshot holds what has not cleared.",
        {f"alert.{event}": Alert for event in AlertEvent},
    ),
    Followed(
        Subject.KPIS,
        "kpis:{provider}",
        "The newest minute of each KPI, place and generation.",
        {UPDATED[Subject.KPIS]: KpiMinute},
    ),
    Followed(
        Subject.MEASUREMENTS,
        "measurements:{provider}",
        "The newest measurement of each place and generation; no device, no person.",
        {UPDATED[Subject.MEASUREMENTS]: LatestMeasurement},
    ),
    Followed(Subject.OPS, "ops", "How each server process does.", {UPDATED[Subject.OPS]: ServerState}),
    Followed(
        Subject.ME,
        "me",
        "What concerns the account itself. Every answer to `subscribe` holds a snapshot of what was not confirmed.",
        {
            "media.examined": media.Examined,
            "media.failed": media.Unfit,
            "diagnosis.progress": garage.Progress,
            "diagnosis.concluded": garage.Diagnosis,
            "diagnosis.failed": garage.Diagnosis,
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Control:
    """A push on `control`."""

    meaning: str
    data: type[Any]


CONTROLS = {
    "slow_down": Control(
        "Wait before the next message; if you do not, you are simply not read for a while. Nothing is lost.", Pause
    ),
    "drain": Control(
        "The server restarts: what is in flight is answered, then the socket closes 4001. Come back after that.", Pause
    ),
    "media.offset": Control(
        "So much of an upload is kept: `media_window` bytes more may follow. After a gap: go back to it.",
        media.UploadOffset,
    ),
    "media.stored": Control("The file is whole and kept; its examination begins.", media.UploadStored),
    "media.failed": Control("The upload is over without a file.", media.UploadFailed),
}

_FOR_LATER = frozenset(Verb) - {spoken.verb for spoken in SPOKEN}
RESERVED = sorted(_FOR_LATER)
"""verbs that mean something in a later version; today they are unknown"""
