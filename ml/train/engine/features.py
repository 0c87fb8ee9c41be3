"""Computes what the frozen extractors say of every clip and keeps it on disk, since that takes longest."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from tqdm import tqdm

from ml import mel
from ml.train.engine.augment import Noises, disturbed
from ml.train.engine.corpus import Clip, clips_of, pieces_of

SHARD = 64
"""Clips computed between two writes: what a broken run loses at most."""


@dataclass(frozen=True, slots=True)
class Extractors:
    """The two frozen networks."""

    yamnet: onnxruntime.InferenceSession
    aisfx: onnxruntime.InferenceSession

    def look(self, window: mel.Samples) -> mel.Samples:
        """All features of one window: YAMNet's mean and greatest, its scores, aiSFX's, statistics."""
        picture = mel.yamnet_picture(window)
        embedding, scores = self.yamnet.run(None, {"logmel": mel.yamnet_patches(picture)[:, None]})
        (effects,) = self.aisfx.run(None, {"logmel": mel.aisfx_picture(window)[None]})
        return np.concatenate(
            [embedding.mean(axis=0), embedding.max(axis=0), effects[0], mel.statistics(window, picture), scores.mean(0)]
        ).astype(np.float32)


PARTS = {
    "yamnet_mean": slice(0, 1024),
    "yamnet_max": slice(1024, 2048),
    "aisfx": slice(2048, 2560),
    "statistics": slice(2560, 2560 + mel.STATISTICS),
    "scores": slice(2560 + mel.STATISTICS, 2560 + mel.STATISTICS + 521),
}
"""Where each kind of feature lies in a row."""

SCORE_FLOOR = 1e-4
"""Added to the scores before their logarithm, as below it they only say "not at all"."""


@dataclass(frozen=True, slots=True)
class Table:
    """Features of windows, with the clip that each belongs to."""

    rows: npt.NDArray[np.float32]
    clip: npt.NDArray[np.int64]


def extractors_of(backbones: Path) -> Extractors:
    """The extractors, one thread each; aiSFX freed of its fixed number of frames."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    aisfx = onnx.load(backbones / "aisfx_embedding.onnx")
    aisfx.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "frames"
    return Extractors(
        onnxruntime.InferenceSession(str(backbones / "yamnet_logmel.onnx"), options),
        onnxruntime.InferenceSession(aisfx.SerializeToString(), options),
    )


def table_of(data: Path, cache: Path, copy: int) -> Table:
    """Features of every clip; copy 0 is clean, the others are disturbed each in its own way."""
    cache.mkdir(parents=True, exist_ok=True)
    clips = clips_of(data / "cars" / "sounds")
    extractors: Extractors | None = None
    noises: Noises | None = None
    rows, owners = [], []
    for start in tqdm(range(0, len(clips), SHARD), desc=f"features, copy {copy}", unit="shard"):
        kept = cache / f"copy{copy}_{start:05d}.npz"
        if not kept.exists():
            extractors = extractors or extractors_of(data / "backbones")
            noises = noises or Noises(clips)
            _compute(clips, start, copy, extractors, noises, kept)
        with np.load(kept) as shard:
            rows.append(shard["rows"])
            owners.append(shard["clip"])
    table = Table(np.concatenate(rows), np.concatenate(owners))
    table.rows[:, PARTS["scores"]] = np.log(table.rows[:, PARTS["scores"]] + SCORE_FLOOR)
    return table


def _compute(clips: list[Clip], start: int, copy: int, extractors: Extractors, noises: Noises, kept: Path) -> None:
    rows, owners = [], []
    for index in range(start, min(start + SHARD, len(clips))):
        for piece in pieces_of(clips[index]):
            window = piece.samples if copy == 0 else disturbed(piece, copy, noises)
            rows.append(extractors.look(window))
            owners.append(index)
    draft = kept.with_suffix(".part.npz")
    np.savez(draft, rows=np.stack(rows), clip=np.array(owners))
    draft.rename(kept)
