"""The result page out of what was read, said and reasoned; again out of its own parts when an answer ranks it anew."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct, field

from ml.findings import NOT_SURE, NOTHING, UNKNOWN, Box, Finding, Kind, Reading, Span
from ml.knowledge import Knowledge, entries
from ml.knowledge.entries import Question, QuestionKind
from monitor.garage import failures, qualities
from monitor.garage.causes import Conclusion, RankedCause, Reason
from monitor.garage.evidence import Answer, Case, Observation, Vehicle
from monitor.garage.experience import Tally
from monitor.garage.histories import Past
from monitor.garage.qualities import Kept
from monitor.values import MediaKind
from monitor.wire import results as wire
from monitor.wire.media import Text

CURRENCY = "XAF"
NOT_CAR = "not_car"
DOUBT = Text("Not sure", "Pas sûr")
DOUBTED = Text(
    "The model does not want to name what it sees or hears here; what it guesses counts for half.",
    "Le modèle ne veut pas nommer ce qu'il voit ou entend ici ; ses suppositions comptent pour moitié.",
)
NOTES: Mapping[tuple[Kind, str], Text] = {
    (Kind.DASHBOARD, NOT_SURE): Text(
        "We are not sure what this photo shows. Take it again: ignition on, straight from the front, no flash.",
        "Nous ne sommes pas sûrs de ce que montre cette photo. Reprenez-la : contact mis, bien en face, sans flash.",
    ),
    (Kind.DASHBOARD, UNKNOWN): Text(
        "A light is lit that we do not know: look it up in the car's manual.",
        "Un voyant que nous ne connaissons pas est allumé : cherchez-le dans le manuel de la voiture.",
    ),
    (Kind.DASHBOARD, NOTHING): Text(
        "No light is lit in the photo. Was the ignition on?",
        "Aucun voyant n'est allumé sur la photo. Le contact était-il mis ?",
    ),
    (Kind.SOUND, NOT_SURE): Text(
        "We are not sure what this recording tells. Record again: bonnet open, 30 to 50 cm away, ten seconds at idle.",
        "Nous ne sommes pas sûrs de ce que dit cet enregistrement. Réenregistrez : capot ouvert, à 30 à 50 cm,"
        " dix secondes au ralenti.",
    ),
    (Kind.SOUND, NOT_CAR): Text(
        "This does not sound like an engine. Record again: bonnet open, engine running, nobody talking.",
        "Cela ne ressemble pas à un moteur. Réenregistrez : capot ouvert, moteur tournant, sans parler.",
    ),
}
"""What must be said where a model answers so."""
WITHOUT = Text(
    "Not every file could be read: all this rests on the others.",
    "Tous les fichiers n'ont pas pu être lus : tout ceci repose sur les autres.",
)


class ReadFile(Struct, frozen=True):
    """What one model read in one file."""

    media: UUID
    kind: Kind
    model: str
    took_ms: float
    quality: Kept
    findings: list[Finding]

    @property
    def reading(self) -> Reading:
        return Reading(self.kind, qualities.read(self.quality), tuple(self.findings), self.model)


class Unread(Struct, frozen=True):
    """A file that nothing could be read in."""

    media: UUID
    kind: MediaKind
    code: str
    """of the reason"""


class Heard(Struct, frozen=True):
    """Something that the driver said is there, or is not."""

    evidence: str
    confidence: float
    is_present: bool
    words: str


class CodeRead(Struct, frozen=True):
    """A trouble code that was written or given."""

    code: str
    family: str | None
    meaning: Text
    is_generic: bool


class Evidence(Struct, frozen=True):
    """All that a diagnosis is concluded from, apart from the answers; kept, so that each of them ranks it anew."""

    observations: list[Observation]
    vehicle: Vehicle
    history: list[Past] = field(default_factory=list)
    experience: list[Tally] = field(default_factory=list)
    expected: dict[str, float] = field(default_factory=dict)
    """how probable causes were before any answer and without the experience: what the outcome is held against"""

    def case(self, answers: Mapping[str, Answer]) -> Case:
        return Case(tuple(self.observations), answers, self.vehicle, tuple(self.history), tuple(self.experience))


@dataclass(frozen=True, slots=True)
class Told:
    """What was read and said: the part of the page that no answer changes."""

    read: list[wire.FileRead]
    unread: list[wire.FileUnread]
    said: list[wire.Said]
    codes: list[wire.CodeTold]


def told(
    read: Sequence[ReadFile],
    unread: Sequence[Unread],
    heard: Sequence[Heard],
    codes: Sequence[CodeRead],
    knowledge: Knowledge,
) -> Told:
    """What was read and said, in the knowledge's words."""
    return Told(
        [_file(each, knowledge) for each in read],
        [wire.FileUnread(each.media, each.kind.value, each.code, failures.of_file(each.code)) for each in unread],
        [_said(each, knowledge) for each in heard],
        [wire.CodeTold(each.code, each.meaning, each.is_generic) for each in codes],
    )


def told_again(result: wire.Result) -> Told:
    """The same out of a page."""
    return Told(result.read, result.unread, result.said, result.codes)


def page(told: Told, conclusion: Conclusion, case: Case, knowledge: Knowledge) -> wire.Result:
    """The whole page."""
    judgement, calibration = conclusion.judgement, conclusion.calibration
    return wire.Result(
        verdict=wire.VerdictTold(
            judgement.verdict.value,
            text(judgement.headline),
            text(judgement.why),
            judgement.is_by_rule,
            _text_or_none(judgement.get_out),
        ),
        alarms=[
            wire.AlarmTold(alarm.evidence, alarm.drive.value, text(alarm.text), alarm.is_certain)
            for alarm in conclusion.alarms
        ],
        read=told.read,
        said=told.said,
        codes=told.codes,
        causes=[_cause(row) for row in conclusion.causes],
        is_sure=conclusion.is_sure,
        healthy=conclusion.healthy,
        unknown=conclusion.unknown,
        question=None if conclusion.question is None else _question(conclusion.question),
        checks=_checks(conclusion, case, knowledge),
        notes=[*([WITHOUT] if told.unread else []), *_notes(told.read), *map(text, conclusion.notes)],
        calibration=wire.CalibrationTold(calibration.temperature, calibration.set_mass, calibration.cases),
        models=sorted({each.model for each in told.read}),
        concluded_at=datetime.datetime.now(datetime.UTC),
        unread=told.unread,
    )


def _file(read: ReadFile, knowledge: Knowledge) -> wire.FileRead:
    return wire.FileRead(
        media=read.media,
        kind=read.kind.value,
        model=read.model,
        took_ms=round(read.took_ms, 1),
        quality=qualities.told(read.quality),
        abstained=any(finding.label == NOT_SURE for finding in read.findings),
        findings=[_finding(finding, read.kind, knowledge) for finding in read.findings],
    )


def _finding(finding: Finding, kind: Kind, knowledge: Knowledge) -> wire.FindingTold:
    light = knowledge.lights.get(finding.label) if kind is Kind.DASHBOARD else None
    sound = knowledge.sounds.get(finding.label) if kind is Kind.SOUND else None
    entry = light or sound
    return wire.FindingTold(
        label=finding.label,
        name=DOUBT if entry is None else text(entry.name),
        meaning=DOUBTED if entry is None else text(entry.meaning),
        action=None if light is None else text(light.action),
        iso=None if light is None else light.iso,
        colour=finding.colour,
        drive=None if light is None else light.colours.get(finding.colour or "", light.drive).value,
        confidence=round(finding.confidence, 4),
        box=None if finding.box is None else _box(finding.box),
        span=None if finding.span is None else _span(finding.span),
        band=None if sound is None else sound.band_hz,
    )


def _box(box: Box) -> tuple[float, float, float, float]:
    return round(box.left, 1), round(box.top, 1), round(box.right, 1), round(box.bottom, 1)


def _span(span: Span) -> tuple[float, float]:
    return round(span.start_s, 3), round(span.end_s, 3)


def _said(heard: Heard, knowledge: Knowledge) -> wire.Said:
    entry = knowledge.evidence(heard.evidence)
    name = Text(heard.evidence, heard.evidence) if entry is None else text(entry.name)
    return wire.Said(heard.evidence, name, heard.is_present, heard.words)


def _cause(row: RankedCause) -> wire.CauseTold:
    cause = row.cause
    return wire.CauseTold(
        id=cause.id,
        name=text(cause.name),
        explanation=text(cause.explanation),
        probability=row.probability,
        low=row.low,
        high=row.high,
        words=text(row.words),
        in_set=row.in_set,
        serious=row.is_serious,
        drive=cause.drive.value,
        reasons_for=[_reason(reason) for reason in row.reasons_for],
        reasons_against=[_reason(reason) for reason in row.reasons_against],
        checks=list(cause.checks),
        steps=[text(step) for step in cause.steps],
        tools=[text(tool.name) for tool in row.tools],
        minutes=cause.minutes,
        difficulty=cause.difficulty.value,
        parts=[text(part) for part in cause.parts],
        cost=wire.Cost(cause.cost.parts, cause.cost.labour, CURRENCY, cause.cost.quotes),
        video=wire.Video(text(cause.video)),
    )


def _reason(reason: Reason) -> wire.ReasonTold:
    return wire.ReasonTold(reason.source, text(reason.name), text(reason.why), round(reason.weight, 3))


def _question(question: Question) -> wire.QuestionTold:
    return wire.QuestionTold(question.id, text(question.text), _text_or_none(question.how))


def _checks(conclusion: Conclusion, case: Case, knowledge: Knowledge) -> list[wire.Check]:
    """Those that were ticked stay on the page, before those still open."""
    answered = [
        knowledge.questions[name]
        for name in case.answers
        if name in knowledge.questions and knowledge.questions[name].kind is QuestionKind.CHECK
    ]
    return [
        wire.Check(check.id, text(check.text), _text_or_none(check.how), None if answer is None else answer.value)
        for check in (*answered, *conclusion.checks)
        for answer in (case.answers.get(check.id),)
    ]


def _notes(read: Sequence[wire.FileRead]) -> list[Text]:
    said = [NOTES.get((Kind(each.kind), finding.label)) for each in read for finding in each.findings[:1]]
    # Beside lights with names there may be one without.
    unknown = [NOTES[Kind.DASHBOARD, UNKNOWN] for each in read for finding in each.findings if finding.label == UNKNOWN]
    return list(dict.fromkeys(note for note in (*said, *unknown) if note is not None))


def text(given: entries.Text) -> Text:
    """A text of the knowledge, as it is said."""
    return Text(given.en, given.fr)


def _text_or_none(given: entries.Text | None) -> Text | None:
    return None if given is None else text(given)
