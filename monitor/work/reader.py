"""The process in which files are opened and models run: `python -m monitor.work.reader SOCKET MEMORY_BYTES`.

What strangers send is opened here and nowhere else. The process is given no address, no password and no environment;
once the models are warm it can open neither file nor socket, and it ends with the worker that started it. One file at a
time; each answer is sent as soon as it is there.
"""

import contextlib
import faulthandler
import io
import os
import resource
import signal
import socket
import sys
import time
import traceback
import wave
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from PIL import Image

from ml import dashboard, engine, model
from ml.findings import Kind, MediaError, MediaTooLarge, OnQuality, Quality, Reading
from monitor.work import handing
from monitor.work.handing import LENGTH, Broken, Judged, Look, Read, Ready, Refused, Said

READERS: Mapping[Kind, Callable[[bytes, OnQuality], Reading]] = {
    Kind.DASHBOARD: dashboard.read,
    Kind.SOUND: engine.read,
}
"""the same functions as `python -m ml.predict`"""


class Stream(Protocol):
    """The way back to the worker."""

    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


def main() -> None:
    """Reads what is handed over until the worker hangs up."""
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rwb") as stream:
        _warm()
        _shut_in()
        _say(stream, Ready({kind: model.load(_NAMES[kind]).card.title for kind in READERS}))
        while head := stream.read(LENGTH.size):
            asked = handing.read_asked(stream.read(LENGTH.unpack(head)[0]))
            data = stream.read(asked.size)
            _say(stream, _answer(asked, data, lambda quality: _say(stream, Judged(quality))))


def _answer(asked: Look, data: bytes, on_quality: Callable[[Quality], None]) -> Said:
    started = time.perf_counter()
    try:
        reading = READERS[asked.kind](data, on_quality)
    except MediaError as error:
        return Refused(error.code, str(error))
    except MemoryError:
        return Refused(MediaTooLarge.code, "it unpacks to more than is read")
    except Exception:  # a file must never end this process: the others wait behind it
        return Broken(traceback.format_exc())
    return Read(reading, (time.perf_counter() - started) * 1000)


def _say(stream: Stream, said: Said) -> None:
    stream.write(handing.frame(said))
    stream.flush()


_NAMES: Mapping[Kind, str] = {Kind.DASHBOARD: "dashboard", Kind.SOUND: "engine"}


def _warm() -> None:
    """The first reading of each kind takes seconds: what is loaded and compiled on first use is, from here on."""
    Image.init()
    for kind, sample in ((Kind.DASHBOARD, _picture()), (Kind.SOUND, _recording())):
        READERS[kind](sample, lambda _: None)
    # The readers of damaged files are loaded too.
    for kind, reader in READERS.items():
        with contextlib.suppress(MediaError):
            reader(b"neither picture nor recording " + kind.encode(), lambda _: None)


def _shut_in() -> None:
    """From here on nothing can be opened: the lowest free descriptor is above the limit."""
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, free))


def _picture() -> bytes:
    """A dark picture with one bright patch, so that something is found and named."""
    pixels = np.full((240, 320, 3), 20, dtype=np.uint8)
    pixels[100:124, 150:174] = (230, 30, 30)
    pixels[106:118, 156:168] = 20
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def _recording() -> bytes:
    """A second and a half of noise."""
    samples = np.random.default_rng(0).normal(0, 3000, 24_000).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(samples.tobytes())
    return file.getvalue()


if __name__ == "__main__":
    main()
