"""The colour in which a light is lit: the same symbol in red and in amber can mean stopping and driving on."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ml.findings import Box
from ml.image import Pixels

LIT_SHARE = 0.5
"""Of the strongest colour in the box: pixels above it belong to the symbol, those below to its glow and ground."""
COLOURLESS = 40
"""Grey levels between the strongest and the weakest channel, below which light is white."""
BRIGHT = 150
"""Grey levels from which white counts as lit."""
STRONGEST = 0.98
"""The quantile that stands for the strongest colour: single pixels are noise."""


class Colour(StrEnum):
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    BLUE = "blue"
    WHITE = "white"


ENDS_DEGREES = ((10.0, Colour.RED), (22.0, None), (70.0, Colour.AMBER), (185.0, Colour.GREEN), (290.0, Colour.BLUE))
"""Where each colour ends on the circle of hues; after the last it is red again. Between red and amber it is not said:
a bright red light looks orange to some phones, and taking it for amber would make light of it."""


def colour_of(pixels: Pixels, box: Box) -> Colour | None:
    """The colour of what is lit within a box; None where nothing there is, or where it is doubtful.

    Each pixel counts by how coloured it is: the core of a strong lamp is white to a camera, its rim is not.
    """
    left, top = max(0, int(box.left)), max(0, int(box.top))
    cut = pixels[top : int(np.ceil(box.bottom)), left : int(np.ceil(box.right))].reshape(-1, 3).astype(np.float32)
    if not len(cut):
        return None
    most, least = cut.max(axis=1), cut.min(axis=1)
    chroma = most - least
    strongest = float(np.quantile(chroma, STRONGEST))
    if strongest < COLOURLESS:
        return Colour.WHITE if float(np.quantile(most, STRONGEST)) >= BRIGHT else None
    weight = np.where(chroma >= LIT_SHARE * strongest, chroma, 0)
    return _named(_mean_hue(cut, weight))


def _mean_hue(cut: NDArray[np.float32], weight: NDArray[np.float32]) -> float:
    """Degrees on the circle of hues: 0 red, 120 green, 240 blue."""
    red, green, blue = (float((cut[:, channel] * weight).sum() / weight.sum()) for channel in range(3))
    return float(np.degrees(np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)) % 360)


def _named(hue: float) -> Colour | None:
    return next((colour for end, colour in ENDS_DEGREES if hue < end), Colour.RED)
