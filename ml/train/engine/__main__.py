"""`python -m ml.train.engine --data DATA --work FOLDER`: trains the engine model again, writes its file and card."""

import argparse
import hashlib
from pathlib import Path

import numpy as np

from ml.train.engine import measure
from ml.train.engine.card import card_of
from ml.train.engine.corpus import clips_of
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

COPIES = 1
"""Disturbed copies of each clip beside the clean one."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.train.engine", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with cars/sounds and backbones")
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for features that were computed, to go on after a break"
    )
    arguments = parser.parse_args()
    clips = clips_of(arguments.data / "cars" / "sounds")
    clean = table_of(arguments.data, arguments.work, 0)
    tables = [clean, *(table_of(arguments.data, arguments.work, copy + 1) for copy in range(COPIES))]
    rows, owner = np.concatenate([t.rows for t in tables]), np.concatenate([t.clip for t in tables])
    is_clean = np.arange(len(rows)) < len(clean.rows)

    def of(names: list[str]) -> Labels:
        return np.asarray(names)[owner]

    labels = of([clip.label for clip in clips])
    recordings = of([clip.recording for clip in clips])
    taught = np.asarray([clip.label not in UNTAUGHT for clip in clips])[owner]
    folds = deal(clips)
    logs, classes = measure.cross_validate(
        Table(rows, owner),
        labels,
        recordings,
        np.asarray([folds[clip.recording] for clip in clips])[owner],
        taught,
        is_clean,
    )
    answers = measure.Answers(
        logs,
        classes,
        np.asarray([clip.label for clip in clips]),
        np.asarray([clip.recording for clip in clips]),
        np.asarray([clip.source for clip in clips]),
    )
    content = fuse(
        arguments.data / "backbones", fit(rows[taught], labels[taught], recordings[taught])
    ).SerializeToString()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "model.onnx").write_bytes(content)
    card = card_of(answers, hashlib.sha256(content).hexdigest(), frozenset(UNTAUGHT))
    (FOLDER / "card.toml").write_text(card, encoding="utf-8")
    np.savez(arguments.work / "answers.npz", logs=logs, classes=np.asarray(classes))


if __name__ == "__main__":
    main()
