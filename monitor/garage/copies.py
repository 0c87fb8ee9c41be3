"""Shows files as copies: made of the original when first asked for, by a process of their own, and kept beside it."""

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never
from weakref import WeakValueDictionary

import msgspec

from monitor import log
from monitor.errors import MediaUnreadable, Roadpulse, Unavailable
from monitor.garage import media
from monitor.lineage import tied_to_parent
from monitor.settings import Settings
from monitor.store.objects import ObjectMissing, Objects
from monitor.values import MediaId, MediaKind

LIMIT_S: Final = 60.0
"""the largest photo takes 5 s on a busy core"""
MOST_BYTES: Final = 16 * 1024 * 1024
"""above any copy: two minutes of sound are 4 MB"""
AT_ONCE: Final = 2
"""copies under way in a server process; each may take work.memory_bytes"""
LONGEST_PX: Final = (320, 640, 1280, 2048)
REFUSED: Final = 3

_ROOT = Path(__file__).resolve().parent.parent.parent
_log = log.Log(__name__)


class Shape(StrEnum):
    """What a copy is."""

    PICTURE = "picture"
    SOUND = "sound"
    VOICELESS = "voiceless"
    SPECTROGRAM = "spectrogram"

    @property
    def content_type(self) -> str:
        match self:
            case Shape.PICTURE:
                return "image/jpeg"
            case Shape.SOUND | Shape.VOICELESS:
                return "audio/wav"
            case Shape.SPECTROGRAM:
                return "application/json"
            case _ as never:
                assert_never(never)


SHAPES: Final = {
    MediaKind.DASHBOARD: Shape.PICTURE,
    MediaKind.SOUND: Shape.VOICELESS,
    MediaKind.ATTACHMENT: Shape.PICTURE,
}
"""as what a file is shown to others"""


class Refusal(msgspec.Struct, frozen=True):
    """Why the copier could not read a file."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy in the store."""

    name: str
    """of the object"""
    size: int
    content_type: str


class Copies:
    """The copies that one process makes."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self._objects = objects
        self._memory_bytes = settings.work.memory_bytes
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def find(self, wanted: MediaId, shape: Shape, longest_px: int = 1280) -> Copy:
        """A copy of a stored file; of a picture one whose longer side is at least so long, where there is such.

        Raises: MediaUnknown and its kin - the file cannot be shown so; Unavailable.
        """
        made = shape.value
        if shape is Shape.PICTURE:
            made += f"-{min((size for size in LONGEST_PX if size >= longest_px), default=LONGEST_PX[-1])}"
        name = media.copy(wanted, made)
        # Who asks for one that is being made waits for it.
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            try:
                size = await self._objects.size(name)
            except ObjectMissing:
                async with self._at_once:
                    copy = await self.make(await self._original(wanted), made)
                await self._objects.replace(name, copy)
                size = len(copy)
        return Copy(name, size, shape.content_type)

    async def make(self, data: bytes, made: str) -> bytes:
        """One copy of a file's bytes, of a kind that the copier knows.

        Raises: MediaUnknown and its kin.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor.work.copier", made, str(self._memory_bytes)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Nothing of ours: what strangers send is opened there. It keeps to one core.
            env={"PATH": os.defpath, "PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1",
                 "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGKILL),
        )  # fmt: skip
        try:
            async with asyncio.timeout(LIMIT_S):
                return await _exchange(process, data)
        except TimeoutError as error:
            raise MediaUnreadable("reading it takes too long") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())

    async def _original(self, wanted: MediaId) -> bytes:
        try:
            return await self._objects.read(media.original(wanted))
        except ObjectMissing as error:
            _log.error("original_missing", media=wanted)
            raise Unavailable("the file is not in the store") from error


async def _exchange(process: asyncio.subprocess.Process, data: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(ConnectionError):
        process.stdin.write(data)
        await process.stdin.drain()
        process.stdin.close()
    copy = bytearray()
    while part := await process.stdout.read(256 * 1024):
        copy += part
        if len(copy) > MOST_BYTES:
            raise MediaUnreadable("its copy would be too large")
    status = await process.wait()
    if status == 0:
        return bytes(copy)
    raise _fault(status, bytes(copy))


def _fault(status: int, said: bytes) -> Roadpulse:
    if status == REFUSED:
        with contextlib.suppress(msgspec.DecodeError):
            refusal = msgspec.json.decode(said, type=Refusal)
            return media.refusal(refusal.code, refusal.detail)
    _log.error("copier_died", status=status)
    return MediaUnreadable("no decoder survives it")
