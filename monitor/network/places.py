"""Names a spot on the map by the nearest place of a shipped list: people read "Buea", not a cell's number."""

import csv
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

NEAR_KM = 50.0
"""beyond, a name would mislead: the coordinates stand instead"""

KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Place:
    """A town, or a quarter of one, by its middle.

    Source: our own compilation of public-domain facts; places.csv. Populations are rounded and serve as a rank.
    """

    town: str
    quarter: str
    """empty for a town that is not divided"""
    latitude: float
    longitude: float
    population: int

    @property
    def name(self) -> str:
        return f"{self.town} – {self.quarter}" if self.quarter else self.town  # noqa: RUF001


@cache
def places() -> tuple[Place, ...]:
    """All of the list."""
    text = resources.files("monitor.network").joinpath("places.csv").read_text(encoding="utf-8")
    return tuple(
        Place(
            town=row["town"],
            quarter=row["quarter"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
            population=int(row["population"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


@lru_cache(maxsize=8192)
def nearest(latitude: float, longitude: float) -> str:
    """The name of the nearest place, such as "Buea – Molyko" or "Kumba"; far from all of them, the coordinates."""  # noqa: RUF002
    place = min(places(), key=lambda place: _squared_km(place, latitude, longitude))
    if _squared_km(place, latitude, longitude) <= NEAR_KM**2:
        return place.name
    north, east = "NS"[latitude < 0], "EW"[longitude < 0]
    return f"{abs(latitude):.2f}° {north}, {abs(longitude):.2f}° {east}"


def _squared_km(place: Place, latitude: float, longitude: float) -> float:
    # Flat within the distances that matter; a degree of longitude shrinks towards the poles.
    across = (place.longitude - longitude) * math.cos(math.radians(latitude))
    up = place.latitude - latitude
    return (across**2 + up**2) * KM_PER_DEGREE**2
