"""What a panel gives away, how it folds, and what a finger does to a row, in a real browser."""

import csv
import io
import json
import re
import shlex
from collections.abc import Mapping
from typing import TypeAlias

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import Download, Locator, Page, expect

from tests.browser.access import faults_of
from tests.browser.conftest import DRAWING, OpenWindow, Operator, Window
from tests.journeys.conftest import measurement

pytestmark = pytest.mark.browser

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
PHONE = {"width": 390, "height": 844, "has_touch": True}


def slow() -> list[dict[str, object]]:
    return [measurement(latency_ms=400, network_type="LTE", latitude=4.155, longitude=9.241) for _ in range(30)]


Options: TypeAlias = Mapping[str, object]


async def watching(open_window: OpenWindow, operator: Operator, path: str = "/", how: Options | None = None) -> Window:
    window = await open_window(**how or {})
    await window.sign_in(operator.email, path)
    await window.is_live()
    return window


async def take(panel: Locator, what: str) -> None:
    await panel.get_by_role("button", name=re.compile("^Share or save")).click()
    await panel.get_by_role("button", name=what).click()


async def saved(page: Page, panel: Locator, what: str) -> Download:
    async with page.expect_download() as coming:
        await take(panel, what)
    return await coming.value


async def table_of(download: Download) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((await download.path()).read_text())))


async def clipboard(page: Page) -> str:
    return str(await page.evaluate("navigator.clipboard.readText()"))


async def test_a_copied_link_shows_the_same_view(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule()
    window = await watching(open_window, operator, "/alerts", CLIPBOARD)
    page = window.page
    await operator.measured(*slow())
    await page.get_by_role("radio", name="Cleared").check(force=True)
    await page.get_by_role("radio", name="Major").check(force=True)
    await page.get_by_role("radio", name="6 h").check(force=True)

    await take(page.locator(".alerts-page"), "Copy link")
    await expect(page.locator(".toast")).to_contain_text("Link copied.")
    await page.goto(await clipboard(page))

    for name in ("Cleared", "Major", "6 h"):
        await expect(page.get_by_role("radio", name=name)).to_be_checked()


async def test_a_copied_command_asks_for_what_the_chart_shows(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(*slow())
    window = await watching(open_window, operator, how=CLIPBOARD)
    panel = window.page.locator(".chart-panel")
    await expect(panel.locator(".readout")).to_contain_text("n30")

    await take(panel, "Copy as curl")
    await expect(window.page.locator(".toast")).to_contain_text("$ROADPULSE_TOKEN")
    command = shlex.split(await clipboard(window.page))

    assert command[:2] == ["curl", "-H"]
    name, _, value = command[2].replace("$ROADPULSE_TOKEN", operator.token).partition(": ")
    async with aiohttp.ClientSession() as http, http.get(command[3], headers={name: value}) as answer:
        items = (await answer.json())["items"]
    assert {(item["kpi"], item["mean"]) for item in items} == {("latency_ms", 400)}


async def test_areas_alerts_and_points_are_saved_as_files(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule(name="=1+1, slow")
    await operator.measured(*slow())
    window = await watching(open_window, operator)
    page = window.page
    await expect(page.locator("[data-alert]", has_text="High latency").first).to_be_visible()

    areas = await table_of(await saved(page, page.locator(".map-panel"), "Download CSV"))
    alerts = await table_of(await saved(page, page.locator(".alert-panel"), "Download CSV"))
    points = await table_of(await saved(page, page.locator(".chart-panel"), "Download CSV"))

    assert [(area["devices"], area["samples"], float(area["latency_ms"])) for area in areas] == [("1", "30", 400.0)]
    assert "'=1+1, slow" in {alert["rule_name"] for alert in alerts}
    assert sum(int(point["samples"]) for point in points) == 30


async def test_a_chart_is_saved_as_a_picture_with_its_words(open_window: OpenWindow, operator: Operator) -> None:
    for ago_s in (180, 120, 60):
        await operator.measured(*[measurement(ago_s=ago_s, latency_ms=50) for _ in range(5)])
    window = await watching(open_window, operator)
    panel = window.page.locator(".chart-panel")
    await expect(panel.locator("canvas")).to_be_visible()

    download = await saved(window.page, panel, "Download picture")

    assert re.fullmatch(r"Latency-Whole-network-\d{4}-\d\d-\d\dT\d\d-\d\d\.png", download.suggested_filename)
    with Image.open(await download.path()) as picture:
        width, height = picture.size
        head = picture.convert("RGB").crop((0, 0, width, 60))
    drawn = await panel.locator("canvas").evaluate("canvas => [canvas.width, canvas.height]")
    assert (width, height > drawn[1] + 60) == (drawn[0] + 40, True)
    assert len(head.getcolors(width * 60) or []) > 20, "no words above the picture"


@pytest.mark.parametrize("chromium_arguments", [DRAWING])
async def test_the_map_is_saved_as_it_is_drawn(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(*slow())
    window = await watching(open_window, operator, "/map?view=9.241,4.155,10")
    panel = window.page.locator(".map-panel")
    await expect(panel.locator(".map-canvas canvas")).to_be_visible()
    worst = await window.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--class-3')")

    # The area is painted some moments after the map is there.
    for _ in range(20):
        download = await saved(window.page, panel, "Download picture")
        with Image.open(await download.path()) as picture:
            middle = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2 + 20))
        if is_near(middle, worst):
            return
        await window.page.wait_for_timeout(250)
    pytest.fail(f"the area in the middle is {middle}, not {worst}")


def is_near(pixel: object, colour: str) -> bool:
    wanted = [int(colour.strip()[start : start + 2], 16) for start in (1, 3, 5)]
    return isinstance(pixel, tuple) and all(abs(one - other) < 40 for one, other in zip(pixel, wanted, strict=True))


async def test_brackets_fold_the_areas_and_the_alerts_and_it_stays_so(
    open_window: OpenWindow, operator: Operator
) -> None:
    await operator.measured(*slow())
    window = await watching(open_window, operator)
    page = window.page
    areas, alerts = page.locator(".map-panel"), page.locator(".alert-panel")
    await expect(areas.locator("[data-cell]").first).to_be_visible()
    narrow = await width_of(alerts)

    await page.keyboard.press("[")
    await expect(areas.locator("[data-cell]")).to_have_count(0)
    await expect(areas.get_by_role("button", name="Open: Areas")).to_have_attribute("aria-expanded", "false")
    assert await width_of(alerts) > narrow * 2
    assert await faults_of(page) == []
    await page.reload()
    await window.is_live()
    await expect(areas.get_by_role("button", name="Open: Areas")).to_be_visible()

    # As a French keyboard reports it: behind AltGr, which some systems call Ctrl and Alt.
    for key in ("[", "]"):
        typed = json.dumps({"key": key, "ctrlKey": True, "altKey": True, "bubbles": True})
        await page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {typed}))")
    await expect(areas.locator("[data-cell]").first).to_be_visible()
    await alerts.get_by_role("button", name="Open: Alerts").click()
    await expect(alerts.get_by_role("button", name="Fold: Alerts")).to_be_visible()


async def width_of(panel: Locator) -> float:
    return float(await panel.evaluate("panel => panel.getBoundingClientRect().width"))


async def swipe(page: Page, row: Locator, by: int, *, let_go: bool = True) -> None:
    """A real finger on the glass, pulled sideways over the row."""
    box = await row.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 12
    glass = await page.context.new_cdp_session(page)
    await glass.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        point = {"x": x + by * step / 10, "y": y}
        await glass.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        await page.evaluate("new Promise(requestAnimationFrame)")
    if let_go:
        await glass.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def test_a_row_pulled_aside_is_acknowledged_or_asks_how_long_to_snooze(
    open_window: OpenWindow, operator: Operator
) -> None:
    await operator.rule()
    window = await watching(open_window, operator, how=PHONE)
    page = window.page
    await operator.measured(*slow())
    row = page.locator("[data-alert]", has_text="High latency").first
    await expect(row).to_be_visible()

    await swipe(page, row, 50)
    await expect(row.locator(".state")).to_have_text("Firing")
    await swipe(page, row, -120)
    # A tap right after a flick is one that only stops the flick, to the browser.
    await page.get_by_role("button", name="1 hour").click()
    await expect(row.locator(".state")).to_contain_text("Snoozed")
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(row.locator(".state")).to_have_text("Firing")
    await swipe(page, row, 120, let_go=False)
    await expect(row).to_have_class(re.compile("meant"))
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await swipe(page, row, 120)

    await expect(row.locator(".state")).to_contain_text("Acked by")


async def test_a_rule_that_speaks_too_often_is_made_quieter_from_its_alert(
    open_window: OpenWindow, operator: Operator
) -> None:
    await operator.rule()
    made = await operator.rule(name="Speaks too often", threshold=150.0)
    window = await watching(open_window, operator)
    page = window.page
    await operator.measured(*slow())
    await page.locator(".incident summary").click()
    row = page.locator("[data-alert]", has_text="Speaks too often")

    await row.get_by_role("button", name=re.compile("^Snooze")).click()
    await page.get_by_role("button", name="Make the rule quieter").click()
    form = page.get_by_role("dialog", name="Edit rule")
    await form.get_by_label("Limit").fill("500")
    await form.get_by_role("button", name="Save").click()

    await expect(page.locator(".toast")).to_have_text(re.compile("Rule saved"))
    _, rules = await operator.world.call("GET", "/v1/rules?provider=mtn", operator.token)
    assert {rule["id"]: rule["threshold"] for rule in rules["items"]}[made["id"]] == 500
