"""Places have names that people of the country know."""

import itertools
import math

import pytest

from monitor.network.places import nearest, places


@pytest.mark.parametrize(
    ("latitude", "longitude", "name"),
    [
        (4.051, 9.699, "Douala – Akwa"),  # noqa: RUF001
        (3.893, 11.511, "Yaoundé – Bastos"),  # noqa: RUF001
        (4.63, 9.45, "Kumba"),
        (12.1, 15.0, "Kousséri"),
        (2.93, 11.97, "Sangmélima"),
    ],
)
def test_the_nearest_place_names_a_spot(latitude: float, longitude: float, name: str) -> None:
    assert nearest(latitude, longitude) == name


def test_far_from_every_place_the_coordinates_stand() -> None:
    assert nearest(51.94, -8.39) == "51.94° N, 8.39° W"
    assert nearest(-33.9, 151.2) == "33.90° S, 151.20° E"


def test_every_place_lies_in_the_country_and_has_a_name_of_its_own() -> None:
    names = [place.name for place in places()]

    assert len(names) == len(set(names)) >= 150
    assert all(1.6 < place.latitude < 13.1 and 8.4 < place.longitude < 16.2 for place in places())


def test_no_two_places_are_one_spot() -> None:
    pairs = itertools.combinations(places(), 2)

    assert all(math.hypot(a.latitude - b.latitude, a.longitude - b.longitude) > 0.003 for a, b in pairs)
