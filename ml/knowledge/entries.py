"""What one entry of the knowledge base says: lights, sounds, symptoms, code families, questions, causes.

Texts are `[English, French]` in the files and `Text` here. Likelihoods are P(seen | this cause is the main one); what
an entry calls `background` is P(seen | some fault that the entry is not linked to).
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec


class Text(NamedTuple):
    """The same sentence in both languages of the product."""

    en: str
    fr: str


class Drive(StrEnum):
    """May the car be driven with this? From worst to best."""

    STOP = "stop"
    SLOW = "slow"
    """to the nearest garage, at most 10 km"""
    SOON = "soon"
    """have it checked within 7 days"""
    FINE = "fine"


class Difficulty(StrEnum):
    EASY = "easy"
    """an owner without tools"""
    HANDY = "handy"
    """an owner with tools and some practice"""
    GARAGE = "garage"


class Fuel(StrEnum):
    PETROL = "petrol"
    DIESEL = "diesel"
    HYBRID = "hybrid"
    ELECTRIC = "electric"
    GAS = "gas"


class Gearbox(StrEnum):
    MANUAL = "manual"
    AUTOMATIC = "automatic"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every piece of evidence has."""

    id: str
    name: Text
    group: str
    """pieces of evidence of one group tell of the same thing, so that together they count less than their sum"""
    background: float


class Light(Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    meaning: Text
    action: Text
    iso: str
    """what ISO 2575 calls the symbol"""
    colour: str
    """as it is mostly lit: red, amber, green, blue or white"""
    drive: Drive
    colours: dict[str, Drive] = {}
    """where another colour of the same symbol means something else"""


class SoundKind(StrEnum):
    FAULT = "fault"
    NORMAL = "normal"
    NOT_CAR = "not_car"


class Sound(Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    meaning: Text
    kind: SoundKind
    trust: float
    """0-1; a class whose recordings come from one car says little about others"""
    band_hz: tuple[int, int] | None = None
    """where such a sound mostly is: what a spectrogram marks"""


class Symptom(Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    en: tuple[str, ...]
    fr: tuple[str, ...]
    """phrases, as ml/text reads them: all words close together, in any order; after `not` or `pas` a word denied"""
    chip: bool = False
    """offered as a chip on the capture page"""
    stands_for: str = ""
    """the evidence that these words name, where it is another one: who writes "oil light" has seen the light"""


class Family(Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Trouble codes that point to the same circle of causes."""

    drive: Drive
    fuels: tuple[Fuel, ...] = ()
    """empty: all"""


class QuestionKind(StrEnum):
    ASK = "ask"
    CHECK = "check"
    """something to look at, free, without tools"""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    kind: QuestionKind
    text: Text
    how: Text | None = None
    same_as: str = ""
    """evidence that a yes stands for, so that nobody is asked what he has said"""
    about: tuple[str, ...] = ()
    """not asked once something of these kinds (`light`) or groups (`starting`) was observed"""
    fuels: tuple[Fuel, ...] = ()
    gearbox: Gearbox | None = None
    otherwise: float
    """P(yes | a cause not listed)"""
    yes: dict[str, float]
    """P(yes | cause), by cause, or by `system:<name>` for all causes of a system"""


class Link(NamedTuple):
    """How strongly a piece of evidence belongs to a cause, and why."""

    evidence: str
    likelihood: float
    why: Text


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """XAF, from lowest to highest; our own estimate for Cameroon, from no quotes."""

    parts: tuple[int, int]
    labour: tuple[int, int]
    quotes: int = 0


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    system: str
    name: Text
    explanation: Text
    prior: float
    """how often it is the main cause, against the other causes; no unit"""
    drive: Drive
    checks: tuple[str, ...]
    steps: tuple[Text, ...]
    tools: tuple[str, ...]
    minutes: int
    difficulty: Difficulty
    parts: tuple[Text, ...]
    cost: Cost
    video: Text
    """a phrase to search videos with"""
    links: tuple[Link, ...]
    fuels: tuple[Fuel, ...] = ()
    gearbox: Gearbox | None = None
    wears: bool = False
    """more likely with kilometres and years"""


class Code(NamedTuple):
    """One generic trouble code."""

    code: str
    family: str
    meaning: Text


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a piece of evidence means for driving, whatever any score says."""

    id: str
    """the evidence"""
    drive: Drive
    text: Text


class Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    name: Text


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The two answers that are no cause: nothing is wrong, and what this knowledge does not hold."""

    healthy_prior: float
    unknown_prior: float
    spared: float
    """P(a sign of fault | healthy), as a share of the sign's background"""
    healthy_links: tuple[Link, ...]
