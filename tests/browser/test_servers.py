"""The administrators' page about the servers themselves, in a real browser before real server processes."""

import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.access import faults_of
from tests.browser.conftest import OpenWindow, Operator, Server, Window, fixture
from tests.browser.test_access import ENGLISH
from tests.browser.test_console import AWAY, BUEA
from tests.journeys import processes
from tests.journeys.conftest import World, measurement

pytestmark = pytest.mark.browser

COLUMNS = {"Number": 0, "A minute": 1, "Share": 2}


@fixture
async def administrator(world: World) -> str:
    """Her address, to sign in by hand."""
    _, account = await world.call("GET", "/v1/accounts/me", await world.person("administrator"))
    return str(account["email"])


@fixture
async def second(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[processes.Server]:
    """A server process beside the one that the browser talks to."""
    server = processes.Server(environment, tmp_path, "second")
    await server.start()
    await server.wait_until_ready()
    yield server
    await server.end(signal.SIGKILL)


def row_of(page: Page, server: processes.Server) -> Locator:
    assert server.process is not None
    return page.locator(f"[data-server$='/{server.process.pid}']")


async def looking(open_window: OpenWindow, email: str, **options: Any) -> Window:
    window = await open_window(**options)
    await window.sign_in(email, "/servers")
    await expect(window.page.locator("[data-server]")).to_have_count(1)
    return window


def cell(page: Page, panel: str, row: str, column: str) -> Locator:
    """What a table says there, found as a reader with a screen reader finds it."""
    table = page.get_by_role("table", name=panel)
    return table.get_by_role("row", name=re.compile(f"^{re.escape(row)}")).get_by_role("cell").nth(COLUMNS[column])


async def test_the_page_tells_what_the_servers_do(
    open_window: OpenWindow, operator: Operator, administrator: str
) -> None:
    window = await looking(open_window, administrator)
    page = window.page
    await operator.measured(*[measurement(latency_ms=50, **BUEA) for _ in range(30)])
    await operator.world.call("GET", "/v1/accounts/me")

    await expect(page.locator(".verdict-main")).to_have_text("The server is well.")
    await expect(page.locator("[data-server] .state")).to_have_text("Well")
    await expect(cell(page, "Requests and refusals", "Measurements stored", "Number")).to_have_text("30")
    await expect(cell(page, "Requests and refusals", "Refused", "Number")).not_to_have_text("0")
    devices = page.locator(".tile", has_text="Devices connected")
    await expect(devices.locator(".figure")).to_have_text("1")
    await expect(devices.locator(".second")).to_have_text("people 1")
    await expect(page.get_by_role("table", name="Jobs").get_by_role("row")).to_have_count(3)


async def test_a_server_that_is_killed_falls_silent_and_one_that_ends_says_so(
    open_window: OpenWindow, administrator: str, second: processes.Server
) -> None:
    window = await open_window()
    await window.sign_in(administrator, "/servers")
    page = window.page
    await expect(page.locator(".verdict-main")).to_have_text("All 2 servers are well.")
    killed = row_of(page, second)
    await expect(killed.locator(".state")).to_have_text("Well")

    await second.end(signal.SIGKILL)

    await expect(killed.locator(".state")).to_have_text("Silent")
    await expect(killed).to_contain_text(re.compile(r"since \d\d:\d\d"))
    await expect(page.locator(".verdict-main")).to_have_text(
        re.compile(r"^A server has been silent since \d\d:\d\d\.$")
    )
    await second.start()
    ended = row_of(page, second)
    await expect(ended.locator(".state")).to_have_text("Well")
    await second.end(signal.SIGTERM)
    await expect(ended.locator(".state")).to_have_text("Stopped")


async def test_a_page_that_lost_its_link_blames_no_server(
    open_window: OpenWindow, server: Server, administrator: str
) -> None:
    window = await looking(open_window, administrator)
    window.allowed = AWAY
    page = window.page
    await expect(page.locator(".verdict-main")).to_have_text("The server is well.")

    await server.stop()

    await expect(page.locator(".verdict-main")).to_have_text(
        re.compile(r"^The servers have not been heard since \d\d:\d\d\.$")
    )
    await expect(page.locator("[data-server] .state")).to_have_text("Not known")
    await server.start()
    await expect(page.locator(".verdict-main")).to_have_text("The server is well.")


async def test_operators_neither_have_the_page_nor_see_it(open_window: OpenWindow, operator: Operator) -> None:
    window = await open_window()
    await window.sign_in(operator.email, "/servers")
    page = window.page

    await expect(page.get_by_role("heading", level=1)).to_have_text("Only administrators see the servers.")
    await expect(page.get_by_role("navigation").get_by_role("link", name="Devices")).to_be_visible()
    await expect(page.get_by_role("navigation").get_by_role("link", name="Servers")).to_have_count(0)
    await page.keyboard.press("/")
    await page.get_by_role("combobox").fill("serv")
    await expect(page.get_by_role("option")).to_have_count(0)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
async def test_it_is_read_by_keyboard_in_both_languages_at_any_width(
    open_window: OpenWindow, administrator: str, scheme: str, width: int
) -> None:
    window = await open_window(width=width, color_scheme=scheme)
    await window.sign_in(administrator, "/")
    page = window.page
    await window.is_live()
    await page.locator("main").focus()
    await page.keyboard.press("g")
    await page.keyboard.press("s")
    await expect(page.locator("[data-server] .state")).to_have_text("Well")
    await expect(page).to_have_title(re.compile("^Servers"))

    assert await faults_of(page) == []
    region = page.get_by_role("region", name="Processes")
    await region.focus()
    await expect(region).to_be_focused()
    if width < 760:
        await page.get_by_role("button", name="Account").click()
    await page.get_by_role("button", name="Passer en français").click()
    await expect(page.locator(".verdict-main")).to_have_text("Le serveur va bien.")
    assert ENGLISH.findall(await page.locator("main").inner_text()) == []
