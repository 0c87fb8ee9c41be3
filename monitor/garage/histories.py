"""What earlier diagnoses of the same car turned out to be, as evidence: never worth more than a sign, and fading."""

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from ml.knowledge.entries import Text

SOURCE = "history:"
"""begins the source of such evidence; the cause follows"""
NAME = Text("An earlier diagnosis of this car", "Un diagnostic antérieur de cette voiture")
MONTHS = (
    (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
)  # fmt: skip


class Found(StrEnum):
    """What became known of one cause in one car."""

    UNREPAIRED = "unrepaired"
    CONFIRMED = "confirmed"
    """nobody said whether it was repaired"""
    REPAIRED = "repaired"
    REFUTED = "refuted"
    """we had thought it the most probable, and it was not it"""


@dataclass(frozen=True, slots=True)
class Past:
    """One word of the owner about an earlier diagnosis."""

    cause: str
    found: Found
    on: datetime.date
    age_days: float
    """how long before this diagnosis it was said"""


WEIGHTS: Mapping[Found, tuple[float, float]] = {
    # A fault stays until somebody mends it; it fades because owners forget to tell us that they did.
    Found.UNREPAIRED: (math.log(4), 365.0),
    # Between the two: most are repaired, and some of those not well.
    Found.CONFIRMED: (math.log(1.5), 180.0),
    # A new part seldom fails at once, but a bad repair does: signs seen again outvote this.
    Found.REPAIRED: (-math.log(2), 365.0),
    # Somebody looked and it was sound; what was sound then can break since.
    Found.REFUTED: (-math.log(2), 60.0),
}
"""natural log of what it multiplies the odds by on its day, and days until half of that is gone; our own estimates"""


def latest(history: Iterable[Past]) -> dict[str, Past]:
    """Of each cause the last word, which takes back all before."""
    return {past.cause: past for past in sorted(history, key=lambda past: (-past.age_days, past.on, past.found))}


def weight(past: Past) -> float:
    """Natural log of what it multiplies the odds of its cause by."""
    fresh, half_life_days = WEIGHTS[past.found]
    return fresh * math.pow(0.5, max(past.age_days, 0.0) / half_life_days)


def why(past: Past) -> Text:
    """The same in words."""
    (english, french), on = MONTHS, past.on
    en = f"{on.day} {english[on.month - 1]} {on.year}"
    fr = f"{'1er' if on.day == 1 else on.day} {french[on.month - 1]} {on.year}"
    match past.found:
        case Found.UNREPAIRED:
            return Text(
                f"The same cause was confirmed on {en}, and not repaired.",
                f"La même cause a été confirmée le {fr}, sans être réparée.",
            )
        case Found.CONFIRMED:
            return Text(f"The same cause was confirmed on {en}.", f"La même cause a été confirmée le {fr}.")
        case Found.REPAIRED:
            return Text(
                f"The same cause was confirmed on {en} and repaired: it seldom comes back soon.",
                f"La même cause a été confirmée le {fr} et réparée : elle revient rarement aussitôt.",
            )
        case Found.REFUTED:
            return Text(
                f"On {en} you told us that it was not this.", f"Le {fr}, vous nous avez dit que ce n'était pas cela."
            )
        case _ as never:
            assert_never(never)
