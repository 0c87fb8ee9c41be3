"""Writes the card of the engine model: what it knows, how well, on what, and what it must not be used for."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.train.engine import measure, strangers
from ml.train.engine.measure import Answers

NAME, VERSION = "engine", 2
LIMITS = Path(__file__).with_name("limits.toml")
"""What stands in each card as it is: the limits that users are shown, and what was tried in vain."""

HEADER = """# What the engine model knows, how it was measured, what it may be used for; by `python -m ml.train.engine`.
name = "{name}"
version = {version}
purpose = "Tells from seconds of sound whether it is a car, whether it sounds healthy, and which fault it sounds like."
classes = {classes}

[licence]
weights = "research only"
reason = "Most training recordings state no licence (cut from public videos) or a non-commercial one (UrbanSound8K)."
extractors = "YAMNet (Apache-2.0), aiSFX (CC BY 4.0, Alison B. Ma and others)"

[file]
sha256 = "{sha256}"

[decision]
temperature = {temperature:.4f}
conformal_90 = {conformal:.4f}

[thresholds]
{thresholds}

[data]
clips = {clips}
recordings = {recordings}
split = "five folds by recording, every clip judged by a model that saw nothing of its recording"
untaught = {untaught}
untaught_reason = "one car or fewer than five recordings each: not claimed, and counted below only as cars and faults"
made = "{made} computed sounds of {kinds} kinds (tones, music, voices, rain, wind) teach the gate; none is judged by"
copies = "each clip also twice as another phone would send it: pitch, room, microphone, noise, wind, limiter, codec"
kept_of_speech = "nothing: features of talk are averages over 1.5 s; of a recording only its share of speech is kept"

[metrics]
# value, lower and upper end of the 95 % interval (bootstrap over recordings)
nine_classes_macro_f1 = {nine}
nine_classes_macro_f1_among_themselves = {nine_alone}
nine_classes_macro_f1_by_recording = {nine_recording}
car_or_not_accuracy = {car}
car_or_not_accuracy_by_recording = {car_recording}
car_or_not_balanced_accuracy = {car_balanced}
car_or_not_accuracy_with_untaught = {car_all}
car_or_not_accuracy_by_first_answer = {car_told}
car_or_not_accuracy_with_sources_left_out = {car_abroad}
car_or_not_accuracy_by_recording_with_sources_left_out = {car_abroad_recording}
normal_or_fault_accuracy = {fault}
normal_or_fault_accuracy_of_the_diagnostics_set = {fault_set}
normal_or_fault_accuracy_with_untaught = {fault_all}
normal_or_fault_by_first_answer_of_the_diagnostics_set = {fault_told}
# by temperature and thresholds of the other four folds; of sources left out: of all, classes that another one teaches
expected_calibration_error = {error}
conformal_coverage = {coverage}
conformal_set_size = {size:.2f}
conformal_coverage_with_sources_left_out = {coverage_abroad}
claimed_share = {claimed:.3f}
claimed_precision = {precision}
true_class_among_first_three_where_claimed = {three}
untaught_faults_claimed_share = {strange:.3f}
"""


def card_of(
    answers: Answers,
    abroad: Answers,
    folds: dict[str, int],
    notes: npt.NDArray[np.str_],
    sha256: str,
    untaught: frozenset[str],
) -> str:
    """The card as TOML; `answers` with the recordings of a fold left out, `abroad` with whole sources left out."""
    taught = ~np.isin(answers.labels, sorted(untaught))
    known, known_abroad = answers.where(taught), abroad.where(taught)
    diagnostics = known.where(known.sources == measure.DIAGNOSTICS)
    temperature = measure.temperature_of(known)
    thresholds = measure.thresholds_of(known, temperature)
    conformal = measure.conformal_threshold(known, temperature)
    calibrated, claimed = measure.calibrated_apart(known, folds)
    cars = known.where(known.labels != measure.NOT_CAR)
    strange = answers.where(~taught)
    all_cars = answers.where(answers.labels != measure.NOT_CAR)
    text = HEADER.format(
        name=NAME,
        version=VERSION,
        classes=_list(known.classes),
        sha256=sha256,
        temperature=temperature,
        conformal=conformal,
        thresholds="\n".join(f"{name} = {value}" for name, value in thresholds.items()),
        clips=len(known.labels),
        recordings=len(set(known.recordings.tolist())),
        untaught=_list(tuple(sorted(untaught))),
        nine=_interval(measure.nine_classes, diagnostics),
        nine_alone=_interval(measure.nine_among_themselves, diagnostics),
        nine_recording=_interval(measure.nine_classes, measure.by_recording(diagnostics)),
        car=_interval(measure.car_or_not, known),
        car_recording=_interval(measure.car_or_not, measure.by_recording(known)),
        car_balanced=_interval(measure.car_or_not_balanced, known),
        car_all=_interval(measure.car_or_not, answers),
        car_told=_interval(measure.told_car_or_not, known),
        car_abroad=_interval(measure.car_or_not, known_abroad),
        car_abroad_recording=_interval(measure.car_or_not, measure.by_recording(known_abroad)),
        fault=_interval(measure.normal_or_fault, cars),
        fault_set=_interval(measure.normal_or_fault, diagnostics),
        fault_all=_interval(measure.normal_or_fault, all_cars),
        fault_told=_interval(measure.told_normal_or_fault, diagnostics),
        strange=measure.claims(strange, temperature, thresholds).mean(),
        made=len(strangers.KINDS) * strangers.EACH,
        kinds=len(strangers.KINDS),
        error=_interval(measure.calibration_error, calibrated),
        coverage=_interval(measure.conformal_coverage, calibrated),
        coverage_abroad=_interval(
            measure.conformal_coverage,
            measure.calibrated(measure.taught_elsewhere(known_abroad), temperature, conformal),
        ),
        size=measure.set_size(calibrated),
        claimed=float(claimed.mean()),
        precision=_interval(measure.first_right, known.where(claimed)),
        three=_interval(measure.among_first_three, known.where(claimed)),
    )
    return (
        text
        + "\n"
        + LIMITS.read_text(encoding="utf-8")
        + _by_class(known)
        + _other_sounds(answers, abroad, notes)
        + _by_source("by_source", known)
        + _by_source("by_source_left_out", abroad)
    )


def _by_class(answers: Answers) -> str:
    """Precision, recall and support of each class, with what it is mistaken for."""
    chosen = answers.chosen()
    lines = []
    for name in answers.classes:
        mine, said = answers.labels == name, chosen == name
        wrong = Counter(chosen[mine & ~said].tolist()).most_common(2)
        lines.append(
            f"\n[metrics.by_class.{name}]\n"
            f"recordings = {len(set(answers.recordings[mine].tolist()))}\nclips = {int(mine.sum())}\n"
            f"precision = {(mine & said).sum() / max(said.sum(), 1):.3f}\n"
            f"recall = {(mine & said).sum() / max(mine.sum(), 1):.3f}\n"
            f"mistaken_for = {_list(tuple(other for other, _ in wrong))}\n"
        )
    return "".join(lines)


def _other_sounds(answers: Answers, abroad: Answers, notes: npt.NDArray[np.str_]) -> str:
    """How often each kind of sound that is no car is told as such."""
    refused, refused_abroad = ~measure.taken_for_cars(answers), ~measure.taken_for_cars(abroad)
    kinds = np.char.add(np.char.add(answers.sources, ": "), notes)
    lines = []
    for kind in sorted(set(kinds[answers.labels == measure.NOT_CAR].tolist())):
        mine = (kinds == kind) & (answers.labels == measure.NOT_CAR)
        lines.append(
            f'"{kind}" = {{ recordings = {len(set(answers.recordings[mine].tolist()))}, clips = {int(mine.sum())}, '
            f"recall = {refused[mine].mean():.3f}, recall_with_source_left_out = {refused_abroad[mine].mean():.3f} }}\n"
        )
    return "\n[metrics.other_sounds]\n" + "".join(lines)


def _by_source(name: str, answers: Answers) -> str:
    lines = []
    for source in sorted(set(answers.sources.tolist())):
        mine = answers.where(answers.sources == source)
        cars = mine.where(mine.labels != measure.NOT_CAR)
        health = f"normal_or_fault = {measure.normal_or_fault(cars):.3f}\n" if len(cars.labels) else ""
        lines.append(
            f"\n[metrics.{name}.{source}]\nclips = {len(mine.labels)}\n"
            f"car_or_not = {measure.car_or_not(mine):.3f}\n{health}"
        )
    return "".join(lines)


def _list(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _interval(figure: Callable[[Answers], float], answers: Answers) -> str:
    value, low, high = measure.interval(figure, answers)
    return f"[{value:.3f}, {low:.3f}, {high:.3f}]"
