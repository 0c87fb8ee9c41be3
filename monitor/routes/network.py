"""HTTP about the network: measurements in and out, and the operators."""

import asyncio
import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType

from monitor.errors import (
    InvalidField,
    NotFound,
    Roadpulse,
    SequenceGap,
    TooBusy,
    TooManyItems,
    UnknownStream,
)
from monitor.network import measurements
from monitor.network.cells import AREA_RESOLUTION
from monitor.network.ingest import Ingest
from monitor.network.layout import CELL_RESOLUTION, Batch
from monitor.network.measurements import Measurement
from monitor.network.streams import NO_STREAM, open_stream
from monitor.routes import replays
from monitor.routes.asked import DIRECTORY, cell_of, cursor_of, place_of, provider_of
from monitor.routes.route import EVERY_ACCOUNT, AnyRoute, Example, Page, Paging, Request, Route
from monitor.values import Generation
from monitor.wire import envelope
from monitor.wire.inbound import AwareTime, Item, Sequence
from monitor.wire.outbound import Duplicate, Measured

INGEST = web.AppKey("ingest", Ingest)

ROOM_S = 5.0
"""A call waits this long for room; a socket would simply not be read."""


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
    """Which measurements; without `from`, those of the 24 hours before `to`."""

    provider: Annotated[str, Meta(max_length=32)] | None = None
    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None
    generation: Generation | None = None
    network_type: Annotated[str, Meta(max_length=32)] | None = None
    cell: Annotated[str, Meta(max_length=15)] | None = None
    """H3 resolution 8, or 6 for all within"""
    device_info: Annotated[str, Meta(max_length=128)] | None = None
    """what kind of phone, as it says itself"""
    app_version: Annotated[str, Meta(max_length=128)] | None = None


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
    stream, seq, is_keyed = NO_STREAM, 0, False
    if isinstance(given.stream, UUID) and isinstance(given.seq, int):
        stream, seq = given.stream, given.seq
    elif replays.HEADER in request.http.headers:
        # The guard keeps the answer; should we be killed between the commit and that, the fence still knows the batch.
        stream, seq, is_keyed = replays.stream_of(request, who), 1, True
    if stream != NO_STREAM:
        await open_stream(request.db, stream, who.device, is_keyed=is_keyed)
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
        provider=provider_of(request, asked.provider),
        since=asked.from_ or until - measurements.DEFAULT_SPAN,
        until=until,
        generation=asked.generation,
        network_type=asked.network_type,
        cell=cell_of(asked.cell, CELL_RESOLUTION, AREA_RESOLUTION),
        limit=asked.limit,
        before=place_of(asked.after),
        device_info=asked.device_info,
        app_version=asked.app_version,
    )
    items, last = await measurements.some(request.db, request.viewer, wanted, request.http.app[DIRECTORY])
    return Page(items, None if last is None else cursor_of(last.measured_at, last.batch, last.position))


async def list_providers(request: Request[None, None]) -> Page[ProviderShown]:
    known = request.http.app[DIRECTORY].by_slug.values()
    return Page([ProviderShown(provider.slug, provider.name, provider.color) for provider in known])


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
        description="An operator sees its own network's, a person her own, an administrator all. Without `from`, those "
        "of the 24 hours before `to`, which is now if it is not given.",
        example=Example(query={"limit": "20", "generation": "4G"}),
    ),
    Route(
        "GET", "/v1/providers", list_providers, "The operators under watch",
        answer=Page[ProviderShown], tags=("network",),
    ),
]  # fmt: skip
