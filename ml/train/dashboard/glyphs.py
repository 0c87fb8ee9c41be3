"""The shapes of warning lights, from icon sets, drawings and fonts, as a bank of masks to be lit in any colour."""

import csv
import io
import random
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import resvg_py
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

SIDE_PX = 96
"""Of a mask; the symbol fills the middle BOX_PX."""
BOX_PX = 56

COLOURS = {
    "red": "brake battery oil_pressure coolant_temp airbag seat_belt door_open brake_fluid parking_brake hood_open "
    "trunk_open hazard master_warning security power_steering transmission transmission_temp low_fuel service "
    "brake_pad hill_descent",
    "amber": "abs airbag check_engine traction_control traction_control_off tpms low_fuel glow_plug dpf rear_fog "
    "bulb_failure service brake_pad transmission washer_fluid oil_level master_warning lane_departure power_steering "
    "start_stop security cruise rear_defrost turn_signal hill_descent door_open trunk_open hood_open brake seat_belt "
    "oil_pressure",
    "green": "low_beam position_lights front_fog turn_signal headlight_on cruise eco hill_descent start_stop "
    "lane_departure",
    "blue": "high_beam coolant_temp low_beam",
    "white": "cruise door_open lane_departure eco",
}
"""Which lamps shine in which colour: ISO 2575 and the habits of makers; a name may stand in several."""

WORDS = {
    "BRAKE": "brake", "Brake": "brake", "ABS": "abs", "CHECK": "check_engine", "CHECK ENGINE": "check_engine",
    "Check engine": "check_engine", "SERVICE ENGINE SOON": "check_engine", "AIRBAG": "airbag", "AIR BAG": "airbag",
    "SRS": "airbag", "OIL": "oil_pressure", "OIL PRESS": "oil_pressure", "EPS": "power_steering",
    "P/S": "power_steering", "SERV": "service", "SERVICE": "service", "MAINT REQD": "service",
    "VSC": "traction_control", "ESP": "traction_control", "ESC": "traction_control", "TRAC": "traction_control",
    "VDC": "traction_control", "TEMP": "coolant_temp", "CHARGE": "battery", "CHG": "battery", "BATT": "battery",
    "FUEL": "low_fuel", "ECO": "eco", "ECON": "eco", "CRUISE": "cruise", "BELT": "seat_belt",
    "FASTEN BELTS": "seat_belt", "TPMS": "tpms", "ESP OFF": "traction_control_off", "TC OFF": "traction_control_off",
    "VSC OFF": "traction_control_off", "TRAC OFF": "traction_control_off", "VDC OFF": "traction_control_off",
    "ESC OFF": "traction_control_off", "ASR OFF": "traction_control_off", "A/T TEMP": "transmission_temp",
    "AT OIL TEMP": "transmission_temp", "DPF": "dpf", "GLOW": "glow_plug", "WASHER": "washer_fluid",
    "LDW": "lane_departure", "LANE": "lane_departure", "HDC": "hill_descent", "OIL LEVEL": "oil_level",
    "BRAKE FLUID": "brake_fluid", "TCS": "traction_control", "ASR": "traction_control", "DSC": "traction_control",
    "DOOR": "door_open", "DOOR AJAR": "door_open", "HATCH": "trunk_open", "PARK": "parking_brake",
    "SECURITY": "security", "A/T": "transmission", "STOP": "unknown", "P": "unknown", "D": "unknown", "R": "unknown",
    "N": "unknown", "4WD": "unknown", "4x4": "unknown", "AUTO": "unknown", "HOLD": "unknown", "CNG": "unknown",
    "O/D OFF": "unknown", "SET": "unknown", "LOCK": "unknown", "SPORT": "unknown", "READY": "unknown",
    "EV": "unknown", "SOS": "unknown", "LOW": "unknown",
}  # fmt: skip
MIRRORED = frozenset(
    ("airbag", "seat_belt", "door_open", "hill_descent", "oil_pressure", "oil_level", "low_fuel", "service", "security",
     "turn_signal", "lane_departure")
)  # fmt: skip
"""Lamps that some makers draw the other way round, and that mean the same then; an open hood would become a trunk."""
PAIRED, PAIRS = ("brake", "parking_brake"), 40
FREQUENT = frozenset(
    ("abs", "airbag", "battery", "brake", "check_engine", "coolant_temp", "door_open", "front_fog", "glow_plug",
     "high_beam", "low_beam", "low_fuel", "oil_pressure", "parking_brake", "position_lights", "power_steering",
     "rear_fog", "seat_belt", "service", "tpms", "traction_control", "traction_control_off", "turn_signal", "unknown")
)  # fmt: skip
"""Lamps that most cars have: drawn twice as often as the others, however many shapes there are of each."""
PLAIN = frozenset(("ldeso", "danit", "chen", "ofir", "mdi", "drawn", "letters"))
"""Sources whose symbols are as ISO 2575 shows them; the others show what else is in use."""
MARKS_SHARE = 4.0
"""Of numbers and words on gauges, where one of the seldom lamps has 1."""
WEIGHTS = {"ldeso": 3.0, "danit": 3.0, "chen": 3.0, "ofir": 3.0, "letters": 0.5}
"""Within a name: the four sources look as cars do, while other artists made symbols up; words are lit in few cars."""
GAUGE_WORDS = ("E", "F", "C", "H", "ODO", "TRIP", "km", "km/h", "MPH", "x1000", "RPM", "r/min", "°C", "1/2", "L/100km")
"""Backlit marks of gauges and counters; numbers come on top: lit, and no warning lights."""
GAUGE_SYMBOLS = ("low_fuel", "coolant_temp", "oil_pressure", "battery")
"""They stand on the faces of gauges too, backlit in white, green or blue, and warn of nothing there."""
NUMBERS = 160
FONTS = (
    ("font_roboto", "Roboto-Bold.ttf"),
    ("font_roboto", "Roboto-Medium.ttf"),
    ("font_source_sans_pro", "SourceSansPro-Bold.ttf"),
    ("font_source_sans_pro", "SourceSansPro-Regular.ttf"),
    ("font_hanken_grotesk", "HankenGrotesk-Bold.otf"),
    ("font_manrope", "Manrope-SemiBold.ttf"),
)
LINES = (3.0, 5.0, 7.5)
"""Line widths of the drawings, in hundredths of the symbol's size."""
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 -6 112 112"><rect x="-6" y="-6" width="112" height="112"/>'
    '<g fill="none" stroke="#fff" stroke-width="{w}"><style>text {{fill: #fff; stroke: none; text-anchor: middle; '
    "font-family: {family}; font-weight: bold}}</style>{body}</g></svg>"
)
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">{body}</svg>'


@dataclass(frozen=True, slots=True)
class Glyph:
    """One shape; `source` is the icon set, so that sets can be left out."""

    label: str
    source: str
    mask: NDArray[np.uint8]


def read_glyphs(cars: Path, vocabulary: frozenset[str]) -> list[Glyph]:
    """Every shape of the icon sets, drawings and fonts, in a fixed order; other names become `unknown`."""
    glyphs = [*_icons(cars), *_drawings(cars), *_published(), *_symbols(), *_lettered()]
    glyphs += _pairs(glyphs)
    known = [Glyph(g.label if g.label in vocabulary else _otherwise(g.label), g.source, g.mask) for g in glyphs]
    return [glyph for glyph in known if glyph.mask.max() > 0]


def chances(shapes: list[Glyph]) -> Tensor:
    """How often each shape is drawn."""
    names = sorted({shape.label for shape in shapes})
    which = torch.tensor([names.index(shape.label) for shape in shapes])
    weights = torch.tensor([WEIGHTS.get(shape.source, 1.0) for shape in shapes])
    shares = torch.tensor([MARKS_SHARE if name == "background" else 1.0 + (name in FREQUENT) for name in names])
    return shares[which] * weights / torch.bincount(which, weights)[which]


def _otherwise(label: str) -> str:
    return label if label == "background" else "unknown"


def _icons(cars: Path) -> list[Glyph]:
    glyphs = []
    for row in csv.DictReader((cars / "images" / "manifest.csv").open()):
        if row["class"].startswith("_"):
            continue
        image = Image.open(cars / row["file"]).convert("RGBA")
        glyphs.append(Glyph(row["class"], row["source"], framed(_ink(image))))
    return glyphs


def _drawings(cars: Path) -> list[Glyph]:
    glyphs = []
    for row in csv.DictReader((cars / "icons_svg" / "icons.csv").open()):
        image = _rendered((cars / "icons_svg" / row["file"]).read_text())
        glyphs.append(Glyph(row["class"], "mdi", framed(np.asarray(image)[..., 3])))
    return glyphs


def _published() -> list[Glyph]:
    """Icons of free sets."""
    text = (Path(__file__).parent / "icons.toml").read_text(encoding="utf-8")
    glyphs = []
    for name, made in tomllib.loads(text).items():
        for label, bodies in made["icons"].items():
            drawings = [ICON.format(side=made["side"], body=body) for body in bodies]
            inks = [np.asarray(_rendered(drawing))[..., 3] for drawing in drawings]
            glyphs += [Glyph(label, name, framed(ink)) for ink in inks]
    return glyphs


def _symbols() -> list[Glyph]:
    """Our own drawings, thin to bold."""
    plain, varied = (
        tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("symbols", "variants")
    )
    glyphs = []
    for label in plain | varied:
        bodies = [("drawn", body) for body in plain.get(label, [])]
        bodies += [("variants", body) for body in varied.get(label, [])]
        for number, (source, body) in enumerate(bodies):
            for width in LINES:
                family = ("Roboto", "Source Sans Pro", "Manrope")[number % 3]
                drawing = DRAWING.format(w=width, family=family, body=body.format(w=width, b=width * 1.6))
                ink = np.asarray(_rendered(drawing).convert("L"))
                glyphs.append(Glyph(label, source, framed(ink)))
    return glyphs


def _pairs(shapes: list[Glyph]) -> list[Glyph]:
    """The brake light as many makers draw it: (!) and (P) side by side, some over the word."""
    dice = random.Random(1968)  # noqa: S311 - no secret
    left, right = ([g.mask for g in shapes if g.label == name and g.source != "letters"] for name in PAIRED)
    made = []
    for number in range(PAIRS):
        one, other = (_trimmed(dice.choice(masks), BOX_PX) for masks in (left, right))
        gap = dice.randint(2, 12)
        ink = np.zeros((BOX_PX * 2 if number % 3 == 0 else BOX_PX, one.shape[1] + gap + other.shape[1]), dtype=np.uint8)
        ink[:BOX_PX, : one.shape[1]], ink[:BOX_PX, one.shape[1] + gap :] = one, other
        if number % 3 == 0:
            word = Image.fromarray(_trimmed(written("BRAKE", dice.choice(FONTS), 1), BOX_PX))
            ink[BOX_PX + 8 :] = np.asarray(word.resize((ink.shape[1], BOX_PX - 8)))
        made.append(Glyph(PAIRED[0], "variants", framed(ink)))
    return made


def _trimmed(ink: NDArray[np.uint8], high: int) -> NDArray[np.uint8]:
    """Without the empty edge, at this height."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 64), np.flatnonzero(ink.max(axis=0) > 64)
    symbol = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    return np.asarray(symbol.resize((max(1, round(symbol.width * high / symbol.height)), high)))


def _rendered(drawing: str) -> Image.Image:
    fonts = [str(_font(*font)) for font in FONTS]
    png = bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawing, width=SIDE_PX * 2, height=SIDE_PX * 2, skip_system_fonts=True, font_files=fonts
        )
    )
    return Image.open(io.BytesIO(png)).convert("RGBA")


def _font(package: str, name: str) -> Path:
    return Path(str(files(package))) / "files" / name


def _lettered() -> list[Glyph]:
    dice = random.Random(2575)  # noqa: S311 - no secret
    words = [(text, label, font) for text, label in WORDS.items() for font in FONTS]
    marks = [(text, "background", font) for text in GAUGE_WORDS for font in dice.sample(FONTS, 2)]
    marks += [(number(dice), "background", dice.choice(FONTS)) for _ in range(NUMBERS)]
    return [
        Glyph(label, "letters", framed(written(text, font, dice.uniform(0.65, 1.1))))
        for text, label, font in (*words, *marks)
    ]


def number(dice: random.Random) -> str:
    """What gauges, counters and clocks show."""
    kinds = (
        str(dice.randrange(0, 260, 10)),
        str(dice.randrange(10)),
        str(dice.randrange(1000, 300_000)),
        f"{dice.randrange(24)}:{dice.randrange(60):02}",
        f"{dice.randrange(999)}.{dice.randrange(10)}",
    )
    return dice.choice(kinds)


def written(text: str, font: tuple[str, str], squeeze: float) -> NDArray[np.uint8]:
    lines = text.replace(" ", "\n")
    image = Image.new("L", (700, 300))
    drawn = ImageFont.truetype(str(_font(*font)), 80)
    ImageDraw.Draw(image).multiline_text((20, 10), lines, fill=255, font=drawn, align="center")
    return np.asarray(image.resize((round(700 * squeeze), 300)))


def _ink(image: Image.Image) -> NDArray[np.uint8]:
    """What differs from the icon's ground, whether that is clear, black or white."""
    pixels = np.asarray(image).astype(np.float32)
    alpha = pixels[..., 3:] / 255
    flat = pixels[..., :3] * alpha
    edge = np.concatenate([flat[0], flat[-1], flat[:, 0], flat[:, -1]])
    distance = np.abs(flat - np.median(edge, axis=0)).max(axis=2)
    return np.asarray(np.clip(distance / max(float(distance.max()), 1) * 1.15, 0, 1) * 255, dtype=np.uint8)


def framed(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The symbol alone, scaled to BOX_PX by its longer side, in the middle of the mask."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 64), np.flatnonzero(ink.max(axis=0) > 64)
    mask = Image.new("L", (SIDE_PX, SIDE_PX))
    if not len(rows) or not len(columns):
        return np.asarray(mask)
    symbol = Image.fromarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = BOX_PX / max(symbol.size)
    size = (max(1, round(symbol.width * scale)), max(1, round(symbol.height * scale)))
    mask.paste(symbol.resize(size, Image.Resampling.BOX), ((SIDE_PX - size[0]) // 2, (SIDE_PX - size[1]) // 2))
    return np.asarray(mask)
