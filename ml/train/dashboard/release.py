"""`python -m ml.train.dashboard.release`: judges networks across sources, writes file, card and plots."""

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
from ml.image import Pixels
from ml.patches import Boxes
from ml.train.dashboard import judging, plots
from ml.train.dashboard.card import write_card
from ml.train.dashboard.lessons import class_names, export, trunk_file
from ml.train.dashboard.network import Head, Namer, Opinion, read_trunk
from ml.train.dashboard.photos import Photo, read_photos
from ml.train.dashboard.teach import Pupil, steady_weights

log = logging.getLogger("ml.train.dashboard")
DECISION = {
    "temperature": 1.0, "lit": 0.3, "alike": 0.6, "opinions": 2, "agree": 0.4, "overlap": 0.25, "inside": 0.7,
    "guess": 0.3, "unknown": 0.1, "single": 0.05, "single_claim": 0.35,
}  # fmt: skip
FALSE_RED_COST = 1.5
"""Missed lights that one false red light is worth: who is told to stop for nothing stops believing."""
RED_START = 0.7
"""The threshold of a red light from which its photos must give a reason to depart: some have very few."""
ROOMS = (0.0, 0.2)
"""Single lights are judged cut out tightly, and with this share of their size around them."""


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
        test: judged(card, exported(chosen.data, chosen.work, taught, len(card.classes)), photos, test)
        for taught, test in (("alirz", "trodo"), ("trodo", "alirz"))
    }
    content = exported(chosen.data, chosen.work, "alirz+trodo", len(card.classes)).read_bytes()
    released = fitted(replace(card, sha256=hashlib.sha256(content).hexdigest()), [*trials["trodo"], *trials["alirz"]])
    chosen.into.mkdir(parents=True, exist_ok=True)
    (chosen.into / "model.onnx").write_bytes(content)
    write_card(chosen.into / "card.toml", released, verdicts(card, released, trials))
    plots.draw(chosen.work, released, warmed(released, [*trials["trodo"], *trials["alirz"]]))
    log.info("%s", (chosen.into / "card.toml").read_text())


def verdicts(
    card: model.Card, released: model.Card, trials: dict[str, list[judging.Trial]]
) -> dict[str, judging.Verdict]:
    """By source and together, as released; and together with what was fitted on the other source's photos only."""
    by_source = {f"on_{source}_untaught": judging.verdict(released, rows) for source, rows in trials.items()}
    apart = [
        judging.verdict(fitted(card, trials[other]), trials[source])
        for source, other in (("trodo", "alirz"), ("alirz", "trodo"))
    ]
    return by_source | {
        "both": judging.both(list(by_source.values())),
        "both_fitted_on_the_other_source": judging.both(apart),
    }


def warmed(card: model.Card, trials: list[judging.Trial]) -> list[judging.Trial]:
    """The trials at the card's temperature."""
    return [judging.warmed(trial, card.decision["temperature"]) for trial in trials]


def fitted(card: model.Card, trials: list[judging.Trial]) -> model.Card:
    """The card with temperature and thresholds chosen on these trials."""
    temperature = judging.best_temperature(trials, card)
    card = replace(card, decision=card.decision | {"temperature": temperature})
    return tuned(card, warmed(card, trials))


def blank_card(classes: list[str]) -> model.Card:
    """The card before anything was measured."""
    thresholds = {label: 0.6 for label in classes if label != "background"}
    return model.Card("dashboard", 3, "research only", "", tuple(classes), thresholds, dict(DECISION))


def exported(data: Path, work: Path, lesson: str, classes: int) -> Path:
    """The whole network of a lesson as an ONNX file in the work folder."""
    pupil, second = Pupil(classes), Opinion(read_trunk(trunk_file(data))[1], Head(classes))
    pupil.load_state_dict(steady_weights(work / f"lesson-{lesson}.pt"))
    second.load_state_dict(steady_weights(work / f"second-{lesson}.pt"))
    front, tail = read_trunk(trunk_file(data))
    network = Namer(front, pupil.sieve, [Opinion(tail, pupil.head), second]).eval()
    place = work / f"lesson-{lesson}.onnx"
    export(network, torch.zeros(2, dashboard.CROP_PX, dashboard.CROP_PX, 3, dtype=torch.uint8), place, ["logits"])
    return place


def judged(card: model.Card, file: Path, photos: list[Photo], source: str) -> list[judging.Trial]:
    """Photos of a source as seen by a network that was not taught it."""
    warm = model.Model(card, model.session(file.read_bytes()))
    chosen = [photo for photo in photos if photo.source == source]
    return [tried(warm, photo) for photo in tqdm(chosen, desc=f"judging on {source}", mininterval=5)]


def tried(warm: model.Model, photo: Photo) -> judging.Trial:
    """What a network says about a photo, and about each of its lights in a file of its own."""
    alone = [
        (name, dashboard.look(warm, cut_out(photo.pixels, box, room)))
        for name, box in zip(photo.labels, photo.boxes, strict=True)
        for room in ROOMS
        if name != UNKNOWN
    ]
    return judging.Trial(photo, dashboard.look(warm, photo.pixels), tuple(alone))


def cut_out(pixels: Pixels, box: Boxes, room: float) -> Pixels:
    """The picture of one box alone, with this share of its size more on every side."""
    wide, high = (box[2] - box[0]) * room, (box[3] - box[1]) * room
    left, top = max(0, round(float(box[0] - wide))), max(0, round(float(box[1] - high)))
    right, bottom = round(float(box[2] + wide)), round(float(box[3] + high))
    return np.ascontiguousarray(pixels[top : max(bottom, top + 2), left : max(right, left + 2)])


def tuned(card: model.Card, trials: list[judging.Trial]) -> model.Card:
    """The thresholds: each of the red five where misses and false alarms cost least, the others where F1 is best."""
    grid = [round(float(value), 2) for value in np.arange(0.4, 0.96, 0.05)]
    card = _with(card, judging.RED_FIVE, RED_START)
    for label in judging.RED_FIVE:
        costs = {value: red_cost(judging.counted(_with(card, (label,), value), trials)) for value in grid}
        card = _with(card, (label,), min(grid, key=lambda value: (costs[value], abs(value - RED_START))))
    others = [label for label in card.thresholds if label not in judging.RED_FIVE and label != UNKNOWN]
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
