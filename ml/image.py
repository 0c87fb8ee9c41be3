"""Photos from phones: decoded as shown, within limits, and judged before any model is believed."""

import io
import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ml.findings import Measure, MediaEmpty, MediaTooLarge, MediaTooSmall, MediaTruncated, NotThisKind, Quality
from ml.patches import components

Pixels = NDArray[np.uint8]
"""(height, width, 3), sRGB."""

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MAX_PIXELS = 64_000_000
"""A 50-megapixel phone has 8192 x 6144; beyond that a small file can fill a worker's memory."""
MAX_SIDE = 16_384
MIN_SIDE = 12

CAPTURED_AT_TAG, EXIF_FOLDER_TAG = 0x9003, 0x8769


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded photo with what its file says about itself (place and device are not read)."""

    pixels: Pixels
    format: str
    colour_profile: str
    captured_at: str | None
    """As the phone wrote it: local time without zone."""

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@cache
def _with_heif() -> None:
    pi_heif.register_heif_opener(thumbnails=False)


def decode(data: bytes) -> Picture:
    """The picture as it is shown: turned as EXIF says, colours brought to sRGB, transparency laid on black.

    Raises: MediaEmpty; NotThisKind - no decoder knows it; MediaTooLarge - by its header, before decoding;
            MediaTooSmall; MediaTruncated - it breaks off or is damaged.
    """
    if not data:
        raise MediaEmpty("the file is empty")
    _with_heif()
    with warnings.catch_warnings():
        # Pillow only warns where we refuse; our own limit below is lower than its.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = _open(data)
        _check_size(image.size)
        return _load(image)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        if _looks_like_picture(data):
            raise MediaTruncated("the picture breaks off in its header or is damaged") from error
        raise NotThisKind("not a JPEG, PNG, WebP or HEIC picture") from error
    except Image.DecompressionBombError as error:
        raise MediaTooLarge(f"pictures over {MAX_PIXELS} pixels are not read") from error
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError) as error:
        raise MediaTruncated(f"the picture's header is damaged: {error}") from error


def _looks_like_picture(data: bytes) -> bool:
    """By its first bytes, only to say better why no decoder took it."""
    return (
        data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
        or (data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"))
    )


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS or max(size) > MAX_SIDE:
        raise MediaTooLarge(f"{width} x {height} pixels; at most {MAX_PIXELS} and {MAX_SIDE} a side are read")
    if min(size) < MIN_SIDE:
        raise MediaTooSmall(f"{width} x {height} pixels; pictures under {MIN_SIDE} a side are not read")


def _load(image: Image.Image) -> Picture:
    try:
        profile = image.info.get("icc_profile")
        captured_at = _captured_at(image)
        shown = ImageOps.exif_transpose(image)
        shown.load()
        flat, name = _to_srgb(_flatten(shown), profile)
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError, IndexError) as error:
        raise MediaTruncated(f"the picture breaks off or is damaged: {error}") from error
    except (Image.DecompressionBombError, MemoryError) as error:
        raise MediaTooLarge("the picture unpacks to more than is read") from error
    return Picture(np.asarray(flat, dtype=np.uint8), image.format or "", name, captured_at)


def _captured_at(image: Image.Image) -> str | None:
    try:
        value = image.getexif().get_ifd(EXIF_FOLDER_TAG).get(CAPTURED_AT_TAG)
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        return None
    return str(value).strip("\0 ")[:32] or None if value else None


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        wide = np.asarray(image).astype(np.float64)
        return Image.fromarray(np.clip(wide / 257, 0, 255).astype(np.uint8)).convert("RGB")
    if image.mode == "P" or "A" in image.getbands() or "transparency" in image.info:
        over = image.convert("RGBA")
        ground = Image.new("RGBA", over.size, (0, 0, 0, 255))
        ground.alpha_composite(over)
        return ground.convert("RGB")
    return image


def _to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    """A wide-gamut phone's red would look pale if its numbers were taken for sRGB."""
    if not profile:
        return image.convert("RGB"), "none"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip()[:64]
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB"), "unreadable"
    return (turned or image).convert("RGB"), name


def shrink(pixels: Pixels, longest_px: int) -> Pixels:
    """The same picture with its longer side at most this long."""
    height, width = pixels.shape[:2]
    if max(height, width) <= longest_px:
        return pixels
    scale = longest_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX), dtype=np.uint8)


DARK_BELOW, BRIGHT_ABOVE = 60, 225
"""Grey levels: of the brightest spots (lit lights shine by night too), and of the mean."""
BLURRED_BELOW = 0.33
"""Phone photos of dashboards measure 0.47 to 1.1; blurred by 5 px in 1600 they are under 0.38, by 8 px under 0.25."""
GLARE_ABOVE = 0.2
"""Share blown out to white: at most 0.15 in photos that can be read."""
FAR_BELOW_PX = 4
"""At JUDGED_PX: lamps this small are under 8 px in the searched photo, where no symbol can be told."""
JUDGED_PX = 800
SMALL_BELOW_PX = 48


def judge(picture: Picture) -> Quality:
    """What is wrong with a photo, and the facts that are stored with it."""
    small = shrink(picture.pixels, JUDGED_PX)
    grey = small.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    brightness, glare, sharpness = float(grey.mean()), _glare(small), _sharpness(grey)
    lit = float(np.quantile(small.max(axis=2), 0.998))
    problems: list[str] = []
    if lit < DARK_BELOW:
        problems.append("dark")
    if brightness > BRIGHT_ABOVE:
        problems.append("bright")
    if sharpness < BLURRED_BELOW:
        problems.append("blurred")
    if glare > GLARE_ABOVE:
        problems.append("glare")
    if min(picture.width, picture.height) < SMALL_BELOW_PX:
        problems.append("small")
    elif 0 < _lamp_px(small) < FAR_BELOW_PX:
        problems.append("far")
    return Quality(tuple(problems), _measures(picture, brightness, glare, sharpness))


def _glare(small: Pixels) -> float:
    """Share of the picture that is blown out to white."""
    return float((small.min(axis=2) >= 250).mean())


def _sharpness(grey: NDArray[np.float32]) -> float:
    """How much of its strongest contrasts a picture reaches within two pixels: the same by day and by night."""
    if min(grey.shape) < SMALL_BELOW_PX:
        return 1.0
    return _contrast(grey, 2) / max(_contrast(grey, 16), 1.0)


def _contrast(grey: NDArray[np.float32], reach: int) -> float:
    """The strongest differences over so many pixels (the uppermost thousandth): a dashboard is mostly smooth."""
    across, down = np.abs(grey[:, reach:] - grey[:, :-reach]), np.abs(grey[reach:] - grey[:-reach])
    return float(max(np.quantile(across, 0.999), np.quantile(down, 0.999)))


def _lamp_px(small: Pixels) -> float:
    """Size of the third largest compact patch of bright colour; 0 where there is none."""
    brightest = small.max(axis=2)
    boxes, areas = components((brightest > 110) & (brightest - small.min(axis=2) > 70))
    sides = boxes[:, 2:] - boxes[:, :2]
    longer, shorter = sides.max(axis=1, initial=0), sides.min(axis=1, initial=JUDGED_PX)
    compact = np.sort(longer[(longer < JUDGED_PX / 10) & (4 * shorter > longer) & (areas > 2)])
    return float(compact[-min(3, len(compact))]) if len(compact) else 0.0


def _measures(picture: Picture, brightness: float, glare: float, sharpness: float) -> tuple[Measure, ...]:
    return (
        Measure("width_px", picture.width),
        Measure("height_px", picture.height),
        Measure("format", picture.format),
        Measure("colour_profile", picture.colour_profile),
        Measure("captured_at", picture.captured_at),
        Measure("brightness", round(brightness, 1)),
        Measure("glare", round(glare, 4)),
        Measure("sharpness", round(sharpness, 2)),
    )
