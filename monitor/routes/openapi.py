"""Writes the OpenAPI document from the list of routes, so that it says what the guard does."""

import collections
import re
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.routes import calls
from monitor.routes.openapi_answers import (
    HEADERS,
    JSON,
    MSGPACK,
    OFFSET_STREAM,
    Problem,
    is_document,
    problems,
    responses,
)
from monitor.routes.route import EVERY_ACCOUNT, MAX_ID, AnyRoute
from monitor.wire.schemas import VERSION, Schema, Schemas

DESCRIPTION = """\
Phones stream what the mobile network gives them; operators watch their own network live. Most of it goes over one
WebSocket, which [/v1/asyncapi.json](/v1/asyncapi.json) describes; this is the HTTP beside it.

**Encodings.** JSON both ways; MessagePack with `Content-Type: application/msgpack`, or `Accept` for the answer.
Members that a route does not know are passed over. Time is RFC 3339 with a zone.
**Query parameters** that a route does not know, or that stand twice, are refused with `invalid_field`, which names
them. Only addresses that people hand round, and those for machines that watch, pass them over.
**Errors** are `application/problem+json` (RFC 9457); `type` is `/problems/<code>`, and the codes are stable. `retry`
says whether the same call can help later, `errors` what is wrong where.
**Limits.** `RateLimit` and `RateLimit-Policy` tell what is left in the minute; 429 and some 503 carry `Retry-After`.
**Once.** A POST with a token and an `Idempotency-Key` is done once; the answer is kept for 24 hours and given again
with `Idempotency-Replayed: true`. A call that failed leaves its key free.
**Lists** are `{items, next}`: `next` goes into `?after=`, and the `Link` header holds the whole address.
**Reads** carry an `ETag`; `If-None-Match` makes 304 of what has not changed.
"""

TAGS: Mapping[str, str] = {
    "sessions": "Signing in and out, tickets for sockets, the keys that tokens are signed with.",
    "people": "One's own account.",
    "devices": "Phones that measure: enrolled with a code, revoked for good.",
    "measurements": "What phones measured, in and out.",
    "garage": "Cars, and what is wrong with them.",
    "media": "Photos, recordings and attachments of drivers: sent in pieces, shown as copies, shared by link.",
    "alerts": "What is wrong, and who takes care of it.",
    "rules": "When something counts as wrong.",
    "analytics": "What measurements add up to.",
    "network": "The operators under watch.",
    "administration": "For administrators only.",
    "operations": "For machines that watch this one.",
    "documents": "This document and its kin.",
}

SHOWN: Mapping[str, object] = {
    "now": "2026-11-22T09:30:00Z",
    "soon": "2030-01-01T07:00:00Z",
}
"""what a document shows for a value that a real call takes from the clock"""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLACE = re.compile(r"\{([a-z]+)\}")
_ID = {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_ID}


def document(routes: Sequence[AnyRoute]) -> dict[str, Any]:
    """The whole document."""
    shapes = [shape for route in routes for shape in (route.answer, route.body, route.query) if shape is not None]
    schemas = Schemas([*shapes, Problem])
    paths: dict[str, dict[str, Any]] = collections.defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = operation(route, schemas)
    used = {tag for route in routes for tag in route.tags}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Roadpulse",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items() if name in used],
        "paths": dict(paths),
        "components": {
            "schemas": schemas.components,
            "headers": HEADERS,
            "examples": problems(routes),
            "parameters": _PARAMETERS,
            "securitySchemes": _SECURITY,
        },
    }


def operation(route: AnyRoute, schemas: Schemas) -> dict[str, Any]:
    """One route."""
    said: dict[str, Any] = {
        "operationId": identifier(route),
        "summary": route.summary,
        "description": "\n\n".join(part for part in (route.description, _audience(route)) if part),
        "tags": list(route.tags),
        "parameters": _parameters(route, schemas),
        "responses": responses(route, schemas),
        "security": _security(route),
        "x-roles": sorted(route.roles or ()),
        "x-devices": route.devices,
    }
    if route.body is not None:
        said["requestBody"] = _body(route, schemas)
    elif route.streams and route.method in {"POST", "PATCH"}:
        said["requestBody"] = {"content": {OFFSET_STREAM: {"schema": {"type": "string", "format": "binary"}}}}
    return said


def identifier(route: AnyRoute) -> str:
    """The operation's stable name: `people.register`."""
    return f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}"


def shown(value: Any) -> Any:
    """An example with the clock's words replaced by times."""
    match value:
        case str():
            return SHOWN.get(value, value)
        case Mapping():
            return {key: shown(each) for key, each in value.items()}
        case list():
            return [shown(each) for each in value]
        case _:
            return value


def _audience(route: AnyRoute) -> str:
    if route.roles is None:
        return "" if route.optional_token else "Needs no token."
    known = ["every account"] if route.roles == EVERY_ACCOUNT else [f"{role}s" for role in sorted(route.roles)]
    return f"For {' and '.join(['devices'] * route.devices + known)}."


def _security(route: AnyRoute) -> list[dict[str, list[str]]]:
    if route.roles is None:
        return [{}, {"accessToken": []}] if route.optional_token else []
    # OpenAPI 3.1 lets a requirement name the role that it takes; alternatives stand side by side.
    accounts: list[dict[str, list[str]]] = (
        [{"accessToken": []}]
        if route.roles == EVERY_ACCOUNT
        else [{"accessToken": [role.value]} for role in sorted(route.roles)]
    )
    return [{"deviceToken": []}, *accounts] if route.devices else accounts


def _parameters(route: AnyRoute, schemas: Schemas) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, **_place(route.example.path.get(name, "17"))}
        for name in _PLACE.findall(route.path)
    ]
    found += [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "example": value}
        for name, value in route.example.headers.items()
    ]
    if route.query is not None:
        required = schemas.required(route.query)
        for name, schema in schemas.properties(route.query).items():
            found.append(_query_parameter(name, schema, route.example.query.get(name), is_required=name in required))
    if calls.may_replay(route):
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if is_document(route):
        found.append({"$ref": "#/components/parameters/IfNoneMatch"})
    return found


def _place(example: str) -> dict[str, Any]:
    """A part of the path: an id, a UUID or a token, as its example is."""
    if example.isdecimal():
        return {"schema": _ID, "example": int(example)}
    kind = {"type": "string", "format": "uuid"} if _UUID.fullmatch(example) else {"type": "string"}
    return {"schema": kind, "example": example}


def _query_parameter(name: str, schema: Schema, example: str | None, *, is_required: bool) -> dict[str, Any]:
    plain = {key: value for key, value in schema.items() if key not in {"description", "anyOf"}}
    if plain.get("default", 0) is None:
        del plain["default"]
    # An absent parameter is how a query says null.
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if kinds:
        plain |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    said: dict[str, Any] = {"name": name, "in": "query", "required": is_required, "schema": plain}
    if "description" in schema:
        said["description"] = schema["description"]
    if example is not None:
        said["example"] = int(example) if plain.get("type") == "integer" else example
    return said


def _body(route: AnyRoute, schemas: Schemas) -> dict[str, Any]:
    schema = schemas.of(route.body)
    example: dict[str, Any] = {}
    if route.example.body is not None:
        live = {name: kind for name, kind in route.example.live.items() if name in route.example.body}
        value = {"summary": "A call that works", "value": shown(route.example.body)}
        example = {"examples": {"works": value | ({"x-live": live} if live else {})}}
    return {
        "required": bool(schemas.required(route.body)),
        "content": {JSON: {"schema": schema} | example, MSGPACK: {"schema": schema}},
    }


_PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "1 to 128 printable ASCII characters, fresh for each thing to be done; heeded with a token",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag that the caller holds",
        "schema": {"type": "string"},
    },
}

_SECURITY = {
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "From `POST /v1/sessions`; lasts 15 minutes, then `POST /v1/sessions/refresh`.",
    },
    "deviceToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "From `POST /v1/devices`; lasts until the device is revoked, and may only measure.",
    },
}
