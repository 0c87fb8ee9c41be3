"""How fast measurements become durable through sockets, against bare COPY and against an ORM behind HTTP."""

import argparse
import asyncio
import time
from typing import Any

from tests.bench import report
from tests.bench.generators import Generator
from tests.bench.ground import Ground, Served, enrol, prepared, serving
from tests.bench.processes import cpu_s

SOCKETS = 16
IN_FLIGHT = 8

_CLEAR = """
TRUNCATE measurements, ledger, quarantine, rollups_minute, rollups_hour, rollups_day, histograms_minute,
    histograms_hour, presence, latest_measurements
"""


async def clear(ground: Ground) -> None:
    """Every round begins with empty tables and a fresh checkpoint."""
    connection = await ground.as_superuser()
    await connection.execute(_CLEAR)
    await connection.execute("CHECKPOINT")
    await connection.close()


async def merged(ground: Ground) -> float:
    """Seconds until nothing waits for the roll-ups any more."""
    began = time.monotonic()
    connection = await ground.as_superuser()
    waits = "SELECT pg_sleep(0.02), EXISTS (SELECT FROM ledger) AS waits"
    while (await connection.fetchrow(waits))["waits"]:
        pass
    await connection.close()
    return time.monotonic() - began


def through_sockets(ground: Ground, served: Served, generator: Generator, has_merger: bool) -> dict[str, Any]:
    asyncio.run(clear(ground))
    before = cpu_s(served.pid), cpu_s(ground.postgres.pid or 0)
    found = generator.round(port=served.port)
    after = cpu_s(served.pid), cpu_s(ground.postgres.pid or 0)
    found["lag_s"] = asyncio.run(merged(ground)) if has_merger else 0.0
    found["rate"] = found["rows"] / found["seconds"]
    found["whole_rate"] = found["rows"] / (found["seconds"] + found["lag_s"])
    return found | {"server_cpu_s": after[0] - before[0], "postgres_cpu_s": after[1] - before[1]}


def bare(ground: Ground, generator: Generator) -> dict[str, Any]:
    asyncio.run(clear(ground))
    before = cpu_s(ground.postgres.pid or 0)
    found = generator.round()
    found["rate"] = found["rows"] / found["seconds"]
    return found | {"postgres_cpu_s": cpu_s(ground.postgres.pid or 0) - before}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=160_000)
    parser.add_argument("--batches", type=int, nargs="+", default=[100])
    parser.add_argument("--formats", nargs="+", default=["msgpack"])
    parser.add_argument("--merger", nargs="+", default=["off", "on"])
    arguments = parser.parse_args()
    with prepared() as ground:
        tokens = asyncio.run(enrol(ground, SOCKETS))
        plan = {"rows": arguments.rows, "sockets": SOCKETS}
        with Generator("bare_copy", plan, ground.environment) as copier:
            for merger in arguments.merger:
                flags = [] if merger == "on" else ["--no-merger"]
                with serving(ground, *flags, limits_messages_per_s=1_000_000) as served:
                    for wire_format in arguments.formats:
                        for batch in arguments.batches:
                            sending = {
                                "format": wire_format,
                                "batch": batch,
                                "rows": arguments.rows,
                                "tokens": tokens,
                                "in_flight": IN_FLIGHT,
                            }
                            with Generator("sending", sending, ground.environment) as sender:
                                ratios = []
                                for _ in range(arguments.rounds):
                                    b = bare(ground, copier)
                                    a = through_sockets(ground, served, sender, merger == "on")
                                    ratios.append(a["rate"] / b["rate"])
                                    print(
                                        merger,
                                        wire_format,
                                        batch,
                                        {k: round(v, 2) for k, v in a.items()},
                                        {k: round(v, 2) for k, v in b.items()},
                                        "ratio",
                                        round(ratios[-1], 3),
                                        round(a["whole_rate"] / b["rate"], 3),
                                        flush=True,
                                    )
                                print("median", report.median(ratios))


if __name__ == "__main__":
    main()
