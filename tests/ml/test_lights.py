"""Places that could be a light: found whole, whatever glows around them, and few enough to be looked at."""

import numpy as np
import pytest

from ml import lights


def panel() -> np.ndarray:
    return np.full((300, 400, 3), 25, dtype=np.uint8)


def best_overlap(pixels: np.ndarray, box: tuple[int, int, int, int]) -> float:
    found = lights.candidates(pixels, 500)
    return float(lights.overlaps(found, np.array([box], dtype=np.float32)).max(initial=0))


@pytest.mark.parametrize("colour", [(230, 20, 20), (250, 160, 20), (20, 220, 60), (30, 60, 250)])
def test_lamp_of_any_colour_is_a_candidate(colour: tuple[int, int, int]) -> None:
    pixels = panel()
    pixels[100:130, 200:240] = colour

    assert best_overlap(pixels, (200, 100, 240, 130)) > 0.8


def test_parts_of_one_symbol_are_joined() -> None:
    pixels = panel()
    pixels[100:130, 200:206] = pixels[100:130, 212:218] = (230, 20, 20)

    assert best_overlap(pixels, (200, 100, 218, 130)) > 0.8


def test_neighbouring_lamps_are_told_apart() -> None:
    pixels = panel()
    pixels[100:130, 200:230] = pixels[100:130, 245:275] = (230, 20, 20)

    assert best_overlap(pixels, (200, 100, 230, 130)) > 0.8
    assert best_overlap(pixels, (245, 100, 275, 130)) > 0.8


def test_lamp_seen_white_inside_its_own_glow_is_a_candidate() -> None:
    pixels = panel()
    pixels[80:160, 180:270] = (150, 20, 20)
    pixels[105:130, 210:240] = (255, 240, 235)

    assert best_overlap(pixels, (210, 105, 240, 130)) > 0.6


def test_grey_panel_has_no_candidates() -> None:
    assert len(lights.candidates(panel(), 500)) == 0


def test_no_more_candidates_than_asked_for() -> None:
    dice = np.random.default_rng(3)
    pixels = np.kron(dice.integers(0, 255, (30, 40, 3), dtype=np.uint8), np.ones((10, 10, 1), dtype=np.uint8))

    assert len(lights.candidates(pixels, 50)) == 50


@pytest.mark.parametrize("shape", [(12, 12), (12, 900), (900, 12)])
def test_narrow_pictures_are_searched_too(shape: tuple[int, int]) -> None:
    pixels = np.zeros((*shape, 3), dtype=np.uint8)
    pixels[2:-2, 2:-2, 0] = 200

    assert lights.candidates(pixels, 500).shape[1] == 4
