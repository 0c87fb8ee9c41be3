"""How a recorded trace becomes measurements: order, time, dirt, pace, and going on after a kill."""

import asyncio
import datetime
import gzip
import itertools
from pathlib import Path

import msgspec
import pytest

from monitor.agent import trace
from monitor.agent.flow import Flow
from monitor.agent.replay import Pace, Replay
from monitor.agent.spool import Spool
from monitor.errors import TraceUnreadable

HEADER = "device_id,timestamp,carrier,network_type,signal_strength_dbm,latency_ms,packet_loss_pct,source\n"
UTC = datetime.UTC


def trace_of(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "trace.csv"
    path.write_text(header + "".join(line + "\n" for line in lines))
    return path


def sent(spool: Spool) -> list[dict[str, object]]:
    batches = spool.seal(batches=1000, items=1000, size=1 << 20)
    return [item for batch in batches for item in msgspec.msgpack.decode(batch.items)]


async def play(path: Path, spool: Spool, pace: Pace = Pace(), batch: int = 2) -> Replay:  # noqa: B008
    replay = Replay(trace.read(path), pace, batch, spool, Flow())
    await replay.play(replay.open().position)
    return replay


def test_columns_take_the_names_of_the_wire_and_blanks_are_absent(tmp_path: Path) -> None:
    recorded = trace.read(trace_of(tmp_path, "d,2025-03-16T22:50:00Z,MTN,,-91,12.5,,somewhere"))

    assert recorded.rows == [
        trace.Row(
            datetime.datetime(2025, 3, 16, 22, 50, tzinfo=UTC),
            {"carrier": "MTN", "signal_dbm": -91.0, "latency_ms": 12.5},
        )
    ]


def test_rows_come_in_the_order_of_their_time_and_those_without_one_last(tmp_path: Path) -> None:
    path = trace_of(
        tmp_path,
        "d,2025-01-01T00:00:03Z,c,,,,,",
        "d,,b,,,,,",
        "d,2025-01-01T00:00:01Z,a,,,,,",
        "d,2025-01-01T01:00:02+01:00,d,,,,,",
    )

    assert [row.fields["carrier"] for row in trace.read(path).rows] == ["a", "d", "c", "b"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("140", 140.0),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1_000", "1_000"),
        ("ten", "ten"),
        ("-0.5", -0.5),
        ("1e400", "1e400"),
    ],
)
def test_a_dirty_value_goes_as_it_is(tmp_path: Path, text: str, value: object) -> None:
    recorded = trace.read(trace_of(tmp_path, f"d,2025-01-01T00:00:03Z,c,,,,{text},"))

    assert recorded.rows[0].fields["packet_loss_pct"] == value


@pytest.mark.parametrize("text", ["yesterday", "2025-01-01T00:00:00", "32/13/2025"])
def test_a_time_that_cannot_be_read_goes_as_text(tmp_path: Path, text: str) -> None:
    recorded = trace.read(trace_of(tmp_path, f"d,{text},c,,,,,"))

    assert recorded.rows == [trace.Row(None, {"measured_at": text, "carrier": "c"})]


def test_a_carrier_stands_in_only_where_there_is_none(tmp_path: Path) -> None:
    path = trace_of(tmp_path, "d,2025-01-01T00:00:01Z,,,,,,", "d,2025-01-01T00:00:02Z,Orange,,,,,")

    assert [row.fields["carrier"] for row in trace.read(path, carrier="MTN").rows] == ["MTN", "Orange"]


def test_one_device_of_many_can_be_chosen(tmp_path: Path) -> None:
    path = trace_of(tmp_path, "one,2025-01-01T00:00:01Z,a,,,,,", "two,2025-01-01T00:00:02Z,b,,,,,")

    assert [row.fields["carrier"] for row in trace.read(path, device="two").rows] == ["b"]


def test_a_gzipped_trace_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trace.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "d,2025-01-01T00:00:01Z,a,,,,,\n").encode()))

    assert len(trace.read(path).rows) == 1


@pytest.mark.parametrize("content", [b"", b"\x1f\x8bnot gzip", b"a,b,c\n1,2,3\n", HEADER.encode()])
def test_what_is_no_trace_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "trace").write_bytes(content)

    with pytest.raises(TraceUnreadable):
        trace.read(tmp_path / "trace")


def test_a_missing_trace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceUnreadable):
        trace.read(tmp_path / "nowhere.csv")


async def test_at_full_speed_the_newest_row_is_now(tmp_path: Path) -> None:
    path = trace_of(tmp_path, "d,2025-01-01T00:00:00Z,a,,,,,", "d,2025-01-01T02:00:00Z,b,,,,,", "d,,c,,,,,")
    with Spool.open(tmp_path / "spool") as spool:
        before = datetime.datetime.now(UTC)
        await play(path, spool)
        first, last, untimed = sent(spool)

    assert before <= last["measured_at"] <= datetime.datetime.now(UTC)
    assert last["measured_at"] - first["measured_at"] == datetime.timedelta(hours=2)
    assert untimed == {"carrier": "c"}


async def test_as_recorded_leaves_the_times(tmp_path: Path) -> None:
    path = trace_of(tmp_path, "d,2025-01-01T00:00:00Z,a,,,,,")
    with Spool.open(tmp_path / "spool") as spool:
        await play(path, spool, Pace(keeps_times=True))

        assert sent(spool)[0]["measured_at"] == datetime.datetime(2025, 1, 1, tzinfo=UTC)


async def test_with_a_speed_each_row_goes_at_its_moment(tmp_path: Path) -> None:
    path = trace_of(tmp_path, *(f"d,2025-01-01T00:{minute:02}:00Z,{minute},,,,," for minute in range(4)))
    with Spool.open(tmp_path / "spool") as spool:
        before = datetime.datetime.now(UTC)
        await play(path, spool, Pace(speed=600))
        items = sent(spool)

    assert datetime.datetime.now(UTC) - before >= datetime.timedelta(seconds=0.25)
    times = [item["measured_at"] for item in items]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [datetime.timedelta(seconds=0.1)] * 3
    assert times[0] - before < datetime.timedelta(seconds=0.2)


async def test_a_replay_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    path = trace_of(tmp_path, *(f"d,2025-01-01T00:{minute:02}:00Z,{minute},,,,," for minute in range(50)))
    with Spool.open(tmp_path / "spool") as spool:
        flow = Flow()
        replay = Replay(trace.read(path), Pace(), 1, spool, flow)
        playing = asyncio.create_task(replay.play(replay.open().position))
        async with asyncio.timeout(10):
            while spool.waiting < 32:
                await flow.changed.wait()
                flow.changed.clear()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    with Spool.open(tmp_path / "spool") as spool:
        again = Replay(trace.read(path), Pace(), 10, spool, Flow())
        assert again.open().position == 32
        await again.play(32)
        items = sent(spool)

    assert [item["carrier"] for item in items] == [str(minute) for minute in range(50)]
    times = [item["measured_at"] for item in items]
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {datetime.timedelta(minutes=1)}


async def test_another_trace_or_pace_begins_anew(tmp_path: Path) -> None:
    path = trace_of(tmp_path, "d,2025-01-01T00:00:00Z,a,,,,,")
    with Spool.open(tmp_path / "spool") as spool:
        await play(path, spool)
        recorded = trace.read(path)

        assert Replay(recorded, Pace(), 2, spool, Flow()).open().position == 1
        assert Replay(recorded, Pace(speed=2.0), 2, spool, Flow()).open().position == 0


def test_the_real_traces_are_read_whole(data_folder: Path) -> None:
    paths = sorted((data_folder / "net" / "traces").glob("*.csv.gz"))
    rows = [row for path in paths if "full" not in path.name for row in trace.read(path).rows]

    assert len(rows) == 389_035
    assert sum(1 for row in rows if row.at is not None and "carrier" in row.fields) == 321_241
