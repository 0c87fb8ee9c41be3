"""Pictures of a judgement for people: which sounds are confused, whether confidence means it, and the errors."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ml import mel
from ml.train.engine import measure
from ml.train.engine.corpus import Clip, pieces_of
from ml.train.engine.measure import Answers

WORST, COLUMNS = 24, 6


def draw(work: Path, answers: Answers, clips: list[Clip]) -> None:
    """`confusion.png`, `reliability.png` and `errors.png` in the work folder."""
    confusion(work / "confusion.png", answers)
    reliability(work / "reliability.png", answers)
    errors(work / "errors.png", answers, [clip for clip in clips if clip.label in answers.classes])


def confusion(place: Path, answers: Answers) -> None:
    """What clips are against what they are called."""
    names = list(answers.classes)
    table = np.zeros((len(names), len(names)), dtype=int)
    for truth, said in zip(answers.labels.tolist(), answers.chosen().tolist(), strict=True):
        table[names.index(truth), names.index(said)] += 1
    figure = Figure(figsize=(8, 7), layout="constrained")
    axes = figure.subplots()
    axes.imshow(table / np.maximum(table.sum(axis=1, keepdims=True), 1), cmap="Blues")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("said")
    axes.set_ylabel("true")
    for row, column in zip(*np.nonzero(table), strict=True):
        axes.text(column, row, str(table[row, column]), ha="center", va="center", fontsize=7)
    figure.savefig(place, dpi=110)


def reliability(place: Path, answers: Answers, bins: int = 10) -> None:
    """How often claims of a confidence are right."""
    confidence = answers.probabilities(measure.temperature_of(answers)).max(axis=1)
    right = answers.chosen() == answers.labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    filled = sorted(set(which.tolist()))
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.plot([confidence[which == b].mean() for b in filled], [right[which == b].mean() for b in filled], marker="o")
    axes.set_xlabel("confidence")
    axes.set_ylabel("share that is right")
    figure.savefig(place, dpi=110)


def errors(place: Path, answers: Answers, clips: list[Clip]) -> None:
    """The clips that were called something else with the most confidence, as the networks see them."""
    likely, said = answers.probabilities(measure.temperature_of(answers)).max(axis=1), answers.chosen()
    wrong = np.flatnonzero(said != answers.labels)
    worst = wrong[np.argsort(-likely[wrong], kind="stable")][:WORST].tolist()
    figure = Figure(figsize=(2.4 * COLUMNS, 2.2 * -(-len(worst) // COLUMNS)), layout="constrained")
    for place_in_sheet, index in enumerate(worst, 1):
        axes = figure.add_subplot(-(-len(worst) // COLUMNS), COLUMNS, place_in_sheet)
        axes.imshow(mel.yamnet_picture(pieces_of(clips[index])[0].samples).T, origin="lower", aspect="auto")
        axes.set_axis_off()
        title = f"{answers.labels[index]}\nsaid {said[index]} {likely[index]:.2f}\n{clips[index].path.stem}"
        axes.set_title(title, fontsize=6)
    figure.savefig(place, dpi=110)
