"""The drivers' pages in a real browser with a fake camera and microphone, a real server and a real worker."""

import asyncio
import gzip
import io
import re
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from playwright.async_api import Page, WebSocketRoute, expect

from monitor import worker
from monitor.routes.pages import DIST
from monitor.settings import Settings
from monitor.work.inference import Readers
from tests.browser.conftest import PLAIN, OpenWindow, Operator, Window
from tests.browser.test_access import NAMELESS, PALE, SMALL, TWICE
from tests.browser.test_console import FIRST_LOAD_BYTES
from tests.journeys.conftest import PASSWORD, World

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True, "permissions": ["camera", "microphone"]}
WIDE = {"permissions": ["camera", "microphone"]}
RATE = 48_000
COMES_BACK = 4001
LONG_MS = 60_000
"""what a worker may take on a busy machine"""


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


@pytest.fixture
def chromium_arguments(tmp_path: Path) -> list[str]:
    """A camera that looks at a cluster and a microphone that hears an engine."""
    camera, microphone = tmp_path / "camera.mjpeg", tmp_path / "microphone.wav"
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


@pytest.fixture
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


@pytest.mark.slow
async def test_driver_goes_from_sign_up_to_history(open_window: OpenWindow, readers: Readers) -> None:
    window = await open_window(**PHONE)
    page = window.page
    await page.goto(window.url)
    await page.get_by_role("button", name="Create an account").click()
    await page.fill("input[name=email]", "ama@example.org")
    await page.fill("input[name=username]", "ama")
    await page.fill("input[name=password]", PASSWORD)
    await page.get_by_role("button", name="Create account").click()
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
        for details in await page.locator("details").all():
            await details.evaluate("one => { one.open = true; }")
        for check in (NAMELESS, TWICE, SMALL, PALE):
            faults += [f"{path}: {fault}" for fault in await page.evaluate(check)]
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{path}: scrolls sideways")

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


def test_first_load_of_a_driver_is_light() -> None:
    """Document, the scripts and styles of the first page, and the one font that it needs, as they go over the wire."""
    document = (DIST / "index.html").read_text()
    named = {DIST / name for name in re.findall(r'(?:src|href)="/(assets/[^"]+)"', document)}
    own = {path for name in ("garage-*", "words-*") for path in (DIST / "assets").glob(name)}
    fonts = set((DIST / "assets").glob("inter-latin-wght*.woff2"))
    files = {DIST / "index.html"} | named | own | fonts

    assert any(path.name.startswith("garage-") for path in files)
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < FIRST_LOAD_BYTES
