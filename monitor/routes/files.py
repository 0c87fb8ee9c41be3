"""Sends objects of the store over HTTP: whole or a range of them, with an ETag, and never run by a browser."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from monitor import log
from monitor.routes.answers import names_tag
from monitor.store.objects import Objects

PIECE_S = 60.0
"""a reader that takes nothing for so long has gone"""
PRIVATE = "private, no-cache"
"""Kept by the browser alone, and asked about each time: access may have ended."""

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_log = log.Log(__name__)


class RangeUnsatisfiable(Exception):
    """It begins behind the end."""


async def send(
    http: web.Request, objects: Objects, name: str, size: int, tag: str, headers: Mapping[str, str]
) -> web.StreamResponse:
    """An object; `tag` names its content for good."""
    said = {
        "ETag": f'"{tag}"',
        "Accept-Ranges": "bytes",
        # Shown alone in a tab, it can neither run nor fetch anything.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Vary": "Authorization",
        **headers,
    }
    if names_tag(http.headers.get("If-None-Match", ""), said["ETag"]):
        return web.Response(status=304, headers={key: said[key] for key in ("ETag", "Cache-Control", "Vary")})
    start, end, status = 0, size, 200
    try:
        if (part := _part(http, size, said["ETag"])) is not None:
            start, end = part
            status = 206
            said["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    except RangeUnsatisfiable:
        return web.Response(status=416, headers=said | {"Content-Range": f"bytes */{size}"})
    response = web.StreamResponse(status=status, headers=said)
    response.content_length = end - start
    if http.method == "HEAD":
        await response.prepare(http)
        return response
    return await _write(http, response, objects.stream(name, start, end))


async def _write(http: web.Request, response: web.StreamResponse, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    # The first piece comes before the head: an object that is not there is still an honest refusal.
    first = await anext(pieces, b"")
    await response.prepare(http)
    try:
        async with asyncio.timeout(PIECE_S):
            await response.write(first)
        async for piece in pieces:
            async with asyncio.timeout(PIECE_S):
                await response.write(piece)
        await response.write_eof()
    except (Exception, asyncio.CancelledError) as error:
        # The head is said already; only a broken connection tells the reader that this is not all.
        if http.transport is not None:
            http.transport.abort()
        if isinstance(error, asyncio.CancelledError):
            raise
        _log.warning("file_broken_off", reason=type(error).__name__)
    return response


def _part(http: web.Request, size: int, tag: str) -> tuple[int, int] | None:
    """The one range asked for (RFC 9110 14.2); None for the whole, also where we do not understand what is asked.

    Raises: RangeUnsatisfiable.
    """
    asked = _RANGE.fullmatch(http.headers.get("Range", "").replace(" ", ""))
    if asked is None or http.headers.get("If-Range", tag) != tag:
        return None
    first, last = asked[1], asked[2]
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:
            return None
    elif last:
        start, end = max(0, size - int(last)), size
    else:
        return None
    if start >= size or start >= end:
        raise RangeUnsatisfiable
    return start, end
