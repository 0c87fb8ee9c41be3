"""How probable each cause is, given the evidence: log odds added up, with what tells of the same thing counted less.

score(cause) = log prior(cause, car) + log ratio of its history in this car + log ratio of how it turned out in others
             + sum of damped log ratios / temperature + sum of log ratios of the answers
ratio        = q * P(seen | cause) / P(seen | other fault) + (1 - q), for an observation that is real with probability q
damping      = within a group the strongest ratio counts fully, each further one half of the one before, by sign

Ratios for and against are damped apart, so that more evidence for a cause never lowers its score; they are sorted by
strength, so that the order in which evidence arrives cannot matter. One cause is taken to be the main one.
"""

import math
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from ml.knowledge import HEALTHY, UNKNOWN_CAUSE, Knowledge
from ml.knowledge.entries import Cause, Drive, Entry, Fuel, Link, Question
from monitor.garage import experience, histories
from monitor.garage.evidence import Answer, Case, Observation, Vehicle, merged

DAMPING = 0.5
PAST = (histories.SOURCE, experience.SOURCE)
COMBUSTION = frozenset({"lubrication", "engine", "ignition", "air", "fuel", "diesel", "exhaust", "sensors"})
"""Systems that an electric car does not have."""
INFORMATION = frozenset({"information", "fuel_level", "immobiliser", "not_car"})
"""Groups that a healthy car shows as well."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns scores into probabilities that come true; to be fitted on diagnoses that mechanics confirmed."""

    temperature: float = 1.25
    """above 1 the evidence is believed less than its numbers say"""
    set_mass: float = 0.90
    """how much probability the set of possible causes holds"""
    cases: int = 0
    """confirmed diagnoses that it was fitted on; 0: the values are our own estimate"""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one piece of evidence did to one cause."""

    source: str
    """`light:…`, `sound:…`, `symptom:…`, `code:…`, `question:…`, `history:…` or `experience:…`"""
    weight: float
    """natural log of what it multiplied the odds by; above 0 speaks for the cause"""
    is_present: bool
    """seen, or answered with yes"""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """The probability of each cause, of health and of what is not known; they sum to 1."""

    probabilities: Mapping[str, float]
    contributions: Mapping[str, tuple[Contribution, ...]]
    """the strongest first"""

    def support(self, hypothesis: str) -> float:
        """How far today's evidence speaks for it: what was told of earlier faults shows nothing alone."""
        parts = self.contributions.get(hypothesis, ())
        return math.fsum(part.weight for part in parts if not part.source.startswith(PAST))


def believe(case: Case, knowledge: Knowledge, calibration: Calibration) -> Beliefs:
    """How probable everything is after all that was observed and answered."""
    observed = _observed(case, knowledge)
    past, elsewhere = _from_history(case, knowledge), _from_experience(case, knowledge)
    scores: dict[str, float] = {}
    contributions: dict[str, tuple[Contribution, ...]] = {}
    for hypothesis, prior in _priors(case.vehicle, knowledge).items():
        parts = [
            *_from_observations(hypothesis, observed, knowledge, calibration.temperature),
            *_from_answers(hypothesis, case.answers, knowledge),
            *past.get(hypothesis, ()),
            *elsewhere.get(hypothesis, ()),
        ]
        scores[hypothesis] = math.log(prior) + math.fsum(part.weight for part in parts)
        contributions[hypothesis] = tuple(sorted(parts, key=lambda part: (-abs(part.weight), part.source)))
    return Beliefs(_normalised(scores), contributions)


def likelihood(hypothesis: str, question: Question, knowledge: Knowledge) -> float:
    """P(yes | hypothesis)."""
    cause = knowledge.causes.get(hypothesis)
    system = f"system:{cause.system}" if cause is not None else ""
    return question.yes.get(hypothesis, question.yes.get(system, question.otherwise))


def fits(cause: Cause, vehicle: Vehicle) -> bool:
    """Whether this car can have this fault; what the owner did not say excludes nothing."""
    if vehicle.fuel is Fuel.ELECTRIC and cause.system in COMBUSTION:
        return False
    if cause.fuels and vehicle.fuel is not None and vehicle.fuel not in cause.fuels:
        return False
    return cause.gearbox is None or vehicle.gearbox is None or cause.gearbox is vehicle.gearbox


def _priors(vehicle: Vehicle, knowledge: Knowledge) -> dict[str, float]:
    wear = _wear(vehicle)
    priors = {
        cause.id: cause.prior * (wear if cause.wears else 1.0)
        for cause in knowledge.causes.values()
        if fits(cause, vehicle)
    }
    priors[HEALTHY] = knowledge.baseline.healthy_prior
    priors[UNKNOWN_CAUSE] = knowledge.baseline.unknown_prior
    return priors


def _wear(vehicle: Vehicle) -> float:
    """1 for a car of 75,000 km or 6 years; half of that when new, up to double when old."""
    factors = [
        min(max(share, 0.5), 2.0)
        for share in (
            None if vehicle.odometer_km is None else 0.5 + vehicle.odometer_km / 150_000,
            None if vehicle.age_years is None else 0.5 + vehicle.age_years / 12,
        )
        if share is not None
    ]
    return math.prod(factors) ** (1 / len(factors)) if factors else 1.0


def _observed(case: Case, knowledge: Knowledge) -> dict[str, tuple[Observation, Entry]]:
    """Without what a question asked again: the answer replaces it, so that nothing counts twice."""
    answered = {
        knowledge.questions[name].same_as
        for name, answer in case.answers.items()
        if name in knowledge.questions and answer is not Answer.UNKNOWN
    }
    return {
        observation.evidence: (observation, entry)
        for observation in merged(case, knowledge)
        if observation.evidence not in answered and (entry := knowledge.evidence(observation.evidence)) is not None
    }


def _from_observations(
    hypothesis: str, observed: Mapping[str, tuple[Observation, Entry]], knowledge: Knowledge, temperature: float
) -> list[Contribution]:
    groups: dict[tuple[str, bool], list[tuple[float, Observation]]] = defaultdict(list)
    for evidence, seen in _likelihoods(hypothesis, observed, knowledge).items():
        observation, entry = observed[evidence]
        weight = math.log(_ratio(observation, entry, seen))
        if weight:
            groups[entry.group, weight > 0].append((weight, observation))
    return [
        Contribution(observation.evidence, weight * DAMPING**rank / temperature, observation.is_present)
        for group in groups.values()
        for rank, (weight, observation) in enumerate(sorted(group, key=lambda pair: (-abs(pair[0]), pair[1].evidence)))
    ]


def _likelihoods(
    hypothesis: str, observed: Mapping[str, tuple[Observation, Entry]], knowledge: Knowledge
) -> dict[str, float]:
    """P(seen | hypothesis) of what was observed, as far as it differs from that of other faults."""
    if hypothesis in knowledge.causes:
        return _linked(knowledge.causes[hypothesis].links, observed)
    if hypothesis != HEALTHY:
        return {}
    spared = {
        evidence: entry.background * knowledge.baseline.spared
        for evidence, (_, entry) in observed.items()
        if entry.group not in INFORMATION
    }
    return spared | _linked(knowledge.baseline.healthy_links, observed)


def _linked(links: Iterable[Link], observed: Container[str]) -> dict[str, float]:
    return {link.evidence: link.likelihood for link in links if link.evidence in observed}


def _ratio(observation: Observation, entry: Entry, seen: float) -> float:
    real = seen / entry.background if observation.is_present else (1 - seen) / (1 - entry.background)
    return observation.confidence * real + (1 - observation.confidence)


def _from_answers(hypothesis: str, answers: Mapping[str, Answer], knowledge: Knowledge) -> list[Contribution]:
    """The ratio is against what the answer says of causes that the question does not list."""
    parts: list[Contribution] = []
    for name, answer in answers.items():
        question = knowledge.questions.get(name)
        if question is None or answer is Answer.UNKNOWN:
            continue
        seen, usual = likelihood(hypothesis, question, knowledge), question.otherwise
        is_yes = answer is Answer.YES
        weight = math.log(seen / usual if is_yes else (1 - seen) / (1 - usual))
        if weight:
            parts.append(Contribution(f"question:{name}", weight, is_yes))
    return parts


def _from_history(case: Case, knowledge: Knowledge) -> dict[str, tuple[Contribution]]:
    return {
        name: (Contribution(f"{histories.SOURCE}{name}", weight, is_present=True),)
        for name, past in histories.latest(case.history).items()
        if _may_weigh(name, weight := histories.weight(past), knowledge)
    }


def _from_experience(case: Case, knowledge: Knowledge) -> dict[str, tuple[Contribution]]:
    return {
        tally.cause: (Contribution(f"{experience.SOURCE}{tally.cause}", weight, is_present=True),)
        for tally in case.experience
        if _may_weigh(tally.cause, weight := experience.weight(tally), knowledge)
    }


def _may_weigh(cause: str, weight: float, knowledge: Knowledge) -> bool:
    """Nothing that people told afterwards makes a cause that forbids driving less probable."""
    return cause in knowledge.causes and (weight > 0 or knowledge.causes[cause].drive is not Drive.STOP)


def _normalised(scores: Mapping[str, float]) -> dict[str, float]:
    top = max(scores.values())
    weights = {hypothesis: math.exp(score - top) for hypothesis, score in scores.items()}
    total = math.fsum(weights.values())
    return {hypothesis: weight / total for hypothesis, weight in weights.items()}
