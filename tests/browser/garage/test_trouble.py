"""What a driver sees where files cannot be read and workers die: words that help, and the verdict all the same."""

import asyncio
import re
import signal
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from monitor import worker
from monitor.settings import Settings
from tests.browser.conftest import OpenWindow
from tests.browser.garage.conftest import LONG_MS, cluster, concluded, driving
from tests.journeys.conftest import World
from tests.journeys.processes import Worker

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FRENCH = {"locale": "fr"}


async def sent(page: Page, *photos: bytes) -> None:
    """Photos that no worker has looked at yet, handed over."""
    for number, photo in enumerate(photos):
        await page.locator("input[data-kind=dashboard]").set_input_files(
            {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": photo}
        )
        await expect(page.locator(".file-card.dashboard")).to_have_count(number + 1)
    await page.locator(".send-bar button").click()
    await expect(page).to_have_url(re.compile(r"/diagnoses/\d+$"), timeout=LONG_MS)


async def test_photo_that_cannot_be_read_is_named_beside_the_verdict(
    open_window: OpenWindow, world: World, settings: Settings
) -> None:
    window = await driving(open_window, world)
    page = window.page
    await sent(page, cluster(), cluster()[:9000])
    async with worker.at_work(settings, processes=1, stopping=asyncio.Event()):
        await concluded(page)

    await expect(page.locator(".reading")).to_have_count(1)
    unread = page.locator(".unread")
    await expect(unread).to_contain_text("Photo 2: The file breaks off or is damaged.")
    await expect(page.locator(".notes")).to_contain_text("Not every file could be read")
    await page.reload()
    await unread.get_by_role("button", name="Take another").click()
    await expect(page.locator(".camera")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".file-card.dashboard")).to_have_count(1)


async def test_nothing_readable_is_said_in_the_drivers_language(
    open_window: OpenWindow, world: World, settings: Settings
) -> None:
    window = await driving(open_window, world, **FRENCH)
    page = window.page
    await sent(page, cluster()[:9000])
    async with worker.at_work(settings, processes=1, stopping=asyncio.Event()):
        await expect(page.locator(".page-head")).to_contain_text("Rien de ce que vous avez envoyé", timeout=LONG_MS)

    await expect(page.locator(".page-head")).to_contain_text("incomplet ou abîmé")
    await expect(page.locator(".file-card .field-error")).to_contain_text("abîmé")
    await page.reload()
    await expect(page.locator(".file-card .field-error")).to_contain_text("abîmé")
    await expect(page.locator(".file-card").get_by_role("button")).to_have_count(1)


STAGES = ["Received", "Looking at the files", "Reading the lights, listening", "Weighing the causes"]

WATCH = """() => {
  window.stages = [];
  new MutationObserver(() => {
    const now = document.querySelector('.stages .running strong')?.textContent;
    if (now && now !== window.stages.at(-1)) window.stages.push(now);
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


async def test_stages_on_the_page_only_go_forward(open_window: OpenWindow, world: World, settings: Settings) -> None:
    window = await driving(open_window, world)
    page = window.page
    await sent(page, cluster())
    await page.evaluate(WATCH)
    async with worker.at_work(settings, processes=1, stopping=asyncio.Event()):
        await concluded(page)

    seen = await page.evaluate("window.stages")
    assert len(seen) >= 2
    assert seen == sorted(set(seen), key=STAGES.index)


async def test_verdict_comes_though_the_worker_is_killed_and_the_page_is_reloaded(
    open_window: OpenWindow, world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    window = await driving(open_window, world)
    page = window.page
    workers = [Worker(environment, tmp_path, f"work-{number}") for number in (1, 2)]
    first, second = workers
    try:
        await sent(page, cluster())
        await first.start()
        await expect(page.locator(".stages .running")).not_to_contain_text("Received", timeout=LONG_MS)
        await first.end(signal.SIGKILL)
        assert '"outcome":"done"' not in first.log, "it had ended before it could be killed"
        await page.reload()
        await expect(page.locator(".stages")).to_be_visible()
        await second.start()

        await concluded(page)
        await expect(page.locator(".reading")).to_have_count(1)
    finally:
        for each in workers:
            await each.end(signal.SIGTERM)
