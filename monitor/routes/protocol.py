"""Fills the generated parts of docs/protocol.md: tables of everything that is said, between marks in the prose."""

import collections
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from monitor.errors import Roadpulse
from monitor.routes import asyncapi
from monitor.routes.asyncapi_messages import CONTROLS, EVERY_VERB, FOLLOWED, RESERVED, SPOKEN
from monitor.routes.route import EVERY_ACCOUNT, AnyRoute
from monitor.settings import Limits
from monitor.wire.inbound import Item
from monitor.wire.outbound import Refusal
from monitor.wire.schemas import Schema, Schemas

_PLACE = re.compile(r"(<!-- (?P<name>[a-z-]+) -->\n).*?(<!-- /(?P=name) -->)", re.DOTALL)


def filled(text: str, routes: Sequence[AnyRoute], limits: Limits) -> str:
    """The page with every generated part as it should be; the prose stays as it is.

    Raises: KeyError - a mark that nobody knows.
    """
    tables: Mapping[str, Callable[[], str]] = {
        "verbs": _verbs,
        "messages": _messages,
        "item": lambda: _members(Item),
        "channels": _channels,
        "events": _events,
        "controls": lambda: _table(
            ("event", "meaning"), ((f"`{name}`", control.meaning) for name, control in CONTROLS.items())
        ),
        "refusal": lambda: _members(Refusal, said=True),
        "errors": _errors,
        "close-codes": _close_codes,
        "limits": lambda: _limits(limits),
        "routes": lambda: _routes(routes),
    }
    return _PLACE.sub(lambda found: f"{found[1]}{tables[found['name']]()}\n{found[3]}", text)


def _verbs() -> str:
    rows = [
        (f"`{spoken.verb}`", _audience(asyncapi.audience(spoken.verb)), (spoken.body.__doc__ or "").partition("\n")[0])
        for spoken in SPOKEN
    ]
    reserved = ", ".join(f"`{verb}`" for verb in RESERVED)
    return _table(("verb", "who", "meaning"), rows) + f"\n\nReserved for later, and unknown until then: {reserved}."


def _messages() -> str:
    parts = []
    for spoken in SPOKEN:
        own = sorted({error.code for error in spoken.refusals})
        answer = f"Answer:\n\n{_members(spoken.answer, said=True)}" if spoken.is_answered else "It is not answered."
        parts.append(f"### `{spoken.verb}`\n\n{_members(spoken.body)}\n\n{answer}")
        if own:
            parts[-1] += "\n\nRefusals of its own: " + ", ".join(f"`{code}`" for code in own) + "."
    every = ", ".join(f"`{error.code}`" for error in EVERY_VERB)
    return "\n\n".join([*parts, f"Any of them may be refused with {every}."])


def _channels() -> str:
    rows = [
        (
            f"`{followed.address}`",
            _audience(asyncapi.followers(followed)),
            "stream" if followed.is_stream else "latest",
            ", ".join(f"`{event}`" for event in followed.events) or "none yet",
            followed.summary,
        )
        for followed in FOLLOWED
    ]
    return _table(("channel", "who", "kind", "events", "about"), rows)


def _events() -> str:
    shapes: dict[Any, list[str]] = collections.defaultdict(list)
    for followed in FOLLOWED:
        for event, data in followed.events.items():
            shapes[data].append(event)
    return "\n\n".join(
        f"### {' · '.join(f'`{event}`' for event in events)}\n\n{_members(data, said=True)}"
        for data, events in shapes.items()
    )


def _errors() -> str:
    spoken = {error for each in SPOKEN for error in each.refusals} | set(EVERY_VERB)
    rows = [
        (f"`{error.code}`", str(error.status), "yes" if error.retry else "no", error().title)
        for error in sorted(spoken, key=_code)
    ]
    return _table(("code", "over HTTP", "retry", "meaning"), rows)


def _close_codes() -> str:
    rows = [
        (str(code), "yes" if said["comes_back"] else "no", str(said["meaning"]))
        for code, said in sorted(asyncapi.close_codes().items())
    ]
    return _table(("code", "come back", "because"), rows)


def _limits(limits: Limits) -> str:
    rows = ((f"`{name}`", f"{value:,}") for name, value in asyncapi.socket_limits(limits).items())
    return _table(("limit", "by default"), rows)


def _routes(routes: Sequence[AnyRoute]) -> str:
    rows = [(f"`{route.method} {route.path}`", _callers(route), route.summary) for route in routes]
    return _table(("route", "who", "what"), rows)


def _callers(route: AnyRoute) -> str:
    if route.roles is None:
        return "anybody"
    accounts = [] if not route.roles else [_audience(sorted(route.roles))]
    return " and ".join([asyncapi.DEVICE] * route.devices + accounts)


def _audience(names: Sequence[str]) -> str:
    accounts = [name for name in names if name != asyncapi.DEVICE]
    said = ["every account"] if len(accounts) == len(EVERY_ACCOUNT) else accounts
    return ", ".join([*([asyncapi.DEVICE] if asyncapi.DEVICE in names else []), *said])


def _members(shape: Any, *, said: bool = False) -> str:
    """A table for each record; `said` ones have all their members but those marked."""
    schemas = Schemas([shape])
    tables = []
    for record in getattr(shape, "__args__", (shape,)):
        required = schemas.required(record)
        rows = []
        for name, schema in schemas.properties(record).items():
            mark = _mark(schema, is_required=name in required, said=said)
            rows.append((f"`{name}`{mark}", _type(schema, schemas.components), schema.get("description", "")))
        tables.append(_table(("member", "type", ""), rows))
    return "\n\nor\n\n".join(tables)


def _mark(schema: Schema, *, is_required: bool, said: bool) -> str:
    if said:
        return "" if is_required or "default" in schema else " (sometimes)"
    return " (required)" if is_required else ""


def _type(schema: Schema, known: Mapping[str, Schema]) -> str:
    match schema:
        case {"$ref": str(reference)}:
            return _type(known[reference.rpartition("/")[2]], known)
        case {"allOf": [only]}:
            return _type(only, known)
        case {"anyOf": list(kinds)}:
            return " or ".join(_type(kind, known) for kind in kinds)
        case {"enum": list(values)}:
            return ", ".join(f"`{value}`" for value in values)
        case {"items": dict(inner)}:
            most = schema.get("maxItems")
            return f"list of {_type(inner, known)}" + (f", at most {most:,}" if most else "")
        case {"properties": dict(properties)}:
            return "{" + ", ".join(properties) + "}"
        case _:
            kind = {"date-time": "time", "uuid": "UUID"}.get(schema.get("format", ""), schema.get("type", "anything"))
            return ", ".join(part for part in (kind, _bounds(schema)) if part)


def _bounds(schema: Schema) -> str:
    if "exclusiveMinimum" in schema:
        return f"above {schema['exclusiveMinimum']:,}, below {schema['exclusiveMaximum']:,}"
    letters = "minLength" in schema or "maxLength" in schema
    least, most = ("minLength", "maxLength") if letters else ("minimum", "maximum")
    low, high = schema.get(least), schema.get(most)
    unit = " characters" if letters else ""
    if high is None or high >= 2**53 - 1:
        return "" if low is None else f"at least {low:,}{unit}"
    return f"at most {high:,}{unit}" if low is None else f"{low:,} to {high:,}{unit}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(error: type[Roadpulse]) -> str:
    return error.code
