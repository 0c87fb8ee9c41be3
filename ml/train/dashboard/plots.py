"""Pictures of a judgement for people: which lights are confused, whether confidence means it, and the errors."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from ml import dashboard, lights, model
from ml.findings import UNKNOWN
from ml.patches import Boxes
from ml.train.dashboard import judging

SHEET_PX, COLUMNS = 96, 12


def draw(work: Path, card: model.Card, trials: list[judging.Trial]) -> None:
    """`confusion.png`, `reliability.png` and `errors.png` in the work folder."""
    confusion(work / "confusion.png", card, trials)
    reliability(work / "reliability.png", judging.counted(card, trials))
    errors(work / "errors.png", card, trials)


def confusion(place: Path, card: model.Card, trials: list[judging.Trial]) -> None:
    """Single lights: what they are against what they are called."""
    pairs = [(truth, judging.called(card, found)) for trial in trials for truth, found in trial.crops]
    names = sorted({name for pair in pairs for name in pair})
    table = np.zeros((len(names), len(names)), dtype=int)
    for truth, said in pairs:
        table[names.index(truth), names.index(said)] += 1
    figure = Figure(figsize=(9, 8), layout="constrained")
    axes = figure.subplots()
    axes.imshow(np.sqrt(table), cmap="Blues")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("said")
    axes.set_ylabel("true")
    for row, column in zip(*np.nonzero(table), strict=True):
        axes.text(column, row, str(table[row, column]), ha="center", va="center", fontsize=7)
    figure.savefig(place, dpi=110)


def reliability(place: Path, counts: list[judging.Counts], bins: int = 10) -> None:
    """How often claims of a confidence are right."""
    rows = np.array([chance for row in counts for chance in row.chances], dtype=np.float64).reshape(-1, 2)
    which = np.minimum((rows[:, 0] * bins).astype(int), bins - 1)
    filled = [number for number in range(bins) if (which == number).any()]
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.plot([rows[which == b, 0].mean() for b in filled], [rows[which == b, 1].mean() for b in filled], marker="o")
    axes.set_xlabel("confidence")
    axes.set_ylabel("share that is right")
    figure.savefig(place, dpi=110)


def errors(place: Path, card: model.Card, trials: list[judging.Trial]) -> None:
    """A sheet of what was missed and what was invented."""
    tiles = [tile for trial in trials for tile in _tiles(card, trial)]
    height = SHEET_PX + 26
    sheet = Image.new("RGB", (COLUMNS * SHEET_PX, max(1, -(-len(tiles) // COLUMNS)) * height))
    pen = ImageDraw.Draw(sheet)
    for number, (text, picture) in enumerate(tiles):
        left, top = number % COLUMNS * SHEET_PX, number // COLUMNS * height
        sheet.paste(Image.fromarray(picture), (left, top + 26))
        pen.multiline_text((left + 2, top), text, fill="white", spacing=1)
    sheet.save(place)


def _tiles(card: model.Card, trial: judging.Trial) -> list[tuple[str, np.ndarray]]:
    photo, tiles = trial.photo, []
    claims = judging.claims(trial.whole, card)
    for box, label, confidence in claims:
        truth = _on(photo.boxes, photo.labels, box)
        if label not in truth and UNKNOWN not in truth:
            cut = dashboard.crops(photo.pixels, box[None], SHEET_PX, 2.0)[0]
            tiles.append((f"said {label[:12]}\n{confidence:.2f} {' '.join(truth)[:9]}", cut))
    for box, label in zip(photo.boxes, photo.labels, strict=True):
        said = [name for place, name, _ in claims if lights.overlaps(box[None], place[None])[0, 0] >= judging.HIT]
        if label != UNKNOWN and label not in said:
            tiles.append((f"missed\n{label[:14]}", dashboard.crops(photo.pixels, box[None], SHEET_PX, 2.0)[0]))
    return tiles


def _on(boxes: Boxes, labels: tuple[str, ...], box: Boxes) -> list[str]:
    if not len(boxes):
        return []
    shared = lights.overlaps(box[None], boxes)[0]
    return [label for label, share in zip(labels, shared, strict=True) if share >= judging.HIT]
