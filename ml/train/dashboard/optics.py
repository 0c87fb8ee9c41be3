"""What lamps, panels and phones do to a symbol on its way to a file: bloom, haze, blur, noise, coding."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

CHROMA = torch.tensor([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
BLOCK = 8
GROUP = 20
"""Pictures that share one blur, one resolution and the like: random enough, and quick."""


def even(shape: tuple[int, ...], low: float, high: float, dice: torch.Generator) -> Tensor:
    """Random numbers, every one as likely."""
    return torch.rand(shape, generator=dice) * (high - low) + low


def some(count: int, share: float, dice: torch.Generator) -> Tensor:
    """Which pictures of a batch are chosen, as (count, 1, 1, 1)."""
    return torch.rand((count, 1, 1, 1), generator=dice) < share


def in_groups(pictures: Tensor, change: Callable[[Tensor, torch.Generator], Tensor], dice: torch.Generator) -> Tensor:
    """The change with other random numbers for every few pictures, whichever these are."""
    order = torch.randperm(len(pictures), generator=dice)
    changed = torch.cat([change(rows, dice) for rows in pictures[order].split(GROUP)])
    return changed[torch.argsort(order)]


def thicker(masks: Tensor, dice: torch.Generator) -> Tensor:
    """Bolder, thinner, or only the outline of a filled shape."""
    pick = float(torch.rand(1, generator=dice))
    if pick < 0.25:
        return functional.max_pool2d(masks, 3, 1, 1)
    if pick < 0.4:
        return -functional.max_pool2d(-masks, 3, 1, 1) * 0.5 + masks * 0.5
    if pick < 0.5:
        return (masks + functional.max_pool2d(-masks, 5, 1, 2)).clamp(0) * 0.8 + masks * 0.2
    return masks


def glowing(masks: Tensor, dice: torch.Generator) -> Tensor:
    """The light that masks throw on what is around them."""

    def blur(rows: Tensor, random: torch.Generator) -> Tensor:
        return blurred(rows, float(even((1,), 2.0, 8, random)))

    return in_groups(masks, blur, dice)


def softened(masks: Tensor, dice: torch.Generator) -> Tensor:
    """Edges as sharp as lenses and short-sighted phones make them."""

    def blur(rows: Tensor, random: torch.Generator) -> Tensor:
        return blurred(rows, float(even((1,), 0.2, 1.4, random)))

    return in_groups(masks, blur, dice)


def blurred(pictures: Tensor, sigma: float) -> Tensor:
    """Gaussian blur; the edge is repeated outwards."""
    reach = max(1, int(sigma * 2.5))
    line = torch.exp(-(torch.arange(-reach, reach + 1).float() ** 2) / (2 * sigma**2))
    line = line / line.sum()
    count, channels, height, width = pictures.shape
    flat = functional.pad(pictures.reshape(count * channels, 1, height, width), [reach] * 4, mode="replicate")
    flat = functional.conv2d(functional.conv2d(flat, line[None, None, :, None]), line[None, None, None, :])
    return flat.reshape(pictures.shape)


def photographed(pictures: Tensor, dice: torch.Generator, strength: float) -> Tensor:
    """Few pixels, blur, noise, coding, sharpening, exposure and white balance of a phone."""
    count = len(pictures)
    gain = even((count, 1, 1, 1), 1 - 0.4 * strength, 1 + 0.4 * strength, dice)
    cast = even((count, 3, 1, 1), 1 - 0.15 * strength, 1 + 0.15 * strength, dice)
    curve = torch.exp(even((count, 1, 1, 1), -0.35, 0.35, dice) * strength)
    pictures = (pictures * gain * cast).clamp(0, 1) ** curve
    noise = torch.randn(pictures.shape, generator=dice)
    pictures = pictures + noise * even((count, 1, 1, 1), 0, 0.05, dice) * strength
    return in_groups(pictures, lambda rows, random: _coarse(rows, random, strength), dice)


def _coarse(rows: Tensor, dice: torch.Generator, strength: float) -> Tensor:
    side = rows.shape[-1]
    if float(torch.rand(1, generator=dice)) < 0.25 * strength:
        rows = _shaken(rows, dice)
    if float(torch.rand(1, generator=dice)) > 0.85 * strength:
        return rows
    few = BLOCK * int(even((1,), 2.0, 6.99, dice))
    small = functional.interpolate(rows, size=(few, few), mode="bilinear", antialias=True)
    if float(torch.rand(1, generator=dice)) < 0.3:
        small = small + (small - blurred(small, 1.0)) * float(even((1,), 0.3, 1.2, dice))
    if float(torch.rand(1, generator=dice)) < 0.7:
        small = _coded(small.clamp(0, 1), float(even((1,), 0.01, 0.12, dice)))
    return functional.interpolate(small, size=(side, side), mode="bilinear", antialias=True)


def _shaken(rows: Tensor, dice: torch.Generator) -> Tensor:
    """A hand that moved: the mean along a short way."""
    away = even((2,), -2.5, 2.5, dice).tolist()
    steps = [-1.0, -0.5, 0.0, 0.5, 1.0]
    moved = [torch.roll(rows, (round(away[0] * s), round(away[1] * s)), dims=(2, 3)) for s in steps]
    return torch.stack(moved).mean(dim=0)


def _coded(rows: Tensor, step: float) -> Tensor:
    """As JPEG does: colours at half the resolution, blocks of 8 x 8 in rounded waves."""
    count, _, height, width = rows.shape
    planes = torch.einsum("pc,nchw->nphw", CHROMA, rows)
    colours = functional.interpolate(
        functional.avg_pool2d(planes[:, 1:], 2), scale_factor=2.0, mode="bilinear", align_corners=False
    )
    planes = torch.cat([planes[:, :1], colours], dim=1)
    waves = _waves()
    blocks = planes.reshape(count, 3, height // BLOCK, BLOCK, width // BLOCK, BLOCK).permute(0, 1, 2, 4, 3, 5)
    spectrum = waves @ blocks @ waves.T
    order = torch.arange(BLOCK)
    steps = step * (1 + 0.7 * (order[:, None] + order[None, :]))
    spectrum = torch.round(spectrum / steps) * steps
    blocks = waves.T @ spectrum @ waves
    planes = blocks.permute(0, 1, 2, 4, 3, 5).reshape(count, 3, height, width)
    return torch.einsum("cp,nphw->nchw", torch.linalg.inv(CHROMA), planes)


def _waves() -> Tensor:
    """The cosine transform of one block."""
    order = torch.arange(BLOCK).float()
    waves = torch.cos((2 * order[None, :] + 1) * order[:, None] * torch.pi / (2 * BLOCK)) * (2 / BLOCK) ** 0.5
    waves[0] /= 2**0.5
    return waves
