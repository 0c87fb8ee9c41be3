"""A driver in a browser whose camera looks at a dashboard and whose microphone hears an engine, with a real worker."""

import asyncio
import io
import re
import wave
from collections.abc import AsyncIterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from playwright.async_api import Page, expect

from monitor import worker
from monitor.settings import Settings
from monitor.work.inference import Readers
from tests.browser.conftest import PLAIN, OpenWindow, Window, fixture
from tests.journeys.conftest import PASSWORD, World

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True, "permissions": ["camera", "microphone"]}
LONG_MS = 60_000
"""what a worker may take on a busy machine"""
RATE = 48_000


def cluster() -> bytes:
    """A dark cluster with two dials and a lit red light, sharp enough to pass; drawn here, nobody's photo."""
    picture = Image.new("RGB", (1280, 720), (14, 15, 18))
    draw = ImageDraw.Draw(picture)
    for centre in (360, 920):
        draw.ellipse((centre - 220, 140, centre + 220, 580), outline=(210, 214, 220), width=5)
        for step in range(0, 360, 15):
            turn = np.radians(step)
            near, far = 190, 214
            draw.line(
                [(centre + r * np.cos(turn), 360 + r * np.sin(turn)) for r in (near, far)],
                fill=(230, 230, 235),
                width=4,
            )
    draw.rectangle((600, 470, 680, 530), outline=(235, 40, 36), width=8)
    draw.line((592, 484, 688, 484), fill=(235, 40, 36), width=8)
    draw.text((612, 494), "- +", fill=(235, 40, 36), font_size=30)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return file.getvalue()


def idling(seconds: float = 8.0) -> NDArray[np.int16]:
    """Firing at 25 Hz with its harmonics and some hiss: loud enough, never cut off."""
    times = np.arange(int(RATE * seconds)) / RATE
    tone = sum(np.sin(2 * np.pi * 25 * order * times) / order for order in range(1, 30))
    hiss = np.random.default_rng(7).normal(0, 0.05, times.size)
    sound = tone / np.abs(tone).max() + hiss
    return np.asarray(sound / np.abs(sound).max() * 12_000, dtype=np.int16)


@pytest.fixture(scope="session")
def chromium_arguments(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A camera that looks at a cluster and a microphone that hears an engine."""
    folder = tmp_path_factory.mktemp("devices")
    camera, microphone = folder / "camera.mjpeg", folder / "microphone.wav"
    camera.write_bytes(cluster() * 4)
    with wave.open(str(microphone), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(idling().tobytes())
    return [
        *PLAIN,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
        f"--use-file-for-fake-audio-capture={microphone}",
    ]


@fixture
async def readers(settings: Settings) -> AsyncIterator[Readers]:
    async with worker.at_work(settings, processes=1, stopping=asyncio.Event()) as readers:
        yield readers


async def driving(open_window: OpenWindow, world: World, path: str = "/", **options: object) -> Window:
    """A driver with an account, looking at this page."""
    token = await world.person()
    _, account = await world.call("GET", "/v1/accounts/me", token)
    window = await open_window(**(PHONE | options))
    await window.sign_in(account["email"], path)
    return window


async def photographed(page: Page) -> None:
    await page.get_by_role("button", name="Take a photo").click()
    await page.get_by_role("button", name="Take the photo").click()
    await expect(page.locator(".camera .studio-foot")).to_contain_text("Looks good.")
    await page.get_by_role("button", name="Use it", exact=True).click()


async def concluded(page: Page) -> int:
    """Waits for the result that the page goes to by itself; gives the diagnosis's number."""
    await expect(page).to_have_url(re.compile(r"/diagnoses/\d+$"), timeout=LONG_MS)
    await expect(page.locator(".verdict-block h1")).to_be_visible(timeout=LONG_MS)
    return int(page.url.rsplit("/", 1)[1])


async def english(page: Page) -> list[str]:
    """English words that stand where French should; cards of models are said to be in English."""
    text = await page.locator("body").evaluate(
        "body => { const copy = body.cloneNode(true); copy.querySelectorAll('[lang=en]').forEach(one => one.remove());"
        " return copy.textContent; }"
    )
    return ENGLISH.findall(text)


ENGLISH = re.compile(
    r"\b(the|your|what|when|with|and|not|car|engine|light|choose|record|send|photos?ed|likely|check|yes|why|cost of|"
    r"history|models|devices|delete|sure)\b",
    re.IGNORECASE,
)


FOCUSED = """() => {
  const one = document.activeElement;
  if (one.matches('body, main')) return '';
  const labels = [...(one.labels ?? [])].map(each => each.innerText);
  return [one.getAttribute('aria-label'), ...labels, one.innerText].join(' ');
}"""
"""what a person hears of where the focus is"""


async def signed_up(window: Window) -> Page:
    """Ama's page right after she made her account."""
    page = window.page
    await page.goto(window.url)
    await page.get_by_role("button", name="Create an account").click()
    await page.fill("input[name=email]", "ama@example.org")
    await page.fill("input[name=username]", "ama")
    await page.fill("input[name=password]", PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    return page
