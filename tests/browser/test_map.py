"""The map as it is painted, and its page on a phone, in a real browser."""

import io

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.conftest import DRAWING, LIMIT_MS, OpenWindow, Operator
from tests.journeys.conftest import measurement

pytestmark = pytest.mark.browser

BUEA = {"latitude": 4.155, "longitude": 9.241}
TOWNS = ((4.155, 9.241), (2.94, 9.91), (3.867, 11.517), (5.48, 10.42), (9.3, 13.39), (4.58, 13.68), (7.33, 13.58))
CRITICAL = (0xC2, 0x16, 0x2E)
"""--critical of the light theme"""
LEAST_PAINTED = 40
"""pixels of a mark of 16 px without its rim and letter; software that draws in its own colours stays below"""


async def painted(page: Page, wanted: tuple[int, int, int]) -> int:
    """Pixels of the map in this colour, give or take what smoothing changes."""
    picture = Image.open(io.BytesIO(await page.locator(".map-canvas").screenshot())).convert("RGB")
    return sum(
        count
        for count, colour in picture.getcolors(picture.width * picture.height) or ()
        if all(abs(one - other) <= 3 for one, other in zip(colour, wanted, strict=True))
    )


@pytest.mark.parametrize("chromium_arguments", [DRAWING])
async def test_the_map_marks_an_area_while_an_alert_is_open_there(open_window: OpenWindow, operator: Operator) -> None:
    window = await open_window(width=1010, height=460, color_scheme="light")
    await operator.measured(*[measurement(latency_ms=80, **BUEA) for _ in range(10)])
    await window.sign_in(operator.email, "/map?view=9.241,4.155,9")
    page = window.page
    await expect(page.locator(".map-canvas canvas")).to_be_visible()
    assert await painted(page, CRITICAL) < LEAST_PAINTED
    cell = await page.locator(".area-panel [data-cell]").first.get_attribute("data-cell")

    await operator.rule(threshold=50.0, scope={"cell": cell}, window_s=900)

    await expect(page.locator(".area-panel .severity.critical")).to_be_visible()
    waited = 0
    while await painted(page, CRITICAL) < LEAST_PAINTED:
        assert waited < LIMIT_MS, "the list has the alert, the map has not"
        await page.wait_for_timeout(250)
        waited += 250


async def test_the_list_under_the_map_is_whole_on_a_phone(open_window: OpenWindow, operator: Operator) -> None:
    """Also below the notice of a demonstration, which the page once took for a reason to keep within one screen."""
    places = [{"latitude": latitude, "longitude": longitude} for latitude, longitude in TOWNS]
    await operator.measured(*[measurement(latency_ms=80, **place) for place in places for _ in range(10)])
    window = await open_window(width=390, height=844)
    await window.sign_in(operator.email, "/map")
    page = window.page
    await expect(page.locator(".area-panel [data-cell]")).to_have_count(len(TOWNS))
    await page.evaluate(
        "document.querySelector('main').before(Object.assign(document.createElement('p'), {className: 'notice'}))"
    )

    inner = page.locator(".area-panel .table-scroll")

    assert await inner.evaluate("list => list.scrollHeight <= list.clientHeight")
