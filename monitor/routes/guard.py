"""Stands before every route: numbers, measures and logs each request, and gives every error one shape."""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

from aiohttp import web
from multidict import CIMultiDict

from monitor import log, metrics
from monitor.errors import BadRequest, BodyTooLarge, Internal, InvalidField, MethodNotAllowed, NotFound, Roadpulse
from monitor.routes import answers, calls, keys
from monitor.routes.route import AnyRoute
from monitor.store.db import DatabaseError
from monitor.wire import headers

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
PERMISSIONS = "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()"
"""drivers take photos and record; nothing else of a phone is asked for, and no frame gets any of it"""
STRICT_TRANSPORT = "max-age=31536000"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""asked every few seconds by machines: their lines would bury the others"""
_UNSTORABLE = frozenset({"22021", "22P05"})
"""character_not_in_repertoire, untranslatable_character"""
_log = log.Log(__name__)

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


def stand(app: web.Application) -> None:
    """Puts the guard before everything that the application serves, what it does not know included."""
    app.middlewares.append(door)
    app.on_response_prepare.append(dress)


def add(app: web.Application, routes: Iterable[AnyRoute]) -> None:
    """Opens these routes."""
    for route in routes:
        serve = calls.guarded(route)
        if route.method == "GET":
            app.router.add_get(route.path, serve)
        else:
            app.router.add_route(route.method, route.path, serve)


@web.middleware
async def door(request: web.Request, handler: Next) -> web.StreamResponse:
    """The last place where an error of a request can be."""
    request[keys.REQUEST_ID] = secrets.token_hex(8)
    began = time.perf_counter()
    try:
        response = await handler(request)
    except Roadpulse as error:
        response = answers.refusal(error)
    except web.HTTPException as error:
        response = _translated(error)
    except DatabaseError as error:
        response = _from_database(request, error)
    except Exception as error:  # the request's door
        _log.error("request_broke", error=error, request=request[keys.REQUEST_ID], route=_pattern(request))
        response = answers.refusal(Internal())
    _note(request, response.status, time.perf_counter() - began)
    return response


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer carries, files and pages included; a page that needs another policy has set its own."""
    given = request.app[keys.SETTINGS].server
    is_encrypted = headers.is_encrypted(
        request.headers, is_secure=request.secure, trusted_proxies=given.trusted_proxies
    )
    said = response.headers
    protect(said)
    if is_encrypted:
        said["Strict-Transport-Security"] = STRICT_TRANSPORT
    if request_id := request.get(keys.REQUEST_ID):
        said["X-Request-Id"] = request_id
    if allowance := request.get(keys.ALLOWANCE):
        said.update(answers.rate_headers(allowance))


def protect(said: CIMultiDict[str]) -> None:
    """What browsers are told with every answer, whatever it answers."""
    said.setdefault("Content-Security-Policy", CONTENT_POLICY)
    said.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    said.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    said["Permissions-Policy"] = PERMISSIONS
    said["Referrer-Policy"] = "same-origin"
    said["X-Content-Type-Options"] = "nosniff"
    said["Server"] = "roadpulse"


def _from_database(request: web.Request, error: DatabaseError) -> web.Response:
    """What the database refused: text that it cannot hold is the caller's fault, everything else ours."""
    if error.sqlstate in _UNSTORABLE:
        return answers.refusal(InvalidField(faults=[("", "text with U+0000 cannot be kept")]))
    _log.error("request_broke", error=error, request=request[keys.REQUEST_ID], route=_pattern(request))
    return answers.refusal(Internal())


def _translated(error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own refusals in our shape; redirects are answers and stay."""
    if error.status < 400:
        return error
    match error:
        case web.HTTPMethodNotAllowed():
            return answers.refusal(MethodNotAllowed(), {"Allow": ", ".join(sorted(error.allowed_methods))})
        case web.HTTPNotFound() | web.HTTPForbidden():
            return answers.refusal(NotFound())
        case web.HTTPRequestEntityTooLarge():
            return answers.refusal(BodyTooLarge())
        case _:
            return answers.refusal(BadRequest(error.reason) if error.status < 500 else Internal())


def _note(request: web.Request, status: int, took_s: float) -> None:
    if status == HTTPStatus.SWITCHING_PROTOCOLS:
        return  # a socket tells of itself
    # Anybody can invent methods and addresses; as labels they would fill the memory.
    method = request.method if request.method in _METHODS else "other"
    route = _pattern(request)
    metrics.requests.labels(method, route, str(status)).inc()
    metrics.request_seconds.labels(route).observe(took_s)
    who = request.get(keys.IDENTITY)
    said: dict[str, object] = {
        "request": request[keys.REQUEST_ID],
        "method": method,
        "route": route,
        "status": status,
        "ms": round(took_s * 1000, 1),
    }
    if who is not None:
        said |= {"account": who.account} if who.device is None else {"device": who.device}
    (_log.debug if route in _QUIET else _log.info)("request", **said)


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical
