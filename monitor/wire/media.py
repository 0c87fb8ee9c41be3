"""Files that drivers send: what is said while they come in, and what they turn out to be."""

import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from monitor.values import MediaKind
from monitor.wire.outbound import Refusal

Time = Annotated[datetime.datetime, Meta(tz=True)]
ContentType = Annotated[str, Meta(max_length=128, pattern=r"^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+( *;[ -~]*)?$(?!\n)")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Size = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Offset = Annotated[int, Meta(ge=0, le=2**53 - 1)]
UploadNumber = Annotated[int, Meta(ge=1, le=2**32 - 1)]


class Offer(Struct, frozen=True):
    """A file that is about to be sent, or that goes on where it broke off."""

    kind: MediaKind
    content_type: ContentType
    """as the phone calls it; what it is, a decoder finds out"""
    bytes: Size
    sha256: Sha256
    """of the whole file, lower-case hex; with it an upload that broke off is found again"""
    captured_at: Time | None = None


class Chunk(Struct, frozen=True):
    """The next bytes of an upload; not answered, but credited with `media.offset`."""

    upload: UploadNumber
    offset: Offset
    data: bytes
    """in JSON text base64; a binary frame does without"""


class Uploading(Struct, frozen=True):
    """The answer to `media`: send from `offset` on."""

    media: UUID
    upload: int
    """this socket's own number for it"""
    offset: int


class AlreadyStored(Struct, frozen=True):
    """The answer to `media` where the same file is there already."""

    media: UUID
    complete: bool = True


class UploadOffset(Struct, frozen=True):
    """So much is kept: a credit for `media_window` bytes more, or after a gap the place to go back to."""

    upload: int
    offset: int


class UploadStored(Struct, frozen=True):
    """The file is whole and kept."""

    upload: int
    media: UUID


class UploadFailed(Struct, frozen=True):
    """The upload is over; `error.retry` says whether to begin it anew."""

    upload: int
    error: Refusal


class Text(Struct, frozen=True):
    """The same in every language that is spoken here."""

    en: str
    fr: str


class QualityProblem(Struct, frozen=True):
    """Why a file cannot be believed, and what to do."""

    code: str
    text: Text
    advice: Text


class Quality(Struct, frozen=True):
    """What an examination found, said before any model is believed."""

    is_good: bool
    problems: list[QualityProblem]
    """the worst first"""
    measures: dict[str, float | int | str | None]
    """each with its unit in its name: width_px, colour_profile, captured_at, duration_s, rate_hz …"""


class Media(Struct, frozen=True):
    """A file of one's own."""

    id: UUID
    kind: MediaKind
    content_type: str
    bytes: int
    sha256: str
    state: str
    """receiving, stored or failed"""
    captured_at: Time | None
    created_at: Time
    stored_at: Time | None
    refusal: str | None
    """the code of the error for which it was not kept"""
    quality: Quality | None
    """null until it was examined"""


class Examined(Struct, frozen=True):
    """A file was examined."""

    id: UUID
    version: int
    """an examination is final: 1"""
    media: UUID
    kind: MediaKind
    quality: Quality


class Unfit(Struct, frozen=True):
    """An examination found that a file cannot be kept."""

    id: UUID
    version: int
    media: UUID
    kind: MediaKind
    error: Refusal
