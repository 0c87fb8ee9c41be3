"""Red is told from amber in lamps as cameras see them, and where that cannot be told, nothing is said."""

import numpy as np
import pytest

from ml.colours import Colour, colour_of
from ml.findings import Box
from ml.image import Pixels

WHOLE = Box(0, 0, 40, 40)


def lamp(red: int, green: int, blue: int, ground: int = 12) -> Pixels:
    """A disc of light with a core that the camera saw white, on a dark ground with the lamp's glow."""
    rows, columns = np.mgrid[:40, :40]
    distance = np.hypot(rows - 20, columns - 20)[:, :, None]
    colour = np.array([red, green, blue], dtype=np.float32)
    glow = np.clip(1 - distance / 30, 0, 1) * 0.3 * colour + ground
    lit = np.where(distance < 12, colour, glow)
    return np.where(distance < 4, 250, lit).astype(np.uint8)


@pytest.mark.parametrize(
    ("rgb", "colour"),
    [
        ((235, 30, 25), Colour.RED),
        ((230, 40, 80), Colour.RED),
        ((250, 160, 20), Colour.AMBER),
        ((235, 200, 40), Colour.AMBER),
        ((30, 220, 60), Colour.GREEN),
        ((40, 90, 240), Colour.BLUE),
        ((235, 235, 230), Colour.WHITE),
    ],
)
def test_lamp_is_named_by_its_rim_though_its_core_is_white(rgb: tuple[int, int, int], colour: Colour) -> None:
    assert colour_of(lamp(*rgb), WHOLE) is colour


def test_orange_between_red_and_amber_is_left_open() -> None:
    assert colour_of(lamp(240, 90, 25), WHOLE) is None


def test_unlit_place_has_no_colour() -> None:
    assert colour_of(np.full((40, 40, 3), 60, dtype=np.uint8), WHOLE) is None


@pytest.mark.parametrize("box", [Box(-20, -20, 60, 60), Box(30, 30, 90, 90), Box(50, 50, 60, 60), Box(5, 5, 5, 5)])
def test_box_may_reach_beyond_the_picture(box: Box) -> None:
    assert colour_of(lamp(235, 30, 25), box) in {Colour.RED, None}
