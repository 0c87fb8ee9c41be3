"""Every batch is kept exactly once, and an item that cannot be kept is set aside with its reason."""

import asyncio
import dataclasses
import datetime
from uuid import UUID, uuid4

import h3
import msgspec
import pytest

from monitor.errors import Suspended, UnknownStream
from monitor.network.ingest import Ingest
from monitor.network.layout import Draughtsman
from monitor.network.streams import NO_STREAM, open_stream
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.wire.envelope import Rejected
from monitor.wire.outbound import Duplicate, Measured, Quarantined
from tests.conftest import ConnectAs
from tests.network.conftest import Phone, item


async def stored(connect_as: ConnectAs, sql: str, *arguments: object) -> list[tuple[object, ...]]:
    connection = await connect_as("superuser")
    return [tuple(row) for row in await connection.fetch(sql, *arguments)]


async def test_every_field_of_an_item_is_kept(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    given = item(
        "MTN CM", network_type="LTE", signal_dbm=-90.5, download_mbps=12.25, upload_mbps=3.5, latency_ms=48,
        jitter_ms=2.5, packet_loss_pct=0.5, latitude=4.15, longitude=9.24, accuracy_m=12.5, connected=True,
        device_info="Tecno Spark", app_version="1.4",
    )  # fmt: skip

    outcome = await ingest.add(phone.batch(stream, 1, [given, item("Orange")]))

    assert outcome == Measured(1, 1, 2, [])
    rows = await stored(
        connect_as,
        "SELECT slug, measured_at, signal_dbm, download_mbps, upload_mbps, latency_ms, jitter_ms, packet_loss_pct,"
        " latitude, longitude, accuracy_m, connected, generation, carrier, network_type, device_info, app_version,"
        " to_hex(cell), suspect, device, subject, seq, item, position"
        " FROM measurements JOIN providers ON providers.id = provider ORDER BY item",
    )
    assert rows[0] == (
        "mtn", given.measured_at, -90.5, 12.25, 3.5, 48, 2.5, 0.5, 4.15, 9.24, 12.5, True, "4G", "MTN CM", "LTE",
        "Tecno Spark", "1.4", h3.latlng_to_cell(4.15, 9.24, 8), False, phone.device, phone.subject, 1, 0, 0,
    )  # fmt: skip
    assert rows[1][0] == "orange"
    assert rows[1][2:12] == (None,) * 10
    assert rows[1][12:18] == ("unknown", "Orange", None, None, None, "0")


async def test_stream_tells_which_one_it_replaces_and_what_went_with_it(
    db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    successor = uuid4()
    for _ in range(2):
        assert await open_stream(db, successor, phone.device, stream, 7) == 0

    rows = await stored(connect_as, "SELECT id, replaces, lost FROM streams WHERE device = $1", phone.device)
    assert set(rows) == {(stream, None, 0), (successor, stream, 7)}


async def test_second_batch_with_same_seq_is_ignored(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    first = ingest.add(phone.batch(stream, 1, [item()]))
    again = ingest.add(phone.batch(stream, 1, [item(), item()]))

    assert await first == Measured(1, 1, 1, [])
    assert await again == Duplicate(1, 1)
    assert await stored(connect_as, "SELECT count(*) FROM measurements") == [(1,)]


async def test_a_flush_laid_out_in_parts_is_one_flush(
    db: Database, draughtsman: Draughtsman, settings: Settings, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    ingest = Ingest(db, draughtsman, msgspec.structs.replace(settings.ingest, part_rows=4))
    sizes = (3, 1, 5, 0, 2)
    batches = [phone.batch(stream, seq, [item(latency_ms=seq)] * size) for seq, size in enumerate(sizes, 1)]
    batches[2] = phone.batch(stream, 3, [item(latency_ms=3)] * 4 + [item(ago_s=-9000)])
    again = phone.batch(stream, 2, [item(latency_ms=99)])
    answers = [ingest.add(batch) for batch in (*batches[:2], again, *batches[2:])]
    running = asyncio.create_task(ingest.run())

    outcomes = await asyncio.gather(*answers)
    running.cancel()

    assert [outcome.stored for outcome in outcomes if isinstance(outcome, Measured)] == [3, 1, 4, 0, 2]
    assert [[one.index for one in outcome.quarantined] for outcome in outcomes if isinstance(outcome, Measured)] == [
        [], [], [4], [], [],
    ]  # fmt: skip
    rows = "SELECT position, latency_ms::int, item FROM measurements ORDER BY position"
    assert await stored(connect_as, rows) == [
        (0, 1, 0), (1, 1, 1), (2, 1, 2), (3, 2, 0), (4, 3, 0), (5, 3, 1), (6, 3, 2), (7, 3, 3), (8, 5, 0), (9, 5, 1),
    ]  # fmt: skip
    assert await stored(connect_as, "SELECT count(DISTINCT batch) FROM measurements") == [(1,)]


async def test_gap_is_refused_with_what_is_expected_and_so_is_what_follows(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    answers = [ingest.add(phone.batch(stream, seq, [item()])) for seq in (1, 3, 4)]
    first, third, fourth = await asyncio.gather(*answers)

    assert first == Measured(1, 1, 1, [])
    for refused in (third, fourth):
        assert getattr(refused, "code", None) == "sequence_gap"
        assert getattr(refused, "members", None) == {"expected": 2}
    assert await stored(connect_as, "SELECT count(*) FROM measurements") == [(1,)]


async def test_two_servers_with_one_stream_keep_each_batch_once(
    ingest: Ingest,
    db: Database,
    phone: Phone,
    stream: UUID,
    connect_as: ConnectAs,
    draughtsman: Draughtsman,
    settings: Settings,
) -> None:
    other = Ingest(db, draughtsman, settings.ingest)
    running = asyncio.create_task(other.run())
    for seq in range(1, 30):
        outcomes = await asyncio.gather(
            ingest.add(phone.batch(stream, seq, [item()])), other.add(phone.batch(stream, seq, [item()]))
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Duplicate", "Measured"]
    running.cancel()

    assert await stored(connect_as, "SELECT seq, count(*) FROM measurements GROUP BY seq HAVING count(*) > 1") == []
    assert await stored(connect_as, "SELECT count(*), sum(rows) FROM ledger") == [(29, 29)]


async def test_faults_that_show_late_set_the_item_aside(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    items = [
        item(ago_s=-601),
        item(ago_s=401 * 86400),
        item(latitude=4.0),
        item(carrier="MT\0N"),
        item(carrier="M\ud800"),
        item(network_type="L\0TE"),
        item(download_mbps=1500),
    ]

    outcome = await ingest.add(phone.batch(stream, 1, items))

    assert isinstance(outcome, Measured)
    assert outcome.stored == 1
    assert [(one.index, one.path) for one in outcome.quarantined] == [
        (0, "measured_at"), (1, "measured_at"), (2, "longitude"), (3, "carrier"), (4, "carrier"), (5, "network_type"),
    ]  # fmt: skip
    assert await stored(connect_as, "SELECT item, suspect FROM measurements") == [(6, True)]
    assert await stored(connect_as, "SELECT count(*) FROM quarantine WHERE length(raw) > 20") == [(6,)]


async def test_values_a_hair_inside_their_bounds_are_kept(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    """The table keeps 32 bits of them: rounded, they would lie on bounds that it excludes."""
    items = [
        item(signal_dbm=-5e-324),
        item(signal_dbm=-149.9999999999),
        item(latency_ms=5e-324),
        item(latitude=5e-324, longitude=-5e-324),
    ]

    assert await ingest.add(phone.batch(stream, 1, items)) == Measured(1, 1, len(items), [])
    assert await stored(
        connect_as,
        "SELECT signal_dbm BETWEEN -1e-37 AND -1e-38, signal_dbm BETWEEN -150 AND -149.9 FROM measurements"
        " WHERE signal_dbm IS NOT NULL ORDER BY item",
    ) == [(True, False), (False, True)]


async def test_wholly_quarantined_and_empty_batches_raise_last_seq(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    assert await ingest.add(phone.batch(stream, 1, [])) == Measured(1, 1, 0, [])
    outcome = await ingest.add(phone.batch(stream, 2, [item(ago_s=-5000)]))

    assert isinstance(outcome, Measured)
    assert (outcome.last_seq, outcome.stored) == (2, 0)
    assert await stored(connect_as, "SELECT last_seq FROM streams") == [(2,)]
    assert await stored(connect_as, "SELECT count(*) FROM ledger") == [(0,)]


async def test_stream_of_another_device_is_unknown(ingest: Ingest, db: Database, phone: Phone, stream: UUID) -> None:
    with pytest.raises(UnknownStream):
        await open_stream(db, stream, phone.device + 1, None, 0)
    stranger = Phone(phone.device + 1, phone.subject)

    assert isinstance(await ingest.add(stranger.batch(stream, 1, [item()])), UnknownStream)
    assert isinstance(await ingest.add(phone.batch(uuid4(), 1, [item()])), UnknownStream)


async def test_revoked_device_is_refused_at_the_fence(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    connection = await connect_as("superuser")
    await connection.execute("UPDATE devices SET revoked_at = now()")

    assert isinstance(await ingest.add(phone.batch(stream, 1, [item()])), Suspended)


async def test_one_batch_that_breaks_the_transaction_does_not_take_others_with_it(
    ingest: Ingest, phone: Phone, stream: UUID, db: Database, connect_as: ConnectAs, caplog: pytest.LogCaptureFixture
) -> None:
    other = uuid4()
    await open_stream(db, other, phone.device, None, 0)
    # A value that the typed decoder would never let through meets the table's own check.
    poison = item(latency_ms=-5.0, device_info="Ada's phone")
    answers = [ingest.add(phone.batch(one, 1, [thing])) for one, thing in ((stream, item()), (other, poison))]
    good, bad = await asyncio.gather(*answers)

    assert good == Measured(1, 1, 1, [])
    assert bad == Measured(1, 1, 0, [Quarantined(0, "", "cannot be kept (CheckViolationError)")])
    assert await stored(connect_as, "SELECT count(*) FROM measurements") == [(1,)]
    assert "measurements_wire_bounds" in caplog.text
    assert "Ada" not in caplog.text


async def test_items_that_the_database_refuses_are_set_aside_and_the_rest_is_kept(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    items = [item(latency_ms=-5.0 if index in (7, 8, 499) else index) for index in range(500)]
    items[3] = item(latitude=4.0)
    # The decoder refused item 1 already, so that places and indexes differ.
    batch = dataclasses.replace(
        phone.batch(stream, 1, items),
        positions=[0, *range(2, 501)],
        rejected=[Rejected(1, "carrier", "missing", b"{}")],
    )

    outcome = await ingest.add(batch)

    assert isinstance(outcome, Measured)
    assert outcome.stored == 496
    assert [(one.index, one.path) for one in outcome.quarantined] == [
        (1, "carrier"), (4, "longitude"), (8, ""), (9, ""), (500, ""),
    ]  # fmt: skip
    assert await stored(connect_as, "SELECT count(*), count(DISTINCT item), max(item) FROM measurements") == [
        (496, 496, 499)
    ]
    assert await stored(
        connect_as, "SELECT count(*) FROM quarantine WHERE convert_from(raw, 'UTF8') LIKE '%-5.0%'"
    ) == [(3,)]
    assert await ingest.add(phone.batch(stream, 2, [item()])) == Measured(2, 2, 1, [])


async def test_fault_of_the_server_leaves_the_batch_with_the_device(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    await ingest.add(phone.batch(stream, 1, [item()]))
    owner = await connect_as("superuser")
    await owner.execute("ALTER TABLE ledger RENAME COLUMN first_at TO began_at")
    refused = await ingest.add(phone.batch(stream, 2, [item()]))
    await owner.execute("ALTER TABLE ledger RENAME COLUMN began_at TO first_at")

    assert getattr(refused, "code", None) == "internal"
    assert await stored(connect_as, "SELECT count(*) FROM quarantine") == [(0,)]
    assert await ingest.add(phone.batch(stream, 2, [item()])) == Measured(2, 2, 1, [])


async def test_ingest_says_how_long_the_oldest_batch_waits(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    async with owner.transaction():
        await owner.execute("LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE")
        answer = ingest.add(phone.batch(stream, 1, [item()]))
        await asyncio.sleep(0.3)
        assert 0.3 <= ingest.age_s < 20
    assert await answer == Measured(1, 1, 1, [])
    await ingest.drained()
    assert ingest.age_s == 0


async def test_batches_without_a_stream_are_kept_each_time(ingest: Ingest, phone: Phone, connect_as: ConnectAs) -> None:
    for _ in range(2):
        await ingest.add(phone.batch(NO_STREAM, 0, [item()]))

    assert await stored(connect_as, "SELECT count(*) FROM measurements") == [(2,)]


async def test_many_streams_over_many_lanes_keep_their_order(
    db: Database, draughtsman: Draughtsman, settings: Settings, phone: Phone, connect_as: ConnectAs
) -> None:
    ingest = Ingest(db, draughtsman, msgspec.structs.replace(settings.ingest, lanes=3, flush_rows=5))
    running = asyncio.create_task(ingest.run())
    streams = [uuid4() for _ in range(12)]
    for stream in streams:
        await open_stream(db, stream, phone.device, None, 0)

    async def send(stream: UUID, size: int) -> list[object]:
        outcomes: list[object] = []
        for seq in range(1, 13, 3):
            sent = [ingest.add(phone.batch(stream, seq + more, [item()] * size)) for more in range(3)]
            outcomes += await asyncio.gather(*sent)
        return outcomes

    outcomes = await asyncio.gather(*(send(stream, 1 + index % 3) for index, stream in enumerate(streams)))
    running.cancel()

    assert {type(outcome) for of_stream in outcomes for outcome in of_stream} == {Measured}
    assert await stored(connect_as, "SELECT count(*), count(DISTINCT (stream, seq)) FROM measurements") == [(288, 144)]
    assert ingest.rows_waiting == 0


async def test_streams_of_a_rush_take_every_lane(
    db: Database, draughtsman: Draughtsman, settings: Settings, phone: Phone, connect_as: ConnectAs
) -> None:
    """Under load none of them ever leaves the lane that its first batch took."""
    owner = await connect_as("superuser")
    ingest = Ingest(db, draughtsman, msgspec.structs.replace(settings.ingest, lanes=3))
    running = asyncio.create_task(ingest.run())
    streams = [uuid4() for _ in range(16)]
    for stream in streams:
        await open_stream(db, stream, phone.device, None, 0)

    async with owner.transaction():
        await owner.execute("LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE")
        answers = [ingest.add(phone.batch(stream, 1, [item()] * 100)) for stream in streams]
        waiting = "relation = 'ledger'::regclass AND NOT granted"
        async with asyncio.timeout(10):
            while await owner.fetchval(f"SELECT count(*) FROM pg_sleep(0.01), pg_locks WHERE {waiting}") < 3:
                pass
    outcomes = await asyncio.gather(*answers)
    running.cancel()

    assert outcomes == [Measured(1, 1, 100, [])] * 16


async def test_rows_land_in_the_leaf_of_their_day(
    ingest: Ingest, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    await ingest.add(phone.batch(stream, 1, [item(ago_s=day * 86400) for day in (0, 1, 40)]))

    today = datetime.datetime.now(datetime.UTC).date()
    expected = [(f"measurements_{today - datetime.timedelta(days=day):%Y%m%d}",) for day in (40, 1, 0)]
    assert await stored(connect_as, "SELECT tableoid::regclass::text FROM measurements ORDER BY 1") == expected


async def test_ingest_says_when_it_is_full_and_when_there_is_room_again(
    db: Database, draughtsman: Draughtsman, settings: Settings, phone: Phone, stream: UUID
) -> None:
    ingest = Ingest(db, draughtsman, msgspec.structs.replace(settings.ingest, queue_rows=3))
    answer = ingest.add(phone.batch(stream, 1, [item(), item(), item()]))
    assert ingest.is_full

    running = asyncio.create_task(ingest.run())
    await asyncio.wait_for(ingest.room(), 5)

    assert (await answer) == Measured(1, 1, 3, [])
    assert not ingest.is_full
    running.cancel()
