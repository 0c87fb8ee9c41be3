"""A real Chromium looking at a real server, and everything that the page complained of while it did."""

import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from monitor import app
from monitor.routes.pages import DIST
from monitor.settings import Settings
from tests.conftest import ConnectAs, TestDatabase, connections
from tests.journeys.conftest import PASSWORD, Socket, World

LIMIT_MS = 20_000
expect.set_options(timeout=LIMIT_MS)

# The sandbox needs rights that containers do not give. A map drawn in software takes seconds of a whole core: most
# tests look at the list that stands in for it where a browser cannot draw.
PLAIN = ["--no-sandbox", "--disable-3d-apis"]
DRAWING = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


WINDOW = {"locale": "en", "reduced_motion": "reduce"}
"""nothing moves that a click would have to wait for"""


fixture = functools.partial(pytest_asyncio.fixture, loop_scope="session")
"""in the loop that the browser lives in, as the tests here are"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("browser") and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@fixture
async def connect_as(database: TestDatabase) -> AsyncIterator[ConnectAs]:
    async with connections(database) as connect:
        yield connect


@dataclass(slots=True)
class Server:
    """A whole server that can be stopped and started again at the same address."""

    settings: Settings
    port: int = 0
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.port = await self.stack.enter_async_context(app.running(self.settings, host="127.0.0.1", port=self.port))

    async def stop(self) -> None:
        await self.stack.aclose()
        self.stack = contextlib.AsyncExitStack()


@fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    assert (DIST / "index.html").is_file(), "the pages are not built; run `make web`"
    made = Server(settings)
    await made.start()
    yield made
    await made.stop()


@fixture
async def url(server: Server) -> str:
    return server.url


@dataclass(slots=True)
class Window:
    """A page in the browser, with what it complained of."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()
    """parts of complaints that the test means to cause"""

    async def sign_in(self, email: str, path: str = "/") -> None:
        await self.page.goto(self.url + path)
        await self.page.fill("input[name=email]", email)
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("main#content")).to_be_visible()

    async def is_live(self) -> None:
        await expect(self.page.locator(".pill.live")).to_be_visible()

    def heeded(self) -> list[str]:
        return [one for one in self.complaints if not any(part in one for part in self.allowed)]


Launch: TypeAlias = Callable[[Sequence[str]], Awaitable[Browser]]
OpenWindow: TypeAlias = Callable[..., Awaitable[Window]]


@pytest.fixture
def chromium_arguments() -> list[str]:
    """Overridden by tests that need the map drawn."""
    return PLAIN


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def launch(chromium: str) -> AsyncIterator[Launch]:
    """Gives the browser with these arguments; it is started once and serves all tests, each in windows of its own."""
    started: dict[tuple[str, ...], Browser] = {}
    async with async_playwright() as playwright:

        async def launch(arguments: Sequence[str]) -> Browser:
            browser = started.get(tuple(arguments))
            if browser is None or not browser.is_connected():
                browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
                started[tuple(arguments)] = browser
            return browser

        yield launch
        for browser in started.values():
            await browser.close()


@fixture
async def open_window(launch: Launch, chromium_arguments: list[str], server: Server) -> AsyncIterator[OpenWindow]:
    """Opens windows; in the end none may have broken the content policy or thrown an error."""
    browser = await launch(chromium_arguments)
    windows: list[Window] = []

    async def open_one(width: int = 1440, height: int = 900, **options: Any) -> Window:
        context = await browser.new_context(viewport={"width": width, "height": height}, **WINDOW | options)
        window = Window(await context.new_page(), server.url)
        window.page.on("pageerror", lambda error: window.complaints.append(f"error: {error}"))
        window.page.on("console", lambda said: window.complaints.append(said.text) if said.type == "error" else None)
        windows.append(window)
        return window

    yield open_one
    complaints = [complaint for window in windows for complaint in window.heeded()]
    for window in windows:
        await window.page.context.close()
    assert complaints == []


@dataclass(slots=True)
class Operator:
    """An operator of MTN who may sign in by hand, and a phone that measures MTN's network."""

    email: str
    token: str
    world: World
    phone_token: str
    phone: Socket
    seq: int = 0

    async def measured(self, *items: dict[str, object]) -> None:
        """The phone sends these, and the server has kept them."""
        self.seq += 1
        answer = await self.phone.say("measure", seq=self.seq, items=list(items))
        assert answer["stored"] == len(items), answer

    async def rule(self, **fields: object) -> dict[str, Any]:
        body = {
            "provider": "mtn", "kpi": "latency_ms", "statistic": "mean", "comparison": "above", "threshold": 100.0,
            "window_s": 60, "for_s": 0, "keep_firing_for_s": 0, "min_samples": 5, "severity": "critical",
        }  # fmt: skip
        status, made = await self.world.call("POST", "/v1/rules", self.token, body | fields)
        assert status == 201, made
        return dict(made)

    async def reconnected(self) -> None:
        """The same phone with a new spool, after the server was away."""
        self.phone = await self.world.phone(self.phone_token, uuid4())
        self.seq = 0


@fixture
async def operator(world: World) -> Operator:
    token = await world.person("operator", "mtn")
    _, account = await world.call("GET", "/v1/accounts/me", token)
    phone_token = await world.device()
    return Operator(account["email"], token, world, phone_token, await world.phone(phone_token, uuid4()))


@fixture
async def world(url: str, connect_as: ConnectAs) -> AsyncIterator[World]:
    async with aiohttp.ClientSession() as http:
        yield World(url, http, connect_as)
