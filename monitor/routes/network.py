"""HTTP about the network: measurements in and out, alerts, rules, operators."""

import asyncio
import base64
import binascii
import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType

from monitor.errors import (
    Conflict,
    InvalidField,
    NotFound,
    Roadpulse,
    SequenceGap,
    TooBusy,
    TooManyItems,
    UnknownStream,
)
from monitor.network import alerts, measurements, thresholds
from monitor.network.alerts import Alert
from monitor.network.ingest import NO_STREAM, Ingest, open_stream
from monitor.network.layout import Batch
from monitor.network.measurements import Measurement, Place
from monitor.network.providers import Directory
from monitor.network.thresholds import KeptRule, NewRule, RuleChange
from monitor.routes import replays
from monitor.routes.route import EVERY_ACCOUNT, AnyRoute, Example, Page, Paging, Request, Route
from monitor.values import Generation, ProviderId, Role, cell_number
from monitor.wire import envelope
from monitor.wire.inbound import AwareTime, Item, Sequence
from monitor.wire.outbound import Duplicate, Measured

INGEST = web.AppKey("ingest", Ingest)
DIRECTORY = web.AppKey("directory", Directory)

OPERATORS = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
ROOM_S = 5.0
"""A call waits this long for room; a socket would simply not be read."""
SNOOZE_MOST = datetime.timedelta(days=30)


class MeasurementBatch(Struct, frozen=True):
    """Measurements of one phone; with stream and seq they are kept exactly once."""

    items: list[Item]
    stream: UUID | UnsetType = UNSET
    """the spool; needs seq"""
    seq: Sequence | UnsetType = UNSET


class Envelope(Struct, frozen=True):
    """A batch before its items are judged one by one."""

    items: list[Any]
    stream: UUID | UnsetType = UNSET
    seq: Sequence | UnsetType = UNSET


class ProviderShown(Struct, frozen=True):
    """An operator."""

    slug: str
    name: str
    color: str


class MeasurementsAsked(Paging, frozen=True):
    """Which measurements; without `from`, those of the last 24 hours."""

    provider: Annotated[str, Meta(max_length=32)] | None = None
    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None
    generation: Generation | None = None
    network_type: Annotated[str, Meta(max_length=32)] | None = None
    cell: Annotated[str, Meta(max_length=15)] | None = None
    """H3 resolution 8, or 6 for all within"""


class AlertsAsked(Paging, frozen=True):
    """Which alerts; the newest opening first."""

    provider: Annotated[str, Meta(max_length=32)] | None = None
    state: Annotated[str, Meta(pattern=r"^(open|firing|clearing|cleared)$")] | None = None
    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None


class RulesAsked(Paging, frozen=True):
    """Which rules."""

    provider: Annotated[str, Meta(max_length=32)] | None = None


class Snooze(Struct, frozen=True):
    """Until when an alert is to be silent."""

    until: AwareTime


async def measure_one(request: Request[Item, None]) -> Measured | Duplicate:
    tree = envelope.parse(request.frame, request.format)
    return await _measure(request, Envelope([tree]))


async def measure_batch(request: Request[MeasurementBatch, None]) -> Measured | Duplicate:
    tree = envelope.parse(request.frame, request.format)
    return await _measure(request, envelope.convert(tree, Envelope))


async def _measure(request: Request[Any, None], given: Envelope) -> Measured | Duplicate:
    """The same way as a socket's `measure`: one flush with everybody else's."""
    who = request.identity
    assert who.device is not None
    if isinstance(given.stream, UUID) != isinstance(given.seq, int):
        raise InvalidField(faults=[("seq" if given.seq is UNSET else "stream", "stream and seq come together")])
    stream, seq = NO_STREAM, 0
    if isinstance(given.stream, UUID) and isinstance(given.seq, int):
        stream, seq = given.stream, given.seq
    elif replays.HEADER in request.http.headers:
        # The guard keeps the answer; should we be killed between the commit and that, the fence still knows the batch.
        stream, seq = replays.stream_of(request, who), 1
    if stream != NO_STREAM:
        await open_stream(request.db, stream, who.device, None, 0)
    judged = envelope.judge_items(seq, given.items, request.format, request.settings.limits.batch)
    ingest = request.http.app[INGEST]
    try:
        async with asyncio.timeout(ROOM_S):
            await ingest.room()
    except TimeoutError as error:
        raise TooBusy(members={"retry_after_ms": 1000}) from error
    batch = Batch(stream, seq, who.device, who.account, judged.items, judged.positions, judged.rejected)
    outcome = await ingest.add(batch)
    if isinstance(outcome, Roadpulse):
        raise outcome
    return outcome


async def list_measurements(request: Request[None, MeasurementsAsked]) -> Page[Measurement]:
    asked = request.query
    until = asked.to or datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=15)
    wanted = measurements.Wanted(
        provider=_provider(request, asked.provider),
        since=asked.from_ or until - measurements.DEFAULT_SPAN,
        until=until,
        generation=asked.generation,
        network_type=asked.network_type,
        cell=cell_of(asked.cell),
        limit=asked.limit,
        before=_place(asked.after),
    )
    items, last = await measurements.some(request.db, request.viewer, wanted, request.http.app[DIRECTORY])
    return Page(items, None if last is None else _cursor(last.measured_at, last.batch, last.position))


async def list_providers(request: Request[None, None]) -> Page[ProviderShown]:
    known = request.http.app[DIRECTORY].by_slug.values()
    return Page([ProviderShown(provider.slug, provider.name, provider.color) for provider in known])


async def list_alerts(request: Request[None, AlertsAsked]) -> Page[Alert]:
    asked = request.query
    place = _place(asked.after)
    before = None if place is None else (place.measured_at, place.batch)
    wanted = alerts.Wanted(asked.provider, asked.state, asked.from_, asked.to, asked.limit + 1, before)
    found = await alerts.some(request.db, request.viewer, wanted)
    page = found[: asked.limit]
    return Page(page, _cursor(page[-1].opened_at, page[-1].id, 0) if len(found) > asked.limit else None)


async def acknowledge(request: Request[None, None]) -> Alert:
    return await alerts.attend(request.db, request.viewer, request.number(), "acknowledge")


async def unacknowledge(request: Request[None, None]) -> Alert:
    return await alerts.attend(request.db, request.viewer, request.number(), "unacknowledge")


async def snooze(request: Request[Snooze, None]) -> Alert:
    until, now = request.body.until, datetime.datetime.now(datetime.UTC)
    if not now < until <= now + SNOOZE_MOST:
        raise InvalidField(faults=[("until", f"in the future, and within {SNOOZE_MOST.days} days")])
    return await alerts.attend(request.db, request.viewer, request.number(), "snooze", until)


async def unsnooze(request: Request[None, None]) -> Alert:
    return await alerts.attend(request.db, request.viewer, request.number(), "unsnooze")


async def list_rules(request: Request[None, RulesAsked]) -> Page[KeptRule]:
    asked = request.query
    found = await thresholds.some(request.db, request.viewer, asked.provider, asked.after_id, asked.limit + 1)
    return Page.cut(found, asked.limit)


async def one_rule(request: Request[None, None]) -> KeptRule:
    return await thresholds.one(request.db, request.viewer, request.number())


async def add_rule(request: Request[NewRule, None]) -> KeptRule:
    return await thresholds.add(request.db, request.viewer, request.body, request.http.app[DIRECTORY])


async def change_rule(request: Request[RuleChange, None]) -> KeptRule:
    return await thresholds.change(request.db, request.viewer, request.number(), request.body)


async def delete_rule(request: Request[None, None]) -> None:
    await thresholds.delete(request.db, request.viewer, request.number())


def cell_of(text: str | None) -> int | None:
    """Raises: InvalidField - no name of a cell."""
    if text is None:
        return None
    try:
        return cell_number(text)
    except ValueError as error:
        raise InvalidField(faults=[("cell", str(error))]) from error


def _provider(request: Request[Any, Any], slug: str | None) -> ProviderId | None:
    """The operator that a list is about: the one asked for, or the viewer's own.

    Raises: NotFound - none such.
    """
    if slug is None:
        return request.viewer.provider
    found = request.http.app[DIRECTORY].by_slug.get(slug)
    if found is None:
        raise NotFound
    return found.id


def _cursor(at: datetime.datetime, first: int, second: int) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{first}|{second}".encode()).decode().rstrip("=")


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, first, second = text.split("|")
        place = Place(datetime.datetime.fromisoformat(at), int(first), int(second))
        if place.measured_at.tzinfo is None or not (0 <= place.batch < 2**63 and 0 <= place.position < 2**31):
            raise ValueError("out of range")
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise InvalidField(faults=[("after", "not the `next` of a page before")]) from error
    return place


_ITEM = {
    "measured_at": "now",
    "carrier": "MTN",
    "network_type": "LTE",
    "signal_dbm": -92.5,
    "download_mbps": 12.4,
    "latency_ms": 48,
    "latitude": 4.155,
    "longitude": 9.241,
}
_RULE = {
    "provider": "mtn",
    "kpi": "latency_ms",
    "statistic": "mean",
    "comparison": "above",
    "threshold": 150,
    "scope": {},
    "window_s": 60,
    "for_s": 0,
    "keep_firing_for_s": 60,
    "min_samples": 10,
    "severity": "major",
    "enabled": True,
}
_ALERT = Example(path={"id": "17"}, live={"id": "alert"})
_INGEST_REFUSALS = (TooManyItems, SequenceGap, UnknownStream)

ROUTES: list[AnyRoute] = [
    Route(
        "POST", "/v1/measurements", measure_one, "Keep one measurement",
        answer=Measured, body=Item, roles=frozenset(), devices=True, lenient=True, tags=("measurements",),
        description="At least once: the same call twice is two measurements, unless it has an Idempotency-Key.",
        example=Example(body=_ITEM, live={"measured_at": "now"}),
    ),
    Route(
        "POST", "/v1/measurements/batch", measure_batch, "Keep a batch of measurements",
        answer=Measured | Duplicate, body=MeasurementBatch, roles=frozenset(), devices=True, lenient=True,
        tags=("measurements",), refusals=_INGEST_REFUSALS,
        description="Exactly once with `stream` and `seq`, or with an Idempotency-Key; at least once with neither. "
        "Answers after the commit that contains the batch.",
        example=Example(body={"items": [_ITEM]}, live={"items": "items"}),
    ),
    Route(
        "GET", "/v1/measurements", list_measurements, "Measurements, the newest first",
        answer=Page[Measurement], query=MeasurementsAsked, roles=EVERY_ACCOUNT, tags=("measurements",),
        refusals=(NotFound,),
        description="An operator sees its own network's, a person her own, an administrator all.",
        example=Example(query={"limit": "20", "generation": "4G"}),
    ),
    Route(
        "GET", "/v1/providers", list_providers, "The operators under watch",
        answer=Page[ProviderShown], tags=("network",),
    ),
    Route(
        "GET", "/v1/alerts", list_alerts, "Alerts with their history, the newest opening first",
        answer=Page[Alert], query=AlertsAsked, roles=OPERATORS, tags=("alerts",),
        example=Example(query={"state": "open", "limit": "20"}),
    ),
    Route(
        "POST", "/v1/alerts/{id}/acknowledge", acknowledge, "Take an alert",
        answer=Alert, roles=OPERATORS, tags=("alerts",), refusals=(Conflict,), example=_ALERT,
    ),
    Route(
        "POST", "/v1/alerts/{id}/unacknowledge", unacknowledge, "Give an alert back",
        answer=Alert, roles=OPERATORS, tags=("alerts",), refusals=(Conflict,), example=_ALERT,
    ),
    Route(
        "POST", "/v1/alerts/{id}/snooze", snooze, "Silence an alert until then",
        answer=Alert, body=Snooze, roles=OPERATORS, tags=("alerts",), refusals=(Conflict,),
        example=Example(
            body={"until": "2030-01-01T07:00:00Z"}, path={"id": "17"}, live={"id": "alert", "until": "soon"}
        ),
    ),
    Route(
        "POST", "/v1/alerts/{id}/unsnooze", unsnooze, "Let an alert call again",
        answer=Alert, roles=OPERATORS, tags=("alerts",), refusals=(Conflict,), example=_ALERT,
    ),
    Route(
        "GET", "/v1/rules", list_rules, "Rules",
        answer=Page[KeptRule], query=RulesAsked, roles=OPERATORS, tags=("rules",),
        example=Example(query={"limit": "20"}),
    ),
    Route(
        "POST", "/v1/rules", add_rule, "Set a rule; it judges within two seconds",
        answer=KeptRule, status=201, body=NewRule, roles=OPERATORS, tags=("rules",), refusals=(Conflict,),
        example=Example(body=_RULE),
    ),
    Route(
        "GET", "/v1/rules/{id}", one_rule, "A rule",
        answer=KeptRule, roles=OPERATORS, tags=("rules",), example=Example(path={"id": "17"}, live={"id": "rule"}),
    ),
    Route(
        "PATCH", "/v1/rules/{id}", change_rule, "Change a rule; what it measures stays",
        answer=KeptRule, body=RuleChange, roles=OPERATORS, tags=("rules",),
        example=Example(body={"threshold": 180, "enabled": False}, path={"id": "17"}, live={"id": "rule"}),
    ),
    Route(
        "DELETE", "/v1/rules/{id}", delete_rule, "Delete a rule; what it holds open clears",
        status=204, roles=OPERATORS, tags=("rules",), example=Example(path={"id": "17"}, live={"id": "rule"}),
    ),
]  # fmt: skip
