"""Symbols on gauges: they shine in the colour of the scale around them, while a warning light has its own."""

import numpy as np
from numpy.typing import NDArray

from ml.image import Pixels
from ml.patches import Boxes, Mask

REACH, MARGIN = 4.0, 0.35
"""How far around a symbol its scale is looked for, and how much around lights is theirs: shares of their sizes."""
CORE, FAINT = 0.6, 0.5
"""From these shares of a symbol's strength a place in it is lit, and one around it."""
ALIKE = 0.97
"""Cosine from which two colours are one."""

Colours = NDArray[np.float32]


def scale_around(pixels: Pixels, box: Boxes, lamps: Boxes) -> float:
    """How many times the symbol's own area shines in its colour around it, where no other lamp is."""
    size = float((box[2:] - box[:2]).max())
    (left, top), (right, bottom) = _corners(pixels, box.reshape(2, 2).mean(axis=0), REACH * size)
    seen = pixels[top:bottom, left:right].astype(np.float32)
    colours = seen - seen.min(axis=2, keepdims=True)
    strength = colours.max(axis=2)
    corner = np.array([left, top, left, top], dtype=np.float32)
    inside = _within(box - corner, 0, strength.shape)
    if not inside.any():
        return 0.0
    peak = float(np.quantile(strength[inside], 0.9))
    core = inside & (strength >= CORE * peak)
    alike = _cosines(colours, colours[core].mean(axis=0)) > ALIKE
    free = ~np.logical_or.reduce([_within(place - corner, MARGIN, strength.shape) for place in (box, *lamps)])
    return float((alike & free & (strength >= FAINT * peak)).sum() / core.sum())


def _corners(pixels: Pixels, middle: Boxes, reach: float) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of the square around a place, as far as the picture goes."""
    size = np.array(pixels.shape[1::-1])
    first, last = (np.clip(middle + side, 0, size).astype(int).tolist() for side in (-reach, reach))
    return (first[0], first[1]), (last[0], last[1])


def _within(box: Boxes, margin: float, shape: tuple[int, ...]) -> Mask:
    """The pixels of a box and of this share of its size around it."""
    room = margin * (box[2:] - box[:2]).max()
    y, x = np.ogrid[: shape[0], : shape[1]]
    across = (x >= box[0] - room) & (x < box[2] + room)
    return np.asarray(across & (y >= box[1] - room) & (y < box[3] + room))


def _cosines(colours: Colours, colour: Colours) -> Colours:
    lengths = np.linalg.norm(colours, axis=2) * np.linalg.norm(colour)
    return np.asarray(colours @ colour / np.maximum(lengths, 1e-6), dtype=np.float32)
