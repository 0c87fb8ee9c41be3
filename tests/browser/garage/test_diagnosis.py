"""From the first photo to what it turned out to be, in a real browser."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from monitor import worker
from monitor.settings import Settings
from monitor.work.inference import Readers
from tests.browser.conftest import OpenWindow
from tests.browser.garage.conftest import LONG_MS, PHONE, concluded, driving, photographed, signed_up
from tests.journeys.conftest import World

pytestmark = pytest.mark.browser


@pytest.mark.slow
async def test_driver_goes_from_sign_up_to_history(open_window: OpenWindow, readers: Readers) -> None:
    window = await open_window(**PHONE)
    page = await signed_up(window)
    await page.get_by_role("button", name="Skip").click()

    await page.get_by_role("button", name="Add a car").click()
    await page.get_by_label("Make").fill("Toyota")
    await page.get_by_label("Model", exact=True).fill("Corolla")
    await page.get_by_label("Year").fill("2008")
    await page.get_by_role("dialog").get_by_label("Fuel").select_option("petrol")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".car-choice select")).to_contain_text("Toyota Corolla")

    await photographed(page)
    await expect(page.locator(".file-card.dashboard .thumb img")).to_be_visible()
    record = page.get_by_role("button", name="Record", exact=True)
    await record.click()
    await page.get_by_role("button", name="Start recording").click()
    await expect(page.locator(".record")).to_be_focused()
    await expect(page.locator(".guide-left")).to_contain_text("6", timeout=LONG_MS)
    await page.locator(".record").click()
    await expect(page.locator(".recorder .player-time")).to_contain_text(re.compile("/ 0:0[45]"))
    await page.locator(".studio-choice button", has_text="Use it").click()
    await expect(record).to_be_focused()
    await page.get_by_label("In your own words").fill("The battery light is on, it squeals from the bonnet")
    await page.locator(".sign-group summary", has_text="Noises").click()
    await page.locator(".chip", has_text="Squeal from the bonnet").click()
    await page.get_by_label("Trouble codes").fill("p0562 nonsense")
    await expect(page.get_by_text("Not read as codes: NONSENSE")).to_be_visible()
    await expect(page.locator(".send-bar")).to_contain_text("1 photo, 1 recording, 3 signs")
    await page.get_by_role("button", name="Find out").click()

    number = await concluded(page)
    await expect(page.locator(".verdict-block.stop")).to_contain_text("If you smell fuel or see smoke")
    await expect(page.locator(".codes-read")).to_contain_text("P0562")
    await expect(page.locator(".seen-whole img")).to_be_visible()
    await expect(page.locator(".spectrogram canvas")).to_be_visible()
    await expect(page.locator(".cause")).not_to_have_count(0)

    question = page.locator(".question-text")
    asked = await question.inner_text()
    await page.locator(".question-answers").get_by_role("button", name="No", exact=True).click()
    await expect(question).not_to_have_text(asked)
    await expect(page.locator(".result [aria-live]").first).to_contain_text("Ranked anew")

    check = page.locator(".check").first
    await check.get_by_role("radio", name="Yes").check(force=True)
    await expect(check).to_have_class(re.compile("done"))
    await page.reload()
    await expect(page.locator(".check").first.get_by_role("radio", name="Yes")).to_be_checked()

    await page.locator(".outcome").get_by_role("radio", name="Yes").check(force=True)
    await page.locator(".outcome").get_by_role("button", name="Save").click()
    await page.get_by_role("link", name=re.compile("^History")).first.click()
    row = page.locator(".history-row")
    await expect(row).to_contain_text("STOP")
    await expect(row).to_contain_text("Was right")
    await expect(row.locator("img")).to_be_visible()
    await row.get_by_role("link").click()
    await expect(page).to_have_url(re.compile(f"/diagnoses/{number}$"))
    await page.go_back()
    await page.get_by_role("button", name=f"Delete diagnosis {number}").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator(".empty-main")).to_have_text("No diagnosis yet.")


async def test_result_comes_live_to_whoever_looks_at_another_page(
    open_window: OpenWindow, world: World, settings: Settings
) -> None:
    window = await driving(open_window, world)
    page = window.page
    await page.get_by_label("In your own words").fill("the oil light is on and it knocks")
    await page.get_by_role("button", name="Find out").click()
    await expect(page).to_have_url(re.compile(r"/diagnoses/\d+$"))
    await expect(page.locator(".stages .running")).to_contain_text("Received")
    await page.get_by_role("link", name=re.compile("^My cars")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("My cars")

    async with worker.at_work(settings, processes=1, stopping=asyncio.Event()):
        await expect(page.locator(".arrival")).to_contain_text("STOP", timeout=LONG_MS)

    await page.locator(".arrival").get_by_role("link").click()
    await expect(page.locator(".verdict-block.stop")).to_be_visible()


async def test_what_helped_is_told_when_the_link_is_back_and_counts_in_the_cars_next_diagnosis(
    open_window: OpenWindow, world: World, readers: Readers
) -> None:
    token = await world.person()
    _, account = await world.call("GET", "/v1/accounts/me", token)
    _, car = await world.call("POST", "/v1/vehicles", token, {"name": "Yaris"})
    asked = {"description": "it shakes at idle and has no power, P0301", "vehicle": car["id"]}
    _, first = await world.call("POST", "/v1/diagnoses", token, asked)
    path = f"/v1/diagnoses/{first['diagnosis']}"

    async def told(what: str) -> dict[str, object] | None:
        _, found = await world.call("GET", path, token)
        return next((one for one in found["interactions"] if one["what"] == what), None)

    window = await open_window(**PHONE)
    window.allowed = ("ERR_INTERNET_DISCONNECTED",)
    page = window.page
    await window.sign_in(account["email"], f"/diagnoses/{first['diagnosis']}")
    step = page.locator(".step input").first
    await expect(step).to_be_visible(timeout=LONG_MS)
    await page.context.set_offline(True)
    await step.check()
    await expect(step).to_be_checked()
    assert await told("step") is None
    await page.context.set_offline(False)
    for _ in range(300):
        if step_told := await told("step"):
            break
        await asyncio.sleep(0.1)
    assert step_told is not None
    assert (step_told["done"], step_told["helped"]) == (True, None)
    await page.reload()
    await expect(page.locator(".step input").first).to_be_checked()

    outcome = page.locator(".outcome")
    await outcome.get_by_role("radio", name="Yes").check(force=True)
    await outcome.get_by_role("group", name="Has it been repaired?").get_by_role("radio", name="Yes").check(force=True)
    await outcome.get_by_label("What helped?").select_option(value=f"step:{step_told['item']}")
    await outcome.get_by_role("button", name="Save").click()
    await expect(page.locator(".toast")).to_contain_text("Saved")
    for _ in range(300):
        if (await told("step") or {})["helped"]:
            break
        await asyncio.sleep(0.1)
    assert (await told("step") or {})["helped"] is True

    _, second = await world.call("POST", "/v1/diagnoses", token, asked)
    await page.goto(f"{window.url}/diagnoses/{second['diagnosis']}")
    cause = page.locator(".cause", has_text="An earlier diagnosis of this car").first
    await cause.locator("summary").click(timeout=LONG_MS)
    await expect(cause.locator(".reasons.minus")).to_contain_text("and repaired: it seldom comes back soon")
