"""Pictures as phones send them: read as shown, and refused with a reason."""

import io

import numpy as np
import pi_heif
import pytest
from PIL import Image, ImageCms, ImageDraw, ImageFilter

from ml import image
from ml.findings import MediaEmpty, MediaTooLarge, MediaTruncated, NotThisKind

ORIENTATION_TAG = 0x0112


def coded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def half_red(width: int = 60, height: int = 40) -> Image.Image:
    """Red on the left, black on the right."""
    picture = Image.new("RGB", (width, height))
    picture.paste((255, 0, 0), (0, 0, width // 2, height))
    return picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_of_phones_are_read(kind: str) -> None:
    picture = image.decode(coded(half_red(), kind))

    assert (picture.width, picture.height) == (60, 40)
    assert picture.pixels[20, 10, 0] > 200
    assert picture.pixels[20, 50].max() < 50


def test_exif_turned_picture_is_seen_as_shown() -> None:
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = 6

    picture = image.decode(coded(half_red(), "JPEG", exif=exif))

    assert (picture.width, picture.height) == (40, 60)
    assert picture.pixels[10, 20, 0] > 200
    assert picture.pixels[50, 20].max() < 50


def test_capture_time_is_read_and_place_is_not() -> None:
    exif = Image.Exif()
    exif.get_ifd(image.EXIF_FOLDER_TAG)[image.CAPTURED_AT_TAG] = "2026:05:04 18:30:00"

    picture = image.decode(coded(half_red(), "JPEG", exif=exif))

    assert picture.captured_at == "2026:05:04 18:30:00"
    assert not hasattr(picture, "place")


def test_colour_profile_is_brought_to_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))

    picture = image.decode(coded(half_red(), "PNG", icc_profile=lab.tobytes()))

    assert "sRGB" in picture.colour_profile
    assert picture.pixels[20, 10, 0] > 250


def test_broken_colour_profile_does_not_hide_the_picture() -> None:
    picture = image.decode(coded(half_red(), "PNG", icc_profile=b"not a profile"))

    assert picture.colour_profile == "unreadable"


def test_transparency_is_laid_on_black() -> None:
    clear = Image.new("RGBA", (40, 40), (255, 255, 255, 0))

    assert image.decode(coded(clear, "PNG")).pixels.max() == 0


def test_deep_grey_picture_keeps_its_brightness() -> None:
    deep = Image.fromarray(np.full((40, 40), 65535, dtype=np.uint16))

    assert image.decode(coded(deep, "PNG")).pixels.min() == 255


def test_empty_file_is_refused() -> None:
    with pytest.raises(MediaEmpty):
        image.decode(b"")


@pytest.mark.parametrize("data", [b"hello", b"GIF89a" + bytes(50), b"%PDF-1.7\n", bytes(1000)])
def test_what_no_decoder_knows_is_another_kind(data: bytes) -> None:
    with pytest.raises(NotThisKind):
        image.decode(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_picture_that_breaks_off_is_said_to(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (80, 80, 3), dtype=np.uint8))
    data = coded(noise, kind)

    with pytest.raises(MediaTruncated):
        image.decode(data[: int(len(data) * share)])


def test_too_many_pixels_are_refused_by_the_header_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "MAX_PIXELS", 1000)

    with pytest.raises(MediaTooLarge):
        image.decode(coded(half_red(), "PNG"))


def test_decompression_bomb_is_refused() -> None:
    """A megabyte that would unpack to gigabytes."""
    data = coded(Image.new("1", (30_000, 30_000)), "PNG")

    with pytest.raises(MediaTooLarge):
        image.decode(data)


def dashboard_like(brightness: float = 1.0, scale: float = 1.0) -> Image.Image:
    """Two dials with marks and numbers, and five lamps of 40 px under them."""
    picture = Image.new("RGB", (1200, 900), (24, 25, 28))
    pen = ImageDraw.Draw(picture)
    for left in (150, 650):
        pen.ellipse((left, 150, left + 400, 550), outline=(150, 150, 155), width=4)
        for mark in range(0, 360, 20):
            pen.arc((left + 15, 165, left + 385, 535), mark, mark + 2, fill=(220, 220, 220), width=18)
        pen.text((left + 160, 380), "88 km", fill=(230, 230, 230), font_size=40)
    for place, colour in enumerate([(235, 25, 20), (235, 25, 20), (250, 170, 30), (30, 225, 60), (235, 25, 20)]):
        pen.rounded_rectangle((300 + place * 130, 640, 344 + place * 130, 672), 6, outline=colour, width=14)
    lit = picture.point(lambda value: round(value * brightness))
    small = lit.resize((round(1200 * scale), round(900 * scale)), Image.Resampling.BOX)
    seen = Image.new("RGB", lit.size, (60, 60, 64))
    seen.paste(small, ((1200 - small.width) // 2, (900 - small.height) // 2))
    return seen


def problems(picture: Image.Image) -> tuple[str, ...]:
    return image.judge(image.Picture(np.asarray(picture), "", "", None)).problems


@pytest.mark.parametrize("brightness", [1.0, 0.5])
def test_good_photo_has_no_problem_by_day_and_by_night(brightness: float) -> None:
    assert problems(dashboard_like(brightness)) == ()


@pytest.mark.parametrize("brightness", [1.0, 0.5])
@pytest.mark.parametrize("radius", [6, 12])
def test_blurred_photo_is_called_blurred_by_day_and_by_night(brightness: float, radius: int) -> None:
    blurred = dashboard_like(brightness).filter(ImageFilter.GaussianBlur(radius))

    assert "blurred" in problems(blurred)


def test_slightly_soft_photo_is_not_called_blurred() -> None:
    assert problems(dashboard_like().filter(ImageFilter.GaussianBlur(1))) == ()


def test_photo_without_light_is_called_dark() -> None:
    assert "dark" in problems(dashboard_like(0.1))
    assert "dark" in problems(Image.new("RGB", (400, 300)))


def test_flash_in_the_glass_is_called_glare() -> None:
    flash = dashboard_like()
    ImageDraw.Draw(flash).ellipse((200, 100, 900, 700), fill=(255, 255, 255))

    assert "glare" in problems(flash)


def test_small_reflection_is_not_called_glare() -> None:
    flash = dashboard_like()
    ImageDraw.Draw(flash).ellipse((500, 100, 700, 200), fill=(255, 255, 255))

    assert problems(flash) == ()


def test_dashboard_far_away_is_told_to_be() -> None:
    assert "far" in problems(dashboard_like(scale=0.1))


def test_white_picture_is_called_bright() -> None:
    assert "bright" in problems(Image.new("RGB", (400, 300), (250, 250, 250)))


def test_thumbnail_is_called_small_and_nothing_else() -> None:
    assert problems(dashboard_like().resize((56, 42))) == ("small",)


def test_heic_decoder_is_there() -> None:
    image._with_heif()

    assert pi_heif.libheif_version()
    assert "HEIF" in Image.OPEN
