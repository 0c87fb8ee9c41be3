"""Reads a request's body and query into typed messages, within limits, naming what is wrong and where."""

import asyncio
import datetime
import typing
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from monitor.errors import BodyTooLarge, InvalidField, InvalidMessage, UnsupportedMediaType
from monitor.wire import parameters
from monitor.wire.envelope import MAX_DEPTH_DETAIL, Format, fault_of

BODY_S = 30.0
"""a body within the limit comes in this time over the slowest link that is of any use"""

FIRST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
LAST = datetime.datetime(3000, 1, 1, tzinfo=datetime.UTC)
"""Nobody asks for other times; at the calendar's ends a zone or an hour more overflows, here and in the database."""

_FORMATS = {
    "application/json": Format.JSON,
    "application/msgpack": Format.MSGPACK,
    "application/x-msgpack": Format.MSGPACK,
    "application/vnd.msgpack": Format.MSGPACK,
}


async def read(http: web.Request, most: int) -> tuple[bytes, Format]:
    """The body's bytes and how they are encoded.

    Raises: BodyTooLarge, UnsupportedMediaType; InvalidMessage - it did not come.
    """
    if (http.content_length or 0) > most:
        raise _too_large(most)
    frame = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in http.content.iter_any():
                frame += part
                if len(frame) > most:
                    raise _too_large(most)
    except TimeoutError as error:
        raise InvalidMessage("the body did not come in time") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise InvalidMessage("the body is broken") from error
    found = _FORMATS.get(http.content_type)
    if frame and found is None:
        raise UnsupportedMediaType(f"understood: {', '.join(_FORMATS)}")
    return bytes(frame), found or Format.JSON


def decode(frame: bytes, wire_format: Format, shape: type[Any]) -> Any:
    """The body as a message; no body at all is an empty one.

    Raises: InvalidMessage - cannot be read; InvalidField - with path and reason.
    """
    try:
        if wire_format is Format.MSGPACK:
            return msgspec.msgpack.decode(frame, type=shape)
        return msgspec.json.decode(frame or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise InvalidField(faults=[fault_of(error)]) from error
    except RecursionError as error:
        raise InvalidMessage(MAX_DEPTH_DETAIL) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidMessage(f"not {'MessagePack' if wire_format is Format.MSGPACK else 'JSON'}: {error}") from error


def declared(shape: type[Any] | None) -> dict[str, bool]:
    """The parameters of a query, and whether each may stand more than once."""
    fields = () if shape is None else msgspec.structs.fields(shape)
    return {field.encode_name: _is_list(field.type) for field in fields}


def demand_declared(http: web.Request, names: Mapping[str, bool]) -> None:
    """Passes a query that has no parameter but these, each plain one at most once.

    Raises: InvalidField - names the others.
    """
    if http.query_string:
        often = [name for name, is_list in names.items() if is_list]
        parameters.demand_known(http.query, names.keys() - often, often)


def query(http: web.Request, shape: type[Any], names: Mapping[str, bool]) -> Any:
    """The query as a message; `names` are those declared.

    Raises: InvalidField - with path and reason.
    """
    given = {
        name: http.query.getall(name) if is_list else http.query[name]
        for name, is_list in names.items()
        if name in http.query
    }
    if unkept := [name for name, value in given.items() if any("\0" in text for text in value)]:
        raise InvalidField(faults=[(name, "U+0000 is in no text here") for name in unkept])
    try:
        asked = msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidField(faults=[fault_of(error)]) from error
    except (ValueError, OverflowError) as error:
        raise InvalidField(faults=[("", str(error)[:200])]) from error
    for field in msgspec.structs.fields(shape):
        value = getattr(asked, field.name)
        if isinstance(value, datetime.datetime) and not is_in_reach(value):
            raise InvalidField(faults=[(field.encode_name, f"not between {FIRST.year} and {LAST.year}")])
    return asked


def is_in_reach(at: datetime.datetime) -> bool:
    """Whether a time is one that can be reckoned with."""
    return FIRST <= at < LAST


def _is_list(annotation: Any) -> bool:
    return any(typing.get_origin(part) is list for part in (annotation, *typing.get_args(annotation)))


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"at most {most} bytes", members={"limit": most})
