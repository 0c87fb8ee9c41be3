"""Reads what the network's routes have in common out of a query: operators, cells, places in a list."""

import base64
import binascii
import datetime
from typing import Any

from aiohttp import web

from monitor.errors import InvalidField, NotFound
from monitor.network import cells
from monitor.network.measurements import Place
from monitor.network.providers import Directory
from monitor.routes import bodies
from monitor.routes.route import Request
from monitor.values import ProviderId, Role, cell_number

DIRECTORY = web.AppKey("directory", Directory)

OPERATORS = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})


def cell_of(text: str | None, *resolutions: int) -> int | None:
    """The number of a cell of one of these resolutions.

    Raises: InvalidField - it is none, and would silently match nothing.
    """
    if text is None:
        return None
    try:
        cell = cell_number(text)
    except ValueError as error:
        raise InvalidField(faults=[("cell", str(error))]) from error
    if cells.resolution(cell) not in resolutions:
        wanted = " or ".join(map(str, resolutions))
        raise InvalidField(faults=[("cell", f"an H3 cell of resolution {wanted} is needed")])
    return cell


def provider_of(request: Request[Any, Any], slug: str | None) -> ProviderId | None:
    """The operator that a list is about: the one asked for, or the viewer's own.

    Raises: NotFound - none such.
    """
    if slug is None:
        return request.viewer.provider
    found = request.http.app[DIRECTORY].by_slug.get(slug)
    if found is None:
        raise NotFound
    return found.id


def span_of(
    since: datetime.datetime | None, until: datetime.datetime | None, default: datetime.timedelta
) -> tuple[datetime.datetime, datetime.datetime]:
    """A span that ends now and is so long, unless something else is asked for.

    Raises: InvalidField - it ends before it begins.
    """
    until = until or datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)
    since = since or until - default
    if since >= until:
        raise InvalidField(faults=[("from", "not before `to`")])
    return since, until


def cursor_of(at: datetime.datetime, first: int, second: int) -> str:
    """`next` of a list that goes by time and two numbers."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{first}|{second}".encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """Where a page is to begin.

    Raises: InvalidField - not one of our cursors.
    """
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, first, second = text.split("|")
        place = Place(datetime.datetime.fromisoformat(at), int(first), int(second))
        is_time = place.measured_at.tzinfo is not None and bodies.is_in_reach(place.measured_at)
        if not is_time or not (0 <= place.batch < 2**63 and 0 <= place.position < 2**31):
            raise ValueError("out of range")
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise InvalidField(faults=[("after", "not the `next` of a page before")]) from error
    return place
