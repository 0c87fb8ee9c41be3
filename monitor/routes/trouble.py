"""HTTP about trouble: alerts and what people say of them, and the rules that raise them."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from monitor.errors import Conflict, InvalidField
from monitor.network import alerts, thresholds
from monitor.network.alerts import Alert
from monitor.network.thresholds import KeptRule, NewRule, RuleChange
from monitor.routes.asked import DIRECTORY, OPERATORS, cursor_of, place_of
from monitor.routes.route import AnyRoute, Example, Page, Paging, Request, Route
from monitor.wire.inbound import AwareTime

SNOOZE_MOST = datetime.timedelta(days=30)


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


async def list_alerts(request: Request[None, AlertsAsked]) -> Page[Alert]:
    asked = request.query
    place = place_of(asked.after)
    before = None if place is None else (place.measured_at, place.batch)
    wanted = alerts.Wanted(asked.provider, asked.state, asked.from_, asked.to, asked.limit + 1, before)
    found = await alerts.some(request.db, request.viewer, wanted)
    page = found[: asked.limit]
    return Page(page, cursor_of(page[-1].opened_at, page[-1].id, 0) if len(found) > asked.limit else None)


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

ROUTES: list[AnyRoute] = [
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
