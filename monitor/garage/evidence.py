"""What is known of one car in one diagnosis: what was seen, heard, said and answered, in one form for the reasoning."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ml.findings import NOT_SURE, NOTHING, UNKNOWN, Kind, Reading
from ml.knowledge import Knowledge
from ml.knowledge.entries import Fuel, Gearbox
from monitor.garage.experience import Tally
from monitor.garage.histories import Past

UNLIT_TRUST = 0.4
"""How far a good photo proves that a light which it does not show is not lit: the model misses some, and the photo may
have been taken with the ignition off."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that was seen, heard or said, or that is said not to be there."""

    evidence: str
    """`light:…`, `sound:…`, `symptom:…` or `code:<family>`"""
    confidence: float
    """0..1: with this probability the observation is real, else it tells nothing"""
    is_present: bool = True
    colour: str | None = None
    """of a light, where it was seen"""
    is_flashing: bool = False


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What matters of the car; None where the owner did not say."""

    fuel: Fuel | None = None
    gearbox: Gearbox | None = None
    age_years: float | None = None
    odometer_km: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that one diagnosis is judged by. The order of observations never matters."""

    observations: tuple[Observation, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """by question"""
    vehicle: Vehicle = Vehicle()
    history: tuple[Past, ...] = ()
    """what earlier diagnoses of this car turned out to be, in any order"""
    experience: tuple[Tally, ...] = ()
    """how causes turned out in all cars; each at most once"""

    @property
    def today(self) -> "Case":
        """The same without what others and earlier days tell."""
        return replace(self, history=(), experience=())


def from_readings(readings: Iterable[Reading], knowledge: Knowledge) -> tuple[Observation, ...]:
    """What the models' answers are worth as evidence.

    A sound is believed as far as its class is trusted on other cars. Where a model abstains, its guesses count for
    half. A good photo on which the model was sure also tells which lights are not lit.
    """
    observations: list[Observation] = []
    for reading in readings:
        labels = {finding.label for finding in reading.findings}
        doubt = 0.5 if NOT_SURE in labels else 1.0
        kind = "light" if reading.kind is Kind.DASHBOARD else "sound"
        for finding in reading.findings:
            evidence = f"{kind}:{finding.label}"
            if knowledge.evidence(evidence) is not None:
                trust = knowledge.sounds[finding.label].trust if kind == "sound" else 1.0
                observations.append(Observation(evidence, finding.confidence * trust * doubt, colour=finding.colour))
        if kind == "light" and reading.quality.is_good and not labels & {NOT_SURE, UNKNOWN}:
            observations += _unlit(labels, knowledge)
    return tuple(observations)


def _unlit(labels: set[str], knowledge: Knowledge) -> list[Observation]:
    return [
        Observation(f"light:{light.id}", UNLIT_TRUST, is_present=False)
        for light in knowledge.lights.values()
        if light.id not in labels | {NOTHING, UNKNOWN} and light.group != "information"
    ]


def merged(case: Case, knowledge: Knowledge) -> tuple[Observation, ...]:
    """One observation a piece of evidence: the surest, and presence before absence; unknown evidence left out.

    Photo, words and an answered question may tell of the same light; it counts once. What a driver says is there is
    never outvoted by a photo that does not show it.
    """
    surest: dict[str, Observation] = {}
    for observation in sorted(case.observations, key=_rank):
        if knowledge.evidence(observation.evidence) is not None and observation.confidence > 0:
            surest[observation.evidence] = observation
    return tuple(surest[evidence] for evidence in sorted(surest))


def _rank(observation: Observation) -> tuple[bool, bool, float, str]:
    return observation.is_present, observation.is_flashing, observation.confidence, observation.colour or ""
