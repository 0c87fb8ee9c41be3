"""Fits the small linear head on the frozen features: an average of several views, each strongly held back."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from ml.train.engine.features import PARTS

Rows = npt.NDArray[np.float32]
Labels = npt.NDArray[np.str_]

Views = tuple[tuple[str, tuple[str, ...]], ...]

NOT_CAR = "not_car"

VIEWS: Views = (
    ("logistic", ("yamnet_mean",)),
    ("logistic", ("aisfx",)),
    ("logistic", ("statistics",)),
    ("logistic", ("yamnet_mean", "aisfx", "statistics")),
    ("discriminant", ("yamnet_mean",)),
    ("discriminant", ("aisfx",)),
    ("discriminant", ("statistics",)),
    ("logistic", ("aisfx",)),
    ("discriminant", ("aisfx",)),
)
"""Chosen by grouped cross-validation: together they beat each alone; aiSFX, the best of them, counts twice."""

GATE_VIEWS: Views = (*VIEWS[:-2], ("logistic", ("scores",)))

HELD_DOWN = {"engine_knock": -2.0, "normal_driving": -1.5, NOT_CAR: -0.7}
"""Added to the logits of classes that are weakly labelled, else they take what is another class's for certain; and of
the gate, since who opens the recorder means a car."""

HELD_BACK = 10.0
"""Inverse strength of the logistic views' penalty, for features scaled so that a part's squares sum to one."""

SHRINKAGE = 0.3
"""How far the discriminant views' covariance is drawn towards a sphere."""


@dataclass(frozen=True, slots=True)
class Head:
    """Logits as a linear function of a row of features: first the gate's (no car), then the classes'."""

    families: tuple[str, ...]
    slopes: npt.NDArray[np.float64]
    """(features, 1 + families)."""
    offsets: npt.NDArray[np.float64]

    @property
    def classes(self) -> tuple[str, ...]:
        return (NOT_CAR, *self.families)

    def log_probabilities(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Of the classes; (rows, classes)."""
        logits = np.asarray(rows @ self.slopes + self.offsets, np.float64)
        gate, families = logits[:, :1], logits[:, 1:]
        sums = np.logaddexp.reduce(families, axis=1, keepdims=True)
        return np.hstack([-np.logaddexp(0, -gate), families - sums - np.logaddexp(0, gate)])


def fair_weights(labels: Labels, recordings: Labels) -> npt.NDArray[np.float64]:
    """Every class weighs the same; in it a recording weighs as the root of its windows, so that no long one rules."""
    sizes = Counter(recordings.tolist())
    raw = np.asarray([sizes[recording] ** -0.5 for recording in recordings.tolist()])
    totals: dict[str, float] = defaultdict(float)
    for label, weight in zip(labels.tolist(), raw, strict=True):
        totals[label] += weight
    weights = raw / np.asarray([totals[label] for label in labels.tolist()])
    return np.asarray(weights * len(weights) / weights.sum())


def fit(rows: Rows, labels: Labels, recordings: Labels) -> Head:
    """The gate, and the classes of cars."""
    cars = labels != NOT_CAR
    _, gate, gate_offsets = _views(rows, np.where(cars, "car", NOT_CAR), recordings, GATE_VIEWS)
    families, slopes, offsets = _views(rows[cars], labels[cars], recordings[cars], VIEWS)
    offsets = offsets + np.asarray([HELD_DOWN.get(name, 0.0) for name in families])
    return Head(
        families,
        np.hstack([gate[:, 1:] - gate[:, :1], slopes]),
        np.concatenate([gate_offsets[1:] - gate_offsets[:1] + HELD_DOWN[NOT_CAR], offsets]),
    )


def _views(rows: Rows, labels: Labels, recordings: Labels, views: Views) -> tuple[tuple[str, ...], Rows, Rows]:
    """The classes, and the average of all views' slopes and offsets.

    The mean of the views' logits gives the same probabilities as the geometric mean of theirs, so one matrix holds all.
    """
    classes = tuple(sorted(set(labels.tolist())))
    slopes = np.zeros((rows.shape[1], len(classes)))
    offsets = np.zeros(len(classes))
    centre, spread = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64) + 1e-6
    weights = fair_weights(labels, recordings)
    for kind, parts in views:
        columns = np.concatenate([np.arange(PARTS[part].start, PARTS[part].stop) for part in parts])
        scale = np.concatenate([spread[PARTS[part]] * np.sqrt(PARTS[part].stop - PARTS[part].start) for part in parts])
        scaled = ((rows[:, columns] - centre[columns]) / scale).astype(np.float64)
        solve = _logistic if kind == "logistic" else _discriminant
        slope, offset = solve(scaled, labels, weights)
        slopes[columns] += slope / scale[:, None] / len(views)
        offsets += (offset - (centre[columns] / scale) @ slope) / len(views)
    return classes, slopes, offsets


def _logistic(scaled: Rows, labels: Labels, weights: npt.NDArray[np.float64]) -> tuple[Rows, Rows]:
    model = LogisticRegression(C=HELD_BACK, max_iter=300, tol=1e-3).fit(scaled, labels, sample_weight=weights)
    if len(model.classes_) == 2:
        return np.hstack([-model.coef_.T, model.coef_.T]) / 2, np.hstack([-model.intercept_, model.intercept_]) / 2
    return model.coef_.T, model.intercept_


def _discriminant(scaled: Rows, labels: Labels, weights: npt.NDArray[np.float64]) -> tuple[Rows, Rows]:
    """Linear discriminant in closed form: all classes equally likely, one covariance within them, shrunk."""
    units = sorted(set(labels.tolist()))
    means = np.stack([np.average(scaled[labels == u], axis=0, weights=weights[labels == u]) for u in units])
    apart = (scaled - means[np.searchsorted(units, labels)]) * np.sqrt(weights)[:, None]
    within = apart.T @ apart / weights.sum()
    sphere = np.trace(within) / len(within)
    shrunk = (1 - SHRINKAGE) * within + SHRINKAGE * sphere * np.eye(len(within))
    slopes = np.linalg.solve(shrunk, means.T)
    return slopes, -0.5 * np.einsum("ud,du->u", means, slopes)
