"""How long after a phone's frame the operator's console shows the alert, while 200 phones send 20 rows a second each.

A hundred places with two phones and one rule each (mean latency over two minutes, `for_s` 0). Once in the run one batch
of every place is bad; the clock runs from the moment that frame is sent to the moment `alert.opened` is received.
The merger's age is what the server itself counts: from a flush's commit to the commit of the roll-ups that hold it.
"""

import argparse
import asyncio
import re
from collections.abc import Sequence

import aiohttp
import h3

from tests.bench import report
from tests.bench.generators import Generator
from tests.bench.ground import Served, enrol, operator, prepared, serving
from tests.bench.processes import cpu_s

MIDDLE = (4.6, 11.0)
DELAY_AIM_S = 2.0
AGE_AIM_S = 1.0


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tests.bench alert_delay", description=__doc__)
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--places", type=int, default=100)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args(words)
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(*MIDDLE, 6), 9))[: arguments.places]
    with prepared() as ground:
        token, tokens = asyncio.run(operator(ground, "mtn")), asyncio.run(enrol(ground, arguments.phones))
        with serving(ground) as served:
            asyncio.run(_make_rules(served, token, cells))
            plan = {"port": served.port, "operator": token, "tokens": tokens, "cells": cells, "batch": arguments.batch}
            with Generator("driving", plan) as generator:
                before = asyncio.run(_merge_ages(served))
                cpu = {"server": cpu_s(served.pid), "postgres": cpu_s(ground.postgres.pid or 0)}
                found = generator.round(seconds=arguments.seconds)
                cpu = {
                    "server": cpu_s(served.pid) - cpu["server"],
                    "postgres": cpu_s(ground.postgres.pid or 0) - cpu["postgres"],
                    "generator": found.pop("generator_cpu_s"),
                }
                after = asyncio.run(_merge_ages(served))
    _say(found, _percentile_bound(before, after, 0.99), cpu, arguments)


def _say(found: dict[str, float], age_bound_s: float, cpu: dict[str, float], arguments: argparse.Namespace) -> None:
    found = {name: round(value, 3) for name, value in found.items()}
    report.say(
        "alert_delay",
        {
            "phones": arguments.phones, "rows_a_second": arguments.phones * arguments.batch, **found,
            "aim_p95_s": DELAY_AIM_S, "merge_age_p99_at_most_s": age_bound_s, "aim_merge_age_p99_s": AGE_AIM_S,
            "cpu_s": {part: round(spent, 2) for part, spent in cpu.items()},
        },
    )  # fmt: skip
    report.table(
        f"From a phone's frame to the console ({arguments.phones} phones, {arguments.batch} rows a second each)",
        ("", "p50 s", "p95 s", "worst s", "aim (p95)", "told", "merge age p99 s", "aim"),
        [
            (
                "alert.opened", found["p50_s"], found["p95_s"], found["worst_s"], DELAY_AIM_S,
                f"{found['told']:.0f} of {found['faults']:.0f}", f"<= {age_bound_s}", AGE_AIM_S,
            )
        ],
    )  # fmt: skip
    spent = ", ".join(f"{part} {seconds:.1f}" for part, seconds in cpu.items())
    print(f"  processor seconds in {arguments.seconds} s: {spent}\n", flush=True)


async def _make_rules(served: Served, token: str, cells: Sequence[str]) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        for cell in cells:
            rule = {
                "provider": "mtn", "kpi": "latency_ms", "statistic": "mean", "comparison": "above", "threshold": 8.0,
                "scope": {"cell": cell}, "window_s": 120, "for_s": 0, "keep_firing_for_s": 0, "min_samples": 5,
                "severity": "major", "enabled": True,
            }  # fmt: skip
            async with http.post(f"http://127.0.0.1:{served.port}/v1/rules", json=rule) as response:
                if response.status != 201:
                    raise RuntimeError(await response.text())


async def _merge_ages(served: Served) -> dict[float, float]:
    """Merges so far by the upper bound of their age."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{served.port}/metrics") as response,
    ):
        text = await response.text()
    found = re.findall(r'^roadpulse_merge_age_seconds_bucket\{le="([^"]+)"\} (\S+)$', text, re.MULTILINE)
    return {float(bound): float(count) for bound, count in found}


def _percentile_bound(before: dict[float, float], after: dict[float, float], share: float) -> float:
    counts = {bound: after[bound] - before.get(bound, 0.0) for bound in sorted(after)}
    whole = max(counts.values())
    return next(bound for bound, count in counts.items() if count >= share * whole)


if __name__ == "__main__":
    main()
