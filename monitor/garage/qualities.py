"""How good a file is, in words that help: what is wrong with it and how to do better."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from ml import findings
from monitor.wire.media import Quality, QualityProblem, Text


class Kept(Struct, frozen=True):
    """A quality as the database keeps it; the words for it may change."""

    problems: list[str]
    measures: dict[str, float | int | str | None]


@dataclass(frozen=True, slots=True)
class Advice:
    """What is said of one problem."""

    text: Text
    advice: Text


ADVICE: Mapping[str, Advice] = {
    "dark": Advice(
        Text("The photo is too dark.", "La photo est trop sombre."),
        Text(
            "Switch the ignition on, so that the lights can be seen.",
            "Mettez le contact, pour que les voyants se voient.",
        ),
    ),
    "bright": Advice(
        Text("The photo is too bright.", "La photo est trop claire."),
        Text(
            "Shade the dashboard, or tap it on the screen first.",
            "Faites de l'ombre, ou touchez le tableau de bord à l'écran d'abord.",
        ),
    ),
    "blurred": Advice(
        Text("The photo is blurred.", "La photo est floue."),
        Text(
            "Hold the phone with both hands and wait until it is sharp.",
            "Tenez le téléphone à deux mains et attendez la mise au point.",
        ),
    ),
    "glare": Advice(
        Text("Light is reflected into the photo.", "Un reflet gêne la photo."),
        Text(
            "Photograph from another side, or shade the glass with your hand; no flash.",
            "Photographiez d'un autre côté, ou faites de l'ombre de la main ; sans flash.",
        ),
    ),
    "small": Advice(
        Text("The picture has too few pixels.", "L'image a trop peu de pixels."),
        Text("Take the photo anew instead of a thumbnail.", "Reprenez la photo plutôt qu'une miniature."),
    ),
    "far": Advice(
        Text("The lights are too small in the photo.", "Les voyants sont trop petits sur la photo."),
        Text(
            "Go closer, until the dashboard fills the frame.",
            "Approchez-vous, jusqu'à ce que le tableau de bord remplisse le cadre.",
        ),
    ),
    "silent": Advice(
        Text("Nothing can be heard.", "On n'entend rien."),
        Text(
            "Take the hand off the microphone and record with the engine running.",
            "Ne couvrez pas le micro et enregistrez moteur tournant.",
        ),
    ),
    "short": Advice(
        Text("The recording is too short.", "L'enregistrement est trop court."),
        Text("Record ten seconds at idle.", "Enregistrez dix secondes au ralenti."),
    ),
    "clipped": Advice(
        Text("The recording is too loud and distorted.", "L'enregistrement est trop fort et saturé."),
        Text("Hold the phone further away, 30 to 50 cm.", "Éloignez le téléphone, de 30 à 50 cm."),
    ),
    "windy": Advice(
        Text("Wind covers the engine.", "Le vent couvre le moteur."),
        Text("Turn your back to the wind, or shield the microphone.", "Tournez le dos au vent, ou abritez le micro."),
    ),
    "speech": Advice(
        Text("Somebody speaks over the engine.", "Quelqu'un parle par-dessus le moteur."),
        Text(
            "Record again without talking. What was said is not read, and nobody else hears it.",
            "Réenregistrez sans parler. Ce qui a été dit n'est pas lu, et personne d'autre ne l'entend.",
        ),
    ),
    "noisy": Advice(
        Text("Other noises cover the engine.", "D'autres bruits couvrent le moteur."),
        Text("Go to a quieter place, close to the bonnet.", "Cherchez un endroit plus calme, près du capot."),
    ),
}
_OTHER = Advice(
    Text("The file is hard to read.", "Le fichier est difficile à lire."),
    Text("Take it again.", "Recommencez."),
)


def kept(quality: findings.Quality) -> Kept:
    """A reader's judgement, to be stored."""
    return Kept(list(quality.problems), {measure.name: measure.value for measure in quality.measures})


def told(quality: Kept) -> Quality:
    """The same for people, the worst first."""
    found = [(code, ADVICE.get(code, _OTHER)) for code in quality.problems]
    problems = [QualityProblem(code, said.text, said.advice) for code, said in found]
    return Quality(not problems, problems, quality.measures)


def read(quality: Kept) -> findings.Quality:
    """The same as the reader gave it."""
    measures = (findings.Measure(name, value) for name, value in quality.measures.items())
    return findings.Quality(tuple(quality.problems), tuple(measures))
