"""The words in which a model answers: what it saw or heard, how sure it is, and how good the file was."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

NOT_SURE = "not_sure"
"""First finding where the model abstains; its guesses follow."""
NOTHING = "none"
"""The dashboard was looked at and nothing is lit."""
UNKNOWN = "unknown"
"""Something is lit that the model cannot name."""


class Kind(StrEnum):
    """Which sense a reading comes from."""

    DASHBOARD = "dashboard"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured fact about a file, with the unit in its name: `width_px`, `duration_s`, `colour_profile`."""

    name: str
    value: float | int | str | None


@dataclass(frozen=True, slots=True)
class Quality:
    """Whether a file is good enough to be believed, said before any model is asked."""

    problems: tuple[str, ...]
    """What to do better, worst first; empty for a good file. Pictures: dark, bright, blurred, glare, small, far.
    Recordings: silent, short, clipped, windy, speech, noisy."""
    measures: tuple[Measure, ...]

    @property
    def is_good(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the picture as shown (turned as its EXIF says); the right and lower edge are outside."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording, in seconds from its start."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen or heard; the label is a class of the model's card, or one of the words above."""

    label: str
    confidence: float
    """0..1, calibrated as the card says."""
    box: Box | None = None
    span: Span | None = None
    colour: str | None = None
    """In which a light is lit, where that could be told: red, amber, green, blue or white."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one model says about one file; findings by falling confidence (`not_sure` always first)."""

    kind: Kind
    quality: Quality
    findings: tuple[Finding, ...]
    model: str
    """Name and version, as the card gives it: `dashboard-1`."""


OnQuality: TypeAlias = Callable[[Quality], None]
"""Hears of a file's quality as soon as it is known, before any model is done."""


class MediaError(Exception):
    """This file cannot be read; `code` is stable, the message is for people."""

    code = "media_unreadable"


class NotThisKind(MediaError):
    """No decoder of this kind knows the file: ask the next kind."""

    code = "media_unknown"


class MediaTruncated(MediaError):
    """The file starts well and ends too early, or is damaged inside."""

    code = "media_truncated"


class MediaTooLarge(MediaError):
    """More pixels, seconds or bytes than are read."""

    code = "media_too_large"


class MediaTooSmall(MediaError):
    """Fewer pixels than a light could be seen in."""

    code = "media_too_small"


class MediaEmpty(MediaError):
    """There is nothing in the file."""

    code = "media_empty"
