"""How good what phones send is: items that were set aside, and days with their suspects."""

import datetime
from uuid import UUID

from monitor.network import quality, rollups
from monitor.network.ingest import Ingest
from monitor.network.layout import Batch
from monitor.network.providers import Directory
from monitor.network.quality import SetAside, Wanted
from monitor.store.db import Database
from monitor.values import AccountId, Role, Viewer
from monitor.wire.envelope import Rejected
from tests.conftest import ConnectAs
from tests.network.conftest import Phone, item

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
ZONE = "Africa/Douala"
REJECTED = [
    Rejected(0, "latency_ms", "too large", b'{"latency_ms": 1e9}'),
    Rejected(1, "latency_ms", "too large", b"\xff\x00"),
    Rejected(3, "", "unreadable", b"[]"),
]


async def everything(db: Database, viewer: Viewer, limit: int, path: str | None = None) -> list[SetAside]:
    found: list[SetAside] = []
    while page := await quality.set_aside(
        db, viewer, Wanted(NOW - DAY, NOW + DAY, path, limit, found[-1].id if found else 0)
    ):
        found += page
    return found


async def test_what_was_set_aside_is_read_page_by_page_and_path_by_path(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID
) -> None:
    await ingest.add(Batch(stream, 1, phone.device, phone.subject, [item()], [2], REJECTED))
    sender, other = (Viewer(Role.SUBSCRIBER, AccountId(number)) for number in (phone.subject, 10**9))
    administrator = Viewer(Role.ADMINISTRATOR, AccountId(10**9))

    own = await everything(db, sender, 1)
    assert [(one.path, one.reason, one.item, one.raw) for one in own] == [
        (one.path, one.reason, one.index, one.raw) for one in reversed(REJECTED)
    ]
    assert {(one.stream, one.seq, one.device) for one in own} == {(stream, 1, phone.device)}
    assert await everything(db, other, 10) == []
    assert {(one.stream, one.seq, one.device) for one in await everything(db, administrator, 2)} == {(None, None, None)}
    assert [one.item for one in await everything(db, sender, 2, "latency_ms")] == [1, 0]
    assert [one.item for one in await everything(db, sender, 2, "")] == [3]


async def test_suspects_are_counted_by_day_and_faults_by_path_and_reason(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, directory: Directory, connect_as: ConnectAs
) -> None:
    """Five seconds of latency are within the wire's bounds and hard to believe."""
    good = [item(latency_ms=50), item(latency_ms=9_000), item(latency_ms=50, ago_s=2 * 86400)]
    batch = Batch(stream, 1, phone.device, phone.subject, [*good, item(carrier="Orange")], None, REJECTED)
    await ingest.add(batch)
    async with db.system() as tx:
        await rollups.win(tx)
        await rollups.merge(tx, 10)
        await rollups.fold(tx, ZONE, 10, 0)
    mtn = directory.by_slug["mtn"].id
    operator, administrator = (
        Viewer(Role.OPERATOR, AccountId(10**9), mtn),
        Viewer(Role.ADMINISTRATOR, AccountId(10**9)),
    )

    async def told(viewer: Viewer, days: int) -> tuple[list[tuple[str | None, int, int]], list[tuple[str, str, int]]]:
        listed, rejections = await quality.summary(
            db, viewer, directory, NOW - days * DAY, NOW + DAY, viewer.provider, ZONE
        )
        return (
            [(day.provider, day.rows, day.suspects) for day in listed],
            [(rejection.path, rejection.reason, rejection.items) for rejection in rejections],
        )

    assert await told(operator, 3) == ([("mtn", 2, 1), ("mtn", 1, 0)], [])
    assert await told(administrator, 1) == (
        [("mtn", 2, 1), ("orange", 1, 0)],
        [("latency_ms", "too large", 2), ("", "unreadable", 1)],
    )


async def test_everybody_learns_why_what_her_own_phones_sent_was_set_aside(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID
) -> None:
    await ingest.add(Batch(stream, 1, phone.device, phone.subject, [item()], [2], REJECTED))

    for role in (Role.SUBSCRIBER, Role.OPERATOR, Role.ADMINISTRATOR):
        own = await quality.own_rejections(db, Viewer(role, AccountId(phone.subject)), NOW - DAY, NOW + DAY)
        assert [(one.path, one.reason, one.items) for one in own] == [
            ("latency_ms", "too large", 2), ("", "unreadable", 1)
        ]  # fmt: skip
        assert await quality.own_rejections(db, Viewer(role, AccountId(10**9)), NOW - DAY, NOW + DAY) == []
    sender = Viewer(Role.SUBSCRIBER, AccountId(phone.subject))
    assert await quality.own_rejections(db, sender, NOW + DAY, NOW + 2 * DAY) == []
