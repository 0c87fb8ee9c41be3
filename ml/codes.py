"""Trouble codes in what people write: found, read by the structure of SAE J2012, and named where they are generic."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ml.knowledge import Knowledge
from ml.knowledge.entries import Text

# Scanners print `P0301`, `P 0301` or `P0301-00`; people type the letter O for the digit, and small letters.
WRITTEN = re.compile(r"(?<![A-Z0-9])([PCBU])[ -]?([0-3O])([0-9A-FO]{3})(?![A-Z0-9])")
MIN_DIGITS = 3
"""Fewer real digits than this and it is more likely a word or a model's name."""


class System(StrEnum):
    POWERTRAIN = "P"
    CHASSIS = "C"
    BODY = "B"
    NETWORK = "U"


SYSTEMS = {
    System.POWERTRAIN: Text("engine and gearbox", "moteur et boîte"),
    System.CHASSIS: Text("brakes, steering, chassis", "freins, direction, châssis"),
    System.BODY: Text("body and airbags", "carrosserie et airbags"),
    System.NETWORK: Text("network between the computers", "réseau entre calculateurs"),
}

# The third character of P0 and P2 codes.
AREAS = {
    "0": Text("fuel, air and emissions", "carburant, air et dépollution"),
    "1": Text("fuel and air metering", "dosage d'air et de carburant"),
    "2": Text("injectors", "injecteurs"),
    "3": Text("ignition and misfires", "allumage et ratés"),
    "4": Text("emission control", "dépollution"),
    "5": Text("speed, idle and inputs", "vitesse, ralenti et entrées"),
    "6": Text("computer and outputs", "calculateur et sorties"),
    "7": Text("gearbox", "boîte de vitesses"),
    "8": Text("gearbox", "boîte de vitesses"),
    "9": Text("gearbox", "boîte de vitesses"),
    "A": Text("hybrid drive", "propulsion hybride"),
    "B": Text("hybrid drive", "propulsion hybride"),
    "C": Text("hybrid drive", "propulsion hybride"),
}


@dataclass(frozen=True, slots=True)
class TroubleCode:
    """One code as it was written, and what can honestly be said of it."""

    code: str
    """normalised: `P0301`"""
    system: System
    is_generic: bool
    """False: each maker gives it its own meaning"""
    family: str | None
    """the circle of causes that it points to; None where the meaning is not known here"""
    meaning: Text
    """of generic codes that are known, else what its structure tells"""


def find(text: str, knowledge: Knowledge) -> tuple[TroubleCode, ...]:
    """Every code in the text, each once, in the order of writing."""
    found: dict[str, TroubleCode] = {}
    for match in WRITTEN.finditer(text.upper()):
        digits = match[2] + match[3]
        if sum(character.isdigit() for character in digits) >= MIN_DIGITS:
            code = match[1] + digits.replace("O", "0")
            found.setdefault(code, read(code, knowledge))
    return tuple(found.values())


def read(code: str, knowledge: Knowledge) -> TroubleCode:
    """What a normalised code means."""
    system = System(code[0])
    known = knowledge.codes.get(code)
    if known is not None:
        return TroubleCode(code, system, is_generic=True, family=known.family, meaning=known.meaning)
    if not is_generic(code):
        return TroubleCode(code, system, is_generic=False, family=None, meaning=_makers_own(system))
    return TroubleCode(code, system, is_generic=True, family=None, meaning=_by_structure(code, system))


def is_generic(code: str) -> bool:
    """Whether SAE J2012 and not the maker gives the meaning."""
    system, second, third = code[0], code[1], code[2]
    if system == System.POWERTRAIN:
        # P3000 to P33FF belong to the makers, P3400 to P3FFF to the standard.
        return second in "02" or (second == "3" and third >= "4")
    if system == System.NETWORK:
        return second in "03"
    return second == "0"


def _makers_own(system: System) -> Text:
    area = SYSTEMS[system]
    return Text(
        f"A code of the maker's own ({area.en}): its meaning depends on the make.",
        f"Code propre au constructeur ({area.fr}) : son sens dépend de la marque.",
    )


def _by_structure(code: str, system: System) -> Text:
    area = AREAS.get(code[2], SYSTEMS[system]) if system == System.POWERTRAIN else SYSTEMS[system]
    return Text(
        f"A generic code ({area.en}) that is not in our list.",
        f"Code générique ({area.fr}) absent de notre liste.",
    )
