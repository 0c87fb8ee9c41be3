"""What people tell of themselves, in a real browser: on arrival, on the page "You", their language, a new password."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.access import faults_of
from tests.browser.conftest import OpenWindow, Operator
from tests.browser.garage.conftest import FOCUSED, PHONE, driving, english, signed_up
from tests.journeys.conftest import PASSWORD, World

pytestmark = pytest.mark.browser

NEW_PASSWORD = "a dry morning in Maroua"


async def test_newcomer_tells_name_phone_and_first_car_in_one_step(open_window: OpenWindow) -> None:
    window = await open_window(**PHONE)
    window.allowed = ("status of 422",)
    page = await signed_up(window)

    await expect(page.get_by_role("heading", level=1)).to_have_text("Welcome")
    await page.get_by_label("Full name").fill("Ama Mbarga")
    await page.get_by_label("Phone").fill("671 23 45 67")
    await page.get_by_label("Make").fill("Toyota")
    await page.get_by_label("Year").fill("2008")
    await page.get_by_role("button", name="Save and begin").click()
    await expect(page.get_by_label("Phone")).to_be_focused()
    await expect(page.get_by_label("Phone")).to_have_accessible_description(re.compile("no phone number"))
    await page.get_by_label("Phone").fill("00237 671 23 45 67")
    await page.get_by_role("button", name="Save and begin").click()
    await expect(page.locator(".car-choice select")).to_contain_text("Toyota")

    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("link", name="You", exact=True).click()
    await expect(page.get_by_label("Full name")).to_have_value("Ama Mbarga")
    await expect(page.get_by_label("Phone")).to_have_value("+237671234567")
    await expect(page.locator(".menu-panel")).to_have_count(0)


async def test_newcomer_skips_all_of_it(open_window: OpenWindow, world: World) -> None:
    window = await driving(open_window, world, "/welcome")
    await window.page.get_by_role("button", name="Skip").click()

    await expect(window.page).to_have_url(window.url + "/")
    await expect(window.page.locator(".car-choice select")).to_have_count(0)


async def test_profile_is_saved_said_to_be_and_taken_back(open_window: OpenWindow, world: World) -> None:
    window = await driving(open_window, world, "/you")
    page = window.page
    await page.get_by_label("Full name").fill("Ada Ngo")
    await page.get_by_label("Town").fill("Kribi")
    await expect(page.locator(".you-foot [role=status]").first).to_have_text("Not saved yet.")
    await page.get_by_role("radio", name="Français").check()
    await page.get_by_role("button", name="Save", exact=True).click()

    await expect(page.locator(".you-foot [role=status]").first).to_have_text("Enregistré.")
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await page.reload()
    await expect(page.get_by_label("Ville")).to_have_value("Kribi")
    await page.get_by_label("Nom complet").fill("")
    await page.get_by_role("button", name="Enregistrer", exact=True).click()
    await expect(page.locator(".you-foot [role=status]").first).to_have_text("Enregistré.")
    await page.reload()
    await expect(page.get_by_label("Nom complet")).to_have_value("")


async def test_new_password_signs_out_everywhere_else(open_window: OpenWindow, world: World) -> None:
    window, elsewhere = await driving(open_window, world, "/you"), await open_window(**PHONE)
    window.allowed = ("status of 422",)
    elsewhere.allowed = ("status of 401",)
    page = window.page
    email = await page.locator(".you-names dd").first.inner_text()
    await elsewhere.sign_in(email)
    old, new = page.get_by_label("Password until now"), page.get_by_label("New password")
    change = page.get_by_role("button", name="Change password")

    await old.fill("not the old one")
    await new.fill(NEW_PASSWORD)
    await change.click()
    await expect(old).to_be_focused()
    await expect(old).to_have_accessible_description("This is not your password.")
    await old.fill(PASSWORD)
    await new.fill("password12")
    await change.click()
    await expect(new).to_have_accessible_description(re.compile("too easy to guess"))
    await new.fill(NEW_PASSWORD)
    await change.click()
    await expect(page.get_by_text("Password changed.")).to_be_visible()

    await expect(elsewhere.page.get_by_text("Your session has ended.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You")


async def test_profile_needs_no_pointer(open_window: OpenWindow, world: World) -> None:
    window = await driving(open_window, world, width=1440, is_mobile=False, has_touch=False)
    page = window.page
    heard: list[str] = []

    async def reach(name: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            heard.append(await page.evaluate(FOCUSED))
            if name in heard[-1]:
                return
        raise AssertionError(f"{name} was not reached: {heard[-40:]}")

    await reach("Account")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="You", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await expect(page.get_by_label("Full name")).to_be_visible()
    await reach("Full name")
    await page.keyboard.type("Ada Ngo")
    await page.keyboard.press("Enter")
    await expect(page.locator(".you-foot [role=status]").first).to_have_text("Saved.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
async def test_pages_have_names_targets_and_contrast(
    open_window: OpenWindow, world: World, scheme: str, width: int
) -> None:
    window = await driving(open_window, world, **{"width": width, "color_scheme": scheme})
    window.allowed = ("status of 422",)
    page = window.page
    faults: list[str] = []
    for path, send in (("/you", "Save"), ("/welcome", "Save and begin")):
        await page.goto(window.url + path)
        await page.get_by_label("Phone").fill("none")
        await page.get_by_role("button", name=send, exact=True).click()
        await expect(page.get_by_label("Phone")).to_be_focused()
        await expect(page.locator("h1")).to_have_count(1)
        faults += [f"{path}: {fault}" for fault in await faults_of(page)]

    assert faults == []


async def test_french_leaves_no_english_behind(open_window: OpenWindow, world: World) -> None:
    window = await driving(open_window, world, locale="fr")
    for path in ("/you", "/welcome"):
        await window.page.goto(window.url + path)
        await expect(window.page.locator("h1")).to_have_count(1)
        await expect(window.page.locator("[aria-busy=true]")).to_have_count(0)
        assert await english(window.page) == [], path


async def test_language_chosen_on_one_device_is_taken_over_on_another(open_window: OpenWindow, world: World) -> None:
    phone = await driving(open_window, world)
    email = await account_email(phone.page)
    elsewhere = await open_window()
    await elsewhere.page.goto(elsewhere.url)
    await expect(elsewhere.page.locator("html")).to_have_attribute("lang", "en")
    async with phone.page.expect_response("**/v1/accounts/me"):
        await phone.page.get_by_role("button", name="Passer en français").click()

    await elsewhere.sign_in(email)
    await expect(elsewhere.page.locator("html")).to_have_attribute("lang", "fr")
    await elsewhere.page.get_by_role("button", name="Compte").click()
    await elsewhere.page.get_by_role("button", name="Se déconnecter").click()

    # What is chosen at the door is the person's word too, and the newest.
    await elsewhere.page.get_by_role("button", name="Switch to English").click()
    async with elsewhere.page.expect_response("**/v1/accounts/me"):
        await elsewhere.sign_in(email)
    await phone.page.reload()
    await expect(phone.page.locator("html")).to_have_attribute("lang", "en")


async def test_language_that_could_not_be_told_is_told_later(open_window: OpenWindow, world: World) -> None:
    window = await driving(open_window, world)
    window.allowed = ("ERR_FAILED",)
    page = window.page
    await page.route("**/v1/accounts/me", lambda route: route.abort())
    await page.get_by_role("button", name="Passer en français").click()
    await page.unroute("**/v1/accounts/me")

    async with page.expect_response(lambda answer: answer.request.method == "PATCH") as told:
        await page.reload()
    assert (await (await told.value).json())["language"] == "fr"
    await expect(page.locator("html")).to_have_attribute("lang", "fr")


async def account_email(page: Page) -> str:
    await page.get_by_role("button", name="Account").click()
    email = await page.locator(".account-who strong").inner_text()
    await page.keyboard.press("Escape")
    return email


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
async def test_an_operator_has_the_page_too(
    open_window: OpenWindow, operator: Operator, width: int, scheme: str
) -> None:
    window = await open_window(width=width, color_scheme=scheme)
    await window.sign_in(operator.email)
    page = window.page
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("link", name="You", exact=True).click()

    await expect(page).to_have_title(re.compile("^You"))
    await expect(page.locator(".menu-panel")).to_have_count(0)
    await page.get_by_label("Full name").fill("Ngono Paul")
    await page.get_by_role("radio", name="Français").check(force=True)
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".you-foot [role=status]").first).to_have_text("Enregistré.")
    await expect(page.get_by_role("heading", name="Mot de passe")).to_be_visible()
    assert await faults_of(page) == []
    await page.reload()
    await expect(page.get_by_label("Nom complet")).to_have_value("Ngono Paul")
    await page.get_by_role("link", name=re.compile("^Règles")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Règles")
