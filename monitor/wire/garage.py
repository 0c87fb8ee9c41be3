"""Cars, diagnoses and what is told of them, as both doors say them."""

import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from monitor.wire.media import Media, Quality, Text
from monitor.wire.results import Answer, Result, Share

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Language = Literal["en", "fr"]
Fuel = Literal["petrol", "diesel", "hybrid", "electric", "gas"]
Gearbox = Literal["manual", "automatic"]
State = Literal["queued", "working", "concluded", "failed"]
Stage = Literal["queued", "quality", "reading", "reasoning"]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Year = Annotated[int, Meta(ge=1950, le=2100)]
Odometer = Annotated[int, Meta(ge=0, le=2_000_000)]
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
    repaired: bool | None = None
    """null: not told; a fault that was not repaired is expected again in this car"""


class Outcome(Struct, frozen=True):
    """What the owner told of it afterwards."""

    was_right: bool | None
    cause: str | None
    comment: str
    repaired: bool | None
    told_at: datetime.datetime


class NewAnswer(Struct, frozen=True):
    """An answer to a question or a check."""

    question: EntryId
    answer: Answer


class Interaction(Struct, frozen=True):
    """A piece of advice that was taken up."""

    what: Literal["step", "video", "part", "check"]
    item: Annotated[str, Meta(min_length=1, max_length=80)]
    """a check by its id, the video of a cause by the cause's, its steps and parts as `cause/number` from 1"""
    done: bool = False
    helped: bool | None = None
    """null: not told"""


class NewInteractions(Struct, frozen=True):
    """What was taken up; of each piece of advice the latest word stands."""

    items: Annotated[list[Interaction], Meta(min_length=1, max_length=50)]


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
    interactions: list[Interaction]
    """which of its advice was taken up"""


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
    """How far a diagnosis with files is: quality and reading, told where they take time, then always reasoning."""

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


class ModelWeek(Struct, frozen=True):
    """How one version of a model did in one week; of fewer than ten people nothing is told."""

    name: str
    version: int
    week: datetime.datetime
    """Monday, UTC"""
    readings: int
    """files"""
    took_ms_p50: float
    took_ms_p95: float
    abstained: Share
    """of the files, in how many it was not sure"""
    outcomes: int | None
    """told of diagnoses that it read files of; null: by fewer than ten people"""
    agreed: Share | None
    """of these, the diagnoses that their owners found right: what the model saw is only a part of each"""
