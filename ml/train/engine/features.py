"""Computes what the frozen networks say of every clip and keeps it on disk, since that takes longest."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tqdm import tqdm

from ml import mel
from ml.model import session
from ml.train.engine.augment import Noises, disturbed
from ml.train.engine.corpus import Clip, clips_of, pieces_of
from ml.train.engine.extractor import extractor_of

SHARD = 64
"""Clips computed between two writes: what a broken run loses at most."""


@dataclass(frozen=True, slots=True)
class Table:
    """Features of windows, with the clip that each belongs to."""

    rows: npt.NDArray[np.float32]
    clip: npt.NDArray[np.int64]


def look(network: onnxruntime.InferenceSession, window: mel.Samples) -> mel.Samples:
    """All features of one window."""
    (features,) = network.run(["features"], mel.pictures([window]))
    return np.asarray(features[0], np.float32)


def table_of(data: Path, cache: Path, copy: int) -> Table:
    """Features of every clip; copy 0 is clean, the others are disturbed each in its own way."""
    cache.mkdir(parents=True, exist_ok=True)
    clips = clips_of(data / "cars" / "sounds")
    network: onnxruntime.InferenceSession | None = None
    noises = Noises(clips)
    rows, owners = [], []
    for start in tqdm(range(0, len(clips), SHARD), desc=f"features, copy {copy}", unit="shard"):
        kept = cache / f"copy{copy}_{start:05d}.npz"
        if not kept.exists():
            network = network or session(extractor_of(data / "backbones").SerializeToString())
            _compute(clips, start, copy, network, noises, kept)
        with np.load(kept) as shard:
            rows.append(shard["rows"])
            owners.append(shard["clip"])
    return Table(np.concatenate(rows), np.concatenate(owners))


def _compute(
    clips: list[Clip], start: int, copy: int, network: onnxruntime.InferenceSession, noises: Noises, kept: Path
) -> None:
    rows, owners = [], []
    for index in range(start, min(start + SHARD, len(clips))):
        for piece in pieces_of(clips[index]):
            window = piece.samples if copy == 0 else disturbed(piece, copy, noises)
            rows.append(look(network, window))
            owners.append(index)
    draft = kept.with_suffix(".part.npz")
    np.savez(draft, rows=np.stack(rows), clip=np.array(owners))
    draft.rename(kept)
