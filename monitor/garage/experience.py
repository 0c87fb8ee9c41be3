"""What drivers told of all diagnoses, as evidence: how often a cause was it, against how often we had expected it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ml.knowledge.entries import Text

SOURCE = "experience:"
"""begins the source of such evidence; the cause follows"""
NAME = Text("What drivers told us afterwards", "Ce que des conducteurs nous ont dit après coup")
ESTIMATE_WORTH = 20.0
"""How many confirmations our own estimate stands for: so few as these move it half of the way."""
MOST = 2.0
"""What it multiplies odds by at most, and divides them by: people who agree to lie cannot do more."""
LEAST_EXPECTED = 0.001
"""What is less probable is not kept: of a thousand voices that takes at most one away from what was expected."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How one cause turned out where it was possible at all; everybody is one voice, however often they told."""

    cause: str
    voices: int
    expected: float
    """voices that it should have been, by what we held probable without this"""
    confirmed: float
    """voices that it was"""


def weight(tally: Tally) -> float:
    """Natural log of what it multiplies the odds of its cause by."""
    found = math.log((tally.confirmed + ESTIMATE_WORTH) / (tally.expected + ESTIMATE_WORTH))
    return max(-math.log(MOST), min(found, math.log(MOST)))


def why(tally: Tally) -> Text:
    """The same in words."""
    expected, confirmed = round(tally.expected), round(tally.confirmed)
    return Text(
        f"Of {tally.voices} drivers who told us what it was, it was this for {confirmed}; we had expected {expected}.",
        f"Sur {tally.voices} conducteurs qui nous ont dit ce que c'était, c'était cela pour {confirmed} ; nous en"
        f" attendions {expected}.",
    )


def expected(probabilities: Mapping[str, float]) -> dict[str, float]:
    """What is kept of a diagnosis to be held against its outcome."""
    return {cause: round(share, 4) for cause, share in probabilities.items() if share >= LEAST_EXPECTED}
