"""Gaps in coverage in a real browser: in words, by keyboard, and on the map."""

import asyncio
from collections.abc import Sequence

import pytest
from playwright.async_api import expect

from tests.browser.conftest import LIMIT_MS, OpenWindow, Operator
from tests.journeys.conftest import measurement

pytestmark = pytest.mark.browser

BUEA = {"latitude": 4.155, "longitude": 9.241}
KRIBI = {"latitude": 2.94, "longitude": 9.91}
NINE_DAYS_S = 9 * 86400


async def known(operator: Operator) -> Sequence[object]:
    _, page = await operator.world.call("GET", "/v1/gaps", operator.token)
    return list(page["items"])


async def test_gaps_are_listed_in_words_and_opened_by_keyboard(open_window: OpenWindow, operator: Operator) -> None:
    """In Buea four of five measurements had no connection; from Kribi nothing came for nine days."""
    await operator.measured(*[measurement(connected=each % 5 == 0, **BUEA) for each in range(10)])
    await operator.measured(*[measurement(ago_s=NINE_DAYS_S, latency_ms=50, **KRIBI) for _ in range(10)])
    async with asyncio.timeout(LIMIT_MS / 1000):
        while len(await known(operator)) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    window = await open_window()
    await window.sign_in(operator.email, "/map")
    page = window.page

    listed = page.locator(".area-panel .gaps")
    await expect(listed.locator("summary")).to_have_text("2 coverage gaps in the last 7 days")
    await listed.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(listed.locator("li", has_text="Buea")).to_contain_text("only 20.0% of the measurements were connected")
    await page.keyboard.press("Tab")
    await expect(listed.get_by_role("button").first).to_be_focused()
    await listed.get_by_role("button", name="Kribi").press("Enter")
    await expect(page.locator(".drawer h2")).to_contain_text("Kribi")
    await expect(page.locator(".drawer .gap-line")).to_contain_text("no measurement since")
