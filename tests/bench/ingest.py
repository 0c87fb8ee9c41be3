"""How fast measurements become durable through sockets, against bare COPY and against an ORM behind HTTP.

In one run, on one PostgreSQL with fsync and synchronous_commit on, in turns: (a) our server, fed through 16 sockets;
(b) binary COPY of ready buffers on one connection, into the same leaves with the same indexes, a commit every 2,000
rows; (c) FastAPI with SQLAlchemy's ORM, a batch a request. A ratio is the median over the rounds of (a) by the (b) next
to it. `kept up` counts the time until the roll-ups hold everything, too.
"""

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.store import bootstrap
from tests.bench import report
from tests.bench.generators import Generator
from tests.bench.ground import Ground, Served, enrol, free_port, prepared, running, serving, wait_until_ready
from tests.bench.processes import cpu_s

SOCKETS = 16
IN_FLIGHT = 8
"""the server's own limit"""
ORM_USER = "orm"
ORM_BATCH = 100
AIMS = {("msgpack", "off"): 0.6, ("msgpack", "on"): 0.45, ("json", "off"): 0.5, ("json", "on"): 0.4}
"""at batches of 100"""

_CLEAR = """
TRUNCATE measurements, ledger, unfolded, quarantine, rollups_minute, rollups_hour, rollups_day, totals_hour, totals_day,
    histograms_minute, histograms_hour, histograms_day, histograms_cell_hour, presence, latest_measurements
"""
_ORM_TABLE = f"""
CREATE ROLE {ORM_USER} LOGIN PASSWORD '{ORM_USER}';
GRANT CONNECT ON DATABASE {bootstrap.DATABASE} TO {ORM_USER};
GRANT USAGE ON SCHEMA public TO {ORM_USER};
GRANT USAGE ON SEQUENCE batches TO {ORM_USER};
CREATE TABLE orm_measurements (LIKE measurements INCLUDING ALL);
GRANT INSERT, SELECT ON orm_measurements TO {ORM_USER};
"""


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, and whether our server merges meanwhile."""

    wire_format: str
    batch: int
    merger: str
    rows: int


@dataclass(frozen=True, slots=True)
class Rate:
    """One round of one part."""

    rows_a_second: float
    kept_up: float
    """the same, counted until the roll-ups hold everything"""
    cpu_us: Mapping[str, float]
    """microseconds of processor time a row, by part"""


def main(words: Sequence[str] | None = None) -> None:
    arguments = _arguments(words)
    with prepared() as ground:
        tokens = asyncio.run(enrol(ground, SOCKETS))
        plan = {"rows": arguments.rows, "sockets": SOCKETS}
        found: list[tuple[Case, list[Rate], list[Rate]]] = []
        with Generator("bare_copy", plan, ground.environment) as copier:
            for merger in arguments.merger:
                with _server(ground, merger) as served:
                    for wire_format in arguments.formats:
                        for batch in arguments.batches:
                            # Small batches are bound by round trips: as many rows would take minutes.
                            rows = max(SOCKETS * batch * 20, arguments.rows * max(10, min(batch, 100)) // 100)
                            case = Case(wire_format, batch, merger, rows)
                            found.append((case, *_compare(ground, served, copier, tokens, case, arguments.rounds)))
            orm = _compare_orm(ground, copier, tokens, arguments) if arguments.orm else None
    _say(found, orm)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench ingest", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="pairs of rounds at batches of 100; 3 at the others")
    parser.add_argument("--rows", type=int, default=160_000, help="rows of one round")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 20, 100, 500])
    parser.add_argument("--formats", nargs="+", default=["msgpack", "json"])
    parser.add_argument("--merger", nargs="+", default=["off", "on"])
    parser.add_argument("--orm", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args(words)


@contextlib.contextmanager
def _server(ground: Ground, merger: str) -> Iterator[Served]:
    # The limit on messages is for one phone; here each socket stands for hundreds.
    # Hours and days follow at once, so that a round's roll-ups are made within the round.
    flags = [] if merger == "on" else ["--no-merger"]
    with serving(ground, *flags, limits_messages_per_s=1_000_000, rollups_fold_s=0.2) as served:
        yield served


def _compare(
    ground: Ground, served: Served, copier: Generator, tokens: list[str], case: Case, rounds: int
) -> tuple[list[Rate], list[Rate]]:
    sending = {
        "format": case.wire_format, "batch": case.batch, "rows": case.rows, "tokens": tokens, "in_flight": IN_FLIGHT,
    }  # fmt: skip
    ours, bare = [], []
    with Generator("sending", sending, ground.environment) as sender:
        for _ in range(rounds if case.batch == 100 else min(rounds, 3)):
            bare.append(copied(ground, copier))
            ours.append(through_sockets(ground, served, sender, has_merger=case.merger == "on"))
    ratio = report.median([a.rows_a_second / b.rows_a_second for a, b in zip(ours, bare, strict=True)])
    report.progress(f"{case.wire_format} at {case.batch}, merger {case.merger}: {ratio:.2f} of bare COPY")
    return ours, bare


def through_sockets(ground: Ground, served: Served, generator: Generator, *, has_merger: bool) -> Rate:
    """One round of ours."""
    asyncio.run(_clear(ground))
    before = cpu_s(served.pid), cpu_s(ground.postgres.pid or 0)
    found = generator.round(port=served.port)
    lag_s = asyncio.run(_merged(ground)) if has_merger else 0.0
    after = cpu_s(served.pid), cpu_s(ground.postgres.pid or 0)
    return _rate(found, lag_s, {"server": after[0] - before[0], "postgres": after[1] - before[1]})


def copied(ground: Ground, generator: Generator) -> Rate:
    """One round of bare COPY."""
    asyncio.run(_clear(ground))
    before = cpu_s(ground.postgres.pid or 0)
    found = generator.round()
    return _rate(found, 0.0, {"postgres": cpu_s(ground.postgres.pid or 0) - before})


def _compare_orm(
    ground: Ground, copier: Generator, tokens: list[str], arguments: argparse.Namespace
) -> tuple[list[Rate], list[Rate]]:
    """Rounds of ours (JSON, as the other side has it, and no merger, as it has none) and of the ORM."""
    rows = max(arguments.rows // 20, SOCKETS * ORM_BATCH)
    posting = {"batch": ORM_BATCH, "sockets": SOCKETS, "rows": rows}
    sending = {
        "format": "msgpack",
        "batch": ORM_BATCH,
        "rows": arguments.rows,
        "tokens": tokens,
        "in_flight": IN_FLIGHT,
    }
    ours, theirs = [], []
    with (
        _orm_server(ground) as peer,
        _server(ground, "off") as served,
        Generator("posting", posting) as poster,
        Generator("sending", sending, ground.environment) as sender,
    ):
        for _ in range(min(arguments.rounds, 3)):
            theirs.append(_posted(ground, peer, poster))
            ours.append(through_sockets(ground, served, sender, has_merger=False))
    return ours, theirs


@contextlib.contextmanager
def _orm_server(ground: Ground) -> Iterator[Served]:
    asyncio.run(_run(ground, _ORM_TABLE))
    url = bootstrap.at_database(ground.superuser_url, bootstrap.DATABASE, user=ORM_USER, password=ORM_USER)
    port, log = free_port(), ground.folder / "orm.log"
    environment = {**ground.environment, "ORM_DATABASE_URL": url.replace("postgresql://", "postgresql+asyncpg://")}
    with running([sys.executable, "-m", "tests.bench.orm_server", str(port)], environment, log) as pid:
        served = Served(port, pid, log)
        wait_until_ready(served)
        yield served


def _posted(ground: Ground, peer: Served, poster: Generator) -> Rate:
    asyncio.run(_run(ground, "TRUNCATE orm_measurements"))
    asyncio.run(_run(ground, "CHECKPOINT"))
    before = cpu_s(peer.pid), cpu_s(ground.postgres.pid or 0)
    found = poster.round(port=peer.port)
    after = cpu_s(peer.pid), cpu_s(ground.postgres.pid or 0)
    return _rate(found, 0.0, {"server": after[0] - before[0], "postgres": after[1] - before[1]})


def _rate(found: Mapping[str, Any], lag_s: float, cpu: Mapping[str, float]) -> Rate:
    rows = found["rows"]
    parts = {**cpu, "generator": found["generator_cpu_s"]}
    return Rate(
        rows / found["seconds"],
        rows / (found["seconds"] + lag_s),
        {name: spent / rows * 1e6 for name, spent in parts.items()},
    )


async def _clear(ground: Ground) -> None:
    """Every round begins with empty tables and a fresh checkpoint."""
    await _run(ground, _CLEAR)
    await _run(ground, "CHECKPOINT")


async def _run(ground: Ground, statement: str) -> None:
    connection = await ground.as_superuser()
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _merged(ground: Ground) -> float:
    """Seconds until nothing waits for the roll-ups any more."""
    began = time.monotonic()
    connection = await ground.as_superuser()
    waits = "SELECT pg_sleep(0.02), EXISTS (SELECT FROM ledger) OR EXISTS (SELECT FROM unfolded) AS waits"
    while (await connection.fetchrow(waits))["waits"]:
        pass
    await connection.close()
    return time.monotonic() - began


def _ratios(ours: Sequence[Rate], peers: Sequence[Rate]) -> list[float]:
    return [a.rows_a_second / b.rows_a_second for a, b in zip(ours, peers, strict=True)]


def _middle(rates: Sequence[Rate]) -> float:
    return report.median([rate.rows_a_second for rate in rates])


def _cpu(rates: Sequence[Rate], part: str) -> float:
    return round(report.median([rate.cpu_us.get(part, 0.0) for rate in rates]), 2)


def _say(found: Sequence[tuple[Case, list[Rate], list[Rate]]], orm: tuple[list[Rate], list[Rate]] | None) -> None:
    rows = []
    for case, ours, bare in found:
        ratios = _ratios(ours, bare)
        kept_up = [a.kept_up / b.rows_a_second for a, b in zip(ours, bare, strict=True)]
        aim = AIMS.get((case.wire_format, case.merger)) if case.batch == 100 else None
        cpu = {part: _cpu(ours, part) for part in ("server", "postgres", "generator")}
        report.say(
            "ingest",
            {
                "format": case.wire_format, "batch": case.batch, "merger": case.merger, "peer": "bare COPY",
                "ratio": round(report.median(ratios), 3), "ratios": [round(ratio, 3) for ratio in ratios],
                "kept_up_ratio": round(report.median(kept_up), 3), "aim": aim,
                "rows_a_second": round(_middle(ours)), "peer_rows_a_second": round(_middle(bare)),
                "cpu_us_a_row": cpu, "peer_cpu_us_a_row": {"postgres": _cpu(bare, "postgres")},
            },
        )  # fmt: skip
        rows.append(
            (
                f"{case.wire_format}, {case.batch} a batch, merger {case.merger}",
                _middle(ours), _middle(bare), report.median(ratios), report.median(kept_up), aim or "",
                *cpu.values(), _cpu(bare, "postgres"),
            )
        )  # fmt: skip
    head = (
        "through 16 sockets", "rows/s", "bare COPY", "ratio", "kept up", "aim",
        "server µs", "postgres µs", "generator µs", "COPY µs",
    )  # fmt: skip
    report.table("Durable ingest (µs: processor time a row)", head, rows)
    if orm is not None:
        _say_orm(*orm)


def _say_orm(ours: list[Rate], theirs: list[Rate]) -> None:
    ratios = _ratios(ours, theirs)
    parts = ("server", "postgres", "generator")
    report.say(
        "ingest",
        {
            "format": "msgpack", "batch": ORM_BATCH, "merger": "off", "peer": "FastAPI + SQLAlchemy ORM",
            "ratio": round(report.median(ratios), 1), "ratios": [round(ratio, 1) for ratio in ratios], "aim": 30,
            "rows_a_second": round(_middle(ours)), "peer_rows_a_second": round(_middle(theirs)),
            "cpu_us_a_row": {part: _cpu(ours, part) for part in parts},
            "peer_cpu_us_a_row": {part: _cpu(theirs, part) for part in parts},
        },
    )  # fmt: skip
    report.table(
        "Against the designs' stack, batches of 100 (µs: processor time a row)",
        ("", "rows/s", "server µs", "postgres µs", "generator µs", "times"),
        [
            ("ours, MessagePack", _middle(ours), *(_cpu(ours, part) for part in parts), report.median(ratios)),
            ("FastAPI + SQLAlchemy ORM, JSON", _middle(theirs), *(_cpu(theirs, part) for part in parts), 1),
        ],
    )


if __name__ == "__main__":
    main()
