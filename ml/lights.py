"""Places in a photo that could be a lit symbol: coloured patches at several strengths and groupings, as boxes."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ml.image import Pixels
from ml.patches import Boxes, Mask, components

STRENGTHS = (22, 36, 54, 80, 120)
"""Grey levels by which a colour must stand out; several, because by day a light is pale and by night it blooms."""
REACHES = (1, 4)
"""Pixels over which the parts of one symbol are joined; two, because symbols stand closer in small pictures."""
NEIGHBOURHOOD_PX = 20
"""About the size of a symbol in a whole photo."""
GLOW = 14
"""Mean colour, in grey levels, that says a neighbourhood is lit by a lamp of that colour."""
MIN_SIDE_PX, MAX_SHARE = 7, 0.6

Levels = NDArray[np.uint8]
"""(height, width): how strongly a colour shows, in grey levels."""


def candidates(pixels: Pixels, limit: int, max_share: float = MAX_SHARE) -> Boxes:
    """Boxes that may hold a lit symbol, the most striking first, at most this many."""
    found = [part for colour in _colours(pixels) for part in _patches(colour, max_share)]
    if not found:
        return np.zeros((0, 4), dtype=np.float32)
    boxes = np.concatenate([boxes for boxes, _ in found])
    weight = np.concatenate([weight for _, weight in found])
    return _without_twins(boxes[np.argsort(-weight, kind="stable")])[:limit]


def _colours(pixels: Pixels) -> list[Levels]:
    """How warm and how cool each pixel is; red apart from amber and green apart from blue come later, by the model."""
    red, green, blue = (pixels[:, :, channel].astype(np.int16) for channel in range(3))
    least, most = np.minimum(green, blue), np.maximum(green, blue)
    warm, cool = red - least, most - red
    # How far a colour stands out from its neighbourhood: parts lights from the glow around them.
    peaks = warm - _around(warm), cool - _around(cool)
    bright = np.maximum(red, most) + np.minimum(red, least)
    cores = _cores(bright, np.maximum(warm, cool))
    return [kind.clip(0, 255).astype(np.uint8) for kind in (red - green, warm, cool, *peaks, cores)]


def _cores(bright: NDArray[np.int16], colour: NDArray[np.int16]) -> NDArray[np.int16]:
    """Brighter than a coloured neighbourhood: a light so strong that the camera saw it white."""
    return np.where(_around(np.maximum(colour, 0)) > GLOW, (bright - _around(bright)) // 2, np.int16(0))


def _around(values: NDArray[np.int16]) -> NDArray[np.int16]:
    """Mean over a square of NEIGHBOURHOOD_PX to each side."""
    sums = values.astype(np.int32)
    for axis in (0, 1):
        reach = min(NEIGHBOURHOOD_PX, (values.shape[axis] - 1) // 2)
        widths = [(0, 0), (0, 0)]
        widths[axis] = (reach + 1, reach)
        total = np.cumsum(np.pad(sums, widths, mode="edge"), axis=axis, dtype=np.int32)
        size = 2 * reach + 1
        later, earlier = [slice(None)] * 2, [slice(None)] * 2
        later[axis], earlier[axis] = slice(size, None), slice(None, -size)
        sums = (total[tuple(later)] - total[tuple(earlier)]) // size
    return sums.astype(np.int16)


def _patches(colour: Levels, max_share: float) -> Iterator[tuple[Boxes, NDArray[np.float32]]]:
    """Patches of one colour with their weights, at every strength and grouping."""
    for strength in STRENGTHS:
        grown, before = colour > strength, 0
        if not grown.any():
            return
        for reach in REACHES:
            # What has grown a little already is only grown by the rest.
            grown, before = _grown(grown, reach - before), reach
            yield _fitting(grown, strength, reach, max_share)


def _fitting(grown: Mask, strength: int, reach: int, max_share: float) -> tuple[Boxes, NDArray[np.float32]]:
    """Patches of the size and shape of symbols."""
    boxes, areas = components(grown)
    height, width = grown.shape
    boxes += np.array([reach, reach, -reach, -reach], dtype=np.float32)
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    fits = (
        (np.maximum(wide, high) >= MIN_SIDE_PX)
        & (np.minimum(wide, high) >= MIN_SIDE_PX * 0.5)
        & (np.maximum(wide / width, high / height) <= max_share)
        & (wide < 5 * high)
        & (high < 3 * wide)
    )
    filled = (areas / np.maximum(wide * high, 1)).clip(0)
    weight = strength * np.sqrt(np.minimum(wide, high).clip(0) * filled)
    return boxes[fits], weight[fits].astype(np.float32)


def _grown(mask: Mask, reach: int) -> Mask:
    """The mask with every patch grown by this many pixels to each side."""
    grown = mask
    for axis in (0, 1):
        limit, covered = min(reach, grown.shape[axis] - 1), 0
        while covered < limit:
            # What has grown already grows twice as far in one more step, and leaves no gap at the picture's edge.
            step = min(covered + 1, limit - covered)
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
            wide = grown.copy()
            wide[tuple(ahead)] |= grown[tuple(behind)]
            wide[tuple(behind)] |= grown[tuple(ahead)]
            grown, covered = wide, covered + step
    return grown


def _without_twins(boxes: Boxes) -> Boxes:
    """Boxes that differ by less than a tenth of their size count once."""
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 1).max(axis=1, initial=1, keepdims=True)
    step = np.exp2(np.floor(np.log2(size)) - 2)
    keys = np.concatenate([np.round(boxes / step), step], axis=1)
    _, first = np.unique(keys, axis=0, return_index=True)
    return boxes[np.sort(first)]


def overlaps(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Intersection over union of every box with every other one."""
    corner = np.maximum(boxes[:, None, :2], others[None, :, :2])
    opposite = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(opposite - corner, 0, None), axis=2)
    area, other_area = (np.prod(rows[:, 2:] - rows[:, :2], axis=1) for rows in (boxes, others))
    return np.asarray(shared / np.maximum(area[:, None] + other_area[None] - shared, 1e-6), dtype=np.float32)
