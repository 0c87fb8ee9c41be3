"""Measures this machine's own network: round trips, jitter and loss by timed connects, and the speed of a download."""

import asyncio
import itertools
import socket
import statistics
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import aiohttp

from monitor.agent.flow import Flow, Watch
from monitor.agent.parcels import pack
from monitor.agent.spool import Spool

ROUND_TRIPS = 5
ROUND_TRIP_S = 3.0
"""beyond, the connect counts as lost"""

DOWNLOAD_BYTES = 512 << 10
DOWNLOAD_S = 8.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a person says about the machine, since it has no SIM and perhaps no receiver of satellites."""

    carrier: str
    network_type: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    device_info: str | None = None
    app_version: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """What is measured against."""

    host: str
    port: int
    download_url: str | None = None


async def keep_measuring(
    probe: Probe, surroundings: Surroundings, interval_s: float, spool: Spool, flow: Flow, watch: Watch
) -> None:
    """A measurement every interval into the spool, whether the server can be reached or not; until cancelled."""
    about = {name: value for name, value in asdict(surroundings).items() if value is not None}
    due = time.monotonic()
    while True:
        item = {"measured_at": datetime.now(UTC)} | about | await measure(probe)
        discarded = await asyncio.to_thread(spool.append, [pack([item])])
        if discarded:
            watch.note(f"the spool is full: the {discarded} oldest measurements were discarded")
        flow.produced()
        now = time.monotonic()
        due = max(due + interval_s, now - interval_s)
        await asyncio.sleep(max(0.0, due - now))


async def measure(probe: Probe) -> dict[str, object]:
    """The fields of one measurement that come from the network."""
    times = await _round_trips(probe.host, probe.port)
    answered = [round_trip for round_trip in times if round_trip is not None]
    fields: dict[str, object] = {
        "connected": bool(answered),
        "packet_loss_pct": 100.0 * (len(times) - len(answered)) / len(times),
    }
    if answered:
        fields["latency_ms"] = round(statistics.median(answered), 3)
    if len(answered) > 1:
        steps = [abs(later - earlier) for earlier, later in itertools.pairwise(answered)]
        fields["jitter_ms"] = round(statistics.fmean(steps), 3)
    if answered and probe.download_url:
        speed = await _download_mbps(probe.download_url)
        if speed is not None:
            fields["download_mbps"] = speed
    return fields


async def _round_trips(host: str, port: int) -> list[float | None]:
    """Milliseconds of each connect; None for one that nothing answered."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(ROUND_TRIP_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        return [None] * ROUND_TRIPS
    return [await _round_trip(str(found[0][4][0]), port) for _ in range(ROUND_TRIPS)]


async def _round_trip(address: str, port: int) -> float | None:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(ROUND_TRIP_S):
            _, writer = await asyncio.open_connection(address, port)
    except ConnectionRefusedError:
        # A refusal came all the way back: the network works.
        return 1000 * (time.perf_counter() - begun)
    except (OSError, TimeoutError):
        return None
    taken = time.perf_counter() - begun
    writer.close()
    return 1000 * taken


async def _download_mbps(url: str) -> float | None:
    """The speed of at most DOWNLOAD_BYTES or DOWNLOAD_S, whichever is first; None if nothing came."""
    received = 0
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(DOWNLOAD_S), aiohttp.ClientSession() as http, http.get(url) as response:
            response.raise_for_status()
            begun = time.perf_counter()
            async for chunk in response.content.iter_any():
                received += len(chunk)
                if received >= DOWNLOAD_BYTES:
                    break
    except (aiohttp.ClientError, OSError, TimeoutError):
        if not received:
            return None
    taken = max(time.perf_counter() - begun, 1e-6)
    return round(min(8 * received / taken / 1e6, 10_000.0), 3) if received else None
