"""Says where the demonstration's phones are, and which real answers stand for each network there."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import h3.api.basic_int as h3

from monitor.network.cells import AREA_RESOLUTION
from monitor.network.places import places
from monitor.values import Cell

NAMES = (
    "Douala – Deïdo",  # noqa: RUF001
    "Yaoundé – Bastos",  # noqa: RUF001
    "Buea – Molyko",  # noqa: RUF001
    "Bafoussam",
    "Garoua",
    "Bertoua",
    "Douala – Yassa",  # noqa: RUF001
    "Douala – Kotto",  # noqa: RUF001
    "Yaoundé – Mendong",  # noqa: RUF001
    "Yaoundé – Olembé",  # noqa: RUF001
    "Limbe",
    "Kribi",
    "Kumba",
    "Edéa",
    "Bamenda",
    "Ngaoundéré",
    "Maroua",
    "Ebolowa",
)
TROUBLED = 6
"""The first sites have faults of their own, and rules that watch for them."""

BAND = 100
"""answers that stand for one network at one site: enough for scatter, few enough for a level of its own"""

NETWORK_SHIFT = 0.07
"""of the whole list, from one network's answers to the next one's: the networks differ, but not by much"""


@dataclass(frozen=True, slots=True)
class Answer:
    """One real measurement of somebody in Cameroon."""

    network_type: str
    download_mbps: float | None
    upload_mbps: float | None
    latency_ms: float | None
    jitter_ms: float | None
    packet_loss_pct: float | None
    device_info: str | None

    @property
    def is_possible(self) -> bool:
        """Whether the server takes it; a few cannot be, and show what the quarantine is for."""
        return (self.latency_ms or 0) <= 10_000 and (self.packet_loss_pct or 0) <= 100


@dataclass(frozen=True, slots=True)
class Site:
    """Where a phone of each network is."""

    name: str
    latitude: float
    longitude: float
    cell: Cell


@cache
def sites() -> tuple[Site, ...]:
    """All of them, those with faults of their own first."""
    known = {place.name: place for place in places()}
    found = [known[name] for name in NAMES]
    return tuple(
        Site(place.name, place.latitude, place.longitude, cell_of(place.latitude, place.longitude)) for place in found
    )


def cell_of(latitude: float, longitude: float) -> Cell:
    """The area that a spot belongs to."""
    return Cell(h3.latlng_to_cell(latitude, longitude, AREA_RESOLUTION))


@cache
def answers() -> tuple[Answer, ...]:
    """The shipped excerpt. Source: cameroon.csv; its licence and what was done to it are in ATTRIBUTION.md."""
    text = resources.files("monitor.demo").joinpath("cameroon.csv").read_text(encoding="utf-8")
    return tuple(
        Answer(
            network_type=row["network_type"],
            download_mbps=_number(row["download_mbps"]),
            upload_mbps=_number(row["upload_mbps"]),
            latency_ms=_number(row["latency_ms"]),
            jitter_ms=_number(row["jitter_ms"]),
            packet_loss_pct=_number(row["packet_loss_pct"]),
            device_info=row["device_info"] or None,
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def band(site: int, network: int) -> tuple[Answer, ...]:
    """The answers of the site and the network with these numbers, from good to bad."""
    ranked = sorted((answer for answer in answers() if answer.is_possible), key=_badness)
    share = 0.05 + 0.65 * site / (len(NAMES) - 1) + NETWORK_SHIFT * network
    begin = int(min(share, 1.0) * (len(ranked) - BAND))
    return tuple(ranked[begin : begin + BAND])


def impossible() -> tuple[Answer, ...]:
    """Answers that no network gives, as people gave them."""
    return tuple(answer for answer in answers() if not answer.is_possible)


def _badness(answer: Answer) -> tuple[float, float]:
    # By latency, since that is what rules and the map go by first; the slower download is worse among equals.
    return (answer.latency_ms or 0.0, -(answer.download_mbps or 0.0))


def _number(text: str) -> float | None:
    return float(text) if text else None
