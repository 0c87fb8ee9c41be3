"""The drivers' pages for everybody: in both languages, by keyboard, at any width and theme, and light to load."""

import gzip
import re

import pytest
from playwright.async_api import expect

from monitor.routes.pages import DIST
from monitor.work.inference import Readers
from tests.browser.access import faults_of
from tests.browser.conftest import OpenWindow, Operator
from tests.browser.garage.conftest import FOCUSED, PHONE, concluded, driving, english, photographed
from tests.browser.test_console import FIRST_LOAD_BYTES
from tests.journeys.conftest import World

pytestmark = pytest.mark.browser

WIDE = {"permissions": ["camera", "microphone"]}


async def test_french_driver_reads_french(open_window: OpenWindow, world: World, readers: Readers) -> None:
    window = await driving(open_window, world, locale="fr")
    page = window.page
    for path in ("/cars", "/models", "/devices", "/diagnoses", "/"):
        await page.goto(window.url + path)
        await expect(page.locator("h1")).to_have_count(1)
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert await english(page) == [], path
    await page.locator(".sign-group summary", has_text="Freins").click()
    await page.locator(".sign-group[open] .chip").first.click()
    await page.get_by_label("Avec vos mots").fill("Le voyant huile est allumé, et ça claque")
    await page.get_by_role("button", name="Chercher la panne").click()

    await concluded(page)
    await expect(page.locator(".verdict-block h1")).to_have_text("STOP — ne roulez pas")
    await page.locator(".why summary").first.click()
    assert await english(page) == []
    await expect(page.locator(".technical")).to_contain_text(re.compile(r"· \d+,\d\ss"))
    await page.get_by_role("button", name="Switch to English").click()
    await expect(page.locator(".verdict-block h1")).to_have_text("STOP — do not drive")


async def test_driver_needs_no_pointer(open_window: OpenWindow, world: World, readers: Readers) -> None:
    window = await driving(open_window, world)
    page = window.page
    keyboard = page.keyboard

    async def reach(name: str) -> None:
        for _ in range(60):
            if name in await page.evaluate(FOCUSED):
                return
            await keyboard.press("Tab")
        raise AssertionError(f"{name} cannot be reached by Tab")

    await reach("In your own words")
    await keyboard.type("it squeals")
    await reach("Noises")
    await keyboard.press("Enter")
    await reach("Squeal from the bonnet")
    await keyboard.press("Space")
    await reach("Find out")
    await keyboard.press("Enter")
    await concluded(page)
    await expect(page.locator("main#content")).to_be_focused()

    await reach("t know")
    await keyboard.press("Enter")
    await expect(page.locator(".result [aria-live]").first).to_contain_text("Ranked anew")
    await expect(page.locator(".question-place")).to_be_focused()
    await reach("Why?")
    await keyboard.press("Enter")
    await expect(page.locator(".why[open] .reasons").first).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "window_of"), [("light", PHONE), ("dark", PHONE), ("light", WIDE)])
async def test_every_page_has_names_targets_and_contrast(
    open_window: OpenWindow, world: World, readers: Readers, scheme: str, window_of: dict[str, object]
) -> None:
    options = {"width": 1440} | window_of | {"color_scheme": scheme}
    window = await driving(open_window, world, **options)
    page = window.page
    await photographed(page)
    await page.get_by_label("In your own words").fill("the battery light is on")
    await page.get_by_role("button", name="Find out").click()
    number = await concluded(page)
    faults: list[str] = []

    for path in ("/", "/diagnoses", f"/diagnoses/{number}", "/cars", "/models", "/devices"):
        await page.goto(window.url + path)
        await expect(page.locator("h1")).to_have_count(1)
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        if path == "/":
            await expect(page.locator(".sign-group").first).to_be_visible()
        await page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
        faults += [f"{path}: {fault}" for fault in await faults_of(page)]

    assert faults == []


async def test_operator_sees_the_console_at_every_address_and_the_driver_never(
    open_window: OpenWindow, operator: Operator, world: World
) -> None:
    window = await open_window()
    await window.sign_in(operator.email, "/diagnoses/1")
    for path in ("/diagnoses", "/cars", "/models", "/"):
        await window.page.goto(window.url + path)
        await expect(window.page.get_by_role("link", name=re.compile("^Rules"))).to_be_visible()
        await expect(window.page.locator(".garage")).to_have_count(0)

    driver = await driving(open_window, world)
    for path in ("/rules", "/alerts", "/map"):
        await driver.page.goto(driver.url + path)
        await expect(driver.page.locator(".garage")).to_be_visible()
        await expect(driver.page.get_by_role("link", name=re.compile("^Rules"))).to_have_count(0)


def test_first_load_of_a_driver_is_light() -> None:
    """Document, the scripts and styles of the first page, and the one font that it needs, as they go over the wire."""
    document = (DIST / "index.html").read_text()
    named = {DIST / name for name in re.findall(r'(?:src|href)="/(assets/[^"]+)"', document)}
    own = {path for name in ("garage-*", "words-*") for path in (DIST / "assets").glob(name)}
    fonts = set((DIST / "assets").glob("inter-latin-wght*.woff2"))
    files = {DIST / "index.html"} | named | own | fonts

    assert any(path.name.startswith("garage-") for path in files)
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < FIRST_LOAD_BYTES
