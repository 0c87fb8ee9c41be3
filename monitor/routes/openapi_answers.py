"""Describes what a route may answer, for the OpenAPI document: success, not changed, and every refusal."""

import collections
import typing
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from monitor.errors import Roadpulse
from monitor.routes import calls
from monitor.routes.route import AnyRoute, Page
from monitor.wire.outbound import Refusal
from monitor.wire.schemas import Schemas

JSON, MSGPACK, PROBLEM = "application/json", "application/msgpack", "application/problem+json"
OFFSET_STREAM = "application/offset+octet-stream"
_RATES = frozenset({"RateLimit", "RateLimit-Policy"})


class Problem(Refusal, frozen=True, kw_only=True):
    """Why a call was refused (RFC 9457). Some kinds carry members of their own."""

    status: int


def responses(route: AnyRoute, schemas: Schemas) -> dict[str, Any]:
    """Every status that a call of the route can end in."""
    common = {"X-Request-Id", *(_RATES if route.limited else ())}
    found = {str(route.status): _success(route, schemas, common)}
    if is_document(route):
        found["304"] = {"description": "Not changed since", "headers": _named({*common, "ETag"})}
    by_status: dict[int, list[type[Roadpulse]]] = collections.defaultdict(list)
    for error in calls.refusals(route):
        by_status[error.status].append(error)
    for status in sorted(by_status):
        found[str(status)] = _refusal(by_status[status], common)
    return found


def is_document(route: AnyRoute) -> bool:
    """Whether the answer is one that a client may keep and ask about again."""
    return route.method == "GET" and route.answer is not None and route.produces is None


def _success(route: AnyRoute, schemas: Schemas, common: Iterable[str]) -> dict[str, Any]:
    names = set(common)
    said: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.produces is not None:
        schema = {"type": "string", "format": "binary"} if route.answer is None else schemas.of(route.answer)
        said["content"] = {route.produces: {"schema": schema}}
        names |= {"ETag", "Accept-Ranges", "Content-Disposition"}
    elif route.answer is not None:
        schema = schemas.of(route.answer)
        said["content"] = {JSON: {"schema": schema}, MSGPACK: {"schema": schema}}
    elif route.streams:
        names |= {"Tus-Resumable"}
    elif route.status != HTTPStatus.NO_CONTENT:
        said["content"] = {"text/plain": {"schema": {"type": "string"}}}
    if is_document(route):
        names.add("ETag")
    is_page = typing.get_origin(route.answer) is Page
    if is_page and route.query is not None and "after" in schemas.properties(route.query):
        names.add("Link")
    if calls.may_replay(route):
        names.add("Idempotency-Replayed")
    return said | {"headers": _named(names)}


def _refusal(errors: Sequence[type[Roadpulse]], common: Iterable[str]) -> dict[str, Any]:
    names = set(common)
    status = errors[0].status
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        names.add("Retry-After")
    if status == HTTPStatus.UNAUTHORIZED:
        names.add("WWW-Authenticate")
    examples = {error.code: {"$ref": f"#/components/examples/{error.code}"} for error in errors}
    return {
        "description": " ".join(error().title for error in errors),
        "headers": _named(names),
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }


def problems(routes: Iterable[AnyRoute]) -> dict[str, Any]:
    """An example of each refusal that these routes know, by its code."""
    errors = {error.code: error for route in routes for error in calls.refusals(route)}
    return {code: {"summary": error().title, "value": _problem(error)} for code, error in sorted(errors.items())}


def _problem(error: type[Roadpulse]) -> dict[str, object]:
    title = error().title
    return {
        "type": f"/problems/{error.code}",
        "title": title,
        "detail": title,
        "status": error.status,
        "retry": error.retry,
    }


def _named(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names)}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


HEADERS = {
    "Accept-Ranges": _header("Parts can be asked for with Range", "bytes"),
    "Content-Disposition": _header("Whether a browser shows it or saves it", "attachment"),
    "Tus-Resumable": _header("The version of tus that is spoken", "1.0.0"),
    "ETag": _header("Names this version of the answer", 'W/"5f1c"'),
    "Idempotency-Replayed": _header("`true` on an answer that was made before", "true"),
    "Link": _header("The page that follows, if there is one (RFC 8288)", '</v1/alerts?after=abc>; rel="next"'),
    "RateLimit": _header("What is left of the minute, and the seconds until more", '"requests";r=599;t=60'),
    "RateLimit-Policy": _header("Calls in a window of seconds", '"requests";q=600;w=60'),
    "Retry-After": _header("Seconds", "3"),
    "WWW-Authenticate": _header("How to come with a token", "Bearer"),
    "X-Request-Id": _header("Stands in the server's log beside this call", "9f86d081884c7d65"),
}
