"""A server that is told to stop finishes what is in flight, says so, and sends everybody away to come back."""

import asyncio
import contextlib
import signal
import struct
import time
from pathlib import Path

import aiohttp

from monitor import app
from monitor.settings import Settings
from monitor.sockets.line import CLOSE_S
from tests.conftest import ConnectAs
from tests.journeys.conftest import Socket, World, measurement
from tests.journeys.processes import Server


async def test_sigterm_answers_what_is_in_flight_then_closes_4001(
    environment: dict[str, str], connect_as: ConnectAs, tmp_path: Path
) -> None:
    server = Server(environment, tmp_path, "draining")
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(server.end, signal.SIGKILL)
        await server.start()
        await server.wait_until_ready()
        http = await stack.enter_async_context(aiohttp.ClientSession())
        world = World(server.url, http, connect_as)
        operator = await world.person("operator", "mtn")
        console = await world.console(operator)
        phone = await world.phone(await world.device())
        stranger = await world.socket()
        sent = [await phone.ask("measure", seq=seq, items=[measurement() for _ in range(50)]) for seq in range(1, 9)]

        ending = asyncio.create_task(server.end(signal.SIGTERM))
        answers = [await phone.reply(number) for number in sent]
        told = await phone.push(lambda event: event["event"] == "drain")

        assert [answer["seq"] for answer in answers] == list(range(1, 9))
        assert told["data"]["retry_after_ms"] > 0
        assert await phone.closed() == 4001
        assert await console.closed() == 4001
        assert await stranger.closed() == 4001
        await ending
        assert server.process is not None
        assert server.process.returncode == 0
        connection = await connect_as("superuser")
        assert await connection.fetchval("SELECT count(*) FROM measurements") == 400


async def test_who_says_goodbye_as_browsers_do_is_let_go_of_at_once(settings: Settings, connect_as: ConnectAs) -> None:
    async with aiohttp.ClientSession() as http:
        async with app.running(settings, host="127.0.0.1", port=0) as port:
            world = World(f"http://127.0.0.1:{port}", http, connect_as)
            # A browser answers the close and leaves hanging up to the server; so does a stranger of its kind.
            pages = [await http.ws_connect(f"{world.url}/v1/stream", autoclose=False) for _ in range(2)]
            await Socket(pages[0], False).say("connect", token=await world.person("operator", "mtn"))
            leaving = [asyncio.create_task(_say_goodbye(page)) for page in pages]
            began = time.monotonic()
        assert time.monotonic() - began < CLOSE_S
        await asyncio.gather(*leaving)


async def _say_goodbye(page: aiohttp.ClientWebSocketResponse) -> None:
    while (await page.receive()).type is not aiohttp.WSMsgType.CLOSE:
        pass
    await page.send_frame(struct.pack("!H", 4001), aiohttp.WSMsgType.CLOSE)
