"""Training pictures: drawn symbols lit as lamps are, real patches moved about, and what only looks like a light."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml.dashboard import CROP_PX, CROP_SHARE
from ml.train.dashboard import glyphs, photos
from ml.train.dashboard.optics import even, glowing, in_groups, photographed, softened, some, thicker

SHINE = {
    "red": ((0.9, 0.02, 0.02), (1.0, 0.25, 0.35)),
    "amber": ((0.9, 0.4, 0.0), (1.0, 0.75, 0.2)),
    "green": ((0.0, 0.85, 0.1), (0.35, 1.0, 0.6)),
    "blue": ((0.05, 0.2, 0.9), (0.3, 0.6, 1.0)),
    "white": ((0.85, 0.9, 0.9), (1.0, 1.0, 1.0)),
}
"""Least and most of red, green and blue. No lamp is pure: overdriven, a red one turns pink, yellow and white."""
ALL_COLOURS = tuple(SHINE)
BACKLIT = tuple(ALL_COLOURS.index(name) for name in ("white", "green"))
GLYPH_SHARE = CROP_SHARE * glyphs.BOX_PX / glyphs.SIDE_PX
PATCH_SHARE = CROP_SHARE / photos.PATCH_SHARE
PARTS, UNLIT, CLUTTER, GAUGES = 0.08, 0.07, 0.05, 0.05
"""Shares of drawn pictures that show no light: wrong pieces, symbols that are off, needles, marks on gauges."""
TIGHT = 0.15
"""Share that is seen as a picture cut tightly around one light, its edge repeated outwards."""
BENT, LIT_BENDS = 0.05, 0.6
"""Of drawn symbols, and for real ones a share of that."""


@dataclass(frozen=True, slots=True)
class Stock:
    """All that training pictures are made from."""

    masks: Tensor
    mask_labels: Tensor
    mask_chances: Tensor
    shines: list[list[int]]
    mask_mirrors: Tensor
    """Which masks may be seen the other way round."""
    backlit: Tensor
    """Rows of the masks that stand on gauges too."""
    lit: Tensor
    lit_labels: Tensor
    lit_chances: Tensor
    lit_mirrors: Tensor
    lit_extents: Tensor
    """Width and height of the light as shares of the longer one."""
    dark: Tensor
    """Patches of background."""
    bent: float
    """By how much of a crop's half places in symbols are bent at most: no two makers draw one alike."""


def stock(shapes: list[glyphs.Glyph], real: photos.Patches, classes: list[str], *, is_varied: bool) -> Stock:
    """Tensors of the banks; rare classes are shown more often than they come. Varied: symbols are bent and mirrored."""
    is_lit = np.array([label != "background" for label in real.labels])
    pixels = torch.from_numpy(real.pixels).permute(0, 3, 1, 2)
    names = [label for label in real.labels if label != "background"]
    lit_labels = torch.tensor([classes.index(label) for label in names]).long()
    mask_labels = torch.tensor([classes.index(shape.label) for shape in shapes])
    return Stock(
        masks=torch.from_numpy(np.stack([shape.mask for shape in shapes]))[:, None],
        mask_labels=mask_labels,
        mask_chances=glyphs.chances(shapes),
        shines=[shines_of(shape.label) for shape in shapes],
        mask_mirrors=torch.tensor([is_varied and g.label in glyphs.MIRRORED and g.source != "letters" for g in shapes]),
        backlit=torch.tensor([i for i, shape in enumerate(shapes) if shape.label in glyphs.GAUGE_SYMBOLS]),
        lit=pixels[torch.from_numpy(is_lit)],
        lit_labels=lit_labels,
        lit_chances=_chances(lit_labels),
        # The word SERV among real service lights has no other way round.
        lit_mirrors=torch.tensor([is_varied and label in glyphs.MIRRORED - {"service"} for label in names]).bool(),
        lit_extents=torch.from_numpy(real.extents[is_lit]),
        dark=pixels[torch.from_numpy(~is_lit)],
        bent=BENT if is_varied else 0.0,
    )


def _chances(labels: Tensor) -> Tensor:
    return torch.bincount(labels).float()[labels] ** -0.5


def shines_of(label: str) -> list[int]:
    """The colours in which a lamp may shine."""
    named = [i for i, colour in enumerate(ALL_COLOURS) if label in glyphs.COLOURS[colour].split()]
    return named or list(range(len(ALL_COLOURS)))


def lit(bank: Stock, background: int, count: int, dice: torch.Generator) -> tuple[Tensor, Tensor]:
    """Real lights moved about; pieces of lights among them are background."""
    chosen = torch.multinomial(bank.lit_chances, count, replacement=True, generator=dice)
    part = torch.rand(count, generator=dice) < PARTS
    tight = (torch.rand(count, generator=dice) < TIGHT) & ~part
    reach = bank.lit_extents[chosen] * even((count, 1), 1.0, 1.3, dice) / photos.PATCH_SHARE
    reach = torch.where(tight[:, None], reach, 1.0)
    mirrored = _mirrored(bank.lit_mirrors[chosen], dice)
    moved = _moved(bank.lit[chosen].float() / 255, PATCH_SHARE, part, dice, reach, mirrored, bank.bent * LIT_BENDS)
    return as_bytes(photographed(moved, dice, 0.5)), torch.where(part, background, bank.lit_labels[chosen])


def dark(bank: Stock, background: int, count: int, dice: torch.Generator) -> tuple[Tensor, Tensor]:
    """Real places that look like lights and are none."""
    rows = torch.randint(len(bank.dark), (count,), generator=dice)
    moved = _moved_patches(bank.dark[rows], dice)
    return as_bytes(photographed(moved, dice, 0.5)), torch.full((count,), background)


def as_bytes(pictures: Tensor) -> Tensor:
    return (pictures.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def _moved_patches(patches: Tensor, dice: torch.Generator) -> Tensor:
    count = len(patches)
    reach = torch.where(torch.rand((count, 1), generator=dice) < TIGHT, even((count, 2), 0.3, 0.45, dice), 1.0)
    none = torch.zeros(count, dtype=torch.bool)
    return _moved(patches.float() / 255, PATCH_SHARE, none, dice, reach, none, 0)


def _mirrored(may_be: Tensor, dice: torch.Generator) -> Tensor:
    return may_be & (torch.rand(len(may_be), generator=dice) < 0.5)


def _moved(
    pictures: Tensor, share: float, part: Tensor, dice: torch.Generator, reach: Tensor, mirrored: Tensor, bent: float
) -> Tensor:
    """Cropped as a candidate box would be: nearly centred; where `part`, a wrong piece; nothing beyond `reach`."""
    count = len(pictures)
    scale = share * even((count,), 0.84, 1.2, dice)
    shift = even((count, 2), -0.1, 0.1, dice) * share
    away = torch.sign(even((count, 2), -1, 1, dice)) * even((count, 2), 0.35, 0.6, dice) * share
    zoomed = part & (torch.rand(count, generator=dice) < 0.5)
    scale = torch.where(zoomed, scale * even((count,), 0.3, 0.42, dice), scale)
    shift = torch.where(part[:, None], away, shift)
    angle = even((count,), -0.25, 0.25, dice)
    lean, squeeze = even((count,), -0.2, 0.2, dice), even((count,), 0.85, 1.18, dice)
    turn = torch.stack(
        [
            torch.stack([angle.cos() * squeeze, -angle.sin() + lean], dim=1),
            torch.stack([angle.sin(), angle.cos() / squeeze], dim=1),
        ],
        dim=1,
    )
    theta = torch.cat([turn * scale[:, None, None], shift[:, :, None]], dim=2)
    theta[:, 0] = torch.where(mirrored[:, None], -theta[:, 0], theta[:, 0])
    grid = functional.affine_grid(theta, [count, pictures.shape[1], CROP_PX, CROP_PX], align_corners=False)
    if bent:
        grid = grid + _bends(count, bent * share, dice)
    limit = reach[:, None, None, :].expand_as(grid)
    grid = torch.maximum(torch.minimum(grid, limit), -limit)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _bends(count: int, most: float, dice: torch.Generator) -> Tensor:
    """How far each place is pulled aside, smoothly; some pictures more than others."""
    pulls = even((count, 2, 4, 4), -1, 1, dice) * even((count, 1, 1, 1), 0, most, dice)
    smooth = functional.interpolate(pulls, size=(CROP_PX, CROP_PX), mode="bicubic", align_corners=True)
    return smooth.permute(0, 2, 3, 1)


def drawn(bank: Stock, background: int, count: int, dice: torch.Generator) -> tuple[Tensor, Tensor]:
    """Symbols lit as lamps, on panels; some of them only look like lights."""
    chosen = torch.multinomial(bank.mask_chances, count, replacement=True, generator=dice)
    kind = torch.rand(count, generator=dice)
    part, unlit = kind < PARTS, (kind >= PARTS) & (kind < PARTS + UNLIT)
    bare = (kind >= PARTS + UNLIT) & (kind < PARTS + UNLIT + CLUTTER)
    gauge = kind >= 1 - GAUGES
    on_gauges = bank.backlit[torch.randint(len(bank.backlit), (count,), generator=dice)]
    chosen = torch.where(gauge, on_gauges, chosen)
    masks = _shapes(bank, chosen, part, dice) * ~bare[:, None, None, None]
    shine = lamps([list(BACKLIT) if gauge[i] else bank.shines[c] for i, c in enumerate(chosen.tolist())], dice)
    gain = torch.exp(even((count, 1, 1, 1), -1.0, 1.8, dice))
    ground = panels(bank, count, dice)
    pictures = ground + light(masks, shine, gain, dice) * ~unlit[:, None, None, None]
    paint = (even((count, 1, 1, 1), 0.3, 1.6, dice) * ground + even((count, 3, 1, 1), -0.02, 0.1, dice)).clamp(0, 0.7)
    pictures = torch.where(unlit[:, None, None, None], ground * (1 - masks) + paint * masks, pictures)
    pictures = with_clutter(bank, pictures, bare[:, None, None, None] | some(count, 0.25, dice), dice)
    haze = even((count, 1, 1, 1), -0.4, 0.6, dice).clamp(0)
    pictures = pictures.clamp(0, 1) * (1 - haze) + haze * even((count, 3, 1, 1), 0.2, 0.75, dice)
    pictures = _cut_tight(pictures, masks, (torch.rand(count, generator=dice) < TIGHT) & ~part & ~bare)
    nothing = part | unlit | bare | gauge
    return as_bytes(photographed(pictures, dice, 1.0)), torch.where(nothing, background, bank.mask_labels[chosen])


def _shapes(bank: Stock, chosen: Tensor, part: Tensor, dice: torch.Generator) -> Tensor:
    masks = functional.pad(bank.masks[chosen].float() / 255, (8, 8, 8, 8))
    share = GLYPH_SHARE * glyphs.SIDE_PX / (glyphs.SIDE_PX + 16)
    mirrored = _mirrored(bank.mask_mirrors[chosen], dice)
    masks = _moved(masks, share, part, dice, torch.ones(len(chosen), 2), mirrored, bank.bent)
    return softened(in_groups(masks, thicker, dice), dice)


def light(masks: Tensor, shine: Tensor, gain: Tensor, dice: torch.Generator) -> Tensor:
    """What a lamp behind a symbol adds: its own light, overdriven where the camera cannot follow, and bloom."""
    bloom = even((len(masks), 1, 1, 1), -0.2, 0.7, dice).clamp(0)
    return (masks + glowing(masks, dice) * bloom) * shine * gain


def lamps(colours: list[list[int]], dice: torch.Generator) -> Tensor:
    """One colour a picture, from those that are allowed."""
    picks = torch.rand(len(colours), generator=dice).tolist()
    names = [ALL_COLOURS[row[int(pick * len(row))]] for row, pick in zip(colours, picks, strict=True)]
    limits = torch.tensor([SHINE[name] for name in names])
    spread = torch.rand((len(colours), 3), generator=dice)
    return (limits[:, 0] + (limits[:, 1] - limits[:, 0]) * spread)[:, :, None, None]


def panels(bank: Stock, count: int, dice: torch.Generator) -> Tensor:
    """Plain panels, mostly dark, and pieces of real dashboards."""
    level = even((count, 1, 1, 1), 0, 0.8, dice) ** 2
    plain = level + even((count, 3, 1, 1), 0, 0.1, dice) * (level + 0.3)
    slope = torch.linspace(-1, 1, CROP_PX)
    plain = plain + slope[:, None] * even((count, 1, 1, 1), -0.12, 0.12, dice)
    plain = plain + slope[None, :] * even((count, 1, 1, 1), -0.12, 0.12, dice)
    rows = torch.randint(len(bank.dark), (count,), generator=dice)
    real = _moved_patches(bank.dark[rows], dice) * even((count, 1, 1, 1), 0.2, 0.8, dice)
    return torch.where(some(count, 0.6, dice), plain.expand(real.shape), real)


def with_clutter(bank: Stock, pictures: Tensor, where: Tensor, dice: torch.Generator) -> Tensor:
    """A needle, a stripe or an arc of any colour, or a neighbouring symbol that reaches into the crop."""
    count = len(pictures)
    stripes = _stripes(count, dice)
    others = torch.randint(len(bank.masks), (count,), generator=dice)
    near = functional.pad(bank.masks[others].float() / 255, (8, 8, 8, 8))
    sideways = torch.rand((count, 1), generator=dice) < 0.7
    distance = torch.sign(even((count, 1), -1, 1, dice)) * even((count, 1), 1.5, 2.2, dice) * GLYPH_SHARE / 1.17
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = GLYPH_SHARE / 1.17
    none = torch.zeros_like(distance)
    theta[:, :, 2] = torch.where(sideways, torch.cat([distance, none], 1), torch.cat([none, distance], 1))
    grid = functional.affine_grid(theta, [count, 1, CROP_PX, CROP_PX], align_corners=False)
    near = functional.grid_sample(near, grid, align_corners=False)
    marks = softened(torch.where(some(count, 0.5, dice), stripes, near), dice)
    shine = lamps([list(range(len(ALL_COLOURS)))] * count, dice)
    added = light(marks, shine, torch.exp(even((count, 1, 1, 1), -1.2, 1.4, dice)), dice)
    return pictures + torch.where(where, added, 0.0)


def _stripes(count: int, dice: torch.Generator) -> Tensor:
    """Needles and red zones: straight or bent bands, some of which end in the picture."""
    across = torch.linspace(-1, 1, CROP_PX)
    y, x = across[:, None].expand(CROP_PX, CROP_PX), across[None, :].expand(CROP_PX, CROP_PX)
    angle = even((count, 1, 1), 0, 6.283, dice)
    along, beside = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    bent = even((count, 1, 1), -0.5, 0.5, dice) * (torch.rand((count, 1, 1), generator=dice) < 0.4)
    centre, width = even((count, 1, 1), -0.7, 0.7, dice), even((count, 1, 1), 0.03, 0.22, dice)
    inside = (beside - centre - bent * along**2).abs() < width * (1 - 0.5 * along.clamp(0, 1))
    return (inside & (along < even((count, 1, 1), -0.3, 2.0, dice)))[:, None].float()


def _cut_tight(pictures: Tensor, masks: Tensor, where: Tensor) -> Tensor:
    """Where asked, only the symbol's own rectangle, its edge repeated outwards."""
    shown = masks[:, 0] > 0.25
    place = torch.arange(CROP_PX)
    grids = []
    for axis in (1, 2):
        lit = shown.any(dim=axis)
        first = torch.where(lit, place, CROP_PX).min(dim=1).values
        last = torch.where(lit, place, -1).max(dim=1).values
        whole = ~where | (last < first)
        first, last = torch.where(whole, 0, first), torch.where(whole, CROP_PX - 1, last)
        grids.append(torch.maximum(torch.minimum(place[None], last[:, None]), first[:, None]))
    columns, rows = grids
    count = torch.arange(len(pictures))[:, None, None]
    return pictures.permute(0, 2, 3, 1)[count, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
