"""The operator's console in a real browser: it changes when the network does, and is truthful about its link."""

import asyncio
import gzip
import re

import h3
import pytest
from playwright.async_api import Page, expect

from monitor.routes.pages import DIST
from tests.browser.conftest import DRAWING, LIMIT_MS, OpenWindow, Operator, Server, Window
from tests.conftest import Servers
from tests.journeys.conftest import measurement

pytestmark = pytest.mark.browser

PLACES = ((4.155, 9.241), (4.05, 9.70), (3.867, 11.517))
"""Buea, Douala, Yaoundé"""
BUEA = {"latitude": 4.155, "longitude": 9.241}
FIRST_LOAD_BYTES = 200_000
AWAY = ("WebSocket", "ERR_CONNECTION", "Failed to load resource: net::")
"""what a browser complains of while the server is away"""


def slow(count: int = 30, **fields: object) -> list[dict[str, object]]:
    return [measurement(latency_ms=400, download_mbps=2, network_type="LTE", **BUEA, **fields) for _ in range(count)]


async def watching(open_window: OpenWindow, operator: Operator, **options: object) -> Window:
    window = await open_window(**options)
    await window.sign_in(operator.email)
    await window.is_live()
    return window


def tile(page: Page, name: str) -> object:
    return page.locator(".tile", has=page.get_by_role("heading", name=name, exact=True)).locator(".figure")


def test_the_first_load_is_light() -> None:
    """Document, first script, first style and the one font that it needs, as they go over the wire."""
    document = (DIST / "index.html").read_text()
    named = re.findall(r'(?:src|href)="/(assets/[^"]+)"', document)
    fonts = [*(DIST / "assets").glob("inter-latin-wght*.woff2")]
    chart = [*(DIST / "assets").glob("chart-*")]
    files = [DIST / "index.html", *(DIST / name for name in named), *fonts, *chart]

    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < FIRST_LOAD_BYTES


async def test_the_document_shows_our_mark_before_any_script_has_come(open_window: OpenWindow) -> None:
    window = await open_window(color_scheme="dark", java_script_enabled=False)
    await window.page.goto(window.url)

    await expect(window.page.locator(".splash .logo")).to_be_visible()
    await expect(window.page.locator("html")).to_have_css("background-color", "rgb(12, 17, 19)")


async def test_a_device_streams_and_the_page_changes(open_window: OpenWindow, operator: Operator) -> None:
    window = await watching(open_window, operator)
    page = window.page
    await expect(page.locator(".verdict-main")).to_have_text("Waiting for the first measurement.")

    await operator.measured(
        *[measurement(latency_ms=50, download_mbps=12, network_type="LTE", **BUEA) for _ in range(30)]
    )

    await expect(tile(page, "Latency")).to_have_text(re.compile(r"^(4[89]|5[0-3])$"))
    await expect(page.locator(".verdict-main")).to_have_text("All normal.")
    await expect(page.locator(".pill")).to_contain_text(re.compile(r"Live · \d"))


async def test_every_tile_of_measurements_follows_the_technology(open_window: OpenWindow, operator: Operator) -> None:
    window = await watching(open_window, operator)
    page = window.page
    good = [measurement(latency_ms=40, download_mbps=12, network_type="LTE", **BUEA) for _ in range(30)]
    await operator.measured(*good, *[each | {"latency_ms": 400, "network_type": "HSPA+"} for each in good])
    await expect(tile(page, "Good enough")).to_have_text("50")

    for technology, latency, share, devices in (("4G", r"^(3[89]|4[0-2])$", "100", "1"), ("2G", None, None, "0")):
        await page.locator(".header").get_by_role("radio", name=technology, exact=True).check()
        await expect(tile(page, "Devices reporting")).to_have_text(devices)
        for name, figure in (("Latency", latency and re.compile(latency)), ("Good enough", share)):
            if figure is None:
                await expect(tile(page, name)).to_have_count(0)
            else:
                await expect(tile(page, name)).to_have_text(figure)


async def test_limits_in_alert_rows_have_their_unit_in_the_readers_form(
    open_window: OpenWindow, operator: Operator
) -> None:
    await operator.rule(threshold=0.1234)
    await operator.rule(kpi="download_mbps", comparison="below", threshold=2500.5)
    await operator.rule(kpi="connected", statistic="share_connected", comparison="below", threshold=0.955)
    await operator.rule(statistic="count", comparison="below", threshold=2000)
    window = await watching(open_window, operator, width=1440, height=1400)
    await operator.measured(*slow(connected=False))
    rows = window.page.locator(".alert-panel [data-alert]")
    await expect(rows).to_have_count(4)

    async def limits() -> set[str]:
        texts = await rows.locator(".alert-evidence").all_inner_texts()
        return {text.split(" · ")[0].replace("\u00a0", " ").replace("\u202f", " ") for text in texts}

    assert await limits() == {"limit 0.1234 ms", "limit 2,500.5 Mbit/s", "limit 95.5%", "limit 2,000 measurements"}
    await window.page.get_by_role("button", name="Passer en français").click()
    assert await limits() == {"limite 0,1234 ms", "limite 2 500,5 Mbit/s", "limite 95,5 %", "limite 2 000 mesures"}


async def test_an_alert_is_acknowledged_and_taken_back_in_its_row(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule()
    window = await watching(open_window, operator)
    page = window.page
    await operator.measured(*slow())

    row = page.locator("[data-alert]", has_text="High latency").first
    await expect(row).to_contain_text("Firing")
    await expect(page).to_have_title(re.compile(r"^\(\d+\)"))
    await row.get_by_role("button", name=re.compile("^Acknowledge")).click()

    await expect(row.locator(".state")).to_contain_text("Acked by")
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(row.locator(".state")).to_have_text("Firing")


async def test_an_alert_is_snoozed_in_its_row(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule()
    window = await watching(open_window, operator)
    await operator.measured(*slow())
    row = window.page.locator("[data-alert]", has_text="High latency").first

    await row.get_by_role("button", name=re.compile("^Snooze")).click()
    await window.page.get_by_role("button", name="1 hour").click()

    await expect(row.locator(".state")).to_have_text(re.compile(r"Snoozed to \d\d:\d\d"))
    await expect(row.get_by_role("button", name=re.compile("^Wake"))).to_be_visible()


async def test_alerts_of_one_trouble_are_folded_and_taken_together(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule()
    for latitude, longitude in PLACES:
        await operator.rule(scope={"cell": h3.latlng_to_cell(latitude, longitude, 6)}, severity="major")
    window = await watching(open_window, operator)
    page = window.page
    await operator.measured(
        *[measurement(latency_ms=400, latitude=north, longitude=east) for north, east in PLACES for _ in range(10)]
    )

    await expect(page.locator(".incident summary")).to_have_text("3 more alerts like it")
    await page.get_by_role("button", name="Acknowledge all 4").click()

    await expect(page.locator(".alert-panel .state.acknowledged")).to_have_count(4)
    await expect(page.locator(".verdict-more")).to_contain_text("All acknowledged.")


async def test_new_alerts_wait_while_somebody_points_at_the_list(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule()
    window = await watching(open_window, operator)
    page = window.page
    await operator.measured(*slow())
    first = page.locator(".alert-panel [data-alert]", has_text="High latency")
    await expect(first.first).to_be_visible()
    before = await page.locator(".alert-panel [data-alert]").count()

    await first.first.hover()
    await operator.rule(kpi="download_mbps", comparison="below", threshold=5.0)
    await operator.measured(*slow())

    shown = page.get_by_role("button", name=re.compile(r"\d+ new — show"))
    await expect(shown).to_be_visible()
    assert await page.locator(".alert-panel [data-alert]").count() == before
    await shown.click()
    await expect(page.locator(".alert-panel [data-alert]", has_text="Slow download").first).to_be_visible()


async def test_the_server_restarts_and_the_page_recovers_what_it_missed(
    open_window: OpenWindow, operator: Operator, server: Server
) -> None:
    await operator.rule()
    window = await watching(open_window, operator)
    window.allowed = AWAY
    page = window.page
    await operator.measured(*[measurement(latency_ms=50) for _ in range(10)])
    await expect(page.locator(".verdict-main")).to_have_text("All normal.")

    await server.stop()
    await expect(page.locator(".pill")).to_contain_text("Reconnecting")
    await expect(page.locator(".pill")).to_contain_text("Because")
    await server.start()
    await operator.reconnected()
    await operator.measured(*slow())

    await expect(page.locator(".pill")).to_contain_text("Back ·")
    await expect(page.locator("[data-alert]", has_text="High latency").first).to_be_visible()
    await expect(page.locator(".pill")).to_contain_text("Live ·")


async def test_lost_history_is_told_with_its_span(
    open_window: OpenWindow, operator: Operator, server: Server, servers: Servers
) -> None:
    window = await watching(open_window, operator)
    window.allowed = AWAY
    await expect(window.page.locator(".verdict-main")).to_have_text("Waiting for the first measurement.")
    await server.stop()
    await expect(window.page.locator(".pill")).to_contain_text("Reconnecting")

    servers.flusher.flushall()
    await server.start()

    await expect(window.page.locator(".pill")).to_contain_text(
        re.compile(r"History lost \d\d:\d\d.\d\d:\d\d, reloaded")
    )


async def test_minutes_without_data_are_a_gap_in_chart_table_and_words(
    open_window: OpenWindow, operator: Operator
) -> None:
    for ago_s in (60 * 20, 60 * 19, 60 * 18, 60 * 3, 60 * 2, 60):
        await operator.measured(*[measurement(ago_s=ago_s, latency_ms=50) for _ in range(5)])
    window = await watching(open_window, operator)
    panel = window.page.locator(".chart-panel")

    await expect(panel.locator(".chart-summary")).to_contain_text(re.compile(r"No data \d\d:\d\d.\d\d:\d\d"))
    await window.page.wait_for_function(HATCHED, timeout=LIMIT_MS)
    await panel.get_by_role("radio", name="Table").check(force=True)
    await expect(panel.locator("table .gap-row").first).to_contain_text("no data")
    await expect(panel.locator("table tbody tr th[scope=row]")).to_have_count(6)


HATCHED = """() => {
  const canvas = document.querySelector('.chart-panel canvas');
  if (canvas === null) return false;
  // Between the two runs of minutes each row of the picture has more than one colour: no flat ground, no grid line.
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(Math.round(width * 0.78), Math.round(height * 0.2), 24, 24);
  const pixels = Array.from({ length: 24 * 24 }, (_, at) => data.slice(at * 4, at * 4 + 3).join());
  return Array.from({ length: 24 }, (_, row) => new Set(pixels.slice(row * 24, row * 24 + 24)))
    .every(colours => colours.size > 1);
}"""


async def test_a_paused_page_stands_still_and_counts_what_waits(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule()
    window = await watching(open_window, operator)
    page = window.page
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator(".pill")).to_contain_text("Paused at")

    await operator.measured(*slow())
    await expect(page.locator(".pause")).to_contain_text("waiting")
    assert await page.locator("[data-alert]").count() == 0
    await page.locator(".pause").click()

    await expect(page.locator("[data-alert]", has_text="High latency").first).to_be_visible()


async def test_an_area_opens_from_the_list_as_it_does_from_the_map(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(*slow())
    window = await watching(open_window, operator)
    page = window.page
    await page.locator(".map-panel").get_by_role("radio", name="List").check(force=True)

    await page.locator(".map-panel [data-cell]").first.focus()
    await page.keyboard.press("Enter")

    drawer = page.locator(".drawer")
    await expect(drawer).to_be_visible()
    await expect(drawer.get_by_role("heading", level=2)).to_contain_text("Buea")
    await expect(page).to_have_url(re.compile("cell="))
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)


async def test_a_browser_that_cannot_draw_shows_the_areas_as_a_list(
    open_window: OpenWindow, operator: Operator
) -> None:
    await operator.measured(*slow())
    window = await watching(open_window, operator)
    panel = window.page.locator(".map-panel")

    await expect(panel.locator(".hint")).to_have_text(re.compile("cannot draw the map"))
    await expect(panel.locator("[data-cell]").first).to_contain_text("Buea")


async def test_a_wall_display_is_dark_and_bare_until_escape(open_window: OpenWindow, operator: Operator) -> None:
    window = await watching(open_window, operator)
    page = window.page

    await page.keyboard.press("f")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await expect(page.locator(".pill.live")).to_be_visible()

    await page.keyboard.press("Escape")
    await expect(page.get_by_role("navigation")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")


async def test_a_filter_that_leaves_no_area_goes_with_one_click(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(*slow())
    window = await watching(open_window, operator)
    panel = window.page.locator(".map-panel")
    await window.page.get_by_role("radio", name="5G").check(force=True)

    await panel.get_by_role("button", name="Drop the filter “5G”").click()

    await expect(panel.locator("[data-cell]").first).to_contain_text("Buea")


@pytest.mark.parametrize("chromium_arguments", [DRAWING])
async def test_the_map_is_drawn_and_opens_an_area(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(*slow())
    window = await open_window()
    await window.sign_in(operator.email, "/map?view=9.241,4.155,10")
    page = window.page
    canvas = page.locator(".map-canvas canvas")
    await expect(canvas).to_be_visible()
    box = await canvas.bounding_box()
    assert box is not None

    # Until the area is painted a click in the middle finds nothing there.
    async def opened() -> bool:
        await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return await page.locator(".drawer").count() > 0

    async with asyncio.timeout(LIMIT_MS / 1000):
        while not await opened():
            await page.wait_for_timeout(250)
    await expect(page.locator(".drawer h2")).to_contain_text("Buea")
