"""Rules that stand above every score: what lights, smells, smoke and failing brakes mean whatever a model believes."""

from dataclasses import dataclass

from ml.knowledge import Knowledge
from ml.knowledge.entries import Drive, Text
from monitor.garage.evidence import Answer, Case, Observation

SURE = 0.5
"""From this confidence on a rule holds fully."""
PERHAPS = 0.2
"""From here a STOP still means: go slowly, and look again. Fainter readings are mistakes nearly always."""
FLASHING = "symptom:light_flashing"
"""The rule of the engine light that flashes, however that was learned."""

GET_OUT = Text(
    "If you smell fuel or see smoke: stop, switch off, everybody out and away from the car.",
    "Si vous sentez le carburant ou voyez de la fumée : arrêtez, coupez, tout le monde dehors et à distance.",
)
LOOK_AGAIN = Text(
    "We are not sure that we read this right. Look again; if it is so: ",
    "Nous ne sommes pas sûrs d'avoir bien lu. Regardez encore ; si c'est le cas : ",
)
SEVERITY = {Drive.STOP: 0, Drive.SLOW: 1, Drive.SOON: 2, Drive.FINE: 3}


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rule that holds, and what to do."""

    evidence: str
    drive: Drive
    text: Text
    is_certain: bool


def alarms_of(case: Case, knowledge: Knowledge) -> tuple[Alarm, ...]:
    """Every rule that holds for this case, the worst first, one a piece of evidence.

    Each observation is judged by itself: no score, no absence elsewhere and no answer can take an alarm back.
    """
    worst: dict[str, Alarm] = {}
    for observation in (*case.observations, *_answered(case, knowledge)):
        alarm = _alarm(observation, knowledge)
        if alarm is not None and (alarm.evidence not in worst or _rank(alarm) < _rank(worst[alarm.evidence])):
            worst[alarm.evidence] = alarm
    return tuple(sorted(worst.values(), key=_rank))


def _rank(alarm: Alarm) -> tuple[int, bool, str]:
    return SEVERITY[alarm.drive], not alarm.is_certain, alarm.evidence


def _answered(case: Case, knowledge: Knowledge) -> list[Observation]:
    return [
        Observation(knowledge.questions[name].same_as, 1.0)
        for name, answer in case.answers.items()
        if answer is Answer.YES and name in knowledge.questions and knowledge.questions[name].same_as
    ]


def _alarm(observation: Observation, knowledge: Knowledge) -> Alarm | None:
    if not observation.is_present or observation.confidence < PERHAPS:
        return None
    found = _rule(observation, knowledge)
    if found is None or found[0] is Drive.FINE:
        return None
    drive, text = found
    if observation.confidence >= SURE:
        return Alarm(observation.evidence, drive, text, is_certain=True)
    milder = Drive.SLOW if drive is Drive.STOP else Drive.SOON
    careful = Text(LOOK_AGAIN.en + text.en, LOOK_AGAIN.fr + text.fr)
    return Alarm(observation.evidence, milder, careful, is_certain=False)


def _rule(observation: Observation, knowledge: Knowledge) -> tuple[Drive, Text] | None:
    evidence = observation.evidence
    if evidence == "light:check_engine" and observation.is_flashing:
        evidence = FLASHING
    if evidence in knowledge.rules:
        return knowledge.rules[evidence].drive, knowledge.rules[evidence].text
    kind, _, name = evidence.partition(":")
    if kind == "light" and name in knowledge.lights:
        light = knowledge.lights[name]
        return light.colours.get(observation.colour or "", light.drive), light.action
    if kind == "code" and name in knowledge.families:
        family = knowledge.families[name]
        return family.drive, Text(f"Trouble code: {family.name.en}.", f"Code défaut : {family.name.fr}.")
    return None
