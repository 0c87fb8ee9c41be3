"""Connected patches of a mask, as boxes."""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
"""(n, 4): left, top, right, bottom in pixels."""
Mask = NDArray[np.bool_]


def components(mask: Mask) -> tuple[Boxes, NDArray[np.float32]]:
    """Bounding box and area of every connected patch (eight neighbours)."""
    height, width = mask.shape
    row = width + 2
    padded = np.zeros((height, row), dtype=np.bool_)
    padded[:, 1:-1] = mask
    flat = padded.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, ends = changes[::2], changes[1::2]
    if not len(starts):
        return np.zeros((0, 4), dtype=np.float32), np.zeros(0, dtype=np.float32)
    patch = _joined(starts, ends, row)
    count = int(patch.max()) + 1
    top, left, right = starts // row, starts % row - 1, (ends - 1) % row
    boxes = np.empty((count, 4), dtype=np.float32)
    boxes[:, :2], boxes[:, 2:] = np.inf, -np.inf
    np.minimum.at(boxes[:, 0], patch, left.astype(np.float32))
    np.minimum.at(boxes[:, 1], patch, top.astype(np.float32))
    np.maximum.at(boxes[:, 2], patch, right.astype(np.float32))
    np.maximum.at(boxes[:, 3], patch, top.astype(np.float32) + 1)
    return boxes, np.bincount(patch, weights=ends - starts, minlength=count).astype(np.float32)


def _joined(starts: NDArray[np.intp], ends: NDArray[np.intp], row: int) -> NDArray[np.intp]:
    """For each run of pixels the number of its patch: runs that touch in neighbouring rows are joined."""
    first = np.searchsorted(ends, starts + row, side="left")
    last = np.searchsorted(starts, ends + row, side="right")
    counts = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(starts)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    lower = np.repeat(first, counts) + offsets
    label = np.arange(len(starts))
    while True:
        least = np.minimum(label[upper], label[lower])
        before = label.copy()
        np.minimum.at(label, before[upper], least)
        np.minimum.at(label, before[lower], least)
        label = label[label]
        if np.array_equal(label, before):
            return np.asarray(np.unique(label, return_inverse=True)[1], dtype=np.intp)
