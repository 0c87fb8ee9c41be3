"""Makes one copy of one file and ends: `python -m monitor.work.copier COPY MEMORY_BYTES`, file in, copy out.

What strangers sent is opened here, in a process that has no address, no password and no environment, that can open
neither file nor socket once its decoders are loaded, and that ends with the one that started it. The copy holds what
can be seen or heard and nothing else: no place, no device, no time.
"""

import base64
import faulthandler
import functools
import io
import json
import math
import os
import resource
import sys
import wave
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml import audio, engine, image
from ml.findings import MediaError, MediaTooLarge, NotThisKind, Span
from ml.mel import RATE, Samples, frames_of, mel_filters
from monitor.work.pdf import check_document

REFUSED: Final = 3
"""exit status of a file that cannot be read; its error's code and detail are the output"""
CPU_S: Final = 60
JPEG_QUALITY: Final = 85
LONGEST_PX: Final = (320, 640, 1280, 2048)
BANDS: Final = 64
MOST_COLUMNS: Final = 1_200
"""of a spectrogram: more than a screen shows"""
FLOOR_DB: Final = -80.0
SILENT: Final = 1e-12
"""power that nothing audible is below: digital silence is dark, not its own loudest"""
VIDEO_FRAMES: Final = 3
"""decoded of a video: enough to know that it is one"""


def picture(data: bytes, longest_px: int) -> bytes:
    """A JPEG, turned as shown, in sRGB."""
    shown = image.shrink(image.decode(data).pixels, longest_px)
    file = io.BytesIO()
    Image.fromarray(shown).save(file, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return file.getvalue()


def sound(data: bytes) -> bytes:
    """A WAV, mono, 16 bits, 16 kHz."""
    return _written(audio.hear(data).samples)


def voiceless(data: bytes) -> bytes:
    """The same for others than its owner: silent where somebody may be speaking."""
    recording = audio.hear(data)
    samples = recording.samples.copy()
    for span in engine.voices(recording):
        samples[math.floor(span.start_s * RATE) : math.ceil(span.end_s * RATE)] = 0.0
    return _written(samples)


def _written(samples: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2").tobytes())
    return file.getvalue()


def spectrogram(data: bytes) -> bytes:
    """JSON: loudness over time and frequency, a byte each, 0 at 80 dB below the loudest; where somebody speaks, 0."""
    recording = audio.hear(data)
    powers = _powers(recording.samples)
    together = -(-len(powers) // MOST_COLUMNS)
    edges = np.arange(0, len(powers), together)
    columns = np.add.reduceat(powers, edges) / np.diff(np.append(edges, len(powers)))[:, None]
    spoken = engine.voices(recording)
    columns[touched(len(columns), together, spoken)] = 0.0
    loudest = max(float(columns.max()), SILENT)
    levels = 10 * np.log10(np.maximum(columns, 1e-12 * loudest) / loudest)
    rows = np.round((np.maximum(levels, FLOOR_DB) / -FLOOR_DB + 1) * 255).astype(np.uint8).T
    said = {
        "seconds_per_column": together * HOP / RATE,
        "hz": [round(hz, 1) for hz in _tops()],
        "columns": len(columns),
        "rows": base64.b64encode(rows.tobytes()).decode(),
        "hidden": [(round(span.start_s, 3), round(span.end_s, 3)) for span in spoken],
    }
    return json.dumps(said).encode()


def touched(columns: int, together: int, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """The columns, each of so many frames, that hear any part of the spans.

    Shape:  -> (columns,).
    """
    first = np.arange(columns) * together * HOP / RATE
    last = first + ((together - 1) * HOP + WINDOW) / RATE
    found = np.zeros(columns, np.bool_)
    for span in spans:
        found |= (first < span.end_s) & (last > span.start_s)
    return found


WINDOW: Final = 1_024
HOP: Final = 512
LOW_HZ, HIGH_HZ = 40.0, 7_900.0


def _powers(samples: Samples) -> Samples:
    """Shape:  (samples,) -> (frames, BANDS)."""
    padded = np.pad(samples, (0, max(0, WINDOW - len(samples))))
    hann = np.hanning(WINDOW).astype(np.float32)
    filters = mel_filters(RATE, WINDOW, BANDS, LOW_HZ, HIGH_HZ)
    frames = frames_of(padded, WINDOW, HOP)
    # In parts: two minutes at once would take a hundred megabytes.
    parts = [
        np.square(np.abs(np.fft.rfft(part * hann))) @ filters for part in np.array_split(frames, -(-len(frames) // 512))
    ]
    return np.concatenate(parts).astype(np.float32)


def _tops() -> list[float]:
    """The middle of each band."""
    mel = np.linspace(1127.0 * np.log1p(LOW_HZ / 700.0), 1127.0 * np.log1p(HIGH_HZ / 700.0), BANDS + 2)
    return [float(hz) for hz in 700.0 * np.expm1(mel[1:-1] / 1127.0)]


def attachment(data: bytes) -> bytes:
    """JSON: what an attachment is, by the success of what reads such files.

    Raises: MediaError - neither picture, video nor document, or damaged.
    """
    try:
        seen = image.decode(data)
        said = {"format": seen.format, "width_px": seen.width, "height_px": seen.height}
    except NotThisKind:
        said = {"format": "PDF"} if check_document(data) else _video(data)
    return json.dumps(said).encode()


def _video(data: bytes) -> dict[str, object]:
    try:
        container = av.open(
            io.BytesIO(data),
            container_options={"format_whitelist": audio.FORMATS, "protocol_whitelist": ""},
            metadata_errors="ignore",
            mode="r",
        )
    except (av.FFmpegError, ValueError) as error:
        raise NotThisKind("neither picture, video nor PDF document") from error
    with container:
        if not container.streams.video:
            raise NotThisKind("there is nothing to be seen in it")
        stream = container.streams.video[0]
        width, height = stream.codec_context.width, stream.codec_context.height
        if not 0 < width * height <= image.MAX_PIXELS:
            raise MediaTooLarge("more pixels than are read")
        try:
            frames = [frame for frame, _ in zip(container.decode(video=0), range(VIDEO_FRAMES), strict=False)]
        except av.FFmpegError as error:
            raise NotThisKind("the video is damaged") from error
        if not frames:
            raise NotThisKind("there is nothing to be seen in it")
        return {"format": container.format.name.split(",")[0], "width_px": width, "height_px": height}


COPIES: Mapping[str, Callable[[bytes], bytes]] = {
    **{f"picture-{longest_px}": functools.partial(picture, longest_px=longest_px) for longest_px in LONGEST_PX},
    "sound": sound,
    "voiceless": voiceless,
    "spectrogram": spectrogram,
    "attachment": attachment,
}


def main() -> int:
    """Reads the file from standard input and writes the copy to standard output."""
    make, memory = COPIES[sys.argv[1]], int(sys.argv[2])
    faulthandler.enable()
    _warm(make)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    data = sys.stdin.buffer.read()
    _shut_in()
    try:
        copy = make(data)
        status = 0
    except MediaError as error:
        copy, status = json.dumps({"code": error.code, "detail": str(error)}).encode(), REFUSED
    except MemoryError:
        copy, status = json.dumps({"code": MediaTooLarge.code, "detail": "it unpacks to too much"}).encode(), REFUSED
    sys.stdout.buffer.write(copy)
    sys.stdout.buffer.flush()
    return status


def _warm(make: Callable[[bytes], bytes]) -> None:
    """What the decoders, and the model where it listens, load on first use is loaded: afterwards nothing opens."""
    Image.init()
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "PNG")
    picture(file.getvalue(), 16)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8_000)
        writer.writeframes(bytes(16_000))
    (make if make in {spectrogram, voiceless} else sound)(file.getvalue())


def _shut_in() -> None:
    """From here on nothing can be opened: the lowest free descriptor is above the limit."""
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, free))


if __name__ == "__main__":
    sys.exit(main())
