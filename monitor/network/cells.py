"""Says where an H3 cell is: its outline, its middle, and the place people know it by (pure)."""

import functools

import h3.api.basic_int as h3

from monitor.network import places

AREA_RESOLUTION = 6


@functools.lru_cache(maxsize=20_000)
def outline(cell: int) -> list[list[float]]:
    """The corners as [longitude, latitude], the first again at the end, as GeoJSON wants them."""
    corners = [[round(longitude, 5), round(latitude, 5)] for latitude, longitude in h3.cell_to_boundary(cell)]
    return [*corners, corners[0]]


@functools.lru_cache(maxsize=20_000)
def middle(cell: int) -> list[float]:
    """[longitude, latitude] of the cell's middle."""
    latitude, longitude = h3.cell_to_latlng(cell)
    return [round(longitude, 5), round(latitude, 5)]


@functools.lru_cache(maxsize=20_000)
def name(cell: int) -> str:
    """The nearest place of the shipped list."""
    latitude, longitude = h3.cell_to_latlng(cell)
    return places.nearest(latitude, longitude)


def is_area(cell: int) -> bool:
    """Whether this is a cell of the resolution that roll-ups, channels and rules go by."""
    return resolution(cell) == AREA_RESOLUTION


def resolution(cell: int) -> int | None:
    """How fine it is, 0 to 15; None when it is no cell."""
    return int(h3.get_resolution(cell)) if h3.is_valid_cell(cell) else None
