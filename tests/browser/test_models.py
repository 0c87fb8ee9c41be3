"""The page of the models in a real browser: what each may be used for, and how its answers turned out."""

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser.access import faults_of
from tests.browser.conftest import OpenWindow, Window, fixture
from tests.conftest import ConnectAs
from tests.garage.test_performance import read
from tests.journeys.conftest import World

pytestmark = pytest.mark.browser


@fixture
async def superuser(connect_as: ConnectAs) -> asyncpg.Connection:
    return await connect_as("superuser")


async def looking(open_window: OpenWindow, world: World, role: str, **options: object) -> Window:
    token = await world.person(role)
    _, account = await world.call("GET", "/v1/accounts/me", token)
    window = await open_window(**options)
    await window.sign_in(account["email"], "/models")
    await expect(window.page.locator(".model")).not_to_have_count(0)
    await expect(window.page.locator("[aria-busy=true]")).to_have_count(0)
    return window


async def test_weeks_are_drawn_said_and_tabled_for_who_looks_after_models(
    open_window: OpenWindow, world: World, superuser: asyncpg.Connection
) -> None:
    _, known = await world.call("GET", "/v1/models")
    first = known["items"][0]
    version = str(first["version"])
    model = f"{first['name']}-{version}"
    await read(superuser, model, people=20, told=10, weeks_ago=1)
    await read(superuser, model, people=12, told=9)

    for role in ("administrator", "analyst"):
        page = (await looking(open_window, world, role)).page
        card = page.get_by_role("region", name=first["name"])
        await expect(card.locator(".model-weeks")).to_contain_text("found right in 90% of 10 told outcomes.")
        await expect(card.locator(".week-bar")).to_have_count(2)
        await card.locator("summary", has_text="Week by week").click()
        rows = card.locator(".model-weeks tbody tr")
        await expect(rows.nth(0).locator("td")).to_have_text(
            [version, "12", "7 ms", "11 ms", "25%", "too few", "\u2013"]
        )
        await expect(rows.nth(1).locator("td")).to_have_text([version, "20", "11 ms", "19 ms", "25%", "10", "90%"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_pages_have_names_targets_and_contrast(
    open_window: OpenWindow, world: World, superuser: asyncpg.Connection, scheme: str, width: int
) -> None:
    _, known = await world.call("GET", "/v1/models")
    first = known["items"][0]
    await read(superuser, f"{first['name']}-{first['version']}", people=10, told=10)
    window = await looking(open_window, world, "administrator", width=width, color_scheme=scheme, locale="fr")
    for details in await window.page.locator("details").all():
        await details.evaluate("one => { one.open = true; }")

    assert await faults_of(window.page) == []
    await expect(window.page.locator(".research").first).to_contain_text("produit vendu")


async def test_drivers_read_the_cards_and_nobody_elses_outcomes(open_window: OpenWindow, world: World) -> None:
    window = await looking(open_window, world, "subscriber")

    await expect(window.page.locator(".model-weeks")).to_have_count(0)
    await expect(window.page.get_by_text("Licence of the weights").first).to_be_visible()
