"""The demonstration's process: `python -m monitor.demo var/demo.json`, until SIGTERM."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import uvloop

from monitor import log
from monitor.demo.accounts import Prepared, read
from monitor.demo.feeder import feed


async def _run(prepared: Prepared, folder: Path) -> None:
    task = asyncio.create_task(feed(prepared, folder))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main(words: list[str]) -> int:
    """Feeds what that file prepared."""
    if len(words) != 1:
        print("usage: python -m monitor.demo DEMO_JSON", file=sys.stderr)
        return 2
    file = Path(words[0])
    prepared = read(file)
    if not prepared.devices or not prepared.url:
        print(f"monitor.demo: {file} names no devices or no server; `roadpulse run` writes it", file=sys.stderr)
        return 1
    log.start("info")
    uvloop.run(_run(prepared, file.parent / "demo"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
