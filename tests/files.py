"""Real files as phones make them, each by its own encoder."""

import hashlib
import io
import struct
import wave
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pi_heif  # noqa: F401
from PIL import Image, ImageCms

RATE = 48_000
STILL = Path(__file__).with_name("still.mp4")


def scene(width: int = 640, height: int = 400) -> Image.Image:
    """Something like a dashboard: dark, with a red mark left and a green one right."""
    pixels = np.full((height, width, 3), 24, dtype=np.uint8)
    pixels[height // 4 : height // 2, width // 8 : width // 4] = (235, 30, 25)
    pixels[height // 4 : height // 2, -width // 4 : -width // 8] = (20, 220, 60)
    pixels += np.random.default_rng(1).integers(0, 12, pixels.shape, dtype=np.uint8)
    return Image.fromarray(pixels)


def exif(orientation: int = 1) -> Image.Exif:
    """What phones write besides the picture: device, time and place."""
    said = Image.Exif()
    said[0x0110], said[0x010F], said[0x0112] = "SM-G991B", "samsung", orientation
    said.get_ifd(0x8769)[0x9003] = "2026:11:22 09:30:00"
    said.get_ifd(0x8825).update({1: "N", 2: (4.0, 9.0, 18.0), 3: "E", 4: (9.0, 14.0, 27.0)})
    return said


def picture(kind: str = "JPEG", orientation: int = 1, **options: object) -> bytes:
    file = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    scene().save(file, kind, exif=exif(orientation), icc_profile=profile, **options)
    return file.getvalue()


def samples(seconds: float = 2.0) -> np.ndarray:
    """An engine of sorts: a hum with its overtones, and some noise."""
    at = np.arange(int(seconds * RATE)) / RATE
    hum = sum(np.sin(2 * np.pi * 27.0 * n * at) / n for n in range(1, 12))
    noise = np.random.default_rng(2).normal(0, 0.2, at.shape)
    return (0.2 * (hum + noise) / np.abs(hum).max()).astype(np.float32)


def wav(seconds: float = 2.0) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes((samples(seconds) * 32_767).astype("<i2").tobytes())
    return file.getvalue()


def sound(container: str, codec: str, rate: int = RATE, seconds: float = 2.0, loud: bool = True) -> bytes:
    """A recording in this container, by this encoder."""
    file = io.BytesIO()
    heard = samples(seconds) if loud else np.zeros(int(seconds * RATE), np.float32)
    with av.open(file, "w", format=container) as output:
        output.metadata.update({"location": "+04.1550+009.2410/", "com.android.version": "14"})
        stream = output.add_stream(codec, rate=rate)
        stream.layout = "mono"
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray(heard[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
        size = stream.codec_context.frame_size or 1024
        queue = av.AudioFifo()
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            queue.write(part)
        while (part := queue.read(size)) or (part := queue.read(size, partial=True)):
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return file.getvalue()


def video(with_picture: bool = True) -> bytes:
    """An MP4: frames without sound, or nothing but sound."""
    if not with_picture:
        return sound("mp4", "aac")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 200, "yuv420p"
        for _ in range(10):
            output.mux(stream.encode(av.VideoFrame.from_image(scene(320, 200))))
        output.mux(stream.encode(None))
    return file.getvalue()


def silence(seconds: int) -> bytes:
    """FLAC says hours of nothing in a few kilobytes."""
    file, rate, size = io.BytesIO(), 8_000, 65_535
    with av.open(file, "w", format="flac") as output:
        stream = output.add_stream("flac", rate=rate)
        stream.layout = "mono"
        stream.codec_context.options = {"frame_size": str(size)}
        stream.codec_context.open()
        nothing = av.AudioFrame.from_ndarray(np.zeros((1, size), np.int16), format="s16", layout="mono")
        nothing.sample_rate, nothing.pts = rate, None
        for _ in range(seconds * rate // size):
            output.mux(stream.encode(nothing))
        output.mux(stream.encode(None))
    return file.getvalue()


def png(width: int, height: int, packed: bytes) -> bytes:
    """A PNG with this head, whatever its pixels are."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", packed) + part(b"IEND", b"")


def document() -> bytes:
    """A PDF of one empty page."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    text, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(text))
        text += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    listed = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 4\n0000000000 65535 f \n" + listed
    return text + table + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(text)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def heic(quarters: int = 0) -> bytes:
    """A HEIC picture as an iPhone has it: HEVC in boxes (ISO 23008-12), to be turned by quarters against the clock.

    The HEVC is that of `scene()` as libx265 wrote it once (`crf` 32, one frame in an MP4): encoding it anew failed
    in one run of hundreds, inside FFmpeg.
    """
    coded = STILL.read_bytes()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    properties = [
        box(b"hvcC", inside(coded, b"hvcC")),
        box(b"ispe", struct.pack(">III", 0, 640, 400)),
        box(b"colr", b"prof" + profile),
        box(b"irot", bytes([quarters])),
    ]
    owned = struct.pack(">IIHB", 0, 1, 1, len(properties)) + bytes(0x80 | number for number in (1, 2, 3, 4))
    pixels = inside(coded, b"mdat")

    def meta(offset: int) -> bytes:
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", struct.pack(">IH", 0, 1)),
            box(b"iloc", struct.pack(">IBBHHHHII", 0, 0x44, 0, 1, 1, 0, 1, offset, len(pixels))),
            box(b"iinf", struct.pack(">IH", 0, 1), box(b"infe", struct.pack(">IHH", 2 << 24, 1, 0), b"hvc1", bytes(1))),
            box(b"iprp", box(b"ipco", *properties), box(b"ipma", owned)),
        )

    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", pixels)


def box(name: bytes, *content: bytes) -> bytes:
    """One box of an MP4 or HEIF file."""
    inner = b"".join(content)
    return struct.pack(">I", len(inner) + 8) + name + inner


def inside(coded: bytes, name: bytes) -> bytes:
    """What the first box of this name holds."""
    start = coded.index(name)
    (size,) = struct.unpack(">I", coded[start - 4 : start])
    return coded[start + 4 : start - 4 + size]
