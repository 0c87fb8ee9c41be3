"""What a driver writes, in French or English, to symptoms with a confidence: typos forgiven, "no smoke" understood.

A phrase of the knowledge base is found when all its words stand close together, in any order. Both languages are always
tried: people mix them.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ml.codes import TroubleCode, find
from ml.knowledge import load
from ml.knowledge.entries import Symptom
from ml.tokens import Denial, Word, typos, words_of

WRITTEN = 0.9
"""Confidence in a phrase that is written exactly; a chip is certain."""
PER_TYPO = 0.85
PER_FOREIGN_WORD = 0.97
ONLY_PART_DENIED = 0.5
"""`no brake noise` also reads as `no brake`: half as sure."""
WHEN = "when_"
"""Symptoms that say when it happens; their denial is not read, it mostly belongs to the verb beside."""
SIGNS = frozenset(
    """noise noises sound light lights squeal squeak smell leak fluid problem problems issue warning pad pads lamp bruit
    bruits voyant voyants odeur fuite fuites probleme problemes souci soucis""".split()  # noqa: SIM905
)
"""Nouns that take a denial upon themselves: in `no brake noise` the noise is missing, not the brake."""
MAX_CHARACTERS = 4000
"""A description longer than this is read up to here."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way of saying a symptom."""

    symptom: str
    stems: tuple[str, ...]
    denied: frozenset[int]
    """which words must be denied: the start in `not start`"""
    free: frozenset[int]
    """words that may be denied or not"""
    slack: int
    """how many foreign words may stand between"""
    spans_clauses: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """A symptom that the driver named, or said is not there."""

    evidence: str
    """`symptom:<id>`, or the `light:<id>` that the words name"""
    confidence: float
    is_present: bool
    """False: the driver denies it"""
    words: str
    """what was read as this, without accents; empty for a chip"""


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that a description says."""

    mentions: tuple[Mention, ...]
    """by evidence"""
    codes: tuple[TroubleCode, ...]


@dataclass(frozen=True, slots=True)
class Match:
    phrase: Phrase
    places: frozenset[int]
    confidence: float
    is_present: bool
    words: str


Readings = Sequence[dict[str, int]]
"""For each word of the text, the stems of the knowledge base that it may be, and the typos in each case."""


def read(description: str, chips: Iterable[str] = ()) -> Words:
    """Symptoms and codes in a description and among the chips that were pressed.

    A chip is a symptom's id; unknown ones are ignored. Of several mentions of one thing the surest stays; a chip wins.
    """
    knowledge = load()
    text = description[:MAX_CHARACTERS]
    mentions: dict[str, Mention] = {}
    for chip in chips:
        if chip in knowledge.symptoms:
            key = _evidence(knowledge.symptoms[chip])
            mentions[key] = Mention(key, 1.0, is_present=True, words="")
    for match in _without_parts(_matches(words_of(text))):
        key = _evidence(knowledge.symptoms[match.phrase.symptom])
        kept = mentions.get(key)
        if kept is None or (match.confidence, match.is_present) > (kept.confidence, kept.is_present):
            mentions[key] = Mention(key, match.confidence, match.is_present, match.words)
    return Words(tuple(mentions[key] for key in sorted(mentions)), find(text, knowledge))


def _evidence(symptom: Symptom) -> str:
    return symptom.stands_for or f"symptom:{symptom.id}"


@functools.cache
def _phrases() -> tuple[Phrase, ...]:
    return tuple(
        phrase
        for symptom in load().symptoms.values()
        for text in (*symptom.en, *symptom.fr)
        if (phrase := _phrase(symptom, text)).stems
    )


@functools.cache
def _vocabulary() -> dict[str, tuple[str, ...]]:
    """The stems of all phrases by first letter, which a slip rarely spares."""
    stems = sorted({stem for phrase in _phrases() for stem in phrase.stems})
    return {letter: tuple(group) for letter, group in itertools.groupby(stems, key=lambda stem: stem[0])}


def _phrase(symptom: Symptom, text: str) -> Phrase:
    words = words_of(text)
    denied = [index for index, word in enumerate(words) if word.denial is not Denial.NONE]
    # Of several words after a `no` the first must be denied; whether the denial reaches the others is grammar's whim.
    first = frozenset(denied[:1])
    is_name = bool(symptom.stands_for)
    return Phrase(
        symptom=symptom.id,
        stems=tuple(word.stem for word in words),
        denied=first,
        free=frozenset(denied[1:]),
        # The name of a light and "when braking" are fixed words; other phrases are told in many ways.
        slack=0 if is_name else 1 if symptom.id.startswith(WHEN) else 3,
        spans_clauses=len({word.clause for word in words}) > 1,
    )


def _matches(words: Sequence[Word]) -> Iterator[Match]:
    readings = [_readings(word) for word in words]
    present = {stem for reading in readings for stem in reading}
    for phrase in _phrases():
        if present.issuperset(phrase.stems):
            yield from _found(phrase, words, readings)


def _readings(word: Word) -> dict[str, int]:
    candidates = _vocabulary().get(word.stem[0], ())
    return {meant: slips for meant in candidates if (slips := typos(word.stem, meant)) is not None}


def _found(phrase: Phrase, words: Sequence[Word], readings: Readings) -> Iterator[Match]:
    """The surest place where the phrase stands, for each of being said and being denied."""
    width = len(phrase.stems) + phrase.slack
    best: dict[bool, Match] = {}
    for start in range(len(words)):
        places = _places(phrase, words, readings, range(start, min(start + width, len(words))))
        if places is None or min(places) != start:
            continue
        match = _judge(phrase, words, readings, places)
        if match is None or (phrase.symptom.startswith(WHEN) and not match.is_present):
            continue
        if match.is_present not in best or best[match.is_present].confidence < match.confidence:
            best[match.is_present] = match
    yield from best.values()


def _places(phrase: Phrase, words: Sequence[Word], readings: Readings, window: range) -> tuple[int, ...] | None:
    """Where each word of the phrase stands within the window; each place is used once."""
    clause = words[window.start].clause
    places: list[int] = []
    for stem in phrase.stems:
        free = [
            place
            for place in window
            if stem in readings[place]
            and place not in places
            and (phrase.spans_clauses or words[place].clause == clause)
        ]
        if not free:
            return None
        places.append(min(free, key=lambda place: (readings[place][stem], place)))
    return tuple(places)


def _judge(phrase: Phrase, words: Sequence[Word], readings: Readings, places: tuple[int, ...]) -> Match | None:
    if any(words[places[index]].denial is Denial.NONE for index in phrase.denied):
        return None
    slips = sum(readings[place][stem] for place, stem in zip(places, phrase.stems, strict=True))
    foreign = max(places) - min(places) + 1 - len(places)
    confidence = WRITTEN * PER_TYPO**slips * PER_FOREIGN_WORD**foreign
    if len(places) == 1 and phrase.denied and _is_denial_longer(words, places[0]):
        confidence *= ONLY_PART_DENIED
    bound = phrase.denied | phrase.free
    is_denied = any(words[place].denial is Denial.FIRM for index, place in enumerate(places) if index not in bound)
    written = " ".join(words[place].written for place in sorted(places))
    return Match(phrase, frozenset(places), round(confidence, 4), not is_denied, written)


def _is_denial_longer(words: Sequence[Word], place: int) -> bool:
    neighbours = (*words[max(place - 1, 0) : place], *words[place + 1 : place + 2])
    return any(
        word.denial is Denial.FIRM and word.clause == words[place].clause and word.written in SIGNS
        for word in neighbours
    )


def _without_parts(matches: Iterable[Match]) -> list[Match]:
    """`black smoke` is not also `smoke`: what is read from a part of a longer reading's words is dropped.

    Names of lights stay, a flashing engine light is still an engine light; so does when it happens, unless another
    "when" holds it: `when I turn the key` is not `when I turn`.
    """
    found = list(matches)
    symptoms = load().symptoms
    return [
        match
        for match in found
        if symptoms[match.phrase.symptom].stands_for or not any(_is_part(match, other) for other in found)
    ]


def _is_part(match: Match, other: Match) -> bool:
    if match.phrase.symptom.startswith(WHEN) and not other.phrase.symptom.startswith(WHEN):
        return False
    return match.places < other.places and match.is_present == other.is_present
