"""Clients that follow channels as the protocol tells them to, and alerts for them to follow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET

from monitor.live import outbox, topics
from monitor.live.hub import Hub
from monitor.live.messages import Latest
from monitor.live.outbox import Happening
from monitor.live.topics import Subject
from monitor.people.identities import Identity, Kind
from monitor.sockets import subscribing
from monitor.sockets.subscribing import Snapshots
from monitor.store.db import Database
from monitor.values import AccountId, ProviderId, Role, Viewer
from monitor.wire.envelope import Format, encode
from monitor.wire.inbound import Subscribe
from monitor.wire.outbound import Subscribed
from tests.live.conftest import Console

MTN, ORANGE = ProviderId(1), ProviderId(2)
OPERATOR = Identity(Kind.ACCOUNT, AccountId(7), Role.OPERATOR, MTN, "mtn")
ADMINISTRATOR = Identity(Kind.ACCOUNT, AccountId(8), Role.ADMINISTRATOR)
SUBSCRIBER = Identity(Kind.ACCOUNT, AccountId(9), Role.SUBSCRIBER)
ANALYST = Identity(Kind.ACCOUNT, AccountId(10), Role.ANALYST)

PREPARE = """
    INSERT INTO providers (slug, name) VALUES ('mtn', 'MTN'), ('orange', 'Orange');
    CREATE SEQUENCE following_cell;
    GRANT USAGE ON following_cell TO roadpulse_system
"""
"""by the superuser: the operators, and a place of its own for each alert"""
OPEN = """
    INSERT INTO alerts
    (provider, state, severity, cause, kpi, statistic, samples, devices, reason, opened_at, changed_at, cell)
    VALUES
    ($1, 'firing', 'major', 'latency', 'latency_ms', 'mean', 1, 1, 'slow', now(), now(), nextval('following_cell'))
    RETURNING id
"""
CHANGE = "UPDATE alerts SET version = version + 1 WHERE id = $1 RETURNING version"
SNAPSHOT = "SELECT id, version FROM alerts WHERE provider = $1 ORDER BY id"


class Standing(msgspec.Struct, frozen=True):
    """A row, as far as following it goes."""

    id: Any
    version: int


async def read_alerts(db: Database, viewer: Viewer, provider: ProviderId | None) -> Sequence[Standing]:
    async with db.viewing(viewer) as tx:
        return [Standing(row["id"], row["version"]) for row in await tx.fetch(SNAPSHOT, provider)]


async def read_kpis(db: Database, viewer: Viewer, provider: ProviderId | None) -> Sequence[Standing]:
    return [Standing("latency_ms/*/*", 5)]


SNAPSHOTS = Snapshots(
    {Subject.ALERTS: read_alerts, Subject.KPIS: read_kpis, Subject.OPS: read_kpis},
    {"mtn": MTN, "orange": ORANGE},
)


async def open_alert(db: Database, provider: ProviderId = MTN, slug: str = "mtn") -> int:
    """A new alert with its event, in one transaction; gives its id."""
    async with db.system() as tx:
        alert: int = await tx.fetchval(OPEN, provider)
        data = Standing(alert, 1)
        await outbox.add(tx, [Happening(topics.alerts(slug), "alert.opened", data, provider=provider)])
    return alert


async def change_alert(db: Database, alert: int) -> int:
    """The next version of an alert with its event; gives the version."""
    async with db.system() as tx:
        version: int = await tx.fetchval(CHANGE, alert)
        data = Standing(alert, version)
        await outbox.add(tx, [Happening(topics.alerts("mtn"), "alert.changed", data, provider=MTN)])
    return version


def kpi(version: int) -> Latest:
    return Latest("latency_ms/*/*", "kpi.updated", Standing("latency_ms/*/*", version))


@dataclass(frozen=True, slots=True)
class Process:
    """What a session needs of its process."""

    db: Database
    hub: Hub
    snapshots: Snapshots = SNAPSHOTS


@dataclass(eq=False)
class Client(Console):
    """A socket and the client at its other end in one: what the server says is encoded and read again."""

    identity: Identity | None = OPERATOR
    door: Any = None
    answers: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[Any, int] = field(default_factory=dict)
    """id -> version of what the client holds"""
    place: tuple[int, str] | None = None
    """offset and epoch of the last thing heard"""
    skipped: list[tuple[int, int, int]] = field(default_factory=list)
    """(alert, version held, version heard) where one between was never heard of"""

    def answer(self, message_id: int, verb: str, body: object) -> None:
        self.mailbox.answer(encode({"id": message_id, verb: body}, self.wire_format))
        self.read()

    async def subscribe(self, channel: str = "alerts:mtn", place: tuple[int, str] | None = None) -> dict[str, Any]:
        """Subscribes and gives the answer."""
        wanted = Subscribe(channel, *(place or (UNSET, UNSET)))
        await subscribing.subscribe(self, 1, wanted)
        return self.answers[-1]

    def read(self) -> None:
        decode = msgspec.json.decode if self.wire_format is Format.JSON else msgspec.msgpack.decode
        for frame in self.mailbox.take():
            said = decode(frame)
            if "push" in said:
                self._follow(said["push"]["events"])
            else:
                self._begin(said["subscribe"])

    def _begin(self, said: dict[str, Any]) -> None:
        msgspec.convert(said, Subscribed)
        self.answers.append(said)
        if "snapshot" in said:
            self.rows = {row["id"]: row["version"] for row in said["snapshot"]["rows"]}
        self.place = (said["offset"], said["epoch"])
        self._follow(said.get("events", []))

    def _follow(self, events: list[dict[str, Any]]) -> None:
        self.events += events
        for event in events:
            row, version = event["data"]["id"], event["data"]["version"]
            held = self.rows.get(row, 0)
            if "offset" in event and version > held + 1:
                self.skipped.append((row, held, version))
            self.rows[row] = max(held, version)
            if self.place is not None and "offset" in event:
                self.place = (event["offset"], self.place[1])
