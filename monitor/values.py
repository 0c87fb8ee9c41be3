"""Typed ids, units and closed sets that every floor speaks of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID

AccountId = NewType("AccountId", int)
DeviceId = NewType("DeviceId", int)
ProviderId = NewType("ProviderId", int)
AlertId = NewType("AlertId", int)
RuleId = NewType("RuleId", int)
MediaId = NewType("MediaId", UUID)
VehicleId = NewType("VehicleId", int)
DiagnosisId = NewType("DiagnosisId", int)

Cell = NewType("Cell", int)
"""H3 index as PostgreSQL's bigint; 15 lower-case hex digits on the wire; 0 means no place."""

NO_PROVIDER = ProviderId(0)
NO_CELL = Cell(0)


class Role(StrEnum):
    """What an account may be."""

    SUBSCRIBER = "subscriber"
    OPERATOR = "operator"
    MECHANIC = "mechanic"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class MediaKind(StrEnum):
    """What a file is meant to be."""

    DASHBOARD = "dashboard"
    """a picture"""
    SOUND = "sound"
    """a recording of an engine"""
    ATTACHMENT = "attachment"
    """a picture, a video or a PDF document: kept, and not read by any model"""


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom something is read: what row-level security goes by."""

    role: Role
    person: AccountId
    provider: ProviderId | None = None
    """the operator's own; None for every other role"""


class Generation(StrEnum):
    """Radio generation that a network type belongs to."""

    G2 = "2G"
    G3 = "3G"
    G4 = "4G"
    G5 = "5G"
    WIFI = "wifi"
    UNKNOWN = "unknown"


def cell_text(cell: int) -> str | None:
    """The wire's name of a cell: 15 hex digits, or None for no place."""
    return f"{cell:015x}" if cell else None


def cell_number(text: str) -> Cell:
    """The bigint of a cell's wire name.

    Raises: ValueError - not 15 hex digits of an H3 cell.
    """
    if len(text) != 15 or text.lower() != text:
        raise ValueError("a cell is 15 lower-case hex digits")
    number = int(text, 16)
    if number >> 59 != 1:
        raise ValueError("not an H3 cell")
    return Cell(number)
