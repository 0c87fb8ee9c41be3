"""Writes answers and errors as HTTP says them: encodings, ETags, compression, problem documents."""

import hashlib
import math
from collections.abc import Mapping

import msgspec
from aiohttp import web

from monitor.errors import NotSignedIn, Roadpulse, TokenExpired, TokenInvalid
from monitor.live.limits import Allowance
from monitor.routes.route import AnyRoute, Page
from monitor.wire.envelope import Format, encode, problem

COMPRESS_BYTES = 1024
"""below this gzip saves no packet"""

PROBLEM = "application/problem+json"
_TYPES = {Format.JSON: "application/json", Format.MSGPACK: "application/msgpack"}
_VARY = "Accept, Accept-Encoding, Authorization"


def refusal(error: Roadpulse, headers: Mapping[str, str] | None = None) -> web.Response:
    """An error as RFC 9457 has it."""
    said = problem(error) | {"status": error.status}
    response = web.Response(body=msgspec.json.encode(said), status=error.status, content_type=PROBLEM, headers=headers)
    response.headers["Cache-Control"] = "no-store"
    wait_ms = error.members.get("retry_after_ms")
    if isinstance(wait_ms, int):
        response.headers["Retry-After"] = str(math.ceil(wait_ms / 1000))
    if isinstance(error, NotSignedIn):
        response.headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, TokenInvalid | TokenExpired):
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


def encoded(answer: object, http: web.Request) -> tuple[bytes, str]:
    """The answer's bytes and their content type: MessagePack for who asks for it, else JSON."""
    wants = http.headers.get("Accept", "")
    wire_format = Format.MSGPACK if _TYPES[Format.MSGPACK] in wants else Format.JSON
    return encode(answer, wire_format), _TYPES[wire_format]


def written(body: bytes, content_type: str, status: int, http: web.Request, route: AnyRoute) -> web.Response:
    """A successful answer: unchanged ones in a header's length, large ones compressed."""
    response = web.Response(status=status, headers={"Vary": _VARY})
    is_read = http.method in {"GET", "HEAD"}
    private = "no-store" if not is_read else "private, no-cache" if route.roles is not None else "no-cache"
    response.headers["Cache-Control"] = private
    response.headers.update(route.headers)
    if is_read:
        # Weak: the same for JSON compressed or not.
        tag = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        response.headers["ETag"] = tag
        if names_tag(http.headers.get("If-None-Match", ""), tag):
            response.set_status(304)
            return response
    response.body = body
    response.content_type = content_type
    if len(body) > COMPRESS_BYTES and _accepts_gzip(http.headers.get("Accept-Encoding", "")):
        response.enable_compression(web.ContentCoding.gzip)
    return response


def link_next(answer: object, http: web.Request) -> str | None:
    """The Link header of a page that others follow (RFC 8288)."""
    if not isinstance(answer, Page) or answer.next is None:
        return None
    return f'<{http.rel_url.update_query(after=answer.next)}>; rel="next"'


def rate_headers(allowance: Allowance) -> dict[str, str]:
    """What the caller has left, as the IETF's RateLimit draft writes it."""
    return {
        "RateLimit-Policy": f'"requests";q={allowance.limit};w={allowance.window_s}',
        "RateLimit": f'"requests";r={allowance.remaining};t={math.ceil(allowance.reset_s)}',
    }


def names_tag(header: str, tag: str) -> bool:
    """Whether If-None-Match names this ETag (RFC 9110 13.1.2)."""
    return header.strip() == "*" or tag.removeprefix("W/") in [
        part.strip().removeprefix("W/") for part in header.split(",")
    ]


def _accepts_gzip(header: str) -> bool:
    for part in header.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() in {"gzip", "*"}:
            return weight.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
