"""Which one question tells the causes best apart: the one whose answer is expected to remove most doubt."""

import math
from collections.abc import Iterable, Mapping

from ml.knowledge import Knowledge
from ml.knowledge.entries import Question, QuestionKind
from monitor.garage.beliefs import Beliefs, likelihood
from monitor.garage.evidence import Case

CHECK_EFFORT = 0.8
"""A look under the bonnet must tell a quarter more than a question to be preferred to it."""
MIN_GAIN_BITS = 0.02
"""Below this an answer would change nothing that anyone sees."""


def best_question(beliefs: Beliefs, case: Case, knowledge: Knowledge) -> Question | None:
    """The unasked question with the greatest expected gain; None where none would change much."""
    said = {observation.evidence for observation in case.observations}
    touched = _touched(said, knowledge)
    gains = {
        question.id: expected_gain_bits(beliefs.probabilities, question, knowledge)
        * (CHECK_EFFORT if question.kind is QuestionKind.CHECK else 1.0)
        for question in knowledge.questions.values()
        if question.same_as not in said and touched.isdisjoint(question.about) and _may_be_asked(question, case)
    }
    best = max(sorted(gains), key=lambda name: gains[name], default=None)
    return knowledge.questions[best] if best is not None and gains[best] >= MIN_GAIN_BITS else None


def expected_gain_bits(probabilities: Mapping[str, float], question: Question, knowledge: Knowledge) -> float:
    """How many bits of doubt an answer removes on average: the mutual information of answer and cause."""
    usual = question.otherwise
    usual_bits = _doubt_bits(usual)
    share_yes, given = usual, usual_bits
    # Most questions list few causes, and this runs for every question at every answer: only the listed ones differ.
    for hypothesis in _listed(question, knowledge):
        share = probabilities.get(hypothesis, 0.0)
        yes = likelihood(hypothesis, question, knowledge)
        share_yes += share * (yes - usual)
        given += share * (_doubt_bits(yes) - usual_bits)
    return max(0.0, _doubt_bits(share_yes) - given)


def _listed(question: Question, knowledge: Knowledge) -> set[str]:
    systems = {key.removeprefix("system:") for key in question.yes if key.startswith("system:")}
    single = {key for key in question.yes if not key.startswith("system:")}
    return single | {cause.id for cause in knowledge.causes.values() if cause.system in systems} if systems else single


def _doubt_bits(share: float) -> float:
    if not 0 < share < 1:
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)


def _touched(said: Iterable[str], knowledge: Knowledge) -> set[str]:
    """What was spoken of: the kinds of evidence, and the groups that it belongs to."""
    entries = [knowledge.evidence(evidence) for evidence in said]
    return {evidence.partition(":")[0] for evidence in said} | {entry.group for entry in entries if entry is not None}


def _may_be_asked(question: Question, case: Case) -> bool:
    """Not what was asked, or does not exist in this car."""
    if question.id in case.answers:
        return False
    if question.fuels and case.vehicle.fuel is not None and case.vehicle.fuel not in question.fuels:
        return False
    return question.gearbox is None or case.vehicle.gearbox in (None, question.gearbox)
