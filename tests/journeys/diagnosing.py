"""What tests of the diagnosis way share: files to send, sent over a socket, and a worker that reads them."""

import hashlib
import io
import wave
from typing import Any

import numpy as np
from PIL import Image

from ml.knowledge import load
from monitor.garage.diagnosing import Diagnosing
from monitor.garage.readings import Library
from monitor.store.db import open_system
from monitor.store.objects import open_objects
from monitor.work import jobs
from monitor.work.inference import Readers
from monitor.work.jobs import JobKind
from monitor.work.understanding import understand
from tests.journeys.conftest import Socket, World


def photo(seed: int = 0, size: tuple[int, int] = (240, 320)) -> bytes:
    """A picture of a dark dashboard with a red patch; each seed another file. What it shows is of no matter here.

    `size`: height and width; a large one keeps a reader busy for longer.
    """
    noise = np.random.default_rng(seed).integers(0, 40, (*size, 3), dtype=np.uint8)
    noise[100:130, 150:180] = (230, 30, 30)
    noise[108:122, 158:172] = 20
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=90)
    return file.getvalue()


def recording(seed: int = 0, seconds: float = 1.5) -> bytes:
    """Noise of an idling kind."""
    samples = np.random.default_rng(seed).normal(0, 3000, int(16_000 * seconds)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


async def send(socket: Socket, data: bytes, kind: str = "dashboard") -> str:
    """Sends a whole file of at most a window; gives its id."""
    begun = await socket.say(
        "media",
        kind=kind,
        content_type="audio/wav" if kind == "sound" else "image/jpeg",
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    if begun.get("complete"):
        return str(begun["media"])
    assert "upload" in begun, begun
    head = begun["upload"].to_bytes(4, "big") + begun["offset"].to_bytes(8, "big")
    await socket.socket.send_bytes(head + data[begun["offset"] :])
    stored = await socket.push(
        lambda event: event["event"] in ("media.stored", "media.failed") and "upload" in event["data"]
    )
    assert stored["event"] == "media.stored", stored
    return str(begun["media"])


async def ended(socket: Socket, diagnosis: int, limit_s: float = 60.0) -> dict[str, Any]:
    """The event that ends a diagnosis."""
    return await socket.push(
        lambda event: (
            event["event"] in ("diagnosis.concluded", "diagnosis.failed") and event["data"]["id"] == diagnosis
        ),
        limit_s,
    )


async def conclude(world: World, diagnosis: int) -> None:
    """Does the worker's part for a diagnosis out of words alone, for which no model is needed."""
    assert world.settings is not None
    async with open_system(world.settings.database) as db:
        library = Library(db, open_objects(world.settings.media.url), Readers(world.settings.work, 0))
        async with db.system() as tx:
            taken = await jobs.take(tx, "test", 1000)
        (job,) = [job for job in taken if (job.kind, job.subject) == (JobKind.DIAGNOSE, str(diagnosis))]
        assert await Diagnosing(db, library, load(), understand).do(job)
