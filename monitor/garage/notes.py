"""What a driver should know beside the verdict: what does not fit together, and what is easily misread."""

from ml.knowledge import Knowledge
from ml.knowledge.entries import Text
from monitor.garage.evidence import Case

GO_OUT_WITH_THE_ENGINE = frozenset({"light:oil_pressure", "light:battery"})
"""Lit in every car whose ignition is on and whose engine does not run; both fail at once in hardly any."""
LIT = 0.5
"""From this confidence on a light counts as seen."""
LAMP_TEST = Text(
    "Oil pressure and battery are lit together: mostly the ignition is on and the engine is not running, and the car "
    "tests its lights. Start the engine and send a new photo. If both stay lit while it runs, stop it at once.",
    "Pression d'huile et batterie sont allumées ensemble : le plus souvent, le contact est mis sans que le moteur "
    "tourne, et la voiture teste ses voyants. Démarrez et envoyez une nouvelle photo. S'ils restent allumés moteur "
    "tournant, coupez aussitôt.",
)


def notes_of(case: Case, knowledge: Knowledge) -> tuple[Text, ...]:
    """The notes of a case; none of them changes its verdict."""
    return (*_lamp_test(case), *_misfits(case, knowledge))


def _lamp_test(case: Case) -> tuple[Text, ...]:
    lit = {seen.evidence for seen in case.observations if seen.is_present and seen.confidence >= LIT}
    return (LAMP_TEST,) if lit >= GO_OUT_WITH_THE_ENGINE else ()


def _misfits(case: Case, knowledge: Knowledge) -> tuple[Text, ...]:
    """A diesel's code on a petrol car is a mistake in the code or in the car's papers."""
    fuel = case.vehicle.fuel
    misfits = {
        observation.evidence: knowledge.families[name]
        for observation in case.observations
        if (name := observation.evidence.removeprefix("code:")) in knowledge.families
        and knowledge.families[name].fuels
        and fuel is not None
        and fuel not in knowledge.families[name].fuels
    }
    return tuple(
        Text(
            f"The code for “{family.name.en}” does not fit this car's fuel: check the code or the car's entry.",
            f"Le code « {family.name.fr} » ne va pas avec le carburant de la voiture : vérifiez le code ou la fiche.",
        )
        for _, family in sorted(misfits.items())
    )
