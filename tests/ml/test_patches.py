"""Connected patches of a mask are found whole."""

import numpy as np

from ml import patches


def test_patches_that_touch_at_a_corner_are_one() -> None:
    mask = np.zeros((6, 6), dtype=bool)
    mask[0:2, 0:2] = mask[2:4, 2:4] = mask[5, 0] = True

    boxes, areas = patches.components(mask)

    assert sorted(map(tuple, boxes.tolist())) == [(0, 0, 4, 4), (0, 5, 1, 6)]
    assert sorted(areas.tolist()) == [1, 8]


def test_patches_joined_only_far_below_are_one() -> None:
    """A comb: its teeth meet in the last row."""
    mask = np.zeros((20, 21), dtype=bool)
    mask[:, ::2] = mask[-1] = True

    boxes, _ = patches.components(mask)

    assert boxes.tolist() == [[0, 0, 21, 20]]
