"""Readers hold the models, are shut in, and die alone: whatever a file does, the others are read."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from PIL import Image

from ml import dashboard, engine
from ml.findings import Kind, Quality
from monitor import settings as configuration
from monitor.errors import ReaderLost, ReaderSlow
from monitor.work.inference import FileRefused, Readers, open_readers
from tests.journeys.diagnosing import photo, recording
from tests.ml.recordings import file_of, noise

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMIT_S = 60.0


def handed(data: bytes) -> Callable[[], Awaitable[bytes]]:
    async def fetch() -> bytes:
        return data

    return fetch


LIMITS = configuration.load(environ={}).work


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def readers() -> AsyncIterator[Readers]:
    """One reader for the whole module: each start takes seconds."""
    async with open_readers(LIMITS, 1) as readers:
        yield readers


async def wait_for(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.05)


async def up(readers: Readers) -> int:
    """The reader's process id, once it is there."""
    await wait_for(lambda: bool(readers.processes()))
    return readers.processes()[0]


async def test_reader_says_what_the_same_code_says_in_this_process(readers: Readers) -> None:
    heard: list[Quality] = []
    seen = await readers.read(Kind.DASHBOARD, handed(photo()), on_quality=heard.append)
    sound = await readers.read(Kind.SOUND, handed(recording()))

    assert seen.reading == dashboard.read(photo())
    assert heard == [seen.reading.quality]
    # The order in which numbers are added up depends on the threads of the process.
    assert sound.reading.quality == engine.read(recording()).quality
    assert [round(each.confidence, 4) for each in sound.reading.findings] == [
        round(each.confidence, 4) for each in engine.read(recording()).findings
    ]
    assert readers.models == {Kind.DASHBOARD: seen.reading.model, Kind.SOUND: sound.reading.model}


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("wav", "pcm_s16le", 44_100), ("mp3", "libmp3lame", 44_100), ("ipod", "aac", 44_100), ("3gp", "aac", 44_100),
        ("ogg", "libopus", 48_000), ("webm", "libopus", 48_000), ("flac", "flac", 48_000),
    ],
)  # fmt: skip
async def test_shut_in_reader_opens_what_phones_record(readers: Readers, container: str, codec: str, rate: int) -> None:
    read = await readers.read(Kind.SOUND, handed(file_of(noise(1.5), container, codec, rate)))

    assert {each.name: each.value for each in read.reading.quality.measures}["rate_hz"] == rate


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
async def test_shut_in_reader_opens_the_pictures_that_it_should(readers: Readers, kind: str) -> None:
    file = io.BytesIO()
    Image.open(io.BytesIO(photo())).save(file, kind)
    if kind == "GIF":
        with pytest.raises(FileRefused):
            await readers.read(Kind.DASHBOARD, handed(file.getvalue()))
        return

    assert (await readers.read(Kind.DASHBOARD, handed(file.getvalue()))).reading.findings


async def test_reader_is_shut_in(readers: Readers) -> None:
    """Nothing of ours is in its environment; it can open nothing, and fill no machine's memory."""
    process = Path("/proc") / str(await up(readers))
    environment = process.joinpath("environ").read_bytes().decode()
    allowed = {line[:25].strip(): line[26:].split()[0] for line in process.joinpath("limits").read_text().splitlines()}
    opened = {int(path.name) for path in process.joinpath("fd").iterdir()}

    assert "ROADPULSE" not in environment
    assert "HOME" not in environment
    assert int(allowed["Max address space"]) == LIMITS.memory_bytes
    assert set(range(int(allowed["Max open files"]))) <= opened, "there is no descriptor left to open anything with"
    links = [str((process / "fd" / str(fd)).readlink()) for fd in opened]
    assert sum(link.startswith("socket:") for link in links) == 1


async def test_bad_file_is_refused_and_the_next_one_is_read(readers: Readers) -> None:
    before = readers.processes()
    for kind, data, code in (
        (Kind.DASHBOARD, recording(), "media_unknown"),
        (Kind.SOUND, photo(), "media_unknown"),
        (Kind.DASHBOARD, photo()[:900], "media_truncated"),
        (Kind.SOUND, b"", "media_empty"),
    ):
        with pytest.raises(FileRefused) as refused:
            await readers.read(kind, handed(data))
        assert refused.value.code == code

    assert (await readers.read(Kind.DASHBOARD, handed(photo()))).reading.findings
    assert readers.processes() == before


async def test_killed_reader_takes_only_the_file_that_it_read(readers: Readers) -> None:
    """The first file in its hand fails; the one behind it, which it had not begun, is read by its successor."""
    pid = await up(readers)
    os.kill(pid, signal.SIGSTOP)
    reading = asyncio.create_task(readers.read(Kind.DASHBOARD, handed(photo(1))))
    behind = asyncio.create_task(readers.read(Kind.DASHBOARD, handed(photo(2))))
    await asyncio.sleep(0.1)
    os.kill(pid, signal.SIGKILL)

    with pytest.raises(ReaderLost):
        await asyncio.wait_for(reading, LIMIT_S)
    assert (await asyncio.wait_for(behind, LIMIT_S)).reading.findings
    assert pid not in readers.processes()


async def test_suspect_is_read_alone(readers: Readers) -> None:
    pid = await up(readers)
    os.kill(pid, signal.SIGSTOP)
    suspect = asyncio.create_task(readers.read(Kind.DASHBOARD, handed(photo(1)), alone=True))
    other = asyncio.create_task(readers.read(Kind.DASHBOARD, handed(photo(2))))
    await asyncio.sleep(0.1)
    (reader,) = readers._readers

    assert [task.is_alone for task in reader.held] == [True]
    os.kill(pid, signal.SIGCONT)
    await asyncio.wait_for(asyncio.gather(suspect, other), LIMIT_S)


async def test_file_over_its_time_ends_its_reader() -> None:
    async with open_readers(msgspec.structs.replace(LIMITS, file_limit_s=0.3), 1) as readers:
        (pid,) = readers.processes()
        os.kill(pid, signal.SIGSTOP)

        with pytest.raises(ReaderSlow):
            await asyncio.wait_for(readers.read(Kind.DASHBOARD, handed(photo())), LIMIT_S)
        await wait_for(lambda: bool(readers.processes()) and readers.processes() != [pid])


async def test_file_over_its_memory_is_refused() -> None:
    """A photo of many pixels does not fit where the models just do; the reader lives on or is replaced."""
    async with open_readers(msgspec.structs.replace(LIMITS, memory_bytes=900_000_000), 1) as readers:
        with pytest.raises((FileRefused, ReaderLost)):
            await readers.read(Kind.DASHBOARD, handed(large_photo()))
        assert (await asyncio.wait_for(readers.read(Kind.SOUND, handed(recording())), LIMIT_S)).reading.findings


async def test_readers_end_with_their_worker() -> None:
    async with open_readers(LIMITS, 1) as readers:
        (pid,) = readers.processes()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def large_photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (9000, 7000), (40, 40, 40)).save(file, "JPEG")
    return file.getvalue()
