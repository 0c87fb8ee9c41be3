"""`python -m ml.train.dashboard.release`: judges networks across sources, writes file and card."""

import argparse
import hashlib
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ml import dashboard, model
from ml.findings import UNKNOWN
from ml.train.dashboard import judging
from ml.train.dashboard.__main__ import class_names
from ml.train.dashboard.card import write_card
from ml.train.dashboard.network import Namer
from ml.train.dashboard.photos import Photo, read_photos

log = logging.getLogger("ml.train.dashboard")
DECISION = {"temperature": 1.0, "lit": 0.3, "alike": 0.6, "overlap": 0.25, "inside": 0.7, "guess": 0.3}
FALSE_RED_COST = 1.5
"""Missed lights that one false red light is worth: who is told to stop for nothing stops believing."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.train.dashboard.release", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=model.MODELS / "dashboard")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    cars = chosen.data / "cars"
    card = blank_card(class_names(cars))
    photos = read_photos(cars)
    trials = {
        test: judged(card, chosen.work / f"lesson-{taught}.pt", [photo for photo in photos if photo.source == test])
        for taught, test in (("alirz", "trodo"), ("trodo", "alirz"))
        if (chosen.work / f"lesson-{taught}.pt").exists()
    }
    temperature = judging.best_temperature([trial for rows in trials.values() for trial in rows], card)
    card = replace(card, decision=card.decision | {"temperature": temperature})
    trials = {source: [judging.warmed(trial, temperature) for trial in rows] for source, rows in trials.items()}
    card = tuned(card, [trial for rows in trials.values() for trial in rows])
    content = exported(chosen.work / "lesson-alirz+trodo.pt", len(card.classes)).read_bytes()
    card = replace(card, sha256=hashlib.sha256(content).hexdigest())
    chosen.into.mkdir(parents=True, exist_ok=True)
    (chosen.into / "model.onnx").write_bytes(content)
    write_card(chosen.into / "card.toml", card, trials, steps_taught(chosen.work))
    log.info("%s", (chosen.into / "card.toml").read_text())


def steps_taught(work: Path) -> dict[str, int]:
    """How many steps each lesson behind the released file took."""
    lessons = ("renders", "alirz", "alirz+trodo")
    return {name: torch.load(work / f"lesson-{name}.pt", weights_only=True)["step"] for name in lessons}


def blank_card(classes: list[str]) -> model.Card:
    """The card before anything was measured."""
    thresholds = {label: 0.6 for label in classes if label != "background"}
    return model.Card("dashboard", 1, "research only", "", tuple(classes), thresholds, dict(DECISION))


def exported(lesson: Path, classes: int) -> Path:
    """The network of a lesson as an ONNX file beside it."""
    network = Namer(classes)
    network.load_state_dict(torch.load(lesson, weights_only=True)["network"])
    network.eval()
    place = lesson.with_suffix(".onnx")
    example = torch.zeros(2, dashboard.CROP_PX, dashboard.CROP_PX, 3, dtype=torch.uint8)
    # The older exporter: it needs no further package, and this network has nothing that it does not know.
    torch.onnx.export(
        network,
        (example,),
        str(place),
        input_names=["crops"],
        output_names=["logits"],
        dynamic_axes={"crops": {0: "n"}, "logits": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    return place


def judged(card: model.Card, lesson: Path, photos: list[Photo]) -> list[judging.Trial]:
    """Photos of a source as seen by a network that was not taught it."""
    file = exported(lesson, len(card.classes))
    return [tried(card, file, photo) for photo in tqdm(photos, desc=f"judging {lesson.stem}", mininterval=5)]


def tried(card: model.Card, file: Path, photo: Photo) -> judging.Trial:
    """What the network of this file says about a photo and about each of its boxes."""
    warm = model.Model(card, model.session(file.read_bytes()))
    boxes = dashboard.crops(photo.pixels, photo.boxes)
    logits = warm.run(crops=boxes)[0] if len(boxes) else np.zeros((0, len(card.classes)), dtype=np.float32)
    named = dashboard.probabilities(logits)
    return judging.Trial(photo, dashboard.look(warm, photo.pixels), tuple(zip(photo.labels, named, strict=True)))


def tuned(card: model.Card, trials: list[judging.Trial]) -> model.Card:
    """The thresholds: the red five where misses and false alarms cost least, the others where F1 is best."""
    grid = [round(float(value), 2) for value in np.arange(0.5, 0.96, 0.05)]
    best = dict.fromkeys(card.thresholds, 0.6)
    reds = min(grid, key=lambda t: red_cost(judging.counted(_with(card, judging.RED_FIVE, t), trials)))
    best |= dict.fromkeys(judging.RED_FIVE, reds)
    card = replace(card, thresholds=best)
    others = [label for label in best if label not in judging.RED_FIVE and label != UNKNOWN]
    value = max(grid, key=lambda t: judging.macro_f1(judging.counted(_with(card, others, t), trials)))
    return replace(_with(card, others, value), thresholds=_with(card, others, value).thresholds | {UNKNOWN: 0.95})


def red_cost(counts: list[judging.Counts]) -> float:
    """What the red lights that were missed or invented cost together."""
    missed = sum(row.misses.get(label, 0) for row in counts for label in judging.RED_FIVE)
    return missed + FALSE_RED_COST * judging.red_false(counts) * len(counts)


def _with(card: model.Card, labels: tuple[str, ...] | list[str], value: float) -> model.Card:
    return replace(card, thresholds=card.thresholds | dict.fromkeys(labels, value))


if __name__ == "__main__":
    main()
