"""The console for everybody: in both languages, by keyboard, at any width and theme, by every role."""

import re

import pytest
from playwright.async_api import expect

from monitor.routes.pages import ADDRESSES
from tests.browser.access import faults_of
from tests.browser.conftest import OpenWindow, Operator
from tests.browser.test_console import BUEA, slow, watching
from tests.journeys.conftest import World, measurement

pytestmark = pytest.mark.browser

PATHS = ("/", "/map", "/alerts", "/rules", "/devices")

ENGLISH = re.compile(
    r"\b(alerts?|download|upload|latency|rules?|devices?|areas?|overview|whole network|measurements|firing|limit|"
    r"acknowledge|snooze|live|since|samples|no data|better|worse|good enough|sign out|settings?)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_has_names_targets_and_contrast(
    open_window: OpenWindow, operator: Operator, scheme: str
) -> None:
    await operator.rule()
    await operator.measured(*slow())
    window = await open_window(color_scheme=scheme)
    await window.sign_in(operator.email)
    page = window.page
    faults: list[str] = []

    for path in PATHS:
        await page.goto(window.url + path)
        await expect(page.locator("h1")).to_have_count(1)
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        faults += [f"{path}: {fault}" for fault in await faults_of(page)]

    assert faults == []


async def test_french_leaves_no_english_behind_and_is_remembered(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule()
    await operator.measured(*slow())
    window = await watching(open_window, operator)
    page = window.page
    await page.get_by_role("button", name="Passer en français").click()

    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await expect(page.locator("[data-alert]").first).to_contain_text("Latence élevée")
    await expect(page.locator(".tile").nth(3)).to_contain_text("2,0")
    for link in ("Aperçu", "Carte", "Alertes", "Règles", "Appareils"):
        await page.get_by_role("link", name=re.compile(f"^{link}")).click()
        await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        text = await page.locator("body").inner_text()
        assert ENGLISH.findall(text) == [], link
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "fr")


async def test_an_operator_on_call_needs_no_pointer(open_window: OpenWindow, operator: Operator) -> None:
    await operator.rule()
    await operator.measured(*slow())
    window = await watching(open_window, operator)
    page = window.page
    row = page.locator("[data-alert]").first
    await expect(row).to_be_visible()

    await page.keyboard.press("j")
    await expect(row).to_be_focused()
    await page.keyboard.press("a")
    await expect(row.locator(".state")).to_contain_text("Acked by")
    await page.keyboard.press("t")
    await expect(page).to_have_url(re.compile("range=6h"))
    await page.keyboard.press("g")
    await page.keyboard.press("a")
    await expect(page).to_have_url(re.compile("/alerts"))
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_single_keys_can_be_turned_off(open_window: OpenWindow, operator: Operator) -> None:
    window = await watching(open_window, operator)
    page = window.page
    await page.get_by_role("button", name="Account").click()
    await page.get_by_label("Single-key shortcuts").uncheck()
    await page.keyboard.press("Escape")

    await page.keyboard.press("t")
    await page.keyboard.press("p")

    await expect(page.locator(".pause")).to_have_attribute("aria-pressed", "false")
    assert "range" not in page.url


async def test_a_phone_shows_alerts_first_and_never_scrolls_sideways(
    open_window: OpenWindow, operator: Operator
) -> None:
    await operator.rule()
    await operator.measured(*slow())
    window = await watching(open_window, operator, width=390, height=844, has_touch=True, is_mobile=True)
    page = window.page
    await expect(page.locator("[data-alert]").first).to_be_visible()

    tops = [await page.locator(name).evaluate("one => one.getBoundingClientRect().top") for name in (
        ".verdict", ".alert-panel", ".tiles", ".chart-panel", ".map-panel",
    )]  # fmt: skip
    assert tops == sorted(tops)
    for path in PATHS:
        await page.goto(window.url + path)
        await expect(page.locator("main#content")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
    await expect(page.get_by_role("navigation")).to_be_in_viewport()


async def test_the_address_brings_back_what_was_looked_at(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(*slow())
    window = await open_window()
    await window.sign_in(operator.email, "/?range=6h&kpi=download_mbps&generation=4G")
    page = window.page

    await expect(page.locator(".header").get_by_role("radio", name="6 h")).to_be_checked()
    await expect(page.locator(".header").get_by_role("radio", name="4G")).to_be_checked()
    await expect(page.locator(".chart-panel h2")).to_have_text("Download, Whole network, 4G")
    await page.reload()
    await expect(page.locator(".chart-panel h2")).to_have_text("Download, Whole network, 4G")


async def test_a_wrong_password_is_said_and_signing_out_ends_the_session(
    open_window: OpenWindow, operator: Operator
) -> None:
    window = await open_window()
    window.allowed = ("401",)
    page = window.page
    await page.goto(window.url)
    await page.fill("input[name=email]", operator.email)
    await page.fill("input[name=password]", "not the password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The e-mail or the password is not right.")

    await window.sign_in(operator.email)
    assert await page.evaluate("document.cookie") == ""
    await page.reload()
    await window.is_live()
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("input[name=password]")).to_be_visible()
    await page.reload()
    await expect(page.locator("input[name=password]")).to_be_visible()


async def test_an_unknown_address_is_said_in_the_persons_language_and_leads_back(open_window: OpenWindow) -> None:
    window = await open_window(locale="fr-CM")
    window.allowed = ("404",)
    page = window.page

    for path in ("/nothing", "/v1/nothing", "/alerts/7?range=6h", "/nothing.txt"):
        answer = await page.goto(window.url + path)
        assert answer is not None
        assert answer.status == 404
        await expect(page.get_by_role("heading", name=re.compile("Cette page"))).to_be_visible()
        asked = await page.request.get(window.url + path)
        assert (asked.status, asked.headers["content-type"]) == (404, "application/problem+json")

    await page.get_by_role("button", name="Switch to English").click()
    await expect(page).to_have_title("There is no such page · Roadpulse")
    await page.get_by_role("link", name="To the start page").click()
    await expect(page.locator("input[name=password]")).to_be_visible()


async def test_every_address_that_is_served_is_a_page(open_window: OpenWindow) -> None:
    window = await open_window()

    for address in ADDRESSES:
        await window.page.goto(window.url + address.replace("{id:[0-9]+}", "7"))
        await expect(window.page.locator("input[name=password]")).to_be_visible()


async def test_a_subscriber_enrols_a_phone_and_sees_it_arrive(open_window: OpenWindow, world: World) -> None:
    token = await world.person()
    _, account = await world.call("GET", "/v1/accounts/me", token)
    window = await open_window()
    await window.sign_in(account["email"], "/devices")
    page = window.page
    await page.get_by_role("button", name="Enrol a device").click()
    code = await page.locator(".code code").inner_text()
    await expect(page.locator("img.qr")).to_be_visible()
    assert await page.locator("img.qr").evaluate("one => one.naturalWidth") > 0

    status, _ = await world.call("POST", "/v1/devices", body={"code": code, "name": "Ada's phone"})

    assert status == 201
    await expect(page.locator(".arrived")).to_contain_text("Ada's phone")


async def test_a_rule_is_made_and_switched_off_on_its_page(open_window: OpenWindow, operator: Operator) -> None:
    await operator.measured(*[measurement(latency_ms=50, **BUEA) for _ in range(5)])
    window = await open_window()
    await window.sign_in(operator.email, "/rules")
    page = window.page
    await page.get_by_role("button", name="New rule").click()
    await page.get_by_label("Name (may stay empty)").fill("Too slow for video")
    await page.get_by_label("Limit").fill("321")
    await page.get_by_role("button", name="Save").click()

    row = page.locator(".rule", has_text="Too slow for video")
    await expect(row).to_contain_text("Latency (95th percentile) above 321 ms")
    await row.get_by_role("switch").uncheck()
    await expect(page.locator(".toast", has_text="Rule switched off.")).to_be_visible()
    await page.reload()
    await expect(row.get_by_role("switch")).not_to_be_checked()


async def test_a_refusal_is_said_in_the_language_of_the_page(open_window: OpenWindow, operator: Operator) -> None:
    rule = await operator.rule()
    window = await open_window(locale="fr")
    window.allowed = ("status of 404",)
    await window.sign_in(operator.email, "/rules")
    switch = window.page.get_by_role("switch")
    await expect(switch).to_be_visible()
    await operator.world.call("DELETE", f"/v1/rules/{rule['id']}", operator.token)

    await switch.click(force=True)

    await expect(window.page.locator(".toast.failure")).to_contain_text("n\u2019existe plus")
