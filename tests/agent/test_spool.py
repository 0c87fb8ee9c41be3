"""What the spool keeps, numbers, gives up and remembers."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from monitor.agent.parcels import Parcel, pack
from monitor.agent.spool import Fate, Mark, Spool
from monitor.errors import SpoolUnusable


def parcel(*names: str) -> Parcel:
    return pack([{"carrier": name} for name in names])


def names(items: bytes) -> list[str]:
    return [item["carrier"] for item in msgspec.msgpack.decode(items)]


def seal(spool: Spool, batches: int = 8, items: int = 1000, size: int = 1 << 20) -> list[tuple[int, list[str]]]:
    return [(batch.seq, names(batch.items)) for batch in spool.seal(batches=batches, items=items, size=size)]


def test_small_parcels_travel_as_one_batch(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        spool.append([parcel("a"), parcel("b", "c")])
        spool.append([parcel("d")])

        assert seal(spool) == [(1, ["a", "b", "c", "d"])]


def test_a_batch_is_cut_by_items_and_by_bytes(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        spool.append([parcel("a"), parcel("b"), parcel("c"), parcel("d" * 100), parcel("e" * 100)])

        assert seal(spool, items=2, size=150) == [(1, ["a", "b"]), (2, ["c", "d" * 100]), (3, ["e" * 100])]


def test_no_more_batches_than_asked_are_numbered(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        spool.append([parcel("a"), parcel("b"), parcel("c")])

        assert seal(spool, batches=2, items=1) == [(1, ["a"]), (2, ["b"])]
        assert seal(spool, batches=2, items=1) == [(3, ["c"])]


def test_a_number_means_the_same_payload_after_a_new_start(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        stream = spool.stream().id
        spool.append([parcel("a"), parcel("b")])
        seal(spool)
        spool.append([parcel("c")])
    with Spool.open(tmp_path / "spool") as spool:
        assert [(batch.seq, names(batch.items)) for batch in spool.sealed()] == [(1, ["a", "b"])]
        assert seal(spool) == [(2, ["c"])]
        assert spool.stream().id == stream
        assert spool.waiting == 3


def test_an_acknowledged_batch_is_gone_and_told(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        spool.append([parcel("a", "b")])
        seal(spool)

        count = spool.acknowledge(1, {(Fate.STORED, ""): 1, (Fate.QUARANTINED, "latency_ms: too long"): 1})

        assert count == 2
        assert spool.is_settled()
        assert spool.tally() == {(Fate.STORED, ""): 1, (Fate.QUARANTINED, "latency_ms: too long"): 1}


def test_what_the_server_kept_unheard_is_counted_as_kept(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        spool.append([parcel("a", "b"), parcel("c"), parcel("d")])
        seal(spool, items=2)

        assert spool.resume(1) == 2
        assert spool.tally() == {(Fate.KEPT, ""): 2}
        assert [batch.seq for batch in spool.sealed()] == [2]


def test_a_server_that_forgot_batches_gets_a_new_stream_and_the_loss(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        old = spool.stream().id
        spool.append([parcel("a"), parcel("b"), parcel("c")])
        seal(spool, items=1)
        spool.resume(0)
        spool.acknowledge(1, {})
        spool.acknowledge(2, {})

        assert spool.resume(0) is None
        assert (spool.stream().replaces, spool.stream().lost) == (old, 2)
        assert seal(spool) == [(1, ["c"])]


def test_a_spool_older_than_the_server_begins_a_new_stream(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        old = spool.stream().id
        spool.append([parcel("a")])

        assert spool.resume(5) is None
        assert spool.stream().replaces == old
        assert seal(spool) == [(1, ["a"])]


def test_a_full_spool_discards_the_oldest_that_has_no_number(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool", max_bytes=400) as spool:
        spool.append([parcel("a" * 100)])
        seal(spool)

        discarded = sum(spool.append([parcel(name * 100)]) for name in "bcde")

        assert discarded == 2
        assert [name[0] for name in names(spool.sealed()[0].items)] == ["a"]
        assert [name[0] for _, batch in seal(spool) for name in batch] == ["d", "e"]
        assert spool.tally() == {(Fate.DISCARDED, ""): 2}


def test_discarding_is_reported_by_a_new_stream_once_nothing_is_on_its_way(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool", max_bytes=250) as spool:
        old = spool.stream().id
        spool.append([parcel("a" * 100)])
        seal(spool)
        for name in "bcd":
            spool.append([parcel(name * 100)])
        assert not spool.owes_report()
        spool.resume(1)
        assert spool.owes_report()

        spool.renew()

        assert (spool.stream().replaces, spool.stream().lost) == (old, 2)
        spool.resume(0)
        assert (spool.stream().replaces, spool.stream().lost) == (None, 0)


def test_a_batch_too_large_keeps_its_number_and_gives_the_rest_away(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        spool.append([parcel("a", "b", "c"), parcel("d")])
        seal(spool, items=3)

        spool.shorten(1, 1)

        assert [(batch.seq, names(batch.items)) for batch in spool.sealed()] == [(1, ["a"]), (2, ["d"])]
        assert seal(spool) == [(3, ["b", "c"])]
        assert spool.waiting == 4


def test_a_measurement_that_nobody_takes_leaves_an_empty_batch(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        spool.append([parcel("a")])
        seal(spool)

        spool.empty(1, "invalid_message")

        assert [(batch.seq, names(batch.items)) for batch in spool.sealed()] == [(1, [])]
        assert spool.tally() == {(Fate.REFUSED, "invalid_message"): 1}
        assert not spool.is_settled()
        spool.acknowledge(1, {})
        assert spool.is_settled()


def test_another_device_gets_a_stream_of_its_own(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        old = spool.stream().id
        spool.append([parcel("a")])
        seal(spool)
        spool.resume(0)

        spool.change_device()

        assert spool.stream().id != old
        assert spool.stream().replaces is None
        assert seal(spool) == [(1, ["a"])]


def test_rows_and_position_of_a_replay_are_kept_together(tmp_path: Path) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        spool.begin(Mark("trace", "2026-01-01T00:00:00+00:00", 0, 3))
        spool.append([parcel("a", "b")], position=2)
    with Spool.open(tmp_path / "spool") as spool:
        assert spool.mark() == Mark("trace", "2026-01-01T00:00:00+00:00", 2, 3)
        assert spool.waiting == 2


def test_two_agents_on_one_spool_are_refused(tmp_path: Path) -> None:
    first = Spool.open(tmp_path / "spool")
    second = Spool.open(tmp_path / "spool")

    with first, pytest.raises(SpoolUnusable, match="in use"), second:
        pass


def test_a_file_that_is_no_spool_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a letter, not a database, and long enough to look like one" * 20)

    with pytest.raises(SpoolUnusable), Spool.open(tmp_path / "spool"):
        pass


def test_a_spool_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "spool") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()

    with pytest.raises(SpoolUnusable, match="newer"), Spool.open(tmp_path / "spool"):
        pass
