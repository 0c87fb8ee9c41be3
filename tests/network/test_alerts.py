"""What people say about an alert, what the judge says about it meanwhile, and what is kept of both."""

import datetime
from dataclasses import replace

import pytest

from monitor.errors import Conflict
from monitor.network import alerts
from monitor.network.alerts import Alert, Finding
from monitor.network.kinds import AlertEvent, AlertState, Cause, Kpi, Reason, Severity, Statistic
from monitor.network.phases import Transition
from monitor.network.providers import Directory
from monitor.store.db import Database
from monitor.values import AccountId, Role, Viewer
from tests.conftest import ConnectAs

AT = datetime.datetime(2026, 11, 2, 8, 0, tzinfo=datetime.UTC)


class Floor:
    """One open alert of the adaptive detector, and a colleague who may take it."""

    def __init__(self, db: Database, finding: Finding, viewer: Viewer, alert: int) -> None:
        self.db = db
        self.finding = finding
        self.viewer = viewer
        self.alert = alert

    async def judge(self, event: AlertEvent, state: AlertState, **changes: object) -> None:
        self.finding = replace(self.finding, **changes)  # type: ignore[arg-type]
        async with self.db.system() as tx:
            await alerts.apply(tx, self.finding, Transition(event, state, Reason.BREACH, AT, flapping=False))

    async def say(self, action: str, until: datetime.datetime | None = None) -> Alert:
        return await alerts.attend(self.db, self.viewer, self.alert, action, until)

    async def seen(self) -> Alert:
        wanted = alerts.Wanted(None, None, None, None, 10, None)
        (alert,) = await alerts.some(self.db, self.viewer, wanted)
        return alert


def told(alert: Alert) -> list[str]:
    assert isinstance(alert.history, list)
    return [entry.action for entry in alert.history]


@pytest.fixture
async def floor(db: Database, directory: Directory, connect_as: ConnectAs) -> Floor:
    provider = directory.by_slug["mtn"].id
    connection = await connect_as("superuser")
    person = await connection.fetchval(
        "INSERT INTO accounts (email, username, password_hash, role, provider, language)"
        " VALUES ('ebai@example.org', 'ebai', $1, 'operator', $2, 'en') RETURNING id",
        "$2b$04$" + "x" * 53, provider,
    )  # fmt: skip
    finding = Finding(
        provider, None, Kpi.LATENCY_MS, Statistic.MEAN, Cause.LATENCY, Severity.MINOR, 300.0, 80.0, 50, 3, None, None
    )
    opened = Transition(AlertEvent.OPENED, AlertState.FIRING, Reason.BREACH, AT, flapping=False)
    async with db.system() as tx:
        alert = await alerts.apply(tx, finding, opened)
    assert alert is not None
    return Floor(db, finding, Viewer(Role.OPERATOR, AccountId(person), provider), alert)


async def test_a_rise_in_severity_gives_a_taken_alert_back(floor: Floor) -> None:
    assert (await floor.say("acknowledge")).acknowledged_by == "ebai"
    await floor.judge(AlertEvent.CHANGED, AlertState.FIRING, severity=Severity.CRITICAL)

    seen = await floor.seen()
    assert (seen.severity, seen.acknowledged_by) == (Severity.CRITICAL, None)
    assert told(seen) == ["opened", "acknowledged", "unacknowledged", "changed"]


async def test_what_was_taken_at_its_worst_stays_taken(floor: Floor) -> None:
    await floor.say("acknowledge")
    await floor.judge(AlertEvent.CHANGED, AlertState.FIRING, severity=Severity.MAJOR)
    await floor.say("acknowledge")
    await floor.judge(AlertEvent.CHANGED, AlertState.CLEARING)
    await floor.judge(AlertEvent.CHANGED, AlertState.FIRING)

    assert (await floor.seen()).acknowledged_by == "ebai"


async def test_what_stands_already_is_not_said_again(floor: Floor) -> None:
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    await floor.say("unacknowledge")
    await floor.say("unsnooze")
    for _ in range(2):
        await floor.say("acknowledge")
        await floor.say("snooze", until)

    seen = await floor.seen()
    assert (seen.version, told(seen)) == (3, ["opened", "acknowledged", "snoozed"])


async def test_a_snooze_outlives_a_change_and_is_kept_in_the_history(floor: Floor) -> None:
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    await floor.say("snooze", until)
    await floor.judge(AlertEvent.CHANGED, AlertState.FIRING, severity=Severity.CRITICAL)
    assert (await floor.seen()).snoozed_until == until

    woken = await floor.say("unsnooze")
    assert (woken.snoozed_until, told(woken)) == (None, ["opened", "snoozed", "changed", "unsnoozed"])


async def test_an_alert_that_has_cleared_is_nobodys_to_take(floor: Floor) -> None:
    await floor.judge(AlertEvent.CLEARED, AlertState.CLEARED)

    with pytest.raises(Conflict):
        await floor.say("acknowledge")


async def test_value_and_limit_are_of_the_same_moment(floor: Floor) -> None:
    await floor.judge(AlertEvent.CHANGED, AlertState.FIRING, value=500.0, threshold=90.0)
    seen = await floor.seen()
    assert (seen.value, seen.threshold) == (500.0, 90.0)

    await floor.judge(AlertEvent.CLEARED, AlertState.CLEARED, value=None, threshold=None)
    seen = await floor.seen()
    assert (seen.value, seen.threshold) == (500.0, 90.0)
