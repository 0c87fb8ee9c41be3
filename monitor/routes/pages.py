"""Serves the built web pages: one document for every address of the console, one for the API, and hashed files."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from monitor.errors import NotFound

DIST = Path(__file__).resolve().parent.parent / "web" / "dist"

ADDRESSES = (
    *("/", "/sign-in", "/map", "/alerts", "/rules", "/devices", "/quality", "/servers"),
    *("/sending", "/diagnoses", "/diagnoses/{id:[0-9]+}", "/cars", "/models", "/you", "/welcome"),
)
"""what the pages' own router knows (`source/state/addresses.ts`); anything else is not found"""

_FOR_EVER = "public, max-age=31536000, immutable"


def add(app: web.Application) -> None:
    """Opens the pages; a server without a build answers their addresses with 404."""
    for address in ADDRESSES:
        app.router.add_get(address, page)
    app.middlewares.append(lost)
    app.router.add_get("/docs", documentation)
    app.router.add_get("/assets/{name}", asset)
    app.router.add_get("/{name:[a-z0-9-]+\\.(?:svg|png|ico|webmanifest|txt)}", icon)


@web.middleware
async def lost(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Shows a person that there is no such page, in their language; programs are told as of every error."""
    try:
        return await handler(request)
    except (NotFound, web.HTTPNotFound):
        if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
            raise
    shown = _file(DIST / "index.html", "no-store")
    shown.set_status(404)
    shown.headers["Vary"] = "Accept"
    return shown


async def page(request: web.Request) -> web.StreamResponse:
    # The document names the hashed files: it must be asked for each time.
    return _file(DIST / "index.html", "no-cache")


async def documentation(request: web.Request) -> web.StreamResponse:
    return _file(DIST / "docs.html", "no-cache")


async def asset(request: web.Request) -> web.StreamResponse:
    return _file(_inside(DIST / "assets", request.match_info["name"]), _FOR_EVER)


async def icon(request: web.Request) -> web.StreamResponse:
    return _file(_inside(DIST, request.match_info["name"]), "public, max-age=3600")


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if path.parent != folder.resolve():
        raise NotFound
    return path


def _file(path: Path, cache: str) -> web.FileResponse:
    if not path.is_file():
        raise NotFound
    return web.FileResponse(path, headers={"Cache-Control": cache})
