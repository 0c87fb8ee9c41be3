"""Every file that was stored is looked at by a worker, and what is unfit is not kept."""

import asyncio
import contextlib
import io
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from monitor import worker
from monitor.settings import Settings
from tests import files
from tests.conftest import EICAR
from tests.journeys.conftest import Socket, World
from tests.sending import send

EXAMINED_S = 60.0

FIT = {
    "JPEG": ("dashboard", lambda: files.picture("JPEG", 6)),
    "PNG": ("dashboard", lambda: files.picture("PNG")),
    "WebP": ("dashboard", lambda: files.picture("WEBP")),
    "HEIC": ("dashboard", lambda: files.heic(3)),
    "WAV": ("sound", files.wav),
    "MP3": ("sound", lambda: files.sound("mp3", "libmp3lame")),
    "M4A": ("sound", lambda: files.sound("ipod", "aac")),
    "AAC": ("sound", lambda: files.sound("adts", "aac")),
    "Opus in Ogg": ("sound", lambda: files.sound("ogg", "libopus")),
    "Opus in WebM": ("sound", lambda: files.sound("webm", "libopus")),
    "AMR in 3GP": ("sound", lambda: files.sound("3gp", "libopencore_amrnb", 8000)),
    "AMR": ("sound", lambda: files.sound("amr", "libopencore_amrnb", 8000)),
    "a picture": ("attachment", files.picture),
    "a video": ("attachment", files.video),
    "a document": ("attachment", lambda: files.document()),
}


def bomb() -> bytes:
    """A PNG of a few kilobytes that unpacks to 2.5 thousand million pixels."""
    return files.png(50_000, 50_000, zlib.compress(bytes(1_000_000), 9))


UNFIT = {
    "a picture cut short": ("dashboard", lambda: files.picture()[:6_000], "media_truncated"),
    "a recording cut short": ("sound", lambda: files.wav()[:60_000], "media_truncated"),
    "a head that promises too many pixels": ("dashboard", bomb, "media_too_large"),
    "a picture of a few pixels": (
        "dashboard",
        lambda: files.png(11, 300, zlib.compress(bytes(20_000))),
        "media_too_small",
    ),
    "a page called a picture": ("dashboard", lambda: b"<html><script>alert(1)</script></html>", "media_unknown"),
    "a drawing with a script": ("dashboard", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "media_unknown"),
    "a page that goes on as a picture": ("dashboard", lambda: b"<html>" + files.picture(), "media_unknown"),
    "a recording called a picture": ("dashboard", files.wav, "media_unknown"),
    "a picture called a recording": ("sound", files.picture, "media_unknown"),
    "a video without sound": ("sound", files.video, "media_unknown"),
    "a recording without a picture, as attachment": ("attachment", lambda: files.video(False), "media_unknown"),
    "three hours of silence": ("sound", lambda: files.silence(3 * 3600), "media_too_large"),
    "a playlist of other files": ("sound", lambda: b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", "media_unknown"),
    "a list of other files": ("sound", lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", "media_unknown"),
    "a document cut short": ("attachment", lambda: files.document()[:-40], "media_truncated"),
    "an archive": ("attachment", lambda: b"PK\x03\x04" + bytes(200), "media_unknown"),
    "nothing but zeros": ("sound", lambda: bytes(10_000), "media_unknown"),
}


@contextlib.asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[None]:
    async with worker.at_work(settings, processes=1, stopping=asyncio.Event()):
        yield


async def followed(world: World, token: str) -> Socket:
    socket = await world.console(token)
    await socket.say("subscribe", channel="me")
    return socket


async def gone(folder: Path) -> None:
    """Returns once a file's folder in the store is no more."""
    async with asyncio.timeout(EXAMINED_S):
        while await asyncio.to_thread(folder.exists):  # noqa: ASYNC110 - the disk tells nobody
            await asyncio.sleep(0.02)


async def outcome(socket: Socket, media: str) -> tuple[str, dict[str, object]]:
    said = await socket.push(lambda each: each["data"].get("media") == media, limit_s=EXAMINED_S)
    return said["event"], said["data"]


@pytest.mark.timeout(300)
async def test_what_phones_send_is_read_and_what_is_unfit_is_not_kept(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    token = await world.person()
    socket = await followed(world, token)
    surprises: list[object] = []
    async with working(settings):
        for name, (kind, make) in FIT.items():
            sent = await send(world, token, make(), kind)
            event, data = await outcome(socket, sent)
            if event != "media.examined":
                surprises.append((name, event, data))
        for name, (kind, make, code) in UNFIT.items():
            sent = await send(world, token, make(), kind)
            event, data = await outcome(socket, sent)
            if (event, data.get("error", {}).get("type")) != ("media.failed", f"/problems/{code}"):
                surprises.append((name, event, data))
            _, found = await world.call("GET", f"/v1/media/{sent}", token)
            if (found["state"], found["refusal"]) != ("failed", code):
                surprises.append((name, found))
            await gone(tmp_path / "media" / sent)

    assert surprises == []


@pytest.mark.timeout(180)
async def test_infected_file_is_not_kept_and_none_passes_unasked(
    world: World, settings: Settings, clamd: str, tmp_path: Path
) -> None:
    token = await world.person()
    socket = await followed(world, token)
    infected = await send(world, token, files.picture() + EICAR)
    document = await send(world, token, files.document().replace(b"%%EOF", EICAR + b"\n%%EOF"), "attachment")
    clean = await send(world, token, files.picture(quality=80))
    async with working(scanned(settings, "unix:///nowhere")):
        # The worker asks again and again, and nothing is told meanwhile.
        with pytest.raises(TimeoutError):
            await socket.push(lambda each: each["event"].startswith("media."), limit_s=3)
    async with working(scanned(settings, clamd)):
        for sent in (infected, document):
            event, data = await outcome(socket, sent)
            assert (event, data["error"]["type"]) == ("media.failed", "/problems/media_infected")
            await gone(tmp_path / "media" / sent)
        assert (await outcome(socket, clean))[0] == "media.examined"


def scanned(settings: Settings, clamd: str) -> Settings:
    return msgspec.structs.replace(settings, media=msgspec.structs.replace(settings.media, clamd=clamd))


@pytest.mark.timeout(180)
async def test_photo_is_described_as_the_design_names_it(world: World, settings: Settings) -> None:
    token = await world.person()
    async with working(settings):
        photo = await send(world, token, files.picture("JPEG", 6))
        event, data = await outcome(await followed(world, token), photo)

    assert event == "media.examined"
    assert data["id"] == data["media"] == photo
    measures = data["quality"]["measures"]
    # Turned as EXIF says.
    assert (measures["width_px"], measures["height_px"], measures["format"]) == (400, 640, "JPEG")
    assert "sRGB" in measures["colour_profile"]
    assert measures["captured_at"] == "2026:11:22 09:30:00"


def test_bomb_is_small() -> None:
    assert len(bomb()) < 2_000
    with Image.open(io.BytesIO(files.picture())) as picture:
        assert picture.getexif()[0x0110] == "SM-G991B"
