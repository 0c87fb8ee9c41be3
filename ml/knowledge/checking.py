"""What must hold in the knowledge base: references have targets, numbers are in range, texts are in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from ml.knowledge.entries import Cause, Question, QuestionKind, Text

if TYPE_CHECKING:
    from ml.knowledge import Knowledge

CODE = re.compile(r"[PCBU][0-3][0-9A-F]{3}")
HYPOTHESIS = "no_fault"


def faults_of(knowledge: Knowledge) -> list[str]:
    """Every fault, as a sentence with the id it is about; empty when all is well."""
    return [
        *_texts(knowledge),
        *_evidence(knowledge),
        *_codes(knowledge),
        *(fault for cause in knowledge.causes.values() for fault in _cause(knowledge, cause)),
        *(fault for question in knowledge.questions.values() for fault in _question(knowledge, question)),
        *(f"rule: unknown evidence {key}" for key in knowledge.rules if knowledge.evidence(key) is None),
        *(
            f"baseline: unknown evidence {link.evidence}"
            for link in knowledge.baseline.healthy_links
            if knowledge.evidence(link.evidence) is None
        ),
    ]


def texts_in(value: Any) -> Iterator[Text]:
    """Every bilingual text inside an entry, however deep."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts_in(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_in(item)


def _texts(knowledge: Knowledge) -> Iterator[str]:
    shelves = (
        knowledge.lights,
        knowledge.sounds,
        knowledge.symptoms,
        knowledge.families,
        knowledge.codes,
        knowledge.causes,
        knowledge.questions,
        knowledge.tools,
        knowledge.rules,
    )
    for shelf in shelves:
        for key, entry in shelf.items():
            if any(not text.en.strip() or not text.fr.strip() for text in texts_in(entry)):
                yield f"{key}: a text in one language only"


def _evidence(knowledge: Knowledge) -> Iterator[str]:
    for entry in (
        *knowledge.lights.values(),
        *knowledge.sounds.values(),
        *knowledge.symptoms.values(),
        *knowledge.families.values(),
    ):
        if not 0 < entry.background < 1:
            yield f"{entry.id}: background {entry.background} is not between 0 and 1"
    for sound in knowledge.sounds.values():
        if not 0 <= sound.trust <= 1:
            yield f"{sound.id}: trust {sound.trust} is not within 0..1"
    for symptom in knowledge.symptoms.values():
        if symptom.stands_for and knowledge.evidence(symptom.stands_for) is None:
            yield f"{symptom.id}: stands for {symptom.stands_for}, which is not there"
        if not symptom.en or not symptom.fr:
            yield f"{symptom.id}: phrases in one language only"


def _codes(knowledge: Knowledge) -> Iterator[str]:
    for code in knowledge.codes.values():
        if not CODE.fullmatch(code.code):
            yield f"{code.code}: not a trouble code"
        if code.family not in knowledge.families:
            yield f"{code.code}: unknown family {code.family}"


def _cause(knowledge: Knowledge, cause: Cause) -> Iterator[str]:
    if cause.prior <= 0:
        yield f"{cause.id}: prior {cause.prior} is not positive"
    for link in cause.links:
        entry = knowledge.evidence(link.evidence)
        if entry is None:
            yield f"{cause.id}: unknown evidence {link.evidence}"
        if not 0 < link.likelihood < 1:
            yield f"{cause.id}: likelihood of {link.evidence} is not between 0 and 1"
    if len({link.evidence for link in cause.links}) < len(cause.links):
        yield f"{cause.id}: linked twice to the same evidence"
    for check in cause.checks:
        if check not in knowledge.questions:
            yield f"{cause.id}: unknown check {check}"
    for tool in cause.tools:
        if tool not in knowledge.tools:
            yield f"{cause.id}: unknown tool {tool}"
    for low, high in (cause.cost.parts, cause.cost.labour):
        if not 0 <= low <= high:
            yield f"{cause.id}: cost from {low} to {high}"
    if not cause.links or not cause.steps or cause.minutes <= 0:
        yield f"{cause.id}: no links, no steps or no minutes"


def _question(knowledge: Knowledge, question: Question) -> Iterator[str]:
    systems = {cause.system for cause in knowledge.causes.values()}
    for key, likelihood in {**question.yes, "otherwise": question.otherwise}.items():
        if not 0 < likelihood < 1:
            yield f"{question.id}: likelihood for {key} is not between 0 and 1"
    for key in question.yes:
        kind, _, system = key.rpartition(":")
        known = system in systems if kind == "system" else key in knowledge.causes or key == HYPOTHESIS
        if not known:
            yield f"{question.id}: unknown cause {key}"
    if question.same_as and knowledge.evidence(question.same_as) is None:
        yield f"{question.id}: same as {question.same_as}, which is not there"
    if question.kind is QuestionKind.CHECK and question.how is None:
        yield f"{question.id}: a check without how"
