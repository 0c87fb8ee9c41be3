"""How much memory an idle phone's socket takes, against a bare aiohttp WebSocket.

So many phones connect to our server (token looked up, stream opened, registry entered) and stay silent; as many sockets
say one message to a bare aiohttp server and stay silent. Counted is the server process's own memory (anonymous pages)
before and after; the kernel's buffers are the same for both.
"""

import argparse
import asyncio
import resource
import sys
import time
from collections.abc import Sequence
from typing import Any

from tests.bench import report
from tests.bench.generators import Generator
from tests.bench.ground import Ground, Served, enrol, free_port, prepared, running, serving, wait_until_ready
from tests.bench.processes import cpu_s, resident_bytes

AIM = 1.5
SPARE_FILES = 500
SETTLE_S = 1.0


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tests.bench sockets_memory", description=__doc__)
    parser.add_argument("--sockets", type=int, default=10_000)
    arguments = parser.parse_args(words)
    count = _allowed(arguments.sockets)
    with prepared() as ground:
        tokens = asyncio.run(enrol(ground, count))
        bare = _measure_bare(ground, tokens)
        with serving(ground) as served:
            ours = _measure(served, tokens, "roadpulse.v1.msgpack")
    ratio = ours["bytes"] / bare["bytes"]
    report.say(
        "sockets_memory",
        {
            "sockets": count, "ratio": round(ratio, 2), "aim": AIM, "bytes_each": round(ours["bytes"]),
            "bare_bytes_each": round(bare["bytes"]),
            "connects_a_second": round(ours["rate"]), "bare_connects_a_second": round(bare["rate"]),
            "server_cpu_ms_each": round(ours["server_ms"], 3), "bare_cpu_ms_each": round(bare["server_ms"], 3),
            "generator_cpu_s": round(ours["generator_s"], 2),
        },
    )  # fmt: skip
    report.table(
        f"{count:,} idle sockets (ms: processor time of the server for each connect)",
        ("", "KiB each", "ratio", "aim", "connects/s", "ms"),
        [
            ("ours, phones connected", ours["bytes"] / 1024, ratio, AIM, ours["rate"], ours["server_ms"]),
            ("bare aiohttp", bare["bytes"] / 1024, "", "", bare["rate"], bare["server_ms"]),
        ],
    )


def _allowed(wanted: int) -> int:
    """Raises the limit of open files for the children; fewer sockets where it may not be raised far enough."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = wanted if most == resource.RLIM_INFINITY else min(wanted, most - SPARE_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + SPARE_FILES, most))
    if count < wanted:
        report.progress(f"only {count:,} sockets: this account may open {most:,} files (ulimit -Hn)")
    return count


def _measure_bare(ground: Ground, tokens: list[str]) -> dict[str, float]:
    port, log = free_port(), ground.folder / "bare.log"
    with running([sys.executable, "-m", "tests.bench.bare_sockets", str(port)], ground.environment, log) as pid:
        served = Served(port, pid, log)
        wait_until_ready(served)
        return _measure(served, tokens, None)


def _measure(served: Served, tokens: list[str], protocol: str | None) -> dict[str, float]:
    count = len(tokens)
    plan: dict[str, Any] = {"port": served.port, "protocol": protocol, "tokens": tokens[: min(count, 50)]}
    with Generator("idling", plan) as warming:
        # What is made once, and the first sockets' modules and caches, is not counted.
        warming.round(sockets=len(plan["tokens"]))
    before, cpu = resident_bytes(served.pid), cpu_s(served.pid)
    plan["tokens"] = tokens
    with Generator("idling", plan) as generator:
        found = generator.round(sockets=count)
        time.sleep(SETTLE_S)
        after = resident_bytes(served.pid)
        spent = cpu_s(served.pid) - cpu
    return {
        "bytes": (after - before) / count,
        "rate": count / found["seconds"],
        "server_ms": spent / count * 1000,
        "generator_s": found["generator_cpu_s"],
    }


if __name__ == "__main__":
    main()
