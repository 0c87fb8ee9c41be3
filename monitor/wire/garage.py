"""Cars, diagnoses and their results, as both doors say them."""

import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from monitor.wire.media import Media, Quality, Text

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Language = Literal["en", "fr"]
Fuel = Literal["petrol", "diesel", "hybrid", "electric", "gas"]
Gearbox = Literal["manual", "automatic"]
Drive = Literal["stop", "slow", "soon", "fine"]
Answer = Literal["yes", "no", "unknown"]
State = Literal["queued", "working", "concluded", "failed"]
Stage = Literal["queued", "quality", "reading", "reasoning"]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Year = Annotated[int, Meta(ge=1950, le=2100)]
Odometer = Annotated[int, Meta(ge=0, le=2_000_000)]
Share = Annotated[float, Meta(ge=0, le=1)]
TroubleCode = Annotated[str, Meta(pattern=r"^[PCBUpcbu][0-3][0-9A-Fa-f]{3}$")]
EntryId = Annotated[str, Meta(min_length=1, max_length=64)]


class NewVehicle(Struct, frozen=True):
    """A car of one's own; the more is said of it, the better its diagnoses."""

    name: Name
    """what its owner calls it"""
    make: Name | None = None
    model: Name | None = None
    year: Year | None = None
    fuel: Fuel | None = None
    gearbox: Gearbox | None = None
    odometer_km: Odometer | None = None


class ChangedVehicle(Struct, frozen=True):
    """What is to change; null takes back what was said."""

    name: Name | UnsetType = UNSET
    make: Name | UnsetType | None = UNSET
    model: Name | UnsetType | None = UNSET
    year: Year | UnsetType | None = UNSET
    fuel: Fuel | UnsetType | None = UNSET
    gearbox: Gearbox | UnsetType | None = UNSET
    odometer_km: Odometer | UnsetType | None = UNSET


class Vehicle(Struct, frozen=True):
    """A car."""

    id: int
    name: str
    make: str | None
    model: str | None
    year: int | None
    fuel: Fuel | None
    gearbox: Gearbox | None
    odometer_km: int | None
    created_at: datetime.datetime


class Diagnose(Struct, frozen=True):
    """What a car shows, sounds like and feels like; at least one of media, description, symptoms and codes."""

    vehicle: Id | None = None
    media: Annotated[list[UUID], Meta(max_length=8)] = field(default_factory=list)
    """stored files of one's own; attachments are kept with it and not read"""
    description: Annotated[str, Meta(max_length=4000, pattern=r"^[^\x00]*$")] = ""
    symptoms: Annotated[list[EntryId], Meta(max_length=50)] = field(default_factory=list)
    """chips, by their ids: see GET /v1/symptoms"""
    codes: Annotated[list[TroubleCode], Meta(max_length=50)] = field(default_factory=list)
    """such as P0301; others are found in the description"""
    language: Language = "en"
    """of the driver; every text comes in both"""


class Opened(Struct, frozen=True):
    """The answer to `diagnose`: what comes of it is told on `me`."""

    diagnosis: int


class VerdictTold(Struct, frozen=True):
    """Can I drive?"""

    verdict: Literal["stop", "go_slowly", "check_soon", "no_sign", "not_sure"]
    headline: Text
    why: Text
    by_rule: bool
    """a safety rule decided, whatever the probabilities are"""
    get_out: Text | None
    """to be seen all the time where the verdict is to stop"""


class AlarmTold(Struct, frozen=True):
    """A safety rule that holds."""

    evidence: str
    drive: Drive
    text: Text
    certain: bool


class FindingTold(Struct, frozen=True):
    """One thing that a model saw or heard."""

    label: str
    """a class of the model; `not_sure` first where it abstains; `none`, `unknown`, `not_car`"""
    name: Text
    meaning: Text
    action: Text | None
    iso: str | None
    """what ISO 2575 calls the symbol"""
    colour: str | None
    """in which it is lit, where that could be told"""
    drive: Drive | None
    """of a light: may the car be driven with it"""
    confidence: Share
    box: tuple[float, float, float, float] | None
    """left, top, right, bottom in pixels of the picture as shown"""
    span: tuple[float, float] | None
    """seconds from the beginning"""
    band: tuple[float, float] | None
    """Hz: where such a sound mostly is"""


class FileRead(Struct, frozen=True):
    """What one model found in one file."""

    media: UUID
    kind: Literal["dashboard", "sound"]
    model: str
    took_ms: float
    quality: Quality
    abstained: bool
    """the model is not sure of anything here; what it guesses follows, and counts for half"""
    findings: list[FindingTold]


class Said(Struct, frozen=True):
    """Something that the driver said is there, or is not."""

    evidence: str
    name: Text
    present: bool
    words: str
    """what was read as this; empty for a chip"""


class CodeTold(Struct, frozen=True):
    """A trouble code."""

    code: str
    meaning: Text
    generic: bool
    """false: its meaning is the maker's own"""


class ReasonTold(Struct, frozen=True):
    """One piece of evidence for or against a cause."""

    source: str
    name: Text
    why: Text
    weight: float
    """natural logarithm of what it multiplied the odds by"""


class Cost(Struct, frozen=True):
    """From lowest to highest."""

    parts: tuple[int, int]
    labour: tuple[int, int]
    currency: str
    quotes: int
    """how many real quotes it rests on; 0: our own estimate"""


class Video(Struct, frozen=True):
    """A phrase to search videos with."""

    query: Text


class CauseTold(Struct, frozen=True):
    """One row of the likely causes, with what to do about it."""

    id: str
    name: Text
    explanation: Text
    probability: Share
    low: Share
    high: Share
    words: Text
    in_set: bool
    """within the set that holds the true cause 90 times in 100, as far as calibrated"""
    serious: bool
    """never hidden for being unlikely"""
    drive: Drive
    reasons_for: list[ReasonTold]
    reasons_against: list[ReasonTold]
    checks: list[str]
    """ids of the checks that bear on it"""
    steps: list[Text]
    tools: list[Text]
    minutes: int
    difficulty: Literal["easy", "handy", "garage"]
    parts: list[Text]
    cost: Cost
    video: Video


class QuestionTold(Struct, frozen=True):
    """The question whose answer would remove most doubt."""

    id: str
    text: Text
    how: Text | None


class Check(Struct, frozen=True):
    """Something to look at first, free."""

    id: str
    text: Text
    how: Text | None
    answer: Answer | None


class CalibrationTold(Struct, frozen=True):
    """How the probabilities were fitted."""

    temperature: float
    set_mass: float
    cases: int
    """confirmed diagnoses; 0: our own estimate"""


class Result(Struct, frozen=True):
    """The result page, in both languages."""

    verdict: VerdictTold
    alarms: list[AlarmTold]
    """the worst first"""
    read: list[FileRead]
    said: list[Said]
    codes: list[CodeTold]
    causes: list[CauseTold]
    """the most probable first"""
    is_sure: bool
    healthy: Share
    unknown: Share
    """the probability that it is something we know nothing of"""
    question: QuestionTold | None
    checks: list[Check]
    notes: list[Text]
    """what limits all this: files that could not be judged, codes that do not fit the car"""
    calibration: CalibrationTold
    models: list[str]
    concluded_at: datetime.datetime


class Failure(Struct, frozen=True):
    """Why there is no result."""

    code: str
    text: Text
    retry: bool
    """whether the same can succeed later"""


class NewOutcome(Struct, frozen=True):
    """What it was in the end."""

    was_right: bool | None = None
    """null: cannot tell"""
    cause: EntryId | None = None
    """one of our causes; null where it is none of them"""
    comment: Annotated[str, Meta(max_length=2000, pattern=r"^[^\x00]*$")] = ""


class Outcome(Struct, frozen=True):
    """What the owner told of it afterwards."""

    was_right: bool | None
    cause: str | None
    comment: str
    told_at: datetime.datetime


class NewAnswer(Struct, frozen=True):
    """An answer to a question or a check."""

    question: EntryId
    answer: Answer


class Diagnosis(Struct, frozen=True):
    """A diagnosis as it stands."""

    id: int
    version: int
    """rises with each change"""
    vehicle: Vehicle | None
    language: Language
    description: str
    symptoms: list[str]
    codes: list[str]
    media: list[Media]
    answers: dict[str, Answer]
    state: State
    stage: Stage | None
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    ended_at: datetime.datetime | None
    result: Result | None
    failure: Failure | None
    outcome: Outcome | None


class VerdictInShort(Struct, frozen=True):
    """A verdict for lists."""

    verdict: str
    headline: Text


class DiagnosisInShort(Struct, frozen=True):
    """A diagnosis as lists have it."""

    id: int
    version: int
    vehicle: Vehicle | None
    language: Language
    description: str
    symptoms: list[str]
    codes: list[str]
    media: list[Media]
    state: State
    stage: Stage | None
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    ended_at: datetime.datetime | None
    verdict: VerdictInShort | None
    failure: Failure | None
    outcome: Outcome | None


class QualityTold(Struct, frozen=True):
    """A file of the diagnosis, as far as it was judged."""

    quality: Quality


class Progress(Struct, frozen=True):
    """How far a diagnosis is; a stage that takes no time is not told."""

    id: int
    version: int
    diagnosis: int
    state: State
    stage: Stage
    media: dict[str, QualityTold]
    """by the file's id"""


class Symptom(Struct, frozen=True):
    """A chip of the capture page."""

    id: str
    name: Text
    group: str


class Licence(Struct, frozen=True):
    """What may be done with a model; its weights may be bound where its code is free."""

    code: str
    weights: str
    why: str


class ModelTold(Struct, frozen=True):
    """A model's card."""

    name: str
    version: int
    sha256: str
    licence: Licence
    metrics: dict[str, Any]
    """value, or value with the ends of its 95 % interval"""
    limits: list[str]
    data: dict[str, Any]
