"""Files over HTTP in the manner of tus 1.0 (https://tus.io): sent in parts, and resumed anywhere."""

import asyncio
import base64
import binascii
import datetime
import hashlib
from collections.abc import AsyncIterator
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from monitor.errors import (
    BodyTooLarge,
    InvalidField,
    InvalidMessage,
    MediaHashDiffers,
    MediaQuotaSpent,
    MediaTooLarge,
    MethodNotAllowed,
    TooManyUploads,
    TusVersion,
    UnsupportedMediaType,
    UploadExpired,
    UploadFragmented,
    UploadOffsetWrong,
)
from monitor.garage import media
from monitor.garage.incoming import PIECE_BYTES, Door, Upload
from monitor.garage.uploads import Uploads
from monitor.routes.openapi_answers import OFFSET_STREAM
from monitor.routes.route import AnyRoute, Example, Request, Route
from monitor.values import MediaId, Role
from monitor.wire import envelope
from monitor.wire.media import Media, Offer

UPLOADS = web.AppKey("uploads", Uploads)

ADDRESS = "/v1/media/uploads"
VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
CAR_OWNERS = frozenset({Role.SUBSCRIBER, Role.MECHANIC})
ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
SILENCE_S = 60.0
"""a sender that says nothing for so long has gone; what came is kept"""

_Call = Request[None, None]


async def dress(http: web.Request, response: web.StreamResponse) -> None:
    """What every answer of these addresses carries, refusals included."""
    if http.path == ADDRESS or http.path.startswith(ADDRESS + "/"):
        response.headers["Tus-Resumable"] = response.headers["Tus-Version"] = VERSION
        response.headers["Cache-Control"] = "no-store"


async def options(request: _Call) -> web.Response:
    most = request.settings.limits.media_bytes
    said = {
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(most),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return web.Response(status=204, headers=said)


async def create(request: _Call) -> web.Response:
    _check_version(request)
    offer = _offer(request)
    uploads = request.http.app[UPLOADS]
    begun = await uploads.begin(request.viewer, offer, Door.TUS)
    upload = await uploads.resume(request.viewer, begun.media, Door.TUS)
    if request.http.content_type == OFFSET_STREAM:
        await _receive(request, upload, 0)
    return _answer(upload, 201, {"Location": f"{ADDRESS}/{upload.media}"})


async def tell(request: _Call) -> web.Response:
    _check_version(request)
    upload = await _upload(request)
    found = await media.find(request.db, request.viewer, upload.media)
    return _answer(upload, 200, {"Upload-Metadata": _described(found)})


async def append(request: _Call) -> web.Response:
    _check_version(request)
    if request.http.content_type != OFFSET_STREAM:
        raise UnsupportedMediaType(f"understood: {OFFSET_STREAM}")
    offset = _whole_number(request, "Upload-Offset")
    upload = await _upload(request)
    if offset != upload.kept:
        raise UploadOffsetWrong(members={"expected": upload.kept})
    await _receive(request, upload, offset)
    return _answer(upload, 204)


async def terminate(request: _Call) -> None:
    _check_version(request)
    await request.http.app[UPLOADS].delete(request.viewer, MediaId(request.uuid()))


async def override(request: _Call) -> web.Response | None:
    """For who can only POST: the method stands in a header."""
    match request.http.headers.get("X-HTTP-Method-Override", "").upper():
        case "PATCH":
            return await append(request)
        case "DELETE":
            await terminate(request)
            return None
        case "HEAD":
            return await tell(request)
        case _:
            raise MethodNotAllowed("X-HTTP-Method-Override names none of PATCH, DELETE, HEAD")


async def _upload(request: _Call) -> Upload:
    upload = await request.http.app[UPLOADS].resume(request.viewer, MediaId(request.uuid()), Door.TUS)
    if not upload.is_stored and upload.expires_at < datetime.datetime.now(datetime.UTC):
        raise UploadExpired
    return upload


async def _receive(request: _Call, upload: Upload, offset: int) -> None:
    """Keeps the body, which begins at `offset` of the file, up to where it breaks off.

    Raises: MediaTooLarge, MediaHashDiffers, BodyTooLarge, InvalidMessage, and what `Upload` refuses.
    """
    if checksum := request.http.headers.get("Upload-Checksum"):
        await _keep(upload, offset, await _checked(request, checksum))
    else:
        await _stream(request, upload, offset)
    if upload.is_whole:
        await upload.finish()
        await upload.tidy()


async def _stream(request: _Call, upload: Upload, offset: int) -> None:
    waiting = bytearray()
    try:
        async for part in _parts(request):
            waiting += part
            if offset + len(waiting) > upload.bytes:
                waiting.clear()
                raise MediaTooLarge(f"more than the {upload.bytes} bytes that were declared")
            if len(waiting) >= PIECE_BYTES:
                await _keep(upload, offset, bytes(waiting))
                offset += len(waiting)
                waiting.clear()
    finally:
        # Also when the connection is gone and this call with it.
        if waiting:
            await asyncio.shield(_keep(upload, offset, bytes(waiting)))


async def _parts(request: _Call) -> AsyncIterator[bytes]:
    """The body as it comes.

    Raises: InvalidMessage - it breaks off.
    """
    parts = aiter(request.http.content.iter_any())
    try:
        while True:
            async with asyncio.timeout(SILENCE_S):
                part = await anext(parts, b"")
            if not part:
                return
            yield part
    except TimeoutError as error:
        raise InvalidMessage("the body did not come in time") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise InvalidMessage("the body is broken") from error


async def _keep(upload: Upload, offset: int, data: bytes) -> None:
    """Keeps what is new of it: another sender of the same file may be ahead."""
    await upload.keep(data[max(0, upload.kept - offset) :])


async def _checked(request: _Call, checksum: str) -> bytes:
    """A body that must be kept whole or not at all, and so has to fit into memory."""
    name, _, told = checksum.partition(" ")
    if name not in ALGORITHMS:
        raise InvalidMessage(f"Upload-Checksum: one of {', '.join(ALGORITHMS)}")
    most = request.settings.limits.frame_bytes
    data = bytearray()
    async for part in _parts(request):
        data += part
        if len(data) > most:
            raise BodyTooLarge(f"a part with a checksum has at most {most} bytes", members={"limit": most})
    digest = await asyncio.to_thread(lambda: ALGORITHMS[name](data, usedforsecurity=False).digest())
    if base64.b64encode(digest).decode() != told.strip():
        raise MediaHashDiffers
    return bytes(data)


def _answer(upload: Upload, status: int, headers: dict[str, str] | None = None) -> web.Response:
    said = {"Upload-Offset": str(upload.kept), "Upload-Length": str(upload.bytes), **(headers or {})}
    if not upload.is_stored:
        said["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
    return web.Response(status=status, headers=said)


def _check_version(request: _Call) -> None:
    if request.http.headers.get("Tus-Resumable") != VERSION:
        raise TusVersion


def _offer(request: _Call) -> Offer:
    """What the headers say of a file.

    Raises: InvalidField.
    """
    said: dict[str, Any] = _metadata(request.http.headers.get("Upload-Metadata", ""))
    # What clients call it by themselves.
    said.setdefault("content_type", said.get("filetype") or "application/octet-stream")
    said["bytes"] = _whole_number(request, "Upload-Length")
    offer: Offer = envelope.convert(said, Offer)
    return offer


def _metadata(header: str) -> dict[str, str]:
    said: dict[str, str] = {}
    try:
        for pair in filter(None, header.split(",")):
            name, _, value = pair.strip().partition(" ")
            said[name] = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidField(faults=[("Upload-Metadata", "names with values in base64")]) from error
    return said


def _described(found: Media) -> str:
    """What was said of a file when it was begun, as far as it is kept."""
    said = {"kind": found.kind.value, "sha256": found.sha256, "content_type": found.content_type}
    if found.captured_at is not None:
        said["captured_at"] = found.captured_at.isoformat()
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


def _whole_number(request: _Call, header: str) -> int:
    text = request.http.headers.get(header, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InvalidField(faults=[(header, "a whole number is needed")])
    return int(text)


_ID = "0192f1de-7a70-7c4e-9a51-0d0a4c1f8e21"
_RESUMABLE = {"Tus-Resumable": VERSION}
_KIND = f"kind {base64.b64encode(b'dashboard').decode()}"
_MANNER = "In the manner of [tus 1.0](https://tus.io/protocols/resumable-upload)."
_ENDS = (MediaHashDiffers, MediaTooLarge, UploadExpired, UploadFragmented, TusVersion)

ROUTES: list[AnyRoute] = [
    Route(
        "OPTIONS", ADDRESS, options, "What is understood of tus",
        status=204, tags=("media",), limited=False,
    ),
    Route(
        "POST", ADDRESS, create, "Begin an upload, or find the one that broke off",
        status=201, roles=CAR_OWNERS, streams=True, replays=False, tags=("media",),
        refusals=(MediaQuotaSpent, TooManyUploads, InvalidField, *_ENDS),
        description=f"{_MANNER} `Upload-Metadata` holds `kind` (dashboard, sound or attachment), `sha256` of the whole "
        "file in lower-case hex, and may hold `content_type` and `captured_at`. The same file is found again by its "
        "hash: `Upload-Offset` of the answer is where it goes on. The body may hold the file's beginning.",
        example=Example(
            headers={**_RESUMABLE, "Upload-Length": "18", "Upload-Metadata": f"{_KIND},sha256 OWY4Nm…"},
            live={"Upload-Metadata": "upload_metadata"},
        ),
    ),
    Route(
        "HEAD", f"{ADDRESS}/{{id}}", tell, "Where an upload stands",
        roles=CAR_OWNERS, streams=True, tags=("media",), refusals=(*_ENDS,), description=_MANNER,
        example=Example(path={"id": _ID}, headers=_RESUMABLE, live={"id": "upload"}),
    ),
    Route(
        "PATCH", f"{ADDRESS}/{{id}}", append, "Send the bytes that follow",
        status=204, roles=CAR_OWNERS, streams=True, tags=("media",),
        refusals=(UploadOffsetWrong, InvalidField, *_ENDS),
        description=f"{_MANNER} With `Upload-Checksum` (sha1 or sha256) a part is kept whole or not at all, and has at "
        "most `frame_bytes`. The last byte's answer comes when the file is stored and its hash was right.",
        example=Example(
            path={"id": _ID}, headers={**_RESUMABLE, "Upload-Offset": "0", "Content-Type": OFFSET_STREAM},
            content=b"Million", live={"id": "upload"},
        ),
    ),
    Route(
        "DELETE", f"{ADDRESS}/{{id}}", terminate, "Give an upload up",
        status=204, roles=CAR_OWNERS, streams=True, tags=("media",), refusals=(*_ENDS,),
        description=f"{_MANNER} A file that is whole already is deleted too.",
        example=Example(path={"id": _ID}, headers=_RESUMABLE, live={"id": "upload"}),
    ),
    Route(
        "POST", f"{ADDRESS}/{{id}}", override, "The same, for who can only POST",
        status=204, roles=CAR_OWNERS, streams=True, replays=False, tags=("media",),
        refusals=(UploadOffsetWrong, InvalidField, MethodNotAllowed, *_ENDS),
        description=f"{_MANNER} `X-HTTP-Method-Override` names PATCH, DELETE or HEAD.",
        example=Example(
            path={"id": _ID}, headers={**_RESUMABLE, "X-HTTP-Method-Override": "DELETE"}, live={"id": "upload"}
        ),
    ),
]  # fmt: skip
