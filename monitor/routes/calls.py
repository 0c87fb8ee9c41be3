"""Takes one call through its route: who calls, how often, with what; then the handler; then the answer."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from monitor.errors import (
    BodyTooLarge,
    Internal,
    InvalidField,
    InvalidMessage,
    KeyReused,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Roadpulse,
    Suspended,
    TokenExpired,
    TokenInvalid,
    TooManyRequests,
    Unavailable,
    UnderWay,
    UnsupportedMediaType,
)
from monitor.people import tokens
from monitor.people.identities import Identity
from monitor.routes import answers, bodies, keys, replays
from monitor.routes.route import AnyRoute, Request
from monitor.wire import headers
from monitor.wire.envelope import Format

WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def guarded(route: AnyRoute) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The route as aiohttp calls it."""
    names = bodies.declared(route.query)

    async def serve(http: web.Request) -> web.StreamResponse:
        caller = await _caller(http, route)
        await _count(http, route, caller)
        _admit(route, caller)
        if not route.open_query:
            bodies.demand_declared(http, names)
        frame, wire_format = b"", Format.JSON
        if http.method in WITH_BODY and not route.streams:
            frame, wire_format = await bodies.read(http, http.app[keys.SETTINGS].limits.frame_bytes)
        is_decoded = route.body is not None and not route.lenient
        request: Request[object, object] = Request(
            http,
            bodies.decode(frame, wire_format, route.body) if is_decoded and route.body else None,
            bodies.query(http, route.query, names) if route.query is not None else None,
            caller,
            frame,
            wire_format,
        )
        if caller is not None and route.replays and http.method == "POST" and replays.HEADER in http.headers:
            return await replays.once(request, caller, lambda: _answer(route, request), route)
        return await _answer(route, request)

    return serve


def refusals(route: AnyRoute) -> tuple[type[Roadpulse], ...]:
    """Every error that a call of this route may end in, its own first."""
    found: list[type[Roadpulse]] = [*route.refusals]
    if route.roles is not None or route.optional_token:
        found += [NotSignedIn, TokenInvalid, TokenExpired, Suspended, NotAllowed]
    if "{" in route.path:
        found.append(NotFound)
    if route.method in WITH_BODY:
        found += [InvalidMessage, UnsupportedMediaType, BodyTooLarge]
    if route.body is not None or not route.open_query:
        found.append(InvalidField)
    if may_replay(route):
        found += [KeyReused, UnderWay]
    if route.limited:
        found.append(TooManyRequests)
    return tuple(dict.fromkeys([*found, Unavailable, Internal]))


def may_replay(route: AnyRoute) -> bool:
    """Whether a call that carries an Idempotency-Key is answered once."""
    return route.method == "POST" and route.replays and (route.roles is not None or route.optional_token)


async def identify(http: web.Request) -> Identity | None:
    """Whose token the call carries; None without one.

    Raises: TokenInvalid, TokenExpired, Suspended; Unavailable.
    """
    token = headers.bearer(http.headers)
    if token is None:
        return None
    http[keys.IDENTITY] = who = await tokens.identify(http.app[keys.DATABASE], http.app[keys.KEYS], token)
    return who


async def _caller(http: web.Request, route: AnyRoute) -> Identity | None:
    if route.roles is None and not route.optional_token:
        return None
    try:
        caller = await identify(http)
    except TokenInvalid:
        # Guessing costs, by address.
        await _count(http, route, None)
        raise
    if caller is None and not route.optional_token:
        await _count(http, route, None)
        raise NotSignedIn
    return caller


async def _count(http: web.Request, route: AnyRoute, caller: Identity | None) -> None:
    if not route.limited:
        return
    given = http.app[keys.SETTINGS]
    who = headers.client_address(http.headers, http.remote, given.server.trusted_proxies)
    name = f"address:{who}" if caller is None else caller.name
    allowance = await http.app[keys.LIMITS].take("requests", name, given.limits.requests_per_minute)
    http[keys.ALLOWANCE] = allowance
    if not allowance.is_allowed:
        raise allowance.refusal()


def _admit(route: AnyRoute, caller: Identity | None) -> None:
    if route.roles is None or caller is None:
        return
    if caller.is_device:
        if not route.devices:
            raise NotAllowed("a device may only measure")
    elif caller.role not in route.roles:
        raise NotAllowed


async def _answer(route: AnyRoute, request: Request[object, object]) -> web.StreamResponse:
    answer = await route.handler(request)
    if isinstance(answer, web.StreamResponse):
        return answer
    if answer is None:
        response = web.Response(status=204)
    else:
        body, content_type = answers.encoded(answer, request.http)
        response = answers.written(body, content_type, route.status, request.http, route)
        if link := answers.link_next(answer, request.http):
            response.headers["Link"] = link
    response.headers.extend(request.sends)
    return response
