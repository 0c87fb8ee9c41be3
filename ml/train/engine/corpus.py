"""Reads the folder of labelled recordings, and says which clips must never be parted."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ml.mel import RATE, Samples, windows_of

WINDOW_HOP = 3 * RATE
"""Training needs no overlap: neighbouring windows of one clip tell nearly the same."""


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


@dataclass(frozen=True, slots=True)
class Piece:
    """One window of a clip."""

    clip: Clip
    order: int
    samples: Samples


def clips_of(sounds: Path) -> list[Clip]:
    """All clips of a folder with a `manifest.csv`, in its order."""
    with (sounds / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Clip(
            path=sounds.parent / row["file"],
            label=row["class"],
            source=row["source"],
            recording=row["recording_id"],
            weak=row["label_quality"] == "weak",
        )
        for row in rows
    ]


def pieces_of(clip: Clip) -> list[Piece]:
    """The windows of a clip."""
    samples, rate = soundfile.read(clip.path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    if rate != RATE:
        mono = np.asarray(soxr.resample(mono, rate, RATE), np.float32)
    return [Piece(clip, order, window) for order, (_, window) in enumerate(windows_of(mono, WINDOW_HOP))]


def chance(*words: object) -> np.random.Generator:
    """Random numbers that depend on these words only, so that a resumed run draws what an unbroken one would."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:8], "little"))
