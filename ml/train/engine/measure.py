"""Measures the head on recordings that it was not trained on, and says how sure the figures are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import f1_score
from tqdm import tqdm

from ml.train.engine.chance import chance
from ml.train.engine.features import Table
from ml.train.engine.head import NOT_CAR, Labels, fit

Numbers = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]

NORMAL = ("normal_braking", "normal_driving", "normal_idle", "normal_start")
DIAGNOSTICS = "kaggle"
"""The source whose nine classes the aim is about."""

NEVER = -50.0
"""Log-probability of what a head was not taught."""

DRAWS = 1_000
COVERAGE = 0.9
PRECISION = 0.7
"""What a class that is claimed must be right at; below it the answer is "not sure"."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Log-probabilities of clips by models that saw nothing of their recordings."""

    logs: Numbers
    classes: tuple[str, ...]
    labels: Labels
    recordings: Labels
    sources: Labels

    def where(self, kept: npt.NDArray[np.bool_]) -> "Answers":
        return Answers(self.logs[kept], self.classes, self.labels[kept], self.recordings[kept], self.sources[kept])

    def probabilities(self, temperature: float = 1.0) -> Numbers:
        powers = np.exp((self.logs - self.logs.max(axis=1, keepdims=True)) / temperature)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def chosen(self) -> Labels:
        return np.asarray(self.classes)[self.logs.argmax(axis=1)]

    def health(self, temperature: float = 1.0) -> tuple[Numbers, Numbers]:
        """Probabilities of "a car", and of "a fault" given a car."""
        likely = self.probabilities(temperature)
        car = 1.0 - likely[:, self.classes.index(NOT_CAR)]
        normal = likely[:, [self.classes.index(name) for name in NORMAL]].sum(axis=1)
        return car, 1.0 - normal / np.maximum(car, 1e-9)


def left_out(
    table: Table, labels: Labels, recordings: Labels, groups: Labels, taught: Chosen, judged: Chosen
) -> tuple[Numbers, tuple[str, ...]]:
    """Log-probabilities of each judged clip (mean over its windows) by a head that saw nothing of its group.

    A class that only its own group has is never answered.
    """
    classes = (NOT_CAR, *sorted(set(labels[taught].tolist()) - {NOT_CAR}))
    answers = np.full((len(table.rows), len(classes)), NEVER)
    for group in tqdm(sorted(set(groups[judged].tolist())), desc="judging with groups left out", unit="group"):
        mine, learnt = judged & (groups == group), taught & (groups != group)
        head = fit(table.rows[learnt], labels[learnt], recordings[learnt])
        known = [classes.index(name) for name in head.classes]
        answers[np.ix_(mine, known)] = head.log_probabilities(table.rows[mine])
    clips = np.unique(table.clip[judged])
    return np.stack([answers[judged & (table.clip == clip)].mean(axis=0) for clip in clips]), classes


def nine_classes(answers: Answers) -> float:
    """Macro-F1 over the classes of the car-diagnostics set; an answer outside them counts as wrong."""
    names = sorted(set(answers.labels.tolist()))
    return float(f1_score(answers.labels, answers.chosen(), labels=names, average="macro", zero_division=0.0))


def nine_among_themselves(answers: Answers) -> float:
    """The same where nothing else may be answered: the question that probes and published figures answer."""
    names = sorted(set(answers.labels.tolist()))
    among = answers.logs[:, [answers.classes.index(name) for name in names]]
    return float(f1_score(answers.labels, np.asarray(names)[among.argmax(axis=1)], labels=names, average="macro"))


def car_or_not(answers: Answers) -> float:
    """Share of clips whose gate is right."""
    return float(np.mean(taken_for_cars(answers) == (answers.labels != NOT_CAR)))


def car_or_not_balanced(answers: Answers) -> float:
    """Mean of the shares of cars and of other sounds whose gate is right."""
    cars, taken = answers.labels != NOT_CAR, taken_for_cars(answers)
    return float((taken[cars].mean() + (~taken[~cars]).mean()) / 2)


def told_car_or_not(answers: Answers) -> float:
    """Share of clips that are rightly called a car or not by the first class that is told."""
    return float(np.mean((answers.chosen() == NOT_CAR) == (answers.labels == NOT_CAR)))


def taken_for_cars(answers: Answers) -> Chosen:
    car, _ = answers.health()
    return np.asarray(car > 0.5)


def by_recording(answers: Answers) -> Answers:
    """One answer a recording: the mean over its clips, as a long recording gets one verdict."""
    _, first, owner = np.unique(answers.recordings, return_index=True, return_inverse=True)
    logs = np.stack([answers.logs[owner == order].mean(axis=0) for order in range(len(first))])
    return Answers(logs, answers.classes, answers.labels[first], answers.recordings[first], answers.sources[first])


def normal_or_fault(answers: Answers) -> float:
    """Share of the clips of cars that are rightly said to be healthy or not."""
    _, fault = answers.health()
    return float(np.mean((fault > 0.5) == ~np.isin(answers.labels, NORMAL)))


def told_normal_or_fault(answers: Answers) -> float:
    """The same by the first class that is told, as who reads only that does; one that is no car is wrong."""
    chosen = answers.chosen()
    normal = np.isin(answers.labels, NORMAL)
    return float(np.mean((chosen != NOT_CAR) & (np.isin(chosen, NORMAL) == normal)))


def first_right(answers: Answers) -> float:
    """Share of clips whose class is told first."""
    return float(np.mean(answers.chosen() == answers.labels))


def among_first_three(answers: Answers) -> float:
    """Share of clips whose class is among the first three that are told."""
    first = np.asarray(answers.classes)[np.argsort(-answers.logs, axis=1)[:, :3]]
    return float((first == answers.labels[:, None]).any(axis=1).mean())


def interval(figure: Callable[[Answers], float], answers: Answers) -> tuple[float, float, float]:
    """A figure with its 95 % interval, by drawing whole recordings of each class with replacement."""
    random = chance("bootstrap", figure.__name__)
    members: dict[str, list[npt.NDArray[np.int64]]] = {}
    for recording in sorted(set(answers.recordings.tolist())):
        found = np.flatnonzero(answers.recordings == recording)
        members.setdefault(str(answers.labels[found[0]]), []).append(found)
    draws = []
    for _ in range(DRAWS):
        drawn = [part[i] for part in members.values() for i in random.integers(len(part), size=len(part)).tolist()]
        kept = np.concatenate(drawn)
        draws.append(figure(_drawn(answers, kept)))
    return figure(answers), float(np.percentile(draws, 2.5)), float(np.percentile(draws, 97.5))


def _drawn(answers: Answers, kept: npt.NDArray[np.int64]) -> Answers:
    return Answers(
        answers.logs[kept], answers.classes, answers.labels[kept], answers.recordings[kept], answers.sources[kept]
    )


def temperature_of(answers: Answers) -> float:
    """The temperature under which the true classes are least surprising."""
    truth = np.asarray([answers.classes.index(label) for label in answers.labels.tolist()])
    grid = np.geomspace(0.25, 4.0, 65)
    surprise = [-np.mean(np.log(answers.probabilities(t)[np.arange(len(truth)), truth] + 1e-12)) for t in grid.tolist()]
    return float(grid[int(np.argmin(surprise))])


def calibrated(answers: Answers, temperature: float, threshold: float) -> Answers:
    """With logarithms of calibrated probabilities over what the set demands: all above zero are in the set."""
    logs = np.log(answers.probabilities(temperature)) - np.log(threshold)
    return Answers(logs, answers.classes, answers.labels, answers.recordings, answers.sources)


def calibrated_apart(answers: Answers, folds: dict[str, int]) -> tuple[Answers, Chosen]:
    """What each fold is told by the temperature and thresholds of the other folds, and whether it is claimed."""
    fold = np.asarray([folds[recording] for recording in answers.recordings.tolist()])
    logs, claimed = np.empty_like(answers.logs), np.zeros(len(fold), dtype=np.bool_)
    for order in sorted(set(fold.tolist())):
        mine, others = fold == order, answers.where(fold != order)
        temperature = temperature_of(others)
        logs[mine] = calibrated(answers.where(mine), temperature, conformal_threshold(others, temperature)).logs
        claimed[mine] = claims(answers.where(mine), temperature, thresholds_of(others, temperature))
    return Answers(logs, answers.classes, answers.labels, answers.recordings, answers.sources), claimed


def claims(answers: Answers, temperature: float, thresholds: dict[str, float]) -> Chosen:
    """Whether the first class of each clip is likely enough to be claimed."""
    limits = np.asarray([thresholds[name] for name in answers.chosen().tolist()])
    return np.asarray(answers.probabilities(temperature).max(axis=1) >= limits)


def taught_elsewhere(answers: Answers) -> Answers:
    """The clips whose class other groups teach as well."""
    truth = [answers.classes.index(label) for label in answers.labels.tolist()]
    return answers.where(answers.logs[np.arange(len(truth)), truth] > NEVER)


def conformal_coverage(calibrated: Answers) -> float:
    """Share of clips whose true class is in the set."""
    truth = [calibrated.classes.index(label) for label in calibrated.labels.tolist()]
    return float(np.mean(calibrated.logs[np.arange(len(truth)), truth] >= 0.0))


def set_size(calibrated: Answers) -> float:
    """Mean number of classes in the set."""
    return float((calibrated.logs >= 0.0).sum(axis=1).mean())


def calibration_error(calibrated: Answers) -> float:
    """Expected calibration error of the first answer, in ten bins."""
    likely = calibrated.probabilities()
    confidence, right = likely.max(axis=1), calibrated.chosen() == calibrated.labels
    bins = np.minimum((confidence * 10).astype(int), 9)
    return float(
        sum(abs(confidence[bins == b].mean() - right[bins == b].mean()) * np.mean(bins == b) for b in set(bins))
    )


def conformal_threshold(answers: Answers, temperature: float) -> float:
    """The probability that the true class reaches in COVERAGE of the clips: the set of all above it covers so."""
    truth = np.asarray([answers.classes.index(label) for label in answers.labels.tolist()])
    reached = answers.probabilities(temperature)[np.arange(len(truth)), truth]
    rank = int(np.floor((1 - COVERAGE) * (len(reached) + 1))) - 1
    return float(np.sort(reached)[max(rank, 0)])


def thresholds_of(answers: Answers, temperature: float) -> dict[str, float]:
    """Per class the confidence from which it is right in PRECISION of the clips; 1 where it never is."""
    likely, chosen = answers.probabilities(temperature).max(axis=1), answers.chosen()
    found: dict[str, float] = {}
    for name in answers.classes:
        mine = chosen == name
        right = answers.labels == name
        steps = np.arange(0.30, 0.96, 0.05)
        good = [
            t
            for t in steps.tolist()
            if (mine & (likely >= t)).sum() >= 5 and right[mine & (likely >= t)].mean() >= PRECISION
        ]
        found[name] = round(good[0], 2) if good else 1.0
    return found
