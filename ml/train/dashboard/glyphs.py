"""The shapes of warning lights, drawn from icon sets and fonts, as a bank of masks to be lit in any colour."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIDE_PX = 96
"""Of a mask; the symbol fills the middle BOX_PX."""
BOX_PX = 56

COLOURS = {
    "red": "brake battery oil_pressure coolant_temp airbag seat_belt door_open brake_fluid parking_brake hood_open "
    "trunk_open hazard master_warning security power_steering transmission transmission_temp low_fuel service",
    "amber": "abs airbag check_engine traction_control traction_control_off tpms low_fuel glow_plug dpf rear_fog "
    "bulb_failure service brake_pad transmission washer_fluid oil_level master_warning lane_departure power_steering "
    "start_stop security cruise rear_defrost turn_signal hill_descent door_open trunk_open hood_open brake seat_belt",
    "green": "low_beam position_lights front_fog turn_signal headlight_on cruise eco hill_descent start_stop "
    "lane_departure",
    "blue": "high_beam coolant_temp",
    "white": "cruise door_open lane_departure eco",
}
"""Which lamps shine in which colour: ISO 2575 and the habits of makers; a name may stand in several."""

WORDS = {
    "BRAKE": "brake", "ABS": "abs", "CHECK": "check_engine", "CHECK ENGINE": "check_engine", "ENGINE": "check_engine",
    "SERVICE ENGINE SOON": "check_engine", "AIRBAG": "airbag", "AIR BAG": "airbag", "SRS": "airbag",
    "OIL": "oil_pressure", "OIL PRESS": "oil_pressure", "EPS": "power_steering", "SERV": "service",
    "SERVICE": "service", "VSC": "traction_control", "ESP": "traction_control", "TEMP": "coolant_temp",
    "CHARGE": "battery", "BATT": "battery", "FUEL": "low_fuel", "ECO": "eco", "CRUISE": "cruise", "BELT": "seat_belt",
    "FASTEN BELTS": "seat_belt", "TPMS": "tpms", "ESP OFF": "traction_control_off", "TC OFF": "traction_control_off",
    "VSC OFF": "traction_control_off", "DOOR": "door_open", "STOP": "unknown", "P": "unknown", "D": "unknown",
    "4WD": "unknown", "AUTO": "unknown", "HOLD": "unknown", "CNG": "unknown", "O/D OFF": "unknown", "SET": "unknown",
    "LOCK": "unknown", "SPORT": "unknown", "READY": "unknown",
}  # fmt: skip
NOT_LIGHTS = (
    *("0", "20", "40", "60", "80", "120", "180", "6", "7", "8", "x1000", "km/h", "RPM", "12:45", "84252", "E", "F"),
    *("C", "H", "ODO", "TRIP", "km", "28.4", "175111"),
)
"""Backlit marks of gauges and counters: lit, and no warning lights."""
FONTS = ("DejaVuSans-Bold.ttf", "DejaVuSans.ttf", "LiberationSans-Bold.ttf", "LiberationSansNarrow-Bold.ttf")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One shape; `source` is the icon set, so that sets can be left out."""

    label: str
    source: str
    mask: NDArray[np.uint8]


def read_glyphs(cars: Path, vocabulary: frozenset[str]) -> list[Glyph]:
    """Every shape of the icon sets and fonts, in a fixed order; names outside the vocabulary become `unknown`."""
    glyphs = [*_icons(cars), *_drawings(cars), *_lettered()]
    known = [Glyph(g.label if g.label in vocabulary else _otherwise(g.label), g.source, g.mask) for g in glyphs]
    return [glyph for glyph in known if glyph.mask.max() > 0]


def _otherwise(label: str) -> str:
    return label if label == "background" else "unknown"


def _icons(cars: Path) -> list[Glyph]:
    glyphs = []
    for row in csv.DictReader((cars / "images" / "manifest.csv").open()):
        if row["class"].startswith("_"):
            continue
        image = Image.open(cars / row["file"]).convert("RGBA")
        glyphs.append(Glyph(row["class"], row["source"], _framed(_ink(image))))
    return glyphs


def _drawings(cars: Path) -> list[Glyph]:
    glyphs = []
    for row in csv.DictReader((cars / "icons_svg" / "icons.csv").open()):
        text = (cars / "icons_svg" / row["file"]).read_text()
        png = bytes(resvg_py.svg_to_bytes(svg_string=text, width=SIDE_PX * 2, height=SIDE_PX * 2))
        glyphs.append(
            Glyph(row["class"], "mdi", _framed(np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3]))
        )
    return glyphs


def _lettered() -> list[Glyph]:
    words = [*WORDS.items(), *((text, "background") for text in NOT_LIGHTS)]
    return [Glyph(label, "letters", _framed(_written(text, font))) for text, label in words for font in FONTS]


def _written(text: str, font: str) -> NDArray[np.uint8]:
    lines = text.replace(" ", "\n")
    image = Image.new("L", (700, 300))
    ImageDraw.Draw(image).multiline_text((20, 10), lines, fill=255, font=ImageFont.truetype(font, 80), align="center")
    return np.asarray(image)


def _ink(image: Image.Image) -> NDArray[np.uint8]:
    """What differs from the icon's ground, whether that is clear, black or white."""
    pixels = np.asarray(image).astype(np.float32)
    alpha = pixels[..., 3:] / 255
    flat = pixels[..., :3] * alpha
    edge = np.concatenate([flat[0], flat[-1], flat[:, 0], flat[:, -1]])
    distance = np.abs(flat - np.median(edge, axis=0)).max(axis=2)
    return np.asarray(np.clip(distance / max(float(distance.max()), 1) * 1.15, 0, 1) * 255, dtype=np.uint8)


def _framed(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The shape cut to its extent and set into the middle of a mask."""
    rows, columns = np.flatnonzero((ink > 60).any(axis=1)), np.flatnonzero((ink > 60).any(axis=0))
    mask = Image.new("L", (SIDE_PX, SIDE_PX))
    if not len(rows):
        return np.asarray(mask)
    image = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = BOX_PX / max(image.size)
    image = image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.BOX)
    mask.paste(image, ((SIDE_PX - image.width) // 2, (SIDE_PX - image.height) // 2))
    return np.asarray(mask)
