"""A driver finds an earlier diagnosis by the words that they wrote, in a real browser."""

import pytest
from playwright.async_api import expect

from tests.browser.access import faults_of
from tests.browser.conftest import OpenWindow, fixture
from tests.browser.garage.conftest import PHONE, english
from tests.journeys.conftest import World

pytestmark = pytest.mark.browser

SAID = (("It squeals when braking", "en"), ("Le moteur cale à l'arrêt", "fr"))


@fixture
async def driver(world: World) -> str:
    """The e-mail of somebody with two diagnoses."""
    token = await world.person()
    for description, language in SAID:
        status, _ = await world.call("POST", "/v1/diagnoses", token, {"description": description, "language": language})
        assert status == 202
    _, account = await world.call("GET", "/v1/accounts/me", token)
    return str(account["email"])


async def test_history_is_searched_by_ones_own_words(open_window: OpenWindow, driver: str) -> None:
    window = await open_window(**PHONE)
    await window.sign_in(driver, "/diagnoses")
    page = window.page
    rows, search = page.locator(".history-row"), page.get_by_role("searchbox", name="Words that you wrote")
    await expect(rows).to_have_count(2)

    await search.press_sequentially("brak")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("It squeals when braking")
    await expect(page.get_by_role("search").get_by_role("status")).to_have_text("1 diagnosis")
    await search.fill("arret")
    await expect(rows).to_contain_text("Le moteur cale")
    await search.fill("gearbox")
    await expect(page.get_by_text("No description has “gearbox”.")).to_be_visible()
    await search.fill("")
    await expect(rows).to_have_count(2)


@pytest.mark.parametrize(("width", "scheme", "locale"), [(390, "light", "fr"), (1440, "dark", "en")])
async def test_search_has_names_targets_and_contrast(
    open_window: OpenWindow, driver: str, width: int, scheme: str, locale: str
) -> None:
    window = await open_window(**PHONE | {"width": width, "color_scheme": scheme, "locale": locale})
    await window.sign_in(driver, "/diagnoses")
    page = window.page
    await expect(page.locator(".history-row")).to_have_count(2)
    await page.get_by_role("searchbox").fill("moteur")
    await expect(page.locator(".history-row")).to_have_count(1)

    assert await faults_of(page) == []
    await page.get_by_role("searchbox").fill("xyz")
    await expect(page.locator(".empty")).to_be_visible()
    if locale == "fr":
        assert await english(page) == []
