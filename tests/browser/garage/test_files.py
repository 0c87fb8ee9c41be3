"""Photos on their way from a browser: poor ones, broken ones, twice the same, and over a link that breaks."""

import asyncio
import io
import re

import numpy as np
import pytest
from PIL import Image, ImageFilter
from playwright.async_api import WebSocketRoute, expect

from monitor.work.inference import Readers
from tests.browser.conftest import OpenWindow
from tests.browser.garage.conftest import LONG_MS, cluster, concluded, driving, photographed
from tests.journeys.conftest import World

pytestmark = pytest.mark.browser

COMES_BACK = 4001


async def test_blurred_photo_is_warned_of_and_sent_all_the_same(
    open_window: OpenWindow, world: World, readers: Readers
) -> None:
    window = await driving(open_window, world)
    page = window.page
    blurred = Image.open(io.BytesIO(cluster())).filter(ImageFilter.GaussianBlur(24))
    file = io.BytesIO()
    blurred.save(file, "JPEG")
    await page.locator("input[data-kind=dashboard]").set_input_files(
        {"name": "blurred.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )

    card = page.locator(".file-card.dashboard")
    await expect(card.locator(".warnings")).to_contain_text("blurred")
    await expect(card.get_by_role("button", name="Take another")).to_be_visible()
    await expect(card).to_contain_text("At the server", timeout=LONG_MS)
    await page.get_by_role("button", name="Find out").click()
    await concluded(page)
    await expect(page.locator(".input-quality")).to_have_text("Poor input")

    await page.locator(".reading").get_by_role("button", name="Take another").click()
    await page.get_by_role("button", name="Take the photo").click()
    await page.get_by_role("button", name="Use it", exact=True).click()
    await expect(card).to_have_count(1)
    await expect(card).to_contain_text("Good enough", timeout=LONG_MS)


REFUSE_CAMERA = """() => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };
}"""


async def test_without_a_camera_a_photo_is_chosen(open_window: OpenWindow, world: World) -> None:
    window = await driving(open_window, world)
    page = window.page
    await page.evaluate(REFUSE_CAMERA)
    await page.get_by_role("button", name="Take a photo").click()
    await expect(page.locator(".camera-note")).to_contain_text("not allowed")
    await page.locator(".camera input[type=file]").set_input_files(
        {"name": "dash.jpg", "mimeType": "image/jpeg", "buffer": cluster()}
    )

    await expect(page.locator(".file-card.dashboard")).to_be_visible()
    await expect(page.locator(".camera")).to_have_count(0)


async def test_file_that_is_there_already_is_not_sent_again(
    open_window: OpenWindow, world: World, readers: Readers
) -> None:
    window = await driving(open_window, world)
    page = window.page
    file = {"name": "dash.jpg", "mimeType": "image/jpeg", "buffer": cluster()}
    for _ in range(2):
        await page.locator("input[data-kind=dashboard]").set_input_files(file)
        await expect(page.locator(".file-card.dashboard")).to_contain_text("Good enough", timeout=LONG_MS)
        await page.reload()
        await expect(page.locator(".file-card.dashboard")).to_contain_text("Good enough")
        await expect(page.locator(".file-card .thumb img")).to_be_visible()
        await page.get_by_role("button", name="Remove: Photo 1").click()
    await expect(page.locator(".file-card")).to_have_count(0)


async def test_what_is_no_photo_is_refused_in_words(open_window: OpenWindow, world: World, readers: Readers) -> None:
    window = await driving(open_window, world)
    page = window.page
    for content, words in (
        (b"no picture at all" * 99, "no photo or recording"),
        (cluster()[:9000], "damaged"),
        (b"", "empty"),
    ):
        await page.locator("input[data-kind=dashboard]").set_input_files(
            {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": content}
        )
        card = page.locator(".file-card").last
        await expect(card.locator(".field-error")).to_contain_text(words, timeout=LONG_MS)
    await page.get_by_label("In your own words").fill("the oil light is on")
    await page.get_by_role("button", name="Find out").click()

    await concluded(page)


class Cut:
    """Stands between the page and the server, and breaks the link in the middle of a file."""

    def __init__(self, after_bytes: int) -> None:
        self.after_bytes = after_bytes
        self.seen: list[int] = []
        """bytes of chunks of each connection"""
        self.is_down = False
        self.closing: set[asyncio.Future[None]] = set()

    def __call__(self, route: WebSocketRoute) -> None:
        if self.is_down:
            self.close(route)
            return
        server = route.connect_to_server()
        self.seen.append(0)
        number = len(self.seen) - 1

        def forward(message: str | bytes) -> None:
            if isinstance(message, bytes):
                self.seen[number] += len(message) - 12
                if number == 0 and self.seen[0] > self.after_bytes:
                    self.close(route)
                    return
            server.send(message)

        route.on_message(forward)

    def close(self, route: WebSocketRoute) -> None:
        self.closing.add(asyncio.ensure_future(route.close(code=COMES_BACK)))


async def test_broken_link_goes_on_where_it_was(open_window: OpenWindow, world: World, readers: Readers) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (1200, 1600, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=90)
    size = file.tell()
    cut = Cut(after_bytes=size // 2)
    window = await driving(open_window, world, "/cars")
    page = window.page
    await page.route_web_socket("**/v1/stream", cut)
    await page.goto(window.url)
    await page.locator("input[data-kind=dashboard]").set_input_files(
        {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    await page.get_by_role("button", name="Find out").click()

    await concluded(page)
    assert len(cut.seen) >= 2
    assert sum(cut.seen) < size * 1.5, "what had arrived was sent again"


async def test_what_waits_for_a_link_survives_a_reload(open_window: OpenWindow, world: World, readers: Readers) -> None:
    cut = Cut(after_bytes=10**9)
    cut.is_down = True
    window = await driving(open_window, world, "/cars")
    page = window.page
    await page.route_web_socket("**/v1/stream", cut)
    await page.goto(window.url)
    await photographed(page)
    await expect(page.locator(".file-card")).to_contain_text("Kept on this phone")
    await page.get_by_role("button", name="Find out").click()
    await expect(page).to_have_url(re.compile("/sending$"))
    await expect(page.locator(".page-head")).to_contain_text("No link at the moment")

    await page.reload()
    await expect(page.locator(".file-card")).to_contain_text("Kept on this phone")
    cut.is_down = False

    await concluded(page)
    assert len(cut.seen) >= 1
