"""From what was seen, heard, said and answered to the result page: verdict, causes with reasons, one question."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ml.knowledge import HEALTHY, UNKNOWN_CAUSE, Knowledge
from ml.knowledge.entries import Cause, Drive, Question, QuestionKind, Text, Tool
from monitor.garage import experience, histories
from monitor.garage.beliefs import Beliefs, Calibration, Contribution, believe
from monitor.garage.evidence import Case
from monitor.garage.notes import notes_of
from monitor.garage.questions import best_question
from monitor.garage.safety import Alarm, alarms_of
from monitor.garage.verdicts import SUPPORTED, Judgement, judge, worse

MAX_ROWS = 5
MIN_ROW_SHARE = 0.03
"""Less probable causes are not shown, unless they are serious."""
MIN_SERIOUS_SHARE = 0.005
"""A cause that forbids driving is shown down to 1 in 200, if any evidence speaks for it."""
SURE_SHARE = 0.5
"""From here on the first cause is called likely."""
CLEAR_SHARE = 0.85
"""From here on no further question is worth an owner's time."""
POSSIBLE_SHARE = 0.15
UNCERTAINTY_LOGIT = 0.35
"""How far the likelihoods, which are estimates, may move a probability; own estimate until confirmed cases tell."""
DASH = "\u2013"
WORTH_SAYING = 0.05
"""A weaker contribution explains nothing to anybody."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence for or against a cause."""

    source: str
    name: Text
    why: Text
    weight: float


@dataclass(frozen=True, slots=True)
class RankedCause:
    """One row of the likely causes, with all that its folded part shows."""

    cause: Cause
    probability: float
    low: float
    high: float
    words: Text
    """`likely 55-70%`"""
    in_set: bool
    """within the set that holds the true cause 90 times in 100, as far as calibrated"""
    is_serious: bool
    """may not be driven with: never hidden for being unlikely"""
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]
    tools: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A diagnosis as the result page shows it, in both languages."""

    judgement: Judgement
    alarms: tuple[Alarm, ...]
    causes: tuple[RankedCause, ...]
    """the most probable first; empty where nothing was observed"""
    is_sure: bool
    """one cause, or health, has at least half of the probability"""
    healthy: float
    unknown: float
    """the probability that it is something which this knowledge does not hold"""
    question: Question | None
    """the one that best tells the causes apart; None where one is clear, or none would help"""
    checks: tuple[Question, ...]
    """free things to look at first, for the causes shown; each answer re-ranks at once"""
    notes: tuple[Text, ...]
    calibration: Calibration


def conclude(case: Case, knowledge: Knowledge, calibration: Calibration | None = None) -> Conclusion:
    """The diagnosis of a case. Asked again with one answer more, it is ranked anew."""
    calibration = calibration or Calibration()
    beliefs = believe(case, knowledge, calibration)
    alarms = alarms_of(case, knowledge)
    rows = _rows(beliefs, case, knowledge, calibration)
    is_sure = _is_sure(beliefs)
    return Conclusion(
        judgement=_judge(alarms, beliefs, case, knowledge, calibration),
        alarms=alarms,
        causes=rows,
        is_sure=is_sure,
        healthy=beliefs.probabilities[HEALTHY],
        unknown=beliefs.probabilities[UNKNOWN_CAUSE],
        question=None if _is_clear(beliefs) else best_question(beliefs, case, knowledge),
        checks=_checks(rows, case, knowledge),
        notes=notes_of(case, knowledge),
        calibration=calibration,
    )


def _judge(
    alarms: tuple[Alarm, ...], beliefs: Beliefs, case: Case, knowledge: Knowledge, calibration: Calibration
) -> Judgement:
    """What is known of earlier faults, here or elsewhere, may make the verdict stricter, never milder."""
    judgement = judge(alarms, beliefs, knowledge)
    if case == case.today:
        return judgement
    today = believe(case.today, knowledge, calibration)
    return worse(judgement, judge(alarms, today, knowledge))


def possible(beliefs: Beliefs, set_mass: float) -> frozenset[str]:
    """The smallest set of hypotheses that holds this much probability."""
    held: set[str] = set()
    mass = 0.0
    for hypothesis, share in _ranked(beliefs):
        if mass >= set_mass:
            break
        held.add(hypothesis)
        mass += share
    return frozenset(held)


def set_mass_for(masses: Sequence[float], coverage: float = 0.90) -> float:
    """The mass at which the set would have held the true cause this often: split conformal, adaptive sets.

    `masses` are, for each confirmed diagnosis, the probability of all hypotheses ranked up to and with the true one.
    With too few of them for the coverage asked, everything is possible: 1.
    """
    rank = math.ceil((len(masses) + 1) * coverage)
    return sorted(masses)[rank - 1] if 0 < rank <= len(masses) else 1.0


def mass_up_to(beliefs: Beliefs, truth: str) -> float:
    """What a confirmed diagnosis adds to the calibration of the sets."""
    mass = 0.0
    for hypothesis, share in _ranked(beliefs):
        mass += share
        if hypothesis == truth:
            return min(mass, 1.0)
    return 1.0


def _ranked(beliefs: Beliefs) -> list[tuple[str, float]]:
    return sorted(beliefs.probabilities.items(), key=lambda pair: (-pair[1], pair[0]))


def _is_sure(beliefs: Beliefs) -> bool:
    hypothesis, share = _ranked(beliefs)[0]
    return hypothesis != UNKNOWN_CAUSE and share >= SURE_SHARE


def _is_clear(beliefs: Beliefs) -> bool:
    hypothesis, share = _ranked(beliefs)[0]
    return hypothesis != UNKNOWN_CAUSE and share >= CLEAR_SHARE


def _rows(beliefs: Beliefs, case: Case, knowledge: Knowledge, calibration: Calibration) -> tuple[RankedCause, ...]:
    if not any(beliefs.contributions.values()):
        return ()
    held = possible(beliefs, calibration.set_mass)
    ranked = [(knowledge.causes[name], share) for name, share in _ranked(beliefs) if name in knowledge.causes]
    supported = [(cause, share) for cause, share in ranked if beliefs.support(cause.id) > 0]
    likely = [pair for pair in supported if pair[1] >= MIN_ROW_SHARE][:MAX_ROWS]
    serious = [
        (cause, share)
        for cause, share in supported
        if (cause, share) not in likely
        and cause.drive is Drive.STOP
        and share >= MIN_SERIOUS_SHARE
        and beliefs.support(cause.id) >= SUPPORTED
    ]
    return tuple(
        _row(cause, share, beliefs, case, knowledge, is_held=cause.id in held) for cause, share in likely + serious
    )


def _row(
    cause: Cause, share: float, beliefs: Beliefs, case: Case, knowledge: Knowledge, *, is_held: bool
) -> RankedCause:
    low, high = _interval(share)
    parts = [part for part in beliefs.contributions[cause.id] if abs(part.weight) >= WORTH_SAYING]
    reasons = [_reason(cause, part, case, knowledge) for part in parts]
    return RankedCause(
        cause=cause,
        probability=share,
        low=low,
        high=high,
        words=_in_words(share, low, high, is_serious=cause.drive is Drive.STOP),
        in_set=is_held,
        is_serious=cause.drive is Drive.STOP,
        reasons_for=tuple(reason for reason in reasons if reason.weight > 0),
        reasons_against=tuple(reason for reason in reasons if reason.weight < 0),
        tools=tuple(knowledge.tools[tool] for tool in cause.tools),
    )


def _interval(share: float) -> tuple[float, float]:
    if share in (0.0, 1.0):
        return share, share
    logit = math.log(share / (1 - share))
    low, high = (1 / (1 + math.exp(-(logit + shift))) for shift in (-UNCERTAINTY_LOGIT, UNCERTAINTY_LOGIT))
    return low, high


def _in_words(share: float, low: float, high: float, *, is_serious: bool) -> Text:
    # Steps of five: finer ones would promise what estimates cannot keep.
    span = f"{max(5 * math.floor(low * 20), 1)}{DASH}{min(5 * math.ceil(high * 20), 99)}"
    if share >= SURE_SHARE:
        return Text(f"likely {span}%", f"probable {span} %")
    if share >= POSSIBLE_SHARE:
        return Text(f"possible {span}%", f"possible {span} %")
    if is_serious:
        return Text("unlikely but serious", "peu probable mais grave")
    return Text("less likely", "moins probable")


def _reason(cause: Cause, part: Contribution, case: Case, knowledge: Knowledge) -> Reason:
    kind, _, name = part.source.partition(":")
    if part.source.startswith(histories.SOURCE):
        past = histories.latest(case.history)[name]
        return Reason(part.source, histories.NAME, histories.why(past), part.weight)
    if part.source.startswith(experience.SOURCE):
        tally = next(tally for tally in case.experience if tally.cause == name)
        return Reason(part.source, experience.NAME, experience.why(tally), part.weight)
    if kind == "question":
        question = knowledge.questions[name]
        answer = Text("You answered yes.", "Vous avez répondu oui.")
        if not part.is_present:
            answer = Text("You answered no.", "Vous avez répondu non.")
        return Reason(part.source, question.text, answer, part.weight)
    entry = knowledge.evidence(part.source)
    assert entry is not None, "contributions come from known evidence"
    if part.is_present:
        why = next((link.why for link in cause.links if link.evidence == part.source), None)
        return Reason(part.source, entry.name, why or UNUSUAL, part.weight)
    return Reason(part.source, entry.name, ABSENT if part.weight < 0 else FITTINGLY_ABSENT, part.weight)


UNUSUAL = Text("Rarely seen with this cause.", "Rarement vu avec cette cause.")
ABSENT = Text("It is not there, and with this cause it mostly is.", "Absent, alors que cette cause le montre souvent.")
FITTINGLY_ABSENT = Text("It is not there, as with this cause.", "Absent, comme avec cette cause.")


def _checks(rows: Sequence[RankedCause], case: Case, knowledge: Knowledge) -> tuple[Question, ...]:
    names = dict.fromkeys(name for row in rows for name in row.cause.checks)
    return tuple(
        knowledge.questions[name]
        for name in names
        if knowledge.questions[name].kind is QuestionKind.CHECK and name not in case.answers
    )
