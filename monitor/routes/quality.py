"""HTTP about the quality of what phones send: the quarantine, and what it and the suspects add up to."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from monitor.errors import InvalidField, NotFound
from monitor.network import quality
from monitor.network.quality import DayQuality, Rejection, SetAside
from monitor.people import accounts
from monitor.routes.asked import DIRECTORY, OPERATORS, provider_of, span_of
from monitor.routes.route import EVERY_ACCOUNT, AnyRoute, Example, Page, Paging, Request, Route
from monitor.values import Role
from monitor.wire.inbound import AwareTime

INACTIVE_DAYS = 365

MOST_DAYS = 366
"""of one question"""


class QuarantineAsked(Paging, frozen=True):
    """Which items; without `from`, those of the 7 days before `to`."""

    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None
    path: Annotated[str, Meta(max_length=500)] | None = None
    """the member at fault, exactly; empty for items at fault as a whole"""


class MonthAsked(Struct, frozen=True):
    """Which span; without `from`, the 30 days before `to`."""

    from_: AwareTime | None = msgspec.field(name="from", default=None)
    to: AwareTime | None = None

    @property
    def span(self) -> tuple[datetime.datetime, datetime.datetime]:
        return span_of(self.from_, self.to, datetime.timedelta(days=30))


class QualityAsked(MonthAsked, frozen=True):
    """Which span, and of whom."""

    provider: Annotated[str, Meta(max_length=32)] | None = None
    """of days; what was set aside belongs to no operator yet"""


class DataQuality(Struct, frozen=True):
    """How good what was sent is."""

    days: list[DayQuality]
    """the newest first"""
    quarantined: list[Rejection]
    """the most frequent first, at most 100; an operator's are those of its own devices"""
    inactive_accounts: int | None
    """used by nobody for 365 days; null for all but administrators"""


async def list_quarantine(request: Request[None, QuarantineAsked]) -> Page[SetAside]:
    asked = request.query
    since, until = span_of(asked.from_, asked.to, datetime.timedelta(days=7))
    wanted = quality.Wanted(since, until, asked.path, asked.limit + 1, asked.after_id)
    return Page.cut(await quality.set_aside(request.db, request.viewer, wanted), asked.limit)


async def list_reasons(request: Request[None, MonthAsked]) -> Page[Rejection]:
    return Page(await quality.own_rejections(request.db, request.viewer, *request.query.span))


async def data_quality(request: Request[None, QualityAsked]) -> DataQuality:
    asked, viewer = request.query, request.viewer
    since, until = asked.span
    if until - since > datetime.timedelta(days=MOST_DAYS):
        raise InvalidField(faults=[("from", f"more than {MOST_DAYS} days before `to`")])
    provider, zone = provider_of(request, asked.provider), request.settings.rollups.zone
    days, rejections = await quality.summary(
        request.db, viewer, request.http.app[DIRECTORY], since, until, provider, zone
    )  # fmt: skip
    is_administrator = viewer.role is Role.ADMINISTRATOR
    inactive = await accounts.count_inactive(request.db, viewer, INACTIVE_DAYS) if is_administrator else None
    return DataQuality(days, rejections, inactive)


ROUTES: list[AnyRoute] = [
    Route(
        "GET", "/v1/quarantine", list_quarantine, "Items that were set aside, the newest first",
        answer=Page[SetAside], query=QuarantineAsked, roles=EVERY_ACCOUNT, tags=("measurements",),
        description="What lay outside the wire's bounds, with the path and the reason that its device was told. A"
        " person sees what her own devices sent, an administrator all, and an operator nothing of others' phones: an"
        " item that could not be read belongs to no network. Kept for 90 days (setting"
        " `measurements.quarantine_retention_days`).",
        example=Example(query={"limit": "20", "path": "latency_ms"}),
    ),
    Route(
        "GET", "/v1/quarantine/reasons", list_reasons, "Why items of the caller's own devices were set aside",
        answer=Page[Rejection], query=MonthAsked, roles=EVERY_ACCOUNT, tags=("measurements",),
        description="Items by path and reason, the most frequent first, at most 100.",
    ),
    Route(
        "GET", "/v1/data-quality", data_quality, "How good what phones send is",
        answer=DataQuality, query=QualityAsked, roles=OPERATORS, tags=("analytics",), refusals=(NotFound,),
        description="Days follow some seconds behind (setting `rollups.fold_s`).",
        example=Example(query={"provider": "mtn"}),
    ),
]  # fmt: skip
