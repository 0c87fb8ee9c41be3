"""What gauges, counters and clocks show, lit in any colour: it shines as warning lights do and warns of nothing."""

import random

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional

from ml.train.dashboard import glyphs, scenes
from ml.train.dashboard.optics import even, in_groups, photographed, softened, some, thicker

WRITTEN, SEGMENTED = 240, 160
"""Texts in the fonts, and numbers of seven segments."""
SHINES = [scenes.ALL_COLOURS.index(name) for name in ("red", "red", "red", "amber", "amber", "white", "green", "blue")]
"""Mostly red and amber: a red number is what a red light is taken for."""
SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abdeg", "3": "abcdg", "4": "bcfg", "5": "acdfg", "6": "acdefg", "7": "abc",
    "8": "abcdefg", "9": "abcdfg", "-": "g", "C": "adef", "E": "adefg",
}  # fmt: skip
LINES = {
    "a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2), "e": (0, 1, 0, 2),
    "f": (0, 0, 0, 1), "g": (0, 1, 1, 1),
}  # fmt: skip
"""From where to where each segment goes, in widths of a digit."""


def masks() -> Tensor:
    """Texts and numbers, in a fixed order, as (n, 1, SIDE_PX, SIDE_PX) uint8."""
    dice = random.Random(7)  # noqa: S311 - no secret
    texts = [glyphs.number(dice) for _ in range(WRITTEN)] + list(glyphs.GAUGE_WORDS) * 4
    written = [glyphs.written(text, dice.choice(glyphs.FONTS), dice.uniform(0.65, 1.1)) for text in texts]
    drawn = [_segmented(dice) for _ in range(SEGMENTED)]
    return torch.from_numpy(np.stack([glyphs.framed(ink) for ink in (*written, *drawn)]))[:, None]


def _segmented(dice: random.Random) -> NDArray[np.uint8]:
    """One to six digits as clocks and counters show them, upright or leaning."""
    text = "".join(dice.choice(list(SEGMENTS)) for _ in range(dice.randint(1, 6)))
    wide, thick = dice.randint(28, 44), dice.randint(5, 12)
    gap, lean = dice.randint(2, 5), dice.uniform(0, 0.15)
    image = Image.new("L", (len(text) * (wide + 30) + 60, 2 * wide + 60))
    pen = ImageDraw.Draw(image)
    for place, digit in enumerate(text):
        left = 30 + place * (wide + 24)
        for x0, y0, x1, y1 in (LINES[segment] for segment in SEGMENTS[digit]):
            ends = [(left + wide * x + gap * (x1 - x0) * side, 20 + wide * y + gap * (y1 - y0) * side)
                    for x, y, side in ((x0, y0, 1), (x1, y1, -1))]  # fmt: skip
            pen.line([(x + lean * (2 * wide - y), y) for x, y in ends], fill=255, width=thick)
    return np.asarray(image)


def lit(
    bank: scenes.Stock, shapes: Tensor, background: int, count: int, dice: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Whole texts and pieces of them, on panels, some with needles and scales beside them."""
    chosen = torch.randint(len(shapes), (count,), generator=dice)
    inked = in_groups(_pieces(shapes[chosen].float() / 255, dice), thicker, dice)
    shine = scenes.lamps([SHINES] * count, dice)
    gain = torch.exp(even((count, 1, 1, 1), -1.0, 1.5, dice))
    pictures = scenes.panels(bank, count, dice) + scenes.light(softened(inked, dice), shine, gain, dice)
    pictures = scenes.with_clutter(bank, pictures, some(count, 0.3, dice), dice)
    haze = even((count, 1, 1, 1), -0.4, 0.5, dice).clamp(0)
    pictures = pictures.clamp(0, 1) * (1 - haze) + haze * even((count, 3, 1, 1), 0.2, 0.75, dice)
    return scenes.as_bytes(photographed(pictures, dice, 1.0)), torch.full((count,), background)


def _pieces(inked: Tensor, dice: torch.Generator) -> Tensor:
    """A third as whole as a box around all of it shows them, the others one or a few signs large."""
    count = len(inked)
    whole = torch.rand(count, generator=dice) < 0.35
    scale = torch.where(whole, even((count,), 0.84, 1.2, dice), even((count,), 0.3, 0.8, dice)) * scenes.GLYPH_SHARE
    aside = torch.where(whole, even((count,), -0.1, 0.1, dice), even((count,), -0.55, 0.55, dice))
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = scale
    theta[:, 0, 1] = even((count,), -0.15, 0.15, dice) * scale
    theta[:, 0, 2], theta[:, 1, 2] = aside, even((count,), -0.06, 0.06, dice)
    grid = functional.affine_grid(theta, [count, 1, scenes.CROP_PX, scenes.CROP_PX], align_corners=False)
    return functional.grid_sample(inked, grid, align_corners=False)
