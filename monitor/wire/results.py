"""What a diagnosis comes to, in both languages: the result page as both doors say it."""

import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from monitor.wire.media import Quality, Text

Drive = Literal["stop", "slow", "soon", "fine"]
Answer = Literal["yes", "no", "unknown"]
Share = Annotated[float, Meta(ge=0, le=1)]


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


class FileUnread(Struct, frozen=True):
    """A file that could not be read; the diagnosis rests on the others."""

    media: UUID
    kind: Literal["dashboard", "sound", "attachment"]
    code: str
    why: Text
    """and what to do about it"""


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
    unread: list[FileUnread] = field(default_factory=list)
    """files that it does without"""
