"""Real photos with their boxes, and the patches that training takes from them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml import dashboard, lights
from ml.image import Pixels, decode, shrink

PATCH_PX = 96
PATCH_SHARE = 2.4
"""A patch shows the box and this much around it, so that a crop can be moved, turned and scaled inside it."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One labelled photo at the size in which it is searched."""

    name: str
    source: str
    pixels: Pixels
    labels: tuple[str, ...]
    boxes: lights.Boxes


@dataclass(frozen=True, slots=True)
class Patches:
    """Squares around boxes, with the box in the middle."""

    pixels: NDArray[np.uint8]
    labels: list[str]


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
    cut: list[NDArray[np.uint8]] = []
    labels: list[str] = []
    for photo in photos:
        boxes, names = _labelled(photo)
        cut.append(_cut(photo.pixels, boxes))
        labels += names
    for ground in grounds:
        boxes = lights.candidates(ground, 400)
        cut.append(_cut(ground, boxes))
        labels += ["background"] * len(boxes)
    return Patches(np.concatenate(cut), labels)


def _labelled(photo: Photo) -> tuple[lights.Boxes, list[str]]:
    found = lights.candidates(photo.pixels, 900)
    if not len(photo.boxes):
        return found, ["background"] * len(found)
    shared = lights.overlaps(found, photo.boxes)
    best, which = shared.max(axis=1, initial=0), shared.argmax(axis=1)
    hits, misses = best >= 0.62, best < 0.3
    names = [*photo.labels, *(photo.labels[i] for i in which[hits]), *(["background"] * int(misses.sum()))]
    return np.concatenate([photo.boxes, found[hits], found[misses]]), names


def _cut(pixels: Pixels, boxes: lights.Boxes) -> NDArray[np.uint8]:
    return dashboard.crops(pixels, boxes, PATCH_PX, PATCH_SHARE, Image.Resampling.BILINEAR)


def joined(parts: list[Patches]) -> Patches:
    """All patches in one bank."""
    return Patches(np.concatenate([part.pixels for part in parts]), [name for part in parts for name in part.labels])
