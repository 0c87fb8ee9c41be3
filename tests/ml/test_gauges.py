"""A gauge's symbol shines among marks of its own colour."""

import numpy as np
import pytest

from ml import gauges
from ml.image import Pixels
from ml.patches import Boxes

RED, AMBER = (220, 20, 20), (250, 150, 10)
SYMBOL = np.array([100, 100, 120, 120], dtype=np.float32)
MARKS = np.array([80, 60, 140, 70], dtype=np.float32)


def panel(*lit: tuple[Boxes, tuple[int, int, int]]) -> Pixels:
    pixels = np.full((220, 220, 3), 30, dtype=np.uint8)
    for (left, top, right, bottom), colour in ((box.astype(int), colour) for box, colour in lit):
        pixels[top:bottom, left:right] = colour
    return pixels


def scale(pixels: Pixels, *lamps: Boxes) -> float:
    return gauges.scale_around(pixels, SYMBOL, np.array(lamps, dtype=np.float32).reshape(-1, 4))


def test_marks_of_the_symbols_colour_count_by_its_area() -> None:
    assert scale(panel((SYMBOL, RED), (MARKS, RED))) == pytest.approx(600 / 400)


def test_marks_of_another_colour_and_faint_ones_do_not_count() -> None:
    assert scale(panel((SYMBOL, RED), (MARKS, AMBER))) == 0
    assert scale(panel((SYMBOL, RED), (MARKS, (90, 30, 30)))) == 0


def test_other_lamps_and_the_symbols_own_glow_are_no_marks() -> None:
    glow = np.array([95, 95, 125, 125], dtype=np.float32)

    assert scale(panel((glow, RED), (MARKS, RED)), MARKS) == 0


def test_marks_out_of_reach_are_of_something_else() -> None:
    assert scale(panel((SYMBOL, RED), (np.array([0, 0, 220, 20], dtype=np.float32), RED))) == 0


def test_symbol_at_the_edge_or_without_colour_stands_among_nothing() -> None:
    assert gauges.scale_around(panel(), np.array([-5, -5, 3, 3], dtype=np.float32), np.zeros((0, 4))) == 0
    assert gauges.scale_around(panel(), np.array([300, 300, 310, 310], dtype=np.float32), np.zeros((0, 4))) == 0
