"""Training pictures: drawn symbols lit as lamps are, real patches moved about, and all that a phone does to both."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml.dashboard import CROP_PX, CROP_SHARE
from ml.train.dashboard import glyphs, photos

SHINE = {
    "red": (1.0, 0.08, 0.08), "amber": (1.0, 0.6, 0.05), "green": (0.1, 0.95, 0.25), "blue": (0.15, 0.35, 1.0),
    "white": (0.95, 0.95, 0.95),
}  # fmt: skip
ALL_COLOURS = tuple(SHINE)
GLYPH_SHARE = CROP_SHARE * glyphs.BOX_PX / glyphs.SIDE_PX
PATCH_SHARE = CROP_SHARE / photos.PATCH_SHARE


@dataclass(frozen=True, slots=True)
class Stock:
    """All that training pictures are made from."""

    masks: Tensor
    mask_labels: Tensor
    mask_chances: Tensor
    shines: list[list[int]]
    lit: Tensor
    lit_labels: Tensor
    lit_chances: Tensor
    dark: Tensor
    """Patches of background."""


def stock(shapes: list[glyphs.Glyph], real: photos.Patches, classes: list[str]) -> Stock:
    """Tensors of the banks; rare classes are drawn more often than they come."""
    is_lit = np.array([label != "background" for label in real.labels])
    pixels = torch.from_numpy(real.pixels).permute(0, 3, 1, 2)
    lit_labels = torch.tensor([classes.index(label) for label in real.labels if label != "background"]).long()
    mask_labels = torch.tensor([classes.index(shape.label) for shape in shapes])
    return Stock(
        masks=torch.from_numpy(np.stack([shape.mask for shape in shapes]))[:, None],
        mask_labels=mask_labels,
        mask_chances=_chances(mask_labels, 0.8),
        shines=[_shines(shape.label) for shape in shapes],
        lit=pixels[torch.from_numpy(is_lit)],
        lit_labels=lit_labels,
        lit_chances=_chances(lit_labels, 0.5),
        dark=pixels[torch.from_numpy(~is_lit)],
    )


def _chances(labels: Tensor, power: float) -> Tensor:
    counts = torch.bincount(labels).float()
    return counts[labels] ** -power


def _shines(label: str) -> list[int]:
    named = [i for i, colour in enumerate(ALL_COLOURS) if label in glyphs.COLOURS[colour].split()]
    return named or list(range(len(ALL_COLOURS)))


def batch(bank: Stock, size: int, background: int, dice: torch.Generator) -> tuple[Tensor, Tensor]:
    """As many drawn as real lit as real unlit pictures, uint8 (n, 48, 48, 3), with their classes."""
    drawn, drawn_labels = _drawn(bank, size, background, dice)
    if not len(bank.lit):
        return _as_bytes(drawn, _camera(_unlit(bank, size, dice), dice, 0.5)), torch.cat(
            [drawn_labels, torch.full((size,), background)]
        )
    chosen = torch.multinomial(bank.lit_chances, size, replacement=True, generator=dice)
    part = torch.rand(size, generator=dice) < 0.08
    lit = _moved(bank.lit[chosen].float() / 255, PATCH_SHARE, part, dice)
    lit_labels = torch.where(part, background, bank.lit_labels[chosen])
    seen = _camera(torch.cat([lit, _unlit(bank, size, dice)]), dice, 0.5)
    return _as_bytes(drawn, seen), torch.cat([drawn_labels, lit_labels, torch.full((size,), background)])


def _as_bytes(*pictures: Tensor) -> Tensor:
    return (torch.cat(pictures).clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)


def _unlit(bank: Stock, size: int, dice: torch.Generator) -> Tensor:
    some = torch.randint(len(bank.dark), (size,), generator=dice)
    nothing = torch.zeros(size, dtype=torch.bool)
    return _moved(bank.dark[some].float() / 255, PATCH_SHARE, nothing, dice)


def _even(shape: tuple[int, ...], low: float, high: float, dice: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=dice) * (high - low) + low


def _moved(pictures: Tensor, share: float, part: Tensor, dice: torch.Generator) -> Tensor:
    """Cropped as a candidate box would be: nearly centred; where `part`, a wrong piece of it."""
    count = len(pictures)
    scale = share * _even((count,), 0.86, 1.2, dice)
    shift = _even((count, 2), -0.1, 0.1, dice) * share
    away = torch.sign(_even((count, 2), -1, 1, dice)) * _even((count, 2), 0.35, 0.6, dice) * share
    zoomed = part & (torch.rand(count, generator=dice) < 0.5)
    scale = torch.where(zoomed, scale * _even((count,), 0.3, 0.42, dice), scale)
    shift = torch.where(part[:, None], away, shift)
    angle = _even((count,), -0.2, 0.2, dice)
    lean, squeeze = _even((count,), -0.15, 0.15, dice), _even((count,), 0.88, 1.12, dice)
    turn = torch.stack(
        [
            torch.stack([angle.cos() * squeeze, -angle.sin() + lean], dim=1),
            torch.stack([angle.sin(), angle.cos() / squeeze], dim=1),
        ],
        dim=1,
    )
    theta = torch.cat([turn * scale[:, None, None], shift[:, :, None]], dim=2)
    grid = functional.affine_grid(theta, [count, pictures.shape[1], CROP_PX, CROP_PX], align_corners=False)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _drawn(bank: Stock, size: int, background: int, dice: torch.Generator) -> tuple[Tensor, Tensor]:
    chosen = torch.multinomial(bank.mask_chances, size, replacement=True, generator=dice)
    part = torch.rand(size, generator=dice) < 0.12
    masks = functional.pad(bank.masks[chosen].float() / 255, (8, 8, 8, 8))
    masks = _moved(masks, GLYPH_SHARE * glyphs.SIDE_PX / (glyphs.SIDE_PX + 16), part, dice)
    masks = _in_groups(masks, _thicker, dice)
    masks = _in_groups(masks, lambda rows, random: _blurred(rows, float(_even((1,), 0.2, 1.6, random))), dice)
    glow = _in_groups(masks, lambda rows, random: _blurred(rows, float(_even((1,), 2.5, 8, random))), dice)
    shine = _shine(bank, chosen, dice)
    white = _even((size, 1, 1, 1), -0.6, 0.95, dice).clamp(0)
    core = shine * (1 - white) + white
    pictures = _ground(bank, size, dice)
    pictures = pictures * (1 - masks) + masks * core * _even((size, 1, 1, 1), 0.55, 1.3, dice)
    pictures = pictures + glow * shine * _even((size, 1, 1, 1), -0.3, 1.6, dice).clamp(0)
    haze = _even((size, 1, 1, 1), -0.4, 0.6, dice).clamp(0)
    pictures = pictures * (1 - haze) + haze * _even((size, 3, 1, 1), 0.2, 0.75, dice)
    return _camera(pictures, dice, 1.0), torch.where(part, background, bank.mask_labels[chosen])


def _shine(bank: Stock, chosen: Tensor, dice: torch.Generator) -> Tensor:
    picks = torch.rand(len(chosen), generator=dice).tolist()
    rows = [bank.shines[shape] for shape in chosen.tolist()]
    colours = [SHINE[ALL_COLOURS[row[int(pick * len(row))]]] for row, pick in zip(rows, picks, strict=True)]
    shine = torch.tensor(colours)[:, :, None, None]
    return (shine + _even((len(chosen), 3, 1, 1), -0.12, 0.18, dice)).clamp(0, 1)


def _ground(bank: Stock, size: int, dice: torch.Generator) -> Tensor:
    """Plain dark panels, and pieces of real dashboards."""
    plain = _even((size, 1, 1, 1), 0, 0.4, dice) + _even((size, 3, 1, 1), 0, 0.12, dice)
    slope = torch.linspace(-1, 1, CROP_PX)
    plain = plain + slope[:, None] * _even((size, 1, 1, 1), -0.1, 0.1, dice)
    real = _unlit(bank, size, dice) * _even((size, 1, 1, 1), 0.3, 0.9, dice)
    return torch.where(torch.rand((size, 1, 1, 1), generator=dice) < 0.6, plain.expand(real.shape), real)


def _in_groups(pictures: Tensor, change: Callable[[Tensor, torch.Generator], Tensor], dice: torch.Generator) -> Tensor:
    """The change with other random numbers for every eighth of the pictures."""
    return torch.cat([change(rows, dice) for rows in pictures.chunk(8)])


def _thicker(masks: Tensor, dice: torch.Generator) -> Tensor:
    pick = float(torch.rand(1, generator=dice))
    if pick < 0.25:
        return functional.max_pool2d(masks, 3, 1, 1)
    if pick < 0.4:
        return -functional.max_pool2d(-masks, 3, 1, 1) * 0.5 + masks * 0.5
    return masks


def _blurred(pictures: Tensor, sigma: float) -> Tensor:
    reach = max(1, int(sigma * 2.5))
    line = torch.exp(-(torch.arange(-reach, reach + 1).float() ** 2) / (2 * sigma**2))
    line = line / line.sum()
    count, channels, height, width = pictures.shape
    flat = pictures.reshape(count * channels, 1, height, width)
    flat = functional.conv2d(flat, line[None, None, :, None], padding=(reach, 0))
    return functional.conv2d(flat, line[None, None, None, :], padding=(0, reach)).reshape(pictures.shape)


def _camera(pictures: Tensor, dice: torch.Generator, strength: float) -> Tensor:
    """Few pixels, blur, noise, exposure and white balance of a phone."""
    count = len(pictures)
    order = torch.randperm(count, generator=dice)
    mixed = _in_groups(pictures[order], lambda rows, random: _coarse(rows, random, strength), dice)
    pictures = torch.empty_like(mixed)
    pictures[order] = mixed
    gain = _even((count, 1, 1, 1), 1 - 0.4 * strength, 1 + 0.4 * strength, dice)
    cast = _even((count, 3, 1, 1), 1 - 0.15 * strength, 1 + 0.15 * strength, dice)
    noise = torch.randn(pictures.shape, generator=dice) * _even((count, 1, 1, 1), 0, 0.05, dice) * strength
    return pictures * gain * cast + noise


def _coarse(rows: Tensor, dice: torch.Generator, strength: float) -> Tensor:
    pick = float(torch.rand(1, generator=dice))
    if pick > 0.75 * strength:
        return rows
    side = int(_even((1,), 11, 40, dice))
    small = functional.interpolate(rows, size=(side, side), mode="bilinear", antialias=True)
    return functional.interpolate(small, size=(CROP_PX, CROP_PX), mode="bilinear")
