"""Rendered dashboards: lamps of chosen icon sources, lit over unlit panels, as a phone would see them."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ml.image import Pixels
from ml.train.dashboard import glyphs, scenes
from ml.train.dashboard.photos import Photo

LAMPS, CELL_PX = 6, 120
"""On each panel, each in a square of its own."""
SIDES_PX = (24, 56)

SOURCE = "panels"

Light = NDArray[np.float32]


def photos(shapes: list[glyphs.Glyph], grounds: list[Pixels], count: int, seed: int) -> list[Photo]:
    """Panels with lamps of these shapes, every name as likely, and where each lamp is."""
    dice = np.random.default_rng(seed)
    return [_panel(f"panel {number}", shapes, grounds[number % len(grounds)], dice) for number in range(count)]


def _panel(name: str, shapes: list[glyphs.Glyph], ground: Pixels, dice: np.random.Generator) -> Photo:
    names = sorted({shape.label for shape in shapes})
    light = np.zeros(ground.shape, dtype=np.float32)
    labels, boxes = [], []
    for cell in dice.choice((ground.shape[0] // CELL_PX) * (ground.shape[1] // CELL_PX), LAMPS, replace=False):
        label = names[dice.integers(len(names))]
        drawn = [shape for shape in shapes if shape.label == label]
        mask = _mask(drawn[dice.integers(len(drawn))], dice)
        row, column = divmod(int(cell), ground.shape[1] // CELL_PX)
        left = column * CELL_PX + (CELL_PX - mask.shape[1]) // 2
        top = row * CELL_PX + (CELL_PX - mask.shape[0]) // 2
        light[top : top + mask.shape[0], left : left + mask.shape[1]] += mask[..., None] * _shine(label, dice)
        y, x = np.nonzero(mask > 0.3)
        boxes.append((left + x.min(), top + y.min(), left + x.max() + 1, top + y.max() + 1))
        labels.append(label)
    return Photo(name, SOURCE, _seen(ground, light, dice), tuple(labels), np.array(boxes, dtype=np.float32))


def _mask(shape: glyphs.Glyph, dice: np.random.Generator) -> Light:
    """The symbol alone, a little turned, at the size of one in a photo."""
    side = int(dice.uniform(*SIDES_PX) * glyphs.SIDE_PX / glyphs.BOX_PX)
    turned = Image.fromarray(shape.mask).rotate(dice.uniform(-8, 8), Image.Resampling.BILINEAR)
    return np.asarray(turned.resize((side, side), Image.Resampling.BOX), dtype=np.float32) / 255


def _shine(label: str, dice: np.random.Generator) -> Light:
    colours = scenes.shines_of(label)
    least, most = scenes.SHINE[scenes.ALL_COLOURS[colours[dice.integers(len(colours))]]]
    return np.asarray(dice.uniform(least, most) * np.exp(dice.uniform(-0.4, 0.9)), dtype=np.float32)


def _seen(ground: Pixels, light: Light, dice: np.random.Generator) -> Pixels:
    """Glow, a lens that is never quite sharp, noise and JPEG."""
    panel = ground.astype(np.float32) / 255 * np.float32(dice.uniform(0.15, 0.7))
    lit = panel + _blurred(light, dice.uniform(0.4, 1.2)) + _blurred(light, 5) * np.float32(dice.uniform(0, 0.6))
    lit += dice.normal(0, dice.uniform(0, 0.03), lit.shape).astype(np.float32)
    file = io.BytesIO()
    Image.fromarray((lit.clip(0, 1) * 255).astype(np.uint8)).save(file, "JPEG", quality=int(dice.integers(60, 93)))
    return np.asarray(Image.open(file).convert("RGB"))


def _blurred(light: Light, sigma: float) -> Light:
    # Brighter than white is kept over the blur: it is what blooms.
    small = Image.fromarray((light.clip(0, 2) * 127).astype(np.uint8))
    return np.asarray(small.filter(ImageFilter.GaussianBlur(sigma)), dtype=np.float32) / 127
