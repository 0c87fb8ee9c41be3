"""The `roadpulse device` command: enrols, measures or replays, until it is done or told to stop."""

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import uvloop
from yarl import URL

from monitor.agent import enrolment, report, trace
from monitor.agent.client import Client
from monitor.agent.conversation import Peer
from monitor.agent.flow import Flow
from monitor.agent.measure import Probe, Surroundings, keep_measuring
from monitor.agent.replay import Pace, Replay
from monitor.agent.spool import Spool
from monitor.errors import Roadpulse
from monitor.release import RELEASE
from monitor.wire.envelope import Format

LAST_WORDS_S = 5.0
"""for what is in the spool when the agent is told to stop; what does not make it goes at the next start"""

FORMATS = {"json": Format.JSON, "msgpack": Format.MSGPACK}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the server (http, https, ws or wss)")
    token = parser.add_mutually_exclusive_group()
    token.add_argument("--token", help=f"the device's token; better a file or {enrolment.VARIABLE}")
    token.add_argument("--token-file", type=Path, help="a file that holds the device's token")
    token.add_argument("--claim", metavar="CODE", help="become a device by a claim code; the token is kept")
    parser.add_argument("--name", default=platform.node() or "agent", help="the device's name when it is claimed")
    parser.add_argument("--spool", type=Path, default=default_spool(), help="where measurements wait (SQLite)")
    parser.add_argument("--spool-mb", type=int, default=1024, help="when it is full, the oldest are discarded")
    parser.add_argument("--format", choices=FORMATS, default="msgpack", help="how messages are encoded")
    parser.add_argument("--batch", type=int, default=500, help="measurements in one message")
    parser.add_argument("--carrier", help="live: the operator; replay: stands in where a row names none")
    parser.add_argument("--flush", action="store_true", help="only bring what is in the spool to the server")
    _add_replay(parser.add_argument_group("replaying a trace"))
    _add_live(parser.add_argument_group("measuring this machine's network"))


def _add_replay(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--replay", type=Path, metavar="FILE", help="a trace, CSV or CSV.GZ")
    group.add_argument(
        "--speed",
        type=_speed,
        default=None,
        metavar="N|max",
        help="N: each row at its moment, N times as fast as recorded; max (default): as fast as acknowledged",
    )
    group.add_argument("--as-recorded", action="store_true", help="leave measured_at as it was recorded")
    group.add_argument("--device-filter", metavar="ID", help="only the rows of this device_id")
    group.add_argument("--json", action="store_true", help="print the outcome as one JSON line")


def _add_live(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--interval", type=_seconds, default=10.0, metavar="S", help="seconds between measurements")
    group.add_argument("--target", metavar="HOST:PORT", help="what connects are timed to; default: the server")
    group.add_argument("--download-url", metavar="URL", help="a file of which 512 KiB are fetched each time")
    group.add_argument("--network-type", help="such as LTE or 5G-NSA")
    group.add_argument("--latitude", type=float)
    group.add_argument("--longitude", type=float)


def run(arguments: argparse.Namespace) -> int:
    """0: done or told to stop; 1: cannot go on; 2: the arguments make no sense."""
    fault = _fault_of(arguments)
    if fault:
        print(f"roadpulse device: {fault}", file=sys.stderr)
        return 2
    try:
        return uvloop.run(_run(arguments))
    except Roadpulse as error:
        print(f"roadpulse device: {error}", file=sys.stderr)
        return 1


def default_spool() -> Path:
    """In the user's own data, as the XDG directories have it."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "roadpulse" / "spool.sqlite"


def _fault_of(arguments: argparse.Namespace) -> str | None:
    if not 1 <= arguments.batch <= 100_000 or arguments.spool_mb < 1:
        return "--batch and --spool-mb are at least 1"
    if (arguments.latitude is None) != (arguments.longitude is None):
        return "--latitude and --longitude go together"
    if URL(arguments.url).scheme not in {"http", "https", "ws", "wss"} or not URL(arguments.url).host:
        return f"--url {arguments.url!r} is no address of a server"
    if not (arguments.replay or arguments.carrier or arguments.claim or arguments.flush):
        return "say --replay FILE, or --carrier NAME to measure, or --claim CODE, or --flush"
    return None


async def _run(arguments: argparse.Namespace) -> int:
    with Spool.open(arguments.spool, max_bytes=arguments.spool_mb << 20) as spool:
        if arguments.claim:
            await _enrol(arguments, spool)
            if not (arguments.replay or arguments.carrier or arguments.flush):
                return 0
        peer = Peer(
            url=arguments.url,
            token=enrolment.find_token(arguments.spool, arguments.token, arguments.token_file),
            wire_format=FORMATS[arguments.format],
            batch=arguments.batch,
            client=f"roadpulse-device/{RELEASE}",
        )
        if arguments.replay:
            await _replay(arguments, spool, peer)
        elif arguments.flush:
            await _flush(spool, peer)
        else:
            await _measure(arguments, spool, peer)
    return 0


async def _enrol(arguments: argparse.Namespace, spool: Spool) -> None:
    enrolled = await enrolment.claim(arguments.url, arguments.claim, arguments.name)
    enrolment.keep_token(arguments.spool, enrolled.token)
    spool.change_device()
    print(f"device {enrolled.id}; its token is in {enrolment.token_path(arguments.spool)}", file=sys.stderr)


async def _replay(arguments: argparse.Namespace, spool: Spool, peer: Peer) -> None:
    recorded = await asyncio.to_thread(
        trace.read, arguments.replay, carrier=arguments.carrier, device=arguments.device_filter
    )
    flow = Flow()
    begun = time.monotonic()
    replay = Replay(recorded, Pace(arguments.speed, arguments.as_recorded), arguments.batch, spool, flow)
    mark = replay.open()
    console = report.Console(total=mark.total, done=sum(spool.tally().values()))
    if mark.position:
        console.note(f"going on at row {mark.position:,} of {len(recorded.rows):,}")
    with contextlib.closing(console):
        is_done = await _until_signal(_together(Client(spool, peer, flow, console).run(), replay.play(mark.position)))
    tell = report.as_line if arguments.json else report.as_table
    print(tell(spool.tally(), mark.total, time.monotonic() - begun))
    if is_done:
        spool.finish()


async def _flush(spool: Spool, peer: Peer) -> None:
    flow = Flow()
    flow.finish()
    with contextlib.closing(report.Console(total=spool.waiting)) as console:
        await _until_signal(Client(spool, peer, flow, console).run())


async def _measure(arguments: argparse.Namespace, spool: Spool, peer: Peer) -> None:
    flow = Flow()
    about = Surroundings(
        carrier=arguments.carrier,
        network_type=arguments.network_type,
        latitude=arguments.latitude,
        longitude=arguments.longitude,
        device_info=f"{platform.system()} {platform.machine()}"[:128],
        app_version=RELEASE,
    )
    with contextlib.closing(report.Console(total=None)) as console:
        client = Client(spool, peer, flow, console)
        measuring = keep_measuring(_probe(arguments), about, arguments.interval, spool, flow, console)
        await _until_signal(_together(client.run(), measuring))
        flow.finish()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await client.run()


async def _until_signal(work: Coroutine[Any, Any, None]) -> bool:
    """Whether the work was done before somebody said to stop; what was begun ends politely either way."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        if not task.done():
            task.cancel()
            raise
        return False
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return True


async def _together(*works: Coroutine[Any, Any, None]) -> None:
    """All until all are done; the first that fails ends the others, and its error is the one that is told."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _probe(arguments: argparse.Namespace) -> Probe:
    if arguments.target:
        host, _, port = arguments.target.rpartition(":")
        return Probe(host.strip("[]"), int(port), arguments.download_url)
    address = URL(arguments.url)
    return Probe(str(address.host), address.port or 80, arguments.download_url)


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    return _seconds(text)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and below 1e9")
    return number
