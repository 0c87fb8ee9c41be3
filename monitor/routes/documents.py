"""Serves what clients are written against: the OpenAPI and AsyncAPI documents of this very server."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from monitor.routes import asyncapi, openapi
from monitor.routes.route import AnyRoute, Request, Route
from monitor.settings import Limits

Document = dict[str, Any]


class Library:
    """The documents, each written when it is first asked for: that takes a part of a second, and few ask."""

    def __init__(self, routes: Sequence[AnyRoute], limits: Limits) -> None:
        self._writers: dict[str, Callable[[], Document]] = {
            "openapi": lambda: openapi.document(routes),
            "asyncapi": lambda: asyncapi.document(limits),
        }
        self._written: dict[str, Document] = {}
        self._writing = asyncio.Lock()

    async def find(self, name: str) -> Document:
        async with self._writing:
            if name not in self._written:
                self._written[name] = await asyncio.to_thread(self._writers[name])
            return self._written[name]


LIBRARY = web.AppKey("library", Library)


async def show_openapi(request: Request[None, None]) -> Document:
    return await request.http.app[LIBRARY].find("openapi")


async def show_asyncapi(request: Request[None, None]) -> Document:
    return await request.http.app[LIBRARY].find("asyncapi")


ROUTES: list[AnyRoute] = [
    Route(
        "GET",
        "/v1/openapi.json",
        show_openapi,
        "This document",
        answer=Document,
        tags=("documents",),
        description="OpenAPI 3.1, written from the routes themselves. `/docs` is a page to try them on.",
    ),
    Route(
        "GET",
        "/v1/asyncapi.json",
        show_asyncapi,
        "The socket's document",
        answer=Document,
        tags=("documents",),
        description="AsyncAPI 3.0 of `GET /v1/stream`, written from the message types.",
    ),
]
