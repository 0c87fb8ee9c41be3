"""Describes a route so that the guard can serve it and the documents can be written from it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from aiohttp import web
from msgspec import Meta, Struct
from multidict import CIMultiDict

from monitor.errors import InvalidField, NotFound, NotSignedIn, Roadpulse
from monitor.people.identities import Identity
from monitor.routes import keys
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import Role, Viewer
from monitor.wire import headers
from monitor.wire.envelope import Format

Body = TypeVar("Body")
Query = TypeVar("Query")
Item = TypeVar("Item")

EVERY_ACCOUNT = frozenset(Role)
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
MAX_ID = 2**63 - 1


def _number(text: str) -> int | None:
    """A number that a bigint holds; None for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID))
    return number if is_number and (number := int(text)) <= MAX_ID else None


class Page(Struct, Generic[Item], frozen=True):
    """A piece of a list; `next` goes into `?after=` for the piece that follows, null at the end."""

    items: list[Item]
    next: str | None = None

    @classmethod
    def cut(cls, found: Sequence[Any], limit: int) -> "Page[Any]":
        """A page out of up to one row more than it holds; the rows have an `id`."""
        return Page(list(found[:limit]), str(found[limit - 1].id) if len(found) > limit else None)


class Paging(Struct, frozen=True):
    """Which piece of a list."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    after: Annotated[str, Meta(max_length=256)] | None = None
    """`next` of the piece before"""

    @property
    def after_id(self) -> int:
        """`after` of a list that goes by id; 0 at its beginning.

        Raises: InvalidField.
        """
        if self.after is None:
            return 0
        number = _number(self.after)
        if number is None:
            raise InvalidField(faults=[("after", "not the `next` of a page before")])
        return number


@dataclass(frozen=True, slots=True)
class Request(Generic[Body, Query]):
    """One call, understood: who calls and with what; what a handler gets."""

    http: web.Request
    body: Body
    """decoded; None where the route has no body or reads it itself (`lenient`)"""
    query: Query
    caller: Identity | None
    """None on a public route"""
    frame: bytes = b""
    """the body as it came"""
    format: Format = Format.JSON
    """how the body is encoded"""
    sends: CIMultiDict[str] = field(default_factory=CIMultiDict)
    """headers that the answer is to carry besides"""

    @property
    def identity(self) -> Identity:
        """Who calls; on a route with roles there is always somebody."""
        if self.caller is None:
            raise NotSignedIn
        return self.caller

    @property
    def viewer(self) -> Viewer:
        return self.identity.viewer

    @property
    def db(self) -> Database:
        return self.http.app[keys.DATABASE]

    @property
    def settings(self) -> Settings:
        return self.http.app[keys.SETTINGS]

    @property
    def address(self) -> str:
        """The client's network address."""
        return headers.client_address(self.http.headers, self.http.remote, self.settings.server.trusted_proxies)

    @property
    def is_encrypted(self) -> bool:
        """Whether the client came over TLS."""
        trusted = self.settings.server.trusted_proxies
        return headers.is_encrypted(self.http.headers, is_secure=self.http.secure, trusted_proxies=trusted)

    def uuid(self, name: str = "id") -> UUID:
        """An id out of the path.

        Raises: NotFound - it is none.
        """
        try:
            return UUID(self.http.match_info[name])
        except ValueError as error:
            raise NotFound from error

    def number(self, name: str = "id") -> int:
        """An id out of the path.

        Raises: NotFound - it is no number that could be one.
        """
        number = _number(self.http.match_info[name])
        if not number:
            raise NotFound
        return number


@dataclass(frozen=True, slots=True)
class Example:
    """A call that works: the documents show it and a test makes it."""

    body: Mapping[str, object] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """those that the route asks for, besides what every call may carry"""
    content: bytes = b""
    """the body of a route that takes it as it comes (`streams`)"""
    live: Mapping[str, str] = field(default_factory=dict)
    """member of body, path or headers -> what it must be taken from when really called, e.g. {"code": "claim"}"""


Handler: TypeAlias = Callable[[Request[Body, Query]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Route(Generic[Body, Query]):
    """One method of one address."""

    method: str
    path: str
    """as OpenAPI writes it: /v1/devices/{id}"""
    handler: Handler[Body, Query]
    """gives the answer Struct, None for an empty answer, or a whole response (a stream, a page)"""
    summary: str
    answer: Any = None
    """type of the answer, a Struct; None for none"""
    status: int = 200
    body: type[Body] | None = None
    query: type[Query] | None = None
    """its parameters; any other is refused, whether there are some or none"""
    open_query: bool = False
    """whether others are passed over: people hand the address round, or machines ask it with words of their own"""
    roles: frozenset[Role] | None = None
    """accounts that may call it; None: everybody, and no token is read"""
    optional_token: bool = False
    """whether a public route reads a token if there is one"""
    devices: bool = False
    """whether a device token may call it"""
    tags: tuple[str, ...] = ()
    example: Example = field(default_factory=Example)
    refusals: tuple[type[Roadpulse], ...] = ()
    """errors of its own, besides those that every route may answer"""
    description: str = ""
    streams: bool = False
    """the handler takes the body as it comes; nothing of it is read before"""
    produces: str | None = None
    """content type of an answer that is a file; where that is JSON, `answer` tells what is in it"""
    lenient: bool = False
    """the handler reads `request.frame` itself, since a fault in a part must not refuse the whole"""
    replays: bool = True
    """whether Idempotency-Key is honoured on POST; not where the answer holds a secret that must not be kept"""
    limited: bool = True
    """whether calls count against the caller's requests in a minute"""
    headers: Mapping[str, str] = field(default_factory=dict)
    """sent with every answer, e.g. Cache-Control"""


AnyRoute: TypeAlias = Route[Any, Any]
"""what each routes/<subject>.py lists in ROUTES"""
