"""How long what happened takes to reach the consoles, against bare Redis pub/sub with as many subscribers.

Ours is the whole way: a row of the outbox committed durably, the publisher, the history script in Redis, the hub, a
socket for each console. Bare is one PUBLISH, and redis-py's asyncio subscriptions. Both in turns; the clock begins
before the transaction, or before the PUBLISH. A ratio is the median over the rounds of ours by the bare one next to it.
"""

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any

from tests.bench import report
from tests.bench.generators import Generator
from tests.bench.ground import Ground, Served, operator, prepared, serving
from tests.bench.processes import cpu_s

AIM = {100: 2.0}
"""p99 by bare p99, at so many consoles"""


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tests.bench publishing", description=__doc__)
    parser.add_argument("--consoles", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=40, help="of one round")
    parser.add_argument("--a-second", type=float, default=10.0)
    arguments = parser.parse_args(words)
    rows = []
    with prepared() as ground:
        token = asyncio.run(operator(ground, "mtn"))
        with (
            serving(ground, limits_sockets_per_account=10_000) as served,
            Generator("announcing", {}, ground.environment) as announcer,
        ):
            for count in arguments.consoles:
                rows += _compare(ground, served, announcer, token, count, arguments)
    head = ("", "p50 ms", "p99 ms", "last console ms", "p99 ratio", "aim", "µs a delivery")
    report.table("From what happened to the consoles (µs: processor time of the servers)", head, rows)


def _compare(
    ground: Ground, served: Served, announcer: Generator, token: str, count: int, arguments: argparse.Namespace
) -> list[tuple[object, ...]]:
    ours, bare = [], []
    with (
        Generator("listening", {"kind": "consoles", "count": count, "port": served.port, "token": token}) as consoles,
        Generator("listening", {"kind": "redis", "count": count, "url": ground.valkey.url}) as subscribers,
    ):
        for _ in range(arguments.rounds):
            bare.append(_round(ground, served, announcer, subscribers, "redis", arguments))
            ours.append(_round(ground, served, announcer, consoles, "consoles", arguments))
    ratio = report.median([a["p99_ms"] / b["p99_ms"] for a, b in zip(ours, bare, strict=True)])
    names = ("p50_ms", "p99_ms", "all_p50_ms", "server_us")
    middle, bare_middle = (
        {name: round(report.median([one[name] for one in found]), 2) for name in names} for found in (ours, bare)
    )
    report.say(
        "publishing",
        {
            "consoles": count, "p99_ratio": round(ratio, 2), "aim": AIM.get(count), "ours": middle,
            "bare_redis": bare_middle, "generator_cpu_s": round(sum(one["generator_cpu_s"] for one in ours), 2),
        },
    )  # fmt: skip
    return [
        (f"{count:,} consoles", *list(middle.values())[:3], ratio, AIM.get(count, ""), middle["server_us"]),
        (f"{count:,} bare subscribers", *list(bare_middle.values())[:3], "", "", bare_middle["server_us"]),
    ]


def _round(
    ground: Ground, served: Served, announcer: Generator, crowd: Generator, kind: str, arguments: argparse.Namespace
) -> dict[str, Any]:
    pids = [served.pid, ground.postgres.pid or 0, ground.valkey.pid or 0]
    before = sum(map(cpu_s, pids))
    crowd.begin(events=arguments.events)
    crowd.result()  # it is ready to hear
    announcer.round(kind=kind, events=arguments.events, a_second=arguments.a_second)
    found = crowd.result()
    return found | {"server_us": (sum(map(cpu_s, pids)) - before) / found["deliveries"] * 1e6}


if __name__ == "__main__":
    main()
