"""Keeps on disk what was measured until the server has it: nothing is lost offline or killed, nothing counts twice."""

import contextlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from monitor.agent.files import SpoolFile
from monitor.agent.parcels import NOTHING, Batch, Parcel, cut, join

REMEMBERED = 10_000
"""acknowledged batches whose size is remembered, to tell what a server restored from a backup has lost"""


class Fate(StrEnum):
    """What became of a measurement."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    KEPT = "kept"
    """the server has it, but its answer was lost with the connection: stored or quarantined"""
    REFUSED = "refused"
    """the server refused to take it into any batch"""
    DISCARDED = "discarded"
    """the spool was full"""
    UNACCOUNTED = "unaccounted"
    """the server's answer names neither its storing nor its quarantine"""


@dataclass(frozen=True, slots=True)
class Stream:
    """The spool's name at the server."""

    id: uuid.UUID
    replaces: uuid.UUID | None
    lost: int
    next_seq: int


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a replay is."""

    fingerprint: str
    started_at: str
    position: int
    total: int


class Spool:
    """One device's measurements on their way.

    A transaction is durable where forgetting would be wrong: a number that was sent must mean the same payload after
    a power cut. Acknowledgements need not be: a kill cannot undo them, and `last_seq` tells them again.
    """

    def __init__(self, file: SpoolFile, max_bytes: int) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._bytes = 0
        self.waiting = 0
        """measurements that the server does not have, as far as we know"""
        self._count()

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path, *, max_bytes: int = 1 << 30) -> Iterator["Spool"]:
        """The spool in this file, made if there is none; when it is full, the oldest measurements go.

        Raises: SpoolUnusable - another agent has it, it is not a spool, or it was made by a newer program.
        """
        with SpoolFile.open(path) as file:
            yield cls(file, max_bytes)

    def stream(self) -> Stream:
        stream, replaces, lost, next_seq = self._file.row("SELECT stream, replaces, lost, next_seq FROM state")
        return Stream(uuid.UUID(stream), uuid.UUID(replaces) if replaces else None, lost, next_seq)

    def is_settled(self) -> bool:
        """Whether the server has all of it, and knows what it will never get."""
        if self.waiting or self._has_batches():
            return False
        return self.stream().replaces is None and not self.owes_report()

    def is_untouched(self) -> bool:
        """Whether nothing was ever put into it."""
        with self._file.lock:
            return not self._file.rows("SELECT 1 FROM sqlite_sequence WHERE name = 'parcels'")

    def append(self, parcels: Sequence[Parcel], *, position: int | None = None) -> int:
        """Takes measurements in, `position` rows of the replay by now; gives how many were discarded for them."""
        with self._writing(durable=True):
            for parcel in parcels:
                self._insert(parcel)
            if position is not None:
                self._file.execute("UPDATE replay SET position = ?", position)
            return self._make_room()

    def seal(self, *, batches: int, items: int, size: int) -> list[Batch]:
        """Numbers the oldest parcels for good: at most so many batches of so many items and bytes.

        A parcel that alone is too large makes a batch nevertheless; `shorten` is for it.
        """
        with self._writing(durable=True):
            runs = self._runs(batches, items, size)
            for first, last, count in runs:
                self._file.execute(
                    "INSERT INTO batches (seq, first_parcel, last_parcel, count) SELECT next_seq, ?, ?, ? FROM state",
                    first,
                    last,
                    count,
                )
                self._file.execute("UPDATE state SET next_seq = next_seq + 1, sealed_through = ?", last)
            return self.sealed(since=self.stream().next_seq - len(runs)) if runs else []

    def sealed(self, *, since: int = 1) -> list[Batch]:
        """What was numbered and not yet acknowledged, oldest first."""
        with self._file.lock:
            rows = self._file.rows(
                "SELECT seq, first_parcel, last_parcel, count FROM batches WHERE seq >= ? ORDER BY seq", since
            )
            return [Batch(seq, count, self._payload(first, last)) for seq, first, last, count in rows]

    def first_seq(self) -> int:
        """The oldest number that is not acknowledged."""
        return int(self._file.row("SELECT coalesce((SELECT min(seq) FROM batches), next_seq) FROM state")[0])

    def acknowledge(self, seq: int, fates: Mapping[tuple[Fate, str], int]) -> int:
        """The server has the batch; gives how many measurements that were."""
        with self._writing(durable=False):
            rows = self._file.rows("SELECT first_parcel, last_parcel, count FROM batches WHERE seq = ?", seq)
            if not rows:
                return 0
            first, last, count = rows[0]
            self._forget(first, last)
            self._file.execute("DELETE FROM batches WHERE seq = ?", seq)
            self._file.execute("INSERT OR REPLACE INTO acknowledged (seq, count) VALUES (?, ?)", seq, count)
            self._file.execute("DELETE FROM acknowledged WHERE seq <= ?", seq - REMEMBERED)
            for (fate, reason), number in fates.items():
                self._tell(fate, reason, number)
            return int(count)

    def resume(self, last_seq: int) -> int | None:
        """Lines up with what the server has; gives how many measurements it kept without our knowing.

        None: the numbers do not fit (the server or this file is an older copy of itself), and a new stream begins.
        """
        with self._writing(durable=True):
            self._file.execute("UPDATE state SET introduced = 1, replaces = NULL, lost = 0")
            unknown = self._file.rows("SELECT seq, count FROM batches WHERE seq <= ?", last_seq)
            for seq, count in unknown:
                self.acknowledge(seq, {(Fate.KEPT, ""): count})
            if self.first_seq() != last_seq + 1:
                self.renew(lost=self._file.row("SELECT total(count) FROM acknowledged WHERE seq > ?", last_seq)[0])
                return None
            return sum(int(count) for _, count in unknown)

    def renew(self, *, lost: float = 0) -> None:
        """Begins a new stream with all that is not acknowledged, and what was lost or discarded to be reported."""
        with self._writing(durable=True):
            self._file.execute(
                "UPDATE state SET replaces = stream, lost = ? + discarded, discarded = 0, stream = ?",
                int(lost),
                str(uuid.uuid4()),
            )
            self._start_over()

    def change_device(self) -> None:
        """Begins a new stream for another device; what was sent and not acknowledged may be kept for both."""
        with self._writing(durable=True):
            self._file.execute("UPDATE state SET replaces = NULL, lost = 0, stream = ?", str(uuid.uuid4()))
            self._start_over()

    def owes_report(self) -> bool:
        """Whether measurements were discarded and nothing numbered stands in the way of saying so by a new stream."""
        with self._file.lock:
            return bool(self._file.row("SELECT introduced AND discarded FROM state")[0]) and not self._has_batches()

    def shorten(self, seq: int, keep: int) -> None:
        """A refused batch keeps its number and its first items; the others wait for a number of their own."""
        with self._writing(durable=True):
            first, last, count = self._file.row(
                "SELECT first_parcel, last_parcel, count FROM batches WHERE seq = ?", seq
            )
            assert 0 < keep < count
            kept, others = cut(self._payload(first, last), keep)
            self._forget(first, last)
            self._insert(kept, first)
            self._insert(others)
            self._file.execute("UPDATE batches SET last_parcel = ?, count = ? WHERE seq = ?", first, keep, seq)

    def empty(self, seq: int, reason: str) -> None:
        """A batch that nobody takes: its items are given up, its number is sent without any."""
        with self._writing(durable=True):
            first, last, count = self._file.row(
                "SELECT first_parcel, last_parcel, count FROM batches WHERE seq = ?", seq
            )
            self._forget(first, last)
            self._file.execute("UPDATE batches SET count = 0 WHERE seq = ?", seq)
            self._tell(Fate.REFUSED, reason, count)

    def tally(self) -> dict[tuple[Fate, str], int]:
        """What became of the measurements since the replay began, or since the spool was made."""
        rows = self._file.rows("SELECT fate, reason, count FROM tally")
        return {(Fate(fate), reason): count for fate, reason, count in rows}

    def mark(self) -> Mark | None:
        """The replay under way."""
        rows = self._file.rows("SELECT fingerprint, started_at, position, total FROM replay")
        return Mark(*rows[0]) if rows else None

    def begin(self, mark: Mark) -> None:
        """A replay starts, and the tally with it."""
        with self._writing(durable=True):
            self._file.execute("DELETE FROM tally")
            self._file.execute(
                "INSERT OR REPLACE INTO replay (id, fingerprint, started_at, position, total) VALUES (1, ?, ?, ?, ?)",
                mark.fingerprint,
                mark.started_at,
                mark.position,
                mark.total,
            )

    def finish(self) -> None:
        """The replay is through; the same trace would start anew."""
        with self._writing(durable=True):
            self._file.execute("DELETE FROM replay")

    @contextlib.contextmanager
    def _writing(self, *, durable: bool) -> Iterator[None]:
        with self._file.lock:
            try:
                with self._file.transaction(durable=durable):
                    yield
            except BaseException:
                self._count()
                raise

    def _count(self) -> None:
        self._bytes, self.waiting = self._file.row(
            "SELECT coalesce(sum(length(items)), 0), coalesce(sum(count), 0) FROM parcels"
        )

    def _has_batches(self) -> bool:
        return bool(self._file.row("SELECT EXISTS (SELECT 1 FROM batches)")[0])

    def _start_over(self) -> None:
        self._file.execute("DELETE FROM batches")
        self._file.execute("DELETE FROM acknowledged")
        self._file.execute("UPDATE state SET next_seq = 1, sealed_through = 0, introduced = 0")

    def _runs(self, batches: int, items: int, size: int) -> list[tuple[int, int, int]]:
        """(first parcel, last parcel, count) of the batches that the unnumbered parcels make."""
        runs: list[tuple[int, int, int]] = []
        run_size = 0
        rows = self._file.walk(
            "SELECT id, count, length(items) FROM parcels WHERE id > (SELECT sealed_through FROM state) ORDER BY id"
        )
        with contextlib.closing(rows):
            for parcel, count, length in rows:
                if runs and runs[-1][2] + count <= items and run_size + length <= size:
                    runs[-1] = (runs[-1][0], parcel, runs[-1][2] + count)
                    run_size += length
                elif len(runs) < batches:
                    runs.append((parcel, parcel, count))
                    run_size = length
                else:
                    break
        return runs

    def _make_room(self) -> int:
        discarded = 0
        while self._bytes > self._max_bytes:
            rows = self._file.rows(
                "SELECT id, count FROM parcels WHERE id > (SELECT sealed_through FROM state) ORDER BY id LIMIT 1"
            )
            if not rows:
                break
            self._forget(rows[0][0], rows[0][0])
            discarded += rows[0][1]
        if discarded:
            self._tell(Fate.DISCARDED, "", discarded)
            self._file.execute("UPDATE state SET discarded = discarded + ?", discarded)
        return discarded

    def _insert(self, parcel: Parcel, number: int | None = None) -> None:
        self._file.execute(
            "INSERT INTO parcels (id, count, items) VALUES (?, ?, ?)", number, parcel.count, parcel.items
        )
        self._bytes += len(parcel.items)
        self.waiting += parcel.count

    def _forget(self, first: int, last: int) -> None:
        length, count = self._file.row(
            "SELECT coalesce(sum(length(items)), 0), coalesce(sum(count), 0) FROM parcels WHERE id BETWEEN ? AND ?",
            first,
            last,
        )
        self._file.execute("DELETE FROM parcels WHERE id BETWEEN ? AND ?", first, last)
        self._bytes -= length
        self.waiting -= count

    def _payload(self, first: int, last: int) -> bytes:
        rows = self._file.rows("SELECT items FROM parcels WHERE id BETWEEN ? AND ? ORDER BY id", first, last)
        return join([items for (items,) in rows]) if rows else NOTHING

    def _tell(self, fate: Fate, reason: str, count: int) -> None:
        self._file.execute(
            "INSERT INTO tally (fate, reason, count) VALUES (?, ?, ?)"
            " ON CONFLICT (fate, reason) DO UPDATE SET count = count + excluded.count",
            fate.value,
            reason,
            count,
        )
