"""HTTP about what measurements add up to: series, areas and an overview of one operator."""

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from monitor.errors import InvalidField, NotFound
from monitor.network import analytics, crowds, gaps, phones, weekly
from monitor.network.analytics import Area, KpiPoint, Overview, Span
from monitor.network.cells import AREA_RESOLUTION
from monitor.network.crowds import CrowdHour
from monitor.network.gaps import Gap
from monitor.network.kinds import Kpi
from monitor.network.layout import CELL_RESOLUTION
from monitor.network.phones import PhoneKind
from monitor.network.weekly import HourOfWeek
from monitor.routes.asked import DIRECTORY, OPERATORS, cell_of, cursor_of, place_of, provider_of, span_of
from monitor.routes.route import AnyRoute, Example, Page, Paging, Request, Route
from monitor.values import Generation, ProviderId, Role
from monitor.wire.inbound import AwareTime

ANALYSTS = frozenset({Role.ANALYST, Role.ADMINISTRATOR})

Slug = Annotated[str, Meta(max_length=32)]

MOST_POINTS = 5000
"""of one series: more than a screen has columns, fewer than make a page slow"""


DEFAULT_POINTS = 60
"""of a series whose beginning nobody names"""


PHONES_SPAN = datetime.timedelta(hours=24)
"""No roll-up tells kinds of phones apart: they are read from the measurements themselves."""


class KpisAsked(Struct, frozen=True):
    """Which series; without `from`, the last 60 steps."""

    kpi: Kpi
    provider: Slug | None = None
    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None
    step: Annotated[int, Meta(ge=60, le=86400 * 31, multiple_of=60)] = 60
    """seconds"""
    generation: Generation | None = None
    cell: Annotated[str, Meta(max_length=15)] | None = None
    """H3 resolution 6"""


class AreasAsked(Struct, frozen=True):
    """Which span; without `from`, the last hour."""

    provider: Slug | None = None
    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None
    generation: Generation | None = None
    min_samples: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    """areas with fewer measurements are left out"""


class OverviewAsked(Struct, frozen=True):
    """Which operator; an operator's own without."""

    provider: Slug | None = None
    generation: Generation | None = None
    """of devices and good_share; rules, areas and alerts are always all"""


class GapsAsked(Struct, frozen=True):
    """Which operator; an operator's own without."""

    provider: Slug | None = None


class WeeklyAsked(Struct, frozen=True):
    """Which KPI, over how many of the last weeks."""

    kpi: Kpi
    provider: Slug | None = None
    weeks: Annotated[int, Meta(ge=1, le=53)] = 8
    generation: Generation | None = None
    cell: Annotated[str, Meta(max_length=15)] | None = None
    """H3 resolution 6"""


class PhonesAsked(Struct, frozen=True):
    """Which measurements; without `from`, those of the 24 hours before `to`."""

    provider: Slug | None = None
    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None
    cell: Annotated[str, Meta(max_length=15)] | None = None
    """H3 resolution 8, or 6 for all within"""
    generation: Generation | None = None


class CrowdsAsked(Paging, frozen=True):
    """Which hours; without `from`, those of the last 24."""

    provider: Slug | None = None
    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None
    cell: Annotated[str, Meta(max_length=15)] | None = None
    """H3 resolution 6"""


async def list_crowds(request: Request[None, CrowdsAsked]) -> Page[CrowdHour]:
    asked, directory = request.query, request.http.app[DIRECTORY]
    since, until = span_of(asked.from_, asked.to, datetime.timedelta(hours=24))
    wanted = crowds.Wanted(
        provider=provider_of(request, asked.provider),
        cell=cell_of(asked.cell, AREA_RESOLUTION),
        since=since,
        until=until,
        limit=asked.limit,
        before=place_of(asked.after),
    )
    items, last = await crowds.some(request.db, wanted, directory)
    return Page(items, None if last is None else cursor_of(last.measured_at, last.batch, last.position))


async def series(request: Request[None, KpisAsked]) -> Page[KpiPoint]:
    asked = request.query
    since, until = span_of(asked.from_, asked.to, datetime.timedelta(seconds=asked.step * DEFAULT_POINTS))
    if (until - since).total_seconds() / asked.step > MOST_POINTS:
        raise InvalidField(faults=[("step", f"more than {MOST_POINTS} points; take a longer step")])
    span = Span(
        _provider(request, asked.provider),
        asked.kpi,
        since,
        until,
        asked.step,
        asked.generation,
        cell_of(asked.cell, AREA_RESOLUTION),
        request.settings.rollups.zone,
    )
    return Page(await analytics.series(request.db, request.viewer, span))


async def areas(request: Request[None, AreasAsked]) -> Page[Area]:
    asked = request.query
    since, until = span_of(asked.from_, asked.to, datetime.timedelta(hours=1))
    provider = _provider(request, asked.provider)
    found = await analytics.areas(
        request.db, request.viewer, provider, since, until, asked.generation, request.settings.rollups.zone,
        asked.min_samples,
    )  # fmt: skip
    return Page(found)


async def list_gaps(request: Request[None, GapsAsked]) -> Page[Gap]:
    provider = _provider(request, request.query.provider)
    return Page(await gaps.some(request.db, request.viewer, provider, request.settings.rollups.zone))


async def list_weekly(request: Request[None, WeeklyAsked]) -> Page[HourOfWeek]:
    asked = request.query
    provider, cell = _provider(request, asked.provider), cell_of(asked.cell, AREA_RESOLUTION)
    zone = request.settings.rollups.zone
    wanted = weekly.Wanted(provider, asked.kpi, asked.weeks, asked.generation, cell, zone)
    return Page(await weekly.hours(request.db, request.viewer, wanted))


async def list_phones(request: Request[None, PhonesAsked]) -> Page[PhoneKind]:
    asked = request.query
    since, until = span_of(asked.from_, asked.to, PHONES_SPAN)
    if until - since > PHONES_SPAN:
        raise InvalidField(faults=[("from", "more than 24 hours before `to`")])
    provider, cell = _provider(request, asked.provider), cell_of(asked.cell, CELL_RESOLUTION, AREA_RESOLUTION)
    wanted = phones.Wanted(provider, since, until, cell, asked.generation)
    return Page(await phones.kinds(request.db, request.viewer, wanted))


async def overview(request: Request[None, OverviewAsked]) -> Overview:
    asked, is_demo = request.query, request.settings.server.demo
    provider = _provider(request, asked.provider)
    return await analytics.overview(request.db, request.viewer, provider, asked.generation, is_demo=is_demo)


def _provider(request: Request[Any, Any], slug: str | None) -> ProviderId:
    """The operator asked for, if it is the viewer's to see; another's is not to be told from none.

    Raises: NotFound; InvalidField - an administrator must say which.
    """
    viewer = request.viewer
    if slug is None:
        if viewer.provider is None:
            raise InvalidField(faults=[("provider", "which operator?")])
        return viewer.provider
    found = request.http.app[DIRECTORY].by_slug.get(slug)
    if found is None or (viewer.role is not Role.ADMINISTRATOR and viewer.provider != found.id):
        raise NotFound
    return found.id


ROUTES: list[AnyRoute] = [
    Route(
        "GET", "/v1/kpis", series, "A KPI over time",
        answer=Page[KpiPoint], query=KpisAsked, roles=OPERATORS, tags=("analytics",), refusals=(NotFound,),
        description="From roll-ups; steps without samples are absent, never interpolated. Minutes are as fresh as"
        " alerts; steps of whole hours or days follow some seconds later (setting `rollups.fold_s`).",
        example=Example(query={"provider": "mtn", "kpi": "latency_ms", "step": "60"}),
    ),
    Route(
        "GET", "/v1/areas", areas, "What each area adds up to, with its outline",
        answer=Page[Area], query=AreasAsked, roles=OPERATORS, tags=("analytics",), refusals=(NotFound,),
        description="Spans of up to three hours are as fresh as alerts; longer ones follow some seconds later (setting"
        " `rollups.fold_s`).",
        example=Example(query={"provider": "mtn", "min_samples": "10"}),
    ),
    Route(
        "GET", "/v1/gaps", list_gaps, "Gaps in an operator's coverage",
        answer=Page[Gap], query=GapsAsked, roles=OPERATORS, tags=("analytics",), refusals=(NotFound,),
        description="Areas where, in the last seven whole days and today, phones were connected in less than 90 % of at"
        " least 10 measurements or had a mean signal below -115 dBm, and areas with 10 measurements in the week before"
        " and none since. From the days of the roll-ups, which follow some seconds behind (setting `rollups.fold_s`).",
        example=Example(query={"provider": "mtn"}),
    ),
    Route(
        "GET", "/v1/weekly", list_weekly, "A KPI by the hour of the week",
        answer=Page[HourOfWeek], query=WeeklyAsked, roles=OPERATORS, tags=("analytics",), refusals=(NotFound,),
        description="Over the last `weeks` weeks and the running hour, in the zone of the settings: what is usual on a"
        " Monday at six, and how the newest Monday compares. From the roll-ups' hours (setting `rollups.fold_s`).",
        example=Example(query={"provider": "mtn", "kpi": "latency_ms", "weeks": "4"}),
    ),
    Route(
        "GET", "/v1/phones", list_phones, "What each kind of phone measured",
        answer=Page[PhoneKind], query=PhonesAsked, roles=OPERATORS, tags=("analytics",), refusals=(NotFound,),
        description="By model and app version, over at most 24 hours. Kinds of fewer than ten devices come together as"
        " `others`, last.",
        example=Example(query={"provider": "mtn", "generation": "4G"}),
    ),
    Route(
        "GET", "/v1/overview", overview, "An operator at a glance",
        answer=Overview, query=OverviewAsked, roles=OPERATORS, tags=("analytics",), refusals=(NotFound,),
        example=Example(query={"provider": "mtn"}),
    ),
    Route(
        "GET", "/v1/crowds", list_crowds, "What crowds of phones measured, by hour and area, of every operator",
        answer=Page[CrowdHour], query=CrowdsAsked, roles=ANALYSTS, tags=("analytics",), refusals=(NotFound,),
        description="Whole hours of areas where at least ten phones of an operator were heard; all others are absent.",
        example=Example(query={"provider": "mtn", "limit": "20"}),
    ),
]  # fmt: skip
