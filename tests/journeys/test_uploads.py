"""An upload outlives what is killed on its way: it goes on from what is kept, on any server."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import aiohttp

from tests.conftest import ConnectAs
from tests.journeys.conftest import World
from tests.journeys.processes import Server
from tests.sending import begin, tus
from tests.sending import send as send_by_tus
from tests.uploading import offer, send, send_chunk, told


async def test_upload_goes_on_at_another_server_after_the_first_was_killed(
    environment: dict[str, str], connect_as: ConnectAs, tmp_path: Path
) -> None:
    data = os.urandom(2_000_000)
    servers = [Server(environment, tmp_path, name) for name in ("first", "second")]
    async with contextlib.AsyncExitStack() as stack:
        for server in servers:
            stack.push_async_callback(server.end, signal.SIGKILL)
            await server.start()
        for server in servers:
            await server.wait_until_ready()
        http = await stack.enter_async_context(aiohttp.ClientSession())
        world = World(servers[0].url, http, connect_as)
        token = await world.person()
        socket = await world.console(token)
        begun = await socket.say("media", **offer(data))
        credit = 0
        while credit < 1_000_000:
            await send_chunk(socket, 1, credit, data[credit : credit + 131_072])
            credit = (await told(socket, 1, "media.offset"))["data"]["offset"]
        await send_chunk(socket, 1, credit, data[credit : credit + 50_000])
        await servers[0].end(signal.SIGKILL)

        socket = await world.console(token, url=servers[1].url)
        again = await socket.say("media", **offer(data))
        assert again["media"] == begun["media"]
        # What was credited is kept; what came after the last credit may be.
        assert credit <= again["offset"] <= credit + 50_000
        assert (await send(socket, data, again))["event"] == "media.stored"
        other = World(servers[1].url, http, connect_as)
        assert (await tus(other, "GET", f"/v1/media/{begun['media']}/content", token))[2] == data


async def test_draining_server_keeps_what_came(
    environment: dict[str, str], connect_as: ConnectAs, tmp_path: Path
) -> None:
    data = os.urandom(500_000)
    server = Server(environment, tmp_path, "draining")
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(server.end, signal.SIGKILL)
        await server.start()
        await server.wait_until_ready()
        http = await stack.enter_async_context(aiohttp.ClientSession())
        world = World(server.url, http, connect_as)
        token = await world.person()
        socket = await world.console(token)
        await socket.say("media", **offer(data))
        await send_chunk(socket, 1, 0, data[:200_000])
        # An answer to what came after it: so this has been read too.
        await socket.say("confirm", events=[])
        ending = asyncio.create_task(server.end(signal.SIGTERM))
        await socket.push(lambda event: event["event"] == "drain")
        assert await socket.closed() == 4001
        await ending

        await server.start()
        await server.wait_until_ready()
        socket = await world.console(token)
        again = await socket.say("media", **offer(data))
        assert again["offset"] == 200_000
        assert (await send(socket, data, again))["event"] == "media.stored"


async def uploads_counted(world: World) -> dict[str, float]:
    """The counters of uploads as Prometheus reads them."""
    _, _, text = await tus(world, "GET", "/metrics", None)
    lines = [line.rpartition(" ") for line in text.decode().splitlines() if line.startswith("roadpulse_upload")]
    return {name.removeprefix("roadpulse_upload"): float(value) for name, _, value in lines if "_created" not in name}


async def test_uploads_are_counted_by_door_and_by_what_they_were_refused_for(world: World) -> None:
    token, data = await world.person(), os.urandom(300_000)
    socket = await world.console(token)
    before = await uploads_counted(world)
    begun = await socket.say("media", **offer(data))
    assert (await send(socket, data, begun))["event"] == "media.stored"
    await socket.say("media", **offer(data))
    await socket.say("media", **(offer(data) | {"bytes": 2**40}))
    await send_by_tus(world, token, data[:70_000])
    address = await begin(world, token, data[:50_000])
    said = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    await tus(world, "PATCH", address, token, said, bytes(50_000))

    after = await uploads_counted(world)
    grown = {name: after[name] - before.get(name, 0.0) for name in after if after[name] != before.get(name, 0.0)}
    assert grown == {
        's_total{door="socket",event="begun"}': 1,
        's_total{door="socket",event="stored"}': 1,
        's_total{door="socket",event="known"}': 1,
        's_refused_total{door="socket",reason="media_too_large"}': 1,
        '_bytes_total{door="socket"}': 300_000,
        's_total{door="tus",event="begun"}': 2,
        's_total{door="tus",event="stored"}': 1,
        's_refused_total{door="tus",reason="media_hash_differs"}': 1,
        '_bytes_total{door="tus"}': 120_000,
    }
