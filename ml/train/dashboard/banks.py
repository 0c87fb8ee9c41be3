"""Banks of training crops with the trunk's features of each, made once, piece by piece, and kept in the work folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from ml import model
from ml.train.dashboard.network import colours_of

PIECE = 1000
"""Crops of one saved piece: what is lost when a run is broken off."""

Draw = Callable[[int, torch.Generator], tuple[Tensor, Tensor]]
"""Crops uint8 (n, 48, 48, 3) and their classes."""


@dataclass(frozen=True, slots=True)
class Bank:
    """Crops, what the trunk sees in them early and late, their plain colours and their classes, row by row."""

    crops: Tensor
    early: Tensor
    late: Tensor
    colours: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


def make(folder: Path, trunk: Path, draw: Draw, count: int, seed: int, turn: int, turns: int) -> None:
    """Every `turns`-th piece of the bank in this folder; those that are there already are not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    session = model.session(trunk.read_bytes())
    for number in tqdm(range(turn, -(-count // PIECE), turns), desc=f"bank {folder.name}", mininterval=5):
        place = folder / f"{number:04}.npz"
        if not place.exists():
            crops, labels = draw(PIECE, torch.Generator().manual_seed(seed * 1_000_003 + number))
            seen = [session.run(None, {"crops": rows.numpy()}) for rows in crops.split(100)]
            early, late = (_short(rows) for rows in zip(*seen, strict=True))
            part = place.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, crops=crops.numpy(), labels=labels.numpy(), early=early, late=late)
            part.replace(place)


def read(folder: Path) -> Bank:
    """The bank in this folder."""
    return joined([_read(place) for place in sorted(folder.glob("*.npz"))])


def _read(place: Path) -> Bank:
    with np.load(place) as piece:
        crops, early, late, labels = (torch.from_numpy(piece[name]) for name in ("crops", "early", "late", "labels"))
    return Bank(crops, early, late, colours_of(crops), labels)


def _short(seen: tuple[NDArray[np.float32], ...]) -> NDArray[np.float16]:
    return np.concatenate(seen).astype(np.float16)


def joined(banks: list[Bank]) -> Bank:
    """All rows in one bank."""
    return Bank(
        torch.cat([bank.crops for bank in banks]),
        torch.cat([bank.early for bank in banks]),
        torch.cat([bank.late for bank in banks]),
        torch.cat([bank.colours for bank in banks]),
        torch.cat([bank.labels for bank in banks]),
    )
