"""Fits the head on the frozen features, in closed form: an average of linear discriminants, one a kind of feature."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.train.engine.extractor import PARTS

Rows = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]
Labels = npt.NDArray[np.str_]

NOT_CAR = "not_car"

FAMILY_VIEWS = ("fine_mean", "fine_unrest", "middle_mean", "middle_unrest", "effects_unrest")
"""Layers in the middle of the networks: alone each beats the last ones by a tenth of macro-F1, recordings apart."""

GATE_VIEWS = ("middle_mean", "coarse_mean", "last_greatest", "effects_unrest", "scores")

ENGINES = (294, 300, 301, 306, 307, 308, 309, 310, 311, 315, 321, 337, 338, 342, 343, 344, 345, 346, 347)
"""YAMNet's scores of cars, engines, tyres and traffic."""

EITHER = (125, 130, 355, 398, 399, 406, 412, 415, 479, 480, 482, 483, 490, 494, 500, 507, 509, 514, 515, 516, 517)
"""Scores of what a car and another thing may sound like: hum, squeal, rattle, buzz, noise, silence."""

STRANGENESS = 0.5
"""Weight in the gate of YAMNet's own opinion, which alone knows kinds of sound that no clip here has."""

HELD_DOWN = {"engine_knock": -2.0, "normal_driving": -1.5, NOT_CAR: -3.0}
"""Added to the logits of classes that are weakly labelled, else they take what is another class's for certain; and of
the gate, since who opens the recorder means a car."""

SHARPNESS = 0.45
"""Of the families' logits: discriminants believe their own features too much, since these go together."""

SHRINKAGE = 0.3
"""How far a covariance is drawn towards a sphere."""

BETWEEN = 0.7
"""Share of the covariance that is how recordings of one class differ, against how windows of one do: a car that was
never heard differs as recordings do."""

MEANS_POWER = 0.25
"""A recording weighs in its class's mean as this power of its windows less than their number: no long one rules."""


@dataclass(frozen=True, slots=True)
class Head:
    """Logits as a linear function of a row of features: first the gate's (no car), then the classes'."""

    families: tuple[str, ...]
    slopes: Numbers
    """(features, 1 + families)."""
    offsets: Numbers

    @property
    def classes(self) -> tuple[str, ...]:
        return (NOT_CAR, *self.families)

    def log_probabilities(self, rows: Rows) -> Numbers:
        """Of the classes; (rows, classes)."""
        logits = np.asarray(rows @ self.slopes + self.offsets, np.float64)
        gate, families = logits[:, :1] + STRANGENESS * strangeness(rows)[:, None], logits[:, 1:]
        sums = np.logaddexp.reduce(families, axis=1, keepdims=True)
        return np.hstack([-np.logaddexp(0, -gate), families - sums - np.logaddexp(0, gate)])


OTHERS = tuple(score for score in range(521) if score not in ENGINES + EITHER)


def strangeness(rows: Rows) -> Numbers:
    """How much more YAMNet hears of other things than of cars: logarithm of the ratio of the scores' sums."""
    scores = np.exp(rows[:, PARTS["scores"]].astype(np.float64))
    return np.asarray(np.log(scores[:, OTHERS].sum(axis=1)) - np.log(scores[:, ENGINES].sum(axis=1)))


def fit(rows: Rows, labels: Labels, recordings: Labels) -> Head:
    """The gate, and the classes of cars."""
    cars = labels != NOT_CAR
    families = tuple(sorted(set(labels[cars].tolist())))
    gate, gate_offsets = _views(
        rows, _Classes(np.where(cars, "car", NOT_CAR), labels, recordings, 0.5, 0.0), GATE_VIEWS
    )
    slopes, offsets = _views(
        rows[cars], _Classes(labels[cars], labels[cars], recordings[cars], MEANS_POWER, BETWEEN), FAMILY_VIEWS
    )
    return Head(
        families,
        np.hstack([gate[:, 1:] - gate[:, :1], SHARPNESS * slopes]),
        np.concatenate(
            [
                gate_offsets[1:] - gate_offsets[:1] + HELD_DOWN[NOT_CAR],
                SHARPNESS * (offsets + np.asarray([HELD_DOWN.get(name, 0.0) for name in families])),
            ]
        ),
    )


@dataclass(frozen=True, slots=True)
class _Classes:
    """What is told apart."""

    names: Labels
    shares: Labels
    """Every class weighs the same, and in it each of these."""
    recordings: Labels
    power: float
    between: float

    def weights(self, power: float) -> Numbers:
        """Of the windows; a recording weighs as its size less this power of it."""
        pairs = list(zip(self.shares.tolist(), self.recordings.tolist(), strict=True))
        sizes = Counter(pairs)
        weights = np.asarray([float(sizes[pair]) ** -power for pair in pairs])
        for groups in (self.shares, self.names):
            for group in set(groups.tolist()):
                weights[groups == group] /= weights[groups == group].sum()
        return weights / weights.sum()


def _views(rows: Rows, classes: _Classes, views: tuple[str, ...]) -> tuple[Numbers, Numbers]:
    """The average of all views' slopes and offsets.

    The mean of the views' logits gives the same probabilities as the geometric mean of theirs, so one matrix holds all.
    """
    count = len(set(classes.names.tolist()))
    slopes, offsets = np.zeros((rows.shape[1], count)), np.zeros(count)
    for part in views:
        taken = rows[:, PARTS[part]].astype(np.float64)
        centre, scale = taken.mean(axis=0), (taken.std(axis=0) + 1e-6) * np.sqrt(taken.shape[1])
        slope, offset = _discriminant((taken - centre) / scale, classes)
        slopes[PARTS[part]] += slope / scale[:, None] / len(views)
        offsets += (offset - (centre / scale) @ slope) / len(views)
    return slopes, offsets


def _discriminant(scaled: Numbers, classes: _Classes) -> tuple[Numbers, Numbers]:
    """Linear discriminant: all classes equally likely, one covariance within them."""
    names, kind = np.unique(classes.names, return_inverse=True)
    weights = classes.weights(classes.power)
    means = np.stack([np.average(scaled[kind == k], axis=0, weights=weights[kind == k]) for k in range(len(names))])
    apart = scaled - means[kind]
    weights = classes.weights(0.0)
    within = (apart * weights[:, None]).T @ apart
    size = float(np.trace(within))
    if classes.between > 0.0:
        between = _between(apart, classes)
        within = (1 - classes.between) * within + classes.between * between * size / np.trace(between)
    sphere = np.eye(len(within)) * size / len(within)
    slopes = np.linalg.solve((1 - SHRINKAGE) * within + SHRINKAGE * sphere, means.T)
    return slopes, -0.5 * np.einsum("ud,du->u", means, slopes)


def _between(apart: Numbers, classes: _Classes) -> Numbers:
    """Covariance of the recordings' means about their class's; every class weighs the same."""
    pairs = np.char.add(np.char.add(classes.names, "/"), classes.recordings)
    _, first, group = np.unique(pairs, return_index=True, return_inverse=True)
    means = np.zeros((len(first), apart.shape[1]))
    np.add.at(means, group, apart)
    means /= np.bincount(group)[:, None]
    owners = classes.names[first].tolist()
    members = Counter(owners)
    weights = np.asarray([1.0 / members[owner] for owner in owners])
    return np.asarray((means * weights[:, None]).T @ means)
