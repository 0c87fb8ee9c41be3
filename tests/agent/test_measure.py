"""What the agent finds about its network, when there is one and when there is none."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from monitor.agent import measure as measuring
from monitor.agent.measure import Probe, measure


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Of a server with something to download."""

    async def file(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(1 << 20))

    app = web.Application()
    app.router.add_get("/file", file)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    await runner.cleanup()


async def test_round_trips_are_timed(port: int) -> None:
    found = await measure(Probe("127.0.0.1", port))

    assert (found["connected"], found["packet_loss_pct"]) == (True, 0.0)
    assert 0 < found["latency_ms"] < 1000
    assert 0 <= found["jitter_ms"] < 1000
    assert "download_mbps" not in found


async def test_a_download_is_timed(port: int) -> None:
    found = await measure(Probe("127.0.0.1", port, f"http://127.0.0.1:{port}/file"))

    assert 0 < found["download_mbps"] <= 10_000


async def test_a_download_that_fails_is_left_out(port: int) -> None:
    found = await measure(Probe("127.0.0.1", port, f"http://127.0.0.1:{port}/nothing"))

    assert found["connected"] is True
    assert "download_mbps" not in found


async def test_a_refusal_came_all_the_way_back() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connects are refused, and nobody else gets the port
        found = await measure(Probe("127.0.0.1", taken.getsockname()[1]))

    assert (found["connected"], found["packet_loss_pct"]) == (True, 0.0)


async def test_without_a_network_everything_is_lost() -> None:
    found = await measure(Probe("nowhere.invalid", 443, "http://nowhere.invalid/file"))

    assert found == {"connected": False, "packet_loss_pct": 100.0}


async def test_silence_is_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "ROUND_TRIP_S", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        # Its queue holds one; the others are never answered.
        with socket.create_connection(silent.getsockname()):
            found = await measure(Probe("127.0.0.1", silent.getsockname()[1]))

    assert found["packet_loss_pct"] == 100.0
