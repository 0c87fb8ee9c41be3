"""Answers a POST that comes again with its Idempotency-Key as it was answered the first time."""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid5

from aiohttp import web

from monitor.errors import InvalidMessage, Unavailable
from monitor.people import idempotency
from monitor.people.idempotency import Kept
from monitor.people.identities import Identity
from monitor.routes import answers
from monitor.routes.route import AnyRoute, Request

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_KEY = 128
_STREAMS = UUID("6b1f2c0e-7d7c-4b36-9a55-5d3f0c1f9b1a")
"""the name space of streams that stand for keys; drawn once"""


async def once(
    request: Request[object, object],
    caller: Identity,
    answer: Callable[[], Awaitable[web.StreamResponse]],
    route: AnyRoute,
) -> web.StreamResponse:
    """The answer, made now or kept from the first time. A request that fails leaves its key free.

    Raises: KeyReused, UnderWay, InvalidMessage - the key; and what `answer` raises.
    """
    key = _key(request.http)
    digest = _digest(request)
    if kept := await idempotency.begin(request.db, caller, key, digest):
        replay = answers.written(kept.answer, kept.content_type, kept.status, request.http, route)
        replay.headers[REPLAYED] = "true"
        return replay
    making = asyncio.create_task(_make(request, caller, key, digest, answer))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        # The client has gone, most likely to ask again: what was begun is finished, so that it finds the answer.
        await making
        raise


def stream_of(request: Request[Any, Any], caller: Identity) -> UUID:
    """A stream of its own for a batch that has a key instead: the same one whenever the same request comes again."""
    content = hashlib.sha256(request.frame).hexdigest()
    return uuid5(_STREAMS, f"{caller.name}/{request.http.headers[HEADER]}/{content}")


async def _make(
    request: Request[object, object],
    caller: Identity,
    key: str,
    digest: bytes,
    answer: Callable[[], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    try:
        response = await answer()
    except Exception:
        with contextlib.suppress(Unavailable):
            await idempotency.abandon(request.db, caller, key)
        raise
    if isinstance(response, web.Response) and isinstance(response.body, bytes) and response.status < 300:
        kept = Kept(response.status, response.content_type, response.body)
        await idempotency.finish(request.db, caller, key, digest, kept)
    else:
        await idempotency.abandon(request.db, caller, key)
    return response


def _key(http: web.Request) -> str:
    key = http.headers[HEADER]
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise InvalidMessage(f"{HEADER} is 1 to {MAX_KEY} printable ASCII characters")
    return key


def _digest(request: Request[object, object]) -> bytes:
    """What makes two requests the same: address, encoding and body."""
    parts = (request.http.method, str(request.http.rel_url), request.http.content_type)
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.frame).digest()
