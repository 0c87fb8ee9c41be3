"""Real photos with their boxes, and the patches that training takes from them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml import dashboard, lights
from ml.image import Pixels, decode, shrink
from ml.patches import Boxes

PATCH_PX = 96
PATCH_SHARE = 2.4
"""A patch shows the box and this much around it, so that a crop can be moved, turned and scaled inside it."""
SEARCHED_PX = (dashboard.LONGEST_PX, dashboard.CLOSE_UP_PX[0])
"""At these sizes photos are searched, so what looks like a light at either is learnt from."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One labelled photo at the size in which it is searched."""

    name: str
    source: str
    pixels: Pixels
    labels: tuple[str, ...]
    boxes: Boxes


@dataclass(frozen=True, slots=True)
class Patches:
    """Squares around boxes, with the box in the middle."""

    pixels: NDArray[np.uint8]
    labels: list[str]
    extents: NDArray[np.float32]
    """(n, 2): width and height of each box as shares of the longer one."""


def read_photos(cars: Path) -> list[Photo]:
    """All photos in the order of their names."""
    rows = list(csv.DictReader((cars / "photos" / "boxes.csv").open()))
    photos = []
    for path in sorted((cars / "photos" / "files").iterdir()):
        shown = decode(path.read_bytes()).pixels
        pixels = shrink(shown, dashboard.LONGEST_PX)
        scale = pixels.shape[1] / shown.shape[1]
        marked = [row for row in rows if row["file"] == path.name and row["x0"]]
        boxes = np.array([[float(row[side]) * scale for side in ("x0", "y0", "x1", "y1")] for row in marked])
        labels = tuple(row["class"] for row in marked)
        photos.append(
            Photo(path.name, path.name.split("_")[0], pixels, labels, boxes.reshape(-1, 4).astype(np.float32))
        )
    return photos


def patches(photos: list[Photo], grounds: list[Pixels]) -> Patches:
    """The boxes, the candidates that hit them, and as `background` the candidates that hit nothing."""
    bare = [Photo("", "", ground, (), np.zeros((0, 4), dtype=np.float32)) for ground in grounds]
    return joined([_patches_of(photo, longest) for photo in [*photos, *bare] for longest in SEARCHED_PX])


def _patches_of(photo: Photo, longest_px: int) -> Patches:
    pixels = shrink(photo.pixels, longest_px)
    scale = np.float32(pixels.shape[1] / photo.pixels.shape[1])
    boxes, labels = _labelled(pixels, photo.boxes * scale, photo.labels)
    sides = boxes[:, 2:] - boxes[:, :2]
    cut = dashboard.crops(pixels, boxes, PATCH_PX, PATCH_SHARE, Image.Resampling.BILINEAR)
    return Patches(cut, labels, sides / sides.max(axis=1, keepdims=True))


def _labelled(pixels: Pixels, marked: Boxes, names: tuple[str, ...]) -> tuple[Boxes, list[str]]:
    found = lights.candidates(pixels, 900)
    if not len(marked):
        return found, ["background"] * len(found)
    shared = lights.overlaps(found, marked)
    best, which = shared.max(axis=1, initial=0), shared.argmax(axis=1)
    hits, misses = best >= 0.62, best < 0.3
    large = (marked[:, 2:] - marked[:, :2]).max(axis=1) >= lights.MIN_SIDE_PX
    labels = [
        *(name for name, is_large in zip(names, large, strict=True) if is_large),
        *(names[i] for i in which[hits]),
        *(["background"] * int(misses.sum())),
    ]
    return np.concatenate([marked[large], found[hits], found[misses]]), labels


def joined(parts: list[Patches]) -> Patches:
    """All patches in one bank."""
    return Patches(
        np.concatenate([part.pixels for part in parts]),
        [name for part in parts for name in part.labels],
        np.concatenate([part.extents for part in parts]),
    )
