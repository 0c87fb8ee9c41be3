"""Kinds of phones in the drawer of an area, in a real browser."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenWindow, Operator
from tests.conftest import ConnectAs
from tests.journeys.conftest import measurement

pytestmark = pytest.mark.browser


async def test_the_drawer_tells_kinds_of_phones_and_folds_the_rare_ones(
    open_window: OpenWindow, operator: Operator, connect_as: ConnectAs
) -> None:
    """The phone's own measurement is copied for ten devices of another model."""
    here = {"latitude": 4.155, "longitude": 9.241}
    await operator.measured(measurement(latency_ms=80, device_info="Tecno Spark", **here))
    owner = await connect_as("superuser")
    leaf = await owner.fetchval("SELECT tableoid::regclass::text FROM measurements")
    await owner.execute(
        f"INSERT INTO {leaf} SELECT (of_another).* FROM generate_series(1, 10) AS n, jsonb_populate_record("
        f"(SELECT {leaf} FROM {leaf} WHERE device_info = 'Tecno Spark'), jsonb_build_object("
        "'device', 1000 + n, 'device_info', 'Pixel 8', 'app_version', '1.4', 'latency_ms', 40 + n)) AS of_another"
    )
    window = await open_window()
    await window.sign_in(operator.email, "/map")
    page = window.page
    await page.locator("[data-cell]").first.click()

    rows = page.locator(".drawer .phone-table tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(0).locator("th, td")).to_have_text(["Pixel 8 app 1.4", "10", "10", "46 ms"])
    await expect(rows.nth(1).locator("th, td")).to_have_text(["Others, fewer than 10 devices each", "1", "1", "\u2013"])
