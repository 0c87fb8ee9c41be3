"""The page of the API: whoever opens it can sign in, make a call, and talk on the socket, under the strict policy."""

import pytest
from playwright.async_api import expect

from monitor import app
from monitor.routes import openapi
from tests.browser.conftest import OpenWindow
from tests.journeys.conftest import PASSWORD, World

pytestmark = pytest.mark.browser


async def test_every_route_is_on_the_page(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.page.goto(window.url + "/docs")
    await expect(window.page.locator("[id='verb.measure']")).to_be_visible()

    shown = await window.page.locator("main details.route").evaluate_all("all => all.map(each => each.id)")
    assert {openapi.identifier(route) for route in app.ROUTES} <= set(shown)


async def test_call_is_tried_and_the_phone_talks(open_window: OpenWindow, world: World) -> None:
    token = await world.person("subscriber")
    _, account = await world.call("GET", "/v1/accounts/me", token)
    window = await open_window()
    page = window.page
    await page.goto(window.url + "/docs")
    await page.fill("input[type=email]", account["email"])
    await page.fill("input[type=password]", PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Enrol a new phone").click()
    await expect(page.get_by_role("button", name="Forget")).to_be_visible()

    await page.evaluate("location.hash = 'people.list_devices'")
    route = page.locator("[id='people.list_devices']")
    await route.get_by_role("button", name="Send").click()
    await expect(route.locator(".result .status")).to_have_text("200")
    await expect(route.locator(".result .json")).to_contain_text("API page")

    await page.get_by_label("Speak as").select_option("phone")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await expect(page.locator(".frame-line.in")).to_contain_text(["last_seq"])
    await page.get_by_role("button", name="measure · batch").click()
    await page.locator(".talk form").get_by_role("button", name="Send").click()
    await expect(page.locator(".frame-line.in")).to_contain_text(["last_seq", '"stored":1'])
    await page.get_by_role("button", name="Close").click()
    await expect(page.locator(".frame-line.note")).to_contain_text(["Closed"])


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
async def test_page_fits_its_window(open_window: OpenWindow, width: int, scheme: str) -> None:
    window = await open_window(width, color_scheme=scheme)
    await window.page.goto(window.url + "/docs#network.list_measurements")
    await expect(window.page.locator("[id='network.list_measurements'] .route-tried")).to_be_visible()

    overhang = await window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overhang <= 0
