"""Reads the folder of labelled recordings, and says which clips must never be parted."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ml.mel import RATE, Samples, windows_of
from ml.train.engine import strangers

WINDOW_HOP = 3 * RATE
"""Training needs no overlap: neighbouring windows of one clip tell nearly the same."""

MADE = "made"
"""The source of the sounds that were computed, not recorded: they teach the gate and are never judged by."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One labelled file."""

    path: Path
    label: str
    source: str
    recording: str
    """Clips of one recording stand on one side of every split."""

    weak: bool
    """The label was guessed by a program or says less than its name."""

    note: str = ""
    """What its source says of it: of a sound that is no car, what it is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One window of a clip."""

    clip: Clip
    order: int
    samples: Samples


def clips_of(sounds: Path) -> list[Clip]:
    """All clips of a folder with a `manifest.csv`, in its order, then the made ones."""
    with (sounds / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    real = [
        Clip(
            path=sounds.parent / row["file"],
            label=row["class"],
            source=row["source"],
            recording=row["recording_id"],
            weak=row["label_quality"] == "weak",
            note=row["note"],
        )
        for row in rows
    ]
    made = [
        Clip(Path(MADE) / kind / f"{order:02}", "not_car", MADE, f"{MADE}_{kind}", weak=False)
        for kind in strangers.KINDS
        for order in range(strangers.EACH)
    ]
    return [*real, *made]


def pieces_of(clip: Clip) -> list[Piece]:
    """The windows of a clip."""
    if clip.source == MADE:
        return [Piece(clip, 0, strangers.made(clip.path.parent.name, int(clip.path.name)))]
    samples, rate = soundfile.read(clip.path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate != RATE:
        mono = np.asarray(soxr.resample(mono, rate, RATE), np.float32)
    return [Piece(clip, order, window) for order, (_, window) in enumerate(windows_of(mono, WINDOW_HOP))]
