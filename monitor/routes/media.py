"""HTTP about files of drivers: listing, showing and sharing them."""

import base64
import binascii
import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from aiohttp import web
from msgspec import Meta, Struct

from monitor.errors import (
    Conflict,
    InvalidField,
    MediaNotReady,
    MediaUnknown,
    MediaUnreadable,
    NotFound,
    Roadpulse,
)
from monitor.garage import copies, links, media
from monitor.garage.copies import Copies, Shape
from monitor.routes import bodies, files
from monitor.routes.route import AnyRoute, Example, Page, Paging, Request, Route
from monitor.routes.uploads import CAR_OWNERS, UPLOADS
from monitor.store.objects import Objects
from monitor.values import MediaId, MediaKind
from monitor.wire.media import Media

OBJECTS = web.AppKey("objects", Objects)
COPIES = web.AppKey("copies", Copies)
Query = TypeVar("Query")


class MediaAsked(Paging, frozen=True):
    """Which files."""

    kind: MediaKind | None = None


class PictureAsked(Struct, frozen=True):
    """How large a picture."""

    longest: Annotated[int, Meta(ge=1, le=copies.LONGEST_PX[-1])] = 1280
    """pixels of its longer side, at least where the original has them; one of 320, 640, 1280, 2048 is given"""


class LinkWanted(Struct, frozen=True):
    """How long a link shall open the copy."""

    expires_in_s: Annotated[int, Meta(ge=1)]


class LinkMade(Struct, frozen=True):
    """A link; it is shown once."""

    url: str
    """an address on this server"""
    expires_at: datetime.datetime


class Spectrogram(Struct, frozen=True):
    """A recording as a picture: how loud it is at each time and frequency."""

    seconds_per_column: float
    hz: list[float]
    """the middle of each row, from low to high"""
    columns: int
    rows: str
    """base64 of a byte for each row and column, row by row from low to high: 255 the loudest, 0 is 80 dB below"""
    hidden: list[Annotated[list[float], Meta(min_length=2, max_length=2)]] = []
    """seconds from and to which somebody may be speaking: these columns are all 0"""


async def some(request: Request[None, MediaAsked]) -> Page[Media]:
    asked = request.query
    before = _place(asked.after)
    found = await media.some(request.db, request.viewer, asked.kind, before, asked.limit + 1)
    items = found[: asked.limit]
    return Page(items, _cursor(items[-1]) if len(found) > asked.limit else None)


async def one(request: Request[None, None]) -> Media:
    return await media.find(request.db, request.viewer, MediaId(request.uuid()))


async def delete(request: Request[None, None]) -> None:
    await request.http.app[UPLOADS].delete(request.viewer, MediaId(request.uuid()))


async def content(request: Request[None, None]) -> web.StreamResponse:
    found = await _stored(request)
    said = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{found.id}"',
        "Cache-Control": files.PRIVATE,
    }
    name = media.original(MediaId(found.id))
    return await files.send(request.http, request.http.app[OBJECTS], name, found.bytes, found.sha256, said)


async def picture(request: Request[None, PictureAsked]) -> web.StreamResponse:
    found = await _stored(request, MediaKind.DASHBOARD, MediaKind.ATTACHMENT)
    return await _show(request, MediaId(found.id), Shape.PICTURE, request.query.longest)


async def sound(request: Request[None, None]) -> web.StreamResponse:
    found = await _stored(request, MediaKind.SOUND)
    return await _show(request, MediaId(found.id), Shape.SOUND)


async def spectrogram(request: Request[None, None]) -> web.StreamResponse:
    found = await _stored(request, MediaKind.SOUND)
    return await _show(request, MediaId(found.id), Shape.SPECTROGRAM)


async def share(request: Request[LinkWanted, None]) -> LinkMade:
    most = request.settings.media.link_max_s
    if request.body.expires_in_s > most:
        raise InvalidField(faults=[("expires_in_s", f"at most {most}")])
    found = await _stored(request)
    try:
        await request.http.app[COPIES].find(MediaId(found.id), copies.SHAPES[found.kind])
    except (MediaUnknown, MediaUnreadable) as error:
        raise Conflict("there is no copy of this file that could be shown to others") from error
    lifetime = datetime.timedelta(seconds=request.body.expires_in_s)
    link = await links.make(request.db, request.viewer, MediaId(found.id), lifetime)
    return LinkMade(f"/v1/shared/{link.token}", link.expires_at)


async def unshare(request: Request[None, None]) -> None:
    found = await media.find(request.db, request.viewer, MediaId(request.uuid()))
    await links.revoke(request.db, request.viewer, MediaId(found.id))


async def shared(request: Request[None, None]) -> web.StreamResponse:
    found = await links.follow(request.db, request.http.match_info["token"])
    return await _show(request, found.media, copies.SHAPES[found.kind], cache="private, no-store")


async def _stored(request: Request[None, Any] | Request[LinkWanted, None], *kinds: MediaKind) -> Media:
    """The caller's own file, which is there.

    Raises: NotFound - there is none such of these kinds; MediaNotReady; what it was refused for.
    """
    found = await media.find(request.db, request.viewer, MediaId(request.uuid()))
    if kinds and found.kind not in kinds:
        raise NotFound
    if found.refusal is not None:
        raise media.refusal(found.refusal)
    if found.state != media.State.STORED:
        raise MediaNotReady
    return found


async def _show(
    request: Request[None, Any], wanted: MediaId, shape: Shape, longest_px: int = 1280, cache: str = files.PRIVATE
) -> web.StreamResponse:
    copy = await request.http.app[COPIES].find(wanted, shape, longest_px)
    said = {"Content-Type": copy.content_type, "Content-Disposition": "inline", "Cache-Control": cache}
    tag = f"{wanted}-{copy.size}-{longest_px}"
    return await files.send(request.http, request.http.app[OBJECTS], copy.name, copy.size, tag, said)


def _cursor(last: Media) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()}|{last.id}".encode()).decode().rstrip("=")


def _place(cursor: str | None) -> tuple[datetime.datetime, MediaId] | None:
    """Raises: InvalidField - not one of our cursors."""
    if cursor is None:
        return None
    try:
        at, last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
        place = datetime.datetime.fromisoformat(at), MediaId(UUID(last))
        if place[0].tzinfo is None or not bodies.is_in_reach(place[0]):
            raise ValueError("out of reach")
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise InvalidField(faults=[("after", "not the `next` of a page before")]) from error
    return place


_ID = "0192f1de-7a70-7c4e-9a51-0d0a4c1f8e21"
_UNSHOWN: tuple[type[Roadpulse], ...] = (MediaNotReady, *media.REFUSALS)

ROUTES: list[AnyRoute] = [
    Route(
        "GET", "/v1/media", some, "One's own files, the newest first",
        answer=Page[Media], query=MediaAsked, roles=CAR_OWNERS, tags=("media",),
        example=Example(query={"limit": "20", "kind": "dashboard"}),
    ),
    Route(
        "GET", "/v1/media/{id}", one, "One file: how it stands, and how good it is",
        answer=Media, roles=CAR_OWNERS, tags=("media",),
        example=Example(path={"id": _ID}, live={"id": "photo"}),
    ),
    Route(
        "DELETE", "/v1/media/{id}", delete, "Delete a file and everything made of it",
        status=204, roles=CAR_OWNERS, tags=("media",), example=Example(path={"id": _ID}, live={"id": "photo"}),
    ),
    Route(
        "GET", "/v1/media/{id}/content", content, "The original, as it came",
        produces="application/octet-stream", roles=CAR_OWNERS, tags=("media",), refusals=_UNSHOWN,
        description="To be saved, not shown. Parts with `Range`.",
        example=Example(path={"id": _ID}, live={"id": "photo"}),
    ),
    Route(
        "GET", "/v1/media/{id}/picture", picture, "A photo as it is shown",
        produces="image/jpeg", query=PictureAsked, roles=CAR_OWNERS, tags=("media",), refusals=_UNSHOWN,
        description="A JPEG, turned as EXIF says, in sRGB, without place, device and time; of HEIC too.",
        example=Example(path={"id": _ID}, query={"longest": "640"}, live={"id": "photo"}),
    ),
    Route(
        "GET", "/v1/media/{id}/sound", sound, "A recording to listen to",
        produces="audio/wav", roles=CAR_OWNERS, tags=("media",), refusals=_UNSHOWN,
        description="WAV, mono, 16 kHz, without place, device and time. Parts with `Range`.",
        example=Example(path={"id": _ID}, live={"id": "recording"}),
    ),
    Route(
        "GET", "/v1/media/{id}/spectrogram", spectrogram, "A recording as a picture",
        answer=Spectrogram, produces="application/json", roles=CAR_OWNERS, tags=("media",), refusals=_UNSHOWN,
        example=Example(path={"id": _ID}, live={"id": "recording"}),
    ),
    Route(
        "POST", "/v1/media/{id}/links", share, "Make a link to a copy",
        answer=LinkMade, status=201, body=LinkWanted, roles=CAR_OWNERS, replays=False, tags=("media",),
        refusals=(Conflict, *_UNSHOWN),
        description="Whoever holds it sees or hears the copy, without place, device and voices, until it expires or is"
        " revoked.",
        example=Example(body={"expires_in_s": 3600}, path={"id": _ID}, live={"id": "photo"}),
    ),
    Route(
        "DELETE", "/v1/media/{id}/links", unshare, "Revoke every link to a file",
        status=204, roles=CAR_OWNERS, tags=("media",), example=Example(path={"id": _ID}, live={"id": "photo"}),
    ),
    Route(
        "GET", "/v1/shared/{token}", shared, "What a link shows",
        produces="image/jpeg", tags=("media",), refusals=_UNSHOWN, open_query=True,
        description="A picture (JPEG) or a recording (WAV), silent where somebody may be speaking.",
        example=Example(path={"token": "rpm_YSBsaW5rJ3MgdG9rZW4"}, live={"token": "link"}),
    ),
]  # fmt: skip
