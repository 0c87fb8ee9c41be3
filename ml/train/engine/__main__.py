"""`python -m ml.train.engine --data DATA --work FOLDER`: trains the engine model again, writes its file and card."""

import argparse
import hashlib
from pathlib import Path

import numpy as np

from ml.train.engine import measure, plots
from ml.train.engine.card import card_of
from ml.train.engine.corpus import MADE, clips_of
from ml.train.engine.features import Table, table_of
from ml.train.engine.folds import deal
from ml.train.engine.fuse import fuse
from ml.train.engine.head import Labels, fit

FOLDER = Path(__file__).parents[2] / "models" / "engine"

UNTAUGHT = frozenset(
    {
        "ac_compressor",
        "alternator",
        "bearing_fault",
        "idler_pulley",
        "water_pump",
        "exhaust_leak",
        "other_fault",
        "wheel_bearing",
    }
)
"""Classes of one car, or of fewer than five recordings: a model would learn the car, or the recorder."""

COPIES = 2
"""Disturbed copies of each clip beside the clean one."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.train.engine", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with cars/sounds and backbones")
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for features that were computed, to go on after a break"
    )
    arguments = parser.parse_args()
    clips = clips_of(arguments.data / "cars" / "sounds")
    tables = [table_of(arguments.data, arguments.work, copy) for copy in range(COPIES + 1)]
    rows, owner = np.concatenate([t.rows for t in tables]), np.concatenate([t.clip for t in tables])

    def of(names: list[str]) -> Labels:
        return np.asarray(names)[owner]

    labels, recordings = of([clip.label for clip in clips]), of([clip.recording for clip in clips])
    sources = of([clip.source for clip in clips])
    taught = ~np.isin(labels, sorted(UNTAUGHT))
    judged = (np.arange(len(rows)) < len(tables[0].rows)) & (sources != MADE)
    folds = deal(clips)
    real = [clip for clip in clips if clip.source != MADE]

    def judge(groups: Labels) -> measure.Answers:
        logs, classes = measure.left_out(Table(rows, owner), labels, recordings, groups, taught, judged)
        return measure.Answers(
            logs,
            classes,
            np.asarray([clip.label for clip in real]),
            np.asarray([clip.recording for clip in real]),
            np.asarray([clip.source for clip in real]),
        )

    answers, abroad = judge(of([str(folds[clip.recording]) for clip in clips])), judge(sources)
    np.savez(arguments.work / "answers.npz", logs=answers.logs, abroad=abroad.logs)
    head = fit(rows[taught], labels[taught], recordings[taught])
    content = fuse(arguments.data / "backbones", head).SerializeToString()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "model.onnx").write_bytes(content)
    notes = np.asarray([clip.note for clip in real])
    card = card_of(answers, abroad, folds, notes, hashlib.sha256(content).hexdigest(), UNTAUGHT)
    (FOLDER / "card.toml").write_text(card, encoding="utf-8")
    plots.draw(arguments.work, answers.where(~np.isin(answers.labels, sorted(UNTAUGHT))), real)


if __name__ == "__main__":
    main()
