"""How good the model is: on photos of a source that it was not trained on, by class, with intervals over photos."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ml import dashboard, lights, model
from ml.findings import UNKNOWN, Quality
from ml.patches import Boxes
from ml.train.dashboard.photos import Photo

RED_FIVE = ("brake", "oil_pressure", "coolant_temp", "battery", "airbag")
"""The lights that say stop."""
ROUNDS = 500
"""Of the bootstrap."""
MISSED = 0.1
"""Share of the lights whose true name may be outside their set."""
HIT = 0.3
"""Overlap (intersection over union) of claim and box from which they mean the same light."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One photo as seen by a network that never saw its source, whole and box by box."""

    photo: Photo
    whole: dashboard.Lights
    crops: tuple[tuple[str, dashboard.Lights], ...]
    """For each named box its name and what is seen in a file of that box alone, cut tightly and with some room."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened in one photo: per class hits, misses and false claims."""

    photo: str
    hits: dict[str, int]
    misses: dict[str, int]
    false: dict[str, int]
    chances: tuple[tuple[float, bool], ...]
    """For each claim its confidence and whether it was right: for calibration."""


@dataclass(frozen=True, slots=True)
class Sets:
    """The 90 % sets of the real lights in one photo."""

    lights: int
    covered: int
    """Lights whose true name is in their set."""
    sets: int
    names: int
    """In all these sets."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happened in each photo, and with the pictures of its single lights."""

    whole: list[Counts]
    crops: list[Counts]
    sets: list[Sets]


Row = TypeVar("Row", Counts, Sets)


def verdict(card: model.Card, trials: list[Trial]) -> Verdict:
    """These trials at the card's temperature, under its thresholds."""
    warm = [warmed(trial, card.decision["temperature"]) for trial in trials]
    return Verdict(counted(card, warm), crops_counted(card, warm), sets_counted(card, warm))


def both(verdicts: list[Verdict]) -> Verdict:
    """All photos of several verdicts."""
    return Verdict(
        [row for part in verdicts for row in part.whole],
        [row for part in verdicts for row in part.crops],
        [row for part in verdicts for row in part.sets],
    )


def count(photo: Photo, found: dashboard.Lights, card: model.Card) -> Counts:
    """Claims against boxes: a hit lies on the box (IoU 0.3) and has its name; what lies on `unknown` does not count."""
    hits: dict[str, int] = {}
    misses: dict[str, int] = {}
    false: dict[str, int] = {}
    chances = []
    open_rows = set(range(len(photo.labels)))
    for box, label, confidence in claims(found, card):
        shared = lights.overlaps(box[None], photo.boxes)[0] if len(photo.boxes) else np.zeros(0)
        on = [row for row in np.argsort(-shared) if shared[row] >= HIT]
        if any(photo.labels[row] == UNKNOWN for row in on):
            continue
        right = next((row for row in on if row in open_rows and photo.labels[row] == label), None)
        chances.append((confidence, right is not None))
        if right is None:
            false[label] = false.get(label, 0) + 1
        else:
            open_rows.discard(right)
            hits[label] = hits.get(label, 0) + 1
    for row in open_rows:
        if photo.labels[row] != UNKNOWN:
            misses[photo.labels[row]] = misses.get(photo.labels[row], 0) + 1
    return Counts(photo.name, hits, misses, false, tuple(chances))


def counted(card: model.Card, trials: list[Trial]) -> list[Counts]:
    """Hits, misses and false claims of the whole photos under this card."""
    return [count(trial.photo, trial.whole, card) for trial in trials]


def claims(found: dashboard.Lights, card: model.Card) -> list[tuple[Boxes, str, float]]:
    """The named lights that the product would claim, surest first."""
    rows = []
    for box, scores in zip(found.boxes, found.scores, strict=True):
        label, confidence = dashboard.named(card, scores)
        if label != UNKNOWN and confidence >= card.thresholds[label]:
            rows.append((box, label, confidence))
    return sorted(rows, key=lambda row: -row[2])


def called(card: model.Card, found: dashboard.Lights) -> str:
    """The first word of the product's answer to a picture of one light."""
    return dashboard.decide(card, found, Quality((), ()))[0].label


def crops_counted(card: model.Card, trials: list[Trial]) -> list[Counts]:
    """Hits, misses and false names of the single lights."""
    rows = []
    for trial in trials:
        hits: dict[str, int] = {}
        misses: dict[str, int] = {}
        false: dict[str, int] = {}
        for truth, found in trial.crops:
            label = called(card, found)
            hits[truth] = hits.get(truth, 0) + (label == truth)
            misses[truth] = misses.get(truth, 0) + (label != truth)
            if label != truth:
                false[label] = false.get(label, 0) + 1
        rows.append(Counts(trial.photo.name, hits, misses, false, ()))
    return rows


def macro_f1(counts: list[Counts]) -> float:
    """Mean F1 over the classes that are present."""
    present = {label for row in counts for label in (*row.hits, *row.misses)}
    return float(np.mean([f1(counts, label) for label in sorted(present)])) if present else float("nan")


def common_f1(counts: list[Counts], among: frozenset[str]) -> float:
    """Mean F1 over the classes among these that are present."""
    present = {label for row in counts for label in (*row.hits, *row.misses)} & among
    return float(np.mean([f1(counts, label) for label in sorted(present)])) if present else float("nan")


def f1(counts: list[Counts], label: str) -> float:
    """F1 of one class."""
    hit, miss, wrong = (sum(getattr(row, name).get(label, 0) for row in counts) for name in ("hits", "misses", "false"))
    return 2.0 * float(hit) / max(2 * hit + miss + wrong, 1)


def red_recall(counts: list[Counts]) -> float:
    """Share of the five red lights that were found by name."""
    hit = sum(row.hits.get(label, 0) for row in counts for label in RED_FIVE)
    miss = sum(row.misses.get(label, 0) for row in counts for label in RED_FIVE)
    return float(hit) / max(hit + miss, 1)


def red_false(counts: list[Counts]) -> float:
    """False red lights a photo."""
    return sum(row.false.get(label, 0) for row in counts for label in RED_FIVE) / max(len(counts), 1)


def coverage(sets: list[Sets]) -> float:
    """Share of the real lights, found or not, whose true name is in their set."""
    return sum(row.covered for row in sets) / max(sum(row.lights for row in sets), 1)


def names_a_set(sets: list[Sets]) -> float:
    """How many names a set holds."""
    return sum(row.names for row in sets) / max(sum(row.sets for row in sets), 1)


def sets_counted(card: model.Card, trials: list[Trial]) -> list[Sets]:
    """The sets of the real lights; a light that was not found has none, and is not covered."""
    rows = []
    for trial in trials:
        seen = _seen(trial)
        sets = [(truth, dashboard.likely(card, scores)) for truth, scores in seen if scores is not None]
        covered = sum(truth in dict(names) for truth, names in sets)
        rows.append(Sets(len(seen), covered, len(sets), sum(len(names) for _, names in sets)))
    return rows


def conformal_90(card: model.Card, trials: list[Trial]) -> float:
    """The probability that the true names of nine real lights in ten reach, corrected for their finite number."""
    seen = [row for trial in trials for row in _seen(trial)]
    chances = sorted(0.0 if scores is None else float(scores[card.classes.index(truth)]) for truth, scores in seen)
    return chances[max(0, int(MISSED * (len(chances) + 1)) - 1)] if chances else 0.0


def _seen(trial: Trial) -> list[tuple[str, NDArray[np.float32] | None]]:
    """The real lights by their true names, with what was said of the place that lies best on each."""
    photo, rows = trial.photo, []
    for truth, shared in zip(photo.labels, lights.overlaps(photo.boxes, trial.whole.boxes), strict=True):
        is_found = bool(len(shared)) and shared.max() >= HIT
        if truth != UNKNOWN:
            rows.append((truth, trial.whole.scores[shared.argmax()] if is_found else None))
    return rows


def interval(counts: list[Row], measure: Callable[[list[Row]], float], seed: int = 0) -> tuple[float, float]:
    """95 % by bootstrap over photos."""
    dice = np.random.default_rng(seed)
    values = [measure([counts[i] for i in dice.integers(0, len(counts), len(counts))]) for _ in range(ROUNDS)]
    return float(np.nanquantile(values, 0.025)), float(np.nanquantile(values, 0.975))


def calibration_error(counts: list[Counts], bins: int = 10) -> float:
    """Expected difference between confidence and truth of the claims."""
    rows = np.array([chance for row in counts for chance in row.chances], dtype=np.float64).reshape(-1, 2)
    if not len(rows):
        return float("nan")
    which = np.minimum((rows[:, 0] * bins).astype(int), bins - 1)
    gaps = [
        abs(rows[which == b].mean(axis=0) @ [1, -1]) * (which == b).sum() for b in range(bins) if (which == b).any()
    ]
    return float(sum(gaps) / len(rows))


def warmed(trial: Trial, temperature: float) -> Trial:
    """The same trial with its probabilities at another temperature."""
    crops = tuple((name, _warmed(found, temperature)) for name, found in trial.crops)
    return Trial(trial.photo, _warmed(trial.whole, temperature), crops)


def _warmed(found: dashboard.Lights, temperature: float) -> dashboard.Lights:
    return replace(found, scores=dashboard.calibrated(found.scores, temperature))


def best_temperature(trials: list[Trial], card: model.Card) -> float:
    """The temperature at which the truth was least surprising, over the places that look lit (those are claimed)."""
    grid = [round(float(value), 2) for value in np.arange(0.4, 2.01, 0.05)]
    return min(grid, key=lambda temperature: _surprise(trials, card, temperature))


def _surprise(trials: list[Trial], card: model.Card, temperature: float) -> float:
    total = 0.0
    for trial in trials:
        scores = dashboard.calibrated(trial.whole.scores, temperature)
        lit = trial.whole.scores.argmax(axis=1) != card.classes.index("background")
        for box, row in zip(trial.whole.boxes[lit], scores[lit], strict=True):
            truth = _truth(trial.photo, box)
            if truth != UNKNOWN:
                total -= float(np.log(row[card.classes.index(truth)] + 1e-6))
    return total


def _truth(photo: Photo, box: Boxes) -> str:
    shared = lights.overlaps(box[None], photo.boxes)[0] if len(photo.boxes) else np.zeros(0)
    if not len(shared) or shared.max() < HIT:
        return "background"
    return photo.labels[int(shared.argmax())]
