"""The page of data quality in a real browser."""

import asyncio
from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.browser.access import faults_of
from tests.browser.conftest import LIMIT_MS, OpenWindow, Operator
from tests.journeys.conftest import World, measurement

pytestmark = pytest.mark.browser


async def test_an_administrator_sees_what_was_set_aside_and_why(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(measurement(latency_ms=50), measurement(latency_ms=9000))
    answer = await operator.phone.say("measure", seq=2, items=[{**measurement(), "latency_ms": -5}])
    assert [each["path"] for each in answer["quarantined"]] == ["latency_ms"]
    token = await operator.world.person("administrator")
    _, account = await operator.world.call("GET", "/v1/accounts/me", token)
    window = await open_window()
    await window.sign_in(account["email"], "/quality")
    page = window.page

    fault = page.get_by_role("region", name="Set aside").locator("tbody tr")
    await expect(fault).to_have_count(1)
    await expect(fault).to_contain_text(answer["quarantined"][0]["reason"])
    await expect(page.get_by_text("Every account was used within a year.")).to_be_visible()
    await fault.get_by_role("button").click()
    await expect(page.get_by_role("dialog").locator("pre")).to_contain_text('"latency_ms": -5')


async def test_an_operator_sees_the_suspects_of_its_network(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(measurement(latency_ms=50), measurement(latency_ms=9000))
    async with asyncio.timeout(LIMIT_MS / 1000):
        while not (await operator.world.call("GET", "/v1/data-quality", operator.token))[1]["days"]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    window = await open_window()
    await window.sign_in(operator.email, "/quality")

    cells = window.page.get_by_role("region", name="Measurements and suspects by day").locator("tbody td")
    await expect(cells).to_have_text(["2", "1", "50.0%"])
    await expect(window.page.get_by_text("Nothing was set aside.")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
async def test_a_driver_reads_in_plain_words_what_was_not_kept_of_her_phones(
    open_window: OpenWindow, world: World, width: int, scheme: str
) -> None:
    token = await world.person()
    _, account = await world.call("GET", "/v1/accounts/me", token)
    phone = await world.phone(await world.device(token), uuid4())
    window = await open_window(width=width, color_scheme=scheme, locale="fr")
    await window.sign_in(account["email"], "/devices")
    page = window.page
    region = page.get_by_role("region", name="Ce qui n\u2019a pas été gardé").first
    await expect(region).to_contain_text("Tout ce que vos téléphones ont envoyé a été gardé.")

    await phone.say("measure", seq=1, items=[measurement(), measurement() | {"latency_ms": -5}])
    bad = [measurement() | {"latency_ms": -7}, measurement() | {"measured_at": "yesterday"}, 7]
    await phone.say("measure", seq=2, items=bad)
    await page.reload()

    rows = region.locator("tbody tr")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(0)).to_contain_text("Latence")
    await expect(rows.nth(0)).to_contain_text("doit valoir au moins 0")
    await expect(rows.nth(0).locator(".number")).to_have_text("2")
    await expect(region).to_contain_text("n\u2019est pas une heure")
    await expect(region).to_contain_text("n\u2019a pas la forme d\u2019une mesure")
    assert await faults_of(page) == []
